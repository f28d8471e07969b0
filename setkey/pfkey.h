/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_PFKEY_H
#define XT_SETKEY_PFKEY_H

#include "libxfrm/base/buf.h"
#include "libxfrm/policy.h"
#include "libxfrm/sa.h"
#include "setkey/out.h"
#include "setkey/show.h"

/*
 * Files of PF_KEY messages (RFC 2367 and the extensions of linux/pfkeyv2.h),
 * as programs of the PF_KEY age left them: `setkey FILE ...` prints the SAs
 * and policies in them.  Numbers are in the byte order of this machine.
 */

/* One message, as far as it says something about an SA or a policy. */
struct pfkey_msg {
	uint8_t type, err, satype;	/* SADB_*, errno, SADB_SATYPE_* */
	uint32_t seq, pid;
	bool has_sa, has_policy;
	uint8_t state;			/* SADB_SASTATE_* */
	struct xfrm_sa sa;		/* borrows from the message */
	struct xfrm_policy pol;
	struct xfrm_tmpl tmpl[XPOL_TMPL_MAX];
};

/*
 * Cuts the next message off c.  1: there is one; 0: end; XE_TRUNC,
 * XE_MALFORMED (not PF_KEY, or a length that cannot be).
 */
int pfkey_next(struct cur *c, struct pfkey_msg *m);

/* Prints it in the form of the dumps; its type alone, if there is nothing. */
void pfkey_show(struct out *o, const struct show *s,
		const struct pfkey_msg *m);

#endif
