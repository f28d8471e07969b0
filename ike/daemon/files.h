/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_FILES_H
#define XT_DAEMON_FILES_H

#include "libxfrm/base/buf.h"

/*
 * File contents by name.  The privileged process reads the files that the
 * configuration names and hands them over in parts; the other one, which can
 * open nothing, loads its configuration from them.
 */
struct files;

#define FILES_MAX 100000	/* files in one set */
#define FILES_SIZE_MAX (256u << 20)	/* bytes in one set */

/* Empty set; NULL when out of memory. */
struct files *files_new(void);
void files_free(struct files *f);	/* wipes; NULL is fine */

/* Appends len bytes to name, making it if needed.  XE_LIMIT, -ENOMEM. */
int files_add(struct files *f, const char *name, const void *p, size_t len);

/* Adds the regular file at path under its path.  -errno, XE_LIMIT. */
int files_read(struct files *f, const char *path);

/* Content of name: 0, or -ENOENT; good as long as the set is unchanged. */
int files_get(const struct files *f, const char *name, struct cur *content);

/* Calls fn for each file in the order they came; its result ends the walk. */
int files_walk(const struct files *f,
	       int (*fn)(void *arg, const char *name, struct cur content),
	       void *arg);

#endif
