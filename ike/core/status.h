/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_STATUS_H
#define XT_IKE_STATUS_H

#include "ike/core/child.h"
#include "ike/core/sa.h"

/*
 * What administrators are shown: rows of SAs, and of tunnels that are down
 * with the reason in words.  Reasons are kept per outbound policy and peer,
 * and for phase 1 per peer (policy 0).  Of peers that the file does not give
 * an address, who may be anybody, only the last IKE_REFUSED_MAX are known.
 */
void status_sa_row(const struct ike_sa *sa, struct ike_sa_row *row,
		   struct wbuf *local_id, struct wbuf *remote_id);
void status_child_row(const struct ike_child *c, struct ike_child_row *row);

void status_sa_down(struct ike *ike, const struct ike_sa *sa);
void status_child_down(struct ike *ike, const struct ike_child *c,
		       const char *why);
void status_policy_down(struct ike *ike, const struct child_want *w,
			const char *why);
void status_sa_up(struct ike *ike, const struct ike_sa *sa);
void status_child_up(struct ike *ike, const struct ike_child *c);

/*
 * Sends an ANS_DOWN for each tunnel that is down, also those that no traffic
 * has asked for; forgets the reasons of what is not configured any more.
 */
void status_answer_down(struct ike *ike, uint32_t admin);

void status_free(struct ike *ike);

#endif
