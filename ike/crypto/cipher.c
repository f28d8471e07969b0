/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/crypto/cipher.h"

#include <limits.h>
#include <openssl/err.h>
#include <string.h>

#include "ike/crypto/ossl.h"
#include "libxfrm/base/err.h"

/*
 * Readies the thread's context for one message.  Ciphers that take many key
 * lengths have to be told theirs before the key.
 */
static int start(struct ike_crypto *cr, const struct ike_enc_alg *alg,
		 const struct secret *key, const uint8_t *iv, int encrypt)
{
	const EVP_CIPHER *c;
	EVP_CIPHER_CTX *ctx;

	if (!ike_enc_keylen_ok(alg->id, (unsigned int)key->len * 8) ||
	    !key->len)
		return XE_KEYLEN;
	c = ossl_cipher(cr, alg->id, key->len);
	if (!c)
		return XE_UNSUPPORTED;
	if (!cr->cipher[alg->id])
		cr->cipher[alg->id] = EVP_CIPHER_CTX_new();
	ctx = cr->cipher[alg->id];
	if (!ctx)
		return XE_NOMEM;
	if (EVP_CIPHER_get_key_length(c) == (int)key->len) {
		if (EVP_CipherInit_ex2(ctx, c, key->p, iv, encrypt,
				       NULL) != 1)
			return XE_CRYPTO;
	} else if (EVP_CipherInit_ex2(ctx, c, NULL, NULL, encrypt, NULL) != 1 ||
		   EVP_CIPHER_CTX_set_key_length(ctx, (int)key->len) != 1 ||
		   EVP_CipherInit_ex2(ctx, NULL, key->p, iv, encrypt,
				      NULL) != 1) {
		return XE_CRYPTO;
	}
	return EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 ? 0 : XE_CRYPTO;
}

static int cbc(struct ike_crypto *cr, enum ike_enc enc,
	       const struct secret *key, uint8_t *iv, uint8_t *data,
	       size_t len, int encrypt)
{
	const struct ike_enc_alg *alg = ike_enc_alg(enc);
	uint8_t last[IKE_BLOCK_MAX];
	struct cur c = cur_init(data, len);
	int rc, n;

	if (!alg || alg->aead)
		return XE_UNSUPPORTED;
	if (!len || len % alg->block || len > INT_MAX)
		return XE_RANGE;
	if (!encrypt && ((rc = cur_skip(&c, len - alg->block)) ||
			 (rc = cur_copy(&c, last, alg->block))))
		return rc;
	rc = start(cr, alg, key, iv, encrypt);
	if (!rc && (EVP_CipherUpdate(cr->cipher[enc], data, &n, data,
				     (int)len) != 1 || (size_t)n != len))
		rc = XE_CRYPTO;
	if (rc == XE_CRYPTO)
		ERR_clear_error();
	if (rc)
		return rc;
	if (encrypt && ((rc = cur_skip(&c, len - alg->block)) ||
			(rc = cur_copy(&c, last, alg->block))))
		return rc;
	memcpy(iv, last, alg->block);
	return 0;
}

int ike_cbc_encrypt(struct ike_crypto *cr, enum ike_enc enc,
		    const struct secret *key, uint8_t *iv, uint8_t *data,
		    size_t len)
{
	return cbc(cr, enc, key, iv, data, len, 1);
}

int ike_cbc_decrypt(struct ike_crypto *cr, enum ike_enc enc,
		    const struct secret *key, uint8_t *iv, uint8_t *data,
		    size_t len)
{
	return cbc(cr, enc, key, iv, data, len, 0);
}

/* Key, nonce and additional data of one AEAD message */
static int aead_start(struct ike_crypto *cr, enum ike_enc enc,
		      const struct secret *key, const uint8_t *nonce,
		      struct cur aad, size_t len, int encrypt)
{
	const struct ike_enc_alg *alg = ike_enc_alg(enc);
	int rc, n;

	if (!alg || !alg->aead)
		return XE_UNSUPPORTED;
	if (len > INT_MAX || aad.left > INT_MAX)
		return XE_RANGE;
	rc = start(cr, alg, key, nonce, encrypt);
	if (!rc && aad.left &&
	    EVP_CipherUpdate(cr->cipher[enc], NULL, &n, aad.p,
			     (int)aad.left) != 1)
		rc = XE_CRYPTO;
	return rc;
}

int ike_aead_seal(struct ike_crypto *cr, enum ike_enc enc,
		  const struct secret *key, const uint8_t *nonce,
		  struct cur aad, uint8_t *data, size_t len, uint8_t *tag)
{
	uint8_t none[IKE_BLOCK_MAX];
	int rc, n;

	rc = aead_start(cr, enc, key, nonce, aad, len, 1);
	if (!rc && len && EVP_CipherUpdate(cr->cipher[enc], data, &n, data,
					   (int)len) != 1)
		rc = XE_CRYPTO;
	if (!rc && (EVP_CipherFinal_ex(cr->cipher[enc], none, &n) != 1 ||
		    EVP_CIPHER_CTX_ctrl(cr->cipher[enc], EVP_CTRL_AEAD_GET_TAG,
					IKE_AEAD_TAG, tag) != 1))
		rc = XE_CRYPTO;
	if (rc == XE_CRYPTO)
		ERR_clear_error();
	return rc;
}

int ike_aead_open(struct ike_crypto *cr, enum ike_enc enc,
		  const struct secret *key, const uint8_t *nonce,
		  struct cur aad, uint8_t *data, size_t len,
		  const uint8_t *tag)
{
	uint8_t none[IKE_BLOCK_MAX], want[IKE_AEAD_TAG];
	int rc, n;

	memcpy(want, tag, sizeof(want));
	rc = aead_start(cr, enc, key, nonce, aad, len, 0);
	if (!rc && EVP_CIPHER_CTX_ctrl(cr->cipher[enc], EVP_CTRL_AEAD_SET_TAG,
				       IKE_AEAD_TAG, want) != 1)
		rc = XE_CRYPTO;
	if (!rc && len && EVP_CipherUpdate(cr->cipher[enc], data, &n, data,
					   (int)len) != 1)
		rc = XE_CRYPTO;
	if (!rc && EVP_CipherFinal_ex(cr->cipher[enc], none, &n) != 1)
		rc = XE_AUTH;
	if (rc) {
		ERR_clear_error();
		secret_wipe(data, len);
	}
	return rc;
}
