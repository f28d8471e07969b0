/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_WORK_H
#define XT_DAEMON_WORK_H

#include "ike/daemon/loop.h"

/*
 * Worker threads for crypto jobs: the loop hands a job in, a thread runs it,
 * the loop gets it back.  Jobs own their inputs, so threads share nothing.
 */
struct work;

/* Runs on a thread; touches nothing but the job and the thread's own ctx. */
typedef void work_run_fn(void *ctx, void *job);

/* Frees a job that nobody waits for any more. */
typedef void work_drop_fn(void *job);

/* Runs on the loop's thread, with the finished job. */
typedef void work_done_fn(void *arg, void *job);

#define WORK_THREADS_MAX 64

/*
 * threads workers, at most WORK_THREADS_MAX; 0 runs every job inline, within
 * the next round of the loop.  ctx: one context per thread, or one in all
 * when there is none.  Start it before the process gives up what threads need.
 */
int work_new(struct work **work, struct loop *loop, unsigned int threads,
	     void *const *ctx, work_run_fn *run, work_done_fn *done,
	     void *arg);

/* Waits for the threads; jobs not handed back yet go to drop (if any). */
void work_free(struct work *work, work_drop_fn *drop);

/* Hands in a job: 0, or -ENOMEM and the job stays the caller's. */
int work_add(struct work *work, void *job);

#endif
