/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_JWRITER_H
#define XT_SETKEY_JWRITER_H

#include <stdbool.h>
#include <stdint.h>
#include "setkey/out.h"

/*
 * JSON, written as it is produced: a dump of any length needs no memory.
 * Every function takes the member's name, NULL inside arrays.  It is the
 * caller's business to open and close in pairs.
 */
struct jw {
	struct out *o;
	bool more;	/* something precedes in this object or array */
	bool broken;	/* the next member goes onto a line of its own */
};

void jw_init(struct jw *j, struct out *o);
void jw_obj(struct jw *j, const char *name);
void jw_obj_end(struct jw *j);
void jw_arr(struct jw *j, const char *name);
void jw_arr_end(struct jw *j);

/* The newline after a document. */
void jw_line(struct jw *j);

/* The next member starts a line: the entries of a dump. */
void jw_break(struct jw *j);

/* s need not be UTF-8: what is not becomes U+FFFD. NULL writes null. */
void jw_str(struct jw *j, const char *name, const char *s);
void jw_strn(struct jw *j, const char *name, const char *s, size_t len);
/* Numbers above 2^63 - 1, which many readers refuse, become that. */
void jw_u64(struct jw *j, const char *name, uint64_t v);
void jw_int(struct jw *j, const char *name, int64_t v);
void jw_bool(struct jw *j, const char *name, bool v);
/* Bytes as a string of hexadecimal digits. */
void jw_hex(struct jw *j, const char *name, const uint8_t *p, size_t len);
/* An address as a string; null for family 0. */
struct xaddr;
void jw_addr(struct jw *j, const char *name, const struct xaddr *a);

#endif
