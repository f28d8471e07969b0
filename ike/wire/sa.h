/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_WIRE_SA_H
#define XT_IKE_WIRE_SA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/wire/names.h"
#include "libxfrm/base/buf.h"

/*
 * What an SA payload says, in one form for both versions; sa_v1.c and sa_v2.c
 * translate.  The version decides what a transform is:
 *   v1: a whole suite, said by attributes (exactly one is chosen);
 *   v2: one algorithm of one type (one of each type is chosen).
 * Numbers are those of the wire.
 */

#define IKE_MAX_PROPOSALS 64	/* proposal payloads of one SA payload */
#define IKE_MAX_TRANSFORMS 255	/* of one proposal; the count is one byte */
#define IKE_MAX_ALL_TRANSFORMS 1024 /* of one SA payload */
#define IKE_MAX_ATTRS 32	/* of one transform */

/* What is odd about a transform; any of them makes it unacceptable. */
#define IKE_TF_UNKNOWN 0x01	/* attribute class or life type not known */
#define IKE_TF_REPEATED 0x02	/* an attribute twice (except lifetimes) */
#define IKE_TF_BADVALUE 0x04	/* empty, too long, wrong form, life w/o type */

struct ike_transform {
	uint8_t num;		/* v1: transform number */
	uint8_t type;		/* v2: enum ike_cp_ttype; v1: 0 */
	uint16_t id;		/* v1 phase 1: KEY_IKE; else the algorithm */
	uint16_t keylen;	/* bits; 0 = no key length attribute */
	/* v1, phase 1 (0 = absent) */
	uint16_t enc;		/* enum ike_cp_v1enc */
	uint16_t hash;		/* enum ike_cp_v1hash */
	uint16_t auth;		/* phase 1: ike_cp_v1auth; 2: ike_cp_p2auth */
	uint16_t group;		/* enum ike_cp_group; phase 2: PFS */
	uint16_t prf;
	/* v1, phase 2 (0 = absent) */
	uint16_t encap;		/* enum ike_cp_encap */
	uint16_t esn;		/* attribute 11: 1 = 64-bit numbers */
	/* v1, both; has_ tells absence from 0 */
	bool has_seconds, has_kbytes;
	uint64_t seconds, kbytes;
	uint8_t flags;		/* IKE_TF_* */
	uint16_t bad_attr;	/* the first attribute that set a flag */
	struct cur attrs;	/* as received, in order; empty when ours */
};

/*
 * One proposal payload.  In v1, neighbours with the same number belong
 * together (AND: for instance AH and ESP); see ike_suite_next().
 */
struct ike_proposal {
	uint8_t num;
	uint8_t proto;		/* enum ike_cp_proto */
	struct cur spi;
	size_t n;
	struct ike_transform *t;
};

struct ike_proposal_set {
	uint32_t doi, situation; /* v1 */
	struct cur body;	/* as received: SAi_b of RFC 2409 5 */
	size_t n;
	struct ike_proposal *p;
};

/*
 * A suite: the proposals [first, first + n) that stand or fall together.
 * Start with first = n = 0; false when there is none left.
 */
struct ike_suite {
	size_t first, n;
};
bool ike_suite_next(const struct ike_proposal_set *set, struct ike_suite *s);

#endif
