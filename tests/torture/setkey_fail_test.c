/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>

#include "libxfrm/base/err.h"
#include "parser/setkey_check.h"
#include "tests/torture/failmalloc.h"

/* Loading a setkey text while each allocation in turn fails. */

static const char good[] =
	"flush; spdflush;\n"
	"add -4 192.0.2.1[4500] 192.0.2.2[ipsec-nat-t] esp-udp 192.0.2.9 0x1000"
	" -m tunnel -u 7 -r 64 -lh 3600 -ctx 1 1 \"user:role:type\""
	" -E aes-cbc 0x000102030405060708090a0b0c0d0e0f -A hmac-sha256-128"
	" \"0123456789abcdef0123456789abcdef\";\n"
	"add 2001:db8::1 2001:db8::2 esp 0x1001 -esn -mark 1/0xff"
	" -sel ::/0 ::/0 tcp -E aes-gcm-16 \"12345678901234567890\";\n"
	"spdadd 10.0.0.0/24[any] 10.1.0.0/24[http] tcp -P in prio def + 5 ipsec"
	" esp/tunnel/192.0.2.1-192.0.2.2/unique ah/transport//require;\n"
	"spdadd 10/8 10.1.0.0/24 gre 5 -P out none;\n"
	"spdadd 10.0.0.0/24[any] 10.1.0.0/24[http] tcp -P fwd none;\n"
	"dump esp src 192.0.2.0/24 spi 4096;\n"
	"spddump dir in upper tcp;\n"
	"migrate 10.0.0.0/24 10.1.0.0/24 any -P out esp/tunnel/192.0.2.1-"
	"192.0.2.2/unique:7 esp/tunnel/192.0.2.3-192.0.2.2;\n"
	"spdhash -4 24 24; spddefault in discard; exit;\n";

static const char bad[] =
	"add 192.0.2.1 192.0.2.2 esp 0x1000 -E aes-cbcc 0x0001;\n"
	"add 192.0.2.1 192.0.2.2 esp 0x1000 -E aes-cbc 0x0001 \\\n;\n"
	"spdad 10.0.0.0/33; ; spdadd 10.0.0.0/33 10.0.0.0/8 any -P out none\n"
	"spdadd host.invalid 10.0.0.0/8 nosuchproto -m foo -P out none;\n"
	"add 192.0.2.1 2001:db8::1 esp 5 -f what -iptfs a -mark 5/2 -natt x y"
	" -E null -A hmac-md5 \"unterminated;\n";

static int load(const char *text, size_t *nop, int *notes_lost)
{
	struct setkey_check_opts o = { .numeric = true };
	struct src_table *t = src_table_new();
	struct diag *d = diag_new();
	struct setkey_prog *p = NULL;
	struct src *s = NULL;
	int r = -ENOMEM;

	*nop = 0;
	if (t && d)
		r = src_add(t, "text", text, strlen(text), d, &s);
	if (!r)
		r = setkey_load(t, s, &o, d, &p);
	if (p)
		*nop = p->nop;
	*notes_lost = diag_failed(d);
	setkey_prog_free(p);
	diag_free(d);
	src_table_free(t);
	return r;
}

static void good_text(void **state)
{
	size_t whole, nop;
	unsigned long n;
	int r, lost;

	assert_int_equal(load(good, &whole, &lost), 0);
	assert_true(whole > 10);
	for (n = 1; ; n++) {
		fail_nth(n);
		r = load(good, &nop, &lost);
		if (!fail_done())
			break;
		if (r) {
			assert_int_equal(r, -ENOMEM);
			assert_int_equal(nop, 0);
		} else {
			/* Only a warning or its excerpt may go missing. */
			assert_int_equal(nop, whole);
		}
	}
	assert_int_equal(r, 0);
	assert_true(n > 20);
}

static void bad_text(void **state)
{
	unsigned long n;
	size_t nop;
	int r, lost;

	assert_int_equal(load(bad, &nop, &lost), XE_PARSE);
	for (n = 1; ; n++) {
		fail_nth(n);
		r = load(bad, &nop, &lost);
		if (!fail_done())
			break;
		assert_true(r == -ENOMEM || r == XE_PARSE);
	}
	assert_int_equal(r, XE_PARSE);
	assert_true(n > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_text),
		cmocka_unit_test(bad_text),
	};

	return cmocka_run_group_tests_name("setkey_fail", tests, NULL, NULL);
}
