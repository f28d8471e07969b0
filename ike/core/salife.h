/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_SALIFE_H
#define XT_IKE_SALIFE_H

struct ike;
struct ike_sa;

/*
 * The life of an established IKE SA: sa_establish(), renewal, expiry, and
 * what changes of configuration and addresses do to it (declared in sa.h).
 */
void salife_init(struct ike_sa *sa);

/* The SA that should have taken over failed: try again soon. */
#define SALIFE_RETRY 5		/* seconds */
void salife_retry(struct ike *ike, struct ike_sa *sa);

/* A child lives by it: it has to have a successor if it is near its end. */
void salife_needed(struct ike *ike, struct ike_sa *sa);

/*
 * The peer has deleted the SA, which says nothing about the children: many
 * peers keep theirs (RFC 2408 lets them), and a delete may have got lost.  So
 * we negotiate them again, under a new SA, unless this one was very short.
 */
#define SALIFE_SHORT 30		/* seconds */
void salife_peer_deleted(struct ike *ike, struct ike_sa *sa);

/* Part of the lifetime after which the two sides renew, in percent. */
#define SALIFE_SOFT_INITIATOR 80
#define SALIFE_SOFT_RESPONDER 90

/* A lifetime in bytes shorter than this would not last for a quick mode. */
#define SALIFE_BYTES_MIN 8192

#endif
