/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_BENCH_ACQUIRE_H
#define XT_BENCH_ACQUIRE_H

#include "libxfrm/addr.h"

/*
 * Sends one packet from local to each of count addresses, first and those
 * that follow it, one after the other, and measures how long after the
 * kernel's acquire the SAs of both directions are there; prints
 *	tunnels N failed N p50 MS p99 MS max MS
 * Run where the daemon's policies are.  0 or a negative error.
 */
int acquire_run(const struct xaddr *local, const struct xaddr *first,
		unsigned int count);

#endif
