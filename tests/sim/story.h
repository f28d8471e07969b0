/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SIM_STORY_H
#define XT_SIM_STORY_H

#include "tests/sim/world.h"

/*
 * Two gateways with a random configuration on a random network; what goes
 * wrong is in w->failure.
 */
void story_pair(struct world *w);

/* One responder and n initiators. */
void story_many(struct world *w, unsigned int n);

/*
 * The same on a network at its worst, with crashes and NATs that forget; when
 * that is over all tunnels work, and when they end nothing is left.
 */
void story_storm(struct world *w, unsigned int n);

/* Both policies of a tunnel or transport connection of h with a peer. */
void story_policies(struct host *h, const char *local, const char *peer,
		    enum kmode mode, const char *lnet, const char *rnet,
		    uint32_t reqid);

/* A packet each second under the outbound policy of each host. */
void story_ping(struct world *w);

/* Nothing is left of h: no SA in engine and kernel, no exchange. */
void story_check_empty(struct host *h);

#endif
