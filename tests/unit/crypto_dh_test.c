/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/ike_test.h"

#include "ike/crypto/dh.h"
#include "tests/vectors/dh.h"

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

/* One side: key pair from seed, public value, secret with the other side */
static void one_side(uint16_t group, const char *seed, const char *pub,
		     const char *peer, const char *secret)
{
	struct secret s = { 0 }, priv = { 0 }, shared = { 0 };
	uint8_t out[IKE_DH_MAX_PUBLIC];
	struct hex h;
	struct cur c = hex_cur(&h, peer);

	hex_secret(&s, seed);
	assert_int_equal(ike_dh_keygen(cr, group, &s, &priv, out), 0);
	assert_hex(out, ike_group_alg(group)->public_len, pub);
	assert_int_equal(ike_dh_check(cr, group, c), 0);
	assert_int_equal(ike_dh_derive(cr, group, &priv, c, &shared), 0);
	assert_hex(shared.p, shared.len, secret);
	secret_free(&s);
	secret_free(&priv);
	secret_free(&shared);
}

static void computed(void **state)
{
	for (size_t i = 0; i < sizeof(dh_vectors) / sizeof(dh_vectors[0]);
	     i++) {
		const struct dh_vector *v = &dh_vectors[i];

		one_side((uint16_t)v->group, v->seed_a, v->pub_a, v->pub_b,
			 v->secret);
		one_side((uint16_t)v->group, v->seed_b, v->pub_b, v->pub_a,
			 v->secret);
	}
}

/* RFC 5903 8.1; a seed is the scalar less one, with 8 zero bytes in front */
static void rfc5903(void **state)
{
	static const char gi[] =
		"dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
		"5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3";
	static const char gr[] =
		"d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
		"56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab";
	static const char z[] =
		"d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de";

	one_side(GROUP_ECP256, "0000000000000000"
		 "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1432",
		 gi, gr, z);
	one_side(GROUP_ECP256, "0000000000000000"
		 "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee52",
		 gr, gi, z);
}

/* RFC 7748 6.1 and 6.2 */
static void rfc7748(void **state)
{
	static const char a[] =
		"8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
	static const char b[] =
		"de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
	static const char z[] =
		"4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
	static const char a4[] =
		"9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c"
		"22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0";
	static const char b4[] =
		"3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b430"
		"27d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609";
	static const char z4[] =
		"07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282b"
		"b60c0b56fd2464c335543936521c24403085d59a449a5037514a879d";

	one_side(GROUP_X25519,
		 "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
		 a, b, z);
	one_side(GROUP_X25519,
		 "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
		 b, a, z);
	one_side(GROUP_X448,
		 "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28d"
		 "d9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b",
		 a4, b4, z4);
	one_side(GROUP_X448,
		 "1c306a7ac2a0e2e0990b294470cba339e6453772b075811d8fad0d1d"
		 "6927c120bb5ee8972b0d3e21374c9c921b09d1b0366f10b65173992d",
		 b4, a4, z4);
}

/* Two sides with random seeds agree in every group, the same seed repeats. */
static void agree(void **state)
{
	const struct ike_group_alg *g;

	for (size_t i = 0; (g = ike_group_at(i)); i++) {
		uint8_t pub[3][IKE_DH_MAX_PUBLIC];
		struct secret seed = { 0 }, priv[2] = { 0 }, z[2] = { 0 };

		assert_true(g->public_len <= IKE_DH_MAX_PUBLIC);
		assert_true(g->seed_len <= IKE_DH_MAX_SEED);
		if (!ike_group_available(cr, g->id))
			continue;
		assert_int_equal(secret_alloc(&seed, g->seed_len), 0);
		for (int k = 0; k < 2; k++) {
			assert_int_equal(ike_crypto_random(cr, seed.p,
							   seed.len), 0);
			assert_int_equal(ike_dh_keygen(cr, g->id, &seed,
						       &priv[k], pub[k]), 0);
		}
		assert_memory_not_equal(pub[0], pub[1], g->public_len);
		for (int k = 0; k < 2; k++)
			assert_int_equal(ike_dh_derive(cr, g->id, &priv[k],
						       cur_init(pub[1 - k],
								g->public_len),
						       &z[k]), 0);
		assert_int_equal(z[0].len, g->secret_len);
		assert_true(secret_equal(&z[0], &z[1]));
		assert_int_equal(ike_dh_keygen(cr, g->id, &seed, &priv[0],
					       pub[2]), 0);
		assert_memory_equal(pub[1], pub[2], g->public_len);
		/* the same in one call */
		memset(pub[2], 0, sizeof(pub[2]));
		assert_int_equal(ike_dh_both(cr, g->id, &seed,
					     cur_init(pub[0], g->public_len),
					     pub[2], &z[1]), 0);
		assert_memory_equal(pub[1], pub[2], g->public_len);
		assert_true(secret_equal(&z[0], &z[1]));
		secret_free(&seed);
		for (int k = 0; k < 2; k++) {
			secret_free(&priv[k]);
			secret_free(&z[k]);
		}
	}
}

/* The groups every OpenSSL we build with has to have */
static void available(void **state)
{
	static const uint16_t need[] = { 1, 2, 5, 14, 15, 16, 17, 18, 19, 20,
					 21, 31 };

	for (size_t i = 0; i < sizeof(need) / sizeof(need[0]); i++)
		assert_true(ike_group_available(cr, need[i]));
	assert_false(ike_group_available(cr, 0));
	assert_false(ike_group_available(cr, GROUP_EC2N155));
	assert_false(ike_group_available(cr, 0xffff));
}

/* A private key of that group, for derivations that must fail */
static void some_key(uint16_t group, struct secret *priv, uint8_t *pub)
{
	struct secret seed = { 0 };

	assert_int_equal(secret_alloc(&seed, ike_group_alg(group)->seed_len),
			 0);
	memset(seed.p, 0x42, seed.len);
	assert_int_equal(ike_dh_keygen(cr, group, &seed, priv, pub), 0);
	secret_free(&seed);
}

static void refused(uint16_t group, const struct secret *priv,
		    const uint8_t *value, int want)
{
	struct cur c = cur_init(value, ike_group_alg(group)->public_len);
	struct secret z = { 0 }, seed = { 0 };
	uint8_t pub[IKE_DH_MAX_PUBLIC];

	assert_int_equal(ike_dh_check(cr, group, c), want);
	assert_int_equal(ike_dh_derive(cr, group, priv, c, &z), want);
	assert_null(z.p);
	assert_int_equal(secret_alloc(&seed, ike_group_alg(group)->seed_len),
			 0);
	memset(seed.p, 0x43, seed.len);
	assert_int_equal(ike_dh_both(cr, group, &seed, c, pub, &z), want);
	assert_null(z.p);
	secret_free(&seed);
}

/* Attack cases: 0, 1, p - 1, p, p + 1, all ones; 2 is fine. */
static void modp_values(void **state)
{
	static const uint16_t groups[] = { 1, 2, 5, 14, 15, 16, 17, 18, 22,
					   23, 24 };

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		const struct ike_group_alg *g = ike_group_alg(groups[i]);
		uint8_t v[IKE_DH_MAX_PUBLIC] = { 0 }, pub[IKE_DH_MAX_PUBLIC];
		size_t last = g->public_len - 1u;
		struct secret priv = { 0 }, z = { 0 };

		some_key(g->id, &priv, pub);
		refused(g->id, &priv, v, XE_MALFORMED);
		v[last] = 1;
		refused(g->id, &priv, v, XE_MALFORMED);
		v[last] = 2;
		assert_int_equal(ike_dh_check(cr, g->id,
					      cur_init(v, last + 1)), 0);
		if (g->kind == IKE_GROUP_MODP_SUB)
			/* 2 generates more than the subgroup */
			assert_int_equal(ike_dh_derive(cr, g->id, &priv,
						       cur_init(v, last + 1),
						       &z), XE_MALFORMED);
		memset(v, 0xff, sizeof(v));
		refused(g->id, &priv, v, XE_MALFORMED);
		secret_free(&priv);
		secret_free(&z);
	}
}

/* Around the prime of group 14, which ends in FFFFFFFFFFFFFFFF */
static void modp_around_p(void **state)
{
	struct secret priv = { 0 }, z = { 0 };
	uint8_t p[256], pub[256];
	struct hex h;

	/* RFC 3526 3 */
	hex_cur(&h,
		"FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD1"
		"29024E088A67CC74020BBEA63B139B22514A08798E3404DD"
		"EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245"
		"E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
		"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3D"
		"C2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
		"83655D23DCA3AD961C62F356208552BB9ED529077096966D"
		"670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
		"E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9"
		"DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
		"15728E5A8AACAA68FFFFFFFFFFFFFFFF");
	assert_int_equal(h.n, 256);
	memcpy(p, h.p, 256);
	some_key(GROUP_MODP2048, &priv, pub);
	refused(GROUP_MODP2048, &priv, p, XE_MALFORMED);
	p[255] = 0xfe;
	refused(GROUP_MODP2048, &priv, p, XE_MALFORMED);
	p[255] = 0xfd; /* p - 2 is the largest that may be used */
	assert_int_equal(ike_dh_derive(cr, GROUP_MODP2048, &priv,
				       cur_init(p, 256), &z), 0);
	assert_int_equal(z.len, 256);
	p[247]++, p[255] = 0;
	refused(GROUP_MODP2048, &priv, p, XE_MALFORMED);
	secret_free(&priv);
	secret_free(&z);
}

static bool is_modp(const struct ike_group_alg *g)
{
	return g->kind == IKE_GROUP_MODP || g->kind == IKE_GROUP_MODP_SUB;
}

/* Lengths n - 1 (of modp n - 5), n, n + 1, 0 and twice n, in every group */
static void public_lengths(void **state)
{
	const struct ike_group_alg *g;

	for (size_t i = 0; (g = ike_group_at(i)); i++) {
		uint8_t v[2 * IKE_DH_MAX_PUBLIC + 1];
		size_t n = g->public_len;
		size_t len[] = { 0, 1, n - (is_modp(g) ? 5 : 1), n + 1,
				 2 * n };
		struct secret priv = { 0 }, z = { 0 };

		memset(v, 3, sizeof(v));
		if (!ike_group_available(cr, g->id))
			continue;
		some_key(g->id, &priv, v);
		for (size_t k = 0; k < sizeof(len) / sizeof(len[0]); k++) {
			assert_int_equal(ike_dh_check(cr, g->id,
						      cur_init(v, len[k])),
					 XE_RANGE);
			assert_int_equal(ike_dh_derive(cr, g->id, &priv,
						       cur_init(v, len[k]),
						       &z), XE_RANGE);
		}
		assert_int_equal(ike_dh_check(cr, g->id, cur_init(v, n)), 0);
		secret_free(&priv);
	}
}

/* Leading zeros of modp values may be missing: it is the same value. */
static void short_values(void **state)
{
	static const uint16_t groups[] = { GROUP_MODP1024, GROUP_MODP2048 };

	for (size_t i = 0; i < 2; i++) {
		uint8_t v[IKE_DH_MAX_PUBLIC];
		size_t n = ike_group_alg(groups[i])->public_len;
		struct secret priv = { 0 }, z = { 0 }, y = { 0 };

		some_key(groups[i], &priv, v);
		memset(v, 0, sizeof(v));
		memset(v + 4, 3, n - 4);
		assert_int_equal(ike_dh_derive(cr, groups[i], &priv,
					       cur_init(v, n), &z), 0);
		for (size_t cut = 1; cut <= 4; cut++) {
			struct cur c = cur_init(v + cut, n - cut);

			assert_int_equal(ike_dh_check(cr, groups[i], c), 0);
			assert_int_equal(ike_dh_derive(cr, groups[i], &priv, c,
						       &y), 0);
			assert_int_equal(y.len, n);
			assert_memory_equal(y.p, z.p, n);
		}
		secret_free(&priv);
		secret_free(&z);
		secret_free(&y);
	}
}

/* Off the curve, coordinates not below p, the origin */
static void curve_values(void **state)
{
	const struct ike_group_alg *g;

	for (size_t i = 0; (g = ike_group_at(i)); i++) {
		uint8_t v[IKE_DH_MAX_PUBLIC], pub[IKE_DH_MAX_PUBLIC];
		struct secret priv = { 0 };

		if (g->kind != IKE_GROUP_ECP ||
		    !ike_group_available(cr, g->id))
			continue;
		some_key(g->id, &priv, pub);
		memcpy(v, pub, sizeof(v));
		v[g->public_len - 1] ^= 1;
		refused(g->id, &priv, v, XE_MALFORMED);
		memset(v, 0, sizeof(v));
		refused(g->id, &priv, v, XE_MALFORMED);
		memset(v, 0xff, sizeof(v));
		refused(g->id, &priv, v, XE_MALFORMED);
		secret_free(&priv);
	}
}

/* Points of small order give an all-zero secret (RFC 7748 6, RFC 8031 3.2). */
static void x_small_order(void **state)
{
	static const char *const u[] = {
		"00", "01",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	struct secret priv = { 0 }, z = { 0 };
	uint8_t pub[56], v[56] = { 0 };

	some_key(GROUP_X25519, &priv, pub);
	for (size_t i = 0; i < sizeof(u) / sizeof(u[0]); i++) {
		struct hex h;

		memset(v, 0, sizeof(v));
		hex_cur(&h, u[i]);
		memcpy(v, h.p, h.n);
		assert_int_equal(ike_dh_derive(cr, GROUP_X25519, &priv,
					       cur_init(v, 32), &z),
				 XE_MALFORMED);
		assert_null(z.p);
	}
	some_key(GROUP_X448, &priv, pub);
	memset(v, 0, sizeof(v));
	assert_int_equal(ike_dh_derive(cr, GROUP_X448, &priv, cur_init(v, 56),
				       &z), XE_MALFORMED);
	secret_free(&priv);
}

/* Seeds of the wrong length, and those that are all zeros or all ones */
static void seeds(void **state)
{
	const struct ike_group_alg *g;

	for (size_t i = 0; (g = ike_group_at(i)); i++) {
		uint8_t pub[IKE_DH_MAX_PUBLIC];
		struct secret seed = { 0 }, priv = { 0 };

		if (!ike_group_available(cr, g->id))
			continue;
		assert_int_equal(secret_alloc(&seed, g->seed_len + 1u), 0);
		assert_int_equal(ike_dh_keygen(cr, g->id, &seed, &priv, pub),
				 XE_RANGE);
		secret_truncate(&seed, g->seed_len);
		assert_int_equal(ike_dh_keygen(cr, g->id, &seed, &priv, pub),
				 0);
		assert_int_equal(ike_dh_check(cr, g->id,
					      cur_init(pub, g->public_len)),
				 0);
		memset(seed.p, 0xff, seed.len);
		assert_int_equal(ike_dh_keygen(cr, g->id, &seed, &priv, pub),
				 0);
		secret_truncate(&seed, g->seed_len - 1u);
		assert_int_equal(ike_dh_keygen(cr, g->id, &seed, &priv, pub),
				 XE_RANGE);
		assert_null(priv.p);
		secret_free(&seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(computed),
		cmocka_unit_test(rfc5903),
		cmocka_unit_test(rfc7748),
		cmocka_unit_test(agree),
		cmocka_unit_test(available),
		cmocka_unit_test(modp_values),
		cmocka_unit_test(modp_around_p),
		cmocka_unit_test(public_lengths),
		cmocka_unit_test(short_values),
		cmocka_unit_test(curve_values),
		cmocka_unit_test(x_small_order),
		cmocka_unit_test(seeds),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
