/* SPDX-License-Identifier: BSD-2-Clause */
#include <netinet/in.h>

#include "ike/core/natt.h"
#include "ike/v1/ctx.h"
#include "libxfrm/base/err.h"

uint8_t v1_proto(uint8_t ipproto)
{
	switch (ipproto) {
	case IPPROTO_AH:
		return IKE_PROTO_AH;
	case IPPROTO_ESP:
		return IKE_PROTO_ESP;
	case IPPROTO_COMP:
		return IKE_PROTO_IPCOMP;
	}
	return IKE_PROTO_NONE;
}

uint8_t v1_ipproto(uint8_t proto)
{
	switch (proto) {
	case IKE_PROTO_AH:
		return IPPROTO_AH;
	case IKE_PROTO_ESP:
		return IPPROTO_ESP;
	case IKE_PROTO_IPCOMP:
		return IPPROTO_COMP;
	}
	return 0;
}

/* Encapsulation attribute: UDP forms when there is a NAT (RFC 3947 5.1). */
static uint16_t encap_attr(const struct ike_sa *sa, enum kmode mode)
{
	bool tunnel = mode == KMODE_TUNNEL;

	if (!natt_found(sa) || sa->natt.version == NATT_NONE)
		return tunnel ? ENCAP_TUNNEL : ENCAP_TRANSPORT;
	if (sa->natt.version == NATT_RFC)
		return tunnel ? ENCAP_UDP_TUNNEL : ENCAP_UDP_TRANSPORT;
	return tunnel ? ENCAP_DRAFT_TUNNEL : ENCAP_DRAFT_TRANSPORT;
}

/*
 * complex_bundle off: a tunnel of several protocols is called a tunnel in all
 * of their proposals, as many peers understand bundles; only the innermost
 * makes one.
 */
static bool simple_bundle(const struct ike_child *c)
{
	if (c->n < 2 || ike_conf_settings(c->conf)->complex_bundle)
		return false;
	for (unsigned int i = 0; i < c->n; i++)
		if (c->p[i].mode == KMODE_TUNNEL)
			return true;
	return false;
}

enum kmode v1_p2_wire_mode(const struct ike_child *c, enum kmode mode)
{
	return simple_bundle(c) ? KMODE_TUNNEL : mode;
}

static void add_one(struct ike_proposal *p, const struct ike_transform *t,
		    uint16_t esn)
{
	if (p->n >= IKE_MAX_TRANSFORMS)
		return;
	p->t[p->n] = *t;
	p->t[p->n].esn = esn;
	p->n++;
	p->t[p->n - 1].num = (uint8_t)p->n;
}

/* With extended sequence numbers, or without, or first so and then so. */
static void add_transform(struct ike_proposal *p, const struct ike_child *c,
			  struct ike_transform *t)
{
	if (c->si->esn != IKE_OFF)
		add_one(p, t, V1_P2_ESN);
	if (c->si->esn != IKE_FORCE)
		add_one(p, t, 0);
}

static void common_attrs(struct ike_transform *t, const struct ike_child *c,
			 enum kmode mode)
{
	t->encap = encap_attr(c->sa, v1_p2_wire_mode(c, mode));
	t->group = c->si->pfs_group;
	t->has_seconds = c->si->lifetime != 0;
	t->seconds = c->si->lifetime;
	t->has_kbytes = c->si->lifebytes != 0;
	t->kbytes = v1_kbytes(c->si->lifebytes);
}

static void offer_esp(struct ike_proposal *p, const struct ike_child *c,
		      enum kmode mode)
{
	const struct ike_sainfo *si = c->si;

	for (unsigned int e = 0; e < si->nencr; e++) {
		const struct ike_p2alg *enc = &si->encr[e];
		bool aead = enc->alg && enc->alg->kind == XALG_AEAD;

		if (!enc->usable || !enc->alg || !enc->trans_v1)
			continue;
		for (unsigned int a = 0; a < (aead ? 1 : si->nauth); a++) {
			const struct ike_p2alg *auth = &si->auth[a];
			struct ike_transform t = { .id = enc->trans_v1,
						   .keylen = enc->keylen };

			if (!aead && !auth->usable)
				continue;
			t.auth = aead ? 0 : auth->auth_v1;
			common_attrs(&t, c, mode);
			add_transform(p, c, &t);
		}
	}
}

static void offer_ah(struct ike_proposal *p, const struct ike_child *c,
		     enum kmode mode)
{
	for (unsigned int a = 0; a < c->si->nauth; a++) {
		const struct ike_p2alg *auth = &c->si->auth[a];
		struct ike_transform t = { .id = auth->trans_v1,
					   .auth = auth->auth_v1 };

		if (!auth->usable || !auth->trans_v1)
			continue;
		common_attrs(&t, c, mode);
		add_transform(p, c, &t);
	}
}

static void offer_comp(struct ike_proposal *p, const struct ike_child *c,
		       enum kmode mode)
{
	for (unsigned int i = 0; i < c->si->ncomp; i++) {
		const struct ike_p2alg *comp = &c->si->comp[i];
		struct ike_transform t = { .id = comp->trans_v1 };

		if (!comp->usable || !comp->trans_v1)
			continue;
		common_attrs(&t, c, mode);
		add_one(p, &t, 0);
	}
}

/* A CPI takes two bytes, an SPI four. */
static int spi_bytes(struct arena *a, uint8_t proto, uint32_t spi,
		     struct cur *out)
{
	size_t len = proto == IPPROTO_COMP ? 2 : 4;
	uint8_t *b = arena_alloc(a, len);
	struct wbuf w;

	*out = cur_init(NULL, 0);
	if (!b)
		return XE_NOMEM;
	wbuf_fixed(&w, b, len);
	if (len == 2)
		wbuf_u16(&w, (uint16_t)spi);
	else
		wbuf_u32(&w, spi);
	*out = cur_init(b, len);
	return w.err;
}

int v1_p2_offer(struct v1_quick *q, struct ike *ike, struct ike_child *c)
{
	struct ike_proposal_set *set = arena_alloc(q->arena, sizeof(*set));
	int r;

	if (!set)
		return XE_NOMEM;
	set->doi = IKE_DOI_IPSEC;
	set->situation = IKE_SIT_IDENTITY_ONLY;
	set->n = c->n;
	set->p = arena_calloc(q->arena, c->n, sizeof(*set->p));
	if (!set->p)
		return XE_NOMEM;
	for (unsigned int i = 0; i < c->n; i++) {
		const struct child_sa *s = &c->p[i];
		struct ike_proposal *p = &set->p[i];

		p->num = 1;
		p->proto = v1_proto(s->proto);
		p->t = arena_calloc(q->arena, IKE_MAX_TRANSFORMS,
				    sizeof(*p->t));
		if (!p->t)
			return XE_NOMEM;
		r = spi_bytes(q->arena, s->proto, s->spi_in, &p->spi);
		if (r < 0)
			return r;
		if (s->proto == IPPROTO_ESP)
			offer_esp(p, c, s->mode);
		else if (s->proto == IPPROTO_AH)
			offer_ah(p, c, s->mode);
		else
			offer_comp(p, c, s->mode);
		if (!p->n)
			return XE_NOTFOUND;
	}
	q->offer = set;
	q->group = c->si->pfs_group;
	return 0;
}
