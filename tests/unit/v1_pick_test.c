/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of several remote sections is for a peer that begins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ike/core/sa.h"
#include "tests/sim/pair.h"

static struct ike_id fqdn(const char *name)
{
	return (struct ike_id){ .type = IKE_ID_FQDN, .len = strlen(name),
				.data = (const uint8_t *)name };
}

/* Only the peer with this name is for r. */
static void only_for(struct ike_conf *conf, struct ike_remote *r,
		     const char *who)
{
	struct ike_id *id = arena_alloc(ike_conf_arena(conf), sizeof(*id));

	assert_non_null(id);
	*id = fqdn(who);
	r->verify_identifier = true;
	r->peer_id = id;
	r->npeer_id = 1;
}

/* Another section like rc, named as the peer that it is for. */
static void named(struct ike_conf *conf, const struct ike_remote *rc,
		  const char *who)
{
	struct ike_remote *r = ike_conf_add_remote(conf, who);

	assert_non_null(r);
	r->nmode = rc->nmode;
	r->mode[0] = rc->mode[0];
	r->nprop = rc->nprop;
	r->prop = rc->prop;
	only_for(conf, r, who);
}

/* Main mode says late who the peer is: the section is found by it, then. */
static void picked(const char *who, const char *want)
{
	struct ike_remote *rca, *rcb;
	struct ike_sainfo *si;
	struct ike_conf *a, *b;
	struct hnode *cursor = NULL;
	size_t pos = 0;
	struct ike_sa *sa;
	struct pair p;

	pair_init(&p);
	p.ca.natt = p.cb.natt = IKE_ON;
	p.cb.peer = NULL;
	a = sim_conf_begin(&p.ca, &rca, &si);
	rca->my_id = fqdn(who);
	b = sim_conf_begin(&p.cb, &rcb, &si);
	named(b, rcb, "east.example");
	named(b, rcb, "west.example");
	named(b, rcb, "north.example");
	if (!want)
		only_for(b, rcb, "nobody.example");
	pair_start_with(&p, sim_conf_end(a), sim_conf_end(b));
	kern_ping(p.a, 0);
	world_run(p.w, 5000);
	sa = sa_walk(p.b->ike, &pos, &cursor);
	if (want) {
		assert_true(pair_works(&p));
		assert_string_equal(sa->rc->name, want);
	} else {
		assert_int_equal(p.b->ph1_up, 0);
		assert_non_null(pair_logged(&p, "fits no peers_identifier"));
	}
	assert_string_equal(p.w->failure, "");
	pair_free(&p);
}

static void remote_by_identity(void **state)
{
	picked("east.example", "east.example");
	picked("west.example", "west.example");
	picked("north.example", "north.example");
	picked("south.example", "anonymous");
	picked("south.example", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remote_by_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
