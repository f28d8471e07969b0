/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/kern.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ike/daemon/kern_priv.h"
#include "libxfrm/base/err.h"
#include "libxfrm/explain.h"

/*
 * Datagrams read before other work: as many as the requests of a round cause,
 * or the end of thousands of tunnels overflows the socket.
 */
#define KERN_EVENT_ROUNDS 2048
#define RESYNC_MS 1000		/* until policies are read again */

/* XE_UNSUPPORTED for policies that are none of IKE's business. */
static int pol_from_xfrm(const struct xfrm_policy *p, struct kpol *k)
{
	if (xfrm_policy_is_socket(p) || p->dir > XFRM_POLICY_FWD ||
	    p->ptype != XFRM_POLICY_TYPE_MAIN || p->ntmpl > KPOL_TMPL_MAX)
		return XE_UNSUPPORTED;
	*k = (struct kpol){
		.index = p->index, .dir = (enum kdir)p->dir,
		.prio = p->priority, .sel = p->sel, .ntmpl = p->ntmpl,
		.block = p->action == XFRM_POLICY_BLOCK,
		.lifetime = p->life.hard_add < UINT32_MAX
				    ? (uint32_t)p->life.hard_add : 0,
	};
	for (unsigned int i = 0; i < p->ntmpl; i++) {
		const struct xfrm_tmpl *t = &p->tmpl[i];

		if (t->mode != XFRM_MODE_TRANSPORT &&
		    t->mode != XFRM_MODE_TUNNEL)
			return XE_UNSUPPORTED;
		if (t->proto != IPPROTO_ESP && t->proto != IPPROTO_AH &&
		    t->proto != IPPROTO_COMP)
			return XE_UNSUPPORTED;
		k->tmpl[i] = (struct ktmpl){
			.proto = t->proto, .mode = (enum kmode)t->mode,
			.optional = t->optional, .reqid = t->reqid,
			.src = t->src, .dst = t->dst,
		};
	}
	return 0;
}

/* ---- events ----------------------------------------------------------- */

static void emit(struct kern *k, enum kev_kind kind)
{
	struct kevent e = { .kind = kind };

	k->fn(k->arg, &e);
}

/* Those for forwarding are twins of inbound ones: IKE has no use for them. */
static void ev_policy(struct kern *k, enum kev_kind kind,
		      const struct xfrm_policy *p)
{
	struct kevent e = { .kind = kind };

	if (p->dir != XFRM_POLICY_FWD && !pol_from_xfrm(p, &e.pol))
		k->fn(k->arg, &e);
}

static void ev_sa(struct kern *k, enum kev_kind kind,
		  const struct xfrm_event *x)
{
	struct kevent e = { .kind = kind, .hard = x->hard };

	e.sa.proto = x->sa.proto;
	e.sa.src = x->sa.src;
	e.sa.dst = x->sa.dst;
	e.sa.spi = x->sa.spi;
	e.sa.reqid = x->sa.reqid;
	if (kind == KEV_MAPPING) {
		e.sa.src = x->map.old_src;
		e.new_addr = x->map.new_src;
		e.new_port = x->map.new_sport;
	}
	k->fn(k->arg, &e);
}

static void ev_acquire(struct kern *k, const struct xfrm_event *x)
{
	struct kevent e = { .kind = KEV_ACQUIRE };

	if (pol_from_xfrm(&x->pol, &e.pol))
		return;
	e.sa.proto = x->acq.proto;
	e.sa.src = x->acq.src;
	e.sa.dst = x->acq.dst;
	if (x->pol.ntmpl)
		e.sa.reqid = x->pol.tmpl[0].reqid;
	e.flow = x->acq.sel;
	e.seq = x->acq.seq;
	k->fn(k->arg, &e);
}

/* ---- what others did to ours ------------------------------------------ */

static int ignore(void *arg, const struct xmsg_view *v)
{
	return 0;
}

typedef int build_policy_fn(struct xmsg *m, const struct xfrm_policy *p);
typedef int build_sa_fn(struct xmsg *m, const struct xfrm_sa *sa);

/* A message about what the entry names. */
static int build_about(const struct journal_entry *e, struct xmsg *m,
		       build_policy_fn *policy, build_sa_fn *sa)
{
	struct xfrm_policy p = { 0 };
	struct xfrm_sa s = { 0 };

	if (e->policy) {
		p.dir = (uint8_t)e->dir;
		p.sel = e->sel;
		return policy(m, &p);
	}
	s.proto = e->proto;
	s.src = e->src;
	s.dst = e->dst;
	s.family = e->dst.family;
	s.spi = e->spi;
	return sa(m, &s);
}

/* Does the kernel still have what the entry names?  In doubt, yes. */
static bool still_there(void *arg, const struct journal_entry *e)
{
	struct kern *k = arg;
	struct xmsg *m = xfrm_sock_msg(k->req);
	int r = build_about(e, m, xfrm_policy_build_get, xfrm_sa_build_get);

	if (!r)
		r = xfrm_sock_ask(k->req, m, ignore, NULL, NULL);
	return r != -ENOENT && r != -ESRCH;
}

/*
 * Others deleted it, or it ended: it is not to be deleted again at the end,
 * when another may be in its place.  A new one of ours may be there already.
 */
static void policy_gone(struct kern *k, const struct xfrm_policy *p)
{
	struct journal_entry e = { .policy = true, .dir = (enum kdir)p->dir,
				   .sel = p->sel };

	if (p->dir <= XFRM_POLICY_FWD &&
	    journal_has_policy(k->journal, e.dir, &e.sel) &&
	    !still_there(k, &e))
		journal_del_policy(k->journal, e.dir, &e.sel);
}

static bool policies_stay(void *arg, const struct journal_entry *e)
{
	return !e->policy || still_there(arg, e);
}

static bool sas_stay(void *arg, const struct journal_entry *e)
{
	return e->policy || still_there(arg, e);
}

static void ev_sa_flush(struct kern *k, uint8_t proto)
{
	struct kevent e = { .kind = KEV_SA_FLUSH };

	journal_sift(k->journal, sas_stay, k);
	if (proto == IPPROTO_ESP || proto == IPPROTO_AH ||
	    proto == IPPROTO_COMP)
		e.sa.proto = proto;
	k->fn(k->arg, &e);
}

static int take_event(void *arg, const struct xfrm_event *x)
{
	struct kern *k = arg;
	bool own = x->port == xfrm_sock_port(k->req);

	switch (x->type) {
	case XEV_ACQUIRE:
		ev_acquire(k, x);
		break;
	case XEV_SA_EXPIRE:
		if (x->hard)
			journal_del_sa(k->journal, x->sa.proto, &x->sa.dst,
				       x->sa.spi);
		ev_sa(k, KEV_EXPIRE, x);
		break;
	case XEV_MAPPING:
		ev_sa(k, KEV_MAPPING, x);
		break;
	case XEV_POL_NEW:
	case XEV_POL_UPDATE:
		ev_policy(k, KEV_POL_NEW, &x->pol);
		break;
	case XEV_POL_DELETE:
	case XEV_POL_EXPIRE:
		if (x->type == XEV_POL_EXPIRE && !x->hard)
			break;
		if (!own)
			policy_gone(k, &x->pol);
		ev_policy(k, KEV_POL_DEL, &x->pol);
		break;
	case XEV_POL_FLUSH:
		journal_sift(k->journal, policies_stay, k);
		emit(k, KEV_POL_FLUSH);
		break;
	case XEV_SA_DELETE:
		if (own)
			break;
		journal_del_sa(k->journal, x->sa.proto, &x->sa.dst, x->sa.spi);
		ev_sa(k, KEV_SA_DEL, x);
		break;
	case XEV_SA_FLUSH:
		ev_sa_flush(k, x->proto);
		break;
	case XEV_SA_NEW:
	case XEV_SA_UPDATE:
	case XEV_MIGRATE:
	case XEV_REPORT:
	case XEV_AEVENT:
	case XEV_SADINFO:
	case XEV_SPDINFO:
	case XEV_DEFAULT:
	case XEV_COUNT:
		break;
	}
	return 0;
}

static int take_dumped(void *arg, const struct xfrm_policy *p)
{
	ev_policy(arg, KEV_POL_NEW, p);
	return 0;
}

void kern_resync(struct kern *k)
{
	int r;

	kern_flush(k);
	k->resync_at = 0;
	emit(k, KEV_RESYNC_BEGIN);
	r = xfrm_sock_dump_policy(k->req, take_dumped, k, NULL);
	/* A change during the dump comes as an event of its own. */
	if (r < 0 && r != XE_INTR) {
		log_line(&k->log, LOG_LV_ERROR,
			 "cannot read the kernel's policies: %s", xe_str(r));
		k->resync_at = loop_now() + RESYNC_MS;
		return;
	}
	emit(k, KEV_RESYNC_END);
}

uint64_t kern_until(struct kern *k, uint64_t now)
{
	if (k->resync_at && now >= k->resync_at)
		kern_resync(k);
	return k->resync_at ? k->resync_at : UINT64_MAX;
}

/*
 * The kernel tells once that it drops events, and drops until all are read: so
 * policies are read again only then, and no old event counts for more.
 */
static void kern_ready(void *arg, int fd, unsigned int events)
{
	struct kern *k = arg;
	int r = 1;

	kern_flush(k);
	for (int i = 0; i < KERN_EVENT_ROUNDS && r > 0; i++) {
		r = xfrm_sock_events(k->ev, take_event, k);
		if (r == -ENOBUFS) {
			k->lost = true;
			r = 1;
		}
	}
	if (r > 0 || !k->lost)
		return;
	k->lost = false;
	log_line(&k->log, LOG_LV_WARNING, "the kernel had to drop events: "
		 "reading its policies again");
	kern_resync(k);
}

/* ---- life ------------------------------------------------------------- */

/* Queues its deletion; it stays noted until that was sent. */
static bool drop_left(void *arg, const struct journal_entry *e)
{
	struct xfrm_batch *b = arg;
	struct xmsg *m = xfrm_batch_msg(b);

	if (m && !build_about(e, m, xfrm_policy_build_delete,
			      xfrm_sa_build_delete))
		xfrm_batch_add(b, 0);
	return true;
}

/* Deletes all that is noted; that the kernel has not all of it is fine. */
static void drop_all(struct kern *k)
{
	struct xfrm_batch *b;

	if (xfrm_batch_new(k->req, NULL, NULL, &b) < 0)
		return;
	journal_sift(k->journal, drop_left, b);
	if (!xfrm_batch_flush(b))
		journal_drain(k->journal, NULL, NULL);
	xfrm_batch_free(b);
}

void kern_purge(struct kern *k)
{
	kern_flush(k);
	drop_all(k);
}

/* Our sockets; additions of SAs are no news to us. */
static int open_sockets(struct kern *k, unsigned int bufsize)
{
	static const unsigned int groups =
		XGRP(XFRMNLGRP_ACQUIRE) | XGRP(XFRMNLGRP_EXPIRE) |
		XGRP(XFRMNLGRP_SA) | XGRP(XFRMNLGRP_POLICY) |
		XGRP(XFRMNLGRP_MAPPING);
	static const uint16_t mute[] = { XFRM_MSG_NEWSA, XFRM_MSG_UPDSA };
	int buf = (int)bufsize;
	int r = xfrm_sock_open(0, &k->req);

	if (!r)
		r = xfrm_sock_open(groups, &k->ev);
	if (r < 0)
		return r;
	if (buf)
		setsockopt(xfrm_sock_fd(k->ev), SOL_SOCKET, SO_RCVBUFFORCE,
			   &buf, sizeof(buf));
	/* They cost time only: it works without. */
	(void)xfrm_sock_mute(k->ev, mute, sizeof(mute) / sizeof(mute[0]));
	return 0;
}

int kern_open(struct kern **out, struct loop *loop, const struct logger *log,
	      unsigned int bufsize, const char *journal,
	      const struct kern_ops *ops, char *text, size_t size)
{
	struct kern *k = calloc(1, sizeof(*k));
	struct xfrm_why why = { 0 };
	int r;

	*out = NULL;
	if (!k)
		return XE_NOMEM;
	k->loop = loop;
	k->log = *log;
	k->fn = ops->event;
	k->answer = ops->answer;
	k->arg = ops->arg;
	r = open_sockets(k, bufsize);
	if (r < 0)
		xfrm_explain_open(r, &why);
	if (!r) {
		r = journal_open(&k->journal, journal);
		if (r < 0)
			snprintf(why.text, sizeof(why.text),
				 "%.100s cannot be written: %s",
				 journal ? journal : "memory", xe_str(r));
	}
	if (!r) {
		drop_all(k);
		r = loop_fd(loop, xfrm_sock_fd(k->ev), LOOP_READ, kern_ready,
			    k);
	}
	if (r < 0) {
		snprintf(text, size, "%s%s%s", why.text[0] ? why.text : xe_str(r),
			 why.hint[0] ? ": " : "", why.hint);
		kern_free(k);
		return r;
	}
	*out = k;
	return 0;
}

void kern_free(struct kern *k)
{
	if (!k)
		return;
	if (k->ev)
		loop_fd_del(k->loop, xfrm_sock_fd(k->ev));
	for (unsigned int i = 0; i < k->npending; i++)
		kreq_clear(&k->pending[i].q);
	xfrm_batch_free(k->batch);
	xfrm_sock_close(k->ev);
	xfrm_sock_close(k->req);
	journal_close(k->journal);
	free(k);
}
