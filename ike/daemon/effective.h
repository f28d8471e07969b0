/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_EFFECTIVE_H
#define XT_DAEMON_EFFECTIVE_H

#include "ike/daemon/load.h"
#include "libxfrm/base/buf.h"

/*
 * Appends the configuration as it takes effect, in the language of
 * racoon.conf: includes in place, what is inherited copied, every default
 * written out, passwords left out.  Loaded again it gives the same
 * configuration.  Returns 0 or -ENOMEM, or what sticks in w.
 */
int conf_effective(const struct load *l, struct wbuf *w);

#endif
