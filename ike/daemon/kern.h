/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_KERN_H
#define XT_DAEMON_KERN_H

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

/* One event; the struct is good until the callback returns. */
typedef void kern_event_fn(void *arg, const struct kevent *ev);

/*
 * Opens the sockets.  bufsize: bytes of receive buffer for events, 0 = the
 * library's choice.  journal: path of the journal, or NULL for none; what it
 * lists is deleted from the kernel first.  0 or a negative error; text (of
 * size bytes) then says why.
 */
int kern_open(struct kern **k, struct loop *loop, const struct logger *log,
	      unsigned int bufsize, const char *journal, kern_event_fn *fn,
	      void *arg, char *text, size_t size);

/*
 * Closes the sockets, keeping SAs and policies as they are; NULL is fine.
 * kern_purge() before it deletes what was installed.
 */
void kern_free(struct kern *k);

/* Carries out a request; the answer is complete on return. */
void kern_request(struct kern *k, const struct kreq *q, struct kans *a);

/*
 * Reports every policy as KEV_POL_NEW between KEV_RESYNC_BEGIN and _END: at
 * start, and by itself after events were lost.
 */
void kern_resync(struct kern *k);

/* Deletes all that was installed and not deleted since. */
void kern_purge(struct kern *k);

#endif
