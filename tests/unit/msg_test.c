/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "libxfrm/base/err.h"
#include "libxfrm/msg.h"

static uint8_t memory[4096];

static void build_bytes(void **state)
{
	static const uint8_t fixed[5] = { 1, 2, 3, 4, 5 };
	/* two messages as they have to be, in little-endian host order */
	static const uint8_t want[] = {
		48, 0, 0, 0, 0x10, 0, 0x05, 0x06, 7, 0, 0, 0, 0, 0, 0, 0,
		1, 2, 3, 4, 5, 0, 0, 0,
		5, 0, 9, 0, 0xaa, 0, 0, 0,
		8, 0, 10, 0, 0x44, 0x33, 0x22, 0x11,
		7, 0, 11, 0, 'a', 'b', 'c', 0,
		16, 0, 0, 0, 0x11, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	};
	struct xmsg m;

	xmsg_init(&m, memory, sizeof(memory));
	xmsg_begin(&m, 0x10, 0x600);
	xmsg_fixed(&m, fixed, sizeof(fixed));
	xmsg_put_u8(&m, 9, 0xaa);
	xmsg_put_u32(&m, 10, 0x11223344);
	xmsg_put2(&m, 11, "ab", 2, "c", 1);
	assert_int_equal(xmsg_end(&m), 0);
	xmsg_set_seq(&m, 7);
	xmsg_add_flags(&m, NLM_F_ACK);
	xmsg_begin(&m, 0x11, 0);
	assert_int_equal(xmsg_end(&m), 0);
	assert_int_equal(m.w.len, sizeof(want));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	assert_memory_equal(m.w.p, want, sizeof(want));
#endif
}

static void overflow_sticks(void **state)
{
	uint8_t small[32];
	struct xmsg m;

	xmsg_init(&m, small, sizeof(small));
	xmsg_begin(&m, 0x10, 0);
	assert_int_equal(xmsg_end(&m), 0);
	xmsg_begin(&m, 0x11, 0);
	xmsg_put_u32(&m, 1, 1);
	xmsg_put_u8(&m, 2, 1);
	assert_int_equal(xmsg_end(&m), XE_NOSPACE);
	xmsg_cancel(&m);
	assert_int_equal(m.w.len, 16);
	assert_int_equal(m.w.err, 0);
	xmsg_begin(&m, 0x12, 0);
	assert_int_equal(xmsg_end(&m), 0);
	/* an attribute longer than its 16-bit length */
	xmsg_init_alloc(&m, 1 << 20);
	xmsg_begin(&m, 0x10, 0);
	xmsg_put2(&m, 1, memory, sizeof(memory), memory, 65535);
	assert_int_equal(xmsg_end(&m), XE_NOSPACE);
	xmsg_free(&m);
}

static void walk(void **state)
{
	struct xmsg_view v;
	struct xmsg m;
	struct cur c;
	uint32_t n;

	xmsg_init(&m, memory, sizeof(memory));
	for (n = 1; n <= 3; n++) {
		xmsg_begin(&m, (uint16_t)(0x10 + n), 0);
		xmsg_fixed(&m, "xyz", 3);
		xmsg_end(&m);
		xmsg_set_seq(&m, n);
	}
	c = wbuf_cur(&m.w);
	for (n = 1; n <= 3; n++) {
		assert_int_equal(xmsg_next(&c, &v), 1);
		assert_int_equal(v.type, 0x10 + n);
		assert_int_equal(v.seq, n);
		assert_int_equal(v.body.left, 4);
	}
	assert_int_equal(xmsg_next(&c, &v), 0);
	/* cut anywhere: an error or fewer messages, never more */
	for (n = 0; n < m.w.len; n++) {
		unsigned int got = 0;
		int r;

		c = cur_init(m.w.p, n);
		while ((r = xmsg_next(&c, &v)) > 0)
			got++;
		assert_int_equal(got, n / 20);
		assert_int_equal(r, n % 20 ? XE_TRUNC : 0);
		assert_int_equal(c.left, 0);
	}
}

static void bad_lengths(void **state)
{
	static const uint32_t lens[] = { 0, 1, 15, 21, 0x7fffffff,
					 0xffffffff };
	struct xmsg_view v;
	uint8_t msg[20] = { 0 };
	struct cur c;
	size_t i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		memcpy(msg, &lens[i], 4);
		c = cur_init(msg, sizeof(msg));
		assert_int_equal(xmsg_next(&c, &v), XE_TRUNC);
		assert_int_equal(v.body.left, 0);
		assert_int_equal(xmsg_next(&c, &v), 0);
	}
}

/* An answer of the kernel: code, echoed header (or request), words. */
static struct xmsg_view make_error(struct xmsg *m, int32_t code,
				   uint16_t flags, size_t echo,
				   const char *text)
{
	struct nlmsghdr req = { .nlmsg_len = (uint32_t)(sizeof(req) + echo),
				.nlmsg_type = XFRM_MSG_NEWSA, .nlmsg_seq = 9 };
	uint8_t zero[256] = { 0 };
	struct xmsg_view v;
	struct cur c;

	xmsg_init(m, memory, sizeof(memory));
	xmsg_begin(m, NLMSG_ERROR, flags);
	wbuf_put(&m->w, &code, sizeof(code));
	wbuf_put(&m->w, &req, sizeof(req));
	if (!(flags & NLM_F_CAPPED))
		wbuf_put(&m->w, zero, echo);
	if (text) {
		xmsg_put(m, NLMSGERR_ATTR_MSG, text, strlen(text) + 1);
		xmsg_put_u32(m, NLMSGERR_ATTR_OFFS, 272);
	}
	xmsg_end(m);
	xmsg_set_seq(m, 9);
	c = wbuf_cur(&m->w);
	assert_int_equal(xmsg_next(&c, &v), 1);
	return v;
}

static void errors(void **state)
{
	char text[300], huge[600];
	struct xmsg_error e;
	struct xmsg_view v;
	struct xmsg m;
	size_t i, full;

	v = make_error(&m, -EEXIST, NLM_F_CAPPED | NLM_F_ACK_TLVS, 100,
		       "SPI taken");
	assert_int_equal(xmsg_parse_error(&v, &e), 0);
	assert_int_equal(e.err, -EEXIST);
	assert_int_equal(e.seq, 9);
	assert_int_equal(e.type, XFRM_MSG_NEWSA);
	assert_int_equal(e.offset, 272);
	assert_string_equal(e.text, "SPI taken");
	v = make_error(&m, -EINVAL, NLM_F_ACK_TLVS, 100, "words");
	assert_int_equal(xmsg_parse_error(&v, &e), 0);
	assert_string_equal(e.text, "words");
	v = make_error(&m, -EINVAL, 0, 100, NULL);
	assert_int_equal(xmsg_parse_error(&v, &e), 0);
	assert_int_equal(e.err, -EINVAL);
	assert_string_equal(e.text, "");
	v = make_error(&m, 0, NLM_F_CAPPED, 0, NULL);
	assert_int_equal(xmsg_parse_error(&v, &e), 0);
	assert_int_equal(e.err, 0);
	/* overlong words are cut */
	memset(huge, 'w', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	v = make_error(&m, -EINVAL, NLM_F_CAPPED | NLM_F_ACK_TLVS, 0, huge);
	assert_int_equal(xmsg_parse_error(&v, &e), 0);
	assert_int_equal(strlen(e.text), XMSG_EXTACK_MAX - 1);
	/* no errno at all */
	v = make_error(&m, 5, NLM_F_CAPPED, 0, NULL);
	assert_int_equal(xmsg_parse_error(&v, &e), XE_MALFORMED);
	v = make_error(&m, -5000, NLM_F_CAPPED, 0, NULL);
	assert_int_equal(xmsg_parse_error(&v, &e), XE_MALFORMED);
	/* every truncation ends well */
	memset(text, 't', sizeof(text));
	v = make_error(&m, -EEXIST, NLM_F_ACK_TLVS, 40, "text");
	full = v.body.left;
	for (i = 0; i < full; i++) {
		v.body.left = i;
		if (i < 20)
			assert_int_equal(xmsg_parse_error(&v, &e), XE_TRUNC);
		else
			xmsg_parse_error(&v, &e);
		assert_true(memchr(e.text, '\0', sizeof(e.text)));
	}
}

static void done_with_code(void **state)
{
	int32_t code = -ENOENT;
	struct xmsg_error e;
	struct xmsg_view v = { .type = NLMSG_DONE, .seq = 3 };

	assert_int_equal(xmsg_parse_error(&v, &e), 0);
	assert_int_equal(e.err, 0);
	v.body = cur_init(&code, sizeof(code));
	assert_int_equal(xmsg_parse_error(&v, &e), 0);
	assert_int_equal(e.err, -ENOENT);
	v.body = cur_init(&code, 3);
	assert_int_equal(xmsg_parse_error(&v, &e), XE_TRUNC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(build_bytes),
		cmocka_unit_test(overflow_sticks),
		cmocka_unit_test(walk),
		cmocka_unit_test(bad_lengths),
		cmocka_unit_test(errors),
		cmocka_unit_test(done_with_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
