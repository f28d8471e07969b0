/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_V1_MAIN_H
#define XT_IKE_V1_MAIN_H

#include "ike/v1/ctx.h"

/* Steps of main mode, in the order of table.c. */
int v1_main_send1(struct ike *ike, struct xchg *x);
int v1_main_send2(struct ike *ike, struct xchg *x);
int v1_main_keygen(struct ike *ike, struct xchg *x);
int v1_main_both(struct ike *ike, struct xchg *x);
int v1_main_derive(struct ike *ike, struct xchg *x);
int v1_main_send_ke(struct ike *ike, struct xchg *x);
int v1_main_float(struct ike *ike, struct xchg *x);
int v1_main_send_auth(struct ike *ike, struct xchg *x);

#endif
