/* SPDX-License-Identifier: BSD-2-Clause */
#include "parser/psk.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "libxfrm/base/arena.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"
#include "parser/src.h"

struct entry {
	struct psk_entry pub;
	struct secret key;
	struct hnode node;
	struct entry *next;
};

struct psk {
	struct arena *arena;	/* entries, identities, the file's name */
	const char *name;
	struct entry *first, **last;
	struct entry **nth;	/* in file order */
	size_t count;
	struct htab ids;	/* the first entry of each identity */
	struct entry *star;	/* the first `*` */
};

/* One run over a text. */
struct reader {
	struct psk *psk;
	struct src_table *src;
	struct diag *d;
	unsigned int errors;
};

/* One line, cut up.  Places are offsets into the text. */
struct line {
	const char *id, *key;
	size_t id_len, key_len;
	struct sloc id_loc, key_loc;
};

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static void caution(struct reader *rd, struct sloc loc, const char *text,
		    const char *hint)
{
	struct diag_entry *e;

	e = src_diag(rd->src, rd->d, DIAG_WARNING, loc, "%s", text);
	if (hint)
		diag_hint(rd->d, e, "%s", hint);
}

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

/* ---- keys ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hexadecimal digits, blanks between them skipped. */
static int hex_key(struct reader *rd, const struct line *l,
		   struct secret *key)
{
	size_t i, n = 0;
	int digit, r;

	r = secret_alloc(key, l->key_len / 2);
	if (r)
		return r;
	for (i = 2; i < l->key_len; i++) {
		digit = hex_digit(l->key[i]);
		if (digit < 0 && !blank(l->key[i]))
			return fail(rd, l->key_loc,
				    "not a hexadecimal key",
				    "a key that starts with 0x has only "
				    "hexadecimal digits, and no comment "
				    "behind it");
		if (digit < 0)
			continue;
		key->p[n / 2] = (uint8_t)(key->p[n / 2] << 4 | digit);
		n++;
	}
	if (!n || n % 2)
		return fail(rd, l->key_loc, "a hexadecimal key needs an even "
			    "number of digits", NULL);
	secret_truncate(key, n / 2);
	return 0;
}

/* What is taken as it stands, but is seldom meant so. */
static void check_text(struct reader *rd, const struct line *l)
{
	const char *k = l->key;
	size_t n = l->key_len, i;

	if (k[n - 1] == '\r') {
		caution(rd, l->key_loc, "the carriage return at the end of the "
			"line is part of the key",
			"save the file with Unix line ends, unless the peer's "
			"key has one too");
		n--;
	}
	if (n && blank(k[n - 1]))
		caution(rd, l->key_loc, "the blanks at the end of the line are "
			"part of the key",
			"remove them, unless the peer's key has them too");
	while (n && blank(k[n - 1]))
		n--;
	if (n >= 2 && (k[0] == '"' || k[0] == '\'') && k[n - 1] == k[0])
		caution(rd, l->key_loc, "the quotes are part of the key",
			"nothing is quoted in this file");
	if (n >= 2 && k[0] == '0' && k[1] == 'X')
		caution(rd, l->key_loc, "the key is taken as text",
			"hexadecimal keys start with 0x, in lower case");
	for (i = 1; i + 1 < n; i++) {
		if (k[i] != '#' || !blank(k[i - 1]) || !blank(k[i + 1]))
			continue;
		caution(rd, l->key_loc, "what looks like a comment is part of "
			"the key", "comments stand on lines of their own");
		break;
	}
}

static int take_key(struct reader *rd, const struct line *l,
		    struct secret *key)
{
	if (l->key_len >= 2 && !memcmp(l->key, "0x", 2))
		return hex_key(rd, l, key);
	check_text(rd, l);
	return secret_set(key, l->key, l->key_len);
}

/* ---- entries ---- */

static void free_key(void *arg)
{
	secret_free(arg);
}

static struct entry *find(const struct psk *p, const void *id, size_t len)
{
	struct hnode *n = htab_first(&p->ids, hash_mem(0, id, len));
	struct entry *e;

	for (; n; n = htab_next(n)) {
		e = hnode_entry(n, struct entry, node);
		if (e->pub.id_len == len && !memcmp(e->pub.id, id, len))
			return e;
	}
	return NULL;
}

/* Says so when an earlier line keeps this one from being found. */
static void check_hidden(struct reader *rd, const struct line *l,
			 const struct entry *same)
{
	const struct psk *p = rd->psk;
	struct diag_entry *e = NULL;

	if (same)
		e = src_diag(rd->src, rd->d, DIAG_WARNING, l->id_loc,
			     "this identity stands in line %u already: "
			     "that key counts", same->pub.span.line);
	else if (p->star)
		e = src_diag(rd->src, rd->d, DIAG_WARNING, l->id_loc,
			     "never used: the * of line %u comes first",
			     p->star->pub.span.line);
	if (!same)
		diag_hint(rd->d, e, "put * at the end of the file");
}

static int add(struct reader *rd, const struct line *l)
{
	struct psk *p = rd->psk;
	struct entry *e = arena_alloc(p->arena, sizeof(*e)), *same;
	int r;

	if (!e || arena_cleanup(p->arena, free_key, &e->key))
		return XE_NOMEM;
	r = take_key(rd, l, &e->key);
	if (r)
		return r;
	if (p->count == PSK_MAX_ENTRIES)
		return XE_LIMIT;
	e->pub.id = arena_strndup(p->arena, l->id, l->id_len);
	if (!e->pub.id)
		return XE_NOMEM;
	e->pub.id_len = l->id_len;
	e->pub.key = &e->key;
	e->pub.span = src_span(rd->src, l->id_loc);
	e->pub.span.file = p->name;
	same = find(p, l->id, l->id_len);
	check_hidden(rd, l, same);
	if (!same) {
		r = htab_add(&p->ids, &e->node, hash_mem(0, l->id, l->id_len));
		if (r)
			return r;
	}
	if (!p->star && l->id_len == 1 && *l->id == '*')
		p->star = e;
	*p->last = e;
	p->last = &e->next;
	p->count++;
	return 0;
}

/* ---- lines ---- */

/* Cuts the n bytes at s into identity and key; false: nothing to store. */
static bool cut(struct reader *rd, const char *s, size_t n, uint32_t at,
		struct line *l)
{
	size_t i = 0, from;

	while (i < n && blank(s[i]))
		i++;
	if (i == n || s[i] == '#')
		return false;
	from = i;
	while (i < n && !blank(s[i]))
		i++;
	l->id = s + from;
	l->id_len = i - from;
	l->id_loc = (struct sloc){ at + (uint32_t)from, (uint32_t)l->id_len };
	while (i < n && blank(s[i]))
		i++;
	l->key = s + i;
	l->key_len = n - i;
	l->key_loc = (struct sloc){ at + (uint32_t)i, (uint32_t)(n - i) };
	if (from)
		caution(rd, l->id_loc, "blanks before the identity skipped",
			"identities start in column 1");
	if (!l->key_len)
		caution(rd, l->id_loc, "no key behind this identity; skipped",
			NULL);
	return l->key_len;
}

static int read_line(struct reader *rd, const char *s, size_t n, uint32_t at)
{
	struct sloc start = { at, 1 };
	struct line l;
	int r;

	if (n && *s == '#')
		return 0;
	if (n > PSK_MAX_LINE) {
		/* it may be all key */
		if (src_hide(rd->src, (struct sloc){ at, (uint32_t)n }))
			return XE_NOMEM;
		return fail(rd, start, "line too long", NULL);
	}
	if (!cut(rd, s, n, at, &l))
		return 0;
	if (src_hide(rd->src, l.key_loc))
		return XE_NOMEM;
	if (n > PSK_OLD_LINE)
		caution(rd, l.id_loc, "ipsec-tools' racoon reads only the first "
			"1023 bytes of a line", NULL);
	r = add(rd, &l);
	if (r == XE_LIMIT) {
		fail(rd, l.id_loc, "too many entries", NULL);
		return r;
	}
	return r == XE_PARSE ? 0 : r;
}

static int read_text(struct reader *rd, const struct src *s)
{
	const char *p = s->text, *end = s->text + s->len, *nl;
	int r;

	while (p < end) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (!nl)
			nl = end;
		r = read_line(rd, p, (size_t)(nl - p),
			      s->base + (uint32_t)(p - s->text));
		if (r)
			return r;
		p = nl + 1;
	}
	return 0;
}

/* ---- files ---- */

static int start(struct reader *rd, struct diag *d)
{
	struct psk *p = calloc(1, sizeof(*p));

	*rd = (struct reader){ .psk = p, .d = d };
	if (!p)
		return XE_NOMEM;
	p->last = &p->first;
	htab_init(&p->ids, 0);
	p->arena = arena_new(0);
	rd->src = src_table_new();
	if (!p->arena || !rd->src)
		return XE_NOMEM;
	src_table_set_max(rd->src, PSK_MAX_FILE);
	return 0;
}

static int index_entries(struct psk *p)
{
	struct entry *e;
	size_t i = 0;

	p->nth = arena_calloc(p->arena, p->count, sizeof(*p->nth));
	if (!p->nth)
		return XE_NOMEM;
	for (e = p->first; e; e = e->next)
		p->nth[i++] = e;
	return 0;
}

/* Ends a run that has got as far as r; the texts are wiped here. */
static int end(struct reader *rd, const struct src *s, int r,
	       struct psk **out)
{
	struct psk *p = rd->psk;

	if (!r) {
		p->name = arena_strdup(p->arena, s->name);
		r = p->name ? read_text(rd, s) : XE_NOMEM;
	}
	if (!r)
		r = index_entries(p);
	if (rd->d && rd->src)
		src_explain(rd->src, rd->d);
	src_table_free(rd->src);
	if (r) {
		psk_free(p);
		return r;
	}
	*out = p;
	return rd->errors ? XE_PARSE : 0;
}

int psk_read_file(const char *path, struct diag *d, struct psk **out)
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

int psk_read_fd(int fd, const char *name, struct diag *d, struct psk **out)
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

int psk_read_mem(const char *name, const void *text, size_t len,
		 struct diag *d, struct psk **out)
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

void psk_free(struct psk *p)
{
	if (!p)
		return;
	htab_free(&p->ids);
	arena_free(p->arena);
	free(p);
}

/* ---- questions ---- */

const struct secret *psk_find(const struct psk *p, const void *id, size_t len)
{
	const struct entry *e = find(p, id, len), *star = p->star;

	if (e && star && star->pub.span.line < e->pub.span.line)
		e = star;
	if (!e)
		e = star;
	return e ? &e->key : NULL;
}

size_t psk_count(const struct psk *p)
{
	return p->count;
}

const struct psk_entry *psk_entry(const struct psk *p, size_t n)
{
	return &p->nth[n]->pub;
}
