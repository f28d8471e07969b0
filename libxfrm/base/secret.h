/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_BASE_SECRET_H
#define XT_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Key bytes: owned, wiped when freed, compared in constant time, with no way
 * to print them.  A zeroed struct is an empty secret.  Fields are read-only
 * for everyone but secret.c.
 */
struct secret {
	uint8_t *p;
	size_t len;
};

/* Room for len zeroed bytes; frees what s held.  Returns 0 or -ENOMEM. */
int secret_alloc(struct secret *s, size_t len);

/* Copies len bytes at p into s; frees what s held.  Returns 0 or -ENOMEM. */
int secret_set(struct secret *s, const void *p, size_t len);

/* Moves from into to: no copy, from is empty afterwards. */
void secret_move(struct secret *to, struct secret *from);

/* Shortens s to len bytes and wipes the rest; len must not exceed s->len. */
void secret_truncate(struct secret *s, size_t len);

/* Wipes and frees the bytes; s is empty afterwards.  NULL is fine. */
void secret_free(struct secret *s);

/* Equal?  Takes the same time wherever the first difference is. */
bool secret_equal(const struct secret *a, const struct secret *b);

/* The same on plain memory. */
bool secret_memeq(const void *a, const void *b, size_t len);

/* Overwrites memory; the compiler cannot leave it out. */
void secret_wipe(void *p, size_t len);

#endif
