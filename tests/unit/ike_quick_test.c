/* SPDX-License-Identifier: BSD-2-Clause */
/* Quick mode's rarer parts: the commit bit, bundles, ESN. */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ike/v1/ctx.h"
#include "tests/sim/pair.h"
#include "tests/sim/story.h"

static struct ike_sa *first_sa(struct host *h)
{
	struct hnode *cursor = NULL;
	size_t pos = 0;

	return sa_walk(h->ike, &pos, &cursor);
}

/* ---- the commit bit ---- */

/* b, as it may be elsewhere: sets the commit bit in message 2. */
struct committer {
	struct pair *p;
	uint32_t msgid;
	unsigned int third;	/* third messages seen */
	uint8_t bytes[4096];
};

static bool commit_bit(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct committer *c = arg;
	struct ike_hdr h;
	struct cur body;

	if (ike_hdr_parse(cur_init(pkt->p, pkt->len), &h, &body) < 0 ||
	    h.xchg != XCHG_QUICK || pkt->len > sizeof(c->bytes))
		return true;
	if (xaddr_equal(&pkt->local.addr, &c->p->a->addr)) {
		c->third += c->msgid == h.msgid;
		return true;
	}
	memcpy(c->bytes, pkt->p, pkt->len);
	c->bytes[19] |= IKE_FLAG_COMMIT;
	c->msgid = h.msgid;
	pkt->p = c->bytes;
	return true;
}

/* What b says of its quick mode, in an exchange of this type. */
static void say(struct committer *c, uint8_t xchg, uint16_t type, bool forged)
{
	struct host *b = c->p->b;
	struct ike_sa *sa = first_sa(b);
	const struct ike_v1_keys *k = &v1_sa(sa)->keys;
	size_t len = ike_md_alg(k->md)->len, at;
	struct xchg x = { .type = xchg, .msgid = c->msgid };
	struct ike_notify n = { .doi = IKE_DOI_IPSEC, .type = type,
				.proto = IKE_PROTO_ESP };
	struct ike_packet pkt = { .local = sa->local, .remote = sa->remote };
	uint8_t h[IKE_MD_MAX], iv[IKE_BLOCK_MAX] = { 0 };
	struct v1_out o;

	v1_out_start(&o, sa, &x, 0);
	at = ike_build_hole(&o.b, PLD_HASH, len);
	ike_build_notify(&o.b, &n);
	assert_int_equal(ike_v1_hash1(c->p->w->crypto, k, x.msgid,
				      ike_build_from(&o.b, at + len), h), 0);
	h[0] ^= forged;
	for (size_t i = 0; i < len; i++)
		wbuf_set_u8(&o.w, at + i, h[i]);
	if (xchg == XCHG_QUICK)	/* goes on where message 3 ended */
		memcpy(iv, v1_quick(xchg_by_msgid(c->p->a->ike,
						  first_sa(c->p->a),
						  c->msgid))->iv, sizeof(iv));
	else
		assert_int_equal(v1_iv(b->ike, sa, x.msgid, iv), 0);
	assert_int_equal(v1_out_seal(b->ike, &o, sa, iv), 0);
	pkt.p = o.w.p;
	pkt.len = o.w.len;
	link_inject(c->p->w, &pkt);
	v1_out_free(&o);
	world_run(c->p->w, 200);
}

/* Up to where a has sent message 3 and waits. */
static void until_commit(struct pair *p, struct committer *c)
{
	pair_init(p);
	p->w->link.delay_min = p->w->link.delay_max = 20;
	p->w->filter = commit_bit;
	p->w->filter_arg = c;
	c->p = p;
	pair_start(p);
	kern_ping(p->a, 0);
	world_run(p->w, 3000);
	assert_int_equal(c->third, 1);
	assert_int_equal(p->b->ph2_up, 1);
	assert_int_equal(p->a->ph2_up, 0);
	assert_int_equal(first_sa(p->a)->child->state, CHILD_COMMIT);
	/* what b sends at once is read, and a sends nothing yet */
	assert_true(kern_ping(p->b, 0));
	assert_false(kern_ping(p->a, 0));
}

static void connected_ends_commit(void **state)
{
	static const uint8_t how[] = { XCHG_QUICK, XCHG_INFO };

	for (unsigned int i = 0; i < 2; i++) {
		struct committer c = { 0 };
		struct pair p;

		until_commit(&p, &c);
		say(&c, how[i], N_CONNECTED, true);
		assert_int_equal(p.a->ph2_up, 0);
		say(&c, how[i], N_CONNECTED, false);
		assert_int_equal(p.a->ph2_up, 1);
		assert_true(pair_works(&p));
		/* once more says nothing new */
		say(&c, XCHG_INFO, N_CONNECTED, false);
		assert_int_equal(p.a->ph2_up, 1);
		assert_true(pair_works(&p));
		pair_free(&p);
	}
}

static void commit_wait_is_bounded(void **state)
{
	struct committer c = { 0 };
	struct pair p;

	until_commit(&p, &c);
	world_run(p.w, 6000);
	assert_int_equal(p.a->ph2_up, 0);
	world_run(p.w, 2000);
	assert_int_equal(p.a->ph2_up, 1);
	assert_true(pair_works(&p));
	pair_free(&p);
}

static void error_instead_of_connected(void **state)
{
	struct committer c = { 0 };
	struct pair p;

	until_commit(&p, &c);
	/* in an exchange of its own it is no word about this one */
	say(&c, XCHG_INFO, N_NO_PROPOSAL_CHOSEN, false);
	assert_int_equal(first_sa(p.a)->child->state, CHILD_COMMIT);
	say(&c, XCHG_QUICK, N_NO_PROPOSAL_CHOSEN, false);
	assert_int_equal(p.a->ph2_up, 0);
	assert_null(first_sa(p.a)->child);
	assert_int_equal(kern_count(&p.a->kern, true), 0);
	assert_non_null(strstr(pair_reason(p.a), "NO-PROPOSAL-CHOSEN"));
	pair_free(&p);
}

/* The delete of the peer, and the end of its SA, find it waiting. */
static void delete_while_waiting(void **state)
{
	struct committer c = { 0 };
	struct pair p;

	until_commit(&p, &c);
	host_admin(p.b, ADM_FLUSH_ISAKMP, NULL);
	world_run(p.w, 20000);
	assert_int_equal(p.a->ph2_up, 0);
	assert_int_equal(kern_count(&p.a->kern, true), 0);
	pair_free(&p);
}

/* In a renewal the old SA carries traffic while the new one waits. */
static void renewal_with_commit(void **state)
{
	struct committer c = { 0 };
	struct pair p;

	pair_init(&p);
	p.ca.life2 = p.cb.life2 = 200;
	p.w->link.delay_min = p.w->link.delay_max = 20;
	p.w->filter = commit_bit;
	p.w->filter_arg = &c;
	c.p = &p;
	pair_start(&p);
	kern_ping(p.a, 0);
	world_run(p.w, 15000);
	assert_true(pair_works(&p));
	assert_int_equal(pair_lost(&p, 1000), 0);
	assert_true(p.a->ph2_up >= 5);
	pair_free(&p);
}

/* ---- peers that are not ready when message 3 is out ---- */

/* When a sent its last message of a quick mode. */
struct third {
	struct pair *p;
	uint64_t at;
};

static bool note_third(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct third *t = arg;
	struct ike_hdr h;
	struct cur body;

	if (ike_hdr_parse(cur_init(pkt->p, pkt->len), &h, &body) == 0 &&
	    h.xchg == XCHG_QUICK &&
	    xaddr_equal(&pkt->local.addr, &t->p->a->addr))
		t->at = w->now;
	return true;
}

/* A tunnel that a is renewing: message 3 is on its way. */
static void until_third(struct pair *p, struct third *t)
{
	pair_init(p);
	p->ca.life2 = p->cb.life2 = 200;
	p->w->link.delay_min = p->w->link.delay_max = 20;
	t->p = p;
	p->w->filter = note_third;
	p->w->filter_arg = t;
	pair_start(p);
	kern_ping(p->a, 0);
	world_run(p->w, 3000);
	assert_int_equal(p->a->ph2_up, 1);	/* at once: there is no other */
	assert_true(kern_ping(p->a, 0));
	t->at = 0;
	while (kern_count(&p->a->kern, false) < 3)
		world_run(p->w, 5);
	world_run(p->w, 50);
	assert_int_not_equal(t->at, 0);
	assert_int_equal(p->b->ph2_up, 2);
	assert_int_equal(p->a->ph2_up, 1);
}

static void renewal_gives_time(void **state)
{
	struct third t = { 0 };
	struct pair p;

	until_third(&p, &t);
	while (p.a->ph2_up == 1)
		world_run(p.w, 5);
	assert_true(p.w->now >= t.at + V1_SWITCH_MS);
	assert_true(p.w->now <= t.at + V1_SWITCH_MS + 10);
	assert_true(pair_works(&p));
	pair_free(&p);
}

static void renewal_hurries(void **state)
{
	struct hnode *cursor = NULL;
	struct third t = { 0 };
	struct ike_child *c;
	size_t pos = 0;
	struct pair p;
	struct ike_event tick = { .kind = IKE_EV_TICK };

	until_third(&p, &t);
	/* b has no patience with the old one */
	while ((c = child_walk(p.b->ike, &pos, &cursor)) != NULL)
		if (c->replaced_by || c->created + 1000 < p.w->now)
			break;
	assert_non_null(c);
	child_delete(p.b->ike, c, true);
	host_feed(p.b, &tick);
	world_run(p.w, 30);
	assert_int_equal(p.a->ph2_up, 2);
	assert_true(p.w->now < t.at + V1_SWITCH_MS);
	assert_true(kern_ping(p.a, 0));
	assert_true(kern_ping(p.b, 0));
	pair_free(&p);
}

/* ---- bundles of a tunnel and a transport ---- */

/* A tunnel in a transport, on a host that has policies of a tunnel already. */
static void nest_in(struct host *h, uint8_t inner, uint8_t outer)
{
	for (size_t i = 0; i < 2; i++) {
		struct kpol *k = &h->kern.pol[i];
		struct kevent ev = { .kind = KEV_POL_NEW };
		struct ike_event e = { .kind = IKE_EV_KERNEL, .kernel = &ev };

		k->ntmpl = 2;
		k->tmpl[0].proto = inner;
		k->tmpl[1] = (struct ktmpl){ .proto = outer,
					     .mode = KMODE_TRANSPORT };
		ev.pol = *k;
		host_feed(h, &e);
	}
}

static void nest(struct host *h)
{
	nest_in(h, IPPROTO_ESP, IPPROTO_AH);
}

static void nest_comp(struct host *h)
{
	nest_in(h, IPPROTO_COMP, IPPROTO_ESP);
}

static void bundle_of_one_side(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	nest(p.b);
	assert_false(pair_up(&p));
	assert_non_null(strstr(pair_reason(p.b), "the peer proposes ESP, our "
			       "policy has ESP+AH"));
	pair_free(&p);
}

static void complex_bundle(void **state)
{
	/* to a peer that takes it as it stands, "tunnel" twice is another */
	static const struct {
		bool a_simple, b_simple, up;
	} row[] = {
		{ false, false, true },
		{ true, true, true },
		{ false, true, true },
		{ true, false, false },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct pair p;

		pair_init(&p);
		p.ca.simple_bundle = row[i].a_simple;
		p.cb.simple_bundle = row[i].b_simple;
		pair_start(&p);
		nest(p.a);
		nest(p.b);
		assert_int_equal(pair_up(&p), row[i].up);
		if (row[i].up) {
			assert_int_equal(kern_count(&p.a->kern, true), 4);
			assert_int_equal(kern_unmatched(p.a), 0);
			assert_int_equal(kern_unmatched(p.b), 0);
		} else {
			assert_non_null(strstr(pair_reason(p.b), "our policy "
					       "asks for transport mode"));
		}
		pair_free(&p);
	}
}

/* The policy made from a proposal is the one that was meant. */
static void generated_bundle(void **state)
{
	for (unsigned int simple = 0; simple < 2; simple++) {
		struct pair p;
		struct kpol *k = NULL;

		pair_init(&p);
		p.ca.simple_bundle = p.cb.simple_bundle = simple;
		p.cb.genpol = IKE_GENPOL_REQUIRE;
		p.cb.peer = NULL;
		pair_start(&p);
		p.b->kern.npol = 0;
		host_stop(p.b, true);
		host_start(p.b);
		nest(p.a);
		kern_ping(p.a, 0);
		world_run(p.w, 5000);
		assert_true(kern_ping(p.a, 0));
		assert_int_equal(p.b->kern.npol, 3);
		for (size_t i = 0; i < 3; i++)
			if (p.b->kern.pol[i].dir == KDIR_OUT)
				k = &p.b->kern.pol[i];
		assert_non_null(k);
		assert_int_equal(k->tmpl[0].proto, IPPROTO_ESP);
		assert_int_equal(k->tmpl[0].mode, KMODE_TUNNEL);
		assert_int_equal(k->tmpl[1].proto, IPPROTO_AH);
		assert_int_equal(k->tmpl[1].mode, KMODE_TRANSPORT);
		pair_free(&p);
	}
}

/* ---- extended sequence numbers ---- */

/* Plays a pair with these settings: up?  All SAs of ESP with numbers so? */
static bool esn_pair(enum ike_tri a, enum ike_tri b, bool esn,
		     const char *p2enc, char *why, size_t size)
{
	struct pair p;
	bool up;

	pair_init(&p);
	p.ca.esn = a;
	p.cb.esn = b;
	p.ca.p2enc = p.cb.p2enc = p2enc;
	p.ca.window = 1024;
	pair_start(&p);
	up = pair_up(&p);
	snprintf(why, size, "%s", up ? "" : pair_reason(p.b));
	for (size_t i = 0; up && i < KERN_BUCKETS; i++) {
		for (struct kern_sa *s = p.a->kern.bucket[i]; s; s = s->next) {
			assert_int_equal(s->sa.esn, esn);
			assert_int_equal(s->sa.replay, 1024);
		}
		for (struct kern_sa *s = p.b->kern.bucket[i]; s; s = s->next) {
			assert_int_equal(s->sa.esn, esn);
			assert_int_equal(s->sa.replay, 64);
		}
	}
	pair_free(&p);
	return up;
}

/* strongSwan and libreswan call both protocols a tunnel. */
static void compressed_tunnel(void **state)
{
	for (unsigned int simple = 0; simple < 4; simple++) {
		struct pair p;

		pair_init(&p);
		p.ca.simple_bundle = simple & 1;
		p.cb.simple_bundle = simple & 2;
		pair_start(&p);
		nest_comp(p.a);
		nest_comp(p.b);
		assert_true(pair_up(&p));
		assert_int_equal(kern_count(&p.a->kern, true), 4);
		assert_int_equal(kern_unmatched(p.a), 0);
		assert_int_equal(kern_unmatched(p.b), 0);
		pair_free(&p);
	}
}

/* What small packets are sent without is not demanded of them, ESP is. */
static void generated_compressed_tunnel(void **state)
{
	struct pair p;

	pair_init(&p);
	p.ca.simple_bundle = true;
	p.cb.genpol = IKE_GENPOL_REQUIRE;
	p.cb.peer = NULL;
	pair_start(&p);
	p.b->kern.npol = 0;
	host_stop(p.b, true);
	host_start(p.b);
	nest_comp(p.a);
	kern_ping(p.a, 0);
	world_run(p.w, 5000);
	assert_int_equal(p.b->kern.npol, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct kpol *k = &p.b->kern.pol[i];

		assert_int_equal(k->ntmpl, 2);
		assert_int_equal(k->tmpl[0].proto, IPPROTO_COMP);
		assert_int_equal(k->tmpl[0].mode, KMODE_TUNNEL);
		assert_int_equal(k->tmpl[0].optional, k->dir != KDIR_OUT);
		assert_int_equal(k->tmpl[1].proto, IPPROTO_ESP);
		assert_int_equal(k->tmpl[1].mode, KMODE_TRANSPORT);
		assert_false(k->tmpl[1].optional);
	}
	pair_free(&p);
}

static void swap(struct ike_proposal *a, struct ike_proposal *b)
{
	struct ike_proposal t = *a;

	*a = *b;
	*b = t;
}

/*
 * libreswan names the PFS group of IPComp nowhere, its mode only for tunnels,
 * and ESP first.
 */
static void compression_without_group(void **state)
{
	struct v1_quick q = { .arena = arena_new(0) };
	struct ike_child *up, *c;
	const struct kpol *pol;
	char why[IKE_TEXT_MAX];
	struct pair p;

	pair_init(&p);
	p.ca.pfs = p.cb.pfs = GROUP_ECP256;
	pair_start(&p);
	nest_comp(p.a);
	nest_comp(p.b);
	assert_true(pair_up(&p));
	up = first_sa(p.b)->child;
	pol = spd_by_index(&p.b->ike->spd, up->pol_out);
	assert_int_equal(child_new(p.b->ike, up->sa, false, &c), 0);
	c->sel = up->sel;
	assert_int_equal(child_from_policy(p.b->ike, c, pol, NULL), 0);
	assert_int_equal(child_find_sainfo(p.b->ike, c), 0);
	assert_int_equal(v1_p2_offer(&q, p.b->ike, up), 0);
	q.group = 0;
	q.offer->p[0].t[0].group = 0;
	swap(&q.offer->p[0], &q.offer->p[1]);
	assert_int_equal(v1_p2_choose(&q, p.b->ike, c, IKE_CHECK_STRICT, why,
				      sizeof(why)), 0);
	assert_int_equal(q.group, GROUP_ECP256);
	/* and ESP needs it, whatever IPComp says */
	swap(&q.offer->p[0], &q.offer->p[1]);
	q.offer->p[1].t[0].group = 0;
	assert_true(v1_p2_choose(&q, p.b->ike, c, IKE_CHECK_STRICT, why,
				 sizeof(why)) < 0);
	assert_non_null(strstr(why, "PFS group"));
	child_delete(p.b->ike, c, false);
	arena_free(q.arena);
	pair_free(&p);
}

static void extended_sequence_numbers(void **state)
{
	static const struct {
		enum ike_tri a, b;
		bool up, esn;
		const char *why;
	} row[] = {
		{ IKE_OFF, IKE_OFF, true, false, "" },
		{ IKE_ON, IKE_OFF, true, false, "" },
		{ IKE_OFF, IKE_ON, true, false, "" },
		{ IKE_ON, IKE_ON, true, true, "" },
		{ IKE_FORCE, IKE_ON, true, true, "" },
		{ IKE_ON, IKE_FORCE, true, true, "" },
		{ IKE_FORCE, IKE_OFF, false, false, "needs \"esn on\"" },
		{ IKE_OFF, IKE_FORCE, false, false, "says \"esn force\"" },
	};
	static const char *const enc[] = { "aes", "aes_gcm_16" };
	char why[256];

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		for (size_t e = 0; e < 2; e++) {
			assert_int_equal(esn_pair(row[i].a, row[i].b,
						  row[i].esn, enc[e], why,
						  sizeof(why)), row[i].up);
			if (!strstr(why, row[i].why))
				assert_string_equal(why, row[i].why);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connected_ends_commit),
		cmocka_unit_test(commit_wait_is_bounded),
		cmocka_unit_test(error_instead_of_connected),
		cmocka_unit_test(delete_while_waiting),
		cmocka_unit_test(renewal_with_commit),
		cmocka_unit_test(renewal_gives_time),
		cmocka_unit_test(renewal_hurries),
		cmocka_unit_test(bundle_of_one_side),
		cmocka_unit_test(complex_bundle),
		cmocka_unit_test(generated_bundle),
		cmocka_unit_test(compressed_tunnel),
		cmocka_unit_test(generated_compressed_tunnel),
		cmocka_unit_test(compression_without_group),
		cmocka_unit_test(extended_sequence_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
