/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_NAMES_H
#define XT_DAEMON_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "libxfrm/addr.h"

/*
 * Host names of a configuration and their addresses.  The loader asks here
 * and never waits: a name it finds missing is noted, resolver.h looks all of
 * them up, and then the configuration is loaded again.
 */
#define NAMES_MAX 4096

enum name_state {
	NAME_WANTED,	/* to be looked up */
	NAME_FOUND,
	NAME_FAILED,
};

struct name {
	char *text;
	enum name_state state;
	struct xaddr addr;	/* NAME_FOUND */
	int gai;		/* NAME_FAILED: EAI_*, 0: no answer in time */
};

struct names {
	struct name *v;
	size_t n, max;
};

void names_free(struct names *ns);	/* the struct is the caller's */

/*
 * The entry of text, new and wanted when there was none.  NULL: no memory, or
 * too many.  Good until the next call.
 */
struct name *names_get(struct names *ns, const char *text);

/* How many are still to be looked up. */
size_t names_wanted(const struct names *ns);

/* Why it failed, in words. */
const char *names_why(const struct name *n);

#endif
