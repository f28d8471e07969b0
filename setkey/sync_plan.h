/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_SYNC_PLAN_H
#define XT_SETKEY_SYNC_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "libxfrm/base/arena.h"
#include "libxfrm/policy.h"
#include "libxfrm/sa.h"

/*
 * The changes that lead from what the kernel has to what a file says, in an
 * order in which no packet that both protect is ever without protection.
 * Pure: sync.c reads and talks to the kernel.
 */

/* What the file says, in its order. */
struct sync_want_sa {
	const struct xfrm_sa *sa;
	size_t op;		/* operation of the program, for messages */
};
struct sync_want_pol {
	const struct xfrm_policy *pol;
	size_t op;
};

/* What the kernel has. */
struct sync_have_sa {
	const struct xfrm_sa *sa;
	bool ours;		/* may be deleted */
};
struct sync_have_pol {
	const struct xfrm_policy *pol;
	bool ours;
	uint64_t pos;		/* of equal priority, smaller wins */
	uint32_t index;
};

struct sync_input {
	const struct sync_want_sa *want_sa;
	const struct sync_want_pol *want_pol;
	const struct sync_have_sa *have_sa;
	const struct sync_have_pol *have_pol;
	size_t nwant_sa, nwant_pol, nhave_sa, nhave_pol;
};

/*
 * Steps are done phase by phase; after a refusal no later phase may be
 * begun.  The reasoning, for a packet that the old and the new state protect:
 *
 * PROTECT	all protecting policies of the new state come in, none goes:
 *		whatever beat the bypasses of the old state still does.
 * DOWN		bypasses that go or get weaker.
 * REMOVE	protecting policies that go: now all bypasses are of the new
 *		state, or weaker, and all its protecting policies are there,
 *		as strong or stronger.
 * SETTLE	bypasses come in, and whatever was held stronger or weaker for
 *		the time being gets its own place, in the order of the file:
 *		among equal priorities the kernel prefers the older one.
 *
 * SAs come before all of that and go after it.  An SA whose keys change under
 * the same SPI must go before it comes: until SETTLE, policies of the level
 * `use` require it (GUARD).  Such policies are held as if they said `require`,
 * too, from PROTECT to SETTLE when they come, change or go.
 */
enum sync_phase {
	SYNC_PH_SA_ADD,
	SYNC_PH_GUARD,
	SYNC_PH_SA_CHANGE,
	SYNC_PH_PROTECT,
	SYNC_PH_DOWN,
	SYNC_PH_REMOVE,
	SYNC_PH_SETTLE,
	SYNC_PH_SA_DELETE,
};

enum sync_kind {
	SYNC_SA_ADD, SYNC_SA_UPDATE, SYNC_SA_REPLACE, SYNC_SA_DELETE,
	SYNC_POL_ADD, SYNC_POL_UPDATE, SYNC_POL_DELETE,
};

struct sync_step {
	enum sync_kind kind;
	enum sync_phase phase;
	bool temporary;		/* another step on the same entry follows */
	const struct xfrm_sa *sa, *old_sa;
	const struct xfrm_policy *pol, *old_pol;
	uint32_t diff;		/* xsa_field or xpol_field bits that change */
	size_t op;		/* of the program; SYNC_NO_OP for deletions */
	size_t seq;		/* order within the phase */
	/* A replacement, while it is carried out: */
	bool gone;		/* the old SA was not there any more */
	bool lost;		/* the new one was refused, the old one is out */
};
#define SYNC_NO_OP SIZE_MAX

struct sync_plan {
	struct sync_step *step;
	size_t nstep, cap;	/* step is freed with the arena */
	size_t same;		/* entries of the file that are there already */
	size_t others;		/* entries in the kernel that stay as they are */
	/* Policies of the file whose place is not told by their index. */
	const struct xfrm_policy **placed;
	size_t nplaced;
};

/*
 * Computes the plan; it lives in a (with ARENA_WIPE: it points to keys).
 * XE_EXISTS: the file has an entry twice, *twice is the second's op.
 * -ENOMEM.
 */
int sync_plan_make(struct arena *a, const struct sync_input *in,
		   struct sync_plan **out, size_t *twice);

/* Does the policy keep packets from leaving in clear? */
bool sync_protects(const struct xfrm_policy *p);

#endif
