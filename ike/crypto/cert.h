/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_CRYPTO_CERT_H
#define XT_IKE_CRYPTO_CERT_H

#include <stdint.h>

#include "libxfrm/base/diag.h"
#include "ike/crypto/sig.h"

/*
 * X.509.  All input is memory: neither files nor the network are touched, and
 * nothing a certificate names is ever fetched.  A certificate is immutable
 * and counted.
 */
struct ike_cert;

#define IKE_CERT_MAX_LEN 16384	/* DER bytes of one certificate */
#define IKE_CRL_MAX_LEN (16 << 20)
#define IKE_CHAIN_MAX 8		/* certificates of a chain, leaf included */

/* From DER; every byte must be used.  XE_RANGE, XE_MALFORMED. */
int ike_cert_parse(struct ike_crypto *cr, struct cur der,
		   struct ike_cert **out);

/*
 * From a file's content, PEM or DER: the first certificate.  d learns what is
 * wrong with it.
 */
int ike_cert_load(struct ike_crypto *cr, struct cur data,
		  struct ike_cert **out, struct diag *d);
/*
 * All of a file's, at most max, in its order; those behind the first that
 * cannot be read are left out.  Errors as ike_cert_load(); *n is 0 then.
 */
int ike_certs_load(struct ike_crypto *cr, struct cur data, size_t max,
		   struct ike_cert **out, size_t *n, struct diag *d);
struct ike_cert *ike_cert_ref(struct ike_cert *c);
void ike_cert_free(struct ike_cert *c);

/*
 * The certificates of a PKCS #7 wrapper in DER, at most max, in its order;
 * those that cannot be read are left out.  XE_RANGE, XE_MALFORMED: it is none;
 * *n is 0 then.
 */
int ike_certs_unwrap(struct ike_crypto *cr, struct cur der, size_t max,
		     struct ike_cert **out, size_t *n);

/* Views that live as long as the certificate */
struct cur ike_cert_der(const struct ike_cert *c);
struct cur ike_cert_subject(const struct ike_cert *c);	/* Name in DER */
struct cur ike_cert_issuer(const struct ike_cert *c);

/*
 * Is issuer the one that signed c?  Names, key usage and the signature itself
 * are looked at; dates and trust are not.
 */
bool ike_cert_issued(const struct ike_cert *issuer, const struct ike_cert *c);
bool ike_cert_self_signed(const struct ike_cert *c);
bool ike_cert_is_ca(const struct ike_cert *c);	/* may it issue others? */

/* The number of a hashed directory's file for the issuer ("%08x.0"). */
uint32_t ike_cert_issuer_hash(const struct ike_cert *c);

/* Its public key, borrowed; NULL when it is of a kind we cannot use. */
struct ike_sig_pub *ike_cert_key(const struct ike_cert *c);

/* Seconds since 1970; far past or future for what does not fit. */
int64_t ike_cert_not_before(const struct ike_cert *c);
int64_t ike_cert_not_after(const struct ike_cert *c);

/* Serial number in hex, appended to out */
int ike_cert_serial(const struct ike_cert *c, struct wbuf *out);

/*
 * Whether the certificate carries an identity: id_type is enum ike_cp_id, data
 * the body of the ID.  DER_ASN1_DN is compared with the subject, RDN by RDN as
 * RFC 5280 7.1 says;
 * FQDN, USER_FQDN and addresses with the subjectAltNames (dNSName, rfc822Name,
 * iPAddress; letters of names in any case, no wildcards).  0, or XE_AUTH;
 * other types are XE_UNSUPPORTED.
 */
int ike_cert_has_id(const struct ike_cert *c, uint8_t id_type,
		    struct cur data);

/* The subjectAltNames as text ("DNS:gw, IP:192.0.2.1"), for messages */
int ike_cert_san_text(const struct ike_cert *c, struct wbuf *out);

/*
 * Trust: CA certificates and CRLs.  Built once, then only read; verifying
 * takes one thread at a time per ike_crypto, any number per store.
 */
struct ike_store;
int ike_store_new(struct ike_crypto *cr, struct ike_store **out);
void ike_store_free(struct ike_store *s);

/*
 * Adds all certificates (or CRLs) of a file's content, PEM or DER; as trusted
 * roots when anchor, else only as links of chains.  Returns how many were
 * added, or negative.  As an anchor, a certificate that is neither a CA's nor
 * self-signed is left out, with a warning.
 */
int ike_store_add_certs(struct ike_store *s, struct cur data, bool anchor,
			struct diag *d);
int ike_store_add_crls(struct ike_store *s, struct cur data, struct diag *d);

/* What verification found, for messages that tell which side must act. */
enum ike_cert_result {
	IKE_CERT_OK,
	IKE_CERT_EXPIRED,
	IKE_CERT_NOT_YET,
	IKE_CERT_UNKNOWN_CA,	/* no chain to a trusted root */
	IKE_CERT_REVOKED,
	IKE_CERT_CRL_MISSING,	/* only when CRLs are required */
	IKE_CERT_CRL_EXPIRED,
	IKE_CERT_BAD_SIGNATURE,
	IKE_CERT_WEAK,		/* key or digest refused by policy */
	IKE_CERT_BAD_USAGE,	/* key usage or CA constraints */
	IKE_CERT_BAD,		/* anything else */
};

struct ike_cert_verdict {
	enum ike_cert_result result;
	unsigned int depth;	/* 0 = the peer's own certificate */
	const char *reason;	/* OpenSSL's words; static */
	bool crl_checked;	/* a CRL was there for the leaf's issuer */
};

#define IKE_VERIFY_CRL_REQUIRED 1 /* a missing CRL is an error */
#define IKE_VERIFY_PINNED 2	/* the leaf is trusted, whoever signed it */

/*
 * Verifies a chain from leaf over links (untrusted, n of them, at most
 * IKE_CHAIN_MAX) and the store's own to a trusted root at the time now
 * (seconds since 1970).  The CRLs of the store are used for the whole chain;
 * one that is missing passes unless flags say otherwise, one that is out of
 * date fails.  0 with v->result IKE_CERT_OK; XE_AUTH with the reason in v;
 * -ENOMEM, XE_CRYPTO.
 */
int ike_cert_verify(struct ike_crypto *cr, const struct ike_store *s,
		    const struct ike_cert *leaf,
		    struct ike_cert *const *links, size_t n, int64_t now,
		    unsigned int flags, struct ike_cert_verdict *v);

/* One line for the log: what to do about a verdict; static. */
const char *ike_cert_result_text(enum ike_cert_result r);

#endif
