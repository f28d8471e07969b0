/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A main mode and a quick mode, byte by byte: what tests/vectors/ikev1.py
 * computed is read with the codec, written again with it, and both are the
 * same.
 */
#include "tests/unit/ike_test.h"

#include "ike/crypto/cipher.h"
#include "ike/crypto/dh.h"
#include "ike/crypto/keymat.h"
#include "ike/wire/chain.h"
#include "ike/wire/sa_v1.h"
#include "ike/wire/vendor.h"
#include "tests/vectors/ikev1.h"

#define X v1_exchange

static struct ike_crypto *cr;
static struct ike_v1_keys keys;
static uint8_t phase1_last[16];	/* last cipher text of phase 1 */

static int setup(void **state)
{
	return ike_crypto_new(&cr, NULL);
}

static int teardown(void **state)
{
	ike_v1_keys_free(&keys);
	ike_crypto_free(cr);
	return 0;
}

struct packet {
	struct hex bytes;
	struct ike_msg m;
	struct arena *a;
};

/* Reads a message; iv is NULL for those in clear, else decrypts and chains. */
static void get(struct packet *pk, const char *text, uint8_t *iv, int phase)
{
	const struct ike_payload *bad;
	struct ike_hdr hdr;
	struct cur body;
	uint8_t *p = pk->bytes.p + IKE_HDR_LEN;

	hex_cur(&pk->bytes, text);
	assert_int_equal(ike_hdr_parse(cur_init(pk->bytes.p, pk->bytes.n),
				       &hdr, &body), 0);
	assert_int_equal(hdr.flags, iv ? IKE_FLAG_ENC : 0);
	if (iv)
		assert_int_equal(ike_cbc_decrypt(cr, IKE_ENC_AES, &keys.key,
						 iv, p, body.left), 0);
	pk->a = arena_new(0);
	assert_non_null(pk->a);
	assert_int_equal(ike_msg_walk(&pk->m, &hdr, body, iv != NULL, pk->a),
			 0);
	if (iv)
		assert_int_equal(ike_msg_check_padding(&pk->m, true), 0);
	assert_int_equal(ike_msg_decode(&pk->m, phase, pk->a, &bad), 0);
	assert_null(bad);
}

struct sealer {
	uint8_t *iv;
};

static int seal(void *arg, uint8_t *data, size_t len)
{
	struct sealer *s = arg;

	return ike_cbc_encrypt(cr, IKE_ENC_AES, &keys.key, s->iv, data, len);
}

static void put_payload(struct ike_build *b, const struct ike_payload *p)
{
	switch (p->type) {
	case PLD_SA:
		ike_sa_v1_put(b, p->u.sa->p[0].proto == IKE_PROTO_ISAKMP ?
			      1 : 2, p->u.sa);
		break;
	case PLD_ID:
		ike_build_id(b, &p->u.id);
		break;
	case PLD_KE:
		ike_build_raw(b, PLD_KE, p->u.ke.data);
		break;
	default:
		ike_build_raw(b, p->type, p->u.bytes);
	}
}

/* Writes what was read again: from its fields, not from its bytes. */
static void again(struct packet *pk, const char *text, uint8_t *iv)
{
	struct sealer s = { .iv = iv };
	struct ike_seal how = { .block = 16, .seal = seal, .arg = &s,
				.padding = { .exclusive_tail = true } };
	struct ike_hdr hdr = pk->m.hdr;
	struct ike_build b;
	struct wbuf w;

	hdr.flags = 0;
	for (size_t i = 0; i < pk->m.n; i++) {
		struct ike_payload *p = &pk->m.p[i];

		if (p->type == PLD_SA)
			for (size_t k = 0; k < p->u.sa->p[0].n; k++)
				p->u.sa->p[0].t[k].attrs = cur_init(NULL, 0);
	}
	wbuf_init(&w, 2000);
	ike_build_start(&b, &w, &hdr);
	for (size_t i = 0; i < pk->m.n; i++)
		put_payload(&b, &pk->m.p[i]);
	assert_int_equal(iv ? ike_build_seal(&b, &how) :
			      ike_build_finish(&b), 0);
	assert_hex(w.p, w.len, text);
	wbuf_free(&w);
	arena_free(pk->a);
}

static const struct ike_payload *find(const struct packet *pk, uint8_t type,
				      unsigned int i)
{
	const struct ike_payload *p = ike_msg_find(&pk->m, type, i);

	assert_non_null(p);
	return p;
}

static void in_clear(void **state)
{
	const char *const texts[] = { X.mm1, X.mm2, X.mm3, X.mm4 };
	const struct ike_payload *p;
	struct packet pk;
	struct cur rest;

	for (int i = 0; i < 4; i++) {
		get(&pk, texts[i], NULL, 1);
		again(&pk, texts[i], NULL);
	}
	get(&pk, X.mm1, NULL, 1);
	p = find(&pk, PLD_SA, 0);
	assert_int_equal(p->u.sa->n, 1);
	assert_int_equal(p->u.sa->p[0].n, 2);
	assert_int_equal(p->u.sa->p[0].t[0].seconds, 86400);
	assert_int_equal(p->u.sa->p[0].t[0].enc, V1_ENC_AES);
	assert_int_equal(p->u.sa->p[0].t[0].keylen, 128);
	assert_int_equal(p->u.sa->p[0].t[0].hash, V1_HASH_SHA256);
	assert_int_equal(p->u.sa->p[0].t[0].auth, V1_AUTH_PSK);
	assert_int_equal(p->u.sa->p[0].t[0].group, GROUP_MODP2048);
	assert_int_equal(p->u.sa->p[0].t[1].enc, V1_ENC_3DES);
	p = find(&pk, PLD_VID, 0);
	assert_int_equal(ike_vendor_find(p->u.bytes, &rest), VID_DPD);
	arena_free(pk.a);
}

/* The answer with the first transform chosen is the one that was computed. */
static void choice(void **state)
{
	struct ike_choice c = { .s = { 0, 1 }, .t = { 0 } };
	struct ike_choice found;
	struct packet pk, ans;
	struct ike_build b;
	struct ike_hdr hdr;
	struct wbuf w;

	get(&pk, X.mm1, NULL, 1);
	get(&ans, X.mm2, NULL, 1);
	hdr = ans.m.hdr;
	wbuf_init(&w, 2000);
	ike_build_start(&b, &w, &hdr);
	ike_sa_v1_put_choice(&b, find(&pk, PLD_SA, 0)->u.sa, &c);
	ike_build_raw(&b, PLD_VID, ike_vendor_bytes(VID_DPD));
	assert_int_equal(ike_build_finish(&b), 0);
	assert_hex(w.p, w.len, X.mm2);
	assert_int_equal(ike_sa_v1_find(find(&pk, PLD_SA, 0)->u.sa,
					find(&ans, PLD_SA, 0)->u.sa, &found),
			 0);
	assert_int_equal(found.s.first, 0);
	assert_int_equal(found.t[0], 0);
	wbuf_free(&w);
	arena_free(pk.a);
	arena_free(ans.a);
}

/* Diffie-Hellman from the exponents, SKEYID from the key, both ways */
static void agree(void **state)
{
	struct secret seed = { 0 }, priv = { 0 }, gxy = { 0 }, psk = { 0 };
	struct secret skeyid = { 0 };
	struct ike_v1_keys_in in = {
		.md = IKE_MD_SHA256, .enc = IKE_ENC_AES, .keylen = 128,
		.cky_i = hex_u64(X.cky_i), .cky_r = hex_u64(X.cky_r),
		.skeyid = &skeyid, .gxy = &gxy,
	};
	uint8_t pub[256];
	struct hex peer, nonces;
	char text[65];

	hex_secret(&seed, X.xi);
	assert_int_equal(ike_dh_keygen(cr, GROUP_MODP2048, &seed, &priv, pub),
			 0);
	assert_hex(pub, 256, X.gxi);
	assert_int_equal(ike_dh_derive(cr, GROUP_MODP2048, &priv,
				       hex_cur(&peer, X.gxr), &gxy), 0);
	assert_hex(gxy.p, gxy.len, X.gxy);
	hex_secret(&psk, X.psk);
	snprintf(text, sizeof(text), "%s%s", X.ni, X.nr);
	assert_int_equal(ike_v1_skeyid_psk(cr, in.md, &psk,
					   hex_cur(&nonces, text), &skeyid),
			 0);
	assert_int_equal(ike_v1_keys_derive(cr, &in, &keys), 0);
	secret_free(&seed);
	secret_free(&priv);
	secret_free(&gxy);
	secret_free(&psk);
	secret_free(&skeyid);
}

static void check_auth(const struct packet *pk, bool initiator)
{
	struct hex gxi, gxr;
	struct packet mm1;
	struct ike_v1_auth_in in = {
		.gxi = hex_cur(&gxi, X.gxi), .gxr = hex_cur(&gxr, X.gxr),
	};
	const struct ike_payload *h = find(pk, PLD_HASH, 0);
	uint8_t hash[IKE_MD_MAX];

	get(&mm1, X.mm1, NULL, 1);
	in.sai_b = find(&mm1, PLD_SA, 0)->u.sa->body;
	in.id_b = find(pk, PLD_ID, 0)->body;
	assert_int_equal(ike_v1_auth_hash(cr, &keys, initiator, &in, hash), 0);
	assert_int_equal(h->u.bytes.left, 32);
	assert_memory_equal(hash, h->u.bytes.p, 32);
	arena_free(mm1.a);
}

static void encrypted(void **state)
{
	uint8_t in[16], out[16];
	struct hex gxi, gxr;
	struct packet pk;

	assert_int_equal(ike_v1_iv_phase1(cr, keys.md, keys.enc,
					  hex_cur(&gxi, X.gxi),
					  hex_cur(&gxr, X.gxr), in), 0);
	memcpy(out, in, 16);
	get(&pk, X.mm5, in, 1);
	check_auth(&pk, true);
	assert_int_equal(find(&pk, PLD_ID, 0)->u.id.type, ID_IPV4);
	assert_int_equal(find(&pk, PLD_ID, 0)->u.id.port, 500);
	again(&pk, X.mm5, out);
	get(&pk, X.mm6, in, 1);
	check_auth(&pk, false);
	again(&pk, X.mm6, out);
	assert_memory_equal(in, out, 16);
	memcpy(phase1_last, in, 16);
}

/* HASH(1), (2), (3) of the quick mode messages */
static void check_hash(const struct packet *pk, int which, struct cur ni,
		       struct cur nr)
{
	const struct ike_payload *h = find(pk, PLD_HASH, 0);
	struct cur rest = ike_msg_after(&pk->m, h);
	uint32_t id = pk->m.hdr.msgid;
	uint8_t hash[IKE_MD_MAX];
	int rc;

	if (which == 1)
		rc = ike_v1_hash1(cr, &keys, id, rest, hash);
	else if (which == 2)
		rc = ike_v1_hash2(cr, &keys, id, ni, rest, hash);
	else
		rc = ike_v1_hash3(cr, &keys, id, ni, nr, hash);
	assert_int_equal(rc, 0);
	assert_int_equal(h->u.bytes.left, 32);
	assert_memory_equal(hash, h->u.bytes.p, 32);
}

static void check_keymat(struct cur spi, struct cur ni, struct cur nr,
			 const char *want)
{
	struct ike_v1_keymat_in in = { .proto = IKE_PROTO_ESP, .spi = spi,
				       .ni = ni, .nr = nr };
	struct secret out = { 0 };

	assert_int_equal(ike_v1_keymat(cr, &keys, &in, 64, &out), 0);
	assert_hex(out.p, out.len, want);
	secret_free(&out);
}

static void quick(void **state)
{
	static struct packet pk[3];
	const struct ike_transform *t;
	const struct ike_proposal *p[2];
	uint8_t in[16], out[16];
	struct cur ni, nr;

	assert_int_equal(ike_v1_iv_phase2(cr, keys.md, keys.enc, phase1_last,
					  0x11223344, in), 0);
	memcpy(out, in, 16);
	get(&pk[0], X.qm1, in, 2);
	get(&pk[1], X.qm2, in, 2);
	get(&pk[2], X.qm3, in, 2);
	ni = find(&pk[0], PLD_NONCE, 0)->u.bytes;
	nr = find(&pk[1], PLD_NONCE, 0)->u.bytes;
	check_hash(&pk[0], 1, ni, nr);
	check_hash(&pk[1], 2, ni, nr);
	check_hash(&pk[2], 3, ni, nr);
	for (int i = 0; i < 2; i++) {
		p[i] = &find(&pk[i], PLD_SA, 0)->u.sa->p[0];
		t = &p[i]->t[0];
		assert_int_equal(t->id, ESP_AES_CBC);
		assert_int_equal(t->keylen, 256);
		assert_int_equal(t->auth, P2_AUTH_SHA256);
		assert_int_equal(t->encap, ENCAP_TUNNEL);
		assert_int_equal(t->seconds, 28800);
		assert_int_equal(t->flags, 0);
		assert_int_equal(ike_msg_count(&pk[i].m, PLD_ID), 2);
	}
	check_keymat(p[0]->spi, ni, nr, X.keymat_i);
	check_keymat(p[1]->spi, ni, nr, X.keymat_r);
	again(&pk[0], X.qm1, out);
	again(&pk[1], X.qm2, out);
	again(&pk[2], X.qm3, out);
}

int main(void)
{
	/* In this order: later cases use the keys of earlier ones. */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_clear),
		cmocka_unit_test(choice),
		cmocka_unit_test(agree),
		cmocka_unit_test(encrypted),
		cmocka_unit_test(quick),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
