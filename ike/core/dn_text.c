/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "ike/core/dn_priv.h"
#include "libxfrm/base/err.h"

/* Attribute types; the first name of an OID is the one that is printed. */
struct attr_type {
	const char *name;
	uint8_t oid[12];
	uint8_t len;
	uint8_t tag;	/* string type that certificates use for it */
};

#define X520(n) { 0x55, 0x04, n }, 3
#define PKCS9(n) { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, n }, 9
#define PILOT(n) { 0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, n }, 10

static const struct attr_type attr_types[] = {
	{ "C", X520(6), DER_PRINTABLE },
	{ "ST", X520(8), DER_UTF8 },
	{ "L", X520(7), DER_UTF8 },
	{ "O", X520(10), DER_UTF8 },
	{ "OU", X520(11), DER_UTF8 },
	{ "CN", X520(3), DER_UTF8 },
	{ "emailAddress", PKCS9(1), DER_IA5 },
	{ "DC", PILOT(25), DER_IA5 },
	{ "UID", PILOT(1), DER_UTF8 },
	{ "mail", PILOT(3), DER_IA5 },
	{ "SN", X520(4), DER_UTF8 },
	{ "serialNumber", X520(5), DER_PRINTABLE },
	{ "street", X520(9), DER_UTF8 },
	{ "title", X520(12), DER_UTF8 },
	{ "description", X520(13), DER_UTF8 },
	{ "businessCategory", X520(15), DER_UTF8 },
	{ "postalCode", X520(17), DER_UTF8 },
	{ "telephoneNumber", X520(20), DER_PRINTABLE },
	{ "name", X520(41), DER_UTF8 },
	{ "GN", X520(42), DER_UTF8 },
	{ "initials", X520(43), DER_UTF8 },
	{ "generationQualifier", X520(44), DER_UTF8 },
	{ "dnQualifier", X520(46), DER_PRINTABLE },
	{ "pseudonym", X520(65), DER_UTF8 },
	{ "organizationIdentifier", X520(97), DER_UTF8 },
	{ "unstructuredName", PKCS9(2), DER_UTF8 },
	{ "unstructuredAddress", PKCS9(8), DER_UTF8 },
	/* other spellings */
	{ "countryName", X520(6), DER_PRINTABLE },
	{ "S", X520(8), DER_UTF8 },
	{ "stateOrProvinceName", X520(8), DER_UTF8 },
	{ "localityName", X520(7), DER_UTF8 },
	{ "organizationName", X520(10), DER_UTF8 },
	{ "organizationalUnitName", X520(11), DER_UTF8 },
	{ "commonName", X520(3), DER_UTF8 },
	{ "E", PKCS9(1), DER_IA5 },
	{ "Email", PKCS9(1), DER_IA5 },
	{ "domainComponent", PILOT(25), DER_IA5 },
	{ "userId", PILOT(1), DER_UTF8 },
	{ "surname", X520(4), DER_UTF8 },
	{ "streetAddress", X520(9), DER_UTF8 },
	{ "givenName", X520(42), DER_UTF8 },
	{ "G", X520(42), DER_UTF8 },
};

#define NTYPES (sizeof(attr_types) / sizeof(attr_types[0]))

/* ------------------------------------------------------------ writing --- */

static void der_put(struct wbuf *w, uint8_t tag, const void *p, size_t len)
{
	wbuf_u8(w, tag);
	if (len >= 0x100) {
		wbuf_u8(w, 0x82);
		wbuf_u16(w, (uint16_t)len);
	} else if (len >= 0x80) {
		wbuf_u8(w, 0x81);
		wbuf_u8(w, (uint8_t)len);
	} else {
		wbuf_u8(w, (uint8_t)len);
	}
	wbuf_put(w, p, len);
}

static const struct attr_type *type_by_name(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < NTYPES; i++)
		if (strlen(attr_types[i].name) == len &&
		    !strncasecmp(attr_types[i].name, s, len))
			return &attr_types[i];
	return NULL;
}

static const struct attr_type *type_by_oid(struct cur oid)
{
	size_t i;

	for (i = 0; i < NTYPES; i++)
		if (dn_bytes_equal(oid, cur_init(attr_types[i].oid,
					      attr_types[i].len)))
			return &attr_types[i];
	return NULL;
}

static void oid_put_arc(struct wbuf *w, uint32_t v)
{
	unsigned int shift = 28;

	while (shift && !(v >> shift))
		shift -= 7;
	for (; shift; shift -= 7)
		wbuf_u8(w, (uint8_t)(0x80 | ((v >> shift) & 0x7f)));
	wbuf_u8(w, v & 0x7f);
}

/* "2.5.4.3" to the body of an OID. */
static int oid_parse(const char *s, size_t len, struct wbuf *w)
{
	uint32_t arc = 0, first = 0;
	unsigned int n = 0;
	bool digits = false;
	size_t i;

	for (i = 0; i <= len; i++) {
		if (i < len && isdigit((unsigned char)s[i])) {
			if (arc > 100000000)
				return XE_PARSE;
			arc = arc * 10 + (uint32_t)(s[i] - '0');
			digits = true;
			continue;
		}
		if (!digits || (i < len && s[i] != '.'))
			return XE_PARSE;
		if (++n == 1)
			first = arc;
		else if (n == 2 && (first > 2 || (first < 2 && arc > 39)))
			return XE_PARSE;
		else
			oid_put_arc(w, n == 2 ? first * 40 + arc : arc);
		arc = 0;
		digits = false;
	}
	return n >= 2 ? 0 : XE_PARSE;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Length of an attribute type at s when a '=' follows it, else 0. */
static size_t type_span(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '.' || s[n] == '-')
		n++;
	return s[n] == '=' ? n : 0;
}

/*
 * The value at s, up to a separator, to val.  A '+' separates only when an
 * attribute type follows.  *used: bytes of s.  *quoted: held an escape.
 */
static int value_parse(const char *s, struct wbuf *val, size_t *used,
		       bool *quoted)
{
	size_t i = 0;
	int hi, lo;

	*quoted = false;
	for (; s[i] && s[i] != ',' && s[i] != '/'; i++) {
		if (s[i] == '+' && type_span(&s[i + 1]))
			break;
		if (s[i] != '\\') {
			wbuf_u8(val, (uint8_t)s[i]);
			continue;
		}
		*used = i;
		*quoted = true;
		i++;
		if (s[i] && strchr("\\,=+<>#;/\" *", s[i])) {
			wbuf_u8(val, (uint8_t)s[i]);
			continue;
		}
		hi = hex_digit(s[i]);
		lo = hi < 0 ? -1 : hex_digit(s[i + 1]);
		if (lo < 0)
			return XE_PARSE;
		wbuf_u8(val, (uint8_t)(hi << 4 | lo));
		i++;
	}
	*used = i;
	return 0;
}

struct dn_parse {
	const char *text;
	size_t at;
	struct wbuf body, set, pair, val;
};

/* "TYPE=value" at p->at, appended to p->set as SEQUENCE. */
static int attr_parse(struct dn_parse *p)
{
	const char *s = &p->text[p->at];
	size_t tlen = type_span(s), used = 0;
	const struct attr_type *type;
	uint8_t tag = DER_UTF8;
	bool quoted;
	int r;

	if (!tlen)
		return XE_PARSE;
	wbuf_reset(&p->pair);
	wbuf_reset(&p->val);
	type = type_by_name(s, tlen);
	if (type) {
		tag = type->tag;
		der_put(&p->pair, DER_OID, type->oid, type->len);
	} else {
		if ((r = oid_parse(s, tlen, &p->val)))
			return r;
		der_put(&p->pair, DER_OID, p->val.p, p->val.len);
		wbuf_reset(&p->val);
	}
	p->at += tlen + 1;
	r = value_parse(&p->text[p->at], &p->val, &used, &quoted);
	p->at += used;
	if (r)
		return r;
	if (p->val.len == 1 && p->val.p[0] == '*')
		tag = quoted ? DER_UTF8 : DER_PRINTABLE;
	else if (!dn_is_ascii(wbuf_cur(&p->val)))
		tag = DER_UTF8;	/* as this text is */
	der_put(&p->pair, tag, p->val.p, p->val.len);
	der_put(&p->set, DER_SEQUENCE, p->pair.p, p->pair.len);
	return 0;
}

static int names_parse(struct dn_parse *p)
{
	const char *t = p->text;
	unsigned int n = 0;
	int r;

	if (t[p->at] == '/')
		p->at++;
	do {
		while (t[p->at] == ' ' || t[p->at] == '\t')
			p->at++;
		if (++n > IKE_DN_ATTRS)
			return XE_LIMIT;
		if ((r = attr_parse(p)))
			return r;
		if (t[p->at] == '+')
			continue;
		der_put(&p->body, DER_SET, p->set.p, p->set.len);
		wbuf_reset(&p->set);
	} while (t[p->at] && t[p->at++]);
	return 0;
}

/* "~HEX" */
static int raw_parse(const char *s, struct wbuf *w, size_t *where)
{
	size_t i, start = w->len;
	int hi, lo;

	for (i = 1; s[i]; i += 2) {
		hi = hex_digit(s[i]);
		lo = hi < 0 ? -1 : hex_digit(s[i + 1]);
		*where = i;
		if (lo < 0)
			return XE_PARSE;
		wbuf_u8(w, (uint8_t)(hi << 4 | lo));
	}
	if (w->err)
		return w->err;
	*where = 0;
	return ike_dn_valid(&w->p[start], w->len - start) ? 0 : XE_PARSE;
}

int ike_dn_parse(const char *text, struct wbuf *w, size_t *where)
{
	struct dn_parse p = { .text = text };
	int r;

	*where = 0;
	if (text[0] == '~')
		return raw_parse(text, w, where);
	wbuf_init(&p.body, IKE_DN_MAX);
	wbuf_init(&p.set, IKE_DN_MAX);
	wbuf_init(&p.pair, IKE_DN_MAX);
	wbuf_init(&p.val, IKE_DN_MAX);
	r = names_parse(&p);
	if (!r && ((r = p.pair.err) || (r = p.val.err) || (r = p.set.err) ||
		   (r = p.body.err)))
		;
	else if (!r && p.body.len + 4 > IKE_DN_MAX)
		r = XE_LIMIT;
	else if (!r)
		der_put(w, DER_SEQUENCE, p.body.p, p.body.len);
	*where = p.at;
	wbuf_free(&p.body);
	wbuf_free(&p.set);
	wbuf_free(&p.pair);
	wbuf_free(&p.val);
	return r ? r : w->err;
}

/* ----------------------------------------------------------- printing --- */

static void oid_print(struct cur oid, struct wbuf *w)
{
	uint64_t v = 0;
	bool first = true;
	uint8_t b;

	while (!cur_u8(&oid, &b)) {
		v = (v & 0x1ffffffffffffff) << 7 | (b & 0x7f);
		if (b & 0x80)
			continue;
		if (first) {
			b = v < 40 ? 0 : v < 80 ? 1 : 2;
			wbuf_printf(w, "%u", b);
			v -= b * 40u;
		}
		wbuf_printf(w, ".%llu", (unsigned long long)v);
		first = false;
		v = 0;
	}
}

static void value_print(const struct dn_attr *a, struct wbuf *w)
{
	struct cur c = a->value;
	uint8_t b;

	if (c.left == 1 && c.p[0] == '*') {
		wbuf_printf(w, "%s", dn_attr_wild(a) ? "*" : "\\*");
		return;
	}
	while (!cur_u8(&c, &b)) {
		if (b < 0x20 || b == 0x7f || b == '"')
			wbuf_printf(w, "\\%02x", b);
		else if (strchr("\\,=+<>#;/", b))
			wbuf_printf(w, "\\%c", b);
		else
			wbuf_u8(w, b);
	}
}

void ike_dn_print(const void *p, size_t len, struct wbuf *w)
{
	const struct attr_type *type;
	struct dn_walk walk;
	struct dn_attr a;
	bool plain;
	size_t i;

	plain = !dn_walk_init(&walk, p, len) && ike_dn_valid(p, len);
	while (plain && dn_walk_next(&walk, &a) == 1)
		plain = dn_is_string(a.tag);
	if (!plain || dn_walk_init(&walk, p, len) || !walk.name.left) {
		wbuf_u8(w, '~');
		for (i = 0; i < len; i++)
			wbuf_printf(w, "%02x", ((const uint8_t *)p)[i]);
		return;
	}
	for (i = 0; dn_walk_next(&walk, &a) == 1; i++) {
		if (i)
			wbuf_printf(w, "%s", a.joined ? "+" : ", ");
		type = type_by_oid(a.oid);
		if (type)
			wbuf_printf(w, "%s=", type->name);
		else {
			oid_print(a.oid, w);
			wbuf_u8(w, '=');
		}
		value_print(&a, w);
	}
}
