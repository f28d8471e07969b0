/* SPDX-License-Identifier: BSD-2-Clause */
#include "parser/setkey_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libxfrm/base/err.h"
#include "parser/setkey_chk.h"

const char *setkey_op_name(enum setkey_op_kind kind)
{
	static const char *const name[] = {
		[SKOP_ADD] = "add", [SKOP_UPDATE] = "update",
		[SKOP_GET] = "get", [SKOP_DELETE] = "delete",
		[SKOP_GETSPI] = "getspi", [SKOP_DELETEALL] = "deleteall",
		[SKOP_FLUSH] = "flush", [SKOP_DUMP] = "dump",
		[SKOP_SPDADD] = "spdadd", [SKOP_SPDUPDATE] = "spdupdate",
		[SKOP_SPDDELETE] = "spddelete", [SKOP_SPDDUMP] = "spddump",
		[SKOP_SPDFLUSH] = "spdflush", [SKOP_MIGRATE] = "migrate",
		[SKOP_SPDHASH] = "spdhash", [SKOP_SPDDEFAULT] = "spddefault",
		[SKOP_EXIT] = "exit",
	};

	return name[kind];
}

struct diag_entry *ck_error(struct ck *c, struct sloc loc, const char *text,
			    const char *hint, ...)
{
	struct diag_entry *e;
	char buf[512];
	va_list ap;

	c->errors++;
	e = src_diag(c->t, c->d, DIAG_ERROR, loc, "%s", text);
	src_token(c->t, c->d, e, loc);
	if (hint) {
		va_start(ap, hint);
		vsnprintf(buf, sizeof(buf), hint, ap);
		va_end(ap);
		diag_hint(c->d, e, "%s", buf);
	}
	return e;
}

void ck_warn(struct ck *c, struct sloc loc, const char *fmt, ...)
{
	char buf[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	src_diag(c->t, c->d, DIAG_WARNING, loc, "%s", buf);
}

void ck_advise(struct ck *c, struct sloc loc, const char *fmt, ...)
{
	char buf[512];
	va_list ap;

	if ((c->o->quiet || c->o->interactive) && !c->o->strict)
		return;
	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (c->o->strict)
		c->errors++;
	src_diag(c->t, c->d, c->o->strict ? DIAG_ERROR : DIAG_WARNING, loc,
		 "%s", buf);
}

bool ck_once(struct ck *c, enum ck_once what)
{
	bool first = !(c->once & what);

	c->once |= what;
	return first;
}

void *ck_alloc(struct ck *c, size_t size)
{
	void *p = arena_alloc(c->a, size);

	if (!p)
		c->nomem = true;
	return p;
}

struct setkey_op *ck_op(struct ck *c, enum setkey_op_kind kind)
{
	struct setkey_prog *p = c->p;
	struct setkey_op *op;
	size_t cap;

	if (p->nop == p->cap_op) {
		cap = p->cap_op ? p->cap_op * 2 : 16;
		op = reallocarray(p->op, cap, sizeof(*op));
		if (!op) {
			c->nomem = true;
			return NULL;
		}
		p->op = op;
		p->cap_op = cap;
	}
	op = &p->op[p->nop++];
	*op = (struct setkey_op){ .kind = (uint8_t)kind, .loc = c->st->loc };
	return op;
}

static void exit_stmt(struct ck *c)
{
	ck_op(c, SKOP_EXIT);
}

static void (*const check_stmt[SKW_COUNT])(struct ck *c) = {
	[SKW_ADD] = ck_sa_stmt, [SKW_UPDATE] = ck_sa_stmt,
	[SKW_GET] = ck_sa_stmt, [SKW_DELETE] = ck_sa_stmt,
	[SKW_GETSPI] = ck_sa_stmt, [SKW_DELETEALL] = ck_sa_stmt,
	[SKW_FLUSH] = ck_table_stmt, [SKW_DUMP] = ck_table_stmt,
	[SKW_SPDFLUSH] = ck_table_stmt, [SKW_SPDDUMP] = ck_table_stmt,
	[SKW_SPDADD] = ck_policy_stmt, [SKW_SPDUPDATE] = ck_policy_stmt,
	[SKW_SPDDELETE] = ck_policy_stmt, [SKW_MIGRATE] = ck_migrate_stmt,
	[SKW_SPDHASH] = ck_spdhash_stmt, [SKW_SPDDEFAULT] = ck_spddefault_stmt,
	[SKW_EXIT] = exit_stmt, [SKW_QUIT] = exit_stmt, [SKW_BYE] = exit_stmt,
};

/* One run of setkey_load(). */
struct load {
	struct ck c;
	struct arena *nodes;	/* emptied between statements */
};

#define NODES_MAX (64u * 1024)	/* bytes of nodes kept between statements */

static int load_stmt(void *arg, struct setkey_stmt *st)
{
	struct load *l = arg;

	l->c.st = st;
	check_stmt[st->kind](&l->c);
	if (arena_size(l->nodes) > NODES_MAX)
		arena_reset(l->nodes);
	return l->c.nomem ? -ENOMEM : 0;
}

static struct setkey_prog *prog_new(void)
{
	struct setkey_prog *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->arena = arena_new(0);
	p->keys = arena_new(ARENA_WIPE);
	if (p->arena && p->keys)
		return p;
	setkey_prog_free(p);
	return NULL;
}

void setkey_prog_free(struct setkey_prog *p)
{
	if (!p)
		return;
	arena_free(p->keys);
	arena_free(p->arena);
	free(p->op);
	free(p->uniq);
	free(p);
}

void setkey_renumber(struct setkey_prog *p, uint32_t first)
{
	size_t i;

	for (i = 0; i < p->nuniq; i++)
		p->uniq[i]->reqid += first - SETKEY_UNIQUE_FIRST;
}

static void free_prog(void *arg)
{
	setkey_prog_free(arg);
}

int setkey_prog_append(struct setkey_prog *p, struct setkey_prog *more)
{
	struct xfrm_tmpl **uniq;
	struct setkey_op *op;

	if (arena_cleanup(p->arena, free_prog, more) < 0) {
		setkey_prog_free(more);
		return -ENOMEM;
	}
	if (p->nop && p->op[p->nop - 1].kind == SKOP_EXIT)
		p->nop--;
	op = reallocarray(p->op, p->nop + more->nop + 1, sizeof(*op));
	if (!op)
		return -ENOMEM;
	p->op = op;
	p->cap_op = p->nop + more->nop + 1;
	uniq = reallocarray(p->uniq, p->nuniq + more->nuniq + 1,
			    sizeof(struct xfrm_tmpl *));
	if (!uniq)
		return -ENOMEM;
	p->uniq = uniq;
	p->cap_uniq = p->nuniq + more->nuniq + 1;
	setkey_renumber(more, SETKEY_UNIQUE_FIRST + (uint32_t)p->nuniq);
	if (more->nop)
		memcpy(p->op + p->nop, more->op, more->nop * sizeof(*op));
	if (more->nuniq)
		memcpy(p->uniq + p->nuniq, more->uniq,
		       more->nuniq * sizeof(*uniq));
	p->nop += more->nop;
	p->nuniq += more->nuniq;
	p->own_fwd |= more->own_fwd;
	return ck_own_fwd(p);
}

int setkey_load(struct src_table *t, const struct src *s,
		const struct setkey_check_opts *o, struct diag *d,
		struct setkey_prog **out)
{
	struct load l = {
		.c = { .t = t, .text = s->text, .base = s->base, .d = d,
		       .o = o, .next_uniq = SETKEY_UNIQUE_FIRST },
	};
	int r = -ENOMEM;

	*out = NULL;
	l.c.p = prog_new();
	l.nodes = arena_new(0);
	l.c.scratch = arena_new(0);
	htab_init(&l.c.names, 0);
	if (l.c.p && l.nodes && l.c.scratch) {
		l.c.a = l.c.p->arena;
		r = setkey_parse(t, s, l.nodes, d, load_stmt, &l);
	}
	if (!r && l.c.errors)
		r = XE_CHECK;
	if (!r)
		r = ck_own_fwd(l.c.p);
	ck_names_free(&l.c);
	arena_free(l.nodes);
	src_explain(t, d);
	diag_sort(d);
	if (r && r != XE_PARSE && r != XE_CHECK)
		setkey_prog_free(l.c.p);
	else
		*out = l.c.p;
	return r;
}
