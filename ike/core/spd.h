/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_SPD_H
#define XT_IKE_SPD_H

#include "ike/core/kreq.h"
#include "libxfrm/base/htab.h"

/*
 * The policies of the kernel, as far as it told us: found by index, and by
 * direction and selector.
 */
#define SPD_MAX 1000000

struct spd_pol {
	struct hnode by_index, by_sel;
	bool stale;		/* not seen since the resync began */
	bool shaped;		/* counted in a shape */
	/* a struct kpol with memory for its ntmpl templates only */
	_Alignas(struct kpol) unsigned char pol[];
};

/*
 * The lengths of prefixes that outbound transport policies have, and how many
 * policies have them: few, so that a policy around some traffic is found by
 * trying them.  What goes beyond SPD_SHAPES_MAX is found by its own selector
 * only.
 */
#define SPD_SHAPES_MAX 64
struct spd_shape {
	uint8_t family, splen, dplen;
	uint32_t n;
};

struct spd {
	struct htab index, sel;
	uint64_t seed;
	unsigned int nshape;
	struct spd_shape shape[SPD_SHAPES_MAX];
};

void spd_init(struct spd *s, uint64_t seed);
void spd_free(struct spd *s);

/* Takes in or replaces a policy (same index, or same place). */
int spd_put(struct spd *s, const struct kpol *pol);

/* Forgets it, by index or, when that is 0, by direction and selector. */
void spd_del(struct spd *s, const struct kpol *pol);
void spd_flush(struct spd *s);

/* A dump begins; at its end what it did not show is forgotten. */
void spd_mark(struct spd *s);
void spd_sweep(struct spd *s);

/* What is returned has ntmpl templates, and no memory for more: do not copy. */
const struct kpol *spd_by_index(const struct spd *s, uint32_t index);
/* Is it there, and was it shown by a dump that has begun? */
bool spd_has(const struct spd *s, uint32_t index);
const struct kpol *spd_by_sel(const struct spd *s, enum kdir dir,
			      const struct xsel *sel);

/*
 * The outbound policy, all transport mode, that covers sel: the one that
 * counts first, of these the narrowest; NULL when there is none.
 */
const struct kpol *spd_cover(const struct spd *s, const struct xsel *sel);

/* The selector of traffic in the other direction. */
struct xsel spd_reverse(const struct xsel *sel);

/* Walks all: *pos = 0, *cursor = NULL first; NULL at the end. */
const struct kpol *spd_walk(const struct spd *s, size_t *pos,
			    struct hnode **cursor);

/* The outermost template that is a tunnel; NULL: all are transport mode. */
const struct ktmpl *spd_tunnel(const struct kpol *pol);

#endif
