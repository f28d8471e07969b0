/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_REPORT_H
#define XT_SETKEY_REPORT_H

#include <stdbool.h>
#include "libxfrm/base/diag.h"
#include "setkey/out.h"

/*
 * Errors as the user sees them.  The first line of each keeps the form of
 * the KAME tools, which scripts match:
 *
 *	setkey: FILE,LINE: TEXT at `TOKEN'
 *
 * and where commands come from standard input (chat), on standard output,
 *
 *	TEXT at `TOKEN'.
 *
 * What follows tells more: lines that start with two blanks, which the old
 * tools' messages never do, always on standard error.
 *
 *	  FILE:LINE:COLUMN: what is wrong, and what to do about it
 *	    the source line
 *	        ^~~~
 */
struct report {
	struct out *out;	/* standard output */
	struct out *err;	/* standard error */
	bool chat;
};

/* Prints all entries of d, "parse failed" if one is an error, and flushes. */
void report_diag(struct report *r, const struct diag *d);

/*
 * Prints one message with its place and source line; any of span, token,
 * excerpt, hint may be NULL.  Does not flush.
 */
void report_entry(struct report *r, const struct diag_entry *e);

/* The first line of a message alone. */
void report_line(struct report *r, const struct span *span, const char *fmt,
		 ...) __attribute__((format(printf, 3, 4)));

/* A line below it: two blanks, then the text. */
void report_more(struct report *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The lines below a first line: place, text, and the source line with its
 * carets as src_excerpt() writes them; text and source may be NULL.
 */
void report_detail(struct report *r, const struct span *span, const char *text,
		   const char *source);

/* Flushes, errors after output. */
void report_flush(struct report *r);

/* Text out of a user's file: control characters become visible. */
void report_safe(struct out *o, const char *s);

#endif
