/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/removal.h"

#include <stdlib.h>

#include "ike/core/child.h"
#include "ike/core/sa.h"

#define REMOVAL_PORTION 256	/* SAs at a time */
#define REMOVAL_ASKED_MAX 2048	/* requests that the kernel has not answered */
#define REMOVAL_LEAVING_MAX 65536	/* who leaves has little time for peers */
#define REMOVAL_PAUSE_MS 1

struct removal {
	struct removal *next, **prevp;
	struct timer timer;
	bool (*one)(struct ike *ike, uint32_t id);
	struct ike_admin req;
	removal_fn *fn;
	size_t n, at, gone;
	uint32_t id[];		/* n of them; they may go meanwhile */
};

struct removal *removal_new(size_t max)
{
	struct removal *r = malloc(sizeof(*r) + max * sizeof(r->id[0]));

	if (r)
		*r = (struct removal){ 0 };
	return r;
}

void removal_add(struct removal *r, uint32_t id)
{
	r->id[r->n++] = id;
}

static void removal_unlink(struct removal *r)
{
	*r->prevp = r->next;
	if (r->next)
		r->next->prevp = r->prevp;
}

static bool one_sa(struct ike *ike, uint32_t id)
{
	struct ike_sa *sa = sa_by_id(ike, id);

	if (sa)
		sa_delete(ike, sa, SA_END_ADMIN, true);
	return sa;
}

static bool one_child(struct ike *ike, uint32_t id)
{
	struct ike_child *c = child_by_id(ike, id);

	if (c)
		child_delete(ike, c, true);
	return c;
}

static void portion(struct ike *ike, struct removal *r)
{
	for (size_t i = 0; i < REMOVAL_PORTION && r->at < r->n; i++)
		r->gone += r->one(ike, r->id[r->at++]);
}

static bool may_ask(const struct ike *ike, const struct removal *r)
{
	return ike->asked <= (r->req.kind == ADM_SHUTDOWN
			      ? REMOVAL_LEAVING_MAX : REMOVAL_ASKED_MAX);
}

static void go_on(void *ctx, struct timer *t)
{
	struct removal *r = timer_entry(t, struct removal, timer);
	struct ike *ike = ctx;

	if (may_ask(ike, r))
		portion(ike, r);
	while (r->at < r->n) {
		if (!timers_set(&ike->timers, t, ike->now,
				ike->now + REMOVAL_PAUSE_MS))
			return;
		portion(ike, r);	/* no memory: without a pause, then */
	}
	removal_unlink(r);
	if (r->fn)
		r->fn(ike, &r->req, r->gone);
	free(r);
}

static void begin(struct ike *ike, struct removal *r,
		  const struct ike_admin *req, removal_fn *fn)
{
	static const struct timer_kind kind = { go_on, "removal of SAs" };

	timer_init(&r->timer, &kind);
	if (req)
		r->req = *req;
	r->req.remote_name = r->req.user = NULL;
	r->fn = fn;
	r->next = ike->removals;
	if (r->next)
		r->next->prevp = &r->next;
	r->prevp = &ike->removals;
	ike->removals = r;
	go_on(ike, &r->timer);
}

void removal_sas(struct ike *ike, struct removal *r,
		 const struct ike_admin *req, removal_fn *fn)
{
	r->one = one_sa;
	begin(ike, r, req, fn);
}

void removal_children(struct ike *ike, struct removal *r,
		      const struct ike_admin *req, removal_fn *fn)
{
	r->one = one_child;
	begin(ike, r, req, fn);
}

void removal_free(struct ike *ike)
{
	struct removal *r, *next;

	for (r = ike->removals; r; r = next) {
		next = r->next;
		timers_stop(&ike->timers, &r->timer);
		free(r);
	}
	ike->removals = NULL;
}
