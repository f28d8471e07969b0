/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SIM_WORLD_H
#define XT_SIM_WORLD_H

#include "ike/core/conf.h"
#include "ike/core/ike.h"
#include "ike/core/timer.h"
#include "libxfrm/base/htab.h"
#include "tests/sim/kern.h"

/*
 * A world of hosts, each with a real engine and a model of the kernel, on a
 * network that loses, repeats, delays, reorders and spoils packets.  The
 * clock is virtual and everything random comes from one seed: the same seed
 * plays the same story.
 */
struct world;
struct host;

/* Chances in percent; delays in milliseconds. */
struct link_opts {
	unsigned int loss, dup, corrupt;
	unsigned int commit;	/* quick mode messages with the commit bit */
	unsigned int delay_min, delay_max;
};

/* Something that happens later: calls fn(world, item). */
struct item {
	struct timer t;
	void (*fn)(struct world *w, struct item *it);
	struct host *host;
	unsigned int life;	/* of the host when it was scheduled */
	struct world *world;
};

struct sim_event {
	enum ike_evt code;
	unsigned int n;
};

struct host {
	struct world *world;
	struct hnode by_addr;
	char name[32];
	struct xaddr addr;
	struct ike *ike;
	struct ike_conf *conf;
	struct kern kern;
	unsigned int life;	/* counts restarts */
	bool up;
	bool ticking;
	struct item tick;
	const char *psk;	/* what every peer shares with it */
	struct nat *nat;	/* it is behind this, or NULL */
	unsigned int ph1_up, ph1_down, ph2_up, ph2_down, hooks;
	unsigned int mode_cfg;	/* told that mode-config is done */
	unsigned int gave_up;	/* patience ended: DPD, no response */
	size_t answers;		/* of administrators, and the last row */
	int admin_err;
	char reason[256];	/* of the last tunnel reported down */
	struct ike_child_row child;	/* the last one shown */
	unsigned int idle;	/* tunnels nobody asked for */
	unsigned int refused;	/* peers without a tunnel, and the last one */
	struct xaddr refused_peer;
	struct ike_evt_row last_own;	/* event for an administrator */
	size_t bytes_in, bytes_out;	/* of IKE */
	/* what its engine takes for an event, once `timed` is set */
	bool timed;
	struct {
		uint64_t n, ns;
	} packets, ticks;
	const struct ike_sig_priv *key;
	const struct ike_store *trust;
};

#define WORLD_LOG_LINES 400

struct world {
	uint64_t seed, rng;
	uint64_t now;
	struct timers timers;
	struct link_opts link;
	struct ike_crypto *crypto;
	struct host **host;
	size_t nhost;
	struct htab by_addr;
	uint64_t steps, packets;
	bool nats;		/* some host is behind one */
	bool cut;		/* the network is cut: nothing arrives */
	/* called for each IKE packet: false = it is lost (tests) */
	bool (*filter)(struct world *w, struct ike_packet *p, void *arg);
	void *filter_arg;
	/* what went wrong, or "" */
	char failure[512];
	bool verbose;
	char *log[WORLD_LOG_LINES];	/* the last lines, a ring */
	size_t nlog;
};

/* New empty world.  NULL when out of memory. */
struct world *world_new(uint64_t seed);
void world_free(struct world *w);

/* Random numbers from the seed: any, below n, true in percent of cases. */
uint64_t world_rand(struct world *w);
uint64_t world_below(struct world *w, uint64_t n);
bool world_chance(struct world *w, unsigned int percent);

/* New host, down; conf is its own reference. */
struct host *world_host(struct world *w, const char *name, const char *addr,
			struct ike_conf *conf);
struct host *world_find(struct world *w, const struct xaddr *addr);

/* Starts its engine and tells it the policies of its kernel. */
void host_start(struct host *h);
/* The process dies; the kernel loses its SAs, too, if wipe. */
void host_stop(struct host *h, bool wipe);
void host_policy(struct host *h, const struct kpol *pol);
void host_new_policy(struct host *h, const struct kpol *pol);
void host_feed(struct host *h, const struct ike_event *ev);
void host_admin(struct host *h, enum adm_kind kind, const struct xaddr *peer);

/* Schedules fn at a time from now; the item is freed after it ran. */
struct item *world_at(struct world *w, uint64_t delay, size_t size,
		      void (*fn)(struct world *w, struct item *it),
		      struct host *h);

/* Runs until time has passed, or something failed. */
void world_run(struct world *w, uint64_t ms);

/* Records a failure (the first counts). */
void world_fail(struct world *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void world_log(struct world *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* link.c: a packet leaves a host. */
void link_send(struct host *from, const struct ike_packet *p);
/* A datagram as an attacker would send it. */
void link_inject(struct world *w, const struct ike_packet *p);

/* A NAT with one public address: maps ports, and forgets when told to. */
#define NAT_MAPS 64
struct nat {
	struct xaddr pub;
	uint16_t next_port;
	struct {
		struct ike_ep in;
		uint16_t port;
	} map[NAT_MAPS];
	unsigned int n;
};
void nat_rebind(struct nat *n);
/* The port shown for what comes from in; and who is behind a shown one. */
uint16_t nat_map(struct nat *n, const struct ike_ep *in);
struct host *nat_find(struct world *w, const struct xaddr *pub,
		      uint16_t port, struct ike_ep *in);

#endif
