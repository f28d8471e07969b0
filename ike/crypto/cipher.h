/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_CRYPTO_CIPHER_H
#define XT_IKE_CRYPTO_CIPHER_H

#include "ike/crypto/alg.h"
#include "libxfrm/base/buf.h"
#include "libxfrm/base/secret.h"

/*
 * CBC in place over len bytes, a multiple of the block.  iv holds the
 * cipher's iv bytes; afterwards it is the last block of cipher text, with
 * which the next message of the exchange goes on (RFC 2409 appendix B).
 * 0, XE_RANGE (length), XE_KEYLEN, XE_UNSUPPORTED or XE_CRYPTO; data is
 * undefined then.
 */
int ike_cbc_encrypt(struct ike_crypto *cr, enum ike_enc enc,
		    const struct secret *key, uint8_t *iv, uint8_t *data,
		    size_t len);
int ike_cbc_decrypt(struct ike_crypto *cr, enum ike_enc enc,
		    const struct secret *key, uint8_t *iv, uint8_t *data,
		    size_t len);

/*
 * AEAD in place (RFC 5282, RFC 7634).  The nonce is salt and IV, 12 bytes;
 * the tag has IKE_AEAD_TAG bytes.  Opening fails with XE_AUTH when the tag
 * does not fit, and leaves data zeroed.
 */
#define IKE_AEAD_NONCE 12
#define IKE_AEAD_TAG 16
int ike_aead_seal(struct ike_crypto *cr, enum ike_enc enc,
		  const struct secret *key, const uint8_t *nonce,
		  struct cur aad, uint8_t *data, size_t len, uint8_t *tag);
int ike_aead_open(struct ike_crypto *cr, enum ike_enc enc,
		  const struct secret *key, const uint8_t *nonce,
		  struct cur aad, uint8_t *data, size_t len,
		  const uint8_t *tag);

#endif
