/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/crypto/sig.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "ike/crypto/ossl.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/secret.h"

#define KEY_FILE_MAX 65536
#define RSA_E_MIN 65537u

/* Either half: an EVP_PKEY and what we know of it */
struct sig_key {
	atomic_uint refs;
	struct ike_fetched *f;
	EVP_PKEY *pkey;
	enum ike_sig_type type;
	unsigned int bits;
};

struct ike_sig_priv {
	struct sig_key k;
};

struct ike_sig_pub {
	struct sig_key k;
};

static void key_init(struct sig_key *k, struct ike_fetched *f, EVP_PKEY *pkey)
{
	atomic_init(&k->refs, 1);
	k->f = ossl_ref(f);
	k->pkey = pkey;
	k->bits = (unsigned int)EVP_PKEY_get_bits(pkey);
	if (EVP_PKEY_is_a(pkey, "RSA"))
		k->type = IKE_KEY_RSA;
	else if (EVP_PKEY_is_a(pkey, "EC"))
		k->type = IKE_KEY_ECDSA;
	else
		k->type = IKE_KEY_OTHER;
}

const EVP_PKEY *ossl_priv_pkey(const struct ike_sig_priv *k)
{
	return k->k.pkey;
}

const EVP_PKEY *ossl_pub_pkey(const struct ike_sig_pub *k)
{
	return k->k.pkey;
}

/* True when that was the last reference: free what k is part of. */
static bool key_unref(struct sig_key *k)
{
	if (atomic_fetch_sub(&k->refs, 1) != 1)
		return false;
	EVP_PKEY_free(k->pkey);
	ossl_unref(k->f);
	return true;
}

/* Sizes that we work with; others are refused when loaded. */
static bool size_ok(const struct sig_key *k)
{
	return k->type != IKE_KEY_RSA || (k->bits >= IKE_RSA_MIN_BITS &&
					  k->bits <= IKE_RSA_MAX_BITS);
}

static void wrong_size(unsigned int bits, struct diag *d)
{
	diag_add(d, DIAG_ERROR, NULL,
		 "an RSA key of %u bits is not usable: %d to %d bits are",
		 bits, IKE_RSA_MIN_BITS, IKE_RSA_MAX_BITS);
}

/* Asked for a passphrase: there is none, but we remember the question. */
static int no_passphrase(char *buf, int size, int rw, void *arg)
{
	*(bool *)arg = true;
	return -1;
}

static EVP_PKEY *read_priv(struct ike_fetched *f, struct cur data,
			   bool *encrypted)
{
	BIO *bio = BIO_new_mem_buf(data.p, (int)data.left);
	EVP_PKEY *pkey = NULL;

	*encrypted = false;
	if (!bio)
		return NULL;
	pkey = PEM_read_bio_PrivateKey_ex(bio, NULL, no_passphrase, encrypted,
					  f->lib, NULL);
	if (!pkey && !*encrypted && BIO_reset(bio) == 1)
		pkey = d2i_PrivateKey_ex_bio(bio, NULL, f->lib, NULL);
	BIO_free(bio);
	ERR_clear_error();
	return pkey;
}

int ossl_priv_new(struct ike_fetched *f, EVP_PKEY *pkey,
		  struct ike_sig_priv **out)
{
	struct ike_sig_priv *k = calloc(1, sizeof(*k));

	*out = NULL;
	if (!k) {
		EVP_PKEY_free(pkey);
		return XE_NOMEM;
	}
	key_init(&k->k, f, pkey);
	if (!size_ok(&k->k)) {
		ike_sig_priv_free(k);
		return XE_UNSUPPORTED;
	}
	*out = k;
	return 0;
}

int ike_sig_priv_load(struct ike_crypto *cr, struct cur data,
		      struct ike_sig_priv **out, struct diag *d)
{
	EVP_PKEY *pkey = NULL;
	bool encrypted = false;
	unsigned int bits;
	int rc;

	*out = NULL;
	if (data.left && data.left <= KEY_FILE_MAX)
		pkey = read_priv(cr->f, data, &encrypted);
	if (!pkey) {
		diag_add(d, DIAG_ERROR, NULL, encrypted ?
			 "the private key is encrypted; it has to be in clear" :
			 "this is no private key in PEM or DER");
		return encrypted ? XE_AUTH : XE_MALFORMED;
	}
	bits = (unsigned int)EVP_PKEY_get_bits(pkey);
	rc = ossl_priv_new(cr->f, pkey, out);
	if (rc == XE_UNSUPPORTED)
		wrong_size(bits, d);
	return rc;
}

struct ike_sig_priv *ike_sig_priv_ref(struct ike_sig_priv *k)
{
	if (k)
		atomic_fetch_add(&k->k.refs, 1);
	return k;
}

void ike_sig_priv_free(struct ike_sig_priv *k)
{
	if (k && key_unref(&k->k))
		free(k);
}

enum ike_sig_type ike_sig_priv_type(const struct ike_sig_priv *k)
{
	return k->k.type;
}

unsigned int ike_sig_priv_bits(const struct ike_sig_priv *k)
{
	return k->k.bits;
}

int ossl_pub_new(struct ike_fetched *f, EVP_PKEY *pkey,
		 struct ike_sig_pub **out)
{
	struct ike_sig_pub *k = calloc(1, sizeof(*k));

	*out = k;
	if (!k) {
		EVP_PKEY_free(pkey);
		return XE_NOMEM;
	}
	key_init(&k->k, f, pkey);
	if (size_ok(&k->k))
		return 0;
	ike_sig_pub_free(k);
	*out = NULL;
	return XE_UNSUPPORTED;
}

int ike_sig_priv_public(const struct ike_sig_priv *k, struct ike_sig_pub **out)
{
	unsigned char *der = NULL;
	const unsigned char *p;
	EVP_PKEY *pkey = NULL;
	int len;

	*out = NULL;
	len = i2d_PUBKEY(k->k.pkey, &der);
	p = der;
	if (len > 0)
		pkey = d2i_PUBKEY_ex(NULL, &p, len, k->k.f->lib, NULL);
	OPENSSL_free(der);
	ERR_clear_error();
	return pkey ? ossl_pub_new(k->k.f, pkey, out) : XE_CRYPTO;
}

int ike_sig_pub_load(struct ike_crypto *cr, struct cur data,
		     struct ike_sig_pub **out, struct diag *d)
{
	const unsigned char *p = data.p;
	EVP_PKEY *pkey = NULL;
	bool asked = false;
	BIO *bio;
	int rc;

	*out = NULL;
	if (data.left && data.left <= KEY_FILE_MAX) {
		pkey = d2i_PUBKEY_ex(NULL, &p, (long)data.left, cr->f->lib,
				     NULL);
		bio = pkey ? NULL : BIO_new_mem_buf(data.p, (int)data.left);
		if (bio)
			pkey = PEM_read_bio_PUBKEY_ex(bio, NULL, no_passphrase,
						      &asked, cr->f->lib,
						      NULL);
		BIO_free(bio);
	}
	ERR_clear_error();
	if (!pkey) {
		diag_add(d, DIAG_ERROR, NULL,
			 "this is no public key in PEM or DER");
		return XE_MALFORMED;
	}
	rc = ossl_pub_new(cr->f, pkey, out);
	if (rc == XE_UNSUPPORTED)
		diag_add(d, DIAG_ERROR, NULL,
			 "an RSA key must have %d to %d bits",
			 IKE_RSA_MIN_BITS, IKE_RSA_MAX_BITS);
	return rc;
}

/* An EVP_PKEY of modulus and exponent, as the wire and key files have them */
static EVP_PKEY *rsa_from_numbers(struct ike_fetched *f, struct cur n,
				  struct cur e)
{
	BIGNUM *bn = BN_bin2bn(n.p, (int)n.left, NULL);
	BIGNUM *be = BN_bin2bn(e.p, (int)e.left, NULL);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(f->lib, "RSA", NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;

	if (bn && be && ctx && bld &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, bn) == 1 &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, be) == 1)
		params = OSSL_PARAM_BLD_to_param(bld);
	if (params && EVP_PKEY_fromdata_init(ctx) == 1)
		(void)EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY,
					params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_free(bn);
	BN_free(be);
	ERR_clear_error();
	return pkey;
}

int ike_sig_pub_rsa(struct ike_crypto *cr, struct cur n, struct cur e,
		    struct ike_sig_pub **out, struct diag *d)
{
	EVP_PKEY *pkey = NULL;
	int rc;

	*out = NULL;
	if (n.left && n.left <= IKE_RSA_MAX_BITS / 8 && e.left &&
	    e.left <= n.left)
		pkey = rsa_from_numbers(cr->f, n, e);
	rc = pkey ? ossl_pub_new(cr->f, pkey, out) : XE_MALFORMED;
	if (rc == XE_UNSUPPORTED || rc == XE_MALFORMED)
		diag_add(d, DIAG_ERROR, NULL,
			 "an RSA key must have %d to %d bits and an exponent",
			 IKE_RSA_MIN_BITS, IKE_RSA_MAX_BITS);
	return rc;
}

struct ike_sig_pub *ike_sig_pub_ref(struct ike_sig_pub *k)
{
	if (k)
		atomic_fetch_add(&k->k.refs, 1);
	return k;
}

void ike_sig_pub_free(struct ike_sig_pub *k)
{
	if (k && key_unref(&k->k))
		free(k);
}

enum ike_sig_type ike_sig_pub_type(const struct ike_sig_pub *k)
{
	return k->k.type;
}

unsigned int ike_sig_pub_bits(const struct ike_sig_pub *k)
{
	return k->k.bits;
}

bool ike_sig_pub_equal(const struct ike_sig_pub *a,
		       const struct ike_sig_pub *b)
{
	bool same = EVP_PKEY_eq(a->k.pkey, b->k.pkey) == 1;

	ERR_clear_error();
	return same;
}

int ike_rsa_v1_sign(struct ike_crypto *cr, const struct ike_sig_priv *k,
		    struct cur hash, struct wbuf *out)
{
	EVP_PKEY_CTX *ctx;
	uint8_t *sig;
	size_t len;
	int rc = 0;

	if (k->k.type != IKE_KEY_RSA)
		return XE_UNSUPPORTED;
	if (!hash.left || hash.left > IKE_MD_MAX)
		return XE_RANGE;
	len = (k->k.bits + 7) / 8;
	sig = wbuf_reserve(out, len);
	if (!sig)
		return out->err;
	/* No digest is set: the hash goes into the block as it is. */
	ctx = EVP_PKEY_CTX_new_from_pkey(cr->f->lib, k->k.pkey, NULL);
	if (!ctx || EVP_PKEY_sign_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1 ||
	    EVP_PKEY_sign(ctx, sig, &len, hash.p, hash.left) != 1 ||
	    len != (k->k.bits + 7) / 8) {
		ERR_clear_error();
		wbuf_truncate(out, out->len - (k->k.bits + 7) / 8);
		rc = XE_CRYPTO;
	}
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

static bool exponent_ok(const struct ike_sig_pub *k, bool small_e)
{
	BIGNUM *e = NULL;
	bool ok = false;

	if (EVP_PKEY_get_bn_param(k->k.pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1)
		ok = BN_is_odd(e) && !BN_is_one(e) &&
		     (small_e || BN_num_bits(e) > 32 ||
		      BN_get_word(e) >= RSA_E_MIN);
	BN_free(e);
	ERR_clear_error();
	return ok;
}

/* sig ^ e mod n as a block of len bytes */
static int recover(struct ike_crypto *cr, const struct ike_sig_pub *k,
		   struct cur sig, uint8_t *block, size_t len)
{
	EVP_PKEY_CTX *ctx;
	size_t n = len;
	int rc = 0;

	ctx = EVP_PKEY_CTX_new_from_pkey(cr->f->lib, k->k.pkey, NULL);
	if (!ctx || EVP_PKEY_verify_recover_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) != 1)
		rc = XE_CRYPTO;
	else if (EVP_PKEY_verify_recover(ctx, block, &n, sig.p,
					 sig.left) != 1 || n != len)
		rc = XE_AUTH;
	ERR_clear_error();
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

int ike_rsa_v1_verify(struct ike_crypto *cr, const struct ike_sig_pub *k,
		      struct cur hash, struct cur sig, bool small_e)
{
	uint8_t want[IKE_RSA_MAX_BITS / 8], got[IKE_RSA_MAX_BITS / 8];
	size_t len = (k->k.bits + 7) / 8;
	struct wbuf w;
	int rc;

	if (k->k.type != IKE_KEY_RSA || len > sizeof(want))
		return XE_UNSUPPORTED;
	if (!hash.left || hash.left > IKE_MD_MAX)
		return XE_RANGE;
	if (sig.left != len || !exponent_ok(k, small_e))
		return XE_AUTH;
	/* 00 01 FF … FF 00 hash (RFC 8017 9.2, but without DigestInfo) */
	wbuf_fixed(&w, want, len);
	wbuf_u16(&w, 1);
	for (size_t i = 0; i < len - 3 - hash.left; i++)
		wbuf_u8(&w, 0xff);
	wbuf_u8(&w, 0);
	wbuf_put(&w, hash.p, hash.left);
	if (w.err || w.len != len)
		return XE_CRYPTO;
	rc = recover(cr, k, sig, got, len);
	if (!rc && !secret_memeq(want, got, len))
		rc = XE_AUTH;
	return rc;
}
