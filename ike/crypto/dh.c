/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/crypto/dh.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <string.h>

#include "ike/crypto/ossl.h"
#include "ike/crypto/prf.h"
#include "libxfrm/base/err.h"

/*
 * The private half as bytes: for modp the exponent, for curves the scalar in
 * [1, n - 1], both as they are used; for X the key with its public half
 * behind it, which spares computing it again.
 */

static int crypto_error(void)
{
	ERR_clear_error();
	return XE_CRYPTO;
}

/* x = bytes, with a flag that makes OpenSSL keep it out of the timing */
static bool load_secret(BIGNUM *x, const uint8_t *p, size_t len)
{
	if (!x || !BN_bin2bn(p, (int)len, x))
		return false;
	BN_set_flags(x, BN_FLG_CONSTTIME);
	return true;
}

/* x = seed mod (order - 1) + 1 */
static bool reduce_seed(BIGNUM *x, const BIGNUM *order1, BN_CTX *bn)
{
	return BN_mod(x, x, order1, bn) && BN_add_word(x, 1);
}

/* r = base ^ x mod p, padded to len bytes at out */
static int modp_power(struct ike_crypto *cr, const struct group_math *m,
		      const BIGNUM *base, const BIGNUM *x, uint8_t *out,
		      size_t len)
{
	BIGNUM *r = BN_CTX_get(cr->bn);
	int rc = 0;

	if (!r || !BN_mod_exp_mont_consttime(r, base, x, m->p, cr->bn,
					     m->mont))
		rc = crypto_error();
	else if (BN_is_zero(r) || BN_is_one(r))
		rc = XE_MALFORMED;
	else if (BN_bn2binpad(r, out, (int)len) < 0)
		rc = crypto_error();
	if (r)
		BN_clear(r);
	return rc;
}

static int modp_keygen(struct ike_crypto *cr, const struct ike_group_alg *alg,
		       const struct group_math *m, const struct secret *seed,
		       struct secret *priv, uint8_t *pub)
{
	size_t len = alg->seed_len;
	BIGNUM *x, *q1;
	int rc = 0;

	BN_CTX_start(cr->bn);
	x = BN_CTX_get(cr->bn);
	q1 = BN_CTX_get(cr->bn);
	if (!q1 || !load_secret(x, seed->p, seed->len)) {
		rc = crypto_error();
	} else if (alg->kind == IKE_GROUP_MODP_SUB) {
		len = (size_t)BN_num_bytes(m->q);
		if (!BN_copy(q1, m->q) || !BN_sub_word(q1, 1) ||
		    !reduce_seed(x, q1, cr->bn))
			rc = crypto_error();
	} else if (BN_is_zero(x) && !BN_one(x)) {
		rc = crypto_error();
	}
	if (!rc)
		rc = modp_power(cr, m, m->g, x, pub, alg->public_len);
	if (!rc)
		rc = secret_alloc(priv, len);
	if (!rc && BN_bn2binpad(x, priv->p, (int)len) < 0)
		rc = crypto_error();
	if (x)
		BN_clear(x);
	BN_CTX_end(cr->bn);
	return rc;
}

/* 1 < y < p - 1 */
static int modp_load_peer(const struct group_math *m, struct cur peer,
			  BIGNUM *y)
{
	if (!y || !BN_bin2bn(peer.p, (int)peer.left, y))
		return crypto_error();
	if (BN_is_zero(y) || BN_is_one(y) || BN_cmp(y, m->p1) >= 0)
		return XE_MALFORMED;
	return 0;
}

static int modp_derive(struct ike_crypto *cr, const struct ike_group_alg *alg,
		       const struct group_math *m, const struct secret *priv,
		       struct cur peer, struct secret *out)
{
	BIGNUM *x, *y, *t;
	int rc;

	BN_CTX_start(cr->bn);
	x = BN_CTX_get(cr->bn);
	y = BN_CTX_get(cr->bn);
	t = BN_CTX_get(cr->bn);
	rc = t ? modp_load_peer(m, peer, y) : crypto_error();
	/* In a subgroup the order of y must be that of the subgroup. */
	if (!rc && m->q) {
		if (!BN_mod_exp_mont(t, y, m->q, m->p, cr->bn, m->mont))
			rc = crypto_error();
		else if (!BN_is_one(t))
			rc = XE_MALFORMED;
	}
	if (!rc && !load_secret(x, priv->p, priv->len))
		rc = crypto_error();
	if (!rc)
		rc = modp_power(cr, m, y, x, out->p, alg->secret_len);
	if (x)
		BN_clear(x);
	BN_CTX_end(cr->bn);
	return rc;
}

/* x and y of a point side by side, or x alone when y is NULL */
static int put_point(struct ike_crypto *cr, const struct group_math *m,
		     const EC_POINT *pt, size_t len, uint8_t *px, uint8_t *py)
{
	BIGNUM *x, *y;
	int rc = 0;

	BN_CTX_start(cr->bn);
	x = BN_CTX_get(cr->bn);
	y = BN_CTX_get(cr->bn);
	if (!y ||
	    EC_POINT_get_affine_coordinates(m->ec, pt, x, y, cr->bn) != 1 ||
	    BN_bn2binpad(x, px, (int)len) < 0 ||
	    (py && BN_bn2binpad(y, py, (int)len) < 0))
		rc = crypto_error();
	if (x)
		BN_clear(x);
	if (y)
		BN_clear(y);
	BN_CTX_end(cr->bn);
	return rc;
}

static int ecp_keygen(struct ike_crypto *cr, const struct ike_group_alg *alg,
		      const struct group_math *m, const struct secret *seed,
		      struct secret *priv, uint8_t *pub)
{
	size_t len = alg->secret_len;
	EC_POINT *pt = EC_POINT_new(m->ec);
	struct wbuf w;
	uint8_t *px, *py;
	BIGNUM *k;
	int rc = 0;

	wbuf_fixed(&w, pub, alg->public_len);
	wbuf_zero(&w, alg->public_len);
	px = wbuf_at(&w, 0, len);
	py = wbuf_at(&w, len, len);
	BN_CTX_start(cr->bn);
	k = BN_CTX_get(cr->bn);
	if (!pt || !px || !py || !load_secret(k, seed->p, seed->len) ||
	    !reduce_seed(k, m->n1, cr->bn) ||
	    EC_POINT_mul(m->ec, pt, k, NULL, NULL, cr->bn) != 1)
		rc = crypto_error();
	if (!rc)
		rc = put_point(cr, m, pt, len, px, py);
	if (!rc)
		rc = secret_alloc(priv, len);
	if (!rc && BN_bn2binpad(k, priv->p, (int)len) < 0)
		rc = crypto_error();
	if (k)
		BN_clear(k);
	BN_CTX_end(cr->bn);
	EC_POINT_free(pt);
	return rc;
}

/*
 * The peer's x | y as a point.  OpenSSL's decoder of uncompressed points
 * refuses coordinates that are not below the prime, and points off the curve.
 */
static int ecp_load_peer(struct ike_crypto *cr, const struct group_math *m,
			 struct cur peer, EC_POINT *pt)
{
	uint8_t mem[1 + 2 * 66];
	struct wbuf w;

	wbuf_fixed(&w, mem, sizeof(mem));
	wbuf_u8(&w, POINT_CONVERSION_UNCOMPRESSED);
	wbuf_put(&w, peer.p, peer.left);
	if (w.err || !pt)
		return XE_CRYPTO;
	if (EC_POINT_oct2point(m->ec, pt, mem, w.len, cr->bn) != 1) {
		ERR_clear_error();
		return XE_MALFORMED;
	}
	return 0;
}

static int ecp_derive(struct ike_crypto *cr, const struct ike_group_alg *alg,
		      const struct group_math *m, const struct secret *priv,
		      struct cur peer, struct secret *out)
{
	EC_POINT *pt = EC_POINT_new(m->ec);
	BIGNUM *k;
	int rc;

	BN_CTX_start(cr->bn);
	k = BN_CTX_get(cr->bn);
	rc = ecp_load_peer(cr, m, peer, pt);
	if (!rc && (!load_secret(k, priv->p, priv->len) ||
		    EC_POINT_mul(m->ec, pt, NULL, pt, k, cr->bn) != 1))
		rc = crypto_error();
	if (!rc && EC_POINT_is_at_infinity(m->ec, pt))
		rc = XE_MALFORMED;
	if (!rc)
		rc = put_point(cr, m, pt, alg->secret_len, out->p, NULL);
	if (k)
		BN_clear(k);
	BN_CTX_end(cr->bn);
	EC_POINT_clear_free(pt);
	return rc;
}

/*
 * The thread's context that makes keys of a group; it is fetched once, where
 * EVP_PKEY_new_raw_private_key_ex() would look it up for every key.
 */
static EVP_PKEY_CTX *x_context(struct ike_crypto *cr,
			       const struct ike_group_alg *alg,
			       const struct group_math *m)
{
	EVP_PKEY_CTX **at = &cr->xkeys[alg->id == GROUP_X25519];

	if (*at)
		return *at;
	*at = EVP_PKEY_CTX_new_from_name(cr->f->lib, m->xname, NULL);
	if (*at && EVP_PKEY_fromdata_init(*at) != 1) {
		EVP_PKEY_CTX_free(*at);
		*at = NULL;
	}
	return *at;
}

/* A key of what is there of both halves; the public one may be computed. */
static EVP_PKEY *x_key(EVP_PKEY_CTX *ctx, struct cur priv, struct cur pub)
{
	OSSL_PARAM params[3], *p = params;
	EVP_PKEY *pkey = NULL;

	if (priv.left)
		*p++ = OSSL_PARAM_construct_octet_string(
			OSSL_PKEY_PARAM_PRIV_KEY, (void *)(uintptr_t)priv.p,
			priv.left);
	if (pub.left)
		*p++ = OSSL_PARAM_construct_octet_string(
			OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)pub.p,
			pub.left);
	*p = OSSL_PARAM_construct_end();
	if (ctx)
		(void)EVP_PKEY_fromdata(ctx, &pkey,
					priv.left ? EVP_PKEY_KEYPAIR
						  : EVP_PKEY_PUBLIC_KEY,
					params);
	return pkey;
}

/*
 * The peer's key.  The thread has one of each group for all peers: the value
 * is set in less than half of the time that a new key takes.
 */
static EVP_PKEY *x_peer(struct ike_crypto *cr, const struct ike_group_alg *alg,
			EVP_PKEY_CTX *keys, struct cur peer)
{
	EVP_PKEY **at = &cr->xpeer[alg->id == GROUP_X25519];

	if (!*at)
		*at = x_key(keys, cur_init(NULL, 0), peer);
	else if (EVP_PKEY_set1_encoded_public_key(*at, peer.p,
						  peer.left) != 1)
		return NULL;
	return *at;
}

/* Values of small order give 0, which OpenSSL refuses (RFC 7748 6). */
static int x_exchange(struct ike_crypto *cr, const struct ike_group_alg *alg,
		      EVP_PKEY_CTX *keys, EVP_PKEY *own, struct cur peer,
		      struct secret *out)
{
	EVP_PKEY *other = x_peer(cr, alg, keys, peer);
	EVP_PKEY_CTX *ctx = NULL;
	size_t n = out->len;
	int rc = 0;

	if (own)
		ctx = EVP_PKEY_CTX_new_from_pkey(cr->f->lib, own, NULL);
	if (!other || !ctx || EVP_PKEY_derive_init(ctx) != 1 ||
	    EVP_PKEY_derive_set_peer_ex(ctx, other, 0) != 1)
		rc = crypto_error();
	else if (EVP_PKEY_derive(ctx, out->p, &n) != 1 || n != out->len)
		rc = XE_MALFORMED;
	if (rc)
		ERR_clear_error();
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

/* The key of a seed, and its public half. */
static int x_make(EVP_PKEY_CTX *keys, const struct secret *seed, size_t len,
		  EVP_PKEY **pkey, uint8_t *pub)
{
	size_t n = len;

	*pkey = x_key(keys, ike_part_secret(seed), cur_init(NULL, 0));
	if (*pkey && EVP_PKEY_get_raw_public_key(*pkey, pub, &n) == 1 &&
	    n == len)
		return 0;
	return crypto_error();
}

static int x_keygen(struct ike_crypto *cr, const struct ike_group_alg *alg,
		    const struct group_math *m, const struct secret *seed,
		    struct secret *priv, uint8_t *pub)
{
	size_t len = alg->public_len;
	EVP_PKEY *pkey;
	struct wbuf w;
	int rc = x_make(x_context(cr, alg, m), seed, len, &pkey, pub);

	if (!rc)
		rc = secret_alloc(priv, 2 * len);
	if (!rc) {
		wbuf_fixed(&w, priv->p, priv->len);
		wbuf_put(&w, seed->p, len);
		wbuf_put(&w, pub, len);
		rc = w.err;
	}
	EVP_PKEY_free(pkey);
	return rc;
}

static int x_derive(struct ike_crypto *cr, const struct ike_group_alg *alg,
		    const struct group_math *m, const struct secret *priv,
		    struct cur peer, struct secret *out)
{
	EVP_PKEY_CTX *keys = x_context(cr, alg, m);
	struct cur c = ike_part_secret(priv), half;
	EVP_PKEY *own;
	int rc = cur_sub(&c, alg->public_len, &half);

	if (rc)
		return rc;
	/* Of both halves, so that the public one is not computed again. */
	own = x_key(keys, half, c);
	rc = x_exchange(cr, alg, keys, own, peer, out);
	EVP_PKEY_free(own);
	return rc;
}

/* A responder's: the key is used where it was made. */
static int x_both(struct ike_crypto *cr, const struct ike_group_alg *alg,
		  const struct group_math *m, const struct secret *seed,
		  struct cur peer, uint8_t *pub, struct secret *out)
{
	EVP_PKEY_CTX *keys = x_context(cr, alg, m);
	EVP_PKEY *own;
	int rc = x_make(keys, seed, alg->public_len, &own, pub);

	if (!rc)
		rc = x_exchange(cr, alg, keys, own, peer, out);
	EVP_PKEY_free(own);
	return rc;
}

int ike_dh_keygen(struct ike_crypto *cr, uint16_t group,
		  const struct secret *seed, struct secret *priv, uint8_t *pub)
{
	const struct ike_group_alg *alg = ike_group_alg(group);
	const struct group_math *m = alg ? ossl_group(cr, alg) : NULL;
	int rc = XE_UNSUPPORTED;

	secret_free(priv);
	if (!m)
		return XE_UNSUPPORTED;
	if (seed->len != alg->seed_len)
		return XE_RANGE;
	switch (alg->kind) {
	case IKE_GROUP_MODP:
	case IKE_GROUP_MODP_SUB:
		rc = modp_keygen(cr, alg, m, seed, priv, pub);
		break;
	case IKE_GROUP_ECP:
		rc = ecp_keygen(cr, alg, m, seed, priv, pub);
		break;
	case IKE_GROUP_X:
		rc = x_keygen(cr, alg, m, seed, priv, pub);
		break;
	}
	if (rc)
		secret_free(priv);
	return rc;
}

/*
 * RFC 2409 5 wants values padded.  The reference and its kin (macOS, iOS,
 * telephones, routers) leave leading zeros out, so that every 256th is short.
 */
#define MODP_SHORT_MAX 4

static bool public_len_ok(const struct ike_group_alg *alg, size_t len)
{
	bool modp = alg->kind == IKE_GROUP_MODP ||
		    alg->kind == IKE_GROUP_MODP_SUB;

	return len <= alg->public_len &&
	       alg->public_len - len <= (modp ? MODP_SHORT_MAX : 0);
}

int ike_dh_check(struct ike_crypto *cr, uint16_t group, struct cur peer)
{
	const struct ike_group_alg *alg = ike_group_alg(group);
	const struct group_math *m = alg ? ossl_group(cr, alg) : NULL;
	EC_POINT *pt;
	int rc = 0;

	if (!m)
		return XE_UNSUPPORTED;
	if (!public_len_ok(alg, peer.left))
		return XE_RANGE;
	switch (alg->kind) {
	case IKE_GROUP_MODP:
	case IKE_GROUP_MODP_SUB:
		BN_CTX_start(cr->bn);
		rc = modp_load_peer(m, peer, BN_CTX_get(cr->bn));
		BN_CTX_end(cr->bn);
		break;
	case IKE_GROUP_ECP:
		pt = EC_POINT_new(m->ec);
		rc = ecp_load_peer(cr, m, peer, pt);
		EC_POINT_free(pt);
		break;
	case IKE_GROUP_X:
		break; /* every string is a point; derivation finds the rest */
	}
	return rc;
}

int ike_dh_derive(struct ike_crypto *cr, uint16_t group,
		  const struct secret *priv, struct cur peer,
		  struct secret *out)
{
	const struct ike_group_alg *alg = ike_group_alg(group);
	const struct group_math *m = alg ? ossl_group(cr, alg) : NULL;
	int rc;

	secret_free(out);
	if (!m)
		return XE_UNSUPPORTED;
	if (!public_len_ok(alg, peer.left) || !priv->len)
		return XE_RANGE;
	rc = secret_alloc(out, alg->secret_len);
	if (rc)
		return rc;
	switch (alg->kind) {
	case IKE_GROUP_MODP:
	case IKE_GROUP_MODP_SUB:
		rc = modp_derive(cr, alg, m, priv, peer, out);
		break;
	case IKE_GROUP_ECP:
		rc = ecp_derive(cr, alg, m, priv, peer, out);
		break;
	case IKE_GROUP_X:
		rc = x_derive(cr, alg, m, priv, peer, out);
		break;
	}
	if (rc)
		secret_free(out);
	return rc;
}

int ike_dh_both(struct ike_crypto *cr, uint16_t group,
		const struct secret *seed, struct cur peer, uint8_t *pub,
		struct secret *out)
{
	const struct ike_group_alg *alg = ike_group_alg(group);
	const struct group_math *m = alg ? ossl_group(cr, alg) : NULL;
	struct secret priv = { 0 };
	int rc;

	secret_free(out);
	if (!m)
		return XE_UNSUPPORTED;
	if (alg->kind != IKE_GROUP_X) {
		rc = ike_dh_keygen(cr, group, seed, &priv, pub);
		if (!rc)
			rc = ike_dh_derive(cr, group, &priv, peer, out);
		secret_free(&priv);
		return rc;
	}
	if (seed->len != alg->seed_len || !public_len_ok(alg, peer.left))
		return XE_RANGE;
	rc = secret_alloc(out, alg->secret_len);
	if (!rc)
		rc = x_both(cr, alg, m, seed, peer, pub, out);
	if (rc)
		secret_free(out);
	return rc;
}
