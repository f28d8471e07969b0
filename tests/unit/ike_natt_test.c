/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels through a NAT. */
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

static void behind_nat(uint8_t mode)
{
	struct nat nat = { .next_port = 20000 };
	struct pair p;
	size_t n = 0, back = 0;

	pair_init(&p);
	p.ca.natt = p.cb.natt = IKE_ON;
	p.ca.mode = p.cb.mode = mode;
	p.w->link.delay_min = p.w->link.delay_max = 20;
	p.cb.peer = NULL;
	p.cb.genpol = IKE_GENPOL_UNIQUE;
	pair_start_client(&p, &nat);
	kern_ping(p.a, 0);
	world_run(p.w, 5000);
	assert_non_null(pair_logged(&p, "NAT detected: ME"));
	assert_non_null(pair_logged(&p, "NAT detected: PEER"));
	assert_int_equal(p.b->ph2_up, 1);
	for (size_t i = 0; i < 128; i++)
		for (struct kern_sa *s = p.a->kern.bucket[i]; s; s = s->next) {
			bool out = s->sa.dir == KDIR_OUT;

			assert_int_equal(out ? s->sa.encap_sport
					     : s->sa.encap_dport, 4500);
			n++;
		}
	assert_int_equal(n, 2);
	/* b answers through the mapping */
	for (size_t i = 0; i < p.b->kern.npol; i++)
		if (p.b->kern.pol[i].dir == KDIR_OUT)
			back = i;
	assert_true(kern_ping(p.a, 0));
	assert_true(kern_ping(p.b, back));
	/* the NAT forgets: our next packet comes from another port */
	nat_rebind(&nat);
	assert_false(kern_ping(p.b, back));
	assert_true(kern_ping(p.a, 0));
	world_run(p.w, 100);
	assert_non_null(pair_logged(&p, "NAT-T: ports changed to: "));
	assert_true(kern_ping(p.b, back));
	assert_true(kern_ping(p.a, 0));
	/* the NAT gets another address: the policies b made follow, too */
	assert_int_equal(xaddr_parse("198.51.100.10", &nat.pub), 0);
	nat_rebind(&nat);
	assert_true(kern_ping(p.a, 0));
	world_run(p.w, 100);
	for (size_t i = 0; i < p.b->kern.npol; i++) {
		const struct kpol *pol = &p.b->kern.pol[i];

		assert_true(xaddr_equal(pol->dir == KDIR_OUT ?
					&pol->tmpl[0].dst : &pol->tmpl[0].src,
					&nat.pub));
	}
	assert_true(kern_ping(p.b, back));
	assert_true(kern_ping(p.a, 0));
	/* and IKE found its way, too */
	host_admin(p.a, ADM_FLUSH_ISAKMP, NULL);
	world_run(p.w, 2000);
	assert_int_equal(kern_count(&p.b->kern, true), 0);
	pair_free(&p);
}

static void nat_main(void **state)
{
	behind_nat(IKE_MODE_MAIN);
}

static void nat_aggressive(void **state)
{
	behind_nat(IKE_MODE_AGGRESSIVE);
}


/* Spoils vendor IDs of phase 1, so that an older version is agreed on. */
static bool only_drafts(struct world *w, struct ike_packet *pkt, void *arg)
{
	static uint8_t copy[4096];
	struct cur vid = ike_vendor_bytes(VID_RFC3947);
	const uint8_t *at;

	if (pkt->len > sizeof(copy))
		return true;
	memcpy(copy, pkt->p, pkt->len);
	at = memmem(copy, pkt->len, vid.p, vid.left);
	if (at)
		copy[at - copy] ^= 1;
	pkt->p = copy;
	return true;
}

/* Transport mode: each side learns the address the other has itself. */
static void transport(bool drafts)
{
	struct nat nat = { .next_port = 20000 };
	struct hnode *cursor = NULL;
	struct xaddr inside;
	struct ike_sa *sa;
	struct pair p;
	size_t n = 0, pos = 0;

	pair_init(&p);
	p.ca.natt = p.cb.natt = IKE_ON;
	p.cb.peer = NULL;
	p.cb.genpol = IKE_GENPOL_UNIQUE;
	p.mode = KMODE_TRANSPORT;
	p.w->filter = drafts ? only_drafts : NULL;
	pair_start_client(&p, &nat);
	inside = p.a->addr;
	kern_ping(p.a, 0);
	world_run(p.w, 5000);
	assert_true(kern_ping(p.a, 0));
	sa = sa_walk(p.b->ike, &pos, &cursor);
	assert_int_equal(sa->natt.version, drafts ? NATT_DRAFT03 : NATT_RFC);
	for (size_t i = 0; i < KERN_BUCKETS; i++)
		for (struct kern_sa *s = p.b->kern.bucket[i]; s; s = s->next) {
			assert_int_equal(s->sa.mode, KMODE_TRANSPORT);
			assert_true(xaddr_equal(&s->sa.encap_oa, &inside));
			n++;
		}
	assert_int_equal(n, 2);
	/* nobody translates b's address */
	for (size_t i = 0; i < KERN_BUCKETS; i++)
		for (struct kern_sa *s = p.a->kern.bucket[i]; s; s = s->next) {
			assert_true(s->sa.encap_sport != 0);
			assert_int_equal(s->sa.encap_oa.family, 0);
		}
	/* SAs stay alive and are renewed like any */
	for (unsigned int i = 0; i < 1500; i++) {
		assert_true(kern_ping(p.a, 0));
		world_run(p.w, 1000);
	}
	assert_true(p.a->ph2_up > 1);
	pair_free(&p);
}

static void nat_transport(void **state)
{
	transport(false);
}

static void nat_transport_drafts(void **state)
{
	transport(true);
}

/* From its answer to a quick mode on, the peer has another port. */
#define OTHER_PORT 4501

struct shift {
	const struct host *b;
	bool on;
};

static bool shifted(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct shift *s = arg;
	struct ike_hdr h;
	struct cur body;

	if (pkt->remote.port == OTHER_PORT)
		pkt->remote.port = 4500;
	if (!xaddr_equal(&pkt->local.addr, &s->b->addr))
		return true;
	s->on |= ike_hdr_parse(cur_init(pkt->p, pkt->len), &h, &body) == 0 &&
		 h.xchg == XCHG_QUICK;
	if (s->on)
		pkt->local.port = OTHER_PORT;
	return true;
}

static void moves_while_it_answers(void **state)
{
	struct shift s = { 0 };
	unsigned int n = 0;
	struct pair p;

	pair_init(&p);
	p.ca.natt = p.cb.natt = IKE_FORCE;
	pair_start(&p);
	s.b = p.b;
	p.w->filter = shifted;
	p.w->filter_arg = &s;
	kern_ping(p.a, 0);
	world_run(p.w, 5000);
	assert_true(s.on);
	assert_int_equal(p.a->ph2_up, 1);
	for (size_t i = 0; i < 128; i++)
		for (struct kern_sa *k = p.a->kern.bucket[i]; k; k = k->next) {
			bool out = k->sa.dir == KDIR_OUT;

			assert_int_equal(out ? k->sa.encap_dport
					     : k->sa.encap_sport, OTHER_PORT);
			n++;
		}
	assert_int_equal(n, 2);
	pair_free(&p);
}

/* Without a NAT there is nothing to tell. */
static void no_natoa_without_nat(void **state)
{
	struct pair p;

	pair_init(&p);
	p.ca.natt = p.cb.natt = IKE_ON;
	p.mode = KMODE_TRANSPORT;
	pair_start(&p);
	assert_true(pair_up(&p));
	assert_null(pair_logged(&p, "NAT-OA"));
	pair_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nat_main),
		cmocka_unit_test(nat_aggressive),
		cmocka_unit_test(nat_transport),
		cmocka_unit_test(nat_transport_drafts),
		cmocka_unit_test(moves_while_it_answers),
		cmocka_unit_test(no_natoa_without_nat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
