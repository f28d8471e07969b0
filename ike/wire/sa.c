/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/wire/sa.h"

bool ike_suite_next(const struct ike_proposal_set *set, struct ike_suite *s)
{
	s->first += s->n;
	s->n = 0;
	while (s->first + s->n < set->n &&
	       set->p[s->first + s->n].num == set->p[s->first].num)
		s->n++;
	return s->n > 0;
}
