/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/retire.h"

#include "ike/core/sa.h"

#define RETRY_SEC 10	/* after a failed renewal */

/* The successor's counters are here. */
static void retire_look(struct ike *ike, const struct kwait *w,
			const struct kans *ans)
{
	struct ike_child *c = child_by_id(ike, w->child);
	struct ike_child *by = c ? child_by_id(ike, c->replaced_by) : NULL;
	const struct ike_timers *t;
	unsigned int limit;

	if (!c || c->state != CHILD_REKEYED)
		return;
	if (!by || by->state < CHILD_ESTABLISHED) {
		/* the successor died: this one is needed again */
		c->replaced_by = 0;
		child_set_state(ike, c, CHILD_ESTABLISHED);
		child_rekey(ike, c);
		return;
	}
	t = &ike_conf_settings(c->conf)->timer;
	limit = t->interval * (t->counter + 1) / RETIRE_POLL + 1;
	if ((!ans->err && ans->count.packets) || ++c->idle > limit) {
		/* one more look apart, for what is still on its way */
		if (c->seen) {
			child_delete(ike, c, true);
			return;
		}
		c->seen = 1;
	}
	ike_timer(ike, &c->timer, ike->now + ike_sec(RETIRE_POLL));
}

/* As above, asked about the successor but for the old one. */
static void retire_poll(struct ike *ike, struct ike_child *c)
{
	struct ike_child *by = child_by_id(ike, c->replaced_by);
	struct kreq r = { .kind = KREQ_SA_GET };

	if (by && by->n) {
		const struct child_sa *p = &by->p[by->n - 1];

		r.sa.proto = p->proto;
		r.sa.mode = p->mode;
		r.sa.src = by->remote.addr;
		r.sa.dst = by->local.addr;
		r.sa.spi = p->spi_in;
		r.sa.reqid = p->reqid_in;
		r.sa.dir = KDIR_IN;
		ike_act_kreq(ike, &r, retire_look, c->id, 0, 0);
		return;
	}
	c->replaced_by = 0;
	child_set_state(ike, c, CHILD_ESTABLISHED);
	child_rekey(ike, c);
}

static void retire_timer(void *ctx, struct timer *t)
{
	struct ike_child *c = timer_entry(t, struct ike_child, timer);
	struct ike *ike = ctx;

	switch (c->state) {
	case CHILD_WAIT_SA:
		child_fail(ike, c, "time up waiting for phase1%s%s",
			   c->sa->why[0] ? ": " : "", c->sa->why);
		break;
	case CHILD_REKEYED:
		retire_poll(ike, c);
		break;
	case CHILD_ESTABLISHED:
		child_rekey(ike, c);
		break;
	case CHILD_SPAWN:
	case CHILD_GETSPI:
	case CHILD_GOTSPI:
	case CHILD_MSG1SENT:
	case CHILD_MSG2SENT:
	case CHILD_COMMIT:
	case CHILD_ADDSA:
	case CHILD_EXPIRED:
		break;
	}
}

void retire_init(struct ike_child *c)
{
	timer_init(&c->timer, retire_timer, "phase 2");
}

void retire_begin(struct ike *ike, struct ike_child *old,
		  struct ike_child *by)
{
	if (old->state != CHILD_ESTABLISHED)
		return;
	old->replaced_by = by->id;
	old->idle = 0;
	old->seen = 0;
	child_set_state(ike, old, CHILD_REKEYED);
	ike_timer(ike, &old->timer, ike->now + ike_sec(RETIRE_POLL));
}

void retire_retry(struct ike *ike, struct ike_child *old)
{
	if (old->state == CHILD_ESTABLISHED)
		ike_timer(ike, &old->timer, ike->now + ike_sec(RETRY_SEC));
}
