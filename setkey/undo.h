/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_UNDO_H
#define XT_SETKEY_UNDO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "libxfrm/sock.h"
#include "parser/setkey_check.h"

/*
 * --atomic: what has to be known to take a run back.  A program that removes
 * or replaces anything needs a copy of the tables as they were; one that only
 * adds needs none.  Only entries that the run itself changed are put back, so
 * what others did meanwhile stays.
 *
 * Limits: an SA that comes back starts its lifetime anew, but keeps its
 * sequence numbers; migrate cannot be taken back and is refused.
 */
struct undo;

/*
 * Looks at the program and takes the copies.  XE_UNSUPPORTED: it contains a
 * statement that cannot be undone, *bad is its number.
 */
int undo_new(struct xfrm_sock *s, const struct setkey_prog *p, size_t *bad,
	     struct undo **out);
void undo_free(struct undo *u);	/* NULL is fine; wipes the copies */

/* Operation i was refused: nothing of it to take back. */
void undo_refused(struct undo *u, size_t i);

/* An SA that the run made or removed, beyond what its operations name. */
int undo_touch(struct undo *u, const struct xfrm_sa *sa);

/*
 * Takes the first n operations back.  *failed counts entries that could not
 * be put back.  Returns 0 or a negative error of the socket.
 */
int undo_apply(struct undo *u, size_t n, size_t *failed);

#endif
