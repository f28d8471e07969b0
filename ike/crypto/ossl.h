/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_CRYPTO_OSSL_H
#define XT_IKE_CRYPTO_OSSL_H

/* What the files of ike/crypto share; nobody else includes this. */

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stdatomic.h>

#include "ike/crypto/alg.h"

#define GROUP_ROWS 24		/* of the table in alg.c */
#define KEY_SIZES 3		/* 128, 192, 256 bits */

/* Numbers of a group, ready for use; which ones depends on its kind. */
struct group_math {
	bool ready;
	BIGNUM *p, *p1;		/* the prime, the prime less one */
	BIGNUM *q, *g;		/* order and generator (MODP_SUB: both) */
	BN_MONT_CTX *mont;
	EC_GROUP *ec;
	BIGNUM *n1;		/* order of the curve less one */
	const char *xname;	/* "X25519", "X448" */
};

/* Fetched once, read by all threads. */
struct ike_fetched {
	atomic_uint refs;
	OSSL_LIB_CTX *lib;
	OSSL_PROVIDER *prov, *legacy;
	EVP_MD *md[IKE_MD_COUNT];
	EVP_MAC *hmac;
	EVP_CIPHER *cipher[IKE_ENC_COUNT][KEY_SIZES];
	struct group_math group[GROUP_ROWS];
};

/* One thread's view. */
struct ike_crypto {
	struct ike_fetched *f;
	EVP_MD_CTX *mdctx;
	EVP_MAC_CTX *hmac[IKE_MD_COUNT];
	EVP_CIPHER_CTX *cipher[IKE_ENC_COUNT];
	EVP_PKEY_CTX *xkeys[2];	/* make keys of X448, X25519 */
	EVP_PKEY *xpeer[2];	/* whose value is the last peer's */
	BN_CTX *bn;
};

/* Keys and certificates live in the library context: they hold on to it. */
struct ike_fetched *ossl_ref(struct ike_fetched *f);
void ossl_unref(struct ike_fetched *f);

/* The numbers of a group, NULL when it is not available. */
const struct group_math *ossl_group(const struct ike_crypto *cr,
				    const struct ike_group_alg *alg);

/* The fetched cipher for a key of that many bytes, or NULL. */
const EVP_CIPHER *ossl_cipher(const struct ike_crypto *cr, enum ike_enc enc,
			      size_t key_bytes);

/* A public key of pkey, which is taken over in any case */
struct ike_sig_pub;
int ossl_pub_new(struct ike_fetched *f, EVP_PKEY *pkey,
		 struct ike_sig_pub **out);

/* Likewise a private key; XE_UNSUPPORTED: its size. */
struct ike_sig_priv;
int ossl_priv_new(struct ike_fetched *f, EVP_PKEY *pkey,
		  struct ike_sig_priv **out);

/* What keys are made of, borrowed */
const EVP_PKEY *ossl_priv_pkey(const struct ike_sig_priv *k);
const EVP_PKEY *ossl_pub_pkey(const struct ike_sig_pub *k);

/* Fill and empty the group table: group.c. */
void ossl_groups_init(struct ike_fetched *f);
void ossl_groups_free(struct ike_fetched *f);

#endif
