/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_SAVE_H
#define XT_SETKEY_SAVE_H

#include "libxfrm/sock.h"
#include "setkey/out.h"

/*
 * --save: the SAD and the SPD as a setkey file that brings back the same
 * state.  The kernel lists the newest entry first and the order of equals
 * matters to it, so the text is kept until the dump is over and comes out
 * oldest first.
 */

/*
 * One entry as a statement with its newline.  XE_UNSUPPORTED when the
 * language has no words for it: then nothing is written, and *why (may be
 * NULL) tells what it was (static text).
 */
int save_sa(struct out *o, const struct xfrm_sa *sa, const char **why);
int save_policy(struct out *o, const struct xfrm_policy *p, const char **why);

struct save {
	struct out *o;
	/* What came of it: */
	uint32_t saved;
	uint32_t skipped;	/* larval SAs, policies of sockets: not kept */
	uint32_t failed;	/* cannot be said; a comment stands for each */
};

/* Dump one table.  The tables hold keys: so does the output. */
int save_sad(struct save *v, struct xfrm_sock *s, struct xmsg_error *e);
int save_spd(struct save *v, struct xfrm_sock *s, struct xmsg_error *e);

#endif
