/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/v1/v1.h"

#include <errno.h>
#include <string.h>

#include "ike/core/contact.h"
#include "ike/core/natt.h"
#include "ike/v1/ctx.h"
#include "ike/v1/table.h"
#include "libxfrm/base/err.h"

/* ---- phase 1: packets to exchanges ---- */

/*
 * What is kept of a first message has its size.  A long one is rare: it is
 * taken while few negotiations are open.
 */
static bool first_fits(const struct ike *ike, size_t len)
{
	return len <= V1_FIRST_SHORT ||
	       (len <= V1_FIRST_MAX &&
		ike->guard.half_open < IKE_HALF_OPEN_MAX / 10);
}

/* A stranger's first message: is there room, and a remote for it? */
static int respond(struct ike *ike, const struct ike_packet *pkt,
		   const struct ike_hdr *hdr, struct ike_sa **out)
{
	char l[IKE_EP_STRLEN], r[IKE_EP_STRLEN];
	struct sa_init in = {
		.ver = ike_version(ike, 1), .spi_i = hdr->spi_i,
		.local = pkt->local, .remote = pkt->remote,
		.natt_socket = pkt->natt, .exchange = hdr->xchg,
	};
	struct ike_sa *sa;
	struct xchg *x;
	int err;

	*out = NULL;
	err = first_fits(ike, pkt->len) ?
	      guard_open(&ike->guard, &pkt->remote.addr, ike->now) : XE_LIMIT;
	if (err < 0) {
		ike_log_stranger(ike, LOG_LV_WARNING, &pkt->remote,
				 "too many new negotiations, or one with too "
				 "long a message: it is ignored");
		return err;
	}
	while (!in.spi_r)
		ike_rng(ike, &in.spi_r, sizeof(in.spi_r));
	err = sa_new(ike, &in, &sa);
	if (err < 0) {
		guard_close(&ike->guard, &pkt->remote.addr);
		return err;
	}
	sa->counted = true;
	err = v1_ph1_new(ike, sa, &x);
	if (err < 0) {
		sa_delete(ike, sa, SA_END_FAILED, false);
		return err;
	}
	ike_log_stranger(ike, LOG_LV_INFO, NULL,
			 "respond new phase 1 negotiation: %s<=>%s",
			 ike_ep_str(&sa->local, l), ike_ep_str(&sa->remote, r));
	ike_log_stranger(ike, LOG_LV_INFO, NULL, "begin %s mode.",
			 hdr->xchg == XCHG_MAIN ? "Identity Protection"
						: "Aggressive");
	*out = sa;
	return 0;
}

/* From where may a message of a negotiation come? */
static bool from_peer(const struct ike_sa *sa, const struct ike_packet *pkt)
{
	if (ike_ep_equal(&sa->remote, &pkt->remote))
		return true;
	/*
	 * After NAT discovery the initiator goes on from another port; in
	 * aggressive mode that message brings the discovery.  A responder
	 * answers from where it was asked.
	 */
	return !sa->initiator && sa->natt.version != NATT_NONE &&
	       (natt_found(sa) || sa->exchange == XCHG_AGGRESSIVE);
}

static void log_unread(struct ike *ike, const struct ike_sa *sa,
		       const struct ike_hdr *hdr, const struct v1_why *why)
{
	char name[IKE_NAME_BUF];

	ike_log_stranger(ike, LOG_LV_ERROR, &sa->remote,
			 "ignore a message of %s mode: %s",
			 ike_name_or_number(IKE_NAMES_xchg, hdr->xchg, name,
					    sizeof(name)), why->text);
}

/* An encrypted message of phase 1 that makes no sense: mostly a wrong key. */
static void maybe_wrong_key(struct ike *ike, struct ike_sa *sa,
			    const struct ike_hdr *hdr)
{
	if (!(hdr->flags & IKE_FLAG_ENC) || !v1_sa(sa)->have_keys ||
	    sa->prop.auth != IKE_AUTH_PSK || sa->why)
		return;
	sa_why(ike, sa, "the peer's identity cannot be decrypted: the "
	       "pre-shared keys differ");
}

static int ph1_message(struct ike *ike, struct ike_sa *sa, struct xchg *x,
		       const struct ike_packet *pkt, const struct ike_hdr *hdr,
		       struct cur body)
{
	const struct fsm_row *row = fsm_find(x->table, x);
	uint64_t digest = xchg_digest(ike, pkt->p, pkt->len);
	struct v1_ph1 *ph = v1_ph1(x);
	struct v1_why why;
	bool enc;
	int r;

	if (!row || !row->rules)
		return XE_STATE;
	/* the last message of aggressive mode comes either way */
	enc = v1_sa(sa)->have_keys &&
	      (x->type == XCHG_MAIN || (hdr->flags & IKE_FLAG_ENC));
	r = v1_read(ike, sa, &ph->in, hdr, body, enc ? v1_sa(sa)->iv : NULL,
		    row->rules, &why);
	if (r < 0) {
		log_unread(ike, sa, hdr, &why);
		maybe_wrong_key(ike, sa, hdr);
		return r;
	}
	memcpy(ph->before.iv, v1_sa(sa)->iv, sizeof(ph->before.iv));
	ph->before.local = sa->local;
	ph->before.remote = sa->remote;
	ph->before.natt_socket = sa->natt_socket;
	ph->before.natt = sa->natt;
	ph->before.vid_dpd = ph->vid_dpd;
	if (enc)
		memcpy(v1_sa(sa)->iv, ph->in.iv, sizeof(ph->in.iv));
	if (v1_sa(sa)->have_keys)
		sa_set_peer(ike, sa, &pkt->local, &pkt->remote, pkt->natt);
	x->rx_len = pkt->len;
	if (sa->rc && !ike_msg_find(&ph->in.msg, PLD_SA, 0))
		v1_ph1_take_vendors(ike, x);
	sa->reached |= hdr->spi_r != 0;
	xchg_answered(ike, x, digest);
	return fsm_run(ike, x, row);
}

static bool ph1_header_ok(const struct ike_hdr *hdr)
{
	return hdr->msgid == 0 && !(hdr->flags & IKE_FLAG_COMMIT);
}

int v1_ph1_input(struct ike *ike, struct ike_sa *sa,
		 const struct ike_packet *pkt, const struct ike_hdr *hdr,
		 struct cur body)
{
	bool fresh = false;
	struct xchg *x;
	int r;

	if (!ph1_header_ok(hdr))
		return XE_MALFORMED;
	if (!sa) {
		if (hdr->spi_r || hdr->flags & IKE_FLAG_ENC) {
			ike_log_stranger(ike, LOG_LV_DEBUG, &pkt->remote,
					 "ignore a message with unknown "
					 "cookies");
			return XE_NOTFOUND;
		}
		r = respond(ike, pkt, hdr, &sa);
		if (r < 0)
			return r;
		fresh = true;
	}
	x = xchg_by_msgid(ike, sa, 0);
	if (!x)
		return XE_STATE;
	if (xchg_duplicate(ike, x, xchg_digest(ike, pkt->p, pkt->len))) {
		if (x->done)
			sa_late(ike, sa);
		return 0;
	}
	if (x->done || x->busy || x->type != hdr->xchg ||
	    !from_peer(sa, pkt))
		return XE_STATE;
	r = ph1_message(ike, sa, x, pkt, hdr, body);
	if (r < 0 && fresh && !sa->dead && r != XE_AGAIN && r != XE_INTR)
		sa_delete(ike, sa, SA_END_FAILED, false);
	return r;
}

/* ---- phase 1: what the table calls ---- */

void v1_ph1_enter(struct ike *ike, struct xchg *x, uint8_t stage)
{
	struct ike_sa *sa = x->sa;
	bool contact = v1_sa(sa)->initial_contact;

	v1_in_free(&v1_ph1(x)->in);
	if (stage != SA_ESTABLISHED) {
		sa_set_state(ike, sa, (enum sa_state)stage);
		if (!x->initiator)
			v1_ph1_patience(ike, x);
		return;
	}
	ike_v1_keys_settle(&v1_sa(sa)->keys);
	/* who sent the last message may have to repeat it */
	if (x->initiator == (x->type == XCHG_MAIN))
		xchg_delete(ike, x);
	else if (x->initiator)
		xchg_done_push(ike, x);
	else
		xchg_done(ike, x);
	sa->ph1 = NULL;
	if (contact) {
		ike_log(ike, LOG_LV_INFO, &sa->remote,
			"received INITIAL-CONTACT");
		sa_initial_contact(ike, sa);
	}
	sa_establish(ike, sa);
	if (sa->dead)
		return;
	if (sa->exchange != XCHG_MAIN)
		v1_send_initial_contact(ike, sa);
	contact_add(ike, &sa->remote.addr);
	v1_unhold(ike, sa);
}

static void timed_out(struct ike *ike, struct ike_sa *sa)
{
	char spi[SA_COOKIES_LEN], ep[IKE_EP_STRLEN];
	bool psk = sa->prop.auth == IKE_AUTH_PSK;

	if (sa->initiator)
		ike_log(ike, LOG_LV_ERROR, &sa->remote, "phase1 negotiation "
			"failed due to time up. %s", sa_cookies(sa, spi));
	else
		ike_log_stranger(ike, LOG_LV_ERROR, &sa->remote,
				 "phase1 negotiation failed due to time up. %s",
				 sa_cookies(sa, spi));
	sa_event(ike, sa, EVT_PH1_NO_RESPONSE);
	if (sa->why)
		return;
	ike_ep_str(&sa->remote, ep);
	if (sa->state == SA_MSG3SENT)
		sa_why(ike, sa, "no answer to our identity from %s: the %s "
		       "our identifier", ep, psk ?
		       "pre-shared keys differ, or the peer does not accept" :
		       "peer does not accept our certificate or");
	else if (sa->state == SA_MSG2SENT && !sa->initiator)
		sa_why(ike, sa, "the peer %s stopped before it proved its "
		       "identity: the %s", ep,
		       psk ? "pre-shared keys may differ" :
		       "reason stands in its log");
	else
		sa_why(ike, sa, "no answer from %s port %u",
		       xaddr_str(&sa->remote.addr, ep), sa->remote.port);
}

void v1_ph1_fail(struct ike *ike, struct xchg *x, int err)
{
	struct ike_sa *sa = x->sa;

	if (err == -ETIMEDOUT)
		timed_out(ike, sa);
	else if (!sa->why)
		sa_why(ike, sa, "phase 1 failed: %s", xe_str(err));
	sa_delete(ike, sa, SA_END_FAILED, false);
}

int v1_start(struct ike *ike, struct ike_sa *sa)
{
	const struct fsm_row *row;
	struct xchg *x;
	int r;

	r = v1_ph1_new(ike, sa, &x);
	if (r < 0)
		return r;
	row = fsm_find(x->table, x);
	return row ? fsm_run(ike, x, row) : XE_UNSUPPORTED;
}

/* ---- the version ---- */

static int v1_input(struct ike *ike, struct ike_sa *sa,
		    const struct ike_packet *pkt, const struct ike_hdr *hdr,
		    struct cur body)
{
	char name[IKE_NAME_BUF];

	switch (hdr->xchg) {
	case XCHG_MAIN:
	case XCHG_AGGRESSIVE:
		return v1_ph1_input(ike, sa, pkt, hdr, body);
	case XCHG_QUICK:
		return v1_quick_input(ike, sa, pkt, hdr, body);
	case XCHG_INFO:
		return v1_info_input(ike, sa, pkt, hdr, body);
	}
	ike_log_stranger(ike, LOG_LV_ERROR, &pkt->remote,
			 "exchange %s is not supported",
			 ike_name_or_number(IKE_NAMES_xchg, hdr->xchg, name,
					    sizeof(name)));
	return XE_UNSUPPORTED;
}

static void v1_xchg_free(struct xchg *x)
{
	if (x->table == &v1_ph1_table)
		v1_ph1_free(x);
	else
		v1_quick_free(x);
}

static const struct ike_version v1_version = {
	.major = 1,
	.name = "IKEv1",
	.input = v1_input,
	.start = v1_start,
	.child_start = v1_child_start,
	.delete_child = v1_delete_child,
	.delete_sa = v1_delete_sa,
	.probe = v1_probe,
	.sa_free = v1_sa_free,
	.xchg_free = v1_xchg_free,
};

int ike_v1_attach(struct ike *ike)
{
	return ike_add_version(ike, &v1_version);
}
