/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/report.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libxfrm/base/text.h"

static const char *level_name(enum diag_level level)
{
	switch (level) {
	case DIAG_NOTE:
		return "note";
	case DIAG_WARNING:
		return "warning";
	case DIAG_ERROR:
		return "error";
	}
	return "?";
}

/* Text of several lines, each moved in. */
static void indented(const char *text, struct wbuf *w)
{
	const char *end;

	while (*text) {
		end = strchrnul(text, '\n');
		wbuf_printf(w, "    %.*s\n", (int)(end - text), text);
		text = *end ? end + 1 : end;
	}
}

static void entry_text(const struct diag_entry *e, const char *file,
		       struct wbuf *w)
{
	wbuf_printf(w, "%s:", e->span.file ? e->span.file : file);
	if (e->span.line)
		wbuf_printf(w, "%u:%u:", e->span.line, e->span.col);
	wbuf_printf(w, " %s: ", level_name(e->level));
	if (e->token && !e->excerpt)
		wbuf_printf(w, "\"%s\" ", e->token);
	wbuf_printf(w, "%s\n", e->text);
	if (e->excerpt)
		indented(e->excerpt, w);
	if (e->hint)
		wbuf_printf(w, "  hint: %s\n", e->hint);
}

/*
 * What stands in a section is said again for each that inherits it: once is
 * enough.
 */
static bool repeated(const struct diag *d, const struct diag_entry *e)
{
	const struct diag_entry *o;

	for (o = diag_first(d); o != e; o = o->next)
		if (o->level == e->level && o->span.line == e->span.line &&
		    o->span.col == e->span.col && e->span.file &&
		    o->span.file && !strcmp(o->span.file, e->span.file) &&
		    !strcmp(o->text, e->text))
			return true;
	return false;
}

/* A finding and where it goes: by file, line, column, then as it was said. */
struct item {
	const struct diag_entry *e;
	size_t file, said;
};

static int by_place(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (x->e->span.line != y->e->span.line)
		return x->e->span.line < y->e->span.line ? -1 : 1;
	if (x->e->span.col != y->e->span.col)
		return x->e->span.col < y->e->span.col ? -1 : 1;
	return x->said < y->said ? -1 : x->said > y->said;
}

/* Files come in the order in which they were first spoken of. */
static size_t file_rank(const struct item *all, size_t n,
			const struct diag_entry *e)
{
	size_t i;

	if (!e->span.file)
		return SIZE_MAX;
	for (i = 0; i < n; i++)
		if (all[i].e->span.file &&
		    !strcmp(all[i].e->span.file, e->span.file))
			return all[i].file;
	return n;
}

/* The findings to be shown, sorted; the caller frees *out.  0 or -ENOMEM. */
static int collect(const struct diag *d, struct item **out, size_t *n)
{
	const struct diag_entry *e;
	size_t count = 0;

	*n = 0;
	for (e = diag_first(d); e; e = e->next)
		count++;
	*out = calloc(count + 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (e = diag_first(d); e; e = e->next) {
		if (repeated(d, e))
			continue;
		(*out)[*n].file = file_rank(*out, *n, e);
		(*out)[*n].said = *n;
		(*out)[(*n)++].e = e;
	}
	qsort(*out, *n, sizeof(**out), by_place);
	return 0;
}

/* How often the same words stand before the i-th. */
static unsigned int said_before(const struct item *all, size_t i)
{
	const struct diag_entry *e = all[i].e;
	unsigned int n = 0;

	while (i-- > 0)
		n += all[i].e->level == e->level &&
		     !strcmp(all[i].e->text, e->text);
	return n;
}

void report_text(const struct diag *d, const char *file, struct wbuf *w)
{
	static const enum diag_level levels[] = { DIAG_ERROR, DIAG_WARNING,
						  DIAG_NOTE };
	unsigned int more, hidden[DIAG_ERROR + 1] = { 0 };
	struct item *all;
	size_t i, n;

	if (collect(d, &all, &n)) {
		w->err = w->err ? w->err : -ENOMEM;
		return;
	}
	for (i = 0; i < n; i++) {
		if (said_before(all, i) < REPORT_SAME_MAX)
			entry_text(all[i].e, file, w);
		else
			hidden[all[i].e->level]++;
	}
	free(all);
	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		more = diag_count(d, levels[i]);
		more = more > DIAG_MAX ? more - DIAG_MAX : 0;
		more += hidden[levels[i]];
		if (more)
			wbuf_printf(w, "%s: %s: %u more like these\n", file,
				    level_name(levels[i]), more);
	}
}

/* Text of several lines, without what is no UTF-8. */
static void clean_lines(char *text)
{
	char *end;

	while ((end = strchr(text, '\n'))) {
		*end = '\0';
		text_clean(text);
		*end = '\n';
		text = end + 1;
	}
	text_clean(text);
}

/* A JSON string; the user's file may be in Latin-1, and texts are cut short. */
static json_t *text_json(const char *text)
{
	json_t *s = json_string(text);
	char *copy = s ? NULL : strdup(text);

	if (!copy)
		return s;
	clean_lines(copy);
	s = json_string(copy);
	free(copy);
	return s;
}

static int put_text(json_t *o, const char *key, const char *text)
{
	return text ? json_object_set_new(o, key, text_json(text)) : 0;
}

static json_t *entry_json(const struct diag_entry *e)
{
	json_t *o = json_object();
	int r = !o;

	r = r || put_text(o, "level", level_name(e->level));
	r = r || put_text(o, "file", e->span.file);
	if (!r && e->span.line) {
		r = r || json_object_set_new(o, "line",
					     json_integer(e->span.line));
		r = r || json_object_set_new(o, "column",
					     json_integer(e->span.col));
		r = r || json_object_set_new(o, "end_line",
					     json_integer(e->span.end_line));
		r = r || json_object_set_new(o, "end_column",
					     json_integer(e->span.end_col));
	}
	r = r || put_text(o, "token", e->token);
	r = r || put_text(o, "message", e->text);
	r = r || put_text(o, "hint", e->hint);
	r = r || put_text(o, "excerpt", e->excerpt);
	if (!r)
		return o;
	json_decref(o);
	return NULL;
}

int report_json(const struct diag *d, const char *file, int failed,
		struct wbuf *w)
{
	json_t *top, *list = json_array();
	struct item *all = NULL;
	char *text = NULL;
	size_t i, n = 0;
	int r = !list || collect(d, &all, &n);

	for (i = 0; i < n && !r; i++)
		r = json_array_append_new(list, entry_json(all[i].e));
	free(all);
	top = json_pack("{s:i s:o s:s s:i s:i s:o}",
			"schema_version", REPORT_SCHEMA_VERSION,
			"file", text_json(file),
			"result", failed ? "failed" : "ok",
			"errors", (int)diag_count(d, DIAG_ERROR),
			"warnings", (int)diag_count(d, DIAG_WARNING),
			"diagnostics", list);
	if (top && !r)
		text = json_dumps(top, JSON_INDENT(2));
	if (text)
		wbuf_printf(w, "%s\n", text);
	r = text ? w->err : -ENOMEM;
	free(text);
	json_decref(top);
	return r;
}
