/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_BENCH_METER_H
#define XT_BENCH_METER_H

#include <sys/types.h>

/*
 * What a daemon has used so far: CPU seconds and private memory of a process
 * and of all that it started, from /proc.
 */
#define METER_PROCS_MAX 16

struct meter {
	unsigned int nproc;
	double user, sys;	/* CPU seconds of all of them */
	double mem;		/* KiB that are theirs alone, of all */
	double child_mem;	/* the same without the first process */
};

/* Reads the figures of pid and its children; 0 or -errno. */
int meter_read(pid_t pid, struct meter *m);

/* Waits until the processes have used no CPU for ms milliseconds. */
int meter_settle(pid_t pid, unsigned int ms);

#endif
