/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "ike/v1/ctx.h"

#define P2_TEXT_MAX 4	/* transforms or words named in a list; more are "…" */

/* The word of racoon.conf for an algorithm, of the right ICV if one is. */
static const char *conf_word(const struct xalg *alg, unsigned int icv)
{
	const struct xalg_word *w;
	const char *any = NULL;

	for (size_t i = 0; (w = xalg_word_at(i)) != NULL; i++) {
		if (w->alg != alg || !(w->langs & XALG_RACOON) || w->obsolete)
			continue;
		if (w->icv == icv)
			return w->word;
		any = w->word;
	}
	return any ? any : alg->name;
}

static void code_text(enum xalg_codes space, const char *what, uint16_t code,
		      struct wbuf *w)
{
	unsigned int icv = 0;
	const struct xalg *alg = xalg_by_code(space, code, &icv);

	if (alg)
		wbuf_printf(w, "%s", conf_word(alg, icv));
	else
		wbuf_printf(w, "%s %u", what, code);
}

static void transform_text(uint8_t proto, const struct ike_transform *t,
			   struct wbuf *w)
{
	if (proto == IKE_PROTO_IPCOMP) {
		code_text(XCODE_V1_COMP, "compression", t->id, w);
		return;
	}
	if (proto == IKE_PROTO_AH && !t->auth) {
		code_text(XCODE_V1_AH, "integrity", t->id, w);
		return;
	}
	if (proto != IKE_PROTO_AH) {
		code_text(XCODE_V1_ESP, "cipher", t->id, w);
		if (t->keylen)
			wbuf_printf(w, " %u", t->keylen);
		if (!t->auth)
			return;
		wbuf_printf(w, "/");
	}
	code_text(XCODE_V1_AUTH, "integrity", t->auth, w);
}

/* Alike but for what these words leave out: mode, lifetime, group. */
static bool says_same(const struct ike_transform *a,
		      const struct ike_transform *b)
{
	return a->id == b->id && a->keylen == b->keylen && a->auth == b->auth;
}

/* What the peer offers for a protocol, in any of its proposals. */
static void offer_text(const struct ike_proposal_set *set, uint8_t proto,
		       struct wbuf *w)
{
	const struct ike_transform *last = NULL;
	unsigned int n = 0;

	for (size_t i = 0; i < set->n; i++) {
		const struct ike_proposal *p = &set->p[i];

		for (size_t k = 0; p->proto == proto && k < p->n; k++) {
			if (last && says_same(last, &p->t[k]))
				continue;
			last = &p->t[k];
			if (n++ == P2_TEXT_MAX) {
				wbuf_printf(w, ", …");
				return;
			}
			wbuf_printf(w, "%s", n > 1 ? ", " : "");
			transform_text(proto, last, w);
		}
	}
}

static void words_text(const struct ike_p2alg *a, unsigned int n,
		       struct wbuf *w)
{
	unsigned int shown = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (!a[i].usable)
			continue;
		if (shown++ == P2_TEXT_MAX) {
			wbuf_printf(w, ", …");
			return;
		}
		wbuf_printf(w, "%s%s", shown > 1 ? ", " : "", a[i].word);
		if (a[i].keylen)
			wbuf_printf(w, " %u", a[i].keylen);
	}
	if (!shown)
		wbuf_printf(w, "nothing usable");
}

static void sainfo_text(const struct ike_sainfo *si, uint8_t proto,
			struct wbuf *w)
{
	if (proto == IKE_PROTO_IPCOMP) {
		words_text(si->comp, si->ncomp, w);
		return;
	}
	if (proto == IKE_PROTO_ESP) {
		words_text(si->encr, si->nencr, w);
		wbuf_printf(w, " with ");
	}
	words_text(si->auth, si->nauth, w);
}

static const char *proto_name(uint8_t proto)
{
	switch (proto) {
	case IKE_PROTO_AH:
		return "AH";
	case IKE_PROTO_ESP:
		return "ESP";
	case IKE_PROTO_IPCOMP:
		return "IPComp";
	}
	return "an unknown protocol";
}

void v1_p2_algs_text(const struct ike_proposal_set *set,
		     const struct ike_sainfo *si, uint8_t proto, char *buf,
		     size_t size)
{
	struct wbuf w;

	wbuf_fixed(&w, buf, size - 1);
	wbuf_printf(&w, "%s: peer offers ", proto_name(proto));
	offer_text(set, proto, &w);
	wbuf_printf(&w, "; our sainfo allows ");
	sainfo_text(si, proto, &w);
	buf[w.len] = '\0';
}

void v1_p2_protos_text(const struct ike_proposal_set *set,
		       const struct ike_suite *s, const struct ike_child *c,
		       char *buf, size_t size)
{
	struct wbuf w;

	wbuf_fixed(&w, buf, size - 1);
	wbuf_printf(&w, "the peer proposes ");
	for (size_t i = 0; i < s->n; i++)
		wbuf_printf(&w, "%s%s", i ? "+" : "",
			    proto_name(set->p[s->first + i].proto));
	wbuf_printf(&w, ", our policy has ");
	for (unsigned int i = 0; i < c->n; i++)
		wbuf_printf(&w, "%s%s", i ? "+" : "",
			    proto_name(v1_proto(c->p[i].proto)));
	buf[w.len] = '\0';
}
