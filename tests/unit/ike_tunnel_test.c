/* SPDX-License-Identifier: BSD-2-Clause */
/* Two engines and a model of the kernel each: tunnels come up and stay up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/sim/simconf.h"
#include "tests/sim/world.h"

#define A "192.0.2.1"
#define B "192.0.2.2"

struct pair {
	struct world *w;
	struct host *a, *b;
};

static void pair_policies(struct host *h, const char *local, const char *peer,
			  enum kmode mode, const char *lnet, const char *rnet)
{
	struct kpol out = sim_policy(KDIR_OUT, mode, lnet, rnet, local, peer,
				     0);
	struct kpol in = sim_policy(KDIR_IN, mode, lnet, rnet, local, peer, 0);

	host_policy(h, &out);
	host_policy(h, &in);
}

static void pair_start(struct pair *p, const struct sim_conf *a,
		       const struct sim_conf *b)
{
	p->w = world_new(1);
	assert_non_null(p->w);
	p->a = world_host(p->w, "a", A, sim_conf_make(a));
	p->b = world_host(p->w, "b", B, sim_conf_make(b));
	host_start(p->a);
	host_start(p->b);
}

static void test_main_quick(void **state)
{
	struct sim_conf ca = sim_conf_default(B), cb = sim_conf_default(A);
	struct pair p;

	pair_start(&p, &ca, &cb);
	p.w->verbose = getenv("SIM_VERBOSE") != NULL;
	pair_policies(p.a, A, B, KMODE_TUNNEL, "10.1.0.0/24", "10.2.0.0/24");
	pair_policies(p.b, B, A, KMODE_TUNNEL, "10.2.0.0/24", "10.1.0.0/24");
	assert_false(kern_ping(p.a, 0));
	world_run(p.w, 5000);
	assert_string_equal(p.w->failure, "");
	assert_int_equal(p.a->ph1_up, 1);
	assert_int_equal(p.b->ph1_up, 1);
	assert_true(kern_ping(p.a, 0));
	assert_true(kern_ping(p.b, 0));
	assert_int_equal(kern_count(&p.a->kern, true), 2);
	assert_int_equal(kern_count(&p.b->kern, true), 2);
	world_free(p.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_main_quick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
