/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_REFUSE_H
#define XT_SETKEY_REFUSE_H

#include "libxfrm/explain.h"
#include "setkey/run.h"

/* What the user hears when the kernel refuses an operation of a program. */

/*
 * The kernel refused operation number at of the program that runs: counts and
 * reports it, once for an in policy and its fwd twin.
 */
void refuse(struct run *r, size_t at, const struct xmsg_error *e);

/* The same for a failure that is not the kernel's. */
void refuse_own(struct run *r, size_t at, int err);

/* The same with a reason of our own. */
void refuse_why(struct run *r, size_t at, int err, const struct xfrm_why *why);

/*
 * No permission: every further request would hear the same.  Reported in the
 * words that scripts know, and fatal.
 */
void refuse_permission(struct run *r);

/* --json: the messages of a text that was not understood, a line each. */
void refuse_json(struct run *r, const struct diag *d);

#endif
