/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Among policies of equal priority the kernel prefers the one that came
 * first: which of those in the file have to go behind others, and when.
 */
#include <stdlib.h>
#include <string.h>
#include "libxfrm/base/err.h"
#include "setkey/sync_int.h"

/* Comparisons of selectors after which everything counts as overlapping. */
#define OVERLAP_BUDGET 20000000u

static bool port_overlap(uint16_t a, uint16_t am, uint16_t b, uint16_t bm)
{
	return ((a ^ b) & am & bm) == 0;
}

static unsigned int min_u(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Is there a packet that both match?  May say yes when there is none. */
static bool overlap(struct plan *pl, const struct xfrm_policy *a,
		    const struct xfrm_policy *b)
{
	const struct xsel *x = &a->sel, *y = &b->sel;

	pl->budget--;
	return x->family == y->family && a->if_id == b->if_id &&
		((a->mark.value ^ b->mark.value) & a->mark.mask &
		 b->mark.mask) == 0 &&
		xaddr_match(&x->src, &y->src, min_u(x->splen, y->splen)) &&
		xaddr_match(&x->dst, &y->dst, min_u(x->dplen, y->dplen)) &&
		(!x->proto || !y->proto || x->proto == y->proto) &&
		port_overlap(x->sport, x->sport_mask, y->sport,
			     y->sport_mask) &&
		port_overlap(x->dport, x->dport_mask, y->dport,
			     y->dport_mask) &&
		(!x->ifindex || !y->ifindex || x->ifindex == y->ifindex);
}

/* Does it matter which of the two stands first? */
static bool order_matters(struct plan *pl, const struct pol *a,
			  const struct pol *b)
{
	if (!pl->budget)
		return true;
	if (!(xfrm_policy_diff(a->p, b->p) & (XPOL_F_ACTION | XPOL_F_TMPL)))
		return false;
	return overlap(pl, a->p, b->p);
}

static int by_place(const void *va, const void *vb)
{
	const struct pol *a = *(struct pol *const *)va;
	const struct pol *b = *(struct pol *const *)vb;

	if (a->p->dir != b->p->dir)
		return a->p->dir < b->p->dir ? -1 : 1;
	if (a->p->ptype != b->p->ptype)
		return a->p->ptype < b->p->ptype ? -1 : 1;
	if (a->p->priority != b->p->priority)
		return a->p->priority < b->p->priority ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static bool same_group(const struct pol *a, const struct pol *b)
{
	return a->p->dir == b->p->dir && a->p->ptype == b->p->ptype &&
		a->p->priority == b->p->priority;
}

/* What stands before a policy, in its group of equal priority. */
struct before {
	struct pol **tail;	/* those whose place is at the group's end */
	struct pol **kept;	/* those that stay where they are */
	size_t ntail, nkept, nlate;
	uint64_t top;		/* last place of those kept */
};

/* Same priority as it has in the kernel. */
static bool in_place(const struct pol *w)
{
	return w->old && w->old->priority == w->p->priority;
}

/* How w reaches its place, given what stands before it in the file. */
static void place_appended(const struct plan *pl, struct pol *w, bool late,
			   bool settle)
{
	bool was = w->old && sync_protects(w->old);
	bool weaker = w->old && w->p->priority > w->old->priority;

	w->appended = true;
	if (sync_protects(w->p)) {
		if ((was && weaker) || (pl->calm && !w->moved))
			w->settle = true;
		else
			w->settle = w->staged = w->moved || late;
		return;
	}
	w->settle = true;
	w->staged = w->moved;
	if (w->old && !was && weaker && !pl->calm) {
		w->settle = w->staged = settle;
		w->down = !settle;
	}
}

/*
 * Must w go behind one that goes to the end of the group?  And when do those
 * get there?
 */
static void look_at_tail(struct plan *pl, struct pol *w,
			 const struct before *b, bool *late, bool *settle)
{
	size_t j;

	*late = *settle = false;
	if (!in_place(w) && (!b->nlate || pl->calm))
		return; /* goes to the end itself, and nothing waits there */
	for (j = 0; j < b->ntail; j++) {
		if (!pl->budget) {
			*late = *settle = b->nlate;
			w->moved |= in_place(w);
			return;
		}
		if (!order_matters(pl, b->tail[j], w))
			continue;
		w->moved |= in_place(w);
		*late |= b->tail[j]->settle || b->tail[j]->down;
		*settle |= b->tail[j]->settle;
		if (*settle || (w->moved && !b->nlate))
			return;
	}
}

/* Must w go behind one that stays, but further back? */
static bool behind_kept(struct plan *pl, const struct pol *w,
			const struct before *b)
{
	size_t j;

	if (!b->nkept || w->pos >= b->top)
		return false;
	for (j = 0; j < b->nkept; j++)
		if (b->kept[j]->pos > w->pos &&
		    order_matters(pl, b->kept[j], w))
			return true;
	return false;
}

/* One group of equal priority, in file order. */
static void place_group(struct plan *pl, struct pol **g, size_t n,
			struct pol **tail, struct pol **kept)
{
	struct before b = { .tail = tail, .kept = kept };
	bool late, settle;
	struct pol *w;
	size_t i;

	for (i = 0; i < n; i++) {
		w = g[i];
		look_at_tail(pl, w, &b, &late, &settle);
		if (in_place(w) && !w->moved)
			w->moved = behind_kept(pl, w, &b);
		/* nothing is stronger than 0, nothing weaker than the last */
		if (w->moved && w->p->priority ==
		    (sync_protects(w->p) ? 0 : UINT32_MAX))
			w->moved = false;
		if (in_place(w) && !w->moved) {
			kept[b.nkept++] = w;
			b.top = w->pos > b.top ? w->pos : b.top;
			continue;
		}
		place_appended(pl, w, late, settle);
		if (w->staged && sync_protects(w->p) && !w->p->priority)
			w->staged = w->settle = false;
		b.nlate += w->settle || w->down;
		tail[b.ntail++] = w;
	}
}

int sync_place(struct plan *pl, size_t n)
{
	struct pol **list, **tail, **kept;
	size_t i, from;

	pl->budget = OVERLAP_BUDGET;
	list = arena_calloc(pl->arena, n + 1, sizeof(*list));
	tail = arena_calloc(pl->arena, n + 1, sizeof(*tail));
	kept = arena_calloc(pl->arena, n + 1, sizeof(*kept));
	if (!list || !tail || !kept)
		return XE_NOMEM;
	for (i = 0; i < n; i++)
		list[i] = &pl->pol[i];
	qsort(list, n, sizeof(*list), by_place);
	for (from = 0, i = 1; i <= n; i++) {
		if (i < n && same_group(list[i], list[from]))
			continue;
		place_group(pl, list + from, i - from, tail, kept);
		from = i;
	}
	return 0;
}

/* Which phase gives an appended policy its place. */
static enum sync_phase place_phase(const struct pol *w)
{
	if (w->settle)
		return SYNC_PH_SETTLE;
	return w->down ? SYNC_PH_DOWN : SYNC_PH_PROTECT;
}

/*
 * New policies get growing indices, so that these tell their order, unless
 * some were there before or came in several phases.
 */
int sync_note_placed(struct plan *pl, size_t n)
{
	static const enum sync_phase phases[] = {
		SYNC_PH_PROTECT, SYNC_PH_DOWN, SYNC_PH_SETTLE };
	unsigned int seen = 0, k;
	bool note = false;
	const struct pol *w;
	size_t i;

	pl->out.placed = arena_calloc(pl->arena, n + 1,
				      sizeof(*pl->out.placed));
	if (!pl->out.placed)
		return XE_NOMEM;
	for (i = 0; i < n; i++) {
		w = &pl->pol[i];
		if (!w->appended)
			continue;
		seen |= 1u << place_phase(w);
		note |= w->old || w->staged;
	}
	if (!note && (seen & (seen - 1)) == 0)
		return 0;
	for (k = 0; k < 3; k++)
		for (i = 0; i < n; i++) {
			w = &pl->pol[i];
			if (w->appended && place_phase(w) == phases[k])
				pl->out.placed[pl->out.nplaced++] = w->p;
		}
	return 0;
}
