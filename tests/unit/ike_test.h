/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_TESTS_IKE_TEST_H
#define XT_TESTS_IKE_TEST_H

/* What the unit tests of ike/wire and ike/crypto share. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "libxfrm/base/buf.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/secret.h"

/* Bytes from hexadecimal text, blanks skipped; n = 0 for NULL. */
struct hex {
	uint8_t p[4096];
	size_t n;
};

static inline struct cur hex_cur(struct hex *h, const char *text)
{
	h->n = 0;
	for (; text && *text; text++) {
		unsigned int v;

		if (*text == ' ')
			continue;
		assert_true(h->n < sizeof(h->p));
		assert_int_equal(sscanf(text, "%2x", &v), 1);
		h->p[h->n++] = (uint8_t)v;
		text++;
	}
	return cur_init(h->p, h->n);
}

static inline void hex_secret(struct secret *s, const char *text)
{
	struct hex h;

	hex_cur(&h, text);
	assert_int_equal(secret_set(s, h.p, h.n), 0);
}

static inline uint64_t hex_u64(const char *text)
{
	return strtoull(text, NULL, 16);
}

/* p holds exactly the bytes of text. */
static inline void assert_hex(const void *p, size_t n, const char *text)
{
	struct hex h;

	hex_cur(&h, text);
	assert_int_equal(n, h.n);
	if (n)
		assert_memory_equal(p, h.p, n);
}

#endif
