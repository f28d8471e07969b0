/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/dn.h"

#include <ctype.h>
#include <string.h>

#include "ike/core/dn_priv.h"
#include "libxfrm/base/err.h"

/* ------------------------------------------------------------ reading --- */

/* One element of DER: definite, minimal lengths of up to two bytes. */
static int der_get(struct cur *c, uint8_t *tag, struct cur *body)
{
	struct cur at = *c;
	uint8_t len8;
	uint16_t len;

	if (cur_u8(&at, tag) || cur_u8(&at, &len8))
		return XE_TRUNC;
	len = len8;
	if (len8 == 0x81) {
		if (cur_u8(&at, &len8) || len8 < 0x80)
			return XE_MALFORMED;
		len = len8;
	} else if (len8 == 0x82) {
		if (cur_u16(&at, &len) || len < 0x100)
			return XE_MALFORMED;
	} else if (len8 >= 0x80) {
		return XE_MALFORMED;
	}
	if (cur_sub(&at, len, body))
		return XE_TRUNC;
	*c = at;
	return 0;
}

static int der_want(struct cur *c, uint8_t tag, struct cur *body)
{
	uint8_t got;
	int r;

	if ((r = der_get(c, &got, body)))
		return r;
	return got == tag ? 0 : XE_MALFORMED;
}

int dn_walk_init(struct dn_walk *w, const void *p, size_t len)
{
	struct cur c = cur_init(p, len);

	*w = (struct dn_walk){ 0 };
	if (len > IKE_DN_MAX || der_want(&c, DER_SEQUENCE, &w->name) ||
	    cur_end(&c))
		return XE_MALFORMED;
	return 0;
}

int dn_walk_next(struct dn_walk *w, struct dn_attr *a)
{
	struct cur pair;

	*a = (struct dn_attr){ 0 };
	if (!w->rdn.left) {
		if (!w->name.left)
			return 0;
		if (der_want(&w->name, DER_SET, &w->rdn) || !w->rdn.left)
			return XE_MALFORMED;
		w->joined = false;
	}
	if (der_want(&w->rdn, DER_SEQUENCE, &pair) ||
	    der_want(&pair, DER_OID, &a->oid) || !a->oid.left ||
	    der_get(&pair, &a->tag, &a->value) || cur_end(&pair) ||
	    ++w->count > IKE_DN_ATTRS)
		return XE_MALFORMED;
	a->joined = w->joined;
	w->joined = true;
	return 1;
}

bool ike_dn_valid(const void *p, size_t len)
{
	struct dn_walk w;
	struct dn_attr a;
	int r = 1;

	if (dn_walk_init(&w, p, len))
		return false;
	while (r == 1)
		r = dn_walk_next(&w, &a);
	return r == 0;
}

bool dn_attr_wild(const struct dn_attr *a)
{
	return a->tag == DER_PRINTABLE && a->value.left == 1 &&
	       a->value.p[0] == '*';
}

bool ike_dn_wild(const void *p, size_t len)
{
	struct dn_walk w;
	struct dn_attr a;

	if (dn_walk_init(&w, p, len))
		return false;
	while (dn_walk_next(&w, &a) == 1)
		if (dn_attr_wild(&a))
			return true;
	return false;
}

/* ----------------------------------------------------------- matching --- */

bool dn_is_string(uint8_t tag)
{
	return tag == DER_UTF8 || tag == DER_PRINTABLE || tag == DER_T61 ||
	       tag == DER_IA5;
}

/* The next byte of a folded string: lower case, one blank for many, or -1. */
static int fold_next(struct cur *c)
{
	uint8_t ch, peek;
	struct cur ahead;

	if (cur_u8(c, &ch))
		return -1;
	if (ch != ' ')
		return ch < 0x80 ? tolower(ch) : ch;
	ahead = *c;
	while (!cur_u8(&ahead, &peek)) {
		if (peek != ' ')
			return ' ';
		*c = ahead;
	}
	return -1;	/* blanks at the end do not count */
}

static bool fold_equal(struct cur a, struct cur b)
{
	int x, y;

	while (a.left && a.p[0] == ' ')
		(void)cur_skip(&a, 1);
	while (b.left && b.p[0] == ' ')
		(void)cur_skip(&b, 1);
	do {
		x = fold_next(&a);
		y = fold_next(&b);
	} while (x == y && x >= 0);
	return x == y;
}

bool dn_bytes_equal(struct cur a, struct cur b)
{
	return a.left == b.left && !memcmp(a.p, b.p, a.left);
}

bool dn_is_ascii(struct cur c)
{
	uint8_t b = 0;

	while (b < 0x80 && !cur_u8(&c, &b))
		;
	return b < 0x80;
}

/*
 * Other letters have other bytes in other types of string: what looks equal
 * then is not, and would let one subject pass for another.
 */
static bool string_match(const struct dn_attr *a, const struct dn_attr *b)
{
	return (a->tag == b->tag || (dn_is_ascii(a->value) &&
				     dn_is_ascii(b->value))) &&
	       fold_equal(a->value, b->value);
}

static bool attr_match(const struct dn_attr *pattern, const struct dn_attr *a)
{
	if (pattern->joined != a->joined || !dn_bytes_equal(pattern->oid, a->oid))
		return false;
	if (dn_attr_wild(pattern))
		return true;
	if (dn_is_string(pattern->tag) && dn_is_string(a->tag))
		return string_match(pattern, a);
	return pattern->tag == a->tag && dn_bytes_equal(pattern->value, a->value);
}

bool ike_dn_match(const void *pattern, size_t plen, const void *name,
		  size_t nlen)
{
	struct dn_walk pw, nw;
	struct dn_attr pa, na;
	int p, n;

	if (dn_walk_init(&pw, pattern, plen) || dn_walk_init(&nw, name, nlen) ||
	    !ike_dn_valid(name, nlen) || !ike_dn_valid(pattern, plen))
		return false;
	for (;;) {
		p = dn_walk_next(&pw, &pa);
		n = dn_walk_next(&nw, &na);
		if (p != n)
			return false;
		if (p != 1)
			return p == 0;
		if (!attr_match(&pa, &na))
			return false;
	}
}
