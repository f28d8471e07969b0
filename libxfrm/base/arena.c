/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libxfrm/base/err.h"

#define ARENA_ALIGN alignof(max_align_t)
#define ARENA_FIRST 1024u
#define ARENA_CHUNK_MAX (256u * 1024)

struct chunk {
	struct chunk *next;
	size_t cap, used;
	alignas(max_align_t) unsigned char data[];
};

struct cleanup {
	struct cleanup *next;
	void (*fn)(void *arg);
	void *arg;
};

struct arena {
	struct chunk *head;
	struct cleanup *cleanups;
	size_t size, limit, next_cap;
	unsigned int flags;
};

struct arena *arena_new(unsigned int flags)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->flags = flags;
	a->next_cap = ARENA_FIRST;
	return a;
}

void arena_reset(struct arena *a)
{
	struct chunk *c, *next;
	struct cleanup *cl;

	for (cl = a->cleanups; cl; cl = cl->next)
		cl->fn(cl->arg);
	for (c = a->head; c; c = next) {
		next = c->next;
		if (a->flags & ARENA_WIPE)
			explicit_bzero(c->data, c->used);
		free(c);
	}
	a->head = NULL;
	a->cleanups = NULL;
	a->size = 0;
	a->next_cap = ARENA_FIRST;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	arena_reset(a);
	free(a);
}

/* Adds a chunk that has room for need bytes. */
static struct chunk *arena_grow(struct arena *a, size_t need)
{
	size_t cap = need > a->next_cap ? need : a->next_cap;
	struct chunk *c;

	if (a->limit && (cap > a->limit || a->size > a->limit - cap))
		return NULL;
	c = malloc(sizeof(*c) + cap);
	if (!c)
		return NULL;
	c->cap = cap;
	c->used = 0;
	/* An oversized object gets its own chunk, the current one stays. */
	if (need > a->next_cap && a->head) {
		c->next = a->head->next;
		a->head->next = c;
	} else {
		c->next = a->head;
		a->head = c;
	}
	if (a->next_cap < ARENA_CHUNK_MAX)
		a->next_cap *= 2;
	a->size += cap;
	return c;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct chunk *c = a->head;
	void *p;

	if (size > SIZE_MAX / 2)
		return NULL;
	if (!size)
		size = 1;
	size = (size + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
	if (!c || c->cap - c->used < size) {
		c = arena_grow(a, size);
		if (!c)
			return NULL;
	}
	p = c->data + c->used;
	c->used += size;
	return memset(p, 0, size);
}

void *arena_calloc(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return arena_alloc(a, bytes);
}

void *arena_memdup(struct arena *a, const void *p, size_t len)
{
	void *copy = arena_alloc(a, len);

	if (copy && len)
		memcpy(copy, p, len);
	return copy;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy = len < SIZE_MAX ? arena_alloc(a, len + 1) : NULL;

	if (copy && len)
		memcpy(copy, s, len);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *s;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	s = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
	if (s)
		vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

int arena_cleanup(struct arena *a, void (*fn)(void *arg), void *arg)
{
	struct cleanup *cl = arena_alloc(a, sizeof(*cl));

	if (!cl)
		return XE_NOMEM;
	cl->fn = fn;
	cl->arg = arg;
	cl->next = a->cleanups;
	a->cleanups = cl;
	return 0;
}

void arena_set_limit(struct arena *a, size_t bytes)
{
	a->limit = bytes;
}

size_t arena_size(const struct arena *a)
{
	return a->size;
}
