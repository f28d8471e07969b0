/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/wire/body.h"

#include <string.h>

#include "libxfrm/base/err.h"

/* All of body as the result, when its length lies within the limits. */
static int take_all(struct cur body, size_t min, size_t max, struct cur *out)
{
	*out = cur_init(NULL, 0);
	if (body.left < min || body.left > max)
		return XE_RANGE;
	*out = body;
	return 0;
}

/* A name: some bytes, none of them NUL or a control character. */
static int check_name(struct cur data)
{
	uint8_t ch;

	if (!data.left)
		return XE_RANGE;
	while (!cur_u8(&data, &ch))
		if (ch < 0x20 || ch == 0x7f)
			return XE_MALFORMED;
	return 0;
}

int ike_id_check(uint8_t type, struct cur data)
{
	size_t want;

	if (data.left > IKE_MAX_ID)
		return XE_RANGE;
	switch (type) {
	case ID_IPV4:
		want = 4;
		break;
	case ID_IPV4_SUBNET:
	case ID_IPV4_RANGE:
		want = 8;
		break;
	case ID_IPV6:
		want = 16;
		break;
	case ID_IPV6_SUBNET:
	case ID_IPV6_RANGE:
		want = 32;
		break;
	case ID_FQDN:
	case ID_USER_FQDN:
		return check_name(data);
	case ID_NULL:
		return 0;
	default: /* opaque here, and every number can come */
		return data.left ? 0 : XE_RANGE;
	}
	return data.left == want ? 0 : XE_RANGE;
}

/*
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |   ID type     | protocol (v1) |           port (v1)           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                      identification data                      ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
int ike_id_get(struct cur body, struct ike_idpld *out)
{
	struct ike_idpld id = { 0 };
	int rc;

	*out = id;
	if ((rc = cur_u8(&body, &id.type)) || (rc = cur_u8(&body, &id.proto)) ||
	    (rc = cur_u16(&body, &id.port)) ||
	    (rc = ike_id_check(id.type, body)))
		return rc;
	id.data = body;
	*out = id;
	return 0;
}

int ike_id2_get(struct cur body, struct ike_idpld *out)
{
	int rc = ike_id_get(body, out);

	/* What v1 has here is reserved in v2: ignored when received. */
	out->proto = 0;
	out->port = 0;
	return rc;
}

int ike_ke_get(struct cur body, struct ike_ke *out)
{
	*out = (struct ike_ke){ 0 };
	return take_all(body, 1, IKE_MAX_KE, &out->data);
}

/*
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Diffie-Hellman group (v2)    |           reserved            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                       key exchange data                       ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
int ike_ke2_get(struct cur body, struct ike_ke *out)
{
	struct ike_ke ke = { 0 };
	int rc;

	*out = ke;
	if ((rc = cur_u16(&body, &ke.group)) || (rc = cur_skip(&body, 2)) ||
	    (rc = take_all(body, 1, IKE_MAX_KE, &ke.data)))
		return rc;
	*out = ke;
	return 0;
}

int ike_nonce_get(struct cur body, struct cur *out)
{
	return take_all(body, IKE_NONCE_MIN, IKE_NONCE_MAX, out);
}

int ike_hash_get(struct cur body, struct cur *out)
{
	return take_all(body, 1, IKE_MAX_HASH, out);
}

int ike_sig_get(struct cur body, struct cur *out)
{
	return take_all(body, 1, IKE_MAX_SIG, out);
}

int ike_vid_get(struct cur body, struct cur *out)
{
	return take_all(body, 0, IKE_MAX_VID, out);
}

int ike_natd_get(struct cur body, struct cur *out)
{
	return take_all(body, 1, IKE_MAX_HASH, out);
}

/*
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |   ID type     |   reserved    |           reserved            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |            IPv4 (4 bytes) or IPv6 address (16 bytes)          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
int ike_natoa_get(struct cur body, struct ike_natoa *out)
{
	uint8_t type;
	int rc;

	*out = (struct ike_natoa){ 0 };
	if ((rc = cur_u8(&body, &type)) || (rc = cur_skip(&body, 3)))
		return rc;
	if (type != ID_IPV4 && type != ID_IPV6)
		return XE_MALFORMED;
	rc = ike_id_check(type, body);
	if (rc)
		return rc;
	out->type = type;
	out->addr = body;
	return 0;
}

/*
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |   encoding    |                                               |
 * +-+-+-+-+-+-+-+-+                                               +
 * ~               certificate data, certificate authority         ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
static int get_cert(struct cur body, size_t min, struct ike_certpld *out)
{
	uint8_t encoding;
	int rc;

	*out = (struct ike_certpld){ 0 };
	if ((rc = cur_u8(&body, &encoding)) ||
	    (rc = take_all(body, min, IKE_MAX_CERT, &out->data)))
		return rc;
	out->encoding = encoding;
	return 0;
}

int ike_cert_get(struct cur body, struct ike_certpld *out)
{
	return get_cert(body, 1, out);
}

int ike_cr_get(struct cur body, struct ike_certpld *out)
{
	return get_cert(body, 0, out);
}

/*
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  auth method  |                 reserved                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                      authentication data                      ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
int ike_auth2_get(struct cur body, struct ike_auth2 *out)
{
	uint8_t method;
	int rc;

	*out = (struct ike_auth2){ 0 };
	if ((rc = cur_u8(&body, &method)) || (rc = cur_skip(&body, 3)) ||
	    (rc = take_all(body, 1, IKE_MAX_SIG, &out->data)))
		return rc;
	out->method = method;
	return 0;
}

/* From the protocol on, notifications are the same in both versions. */
static int get_notify(struct cur *body, struct ike_notify *n)
{
	uint8_t spi_size;
	int rc;

	if ((rc = cur_u8(body, &n->proto)) || (rc = cur_u8(body, &spi_size)) ||
	    (rc = cur_u16(body, &n->type)))
		return rc;
	if (spi_size > IKE_MAX_SPI)
		return XE_RANGE;
	rc = cur_sub(body, spi_size, &n->spi);
	if (rc)
		return rc;
	n->data = *body;
	return 0;
}

/*
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                           DOI (v1)                            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  protocol ID  |   SPI size    |         message type          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~            SPI, as long as its size says                      ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                       notification data                       ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
int ike_notify_get(struct cur body, struct ike_notify *out)
{
	struct ike_notify n = { 0 };
	int rc;

	*out = n;
	if ((rc = cur_u32(&body, &n.doi)) || (rc = get_notify(&body, &n)))
		return rc;
	*out = n;
	return 0;
}

int ike_notify2_get(struct cur body, struct ike_notify *out)
{
	struct ike_notify n = { 0 };
	int rc;

	*out = n;
	rc = get_notify(&body, &n);
	if (rc)
		return rc;
	*out = n;
	return 0;
}

static bool delete_size_ok(uint8_t proto, uint8_t size, bool v1)
{
	switch (proto) {
	case IKE_PROTO_ISAKMP:
		return size == (v1 ? 16 : 0);
	case IKE_PROTO_AH:
	case IKE_PROTO_ESP:
		return size == 4;
	case IKE_PROTO_IPCOMP:
		return v1 && (size == 2 || size == 4);
	default: /* a number of the wire */
		return false;
	}
}

/* From the protocol on, deletes are the same in both versions. */
static int get_delete(struct cur *body, struct ike_delete *d, bool v1)
{
	int rc;

	if ((rc = cur_u8(body, &d->proto)) || (rc = cur_u8(body, &d->spi_size)) ||
	    (rc = cur_u16(body, &d->nspi)))
		return rc;
	if (!delete_size_ok(d->proto, d->spi_size, v1))
		return XE_MALFORMED;
	if (d->nspi > IKE_MAX_DELETE_SPIS)
		return XE_LIMIT;
	/* Deleting nothing makes sense only where there is no SPI to name. */
	if ((d->nspi == 0) != (d->spi_size == 0))
		return XE_MALFORMED;
	rc = cur_sub(body, (size_t)d->nspi * d->spi_size, &d->spis);
	return rc ? rc : cur_end(body);
}

/*
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                           DOI (v1)                            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  protocol ID  |   SPI size    |        number of SPIs         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                             SPIs                              ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
int ike_delete_get(struct cur body, struct ike_delete *out)
{
	struct ike_delete d = { 0 };
	int rc;

	*out = d;
	if ((rc = cur_u32(&body, &d.doi)) || (rc = get_delete(&body, &d, true)))
		return rc;
	*out = d;
	return 0;
}

int ike_delete2_get(struct cur body, struct ike_delete *out)
{
	struct ike_delete d = { 0 };
	int rc;

	*out = d;
	rc = get_delete(&body, &d, false);
	if (rc)
		return rc;
	*out = d;
	return 0;
}

int ike_delete_spi(const struct ike_delete *d, unsigned int i,
		   struct cur *spi)
{
	struct cur c = d->spis;
	int rc;

	*spi = cur_init(NULL, 0);
	if (i >= d->nspi)
		return XE_NOTFOUND;
	rc = cur_skip(&c, (size_t)i * d->spi_size);
	return rc ? rc : cur_sub(&c, d->spi_size, spi);
}

/*
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |A|       attribute type        |   AF=1: value, AF=0: length   |
 * |F|                             |                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~   value of that length, only when AF=0                        ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
int ike_attr_get(struct cur *c, struct ike_attr *out)
{
	struct cur t = *c;
	uint16_t type, len = 2;
	int rc;

	*out = (struct ike_attr){ 0 };
	if (!t.left)
		return XE_NOTFOUND;
	rc = cur_u16(&t, &type);
	if (rc)
		return rc;
	if (!(type & 0x8000) && (rc = cur_u16(&t, &len)))
		return rc;
	rc = cur_sub(&t, len, &out->data);
	if (rc)
		return rc;
	out->type = type & 0x7fff;
	out->tv = type & 0x8000;
	*c = t;
	return 0;
}

int ike_attr_num(const struct ike_attr *a, uint64_t *value)
{
	struct cur c = a->data;
	uint64_t v = 0;
	uint8_t b;

	*value = 0;
	if (c.left < 1 || c.left > 8)
		return XE_RANGE;
	while (!cur_u8(&c, &b))
		v = v << 8 | b;
	*value = v;
	return 0;
}

void ike_attr_put_tv(struct wbuf *w, uint16_t type, uint16_t value)
{
	wbuf_u16(w, type | 0x8000);
	wbuf_u16(w, value);
}

void ike_attr_put_num(struct wbuf *w, uint16_t type, uint32_t value)
{
	if (value <= 0xffff) {
		ike_attr_put_tv(w, type, (uint16_t)value);
		return;
	}
	wbuf_u16(w, type);
	wbuf_u16(w, 4);
	wbuf_u32(w, value);
}

void ike_attr_put_tlv(struct wbuf *w, uint16_t type, struct cur data)
{
	if (data.left > 0xffff) {
		w->err = w->err ? w->err : XE_RANGE;
		return;
	}
	wbuf_u16(w, type);
	wbuf_u16(w, (uint16_t)data.left);
	wbuf_put(w, data.p, data.left);
}
