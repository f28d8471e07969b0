/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XFRM_EXPLAIN_H
#define XFRM_EXPLAIN_H

#include "libxfrm/policy.h"
#include "libxfrm/sa.h"
#include "libxfrm/sock.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Why the kernel refused a request: bare error numbers mean different things
 * for different requests, and often a missing module.  Looks at the system
 * (/proc/crypto, capabilities, kernel release) but changes nothing.
 */
struct xfrm_why {
	char text[256];	/* the cause, one line; "" when nothing is known */
	char hint[256];	/* what to do about it, or "" */
};

/* op: XFRM_MSG_* of the request; sa or p as far as it concerned one. */
void xfrm_explain(const struct xmsg_error *e, uint16_t op,
		  const struct xfrm_sa *sa, const struct xfrm_policy *p,
		  struct xfrm_why *why);

/* Why a socket could not be opened: err from xfrm_sock_open(). */
void xfrm_explain_open(int err, struct xfrm_why *why);

/*
 * Does the running kernel have this crypto algorithm, loaded or (needs a
 * modules directory) as a module?  1 yes, 0 no, XE_UNSUPPORTED cannot tell.
 */
int xfrm_have_crypto(const char *kernel_name);

/* May this process change SAs and policies in its network namespace? */
bool xfrm_have_admin(void);

#ifdef __cplusplus
}
#endif

#endif
