/* SPDX-License-Identifier: BSD-2-Clause */
#include "parser/racoon_value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <sys/socket.h>

#include "libxfrm/base/err.h"

/* ---- reading position ---- */

struct rc_tok *rc_in_next(struct rc_in *in)
{
	struct rc_tok *t = in->t;

	in->prev = t->loc;
	in->t = t->next;
	return t;
}

bool rc_in_skip(struct rc_in *in, const char *w)
{
	if (!rc_tok_is(in->t, w))
		return false;
	rc_in_next(in);
	return true;
}

bool rc_in_skip_kind(struct rc_in *in, enum rc_tok_kind kind)
{
	if (!in->t || in->t->kind != kind)
		return false;
	rc_in_next(in);
	return true;
}

bool rc_in_newline(const struct rc_in *in)
{
	struct sloc gap = { in->prev.at + in->prev.len, 0 };

	if (!in->t || in->t->loc.at <= gap.at)
		return false;
	gap.len = in->t->loc.at - gap.at;
	return memchr(src_bytes(in->p->src, gap), '\n', gap.len);
}

static const char *show(const struct rc_in *in, struct rc_show *buf)
{
	if (in->t && in->hide)
		return "something else";
	return rc_show(in->t, buf);
}

int rc_in_expected(struct rc_in *in, const char *what)
{
	struct rc_show buf;

	if (in->t)
		rc_err(in->p, in->t->loc, "expected %s, found %s", what,
		       show(in, &buf));
	else
		rc_err(in->p, in->prev, "expected %s after this", what);
	return XE_PARSE;
}

/* ---- nodes ---- */

void *rc_node(struct rc_parser *p, size_t size)
{
	void *n = arena_alloc(p->arena, size);

	return n ? n : rc_fail(p);
}

char *rc_dup(struct rc_parser *p, const char *s, size_t n)
{
	char *c = arena_strndup(p->arena, s, n);

	return c ? c : rc_fail(p);
}

/* ---- numbers ---- */

size_t rc_digits(const char *s, size_t n, uint64_t *v)
{
	unsigned int base = 10;
	int digit;
	size_t i = 0;

	*v = 0;
	if (n > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') &&
	    isxdigit((unsigned char)s[2])) {
		base = 16;
		i = 2;
	}
	for (; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (base == 10 ? !isdigit(c) : !isxdigit(c))
			break;
		digit = isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
		if (*v > (UINT64_MAX - (uint64_t)digit) / base)
			*v = UINT64_MAX;
		else
			*v = *v * base + (uint64_t)digit;
	}
	return i;
}

int rc_in_set(struct rc_in *in, struct sloc loc, uint64_t v,
		   uint64_t min, uint64_t max, struct rc_num *out)
{
	if (v < min || v > max) {
		rc_err(in->p, loc, "out of range: %llu to %llu",
		       (unsigned long long)min, (unsigned long long)max);
		return XE_PARSE;
	}
	out->loc = loc;
	out->v = v;
	out->given = true;
	return 0;
}

int rc_in_num(struct rc_in *in, uint64_t min, uint64_t max,
	      struct rc_num *out)
{
	const struct rc_tok *t = in->t;
	uint64_t v;

	*out = (struct rc_num){ 0 };
	if (!t || t->kind != RC_TOK_WORD || rc_digits(t->p, t->len, &v) != t->len)
		return rc_in_expected(in, "a number");
	rc_in_next(in);
	return rc_in_set(in, t->loc, v, min, max, out);
}

int rc_in_mode(struct rc_in *in, struct rc_num *out)
{
	const struct rc_tok *t = in->t;
	uint64_t v = 0;
	size_t i;

	*out = (struct rc_num){ 0 };
	if (!t || t->kind != RC_TOK_WORD)
		return rc_in_expected(in, "an octal mode, such as 0600");
	for (i = 0; i < t->len; i++) {
		if (t->p[i] < '0' || t->p[i] > '7' || v > 07777)
			return rc_in_expected(in,
					      "an octal mode, such as 0600");
		v = v * 8 + (uint64_t)(t->p[i] - '0');
	}
	rc_in_next(in);
	return rc_in_set(in, t->loc, v, 0, 07777, out);
}

struct unit {
	const char *word;
	uint64_t factor;
};

static const struct unit time_units[] = {
	{ "sec", 1 }, { "secs", 1 }, { "second", 1 }, { "seconds", 1 },
	{ "min", 60 }, { "mins", 60 }, { "minute", 60 }, { "minutes", 60 },
	{ "hour", 3600 }, { "hours", 3600 }, { NULL, 0 },
};

static const struct unit byte_units[] = {
	{ "B", 1 }, { "byte", 1 }, { "bytes", 1 },
	{ "KB", 1ull << 10 }, { "MB", 1ull << 20 }, { "GB", 1ull << 30 },
	{ "TB", 1ull << 40 }, { NULL, 0 },
};

static uint64_t unit_find(const struct unit *u, const char *s, size_t n)
{
	for (; u->word; u++) {
		if (!strncmp(u->word, s, n) && !u->word[n])
			return u->factor;
	}
	return 0;
}

bool rc_is_unit(const struct rc_tok *t)
{
	return t->kind == RC_TOK_WORD && unit_find(time_units, t->p, t->len);
}

static int bad_unit(struct rc_in *in, const char *s, size_t n,
		    const char *what)
{
	struct diag_entry *e;

	if (n < 1 || strncmp(s, "days", n))
		return rc_in_expected(in, what);
	e = rc_err(in->p, in->t->loc, "there is no unit for days");
	rc_hint(in->p, e, "write hours: a day is 24 hours");
	return XE_PARSE;
}

/* A number with its unit behind, or glued to it. */
static int measure(struct rc_in *in, const struct unit *units,
		   const char *what, uint64_t min, uint64_t max,
		   struct rc_num *out)
{
	const struct rc_tok *t = in->t;
	uint64_t v, factor;
	struct sloc loc;
	size_t n;

	*out = (struct rc_num){ 0 };
	n = t && t->kind == RC_TOK_WORD ? rc_digits(t->p, t->len, &v) : 0;
	if (!n)
		return rc_in_expected(in, what);
	loc = t->loc;
	if (n == t->len) {
		rc_in_next(in);
		t = in->t;
		n = 0;
		if (!t || t->kind != RC_TOK_WORD)
			return rc_in_expected(in, what + strlen("a number and "));
	}
	factor = unit_find(units, t->p + n, t->len - n);
	if (!factor)
		return bad_unit(in, t->p + n, t->len - n, what);
	rc_in_next(in);
	loc = src_join(loc, t->loc);
	v = v > UINT64_MAX / factor ? UINT64_MAX : v * factor;
	return rc_in_set(in, loc, v, min, max, out);
}

int rc_in_time(struct rc_in *in, uint64_t min, uint64_t max,
	       struct rc_num *out)
{
	return measure(in, time_units, "a number and a unit (sec, min, hour)",
		       min, max, out);
}

int rc_in_bytes(struct rc_in *in, struct rc_num *out)
{
	return measure(in, byte_units, "a number and a unit (B, KB, MB, GB, TB)",
		       0, INT64_MAX, out);
}

int rc_in_port(struct rc_in *in, bool any, struct rc_num *out)
{
	struct sloc open;
	int r;

	*out = (struct rc_num){ 0 };
	if (!in->t || in->t->kind != RC_TOK_OPEN)
		return 0;
	open = rc_in_next(in)->loc;
	if (any && rc_tok_is(in->t, "any"))
		r = rc_in_set(in, rc_in_next(in)->loc, RC_PORT_ANY, 0, 0, out);
	else
		r = rc_in_num(in, 0, UINT16_MAX, out);
	if (r)
		return r;
	if (!rc_in_skip_kind(in, RC_TOK_CLOSE))
		return rc_in_expected(in, "]");
	out->loc = src_join(open, in->prev);
	return 0;
}

/* ---- words and strings ---- */

int rc_in_bad_word(struct rc_in *in, enum rc_list list)
{
	const struct rc_tok *t = in->t;
	struct diag_entry *e;
	const char *near;
	struct rc_show buf;
	char words[400];

	rc_list_text(list, words, sizeof(words));
	if (!t || t->kind != RC_TOK_WORD)
		return rc_in_expected(in, words);
	e = rc_err(in->p, t->loc, "%s is not a value of %s", rc_show(t, &buf),
		   in->dir->word);
	near = rc_list_near(list, t->p, t->len);
	if (near)
		rc_hint(in->p, e, "did you mean %s?", near);
	else
		rc_hint(in->p, e, "it takes %s", words);
	return XE_PARSE;
}

int rc_in_word(struct rc_in *in, enum rc_list list, struct rc_num *out)
{
	const struct rc_tok *t = in->t;
	unsigned int v;

	*out = (struct rc_num){ 0 };
	v = t && t->kind == RC_TOK_WORD ? rc_list_find(list, t->p, t->len) : 0;
	if (!v)
		return rc_in_bad_word(in, list);
	rc_in_next(in);
	return rc_in_set(in, t->loc, v, v, v, out);
}

int rc_in_switch(struct rc_in *in, struct rc_num *out)
{
	const struct rc_tok *t = in->t;
	bool on = rc_tok_is(t, "on");
	struct diag_entry *e;
	struct rc_show buf;

	*out = (struct rc_num){ 0 };
	if (on || rc_tok_is(t, "off")) {
		rc_in_next(in);
		return rc_in_set(in, t->loc, on, 0, 1, out);
	}
	if (!t || t->kind != RC_TOK_WORD)
		return rc_in_expected(in, "on or off");
	e = rc_err(in->p, t->loc, "%s is neither on nor off",
		   rc_show(t, &buf));
	if (rc_tok_is(t, "yes") || rc_tok_is(t, "true"))
		rc_hint(in->p, e, "write on");
	else if (rc_tok_is(t, "no") || rc_tok_is(t, "false"))
		rc_hint(in->p, e, "write off");
	return XE_PARSE;
}

/* May this word stand without the quotes it should have? */
static bool plain(const struct rc_tok *t)
{
	size_t i;

	for (i = 0; i < t->len; i++) {
		unsigned char c = (unsigned char)t->p[i];

		if (!isalnum(c) && !strchr("_-./:@+*~", c))
			return false;
	}
	return true;
}

int rc_in_str(struct rc_in *in, const char *what, struct rc_str *out)
{
	const struct rc_tok *t = in->t;
	struct diag_entry *e;

	*out = (struct rc_str){ 0 };
	if (!t || (t->kind != RC_TOK_STRING && t->kind != RC_TOK_WORD) ||
	    (t->kind == RC_TOK_WORD && (rc_in_newline(in) || !plain(t))))
		return rc_in_expected(in, what);
	if (t->kind == RC_TOK_WORD) {
		e = rc_warn(in->p, t->loc, "%s should stand in quotes", what);
		if (!in->hide)
			rc_hint(in->p, e, "write \"%.*s\"", (int)t->len, t->p);
	}
	rc_in_next(in);
	out->s = rc_dup(in->p, t->p, t->len);
	out->loc = t->loc;
	return out->s ? 0 : XE_PARSE;
}

int rc_in_file(struct rc_in *in, bool script, struct rc_file *out)
{
	const struct rc_path *path = &in->p->conf->path;
	struct rc_late_file *late;
	struct rc_str name;
	int r;

	*out = (struct rc_file){ 0 };
	r = rc_in_str(in, "a file name", &name);
	if (r)
		return r;
	if (!*name.s) {
		rc_err(in->p, name.loc, "empty file name");
		return XE_PARSE;
	}
	out->loc = name.loc;
	out->name = name.s;
	out->dir = script ? path->script.s : path->certificate.s;
	if (out->dir)
		return 0;
	late = rc_node(in->p, sizeof(*late));
	if (!late)
		return XE_PARSE;
	late->file = out;
	late->script = script;
	late->next = in->p->late;
	in->p->late = late;
	return 0;
}

/* ---- addresses ---- */

bool rc_addr_parse(struct rc_parser *p, const char *s, size_t n,
		   struct sloc loc, struct rc_addr *out)
{
	char text[INET6_ADDRSTRLEN];
	const char *zone = memchr(s, '%', n);
	size_t len = zone ? (size_t)(zone - s) : n;

	*out = (struct rc_addr){ 0 };
	if (len >= sizeof(text) || (zone && len + 1 == n))
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	if (!zone && inet_pton(AF_INET, text, out->ip) == 1)
		out->family = AF_INET;
	else if (inet_pton(AF_INET6, text, out->ip) == 1)
		out->family = AF_INET6;
	else
		return false;
	out->loc = loc;
	out->text = rc_dup(p, s, n);
	if (zone && out->text)
		out->zone = out->text + len + 1;
	return out->text;
}

/* A host name: letters, digits, hyphens, dots, not all digits and dots. */
static bool is_host(const struct rc_tok *t)
{
	bool letter = false;
	size_t i;

	for (i = 0; i < t->len; i++) {
		unsigned char c = (unsigned char)t->p[i];

		if (!isalnum(c) && c != '-' && c != '.' && c != '_')
			return false;
		letter |= isalpha(c) || c == '_';
	}
	return letter && t->p[0] != '.' && t->p[0] != '-';
}

static int bad_addr(struct rc_in *in, bool names)
{
	const struct rc_tok *t = in->t;
	struct diag_entry *e;
	struct rc_show buf;

	if (!t || (t->kind != RC_TOK_WORD && t->kind != RC_TOK_STRING))
		return rc_in_expected(in, names ? "an address or host name" :
				      "an address");
	e = rc_err(in->p, t->loc, names ?
		   "%s is neither an address nor a host name" :
		   "%s is not an address", rc_show(t, &buf));
	if (memchr(t->p, '/', t->len))
		rc_hint(in->p, e, "a prefix length cannot stand here");
	else if (memchr(t->p, ':', t->len) && memchr(t->p, '.', t->len))
		rc_hint(in->p, e, "a port is written in brackets: "
			"192.0.2.1 [500]");
	else if (!names)
		rc_hint(in->p, e, "only a numeric address can stand here");
	return XE_PARSE;
}

int rc_in_addr(struct rc_in *in, bool names, struct rc_addr *out)
{
	const struct rc_tok *t = in->t;

	*out = (struct rc_addr){ 0 };
	if (!t || (t->kind != RC_TOK_WORD && t->kind != RC_TOK_STRING))
		return bad_addr(in, names);
	if (!rc_addr_parse(in->p, t->p, t->len, t->loc, out)) {
		if (!names || !is_host(t))
			return bad_addr(in, names);
		out->loc = t->loc;
		out->text = rc_dup(in->p, t->p, t->len);
	}
	rc_in_next(in);
	return out->text ? 0 : XE_PARSE;
}

int rc_split_prefix(const char *s, size_t *n, struct rc_num *out)
{
	const char *slash = memchr(s, '/', *n);
	size_t len = slash ? *n - (size_t)(slash + 1 - s) : 0;
	uint64_t v;

	*out = (struct rc_num){ 0 };
	if (!slash)
		return 0;
	if (!len || len > 3 || rc_digits(slash + 1, len, &v) != len || v > 128)
		return -1;
	*n = (size_t)(slash - s);
	out->v = v;
	out->given = true;
	return 0;
}
