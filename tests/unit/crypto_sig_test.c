/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/ike_test.h"

#include <openssl/rsa.h>

#include "ike/crypto/sig.h"
#include "tests/lib/pki.h"

static struct ike_crypto *cr;
static EVP_PKEY *rsa, *rsa3;	/* e = 65537, e = 3 */
static struct ike_sig_priv *priv;
static struct ike_sig_pub *pub, *pub3;

static struct ike_sig_pub *load_pub(EVP_PKEY *key)
{
	struct ike_sig_pub *k;
	struct wbuf w;

	wbuf_init(&w, 10000);
	pki_put_pubkey(&w, key, false);
	assert_int_equal(ike_sig_pub_load(cr, wbuf_cur(&w), &k, NULL), 0);
	wbuf_free(&w);
	return k;
}

static int setup(void **state)
{
	struct wbuf w;

	rsa = pki_rsa(1024, 65537);
	rsa3 = pki_rsa(1024, 3);
	assert_int_equal(ike_crypto_new(&cr, NULL), 0);
	wbuf_init(&w, 10000);
	pki_put_key(&w, rsa, NULL);
	assert_int_equal(ike_sig_priv_load(cr, wbuf_cur(&w), &priv, NULL), 0);
	wbuf_free(&w);
	pub = load_pub(rsa);
	pub3 = load_pub(rsa3);
	return 0;
}

static int teardown(void **state)
{
	ike_sig_priv_free(priv);
	ike_sig_pub_free(pub);
	ike_sig_pub_free(pub3);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(rsa3);
	ike_crypto_free(cr);
	return 0;
}

static const uint8_t hash[IKE_MD_MAX] = "the hash that both sides computed";

static void sign_verify(void **state)
{
	static const size_t lens[] = { 16, 20, 32, 48, 64 };

	for (size_t i = 0; i < 5; i++) {
		struct cur h = cur_init(hash, lens[i]);
		struct wbuf w;

		wbuf_init(&w, 1000);
		wbuf_u8(&w, 7);
		assert_int_equal(ike_rsa_v1_sign(cr, priv, h, &w), 0);
		assert_int_equal(w.len, 129);
		assert_int_equal(ike_rsa_v1_verify(cr, pub, h,
						   cur_init(w.p + 1, 128),
						   false), 0);
		h.left--;
		assert_int_equal(ike_rsa_v1_verify(cr, pub, h,
						   cur_init(w.p + 1, 128),
						   false), XE_AUTH);
		wbuf_free(&w);
	}
}

/* Any bit that changes, any other length */
static void forged(void **state)
{
	struct cur h = cur_init(hash, 32);
	uint8_t sig[200] = { 0 };
	struct wbuf w;

	wbuf_fixed(&w, sig, sizeof(sig));
	assert_int_equal(ike_rsa_v1_sign(cr, priv, h, &w), 0);
	for (unsigned int bit = 0; bit < 1024; bit++) {
		sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(ike_rsa_v1_verify(cr, pub, h,
						   cur_init(sig, 128), false),
				 XE_AUTH);
		sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t n = 0; n < 200; n++)
		assert_int_equal(ike_rsa_v1_verify(cr, pub, h,
						   cur_init(sig, n), false),
				 n == 128 ? 0 : XE_AUTH);
	memset(sig, 0, sizeof(sig));
	assert_int_equal(ike_rsa_v1_verify(cr, pub, h, cur_init(sig, 128),
					   false), XE_AUTH);
	memset(sig, 0xff, sizeof(sig)); /* more than the modulus */
	assert_int_equal(ike_rsa_v1_verify(cr, pub, h, cur_init(sig, 128),
					   false), XE_AUTH);
	assert_int_equal(ike_rsa_v1_verify(cr, pub, cur_init(hash, 0),
					   cur_init(sig, 128), false),
			 XE_RANGE);
	assert_int_equal(ike_rsa_v1_verify(cr, pub, cur_init(sig, 65),
					   cur_init(sig, 128), false),
			 XE_RANGE);
}

/* The signature that opens to that block: the private key makes any. */
static void raw_sign(EVP_PKEY *key, const uint8_t *block, uint8_t *sig)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	size_t n = 128;

	assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING), 1);
	assert_int_equal(EVP_PKEY_sign(ctx, sig, &n, block, 128), 1);
	EVP_PKEY_CTX_free(ctx);
}

/* Blocks that careless parsers take (Bleichenbacher 2006 and its heirs) */
static void lax_blocks(void **state)
{
	static const char sha256_info[] =
		"3031300d060960864801650304020105000420";
	struct cur h = cur_init(hash, 32);
	uint8_t good[128], b[128], sig[128];
	struct hex info;

	memset(good, 0xff, sizeof(good));
	good[0] = 0, good[1] = 1, good[95] = 0;
	memcpy(good + 96, hash, 32);
	raw_sign(rsa, good, sig);
	assert_int_equal(ike_rsa_v1_verify(cr, pub, h, cur_init(sig, 128),
					   false), 0);
	/* every byte of the block counts */
	for (size_t i = 1; i < 128; i++) {
		memcpy(b, good, 128);
		b[i] ^= 2;
		raw_sign(rsa, b, sig);
		assert_int_equal(ike_rsa_v1_verify(cr, pub, h,
						   cur_init(sig, 128), false),
				 XE_AUTH);
	}
	/* short padding, and garbage behind the hash */
	memset(b, 0x42, sizeof(b));
	memcpy(b, good, 10);
	b[10] = 0;
	memcpy(b + 11, hash, 32);
	raw_sign(rsa, b, sig);
	assert_int_equal(ike_rsa_v1_verify(cr, pub, h, cur_init(sig, 128),
					   false), XE_AUTH);
	/* a DigestInfo, which IKEv1 has not */
	memcpy(b, good, 128);
	hex_cur(&info, sha256_info);
	b[95 - info.n] = 0;
	memcpy(b + 96 - info.n, info.p, info.n);
	raw_sign(rsa, b, sig);
	assert_int_equal(ike_rsa_v1_verify(cr, pub, h, cur_init(sig, 128),
					   false), XE_AUTH);
}

static void small_exponent(void **state)
{
	struct cur h = cur_init(hash, 32);
	uint8_t b[128], sig[128];

	memset(b, 0xff, sizeof(b));
	b[0] = 0, b[1] = 1, b[95] = 0;
	memcpy(b + 96, hash, 32);
	raw_sign(rsa3, b, sig);
	assert_int_equal(ike_rsa_v1_verify(cr, pub3, h, cur_init(sig, 128),
					   false), XE_AUTH);
	assert_int_equal(ike_rsa_v1_verify(cr, pub3, h, cur_init(sig, 128),
					   true), 0);
	assert_int_equal(ike_rsa_v1_verify(cr, pub, h, cur_init(sig, 128),
					   true), XE_AUTH);
}

/* Keys from numbers: what plain RSA key files hold */
static void numbers(void **state)
{
	uint8_t n[129] = { 0 }, e[] = { 1, 0, 1 }, one[] = { 1 };
	struct ike_sig_pub *k;
	BIGNUM *bn = NULL;

	assert_int_equal(EVP_PKEY_get_bn_param(rsa, "n", &bn), 1);
	assert_int_equal(BN_bn2binpad(bn, n + 1, 128), 128);
	BN_free(bn);
	assert_int_equal(ike_sig_pub_rsa(cr, cur_init(n, 129), cur_init(e, 3),
					 &k, NULL), 0);
	assert_true(ike_sig_pub_equal(k, pub));
	assert_false(ike_sig_pub_equal(k, pub3));
	assert_int_equal(ike_sig_pub_bits(k), 1024);
	assert_int_equal(ike_sig_pub_type(k), IKE_KEY_RSA);
	ike_sig_pub_free(k);
	assert_int_equal(ike_sig_pub_rsa(cr, cur_init(n + 1, 100),
					 cur_init(e, 3), &k, NULL),
			 XE_UNSUPPORTED);
	assert_null(k);
	assert_int_equal(ike_sig_pub_rsa(cr, cur_init(n, 0), cur_init(e, 3),
					 &k, NULL), XE_MALFORMED);
	/* e = 1 makes every block its own signature */
	assert_int_equal(ike_sig_pub_rsa(cr, cur_init(n + 1, 128),
					 cur_init(one, 1), &k, NULL), 0);
	memset(n, 0xff, sizeof(n));
	n[0] = 0, n[1] = 1, n[95] = 0;
	memcpy(n + 96, hash, 32);
	assert_int_equal(ike_rsa_v1_verify(cr, k, cur_init(hash, 32),
					   cur_init(n, 128), true), XE_AUTH);
	ike_sig_pub_free(k);
}

static void load_errors(void **state)
{
	EVP_PKEY *small = pki_rsa(512, 65537), *ec = pki_ec();
	struct diag *d = diag_new();
	struct ike_sig_priv *k;
	struct ike_sig_pub *p;
	struct wbuf w;

	wbuf_init(&w, 20000);
	pki_put_key(&w, rsa, "secret");
	assert_int_equal(ike_sig_priv_load(cr, wbuf_cur(&w), &k, d), XE_AUTH);
	assert_null(k);
	assert_non_null(strstr(diag_first(d)->text, "encrypted"));
	wbuf_reset(&w);
	pki_put_key(&w, small, NULL);
	assert_int_equal(ike_sig_priv_load(cr, wbuf_cur(&w), &k, d),
			 XE_UNSUPPORTED);
	wbuf_reset(&w);
	pki_put_pubkey(&w, small, true);
	assert_int_equal(ike_sig_pub_load(cr, wbuf_cur(&w), &p, d),
			 XE_UNSUPPORTED);
	wbuf_reset(&w);
	wbuf_printf(&w, "no key at all");
	assert_int_equal(ike_sig_priv_load(cr, wbuf_cur(&w), &k, d),
			 XE_MALFORMED);
	assert_int_equal(ike_sig_pub_load(cr, wbuf_cur(&w), &p, d),
			 XE_MALFORMED);
	assert_int_equal(ike_sig_priv_load(cr, cur_init(NULL, 0), &k, d),
			 XE_MALFORMED);
	assert_int_equal(diag_count(d, DIAG_ERROR), 6);
	wbuf_reset(&w);
	pki_put_key(&w, ec, NULL);
	assert_int_equal(ike_sig_priv_load(cr, wbuf_cur(&w), &k, d), 0);
	assert_int_equal(ike_sig_priv_type(k), IKE_KEY_ECDSA);
	assert_int_equal(ike_rsa_v1_sign(cr, k, cur_init(hash, 32), &w),
			 XE_UNSUPPORTED);
	ike_sig_priv_free(k);
	p = load_pub(ec);
	assert_int_equal(ike_rsa_v1_verify(cr, p, cur_init(hash, 32),
					   cur_init(hash, 64), false),
			 XE_UNSUPPORTED);
	ike_sig_pub_free(p);
	wbuf_free(&w);
	diag_free(d);
	EVP_PKEY_free(small);
	EVP_PKEY_free(ec);
}

static void halves(void **state)
{
	struct ike_sig_pub *p;
	struct wbuf w;

	assert_int_equal(ike_sig_priv_public(priv, &p), 0);
	assert_true(ike_sig_pub_equal(p, pub));
	ike_sig_pub_free(ike_sig_pub_ref(p));
	assert_int_equal(ike_sig_pub_bits(p), 1024);
	ike_sig_pub_free(p);
	ike_sig_priv_free(ike_sig_priv_ref(priv));
	assert_int_equal(ike_sig_priv_bits(priv), 1024);
	wbuf_init(&w, 127); /* no room for the signature */
	assert_int_equal(ike_rsa_v1_sign(cr, priv, cur_init(hash, 32), &w),
			 XE_NOSPACE);
	wbuf_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sign_verify),
		cmocka_unit_test(forged),
		cmocka_unit_test(lax_blocks),
		cmocka_unit_test(small_exponent),
		cmocka_unit_test(numbers),
		cmocka_unit_test(load_errors),
		cmocka_unit_test(halves),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
