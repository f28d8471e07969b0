/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/wire/sa_v1.h"

#include <string.h>

#include "ike/wire/body.h"
#include "libxfrm/base/err.h"

#define TRANSFORM_MIN 8	/* bytes of a transform without attributes */

static void flag(struct ike_transform *t, uint8_t flags, uint16_t attr)
{
	if (!t->flags)
		t->bad_attr = attr;
	t->flags |= flags;
}

/* An attribute that is a number of 16 bits and may stand once. */
static void set_u16(struct ike_transform *t, uint16_t *field, uint16_t attr,
		    uint64_t value)
{
	if (*field)
		flag(t, IKE_TF_REPEATED, attr);
	else if (!value || value > 0xffff)
		flag(t, IKE_TF_BADVALUE, attr);
	else
		*field = (uint16_t)value;
}

/* Durations belong to the life type before them (RFC 2407 4.5). */
static void set_life(struct ike_transform *t, uint16_t attr,
		     uint64_t life_type, uint64_t value)
{
	bool *has;

	if (life_type == LIFE_SECONDS) {
		has = &t->has_seconds;
		t->seconds = *has ? t->seconds : value;
	} else if (life_type == LIFE_KILOBYTES) {
		has = &t->has_kbytes;
		t->kbytes = *has ? t->kbytes : value;
	} else {
		flag(t, life_type ? IKE_TF_UNKNOWN : IKE_TF_BADVALUE, attr);
		return;
	}
	if (*has)
		flag(t, IKE_TF_REPEATED, attr);
	*has = true;
}

static void set_phase1(struct ike_transform *t, uint16_t type, uint64_t v,
		       uint64_t *life)
{
	switch (type) {
	case P1A_ENC:
		set_u16(t, &t->enc, type, v);
		break;
	case P1A_HASH:
		set_u16(t, &t->hash, type, v);
		break;
	case P1A_AUTH:
		set_u16(t, &t->auth, type, v);
		break;
	case P1A_GROUP:
		set_u16(t, &t->group, type, v);
		break;
	case P1A_KEY_LENGTH:
		set_u16(t, &t->keylen, type, v);
		break;
	case P1A_LIFE_TYPE:
		*life = v;
		break;
	case P1A_LIFE_DURATION:
		set_life(t, type, *life, v);
		*life = 0;
		break;
	case P1A_PRF: /* no value was ever assigned */
		set_u16(t, &t->prf, type, v);
		flag(t, IKE_TF_UNKNOWN, type);
		break;
	default: /* group by parameters, and what we do not know */
		flag(t, IKE_TF_UNKNOWN, type);
	}
}

static void set_phase2(struct ike_transform *t, uint16_t type, uint64_t v,
		       uint64_t *life)
{
	switch (type) {
	case P2A_LIFE_TYPE:
		*life = v;
		break;
	case P2A_LIFE_DURATION:
		set_life(t, type, *life, v);
		*life = 0;
		break;
	case P2A_GROUP:
		set_u16(t, &t->group, type, v);
		break;
	case P2A_ENCAP:
		set_u16(t, &t->encap, type, v);
		break;
	case P2A_AUTH:
		set_u16(t, &t->auth, type, v);
		break;
	case P2A_KEY_LENGTH:
		set_u16(t, &t->keylen, type, v);
		break;
	case P2A_ESN:
		set_u16(t, &t->esn, type, v);
		break;
	default: /* what we cannot do, and what we do not know */
		flag(t, IKE_TF_UNKNOWN, type);
	}
}

static int get_attrs(struct cur c, int phase, struct ike_transform *t)
{
	uint64_t life = 0, v;
	struct ike_attr attr;
	unsigned int n = 0;
	int rc;

	t->attrs = c;
	while (!(rc = ike_attr_get(&c, &attr))) {
		if (++n > IKE_MAX_ATTRS)
			return XE_LIMIT;
		/* A GSS name is longer; its transform says what it is. */
		if (phase == 1 && attr.type == P1A_GSS_ID)
			continue;
		if (ike_attr_num(&attr, &v))
			flag(t, IKE_TF_BADVALUE, attr.type);
		else if (phase == 1)
			set_phase1(t, attr.type, v, &life);
		else
			set_phase2(t, attr.type, v, &life);
	}
	return rc == XE_NOTFOUND ? 0 : rc;
}

/*
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  next: 0, 3   |   reserved    |        transform length       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    number     |  transform ID |           reserved            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                          attributes                           ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
static int get_transform(struct cur *c, int phase, bool last,
			 struct ike_transform *t)
{
	uint8_t next, id;
	uint16_t len;
	struct cur sub;
	int rc;

	if ((rc = cur_u8(c, &next)) || (rc = cur_skip(c, 1)) ||
	    (rc = cur_u16(c, &len)))
		return rc;
	if (next != (last ? PLD_NONE : PLD_TRANSFORM) || len < TRANSFORM_MIN)
		return XE_MALFORMED;
	if ((rc = cur_sub(c, len - 4, &sub)) || (rc = cur_u8(&sub, &t->num)) ||
	    (rc = cur_u8(&sub, &id)) || (rc = cur_skip(&sub, 2)))
		return rc;
	t->id = id;
	return get_attrs(sub, phase, t);
}

static bool spi_size_ok(uint8_t proto, uint8_t size, int phase)
{
	if (phase == 1)
		return proto == IKE_PROTO_ISAKMP && size <= IKE_MAX_SPI;
	switch (proto) {
	case IKE_PROTO_AH:
	case IKE_PROTO_ESP:
		return size == 4;
	case IKE_PROTO_IPCOMP:
		return size == 2 || size == 4;
	default: /* can be refused, but not chosen */
		return proto != IKE_PROTO_ISAKMP && size <= IKE_MAX_SPI;
	}
}

/*
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  next: 0, 2   |   reserved    |        proposal length        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    number     |  protocol ID  |   SPI size    | transforms    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~              SPI, then the transform payloads                 ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
static int get_proposal(struct cur *c, int phase, struct arena *a,
			struct ike_proposal *p, uint8_t *next)
{
	uint8_t spi_size, n;
	uint16_t len;
	struct cur sub;
	int rc;

	*p = (struct ike_proposal){ 0 };
	if ((rc = cur_u8(c, next)) || (rc = cur_skip(c, 1)) ||
	    (rc = cur_u16(c, &len)))
		return rc;
	if (len < 8)
		return XE_MALFORMED;
	if ((rc = cur_sub(c, len - 4, &sub)) || (rc = cur_u8(&sub, &p->num)) ||
	    (rc = cur_u8(&sub, &p->proto)) || (rc = cur_u8(&sub, &spi_size)) ||
	    (rc = cur_u8(&sub, &n)))
		return rc;
	if (!n || !spi_size_ok(p->proto, spi_size, phase))
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
		rc = get_transform(&sub, phase, p->n + 1u == n, &p->t[p->n]);
		if (rc)
			return rc;
	}
	return cur_end(&sub);
}

/* Suites are neighbours; in phase 1 every proposal is one of its own. */
static int check_numbers(const struct ike_proposal *p, size_t n, int phase)
{
	size_t run = 1;

	for (size_t i = 1; i < n; i++) {
		run = p[i].num == p[i - 1].num ? run + 1 : 1;
		if (run > (phase == 1 ? 1 : IKE_MAX_SUITE))
			return XE_MALFORMED;
		for (size_t k = 0; run == 1 && k + 1 < i; k++)
			if (p[k].num == p[i].num)
				return XE_MALFORMED;
	}
	return 0;
}

static int get_proposals(struct cur *c, int phase, struct arena *a,
			 struct ike_proposal_set *set)
{
	struct ike_proposal p[IKE_MAX_PROPOSALS];
	uint8_t next = PLD_PROPOSAL;
	size_t all = 0;
	int rc;

	while (next == PLD_PROPOSAL) {
		if (set->n == IKE_MAX_PROPOSALS)
			return XE_LIMIT;
		rc = get_proposal(c, phase, a, &p[set->n], &next);
		if (rc)
			return rc;
		all += p[set->n++].n;
		if (all > IKE_MAX_ALL_TRANSFORMS)
			return XE_LIMIT;
	}
	if (next != PLD_NONE)
		return XE_MALFORMED;
	if ((rc = cur_end(c)) || (rc = check_numbers(p, set->n, phase)))
		return rc;
	set->p = arena_memdup(a, p, set->n * sizeof(*p));
	return set->p ? 0 : XE_NOMEM;
}

/*
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                              DOI                              |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                           situation                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                       proposal payloads                       ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
int ike_sa_v1_get(struct cur body, int phase, struct arena *a,
		  struct ike_proposal_set **out)
{
	struct ike_proposal_set *set;
	int rc;

	*out = NULL;
	set = arena_alloc(a, sizeof(*set));
	if (!set)
		return XE_NOMEM;
	set->body = body;
	rc = cur_u32(&body, &set->doi);
	if (rc)
		return rc;
	/* What follows depends on the DOI, then on the situation. */
	if (set->doi == IKE_DOI_IPSEC) {
		rc = cur_u32(&body, &set->situation);
		if (rc)
			return rc;
	}
	if (set->doi != IKE_DOI_IPSEC ||
	    set->situation != IKE_SIT_IDENTITY_ONLY) {
		*out = set;
		return XE_UNSUPPORTED;
	}
	rc = get_proposals(&body, phase, a, set);
	if (!rc)
		*out = set;
	return rc;
}

static void put_life(struct wbuf *w, uint16_t type_attr, uint16_t attr,
		     const struct ike_transform *t)
{
	if (t->has_seconds) {
		ike_attr_put_tv(w, type_attr, LIFE_SECONDS);
		ike_attr_put_num(w, attr, t->seconds > UINT32_MAX ? UINT32_MAX :
				 (uint32_t)t->seconds);
	}
	if (t->has_kbytes) {
		ike_attr_put_tv(w, type_attr, LIFE_KILOBYTES);
		ike_attr_put_num(w, attr, t->kbytes > UINT32_MAX ? UINT32_MAX :
				 (uint32_t)t->kbytes);
	}
}

/* Attributes that are 0 were not set. */
static void put_u16(struct wbuf *w, uint16_t attr, uint16_t value)
{
	if (value)
		ike_attr_put_tv(w, attr, value);
}

static void put_attrs(struct wbuf *w, int phase, const struct ike_transform *t)
{
	if (t->attrs.left) {
		wbuf_put(w, t->attrs.p, t->attrs.left);
	} else if (phase == 1) {
		put_life(w, P1A_LIFE_TYPE, P1A_LIFE_DURATION, t);
		put_u16(w, P1A_ENC, t->enc);
		put_u16(w, P1A_KEY_LENGTH, t->keylen);
		put_u16(w, P1A_AUTH, t->auth);
		put_u16(w, P1A_HASH, t->hash);
		put_u16(w, P1A_GROUP, t->group);
		put_u16(w, P1A_PRF, t->prf);
	} else {
		put_life(w, P2A_LIFE_TYPE, P2A_LIFE_DURATION, t);
		put_u16(w, P2A_ENCAP, t->encap);
		put_u16(w, P2A_KEY_LENGTH, t->keylen);
		put_u16(w, P2A_AUTH, t->auth);
		put_u16(w, P2A_GROUP, t->group);
		put_u16(w, P2A_ESN, t->esn);
	}
}

static void put_len(struct wbuf *w, size_t at)
{
	if (w->len - at > 0xffff)
		w->err = w->err ? w->err : XE_RANGE;
	wbuf_set_u16(w, at + 2, (uint16_t)(w->len - at));
}

static void put_transform(struct wbuf *w, int phase, bool last,
			  const struct ike_transform *t)
{
	size_t at = w->len;

	wbuf_u8(w, last ? PLD_NONE : PLD_TRANSFORM);
	wbuf_u8(w, 0);
	wbuf_u16(w, 0);
	wbuf_u8(w, t->num);
	wbuf_u8(w, (uint8_t)t->id);
	wbuf_u16(w, 0);
	put_attrs(w, phase, t);
	put_len(w, at);
}

/* A proposal with n of its transforms, and with this SPI */
static void put_proposal(struct wbuf *w, int phase, bool last,
			 const struct ike_proposal *p, struct cur spi,
			 const struct ike_transform *t, size_t n)
{
	size_t at = w->len;

	if (spi.left > IKE_MAX_SPI || n > IKE_MAX_TRANSFORMS || !n)
		w->err = w->err ? w->err : XE_RANGE;
	wbuf_u8(w, last ? PLD_NONE : PLD_PROPOSAL);
	wbuf_u8(w, 0);
	wbuf_u16(w, 0);
	wbuf_u8(w, p->num);
	wbuf_u8(w, p->proto);
	wbuf_u8(w, (uint8_t)spi.left);
	wbuf_u8(w, (uint8_t)n);
	wbuf_put(w, spi.p, spi.left);
	for (size_t i = 0; i < n; i++)
		put_transform(w, phase, i + 1 == n, &t[i]);
	put_len(w, at);
}

static void open_sa(struct ike_build *b)
{
	ike_build_open(b, PLD_SA);
	wbuf_u32(b->w, IKE_DOI_IPSEC);
	wbuf_u32(b->w, IKE_SIT_IDENTITY_ONLY);
}

void ike_sa_v1_put(struct ike_build *b, int phase,
		   const struct ike_proposal_set *set)
{
	open_sa(b);
	for (size_t i = 0; i < set->n; i++)
		put_proposal(b->w, phase, i + 1 == set->n, &set->p[i],
			     set->p[i].spi, set->p[i].t, set->p[i].n);
	ike_build_close(b);
}

void ike_sa_v1_put_choice(struct ike_build *b,
			  const struct ike_proposal_set *set,
			  const struct ike_choice *choice)
{
	const struct ike_suite *s = &choice->s;

	open_sa(b);
	if (!s->n || s->n > IKE_MAX_SUITE || s->first + s->n > set->n)
		b->w->err = b->w->err ? b->w->err : XE_RANGE;
	for (size_t i = 0; !b->w->err && i < s->n; i++) {
		const struct ike_proposal *p = &set->p[s->first + i];
		int phase = p->proto == IKE_PROTO_ISAKMP ? 1 : 2;

		if (choice->t[i] >= p->n) {
			b->w->err = XE_RANGE;
			break;
		}
		put_proposal(b->w, phase, i + 1 == s->n, p, choice->spi[i],
			     &p->t[choice->t[i]], 1);
	}
	ike_build_close(b);
}

bool ike_transform_equal(const struct ike_transform *a,
			 const struct ike_transform *b)
{
	return !a->flags && !b->flags && a->type == b->type &&
	       a->id == b->id && a->keylen == b->keylen && a->enc == b->enc &&
	       a->hash == b->hash && a->auth == b->auth &&
	       a->group == b->group && a->prf == b->prf &&
	       a->encap == b->encap && a->esn == b->esn;
}

static bool find_transform(const struct ike_proposal *p,
			   const struct ike_transform *t, size_t *i)
{
	for (*i = 0; *i < p->n; ++*i)
		if (ike_transform_equal(&p->t[*i], t))
			return true;
	return false;
}

/* Do the first n of the answer fit it?  Protocols may come in any order. */
static bool fits_suite(const struct ike_proposal_set *offer,
		       const struct ike_suite *s,
		       const struct ike_proposal_set *answer, size_t n,
		       struct ike_choice *choice)
{
	unsigned int used = 0;

	if (s->n != n || s->n > IKE_MAX_SUITE)
		return false;
	*choice = (struct ike_choice){ .s = *s };
	for (size_t i = 0; i < s->n; i++) {
		const struct ike_proposal *o = &offer->p[s->first + i];
		size_t k;

		for (k = 0; k < n; k++)
			if (!(used & 1u << k) &&
			    answer->p[k].proto == o->proto &&
			    find_transform(o, answer->p[k].t, &choice->t[i]))
				break;
		if (k == n)
			return false;
		used |= 1u << k;
		choice->spi[i] = answer->p[k].spi;
	}
	return true;
}

int ike_sa_v1_find(const struct ike_proposal_set *offer,
		   const struct ike_proposal_set *answer,
		   struct ike_choice *choice)
{
	struct ike_suite s = { 0 }, first = { 0 };

	*choice = (struct ike_choice){ 0 };
	if (!ike_suite_next(answer, &first))
		return XE_MALFORMED;
	for (size_t i = 0; i < first.n; i++)
		if (answer->p[i].n != 1)
			return XE_MALFORMED;
	while (ike_suite_next(offer, &s))
		if (fits_suite(offer, &s, answer, first.n, choice))
			return 0;
	*choice = (struct ike_choice){ 0 };
	return XE_NOTFOUND;
}
