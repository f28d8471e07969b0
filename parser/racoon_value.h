/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_PARSER_RACOON_VALUE_H
#define XT_PARSER_RACOON_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "parser/racoon_int.h"
#include "parser/racoon_stmt.h"

/*
 * The values of racoon.conf: each function takes one from a statement.  They
 * return 0, or XE_PARSE after an error in the diag, with the result cleared;
 * the caller gives up on the statement then.
 */

/* Reading position in a statement. */
struct rc_in {
	struct rc_parser *p;
	struct rc_stmt *stmt;
	enum rc_table table;
	struct rc_tok *t;	/* next token, NULL at the end */
	struct sloc prev;	/* of the token before it */
	const struct rc_dir *dir;
	struct sloc word;	/* of the directive's first word */
	bool hide;		/* what follows is secret */
	bool took_block;	/* the directive has read stmt->block */
};

/* Moves on and returns the token passed. */
struct rc_tok *rc_in_next(struct rc_in *in);

/* Passes the word w, or the token kind; false: something else is there. */
bool rc_in_skip(struct rc_in *in, const char *w);
bool rc_in_skip_kind(struct rc_in *in, enum rc_tok_kind kind);

/* Is there a line's end between the last token and the next? */
bool rc_in_newline(const struct rc_in *in);

/* "expected WHAT, found …" at the next token; returns XE_PARSE. */
int rc_in_expected(struct rc_in *in, const char *what);

int rc_in_num(struct rc_in *in, uint64_t min, uint64_t max,
	      struct rc_num *out);

/* Checks the range of v, which stands at loc, and stores it. */
int rc_in_set(struct rc_in *in, struct sloc loc, uint64_t v, uint64_t min,
	      uint64_t max, struct rc_num *out);

/*
 * Reads the digits at s, decimal or after 0x; returns how many bytes that
 * were, 0 for no number.  Too large a number is UINT64_MAX.
 */
size_t rc_digits(const char *s, size_t n, uint64_t *v);

/* A number and its unit, glued or not: seconds, bytes. */
int rc_in_time(struct rc_in *in, uint64_t min, uint64_t max,
	       struct rc_num *out);
int rc_in_bytes(struct rc_in *in, struct rc_num *out);

/* Is it a unit of time? */
bool rc_is_unit(const struct rc_tok *t);

/* An octal number. */
int rc_in_mode(struct rc_in *in, struct rc_num *out);

int rc_in_switch(struct rc_in *in, struct rc_num *out);
int rc_in_word(struct rc_in *in, enum rc_list list, struct rc_num *out);

/* The next token is no word of the list: says so, with the right ones. */
int rc_in_bad_word(struct rc_in *in, enum rc_list list);

/* A quoted string; a bare word is taken with a warning. */
int rc_in_str(struct rc_in *in, const char *what, struct rc_str *out);

/* A file below the directory of `path certificate` or `path script`. */
int rc_in_file(struct rc_in *in, bool script, struct rc_file *out);

/* A numeric address; with names, also a host name (family 0). */
int rc_in_addr(struct rc_in *in, bool names, struct rc_addr *out);

/* The same from a text of n bytes at loc; false: not a numeric address. */
bool rc_addr_parse(struct rc_parser *p, const char *s, size_t n,
		   struct sloc loc, struct rc_addr *out);

/* [PORT], or [any] with any; not given when there is none. */
int rc_in_port(struct rc_in *in, bool any, struct rc_num *out);

/* /LEN at the end of a text: splits it off.  0, or -1 when it is no number. */
int rc_split_prefix(const char *s, size_t *n, struct rc_num *out);

/* An algorithm of the list, with a key length where there is one. */
int rc_in_alg(struct rc_in *in, enum rc_list list, struct rc_alg *out);

/* A Diffie-Hellman group by name or number. */
int rc_in_group(struct rc_in *in, struct rc_alg *out);

/* Copies n bytes into the arena of the AST; NULL sets p->err. */
char *rc_dup(struct rc_parser *p, const char *s, size_t n);

/* A zeroed node of the AST; NULL sets p->err. */
void *rc_node(struct rc_parser *p, size_t size);

/* The word of a list, by its text; 0: unknown. */
unsigned int rc_list_find(enum rc_list list, const char *s, size_t n);

/* The list's word nearest to s, or NULL when none is near. */
const char *rc_list_near(enum rc_list list, const char *s, size_t n);

/* The list's words with commas between, aliases left out, cut to len. */
void rc_list_text(enum rc_list list, char *buf, size_t len);

/*
 * Edit distance of s and the word w, at most RC_NEAR_MAX + 1; words are near
 * when it is small against their length.
 */
#define RC_NEAR_MAX 2
unsigned int rc_distance(const char *s, size_t n, const char *w);
bool rc_near(const char *s, size_t n, const char *w, unsigned int *best);

#endif
