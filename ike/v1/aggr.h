/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_V1_AGGR_H
#define XT_IKE_V1_AGGR_H

#include "ike/v1/ctx.h"

/* Steps of aggressive mode, in the order of table.c. */
int v1_aggr_keygen(struct ike *ike, struct xchg *x);
int v1_aggr_send1(struct ike *ike, struct xchg *x);
int v1_aggr_send2(struct ike *ike, struct xchg *x);
int v1_aggr_send3(struct ike *ike, struct xchg *x);

#endif
