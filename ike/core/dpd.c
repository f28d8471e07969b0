/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/dpd.h"

#include "ike/core/child.h"

/* The first sequence number is random below this, as the reference does. */
#define DPD_SEQ_FIRST 4096u

static bool dpd_active(const struct ike_sa *sa)
{
	return sa->rc->dpd && sa->rc->dpd_delay && sa->dpd.peer;
}

/* If it is not used any more the peer may have dropped it already. */
static struct ike_sa *dpd_successor(struct ike *ike, const struct ike_sa *sa)
{
	struct ike_sa *by = NULL;

	if (sa->replaced_by)
		by = sa_by_id(ike, sa->replaced_by);
	return by && sa_usable(by) ? by : NULL;
}

static void dpd_dead(struct ike *ike, struct ike_sa *sa)
{
	struct ike_sa *by = dpd_successor(ike, sa);
	char spi[SA_COOKIES_LEN];

	if (by) {
		child_move_all(ike, sa, by);
		sa_delete(ike, sa, SA_END_REPLACED, false);
		return;
	}
	ike_log(ike, LOG_LV_INFO, &sa->remote,
		"DPD: remote (ISAKMP-SA spi=%s) seems to be dead.",
		sa_cookies(sa, spi));
	sa_why(ike, sa, "no answer to %u dead peer probes: is the peer down, "
	       "or the way to it cut?", sa->dpd.fails);
	sa_delete(ike, sa, SA_END_DEAD, false);
}

static void dpd_timer(void *ctx, struct timer *t)
{
	struct ike_sa *sa = timer_entry(t, struct ike_sa, dpd.timer);
	struct ike *ike = ctx;
	uint64_t due;

	if (!dpd_active(sa))
		return;
	due = sa->dpd.last_in + ike_sec(sa->rc->dpd_delay);
	if (ike->now < due) {
		/* it spoke meanwhile: nothing to ask */
		sa->dpd.waiting = false;
		sa->dpd.fails = 0;
		ike_timer(ike, t, due);
		return;
	}
	if (sa->dpd.waiting && ++sa->dpd.fails >= sa->rc->dpd_maxfail) {
		dpd_dead(ike, sa);
		return;
	}
	/* RFC 3706 7: never the same number again, as it would be a replay */
	sa->dpd.seq++;
	sa->dpd.waiting = true;
	sa->ver->probe(ike, sa);
	ike_timer(ike, t, ike->now + ike_sec(sa->rc->dpd_retry));
}

void dpd_init(struct ike_sa *sa)
{
	static const struct timer_kind kind = { dpd_timer,
						"dead peer detection" };

	timer_init(&sa->dpd.timer, &kind);
}

void dpd_start(struct ike *ike, struct ike_sa *sa)
{
	timers_stop(&ike->timers, &sa->dpd.timer);
	if (!dpd_active(sa))
		return;
	if (!sa->dpd.seq) {
		ike_rng(ike, &sa->dpd.seq, sizeof(sa->dpd.seq));
		sa->dpd.seq %= DPD_SEQ_FIRST;
	}
	sa->dpd.waiting = false;
	sa->dpd.fails = 0;
	sa->dpd.last_in = ike->now;
	ike_timer(ike, &sa->dpd.timer,
		  ike->now + ike_sec(sa->rc->dpd_delay));
}

bool dpd_answer(struct ike *ike, struct ike_sa *sa, uint32_t seq)
{
	/* to this question, or to one since the peer was last heard */
	if (!sa->dpd.waiting || sa->dpd.seq - seq > sa->dpd.fails) {
		ike_log(ike, LOG_LV_DEBUG, &sa->remote,
			"DPD: answer with sequence number %u, not %u", seq,
			sa->dpd.seq);
		return false;
	}
	sa->dpd.waiting = false;
	sa->dpd.fails = 0;
	sa->dpd.last_in = ike->now;
	if (sa->rc->dpd_delay)
		ike_timer(ike, &sa->dpd.timer,
			  ike->now + ike_sec(sa->rc->dpd_delay));
	return true;
}
