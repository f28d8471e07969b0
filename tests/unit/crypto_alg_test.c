/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/ike_test.h"

#include <pthread.h>

#include "ike/crypto/prf.h"

/* Rows are found by everything that names them. */
static void lookups(void **state)
{
	const struct ike_enc_alg *e;
	const struct ike_md_alg *m;
	const struct ike_group_alg *g;
	size_t i;

	for (i = 0; (e = ike_enc_at(i)); i++) {
		assert_ptr_equal(ike_enc_alg(e->id), e);
		assert_int_equal(ike_enc_from_word(e->word), e->id);
		if (e->word2)
			assert_int_equal(ike_enc_from_word(e->word2), e->id);
		if (e->v1)
			assert_int_equal(ike_enc_from_v1(e->v1), e->id);
		if (e->v2)
			assert_int_equal(ike_enc_from_v2(e->v2), e->id);
		assert_true(e->block <= IKE_BLOCK_MAX);
	}
	assert_int_equal(i, IKE_ENC_COUNT - 1);
	for (i = 0; (m = ike_md_at(i)); i++) {
		assert_ptr_equal(ike_md_alg(m->id), m);
		assert_int_equal(ike_md_from_word(m->word), m->id);
		assert_int_equal(ike_md_from_v1(m->v1), m->id);
		assert_int_equal(ike_md_from_v2prf(m->v2prf), m->id);
		assert_true(m->len <= IKE_MD_MAX);
	}
	assert_int_equal(i, IKE_MD_COUNT - 1);
	for (i = 0; (g = ike_group_at(i)); i++) {
		assert_ptr_equal(ike_group_alg(g->id), g);
		assert_ptr_equal(ike_group_from_word(g->word), g);
		assert_string_equal(ike_name(IKE_NAMES_group, g->id), g->word);
	}
	assert_int_equal(i, 22);
}

static void unknown(void **state)
{
	assert_null(ike_enc_alg(IKE_ENC_NONE));
	assert_null(ike_enc_alg(IKE_ENC_COUNT));
	assert_null(ike_md_alg(IKE_MD_COUNT));
	assert_null(ike_group_alg(0));
	assert_null(ike_group_from_word("modp1"));
	assert_int_equal(ike_enc_from_v1(0), IKE_ENC_NONE);
	assert_int_equal(ike_enc_from_v1(9), IKE_ENC_NONE);
	assert_int_equal(ike_enc_from_v2(0), IKE_ENC_NONE);
	assert_int_equal(ike_enc_from_word("AES"), IKE_ENC_NONE);
	assert_int_equal(ike_md_from_v1(0), IKE_MD_NONE);
	assert_int_equal(ike_md_from_v1(V1_HASH_TIGER), IKE_MD_NONE);
	assert_int_equal(ike_md_from_v2prf(4), IKE_MD_NONE);
	assert_int_equal(ike_md_from_word("tiger"), IKE_MD_NONE);
}

static void key_lengths(void **state)
{
	assert_int_equal(ike_enc_key_bytes(IKE_ENC_AES, 0), 16);
	assert_int_equal(ike_enc_key_bytes(IKE_ENC_AES, 192), 24);
	assert_int_equal(ike_enc_key_bytes(IKE_ENC_AES, 512), 0);
	assert_int_equal(ike_enc_key_bytes(IKE_ENC_AES, 136), 0);
	assert_int_equal(ike_enc_key_bytes(IKE_ENC_3DES, 0), 24);
	assert_int_equal(ike_enc_key_bytes(IKE_ENC_DES, 0), 8);
	assert_int_equal(ike_enc_key_bytes(IKE_ENC_BLOWFISH, 448), 56);
	assert_int_equal(ike_enc_key_bytes(IKE_ENC_BLOWFISH, 449), 0);
	assert_int_equal(ike_enc_key_bytes(IKE_ENC_BLOWFISH, 32), 0);
	assert_int_equal(ike_enc_key_bytes(IKE_ENC_NONE, 0), 0);
}

/* Weak ones are marked: what the program warns about, and never proposes. */
static void weak(void **state)
{
	assert_true(ike_enc_alg(IKE_ENC_DES)->weak);
	assert_true(ike_enc_alg(IKE_ENC_3DES)->weak);
	assert_false(ike_enc_alg(IKE_ENC_AES)->weak);
	assert_true(ike_md_alg(IKE_MD_MD5)->weak);
	for (uint16_t id = 0; id < 40; id++) {
		const struct ike_group_alg *g = ike_group_alg(id);

		if (g && g->kind == IKE_GROUP_MODP)
			assert_int_equal(g->weak, g->bits < 2048);
		if (g && g->kind == IKE_GROUP_MODP)
			assert_true(8 * g->seed_len >= 2 * g->strength);
	}
}

struct worker {
	struct ike_crypto *cr;
	uint8_t sum[32];
	int rc;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	struct cur c = cur_init("parallel", 8);

	for (int i = 0; !w->rc && i < 2000; i++)
		w->rc = ike_prf_key(w->cr, IKE_MD_SHA256, c, &c, 1, w->sum);
	return NULL;
}

/* Clones work in threads of their own, and outlive what they came from. */
static void threads(void **state)
{
	struct worker w[4] = { 0 };
	struct ike_crypto *cr;
	pthread_t t[4];

	assert_int_equal(ike_crypto_new(&cr, NULL), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(ike_crypto_clone(cr, &w[i].cr), 0);
	ike_crypto_free(cr);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, work, &w[i]), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		assert_int_equal(w[i].rc, 0);
		assert_memory_equal(w[i].sum, w[0].sum, 32);
		ike_crypto_free(w[i].cr);
	}
}

static void random_bytes(void **state)
{
	struct ike_crypto *cr;
	uint8_t a[32] = { 0 }, b[32] = { 0 };

	assert_int_equal(ike_crypto_new(&cr, NULL), 0);
	assert_int_equal(ike_crypto_random(cr, a, sizeof(a)), 0);
	assert_int_equal(ike_crypto_random(cr, b, sizeof(b)), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_non_null(strstr(ike_crypto_version(), "OpenSSL"));
	assert_true(ike_enc_available(cr, IKE_ENC_AES));
	assert_false(ike_enc_available(cr, IKE_ENC_NONE));
	assert_false(ike_md_available(cr, IKE_MD_COUNT));
	ike_crypto_free(cr);
	ike_crypto_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lookups),
		cmocka_unit_test(unknown),
		cmocka_unit_test(key_lengths),
		cmocka_unit_test(weak),
		cmocka_unit_test(threads),
		cmocka_unit_test(random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
