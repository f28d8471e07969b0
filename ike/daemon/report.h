/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_REPORT_H
#define XT_DAEMON_REPORT_H

#include "libxfrm/base/buf.h"
#include "libxfrm/base/diag.h"

/*
 * Diagnostics of a configuration as text:
 *
 *	FILE:LINE:COLUMN: error: MESSAGE
 *	    the line
 *	    ^
 *	  hint: what to do
 *
 * in the order of the files; file stands where an entry has no place.  The
 * same words are said in at most REPORT_SAME_MAX places; the others are
 * counted.  Errors stick in w.
 */
#define REPORT_SAME_MAX 8
void report_text(const struct diag *d, const char *file, struct wbuf *w);

/*
 * The same as one JSON object, documented in racoon(8): schema_version, file,
 * result ("ok" or "failed"), errors, warnings, diagnostics.  Returns 0 or
 * -ENOMEM.
 */
#define REPORT_SCHEMA_VERSION 1
int report_json(const struct diag *d, const char *file, int failed,
		struct wbuf *w);

#endif
