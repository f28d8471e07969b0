/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_PSKTAB_H
#define XT_DAEMON_PSKTAB_H

#include <stddef.h>

#include "libxfrm/addr.h"
#include "libxfrm/base/log.h"
#include "libxfrm/base/secret.h"

/*
 * The pre-shared keys of psk.txt for look-up: by identity, or by address in
 * whichever spelling the file has it.  The first line that fits wins; `*`
 * fits everything.
 */
struct psktab;

/*
 * Reads path, which has to be a regular file of root or of us that nobody
 * else can read.  What is wrong with it is logged, without key bytes; lines
 * that are wrong do not spoil the others.  -errno, -EACCES (permissions),
 * XE_LIMIT; why (of size bytes) tells more then.
 */
int psktab_read(struct psktab **t, const char *path, const struct logger *log,
		char *why, size_t size);
void psktab_free(struct psktab *t);	/* wipes; NULL is fine */

/* The key, borrowed, or NULL.  Constant time in the number of lines. */
const struct secret *psktab_id(const struct psktab *t, const void *id,
			       size_t len);
const struct secret *psktab_addr(const struct psktab *t,
				 const struct xaddr *a);

#endif
