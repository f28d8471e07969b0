/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/crypto/rsakey.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "ike/crypto/ossl.h"
#include "ike/crypto/sig.h"
#include "libxfrm/base/err.h"

void ike_rsa_numbers_free(struct ike_rsa_numbers *k)
{
	if (!k)
		return;
	for (int i = 0; i < IKE_RSA_PARTS; i++)
		secret_free(&k->part[i]);
}

static int get_number(const EVP_PKEY *pkey, const char *name,
		      struct secret *out)
{
	BIGNUM *n = NULL;
	int rc = XE_CRYPTO;

	if (EVP_PKEY_get_bn_param(pkey, name, &n) == 1 && !BN_is_zero(n)) {
		rc = secret_alloc(out, (size_t)BN_num_bytes(n));
		if (!rc)
			(void)BN_bn2bin(n, out->p);
	}
	ERR_clear_error();
	BN_clear_free(n);
	return rc;
}

static const char *const names[IKE_RSA_PARTS] = {
	[IKE_RSA_MODULUS] = OSSL_PKEY_PARAM_RSA_N,
	[IKE_RSA_PUBLIC_EXPONENT] = OSSL_PKEY_PARAM_RSA_E,
	[IKE_RSA_PRIVATE_EXPONENT] = OSSL_PKEY_PARAM_RSA_D,
	[IKE_RSA_PRIME1] = OSSL_PKEY_PARAM_RSA_FACTOR1,
	[IKE_RSA_PRIME2] = OSSL_PKEY_PARAM_RSA_FACTOR2,
	[IKE_RSA_EXPONENT1] = OSSL_PKEY_PARAM_RSA_EXPONENT1,
	[IKE_RSA_EXPONENT2] = OSSL_PKEY_PARAM_RSA_EXPONENT2,
	[IKE_RSA_COEFFICIENT] = OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

static int get_numbers(const EVP_PKEY *pkey, bool private,
		       struct ike_rsa_numbers *out)
{
	int last = private ? IKE_RSA_PARTS : IKE_RSA_PUBLIC_EXPONENT + 1;
	int rc = 0;

	out->private = private;
	out->bits = (unsigned int)EVP_PKEY_get_bits(pkey);
	for (int i = 0; !rc && i < last; i++)
		rc = get_number(pkey, names[i], &out->part[i]);
	if (rc)
		ike_rsa_numbers_free(out);
	return rc;
}

int ike_rsa_generate(struct ike_crypto *cr, unsigned int bits, uint64_t e,
		     struct ike_rsa_numbers *out)
{
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *pkey = NULL;
	BIGNUM *be = BN_new();
	int rc = XE_CRYPTO;

	*out = (struct ike_rsa_numbers){ 0 };
	if (bits < IKE_RSA_MIN_BITS || bits > IKE_RSA_MAX_BITS || e < 3 ||
	    !(e & 1)) {
		BN_free(be);
		return XE_RANGE;
	}
	ctx = EVP_PKEY_CTX_new_from_name(cr->f->lib, "RSA", NULL);
	if (ctx && be && BN_set_word(be, e) &&
	    EVP_PKEY_keygen_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) == 1 &&
	    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, be) == 1 &&
	    EVP_PKEY_generate(ctx, &pkey) == 1)
		rc = get_numbers(pkey, true, out);
	ERR_clear_error();
	EVP_PKEY_free(pkey);
	EVP_PKEY_CTX_free(ctx);
	BN_free(be);
	return rc;
}

int ike_rsa_read(struct ike_crypto *cr, struct cur data,
		 struct ike_rsa_numbers *out)
{
	struct ike_sig_priv *priv;
	struct ike_sig_pub *pub;
	int rc;

	*out = (struct ike_rsa_numbers){ 0 };
	rc = ike_sig_priv_load(cr, data, &priv, NULL);
	if (!rc) {
		rc = ike_sig_priv_type(priv) == IKE_KEY_RSA ?
		     get_numbers(ossl_priv_pkey(priv), true, out) :
		     XE_UNSUPPORTED;
		ike_sig_priv_free(priv);
		return rc;
	}
	if (rc != XE_MALFORMED)
		return rc;
	rc = ike_sig_pub_load(cr, data, &pub, NULL);
	if (rc)
		return rc;
	rc = ike_sig_pub_type(pub) == IKE_KEY_RSA ?
	     get_numbers(ossl_pub_pkey(pub), false, out) : XE_UNSUPPORTED;
	ike_sig_pub_free(pub);
	return rc;
}

/* Numbers from secure_new() are wiped wherever OpenSSL copies them to. */
static EVP_PKEY *make_private(struct ike_fetched *f,
			      const struct ike_rsa_numbers *k)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(f->lib, "RSA", NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *n[IKE_RSA_PARTS] = { NULL };
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;
	bool ok = ctx && bld;

	for (int i = 0; ok && i < IKE_RSA_PARTS; i++) {
		if (!k->part[i].len)
			continue;
		n[i] = BN_secure_new();
		ok = n[i] && BN_bin2bn(k->part[i].p, (int)k->part[i].len,
				       n[i]) &&
		     OSSL_PARAM_BLD_push_BN(bld, names[i], n[i]) == 1;
	}
	if (ok)
		params = OSSL_PARAM_BLD_to_param(bld);
	if (params && EVP_PKEY_fromdata_init(ctx) == 1)
		(void)EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	for (int i = 0; i < IKE_RSA_PARTS; i++)
		BN_clear_free(n[i]);
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return pkey;
}

int ike_rsa_private(struct ike_crypto *cr, const struct ike_rsa_numbers *k,
		    struct ike_sig_priv **out)
{
	EVP_PKEY *pkey;

	*out = NULL;
	if (!k->part[IKE_RSA_MODULUS].len ||
	    k->part[IKE_RSA_MODULUS].len > IKE_RSA_MAX_BITS / 8 ||
	    !k->part[IKE_RSA_PUBLIC_EXPONENT].len ||
	    !k->part[IKE_RSA_PRIVATE_EXPONENT].len)
		return XE_MALFORMED;
	for (int i = 0; i < IKE_RSA_PARTS; i++)
		if (k->part[i].len > k->part[IKE_RSA_MODULUS].len)
			return XE_MALFORMED;
	pkey = make_private(cr->f, k);
	return pkey ? ossl_priv_new(cr->f, pkey, out) : XE_MALFORMED;
}
