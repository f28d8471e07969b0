/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/salife.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike/core/child.h"
#include "ike/core/dpd.h"
#include "ike/core/hook.h"
#include "ike/core/natt.h"
#include "ike/core/sa.h"
#include "ike/core/status.h"
#include "ike/core/xchg.h"
#include "libxfrm/base/err.h"

static bool may_renew(const struct ike_sa *sa)
{
	return sa->rc->rekey != IKE_OFF && !sa->rc->passive;
}

static uint64_t hard_at(const struct ike_sa *sa)
{
	return sa->life_from + ike_sec(sa->prop.lifetime);
}

/* Is that part of its life in bytes over? */
static bool bytes_over(const struct ike_sa *sa, unsigned int percent)
{
	uint64_t max = sa->prop.lifebytes;

	if (max && max < SALIFE_BYTES_MIN)
		max = SALIFE_BYTES_MIN;
	return max && sa->bytes >= max / 100 * percent +
				   max % 100 * percent / 100;
}

static unsigned int soft_percent(const struct ike_sa *sa)
{
	return sa->initiator ? SALIFE_SOFT_INITIATOR : SALIFE_SOFT_RESPONDER;
}

void sa_count(struct ike *ike, struct ike_sa *sa, size_t bytes)
{
	sa->bytes += bytes;
	if (sa->dead || !sa->established)
		return;
	if (bytes_over(sa, 100) || (sa->state == SA_ESTABLISHED &&
				    may_renew(sa) &&
				    bytes_over(sa, soft_percent(sa))))
		ike_timer(ike, &sa->life, ike->now);
}

/* More than half of its life is over. */
static bool worn(const struct ike *ike, const struct ike_sa *sa)
{
	return bytes_over(sa, 50) ||
	       hard_at(sa) < ike->now + ike_sec(sa->prop.lifetime) / 2;
}

/* Starts the SA that shall take over. */
static void sa_renew(struct ike *ike, struct ike_sa *sa)
{
	struct ike_sa *next;

	sa_set_state(ike, sa, SA_DYING);
	ike_timer(ike, &sa->life, hard_at(sa));
	if (!may_renew(sa) || !sa->child)
		return;
	next = sa_peer_best(ike, &sa->local.addr, &sa->remote);
	/* one that is as old (both sides began at once) will not last */
	if (next == sa || (next && worn(ike, next)))
		next = NULL;
	if (!next)
		next = sa_peer_pending(ike, &sa->local.addr, &sa->remote);
	if (next) {
		sa->replaced_by = next->id;
		if (sa_usable(next))
			child_move_all(ike, sa, next);
		return;
	}
	if (sa_initiate(ike, sa->rc, &sa->local, &sa->remote, &next) == 0)
		next->replaces = sa->id;
}

/* We, or somebody at the peer's address, are about to make a new one. */
static bool being_renewed(struct ike *ike, const struct ike_sa *sa)
{
	struct ike_sa *n = NULL;

	while ((n = sa_peer_next(ike, &sa->remote.addr, n)) != NULL)
		if (n->state < SA_ESTABLISHED &&
		    n->created > sa->established &&
		    xaddr_equal(&n->local.addr, &sa->local.addr))
			return true;
	return false;
}

/*
 * A negotiation under it is not through, or may have to say its last word
 * once more: only one of the sides may know that it is.
 */
static bool negotiating(const struct ike_sa *sa)
{
	const struct xchg *x;

	for (x = sa->xchg; x; x = x->next)
		if (x->table)
			return true;
	return false;
}

/*
 * It is over, but a renewal, on a bad line, is not through yet: the children
 * would end for nothing, here or at the peer.  Anybody may seem to renew, so
 * this is for no longer than a negotiation takes.
 */
static bool grace(struct ike *ike, struct ike_sa *sa)
{
	const struct ike_timers *t = &ike_conf_settings(sa->conf)->timer;

	if (!negotiating(sa) && !(sa->child && being_renewed(ike, sa)))
		return false;
	if (!sa->grace_end)
		sa->grace_end = ike->now +
				ike_sec(t->interval) * (t->counter + 1);
	if (ike->now >= sa->grace_end)
		return false;
	ike_timer(ike, &sa->life, ike->now + ike_sec(1));
	return true;
}

static void sa_life(void *ctx, struct timer *t)
{
	struct ike_sa *sa = timer_entry(t, struct ike_sa, life);
	struct ike *ike = ctx;

	if (ike->now < hard_at(sa) && !bytes_over(sa, 100))
		sa_renew(ike, sa);
	else if (!grace(ike, sa))
		sa_delete(ike, sa, SA_END_EXPIRED, true);
}

void salife_retry(struct ike *ike, struct ike_sa *sa)
{
	uint64_t at = ike->now + ike_sec(SALIFE_RETRY);

	if (sa->state == SA_DYING && at < hard_at(sa))
		ike_timer(ike, &sa->life, at);
}

void salife_needed(struct ike *ike, struct ike_sa *sa)
{
	if (sa->state == SA_DYING && ike->now < hard_at(sa))
		sa_renew(ike, sa);
}

static bool replace_deleted(struct ike *ike, const struct ike_sa *sa)
{
	return may_renew(sa) && sa->child &&
	       ike->now >= sa->established + ike_sec(SALIFE_SHORT) &&
	       sa_peer_best(ike, &sa->local.addr, &sa->remote) == sa &&
	       !sa_peer_pending(ike, &sa->local.addr, &sa->remote);
}

void salife_peer_deleted(struct ike *ike, struct ike_sa *sa)
{
	struct ike_sa *next = NULL;
	struct ike_child *c, *after;

	if (replace_deleted(ike, sa))
		sa_initiate(ike, sa->rc, &sa->local, &sa->remote, &next);
	sa_delete(ike, sa, SA_END_PEER, false);
	for (c = next ? next->child : NULL; c; c = after) {
		after = c->next;
		if (c->state == CHILD_ESTABLISHED)
			child_rekey(ike, c);
	}
}

void salife_init(struct ike_sa *sa)
{
	static const struct timer_kind kind = { sa_life,
						"ISAKMP-SA lifetime" };

	timer_init(&sa->life, &kind);
}

bool sa_same_peer(const struct ike_sa *a, const struct ike_sa *b)
{
	return a == b ||
	       (xaddr_equal(&a->local.addr, &b->local.addr) &&
		xaddr_equal(&a->remote.addr, &b->remote.addr) &&
		(a->remote.port == b->remote.port || !a->natt.remote_nat) &&
		ike_id_equal(&a->remote_id.id, &b->remote_id.id));
}

void sa_initial_contact(struct ike *ike, struct ike_sa *sa)
{
	struct ike_sa *old = NULL, *next;
	struct ike_child *c, *cnext;

	for (old = sa_peer_next(ike, &sa->remote.addr, NULL); old;
	     old = next) {
		next = sa_peer_next(ike, &sa->remote.addr, old);
		/*
		 * Only what was there before sa began, and has not been used
		 * since: both sides may have started at once, and then both
		 * say it.
		 */
		if (old != sa && old->established &&
		    old->dpd.last_in < sa->created && sa_same_peer(sa, old))
			sa_delete(ike, old, SA_END_REPLACED, false);
	}
	for (c = sa->child; c; c = cnext) {
		cnext = c->next;
		if (c->created && c->created < sa->created)
			child_delete(ike, c, false);
	}
}

/* Children of older SAs with this peer belong to the new one. */
static void sa_take_over(struct ike *ike, struct ike_sa *sa)
{
	struct ike_sa *old = NULL;

	while ((old = sa_peer_next(ike, &sa->remote.addr, old)) != NULL) {
		if (old == sa)
			continue;
		if (old->established && sa_same_peer(sa, old)) {
			old->replaced_by = sa->id;
			child_move_all(ike, old, sa);
		} else if (!old->established && old->initiator &&
			   old->rc == sa->rc &&
			   xaddr_equal(&old->local.addr, &sa->local.addr)) {
			/* what waits for our own attempt need not wait */
			child_move_all(ike, old, sa);
		}
	}
}

/* Is what was negotiated among what this remote allows? */
static bool remote_allows(const struct ike_remote *rc, const struct ike_sa *sa)
{
	for (unsigned int i = 0; i < rc->nprop; i++) {
		const struct ike_prop *p = &rc->prop[i];

		if (p->encr_v1 == sa->prop.enc && p->hash_v1 == sa->prop.hash &&
		    p->group == sa->prop.group && p->auth == sa->prop.auth &&
		    p->keylen <= sa->prop.keylen)
			return true;
	}
	return false;
}

static void sa_rebind(struct ike *ike, struct ike_sa *sa)
{
	struct ike_remote_query q = {
		.peer = sa->remote.addr, .port = sa->remote.port,
		.initiate = sa->initiator, .mode = sa->exchange,
		.id = sa->remote_id.own ? &sa->remote_id.id : NULL,
	};
	const struct ike_remote *rc, *same;
	int r = ike_conf_find_remote(ike->conf, &q, &rc);

	/* of several that fit alike it is the one it was */
	same = ike_conf_remote_named(ike->conf, sa->rc->name);
	if (r == XE_AGAIN && same && ike_remote_score(ike->conf, same, &q) ==
				     ike_remote_score(ike->conf, rc, &q))
		rc = same;
	if ((r < 0 && r != XE_AGAIN) || !remote_allows(rc, sa)) {
		sa_why(ike, sa, "the new configuration does not allow it");
		sa_delete(ike, sa, SA_END_ADMIN, true);
		return;
	}
	ike_conf_unref(sa->conf);
	sa->conf = ike_conf_ref(ike->conf);
	sa->rc = rc;
	sa->prop.conf = NULL;
	dpd_start(ike, sa);
}

static void life_begin(struct ike *ike, struct ike_sa *sa)
{
	uint64_t life = ike_sec(sa->prop.lifetime);

	sa->life_from = ike->now;
	ike_timer(ike, &sa->life, sa->life_from +
		  (may_renew(sa) ? life / 100 * soft_percent(sa) : life));
}

void sa_late(struct ike *ike, struct ike_sa *sa)
{
	if (sa->state == SA_ESTABLISHED)
		life_begin(ike, sa);
}

void sa_establish(struct ike *ike, struct ike_sa *sa)
{
	char l[IKE_EP_STRLEN], r[IKE_EP_STRLEN], spi[SA_COOKIES_LEN];

	sa->established = ike->now;
	sa_alive(ike, sa);
	sa_set_state(ike, sa, SA_ESTABLISHED);
	ike_log(ike, LOG_LV_INFO, NULL, "ISAKMP-SA established %s-%s spi:%s",
		ike_ep_str(&sa->local, l), ike_ep_str(&sa->remote, r),
		sa_cookies(sa, spi));
	sa_event(ike, sa, EVT_PH1_UP);
	life_begin(ike, sa);
	status_sa_up(ike, sa);
	sa_take_over(ike, sa);
	natt_start(ike, sa);
	dpd_start(ike, sa);
	hook_run(ike, sa, HOOK_UP);
	/* negotiated by a configuration that was replaced meanwhile */
	if (sa->conf != ike->conf)
		sa_rebind(ike, sa);
	if (!sa->dead)
		child_start_waiting(ike, sa);
}

void sa_alive(struct ike *ike, struct ike_sa *sa)
{
	sa->dpd.last_in = ike->now;
	/* what somebody has said in clear meanwhile */
	free(sa->why);
	sa->why = NULL;
}

bool sa_heard(const struct ike_sa *sa)
{
	return sa->established && sa->dpd.last_in > sa->established;
}

static bool local_addr(const struct ike *ike, const struct xaddr *a)
{
	for (size_t i = 0; i < ike->naddrs; i++)
		if (xaddr_equal(&ike->addrs[i], a))
			return true;
	return false;
}

void sa_check_addrs(struct ike *ike)
{
	struct hnode *cursor = NULL;
	struct ike_sa *sa;
	size_t pos = 0;

	while ((sa = sa_walk(ike, &pos, &cursor)) != NULL) {
		if (local_addr(ike, &sa->local.addr))
			continue;
		sa_why(ike, sa, "our address %s is gone",
		       xaddr_str(&sa->local.addr, (char[XADDR_STRLEN]){ 0 }));
		sa_delete(ike, sa, SA_END_ADMIN, false);
	}
}

void sa_check_conf(struct ike *ike)
{
	struct hnode *cursor = NULL;
	struct ike_sa *sa;
	size_t pos = 0;

	/*
	 * Negotiations end with the configuration they began with: their
	 * reference keeps it.
	 */
	while ((sa = sa_walk(ike, &pos, &cursor)) != NULL)
		if (sa->established)
			sa_rebind(ike, sa);
	child_check_conf(ike);
}

void sa_send_error(struct ike *ike, const struct ike_ep *local,
		   const struct ike_ep *remote, int err)
{
	struct ike_sa *sa;

	sa = sa_peer_pending(ike, &local->addr, remote);
	if (sa && !sa->why)
		sa_why(ike, sa, "cannot send to %s: %s",
		       ike_ep_str(remote, (char[IKE_EP_STRLEN]){ 0 }),
		       xe_str(err));
}
