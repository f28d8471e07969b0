/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/story.h"

#include <errno.h>
#include <stdlib.h>

#include "tests/sim/certs.h"
#include "tests/sim/setup.h"
#include "tests/sim/simconf.h"

#define A "192.0.2.1"
#define B "192.0.2.2"
#define A_NET "10.1.0.0/24"
#define B_NET "10.2.0.0/24"

void story_policies(struct host *h, const char *local, const char *peer,
		    enum kmode mode, const char *lnet, const char *rnet,
		    uint32_t reqid)
{
	struct kpol out = sim_policy(KDIR_OUT, mode, lnet, rnet, local, peer,
				     reqid);
	struct kpol in = sim_policy(KDIR_IN, mode, lnet, rnet, local, peer,
				    reqid);

	host_new_policy(h, &out);
	host_new_policy(h, &in);
}

/* What a story knows about the traffic of one host. */
struct traffic {
	unsigned int good, bad;		/* pings in a row */
	unsigned int hole;		/* longest row that got lost */
	bool was_up;
	unsigned int gaps;		/* pings without SA after it was up */
};

struct story {
	struct world *w;
	struct traffic t[2];
	bool pinging;
	bool mishap;		/* restart or cut: holes are expected */
	struct sim_conf conf[2];
	struct nat nat;		/* a is behind it, if nats */
};

#define NAT_PUB "198.51.100.9"

static void ping_one(struct story *s, unsigned int i)
{
	struct host *h = s->w->host[i];
	struct traffic *t = &s->t[i];
	uint64_t lost = h->kern.undecryptable;

	if (kern_ping(h, 0)) {
		t->good++;
		t->bad = 0;
		t->was_up = true;
		return;
	}
	t->good = 0;
	if (h->kern.undecryptable != lost) {
		world_log(s->w, "%s: nobody can read its packet", h->name);
		if (++t->bad > t->hole)
			t->hole = t->bad;
	} else if (t->was_up) {
		t->gaps++;
	}
}

/* A second passes, with a packet in each direction. */
static void story_second(struct story *s)
{
	struct world *w = s->w;

	if (s->pinging) {
		ping_one(s, 0);
		ping_one(s, 1);
	}
	world_run(w, 1000);
}

static void story_seconds(struct story *s, unsigned int n)
{
	while (n-- && !s->w->failure[0])
		story_second(s);
}

/* Who is where, and what the story is told of. */
static void setup_hosts(struct story *s, const struct sim_setup *set)
{
	struct world *w = s->w;
	bool tun = set->mode == KMODE_TUNNEL;
	const char *a_seen = set->nat ? NAT_PUB : A;

	if (set->nat) {
		s->nat.next_port = 20000;
		if (xaddr_parse(NAT_PUB, &s->nat.pub) < 0)
			abort();
	}
	s->conf[0].peer = B;
	s->conf[1].peer = a_seen;
	sim_certs_make(w->crypto, A, B);
	world_host(w, "a", A, sim_conf_make(&s->conf[0]));
	world_host(w, "b", B, sim_conf_make(&s->conf[1]));
	sim_setup_policies(w->host[0], set, A, B, tun ? A_NET : A,
			   tun ? B_NET : B);
	sim_setup_policies(w->host[1], set, B, a_seen, tun ? B_NET : B,
			   tun ? A_NET : a_seen);
	for (unsigned int i = 0; i < 2; i++)
		if (s->conf[i].auth == IKE_AUTH_RSA)
			sim_certs_use(w->host[i], i);
	w->host[0]->nat = set->nat ? &s->nat : NULL;
}

static void setup_pair(struct story *s)
{
	struct world *w = s->w;
	struct sim_setup set = sim_setup_random(w, s->conf);

	w->nats = set.nat;
	setup_hosts(s, &set);
	if (world_chance(w, 70))
		sim_link_random(w);
	if (set.nat)	/* a vendor ID that was spoiled in clear: no NAT-T */
		w->link.corrupt = 0;
	w->link.commit = world_chance(w, 15)
			 ? (unsigned int)world_below(w, 101) : 0;
	world_log(w, "story: %s%s, %s, loss %u%%, dup %u%%, corrupt %u%%, "
		  "commit bit %u%%, delay %u ms, life %u/%u s, interval %u s",
		  set.bundle, set.nat ? " through a NAT" : "",
		  s->conf[0].auth == IKE_AUTH_RSA ? "certificates" : "PSK",
		  w->link.loss, w->link.dup, w->link.corrupt, w->link.commit,
		  w->link.delay_max, s->conf[0].life1, s->conf[0].life2,
		  s->conf[0].interval);
}

/* The same configuration again: nothing may be lost by that. */
static void reload(struct story *s)
{
	unsigned int i = (unsigned int)world_below(s->w, 2);
	struct host *h = s->w->host[i];
	struct ike_event e = { .kind = IKE_EV_CONF };

	world_log(s->w, "%s reloads its configuration", h->name);
	ike_conf_unref(h->conf);
	h->conf = sim_conf_make(&s->conf[i]);
	e.conf = h->conf;
	host_feed(h, &e);
	if (h->up)
		ike_set_log(h->ike, LOG_LV_DEBUG);
}

static void tell(struct host *h, enum kev_kind kind, const struct kpol *pol)
{
	struct kevent ev = { .kind = kind };
	struct ike_event e = { .kind = IKE_EV_KERNEL, .kernel = &ev };

	if (pol)
		ev.pol = *pol;
	host_feed(h, &e);
}

/* The same policies again, which get other indices: nothing may be lost. */
static void policies_anew(struct story *s)
{
	struct host *h = s->w->host[world_below(s->w, 2)];
	bool flush = world_chance(s->w, 50);

	world_log(s->w, "somebody loads the policies of %s again", h->name);
	for (size_t i = 0; !flush && i < h->kern.npol; i++)
		tell(h, KEV_POL_DEL, &h->kern.pol[i]);
	if (flush)
		tell(h, KEV_POL_FLUSH, NULL);
	story_seconds(s, (unsigned int)world_below(s->w, 3));
	for (size_t i = 0; i < h->kern.npol; i++) {
		h->kern.pol[i].index = h->kern.next_index += 8;
		tell(h, KEV_POL_NEW, &h->kern.pol[i]);
	}
}

/* The kernel drops events, and with them, maybe, the end of all SAs. */
static void lost_events(struct story *s, struct host *h)
{
	world_log(s->w, "mishap: events of %s are lost", h->name);
	if (world_chance(s->w, 50))
		kern_flush(&h->kern);
	tell(h, KEV_RESYNC_BEGIN, NULL);
	for (size_t i = 0; i < h->kern.npol; i++)
		tell(h, KEV_POL_NEW, &h->kern.pol[i]);
	tell(h, KEV_RESYNC_END, NULL);
}

static void address_goes(struct story *s, struct host *h)
{
	struct ike_event e = { .kind = IKE_EV_ADDRS };

	world_log(s->w, "mishap: the address of %s goes and comes", h->name);
	host_feed(h, &e);
	story_seconds(s, 1 + (unsigned int)world_below(s->w, 10));
	e.addrs.v = &h->addr;
	e.addrs.n = 1;
	host_feed(h, &e);
}

static void mishap(struct story *s)
{
	struct world *w = s->w;
	struct host *h = w->host[world_below(w, 2)];

	s->mishap = true;
	if (w->nats && world_chance(w, 40)) {
		world_log(w, "mishap: the NAT forgets");
		nat_rebind(&s->nat);
		return;
	}
	switch (world_below(w, 7)) {
	case 0:
		world_log(w, "mishap: %s crashes", h->name);
		host_stop(h, true);
		story_seconds(s, 1 + (unsigned int)world_below(w, 10));
		host_start(h);
		break;
	case 1:
		world_log(w, "mishap: the cable is cut");
		w->cut = true;
		story_seconds(s, 1 + (unsigned int)world_below(w, 90));
		w->cut = false;
		break;
	case 2:
		world_log(w, "mishap: %s flushes", h->name);
		host_admin(h, ADM_FLUSH_ISAKMP, NULL);
		break;
	case 3: {
		struct kevent ev = { .kind = KEV_SA_FLUSH };
		struct ike_event e = { .kind = IKE_EV_KERNEL, .kernel = &ev };

		world_log(w, "mishap: somebody flushes the SAs of %s",
			  h->name);
		kern_flush(&h->kern);
		host_feed(h, &e);
		break;
	}
	case 4:
		lost_events(s, h);
		break;
	case 5:
		address_goes(s, h);
		break;
	case 6:
		world_log(w, "mishap: the kernel of %s refuses the next SA",
			  h->name);
		h->kern.refuse = -EEXIST;
		break;
	}
}

void story_check_empty(struct host *h)
{
	struct ike_stats st;

	if (kern_count(&h->kern, true))
		world_fail(h->world, "%s: %zu SAs are left in the kernel",
			   h->name, kern_count(&h->kern, true));
	ike_stats(h->ike, &st);
	if (st.nsa || st.nchild || st.nxchg || st.nhalf_open)
		world_fail(h->world, "%s: left are %zu SAs, %zu children, %zu "
			   "exchanges, %zu half-open", h->name, st.nsa,
			   st.nchild, st.nxchg, st.nhalf_open);
}

/* The bounds of what may exist at any time. */
static void check_bounds(struct story *s)
{
	for (size_t i = 0; i < s->w->nhost; i++) {
		struct host *h = s->w->host[i];
		struct ike_stats st;

		if (!h->up)
			continue;
		ike_stats(h->ike, &st);
		if (st.nsa > 40 || st.nchild > 40 || st.nxchg > 100)
			world_fail(s->w, "%s: %zu SAs, %zu children, %zu "
				   "exchanges: state piles up", h->name,
				   st.nsa, st.nchild, st.nxchg);
	}
}

static void check_works(struct story *s)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct host *h = s->w->host[i];

		if (s->t[i].good < 20)
			world_fail(s->w, "%s: the tunnel does not work (%u "
				   "good packets in a row)", h->name,
				   s->t[i].good);
		if (kern_unmatched(h))
			world_fail(s->w, "%s: %zu SAs have no twin with the "
				   "same keys", h->name, kern_unmatched(h));
	}
}

static void check_traffic(struct story *s)
{
	unsigned int period = s->conf[0].interval + 2;
	bool perfect = !s->w->link.loss && !s->w->link.corrupt &&
		       s->w->link.delay_max < 500;

	if (s->mishap)
		return;
	for (unsigned int i = 0; i < 2; i++) {
		const struct traffic *t = &s->t[i];
		const char *name = s->w->host[i]->name;

		if (perfect && (t->hole || t->gaps))
			world_fail(s->w, "%s: %u packets lost, %u without SA, "
				   "on a perfect network", name, t->hole,
				   t->gaps);
		/* once patience ended somewhere it was no mere rekey */
		if (t->hole > period && !s->w->host[0]->gave_up &&
		    !s->w->host[1]->gave_up)
			world_fail(s->w, "%s: a black hole of %u s, longer "
				   "than %u s", name, t->hole, period);
	}
}

static void story_end(struct story *s)
{
	struct world *w = s->w;

	s->pinging = false;
	host_admin(w->host[0], ADM_SHUTDOWN, NULL);
	world_run(w, 500);
	host_admin(w->host[1], ADM_SHUTDOWN, NULL);
	/* exchanges linger, reserved SPIs time out */
	world_run(w, 120000);
	for (size_t i = 0; i < 2 && !w->failure[0]; i++)
		story_check_empty(w->host[i]);
}

void story_pair(struct world *w)
{
	struct story s = { .w = w, .pinging = true };
	bool mishaps = world_chance(w, 40);
	uint32_t life2;

	setup_pair(&s);
	host_start(w->host[0]);
	host_start(w->host[1]);
	for (unsigned int i = 0; i < 4 && !w->failure[0]; i++) {
		story_seconds(&s, 30 + (unsigned int)world_below(w, 150));
		check_bounds(&s);
		if (mishaps && world_chance(w, 60))
			mishap(&s);
		else if (world_chance(w, 20))
			reload(&s);
		else if (world_chance(w, 20))
			policies_anew(&s);
	}
	if (!w->failure[0])
		check_traffic(&s);
	world_log(w, "story: the network recovers");
	w->link = (struct link_opts){ .delay_min = 1, .delay_max = 20 };
	/* an SA whose delete got lost lives as long as it may */
	life2 = s.conf[0].life2 > s.conf[1].life2 ? s.conf[0].life2
						  : s.conf[1].life2;
	story_seconds(&s, life2 + 60);
	if (!w->failure[0])
		check_works(&s);
	if (!w->failure[0])
		story_end(&s);
}
