/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_PARSER_RACOON_STMT_H
#define XT_PARSER_RACOON_STMT_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxfrm/base/arena.h"
#include "libxfrm/base/diag.h"
#include "parser/racoon_int.h"
#include "parser/src.h"

/*
 * Statements of racoon.conf before anybody knows what they mean, the state of
 * the scanner that makes them, and the messages of both.
 */

enum rc_tok_kind {
	RC_TOK_WORD,
	RC_TOK_STRING,	/* p, len: without the quotes */
	RC_TOK_COMMA,
	RC_TOK_OPEN,	/* [ */
	RC_TOK_CLOSE,	/* ] */
};

/* One token of a statement; p points into the source text. */
struct rc_tok {
	struct rc_tok *next;
	const char *p;
	struct sloc loc;
	uint32_t len;
	enum rc_tok_kind kind;
};

struct rc_block;

/* `words ;` or `words { … }` */
struct rc_stmt {
	struct rc_stmt *next;
	struct rc_tok *first, **last;
	struct rc_block *block;	/* NULL: none */
	unsigned int words;
	bool unended;		/* neither `;` nor a block */
};

struct rc_block {
	struct rc_stmt *first, **last;
	struct sloc open;
};

#define RC_SCAN_POOL 1024	/* bytes for flex's own objects */

/* The scanner of one file. */
struct rc_scan {
	struct rc_parser *p;
	struct rc_scan *up;	/* of the file that includes this one */
	const struct src *src;
	struct arena *scratch;	/* statements not yet read */
	uint32_t at;		/* place of the next token */
	unsigned int depth;	/* open blocks */
	struct sloc opened[RC_MAX_BLOCK_DEPTH];
	bool cr_seen;		/* carriage returns have been reported */
	bool stopped;		/* no more tokens */
	size_t used;		/* of pool */
	alignas(max_align_t) unsigned char pool[RC_SCAN_POOL];
};

/* Parses len bytes, which two NULs follow; 0 or -ENOMEM. */
int rc_scan_run(struct rc_scan *scan, char *text, size_t len);

/* What the scanner's rules do. */
void *rc_scan_alloc(struct rc_scan *s, size_t size);
void rc_scan_cr(struct rc_scan *s, struct sloc loc);
void rc_scan_skip(struct rc_scan *s, struct sloc loc, const char *what);
void rc_scan_bad(struct rc_scan *s, struct sloc loc);
void rc_scan_string(struct rc_scan *s, struct sloc loc);
void rc_scan_unclosed(struct rc_scan *s, struct sloc loc);
void rc_scan_word(struct rc_scan *s, struct sloc loc);
int rc_scan_open(struct rc_scan *s, struct sloc loc);
int rc_scan_close(struct rc_scan *s);
int rc_scan_end(struct rc_scan *s, struct sloc *loc);

/* Nodes of the grammar; NULL when out of memory (p->err is set). */
struct rc_tok *rc_tok_new(struct rc_parser *p, enum rc_tok_kind kind,
			  struct sloc loc);
struct rc_stmt *rc_stmt_new(struct rc_parser *p);
struct rc_block *rc_block_new(struct rc_parser *p);
void rc_stmt_add(struct rc_parser *p, struct rc_stmt *stmt,
		 struct rc_tok *tok);
void rc_block_add(struct rc_block *b, struct rc_stmt *stmt);

/* Frees the statements read so far, when they are many. */
void rc_stmt_recycle(struct rc_parser *p);

/*
 * Messages.  rc_err() counts an error that fails the parse, whether or not
 * anybody wants to know.  The entry (or NULL) is for rc_hint().
 */
struct diag_entry *rc_err(struct rc_parser *p, struct sloc loc,
			  const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
struct diag_entry *rc_warn(struct rc_parser *p, struct sloc loc,
			   const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void rc_hint(struct rc_parser *p, struct diag_entry *e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The run cannot go on: -ENOMEM, or XE_LIMIT of the arena.  Returns NULL. */
void *rc_fail(struct rc_parser *p);

/*
 * The word of a token for a message: in double quotes, cut, control
 * characters replaced; "a string" for strings, whose text may be a secret.
 */
#define RC_SHOW_MAX 64
struct rc_show {
	char s[RC_SHOW_MAX + sizeof("\"...\"")];
};
const char *rc_show(const struct rc_tok *t, struct rc_show *buf);

/* Is it the word w? */
bool rc_tok_is(const struct rc_tok *t, const char *w);

#endif
