/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_CRYPTO_PRF_H
#define XT_IKE_CRYPTO_PRF_H

#include "ike/crypto/alg.h"
#include "libxfrm/base/buf.h"
#include "libxfrm/base/secret.h"

/*
 * Hash and HMAC over n parts in a row.  out takes the full length of md
 * (ike_md_alg()->len) and may be one of the parts.  0, XE_UNSUPPORTED (not in
 * the linked OpenSSL) or XE_CRYPTO with out zeroed.
 */
int ike_hash(struct ike_crypto *cr, enum ike_md md, const struct cur *parts,
	     size_t n, uint8_t *out);
int ike_prf(struct ike_crypto *cr, enum ike_md md, const struct secret *key,
	    const struct cur *parts, size_t n, uint8_t *out);

/* The same with a key that is no secret (nonces) or lies elsewhere. */
int ike_prf_key(struct ike_crypto *cr, enum ike_md md, struct cur key,
		const struct cur *parts, size_t n, uint8_t *out);

/* The same into a secret, which takes the length of md. */
int ike_prf_secret(struct ike_crypto *cr, enum ike_md md, struct cur key,
		   const struct cur *parts, size_t n, struct secret *out);

/*
 * prf+ of IKEv2 (RFC 7296 2.13): len bytes, at most 255 times the length of
 * md (XE_RANGE).
 */
int ike_prf_plus(struct ike_crypto *cr, enum ike_md md,
		 const struct secret *key, const struct cur *parts, size_t n,
		 size_t len, struct secret *out);

/* Cursors over secrets and arrays, for parts */
struct cur ike_part_secret(const struct secret *s);
#define IKE_PART(array) cur_init(array, sizeof(array))

#endif
