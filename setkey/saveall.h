/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_SAVEALL_H
#define XT_SETKEY_SAVEALL_H

#include "libxfrm/sock.h"
#include "setkey/out.h"

/*
 * --save: the SAD and the SPD as a setkey file that brings back the same
 * state.  The kernel lists the newest entry first and the order of equals
 * matters to it, so the text is kept until the dump is over and comes out
 * oldest first.
 *
 * The file is for `setkey -f`, where an in policy brings its fwd twin along:
 * a fwd policy that is such a twin is left out, one that is there but differs
 * comes as spdupdate, and where there is none the twin is deleted.
 */
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
