/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/v1/ctx.h"
#include "libxfrm/base/err.h"

/* Which remote section of the configuration a peer that begins is for. */

/* What the peer offers, and what of it was chosen already, if anything was. */
struct offer {
	const struct ike_proposal_set *set;
	const struct ike_choice *chosen;
	uint32_t auth;
};

static bool sa_ok(void *arg, const struct ike_remote *rc)
{
	const struct offer *o = arg;
	struct ike_choice c;
	struct sa_prop prop;

	if (v1_prop_choose(rc, o->set, &c, &prop) < 0)
		return false;
	return !o->chosen || (c.s.first == o->chosen->s.first &&
			      c.t[0] == o->chosen->t[0] &&
			      prop.auth == o->auth);
}

static int no_proposal(struct ike *ike, struct xchg *x,
		       const struct ike_remote *rc,
		       const struct ike_proposal_set *set)
{
	char peer[80], ours[80], strict[120], addr[XADDR_STRLEN];

	sa_event(ike, x->sa, EVT_PH1_NO_PROPOSAL);
	if (!rc)
		return v1_ph1_refuse(ike, x, N_NO_PROPOSAL_CHOSEN,
				     "no remote section of racoon.conf fits %s",
				     xaddr_str(&x->sa->remote.addr, addr));
	x->sa->rc = rc;
	v1_prop_text(set, peer, sizeof(peer));
	v1_prop_conf_text(rc, ours, sizeof(ours));
	v1_prop_strict_text(rc, set, strict, sizeof(strict));
	ike_log_stranger(ike, LOG_LV_ERROR, &x->sa->remote,
			 "no suitable proposal found.");
	return v1_ph1_refuse(ike, x, N_NO_PROPOSAL_CHOSEN, "no common "
			     "proposal: peer offers %s; we allow %s%s", peer,
			     ours, strict);
}

/* No remote has all: proposal, exchange, identifier.  What is missing? */
static int no_remote(struct ike *ike, struct xchg *x,
		     struct ike_remote_query *q,
		     const struct ike_proposal_set *set)
{
	const struct ike_remote *rc = NULL;
	const struct ike_id *id = NULL;
	char name[IKE_NAME_BUF];
	struct wbuf text;
	int r;

	q->sa_ok = NULL;
	r = ike_conf_find_remote(x->sa->conf, q, &rc);
	if (r == 0 || r == XE_AGAIN)
		return no_proposal(ike, x, rc, set);
	q->mode = IKE_MODE_NONE;
	r = ike_conf_find_remote(x->sa->conf, q, &rc);
	if (q->id && r < 0 && r != XE_AGAIN) {
		id = q->id;
		q->id = NULL;
		r = ike_conf_find_remote(x->sa->conf, q, &rc);
	}
	if (r < 0 && r != XE_AGAIN)
		return no_proposal(ike, x, NULL, set);
	x->sa->rc = rc;
	if (id) {
		wbuf_init(&text, IKE_ID_TEXT_MAX);
		ike_id_print(id, &text);
		r = v1_ph1_refuse(ike, x, N_INVALID_ID_INFORMATION, "the peer "
				  "says it is %s \"%.96s\", which fits no "
				  "peers_identifier of remote \"%s\"",
				  ike_id_type_name(id->type), wbuf_str(&text),
				  rc->name);
		wbuf_free(&text);
		return r;
	}
	return v1_ph1_refuse(ike, x, N_NO_PROPOSAL_CHOSEN, "the peer begins %s "
			     "mode, which is not in exchange_mode of remote "
			     "\"%s\"",
			     ike_name_or_number(IKE_NAMES_xchg, x->type, name,
						sizeof(name)), rc->name);
}

static void ask_cr(struct ike_remote_query *q, const struct v1_ph1 *ph)
{
	q->has_cr = ph->cr_seen;
	q->cr = ph->cr.p;
	q->cr_len = ph->cr.len;
}

int v1_ph1_choose_r(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);
	struct ike_sa *sa = x->sa;
	const struct ike_payload *p = ike_msg_find(&ph->in.msg, PLD_SA, 0);
	const struct ike_proposal_set *set = p->u.sa;
	struct offer offer = { .set = set };
	struct ike_remote_query q = {
		.peer = sa->remote.addr, .port = sa->remote.port,
		.mode = x->type, .sa_ok = sa_ok, .arg = &offer,
	};
	const struct ike_payload *idp = ike_msg_find(&ph->in.msg, PLD_ID, 0);
	struct ike_id id;
	const struct ike_remote *rc = NULL;
	struct v1_out o = { 0 };
	int r;

	if (idp) {	/* aggressive mode */
		id = (struct ike_id){ .type = idp->u.id.type,
				      .len = idp->u.id.data.left,
				      .data = idp->u.id.data.p };
		q.id = &id;
	}
	v1_ph1_take_cr(ph);
	ask_cr(&q, ph);
	r = ike_conf_find_remote(sa->conf, &q, &rc);
	if (r < 0 && r != XE_AGAIN)
		return no_remote(ike, x, &q, set);
	sa->rc = rc;
	if (v1_prop_choose(rc, set, &ph->choice, &sa->prop) < 0)
		return no_proposal(ike, x, rc, set);
	r = v1_keep(&ph->sai_b, set->body);
	if (r < 0)
		return r;
	/* The answer echoes the peer's bytes, which are here only now. */
	v1_out_start(&o, sa, x, 0);
	ike_sa_v1_put_choice(&o.b, set, &ph->choice);
	r = v1_out_clear(&o);
	if (r == 0) {
		struct cur c = wbuf_cur(&o.w);

		r = cur_skip(&c, IKE_HDR_LEN + 4);
		if (r == 0)
			r = v1_keep(&ph->reply_sa, c);
	}
	v1_out_free(&o);
	return r;
}

/*
 * Main mode: now that it is known who the peer says it is, and which CA's
 * certificate it wants to see, another remote section with the same proposal
 * may fit better than the one that was guessed at.  What is taken from a
 * section before this, such as nat_traversal, stays.
 */
int v1_ph1_refine(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);
	struct ike_sa *sa = x->sa;
	struct arena *arena = arena_new(0);
	struct ike_proposal_set *set;
	struct offer offer = { .chosen = &ph->choice, .auth = sa->prop.auth };
	struct ike_remote_query q = {
		.peer = sa->remote.addr, .port = sa->remote.port,
		.mode = x->type, .sa_ok = sa_ok, .arg = &offer,
		.id = &sa->remote_id.id,
	};
	const struct ike_remote *rc;
	struct ike_choice c;
	int r;

	if (!arena)
		return XE_NOMEM;
	arena_set_limit(arena, V1_DECODE_MAX);
	r = ike_sa_v1_get(wbuf_cur(&ph->sai_b), 1, arena, &set);
	if (r < 0)
		goto out;
	offer.set = set;
	ask_cr(&q, ph);
	r = ike_conf_find_remote(sa->conf, &q, &rc);
	if ((r == 0 || r == XE_AGAIN) && rc != sa->rc &&
	    ike_remote_score(sa->conf, rc, &q) >
	    ike_remote_score(sa->conf, sa->rc, &q)) {
		ike_log(ike, LOG_LV_DEBUG, &sa->remote, "remote \"%s\" fits "
			"the peer better than \"%s\"", rc->name,
			sa->rc->name);
		sa->rc = rc;
		v1_prop_choose(rc, set, &c, &sa->prop);
	}
	r = 0;
out:
	arena_free(arena);
	return r;
}
