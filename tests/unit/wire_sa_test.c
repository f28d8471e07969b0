/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/ike_test.h"

#include "ike/wire/cfg.h"
#include "ike/wire/chain.h"
#include "ike/wire/sa_v1.h"
#include "ike/wire/sa_v2.h"
#include "ike/wire/ts.h"

static struct arena *a;

static int setup(void **state)
{
	a = arena_new(0);
	return !a;
}

static int teardown(void **state)
{
	arena_free(a);
	return 0;
}

#define SIT "00000001 00000001"

/* AH and ESP together, then IPComp and ESP, then ESP alone */
static const char bundle[] = SIT
	"02 00 0018 01 02 04 01 a1a1a1a1"
	"  00 00 000c 01 05 0000 80050005"
	"02 00 0020 01 03 04 01 a2a2a2a2"
	"  00 00 0014 01 0c 0000 80060080 80050002 80040002"
	"02 00 0016 02 04 02 01 c001"
	"  00 00 000c 01 02 0000 80040001"
	"02 00 0018 02 03 04 01 a3a3a3a3"
	"  00 00 000c 01 0c 0000 80050002"
	"00 00 0024 03 03 04 02 a4a4a4a4"
	"  03 00 000c 01 14 0000 80060100"
	"  00 00 000c 02 0b 0000 80050007";

static struct ike_proposal_set *get(const char *text, int phase, int want)
{
	struct ike_proposal_set *set;
	struct hex *h = arena_alloc(a, sizeof(*h));

	assert_non_null(h);
	assert_int_equal(ike_sa_v1_get(hex_cur(h, text), phase, a, &set),
			 want);
	if (want && want != XE_UNSUPPORTED)
		assert_null(set);
	return set;
}

static void bundles(void **state)
{
	struct ike_proposal_set *set = get(bundle, 2, 0);
	struct ike_suite s = { 0 };

	assert_int_equal(set->n, 5);
	assert_true(ike_suite_next(set, &s));
	assert_int_equal(s.first, 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(set->p[0].proto, IKE_PROTO_AH);
	assert_int_equal(set->p[0].t[0].auth, P2_AUTH_SHA256);
	assert_int_equal(set->p[1].t[0].id, ESP_AES_CBC);
	assert_int_equal(set->p[1].t[0].encap, ENCAP_TRANSPORT);
	assert_true(ike_suite_next(set, &s));
	assert_int_equal(s.first, 2);
	assert_int_equal(s.n, 2);
	assert_int_equal(set->p[2].spi.left, 2);
	assert_true(ike_suite_next(set, &s));
	assert_int_equal(s.first, 4);
	assert_int_equal(s.n, 1);
	assert_int_equal(set->p[4].n, 2);
	assert_int_equal(set->p[4].t[0].keylen, 256);
	assert_false(ike_suite_next(set, &s));
}

/* Written again from the fields and from the attributes: the same bytes */
static void bundles_written(void **state)
{
	struct ike_proposal_set *set = get(bundle, 2, 0);
	struct ike_hdr hdr = { .major = 1 };

	for (int pass = 0; pass < 2; pass++) {
		struct ike_build b;
		struct wbuf w;

		wbuf_init(&w, 1000);
		ike_build_start(&b, &w, &hdr);
		ike_sa_v1_put(&b, 2, set);
		assert_int_equal(ike_build_finish(&b), 0);
		assert_int_equal(w.len, 28 + 4 + set->body.left);
		if (!pass)
			assert_memory_equal(w.p + 32, set->body.p,
					    set->body.left);
		wbuf_free(&w);
		for (size_t i = 0; i < set->n; i++)
			for (size_t k = 0; k < set->p[i].n; k++)
				set->p[i].t[k].attrs = cur_init(NULL, 0);
	}
}

/* Cut anywhere, one byte too long, and each byte changed: no surprise */
static void cuts(void **state)
{
	struct ike_proposal_set *set;
	struct hex h;

	hex_cur(&h, bundle);
	for (size_t n = 0; n < h.n; n++) {
		assert_int_not_equal(ike_sa_v1_get(cur_init(h.p, n), 2, a,
						   &set), 0);
		assert_null(set);
	}
	h.p[h.n] = 0;
	assert_int_equal(ike_sa_v1_get(cur_init(h.p, h.n + 1), 2, a, &set),
			 XE_TRAILING);
	for (size_t i = 8; i < h.n; i++) {
		for (int bit = 0; bit < 8; bit++) {
			h.p[i] ^= (uint8_t)(1 << bit);
			if (!ike_sa_v1_get(cur_init(h.p, h.n), 2, a, &set))
				assert_true(set->n >= 1 && set->n <= 5);
			h.p[i] ^= (uint8_t)(1 << bit);
		}
	}
}

/* Lengths inside: proposal and transform at n - 1, n, n + 1; counts */
static void inner_lengths(void **state)
{
	static const char one[] = SIT
		"00 00 0018 01 03 04 01 a1a1a1a1 00 00 000c 01 0c 0000"
		"80050002";
	struct hex h;
	struct ike_proposal_set *set;
	static const struct {
		size_t at;
		uint8_t value;
		int want;
	} v[] = {
		{ 11, 0x17, XE_TRUNC }, { 11, 0x18, 0 }, { 11, 0x19, XE_TRUNC },
		{ 11, 7, XE_MALFORMED }, { 11, 0, XE_MALFORMED },
		{ 23, 0x0b, XE_TRUNC }, { 23, 0x0d, XE_TRUNC },
		{ 23, 8, XE_TRAILING }, { 23, 7, XE_MALFORMED },
		{ 14, 3, XE_MALFORMED }, { 14, 5, XE_MALFORMED },
		{ 14, 0, XE_MALFORMED }, { 14, 17, XE_MALFORMED },
		{ 15, 0, XE_MALFORMED }, { 15, 2, XE_TRUNC },
		{ 15, 255, XE_TRUNC }, { 8, 2, XE_TRUNC },
		{ 8, 1, XE_MALFORMED }, { 20, 3, XE_MALFORMED },
		{ 20, 1, XE_MALFORMED }, { 13, 1, XE_MALFORMED },
		{ 3, 2, XE_UNSUPPORTED }, { 7, 3, XE_UNSUPPORTED },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		hex_cur(&h, one);
		h.p[v[i].at] = v[i].value;
		assert_int_equal(ike_sa_v1_get(cur_init(h.p, h.n), 2, a, &set),
				 v[i].want);
	}
	set = get("00000002", 2, XE_UNSUPPORTED);
	assert_int_equal(set->doi, 2);
	get("00000001", 2, XE_TRUNC);
	get(SIT, 2, XE_TRUNC);
}

/* Numbers: suites are neighbours; phase 1 has no suites of several */
static void numbers(void **state)
{
	char text[600];

	snprintf(text, sizeof(text), "%s%s%s%s", SIT,
		 "02 00 0018 01 03 04 01 a1a1a1a1 00 00 000c 01 0c 0000 80050002",
		 "02 00 0018 02 03 04 01 a1a1a1a1 00 00 000c 01 0c 0000 80050002",
		 "00 00 0018 01 03 04 01 a1a1a1a1 00 00 000c 01 0c 0000 80050002");
	get(text, 2, XE_MALFORMED);
	snprintf(text, sizeof(text), "%s%s%s", SIT,
		 "02 00 0010 01 01 00 01 00 00 0008 01 01 0000",
		 "00 00 0010 02 01 00 01 00 00 0008 01 01 0000");
	assert_int_equal(get(text, 1, 0)->n, 2);
	snprintf(text, sizeof(text), "%s%s%s", SIT,
		 "02 00 0010 01 01 00 01 00 00 0008 01 01 0000",
		 "00 00 0010 01 01 00 01 00 00 0008 01 01 0000");
	get(text, 1, XE_MALFORMED);
	/* ESP has no place in phase 1 */
	get(SIT "00 00 0018 01 03 04 01 a1a1a1a1 00 00 000c 01 0c 0000"
		"80050002", 1, XE_MALFORMED);
	/* a protocol nobody knows can be there, to be refused */
	assert_int_equal(get(SIT "00 00 0018 01 77 04 01 a1a1a1a1"
			     "00 00 000c 01 0c 0000 80050002", 2, 0)->n, 1);
}

static const struct ike_transform *attrs(const char *text, int phase)
{
	char buf[2000];
	struct hex h;
	size_t n = hex_cur(&h, text).left;

	snprintf(buf, sizeof(buf), "%s 00 00 %04zx 01 %s 00 01"
		 " 00 00 %04zx 01 01 0000 %s", SIT, n + 16,
		 phase == 1 ? "01" : "77", n + 8, text);
	return get(buf, phase, 0)->p[0].t;
}

static void phase1_attributes(void **state)
{
	const struct ike_transform *t;

	t = attrs("800b0001 800c7080 80010007 800e0100 80030001 80020004"
		  "8004000e", 1);
	assert_int_equal(t->flags, 0);
	assert_true(t->has_seconds);
	assert_int_equal(t->seconds, 28800);
	assert_false(t->has_kbytes);
	assert_int_equal(t->keylen, 256);
	/* both kinds of lifetime, the long form, 8 bytes */
	t = attrs("800b0002 000c0004 00100000 800b0001 000c0008"
		  "0000000100000000", 1);
	assert_int_equal(t->flags, 0);
	assert_int_equal(t->kbytes, 0x100000);
	assert_true(t->seconds == 0x100000000);
	/* attributes that come in the long form, though they are short */
	t = attrs("00010002 0007", 1);
	assert_int_equal(t->flags, 0);
	assert_int_equal(t->enc, V1_ENC_AES);
}

/* What is odd flags the transform, with the attribute that did it. */
static void odd_attributes(void **state)
{
	static const struct {
		const char *text;
		int phase;
		uint8_t flags;
		uint16_t attr;
	} v[] = {
		{ "80630001", 1, IKE_TF_UNKNOWN, 99 },
		{ "80630001", 2, IKE_TF_UNKNOWN, 99 },
		{ "80050001", 1, IKE_TF_UNKNOWN, P1A_GROUP_TYPE },
		{ "80010007 80010007", 1, IKE_TF_REPEATED, P1A_ENC },
		{ "80010000", 1, IKE_TF_BADVALUE, P1A_ENC },
		{ "00010000", 1, IKE_TF_BADVALUE, P1A_ENC },
		{ "00010003 010007", 1, IKE_TF_BADVALUE, P1A_ENC },
		{ "00010009 000000000000000007", 1, IKE_TF_BADVALUE, P1A_ENC },
		{ "800c7080", 1, IKE_TF_BADVALUE, P1A_LIFE_DURATION },
		{ "800b0003 800c7080", 1, IKE_TF_UNKNOWN, P1A_LIFE_DURATION },
		{ "800b0001 800c7080 800c7080", 1, IKE_TF_BADVALUE,
		  P1A_LIFE_DURATION },
		{ "80010001 80027080 80010001 80027080", 2, IKE_TF_REPEATED,
		  P2A_LIFE_DURATION },
		{ "80070001", 2, IKE_TF_UNKNOWN, P2A_KEY_ROUNDS },
		{ "800d0001", 1, IKE_TF_UNKNOWN, P1A_PRF },
		{ "c0000001", 1, 0, 0 },	/* GSS name */
		{ "800b0001 800c0000", 1, 0, 0 }, /* says 0: not our matter */
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		const struct ike_transform *t = attrs(v[i].text, v[i].phase);

		assert_int_equal(t->flags, v[i].flags);
		assert_int_equal(t->bad_attr, v[i].attr);
	}
}

static void limits(void **state)
{
	static uint8_t b[65536];
	struct ike_proposal_set *set;
	struct wbuf w;

	/* attributes of one transform */
	for (unsigned int n = IKE_MAX_ATTRS; n <= IKE_MAX_ATTRS + 1; n++) {
		wbuf_fixed(&w, b, sizeof(b));
		wbuf_u64(&w, 0x0000000100000001);
		wbuf_u32(&w, 16 + 4 * n);
		wbuf_u32(&w, 0x01010001);
		wbuf_u32(&w, 8 + 4 * n);
		wbuf_u32(&w, 0x01010000);
		for (unsigned int i = 0; i < n; i++)
			wbuf_u32(&w, 0x80010007);
		assert_int_equal(ike_sa_v1_get(wbuf_cur(&w), 1, a, &set),
				 n > IKE_MAX_ATTRS ? XE_LIMIT : 0);
	}
	/* proposals */
	for (unsigned int n = IKE_MAX_PROPOSALS; n <= IKE_MAX_PROPOSALS + 1;
	     n++) {
		wbuf_fixed(&w, b, sizeof(b));
		wbuf_u64(&w, 0x0000000100000001);
		for (unsigned int i = 1; i <= n; i++) {
			wbuf_u32(&w, (i == n ? 0u : 2u << 24) | 16);
			wbuf_u32(&w, i << 24 | 0x00010001);
			wbuf_u64(&w, 0x0000000801010000);
		}
		assert_int_equal(ike_sa_v1_get(wbuf_cur(&w), 1, a, &set),
				 n > IKE_MAX_PROPOSALS ? XE_LIMIT : 0);
	}
}

/* An answer is looked for in the offer, in whatever order it comes. */
static void found(void **state)
{
	struct ike_proposal_set *offer = get(bundle, 2, 0), *ans;
	struct ike_choice c;

	ans = get(SIT "02 00 0020 01 03 04 01 b2b2b2b2"
		  "  00 00 0014 01 0c 0000 80050002 80040002 80060080"
		  "00 00 0018 01 02 04 01 b1b1b1b1"
		  "  00 00 000c 01 05 0000 80050005", 2, 0);
	assert_int_equal(ike_sa_v1_find(offer, ans, &c), 0);
	assert_int_equal(c.s.first, 0);
	assert_int_equal(c.s.n, 2);
	assert_hex(c.spi[0].p, c.spi[0].left, "b1b1b1b1");
	assert_hex(c.spi[1].p, c.spi[1].left, "b2b2b2b2");
	ans = get(SIT "00 00 0018 03 03 04 01 b4b4b4b4"
		  "  00 00 000c 02 0b 0000 80050007", 2, 0);
	assert_int_equal(ike_sa_v1_find(offer, ans, &c), 0);
	assert_int_equal(c.s.first, 4);
	assert_int_equal(c.t[0], 1);
	/* never offered: another key length; half of a bundle; both of two */
	ans = get(SIT "00 00 0018 03 03 04 01 b4b4b4b4"
		  "  00 00 000c 01 14 0000 80060080", 2, 0);
	assert_int_equal(ike_sa_v1_find(offer, ans, &c), XE_NOTFOUND);
	assert_int_equal(c.s.n, 0);
	ans = get(SIT "00 00 0018 01 02 04 01 b1b1b1b1"
		  "  00 00 000c 01 05 0000 80050005", 2, 0);
	assert_int_equal(ike_sa_v1_find(offer, ans, &c), XE_NOTFOUND);
	ans = get(SIT "00 00 0024 03 03 04 02 a4a4a4a4"
		  "  03 00 000c 01 14 0000 80060100"
		  "  00 00 000c 02 0b 0000 80050007", 2, 0);
	assert_int_equal(ike_sa_v1_find(offer, ans, &c), XE_MALFORMED);
	/* of several suites the first counts */
	assert_int_equal(ike_sa_v1_find(offer, offer, &c), 0);
	assert_int_equal(c.s.first, 0);
}

static void bad_choice(void **state)
{
	struct ike_proposal_set *set = get(bundle, 2, 0);
	struct ike_choice c = { .s = { 4, 1 }, .t = { 2 } };
	struct ike_hdr hdr = { .major = 1 };
	struct ike_build b;
	struct wbuf w;

	wbuf_init(&w, 1000);
	ike_build_start(&b, &w, &hdr);
	ike_sa_v1_put_choice(&b, set, &c);
	assert_int_equal(ike_build_finish(&b), XE_RANGE);
	wbuf_reset(&w);
	c.s = (struct ike_suite){ 4, 2 };
	ike_build_start(&b, &w, &hdr);
	ike_sa_v1_put_choice(&b, set, &c);
	assert_int_equal(ike_build_finish(&b), XE_RANGE);
	wbuf_free(&w);
}

/* ------------------------------------------------------------- IKEv2 --- */

static const char v2[] =
	"02 00 0030 01 01 00 04"
	"  03 00 000c 01 00 000c 800e0100"
	"  03 00 0008 02 00 0005"
	"  03 00 0008 03 00 000c"
	"  00 00 000c 04 00 001f 800e0001"
	"00 00 0018 02 03 04 01 c0ffee00"
	"  00 00 000c 01 00 0014 800e0080";

static void version2(void **state)
{
	struct ike_hdr hdr = { .major = 2 };
	struct ike_proposal_set *set;
	struct ike_build b;
	struct wbuf w;
	struct hex h;

	hex_cur(&h, v2);
	assert_int_equal(ike_sa_v2_get(cur_init(h.p, h.n), a, &set), 0);
	assert_int_equal(set->n, 2);
	assert_int_equal(set->p[0].n, 4);
	assert_int_equal(set->p[0].t[0].type, TTYPE_ENCR);
	assert_int_equal(set->p[0].t[0].keylen, 256);
	assert_int_equal(set->p[0].t[3].id, GROUP_X25519);
	assert_int_equal(set->p[1].spi.left, 4);
	wbuf_init(&w, 1000);
	ike_build_start(&b, &w, &hdr);
	ike_sa_v2_put(&b, set);
	assert_int_equal(ike_build_finish(&b), 0);
	assert_hex(w.p + 32, w.len - 32, v2);
	wbuf_free(&w);
	for (size_t n = 0; n < h.n; n++)
		assert_int_not_equal(ike_sa_v2_get(cur_init(h.p, n), a, &set),
				     0);
	assert_int_equal(ike_sa_v2_get(cur_init(h.p, h.n + 1), a, &set),
			 XE_TRAILING);
	h.p[48 + 4] = 3; /* numbers have no gap */
	assert_int_equal(ike_sa_v2_get(cur_init(h.p, h.n), a, &set),
			 XE_MALFORMED);
	assert_null(set);
}

static void selectors(void **state)
{
	static const char text[] =
		"02 000000"
		"07 06 0010 0050 0050 c0000200 c00002ff"
		"08 00 0028 0000 ffff 20010db8000000000000000000000000"
		"20010db8ffffffffffffffffffffffff";
	struct ike_hdr hdr = { .major = 2 };
	struct ike_ts_set *set;
	struct ike_build b;
	struct wbuf w;
	struct hex h;

	hex_cur(&h, text);
	assert_int_equal(ike_ts_get(cur_init(h.p, h.n), a, &set), 0);
	assert_int_equal(set->n, 2);
	assert_int_equal(set->ts[0].port_lo, 80);
	assert_int_equal(set->ts[1].type, TS_IPV6_RANGE);
	wbuf_init(&w, 1000);
	ike_build_start(&b, &w, &hdr);
	ike_ts_put(&b, PLD2_TSI, set);
	assert_int_equal(ike_build_finish(&b), 0);
	assert_hex(w.p + 32, w.len - 32, text);
	wbuf_free(&w);
	for (size_t n = 0; n < h.n; n++)
		assert_int_not_equal(ike_ts_get(cur_init(h.p, n), a, &set), 0);
	assert_int_equal(ike_ts_get(cur_init(h.p, h.n + 1), a, &set),
			 XE_TRAILING);
	h.p[0] = 0;
	assert_int_equal(ike_ts_get(cur_init(h.p, h.n), a, &set), XE_RANGE);
	h.p[0] = IKE_MAX_TS + 1;
	assert_int_equal(ike_ts_get(cur_init(h.p, h.n), a, &set), XE_LIMIT);
	hex_cur(&h, text);
	h.p[12] = 0xff; /* from 255.… to 192.… */
	assert_int_equal(ike_ts_get(cur_init(h.p, h.n), a, &set),
			 XE_MALFORMED);
	hex_cur(&h, text);
	h.p[4] = 9; /* a type of tomorrow is left out */
	assert_int_equal(ike_ts_get(cur_init(h.p, h.n), a, &set), 0);
	assert_int_equal(set->n, 1);
	hex_cur(&h, text);
	h.p[7]++; /* length over the fields of the type */
	assert_int_not_equal(ike_ts_get(cur_init(h.p, h.n), a, &set), 0);
}

static void config(void **state)
{
	static const char text[] = "01 00 1234 0001 0000 c0880000 0003 0004 "
				   "c0000235";
	struct ike_hdr hdr = { .major = 1 };
	struct ike_cfg *cfg;
	struct ike_build b;
	struct wbuf w;
	struct hex h;

	hex_cur(&h, text);
	assert_int_equal(ike_cfg_get(cur_init(h.p, h.n), a, &cfg), 0);
	assert_int_equal(cfg->type, CFG_REQUEST);
	assert_int_equal(cfg->id, 0x1234);
	assert_int_equal(cfg->n, 3);
	assert_int_equal(cfg->attr[1].type, XAUTH_TYPE);
	wbuf_init(&w, 1000);
	ike_build_start(&b, &w, &hdr);
	ike_cfg_put(&b, cfg);
	assert_int_equal(ike_build_finish(&b), 0);
	assert_hex(w.p + 32, w.len - 32, text);
	wbuf_free(&w);
	for (size_t n = 0; n < h.n; n++)
		if (n != 4 && n != 8 && n != 12)
			assert_int_not_equal(ike_cfg_get(cur_init(h.p, n), a,
							 &cfg), 0);
	assert_int_equal(ike_cfg2_get(cur_init(h.p, h.n), a, &cfg),
			 XE_MALFORMED);
	hex_cur(&h, "02 00 0000 0001 0004 c0a80001");
	assert_int_equal(ike_cfg2_get(cur_init(h.p, h.n), a, &cfg), 0);
	assert_int_equal(cfg->n, 1);
}

static void config_limit(void **state)
{
	uint8_t b[4 + 4 * (IKE_MAX_CFG_ATTRS + 1)] = { 1 };
	struct ike_cfg *cfg;

	assert_int_equal(ike_cfg_get(cur_init(b, sizeof(b) - 4), a, &cfg), 0);
	assert_int_equal(cfg->n, IKE_MAX_CFG_ATTRS);
	assert_int_equal(ike_cfg_get(cur_init(b, sizeof(b)), a, &cfg),
			 XE_LIMIT);
}

/* When memory runs out, decoding fails, and cleanly. */
static void memory(void **state)
{
	struct hex h;

	hex_cur(&h, bundle);
	for (size_t max = 1; max < 20000; max += 97) {
		struct arena *small = arena_new(0);
		struct ike_proposal_set *set;
		int rc;

		arena_set_limit(small, max);
		rc = ike_sa_v1_get(cur_init(h.p, h.n), 2, small, &set);
		assert_true(rc == 0 || rc == XE_NOMEM);
		assert_int_equal(set != NULL, rc == 0);
		arena_free(small);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bundles, setup, teardown),
		cmocka_unit_test_setup_teardown(bundles_written, setup,
						teardown),
		cmocka_unit_test_setup_teardown(cuts, setup, teardown),
		cmocka_unit_test_setup_teardown(inner_lengths, setup,
						teardown),
		cmocka_unit_test_setup_teardown(numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(phase1_attributes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(odd_attributes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(limits, setup, teardown),
		cmocka_unit_test_setup_teardown(found, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_choice, setup, teardown),
		cmocka_unit_test_setup_teardown(version2, setup, teardown),
		cmocka_unit_test_setup_teardown(selectors, setup, teardown),
		cmocka_unit_test_setup_teardown(config, setup, teardown),
		cmocka_unit_test_setup_teardown(config_limit, setup,
						teardown),
		cmocka_unit_test_setup_teardown(memory, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
