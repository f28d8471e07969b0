/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every allocation of the readers of racoon.conf, psk.txt and plain RSA keys
 * is made to fail once: no crash, no leak (the sanitizers tell), and a result
 * only where nothing of it is missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libxfrm/base/err.h"
#include "parser/plainrsa.h"
#include "parser/psk.h"
#include "parser/racoon_ast.h"
#include "tests/torture/failmalloc.h"

static char *conf_text(void)
{
	static const char *const names[] = {
		"globals", "remote", "sainfo", "sloppy", "paths",
	};
	const char *top = getenv("srcdir");
	char *text = calloc(1, 1 << 16), path[512];
	size_t len = 0, i;
	FILE *f;

	assert_non_null(text);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/tests/conf/racoon/%s.in",
			 top ? top : ".", names[i]);
		f = fopen(path, "r");
		assert_non_null(f);
		len += fread(text + len, 1, (1 << 16) - len - 1, f);
		fclose(f);
	}
	return text;
}

static void test_conf(void **state)
{
	char *text = conf_text();
	struct rc_conf *whole, *c;
	unsigned long n;
	bool hit = true;
	int r;

	assert_int_equal(rc_parse_mem("t", text, strlen(text), false, NULL,
				      &whole), 0);
	for (n = 1; hit; n++) {
		fail_nth(n);
		r = rc_parse_mem("t", text, strlen(text), false, NULL, &c);
		hit = fail_done();
		if (r)
			assert_int_equal(r, XE_NOMEM);
		else
			assert_true(rc_equal(c, whole, NULL));
		rc_free(c);
	}
	assert_true(n > 10);
	rc_free(whole);
	free(text);
}

/* The same with somebody listening: messages need memory too. */
static void test_messages(void **state)
{
	const char *text = "timer { counter x; interval 5; }\n"
			   "remote anonymous { my_identifier keyid_use \"x\";"
			   " pasive on; dpd_delay = 5; psk \"secret\"; }\n"
			   "ldapcfg { bind_pw \"secret\" x; }\n";
	struct rc_conf *c;
	struct diag *d;
	unsigned long n;
	bool hit = true;
	int r;

	for (n = 1; hit; n++) {
		d = diag_new();
		assert_non_null(d);
		fail_nth(n);
		r = rc_parse_mem("t", text, strlen(text), false, d, &c);
		hit = fail_done();
		assert_true(r == XE_NOMEM || r == XE_PARSE);
		assert_int_equal(r == XE_NOMEM, !c);
		rc_free(c);
		diag_free(d);
	}
	assert_true(n > 5);
}

static void test_keys(void **state)
{
	static const char psk_text[] = "a key\nb 0x1234\n* any\nc \"q\"\n"
				       "d 0x1\n";
	static const char rsa_text[] = "any : PUB 0sAwEAAQDA/+4=\n"
		": RSA {\nModulus: 0x11\nPublicExponent: 0x3\n"
		"PrivateExponent: 0x5\n}\n";
	struct plainrsa *rsa;
	struct psk *psk;
	unsigned long n;
	bool hit = true;
	int r;

	for (n = 1; hit; n++) {
		fail_nth(n);
		r = psk_read_mem("t", psk_text, sizeof(psk_text) - 1, NULL,
				 &psk);
		hit = fail_done();
		assert_true(r == XE_NOMEM || r == XE_PARSE);
		assert_int_equal(r == XE_NOMEM, !psk);
		if (psk)
			assert_int_equal(psk_count(psk), 4);
		psk_free(psk);
	}
	for (n = 1, hit = true; hit; n++) {
		fail_nth(n);
		r = plainrsa_read_mem("t", rsa_text, sizeof(rsa_text) - 1,
				      NULL, &rsa);
		hit = fail_done();
		assert_true(r == XE_NOMEM || (!r && rsa->count == 2));
		plainrsa_free(rsa);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conf),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
