/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/pair.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/story.h"

void pair_init(struct pair *p)
{
	*p = (struct pair){ .ca = sim_conf_default(PAIR_B),
			    .cb = sim_conf_default(PAIR_A),
			    .mode = KMODE_TUNNEL };
	p->w = world_new(1);
	if (!p->w)
		abort();
	p->w->verbose = getenv("SIM_VERBOSE") != NULL;
}

void pair_start_with(struct pair *p, struct ike_conf *a, struct ike_conf *b)
{
	bool tun = p->mode == KMODE_TUNNEL;
	const char *an = tun ? PAIR_A_NET : PAIR_A;
	const char *bn = tun ? PAIR_B_NET : PAIR_B;

	p->a = world_host(p->w, "a", PAIR_A, a);
	p->b = world_host(p->w, "b", PAIR_B, b);
	story_policies(p->a, PAIR_A, PAIR_B, p->mode, an, bn, 0);
	story_policies(p->b, PAIR_B, PAIR_A, p->mode, bn, an, 0);
	host_start(p->a);
	host_start(p->b);
}

void pair_start(struct pair *p)
{
	pair_start_with(p, sim_conf_make(&p->ca), sim_conf_make(&p->cb));
}

void pair_start_client(struct pair *p, struct nat *nat)
{
	bool tun = p->mode == KMODE_TUNNEL;
	const char *a = nat ? PAIR_INSIDE : PAIR_A;

	p->a = world_host(p->w, "a", a, sim_conf_make(&p->ca));
	p->b = world_host(p->w, "b", PAIR_B, sim_conf_make(&p->cb));
	if (nat && xaddr_parse(PAIR_PUBLIC, &nat->pub) < 0)
		abort();
	p->a->nat = nat;
	p->w->nats = nat != NULL;
	host_start(p->a);
	host_start(p->b);
	story_policies(p->a, a, PAIR_B, p->mode, tun ? PAIR_A_NET : a,
		       tun ? PAIR_B_NET : PAIR_B, 0);
}

void pair_free(struct pair *p)
{
	world_free(p->w);
}

bool pair_works(struct pair *p)
{
	return kern_ping(p->a, 0) && kern_ping(p->b, 0);
}

bool pair_up(struct pair *p)
{
	kern_ping(p->a, 0);
	world_run(p->w, 5000);
	return pair_works(p);
}

unsigned int pair_lost(struct pair *p, unsigned int seconds)
{
	unsigned int lost = 0;

	while (seconds-- && !p->w->failure[0]) {
		lost += !kern_ping(p->a, 0);
		lost += !kern_ping(p->b, 0);
		world_run(p->w, 1000);
	}
	return lost;
}

const char *pair_logged(const struct pair *p, const char *text)
{
	for (size_t i = 0; i < WORLD_LOG_LINES; i++)
		if (p->w->log[i] && strstr(p->w->log[i], text))
			return p->w->log[i];
	return NULL;
}

const char *pair_reason(struct host *h)
{
	h->reason[0] = '\0';
	host_admin(h, ADM_STATUS, NULL);
	return h->reason;
}
