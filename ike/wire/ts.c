/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/wire/ts.h"

#include <string.h>

#include "libxfrm/base/err.h"

static size_t addr_len(uint8_t type)
{
	switch (type) {
	case TS_IPV4_RANGE:
		return 4;
	case TS_IPV6_RANGE:
		return 16;
	default: /* a number of the wire */
		return 0;
	}
}

/*
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |   TS type     |  IP protocol  |        selector length        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           start port          |           end port            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~               starting address, then ending address           ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * *known is false for a type that we skip.
 */
static int get_one(struct cur *c, struct ike_ts *ts, bool *known)
{
	struct cur sub;
	uint16_t len;
	size_t alen;
	int rc;

	*ts = (struct ike_ts){ 0 };
	*known = false;
	if ((rc = cur_u8(c, &ts->type)) || (rc = cur_u8(c, &ts->proto)) ||
	    (rc = cur_u16(c, &len)))
		return rc;
	if (len < 8)
		return XE_MALFORMED;
	rc = cur_sub(c, len - 4, &sub);
	alen = addr_len(ts->type);
	if (rc || !alen)
		return rc;
	if ((rc = cur_u16(&sub, &ts->port_lo)) ||
	    (rc = cur_u16(&sub, &ts->port_hi)) ||
	    (rc = cur_copy(&sub, ts->lo, alen)) ||
	    (rc = cur_copy(&sub, ts->hi, alen)) || (rc = cur_end(&sub)))
		return rc;
	if (memcmp(ts->lo, ts->hi, alen) > 0)
		return XE_MALFORMED;
	/* 65535 to 0 says OPAQUE (RFC 7296 3.13.1). */
	if (ts->port_lo > ts->port_hi &&
	    !(ts->port_lo == 0xffff && ts->port_hi == 0))
		return XE_MALFORMED;
	*known = true;
	return 0;
}

/*
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  how many     |                  reserved                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                      traffic selectors                        ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
int ike_ts_get(struct cur body, struct arena *a, struct ike_ts_set **out)
{
	struct ike_ts_set *set;
	uint8_t n;
	int rc;

	*out = NULL;
	if ((rc = cur_u8(&body, &n)) || (rc = cur_skip(&body, 3)))
		return rc;
	if (!n)
		return XE_RANGE;
	if (n > IKE_MAX_TS)
		return XE_LIMIT;
	set = arena_alloc(a, sizeof(*set));
	if (!set)
		return XE_NOMEM;
	set->ts = arena_calloc(a, n, sizeof(*set->ts));
	if (!set->ts)
		return XE_NOMEM;
	for (unsigned int i = 0; i < n; i++) {
		bool known;

		rc = get_one(&body, &set->ts[set->n], &known);
		if (rc)
			return rc;
		set->n += known;
	}
	rc = cur_end(&body);
	if (!rc)
		*out = set;
	return rc;
}

void ike_ts_put(struct ike_build *b, uint8_t pld, const struct ike_ts_set *set)
{
	struct wbuf *w = b->w;

	ike_build_open(b, pld);
	if (!set->n || set->n > IKE_MAX_TS)
		w->err = w->err ? w->err : XE_RANGE;
	wbuf_u8(w, (uint8_t)set->n);
	wbuf_zero(w, 3);
	for (size_t i = 0; i < set->n; i++) {
		const struct ike_ts *ts = &set->ts[i];
		size_t alen = addr_len(ts->type);

		if (!alen)
			w->err = w->err ? w->err : XE_RANGE;
		wbuf_u8(w, ts->type);
		wbuf_u8(w, ts->proto);
		wbuf_u16(w, (uint16_t)(8 + 2 * alen));
		wbuf_u16(w, ts->port_lo);
		wbuf_u16(w, ts->port_hi);
		wbuf_put(w, ts->lo, alen);
		wbuf_put(w, ts->hi, alen);
	}
	ike_build_close(b);
}
