/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_BACKGROUND_H
#define XT_DAEMON_BACKGROUND_H

#include <stdbool.h>
#include <stddef.h>

/* The steps by which a program becomes a daemon. */

/*
 * Into the background: the process that was started waits until the daemon
 * works and returns its exit status, with *parent set; the daemon goes on with
 * *ready_fd, and 0 or a negative error.
 */
int background_start(int *ready_fd, bool *parent);

/* The process that was started may go, with that status; once. */
void background_ready(int *ready_fd, int status);

/* As many descriptors as the starter allows: sockets count by addresses. */
void background_files(void);

/*
 * Standard input, output and error become the null device; those of them that
 * are closed, so that nothing that is opened next is taken for them.
 */
void background_stdio(void);
void background_closed_stdio(void);

/*
 * path as it is from anywhere: a file of the command line is opened again when
 * the daemon has left the directory that it was started in.  In buf, or path
 * itself.
 */
const char *background_path(const char *path, char *buf, size_t size);

#endif
