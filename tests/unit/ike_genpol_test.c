/* SPDX-License-Identifier: BSD-2-Clause */
/* Policies that racoon makes for roadwarriors: how long they are there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ike/v1/ctx.h"
#include "tests/sim/pair.h"
#include "tests/sim/story.h"

/* a is a roadwarrior, b makes policies for whoever comes. */
static void warriors(struct pair *p)
{
	pair_init(p);
	p->ca.life2 = p->cb.life2 = 100;
	p->ca.life1 = p->cb.life1 = 350;
	p->ca.interval = p->cb.interval = 2;
	p->cb.peer = NULL;
	p->cb.passive = true;
	p->cb.genpol = IKE_GENPOL_UNIQUE;
	p->w->link.delay_min = p->w->link.delay_max = 10;
}

static void warriors_start(struct pair *p)
{
	pair_start_client(p, NULL);
	kern_ping(p->a, 0);
	world_run(p->w, 2000);
}

/* Number of b's outbound policy; it has one of each direction, and no more. */
static size_t out_policy(const struct host *b)
{
	size_t n = b->kern.npol, out = n;

	for (size_t i = 0; i < n; i++) {
		if (b->kern.pol[i].dir != KDIR_OUT)
			continue;
		assert_int_equal(out, n);
		out = i;
	}
	if (out == n)
		fail_msg("no outbound policy");
	return out;
}

static bool works(struct pair *p)
{
	return kern_ping(p->a, 0) && kern_ping(p->b, out_policy(p->b));
}

static void renewed(enum kmode mode)
{
	struct pair p;

	warriors(&p);
	p.mode = mode;
	warriors_start(&p);
	for (unsigned int i = 0; i < 1000; i++) {
		if (!works(&p))
			fail_msg("second %u", i);
		world_run(p.w, 1000);
	}
	assert_true(p.b->ph2_up > 8);
	assert_true(p.b->ph1_up > 1);
	assert_int_equal(kern_count(&p.b->kern, true), 2);
	host_admin(p.a, ADM_FLUSH_ISAKMP, NULL);
	world_run(p.w, 2000);
	assert_int_equal(p.b->kern.npol, 0);
	assert_string_equal(p.w->failure, "");
	pair_free(&p);
}

static void renewals_keep_them(void **state)
{
	renewed(KMODE_TUNNEL);
	renewed(KMODE_TRANSPORT);
}

struct losing {
	struct pair *p;
	uint32_t msgid;
};

/* Of what a says in a quick mode only the first message gets through. */
static bool third_lost(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct losing *l = arg;
	struct ike_hdr h;
	struct cur body;

	if (xaddr_equal(&pkt->local.addr, &l->p->b->addr) ||
	    ike_hdr_parse(cur_init(pkt->p, pkt->len), &h, &body) < 0 ||
	    h.xchg != XCHG_QUICK)
		return true;
	if (h.msgid == l->msgid)
		return false;
	l->msgid = h.msgid;
	return true;
}

/* A renewal that does not come about takes nothing away. */
static void failed_renewal_keeps_them(void **state)
{
	struct losing l = { .msgid = 0 };
	struct pair p;
	unsigned int up;

	warriors(&p);
	p.ca.life2 = p.cb.life2 = 1000;
	warriors_start(&p);
	assert_true(works(&p));
	up = p.b->ph2_up;
	world_run(p.w, 795000);
	assert_true(works(&p));
	l.p = &p;
	p.w->filter = third_lost;
	p.w->filter_arg = &l;
	world_run(p.w, 100000);
	assert_true(l.msgid != 0);
	assert_int_equal(p.b->ph2_up, up);
	assert_true(works(&p));
	p.w->filter = NULL;
	world_run(p.w, 60000);
	assert_true(p.b->ph2_up > up);
	assert_true(works(&p));
	pair_free(&p);
}

/* The lifetime of a policy is that of the youngest SA. */
static void lifetime_is_prolonged(void **state)
{
	struct pair p;

	warriors(&p);
	warriors_start(&p);
	p.b->kern.pol[out_policy(p.b)].lifetime = 1;
	world_run(p.w, 90000);
	assert_true(p.b->ph2_up > 1);
	assert_int_equal(p.b->kern.pol[out_policy(p.b)].lifetime, 100);
	pair_free(&p);
}

/* The same client comes from another address: its policies lead there. */
static void identify(struct ike_remote *rc, const char *name)
{
	if (name)
		rc->my_id = (struct ike_id){ .type = IKE_ID_FQDN, .len = 4,
					     .data = (const uint8_t *)name };
}

static void client_moves(const char *before, const char *after, bool taken)
{
	struct ike_remote *rc;
	struct ike_sainfo *si;
	struct ike_conf *conf;
	struct xaddr there;
	struct host *c;
	struct pair p;
	size_t out;

	warriors(&p);
	conf = sim_conf_begin(&p.ca, &rc, &si);
	identify(rc, before);
	p.a = world_host(p.w, "a", PAIR_A, sim_conf_end(conf));
	p.b = world_host(p.w, "b", PAIR_B, sim_conf_make(&p.cb));
	conf = sim_conf_begin(&p.ca, &rc, &si);
	identify(rc, after);
	c = world_host(p.w, "c", "198.51.100.7", sim_conf_end(conf));
	host_start(p.a);
	host_start(p.b);
	host_start(c);
	story_policies(p.a, PAIR_A, PAIR_B, KMODE_TUNNEL, PAIR_A_NET,
		       PAIR_B_NET, 0);
	story_policies(c, "198.51.100.7", PAIR_B, KMODE_TUNNEL, PAIR_A_NET,
		       PAIR_B_NET, 0);
	kern_ping(p.a, 0);
	world_run(p.w, 2000);
	assert_true(works(&p));
	host_stop(p.a, true);
	kern_ping(c, 0);
	world_run(p.w, 2000);
	out = out_policy(p.b);
	there = taken ? p.a->addr : c->addr;
	assert_true(xaddr_equal(&p.b->kern.pol[out].tmpl[0].dst, &there));
	assert_int_equal(kern_ping(p.b, out), !taken);
	if (taken)
		assert_non_null(pair_logged(&p, "in use by another peer"));
	/* what the old SAs leave behind is not what the new ones need */
	world_run(p.w, 70000);
	assert_int_equal(kern_ping(p.b, out_policy(p.b)), !taken);
	pair_free(&p);
}

static void clients_that_move(void **state)
{
	client_moves("anna", "anna", false);
	client_moves("anna", "otto", true);
	/* identified by their addresses: nothing tells two from one */
	client_moves(NULL, NULL, false);
}

/* Two clients behind one NAT: what goes to one does not reach the other. */
static void two_behind_one_nat(void **state)
{
	static const char *const inside[] = { "10.77.0.5", "10.77.0.6" };
	struct nat nat = { .next_port = 20000 };
	struct host *h[2];
	struct pair p;

	warriors(&p);
	p.ca.natt = p.cb.natt = IKE_ON;
	p.cb.genpol = IKE_GENPOL_REQUIRE;
	assert_int_equal(xaddr_parse("198.51.100.9", &nat.pub), 0);
	p.w->nats = true;
	p.b = world_host(p.w, "b", PAIR_B, sim_conf_make(&p.cb));
	host_start(p.b);
	for (unsigned int i = 0; i < 2; i++) {
		h[i] = world_host(p.w, i ? "c" : "a", inside[i],
				  sim_conf_make(&p.ca));
		h[i]->nat = &nat;
		host_start(h[i]);
		story_policies(h[i], inside[i], PAIR_B, KMODE_TUNNEL,
			       inside[i], PAIR_B_NET, 0);
		kern_ping(h[i], 0);
		world_run(p.w, 2000);
	}
	for (unsigned int i = 0; i < 2; i++)
		for (size_t k = 0; k < p.b->kern.npol; k++) {
			uint64_t got = h[i]->kern.got;

			if (p.b->kern.pol[k].dir != KDIR_OUT ||
			    !xaddr_equal(&p.b->kern.pol[k].sel.dst,
					 &h[i]->addr))
				continue;
			assert_true(kern_ping(p.b, k));
			assert_true(h[i]->kern.got == got + 1);
		}
	pair_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renewals_keep_them),
		cmocka_unit_test(failed_renewal_keeps_them),
		cmocka_unit_test(lifetime_is_prolonged),
		cmocka_unit_test(clients_that_move),
		cmocka_unit_test(two_behind_one_nat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
