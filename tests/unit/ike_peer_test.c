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

/* ---- policies ---- */

/* A policy leads elsewhere than to who asks for it: no SA would carry it. */
static void tunnel_to_somebody_else(void **state)
{
	struct pair p;

	pair_init(&p);
	p.cb.peer = NULL;
	p.a = world_host(p.w, "a", PAIR_A, sim_conf_make(&p.ca));
	p.b = world_host(p.w, "b", PAIR_B, sim_conf_make(&p.cb));
	host_start(p.a);
	host_start(p.b);
	story_policies(p.a, PAIR_A, PAIR_B, KMODE_TUNNEL, PAIR_A_NET,
		       PAIR_B_NET, 0);
	story_policies(p.b, PAIR_B, "192.0.2.9", KMODE_TUNNEL, PAIR_B_NET,
		       PAIR_A_NET, 0);
	kern_ping(p.a, 0);
	world_run(p.w, 5000);
	assert_int_equal(p.a->ph2_up + p.b->ph2_up, 0);
	assert_non_null(pair_logged(&p, "is a tunnel from 192.0.2.2 to "
				    "192.0.2.9"));
	pair_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contact_after_silence),
		cmocka_unit_test(tunnel_to_somebody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
