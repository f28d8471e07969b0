/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_SPARE_H
#define XT_DAEMON_SPARE_H

#include <stdint.h>

/*
 * Memory that a burst left free goes back to the system: of itself, malloc()
 * gives back only what is at its end, where something of what stays stands
 * soon.  Looked for now and then, as long as there is anything to do; zeroed
 * is a good start.
 */
struct spare {
	uint64_t look_at;	/* 0: nothing was done since the last look */
	long faults;		/* pages that the process had got by then */
};

#define SPARE_LOOK_MS 10000

/* Something was done at time now; returns when to come again. */
uint64_t spare_until(struct spare *s, uint64_t now);

#endif
