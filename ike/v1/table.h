/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_V1_TABLE_H
#define XT_IKE_V1_TABLE_H

#include "ike/v1/ctx.h"

/* The payloads of an informational exchange, protected or not. */
const struct v1_rules *v1_info_rules(bool encrypted);

/* What the transition tables call at the end of a row, good or bad. */
void v1_ph1_enter(struct ike *ike, struct xchg *x, uint8_t stage);
void v1_ph1_fail(struct ike *ike, struct xchg *x, int err);
void v1_quick_enter(struct ike *ike, struct xchg *x, uint8_t stage);
void v1_quick_waited(struct ike *ike, struct xchg *x);
void v1_quick_fail(struct ike *ike, struct xchg *x, int err);

#endif
