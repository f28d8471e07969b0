/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "setkey/out.h"

static const char digits[] = "0123456789abcdef";

void out_init(struct out *o, int fd)
{
	*o = (struct out){ .fd = fd };
	wbuf_init(&o->w, fd < 0 ? OUT_MEMORY_MAX : OUT_SIZE);
}

int out_flush(struct out *o)
{
	size_t done = 0;
	ssize_t n;

	if (o->fd < 0)
		return o->err ? o->err : o->w.err;
	if (!o->err && o->w.err)
		o->err = o->w.err;
	while (!o->err && done < o->w.len) {
		n = write(o->fd, o->w.p + done, o->w.len - done);
		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			o->err = -errno;
	}
	wbuf_reset(&o->w);
	return o->err;
}

int out_close(struct out *o)
{
	int r = out_flush(o);

	wbuf_free(&o->w);
	return r;
}

/* Makes sure that len bytes (at most OUT_SIZE) fit. */
static void out_room(struct out *o, size_t len)
{
	if (o->fd >= 0 && o->w.len + len > OUT_SIZE)
		out_flush(o);
}

void out_mem(struct out *o, const void *p, size_t len)
{
	const char *s = p;
	size_t n;

	while (len > OUT_SIZE) {
		n = OUT_SIZE;
		out_room(o, n);
		wbuf_put(&o->w, s, n);
		s += n;
		len -= n;
	}
	out_room(o, len);
	wbuf_put(&o->w, s, len);
}

void out_str(struct out *o, const char *s)
{
	out_mem(o, s, strlen(s));
}

void out_char(struct out *o, char c)
{
	out_mem(o, &c, 1);
}

void out_printf(struct out *o, const char *fmt, ...)
{
	char small[512];
	struct wbuf w;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(small)) {
		out_mem(o, small, (size_t)n);
		return;
	}
	if (n < 0) {
		o->err = o->err ? o->err : -EINVAL;
		return;
	}
	wbuf_init(&w, (size_t)n + 1);
	if (wbuf_reserve(&w, (size_t)n + 1)) {
		va_start(ap, fmt);
		vsnprintf((char *)w.p, (size_t)n + 1, fmt, ap);
		va_end(ap);
		out_mem(o, w.p, (size_t)n);
	} else if (!o->err) {
		o->err = w.err;
	}
	wbuf_free(&w);
}

void out_u64(struct out *o, uint64_t v)
{
	char buf[20];
	size_t at = sizeof(buf);

	do {
		buf[--at] = digits[v % 10];
		v /= 10;
	} while (v);
	out_mem(o, &buf[at], sizeof(buf) - at);
}

void out_hex32(struct out *o, uint32_t v)
{
	char buf[8];
	size_t i;

	for (i = sizeof(buf); i-- > 0; v >>= 4)
		buf[i] = digits[v & 15];
	out_mem(o, buf, sizeof(buf));
}

void out_hexstr(struct out *o, const uint8_t *p, size_t len)
{
	char buf[64];
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		buf[n++] = digits[p[i] >> 4];
		buf[n++] = digits[p[i] & 15];
		if (n == sizeof(buf)) {
			out_mem(o, buf, n);
			n = 0;
		}
	}
	out_mem(o, buf, n);
	explicit_bzero(buf, sizeof(buf));
}

void out_hexdump(struct out *o, const uint8_t *p, size_t len)
{
	char buf[80];
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (i && i % 32 == 0) {
			buf[n++] = '\n';
			out_mem(o, buf, n);
			n = 0;
		}
		if (i % 4 == 0)
			buf[n++] = ' ';
		buf[n++] = digits[p[i] >> 4];
		buf[n++] = digits[p[i] & 15];
	}
	out_mem(o, buf, n);
	explicit_bzero(buf, sizeof(buf));
}

static size_t octet(char *buf, uint8_t v)
{
	size_t n = 0;

	if (v >= 100)
		buf[n++] = digits[v / 100];
	if (v >= 10)
		buf[n++] = digits[v / 10 % 10];
	buf[n++] = digits[v % 10];
	return n;
}

void out_addr(struct out *o, int af, const void *addr)
{
	char buf[INET6_ADDRSTRLEN];
	uint8_t a[4];
	size_t i, n = 0;

	if (af == AF_INET) {
		memcpy(a, addr, sizeof(a));
		for (i = 0; i < sizeof(a); i++) {
			if (i)
				buf[n++] = '.';
			n += octet(&buf[n], a[i]);
		}
		out_mem(o, buf, n);
	} else if (af == AF_INET6 && inet_ntop(af, addr, buf, sizeof(buf))) {
		out_str(o, buf);
	} else {
		out_char(o, '?');
	}
}

static void two(char *buf, int v, char pad)
{
	buf[0] = v >= 10 ? digits[v / 10 % 10] : pad;
	buf[1] = digits[v % 10];
}

static void time_text(char text[OUT_TIME_LEN + 1], time_t t)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm;

	if (!t || !localtime_r(&t, &tm)) {
		memset(text, ' ', OUT_TIME_LEN);
		return;
	}
	memcpy(text, &months[tm.tm_mon * 3], 3);
	text[3] = ' ';
	two(&text[4], tm.tm_mday, ' ');
	text[6] = ' ';
	two(&text[7], tm.tm_hour, '0');
	text[9] = ':';
	two(&text[10], tm.tm_min, '0');
	text[12] = ':';
	two(&text[13], tm.tm_sec, '0');
	/* ctime's column has room for four digits of the year. */
	text[15] = ' ';
	two(&text[16], (tm.tm_year + 1900) / 100 % 100, '0');
	two(&text[18], (tm.tm_year + 1900) % 100, '0');
	text[OUT_TIME_LEN] = '\0';
}

/*
 * Entries loaded together share their second: the last results are kept, one
 * slot for each residue, so that now, created and last used do not chase each
 * other out.
 */
void out_time(struct out *o, time_t t)
{
	static struct {
		time_t t;
		char text[OUT_TIME_LEN + 1];
	} cache[16];
	size_t i = (size_t)t % 16;

	if (!cache[i].text[0] || cache[i].t != t) {
		time_text(cache[i].text, t);
		cache[i].t = t;
	}
	out_mem(o, cache[i].text, OUT_TIME_LEN);
}
