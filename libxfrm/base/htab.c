/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/base/htab.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "libxfrm/base/err.h"

#define HTAB_FIRST 16u

void htab_init(struct htab *t, size_t limit)
{
	*t = (struct htab){ .limit = limit };
}

void htab_free(struct htab *t)
{
	free(t->bucket);
	t->bucket = NULL;
	t->nbucket = t->count = 0;
}

static struct hnode **htab_slot(const struct htab *t, uint64_t hash)
{
	return &t->bucket[hash & (t->nbucket - 1)];
}

/* Doubles the buckets, keeping the order of nodes in each. */
static int htab_grow(struct htab *t)
{
	size_t n = t->nbucket ? t->nbucket * 2 : HTAB_FIRST;
	struct htab bigger = { .nbucket = n };

	bigger.bucket = calloc(n, sizeof(*bigger.bucket));
	if (!bigger.bucket)
		return XE_NOMEM;
	for (size_t i = 0; i < t->nbucket; i++) {
		struct hnode *node, *next;

		for (node = t->bucket[i]; node; node = next) {
			struct hnode **pp = htab_slot(&bigger, node->hash);

			next = node->next;
			while (*pp)
				pp = &(*pp)->next;
			node->next = NULL;
			*pp = node;
		}
	}
	free(t->bucket);
	t->bucket = bigger.bucket;
	t->nbucket = n;
	return 0;
}

int htab_add(struct htab *t, struct hnode *node, uint64_t hash)
{
	struct hnode **pp;

	if (t->limit && t->count >= t->limit)
		return XE_LIMIT;
	/* A table that cannot grow only gets slower, once it has buckets. */
	if (t->count >= t->nbucket && htab_grow(t) < 0 && !t->nbucket)
		return XE_NOMEM;
	pp = htab_slot(t, hash);
	node->hash = hash;
	node->next = *pp;
	*pp = node;
	t->count++;
	return 0;
}

void htab_del(struct htab *t, struct hnode *node)
{
	struct hnode **pp;

	assert(t->nbucket);
	for (pp = htab_slot(t, node->hash); *pp != node; pp = &(*pp)->next)
		assert(*pp);
	*pp = node->next;
	node->next = NULL;
	t->count--;
}

struct hnode *htab_first(const struct htab *t, uint64_t hash)
{
	struct hnode *node;

	if (!t->nbucket)
		return NULL;
	for (node = *htab_slot(t, hash); node; node = node->next)
		if (node->hash == hash)
			return node;
	return NULL;
}

struct hnode *htab_next(const struct hnode *node)
{
	uint64_t hash = node->hash;
	struct hnode *next;

	for (next = node->next; next; next = next->next)
		if (next->hash == hash)
			return next;
	return NULL;
}

struct hnode *htab_walk(const struct htab *t, size_t *pos,
			struct hnode **cursor)
{
	struct hnode *node;

	if (*pos == 0)
		*cursor = NULL;
	while (!*cursor) {
		if (*pos >= t->nbucket)
			return NULL;
		*cursor = t->bucket[(*pos)++];
	}
	node = *cursor;
	*cursor = node->next;
	return node;
}

/* All 128 bits of x * y. */
static void multiply(uint64_t x, uint64_t y, uint64_t *low, uint64_t *high)
{
#ifdef __SIZEOF_INT128__
	__extension__ unsigned __int128 m = (unsigned __int128)x * y;

	*low = (uint64_t)m;
	*high = (uint64_t)(m >> 64);
#else
	uint64_t x0 = (uint32_t)x, x1 = x >> 32, y0 = (uint32_t)y,
		 y1 = y >> 32;
	uint64_t mid = x1 * y0 + (x0 * y0 >> 32);
	uint64_t cross = x0 * y1 + (uint32_t)mid;

	*low = x * y;
	*high = x1 * y1 + (mid >> 32) + (cross >> 32);
#endif
}

uint64_t hash_mix(uint64_t a, uint64_t b)
{
	uint64_t low, high;

	multiply(a ^ 0x9e3779b97f4a7c15u, b ^ 0xd6e8feb86659fd93u, &low,
		 &high);
	return low ^ high ^ (a + (b << 1));
}

uint64_t hash_mem(uint64_t seed, const void *p, size_t len)
{
	const unsigned char *s = p;
	uint64_t h = hash_mix(seed, len), v;

	for (; len >= sizeof(v); s += sizeof(v), len -= sizeof(v)) {
		memcpy(&v, s, sizeof(v));
		h = hash_mix(h, v ^ seed);
	}
	if (len) {
		v = 0;
		memcpy(&v, s, len);
		h = hash_mix(h, v ^ seed);
	}
	return hash_mix(h, seed);
}
