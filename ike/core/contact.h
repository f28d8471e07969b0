/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_CONTACT_H
#define XT_IKE_CONTACT_H

#include "ike/core/engine.h"

/*
 * Peers that know which SAs they have with us: all others are sent
 * INITIAL-CONTACT with the next IKE SA.
 */
bool contact_known(const struct ike *ike, const struct xaddr *peer);
void contact_add(struct ike *ike, const struct xaddr *peer);

/*
 * An SA with it ended.  When that was the last, the peer may be well and have
 * what we dropped, which its kernel may prefer.
 */
void contact_left(struct ike *ike, const struct xaddr *peer);

/* It is somewhere else now, with the SAs it had. */
void contact_moved(struct ike *ike, const struct xaddr *from,
		   const struct xaddr *to);

void contact_free(struct ike *ike);

#endif
