/* SPDX-License-Identifier: BSD-2-Clause */
/* The holder of the keys: what it computes, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "ike/core/job.h"
#include "ike/crypto/rsakey.h"
#include "ike/crypto/sig.h"
#include "ike/daemon/keyproc.h"
#include "ike/daemon/load.h"
#include "ike/wire/names.h"
#include "libxfrm/base/diag.h"
#include "libxfrm/base/err.h"

static char dir[] = "/tmp/keyproc-XXXXXX";
static struct ike_crypto *cr;
static struct ike_rsa_numbers rsa[2];
static struct ike_sig_pub *pub[2];

static const char *const parts[IKE_RSA_PARTS] = {
	"Modulus", "PublicExponent", "PrivateExponent", "Prime1", "Prime2",
	"Exponent1", "Exponent2", "Coefficient",
};

static unsigned int lines;	/* that were logged */

static void no_sink(void *arg, enum log_level level, const char *line)
{
	lines++;
}

static const char *path(const char *name)
{
	static char buf[64];

	snprintf(buf, sizeof(buf), "%s/%s", dir, name);
	return buf;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(path(name), "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	fclose(f);
	assert_int_equal(chmod(path(name), 0600), 0);
}

static void put_rsa(FILE *f, const char *ends, const struct ike_rsa_numbers *k,
		    int last)
{
	fprintf(f, "%s : RSA {\n", ends);
	for (int i = 0; i < last; i++) {
		fprintf(f, "\t%s: 0x", parts[i]);
		for (size_t b = 0; b < k->part[i].len; b++)
			fprintf(f, "%02x", k->part[i].p[b]);
		fprintf(f, "\n");
	}
	fprintf(f, "}\n");
}

static int setup(void **state)
{
	assert_non_null(mkdtemp(dir));
	assert_int_equal(ike_crypto_new(&cr, NULL), 0);
	for (int i = 0; i < 2; i++) {
		const struct secret *p = rsa[i].part;

		assert_int_equal(ike_rsa_generate(cr, 1024, 65537, &rsa[i]),
				 0);
		assert_int_equal(ike_sig_pub_rsa(cr, cur_init(p[0].p,
							      p[0].len),
						 cur_init(p[1].p, p[1].len),
						 &pub[i], NULL), 0);
	}
	return 0;
}

static int teardown(void **state)
{
	static const char *const files[] = { "psk.txt", "own", "peers" };

	for (int i = 0; i < 3; i++)
		unlink(path(files[i]));
	for (int i = 0; i < 2; i++) {
		ike_rsa_numbers_free(&rsa[i]);
		ike_sig_pub_free(pub[i]);
	}
	rmdir(dir);
	ike_crypto_free(cr);
	return 0;
}

static struct ike_conf *load(const char *more)
{
	struct diag *d = diag_new();
	struct load l = { 0 };
	struct ike_conf *conf;
	char text[1024];

	snprintf(text, sizeof(text), "path pre_shared_key \"%s/psk.txt\";\n"
		 "path certificate \"%s\";\n"
		 "remote anonymous {\n"
		 "exchange_mode main; verify_identifier off;\n"
		 "certificate_type plain_rsa \"own\";\n%s"
		 "proposal { encryption_algorithm aes; hash_algorithm sha256;"
		 " authentication_method rsasig; dh_group 14; } }\n", dir, dir,
		 more);
	assert_int_equal(load_mem("conf", text, strlen(text), 0, NULL, cr, d,
				  &l), 0);
	conf = ike_conf_ref(l.conf);
	load_free(&l);
	diag_free(d);
	return conf;
}

static struct keyproc *start(void)
{
	static const struct logger log = { LOG_LV_ERROR, no_sink, NULL };
	struct ike_conf *conf = load("");
	struct keyproc *kp;

	assert_int_equal(keyproc_new(&kp, &log), 0);
	assert_int_equal(keyproc_conf(kp, conf), 0);
	ike_conf_unref(conf);
	return kp;
}

static void name(struct key_question *q, const char *addr)
{
	struct xaddr a;

	assert_int_equal(xaddr_parse(addr, &a), 0);
	q->req.name[q->req.nname].addr = true;
	q->req.name[q->req.nname].len = xaddr_bits(a.family) / 8;
	memcpy(q->req.name[q->req.nname++].p, a.b, sizeof(a.b));
}

static char why[JOB_TEXT_MAX];	/* the last one failed */
static bool more;		/* questions come in this round */

static int ask_psk(struct keyproc *kp, const char *peer)
{
	struct key_question q = { .req = { .kind = KEY_PSK_PRF,
					   .prf = V1_HASH_SHA256,
					   .data_len = 32 } };
	struct ike_keyans a;
	int err;

	name(&q, peer);
	keyproc_answer(kp, &q, &a);
	if (!more)
		keyproc_round(kp);
	err = a.err;
	assert_int_equal(a.out.len, err ? 0 : 32);
	secret_free(&a.out);
	snprintf(why, sizeof(why), "%s", a.text);
	return err;
}

static void psk_of_now(void **state)
{
	struct keyproc *kp;

	put("psk.txt", "192.0.2.1 one\n");
	kp = start();
	assert_int_equal(ask_psk(kp, "192.0.2.1"), 0);
	assert_int_equal(ask_psk(kp, "192.0.2.2"), XE_NOTFOUND);
	put("psk.txt", "192.0.2.2 another\n");
	assert_int_equal(ask_psk(kp, "192.0.2.1"), XE_NOTFOUND);
	assert_int_equal(ask_psk(kp, "192.0.2.2"), 0);
	/* It is looked at once for the questions that come together. */
	more = true;
	assert_int_equal(ask_psk(kp, "192.0.2.2"), 0);
	put("psk.txt", "192.0.2.2 a third\n192.0.2.3 one more\n");
	assert_int_equal(ask_psk(kp, "192.0.2.3"), XE_NOTFOUND);
	more = false;
	keyproc_round(kp);
	assert_int_equal(ask_psk(kp, "192.0.2.3"), 0);
	/* A file that may not be used any more: nor what it said before. */
	assert_int_equal(chmod(path("psk.txt"), 0644), 0);
	lines = 0;
	assert_int_equal(ask_psk(kp, "192.0.2.2"), -EACCES);
	assert_int_equal(ask_psk(kp, "192.0.2.2"), -EACCES);
	/* Any stranger may ask: it is said once, to the administrator too. */
	assert_int_equal(lines, 1);
	assert_non_null(strstr(why, "weak file permission (mode 0644)"));
	unlink(path("psk.txt"));
	assert_int_equal(ask_psk(kp, "192.0.2.2"), -ENOENT);
	assert_int_equal(ask_psk(kp, "192.0.2.2"), -ENOENT);
	keyproc_free(kp);
}

/* Signs between two ends; which of the two keys did it?  Or an error. */
static int ask_sign(struct keyproc *kp, const char *ours, const char *peer,
		    size_t len)
{
	struct key_question q = { .req = { .kind = KEY_SIGN,
					   .data_len = len } };
	struct ike_keyans a;
	int r = -1;

	q.file = path("own");
	name(&q, ours);
	name(&q, peer);
	keyproc_answer(kp, &q, &a);
	if (a.err)
		return a.err;
	for (int i = 0; i < 2; i++)
		if (!ike_rsa_v1_verify(cr, pub[i], cur_init(q.req.data, len),
				       cur_init(a.out.p, a.out.len), false))
			r = i;
	secret_free(&a.out);
	return r;
}

static void plain_rsa_signs(void **state)
{
	struct keyproc *kp = start();
	FILE *f = fopen(path("own"), "w");

	assert_non_null(f);
	put_rsa(f, "192.0.2.1 192.0.2.2", &rsa[0], IKE_RSA_PARTS);
	/* without the primes */
	put_rsa(f, "198.51.100.0/24", &rsa[1], IKE_RSA_PRIME1);
	fclose(f);
	assert_int_equal(chmod(path("own"), 0600), 0);
	assert_int_equal(ask_sign(kp, "192.0.2.1", "192.0.2.2", 32), 0);
	assert_int_equal(ask_sign(kp, "192.0.2.2", "192.0.2.1", 20), 0);
	assert_int_equal(ask_sign(kp, "192.0.2.1", "198.51.100.9", 32), 1);
	assert_int_equal(ask_sign(kp, "192.0.2.1", "203.0.113.1", 32),
			 XE_NOTFOUND);
	/* what others may read, others may have */
	assert_int_equal(chmod(path("own"), 0640), 0);
	assert_int_equal(ask_sign(kp, "192.0.2.1", "192.0.2.2", 32), -EACCES);
	keyproc_free(kp);
}

/* IKE's hashes only: nothing that is a signature elsewhere. */
static void signs_hashes_only(void **state)
{
	struct keyproc *kp = start();
	FILE *f;

	unlink(path("own"));
	put("own", "");
	f = fopen(path("own"), "w");
	assert_non_null(f);
	put_rsa(f, "", &rsa[0], IKE_RSA_PARTS);
	fclose(f);
	for (size_t len = 0; len <= 80; len++) {
		bool hash = len == 16 || len == 20 || len == 32 || len == 48 ||
			    len == 64;

		assert_int_equal(ask_sign(kp, "192.0.2.1", "192.0.2.2", len),
				 hash ? 0 : XE_RANGE);
	}
	keyproc_free(kp);
}

/* Is what the i-th key signed taken from that peer? */
static int verify(struct ike_conf *conf, const char *peer, int i)
{
	struct ike_job *job = ike_job_new(JOB_VERIFY);
	static const uint8_t hash[32] = "hash";
	struct ike_sig_priv *key;
	struct ike_rsa_numbers copy = { .private = true };
	int r;

	assert_non_null(job);
	for (int p = 0; p < IKE_RSA_PARTS; p++)
		assert_int_equal(secret_set(&copy.part[p], rsa[i].part[p].p,
					    rsa[i].part[p].len), 0);
	assert_int_equal(ike_rsa_private(cr, &copy, &key), 0);
	ike_rsa_numbers_free(&copy);
	job->conf = ike_conf_ref(conf);
	job->remote = ike_conf_remote(conf, 0);
	assert_int_equal(xaddr_parse("192.0.2.1", &job->our_addr), 0);
	assert_int_equal(xaddr_parse(peer, &job->peer_addr), 0);
	wbuf_init(&job->data, 64);
	wbuf_init(&job->sig, 1024);
	wbuf_put(&job->data, hash, sizeof(hash));
	assert_int_equal(ike_rsa_v1_sign(cr, key, wbuf_cur(&job->data),
					 &job->sig), 0);
	r = ike_job_run(cr, job);
	ike_sig_priv_free(key);
	ike_job_free(job);
	return r;
}

/* One peer's key does not make it another peer. */
static void plain_rsa_of_others(void **state)
{
	FILE *f = fopen(path("peers"), "w");
	struct ike_conf *conf;

	assert_non_null(f);
	put_rsa(f, "192.0.2.2", &rsa[0], IKE_RSA_PRIME1);
	put_rsa(f, "192.0.2.1 192.0.2.3", &rsa[1], IKE_RSA_PRIME1);
	fclose(f);
	conf = load("peers_certfile plain_rsa \"peers\";\n");
	assert_int_equal(verify(conf, "192.0.2.2", 0), 0);
	assert_int_equal(verify(conf, "192.0.2.2", 1), XE_AUTH);
	assert_int_equal(verify(conf, "192.0.2.3", 1), 0);
	assert_int_equal(verify(conf, "192.0.2.3", 0), XE_AUTH);
	assert_int_equal(verify(conf, "192.0.2.4", 0), XE_AUTH);
	ike_conf_unref(conf);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(psk_of_now),
		cmocka_unit_test(plain_rsa_signs),
		cmocka_unit_test(signs_hashes_only),
		cmocka_unit_test(plain_rsa_of_others),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
