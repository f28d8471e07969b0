/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "libxfrm/attr.h"
#include "libxfrm/base/err.h"
#include "libxfrm/msg.h"

static uint8_t memory[1024];

static void start(struct xmsg *m)
{
	xmsg_init(m, memory, sizeof(memory));
}

static void read_back(void **state)
{
	struct xfrm_mark mark = { 1, 2 };
	struct xattrs a;
	struct xmsg m;

	start(&m);
	xmsg_put(&m, XFRMA_MARK, &mark, sizeof(mark));
	xmsg_put_u32(&m, XFRMA_IF_ID, 77);
	xmsg_put_u64(&m, XFRMA_LASTUSED, UINT64_C(1) << 40);
	xmsg_put_u8(&m, XA_SA_DIR, 2);
	xmsg_put_u16(&m, XA_IPTFS_REORDER_WINDOW, 0x1234);
	xmsg_put_u32(&m, 4000, 1);	/* from a kernel of the future */
	xmsg_put_u32(&m, XFRMA_UNSPEC, 1);
	assert_int_equal(xattrs_parse(wbuf_cur(&m.w), XATTR_XFRM, &a), 0);
	assert_int_equal(xattrs_u32(&a, XFRMA_IF_ID), 77);
	assert_int_equal(xattrs_u64(&a, XFRMA_LASTUSED), UINT64_C(1) << 40);
	assert_int_equal(xattrs_u8(&a, XA_SA_DIR), 2);
	assert_int_equal(xattrs_u16(&a, XA_IPTFS_REORDER_WINDOW), 0x1234);
	assert_int_equal(xattrs_u32(&a, XFRMA_TFCPAD), 0);
	assert_false(xattrs_has(&a, XFRMA_TFCPAD));
	assert_false(xattrs_has(&a, 4000));
	assert_false(xattrs_has(&a, XFRMA_UNSPEC));
	memset(&mark, 0xff, sizeof(mark));
	assert_int_equal(xattrs_get(&a, XFRMA_TMPL, &mark, sizeof(mark)),
			 XE_NOTFOUND);
	assert_int_equal(mark.v, 0);
	assert_int_equal(xattrs_get(&a, XFRMA_MARK, &mark, sizeof(mark)), 0);
	assert_int_equal(mark.m, 2);
}

static void last_duplicate_counts(void **state)
{
	struct xattrs a;
	struct xmsg m;

	start(&m);
	xmsg_put_u32(&m, XFRMA_IF_ID, 1);
	xmsg_put_u32(&m, XFRMA_IF_ID | NLA_F_NET_BYTEORDER, 2);
	assert_int_equal(xattrs_parse(wbuf_cur(&m.w), XATTR_XFRM, &a), 0);
	assert_int_equal(xattrs_u32(&a, XFRMA_IF_ID), 2);
}

/* Each attribute one byte short of what its type needs. */
static void too_short(void **state)
{
	static const uint8_t zero[512];
	unsigned int type, rejected = 0;
	struct xattrs a;
	struct xmsg m;
	size_t len;
	int r;

	for (type = 1; type <= XA_MAX; type++) {
		assert_non_null(xattr_name(type));
		for (len = 0; len < sizeof(zero); len++) {
			start(&m);
			xmsg_put(&m, (uint16_t)type, zero, len);
			r = xattrs_parse(wbuf_cur(&m.w), XATTR_XFRM, &a);
			if (r == 0)
				break;
			assert_int_equal(r, XE_MALFORMED);
			rejected++;
		}
		assert_int_equal(r, 0);
		assert_true(xattrs_has(&a, type));
	}
	assert_null(xattr_name(XA_MAX + 1));
	assert_null(xattr_name(0));
	assert_in_range(rejected, 500, 3000);
}

static void truncated(void **state)
{
	struct xattrs a;
	struct xmsg m;
	struct cur c;
	size_t n;

	start(&m);
	xmsg_put_u32(&m, XFRMA_IF_ID, 1);
	xmsg_put_u32(&m, XFRMA_TFCPAD, 1);
	for (n = 0; n <= m.w.len; n++) {
		c = cur_init(m.w.p, n);
		assert_int_equal(xattrs_parse(c, XATTR_XFRM, &a),
				 n % 8 ? XE_TRUNC : 0);
	}
	memory[0] = 3;	/* shorter than its own header */
	assert_int_equal(xattrs_parse(wbuf_cur(&m.w), XATTR_XFRM, &a),
			 XE_TRUNC);
}

static void other_spaces(void **state)
{
	struct xfrmu_spdhthresh t = { 24, 16 };
	struct xattrs a;
	struct xmsg m;

	start(&m);
	xmsg_put(&m, XFRMA_SPD_IPV4_HTHRESH, &t, sizeof(t));
	assert_int_equal(xattrs_parse(wbuf_cur(&m.w), XATTR_SPDINFO, &a), 0);
	assert_true(xattrs_has(&a, XFRMA_SPD_IPV4_HTHRESH));
	/* the same number is a bigger thing elsewhere, or nothing */
	assert_int_equal(xattrs_parse(wbuf_cur(&m.w), XATTR_XFRM, &a),
			 XE_MALFORMED);
	assert_int_equal(xattrs_parse(wbuf_cur(&m.w), XATTR_SADINFO, &a), 0);
	assert_false(xattrs_has(&a, XFRMA_SPD_IPV4_HTHRESH));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_back),
		cmocka_unit_test(last_duplicate_counts),
		cmocka_unit_test(too_short),
		cmocka_unit_test(truncated),
		cmocka_unit_test(other_spaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
