/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_ADMIN_H
#define XT_IKE_ADMIN_H

#include "ike/core/engine.h"

/* Deals with an administrator's request; the last answer is an ANS_END. */
int admin_request(struct ike *ike, const struct ike_admin *req);

#endif
