/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_GENPOL_H
#define XT_IKE_GENPOL_H

#include "ike/core/engine.h"

struct ike_child;

/*
 * Policies that racoon makes from what peers propose (generate_policy): those
 * of one selector are there for all child SAs that use it, from the first
 * negotiation to the end of the last SA.  A renewal that fails takes nothing
 * away, and one that succeeds prolongs the policies.
 */
struct genpol {
	struct hnode node;
	struct xsel sel;	/* of outbound traffic */
	uint32_t reqid;
	struct ike_child *users;	/* linked by gen_next; never empty */
};

/* The policies of this outbound selector, or NULL. */
const struct genpol *genpol_find(const struct ike *ike,
				 const struct xsel *sel);

/*
 * c->sel becomes, or is, such a policy, and c a user of it.  reqid counts for
 * new ones.  0, XE_LIMIT, -ENOMEM.
 */
int genpol_join(struct ike *ike, struct ike_child *c, uint32_t reqid);

/* c uses it no more; true: nobody does, and the policies have to go. */
bool genpol_leave(struct ike *ike, struct ike_child *c);

/* The kernel tells of a policy: if it is one of these its users know it now. */
void genpol_seen(struct ike *ike, const struct kpol *pol);

#endif
