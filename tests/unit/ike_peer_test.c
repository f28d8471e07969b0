/* SPDX-License-Identifier: BSD-2-Clause */
/* What peers and networks do between the first packet and the last. */
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

/* ---- our own messages, sent back ---- */

struct mirror {
	struct pair *p;
	bool cut;		/* nothing else gets through */
	unsigned int sent;
};

/* Its informational messages come back to a, from elsewhere. */
static bool reflect(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct mirror *m = arg;
	struct ike_packet back = *pkt;

	if (xaddr_equal(&pkt->local.addr, &m->p->a->addr) &&
	    pkt->p[18] == XCHG_INFO) {
		back.remote = pkt->local;
		assert_int_equal(xaddr_parse(MALLORY, &back.local.addr), 0);
		back.local.port = 4500;
		link_inject(w, &back);
		m->sent++;
	}
	return !m->cut;
}

static void reflected_probes(void **state)
{
	struct mirror m = { .sent = 0 };
	struct pair p;

	pair_init(&p);
	p.ca.natt = p.cb.natt = IKE_FORCE;
	p.ca.dpd_delay = 5;
	pair_start(&p);
	assert_true(pair_up(&p));
	m.p = &p;
	p.w->filter = reflect;
	p.w->filter_arg = &m;
	world_run(p.w, 60000);
	assert_true(m.sent > 5);
	assert_true(xaddr_equal(&only_sa(p.a)->remote.addr, &p.b->addr));
	assert_null(pair_logged(&p, "ports changed"));
	assert_true(pair_works(&p));
	/* nor do they stand for a peer that is gone */
	m.cut = true;
	world_run(p.w, 100000);
	assert_non_null(pair_logged(&p, "seems to be dead"));
	assert_null(only_sa(p.a));
	pair_free(&p);
}

struct recorded {
	struct pair *p;
	uint8_t bytes[2048];
	size_t len;
};

static bool record_first(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct recorded *r = arg;

	if (!r->len && pkt->p[18] == XCHG_QUICK) {
		assert_true(pkt->len <= sizeof(r->bytes));
		memcpy(r->bytes, pkt->p, pkt->len);
		r->len = pkt->len;
	}
	return true;
}

/* When its exchange is forgotten, what began it is no beginning by the peer. */
static void reflected_quick_mode(void **state)
{
	struct recorded r = { .len = 0 };
	struct wbuf w;
	struct pair p;

	pair_init(&p);
	p.mode = KMODE_TRANSPORT;
	p.ca.interval = p.cb.interval = 1;
	p.ca.counter = p.cb.counter = 2;
	pair_start(&p);
	p.w->filter = record_first;
	p.w->filter_arg = &r;
	assert_true(pair_up(&p));
	assert_true(r.len > 0);
	world_run(p.w, 20000);
	w = (struct wbuf){ .p = r.bytes, .len = r.len };
	inject(&p, PAIR_B, p.a, &w);
	world_run(p.w, 1000);
	assert_null(pair_logged(&p, "a: INFO: respond new phase 2"));
	assert_int_equal(kern_count(&p.a->kern, true), 2);
	pair_free(&p);
}

/* Message ids are never given twice, and known again. */
static void message_ids(void **state)
{
	static uint8_t seen[1u << 13];
	struct ike_sa *sa;
	struct pair p;
	unsigned int ours = 0;

	pair_init(&p);
	pair_start(&p);
	assert_true(pair_up(&p));
	sa = only_sa(p.a);
	memset(seen, 0, sizeof(seen));
	for (unsigned int i = 0; i < 20000; i++) {
		uint32_t id = v1_new_msgid(p.a->ike, sa);

		assert_int_not_equal(id, 0);
		assert_true(v1_msgid_ours(sa, id));
		seen[id % 65536 / 8] |= (uint8_t)(1u << id % 8);
	}
	/* they are spread over all there are, and others are not taken for
	   ours */
	for (unsigned int i = 0; i < 65536; i++)
		ours += seen[i / 8] >> i % 8 & 1;
	assert_true(ours > 15000);
	ours = 0;
	for (unsigned int i = 0; i < 100000; i++)
		ours += v1_msgid_ours(sa, (uint32_t)world_rand(p.w));
	assert_true(ours < 10);
	pair_free(&p);
}

/* ---- dead peer detection ---- */

struct probes {
	uint32_t last;
	unsigned int n, late;
};

/* The numbers of a's questions; answers name the one before, or none. */
static void probe_numbers(struct proxy *x, struct proxy_msg *m)
{
	static uint8_t body[28];
	struct probes *s = x->arg;
	struct cur c;
	uint16_t type;
	uint32_t seq;
	struct wbuf w;
	unsigned int at;

	if (m->hdr.xchg != XCHG_INFO || !proxy_find(m, PLD_NOTIFY, 0, &at) ||
	    m->p[at].body.left != sizeof(body))
		return;
	c = m->p[at].body;
	assert_int_equal(cur_skip(&c, 6), 0);
	assert_int_equal(cur_u16(&c, &type), 0);
	assert_int_equal(cur_skip(&c, 16), 0);
	assert_int_equal(cur_u32(&c, &seq), 0);
	if (type == N_R_U_THERE && m->from_a) {
		if (s->n++)
			assert_int_equal(seq, s->last + 1);
		s->last = seq;
	}
	if (type != N_R_U_THERE_ACK)
		return;
	/* every other answer is of the question before; the rest get lost */
	c = m->p[at].body;
	assert_int_equal(cur_copy(&c, body, 24), 0);
	wbuf_fixed(&w, body, sizeof(body));
	w.len = 24;
	wbuf_u32(&w, s->n % 2 ? seq + 1000 : seq - 1);
	s->late += s->n % 2 == 0;
	m->p[at].body = cur_init(body, sizeof(body));
	x->edited++;
}

static void probes_are_numbered(void **state)
{
	static struct proxy px;
	struct probes s = { .n = 0 };
	struct pair p;

	pair_init(&p);
	p.ca.dpd_delay = 10;
	pair_start(&p);
	proxy_start(&px, &p, probe_numbers, &s);
	assert_true(pair_up(&p));
	world_run(p.w, 195000);
	assert_true(s.n >= 20);
	assert_true(s.late >= 10);
	assert_int_equal(p.a->gave_up, 0);
	assert_true(pair_works(&p));
	pair_free(&p);
}

/* A peer that counts backwards is answered, but that proves nothing. */
struct ask {
	uint32_t seq;
	unsigned int answers;
};

static void ask_seq(struct v1_out *o, void *arg)
{
	uint8_t b[4], spi[16] = { 0 };
	struct ask *a = arg;
	struct ike_notify n = { .doi = IKE_DOI_IPSEC,
				.proto = IKE_PROTO_ISAKMP,
				.type = N_R_U_THERE,
				.spi = cur_init(spi, sizeof(spi)) };
	struct wbuf w;

	wbuf_fixed(&w, b, sizeof(b));
	wbuf_u32(&w, a->seq);
	n.data = wbuf_cur(&w);
	ike_build_notify(&o->b, &n);
}

static bool count_answers(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct ask *a = arg;

	a->answers += pkt->p[18] == XCHG_INFO;
	return true;
}

static void old_numbers_are_answered(void **state)
{
	static const uint32_t seq[] = { 1000, 1001, 5, 1001 };
	struct ask a = { .answers = 0 };
	struct pair p;
	uint64_t heard;

	pair_init(&p);
	pair_start(&p);
	assert_true(pair_up(&p));
	p.w->filter = count_answers;
	p.w->filter_arg = &a;
	for (unsigned int i = 0; i < 4; i++) {
		world_run(p.w, 1000);
		heard = only_sa(p.a)->dpd.last_in;
		a.seq = seq[i];
		send_protected(&p, p.b, p.a, ask_seq, &a);
		world_run(p.w, 1000);
		assert_int_equal(a.answers, i + 1);
		assert_int_equal(only_sa(p.a)->dpd.last_in > heard, i < 2);
	}
	pair_free(&p);
}

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

/* ---- what is said while a negotiation goes on ---- */

static bool no_answers(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct pair *p = arg;

	return pkt->p[18] != XCHG_QUICK ||
	       !xaddr_equal(&pkt->local.addr, &p->b->addr);
}

static void say_error(struct v1_out *o, void *arg)
{
	struct ike_notify n = { .doi = IKE_DOI_IPSEC, .proto = IKE_PROTO_ESP,
				.type = *(uint16_t *)arg };

	ike_build_notify(&o->b, &n);
}

/* Of these errors only the second is one of the negotiation. */
static void errors_of_something_else(void **state)
{
	static uint16_t types[] = { N_INVALID_SPI, N_NO_PROPOSAL_CHOSEN };

	for (unsigned int i = 0; i < 2; i++) {
		struct pair p;

		pair_init(&p);
		p.ca.life2 = p.cb.life2 = 100;
		pair_start(&p);
		assert_true(pair_up(&p));
		p.w->filter = no_answers;
		p.w->filter_arg = &p;
		world_run(p.w, 80000);
		send_protected(&p, p.b, p.a, say_error, &types[i]);
		world_run(p.w, 1000);
		p.w->filter = NULL;
		assert_int_equal(pair_logged(&p, "phase2 negotiation failed")
				 != NULL, i == 1);
		world_run(p.w, 30000);
		assert_true(pair_works(&p));
		pair_free(&p);
	}
}

static void say_invalid_spi(struct v1_out *o, void *arg)
{
	struct pair *p = arg;
	uint8_t spi[4];
	struct ike_notify n = { .doi = IKE_DOI_IPSEC, .proto = IKE_PROTO_ESP,
				.type = N_INVALID_SPI };
	struct wbuf w;

	wbuf_fixed(&w, spi, sizeof(spi));
	wbuf_u32(&w, only_sa(p->a)->child->p[0].spi_out);
	n.spi = wbuf_cur(&w);
	ike_build_notify(&o->b, &n);
}

/* A peer lost the tunnel, but not its phase 1, and says so. */
static void peer_lost_an_sa(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	assert_true(pair_up(&p));
	/* the message may be about what was before */
	send_protected(&p, p.b, p.a, say_invalid_spi, &p);
	world_run(p.w, 1000);
	assert_true(pair_works(&p));
	assert_int_equal(p.a->ph2_down, 0);
	world_run(p.w, 60000);
	kern_flush(&p.b->kern);
	assert_false(kern_ping(p.a, 0));
	v1_sa(only_sa(p.a))->info.n = 0; /* the tool has one id */
	send_protected(&p, p.b, p.a, say_invalid_spi, &p);
	world_run(p.w, 1000);
	assert_true(pair_up(&p));
	assert_int_equal(p.a->ph2_up, 2);
	pair_free(&p);
}

static bool keep_header(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct ike_hdr *h = arg;
	struct cur body;

	if (!h->spi_i)
		assert_int_equal(ike_hdr_parse(cur_init(pkt->p, pkt->len), h,
					       &body), 0);
	return false;
}

/* Why a phase 1 is refused, from a peer that gives no message id for it. */
static void refused_with(uint16_t type, const char *why)
{
	struct ike_hdr h = { .spi_i = 0 };
	uint8_t buf[256];
	struct wbuf w;
	struct pair p;

	pair_init(&p);
	p.w->filter = keep_header;
	p.w->filter_arg = &h;
	pair_start(&p);
	kern_ping(p.a, 0);
	world_run(p.w, 1000);
	assert_true(h.spi_i != 0);
	wbuf_fixed(&w, buf, sizeof(buf));
	clear_notify(&w, &h, type);
	wbuf_set_u32(&w, 20, 0);
	inject(&p, PAIR_B, p.a, &w);
	world_run(p.w, 70000);
	assert_non_null(strstr(pair_reason(p.a), why));
	pair_free(&p);
}

static void refused_without_id(void **state)
{
	refused_with(N_NO_PROPOSAL_CHOSEN, "NO-PROPOSAL-CHOSEN to our offer");
	refused_with(N_INVALID_ID_INFORMATION, "INVALID-ID-INFORMATION: it may "
		     "expect another my_identifier of us; check");
}

struct lost_third {
	struct pair *p;
	unsigned int lost;
};

static bool lose_third(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct lost_third *l = arg;

	if (pkt->p[18] != XCHG_AGGRESSIVE || l->lost ||
	    !(pkt->p[19] & IKE_FLAG_ENC))
		return true;
	l->lost++;
	return false;
}

/* The quick mode behind it tells the responder that something is missing. */
static void last_message_lost(void **state)
{
	struct lost_third l = { .lost = 0 };
	struct pair p;

	pair_init(&p);
	p.ca.mode = p.cb.mode = IKE_MODE_AGGRESSIVE;
	p.w->link.delay_min = p.w->link.delay_max = 20;
	p.w->filter = lose_third;
	p.w->filter_arg = &l;
	l.p = &p;
	pair_start(&p);
	kern_ping(p.a, 0);
	world_run(p.w, 3000);
	assert_int_equal(l.lost, 1);
	assert_int_equal(p.b->ph1_up, 1);
	assert_true(pair_works(&p));
	pair_free(&p);
}

/* The quick mode is repeated; what was kept before it stays all the same. */
struct kept {
	struct pair *p;
	unsigned int third, quick;
};

static bool late_third(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct kept *k = arg;

	if (!xaddr_equal(&pkt->local.addr, &k->p->a->addr))
		return pkt->p[18] != XCHG_AGGRESSIVE || !k->third;
	if (pkt->p[18] == XCHG_AGGRESSIVE && pkt->p[19] & IKE_FLAG_ENC)
		return k->third++ >= 4;
	k->quick += pkt->p[18] == XCHG_QUICK;
	return true;
}

static void repeated_while_waiting(void **state)
{
	struct kept k = { .third = 0 };
	struct pair p;

	pair_init(&p);
	p.ca.mode = p.cb.mode = IKE_MODE_AGGRESSIVE;
	p.ca.interval = p.cb.interval = 3;
	p.w->link.delay_min = p.w->link.delay_max = 20;
	pair_start(&p);
	assert_true(pair_up(&p));
	/* a starts anew and says so, but b learns late that it is a */
	host_stop(p.a, true);
	p.w->filter = late_third;
	p.w->filter_arg = &k;
	k.p = &p;
	host_start(p.a);
	for (size_t i = 0; i < 2; i++)
		host_policy(p.a, &p.a->kern.pol[i]);
	kern_ping(p.a, 0);
	world_run(p.w, 20000);
	assert_true(k.third > 4 && k.quick > 4);
	assert_true(pair_works(&p));
	/* of what b had with the a of old nothing is left */
	assert_int_equal(kern_count(&p.b->kern, true), 2);
	pair_free(&p);
}

struct overtaken {
	struct pair *p;
	unsigned int encrypted;
	uint8_t bytes[2048];
	struct ike_packet late;
};

struct late_item {
	struct item it;
	struct overtaken *o;
};

static void b_wants_a_tunnel(struct world *w, struct item *it)
{
	kern_ping(((struct late_item *)it)->o->p->b, 0);
}

static void arrives_late(struct world *w, struct item *it)
{
	link_inject(w, &((struct late_item *)it)->o->late);
}

/* The last message of b's main mode arrives after its first quick mode. */
static bool overtake(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct overtaken *o = arg;
	struct late_item *i;

	if (pkt->p[18] != XCHG_MAIN || !(pkt->p[19] & IKE_FLAG_ENC) ||
	    !xaddr_equal(&pkt->local.addr, &o->p->b->addr) || o->late.len)
		return true;
	assert_true(pkt->len <= sizeof(o->bytes));
	memcpy(o->bytes, pkt->p, pkt->len);
	o->late = *pkt;
	o->late.p = o->bytes;
	i = (struct late_item *)world_at(w, 100, sizeof(*i), b_wants_a_tunnel,
					 NULL);
	i->o = o;
	i = (struct late_item *)world_at(w, 1000, sizeof(*i), arrives_late,
					 NULL);
	i->o = o;
	return false;
}

static void quick_mode_overtakes(void **state)
{
	struct overtaken o = { .p = NULL };
	struct pair p;

	pair_init(&p);
	p.w->filter = overtake;
	p.w->filter_arg = &o;
	o.p = &p;
	pair_start(&p);
	host_admin(p.a, ADM_ESTABLISH_ISAKMP, &p.b->addr);
	world_run(p.w, 2500);
	assert_int_equal(p.a->ph1_up, 1);
	assert_true(pair_works(&p));
	assert_int_equal(p.a->ph2_up, 1);
	pair_free(&p);
}

struct refusal {
	struct pair *p;
	struct host *who;
	unsigned int quick;
};

/* With a's third message somebody's kernel takes no SA more. */
static bool refuse_late(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct refusal *r = arg;

	if (pkt->p[18] == XCHG_QUICK &&
	    xaddr_equal(&pkt->local.addr, &r->p->a->addr) && ++r->quick == 2)
		r->who->kern.refuse = -ENOSYS;
	return true;
}

/* The other side takes the tunnel for up, and has to hear of it. */
static void kernel_refuses_late(void **state)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct refusal r = { .quick = 0 };
		struct pair p;

		pair_init(&p);
		p.w->filter = refuse_late;
		p.w->filter_arg = &r;
		pair_start(&p);
		r.p = &p;
		r.who = i ? p.b : p.a;
		kern_ping(p.a, 0);
		world_run(p.w, 3000);
		assert_true(r.quick >= 2);
		assert_int_equal(kern_count(&p.a->kern, true), 0);
		assert_int_equal(kern_count(&p.b->kern, true), 0);
		assert_true(pair_up(&p));
		pair_free(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reflected_probes),
		cmocka_unit_test(reflected_quick_mode),
		cmocka_unit_test(message_ids),
		cmocka_unit_test(probes_are_numbered),
		cmocka_unit_test(old_numbers_are_answered),
		cmocka_unit_test(contact_after_silence),
		cmocka_unit_test(errors_of_something_else),
		cmocka_unit_test(peer_lost_an_sa),
		cmocka_unit_test(refused_without_id),
		cmocka_unit_test(last_message_lost),
		cmocka_unit_test(repeated_while_waiting),
		cmocka_unit_test(quick_mode_overtakes),
		cmocka_unit_test(kernel_refuses_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
