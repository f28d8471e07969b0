/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/fsm.h"

#include "ike/core/sa.h"
#include "libxfrm/base/err.h"

const struct fsm_row *fsm_find(const struct fsm_table *t, const struct xchg *x)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct fsm_row *r = &t->row[i];

		if (r->exchange == x->type && r->initiator == x->initiator &&
		    r->from == x->stage)
			return r;
	}
	return NULL;
}

/* Runs the steps from x->step on; see fsm_step for what they return. */
static int fsm_steps(struct ike *ike, struct xchg *x)
{
	const struct fsm_row *row = x->row;
	int r;

	while (x->step < FSM_STEPS_MAX && row->step[x->step]) {
		r = row->step[x->step++](ike, x);
		if (x->dead)
			return XE_CLOSED;
		if (r == XE_AGAIN) {
			x->busy = true;
			return r;
		}
		if (r < 0) {
			x->row = NULL;
			if (r != XE_CLOSED && r != XE_INTR)
				x->table->fail(ike, x, r);
			return r;
		}
	}
	x->row = NULL;
	x->stage = row->next;
	x->table->enter(ike, x, row->next);
	return 0;
}

int fsm_run(struct ike *ike, struct xchg *x, const struct fsm_row *row)
{
	if (ike_log_on(ike, LOG_LV_DEBUG2))
		ike_log(ike, LOG_LV_DEBUG2, &x->sa->remote, "%s", row->story);
	x->row = row;
	x->step = 0;
	x->busy = false;
	return fsm_steps(ike, x);
}

int fsm_resume(struct ike *ike, struct xchg *x)
{
	if (!x->row || x->dead)
		return XE_STATE;
	x->busy = false;
	return fsm_steps(ike, x);
}
