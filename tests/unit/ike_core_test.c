/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the engine that stand alone: timers, limits, policies, IDs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ike/core/child.h"
#include "ike/core/guard.h"
#include "ike/core/spd.h"
#include "ike/core/timer.h"
#include "libxfrm/base/err.h"

/* ---- timers ---- */

static void noop(void *ctx, struct timer *t)
{
}

static const struct timer_kind test_kind = { noop, "test" };

static void timers_fire_in_order(void **state)
{
	struct timers ts = { 0 };
	struct timer t[100], *due;
	uint64_t last = 0;
	unsigned int n = 0;

	for (unsigned int i = 0; i < 100; i++) {
		timer_init(&t[i], &test_kind);
		assert_false(timer_on(&t[i]));
		assert_int_equal(timers_set(&ts, &t[i], 0, i * 37 % 101), 0);
		assert_true(timer_on(&t[i]));
	}
	assert_int_equal(timers_next(&ts), 0);
	/* stop some, move some */
	for (unsigned int i = 0; i < 100; i += 3)
		timers_stop(&ts, &t[i]);
	timers_stop(&ts, &t[0]);
	for (unsigned int i = 1; i < 100; i += 3)
		assert_int_equal(timers_set(&ts, &t[i], 0, 200 + i), 0);
	assert_null(timers_due(&ts, 0));
	while ((due = timers_due(&ts, 1000)) != NULL) {
		assert_true(due->at >= last);
		assert_false(timer_on(due));
		last = due->at;
		n++;
	}
	assert_int_equal(n, 66);
	assert_int_equal(timers_next(&ts), UINT64_MAX);
	timers_free(&ts);
}

/* Equal times: first set, first fired. */
static void timers_keep_order(void **state)
{
	struct timers ts = { 0 };
	struct timer t[20];

	for (unsigned int i = 0; i < 20; i++) {
		timer_init(&t[i], &test_kind);
		assert_int_equal(timers_set(&ts, &t[i], 0, 5), 0);
	}
	for (unsigned int i = 0; i < 20; i++)
		assert_ptr_equal(timers_due(&ts, 5), &t[i]);
	/* also when the count of settings begins anew meanwhile */
	ts.order = UINT32_MAX - 10;
	for (unsigned int i = 0; i < 20; i++)
		assert_int_equal(timers_set(&ts, &t[i], 0, 6), 0);
	for (unsigned int i = 0; i < 20; i++)
		assert_ptr_equal(timers_due(&ts, 6), &t[i]);
	timers_free(&ts);
}

/* ---- guard ---- */

static struct xaddr v4(unsigned int n)
{
	struct xaddr a = xaddr_any(AF_INET);

	a.b[0] = 10;
	a.b[1] = (uint8_t)(n >> 16);
	a.b[2] = (uint8_t)(n >> 8);
	a.b[3] = (uint8_t)n;
	return a;
}

static void guard_limits_a_source(void **state)
{
	struct xaddr a = v4(1), b = v4(2);
	struct guard g;
	unsigned int n;

	guard_init(&g, 1, 1000, 0);
	for (n = 0; guard_open(&g, &a, 0) == 0; n++)
		;
	assert_int_equal(n, GUARD_HALF_MAX);
	assert_int_equal(guard_open(&g, &b, 0), 0);
	guard_close(&g, &b);
	/* the half-open ones end: then the rate counts */
	for (unsigned int i = 0; i < GUARD_HALF_MAX; i++)
		guard_close(&g, &a);
	for (n = 0; guard_open(&g, &a, 0) == 0; n++)
		guard_close(&g, &a);
	assert_int_equal(n, GUARD_BURST - GUARD_HALF_MAX);
	assert_int_equal(g.half_open, 0);
	/* a second later there is room for as many as the rate says */
	for (n = 0; guard_open(&g, &a, 1000) == 0; n++)
		guard_close(&g, &a);
	assert_int_equal(n, GUARD_RATE);
	guard_free(&g);
}

static void guard_limits_all(void **state)
{
	struct guard g;

	guard_init(&g, 1, 50, 0);
	for (unsigned int i = 0; i < 50; i++) {
		struct xaddr a = v4(i);

		assert_int_equal(guard_open(&g, &a, 0), 0);
	}
	assert_int_equal(guard_open(&g, &(struct xaddr){ .family = AF_INET },
				    0), XE_LIMIT);
	guard_free(&g);
}

/* An IPv6 /64 is one source, and memory stays bounded. */
static void guard_is_bounded(void **state)
{
	struct xaddr a = xaddr_any(AF_INET6);
	struct guard g;
	unsigned int n;

	guard_init(&g, 1, 1000000, 0);
	a.b[0] = 0x20;
	for (n = 0; n < 1000; n++) {
		a.b[15] = (uint8_t)n;
		a.b[14] = (uint8_t)(n >> 8);
		if (guard_open(&g, &a, 0) < 0)
			break;
	}
	assert_int_equal(n, GUARD_HALF_MAX);
	assert_int_equal(g.src.count, 1);
	for (n = 0; n < GUARD_SOURCES_MAX + 5000; n++) {
		struct xaddr s = v4(n);

		if (guard_open(&g, &s, 0) == 0)
			guard_close(&g, &s);
	}
	assert_int_equal(g.src.count, GUARD_SOURCES_MAX);
	guard_free(&g);
}

/* Bytes that go out and had no reason to: per source, and in all. */
static void guard_limits_excess(void **state)
{
	struct xaddr a = v4(1), b = v4(2);
	struct guard g;
	uint64_t out = 0;

	guard_init(&g, 1, 1000000, 0);
	assert_int_equal(guard_open(&g, &a, 0), 0);
	assert_int_equal(guard_open(&g, &b, 0), 0);
	while (guard_excess(&g, &a, 1000, 0) == 0)
		out += 1000;
	assert_true(out <= GUARD_EXCESS_BURST);
	assert_true(out + 1000 > GUARD_EXCESS_BURST);
	/* another source has its own share */
	assert_int_equal(guard_excess(&g, &b, 1000, 0), 0);
	/* time gives more, slowly: also in steps of a millisecond */
	for (uint64_t ms = 1; ms <= 10000; ms++)
		if (guard_excess(&g, &a, 100, ms) == 0)
			out += 100;
	assert_true(out <= GUARD_EXCESS_BURST + 10 * GUARD_EXCESS_RATE);
	assert_true(out > GUARD_EXCESS_BURST + 9 * GUARD_EXCESS_RATE);
	/* never more than at once, however long it was quiet */
	assert_int_equal(guard_excess(&g, &a, GUARD_EXCESS_BURST + 1,
				      UINT64_MAX / 2), XE_LIMIT);
	guard_free(&g);

	/* many sources: all of them together */
	guard_init(&g, 1, 1000000, 0);
	out = 0;
	for (unsigned int n = 0; n < 10000; n++) {
		a = v4(n);
		assert_int_equal(guard_open(&g, &a, 0), 0);
		if (guard_excess(&g, &a, 2000, 0) == 0)
			out += 2000;
	}
	assert_true(out <= GUARD_EXCESS_ALL_BURST);
	assert_true(out + 2000 > GUARD_EXCESS_ALL_BURST);
	guard_free(&g);
}

/* ---- policies ---- */

static struct kpol policy(uint32_t index, enum kdir dir, const char *src,
			  const char *dst)
{
	struct kpol k = { .index = index, .dir = dir, .prio = index,
			  .ntmpl = 1 };
	struct xaddr s, d;
	uint8_t sl, dl;

	assert_int_equal(xaddr_parse_prefix(src, &s, &sl), 0);
	assert_int_equal(xaddr_parse_prefix(dst, &d, &dl), 0);
	xsel_init(&k.sel, &s, sl, &d, dl);
	return k;
}

static void spd_finds(void **state)
{
	struct kpol a = policy(8, KDIR_OUT, "10.1.0.0/24", "10.2.0.0/24");
	struct kpol b = policy(16, KDIR_IN, "10.2.0.0/24", "10.1.0.0/24");
	struct kpol c = policy(24, KDIR_OUT, "10.1.0.0/24", "10.2.0.0/24");
	struct xsel rev;
	struct spd s;

	spd_init(&s, 1);
	assert_int_equal(spd_put(&s, &a), 0);
	assert_int_equal(spd_put(&s, &b), 0);
	assert_int_equal(spd_put(&s, &c), 0);
	assert_int_equal(spd_by_index(&s, 8)->index, 8);
	assert_null(spd_by_index(&s, 9));
	/* of two equal selectors the kernel takes the lower priority */
	assert_int_equal(spd_by_sel(&s, KDIR_OUT, &a.sel)->index, 8);
	rev = spd_reverse(&a.sel);
	assert_int_equal(spd_by_sel(&s, KDIR_IN, &rev)->index, 16);
	assert_null(spd_by_sel(&s, KDIR_OUT, &rev));
	/* a new version of one takes its place */
	a.ntmpl = KPOL_TMPL_MAX;
	a.tmpl[5].reqid = 77;
	assert_int_equal(spd_put(&s, &a), 0);
	assert_int_equal(spd_by_index(&s, 8)->tmpl[5].reqid, 77);
	assert_int_equal(s.index.count, 3);
	spd_del(&s, &a);
	assert_int_equal(spd_by_sel(&s, KDIR_OUT, &a.sel)->index, 24);
	spd_free(&s);
}

static struct kpol transport(uint32_t index, const char *src, const char *dst)
{
	struct kpol k = policy(index, KDIR_OUT, src, dst);

	k.ntmpl = 1;
	k.tmpl[0] = (struct ktmpl){ .proto = IPPROTO_ESP,
				    .mode = KMODE_TRANSPORT };
	return k;
}

static uint32_t covering(const struct spd *s, const struct xsel *sel)
{
	const struct kpol *k = spd_cover(s, sel);

	return k ? k->index : 0;
}

static void spd_covers(void **state)
{
	struct kpol all = transport(8, "0.0.0.0/0", "0.0.0.0/0");
	struct kpol net = transport(16, "10.1.0.0/16", "10.2.0.0/16");
	struct kpol tun = transport(24, "10.1.0.0/24", "10.2.0.0/24");
	struct kpol l2tp = transport(32, "192.0.2.1/32", "0.0.0.0/0");
	struct xsel flow = policy(0, KDIR_OUT, "10.1.0.5/32",
				  "10.2.0.6/32").sel;
	struct xsel call = policy(0, KDIR_OUT, "192.0.2.1/32",
				  "198.51.100.7/32").sel;
	struct spd s;

	tun.tmpl[0].mode = KMODE_TUNNEL;
	l2tp.sel.proto = 17;
	l2tp.sel.sport = 1701;
	l2tp.sel.sport_mask = 0xffff;
	spd_init(&s, 1);
	assert_int_equal(covering(&s, &flow), 0);
	spd_put(&s, &net);
	spd_put(&s, &tun);
	spd_put(&s, &l2tp);
	assert_int_equal(covering(&s, &flow), 16);
	assert_int_equal(covering(&s, &call), 0);
	/* the peer may name its own port, too */
	call.proto = 17;
	call.sport = 1701;
	call.sport_mask = 0xffff;
	assert_int_equal(covering(&s, &call), 32);
	call.dport = 50000;
	call.dport_mask = 0xffff;
	assert_int_equal(covering(&s, &call), 32);
	call.sport = 1702;
	assert_int_equal(covering(&s, &call), 0);
	/* any protocol; the narrower of two that count alike */
	all.prio = net.prio;
	spd_put(&s, &all);
	assert_int_equal(covering(&s, &call), 8);
	assert_int_equal(covering(&s, &flow), 16);
	all.prio = net.prio - 1;
	spd_put(&s, &all);
	assert_int_equal(covering(&s, &flow), 8);
	spd_del(&s, &all);
	spd_del(&s, &net);
	assert_int_equal(covering(&s, &flow), 0);
	assert_int_equal(s.nshape, 1);
	spd_free(&s);
}

static void spd_resync(void **state)
{
	struct kpol a = policy(8, KDIR_OUT, "10.1.0.0/24", "10.2.0.0/24");
	struct kpol b = policy(16, KDIR_IN, "10.2.0.0/24", "10.1.0.0/24");
	struct spd s;

	spd_init(&s, 1);
	assert_int_equal(spd_put(&s, &a), 0);
	assert_int_equal(spd_put(&s, &b), 0);
	spd_mark(&s);
	assert_int_equal(spd_put(&s, &b), 0);
	spd_sweep(&s);
	assert_null(spd_by_index(&s, 8));
	assert_non_null(spd_by_index(&s, 16));
	spd_flush(&s);
	assert_int_equal(s.index.count, 0);
	spd_free(&s);
}

static void reverse_keeps_icmp_types(void **state)
{
	struct xsel s = policy(1, KDIR_OUT, "10.0.0.1", "10.0.0.2").sel, r;

	s.proto = 6;
	s.sport = 80;
	s.sport_mask = 0xffff;
	r = spd_reverse(&s);
	assert_int_equal(r.dport, 80);
	assert_int_equal(r.sport_mask, 0);
	s.proto = 1;
	r = spd_reverse(&s);
	assert_int_equal(r.sport, 80);
	assert_int_equal(r.dport_mask, 0);
}

/* ---- IDs of quick mode ---- */

static void id_back(const char *prefix, uint8_t type, size_t len)
{
	struct child_id id;
	struct xaddr a, b;
	uint8_t plen, back;

	assert_int_equal(xaddr_parse_prefix(prefix, &a, &plen), 0);
	child_id_from_sel(&id, &a, plen, 17, 53);
	assert_int_equal(id.id.type, type);
	assert_int_equal(id.id.len, len);
	assert_int_equal(id.id.proto, 17);
	assert_int_equal(id.id.port, 53);
	assert_int_equal(child_id_to_prefix(&id.id, &b, &back), 0);
	assert_true(xaddr_equal(&a, &b));
	assert_int_equal(plen, back);
}

static void ids_of_selectors(void **state)
{
	id_back("10.1.2.3", IKE_ID_IPV4, 4);
	id_back("10.1.2.0/24", IKE_ID_IPV4_SUBNET, 8);
	id_back("10.1.2.128/25", IKE_ID_IPV4_SUBNET, 8);
	id_back("0.0.0.0/0", IKE_ID_IPV4_SUBNET, 8);
	id_back("2001:db8::1", IKE_ID_IPV6, 16);
	id_back("2001:db8::/61", IKE_ID_IPV6_SUBNET, 32);
}

static int range(const char *lo, const char *hi, uint8_t *plen)
{
	struct ike_id id = { .type = IKE_ID_IPV4_RANGE, .len = 8 };
	struct xaddr a, b, out;
	uint8_t bytes[8];

	assert_int_equal(xaddr_parse(lo, &a), 0);
	assert_int_equal(xaddr_parse(hi, &b), 0);
	memcpy(bytes, a.b, 4);
	memcpy(bytes + 4, b.b, 4);
	id.data = bytes;
	return child_id_to_prefix(&id, &out, plen);
}

static void ranges_that_are_networks(void **state)
{
	uint8_t plen;

	assert_int_equal(range("10.0.0.0", "10.0.0.255", &plen), 0);
	assert_int_equal(plen, 24);
	assert_int_equal(range("10.0.0.7", "10.0.0.7", &plen), 0);
	assert_int_equal(plen, 32);
	assert_int_equal(range("10.0.0.0", "10.0.0.254", &plen),
			 XE_UNSUPPORTED);
	assert_int_equal(range("10.0.0.1", "10.0.0.255", &plen),
			 XE_UNSUPPORTED);
	assert_true(range("10.0.0.9", "10.0.0.1", &plen) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_in_order),
		cmocka_unit_test(timers_keep_order),
		cmocka_unit_test(guard_limits_a_source),
		cmocka_unit_test(guard_limits_all),
		cmocka_unit_test(guard_is_bounded),
		cmocka_unit_test(guard_limits_excess),
		cmocka_unit_test(spd_finds),
		cmocka_unit_test(spd_covers),
		cmocka_unit_test(spd_resync),
		cmocka_unit_test(reverse_keeps_icmp_types),
		cmocka_unit_test(ids_of_selectors),
		cmocka_unit_test(ranges_that_are_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
