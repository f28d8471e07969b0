/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_BENCH_PEERS_H
#define XT_BENCH_PEERS_H

#include <stdbool.h>

#include "ike/core/ike.h"

/*
 * Many peers in one process: racoon's engine on a real socket, with a
 * racoon.conf of its own, but without a kernel: what it would install is
 * taken as done.  Each peer is a source address; the route that makes all of
 * them local is the caller's business.
 */
struct peers;

/* A tunnel came up, or was given up, between local and remote. */
typedef void peers_event_fn(void *arg, enum ike_evt code,
			    const struct xaddr *local,
			    const struct xaddr *remote);

/*
 * Reads conf_file and binds port 500.  What is wrong goes to stderr; verbose
 * shows the engine's log, too.  0 or a negative error.
 */
int peers_new(struct peers **out, const char *conf_file, bool verbose,
	      peers_event_fn *fn, void *arg);
void peers_free(struct peers *p);	/* NULL is fine */

/*
 * A packet of local wants a tunnel to remote, from the address inner, which
 * local alone uses, to the address target.
 */
int peers_want(struct peers *p, const struct xaddr *local,
	       const struct xaddr *remote, const struct xaddr *inner,
	       const struct xaddr *target);

/* Serves them until peers_stop(), or for ms milliseconds (0: no limit). */
int peers_run(struct peers *p, unsigned int ms);
void peers_stop(struct peers *p);

#endif
