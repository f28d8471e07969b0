/* SPDX-License-Identifier: BSD-2-Clause */
/* SAs that take the place of others of the same name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "setkey/renew.h"

static const uint8_t key[2][20];
static const uint8_t bitmap[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static struct xfrm_sa an_sa(void)
{
	const struct xalg_word *gcm = xalg_find('E', "aes-gcm-16",
						XALG_SETKEY_ANY);
	struct xfrm_sa sa = { .family = AF_INET, .proto = IPPROTO_ESP,
			      .spi = 0x1000, .replay.window = 32 };

	assert_int_equal(xaddr_parse("10.0.0.1", &sa.src), 0);
	assert_int_equal(xaddr_parse("10.0.0.2", &sa.dst), 0);
	xsa_alg_set(&sa.enc, gcm->alg, key[0], 160, 128);
	return sa;
}

/* The same as the kernel shows it after some packets. */
static struct xfrm_sa in_use(void)
{
	struct xfrm_sa sa = an_sa();

	sa.has = XSA_HAS_REPLAY;
	sa.replay.oseq = 77;
	sa.replay.seq = 55;
	sa.replay.bitmap = bitmap;
	sa.replay.bitmap_len = 1;
	return sa;
}

static void what_updates_change(void **state)
{
	struct xfrm_sa sa = an_sa(), old = in_use();

	assert_int_equal(renew_fixed(&sa, &old), 0);
	sa.life.hard_add = 100;
	sa.if_id = 4;
	sa.out_mark = (struct xmark){ 1, 1 };
	assert_int_equal(renew_fixed(&sa, &old), 0);
	assert_int_equal(renew_fixed(&old, &sa), XSA_F_IFID | XSA_F_OUTMARK);
	sa.reqid = 3;
	sa.enc.key_bits = 288;
	assert_int_equal(renew_fixed(&sa, &old), XSA_F_REQID | XSA_F_ENC);
	sa = an_sa();
	sa.encap = (struct xsa_encap){ .type = XU_ENCAP_UDP, .sport = 1,
				       .dport = 2 };
	assert_int_equal(renew_fixed(&sa, &old), XSA_F_ENCAP);
	old.encap = sa.encap;
	sa.encap.dport = 3;
	assert_int_equal(renew_fixed(&sa, &old), 0);
}

/* No number twice under a key; and none that the peer has seen. */
static void goes_on(void **state)
{
	struct xfrm_sa sa = an_sa(), old = in_use();
	struct arena *a = arena_new(ARENA_WIPE);
	const struct xfrm_sa *new;

	sa.reqid = 3;
	new = renew_sa(a, &sa, &old);
	assert_ptr_not_equal(new, &sa);
	assert_int_equal(new->reqid, 3);
	assert_true(new->has & XSA_HAS_REPLAY);
	assert_true(new->replay.oseq > 77);
	assert_int_equal(new->replay.seq, 55);
	assert_int_equal(new->replay.bitmap_len, 1);
	assert_memory_equal(new->replay.bitmap, bitmap, 4);
	old.replay.oseq = UINT32_MAX - 5;
	new = renew_sa(a, &sa, &old);
	assert_int_equal(new->replay.oseq, UINT32_MAX);
	assert_int_equal(new->replay.oseq_hi, 0);
	sa.esn = old.esn = true;
	new = renew_sa(a, &sa, &old);
	assert_int_equal(new->replay.oseq_hi, 1);
	/* more than a number without ESN can say */
	old.replay.oseq_hi = 1;
	sa.esn = false;
	new = renew_sa(a, &sa, &old);
	assert_int_equal(new->replay.oseq, UINT32_MAX);
	assert_int_equal(new->replay.oseq_hi, 0);
	arena_free(a);
}

static void other_window(void **state)
{
	static const uint8_t ones[8] = { 255, 255, 255, 255, 255, 255, 255,
					 255 };
	struct xfrm_sa sa = an_sa(), old = in_use();
	struct arena *a = arena_new(ARENA_WIPE);
	const struct xfrm_sa *new;

	sa.replay.window = 64;
	new = renew_sa(a, &sa, &old);
	assert_int_equal(new->replay.window, 64);
	assert_int_equal(new->replay.bitmap_len, 2);
	assert_memory_equal(new->replay.bitmap, ones, 8);
	sa.dir = XSA_DIR_OUT;
	sa.replay.window = 0;
	new = renew_sa(a, &sa, &old);
	assert_int_equal(new->replay.seq, 0);
	assert_int_equal(new->replay.bitmap_len, 0);
	assert_true(new->replay.oseq > 77);
	sa.dir = XSA_DIR_IN;
	new = renew_sa(a, &sa, &old);
	assert_int_equal(new->replay.oseq, 0);
	assert_int_equal(new->replay.seq, 55);
	arena_free(a);
}

static void starts_over(void **state)
{
	struct xfrm_sa sa = an_sa(), old = in_use();
	struct arena *a = arena_new(ARENA_WIPE);
	uint8_t other[20] = { 1 };

	sa.enc.key = other;
	assert_ptr_equal(renew_sa(a, &sa, &old), &sa);
	sa = an_sa();
	sa.reqid = 1;
	old.replay.oseq = old.replay.seq = 0;	/* not used yet */
	assert_ptr_equal(renew_sa(a, &sa, &old), &sa);
	old.replay.oseq = 1;
	arena_set_limit(a, 1);
	assert_null(renew_sa(a, &sa, &old));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_updates_change),
		cmocka_unit_test(goes_on),
		cmocka_unit_test(other_window),
		cmocka_unit_test(starts_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
