/* SPDX-License-Identifier: BSD-2-Clause */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_LIBEDIT
#include <dlfcn.h>
#include <editline/readline.h>
#endif
#include "libxfrm/base/secret.h"
#include "setkey/chat.h"
#include "setkey/refuse.h"

/* More than any sane statement; what is longer is no setkey language. */
#define STATEMENT_MAX (1024 * 1024)
#define READ_SIZE 4096

/* One statement, or what stands for one. */
static int statement(struct chat *c, const char *text, size_t len)
{
	struct report *rep = c->run->rep;
	struct src_table *t = src_table_new();
	struct diag *d = diag_new();
	struct setkey_prog *p = NULL;
	struct src *s;
	int r = -ENOMEM;

	if (t && d)
		r = src_add(t, "stdin", text, len, d, &s);
	if (!r)
		r = setkey_load(t, s, &c->check, d, &p);
	if (d) {
		report_diag(rep, d);
		refuse_json(c->run, d);
	}
	if (r) {
		c->errors++;
		/* Only an empty machine ends the session. */
		r = r == -ENOMEM ? r : 0;
	} else if (!c->check_only) {
		c->run->src = t;
		r = run_prog(c->run, p);
		c->run->src = NULL;
	}
	if (p && p->nop && p->op[p->nop - 1].kind == SKOP_EXIT)
		c->ended = true;
	setkey_prog_free(p);
	diag_free(d);
	src_table_free(t);
	return r;
}

/* Carries out what is complete in w and keeps the rest. */
static int consume(struct chat *c, struct wbuf *w)
{
	struct cur rest = wbuf_cur(w);
	const uint8_t *p;
	size_t n;
	int r = 0;

	while (!r && !c->ended &&
	       (n = setkey_stmt_length((const char *)rest.p, rest.left))) {
		if (cur_bytes(&rest, n, &p))
			break;
		r = statement(c, (const char *)p, n);
	}
	if (rest.left && rest.left < w->len) {
		struct wbuf keep;

		wbuf_init(&keep, w->max);
		wbuf_put(&keep, rest.p, rest.left);
		if (keep.err)
			r = keep.err;
		wbuf_free(w);
		*w = keep;
	} else if (!rest.left) {
		wbuf_reset(w);
	}
	return r;
}

static int read_failed(struct chat *c, int err)
{
	struct report plain = { c->run->rep->out, c->run->rep->err, false };

	report_line(&plain, NULL, "standard input: %s", strerror(err));
	report_flush(&plain);
	return -err;
}

static int read_input(struct chat *c, struct wbuf *w)
{
	char buf[READ_SIZE];
	ssize_t n;
	int r = 0;

	while (!r && !c->ended) {
		n = read(STDIN_FILENO, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			r = read_failed(c, errno);
		if (n <= 0)
			break;
		wbuf_put(w, buf, (size_t)n);
		r = w->err ? w->err : consume(c, w);
	}
	secret_wipe(buf, sizeof(buf));
	return r;
}

/* Is there more than blanks and comments? */
static bool something(const struct wbuf *w)
{
	bool comment = false;
	size_t i;

	for (i = 0; i < w->len; i++) {
		if (w->p[i] == '\n')
			comment = false;
		else if (w->p[i] == '#')
			comment = true;
		else if (!comment && !strchr(" \t\r", w->p[i]))
			return true;
	}
	return false;
}

#ifdef HAVE_LIBEDIT
/*
 * libedit, loaded when there is somebody to edit lines: it and what it needs
 * make up a quarter of the time that a short `setkey -c` in a script takes.
 */
struct edit {
	void *lib;
	__typeof__(readline) *readline;
	__typeof__(add_history) *add_history;
	__typeof__(rl_bind_key) *bind_key;
	__typeof__(rl_insert) *insert;
};

static bool edit_open(struct edit *e)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return false;
	e->lib = dlopen("libedit.so.2", RTLD_NOW | RTLD_LOCAL);
	if (!e->lib)
		e->lib = dlopen("libedit.so.0", RTLD_NOW | RTLD_LOCAL);
	if (!e->lib)
		return false;
	e->readline = dlsym(e->lib, "readline");
	e->add_history = dlsym(e->lib, "add_history");
	e->bind_key = dlsym(e->lib, "rl_bind_key");
	e->insert = dlsym(e->lib, "rl_insert");
	return e->readline && e->add_history && e->bind_key && e->insert;
}

/*
 * Keys have no business in the history: no line of a statement that has some,
 * which begins before this line or in it.
 */
static bool has_key(struct wbuf *w, const char *line)
{
	const char *begun = w->len ? wbuf_str(w) : "";

	return !begun || strstr(begun, "-E") || strstr(begun, "-A") ||
		strstr(line, "-E") || strstr(line, "-A");
}

static int edit_input(struct chat *c, struct wbuf *w, const struct edit *e)
{
	char *line;
	int r = 0;

	e->bind_key('\t', e->insert);
	while (!r && !c->ended) {
		line = e->readline(something(w) ? "      > " : "setkey> ");
		if (!line)
			break;
		if (line[0] && !has_key(w, line))
			e->add_history(line);
		wbuf_put(w, line, strlen(line));
		wbuf_u8(w, '\n');
		secret_wipe(line, strlen(line));
		free(line);
		r = w->err ? w->err : consume(c, w);
	}
	return r;
}

static int get_input(struct chat *c, struct wbuf *w)
{
	struct edit e = { 0 };
	int r;

	r = edit_open(&e) ? edit_input(c, w, &e) : read_input(c, w);
	if (e.lib)
		dlclose(e.lib);
	return r;
}
#else
static int get_input(struct chat *c, struct wbuf *w)
{
	return read_input(c, w);
}
#endif

int chat_run(struct chat *c)
{
	struct report plain = { c->run->rep->out, c->run->rep->err, false };
	struct wbuf w;
	int r;

	wbuf_init(&w, STATEMENT_MAX);
	r = get_input(c, &w);
	if (!r && !c->ended && something(&w)) {
		report_line(&plain, NULL, "WARNING: the last statement has no "
					  "`;' and was not carried out");
		report_flush(&plain);
	} else if (r == w.err && r) {
		report_line(&plain, NULL, "statement too long");
		report_flush(&plain);
	}
	wbuf_free(&w);
	return r;
}
