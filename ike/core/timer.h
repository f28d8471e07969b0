/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_TIMER_H
#define XT_IKE_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Timers over the caller's clock: a binary heap of pointers to timers that
 * live in their owners.  Setting, moving and stopping cost O(log n).
 */
struct timer;
typedef void (*timer_fn)(void *ctx, struct timer *t);

/* What timers of one purpose share. */
struct timer_kind {
	timer_fn fn;
	const char *what;	/* for show-schedule */
};

/* There are six of them in a tunnel: small. */
struct timer {
	uint64_t at;		/* milliseconds */
	uint64_t set_at;	/* when it was set, for show-schedule */
	const struct timer_kind *kind;
	uint32_t order;		/* equal times fire in the order of setting */
	uint32_t pos;		/* place in the heap + 1; 0 = not running */
};

struct timers {
	struct timer **heap;
	uint32_t n, cap;
	uint32_t order;
};

/* A timer of that kind, which outlives it; needs no other set-up. */
void timer_init(struct timer *t, const struct timer_kind *kind);

/* Is it running? */
static inline bool timer_on(const struct timer *t)
{
	return t->pos != 0;
}

/* (Re)starts t to fire at time at.  0, XE_LIMIT or -ENOMEM. */
int timers_set(struct timers *ts, struct timer *t, uint64_t now, uint64_t at);

/* Stops t; stopping a stopped timer is fine. */
void timers_stop(struct timers *ts, struct timer *t);

/* Takes out and returns one timer that is due, or NULL. */
struct timer *timers_due(struct timers *ts, uint64_t now);

/* When the next one fires; UINT64_MAX: none runs. */
uint64_t timers_next(const struct timers *ts);

/* Frees the heap; timers still in it are forgotten. */
void timers_free(struct timers *ts);

/* The object of type type that embeds the timer t as its member. */
#define timer_entry(t, type, member) \
	((type *)((char *)(t) - offsetof(type, member)))

#endif
