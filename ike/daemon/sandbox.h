/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_SANDBOX_H
#define XT_DAEMON_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * What the process that reads strangers' packets gives up before it reads
 * the first one: identity, supplementary groups, root directory, every
 * capability, new privileges by exec, core dumps and, where libseccomp is
 * built in, all system calls but those its loop needs.
 */
struct sandbox {
	uid_t uid;		/* never 0 */
	gid_t gid;
	const char *chroot;	/* directory, or NULL for none */
};

/*
 * The account for the unprivileged process when the configuration names
 * none: "racoon" if it exists, else "nobody".  XE_NOTFOUND if neither does.
 */
int sandbox_account(struct sandbox *sb);

/*
 * Gives it all up, for good; the caller is root and has no threads yet.
 * 0 or a negative error, after which the process must not go on; *step then
 * names what failed.
 */
int sandbox_enter(const struct sandbox *sb, const char **step);

/*
 * The system call filter, to be set last, in all threads; *active tells
 * whether one was built in.  0 or a negative error.
 */
int sandbox_filter(bool *active);

#endif
