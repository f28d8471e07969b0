/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_MONITOR_H
#define XT_SETKEY_MONITOR_H

#include "libxfrm/sock.h"
#include "setkey/report.h"
#include "setkey/show.h"

/* -x: prints every XFRM event until interrupted. */
struct monitor {
	struct report *rep;
	struct show show;
	bool json;	/* one object a line */
	bool epoch;	/* -xx: seconds since 1970 instead of local time */
	bool hex;	/* -H */
	uint64_t events;
};

/* Returns only when the socket or the output fails: a negative error. */
int monitor_run(struct monitor *m, struct xfrm_sock *s);

#endif
