/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "ike/wire/hdr.h"
#include "ike/wire/names.h"
#include "tests/sim/world.h"

/* A datagram on its way. */
struct dgram {
	struct item it;
	struct ike_ep from, to;
	bool natt;
	size_t len;
	uint8_t p[];
};

struct host *nat_find(struct world *w, const struct xaddr *pub,
		      uint16_t port, struct ike_ep *in)
{
	for (size_t i = 0; w->nats && i < w->nhost; i++) {
		struct host *h = w->host[i];

		if (!h->nat || !xaddr_equal(&h->nat->pub, pub))
			continue;
		for (unsigned int m = 0; m < h->nat->n; m++)
			if (h->nat->map[m].port == port &&
			    xaddr_equal(&h->nat->map[m].in.addr, &h->addr)) {
				*in = h->nat->map[m].in;
				return h;
			}
	}
	return NULL;
}

static void dgram_arrive(struct world *w, struct item *it)
{
	struct dgram *d = (struct dgram *)it;
	struct ike_event e = { .kind = IKE_EV_PACKET };
	struct host *h = NULL;

	if (w->cut)
		return;
	h = nat_find(w, &d->to.addr, d->to.port, &d->to);
	if (!h)
		h = world_find(w, &d->to.addr);
	if (!h || !h->up || (h->nat && !xaddr_equal(&d->to.addr, &h->addr)))
		return;
	e.packet.local = d->to;
	e.packet.remote = d->from;
	e.packet.natt = d->to.port == 4500;
	e.packet.p = d->p;
	e.packet.len = d->len;
	h->bytes_in += d->len;
	host_feed(h, &e);
}

static void deliver(struct world *w, const struct ike_packet *p, bool spoil)
{
	uint64_t span = w->link.delay_max - w->link.delay_min + 1;
	struct dgram *d;

	d = (struct dgram *)world_at(w, w->link.delay_min +
				     world_below(w, span),
				     sizeof(*d) + p->len, dgram_arrive, NULL);
	d->from = p->local;
	d->to = p->remote;
	d->natt = p->natt;
	d->len = p->len;
	memcpy(d->p, p->p, p->len);
	/* not authenticated: anybody, and any peer, can set it */
	if (p->len > IKE_HDR_LEN && d->p[18] == XCHG_QUICK &&
	    world_chance(w, w->link.commit))
		d->p[19] |= IKE_FLAG_COMMIT;
	if (spoil && p->len)
		d->p[world_below(w, p->len)] ^=
			(uint8_t)(1 + world_below(w, 255));
}

void link_inject(struct world *w, const struct ike_packet *p)
{
	deliver(w, p, false);
}

/* The port a NAT shows to the world for an inside address and port. */
uint16_t nat_map(struct nat *n, const struct ike_ep *in)
{
	for (unsigned int i = 0; i < n->n; i++)
		if (n->map[i].in.port == in->port &&
		    xaddr_equal(&n->map[i].in.addr, &in->addr))
			return n->map[i].port;
	if (n->n == NAT_MAPS)
		n->n = 0;
	n->map[n->n].in = *in;
	n->map[n->n].port = ++n->next_port;
	return n->map[n->n++].port;
}

void nat_rebind(struct nat *n)
{
	n->n = 0;
}

void link_send(struct host *from, const struct ike_packet *packet)
{
	struct world *w = from->world;
	struct ike_packet p = *packet;

	if (from->nat) {
		p.local.port = nat_map(from->nat, &packet->local);
		p.local.addr = from->nat->pub;
	}
	if (p.keepalive)
		return;
	w->packets++;
	from->bytes_out += p.len;
	if (w->filter && !w->filter(w, &p, w->filter_arg))
		return;
	if (world_chance(w, w->link.loss))
		return;
	deliver(w, &p, world_chance(w, w->link.corrupt));
	if (world_chance(w, w->link.dup))
		deliver(w, &p, false);
}
