/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "libxfrm/alg.h"

/* The binary searches need these orders. */
static void lists_are_sorted(void **state)
{
	static const char *const kernel[] = {
#define XALG_KERNEL(name, id) name,
#include "libxfrm/alg.def"
	};
	static const struct {
		const char *word;
		int opt;
	} words[] = {
#define XALG_WORD(word, opt, id, icv, langs, obs, note) { word, opt },
#include "libxfrm/alg.def"
	};
	static const unsigned int codes[][2] = {
#define XALG_CODE(space, code, id, icv) { space, code },
#include "libxfrm/alg.def"
	};
	size_t i;
	int r;

	for (i = 1; i < sizeof(kernel) / sizeof(kernel[0]); i++)
		assert_true(strcmp(kernel[i - 1], kernel[i]) < 0);
	for (i = 1; i < sizeof(words) / sizeof(words[0]); i++) {
		r = strcmp(words[i - 1].word, words[i].word);
		assert_true(r < 0 ||
			    (r == 0 && words[i - 1].opt < words[i].opt));
	}
	for (i = 1; i < sizeof(codes) / sizeof(codes[0]); i++)
		assert_true(codes[i - 1][0] < codes[i][0] ||
			    (codes[i - 1][0] == codes[i][0] &&
			     codes[i - 1][1] < codes[i][1]));
}

static void rows_make_sense(void **state)
{
	const struct xalg *a;
	size_t i, j;

	for (i = 0; (a = xalg_at(i)); i++) {
		assert_true(a->key_min <= a->key_max);
		assert_true(a->salt <= a->key_min);
		assert_true(xalg_key_ok(a, a->key_def));
		assert_int_equal(a->kernel[0] == '\0',
				 !!(a->flags & XALG_ABSENT));
		if (a->key_step)
			assert_int_equal((a->key_max - a->key_min) %
					 a->key_step, 0);
		for (j = 0; j < XALG_ICV_MAX && a->icv[j]; j++)
			assert_true(a->icv[j] <= a->icv_full);
		if (!(a->flags & XALG_ABSENT))
			assert_ptr_equal(xalg_by_kernel(a->kind, a->kernel),
					 a);
		if (a->kernel_old[0])
			assert_ptr_equal(xalg_by_kernel(a->kind,
							a->kernel_old), a);
	}
	assert_null(xalg_at(i + 1));
}

static void words_make_sense(void **state)
{
	const struct xalg_word *w;
	const char *back;
	size_t i;

	for (i = 0; (w = xalg_word_at(i)); i++) {
		assert_non_null(w->alg);
		assert_true(w->langs);
		assert_true(xalg_icv_ok(w->alg, w->icv));
		if (!(w->langs & XALG_SETKEY_ANY) || w->obsolete)
			continue;
		/* what is printed reads back as the same thing */
		back = xalg_setkey_word(w->alg, w->icv);
		assert_non_null(back);
		w = xalg_find(w->alg->kind == XALG_AUTH ? 'A' :
			      w->alg->kind == XALG_COMP ? 'C' : 'E', back,
			      XALG_SETKEY_ANY);
		assert_non_null(w);
		assert_ptr_equal(w->alg, xalg_word_at(i)->alg);
		assert_int_equal(w->icv, xalg_word_at(i)->icv);
	}
}

static void find_words(void **state)
{
	const struct xalg_word *w;

	w = xalg_find('E', "rijndael-cbc", XALG_SETKEY);
	assert_string_equal(w->alg->kernel, "cbc(aes)");
	assert_string_equal(w->alg->show, "aes-cbc");
	assert_int_equal(w->alg->sadb, 12);
	w = xalg_find('A', "hmac-sha256", XALG_SETKEY_ANY);
	assert_int_equal(w->icv, 96);
	w = xalg_find('A', "hmac-sha256-128", XALG_SETKEY_ANY);
	assert_int_equal(w->icv, 128);
	w = xalg_find('A', "hmac_sha256", XALG_RACOON);
	assert_int_equal(w->icv, 128);
	w = xalg_find('A', "hmac_sha256_96", XALG_RACOON);
	assert_int_equal(w->icv, 96);
	assert_int_equal(xalg_find('E', "null", XALG_SETKEY)->alg->kind,
			 XALG_ENC);
	assert_int_equal(xalg_find('A', "null", XALG_SETKEY)->alg->kind,
			 XALG_AUTH);
	assert_null(xalg_find('C', "null", XALG_SETKEY_ANY | XALG_RACOON));
	assert_null(xalg_find('E', "AES-CBC", XALG_SETKEY_ANY));
	assert_null(xalg_find('E', "aes", XALG_SETKEY_ANY));
	assert_null(xalg_find('E', "", XALG_SETKEY_ANY));
	assert_null(xalg_find('E', "zzz", XALG_SETKEY_ANY));
	w = xalg_find('A', "tcp-md5", XALG_SETKEY_ANY);
	assert_true(w->alg->flags & XALG_ABSENT);
	assert_non_null(w->note);
	assert_true(xalg_find('E', "simple", XALG_SETKEY)->obsolete);
	assert_string_equal(xalg_find('E', "aes-gcm-12", XALG_OURS)->alg->name,
			    "aes-gcm-16");
}

static void suggestions(void **state)
{
	assert_string_equal(xalg_suggest('E', "aes-cbd", XALG_SETKEY_ANY),
			    "aes-cbc");
	assert_string_equal(xalg_suggest('E', "AES-cbc", XALG_SETKEY_ANY),
			    "aes-cbc");
	assert_string_equal(xalg_suggest('A', "hmac-sha-1", XALG_SETKEY_ANY),
			    "hmac-sha1");
	assert_string_equal(xalg_suggest('A', "hmac_sha25", XALG_RACOON),
			    "hmac_sha256");
	assert_null(xalg_suggest('E', "rot13", XALG_SETKEY_ANY));
	assert_null(xalg_suggest('E', "", XALG_SETKEY_ANY));
	assert_null(xalg_suggest('E', "aes-cbcaes-cbcaes-cbcaes-cbcaes-cbc",
				 XALG_SETKEY_ANY));
}

static void key_lengths(void **state)
{
	const struct xalg *aes = xalg_by_kernel(XALG_ENC, "cbc(aes)");
	const struct xalg *gcm = xalg_by_kernel(XALG_AEAD,
						"rfc4106(gcm(aes))");
	const struct xalg *cast = xalg_by_kernel(XALG_ENC, "cbc(cast5)");
	const struct xalg *md5 = xalg_by_kernel(XALG_AUTH, "hmac(md5)");
	const struct xalg *null = xalg_by_kernel(XALG_ENC, "cipher_null");
	char buf[XALG_KEYS_STRLEN];

	assert_true(xalg_key_ok(aes, 192));
	assert_false(xalg_key_ok(aes, 160));
	assert_false(xalg_key_ok(aes, 0));
	assert_false(xalg_key_ok(aes, 320));
	assert_true(xalg_key_ok(gcm, 160));
	assert_false(xalg_key_ok(gcm, 128));
	assert_int_equal(gcm->salt, 32);
	assert_true(xalg_key_ok(cast, 48));
	assert_false(xalg_key_ok(cast, 44));
	assert_string_equal(xalg_keys_str(aes, buf, sizeof(buf)),
			    "128, 192 or 256");
	assert_string_equal(xalg_keys_str(cast, buf, sizeof(buf)),
			    "40 to 128 in steps of 8");
	assert_string_equal(xalg_keys_str(md5, buf, sizeof(buf)), "128");
	assert_string_equal(xalg_keys_str(null, buf, sizeof(buf)), "no key");
	assert_true(xalg_icv_ok(md5, 96));
	assert_true(xalg_icv_ok(md5, 112));
	assert_false(xalg_icv_ok(md5, 100));
	assert_false(xalg_icv_ok(md5, 160));
	assert_false(xalg_icv_ok(md5, 0));
	assert_true(xalg_icv_ok(gcm, 64));
	assert_false(xalg_icv_ok(gcm, 112));
	assert_true(xalg_icv_ok(aes, 0));
	assert_false(xalg_icv_ok(aes, 96));
	assert_null(xalg_setkey_word(md5, 112));
}

static void code_points(void **state)
{
	const struct xalg *a;
	unsigned int icv;

	a = xalg_by_code(XCODE_V2_ENCR, 19, &icv);
	assert_string_equal(a->kernel, "rfc4106(gcm(aes))");
	assert_int_equal(icv, 96);
	assert_int_equal(xalg_code(XCODE_V2_ENCR, a, 128), 20);
	assert_int_equal(xalg_code(XCODE_V2_ENCR, a, 112), 0);
	a = xalg_by_code(XCODE_V2_INTEG, 12, &icv);
	assert_string_equal(a->kernel, "hmac(sha256)");
	assert_int_equal(icv, 128);
	assert_int_equal(xalg_code(XCODE_V2_INTEG, a, 96), 0);
	/* IKEv1 has one number, whatever the truncation */
	assert_int_equal(xalg_code(XCODE_V1_AUTH, a, 96), 5);
	assert_int_equal(xalg_code(XCODE_V1_AUTH, a, 128), 5);
	assert_int_equal(xalg_code(XCODE_V1_AH, a, 128), 5);
	assert_string_equal(xalg_by_code(XCODE_V1_ESP, 3, NULL)->kernel,
			    "cbc(des3_ede)");
	assert_string_equal(xalg_by_code(XCODE_V1_COMP, 2, &icv)->kernel,
			    "deflate");
	assert_null(xalg_by_code(XCODE_V2_ENCR, 10, &icv));
	assert_null(xalg_by_code(XCODE_V2_ENCR, 0, &icv));
	assert_null(xalg_by_code(XCODE_V1_COMP, 255, &icv));
	assert_int_equal(icv, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_sorted),
		cmocka_unit_test(rows_make_sense),
		cmocka_unit_test(words_make_sense),
		cmocka_unit_test(find_words),
		cmocka_unit_test(suggestions),
		cmocka_unit_test(key_lengths),
		cmocka_unit_test(code_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
