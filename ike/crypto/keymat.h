/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_CRYPTO_KEYMAT_H
#define XT_IKE_CRYPTO_KEYMAT_H

#include "ike/crypto/alg.h"
#include "libxfrm/base/buf.h"
#include "libxfrm/base/secret.h"

/*
 * The key schedule of IKEv1 (RFC 2409 5 and appendix B).  Names are those of
 * the RFC: g^xy the shared secret, Ni_b and Nr_b the bodies of the nonces,
 * CKY-I and CKY-R the cookies, SAi_b and IDii_b payload bodies.  All return 0,
 * -ENOMEM, XE_UNSUPPORTED or XE_CRYPTO (results empty then).
 */
struct ike_v1_keys {
	enum ike_md md;		/* the negotiated hash, whose HMAC is prf */
	enum ike_enc enc;
	uint64_t cky_i, cky_r;
	struct secret skeyid, skeyid_d, skeyid_a, skeyid_e;
	struct secret key;	/* of the cipher, expanded from SKEYID_e */
};

void ike_v1_keys_free(struct ike_v1_keys *k);

/* Phase 1 is over: wipes what it alone needed, SKEYID and SKEYID_e. */
void ike_v1_keys_settle(struct ike_v1_keys *k);

/*
 * SKEYID with a pre-shared key: prf(psk, Ni_b | Nr_b); whoever holds the keys
 * calls it.  nonces is Ni_b | Nr_b.
 */
int ike_v1_skeyid_psk(struct ike_crypto *cr, enum ike_md md,
		      const struct secret *psk, struct cur nonces,
		      struct secret *out);

/* SKEYID with signatures: prf(Ni_b | Nr_b, g^xy) */
int ike_v1_skeyid_sig(struct ike_crypto *cr, enum ike_md md,
		      struct cur ni, struct cur nr, const struct secret *gxy,
		      struct secret *out);

struct ike_v1_keys_in {
	enum ike_md md;
	enum ike_enc enc;
	unsigned int keylen;	/* bits of the key length attribute, or 0 */
	uint64_t cky_i, cky_r;
	const struct secret *skeyid;	/* from above; copied */
	const struct secret *gxy;
};

/*
 * SKEYID_d, SKEYID_a, SKEYID_e from SKEYID (5), and from SKEYID_e the cipher's
 * key, expanded where it is longer (appendix B).  k is freed first: zero it
 * before its first use.
 */
int ike_v1_keys_derive(struct ike_crypto *cr, const struct ike_v1_keys_in *in,
		       struct ike_v1_keys *k);

/*
 * HASH_I and HASH_R (5): prf(SKEYID, g^x | g^y | CKY-x | CKY-y | SAi_b |
 * IDxx_b), all parts in the order of the side that proves itself.  initiator
 * tells which one.  out takes the length of md.
 */
struct ike_v1_auth_in {
	struct cur gxi, gxr;	/* public values as in the KE payloads */
	struct cur sai_b;	/* the body of the initiator's SA payload */
	struct cur id_b;	/* the body of the ID of the proving side */
};
int ike_v1_auth_hash(struct ike_crypto *cr, const struct ike_v1_keys *k,
		     bool initiator, const struct ike_v1_auth_in *in,
		     uint8_t *out);

/* The first IV of phase 1: hash(g^xi | g^xr), cut to the block (app. B). */
int ike_v1_iv_phase1(struct ike_crypto *cr, enum ike_md md, enum ike_enc enc,
		     struct cur gxi, struct cur gxr, uint8_t *iv);

/*
 * The first IV of a later exchange: hash(last phase 1 block | message ID).
 * last is the last cipher text block of phase 1, iv bytes long.
 */
int ike_v1_iv_phase2(struct ike_crypto *cr, enum ike_md md, enum ike_enc enc,
		     const uint8_t *last, uint32_t msgid, uint8_t *iv);

/*
 * HASH(1), (2), (3) of quick mode and the HASH of informational exchanges
 * (5.5, 5.7), out of the length of md:
 *   HASH(1) = prf(SKEYID_a, M-ID | rest), informational likewise
 *   HASH(2) = prf(SKEYID_a, M-ID | Ni_b | rest)
 *   HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b)
 * rest is what follows the HASH payload, headers included, padding not.
 */
int ike_v1_hash1(struct ike_crypto *cr, const struct ike_v1_keys *k,
		 uint32_t msgid, struct cur rest, uint8_t *out);
int ike_v1_hash2(struct ike_crypto *cr, const struct ike_v1_keys *k,
		 uint32_t msgid, struct cur ni, struct cur rest, uint8_t *out);
int ike_v1_hash3(struct ike_crypto *cr, const struct ike_v1_keys *k,
		 uint32_t msgid, struct cur ni, struct cur nr, uint8_t *out);

/*
 * KEYMAT for one SA (5.5): len bytes of prf(SKEYID_d, [g(qm)^xy |] protocol |
 * SPI | Ni_b | Nr_b) expanded.  gxy is NULL without PFS.  spi as in the
 * proposal (the receiver's).  A len of 0 is XE_RANGE.
 */
struct ike_v1_keymat_in {
	const struct secret *gxy;
	uint8_t proto;		/* enum ike_cp_proto */
	struct cur spi;
	struct cur ni, nr;
};
int ike_v1_keymat(struct ike_crypto *cr, const struct ike_v1_keys *k,
		  const struct ike_v1_keymat_in *in, size_t len,
		  struct secret *out);

/*
 * NAT-D (RFC 3947 3.2): hash(CKY-I | CKY-R | IP | port); addr has 4 or 16
 * bytes, port is a number.
 */
int ike_v1_natd(struct ike_crypto *cr, enum ike_md md, uint64_t cky_i,
		uint64_t cky_r, struct cur addr, uint16_t port, uint8_t *out);

#endif
