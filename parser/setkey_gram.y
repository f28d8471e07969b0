/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grammar of the setkey language (described in parser/setkey_ast.h).  Actions
 * build nodes, nothing else; every word's meaning is the checker's business.
 */
%require "3.6"
%define api.pure full
%define api.prefix {setkey_yy}
%define api.location.type {struct sloc}
%define api.token.prefix {SK_}
%define parse.error custom
%define lr.default-reduction consistent
%locations
%param {struct sk_parse *p}
%initial-action { @$ = (struct sloc){ .at = p->s->base }; }

%code requires {
#include "parser/setkey_int.h"
}

%code {
#include <errno.h>

/* of bison's own code */
#pragma GCC diagnostic ignored "-Wswitch-enum"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"

#define YYLLOC_DEFAULT(cur, rhs, n) \
	((cur) = (n) ? src_join((rhs)[1], (rhs)[n]) : sk_nothing((rhs)[0]))

/* The place of a rule that matched nothing: right behind what came before. */
static inline struct sloc sk_nothing(struct sloc before)
{
	before.at += before.len;
	before.len = 0;
	return before;
}

int setkey_yylex(SETKEY_YYSTYPE *lval, SETKEY_YYLTYPE *lloc,
		 struct sk_parse *p);

static void setkey_yyerror(const struct sloc *loc, struct sk_parse *p,
			   const char *msg);

#define NEED(ptr) do { if (!(ptr)) YYABORT; } while (0)
}

%union {
	const struct setkey_word *word;
	struct setkey_stmt *stmt;
	struct setkey_arg arg;
	struct sk_exts exts;
	struct setkey_ext *ext;
	struct setkey_policy *policy;
	struct sk_rules rules;
	struct setkey_rule *rule;
	unsigned int flags;
	struct sloc loc;
}

%token END 0 "end of file"
%token <word> SA "statement" DELETEALL "deleteall" TABLE "flush or dump"
%token <word> SPD "spdadd" SPDDUMP "spddump" SPDFLUSH "spdflush"
%token <word> SPDHASH "spdhash" SPDDEFAULT "spddefault" EXIT "exit"
%token <word> PROTO "protocol" OPT "option" WORD "word"
%token NUM "number" HEX "hexadecimal number" QUOTED "quoted text"
%token PAIR "type,code" ALG "algorithm" KEY "key"
%token AFLAGS "-n, -4 or -6" POLICY "-P" TAGGED "tagged"
%token <word> PDIR "in, out or fwd" PPRIO "prio" PBASE "low, def or high"
%token <word> PACTION "discard, none or ipsec" PPROTO "esp, ah or ipcomp"
%token <word> PMODE "transport or tunnel" PLEVEL "default, use, require or unique"
%token <word> PME "me" PANY "any"
%token OPENQUOTE "text without its closing quote" BADCHAR "character"

%type <stmt> stmt exit
%type <arg> saaddr range arg
%type <flags> aflags
%type <exts> exts filters hashes
%type <ext> ext filter hash
%type <policy> policy policy_opt
%type <rules> rules
%type <rule> rule ends level
%type <loc> value sat upper uarg rhost port port_opt spi plen pport pnum
%type <arg> proto
%type <policy> prio pval

%precedence NOEND
%precedence ';'

%%

input
	: %empty
	| input unit
	;

unit
	: ';'		{ sk_sloppy(p, @1, SK_ONCE_EMPTY); p->ntoken = 0; }
	| stmt ';'	{ if (!sk_emit(p, $1)) YYABORT; }
	| stmt noend	{ sk_missing_end(p, $1); if (p->err) YYABORT; }
	| exit ';'	{ if (!sk_emit(p, $1)) YYABORT; YYACCEPT; }
	| error ';'	{ yyerrok; p->ntoken = 0; p->bad = false; p->narg = 0; }
	;

noend
	: %empty %prec NOEND
	;

stmt
	: SA aflags saaddr saaddr proto spi exts {
		NEED($$ = sk_stmt(p, $1->id));
		$$->loc = @$;
		$$->aflags = $2;
		$$->src = $3;
		$$->dst = $4;
		$$->proto = $5.host;
		$$->natoa.host = $5.port;
		$$->spi = $6;
		$$->exts = $7.first;
	}
	| DELETEALL aflags saaddr saaddr proto exts {
		NEED($$ = sk_stmt(p, $1->id));
		$$->loc = @$;
		$$->aflags = $2;
		$$->src = $3;
		$$->dst = $4;
		$$->proto = $5.host;
		$$->exts = $6.first;
	}
	| TABLE sat filters {
		NEED($$ = sk_stmt(p, $1->id));
		$$->loc = @$;
		$$->proto = $2;
		$$->exts = $3.first;
	}
	| SPD aflags range range upper uarg exts policy_opt {
		NEED($$ = sk_stmt(p, $1->id));
		$$->loc = @$;
		$$->aflags = $2;
		$$->src = $3;
		$$->dst = $4;
		$$->upper = $5;
		$$->uarg = $6;
		$$->exts = $7.first;
		$$->policy = $8;
	}
	| SPD TAGGED QUOTED exts policy_opt {
		NEED($$ = sk_stmt(p, $1->id));
		$$->loc = @$;
		$$->tag = @3;
		$$->exts = $4.first;
		$$->policy = $5;
	}
	| SPDDUMP filters {
		NEED($$ = sk_stmt(p, $1->id));
		$$->loc = @$;
		$$->exts = $2.first;
	}
	| SPDFLUSH exts {
		NEED($$ = sk_stmt(p, $1->id));
		$$->loc = @$;
		$$->exts = $2.first;
	}
	| SPDHASH hashes {
		NEED($$ = sk_stmt(p, $1->id));
		$$->loc = @$;
		$$->exts = $2.first;
	}
	| SPDDEFAULT filters {
		NEED($$ = sk_stmt(p, $1->id));
		$$->loc = @$;
		$$->exts = $2.first;
	}
	;

exit
	: EXIT		{ NEED($$ = sk_stmt(p, $1->id)); $$->loc = @$; }
	;

aflags
	: %empty		{ $$ = 0; }
	| aflags AFLAGS		{ $$ = $1 | sk_aflags(p, @2); }
	;

saaddr
	: WORD port_opt		{
		$$ = (struct setkey_arg){ .loc = @$, .host = @1, .port = $2 };
	}
	;

range
	: rhost plen port_opt	{
		$$ = (struct setkey_arg){ .loc = @$, .host = $1, .plen = $2,
					  .port = $3 };
	}
	;

rhost
	: WORD			{ $$ = @1; }
	| NUM			{ $$ = @1; }
	;

plen
	: %empty		{ $$ = (struct sloc){ 0 }; }
	| '/' NUM		{ $$ = @2; }
	;

port_opt
	: %empty		{ $$ = (struct sloc){ 0 }; }
	| port			{ $$ = $1; }
	;

port
	: '[' WORD ']'		{ $$ = @2; }
	| '[' NUM ']'		{ $$ = @2; }
	;

proto
	: PROTO			{ $$ = (struct setkey_arg){ .host = @1 }; }
	| PROTO WORD		{
		$$ = (struct setkey_arg){ .host = @1, .port = @2 };
	}
	| WORD			{ $$ = (struct setkey_arg){ .host = @1 }; }
	;

spi
	: NUM			{ $$ = @1; }
	| HEX			{ $$ = @1; }
	;

sat
	: %empty		{ $$ = (struct sloc){ 0 }; }
	| PROTO			{ $$ = @1; }
	;

upper
	: WORD			{ $$ = @1; }
	| NUM			{ $$ = @1; }
	| PROTO			{ $$ = @1; }
	;

uarg
	: %empty		{ $$ = (struct sloc){ 0 }; }
	| NUM			{ $$ = @1; }
	| HEX			{ $$ = @1; }
	| PAIR			{ $$ = @1; }
	| WORD			{ $$ = @1; }
	;

exts
	: %empty		{ $$ = (struct sk_exts){ 0 }; }
	| exts ext		{ $$ = sk_ext_link($1, $2); }
	;

ext
	: OPT args		{ NEED($$ = sk_ext(p, $1, @1, @$)); }
	;

args
	: %empty		{ p->narg = 0; }
	| args arg		{ sk_arg_add(p, $2); }
	;

arg
	: value			{
		$$ = (struct setkey_arg){ .loc = @$, .host = $1 };
	}
	| value '/' value	{
		$$ = (struct setkey_arg){ .loc = @$, .host = $1, .plen = $3 };
	}
	| value port		{
		$$ = (struct setkey_arg){ .loc = @$, .host = $1, .port = $2 };
	}
	| value '/' value port	{
		$$ = (struct setkey_arg){ .loc = @$, .host = $1, .plen = $3,
					  .port = $4 };
	}
	;

value
	: WORD			{ $$ = @1; }
	| NUM			{ $$ = @1; }
	| HEX			{ $$ = @1; }
	| QUOTED		{ $$ = @1; }
	| PAIR			{ $$ = @1; }
	| PROTO			{ $$ = @1; }
	| ALG			{ $$ = @1; }
	| KEY			{ $$ = @1; }
	;

filters
	: %empty		{ $$ = (struct sk_exts){ 0 }; }
	| filters filter	{ $$ = sk_ext_link($1, $2); }
	;

filter
	: WORD arg		{
		p->narg = 0;
		sk_arg_add(p, $2);
		NEED($$ = sk_filter(p, @1, @$));
	}
	;

hashes
	: %empty		{ $$ = (struct sk_exts){ 0 }; }
	| hashes hash		{ $$ = sk_ext_link($1, $2); }
	;

hash
	: AFLAGS args		{ NEED($$ = sk_hash(p, @1, @$)); }
	;

policy_opt
	: %empty		{ $$ = NULL; }
	| policy		{ $$ = $1; }
	;

policy
	: POLICY pdir prio paction rules {
		$$ = $3;
		$$->loc = @$;
		$$->dir = @2.len ? @2 : (struct sloc){ 0 };
		$$->action = @4.len ? @4 : (struct sloc){ 0 };
		$$->rules = $5.first;
	}
	;

pdir
	: %empty
	| PDIR
	;

prio
	: %empty		{ NEED($$ = sk_policy(p)); }
	| PPRIO pval		{ $$ = $2; $$->prio = @$; }
	;

pval
	: pnum			{
		NEED($$ = sk_policy(p));
		$$->prio_num = $1;
	}
	| '-' pnum		{
		NEED($$ = sk_policy(p));
		$$->prio_num = $2;
		$$->prio_minus = true;
	}
	| PBASE			{
		NEED($$ = sk_policy(p));
		$$->prio_base = @1;
	}
	| PBASE '+' pnum	{
		NEED($$ = sk_policy(p));
		$$->prio_base = @1;
		$$->prio_num = $3;
	}
	| PBASE '-' pnum	{
		NEED($$ = sk_policy(p));
		$$->prio_base = @1;
		$$->prio_num = $3;
		$$->prio_minus = true;
	}
	;

pnum
	: NUM			{ $$ = @1; }
	| HEX			{ $$ = @1; }
	;

paction
	: %empty
	| PACTION
	;

rules
	: %empty		{ $$ = (struct sk_rules){ 0 }; }
	| rules rule		{ $$ = sk_rule_link($1, $2); }
	;

rule
	: PPROTO '/' PMODE {
		NEED($$ = sk_rule(p));
		sk_rule_head($$, @$, @1, @3);
	}
	| PPROTO '/' PMODE '/' {
		NEED($$ = sk_rule(p));
		sk_rule_head($$, @$, @1, @3);
	}
	| PPROTO '/' PMODE '/' ends {
		$$ = $5;
		sk_rule_head($$, @$, @1, @3);
	}
	| PPROTO '/' PMODE '/' ends '/' {
		$$ = $5;
		sk_rule_head($$, @$, @1, @3);
	}
	| PPROTO '/' PMODE '/' ends '/' level {
		$$ = $5;
		sk_rule_head($$, @$, @1, @3);
		sk_rule_level($$, $7);
	}
	| PPROTO '/' PMODE '/' '/' {
		NEED($$ = sk_rule(p));
		sk_rule_head($$, @$, @1, @3);
	}
	| PPROTO '/' PMODE '/' '/' level {
		$$ = $6;
		sk_rule_head($$, @$, @1, @3);
	}
	;

ends
	: WORD pport '-' WORD pport {
		NEED($$ = sk_rule(p));
		$$->src = @1;
		$$->sport = $2;
		$$->dst = @4;
		$$->dport = $5;
	}
	| PME '-' PANY {
		NEED($$ = sk_rule(p));
		$$->me_any = true;
	}
	| PANY '-' PME {
		NEED($$ = sk_rule(p));
		$$->any_me = true;
	}
	;

pport
	: %empty		{ $$ = (struct sloc){ 0 }; }
	| '[' NUM ']'		{ $$ = @2; }
	| '[' WORD ']'		{ $$ = @2; }
	| '[' PANY ']'		{ $$ = @2; }
	;

level
	: PLEVEL		{
		NEED($$ = sk_rule(p));
		$$->level = @1;
	}
	| PLEVEL ':' pnum	{
		NEED($$ = sk_rule(p));
		$$->level = @1;
		$$->reqid = $3;
	}
	| level '/' pnum	{ $$ = $1; $$->spi = $3; }
	;

%%

#define EXPECTED_MAX 6

/* Called for memory exhaustion alone: syntax errors go the custom way. */
static void setkey_yyerror(const struct sloc *loc, struct sk_parse *p,
			   const char *msg)
{
	(void)loc;
	(void)msg;
	p->err = -ENOMEM;
}

static int yyreport_syntax_error(const yypcontext_t *c, struct sk_parse *p)
{
	yysymbol_kind_t want[EXPECTED_MAX], got = yypcontext_token(c);
	const char *name[EXPECTED_MAX];
	enum sk_token_kind kind = SK_TOK_OTHER;
	int i, n = yypcontext_expected_tokens(c, want, EXPECTED_MAX);

	for (i = 0; i < n; i++)
		name[i] = yysymbol_name(want[i]);
	if (got == YYSYMBOL_BADCHAR)
		kind = SK_TOK_BADCHAR;
	else if (got == YYSYMBOL_OPENQUOTE)
		kind = SK_TOK_OPENQUOTE;
	sk_syntax_error(p, *yypcontext_location(c), kind, name,
			n > 0 ? (size_t)n : 0);
	return 0;
}
