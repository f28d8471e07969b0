/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_SYNC_STATE_H
#define XT_SETKEY_SYNC_STATE_H

#include "libxfrm/sock.h"
#include "parser/setkey_check.h"
#include "setkey/sync_own.h"
#include "setkey/sync_plan.h"

/*
 * What a program would leave behind in an empty kernel.  Later statements
 * undo earlier ones (delete, flush); dump and get do nothing.
 */
struct sync_want {
	struct sync_want_sa *sa;
	struct sync_want_pol *pol;
	size_t nsa, npol;
	const struct setkey_hash *hash;		/* the last, or NULL */
	const struct xfrm_defpol *defpol;	/* likewise */
	size_t hash_op, defpol_op;
	size_t *twice, ntwice;	/* operations that add what is there already */
};

/*
 * Lives in a; points into p.  XE_UNSUPPORTED: operation *bad has no place in
 * the description of a state; -ENOMEM.
 */
int sync_want_read(struct arena *a, const struct setkey_prog *p,
		   struct sync_want *w, size_t *bad);

/* What the kernel has, as far as it can be anybody's. */
struct wanted;
struct sync_have {
	struct sync_have_sa *sa;
	struct sync_have_pol *pol;
	size_t nsa, npol, cap_sa, cap_pol;
	struct arena *arena;
	const struct sync_own *own;
	bool purge;
	uint32_t max_reqid;	/* of those that plain `unique` gives */
	struct wanted *wanted;	/* private, while reading */
};

/*
 * Dumps into copies; h->arena, own and purge are set by the caller.  What is
 * as w wants it is no copy but points there: little memory where little is to
 * be done.
 */
int sync_have_read(struct sync_have *h, const struct sync_want *w,
		   struct xfrm_sock *s, struct xmsg_error *e);
void sync_have_free(struct sync_have *h);

/*
 * Plain `unique` rules get the reqids that they have in the kernel, or new
 * ones.
 */
int sync_adopt_reqids(struct arena *a, struct setkey_prog *p,
		      const struct sync_want *w, const struct sync_have *h);

#endif
