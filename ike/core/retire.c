/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/retire.h"

#include "ike/core/sa.h"

#define RETRY_SEC 10	/* after a failed renewal */

/* The successor died: the old one is needed again. */
static void retire_undo(struct ike *ike, struct ike_child *c)
{
	c->replaced_by = 0;
	child_set_state(ike, c, CHILD_ESTABLISHED);
	child_rekey(ike, c);
}

/* Looks without traffic on the old SA after which it may go. */
#define QUIET_LOOKS 2

static unsigned int patience(const struct ike_child *c)
{
	const struct ike_timers *t = &ike_conf_settings(c->conf)->timer;

	return t->interval * (t->counter + 1) / RETIRE_POLL + 1;
}

static void ask_inbound(struct ike *ike, const struct ike_child *of,
			const struct ike_child *c, kwait_fn fn)
{
	const struct child_sa *p = &of->p[of->n - 1];
	struct kreq r = { .kind = KREQ_SA_GET };

	r.sa.proto = p->proto;
	r.sa.mode = p->mode;
	r.sa.src = of->remote.addr;
	r.sa.dst = of->local.addr;
	r.sa.spi = p->spi_in;
	r.sa.reqid = p->reqid_in;
	r.sa.dir = KDIR_IN;
	ike_act_kreq(ike, &r, fn, c->id, 0, 0);
}

/* The successor's counters: is it in use? */
static void look_new(struct ike *ike, const struct kwait *w,
		     const struct kans *ans)
{
	struct ike_child *c = child_by_id(ike, w->child);

	if (!c || c->state != CHILD_REKEYED)
		return;
	if (c->idle > patience(c) ||
	    (c->idle >= QUIET_LOOKS && !ans->err && ans->count.packets)) {
		child_delete(ike, c, true);
		return;
	}
	ike_timer(ike, &c->timer, ike->now + ike_sec(RETIRE_POLL));
}

/* The old one's: does the peer still send with it? */
static void look_old(struct ike *ike, const struct kwait *w,
		     const struct kans *ans)
{
	struct ike_child *c = child_by_id(ike, w->child), *by;

	if (!c || c->state != CHILD_REKEYED)
		return;
	by = child_by_id(ike, c->replaced_by);
	if (!by || by->state < CHILD_ESTABLISHED || !by->n) {
		retire_undo(ike, c);
		return;
	}
	c->idle = !ans->err && ans->count.packets != c->seen ? 0
							     : c->idle + 1;
	c->seen = ans->count.packets;
	ask_inbound(ike, by, c, look_new);
}

static void retire_poll(struct ike *ike, struct ike_child *c)
{
	if (c->n)
		ask_inbound(ike, c, c, look_old);
}

static void retire_timer(void *ctx, struct timer *t)
{
	struct ike_child *c = timer_entry(t, struct ike_child, timer);
	struct ike *ike = ctx;

	switch (c->state) {
	case CHILD_WAIT_SA:
		child_fail(ike, c, "time up waiting for phase1: %s",
			   c->sa->why ? c->sa->why :
			   c->sa->spi_r ? "it is not done yet" :
			   "no answer from the peer yet");
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
	static const struct timer_kind kind = { retire_timer, "phase 2" };

	timer_init(&c->timer, &kind);
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
