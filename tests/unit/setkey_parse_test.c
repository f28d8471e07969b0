/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>

#include "libxfrm/base/err.h"
#include "parser/setkey_int.h"

/* One text, parsed. */
struct parsed {
	struct src_table *t;
	struct diag *d;
	struct arena *a;
	struct src *s;
	struct setkey_stmt *first;
	int r;
};

static struct parsed parse_n(const char *text, size_t len)
{
	struct parsed p = {
		.t = src_table_new(), .d = diag_new(), .a = arena_new(0),
	};

	p.r = src_add(p.t, "t", text, len, p.d, &p.s);
	if (!p.r)
		p.r = setkey_parse_all(p.t, p.s, p.a, p.d, &p.first);
	src_explain(p.t, p.d);
	return p;
}

static struct parsed parse(const char *text)
{
	return parse_n(text, strlen(text));
}

static void done(struct parsed *p)
{
	arena_free(p->a);
	diag_free(p->d);
	src_table_free(p->t);
}

static unsigned int count(const struct parsed *p)
{
	const struct setkey_stmt *st;
	unsigned int n = 0;

	for (st = p->first; st; st = st->next)
		n++;
	return n;
}

/* Prints all statements; the caller frees. */
static char *printed(const struct parsed *p)
{
	const struct setkey_stmt *st;
	struct wbuf w;
	char *s;

	wbuf_init(&w, 1u << 20);
	for (st = p->first; st; st = st->next)
		setkey_print(p->t, st, &w);
	s = strdup(wbuf_str(&w));
	wbuf_free(&w);
	assert_non_null(s);
	return s;
}

static void accepts(const char *text, unsigned int n, const char *print)
{
	struct parsed p = parse(text), q;
	char *once, *twice;

	if (p.r)
		fail_msg("%s: %s", text, diag_first(p.d)->hint);
	assert_int_equal(count(&p), n);
	once = printed(&p);
	if (print)
		assert_string_equal(once, print);
	q = parse(once);
	assert_int_equal(q.r, 0);
	twice = printed(&q);
	assert_string_equal(once, twice);
	free(once);
	free(twice);
	done(&p);
	done(&q);
}

/* Error i (from 0) stands there and says that. */
static void error_at(const struct parsed *p, unsigned int i, unsigned int line,
		     unsigned int col, const char *token, const char *hint)
{
	const struct diag_entry *e;

	for (e = diag_first(p->d); e; e = e->next) {
		if (e->level == DIAG_ERROR && !i--)
			break;
	}
	assert_non_null(e);
	assert_int_equal(e->span.line, line);
	assert_int_equal(e->span.col, col);
	assert_string_equal(e->token, token);
	if (!e->hint || !strstr(e->hint, hint))
		fail_msg("hint is \"%s\"", e->hint ? e->hint : "");
}

static void rejects(const char *text, unsigned int line, unsigned int col,
		    const char *token, const char *hint)
{
	struct parsed p = parse(text);

	assert_int_equal(p.r, XE_PARSE);
	assert_int_equal(diag_count(p.d, DIAG_ERROR), 1);
	error_at(&p, 0, line, col, token, hint);
	done(&p);
}

static void statements(void **state)
{
	accepts("", 0, "");
	accepts("# nothing\n", 0, "");
	accepts("flush;spdflush ;\n dump esp; spddump;", 4,
		"flush;\nspdflush;\ndump esp;\nspddump;\n");
	accepts("add -n4 a b esp 0x100 -m tunnel -E null;", 1,
		"add -n4 a b esp 0x100 -m tunnel -E null;\n");
	accepts("add -4 -n a[1] b [any] esp-udp 10.0.0.1 5 -E null \"\" -R;", 1,
		"add -n4 a[1] b[any] esp-udp 10.0.0.1 5 -E null \"\" -R;\n");
	accepts("deleteall ::1 ::2 ah; get a b ipcomp 7 -u 1;", 2, NULL);
	accepts("spdadd 10/8 a/24 [ 80 ] icmp 8,0 -ctx 1 1 \"x\" -P out none;",
		1, "spdadd 10/8 a/24[80] icmp 8,0 -ctx 1 1 \"x\" -P out none;\n");
	accepts("spddelete a b any -P in; spddelete a b any;", 2, NULL);
	accepts("spdadd tagged \"x y\" -P in discard;", 1,
		"spdadd tagged \"x y\" -P in discard;\n");
	accepts("exit; this is not read", 1, "exit;\n");
	accepts("dump esp src 10.0.0.0/8 dst ::1 spi 0x5 mark 1/0xff;", 1,
		NULL);
	accepts("spdhash -4 24 24 -6 64 64; spddefault in discard;", 2, NULL);
}

static void policies(void **state)
{
	accepts("spdadd a b any -P out ipsec esp/transport//require\n"
		"ah/tunnel/1.2.3.4-5.6.7.8/unique:7;", 1,
		"spdadd a b any -P out ipsec\n\tesp/transport//require\n"
		"\tah/tunnel/1.2.3.4-5.6.7.8/unique:7;\n");
	accepts("spdadd a b any -P\nin\nprio def+1 none;", 1,
		"spdadd a b any -P in prio def + 1 none;\n");
	accepts("spdadd a b any -P in priority -9 discard;", 1,
		"spdadd a b any -P in prio -9 discard;\n");
	accepts("spdadd a b any -P in prio low - 5 ipsec esp/transport"
		" esp/transport/ esp/tunnel/::1-::2 esp/tunnel/::1-::2/;", 1,
		NULL);
	accepts("spdadd a b any -P out ipsec # why\n"
		"esp/tunnel/1.2.3.4[4500]-5.6.7.8[4500]/use:9/0x100;", 1,
		"spdadd a b any -P out ipsec\n"
		"\tesp/tunnel/1.2.3.4[4500]-5.6.7.8[4500]/use:9/0x100;\n");
	accepts("spdadd a b any -P out ipsec esp/tunnel/"
		"fe80::1%eth0-dead:2::1/require esp/transport/me-any/use;", 1,
		NULL);
	accepts("migrate a b any -km ::1 ::2 -P in esp/tunnel/::1-::2/unique:3"
		" esp/tunnel/::3-::2;", 1, NULL);
}

static void same_rules(const struct setkey_rule *a,
		       const struct setkey_rule *b)
{
	struct setkey_rule x, y;

	for (; a && b; a = a->next, b = b->next) {
		x = *a;
		y = *b;
		x.next = y.next = NULL;
		assert_memory_equal(&x, &y, sizeof(x));
	}
	assert_null(a);
	assert_null(b);
}

/* The third policy reads like the first, save for what only ends it. */
static void repeated(const char *policy)
{
	static const char *const end[] = { ";", " ;" };
	struct setkey_policy pol[2];
	struct parsed p[2];
	char text[1024];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), "spdadd a b any -P %s;\n"
			 "spdadd a b any -P fwd none;\n"
			 "spdadd c d any  -P  %s%s flush;", policy, policy,
			 end[i]);
		p[i] = parse(text);
		assert_int_equal(p[i].r, 0);
		assert_int_equal(count(&p[i]), 4);
		pol[i] = *p[i].first->next->next->policy;
	}
	same_rules(pol[0].rules, pol[1].rules);
	pol[0].rules = pol[1].rules = NULL;
	assert_memory_equal(&pol[0], &pol[1], sizeof(pol[0]));
	done(&p[0]);
	done(&p[1]);
}

/* What is known from the statement before has places of its own. */
static void repeated_policies(void **state)
{
	repeated("in none");
	repeated("out # why\n prio low - 5 discard");
	repeated("in priority -9 ipsec esp/transport//require");
	repeated("out ipsec esp/tunnel/1.2.3.4[4500]-5.6.7.8[4500]/use:9/0x100"
		 " ah/transport/me-any/unique");
	repeated("in ipsec ipcomp/transport//use esp/tunnel/::1-::2/unique:3"
		 " ah/transport");
	repeated("out esp/tunnel/::1-::2/use");
	/* a prefix of the one before, and the other way round */
	accepts("spdadd a b any -P in ipsec esp/transport//use;"
		"spdadd a b any -P in ipsec esp/transport;"
		"spdadd a b any -P in ipsec esp/transport//use;"
		"spdadd a b any -P in;", 4, "spdadd a b any -P in ipsec\n"
		"\tesp/transport//use;\nspdadd a b any -P in ipsec\n"
		"\tesp/transport/;\nspdadd a b any -P in ipsec\n"
		"\tesp/transport//use;\nspdadd a b any -P in;\n");
	rejects("spdadd a b any -P in none;\nspdadd a b any -P in none", 2, 26,
		"", "is missing");
	rejects("spdadd a b any -P in ipsec esp/tunel//use;"
		"spdadd a b any -P in none;", 1, 32, "tunel", "tunnel");
}

static void sloppiness(void **state)
{
	struct parsed p;

	accepts("flush;\r\nspdflush;\r\n", 2, NULL);
	p = parse("add a b ah 5 -A hmac-md5 \\\n0x00; ;; flush;;");
	assert_int_equal(p.r, 0);
	assert_int_equal(count(&p), 2);
	assert_int_equal(diag_count(p.d, DIAG_WARNING), 2);
	done(&p);
	accepts("add a b esp 5 -A hmac-md5 0011 -E des-cbc 0x11;", 1, NULL);
	accepts("add a_b c_d esp 5;", 1, NULL);
}

static void syntax_errors(void **state)
{
	rejects("add a b esp;", 1, 12, ";", "number");
	rejects("spdad a b any -P in none;", 1, 1, "spdad",
		"is `spdadd' meant?");
	rejects("+flush;", 1, 1, "+", "no meaning");
	rejects("ADD a b esp 5;", 1, 1, "ADD", "is `add' meant?");
	rejects("add a b esp 5 -lz 3;", 1, 15, "-lz", "is `-lh' meant?");
	rejects("add a b esp 5 -lh;", 1, 15, "-lh", "takes 1 argument");
	rejects("add a b esp 5 -lh 3 4;", 1, 21, "4", "takes 1 argument");
	rejects("dump esp srcc 1.2.3.4;", 1, 10, "srcc", "is `src' meant?");
	rejects("spdadd a b any -P out ipsec hip/transport//use;", 1, 29,
		"hip", "a policy is");
	rejects("spdadd a b any -P out ipsec esp/tunel/1.2.3.4-5.6.7.8/use;",
		1, 33, "tunel", "is `tunnel' meant?");
	rejects("spdadd a b any -P ipsec ah/require;", 1, 28, "require",
		"transport or tunnel");
	rejects("spdadd a b any -P 5 none;", 1, 19, "5", "");
	rejects("spdadd a b any -P in 5 none;", 1, 22, "5", "");
	rejects("add a b esp 5 -E aes-cbc", 1, 25, "", "`;' is missing");
	rejects("add a \"b", 1, 7, "****", "closing");
	rejects("flush; exit now;", 1, 13, "now", "");
}

/* A statement without its end does not swallow the next one. */
static void missing_ends(void **state)
{
	struct parsed p = parse(
		"add a b esp 5 -E des-cbc \"12345678\"\n"
		"spdadd a b any -P out ipsec esp/transport//use\n"
		"spdadd c d any -P in none;\n"
		"add a b esp 6 -E null\nflush;");

	assert_int_equal(p.r, XE_PARSE);
	assert_int_equal(diag_count(p.d, DIAG_ERROR), 3);
	error_at(&p, 0, 2, 1, "spdadd", "`;' is missing after the `add' "
		 "statement in line 1");
	error_at(&p, 1, 3, 1, "spdadd", "`spdadd' statement in line 2");
	error_at(&p, 2, 5, 1, "flush", "line 4");
	assert_int_equal(count(&p), 2);
	done(&p);
}

/* Every error of a text is found, what is good between them too. */
static void recovery(void **state)
{
	struct parsed p = parse("one; flush; two x y; spdflush; a b { } c;"
				"dump; add a b esp 5 -q;");

	assert_int_equal(p.r, XE_PARSE);
	assert_int_equal(diag_count(p.d, DIAG_ERROR), 4);
	assert_int_equal(count(&p), 3);
	done(&p);
}

static void nothing_shows(const struct parsed *p, const char *secret)
{
	const struct diag_entry *e;

	for (e = diag_first(p->d); e; e = e->next) {
		assert_null(strstr(e->text, secret));
		assert_true(!e->token || !strstr(e->token, secret));
		assert_true(!e->hint || !strstr(e->hint, secret));
		assert_true(!e->excerpt || !strstr(e->excerpt, secret));
	}
	assert_non_null(diag_first(p->d));
}

/* Keys stay hidden, however wrong the statement around them is. */
static void keys_stay_hidden(void **state)
{
	static const char *const text[] = {
		"add a b esp 5 -E aes-cbc SECRET x;",
		"add a b esp -E aes-cbc \"SECRET\" -A hmac-md5 0xSECRET;",
		"add a b esp 5 \"SECRET\";",
		"\"SECRET\";",
		"add a b esp 5 -A hmac-md5 \"SECRET",
		"add a b esp 5 -A hmac-md5 \"x\nSECRET\ny\" oops;",
		"add a b esp 5 -E rot13\n\tSECRET oops;",
		"add a b esp 5 -E aes-cbc my SECRET key;",
		"add a b esp 5 -E aes-cbc my [SECRET\"SECRET key;",
		"add a b esp 5 -E aes-cbc \"my -A hmac-md5 \"SECRET\";",
	};
	struct parsed p;
	size_t i;

	for (i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		p = parse(text[i]);
		assert_int_equal(p.r, XE_PARSE);
		nothing_shows(&p, "SECRET");
		done(&p);
	}
	p = parse("add a b esp 5 0xdeadbeef00112233; deadbeefdeadbeef;"
		  "add a b esp 0xdeadbeef0011223344556677 99991111222233334444;");
	nothing_shows(&p, "deadbeef");
	nothing_shows(&p, "9999");
	done(&p);
}

/* The text is as it was, byte for byte, when the scanner is done. */
static void text_unharmed(void **state)
{
	static const char *const text[] = {
		"flush;\nadd a b esp 5;\n", "flush; exit; rest\n", "junk\n;\n",
		"add a b", "\"open",
	};
	struct parsed p;
	size_t i;

	for (i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		p = parse(text[i]);
		assert_memory_equal(p.s->text, text[i], strlen(text[i]) + 1);
		done(&p);
	}
}

static void malformed(void **state)
{
	static const char nul[] = "flush;\0spdflush;";
	struct parsed p;
	size_t n = 1u << 20, i;
	char *big = malloc(n + 1);

	assert_non_null(big);
	p = parse_n(nul, sizeof(nul) - 1);
	assert_int_equal(p.r, XE_PARSE);
	done(&p);
	memset(big, 'a', n);		/* one word of a megabyte */
	big[n] = '\0';
	p = parse(big);
	assert_int_equal(p.r, XE_PARSE);
	assert_true(strlen(diag_first(p.d)->token) < 100);
	done(&p);
	memset(big, '"', n);		/* half a million empty texts */
	p = parse(big);
	assert_int_equal(p.r, XE_PARSE);
	done(&p);
	for (i = 0; i < n; i++)		/* more errors than are kept */
		big[i] = i & 1 ? ';' : '{';
	p = parse(big);
	assert_int_equal(p.r, XE_PARSE);
	assert_int_equal(diag_count(p.d, DIAG_ERROR), n / 2);
	done(&p);
	memcpy(big, "add a b esp 5", 13);
	for (i = 13; i + 8 < n; i += 8)	/* endless extensions */
		memcpy(big + i, " -lh 123", 8);
	memset(big + i, ' ', n - i);
	big[n - 1] = ';';
	p = parse(big);
	assert_int_equal(p.r, 0);
	done(&p);
	free(big);
}

static void many_arguments(void **state)
{
	char text[400] = "add a b esp 5 -iptfs";
	struct parsed p;
	size_t n = strlen(text), i;

	for (i = 0; i < 40; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " x%zu", i);
	snprintf(text + n, sizeof(text) - n, ";");
	p = parse(text);
	assert_int_equal(p.r, XE_PARSE);
	done(&p);
}

static int stop_at_two(void *arg, struct setkey_stmt *st)
{
	unsigned int *n = arg;

	return ++*n == 2 ? -ECANCELED : 0;
}

static void caller_stops(void **state)
{
	struct src_table *t = src_table_new();
	struct diag *d = diag_new();
	struct arena *a = arena_new(0);
	unsigned int n = 0;
	struct src *s;

	assert_int_equal(src_add(t, "t", "flush;dump;flush;", 17, d, &s), 0);
	assert_int_equal(setkey_parse(t, s, a, d, stop_at_two, &n),
			 -ECANCELED);
	assert_int_equal(n, 2);
	arena_free(a);
	diag_free(d);
	src_table_free(t);
}

static void stmt_length(void **state)
{
	assert_int_equal(setkey_stmt_length("flush; x", 8), 6);
	assert_int_equal(setkey_stmt_length("flush", 5), 0);
	assert_int_equal(setkey_stmt_length("a \";\" b;", 8), 8);
	assert_int_equal(setkey_stmt_length("a # ;\nb;c", 9), 8);
	assert_int_equal(setkey_stmt_length("a # \";\nb;c", 10), 9);
	assert_int_equal(setkey_stmt_length("a \"# ;", 6), 0);
	assert_int_equal(setkey_stmt_length("", 0), 0);
}

static void word_lists(void **state)
{
	enum setkey_word_id i;
	const struct setkey_word *w;
	struct sk_words table;

	sk_words_init(&table);
	for (i = SKW_NONE + 1; i < SKW_COUNT; i++) {
		w = setkey_word(i);
		assert_int_equal(w->id, i);
		assert_true(!strcmp(w->ref, "kame") || !strcmp(w->ref, "bsd") ||
			    !strcmp(w->ref, "new") || !strcmp(w->ref, "old"));
		/* Each is found: its class is one run, without doubles. */
		assert_ptr_equal(setkey_word_find(w->cls, w->text,
						  strlen(w->text)), w);
		assert_int_equal(sk_word_find(&table, SK_CLASS(w->cls),
					      w->text, w->len),
				 w->cls == SKC_VALUE ? SKW_NONE : i);
	}
	assert_int_equal(sk_word_find(&table, ~0u, "spdadt", 6), SKW_NONE);
	assert_int_equal(sk_word_find(&table, SK_CLASS(SKC_POL), "add", 3),
			 SKW_NONE);
	assert_null(setkey_word_find(SKC_STMT, "adds", 4));
	assert_null(setkey_word_find(SKC_STMT, "ad", 2));
	assert_null(setkey_word_find(SKC_STMT, "", 0));
	assert_string_equal(setkey_word_near(SKC_STMT, "spdadt", 6), "spdadd");
	assert_null(setkey_word_near(SKC_STMT, "something", 9));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements),
		cmocka_unit_test(policies),
		cmocka_unit_test(repeated_policies),
		cmocka_unit_test(sloppiness),
		cmocka_unit_test(syntax_errors),
		cmocka_unit_test(missing_ends),
		cmocka_unit_test(recovery),
		cmocka_unit_test(keys_stay_hidden),
		cmocka_unit_test(text_unharmed),
		cmocka_unit_test(malformed),
		cmocka_unit_test(many_arguments),
		cmocka_unit_test(caller_stops),
		cmocka_unit_test(stmt_length),
		cmocka_unit_test(word_lists),
	};

	return cmocka_run_group_tests_name("setkey_parse", tests, NULL, NULL);
}
