/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <string.h>
#include "libxfrm/addr.h"
#include "setkey/jwriter.h"

void jw_init(struct jw *j, struct out *o)
{
	*j = (struct jw){ .o = o };
}

/* Length of the valid UTF-8 sequence at s (left bytes), 0: none (RFC 3629). */
static size_t utf8_len(const uint8_t *s, size_t left)
{
	size_t n, i;
	uint8_t low = 0x80, high = 0xbf;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (left < n)
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (i = 2; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static void put_string(struct out *o, const char *text, size_t len)
{
	const uint8_t *s = (const uint8_t *)text;
	size_t i, n;

	out_char(o, '"');
	for (i = 0; i < len; i += n) {
		n = utf8_len(&s[i], len - i);
		if (!n) {
			n = 1;
			out_lit(o, "\\ufffd");
		} else if (s[i] == '"' || s[i] == '\\') {
			out_char(o, '\\');
			out_char(o, text[i]);
		} else if (s[i] < 0x20 || s[i] == 0x7f) {
			out_printf(o, "\\u%04x", s[i]);
		} else {
			out_mem(o, &text[i], n);
		}
	}
	out_char(o, '"');
}

static void member(struct jw *j, const char *name)
{
	if (j->more)
		out_char(j->o, ',');
	if (j->broken)
		out_char(j->o, '\n');
	j->broken = false;
	j->more = true;
	if (name) {
		out_char(j->o, '"');
		out_str(j->o, name);
		out_lit(j->o, "\":");
	}
}

void jw_obj(struct jw *j, const char *name)
{
	member(j, name);
	out_char(j->o, '{');
	j->more = false;
}

void jw_obj_end(struct jw *j)
{
	out_char(j->o, '}');
	j->more = true;
}

void jw_arr(struct jw *j, const char *name)
{
	member(j, name);
	out_char(j->o, '[');
	j->more = false;
}

void jw_arr_end(struct jw *j)
{
	out_char(j->o, ']');
	j->more = true;
}

void jw_line(struct jw *j)
{
	out_char(j->o, '\n');
}

void jw_break(struct jw *j)
{
	j->broken = true;
}

void jw_strn(struct jw *j, const char *name, const char *s, size_t len)
{
	member(j, name);
	put_string(j->o, s, len);
}

void jw_str(struct jw *j, const char *name, const char *s)
{
	if (s) {
		jw_strn(j, name, s, strlen(s));
		return;
	}
	member(j, name);
	out_lit(j->o, "null");
}

void jw_u64(struct jw *j, const char *name, uint64_t v)
{
	member(j, name);
	out_u64(j->o, v > INT64_MAX ? INT64_MAX : v);
}

void jw_int(struct jw *j, const char *name, int64_t v)
{
	member(j, name);
	if (v < 0)
		out_char(j->o, '-');
	out_u64(j->o, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void jw_bool(struct jw *j, const char *name, bool v)
{
	member(j, name);
	if (v)
		out_lit(j->o, "true");
	else
		out_lit(j->o, "false");
}

void jw_hex(struct jw *j, const char *name, const uint8_t *p, size_t len)
{
	member(j, name);
	out_char(j->o, '"');
	out_hexstr(j->o, p, len);
	out_char(j->o, '"');
}

void jw_addr(struct jw *j, const char *name, const struct xaddr *a)
{
	member(j, name);
	if (!a->family) {
		out_lit(j->o, "null");
		return;
	}
	out_char(j->o, '"');
	out_addr(j->o, a->family, a->b);
	out_char(j->o, '"');
}
