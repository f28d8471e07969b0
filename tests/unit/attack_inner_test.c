/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attacks of those who have the key, or come while something else happens:
 * payloads missing, repeated and of the wrong length behind the encryption,
 * and deletes at every point of a negotiation or a renewal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ike/core/dn.h"
#include "ike/core/salife.h"
#include "tests/sim/proxy.h"
#include "tests/sim/story.h"
#include "tests/unit/attack_tools.h"

/* ---- payloads of encrypted messages ---- */

/* Which payload of which message, and what happens to it. */
struct target {
	uint8_t xchg;
	unsigned int message, payload;
	enum change change;
	bool done;
};

static struct proxy px;

static void change_one(struct proxy *x, struct proxy_msg *m)
{
	static uint8_t grown[4096];
	struct target *t = x->arg;
	struct cur *body;

	if (t->done || !m->encrypted || m->hdr.xchg != t->xchg ||
	    m->index != t->message || t->payload >= m->n)
		return;
	/* the first is the HASH of what follows, which the proxy makes */
	if (m->hdr.msgid && !t->payload && t->change != REPEAT)
		return;
	t->done = true;
	body = &m->p[t->payload].body;
	switch (t->change) {
	case DROP:
		proxy_remove(m, t->payload);
		break;
	case REPEAT:
		proxy_insert(m, t->payload + 1, m->p[t->payload].type,
			     body->p, body->left);
		break;
	case SHORTER:
		if (body->left)
			body->left--;
		break;
	case LONGER:
		assert_true(body->left < sizeof(grown));
		memcpy(grown, body->p, body->left);
		grown[body->left] = 0;
		*body = cur_init(grown, body->left + 1);
		break;
	case PATCH:
		break;
	}
}

/*
 * Whatever the peer sends, nothing breaks; and when it sends what it should
 * the tunnel comes up, without anybody being started anew.
 */
static bool changed(struct target *t)
{
	struct pair p;
	bool works = false;

	pair_init(&p);
	p.ca.natt = p.cb.natt = IKE_FORCE;
	p.ca.pfs = p.cb.pfs = GROUP_X25519;
	p.ca.interval = p.cb.interval = 2;
	p.ca.dpd_delay = p.cb.dpd_delay = 10;
	p.mode = KMODE_TRANSPORT;
	p.w->link.delay_min = p.w->link.delay_max = 10;
	pair_start(&p);
	proxy_start(&px, &p, change_one, t);
	kern_ping(p.a, 0);
	for (unsigned int i = 0; i < 40 && !t->done; i++)
		world_run(p.w, 500);
	p.w->filter = NULL;
	for (unsigned int i = 0; i < 400 && !works; i++) {
		works = pair_works(&p);
		world_run(p.w, 1000);
	}
	assert_string_equal(p.w->failure, "");
	pair_free(&p);
	return works;
}

static void every_payload(uint8_t xchg, unsigned int first, unsigned int last,
			  unsigned int least)
{
	static const enum change changes[] = { DROP, REPEAT, SHORTER, LONGER };
	unsigned int tried = 0;

	for (unsigned int k = first; k <= last; k++)
		for (unsigned int i = 0; i < 9; i++)
			for (size_t c = 0; c < 4; c++) {
				struct target t = { .xchg = xchg, .message = k,
						    .payload = i,
						    .change = changes[c] };

				if (!changed(&t))
					fail_msg("payload %u of message %u, "
						 "change %u", i, k,
						 changes[c]);
				tried += t.done;
			}
	assert_true(tried >= least);
}

static void encrypted_payloads_main(void **state)
{
	every_payload(XCHG_MAIN, 4, 5, 20);
}

static void encrypted_payloads_quick(void **state)
{
	every_payload(XCHG_QUICK, 0, 2, 55);
}

static void encrypted_payloads_info(void **state)
{
	every_payload(XCHG_INFO, 0, 0, 5);
}

/* ---- deletes at every point ---- */

/* After so many packets somebody ends it all. */
struct ender {
	struct pair *p;
	unsigned int seen, at;
	enum adm_kind kind;
	bool from_b;
};

struct end_item {
	struct item it;
	struct ender *e;
};

static void end_now(struct world *w, struct item *it)
{
	struct ender *e = ((struct end_item *)it)->e;

	host_admin(e->from_b ? e->p->b : e->p->a, e->kind,
		   e->kind == ADM_DELETE_PEER
		   ? &(e->from_b ? e->p->a : e->p->b)->addr : NULL);
}

static bool end_at(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct ender *e = arg;
	struct end_item *i;

	if (e->seen++ == e->at) {
		i = (struct end_item *)world_at(w, 0, sizeof(*i), end_now,
						NULL);
		i->e = e;
	}
	return true;
}

/* Through a handshake and the renewal of both phases. */
static void ended(uint8_t mode, enum adm_kind kind, bool from_b)
{
	unsigned int packets = 1;

	for (unsigned int at = 0; at < packets; at++) {
		struct ender e = { .at = at, .kind = kind, .from_b = from_b };
		unsigned int lost = 0;
		struct pair p;

		pair_init(&p);
		p.ca.mode = p.cb.mode = mode;
		p.ca.life1 = p.cb.life1 = 120;
		p.ca.life2 = p.cb.life2 = 60;
		p.w->link.delay_min = p.w->link.delay_max = 10;
		pair_start(&p);
		e.p = &p;
		p.w->filter = end_at;
		p.w->filter_arg = &e;
		lost = pair_lost(&p, 130);
		if (e.seen > packets)
			packets = e.seen;
		/* the end, and the time in which both notice */
		if (lost > 120)
			fail_msg("packet %u: %u of 260 lost", at, lost);
		p.w->filter = NULL;
		for (unsigned int i = 0; i < 20 && !pair_works(&p); i++)
			world_run(p.w, 1000);
		assert_true(pair_works(&p));
		assert_int_equal(kern_unmatched(p.a) + kern_unmatched(p.b), 0);
		assert_string_equal(p.w->failure, "");
		pair_free(&p);
	}
	assert_true(packets > 20);
}

static void delete_at_every_point(void **state)
{
	ended(IKE_MODE_MAIN, ADM_FLUSH_ISAKMP, false);
	ended(IKE_MODE_MAIN, ADM_FLUSH_ISAKMP, true);
	ended(IKE_MODE_AGGRESSIVE, ADM_FLUSH_ISAKMP, true);
}

static void delete_peer_at_every_point(void **state)
{
	ended(IKE_MODE_MAIN, ADM_DELETE_PEER, false);
	ended(IKE_MODE_MAIN, ADM_DELETE_PEER, true);
}

/* ---- keys, and no proof ---- */

struct mute {
	bool on;
	unsigned int dropped;
};

/* The initiator's proof of who it is never arrives. */
static bool no_proof(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct mute *m = arg;
	struct ike_hdr h;
	struct cur body;

	if (!m->on || ike_hdr_parse(cur_init(pkt->p, pkt->len), &h, &body) < 0 ||
	    h.xchg != XCHG_MAIN || !(h.flags & IKE_FLAG_ENC))
		return true;
	m->dropped++;
	return false;
}

/* All that is obeyed when it comes from somebody who has proved himself. */
static void fill_orders(struct v1_out *o, void *arg)
{
	static const uint16_t types[] = { N_INITIAL_CONTACT, N_CONNECTED,
					  N_R_U_THERE, N_NO_PROPOSAL_CHOSEN };
	static const uint8_t seq[4] = "1234";	/* as probes have it */
	const struct ike_sa *sa = arg;
	uint8_t c[16];
	struct wbuf w;
	struct ike_delete d = { .doi = IKE_DOI_IPSEC,
				.proto = IKE_PROTO_ISAKMP, .spi_size = 16,
				.nspi = 1 };

	wbuf_fixed(&w, c, sizeof(c));
	wbuf_u64(&w, sa->spi_i);
	wbuf_u64(&w, sa->spi_r);
	d.spis = wbuf_cur(&w);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct ike_notify n = { .doi = IKE_DOI_IPSEC,
					.proto = IKE_PROTO_ISAKMP,
					.type = types[i], .spi = d.spis,
					.data = cur_init(seq, 4) };

		ike_build_notify(&o->b, &n);
	}
	ike_build_delete(&o->b, &d);
}

/* Keys of phase 1 come before the proof: they alone are good for nothing. */
static void orders_before_proof(void **state)
{
	struct mute m = { .on = true };
	struct pair p;

	pair_init(&p);
	p.ca.natt = p.cb.natt = IKE_FORCE;
	p.ca.interval = 5;
	pair_start(&p);
	p.w->filter = no_proof;
	p.w->filter_arg = &m;
	kern_ping(p.a, 0);
	world_run(p.w, 2000);
	assert_true(m.dropped > 0);
	assert_true(v1_sa(only_sa(p.b))->have_keys);
	p.b->bytes_out = 0;
	/* b's IV is that of the message it waits for, which is no secret */
	send_protected(&p, p.b, p.b, fill_orders, only_sa(p.b));
	send_quick(&p, p.b, p.b, fill_orders, only_sa(p.b));
	send_protected(&p, p.a, p.a, fill_orders, only_sa(p.b));
	send_quick(&p, p.a, p.a, fill_orders, only_sa(p.b));
	world_run(p.w, 2000);
	assert_int_equal(p.a->ph1_up + p.b->ph1_up, 0);
	assert_int_equal(p.a->ph1_down + p.b->ph1_down, 0);
	assert_int_equal(kern_count(&p.b->kern, true), 0);
	assert_int_equal(p.b->hooks, 0);
	assert_int_equal(p.b->bytes_out, 0);
	/* what was held goes its way, and the tunnel comes up */
	m.on = false;
	world_run(p.w, 10000);
	assert_true(pair_works(&p));
	assert_int_equal(p.a->ph1_down + p.b->ph1_down, 0);
	pair_free(&p);
}

static void fill_refusal(struct v1_out *o, void *arg)
{
	struct ike_notify n = { .doi = IKE_DOI_IPSEC,
				.proto = IKE_PROTO_ISAKMP,
				.type = *(const uint16_t *)arg };

	ike_build_notify(&o->b, &n);
}

/* Who says then that something is wrong gives a hint why nothing comes. */
static void refusal_before_proof(void **state)
{
	uint16_t type = N_INVALID_ID_INFORMATION;
	struct mute m = { .on = true };
	struct pair p;

	pair_init(&p);
	p.ca.interval = 2;
	pair_start(&p);
	p.w->filter = no_proof;
	p.w->filter_arg = &m;
	kern_ping(p.a, 0);
	world_run(p.w, 1000);
	send_protected(&p, p.a, p.a, fill_refusal, &type);
	world_run(p.w, 2000);
	assert_int_equal(p.a->ph1_down, 0);
	world_run(p.w, 60000);
	assert_int_equal(p.a->ph1_up, 0);
	assert_non_null(strstr(pair_reason(p.a), "the peer says "
			       "INVALID-ID-INFORMATION to our identity"));
	pair_free(&p);
}

static bool no_last_message(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct ike_hdr h;
	struct cur body;

	return ike_hdr_parse(cur_init(pkt->p, pkt->len), &h, &body) < 0 ||
	       h.xchg != XCHG_AGGRESSIVE || !(h.flags & IKE_FLAG_ENC);
}

/* A proof that is none, of which there are many. */
static void false_proof(struct pair *p, uint32_t i)
{
	const struct ike_sa *sa = only_sa(p->b);
	struct ike_hdr h = { .spi_i = sa->spi_i, .spi_r = sa->spi_r,
			     .major = 1, .xchg = XCHG_AGGRESSIVE };
	struct ike_build b;
	struct wbuf w;
	size_t at;

	wbuf_init(&w, 1000);
	ike_build_start(&b, &w, &h);
	at = ike_build_hole(&b, PLD_HASH, 32);
	wbuf_set_u32(&w, at, i);
	assert_int_equal(ike_build_finish(&b), 0);
	inject(p, PAIR_A, p->b, &w);
	wbuf_free(&w);
}

/* What they give rise to is not logged without end; what they say not at all. */
static void lines_without_proof(void **state)
{
	static const struct ike_id other = {
		.type = IKE_ID_FQDN, .len = 5, .data = (const uint8_t *)"other",
	};
	struct ike_sainfo *si;
	struct ike_remote *rc;
	struct ike_conf *conf;
	unsigned int lines = 0;
	struct pair p;

	pair_init(&p);
	p.ca.mode = p.cb.mode = IKE_MODE_AGGRESSIVE;
	conf = sim_conf_begin(&p.cb, &rc, &si);
	rc->peer_id = &other;
	rc->npeer_id = 1;
	pair_start_with(&p, sim_conf_make(&p.ca), sim_conf_end(conf));
	p.w->filter = no_last_message;
	kern_ping(p.a, 0);
	world_run(p.w, 2000);
	ike_set_log(p.a->ike, LOG_LV_ERROR);
	ike_set_log(p.b->ike, LOG_LV_WARNING);
	for (uint32_t i = 0; i < 350; i++)
		false_proof(&p, i);
	world_run(p.w, 500);
	for (size_t i = 0; i < WORLD_LOG_LINES; i++)
		lines += p.w->log[i] && strstr(p.w->log[i], "HASH mismatched");
	assert_null(pair_logged(&p, "No ID match"));
	assert_true(lines > 10);
	assert_true(lines <= 120);
	assert_int_equal(p.b->ph1_up, 0);
	pair_free(&p);
}

/*
 * Whoever reads along cannot decrypt a message, but change it: he sends his own
 * form of it first, and the true one gets lost, once.
 */
struct tamper {
	const struct host *to;	/* of the first encrypted message to it */
	const char *from;
	size_t at;		/* the byte that changes, if it is not 0 */
	bool done;
};

static bool tampered(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct tamper *t = arg;
	struct ike_packet own = *pkt;
	uint8_t copy[2048];
	struct ike_hdr h;
	struct cur body;

	if (t->done || !xaddr_equal(&pkt->remote.addr, &t->to->addr) ||
	    ike_hdr_parse(cur_init(pkt->p, pkt->len), &h, &body) < 0 ||
	    !(h.flags & IKE_FLAG_ENC))
		return true;
	t->done = true;
	assert_true(pkt->len <= sizeof(copy) && t->at < pkt->len);
	memcpy(copy, pkt->p, pkt->len);
	if (t->at)
		copy[t->at] ^= 1;
	own.p = copy;
	assert_int_equal(xaddr_parse(t->from, &own.local.addr), 0);
	link_inject(w, &own);
	return false;
}

static void comes_up_in_spite(struct pair *p, struct tamper *t)
{
	p->w->filter = tampered;
	p->w->filter_arg = t;
	kern_ping(p->a, 0);
	world_run(p->w, 5000);
	assert_true(t->done);
	assert_true(pair_works(p));
	assert_int_equal(p->a->ph1_up, 1);
	assert_int_equal(p->b->ph1_up, 1);
	assert_int_equal(p->a->ph1_down + p->b->ph1_down, 0);
	assert_string_equal(p->w->failure, "");
}

/* Who the peer is counts when it has proved it, and not before. */
static void identifier_on_the_way(const struct ike_id *id)
{
	struct tamper t = { .from = PAIR_A, .at = IKE_HDR_LEN + 16 };
	struct ike_conf *a, *b;
	struct ike_remote *ra, *rb;
	struct ike_sainfo *si;
	struct pair p;

	pair_init(&p);
	p.ca.interval = 2;
	a = sim_conf_begin(&p.ca, &ra, &si);
	b = sim_conf_begin(&p.cb, &rb, &si);
	ra->my_id = *id;
	rb->peer_id = id;
	rb->npeer_id = 1;
	rb->verify_identifier = true;
	pair_start_with(&p, sim_conf_end(a), sim_conf_end(b));
	t.to = p.b;
	comes_up_in_spite(&p, &t);
	pair_free(&p);
}

static void identifiers_on_the_way(void **state)
{
	static const char text[] = "a key id of some length, at least "
				   "that of three blocks";
	struct ike_id id = { .type = IKE_ID_KEY_ID, .len = sizeof(text),
			     .data = (const uint8_t *)text };
	struct wbuf w;
	size_t where;

	identifier_on_the_way(&id);
	wbuf_init(&w, IKE_DN_MAX);
	assert_int_equal(ike_dn_parse("C=DE, O=Tests of all kinds, CN=gateway",
				      &w, &where), 0);
	id = (struct ike_id){ .type = IKE_ID_DN, .len = w.len, .data = w.p };
	identifier_on_the_way(&id);
	wbuf_free(&w);
}

/* Nor does a proof, false or true, tell that a responder is elsewhere. */
static void proof_from_elsewhere(void **state)
{
	static const size_t at[] = { 0, IKE_HDR_LEN + 16 };

	for (size_t i = 0; i < 2; i++) {
		struct tamper t = { .from = "192.0.2.66", .at = at[i] };
		struct pair p;

		pair_init(&p);
		p.ca.natt = p.cb.natt = IKE_FORCE;
		p.ca.interval = 2;
		pair_start(&p);
		t.to = p.a;
		comes_up_in_spite(&p, &t);
		pair_free(&p);
	}
}

/*
 * A block of any encrypted message.  What stands behind the proof of phase 1
 * is not proved by it, and its last block makes the IVs of all that follows:
 * who changes that one alone, and is first, is believed.
 */
struct changer {
	unsigned int n, which;	/* messages that went by, and the one */
	size_t at, len;
	const char *from;
	bool both;		/* the true one gets through, too */
};

static bool change_block(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct changer *c = arg;
	struct ike_packet own = *pkt;
	uint8_t copy[2048];
	struct ike_hdr h;
	struct cur body;

	if (ike_hdr_parse(cur_init(pkt->p, pkt->len), &h, &body) < 0 ||
	    !(h.flags & IKE_FLAG_ENC) || c->n++ != c->which)
		return true;
	c->len = pkt->len - (h.msgid ? 0 : IKE_BLOCK_MAX);
	if (c->at >= c->len)
		return true;
	assert_true(pkt->len <= sizeof(copy));
	memcpy(copy, pkt->p, pkt->len);
	copy[c->at] ^= 0x41;
	own.p = copy;
	if (c->from)
		assert_int_equal(xaddr_parse(c->from, &own.local.addr), 0);
	link_inject(w, &own);
	return c->both;
}

static void change_of(uint8_t mode, bool natt, struct changer *c)
{
	struct pair p;

	pair_init(&p);
	p.ca.mode = p.cb.mode = mode;
	p.ca.natt = p.cb.natt = natt ? IKE_FORCE : IKE_OFF;
	p.ca.interval = p.cb.interval = 2;
	p.w->link.delay_min = p.w->link.delay_max = 20;
	pair_start(&p);
	p.w->filter = change_block;
	p.w->filter_arg = c;
	kern_ping(p.a, 0);
	world_run(p.w, 8000);
	if (!pair_works(&p) || p.a->ph1_down + p.b->ph1_down ||
	    p.a->ph2_down + p.b->ph2_down)
		fail_msg("mode %u, message %u, byte %zu of %zu", mode,
			 c->which, c->at, c->len);
	assert_string_equal(p.w->failure, "");
	pair_free(&p);
}

static void changed_on_the_way(void **state)
{
	for (unsigned int i = 0; i < 16; i++) {
		struct changer c = { .both = i & 1,
				     .from = i & 2 ? "192.0.2.66" : NULL };

		for (c.which = 0; c.which < 6; c.which++) {
			c.at = IKE_HDR_LEN;
			do {
				c.n = 0;
				c.len = 0;
				change_of(i & 4 ? IKE_MODE_AGGRESSIVE :
						  IKE_MODE_MAIN, i & 8, &c);
				c.at += IKE_BLOCK_MAX;
			} while (c.at < c.len);
		}
	}
}

/* ---- one peer speaks for another ---- */

#define PAIR_C "192.0.2.3"
#define PAIR_C_NET "10.3.0.0/24"

static void fill_deletes_of_a(struct v1_out *o, void *arg)
{
	struct pair *p = arg;
	struct ike_sa *sa = only_sa(p->a);
	uint8_t b[8];
	struct wbuf w;
	struct ike_delete d = { .doi = IKE_DOI_IPSEC, .proto = IKE_PROTO_ESP,
				.spi_size = 4, .nspi = 2 };

	wbuf_fixed(&w, b, sizeof(b));
	wbuf_u32(&w, sa->child->p[0].spi_in);
	wbuf_u32(&w, sa->child->p[0].spi_out);
	d.spis = wbuf_cur(&w);
	ike_build_delete(&o->b, &d);
	fill_orders(o, sa);
}

/* Who has proved himself may end what is his, and nothing else. */
static void deletes_of_another_peer(void **state)
{
	struct sim_conf sc = sim_conf_default(PAIR_B);
	struct host *c;
	struct pair p;

	pair_init(&p);
	p.cb.peer = NULL;
	pair_start(&p);
	c = world_host(p.w, "c", PAIR_C, sim_conf_make(&sc));
	story_policies(c, PAIR_C, PAIR_B, KMODE_TUNNEL, PAIR_C_NET,
		       PAIR_B_NET, 0);
	story_policies(p.b, PAIR_B, PAIR_C, KMODE_TUNNEL, PAIR_B_NET,
		       PAIR_C_NET, 0);
	host_start(c);
	assert_true(pair_up(&p));
	kern_ping(c, 0);
	world_run(p.w, 5000);
	assert_int_equal(c->ph2_up, 1);
	assert_int_equal(p.b->ph2_up, 2);
	send_protected(&p, c, p.b, fill_deletes_of_a, &p);
	world_run(p.w, 2000);
	assert_int_equal(p.a->ph1_down + p.a->ph2_down, 0);
	assert_int_equal(p.b->ph1_down + p.b->ph2_down, 0);
	assert_true(pair_works(&p));
	pair_free(&p);
}

/* ---- phase 1's first payloads ---- */

/* Identifications of any length: the buffer of another daemon had an end. */
static void identification_sizes(void **state)
{
	static const size_t sizes[] = { 0, 1, 3, 4, 5, 15, 16, 17, 255, 256,
					257, 1023, 1024, 1025, 4095, 8192,
					60000 };
	static uint8_t id[65536];

	for (uint8_t type = 0; type <= 13; type++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct tape *t = make_tape(IKE_MODE_AGGRESSIVE);
			struct arena *a = arena_new(0);
			struct ike_msg m;
			struct ike_build b;
			struct ike_hdr h;
			struct cur body;
			struct wbuf w;
			struct pair p;

			assert_int_equal(ike_hdr_parse(cur_init(t->p[0],
				t->len[0]), &h, &body), 0);
			assert_non_null(a);
			assert_int_equal(ike_msg_walk(&m, &h, body, false, a),
					 0);
			wbuf_init(&w, 65535);
			ike_build_start(&b, &w, &h);
			memset(id, 'x', sizeof(id));
			memcpy(id, (uint8_t[]){ type, 0, 0, 0 }, 4);
			for (size_t k = 0; k < m.n; k++)
				ike_build_raw(&b, m.p[k].type,
					      m.p[k].type == PLD_ID
					      ? cur_init(id, 4 + sizes[i])
					      : m.p[k].body);
			assert_int_equal(ike_build_finish(&b), 0);
			arena_free(a);
			pair_init(&p);
			p.cb.mode = IKE_MODE_AGGRESSIVE;
			p.cb.peer = NULL;
			pair_start(&p);
			inject(&p, MALLORY, p.b, &w);
			world_run(p.w, 70000);
			assert_int_equal(p.b->ph1_up, 0);
			assert_true(p.b->bytes_out <= w.len + 200);
			story_check_empty(p.b);
			assert_string_equal(p.w->failure, "");
			pair_free(&p);
			wbuf_free(&w);
			free(t);
		}
}

/* ---- phase 1 deleted alone ---- */

static void fill_delete_sa(struct v1_out *o, void *arg)
{
	const struct ike_sa *sa = arg;
	struct ike_delete d = { .doi = IKE_DOI_IPSEC,
				.proto = IKE_PROTO_ISAKMP, .spi_size = 16,
				.nspi = 1 };
	uint8_t b[16];
	struct wbuf w;

	wbuf_fixed(&w, b, sizeof(b));
	wbuf_u64(&w, sa->spi_i);
	wbuf_u64(&w, sa->spi_r);
	d.spis = wbuf_cur(&w);
	ike_build_delete(&o->b, &d);
}

/*
 * The peer deletes its phase 1 and goes on with what was negotiated under it,
 * as libreswan and others do: what it sends must not fall into a hole.
 */
static void phase1_deleted_alone(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	assert_true(pair_up(&p));
	world_run(p.w, 1000 * SALIFE_SHORT);
	send_protected(&p, p.b, p.a, fill_delete_sa, only_sa(p.b));
	assert_int_equal(pair_lost(&p, 60), 0);
	assert_int_equal(p.a->ph1_down, 1);
	assert_int_equal(p.a->ph1_up, 2);
	assert_int_equal(p.a->ph2_up, 2);
	assert_int_equal(kern_count(&p.a->kern, true), 2);
	assert_int_equal(kern_count(&p.b->kern, true), 2);
	pair_free(&p);
}

/* One that does so all the time cannot keep us busy. */
static void phase1_deleted_at_once(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	assert_true(pair_up(&p));
	send_protected(&p, p.b, p.a, fill_delete_sa, only_sa(p.b));
	world_run(p.w, 5000);
	assert_int_equal(p.a->ph1_down, 1);
	assert_int_equal(p.a->ph1_up, 1);
	assert_int_equal(kern_count(&p.a->kern, true), 0);
	pair_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(phase1_deleted_alone),
		cmocka_unit_test(phase1_deleted_at_once),
		cmocka_unit_test(encrypted_payloads_main),
		cmocka_unit_test(encrypted_payloads_quick),
		cmocka_unit_test(encrypted_payloads_info),
		cmocka_unit_test(delete_at_every_point),
		cmocka_unit_test(delete_peer_at_every_point),
		cmocka_unit_test(orders_before_proof),
		cmocka_unit_test(refusal_before_proof),
		cmocka_unit_test(lines_without_proof),
		cmocka_unit_test(identifiers_on_the_way),
		cmocka_unit_test(proof_from_elsewhere),
		cmocka_unit_test(changed_on_the_way),
		cmocka_unit_test(deletes_of_another_peer),
		cmocka_unit_test(identification_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
