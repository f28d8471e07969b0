/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_PARSER_SETKEY_INT_H
#define XT_PARSER_SETKEY_INT_H

#include "parser/setkey_ast.h"

/*
 * Shared by the scanner (setkey_scan.c), the grammar (setkey_parse.c) and the
 * nodes (setkey_ast.c) of the setkey language.
 */

/* Tokens, and what messages call them, in the order in which they name them. */
#define SK_TOKENS(T) \
	T(END, "end of file") \
	T(SA, "statement") T(DELETEALL, "deleteall") \
	T(TABLE, "flush or dump") T(SPD, "spdadd") T(SPDDUMP, "spddump") \
	T(SPDFLUSH, "spdflush") T(SPDHASH, "spdhash") \
	T(SPDDEFAULT, "spddefault") T(EXIT, "exit") \
	T(PROTO, "protocol") T(OPT, "option") T(WORD, "word") \
	T(NUM, "number") T(HEX, "hexadecimal number") \
	T(QUOTED, "quoted text") T(PAIR, "type,code") T(ALG, "algorithm") \
	T(KEY, "key") T(AFLAGS, "-n, -4 or -6") T(POLICY, "-P") \
	T(TAGGED, "tagged") \
	T(PDIR, "in, out or fwd") T(PPRIO, "prio") \
	T(PBASE, "low, def or high") T(PACTION, "discard, none or ipsec") \
	T(PPROTO, "esp, ah or ipcomp") T(PMODE, "transport or tunnel") \
	T(PLEVEL, "default, use, require or unique") \
	T(PME, "me") T(PANY, "any") \
	T(OPENQUOTE, "text without its closing quote") \
	T(BADCHAR, "character") \
	T(SEMICOLON, "';'") T(SLASH, "'/'") T(OPEN, "'['") T(CLOSE, "']'") \
	T(MINUS, "'-'") T(PLUS, "'+'") T(COLON, "':'")

enum sk_token {
#define SK_TOKEN_ID(id, name) SK_##id,
	SK_TOKENS(SK_TOKEN_ID)
#undef SK_TOKEN_ID
	SK_NTOKEN
};

/* Sets of tokens. */
#define SK_BIT(id) (UINT64_C(1) << SK_##id)

/* How the scanner reads what comes next. */
enum sk_mode {
	SK_MODE_PLAIN,
	SK_MODE_ALG,	/* behind -E, -A and -C: the name of an algorithm */
	SK_MODE_KEY,	/* behind that */
	SK_MODE_POLICY,	/* behind -P */
};

/* Things worth one warning per text, however often they occur. */
enum sk_once {
	SK_ONCE_BACKSLASH = 1 << 0,
	SK_ONCE_EMPTY = 1 << 1,
};

/* The words that the parser knows by a hash of their ends and length. */
#define SK_SLOTS 256u	/* more than twice as many as there are words */
struct sk_words {
	uint8_t slot[SK_SLOTS];	/* enum setkey_word_id, SKW_NONE: free */
};

/*
 * The last policy of a direction: its text up to the semicolon, and its nodes.
 * Large files have few different ones, and those are most of the text.
 */
#define SK_SEEN_RULES 2u
struct sk_seen {
	struct sloc text;	/* with the ";"; no length: none */
	uint32_t taken;		/* bytes of it up to the last token */
	unsigned int nrule;
	struct setkey_policy pol;
	struct setkey_rule rule[SK_SEEN_RULES];
};

/* One run of the parser. */
struct sk_parse {
	struct src_table *t;
	struct arena *a;
	struct diag *d;
	setkey_stmt_fn fn;
	void *arg;
	int err;		/* result of fn, or -ENOMEM */
	unsigned int errors;
	unsigned int once;	/* enum sk_once seen */
	bool bad;		/* this statement has an error */

	/* The scanner's: */
	const char *text;	/* len bytes and a NUL, none before that */
	size_t len;
	size_t next;		/* offset of what is still to be read */
	uint32_t base;		/* position of text[0] */
	enum sk_mode mode;
	bool open_text;		/* a quoted text here is no key */
	bool hide_rest;		/* a key without quotes may go on */
	bool hide_hex;		/* … in groups of hexadecimal digits */
	bool in_policy;		/* behind -P */
	bool want_key;		/* the algorithm being read takes a key */
	struct sk_words words;

	/* The token that the grammar looks at: */
	enum sk_token tok;
	enum setkey_word_id word; /* which one; SKW_NONE: none of ours */
	struct sloc loc;
	uint32_t end;		/* where the token before it ends */
	unsigned int ntoken;	/* of this statement so far */

	struct sk_seen seen[SKW_P_FWD - SKW_P_IN + 1]; /* by direction */

	/* Arguments of the extension being read: */
	unsigned int narg;
	struct setkey_arg args[SETKEY_ARGS_MAX];
};

/* ---- setkey_scan.c ---- */

/* Sets up the scanner for the text of s. */
void sk_scan_begin(struct sk_parse *p, const struct src *s);

/*
 * Reads the next token.  Keys are hidden on the way; when there is no memory
 * for that, p->err is set and the text ends.
 */
void sk_scan(struct sk_parse *p);

/* ---- setkey_words.c ---- */

void sk_words_init(struct sk_words *w);

/* The word of one of the classes, a set of SK_CLASS(); SKW_NONE: no such. */
#define SK_CLASS(cls) (1u << (cls))
enum setkey_word_id sk_word_find(const struct sk_words *w,
				 unsigned int classes, const char *text,
				 size_t len);

/* ---- setkey_parse.c ---- */

/* Reads statements up to the end, an `exit` or p->err. */
void sk_parse_text(struct sk_parse *p);

/* ---- nodes and messages: setkey_ast.c ---- */

/*
 * Adds "syntax error" at the token that the grammar looks at; want: what could
 * have stood there.
 */
void sk_syntax_error(struct sk_parse *p, uint64_t want);

/* Warns once per text about something sloppy. */
void sk_sloppy(struct sk_parse *p, struct sloc loc, enum sk_once which);

/* A statement that lacks its ";". */
void sk_missing_end(struct sk_parse *p, struct setkey_stmt *st);

/* A zeroed node, NULL when out of memory (p->err is set). */
void *sk_node(struct sk_parse *p, size_t size);

/*
 * A node with the arguments read; an unknown word and a wrong number of them
 * are reported, the node is made all the same.  NULL when out of memory.
 */
struct setkey_ext *sk_ext(struct sk_parse *p, enum setkey_class cls,
			  enum setkey_word_id word, struct sloc name);

#endif
