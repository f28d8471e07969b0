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

/*
 * A packet came.  p is good until the callback returns, the non-ESP marker is
 * off already.
 */
typedef void net_packet_fn(void *arg, const struct ike_packet *p);

int net_new(struct net **net, struct loop *loop, net_packet_fn *fn, void *arg);
void net_free(struct net *net);	/* closes the sockets; NULL is fine */

/* Takes over fd, a socket of net_bind(b). */
int net_add(struct net *net, const struct bind_req *b, int fd);

/* Is there a socket for b already?  net_prune() then does not close it. */
bool net_keep(struct net *net, const struct bind_req *b);

/* Closes the sockets that were neither added nor kept since the last call. */
void net_prune(struct net *net);

/*
 * Sends a packet from the socket that fits its local end.  0, -EADDRNOTAVAIL
 * when there is none, -errno.  A full socket buffer drops it: IKE repeats.
 */
int net_send(struct net *net, const struct ike_packet *p);

#endif
