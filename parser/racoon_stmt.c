/* SPDX-License-Identifier: BSD-2-Clause */
#include "parser/racoon_stmt.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libxfrm/base/err.h"
#include "parser/racoon_gram.h"

#define SCRATCH_KEEP (1u << 20)	/* bytes of statements kept for reuse */

/* ---- messages ---- */

static struct diag_entry *say(struct rc_parser *p, enum diag_level level,
			      struct sloc loc, const char *fmt, va_list ap)
	__attribute__((format(printf, 4, 0)));

static struct diag_entry *say(struct rc_parser *p, enum diag_level level,
			      struct sloc loc, const char *fmt, va_list ap)
{
	struct span span = src_span(p->src, loc);
	struct diag_entry *e;

	e = diag_vadd(p->d, level, &span, fmt, ap);
	if (e && loc.at)
		src_token(p->src, p->d, e, loc);
	return e;
}

struct diag_entry *rc_err(struct rc_parser *p, struct sloc loc,
			  const char *fmt, ...)
{
	struct diag_entry *e;
	va_list ap;

	p->errors++;
	va_start(ap, fmt);
	e = say(p, DIAG_ERROR, loc, fmt, ap);
	va_end(ap);
	return e;
}

struct diag_entry *rc_warn(struct rc_parser *p, struct sloc loc,
			   const char *fmt, ...)
{
	struct diag_entry *e;
	va_list ap;

	va_start(ap, fmt);
	e = say(p, DIAG_WARNING, loc, fmt, ap);
	va_end(ap);
	return e;
}

void rc_hint(struct rc_parser *p, struct diag_entry *e, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int n;

	if (!e)
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n >= 0)
		diag_hint(p->d, e, "%s", text);
}

void *rc_fail(struct rc_parser *p)
{
	struct sloc nowhere = { 0 };

	if (p->err)
		return NULL;
	p->err = XE_NOMEM;
	if (arena_size(p->arena) > RC_MAX_ARENA / 2) {
		p->err = XE_LIMIT;
		rc_err(p, nowhere, "configuration too large");
	}
	return NULL;
}

const char *rc_show(const struct rc_tok *t, struct rc_show *buf)
{
	size_t n;

	if (!t)
		return "the end of the statement";
	if (t->kind == RC_TOK_STRING)
		return "a string";
	n = t->len < RC_SHOW_MAX ? t->len : RC_SHOW_MAX;
	buf->s[0] = '"';
	memcpy(buf->s + 1, t->p, n);
	src_tame(buf->s + 1, n);
	memcpy(buf->s + 1 + n, n < t->len ? "...\"" : "\"",
	       n < t->len ? sizeof("...\"") : sizeof("\""));
	return buf->s;
}

bool rc_tok_is(const struct rc_tok *t, const char *w)
{
	size_t n = strlen(w);

	return t && t->kind == RC_TOK_WORD && t->len == n &&
	       !memcmp(t->p, w, n);
}

/* ---- scanner ---- */

void *rc_scan_alloc(struct rc_scan *s, size_t size)
{
	size_t step = (size + alignof(max_align_t) - 1) &
		      ~(alignof(max_align_t) - 1);
	void *p;

	if (step > sizeof(s->pool) - s->used)
		return NULL;
	p = s->pool + s->used;
	s->used += step;
	return p;
}

void rc_scan_cr(struct rc_scan *s, struct sloc loc)
{
	struct diag_entry *e;

	if (s->cr_seen)
		return;
	s->cr_seen = true;
	e = rc_warn(s->p, loc, "carriage returns skipped in this file");
	rc_hint(s->p, e, "save it with Unix line ends");
}

void rc_scan_skip(struct rc_scan *s, struct sloc loc, const char *what)
{
	if (what)
		rc_warn(s->p, loc, "skipped %s", what);
	else
		rc_warn(s->p, loc, "skipped `%.*s'", (int)loc.len,
			src_bytes(s->p->src, loc));
}

void rc_scan_bad(struct rc_scan *s, struct sloc loc)
{
	rc_err(s->p, loc, "a character that cannot stand here");
}

/* Over-long tokens are an error here and cut where they become nodes. */
static void check_length(struct rc_scan *s, struct sloc loc)
{
	if (loc.len > RC_MAX_TOKEN) {
		loc.len = 1;
		rc_err(s->p, loc, "word or string longer than %d bytes",
		       RC_MAX_TOKEN);
	}
}

void rc_scan_string(struct rc_scan *s, struct sloc loc)
{
	struct diag_entry *e;

	check_length(s, loc);
	if (!memchr(src_bytes(s->p->src, loc), '\n', loc.len))
		return;
	loc.len = 1;
	e = rc_warn(s->p, loc, "this string goes on over the end of the line");
	rc_hint(s->p, e, "is its closing quote missing?");
}

void rc_scan_unclosed(struct rc_scan *s, struct sloc loc)
{
	loc.len = 1;
	rc_err(s->p, loc, "this string has no closing quote");
}

void rc_scan_word(struct rc_scan *s, struct sloc loc)
{
	const char *p = src_bytes(s->p->src, loc);
	struct diag_entry *e;

	check_length(s, loc);
	if (loc.len >= 3 && !memcmp(p, "\xe2\x80", 2)) {
		loc.len = 3;
		e = rc_err(s->p, loc, "a typographic character, not ASCII");
		rc_hint(s->p, e, "quotes must be the plain \" character");
	} else if (loc.len >= 2 && p[0] == '/' &&
		   (p[1] == '*' || p[1] == '/')) {
		e = rc_err(s->p, loc, "comments start with #");
		rc_hint(s->p, e, "put a # before each line of the comment");
	}
}

int rc_scan_open(struct rc_scan *s, struct sloc loc)
{
	if (s->depth == RC_MAX_BLOCK_DEPTH) {
		rc_err(s->p, loc, "blocks nest deeper than %d",
		       RC_MAX_BLOCK_DEPTH);
		s->stopped = true;
		return rc_scan_end(s, &loc);
	}
	s->opened[s->depth++] = loc;
	return '{';
}

int rc_scan_close(struct rc_scan *s)
{
	if (s->depth)
		s->depth--;
	return '}';
}

/* At the end, every open block is closed, after a word about it. */
int rc_scan_end(struct rc_scan *s, struct sloc *loc)
{
	loc->len = 0;
	if (!s->depth)
		return 0;
	if (!s->stopped)
		rc_err(s->p, s->opened[s->depth - 1],
		       "this block is not closed: a } is missing");
	s->stopped = true;
	return rc_scan_close(s);
}

/* ---- nodes ---- */

static void *node(struct rc_parser *p, size_t size)
{
	void *n = arena_alloc(p->scan->scratch, size);

	if (!n && !p->err)
		p->err = XE_NOMEM;
	return n;
}

struct rc_tok *rc_tok_new(struct rc_parser *p, enum rc_tok_kind kind,
			  struct sloc loc)
{
	struct rc_tok *t = node(p, sizeof(*t));
	const char *end;

	if (!t)
		return NULL;
	t->kind = kind;
	t->loc = loc;
	t->p = src_bytes(p->src, loc);
	t->len = loc.len;
	if (kind == RC_TOK_STRING) {
		t->p++;
		t->len--;
		end = memchr(t->p, '"', t->len);
		if (end)
			t->len = (uint32_t)(end - t->p);
	}
	if (t->len > RC_MAX_TOKEN)
		t->len = RC_MAX_TOKEN;
	return t;
}

struct rc_stmt *rc_stmt_new(struct rc_parser *p)
{
	struct rc_stmt *stmt = node(p, sizeof(*stmt));

	if (stmt)
		stmt->last = &stmt->first;
	return stmt;
}

struct rc_block *rc_block_new(struct rc_parser *p)
{
	struct rc_block *b = node(p, sizeof(*b));

	if (b)
		b->last = &b->first;
	return b;
}

void rc_stmt_add(struct rc_parser *p, struct rc_stmt *stmt,
		 struct rc_tok *tok)
{
	if (stmt->words == RC_MAX_WORDS) {
		rc_err(p, tok->loc, "more than %d words in one statement",
		       RC_MAX_WORDS);
	}
	if (++stmt->words > RC_MAX_WORDS)
		return;
	*stmt->last = tok;
	stmt->last = &tok->next;
}

void rc_block_add(struct rc_block *b, struct rc_stmt *stmt)
{
	*b->last = stmt;
	b->last = &stmt->next;
}

void rc_stmt_recycle(struct rc_parser *p)
{
	struct arena *fresh;

	if (arena_size(p->scan->scratch) < SCRATCH_KEEP)
		return;
	fresh = arena_new(0);
	if (!fresh)
		return;
	arena_free(p->scan->scratch);
	p->scan->scratch = fresh;
}
