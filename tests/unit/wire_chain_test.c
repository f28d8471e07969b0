/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/ike_test.h"

#include "ike/wire/build.h"
#include "ike/wire/chain.h"

static struct ike_msg m;
static struct arena *of_m;

static int setup(void **state)
{
	of_m = arena_new(0);
	return of_m ? 0 : -1;
}

static int teardown(void **state)
{
	arena_free(of_m);
	return 0;
}

static int walk_bytes(const struct ike_hdr *hdr, struct cur body,
		      bool encrypted)
{
	return ike_msg_walk(&m, hdr, body, encrypted, of_m);
}

static int walk(const char *text, uint8_t first, uint8_t major,
		bool encrypted, struct hex *h)
{
	struct ike_hdr hdr = { .next = first, .major = major };
	struct cur body = hex_cur(h, text);

	return walk_bytes(&hdr, body, encrypted);
}

#define VID_AB "00 00 0006 aabb"

static void walked(void **state)
{
	struct hex h;

	assert_int_equal(walk("0d 00 0005 01  82 00 0004  00 00 0006 aabb",
			      PLD_HASH, 1, false, &h), 0);
	assert_int_equal(m.n, 3);
	assert_int_equal(m.p[0].type, PLD_HASH);
	assert_int_equal(m.p[0].body.left, 1);
	assert_int_equal(m.p[1].type, PLD_VID);
	assert_int_equal(m.p[1].at, 5);
	/* 130 is the draft's number of NAT-D */
	assert_int_equal(walk("82 00 0005 01 83 00 0005 02 00 00 0006 aabb",
			      PLD_HASH, 1, false, &h), 0);
	assert_int_equal(m.p[1].type, PLD_NATD);
	assert_int_equal(m.p[2].type, PLD_NATOA);
	assert_int_equal(m.chain.left, 16);
	assert_int_equal(walk("", PLD_NONE, 1, false, &h), 0);
	assert_int_equal(m.n, 0);
}

/* Up to three bytes that make it a multiple of four; RFC 2408 3. */
static void alignment(void **state)
{
	struct hex h;

	assert_int_equal(walk("00 00 0006 aabb 0000", PLD_VID, 1, false, &h),
			 0);
	assert_int_equal(m.n, 1);
	assert_int_equal(m.chain.left, 6);
	assert_int_equal(walk("00 00 0005 aa 000000", PLD_VID, 1, false, &h),
			 0);
	assert_int_equal(walk("00 00 0005 aa 0000", PLD_VID, 1, false, &h),
			 XE_TRAILING);
	assert_int_equal(walk("00 00 0004 00000000", PLD_VID, 1, false, &h),
			 XE_TRAILING);
	assert_int_equal(walk("00 00 0006 aabb 0000", PLD2_VID, 2, false, &h),
			 XE_TRAILING);
}

/* Every cut and every wrong length of a chain is noticed. */
static void cuts(void **state)
{
	static const char text[] = "0a 00 0008 01020304 00 00 0006 aabb";
	struct ike_hdr hdr = { .next = PLD_KE, .major = 1 };
	struct hex h;

	hex_cur(&h, text);
	assert_int_equal(h.n, 14);
	for (size_t n = 0; n < h.n; n++)
		assert_int_equal(walk_bytes(&hdr, cur_init(h.p, n), false),
				 XE_TRUNC);
	for (unsigned int len = 0; len < 16; len++) {
		int rc;

		h.p[11] = (uint8_t)len;
		rc = walk_bytes(&hdr, cur_init(h.p, h.n), false);
		assert_int_equal(rc, len < 4 ? XE_MALFORMED :
				 len < 6 ? XE_TRAILING :
				 len == 6 ? 0 : XE_TRUNC);
	}
	hex_cur(&h, text);
	h.p[10] = 0xff; /* 65286 bytes */
	assert_int_equal(walk_bytes(&hdr, cur_init(h.p, h.n), false),
			 XE_TRUNC);
}

static void paddings(void **state)
{
	struct hex h;

	assert_int_equal(walk(VID_AB "00000003", PLD_VID, 1, true, &h), 0);
	assert_int_equal(m.padding.left, 4);
	assert_int_equal(m.chain.left, 6);
	assert_int_equal(ike_msg_check_padding(&m, true), 0);
	assert_int_equal(ike_msg_check_padding(&m, false), XE_MALFORMED);
	assert_int_equal(walk(VID_AB "00000004", PLD_VID, 1, true, &h), 0);
	assert_int_equal(ike_msg_check_padding(&m, false), 0);
	assert_int_equal(walk(VID_AB, PLD_VID, 1, true, &h), 0);
	assert_int_equal(ike_msg_check_padding(&m, true), XE_TRUNC);
	assert_int_equal(walk(VID_AB "00", PLD_VID, 1, false, &h),
			 XE_TRAILING);
	assert_int_equal(walk(VID_AB "00", PLD2_VID, 2, true, &h),
			 XE_TRAILING);
}

/* After decryption with a wrong key the reserved byte gives it away. */
static void reserved(void **state)
{
	struct hex h;

	assert_int_equal(walk("00 77 0006 aabb", PLD_VID, 1, true, &h),
			 XE_MALFORMED);
	assert_int_equal(walk("00 77 0006 aabb", PLD_VID, 1, false, &h), 0);
	assert_int_equal(walk("00 80 0006 aabb", PLD2_VID, 2, true, &h), 0);
	assert_true(m.p[0].critical);
}

/* As many payloads as the limit, and one more */
static void many(void **state)
{
	uint8_t b[4 * (IKE_MAX_PAYLOADS + 1)];
	struct ike_hdr hdr = { .next = PLD_VID, .major = 1 };

	for (size_t i = 0; i < sizeof(b); i += 4)
		memcpy(b + i, "\x0d\x00\x00\x04", 4);
	b[4 * (IKE_MAX_PAYLOADS - 1)] = PLD_NONE;
	assert_int_equal(walk_bytes(&hdr, cur_init(b, 4 * IKE_MAX_PAYLOADS),
				    false), 0);
	assert_int_equal(m.n, IKE_MAX_PAYLOADS);
	b[4 * (IKE_MAX_PAYLOADS - 1)] = PLD_VID;
	b[4 * IKE_MAX_PAYLOADS] = PLD_NONE;
	assert_int_equal(walk_bytes(&hdr, cur_init(b, sizeof(b)), false),
			 XE_LIMIT);
	assert_int_equal(m.n, IKE_MAX_PAYLOADS);
}

/* An SK payload ends the chain; what is in it is another one. */
static void sk(void **state)
{
	struct hex h;

	assert_int_equal(walk("2e 00 0006 aabb 23 00 0008 01020304",
			      PLD2_VID, 2, false, &h), 0);
	assert_int_equal(m.n, 2);
	assert_int_equal(m.p[1].type, PLD2_SK);
	assert_int_equal(m.p[1].next, PLD2_IDI);
	assert_int_equal(m.p[1].body.left, 4);
	assert_int_equal(walk("2e 00 0006 aabb 23 00 0008 0102030405",
			      PLD2_VID, 2, false, &h), XE_TRAILING);
}

static const struct ike_rule rules[] = {
	{ PLD_HASH, 1, 1, true, IKE_POS_FIRST },
	{ PLD_SA, 1, 1, true, IKE_POS_SECOND },
	{ PLD_NONCE, 1, 1, true, IKE_POS_ANY },
	{ PLD_ID, 0, 2, true, IKE_POS_ANY },
	{ PLD_VID, 0, IKE_MAX_PAYLOADS, false, IKE_POS_ANY },
};

/* A message of empty payloads of these types; what the rules say of it */
static void rule(const uint8_t *types, bool encrypted,
		 enum ike_reject_why want, uint8_t type)
{
	struct ike_hdr hdr = { .next = types[0], .major = 1 };
	struct ike_reject why;
	struct wbuf w;
	char text[100];
	int rc;

	wbuf_init(&w, 1000);
	for (; *types; types++)
		wbuf_u32(&w, (uint32_t)types[1] << 24 | 4);
	assert_int_equal(walk_bytes(&hdr, wbuf_cur(&w), encrypted), 0);
	rc = ike_msg_check(&m, rules, sizeof(rules) / sizeof(rules[0]), &why);
	assert_int_equal(rc, want == IKE_OK ? 0 : XE_MALFORMED);
	assert_int_equal(why.why, want);
	assert_int_equal(why.type, type);
	assert_non_null(strstr(ike_reject_text(&why, text, sizeof(text)),
			       "payload "));
	wbuf_free(&w);
}

#define TYPES(...) ((const uint8_t[]){ __VA_ARGS__, 0 })

static void rules_checked(void **state)
{
	rule(TYPES(PLD_HASH, PLD_SA, PLD_NONCE), true, IKE_OK, 0);
	rule(TYPES(PLD_HASH, PLD_SA, PLD_NONCE, PLD_ID, PLD_VID, PLD_VID,
		   PLD_ID), true, IKE_OK, 0);
	rule(TYPES(PLD_HASH, PLD_SA), true, IKE_REJECT_MISSING, PLD_NONCE);
	rule(TYPES(PLD_VID), true, IKE_REJECT_MISSING, PLD_HASH);
	rule(TYPES(PLD_HASH, PLD_SA, PLD_NONCE, PLD_NONCE), true,
	     IKE_REJECT_REPEATED, PLD_NONCE);
	rule(TYPES(PLD_HASH, PLD_SA, PLD_NONCE, PLD_ID, PLD_ID, PLD_ID), true,
	     IKE_REJECT_REPEATED, PLD_ID);
	rule(TYPES(PLD_HASH, PLD_HASH, PLD_SA, PLD_NONCE), true,
	     IKE_REJECT_REPEATED, PLD_HASH);
	rule(TYPES(PLD_HASH, PLD_SA, PLD_NONCE), false, IKE_REJECT_CLEAR,
	     PLD_HASH);
	rule(TYPES(PLD_HASH, PLD_SA, PLD_NONCE, PLD_KE), true,
	     IKE_REJECT_UNEXPECTED, PLD_KE);
	rule(TYPES(PLD_HASH, PLD_SA, PLD_NONCE, PLD_DELETE), true,
	     IKE_REJECT_UNEXPECTED, PLD_DELETE);
	rule(TYPES(PLD_HASH, PLD_SA, PLD_NONCE, 200), true,
	     IKE_REJECT_UNKNOWN, 200);
	rule(TYPES(PLD_HASH, PLD_SA, PLD_NONCE, PLD2_SA), true,
	     IKE_REJECT_UNKNOWN, PLD2_SA);
	rule(TYPES(PLD_SA, PLD_HASH, PLD_NONCE), true, IKE_REJECT_POSITION,
	     PLD_HASH);
	rule(TYPES(PLD_HASH, PLD_NONCE, PLD_SA), true, IKE_REJECT_POSITION,
	     PLD_SA);
}

/* v2 skips what nobody knows, unless it is critical (RFC 7296 2.5). */
static void v2_critical(void **state)
{
	static const struct ike_rule any[] = {
		{ PLD2_NONCE, 1, 1, false, IKE_POS_ANY },
	};
	struct ike_reject why;
	struct hex h;

	assert_int_equal(walk("f0 00 0004 00 00 0004", PLD2_NONCE, 2, false,
			      &h), 0);
	assert_int_equal(ike_msg_check(&m, any, 1, &why), 0);
	assert_int_equal(walk("f0 00 0004 00 80 0004", PLD2_NONCE, 2, false,
			      &h), 0);
	assert_int_equal(ike_msg_check(&m, any, 1, &why), XE_MALFORMED);
	assert_int_equal(why.why, IKE_REJECT_UNKNOWN);
	assert_int_equal(walk("2b 00 0004 00 00 0004", PLD2_NONCE, 2, false,
			      &h), 0);
	assert_int_equal(ike_msg_check(&m, any, 1, &why), XE_MALFORMED);
	assert_int_equal(why.why, IKE_REJECT_UNEXPECTED);
}

static void decoded(void **state)
{
	struct arena *a = arena_new(0);
	const struct ike_payload *bad;
	struct cur after;
	struct hex h;

	assert_int_equal(walk("0b 00 0005 01"
			      "0d 00 000c 00000001 01 00 0018"
			      "00 00 0006 aabb 00", PLD_HASH, 1, true, &h), 0);
	assert_int_equal(ike_msg_decode(&m, 1, a, &bad), 0);
	assert_null(bad);
	assert_int_equal(ike_msg_find(&m, PLD_NOTIFY, 0)->u.notify.type,
			 N_AUTHENTICATION_FAILED);
	assert_null(ike_msg_find(&m, PLD_NOTIFY, 1));
	assert_null(ike_msg_find(&m, PLD_KE, 0));
	after = ike_msg_after(&m, &m.p[0]);
	assert_hex(after.p, after.left,
		   "0d00000c00000001010000180000 0006 aabb");
	after = ike_msg_after(&m, &m.p[2]);
	assert_int_equal(after.left, 0);
	/* A nonce of 7 bytes, between good payloads */
	assert_int_equal(walk("0a 00 0005 01 0d 00 000b 01020304050607"
			      VID_AB, PLD_HASH, 1, true, &h), 0);
	assert_int_equal(ike_msg_decode(&m, 1, a, &bad), XE_RANGE);
	assert_ptr_equal(bad, &m.p[1]);
	arena_free(a);
}

/* ----------------------------------------------------------- building --- */

static int no_seal(void *arg, uint8_t *data, size_t len)
{
	*(size_t *)arg = len;
	return 0;
}

static int all_ones(void *arg, void *p, size_t len)
{
	memset(p, 0xff, len);
	return 0;
}

static int no_random(void *arg, void *p, size_t len)
{
	return XE_CRYPTO;
}

/* Padding is always there, fills blocks, and says how long it is. */
static void sealed(void **state)
{
	size_t got;
	struct ike_seal s = { .seal = no_seal, .random = all_ones,
			      .arg = &got };
	struct ike_hdr hdr = { .major = 1, .xchg = XCHG_INFO };
	static uint8_t body[64];

	for (unsigned int opt = 0; opt < 8 * 2 * 40; opt++) {
		struct ike_build b;
		struct wbuf w;
		size_t len = opt / 16;

		s.block = opt & 8 ? 16 : 8;
		s.padding.exclusive_tail = opt & 1;
		s.padding.randomize = opt & 2;
		s.padding.randomize_length = opt & 4;
		s.padding.maximum_length = 20;
		wbuf_init(&w, 1000);
		ike_build_start(&b, &w, &hdr);
		ike_build_raw(&b, PLD_VID, cur_init(body, len));
		assert_int_equal(ike_build_seal(&b, &s), 0);
		assert_int_equal(got, w.len - IKE_HDR_LEN);
		assert_int_equal(got % s.block, 0);
		assert_true(got > len + 4);
		assert_true(got <= len + 4 + s.block + 20);
		assert_int_equal(w.p[19], IKE_FLAG_ENC);
		assert_int_equal(w.p[27], w.len);
		hdr.next = PLD_VID;
		assert_int_equal(walk_bytes(&hdr, cur_init(w.p + 28, got),
					    true), 0);
		assert_int_equal(m.p[0].body.left, len);
		assert_int_equal(ike_msg_check_padding(&m, opt & 1), 0);
		if (m.padding.left > 1)
			assert_int_equal(m.padding.p[0], opt & 2 ? 0xff : 0);
		wbuf_free(&w);
	}
	s.random = no_random;
	for (int i = 0; i < 2; i++) {
		struct ike_build b;
		struct wbuf w;

		s.padding.randomize = i;
		s.padding.randomize_length = !i;
		wbuf_init(&w, 1000);
		ike_build_start(&b, &w, &hdr);
		assert_int_equal(ike_build_seal(&b, &s), XE_CRYPTO);
		assert_int_equal(w.err, XE_CRYPTO);
		wbuf_free(&w);
	}
}

/* Running out of room anywhere is one error at the end, no overrun. */
static void no_room(void **state)
{
	struct ike_hdr hdr = { .major = 1 };
	struct ike_idpld id = { .type = ID_FQDN, .data = cur_init("gw", 2) };
	struct ike_notify n = { .type = 1, .data = cur_init("why", 3) };
	uint8_t mem[200];
	size_t full = 28 + 10 + 15;

	for (size_t cap = 0; cap <= full; cap++) {
		struct ike_build b;
		struct wbuf w;

		wbuf_fixed(&w, mem, cap);
		ike_build_start(&b, &w, &hdr);
		ike_build_id(&b, &id);
		ike_build_notify(&b, &n);
		assert_int_equal(ike_build_finish(&b),
				 cap < full ? XE_NOSPACE : 0);
	}
}

/* Payloads that are not closed, or opened inside one, are our bug. */
static void misuse(void **state)
{
	struct ike_hdr hdr = { .major = 1 };
	static uint8_t big[65536];
	struct ike_build b;
	struct wbuf w;

	wbuf_init(&w, 200000);
	ike_build_start(&b, &w, &hdr);
	ike_build_open(&b, PLD_VID);
	assert_int_equal(ike_build_finish(&b), XE_STATE);
	wbuf_reset(&w);
	ike_build_start(&b, &w, &hdr);
	ike_build_close(&b);
	assert_int_equal(ike_build_finish(&b), XE_STATE);
	wbuf_reset(&w);
	ike_build_start(&b, &w, &hdr);
	ike_build_raw(&b, PLD_VID, cur_init(big, 65532));
	assert_int_equal(ike_build_finish(&b), XE_RANGE);
	wbuf_reset(&w);
	ike_build_start(&b, &w, &hdr);
	ike_build_raw(&b, PLD_VID, cur_init(big, 65535 - 28 - 4));
	assert_int_equal(ike_build_finish(&b), 0);
	ike_build_raw(&b, PLD_VID, cur_init(NULL, 0));
	assert_int_equal(ike_build_finish(&b), XE_NOSPACE);
	wbuf_free(&w);
}

static void payloads_written(void **state)
{
	struct ike_hdr hdr = { .major = 1 };
	struct ike_notify n = { .doi = 1, .proto = 1, .type = N_R_U_THERE,
				.spi = cur_init("0123456789abcdef", 16),
				.data = cur_init("\0\0\0\7", 4) };
	struct ike_delete d = { .doi = 1, .proto = IKE_PROTO_ESP,
				.spi_size = 4, .nspi = 1,
				.spis = cur_init("abcd", 4) };
	struct arena *a = arena_new(0);
	const struct ike_payload *bad;
	struct ike_build b;
	struct wbuf w;
	size_t at;

	wbuf_init(&w, 1000);
	ike_build_start(&b, &w, &hdr);
	at = ike_build_hole(&b, PLD_HASH, 20);
	assert_int_equal(at, 32);
	ike_build_notify(&b, &n);
	ike_build_delete(&b, &d);
	ike_build_natoa(&b, ID_IPV4, cur_init("\300\0\2\1", 4), true);
	ike_build_cert(&b, PLD_CR, CERT_X509_SIGN, cur_init(NULL, 0));
	assert_int_equal(ike_build_finish(&b), 0);
	assert_int_equal(ike_build_from(&b, at + 20).left, w.len - 52);
	hdr.next = w.p[16];
	assert_int_equal(walk_bytes(&hdr, ike_build_from(&b, 28), false),
			 0);
	assert_int_equal(ike_msg_decode(&m, 2, a, &bad), 0);
	assert_int_equal(m.n, 5);
	assert_int_equal(m.p[1].u.notify.type, N_R_U_THERE);
	assert_int_equal(m.p[1].u.notify.spi.left, 16);
	assert_int_equal(m.p[2].u.del.nspi, 1);
	assert_int_equal(m.p[3].type, PLD_NATOA);
	assert_int_equal(m.p[4].u.cert.encoding, CERT_X509_SIGN);
	wbuf_reset(&w);
	ike_build_start(&b, &w, &hdr);
	d.nspi = 2;
	ike_build_delete(&b, &d);
	assert_int_equal(ike_build_finish(&b), XE_RANGE);
	wbuf_free(&w);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walked),
		cmocka_unit_test(alignment),
		cmocka_unit_test(cuts),
		cmocka_unit_test(paddings),
		cmocka_unit_test(reserved),
		cmocka_unit_test(many),
		cmocka_unit_test(sk),
		cmocka_unit_test(rules_checked),
		cmocka_unit_test(v2_critical),
		cmocka_unit_test(decoded),
		cmocka_unit_test(sealed),
		cmocka_unit_test(no_room),
		cmocka_unit_test(misuse),
		cmocka_unit_test(payloads_written),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
