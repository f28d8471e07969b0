/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_CRYPTO_RSAKEY_H
#define XT_IKE_CRYPTO_RSAKEY_H

#include "ike/crypto/alg.h"
#include "libxfrm/base/buf.h"
#include "libxfrm/base/secret.h"

/*
 * An RSA key as its numbers, for plain RSA key files.  Bytes are big endian,
 * without leading zeros; of a public key only the first two are there.
 */
enum ike_rsa_part {
	IKE_RSA_MODULUS,
	IKE_RSA_PUBLIC_EXPONENT,
	IKE_RSA_PRIVATE_EXPONENT,
	IKE_RSA_PRIME1,
	IKE_RSA_PRIME2,
	IKE_RSA_EXPONENT1,
	IKE_RSA_EXPONENT2,
	IKE_RSA_COEFFICIENT,
	IKE_RSA_PARTS
};

struct ike_rsa_numbers {
	bool private;
	unsigned int bits;
	struct secret part[IKE_RSA_PARTS];
};

void ike_rsa_numbers_free(struct ike_rsa_numbers *k);

/*
 * A new key; e is odd and 3 at least, bits are those of ike/crypto/sig.h.
 * XE_RANGE for other values, XE_CRYPTO when it fails.
 */
int ike_rsa_generate(struct ike_crypto *cr, unsigned int bits, uint64_t e,
		     struct ike_rsa_numbers *out);

/*
 * A key to sign with, of its numbers; the primes and what belongs to them may
 * be missing.  XE_MALFORMED, XE_UNSUPPORTED (its size), -ENOMEM.
 */
struct ike_sig_priv;
int ike_rsa_private(struct ike_crypto *cr, const struct ike_rsa_numbers *k,
		    struct ike_sig_priv **out);

/*
 * The numbers of a key in PEM or DER, private or public.  Errors as
 * ike_sig_priv_load(); XE_UNSUPPORTED also for keys that are not RSA.
 */
int ike_rsa_read(struct ike_crypto *cr, struct cur data,
		 struct ike_rsa_numbers *out);

#endif
