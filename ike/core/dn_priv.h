/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_CORE_DN_PRIV_H
#define XT_IKE_CORE_DN_PRIV_H

#include "ike/core/dn.h"

/* What reading (dn.c) and writing (dn_text.c) of names share. */

/*
 *  SEQUENCE {                   the name
 *    SET {                      a relative name, usually of one attribute
 *      SEQUENCE { OID, string } an attribute and its value
 *      ...
 *    }
 *    ...
 *  }
 */
enum der_tag {
	DER_OID = 0x06,
	DER_UTF8 = 0x0c,
	DER_PRINTABLE = 0x13,
	DER_T61 = 0x14,
	DER_IA5 = 0x16,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
};

struct dn_attr {
	struct cur oid, value;
	uint8_t tag;
	bool joined;	/* to the attribute before it, in one relative name */
};

/* A walk over the attributes of a name. */
struct dn_walk {
	struct cur name, rdn;
	bool joined;
	unsigned int count;
};

/* Starts a walk; XE_MALFORMED. */
int dn_walk_init(struct dn_walk *w, const void *p, size_t len);

/* 1 and *a, 0 at the end, or XE_MALFORMED. */
int dn_walk_next(struct dn_walk *w, struct dn_attr *a);

bool dn_bytes_equal(struct cur a, struct cur b);

/* Is it one of the ASN.1 strings whose bytes are text? */
bool dn_is_string(uint8_t tag);

/* Nothing but ASCII, which is the same in all of them? */
bool dn_is_ascii(struct cur c);

/* Is its value the wildcard? */
bool dn_attr_wild(const struct dn_attr *a);

#endif
