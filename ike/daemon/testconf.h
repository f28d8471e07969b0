/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_TESTCONF_H
#define XT_DAEMON_TESTCONF_H

#include "ike/daemon/options.h"

/*
 * racoon -t: checks the configuration without root, network or daemon, and
 * says everything there is to say.  Returns the exit status: 0, also with
 * warnings; 1 with errors, or with warnings under --strict.
 */
int testconf_run(const struct options *o);

/*
 * racoon -C: prints the configuration as it takes effect, in the language of
 * racoon.conf.  Returns the exit status.
 */
int testconf_dump(const struct options *o);

#endif
