/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels that live on: renewals, policies and configurations that change. */
#include <errno.h>
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

/* ---- renewals ---- */

/* Who answered at first renews through the NAT, to where the other is seen. */
static void nat_renewals(bool moves)
{
	struct nat nat = { .next_port = 20000 };
	size_t back = 0;
	struct pair p;

	pair_init(&p);
	p.ca.natt = p.cb.natt = IKE_ON;
	p.ca.life1 = p.cb.life1 = 100;
	p.ca.rekey_off = true;
	p.cb.peer = NULL;
	p.cb.genpol = IKE_GENPOL_UNIQUE;
	p.w->link.delay_min = p.w->link.delay_max = 20;
	pair_start_client(&p, &nat);
	kern_ping(p.a, 0);
	world_run(p.w, 5000);
	for (size_t i = 0; i < p.b->kern.npol; i++)
		if (p.b->kern.pol[i].dir == KDIR_OUT)
			back = i;
	for (unsigned int i = 0; i < 300; i++) {
		if (i == 20 && moves) {
			nat_rebind(&nat);
			xaddr_parse("198.51.100.77", &nat.pub);
		}
		if (!kern_ping(p.a, 0) || !kern_ping(p.b, back))
			fail_msg("second %u", i);
		world_run(p.w, 1000);
	}
	assert_true(p.b->ph1_up >= 3);
	assert_int_equal(p.a->ph2_up, 1);
	assert_int_equal(p.a->gave_up + p.b->gave_up, 0);
	assert_int_equal(p.b->ike->contacted.count, 1);
	pair_free(&p);
}

static void renewed_through_a_nat(void **state)
{
	nat_renewals(false);
}

/*
 * The NAT forgot its mapping while nothing was sent, and phase 1 is renewed
 * from another port.  To b that may be somebody else, who takes over nothing;
 * what b drops then, a is told of.
 */
static void renewed_at_another_port(void **state)
{
	struct nat nat = { .next_port = 20000 };
	struct pair p;

	pair_init(&p);
	p.ca.natt = p.cb.natt = IKE_ON;
	p.ca.no_dpd = p.cb.no_dpd = true;
	p.ca.life1 = p.cb.life1 = 100;
	p.cb.rekey_off = true;
	p.cb.peer = NULL;
	p.cb.genpol = IKE_GENPOL_UNIQUE;
	pair_start_client(&p, &nat);
	assert_false(kern_ping(p.a, 0));
	world_run(p.w, 5000);
	assert_true(kern_ping(p.a, 0));
	nat_rebind(&nat);
	world_run(p.w, 120000);
	assert_int_equal(p.a->ph1_up, 2);
	assert_int_equal(kern_unmatched(p.a), 0);
	kern_ping(p.a, 0);
	world_run(p.w, 2000);
	assert_true(kern_ping(p.a, 0));
	pair_free(&p);
}

/* The peer got another public address: it knows b all the same. */
static void renewed_after_a_move(void **state)
{
	nat_renewals(true);
}

/* Addresses of peers that have left are not kept for ever. */
static void peers_that_left(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	assert_true(pair_up(&p));
	assert_int_equal(p.b->ike->contacted.count, 1);
	host_admin(p.a, ADM_FLUSH_ISAKMP, NULL);
	world_run(p.w, 5000);
	assert_int_equal(p.a->ike->contacted.count, 0);
	assert_int_equal(p.b->ike->contacted.count, 0);
	assert_true(pair_up(&p));
	pair_free(&p);
}

/*
 * The address goes and comes again, and nobody was told: what the peer still
 * has ends with the next contact.
 */
static void address_that_goes(void **state)
{
	struct ike_event e = { .kind = IKE_EV_ADDRS };
	struct pair p;

	pair_init(&p);
	p.ca.no_dpd = p.cb.no_dpd = true;
	pair_start(&p);
	assert_true(pair_up(&p));
	host_feed(p.a, &e);
	assert_int_equal(kern_count(&p.a->kern, true), 0);
	e.addrs.v = &p.a->addr;
	e.addrs.n = 1;
	host_feed(p.a, &e);
	assert_true(pair_up(&p));
	assert_int_equal(kern_count(&p.b->kern, true), 2);
	pair_free(&p);
}

/*
 * Both begin at once.  b hears of a's phase 1 only after it has told, in its
 * own, that this is the first: that message comes when the other is in use.
 */
struct crossing {
	struct pair *p;
	bool said;
};

static bool crosses(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct crossing *c = arg;
	bool enc = pkt->p[19] & IKE_FLAG_ENC;

	if (xaddr_equal(&pkt->local.addr, &c->p->a->addr))
		return pkt->p[18] != XCHG_AGGRESSIVE || !enc || c->said;
	if (pkt->p[18] != XCHG_MAIN)
		return true;
	c->said |= enc;
	return enc ? c->p->a->ph2_up > 0 : w->now > 2000;
}

static void first_contacts_cross(void **state)
{
	struct crossing c = { .said = false };
	struct pair p;

	pair_init(&p);
	p.ca.mode = p.cb.mode2 = IKE_MODE_AGGRESSIVE;
	p.cb.mode = p.ca.mode2 = IKE_MODE_MAIN;
	p.ca.interval = p.cb.interval = 2;
	p.w->filter = crosses;
	p.w->filter_arg = &c;
	pair_start(&p);
	c.p = &p;
	kern_ping(p.a, 0);
	kern_ping(p.b, 0);
	while (p.b->ph1_up < 2 && p.w->now < 30000)
		world_run(p.w, 100);
	assert_int_equal(p.a->ph1_up, 2);
	assert_int_equal(p.a->ph1_down, 0);
	assert_int_equal(pair_lost(&p, 20), 0);
	pair_free(&p);
}

struct without {
	struct pair *p;
	uint8_t cookie[8];
	bool main, old;		/* what gets lost */
};

static bool lose_some(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct without *l = arg;

	if (l->main && pkt->p[18] == XCHG_MAIN)
		return false;
	return !l->old || memcmp(pkt->p, l->cookie, sizeof(l->cookie));
}

static void losing_start(struct pair *p, struct without *l)
{
	pair_init(p);
	p->ca.life1 = p->cb.life1 = 200;
	p->ca.interval = p->cb.interval = 2;
	p->ca.counter = p->cb.counter = 2;
	p->ca.dpd_delay = 5;
	pair_start(p);
	*l = (struct without){ .p = p };
	p->w->filter = lose_some;
	p->w->filter_arg = l;
	assert_true(pair_up(p));
}

/* The peer dropped an SA that was renewed: that is no dead peer. */
static void replaced_is_not_dead(void **state)
{
	struct ike_sa *old, *by;
	struct without l;
	uint32_t id;
	struct wbuf w;
	struct pair p;

	losing_start(&p, &l);
	wbuf_fixed(&w, l.cookie, sizeof(l.cookie));
	wbuf_u64(&w, only_sa(p.a)->spi_i);
	id = only_sa(p.a)->id;
	while (p.a->ph1_up < 2)
		world_run(p.w, 1000);
	/* as if it had been negotiated when the new SA came */
	old = sa_by_id(p.a->ike, id);
	by = sa_by_id(p.a->ike, old->replaced_by);
	child_move(p.a->ike, by->child, old);
	l.old = true;
	world_run(p.w, 36000);
	assert_int_equal(p.a->gave_up, 0);
	assert_int_equal(p.a->ph1_down, 1);
	assert_string_equal(pair_reason(p.a), "");
	assert_true(pair_works(&p));
	pair_free(&p);
}

/* While a renewal fails nothing is down yet; then the reason is known. */
static void failed_renewal_is_not_down(void **state)
{
	struct without l;
	struct pair p;

	losing_start(&p, &l);
	world_run(p.w, 150000);
	l.main = true;
	world_run(p.w, 40000);
	assert_true(p.a->gave_up > 0);
	assert_true(pair_works(&p));
	assert_string_equal(pair_reason(p.a), "");
	world_run(p.w, 60000);
	assert_false(pair_works(&p));
	assert_non_null(strstr(pair_reason(p.a), "no answer"));
	pair_free(&p);
}

/* A tunnel that comes up at the end of its phase 1 does not end with it. */
static void tunnel_of_an_old_phase1(void **state)
{
	struct kevent ev = { .kind = KEV_SA_FLUSH };
	struct ike_event e = { .kind = IKE_EV_KERNEL, .kernel = &ev };

	for (unsigned int i = 0; i < 2; i++) {
		struct pair p;

		pair_init(&p);
		p.ca.life1 = p.cb.life1 = 200;
		pair_start(&p);
		assert_true(pair_up(&p));
		kern_flush(&p.a->kern);
		host_feed(p.a, &e);
		world_run(p.w, 5000);
		assert_int_equal(kern_count(&p.b->kern, true), 0);
		world_run(p.w, 175000);
		assert_int_equal(p.a->ph1_up, 1);
		kern_ping(i ? p.b : p.a, 0);
		world_run(p.w, 2000);
		assert_int_equal(pair_lost(&p, 300), 0);
		assert_true(p.a->ph1_up > 1);
		pair_free(&p);
	}
}

static void tell_policies(struct host *h, enum kev_kind kind)
{
	struct kevent ev = { .kind = kind };
	struct ike_event e = { .kind = IKE_EV_KERNEL, .kernel = &ev };

	for (size_t i = 0; i < h->kern.npol; i++) {
		if (kind == KEV_POL_NEW)
			h->kern.pol[i].index = h->kern.next_index += 8;
		ev.pol = h->kern.pol[i];
		host_feed(h, &e);
	}
}

/* The administrator loads the same policies once more: other indices. */
static void policies_made_anew(void **state)
{
	struct pair p;

	pair_init(&p);
	p.ca.life2 = p.cb.life2 = 100;
	pair_start(&p);
	assert_true(pair_up(&p));
	for (unsigned int i = 0; i < 4; i++) {
		struct host *h = i < 2 ? p.a : p.b;
		struct kevent ev = { .kind = KEV_POL_DEL };
		struct ike_event e = { .kind = IKE_EV_KERNEL, .kernel = &ev };

		ev.pol = h->kern.pol[i % 2];
		host_feed(h, &e);
		h->kern.pol[i % 2].index = h->kern.next_index += 8;
		ev.kind = KEV_POL_NEW;
		ev.pol = h->kern.pol[i % 2];
		host_feed(h, &e);
	}
	/* the tunnel is theirs */
	host_admin(p.a, ADM_STATUS, NULL);
	assert_int_equal(p.a->idle, 0);
	assert_non_null(child_up(p.a->ike, p.a->kern.pol[0].index,
				 &p.b->addr));
	assert_int_equal(pair_lost(&p, 500), 0);
	assert_true(p.a->ph2_up >= 4);
	pair_free(&p);
}

/* A renewal that is due while the policies are away is not forgotten. */
static void policies_away_for_a_while(void **state)
{
	struct pair p;

	pair_init(&p);
	p.ca.life2 = p.cb.life2 = 200;
	pair_start(&p);
	assert_true(pair_up(&p));
	world_run(p.w, 150000);
	tell_policies(p.a, KEV_POL_DEL);
	tell_policies(p.b, KEV_POL_DEL);
	assert_int_equal(pair_lost(&p, 31), 0);
	assert_int_equal(p.a->ph2_up, 1);
	tell_policies(p.a, KEV_POL_NEW);
	tell_policies(p.b, KEV_POL_NEW);
	assert_int_equal(pair_lost(&p, 100), 0);
	assert_true(p.a->ph2_up >= 2);
	pair_free(&p);
}

/* ---- policies ---- */

/* A policy leads elsewhere than to who asks for it: no SA would carry it. */
static void tunnel_to_somebody_else(void **state)
{
	struct pair p;

	pair_init(&p);
	p.cb.peer = NULL;
	pair_start_client(&p, NULL);
	story_policies(p.b, PAIR_B, "192.0.2.9", KMODE_TUNNEL, PAIR_B_NET,
		       PAIR_A_NET, 0);
	kern_ping(p.a, 0);
	world_run(p.w, 5000);
	assert_int_equal(p.a->ph2_up + p.b->ph2_up, 0);
	assert_non_null(pair_logged(&p, "is a tunnel from 192.0.2.2 to "
				    "192.0.2.9"));
	pair_free(&p);
}

/* Types of ICMP are no ports: they do not change sides. */
static void policy_of_an_icmp_type(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	for (unsigned int i = 0; i < 4; i++) {
		struct host *h = i < 2 ? p.a : p.b;
		struct kevent ev = { .kind = KEV_POL_NEW };
		struct ike_event e = { .kind = IKE_EV_KERNEL, .kernel = &ev };
		struct kpol *k = &h->kern.pol[i % 2];

		k->sel.proto = IPPROTO_ICMP;
		k->sel.sport = 8;
		k->sel.sport_mask = 0xffff;
		ev.pol = *k;
		host_feed(h, &e);
	}
	assert_true(pair_up(&p));
	pair_free(&p);
}

/* ---- ports ---- */

static bool from_5500(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct pair *p = arg;

	if (xaddr_equal(&pkt->local.addr, &p->a->addr))
		assert_int_equal(pkt->local.port, 5500);
	return true;
}

/* racoon -p: it begins from the port it listens on. */
static void other_port(void **state)
{
	struct pair p;

	pair_init(&p);
	p.w->filter = from_5500;
	p.w->filter_arg = &p;
	pair_start(&p);
	ike_set_ports(p.a->ike, 5500, 4500);
	assert_true(pair_up(&p));
	pair_free(&p);
}

/* ---- sections of the configuration ---- */

static struct ike_conf *two_sections(const struct sim_conf *sc)
{
	struct ike_remote *rc, *r;
	struct ike_sainfo *si;
	struct ike_conf *conf = sim_conf_begin(sc, &rc, &si);

	for (unsigned int i = 0; i < 2; i++) {
		r = ike_conf_add_remote(conf, i ? "two" : "one");
		assert_non_null(r);
		r->addr = rc->addr;
		r->nmode = rc->nmode;
		memcpy(r->mode, rc->mode, sizeof(r->mode));
		r->nprop = rc->nprop;
		r->prop = rc->prop;
	}
	return sim_conf_end(conf);
}

/* Two sections for one peer: a reload does not confuse them. */
static void reload_with_two_sections(void **state)
{
	struct ike_event e = { .kind = IKE_EV_ADMIN };
	struct pair p;

	pair_init(&p);
	pair_start_with(&p, two_sections(&p.ca), sim_conf_make(&p.cb));
	e.admin = (struct ike_admin){ .kind = ADM_ESTABLISH_ISAKMP,
				      .remote_name = "one" };
	e.admin.local.addr = p.a->addr;
	e.admin.remote.addr = p.b->addr;
	host_feed(p.a, &e);
	world_run(p.w, 3000);
	assert_string_equal(only_sa(p.a)->rc->name, "one");
	e = (struct ike_event){ .kind = IKE_EV_CONF };
	ike_conf_unref(p.a->conf);
	p.a->conf = e.conf = two_sections(&p.ca);
	host_feed(p.a, &e);
	assert_string_equal(only_sa(p.a)->rc->name, "one");
	pair_free(&p);
}

struct third {
	struct pair *p;
	unsigned int quick;
};

static bool lose_third_quick(struct world *w, struct ike_packet *pkt,
			     void *arg)
{
	struct third *t = arg;

	return pkt->p[18] != XCHG_QUICK ||
	       !xaddr_equal(&pkt->local.addr, &t->p->a->addr) ||
	       ++t->quick != 2;
}

/* A reload forbids what is being negotiated. */
static void reload_in_quick_mode(void **state)
{
	struct ike_event e = { .kind = IKE_EV_CONF };
	struct third t = { .quick = 0 };
	struct pair p;

	pair_init(&p);
	p.w->filter = lose_third_quick;
	p.w->filter_arg = &t;
	t.p = &p;
	pair_start(&p);
	kern_ping(p.a, 0);
	world_run(p.w, 3000);
	assert_int_equal(p.a->ph2_up, 1);
	assert_int_equal(p.b->ph2_up, 0);
	p.cb.p2enc = "3des";
	ike_conf_unref(p.b->conf);
	p.b->conf = e.conf = sim_conf_make(&p.cb);
	host_feed(p.b, &e);
	world_run(p.w, 20000);
	assert_true(t.quick > 2);
	assert_int_equal(kern_count(&p.a->kern, true), 0);
	assert_int_equal(kern_count(&p.b->kern, true), 0);
	pair_free(&p);
}

/* exchange_mode base, main: the first that can be done. */
static void mode_that_is_not_there(void **state)
{
	struct ike_remote *rc;
	struct ike_sainfo *si;
	struct ike_conf *conf;
	struct pair p;

	pair_init(&p);
	conf = sim_conf_begin(&p.ca, &rc, &si);
	rc->nmode = 3;
	rc->mode[0] = IKE_MODE_BASE;
	rc->mode[1] = IKE_MODE_V2;
	rc->mode[2] = IKE_MODE_MAIN;
	pair_start_with(&p, sim_conf_end(conf), sim_conf_make(&p.cb));
	assert_true(pair_up(&p));
	pair_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renewed_through_a_nat),
		cmocka_unit_test(renewed_at_another_port),
		cmocka_unit_test(renewed_after_a_move),
		cmocka_unit_test(peers_that_left),
		cmocka_unit_test(address_that_goes),
		cmocka_unit_test(first_contacts_cross),
		cmocka_unit_test(replaced_is_not_dead),
		cmocka_unit_test(failed_renewal_is_not_down),
		cmocka_unit_test(tunnel_of_an_old_phase1),
		cmocka_unit_test(policies_made_anew),
		cmocka_unit_test(policies_away_for_a_while),
		cmocka_unit_test(tunnel_to_somebody_else),
		cmocka_unit_test(policy_of_an_icmp_type),
		cmocka_unit_test(other_port),
		cmocka_unit_test(reload_with_two_sections),
		cmocka_unit_test(reload_in_quick_mode),
		cmocka_unit_test(mode_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
