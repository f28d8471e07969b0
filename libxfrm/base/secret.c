/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/base/secret.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "libxfrm/base/err.h"

int secret_alloc(struct secret *s, size_t len)
{
	uint8_t *p = calloc(1, len ? len : 1);

	if (!p)
		return XE_NOMEM;
	secret_free(s);
	s->p = p;
	s->len = len;
	return 0;
}

int secret_set(struct secret *s, const void *p, size_t len)
{
	struct secret copy = { 0 };

	if (secret_alloc(&copy, len) < 0)
		return XE_NOMEM;
	if (len)
		memcpy(copy.p, p, len);
	secret_free(s); /* only now: p may point into s */
	*s = copy;
	return 0;
}

void secret_move(struct secret *to, struct secret *from)
{
	if (to == from)
		return;
	secret_free(to);
	*to = *from;
	*from = (struct secret){ 0 };
}

void secret_truncate(struct secret *s, size_t len)
{
	assert(len <= s->len);
	if (len < s->len)
		secret_wipe(s->p + len, s->len - len);
	s->len = len;
}

void secret_free(struct secret *s)
{
	if (!s || !s->p)
		return;
	secret_wipe(s->p, s->len);
	free(s->p);
	*s = (struct secret){ 0 };
}

bool secret_memeq(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t diff = 0;

	for (size_t i = 0; i < len; i++)
		diff |= x[i] ^ y[i];
	return diff == 0;
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
	return a->len == b->len && secret_memeq(a->p, b->p, a->len);
}

void secret_wipe(void *p, size_t len)
{
	if (len)
		explicit_bzero(p, len);
}
