/* SPDX-License-Identifier: BSD-2-Clause */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/sim/setup.h"
#include "tests/sim/simconf.h"
#include "tests/sim/story.h"

/* One responder and many initiators. */

#define HUB "192.0.2.1"

/* With so many tunnels they are deleted and come up again. */
#define MANY_FLUSH_MIN 1000
#define MANY_FLUSH_MAX 10000

/* nat: it is behind one of its own, or NULL. */
static void many_host(struct world *w, unsigned int i, struct sim_conf *c,
		      struct nat *nat)
{
	char addr[32], net[32], name[32], seen[XADDR_STRLEN];
	struct host *h;

	snprintf(addr, sizeof(addr), "10.%u.%u.%u", 1 + (i >> 16 & 63),
		 i >> 8 & 255, i & 255);
	snprintf(net, sizeof(net), "172.%u.%u.%u/32", 16 + (i >> 16 & 15),
		 i >> 8 & 255, i & 255);
	snprintf(name, sizeof(name), "i%u", i);
	h = world_host(w, name, addr, sim_conf_make(c));
	story_policies(h, addr, HUB, KMODE_TUNNEL, net, "192.168.0.0/16",
		       i + 1);
	story_policies(w->host[0], HUB,
		       nat ? xaddr_str(&nat->pub, seen) : addr, KMODE_TUNNEL,
		       "192.168.0.0/16", net, i + 1);
	h->nat = nat;
	host_start(h);
}

static double us_each(uint64_t ns, uint64_t n)
{
	return n ? (double)ns / 1000 / (double)n : 0;
}

/* What the engine of the hub costs: bytes, and time per tick and lookup. */
static void many_report(struct world *w, unsigned int n)
{
	struct ike_event tick = { .kind = IKE_EV_TICK };
	struct host *hub = w->host[0];
	struct mallinfo2 m = mallinfo2();
	size_t before = m.uordblks;
	struct ike_packet pkt = { .local = { hub->addr, 500 },
				  .remote = { w->host[n]->addr, 500 } };
	struct ike_event e = { .kind = IKE_EV_PACKET };
	uint8_t junk[64] = { 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8,
			     1, 0x10, 5, 1, 0, 0, 0, 1, 0, 0, 0, 64 };
	const unsigned int rounds = 200000;
	clock_t t;

	if (w->failure[0])
		return;
	printf("%u tunnels: %.2f us for each of %llu packets, %.2f us of "
	       "timers for each tunnel (debug log, no Diffie-Hellman)\n", n,
	       us_each(hub->packets.ns, hub->packets.n),
	       (unsigned long long)hub->packets.n,
	       us_each(hub->ticks.ns, n));
	hub->timed = false;
	t = clock();
	pkt.p = junk;
	pkt.len = sizeof(junk);
	e.packet = pkt;
	for (unsigned int i = 0; i < rounds; i++) {
		host_feed(hub, &tick);
		junk[0] = (uint8_t)i;
		host_feed(hub, &e);
	}
	w->steps -= 2 * rounds;
	t = clock() - t;
	host_admin(hub, ADM_SHOW_SCHED, NULL);
	kern_flush(&hub->kern);
	m = mallinfo2();
	before = m.uordblks;
	host_stop(hub, false);
	m = mallinfo2();
	printf("%u tunnels: %zu bytes each in the responder's engine; %.2f us "
	       "for a tick and a stray packet\n", n,
	       (before - m.uordblks) / n,
	       (double)t / CLOCKS_PER_SEC * 1e6 / rounds);
	host_start(hub);
}

static void ping_all(struct world *w, unsigned int n)
{
	for (unsigned int i = 1; i <= n && !w->failure[0]; i++)
		kern_ping(w->host[i], 0);
}

/* How many child SAs the hub has, or IKE SAs. */
static size_t many_left(struct world *w, bool children)
{
	struct ike_stats st;

	ike_stats(w->host[0]->ike, &st);
	return children ? st.nchild : st.nsa;
}

/* All are deleted: not at once, and then the answer comes. */
static void many_flush(struct world *w, unsigned int n, enum adm_kind kind)
{
	bool children = kind == ADM_FLUSH_CHILD;
	struct host *hub = w->host[0];
	size_t left;

	host_admin(hub, kind, NULL);
	left = many_left(w, children);
	if (left < n / 2 || hub->admin_err != 1)
		world_fail(w, "%zu of %u were left at once", left, n);
	world_run(w, 1000);
	left = many_left(w, children);
	/* a peer that hears of its IKE SA first makes another */
	if ((children && left) || hub->admin_err)
		world_fail(w, "%zu of %u are left", left, n);
	ping_all(w, n);
	world_run(w, 30000);
}

void story_many(struct world *w, unsigned int n)
{
	struct sim_conf hub = sim_conf_default(NULL);
	struct sim_conf spoke = sim_conf_default(HUB);
	struct ike_stats st;
	size_t up;

	hub.passive = true;
	world_host(w, "hub", HUB, sim_conf_make(&hub));
	if (kern_resize(&w->host[0]->kern, 2 * (size_t)n + 128) < 0)
		abort();
	host_start(w->host[0]);
	for (unsigned int i = 0; i < n; i++)
		many_host(w, i, &spoke, NULL);
	w->host[0]->timed = true;
	w->link.loss = 10;
	/* in waves: a responder takes IKE_HALF_OPEN_MAX at a time */
	for (unsigned int i = 1; i <= n && !w->failure[0]; i++) {
		kern_ping(w->host[i], 0);
		if (i % 5000 == 0)
			world_run(w, 15000);
	}
	world_run(w, 60000);
	w->link.loss = 0;
	for (unsigned int t = 0; t < 6; t++) {
		ping_all(w, n);
		world_run(w, 30000);
		if (t == 1 && n >= MANY_FLUSH_MIN && n <= MANY_FLUSH_MAX) {
			many_flush(w, n, ADM_FLUSH_CHILD);
			many_flush(w, n, ADM_FLUSH_ISAKMP);
			many_flush(w, n, ADM_SHUTDOWN);
		}
	}
	up = 0;
	for (unsigned int i = 1; i <= n && !w->failure[0]; i++)
		up += kern_ping(w->host[i], 0);
	if (up != n && !w->failure[0])
		world_fail(w, "only %zu of %u tunnels are up", up, n);
	many_report(w, n);
	ike_stats(w->host[0]->ike, &st);
	if (st.nhalf_open && !w->failure[0])
		world_fail(w, "%zu half-open SAs are left", st.nhalf_open);
}

/* ---- the same in a storm ---- */

static void storm_mishaps(struct world *w, unsigned int n, struct nat *nat)
{
	for (unsigned int i = 0; i < n / 10; i++) {
		unsigned int k = 1 + (unsigned int)world_below(w, n);

		if (nat && w->host[k]->nat)
			nat_rebind(w->host[k]->nat);
		if (world_chance(w, 50)) {
			host_stop(w->host[k], true);
			world_run(w, 100);
			host_start(w->host[k]);
		}
	}
	if (world_chance(w, 50)) {
		world_log(w, "storm: the hub crashes");
		host_stop(w->host[0], true);
		world_run(w, 3000);
		host_start(w->host[0]);
	}
}

static void storm_check(struct world *w, unsigned int n)
{
	unsigned int up = 0;

	for (unsigned int i = 1; i <= n; i++) {
		struct host *h = w->host[i];

		up += kern_ping(h, 0);
		if (kern_unmatched(h))
			world_fail(w, "%s: %zu SAs have no twin with the same "
				   "keys", h->name, kern_unmatched(h));
	}
	if (up != n)
		world_fail(w, "only %u of %u tunnels are up", up, n);
	if (kern_unmatched(w->host[0]))
		world_fail(w, "hub: %zu SAs have no twin with the same keys",
			   kern_unmatched(w->host[0]));
}

/* All go, and nothing may be left anywhere. */
static void storm_end(struct world *w, unsigned int n)
{
	for (unsigned int i = 1; i <= n; i++)
		host_admin(w->host[i], ADM_SHUTDOWN, NULL);
	world_run(w, 1000);
	host_admin(w->host[0], ADM_SHUTDOWN, NULL);
	world_run(w, 150000);
	for (unsigned int i = 0; i <= n && !w->failure[0]; i++)
		story_check_empty(w->host[i]);
}

static struct nat *storm_nats(struct world *w, unsigned int n)
{
	struct nat *nat = calloc(n + 1, sizeof(*nat));
	char text[32];

	if (!nat)
		abort();
	for (unsigned int i = 0; i <= n; i++) {
		snprintf(text, sizeof(text), "198.18.%u.%u", i >> 8 & 255,
			 i & 255);
		if (xaddr_parse(text, &nat[i].pub) < 0)
			abort();
		nat[i].next_port = 20000;
	}
	w->nats = true;
	return nat;
}

void story_storm(struct world *w, unsigned int n)
{
	struct sim_conf hub = sim_conf_default(NULL);
	struct sim_conf spoke = sim_conf_default(HUB);
	struct nat *nat = world_chance(w, 50) ? storm_nats(w, n) : NULL;

	hub.passive = true;
	hub.natt = spoke.natt = nat ? IKE_ON : IKE_OFF;
	hub.dpd_delay = spoke.dpd_delay = 20;
	hub.life2 = spoke.life2 = 300;
	hub.interval = spoke.interval = 4;
	world_host(w, "hub", HUB, sim_conf_make(&hub));
	if (kern_resize(&w->host[0]->kern, 2 * (size_t)n + 128) < 0)
		abort();
	host_start(w->host[0]);
	for (unsigned int i = 1; i <= n; i++)
		many_host(w, i, &spoke, nat && i % 3 == 0 ? &nat[i] : NULL);
	sim_link_random(w);
	if (nat)	/* a vendor ID that was spoiled in clear: no NAT-T */
		w->link.corrupt = 0;
	printf("storm of %u: loss %u%%, dup %u%%, corrupt %u%%, delay %u ms%s\n",
	       n, w->link.loss, w->link.dup, w->link.corrupt,
	       w->link.delay_max, nat ? ", NATs" : "");
	for (unsigned int t = 0; t < 20 && !w->failure[0]; t++) {
		ping_all(w, n);
		world_run(w, 10000);
		if (t == 7 || t == 13)
			storm_mishaps(w, n, nat);
	}
	world_log(w, "storm: it is over");
	w->link = (struct link_opts){ .delay_min = 1, .delay_max = 20 };
	/* an SA whose delete got lost lives as long as it may */
	for (unsigned int t = 0; t < 40 && !w->failure[0]; t++) {
		ping_all(w, n);
		world_run(w, 10000);
	}
	if (!w->failure[0])
		storm_check(w, n);
	if (!w->failure[0])
		storm_end(w, n);
	for (unsigned int i = 1; i <= n; i++)
		w->host[i]->nat = NULL;
	free(nat);
}
