/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Golden files of racoon.conf: each tests/conf/racoon/NAME.in is parsed.
 * NAME.ok is the tree printed back (none: the file has errors); NAME.err what
 * was said about it (none: nothing).  What is printed back must parse to an
 * equal tree and print the same again.
 *
 * XT_CONF_WRITE=1 in the environment writes the files instead of comparing.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "libxfrm/base/buf.h"
#include "libxfrm/base/err.h"
#include "parser/racoon_ast.h"

#define TEXT_MAX (1u << 20)

static unsigned int failures;

static void path_of(char *buf, size_t len, const char *name, const char *ext)
{
	const char *top = getenv("srcdir");

	snprintf(buf, len, "%s/tests/conf/racoon/%s%s", top ? top : ".", name,
		 ext);
}

/* Reads a whole file; NULL when there is none. */
static char *slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text;
	size_t n;

	if (!f)
		return NULL;
	text = calloc(1, TEXT_MAX);
	assert_non_null(text);
	n = fread(text, 1, TEXT_MAX - 1, f);
	assert_true(n < TEXT_MAX - 1);
	fclose(f);
	return text;
}

static void tell(const struct diag *d, struct wbuf *w)
{
	static const char *const levels[] = { "note", "warning", "error" };
	const struct diag_entry *e;

	for (e = diag_first(d); e; e = e->next) {
		wbuf_printf(w, "%u:%u: %s: %s\n", e->span.line, e->span.col,
			    levels[e->level], e->text);
		if (e->excerpt)
			wbuf_printf(w, "%s\n", e->excerpt);
		if (e->hint)
			wbuf_printf(w, "  hint: %s\n", e->hint);
	}
}

/* Compares what came with the file, or writes the file. */
static void golden(const char *name, const char *ext, const char *came)
{
	char path[512], *want;
	FILE *f;

	path_of(path, sizeof(path), name, ext);
	if (getenv("XT_CONF_WRITE")) {
		if (!*came) {
			unlink(path);
			return;
		}
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(came, f);
		assert_int_equal(fclose(f), 0);
		return;
	}
	want = slurp(path);
	if (strcmp(want ? want : "", came)) {
		failures++;
		print_error("%s%s:\n--- expected\n%s--- came\n%s---\n", name,
			    ext, want ? want : "(no such file)\n", came);
	}
	free(want);
}

/* The printed tree parses to an equal one, which prints the same. */
static void round_trip(const char *name, struct rc_conf *conf)
{
	struct rc_conf *again = NULL;
	struct wbuf w, w2;
	const char *where = "";
	int r;

	wbuf_init(&w, TEXT_MAX);
	wbuf_init(&w2, TEXT_MAX);
	rc_print(conf, true, &w);
	assert_non_null(wbuf_str(&w));
	r = rc_parse_mem("printed", w.p, w.len, false, NULL, &again);
	if (r || !rc_equal(conf, again, &where)) {
		failures++;
		print_error("%s: printed form differs at %s (%s)\n", name,
			    where, xe_str(r));
	} else {
		rc_print(again, true, &w2);
		assert_string_equal(wbuf_str(&w), wbuf_str(&w2));
	}
	rc_free(again);
	wbuf_free(&w);
	wbuf_free(&w2);
}

static void one_file(const char *name)
{
	struct diag *d = diag_new();
	struct rc_conf *conf = NULL;
	struct wbuf printed, said;
	char path[512], *text;
	int r;

	assert_non_null(d);
	wbuf_init(&printed, TEXT_MAX);
	wbuf_init(&said, TEXT_MAX);
	path_of(path, sizeof(path), name, ".in");
	text = slurp(path);
	assert_non_null(text);
	r = rc_parse_mem("in", text, strlen(text), true, d, &conf);
	free(text);
	assert_true(!r || r == XE_PARSE);
	assert_int_equal(r == XE_PARSE, diag_count(d, DIAG_ERROR) > 0);
	if (!r) {
		rc_print(conf, false, &printed);
		round_trip(name, conf);
	}
	tell(d, &said);
	golden(name, ".ok", wbuf_str(&printed));
	golden(name, ".err", wbuf_str(&said));
	wbuf_free(&printed);
	wbuf_free(&said);
	rc_free(conf);
	diag_free(d);
}

static int is_input(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 3 && !strcmp(e->d_name + n - 3, ".in");
}

static void test_golden(void **state)
{
	struct dirent **list = NULL;
	char dir[512], name[256];
	int n, i;

	path_of(dir, sizeof(dir), "", "");
	n = scandir(dir, &list, is_input, alphasort);
	assert_true(n >= 14);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%.*s",
			 (int)strlen(list[i]->d_name) - 3, list[i]->d_name);
		one_file(name);
		free(list[i]);
	}
	free(list);
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
