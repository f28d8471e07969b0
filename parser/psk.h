/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_PARSER_PSK_H
#define XT_PARSER_PSK_H

#include <stdbool.h>
#include <stddef.h>

#include "libxfrm/base/diag.h"
#include "libxfrm/base/secret.h"

/*
 * psk.txt: one `IDENTITY KEY` a line, `#` in column 1 for comments.  The
 * identity ends at the first blank; the key is the rest of the line, quotes
 * and inner and trailing blanks included, or hexadecimal when it starts with
 * 0x.  The identity `*` matches whatever comes after it in the file too: the
 * first line that matches an identity gives its key.
 */

#define PSK_MAX_FILE (64u << 20)	/* bytes */
#define PSK_MAX_LINE 65535		/* bytes */
#define PSK_OLD_LINE 1023		/* bytes that the reference reads */
#define PSK_MAX_ENTRIES 1000000

struct psk;

/* One line.  Everything is owned by the struct psk. */
struct psk_entry {
	const char *id;		/* "*" for the default */
	size_t id_len;
	const struct secret *key;
	struct span span;	/* of the identity; file is psk's */
};

/*
 * Reads path.  What is odd (no key, a carriage return in the key, quotes that
 * become part of it, bad hexadecimal, an identity that an earlier line
 * hides …) goes to d, never with key bytes.  Returns 0; XE_PARSE when a line
 * is an error, with *out holding the good ones; -errno or XE_LIMIT with *out
 * NULL.  Ownership and mode of the file are the caller's business.
 */
int psk_read_file(const char *path, struct diag *d, struct psk **out);

/* The same from an open descriptor, which stays open. */
int psk_read_fd(int fd, const char *name, struct diag *d, struct psk **out);

/* The same from memory. */
int psk_read_mem(const char *name, const void *text, size_t len,
		 struct diag *d, struct psk **out);

/* Wipes and frees; NULL is fine. */
void psk_free(struct psk *p);

/*
 * The key of an identity (address text, FQDN, user FQDN, key id, XAUTH
 * login), compared byte by byte; the default key only when `*` stands before
 * the identity's line or the identity has none.  NULL: no key.  Constant time
 * in the number of entries.
 */
const struct secret *psk_find(const struct psk *p, const void *id, size_t len);

/* The lines in file order; n < psk_count(). */
size_t psk_count(const struct psk *p);
const struct psk_entry *psk_entry(const struct psk *p, size_t n);

#endif
