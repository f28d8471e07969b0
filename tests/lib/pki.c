/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/lib/pki.h"

#include <openssl/bn.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "pki: %s failed\n", what);
	abort();
}

EVP_PKEY *pki_rsa(unsigned int bits, unsigned int e)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *be = BN_new();
	EVP_PKEY *key = NULL;

	must(ctx && be && BN_set_word(be, e) &&
	     EVP_PKEY_keygen_init(ctx) == 1 &&
	     EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) == 1 &&
	     EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, be) == 1 &&
	     EVP_PKEY_generate(ctx, &key) == 1, "RSA key");
	BN_free(be);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

EVP_PKEY *pki_ec(void)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");

	must(key != NULL, "EC key");
	return key;
}

EVP_PKEY *pki_rsa_public(unsigned int bits)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_new(), *e = BN_new();
	OSSL_PARAM *params;
	EVP_PKEY *key = NULL;

	must(ctx && bld && n && e && BN_set_word(e, 65537) &&
	     BN_set_bit(n, (int)bits - 1) && BN_add_word(n, 1) &&
	     OSSL_PARAM_BLD_push_BN(bld, "n", n) == 1 &&
	     OSSL_PARAM_BLD_push_BN(bld, "e", e) == 1, "RSA numbers");
	params = OSSL_PARAM_BLD_to_param(bld);
	must(params && EVP_PKEY_fromdata_init(ctx) == 1 &&
	     EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) == 1,
	     "RSA key");
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	BN_free(n);
	BN_free(e);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static void add_ext(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *ext;
	X509V3_CTX ctx;

	if (!value)
		return;
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	ext = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
	must(ext && X509_add_ext(x, ext, -1) == 1, value);
	X509_EXTENSION_free(ext);
}

static void add_unknown(X509 *x, const char *oid)
{
	X509_EXTENSION *ext;

	if (!oid)
		return;
	ext = X509V3_EXT_nconf(NULL, NULL, oid, "critical,DER:0500");
	must(ext && X509_add_ext(x, ext, -1) == 1, oid);
	X509_EXTENSION_free(ext);
}

static void add_exts(X509 *x, X509 *issuer, const struct pki_spec *s)
{
	const char *bc = s->constraints;

	if (!bc)
		bc = s->ca ? "critical,CA:TRUE" : "CA:FALSE";
	add_ext(x, issuer, NID_basic_constraints, bc);
	add_ext(x, issuer, NID_key_usage, s->usage);
	add_ext(x, issuer, NID_subject_alt_name, s->san);
	add_ext(x, issuer, NID_name_constraints, s->names);
	add_unknown(x, s->unknown);
}

static void add_name(X509_NAME *name, const char *type, const char *value)
{
	must(X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8,
					(const unsigned char *)value, -1, -1,
					0) == 1, value);
}

X509 *pki_cert(const struct pki_spec *s)
{
	X509 *x = X509_new(), *issuer = s->issuer ? s->issuer : x;
	X509_NAME *name;

	must(x && X509_set_version(x, s->v1 ? X509_VERSION_1
					   : X509_VERSION_3) == 1 &&
	     ASN1_INTEGER_set(X509_get_serialNumber(x), s->serial) == 1 &&
	     ASN1_TIME_set(X509_getm_notBefore(x), (time_t)s->from) &&
	     ASN1_TIME_set(X509_getm_notAfter(x), (time_t)s->until) &&
	     X509_set_pubkey(x, s->key) == 1, "certificate");
	name = X509_get_subject_name(x);
	add_name(name, "C", "DE");
	add_name(name, "O", "Test");
	add_name(name, "CN", s->cn);
	must(X509_set_issuer_name(x, X509_get_subject_name(issuer)) == 1,
	     "issuer");
	if (!s->v1)
		add_exts(x, issuer, s);
	must(X509_sign(x, s->issuer_key ? s->issuer_key : s->key,
		       EVP_get_digestbyname(s->md ? s->md : "SHA256")) > 0,
	     "signature");
	return x;
}

X509_CRL *pki_crl(X509 *ca, EVP_PKEY *key, long serial, int64_t from,
		  int64_t until)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *t = ASN1_TIME_set(NULL, (time_t)from);
	ASN1_TIME *next = ASN1_TIME_set(NULL, (time_t)until);
	ASN1_INTEGER *num = ASN1_INTEGER_new();
	X509_REVOKED *rev;

	must(crl && t && next && num &&
	     X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
	     X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca)) == 1 &&
	     X509_CRL_set1_lastUpdate(crl, t) == 1 &&
	     X509_CRL_set1_nextUpdate(crl, next) == 1, "CRL");
	if (serial) {
		rev = X509_REVOKED_new();
		must(rev && ASN1_INTEGER_set(num, serial) == 1 &&
		     X509_REVOKED_set_serialNumber(rev, num) == 1 &&
		     X509_REVOKED_set_revocationDate(rev, t) == 1 &&
		     X509_CRL_add0_revoked(crl, rev) == 1, "revocation");
	}
	must(X509_CRL_sort(crl) == 1 &&
	     X509_CRL_sign(crl, key, EVP_sha256()) > 0, "CRL signature");
	ASN1_TIME_free(t);
	ASN1_TIME_free(next);
	ASN1_INTEGER_free(num);
	return crl;
}

static void put_bio(struct wbuf *w, BIO *bio)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);

	wbuf_put(w, p, (size_t)n);
	BIO_free(bio);
	must(!w->err, "buffer");
}

void pki_put_cert(struct wbuf *w, X509 *x, bool pem)
{
	BIO *bio = BIO_new(BIO_s_mem());

	must(bio && (pem ? PEM_write_bio_X509(bio, x) :
			   i2d_X509_bio(bio, x)) == 1, "write certificate");
	put_bio(w, bio);
}

void pki_put_crl(struct wbuf *w, X509_CRL *crl, bool pem)
{
	BIO *bio = BIO_new(BIO_s_mem());

	must(bio && (pem ? PEM_write_bio_X509_CRL(bio, crl) :
			   i2d_X509_CRL_bio(bio, crl)) == 1, "write CRL");
	put_bio(w, bio);
}

void pki_put_pkcs7(struct wbuf *w, X509 *const *x, size_t n)
{
	BIO *bio = BIO_new(BIO_s_mem());
	PKCS7 *p7 = PKCS7_new();

	must(bio && p7 && PKCS7_set_type(p7, NID_pkcs7_signed) == 1 &&
	     PKCS7_content_new(p7, NID_pkcs7_data) == 1, "PKCS #7");
	for (size_t i = 0; i < n; i++)
		must(PKCS7_add_certificate(p7, x[i]) == 1, "PKCS #7");
	must(i2d_PKCS7_bio(bio, p7) == 1, "write PKCS #7");
	put_bio(w, bio);
	PKCS7_free(p7);
}

void pki_put_key(struct wbuf *w, EVP_PKEY *key, const char *passphrase)
{
	BIO *bio = BIO_new(BIO_s_mem());

	must(bio && PEM_write_bio_PrivateKey(bio, key, passphrase ?
					     EVP_aes_128_cbc() : NULL,
					     (const unsigned char *)passphrase,
					     passphrase ?
					     (int)strlen(passphrase) : 0,
					     NULL, NULL) == 1, "write key");
	put_bio(w, bio);
}

void pki_put_pubkey(struct wbuf *w, EVP_PKEY *key, bool pem)
{
	BIO *bio = BIO_new(BIO_s_mem());

	must(bio && (pem ? PEM_write_bio_PUBKEY(bio, key) :
			   i2d_PUBKEY_bio(bio, key)) == 1, "write key");
	put_bio(w, bio);
}

struct ike_store *pki_store(struct ike_crypto *cr, X509 *anchor)
{
	struct ike_store *s;
	struct wbuf w;

	must(ike_store_new(cr, &s) == 0, "store");
	wbuf_init(&w, 20000);
	pki_put_cert(&w, anchor, true);
	must(ike_store_add_certs(s, wbuf_cur(&w), true, NULL) == 1, "anchor");
	wbuf_free(&w);
	return s;
}
