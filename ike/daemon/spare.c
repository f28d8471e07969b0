/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/spare.h"

#include <malloc.h>
#include <sys/resource.h>

#define SPARE_PAGES_MIN 256	/* fewer new pages are not worth a look */
#define SPARE_PART 4		/* a free part of the heap that is too much */

/*
 * What is free may have been given back already: only pages that came since
 * then can go.
 */
static void look(struct spare *s)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
	struct mallinfo2 m;
	struct rusage u;

	if (getrusage(RUSAGE_SELF, &u) < 0 ||
	    u.ru_minflt - s->faults < SPARE_PAGES_MIN)
		return;
	m = mallinfo2();
	if (m.fordblks < m.arena / SPARE_PART)
		return;
	malloc_trim(0);
	s->faults = u.ru_minflt;
#endif
}

uint64_t spare_until(struct spare *s, uint64_t now)
{
	if (!s->look_at)
		s->look_at = now + SPARE_LOOK_MS;
	if (now < s->look_at)
		return s->look_at;
	look(s);
	s->look_at = 0;
	return UINT64_MAX;
}
