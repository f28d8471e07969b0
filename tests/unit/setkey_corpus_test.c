/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <cmocka.h>

#include "libxfrm/base/err.h"
#include "tests/unit/setkey_show.h"

/*
 * Files that people have published, where they are at hand (XT_SHARED, or
 * ../shared beside the source tree): each is accepted, or refused at the
 * right place for the right reason.  Printed back, it means the same.
 */

#define TEXT_MAX (1u << 20)

static const struct refused {
	const char *file;
	unsigned int line;
	const char *says;	/* in the hint or text of the first error */
} refused[] = {
	{ "001-kame-sample.conf", 77, "Linux does not have keyed-md5" },
	{ "004-kame-usage-manual-keys.conf", 1, "does not have keyed-md5" },
	{ "012-diff-plus-prefix.conf", 1, "no meaning" },
	{ "017-tahi-1999-syntax-ah.conf", 3, "before 2000" },
	{ "018-tahi-1999-syntax-ahesp.conf", 3, "before 2000" },
	{ "020-ims-ue-out-req-transport.conf", 3, "is `3des-cbc' meant?" },
	{ "035-course-missing-semicolon.conf", 5, "`;' is missing" },
	{ "041-bgp-tcp-md5.conf", 2, "TCP_MD5SIG" },
	{ "047-nfv-placeholder-addresses.conf", 11, "Name or service" },
	{ "049-forum-howto-tunnel-manual.conf", 10, "Name or service" },
	{ "052-essay-missing-semicolons.conf", 3, "`;' is missing" },
	{ "053-hip-protocol.conf", 9, "a policy is" },
	{ "054-guide-wrong-key-length.conf", 2, "key has 248 bits" },
	{ "055-guide-wrong-key-length-joined.conf", 1, "key has 248 bits" },
	{ "065-persian-angle-brackets.conf", 3, "no meaning" },
	{ "err-badalgo.conf", 1, "no such encryption algorithm" },
	{ "err-keylen.conf", 1, "key has 16 bits" },
	{ "err-mixed-family.conf", 1, "IPv4" },
	{ "err-syntax.conf", 2, "expected" },
	{ "tcpmd5.conf", 1, "TCP_MD5SIG" },
};

static const struct refused *expected(const char *file)
{
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (!strcmp(refused[i].file, file))
			return &refused[i];
	}
	return NULL;
}

static const struct diag_entry *first_error(const struct diag *d)
{
	const struct diag_entry *e = diag_first(d);

	while (e && e->level != DIAG_ERROR)
		e = e->next;
	return e;
}

static void check_refusal(const char *file, const struct diag *d)
{
	const struct refused *want = expected(file);
	const struct diag_entry *e = first_error(d);

	assert_non_null(e);
	if (!want)
		fail_msg("%s is refused in line %u: %s: %s", file,
			 e->span.line, e->text, e->hint ? e->hint : "");
	if (e->span.line != want->line ||
	    !(strstr(e->text, want->says) ||
	      (e->hint && strstr(e->hint, want->says))))
		fail_msg("%s is refused in line %u: %s: %s", file,
			 e->span.line, e->text, e->hint ? e->hint : "");
	assert_non_null(e->excerpt);
}

/* Prints the statements back; the caller frees. */
static char *print_back(struct src_table *t, const struct src *s)
{
	struct setkey_stmt *st;
	struct arena *a = arena_new(0);
	struct wbuf w;
	char *text;

	wbuf_init(&w, TEXT_MAX);
	setkey_parse_all(t, s, a, NULL, &st);
	for (; st; st = st->next)
		setkey_print(t, st, &w);
	text = strdup(wbuf_str(&w));
	assert_non_null(text);
	wbuf_free(&w);
	arena_free(a);
	return text;
}

static char *operations(const struct setkey_prog *p)
{
	struct wbuf w;
	char *text;

	wbuf_init(&w, TEXT_MAX);
	show_prog(&w, p);
	text = strdup(wbuf_str(&w));
	assert_non_null(text);
	wbuf_free(&w);
	return text;
}

static void one_file(const char *dir, const char *file)
{
	static const struct setkey_check_opts o = { .numeric = true };
	struct src_table *t = src_table_new();
	struct diag *d = diag_new(), *d2 = diag_new();
	struct setkey_prog *p = NULL, *again = NULL;
	struct sloc nowhere = { 0 };
	char path[512], *text, *ops, *ops2;
	struct src *s, *back;
	int r;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	assert_int_equal(src_open(t, path, nowhere, d, &s), 0);
	r = setkey_load(t, s, &o, d, &p);
	assert_non_null(p);
	if (r)
		check_refusal(file, d);
	else if (expected(file))
		fail_msg("%s is accepted", file);
	text = print_back(t, s);
	assert_int_equal(src_add(t, "back", text, strlen(text), d2, &back), 0);
	setkey_load(t, back, &o, d2, &again);
	ops = operations(p);
	ops2 = operations(again);
	assert_string_equal(ops, ops2);
	free(ops);
	free(ops2);
	free(text);
	setkey_prog_free(p);
	setkey_prog_free(again);
	diag_free(d);
	diag_free(d2);
	src_table_free(t);
}

static unsigned int folder(const char *name, const char *ending)
{
	const char *shared = getenv("XT_SHARED");
	struct dirent **list;
	char dir[400];
	unsigned int done = 0;
	size_t len;
	int n, i;

	if (shared)
		snprintf(dir, sizeof(dir), "%s/%s", shared, name);
	else
		snprintf(dir, sizeof(dir), TOP_SRCDIR "/../shared/%s", name);
	n = scandir(dir, &list, NULL, alphasort);
	if (n < 0)
		skip();
	for (i = 0; i < n; i++) {
		len = strlen(list[i]->d_name);
		if (len >= strlen(ending) &&
		    !strcmp(list[i]->d_name + len - strlen(ending), ending)) {
			one_file(dir, list[i]->d_name);
			done++;
		}
		free(list[i]);
	}
	free(list);
	return done;
}

static void corpus(void **state)
{
	assert_true(folder("corpus/setkey", ".conf") > 50);
}

static void seeds(void **state)
{
	assert_int_equal(folder("corpus/seeds", "manual-keys.conf"), 1);
}

static void golden(void **state)
{
	assert_true(folder("compat/golden", ".conf") > 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(corpus),
		cmocka_unit_test(seeds),
		cmocka_unit_test(golden),
	};

	return cmocka_run_group_tests_name("setkey_corpus", tests, NULL, NULL);
}
