/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_ADDRS_H
#define XT_DAEMON_ADDRS_H

#include <stddef.h>

#include "ike/daemon/loop.h"
#include "libxfrm/addr.h"

/* The addresses of this machine, and their changes (rtnetlink). */
struct addrs;

/* Called with all addresses, which are its to change, after each change. */
typedef void addrs_fn(void *arg, struct xaddr *v, size_t n);

/* Opens the socket: before the sandbox closes.  -errno, -ENOMEM. */
int addrs_open(struct addrs **out, struct loop *loop, addrs_fn *fn,
	       void *arg);
void addrs_close(struct addrs *a);	/* NULL is fine */

/* Reads all addresses; fn is called from the loop when they are there. */
int addrs_read(struct addrs *a);

#endif
