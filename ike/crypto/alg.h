/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_CRYPTO_ALG_H
#define XT_IKE_CRYPTO_ALG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/wire/names.h"
#include "libxfrm/base/diag.h"

/*
 * The algorithms IKE itself uses, whichever version; those of ESP and AH are
 * the kernel's and live in libxfrm/alg.c.
 */
enum ike_enc {
	IKE_ENC_NONE,
	IKE_ENC_DES,
	IKE_ENC_3DES,
	IKE_ENC_BLOWFISH,
	IKE_ENC_CAST,
	IKE_ENC_IDEA,
	IKE_ENC_AES,
	IKE_ENC_CAMELLIA,
	IKE_ENC_AES_GCM16,	/* IKEv2 only, as all AEAD */
	IKE_ENC_CHACHA20_POLY1305,
	IKE_ENC_COUNT
};

/* A hash stands for its HMAC as PRF too. */
enum ike_md {
	IKE_MD_NONE,
	IKE_MD_MD5,
	IKE_MD_SHA1,
	IKE_MD_SHA256,
	IKE_MD_SHA384,
	IKE_MD_SHA512,
	IKE_MD_COUNT
};

#define IKE_MD_MAX 64		/* bytes of the longest hash */
#define IKE_BLOCK_MAX 16	/* bytes of the longest cipher block */

struct ike_enc_alg {
	enum ike_enc id;
	const char *word;	/* racoon.conf */
	const char *word2;	/* another spelling, or NULL */
	uint16_t v1;		/* enum ike_cp_v1enc, 0 = none */
	uint16_t v2;		/* enum ike_cp_v2encr, 0 = none */
	uint16_t min, max, step, def;	/* key bits */
	bool fixed;		/* no key length attribute, none in config */
	bool aead;
	bool weak;		/* named in warnings, never by default */
	uint8_t block, iv;	/* bytes */
};

struct ike_md_alg {
	enum ike_md id;
	const char *word, *word2;	/* racoon.conf */
	uint16_t v1;		/* enum ike_cp_v1hash */
	uint16_t v2prf;		/* enum ike_cp_v2prf */
	uint16_t v2integ;	/* enum ike_cp_v2integ */
	uint8_t len;		/* bytes of output */
	uint8_t icv;		/* bytes of the v2 integrity check */
	bool weak;
};

/* How a Diffie-Hellman group computes. */
enum ike_group_kind {
	IKE_GROUP_MODP,		/* a safe prime */
	IKE_GROUP_MODP_SUB,	/* RFC 5114: subgroup of prime order */
	IKE_GROUP_ECP,
	IKE_GROUP_X,		/* X25519, X448 */
};

struct ike_group_alg {
	uint16_t id;		/* enum ike_cp_group, both versions */
	const char *word;	/* racoon.conf and strongSwan spelling */
	enum ike_group_kind kind;
	uint16_t bits;		/* of the prime or field */
	uint16_t strength;	/* security bits, SP 800-57 */
	uint16_t public_len;	/* bytes of the KE payload's value */
	uint16_t secret_len;	/* bytes of the shared secret */
	uint16_t seed_len;	/* random bytes a key pair is made from */
	bool weak;
};

/* Lookup by id, NULL for NONE and anything out of range; static. */
const struct ike_enc_alg *ike_enc_alg(enum ike_enc id);
const struct ike_md_alg *ike_md_alg(enum ike_md id);
const struct ike_group_alg *ike_group_alg(uint16_t group);

/* Lookup by codepoint or word; NONE (or NULL) when we have none such. */
enum ike_enc ike_enc_from_v1(uint16_t v1enc);
enum ike_enc ike_enc_from_v2(uint16_t v2encr);
enum ike_enc ike_enc_from_word(const char *word);
enum ike_md ike_md_from_v1(uint16_t v1hash);
enum ike_md ike_md_from_v2prf(uint16_t v2prf);
enum ike_md ike_md_from_word(const char *word);
const struct ike_group_alg *ike_group_from_word(const char *word);

/* Walks the tables: the i-th row, NULL after the last. */
const struct ike_enc_alg *ike_enc_at(size_t i);
const struct ike_md_alg *ike_md_at(size_t i);
const struct ike_group_alg *ike_group_at(size_t i);

/* Whether enc takes keys of that many bits (0 = default or fixed). */
bool ike_enc_keylen_ok(enum ike_enc enc, unsigned int bits);

/* Bytes of key for these bits of the key length attribute (0 = default). */
size_t ike_enc_key_bytes(enum ike_enc enc, unsigned int bits);

/*
 * OpenSSL as one thread uses it: the fetched algorithms, which all threads
 * share, and contexts to work in, which they do not.  Every function of
 * ike/crypto that takes one may be called by one thread at a time per struct;
 * none keeps anything else between calls.
 */
struct ike_crypto;

/*
 * Fetches what the linked OpenSSL has, its legacy provider included where
 * there is one.  An algorithm that is missing is no error.  d (may be NULL)
 * learns what went wrong otherwise.  0, -ENOMEM or XE_CRYPTO.
 */
int ike_crypto_new(struct ike_crypto **out, struct diag *d);

/* One more for another thread, sharing what cr has fetched. */
int ike_crypto_clone(const struct ike_crypto *cr, struct ike_crypto **out);
void ike_crypto_free(struct ike_crypto *cr);

/* What the linked OpenSSL can do; bits 0 = default key length. */
bool ike_enc_available(const struct ike_crypto *cr, enum ike_enc enc);
bool ike_md_available(const struct ike_crypto *cr, enum ike_md md);
bool ike_group_available(const struct ike_crypto *cr, uint16_t group);

/* Cryptographic random bytes from OpenSSL: for the daemon's ops.rng. */
int ike_crypto_random(struct ike_crypto *cr, void *p, size_t len);

/* "OpenSSL 3.0.22 25 Aug 2026", static */
const char *ike_crypto_version(void);

#endif
