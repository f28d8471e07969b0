/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shape of racoon.conf: statements of words, ended by `;` or a block.
 * Every sequence of tokens is some input, so that one wrong statement costs
 * only itself; the actions allocate, and hand each top-level statement to
 * racoon_read.c, where the directives are.
 */
%code requires {
#include "parser/racoon_int.h"
}

%define api.pure full
%define api.prefix {rc_yy}
%define api.location.type {struct sloc}
%define parse.error verbose
%locations
%expect 0
%parse-param { struct rc_parser *p }
%parse-param { void *scanner }
%lex-param { void *scanner }

%code {
#include "parser/racoon_stmt.h"

/* of bison's own code */
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"

#define YYLLOC_DEFAULT(cur, rhs, n) \
	((cur) = (n) ? src_join(YYRHSLOC(rhs, 1), YYRHSLOC(rhs, n)) : \
	 (struct sloc){ 0, 0 })

int rc_yylex(RC_YYSTYPE *val, struct sloc *loc, void *scanner);

static void rc_yyerror(struct sloc *loc, struct rc_parser *p, void *scanner,
		       const char *text)
{
	rc_err(p, *loc, "%s", text);
}

/* Out of memory or over a limit: stop. */
#define CHECK(x) \
	do { \
		if (!(x) || p->err) \
			YYABORT; \
	} while (0)
}

%union {
	struct rc_tok *tok;
	struct rc_stmt *stmt;
	struct rc_block *block;
}

%token WORD "word"
%token STRING "string"
%type <tok> token
%type <stmt> stmt words
%type <block> block stmts

%%

file:
	  items
	| items words
	{
		$words->unended = true;
		rc_read_top(p, $words);
	}
	;

items:
	  %empty
	| items stmt
	{
		if ($stmt)
			rc_read_top(p, $stmt);
		CHECK(true);
		rc_stmt_recycle(p);
	}
	| items '}'
	{
		rc_err(p, @2, "this } closes nothing");
	}
	;

stmt:
	  words ';'
	| words block
	{
		$1->block = $block;
		$$ = $1;
	}
	| ';'
	{
		rc_warn(p, @1, "stray ; skipped");
		$$ = NULL;
	}
	| block
	{
		struct diag_entry *e;

		e = rc_err(p, $1->open, "a block without a name before it");
		rc_hint(p, e, "is there a ; before the { ?");
		$$ = NULL;
	}
	;

block:
	  '{' stmts '}'
	{
		$stmts->open = @1;
		$$ = $stmts;
	}
	| '{' stmts words '}'
	{
		$words->unended = true;
		rc_block_add($stmts, $words);
		$stmts->open = @1;
		$$ = $stmts;
	}
	;

stmts:
	  %empty
	{
		$$ = rc_block_new(p);
		CHECK($$);
	}
	| stmts stmt
	{
		if ($stmt)
			rc_block_add($1, $stmt);
		$$ = $1;
	}
	;

words:
	  token
	{
		$$ = rc_stmt_new(p);
		CHECK($$);
		rc_stmt_add(p, $$, $token);
	}
	| words token
	{
		rc_stmt_add(p, $1, $token);
		$$ = $1;
	}
	;

token:
	  WORD		{ $$ = rc_tok_new(p, RC_TOK_WORD, @1); CHECK($$); }
	| STRING	{ $$ = rc_tok_new(p, RC_TOK_STRING, @1); CHECK($$); }
	| ','		{ $$ = rc_tok_new(p, RC_TOK_COMMA, @1); CHECK($$); }
	| '['		{ $$ = rc_tok_new(p, RC_TOK_OPEN, @1); CHECK($$); }
	| ']'		{ $$ = rc_tok_new(p, RC_TOK_CLOSE, @1); CHECK($$); }
	;
