/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_PARSER_SRC_H
#define XT_PARSER_SRC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxfrm/base/buf.h"
#include "libxfrm/base/diag.h"

/*
 * Source texts: whole files in memory, with what is needed to tell a user
 * where something stands.  A position is a 32-bit number that is unique over
 * all texts of one table, so that a node of a syntax tree needs eight bytes
 * for its span; line and column are worked out only when somebody asks.
 * Texts may hold keys: they are wiped when freed, and what src_hide() marks
 * never shows in an excerpt or token.
 */

/* A stretch of source text; at == 0 is nowhere.  Plain value, 8 bytes. */
struct sloc {
	uint32_t at;	/* base of its text + offset */
	uint32_t len;	/* bytes */
};

/* One text.  Fields are read-only outside src.c. */
struct src {
	struct src *next;
	const char *name;	/* as the user gave it */
	char *text;		/* len bytes, then two NULs (yy_scan_buffer) */
	size_t len;
	uint32_t base;		/* position of text[0] */
	struct sloc from;	/* the statement that includes it, or nowhere */
	unsigned int depth;	/* 0 for a text that nobody includes */
	unsigned long long dev, ino;	/* the file, 0 for others */
	uint32_t *line;		/* offsets of line starts, once one is asked for */
	size_t nline;
};

struct src_table;

#define SRC_MAX_DEFAULT (64u << 20)	/* bytes in all texts of a table */
#define SRC_DEPTH_MAX 16		/* includes inside includes */
#define SRC_EXCERPT_MAX 160		/* columns of an excerpt */
#define SRC_TOKEN_MAX 64		/* bytes of a token in a message */

/* New, empty; NULL when out of memory. */
struct src_table *src_table_new(void);

/* Wipes and frees every text; NULL is fine.  All struct src go with it. */
void src_table_free(struct src_table *t);

/* Most bytes that all texts together may have (at most 2 GiB). */
void src_table_set_max(struct src_table *t, size_t bytes);

/*
 * Reads the file path, whole.  Regular files, pipes, terminals and sockets
 * are read to their end; directories and block devices are refused.  A byte
 * order mark at the start is skipped; a NUL byte is an error with its place.
 * from: the include statement, or nowhere ({ 0 }); a file that includes
 * itself, directly or not, is XE_LIMIT.  What went wrong is in d, as
 * "Can't open `PATH': REASON" for what cannot be opened.
 * Returns 0, -errno, XE_PARSE (NUL byte) or XE_LIMIT (size, depth, loop).
 */
int src_open(struct src_table *t, const char *path, struct sloc from,
	     struct diag *d, struct src **out);

/* The same from an open descriptor, which stays open; name for messages. */
int src_read(struct src_table *t, int fd, const char *name, struct sloc from,
	     struct diag *d, struct src **out);

/* Copies a text from memory. */
int src_add(struct src_table *t, const char *name, const void *p, size_t len,
	    struct diag *d, struct src **out);

/* The text that holds the position, or NULL. */
const struct src *src_at(const struct src_table *t, struct sloc loc);

/* Pointer to the loc.len bytes at loc (not terminated); "" for nowhere. */
const char *src_bytes(const struct src_table *t, struct sloc loc);

/* The bytes at loc are a key: never show them.  Returns 0 or -ENOMEM. */
int src_hide(struct src_table *t, struct sloc loc);

/*
 * Makes text of a user's file fit for a message: control characters (but for
 * tabs) and bytes that are not UTF-8 become '?'.
 */
void src_tame(char *p, size_t len);

/* From the start of a to the end of b (both in one text). */
struct sloc src_join(struct sloc a, struct sloc b);

/*
 * File, line and column; all zero for nowhere, the file alone when out of
 * memory.
 */
struct span src_span(struct src_table *t, struct sloc loc);

/* Line number alone, 0 for nowhere or when out of memory. */
unsigned int src_line(struct src_table *t, struct sloc loc);

/*
 * Writes the line of loc, keys blotted out by '*' and control characters
 * replaced by '?', a newline, and a line with a caret under loc; no final
 * newline.  Long lines are cut to SRC_EXCERPT_MAX columns around loc.
 */
void src_excerpt(struct src_table *t, struct sloc loc, struct wbuf *w);

/* Adds an entry with the span of loc to d; see diag_add(). */
struct diag_entry *src_diag(struct src_table *t, struct diag *d,
			    enum diag_level level, struct sloc loc,
			    const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/*
 * Makes the text at loc the token of e: a key becomes "0x****" or "****",
 * control characters '?', long words are cut.
 */
void src_token(struct src_table *t, struct diag *d, struct diag_entry *e,
	       struct sloc loc);

/*
 * Gives every entry of d that lies in a text of t its excerpt.  Call it when
 * parsing is over: only then every key is known and marked.
 */
void src_explain(struct src_table *t, struct diag *d);

#endif
