/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XFRM_KERNEL_H
#define XFRM_KERNEL_H

#include "libxfrm/attr.h"
#include "libxfrm/msg.h"
#include "libxfrm/policy.h"
#include "libxfrm/sa.h"

/*
 * Parts that SAs, policies and events share, to and from the kernel's
 * structs.  Internal to the library.  The getters leave their result alone
 * (absent) when the attribute is not there.
 */
void xlife_to_kernel(const struct xlife *l, struct xfrm_lifetime_cfg *k);
void xlife_from_kernel(const struct xfrm_lifetime_cfg *k, struct xlife *l);
void xlife_cur_from_kernel(const struct xfrm_lifetime_cur *k,
			   struct xlife_cur *c);

void xput_mark(struct xmsg *m, const struct xmark *mark);
void xput_if_id(struct xmsg *m, uint32_t if_id);
void xput_secctx(struct xmsg *m, const struct xsecctx *sec);
void xput_offload(struct xmsg *m, const struct xoffload *o);
void xput_encap(struct xmsg *m, const struct xsa_encap *e);
void xput_replay(struct xmsg *m, const struct xfrm_sa *sa);

void xget_mark(const struct xattrs *a, struct xmark *mark);
int xget_secctx(const struct xattrs *a, struct xsecctx *sec);
void xget_offload(const struct xattrs *a, struct xoffload *o);
void xget_encap(const struct xattrs *a, unsigned int family,
		struct xsa_encap *e);
int xget_replay(const struct xattrs *a, struct xreplay *r);

/* Must the window be told in XFRMA_REPLAY_ESN_VAL? */
bool xsa_wide_replay(const struct xfrm_sa *sa);

/* Everything that can follow a struct xfrm_usersa_info. */
int xsa_parse_attrs(const struct xattrs *a, struct xfrm_sa *sa);
int xsa_from_kernel(const struct xfrm_usersa_info *k, struct xfrm_sa *sa);

/* Everything that can follow a struct xfrm_userpolicy_info. */
int xpol_parse_attrs(const struct xattrs *a, struct xfrm_policy *p,
		     struct xfrm_tmpl tmpl[static XPOL_TMPL_MAX]);
int xpol_from_kernel(const struct xfrm_userpolicy_info *k,
		     struct xfrm_policy *p);

/* Copies what sec points to into the arena. */
int xsecctx_dup(struct arena *a, struct xsecctx *sec);
bool xsecctx_equal(const struct xsecctx *a, const struct xsecctx *b);
bool xoffload_equal(const struct xoffload *a, const struct xoffload *b);

static inline bool xmark_equal(const struct xmark *a, const struct xmark *b)
{
	return a->value == b->value && a->mask == b->mask;
}

bool xlife_equal(const struct xlife *a, const struct xlife *b);

#endif
