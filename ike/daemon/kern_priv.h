/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_KERN_PRIV_H
#define XT_DAEMON_KERN_PRIV_H

/* What kern.c (events, life), kernreq.c (requests) and kernsa.c share. */

#include "ike/daemon/journal.h"
#include "ike/daemon/kern.h"
#include "libxfrm/sock.h"

/* Requests that are collected: few enough to fit one message to the kernel */
#define KERN_BATCH 32

/* A request on its way, and what came of it. */
struct kern_pending {
	struct kreq q;		/* owns its keys */
	struct xmsg_error e;
	bool update;		/* of what is there, not a new one */
	uint32_t spi;
};

struct kern {
	struct loop *loop;
	struct logger log;
	struct xfrm_sock *req, *ev;
	struct xfrm_batch *batch;	/* NULL after it failed */
	struct kern_pending pending[KERN_BATCH];
	uint64_t object[KERN_BATCH];	/* what each of them is about */
	unsigned int npending;
	struct journal *journal;
	bool unnoted;		/* it could not be written, that was logged */
	kern_event_fn *fn;
	kern_answer_fn *answer;
	void *arg;
	bool lost;		/* events, and those there are not all read */
	uint64_t resync_at;	/* a dump did not come through: again then */
	bool generates;		/* may policies be added? */
};

/* kernreq.c: an SA's names; why the kernel refused something, in words */
void kern_sa_id(const struct ksa *k, struct xfrm_sa *sa);
void kern_explain(const struct xmsg_error *e, uint16_t op,
		  const struct xfrm_sa *sa, const struct xfrm_policy *p,
		  struct kans *a);

/* kernsa.c */
int kern_sa_install(struct kern *k, const struct xfrm_sa *sa, bool update,
		    struct xmsg_error *e);
void kern_sa_get(struct kern *k, const struct kreq *q, struct kans *a);
void kern_sa_update(struct kern *k, const struct kreq *q, struct kans *a);

#endif
