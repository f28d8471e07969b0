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

/* What the peer has is not what we have any more. */
void contact_forget(struct ike *ike, const struct xaddr *peer);

void contact_free(struct ike *ike);

#endif
