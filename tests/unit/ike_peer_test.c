/* SPDX-License-Identifier: BSD-2-Clause */
/* What peers and networks do between the first packet and the last. */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ike/v1/ctx.h"
#include "tests/sim/proxy.h"
#include "tests/sim/story.h"
#include "tests/unit/attack_tools.h"

/*
 * A peer that only seemed to be dead has SAs that we dropped, and a kernel that
 * prefers old ones (as those of BSD do) would use them.
 */
static void contact_after_silence(void **state)
{
	struct pair p;

	pair_init(&p);
	p.ca.dpd_delay = 5;
	pair_start(&p);
	assert_true(pair_up(&p));
	p.w->cut = true;
	world_run(p.w, 60000);
	assert_int_equal(p.a->gave_up, 1);
	p.w->cut = false;
	assert_int_equal(kern_count(&p.b->kern, true), 2);
	assert_true(pair_up(&p));
	assert_int_equal(kern_count(&p.b->kern, true), 2);
	pair_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contact_after_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
