/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_TESTS_PKI_H
#define XT_TESTS_PKI_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "ike/crypto/cert.h"
#include "libxfrm/base/buf.h"

/*
 * Keys, certificates and CRLs made on the spot, for tests.  Everything aborts
 * when it fails.  Times are seconds since 1970.
 */
EVP_PKEY *pki_rsa(unsigned int bits, unsigned int e);
EVP_PKEY *pki_ec(void);
/* An RSA key of any size that nobody has the private half of */
EVP_PKEY *pki_rsa_public(unsigned int bits);

struct pki_spec {
	const char *cn;		/* subject: C=DE, O=Test, CN=… */
	EVP_PKEY *key;		/* the subject's */
	X509 *issuer;		/* NULL: self-signed */
	EVP_PKEY *issuer_key;
	bool ca;
	const char *constraints; /* basicConstraints, instead of ca's */
	const char *usage;	/* keyUsage, NULL = left out */
	const char *san;	/* subjectAltName, NULL = left out */
	const char *names;	/* nameConstraints, NULL = left out */
	const char *unknown;	/* OID of a critical extension of nobody */
	bool v1;		/* X.509 version 1: no extension at all */
	int64_t from, until;
	long serial;
	const char *md;		/* NULL = SHA256 */
};
X509 *pki_cert(const struct pki_spec *s);

/* A CRL of ca that revokes serial (0: none) */
X509_CRL *pki_crl(X509 *ca, EVP_PKEY *key, long serial, int64_t from,
		  int64_t until);

/* A store that trusts anchor alone. */
struct ike_store *pki_store(struct ike_crypto *cr, X509 *anchor);

/* As files have them: appended to w in DER or PEM */
void pki_put_cert(struct wbuf *w, X509 *x, bool pem);
void pki_put_crl(struct wbuf *w, X509_CRL *crl, bool pem);
void pki_put_key(struct wbuf *w, EVP_PKEY *key, const char *passphrase);
/* n certificates in PKCS #7, in this order, DER */
void pki_put_pkcs7(struct wbuf *w, X509 *const *x, size_t n);
void pki_put_pubkey(struct wbuf *w, EVP_PKEY *key, bool pem);

#endif
