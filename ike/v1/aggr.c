/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/v1/aggr.h"

#include "libxfrm/base/err.h"

/*
 * Aggressive mode (RFC 2409 5.4), with [] in those that are optional:
 *	1  I->R  SA, KE, Ni, IDii, [VID...]
 *	2  R->I  SA, KE, Nr, IDir, HASH_R | [CERT], SIG_R, [NAT-D], [VID...]
 *	3  I->R  HASH_I | [CERT], SIG_I, [NAT-D]
 * The third message may be encrypted or not, and is taken either way.  Ours is,
 * though the RFC draws it in clear and the reference sends it so: nearly all
 * others encrypt it, and libreswan gets its next IV wrong after one in clear.
 * Nothing answers it: the initiator repeats it until the peer says anything
 * under the new keys.
 */

int v1_aggr_keygen(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);
	struct ike_sa *sa = x->sa;
	int r;

	ike_log(ike, LOG_LV_INFO, NULL, "begin Aggressive mode.");
	r = v1_prop_offer(ph, sa->rc);
	if (r < 0)
		return v1_ph1_refuse(ike, x, 0, "remote \"%s\" has no "
				     "proposal that this build can offer",
				     sa->rc->name);
	/* one group for all: the configuration was checked for it */
	sa->prop.group = ph->offer->p[0].t[0].group;
	r = v1_ph1_make_nonce(ike, x);
	if (r == 0)
		r = v1_ph1_make_id(ike, x);
	return r < 0 ? r : v1_ph1_job(ike, x, JOB_DH_KEYGEN);
}

static void put_ke_nonce_id(struct v1_out *o, const struct xchg *x)
{
	const struct v1_ph1 *ph = v1_ph1(x);

	ike_build_raw(&o->b, PLD_KE,
		      wbuf_cur(x->initiator ? &ph->gxi : &ph->gxr));
	ike_build_raw(&o->b, PLD_NONCE,
		      wbuf_cur(x->initiator ? &ph->ni : &ph->nr));
	v1_ph1_put_id(o, x);
}

static int aggr_send(struct ike *ike, struct xchg *x, struct v1_out *o,
		     bool repeat, bool sealed)
{
	int r = sealed ? v1_out_seal(ike, o, x->sa, v1_sa(x->sa)->iv)
		       : v1_out_clear(o);

	if (r == 0)
		r = xchg_send(ike, x, &o->w, repeat);
	v1_out_free(o);
	return r;
}

int v1_aggr_send1(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);
	struct v1_out o;
	struct cur c;

	v1_out_start(&o, x->sa, x, 0);
	ike_sa_v1_put(&o.b, 1, ph->offer);
	c = wbuf_cur(&o.w);
	if (cur_skip(&c, IKE_HDR_LEN + 4) < 0 || v1_keep(&ph->sai_b, c) < 0) {
		v1_out_free(&o);
		return XE_NOMEM;
	}
	put_ke_nonce_id(&o, x);
	v1_ph1_put_cr_for(&o, x, ph->offer->p[0].t[0].auth);
	v1_ph1_put_vendors(&o, ike, x);
	return aggr_send(ike, x, &o, true, false);
}

int v1_aggr_send2(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);
	struct v1_out o;

	v1_out_start(&o, x->sa, x, 0);
	ike_build_raw(&o.b, PLD_SA, wbuf_cur(&ph->reply_sa));
	wbuf_free(&ph->reply_sa);
	put_ke_nonce_id(&o, x);
	v1_ph1_put_auth(&o, ike, x);
	v1_ph1_put_cr(&o, x);
	v1_ph1_put_vendors(&o, ike, x);
	v1_natd_put(&o, ike, x);
	return aggr_send(ike, x, &o, false, false);
}

int v1_aggr_send3(struct ike *ike, struct xchg *x)
{
	struct v1_out o;

	v1_out_start(&o, x->sa, x, 0);
	v1_ph1_put_auth(&o, ike, x);
	v1_natd_put(&o, ike, x);
	return aggr_send(ike, x, &o, false, true);
}
