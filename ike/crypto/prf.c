/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/crypto/prf.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <string.h>

#include "ike/crypto/ossl.h"
#include "libxfrm/base/err.h"

static int crypto_error(uint8_t *out, size_t len)
{
	ERR_clear_error();
	memset(out, 0, len);
	return XE_CRYPTO;
}

struct cur ike_part_secret(const struct secret *s)
{
	return cur_init(s->p, s->len);
}

int ike_hash(struct ike_crypto *cr, enum ike_md md, const struct cur *parts,
	     size_t n, uint8_t *out)
{
	size_t len;

	if (!ike_md_available(cr, md))
		return XE_UNSUPPORTED;
	len = ike_md_alg(md)->len;
	if (EVP_DigestInit_ex2(cr->mdctx, cr->f->md[md], NULL) != 1)
		return crypto_error(out, len);
	for (size_t i = 0; i < n; i++)
		if (EVP_DigestUpdate(cr->mdctx, parts[i].p,
				     parts[i].left) != 1)
			return crypto_error(out, len);
	if (EVP_DigestFinal_ex(cr->mdctx, out, NULL) != 1)
		return crypto_error(out, len);
	return 0;
}

/* The thread's HMAC context for md: made once, keyed for each use. */
static EVP_MAC_CTX *hmac_ctx(struct ike_crypto *cr, enum ike_md md)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(
			OSSL_MAC_PARAM_DIGEST,
			(char *)(uintptr_t)EVP_MD_get0_name(cr->f->md[md]), 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC_CTX *ctx = cr->hmac[md];

	if (ctx)
		return ctx;
	ctx = EVP_MAC_CTX_new(cr->f->hmac);
	if (ctx && EVP_MAC_CTX_set_params(ctx, params) != 1) {
		EVP_MAC_CTX_free(ctx);
		ctx = NULL;
	}
	cr->hmac[md] = ctx;
	return ctx;
}

int ike_prf_key(struct ike_crypto *cr, enum ike_md md, struct cur key,
		const struct cur *parts, size_t n, uint8_t *out)
{
	static const uint8_t none;
	size_t len, outlen;
	EVP_MAC_CTX *ctx;

	if (!ike_md_available(cr, md))
		return XE_UNSUPPORTED;
	len = ike_md_alg(md)->len;
	ctx = hmac_ctx(cr, md);
	/* Without a key pointer, OpenSSL would go on with the last key. */
	if (!ctx || EVP_MAC_init(ctx, key.left ? key.p : &none, key.left,
				 NULL) != 1)
		return crypto_error(out, len);
	for (size_t i = 0; i < n; i++)
		if (parts[i].left &&
		    EVP_MAC_update(ctx, parts[i].p, parts[i].left) != 1)
			return crypto_error(out, len);
	if (EVP_MAC_final(ctx, out, &outlen, len) != 1 || outlen != len)
		return crypto_error(out, len);
	return 0;
}

int ike_prf(struct ike_crypto *cr, enum ike_md md, const struct secret *key,
	    const struct cur *parts, size_t n, uint8_t *out)
{
	return ike_prf_key(cr, md, ike_part_secret(key), parts, n, out);
}

int ike_prf_secret(struct ike_crypto *cr, enum ike_md md, struct cur key,
		   const struct cur *parts, size_t n, struct secret *out)
{
	struct secret s = { 0 };
	int rc;

	/* The old value of out may be the key: it goes last. */
	if (!ike_md_available(cr, md))
		rc = XE_UNSUPPORTED;
	else
		rc = secret_alloc(&s, ike_md_alg(md)->len);
	if (!rc)
		rc = ike_prf_key(cr, md, key, parts, n, s.p);
	if (rc)
		secret_free(&s);
	secret_move(out, &s);
	return rc;
}

/*
 * T1 = prf(K, S | 0x01), Tn = prf(K, Tn-1 | S | n), S being the parts in a
 * row (RFC 7296 2.13).
 */
int ike_prf_plus(struct ike_crypto *cr, enum ike_md md,
		 const struct secret *key, const struct cur *parts, size_t n,
		 size_t len, struct secret *out)
{
	struct cur in[12];
	uint8_t t[IKE_MD_MAX], count = 0;
	struct secret s = { 0 };
	struct wbuf w;
	size_t mdlen;
	int rc;

	secret_free(out);
	if (!ike_md_available(cr, md))
		return XE_UNSUPPORTED;
	mdlen = ike_md_alg(md)->len;
	if (!len || len > 255 * mdlen || n > 10)
		return XE_RANGE;
	rc = secret_alloc(&s, len);
	if (rc)
		return rc;
	wbuf_fixed(&w, s.p, len);
	if (n)
		memcpy(in + 1, parts, n * sizeof(*parts));
	in[n + 1] = cur_init(&count, 1);
	while (!rc && w.len < len) {
		size_t left = len - w.len;

		in[0] = cur_init(t, count++ ? mdlen : 0);
		rc = ike_prf(cr, md, key, in, n + 2, t);
		if (!rc)
			wbuf_put(&w, t, left < mdlen ? left : mdlen);
	}
	secret_wipe(t, sizeof(t));
	if (rc)
		secret_free(&s);
	else
		secret_move(out, &s);
	return rc;
}
