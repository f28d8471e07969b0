/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/contact.h"

#include <stdlib.h>

#include "ike/core/sa.h"

struct contact {
	struct hnode node;
	struct xaddr addr;
};

static struct contact *find(const struct ike *ike, const struct xaddr *a)
{
	struct hnode *n;

	for (n = htab_first(&ike->contacted, xaddr_hash(ike->seed, a)); n;
	     n = htab_next(n)) {
		struct contact *c = hnode_entry(n, struct contact, node);

		if (xaddr_equal(&c->addr, a))
			return c;
	}
	return NULL;
}

bool contact_known(const struct ike *ike, const struct xaddr *peer)
{
	return find(ike, peer) != NULL;
}

void contact_add(struct ike *ike, const struct xaddr *peer)
{
	struct contact *c = find(ike, peer) ? NULL : malloc(sizeof(*c));

	if (!c)
		return;
	c->addr = *peer;
	if (htab_add(&ike->contacted, &c->node,
		     xaddr_hash(ike->seed, &c->addr)) < 0)
		free(c);
}

void contact_left(struct ike *ike, const struct xaddr *peer)
{
	struct contact *c = find(ike, peer);

	if (!c || sa_peer_next(ike, peer, NULL))
		return;
	htab_del(&ike->contacted, &c->node);
	free(c);
}

void contact_moved(struct ike *ike, const struct xaddr *from,
		   const struct xaddr *to)
{
	if (contact_known(ike, from))
		contact_add(ike, to);
	contact_left(ike, from);
}

void contact_free(struct ike *ike)
{
	struct hnode *cursor = NULL, *n;
	size_t pos = 0;

	while ((n = htab_walk(&ike->contacted, &pos, &cursor)) != NULL) {
		htab_del(&ike->contacted, n);
		free(hnode_entry(n, struct contact, node));
	}
	htab_free(&ike->contacted);
}
