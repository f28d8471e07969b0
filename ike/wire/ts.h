/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_WIRE_TS_H
#define XT_IKE_WIRE_TS_H

#include "ike/wire/build.h"
#include "libxfrm/base/arena.h"

#define IKE_MAX_TS 128		/* selectors of one payload */

/* One traffic selector (RFC 7296 3.13.1), an address range. */
struct ike_ts {
	uint8_t type;		/* enum ike_cp_tstype */
	uint8_t proto;		/* 0 = any */
	uint16_t port_lo, port_hi;
	uint8_t lo[16], hi[16];	/* 4 bytes of them for IPv4 */
};

struct ike_ts_set {
	size_t n;
	struct ike_ts *ts;
};

/*
 * Decodes the body of a TSi or TSr payload.  Selectors of unknown types are
 * left out; lo over hi is XE_MALFORMED; no or too many selectors XE_RANGE and
 * XE_LIMIT.  *out lives in a.
 */
int ike_ts_get(struct cur body, struct arena *a, struct ike_ts_set **out);

/* Adds a TSi or TSr payload. */
void ike_ts_put(struct ike_build *b, uint8_t pld,
		const struct ike_ts_set *set);

#endif
