/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/wire/vendor.h"

#include <string.h>

static const struct {
	const char *text;
	const char *bytes;
	size_t len, cmp;
} vendors[VID_COUNT] = {
#define IKE_VENDOR(symbol, text, bytes, len, cmp) \
	[symbol] = { text, bytes, len, cmp },
#include "ike/wire/vendor.def"
#undef IKE_VENDOR
};

enum ike_vendor ike_vendor_find(struct cur body, struct cur *rest)
{
	*rest = cur_init(NULL, 0);
	for (int v = VID_UNKNOWN + 1; v < VID_COUNT; v++) {
		struct cur c = body;
		const uint8_t *p;

		if (cur_bytes(&c, vendors[v].cmp, &p) ||
		    memcmp(p, vendors[v].bytes, vendors[v].cmp))
			continue;
		/* The version bytes behind what is compared may be missing. */
		(void)cur_skip(&c, vendors[v].len - vendors[v].cmp);
		*rest = c;
		return (enum ike_vendor)v;
	}
	return VID_UNKNOWN;
}

struct cur ike_vendor_bytes(enum ike_vendor v)
{
	if (v <= VID_UNKNOWN || v >= VID_COUNT)
		return cur_init(NULL, 0);
	return cur_init(vendors[v].bytes, vendors[v].len);
}

const char *ike_vendor_text(enum ike_vendor v)
{
	return v > VID_UNKNOWN && v < VID_COUNT ? vendors[v].text : NULL;
}
