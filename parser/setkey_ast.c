/* SPDX-License-Identifier: BSD-2-Clause */
#include "parser/setkey_ast.h"

#include <errno.h>
#include <string.h>

#include "libxfrm/base/err.h"
#include "parser/setkey_int.h"

int setkey_yyparse(struct sk_parse *p);

static const struct setkey_word words[] = {
	[SKW_NONE] = { "", SKW_NONE, SKC_VALUE, "", "" },
#define SK_WORD(id, text, cls, args, ref) \
	[SKW_##id] = { text, SKW_##id, cls, args, ref },
#include "parser/keywords.def"
#undef SK_WORD
};

/* keywords.def has the words of a class in one run: first and last. */
static const struct {
	enum setkey_word_id first, last;
} range[] = {
	[SKC_STMT] = { SKW_ADD, SKW_BYE },
	[SKC_PROTO] = { SKW_ESP, SKW_TCP },
	[SKC_EXT] = { SKW_X_E, SKW_X_6 },
	[SKC_POL] = { SKW_P_IN, SKW_P_ANY },
	[SKC_FILTER] = { SKW_F_SRC, SKW_F_FWD },
	[SKC_VALUE] = { SKW_V_ANY, SKW_V_DONT_FRAG },
};

const struct setkey_word *setkey_word(enum setkey_word_id id)
{
	return &words[id];
}

const struct setkey_word *setkey_word_find(enum setkey_class cls,
					   const char *p, size_t len)
{
	const struct setkey_word *w = &words[range[cls].first];
	const struct setkey_word *end = &words[range[cls].last];

	for (; len && w <= end; w++) {
		if (w->text[0] == p[0] && !strncmp(w->text, p, len) &&
		    !w->text[len])
			return w;
	}
	return NULL;
}

#define NEAR_MAX 24u	/* longest word that is compared */

/* Edit distance of a and b, both at most NEAR_MAX bytes. */
static unsigned int distance(const char *a, size_t na, const char *b,
			     size_t nb)
{
	unsigned int row[NEAR_MAX + 1], diag, up, best;
	size_t i, j;

	for (j = 0; j <= nb; j++)
		row[j] = (unsigned int)j;
	for (i = 1; i <= na; i++) {
		diag = row[0];
		row[0] = (unsigned int)i;
		for (j = 1; j <= nb; j++) {
			up = row[j];
			best = diag + (a[i - 1] != b[j - 1]);
			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diag = up;
		}
	}
	return row[nb];
}

const char *setkey_word_near(enum setkey_class cls, const char *p, size_t len)
{
	const struct setkey_word *w = &words[range[cls].first];
	const struct setkey_word *end = &words[range[cls].last];
	const char *best = NULL;
	unsigned int dist, least = 3;

	if (!len || len > NEAR_MAX)
		return NULL;
	for (; w <= end; w++) {
		dist = distance(p, len, w->text, strlen(w->text));
		if (dist < least && dist <= 1 + len / 5) {
			least = dist;
			best = w->text;
		}
	}
	return best;
}

struct setkey_stmt *sk_stmt(struct sk_parse *p, enum setkey_word_id kind)
{
	struct setkey_stmt *st = arena_alloc(p->a, sizeof(*st));

	if (!st)
		p->err = -ENOMEM;
	else
		st->kind = kind;
	return st;
}

struct setkey_rule *sk_rule(struct sk_parse *p)
{
	struct setkey_rule *r = arena_alloc(p->a, sizeof(*r));

	if (!r)
		p->err = -ENOMEM;
	return r;
}

struct setkey_policy *sk_policy(struct sk_parse *p)
{
	struct setkey_policy *pol = arena_alloc(p->a, sizeof(*pol));

	if (!pol)
		p->err = -ENOMEM;
	return pol;
}

/* An error that concerns one token. */
static struct diag_entry *token_error(struct sk_parse *p, struct sloc loc,
				      const char *what)
{
	struct diag_entry *e;

	p->bad = true;
	p->errors++;
	e = src_diag(p->t, p->d, DIAG_ERROR, loc, "%s", what);
	src_token(p->t, p->d, e, loc);
	return e;
}

void sk_sloppy(struct sk_parse *p, struct sloc loc, enum sk_once which)
{
	if (p->once & which)
		return;
	p->once |= which;
	switch (which) {
	case SK_ONCE_BACKSLASH:
		src_diag(p->t, p->d, DIAG_WARNING, loc, "backslash at the end "
			 "of a line is not needed: a statement ends at its `;'");
		break;
	case SK_ONCE_EMPTY:
		src_diag(p->t, p->d, DIAG_WARNING, loc,
			 "`;' without a statement");
		break;
	}
}

/* The words that could have stood there, as "a, b or c". */
static void hint_expected(struct sk_parse *p, struct diag_entry *e,
			  const char *const *want, size_t n)
{
	struct wbuf w;
	size_t i;

	wbuf_init(&w, 512);
	for (i = 0; i < n; i++)
		wbuf_printf(&w, "%s%s", !i ? "" : i + 1 < n ? ", " : " or ",
			    want[i]);
	if (n && wbuf_str(&w))
		diag_hint(p->d, e, "expected %s", wbuf_str(&w));
	else if (p->in_policy)
		diag_hint(p->d, e, "a policy is: direction [prio NUMBER] "
			  "action {protocol/mode/source-destination/level}, "
			  "with numeric addresses");
	wbuf_free(&w);
}

void sk_syntax_error(struct sk_parse *p, struct sloc loc,
		     enum sk_token_kind kind, const char *const *want,
		     size_t nwant)
{
	const char *text = src_bytes(p->t, loc), *near;
	struct diag_entry *e;

	e = token_error(p, loc, kind == SK_TOK_BADCHAR ? "Syntax error" :
			"syntax error");
	if (kind == SK_TOK_BADCHAR) {
		diag_hint(p->d, e, "this character has no meaning here; a key "
			  "is \"text\" or 0x and hexadecimal digits");
		return;
	}
	if (kind == SK_TOK_OPENQUOTE) {
		diag_hint(p->d, e, "the closing \" of this text is missing");
		return;
	}
	near = setkey_word_near(p->ntoken == 1 ? SKC_STMT : SKC_POL, text,
				loc.len);
	if (!loc.len) {
		diag_hint(p->d, e, "the text ends inside a statement");
	} else if (p->ntoken == 1 && near) {
		diag_hint(p->d, e, "no such statement; is `%s' meant?", near);
	} else if (p->ntoken == 1) {
		diag_hint(p->d, e, "a statement starts with add, delete, get, "
			  "flush, spdadd, spddelete, spdflush ...");
	} else if (setkey_word_find(SKC_STMT, text, loc.len)) {
		diag_hint(p->d, e, "the statement before this one is not "
			  "complete, or its `;' is missing");
	} else if (loc.len > 3 && near && p->in_policy &&
		   !setkey_word_find(SKC_POL, text, loc.len)) {
		diag_hint(p->d, e, "is `%s' meant?", near);
	} else {
		hint_expected(p, e, want, nwant);
	}
}

void sk_missing_end(struct sk_parse *p, struct setkey_stmt *st)
{
	struct diag_entry *e = token_error(p, p->last, "syntax error");

	diag_hint(p->d, e, "`;' is missing after the `%s' statement in line %u",
		  setkey_word(st->kind)->text,
		  src_span(p->t, st->loc).end_line);
	p->bad = false;
	p->narg = 0;
	p->ntoken = 1;	/* the word that starts the next one is read */
}

unsigned int sk_aflags(struct sk_parse *p, struct sloc loc)
{
	const char *c = src_bytes(p->t, loc);
	unsigned int flags = 0;
	uint32_t i;

	for (i = 1; i < loc.len; i++) {
		if (c[i] == 'n')
			flags |= SK_AF_NUMERIC;
		else
			flags |= c[i] == '4' ? SK_AF_4 : SK_AF_6;
	}
	return flags;
}

void sk_arg_add(struct sk_parse *p, struct setkey_arg arg)
{
	if (p->narg < SETKEY_ARGS_MAX)
		p->args[p->narg++] = arg;
	else
		p->narg = SETKEY_ARGS_MAX + 1;
}

/* How many arguments a word takes. */
static void arity(const char *args, unsigned int *least, unsigned int *most)
{
	*least = *most = 0;
	for (; *args; args++) {
		if (*args == '*') {
			*most = SETKEY_ARGS_MAX;
			continue;
		}
		if (*args < 'a')
			++*least;
		++*most;
	}
}

static void check_arity(struct sk_parse *p, const struct setkey_word *w,
			struct sloc name)
{
	unsigned int least, most;
	struct diag_entry *e;

	arity(w->args, &least, &most);
	if (p->narg >= least && p->narg <= most)
		return;
	e = token_error(p, p->narg < least || !most ? name :
			p->args[most < SETKEY_ARGS_MAX ? most : 0].loc,
			"syntax error");
	if (p->narg > most)
		diag_hint(p->d, e, "%s takes %s%u argument%s here", w->text,
			  least < most ? "at most " : most ? "" : "no ",
			  most, most == 1 ? "" : "s");
	else
		diag_hint(p->d, e, "%s takes %s%u argument%s", w->text,
			  least < most ? "at least " : "", least,
			  least == 1 ? "" : "s");
}

static struct setkey_ext *new_ext(struct sk_parse *p,
				  const struct setkey_word *w,
				  struct sloc name, struct sloc loc)
{
	unsigned int n = p->narg < SETKEY_ARGS_MAX ? p->narg : SETKEY_ARGS_MAX;
	struct setkey_ext *e;

	if (w)
		check_arity(p, w, name);
	e = arena_alloc(p->a, sizeof(*e) + n * sizeof(e->arg[0]));
	if (!e) {
		p->err = -ENOMEM;
		return NULL;
	}
	e->word = w;
	e->name = name;
	e->loc = loc;
	e->narg = n;
	memcpy(e->arg, p->args, n * sizeof(e->arg[0]));
	p->narg = 0;
	return e;
}

static void unknown_word(struct sk_parse *p, enum setkey_class cls,
			 struct sloc name)
{
	const char *near = setkey_word_near(cls, src_bytes(p->t, name),
					    name.len);
	struct diag_entry *e = token_error(p, name, "syntax error");
	const char *what = cls == SKC_EXT ? "extension" : "filter";

	if (near)
		diag_hint(p->d, e, "no such %s; is `%s' meant?", what, near);
	else
		diag_hint(p->d, e, "no such %s", what);
}

struct setkey_ext *sk_ext(struct sk_parse *p, const struct setkey_word *w,
			  struct sloc name, struct sloc loc)
{
	if (!w)
		unknown_word(p, SKC_EXT, name);
	return new_ext(p, w, name, loc);
}

struct setkey_ext *sk_filter(struct sk_parse *p, struct sloc name,
			     struct sloc loc)
{
	const struct setkey_word *w;

	w = setkey_word_find(SKC_FILTER, src_bytes(p->t, name), name.len);
	if (!w)
		unknown_word(p, SKC_FILTER, name);
	return new_ext(p, w, name, loc);
}

struct setkey_ext *sk_hash(struct sk_parse *p, struct sloc name,
			   struct sloc loc)
{
	const struct setkey_word *w;

	w = setkey_word_find(SKC_EXT, src_bytes(p->t, name), name.len);
	if (!w)
		unknown_word(p, SKC_EXT, name);
	return new_ext(p, w, name, loc);
}

struct sk_exts sk_ext_link(struct sk_exts list, struct setkey_ext *e)
{
	if (list.first)
		*list.last = e;
	else
		list.first = e;
	list.last = &e->next;
	return list;
}

struct sk_rules sk_rule_link(struct sk_rules list, struct setkey_rule *r)
{
	if (list.first)
		*list.last = r;
	else
		list.first = r;
	list.last = &r->next;
	return list;
}

void sk_rule_head(struct setkey_rule *r, struct sloc loc, struct sloc proto,
		  struct sloc mode)
{
	r->loc = loc;
	r->proto = proto;
	r->mode = mode;
}

void sk_rule_level(struct setkey_rule *r, const struct setkey_rule *level)
{
	r->level = level->level;
	r->reqid = level->reqid;
	r->spi = level->spi;
}

bool sk_emit(struct sk_parse *p, struct setkey_stmt *st)
{
	int r = 0;

	if (!p->bad)
		r = p->fn(p->arg, st);
	p->bad = false;
	p->ntoken = 0;
	p->narg = 0;
	if (r < 0)
		p->err = r;
	return r >= 0;
}

int setkey_parse(struct src_table *t, const struct src *s, struct arena *a,
		 struct diag *d, setkey_stmt_fn fn, void *arg)
{
	struct sk_parse p = {
		.t = t, .s = s, .a = a, .d = d, .fn = fn, .arg = arg,
	};
	int r;

	if (setjmp(p.oom)) {
		sk_scan_end(&p);
		return -ENOMEM;
	}
	r = sk_scan_begin(&p);
	if (!r) {
		r = setkey_yyparse(&p);
		if (p.err)
			r = p.err;
		else if (r == 2)
			r = -ENOMEM;
		else if (p.errors)
			r = XE_PARSE;
	}
	sk_scan_end(&p);
	return r;
}

struct collect {
	struct setkey_stmt *first, **last;
};

static int collect_stmt(void *arg, struct setkey_stmt *st)
{
	struct collect *c = arg;

	*c->last = st;
	c->last = &st->next;
	return 0;
}

int setkey_parse_all(struct src_table *t, const struct src *s,
		     struct arena *a, struct diag *d,
		     struct setkey_stmt **first)
{
	struct collect c = { NULL, &c.first };
	int r;

	r = setkey_parse(t, s, a, d, collect_stmt, &c);
	*first = c.first;
	return r;
}

size_t setkey_stmt_length(const char *p, size_t len)
{
	bool quote = false, comment = false;
	size_t i;

	for (i = 0; i < len; i++) {
		if (comment)
			comment = p[i] != '\n';
		else if (p[i] == '"')
			quote = !quote;
		else if (!quote && p[i] == '#')
			comment = true;
		else if (!quote && p[i] == ';')
			return i + 1;
	}
	return 0;
}
