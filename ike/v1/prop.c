/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "ike/v1/ctx.h"
#include "libxfrm/base/err.h"

/* RFC 2407 4.5.4: what a peer means that names no lifetime. */
#define V1_LIFE_DEFAULT 28800

static bool prop_v1(const struct ike_prop *p)
{
	return p->usable && p->encr_v1 && p->hash_v1;
}

static void prop_to_transform(const struct ike_prop *p,
			      struct ike_transform *t)
{
	t->id = IKE_V1_TRANSFORM_KEY_IKE;
	t->enc = p->encr_v1;
	t->keylen = p->keylen;
	t->hash = p->hash_v1;
	t->auth = IKE_AUTH_WIRE(p->auth);
	t->group = p->group;
	t->has_seconds = p->lifetime != 0;
	t->seconds = p->lifetime;
	t->has_kbytes = p->lifebytes != 0;
	t->kbytes = v1_kbytes(p->lifebytes);
}

int v1_prop_offer(struct v1_ph1 *ph, const struct ike_remote *rc)
{
	struct ike_proposal_set *set;
	struct ike_proposal *p;

	ph->arena = arena_new(0);
	if (!ph->arena)
		return XE_NOMEM;
	set = arena_alloc(ph->arena, sizeof(*set));
	p = arena_alloc(ph->arena, sizeof(*p));
	if (!set || !p)
		return XE_NOMEM;
	p->t = arena_calloc(ph->arena, rc->nprop, sizeof(*p->t));
	if (!p->t)
		return XE_NOMEM;
	set->doi = IKE_DOI_IPSEC;
	set->situation = IKE_SIT_IDENTITY_ONLY;
	set->n = 1;
	set->p = p;
	p->num = 1;
	p->proto = IKE_PROTO_ISAKMP;
	for (unsigned int i = 0; i < rc->nprop; i++) {
		if (!prop_v1(&rc->prop[i]))
			continue;
		prop_to_transform(&rc->prop[i], &p->t[p->n]);
		p->t[p->n].num = (uint8_t)(p->n + 1);
		p->n++;
	}
	ph->offer = set;
	return p->n ? 0 : XE_NOTFOUND;
}

/* Bits a transform means; one without the attribute means the default. */
static unsigned int bits_of(uint16_t enc, uint16_t keylen)
{
	const struct ike_enc_alg *a;

	if (keylen)
		return keylen;
	a = ike_enc_alg(ike_enc_from_v1(enc));
	return a && !a->fixed ? a->def : 0;
}

static uint64_t life_of(const struct ike_transform *t)
{
	return t->has_seconds ? t->seconds : V1_LIFE_DEFAULT;
}

/* proposal_check (racoon.conf): do lengths and lifetimes pass? */
static bool check_level(enum ike_check check, unsigned int pbits,
			unsigned int mbits, uint64_t plife, uint64_t mlife)
{
	switch (check) {
	case IKE_CHECK_OBEY:
		return true;
	case IKE_CHECK_STRICT:
	case IKE_CHECK_CLAIM:
		return pbits >= mbits && plife <= mlife;
	case IKE_CHECK_EXACT:
		return pbits == mbits && plife == mlife;
	}
	return false;
}

/* Lifetimes in bytes, which count where both sides have one. */
static bool bytes_ok(enum ike_check check, const struct ike_transform *t,
		     uint64_t mine)
{
	uint64_t kb = v1_kbytes(mine);

	switch (check) {
	case IKE_CHECK_OBEY:
		return true;
	case IKE_CHECK_STRICT:
	case IKE_CHECK_CLAIM:
		return !kb || !t->has_kbytes || t->kbytes <= kb;
	case IKE_CHECK_EXACT:
		return !kb || (t->has_kbytes && t->kbytes == kb);
	}
	return false;
}

static bool transform_fits(const struct ike_remote *rc,
			   const struct ike_prop *m,
			   const struct ike_transform *t, struct sa_prop *out)
{
	unsigned int pbits = bits_of(t->enc, t->keylen);
	unsigned int mbits = bits_of(m->encr_v1, m->keylen);
	uint64_t life = life_of(t);

	if (!prop_v1(m) || t->flags || t->id != IKE_V1_TRANSFORM_KEY_IKE ||
	    t->enc != m->encr_v1 || t->hash != m->hash_v1 ||
	    t->auth != IKE_AUTH_WIRE(m->auth) || t->group != m->group)
		return false;
	if (!ike_enc_keylen_ok(ike_enc_from_v1(t->enc), t->keylen))
		return false;
	if (!life ||
	    !check_level(rc->check, pbits, mbits, life, m->lifetime) ||
	    !bytes_ok(rc->check, t, m->lifebytes))
		return false;
	*out = (struct sa_prop){
		.enc = t->enc, .keylen = t->keylen, .hash = t->hash,
		.group = t->group, .auth = m->auth, .conf = m,
		.lifetime = life > UINT32_MAX / 2 ? UINT32_MAX / 2
						  : (uint32_t)life,
		.lifebytes = rc->check == IKE_CHECK_OBEY ? v1_bytes(t)
				: v1_lower(v1_bytes(t), m->lifebytes),
	};
	return true;
}

static const struct ike_prop *fitting(const struct ike_remote *rc,
				      const struct ike_transform *t,
				      struct sa_prop *prop)
{
	for (unsigned int m = 0; m < rc->nprop; m++)
		if (transform_fits(rc, &rc->prop[m], t, prop))
			return &rc->prop[m];
	return NULL;
}

/*
 * The peer's order first, ours second.  One proposal is all there should be
 * (RFC 2409 5); the transforms of further ones count as more of the same.
 */
int v1_prop_choose(const struct ike_remote *rc,
		   const struct ike_proposal_set *set,
		   struct ike_choice *choice, struct sa_prop *prop)
{
	*choice = (struct ike_choice){ 0 };
	*prop = (struct sa_prop){ 0 };
	for (size_t i = 0; i < set->n; i++) {
		const struct ike_proposal *p = &set->p[i];

		for (size_t t = 0; t < p->n; t++) {
			if (!fitting(rc, &p->t[t], prop))
				continue;
			choice->s = (struct ike_suite){ .first = i, .n = 1 };
			choice->t[0] = t;
			return 0;
		}
	}
	return XE_NOTFOUND;
}

void v1_prop_strict_text(const struct ike_remote *rc,
			 const struct ike_proposal_set *set, char *buf,
			 size_t size)
{
	struct ike_remote lax = *rc;
	unsigned int pbits, mbits;
	struct ike_choice c;
	struct sa_prop prop;
	const char *word;

	buf[0] = '\0';
	lax.check = IKE_CHECK_OBEY;
	if (rc->check == IKE_CHECK_OBEY ||
	    v1_prop_choose(&lax, set, &c, &prop) < 0)
		return;
	word = rc->check == IKE_CHECK_EXACT ? "exact" : "strict";
	pbits = bits_of(prop.enc, prop.keylen);
	mbits = bits_of(prop.conf->encr_v1, prop.conf->keylen);
	if (pbits != mbits)
		snprintf(buf, size, " (proposal_check %s: the peer's key has "
			 "%u bits, ours %u)", word, pbits, mbits);
	else
		snprintf(buf, size, " (proposal_check %s: the peer's lifetime "
			 "is %u s, ours %u s)", word, prop.lifetime,
			 prop.conf->lifetime);
}

int v1_prop_answer(const struct ike_remote *rc, const struct v1_ph1 *ph,
		   const struct ike_proposal_set *answer, struct sa_prop *out)
{
	const struct ike_transform *got, *ours;
	const struct ike_prop *m = NULL;
	struct ike_choice choice;
	int r;

	*out = (struct sa_prop){ 0 };
	r = ike_sa_v1_find(ph->offer, answer, &choice);
	if (r < 0)
		return r;
	ours = &ph->offer->p[0].t[choice.t[0]];
	got = &answer->p[0].t[0];
	/* which of ours it is: unusable ones were left out of the offer */
	for (unsigned int i = 0, n = 0; i < rc->nprop; i++)
		if (prop_v1(&rc->prop[i]) && n++ == choice.t[0])
			m = &rc->prop[i];
	if (!m)
		return XE_NOTFOUND;
	*out = (struct sa_prop){
		.enc = ours->enc, .keylen = ours->keylen, .hash = ours->hash,
		.group = ours->group, .auth = m->auth, .conf = m,
		.lifetime = m->lifetime,
		.lifebytes = v1_lower(m->lifebytes, v1_bytes(got)),
	};
	/* a shorter life is taken from the responder, a longer one is not */
	if (got->has_seconds && got->seconds && got->seconds < out->lifetime)
		out->lifetime = (uint32_t)got->seconds;
	return 0;
}

/* ---- words ---- */

static void suite_text(uint16_t enc, uint16_t keylen, uint16_t hash,
		       uint16_t group, uint16_t auth, struct wbuf *w)
{
	const struct ike_enc_alg *e = ike_enc_alg(ike_enc_from_v1(enc));
	const struct ike_md_alg *h = ike_md_alg(ike_md_from_v1(hash));
	const struct ike_group_alg *g = ike_group_alg(group);
	char num[IKE_NAME_BUF];

	if (e)
		wbuf_printf(w, "%s", e->word);
	else
		wbuf_printf(w, "cipher %u", enc);
	if (bits_of(enc, keylen))
		wbuf_printf(w, "%u", bits_of(enc, keylen));
	if (h)
		wbuf_printf(w, "-%s", h->word);
	else
		wbuf_printf(w, "-hash %u", hash);
	if (g)
		wbuf_printf(w, "-%s", g->word);
	else
		wbuf_printf(w, "-group %u", group);
	if (auth != IKE_AUTH_PSK)
		wbuf_printf(w, " (%s)",
			    ike_name_or_number(IKE_NAMES_v1auth, auth, num,
					       sizeof(num)));
}

#define V1_TEXT_SUITES 3	/* named in a message; more are "…" */

void v1_prop_text(const struct ike_proposal_set *set, char *buf, size_t size)
{
	struct wbuf w;

	wbuf_fixed(&w, buf, size - 1);
	for (size_t i = 0; set->n && i < set->p[0].n; i++) {
		const struct ike_transform *t = &set->p[0].t[i];

		if (i == V1_TEXT_SUITES) {
			wbuf_printf(&w, ", …");
			break;
		}
		if (i)
			wbuf_printf(&w, ", ");
		suite_text(t->enc, t->keylen, t->hash, t->group, t->auth, &w);
	}
	buf[w.len] = '\0';
}

void v1_prop_conf_text(const struct ike_remote *rc, char *buf, size_t size)
{
	struct wbuf w;

	wbuf_fixed(&w, buf, size - 1);
	for (unsigned int i = 0; i < rc->nprop; i++) {
		const struct ike_prop *p = &rc->prop[i];

		if (i == V1_TEXT_SUITES) {
			wbuf_printf(&w, ", …");
			break;
		}
		if (i)
			wbuf_printf(&w, ", ");
		suite_text(p->encr_v1, p->keylen, p->hash_v1, p->group,
			   IKE_AUTH_WIRE(p->auth), &w);
	}
	buf[w.len] = '\0';
}
