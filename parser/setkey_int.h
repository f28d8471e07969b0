/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_PARSER_SETKEY_INT_H
#define XT_PARSER_SETKEY_INT_H

#include <setjmp.h>

#include "parser/setkey_ast.h"

/* Shared by the scanner, the grammar and the nodes of the setkey language. */

/* Things worth one warning per text, however often they occur. */
enum sk_once {
	SK_ONCE_BACKSLASH = 1 << 0,
	SK_ONCE_EMPTY = 1 << 1,
};

struct sk_exts {
	struct setkey_ext *first, **last;
};

struct sk_rules {
	struct setkey_rule *first, **last;
};

/* Memory of the scanner: its state, one buffer, a stack of one. */
#define SK_POOL 64u
union sk_cell {
	size_t size;
	long double align;
};

/* One run of the parser. */
struct sk_parse {
	struct src_table *t;
	const struct src *s;
	struct arena *a;
	struct diag *d;
	setkey_stmt_fn fn;
	void *arg;
	void *scanner;
	jmp_buf oom;		/* the scanner's way out */
	union sk_cell pool[SK_POOL];
	size_t pool_used;
	int err;		/* result of fn, or -ENOMEM */
	unsigned int errors;
	unsigned int once;	/* enum sk_once seen */
	unsigned int ntoken;	/* of this statement so far */
	bool bad;		/* this statement has an error */
	bool open_text;		/* a quoted text here is no key */
	bool hide_rest;		/* a key without quotes may go on */
	bool in_policy;		/* behind -P */
	bool want_key;		/* the algorithm being read takes a key */
	struct sloc last;	/* the last token that was not an end */
	unsigned int narg;
	struct setkey_arg args[SETKEY_ARGS_MAX];
};

/* What the grammar stumbled over. */
enum sk_token_kind { SK_TOK_OTHER, SK_TOK_BADCHAR, SK_TOK_OPENQUOTE };

/*
 * Adds "syntax error" at loc; want: names of the nwant tokens that could have
 * stood there (0: too many to name).
 */
void sk_syntax_error(struct sk_parse *p, struct sloc loc,
		     enum sk_token_kind kind, const char *const *want,
		     size_t nwant);

/* Warns once per text about something sloppy. */
void sk_sloppy(struct sk_parse *p, struct sloc loc, enum sk_once which);

/* Scanner life cycle (setkey_lex.l): 0 or -ENOMEM. */
int sk_scan_begin(struct sk_parse *p);
void sk_scan_end(struct sk_parse *p);

/* Node building for the grammar; NULL when out of memory (p->err is set). */
struct setkey_stmt *sk_stmt(struct sk_parse *p, enum setkey_word_id kind);
struct setkey_ext *sk_ext(struct sk_parse *p, const struct setkey_word *w,
			  struct sloc name, struct sloc loc);
struct setkey_rule *sk_rule(struct sk_parse *p);
struct setkey_policy *sk_policy(struct sk_parse *p);

struct setkey_ext *sk_filter(struct sk_parse *p, struct sloc name,
			     struct sloc loc);
struct setkey_ext *sk_hash(struct sk_parse *p, struct sloc name,
			   struct sloc loc);
struct sk_exts sk_ext_link(struct sk_exts list, struct setkey_ext *e);
struct sk_rules sk_rule_link(struct sk_rules list, struct setkey_rule *r);
void sk_rule_head(struct setkey_rule *r, struct sloc loc, struct sloc proto,
		  struct sloc mode);
void sk_rule_level(struct setkey_rule *r, const struct setkey_rule *level);

/* "-n46" as enum setkey_aflags bits. */
unsigned int sk_aflags(struct sk_parse *p, struct sloc loc);

/* Keeps an argument for the extension being read. */
void sk_arg_add(struct sk_parse *p, struct setkey_arg arg);

/* Hands a finished statement on; false ends the parse. */
bool sk_emit(struct sk_parse *p, struct setkey_stmt *st);

/* A statement that lacks its ";". */
void sk_missing_end(struct sk_parse *p, struct setkey_stmt *st);

#endif
