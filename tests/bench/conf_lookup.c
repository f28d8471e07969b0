/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cost of finding the remote and the sainfo of a peer among N of each:
 * nanoseconds per lookup, and whether it stays flat from the smallest N to
 * the largest (caches let it grow somewhat; a scan would grow with N).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "ike/core/conf.h"

#define LOOKUPS 200000u
#define GROWTH_MAX 40	/* from 1,000 to 100,000; a scan gives 100 */

static const struct ike_prop prop = { .group = 14, .usable = true };

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void address(unsigned int i, uint8_t b[4])
{
	b[0] = 10;
	b[1] = (uint8_t)(i >> 16);
	b[2] = (uint8_t)(i >> 8);
	b[3] = (uint8_t)i;
}

static struct ike_id id_of(uint8_t *b)
{
	return (struct ike_id){ .type = IKE_ID_IPV4, .len = 4, .data = b };
}

static struct ike_conf *build(unsigned int n, uint8_t (*addr)[4])
{
	struct ike_conf *c = ike_conf_new(1);
	struct ike_remote *r;
	struct ike_sainfo *s;
	unsigned int i;

	for (i = 0; c && i < n; i++) {
		address(i, addr[i]);
		r = ike_conf_add_remote(c, NULL);
		s = ike_conf_add_sainfo(c);
		if (!r || !s)
			exit(1);
		r->addr.family = AF_INET;
		memcpy(r->addr.b, addr[i], 4);
		r->nmode = 1;
		r->mode[0] = IKE_MODE_MAIN;
		r->nprop = 1;
		r->prop = &prop;
		s->local.kind = s->remote.kind = IKE_END_ID;
		s->local.id = id_of(addr[0]);
		s->remote.id = id_of(addr[i]);
	}
	if (!c || ike_conf_finish(c))
		exit(1);
	return c;
}

/* Nanoseconds for a lookup of each kind. */
static void measure(unsigned int n, double *remote, double *sainfo)
{
	uint8_t (*addr)[4] = calloc(n, sizeof(*addr));
	struct ike_remote_query q = { .port = 500 };
	struct ike_sainfo_query sq = { 0 };
	const struct ike_remote *r;
	const struct ike_sainfo *s;
	struct ike_conf *c;
	unsigned int i, at = 0;
	double start;

	if (!addr)
		exit(1);
	c = build(n, addr);
	start = now();
	for (i = 0; i < LOOKUPS; i++) {
		at = (at + 7919) % n;
		q.peer.family = AF_INET;
		memcpy(q.peer.b, addr[at], 4);
		if (ike_conf_find_remote(c, &q, &r) || r->index != at)
			exit(1);
	}
	*remote = (now() - start) / LOOKUPS;
	start = now();
	for (i = 0; i < LOOKUPS; i++) {
		at = (at + 7919) % n;
		sq.local = id_of(addr[0]);
		sq.remote = id_of(addr[at]);
		if (ike_conf_find_sainfo(c, &sq, &s) || s->index != at)
			exit(1);
	}
	*sainfo = (now() - start) / LOOKUPS;
	ike_conf_unref(c);
	free(addr);
}

int main(void)
{
	static const unsigned int sizes[] = { 1000, 10000, 100000 };
	double remote[3], sainfo[3];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		measure(sizes[i], &remote[i], &sainfo[i]);
		printf("%7u: %5.0f ns per remote, %5.0f ns per sainfo\n",
		       sizes[i], remote[i], sainfo[i]);
	}
	return remote[2] > GROWTH_MAX * remote[0] ||
	       sainfo[2] > GROWTH_MAX * sainfo[0];
}
