/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_SURVEY_H
#define XT_IKE_SURVEY_H

#include "ike/core/engine.h"

/*
 * Traffic counters for administrators: the kernel is asked about the SAs of
 * every child, a few at a time so that negotiations need not wait, and the
 * answers stay in the children.  There is one survey at a time; who asks
 * meanwhile shares it.
 */
typedef void survey_fn(struct ike *ike, const struct ike_admin *req);

/*
 * XE_AGAIN: fn is called with a copy of req (its strings and selector left
 * out) once all is known.  Else there is nothing to wait for: 0, or an error,
 * with which the counters stay as they were.
 */
int survey_begin(struct ike *ike, const struct ike_admin *req, survey_fn *fn);

/*
 * Events of the kernel were lost: asks it about all SAs, and ends or renews
 * those that it does not have, or that it has told to be near their end.
 */
void survey_check(struct ike *ike);

/* Forgets about it without telling anybody. */
void survey_free(struct ike *ike);

#endif
