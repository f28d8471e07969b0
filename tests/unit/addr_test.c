/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "libxfrm/addr.h"
#include "libxfrm/base/err.h"

static struct xaddr addr(const char *s)
{
	struct xaddr a;

	assert_int_equal(xaddr_parse(s, &a), 0);
	return a;
}

static void parse_and_show(void **state)
{
	static const char *const good[] = {
		"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1",
		"2001:db8::1", "fe80::1%lo", "fe80::1%77777",
	};
	static const char *const bad[] = {
		"", "10", "10.1", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.04", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ",
		"::g", "1::2::3", "192.0.2.1%lo", "any", "fe80::1%", "%lo",
		"fe80::1%nosuchif", "fe80::1%0", "fe80::1%99999999999",
		"2001:db8:1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa",
	};
	char buf[XADDR_STRLEN], text[XADDR_STRLEN + 1];
	struct xaddr a;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(xaddr_parse(good[i], &a), 0);
		assert_string_equal(xaddr_str(&a, buf), good[i]);
		/* What stands behind it does not count. */
		snprintf(text, sizeof(text), "%s1", good[i]);
		assert_int_equal(xaddr_parse_n(text, strlen(good[i]), &a), 0);
		assert_string_equal(xaddr_str(&a, buf), good[i]);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&a, 0xff, sizeof(a));
		assert_true(xaddr_parse(bad[i], &a) < 0);
		assert_int_equal(a.family, 0);
		assert_true(xaddr_is_any(&a));
	}
	assert_int_equal(xaddr_parse("fe80::1%nosuchif", &a), XE_NOTFOUND);
	a = (struct xaddr){ 0 };
	assert_string_equal(xaddr_str(&a, buf), "-");
}

static void prefixes(void **state)
{
	static const struct {
		const char *text, *addr;
		int result;
		uint8_t plen;
	} t[] = {
		{ "192.0.2.0/24", "192.0.2.0", 0, 24 },
		{ "192.0.2.1", "192.0.2.1", 0, 32 },
		{ "2001:db8::/32", "2001:db8::", 0, 32 },
		{ "2001:db8::1", "2001:db8::1", 0, 128 },
		{ "0.0.0.0/0", "0.0.0.0", 0, 0 },
		{ "0/0", "0.0.0.0", 0, 0 },
		{ "10/8", "10.0.0.0", 0, 8 },
		{ "192.168/16", "192.168.0.0", 0, 16 },
		{ "10.1.2/24", "10.1.2.0", 0, 24 },
		{ "10/33", "-", XE_RANGE, 0 },
		{ "::/129", "-", XE_RANGE, 0 },
		{ "10", "-", XE_PARSE, 0 },
		{ "10/", "-", XE_PARSE, 0 },
		{ "10/x", "-", XE_PARSE, 0 },
		{ "10/8x", "-", XE_PARSE, 0 },
		{ "10/-1", "-", XE_PARSE, 0 },
		{ "10./8", "-", XE_PARSE, 0 },
		{ "300/8", "-", XE_PARSE, 0 },
		{ "/8", "-", XE_PARSE, 0 },
		{ "10/99999999999999999999", "-", XE_RANGE, 0 },
	};
	char buf[XADDR_STRLEN];
	struct xaddr a;
	uint8_t plen;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		plen = 99;
		assert_int_equal(xaddr_parse_prefix(t[i].text, &a, &plen),
				 t[i].result);
		assert_string_equal(xaddr_str(&a, buf), t[i].addr);
		assert_int_equal(plen, t[i].plen);
	}
}

static void compare_match_mask(void **state)
{
	struct xaddr a = addr("10.1.2.3"), b = addr("10.1.2.200");
	struct xaddr six = addr("2001:db8::1"), s2 = addr("2001:db8::1%lo");

	assert_true(xaddr_equal(&a, &a));
	assert_false(xaddr_equal(&a, &b));
	assert_false(xaddr_equal(&six, &s2));
	assert_true(xaddr_cmp(&a, &b) < 0);
	assert_true(xaddr_cmp(&b, &a) > 0);
	assert_true(xaddr_cmp(&six, &s2) < 0);
	assert_int_equal(xaddr_cmp(&a, &a), 0);
	assert_int_equal(xaddr_hash(1, &a), xaddr_hash(1, &a));
	assert_true(xaddr_hash(1, &a) != xaddr_hash(1, &b));
	assert_true(xaddr_match(&a, &b, 24));
	assert_true(xaddr_match(&a, &b, 0));
	assert_false(xaddr_match(&a, &b, 25));
	assert_false(xaddr_match(&a, &b, 33));
	assert_false(xaddr_match(&a, &six, 0));
	xaddr_mask(&b, 25);
	assert_true(xaddr_equal(&b, &(struct xaddr){
		.family = AF_INET, .b = { 10, 1, 2, 128 } }));
	xaddr_mask(&b, 9);
	assert_true(xaddr_equal(&b, &(struct xaddr){
		.family = AF_INET, .b = { 10 } }));
	xaddr_mask(&six, 128);
	assert_int_equal(six.b[15], 1);
	xaddr_mask(&six, 0);
	assert_true(xaddr_is_any(&six));
}

static void sockaddrs(void **state)
{
	struct sockaddr_storage ss;
	struct xaddr a = addr("192.0.2.1"), b;
	struct sockaddr_in *s4 = (struct sockaddr_in *)&ss;
	struct sockaddr un = { .sa_family = AF_UNIX };
	uint16_t port;

	assert_int_equal(xaddr_to_sockaddr(&a, 4500, &ss), sizeof(*s4));
	assert_int_equal(s4->sin_port, htons(4500));
	assert_int_equal(s4->sin_addr.s_addr, htonl(0xc0000201));
	assert_int_equal(xaddr_from_sockaddr((struct sockaddr *)&ss,
					     sizeof(*s4), &b, &port), 0);
	assert_true(xaddr_equal(&a, &b));
	assert_int_equal(port, 4500);
	assert_int_equal(xaddr_from_sockaddr((struct sockaddr *)&ss,
					     sizeof(*s4) - 1, &b, &port),
			 XE_FAMILY);
	assert_int_equal(b.family, 0);
	a = addr("fe80::1%3");
	assert_int_equal(xaddr_to_sockaddr(&a, 500, &ss),
			 sizeof(struct sockaddr_in6));
	assert_int_equal(xaddr_from_sockaddr((struct sockaddr *)&ss,
					     sizeof(ss), &b, NULL), 0);
	assert_true(xaddr_equal(&a, &b));
	a = (struct xaddr){ 0 };
	assert_int_equal(xaddr_to_sockaddr(&a, 1, &ss), 0);
	assert_int_equal(xaddr_from_sockaddr(&un, sizeof(un), &b, NULL),
			 XE_FAMILY);
}

static void selectors(void **state)
{
	struct xaddr src = addr("10.0.0.0"), dst = addr("10.1.0.0");
	struct xaddr six = addr("::");
	struct xfrm_selector k;
	char buf[XSEL_STRLEN];
	struct xsel s, t;

	xsel_init(&s, &src, 24, &dst, 16);
	assert_string_equal(xsel_str(&s, buf, sizeof(buf)),
			    "10.0.0.0/24[any] 10.1.0.0/16[any] any");
	s.proto = IPPROTO_TCP;
	s.dport = 80;
	s.dport_mask = 0xffff;
	s.ifindex = 7;
	s.user = 1000;
	assert_string_equal(xsel_str(&s, buf, sizeof(buf)),
			    "10.0.0.0/24[any] 10.1.0.0/16[80] tcp");
	xsel_to_kernel(&s, &k);
	assert_int_equal(k.saddr.a4, htonl(0x0a000000));
	assert_int_equal(k.daddr.a4, htonl(0x0a010000));
	assert_int_equal(k.dport, htons(80));
	assert_int_equal(k.dport_mask, 0xffff);
	assert_int_equal(k.sport_mask, 0);
	assert_int_equal(k.prefixlen_s, 24);
	assert_int_equal(k.prefixlen_d, 16);
	assert_int_equal(k.family, AF_INET);
	assert_int_equal(k.proto, 6);
	assert_int_equal(k.ifindex, 7);
	assert_int_equal(k.user, 1000);
	assert_int_equal(xsel_from_kernel(&k, &t), 0);
	assert_true(xsel_equal(&s, &t));
	assert_int_equal(xsel_hash(3, &s), xsel_hash(3, &t));
	t.dport = 81;
	assert_true(xsel_cmp(&s, &t) < 0);
	assert_true(xsel_hash(3, &s) != xsel_hash(3, &t));
	k.prefixlen_d = 33;
	assert_int_equal(xsel_from_kernel(&k, &t), XE_RANGE);
	assert_int_equal(xsel_check(&s), 0);
	s.dplen = 33;
	assert_int_equal(xsel_check(&s), XE_RANGE);
	s.dst = six;
	assert_int_equal(xsel_check(&s), XE_FAMILY);
	s = (struct xsel){ 0 };
	assert_int_equal(xsel_check(&s), 0);
}

static void selector_types(void **state)
{
	struct xaddr a = addr("192.0.2.1"), b = addr("192.0.2.2");
	char buf[XSEL_STRLEN];
	struct xsel s;

	xsel_init(&s, &a, 32, &b, 32);
	s.proto = IPPROTO_ICMP;
	s.sport = 8;
	s.sport_mask = s.dport_mask = 0xffff;
	assert_string_equal(xsel_str(&s, buf, sizeof(buf)),
			    "192.0.2.1 192.0.2.2 icmp 8,0");
	s.proto = IPPROTO_GRE;
	s.sport = 1;
	s.dport = 2;
	assert_string_equal(xsel_str(&s, buf, sizeof(buf)),
			    "192.0.2.1 192.0.2.2 gre 65538");
	s.proto = 200;
	s.sport_mask = 0xff00;
	assert_string_equal(xsel_str(&s, buf, sizeof(buf)),
			    "192.0.2.1[1/0xff00] 192.0.2.2[2] 200");
}

/* 50,000 neighbouring selectors must not share hash values. */
static void hash_spreads(void **state)
{
	enum { COUNT = 50000, BUCKETS = 65536 };
	static unsigned char load[BUCKETS];
	struct xaddr a = addr("10.0.0.0"), b = addr("10.200.0.0");
	unsigned int i, worst = 0;
	uint64_t h;
	struct xsel s;

	memset(load, 0, sizeof(load));
	for (i = 0; i < COUNT; i++) {
		a.b[1] = (uint8_t)(i >> 8);
		a.b[2] = (uint8_t)i;
		xsel_init(&s, &a, 24, &b, 16);
		h = xsel_hash(42, &s) % BUCKETS;
		if (++load[h] > worst)
			worst = load[h];
	}
	assert_in_range(worst, 1, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_and_show),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(compare_match_mask),
		cmocka_unit_test(sockaddrs),
		cmocka_unit_test(selectors),
		cmocka_unit_test(selector_types),
		cmocka_unit_test(hash_spreads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
