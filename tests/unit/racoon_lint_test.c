/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables of the racoon.conf parser, its manual page and its samples say
 * the same: each directive has its entry in the page, under its block, and no
 * entry is for a word that is none; each value word stands in the page; each
 * directive stands in an example; examples and samples parse without a word.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libxfrm/base/err.h"
#include "parser/racoon_int.h"

#define TEXT_MAX (1u << 20)

static char *page;		/* the manual page */
static char *examples;		/* the text of its examples */
static unsigned int bad;	/* what was found wrong */

static char *read_file(const char *name)
{
	const char *top = getenv("srcdir");
	char path[512], *text;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top ? top : ".", name);
	f = fopen(path, "r");
	if (!f)
		fail_msg("cannot read %s", path);
	text = calloc(1, TEXT_MAX);
	assert_non_null(text);
	assert_true(fread(text, 1, TEXT_MAX - 1, f) < TEXT_MAX - 1);
	fclose(f);
	return text;
}

/* The line at p without its newline, in buf; returns the next line. */
static const char *next_line(const char *p, char *buf, size_t len)
{
	const char *nl = strchr(p, '\n');
	size_t n = nl ? (size_t)(nl - p) : strlen(p);

	snprintf(buf, len, "%.*s", (int)n, p);
	return nl ? nl + 1 : p + n;
}

static const struct rc_words *table_named(const char *name)
{
	size_t i;

	for (i = 0; i < RC_TABLES; i++) {
		if (!strcmp(rc_tables[i].name, name))
			return &rc_tables[i];
	}
	fail_msg("the manual has a block %s, the parser has not", name);
	return NULL;
}

static bool has_dir(const struct rc_words *w, const char *word)
{
	size_t i;

	for (i = 0; i < w->n; i++) {
		if (!strcmp(w->dir[i].word, word))
			return true;
	}
	return false;
}

/* Does the list of the block's directives have an entry for the word? */
static bool has_entry(const char *block, const char *word)
{
	char line[512], want[128], entry[128];
	const char *p = page;
	bool here = false;
	size_t n;

	snprintf(want, sizeof(want), ".\\\" directives: %s", block);
	snprintf(entry, sizeof(entry), ".It Ic %s", word);
	n = strlen(entry);
	while (*p) {
		p = next_line(p, line, sizeof(line));
		if (!strncmp(line, ".\\\" directives: ", 16))
			here = !strcmp(line, want);
		else if (!strncmp(line, ".Ss ", 4) || !strncmp(line, ".Sh ", 4))
			here = false;
		else if (here && !strncmp(line, entry, n) &&
			 (!line[n] || line[n] == ' '))
			return true;
	}
	return false;
}

static void test_each_directive_is_documented(void **state)
{
	size_t i, j;

	for (i = 0; i < RC_TABLES; i++) {
		const struct rc_words *w = &rc_tables[i];

		for (j = 0; j < w->n; j++) {
			if (has_entry(w->name, w->dir[j].word))
				continue;
			print_error("no entry for %s in %s\n",
				    w->dir[j].word, w->name);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

static void test_each_entry_is_a_directive(void **state)
{
	const struct rc_words *w = NULL;
	unsigned int entries = 0;
	char line[512], *end;
	const char *p = page;

	while (*p) {
		p = next_line(p, line, sizeof(line));
		if (!strncmp(line, ".\\\" directives: ", 16))
			w = table_named(line + 16);
		else if (!strncmp(line, ".Ss ", 4) || !strncmp(line, ".Sh ", 4))
			w = NULL;
		if (!w || strncmp(line, ".It Ic ", 7))
			continue;
		end = strchr(line + 7, ' ');
		if (end)
			*end = '\0';
		entries++;
		if (!has_dir(w, line + 7)) {
			print_error("%s is no directive of %s\n", line + 7,
				    w->name);
			bad++;
		}
	}
	assert_true(entries > 100);
	assert_int_equal(bad, 0);
}

/* Is the word somewhere in the text, between characters of no word? */
static bool has_word(const char *text, const char *word)
{
	static const char part[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	size_t n = strlen(word);
	const char *p = text;

	while ((p = strstr(p, word))) {
		if ((p == text || !strchr(part, p[-1])) &&
		    (!p[n] || !strchr(part, p[n])))
			return true;
		p++;
	}
	return false;
}

static void test_each_value_is_documented(void **state)
{
	static const char *const words[] = {
#define RC_VALUE(list, name, number, word) word,
#include "parser/racoon_words.def"
#undef RC_VALUE
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (has_word(page, words[i]))
			continue;
		print_error("the manual does not mention %s\n", words[i]);
		bad++;
	}
	assert_int_equal(bad, 0);
}

/* Parses a text that must need no comment. */
static void silent(const char *what, const char *text)
{
	const struct diag_entry *e;
	struct diag *d = diag_new();
	struct rc_conf *conf;

	if (rc_parse_mem(what, text, strlen(text), false, d, &conf))
		bad++;
	for (e = diag_first(d); e; e = e->next) {
		/* examples repeat what a file has once */
		if (strstr(e->text, "given before"))
			continue;
		print_error("%s:%u: %s\n%s\n", what, e->span.line, e->text,
			    e->excerpt ? e->excerpt : "");
		bad++;
	}
	rc_free(conf);
	diag_free(d);
}

/* Takes the examples out of the page, one after the other. */
static unsigned int each_example(void (*fn)(const char *what,
					    const char *text))
{
	char line[512], text[16384] = "", what[64];
	unsigned int n = 0, at = 0;
	const char *p = page;
	bool marked = false, in = false;
	size_t len = 0;

	while (*p) {
		p = next_line(p, line, sizeof(line));
		at++;
		if (!strcmp(line, ".\\\" example")) {
			marked = true;
		} else if (marked && !strncmp(line, ".Bd ", 4)) {
			in = true;
			len = 0;
			snprintf(what, sizeof(what), "manual, line %u", at);
		} else if (in && !strcmp(line, ".Ed")) {
			marked = in = false;
			n++;
			fn(what, text);
		} else if (in) {
			len += (size_t)snprintf(text + len,
						sizeof(text) - len, "%s\n",
						line);
			assert_true(len < sizeof(text));
		}
	}
	return n;
}

static void collect(const char *what, const char *text)
{
	size_t len = strlen(examples);

	snprintf(examples + len, TEXT_MAX - len, "%s", text);
}

static void test_examples_parse(void **state)
{
	assert_true(each_example(silent) >= 10);
	assert_int_equal(bad, 0);
}

static void test_each_directive_has_an_example(void **state)
{
	size_t i, j;

	examples = calloc(1, TEXT_MAX);
	assert_non_null(examples);
	each_example(collect);
	for (i = 0; i < RC_TABLES; i++) {
		const struct rc_words *w = &rc_tables[i];

		for (j = 0; j < w->n; j++) {
			if (w->dir[j].flags & (RC_ALIAS | RC_IDLE | RC_OLD) ||
			    has_word(examples, w->dir[j].word))
				continue;
			print_error("no example of %s in %s\n",
				    w->dir[j].word, w->name);
			bad++;
		}
	}
	free(examples);
	assert_int_equal(bad, 0);
}

static void samples_of(const char *folder, unsigned int *n)
{
	const char *top = getenv("srcdir");
	char path[512], *text;
	struct dirent *e;
	DIR *dp;

	snprintf(path, sizeof(path), "%s/%s", top ? top : ".", folder);
	dp = opendir(path);
	assert_non_null(dp);
	while ((e = readdir(dp))) {
		size_t len = strlen(e->d_name);

		/* these two are for setkey */
		if (len < 5 || strcmp(e->d_name + len - 5, ".conf") ||
		    !strcmp(e->d_name, "manual-keys.conf") ||
		    !strcmp(e->d_name, "net-to-net-policies.conf"))
			continue;
		snprintf(path, sizeof(path), "%s/%.200s", folder, e->d_name);
		text = read_file(path);
		silent(path, text);
		free(text);
		++*n;
	}
	closedir(dp);
}

static void test_samples_parse(void **state)
{
	unsigned int n = 0;

	samples_of("conf/racoon", &n);
	samples_of("conf/racoon/redhat", &n);
	assert_true(n >= 8);
	assert_int_equal(bad, 0);
}

static int load(void **state)
{
	page = read_file("man/racoon.conf.5");
	return 0;
}

static int unload(void **state)
{
	free(page);
	return 0;
}

static int start(void **state)
{
	bad = 0;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_each_directive_is_documented,
				       start),
		cmocka_unit_test_setup(test_each_entry_is_a_directive, start),
		cmocka_unit_test_setup(test_each_value_is_documented, start),
		cmocka_unit_test_setup(test_examples_parse, start),
		cmocka_unit_test_setup(test_each_directive_has_an_example,
				       start),
		cmocka_unit_test_setup(test_samples_parse, start),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
