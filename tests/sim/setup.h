/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SIM_SETUP_H
#define XT_SIM_SETUP_H

#include "tests/sim/simconf.h"
#include "tests/sim/world.h"

/* What two gateways have in common, drawn at random. */
struct sim_setup {
	enum kmode mode;
	bool nat;		/* the first is behind a NAT */
	uint32_t reqid;
	const char *bundle;	/* in words: what the policies ask for */
	unsigned int kind;	/* its number */
};

/*
 * Two configurations, which differ wherever two that can agree may: lists of
 * algorithms and modes in any order, ESN, limits in bytes.
 */
struct sim_setup sim_setup_random(struct world *w, struct sim_conf conf[2]);

/* Its policies, on a host with this address and that peer. */
void sim_setup_policies(struct host *h, const struct sim_setup *set,
			const char *local, const char *peer, const char *lnet,
			const char *rnet);

/* Any loss up to 40 %, and whatever else happens to packets. */
void sim_link_random(struct world *w);

#endif
