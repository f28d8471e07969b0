/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_SHOWSTATUS_H
#define XT_DAEMON_SHOWSTATUS_H

#include "ike/core/ike.h"
#include "libxfrm/base/buf.h"

/*
 * The answer to `racoonctl status`: rows are added as the engine hands them
 * out, then printed as text or as one line of JSON (schema in racoonctl(8)).
 */
struct showstatus;

int showstatus_new(struct showstatus **st, bool verbose, bool json);
void showstatus_free(struct showstatus *st);	/* NULL is fine */

/*
 * Takes a row (of kind ANS_SA, ANS_CHILD or ANS_DOWN; others are ignored).
 * now is the engine's clock, wall the time of day, both for this moment.
 */
int showstatus_add(struct showstatus *st, const struct ike_answer *a, uint64_t now,
	       int64_t wall);

/* Appends the whole to w.  0, -ENOMEM, or what w->err says. */
int showstatus_print(struct showstatus *st, int64_t wall, struct wbuf *w);

#endif
