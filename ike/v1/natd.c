/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "ike/core/natt.h"
#include "ike/v1/ctx.h"

/*
 * NAT discovery (RFC 3947 3.2): hashes of the addresses as each side sees
 * them; where they differ, a NAT is in between.
 */
static int natd_hash(struct ike *ike, const struct ike_sa *sa,
		     const struct ike_ep *ep, bool forced, uint8_t *out)
{
	struct xaddr addr = forced ? xaddr_any(ep->addr.family) : ep->addr;

	return ike_v1_natd(v1_crypto(ike), ike_md_from_v1(sa->prop.hash),
			   sa->spi_i, sa->spi_r,
			   cur_init(addr.b, xaddr_bits(addr.family) / 8),
			   ep->port, out);
}

static uint8_t natd_type(const struct ike_sa *sa)
{
	return sa->natt.version == NATT_RFC ? PLD_NATD : PLD_NATD_DRAFT;
}

void v1_natd_put(struct v1_out *o, struct ike *ike, const struct xchg *x)
{
	const struct ike_sa *sa = x->sa;
	size_t len = ike_md_alg(ike_md_from_v1(sa->prop.hash))->len;
	bool force = sa->rc->nat_traversal == IKE_FORCE;
	uint8_t h[IKE_MD_MAX];

	if (sa->natt.version == NATT_NONE)
		return;
	/* the peer's address first, then our own */
	if (natd_hash(ike, sa, &sa->remote, false, h) < 0)
		return;
	ike_build_raw(&o->b, natd_type(sa), cur_init(h, len));
	if (natd_hash(ike, sa, &sa->local, force, h) < 0)
		return;
	ike_build_raw(&o->b, natd_type(sa), cur_init(h, len));
}

int v1_natd_check(struct ike *ike, struct xchg *x)
{
	const struct v1_ph1 *ph = v1_ph1(x);
	const struct ike_payload *p;
	struct ike_sa *sa = x->sa;
	size_t len = ike_md_alg(ike_md_from_v1(sa->prop.hash))->len;
	uint8_t mine[IKE_MD_MAX], theirs[IKE_MD_MAX];
	bool local_ok = false, remote_ok = false;
	unsigned int n;

	if (sa->natt.version == NATT_NONE)
		return 0;
	if (!ike_msg_find(&ph->in.msg, PLD_NATD, 1)) {
		/* announced, but not done: go on without */
		sa->natt.version = NATT_NONE;
		return 0;
	}
	if (natd_hash(ike, sa, &sa->local, false, mine) < 0 ||
	    natd_hash(ike, sa, &sa->remote, false, theirs) < 0)
		return 0;
	for (n = 0; (p = ike_msg_find(&ph->in.msg, PLD_NATD, n)); n++) {
		bool ok;

		if (p->u.bytes.left != len)
			continue;
		ok = !memcmp(p->u.bytes.p, n ? theirs : mine, len);
		if (n == 0)
			local_ok = ok;
		else
			remote_ok |= ok;
		ike_log_stranger(ike, LOG_LV_INFO, &sa->remote,
				 "NAT-D payload #%u %s", n,
				 ok ? "verified" : "doesn't match");
	}
	sa->natt.forced = sa->rc->nat_traversal == IKE_FORCE;
	sa->natt.local_nat = !local_ok || sa->natt.forced;
	sa->natt.remote_nat = !remote_ok;
	if (natt_found(sa))
		ike_log_stranger(ike, LOG_LV_INFO, &sa->remote,
				 "NAT detected: %s%s",
				 sa->natt.local_nat ? "ME " : "",
				 sa->natt.remote_nat ? "PEER" : "");
	else
		ike_log_stranger(ike, LOG_LV_INFO, &sa->remote,
				 "NAT not detected ");
	return 0;
}
