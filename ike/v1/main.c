/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/v1/main.h"

#include "ike/core/natt.h"
#include "libxfrm/base/err.h"

/*
 * Main mode (RFC 2409 5), with [] in those that are optional:
 *	1  I->R  SA, [VID...]
 *	2  R->I  SA, [VID...]
 *	3  I->R  KE, Ni, [NAT-D...]
 *	4  R->I  KE, Nr, [CR], [NAT-D...]
 *	5  I->R  encrypted: IDii, HASH_I | [CERT], SIG_I
 *	6  R->I  encrypted: IDir, HASH_R | [CERT], SIG_R
 */

/* Sends o as the next message of x: in clear, or encrypted. */
static int main_send(struct ike *ike, struct xchg *x, struct v1_out *o,
		     bool sealed)
{
	int r = sealed ? v1_out_seal(ike, o, x->sa, v1_sa(x->sa)->iv)
		       : v1_out_clear(o);

	if (r == 0)
		r = xchg_send(ike, x, &o->w, x->initiator);
	v1_out_free(o);
	return r;
}

int v1_main_send1(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);
	struct v1_out o;
	struct cur c;
	int r;

	r = v1_prop_offer(ph, x->sa->rc);
	if (r < 0)
		return v1_ph1_refuse(ike, x, 0, "remote \"%s\" has no "
				     "proposal that this build can offer",
				     x->sa->rc->name);
	ike_log(ike, LOG_LV_INFO, NULL, "begin Identity Protection mode.");
	v1_out_start(&o, x->sa, x, 0);
	ike_sa_v1_put(&o.b, 1, ph->offer);
	/* SAi_b: what stands behind the generic header */
	c = wbuf_cur(&o.w);
	if (cur_skip(&c, IKE_HDR_LEN + 4) < 0 || v1_keep(&ph->sai_b, c) < 0) {
		v1_out_free(&o);
		return XE_NOMEM;
	}
	v1_ph1_put_vendors(&o, ike, x);
	return main_send(ike, x, &o, false);
}

int v1_main_send2(struct ike *ike, struct xchg *x)
{
	struct v1_ph1 *ph = v1_ph1(x);
	struct v1_out o;

	v1_out_start(&o, x->sa, x, 0);
	ike_build_raw(&o.b, PLD_SA, wbuf_cur(&ph->reply_sa));
	wbuf_free(&ph->reply_sa);
	v1_ph1_put_vendors(&o, ike, x);
	return main_send(ike, x, &o, false);
}

/* Messages 3 and 4 look alike. */
int v1_main_send_ke(struct ike *ike, struct xchg *x)
{
	const struct v1_ph1 *ph = v1_ph1(x);
	struct v1_out o;

	v1_out_start(&o, x->sa, x, 0);
	ike_build_raw(&o.b, PLD_KE,
		      wbuf_cur(x->initiator ? &ph->gxi : &ph->gxr));
	ike_build_raw(&o.b, PLD_NONCE,
		      wbuf_cur(x->initiator ? &ph->ni : &ph->nr));
	v1_ph1_put_cr(&o, x);
	v1_natd_put(&o, ike, x);
	v1_ph1_put_dpd(&o, x);
	return main_send(ike, x, &o, false);
}

/* A NAT was found: messages 5 and later use port 4500. */
int v1_main_float(struct ike *ike, struct xchg *x)
{
	return natt_found(x->sa) ? natt_float(ike, x->sa) : 0;
}

/* Messages 5 and 6 look alike too. */
int v1_main_send_auth(struct ike *ike, struct xchg *x)
{
	struct v1_out o;

	v1_out_start(&o, x->sa, x, 0);
	v1_ph1_put_id(&o, x);
	v1_ph1_put_auth(&o, ike, x);
	v1_put_initial_contact(&o, ike, x->sa);
	v1_ph1_put_dpd(&o, x);
	return main_send(ike, x, &o, true);
}

int v1_main_keygen(struct ike *ike, struct xchg *x)
{
	int r = v1_ph1_make_nonce(ike, x);

	return r < 0 ? r : v1_ph1_job(ike, x, JOB_DH_KEYGEN);
}

int v1_main_derive(struct ike *ike, struct xchg *x)
{
	return v1_ph1_job(ike, x, JOB_DH_DERIVE);
}

int v1_main_both(struct ike *ike, struct xchg *x)
{
	int r = v1_ph1_make_nonce(ike, x);

	return r < 0 ? r : v1_ph1_job(ike, x, JOB_DH_BOTH);
}
