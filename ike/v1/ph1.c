/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/crypto/dh.h"
#include "ike/v1/ctx.h"
#include "libxfrm/base/err.h"

/* Steps that main and aggressive mode share. */

void v1_ph1_patience(struct ike *ike, struct xchg *x)
{
	const struct ike_timers *t = &ike_conf_settings(x->sa->conf)->timer;

	xchg_deadline(ike, x, ike_sec(t->interval) * (t->counter + 1));
}

int v1_ph1_new(struct ike *ike, struct ike_sa *sa, struct xchg **out)
{
	struct v1_ph1 *ph = calloc(1, sizeof(*ph));
	struct v1_sa *v = calloc(1, sizeof(*v));
	struct xchg *x;
	int r = XE_NOMEM;

	*out = NULL;
	if (!ph || !v)
		goto out;
	r = xchg_new(ike, sa, &v1_ph1_table, sa->exchange, sa->initiator, 0,
		     &x);
	if (r < 0)
		goto out;
	ike_rng(ike, &v->msgid_key, sizeof(v->msgid_key));
	x->priv = ph;
	sa->priv = v;
	sa->ph1 = x;
	if (!sa->initiator)
		v1_ph1_patience(ike, x);
	*out = x;
	return 0;
out:
	free(ph);
	free(v);
	return r;
}

bool v1_ids_has(const struct v1_ids *s, uint32_t id)
{
	for (unsigned int i = 0; i < s->n && i < s->room; i++)
		if (s->id[i] == id)
			return true;
	return false;
}

int v1_ids_add(struct v1_ids *s, uint32_t id, unsigned int max)
{
	unsigned int room = s->room ? 2 * s->room : 2;
	uint32_t *more;

	if (s->n >= s->room && s->room < max) {
		room = room < max ? room : max;
		more = reallocarray(s->id, room, sizeof(*more));
		if (!more)
			return XE_NOMEM;
		s->id = more;
		s->room = room;
	}
	s->id[s->n++ % s->room] = id;
	return 0;
}

void v1_ph1_free(struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);

	v1_in_free(&ph->in);
	arena_free(ph->arena);
	wbuf_free(&ph->sai_b);
	wbuf_free(&ph->ni);
	wbuf_free(&ph->nr);
	wbuf_free(&ph->gxi);
	wbuf_free(&ph->gxr);
	wbuf_free(&ph->id_i);
	wbuf_free(&ph->id_r);
	wbuf_free(&ph->auth);
	wbuf_free(&ph->cr);
	wbuf_free(&ph->reply_sa);
	secret_free(&ph->priv);
	secret_free(&ph->gxy);
	secret_free(&ph->skeyid);
	free(ph);
}

void v1_sa_free(struct ike_sa *sa)
{
	struct v1_sa *v = v1_sa(sa);

	ike_v1_keys_free(&v->keys);
	v1_held_free(v->held);
	free(v->used.id);
	free(v->info.id);
	secret_wipe(v, sizeof(*v));
	free(v);
}

int v1_ph1_refuse(struct ike *ike, struct xchg *x, uint16_t notify,
		  const char *fmt, ...)
{
	char text[IKE_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sa_why(ike, x->sa, "%s", text);
	if (notify)
		v1_info_notify(ike, x->sa, IKE_PROTO_ISAKMP, notify,
			       cur_init(NULL, 0), cur_init(NULL, 0));
	return XE_AUTH;
}

/* ---- SA payload ---- */

int v1_ph1_choose_i(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);
	const struct ike_payload *p = ike_msg_find(&ph->in.msg, PLD_SA, 0);
	char peer[80], ours[80];

	if (!ph->in.msg.hdr.spi_r)
		return XE_MALFORMED;
	if (v1_prop_answer(x->sa->rc, ph, p->u.sa, &x->sa->prop) < 0) {
		v1_prop_text(p->u.sa, peer, sizeof(peer));
		v1_prop_conf_text(x->sa->rc, ours, sizeof(ours));
		return v1_ph1_refuse(ike, x, N_NO_PROPOSAL_CHOSEN, "the peer "
				     "chose %s, which was not offered: %s",
				     peer, ours);
	}
	return sa_set_spi_r(ike, x->sa, ph->in.msg.hdr.spi_r);
}

/* ---- vendor IDs ---- */

static enum natt_version natt_of(enum ike_vendor v)
{
	switch ((int)v) {
	case VID_RFC3947:
		return NATT_RFC;
	case VID_NATT_03:
		return NATT_DRAFT03;
	case VID_NATT_02:
	case VID_NATT_02N:
		return NATT_DRAFT02;
	}
	return NATT_NONE;
}

/* Cisco's routers announce DPD beside KE, others with their identity. */
void v1_ph1_take_vendors(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);
	const struct ike_payload *p;

	for (unsigned int i = 0;
	     (p = ike_msg_find(&ph->in.msg, PLD_VID, i)) != NULL; i++) {
		struct cur rest;
		enum ike_vendor v = ike_vendor_find(p->u.bytes, &rest);

		if (v == VID_UNKNOWN)
			continue;
		ike_log_stranger(ike, LOG_LV_INFO, &x->sa->remote,
				 "received Vendor ID: %s", ike_vendor_text(v));
		if (v == VID_DPD)
			ph->vid_dpd = true;
	}
	x->sa->dpd.peer = ph->vid_dpd && x->sa->rc->dpd;
}

int v1_ph1_vendors(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);
	struct ike_sa *sa = x->sa;
	const struct ike_payload *p;

	v1_sa(sa)->natt_ours = sa->rc->nat_traversal != IKE_OFF;
	v1_ph1_take_vendors(ike, x);
	for (unsigned int i = 0; v1_sa(sa)->natt_ours &&
	     (p = ike_msg_find(&ph->in.msg, PLD_VID, i)) != NULL; i++) {
		struct cur rest;
		enum ike_vendor v = ike_vendor_find(p->u.bytes, &rest);

		if (natt_of(v) > sa->natt.version) {
			sa->natt.version = natt_of(v);
			ph->natt_vid = v;
		}
	}
	if (ph->natt_vid)
		ike_log_stranger(ike, LOG_LV_INFO, &sa->remote,
				 "Selected NAT-T version: %s",
				 ike_vendor_text(ph->natt_vid));
	return 0;
}

static bool put_vid(struct v1_out *o, struct xchg *x, enum ike_vendor v)
{
	struct cur bytes = ike_vendor_bytes(v);

	/* never more to a stranger than came from it, where that can be */
	if (!x->initiator && x->type == XCHG_MAIN && !x->sa->reached &&
	    o->w.len + 4 + bytes.left > x->rx_len)
		return false;
	ike_build_raw(&o->b, PLD_VID, bytes);
	return true;
}

void v1_ph1_put_vendors(struct v1_out *o, struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);
	const struct ike_remote *rc = x->sa->rc;

	if (x->initiator) {
		if (rc->nat_traversal != IKE_OFF) {
			put_vid(o, x, VID_RFC3947);
			put_vid(o, x, VID_NATT_03);
			put_vid(o, x, VID_NATT_02);
			put_vid(o, x, VID_NATT_02N);
		}
		if (rc->dpd)
			put_vid(o, x, VID_DPD);
		return;
	}
	if (ph->natt_vid)
		put_vid(o, x, ph->natt_vid);
	v1_ph1_put_dpd(o, x);
}

void v1_ph1_put_dpd(struct v1_out *o, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);

	if (!x->initiator && x->sa->dpd.peer && !ph->sent_dpd)
		ph->sent_dpd = put_vid(o, x, VID_DPD);
}

/* ---- key exchange ---- */

int v1_ph1_make_nonce(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);
	struct wbuf *w = x->initiator ? &ph->ni : &ph->nr;
	uint8_t *p;

	if (!w->max)
		wbuf_init(w, IKE_NONCE_MAX);
	wbuf_reset(w);
	p = wbuf_reserve(w, x->sa->rc->nonce_size);
	if (!p)
		return w->err;
	ike_rng(ike, p, x->sa->rc->nonce_size);
	p[0] |= 0x80;	/* as the reference does */
	return 0;
}

int v1_ph1_take_cr(struct v1_ph1 *ph)
{
	const struct ike_payload *p;

	for (unsigned int i = 0;
	     (p = ike_msg_find(&ph->in.msg, PLD_CR, i)) != NULL; i++) {
		/* names longer than ours can be are none that we have */
		if (p->u.cert.encoding != CERT_X509_SIGN ||
		    p->u.cert.data.left > IKE_ID_MAX)
			continue;
		ph->cr_seen = true;
		return v1_keep(&ph->cr, p->u.cert.data);
	}
	return 0;
}

static int bad_ke(struct ike *ike, struct xchg *x)
{
	return v1_ph1_refuse(ike, x, N_INVALID_KEY_INFORMATION, "the peer's "
			     "Diffie-Hellman value is not one of group %u",
			     x->sa->prop.group);
}

int v1_ph1_take_ke(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);
	const struct ike_payload *ke, *nonce;
	int r;

	ke = ike_msg_find(&ph->in.msg, PLD_KE, 0);
	nonce = ike_msg_find(&ph->in.msg, PLD_NONCE, 0);
	r = ike_dh_check(v1_crypto(ike), x->sa->prop.group, ke->u.ke.data);
	if (r < 0)
		return bad_ke(ike, x);
	if ((r = v1_keep(x->initiator ? &ph->gxr : &ph->gxi,
			 ke->u.ke.data)) < 0 ||
	    (r = v1_keep(x->initiator ? &ph->nr : &ph->ni,
			 nonce->u.bytes)) < 0)
		return r;
	return v1_ph1_take_cr(ph);
}

int v1_ph1_job(struct ike *ike, struct xchg *x, enum ike_job_kind kind)
{
	struct v1_ph1 *ph = v1_ph1(x);
	const struct ike_group_alg *g = ike_group_alg(x->sa->prop.group);
	struct ike_job *job = ike_job_new(kind);
	const struct wbuf *peer = x->initiator ? &ph->gxr : &ph->gxi;
	int r;

	if (!job || !g) {
		ike_job_free(job);
		return g ? XE_NOMEM : XE_UNSUPPORTED;
	}
	job->group = g->id;
	if (kind != JOB_DH_DERIVE) {
		r = secret_alloc(&job->seed, g->seed_len);
		if (r < 0)
			goto out;
		ike_rng(ike, job->seed.p, job->seed.len);
	} else {
		secret_move(&job->priv, &ph->priv);
	}
	if (kind != JOB_DH_KEYGEN) {
		r = v1_keep(&job->peer, wbuf_cur(peer));
		if (r < 0)
			goto out;
	}
	r = ike_act_job(ike, x, job);
	return r < 0 ? r : XE_AGAIN;
out:
	ike_job_free(job);
	return r;
}

int v1_ph1_job_done(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);
	struct ike_job *job = x->job;

	if (job->err == XE_UNSUPPORTED)
		return v1_ph1_refuse(ike, x, 0, "this OpenSSL has no "
				     "Diffie-Hellman group %u", job->group);
	/* some values show only with our half that they are none */
	if (job->err == XE_MALFORMED)
		return bad_ke(ike, x);
	if (job->err)
		return job->err;
	if (job->kind != JOB_DH_DERIVE) {
		secret_move(&ph->priv, &job->priv);
		if (v1_keep(x->initiator ? &ph->gxi : &ph->gxr,
			    wbuf_cur(&job->pub)) < 0)
			return XE_NOMEM;
	}
	if (job->kind != JOB_DH_KEYGEN)
		secret_move(&ph->gxy, &job->shared);
	return 0;
}
