/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>

#include "parser/setkey_int.h"

/*
 * The grammar of the setkey language, as described in parser/setkey_ast.h: one
 * function for each of its rules, one token ahead.  They build nodes, nothing
 * else; every word's meaning is the checker's business.  false: reported, or
 * out of memory.
 */

/* What starts a statement, and what may stand behind one. */
#define STARTS (SK_BIT(SA) | SK_BIT(DELETEALL) | SK_BIT(TABLE) | \
		SK_BIT(SPD) | SK_BIT(SPDDUMP) | SK_BIT(SPDFLUSH) | \
		SK_BIT(SPDHASH) | SK_BIT(SPDDEFAULT) | SK_BIT(EXIT))
#define STMT_END (SK_BIT(SEMICOLON) | SK_BIT(END) | STARTS)

#define NUMBER (SK_BIT(NUM) | SK_BIT(HEX))
#define VALUE (NUMBER | SK_BIT(WORD) | SK_BIT(QUOTED) | SK_BIT(PAIR) | \
	       SK_BIT(PROTO) | SK_BIT(ALG) | SK_BIT(KEY))

/* What may stand behind an address of an SA, and of a policy. */
#define AFTER_ADDRESS (SK_BIT(PROTO) | SK_BIT(WORD))
#define AFTER_RANGE (AFTER_ADDRESS | SK_BIT(NUM))

static bool is(const struct sk_parse *p, uint64_t set)
{
	return set >> p->tok & 1;
}

/* One of the tokens of want should stand here. */
static bool unexpected(struct sk_parse *p, uint64_t want)
{
	sk_syntax_error(p, want);
	return false;
}

static bool take(struct sk_parse *p, uint64_t want, struct sloc *loc)
{
	if (!is(p, want))
		return unexpected(p, want);
	*loc = p->loc;
	sk_scan(p);
	return true;
}

static bool take_name(struct sk_parse *p, uint64_t want,
		      struct setkey_name *name)
{
	name->id = p->word;
	return take(p, want, &name->loc);
}

static bool skip(struct sk_parse *p, uint64_t want)
{
	struct sloc loc;

	return take(p, want, &loc);
}

/* From the token at start to the last one taken. */
static struct sloc since(const struct sk_parse *p, struct sloc start)
{
	start.len = p->end - start.at;
	return start;
}

/* "[" (NUM|SERVICE|"any") "]" */
static bool port(struct sk_parse *p, uint64_t want, struct sloc *loc)
{
	return skip(p, SK_BIT(OPEN)) && take(p, want, loc) &&
		skip(p, SK_BIT(CLOSE));
}

/* The same, or what may stand behind it. */
static bool port_or(struct sk_parse *p, uint64_t follow, struct sloc *loc)
{
	if (p->tok == SK_OPEN)
		return port(p, SK_BIT(WORD) | SK_BIT(NUM), loc);
	return is(p, follow) || unexpected(p, follow | SK_BIT(OPEN));
}

/* The bytes of the token, and what word of that class it is. */
static const char *bytes(const struct sk_parse *p)
{
	return p->text + (p->loc.at - p->base);
}

static enum setkey_word_id word_of(const struct sk_parse *p,
				   enum setkey_class cls)
{
	return sk_word_find(&p->words, SK_CLASS(cls), bytes(p), p->loc.len);
}

static unsigned int aflags(struct sk_parse *p)
{
	unsigned int flags = 0;
	const char *c;
	uint32_t i;

	for (; p->tok == SK_AFLAGS; sk_scan(p)) {
		c = bytes(p);
		for (i = 1; i < p->loc.len; i++)
			flags |= c[i] == 'n' ? SK_AF_NUMERIC :
				c[i] == '4' ? SK_AF_4 : SK_AF_6;
	}
	return flags;
}

/* address [port] */
static bool saaddr(struct sk_parse *p, uint64_t want, struct setkey_arg *a)
{
	struct sloc start = p->loc;

	if (!take(p, want, &a->host) || !port_or(p, AFTER_ADDRESS, &a->port))
		return false;
	a->loc = since(p, start);
	return true;
}

/* address ["/" NUM] [port] */
static bool range(struct sk_parse *p, uint64_t want, struct setkey_arg *a)
{
	struct sloc start = p->loc;
	uint64_t follow = AFTER_RANGE | SK_BIT(OPEN);

	if (!take(p, want, &a->host))
		return false;
	if (p->tok == SK_SLASH) {
		sk_scan(p);
		if (!take(p, SK_BIT(NUM), &a->plen))
			return false;
	} else if (!is(p, follow)) {
		return unexpected(p, follow | SK_BIT(SLASH));
	}
	if (!port_or(p, AFTER_RANGE, &a->port))
		return false;
	a->loc = since(p, start);
	return true;
}

/* ---- extensions and filters ---- */

/* VALUE ["/" VALUE] [port] */
static bool arg(struct sk_parse *p)
{
	struct setkey_arg a = { .loc = p->loc };

	if (!take(p, VALUE, &a.host))
		return false;
	if (p->tok == SK_SLASH) {
		sk_scan(p);
		if (!take(p, VALUE, &a.plen))
			return false;
	}
	if (!port_or(p, VALUE | STMT_END | SK_BIT(OPT) | SK_BIT(POLICY) |
		     SK_BIT(AFLAGS), &a.port))
		return false;
	a.loc = since(p, a.loc);
	if (p->narg < SETKEY_ARGS_MAX)
		p->args[p->narg++] = a;
	else
		p->narg = SETKEY_ARGS_MAX + 1;
	return true;
}

/* A word and its arguments, up to what may stand behind them. */
static bool ext(struct sk_parse *p, enum setkey_word_id word, uint64_t follow,
		struct setkey_ext ***last)
{
	struct sloc name = p->loc;

	sk_scan(p);
	p->narg = 0;
	while (is(p, VALUE)) {
		if (!arg(p))
			return false;
	}
	if (!is(p, follow))
		return unexpected(p, follow | VALUE);
	**last = sk_ext(p, SKC_EXT, word, name);
	if (!**last)
		return false;
	*last = &(**last)->next;
	return true;
}

static bool exts(struct sk_parse *p, struct setkey_ext **last)
{
	while (p->tok == SK_OPT) {
		if (!ext(p, p->word, STMT_END | SK_BIT(OPT) | SK_BIT(POLICY),
			 &last))
			return false;
	}
	return true;
}

/* spdhash: ("-4"|"-6") NUM NUM */
static bool hashes(struct sk_parse *p, struct setkey_ext **last)
{
	enum setkey_word_id word;

	while (p->tok == SK_AFLAGS) {
		word = word_of(p, SKC_EXT);
		if (!ext(p, word, STMT_END | SK_BIT(AFLAGS), &last))
			return false;
	}
	return true;
}

static bool filters(struct sk_parse *p, struct setkey_ext **last)
{
	enum setkey_word_id word;
	struct sloc name;

	while (p->tok == SK_WORD) {
		name = p->loc;
		word = word_of(p, SKC_FILTER);
		sk_scan(p);
		p->narg = 0;
		/* a word that is none needs no argument to be wrong */
		if ((word || is(p, VALUE)) && !arg(p))
			return false;
		*last = sk_ext(p, SKC_FILTER, word, name);
		if (!*last)
			return false;
		last = &(*last)->next;
	}
	return true;
}

/* ---- policies ---- */

/* NUM, as in "[80]", also a word, and a reserved one. */
static bool end_port(struct sk_parse *p, struct sloc *loc)
{
	return port(p, SK_BIT(NUM) | SK_BIT(WORD) | SK_BIT(PANY), loc);
}

/* address [port] "-" address [port] | "me-any" | "any-me" */
static bool ends(struct sk_parse *p, struct setkey_rule *r)
{
	if (p->tok == SK_PME) {
		r->me_any = true;
		sk_scan(p);
		return skip(p, SK_BIT(MINUS)) && skip(p, SK_BIT(PANY));
	}
	if (p->tok == SK_PANY) {
		r->any_me = true;
		sk_scan(p);
		return skip(p, SK_BIT(MINUS)) && skip(p, SK_BIT(PME));
	}
	if (!take(p, SK_BIT(WORD), &r->src))
		return false;
	if (p->tok == SK_OPEN) {
		if (!end_port(p, &r->sport))
			return false;
	} else if (p->tok != SK_MINUS) {
		return unexpected(p, SK_BIT(OPEN) | SK_BIT(MINUS));
	}
	return skip(p, SK_BIT(MINUS)) && take(p, SK_BIT(WORD), &r->dst) &&
		(p->tok != SK_OPEN || end_port(p, &r->dport));
}

/* [LEVEL [":" NUM] {"/" spi}] */
static bool level(struct sk_parse *p, struct setkey_rule *r)
{
	if (p->tok != SK_PLEVEL)
		return true;
	if (!take_name(p, SK_BIT(PLEVEL), &r->level))
		return false;
	if (p->tok == SK_COLON) {
		sk_scan(p);
		if (!take(p, NUMBER, &r->reqid))
			return false;
	}
	while (p->tok == SK_SLASH) {
		sk_scan(p);
		if (!take(p, NUMBER, &r->spi))
			return false;
	}
	return true;
}

static bool rule(struct sk_parse *p, struct setkey_rule *r)
{
	struct sloc start = p->loc;

	if (!take_name(p, SK_BIT(PPROTO), &r->proto) ||
	    !skip(p, SK_BIT(SLASH)) ||
	    !take_name(p, SK_BIT(PMODE), &r->mode))
		return false;
	if (p->tok == SK_SLASH) {
		sk_scan(p);
		if (is(p, SK_BIT(WORD) | SK_BIT(PME) | SK_BIT(PANY)) &&
		    !ends(p, r))
			return false;
		if (p->tok == SK_SLASH) {
			sk_scan(p);
			if (!level(p, r))
				return false;
		}
	}
	r->loc = since(p, start);
	return true;
}

/* ["-"] NUM | ("low"|"def"|"high") [("+"|"-") NUM] */
static bool prio(struct sk_parse *p, struct setkey_policy *pol)
{
	struct sloc start = p->loc;

	sk_scan(p);
	if (!is(p, NUMBER | SK_BIT(PBASE) | SK_BIT(MINUS)))
		return unexpected(p, NUMBER | SK_BIT(PBASE) | SK_BIT(MINUS));
	if (p->tok == SK_PBASE &&
	    !take_name(p, SK_BIT(PBASE), &pol->prio_base))
		return false;
	if (is(p, SK_BIT(MINUS) | SK_BIT(PLUS))) {
		pol->prio_minus = p->tok == SK_MINUS;
		sk_scan(p);
		if (!take(p, NUMBER, &pol->prio_num))
			return false;
	} else if (!pol->prio_base.loc.at &&
		   !take(p, NUMBER, &pol->prio_num)) {
		return false;
	}
	pol->prio = since(p, start);
	return true;
}

/* dir [prio] [action {rule}] */
static bool policy_text(struct sk_parse *p, struct setkey_policy *pol)
{
	struct setkey_rule **last = &pol->rules;

	if (p->tok == SK_PDIR && !take_name(p, SK_BIT(PDIR), &pol->dir))
		return false;
	if (p->tok == SK_PPRIO && !prio(p, pol))
		return false;
	if (p->tok == SK_PACTION &&
	    !take_name(p, SK_BIT(PACTION), &pol->action))
		return false;
	for (; p->tok == SK_PPROTO; last = &(*last)->next) {
		*last = sk_node(p, sizeof(**last));
		if (!*last || !rule(p, *last))
			return false;
	}
	return true;
}

/* Keeps a policy that was read, unless it is long or its end is missing. */
static void remember(struct sk_parse *p, struct sk_seen *seen,
		     struct sloc text, const struct setkey_policy *pol)
{
	const struct setkey_rule *r;
	unsigned int n = 0;

	seen->text.len = 0;
	if (p->tok != SK_SEMICOLON)
		return;
	for (r = pol->rules; r; r = r->next) {
		if (n == SK_SEEN_RULES)
			return;
		seen->rule[n++] = *r;
	}
	seen->nrule = n;
	seen->pol = *pol;
	seen->pol.rules = NULL;
	seen->taken = p->end - text.at;
	text.len = p->loc.at + p->loc.len - text.at;
	seen->text = text;
}

static void move(struct sloc *loc, uint32_t by)
{
	if (loc->at)
		loc->at += by;
}

static void move_rule(struct setkey_rule *r, uint32_t by)
{
	move(&r->loc, by);
	move(&r->proto.loc, by);
	move(&r->mode.loc, by);
	move(&r->src, by);
	move(&r->dst, by);
	move(&r->sport, by);
	move(&r->dport, by);
	move(&r->level.loc, by);
	move(&r->reqid, by);
	move(&r->spi, by);
}

/* Does the text that starts here read the same?  Then its nodes are known. */
static bool repeat(struct sk_parse *p, const struct sk_seen *seen,
		   struct setkey_policy *pol)
{
	size_t at = p->loc.at - p->base, len = seen->text.len;
	uint32_t by = p->loc.at - seen->text.at;
	struct setkey_rule **last = &pol->rules;
	unsigned int i;

	if (!len || len > p->len - at ||
	    memcmp(bytes(p), p->text + (seen->text.at - p->base), len) != 0)
		return false;
	*pol = seen->pol;
	move(&pol->dir.loc, by);
	move(&pol->action.loc, by);
	move(&pol->prio, by);
	move(&pol->prio_base.loc, by);
	move(&pol->prio_num, by);
	for (i = 0; i < seen->nrule; i++, last = &(*last)->next) {
		*last = sk_node(p, sizeof(**last));
		if (!*last)
			break;
		**last = seen->rule[i];
		move_rule(*last, by);
	}
	*last = NULL;
	p->loc.len = seen->taken;
	p->next = at + len - 1;
	sk_scan(p);
	return true;
}

static bool policy(struct sk_parse *p, struct setkey_policy *pol)
{
	struct sloc start = p->loc, text;
	struct sk_seen *seen = NULL;

	sk_scan(p);
	text = p->loc;
	/* What is behind a key without quotes must be hidden each time. */
	if (p->tok == SK_PDIR && !p->hide_rest)
		seen = &p->seen[p->word - SKW_P_IN];
	if (!seen || !repeat(p, seen, pol)) {
		if (!policy_text(p, pol))
			return false;
		if (seen)
			remember(p, seen, text, pol);
	}
	pol->loc = since(p, start);
	return true;
}

/* ---- statements ---- */

/* A protocol, or a word in its place; behind esp-udp an address. */
static bool proto(struct sk_parse *p, struct setkey_stmt *st)
{
	uint64_t follow = STMT_END | SK_BIT(OPT) | NUMBER;
	bool known = p->tok == SK_PROTO;

	if (!take_name(p, SK_BIT(PROTO) | SK_BIT(WORD), &st->proto))
		return false;
	if (known && p->tok == SK_WORD)
		return take(p, SK_BIT(WORD), &st->natoa.host);
	return !known || is(p, follow) ||
		unexpected(p, follow | SK_BIT(WORD));
}

static bool sa_stmt(struct sk_parse *p, struct setkey_stmt *st)
{
	st->aflags = aflags(p);
	return saaddr(p, SK_BIT(WORD) | SK_BIT(AFLAGS), &st->src) &&
		saaddr(p, SK_BIT(WORD), &st->dst) && proto(p, st) &&
		(st->kind == SKW_DELETEALL || take(p, NUMBER, &st->spi)) &&
		exts(p, &st->exts);
}

static bool table_stmt(struct sk_parse *p, struct setkey_stmt *st)
{
	if (p->tok == SK_PROTO && !take_name(p, SK_BIT(PROTO), &st->proto))
		return false;
	return filters(p, &st->exts);
}

static bool selector(struct sk_parse *p, struct setkey_stmt *st)
{
	uint64_t host = SK_BIT(WORD) | SK_BIT(NUM);
	uint64_t none = p->tok == SK_AFLAGS ? 0 : SK_BIT(TAGGED);

	st->aflags = aflags(p);
	return range(p, host | SK_BIT(AFLAGS) | none, &st->src) &&
		range(p, host, &st->dst) &&
		take(p, AFTER_RANGE, &st->upper) &&
		(!is(p, NUMBER | SK_BIT(PAIR) | SK_BIT(WORD)) ||
		 take(p, NUMBER | SK_BIT(PAIR) | SK_BIT(WORD), &st->uarg));
}

static bool spd_stmt(struct sk_parse *p, struct setkey_stmt *st)
{
	bool ok;

	if (p->tok == SK_TAGGED) {
		sk_scan(p);
		ok = take(p, SK_BIT(QUOTED), &st->tag);
	} else {
		ok = selector(p, st);
	}
	if (!ok || !exts(p, &st->exts))
		return false;
	if (p->tok != SK_POLICY)
		return true;
	st->policy = sk_node(p, sizeof(*st->policy));
	return st->policy && policy(p, st->policy);
}

static bool ext_stmt(struct sk_parse *p, struct setkey_stmt *st)
{
	return exts(p, &st->exts);
}

static bool filter_stmt(struct sk_parse *p, struct setkey_stmt *st)
{
	return filters(p, &st->exts);
}

static bool hash_stmt(struct sk_parse *p, struct setkey_stmt *st)
{
	return hashes(p, &st->exts);
}

/* Nothing may go on behind `exit', not even without a semicolon. */
static bool exit_stmt(struct sk_parse *p, struct setkey_stmt *st)
{
	return p->tok == SK_SEMICOLON || unexpected(p, SK_BIT(SEMICOLON));
}

/* What follows the first word of a statement. */
static bool (*const stmt_rest[SK_NTOKEN])(struct sk_parse *p,
					  struct setkey_stmt *st) = {
	[SK_SA] = sa_stmt, [SK_DELETEALL] = sa_stmt, [SK_TABLE] = table_stmt,
	[SK_SPD] = spd_stmt, [SK_SPDDUMP] = filter_stmt,
	[SK_SPDFLUSH] = ext_stmt, [SK_SPDHASH] = hash_stmt,
	[SK_SPDDEFAULT] = filter_stmt, [SK_EXIT] = exit_stmt,
};

/* The statement that starts here, up to what ends it; NULL: reported. */
static struct setkey_stmt *stmt(struct sk_parse *p)
{
	enum sk_token tok = p->tok;
	struct setkey_stmt *st;

	if (!is(p, STARTS)) {
		unexpected(p, STMT_END);
		return NULL;
	}
	st = sk_node(p, sizeof(*st));
	if (!st)
		return NULL;
	st->kind = p->word;
	st->loc = p->loc;
	sk_scan(p);
	if (!stmt_rest[tok](p, st) || p->err)
		return NULL;
	if (!is(p, STMT_END)) {
		unexpected(p, STMT_END);
		return NULL;
	}
	st->loc = since(p, st->loc);
	return st;
}

/* Behind a semicolon: the next statement. */
static void begin(struct sk_parse *p)
{
	p->bad = false;
	p->ntoken = 0;
	sk_scan(p);
}

/* After an error: goes on behind the next semicolon. */
static void recover(struct sk_parse *p)
{
	while (p->tok != SK_SEMICOLON && p->tok != SK_END)
		sk_scan(p);
	if (p->tok == SK_SEMICOLON)
		begin(p);
}

/* Hands a finished statement on; false ends the text. */
static bool emit(struct sk_parse *p, struct setkey_stmt *st)
{
	int r = p->bad ? 0 : p->fn(p->arg, st);

	if (r < 0)
		p->err = r;
	return r >= 0;
}

void sk_parse_text(struct sk_parse *p)
{
	struct setkey_stmt *st;
	bool last = false;

	begin(p);
	while (p->tok != SK_END && !last) {
		if (p->tok == SK_SEMICOLON) {
			sk_sloppy(p, p->loc, SK_ONCE_EMPTY);
			begin(p);
			continue;
		}
		last = p->tok == SK_EXIT;
		st = stmt(p);
		if (!st) {
			last = false;
			recover(p);
		} else if (p->tok != SK_SEMICOLON) {
			sk_missing_end(p, st);
		} else if (!emit(p, st)) {
			return;
		} else if (!last) {
			begin(p);
		}
	}
}
