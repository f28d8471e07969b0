/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_WIRE_SA_V1_H
#define XT_IKE_WIRE_SA_V1_H

#include "ike/wire/build.h"
#include "ike/wire/sa.h"
#include "libxfrm/base/arena.h"

/*
 * Decodes the body of an SA payload of phase 1 (phase = 1: ISAKMP proposals,
 * each a suite of its own) or of a quick mode (phase = 2: AH, ESP, IPComp).  *out and its
 * arrays live in a, its views in body.  Attributes that are unknown or odd
 * flag their transform (IKE_TF_*) and fail nothing; structure that does not
 * add up is XE_TRUNC, XE_TRAILING or XE_MALFORMED, a count over its limit
 * XE_LIMIT, another DOI or situation XE_UNSUPPORTED (with doi and situation
 * of *out telling which; *out is set in this case too).
 */
int ike_sa_v1_get(struct cur body, int phase, struct arena *a,
		  struct ike_proposal_set **out);

/*
 * Adds an SA payload with all of set, for an initiator.  Attributes are
 * written from the fields in the order of the reference: life type and
 * duration, then for phase 1 cipher, key length, authentication, hash, group,
 * for phase 2 mode, key length, authentication, group.  Durations over 65535
 * take the 4-byte form.  A transform that has attrs is written with just these.
 */
void ike_sa_v1_put(struct ike_build *b, int phase,
		   const struct ike_proposal_set *set);

/* A responder's choice: of the suite s, transform t[i] of the i-th proposal. */
#define IKE_MAX_SUITE 4		/* AH, ESP, IPComp and one to spare */
struct ike_choice {
	struct ike_suite s;
	size_t t[IKE_MAX_SUITE];
	struct cur spi[IKE_MAX_SUITE];	/* our SPIs, empty in phase 1 */
};

/*
 * Adds an SA payload that holds the choice only: numbers and attributes are
 * echoed byte by byte, SPIs are ours.
 */
void ike_sa_v1_put_choice(struct ike_build *b,
			  const struct ike_proposal_set *set,
			  const struct ike_choice *choice);

/*
 * Finds what a responder chose in what we offered: its answer must begin with
 * one suite of one transform each.  Others are ignored: with IPComp, strongSwan
 * 5.9 adds the suite without it, and uses the first.  0 with the choice (indices into offer,
 * SPIs into answer); XE_MALFORMED when the answer has not that form;
 * XE_NOTFOUND when we never offered it.  Lifetimes are not compared, as
 * responders change them; fields else are.
 */
int ike_sa_v1_find(const struct ike_proposal_set *offer,
		   const struct ike_proposal_set *answer,
		   struct ike_choice *choice);

/* The same suite, lifetimes aside? */
bool ike_transform_equal(const struct ike_transform *a,
			 const struct ike_transform *b);

#endif
