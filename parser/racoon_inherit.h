/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_PARSER_RACOON_INHERIT_H
#define XT_PARSER_RACOON_INHERIT_H

#include "libxfrm/base/diag.h"
#include "parser/racoon_ast.h"

/*
 * What each remote section says with that of its parents: "remote X inherit
 * Y".  A directive of the child replaces the parent's, exchange_mode and
 * peers_certfile included; peers_identifier and proposal come after the
 * parent's; a hook replaces the parent's of the same event.  Nothing flows
 * back into the parent.
 *
 * *out has conf->remotes entries in the order of the file: the section itself
 * where it inherits nothing, else a merged copy in conf's arena, whose
 * inherit.kind is RC_PEER_NONE.  Returns 0; XE_CHECK when a parent does not
 * exist or stands further down (reported, and then not inherited from);
 * -ENOMEM with *out NULL.
 */
int rc_inherit(struct rc_conf *conf, struct diag *d, struct rc_remote ***out);

/* The name of a peer as messages show it: address, name or "anonymous". */
const char *rc_peer_text(const struct rc_peer *peer);

#endif
