/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_TORTURE_FAILMALLOC_H
#define XT_TORTURE_FAILMALLOC_H

#include <stdbool.h>

/*
 * Makes the n-th allocation fail.  Link with failmalloc.c and
 * $(FAILMALLOC_LINK), which wrap malloc(), calloc(), realloc() and
 * reallocarray() of everything that is linked statically; the C library's
 * own allocations are left alone.  Works under the sanitizers.
 *
 *	for (n = 1; ; n++) {
 *		fail_nth(n);
 *		... what must survive it ...
 *		if (!fail_done())
 *			break;	(it made fewer than n allocations)
 *	}
 */

/* From now on the n-th allocation returns NULL, once; 0: none does. */
void fail_nth(unsigned long n);

/* Has it failed?  Also ends the watch. */
bool fail_done(void);

#endif
