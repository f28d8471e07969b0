/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_RESOLVER_H
#define XT_DAEMON_RESOLVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ike/daemon/names.h"

/*
 * Looks names up in a process of its own, without privilege, so that a name
 * server that does not answer holds nobody up: what has no answer after
 * RESOLVER_MS fails.
 */
#define RESOLVER_MS 10000

struct resolver {
	struct names *names;
	int fd;			/* readable when there are results; -1: idle */
	pid_t pid;		/* set it to 0 once it has been waited for */
	uint64_t until;		/* on the clock of loop_now() */
};

/*
 * Begins with the names that are wanted.  0: watch r->fd, and call
 * resolver_read() when it is readable or r->until has passed.
 */
int resolver_start(struct resolver *r, struct names *names);

/*
 * Takes in what is there.  True when all is done, or time is up: no name is
 * wanted any more, and r is idle again; whoever watches fd has to stop before
 * it is closed, which resolver_end() does.
 */
bool resolver_read(struct resolver *r, uint64_t now);

/* Ends it; names without an answer have failed.  Does nothing when idle. */
void resolver_end(struct resolver *r);

/* All of it at once, waiting RESOLVER_MS at most. */
int resolver_run(struct names *names);

#endif
