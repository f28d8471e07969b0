/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_SOURCE_H
#define XT_DAEMON_SOURCE_H

#include "ike/daemon/files.h"
#include "libxfrm/base/buf.h"

/*
 * Where the loader gets the files from that a configuration names
 * (certificates, CAs, public keys, identities; never a secret).
 */
struct names;

struct source {
	struct files *files;
	/*
	 * Content of path, at most max bytes, appended to w.  0, -errno,
	 * XE_LIMIT when it is longer.
	 */
	int (*read)(const struct source *s, const char *path, size_t max,
		    struct wbuf *w);
	struct names *names;	/* host names; NULL: look them up at once */
};

/* From the file system; regular files only. */
int source_file(const char *path, size_t max, struct wbuf *w);

/* From the file system, leaving a copy in s->files. */
int source_record(const struct source *s, const char *path, size_t max,
		  struct wbuf *w);

/* From s->files alone. */
int source_recorded(const struct source *s, const char *path, size_t max,
		    struct wbuf *w);

#endif
