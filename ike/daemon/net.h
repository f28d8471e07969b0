/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_NET_H
#define XT_DAEMON_NET_H

#include "ike/core/ike.h"
#include "ike/daemon/codec.h"
#include "ike/daemon/loop.h"

/*
 * IKE's UDP sockets.  The privileged process makes them (net_bind), the other
 * one uses them.  A socket on 0.0.0.0 or :: serves all local addresses: the
 * packet tells which one it came to and goes out from.
 */

/* Makes a socket for b: bound, bypassing IPsec policies. */
int net_bind(const struct bind_req *b, int *fd);

struct net;

#define NET_SOCKETS_MAX 4096
#define NET_LINKS_MAX 65536	/* link-local addresses of ours */

/*
 * A packet came.  p is good until the callback returns, the non-ESP marker is
 * off already.
 */
typedef void net_packet_fn(void *arg, const struct ike_packet *p);

/* A packet from local to remote could not be sent: err is negative. */
typedef void net_failed_fn(void *arg, const struct ike_ep *local,
			   const struct ike_ep *remote, int err);

int net_new(struct net **net, struct loop *loop, net_packet_fn *fn,
	    net_failed_fn *failed, void *arg);
void net_free(struct net *net);	/* closes the sockets; NULL is fine */

/* Takes over fd, a socket of net_bind(b). */
int net_add(struct net *net, const struct bind_req *b, int fd);

/* Is there a socket for b already?  net_prune() then does not close it. */
bool net_keep(struct net *net, const struct bind_req *b);

/* Closes the sockets that were neither added nor kept since the last call. */
void net_prune(struct net *net);

/*
 * All our addresses, of which the link-local ones lose their interface here:
 * packets come without it, and go out by the one that it was, or that the last
 * packet to that address came in by.
 */
void net_links(struct net *net, struct xaddr *v, size_t n);

/*
 * Queues a packet for the socket that fits its local end; what p points at is
 * copied.  It leaves with net_flush() at the latest, many with one system
 * call.  Failures go to the callback, -EADDRNOTAVAIL when there is no such
 * socket.  A full socket buffer drops a packet: IKE repeats.
 */
void net_send(struct net *net, const struct ike_packet *p);

/* Sends what is queued.  How many packets failed since the last call? */
unsigned int net_flush(struct net *net);

#endif
