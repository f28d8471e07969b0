/* SPDX-License-Identifier: BSD-2-Clause */
#include "setkey/renew.h"

#include <string.h>

/*
 * Packets that may leave between the look at the old SA and its end; what is
 * left out of 2^32 or more numbers hurts nobody.
 */
#define SKIP 0x100000u

/* Fields that, when equal, make two SAs use the same key in the same way. */
#define KEYS (XSA_F_ENC | XSA_F_AUTH | XSA_F_COMP)

uint32_t renew_fixed(const struct xfrm_sa *sa, const struct xfrm_sa *old)
{
	uint32_t diff = xfrm_sa_diff(sa, old) & ~(uint32_t)XSA_F_LIFE;

	if (sa->encap.type == old->encap.type)
		diff &= ~(uint32_t)XSA_F_ENCAP;
	if (sa->coaddr.family && old->coaddr.family)
		diff &= ~(uint32_t)XSA_F_COADDR;
	/* The kernel sets these, but does not clear them. */
	if (sa->out_mark.value || sa->out_mark.mask)
		diff &= ~(uint32_t)XSA_F_OUTMARK;
	if (sa->if_id)
		diff &= ~(uint32_t)XSA_F_IFID;
	return diff;
}

void renew_skip(struct xreplay *r, bool esn)
{
	uint64_t last = esn ? UINT64_MAX : UINT32_MAX;
	uint64_t n = (uint64_t)r->oseq_hi << 32 | r->oseq;

	if (!n)
		return;
	n = n > last - SKIP ? last : n + SKIP;
	r->oseq = (uint32_t)n;
	r->oseq_hi = (uint32_t)(n >> 32);
}

static bool wide(const struct xfrm_sa *sa)
{
	return sa->esn || sa->replay.window > 32;
}

/* Of a window of another size all is taken for seen; false: no memory. */
static bool new_bitmap(struct arena *a, const struct xfrm_sa *sa,
		       const struct xfrm_sa *old, struct xreplay *r)
{
	uint8_t *seen;

	if (wide(sa) == wide(old) &&
	    (!wide(sa) || sa->replay.window == old->replay.window))
		return true;
	r->bitmap_len = wide(sa) ? (r->window + 31) / 32 : 1;
	seen = arena_calloc(a, r->bitmap_len + 1, sizeof(uint32_t));
	if (!seen)
		return false;
	memset(seen, 0xff, r->bitmap_len * sizeof(uint32_t));
	r->bitmap = seen;
	return true;
}

const struct xfrm_sa *renew_sa(struct arena *a, const struct xfrm_sa *sa,
			       const struct xfrm_sa *old)
{
	const struct xreplay *was = &old->replay;
	struct xfrm_sa *new;
	struct xreplay *r;

	if (xfrm_sa_diff(sa, old) & KEYS || !(old->has & XSA_HAS_REPLAY) ||
	    !(was->oseq | was->oseq_hi | was->seq | was->seq_hi))
		return sa;
	new = arena_memdup(a, sa, sizeof(*sa));
	if (!new)
		return NULL;
	new->has |= XSA_HAS_REPLAY;
	r = &new->replay;
	*r = *was;
	r->window = sa->replay.window;
	renew_skip(r, sa->esn);
	/* Linux refuses counters of the direction that there is not. */
	if (sa->dir == XSA_DIR_IN)
		r->oseq = r->oseq_hi = 0;
	if (sa->dir == XSA_DIR_OUT) {
		r->seq = r->seq_hi = 0;
		r->bitmap = NULL;
		r->bitmap_len = 0;
		return new;
	}
	return new_bitmap(a, sa, old, r) ? new : NULL;
}
