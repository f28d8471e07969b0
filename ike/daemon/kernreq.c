/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <time.h>

#include "ike/daemon/kern_priv.h"
#include "libxfrm/base/err.h"
#include "libxfrm/explain.h"

/*
 * Requests of the engine.  Additions are collected and cross to the kernel
 * together: a tunnel takes six, and thousands come up at once.
 */

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

/* It protects: only compression may be left out, and only beside more. */
static bool made_by_ike(const struct kpol *p)
{
	bool protects = false;

	for (unsigned int i = 0; i < p->ntmpl; i++) {
		bool comp = p->tmpl[i].proto == IPPROTO_COMP;

		if (p->tmpl[i].optional && !comp)
			return false;
		protects |= !p->tmpl[i].optional;
	}
	return !p->block && protects && p->prio == KPOL_PRIO_GENERATED;
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
		if (!k->generates && !own_policy(k, &q->pol))
			return refuse(a, "no remote section has "
				      "generate_policy");
		if (!made_by_ike(&q->pol))
			return refuse(a, "this is no policy that IKE makes");
		break;
	case KREQ_POL_DEL:
		*skip = !own_policy(k, &q->pol);
		break;
	}
	return 0;
}

void kern_generate(struct kern *k, bool on)
{
	k->generates = on;
}

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

/* ---- SAs and policies are added --------------------------------------- */

static int sa_install(struct kern *k, const struct xfrm_sa *sa, bool update,
		      struct xmsg_error *e)
{
	struct xmsg *m = xfrm_sock_msg(k->req);
	int r;

	*e = (struct xmsg_error){ 0 };
	r = update ? xfrm_sa_build_update(m, sa) : xfrm_sa_build_new(m, sa);
	return r ? r : xfrm_sock_do(k->req, m, e);
}

/* The message for the kernel. */
static int add_build(struct kern *k, struct kern_pending *p, struct xmsg *m)
{
	const struct kreq *q = &p->q;
	struct xfrm_tmpl tmpl[XPOL_TMPL_MAX];
	struct xfrm_policy pol;
	struct xfrm_sa sa;

	if (q->kind == KREQ_GETSPI) {
		sa_id(&q->sa, &sa);
		return xfrm_sa_build_allocspi(m, &sa, q->spi_min, q->spi_max);
	}
	if (q->kind == KREQ_SA_ADD) {
		sa_full(&q->sa, &sa);
		/* Ours to receive with: there is a larval SA of that SPI. */
		p->update = q->sa.dir == KDIR_IN &&
			    own_sa(k, q->sa.proto, &q->sa.dst, q->sa.spi);
		return p->update ? xfrm_sa_build_update(m, &sa)
				 : xfrm_sa_build_new(m, &sa);
	}
	pol_to_xfrm(&q->pol, &pol, tmpl);
	pol.index = 0;	/* would count for more than the selector */
	p->update = own_policy(k, &q->pol);
	return p->update ? xfrm_policy_build_update(m, &pol)
			 : xfrm_policy_build_new(m, &pol);
}

static void sa_added(struct kern *k, struct kern_pending *p, struct kans *a)
{
	struct xfrm_sa sa;

	sa_full(&p->q.sa, &sa);
	if (a->err == -ESRCH && p->update) {
		p->update = false;	/* it ended meanwhile */
		a->err = sa_install(k, &sa, false, &p->e);
	}
	if (a->err)
		explain(&p->e, p->update ? XFRM_MSG_UPDSA : XFRM_MSG_NEWSA,
			&sa, NULL, a);
	else
		journal_add_sa(k->journal, sa.proto, &sa.src, &sa.dst, sa.spi);
}

static void policy_added(struct kern *k, const struct kern_pending *p,
			 struct kans *a)
{
	const struct kpol *pol = &p->q.pol;
	struct xfrm_tmpl tmpl[XPOL_TMPL_MAX];
	struct xfrm_policy xp;

	if (!a->err) {
		journal_add_policy(k->journal, pol->dir, &pol->sel);
		return;
	}
	pol_to_xfrm(pol, &xp, tmpl);
	explain(&p->e, XFRM_MSG_UPDPOLICY, NULL, &xp, a);
}

static void spi_got(struct kern *k, const struct kern_pending *p,
		    struct kans *a)
{
	const struct ksa *id = &p->q.sa;
	struct xfrm_sa sa;

	if (!a->err) {
		a->spi = p->spi;
		/* Larval SAs end by themselves, but not soon. */
		journal_add_sa(k->journal, id->proto, &id->src, &id->dst,
			       a->spi);
		return;
	}
	sa_id(id, &sa);
	explain(&p->e, XFRM_MSG_ALLOCSPI, &sa, NULL, a);
}

static void add_done(struct kern *k, struct kern_pending *p, struct kans *a)
{
	switch (p->q.kind) {
	case KREQ_GETSPI:
		spi_got(k, p, a);
		break;
	case KREQ_SA_ADD:
		sa_added(k, p, a);
		break;
	case KREQ_POL_ADD:
		policy_added(k, p, a);
		break;
	case KREQ_SA_UPDATE:
	case KREQ_SA_DEL:
	case KREQ_SA_GET:
	case KREQ_POL_DEL:
		break;
	}
}

/* ---- and all else ------------------------------------------------------ */

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
		return sa_install(k, sa, true, e);
	r = sa_delete(k, sa, e);
	if (r)
		return r;
	journal_del_sa(k->journal, sa->proto, &sa->dst, sa->spi);
	sa->src = q->sa.src;
	sa->dst = q->sa.dst;
	sa->family = q->sa.dst.family;
	sa->has |= XSA_HAS_REPLAY;
	return sa_install(k, sa, false, e);
}

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
		a->err = sa_move(k, q, sa, &e);
	if (!a->err)
		journal_add_sa(k->journal, sa->proto, &sa->src, &sa->dst,
			       sa->spi);
	else
		explain(&e, XFRM_MSG_NEWSA, sa, NULL, a);
	arena_free(got.arena);
}

static void req_policy_del(struct kern *k, const struct kreq *q,
			   struct kans *a)
{
	struct xmsg *m = xfrm_sock_msg(k->req);
	struct xfrm_tmpl tmpl[XPOL_TMPL_MAX];
	struct xmsg_error e = { 0 };
	struct xfrm_policy p;

	pol_to_xfrm(&q->pol, &p, tmpl);
	p.index = 0;	/* would count for more than the selector */
	a->err = xfrm_policy_build_delete(m, &p);
	if (!a->err)
		a->err = xfrm_sock_do(k->req, m, &e);
	if (a->err == -ENOENT)
		a->err = 0;
	if (a->err)
		explain(&e, XFRM_MSG_DELPOLICY, NULL, &p, a);
	else
		journal_del_policy(k->journal, q->pol.dir, &q->pol.sel);
}

/* ---- one by one, and many at a time ----------------------------------- */

/* Additions are what comes in numbers; the others have to see their results. */
static bool is_addition(const struct kreq *q)
{
	return q->kind == KREQ_GETSPI || q->kind == KREQ_SA_ADD ||
	       q->kind == KREQ_POL_ADD;
}

static void other_request(struct kern *k, const struct kreq *q, struct kans *a)
{
	switch (q->kind) {
	case KREQ_SA_UPDATE:
		req_sa_update(k, q, a);
		break;
	case KREQ_SA_DEL:
		req_sa_del(k, q, a);
		break;
	case KREQ_SA_GET:
		req_sa_get(k, q, a);
		break;
	case KREQ_POL_DEL:
		req_policy_del(k, q, a);
		break;
	case KREQ_GETSPI:
	case KREQ_SA_ADD:
	case KREQ_POL_ADD:
		break;
	}
}

static void refused(void *arg, uint64_t i, const struct xmsg_error *e)
{
	struct kern *k = arg;

	k->pending[i].e = *e;
}

static void answered(void *arg, uint64_t i, const struct xmsg_view *v)
{
	struct kern *k = arg;
	struct xfrm_sa sa;
	int r = xfrm_sa_parse(v, &sa);

	if (r)
		k->pending[i].e.err = r;
	else
		k->pending[i].spi = sa.spi;
}

/* Sends what was collected and reads what came of it. */
static void send_pending(struct kern *k)
{
	int r = k->batch ? xfrm_batch_flush(k->batch) : 0;

	if (r < 0) {
		xfrm_batch_free(k->batch);
		k->batch = NULL;
	}
	for (unsigned int i = 0; r < 0 && i < k->npending; i++)
		if (!k->pending[i].e.err)
			k->pending[i].e.err = r;
}

/* Ends request i: its answer, in *a. */
static void finish(struct kern *k, unsigned int i, struct kans *a)
{
	struct kern_pending *p = &k->pending[i];

	*a = (struct kans){ .id = p->q.id, .err = p->e.err,
			    .count.use_age = UINT64_MAX };
	add_done(k, p, a);
	kreq_clear(&p->q);
}

static void note(struct kern *k)
{
	int r = journal_flush(k->journal);

	if (r < 0 && !k->unnoted)
		log_line(&k->log, LOG_LV_ERROR, "cannot note what is installed "
			 "in the kernel: %s; it stays there if racoon is killed "
			 "now", xe_str(r));
	k->unnoted = r < 0;
}

void kern_flush(struct kern *k)
{
	unsigned int n = k->npending;
	struct kans a;

	if (n)
		send_pending(k);
	k->npending = 0;
	for (unsigned int i = 0; i < n; i++) {
		finish(k, i, &a);
		k->answer(k->arg, &a);
	}
	note(k);
}

/* Is there one on its way for the same policy?  Then its result counts. */
static bool same_pending(const struct kern *k, const struct kreq *q)
{
	for (unsigned int i = 0; q->kind == KREQ_POL_ADD && i < k->npending; i++)
		if (k->pending[i].q.kind == KREQ_POL_ADD &&
		    k->pending[i].q.pol.dir == q->pol.dir &&
		    xsel_equal(&k->pending[i].q.pol.sel, &q->pol.sel))
			return true;
	return false;
}

/* Puts an addition behind those that wait; an error becomes its result. */
static void add_pending(struct kern *k, struct kreq *q)
{
	struct kern_pending *p = &k->pending[k->npending];
	struct xmsg *m;
	int r = 0;

	*p = (struct kern_pending){ .q = *q };
	q->sa.enc_key = q->sa.auth_key = (struct secret){ 0 };
	if (!k->batch)
		r = xfrm_batch_new(k->req, refused, k, &k->batch);
	if (!r)
		xfrm_batch_answers(k->batch, answered);
	m = r ? NULL : xfrm_batch_msg(k->batch);
	if (!r)
		r = m ? add_build(k, p, m) : xfrm_batch_flush(k->batch);
	if (!r && q->kind == KREQ_GETSPI)
		r = xfrm_batch_add_ask(k->batch, k->npending);
	else if (!r)
		r = xfrm_batch_add(k->batch, k->npending);
	p->e.err = r;
	k->npending++;
}

void kern_put(struct kern *k, struct kreq *q)
{
	struct kans a = { .id = q->id, .count.use_age = UINT64_MAX };
	bool skip, wait;

	wait = is_addition(q) && k->npending < KERN_BATCH && !same_pending(k, q);
	if (!wait)
		kern_flush(k);
	a.err = permit(k, q, &skip, &a);
	if (!a.err && !skip && is_addition(q)) {
		add_pending(k, q);
		return;
	}
	if (!a.err && !skip)
		other_request(k, q, &a);
	k->answer(k->arg, &a);
	kreq_clear(q);
}
