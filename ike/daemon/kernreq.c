/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

#include "ike/daemon/kern_priv.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"
#include "libxfrm/explain.h"

/*
 * Requests of the engine.  What adds and deletes is collected and crosses to
 * the kernel together: a tunnel takes six requests to come and five to go, and
 * thousands come up, or end, at once.
 */

/* ---- values ----------------------------------------------------------- */

void kern_sa_id(const struct ksa *k, struct xfrm_sa *sa)
{
	*sa = (struct xfrm_sa){
		.src = k->src, .dst = k->dst, .spi = k->spi,
		.reqid = k->reqid, .family = k->dst.family,
		.proto = k->proto, .mode = (uint8_t)k->mode, .seq = k->seq,
	};
}

static void sa_full(const struct ksa *k, struct xfrm_sa *sa)
{
	kern_sa_id(k, sa);
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
		.index = k->index, .ntmpl = k->ntmpl, .tmpl = tmpl,
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

void kern_explain(const struct xmsg_error *e, uint16_t op,
		  const struct xfrm_sa *sa, const struct xfrm_policy *p,
		  struct kans *a)
{
	struct xfrm_why why;

	xfrm_explain(e, op, sa, p, &why);
	snprintf(a->text, sizeof(a->text), "%.*s",
		 (int)sizeof(a->text) - 1,
		 why.text[0] ? why.text : e->text);
}

/* ---- what crosses together --------------------------------------------- */

static int build_sa(struct kern *k, struct kern_pending *p, struct xmsg *m)
{
	const struct kreq *q = &p->q;
	struct xfrm_sa sa;

	if (q->kind == KREQ_SA_ADD) {
		sa_full(&q->sa, &sa);
		/* Ours to receive with: there is a larval SA of that SPI. */
		p->update = q->sa.dir == KDIR_IN &&
			    own_sa(k, q->sa.proto, &q->sa.dst, q->sa.spi);
		return p->update ? xfrm_sa_build_update(m, &sa)
				 : xfrm_sa_build_new(m, &sa);
	}
	kern_sa_id(&q->sa, &sa);
	return q->kind == KREQ_SA_DEL
		       ? xfrm_sa_build_delete(m, &sa)
		       : xfrm_sa_build_allocspi(m, &sa, q->spi_min,
						q->spi_max);
}

static int build_policy(struct kern *k, struct kern_pending *p, struct xmsg *m)
{
	struct xfrm_tmpl tmpl[XPOL_TMPL_MAX];
	struct xfrm_policy pol;

	pol_to_xfrm(&p->q.pol, &pol, tmpl);
	pol.index = 0;	/* would count for more than the selector */
	if (p->q.kind == KREQ_POL_DEL)
		return xfrm_policy_build_delete(m, &pol);
	p->update = own_policy(k, &p->q.pol);
	return p->update ? xfrm_policy_build_update(m, &pol)
			 : xfrm_policy_build_new(m, &pol);
}

static void sa_added(struct kern *k, struct kern_pending *p, struct kans *a)
{
	struct xfrm_sa sa;

	sa_full(&p->q.sa, &sa);
	if (a->err == -ESRCH && p->update) {
		p->update = false;	/* it ended meanwhile */
		a->err = kern_sa_install(k, &sa, false, &p->e);
	}
	if (a->err)
		kern_explain(&p->e, p->update ? XFRM_MSG_UPDSA : XFRM_MSG_NEWSA,
			&sa, NULL, a);
	else
		journal_add_sa(k->journal, sa.proto, &sa.src, &sa.dst, sa.spi);
}

static void sa_deleted(struct kern *k, const struct kern_pending *p,
		       struct kans *a)
{
	const struct ksa *id = &p->q.sa;
	struct xfrm_sa sa;

	if (a->err == -ESRCH)
		a->err = 0;	/* gone is gone */
	if (!a->err) {
		journal_del_sa(k->journal, id->proto, &id->dst, id->spi);
		return;
	}
	kern_sa_id(id, &sa);
	kern_explain(&p->e, XFRM_MSG_DELSA, &sa, NULL, a);
}

static void policy_refused(const struct kern_pending *p, uint16_t op,
			   struct kans *a)
{
	struct xfrm_tmpl tmpl[XPOL_TMPL_MAX];
	struct xfrm_policy pol;

	pol_to_xfrm(&p->q.pol, &pol, tmpl);
	kern_explain(&p->e, op, NULL, &pol, a);
}

static void policy_added(struct kern *k, const struct kern_pending *p,
			 struct kans *a)
{
	if (a->err)
		policy_refused(p, XFRM_MSG_UPDPOLICY, a);
	else
		journal_add_policy(k->journal, p->q.pol.dir, &p->q.pol.sel);
}

static void policy_deleted(struct kern *k, const struct kern_pending *p,
			   struct kans *a)
{
	if (a->err == -ENOENT)
		a->err = 0;
	if (a->err)
		policy_refused(p, XFRM_MSG_DELPOLICY, a);
	else
		journal_del_policy(k->journal, p->q.pol.dir, &p->q.pol.sel);
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
	kern_sa_id(id, &sa);
	kern_explain(&p->e, XFRM_MSG_ALLOCSPI, &sa, NULL, a);
}

/* The message for the kernel. */
static int build(struct kern *k, struct kern_pending *p, struct xmsg *m)
{
	switch (p->q.kind) {
	case KREQ_GETSPI:
	case KREQ_SA_ADD:
	case KREQ_SA_DEL:
		return build_sa(k, p, m);
	case KREQ_POL_ADD:
	case KREQ_POL_DEL:
		return build_policy(k, p, m);
	case KREQ_SA_UPDATE:
	case KREQ_SA_GET:
		break;
	}
	return XE_INVAL;
}

/* What came of it: is noted, and told. */
static void done(struct kern *k, struct kern_pending *p, struct kans *a)
{
	switch (p->q.kind) {
	case KREQ_GETSPI:
		spi_got(k, p, a);
		break;
	case KREQ_SA_ADD:
		sa_added(k, p, a);
		break;
	case KREQ_SA_DEL:
		sa_deleted(k, p, a);
		break;
	case KREQ_POL_ADD:
		policy_added(k, p, a);
		break;
	case KREQ_POL_DEL:
		policy_deleted(k, p, a);
		break;
	case KREQ_SA_UPDATE:
	case KREQ_SA_GET:
		break;
	}
}

/* ---- one by one, and many at a time ----------------------------------- */

/* Those that come in numbers; the others have to see their results. */
static bool crosses_together(const struct kreq *q)
{
	return q->kind != KREQ_SA_UPDATE && q->kind != KREQ_SA_GET;
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
	done(k, p, a);
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

/* A number for the policy or the SA that it is about; 0: none yet. */
static uint64_t object_of(const struct kreq *q)
{
	if (q->kind == KREQ_POL_ADD || q->kind == KREQ_POL_DEL)
		return hash_mix(xsel_hash(1, &q->pol.sel), q->pol.dir);
	return q->sa.spi ? hash_mix(xaddr_hash(q->sa.proto, &q->sa.dst),
				    q->sa.spi)
			 : 0;
}

/* Is there one on its way for the same?  Then its result counts. */
static bool is_pending(const struct kern *k, uint64_t object)
{
	for (unsigned int i = 0; object && i < k->npending; i++)
		if (k->object[i] == object)
			return true;
	return false;
}

/* Puts a request behind those that wait; an error becomes its result. */
static void add_pending(struct kern *k, struct kreq *q)
{
	struct kern_pending *p = &k->pending[k->npending];
	struct xmsg *m;
	int r = 0;

	*p = (struct kern_pending){ .q = *q };
	k->object[k->npending] = object_of(q);
	q->sa.enc_key = q->sa.auth_key = (struct secret){ 0 };
	if (!k->batch)
		r = xfrm_batch_new(k->req, refused, k, &k->batch);
	if (!r)
		xfrm_batch_answers(k->batch, answered);
	m = r ? NULL : xfrm_batch_msg(k->batch);
	if (!r)
		r = m ? build(k, p, m) : xfrm_batch_flush(k->batch);
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
	bool together = crosses_together(q), skip;

	if (!together || k->npending == KERN_BATCH ||
	    is_pending(k, object_of(q)))
		kern_flush(k);
	a.err = permit(k, q, &skip, &a);
	if (!a.err && !skip && together) {
		add_pending(k, q);
		return;
	}
	if (!a.err && q->kind == KREQ_SA_UPDATE)
		kern_sa_update(k, q, &a);
	else if (!a.err && q->kind == KREQ_SA_GET)
		kern_sa_get(k, q, &a);
	k->answer(k->arg, &a);
	kreq_clear(q);
}
