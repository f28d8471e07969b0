/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/kern.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "ike/daemon/journal.h"
#include "libxfrm/base/err.h"
#include "libxfrm/explain.h"
#include "libxfrm/sock.h"

#define KERN_EVENT_ROUNDS 64	/* datagrams read before other work */

struct kern {
	struct loop *loop;
	struct logger log;
	struct xfrm_sock *req, *ev;
	struct journal *journal;
	kern_event_fn *fn;
	void *arg;
	bool resync;	/* events were lost and no dump came through since */
};

/* ---- values ----------------------------------------------------------- */

static void sa_id(const struct ksa *k, struct xfrm_sa *sa)
{
	*sa = (struct xfrm_sa){
		.src = k->src, .dst = k->dst, .spi = k->spi,
		.reqid = k->reqid, .family = k->dst.family,
		.proto = k->proto, .mode = (uint8_t)k->mode, .seq = k->seq,
	};
}

static void sa_full(const struct ksa *k, struct xfrm_sa *sa)
{
	sa_id(k, sa);
	if (k->seq)
		sa->has |= XSA_HAS_SEQ;
	/* Inner packets of a tunnel may be of the other family. */
	if (k->mode == KMODE_TUNNEL)
		sa->flags |= XFRM_STATE_AF_UNSPEC;
	/* RFC 4302 2.3: 4 bytes in IPv4, where Linux aligns to 8 by itself */
	if (k->proto == IPPROTO_AH && k->dst.family == AF_INET)
		sa->flags |= XFRM_STATE_ALIGN4;
	if (k->has_sel)
		sa->sel = k->sel;
	if (k->enc)
		xsa_alg_set(&sa->enc, k->enc, k->enc_key.p,
			    (unsigned int)k->enc_key.len * 8,
			    k->enc->kind == XALG_AEAD ? k->icv_bits : 0);
	if (k->auth)
		xsa_alg_set(&sa->auth, k->auth, k->auth_key.p,
			    (unsigned int)k->auth_key.len * 8, k->icv_bits);
	if (k->comp)
		xsa_alg_set(&sa->comp, k->comp, NULL, 0, 0);
	sa->replay.window = k->replay;
	sa->esn = k->esn;
	sa->life.soft_add = k->life.soft_sec;
	sa->life.hard_add = k->life.hard_sec;
	sa->life.soft_bytes = k->life.soft_bytes;
	sa->life.hard_bytes = k->life.hard_bytes;
	if (k->encap_sport) {
		sa->encap.type = XU_ENCAP_UDP;
		sa->encap.sport = k->encap_sport;
		sa->encap.dport = k->encap_dport;
		sa->encap.oa = k->encap_oa;
	}
}

static void pol_to_xfrm(const struct kpol *k, struct xfrm_policy *p,
			struct xfrm_tmpl tmpl[static XPOL_TMPL_MAX])
{
	*p = (struct xfrm_policy){
		.sel = k->sel, .dir = (uint8_t)k->dir, .priority = k->prio,
		.action = k->block ? XFRM_POLICY_BLOCK : XFRM_POLICY_ALLOW,
		.index = k->index, .ntmpl = (uint8_t)k->ntmpl, .tmpl = tmpl,
	};
	p->life.hard_add = k->lifetime;
	for (unsigned int i = 0; i < k->ntmpl; i++)
		tmpl[i] = (struct xfrm_tmpl){
			.src = k->tmpl[i].src, .dst = k->tmpl[i].dst,
			.reqid = k->tmpl[i].reqid,
			.family = k->tmpl[i].src.family,
			.proto = k->tmpl[i].proto,
			.mode = (uint8_t)k->tmpl[i].mode,
			.optional = k->tmpl[i].optional,
		};
}

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
		.lifetime = p->life.hard_add,
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

/* ---- what is ours ----------------------------------------------------- */

static bool own_sa(const struct kern *k, uint8_t proto, const struct xaddr *dst,
		   uint32_t spi)
{
	return journal_has_sa(k->journal, proto, dst, spi);
}

static bool own_policy(const struct kern *k, const struct kpol *p)
{
	return journal_has_policy(k->journal, p->dir, &p->sel);
}

static int refuse(struct kans *a, const char *text)
{
	snprintf(a->text, sizeof(a->text), "%s", text);
	return XE_REFUSED;
}

/*
 * The engine's process may have been taken over: it changes what racoon
 * installed and adds what IKE does, which is no hole in the policies of
 * others.  Deleting what is not there is no error, so neither is deleting
 * what is not ours, which stays.
 */
static int permit(const struct kern *k, const struct kreq *q, bool *skip,
		  struct kans *a)
{
	const struct ksa *sa = &q->sa;

	*skip = false;
	switch (q->kind) {
	case KREQ_GETSPI:
	case KREQ_SA_ADD:
		break;
	case KREQ_SA_GET:
		return own_sa(k, sa->proto, &sa->dst, sa->spi) ? 0 : -ESRCH;
	case KREQ_SA_UPDATE:
		return own_sa(k, sa->proto, &q->old_dst, sa->spi) ? 0 : -ESRCH;
	case KREQ_SA_DEL:
		*skip = !own_sa(k, sa->proto, &sa->dst, sa->spi);
		break;
	case KREQ_POL_ADD:
		if (q->pol.block || !q->pol.ntmpl ||
		    q->pol.prio != KPOL_PRIO_GENERATED)
			return refuse(a, "this is no policy that IKE makes");
		for (unsigned int i = 0; i < q->pol.ntmpl; i++)
			if (q->pol.tmpl[i].optional)
				return refuse(a, "this is no policy that IKE "
					      "makes");
		break;
	case KREQ_POL_DEL:
		*skip = !own_policy(k, &q->pol);
		break;
	}
	return 0;
}

/* ---- requests --------------------------------------------------------- */

static void explain(const struct xmsg_error *e, uint16_t op,
		    const struct xfrm_sa *sa, const struct xfrm_policy *p,
		    struct kans *a)
{
	struct xfrm_why why;

	xfrm_explain(e, op, sa, p, &why);
	snprintf(a->text, sizeof(a->text), "%.*s",
		 (int)sizeof(a->text) - 1,
		 why.text[0] ? why.text : e->text);
}

static int take_spi(void *arg, const struct xmsg_view *v)
{
	struct kans *a = arg;
	struct xfrm_sa sa;
	int r = xfrm_sa_parse(v, &sa);

	if (!r)
		a->spi = sa.spi;
	return r;
}

static void req_getspi(struct kern *k, const struct kreq *q, struct kans *a)
{
	struct xmsg *m = xfrm_sock_msg(k->req);
	struct xmsg_error e = { 0 };
	struct xfrm_sa sa;

	sa_id(&q->sa, &sa);
	a->err = xfrm_sa_build_allocspi(m, &sa, q->spi_min, q->spi_max);
	if (!a->err)
		a->err = xfrm_sock_ask(k->req, m, take_spi, a, &e);
	if (a->err) {
		explain(&e, XFRM_MSG_ALLOCSPI, &sa, NULL, a);
		return;
	}
	/* Larval SAs end by themselves, but not soon. */
	journal_add_sa(k->journal, q->sa.proto, &q->sa.src, &q->sa.dst, a->spi);
}

static int sa_install(struct kern *k, const struct xfrm_sa *sa, bool update,
		      struct xmsg_error *e)
{
	struct xmsg *m = xfrm_sock_msg(k->req);
	int r;

	*e = (struct xmsg_error){ 0 };
	r = update ? xfrm_sa_build_update(m, sa) : xfrm_sa_build_new(m, sa);
	return r ? r : xfrm_sock_do(k->req, m, e);
}

static void req_sa_add(struct kern *k, const struct kreq *q, struct kans *a)
{
	/* Ours to receive with: there is a larval SA of that SPI. */
	bool update = q->sa.dir == KDIR_IN &&
		      own_sa(k, q->sa.proto, &q->sa.dst, q->sa.spi);
	struct xmsg_error e;
	struct xfrm_sa sa;

	sa_full(&q->sa, &sa);
	a->err = sa_install(k, &sa, update, &e);
	if (a->err == -ESRCH && update) {
		update = false;	/* it ended meanwhile */
		a->err = sa_install(k, &sa, update, &e);
	}
	if (a->err)
		explain(&e, update ? XFRM_MSG_UPDSA : XFRM_MSG_NEWSA, &sa,
			NULL, a);
	else
		journal_add_sa(k->journal, sa.proto, &sa.src, &sa.dst, sa.spi);
}

static int sa_delete(struct kern *k, const struct xfrm_sa *sa,
		     struct xmsg_error *e)
{
	struct xmsg *m = xfrm_sock_msg(k->req);
	int r = xfrm_sa_build_delete(m, sa);

	*e = (struct xmsg_error){ 0 };
	return r ? r : xfrm_sock_do(k->req, m, e);
}

static void req_sa_del(struct kern *k, const struct kreq *q, struct kans *a)
{
	struct xmsg_error e;
	struct xfrm_sa sa;

	sa_id(&q->sa, &sa);
	a->err = sa_delete(k, &sa, &e);
	if (a->err == -ESRCH)
		a->err = 0;	/* gone is gone */
	if (a->err)
		explain(&e, XFRM_MSG_DELSA, &sa, NULL, a);
	else
		journal_del_sa(k->journal, sa.proto, &sa.dst, sa.spi);
}

/* Counters, the sequence numbers and all else the kernel knows of one SA. */
struct got_sa {
	struct arena *arena;
	struct xfrm_sa *sa;
};

static int take_sa(void *arg, const struct xmsg_view *v)
{
	struct got_sa *got = arg;
	struct xfrm_sa sa;
	int r = xfrm_sa_parse(v, &sa);

	if (r)
		return r;
	got->sa = xfrm_sa_dup(got->arena, &sa);
	return got->sa ? 0 : XE_NOMEM;
}

static int sa_get(struct kern *k, const struct ksa *id, struct got_sa *got,
		  struct xmsg_error *e)
{
	struct xmsg *m = xfrm_sock_msg(k->req);
	struct xfrm_sa sa;
	int r;

	*e = (struct xmsg_error){ 0 };
	got->sa = NULL;
	got->arena = arena_new(ARENA_WIPE);
	if (!got->arena)
		return XE_NOMEM;
	sa_id(id, &sa);
	r = xfrm_sa_build_get(m, &sa);
	if (!r)
		r = xfrm_sock_ask(k->req, m, take_sa, got, e);
	if (!r && !got->sa)
		r = XE_NOTFOUND;
	return r;
}

static void req_sa_get(struct kern *k, const struct kreq *q, struct kans *a)
{
	struct xmsg_error e;
	struct got_sa got;
	uint64_t now = (uint64_t)time(NULL), last;

	a->err = sa_get(k, &q->sa, &got, &e);
	if (!a->err) {
		last = got.sa->has & XSA_HAS_LASTUSED ? got.sa->last_used
						      : got.sa->cur.use_time;
		a->count.bytes = got.sa->cur.bytes;
		a->count.packets = got.sa->cur.packets;
		a->count.use_age = !last	? UINT64_MAX
				   : last > now ? 0
						: now - last;
	}
	arena_free(got.arena);
}

/*
 * An SA with new endpoints (a peer's NAT changed): the kernel has no message
 * that moves an SA, so it is read, deleted and added with its counters; what
 * it receives in between is lost, as any packet may be.
 */
static void req_sa_update(struct kern *k, const struct kreq *q, struct kans *a)
{
	struct ksa old = q->sa;
	struct xmsg_error e;
	struct got_sa got;
	struct xfrm_sa *sa;

	old.src = q->old_src;
	old.dst = q->old_dst;
	a->err = sa_get(k, &old, &got, &e);
	sa = got.sa;
	if (!a->err)
		a->err = sa_delete(k, sa, &e);
	if (!a->err) {
		journal_del_sa(k->journal, sa->proto, &sa->dst, sa->spi);
		sa->src = q->sa.src;
		sa->dst = q->sa.dst;
		sa->family = q->sa.dst.family;
		sa->encap.type = q->sa.encap_sport ? XU_ENCAP_UDP : 0;
		sa->encap.sport = q->sa.encap_sport;
		sa->encap.dport = q->sa.encap_dport;
		sa->has |= XSA_HAS_REPLAY;
		a->err = sa_install(k, sa, false, &e);
	}
	if (!a->err)
		journal_add_sa(k->journal, sa->proto, &sa->src, &sa->dst,
			       sa->spi);
	else
		explain(&e, XFRM_MSG_NEWSA, sa, NULL, a);
	arena_free(got.arena);
}

static int take_policy(void *arg, const struct xmsg_view *v)
{
	struct xfrm_tmpl tmpl[XPOL_TMPL_MAX];
	struct kans *a = arg;
	struct xfrm_policy p;
	int r = xfrm_policy_parse(v, &p, tmpl);

	if (!r)
		a->pol_index = p.index;
	return r;
}

static void req_policy(struct kern *k, const struct kreq *q, struct kans *a)
{
	bool add = q->kind == KREQ_POL_ADD;
	struct xmsg *m = xfrm_sock_msg(k->req);
	struct xfrm_tmpl tmpl[XPOL_TMPL_MAX];
	struct xmsg_error e = { 0 };
	struct xfrm_policy p;

	pol_to_xfrm(&q->pol, &p, tmpl);
	p.index = 0;	/* would count for more than the selector */
	if (!add)
		a->err = xfrm_policy_build_delete(m, &p);
	else if (own_policy(k, &q->pol))
		a->err = xfrm_policy_build_update(m, &p);
	else
		a->err = xfrm_policy_build_new(m, &p);
	if (!a->err)
		a->err = xfrm_sock_do(k->req, m, &e);
	if (!add && a->err == -ENOENT)
		a->err = 0;
	if (a->err) {
		explain(&e, add ? XFRM_MSG_UPDPOLICY : XFRM_MSG_DELPOLICY,
			NULL, &p, a);
		return;
	}
	if (!add) {
		journal_del_policy(k->journal, q->pol.dir, &q->pol.sel);
		return;
	}
	journal_add_policy(k->journal, q->pol.dir, &q->pol.sel);
	m = xfrm_sock_msg(k->req);
	if (!xfrm_policy_build_get(m, &p))
		xfrm_sock_ask(k->req, m, take_policy, a, NULL);
}

void kern_request(struct kern *k, const struct kreq *q, struct kans *a)
{
	bool skip;

	*a = (struct kans){ .id = q->id, .count.use_age = UINT64_MAX };
	a->err = permit(k, q, &skip, a);
	if (a->err || skip)
		return;
	switch (q->kind) {
	case KREQ_GETSPI:
		req_getspi(k, q, a);
		break;
	case KREQ_SA_ADD:
		req_sa_add(k, q, a);
		break;
	case KREQ_SA_UPDATE:
		req_sa_update(k, q, a);
		break;
	case KREQ_SA_DEL:
		req_sa_del(k, q, a);
		break;
	case KREQ_SA_GET:
		req_sa_get(k, q, a);
		break;
	case KREQ_POL_ADD:
	case KREQ_POL_DEL:
		req_policy(k, q, a);
		break;
	}
}

/* ---- events ----------------------------------------------------------- */

static void emit(struct kern *k, enum kev_kind kind)
{
	struct kevent e = { .kind = kind };

	k->fn(k->arg, &e);
}

static void ev_policy(struct kern *k, enum kev_kind kind,
		      const struct xfrm_policy *p)
{
	struct kevent e = { .kind = kind };

	if (!pol_from_xfrm(p, &e.pol))
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

/* Does the kernel still have what the entry names?  In doubt, yes. */
static bool still_there(void *arg, const struct journal_entry *e)
{
	struct kern *k = arg;
	struct xmsg *m = xfrm_sock_msg(k->req);
	struct xfrm_policy p = { .dir = (uint8_t)e->dir, .sel = e->sel };
	struct xfrm_sa sa = {
		.proto = e->proto, .src = e->src, .dst = e->dst,
		.family = e->dst.family, .spi = e->spi,
	};
	int r = e->policy ? xfrm_policy_build_get(m, &p)
			  : xfrm_sa_build_get(m, &sa);

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

	k->resync = true;
	emit(k, KEV_RESYNC_BEGIN);
	r = xfrm_sock_dump_policy(k->req, take_dumped, k, NULL);
	/* A change during the dump comes as an event of its own. */
	if (r < 0 && r != XE_INTR) {
		log_line(&k->log, LOG_LV_ERROR,
			 "cannot read the kernel's policies: %s", xe_str(r));
		return;
	}
	k->resync = false;
	emit(k, KEV_RESYNC_END);
}

static void kern_ready(void *arg, int fd, unsigned int events)
{
	struct kern *k = arg;

	for (int i = 0; i < KERN_EVENT_ROUNDS; i++) {
		int r = xfrm_sock_events(k->ev, take_event, k);

		if (r == -ENOBUFS) {
			log_line(&k->log, LOG_LV_WARNING,
				 "the kernel had to drop events: reading its "
				 "policies again");
			kern_resync(k);
		} else if (r <= 0) {
			break;
		}
	}
}

/* ---- life ------------------------------------------------------------- */

static void drop_left(void *arg, const struct journal_entry *e)
{
	struct kern *k = arg;
	struct xmsg *m = xfrm_sock_msg(k->req);
	struct xfrm_policy p = { 0 };
	struct xfrm_sa sa = { 0 };
	int r;

	if (e->policy) {
		p.dir = (uint8_t)e->dir;
		p.sel = e->sel;
		r = xfrm_policy_build_delete(m, &p);
	} else {
		sa.proto = e->proto;
		sa.src = e->src;
		sa.dst = e->dst;
		sa.family = e->dst.family;
		sa.spi = e->spi;
		r = xfrm_sa_build_delete(m, &sa);
	}
	if (!r)
		xfrm_sock_do(k->req, m, NULL);
}

void kern_purge(struct kern *k)
{
	journal_drain(k->journal, drop_left, k);
}

int kern_open(struct kern **out, struct loop *loop, const struct logger *log,
	      unsigned int bufsize, const char *journal, kern_event_fn *fn,
	      void *arg, char *text, size_t size)
{
	static const unsigned int groups =
		XGRP(XFRMNLGRP_ACQUIRE) | XGRP(XFRMNLGRP_EXPIRE) |
		XGRP(XFRMNLGRP_SA) | XGRP(XFRMNLGRP_POLICY) |
		XGRP(XFRMNLGRP_MAPPING);
	struct kern *k = calloc(1, sizeof(*k));
	struct xfrm_why why = { 0 };
	int buf = (int)bufsize, r;

	*out = NULL;
	if (!k)
		return XE_NOMEM;
	k->loop = loop;
	k->log = *log;
	k->fn = fn;
	k->arg = arg;
	r = xfrm_sock_open(0, &k->req);
	if (!r)
		r = xfrm_sock_open(groups, &k->ev);
	if (r < 0)
		xfrm_explain_open(r, &why);
	if (!r && buf)
		setsockopt(xfrm_sock_fd(k->ev), SOL_SOCKET, SO_RCVBUFFORCE,
			   &buf, sizeof(buf));
	if (!r)
		r = journal_open(&k->journal, journal);
	if (!r) {
		journal_drain(k->journal, drop_left, k);
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
	xfrm_sock_close(k->ev);
	xfrm_sock_close(k->req);
	journal_close(k->journal);
	free(k);
}
