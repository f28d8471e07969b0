/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_PIDFILE_H
#define XT_DAEMON_PIDFILE_H

#include "libxfrm/base/log.h"

/*
 * The pid file: holds the pid of the main process, and a lock, so that no two
 * racoons use the same one.
 */
struct pidfile;

#define PIDFILE_DEFAULT RUNSTATEDIR "/racoon.pid"

/* path NULL: the default.  What is wrong is logged. */
int pidfile_take(struct pidfile **pf, const char *path,
		 const struct logger *log);

/* Removes the file; NULL is fine. */
void pidfile_drop(struct pidfile *pf);

#endif
