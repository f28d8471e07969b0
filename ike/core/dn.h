/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_CORE_DN_H
#define XT_IKE_CORE_DN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxfrm/base/buf.h"

/*
 * X.501 distinguished names as DER (RFC 5280, 4.1.2.4), without OpenSSL: the
 * core compares identities, and has to do so with wildcards.
 */

/* Most bytes of a DER name, and most attributes in one. */
#define IKE_DN_MAX 4096
#define IKE_DN_ATTRS 64

/*
 * Text of racoon.conf to DER: "C=DE, O=Example, CN=gw" or "/C=DE/CN=gw".
 * Blanks after a separator are skipped; a backslash escapes one of \ , = + <
 * > # ; / or two hexadecimal digits; "~HEX" is DER in hexadecimal.  Attribute
 * types are short names (any case) or dotted numbers.  A value of "*" is a
 * wildcard.  Appends to w.  Returns 0, XE_PARSE (*where = offset of what is
 * wrong), or what sticks in w->err.
 */
int ike_dn_parse(const char *text, struct wbuf *w, size_t *where);

/* Is p a well-formed name: SEQUENCE of SET of { OID, value }? */
bool ike_dn_valid(const void *p, size_t len);

/* Does the name hold a wildcard (a PrintableString "*")? */
bool ike_dn_wild(const void *p, size_t len);

/*
 * Does name (a peer's) fit pattern (ours)?  Attribute by attribute in order;
 * string values of different ASN.1 string types compare equal as RFC 5280,
 * 7.1 asks: case and runs of blanks of ASCII do not count.  "*" in pattern
 * fits any value of its attribute; in name it is only itself.  Malformed
 * names fit nothing.
 */
bool ike_dn_match(const void *pattern, size_t plen, const void *name,
		  size_t nlen);

/*
 * Appends text that ike_dn_parse() takes back: "C=DE, O=Example, CN=gw";
 * "~HEX" when it is no well-formed name or has a value that is no string.
 */
void ike_dn_print(const void *p, size_t len, struct wbuf *w);

#endif
