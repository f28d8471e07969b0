/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_SAVE_H
#define XT_SETKEY_SAVE_H

#include "libxfrm/policy.h"
#include "libxfrm/sa.h"
#include "setkey/out.h"

/*
 * SAs and policies as setkey statements that bring them back.  XE_UNSUPPORTED
 * when the language has no words for something: *why tells what it was
 * (static text).
 */

/* An add statement with its newline; nothing is written when it fails. */
int save_sa(struct out *o, const struct xfrm_sa *sa, const char **why);

/*
 * A policy in three parts: what names it (selector, mark …), further
 * extensions, and what stands behind the direction, newline included.  The
 * statement is "spdadd " NAME EXTS " -P " DIR REST.
 */
int save_policy_parts(struct out *name, struct out *exts, struct out *rest,
		      const struct xfrm_policy *p, const char **why);

#endif
