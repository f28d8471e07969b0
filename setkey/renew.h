/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_RENEW_H
#define XT_SETKEY_RENEW_H

#include "libxfrm/sa.h"

/* SAs that take the place of others of the same name. */

/*
 * The fields that differ and that XFRM_MSG_UPDSA leaves as they were: bits of
 * enum xsa_field, 0: an update makes old what sa says.
 */
uint32_t renew_fixed(const struct xfrm_sa *sa, const struct xfrm_sa *old);

/*
 * The SA to be added when old has been deleted for it.  With the keys of old
 * it goes on counting where that was: the peer has seen the numbers before,
 * and a counter mode must never use one twice.  sa itself or a copy in a; NULL
 * without memory.
 */
const struct xfrm_sa *renew_sa(struct arena *a, const struct xfrm_sa *sa,
			       const struct xfrm_sa *old);

/*
 * Leaves out of what an SA sends the numbers that it may have used since it
 * was looked at.
 */
void renew_skip(struct xreplay *r, bool esn);

#endif
