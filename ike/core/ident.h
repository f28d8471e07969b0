/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_IDENT_H
#define XT_IKE_IDENT_H

#include "ike/core/sa.h"

/* Fills in our identity, as my_identifier says. */
int ident_local(struct ike *ike, struct ike_sa *sa);

/*
 * Is the peer's identity one that peers_identifier asks for?  Without
 * verify_identifier a difference is only a warning.  XE_AUTH.
 */
int ident_check(struct ike *ike, struct ike_sa *sa, const struct ike_id *id);

#endif
