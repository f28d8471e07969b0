/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_SCRIPT_H
#define XT_DAEMON_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "libxfrm/base/log.h"

/*
 * Hook scripts (racoon.conf, "script"): run by the privileged process without
 * a shell, one at a time for each IKE SA in the order of its events, with a
 * fixed PATH and nothing of racoon's own environment.  Texts that a peer
 * chose reach the environment without control characters.
 */
struct script_runner;

#define SCRIPT_RUNNING_MAX 64	/* at the same time; others wait */
#define SCRIPT_WAITING_MAX 4096	/* further ones are refused */
#define SCRIPT_ENV_MAX 32	/* variables of one hook */
#define SCRIPT_SLOW_MS 60000u	/* a hook that takes longer is logged */

int script_new(struct script_runner **sr, const struct logger *log);

/* Forgets what waits, leaves running hooks alone. */
void script_free(struct script_runner *sr);

/*
 * From now on path may be run; script_forbid() forbids all again.  0 or
 * -ENOMEM.
 */
int script_permit(struct script_runner *sr, const char *path);
void script_forbid(struct script_runner *sr);

/*
 * A new configuration: what is not permitted anew is forbidden at the next
 * call, not before, since SAs of the old one end with its scripts.
 */
void script_renew(struct script_runner *sr);

/*
 * Runs path with the event word as its argument: now, or when the hooks that
 * came before it with the same key are done.  env is a NULL-terminated list
 * of NAME=VALUE; names and events other than documented are XE_INVAL,
 * a path that was not permitted is XE_NOTFOUND.
 */
int script_run(struct script_runner *sr, const char *path, const char *event,
	       uint64_t key, const char *const *env);

/* A child ended: true if it was a hook; starts those that waited for it. */
bool script_reaped(struct script_runner *sr, pid_t pid, int status);

/*
 * Logs each hook that has run for SCRIPT_SLOW_MS, once: it is never killed,
 * for what it has begun is better ended by itself.  When to call it again, or
 * UINT64_MAX.
 */
uint64_t script_until(struct script_runner *sr, uint64_t now);

/* Waits for all hooks, running and waiting, at most ms milliseconds. */
void script_wait(struct script_runner *sr, unsigned int ms);

#endif
