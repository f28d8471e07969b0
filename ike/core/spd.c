/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/spd.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "libxfrm/base/err.h"

void spd_init(struct spd *s, uint64_t seed)
{
	*s = (struct spd){ .seed = seed };
	htab_init(&s->index, SPD_MAX);
	htab_init(&s->sel, SPD_MAX);
}

static const struct kpol *policy(const struct spd_pol *p)
{
	return (const struct kpol *)p->pol;
}

static uint64_t index_hash(const struct spd *s, uint32_t index)
{
	return hash_mix(s->seed, index);
}

static uint64_t sel_hash(const struct spd *s, enum kdir dir,
			 const struct xsel *sel)
{
	return hash_mix(xsel_hash(s->seed, sel), (uint64_t)dir);
}

static struct spd_pol *find_index(const struct spd *s, uint32_t index)
{
	struct hnode *n;

	for (n = htab_first(&s->index, index_hash(s, index)); n;
	     n = htab_next(n)) {
		struct spd_pol *p = hnode_entry(n, struct spd_pol, by_index);

		if (policy(p)->index == index)
			return p;
	}
	return NULL;
}

/* The policy of that selector; with several, the one that comes first. */
static struct spd_pol *find_sel(const struct spd *s, enum kdir dir,
				const struct xsel *sel)
{
	struct spd_pol *best = NULL;
	struct hnode *n;

	for (n = htab_first(&s->sel, sel_hash(s, dir, sel)); n;
	     n = htab_next(n)) {
		struct spd_pol *p = hnode_entry(n, struct spd_pol, by_sel);

		if (policy(p)->dir == dir && xsel_equal(&policy(p)->sel, sel) &&
		    (!best || policy(p)->prio < policy(best)->prio))
			best = p;
	}
	return best;
}

static bool has_shape(const struct kpol *pol)
{
	return pol->dir == KDIR_OUT && pol->ntmpl && !pol->block &&
	       !spd_tunnel(pol);
}

static struct spd_shape *find_shape(struct spd *s, const struct xsel *sel)
{
	for (unsigned int i = 0; i < s->nshape; i++)
		if (s->shape[i].family == sel->family &&
		    s->shape[i].splen == sel->splen &&
		    s->shape[i].dplen == sel->dplen)
			return &s->shape[i];
	return NULL;
}

static bool shape_add(struct spd *s, const struct kpol *pol)
{
	struct spd_shape *shape;

	if (!has_shape(pol))
		return false;
	shape = find_shape(s, &pol->sel);
	if (!shape && s->nshape < SPD_SHAPES_MAX) {
		shape = &s->shape[s->nshape++];
		*shape = (struct spd_shape){ .family = pol->sel.family,
					     .splen = pol->sel.splen,
					     .dplen = pol->sel.dplen };
	}
	if (shape)
		shape->n++;
	return shape != NULL;
}

static void shape_del(struct spd *s, const struct spd_pol *p)
{
	struct spd_shape *shape = NULL;

	if (p->shaped)
		shape = find_shape(s, &policy(p)->sel);
	if (shape && --shape->n == 0)
		*shape = s->shape[--s->nshape];
}

static void spd_remove(struct spd *s, struct spd_pol *p)
{
	shape_del(s, p);
	htab_del(&s->index, &p->by_index);
	htab_del(&s->sel, &p->by_sel);
	free(p);
}

int spd_put(struct spd *s, const struct kpol *pol)
{
	size_t head = offsetof(struct kpol, tmpl);
	size_t len = head + pol->ntmpl * sizeof(pol->tmpl[0]);
	struct spd_pol *p;
	int r;

	if (pol->ntmpl > KPOL_TMPL_MAX)
		return XE_RANGE;
	p = find_index(s, pol->index);
	if (p)
		spd_remove(s, p);
	/* most policies have one template: the others would cost 300 bytes */
	p = calloc(1, sizeof(*p) + len);
	if (!p)
		return XE_NOMEM;
	memcpy(p->pol, pol, len);
	r = htab_add(&s->index, &p->by_index, index_hash(s, pol->index));
	if (r < 0)
		goto out;
	r = htab_add(&s->sel, &p->by_sel, sel_hash(s, pol->dir, &pol->sel));
	if (r < 0) {
		htab_del(&s->index, &p->by_index);
		goto out;
	}
	p->shaped = shape_add(s, pol);
	return 0;
out:
	free(p);
	return r;
}

void spd_del(struct spd *s, const struct kpol *pol)
{
	struct spd_pol *p;

	p = pol->index ? find_index(s, pol->index) : NULL;
	if (!p)
		p = find_sel(s, pol->dir, &pol->sel);
	if (p)
		spd_remove(s, p);
}

static void spd_drop(struct spd *s, bool stale_only)
{
	struct hnode *cursor = NULL, *n;
	size_t pos = 0;

	while ((n = htab_walk(&s->index, &pos, &cursor)) != NULL) {
		struct spd_pol *p = hnode_entry(n, struct spd_pol, by_index);

		if (p->stale || !stale_only)
			spd_remove(s, p);
	}
}

void spd_flush(struct spd *s)
{
	spd_drop(s, false);
}

void spd_free(struct spd *s)
{
	spd_drop(s, false);
	htab_free(&s->index);
	htab_free(&s->sel);
}

void spd_mark(struct spd *s)
{
	struct hnode *cursor = NULL, *n;
	size_t pos = 0;

	while ((n = htab_walk(&s->index, &pos, &cursor)) != NULL)
		hnode_entry(n, struct spd_pol, by_index)->stale = true;
}

void spd_sweep(struct spd *s)
{
	spd_drop(s, true);
}

const struct kpol *spd_by_index(const struct spd *s, uint32_t index)
{
	struct spd_pol *p = find_index(s, index);

	return p ? policy(p) : NULL;
}

bool spd_has(const struct spd *s, uint32_t index)
{
	const struct spd_pol *p = find_index(s, index);

	return p && !p->stale;
}

const struct kpol *spd_by_sel(const struct spd *s, enum kdir dir,
			      const struct xsel *sel)
{
	struct spd_pol *p = find_sel(s, dir, sel);

	return p ? policy(p) : NULL;
}

/* Protocol and ports as they are, and wider step by step. */
#define WIDENINGS 5

static bool widen(struct xsel *key, const struct xsel *sel, unsigned int step)
{
	bool any_sport = step == 1 || step >= 3;
	bool any_dport = step == 2 || step >= 3;

	if (step == 4 ? !sel->proto
	    : (any_sport && !sel->sport_mask) ||
	      (any_dport && !sel->dport_mask))
		return false;	/* no wider than one before */
	key->proto = step == 4 ? 0 : sel->proto;
	key->sport_mask = any_sport ? 0 : sel->sport_mask;
	key->sport = any_sport ? 0 : sel->sport;
	key->dport_mask = any_dport ? 0 : sel->dport_mask;
	key->dport = any_dport ? 0 : sel->dport;
	return true;
}

static bool covers_better(const struct kpol *a, const struct kpol *b)
{
	if (!b || a->prio != b->prio)
		return !b || a->prio < b->prio;
	return a->sel.splen + a->sel.dplen > b->sel.splen + b->sel.dplen;
}

const struct kpol *spd_cover(const struct spd *s, const struct xsel *sel)
{
	const struct kpol *best = NULL;

	for (unsigned int i = 0; i < s->nshape; i++) {
		const struct spd_shape *shape = &s->shape[i];
		struct xsel key;

		if (shape->family != sel->family ||
		    shape->splen > sel->splen || shape->dplen > sel->dplen)
			continue;
		xsel_init(&key, &sel->src, shape->splen, &sel->dst,
			  shape->dplen);
		xaddr_mask(&key.src, key.splen);
		xaddr_mask(&key.dst, key.dplen);
		for (unsigned int step = 0; step < WIDENINGS; step++) {
			struct spd_pol *p;

			if (!widen(&key, sel, step))
				continue;
			p = find_sel(s, KDIR_OUT, &key);
			if (p && has_shape(policy(p)) &&
			    covers_better(policy(p), best))
				best = policy(p);
		}
	}
	return best;
}

struct xsel spd_reverse(const struct xsel *sel)
{
	struct xsel r = *sel;

	r.src = sel->dst;
	r.dst = sel->src;
	r.splen = sel->dplen;
	r.dplen = sel->splen;
	/* ICMP has type and code there, the same both ways */
	if (!xsel_proto_typed(sel->proto)) {
		r.sport = sel->dport;
		r.sport_mask = sel->dport_mask;
		r.dport = sel->sport;
		r.dport_mask = sel->sport_mask;
	}
	return r;
}

const struct kpol *spd_walk(const struct spd *s, size_t *pos,
			    struct hnode **cursor)
{
	struct hnode *n = htab_walk(&s->index, pos, cursor);

	return n ? policy(hnode_entry(n, struct spd_pol, by_index)) : NULL;
}

const struct ktmpl *spd_tunnel(const struct kpol *pol)
{
	for (unsigned int i = pol->ntmpl; i > 0; i--)
		if (pol->tmpl[i - 1].mode == KMODE_TUNNEL)
			return &pol->tmpl[i - 1];
	return NULL;
}
