/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_SYNC_INT_H
#define XT_SETKEY_SYNC_INT_H

#include "libxfrm/base/htab.h"
#include "setkey/sync_plan.h"

/* What sync_plan.c and sync_place.c share: a plan in the making. */

struct have_sa {
	struct hnode node;
	const struct sync_have_sa *h;
	bool wanted;
};

/* SAs that are replaced, one for each kind that rules can ask for. */
struct replaced {
	struct hnode node;
	const struct xfrm_sa *sa;
};

struct pol;

struct have_pol {
	struct hnode node;
	const struct sync_have_pol *h;
	const struct pol *want;	/* what the file says of it, or NULL */
	bool guarded;		/* requires its SAs for the time being */
};

/* A policy of the file and how it gets to its place. */
struct pol {
	struct hnode node;
	const struct xfrm_policy *p;
	const struct xfrm_policy *old;	/* in the kernel, or NULL */
	const struct have_pol *have;	/* likewise */
	uint64_t pos;		/* there */
	size_t op, order;	/* in the file */
	uint32_t diff;
	bool moved;		/* has to go behind others of its priority */
	bool appended;		/* goes behind all others of its priority */
	bool settle;		/* … in the last phase */
	bool down;		/* … when bypasses get weaker */
	bool staged;		/* held stronger (weaker) until then */
};

struct plan {
	struct sync_plan out;
	struct arena *arena;
	const struct sync_input *in;
	struct have_sa *have_sa;
	struct have_pol *have_pol;
	struct pol *pol;
	struct htab sas, pols, wanted, kinds;
	struct replaced *replaced;	/* in kinds */
	size_t nreplaced;
	uint64_t budget;
	bool calm;		/* nothing is protected as yet */
};

/*
 * Fills in moved … staged of the first n policies of the file.  Returns 0 or
 * -ENOMEM.
 */
int sync_place(struct plan *pl, size_t n);

/* Notes in the plan which places indices do not tell; likewise. */
int sync_note_placed(struct plan *pl, size_t n);

#endif
