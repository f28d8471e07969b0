/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_V1_H
#define XT_IKE_V1_H

struct ike;

/*
 * Teaches an engine IKEv1 (RFC 2407, 2408, 2409).  Call once, right after
 * ike_new(), before the first event.  Returns 0 or XE_LIMIT.
 */
int ike_v1_attach(struct ike *ike);

#endif
