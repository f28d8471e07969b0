/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_SYNC_H
#define XT_SETKEY_SYNC_H

#include <stdbool.h>
#include "setkey/run.h"

/*
 * --sync and --plan: make the kernel equal to a file with few changes, in an
 * order that leaves nothing unprotected (setkey/sync_plan.h).
 */
struct sync_opts {
	bool plan;	/* tell what would be done, touch nothing */
	bool purge;	/* what the file does not have goes, whoever put it
			   there; else only what --sync put there itself */
	const char *dir; /* where the record is kept */
};

#define SYNC_DIR RUNSTATEDIR "/setkey"

/*
 * Carries it out, or prints it (as text, or with r->json as JSON).  Returns 0
 * when the kernel is as the file says, or the plan was told; negative when
 * not: everything has been reported.
 */
int setkey_sync(struct run *r, struct setkey_prog *p,
		const struct sync_opts *o);

#endif
