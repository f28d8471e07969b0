/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_BENCH_LOAD_H
#define XT_BENCH_LOAD_H

#include <stdbool.h>
#include <sys/types.h>

#include "libxfrm/addr.h"

/* Stages of one run. */
#define LOAD_COUNTS_MAX 8

struct load_opts {
	const char *conf_file;
	struct xaddr first;	/* of the initiators */
	struct xaddr target;	/* the responder */
	struct xaddr inner;	/* what is behind it */
	pid_t pid;		/* the responder's process, 0: not known */
	unsigned int window;	/* negotiations at a time */
	unsigned int warm;	/* tunnels before the figures begin */
	unsigned int ncount;
	unsigned int count[LOAD_COUNTS_MAX];	/* in rising order */
	bool verbose;
};

/* The n-th address after first (IPv4). */
struct xaddr nth_addr(const struct xaddr *first, unsigned int n);

/*
 * Brings count[0] tunnels up, then the rest up to count[1] and so on, and
 * prints after each what the responder has spent since the warm-up:
 *	tunnels N failed N seconds S user S sys S mem KIB child KIB
 * Returns 0 or a negative error.
 */
int load_run(const struct load_opts *o);

/* Answers initiators until a signal ends the program; says "ready". */
int serve_run(const struct load_opts *o);

#endif
