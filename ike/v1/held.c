/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "ike/v1/ctx.h"
#include "libxfrm/base/err.h"

/* Messages under the keys of a phase 1 that is not done yet on our side. */

static struct v1_held *held_new(const struct ike_packet *pkt)
{
	struct v1_held *h = calloc(1, sizeof(*h));

	if (!h || v1_keep(&h->msg, cur_init(pkt->p, pkt->len)) < 0) {
		v1_held_free(h);
		return NULL;
	}
	h->local = pkt->local;
	h->remote = pkt->remote;
	h->natt = pkt->natt;
	return h;
}

/* A repetition of one that is kept? */
static bool held_has(const struct v1_sa *v, const struct ike_packet *pkt)
{
	for (const struct v1_held *h = v->held; h; h = h->next)
		if (h->msg.len == pkt->len &&
		    !memcmp(h->msg.p, pkt->p, pkt->len))
			return true;
	return false;
}

/* At the end; where there are too many the first goes. */
static void held_add(struct v1_sa *v, struct v1_held *h)
{
	struct v1_held **at = &v->held, *first = v->held;
	unsigned int n = 0;

	for (; *at; at = &(*at)->next)
		n++;
	*at = h;
	if (n < V1_HELD_COUNT)
		return;
	v->held = first->next;
	first->next = NULL;
	v1_held_free(first);
}

/*
 * The peer has begun its next exchange, so its last message of aggressive mode
 * got lost: our own once more makes it repeat that.
 */
static void ask_again(struct ike *ike, struct ike_sa *sa)
{
	struct xchg *x = sa->ph1;

	if (!x || x->initiator || x->type != XCHG_AGGRESSIVE || x->busy ||
	    x->done || !x->tx.len || x->nanswered >= XCHG_DUP_MAX)
		return;
	x->nanswered++;
	xchg_resend(ike, x);
}

bool v1_hold(struct ike *ike, struct ike_sa *sa, const struct ike_packet *pkt,
	     const struct ike_hdr *hdr)
{
	struct v1_held *h = NULL;

	if (!sa || sa->established || !v1_sa(sa) || !v1_sa(sa)->have_keys ||
	    !hdr->msgid || !(hdr->flags & IKE_FLAG_ENC))
		return false;
	if (pkt->len <= V1_HELD_MAX && !held_has(v1_sa(sa), pkt))
		h = held_new(pkt);
	if (h)
		held_add(v1_sa(sa), h);
	if (hdr->xchg == XCHG_QUICK)
		ask_again(ike, sa);
	return true;
}

void v1_held_free(struct v1_held *h)
{
	struct v1_held *next;

	for (; h; h = next) {
		next = h->next;
		wbuf_free(&h->msg);
		free(h);
	}
}

void v1_unhold(struct ike *ike, struct ike_sa *sa)
{
	struct v1_held *all = v1_sa(sa)->held;

	v1_sa(sa)->held = NULL;
	for (struct v1_held *h = all; h && !sa->dead; h = h->next) {
		struct ike_packet pkt = {
			.local = h->local, .remote = h->remote,
			.natt = h->natt, .p = h->msg.p, .len = h->msg.len,
		};
		struct ike_hdr hdr;
		struct cur body;

		if (ike_hdr_parse(wbuf_cur(&h->msg), &hdr, &body) < 0)
			continue;
		if (hdr.xchg == XCHG_QUICK)
			v1_quick_input(ike, sa, &pkt, &hdr, body);
		else
			v1_info_input(ike, sa, &pkt, &hdr, body);
	}
	v1_held_free(all);
}
