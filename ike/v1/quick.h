/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_V1_QUICK_H
#define XT_IKE_V1_QUICK_H

#include "ike/v1/ctx.h"

/* Steps of quick mode, as table.c puts them together. */
int v1_quick_getspi(struct ike *ike, struct xchg *x);
int v1_quick_got_spi(struct ike *ike, struct xchg *x);
int v1_quick_keygen(struct ike *ike, struct xchg *x);
int v1_quick_pub(struct ike *ike, struct xchg *x);
int v1_quick_both(struct ike *ike, struct xchg *x);
int v1_quick_derive(struct ike *ike, struct xchg *x);
int v1_quick_keys(struct ike *ike, struct xchg *x);
int v1_quick_send1(struct ike *ike, struct xchg *x);
int v1_quick_send2(struct ike *ike, struct xchg *x);
int v1_quick_send3(struct ike *ike, struct xchg *x);
int v1_quick_take1(struct ike *ike, struct xchg *x);
int v1_quick_take2(struct ike *ike, struct xchg *x);
int v1_quick_take3(struct ike *ike, struct xchg *x);
int v1_quick_take4(struct ike *ike, struct xchg *x);
int v1_quick_install_in(struct ike *ike, struct xchg *x);
int v1_quick_install_out(struct ike *ike, struct xchg *x);
int v1_quick_installed(struct ike *ike, struct xchg *x);
int v1_quick_policies(struct ike *ike, struct xchg *x);

/* quicksel.c: the selectors of a peer's IDs, and the policy they fit. */
int v1_quick_selector(struct ike *ike, struct xchg *x, struct ike_child *c);
/* Are the IDs of an answer those we sent? */
bool v1_quick_same_ids(const struct xchg *x, const struct ike_child *c);
int v1_quick_policy(struct ike *ike, struct xchg *x, struct ike_child *c);

/* The child that x negotiates; NULL when it is gone. */
struct ike_child *v1_quick_child(struct ike *ike, const struct xchg *x);

/* Fails with words, and a notification to the peer. */
int v1_quick_refuse(struct ike *ike, struct xchg *x, uint16_t notify,
		    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
