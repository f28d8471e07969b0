/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_DUMP_H
#define XT_SETKEY_DUMP_H

#include <stdbool.h>
#include "libxfrm/sock.h"
#include "parser/setkey_check.h"
#include "setkey/jwriter.h"
#include "setkey/show.h"

/*
 * Dumps of the SAD and the SPD, printed as they come in: memory does not grow
 * with the tables.
 */
enum dump_format { DUMP_TEXT, DUMP_JSON, DUMP_LINES };

struct dump {
	struct out *o;
	enum dump_format format; /* DUMP_LINES: -l */
	bool all;		/* -a: dead SAs, too */
	bool hide_socket;	/* -N */
	struct show show;
	const struct setkey_filter *filter;	/* NULL: everything */
	/* What came of it: */
	uint32_t shown;
	uint32_t hidden;	/* per-socket policies left out */
	struct jw jw;		/* private */
};

/*
 * Print all that match.  Returns 0 or a negative error, with the kernel's
 * details in *e; d->shown tells whether there was anything: only JSON says so
 * itself.
 */
int dump_sad(struct dump *d, struct xfrm_sock *s, struct xmsg_error *e);
int dump_spd(struct dump *d, struct xfrm_sock *s, struct xmsg_error *e);

/* One SA, the answer of a get. */
void dump_one_sa(struct dump *d, const struct xfrm_sa *sa);

/* The part of a filter that the kernel can apply itself. */
void dump_kernel_filter(const struct setkey_filter *f,
			struct xfrm_sa_filter *k);

#endif
