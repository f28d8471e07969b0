/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "libxfrm/base/err.h"
#include "parser/src.h"

static const struct sloc nowhere;

struct env {
	struct src_table *t;
	struct diag *d;
	char dir[64];
};

static int setup(void **state)
{
	struct env *e = calloc(1, sizeof(*e));

	assert_non_null(e);
	e->t = src_table_new();
	e->d = diag_new();
	snprintf(e->dir, sizeof(e->dir), "/tmp/src_test.XXXXXX");
	assert_non_null(mkdtemp(e->dir));
	*state = e;
	return 0;
}

static int teardown(void **state)
{
	struct env *e = *state;

	src_table_free(e->t);
	diag_free(e->d);
	rmdir(e->dir);
	free(e);
	return 0;
}

static struct src *add(struct env *e, const char *text)
{
	struct src *s;

	assert_int_equal(src_add(e->t, "text", text, strlen(text), e->d, &s),
			 0);
	return s;
}

static void excerpt_is(struct env *e, struct sloc loc, const char *want)
{
	struct wbuf w;

	wbuf_init(&w, 4096);
	src_excerpt(e->t, loc, &w);
	assert_string_equal(wbuf_str(&w), want);
	wbuf_free(&w);
}

static struct sloc at(const struct src *s, const char *word)
{
	const char *p = strstr(s->text, word);
	struct sloc loc = { 0 };

	assert_non_null(p);
	loc.at = s->base + (uint32_t)(p - s->text);
	loc.len = (uint32_t)strlen(word);
	return loc;
}

static void spans(void **state)
{
	struct env *e = *state;
	struct src *a = add(e, "one two\n\nthree\r\nfour");
	struct src *b = add(e, "five");
	struct span sp = src_span(e->t, at(a, "two"));

	assert_string_equal(sp.file, "text");
	assert_int_equal(sp.line, 1);
	assert_int_equal(sp.col, 5);
	assert_int_equal(sp.end_col, 7);
	assert_int_equal(src_line(e->t, at(a, "three")), 3);
	assert_int_equal(src_line(e->t, at(a, "four")), 4);
	assert_int_equal(src_line(e->t, at(b, "five")), 1);
	sp = src_span(e->t, src_join(at(a, "one"), at(a, "three")));
	assert_int_equal(sp.line, 1);
	assert_int_equal(sp.end_line, 3);
	assert_int_equal(sp.end_col, 5);
	sp = src_span(e->t, nowhere);
	assert_null(sp.file);
	assert_int_equal(sp.line, 0);
	assert_memory_equal(src_bytes(e->t, at(b, "five")), "five", 4);
	assert_string_equal(src_bytes(e->t, nowhere), "");
}

static void excerpts(void **state)
{
	struct env *e = *state;
	struct src *s = add(e, "\tadd x\x1b[2J y\r\nk\xc3\xa9y next\n");

	excerpt_is(e, at(s, "y\r"), "\tadd x?[2J y\n\t          ^");
	excerpt_is(e, at(s, "next"), "k\xc3\xa9y next\n    ^~~~");
	excerpt_is(e, nowhere, "");
}

static void long_lines(void **state)
{
	struct env *e = *state;
	char text[2000];
	struct sloc loc;
	struct wbuf w;
	struct src *s;

	memset(text, 'x', sizeof(text) - 1);
	memcpy(text + 1500, "HERE", 4);
	text[sizeof(text) - 1] = '\0';
	s = add(e, text);
	loc = at(s, "HERE");
	wbuf_init(&w, 4096);
	src_excerpt(e->t, loc, &w);
	assert_int_equal(strcspn(wbuf_str(&w), "\n"), SRC_EXCERPT_MAX);
	assert_non_null(strstr(wbuf_str(&w), "xHEREx"));
	assert_int_equal(strstr(wbuf_str(&w), "HERE") - (char *)w.p,
			 strchr((char *)w.p, '^') - (char *)w.p - 161);
	wbuf_free(&w);
}

/* Whatever is marked shows neither in excerpts nor in tokens. */
static void keys_hidden(void **state)
{
	struct env *e = *state;
	struct src *s = add(e, "a 0xdeadbeef B \"secret\nkey\" C");
	struct sloc text = at(s, "\"secret\nkey\"");
	struct diag_entry *d;

	assert_int_equal(src_hide(e->t, text), 0);
	assert_int_equal(src_hide(e->t, at(s, "0xdeadbeef")), 0);
	excerpt_is(e, at(s, "B"), "a ********** B *******\n             ^");
	excerpt_is(e, at(s, "C"), "**** C\n     ^");
	d = src_diag(e->t, e->d, DIAG_ERROR, text, "bad");
	src_token(e->t, e->d, d, text);
	assert_string_equal(d->token, "****");
	d = src_diag(e->t, e->d, DIAG_ERROR, at(s, "0xdeadbeef"), "bad");
	src_token(e->t, e->d, d, at(s, "0xdeadbeef"));
	assert_string_equal(d->token, "0x****");
	src_explain(e->t, e->d);
	assert_null(strstr(d->excerpt, "dead"));
	assert_non_null(strchr(d->excerpt, '^'));
}

static void tokens(void **state)
{
	struct env *e = *state;
	char text[201];
	struct diag_entry *d;
	struct sloc loc;
	struct src *s;

	memset(text, 'w', 200);
	text[200] = '\0';
	text[3] = '\n';
	s = add(e, text);
	loc.at = s->base;
	loc.len = 200;
	d = src_diag(e->t, e->d, DIAG_ERROR, loc, "long");
	src_token(e->t, e->d, d, loc);
	assert_int_equal(strlen(d->token), SRC_TOKEN_MAX + 3);
	assert_string_equal(d->token + SRC_TOKEN_MAX, "...");
	assert_int_equal(d->token[3], '?');
	src_token(e->t, e->d, d, nowhere);
	assert_string_equal(d->token, "");
}

static void nul_and_bom(void **state)
{
	struct env *e = *state;
	const struct diag_entry *d;
	struct src *s;

	assert_int_equal(src_add(e->t, "t", "ab\nc\0d", 6, e->d, &s), XE_PARSE);
	assert_null(s);
	d = diag_first(e->d);
	assert_int_equal(d->span.line, 2);
	assert_int_equal(d->span.col, 2);
	s = add(e, "\xef\xbb\xbf" "flush;");
	assert_string_equal(s->text, "flush;");
	s = add(e, "");
	assert_int_equal(s->len, 0);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void files(void **state)
{
	struct env *e = *state;
	const struct diag_entry *d;
	char path[128];
	struct src *s;
	int fd[2];

	snprintf(path, sizeof(path), "%s/f", e->dir);
	write_file(path, "hello\n");
	assert_int_equal(src_open(e->t, path, nowhere, e->d, &s), 0);
	assert_string_equal(s->text, "hello\n");
	unlink(path);
	assert_int_equal(src_open(e->t, path, nowhere, e->d, &s), -ENOENT);
	assert_null(s);
	assert_int_equal(src_open(e->t, e->dir, nowhere, e->d, &s), -EISDIR);
	d = diag_first(e->d);
	assert_non_null(strstr(d->text, "Can't open `/tmp/src_test"));
	assert_non_null(strstr(d->text, "No such file or directory"));
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(write(fd[1], "from a pipe", 11), 11);
	close(fd[1]);
	assert_int_equal(src_read(e->t, fd[0], "-", nowhere, e->d, &s), 0);
	assert_string_equal(s->text, "from a pipe");
	close(fd[0]);
	/* Endless input ends: zeros at the first one, text at the limit. */
	assert_int_equal(src_open(e->t, "/dev/zero", nowhere, e->d, &s),
			 XE_PARSE);
	assert_int_equal(src_open(e->t, "/dev/null", nowhere, e->d, &s), 0);
	assert_int_equal(s->len, 0);
}

static void size_limit(void **state)
{
	struct env *e = *state;
	char path[128], text[200];
	struct src *s;

	memset(text, 'x', sizeof(text));
	text[199] = '\0';
	snprintf(path, sizeof(path), "%s/f", e->dir);
	write_file(path, text);
	src_table_set_max(e->t, 201);
	assert_int_equal(src_open(e->t, path, nowhere, e->d, &s), 0);
	assert_int_equal(src_open(e->t, path, nowhere, e->d, &s), XE_LIMIT);
	assert_int_equal(src_add(e->t, "x", text, 199, e->d, &s), XE_LIMIT);
	assert_null(s);
	unlink(path);
}

static void include_loops(void **state)
{
	struct env *e = *state;
	char one[128], two[128], link[128];
	struct src *a, *b, *s;
	unsigned int depth;

	snprintf(one, sizeof(one), "%s/1", e->dir);
	snprintf(two, sizeof(two), "%s/2", e->dir);
	snprintf(link, sizeof(link), "%s/3", e->dir);
	write_file(one, "include 2");
	write_file(two, "include 1");
	assert_int_equal(symlink(one, link), 0);
	assert_int_equal(src_open(e->t, one, nowhere, e->d, &a), 0);
	assert_int_equal(src_open(e->t, one, at(a, "include"), e->d, &s),
			 -ELOOP);
	assert_int_equal(src_open(e->t, two, at(a, "include"), e->d, &b), 0);
	assert_int_equal(b->depth, 1);
	assert_int_equal(src_open(e->t, link, at(b, "include"), e->d, &s),
			 -ELOOP);
	/* Twice side by side is no loop. */
	assert_int_equal(src_open(e->t, two, at(a, "include"), e->d, &s), 0);
	unlink(link);
	/* A chain of different files stops at the limit. */
	for (depth = 1; ; depth++) {
		snprintf(two, sizeof(two), "%s/c%u", e->dir, depth);
		write_file(two, "include x");
		if (src_open(e->t, two, at(b, "include"), e->d, &s))
			break;
		b = s;
		assert_true(depth < 2 * SRC_DEPTH_MAX);
	}
	assert_int_equal(b->depth, SRC_DEPTH_MAX - 1);
	for (; depth; depth--) {
		snprintf(two, sizeof(two), "%s/c%u", e->dir, depth);
		unlink(two);
	}
	snprintf(two, sizeof(two), "%s/2", e->dir);
	unlink(two);
	unlink(one);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(spans), CASE(excerpts), CASE(long_lines),
		CASE(keys_hidden), CASE(tokens), CASE(nul_and_bom),
		CASE(files), CASE(size_limit), CASE(include_loops),
	};

	return cmocka_run_group_tests_name("src", tests, NULL, NULL);
}
