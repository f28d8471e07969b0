/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/guard.h"

#include <stdlib.h>

#include "libxfrm/base/err.h"

#define TOKEN 1000u
#define V6_NET_BITS 64

void guard_init(struct guard *g, uint64_t seed, size_t half_max, uint64_t now)
{
	*g = (struct guard){ .seed = seed, .half_max = half_max };
	htab_init(&g->src, GUARD_SOURCES_MAX);
	g->rest.tokens = GUARD_BURST * TOKEN;
	g->rest.excess = GUARD_EXCESS_BURST;
	g->rest.last = g->rest.excess_last = now;
	g->excess = GUARD_EXCESS_ALL_BURST;
	g->excess_last = now;
}

void guard_free(struct guard *g)
{
	struct guard_src *s, *next;

	for (s = g->newest; s; s = next) {
		next = s->older;
		free(s);
	}
	g->newest = g->oldest = NULL;
	htab_free(&g->src);
}

static struct xaddr guard_net(const struct xaddr *from)
{
	struct xaddr net = *from;

	net.scope = 0;
	if (net.family == AF_INET6)
		xaddr_mask(&net, V6_NET_BITS);
	return net;
}

static void lru_unlink(struct guard *g, struct guard_src *s)
{
	*(s->newer ? &s->newer->older : &g->newest) = s->older;
	*(s->older ? &s->older->newer : &g->oldest) = s->newer;
	s->newer = s->older = NULL;
}

static void lru_push(struct guard *g, struct guard_src *s)
{
	s->older = g->newest;
	if (g->newest)
		g->newest->newer = s;
	else
		g->oldest = s;
	g->newest = s;
}

static struct guard_src *guard_find(const struct guard *g,
				    const struct xaddr *net)
{
	struct hnode *n;

	for (n = htab_first(&g->src, xaddr_hash(g->seed, net)); n;
	     n = htab_next(n)) {
		struct guard_src *s = hnode_entry(n, struct guard_src, node);

		if (xaddr_equal(&s->net, net))
			return s;
	}
	return NULL;
}

/* Room for a new source: the one idle for longest makes it, if it is idle. */
static struct guard_src *guard_add(struct guard *g, const struct xaddr *net,
				   uint64_t now)
{
	struct guard_src *s = NULL;

	if (g->src.count >= GUARD_SOURCES_MAX) {
		s = g->oldest;
		if (s->half_open)
			return &g->rest;
		lru_unlink(g, s);
		htab_del(&g->src, &s->node);
	} else {
		s = malloc(sizeof(*s));
		if (!s)
			return &g->rest;
	}
	*s = (struct guard_src){ .net = *net, .last = now, .excess_last = now,
				 .excess = GUARD_EXCESS_BURST,
				 .tokens = GUARD_BURST * TOKEN };
	if (htab_add(&g->src, &s->node, xaddr_hash(g->seed, net)) < 0) {
		free(s);
		return &g->rest;
	}
	lru_push(g, s);
	return s;
}

static void guard_refill(struct guard_src *s, uint64_t now)
{
	uint64_t tokens;

	if (now <= s->last)
		return;
	tokens = s->tokens + (now - s->last) * GUARD_RATE;
	s->tokens = tokens > GUARD_BURST * TOKEN ? GUARD_BURST * TOKEN
						 : (uint32_t)tokens;
	s->last = now;
}

int guard_open(struct guard *g, const struct xaddr *from, uint64_t now)
{
	struct xaddr net = guard_net(from);
	struct guard_src *s;

	if (g->half_open >= g->half_max)
		return XE_LIMIT;
	s = guard_find(g, &net);
	if (!s)
		s = guard_add(g, &net, now);
	guard_refill(s, now);
	if (s->tokens < TOKEN || s->half_open >= GUARD_HALF_MAX)
		return XE_LIMIT;
	s->tokens -= TOKEN;
	s->half_open++;
	g->half_open++;
	if (s != &g->rest) {
		lru_unlink(g, s);
		lru_push(g, s);
	}
	return 0;
}

void guard_close(struct guard *g, const struct xaddr *from)
{
	struct xaddr net = guard_net(from);
	struct guard_src *s = guard_find(g, &net);

	/* A source with half-open SAs keeps its entry, so none = the rest. */
	if (!s || !s->half_open)
		s = &g->rest;
	if (s->half_open)
		s->half_open--;
	if (g->half_open)
		g->half_open--;
}

/* What a bucket holds after time went by; *last moves with whole bytes. */
static uint64_t excess_now(uint64_t held, uint64_t *last, uint64_t now,
			   uint64_t rate, uint64_t burst)
{
	uint64_t more;

	if (now <= *last)
		return held;
	if ((now - *last) / 1000 > burst / rate) {
		*last = now;
		return burst;
	}
	more = (now - *last) * rate / 1000;
	if (more)
		*last = now;
	return held + more > burst ? burst : held + more;
}

int guard_excess(struct guard *g, const struct xaddr *to, size_t bytes,
		 uint64_t now)
{
	struct xaddr net = guard_net(to);
	struct guard_src *s = guard_find(g, &net);

	if (!s)
		s = &g->rest;
	s->excess = (uint32_t)excess_now(s->excess, &s->excess_last, now,
					 GUARD_EXCESS_RATE,
					 GUARD_EXCESS_BURST);
	g->excess = excess_now(g->excess, &g->excess_last, now,
			       GUARD_EXCESS_ALL_RATE, GUARD_EXCESS_ALL_BURST);
	if (s->excess < bytes || g->excess < bytes)
		return XE_LIMIT;
	s->excess -= (uint32_t)bytes;
	g->excess -= bytes;
	return 0;
}
