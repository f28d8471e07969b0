/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What strangers may try who have proved nothing: floods, replays, packets
 * cut anywhere.  They cost bounded memory and get no more than they sent,
 * or, where the protocol cannot do without, little more.
 */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/attack_tools.h"

/* The i-th of many addresses. */
static struct xaddr nobody(unsigned int i)
{
	struct xaddr a = xaddr_any(AF_INET);

	memcpy(a.b, (uint8_t[]){ 100, (uint8_t)(i >> 16), (uint8_t)(i >> 8),
				 (uint8_t)i }, 4);
	return a;
}

/* A flood of first messages: from one address, or from many. */
static void flood(uint8_t mode, bool spoofed, unsigned int n)
{
	struct tape *t = make_tape(mode);
	struct ike_stats st;
	struct pair p;

	pair_init(&p);
	p.cb.peer = NULL;
	p.ca.mode = p.cb.mode = mode;
	pair_start(&p);
	p.b->bytes_in = p.b->bytes_out = 0;
	for (unsigned int i = 0; i < n; i++) {
		struct ike_packet pkt = { .p = t->p[0], .len = t->len[0] };

		memcpy(t->p[0], &i, sizeof(i));	/* another cookie */
		t->p[0][7] = 1;
		assert_int_equal(xaddr_parse(MALLORY, &pkt.local.addr), 0);
		if (spoofed)
			pkt.local.addr = nobody(i);
		pkt.local.port = 500 + i % 5;
		pkt.remote.addr = p.b->addr;
		pkt.remote.port = 500;
		link_inject(p.w, &pkt);
	}
	world_run(p.w, 2000);
	ike_stats(p.b->ike, &st);
	assert_true(st.nhalf_open > 0);
	assert_true(st.nhalf_open <= (spoofed ? IKE_HALF_OPEN_MAX
					      : GUARD_HALF_MAX));
	assert_int_equal(st.nsa, st.nhalf_open);
	assert_int_equal(p.b->hooks, 0);
	assert_int_equal(p.b->ph1_up + p.b->ph1_down, 0);
	if (mode == IKE_MODE_MAIN)	/* no amplification */
		assert_true(p.b->bytes_out <= p.b->bytes_in);
	else	/* a little, as it cannot be helped */
		assert_true(p.b->bytes_out <= p.b->bytes_in +
			    (spoofed ? GUARD_EXCESS_ALL_BURST
				     : GUARD_EXCESS_BURST) +
			    2 * GUARD_EXCESS_ALL_RATE);
	/* an honest peer still gets in, when it is another one */
	assert_true(pair_up(&p));
	world_run(p.w, 100000);
	ike_stats(p.b->ike, &st);
	assert_int_equal(st.nhalf_open, 0);
	pair_free(&p);
	free(t);
}

static void flood_from_one(void **state)
{
	flood(IKE_MODE_MAIN, false, 5000);
}

static void flood_from_many(void **state)
{
	flood(IKE_MODE_MAIN, true, 3000);
}

static void aggressive_flood_from_one(void **state)
{
	flood(IKE_MODE_AGGRESSIVE, false, 5000);
}

static void aggressive_flood_from_many(void **state)
{
	flood(IKE_MODE_AGGRESSIVE, true, 1000);
}

/* The first message again and again: a few answers, whoever asks. */
static void repeated_first_message(void **state)
{
	static const uint8_t modes[] = { IKE_MODE_MAIN, IKE_MODE_AGGRESSIVE };

	for (size_t m = 0; m < 2; m++) {
		struct tape *t = make_tape(modes[m]);
		struct wbuf w = { .p = t->p[0], .len = t->len[0] };
		struct pair p;

		pair_init(&p);
		p.cb.peer = NULL;
		p.cb.mode = modes[m];
		pair_start(&p);
		for (unsigned int i = 0; i < 1000; i++) {
			inject(&p, MALLORY, p.b, &w);
			world_run(p.w, 10);
		}
		assert_true(p.b->bytes_out > 0);
		assert_true(p.b->bytes_out <
			    (XCHG_DUP_MAX + 2) * (t->len[0] + 200));
		assert_true(p.b->bytes_out <= p.b->bytes_in);
		pair_free(&p);
		free(t);
	}
}

/* The first message of t, with an attribute that makes it so long. */
static void grow_first(const struct tape *t, struct wbuf *w, size_t len)
{
	static const uint8_t name[IKE_MAX_MSG];
	static struct ike_msg m;
	const struct ike_payload *bad;
	struct arena *a = arena_new(0);
	struct ike_proposal_set *sa;
	struct ike_build b;
	struct ike_hdr h;
	struct cur body;
	struct wbuf attrs;

	assert_non_null(a);
	assert_int_equal(ike_hdr_parse(cur_init(t->p[0], t->len[0]), &h,
				       &body), 0);
	assert_int_equal(ike_msg_walk(&m, &h, body, false, a), 0);
	assert_int_equal(ike_msg_decode(&m, 1, a, &bad), 0);
	sa = m.p[0].u.sa;
	wbuf_init(&attrs, IKE_MAX_MSG);
	wbuf_put(&attrs, sa->p[0].t[0].attrs.p, sa->p[0].t[0].attrs.left);
	/* the name of a Kerberos host may have any length */
	ike_attr_put_tlv(&attrs, P1A_GSS_ID,
			 cur_init(name, len - t->len[0] - 4));
	sa->p[0].t[0].attrs = wbuf_cur(&attrs);
	ike_build_start(&b, w, &h);
	ike_sa_v1_put(&b, 1, sa);
	for (size_t i = 1; i < m.n; i++)
		ike_build_raw(&b, m.p[i].type, m.p[i].body);
	assert_int_equal(ike_build_finish(&b), 0);
	assert_int_equal(w->len, len);
	wbuf_free(&attrs);
	arena_free(a);
}

/* That message from n addresses; the bytes of memory that are gone for it. */
static size_t long_flood(struct pair *p, struct wbuf *w, unsigned int n)
{
	struct mallinfo2 was = mallinfo2(), is;
	char from[XADDR_STRLEN];

	for (unsigned int i = 0; i < n; i++) {
		struct xaddr a = nobody(i);

		wbuf_set_u32(w, 0, i + 1);	/* another cookie */
		inject(p, xaddr_str(&a, from), p->b, w);
		world_run(p->w, 5);
	}
	world_run(p->w, 1000);
	is = mallinfo2();
	return is.uordblks + is.hblkhd - was.uordblks - was.hblkhd;
}

/* What is kept of long first messages has a bound, and is not the whole. */
static void long_first_messages(void **state)
{
	static const size_t lengths[] = { V1_FIRST_MAX + 1, V1_FIRST_MAX,
					  V1_FIRST_SHORT };

	for (unsigned int k = 0; k < 6; k++) {
		uint8_t mode = k % 2 ? IKE_MODE_MAIN : IKE_MODE_AGGRESSIVE;
		struct tape *t = make_tape(mode);
		size_t len = lengths[k / 2], kept, most;
		unsigned int n = IKE_HALF_OPEN_MAX / 8;
		struct ike_stats st;
		struct pair p;
		struct wbuf w;

		pair_init(&p);
		p.cb.peer = NULL;
		p.ca.mode = p.cb.mode = mode;
		pair_start(&p);
		wbuf_init(&w, len);
		grow_first(t, &w, len);
		kept = long_flood(&p, &w, n);
		ike_stats(p.b->ike, &st);
		most = len > V1_FIRST_MAX ? 0 : len > V1_FIRST_SHORT ?
		       IKE_HALF_OPEN_MAX / 10 : n;
		assert_int_equal(st.nhalf_open, most);
		/* the proposal, our answer with room, and what an SA needs */
		assert_true(kept < most * (3 * len + 2560) + (4 << 20));
		assert_true(pair_up(&p));
		pair_free(&p);
		wbuf_free(&w);
		free(t);
	}
}

/* Lengths of phase 1's messages in clear, in their order. */
struct lengths {
	size_t v[8];
	unsigned int n;
};

static bool measure(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct lengths *l = arg;
	struct ike_hdr h;
	struct cur body;

	if (ike_hdr_parse(cur_init(pkt->p, pkt->len), &h, &body) == 0 &&
	    h.xchg == XCHG_MAIN && !(h.flags & IKE_FLAG_ENC) && l->n < 8)
		l->v[l->n++] = pkt->len;
	return true;
}

static void main_mode_answers_are_no_longer(void **state)
{
	for (unsigned int natt = IKE_OFF; natt <= IKE_FORCE; natt++) {
		struct lengths l = { .n = 0 };
		struct pair p;

		pair_init(&p);
		p.ca.natt = p.cb.natt = (enum ike_tri)natt;
		p.ca.dpd_delay = p.cb.dpd_delay = 30;
		pair_start(&p);
		p.w->filter = measure;
		p.w->filter_arg = &l;
		assert_true(pair_up(&p));
		assert_int_equal(l.n, 4);
		assert_true(l.v[1] <= l.v[0]);
		assert_true(l.v[3] <= l.v[2]);
		pair_free(&p);
	}
	/* an initiator that says little gets little: no vendor IDs */
	struct lengths l = { .n = 0 };
	struct pair p;

	pair_init(&p);
	p.ca.no_dpd = true;
	p.cb.natt = IKE_ON;
	p.cb.dpd_delay = 30;
	pair_start(&p);
	p.w->filter = measure;
	p.w->filter_arg = &l;
	assert_true(pair_up(&p));
	assert_true(l.v[1] <= l.v[0]);
	pair_free(&p);
}

/* A responder repeats nothing to those who have proved nothing. */
static void no_retransmission_to_strangers(void **state)
{
	struct tape *t = make_tape(IKE_MODE_MAIN);
	struct ike_packet pkt = { .p = t->p[0], .len = t->len[0] };
	struct pair p;

	pair_init(&p);
	p.cb.peer = NULL;
	pair_start(&p);
	assert_int_equal(xaddr_parse(MALLORY, &pkt.local.addr), 0);
	pkt.local.port = pkt.remote.port = 500;
	pkt.remote.addr = p.b->addr;
	link_inject(p.w, &pkt);
	world_run(p.w, 100000);
	assert_int_equal(p.b->bytes_in, t->len[0]);
	assert_true(p.b->bytes_out > 0);
	assert_true(p.b->bytes_out <= p.b->bytes_in);
	pair_free(&p);
	free(t);
}

/* A whole conversation, once more: to its responder, and reflected. */
static void replay(uint8_t mode, bool reflect)
{
	struct tape *t = make_tape(mode);
	struct pair p;

	pair_init(&p);
	p.w->rng = 77;		/* another world than the one recorded */
	p.ca.mode = p.cb.mode = mode;
	pair_start(&p);
	for (unsigned int round = 0; round < 2; round++)
		for (unsigned int i = 0; i < t->n; i++) {
			struct wbuf w = { .p = t->p[i], .len = t->len[i] };
			bool to_b = t->to_b[i] != reflect;

			inject(&p, to_b ? PAIR_A : PAIR_B,
			       to_b ? p.b : p.a, &w);
			world_run(p.w, 50);
		}
	world_run(p.w, 5000);
	assert_int_equal(p.a->ph1_up + p.b->ph1_up, 0);
	assert_int_equal(p.a->ph2_up + p.b->ph2_up, 0);
	assert_int_equal(kern_count(&p.a->kern, true), 0);
	assert_int_equal(kern_count(&p.b->kern, true), 0);
	assert_true(pair_up(&p));
	pair_free(&p);
	free(t);
}

static void replayed_main(void **state)
{
	replay(IKE_MODE_MAIN, false);
}

static void replayed_aggressive(void **state)
{
	replay(IKE_MODE_AGGRESSIVE, false);
}

static void reflected(void **state)
{
	replay(IKE_MODE_MAIN, true);
	replay(IKE_MODE_AGGRESSIVE, true);
}

/* Each recorded message, cut or grown by a byte, to a fresh responder. */
static void lengths_off_by_one(void **state)
{
	struct tape *t = make_tape(IKE_MODE_AGGRESSIVE);

	for (unsigned int i = 0; i < t->n; i++) {
		size_t len = t->len[i];
		struct pair p;

		pair_init(&p);
		p.cb.mode = IKE_MODE_AGGRESSIVE;
		pair_start(&p);
		for (size_t n = 0; n <= len + 1; n += n + 2 < len ? 7 : 1) {
			struct wbuf w = { .p = t->p[i], .len = n };

			if (n == len)
				continue;
			inject(&p, PAIR_A, p.b, &w);
			/* with the header telling the new length, too */
			t->p[i][26] = (uint8_t)(n >> 8);
			t->p[i][27] = (uint8_t)n;
			inject(&p, PAIR_A, p.b, &w);
			t->p[i][26] = (uint8_t)(len >> 8);
			t->p[i][27] = (uint8_t)len;
		}
		world_run(p.w, 3000);
		assert_int_equal(p.b->ph1_up, 0);
		assert_string_equal(p.w->failure, "");
		pair_free(&p);
	}
	free(t);
}

/* Of strangers that were refused the status shows the last, for an hour. */
static void refused_are_few(void **state)
{
	struct tape *t = make_tape(IKE_MODE_MAIN);
	const unsigned int more = 8, n = IKE_REFUSED_MAX + more;
	const struct xaddr oldest = nobody(more);
	struct pair p;

	pair_init(&p);
	p.cb.peer = NULL;
	p.cb.group = 14;
	pair_start(&p);
	for (unsigned int i = 0; i < 2 * n; i++) {
		struct ike_packet pkt = { .p = t->p[0], .len = t->len[0] };

		memcpy(t->p[0], &i, sizeof(i));	/* another cookie */
		t->p[0][7] = 1;
		pkt.local = (struct ike_ep){ nobody(i % n), 500 };
		pkt.remote = (struct ike_ep){ p.b->addr, 500 };
		link_inject(p.w, &pkt);
		world_run(p.w, 100);
	}
	host_admin(p.b, ADM_STATUS, NULL);
	assert_int_equal(p.b->refused, IKE_REFUSED_MAX);
	assert_true(xaddr_equal(&p.b->refused_peer, &oldest));
	assert_int_equal(p.b->idle, 1);
	world_run(p.w, 3599 * 1000);
	host_admin(p.b, ADM_STATUS, NULL);
	assert_true(p.b->refused > 0);
	world_run(p.w, 10000);
	host_admin(p.b, ADM_STATUS, NULL);
	assert_int_equal(p.b->refused, 0);
	pair_free(&p);
	free(t);
}

/* Two initiators that chose the same cookie are two. */
static void same_cookie_from_two(void **state)
{
	struct tape *t = make_tape(IKE_MODE_MAIN);
	struct wbuf w = { .p = t->p[0], .len = t->len[0] };
	struct ike_stats st;
	struct pair p;

	pair_init(&p);
	p.cb.peer = NULL;
	pair_start(&p);
	inject(&p, MALLORY, p.b, &w);
	inject(&p, "203.0.113.67", p.b, &w);
	world_run(p.w, 1000);
	ike_stats(p.b->ike, &st);
	assert_int_equal(st.nhalf_open, 2);
	/* and a repetition is none */
	inject(&p, MALLORY, p.b, &w);
	world_run(p.w, 1000);
	ike_stats(p.b->ike, &st);
	assert_int_equal(st.nhalf_open, 2);
	assert_int_equal(st.duplicates, 1);
	pair_free(&p);
	free(t);
}

/* A first message names no cookie of ours: neither a made-up nor a real one. */
static void first_message_with_our_cookie(void **state)
{
	static const uint8_t modes[] = { IKE_MODE_MAIN, IKE_MODE_AGGRESSIVE };

	for (size_t m = 0; m < 2; m++)
		for (unsigned int real = 0; real < 2; real++) {
			struct tape *t = make_tape(modes[m]);
			struct wbuf w = { .p = t->p[0], .len = t->len[0],
					  .max = t->len[0] };
			uint64_t spi_r = 0x1122334455667788;
			struct pair p;

			pair_init(&p);
			p.ca.mode = p.cb.mode = modes[m];
			p.w->link.delay_min = p.w->link.delay_max = 20;
			pair_start(&p);
			assert_true(pair_up(&p));
			if (real)
				spi_r = only_sa(p.b)->spi_r;
			wbuf_set_u32(&w, 8, (uint32_t)(spi_r >> 32));
			wbuf_set_u32(&w, 12, (uint32_t)spi_r);
			inject(&p, MALLORY, p.b, &w);
			inject(&p, PAIR_A, p.b, &w);
			/* and with both cookies of the SA that is up */
			wbuf_set_u32(&w, 0,
				     (uint32_t)(only_sa(p.b)->spi_i >> 32));
			wbuf_set_u32(&w, 4, (uint32_t)only_sa(p.b)->spi_i);
			inject(&p, MALLORY, p.b, &w);
			inject(&p, PAIR_A, p.b, &w);
			world_run(p.w, 2000);
			assert_int_equal(p.b->ph1_up, 1);
			assert_int_equal(p.b->ph1_down, 0);
			assert_true(pair_works(&p));
			pair_free(&p);
			free(t);
		}
}

static void set_cookies(struct wbuf *w, uint64_t spi_i, uint64_t spi_r)
{
	for (size_t i = 0; i < 8; i++) {
		wbuf_set_u8(w, i, (uint8_t)(spi_i >> (56 - 8 * i)));
		wbuf_set_u8(w, 8 + i, (uint8_t)(spi_r >> (56 - 8 * i)));
	}
}

/* Exchanges that there are not, or not yet, in clear and said encrypted. */
static void exchanges_of_all_numbers(void **state)
{
	struct tape *t = make_tape(IKE_MODE_MAIN);
	struct ike_stats was, st;
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	assert_true(pair_up(&p));
	world_run(p.w, 100000);
	ike_stats(p.b->ike, &was);
	for (unsigned int i = 0; i < 256 * 8; i++) {
		struct wbuf w = { .p = t->p[0], .len = t->len[0],
				  .max = t->len[0] };
		const struct ike_sa *sa = only_sa(p.b);
		uint8_t xchg = (uint8_t)(i / 8);

		if (xchg == XCHG_MAIN)
			continue;
		set_cookies(&w, i & 1 ? sa->spi_i : i + 1, i & 1 ? sa->spi_r : 0);
		wbuf_set_u8(&w, 18, xchg);
		wbuf_set_u8(&w, 19, i & 2 ? IKE_FLAG_ENC : 0);
		wbuf_set_u32(&w, 20, i & 4 ? i : 0);
		p.b->bytes_in = p.b->bytes_out = 0;
		inject(&p, PAIR_A, p.b, &w);
		world_run(p.w, 20);
		assert_true(p.b->bytes_out <= p.b->bytes_in);
	}
	world_run(p.w, 100000);
	ike_stats(p.b->ike, &st);
	assert_int_equal(st.nsa, was.nsa);
	assert_int_equal(st.nxchg, was.nxchg);
	assert_int_equal(st.nhalf_open, 0);
	assert_int_equal(p.b->ph1_up, 1);
	assert_int_equal(p.b->ph1_down, 0);
	assert_true(pair_works(&p));
	pair_free(&p);
	free(t);
}

/* The responder's cookie: what it may not be, and may be as well. */
struct cookie {
	uint64_t value;
	unsigned int seen;
};

static bool set_cookie(struct world *w, struct ike_packet *pkt, void *arg)
{
	static uint8_t copy[IKE_MAX_MSG];
	struct cookie *c = arg;
	struct ike_hdr h;
	struct cur body;
	struct wbuf wb;

	if (ike_hdr_parse(cur_init(pkt->p, pkt->len), &h, &body) < 0 ||
	    c->seen || !h.spi_r)
		return true;
	c->seen++;
	wbuf_fixed(&wb, copy, sizeof(copy));
	wbuf_put(&wb, pkt->p, pkt->len);
	set_cookies(&wb, h.spi_i, c->value == 1 ? h.spi_i : c->value);
	pkt->p = wb.p;
	return true;
}

/* An answer with no cookie, the one of another SA, or the initiator's own. */
static void answers_with_odd_cookies(void **state)
{
	static const uint8_t modes[] = { IKE_MODE_MAIN, IKE_MODE_AGGRESSIVE };

	for (unsigned int k = 0; k < 6; k++) {
		struct cookie c = { .value = k / 2 };
		struct pair p;

		pair_init(&p);
		p.ca.mode = p.cb.mode = modes[k % 2];
		p.ca.interval = p.cb.interval = 3;
		p.ca.counter = 2;
		pair_start(&p);
		if (c.value == 2) {	/* the cookie of an SA that is up */
			assert_true(pair_up(&p));
			c.value = only_sa(p.a)->spi_r;
			host_admin(p.b, ADM_FLUSH_ISAKMP, NULL);
			world_run(p.w, 2000);
		}
		p.w->filter = set_cookie;
		p.w->filter_arg = &c;
		kern_ping(p.a, 0);
		world_run(p.w, 2000);
		assert_int_equal(c.seen, 1);
		/* one of the next attempts is left alone */
		for (unsigned int i = 0; i < 60 && !pair_works(&p); i++)
			world_run(p.w, 1000);
		assert_true(pair_works(&p));
		pair_free(&p);
	}
}

/* A proposal that leaves out what every one has to say. */
static void proposals_with_gaps(void **state)
{
	for (unsigned int gap = 0; gap < 6; gap++) {
		struct ike_transform t = {
			.num = 1, .id = IKE_V1_TRANSFORM_KEY_IKE,
			.enc = gap == 0 ? 0 : V1_ENC_AES,
			.keylen = gap == 1 ? 0 : 128,
			.hash = gap == 2 ? 0 : V1_HASH_SHA256,
			.auth = gap == 3 ? 0 : IKE_AUTH_PSK,
			.group = gap == 4 ? 0 : GROUP_X25519,
			.has_seconds = gap != 5, .seconds = 3600,
		};
		struct ike_proposal prop = { .num = 1, .n = 1, .t = &t,
					     .proto = IKE_PROTO_ISAKMP };
		struct ike_proposal_set set = { .n = 1, .p = &prop };
		struct ike_hdr h = { .spi_i = 77, .major = 1,
				     .xchg = XCHG_MAIN };
		struct ike_build b;
		struct ike_stats st;
		struct pair p;
		struct wbuf w;

		wbuf_init(&w, 1000);
		ike_build_start(&b, &w, &h);
		ike_sa_v1_put(&b, 1, &set);
		assert_int_equal(ike_build_finish(&b), 0);
		pair_init(&p);
		p.cb.peer = NULL;
		pair_start(&p);
		inject(&p, MALLORY, p.b, &w);
		world_run(p.w, 1000);
		ike_stats(p.b->ike, &st);
		/* a key length and a lifetime have defaults: 128 bits, 8 h */
		assert_int_equal(st.nhalf_open, gap == 1);
		assert_true(p.b->bytes_out <= p.b->bytes_in);
		pair_free(&p);
		wbuf_free(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flood_from_one),
		cmocka_unit_test(flood_from_many),
		cmocka_unit_test(aggressive_flood_from_one),
		cmocka_unit_test(aggressive_flood_from_many),
		cmocka_unit_test(repeated_first_message),
		cmocka_unit_test(long_first_messages),
		cmocka_unit_test(main_mode_answers_are_no_longer),
		cmocka_unit_test(no_retransmission_to_strangers),
		cmocka_unit_test(replayed_main),
		cmocka_unit_test(replayed_aggressive),
		cmocka_unit_test(reflected),
		cmocka_unit_test(lengths_off_by_one),
		cmocka_unit_test(refused_are_few),
		cmocka_unit_test(same_cookie_from_two),
		cmocka_unit_test(first_message_with_our_cookie),
		cmocka_unit_test(exchanges_of_all_numbers),
		cmocka_unit_test(answers_with_odd_cookies),
		cmocka_unit_test(proposals_with_gaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
