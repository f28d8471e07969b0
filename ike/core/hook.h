/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_HOOK_H
#define XT_IKE_HOOK_H

#include "ike/core/sa.h"

enum hook_event { HOOK_UP, HOOK_DOWN, HOOK_DEAD };

/* Runs the script of the SA's remote for that event, if there is one. */
void hook_run(struct ike *ike, const struct ike_sa *sa, enum hook_event ev);

#endif
