/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "libxfrm/base/err.h"
#include "parser/plainrsa.h"

#define PRIVATE \
	": RSA\t{\n" \
	"\t# RSA 64 bits\n" \
	"\tModulus: 0x00c0ffee01\n" \
	"\tPublicExponent: 0x010001\n" \
	"\tPrivateExponent: 0xabc\n" \
	"\tPrime1: 0x11\n" \
	"\tPrime2: 0x22\n" \
	"\tExponent1: 0x33\n" \
	"\tExponent2: 0x44\n" \
	"\tCoefficient: 0x55\n" \
	"  }\n"

static int read_s(const char *text, struct diag *d, struct plainrsa **out)
{
	return plainrsa_read_mem("key.rsa", text, strlen(text), d, out);
}

static void assert_part(const struct plainrsa_key *k, enum plainrsa_part part,
			const void *want, size_t len)
{
	assert_int_equal(k->part[part].len, len);
	assert_memory_equal(k->part[part].p, want, len);
}

static void test_private(void **state)
{
	struct plainrsa *p;
	const struct plainrsa_key *k;

	assert_int_equal(read_s("# : PUB 0sAQOz\n" PRIVATE, NULL, &p), 0);
	assert_int_equal(p->count, 1);
	k = p->key;
	assert_true(k->private && k->crt);
	assert_part(k, PLAINRSA_MODULUS, "\xc0\xff\xee\x01", 4);
	assert_part(k, PLAINRSA_PUBLIC_EXPONENT, "\x01\x00\x01", 3);
	assert_part(k, PLAINRSA_PRIVATE_EXPONENT, "\x0a\xbc", 2);
	assert_part(k, PLAINRSA_PRIME1, "\x11", 1);
	assert_part(k, PLAINRSA_COEFFICIENT, "\x55", 1);
	assert_int_equal(k->src.family, 0);
	assert_int_equal(k->dst.family, 0);
	assert_int_equal(k->span.line, 2);
	assert_string_equal(k->span.file, "key.rsa");
	plainrsa_free(p);
}

static void test_public(void **state)
{
	struct plainrsa *p;
	const struct plainrsa_key *k;
	/* 03 | 010001 | 00c0ffee; then a long exponent length */
	const char *text = "any any : PUB 0sAwEAAQDA/+4=\n"
			   "192.0.2.1 : PUB 0x03010001c0ffee\n"
			   "10.0.0.0/8 2001:db8::/32 :PUB 0x00000103bb\n"
			   "::1 : PUB 0sAQPA/+4\n";

	assert_int_equal(read_s(text, NULL, &p), 0);
	assert_int_equal(p->count, 4);
	k = p->key;
	assert_false(k->private);
	assert_part(k, PLAINRSA_PUBLIC_EXPONENT, "\x01\x00\x01", 3);
	assert_part(k, PLAINRSA_MODULUS, "\xc0\xff\xee", 3);
	assert_int_equal(k->part[PLAINRSA_PRIVATE_EXPONENT].len, 0);
	k = k->next;
	assert_int_equal(k->dst.family, AF_INET);
	assert_int_equal(k->dst.prefix, 32);
	assert_int_equal(k->src.family, 0);
	assert_part(k, PLAINRSA_MODULUS, "\xc0\xff\xee", 3);
	k = k->next;
	assert_int_equal(k->src.prefix, 8);
	assert_int_equal(k->dst.family, AF_INET6);
	assert_int_equal(k->dst.prefix, 32);
	assert_part(k, PLAINRSA_PUBLIC_EXPONENT, "\x03", 1);
	assert_part(k, PLAINRSA_MODULUS, "\xbb", 1);
	k = k->next;
	assert_int_equal(k->dst.ip[15], 1);
	assert_part(k, PLAINRSA_PUBLIC_EXPONENT, "\x03", 1);
	assert_part(k, PLAINRSA_MODULUS, "\xc0\xff\xee", 3);
	assert_null(k->next);
	plainrsa_free(p);
}

static void test_several(void **state)
{
	struct plainrsa *p;

	assert_int_equal(read_s(PRIVATE PRIVATE "# end\n"
				"192.0.2.9 " PRIVATE, NULL, &p), 0);
	assert_int_equal(p->count, 3);
	plainrsa_free(p);
	assert_int_equal(read_s("", NULL, &p), 0);
	assert_int_equal(p->count, 0);
	plainrsa_free(p);
	plainrsa_free(NULL);
}

static void test_errors(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *says;
	} bad[] = {
		{ "nonsense\n", 1, "not an address" },
		{ "any\n", 2, "a : must" },
		{ "a.b : RSA { }\n", 1, "not an address" },
		{ "10.0.0.0/33 : PUB 0sAQPA\n", 1, "prefix" },
		{ "10.0.0.0/ : PUB 0sAQPA\n", 1, "prefix" },
		{ "10.0.0.1 10.0.0.2 10.0.0.3 : PUB 0sAQPA\n", 1, "a : must" },
		{ ": PSK \"sesame\"\n", 1, "pre-shared" },
		{ ": DSA {\n}\n", 1, "RSA or PUB" },
		{ ": PUB\n", 1, "not a number" },
		{ ": PUB sesame\n", 1, "not a number" },
		{ ": PUB 0sA\n", 1, "not a number" },
		{ ": PUB 0sAQP!\n", 1, "not a number" },
		{ ": PUB 0x05010001\n", 1, "not a number" },
		{ ": PUB 0x0103\n", 1, "not a number" },
		{ ": RSA\n", 1, "{ must" },
		{ ": RSA {\nModulus: 0x11\n}\n", 1, "not complete" },
		{ ": RSA {\nModulus: 0x11\nPublicExponent: 0x3\n"
		  "PrivateExponent: 0x3\nPrime1: 0x3\n}\n", 1,
		  "not complete" },
		{ ": RSA {\nModulus: 0x11\nModulus: 0x11\n}\n", 3, "twice" },
		{ ": RSA {\nModulo: 0x11\n}\n", 2, "not a number of an RSA" },
		{ ": RSA {\nModulus 0x11\n}\n", 2, ": must follow" },
		{ ": RSA {\nModulus: 0xsesame\n}\n", 2, "not a number" },
		{ ": RSA {\nModulus: 0x000\n}\n", 2, "not a number" },
		{ ": RSA {\nModulus: sesame\n}\n", 2, "not a number" },
		{ ": RSA {\nModulus: 0x11\n", 1, "not closed" },
	};
	const struct diag_entry *e;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct diag *d = diag_new();
		struct plainrsa *p;

		assert_int_equal(read_s(bad[i].text, d, &p), XE_PARSE);
		assert_null(p);
		e = diag_first(d);
		assert_non_null(e);
		if (!strstr(e->text, bad[i].says) ||
		    e->span.line != bad[i].line)
			fail_msg("%s: line %u: %s", bad[i].text,
				 e->span.line, e->text);
		diag_free(d);
	}
}

/* Private numbers never show. */
static void test_silence(void **state)
{
	static const char *const bad[] = {
		": RSA {\nPrivateExponent: 0xsesame\n}\n",
		": RSA {\nPrime1: sesame\n}\n",
		": RSA {\nPrime1: 0x5e5a3e\nPrime1: 0x1\n}\n",
	};
	const struct diag_entry *e;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct diag *d = diag_new();
		struct plainrsa *p;

		assert_int_equal(read_s(bad[i], d, &p), XE_PARSE);
		e = diag_first(d);
		assert_non_null(e);
		for (; e; e = e->next) {
			assert_null(strstr(e->text, "sesame"));
			assert_null(strstr(e->excerpt, "sesame"));
			assert_null(strstr(e->excerpt, "5e5a3e"));
		}
		diag_free(d);
	}
}

static void test_goes_on(void **state)
{
	struct diag *d = diag_new();
	struct plainrsa *p;

	assert_int_equal(read_s(": PUB x\n: RSA {\nModulo: 1\n}\n: FOO\n"
				PRIVATE, d, &p), XE_PARSE);
	assert_int_equal(diag_count(d, DIAG_ERROR), 3);
	diag_free(d);
}

static void test_limits(void **state)
{
	size_t n = 2 * PLAINRSA_MAX_BYTES + 2;
	char *text = malloc(n + 64);
	struct diag *d = diag_new();
	struct plainrsa *p;

	assert_non_null(text);
	snprintf(text, n, ": RSA {\nModulus: 0x");
	memset(text + strlen(text), 'f', n);
	text[n + 20] = '\0';
	assert_int_equal(read_s(text, d, &p), XE_PARSE);
	assert_non_null(strstr(diag_first(d)->text, "too large"));
	diag_free(d);
	free(text);
	assert_true(plainrsa_read_file("/nonexistent/key", NULL, &p) < 0);
	assert_null(p);
}

static void test_fd(void **state)
{
	static const char text[] = "any : PUB 0sAwEAAQDA/+4=\n";
	struct plainrsa *p;
	int fd[2];

	assert_int_equal(pipe(fd), 0);
	assert_int_equal(write(fd[1], text, sizeof(text) - 1),
			 sizeof(text) - 1);
	close(fd[1]);
	assert_int_equal(plainrsa_read_fd(fd[0], "pipe", NULL, &p), 0);
	assert_int_equal(p->count, 1);
	assert_string_equal(p->key->span.file, "pipe");
	plainrsa_free(p);
	assert_int_equal(close(fd[0]), 0);
	assert_true(plainrsa_read_fd(fd[0], "closed", NULL, &p) < 0);
	assert_null(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_private),
		cmocka_unit_test(test_public),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_fd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
