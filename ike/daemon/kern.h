/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_KERN_H
#define XT_DAEMON_KERN_H

#include <stdbool.h>
#include <stdint.h>

#include "ike/core/kreq.h"
#include "ike/daemon/loop.h"
#include "libxfrm/base/log.h"

/*
 * The engine's kernel requests and events to XFRM netlink and back.  Runs in
 * the privileged process, which also remembers what racoon installed: that,
 * and nothing else, is removed at the end, also when the other process dies.
 * A journal file lets the next start remove what a killed racoon left.
 */
struct kern;

/* One event, one answer; good until the callback returns. */
typedef void kern_event_fn(void *arg, const struct kevent *ev);
typedef void kern_answer_fn(void *arg, const struct kans *a);

struct kern_ops {
	void *arg;
	kern_event_fn *event;
	kern_answer_fn *answer;
};

/*
 * Opens the sockets.  bufsize: bytes of receive buffer for events, 0 = the
 * library's choice.  journal: path of the journal, or NULL for none; what it
 * lists is deleted from the kernel first.  0 or a negative error; text (of
 * size bytes) then says why.
 */
int kern_open(struct kern **k, struct loop *loop, const struct logger *log,
	      unsigned int bufsize, const char *journal,
	      const struct kern_ops *ops, char *text, size_t size);

/*
 * Closes the sockets, keeping SAs and policies as they are; NULL is fine.
 * kern_purge() before it deletes what was installed.
 */
void kern_free(struct kern *k);

/*
 * Takes a request with its keys.  ops.answer is called for it, before
 * kern_flush() returns.
 */
void kern_put(struct kern *k, struct kreq *q);

/*
 * Are policies to be added (generate_policy)?  Else that is refused, but for
 * those that were added before.
 */
void kern_generate(struct kern *k, bool on);

/* Carries out what waits; call it before the loop sleeps. */
void kern_flush(struct kern *k);

/*
 * Reports every policy as KEV_POL_NEW between KEV_RESYNC_BEGIN and _END: at
 * start, and by itself after events were lost.
 */
void kern_resync(struct kern *k);

/* Tries again what kern_resync() could not do; until when there is time. */
uint64_t kern_until(struct kern *k, uint64_t now);

/* Deletes all that was installed and not deleted since. */
void kern_purge(struct kern *k);

#endif
