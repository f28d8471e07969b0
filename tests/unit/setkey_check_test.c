/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "libxfrm/base/err.h"
#include "parser/setkey_check.h"

/* What a text means: tests/conf/setkey has the broad cases, here is the rest. */

struct loaded {
	struct src_table *t;
	struct diag *d;
	struct setkey_prog *p;
	int r;
};

static struct loaded load_with(const char *text,
			       const struct setkey_check_opts *o)
{
	struct loaded l = { .t = src_table_new(), .d = diag_new() };
	struct src *s;

	l.r = src_add(l.t, "F", text, strlen(text), l.d, &s);
	if (!l.r)
		l.r = setkey_load(l.t, s, o, l.d, &l.p);
	return l;
}

static struct loaded load(const char *text)
{
	struct setkey_check_opts o = { .numeric = true, .quiet = true };

	return load_with(text, &o);
}

static void done(struct loaded *l)
{
	setkey_prog_free(l->p);
	diag_free(l->d);
	src_table_free(l->t);
}

#define KEYS "-E aes-cbc \"0123456789abcdef\" -A hmac-sha1 " \
	"\"0123456789abcdef0123\""

/* One entry, in the words of the reference, with ours beside them. */
static void entry(const struct diag_entry *e, unsigned int line,
		  unsigned int col, const char *text, const char *token,
		  const char *hint, const char *excerpt)
{
	assert_non_null(e);
	assert_string_equal(e->span.file, "F");
	assert_int_equal(e->span.line, line);
	assert_int_equal(e->span.col, col);
	assert_string_equal(e->text, text);
	assert_string_equal(e->token, token);
	assert_string_equal(e->hint, hint);
	assert_string_equal(e->excerpt, excerpt);
}

static void messages(void **state)
{
	struct loaded l = load("flush;\nadd 10.0.0.1 10.0.0.2 ah 0x300 "
			       "-A hmac-sha256 0x001122;\n"
			       "add 10.0.0.1 10.0.0.2 esp 0x301 -E rot13 0x00;"
			       "\n");
	const struct diag_entry *e = diag_first(l.d);

	assert_int_equal(l.r, XE_CHECK);
	entry(e, 2, 47, "Invalid key length", "0x****",
	      "key has 24 bits; hmac-sha256 wants 256",
	      "add 10.0.0.1 10.0.0.2 ah 0x300 -A hmac-sha256 ********;\n"
	      "                                              ^~~~~~~~");
	entry(e->next, 3, 36, "syntax error", "rot13",
	      "no such encryption algorithm; setkey(8) lists them",
	      "add 10.0.0.1 10.0.0.2 esp 0x301 -E rot13 ****;\n"
	      "                                   ^~~~~");
	assert_null(e->next->next);
	done(&l);
}

/* What the checker finds late but stands early comes first. */
static void messages_in_order(void **state)
{
	struct loaded l = load("add 10.0.0.1 ::2 esp 1 -u x " KEYS ";\n"
			       "add 10.0.0.1 10.0.0.2 esp 0x100 -E y 0 -u x;");
	const struct diag_entry *e;

	assert_int_equal(l.r, XE_CHECK);
	for (e = diag_first(l.d); e->next; e = e->next) {
		assert_true(e->span.line < e->next->span.line ||
			    (e->span.line == e->next->span.line &&
			     e->span.col <= e->next->span.col));
	}
	assert_int_equal(diag_count(l.d, DIAG_ERROR), 3);
	done(&l);
}

static void twins(void **state)
{
	static const char text[] =
		"spdadd 10.0.0.0/8 10.1.0.0/16 any -P in ipsec "
		"esp/tunnel/1.2.3.4-1.2.3.5/unique:7;"
		"spddelete 10.0.0.0/8 10.1.0.0/16 any -P in;"
		"spdadd 10.0.0.0/8 10.1.0.0/16 any -P out none;";
	struct setkey_check_opts kernel = { .no_twin = true };
	struct loaded l = load(text);

	assert_int_equal(l.r, 0);
	assert_int_equal(l.p->nop, 5);
	assert_int_equal(l.p->op[0].pol->dir, XFRM_POLICY_IN);
	assert_int_equal(l.p->op[1].pol->dir, XFRM_POLICY_FWD);
	assert_int_equal(l.p->op[0].flags, 0);
	assert_int_equal(l.p->op[1].flags, SKOP_TWIN);
	assert_int_equal(l.p->op[1].pol->tmpl[0].reqid, 7);
	assert_int_equal(l.p->op[3].kind, SKOP_SPDDELETE);
	assert_int_equal(l.p->op[3].flags, SKOP_TWIN);
	assert_int_equal(l.p->op[4].pol->dir, XFRM_POLICY_OUT);
	done(&l);
	l = load_with(text, &kernel);
	assert_int_equal(l.p->nop, 3);
	done(&l);
}

/* A fwd policy of the text's own takes the place of a twin. */
static void own_fwd(void **state)
{
#define SEL "10.0.0.0/8 10.1.0.0/16 any -P "
	struct loaded l = load("spdadd " SEL "in none;"
			       "spdadd " SEL "fwd discard;");

	assert_int_equal(l.r, 0);
	assert_int_equal(l.p->nop, 2);
	assert_int_equal(l.p->op[1].pol->dir, XFRM_POLICY_FWD);
	assert_int_equal(l.p->op[1].pol->action, XFRM_POLICY_BLOCK);
	assert_int_equal(l.p->op[1].flags, 0);
	done(&l);
	l = load("spdadd " SEL "fwd discard; spdadd " SEL "in none;");
	assert_int_equal(l.p->nop, 2);
	assert_int_equal(l.p->op[0].pol->dir, XFRM_POLICY_FWD);
	assert_int_equal(l.p->op[1].pol->dir, XFRM_POLICY_IN);
	done(&l);
	/* other packets, or gone before the other one comes */
	l = load("spdadd " SEL "in none; spdadd 10.0.0.0/8 ::/0 any -P fwd "
		 "none;");
	assert_int_equal(l.r, XE_CHECK);
	done(&l);
	l = load("spdadd " SEL "in none; spdadd 10.0.0.0/9 10.1.0.0/16 any "
		 "-P fwd none;");
	assert_int_equal(l.p->nop, 3);
	done(&l);
	l = load("spdadd " SEL "in none; spddelete " SEL "fwd; spdadd " SEL
		 "fwd none;");
	assert_int_equal(l.p->nop, 4);
	done(&l);
	l = load("spdadd " SEL "in none; spdflush; spdadd " SEL "fwd none;");
	assert_int_equal(l.p->nop, 4);
	done(&l);
	/* spdupdate is no different */
	l = load("spdupdate " SEL "fwd discard; spdupdate " SEL "in none;");
	assert_int_equal(l.p->nop, 2);
	assert_int_equal(l.p->op[0].pol->action, XFRM_POLICY_BLOCK);
	assert_int_equal(l.p->op[1].pol->dir, XFRM_POLICY_IN);
	done(&l);
	l = load("spdadd " SEL "in none; spdupdate " SEL "fwd discard; "
		 "spdupdate " SEL "in none;");
	assert_int_equal(l.p->nop, 4);
	assert_int_equal(l.p->op[1].flags, SKOP_TWIN);
	assert_int_equal(l.p->op[2].pol->action, XFRM_POLICY_BLOCK);
	assert_int_equal(l.p->op[3].pol->dir, XFRM_POLICY_IN);
	done(&l);
	l = load("spdupdate " SEL "in none; spdadd " SEL "fwd discard;");
	assert_int_equal(l.p->nop, 2);
	assert_int_equal(l.p->op[1].pol->action, XFRM_POLICY_BLOCK);
	done(&l);
	l = load("spdadd " SEL "in none; spdupdate " SEL "in discard; spdadd "
		 SEL "fwd none; spdupdate " SEL "in none;");
	assert_int_equal(l.p->nop, 4);
	assert_int_equal(l.p->op[2].pol->dir, XFRM_POLICY_FWD);
	assert_int_equal(l.p->op[2].flags, 0);
	done(&l);
	/* twice the same statement stays an error of the kernel's */
	l = load("spdadd " SEL "fwd none; spdadd " SEL "fwd none;");
	assert_int_equal(l.p->nop, 2);
	done(&l);
}

static void unique_numbers(void **state)
{
	struct loaded l = load(
		"spdadd 10.0.0.1 10.0.0.2 any -P in ipsec esp/transport//unique"
		" ah/transport//unique;"
		"spdadd 10.0.0.2 10.0.0.1 any -P out ipsec "
		"esp/transport//unique:5 ah/transport//unique;");

	assert_int_equal(l.r, 0);
	assert_int_equal(l.p->nop, 3);
	assert_int_equal(l.p->op[0].pol->tmpl[0].reqid, 16384);
	assert_int_equal(l.p->op[0].pol->tmpl[1].reqid, 16385);
	assert_int_equal(l.p->op[1].pol->tmpl[1].reqid, 16385);
	assert_int_equal(l.p->op[2].pol->tmpl[0].reqid, 5);
	assert_int_equal(l.p->op[2].pol->tmpl[1].reqid, 16386);
	setkey_renumber(l.p, 20000);
	assert_int_equal(l.p->op[0].pol->tmpl[0].reqid, 20000);
	assert_int_equal(l.p->op[1].pol->tmpl[1].reqid, 20001);
	assert_int_equal(l.p->op[2].pol->tmpl[0].reqid, 5);
	assert_int_equal(l.p->op[2].pol->tmpl[1].reqid, 20002);
	done(&l);
}

/* -n and numeric never ask DNS; families are held apart. */
static const struct xfrm_tmpl *rules(const struct loaded *l, size_t op)
{
	assert_true(op < l->p->nop);
	assert_int_equal(l->p->op[op].pol->ntmpl, 1);
	return l->p->op[op].pol->tmpl;
}

/* Policies share the templates of rules that read the same. */
static void shared_rules(void **state)
{
	static const char text[] =
		"spdadd 10.0.0.1 10.1.0.1 any -P out ipsec esp/transport//use;"
		"spdadd 10.1.0.1 10.0.0.1 any -P fwd ipsec esp/transport//use;"
		"spdadd 10.0.0.2 10.1.0.1 any -P out prio 5 ipsec "
		"esp/transport//use;"
		"spdadd 10.0.0.3 10.1.0.1 any -P out none;"
		"spdadd 10.0.0.4 10.1.0.1 any -P out ipsec esp/transport//use;"
		"spdadd 10.0.0.5 10.1.0.1 any -P out ipsec ah/transport//use;"
		"spdadd 10.0.0.6 10.1.0.1 any -P out ipsec esp/tunnel/1.1.1.1-"
		"2.2.2.2/unique;"
		"spdadd 10.0.0.7 10.1.0.1 any -P out ipsec esp/tunnel/1.1.1.1-"
		"2.2.2.2/unique;"
		"spdadd 10.0.0.8 10.1.0.1 any -P out ipsec ah/transport//use;";
	struct loaded l = load(text);

	assert_int_equal(l.r, 0);
	assert_ptr_equal(rules(&l, 0), rules(&l, 2));
	assert_ptr_equal(rules(&l, 0), rules(&l, 4));
	assert_int_equal(l.p->op[3].pol->ntmpl, 0);
	assert_int_equal(rules(&l, 5)->proto, IPPROTO_AH);
	assert_int_equal(rules(&l, 6)->reqid, SETKEY_UNIQUE_FIRST);
	assert_int_equal(rules(&l, 7)->reqid, SETKEY_UNIQUE_FIRST + 1);
	assert_int_equal(rules(&l, 8)->reqid, 0);
	done(&l);
}

/* An error is told of each policy that has it, and so is a warning. */
static void repeated_errors(void **state)
{
	static const struct {
		const char *policy;
		enum diag_level level;
		unsigned int col;
	} bad[] = {
		{ "in ipsec esp/transport/me-any/use", DIAG_ERROR, 10 },
		{ "out ipsec esp/tunnel/1.2.3.4-::1/use", DIAG_ERROR, 30 },
		{ "out ipsec esp/transport//unique:0", DIAG_ERROR, 33 },
		{ "out prio 9999999999 none", DIAG_ERROR, 10 },
		{ "out prio low + 1073741825 none", DIAG_ERROR, 16 },
		{ "out bypass", DIAG_ERROR, 5 },
		{ "out none esp/transport", DIAG_ERROR, 10 },
		{ "out ipsec esp/tunnel//use", DIAG_ERROR, 11 },
		{ "out ipsec", DIAG_WARNING, 5 },
		{ "out ipsec esp/transport//use/0x100000000", DIAG_WARNING,
		  30 },
	};
	static const char head[] = "spdadd 1.1.1.1 2.2.2.2 any -P ";
	const struct diag_entry *e;
	struct loaded l;
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "%s%s;\n%s%s;", head,
			 bad[i].policy, head, bad[i].policy);
		l = load(text);
		assert_int_equal(diag_count(l.d, bad[i].level), 2);
		e = diag_first(l.d);
		assert_int_equal(e->span.line, 1);
		assert_int_equal(e->span.col, strlen(head) + bad[i].col);
		assert_int_equal(e->next->span.line, 2);
		assert_int_equal(e->next->span.col, e->span.col);
		assert_string_equal(e->text, e->next->text);
		done(&l);
	}
}

static void names(void **state)
{
	struct loaded l = load("add localhost 127.0.0.1 esp 0x100 " KEYS ";");

	assert_int_equal(l.r, XE_CHECK);
	assert_string_equal(diag_first(l.d)->text,
			    "Name or service not known");
	assert_string_equal(diag_first(l.d)->token, "localhost");
	done(&l);
	l = load("add -n 127.0.0.1 some.host ah 0x100 -A hmac-md5 "
		 "\"0123456789abcdef\";");
	assert_int_equal(l.r, XE_CHECK);
	done(&l);
	l = load("add -4 ::1 ::2 esp 0x100 " KEYS ";");
	assert_int_equal(l.r, XE_CHECK);
	assert_non_null(strstr(diag_first(l.d)->hint, "IPv6"));
	done(&l);
	l = load("add -46 ::1 ::2 esp 0x100 " KEYS ";");
	assert_int_equal(l.r, 0);
	done(&l);
	l = load("spdadd any 10.0.0.0/8 any -P out none;");
	assert_int_equal(l.r, XE_CHECK);
	assert_non_null(strstr(diag_first(l.d)->hint, "0.0.0.0/0"));
	done(&l);
}

/* "localhost" is in /etc/hosts wherever tests run; no network is asked. */
static void resolved_names(void **state)
{
	struct setkey_check_opts o = { .quiet = true };
	struct loaded l = load_with("add -4 localhost localhost esp 0x100 "
				    KEYS ";", &o);

	if (l.r) {
		done(&l);
		skip();
	}
	assert_true(l.p->nop >= 1);
	assert_int_equal(l.p->op[0].sa->family, AF_INET);
	assert_int_equal(l.p->op[0].sa->src.b[0], 127);
	done(&l);
}

static void advice(void **state)
{
	static const char text[] =
		"add 10.0.0.1 10.0.0.2 esp 0x100 -E des-cbc \"01234567\";"
		"add 10.0.0.1 10.0.0.2 esp 0x101 -E des-cbc \"01234567\";"
		"add 10.0.0.1 10.0.0.2 esp 0x102 -E aes-gcm-16 "
		"\"01234567890123456789\";"
		"add 10.0.0.1 10.0.0.2 esp 0x103 -E aes-gcm-16 "
		"\"01234567890123456789\";";
	struct setkey_check_opts o = { .quiet = false };
	struct loaded l = load_with(text, &o);

	/* weak, no integrity, counter mode: each is said once */
	assert_int_equal(l.r, 0);
	assert_int_equal(diag_count(l.d, DIAG_WARNING), 3);
	done(&l);
	o.quiet = true;
	l = load_with(text, &o);
	assert_int_equal(diag_count(l.d, DIAG_WARNING), 0);
	done(&l);
	o.strict = true;
	l = load_with(text, &o);
	assert_int_equal(l.r, XE_CHECK);
	assert_int_equal(diag_count(l.d, DIAG_ERROR), 3);
	done(&l);
}

static struct setkey_filter only_filter(const char *text)
{
	struct loaded l = load(text);
	struct setkey_filter f;

	assert_int_equal(l.r, 0);
	assert_int_equal(l.p->nop, 1);
	f = *l.p->op[0].filter;
	done(&l);
	return f;
}

static void sa_filters(void **state)
{
	struct loaded l = load(
		"add 10.1.2.3 10.0.0.2 esp 0x100 -m tunnel -u 5 -mark 1/3 "
		"-ifid 9 -dir in " KEYS ";");
	const struct xfrm_sa *sa = l.p->op[0].sa;
	static const struct {
		const char *text;
		bool match;
	} cases[] = {
		{ "dump;", true }, { "dump esp;", true }, { "dump ah;", false },
		{ "dump src 10.1.0.0/16;", true },
		{ "dump src 10.2.0.0/16;", false },
		{ "dump esp src 10.1.2.3 dst 10.0.0.2 spi 256;", true },
		{ "dump dst 10.0.0.3;", false }, { "dump dst ::2;", false },
		{ "dump spi 0x101;", false }, { "dump reqid 5;", true },
		{ "dump reqid 6;", false }, { "dump mode tunnel;", true },
		{ "dump mode transport;", false },
		{ "dump mark 1/3;", true }, { "dump mark 1;", false },
		{ "dump ifid 9;", true }, { "dump ifid 8;", false },
		{ "dump dir in;", true }, { "dump dir out;", false },
	};
	struct setkey_filter f;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f = only_filter(cases[i].text);
		if (setkey_filter_sa(&f, sa) != cases[i].match)
			fail_msg("%s", cases[i].text);
	}
	done(&l);
}

static void policy_filters(void **state)
{
	struct loaded l = load(
		"spdadd 10.1.2.0/24 10.0.0.0/8 tcp -ptype sub -P out ipsec "
		"esp/tunnel/1.1.1.1-2.2.2.2/unique:7;");
	const struct xfrm_policy *p = l.p->op[0].pol;
	static const struct {
		const char *text;
		bool match;
	} cases[] = {
		{ "spddump;", true }, { "spddump dir out;", true },
		{ "spddump dir fwd;", false },
		{ "spddump src 10.1.0.0/16;", true },
		{ "spddump src 10.1.2.3;", false },
		{ "spddump dst 10.0.0.0/8;", true },
		{ "spddump upper tcp;", true }, { "spddump upper udp;", false },
		{ "spddump reqid 7;", true }, { "spddump reqid 8;", false },
		{ "spddump mode tunnel reqid 7;", true },
		{ "spddump mode transport;", false },
		{ "spddump ptype sub;", true }, { "spddump ptype main;", false },
		{ "spddump index 1;", false }, { "spddump ifid 1;", false },
	};
	struct setkey_filter f;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f = only_filter(cases[i].text);
		if (setkey_filter_policy(&f, p) != cases[i].match)
			fail_msg("%s", cases[i].text);
	}
	done(&l);
}

static void keys(void **state)
{
	struct loaded l = load(
		"add 10.0.0.1 10.0.0.2 esp 0x902 -E aes-cbc "
		"0x00102030405060708090a0b0c0d0e0f -A null;"
		"add 10.0.0.1 10.0.0.2 ah 0x903 -A hmac-md5 "
		"c0291ff014dccdd03874d9e8e4cdf3e6;");
	static const uint8_t odd[] = {
		0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
		0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
	};

	assert_int_equal(l.r, 0);
	assert_int_equal(l.p->op[0].sa->enc.key_bits, 128);
	assert_memory_equal(l.p->op[0].sa->enc.key, odd, 16);
	assert_int_equal(l.p->op[1].sa->auth.key_bits, 128);
	assert_int_equal(l.p->op[1].sa->auth.key[0], 0xc0);
	assert_int_equal(diag_count(l.d, DIAG_WARNING), 1);
	done(&l);
}

/* Sizes that overflow something, if anything does. */
static void huge_numbers(void **state)
{
	static const char *const bad[] = {
		"add 10.0.0.1 10.0.0.2 esp 0x100 -u 4294967296 " KEYS ";",
		"add 10.0.0.1 10.0.0.2 esp 0x100 -u "
		"99999999999999999999999999 " KEYS ";",
		"add 10.0.0.1 10.0.0.2 esp 0x100 -lh 18446744073709551616 "
		KEYS ";",
		"add 10.0.0.1 10.0.0.2 esp 0x100 -r 4097 " KEYS ";",
		"add 10.0.0.1 10.0.0.2 esp 0x100000000 " KEYS ";",
		"add 10.0.0.1[65536] 10.0.0.2 esp 0x100 " KEYS ";",
		"add 10.0.0.1 10.0.0.2 esp 0x100 -ctx 256 1 \"x\" " KEYS ";",
		"spdadd 10.0.0.0/33 10.0.0.0/8 any -P out none;",
		"spdadd ::/129 ::/0 any -P out none;",
		"spdadd ::/0 ::/0 256 -P out none;",
		"spdadd ::/0 ::/0 icmp6 256,0 -P out none;",
		"spdadd ::/0 ::/0 any -P out prio 2147483648 none;",
		"spdadd ::/0 ::/0 any -P out prio low + 1073741825 none;",
		"spdadd ::/0 ::/0 any -P out prio low - 1073741824 none;",
		"spdhash -4 33 1;", "spdhash -6 1 129;",
		"add 10.0.0.1 10.0.0.2 esp 0x100 -oseq 4294967296 " KEYS ";",
		"add 10.0.0.1 10.0.0.2 esp 0x100 -iseq 4294967296 " KEYS ";",
	};
	struct loaded l;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		l = load(bad[i]);
		if (l.r != XE_CHECK)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(diag_count(l.d, DIAG_ERROR), 1);
		done(&l);
	}
}

static void all_seen(const struct xfrm_sa *sa, unsigned int words)
{
	static const uint8_t ones[16] = {
		255, 255, 255, 255, 255, 255, 255, 255,
		255, 255, 255, 255, 255, 255, 255, 255,
	};

	assert_int_equal(sa->replay.seq, 500);
	assert_int_equal(sa->replay.bitmap_len, words);
	assert_memory_equal(sa->replay.bitmap, ones, words * 4);
}

/* Nothing that was received before -iseq is received again. */
static void received_before(void **state)
{
	struct loaded l = load(
		"add 10.0.0.1 10.0.0.2 esp 0x100 -iseq 500 -r 32 " KEYS ";"
		"add 10.0.0.1 10.0.0.2 esp 0x101 -r 100 -iseq 500 " KEYS ";"
		"add 10.0.0.1 10.0.0.2 esp 0x102 -esn -iseq 500 " KEYS ";"
		"add 10.0.0.1 10.0.0.2 esp 0x103 -r 32 -oseq 500 " KEYS ";"
		"add 10.0.0.1 10.0.0.2 esp 0x104 -iseq 500 " KEYS ";");

	assert_int_equal(l.r, 0);
	all_seen(l.p->op[0].sa, 1);
	all_seen(l.p->op[1].sa, 4);
	all_seen(l.p->op[2].sa, 1);
	assert_null(l.p->op[3].sa->replay.bitmap);
	assert_null(l.p->op[4].sa->replay.bitmap);
	done(&l);
}

static void too_many_rules(void **state)
{
	static const char start[] = "spdadd ::1 ::2 any -P out ipsec";
	struct loaded l;
	struct wbuf w;
	int i;

	wbuf_init(&w, 1024);
	wbuf_printf(&w, "%s", start);
	for (i = 0; i < 6; i++)
		wbuf_printf(&w, " ah/transport//use");
	wbuf_printf(&w, ";");
	l = load(wbuf_str(&w));
	assert_int_equal(l.r, 0);
	done(&l);
	wbuf_truncate(&w, w.len - 1);
	wbuf_printf(&w, " ah/transport//use;");
	l = load(wbuf_str(&w));
	assert_int_equal(l.r, XE_CHECK);
	done(&l);
	wbuf_free(&w);
}

/* With errors there is a program, but it is not the whole of it. */
static void several_errors(void **state)
{
	struct loaded l = load(
		"add 10.0.0.1 10.0.0.2 esp 0x100 -lh x -u y " KEYS ";"
		"spdadd 10.0.0.1 10.0.0.2 any -P out;"
		"flush; what;");

	assert_int_equal(l.r, XE_PARSE);
	assert_int_equal(diag_count(l.d, DIAG_ERROR), 4);
	assert_int_equal(l.p->nop, 1);
	done(&l);
}

static void long_list(void **state)
{
	struct setkey_check_opts o = { .numeric = true };
	struct wbuf w;
	struct loaded l;
	int i;

	wbuf_init(&w, 1u << 20);
	for (i = 0; i < 3000; i++)
		wbuf_printf(&w, "add 10.0.0.1 10.0.0.2 esp %d " KEYS ";\n"
			    "spdadd 10.0.0.1 10.0.0.2 any -P in ipsec "
			    "esp/transport//unique;\n", i + 256);
	l = load_with(wbuf_str(&w), &o);
	assert_int_equal(l.r, 0);
	assert_int_equal(l.p->nop, 9000);
	assert_int_equal(l.p->op[8997].sa->spi, 3255);
	assert_int_equal(l.p->op[8999].pol->tmpl->reqid, 16384 + 2999);
	assert_int_equal(src_line(l.t, l.p->op[8997].loc), 5999);
	assert_int_equal(src_line(l.t, l.p->op[8999].loc), 6000);
	wbuf_free(&w);
	done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages),
		cmocka_unit_test(messages_in_order),
		cmocka_unit_test(twins),
		cmocka_unit_test(own_fwd),
		cmocka_unit_test(unique_numbers),
		cmocka_unit_test(shared_rules),
		cmocka_unit_test(repeated_errors),
		cmocka_unit_test(names),
		cmocka_unit_test(resolved_names),
		cmocka_unit_test(advice),
		cmocka_unit_test(sa_filters),
		cmocka_unit_test(policy_filters),
		cmocka_unit_test(keys),
		cmocka_unit_test(huge_numbers),
		cmocka_unit_test(received_before),
		cmocka_unit_test(too_many_rules),
		cmocka_unit_test(several_errors),
		cmocka_unit_test(long_list),
	};

	return cmocka_run_group_tests_name("setkey_check", tests, NULL, NULL);
}
