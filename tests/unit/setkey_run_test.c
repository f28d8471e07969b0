/* SPDX-License-Identifier: BSD-2-Clause */
/* What surrounds the kernel: options, messages, choice of thresholds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <getopt.h>
#include <unistd.h>
#include <cmocka.h>

#include "setkey/opts.h"
#include "setkey/report.h"
#include "setkey/run.h"

static struct out out, err;
static struct report rep = { &out, &err, false };

static int setup(void **state)
{
	out_init(&out, -1);
	out_init(&err, -1);
	rep.chat = false;
	return 0;
}

static int teardown(void **state)
{
	out_close(&out);
	out_close(&err);
	return 0;
}

/* Parses a command line given as one string of words. */
static enum opts_result parse(struct opts *o, const char *line)
{
	static char text[256];
	static char *argv[32];
	char *save, *w;
	int argc = 0;

	snprintf(text, sizeof(text), "setkey %s", line);
	for (w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	optind = 0;
	opterr = 0;
	return opts_parse(o, argc, argv, &rep);
}

static void last_mode_counts(void **state)
{
	static const struct {
		const char *line;
		enum mode mode;
	} rows[] = {
		{ "-c -D", MODE_DUMP }, { "-D -c", MODE_CHAT },
		{ "-Fx", MODE_MONITOR }, { "-xF", MODE_FLUSH },
		{ "-f /dev/null", MODE_FILE }, { "-f /dev/null -c", MODE_CHAT },
		{ "-c -f /dev/null", MODE_FILE }, { "--save", MODE_SAVE },
		{ "-D --save", MODE_SAVE }, { "--save -DP", MODE_SAVE },
		{ "-D esp", MODE_DUMP }, { "x -F", MODE_BINARY },
		{ "-f /dev/null x", MODE_BINARY },
	};
	struct opts o;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(parse(&o, rows[i].line), OPTS_RUN);
		assert_int_equal(o.mode, rows[i].mode);
		if (o.fd > 2)
			close(o.fd);
	}
}

static void letters_cluster(void **state)
{
	struct opts o;

	assert_int_equal(parse(&o, "-PaplNvDk"), OPTS_RUN);
	assert_true(o.spd && o.all && o.ports && o.loop && o.hide_socket &&
		    o.verbose && o.kernel_mode);
	assert_int_equal(parse(&o, "-kr -c -n --strict --atomic"), OPTS_RUN);
	assert_true(!o.kernel_mode && o.check_only && o.strict && o.atomic);
	assert_int_equal(parse(&o, "-x"), OPTS_RUN);
	assert_false(o.epoch);
	assert_int_equal(parse(&o, "-xx"), OPTS_RUN);
	assert_true(o.epoch);
}

static void usage_cases(void **state)
{
	static const char *const lines[] = { "", "-v", "-h", "-?", "-Z", "-d",
					     "-P", "--bogus", "-f" };
	struct opts o;
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(parse(&o, lines[i]), OPTS_USAGE);
	assert_int_equal(parse(&o, "-V"), OPTS_VERSION);
	assert_int_equal(parse(&o, "--version"), OPTS_LONG_VERSION);
	assert_int_equal(parse(&o, "--help"), OPTS_HELP);
}

static void file_missing(void **state)
{
	struct opts o;

	assert_int_equal(parse(&o, "-f /nonexistent"), OPTS_FAILED);
	assert_string_equal(wbuf_str(&err.w),
		"setkey: Can't open `/nonexistent': "
		"No such file or directory\n");
}

/* The first line is the old tools'; what is below begins with blanks. */
static void message_form(void **state)
{
	struct span where = { .file = "a.conf", .line = 3, .col = 5,
			      .end_line = 3, .end_col = 7 };
	struct diag *d = diag_new();
	struct diag_entry *e;

	e = diag_add(d, DIAG_ERROR, &where, "syntax error");
	diag_token(d, e, "rot13");
	diag_hint(d, e, "no such algorithm");
	diag_excerpt(d, e, "-E rot13;\n   ^~~~~");
	report_diag(&rep, d);
	assert_string_equal(wbuf_str(&err.w),
		"setkey: a.conf,3: syntax error at `rot13'\n"
		"  a.conf:3:5: no such algorithm\n"
		"    -E rot13;\n"
		"       ^~~~~\n"
		"setkey: a.conf,3: parse failed\n");
	assert_int_equal(out.w.len, 0);
	diag_free(d);
}

static void message_in_chat(void **state)
{
	struct span where = { .file = "stdin", .line = 1, .col = 1 };
	struct diag *d = diag_new();

	rep.chat = true;
	diag_token(d, diag_add(d, DIAG_ERROR, &where, "syntax error"), "x");
	diag_add(d, DIAG_WARNING, &where, "mode is obsolete");
	report_diag(&rep, d);
	assert_string_equal(wbuf_str(&out.w), "syntax error at `x'.\n");
	assert_string_equal(wbuf_str(&err.w),
			    "setkey: WARNING: mode is obsolete\n");
	diag_free(d);
}

/* A file must not be able to drive the terminal. */
static void message_controls(void **state)
{
	struct span where = { .file = "\x1b[2J", .line = 1 };

	report_line(&rep, &where, "%s", "a\x07\tb\nc");
	assert_string_equal(wbuf_str(&err.w),
			    "setkey: \\x1b[2J,1: a\\x07 b\\x0ac\n");
}

#define NPOL 2000

struct program {
	struct setkey_prog p;
	struct setkey_op op[NPOL];
	struct xfrm_policy pol[NPOL];
};

static void policies(struct program *g, size_t from, size_t to,
		     unsigned int dir, uint16_t family, uint8_t splen,
		     uint8_t dplen)
{
	for (size_t i = from; i < to; i++) {
		g->pol[i].dir = (uint8_t)dir;
		g->pol[i].sel.family = family;
		g->pol[i].sel.splen = splen;
		g->pol[i].sel.dplen = dplen;
		g->op[i].kind = SKOP_SPDADD;
		g->op[i].pol = &g->pol[i];
	}
	g->p.op = g->op;
	g->p.nop = to;
}

static const struct xfrm_spdinfo defaults = {
	.has_thresh = true, .v4_local = 32, .v4_remote = 32,
	.v6_local = 128, .v6_remote = 128,
};

static void hash_subnets(void **state)
{
	struct program *g = calloc(1, sizeof(*g));
	struct setkey_hash h;

	policies(g, 0, 1000, XFRM_POLICY_OUT, AF_INET, 16, 24);
	policies(g, 1000, NPOL, XFRM_POLICY_IN, AF_INET, 24, 16);
	assert_true(run_pick_hash(&g->p, &defaults, &h));
	assert_int_equal(h.v4_local, 16);
	assert_int_equal(h.v4_remote, 24);
	assert_int_equal(h.v6_local, -1);
	assert_int_equal(h.v6_remote, -1);
	free(g);
}

/* A few wide policies must not pull everything down. */
static void hash_outliers(void **state)
{
	struct program *g = calloc(1, sizeof(*g));
	struct setkey_hash h;

	policies(g, 0, NPOL, XFRM_POLICY_OUT, AF_INET6, 64, 48);
	policies(g, 0, 9, XFRM_POLICY_OUT, AF_INET6, 0, 0);
	g->p.nop = NPOL;
	assert_true(run_pick_hash(&g->p, &defaults, &h));
	assert_int_equal(h.v6_local, 64);
	assert_int_equal(h.v6_remote, 48);
	assert_int_equal(h.v4_local, -1);
	free(g);
}

static void hash_left_alone(void **state)
{
	struct program *g = calloc(1, sizeof(*g));
	struct xfrm_spdinfo low = defaults;
	struct setkey_hash h;

	/* host to host: the kernel's own choice is right */
	policies(g, 0, NPOL, XFRM_POLICY_OUT, AF_INET, 32, 32);
	assert_false(run_pick_hash(&g->p, &defaults, &h));
	/* few */
	policies(g, 0, RUN_HASH_MIN - 1, XFRM_POLICY_OUT, AF_INET, 24, 24);
	assert_false(run_pick_hash(&g->p, &defaults, &h));
	/* good already: not raised either */
	policies(g, 0, NPOL, XFRM_POLICY_OUT, AF_INET, 24, 24);
	low.v4_local = low.v4_remote = 20;
	assert_false(run_pick_hash(&g->p, &low, &h));
	/* the file says what it wants */
	g->op[7].kind = SKOP_SPDHASH;
	assert_false(run_pick_hash(&g->p, &defaults, &h));
	free(g);
}

static void error_texts(void **state)
{
	assert_string_equal(run_strerror(-ENOENT), "No entry");
	assert_string_equal(run_strerror(-ESRCH), "No such process");
	assert_string_equal(run_strerror(-EEXIST), "File exists");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(last_mode_counts), T(letters_cluster), T(usage_cases),
		T(file_missing), T(message_form), T(message_in_chat),
		T(message_controls), T(hash_subnets), T(hash_outliers),
		T(hash_left_alone), T(error_texts),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
