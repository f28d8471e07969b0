/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_CTL_ESTABLISH_H
#define XT_CTL_ESTABLISH_H

#include "ike/ctl/ctl.h"

/* The commands that may wait for an SA; each returns the exit status. */
int cmd_establish(struct ctl *c, struct args *a);
int cmd_vpn_connect(struct ctl *c, struct args *a);
int cmd_vpn_disconnect(struct ctl *c, struct args *a);

#endif
