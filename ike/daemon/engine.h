/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_ENGINE_H
#define XT_DAEMON_ENGINE_H

#include "ike/daemon/sandbox.h"

/*
 * The process that talks IKE: it drives ike/core with packets, timers, kernel
 * and administrator's requests, and asks the privileged process (monitor.h)
 * for all that needs privilege.
 */

/*
 * Runs until the other process says stop or is gone; returns the exit status.
 * fd: the socket to it.  The process is root still: the first message tells
 * whom to become.
 */
int engine_run(int fd);

#endif
