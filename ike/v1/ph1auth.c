/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/core/ident.h"
#include "ike/core/natt.h"
#include "ike/core/status.h"
#include "ike/v1/ctx.h"
#include "libxfrm/base/err.h"

/* Keys, identities and their proof: what main and aggressive mode share. */

/*
 * The proof is none: as if the message had not come, since anybody on the way
 * can send rubbish.  The reason is kept for when patience ends.
 */
static int unproved(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);

	/* aggressive mode: too much follows from message 2 to take it back */
	if (x->type != XCHG_MAIN && x->initiator)
		return XE_AUTH;
	memcpy(v1_sa(x->sa)->iv, ph->before.iv, sizeof(ph->before.iv));
	ph->vid_dpd = ph->before.vid_dpd;
	x->sa->dpd.peer = ph->vid_dpd && x->sa->rc->dpd;
	x->sa->natt = ph->before.natt;
	sa_set_peer(ike, x->sa, &ph->before.local, &ph->before.remote,
		    ph->before.natt_socket);
	if (x->type == XCHG_MAIN)
		sa_id_free(&x->sa->remote_id);
	status_sa_down(ike, x->sa);
	v1_in_free(&ph->in);
	xchg_unanswered(ike, x);
	return XE_INTR;
}

/* ---- SKEYID and what follows from it ---- */

static bool auth_psk(const struct ike_sa *sa)
{
	return sa->prop.auth == IKE_AUTH_PSK;
}

static void key_name(struct ike_keyreq *k, const struct ike_id *id)
{
	if (!id->len || id->len > sizeof(k->name[0].p) ||
	    k->nname == KEY_ID_MAX)
		return;
	memcpy(k->name[k->nname].p, id->data, id->len);
	k->name[k->nname].len = id->len;
	k->name[k->nname].addr = id->type == IKE_ID_IPV4 ||
				 id->type == IKE_ID_IPV6;
	k->nname++;
}

static void key_addr(struct ike_keyreq *k, const struct xaddr *a)
{
	struct ike_id id = {
		.type = a->family == AF_INET6 ? IKE_ID_IPV6 : IKE_ID_IPV4,
		.len = xaddr_bits(a->family) / 8,
		.data = a->b,
	};

	key_name(k, &id);
}

static void key_names(struct ike_keyreq *k, const struct ike_sa *sa)
{
	/* Aggressive mode: the ID came first; main mode knows addresses only */
	if (sa->remote_id.own) {
		key_name(k, &sa->remote_id.id);
		if (sa->rc->verify_identifier)
			return;
	}
	key_addr(k, &sa->remote.addr);
}

int v1_ph1_ask_key(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);
	enum ike_md md = ike_md_from_v1(x->sa->prop.hash);
	struct ike_keyreq k = { .kind = KEY_PSK_PRF,
				.prf = x->sa->prop.hash,
				.conf = x->sa->conf };
	struct wbuf data;
	int r;

	if (!auth_psk(x->sa))
		return ike_v1_skeyid_sig(v1_crypto(ike), md,
					 wbuf_cur(&ph->ni), wbuf_cur(&ph->nr),
					 &ph->gxy, &ph->skeyid);
	key_names(&k, x->sa);
	wbuf_fixed(&data, k.data, sizeof(k.data));
	wbuf_put(&data, ph->ni.p, ph->ni.len);
	wbuf_put(&data, ph->nr.p, ph->nr.len);
	if (data.err)
		return data.err;
	k.data_len = data.len;
	r = ike_act_key(ike, x, &k);
	return r < 0 ? r : XE_AGAIN;
}

/* Whom psk.txt has no key for: all that key_names() looked up. */
static int no_psk(struct ike *ike, struct xchg *x)
{
	const struct ike_sa *sa = x->sa;
	char addr[XADDR_STRLEN], who[IKE_TEXT_MAX];
	struct wbuf w;

	xaddr_str(&sa->remote.addr, addr);
	snprintf(who, sizeof(who), "%s", addr);
	if (sa->remote_id.own) {
		wbuf_init(&w, IKE_ID_TEXT_MAX);
		ike_id_print(&sa->remote_id.id, &w);
		snprintf(who, sizeof(who), "%s \"%.64s\"%s%s",
			 ike_id_type_name(sa->remote_id.id.type),
			 wbuf_str(&w),
			 sa->rc->verify_identifier ? "" : " or ",
			 sa->rc->verify_identifier ? "" : addr);
		wbuf_free(&w);
	}
	ike_log_stranger(ike, LOG_LV_ERROR, &sa->remote,
			 "couldn't find the pskey for %s.", addr);
	if (x->key->err != XE_NOTFOUND && x->key->text[0])
		return v1_ph1_refuse(ike, x, N_AUTHENTICATION_FAILED,
				     "no pre-shared key: %s", x->key->text);
	return v1_ph1_refuse(ike, x, N_AUTHENTICATION_FAILED,
			     "no line of psk.txt fits %s%s%s", who,
			     x->key->text[0] ? ": " : "", x->key->text);
}

int v1_ph1_keys(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);
	struct ike_sa *sa = x->sa;
	struct v1_sa *v = v1_sa(sa);
	struct ike_v1_keys_in in = {
		.md = ike_md_from_v1(sa->prop.hash),
		.enc = ike_enc_from_v1(sa->prop.enc),
		.keylen = sa->prop.keylen,
		.cky_i = sa->spi_i, .cky_r = sa->spi_r,
		.skeyid = &ph->skeyid, .gxy = &ph->gxy,
	};
	int r;

	if (auth_psk(sa)) {
		if (x->key->err)
			return no_psk(ike, x);
		secret_move(&ph->skeyid, &x->key->out);
	}
	r = ike_v1_keys_derive(v1_crypto(ike), &in, &v->keys);
	if (r == 0)
		r = ike_v1_iv_phase1(v1_crypto(ike), in.md, in.enc,
				     wbuf_cur(&ph->gxi), wbuf_cur(&ph->gxr),
				     v->iv);
	if (r < 0)
		return v1_ph1_refuse(ike, x, 0, "the keys cannot be computed: "
				     "%s", xe_str(r));
	v->have_keys = true;
	secret_free(&ph->priv);
	return 0;
}

/* ---- identities and their proof ---- */

int v1_ph1_make_id(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);
	struct wbuf *w = x->initiator ? &ph->id_i : &ph->id_r;
	const struct ike_id *id;
	bool addr;
	int r = ident_local(ike, x->sa);

	if (r < 0)
		return r;
	id = &x->sa->local_id.id;
	addr = id->type == IKE_ID_IPV4 || id->type == IKE_ID_IPV6;
	if (!w->max)
		wbuf_init(w, IKE_MAX_MSG);
	wbuf_reset(w);
	/* RFC 2407 4.6.2: UDP 500 or zeros; the reference: with addresses */
	wbuf_u8(w, id->type);
	wbuf_u8(w, addr ? 17 : 0);
	wbuf_u16(w, addr ? IKE_PORT : 0);
	wbuf_put(w, id->data, id->len);
	return w->err;
}

void v1_ph1_put_id(struct v1_out *o, const struct xchg *x)
{
	const struct v1_ph1 *ph = v1_ph1(x);

	ike_build_raw(&o->b, PLD_ID,
		      wbuf_cur(x->initiator ? &ph->id_i : &ph->id_r));
}

/* Protocol and port of a phase 1 ID: 0/0, 17/500, and 17/4500 of some. */
static bool id_port_ok(const struct ike_idpld *id)
{
	if (id->proto == 0)
		return id->port == 0;
	return id->proto == 17 && (id->port == IKE_PORT || id->port == 0 ||
				   id->port == IKE_NATT_PORT);
}

int v1_ph1_take_id(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);
	struct ike_sa *sa = x->sa;
	const struct ike_payload *p = ike_msg_find(&ph->in.msg, PLD_ID, 0);
	struct ike_id id = {
		.type = p->u.id.type, .proto = p->u.id.proto,
		.port = p->u.id.port, .len = p->u.id.data.left,
		.data = p->u.id.data.p,
	};
	int r;

	if (!id_port_ok(&p->u.id))
		ike_log_stranger(ike, LOG_LV_WARNING, &sa->remote,
				 "the peer's ID names protocol %u and port %u",
				 id.proto, id.port);
	if (!ike_id_valid(&id) || !id.len) {
		r = v1_ph1_refuse(ike, x, N_INVALID_ID_INFORMATION,
				  "the peer's identifier is malformed");
		return x->type == XCHG_MAIN ? unproved(ike, x) : r;
	}
	r = v1_keep(x->initiator ? &ph->id_r : &ph->id_i, p->body);
	if (r < 0)
		return r;
	return sa_id_set(&sa->remote_id, &id);
}

/* HASH_I or HASH_R, of the side that is the initiator or not. */
static int auth_hash(struct ike *ike, const struct xchg *x, bool initiator,
		     uint8_t *out)
{
	const struct v1_ph1 *ph = v1_ph1(x);
	struct ike_v1_auth_in in = {
		.gxi = wbuf_cur(&ph->gxi), .gxr = wbuf_cur(&ph->gxr),
		.sai_b = wbuf_cur(&ph->sai_b),
		.id_b = wbuf_cur(initiator ? &ph->id_i : &ph->id_r),
	};

	return ike_v1_auth_hash(v1_crypto(ike), &v1_sa(x->sa)->keys,
				initiator, &in, out);
}

static size_t hash_len(const struct ike_sa *sa)
{
	return ike_md_alg(v1_sa(sa)->keys.md)->len;
}

int v1_ph1_prove(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);
	struct ike_keyreq k = { .kind = KEY_SIGN, .conf = x->sa->conf };
	uint8_t hash[IKE_MD_MAX];
	int r;

	r = v1_ph1_make_id(ike, x);
	if (r == 0)
		r = auth_hash(ike, x, x->initiator, hash);
	if (r < 0)
		return r;
	if (auth_psk(x->sa))
		return v1_keep(&ph->auth, cur_init(hash, hash_len(x->sa)));
	k.cred = x->sa->rc->my_cred;
	if (k.cred == IKE_CRED_NONE)
		return v1_ph1_refuse(ike, x, 0, "remote \"%s\" has no "
				     "certificate_type: nothing to sign with",
				     x->sa->rc->name);
	k.data_len = hash_len(x->sa);
	memcpy(k.data, hash, k.data_len);
	key_addr(&k, &x->sa->local.addr);
	key_addr(&k, &x->sa->remote.addr);
	r = ike_act_key(ike, x, &k);
	return r < 0 ? r : XE_AGAIN;
}

int v1_ph1_proved(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);

	if (auth_psk(x->sa))
		return 0;
	if (x->key->err)
		return v1_ph1_refuse(ike, x, 0, "our signature cannot be made: "
				     "%s", x->key->text[0] ? x->key->text
							   : xe_str(x->key->err));
	return v1_keep(&ph->auth, cur_init(x->key->out.p, x->key->out.len));
}

/* Our own first: there are peers that read no other. */
static void put_certs(struct v1_out *o, const struct ike_cred *c)
{
	ike_build_cert(&o->b, PLD_CERT, CERT_X509_SIGN,
		       cur_init(c->cert, c->cert_len));
	for (unsigned int i = 0; i < c->nchain; i++)
		ike_build_cert(&o->b, PLD_CERT, CERT_X509_SIGN,
			       cur_init(c->chain[i].p, c->chain[i].len));
}

void v1_ph1_put_auth(struct v1_out *o, struct ike *ike, const struct xchg *x)
{
	const struct v1_ph1 *ph = v1_ph1(x);
	const struct ike_remote *rc = x->sa->rc;
	const struct ike_cred *c;

	if (auth_psk(x->sa)) {
		ike_build_raw(&o->b, PLD_HASH, wbuf_cur(&ph->auth));
		return;
	}
	c = ike_conf_cred(x->sa->conf, rc->my_cred);
	if (rc->send_cert && c && c->kind == IKE_CRED_X509 && c->cert)
		put_certs(o, c);
	ike_build_raw(&o->b, PLD_SIG, wbuf_cur(&ph->auth));
}

void v1_ph1_put_cr(struct v1_out *o, const struct xchg *x)
{
	v1_ph1_put_cr_for(o, x, x->sa->prop.auth);
}

void v1_ph1_put_cr_for(struct v1_out *o, const struct xchg *x, uint32_t auth)
{
	const struct ike_remote *rc = x->sa->rc;
	const struct ike_cred *c = NULL, *mine;

	if (auth == IKE_AUTH_PSK || !rc->send_cr)
		return;
	mine = ike_conf_cred(x->sa->conf, rc->my_cred);
	if (mine && mine->kind == IKE_CRED_PLAIN_RSA)
		return;
	if (rc->ca_cred != IKE_CRED_NONE)
		c = ike_conf_cred(x->sa->conf, rc->ca_cred);
	if (c && c->subject)
		ike_build_cert(&o->b, PLD_CR, CERT_X509_SIGN,
			       cur_init(c->subject, c->subject_len));
	else
		ike_build_cert(&o->b, PLD_CR, CERT_X509_SIGN,
			       cur_init(NULL, 0));
}

static int check_psk(struct ike *ike, struct xchg *x, const uint8_t *want)
{
	const struct ike_payload *p;

	p = ike_msg_find(&v1_ph1(x)->in.msg, PLD_HASH, 0);
	if (!p) {
		v1_ph1_refuse(ike, x, N_INVALID_HASH_INFORMATION,
			      "the peer sent no HASH");
		return unproved(ike, x);
	}
	if (p->u.bytes.left == hash_len(x->sa) &&
	    secret_memeq(p->u.bytes.p, want, hash_len(x->sa)))
		return 0;
	sa_event(ike, x->sa, EVT_PH1_AUTH_FAILED);
	v1_ph1_refuse(ike, x, N_INVALID_HASH_INFORMATION,
		      "HASH mismatched: the pre-shared keys differ");
	return unproved(ike, x);
}

/* Windows wraps those of a chain in PKCS #7; others send one by one. */
static int take_certs(const struct ike_msg *m, struct ike_job *job)
{
	const struct ike_payload *p;
	int r = 0;

	for (unsigned int i = 0;
	     r == 0 && (p = ike_msg_find(m, PLD_CERT, i)) != NULL; i++) {
		uint8_t encoding = p->u.cert.encoding;

		if (encoding == CERT_X509_SIGN && job->ncert < JOB_CERT_MAX)
			r = v1_keep(&job->cert[job->ncert++],
				    p->u.cert.data);
		else if (encoding == CERT_PKCS7 && !job->wrapped.len)
			r = v1_keep(&job->wrapped, p->u.cert.data);
	}
	return r;
}

static int check_sig(struct ike *ike, struct xchg *x, const uint8_t *want)
{
	struct v1_ph1 *ph = v1_ph1(x);
	struct ike_sa *sa = x->sa;
	const struct ike_payload *sig;
	const struct ike_id *id = &sa->remote_id.id;
	struct ike_job *job;
	int r;

	sig = ike_msg_find(&ph->in.msg, PLD_SIG, 0);
	if (!sig) {
		v1_ph1_refuse(ike, x, N_INVALID_SIGNATURE,
			      "the peer sent no signature");
		return unproved(ike, x);
	}
	job = ike_job_new(JOB_VERIFY);
	if (!job)
		return XE_NOMEM;
	job->conf = ike_conf_ref(sa->conf);
	job->remote = sa->rc;
	job->wall = ike->ops.wall(ike->ops.arg);
	job->our_addr = sa->local.addr;
	job->peer_addr = sa->remote.addr;
	job->id_type = id->type;
	if (ike->ops.trust)
		job->trust = ike->ops.trust(ike->ops.arg, sa->conf, sa->rc);
	r = v1_keep(&job->data, cur_init(want, hash_len(sa)));
	if (r == 0)
		r = v1_keep(&job->sig, sig->u.bytes);
	if (r == 0)
		r = v1_keep(&job->id_data, cur_init(id->data, id->len));
	if (r == 0)
		r = take_certs(&ph->in.msg, job);
	if (r < 0) {
		ike_job_free(job);
		return r;
	}
	r = ike_act_job(ike, x, job);
	return r < 0 ? r : XE_AGAIN;
}

/* Not before it is proved: until then, anybody may have said it. */
static int check_ident(struct ike *ike, struct xchg *x)
{
	int r = ident_check(ike, x->sa, &x->sa->remote_id.id);

	if (r < 0) {
		sa_event(ike, x->sa, EVT_PH1_AUTH_FAILED);
		v1_info_notify(ike, x->sa, IKE_PROTO_ISAKMP,
			       N_INVALID_ID_INFORMATION, cur_init(NULL, 0),
			       cur_init(NULL, 0));
	}
	return r;
}

int v1_ph1_check(struct ike *ike, struct xchg *x)
{
	uint8_t want[IKE_MD_MAX];
	int r;

	r = auth_hash(ike, x, !x->initiator, want);
	if (r < 0)
		return r;
	return auth_psk(x->sa) ? check_psk(ike, x, want)
			       : check_sig(ike, x, want);
}

int v1_ph1_checked(struct ike *ike, struct xchg *x)
{
	struct ike_sa *sa = x->sa;
	struct ike_job *job = x->job;

	if (auth_psk(sa))
		return check_ident(ike, x);
	if (job->err) {
		sa_event(ike, sa, EVT_PH1_AUTH_FAILED);
		v1_ph1_refuse(ike, x, N_AUTHENTICATION_FAILED, "%s",
			      job->text[0] ? job->text : xe_str(job->err));
		return unproved(ike, x);
	}
	if (job->leaf.len) {
		free(sa->peer_cert);
		sa->peer_cert = malloc(job->leaf.len);
		sa->peer_cert_len = sa->peer_cert ? job->leaf.len : 0;
		if (sa->peer_cert)
			memcpy(sa->peer_cert, job->leaf.p, job->leaf.len);
	}
	return check_ident(ike, x);
}

/* Both sides are proved. */
int v1_ph1_finish(struct ike *ike, struct xchg *x)
{
	const struct ike_payload *p;

	for (unsigned int i = 0; (p = ike_msg_find(&v1_ph1(x)->in.msg,
						   PLD_NOTIFY, i)); i++)
		if (p->u.notify.type == N_INITIAL_CONTACT &&
		    v1_ph1(x)->in.msg.encrypted)
			v1_sa(x->sa)->initial_contact = true;
	secret_free(&v1_ph1(x)->gxy);
	secret_free(&v1_ph1(x)->skeyid);
	return 0;
}
