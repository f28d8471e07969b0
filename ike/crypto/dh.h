/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_CRYPTO_DH_H
#define XT_IKE_CRYPTO_DH_H

#include "ike/crypto/alg.h"
#include "libxfrm/base/buf.h"
#include "libxfrm/base/secret.h"

/*
 * Diffie-Hellman.  A key pair is made of seed bytes the caller brings, so that
 * the same seed gives the same keys: the engine draws them from its ops.rng.
 * Exponents of safe-prime groups have 2 x the group's strength, rounded up to
 * whole machine words (SP 800-56A 5.6.1.1.1, RFC 3526 8).
 *
 * Key pairs are plain values: what is in *priv is this module's business, and
 * good for any ike_crypto in any thread.
 */
#define IKE_DH_MAX_PUBLIC 1024
#define IKE_DH_MAX_SEED 80

/*
 * The key pair of a group from seed, which has the seed_len bytes of
 * ike_group_alg(): the private half, and the public value, whose public_len
 * bytes are padded to the group's length, in pub.  Costs one exponentiation.
 * 0, XE_UNSUPPORTED (group), XE_RANGE (seed length), XE_CRYPTO or -ENOMEM.
 */
int ike_dh_keygen(struct ike_crypto *cr, uint16_t group,
		  const struct secret *seed, struct secret *priv,
		  uint8_t *pub);

/*
 * Whether a peer's value may be used at all, at no more than the cost of
 * comparisons (and of a curve equation): its length, which for modp may be some
 * leading zeros short; for modp 1 < y < p - 1; for curves a point on the curve.
 * XE_RANGE: length; XE_MALFORMED: the rest.  The engine calls it before it
 * spends a job on the peer.
 */
int ike_dh_check(struct ike_crypto *cr, uint16_t group, struct cur peer);

/*
 * The shared secret with a peer's value, which is checked (ike_dh_check(),
 * and the order of the element in the groups of RFC 5114).  Costs one
 * exponentiation.  The secret is as long as the group says: for curves the x
 * coordinate (RFC 5903 7).  An all-zero result is XE_MALFORMED.
 */
int ike_dh_derive(struct ike_crypto *cr, uint16_t group,
		  const struct secret *priv, struct cur peer,
		  struct secret *out);

/*
 * Both in one, for a responder, who knows the peer's value before its own:
 * public value and shared secret; the private half is gone with the call.
 * Costs two exponentiations.
 */
int ike_dh_both(struct ike_crypto *cr, uint16_t group,
		const struct secret *seed, struct cur peer, uint8_t *pub,
		struct secret *out);

#endif
