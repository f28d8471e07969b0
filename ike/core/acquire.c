/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

#include "ike/core/child.h"
#include "ike/core/genpol.h"
#include "ike/core/natt.h"
#include "ike/core/retire.h"
#include "ike/core/sa.h"
#include "ike/core/status.h"
#include "ike/core/survey.h"
#include "libxfrm/base/err.h"

/* ---- which sainfo ---- */

static uint16_t sel_port(uint16_t port, uint16_t mask)
{
	return mask ? port : 0;
}

/* The IDs of quick mode for a selector. */
void child_ids(const struct xsel *sel, struct child_id *src,
	       struct child_id *dst)
{
	child_id_from_sel(src, &sel->src, sel->splen, sel->proto,
			  sel_port(sel->sport, sel->sport_mask));
	child_id_from_sel(dst, &sel->dst, sel->dplen, sel->proto,
			  sel_port(sel->dport, sel->dport_mask));
}

static const struct ike_sainfo *find_sainfo(struct ike *ike,
					    const struct ike_child *c)
{
	struct child_id local, remote;
	struct ike_sainfo_query q = {
		.client = c->remote.addr,
		.ph1id = c->sa->rc->ph1id,
		.peer = c->sa->remote_id.own ? &c->sa->remote_id.id : NULL,
	};
	const struct ike_sainfo *si;

	child_ids(&c->sel, &local, &remote);
	q.local = local.id;
	q.remote = remote.id;
	return ike_conf_find_sainfo(c->conf, &q, &si) == 0 ? si : NULL;
}

int child_find_sainfo(struct ike *ike, struct ike_child *c)
{
	ike_conf_unref(c->conf);
	c->conf = ike_conf_ref(ike->conf);
	c->si = find_sainfo(ike, c);
	return c->si ? 0 : XE_NOTFOUND;
}

/* Is what c uses among what its sainfo lists? */
static bool sainfo_lists(const struct ike_sainfo *si, const struct child_sa *p)
{
	unsigned int i;
	bool enc = !p->enc, auth = !p->auth;

	for (i = 0; !enc && i < si->nencr; i++)
		enc = si->encr[i].alg == p->enc &&
		      si->encr[i].keylen <= p->keylen;
	for (i = 0; !auth && i < si->nauth; i++)
		auth = si->auth[i].alg == p->auth;
	return enc && auth;
}

bool child_still_allowed(struct ike *ike, struct ike_child *c)
{
	if (child_find_sainfo(ike, c) < 0)
		return false;
	for (unsigned int i = 0; i < c->n; i++)
		if (!sainfo_lists(c->si, &c->p[i]))
			return false;
	return true;
}

/* ---- starting ---- */

void child_begin(struct ike *ike, struct ike_child *c)
{
	struct ike_sa *sa = c->sa;
	int r;

	timers_stop(&ike->timers, &c->timer);
	c->local = sa->local;
	c->remote = sa->remote;
	child_set_state(ike, c, CHILD_GETSPI);
	if (child_find_sainfo(ike, c) < 0) {
		char sel[XSEL_STRLEN];

		ike_log(ike, LOG_LV_ERROR, &c->remote,
			"failed to get sainfo.");
		child_fail(ike, c, "no sainfo of racoon.conf fits %s",
			   xsel_str(&c->sel, sel, sizeof(sel)));
		return;
	}
	r = sa->ver->child_start(ike, sa, c);
	if (r < 0 && r != XE_AGAIN && r != XE_CLOSED)
		child_fail(ike, c, "it could not start: %s", xe_str(r));
}

/* An IKE SA with that peer, there or on its way. */
static int want_sa(struct ike *ike, const struct child_want *w,
		   struct ike_sa **sa, char *why, size_t size)
{
	struct ike_ep local = { .addr = w->local };
	struct ike_ep remote = { .addr = w->remote };
	struct ike_remote_query q = { .peer = w->remote, .initiate = true };
	const struct ike_remote *rc;
	char addr[XADDR_STRLEN];
	int r;

	*sa = sa_peer_best(ike, &w->local, &remote);
	if (!*sa)
		*sa = sa_peer_pending(ike, &w->local, &remote);
	if (*sa)
		return 0;
	r = ike_conf_find_remote(ike->conf, &q, &rc);
	if (r < 0 && r != XE_AGAIN) {
		snprintf(why, size, "no remote section of racoon.conf that may "
			 "initiate fits %s", xaddr_str(&w->remote, addr));
		return r;
	}
	remote.port = rc->port;
	/* a peer takes what comes to port 4500 for ESP if it has no marker */
	local.port = natt_local_port(ike, ike->conf, &w->local,
				     remote.port == IKE_NATT_PORT);
	r = sa_initiate(ike, rc, &local, &remote, sa);
	if (r < 0)
		snprintf(why, size, "phase 1 with %s could not start: %s",
			 xaddr_str(&w->remote, addr), xe_str(r));
	return r;
}

int child_want(struct ike *ike, const struct child_want *w)
{
	const struct kpol *in;
	struct ike_child *c;
	struct ike_sa *sa;
	struct xsel rev;
	char why[IKE_TEXT_MAX];
	int r;

	if (child_pending(ike, w->pol->index, &w->remote))
		return XE_EXISTS;
	r = want_sa(ike, w, &sa, why, sizeof(why));
	if (r < 0) {
		status_policy_down(ike, w, why);
		return r;
	}
	r = child_new(ike, sa, true, &c);
	if (r < 0)
		return r;
	c->sel = w->pol->sel;
	/* a transport policy may be wider than the SA's two hosts */
	if (w->flow.family && !spd_tunnel(w->pol))
		xsel_init(&c->sel, &w->local, xaddr_bits(w->local.family),
			  &w->remote, xaddr_bits(w->remote.family));
	if (c->sel.family && c->sel.splen == xaddr_bits(c->sel.family)) {
		c->sel.proto = w->pol->sel.proto;
		c->sel.sport = w->pol->sel.sport;
		c->sel.sport_mask = w->pol->sel.sport_mask;
		c->sel.dport = w->pol->sel.dport;
		c->sel.dport_mask = w->pol->sel.dport_mask;
	}
	c->local.addr = w->local;
	c->remote.addr = w->remote;
	c->seq = w->seq;
	c->admin = w->admin;
	rev = spd_reverse(&w->pol->sel);
	in = spd_by_sel(&ike->spd, KDIR_IN, &rev);
	r = child_from_policy(ike, c, w->pol, in);
	if (r < 0) {
		child_fail(ike, c, "the policy has no or too many templates");
		return r;
	}
	if (sa_usable(sa)) {
		child_begin(ike, c);
		/* dead things stay in memory until the event is over */
		return !c->dead ? 0 : c->si ? XE_REFUSED : XE_NOTFOUND;
	}
	child_set_state(ike, c, CHILD_WAIT_SA);
	ike_timer(ike, &c->timer, ike->now +
		  ike_sec(ike_conf_settings(c->conf)->timer.phase1));
	return 0;
}

void child_want_instead(struct ike *ike, const struct ike_child *c)
{
	struct child_want w = {
		.pol = spd_by_index(&ike->spd, c->pol_out),
		.local = c->local.addr, .remote = c->remote.addr,
		.flow = c->sel, .seq = c->seq,
	};

	if (w.pol)
		child_want(ike, &w);
}

/* ---- renewing ---- */

/*
 * Of two children for one policy, which shall stay?  Both ends have to decide
 * alike: much younger ones win; of those made at once, the message id says.
 */
static bool outlives(const struct ike_child *a, const struct ike_child *b)
{
	if (a->created > b->created + CHILD_AT_ONCE_MS)
		return true;
	if (b->created > a->created + CHILD_AT_ONCE_MS)
		return false;
	return a->msgid > b->msgid;
}

/* Its outbound policy, which may have been made anew meanwhile. */
static const struct kpol *outbound(struct ike *ike, const struct ike_child *c)
{
	const struct kpol *pol = spd_by_index(&ike->spd, c->pol_out);

	return pol ? pol : spd_by_sel(&ike->spd, KDIR_OUT, &c->sel);
}

void child_rekey(struct ike *ike, struct ike_child *old)
{
	const struct kpol *pol = outbound(ike, old);
	struct ike_child *by = child_sibling(ike, old), *c;
	struct ike_ep remote = old->remote;
	struct ike_sa *sa;
	struct xsel rev;

	if (old->state != CHILD_ESTABLISHED)
		return;
	if (by && outlives(by, old)) {
		/* both sides began at once: one of the two is enough */
		retire_begin(ike, old, by);
		return;
	}
	if (old->gen || old->sa->rc->passive)
		return;
	/* until another way leads to a successor, or to one more try */
	retire_retry(ike, old);
	if (!pol || child_pending(ike, pol->index, &old->remote.addr))
		return;
	sa = old->sa->state == SA_ESTABLISHED ? old->sa
	   : sa_peer_best(ike, &old->local.addr, &remote);
	if (!sa)
		sa = sa_peer_pending(ike, &old->local.addr, &remote);
	if (!sa && sa_initiate(ike, old->sa->rc, &old->sa->local,
			       &old->sa->remote, &sa) < 0)
		return;
	if (child_new(ike, sa, true, &c) < 0)
		return;
	c->sel = old->sel;
	c->replaces = old->id;
	rev = spd_reverse(&pol->sel);
	if (child_from_policy(ike, c, pol,
			      spd_by_sel(&ike->spd, KDIR_IN, &rev)) < 0) {
		child_delete(ike, c, false);
		return;
	}
	if (sa_usable(sa)) {
		child_begin(ike, c);
		return;
	}
	child_set_state(ike, c, CHILD_WAIT_SA);
	ike_timer(ike, &c->timer, ike->now +
		  ike_sec(ike_conf_settings(c->conf)->timer.phase1));
}

/* ---- the kernel's messages ---- */

static int acquire(struct ike *ike, const struct kevent *ev)
{
	struct child_want w = {
		.pol = spd_by_index(&ike->spd, ev->pol.index),
		.local = ev->sa.src, .remote = ev->sa.dst,
		.flow = ev->flow, .seq = ev->seq,
	};
	struct ike_child *c;

	if (!w.pol)
		w.pol = spd_by_sel(&ike->spd, KDIR_OUT, &ev->pol.sel);
	if (!w.pol) {
		ike_log(ike, LOG_LV_ERROR, NULL,
			"no policy found: id:%u.", ev->pol.index);
		return XE_NOTFOUND;
	}
	/* the peer's first packet may be faster than its last message */
	c = child_answered(ike, w.pol->index, &w.remote);
	if (!c)
		return child_want(ike, &w);
	c->wanted = true;
	c->seq = w.seq;
	return XE_EXISTS;
}

static void expire(struct ike *ike, const struct kevent *ev)
{
	struct ike_child *c;
	char l[IKE_EP_STRLEN], r[IKE_EP_STRLEN];
	unsigned int i;
	bool in;

	c = child_by_spi(ike, ev->sa.proto, &ev->sa.dst, ev->sa.spi, &i, &in);
	if (!c || !c->created)
		return;
	ike_log(ike, LOG_LV_INFO, NULL,
		"IPsec-SA expired: %s/%s %s->%s spi=%u(0x%x)",
		ev->sa.proto == IPPROTO_AH ? "AH"
		: ev->sa.proto == IPPROTO_COMP ? "IPCOMP" : "ESP",
		c->p[i].mode == KMODE_TUNNEL ? "Tunnel" : "Transport",
		ike_ep_str(in ? &c->remote : &c->local, l),
		ike_ep_str(in ? &c->local : &c->remote, r), ev->sa.spi,
		ev->sa.spi);
	if (!ev->hard) {
		child_rekey(ike, c);
		return;
	}
	if (in)
		c->p[i].in_on = c->p[i].larval = false;
	else
		c->p[i].out_on = false;
	child_delete(ike, c, true);
}

static void mapping(struct ike *ike, const struct kevent *ev)
{
	struct ike_packet pkt = { .natt = true };
	struct ike_child *c;

	c = child_by_spi(ike, ev->sa.proto, &ev->sa.dst, ev->sa.spi, NULL,
			 NULL);
	if (!c || !c->sa->established)
		return;
	/* An authenticated ESP packet came from there: so shall IKE. */
	pkt.local = c->sa->local;
	pkt.remote.addr = ev->new_addr;
	pkt.remote.port = ev->new_port;
	natt_moved(ike, c->sa, &pkt);
}

/* Somebody else took it out of the kernel; the peer may take it for up. */
static void taken_away(struct ike *ike, struct ike_child *c)
{
	if (c->created) {
		child_delete(ike, c, true);
		return;
	}
	if (c->p[0].in_on)
		c->sa->ver->delete_child(ike, c->sa, c);
	child_fail(ike, c, "somebody else deleted its SA");
}

static void sa_gone(struct ike *ike, const struct kevent *ev)
{
	struct ike_child *c;

	c = child_by_spi(ike, ev->sa.proto, &ev->sa.dst, ev->sa.spi, NULL,
			 NULL);
	if (!c)
		return;
	ike_log(ike, LOG_LV_NOTIFY, &c->remote,
		"somebody else deleted the IPsec-SA spi=%u(0x%x)", ev->sa.spi,
		ev->sa.spi);
	taken_away(ike, c);
}

void child_checked(struct ike *ike, struct ike_child *c,
		   const struct kans *ans)
{
	if (ans->err == -ESRCH) {
		ike_log(ike, LOG_LV_NOTIFY, &c->remote, "the kernel does not "
			"have an IPsec-SA any more: spi=%u(0x%x)",
			c->p[c->n - 1].spi_in, c->p[c->n - 1].spi_in);
		taken_away(ike, c);
	} else if (!ans->err && child_worn(ike, c, &ans->count)) {
		child_rekey(ike, c);
	}
}

/* What is being negotiated may have an SA in the kernel already. */
static int sas_flushed(struct ike *ike, uint8_t proto)
{
	struct hnode *cursor = NULL;
	struct ike_child *c;
	size_t pos = 0;

	while ((c = child_walk(ike, &pos, &cursor)) != NULL) {
		bool hit = false;

		for (unsigned int i = 0; i < c->n; i++)
			hit |= c->p[i].in_on &&
			       (!proto || c->p[i].proto == proto);
		if (hit && !c->created)
			taken_away(ike, c);
	}
	return child_flush(ike, proto, NULL, NULL);
}

int child_flush(struct ike *ike, uint8_t proto, const struct ike_admin *req,
		removal_fn *fn)
{
	struct removal *r = removal_new(ike->child_id.count);
	struct hnode *cursor = NULL;
	struct ike_child *c;
	size_t pos = 0;

	if (!r)
		return XE_NOMEM;
	while ((c = child_walk(ike, &pos, &cursor)) != NULL) {
		bool hit = !proto;

		for (unsigned int i = 0; i < c->n; i++)
			hit |= c->p[i].proto == proto;
		if (hit && c->created)
			removal_add(r, c->id);
	}
	removal_children(ike, r, req, fn);
	return 0;
}

/* An outbound policy is new: it may be that of children, made again. */
static void policy_again(struct ike *ike, const struct kpol *pol)
{
	struct hnode *n;

	for (n = htab_first(&ike->child_sel, xsel_hash(ike->seed, &pol->sel));
	     n; n = htab_next(n)) {
		struct ike_child *c = hnode_entry(n, struct ike_child, by_sel);

		if (!c->pol_out || !xsel_equal(&c->sel, &pol->sel) ||
		    spd_has(&ike->spd, c->pol_out))
			continue;
		child_unhash_pol(ike, c);
		c->pol_out = pol->index;
		child_hash_pol(ike, c);
	}
}

int child_kernel(struct ike *ike, const struct kevent *ev)
{
	switch (ev->kind) {
	case KEV_ACQUIRE:
		return acquire(ike, ev);
	case KEV_EXPIRE:
		expire(ike, ev);
		return 0;
	case KEV_MAPPING:
		mapping(ike, ev);
		return 0;
	case KEV_POL_NEW:
		genpol_seen(ike, &ev->pol);
		if (ev->pol.dir == KDIR_OUT)
			policy_again(ike, &ev->pol);
		return spd_put(&ike->spd, &ev->pol);
	case KEV_POL_DEL:
		spd_del(&ike->spd, &ev->pol);
		return 0;
	case KEV_POL_FLUSH:
		spd_flush(&ike->spd);
		return 0;
	case KEV_SA_DEL:
		sa_gone(ike, ev);
		return 0;
	case KEV_SA_FLUSH:
		return sas_flushed(ike, ev->sa.proto);
	case KEV_RESYNC_BEGIN:
		spd_mark(&ike->spd);
		return 0;
	case KEV_RESYNC_END:
		spd_sweep(&ike->spd);
		survey_check(ike);
		return 0;
	}
	return XE_INVAL;
}
