/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "setkey/report.h"

void report_safe(struct out *o, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '\t')
			out_char(o, ' ');
		else if (c < 0x20 || c == 0x7f)
			out_printf(o, "\\x%02x", c);
		else
			out_char(o, *s);
	}
}

/* The channel of first lines, with what stands before the text. */
static struct out *head(struct report *r, const struct span *span, bool chat)
{
	if (chat)
		return r->out;
	out_lit(r->err, "setkey: ");
	if (span && span->file) {
		report_safe(r->err, span->file);
		out_printf(r->err, ",%u: ", span->line);
	}
	return r->err;
}

static void tail(struct out *o, bool chat)
{
	if (chat)
		out_char(o, '.');
	out_char(o, '\n');
}

void report_line(struct report *r, const struct span *span, const char *fmt,
		 ...)
{
	struct out *o = head(r, span, r->chat);
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	report_safe(o, text);
	tail(o, r->chat);
}

void report_more(struct report *r, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	out_lit(r->err, "  ");
	report_safe(r->err, text);
	out_char(r->err, '\n');
}

/* The source line and the carets below it come as one text. */
static void excerpt(struct out *o, const char *text)
{
	size_t n;

	while (*text) {
		n = strcspn(text, "\n");
		out_lit(o, "    ");
		out_mem(o, text, n);
		out_char(o, '\n');
		text += n;
		if (*text)
			text++;
	}
}

void report_detail(struct report *r, const struct span *span, const char *text,
		   const char *source)
{
	struct out *o = r->err;

	if (!text && !source)
		return;
	if (span->file && span->line && !r->chat) {
		out_lit(o, "  ");
		report_safe(o, span->file);
		out_printf(o, ":%u:%u%s", span->line, span->col,
			   text ? ": " : "\n");
	} else if (text) {
		out_lit(o, "  ");
	}
	if (text) {
		report_safe(o, text);
		out_char(o, '\n');
	}
	if (source)
		excerpt(o, source);
}

/* Words from a file can be a megabyte long; a message shows their start. */
#define TOKEN_SHOWN 60

static void token(struct out *o, const char *word)
{
	char text[TOKEN_SHOWN + 1];
	size_t n = strnlen(word, sizeof(text));

	out_lit(o, " at `");
	if (n > TOKEN_SHOWN) {
		memcpy(text, word, TOKEN_SHOWN);
		text[TOKEN_SHOWN] = '\0';
		report_safe(o, text);
		out_lit(o, "...");
	} else {
		report_safe(o, word);
	}
	out_char(o, '\'');
}

void report_entry(struct report *r, const struct diag_entry *e)
{
	bool chat = r->chat && e->level == DIAG_ERROR;
	struct out *o;

	if (e->level == DIAG_NOTE) {
		out_lit(r->err, "  note: ");
		report_safe(r->err, e->text);
		out_char(r->err, '\n');
	} else {
		/* A conversation has no lines that anyone could count. */
		o = head(r, r->chat ? NULL : &e->span, chat);
		if (e->level == DIAG_WARNING)
			out_lit(o, "WARNING: ");
		report_safe(o, e->text);
		if (e->token)
			token(o, e->token);
		tail(o, chat);
	}
	report_detail(r, &e->span, e->hint, e->excerpt);
}

void report_flush(struct report *r)
{
	out_flush(r->out);
	out_flush(r->err);
}

void report_diag(struct report *r, const struct diag *d)
{
	static const char *const names[] = { "note", "warning", "error" };
	const struct diag_entry *e, *first = NULL;
	unsigned int stored[3] = { 0 }, n;
	size_t i;

	for (e = diag_first(d); e; e = e->next) {
		report_entry(r, e);
		stored[e->level]++;
		if (e->level == DIAG_ERROR && !first)
			first = e;
	}
	for (i = 0; i < 3; i++) {
		n = diag_count(d, (enum diag_level)i) - stored[i];
		if (n)
			report_more(r, "%u more %s%s not shown", n, names[i],
				    n == 1 ? "" : "s");
	}
	if (first && first->span.line && !r->chat)
		report_line(r, &first->span, "parse failed");
	if (diag_failed(d))
		report_line(r, NULL, "out of memory: messages are missing");
	report_flush(r);
}
