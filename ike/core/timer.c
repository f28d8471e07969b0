/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/timer.h"

#include <assert.h>
#include <stdlib.h>

#include "libxfrm/base/err.h"

#define TIMERS_FIRST 32u
#define TIMERS_MAX (UINT32_MAX / 4)

void timer_init(struct timer *t, const struct timer_kind *kind)
{
	*t = (struct timer){ .kind = kind };
}

static bool timer_before(const struct timer *a, const struct timer *b)
{
	/* order may have passed its end in between */
	return a->at != b->at ? a->at < b->at
			      : b->order - a->order <= UINT32_MAX / 2;
}

static void heap_put(struct timers *ts, uint32_t i, struct timer *t)
{
	ts->heap[i] = t;
	t->pos = i + 1;
}

static void heap_up(struct timers *ts, uint32_t i, struct timer *t)
{
	while (i > 0) {
		uint32_t up = (i - 1) / 2;

		if (!timer_before(t, ts->heap[up]))
			break;
		heap_put(ts, i, ts->heap[up]);
		i = up;
	}
	heap_put(ts, i, t);
}

static void heap_down(struct timers *ts, uint32_t i, struct timer *t)
{
	for (;;) {
		uint32_t kid = 2 * i + 1;

		if (kid >= ts->n)
			break;
		if (kid + 1 < ts->n &&
		    timer_before(ts->heap[kid + 1], ts->heap[kid]))
			kid++;
		if (!timer_before(ts->heap[kid], t))
			break;
		heap_put(ts, i, ts->heap[kid]);
		i = kid;
	}
	heap_put(ts, i, t);
}

void timers_stop(struct timers *ts, struct timer *t)
{
	struct timer *last;
	uint32_t i;

	if (!t->pos)
		return;
	i = t->pos - 1;
	assert(i < ts->n && ts->heap[i] == t);
	t->pos = 0;
	last = ts->heap[--ts->n];
	if (last == t)
		return;
	if (i > 0 && timer_before(last, ts->heap[(i - 1) / 2]))
		heap_up(ts, i, last);
	else
		heap_down(ts, i, last);
}

int timers_set(struct timers *ts, struct timer *t, uint64_t now, uint64_t at)
{
	timers_stop(ts, t);
	if (ts->n == TIMERS_MAX)
		return XE_LIMIT;
	if (ts->n == ts->cap) {
		uint32_t cap = ts->cap ? ts->cap * 2 : TIMERS_FIRST;
		struct timer **heap;

		heap = reallocarray(ts->heap, cap, sizeof(*heap));
		if (!heap)
			return XE_NOMEM;
		ts->heap = heap;
		ts->cap = cap;
	}
	t->at = at;
	t->set_at = now;
	t->order = ts->order++;
	heap_up(ts, ts->n++, t);
	return 0;
}

struct timer *timers_due(struct timers *ts, uint64_t now)
{
	struct timer *t;

	if (!ts->n || ts->heap[0]->at > now)
		return NULL;
	t = ts->heap[0];
	timers_stop(ts, t);
	return t;
}

uint64_t timers_next(const struct timers *ts)
{
	return ts->n ? ts->heap[0]->at : UINT64_MAX;
}

void timers_free(struct timers *ts)
{
	for (uint32_t i = 0; i < ts->n; i++)
		ts->heap[i]->pos = 0;
	free(ts->heap);
	*ts = (struct timers){ 0 };
}
