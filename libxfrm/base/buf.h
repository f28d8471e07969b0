/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_BASE_BUF_H
#define XT_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Bounded bytes.  All untrusted input is read through struct cur, all messages
 * are written through struct wbuf; only buf.c does the pointer arithmetic.
 * Multi-byte numbers are in network byte order.
 */

/* Read cursor over memory that somebody else owns. */
struct cur {
	const uint8_t *p;
	size_t left;
};

/* A cursor over len bytes at p; p may be NULL when len is 0. */
struct cur cur_init(const void *p, size_t len);

/*
 * Getters: check the length first, clear the result on failure, return 0 or
 * XE_TRUNC; a failed getter leaves the cursor where it was.
 */
int cur_u8(struct cur *c, uint8_t *v);
int cur_u16(struct cur *c, uint16_t *v);
int cur_u32(struct cur *c, uint32_t *v);
int cur_u64(struct cur *c, uint64_t *v);

/* Copies len bytes to dst. */
int cur_copy(struct cur *c, void *dst, size_t len);

/* Points *p at the next len bytes, which stay where they are. */
int cur_bytes(struct cur *c, size_t len, const uint8_t **p);

/* A child cursor over the next len bytes. */
int cur_sub(struct cur *c, size_t len, struct cur *sub);

int cur_skip(struct cur *c, size_t len);

/* 0 when everything was read, else XE_TRAILING. */
int cur_end(const struct cur *c);

/*
 * Write buffer.  It grows up to max, or lives in the caller's memory; the
 * first failure sticks in err and later writes do nothing, so that callers
 * test once, at the end.  What it held is wiped when freed.
 */
struct wbuf {
	uint8_t *p;
	size_t len;	/* bytes written */
	size_t cap;	/* bytes there is memory for */
	size_t max;	/* bytes it may grow to */
	bool owned;	/* p is ours to grow and to free */
	int err;	/* 0, XE_NOSPACE or -ENOMEM */
};

/* An empty buffer that grows up to max bytes. */
void wbuf_init(struct wbuf *w, size_t max);

/* A buffer over the caller's memory, which never grows. */
void wbuf_fixed(struct wbuf *w, void *p, size_t cap);

/* Wipes and frees what w owns; NULL and zeroed structs are fine. */
void wbuf_free(struct wbuf *w);

/* Forgets the content and the error, keeps the memory. */
void wbuf_reset(struct wbuf *w);

void wbuf_u8(struct wbuf *w, uint8_t v);
void wbuf_u16(struct wbuf *w, uint16_t v);
void wbuf_u32(struct wbuf *w, uint32_t v);
void wbuf_u64(struct wbuf *w, uint64_t v);
void wbuf_put(struct wbuf *w, const void *p, size_t len);
void wbuf_zero(struct wbuf *w, size_t len);
void wbuf_printf(struct wbuf *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * len bytes for the caller to fill, or NULL once there was an error.  The
 * pointer is good until the next write.
 */
uint8_t *wbuf_reserve(struct wbuf *w, size_t len);

/*
 * Overwrite bytes or a number written earlier, at offset at from the start: for
 * lengths that are known only at the end.  Out of range is XE_RANGE in err.
 */
void wbuf_set(struct wbuf *w, size_t at, const void *p, size_t len);
void wbuf_set_u8(struct wbuf *w, size_t at, uint8_t v);
void wbuf_set_u16(struct wbuf *w, size_t at, uint16_t v);
void wbuf_set_u32(struct wbuf *w, size_t at, uint32_t v);

/*
 * len bytes written earlier, from offset at on, to change in place; NULL when
 * they are not all there or after an error.  Good until the next write.
 */
uint8_t *wbuf_at(struct wbuf *w, size_t at, size_t len);

/* Cuts the content to len bytes (len must not exceed w->len). */
void wbuf_truncate(struct wbuf *w, size_t len);

/* Gives back memory beyond the content, of a buffer that lives on. */
void wbuf_trim(struct wbuf *w);

/* A cursor over what was written; good until the next write. */
struct cur wbuf_cur(const struct wbuf *w);

/* Terminates the content with NUL (not counted) and returns it, or NULL. */
const char *wbuf_str(struct wbuf *w);

#ifdef __cplusplus
}
#endif

#endif
