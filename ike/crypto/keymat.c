/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/crypto/keymat.h"

#include <string.h>

#include "ike/crypto/prf.h"
#include "libxfrm/base/err.h"

/* Numbers as the RFC's formulas take them: in network byte order */
struct num {
	uint8_t p[8];
};

static struct cur num_u64(struct num *n, uint64_t v)
{
	struct wbuf w;

	wbuf_fixed(&w, n->p, sizeof(n->p));
	wbuf_u64(&w, v);
	return wbuf_cur(&w);
}

static struct cur num_u32(struct num *n, uint32_t v)
{
	struct wbuf w;

	wbuf_fixed(&w, n->p, sizeof(n->p));
	wbuf_u32(&w, v);
	return wbuf_cur(&w);
}

static struct cur num_u8(struct num *n, uint8_t v)
{
	n->p[0] = v;
	return cur_init(n->p, 1);
}

void ike_v1_keys_free(struct ike_v1_keys *k)
{
	if (!k)
		return;
	secret_free(&k->skeyid);
	secret_free(&k->skeyid_d);
	secret_free(&k->skeyid_a);
	secret_free(&k->skeyid_e);
	secret_free(&k->key);
}

void ike_v1_keys_settle(struct ike_v1_keys *k)
{
	secret_free(&k->skeyid);
	secret_free(&k->skeyid_e);
}

int ike_v1_skeyid_psk(struct ike_crypto *cr, enum ike_md md,
		      const struct secret *psk, struct cur nonces,
		      struct secret *out)
{
	return ike_prf_secret(cr, md, ike_part_secret(psk), &nonces, 1, out);
}

int ike_v1_skeyid_sig(struct ike_crypto *cr, enum ike_md md, struct cur ni,
		      struct cur nr, const struct secret *gxy,
		      struct secret *out)
{
	struct cur part = ike_part_secret(gxy);
	struct wbuf key;
	int rc;

	wbuf_init(&key, ni.left + nr.left);
	wbuf_put(&key, ni.p, ni.left);
	wbuf_put(&key, nr.p, nr.left);
	rc = key.err;
	if (rc)
		secret_free(out);
	else
		rc = ike_prf_secret(cr, md, wbuf_cur(&key), &part, 1, out);
	wbuf_free(&key);
	return rc;
}

/*
 * K1 = prf(key, first), Kn = prf(key, Kn-1 | rest), cut to len: for first a
 * single 0 byte and no rest this is appendix B, for both the same it is the
 * KEYMAT of 5.5.
 */
static int expand(struct ike_crypto *cr, enum ike_md md,
		  const struct secret *key, const struct cur *first,
		  size_t nfirst, const struct cur *rest, size_t nrest,
		  size_t len, struct secret *out)
{
	struct cur in[8];
	uint8_t k[IKE_MD_MAX];
	size_t mdlen;
	struct wbuf w;
	int rc;

	secret_free(out);
	if (!ike_md_available(cr, md))
		return XE_UNSUPPORTED;
	if (!len || nrest > 7)
		return XE_RANGE;
	rc = secret_alloc(out, len);
	if (rc)
		return rc;
	mdlen = ike_md_alg(md)->len;
	in[0] = cur_init(k, mdlen);
	if (nrest)
		memcpy(in + 1, rest, nrest * sizeof(*rest));
	wbuf_fixed(&w, out->p, len);
	rc = ike_prf(cr, md, key, first, nfirst, k);
	while (!rc) {
		size_t left = len - w.len;

		wbuf_put(&w, k, left < mdlen ? left : mdlen);
		if (w.len == len)
			break;
		rc = ike_prf(cr, md, key, in, nrest + 1, k);
	}
	secret_wipe(k, sizeof(k));
	if (rc)
		secret_free(out);
	return rc;
}

/* The cipher's key: the start of SKEYID_e, or its expansion (appendix B) */
static int cipher_key(struct ike_crypto *cr, struct ike_v1_keys *k,
		      unsigned int keylen)
{
	size_t len = ike_enc_key_bytes(k->enc, keylen);
	struct num zero;
	struct cur part = num_u8(&zero, 0);

	if (!len)
		return XE_KEYLEN;
	if (len <= k->skeyid_e.len)
		return secret_set(&k->key, k->skeyid_e.p, len);
	return expand(cr, k->md, &k->skeyid_e, &part, 1, NULL, 0, len,
		      &k->key);
}

/*
 * SKEYID_d = prf(SKEYID, g^xy | CKY-I | CKY-R | 0)
 * SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)
 * SKEYID_e = prf(SKEYID, SKEYID_a | g^xy | CKY-I | CKY-R | 2)
 */
int ike_v1_keys_derive(struct ike_crypto *cr, const struct ike_v1_keys_in *in,
		       struct ike_v1_keys *k)
{
	struct secret *const step[] = { &k->skeyid_d, &k->skeyid_a,
					&k->skeyid_e };
	struct num ci, cr_, count;
	struct cur part[5], key;
	int rc;

	ike_v1_keys_free(k);
	k->md = in->md;
	k->enc = in->enc;
	k->cky_i = in->cky_i;
	k->cky_r = in->cky_r;
	rc = secret_set(&k->skeyid, in->skeyid->p, in->skeyid->len);
	key = ike_part_secret(&k->skeyid);
	part[0] = cur_init(NULL, 0);
	part[1] = ike_part_secret(in->gxy);
	part[2] = num_u64(&ci, in->cky_i);
	part[3] = num_u64(&cr_, in->cky_r);
	for (uint8_t i = 0; !rc && i < 3; i++) {
		part[4] = num_u8(&count, i);
		rc = ike_prf_secret(cr, in->md, key, part, 5, step[i]);
		part[0] = ike_part_secret(step[i]);
	}
	if (!rc)
		rc = cipher_key(cr, k, in->keylen);
	if (rc)
		ike_v1_keys_free(k);
	return rc;
}

int ike_v1_auth_hash(struct ike_crypto *cr, const struct ike_v1_keys *k,
		     bool initiator, const struct ike_v1_auth_in *in,
		     uint8_t *out)
{
	struct num ci, cr_;
	struct cur cky_i = num_u64(&ci, k->cky_i);
	struct cur cky_r = num_u64(&cr_, k->cky_r);
	struct cur part[] = {
		initiator ? in->gxi : in->gxr,
		initiator ? in->gxr : in->gxi,
		initiator ? cky_i : cky_r,
		initiator ? cky_r : cky_i,
		in->sai_b,
		in->id_b,
	};

	return ike_prf(cr, k->md, &k->skeyid, part, 6, out);
}

/* hash(parts), cut to the cipher's IV */
static int hash_iv(struct ike_crypto *cr, enum ike_md md, enum ike_enc enc,
		   const struct cur *part, size_t n, uint8_t *iv)
{
	const struct ike_enc_alg *alg = ike_enc_alg(enc);
	uint8_t full[IKE_MD_MAX];
	int rc;

	if (!alg || alg->aead)
		return XE_UNSUPPORTED;
	rc = ike_hash(cr, md, part, n, full);
	if (!rc)
		memcpy(iv, full, alg->iv);
	else
		memset(iv, 0, alg->iv);
	return rc;
}

int ike_v1_iv_phase1(struct ike_crypto *cr, enum ike_md md, enum ike_enc enc,
		     struct cur gxi, struct cur gxr, uint8_t *iv)
{
	struct cur part[] = { gxi, gxr };

	return hash_iv(cr, md, enc, part, 2, iv);
}

int ike_v1_iv_phase2(struct ike_crypto *cr, enum ike_md md, enum ike_enc enc,
		     const uint8_t *last, uint32_t msgid, uint8_t *iv)
{
	const struct ike_enc_alg *alg = ike_enc_alg(enc);
	struct num id;
	struct cur part[] = { cur_init(last, alg ? alg->iv : 0),
			      num_u32(&id, msgid) };

	return hash_iv(cr, md, enc, part, 2, iv);
}

int ike_v1_hash1(struct ike_crypto *cr, const struct ike_v1_keys *k,
		 uint32_t msgid, struct cur rest, uint8_t *out)
{
	struct num id;
	struct cur part[] = { num_u32(&id, msgid), rest };

	return ike_prf(cr, k->md, &k->skeyid_a, part, 2, out);
}

int ike_v1_hash2(struct ike_crypto *cr, const struct ike_v1_keys *k,
		 uint32_t msgid, struct cur ni, struct cur rest, uint8_t *out)
{
	struct num id;
	struct cur part[] = { num_u32(&id, msgid), ni, rest };

	return ike_prf(cr, k->md, &k->skeyid_a, part, 3, out);
}

int ike_v1_hash3(struct ike_crypto *cr, const struct ike_v1_keys *k,
		 uint32_t msgid, struct cur ni, struct cur nr, uint8_t *out)
{
	struct num zero, id;
	struct cur part[] = { num_u8(&zero, 0), num_u32(&id, msgid), ni, nr };

	return ike_prf(cr, k->md, &k->skeyid_a, part, 4, out);
}

int ike_v1_keymat(struct ike_crypto *cr, const struct ike_v1_keys *k,
		  const struct ike_v1_keymat_in *in, size_t len,
		  struct secret *out)
{
	struct num proto;
	struct cur part[] = {
		in->gxy ? ike_part_secret(in->gxy) : cur_init(NULL, 0),
		num_u8(&proto, in->proto), in->spi, in->ni, in->nr,
	};

	return expand(cr, k->md, &k->skeyid_d, part, 5, part, 5, len, out);
}

int ike_v1_natd(struct ike_crypto *cr, enum ike_md md, uint64_t cky_i,
		uint64_t cky_r, struct cur addr, uint16_t port, uint8_t *out)
{
	struct num ci, cr_;
	uint8_t mem[2];
	struct wbuf w;
	struct cur part[4];

	wbuf_fixed(&w, mem, sizeof(mem));
	wbuf_u16(&w, port);
	part[0] = num_u64(&ci, cky_i);
	part[1] = num_u64(&cr_, cky_r);
	part[2] = addr;
	part[3] = wbuf_cur(&w);
	return ike_hash(cr, md, part, 4, out);
}
