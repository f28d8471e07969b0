/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every allocation of the readers of racoon.conf, psk.txt and plain RSA keys
 * is made to fail once: no crash, no leak (the sanitizers tell), and a result
 * only where nothing of it is missing.  malloc and its like are wrapped by
 * the linker (racoon_parser.mk).
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

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);

static unsigned long countdown;	/* 0: off; 1: the next one fails */

static int fails(void)
{
	return countdown && !--countdown;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(p, n, size);
}

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

/* Whether the countdown ran out in the call just made. */
static int was_hit(void)
{
	int hit = !countdown;

	countdown = 0;
	return hit;
}

static void test_conf(void **state)
{
	char *text = conf_text();
	struct rc_conf *whole, *c;
	unsigned long n;
	int r, hit = 1;

	assert_int_equal(rc_parse_mem("t", text, strlen(text), false, NULL,
				      &whole), 0);
	for (n = 1; hit; n++) {
		countdown = n;
		r = rc_parse_mem("t", text, strlen(text), false, NULL, &c);
		hit = was_hit();
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
	int r, hit = 1;

	for (n = 1; hit; n++) {
		d = diag_new();
		assert_non_null(d);
		countdown = n;
		r = rc_parse_mem("t", text, strlen(text), false, d, &c);
		hit = was_hit();
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
	int r, hit = 1;

	for (n = 1; hit; n++) {
		countdown = n;
		r = psk_read_mem("t", psk_text, sizeof(psk_text) - 1, NULL,
				 &psk);
		hit = was_hit();
		assert_true(r == XE_NOMEM || r == XE_PARSE);
		assert_int_equal(r == XE_NOMEM, !psk);
		if (psk)
			assert_int_equal(psk_count(psk), 4);
		psk_free(psk);
	}
	for (n = 1, hit = 1; hit; n++) {
		countdown = n;
		r = plainrsa_read_mem("t", rsa_text, sizeof(rsa_text) - 1,
				      NULL, &rsa);
		hit = was_hit();
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
