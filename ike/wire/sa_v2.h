/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_WIRE_SA_V2_H
#define XT_IKE_WIRE_SA_V2_H

#include "ike/wire/build.h"
#include "ike/wire/sa.h"
#include "libxfrm/base/arena.h"

/*
 * Decodes the body of an IKEv2 SA payload (RFC 7296 3.3).  Proposals are
 * numbered from 1 without gaps.  *out lives in a, its views in body; errors
 * as ike_sa_v1_get().
 */
int ike_sa_v2_get(struct cur body, struct arena *a,
		  struct ike_proposal_set **out);

/* Adds an SA payload with all of set. */
void ike_sa_v2_put(struct ike_build *b, const struct ike_proposal_set *set);

#endif
