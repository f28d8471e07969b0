/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_FSM_H
#define XT_IKE_FSM_H

#include "ike/core/xchg.h"

/*
 * Transitions as data.  A row says what may happen to an exchange in a stage
 * and which steps deal with it.  A step returns
 *	0		done, next step
 *	XE_AGAIN	asked for something (job, key, kernel); the step after
 *			it runs when the answer is there
 *	XE_CLOSED	the exchange or its SA is gone: stop, nothing to say
 *	XE_INTR		the message proves nothing: as if it had never come
 *	other		the negotiation failed
 * After the last step the exchange enters the stage `next`.
 */
typedef int (*fsm_step)(struct ike *ike, struct xchg *x);

#define FSM_STEPS_MAX 18

struct fsm_row {
	const char *story;	/* one sentence, for debug logs and readers */
	uint8_t exchange;	/* IKE exchange type */
	bool initiator;		/* our role in it */
	uint8_t from, next;	/* stages */
	const void *rules;	/* payload rules of the message, or NULL */
	fsm_step step[FSM_STEPS_MAX];
};

struct fsm_table {
	const struct fsm_row *row;
	size_t n;
	/* Enters a stage: the only place where states change. */
	void (*enter)(struct ike *ike, struct xchg *x, uint8_t stage);
	/* A step failed. */
	void (*fail)(struct ike *ike, struct xchg *x, int err);
	/* xchg_await() ran out; NULL where nothing awaits. */
	void (*waited)(struct ike *ike, struct xchg *x);
};

/* The row for a message to x in its stage, or NULL: not expected now. */
const struct fsm_row *fsm_find(const struct fsm_table *t,
			       const struct xchg *x);

/* Starts a row.  Returns like a step. */
int fsm_run(struct ike *ike, struct xchg *x, const struct fsm_row *row);

/* What x waited for has come: goes on with its row. */
int fsm_resume(struct ike *ike, struct xchg *x);

#endif
