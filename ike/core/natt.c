/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/natt.h"

#include "ike/core/child.h"

uint16_t natt_local_port(const struct ike *ike, const struct ike_conf *conf,
			 const struct xaddr *addr, bool natt)
{
	const struct ike_settings *s = ike_conf_settings(conf);
	uint16_t port = natt ? ike->port_natt : ike->port;

	/* a handful, from the file: no table needed */
	for (unsigned int i = 0; i < s->nlisten; i++) {
		const struct ike_listen *l = &s->listen[i];

		if (l->natt != natt || l->addr.family != addr->family)
			continue;
		if (xaddr_equal(&l->addr, addr))
			return l->port;
		if (xaddr_is_any(&l->addr))
			port = l->port;
	}
	return port;
}

bool natt_port_is(const struct ike *ike, const struct ike_ep *local)
{
	return local->port == natt_local_port(ike, ike->conf, &local->addr,
					      true) &&
	       local->port != natt_local_port(ike, ike->conf, &local->addr,
					      false);
}

static void natt_keepalive(void *ctx, struct timer *t)
{
	struct ike_sa *sa = timer_entry(t, struct ike_sa, keepalive);

	natt_start(ctx, sa);
	ike_act_keepalive(ctx, &sa->local, &sa->remote);
}

void natt_init(struct ike_sa *sa)
{
	static const struct timer_kind kind = { natt_keepalive,
						"NAT keepalive" };

	timer_init(&sa->keepalive, &kind);
}

void natt_start(struct ike *ike, struct ike_sa *sa)
{
	uint32_t sec = ike_conf_settings(sa->conf)->timer.natt_keepalive;

	if (sa->natt.local_nat && sa->natt_socket && sec)
		ike_timer(ike, &sa->keepalive, ike->now + ike_sec(sec));
}

int natt_float(struct ike *ike, struct ike_sa *sa)
{
	struct ike_ep local = sa->local, remote = sa->remote;

	if (sa->natt_socket)
		return 0;
	local.port = natt_local_port(ike, sa->conf, &local.addr, true);
	remote.port = IKE_NATT_PORT;
	ike_log(ike, LOG_LV_INFO, &sa->remote, "KA list add: floating to "
		"port %u", IKE_NATT_PORT);
	return sa_set_peer(ike, sa, &local, &remote, true);
}

void natt_moved(struct ike *ike, struct ike_sa *sa,
		const struct ike_packet *pkt)
{
	char from[IKE_EP_STRLEN], to[IKE_EP_STRLEN];
	struct ike_ep old = sa->remote;

	if (ike_ep_equal(&sa->remote, &pkt->remote) &&
	    sa->natt_socket == pkt->natt)
		return;
	if (!natt_found(sa) || sa->natt.version == NATT_NONE)
		return;
	ike_log(ike, LOG_LV_INFO, &sa->remote,
		"NAT-T: ports changed to: %s->%s", ike_ep_str(&old, from),
		ike_ep_str(&pkt->remote, to));
	sa_set_peer(ike, sa, &pkt->local, &pkt->remote, pkt->natt);
	child_peer_moved(ike, sa, &old);
}
