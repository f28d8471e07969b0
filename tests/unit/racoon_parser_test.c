/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "libxfrm/base/err.h"
#include "parser/racoon_ast.h"

#define TEXT_MAX (16u << 20)

static struct rc_conf *parse(const char *text)
{
	struct rc_conf *conf;

	assert_int_equal(rc_parse_mem("t", text, strlen(text), false, NULL,
				      &conf), 0);
	return conf;
}

static unsigned int errors_of(const char *text)
{
	struct diag *d = diag_new();
	struct rc_conf *conf;
	unsigned int n;
	int r;

	r = rc_parse_mem("t", text, strlen(text), false, d, &conf);
	n = diag_count(d, DIAG_ERROR);
	assert_int_equal(r, n ? XE_PARSE : 0);
	assert_non_null(conf);
	rc_free(conf);
	diag_free(d);
	return n;
}

static void test_remote(void **state)
{
	struct rc_conf *c = parse("remote 192.0.2.1 [501] { passive on; "
				  "dpd_delay 0x14; lifetime time 2 hours; }"
				  "remote host.example.net { }"
				  "remote \"n\" inherit anonymous;"
				  "remote fe80::1%eth0 { }");
	const struct rc_remote *r = c->remote;

	assert_int_equal(c->remotes, 4);
	assert_int_equal(r->peer.kind, RC_PEER_ADDR);
	assert_int_equal(r->peer.addr.family, AF_INET);
	assert_memory_equal(r->peer.addr.ip, "\xc0\0\x02\x01", 4);
	assert_true(r->peer.port.given);
	assert_int_equal(r->peer.port.v, 501);
	assert_int_equal(r->inherit.kind, RC_PEER_NONE);
	assert_true(r->passive.given && r->passive.v);
	assert_int_equal(r->dpd_delay.v, 20);
	assert_int_equal(r->lifetime.time.v, 7200);
	assert_false(r->lifetime.byte.given);
	assert_false(r->dpd.given);
	assert_int_equal(src_span(c->src, r->passive.loc).col, 34);
	r = r->next;
	assert_int_equal(r->peer.kind, RC_PEER_BARE);
	assert_string_equal(r->peer.name, "host.example.net");
	r = r->next;
	assert_int_equal(r->peer.kind, RC_PEER_NAME);
	assert_int_equal(r->inherit.kind, RC_PEER_ANONYMOUS);
	r = r->next;
	assert_int_equal(r->peer.addr.family, AF_INET6);
	assert_string_equal(r->peer.addr.zone, "eth0");
	assert_null(r->next);
	rc_free(c);
}

static void test_sainfo(void **state)
{
	struct rc_conf *c = parse("sainfo address 10.0.0.0/8 [53] udp "
				  "address 10.1.0.1-10.1.0.9 [any] 47 { "
				  "encryption_algorithm aes 256, 3des; "
				  "pfs_group x25519; }"
				  "sainfo anonymous { }"
				  "sainfo anonymous clientaddr "
				  "group \"g\" { }");
	const struct rc_sainfo *s = c->sainfo;

	assert_int_equal(c->sainfos, 3);
	assert_int_equal(s->local.kind, RC_SAID_ADDR);
	assert_int_equal(s->local.prefix.v, 8);
	assert_int_equal(s->local.port.v, 53);
	assert_int_equal(s->local.proto.v, 17);
	assert_int_equal(s->remote.kind, RC_SAID_RANGE);
	assert_int_equal(s->remote.last.ip[3], 9);
	assert_true(s->remote.port.given);
	assert_int_equal(s->remote.port.v, RC_PORT_ANY);
	assert_int_equal(s->remote.proto.v, 47);
	assert_int_equal(s->enc->alg, RC_ENC_AES);
	assert_int_equal(s->enc->keylen, 256);
	assert_int_equal(s->enc->next->alg, RC_ENC_3DES);
	assert_int_equal(s->enc->next->keylen, 0);
	assert_int_equal(s->pfs_group.alg, 31);
	s = s->next;
	assert_int_equal(s->local.kind, RC_SAID_ANONYMOUS);
	assert_int_equal(s->remote.kind, RC_SAID_NONE);
	s = s->next;
	assert_int_equal(s->remote.kind, RC_SAID_CLIENTADDR);
	assert_string_equal(s->group.s, "g");
	rc_free(c);
}

/* Nothing given leaves nothing behind but what is there to be given. */
static void test_empty(void **state)
{
	static const char *const texts[] = { "", "\n", "# x", ";", " \t\r\n" };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct rc_conf *c = parse(texts[i]), *d = parse("");

		assert_false(c->log.given || c->timer.head.given);
		assert_null(c->path.certificate.s);
		assert_null(c->remote);
		assert_true(rc_equal(c, d, NULL));
		rc_free(c);
		rc_free(d);
	}
	rc_free(NULL);
}

static void test_equal(void **state)
{
	static const struct {
		const char *a, *b, *where;
	} diff[] = {
		{ "log info;", "log debug;", "log" },
		{ "log info;", "", "log" },
		{ "timer { counter 1; }", "timer { counter 2; }",
		  "timer counter" },
		{ "timer { }", "", "timer" },
		{ "path script \"a\";", "path script \"b\";", "path script" },
		{ "remote anonymous { passive on; }",
		  "remote anonymous { passive off; }", "remote 1 passive" },
		{ "remote anonymous { }", "remote anonymous [500] { }",
		  "remote 1" },
		{ "remote anonymous { } remote \"a\" { }",
		  "remote anonymous { } remote \"b\" { }", "remote 2" },
		{ "remote anonymous { proposal { dh_group 2; } }",
		  "remote anonymous { proposal { dh_group 5; } }",
		  "remote 1 proposal 1 dh_group" },
		{ "remote anonymous { lifetime time 1 sec; }",
		  "remote anonymous { lifetime byte 1 B; }",
		  "remote 1 lifetime" },
		{ "sainfo anonymous { encryption_algorithm aes, 3des; }",
		  "sainfo anonymous { encryption_algorithm 3des, aes; }",
		  "sainfo 1 encryption_algorithm" },
		{ "sainfo anonymous { }", "sainfo anonymous anonymous { }",
		  "sainfo 1" },
		{ "listen { isakmp 1.1.1.1; }", "listen { isakmp_natt 1.1.1.1; }",
		  "listen isakmp" },
		{ "mode_cfg { split_network include 1.0.0.0/8; }",
		  "mode_cfg { split_network local_lan 1.0.0.0/8; }",
		  "mode_cfg split_network" },
		{ "radiuscfg { auth \"a\" \"b\"; }",
		  "radiuscfg { auth \"a\" \"c\"; }", "radiuscfg auth" },
	};
	size_t i;

	for (i = 0; i < sizeof(diff) / sizeof(diff[0]); i++) {
		struct rc_conf *a = parse(diff[i].a), *b = parse(diff[i].b);
		const char *where;

		assert_false(rc_equal(a, b, &where));
		assert_string_equal(where, diff[i].where);
		assert_true(rc_equal(a, a, &where));
		assert_null(where);
		rc_free(a);
		rc_free(b);
	}
}

/* One mistake costs its own statement only. */
static void test_recovery(void **state)
{
	struct diag *d = diag_new();
	struct rc_conf *c;
	const char *text = "log verbose;\n"
			   "timer { counter x; persend 3 }\n"
			   "remote anonymous { pasive on;\n dpd_delay 5;\n"
			   " proposal { dh_group foo; hash_algorithm md5; } }\n"
			   "}\n"
			   "mode_cfg { dns4 1.1.1.1\n pool_size 3; }\n"
			   "sainfo anonymous { pfs_group 2; }\n";

	assert_int_equal(rc_parse_mem("t", text, strlen(text), false, d, &c),
			 XE_PARSE);
	assert_int_equal(diag_count(d, DIAG_ERROR), 7);
	assert_int_equal(c->timer.persend.v, 3);
	assert_int_equal(c->remote->dpd_delay.v, 5);
	assert_int_equal(c->remote->proposal->hash.alg, RC_HASH_MD5);
	assert_int_equal(c->modecfg.pool_size.v, 3);
	assert_int_equal(c->sainfo->pfs_group.alg, 2);
	rc_free(c);
	diag_free(d);
}

static char *repeat(const char *before, const char *unit, size_t n,
		    const char *after)
{
	size_t len = strlen(unit), at = strlen(before), i;
	char *text = malloc(at + n * len + strlen(after) + 1);

	assert_non_null(text);
	memcpy(text, before, at);
	for (i = 0; i < n; i++, at += len)
		memcpy(text + at, unit, len);
	memcpy(text + at, after, strlen(after) + 1);
	return text;
}

static void test_limits(void **state)
{
	char *text;

	text = repeat("log ", "x", RC_MAX_TOKEN + 1, ";");
	assert_int_equal(errors_of(text), 2);
	free(text);
	text = repeat("path script \"", "x", RC_MAX_TOKEN, "\";");
	assert_int_equal(errors_of(text), 1);
	free(text);
	text = repeat("path script \"", "x", RC_MAX_TOKEN - 2, "\";");
	assert_int_equal(errors_of(text), 0);
	free(text);
	text = repeat("", "x ", RC_MAX_WORDS + 5, ";");
	assert_int_equal(errors_of(text), 2);
	free(text);
	text = repeat("", "x {", 100000, "");
	assert_int_equal(errors_of(text), 2);
	free(text);
	text = repeat("remote anonymous {", "peers_identifier address;",
		      RC_MAX_LIST + 1, "}");
	assert_int_equal(errors_of(text), 1);
	free(text);
	text = repeat("", "}", 100000, "");
	assert_int_equal(errors_of(text), 100000);
	free(text);
}

static void test_secrets(void **state)
{
	static const char *const texts[] = {
		"radiuscfg { auth \"h\" 1812 \"sesame\" \"sesame\"; }",
		"radiuscfg { auth \"h\" sesame; }",
		"radiuscfg { auth \"h\" \"sesame\n\"; }",
		"radiuscfg { acct \"h\" [1] sesame sesame; auht \"h\" \"sesame\"; }",
		"ldapcfg { bind_pw sesame; bind_pw \"sesame\" x; }",
		"ldapcfg { bind_pwd \"sesame\"; }",
		"remote anonymous { psk \"sesame\"; shared_secret use \"sesame\"; }",
		"\"sesame\" x;",
	};
	struct rc_conf *c;
	struct wbuf w;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct diag *d = diag_new();
		const struct diag_entry *e;

		rc_parse_mem("t", texts[i], strlen(texts[i]), false, d, &c);
		assert_non_null(diag_first(d));
		for (e = diag_first(d); e; e = e->next) {
			assert_null(strstr(e->text, "sesame"));
			assert_null(e->excerpt ? strstr(e->excerpt, "sesame") :
				    NULL);
			assert_null(e->hint ? strstr(e->hint, "sesame") :
				    NULL);
			assert_null(e->token ? strstr(e->token, "sesame") :
				    NULL);
		}
		rc_free(c);
		diag_free(d);
	}
	c = parse("radiuscfg { auth \"h\" \"sesame\"; }"
		  "ldapcfg { bind_pw \"sesame\"; }");
	wbuf_init(&w, TEXT_MAX);
	rc_print(c, false, &w);
	assert_null(strstr(wbuf_str(&w), "sesame"));
	wbuf_reset(&w);
	rc_print(c, true, &w);
	assert_non_null(strstr(wbuf_str(&w), "sesame"));
	wbuf_free(&w);
	rc_free(c);
}

/* Whatever a file holds, messages are text. */
static void test_text(void **state)
{
	static const struct {
		const char *in, *word;
	} bad[] = {
		{ "log a\x01z;", "\"a?z\"" },
		{ "log a\xe4z;", "\"a?z\"" },
		{ "log a\xc3\xa4z;", "\"a\xc3\xa4z\"" },
		{ "log a\xe2\x82z;", "\"a??z\"" },
		{ "log a\xed\xa0\x80z;", "\"a???z\"" },
		{ "log a\xf0\x9f\x94\x91z;", "\"a\xf0\x9f\x94\x91z\"" },
		{ "log 123456789012345678901234567890123456789012345678901234"
		  "56789012345678901234567890;",
		  "\"1234567890123456789012345678901234567890123456789012345678"
		  "901234...\"" },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct diag *d = diag_new();
		struct rc_conf *c;

		assert_int_equal(rc_parse_mem("t", bad[i].in,
					      strlen(bad[i].in), false, d,
					      &c), XE_PARSE);
		if (!strstr(diag_first(d)->text, bad[i].word))
			fail_msg("%s: %s", bad[i].in, diag_first(d)->text);
		rc_free(c);
		diag_free(d);
	}
}

/* ---- includes ---- */

static char dir[64];

static void put_file(const char *name, const char *text)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static int make_dir(void **state)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%.40s/xt-rc.XXXXXX", tmp ? tmp : "/tmp");
	return mkdtemp(dir) ? 0 : -1;
}

static int drop_dir(void **state)
{
	struct dirent *e;
	DIR *dp = opendir(dir);

	while (dp && (e = readdir(dp)))
		unlinkat(dirfd(dp), e->d_name, 0);
	if (dp)
		closedir(dp);
	return rmdir(dir);
}

static int parse_dir(const char *name, struct diag *d, struct rc_conf **out)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return rc_parse_file(path, d, out);
}

static void test_include(void **state)
{
	struct diag *d = diag_new();
	struct rc_conf *c;
	char text[512];

	snprintf(text, sizeof(text), "path include \"%s\";\n"
		 "remote \"1\" { }\ninclude \"part-*.inc\";\n"
		 "include \"none-*.inc\"\nremote \"4\" { }\n", dir);
	put_file("main.conf", text);
	put_file("part-a.inc", ";\nremote \"2\" { dpd_delay x; }\n");
	put_file("part-b.inc", "remote \"3\" { }\ninclude \"deep.inc\"");
	put_file("deep.inc", "log debug;");
	assert_int_equal(parse_dir("main.conf", d, &c), XE_PARSE);
	assert_int_equal(c->remotes, 4);
	assert_string_equal(c->remote->next->peer.name, "2");
	assert_string_equal(c->remote->next->next->next->peer.name, "4");
	assert_int_equal(c->log.v, RC_LOG_DEBUG);
	assert_int_equal(c->files, 3);
	assert_int_equal(diag_count(d, DIAG_ERROR), 1);
	assert_int_equal(diag_count(d, DIAG_WARNING), 4);
	assert_non_null(strstr(src_span(c->src, c->log.loc).file,
			       "deep.inc"));
	rc_free(c);
	diag_free(d);
}

static void test_include_loop(void **state)
{
	struct diag *d = diag_new();
	struct rc_conf *c;
	char text[256];

	snprintf(text, sizeof(text), "include \"%s/l2.conf\";\nlog info;\n",
		 dir);
	put_file("l1.conf", text);
	snprintf(text, sizeof(text), "include \"%s/l1.conf\";\n", dir);
	put_file("l2.conf", text);
	assert_int_equal(parse_dir("l1.conf", d, &c), XE_PARSE);
	assert_int_equal(diag_count(d, DIAG_ERROR), 1);
	assert_int_equal(c->log.v, RC_LOG_INFO);
	rc_free(c);
	diag_free(d);
}

static void test_include_depth(void **state)
{
	struct diag *d = diag_new();
	struct rc_conf *c;
	char text[256], name[32];
	int i;

	for (i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "d%d.conf", i);
		snprintf(text, sizeof(text),
			 "include \"%s/d%d.conf\";\nremote \"%d\" { }\n", dir,
			 i + 1, i);
		put_file(name, text);
	}
	assert_int_equal(parse_dir("d0.conf", d, &c), XE_PARSE);
	assert_int_equal(diag_count(d, DIAG_ERROR), 1);
	assert_non_null(strstr(diag_first(d)->text, "deeper"));
	assert_int_equal(c->remotes, 11);
	rc_free(c);
	diag_free(d);
}

static void test_include_limit(void **state)
{
	struct diag *d = diag_new();
	struct rc_conf *c;
	char text[256], *all;

	snprintf(text, sizeof(text), "include \"%s/one.inc\";\n", dir);
	put_file("one.inc", "log info;\n");
	all = repeat("", text, RC_MAX_FILES + 1, "");
	assert_int_equal(rc_parse_mem("t", all, strlen(all), true, d, &c),
			 XE_LIMIT);
	assert_null(c);
	assert_int_equal(diag_count(d, DIAG_ERROR), 1);
	free(all);
	diag_free(d);
}

static void test_no_file(void **state)
{
	struct diag *d = diag_new();
	struct rc_conf *c;

	assert_true(rc_parse_file("/nonexistent/racoon.conf", d, &c) < 0);
	assert_null(c);
	assert_int_equal(diag_count(d, DIAG_ERROR), 1);
	diag_free(d);
}

/* ---- other people's files ---- */

/* Which files have errors, and how many; all others have none. */
static const struct {
	const char *name;
	unsigned int errors;
} refused[] = {
	{ "013-xauth-psk-server-equals-signs.conf", 1 },
	{ "015-modecfg-missing-semicolon.conf", 1 },
	{ "018-apple-remote-keychain.conf", 2 },
	{ "039-cpe-vendor-extensions.conf", 2 },
	{ "041-forum-bad-address-colon-port.conf", 1 },
};

static unsigned int want_errors(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (!strcmp(refused[i].name, name))
			return refused[i].errors;
	}
	return 0;
}

/* Parses; prints; parses that: the trees must be equal. */
static void corpus_file(const char *folder, const char *name)
{
	struct rc_conf *a = NULL, *b = NULL;
	struct diag *d = diag_new();
	const char *where = NULL;
	char path[512];
	struct wbuf w;

	wbuf_init(&w, TEXT_MAX);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	rc_parse_file(path, d, &a);
	assert_non_null(a);
	if (diag_count(d, DIAG_ERROR) != want_errors(name))
		fail_msg("%s: %u errors", name, diag_count(d, DIAG_ERROR));
	rc_print(a, true, &w);
	assert_non_null(wbuf_str(&w));
	assert_int_equal(rc_parse_mem("printed", w.p, w.len, false, NULL, &b),
			 0);
	if (!rc_equal(a, b, &where))
		fail_msg("%s: differs at %s", name, where);
	rc_free(a);
	rc_free(b);
	wbuf_free(&w);
	diag_free(d);
}

static unsigned int corpus_folder(const char *sub, const char *part)
{
	const char *shared = getenv("XT_SHARED");
	char path[256];
	struct dirent *e;
	unsigned int n = 0;
	DIR *dp;

	snprintf(path, sizeof(path), "%s/corpus/%s",
		 shared ? shared : "../shared", sub);
	dp = opendir(path);
	while (dp && (e = readdir(dp))) {
		size_t len = strlen(e->d_name);

		if (len > 5 && !strcmp(e->d_name + len - 5, ".conf") &&
		    strstr(e->d_name, part)) {
			corpus_file(path, e->d_name);
			n++;
		}
	}
	if (dp)
		closedir(dp);
	return n;
}

static void test_corpus(void **state)
{
	unsigned int n = corpus_folder("racoon", "");

	if (!n)
		skip();
	assert_true(n >= 44);
	assert_true(corpus_folder("seeds", "racoon") >= 3);
	assert_int_equal(corpus_folder("seeds", "redhat-192"), 1);
}

/* ---- size ---- */

static void test_speed(void **state)
{
	enum { N = 10000 };
	char *text = malloc(N * 1024), net[64];
	struct timespec t0, t1;
	struct rc_conf *c;
	size_t len = 0;
	double s;
	int i;

	assert_non_null(text);
	for (i = 0; i < N; i++) {
		snprintf(net, sizeof(net), "10.%d.%d.0/24", i / 256, i % 256);
		len += (size_t)snprintf(text + len, 1024,
			"remote 172.16.%d.%d [500] {\n"
			"\texchange_mode main,aggressive;\n"
			"\tmy_identifier fqdn \"gw.example.net\";\n"
			"\tnat_traversal on;\n\tdpd_delay 20;\n"
			"\tproposal {\n\t\tencryption_algorithm aes 256;\n"
			"\t\thash_algorithm sha256;\n"
			"\t\tauthentication_method pre_shared_key;\n"
			"\t\tdh_group modp2048;\n\t}\n}\n"
			"sainfo address %s any address 192.168.0.0/16 any {\n"
			"\tpfs_group modp2048;\n\tlifetime time 1 hour;\n"
			"\tencryption_algorithm aes 256, aes 128;\n"
			"\tauthentication_algorithm hmac_sha256;\n"
			"\tcompression_algorithm deflate;\n}\n",
			i / 256, i % 256, net);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t0);
	assert_int_equal(rc_parse_mem("t", text, len, false, NULL, &c), 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t1);
	assert_int_equal(c->remotes, N);
	assert_int_equal(c->sainfos, N);
	s = (double)(t1.tv_sec - t0.tv_sec) +
	    (double)(t1.tv_nsec - t0.tv_nsec) / 1e9;
	print_message("%d remotes and sainfos: %.3f s, %zu MiB\n", N, s,
		      arena_size(c->arena) >> 20);
	assert_true(s < 5.0);	/* sanitizers and slow machines included */
	rc_free(c);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_remote),
		cmocka_unit_test(test_sainfo),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_recovery),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_text),
		cmocka_unit_test_setup_teardown(test_include, make_dir,
						drop_dir),
		cmocka_unit_test_setup_teardown(test_include_loop, make_dir,
						drop_dir),
		cmocka_unit_test_setup_teardown(test_include_depth, make_dir,
						drop_dir),
		cmocka_unit_test_setup_teardown(test_include_limit, make_dir,
						drop_dir),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_corpus),
		cmocka_unit_test(test_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
