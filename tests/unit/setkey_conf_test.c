/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/setkey_show.h"

/*
 * Pairs in tests/conf/setkey: NAME.in is loaded; NAME.ok holds its operations
 * and warnings, NAME.err the messages when it must be refused.
 */

#define TEXT_MAX (1u << 20)

static char *slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, TEXT_MAX);

	assert_non_null(text);
	if (f) {
		assert_true(fread(text, 1, TEXT_MAX - 1, f) < TEXT_MAX - 1);
		fclose(f);
	}
	return text;
}

/* What loading gives: operations after the messages, or messages alone. */
static int outcome(const char *name, const char *text, struct wbuf *w)
{
	struct setkey_check_opts o = { .numeric = true };
	struct src_table *t = src_table_new();
	struct diag *d = diag_new();
	struct setkey_prog *p = NULL;
	struct src *s;
	int r;

	r = src_add(t, name, text, strlen(text), d, &s);
	if (!r)
		r = setkey_load(t, s, &o, d, &p);
	show_diag(w, d);
	if (!r)
		show_prog(w, p);
	setkey_prog_free(p);
	diag_free(d);
	src_table_free(t);
	return r;
}

static void pair(const char *name)
{
	char in[512], good[512], bad[512];
	char *text, *want;
	struct wbuf w;
	int r;

	snprintf(in, sizeof(in), "%s/%s.in", CONF_DIR, name);
	snprintf(good, sizeof(good), "%s/%s.ok", CONF_DIR, name);
	snprintf(bad, sizeof(bad), "%s/%s.err", CONF_DIR, name);
	wbuf_init(&w, TEXT_MAX);
	text = slurp(in);
	r = outcome(name, text, &w);
	if (getenv("XT_UPDATE")) {
		FILE *f = fopen(r ? bad : good, "w");

		assert_non_null(f);
		fputs(wbuf_str(&w), f);
		fclose(f);
		unlink(r ? good : bad);
	}
	if (access(r ? bad : good, R_OK))
		fail_msg("%s was %s:\n%s", name, r ? "refused" : "accepted",
			 wbuf_str(&w));
	want = slurp(r ? bad : good);
	if (strcmp(want, wbuf_str(&w)))
		fail_msg("%s gave\n%s\ninstead of\n%s", name, wbuf_str(&w),
			 want);
	free(want);
	free(text);
	wbuf_free(&w);
}

static void pairs(void **state)
{
	struct dirent **list;
	unsigned int done = 0;
	int n, i;

	n = scandir(CONF_DIR, &list, NULL, alphasort);
	assert_true(n > 0);
	for (i = 0; i < n; i++) {
		char *dot = strrchr(list[i]->d_name, '.');

		if (dot && !strcmp(dot, ".in")) {
			*dot = '\0';
			pair(list[i]->d_name);
			done++;
		}
		free(list[i]);
	}
	free(list);
	assert_true(done >= 10);
}

/* A text that must be accepted; warnings are fine. */
static void accepted(const char *name, const char *text)
{
	struct wbuf w;

	wbuf_init(&w, TEXT_MAX);
	if (outcome(name, text, &w))
		fail_msg("%s is refused:\n%s", name, wbuf_str(&w));
	wbuf_free(&w);
}

static void samples(void **state)
{
	static const char *const file[] = {
		"conf/ipsec-tools.conf", "conf/demo-sad.conf",
		"conf/demo-spd-a.conf", "conf/demo-spd-b.conf",
		"conf/racoon/manual-keys.conf",
		"conf/racoon/net-to-net-policies.conf",
	};
	char path[512], *text;
	size_t i;

	for (i = 0; i < sizeof(file) / sizeof(file[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", TOP_SRCDIR, file[i]);
		text = slurp(path);
		assert_true(*text);
		accepted(file[i], text);
		free(text);
	}
}

/* The displays of setkey(8) that are setkey's input, not a shell's. */
static void manual_examples(void **state)
{
	char *page = slurp(TOP_SRCDIR "/man/setkey.8"), *p, *end;
	unsigned int n = 0;

	p = strstr(page, ".Sh EXAMPLES");
	assert_non_null(p);
	while ((p = strstr(p, ".Bd -literal"))) {
		p = strchr(p, '\n') + 1;
		end = strstr(p, ".Ed");
		assert_non_null(end);
		*end = '\0';
		if (!strncmp(p, "#!", 2) || !strncmp(p, "add ", 4) ||
		    !strncmp(p, "spdadd ", 7)) {
			accepted("setkey.8", p);
			n++;
		}
		p = end + 1;
	}
	assert_true(n >= 6);
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs),
		cmocka_unit_test(samples),
		cmocka_unit_test(manual_examples),
	};

	return cmocka_run_group_tests_name("setkey_conf", tests, NULL, NULL);
}
