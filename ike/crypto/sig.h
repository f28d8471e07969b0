/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_CRYPTO_SIG_H
#define XT_IKE_CRYPTO_SIG_H

#include "ike/crypto/alg.h"
#include "libxfrm/base/buf.h"
#include "libxfrm/base/diag.h"

/*
 * Keys of signatures.  Both are immutable and counted: hand one to another
 * thread by taking a reference.
 */
struct ike_sig_pub;
struct ike_sig_priv;

enum ike_sig_type {
	IKE_KEY_RSA,
	IKE_KEY_ECDSA,
	IKE_KEY_OTHER,
};

#define IKE_RSA_MIN_BITS 1024	/* below, a key is refused */
#define IKE_RSA_MAX_BITS 16384
#define IKE_RSA_WEAK_BITS 2048	/* below, it is worth a warning */

/*
 * Loads an unencrypted private key in PEM (PKCS #1 or #8) or DER from memory.
 * XE_MALFORMED (not a key), XE_UNSUPPORTED (its kind or size), XE_AUTH (it is
 * encrypted); d learns what is wrong, never with key bytes.
 */
int ike_sig_priv_load(struct ike_crypto *cr, struct cur data,
		     struct ike_sig_priv **out, struct diag *d);
struct ike_sig_priv *ike_sig_priv_ref(struct ike_sig_priv *k);
void ike_sig_priv_free(struct ike_sig_priv *k);
enum ike_sig_type ike_sig_priv_type(const struct ike_sig_priv *k);
unsigned int ike_sig_priv_bits(const struct ike_sig_priv *k);

/* The public half of k; SubjectPublicKeyInfo in DER or PEM; n and e. */
int ike_sig_priv_public(const struct ike_sig_priv *k, struct ike_sig_pub **out);
int ike_sig_pub_load(struct ike_crypto *cr, struct cur data,
		    struct ike_sig_pub **out, struct diag *d);
int ike_sig_pub_rsa(struct ike_crypto *cr, struct cur n, struct cur e,
		   struct ike_sig_pub **out, struct diag *d);
struct ike_sig_pub *ike_sig_pub_ref(struct ike_sig_pub *k);
void ike_sig_pub_free(struct ike_sig_pub *k);
enum ike_sig_type ike_sig_pub_type(const struct ike_sig_pub *k);
unsigned int ike_sig_pub_bits(const struct ike_sig_pub *k);
bool ike_sig_pub_equal(const struct ike_sig_pub *a,
		       const struct ike_sig_pub *b);

/*
 * Signatures of IKEv1 (RFC 2409 5.1): PKCS #1 v1.5 block type 1 over the raw
 * hash, without DigestInfo.  Signing appends to out.  Both need an RSA key
 * (XE_UNSUPPORTED) and a hash of at most IKE_MD_MAX bytes (XE_RANGE).
 *
 * Verifying builds the whole expected block and compares, so that nothing
 * hides in the padding; the signature has to be as long as the modulus and
 * smaller than it; e must be odd and 65537 at least unless small_e allows 3
 * (CVE-2018-16151 and kin).  XE_AUTH when anything differs.
 */
int ike_rsa_v1_sign(struct ike_crypto *cr, const struct ike_sig_priv *k,
		    struct cur hash, struct wbuf *out);
int ike_rsa_v1_verify(struct ike_crypto *cr, const struct ike_sig_pub *k,
		      struct cur hash, struct cur sig, bool small_e);

#endif
