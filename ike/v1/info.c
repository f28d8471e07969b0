/* SPDX-License-Identifier: BSD-2-Clause */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "ike/core/contact.h"
#include "ike/core/dpd.h"
#include "ike/core/natt.h"
#include "ike/core/salife.h"
#include "ike/v1/ctx.h"
#include "ike/v1/table.h"
#include "libxfrm/base/err.h"

/* Informational exchanges (RFC 2409 5.7): one message, never answered. */

/*
 * A peer that misses the delete of an IPsec SA goes on sending into nothing
 * for as long as that lives.
 */
#define DELETE_REPEAT 3

static const char *notify_name(uint16_t type, char *buf)
{
	return ike_name_or_number(IKE_NAMES_notify, type, buf, IKE_NAME_BUF);
}

/* ---- out ---- */

/* A message of its own: protected when the SA is established. */
struct info_out {
	struct v1_out o;
	struct xchg x;		/* only type and message id */
	size_t hash_at;
	bool sealed;
	unsigned int repeat;	/* times more, lest it get lost */
};

static void info_start(struct ike *ike, struct ike_sa *sa, struct info_out *i)
{
	i->sealed = sa->established && v1_sa(sa) && v1_sa(sa)->have_keys;
	i->repeat = 0;
	i->x = (struct xchg){ .type = XCHG_INFO,
			      .msgid = v1_new_msgid(ike, sa) };
	v1_out_start(&i->o, sa, &i->x, 0);
	if (i->sealed)
		i->hash_at = ike_build_hole(&i->o.b, PLD_HASH,
			ike_md_alg(v1_sa(sa)->keys.md)->len);
}

static int info_send(struct ike *ike, struct ike_sa *sa, struct info_out *i)
{
	struct v1_out *o = &i->o;
	uint8_t h[IKE_MD_MAX], iv[IKE_BLOCK_MAX] = { 0 };
	const struct ike_v1_keys *k;
	size_t len;
	int r;

	if (!i->sealed) {
		r = v1_out_clear(o);
		goto out;
	}
	k = &v1_sa(sa)->keys;
	len = ike_md_alg(k->md)->len;
	r = ike_v1_hash1(v1_crypto(ike), k, i->x.msgid,
			 ike_build_from(&o->b, i->hash_at + len), h);
	for (size_t n = 0; r == 0 && n < len; n++)
		wbuf_set_u8(&o->w, i->hash_at + n, h[n]);
	if (r == 0)
		r = v1_iv(ike, sa, i->x.msgid, iv);
	if (r == 0)
		r = v1_out_seal(ike, o, sa, iv);
	if (r == 0)
		sa_count(ike, sa, o->w.len);
out:
	if (r == 0 && i->repeat && !sa->dead)
		r = xchg_tell(ike, sa, XCHG_INFO, i->x.msgid, &o->w,
			      i->repeat);
	else if (r == 0)
		r = ike_act_packet(ike, &sa->local, &sa->remote,
				   sa->natt_socket, o->w.p, o->w.len);
	v1_out_free(o);
	return r;
}

/* The SPI of an ISAKMP SA is both cookies. */
static struct cur cookies(const struct ike_sa *sa, uint8_t *b)
{
	struct wbuf w;

	wbuf_fixed(&w, b, 16);
	wbuf_u64(&w, sa->spi_i);
	wbuf_u64(&w, sa->spi_r);
	return wbuf_cur(&w);
}

int v1_info_notify(struct ike *ike, struct ike_sa *sa, uint8_t proto,
		   uint16_t type, struct cur spi, struct cur data)
{
	struct ike_notify n = { .doi = IKE_DOI_IPSEC, .proto = proto,
				.type = type, .spi = spi, .data = data };
	char name[IKE_NAME_BUF];
	struct info_out i;

	info_start(ike, sa, &i);
	ike_build_notify(&i.o.b, &n);
	ike_log(ike, LOG_LV_DEBUG, &sa->remote, "send notification %s",
		notify_name(type, name));
	return info_send(ike, sa, &i);
}

int v1_delete_child(struct ike *ike, struct ike_sa *sa,
		    const struct ike_child *c)
{
	int r = 0;

	for (unsigned int k = 0; k < c->n && r == 0; k++) {
		const struct child_sa *p = &c->p[k];
		bool comp = p->proto == IPPROTO_COMP;
		struct ike_delete d = {
			.doi = IKE_DOI_IPSEC, .proto = v1_proto(p->proto),
			.spi_size = comp ? 2 : 4, .nspi = 1,
		};
		struct info_out i;
		uint8_t b[4];
		struct wbuf w;

		wbuf_fixed(&w, b, sizeof(b));
		if (comp)
			wbuf_u16(&w, (uint16_t)p->spi_in);
		else
			wbuf_u32(&w, p->spi_in);
		d.spis = wbuf_cur(&w);
		info_start(ike, sa, &i);
		i.repeat = DELETE_REPEAT;
		ike_build_delete(&i.o.b, &d);
		r = info_send(ike, sa, &i);
	}
	return r;
}

int v1_delete_sa(struct ike *ike, struct ike_sa *sa)
{
	uint8_t b[16];
	struct ike_delete d = {
		.doi = IKE_DOI_IPSEC, .proto = IKE_PROTO_ISAKMP,
		.spi_size = sizeof(b), .nspi = 1, .spis = cookies(sa, b),
	};
	struct info_out i;

	info_start(ike, sa, &i);
	ike_build_delete(&i.o.b, &d);
	return info_send(ike, sa, &i);
}

static int send_seq(struct ike *ike, struct ike_sa *sa, uint16_t type,
		    uint32_t seq)
{
	uint8_t spi[16], b[4];
	struct wbuf w;

	wbuf_fixed(&w, b, sizeof(b));
	wbuf_u32(&w, seq);
	return v1_info_notify(ike, sa, IKE_PROTO_ISAKMP, type,
			      cookies(sa, spi), wbuf_cur(&w));
}

int v1_probe(struct ike *ike, struct ike_sa *sa)
{
	return send_seq(ike, sa, N_R_U_THERE, sa->dpd.seq);
}

void v1_put_initial_contact(struct v1_out *o, struct ike *ike,
			    const struct ike_sa *sa)
{
	uint8_t spi[16];
	struct ike_notify n = {
		.doi = IKE_DOI_IPSEC, .proto = IKE_PROTO_ISAKMP,
		.type = N_INITIAL_CONTACT, .spi = cookies(sa, spi),
	};

	if (sa->rc->initial_contact && !contact_known(ike, &sa->remote.addr))
		ike_build_notify(&o->b, &n);
}

void v1_send_initial_contact(struct ike *ike, struct ike_sa *sa)
{
	uint8_t spi[16];

	if (sa->rc->initial_contact && !contact_known(ike, &sa->remote.addr))
		v1_info_notify(ike, sa, IKE_PROTO_ISAKMP, N_INITIAL_CONTACT,
			       cookies(sa, spi), cur_init(NULL, 0));
}

/* ---- in ---- */

void v1_take_contact(struct ike *ike, struct ike_sa *sa,
		     const struct ike_msg *m)
{
	const struct ike_payload *p;

	for (unsigned int i = 0;
	     (p = ike_msg_find(m, PLD_NOTIFY, i)) != NULL; i++) {
		if (p->u.notify.type != N_INITIAL_CONTACT)
			continue;
		ike_log(ike, LOG_LV_INFO, &sa->remote,
			"received INITIAL-CONTACT");
		sa_initial_contact(ike, sa);
		return;
	}
}

static bool spi_is_sa(const struct ike_sa *sa, struct cur spi)
{
	uint8_t b[16];
	struct cur c = cookies(sa, b);

	return spi.left == c.left && !memcmp(spi.p, c.p, c.left);
}

/* The peer is there, and at the address the message came from. */
static void heard(struct ike *ike, struct ike_sa *sa,
		  const struct ike_packet *pkt)
{
	sa_alive(ike, sa);
	natt_moved(ike, sa, pkt);
}

/* Sequence numbers are what tells that a message is no replay. */
static void got_seq(struct ike *ike, struct ike_sa *sa,
		    const struct ike_packet *pkt, const struct ike_notify *n)
{
	struct cur data = n->data;
	uint32_t seq;

	if (cur_u32(&data, &seq) < 0 || cur_end(&data) < 0)
		return;
	if (n->type == N_R_U_THERE_ACK) {
		if (dpd_answer(ike, sa, seq))
			heard(ike, sa, pkt);
		return;
	}
	/* an old number may be a replay: answered all the same, but no news */
	if (!sa->dpd.peer_seq_seen ||
	    (int32_t)(seq - sa->dpd.peer_seq) > 0) {
		heard(ike, sa, pkt);
		sa->dpd.peer_seq = seq;
		sa->dpd.peer_seq_seen = true;
	}
	if (sa->rc->dpd)
		send_seq(ike, sa, N_R_U_THERE_ACK, seq);
}

static bool is_dpd(const struct ike_payload *p)
{
	return p->type == PLD_NOTIFY &&
	       (p->u.notify.type == N_R_U_THERE ||
		p->u.notify.type == N_R_U_THERE_ACK);
}

/*
 * The peer lost an SA that we send with.  So it says of one, too, that was
 * just renewed, and of one that it is about to install: those have time.
 */
static void got_invalid_spi(struct ike *ike, struct ike_sa *sa,
			    const struct ike_notify *n)
{
	struct cur spi = n->spi.left == 4 ? n->spi : n->data;
	uint8_t proto = n->proto == IKE_PROTO_AH ? IPPROTO_AH : IPPROTO_ESP;
	struct ike_child *c;
	uint32_t v;
	bool in;

	if (cur_u32(&spi, &v) < 0 || cur_end(&spi) < 0)
		return;
	c = child_by_spi(ike, proto, &sa->remote.addr, v, NULL, &in);
	if (!c || in || !sa_same_peer(sa, c->sa) || !c->created ||
	    c->created + CHILD_AT_ONCE_MS > ike->now)
		return;
	ike_log(ike, LOG_LV_WARNING, &sa->remote, "the peer does not have the "
		"IPsec-SA spi=%u(0x%x): it ends", v, v);
	child_delete(ike, c, true);
}

static void got_notify(struct ike *ike, struct ike_sa *sa,
		       const struct ike_packet *pkt,
		       const struct ike_notify *n)
{
	char name[IKE_NAME_BUF];

	switch (n->type) {
	case N_R_U_THERE:
	case N_R_U_THERE_ACK:
		/* the HASH says whose it is; some peers fill in odd cookies */
		if (!spi_is_sa(sa, n->spi))
			ike_log(ike, LOG_LV_DEBUG, &sa->remote,
				"the SPI of %s is not that of its SA",
				notify_name(n->type, name));
		got_seq(ike, sa, pkt, n);
		return;
	case N_INITIAL_CONTACT:
		ike_log(ike, LOG_LV_INFO, &sa->remote,
			"received INITIAL-CONTACT");
		sa_initial_contact(ike, sa);
		return;
	case N_HEARTBEAT:
		return;
	}
	ike_log(ike, LOG_LV_INFO, &sa->remote,
		"notification %s received in informational exchange.",
		notify_name(n->type, name));
	/* of ESP that came when its SA was gone: not of what we negotiate */
	if (n->type == N_INVALID_SPI)
		got_invalid_spi(ike, sa, n);
	else if (n->type < N_CONNECTED)
		child_peer_error(ike, sa, notify_name(n->type, name));
}

static void delete_children(struct ike *ike, struct ike_sa *sa,
			    const struct ike_delete *d)
{
	uint8_t proto = v1_ipproto(d->proto);
	struct cur spi;

	for (unsigned int i = 0; ike_delete_spi(d, i, &spi) == 0; i++) {
		struct ike_child *c;
		uint32_t v = 0;
		uint16_t v16;
		bool in;

		if (spi.left == 2 && cur_u16(&spi, &v16) == 0)
			v = v16;
		else if (cur_u32(&spi, &v) < 0)
			continue;
		c = child_by_spi(ike, proto, &sa->remote.addr, v, NULL, &in);
		if (!c || in || !sa_same_peer(sa, c->sa))
			continue;
		ike_log(ike, LOG_LV_INFO, &sa->remote,
			"purged IPsec-SA proto_id=%s spi=%u.",
			ike_name_or_number(IKE_NAMES_proto, d->proto,
					   (char[IKE_NAME_BUF]){ 0 },
					   IKE_NAME_BUF), v);
		if (c->created) {
			v1_quick_hurry(ike, c);
			child_delete(ike, c, false);
		} else {
			child_fail(ike, c, "the peer deleted its SA");
		}
	}
}

static void got_delete(struct ike *ike, struct ike_sa *sa,
		       const struct ike_delete *d)
{
	char text[SA_COOKIES_LEN];
	struct cur spi, c;

	if (d->proto != IKE_PROTO_ISAKMP) {
		delete_children(ike, sa, d);
		return;
	}
	for (unsigned int i = 0; ike_delete_spi(d, i, &spi) == 0; i++) {
		uint64_t si, sr;
		struct ike_sa *gone;

		c = spi;
		if (cur_u64(&c, &si) < 0 || cur_u64(&c, &sr) < 0)
			continue;
		gone = sa_by_spi(ike, si, sr);
		if (!gone || !gone->established || !sa_same_peer(sa, gone))
			continue;
		ike_log(ike, LOG_LV_INFO, &sa->remote,
			"purging ISAKMP-SA spi=%s.", sa_cookies(gone, text));
		salife_peer_deleted(ike, gone);
	}
}

/* The HASH of a protected message. */
static bool info_authentic(struct ike *ike, const struct ike_sa *sa,
			   const struct v1_in *in)
{
	const struct ike_v1_keys *k = &v1_sa(sa)->keys;
	const struct ike_payload *p = ike_msg_find(&in->msg, PLD_HASH, 0);
	size_t len = ike_md_alg(k->md)->len;
	uint8_t h[IKE_MD_MAX];

	if (p->u.bytes.left != len ||
	    ike_v1_hash1(v1_crypto(ike), k, in->msg.hdr.msgid,
			 ike_msg_after(&in->msg, p), h) < 0)
		return false;
	return secret_memeq(p->u.bytes.p, h, len);
}

/*
 * A recorded message is authentic, too.  What is no probe has no sequence
 * number: the last message ids are remembered, and since that is not all of
 * them, none of these tells where the peer is.
 */
static bool info_replayed(struct ike_sa *sa, const struct v1_in *in)
{
	struct v1_sa *v = v1_sa(sa);
	uint32_t msgid = in->msg.hdr.msgid;
	bool probe = true;

	for (size_t i = 0; i < in->msg.n; i++)
		probe &= in->msg.p[i].type == PLD_HASH || is_dpd(&in->msg.p[i]);
	if (probe)
		return false;
	return v1_ids_has(&v->info, msgid) ||
	       v1_ids_add(&v->info, msgid, V1_INFO_MAX) < 0;
}

static void info_act(struct ike *ike, struct ike_sa *sa,
		     const struct ike_packet *pkt, const struct v1_in *in)
{
	for (size_t i = 0; i < in->msg.n && !sa->dead; i++) {
		const struct ike_payload *p = &in->msg.p[i];

		if (p->type == PLD_NOTIFY)
			got_notify(ike, sa, pkt, &p->u.notify);
		else if (p->type == PLD_DELETE)
			got_delete(ike, sa, &p->u.del);
	}
}

/* Anybody may have sent it, so it is only a hint why nothing comes. */
static void clear_why(struct ike *ike, struct ike_sa *sa, uint16_t type)
{
	char buf[IKE_NAME_BUF], ours[80];
	const char *name = notify_name(type, buf);

	v1_prop_conf_text(sa->rc, ours, sizeof(ours));
	if (type == N_NO_PROPOSAL_CHOSEN && sa->state == SA_MSG1SENT)
		sa_why(ike, sa, "somebody at the peer's address says %s to our "
		       "offer of %s: check the peer's log", name, ours);
	else
		sa_why(ike, sa, "somebody at the peer's address says %s: %scheck "
		       "the peer's log", name, type == N_INVALID_ID_INFORMATION
		       ? "it may expect another my_identifier of us; " : "");
}

/*
 * In clear: from anybody.  Errors of peers we talk to are worth a line and a
 * word in the reason, and nothing else; deletes only with weak_phase1_check.
 */
static void info_clear(struct ike *ike, struct ike_sa *sa,
		       const struct v1_in *in)
{
	char name[IKE_NAME_BUF];

	for (size_t i = 0; i < in->msg.n && !sa->dead; i++) {
		const struct ike_payload *p = &in->msg.p[i];

		if (p->type == PLD_DELETE && sa->established &&
		    sa->rc->weak_phase1_check) {
			got_delete(ike, sa, &p->u.del);
			continue;
		}
		if (p->type == PLD_DELETE)
			ike_log_stranger(ike, LOG_LV_WARNING, &sa->remote,
					 "ignore an unprotected delete");
		if (p->type != PLD_NOTIFY)
			continue;
		ike_log_stranger(ike, LOG_LV_ERROR, &sa->remote,
			"unprotected notification %s received: ignored",
			notify_name(p->u.notify.type, name));
		if (!sa_heard(sa) && sa->initiator && !sa->why)
			clear_why(ike, sa, p->u.notify.type);
	}
}

/*
 * Under the keys, while we wait for the peer's proof: what it says to ours, as
 * many do.  Nobody has proved it, so this is a hint, too.
 */
static void refusal_why(struct ike *ike, struct ike_sa *sa,
			const struct ike_hdr *hdr, struct cur body)
{
	uint8_t iv[IKE_BLOCK_MAX] = { 0 };
	const struct ike_payload *p;
	struct v1_in in = { 0 };
	char name[IKE_NAME_BUF];
	struct v1_why why;

	if (!sa->initiator || sa->state != SA_MSG3SENT || sa->why ||
	    v1_iv(ike, sa, hdr->msgid, iv) < 0)
		return;
	if (v1_read(ike, sa, &in, hdr, body, iv, v1_info_rules(true),
		    &why) == 0 && info_authentic(ike, sa, &in)) {
		p = ike_msg_find(&in.msg, PLD_NOTIFY, 0);
		if (p && p->u.notify.type < N_CONNECTED)
			sa_why(ike, sa, "the peer says %s to our identity: %s"
			       "check its log",
			       notify_name(p->u.notify.type, name),
			       p->u.notify.type == N_INVALID_ID_INFORMATION
			       ? "it may expect another my_identifier of us; "
			       : "");
	}
	v1_in_free(&in);
}

/* With the message id of a quick mode, that one is connected. */
static bool is_connected(const struct ike_msg *m)
{
	const struct ike_payload *p;

	for (unsigned int i = 0;
	     (p = ike_msg_find(m, PLD_NOTIFY, i)) != NULL; i++)
		if (p->u.notify.type == N_CONNECTED)
			return true;
	return false;
}

/* x: the quick mode that waits for it, or NULL */
static int info_protected(struct ike *ike, struct ike_sa *sa,
			  const struct ike_packet *pkt, const struct v1_in *in,
			  struct xchg *x)
{
	if (!info_authentic(ike, sa, in)) {
		ike_log_stranger(ike, LOG_LV_WARNING, &pkt->remote,
				 "HASH of an informational message does not "
				 "fit: ignored");
		return XE_AUTH;
	}
	if (!x && info_replayed(sa, in)) {
		ike_log_stranger(ike, LOG_LV_WARNING, &pkt->remote,
				 "an informational message comes again: "
				 "ignored");
		return XE_STATE;
	}
	sa_count(ike, sa, pkt->len);
	if (!x)
		info_act(ike, sa, pkt, in);
	else if (is_connected(&in->msg))
		v1_quick_connected(ike, x);
	return 0;
}

int v1_info_input(struct ike *ike, struct ike_sa *sa,
		  const struct ike_packet *pkt, const struct ike_hdr *hdr,
		  struct cur body)
{
	bool enc = hdr->flags & IKE_FLAG_ENC;
	uint8_t iv[IKE_BLOCK_MAX] = { 0 };
	struct v1_in in = { 0 };
	struct v1_why why = { 0 };
	struct xchg *x;
	int r;

	/* of a phase 1 that they refuse, some speak in clear with id 0 */
	if (!sa || (!hdr->msgid && enc)) {
		ike_log_stranger(ike, LOG_LV_DEBUG, &pkt->remote,
				 "ignore an informational message: unknown "
				 "cookies");
		return XE_NOTFOUND;
	}
	if (v1_hold(ike, sa, pkt, hdr)) {
		refusal_why(ike, sa, hdr, body);
		return XE_AGAIN;
	}
	if (enc && !sa->established)
		return XE_STATE;
	x = hdr->msgid ? xchg_by_msgid(ike, sa, hdr->msgid) : NULL;
	if (x && !(enc && x->await))
		return XE_STATE;
	if (!x && enc && v1_msgid_ours(sa, hdr->msgid)) {
		ike_log_stranger(ike, LOG_LV_WARNING, &pkt->remote,
				 "an informational message with an id of ours: "
				 "ignored");
		return XE_STATE;
	}
	r = enc ? v1_iv(ike, sa, hdr->msgid, iv) : 0;
	if (r == 0)
		r = v1_read(ike, sa, &in, hdr, body, enc ? iv : NULL,
			    v1_info_rules(enc), &why);
	if (r < 0) {
		ike_log_stranger(ike, LOG_LV_DEBUG, &pkt->remote,
				 "ignore an informational message: %s",
				 why.text);
	} else if (!enc) {
		info_clear(ike, sa, &in);
	} else {
		r = info_protected(ike, sa, pkt, &in, x);
	}
	v1_in_free(&in);
	return r;
}
