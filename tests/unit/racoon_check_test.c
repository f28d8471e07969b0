/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/conf/check: NAME.in is a racoon.conf; NAME.err what `racoon -t' has
 * to say about it; NAME.ok what `racoon -C' prints, and not there when the
 * file has errors.  XT_BLESS=1 in the environment writes .err and .ok anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <glob.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ike/crypto/alg.h"
#include "ike/daemon/effective.h"
#include "ike/daemon/files.h"
#include "ike/daemon/load.h"
#include "ike/daemon/names.h"
#include "ike/daemon/report.h"
#include "ike/daemon/source.h"
#include "libxfrm/base/err.h"

#define TEXT_MAX (16u << 20)

static char *with_suffix(const char *in, const char *suffix)
{
	char *out;

	assert_true(asprintf(&out, "%.*s%s", (int)(strlen(in) - 3), in,
			     suffix) > 0);
	return out;
}

static void bless(const char *path, const struct wbuf *w, bool want)
{
	FILE *f;

	if (!want) {
		(void)unlink(path);
		return;
	}
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(w->p, 1, w->len, f), w->len);
	fclose(f);
}

static void compare(const char *path, struct wbuf *got, bool want)
{
	struct wbuf file;
	int r;

	if (getenv("XT_BLESS")) {
		bless(path, got, want);
		return;
	}
	wbuf_init(&file, TEXT_MAX);
	r = source_file(path, TEXT_MAX, &file);
	if (!want) {
		assert_int_equal(r, -ENOENT);
	} else {
		if (r)
			fail_msg("%s: %s", path, xe_str(r));
		assert_string_equal(wbuf_str(got), wbuf_str(&file));
	}
	wbuf_free(&file);
}

/* What -C prints loads again, silently, and prints the same. */
static void comes_back(struct wbuf *text)
{
	struct wbuf again;
	struct diag *d = diag_new();
	struct load l;

	assert_non_null(d);
	if (load_mem("effective", text->p, text->len, 0, NULL, NULL, d,
		     &l)) {
		wbuf_init(&again, TEXT_MAX);
		report_text(d, "effective", &again);
		fail_msg("%s", wbuf_str(&again));
	}
	wbuf_init(&again, TEXT_MAX);
	assert_int_equal(conf_effective(&l, &again), 0);
	assert_string_equal(wbuf_str(text), wbuf_str(&again));
	wbuf_free(&again);
	load_free(&l);
	diag_free(d);
}

static void golden_one(const char *in)
{
	char *err = with_suffix(in, ".err"), *ok = with_suffix(in, ".ok");
	struct diag *d = diag_new();
	struct wbuf w;
	struct load l;
	int r;

	assert_non_null(d);
	r = load_file(in, LOAD_FILES, NULL, NULL, d, &l);
	assert_int_equal(r != 0, diag_count(d, DIAG_ERROR) > 0);
	wbuf_init(&w, TEXT_MAX);
	report_text(d, in, &w);
	compare(err, &w, w.len > 0);
	wbuf_reset(&w);
	if (!r) {
		assert_int_equal(conf_effective(&l, &w), 0);
		comes_back(&w);
	}
	compare(ok, &w, !r);
	wbuf_free(&w);
	load_free(&l);
	diag_free(d);
	free(err);
	free(ok);
}

static void golden(void **state)
{
	const char *top = getenv("srcdir");
	char *dir;
	glob_t g;
	size_t i;

	assert_true(asprintf(&dir, "%s/tests/conf/check",
			     top ? top : "..") > 0);
	if (chdir(dir))
		fail_msg("%s: %s", dir, strerror(errno));
	free(dir);
	assert_int_equal(glob("*.in", 0, NULL, &g), 0);
	for (i = 0; i < g.gl_pathc; i++)
		golden_one(g.gl_pathv[i]);
	globfree(&g);
}

/* ---------------------------------------------------------- one by one --- */

static const char psk_conf[] =
	"path pre_shared_key \"%s/psk.txt\";\n"
	"remote 192.0.2.7 { exchange_mode main; proposal {\n"
	"encryption_algorithm aes 128; hash_algorithm sha256;\n"
	"authentication_method pre_shared_key; dh_group 14; } }\n"
	"remote 2001:DB8::7 inherit 192.0.2.7;\n"
	"sainfo anonymous { encryption_algorithm aes;\n"
	"authentication_algorithm hmac_sha256;\n"
	"compression_algorithm deflate; }\n";

static bool said(const struct diag *d, const char *words)
{
	const struct diag_entry *e;

	for (e = diag_first(d); e; e = e->next)
		if (strstr(e->text, words))
			return true;
	return false;
}

static void write_file(const char *path, const char *text, unsigned int mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void psk_case(const char *dir, const char *psk, unsigned int mode,
		     const char *want, unsigned int warnings)
{
	struct diag *d = diag_new();
	char *conf, *path;
	struct load l;
	struct wbuf w;

	assert_non_null(d);
	assert_true(asprintf(&conf, psk_conf, dir) > 0);
	assert_true(asprintf(&path, "%s/psk.txt", dir) > 0);
	write_file(path, psk, mode);
	assert_int_equal(load_mem("conf", conf, strlen(conf), LOAD_FILES,
				  NULL, NULL, d, &l), 0);
	wbuf_init(&w, TEXT_MAX);
	report_text(d, "conf", &w);
	if (diag_count(d, DIAG_WARNING) != warnings ||
	    (want && !said(d, want)))
		fail_msg("wanted %u, \"%s\", got:\n%s", warnings,
			 want ? want : "", wbuf_str(&w));
	/* keys never show */
	assert_null(strstr(wbuf_str(&w), "swordfish"));
	assert_null(strstr(wbuf_str(&w), "hunter2"));
	wbuf_free(&w);
	load_free(&l);
	diag_free(d);
	unlink(path);
	free(conf);
	free(path);
}

static void psk_file(void **state)
{
	char dir[] = "/tmp/racoon-check-XXXXXX";

	assert_non_null(mkdtemp(dir));
	psk_case(dir, "192.0.2.7 swordfish trombone\n"
		 "2001:db8::7 swordfish trombone\n", 0600, NULL, 0);
	psk_case(dir, "192.0.2.7 swordfish trombone\n* swordfish trombone\n",
		 0600, NULL, 0);
	psk_case(dir, "192.0.2.7 swordfish trombone\n", 0600,
		 "couldn't find the pskey for 2001:", 1);
	psk_case(dir, "* swordfish trombone\n", 0644,
		 "weak file permission", 1);
	psk_case(dir, "192.0.2.7 hunter2\n* swordfish trombone\n", 0600,
		 "the key of 192.0.2.7 is short", 1);
	psk_case(dir, "192.0.2.7 fifteen letters\n* sixteen  letters\n",
		 0600, "the key of 192.0.2.7 is short", 1);
	psk_case(dir, "192.0.2.7 0x000102030405060708090a0b0c0d0e\n"
		 "* 0x000102030405060708090a0b0c0d0e0f\n", 0600,
		 "the key of 192.0.2.7 is short", 1);
	rmdir(dir);
}

static void script_case(const char *path, unsigned int mode, uid_t owner,
			const char *want)
{
	struct diag *d = diag_new();
	struct load l;
	char *conf;

	assert_true(asprintf(&conf, "remote 192.0.2.7 { exchange_mode main;\n"
			     "script \"%s\" phase1_up; proposal {\n"
			     "encryption_algorithm aes; hash_algorithm sha256;"
			     "\nauthentication_method rsasig; dh_group 14; } }\n",
			     path) > 0);
	write_file(path, "#!/bin/sh\n", mode);
	assert_int_equal(chown(path, owner, (gid_t)-1), 0);
	assert_int_equal(load_mem("conf", conf, strlen(conf), LOAD_FILES,
				  NULL, NULL, d, &l), 0);
	assert_int_equal(said(d, want ? want : "root runs it"), want != NULL);
	load_free(&l);
	diag_free(d);
	unlink(path);
	free(conf);
}

/* Nobody but root may write what root runs. */
static void script_file(void **state)
{
	char dir[] = "/tmp/racoon-check-XXXXXX";
	uid_t self = geteuid(), other = self ? self : 1;
	char *path;

	assert_non_null(mkdtemp(dir));
	assert_true(asprintf(&path, "%s/hook", dir) > 0);
	if (!self)
		script_case(path, 0700, 0, NULL);
	script_case(path, 0720, self, "others may write the script");
	script_case(path, 0700, other, "owns the script");
	script_case(path, 0600, self, "no executable file");
	rmdir(dir);
	free(path);
}

/* What the linked OpenSSL cannot do is named. */
static void openssl_limits(void **state)
{
	static const char conf[] =
		"path pre_shared_key \"/nonexistent\";\n"
		"remote 192.0.2.7 { exchange_mode main; proposal {\n"
		"encryption_algorithm %s; hash_algorithm sha256;\n"
		"authentication_method pre_shared_key; dh_group 14; } }\n"
		"sainfo anonymous { encryption_algorithm aes;\n"
		"authentication_algorithm hmac_sha256;\n"
		"compression_algorithm deflate; }\n";
	static const struct {
		const char *word;
		enum ike_enc enc;
	} ciphers[] = {
		{ "aes 128", IKE_ENC_AES }, { "3des", IKE_ENC_3DES },
		{ "des", IKE_ENC_DES }, { "camellia", IKE_ENC_CAMELLIA },
		{ "blowfish", IKE_ENC_BLOWFISH }, { "cast128", IKE_ENC_CAST },
		{ "idea", IKE_ENC_IDEA },
	};
	struct ike_crypto *cr;
	struct diag *d;
	struct load l;
	char *text;
	size_t i;
	bool able;

	assert_int_equal(ike_crypto_new(&cr, NULL), 0);
	for (i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++) {
		d = diag_new();
		assert_true(asprintf(&text, conf, ciphers[i].word) > 0);
		assert_int_equal(load_mem("c", text, strlen(text), 0, NULL, cr, d,
					  &l), 0);
		able = ike_enc_available(cr, ciphers[i].enc);
		assert_int_equal(said(d, "is not in the linked OpenSSL"),
				 !able);
		assert_int_equal(l.remote[0]->prop[0].usable, able);
		load_free(&l);
		diag_free(d);
		free(text);
	}
	ike_crypto_free(cr);
}

static void json_shape(void **state)
{
	static const char conf[] = "remote 192.0.2.7 {\n"
		"\texchange_mode main;\n}\nx\xff;\n";
	struct diag *d = diag_new();
	struct load l;
	struct wbuf w;

	assert_int_not_equal(load_mem("c", conf, sizeof(conf) - 1, 0, NULL, NULL, d,
				      &l), 0);
	wbuf_init(&w, TEXT_MAX);
	assert_int_equal(report_json(d, "c\xff", 1, &w), 0);
	assert_non_null(strstr(wbuf_str(&w), "\"schema_version\": 1"));
	assert_non_null(strstr(wbuf_str(&w), "\"result\": \"failed\""));
	assert_non_null(strstr(wbuf_str(&w), "\"line\": 1"));
	assert_non_null(strstr(wbuf_str(&w), "\"level\": \"error\""));
	wbuf_free(&w);
	load_free(&l);
	diag_free(d);
}

/* A file in Latin-1 costs its strange bytes, not the findings. */
static void json_latin1(void **state)
{
	static const char conf[] = "remote \"caf\xe9\" { exchange_mode main; }\n"
				   "log lo\xfc;\n";
	struct diag *d = diag_new();
	struct load l;
	struct wbuf w;

	assert_int_equal(load_mem("c", conf, sizeof(conf) - 1, 0, NULL, NULL,
				  d, &l), XE_PARSE);
	wbuf_init(&w, TEXT_MAX);
	assert_int_equal(report_json(d, "c\xe9", 1, &w), 0);
	assert_non_null(strstr(wbuf_str(&w), "\"file\": \"c?\""));
	assert_non_null(strstr(wbuf_str(&w), "found: caf?\""));
	assert_non_null(strstr(wbuf_str(&w), "caf?\\\" {"));
	assert_null(strstr(wbuf_str(&w), "UTF-8"));
	wbuf_free(&w);
	load_free(&l);
	diag_free(d);
}

/*
 * What was looked up is printed as the address that was found: the process
 * that talks to peers loads that, and asks no name server.
 */
static void looked_up(void **state)
{
	static const char conf[] =
		"path pre_shared_key \"/nonexistent\";\n"
		"remote localhost { exchange_mode main;\n"
		"peers_identifier address localhost; proposal {\n"
		"encryption_algorithm aes; hash_algorithm sha256;\n"
		"authentication_method pre_shared_key; dh_group 14; } }\n"
		"remote \"named\" inherit localhost {\n"
		"remote_address localhost; }\n"
		"sainfo anonymous from address localhost {\n"
		"encryption_algorithm aes;\n"
		"authentication_algorithm hmac_sha256;\n"
		"compression_algorithm deflate; }\n";
	struct addrinfo *ai = NULL;
	struct diag *d = diag_new();
	struct load l, again;
	struct wbuf w;

	if (getaddrinfo("localhost", NULL, NULL, &ai))
		skip();
	freeaddrinfo(ai);
	assert_int_equal(load_mem("c", conf, sizeof(conf) - 1, LOAD_RESOLVE,
				  NULL, NULL, d, &l), 0);
	assert_int_equal(ike_conf_nremote(l.conf), 2);
	wbuf_init(&w, TEXT_MAX);
	assert_int_equal(conf_effective(&l, &w), 0);
	assert_null(strstr(wbuf_str(&w), "localhost"));
	assert_int_equal(load_mem("e", w.p, w.len, 0, NULL, NULL, d, &again),
			 0);
	assert_int_equal(ike_conf_nremote(again.conf), 2);
	assert_int_equal(ike_conf_nsainfo(again.conf), 1);
	assert_true(xaddr_equal(&l.remote[0]->addr, &again.remote[0]->addr));
	assert_true(xaddr_equal(&l.remote[1]->addr, &again.remote[1]->addr));
	assert_true(ike_id_equal(&l.remote[0]->peer_id[0],
				 &again.remote[0]->peer_id[0]));
	wbuf_free(&w);
	load_free(&again);
	load_free(&l);
	diag_free(d);
}

/* One host name more than are looked up costs its section only. */
static void too_many_names(void **state)
{
	static const char conf[] =
		"remote one.more.example { exchange_mode main; proposal {\n"
		"encryption_algorithm aes; hash_algorithm sha256;\n"
		"authentication_method rsasig; dh_group 14; } }\n"
		"remote 192.0.2.7 inherit one.more.example;\n";
	struct names ns = { 0 };
	struct source src = { .read = source_record, .names = &ns };
	struct diag *d = diag_new();
	char text[32];
	struct load l;

	for (int i = 0; i < NAMES_MAX; i++) {
		snprintf(text, sizeof(text), "h%d.example", i);
		assert_non_null(names_get(&ns, text));
	}
	src.files = files_new();
	assert_int_equal(load_mem("c", conf, sizeof(conf) - 1, LOAD_RESOLVE,
				  &src, NULL, d, &l), 0);
	assert_true(said(d, "too many host names"));
	assert_true(said(d, "remote one.more.example is left out"));
	assert_int_equal(ike_conf_nremote(l.conf), 1);
	load_free(&l);
	files_free(src.files);
	names_free(&ns);
	diag_free(d);
}

/* A number that is no user's must not come with root's group. */
static void privsep_number(void **state)
{
	static const char alone[] = "privsep { user 2147480000; }\n";
	static const char both[] = "privsep { user 2147480000; group 7; }\n";
	struct diag *d = diag_new();
	const struct ike_privsep *ps;
	struct load l;

	assert_int_equal(load_mem("c", alone, sizeof(alone) - 1, 0, NULL, NULL,
				  d, &l), 0);
	ps = &ike_conf_settings(l.conf)->privsep;
	assert_true(ps->on);
	assert_int_equal(ps->uid, 2147480000);
	assert_int_equal(ps->gid, 2147480000);
	load_free(&l);
	assert_int_equal(load_mem("c", both, sizeof(both) - 1, 0, NULL, NULL,
				  d, &l), 0);
	assert_int_equal(ike_conf_settings(l.conf)->privsep.gid, 7);
	load_free(&l);
	diag_free(d);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(psk_file),
		cmocka_unit_test(script_file),
		cmocka_unit_test(openssl_limits),
		cmocka_unit_test(json_shape),
		cmocka_unit_test(json_latin1),
		cmocka_unit_test(looked_up),
		cmocka_unit_test(too_many_names),
		cmocka_unit_test(privsep_number),
		cmocka_unit_test(golden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
