/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XFRM_POLICY_STR_H
#define XFRM_POLICY_STR_H

#include "libxfrm/policy.h"

/*
 * The policy language of ipsec_set_policy(3), without selector:
 * "out prio def+5 ipsec esp/transport//require".  For programs; setkey has a
 * grammar of its own that knows places in files.
 *
 * p gets everything but the selector; its family is that of the addresses in
 * the rules, else 0.  At most XPOL_TMPL_MAX rules go to tmpl.  XE_PARSE,
 * XE_RANGE, XE_LIMIT, XE_FAMILY, XE_UNSUPPORTED; *why is then a static text
 * and *at the offset it is about.
 */
int xpolicy_from_text(const char *text, size_t len, struct xfrm_policy *p,
		      struct xfrm_tmpl tmpl[static XPOL_TMPL_MAX],
		      const char **why, size_t *at);

/* And back, with delim before each rule.  Text goes to w. */
void xpolicy_to_text(const struct xfrm_policy *p, const char *delim,
		     struct wbuf *w);

#endif
