/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike/core/natt.h"
#include "ike/core/retire.h"
#include "ike/v1/quick.h"
#include "ike/v1/table.h"
#include "libxfrm/base/err.h"

/* Packets to quick modes, and their beginning and end. */

static int quick_new(struct ike *ike, struct ike_sa *sa, bool initiator,
		     uint32_t msgid, struct xchg **out)
{
	const struct ike_timers *t = &ike_conf_settings(sa->conf)->timer;
	struct v1_quick *q = calloc(1, sizeof(*q));
	uint64_t ms = ike_sec(t->interval) * (t->counter + 1);
	struct xchg *x;
	int r;

	*out = NULL;
	if (!q)
		return XE_NOMEM;
	q->arena = arena_new(0);
	r = q->arena ? v1_iv(ike, sa, msgid, q->iv) : XE_NOMEM;
	if (r == 0)
		r = xchg_new(ike, sa, &v1_quick_table, XCHG_QUICK, initiator,
			     msgid, &x);
	if (r < 0) {
		arena_free(q->arena);
		free(q);
		return r;
	}
	x->priv = q;
	if (ms < ike_sec(t->phase2))
		ms = ike_sec(t->phase2);
	xchg_deadline(ike, x, ms + ike_sec(1));
	*out = x;
	return 0;
}

void v1_quick_free(struct xchg *x)
{
	struct v1_quick *q = v1_quick(x);

	v1_in_free(&q->in);
	arena_free(q->arena);
	wbuf_free(&q->ni);
	wbuf_free(&q->nr);
	wbuf_free(&q->peer_ke);
	wbuf_free(&q->pub);
	secret_free(&q->priv);
	secret_free(&q->gxy);
	free(q);
}

int v1_child_start(struct ike *ike, struct ike_sa *sa, struct ike_child *c)
{
	char l[IKE_EP_STRLEN], r[IKE_EP_STRLEN];
	struct xchg *x;
	int err;

	err = quick_new(ike, sa, true, v1_new_msgid(ike, sa), &x);
	if (err < 0)
		return err;
	x->child = c->id;
	c->xchg = x->id;
	c->msgid = x->msgid;
	ike_log(ike, LOG_LV_INFO, NULL,
		"initiate new phase 2 negotiation: %s<=>%s",
		ike_ep_str(&sa->local, l), ike_ep_str(&sa->remote, r));
	err = fsm_run(ike, x, fsm_find(x->table, x));
	/* failures were dealt with by v1_quick_fail() */
	return err == XE_AGAIN || err == 0 ? err : XE_CLOSED;
}

/* HASH(1), (2) or (3): is the message from the peer? */
static int check_hash(struct ike *ike, const struct xchg *x)
{
	const struct v1_quick *q = v1_quick(x);
	const struct ike_v1_keys *k = &v1_sa(x->sa)->keys;
	const struct ike_payload *p = ike_msg_find(&q->in.msg, PLD_HASH, 0);
	struct cur rest = ike_msg_after(&q->in.msg, p);
	size_t len = ike_md_alg(k->md)->len;
	uint8_t h[IKE_MD_MAX];
	int r;

	if (x->stage == CHILD_COMMIT)
		r = ike_v1_hash1(v1_crypto(ike), k, x->msgid, rest, h);
	else if (x->initiator)
		r = ike_v1_hash2(v1_crypto(ike), k, x->msgid,
				 wbuf_cur(&q->ni), rest, h);
	else if (x->stage == CHILD_SPAWN)
		r = ike_v1_hash1(v1_crypto(ike), k, x->msgid, rest, h);
	else
		r = ike_v1_hash3(v1_crypto(ike), k, x->msgid,
				 wbuf_cur(&q->ni), wbuf_cur(&q->nr), h);
	if (r < 0)
		return r;
	return p->u.bytes.left == len && secret_memeq(p->u.bytes.p, h, len)
	       ? 0 : XE_AUTH;
}

static int quick_message(struct ike *ike, struct xchg *x,
			 const struct ike_packet *pkt,
			 const struct ike_hdr *hdr, struct cur body)
{
	const struct fsm_row *row = fsm_find(x->table, x);
	uint64_t digest = xchg_digest(ike, pkt->p, pkt->len);
	struct v1_quick *q = v1_quick(x);
	struct v1_sa *v = v1_sa(x->sa);
	struct v1_why why;
	bool fresh;
	int r;

	if (!row || !row->rules)
		return XE_STATE;
	r = v1_read(ike, x->sa, &q->in, hdr, body, q->iv, row->rules, &why);
	if (r == 0) {
		r = check_hash(ike, x);
		if (r < 0)
			ike_log_stranger(ike, LOG_LV_ERROR, &x->sa->remote,
					 "HASH of a quick mode message does "
					 "not fit: ignored");
	} else {
		ike_log_stranger(ike, LOG_LV_ERROR, &x->sa->remote,
				 "ignore a message of quick mode: %s",
				 why.text);
	}
	if (r < 0)
		return r;
	/*
	 * Later messages answer a nonce of ours; a first one is certain to be
	 * no replay only as long as all of them are remembered.
	 */
	fresh = x->initiator || x->stage != CHILD_SPAWN ||
		v->used.n < V1_USED_MAX;
	if (!x->initiator && x->stage == CHILD_SPAWN) {
		r = v1_ids_add(&v->used, x->msgid, V1_USED_MAX);
		if (r < 0)
			return r;
	}
	memcpy(q->iv, q->in.iv, sizeof(q->iv));
	sa_count(ike, x->sa, pkt->len);
	if (fresh) {
		sa_alive(ike, x->sa);
		natt_moved(ike, x->sa, pkt);
	}
	xchg_answered(ike, x, digest);
	return fsm_run(ike, x, row);
}

/* A recorded first message is authentic, too. */
static bool replayed(const struct ike_sa *sa, uint32_t msgid)
{
	return v1_ids_has(&v1_sa(sa)->used, msgid);
}

int v1_quick_input(struct ike *ike, struct ike_sa *sa,
		   const struct ike_packet *pkt, const struct ike_hdr *hdr,
		   struct cur body)
{
	bool fresh = false;
	struct xchg *x;
	int r;

	if (v1_hold(ike, sa, pkt, hdr))
		return XE_AGAIN;
	if (!sa || !sa->established || !hdr->msgid ||
	    !(hdr->flags & IKE_FLAG_ENC)) {
		ike_log_stranger(ike, LOG_LV_DEBUG, &pkt->remote,
				 "ignore a quick mode message: no phase 1");
		return XE_STATE;
	}
	x = xchg_by_msgid(ike, sa, hdr->msgid);
	if (!x) {
		if (hdr->spi_i != sa->spi_i || hdr->spi_r != sa->spi_r)
			return XE_MALFORMED;
		if (replayed(sa, hdr->msgid)) {
			ike_log_stranger(ike, LOG_LV_WARNING, &pkt->remote,
					 "a quick mode that has ended comes "
					 "again: ignored");
			return XE_STATE;
		}
		if (v1_msgid_ours(sa, hdr->msgid)) {
			/* an answer that is late, or our own sent back */
			ike_log_stranger(ike, LOG_LV_INFO, &pkt->remote,
					 "a message of a quick mode of ours "
					 "that is over: ignored");
			return XE_STATE;
		}
		r = quick_new(ike, sa, false, hdr->msgid, &x);
		if (r < 0)
			return r;
		fresh = true;
	}
	if (x->type != XCHG_QUICK)
		return XE_STATE;
	if (xchg_duplicate(ike, x, xchg_digest(ike, pkt->p, pkt->len)))
		return 0;
	if (x->done || x->busy)
		return XE_STATE;
	r = quick_message(ike, x, pkt, hdr, body);
	if (r < 0 && fresh && !x->dead && r != XE_AGAIN)
		xchg_delete(ike, x);
	return r;
}

/* ---- what the table calls ---- */

/* Has the tunnel an older SA, which may carry its traffic a while longer? */
static bool has_elder(struct ike *ike, const struct ike_child *c)
{
	const struct ike_child *old = c->replaces ? child_by_id(ike, c->replaces)
						  : NULL;

	return (old && old->state == CHILD_ESTABLISHED) ||
	       child_sibling(ike, c);
}

/*
 * Message 3 is out.  Many peers take what we send with the new SA only when
 * they have dealt with that message: as long as there is another SA, they get
 * the time.  A peer that set the commit bit tells when it is ready; nothing
 * protects that bit, and nothing makes such a peer keep its word, so after the
 * time of one repetition we go on without.
 */
static void committed(struct ike *ike, struct xchg *x, struct ike_child *c)
{
	struct v1_quick *q = v1_quick(x);
	uint64_t wait = V1_SWITCH_MS;

	if (!q->commit && !has_elder(ike, c)) {
		fsm_run(ike, x, fsm_find(x->table, x));
		return;
	}
	child_set_state(ike, c, CHILD_COMMIT);
	if (q->commit) {
		wait = ike_sec(ike_conf_settings(x->sa->conf)->timer.interval);
		ike_log(ike, LOG_LV_DEBUG, &x->sa->remote,
			"the peer set the commit bit: wait for CONNECTED");
	}
	xchg_await(ike, x, wait);
}

void v1_quick_waited(struct ike *ike, struct xchg *x)
{
	v1_quick(x)->commit = false;	/* no message to look at */
	fsm_run(ike, x, fsm_find(x->table, x));
}

void v1_quick_connected(struct ike *ike, struct xchg *x)
{
	if (x->type == XCHG_QUICK && x->initiator && x->await && !x->done) {
		xchg_answered(ike, x, x->rx_digest);
		v1_quick_waited(ike, x);
	}
}

void v1_quick_hurry(struct ike *ike, const struct ike_child *old)
{
	const struct ike_child *c = child_pending(ike, old->pol_out,
						  &old->remote.addr);
	struct xchg *x = c ? xchg_by_id(ike, c->xchg) : NULL;

	if (x && c->state == CHILD_COMMIT)
		v1_quick_connected(ike, x);
}

void v1_quick_enter(struct ike *ike, struct xchg *x, uint8_t stage)
{
	struct ike_child *c = v1_quick_child(ike, x);

	if (!c) {
		xchg_delete(ike, x);
		return;
	}
	if (stage == CHILD_COMMIT) {
		committed(ike, x, c);
		return;
	}
	if (stage != CHILD_ESTABLISHED) {
		child_set_state(ike, c, (enum child_state)stage);
		return;
	}
	c->xchg = 0;
	/* an initiator repeats message 3 when message 2 comes again */
	if (x->initiator)
		xchg_done(ike, x);
	else
		xchg_delete(ike, x);
	child_establish(ike, c);
}

/*
 * Nothing at all came from the peer since: where no probe will find out, the
 * peer may have forgotten a phase 1 that only our next attempts would use, or
 * never accepted it, if it has answered to aggressive mode.
 */
static bool peer_silent(const struct ike_sa *sa, const struct xchg *x)
{
	if (sa->dead || !x->initiator || x->stage != CHILD_MSG1SENT ||
	    sa->dpd.last_in > x->started ||
	    (sa->dpd.peer && sa->rc->dpd_delay))
		return false;
	for (const struct ike_child *c = sa->child; c; c = c->next)
		if (c->created)
			return false;
	return true;
}

void v1_quick_fail(struct ike *ike, struct xchg *x, int err)
{
	struct ike_child *c = v1_quick_child(ike, x);
	struct ike_sa *sa = x->sa;

	if (c && err == -ETIMEDOUT) {
		/* the peer may believe that it is up */
		if (!c->initiator && c->state == CHILD_MSG2SENT)
			v1_delete_child(ike, sa, c);
		child_fail(ike, c, "time up: no answer to quick mode from the "
			   "peer (%s)", sa->why ? sa->why :
			   "does its configuration have this tunnel?");
	} else if (c) {
		child_fail(ike, c, "%s", xe_str(err));
	}
	if (err == -ETIMEDOUT && peer_silent(sa, x)) {
		if (!sa->why)
			sa_why(ike, sa, "no answer to quick mode, nor anything "
			       "else");
		sa_delete(ike, sa, SA_END_DEAD, false);
	}
	if (!x->dead)
		xchg_delete(ike, x);
}
