/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/v1/quick.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ike/core/natt.h"
#include "ike/crypto/dh.h"
#include "libxfrm/base/err.h"

/*
 * Quick mode (RFC 2409 5.5), everything encrypted:
 *	1  I->R  HASH(1), SA, Ni, [KE], [IDci, IDcr]
 *	2  R->I  HASH(2), SA, Nr, [KE], [IDci, IDcr]
 *	3  I->R  HASH(3)
 *	4  R->I  HASH(4), N(CONNECTED), when message 2 has the commit bit
 * The responder installs its inbound SA before message 2 and the initiator
 * before message 3, so that nothing that is sent early is lost.
 */

struct ike_child *v1_quick_child(struct ike *ike, const struct xchg *x)
{
	return x->child ? child_by_id(ike, x->child) : NULL;
}

int v1_quick_refuse(struct ike *ike, struct xchg *x, uint16_t notify,
		    const char *fmt, ...)
{
	struct ike_child *c = v1_quick_child(ike, x);
	struct ike_sa *sa = x->sa;
	char text[IKE_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (notify)
		v1_info_notify(ike, sa, IKE_PROTO_ESP, notify,
			       cur_init(NULL, 0), cur_init(NULL, 0));
	if (c) {
		child_fail(ike, c, "%s", text);
		if (!x->dead)
			xchg_delete(ike, x);
		return XE_CLOSED;
	}
	ike_log(ike, LOG_LV_ERROR, &sa->remote, "%s", text);
	return XE_AUTH;
}

/* ---- SPIs, nonces, keys ---- */

int v1_quick_getspi(struct ike *ike, struct xchg *x)
{
	struct ike_child *c = v1_quick_child(ike, x);

	return c ? child_getspi(ike, c, x) : XE_STATE;
}

int v1_quick_got_spi(struct ike *ike, struct xchg *x)
{
	struct ike_child *c = v1_quick_child(ike, x);
	int r;

	if (!c)
		return XE_STATE;
	r = child_kernel_result(ike, c, x);
	if (r < 0)
		return v1_quick_refuse(ike, x, 0, "the kernel gave no SPI: %s",
				       xe_str(r));
	child_set_state(ike, c, CHILD_GOTSPI);
	return 0;
}

static int make_nonce(struct ike *ike, struct xchg *x)
{
	struct v1_quick *q = v1_quick(x);
	struct wbuf *w = x->initiator ? &q->ni : &q->nr;
	uint32_t len = x->sa->rc->nonce_size;
	uint8_t *p;

	if (!w->max)
		wbuf_init(w, IKE_NONCE_MAX);
	wbuf_reset(w);
	p = wbuf_reserve(w, len);
	if (!p)
		return w->err;
	ike_rng(ike, p, len);
	p[0] |= 0x80;
	return 0;
}

static int quick_job(struct ike *ike, struct xchg *x, enum ike_job_kind kind)
{
	struct v1_quick *q = v1_quick(x);
	const struct ike_group_alg *g = ike_group_alg(q->group);
	struct ike_job *job = ike_job_new(kind);
	int r;

	if (!job || !g) {
		ike_job_free(job);
		return g ? XE_NOMEM : XE_UNSUPPORTED;
	}
	job->group = q->group;
	if (kind == JOB_DH_DERIVE) {
		secret_move(&job->priv, &q->priv);
	} else {
		r = secret_alloc(&job->seed, g->seed_len);
		if (r < 0)
			goto out;
		ike_rng(ike, job->seed.p, job->seed.len);
	}
	if (kind != JOB_DH_KEYGEN) {
		r = v1_keep(&job->peer, wbuf_cur(&q->peer_ke));
		if (r < 0)
			goto out;
	}
	r = ike_act_job(ike, x, job);
	return r < 0 ? r : XE_AGAIN;
out:
	ike_job_free(job);
	return r;
}

int v1_quick_keygen(struct ike *ike, struct xchg *x)
{
	struct ike_child *c = v1_quick_child(ike, x);
	struct v1_quick *q = v1_quick(x);
	int r;

	if (!c)
		return XE_STATE;
	r = make_nonce(ike, x);
	if (r == 0)
		r = v1_p2_offer(q, ike, c);
	if (r == XE_NOTFOUND)
		return v1_quick_refuse(ike, x, 0, "the sainfo has no algorithm "
				       "that this build and kernel can use");
	if (r < 0)
		return r;
	return q->group ? quick_job(ike, x, JOB_DH_KEYGEN) : 0;
}

int v1_quick_pub(struct ike *ike, struct xchg *x)
{
	struct v1_quick *q = v1_quick(x);

	if (!q->group)
		return 0;
	if (x->job->err)
		return x->job->err;
	secret_move(&q->priv, &x->job->priv);
	return v1_keep(&q->pub, wbuf_cur(&x->job->pub));
}

int v1_quick_both(struct ike *ike, struct xchg *x)
{
	int r = make_nonce(ike, x);

	if (r < 0)
		return r;
	return v1_quick(x)->group ? quick_job(ike, x, JOB_DH_BOTH) : 0;
}

int v1_quick_derive(struct ike *ike, struct xchg *x)
{
	return v1_quick(x)->group ? quick_job(ike, x, JOB_DH_DERIVE) : 0;
}

static int keymat(struct ike *ike, struct xchg *x, const struct child_sa *p,
		  uint32_t spi, struct secret *out)
{
	const struct v1_quick *q = v1_quick(x);
	uint8_t b[4];
	struct ike_v1_keymat_in in = {
		.gxy = q->group ? &q->gxy : NULL,
		.proto = v1_proto(p->proto),
		.ni = wbuf_cur(&q->ni), .nr = wbuf_cur(&q->nr),
	};
	struct wbuf w;

	wbuf_fixed(&w, b, sizeof(b));
	wbuf_u32(&w, spi);
	in.spi = wbuf_cur(&w);
	return ike_v1_keymat(v1_crypto(ike), &v1_sa(x->sa)->keys, &in,
			     child_keymat_len(p), out);
}

int v1_quick_keys(struct ike *ike, struct xchg *x)
{
	struct ike_child *c = v1_quick_child(ike, x);
	struct v1_quick *q = v1_quick(x);
	int r;

	if (!c)
		return XE_STATE;
	if (q->group) {
		if (x->job->err)
			return x->job->err;
		secret_move(&q->gxy, &x->job->shared);
		if (x->job->kind == JOB_DH_BOTH &&
		    v1_keep(&q->pub, wbuf_cur(&x->job->pub)) < 0)
			return XE_NOMEM;
	}
	for (unsigned int i = 0; i < c->n; i++) {
		struct child_sa *p = &c->p[i];

		if (!child_keymat_len(p))
			continue;
		if ((r = keymat(ike, x, p, p->spi_in, &p->keymat_in)) < 0 ||
		    (r = keymat(ike, x, p, p->spi_out, &p->keymat_out)) < 0)
			return r;
	}
	secret_free(&q->gxy);
	c->pfs_group = q->group;
	return 0;
}

/* ---- the kernel ---- */

int v1_quick_install_in(struct ike *ike, struct xchg *x)
{
	struct ike_child *c = v1_quick_child(ike, x);

	if (!c)
		return XE_STATE;
	child_set_state(ike, c, CHILD_ADDSA);
	return child_install(ike, c, x, KDIR_IN);
}

int v1_quick_install_out(struct ike *ike, struct xchg *x)
{
	struct ike_child *c = v1_quick_child(ike, x);

	return c ? child_install(ike, c, x, KDIR_OUT) : XE_STATE;
}

int v1_quick_installed(struct ike *ike, struct xchg *x)
{
	struct ike_child *c = v1_quick_child(ike, x);
	int r;

	if (!c)
		return XE_STATE;
	r = child_kernel_result(ike, c, x);
	if (r == 0)
		return 0;
	/* after the last message the peer takes it for up */
	if (x->stage == (x->initiator ? CHILD_COMMIT : CHILD_MSG2SENT))
		v1_delete_child(ike, x->sa, c);
	return v1_quick_refuse(ike, x, N_NO_PROPOSAL_CHOSEN,
			       "our kernel refused the SA: %s", xe_str(r));
}

int v1_quick_policies(struct ike *ike, struct xchg *x)
{
	struct ike_child *c = v1_quick_child(ike, x);

	if (!c)
		return XE_STATE;
	x->kerr = 0;
	if (!c->gen)
		return 0;
	return child_add_policies(ike, c, x);
}

/* ---- messages out ---- */

/* Fills in the HASH payload at offset at, over all that follows it. */
static int put_hash(struct ike *ike, struct xchg *x, struct v1_out *o,
		    size_t at, unsigned int which)
{
	const struct v1_quick *q = v1_quick(x);
	const struct ike_v1_keys *k = &v1_sa(x->sa)->keys;
	size_t len = ike_md_alg(k->md)->len;
	struct cur rest = ike_build_from(&o->b, at + len);
	uint8_t h[IKE_MD_MAX];
	int r;

	if (which == 1)
		r = ike_v1_hash1(v1_crypto(ike), k, x->msgid, rest, h);
	else if (which == 2)
		r = ike_v1_hash2(v1_crypto(ike), k, x->msgid,
				 wbuf_cur(&q->ni), rest, h);
	else
		r = ike_v1_hash3(v1_crypto(ike), k, x->msgid,
				 wbuf_cur(&q->ni), wbuf_cur(&q->nr), h);
	for (size_t i = 0; r == 0 && i < len; i++)
		wbuf_set_u8(&o->w, at + i, h[i]);
	return r < 0 ? r : o->w.err;
}

static size_t start_hash(struct v1_out *o, const struct xchg *x)
{
	v1_out_start(o, x->sa, x, 0);
	return ike_build_hole(&o->b, PLD_HASH,
			      ike_md_alg(v1_sa(x->sa)->keys.md)->len);
}

static int quick_send(struct ike *ike, struct xchg *x, struct v1_out *o,
		      size_t at, unsigned int which, bool repeat)
{
	int r = put_hash(ike, x, o, at, which);

	if (r == 0)
		r = v1_out_seal(ike, o, x->sa, v1_quick(x)->iv);
	if (r == 0) {
		sa_count(ike, x->sa, o->w.len);
		r = xchg_send(ike, x, &o->w, repeat);
	}
	v1_out_free(o);
	return r;
}

static void put_id(struct v1_out *o, const struct ike_id *id)
{
	struct ike_idpld p = { .type = id->type, .proto = id->proto,
			       .port = id->port,
			       .data = cur_init(id->data, id->len) };

	ike_build_id(&o->b, &p);
}

/*
 * IDs may be left out when they would only repeat the addresses of phase 1,
 * as the reference does in transport mode.
 */
static bool needs_ids(const struct xchg *x, const struct ike_child *c)
{
	const struct xsel *s = &c->sel;
	unsigned int bits = xaddr_bits(s->family);

	if (x->sa->rc->support_proxy || natt_found(x->sa))
		return true;
	for (unsigned int i = 0; i < c->n; i++)
		if (c->p[i].mode == KMODE_TUNNEL)
			return true;
	return s->proto || s->sport_mask || s->dport_mask ||
	       s->splen != bits || s->dplen != bits ||
	       !xaddr_equal(&s->src, &x->sa->local.addr) ||
	       !xaddr_equal(&s->dst, &x->sa->remote.addr);
}

int v1_quick_send1(struct ike *ike, struct xchg *x)
{
	struct ike_child *c = v1_quick_child(ike, x);
	struct v1_quick *q = v1_quick(x);
	struct child_id local, remote;
	struct v1_out o;
	size_t at;

	if (!c)
		return XE_STATE;
	at = start_hash(&o, x);
	ike_sa_v1_put(&o.b, 2, q->offer);
	ike_build_raw(&o.b, PLD_NONCE, wbuf_cur(&q->ni));
	if (q->group)
		ike_build_raw(&o.b, PLD_KE, wbuf_cur(&q->pub));
	if (needs_ids(x, c)) {
		child_ids(&c->sel, &local, &remote);
		put_id(&o, &local.id);
		put_id(&o, &remote.id);
	}
	if (natt_found(x->sa) && x->sa->natt.version != NATT_NONE)
		v1_natoa_put(&o, x, c);
	child_set_state(ike, c, CHILD_MSG1SENT);
	return quick_send(ike, x, &o, at, 1, true);
}

/* The IDs come back as they were. */
static void echo_ids(struct v1_out *o, const struct v1_quick *q)
{
	const struct ike_payload *p;

	for (unsigned int i = 0;
	     (p = ike_msg_find(&q->in.msg, PLD_ID, i)) != NULL; i++)
		ike_build_raw(&o->b, PLD_ID, p->body);
}

/* RESPONDER-LIFETIME (RFC 2407 4.6.3.1) with our shorter life. */
static void put_lifetime(struct v1_out *o, const struct ike_child *c)
{
	uint8_t attrs[16], spi[4];
	struct ike_notify n = { .doi = IKE_DOI_IPSEC,
				.proto = v1_proto(c->p[0].proto),
				.type = N_RESPONDER_LIFETIME };
	struct wbuf w, s;

	wbuf_fixed(&w, attrs, sizeof(attrs));
	ike_attr_put_tv(&w, P2A_LIFE_TYPE, LIFE_SECONDS);
	ike_attr_put_num(&w, P2A_LIFE_DURATION, c->life_sec);
	wbuf_fixed(&s, spi, sizeof(spi));
	wbuf_u32(&s, c->p[0].spi_in);
	n.spi = wbuf_cur(&s);
	n.data = wbuf_cur(&w);
	ike_build_notify(&o->b, &n);
}

int v1_quick_send2(struct ike *ike, struct xchg *x)
{
	struct ike_child *c = v1_quick_child(ike, x);
	struct v1_quick *q = v1_quick(x);
	uint8_t spi[IKE_MAX_SUITE][4];
	struct v1_out o;
	size_t at;

	if (!c)
		return XE_STATE;
	for (size_t i = 0; i < q->choice.s.n; i++) {
		const struct ike_proposal *p;
		unsigned int k;
		struct wbuf w;

		p = &q->offer->p[q->choice.s.first + i];
		for (k = 0; k + 1 < c->n; k++)
			if (v1_proto(c->p[k].proto) == p->proto)
				break;
		wbuf_fixed(&w, spi[i], sizeof(spi[i]));
		if (p->proto == IKE_PROTO_IPCOMP && p->spi.left == 2)
			wbuf_u16(&w, (uint16_t)c->p[k].spi_in);
		else
			wbuf_u32(&w, c->p[k].spi_in);
		q->choice.spi[i] = wbuf_cur(&w);
	}
	at = start_hash(&o, x);
	ike_sa_v1_put_choice(&o.b, q->offer, &q->choice);
	ike_build_raw(&o.b, PLD_NONCE, wbuf_cur(&q->nr));
	if (q->group)
		ike_build_raw(&o.b, PLD_KE, wbuf_cur(&q->pub));
	echo_ids(&o, q);
	if (c->encap)
		v1_natoa_put(&o, x, c);
	if (q->responder_lifetime)
		put_lifetime(&o, c);
	child_set_state(ike, c, CHILD_MSG2SENT);
	/* authenticated: repeated until message 3 is here */
	return quick_send(ike, x, &o, at, 2, true);
}

int v1_quick_send3(struct ike *ike, struct xchg *x)
{
	struct v1_out o;
	size_t at = start_hash(&o, x);

	return quick_send(ike, x, &o, at, 3, false);
}

/* ---- messages in ---- */

static int take_ke(struct ike *ike, struct xchg *x)
{
	struct v1_quick *q = v1_quick(x);
	const struct ike_payload *ke, *nonce;

	ke = ike_msg_find(&q->in.msg, PLD_KE, 0);
	nonce = ike_msg_find(&q->in.msg, PLD_NONCE, 0);
	if ((ke != NULL) != (q->group != 0))
		return v1_quick_refuse(ike, x, N_INVALID_PAYLOAD_TYPE,
				       "the peer's KE payload does not fit "
				       "the PFS group of its proposal");
	if (ke) {
		if (ike_dh_check(v1_crypto(ike), q->group,
				 ke->u.ke.data) < 0)
			return v1_quick_refuse(ike, x,
				N_INVALID_KEY_INFORMATION, "the peer's "
				"Diffie-Hellman value is not one of group %u",
				q->group);
		if (v1_keep(&q->peer_ke, ke->u.ke.data) < 0)
			return XE_NOMEM;
	}
	return v1_keep(x->initiator ? &q->nr : &q->ni, nonce->u.bytes);
}

int v1_quick_take1(struct ike *ike, struct xchg *x)
{
	char l[IKE_EP_STRLEN], r[IKE_EP_STRLEN], why[IKE_TEXT_MAX];
	struct v1_quick *q = v1_quick(x);
	struct ike_sa *sa = x->sa;
	struct ike_child *c;
	int err;

	err = child_new(ike, sa, false, &c);
	if (err < 0)
		return err;
	x->child = c->id;
	c->xchg = x->id;
	c->msgid = x->msgid;
	ike_log(ike, LOG_LV_INFO, NULL,
		"respond new phase 2 negotiation: %s<=>%s",
		ike_ep_str(&sa->local, l), ike_ep_str(&sa->remote, r));
	q->offer = ike_msg_find(&q->in.msg, PLD_SA, 0)->u.sa;
	v1_take_contact(ike, sa, &q->in.msg);
	err = v1_quick_selector(ike, x, c);
	if (err == 0)
		err = v1_quick_policy(ike, x, c);
	if (err < 0)
		return err;
	err = v1_p2_choose(q, ike, c, sa->rc->check, why, sizeof(why));
	if (err < 0)
		return v1_quick_refuse(ike, x, N_NO_PROPOSAL_CHOSEN, "%s",
				       why[0] ? why : xe_str(err));
	v1_natoa_take(ike, x, c);
	return take_ke(ike, x);
}

/* One of RESPONDER-LIFETIME: by proposal_check, compat racoon-conf.md 7. */
static void take_duration(struct ike *ike, struct xchg *x,
			  struct ike_child *c, uint64_t type, uint64_t v)
{
	enum ike_check check = x->sa->rc->check;
	bool bytes = type == LIFE_KILOBYTES;
	uint64_t most = bytes ? UINT64_MAX / 1024 : UINT32_MAX;
	uint64_t mine = bytes ? c->life_bytes : c->life_sec;

	if (!bytes && type != LIFE_SECONDS)
		return;
	v = v > most ? 0 : bytes ? v * 1024 : v;
	if (v && (check == IKE_CHECK_OBEY ||
		  (check != IKE_CHECK_EXACT && v1_lower(mine, v) != mine))) {
		if (bytes)
			c->life_bytes = v;
		else
			c->life_sec = (uint32_t)v;
	} else if (v != mine) {
		ike_log(ike, LOG_LV_WARNING, &x->sa->remote,
			"RESPONDER-LIFETIME: lifetime mismatch");
	}
}

static void take_lifetime(struct ike *ike, struct xchg *x,
			  struct ike_child *c, const struct ike_notify *n)
{
	struct cur data = n->data;
	struct ike_attr a;
	uint64_t type = 0, v;

	while (ike_attr_get(&data, &a) == 0) {
		if (ike_attr_num(&a, &v) < 0)
			return;
		if (a.type == P2A_LIFE_TYPE)
			type = v;
		else if (a.type == P2A_LIFE_DURATION)
			take_duration(ike, x, c, type, v);
	}
}

int v1_quick_take2(struct ike *ike, struct xchg *x)
{
	struct ike_child *c = v1_quick_child(ike, x);
	struct v1_quick *q = v1_quick(x);
	const struct ike_payload *p;
	char why[IKE_TEXT_MAX];
	int r;

	if (!c)
		return XE_STATE;
	q->commit = q->in.msg.hdr.flags & IKE_FLAG_COMMIT;
	p = ike_msg_find(&q->in.msg, PLD_SA, 0);
	r = v1_p2_answer(q, ike, c, x->sa->rc->check, p->u.sa, why,
			 sizeof(why));
	if (r < 0)
		return v1_quick_refuse(ike, x, N_NO_PROPOSAL_CHOSEN, "%s",
				       why[0] ? why : xe_str(r));
	if (!v1_quick_same_ids(x, c))
		return v1_quick_refuse(ike, x, N_INVALID_ID_INFORMATION,
				       "the peer answered with other IDs");
	for (unsigned int i = 0;
	     (p = ike_msg_find(&q->in.msg, PLD_NOTIFY, i)) != NULL; i++)
		if (p->u.notify.type == N_RESPONDER_LIFETIME &&
		    p->u.notify.proto != IKE_PROTO_ISAKMP)
			take_lifetime(ike, x, c, &p->u.notify);
	v1_natoa_take(ike, x, c);
	return take_ke(ike, x);
}

int v1_quick_take3(struct ike *ike, struct xchg *x)
{
	return v1_quick_child(ike, x) ? 0 : XE_STATE;
}

/* Only what came with message 4 is looked at, not its absence. */
int v1_quick_take4(struct ike *ike, struct xchg *x)
{
	struct v1_quick *q = v1_quick(x);
	const struct ike_payload *p;
	char name[IKE_NAME_BUF];

	if (!v1_quick_child(ike, x))
		return XE_STATE;
	for (unsigned int i = 0; q->commit &&
	     (p = ike_msg_find(&q->in.msg, PLD_NOTIFY, i)) != NULL; i++)
		if (p->u.notify.type < N_CONNECTED)
			return v1_quick_refuse(ike, x, 0, "the peer says %s",
				ike_name_or_number(IKE_NAMES_notify,
						   p->u.notify.type, name,
						   sizeof(name)));
	return 0;
}
