/* SPDX-License-Identifier: BSD-2-Clause */
#include "setkey/sync_state.h"

#include <stdlib.h>
#include <string.h>
#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"
#include "setkey/ask.h"

/* ---- the file -------------------------------------------------------------- */

struct entry {
	struct hnode node;
	const struct xfrm_sa *sa;
	const struct xfrm_policy *pol;
	size_t op;
	bool gone;
};

struct reader {
	struct entry *list;	/* one for each operation */
	struct htab sas, pols;
	struct sync_want *w;
};

static struct entry *find_sa(struct reader *rd, const struct xfrm_sa *sa)
{
	struct hnode *n = htab_first(&rd->sas, xfrm_sa_hash_id(0, sa));
	struct entry *e;

	for (; n; n = htab_next(n)) {
		e = hnode_entry(n, struct entry, node);
		if (!e->gone && xfrm_sa_same_id(e->sa, sa))
			return e;
	}
	return NULL;
}

static struct entry *find_policy(struct reader *rd,
				 const struct xfrm_policy *p)
{
	struct hnode *n = htab_first(&rd->pols, xfrm_policy_hash_id(0, p));
	struct entry *e;

	for (; n; n = htab_next(n)) {
		e = hnode_entry(n, struct entry, node);
		if (!e->gone && xfrm_policy_same_id(e->pol, p))
			return e;
	}
	return NULL;
}

static int read_sa(struct reader *rd, const struct setkey_op *op, size_t i)
{
	struct entry *e = &rd->list[i], *old = find_sa(rd, op->sa);

	if (old && op->kind == SKOP_ADD) {
		rd->w->twice[rd->w->ntwice++] = i;
		return 0;
	}
	if (old)
		old->gone = true;
	e->sa = op->sa;
	e->op = i;
	return htab_add(&rd->sas, &e->node, xfrm_sa_hash_id(0, op->sa));
}

static int read_policy(struct reader *rd, const struct setkey_op *op,
		       size_t i)
{
	struct entry *e = &rd->list[i], *old = find_policy(rd, op->pol);

	if (old && op->kind == SKOP_SPDADD) {
		rd->w->twice[rd->w->ntwice++] = i;
		return 0;
	}
	if (old) { /* keeps its place, as in the kernel */
		old->pol = op->pol;
		return 0;
	}
	e->pol = op->pol;
	e->op = i;
	return htab_add(&rd->pols, &e->node, xfrm_policy_hash_id(0, op->pol));
}

static void drop_sas(struct reader *rd, size_t n, const struct setkey_op *op)
{
	struct entry *e;
	uint8_t proto;
	size_t i;

	for (i = 0; i < n; i++) {
		e = &rd->list[i];
		if (!e->sa)
			continue;
		if (op->kind == SKOP_DELETEALL) {
			e->gone |= ask_deleteall_takes(op->sa, e->sa);
			continue;
		}
		proto = op->filter ? op->filter->proto : 0;
		e->gone |= !proto || e->sa->proto == proto;
	}
}

static void drop_policies(struct reader *rd, size_t n,
			  const struct setkey_op *op)
{
	uint8_t ptype = op->filter && op->filter->has & SKF_PTYPE ?
		op->filter->ptype : XFRM_POLICY_TYPE_MAIN;
	size_t i;

	for (i = 0; i < n; i++)
		if (rd->list[i].pol && rd->list[i].pol->ptype == ptype)
			rd->list[i].gone = true;
}

static int read_op(struct reader *rd, const struct setkey_op *op, size_t i)
{
	struct entry *e;

	switch ((enum setkey_op_kind)op->kind) {
	case SKOP_ADD:
	case SKOP_UPDATE:
		return read_sa(rd, op, i);
	case SKOP_SPDADD:
	case SKOP_SPDUPDATE:
		return read_policy(rd, op, i);
	case SKOP_DELETE:
		e = find_sa(rd, op->sa);
		if (e)
			e->gone = true;
		return 0;
	case SKOP_SPDDELETE:
		e = find_policy(rd, op->pol);
		if (e)
			e->gone = true;
		return 0;
	case SKOP_FLUSH:
	case SKOP_DELETEALL:
		drop_sas(rd, i, op);
		return 0;
	case SKOP_SPDFLUSH:
		drop_policies(rd, i, op);
		return 0;
	case SKOP_SPDHASH:
		rd->w->hash = op->hash;
		rd->w->hash_op = i;
		return 0;
	case SKOP_SPDDEFAULT:
		rd->w->defpol = op->defpol;
		rd->w->defpol_op = i;
		return 0;
	case SKOP_GET:
	case SKOP_DUMP:
	case SKOP_SPDDUMP:
	case SKOP_EXIT:
		return 0;
	case SKOP_GETSPI:
	case SKOP_MIGRATE:
		break;
	}
	return XE_UNSUPPORTED;
}

static int collect(struct arena *a, const struct reader *rd, size_t n)
{
	struct sync_want *w = rd->w;
	const struct entry *e;
	size_t i;

	w->sa = arena_calloc(a, n + 1, sizeof(*w->sa));
	w->pol = arena_calloc(a, n + 1, sizeof(*w->pol));
	if (!w->sa || !w->pol)
		return XE_NOMEM;
	for (i = 0; i < n; i++) {
		e = &rd->list[i];
		if (e->gone)
			continue;
		if (e->sa)
			w->sa[w->nsa++] = (struct sync_want_sa){ e->sa,
								 e->op };
		if (e->pol)
			w->pol[w->npol++] = (struct sync_want_pol){ e->pol,
								    e->op };
	}
	return 0;
}

int sync_want_read(struct arena *a, const struct setkey_prog *p,
		   struct sync_want *w, size_t *bad)
{
	struct reader rd = { .w = w };
	size_t i;
	int r = 0;

	memset(w, 0, sizeof(*w));
	*bad = SYNC_NO_OP;
	w->twice = arena_calloc(a, p->nop + 1, sizeof(*w->twice));
	rd.list = calloc(p->nop + 1, sizeof(*rd.list));
	if (!rd.list || !w->twice) {
		free(rd.list);
		return XE_NOMEM;
	}
	htab_init(&rd.sas, 0);
	htab_init(&rd.pols, 0);
	for (i = 0; r == 0 && i < p->nop; i++) {
		r = read_op(&rd, &p->op[i], i);
		if (r == XE_UNSUPPORTED)
			*bad = i;
	}
	if (r == 0)
		r = collect(a, &rd, p->nop);
	htab_free(&rd.sas);
	htab_free(&rd.pols);
	free(rd.list);
	return r;
}

/* ---- the kernel ------------------------------------------------------------- */

/* What the kernel makes for its own use, or holds for an IKE daemon. */
static bool nobodys_sa(const struct xfrm_sa *sa)
{
	switch (sa->proto) {
	case IPPROTO_ESP:
	case IPPROTO_AH:
	case IPPROTO_COMP:
		return !sa->spi || (!sa->enc.name && !sa->auth.name &&
				    !sa->comp.name);
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		return false;
	}
	return true;
}

/* Entries of the file by their names, to find those that are there already. */
struct wanted_sa {
	struct hnode node;
	const struct xfrm_sa *sa;
};

struct wanted_pol {
	struct hnode node;
	const struct xfrm_policy *pol;
};

struct wanted {
	struct htab sas, pols;
	struct wanted_sa *sa;
	struct wanted_pol *pol;
};

static void wanted_free(struct wanted *t)
{
	htab_free(&t->sas);
	htab_free(&t->pols);
	free(t->sa);
	free(t->pol);
}

static int wanted_init(struct wanted *t, const struct sync_want *w)
{
	size_t i;
	int r = 0;

	htab_init(&t->sas, 0);
	htab_init(&t->pols, 0);
	t->sa = calloc(w->nsa + 1, sizeof(*t->sa));
	t->pol = calloc(w->npol + 1, sizeof(*t->pol));
	if (!t->sa || !t->pol)
		r = XE_NOMEM;
	for (i = 0; r == 0 && i < w->nsa; i++) {
		t->sa[i].sa = w->sa[i].sa;
		r = htab_add(&t->sas, &t->sa[i].node,
			     xfrm_sa_hash_id(0, t->sa[i].sa));
	}
	for (i = 0; r == 0 && i < w->npol; i++) {
		t->pol[i].pol = w->pol[i].pol;
		r = htab_add(&t->pols, &t->pol[i].node,
			     xfrm_policy_hash_id(0, t->pol[i].pol));
	}
	if (r < 0)
		wanted_free(t);
	return r;
}

static const struct xfrm_sa *wanted_sa(const struct wanted *t,
				       const struct xfrm_sa *sa)
{
	struct hnode *n = htab_first(&t->sas, xfrm_sa_hash_id(0, sa));
	const struct xfrm_sa *w;

	for (; n; n = htab_next(n)) {
		w = hnode_entry(n, struct wanted_sa, node)->sa;
		if (xfrm_sa_same_id(w, sa))
			return w;
	}
	return NULL;
}

/* The reqids of plain `unique` are about to change: no policy to share. */
static bool has_plain_unique(const struct xfrm_policy *p)
{
	unsigned int i;

	for (i = 0; i < p->ntmpl; i++)
		if (p->tmpl[i].reqid >= SETKEY_UNIQUE_FIRST)
			return true;
	return false;
}

static const struct xfrm_policy *same_policy(const struct wanted *t,
					     const struct xfrm_policy *p)
{
	struct hnode *n = htab_first(&t->pols, xfrm_policy_hash_id(0, p));
	const struct xfrm_policy *w;

	for (; n; n = htab_next(n)) {
		w = hnode_entry(n, struct wanted_pol, node)->pol;
		if (xfrm_policy_same_id(w, p))
			return xfrm_policy_diff(w, p) || has_plain_unique(w) ?
				       NULL : w;
	}
	return NULL;
}

/* Room for one more. */
static void *grow(void *old, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : 256;
	void *p;

	if (n < *cap)
		return old;
	p = reallocarray(old, more, size);
	if (p)
		*cap = more;
	return p;
}

static int have_sa(void *arg, const struct xfrm_sa *k)
{
	struct xfrm_sa as_asked = *k, *sa = &as_asked;
	struct sync_have *h = arg;
	const struct xfrm_sa *w;
	struct sync_have_sa *e;

	if (nobodys_sa(sa))
		return 0;
	w = wanted_sa(h->wanted, sa);
	/* To ask again for what the kernel has declined changes nothing. */
	if (w && sa->offload.mode == XOFFLOAD_NONE &&
	    sync_own_declined(h->own, w))
		sa->offload = w->offload;
	e = grow(h->sa, h->nsa, &h->cap_sa, sizeof(*e));
	if (!e)
		return XE_NOMEM;
	h->sa = e;
	e += h->nsa;
	e->sa = w && !xfrm_sa_diff(w, sa) ? w : xfrm_sa_dup(h->arena, sa);
	if (!e->sa)
		return XE_NOMEM;
	e->ours = h->purge || sync_own_has_sa(h->own, sa);
	h->nsa++;
	return 0;
}

/* Without its index: by then that may be another policy's. */
static const struct xfrm_policy *copy_policy(struct sync_have *h,
					     const struct xfrm_policy *p)
{
	struct xfrm_policy nameless = *p;

	nameless.index = 0;
	return xfrm_policy_dup(h->arena, &nameless);
}

static int have_policy(void *arg, const struct xfrm_policy *p)
{
	struct sync_have *h = arg;
	struct sync_have_pol *e;
	unsigned int i;

	if (xfrm_policy_is_socket(p))
		return 0;
	e = grow(h->pol, h->npol, &h->cap_pol, sizeof(*e));
	if (!e)
		return XE_NOMEM;
	h->pol = e;
	e += h->npol;
	e->pol = same_policy(h->wanted, p);
	if (!e->pol)
		e->pol = copy_policy(h, p);
	if (!e->pol)
		return XE_NOMEM;
	e->ours = h->purge || sync_own_has_policy(h->own, p);
	e->index = p->index;
	e->pos = sync_own_place(h->own, p);
	h->npol++;
	for (i = 0; i < p->ntmpl; i++)
		if (p->tmpl[i].reqid > h->max_reqid)
			h->max_reqid = p->tmpl[i].reqid;
	return 0;
}

/* Tries again while others change the tables under our eyes. */
#define DUMP_TRIES 5

static int read_tables(struct sync_have *h, struct xfrm_sock *s,
		       struct xmsg_error *e)
{
	int r = XE_INTR, tries;

	for (tries = 0; r == XE_INTR && tries < DUMP_TRIES; tries++) {
		h->nsa = 0;
		r = xfrm_sock_dump_sa(s, NULL, have_sa, h, e);
	}
	if (r < 0)
		return r;
	for (r = XE_INTR, tries = 0; r == XE_INTR && tries < DUMP_TRIES;
	     tries++) {
		h->npol = 0;
		r = xfrm_sock_dump_policy(s, have_policy, h, e);
	}
	return r;
}

int sync_have_read(struct sync_have *h, const struct sync_want *w,
		   struct xfrm_sock *s, struct xmsg_error *e)
{
	struct wanted t;
	int r = wanted_init(&t, w);

	if (r < 0)
		return r;
	h->wanted = &t;
	r = read_tables(h, s, e);
	h->wanted = NULL;
	wanted_free(&t);
	return r;
}

void sync_have_free(struct sync_have *h)
{
	free(h->sa);
	free(h->pol);
}

/* ---- reqids ------------------------------------------------------------------ */

static int by_address(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)*(struct xfrm_tmpl *const *)a;
	uintptr_t y = (uintptr_t)*(struct xfrm_tmpl *const *)b;

	return x < y ? -1 : x > y;
}

static struct xfrm_tmpl *unique_rule(struct setkey_prog *p,
				     const struct xfrm_tmpl *t)
{
	struct xfrm_tmpl **hit = bsearch(&t, p->uniq, p->nuniq,
					 sizeof(*p->uniq), by_address);

	return hit ? *hit : NULL;
}

struct old_pol {
	struct hnode node;
	const struct xfrm_policy *p;
};

static void adopt(struct setkey_prog *p, const struct xfrm_policy *want,
		  const struct htab *t)
{
	struct hnode *n = htab_first(t, xfrm_policy_hash_id(0, want));
	const struct xfrm_policy *old;
	struct xfrm_tmpl *rule;
	unsigned int i;

	for (; n; n = htab_next(n)) {
		old = hnode_entry(n, struct old_pol, node)->p;
		if (!xfrm_policy_same_id(old, want))
			continue;
		for (i = 0; i < want->ntmpl && i < old->ntmpl; i++) {
			rule = unique_rule(p, &want->tmpl[i]);
			if (rule && old->tmpl[i].reqid >= SETKEY_UNIQUE_FIRST)
				rule->reqid = old->tmpl[i].reqid;
		}
	}
}

int sync_adopt_reqids(struct arena *a, struct setkey_prog *p,
		      const struct sync_want *w, const struct sync_have *h)
{
	struct old_pol *list;
	struct htab t;
	size_t i;
	int r = 0;

	if (!p->nuniq)
		return 0;
	list = arena_calloc(a, h->npol + 1, sizeof(*list));
	if (!list)
		return XE_NOMEM;
	if (h->max_reqid >= SETKEY_UNIQUE_FIRST &&
	    h->max_reqid < UINT32_MAX - p->nuniq)
		setkey_renumber(p, h->max_reqid + 1);
	qsort(p->uniq, p->nuniq, sizeof(*p->uniq), by_address);
	htab_init(&t, 0);
	for (i = 0; r == 0 && i < h->npol; i++) {
		list[i].p = h->pol[i].pol;
		r = htab_add(&t, &list[i].node,
			     xfrm_policy_hash_id(0, list[i].p));
	}
	for (i = 0; r == 0 && i < w->npol; i++)
		adopt(p, w->pol[i].pol, &t);
	htab_free(&t);
	return r;
}
