/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/ike_test.h"

#include "ike/crypto/keymat.h"
#include "tests/vectors/ikev1.h"

#define VECTORS (sizeof(v1_vectors) / sizeof(v1_vectors[0]))

static struct ike_crypto *cr;

static int setup(void **state)
{
	return ike_crypto_new(&cr, NULL);
}

static int teardown(void **state)
{
	ike_crypto_free(cr);
	return 0;
}

/* SKEYID and what follows from it */
static void derive(const struct v1_vector *v, struct ike_v1_keys *k)
{
	struct secret skeyid = { 0 }, gxy = { 0 }, psk = { 0 };
	struct ike_v1_keys_in in = {
		.md = v->md, .enc = v->enc, .keylen = v->keylen,
		.cky_i = hex_u64(v->cky_i), .cky_r = hex_u64(v->cky_r),
		.skeyid = &skeyid, .gxy = &gxy,
	};
	struct hex ni, nr, both;
	char text[1024];

	hex_secret(&gxy, v->gxy);
	if (v->psk) {
		hex_secret(&psk, v->psk);
		snprintf(text, sizeof(text), "%s%s", v->ni, v->nr);
		assert_int_equal(ike_v1_skeyid_psk(cr, v->md, &psk,
						   hex_cur(&both, text),
						   &skeyid), 0);
	} else {
		assert_int_equal(ike_v1_skeyid_sig(cr, v->md,
						   hex_cur(&ni, v->ni),
						   hex_cur(&nr, v->nr), &gxy,
						   &skeyid), 0);
	}
	assert_hex(skeyid.p, skeyid.len, v->skeyid);
	assert_int_equal(ike_v1_keys_derive(cr, &in, k), 0);
	secret_free(&skeyid);
	secret_free(&gxy);
	secret_free(&psk);
}

static void skeyid_family(void **state)
{
	for (size_t i = 0; i < VECTORS; i++) {
		const struct v1_vector *v = &v1_vectors[i];
		struct ike_v1_keys k = { 0 };

		derive(v, &k);
		assert_hex(k.skeyid.p, k.skeyid.len, v->skeyid);
		assert_hex(k.skeyid_d.p, k.skeyid_d.len, v->skeyid_d);
		assert_hex(k.skeyid_a.p, k.skeyid_a.len, v->skeyid_a);
		assert_hex(k.skeyid_e.p, k.skeyid_e.len, v->skeyid_e);
		assert_hex(k.key.p, k.key.len, v->key);
		ike_v1_keys_free(&k);
		assert_null(k.key.p);
	}
}

static void hashes(void **state)
{
	for (size_t i = 0; i < VECTORS; i++) {
		const struct v1_vector *v = &v1_vectors[i];
		struct hex gxi, gxr, sai, id, ni, nr, rest;
		size_t len = ike_md_alg(v->md)->len;
		struct ike_v1_auth_in in = {
			.gxi = hex_cur(&gxi, v->gxi),
			.gxr = hex_cur(&gxr, v->gxr),
			.sai_b = hex_cur(&sai, v->sai_b),
			.id_b = hex_cur(&id, v->id_i),
		};
		struct ike_v1_keys k = { 0 };
		uint8_t out[IKE_MD_MAX];

		derive(v, &k);
		assert_int_equal(ike_v1_auth_hash(cr, &k, true, &in, out), 0);
		assert_hex(out, len, v->hash_i);
		in.id_b = hex_cur(&id, v->id_r);
		assert_int_equal(ike_v1_auth_hash(cr, &k, false, &in, out), 0);
		assert_hex(out, len, v->hash_r);
		hex_cur(&ni, v->ni);
		hex_cur(&nr, v->nr);
		hex_cur(&rest, v->rest);
		assert_int_equal(ike_v1_hash1(cr, &k, v->msgid,
					      cur_init(rest.p, rest.n), out),
				 0);
		assert_hex(out, len, v->hash1);
		assert_int_equal(ike_v1_hash2(cr, &k, v->msgid,
					      cur_init(ni.p, ni.n),
					      cur_init(rest.p, rest.n), out),
				 0);
		assert_hex(out, len, v->hash2);
		assert_int_equal(ike_v1_hash3(cr, &k, v->msgid,
					      cur_init(ni.p, ni.n),
					      cur_init(nr.p, nr.n), out), 0);
		assert_hex(out, len, v->hash3);
		ike_v1_keys_free(&k);
	}
}

static void ivs(void **state)
{
	for (size_t i = 0; i < VECTORS; i++) {
		const struct v1_vector *v = &v1_vectors[i];
		size_t len = ike_enc_alg(v->enc)->iv;
		uint8_t iv[IKE_BLOCK_MAX];
		struct hex gxi, gxr, last;

		assert_int_equal(ike_v1_iv_phase1(cr, v->md, v->enc,
						  hex_cur(&gxi, v->gxi),
						  hex_cur(&gxr, v->gxr), iv),
				 0);
		assert_hex(iv, len, v->iv1);
		hex_cur(&last, v->last);
		assert_int_equal(last.n, len);
		assert_int_equal(ike_v1_iv_phase2(cr, v->md, v->enc, last.p,
						  v->msgid, iv), 0);
		assert_hex(iv, len, v->iv2);
	}
}

static void keymat(void **state)
{
	for (size_t i = 0; i < VECTORS; i++) {
		const struct v1_vector *v = &v1_vectors[i];
		struct secret gxy = { 0 }, out = { 0 };
		struct hex spi, ni, nr;
		struct ike_v1_keymat_in in = {
			.proto = IKE_PROTO_ESP,
			.spi = hex_cur(&spi, v->spi),
			.ni = hex_cur(&ni, v->ni),
			.nr = hex_cur(&nr, v->nr),
		};
		struct ike_v1_keys k = { 0 };

		derive(v, &k);
		assert_int_equal(ike_v1_keymat(cr, &k, &in, 100, &out), 0);
		assert_hex(out.p, out.len, v->keymat);
		/* Less of it is its start. */
		for (size_t n = 1; n < 100; n += 13) {
			struct secret part = { 0 };

			assert_int_equal(ike_v1_keymat(cr, &k, &in, n, &part),
					 0);
			assert_int_equal(part.len, n);
			assert_memory_equal(part.p, out.p, n);
			secret_free(&part);
		}
		hex_secret(&gxy, v->qgxy);
		in.gxy = &gxy;
		in.proto = IKE_PROTO_AH;
		assert_int_equal(ike_v1_keymat(cr, &k, &in, 36, &out), 0);
		assert_hex(out.p, out.len, v->keymat_pfs);
		assert_int_equal(ike_v1_keymat(cr, &k, &in, 0, &out),
				 XE_RANGE);
		assert_null(out.p);
		secret_free(&gxy);
		ike_v1_keys_free(&k);
	}
}

static void natd(void **state)
{
	static const uint8_t addr[] = { 192, 0, 2, 7 };
	uint8_t out[IKE_MD_MAX];

	for (size_t i = 0; i < VECTORS; i++) {
		const struct v1_vector *v = &v1_vectors[i];

		assert_int_equal(ike_v1_natd(cr, v->md, hex_u64(v->cky_i),
					     hex_u64(v->cky_r),
					     cur_init(addr, 4), 4500, out), 0);
		assert_hex(out, ike_md_alg(v->md)->len, v->natd4);
	}
}

/* A key length that the cipher does not take leaves nothing behind. */
static void bad_keylen(void **state)
{
	struct secret s = { 0 };
	struct ike_v1_keys k = { 0 };
	struct ike_v1_keys_in in = { .md = IKE_MD_SHA256, .enc = IKE_ENC_AES,
				     .skeyid = &s, .gxy = &s };

	assert_int_equal(secret_alloc(&s, 32), 0);
	for (in.keylen = 1; in.keylen < 300; in.keylen++) {
		bool ok = in.keylen == 128 || in.keylen == 192 ||
			  in.keylen == 256;

		assert_int_equal(ike_v1_keys_derive(cr, &in, &k),
				 ok ? 0 : XE_KEYLEN);
		if (ok)
			assert_int_equal(k.key.len, in.keylen / 8);
		else
			assert_null(k.skeyid.p);
	}
	in.md = IKE_MD_NONE;
	assert_int_equal(ike_v1_keys_derive(cr, &in, &k), XE_UNSUPPORTED);
	ike_v1_keys_free(&k);
	secret_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(skeyid_family),
		cmocka_unit_test(hashes),
		cmocka_unit_test(ivs),
		cmocka_unit_test(keymat),
		cmocka_unit_test(natd),
		cmocka_unit_test(bad_keylen),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
