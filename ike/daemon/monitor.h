/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_MONITOR_H
#define XT_DAEMON_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

/* What the command line of racoon says about running as a daemon. */
struct daemon_opts {
	const char *conf_file;
	const char *log_file;	/* -l, or NULL */
	const char *ident;	/* program name */
	bool foreground;	/* -F */
	bool load_backup;	/* -B */
	unsigned int debug;	/* -d: steps on top of `log` */
	uint16_t port, port_natt;	/* -p, -P: automatic listening */
	int family;		/* -4, -6: only that one; AF_UNSPEC: both */
};

/*
 * Runs racoon: splits into the privileged process, which this one becomes,
 * and the one that talks IKE (engine.h); returns the exit status when both
 * are done.  In the background unless foreground: the process that was
 * started ends once the daemon works (0) or has failed (1).
 */
int monitor_run(const struct daemon_opts *opts);

#endif
