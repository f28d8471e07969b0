/* SPDX-License-Identifier: BSD-2-Clause */
#include "setkey/sync_plan.h"

#include <stdlib.h>
#include <string.h>
#include "libxfrm/base/err.h"
#include "setkey/renew.h"
#include "setkey/sync_int.h"

bool sync_protects(const struct xfrm_policy *p)
{
	return p->action == XFRM_POLICY_BLOCK || p->ntmpl;
}

static struct sync_step *add_step(struct plan *pl, enum sync_kind kind,
				  enum sync_phase phase, size_t op)
{
	struct sync_plan *o = &pl->out;
	struct sync_step *s;
	size_t cap;

	if (o->nstep == o->cap) {
		cap = o->cap ? o->cap * 2 : 64;
		s = reallocarray(o->step, cap, sizeof(*s));
		if (!s)
			return NULL;
		o->step = s;
		o->cap = cap;
	}
	s = &o->step[o->nstep];
	*s = (struct sync_step){ .kind = kind, .phase = phase, .op = op,
				 .seq = o->nstep++ };
	return s;
}

static void free_steps(void *arg)
{
	struct sync_plan *o = arg;

	free(o->step);
}

/* ---- SAs ----------------------------------------------------------------- */

static int sa_step(struct plan *pl, enum sync_kind kind, enum sync_phase phase,
		   size_t op, const struct xfrm_sa *sa,
		   const struct xfrm_sa *old, uint32_t diff)
{
	struct sync_step *s = add_step(pl, kind, phase, op);

	if (!s)
		return XE_NOMEM;
	s->sa = sa;
	s->old_sa = old;
	s->diff = diff;
	return 0;
}

static struct have_sa *find_sa(struct plan *pl, const struct xfrm_sa *sa)
{
	struct hnode *n = htab_first(&pl->sas, xfrm_sa_hash_id(0, sa));
	struct have_sa *h;

	for (; n; n = htab_next(n)) {
		h = hnode_entry(n, struct have_sa, node);
		if (xfrm_sa_same_id(h->h->sa, sa))
			return h;
	}
	return NULL;
}

static uint64_t kind_hash(uint8_t proto, uint8_t mode, uint32_t reqid)
{
	return hash_mix(0, (uint64_t)reqid << 16 | (unsigned int)proto << 8 |
			mode);
}

static bool is_replaced(const struct plan *pl, uint8_t proto, uint8_t mode,
			uint32_t reqid)
{
	struct hnode *n = htab_first(&pl->kinds, kind_hash(proto, mode, reqid));
	const struct xfrm_sa *sa;

	for (; n; n = htab_next(n)) {
		sa = hnode_entry(n, struct replaced, node)->sa;
		if (sa->proto == proto && sa->mode == mode &&
		    sa->reqid == reqid)
			return true;
	}
	return false;
}

static int note_replaced(struct plan *pl, const struct xfrm_sa *sa)
{
	struct replaced *r = &pl->replaced[pl->nreplaced];

	if (is_replaced(pl, sa->proto, sa->mode, sa->reqid))
		return 0;
	r->sa = sa;
	pl->nreplaced++;
	return htab_add(&pl->kinds, &r->node,
			kind_hash(sa->proto, sa->mode, sa->reqid));
}

static int plan_want_sa(struct plan *pl, const struct sync_want_sa *w)
{
	struct have_sa *h = find_sa(pl, w->sa);
	const struct xfrm_sa *sa;
	uint32_t diff;

	if (!h)
		return sa_step(pl, SYNC_SA_ADD, SYNC_PH_SA_ADD, w->op, w->sa,
			       NULL, 0);
	h->wanted = true;
	diff = xfrm_sa_diff(w->sa, h->h->sa);
	if (!diff) {
		pl->out.same++;
		return 0;
	}
	if (!renew_fixed(w->sa, h->h->sa))
		return sa_step(pl, SYNC_SA_UPDATE, SYNC_PH_SA_CHANGE, w->op,
			       w->sa, h->h->sa, diff);
	sa = renew_sa(pl->arena, w->sa, h->h->sa);
	if (!sa)
		return XE_NOMEM;
	if (note_replaced(pl, h->h->sa) < 0)
		return XE_NOMEM;
	return sa_step(pl, SYNC_SA_REPLACE, SYNC_PH_SA_CHANGE, w->op, sa,
		       h->h->sa, diff);
}

static int plan_sas(struct plan *pl)
{
	const struct sync_input *in = pl->in;
	struct have_sa *h;
	size_t i;
	int r;

	for (i = 0; i < in->nhave_sa; i++) {
		h = &pl->have_sa[i];
		h->h = &in->have_sa[i];
		r = htab_add(&pl->sas, &h->node, xfrm_sa_hash_id(0, h->h->sa));
		if (r < 0)
			return r;
	}
	for (i = 0; i < in->nwant_sa; i++) {
		r = plan_want_sa(pl, &in->want_sa[i]);
		if (r < 0)
			return r;
	}
	for (i = 0; i < in->nhave_sa; i++) {
		h = &pl->have_sa[i];
		if (h->wanted)
			continue;
		if (!h->h->ours) {
			pl->out.others++;
			continue;
		}
		r = sa_step(pl, SYNC_SA_DELETE, SYNC_PH_SA_DELETE, SYNC_NO_OP,
			    NULL, h->h->sa, 0);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- guards --------------------------------------------------------------- */

static int pol_step(struct plan *pl, enum sync_kind kind,
		    enum sync_phase phase, size_t op,
		    const struct xfrm_policy *p, const struct xfrm_policy *old,
		    uint32_t diff, bool temporary)
{
	struct sync_step *s = add_step(pl, kind, phase, op);

	if (!s)
		return XE_NOMEM;
	s->pol = p;
	s->old_pol = old;
	s->diff = diff;
	s->temporary = temporary;
	return 0;
}

/* Will none of the steps to come set it? */
static bool stays_as_is(const struct have_pol *h)
{
	return h->want ? !h->want->diff && !h->want->moved : !h->h->ours;
}

/*
 * While an SA is being replaced, `use` must not mean "in clear"; nor later,
 * when the SA that came serves other policies than the one that went.
 */
static int plan_guard(struct plan *pl, struct have_pol *h)
{
	const struct xfrm_policy *p = h->h->pol;
	struct xfrm_policy *g = NULL;
	struct xfrm_tmpl *t = NULL;
	unsigned int i;
	int r;

	if (p->dir != XFRM_POLICY_OUT)
		return 0;
	for (i = 0; i < p->ntmpl; i++) {
		if (!p->tmpl[i].optional ||
		    !is_replaced(pl, p->tmpl[i].proto, p->tmpl[i].mode,
				 p->tmpl[i].reqid))
			continue;
		if (!g) {
			g = arena_memdup(pl->arena, p, sizeof(*p));
			t = arena_memdup(pl->arena, p->tmpl,
					 p->ntmpl * sizeof(*t));
			if (!g || !t)
				return XE_NOMEM;
			g->tmpl = t;
		}
		t[i].optional = false;
	}
	if (!g)
		return 0;
	h->guarded = true;
	r = pol_step(pl, SYNC_POL_UPDATE, SYNC_PH_GUARD, SYNC_NO_OP, g, p,
		     XPOL_F_TMPL, true);
	if (r < 0 || !stays_as_is(h))
		return r;
	return pol_step(pl, SYNC_POL_UPDATE, SYNC_PH_SETTLE, SYNC_NO_OP, p, g,
			XPOL_F_TMPL, true);
}

/* ---- policies ------------------------------------------------------------- */

/*
 * Level `use` in all its rules: protects only while there is an SA.  While
 * policies change, such a one is held as if it said `require`.
 */
static bool is_soft(const struct xfrm_policy *p)
{
	unsigned int i;

	if (p->action == XFRM_POLICY_BLOCK || !p->ntmpl)
		return false;
	for (i = 0; i < p->ntmpl; i++)
		if (!p->tmpl[i].optional)
			return false;
	return true;
}

/* A copy that requires its SAs. */
static struct xfrm_policy *hardened(struct plan *pl,
				    const struct xfrm_policy *p)
{
	struct xfrm_policy *h = arena_memdup(pl->arena, p, sizeof(*p));
	struct xfrm_tmpl *t;
	unsigned int i;

	if (!h || !p->ntmpl)
		return h;
	t = arena_memdup(pl->arena, p->tmpl, p->ntmpl * sizeof(*t));
	if (!t)
		return NULL;
	for (i = 0; is_soft(p) && i < p->ntmpl; i++)
		t[i].optional = false;
	h->tmpl = t;
	return h;
}

/* Two steps: as it is held, then as it is to be. */
static int emit_pair(struct plan *pl, const struct pol *w,
		     enum sync_phase first, const struct xfrm_policy *held)
{
	uint32_t diff;
	int r;

	if (!held)
		return XE_NOMEM;
	diff = w->old ? xfrm_policy_diff(held, w->old) : 0;
	r = pol_step(pl, w->old ? SYNC_POL_UPDATE : SYNC_POL_ADD, first, w->op,
		     held, w->old, diff, true);
	return r < 0 ? r : pol_step(pl, SYNC_POL_UPDATE, SYNC_PH_SETTLE, w->op,
				    w->p, held, xfrm_policy_diff(w->p, held),
				    false);
}

/* Held a step stronger (a bypass: weaker) than it will be. */
static int emit_staged(struct plan *pl, const struct pol *w,
		       enum sync_phase first)
{
	struct xfrm_policy *s = hardened(pl, w->p);

	if (s && sync_protects(s))
		s->priority--;
	else if (s)
		s->priority++;
	return emit_pair(pl, w, first, s);
}

static int emit_one(struct plan *pl, const struct pol *w,
		    enum sync_phase phase)
{
	return pol_step(pl, w->old ? SYNC_POL_UPDATE : SYNC_POL_ADD, phase,
			w->op, w->p, w->old, w->diff, false);
}

/* One that is soft and changes late must not be soft until then. */
static int harden_old(struct plan *pl, const struct have_pol *have, size_t op)
{
	const struct xfrm_policy *old = have->h->pol;
	struct xfrm_policy *h;

	if (!is_soft(old) || have->guarded)
		return 0;
	h = hardened(pl, old);
	return h ? pol_step(pl, SYNC_POL_UPDATE, SYNC_PH_PROTECT, op, h, old,
			    XPOL_F_TMPL, true) : XE_NOMEM;
}

static int emit_protect(struct plan *pl, const struct pol *w)
{
	bool was = w->old && sync_protects(w->old);
	int r;

	if (w->staged)
		return emit_staged(pl, w, SYNC_PH_PROTECT);
	if (w->settle) {
		r = was ? harden_old(pl, w->have, w->op) : 0;
		return r < 0 ? r : emit_one(pl, w, SYNC_PH_SETTLE);
	}
	if (!is_soft(w->p))
		return emit_one(pl, w, SYNC_PH_PROTECT);
	if (was && !is_soft(w->old) && !w->appended)
		return emit_one(pl, w, SYNC_PH_SETTLE);
	return emit_pair(pl, w, SYNC_PH_PROTECT, hardened(pl, w->p));
}

static int emit_bypass(struct plan *pl, const struct pol *w)
{
	bool was = w->old && sync_protects(w->old);
	int r = 0;

	if (was && w->appended)
		r = harden_old(pl, w->have, w->op);
	if (r < 0)
		return r;
	if (w->staged)
		return emit_staged(pl, w, was ? SYNC_PH_SETTLE : SYNC_PH_DOWN);
	return emit_one(pl, w, w->down ? SYNC_PH_DOWN : SYNC_PH_SETTLE);
}

static int emit_policy(struct plan *pl, const struct pol *w)
{
	if (w->old && !w->diff && !w->moved) {
		pl->out.same++;
		return 0;
	}
	return sync_protects(w->p) ? emit_protect(pl, w) : emit_bypass(pl, w);
}

static int index_policies(struct plan *pl)
{
	const struct sync_input *in = pl->in;
	struct have_pol *h;
	size_t i;
	int r;

	pl->calm = true;
	for (i = 0; i < in->nhave_pol; i++) {
		h = &pl->have_pol[i];
		h->h = &in->have_pol[i];
		pl->calm &= !sync_protects(h->h->pol);
		r = htab_add(&pl->pols, &h->node,
			     xfrm_policy_hash_id(0, h->h->pol));
		if (r < 0)
			return r;
	}
	return 0;
}

static int match_policy(struct plan *pl, struct pol *w)
{
	uint64_t hash = xfrm_policy_hash_id(0, w->p);
	struct have_pol *h;
	struct hnode *n;

	for (n = htab_first(&pl->wanted, hash); n; n = htab_next(n))
		if (xfrm_policy_same_id(hnode_entry(n, struct pol, node)->p,
					w->p))
			return XE_EXISTS;
	for (n = htab_first(&pl->pols, hash); n; n = htab_next(n)) {
		h = hnode_entry(n, struct have_pol, node);
		if (!xfrm_policy_same_id(h->h->pol, w->p))
			continue;
		h->want = w;
		w->have = h;
		w->old = h->h->pol;
		w->pos = h->h->pos;
		w->diff = xfrm_policy_diff(w->p, w->old);
		break;
	}
	return htab_add(&pl->wanted, &w->node, hash);
}

static int drop_policies(struct plan *pl)
{
	struct have_pol *h;
	size_t i;
	int r;

	for (i = 0; i < pl->in->nhave_pol; i++) {
		h = &pl->have_pol[i];
		if (h->want)
			continue;
		if (!h->h->ours) {
			pl->out.others++;
			continue;
		}
		r = harden_old(pl, h, SYNC_NO_OP);
		if (r == 0)
			r = pol_step(pl, SYNC_POL_DELETE,
				     sync_protects(h->h->pol) ?
				     SYNC_PH_REMOVE : SYNC_PH_DOWN, SYNC_NO_OP,
				     NULL, h->h->pol, 0, false);
		if (r < 0)
			return r;
	}
	return 0;
}

static int plan_policies(struct plan *pl, size_t *twice)
{
	const struct sync_input *in = pl->in;
	size_t i;
	int r = index_policies(pl);

	for (i = 0; r == 0 && i < in->nwant_pol; i++) {
		pl->pol[i] = (struct pol){ .p = in->want_pol[i].pol,
			.op = in->want_pol[i].op, .order = i };
		r = match_policy(pl, &pl->pol[i]);
		if (r == XE_EXISTS)
			*twice = pl->pol[i].op;
	}
	if (r == 0)
		r = sync_place(pl, in->nwant_pol);
	for (i = 0; r == 0 && pl->nreplaced && i < in->nhave_pol; i++)
		r = plan_guard(pl, &pl->have_pol[i]);
	for (i = 0; r == 0 && i < in->nwant_pol; i++)
		r = emit_policy(pl, &pl->pol[i]);
	if (r == 0)
		r = drop_policies(pl);
	return r < 0 ? r : sync_note_placed(pl, in->nwant_pol);
}

static int by_phase(const void *va, const void *vb)
{
	const struct sync_step *a = va, *b = vb;

	if (a->phase != b->phase)
		return a->phase < b->phase ? -1 : 1;
	return a->seq < b->seq ? -1 : 1;
}

static int check_sas(const struct sync_input *in, struct arena *a,
		     size_t *twice)
{
	struct have_sa *list = arena_calloc(a, in->nwant_sa + 1,
					    sizeof(*list));
	struct sync_have_sa *refs = arena_calloc(a, in->nwant_sa + 1,
						 sizeof(*refs));
	struct htab t;
	struct hnode *n;
	uint64_t hash;
	size_t i;
	int r = list && refs ? 0 : XE_NOMEM;

	htab_init(&t, 0);
	for (i = 0; r == 0 && i < in->nwant_sa; i++) {
		hash = xfrm_sa_hash_id(0, in->want_sa[i].sa);
		for (n = htab_first(&t, hash); n && r == 0; n = htab_next(n))
			if (xfrm_sa_same_id(hnode_entry(n, struct have_sa,
							node)->h->sa,
					    in->want_sa[i].sa)) {
				*twice = in->want_sa[i].op;
				r = XE_EXISTS;
			}
		refs[i].sa = in->want_sa[i].sa;
		list[i].h = &refs[i];
		if (r == 0)
			r = htab_add(&t, &list[i].node, hash);
	}
	htab_free(&t);
	return r;
}

int sync_plan_make(struct arena *a, const struct sync_input *in,
		   struct sync_plan **out, size_t *twice)
{
	struct plan *pl = arena_alloc(a, sizeof(*pl));
	int r;

	*out = NULL;
	*twice = SYNC_NO_OP;
	if (!pl || arena_cleanup(a, free_steps, &pl->out) < 0)
		return XE_NOMEM;
	pl->arena = a;
	pl->in = in;
	pl->have_sa = arena_calloc(a, in->nhave_sa + 1, sizeof(*pl->have_sa));
	pl->have_pol = arena_calloc(a, in->nhave_pol + 1,
				    sizeof(*pl->have_pol));
	pl->pol = arena_calloc(a, in->nwant_pol + 1, sizeof(*pl->pol));
	pl->replaced = arena_calloc(a, in->nwant_sa + 1,
				    sizeof(*pl->replaced));
	if (!pl->have_sa || !pl->have_pol || !pl->pol || !pl->replaced)
		return XE_NOMEM;
	htab_init(&pl->sas, 0);
	htab_init(&pl->pols, 0);
	htab_init(&pl->wanted, 0);
	htab_init(&pl->kinds, 0);
	r = check_sas(in, a, twice);
	if (r == 0)
		r = plan_sas(pl);
	if (r == 0)
		r = plan_policies(pl, twice);
	htab_free(&pl->sas);
	htab_free(&pl->pols);
	htab_free(&pl->wanted);
	htab_free(&pl->kinds);
	if (r < 0)
		return r;
	if (pl->out.nstep)
		qsort(pl->out.step, pl->out.nstep, sizeof(*pl->out.step),
		      by_phase);
	*out = &pl->out;
	return 0;
}
