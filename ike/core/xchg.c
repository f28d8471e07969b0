/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/xchg.h"

#include <errno.h>
#include <stdlib.h>

#include "ike/core/fsm.h"
#include "ike/core/sa.h"
#include "libxfrm/base/err.h"

static uint64_t msgid_hash(const struct ike *ike, uint32_t sa, uint32_t msgid)
{
	return hash_mix(hash_mix(ike->seed, sa), msgid);
}

static const struct ike_timers *timing(const struct xchg *x)
{
	return &ike_conf_settings(x->sa->conf)->timer;
}

/* What nobody answers: soon after, and then ever later. */
#define TELL_FIRST_SEC 1
#define TELL_FACTOR 3

static void tell_again(struct ike *ike, struct xchg *x)
{
	if (!x->push) {
		xchg_delete(ike, x);
		return;
	}
	x->push--;
	x->tries *= TELL_FACTOR;
	xchg_resend(ike, x);
	ike_timer(ike, &x->timer, ike->now + ike_sec(x->tries));
}

static void xchg_repeat(void *ctx, struct timer *t)
{
	struct xchg *x = timer_entry(t, struct xchg, timer);
	struct ike *ike = ctx;

	if (x->done && !x->table) {
		tell_again(ike, x);
		return;
	}
	if (x->done) {
		if (!x->push || sa_heard(x->sa)) {
			xchg_delete(ike, x);
			return;
		}
		x->push--;
		xchg_resend(ike, x);
		ike_timer(ike, &x->timer,
			  ike->now + ike_sec(timing(x)->interval));
		return;
	}
	if (x->await) {
		x->await = false;
		x->table->waited(ike, x);
		return;
	}
	if (!x->retransmit)
		return;
	if (!x->tries) {
		x->retransmit = false;
		x->table->fail(ike, x, -ETIMEDOUT);
		return;
	}
	x->tries--;
	ike->stats.retransmits++;
	ike_log(ike, LOG_LV_DEBUG, &x->sa->remote,
		"resend message of %zu bytes, %u more tries", x->tx.len,
		x->tries);
	xchg_resend(ike, x);
	ike_timer(ike, &x->timer, ike->now + ike_sec(timing(x)->interval));
}

static void xchg_late(void *ctx, struct timer *t)
{
	struct xchg *x = timer_entry(t, struct xchg, deadline);

	if (!x->done)
		x->table->fail(ctx, x, -ETIMEDOUT);
}

static const struct timer_kind repetition = { xchg_repeat, "retransmission" };
static const struct timer_kind negotiation = { xchg_late, "negotiation" };

int xchg_new(struct ike *ike, struct ike_sa *sa, const struct fsm_table *table,
	     uint8_t type, bool initiator, uint32_t msgid, struct xchg **out)
{
	struct xchg *x = calloc(1, sizeof(*x));
	int r;

	*out = NULL;
	if (!x)
		return XE_NOMEM;
	x->id = ike_new_id(ike);
	x->started = ike->now;
	x->sa = sa;
	x->table = table;
	x->type = type;
	x->initiator = initiator;
	x->msgid = msgid;
	timer_init(&x->timer, &repetition);
	timer_init(&x->deadline, &negotiation);
	wbuf_init(&x->tx, IKE_PACKET_MAX);
	r = htab_add(&ike->xchg_id, &x->by_id, hash_mix(ike->seed, x->id));
	if (r < 0)
		goto out;
	r = htab_add(&ike->xchg_msgid, &x->by_msgid,
		     msgid_hash(ike, sa->id, msgid));
	if (r < 0) {
		htab_del(&ike->xchg_id, &x->by_id);
		goto out;
	}
	x->next = sa->xchg;
	if (x->next)
		x->next->prevp = &x->next;
	x->prevp = &sa->xchg;
	sa->xchg = x;
	*out = x;
	return 0;
out:
	free(x);
	return r;
}

struct xchg *xchg_by_id(struct ike *ike, uint32_t id)
{
	struct hnode *n;

	for (n = htab_first(&ike->xchg_id, hash_mix(ike->seed, id)); n;
	     n = htab_next(n)) {
		struct xchg *x = hnode_entry(n, struct xchg, by_id);

		if (x->id == id)
			return x;
	}
	return NULL;
}

struct xchg *xchg_by_msgid(struct ike *ike, const struct ike_sa *sa,
			   uint32_t msgid)
{
	struct hnode *n;

	for (n = htab_first(&ike->xchg_msgid,
			    msgid_hash(ike, sa->id, msgid));
	     n; n = htab_next(n)) {
		struct xchg *x = hnode_entry(n, struct xchg, by_msgid);

		if (x->sa == sa && x->msgid == msgid)
			return x;
	}
	return NULL;
}

/* Who answers to a forged address sends no more there than it may. */
static bool may_send(struct ike *ike, const struct xchg *x, size_t bytes)
{
	const struct ike_sa *sa = x->sa;

	if (x->initiator || sa->reached || bytes <= x->rx_len ||
	    guard_excess(&ike->guard, &sa->remote.addr, bytes - x->rx_len,
			 ike->now) == 0)
		return true;
	ike_log_stranger(ike, LOG_LV_WARNING, &sa->remote,
			 "too much was sent to an address that has not "
			 "answered: one message is held back");
	return false;
}

void xchg_resend(struct ike *ike, struct xchg *x)
{
	const struct ike_sa *sa = x->sa;
	unsigned int n = timing(x)->persend;

	if (!may_send(ike, x, x->tx.len * (n ? n : 1)))
		return;
	do {
		ike_act_packet(ike, &sa->local, &sa->remote, sa->natt_socket,
			       x->tx.p, x->tx.len);
	} while (n-- > 1);
}

int xchg_send(struct ike *ike, struct xchg *x, const struct wbuf *msg,
	      bool repeat)
{
	if (msg->err)
		return msg->err;
	wbuf_reset(&x->tx);
	wbuf_put(&x->tx, msg->p, msg->len);
	if (x->tx.err)
		return x->tx.err;
	x->nanswered = 0;
	x->retransmit = repeat;
	if (repeat) {
		x->tries = timing(x)->counter;
		ike_timer(ike, &x->timer,
			  ike->now + ike_sec(timing(x)->interval));
	} else {
		timers_stop(&ike->timers, &x->timer);
	}
	xchg_resend(ike, x);
	return 0;
}

void xchg_await(struct ike *ike, struct xchg *x, uint64_t ms)
{
	x->retransmit = false;
	x->await = true;
	timers_stop(&ike->timers, &x->deadline);
	ike_timer(ike, &x->timer, ike->now + ms);
}

void xchg_answered(struct ike *ike, struct xchg *x, uint64_t digest)
{
	x->retransmit = x->await = false;
	x->rx_digest = digest;
	timers_stop(&ike->timers, &x->timer);
}

void xchg_unanswered(struct ike *ike, struct xchg *x)
{
	x->rx_digest = 0;
	if (!x->initiator || !x->tx.len)
		return;
	x->retransmit = true;
	ike_timer(ike, &x->timer, ike->now + ike_sec(timing(x)->interval));
}

bool xchg_duplicate(struct ike *ike, struct xchg *x, uint64_t digest)
{
	if (!x->rx_digest || x->rx_digest != digest)
		return false;
	ike->stats.duplicates++;
	/* While a step waits there is nothing to answer with yet. */
	if (!x->busy && x->tx.len && x->nanswered < XCHG_DUP_MAX) {
		x->nanswered++;
		xchg_resend(ike, x);
	}
	return true;
}

uint64_t xchg_digest(const struct ike *ike, const void *p, size_t len)
{
	uint64_t d = hash_mem(ike->seed, p, len);

	return d ? d : 1;
}

void xchg_deadline(struct ike *ike, struct xchg *x, uint64_t ms)
{
	ike_timer(ike, &x->deadline, ike->now + ms);
}

static void xchg_forget(struct xchg *x)
{
	if (x->priv && x->sa->ver->xchg_free)
		x->sa->ver->xchg_free(x);
	x->priv = NULL;
}

void xchg_done(struct ike *ike, struct xchg *x)
{
	uint64_t linger = ike_sec(timing(x)->interval) *
			  (timing(x)->counter + 1);

	x->done = true;
	x->retransmit = false;
	x->child = 0;
	timers_stop(&ike->timers, &x->deadline);
	xchg_forget(x);
	wbuf_trim(&x->tx);
	if (x->sa->ph1 == x)
		x->sa->ph1 = NULL;
	ike_timer(ike, &x->timer, ike->now + linger);
}

void xchg_done_push(struct ike *ike, struct xchg *x)
{
	xchg_done(ike, x);
	x->push = timing(x)->counter;
	ike_timer(ike, &x->timer, ike->now + ike_sec(timing(x)->interval));
}

int xchg_tell(struct ike *ike, struct ike_sa *sa, uint8_t type,
	      uint32_t msgid, const struct wbuf *msg, unsigned int times)
{
	struct xchg *x;
	int r = xchg_new(ike, sa, NULL, type, true, msgid, &x);

	if (r < 0)
		return r;
	r = xchg_send(ike, x, msg, false);
	if (r < 0) {
		xchg_delete(ike, x);
		return r;
	}
	x->done = true;
	x->push = times;
	x->tries = TELL_FIRST_SEC;
	ike_timer(ike, &x->timer, ike->now + ike_sec(x->tries));
	return 0;
}

void xchg_delete(struct ike *ike, struct xchg *x)
{
	if (x->dead)
		return;
	x->dead = true;
	timers_stop(&ike->timers, &x->timer);
	timers_stop(&ike->timers, &x->deadline);
	htab_del(&ike->xchg_id, &x->by_id);
	htab_del(&ike->xchg_msgid, &x->by_msgid);
	*x->prevp = x->next;
	if (x->next)
		x->next->prevp = x->prevp;
	if (x->sa->ph1 == x)
		x->sa->ph1 = NULL;
	x->dead_next = ike->dead_xchg;
	ike->dead_xchg = x;
}

void xchg_free(struct xchg *x)
{
	xchg_forget(x);
	wbuf_free(&x->tx);
	free(x);
}
