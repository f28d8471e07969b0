/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_CTL_IPSEC_H
#define XT_CTL_IPSEC_H

#include <stdint.h>

/*
 * show-sa esp, ah and ipsec: the kernel's SAs, in the form of `setkey -D`.
 * They come from the kernel, not from racoon, which hands out no keys: so it
 * takes CAP_NET_ADMIN.  Returns the exit status; messages are printed.
 */
int ipsec_show(uint16_t proto);

#endif
