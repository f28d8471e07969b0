/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_XCHG_H
#define XT_IKE_XCHG_H

#include "ike/core/engine.h"

struct fsm_row;

/*
 * An exchange: a few messages with one message id, one of them on the wire at
 * a time.  It sends, repeats and gives up; answers repeated requests from
 * what it sent; keeps what a negotiation needs between its messages.
 */
struct xchg {
	struct hnode by_id, by_msgid;
	uint32_t id, msgid;
	struct xchg *dead_next;
	struct ike_sa *sa;
	struct xchg *next, **prevp;	/* in sa->xchg */
	const struct fsm_table *table;
	uint8_t type;		/* IKE exchange type */
	uint8_t stage;		/* of table; only fsm.c writes it */
	bool initiator;
	bool done;		/* finished: only answers duplicates */
	uint32_t child;		/* id of the child SA it negotiates */

	/* the transition that runs, if any */
	const struct fsm_row *row;
	unsigned int step;
	uint32_t wait;		/* id of the job or key request awaited */
	unsigned int nkreq;	/* kernel answers awaited */
	int kerr;		/* first error among them */
	struct ike_job *job;	/* the finished job, while its step looks */
	struct ike_keyans *key;	/* the key process' answer, likewise */

	/* what was sent last, and what it answered */
	struct wbuf tx;
	uint64_t rx_digest;	/* of the last message taken; 0 = none */
	size_t rx_len;		/* its length, where a stranger may have sent it */
	bool dead;
	bool busy;		/* a step waits for an answer */
	bool retransmit;	/* repeat tx until answered */
	bool await;		/* or wait, for so long as the timer runs */
	unsigned int tries;	/* repetitions left; xchg_tell: seconds */
	unsigned int nanswered;	/* duplicates answered */
	unsigned int push;	/* repetitions although done: nobody answers */
	struct timer timer;	/* repetition, or the end of lingering */
	struct timer deadline;	/* the negotiation as a whole */
	uint64_t started;

	void *priv;		/* the version's negotiation data */
};

/* How many duplicates of one message are answered. */
#define XCHG_DUP_MAX 16

/* New exchange of sa, in the tables.  0, XE_LIMIT, -ENOMEM. */
int xchg_new(struct ike *ike, struct ike_sa *sa, const struct fsm_table *table,
	     uint8_t type, bool initiator, uint32_t msgid, struct xchg **x);
struct xchg *xchg_by_id(struct ike *ike, uint32_t id);
struct xchg *xchg_by_msgid(struct ike *ike, const struct ike_sa *sa,
			   uint32_t msgid);

/*
 * Sends msg (copied) as the exchange's message; repeat: until xchg_answered()
 * or the end of patience, which is table->fail() with -ETIMEDOUT.
 */
int xchg_send(struct ike *ike, struct xchg *x, const struct wbuf *msg,
	      bool repeat);

/*
 * Waits for the peer to go on, with nothing to repeat: table->waited() after
 * ms, instead of any deadline.
 */
void xchg_await(struct ike *ike, struct xchg *x, uint64_t ms);

/* The peer went on: stop repeating.  Remembers the message it sent. */
void xchg_answered(struct ike *ike, struct xchg *x, uint64_t digest);

/* The message was not the peer's after all: goes on as before it. */
void xchg_unanswered(struct ike *ike, struct xchg *x);

/* Is this message a repetition?  Then it was dealt with. */
bool xchg_duplicate(struct ike *ike, struct xchg *x, uint64_t digest);

/* Sends its last message again. */
void xchg_resend(struct ike *ike, struct xchg *x);

/* Digest of a message as it came. */
uint64_t xchg_digest(const struct ike *ike, const void *p, size_t len);

/* Limits the negotiation as a whole: table->fail with -ETIMEDOUT then. */
void xchg_deadline(struct ike *ike, struct xchg *x, uint64_t ms);

/*
 * Finished: forgets the negotiation, and stays to answer duplicates as long
 * as the peer may repeat.
 */
void xchg_done(struct ike *ike, struct xchg *x);

/*
 * Done, but nothing will answer the last message: repeats it until the peer
 * says something under the SA.
 */
void xchg_done_push(struct ike *ike, struct xchg *x);

/*
 * A message that is never answered, on its own: sends it, and so many times
 * more in the seconds after, in case it gets lost.  Ends with the SA.
 */
int xchg_tell(struct ike *ike, struct ike_sa *sa, uint8_t type,
	      uint32_t msgid, const struct wbuf *msg, unsigned int times);

/* Takes it out of everything. */
void xchg_delete(struct ike *ike, struct xchg *x);
void xchg_free(struct xchg *x);

#endif
