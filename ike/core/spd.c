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

		if (p->pol.index == index)
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

		if (p->pol.dir == dir && xsel_equal(&p->pol.sel, sel) &&
		    (!best || p->pol.prio < best->pol.prio))
			best = p;
	}
	return best;
}

static void spd_remove(struct spd *s, struct spd_pol *p)
{
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
	p = calloc(1, offsetof(struct spd_pol, pol) + len);
	if (!p)
		return XE_NOMEM;
	memcpy(&p->pol, pol, len);
	r = htab_add(&s->index, &p->by_index, index_hash(s, pol->index));
	if (r < 0)
		goto out;
	r = htab_add(&s->sel, &p->by_sel, sel_hash(s, pol->dir, &pol->sel));
	if (r < 0) {
		htab_del(&s->index, &p->by_index);
		goto out;
	}
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

	return p ? &p->pol : NULL;
}

const struct kpol *spd_by_sel(const struct spd *s, enum kdir dir,
			      const struct xsel *sel)
{
	struct spd_pol *p = find_sel(s, dir, sel);

	return p ? &p->pol : NULL;
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

	return n ? &hnode_entry(n, struct spd_pol, by_index)->pol : NULL;
}

const struct ktmpl *spd_tunnel(const struct kpol *pol)
{
	for (unsigned int i = pol->ntmpl; i > 0; i--)
		if (pol->tmpl[i - 1].mode == KMODE_TUNNEL)
			return &pol->tmpl[i - 1];
	return NULL;
}
