/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SIM_PAIR_H
#define XT_SIM_PAIR_H

#include "tests/sim/simconf.h"
#include "tests/sim/world.h"

/* Two gateways, for unit tests. */
#define PAIR_A "192.0.2.1"
#define PAIR_B "192.0.2.2"
#define PAIR_A_NET "10.1.0.0/24"
#define PAIR_B_NET "10.2.0.0/24"
/* Where a is when it has a NAT in front of it, and where that is. */
#define PAIR_INSIDE "10.77.0.5"
#define PAIR_PUBLIC "198.51.100.9"

struct pair {
	struct world *w;
	struct host *a, *b;
	struct sim_conf ca, cb;		/* before pair_start() */
	enum kmode mode;
};

/* Defaults on both sides; change ca, cb and mode, then start. */
void pair_init(struct pair *p);
void pair_start(struct pair *p);
/* The same with configs that were made already. */
void pair_start_with(struct pair *p, struct ike_conf *a, struct ike_conf *b);
/*
 * b has no policies; a may be behind nat (or NULL), whose public address is set
 * here.
 */
void pair_start_client(struct pair *p, struct nat *nat);
void pair_free(struct pair *p);

/* A packet from a makes the tunnel come up; does it work both ways? */
bool pair_up(struct pair *p);
bool pair_works(struct pair *p);

/* One packet each way per second for so long; how many did not get through. */
unsigned int pair_lost(struct pair *p, unsigned int seconds);

/* A line of the log that holds text, or NULL. */
const char *pair_logged(const struct pair *p, const char *text);

/* The reason the status of h gives for what is down, or "". */
const char *pair_reason(struct host *h);

#endif
