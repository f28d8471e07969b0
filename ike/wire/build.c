/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/wire/build.h"

#include "libxfrm/base/err.h"

#define HDR_NEXT 16	/* offsets within the header */
#define HDR_FLAGS 19
#define HDR_LEN 24

static void fail(struct ike_build *b, int err)
{
	if (!b->w->err)
		b->w->err = err;
}

void ike_build_start(struct ike_build *b, struct wbuf *w,
		     const struct ike_hdr *h)
{
	struct ike_hdr hdr = *h;

	*b = (struct ike_build){ .w = w, .start = w->len, .flags = h->flags };
	b->next_at = b->start + HDR_NEXT;
	hdr.next = PLD_NONE;
	hdr.len = 0;
	ike_hdr_put(w, &hdr);
}

void ike_build_open(struct ike_build *b, uint8_t type)
{
	if (b->pld_at)
		fail(b, XE_STATE);
	wbuf_set_u8(b->w, b->next_at, type);
	b->pld_at = b->next_at = b->w->len;
	wbuf_u8(b->w, PLD_NONE);
	wbuf_u8(b->w, 0);
	wbuf_u16(b->w, 0);
}

void ike_build_close(struct ike_build *b)
{
	size_t len = b->w->len - b->pld_at;

	if (!b->pld_at)
		fail(b, XE_STATE);
	else if (len > 0xffff)
		fail(b, XE_RANGE);
	else
		wbuf_set_u16(b->w, b->pld_at + 2, (uint16_t)len);
	b->pld_at = 0;
}

void ike_build_raw(struct ike_build *b, uint8_t type, struct cur body)
{
	ike_build_open(b, type);
	wbuf_put(b->w, body.p, body.left);
	ike_build_close(b);
}

size_t ike_build_hole(struct ike_build *b, uint8_t type, size_t len)
{
	size_t at;

	ike_build_open(b, type);
	at = b->w->len;
	wbuf_zero(b->w, len);
	ike_build_close(b);
	return at;
}

void ike_build_id(struct ike_build *b, const struct ike_idpld *id)
{
	ike_build_open(b, PLD_ID);
	wbuf_u8(b->w, id->type);
	wbuf_u8(b->w, id->proto);
	wbuf_u16(b->w, id->port);
	wbuf_put(b->w, id->data.p, id->data.left);
	ike_build_close(b);
}

void ike_build_cert(struct ike_build *b, uint8_t type, uint8_t encoding,
		    struct cur data)
{
	ike_build_open(b, type);
	wbuf_u8(b->w, encoding);
	wbuf_put(b->w, data.p, data.left);
	ike_build_close(b);
}

static void put_notify(struct ike_build *b, const struct ike_notify *n)
{
	if (n->spi.left > IKE_MAX_SPI)
		fail(b, XE_RANGE);
	wbuf_u8(b->w, n->proto);
	wbuf_u8(b->w, (uint8_t)n->spi.left);
	wbuf_u16(b->w, n->type);
	wbuf_put(b->w, n->spi.p, n->spi.left);
	wbuf_put(b->w, n->data.p, n->data.left);
}

void ike_build_notify(struct ike_build *b, const struct ike_notify *n)
{
	ike_build_open(b, PLD_NOTIFY);
	wbuf_u32(b->w, n->doi);
	put_notify(b, n);
	ike_build_close(b);
}

void ike_build_notify2(struct ike_build *b, const struct ike_notify *n)
{
	ike_build_open(b, PLD2_NOTIFY);
	put_notify(b, n);
	ike_build_close(b);
}

static void put_delete(struct ike_build *b, const struct ike_delete *d)
{
	if (d->spis.left != (size_t)d->nspi * d->spi_size)
		fail(b, XE_RANGE);
	wbuf_u8(b->w, d->proto);
	wbuf_u8(b->w, d->spi_size);
	wbuf_u16(b->w, d->nspi);
	wbuf_put(b->w, d->spis.p, d->spis.left);
}

void ike_build_delete(struct ike_build *b, const struct ike_delete *d)
{
	ike_build_open(b, PLD_DELETE);
	wbuf_u32(b->w, d->doi);
	put_delete(b, d);
	ike_build_close(b);
}

void ike_build_delete2(struct ike_build *b, const struct ike_delete *d)
{
	ike_build_open(b, PLD2_DELETE);
	put_delete(b, d);
	ike_build_close(b);
}

void ike_build_natoa(struct ike_build *b, uint8_t type, struct cur addr,
		     bool draft)
{
	ike_build_open(b, draft ? PLD_NATOA_DRAFT : PLD_NATOA);
	wbuf_u8(b->w, type);
	wbuf_zero(b->w, 3);
	wbuf_put(b->w, addr.p, addr.left);
	ike_build_close(b);
}

void ike_build_id2(struct ike_build *b, uint8_t type,
		   const struct ike_idpld *id)
{
	ike_build_open(b, type);
	wbuf_u8(b->w, id->type);
	wbuf_zero(b->w, 3);
	wbuf_put(b->w, id->data.p, id->data.left);
	ike_build_close(b);
}

void ike_build_ke2(struct ike_build *b, const struct ike_ke *ke)
{
	ike_build_open(b, PLD2_KE);
	wbuf_u16(b->w, ke->group);
	wbuf_u16(b->w, 0);
	wbuf_put(b->w, ke->data.p, ke->data.left);
	ike_build_close(b);
}

void ike_build_auth2(struct ike_build *b, const struct ike_auth2 *auth)
{
	ike_build_open(b, PLD2_AUTH);
	wbuf_u8(b->w, auth->method);
	wbuf_zero(b->w, 3);
	wbuf_put(b->w, auth->data.p, auth->data.left);
	ike_build_close(b);
}

struct cur ike_build_from(const struct ike_build *b, size_t at)
{
	struct cur c = wbuf_cur(b->w);

	if (cur_skip(&c, at))
		return cur_init(NULL, 0);
	return c;
}

int ike_build_finish(struct ike_build *b)
{
	size_t len = b->w->len - b->start;

	if (b->pld_at)
		fail(b, XE_STATE);
	if (len > IKE_MAX_MSG)
		fail(b, XE_NOSPACE);
	wbuf_set_u32(b->w, b->start + HDR_LEN, (uint32_t)len);
	return b->w->err;
}

static int fill_random(const struct ike_seal *s, void *p, size_t len)
{
	return s->random ? s->random(s->arg, p, len) : XE_INVAL;
}

/* How many bytes of padding body bytes get: 1 to 255, filling up blocks. */
static int pad_len(const struct ike_seal *s, size_t body, size_t *len)
{
	const struct ike_pad *p = &s->padding;
	size_t n = s->block - body % s->block;
	uint8_t rnd;
	int rc;

	*len = n;
	if (!p->randomize_length)
		return 0;
	rc = fill_random(s, &rnd, 1);
	if (rc)
		return rc;
	n += s->block * (rnd % (p->maximum_length / s->block + 1));
	while (n > 255)
		n -= s->block;
	*len = n;
	return 0;
}

static int pad(struct ike_build *b, const struct ike_seal *s)
{
	const struct ike_pad *p = &s->padding;
	uint8_t *tail;
	size_t n;
	int rc;

	rc = pad_len(s, b->w->len - b->start - IKE_HDR_LEN, &n);
	if (rc)
		return rc;
	wbuf_zero(b->w, n);
	tail = wbuf_at(b->w, b->w->len - n, n);
	if (!tail)
		return b->w->err;
	if (p->randomize && (rc = fill_random(s, tail, n)))
		return rc;
	wbuf_set_u8(b->w, b->w->len - 1,
		    (uint8_t)(p->exclusive_tail ? n - 1 : n));
	return b->w->err;
}

int ike_build_seal(struct ike_build *b, const struct ike_seal *s)
{
	size_t at = b->start + IKE_HDR_LEN;
	uint8_t *p;
	int rc;

	if (b->w->err)
		return b->w->err;
	if (!s->block || s->block > 128 || b->pld_at)
		fail(b, XE_INVAL);
	else if ((rc = pad(b, s)))
		fail(b, rc);
	wbuf_set_u8(b->w, b->start + HDR_FLAGS, b->flags | IKE_FLAG_ENC);
	rc = ike_build_finish(b);
	if (rc)
		return rc;
	p = wbuf_at(b->w, at, b->w->len - at);
	rc = p ? s->seal(s->arg, p, b->w->len - at) : XE_RANGE;
	if (rc)
		fail(b, rc);
	return rc;
}
