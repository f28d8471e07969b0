/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_SYNC_SHOW_H
#define XT_SETKEY_SYNC_SHOW_H

#include "libxfrm/explain.h"
#include "setkey/run.h"
#include "setkey/sync_plan.h"

/* Settings of the whole namespace that a file may name. */
struct sync_settings {
	bool rehash;		/* hash: prefix lengths to be set */
	struct setkey_hash hash;
	bool stricter, looser;	/* default actions to be set, before or after */
	struct xfrm_defpol strict, final;
};

/* What of that has to change, given what the kernel has. */
void sync_settings_default(struct sync_settings *s,
			   const struct xfrm_defpol *want,
			   const struct xfrm_defpol *have);
void sync_settings_hash(struct sync_settings *s,
			const struct setkey_hash *want,
			const struct xfrm_spdinfo *have);

/* Steps of one kind. */
size_t sync_count(const struct sync_plan *p, enum sync_kind kind);

/*
 * The plan, one line a step, and a line that sums up; with r->json one
 * document.  command of --plan is "plan", of --sync "sync".
 */
void sync_show_plan(struct run *r, const struct sync_plan *p,
		    const struct sync_settings *s, bool plan);

/* The kernel refused a step that no statement asked for. */
void sync_show_refusal(struct report *rep, const struct sync_step *st,
		       const struct xmsg_error *e,
		       const struct xfrm_why *why);

#endif
