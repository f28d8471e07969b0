/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_GUARD_H
#define XT_IKE_GUARD_H

#include "libxfrm/addr.h"
#include "libxfrm/base/htab.h"

/*
 * What strangers may cost: a token bucket per source (IPv4 address, IPv6 /64)
 * for first packets, and half-open SAs per source and in all.
 */
#define GUARD_SOURCES_MAX 65536	/* tracked; more share one bucket */
#define GUARD_BURST 100		/* first packets at once from one source */
#define GUARD_RATE 20		/* and then per second */
#define GUARD_HALF_MAX 64	/* half-open SAs of one source */
/*
 * Bytes sent to addresses from which nobody has answered yet, above what came
 * from them: aggressive mode cannot do without, and forged sources would make
 * a weapon of it.  Per source and in all: at once, and then per second.
 */
#define GUARD_EXCESS_BURST (64u << 10)
#define GUARD_EXCESS_RATE (4u << 10)
#define GUARD_EXCESS_ALL_BURST (4u << 20)
#define GUARD_EXCESS_ALL_RATE (512u << 10)

struct guard_src {
	struct hnode node;
	struct guard_src *newer, *older;	/* by last use */
	struct xaddr net;
	uint32_t tokens;	/* in thousandths */
	uint32_t half_open;
	uint32_t excess;	/* bytes that may go out */
	uint64_t last, excess_last;
};

struct guard {
	struct htab src;
	struct guard_src *newest, *oldest;
	struct guard_src rest;	/* those there is no room for */
	size_t half_open, half_max;
	uint64_t excess, excess_last;	/* likewise, of all */
	uint64_t seed;
};

void guard_init(struct guard *g, uint64_t seed, size_t half_max, uint64_t now);
void guard_free(struct guard *g);

/*
 * May this source open another SA?  0, or XE_LIMIT: drop its packet.  After 0
 * the SA counts until guard_close() with the same address.
 */
int guard_open(struct guard *g, const struct xaddr *from, uint64_t now);
/* May so many bytes more go there than came from there?  0 or XE_LIMIT. */
int guard_excess(struct guard *g, const struct xaddr *to, size_t bytes,
		 uint64_t now);
void guard_close(struct guard *g, const struct xaddr *from);

#endif
