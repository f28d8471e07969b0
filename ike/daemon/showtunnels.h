/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_SHOWTUNNELS_H
#define XT_DAEMON_SHOWTUNNELS_H

#include <jansson.h>

#include "ike/core/ike.h"
#include "libxfrm/base/buf.h"

/*
 * The tunnels at one glance: one entry for each outbound policy and peer, made
 * of the rows of its SAs and of its failures.
 */
struct showtunnels;

struct showtunnels *showtunnels_new(void);	/* NULL: no memory */
void showtunnels_free(struct showtunnels *t);	/* NULL is fine */

/* Rows; all of children come before those of failures.  0 or XE_NOMEM. */
int showtunnels_child(struct showtunnels *t, const struct ike_child_row *c,
		      uint64_t now, int64_t wall);
int showtunnels_down(struct showtunnels *t, const struct ike_down_row *d,
		     uint64_t now, int64_t wall);

/* All as a JSON array, a new reference; NULL: no memory. */
json_t *showtunnels_json(struct showtunnels *t);

/* Likewise the peers that were refused and have no tunnel. */
json_t *showtunnels_refused(struct showtunnels *t);

/*
 * As text: how many, then two lines each, those that are down first; at last
 * peers that were refused.
 */
void showtunnels_print(struct showtunnels *t, struct wbuf *w);

#endif
