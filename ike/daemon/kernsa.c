/* SPDX-License-Identifier: BSD-2-Clause */
#include <time.h>

#include "ike/daemon/kern_priv.h"
#include "libxfrm/base/err.h"

/* One SA of ours that is there: its counters, and new endpoints for it. */

int kern_sa_install(struct kern *k, const struct xfrm_sa *sa, bool update,
		    struct xmsg_error *e)
{
	struct xmsg *m = xfrm_sock_msg(k->req);
	int r;

	*e = (struct xmsg_error){ 0 };
	r = update ? xfrm_sa_build_update(m, sa) : xfrm_sa_build_new(m, sa);
	return r ? r : xfrm_sock_do(k->req, m, e);
}

static int sa_delete(struct kern *k, const struct xfrm_sa *sa,
		     struct xmsg_error *e)
{
	struct xmsg *m = xfrm_sock_msg(k->req);
	int r = xfrm_sa_build_delete(m, sa);

	*e = (struct xmsg_error){ 0 };
	return r ? r : xfrm_sock_do(k->req, m, e);
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
	kern_sa_id(id, &sa);
	r = xfrm_sa_build_get(m, &sa);
	if (!r)
		r = xfrm_sock_ask(k->req, m, take_sa, got, e);
	if (!r && !got->sa)
		r = XE_NOTFOUND;
	return r;
}

void kern_sa_get(struct kern *k, const struct kreq *q, struct kans *a)
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
 * An SA with new endpoints (a peer's NAT changed).  The kernel takes new ports
 * in an update, but has no message that moves an SA to another address: that
 * is read, deleted and added with its counters, and what it receives in
 * between is lost, as any packet may be.
 */
static int sa_move(struct kern *k, const struct kreq *q, struct xfrm_sa *sa,
		   struct xmsg_error *e)
{
	bool ports_only = xaddr_equal(&q->old_src, &q->sa.src) &&
			  xaddr_equal(&q->old_dst, &q->sa.dst) &&
			  sa->encap.type && q->sa.encap_sport;
	int r;

	sa->encap.type = q->sa.encap_sport ? XU_ENCAP_UDP : 0;
	sa->encap.sport = q->sa.encap_sport;
	sa->encap.dport = q->sa.encap_dport;
	if (ports_only)
		return kern_sa_install(k, sa, true, e);
	r = sa_delete(k, sa, e);
	if (r)
		return r;
	journal_del_sa(k->journal, sa->proto, &sa->dst, sa->spi);
	sa->src = q->sa.src;
	sa->dst = q->sa.dst;
	sa->family = q->sa.dst.family;
	sa->has |= XSA_HAS_REPLAY;
	return kern_sa_install(k, sa, false, e);
}

void kern_sa_update(struct kern *k, const struct kreq *q, struct kans *a)
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
		a->err = sa_move(k, q, sa, &e);
	if (!a->err)
		journal_add_sa(k->journal, sa->proto, &sa->src, &sa->dst,
			       sa->spi);
	else
		kern_explain(&e, XFRM_MSG_NEWSA, sa, NULL, a);
	arena_free(got.arena);
}
