/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/ike_test.h"

#include "ike/crypto/cipher.h"

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

/*
 * Published single blocks; with an IV of zeros CBC gives the same.  Sources:
 * FIPS 197 C, SP 800-67 (block 1), RFC 3713 A, RFC 2144 B.1, and the classic
 * DES and Blowfish examples.
 */
static const struct block_case {
	enum ike_enc enc;
	const char *key, *plain, *cipher;
} blocks[] = {
	{ IKE_ENC_AES, "000102030405060708090a0b0c0d0e0f",
	  "00112233445566778899aabbccddeeff",
	  "69c4e0d86a7b0430d8cdb78070b4c55a" },
	{ IKE_ENC_AES, "000102030405060708090a0b0c0d0e0f1011121314151617",
	  "00112233445566778899aabbccddeeff",
	  "dda97ca4864cdfe06eaf70a0ec0d7191" },
	{ IKE_ENC_AES, "000102030405060708090a0b0c0d0e0f"
		       "101112131415161718191a1b1c1d1e1f",
	  "00112233445566778899aabbccddeeff",
	  "8ea2b7ca516745bfeafc49904b496089" },
	{ IKE_ENC_CAMELLIA, "0123456789abcdeffedcba9876543210",
	  "0123456789abcdeffedcba9876543210",
	  "67673138549669730857065648eabe43" },
	{ IKE_ENC_3DES, "0123456789abcdef23456789abcdef01456789abcdef0123",
	  "5468652071756663", "a826fd8ce53b855f" },
	{ IKE_ENC_DES, "133457799bbcdff1", "0123456789abcdef",
	  "85e813540f0ab405" },
	{ IKE_ENC_BLOWFISH, "0000000000000000", "0000000000000000",
	  "4ef997456198dd78" },
	{ IKE_ENC_CAST, "0123456712345678234567893456789a",
	  "0123456789abcdef", "238b4fe5847e44b2" },
};

static void published(void **state)
{
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		const struct block_case *c = &blocks[i];
		uint8_t iv[IKE_BLOCK_MAX] = { 0 };
		struct secret key = { 0 };
		struct hex data;

		if (!ike_enc_available(cr, c->enc))
			continue; /* no legacy provider */
		hex_secret(&key, c->key);
		hex_cur(&data, c->plain);
		assert_int_equal(ike_cbc_encrypt(cr, c->enc, &key, iv, data.p,
						 data.n), 0);
		assert_hex(data.p, data.n, c->cipher);
		assert_memory_equal(iv, data.p, data.n);
		memset(iv, 0, sizeof(iv));
		assert_int_equal(ike_cbc_decrypt(cr, c->enc, &key, iv, data.p,
						 data.n), 0);
		assert_hex(data.p, data.n, c->plain);
		assert_hex(iv, data.n, c->cipher);
		secret_free(&key);
	}
}

/* RFC 3602 4: a message of two blocks, whole and in two messages */
static void chained(void **state)
{
	static const char *const plain =
		"000102030405060708090a0b0c0d0e0f"
		"101112131415161718191a1b1c1d1e1f";
	static const char *const cipher =
		"d296cd94c2cccf8a3a863028b5e1dc0a"
		"7586602d253cfff91b8266bea6d61ab1";
	struct secret key = { 0 };
	struct hex data, iv;

	hex_secret(&key, "c286696d887c9aa0611bbb3e2025a45a");
	hex_cur(&data, plain);
	hex_cur(&iv, "562e17996d093d28ddb3ba695a2e6f58");
	assert_int_equal(ike_cbc_encrypt(cr, IKE_ENC_AES, &key, iv.p, data.p,
					 32), 0);
	assert_hex(data.p, 32, cipher);
	hex_cur(&iv, "562e17996d093d28ddb3ba695a2e6f58");
	assert_int_equal(ike_cbc_decrypt(cr, IKE_ENC_AES, &key, iv.p, data.p,
					 16), 0);
	assert_int_equal(ike_cbc_decrypt(cr, IKE_ENC_AES, &key, iv.p,
					 data.p + 16, 16), 0);
	assert_hex(data.p, 32, plain);
	secret_free(&key);
}

static void lengths(void **state)
{
	uint8_t iv[16] = { 0 }, data[32] = { 0 };
	struct secret key = { 0 };

	assert_int_equal(secret_alloc(&key, 16), 0);
	assert_int_equal(ike_cbc_encrypt(cr, IKE_ENC_AES, &key, iv, data, 0),
			 XE_RANGE);
	for (size_t n = 1; n <= 32; n++) {
		int want = n % 16 ? XE_RANGE : 0;

		assert_int_equal(ike_cbc_encrypt(cr, IKE_ENC_AES, &key, iv,
						 data, n), want);
		assert_int_equal(ike_cbc_decrypt(cr, IKE_ENC_AES, &key, iv,
						 data, n), want);
	}
	for (size_t n = 0; n <= 64; n++) {
		bool ok = n == 16 || n == 24 || n == 32;

		if (n)
			assert_int_equal(secret_alloc(&key, n), 0);
		else
			secret_free(&key);
		assert_int_equal(ike_cbc_encrypt(cr, IKE_ENC_AES, &key, iv,
						 data, 16),
				 ok ? 0 : XE_KEYLEN);
		assert_int_equal(ike_cbc_encrypt(cr, IKE_ENC_3DES, &key, iv,
						 data, 16),
				 n == 24 ? 0 : XE_KEYLEN);
	}
	assert_int_equal(ike_cbc_encrypt(cr, IKE_ENC_AES_GCM16, &key, iv,
					 data, 16), XE_UNSUPPORTED);
	assert_int_equal(ike_cbc_encrypt(cr, IKE_ENC_NONE, &key, iv, data,
					 16), XE_UNSUPPORTED);
	secret_free(&key);
}

/* Every length of a key that a cipher says it takes works both ways. */
static void all_key_lengths(void **state)
{
	const struct ike_enc_alg *alg;

	for (size_t i = 0; (alg = ike_enc_at(i)); i++) {
		if (alg->aead || !ike_enc_available(cr, alg->id))
			continue;
		for (unsigned int bits = alg->min; bits <= alg->max;
		     bits += alg->step ? alg->step : 1) {
			uint8_t iv[16] = { 1 }, data[48] = { 2 }, zero[48];
			struct secret key = { 0 };

			memcpy(zero, data, sizeof(data));
			assert_int_equal(secret_alloc(&key, bits / 8), 0);
			memset(key.p, 0x5a, key.len);
			assert_int_equal(ike_cbc_encrypt(cr, alg->id, &key, iv,
							 data, 48), 0);
			assert_memory_not_equal(data, zero, 48);
			memset(iv, 0, sizeof(iv));
			iv[0] = 1;
			assert_int_equal(ike_cbc_decrypt(cr, alg->id, &key, iv,
							 data, 48), 0);
			assert_memory_equal(data, zero, 48);
			secret_free(&key);
		}
	}
}

/* GCM specification, test case 2; RFC 8439 2.8.2 */
static void aead(void **state)
{
	static const char text[] =
		"Ladies and Gentlemen of the class of '99: If I could offer "
		"you only one tip for the future, sunscreen would be it.";
	uint8_t data[sizeof(text)] = { 0 }, tag[IKE_AEAD_TAG];
	struct secret key = { 0 };
	struct hex nonce, aad;
	struct cur a = cur_init(NULL, 0);
	size_t n = sizeof(text) - 1;

	hex_cur(&nonce, "000000000000000000000000");
	assert_int_equal(secret_alloc(&key, 16), 0);
	assert_int_equal(ike_aead_seal(cr, IKE_ENC_AES_GCM16, &key, nonce.p,
				       a, data, 16, tag), 0);
	assert_hex(data, 16, "0388dace60b6a392f328c2b971b2fe78");
	assert_hex(tag, 16, "ab6e47d42cec13bdf53a67b21257bddf");
	hex_secret(&key, "808182838485868788898a8b8c8d8e8f"
			 "909192939495969798999a9b9c9d9e9f");
	hex_cur(&nonce, "070000004041424344454647");
	a = hex_cur(&aad, "50515253c0c1c2c3c4c5c6c7");
	memcpy(data, text, n);
	assert_int_equal(ike_aead_seal(cr, IKE_ENC_CHACHA20_POLY1305, &key,
				       nonce.p, a, data, n, tag), 0);
	assert_hex(data, 16, "d31a8d34648e60db7b86afbc53ef7ec2");
	assert_hex(tag, 16, "1ae10b594f09e26a7e902ecbd0600691");
	assert_int_equal(ike_aead_open(cr, IKE_ENC_CHACHA20_POLY1305, &key,
				       nonce.p, a, data, n, tag), 0);
	assert_memory_equal(data, text, n);
	secret_free(&key);
}

/* Any bit that changes is found, and nothing of the text gets out. */
static void aead_forged(void **state)
{
	uint8_t data[20], sealed[20], tag[IKE_AEAD_TAG], bad[IKE_AEAD_TAG];
	uint8_t zero[20] = { 0 };
	struct secret key = { 0 };
	const uint8_t *nonce = zero;
	struct cur aad = cur_init("header", 6), other = cur_init("hEader", 6);

	assert_int_equal(secret_alloc(&key, 32), 0);
	memset(sealed, 'x', sizeof(sealed));
	assert_int_equal(ike_aead_seal(cr, IKE_ENC_AES_GCM16, &key, nonce, aad,
				       sealed, 20, tag), 0);
	for (unsigned int bit = 0; bit < 8 * (20 + 16); bit++) {
		memcpy(data, sealed, 20);
		memcpy(bad, tag, 16);
		if (bit < 160)
			data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		else
			bad[bit / 8 - 20] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(ike_aead_open(cr, IKE_ENC_AES_GCM16, &key,
					       nonce, aad, data, 20, bad),
				 XE_AUTH);
		assert_memory_equal(data, zero, 20);
	}
	memcpy(data, sealed, 20);
	assert_int_equal(ike_aead_open(cr, IKE_ENC_AES_GCM16, &key, nonce,
				       other, data, 20, tag), XE_AUTH);
	assert_int_equal(ike_aead_open(cr, IKE_ENC_AES, &key, nonce, aad, data,
				       20, tag), XE_UNSUPPORTED);
	secret_free(&key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published),
		cmocka_unit_test(chained),
		cmocka_unit_test(lengths),
		cmocka_unit_test(all_key_lengths),
		cmocka_unit_test(aead),
		cmocka_unit_test(aead_forged),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
