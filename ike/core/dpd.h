/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_DPD_H
#define XT_IKE_DPD_H

#include "ike/core/sa.h"

/* Dead peer detection (RFC 3706), liveness checks of IKEv2. */
void dpd_init(struct ike_sa *sa);

/* Established, or configured anew: probes from time to time. */
void dpd_start(struct ike *ike, struct ike_sa *sa);

/*
 * The peer answered a probe with number seq.  False if that is none we wait
 * for: old, or a replay.
 */
bool dpd_answer(struct ike *ike, struct ike_sa *sa, uint32_t seq);

#endif
