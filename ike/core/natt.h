/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_NATT_H
#define XT_IKE_NATT_H

#include "ike/core/sa.h"

/* NAT traversal that both versions share. */
#define IKE_PORT 500
#define IKE_NATT_PORT 4500

void natt_init(struct ike_sa *sa);

/* The port we listen on at an address, with or without NAT-T. */
uint16_t natt_local_port(const struct ike *ike, const struct ike_conf *conf,
			 const struct xaddr *addr, bool natt);

/* Is this end of ours on the socket for NAT-T, where IKE has a marker? */
bool natt_port_is(const struct ike *ike, const struct ike_ep *local);

/* Is there a NAT on the way (or shall we pretend there is)? */
static inline bool natt_found(const struct ike_sa *sa)
{
	return sa->natt.local_nat || sa->natt.remote_nat;
}

/* Established: keepalives if we are behind a NAT (RFC 3948 4). */
void natt_start(struct ike *ike, struct ike_sa *sa);

/* As initiator: go on talking port 4500 to 4500 (RFC 3947 4). */
int natt_float(struct ike *ike, struct ike_sa *sa);

/*
 * An authenticated packet came from another port or address than the last
 * ones: when a NAT is on the way the peer is there now.
 */
void natt_moved(struct ike *ike, struct ike_sa *sa,
		const struct ike_packet *pkt);

#endif
