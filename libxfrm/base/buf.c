/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/base/buf.h"

#include <assert.h>
#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libxfrm/base/err.h"
#include "libxfrm/base/secret.h"

#define WBUF_FIRST 256u

struct cur cur_init(const void *p, size_t len)
{
	return (struct cur){ .p = p, .left = p ? len : 0 };
}

int cur_bytes(struct cur *c, size_t len, const uint8_t **p)
{
	*p = NULL;
	if (c->left < len)
		return XE_TRUNC;
	*p = c->p;
	if (len) /* NULL + 0 is undefined in C */
		c->p += len;
	c->left -= len;
	return 0;
}

int cur_copy(struct cur *c, void *dst, size_t len)
{
	const uint8_t *p;
	int r = cur_bytes(c, len, &p);

	if (r < 0)
		memset(dst, 0, len);
	else if (len)
		memcpy(dst, p, len);
	return r;
}

int cur_u8(struct cur *c, uint8_t *v)
{
	return cur_copy(c, v, sizeof(*v));
}

int cur_u16(struct cur *c, uint16_t *v)
{
	int r = cur_copy(c, v, sizeof(*v));

	*v = be16toh(*v);
	return r;
}

int cur_u32(struct cur *c, uint32_t *v)
{
	int r = cur_copy(c, v, sizeof(*v));

	*v = be32toh(*v);
	return r;
}

int cur_u64(struct cur *c, uint64_t *v)
{
	int r = cur_copy(c, v, sizeof(*v));

	*v = be64toh(*v);
	return r;
}

int cur_sub(struct cur *c, size_t len, struct cur *sub)
{
	const uint8_t *p;
	int r = cur_bytes(c, len, &p);

	*sub = cur_init(p, r < 0 ? 0 : len);
	return r;
}

int cur_skip(struct cur *c, size_t len)
{
	const uint8_t *p;

	return cur_bytes(c, len, &p);
}

int cur_end(const struct cur *c)
{
	return c->left ? XE_TRAILING : 0;
}

void wbuf_init(struct wbuf *w, size_t max)
{
	*w = (struct wbuf){ .max = max, .owned = true };
}

void wbuf_fixed(struct wbuf *w, void *p, size_t cap)
{
	*w = (struct wbuf){ .p = p, .cap = cap, .max = cap };
}

void wbuf_free(struct wbuf *w)
{
	if (!w)
		return;
	if (w->owned && w->p) {
		secret_wipe(w->p, w->cap);
		free(w->p);
	}
	*w = (struct wbuf){ 0 };
}

void wbuf_reset(struct wbuf *w)
{
	w->len = 0;
	w->err = 0;
}

/* Makes room for len more bytes; not by realloc(), which leaves copies. */
static bool wbuf_grow(struct wbuf *w, size_t len)
{
	size_t need, cap;
	uint8_t *p;

	if (!w->owned || len > w->max - w->len) {
		w->err = XE_NOSPACE;
		return false;
	}
	need = w->len + len;
	cap = w->cap ? w->cap : WBUF_FIRST;
	if (cap > w->max)
		cap = w->max;
	while (cap < need)
		cap = cap > w->max / 2 ? w->max : cap * 2;
	p = malloc(cap);
	if (!p) {
		w->err = XE_NOMEM;
		return false;
	}
	if (w->p) {
		memcpy(p, w->p, w->len);
		secret_wipe(w->p, w->cap);
		free(w->p);
	}
	w->p = p;
	w->cap = cap;
	return true;
}

static inline bool wbuf_room(struct wbuf *w, size_t len)
{
	return !w->err && (len <= w->cap - w->len || wbuf_grow(w, len));
}

uint8_t *wbuf_reserve(struct wbuf *w, size_t len)
{
	uint8_t *p;

	/* Room for at least one byte, so that success is never NULL. */
	if (!wbuf_room(w, len ? len : 1))
		return NULL;
	p = w->p + w->len;
	w->len += len;
	return p;
}

void wbuf_put(struct wbuf *w, const void *p, size_t len)
{
	if (!len || !wbuf_room(w, len))
		return;
	memcpy(w->p + w->len, p, len);
	w->len += len;
}

void wbuf_zero(struct wbuf *w, size_t len)
{
	if (!len || !wbuf_room(w, len))
		return;
	memset(w->p + w->len, 0, len);
	w->len += len;
}

void wbuf_u8(struct wbuf *w, uint8_t v)
{
	wbuf_put(w, &v, sizeof(v));
}

void wbuf_u16(struct wbuf *w, uint16_t v)
{
	v = htobe16(v);
	wbuf_put(w, &v, sizeof(v));
}

void wbuf_u32(struct wbuf *w, uint32_t v)
{
	v = htobe32(v);
	wbuf_put(w, &v, sizeof(v));
}

void wbuf_u64(struct wbuf *w, uint64_t v)
{
	v = htobe64(v);
	wbuf_put(w, &v, sizeof(v));
}

void wbuf_printf(struct wbuf *w, const char *fmt, ...)
{
	va_list ap;
	size_t room;
	int n;

	if (w->err)
		return;
	room = w->cap - w->len;
	va_start(ap, fmt);
	n = vsnprintf(w->p ? (char *)w->p + w->len : NULL, room, fmt, ap);
	va_end(ap);
	if (n < 0) {
		w->err = XE_RANGE;
		return;
	}
	if ((size_t)n >= room) { /* vsnprintf wants a byte for its NUL */
		if (!wbuf_room(w, (size_t)n + 1))
			return;
		va_start(ap, fmt);
		vsnprintf((char *)w->p + w->len, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	w->len += (size_t)n;
}

void wbuf_set(struct wbuf *w, size_t at, const void *p, size_t len)
{
	if (w->err)
		return;
	if (at > w->len || w->len - at < len) {
		w->err = XE_RANGE;
		return;
	}
	memcpy(w->p + at, p, len);
}

void wbuf_set_u8(struct wbuf *w, size_t at, uint8_t v)
{
	wbuf_set(w, at, &v, sizeof(v));
}

void wbuf_set_u16(struct wbuf *w, size_t at, uint16_t v)
{
	v = htobe16(v);
	wbuf_set(w, at, &v, sizeof(v));
}

void wbuf_set_u32(struct wbuf *w, size_t at, uint32_t v)
{
	v = htobe32(v);
	wbuf_set(w, at, &v, sizeof(v));
}

void wbuf_truncate(struct wbuf *w, size_t len)
{
	assert(len <= w->len);
	w->len = len;
}

uint8_t *wbuf_at(struct wbuf *w, size_t at, size_t len)
{
	if (w->err || !w->p || at > w->len || len > w->len - at)
		return NULL;
	return w->p + at;
}

void wbuf_trim(struct wbuf *w)
{
	uint8_t *p;

	if (!w->owned || !w->len || w->len == w->cap)
		return;
	p = malloc(w->len);
	if (!p)
		return;
	memcpy(p, w->p, w->len);
	secret_wipe(w->p, w->cap);
	free(w->p);
	w->p = p;
	w->cap = w->len;
}

struct cur wbuf_cur(const struct wbuf *w)
{
	return cur_init(w->p, w->len);
}

const char *wbuf_str(struct wbuf *w)
{
	if (!wbuf_room(w, 1))
		return NULL;
	w->p[w->len] = '\0';
	return (const char *)w->p;
}
