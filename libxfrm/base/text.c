/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/base/text.h"

#include <stdint.h>
#include <string.h>

/* Takes one character: 0, or a negative error when it is none to be shown. */
static int text_char(struct cur *c)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	unsigned int more;
	uint32_t v;
	uint8_t b;

	if (cur_u8(c, &b))
		return -1;
	if (b < 0x80)
		return b < 0x20 || b == 0x7f ? -1 : 0;
	more = b >= 0xf8 ? 0 : b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : b >= 0xc0;
	if (!more)
		return -1;
	v = b & (0x3fu >> more);
	for (unsigned int i = 0; i < more; i++) {
		if (cur_u8(c, &b) || (b & 0xc0) != 0x80)
			return -1;
		v = v << 6 | (b & 0x3f);
	}
	/* Not longer than need be, no surrogate, no control character */
	return v < least[more] || v > 0x10ffff || v >> 11 == 0x1b || v < 0xa0
		       ? -1
		       : 0;
}

bool text_is_clean(struct cur text)
{
	while (text.left)
		if (text_char(&text))
			return false;
	return true;
}

void text_clean(char *s)
{
	size_t len = strlen(s), i = 0;

	while (i < len) {
		struct cur c;

		if (s[i] >= 0x20 && s[i] < 0x7f) {	/* nearly all are */
			i++;
			continue;
		}
		c = cur_init(s + i, len - i);
		if (text_char(&c))
			s[i++] = '?';
		else
			i = len - c.left;
	}
}
