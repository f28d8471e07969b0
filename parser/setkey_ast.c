/* SPDX-License-Identifier: BSD-2-Clause */
#include "parser/setkey_ast.h"

#include <errno.h>
#include <string.h>

#include "libxfrm/base/err.h"
#include "parser/setkey_int.h"

/* Nodes of the setkey language, and what the parser has to say. */

void *sk_node(struct sk_parse *p, size_t size)
{
	void *node = arena_alloc(p->a, size);

	if (!node)
		p->err = -ENOMEM;
	return node;
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

#define WANT_MAX 6	/* more possibilities than that are not named */

/* The words that could have stood there, as "a, b or c". */
static void hint_expected(struct sk_parse *p, struct diag_entry *e,
			  uint64_t want)
{
	static const char *const names[] = {
#define SK_TOKEN_NAME(id, name) name,
		SK_TOKENS(SK_TOKEN_NAME)
#undef SK_TOKEN_NAME
	};
	int left = __builtin_popcountll(want);
	struct wbuf w;
	unsigned int i;

	wbuf_init(&w, 512);
	for (i = 0; i < SK_NTOKEN && left <= WANT_MAX; i++) {
		if (!(want >> i & 1))
			continue;
		left--;
		wbuf_printf(&w, "%s%s", names[i],
			    left > 1 ? ", " : left ? " or " : "");
	}
	if (w.len && wbuf_str(&w))
		diag_hint(p->d, e, "expected %s", wbuf_str(&w));
	else if (p->in_policy)
		diag_hint(p->d, e, "a policy is: direction [prio NUMBER] "
			  "action {protocol/mode/source-destination/level}, "
			  "with numeric addresses");
	wbuf_free(&w);
}

void sk_syntax_error(struct sk_parse *p, uint64_t want)
{
	const char *text = src_bytes(p->t, p->loc), *near;
	struct sloc loc = p->loc;
	struct diag_entry *e;

	if (p->err)
		return;
	e = token_error(p, loc, p->tok == SK_BADCHAR ? "Syntax error" :
			"syntax error");
	if (p->tok == SK_BADCHAR) {
		diag_hint(p->d, e, "this character has no meaning here; a key "
			  "is \"text\" or 0x and hexadecimal digits");
		return;
	}
	if (p->tok == SK_OPENQUOTE) {
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
		hint_expected(p, e, want);
	}
}

void sk_missing_end(struct sk_parse *p, struct setkey_stmt *st)
{
	struct diag_entry *e = token_error(p, p->loc, "syntax error");

	diag_hint(p->d, e, "`;' is missing after the `%s' statement in line %u",
		  setkey_word(st->kind)->text,
		  src_span(p->t, st->loc).end_line);
	p->bad = false;
	p->ntoken = 1;	/* the word that starts the next one is read */
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

struct setkey_ext *sk_ext(struct sk_parse *p, enum setkey_class cls,
			  enum setkey_word_id word, struct sloc name)
{
	unsigned int n = p->narg < SETKEY_ARGS_MAX ? p->narg : SETKEY_ARGS_MAX;
	struct setkey_ext *e;

	if (word)
		check_arity(p, setkey_word(word), name);
	else
		unknown_word(p, cls, name);
	e = sk_node(p, sizeof(*e) + n * sizeof(e->arg[0]));
	if (!e)
		return NULL;
	e->word = setkey_word(word);
	e->name = name;
	e->loc = name;
	e->loc.len = p->end - name.at;
	e->narg = n;
	memcpy(e->arg, p->args, n * sizeof(e->arg[0]));
	return e;
}

int setkey_parse(struct src_table *t, const struct src *s, struct arena *a,
		 struct diag *d, setkey_stmt_fn fn, void *arg)
{
	struct sk_parse p = {
		.t = t, .a = a, .d = d, .fn = fn, .arg = arg,
	};

	sk_scan_begin(&p, s);
	sk_parse_text(&p);
	if (p.err)
		return p.err;
	return p.errors ? XE_PARSE : 0;
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
