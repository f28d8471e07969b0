/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_PARSER_SETKEY_AST_H
#define XT_PARSER_SETKEY_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxfrm/base/arena.h"
#include "libxfrm/base/buf.h"
#include "libxfrm/base/diag.h"
#include "parser/src.h"

/*
 * The setkey language as written: nodes hold places in the source text, no
 * values; what they mean is found out by parser/setkey_check.h.  Nodes live in
 * an arena and borrow from the src_table.
 *
 *   input     = { [ statement ] ";" }
 *   statement = ("add"|"update"|"get"|"delete"|"getspi")
 *               [aflags] saaddr saaddr proto spi {ext}
 *             | "deleteall" [aflags] saaddr saaddr proto {ext}
 *             | ("flush"|"dump") [proto] {filter}
 *             | ("spdadd"|"spdupdate") ([aflags] selector | "tagged" QUOTED)
 *               {ext} "-P" policy
 *             | "spddelete" [aflags] selector {ext} "-P" policy
 *             | "migrate" [aflags] selector {ext} "-P" dir rule rule {rule rule}
 *             | "spddump" {filter} | "spdflush" {ext}
 *             | "spdhash" {("-4"|"-6") NUM NUM}
 *             | "spddefault" {("in"|"fwd"|"out") ("none"|"discard")}
 *             | "exit" | "quit" | "bye"
 *   aflags    = "-" {"n"|"4"|"6"}
 *   saaddr    = address [port]           port = "[" (NUM|SERVICE|"any") "]"
 *   selector  = range range upper [NUM | TYPE,CODE | KEY]
 *   range     = address ["/" NUM] [port]
 *   proto     = "esp" | "esp-old" | ("esp-udp"|"esp-tcp") [address]
 *             | "ah" | "ah-old" | "ipcomp" | "tcp"
 *   ext       = a word with a dash and its arguments: parser/keywords.def
 *   filter    = ("src"|"dst") range | ("spi"|"reqid"|"ifid"|"index") NUM
 *             | "mark" NUM["/"NUM] | "mode" MODE | "dir" dir | "upper" upper
 *             | "ptype" ("main"|"sub")
 *   policy    = dir [("prio"|"priority") prio] [action {rule}]
 *   dir       = "in" | "out" | "fwd"
 *   prio      = ["-"] NUM | ("low"|"def"|"high") [("+"|"-") NUM]
 *   action    = "discard" | "none" | "ipsec" | "entrust" | "bypass"
 *   rule      = ("esp"|"ah"|"ipcomp") "/" mode ["/" [ends] ["/" level ["/" spi]]]
 *   mode      = "transport" | "tunnel" | "beet" | "iptfs"
 *   ends      = address [port] "-" address [port] | "me-any" | "any-me"
 *   level     = ("default"|"use"|"require"|"unique") [":" NUM]
 *
 * New against the reference: update, migrate, spdhash, spddefault, esp-tcp,
 * filters, modes beet and iptfs, `use:N` and `require:N` (a reqid that is
 * wanted), the SPI of a rule, and the exts marked so in keywords.def.
 */

enum setkey_word_id {
	SKW_NONE,
#define SK_WORD(id, text, cls, args, ref) SKW_##id,
#include "parser/keywords.def"
#undef SK_WORD
	SKW_COUNT
};

/* Where a word means something; elsewhere it is an ordinary name. */
enum setkey_class {
	SKC_STMT,	/* starts a statement */
	SKC_PROTO,	/* protocol of an SA */
	SKC_EXT,	/* extension: a word with a dash */
	SKC_POL,	/* reserved in the policy text */
	SKC_FILTER,	/* filter of dump and spddump */
	SKC_VALUE,	/* argument of an extension or filter */
};

struct setkey_word {
	const char *text;
	size_t len;
	enum setkey_word_id id;
	enum setkey_class cls;
	const char *args;	/* of an extension, for messages and checks */
	const char *ref;	/* where it comes from: kame, bsd, new, old */
};

/* The word of that class, or NULL. */
const struct setkey_word *setkey_word_find(enum setkey_class cls,
					   const char *p, size_t len);
const struct setkey_word *setkey_word(enum setkey_word_id id);

/* The word of that class nearest to what was written; NULL: none is near. */
const char *setkey_word_near(enum setkey_class cls, const char *p, size_t len);

/*
 * One argument: an address, range, number, word, quoted text (with its
 * quotes) or pair.  Parts that are not there are nowhere (at == 0).
 */
struct setkey_arg {
	struct sloc loc;	/* all of it */
	struct sloc host;	/* the word itself */
	struct sloc plen;	/* after "/" */
	struct sloc port;	/* inside [ ] */
};

/* A word of the language; at == 0 as with any place: it is not there. */
struct setkey_name {
	struct sloc loc;
	enum setkey_word_id id;
};

#define SETKEY_ARGS_MAX 16	/* arguments of one extension */

struct setkey_ext {
	struct setkey_ext *next;
	const struct setkey_word *word;	/* class SKC_EXT or SKC_FILTER */
	struct sloc loc;	/* the word and its arguments */
	struct sloc name;	/* the word */
	unsigned int narg;
	struct setkey_arg arg[];
};

struct setkey_rule {
	struct setkey_rule *next;
	struct sloc loc;
	struct setkey_name proto, mode;
	bool me_any, any_me;
	struct sloc src, sport, dst, dport;
	struct setkey_name level;
	struct sloc reqid, spi;
};

struct setkey_policy {
	struct sloc loc;	/* the text after -P */
	struct setkey_name dir, action;
	struct sloc prio;	/* all of the priority; nowhere: none */
	struct setkey_name prio_base;
	struct sloc prio_num;
	bool prio_minus;
	struct setkey_rule *rules;
};

enum setkey_aflags {
	SK_AF_NUMERIC = 1 << 0,	/* -n: no name resolution */
	SK_AF_4 = 1 << 1,
	SK_AF_6 = 1 << 2,
};

struct setkey_stmt {
	struct setkey_stmt *next;
	enum setkey_word_id kind;	/* of class SKC_STMT */
	struct sloc loc;		/* without the ";" */
	unsigned int aflags;		/* enum setkey_aflags */
	struct setkey_arg src, dst;
	struct setkey_arg natoa;	/* after esp-udp */
	struct setkey_name proto;	/* SKW_NONE: an unknown one */
	struct sloc spi;
	struct sloc upper, uarg;	/* upper protocol and what follows it */
	struct sloc tag;		/* tagged "…" */
	struct setkey_ext *exts;	/* extensions and filters, in order */
	struct setkey_policy *policy;
};

/*
 * Parses s.  Each statement that is well-formed is handed to fn; its node is
 * in a, and stays until the caller frees or resets a (fn may).  A negative result of fn ends the
 * parse and is returned.  Errors are in d, several of them: after one, parsing
 * goes on behind the next ";".  `exit` ends the parse; it is handed to fn too.
 * Returns 0, XE_PARSE when there were errors, -ENOMEM.
 * Every key in the text has been marked with src_hide(), also in statements
 * that do not parse.
 */
typedef int (*setkey_stmt_fn)(void *arg, struct setkey_stmt *st);
int setkey_parse(struct src_table *t, const struct src *s, struct arena *a,
		 struct diag *d, setkey_stmt_fn fn, void *arg);

/* The same into a list. */
int setkey_parse_all(struct src_table *t, const struct src *s,
		     struct arena *a, struct diag *d,
		     struct setkey_stmt **first);

/*
 * Writes a statement as text that parses to the same, with its keys, `;` and
 * a newline.
 */
void setkey_print(struct src_table *t, const struct setkey_stmt *st,
		  struct wbuf *w);

/*
 * For input that arrives piece by piece (-c): the length of the first
 * statement in the len bytes at p with its ";", or 0 when no ";" outside
 * comments and quotes is there yet.
 */
size_t setkey_stmt_length(const char *p, size_t len);

#endif
