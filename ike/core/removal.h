/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_REMOVAL_H
#define XT_IKE_REMOVAL_H

#include "ike/core/engine.h"

/*
 * SAs that somebody wants deleted, thousands perhaps: so many at a time that
 * other events get their turn, and that not all of their messages and kernel
 * requests wait at once.  A few are deleted at once.
 */
struct removal;

/* The end of it: n have gone. */
typedef void removal_fn(struct ike *ike, const struct ike_admin *req,
			size_t n);

/* An empty one with room for the ids of max SAs; NULL: no memory. */
struct removal *removal_new(size_t max);
void removal_add(struct removal *r, uint32_t id);

/*
 * Deletes IKE SAs, child SAs, and tells the peers.  r is taken over; fn (may
 * be NULL) is called with a copy of req, its strings left out.
 */
void removal_sas(struct ike *ike, struct removal *r,
		 const struct ike_admin *req, removal_fn *fn);
void removal_children(struct ike *ike, struct removal *r,
		      const struct ike_admin *req, removal_fn *fn);

/* Forgets what is under way, without telling anybody. */
void removal_free(struct ike *ike);

#endif
