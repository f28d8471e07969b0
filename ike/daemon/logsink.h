/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_LOGSINK_H
#define XT_DAEMON_LOGSINK_H

#include <stdbool.h>

#include "libxfrm/base/log.h"

/*
 * Where racoon's log lines go: syslog, or a file, and standard output in the
 * foreground.  Line: "2026-11-20 15:16:41: [ADDR] LEVEL: TEXT", in syslog
 * without the date.
 */
struct logsink;

/*
 * file: NULL for syslog.  The file is opened for appending, mode 0600.
 * 0, -errno (file) or -ENOMEM.
 */
int logsink_new(struct logsink **ls, const char *ident, const char *file,
		bool foreground);
void logsink_free(struct logsink *ls);	/* NULL is fine */

/* Opens the file again, after it was rotated; with -errno, the old one stays. */
int logsink_reopen(struct logsink *ls);

/* One line; peer: address text, or NULL.  Control characters are harmless. */
void logsink_line(struct logsink *ls, enum log_level level, const char *peer,
		  const char *text);

/*
 * From now on lines may be held back, unless they are errors, until
 * logsink_flush(), which a loop calls before it sleeps.  Syslog gets each
 * line at once in any case.
 */
void logsink_hold(struct logsink *ls);
void logsink_flush(struct logsink *ls);

/* The same as the sink of a struct logger (arg: the logsink). */
void logsink_sink(void *arg, enum log_level level, const char *line);

#endif
