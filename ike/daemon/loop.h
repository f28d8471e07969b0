/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_LOOP_H
#define XT_DAEMON_LOOP_H

#include <signal.h>
#include <stdint.h>

/*
 * The event loop of a process: file descriptors, signals and one deadline.
 * Callbacks never block.  One thread owns a loop.
 */
struct loop;

/* Ready for what: LOOP_READ includes hang-up and error. */
enum loop_events { LOOP_READ = 1, LOOP_WRITE = 2 };

/* Called with the events that are ready, a mask of enum loop_events. */
typedef void loop_fd_fn(void *arg, int fd, unsigned int events);
typedef void loop_signal_fn(void *arg, int signo);

/*
 * What the loop asks before it sleeps: the time of the next deadline in
 * milliseconds of loop_now(), UINT64_MAX for none; called again after each
 * round of events, so that work queued by callbacks is done at once.
 */
typedef uint64_t loop_idle_fn(void *arg, uint64_t now);

int loop_new(struct loop **loop);
void loop_free(struct loop *loop);

/* Watches fd; a second call for the same fd changes events, fn and arg. */
int loop_fd(struct loop *loop, int fd, unsigned int events, loop_fd_fn *fn,
	    void *arg);

/* Forgets fd (before it is closed); unknown ones are ignored. */
void loop_fd_del(struct loop *loop, int fd);

/* Blocks the signals of set for this process and delivers them to fn. */
int loop_signals(struct loop *loop, const sigset_t *set, loop_signal_fn *fn,
		 void *arg);

void loop_idle(struct loop *loop, loop_idle_fn *fn, void *arg);

/* Runs until loop_stop(); returns its code, or a negative error. */
int loop_run(struct loop *loop);
void loop_stop(struct loop *loop, int code);

/* CLOCK_BOOTTIME in milliseconds: goes on while the machine sleeps. */
uint64_t loop_now(void);

#endif
