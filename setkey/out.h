/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_OUT_H
#define XT_SETKEY_OUT_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include "libxfrm/base/buf.h"

/*
 * Where text goes: one buffer before a file descriptor.  The writers below
 * are what dumps of many thousand entries are made of, so they do without
 * stdio.  A write that fails sticks in err; what the buffer held (keys) is
 * wiped when it is freed.
 */
struct out {
	struct wbuf w;
	int fd;		/* -1: keep everything in w (tests, --plan) */
	int err;	/* 0 or the first failure, -errno */
};

/* Room that is written out in one go. */
#define OUT_SIZE 65536
/* What an out without a descriptor may hold. */
#define OUT_MEMORY_MAX (64 * 1024 * 1024)

void out_init(struct out *o, int fd);

/* Writes what is left, frees the buffer.  Returns 0 or the first failure. */
int out_close(struct out *o);

/* Writes what is there.  Returns 0 or the first failure. */
int out_flush(struct out *o);

void out_mem(struct out *o, const void *p, size_t len);
void out_str(struct out *o, const char *s);
void out_char(struct out *o, char c);
void out_printf(struct out *o, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A string literal, whose length the compiler knows. */
#define out_lit(o, lit) out_mem((o), "" lit, sizeof(lit) - 1)

/* Decimal. */
void out_u64(struct out *o, uint64_t v);
/* Hexadecimal, 8 digits, no prefix. */
void out_hex32(struct out *o, uint32_t v);
/* len bytes, two digits each, no blanks. */
void out_hexstr(struct out *o, const uint8_t *p, size_t len);

/*
 * Bytes as setkey shows keys: a blank before each group of four, a newline
 * and a blank after 32.
 */
void out_hexdump(struct out *o, const uint8_t *p, size_t len);

/* An address of the family af; other families print as "?". */
void out_addr(struct out *o, int af, const void *addr);

/*
 * The 20 characters of a time as setkey prints it, "Nov 20 15:08:49 2026",
 * in the local zone; 20 blanks for 0.
 */
#define OUT_TIME_LEN 20
void out_time(struct out *o, time_t t);

#endif
