/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_PARSER_RACOON_INT_H
#define XT_PARSER_RACOON_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxfrm/base/arena.h"
#include "libxfrm/base/diag.h"
#include "parser/racoon_ast.h"
#include "parser/src.h"

/*
 * Inside the racoon.conf parser.  Text becomes an AST in two steps:
 *
 * 1. racoon_lex.l and racoon_gram.y build the statements of one top-level
 *    item: words, strings and brackets, `;` or a block.  This step knows no
 *    directive, so it cannot fail on one and loses its way nowhere.
 * 2. racoon_read.c reads each statement by the row of its first word in
 *    racoon_dirs.def into the typed nodes of racoon_ast.h, and frees the
 *    statements.
 *
 * A directive's row names its kind; a kind's functions (racoon_kind.c) read
 * it, print it and compare it.
 */

/* Files whose directory is not known before the end of the file. */
struct rc_late_file {
	struct rc_late_file *next;
	struct rc_file *file;
	bool script;		/* path script, else path certificate */
};

struct rc_scan;
struct rc_stmt;
struct rc_tok;
struct rc_block;
struct rc_printer;

/* State of one run, over all its files. */
struct rc_parser {
	struct rc_conf *conf;
	struct arena *arena;	/* conf's */
	struct src_table *src;
	struct diag *d;
	bool include;		/* follow include statements */
	int err;		/* sticky: -ENOMEM, XE_LIMIT; ends the run */
	unsigned int errors;

	struct rc_remote **remote_tail;
	struct rc_sainfo **sainfo_tail;
	struct rc_late_file *late;
	struct rc_scan *scan;	/* the file being read */
};

/* What a directive holds; rc_kind_ops() has the functions. */
enum rc_kind {
	RC_KIND_NUM,
	RC_KIND_SWITCH,
	RC_KIND_TIME,
	RC_KIND_WORD,
	RC_KIND_STR,
	RC_KIND_SECRET,
	RC_KIND_STRS,
	RC_KIND_USER,
	RC_KIND_ADDR4,
	RC_KIND_ADDRS,
	RC_KIND_NETS,
	RC_KIND_FLAG,
	RC_KIND_LISTEN,
	RC_KIND_ADMINSOCK,
	RC_KIND_RADIUS,
	RC_KIND_ALG,
	RC_KIND_ALGS,
	RC_KIND_GROUP,
	RC_KIND_LIFETIME,
	RC_KIND_EXCHANGE,
	RC_KIND_PEERADDR,
	RC_KIND_IDENT,
	RC_KIND_IDENTS,
	RC_KIND_CERT,
	RC_KIND_CERTS,
	RC_KIND_SCRIPT,
	RC_KIND_PROPOSAL,
	RC_KIND_SECTION,
	RC_KIND_PATH,
	RC_KIND_INCLUDE,
	RC_KIND_REMOTE,
	RC_KIND_SAINFO,
};

/* The tables of racoon_dirs.def. */
enum rc_table {
	RC_TABLE_CONF,
	RC_TABLE_PATH,
	RC_TABLE_PRIVSEP,
	RC_TABLE_PADDING,
	RC_TABLE_TIMER,
	RC_TABLE_LISTEN,
	RC_TABLE_LDAP,
	RC_TABLE_RADIUS,
	RC_TABLE_MODECFG,
	RC_TABLE_REMOTE,
	RC_TABLE_PROPOSAL,
	RC_TABLE_SAINFO,
	RC_TABLES,
};

enum rc_dir_flags {
	RC_ALIAS = 1 << 0,	/* another word prints it */
	RC_IDLE = 1 << 1,	/* taken, but has no effect: advice says why */
	RC_OLD = 1 << 2,	/* an outdated word: advice names the new one */
	RC_LAX = 1 << 3,	/* a missing `;` is only a warning */
};

/* One row of racoon_dirs.def. */
struct rc_dir {
	const char *word;
	enum rc_kind kind;
	size_t off;		/* of its member in the block's struct */
	unsigned int arg;	/* enum rc_list, rc_table, or as the kind says */
	uint64_t min, max;	/* numbers and times */
	unsigned int flags;
	const char *advice;
};

/* The words of one kind of block. */
struct rc_words {
	const char *name;	/* "remote" */
	const struct rc_dir *dir;
	size_t n;
};

extern const struct rc_words rc_tables[RC_TABLES];

/* A word that other racoons take and we do not. */
struct rc_foreign {
	enum rc_table table;
	const char *word;
	bool refuse;		/* an error, else skipped with a warning */
	const char *text, *hint;
};

/* ---- racoon_read.c ---- */

/* Called by the grammar with each top-level statement. */
void rc_read_top(struct rc_parser *p, struct rc_stmt *stmt);

/* Reads the file of text s into the AST. */
void rc_read_text(struct rc_parser *p, struct src *s);

/* Reads a block's statements into obj. */
void rc_read_block(struct rc_parser *p, enum rc_table table, void *obj,
		   struct rc_block *b);

#endif
