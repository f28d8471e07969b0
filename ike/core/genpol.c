/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/genpol.h"

#include <stdlib.h>

#include "ike/core/child.h"
#include "libxfrm/base/err.h"

static struct genpol *find(const struct ike *ike, const struct xsel *sel)
{
	struct hnode *n;

	for (n = htab_first(&ike->genpol, xsel_hash(ike->seed, sel)); n;
	     n = htab_next(n)) {
		struct genpol *g = hnode_entry(n, struct genpol, node);

		if (xsel_equal(&g->sel, sel))
			return g;
	}
	return NULL;
}

const struct genpol *genpol_find(const struct ike *ike, const struct xsel *sel)
{
	return find(ike, sel);
}

int genpol_join(struct ike *ike, struct ike_child *c, uint32_t reqid)
{
	struct genpol *g = find(ike, &c->sel);
	int r;

	if (!g) {
		g = malloc(sizeof(*g));
		if (!g)
			return XE_NOMEM;
		*g = (struct genpol){ .sel = c->sel, .reqid = reqid };
		r = htab_add(&ike->genpol, &g->node,
			     xsel_hash(ike->seed, &g->sel));
		if (r < 0) {
			free(g);
			return r;
		}
	}
	c->gen = g;
	c->gen_next = g->users;
	c->gen_prevp = &g->users;
	if (g->users) {
		g->users->gen_prevp = &c->gen_next;
		c->pol_out = g->users->pol_out;
	}
	g->users = c;
	return child_hash_pol(ike, c);
}

bool genpol_leave(struct ike *ike, struct ike_child *c)
{
	struct genpol *g = c->gen;

	if (!g)
		return false;
	*c->gen_prevp = c->gen_next;
	if (c->gen_next)
		c->gen_next->gen_prevp = c->gen_prevp;
	c->gen = NULL;
	if (g->users)
		return false;
	htab_del(&ike->genpol, &g->node);
	free(g);
	return true;
}

void genpol_seen(struct ike *ike, const struct kpol *pol)
{
	struct genpol *g = pol->dir == KDIR_OUT ? find(ike, &pol->sel) : NULL;

	for (struct ike_child *c = g ? g->users : NULL; c; c = c->gen_next) {
		if (c->pol_out == pol->index)
			continue;
		child_unhash_pol(ike, c);
		c->pol_out = pol->index;
		child_hash_pol(ike, c);
	}
}
