/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_RETIRE_H
#define XT_IKE_RETIRE_H

#include "ike/core/child.h"

/*
 * A child SA that has a successor stays until the peer no longer sends with
 * it and does with the new one: the counters of both inbound SAs tell.  A
 * tunnel without traffic gives no proof; there it goes after the peer has
 * certainly given up repeating its last message.  (A delete is sent once and
 * may get lost: by then nobody misses the SA.)
 */
#define RETIRE_POLL 5		/* seconds between looks */

void retire_init(struct ike_child *c);
void retire_begin(struct ike *ike, struct ike_child *old,
		  struct ike_child *by);

/* Its renewal failed: try again soon. */
void retire_retry(struct ike *ike, struct ike_child *old);

#endif
