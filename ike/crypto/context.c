/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/crypto/alg.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include "ike/crypto/ossl.h"
#include "libxfrm/base/err.h"

/* OpenSSL's names; ciphers of one key length, or that take any, have one. */
static const char *const md_names[IKE_MD_COUNT] = {
	[IKE_MD_MD5] = "MD5",	    [IKE_MD_SHA1] = "SHA1",
	[IKE_MD_SHA256] = "SHA256", [IKE_MD_SHA384] = "SHA384",
	[IKE_MD_SHA512] = "SHA512",
};

static const char *const cipher_names[IKE_ENC_COUNT][KEY_SIZES] = {
	[IKE_ENC_DES] = { "DES-CBC" },
	[IKE_ENC_3DES] = { "DES-EDE3-CBC" },
	[IKE_ENC_BLOWFISH] = { "BF-CBC" },
	[IKE_ENC_CAST] = { "CAST5-CBC" },
	[IKE_ENC_IDEA] = { "IDEA-CBC" },
	[IKE_ENC_AES] = { "AES-128-CBC", "AES-192-CBC", "AES-256-CBC" },
	[IKE_ENC_CAMELLIA] = { "CAMELLIA-128-CBC", "CAMELLIA-192-CBC",
			       "CAMELLIA-256-CBC" },
	[IKE_ENC_AES_GCM16] = { "AES-128-GCM", "AES-192-GCM", "AES-256-GCM" },
	[IKE_ENC_CHACHA20_POLY1305] = { "ChaCha20-Poly1305" },
};

struct ike_fetched *ossl_ref(struct ike_fetched *f)
{
	atomic_fetch_add(&f->refs, 1);
	return f;
}

void ossl_unref(struct ike_fetched *f)
{
	if (!f || atomic_fetch_sub(&f->refs, 1) != 1)
		return;
	ossl_groups_free(f);
	for (int i = 0; i < IKE_ENC_COUNT; i++)
		for (int k = 0; k < KEY_SIZES; k++)
			EVP_CIPHER_free(f->cipher[i][k]);
	for (int i = 0; i < IKE_MD_COUNT; i++)
		EVP_MD_free(f->md[i]);
	EVP_MAC_free(f->hmac);
	if (f->legacy)
		OSSL_PROVIDER_unload(f->legacy);
	if (f->prov)
		OSSL_PROVIDER_unload(f->prov);
	OSSL_LIB_CTX_free(f->lib);
	free(f);
}

/* What is not there stays NULL, and is reported as not available. */
static void fetch_all(struct ike_fetched *f)
{
	for (int i = 0; i < IKE_MD_COUNT; i++)
		if (md_names[i])
			f->md[i] = EVP_MD_fetch(f->lib, md_names[i], NULL);
	for (int i = 0; i < IKE_ENC_COUNT; i++)
		for (int k = 0; k < KEY_SIZES; k++)
			if (cipher_names[i][k])
				f->cipher[i][k] = EVP_CIPHER_fetch(
					f->lib, cipher_names[i][k], NULL);
	f->hmac = EVP_MAC_fetch(f->lib, "HMAC", NULL);
	ossl_groups_init(f);
	ERR_clear_error();
}

static struct ike_fetched *fetched_new(struct diag *d)
{
	struct ike_fetched *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	atomic_init(&f->refs, 1);
	/* Our own context: the program's stays as it is configured. */
	f->lib = OSSL_LIB_CTX_new();
	if (f->lib) {
		f->prov = OSSL_PROVIDER_load(f->lib, "default");
		f->legacy = OSSL_PROVIDER_load(f->lib, "legacy");
	}
	if (!f->prov) {
		diag_add(d, DIAG_ERROR, NULL,
			 "OpenSSL: the default provider cannot be loaded");
		ERR_clear_error();
		ossl_unref(f);
		return NULL;
	}
	fetch_all(f);
	return f;
}

static int crypto_new(struct ike_fetched *f, struct ike_crypto **out)
{
	struct ike_crypto *cr = calloc(1, sizeof(*cr));

	*out = NULL;
	if (!cr)
		return XE_NOMEM;
	cr->f = ossl_ref(f);
	cr->mdctx = EVP_MD_CTX_new();
	cr->bn = BN_CTX_new_ex(f->lib);
	if (!cr->mdctx || !cr->bn) {
		ike_crypto_free(cr);
		return XE_NOMEM;
	}
	*out = cr;
	return 0;
}

int ike_crypto_new(struct ike_crypto **out, struct diag *d)
{
	struct ike_fetched *f;
	int rc;

	*out = NULL;
	f = fetched_new(d);
	if (!f)
		return XE_CRYPTO;
	rc = crypto_new(f, out);
	ossl_unref(f);
	return rc;
}

int ike_crypto_clone(const struct ike_crypto *cr, struct ike_crypto **out)
{
	return crypto_new(cr->f, out);
}

void ike_crypto_free(struct ike_crypto *cr)
{
	if (!cr)
		return;
	EVP_MD_CTX_free(cr->mdctx);
	for (int i = 0; i < IKE_MD_COUNT; i++)
		EVP_MAC_CTX_free(cr->hmac[i]);
	for (int i = 0; i < IKE_ENC_COUNT; i++)
		EVP_CIPHER_CTX_free(cr->cipher[i]);
	for (int i = 0; i < 2; i++) {
		EVP_PKEY_CTX_free(cr->xkeys[i]);
		EVP_PKEY_free(cr->xpeer[i]);
	}
	BN_CTX_free(cr->bn);
	ossl_unref(cr->f);
	free(cr);
}

const EVP_CIPHER *ossl_cipher(const struct ike_crypto *cr, enum ike_enc enc,
			      size_t key_bytes)
{
	if ((unsigned int)enc >= IKE_ENC_COUNT)
		return NULL;
	if (!cipher_names[enc][1])
		return cr->f->cipher[enc][0];
	return key_bytes >= 16 ? cr->f->cipher[enc][(key_bytes - 16) / 8] :
				 NULL;
}

bool ike_enc_available(const struct ike_crypto *cr, enum ike_enc enc)
{
	return ossl_cipher(cr, enc, ike_enc_key_bytes(enc, 0)) != NULL;
}

bool ike_md_available(const struct ike_crypto *cr, enum ike_md md)
{
	return (unsigned int)md < IKE_MD_COUNT && cr->f->md[md] && cr->f->hmac;
}

bool ike_group_available(const struct ike_crypto *cr, uint16_t group)
{
	const struct ike_group_alg *alg = ike_group_alg(group);

	return alg && ossl_group(cr, alg);
}

int ike_crypto_random(struct ike_crypto *cr, void *p, size_t len)
{
	if (RAND_priv_bytes_ex(cr->f->lib, p, len, 0) == 1)
		return 0;
	ERR_clear_error();
	return XE_CRYPTO;
}

const char *ike_crypto_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION);
}
