/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_BASE_ARENA_H
#define XT_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Region allocator: many small objects, freed together.  Memory is zeroed and
 * aligned for any type.  Not thread-safe.
 */
struct arena;

enum arena_flags {
	ARENA_WIPE = 1 << 0, /* overwrite everything before it is freed */
};

/* New arena, or NULL when out of memory.  flags: enum arena_flags. */
struct arena *arena_new(unsigned int flags);

/* Runs the cleanups (last registered first), then frees all; NULL is fine. */
void arena_free(struct arena *a);

/* The same, but a itself stays and can be filled again. */
void arena_reset(struct arena *a);

/*
 * size zeroed bytes, owned by the arena; NULL when out of memory or when size
 * is over the arena's limit.  A size of 0 gives a valid, unique pointer.
 */
void *arena_alloc(struct arena *a, size_t size);

/* Array of n elements of size bytes; NULL too when n * size overflows. */
void *arena_calloc(struct arena *a, size_t n, size_t size);

/* Copies, owned by the arena; arena_strndup() always ends its copy with NUL. */
void *arena_memdup(struct arena *a, const void *p, size_t len);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* Calls fn(arg) when the arena is freed.  Returns 0 or -ENOMEM. */
int arena_cleanup(struct arena *a, void (*fn)(void *arg), void *arg);

/* Refuse allocations once this many bytes are held (0: no limit, default). */
void arena_set_limit(struct arena *a, size_t bytes);

/* Bytes obtained from the system so far. */
size_t arena_size(const struct arena *a);

#ifdef __cplusplus
}
#endif

#endif
