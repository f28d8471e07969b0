/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_ASK_H
#define XT_SETKEY_ASK_H

#include "setkey/run.h"

/*
 * The operations that need an answer from the kernel.  Each one is operation
 * number at of the program that runs; what stands before it has been sent.
 * Refusals are reported and 0 returned; negative means that nothing more can
 * work.
 */
int ask_get(struct run *r, size_t at, const struct setkey_op *op);
int ask_getspi(struct run *r, size_t at, const struct setkey_op *op);
int ask_dump(struct run *r, size_t at, const struct setkey_op *op, bool spd);

/* *send: the update says nothing that the kernel would not do. */
int ask_update(struct run *r, size_t at, const struct setkey_op *op,
	       bool *send);

/* Deletes all that match; the deletions are queued in the batch. */
int ask_deleteall(struct run *r, size_t at, const struct setkey_op *op);

/* Is sa one of those that a deleteall of like deletes? */
bool ask_deleteall_takes(const struct xfrm_sa *like,
			 const struct xfrm_sa *sa);

#endif
