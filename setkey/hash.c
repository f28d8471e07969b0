/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "setkey/run.h"

/*
 * The kernel hashes policies whose prefixes are at least as long as a
 * threshold (32 and 128 bits unless told otherwise); it keeps the others in
 * trees and lists, where on many kernels each insertion walks all of them.
 * The thresholds here are the longest that leave all but a few of the
 * program's policies hashed: longer prefixes spread better.
 */

/* One in so many policies may stay outside the hash. */
#define OUTLIERS 200

struct lengths {
	uint32_t local[129], remote[129];
	uint32_t count;
};

static bool adds_policy(const struct setkey_op *op)
{
	return op->kind == SKOP_SPDADD || op->kind == SKOP_SPDUPDATE;
}

static void collect(const struct setkey_prog *p, struct lengths *v4,
		    struct lengths *v6)
{
	const struct xsel *sel;
	struct lengths *l;
	size_t i;

	for (i = 0; i < p->nop; i++) {
		if (!adds_policy(&p->op[i]))
			continue;
		sel = &p->op[i].pol->sel;
		if (sel->splen > 128 || sel->dplen > 128)
			continue;
		l = sel->family == AF_INET6 ? v6 : v4;
		l->count++;
		/* Local is the source on the way out, else the destination. */
		if (p->op[i].pol->dir == XFRM_POLICY_OUT) {
			l->local[sel->splen]++;
			l->remote[sel->dplen]++;
		} else {
			l->local[sel->dplen]++;
			l->remote[sel->splen]++;
		}
	}
}

/* Policies with a prefix shorter than bits. */
static uint32_t below(const uint32_t *lengths, unsigned int bits)
{
	uint32_t n = 0;
	unsigned int i;

	for (i = 0; i < bits; i++)
		n += lengths[i];
	return n;
}

static int longest(const uint32_t *lengths, unsigned int bits, uint32_t few)
{
	while (bits && below(lengths, bits) > few)
		bits--;
	return (int)bits;
}

/* The threshold for one side; what the kernel has stays if it is good. */
static int side(const uint32_t *lengths, unsigned int bits, unsigned int now,
		uint32_t few)
{
	if (now <= bits && below(lengths, now) <= few)
		return (int)now;
	return longest(lengths, bits, few);
}

/* Sets the two thresholds of a family unless those it has are good. */
static bool pick(const struct lengths *l, unsigned int bits,
		 unsigned int now_local, unsigned int now_remote, int *local,
		 int *remote)
{
	uint32_t few = l->count / OUTLIERS;
	int new_local, new_remote;

	if (l->count < RUN_HASH_MIN)
		return false;
	new_local = side(l->local, bits, now_local, few);
	new_remote = side(l->remote, bits, now_remote, few);
	if (new_local == (int)now_local && new_remote == (int)now_remote)
		return false;
	*local = new_local;
	*remote = new_remote;
	return true;
}

bool run_pick_hash(const struct setkey_prog *p, const struct xfrm_spdinfo *now,
		   struct setkey_hash *hash)
{
	struct lengths v4 = { 0 }, v6 = { 0 };
	bool r4, r6;
	size_t i;

	*hash = (struct setkey_hash){ -1, -1, -1, -1 };
	for (i = 0; i < p->nop; i++)
		if (p->op[i].kind == SKOP_SPDHASH)
			return false; /* the file knows better */
	collect(p, &v4, &v6);
	r4 = pick(&v4, 32, now->v4_local, now->v4_remote, &hash->v4_local,
		  &hash->v4_remote);
	r6 = pick(&v6, 128, now->v6_local, now->v6_remote, &hash->v6_local,
		  &hash->v6_remote);
	return r4 || r6;
}
