/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "libxfrm/base/arena.h"
#include "libxfrm/base/err.h"
#include "libxfrm/policy.h"
#include "libxfrm/print.h"
#include "tests/lib/xfrm_abi.h"

static uint8_t memory[XMSG_MAX];
static struct xfrm_tmpl two[2], store[XPOL_TMPL_MAX];

static struct xaddr addr(const char *s)
{
	struct xaddr a;

	assert_int_equal(xaddr_parse(s, &a), 0);
	return a;
}

static struct xfrm_policy policy(void)
{
	struct xaddr a = addr("10.0.0.0"), b = addr("10.1.0.0");
	struct xfrm_policy p = { .dir = XFRM_POLICY_OUT,
				 .priority = XPOL_PRIO_DEFAULT,
				 .tmpl = two, .ntmpl = 2 };

	xsel_init(&p.sel, &a, 24, &b, 16);
	two[0] = (struct xfrm_tmpl){ .proto = IPPROTO_ESP, .reqid = 7,
				     .mode = XFRM_MODE_TUNNEL };
	two[0].src = addr("192.0.2.1");
	two[0].dst = addr("192.0.2.2");
	two[1] = (struct xfrm_tmpl){ .proto = IPPROTO_AH, .optional = true };
	return p;
}

static struct xmsg_view view(const struct xmsg *m)
{
	struct cur c = wbuf_cur(&m->w);
	struct xmsg_view v;

	assert_int_equal(xmsg_next(&c, &v), 1);
	return v;
}

static void w16(uint8_t *b, size_t at, uint16_t v)
{
	memcpy(b + at, &v, 2);
}

static void w32(uint8_t *b, size_t at, uint32_t v)
{
	memcpy(b + at, &v, 4);
}

/*
 * struct xfrm_userpolicy_info: selector 0, limits 56, used 120, priority 152,
 * index 156, dir 160, action 161, flags 162, share 163; ABI_POLICY bytes.
 * struct xfrm_user_tmpl: id 0 (24 bytes), family 24, source 28, reqid 44,
 * mode 48, share 49, optional 50, algorithms 52, 56, 60; 64 bytes.
 */
static void new_bytes(void **state)
{
	struct xfrm_policy p = policy();
	uint8_t e[16 + ABI_POLICY + 4 + 128 + 12 + 8] = { 0 };
	const size_t t = 16 + ABI_POLICY + 4;
	struct xmsg m;

	p.mark = (struct xmark){ 3, 0xff };
	p.if_id = 5;
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_policy_build_new(&m, &p), 0);

	w32(e, 0, sizeof(e));
	w32(e, 4, abi_pair(0x13, 0x0601));
	w32(e, 16, htonl(0x0a010000));
	w32(e, 32, htonl(0x0a000000));
	w16(e, 16 + 40, 2);
	e[16 + 42] = 16;
	e[16 + 43] = 24;
	memset(e + 16 + 56, 0xff, 32);
	w32(e, 16 + 152, 0x80000000);
	e[16 + 160] = 1;
	w32(e, t - 4, abi_pair(132, 5));
	w32(e, t, htonl(0xc0000202));
	e[t + 20] = 50;
	w16(e, t + 24, 2);
	w32(e, t + 28, htonl(0xc0000201));
	w32(e, t + 44, 7);
	e[t + 48] = 1;
	memset(e + t + 52, 0xff, 12);
	e[t + 64 + 20] = 51;
	w16(e, t + 64 + 24, 2);
	e[t + 64 + 50] = 1;
	memset(e + t + 64 + 52, 0xff, 12);
	w32(e, t + 128, abi_pair(12, 21));
	w32(e, t + 132, 3);
	w32(e, t + 136, 0xff);
	w32(e, t + 140, abi_pair(8, 31));
	w32(e, t + 144, 5);
	assert_int_equal(m.w.len, sizeof(e));
	assert_memory_equal(m.w.p, e, sizeof(e));
}

static void other_requests(void **state)
{
	uint8_t e[16 + 64 + 8] = { 0 };
	struct xfrm_policy p = policy();
	struct xmsg m;

	p.ptype = XFRM_POLICY_TYPE_SUB;
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_policy_build_delete(&m, &p), 0);
	w32(e, 0, 16 + 64 + 4 + 6 + 2);
	w32(e, 4, abi_pair(0x14, 0x0001));
	w32(e, 16, htonl(0x0a010000));
	w32(e, 32, htonl(0x0a000000));
	w16(e, 16 + 40, 2);
	e[16 + 42] = 16;
	e[16 + 43] = 24;
	e[16 + 60] = 1;
	assert_int_equal(m.w.len, 16 + 64 + 12);
	assert_memory_equal(m.w.p, e, 16 + 64);
	w32(e, 0, abi_pair(10, 16));
	e[4] = 1;
	assert_memory_equal(m.w.p + 16 + 64, e, 5);

	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_policy_build_get(&m, &p), 0);
	assert_int_equal(abi_type(memory), XFRM_MSG_GETPOLICY);
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_policy_build_flush(&m, 0), 0);
	memset(e, 0, sizeof(e));
	w32(e, 0, 16);
	w32(e, 4, abi_pair(0x1d, 0x0001));
	assert_int_equal(m.w.len, 16);
	assert_memory_equal(m.w.p, e, 16);
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_policy_build_dump(&m), 0);
	w32(e, 4, abi_pair(0x15, 0x0301));
	assert_int_equal(m.w.len, 16);
	assert_memory_equal(m.w.p, e, 16);
	p.ntmpl = 7;
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_policy_build_new(&m, &p), XE_LIMIT);
}

static struct xfrm_policy full_policy(void)
{
	struct xfrm_policy p = policy();

	p.action = XFRM_POLICY_BLOCK;
	p.flags = XFRM_POLICY_ICMP;
	p.share = XFRM_SHARE_UNIQUE;
	p.ptype = XFRM_POLICY_TYPE_SUB;
	p.index = 9;
	p.if_id = 5;
	p.mark = (struct xmark){ 1, 2 };
	p.offload = (struct xoffload){ XOFFLOAD_PACKET, 4, 0 };
	p.sec = (struct xsecctx){ .doi = 1, .alg = 1, .len = 4,
				  .str = "abc" };
	p.life = (struct xlife){ 1, 2, 3, 4, 5, 6, 7, 8 };
	p.sel.proto = IPPROTO_TCP;
	p.sel.sport = 80;
	p.sel.sport_mask = 0xffff;
	p.sel.ifindex = 2;
	return p;
}

static void round_trip(void **state)
{
	struct xfrm_policy p = full_policy(), got;
	struct xmsg_view v;
	struct xmsg m;

	assert_int_equal(xfrm_policy_check(&p, NULL), 0);
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_policy_build_update(&m, &p), 0);
	v = view(&m);
	assert_int_equal(v.type, XFRM_MSG_UPDPOLICY);
	assert_int_equal(xfrm_policy_parse(&v, &got, store), 0);
	assert_int_equal(xfrm_policy_diff(&p, &got), 0);
	assert_true(xfrm_policy_same_id(&p, &got));
	assert_int_equal(xfrm_policy_hash_id(1, &p),
			 xfrm_policy_hash_id(1, &got));
	assert_int_equal(got.index, 9);
	assert_int_equal(got.ntmpl, 2);
	assert_int_equal(got.tmpl[1].src.family, 0);
	assert_int_equal(got.tmpl[0].family, AF_INET);
	assert_int_equal(got.tmpl[0].aalgos, 0);
}

static void differences(void **state)
{
	struct xfrm_policy full = full_policy(), p;
	struct xfrm_tmpl t[2];

#define DIFF(change, field) \
	do { \
		p = full; \
		memcpy(t, two, sizeof(t)); \
		p.tmpl = t; \
		change; \
		assert_int_equal(xfrm_policy_diff(&full, &p), field); \
		assert_string_not_equal(field ? xpol_field_name(field) : "", \
					"unknown"); \
	} while (0)
	DIFF(p.sel.splen = 25, XPOL_F_ID);
	DIFF(p.dir = 0, XPOL_F_ID);
	DIFF(p.ptype = 0, XPOL_F_ID);
	DIFF(p.if_id = 0, XPOL_F_ID);
	DIFF(p.mark.mask = 0, XPOL_F_ID);
	DIFF(p.sec.len = 0, XPOL_F_ID);
	DIFF(p.action = 0, XPOL_F_ACTION);
	DIFF(p.priority = 0, XPOL_F_PRIO);
	DIFF(p.flags = 0, XPOL_F_FLAGS);
	DIFF(p.share = 0, XPOL_F_SHARE);
	DIFF(p.ntmpl = 1, XPOL_F_TMPL);
	DIFF(t[0].reqid = 8, XPOL_F_TMPL);
	DIFF(t[0].dst.b[3] = 8, XPOL_F_TMPL);
	DIFF(t[1].optional = false, XPOL_F_TMPL);
	DIFF(t[1].src = addr("10.0.0.1"), XPOL_F_TMPL);
	DIFF(p.life.soft_add = 0, XPOL_F_LIFE);
	DIFF(p.offload.mode = XOFFLOAD_NONE, XPOL_F_OFFLOAD);
	DIFF(p.index = 1, 0);
	DIFF(p.cur.use_time = 1, 0);
	DIFF(t[1].src = t[1].dst = addr("0.0.0.0"), 0);
#undef DIFF
}

static void checks(void **state)
{
	struct xfrm_policy p;
	const char *why;

#define REFUSED(change, code) \
	do { \
		p = policy(); \
		change; \
		assert_int_equal(xfrm_policy_check(&p, &why), code); \
		assert_non_null(why); \
	} while (0)
	REFUSED(p.sel.dst = addr("::"), XE_FAMILY);
	REFUSED(p.sel = (struct xsel){ 0 }, XE_FAMILY);
	REFUSED(p.sel.splen = 33, XE_RANGE);
	REFUSED(p.dir = 3, XE_RANGE);
	REFUSED(p.ntmpl = 7, XE_LIMIT);
	REFUSED(two[0].proto = 6, XE_CHECK);
	REFUSED(two[0].dst = addr("::1"), XE_FAMILY);
	REFUSED(two[0].dst = two[0].src = (struct xaddr){ 0 }, XE_CHECK);
	REFUSED(p.offload.mode = XOFFLOAD_CRYPTO, XE_CHECK);
#undef REFUSED
}

static void socket_policies(void **state)
{
	struct xfrm_policy p = { .dir = XFRM_POLICY_MAX + XFRM_POLICY_OUT };
	char buf[XNAME_STRLEN];

	assert_true(xfrm_policy_is_socket(&p));
	assert_int_equal(xfrm_policy_socket_dir(&p), XFRM_POLICY_OUT);
	assert_string_equal(xname_dir(p.dir, buf), "out(socket)");
	p.dir = XFRM_POLICY_FWD;
	assert_false(xfrm_policy_is_socket(&p));
}

static void deletion_and_expiry(void **state)
{
	struct xfrm_policy p = full_policy(), got;
	struct xmsg_view v, inner;
	uint8_t second[XMSG_MAX];
	struct xmsg m, n;
	const uint8_t *k;

	xmsg_init(&m, memory, sizeof(memory));
	xfrm_policy_build_new(&m, &p);
	inner = view(&m);
	assert_int_equal(cur_bytes(&inner.body, ABI_POLICY, &k), 0);

	xmsg_init(&n, second, sizeof(second));
	xfrm_policy_build_delete(&n, &p);
	v = view(&n);
	assert_int_equal(xfrm_policy_parse(&v, &got, store), 0);
	assert_true(xfrm_policy_same_id(&p, &got));
	assert_int_equal(got.ntmpl, 0);
	xmsg_put(&n, XFRMA_POLICY, k, ABI_POLICY);
	wbuf_put(&n.w, inner.body.p, inner.body.left);
	xmsg_end(&n);
	v = view(&n);
	assert_int_equal(xfrm_policy_parse(&v, &got, store), 0);
	assert_int_equal(xfrm_policy_diff(&p, &got), 0);

	xmsg_init(&n, second, sizeof(second));
	xmsg_begin(&n, XFRM_MSG_POLEXPIRE, 0);
	wbuf_put(&n.w, k, ABI_POLICY);
	wbuf_put(&n.w, "\1\0\0\0\0\0\0", ABI_HARD);
	wbuf_put(&n.w, inner.body.p, inner.body.left);
	xmsg_end(&n);
	v = view(&n);
	assert_int_equal(xfrm_policy_parse(&v, &got, store), 0);
	assert_int_equal(xfrm_policy_diff(&p, &got), 0);
	v.type = XFRM_MSG_NEWSA;
	assert_int_equal(xfrm_policy_parse(&v, &got, store), XE_UNSUPPORTED);
}

static void hostile(void **state)
{
	static const struct xfrm_policy none;
	struct xfrm_policy p = full_policy(), got;
	static const uint8_t many[7 * 64];
	struct xmsg_view v;
	struct xmsg m;
	unsigned int bit;
	size_t n, full;
	int r;

	xmsg_init(&m, memory, sizeof(memory));
	xfrm_policy_build_new(&m, &p);
	v = view(&m);
	full = v.body.left;
	for (n = 0; n < full; n++) {
		v.body.left = n;
		r = xfrm_policy_parse(&v, &got, store);
		if (n < ABI_POLICY)
			assert_int_equal(r, XE_TRUNC);
		if (r < 0)
			assert_memory_equal(&got, &none, sizeof(got));
	}
	v.body.left = full;
	for (n = 16; n < full; n++)
		for (bit = 1; bit < 256; bit <<= 1) {
			memory[n] ^= (uint8_t)bit;
			if (xfrm_policy_parse(&v, &got, store) == 0)
				xfrm_policy_diff(&p, &got);
			memory[n] ^= (uint8_t)bit;
		}
	/* seven templates, and a half one */
	p.ntmpl = 0;
	xmsg_init(&m, memory, sizeof(memory));
	xfrm_policy_build_new(&m, &p);
	n = m.w.len;
	xmsg_put(&m, XFRMA_TMPL, many, sizeof(many));
	xmsg_end(&m);
	v = view(&m);
	assert_int_equal(xfrm_policy_parse(&v, &got, store), XE_LIMIT);
	wbuf_truncate(&m.w, n);
	xmsg_put(&m, XFRMA_TMPL, many, 96);
	xmsg_end(&m);
	v = view(&m);
	assert_int_equal(xfrm_policy_parse(&v, &got, store), XE_TRUNC);
}

static void copies(void **state)
{
	struct arena *a = arena_new(0);
	struct xfrm_policy p = full_policy(), *d;
	char buf[XPOL_STRLEN];

	d = xfrm_policy_dup(a, &p);
	assert_non_null(d);
	assert_int_equal(xfrm_policy_diff(&p, d), 0);
	assert_ptr_not_equal(d->tmpl, p.tmpl);
	assert_string_equal(xfrm_policy_str(d, buf, sizeof(buf)),
			    "out 10.0.0.0/24[80] 10.1.0.0/16[any] tcp");
	assert_string_equal(xname_action(d), "discard");
	d->action = XFRM_POLICY_ALLOW;
	assert_string_equal(xname_action(d), "ipsec");
	d->ntmpl = 0;
	assert_string_equal(xname_action(d), "none");
	arena_free(a);
	a = arena_new(0);
	arena_set_limit(a, 1);
	assert_null(xfrm_policy_dup(a, &p));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_bytes),
		cmocka_unit_test(other_requests),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(differences),
		cmocka_unit_test(checks),
		cmocka_unit_test(socket_policies),
		cmocka_unit_test(deletion_and_expiry),
		cmocka_unit_test(hostile),
		cmocka_unit_test(copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
