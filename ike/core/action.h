/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_ACTION_H
#define XT_IKE_ACTION_H

#include "ike/core/engine.h"

/*
 * The queue of actions: engine.h declares what the parts of the engine put
 * in, ike.h how the driver takes out; this is what engine.c needs beside.
 */
void ike_act_init(struct ike *ike);
void ike_act_free(struct ike *ike);

/* The kernel answered: calls whoever waits. */
void ike_kans(struct ike *ike, const struct kans *ans);
void ike_kwait_free(struct ike *ike);

#endif
