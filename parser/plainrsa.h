/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_PARSER_PLAINRSA_H
#define XT_PARSER_PLAINRSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxfrm/base/diag.h"
#include "libxfrm/base/secret.h"

/*
 * Plain RSA key files in the FreeS/WAN manner, as plainrsa-gen writes them:
 *
 *	[SRC] [DST] : RSA { Modulus: 0x… PublicExponent: 0x… … }
 *	[SRC] [DST] : PUB 0s<base64>		(RFC 2537 layout)
 *
 * SRC and DST are ADDR, ADDR/LEN or `any`; a single one is DST.  The numbers
 * come out as big-endian bytes; making keys of them is the caller's business.
 */

#define PLAINRSA_MAX_FILE (4u << 20)	/* bytes */
#define PLAINRSA_MAX_KEYS 10000
#define PLAINRSA_MAX_BYTES 2048		/* of one number: 16384 bits */

/* The numbers of a private key, in the order of struct plainrsa_key.part. */
enum plainrsa_part {
	PLAINRSA_MODULUS,
	PLAINRSA_PUBLIC_EXPONENT,
	PLAINRSA_PRIVATE_EXPONENT,
	PLAINRSA_PRIME1,
	PLAINRSA_PRIME2,
	PLAINRSA_EXPONENT1,
	PLAINRSA_EXPONENT2,
	PLAINRSA_COEFFICIENT,
	PLAINRSA_PARTS,
};

/* SRC or DST of an entry. */
struct plainrsa_addr {
	int family;		/* AF_INET, AF_INET6; 0: any */
	uint8_t ip[16];		/* network order */
	unsigned int prefix;	/* bits that count */
};

struct plainrsa_key {
	struct plainrsa_key *next;
	struct span span;	/* of the word RSA or PUB */
	struct plainrsa_addr src, dst;
	bool private;		/* RSA { … }, else PUB */
	bool crt;		/* Prime1 … Coefficient are there */
	/* Big endian without leading zeros; empty: not given. */
	struct secret part[PLAINRSA_PARTS];
};

struct plainrsa {
	struct plainrsa_key *key;	/* in file order */
	size_t count;
};

/*
 * Reads a file.  Errors and warnings go to d, never with key bytes.  Returns
 * 0; XE_PARSE when the text has errors; -errno or XE_LIMIT; *out is NULL
 * unless 0.  Mode and ownership of the file are the caller's business.
 */
int plainrsa_read_file(const char *path, struct diag *d,
		       struct plainrsa **out);

/* The same from an open descriptor, which stays open. */
int plainrsa_read_fd(int fd, const char *name, struct diag *d,
		     struct plainrsa **out);

/* The same from memory. */
int plainrsa_read_mem(const char *name, const void *text, size_t len,
		      struct diag *d, struct plainrsa **out);

/* Wipes and frees; NULL is fine. */
void plainrsa_free(struct plainrsa *p);

#endif
