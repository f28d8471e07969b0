/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SIM_KERN_H
#define XT_SIM_KERN_H

#include "ike/core/kreq.h"

struct host;

/* A model of the kernel's SAD and SPD. */
struct kern_sa {
	struct ksa sa;
	bool larval, dying;
	uint64_t added;		/* ms */
	uint64_t order;		/* later ones are preferred */
	uint64_t packets, bytes, used;
	struct kern_sa *next;
};

struct kern {
	struct kern_sa **bucket;	/* by SPI */
	size_t nbucket, nsa;
	struct kpol *pol;
	size_t npol, maxpol;
	uint32_t next_index, next_spi;
	uint64_t order, last_acquire;
	/* traffic of the tests */
	uint64_t sent, got, undecryptable, unsent, acquires;
	int refuse;		/* error for the next SA_ADD */
};

#define KERN_BUCKETS 128	/* unless kern_resize() says otherwise */
int kern_init(struct kern *k);
/* Empties it, for many more SAs. */
int kern_resize(struct kern *k, size_t nbucket);
/* Like kern_add_policy(), for one that is certainly new. */
void kern_append_policy(struct kern *k, const struct kpol *pol,
			uint32_t *index);
void kern_free(struct kern *k);
void kern_flush(struct kern *k);
void kern_add_policy(struct kern *k, const struct kpol *pol, uint32_t *index);

/* Answers a request of the engine of h. */
void kern_request(struct host *h, const struct kreq *r, struct kans *ans);

/* Expiry: called by the clock. */
void kern_tick(struct host *h);

/*
 * A packet from h to h's peer under its outbound policy number pol: true when
 * it came through.
 */
bool kern_ping(struct host *h, size_t pol);

/* A peer's SAs have their twins with the same keys? */
size_t kern_unmatched(struct host *h);
size_t kern_count(const struct kern *k, bool larval_too);

#endif
