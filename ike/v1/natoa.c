/* SPDX-License-Identifier: BSD-2-Clause */
#include <netinet/in.h>

#include "ike/core/natt.h"
#include "ike/v1/ctx.h"

/*
 * NAT-OA (RFC 3947 5.2): a NAT in front of transport mode changes addresses
 * that checksums inside cover, so both tell the original ones: the
 * initiator's and the responder's, as the sender sees them.  The drafts had
 * the same payload under another number, and some of their peers send only
 * one, their own.
 */

static bool esp_transport(const struct ike_child *c)
{
	for (unsigned int i = 0; i < c->n; i++)
		if (c->p[i].proto == IPPROTO_ESP)
			return c->p[i].mode == KMODE_TRANSPORT;
	return false;
}

static void put_one(struct v1_out *o, const struct ike_sa *sa,
		    const struct xaddr *addr)
{
	uint8_t type = addr->family == AF_INET6 ? ID_IPV6 : ID_IPV4;

	ike_build_natoa(&o->b, type,
			cur_init(addr->b, xaddr_bits(addr->family) / 8),
			sa->natt.version != NATT_RFC);
}

void v1_natoa_put(struct v1_out *o, const struct xchg *x,
		  const struct ike_child *c)
{
	const struct ike_sa *sa = x->sa;

	if (!esp_transport(c))
		return;
	put_one(o, sa, x->initiator ? &sa->local.addr : &sa->remote.addr);
	put_one(o, sa, x->initiator ? &sa->remote.addr : &sa->local.addr);
}

void v1_natoa_take(struct ike *ike, const struct xchg *x,
		   struct ike_child *c)
{
	const struct ike_msg *m = &v1_quick(x)->in.msg;
	const struct ike_payload *p = ike_msg_find(m, PLD_NATOA, 0);
	const struct ike_payload *second = ike_msg_find(m, PLD_NATOA, 1);
	struct xaddr a = { .family = c->remote.addr.family };
	size_t len = xaddr_bits(a.family) / 8;
	char text[XADDR_STRLEN];
	struct cur bytes;

	/* the peer's own: the first that an initiator sends, else the last */
	if (x->initiator && second)
		p = second;
	if (!p || !c->encap || !esp_transport(c))
		return;
	bytes = p->u.natoa.addr;
	if (bytes.left != len || cur_copy(&bytes, a.b, len) < 0)
		return;
	if (xaddr_equal(&a, &c->remote.addr))
		return;
	c->peer_oa = a;
	ike_log(ike, LOG_LV_DEBUG, &c->remote,
		"NAT-OA: the peer's own address is %s", xaddr_str(&a, text));
}
