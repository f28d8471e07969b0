/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "libxfrm/ipsec_policy.h"
#include "libxfrm/policy.h"
#include "tests/lib/xfrm_abi.h"

static void accepted(void **state)
{
	static const char *const t[][2] = {
		{ "out ipsec esp/transport//require",
		  "out ipsec esp/transport//require" },
		{ "in ipsec esp/transport", "in ipsec esp/transport//require" },
		{ "in ipsec esp/transport/", "in ipsec esp/transport//require" },
		{ "in ipsec esp/transport//", "in ipsec esp/transport//require" },
		{ "  out\tdiscard\n", "out discard" },
		{ "in bypass", "in none" },
		{ "in none", "in none" },
		{ "out ipsec", "out none" },
		{ "out ipsec esp/tunnel/192.0.2.1-192.0.2.2/use",
		  "out ipsec esp/tunnel/192.0.2.1-192.0.2.2/use" },
		{ "out ipsec esp/tunnel/2001:db8::1-2001:db8::2 "
		  "ah/transport//unique:5",
		  "out ipsec esp/tunnel/2001:db8::1-2001:db8::2/require "
		  "ah/transport//unique:5" },
		{ "out ipsec esp/tunnel/192.0.2.1[4500]-192.0.2.2[4500]/"
		  "default",
		  "out ipsec esp/tunnel/192.0.2.1-192.0.2.2/require" },
		{ "out ipsec ipcomp/transport/me-any/use",
		  "out ipsec ipcomp/transport//use" },
		{ "in ipsec ah/transport/any-me/require",
		  "in ipsec ah/transport//require" },
		{ "out prio def ipsec esp/transport",
		  "out ipsec esp/transport//require" },
		{ "out prio 5 none", "out prio def + 5 none" },
		{ "out priority -5 none", "out prio def - 5 none" },
		{ "out prio high none", "out prio high none" },
		{ "out prio low+7 none", "out prio low + 7 none" },
		{ "out prio low - 7 none", "out prio low - 7 none" },
		{ "out prio def + 1073741824 none", "out prio high none" },
	};
	char *p, *text;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		p = ipsec_set_policy(t[i][0], (int)strlen(t[i][0]));
		if (!p)
			fail_msg("%s: %s", t[i][0], ipsec_strerror());
		text = ipsec_dump_policy(p, NULL);
		assert_non_null(text);
		assert_string_equal(text, t[i][1]);
		free(text);
		free(p);
	}
}

static void refused(void **state)
{
	static const char *const t[][2] = {
		{ "", "begins with in, out" },
		{ "outer none", "begins with in, out" },
		{ "fwd none", "forwarding" },
		{ "out", "no action" },
		{ "out ipse", "no action" },
		{ "out entrust", "entrust" },
		{ "out discard esp/transport", "only ipsec has rules" },
		{ "out ipsec tcp/transport", "esp, ah or ipcomp" },
		{ "out ipsec esp", "before the mode" },
		{ "out ipsec esp/", "transport or tunnel" },
		{ "out ipsec esp/beet", "transport or tunnel" },
		{ "out ipsec esp/tunnel", "needs addresses" },
		{ "out ipsec esp/tunnel//require", "needs addresses" },
		{ "out ipsec esp/tunnel/me-any/use", "needs addresses" },
		{ "out ipsec esp/transport/any-me", "me-any is for out" },
		{ "out ipsec esp/tunnel/a-b", "numeric address" },
		{ "out ipsec esp/tunnel/1.1.1.1", "between the ends" },
		{ "out ipsec esp/tunnel/1.1.1.1-::1", "different families" },
		{ "out ipsec esp/tunnel/1.1.1.1[x]-1.1.1.2", "number" },
		{ "out ipsec esp/tunnel/1.1.1.1[5-1.1.1.2", "]" },
		{ "out ipsec esp/tunnel/1.1.1.1[65536]-1.1.1.2", "large" },
		{ "out ipsec esp/transport//maybe", "no such level" },
		{ "out ipsec esp/transport//require/", "has ended here" },
		{ "out ipsec esp/transport//unique:", "number" },
		{ "out prio 9999999999 none", "large" },
		{ "out prio none", "number" },
		{ "out prio def + 1073741825 none", "large" },
		{ "out prio def - 1073741824 none", "large" },
		{ "out ipsec ah/transport ah/transport ah/transport "
		  "ah/transport ah/transport ah/transport ah/transport",
		  "more than 6" },
		{ "out ipsec esp/tunnel/1111111111111111111111111111111111111"
		  "11111111111111111111111111111-1.1.1.1", "address" },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		if (ipsec_set_policy(t[i][0], 0))
			fail_msg("accepted: %s", t[i][0]);
		if (!strstr(ipsec_strerror(), t[i][1]))
			fail_msg("%s: says %s", t[i][0], ipsec_strerror());
	}
	assert_null(ipsec_set_policy(NULL, 0));
	assert_null(ipsec_dump_policy(NULL, NULL));
	assert_int_equal(ipsec_get_policylen(NULL), -1);
}

static void binary(void **state)
{
	static const char text[] = "out ipsec esp/transport//unique:9";
	struct xfrm_userpolicy_info k;
	struct xfrm_user_tmpl t;
	char *p = ipsec_set_policy(text, -1);

	assert_non_null(p);
	assert_int_equal(ipsec_get_policylen(p), ABI_POLICY + 64);
	memcpy(&k, p, sizeof(k));
	memcpy(&t, p + sizeof(k), sizeof(t));
	assert_int_equal(k.sel.family, AF_INET);
	assert_int_equal(k.dir, XFRM_POLICY_OUT);
	assert_int_equal(k.action, XFRM_POLICY_ALLOW);
	assert_true(k.lft.hard_byte_limit == XFRM_INF);
	assert_int_equal(t.family, AF_INET);
	assert_int_equal(t.id.proto, IPPROTO_ESP);
	assert_int_equal(t.reqid, 9);
	assert_int_equal(t.aalgos, UINT32_MAX);
	assert_int_equal(ipsec_set_policy_family(p, AF_INET6), 0);
	memcpy(&k, p, sizeof(k));
	memcpy(&t, p + sizeof(k), sizeof(t));
	assert_int_equal(k.sel.family, AF_INET6);
	assert_int_equal(t.family, AF_INET6);
	assert_int_equal(ipsec_set_policy_family(p, AF_UNIX), -1);
	/* a length that cannot be */
	k.curlft.bytes = sizeof(k) + 7 * sizeof(t);
	memcpy(p, &k, sizeof(k));
	assert_int_equal(ipsec_get_policylen(p), -1);
	k.curlft.bytes = 3;
	memcpy(p, &k, sizeof(k));
	assert_null(ipsec_dump_policy(p, NULL));
	free(p);
}

static void unique_numbers(void **state)
{
	struct xfrm_user_tmpl a, b;
	char *p = ipsec_set_policy("in ipsec esp/transport//unique", 0);
	char *q = ipsec_set_policy("in ipsec esp/transport//unique", 0);

	assert_non_null(p);
	assert_non_null(q);
	memcpy(&a, p + sizeof(struct xfrm_userpolicy_info), sizeof(a));
	memcpy(&b, q + sizeof(struct xfrm_userpolicy_info), sizeof(b));
	assert_true(a.reqid > 0x3fff && b.reqid > 0x3fff);
	assert_int_not_equal(a.reqid, b.reqid);
	free(p);
	free(q);
}

/* Every cut of a long policy is a policy or an error, never a crash. */
static void cuts(void **state)
{
	static const char text[] = "out prio def + 77 ipsec "
		"esp/tunnel/192.0.2.1[4500]-192.0.2.2[4500]/unique:8 "
		"ah/transport/me-any/use ipcomp/transport//require";
	unsigned int good = 0;
	int n;

	for (n = 1; n <= (int)strlen(text); n++) {
		char *exact = malloc((size_t)n), *p;

		assert_non_null(exact);
		memcpy(exact, text, (size_t)n);
		p = ipsec_set_policy(exact, n);
		good += p != NULL;
		free(p);
		free(exact);
	}
	assert_in_range(good, 10, 40);
}

/* The kernel takes it, where it lets us try. */
static void kernel_takes_it(void **state)
{
	char *p = ipsec_set_policy("out bypass", 0);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_non_null(p);
	if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_XFRM_POLICY, p,
				 (socklen_t)ipsec_get_policylen(p)) < 0) {
		assert_true(errno == EPERM || errno == ENOPROTOOPT ||
			    errno == EAFNOSUPPORT || errno == EOPNOTSUPP);
		print_message("IP_XFRM_POLICY: %s\n", strerror(errno));
	}
	if (fd >= 0)
		close(fd);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted),
		cmocka_unit_test(refused),
		cmocka_unit_test(binary),
		cmocka_unit_test(unique_numbers),
		cmocka_unit_test(cuts),
		cmocka_unit_test(kernel_takes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
