/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/ike_test.h"

#include "ike/crypto/prf.h"

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

/* FIPS 180 and RFC 1321: "abc", in one part and in three */
static void hashes(void **state)
{
	static const struct {
		enum ike_md md;
		const char *want;
	} v[] = {
		{ IKE_MD_MD5, "900150983cd24fb0d6963f7d28e17f72" },
		{ IKE_MD_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ IKE_MD_SHA256, "ba7816bf8f01cfea414140de5dae2223"
				 "b00361a396177a9cb410ff61f20015ad" },
		{ IKE_MD_SHA384, "cb00753f45a35e8bb5a03d699ac65007"
				 "272c32ab0eded1631a8b605a43ff5bed"
				 "8086072ba1e7cc2358baeca134c825a7" },
		{ IKE_MD_SHA512, "ddaf35a193617abacc417349ae204131"
				 "12e6fa4e89a97ea20a9eeee64b55d39a"
				 "2192992a274fc1a836ba3c23a3feebbd"
				 "454d4423643ce80e2a9ac94fa54ca49f" },
	};
	struct cur whole = cur_init("abc", 3);
	struct cur parts[] = { cur_init("a", 1), cur_init(NULL, 0),
			       cur_init("bc", 2) };
	uint8_t out[IKE_MD_MAX];

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		size_t len = ike_md_alg(v[i].md)->len;

		assert_int_equal(ike_hash(cr, v[i].md, &whole, 1, out), 0);
		assert_hex(out, len, v[i].want);
		assert_int_equal(ike_hash(cr, v[i].md, parts, 3, out), 0);
		assert_hex(out, len, v[i].want);
	}
	assert_int_equal(ike_hash(cr, IKE_MD_NONE, &whole, 1, out),
			 XE_UNSUPPORTED);
	assert_int_equal(ike_hash(cr, IKE_MD_COUNT, &whole, 1, out),
			 XE_UNSUPPORTED);
}

struct hmac_case {
	enum ike_md md;
	const char *key, *data, *want;	/* hexadecimal */
};

#define JEFE "4a656665"
#define WHAT "7768617420646f2079612077616e7420666f72206e6f7468696e673f"

/* RFC 2202 and RFC 4231: short keys, and one longer than a block */
static const struct hmac_case hmacs[] = {
	{ IKE_MD_MD5, JEFE, WHAT, "750c783e6ab0b503eaa86e310a5db738" },
	{ IKE_MD_SHA1, JEFE, WHAT,
	  "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ IKE_MD_SHA256, JEFE, WHAT,
	  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ IKE_MD_SHA384, JEFE, WHAT,
	  "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47"
	  "e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649" },
	{ IKE_MD_SHA512, JEFE, WHAT,
	  "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
	  "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" },
	{ IKE_MD_SHA256, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
	  "4869205468657265",
	  "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ IKE_MD_SHA256, NULL, NULL,
	  "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
};

static void hmac(void **state)
{
	uint8_t out[IKE_MD_MAX];
	struct secret key = { 0 };
	struct hex kb, db;

	for (size_t i = 0; i < sizeof(hmacs) / sizeof(hmacs[0]); i++) {
		const struct hmac_case *c = &hmacs[i];
		struct cur data = hex_cur(&db, c->data);
		struct cur two[2], rest = data;

		hex_secret(&key, c->key);
		assert_int_equal(ike_prf(cr, c->md, &key, &data, 1, out), 0);
		assert_hex(out, ike_md_alg(c->md)->len, c->want);
		assert_int_equal(cur_sub(&rest, data.left / 3, &two[0]), 0);
		two[1] = rest;
		assert_int_equal(ike_prf_key(cr, c->md, hex_cur(&kb, c->key),
					     two, 2, out), 0);
		assert_hex(out, ike_md_alg(c->md)->len, c->want);
	}
	secret_free(&key);
}

/* RFC 4231 4.7: a key of 131 bytes; then a short one, which must not linger */
static void hmac_long_key(void **state)
{
	static const char text[] = "Test Using Larger Than Block-Size Key - "
				   "Hash Key First";
	struct cur data = cur_init(text, sizeof(text) - 1);
	uint8_t key[131], out[IKE_MD_MAX];
	struct cur what;
	struct hex h;

	memset(key, 0xaa, sizeof(key));
	assert_int_equal(ike_prf_key(cr, IKE_MD_SHA256,
				     cur_init(key, sizeof(key)), &data, 1,
				     out), 0);
	assert_hex(out, 32, "60e431591ee0b67f0d8a26aacbf5b77f"
			    "8e0bc6213728c5140546040f0ee37f54");
	what = hex_cur(&h, WHAT);
	assert_int_equal(ike_prf_key(cr, IKE_MD_SHA256, cur_init("Jefe", 4),
				     &what, 1, out), 0);
	assert_hex(out, 32, hmacs[2].want);
	assert_int_equal(ike_prf_key(cr, IKE_MD_SHA256, cur_init(NULL, 0),
				     NULL, 0, out), 0);
	assert_hex(out, 32, hmacs[6].want);
}

/* prf+ against its definition (RFC 7296 2.13), step by step */
static void plus(void **state)
{
	struct cur seed[] = { cur_init("nonces", 6), cur_init("spis", 4) };
	struct secret key = { 0 }, out = { 0 };
	uint8_t t[32], next[32], count;
	struct cur in[] = { cur_init(t, 32), seed[0], seed[1],
			    cur_init(&count, 1) };

	assert_int_equal(secret_set(&key, "key", 3), 0);
	assert_int_equal(ike_prf_plus(cr, IKE_MD_SHA256, &key, seed, 2, 80,
				      &out), 0);
	assert_int_equal(out.len, 80);
	for (count = 1; count <= 3; count++) {
		assert_int_equal(ike_prf(cr, IKE_MD_SHA256, &key,
					 in + (count == 1),
					 4 - (count == 1), next), 0);
		memcpy(t, next, sizeof(t));
		assert_memory_equal(out.p + 32 * (count - 1), t,
				    count == 3 ? 16 : 32);
	}
	assert_int_equal(ike_prf_plus(cr, IKE_MD_SHA256, &key, seed, 2,
				      255 * 32, &out), 0);
	assert_int_equal(out.len, 255 * 32);
	assert_int_equal(ike_prf_plus(cr, IKE_MD_SHA256, &key, seed, 2,
				      255 * 32 + 1, &out), XE_RANGE);
	assert_null(out.p);
	assert_int_equal(ike_prf_plus(cr, IKE_MD_SHA256, &key, seed, 2, 0,
				      &out), XE_RANGE);
	secret_free(&key);
}

/* The result may replace the key it was made with. */
static void into_secret(void **state)
{
	struct secret key = { 0 };
	struct hex h;
	struct cur what = hex_cur(&h, WHAT);

	assert_int_equal(secret_set(&key, "Jefe", 4), 0);
	assert_int_equal(ike_prf_secret(cr, IKE_MD_SHA1,
					ike_part_secret(&key), &what, 1,
					&key), 0);
	assert_hex(key.p, key.len, hmacs[1].want);
	assert_int_equal(ike_prf_secret(cr, IKE_MD_NONE,
					ike_part_secret(&key), &what, 1,
					&key), XE_UNSUPPORTED);
	assert_null(key.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes),
		cmocka_unit_test(hmac),
		cmocka_unit_test(hmac_long_key),
		cmocka_unit_test(plus),
		cmocka_unit_test(into_secret),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
