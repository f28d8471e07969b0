/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_TESTS_ATTACK_TOOLS_H
#define XT_TESTS_ATTACK_TOOLS_H

#include "ike/v1/ctx.h"
#include "tests/sim/pair.h"

/* What attacks on a pair of simulated gateways need; see tests/sim/pair.h. */

#define MALLORY "203.0.113.66"

/* The only SA of a host, or NULL. */
struct ike_sa *only_sa(struct host *h);

/* A datagram to to that says it comes from there, port 500 to 500. */
void inject(struct pair *p, const char *from, struct host *to,
	    const struct wbuf *w);

/* A message in clear with one delete of the SA with these cookies. */
void clear_delete(struct wbuf *w, uint64_t spi_i, uint64_t spi_r);
/* One with a notification of that type, for the SA that of belongs to. */
void clear_notify(struct wbuf *w, const struct ike_hdr *of, uint16_t type);

/*
 * An informational message as the peer itself could send it: fill() adds
 * payloads, then it is authenticated and encrypted with the keys of from.
 */
void send_protected(struct pair *p, struct host *from, struct host *to,
		    void (*fill)(struct v1_out *o, void *arg), void *arg);

/* The same as the first message of a quick mode. */
void send_quick(struct pair *p, struct host *from, struct host *to,
		void (*fill)(struct v1_out *o, void *arg), void *arg);

enum change { DROP, REPEAT, SHORTER, LONGER, PATCH };

/* Spoils the n-th payload of the k-th message. */
struct spoiler {
	unsigned int message, payload, seen;
	enum change change;
	bool done;
	uint8_t type;		/* of the payload that was spoiled */
	uint8_t bytes[4096];
	const uint8_t *patch;	/* PATCH: new body of KE */
	size_t patch_len;
};

/* A filter of the world that does so; arg is a struct spoiler. */
bool spoil(struct world *w, struct ike_packet *pkt, void *arg);

/* The packets of a pair that brought a tunnel up in such a mode. */
struct tape {
	uint8_t p[40][2048];
	size_t len[40];
	bool to_b[40];
	unsigned int n;
};
struct tape *make_tape(uint8_t mode);

#endif
