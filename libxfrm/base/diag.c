/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/base/diag.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libxfrm/base/arena.h"

struct diag {
	struct arena *arena;
	struct diag_entry *first, **last;
	unsigned int count[DIAG_ERROR + 1];
	int failed;
};

struct diag *diag_new(void)
{
	struct diag *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->arena = arena_new(0);
	if (!d->arena) {
		free(d);
		return NULL;
	}
	d->last = &d->first;
	return d;
}

void diag_free(struct diag *d)
{
	if (!d)
		return;
	arena_free(d->arena);
	free(d);
}

struct diag_entry *diag_vadd(struct diag *d, enum diag_level level,
			     const struct span *span, const char *fmt,
			     va_list ap)
{
	struct diag_entry *e;

	if (!d || d->count[level]++ >= DIAG_MAX)
		return NULL;
	e = arena_alloc(d->arena, sizeof(*e));
	if (!e) {
		d->failed = 1;
		return NULL;
	}
	e->level = level;
	if (span)
		e->span = *span;
	if (e->span.file)
		e->span.file = arena_strdup(d->arena, e->span.file);
	e->text = arena_vprintf(d->arena, fmt, ap);
	if (!e->text) {
		d->failed = 1;
		return NULL;
	}
	*d->last = e;
	d->last = &e->next;
	return e;
}

struct diag_entry *diag_add(struct diag *d, enum diag_level level,
			    const struct span *span, const char *fmt, ...)
{
	struct diag_entry *e;
	va_list ap;

	va_start(ap, fmt);
	e = diag_vadd(d, level, span, fmt, ap);
	va_end(ap);
	return e;
}

void diag_hint(struct diag *d, struct diag_entry *e, const char *fmt, ...)
{
	va_list ap;

	if (!d || !e)
		return;
	va_start(ap, fmt);
	e->hint = arena_vprintf(d->arena, fmt, ap);
	va_end(ap);
	if (!e->hint)
		d->failed = 1;
}

void diag_token(struct diag *d, struct diag_entry *e, const char *token)
{
	if (!d || !e || !token)
		return;
	e->token = arena_strdup(d->arena, token);
	if (!e->token)
		d->failed = 1;
}

void diag_excerpt(struct diag *d, struct diag_entry *e, const char *line)
{
	if (!d || !e || !line)
		return;
	e->excerpt = arena_strdup(d->arena, line);
	if (!e->excerpt)
		d->failed = 1;
}

unsigned int diag_count(const struct diag *d, enum diag_level level)
{
	return d ? d->count[level] : 0;
}

int diag_failed(const struct diag *d)
{
	return d ? d->failed : 0;
}

const struct diag_entry *diag_first(const struct diag *d)
{
	return d ? d->first : NULL;
}

struct diag_entry *diag_entries(struct diag *d)
{
	return d ? d->first : NULL;
}

/* An entry with the notes that go with it. */
struct group {
	struct diag_entry *first, *last;
	size_t file;	/* rank by first appearance */
	size_t index;
};

static int cmp_groups(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	const struct span *s = &x->first->span, *t = &y->first->span;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (s->line != t->line)
		return s->line < t->line ? -1 : 1;
	if (s->col != t->col)
		return s->col < t->col ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

/* The rank of the file of group n, whose predecessors have theirs. */
static size_t file_rank(const struct group *g, size_t n)
{
	const char *file = g[n].first->span.file;
	size_t i;

	if (!file || !g[n].first->span.line)
		return SIZE_MAX;
	for (i = 0; i < n; i++) {
		if (g[i].file != SIZE_MAX &&
		    !strcmp(g[i].first->span.file, file))
			return g[i].file;
	}
	return n;
}

void diag_sort(struct diag *d)
{
	struct diag_entry *e;
	struct group *g;
	size_t n = 0, i;

	for (e = diag_entries(d); e; e = e->next)
		n++;
	if (n < 2)
		return;
	g = calloc(n, sizeof(*g));
	if (!g) {
		d->failed = 1;
		return;
	}
	for (n = 0, e = d->first; e; e = e->next) {
		if (n && e->level == DIAG_NOTE && !e->span.line) {
			g[n - 1].last = e;
			continue;
		}
		g[n].first = g[n].last = e;
		g[n].index = n;
		g[n].file = file_rank(g, n);
		n++;
	}
	qsort(g, n, sizeof(*g), cmp_groups);
	d->last = &d->first;
	for (i = 0; i < n; i++) {
		*d->last = g[i].first;
		d->last = &g[i].last->next;
	}
	*d->last = NULL;
	free(g);
}
