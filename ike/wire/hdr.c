/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/wire/hdr.h"

#include "libxfrm/base/err.h"

/*
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |            initiator cookie, IKE SA initiator's SPI           |
 * |                                                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |            responder cookie, IKE SA responder's SPI           |
 * |                                                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | next payload  | major | minor | exchange type |     flags     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                          message ID                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                            length                             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
int ike_hdr_get(struct cur *c, struct ike_hdr *h)
{
	struct cur t;
	uint8_t version;
	int rc;

	*h = (struct ike_hdr){ 0 };
	rc = cur_sub(c, IKE_HDR_LEN, &t);
	if (rc)
		return rc;
	if ((rc = cur_u64(&t, &h->spi_i)) || (rc = cur_u64(&t, &h->spi_r)) ||
	    (rc = cur_u8(&t, &h->next)) || (rc = cur_u8(&t, &version)) ||
	    (rc = cur_u8(&t, &h->xchg)) || (rc = cur_u8(&t, &h->flags)) ||
	    (rc = cur_u32(&t, &h->msgid)) || (rc = cur_u32(&t, &h->len)))
		return rc;
	h->major = version >> 4;
	h->minor = version & 15;
	return 0;
}

int ike_hdr_parse(struct cur msg, struct ike_hdr *h, struct cur *body)
{
	size_t len = msg.left;
	int rc;

	*body = cur_init(NULL, 0);
	rc = ike_hdr_get(&msg, h);
	if (rc)
		return rc;
	if (h->len < IKE_HDR_LEN)
		return XE_MALFORMED;
	if (h->len > IKE_MAX_MSG)
		return XE_LIMIT;
	if (h->len > len)
		return XE_TRUNC;
	if (h->len < len && h->major != 1)
		return XE_TRAILING;
	return cur_sub(&msg, h->len - IKE_HDR_LEN, body);
}

void ike_hdr_put(struct wbuf *w, const struct ike_hdr *h)
{
	wbuf_u64(w, h->spi_i);
	wbuf_u64(w, h->spi_r);
	wbuf_u8(w, h->next);
	wbuf_u8(w, (uint8_t)(h->major << 4 | (h->minor & 15)));
	wbuf_u8(w, h->xchg);
	wbuf_u8(w, h->flags);
	wbuf_u32(w, h->msgid);
	wbuf_u32(w, h->len);
}
