/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/wire/sa_v2.h"

#include "ike/wire/body.h"
#include "libxfrm/base/err.h"

#define TRANSFORM_MIN 8
#define V2_ATTR_KEY_LENGTH 14

static int get_attrs(struct cur c, struct ike_transform *t)
{
	struct ike_attr attr;
	unsigned int n = 0;
	uint64_t v;
	int rc;

	t->attrs = c;
	while (!(rc = ike_attr_get(&c, &attr))) {
		if (++n > IKE_MAX_ATTRS)
			return XE_LIMIT;
		t->bad_attr = t->flags ? t->bad_attr : attr.type;
		if (attr.type != V2_ATTR_KEY_LENGTH)
			t->flags |= IKE_TF_UNKNOWN;
		else if (t->keylen)
			t->flags |= IKE_TF_REPEATED;
		else if (!attr.tv || ike_attr_num(&attr, &v) || !v)
			t->flags |= IKE_TF_BADVALUE;
		else
			t->keylen = (uint16_t)v;
	}
	if (!t->flags)
		t->bad_attr = 0;
	return rc == XE_NOTFOUND ? 0 : rc;
}

/*
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  last: 0, 3   |   reserved    |        transform length       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     type      |   reserved    |          transform ID         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                          attributes                           ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
static int get_transform(struct cur *c, bool last, struct ike_transform *t)
{
	struct cur sub;
	uint16_t len;
	uint8_t more;
	int rc;

	if ((rc = cur_u8(c, &more)) || (rc = cur_skip(c, 1)) ||
	    (rc = cur_u16(c, &len)))
		return rc;
	if (more != (last ? 0 : PLD_TRANSFORM) || len < TRANSFORM_MIN)
		return XE_MALFORMED;
	if ((rc = cur_sub(c, len - 4, &sub)) || (rc = cur_u8(&sub, &t->type)) ||
	    (rc = cur_skip(&sub, 1)) || (rc = cur_u16(&sub, &t->id)))
		return rc;
	return get_attrs(sub, t);
}

/*
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  last: 0, 2   |   reserved    |        proposal length        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    number     |  protocol ID  |   SPI size    | transforms    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~               SPI, then the transform structures              ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
static int get_proposal(struct cur *c, struct arena *a, struct ike_proposal *p,
			uint8_t *more)
{
	uint8_t spi_size, n;
	struct cur sub;
	uint16_t len;
	int rc;

	*p = (struct ike_proposal){ 0 };
	if ((rc = cur_u8(c, more)) || (rc = cur_skip(c, 1)) ||
	    (rc = cur_u16(c, &len)))
		return rc;
	if (len < 8)
		return XE_MALFORMED;
	if ((rc = cur_sub(c, len - 4, &sub)) || (rc = cur_u8(&sub, &p->num)) ||
	    (rc = cur_u8(&sub, &p->proto)) || (rc = cur_u8(&sub, &spi_size)) ||
	    (rc = cur_u8(&sub, &n)))
		return rc;
	if (!n || spi_size > IKE_MAX_SPI)
		return XE_MALFORMED;
	rc = cur_sub(&sub, spi_size, &p->spi);
	if (rc)
		return rc;
	if (sub.left < (size_t)n * TRANSFORM_MIN) /* before memory is spent */
		return XE_TRUNC;
	p->t = arena_calloc(a, n, sizeof(*p->t));
	if (!p->t)
		return XE_NOMEM;
	for (; p->n < n; p->n++) {
		rc = get_transform(&sub, p->n + 1u == n, &p->t[p->n]);
		if (rc)
			return rc;
	}
	return cur_end(&sub);
}

int ike_sa_v2_get(struct cur body, struct arena *a,
		  struct ike_proposal_set **out)
{
	struct ike_proposal p[IKE_MAX_PROPOSALS];
	struct ike_proposal_set *set;
	uint8_t more = PLD_PROPOSAL;
	size_t all = 0;
	int rc;

	*out = NULL;
	set = arena_alloc(a, sizeof(*set));
	if (!set)
		return XE_NOMEM;
	set->body = body;
	while (more == PLD_PROPOSAL) {
		if (set->n == IKE_MAX_PROPOSALS)
			return XE_LIMIT;
		rc = get_proposal(&body, a, &p[set->n], &more);
		if (rc)
			return rc;
		all += p[set->n++].n;
		if (all > IKE_MAX_ALL_TRANSFORMS)
			return XE_LIMIT;
	}
	if (more)
		return XE_MALFORMED;
	rc = cur_end(&body);
	if (rc)
		return rc;
	/* An answer has one, with the number it had in the offer. */
	for (size_t i = 1; i < set->n; i++)
		if (p[i].num != p[i - 1].num + 1)
			return XE_MALFORMED;
	if (!p[0].num || (set->n > 1 && p[0].num != 1))
		return XE_MALFORMED;
	set->p = arena_memdup(a, p, set->n * sizeof(*p));
	if (!set->p)
		return XE_NOMEM;
	*out = set;
	return 0;
}

static void put_len(struct wbuf *w, size_t at)
{
	if (w->len - at > 0xffff)
		w->err = w->err ? w->err : XE_RANGE;
	wbuf_set_u16(w, at + 2, (uint16_t)(w->len - at));
}

static void put_transform(struct wbuf *w, bool last,
			  const struct ike_transform *t)
{
	size_t at = w->len;

	wbuf_u8(w, last ? 0 : PLD_TRANSFORM);
	wbuf_u8(w, 0);
	wbuf_u16(w, 0);
	wbuf_u8(w, t->type);
	wbuf_u8(w, 0);
	wbuf_u16(w, t->id);
	if (t->keylen)
		ike_attr_put_tv(w, V2_ATTR_KEY_LENGTH, t->keylen);
	put_len(w, at);
}

void ike_sa_v2_put(struct ike_build *b, const struct ike_proposal_set *set)
{
	struct wbuf *w = b->w;

	ike_build_open(b, PLD2_SA);
	for (size_t i = 0; i < set->n; i++) {
		const struct ike_proposal *p = &set->p[i];
		size_t at = w->len;

		if (p->spi.left > IKE_MAX_SPI || p->n > IKE_MAX_TRANSFORMS)
			w->err = w->err ? w->err : XE_RANGE;
		wbuf_u8(w, i + 1 == set->n ? 0 : PLD_PROPOSAL);
		wbuf_u8(w, 0);
		wbuf_u16(w, 0);
		wbuf_u8(w, p->num);
		wbuf_u8(w, p->proto);
		wbuf_u8(w, (uint8_t)p->spi.left);
		wbuf_u8(w, (uint8_t)p->n);
		wbuf_put(w, p->spi.p, p->spi.left);
		for (size_t k = 0; k < p->n; k++)
			put_transform(w, k + 1 == p->n, &p->t[k]);
		put_len(w, at);
	}
	ike_build_close(b);
}
