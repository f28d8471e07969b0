/* SPDX-License-Identifier: BSD-2-Clause */
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "parser/setkey_chk.h"

/* Numbers and words of the setkey language: what needs no look-up. */

bool ck_text(struct ck *c, struct sloc loc, char buf[static CK_TEXT_MAX])
{
	size_t n = loc.len < CK_TEXT_MAX ? loc.len : CK_TEXT_MAX - 1;

	memcpy(buf, ck_bytes(c, loc), n);
	buf[n] = '\0';
	return loc.len < CK_TEXT_MAX;
}

bool ck_is(struct ck *c, struct sloc loc, const char *word)
{
	const char *p = ck_bytes(c, loc);
	size_t i = 0;

	/* The text has no NUL, so this ends with the word. */
	while (i < loc.len && p[i] == word[i])
		i++;
	return i && i == loc.len && !word[i];
}

/* Saturating; *wide when it did not fit 64 bits; false: not a number. */
static bool read_number(const char *p, size_t len, uint64_t *v, bool *wide)
{
	unsigned int base = 10, digit;
	size_t i = 0;
	int x;

	*v = 0;
	*wide = false;
	if (len > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		base = 16;
		i = 2;
	}
	if (i == len)
		return false;
	for (; i < len; i++) {
		x = ck_hex_digit(p[i]);
		if (x < 0 || (unsigned int)x >= base)
			return false;
		digit = (unsigned int)x;
		if (*v > (UINT64_MAX - digit) / base)
			*wide = true;
		*v = *wide ? UINT64_MAX : *v * base + digit;
	}
	return true;
}

bool ck_number(struct ck *c, struct sloc loc, uint64_t max, uint64_t *v)
{
	bool wide;

	if (!read_number(ck_bytes(c, loc), loc.len, v, &wide)) {
		ck_error(c, loc, "syntax error", "a number is expected here");
		return false;
	}
	if (wide || *v > max) {
		ck_error(c, loc, "Numerical result out of range",
			 "the largest value here is %llu",
			 (unsigned long long)max);
		return false;
	}
	return true;
}

bool ck_u32(struct ck *c, struct sloc loc, uint32_t *v)
{
	uint64_t n;

	*v = 0;
	if (!ck_number(c, loc, UINT32_MAX, &n))
		return false;
	*v = (uint32_t)n;
	return true;
}

bool ck_spi(struct ck *c, struct sloc loc, uint32_t *spi)
{
	uint64_t v;
	bool wide;

	*spi = 0;
	if (!read_number(ck_bytes(c, loc), loc.len, &v, &wide)) {
		ck_error(c, loc, "syntax error", "an SPI is expected here");
		return false;
	}
	*spi = (uint32_t)v;
	if (wide || v > UINT32_MAX)
		ck_warn(c, loc, "an SPI has 32 bits: 0x%08x is taken, as setkey "
			"always did", *spi);
	return true;
}

bool ck_mark(struct ck *c, const struct setkey_arg *a, struct xmark *m)
{
	m->mask = 0;
	if (!ck_u32(c, a->host, &m->value))
		return false;
	if (!a->plen.at) {
		m->mask = UINT32_MAX;
		return true;
	}
	if (!ck_u32(c, a->plen, &m->mask))
		return false;
	if (m->value & ~m->mask) {
		ck_error(c, a->loc, "Invalid argument",
			 "bits of the mark 0x%x are outside its mask 0x%x: "
			 "it could never match", m->value, m->mask);
		return false;
	}
	return true;
}

bool ck_iface(struct ck *c, struct sloc loc, int32_t *ifindex)
{
	char name[CK_TEXT_MAX];
	unsigned int i = 0;

	if (ck_text(c, loc, name) && strlen(name) < IF_NAMESIZE)
		i = if_nametoindex(name);
	if (!i) {
		ck_error(c, loc, "No such device",
			 "this network interface does not exist");
		return false;
	}
	*ifindex = (int32_t)i;
	return true;
}

enum setkey_word_id ck_value(struct ck *c, struct sloc loc, const char *of)
{
	const struct setkey_word *w;
	struct wbuf list;
	unsigned int id;

	wbuf_init(&list, 512);
	for (id = SKW_V_ANY; id < SKW_COUNT; id++) {
		w = setkey_word(id);
		if (strcmp(w->args, of))
			continue;
		if (ck_is(c, loc, w->text)) {
			wbuf_free(&list);
			return w->id;
		}
		wbuf_printf(&list, "%s%s", list.len ? ", " : "", w->text);
	}
	ck_error(c, loc, "syntax error", "%s takes one of %s", of,
		 wbuf_str(&list) ? wbuf_str(&list) : "its words");
	wbuf_free(&list);
	return SKW_NONE;
}

/* The number that a word stands for, by a table. */
struct meaning {
	enum setkey_word_id id;
	uint8_t value;
};

static bool value_means(struct ck *c, struct sloc loc, const char *of,
			const struct meaning *m, uint8_t *value)
{
	enum setkey_word_id id = ck_value(c, loc, of);

	*value = 0;
	if (id == SKW_NONE)
		return false;
	while (m->id != id)
		m++;
	*value = m->value;
	return true;
}

bool ck_mode(struct ck *c, struct sloc loc, uint8_t *mode)
{
	static const struct meaning modes[] = {
		{ SKW_V_TRANSPORT, XFRM_MODE_TRANSPORT },
		{ SKW_V_ANY, XFRM_MODE_TRANSPORT },	/* as with PF_KEY */
		{ SKW_V_TUNNEL, XFRM_MODE_TUNNEL },
		{ SKW_V_BEET, XFRM_MODE_BEET },
		{ SKW_V_IPTFS, XU_MODE_IPTFS },
	};

	return value_means(c, loc, "-m", modes, mode);
}

bool ck_dir(struct ck *c, struct sloc loc, uint8_t *dir)
{
	static const struct meaning dirs[] = {
		{ SKW_V_IN, XFRM_POLICY_IN }, { SKW_V_OUT, XFRM_POLICY_OUT },
		{ SKW_V_FWD, XFRM_POLICY_FWD },
	};

	return value_means(c, loc, "-dir", dirs, dir);
}

bool ck_ptype(struct ck *c, struct sloc loc, uint8_t *ptype)
{
	static const struct meaning types[] = {
		{ SKW_V_MAIN, XFRM_POLICY_TYPE_MAIN },
		{ SKW_V_SUB, XFRM_POLICY_TYPE_SUB },
	};

	return value_means(c, loc, "-ptype", types, ptype);
}
