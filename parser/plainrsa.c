/* SPDX-License-Identifier: BSD-2-Clause */
#include "parser/plainrsa.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "libxfrm/base/arena.h"
#include "libxfrm/base/buf.h"
#include "libxfrm/base/err.h"
#include "parser/src.h"

#define BLOB_MAX (2 * PLAINRSA_MAX_BYTES + 3)	/* RFC 2537: exponent, modulus */

static const char *const part_names[PLAINRSA_PARTS] = {
	[PLAINRSA_MODULUS] = "Modulus",
	[PLAINRSA_PUBLIC_EXPONENT] = "PublicExponent",
	[PLAINRSA_PRIVATE_EXPONENT] = "PrivateExponent",
	[PLAINRSA_PRIME1] = "Prime1",
	[PLAINRSA_PRIME2] = "Prime2",
	[PLAINRSA_EXPONENT1] = "Exponent1",
	[PLAINRSA_EXPONENT2] = "Exponent2",
	[PLAINRSA_COEFFICIENT] = "Coefficient",
};

struct owner {
	struct plainrsa pub;
	struct plainrsa_key **last;
	struct arena *arena;
	const char *name;	/* of the file, for spans */
};

/* One run over a text. */
struct reader {
	struct owner *o;
	struct src_table *src;
	struct diag *d;
	const char *p;		/* the text */
	size_t len, at;
	uint32_t base;
	unsigned int errors;
};

/* A stretch of the text. */
struct word {
	const char *p;
	size_t len;
	struct sloc loc;
};

static int fail(struct reader *rd, struct sloc loc, const char *text,
		const char *hint)
{
	struct diag_entry *e;

	rd->errors++;
	e = src_diag(rd->src, rd->d, DIAG_ERROR, loc, "%s", text);
	if (hint)
		diag_hint(rd->d, e, "%s", hint);
	return XE_PARSE;
}

/* ---- text ---- */

static bool more(const struct reader *rd)
{
	return rd->at < rd->len;
}

/* Past blanks, line ends and comments. */
static void skip_space(struct reader *rd)
{
	while (more(rd)) {
		if (rd->p[rd->at] == '#') {
			while (more(rd) && rd->p[rd->at] != '\n')
				rd->at++;
		} else if (isspace((unsigned char)rd->p[rd->at])) {
			rd->at++;
		} else {
			return;
		}
	}
}

static struct word stretch(const struct reader *rd, size_t from)
{
	struct word w = {
		.p = rd->p + from, .len = rd->at - from,
		.loc = { rd->base + (uint32_t)from, (uint32_t)(rd->at - from) },
	};

	return w;
}

/* The run of characters up to a blank, brace or comment. */
static struct word take_run(struct reader *rd)
{
	size_t from;

	skip_space(rd);
	from = rd->at;
	while (more(rd) && !isspace((unsigned char)rd->p[rd->at]) &&
	       !strchr("{}#", rd->p[rd->at]))
		rd->at++;
	return stretch(rd, from);
}

/* Letters and digits: the name of a number. */
static struct word take_name(struct reader *rd)
{
	size_t from;

	skip_space(rd);
	from = rd->at;
	while (more(rd) && isalnum((unsigned char)rd->p[rd->at]))
		rd->at++;
	return stretch(rd, from);
}

static bool take_char(struct reader *rd, char c)
{
	skip_space(rd);
	if (!more(rd) || rd->p[rd->at] != c)
		return false;
	rd->at++;
	return true;
}

/* The colon of an entry; not one that starts an IPv6 address. */
static bool take_colon(struct reader *rd)
{
	skip_space(rd);
	if (rd->len - rd->at > 1 && rd->p[rd->at + 1] == ':')
		return false;
	return take_char(rd, ':');
}

static struct sloc here(const struct reader *rd)
{
	struct sloc loc = { rd->base + (uint32_t)rd->at, more(rd) ? 1 : 0 };

	return loc;
}

static bool is(const struct word *w, const char *s)
{
	return w->len == strlen(s) && !memcmp(w->p, s, w->len);
}

/* After an error: behind the closing brace, or the end of the line. */
static void resync(struct reader *rd, bool body)
{
	while (more(rd) && rd->p[rd->at] != (body ? '}' : '\n'))
		rd->at++;
	if (more(rd))
		rd->at++;
}

/* ---- numbers ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hexadecimal digits to bytes; an odd number of them starts with half one. */
static int hex_bytes(const char *s, size_t n, struct secret *out)
{
	size_t i, half = n % 2;
	int digit, r;

	if (!n)
		return XE_PARSE;
	if (n > 2 * BLOB_MAX)
		return XE_LIMIT;
	r = secret_alloc(out, n / 2 + half);
	if (r)
		return r;
	for (i = 0; i < n; i++) {
		uint8_t *b = &out->p[(i + half) / 2];

		digit = hex_digit(s[i]);
		if (digit < 0)
			return XE_PARSE;
		*b = (uint8_t)(*b << 4 | digit);
	}
	return 0;
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

static int base64_bytes(const char *s, size_t n, struct secret *out)
{
	uint32_t bits = 0;
	size_t i, len = 0;
	int digit, r;

	while (n && s[n - 1] == '=')
		n--;
	if (!n || n % 4 == 1)
		return XE_PARSE;
	if (n > 2 * BLOB_MAX)
		return XE_LIMIT;
	r = secret_alloc(out, n * 3 / 4);
	if (r)
		return r;
	for (i = 0; i < n; i++) {
		digit = base64_digit(s[i]);
		if (digit < 0)
			return XE_PARSE;
		bits = bits << 6 | (uint32_t)digit;
		if (i % 4)
			out->p[len++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
	}
	return 0;
}

/* Copies without leading zeros; XE_PARSE when nothing is left. */
static int set_part(struct secret *to, const uint8_t *p, size_t n)
{
	while (n && !*p) {
		p++;
		n--;
	}
	if (!n)
		return XE_PARSE;
	if (n > PLAINRSA_MAX_BYTES)
		return XE_LIMIT;
	return secret_set(to, p, n);
}

static int number_error(struct reader *rd, struct sloc loc, int err)
{
	if (err == XE_LIMIT)
		return fail(rd, loc, "number too large", NULL);
	if (err == XE_PARSE)
		return fail(rd, loc, "not a number of the right form",
			    "RSA { } has 0x and hexadecimal digits, PUB also "
			    "0s and base64");
	return err;
}

/* ---- private keys ---- */

static int read_part(struct reader *rd, struct plainrsa_key *k)
{
	struct word name = take_name(rd), value;
	struct secret raw = { 0 };
	int part, r;

	for (part = 0; part < PLAINRSA_PARTS; part++) {
		if (is(&name, part_names[part]))
			break;
	}
	if (part == PLAINRSA_PARTS)
		return fail(rd, name.len ? name.loc : here(rd),
			    "not a number of an RSA key",
			    "Modulus, PublicExponent, PrivateExponent, Prime1, "
			    "Prime2, Exponent1, Exponent2, Coefficient");
	if (k->part[part].len)
		return fail(rd, name.loc, "given twice", NULL);
	if (!take_char(rd, ':'))
		return fail(rd, here(rd), "a : must follow the name", NULL);
	value = take_run(rd);
	if (src_hide(rd->src, value.loc))
		return XE_NOMEM;
	r = XE_PARSE;
	if (value.len > 2 && !memcmp(value.p, "0x", 2))
		r = hex_bytes(value.p + 2, value.len - 2, &raw);
	if (!r)
		r = set_part(&k->part[part], raw.p, raw.len);
	secret_free(&raw);
	return r ? number_error(rd, value.len ? value.loc : name.loc, r) : 0;
}

static int check_private(struct reader *rd, struct plainrsa_key *k,
			 struct sloc loc)
{
	unsigned int crt = 0;
	int part;

	for (part = PLAINRSA_PRIME1; part < PLAINRSA_PARTS; part++)
		crt += k->part[part].len != 0;
	if (!k->part[PLAINRSA_MODULUS].len ||
	    !k->part[PLAINRSA_PUBLIC_EXPONENT].len ||
	    !k->part[PLAINRSA_PRIVATE_EXPONENT].len)
		return fail(rd, loc, "the key is not complete",
			    "Modulus, PublicExponent and PrivateExponent must "
			    "be there");
	if (crt && crt != PLAINRSA_PARTS - PLAINRSA_PRIME1)
		return fail(rd, loc, "the key is not complete",
			    "Prime1, Prime2, Exponent1, Exponent2 and "
			    "Coefficient come together or not at all");
	k->crt = crt;
	return 0;
}

static int read_private(struct reader *rd, struct plainrsa_key *k,
			struct sloc loc)
{
	int r;

	k->private = true;
	if (!take_char(rd, '{'))
		return fail(rd, loc, "a { must follow RSA", NULL);
	while (!take_char(rd, '}')) {
		if (!more(rd))
			return fail(rd, loc, "this key is not closed: a } is "
				    "missing", NULL);
		r = read_part(rd, k);
		if (!r)
			continue;
		if (r == XE_PARSE)
			resync(rd, true);
		return r;
	}
	return check_private(rd, k, loc);
}

/* ---- public keys ---- */

/* RFC 2537: length of the exponent in one byte or three; exponent; modulus. */
static int split_blob(const struct secret *raw, struct plainrsa_key *k)
{
	struct cur c = cur_init(raw->p, raw->len);
	const uint8_t *e, *n;
	uint8_t len8;
	uint16_t len;
	size_t left;
	int r;

	r = cur_u8(&c, &len8);
	len = len8;
	if (!r && !len8)
		r = cur_u16(&c, &len);
	if (!r)
		r = cur_bytes(&c, len, &e);
	left = c.left;
	if (!r)
		r = cur_bytes(&c, left, &n);
	if (r)
		return XE_PARSE;
	r = set_part(&k->part[PLAINRSA_PUBLIC_EXPONENT], e, len);
	return r ? r : set_part(&k->part[PLAINRSA_MODULUS], n, left);
}

static int read_public(struct reader *rd, struct plainrsa_key *k,
		       struct sloc loc)
{
	struct word value = take_run(rd);
	struct secret raw = { 0 };
	int r = XE_PARSE;

	if (value.len > 2 && !memcmp(value.p, "0s", 2))
		r = base64_bytes(value.p + 2, value.len - 2, &raw);
	else if (value.len > 2 && !memcmp(value.p, "0x", 2))
		r = hex_bytes(value.p + 2, value.len - 2, &raw);
	if (!r)
		r = split_blob(&raw, k);
	secret_free(&raw);
	return r ? number_error(rd, value.len ? value.loc : loc, r) : 0;
}

/* ---- entries ---- */

static int read_addr(struct reader *rd, const struct word *w,
		     struct plainrsa_addr *a)
{
	char text[INET6_ADDRSTRLEN];
	const char *slash = memchr(w->p, '/', w->len);
	size_t n = slash ? (size_t)(slash - w->p) : w->len, i;
	unsigned int bits, prefix = 0;

	*a = (struct plainrsa_addr){ 0 };
	if (is(w, "any"))
		return 0;
	if (n >= sizeof(text))
		return fail(rd, w->loc, "not an address", NULL);
	memcpy(text, w->p, n);
	text[n] = '\0';
	if (inet_pton(AF_INET, text, a->ip) == 1)
		a->family = AF_INET;
	else if (inet_pton(AF_INET6, text, a->ip) == 1)
		a->family = AF_INET6;
	else
		return fail(rd, w->loc, "not an address",
			    "an address, a network or any stands before the :");
	bits = a->family == AF_INET ? 32 : 128;
	a->prefix = bits;
	if (!slash)
		return 0;
	for (i = n + 1; i < w->len && isdigit((unsigned char)w->p[i]) &&
	     prefix <= bits; i++)
		prefix = prefix * 10 + (unsigned int)(w->p[i] - '0');
	if (i < w->len || n + 1 == w->len || prefix > bits)
		return fail(rd, w->loc, "not a prefix length", NULL);
	a->prefix = prefix;
	return 0;
}

/* [SRC] [DST] : — one address alone is DST. */
static int read_addrs(struct reader *rd, struct plainrsa_key *k)
{
	struct plainrsa_addr a[2] = { { 0 } };
	struct word w;
	int n = 0, r;

	while (!take_colon(rd)) {
		w = take_run(rd);
		if (!w.len || n == 2)
			return fail(rd, w.len ? w.loc : here(rd),
				    "a : must stand before the key",
				    "[SRC] [DST] : RSA { … } or "
				    "[SRC] [DST] : PUB 0s…");
		r = read_addr(rd, &w, &a[n++]);
		if (r)
			return r;
	}
	k->dst = a[n == 2];
	if (n == 2)
		k->src = a[0];
	return 0;
}

static void free_parts(void *arg)
{
	struct plainrsa_key *k = arg;
	int part;

	for (part = 0; part < PLAINRSA_PARTS; part++)
		secret_free(&k->part[part]);
}

static int read_entry(struct reader *rd)
{
	struct owner *o = rd->o;
	struct plainrsa_key *k = arena_alloc(o->arena, sizeof(*k));
	struct word type;
	int r;

	if (!k || arena_cleanup(o->arena, free_parts, k))
		return XE_NOMEM;
	r = read_addrs(rd, k);
	if (r)
		goto out;
	type = take_name(rd);
	k->span = src_span(rd->src, type.loc);
	k->span.file = o->name;
	if (is(&type, "RSA")) {
		r = read_private(rd, k, type.loc);
		if (!r)
			*o->last = k;
		return r;	/* it has skipped a wrong body */
	}
	if (is(&type, "PUB"))
		r = read_public(rd, k, type.loc);
	else if (is(&type, "PSK"))
		r = fail(rd, type.loc, "pre-shared keys do not stand here",
			 "put them into the file of `path pre_shared_key'");
	else
		r = fail(rd, type.len ? type.loc : here(rd),
			 "RSA or PUB must follow the :", NULL);
	if (!r)
		*o->last = k;
out:
	if (r == XE_PARSE)
		resync(rd, false);
	return r;
}

static int read_text(struct reader *rd, const struct src *s)
{
	struct owner *o = rd->o;
	int r;

	rd->p = s->text;
	rd->len = s->len;
	rd->base = s->base;
	for (skip_space(rd); more(rd); skip_space(rd)) {
		if (o->pub.count == PLAINRSA_MAX_KEYS) {
			fail(rd, here(rd), "too many keys", NULL);
			return XE_LIMIT;
		}
		r = read_entry(rd);
		if (r && r != XE_PARSE)
			return r;
		if (r)
			continue;
		o->last = &(*o->last)->next;
		o->pub.count++;
	}
	return rd->errors ? XE_PARSE : 0;
}

/* ---- files ---- */

static int start(struct reader *rd, struct diag *d)
{
	struct owner *o = calloc(1, sizeof(*o));

	*rd = (struct reader){ .o = o, .d = d };
	if (!o)
		return XE_NOMEM;
	o->last = &o->pub.key;
	o->arena = arena_new(0);
	rd->src = src_table_new();
	if (!o->arena || !rd->src)
		return XE_NOMEM;
	src_table_set_max(rd->src, PLAINRSA_MAX_FILE);
	return 0;
}

/* Ends a run that has got as far as r; the text is wiped here. */
static int end(struct reader *rd, const struct src *s, int r,
	       struct plainrsa **out)
{
	struct owner *o = rd->o;

	if (!r) {
		o->name = arena_strdup(o->arena, s->name);
		r = o->name ? read_text(rd, s) : XE_NOMEM;
	}
	if (rd->d && rd->src)
		src_explain(rd->src, rd->d);
	src_table_free(rd->src);
	if (!r)
		*out = &o->pub;
	else if (o)
		plainrsa_free(&o->pub);
	return r;
}

int plainrsa_read_file(const char *path, struct diag *d,
		       struct plainrsa **out)
{
	struct sloc nowhere = { 0 };
	struct reader rd;
	struct src *s = NULL;
	int r;

	*out = NULL;
	r = start(&rd, d);
	if (!r)
		r = src_open(rd.src, path, nowhere, d, &s);
	return end(&rd, s, r, out);
}

int plainrsa_read_fd(int fd, const char *name, struct diag *d,
		     struct plainrsa **out)
{
	struct sloc nowhere = { 0 };
	struct reader rd;
	struct src *s = NULL;
	int r;

	*out = NULL;
	r = start(&rd, d);
	if (!r)
		r = src_read(rd.src, fd, name, nowhere, d, &s);
	return end(&rd, s, r, out);
}

int plainrsa_read_mem(const char *name, const void *text, size_t len,
		      struct diag *d, struct plainrsa **out)
{
	struct reader rd;
	struct src *s = NULL;
	int r;

	*out = NULL;
	r = start(&rd, d);
	if (!r)
		r = src_add(rd.src, name, text, len, d, &s);
	return end(&rd, s, r, out);
}

void plainrsa_free(struct plainrsa *p)
{
	struct owner *o = (struct owner *)p;	/* pub is its first member */

	if (!o)
		return;
	arena_free(o->arena);
	free(o);
}
