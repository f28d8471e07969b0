/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_BASE_DIAG_H
#define XT_BASE_DIAG_H

#include <stdarg.h>
#include <stddef.h>

/*
 * What a library has to say to the user, collected for the program to print:
 * libraries themselves never print.  A diag owns the text of its entries.
 */

/* A place in a source text; line and columns count from 1, 0 = unknown. */
struct span {
	const char *file;	/* borrowed from the source table; may be NULL */
	unsigned int line, col;
	unsigned int end_line, end_col;	/* the last column, inclusive */
};

/*
 * DIAG_NOTE tells more about the entry before it.  DIAG_WARNING lets the run
 * go on; DIAG_ERROR fails it.
 */
enum diag_level { DIAG_NOTE, DIAG_WARNING, DIAG_ERROR };

struct diag_entry {
	struct diag_entry *next;
	enum diag_level level;
	struct span span;
	const char *token;	/* the offending word, or NULL */
	const char *text;	/* one line, no final newline or dot */
	const char *hint;	/* what to do about it, or NULL */
	/* The source line, keys blotted out, and a caret line below; or NULL. */
	const char *excerpt;
};

struct diag;

/*
 * New, empty; NULL when out of memory.  After DIAG_MAX entries of one level
 * further ones are counted, not stored.
 */
#define DIAG_MAX 200
struct diag *diag_new(void);
void diag_free(struct diag *d);

/*
 * Adds an entry with a formatted text.  Every function below takes a NULL
 * diag as "nobody wants to know".  Returns the entry, for diag_hint() and
 * diag_excerpt(), or NULL (not stored).
 */
struct diag_entry *diag_add(struct diag *d, enum diag_level level,
			    const struct span *span, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
struct diag_entry *diag_vadd(struct diag *d, enum diag_level level,
			     const struct span *span, const char *fmt,
			     va_list ap) __attribute__((format(printf, 4, 0)));

/* Complete the entry e (NULL is fine); texts are copied into d. */
void diag_hint(struct diag *d, struct diag_entry *e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void diag_token(struct diag *d, struct diag_entry *e, const char *token);
void diag_excerpt(struct diag *d, struct diag_entry *e, const char *line);

/* How many entries of that level were added, stored or not. */
unsigned int diag_count(const struct diag *d, enum diag_level level);

/* True when memory ran out while an entry was added. */
int diag_failed(const struct diag *d);

/* The entries in the order they were added; NULL when there is none. */
const struct diag_entry *diag_first(const struct diag *d);

/* The same for whoever completes entries later. */
struct diag_entry *diag_entries(struct diag *d);

/*
 * Puts the entries into the order of the text: by line and column within each
 * file, the files as they first appear, entries without a place last.  Those
 * of one place keep their order; a note without a place stays behind the entry
 * that it belongs to.
 * Out of memory leaves everything as it was (see diag_failed()).
 */
void diag_sort(struct diag *d);

#endif
