/* SPDX-License-Identifier: BSD-2-Clause */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "ike/v1/ctx.h"
#include "libxfrm/base/err.h"

/* RFC 2407 4.5.4: what a peer means that names no lifetime. */
#define P2_LIFE_DEFAULT 28800

/*
 * Compressed, then encrypted, in one tunnel: to nearly all peers that is a
 * tunnel of both protocols, whatever they make of other bundles.
 */
static bool comp_tunnel(const struct ike_child *c)
{
	return c->n > 1 && c->p[0].proto == IPPROTO_COMP &&
	       c->p[0].mode == KMODE_TUNNEL;
}

/* ---- judging transforms ---- */

static unsigned int key_bits(const struct ike_p2alg *a, uint16_t keylen)
{
	return keylen ? keylen
		      : (unsigned int)(a->alg->key_def - a->alg->salt);
}

static bool keylen_ok(const struct ike_p2alg *a, uint16_t peer,
		      enum ike_check check)
{
	unsigned int p, m;

	if (!a->alg->keylen_attr)
		return !peer || peer == a->alg->key_max;
	p = key_bits(a, peer);
	m = key_bits(a, a->keylen);
	if (!xalg_key_ok(a->alg, p + a->alg->salt))
		return false;
	switch (check) {
	case IKE_CHECK_OBEY:
		return true;
	case IKE_CHECK_STRICT:
	case IKE_CHECK_CLAIM:
		return p >= m;
	case IKE_CHECK_EXACT:
		return p == m;
	}
	return false;
}

static const struct ike_p2alg *find_auth(const struct ike_sainfo *si,
					 uint16_t attr)
{
	for (unsigned int i = 0; i < si->nauth; i++)
		if (si->auth[i].usable && si->auth[i].auth_v1 == attr)
			return &si->auth[i];
	return NULL;
}

static bool fits_esp(const struct ike_sainfo *si,
		     const struct ike_transform *t, enum ike_check check,
		     struct child_sa *s)
{
	for (unsigned int i = 0; i < si->nencr; i++) {
		const struct ike_p2alg *e = &si->encr[i], *auth = NULL;

		if (!e->usable || !e->alg || e->trans_v1 != t->id ||
		    !keylen_ok(e, t->keylen, check))
			continue;
		if (e->alg->kind == XALG_AEAD) {
			if (t->auth)
				continue;
		} else {
			auth = find_auth(si, t->auth);
			if (!auth)
				continue;
		}
		s->enc = e->alg;
		s->keylen = e->alg->keylen_attr
			    ? (uint16_t)key_bits(e, t->keylen) : 0;
		s->auth = auth ? auth->alg : NULL;
		s->icv = auth ? auth->icv : e->icv;
		return true;
	}
	return false;
}

static bool fits_ah(const struct ike_sainfo *si, const struct ike_transform *t,
		    struct child_sa *s)
{
	for (unsigned int i = 0; i < si->nauth; i++) {
		const struct ike_p2alg *a = &si->auth[i];

		if (!a->usable || !a->alg || a->trans_v1 != t->id ||
		    a->auth_v1 != t->auth)
			continue;
		s->auth = a->alg;
		s->icv = a->icv;
		return true;
	}
	return false;
}

static bool fits_comp(const struct ike_sainfo *si,
		      const struct ike_transform *t, struct child_sa *s)
{
	for (unsigned int i = 0; i < si->ncomp; i++) {
		if (!si->comp[i].usable || si->comp[i].trans_v1 != t->id)
			continue;
		s->comp = si->comp[i].alg;
		return true;
	}
	return false;
}

static bool fits_alg(const struct ike_sainfo *si, const struct ike_transform *t,
		     enum ike_check check, struct child_sa *s)
{
	return s->proto == IPPROTO_ESP ? fits_esp(si, t, check, s)
	     : s->proto == IPPROTO_AH ? fits_ah(si, t, s)
				      : fits_comp(si, t, s);
}

bool v1_p2_suite_known(const struct ike_proposal_set *set,
		       const struct ike_suite *s, const struct ike_sainfo *si,
		       enum ike_check check)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct ike_proposal *p = &set->p[s->first + i];
		struct child_sa sa = { .proto = v1_ipproto(p->proto) };
		size_t t = 0;

		while (sa.proto && t < p->n &&
		       (p->t[t].flags || !fits_alg(si, &p->t[t], check, &sa)))
			t++;
		if (!sa.proto || t == p->n)
			return false;
	}
	return true;
}

static bool encap_udp(uint16_t attr)
{
	return attr == ENCAP_UDP_TUNNEL || attr == ENCAP_UDP_TRANSPORT ||
	       attr == ENCAP_DRAFT_TUNNEL || attr == ENCAP_DRAFT_TRANSPORT;
}

/*
 * Tunnel or transport as our policy says.  UDP in any spelling once NAT-T was
 * negotiated: the peer may know of a NAT that we did not see, or not know of
 * one that we saw.
 */
static bool encap_ok(const struct ike_sa *sa, enum kmode mode, uint16_t attr)
{
	bool tunnel = attr == ENCAP_TUNNEL || attr == ENCAP_UDP_TUNNEL ||
		      attr == ENCAP_DRAFT_TUNNEL;
	/* RFC 2407 4.5: the default is up to the host; ours is transport */
	bool transport = attr == 0 || attr == ENCAP_TRANSPORT ||
			 attr == ENCAP_UDP_TRANSPORT ||
			 attr == ENCAP_DRAFT_TRANSPORT;

	if (!(mode == KMODE_TUNNEL ? tunnel : transport))
		return false;
	return !encap_udp(attr) || sa->natt.version != NATT_NONE;
}

/* IPComp has no keys, and some peers name no PFS group for it. */
static bool no_group(uint8_t proto, const struct ike_transform *t)
{
	return proto == IPPROTO_COMP && !t->group;
}

static bool group_ok(const struct ike_sainfo *si, uint16_t peer,
		     enum ike_check check)
{
	if (peer && !ike_group_alg(peer))
		return false;
	switch (check) {
	case IKE_CHECK_OBEY:
		return true;
	case IKE_CHECK_STRICT:
	case IKE_CHECK_CLAIM:
		return !si->pfs_group || si->pfs_group == peer;
	case IKE_CHECK_EXACT:
		return si->pfs_group == peer;
	}
	return false;
}

static uint64_t life_of(const struct ike_transform *t)
{
	return t->has_seconds ? t->seconds : P2_LIFE_DEFAULT;
}

static bool life_ok(const struct ike_sainfo *si, const struct ike_transform *t,
		    enum ike_check check)
{
	uint64_t kb = v1_kbytes(si->lifebytes);

	if (!life_of(t))
		return false;
	switch (check) {
	case IKE_CHECK_OBEY:
	case IKE_CHECK_CLAIM:
		return true;
	case IKE_CHECK_STRICT:
		return life_of(t) <= si->lifetime &&
		       (!kb || !t->has_kbytes || t->kbytes <= kb);
	case IKE_CHECK_EXACT:
		return life_of(t) == si->lifetime &&
		       (!kb || (t->has_kbytes && t->kbytes == kb));
	}
	return false;
}

/* Why nothing fits: kept from the transform that came closest. */
struct p2_near {
	unsigned int score;
	char text[IKE_TEXT_MAX];
};

static void near_miss(struct p2_near *n, unsigned int score, const char *text)
{
	if (score <= n->score)
		return;
	n->score = score;
	snprintf(n->text, sizeof(n->text), "%s", text);
}

static bool esn_ok(const struct ike_sainfo *si, uint8_t proto,
		   const struct ike_transform *t, struct p2_near *miss)
{
	if (t->esn && t->esn != V1_P2_ESN) {
		near_miss(miss, 1, "its attributes are malformed or unknown");
		return false;
	}
	if (t->esn && si->esn == IKE_OFF) {
		near_miss(miss, 6, "the peer asks for extended sequence "
			  "numbers: our sainfo needs \"esn on\"");
		return false;
	}
	if (!t->esn && si->esn == IKE_FORCE && proto != IPPROTO_COMP) {
		near_miss(miss, 6, "our sainfo says \"esn force\", and the "
			  "peer offers no extended sequence numbers");
		return false;
	}
	return true;
}

static void near_algs(struct p2_near *n, const struct ike_proposal_set *set,
		      const struct ike_child *c, uint8_t proto)
{
	char text[IKE_TEXT_MAX];

	if (n->score >= 2)
		return;
	v1_p2_algs_text(set, c->si, proto, text, sizeof(text));
	near_miss(n, 2, text);
}

static bool transform_ok(const struct ike_proposal_set *set,
			 const struct ike_child *c, struct child_sa *s,
			 const struct ike_transform *t, enum ike_check check,
			 struct p2_near *miss)
{
	bool alg = fits_alg(c->si, t, check, s);
	char text[128];

	if (t->flags) {
		near_miss(miss, 1, "its attributes are malformed or unknown");
		return false;
	}
	if (!alg) {
		near_algs(miss, set, c, v1_proto(s->proto));
		return false;
	}
	if (!encap_ok(c->sa, s->mode, t->encap) &&
	    !encap_ok(c->sa, v1_p2_wire_mode(c, s->mode), t->encap) &&
	    !(comp_tunnel(c) && encap_ok(c->sa, KMODE_TUNNEL, t->encap))) {
		snprintf(text, sizeof(text), "our policy asks for %s mode, "
			 "the peer for another one",
			 s->mode == KMODE_TUNNEL ? "tunnel" : "transport");
		near_miss(miss, 3, text);
		return false;
	}
	if (!no_group(s->proto, t) && !group_ok(c->si, t->group, check)) {
		snprintf(text, sizeof(text), "PFS group: our pfs_group is %u, "
			 "the peer's %u", c->si->pfs_group, t->group);
		near_miss(miss, 4, text);
		return false;
	}
	if (!life_ok(c->si, t, check)) {
		snprintf(text, sizeof(text), "%s: my:%u peer:%llu",
			 check == IKE_CHECK_EXACT ?
			 "lifetimes differ (proposal_check exact)" :
			 "long lifetime proposed", c->si->lifetime,
			 (unsigned long long)life_of(t));
		near_miss(miss, 5, text);
		return false;
	}
	if (!esn_ok(c->si, s->proto, t, miss))
		return false;
	s->esn = t->esn == V1_P2_ESN && s->proto != IPPROTO_COMP;
	return true;
}

/* The protocol of ours that a proposal is for, or NULL. */
static struct child_sa *proto_for(struct ike_child *c, bool *taken,
				  const struct ike_proposal *p)
{
	for (unsigned int k = 0; k < c->n; k++)
		if (!taken[k] && v1_proto(c->p[k].proto) == p->proto) {
			taken[k] = true;
			return &c->p[k];
		}
	return NULL;
}

/* A transform of each proposal of the suite; all of one PFS group. */
static bool suite_ok(struct v1_quick *q, struct ike_child *c,
		     const struct ike_suite *s, enum ike_check check,
		     struct ike_choice *choice, struct p2_near *miss)
{
	const struct ike_proposal_set *set = q->offer;
	bool taken[CHILD_SA_MAX] = { false }, bound = false;
	char text[IKE_TEXT_MAX];

	q->group = 0;
	c->encap = false;
	if (s->n != c->n) {
		v1_p2_protos_text(set, s, c, text, sizeof(text));
		near_miss(miss, 1, text);
		return false;
	}
	for (size_t i = 0; i < s->n; i++) {
		const struct ike_proposal *p = &set->p[s->first + i];
		struct child_sa *mine = proto_for(c, taken, p);
		size_t t;

		if (!mine) {
			v1_p2_protos_text(set, s, c, text, sizeof(text));
			near_miss(miss, 1, text);
			return false;
		}
		for (t = 0; t < p->n; t++)
			if ((!bound || p->t[t].group == q->group ||
			     no_group(mine->proto, &p->t[t])) &&
			    transform_ok(set, c, mine, &p->t[t], check, miss))
				break;
		if (t == p->n)
			return false;
		if (!no_group(mine->proto, &p->t[t])) {
			q->group = p->t[t].group;
			bound = true;
		}
		c->encap |= encap_udp(p->t[t].encap);
		choice->t[i] = t;
	}
	choice->s = *s;
	return true;
}

static int take_spi(struct child_sa *s, struct cur spi)
{
	uint16_t cpi;
	int r;

	if (spi.left == 2) {
		r = cur_u16(&spi, &cpi);
		s->spi_out = cpi;
		return s->proto == IPPROTO_COMP ? r : XE_MALFORMED;
	}
	r = cur_u32(&spi, &s->spi_out);
	if (r == 0)
		r = cur_end(&spi);
	if (r == 0 && s->proto == IPPROTO_COMP)
		return s->spi_out <= 0xffff ? 0 : XE_RANGE;
	return r < 0 || s->spi_out >= 256 ? r : XE_RANGE;
}

/* The peer's SPIs of the chosen suite, to the protocols they are of. */
static int take_spis(struct ike *ike, struct ike_child *c,
		     const struct ike_proposal_set *set,
		     const struct ike_suite *s)
{
	bool taken[CHILD_SA_MAX] = { false };

	for (size_t i = 0; i < s->n; i++) {
		const struct ike_proposal *p = &set->p[s->first + i];
		int r = XE_MALFORMED;

		for (unsigned int k = 0; k < c->n; k++) {
			if (taken[k] || v1_proto(c->p[k].proto) != p->proto)
				continue;
			taken[k] = true;
			r = take_spi(&c->p[k], p->spi);
			if (r == 0)
				r = child_hash_spi(ike, c, k, KDIR_OUT);
			break;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static void take_life(struct v1_quick *q, struct ike_child *c,
		      const struct ike_transform *t, enum ike_check check)
{
	uint64_t sec = life_of(t), own = c->si->lifetime;
	uint64_t bytes = v1_bytes(t);

	if (check == IKE_CHECK_CLAIM && sec > own) {
		sec = own;
		q->responder_lifetime = true;
	}
	c->life_sec = sec > UINT32_MAX ? UINT32_MAX : (uint32_t)sec;
	c->life_bytes = check == IKE_CHECK_OBEY
			? bytes : v1_lower(bytes, c->si->lifebytes);
}

int v1_p2_choose(struct v1_quick *q, struct ike *ike, struct ike_child *c,
		 enum ike_check check, char *why, size_t size)
{
	struct ike_suite s = { 0, 0 };
	struct p2_near miss = { 0 };

	why[0] = '\0';
	while (ike_suite_next(q->offer, &s)) {
		const struct ike_transform *t;

		if (s.n > CHILD_SA_MAX || s.n > IKE_MAX_SUITE ||
		    !suite_ok(q, c, &s, check, &q->choice, &miss))
			continue;
		t = &q->offer->p[s.first].t[q->choice.t[0]];
		take_life(q, c, t, check);
		return take_spis(ike, c, q->offer, &s);
	}
	snprintf(why, size, "no common phase 2 proposal: %s",
		 miss.text[0] ? miss.text : "the peer sent none");
	return XE_NOTFOUND;
}

int v1_p2_answer(struct v1_quick *q, struct ike *ike, struct ike_child *c,
		 enum ike_check check, const struct ike_proposal_set *answer,
		 char *why, size_t size)
{
	struct p2_near miss = { 0 };
	struct ike_suite s = { 0, 0 };
	const struct ike_transform *got;
	int r;

	why[0] = '\0';
	r = ike_sa_v1_find(q->offer, answer, &q->choice);
	if (r < 0) {
		snprintf(why, size, "the peer chose a phase 2 proposal that "
			 "was not offered");
		return r;
	}
	for (size_t i = 0; i < q->choice.s.n; i++) {
		const struct ike_transform *t;

		t = &q->offer->p[i].t[q->choice.t[i]];
		if (!transform_ok(answer, c, &c->p[i], t, IKE_CHECK_OBEY,
				  &miss)) {
			snprintf(why, size, "%s", miss.text);
			return XE_NOTFOUND;
		}
	}
	c->encap = encap_udp(q->offer->p[0].t[q->choice.t[0]].encap);
	got = &answer->p[0].t[0];
	c->life_sec = c->si->lifetime;
	if (got->has_seconds && got->seconds && got->seconds < c->life_sec)
		c->life_sec = (uint32_t)got->seconds;
	c->life_bytes = v1_lower(c->si->lifebytes, v1_bytes(got));
	if (!ike_suite_next(answer, &s))
		return XE_MALFORMED;
	return take_spis(ike, c, answer, &s);
}
