/* SPDX-License-Identifier: BSD-2-Clause */
/* What only the machines of some makers send: the tunnel has to come up. */
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
#include "tests/unit/ike_test.h"

static struct proxy px;

static void begin(struct pair *p, uint8_t mode)
{
	pair_init(p);
	p->ca.mode = p->cb.mode = mode;
	p->ca.natt = p->cb.natt = IKE_ON;
}

static void run(struct pair *p, proxy_edit *edit)
{
	pair_start(p);
	proxy_start(&px, p, edit, NULL);
	kern_ping(p->a, 0);
	world_run(p->w, 5000);
}

/*
 * Windows asks for a certificate of each CA that it trusts, and takes a chain
 * of any length along.
 */
static void many_requests(struct proxy *x, struct proxy_msg *m)
{
	static const uint8_t cr[] = { 4, 0x30, 0 }, cert[] = { 4, 0x30, 0 };
	static const uint8_t vid[20];

	if (m->hdr.msgid)
		return;
	for (size_t i = 0; i < 30; i++)
		proxy_insert(m, m->n, PLD_VID, vid, i % sizeof(vid));
	for (size_t i = 0; i < 60; i++)
		proxy_insert(m, m->n, PLD_CR, cr, sizeof(cr));
	for (size_t i = 0; i < 12; i++)
		proxy_insert(m, m->n, PLD_CERT, cert, sizeof(cert));
	x->edited++;
}

static void requests(void **state)
{
	static const uint8_t modes[] = { IKE_MODE_MAIN, IKE_MODE_AGGRESSIVE };

	for (size_t i = 0; i < 2; i++) {
		struct pair p;

		begin(&p, modes[i]);
		run(&p, many_requests);
		assert_true(px.edited);
		assert_true(pair_works(&p));
		assert_int_equal(p.b->ph2_up, 1);
		pair_free(&p);
	}
}

/* Cisco's client has zeros behind its messages that their length leaves out. */
static bool longer(struct world *w, struct ike_packet *pkt, void *arg)
{
	static uint8_t copy[65535];

	memcpy(copy, pkt->p, pkt->len);
	memset(copy + pkt->len, 0, 16);
	pkt->p = copy;
	pkt->len += 16;
	return true;
}

static void bytes_behind(void **state)
{
	struct pair p;

	begin(&p, IKE_MODE_MAIN);
	pair_start(&p);
	p.w->filter = longer;
	assert_true(pair_up(&p));
	pair_free(&p);
}

/*
 * Racoons leave out leading zeros of public values.  Of 256 there is one that
 * has any: until then it is tried again.
 */
struct stripper {
	struct host *a;
	uint8_t bytes[4096];
	bool seen, short_one;
};

static bool strip(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct stripper *s = arg;
	struct hnode *cursor = NULL;
	size_t pos = 0;
	struct ike_sa *sa = sa_walk(s->a->ike, &pos, &cursor);
	struct v1_ph1 *ph = sa->ph1 ? v1_ph1(sa->ph1) : NULL;
	uint8_t ke[128];
	struct ike_build b;
	struct ike_hdr h;
	struct cur body;
	struct wbuf out;

	if (ike_hdr_parse(cur_init(pkt->p, pkt->len), &h, &body) < 0 ||
	    h.next != PLD_KE || !ph || s->seen)
		return !s->seen || s->short_one;
	s->seen = true;
	s->short_one = ph->gxi.p[0] == 0 && ph->gxi.p[1];
	if (!s->short_one)
		return false;
	/* what it sends is what it has hashed, too */
	memcpy(ke, ph->gxi.p + 1, 127);
	assert_int_equal(v1_keep(&ph->gxi, cur_init(ke, 127)), 0);
	wbuf_fixed(&out, s->bytes, sizeof(s->bytes));
	ike_build_start(&b, &out, &h);
	ike_build_raw(&b, PLD_KE, wbuf_cur(&ph->gxi));
	ike_build_raw(&b, PLD_NONCE, wbuf_cur(&ph->ni));
	assert_int_equal(ike_build_finish(&b), 0);
	pkt->p = out.p;
	pkt->len = out.len;
	return true;
}

static void short_public_values(void **state)
{
	struct stripper s = { 0 };

	for (uint64_t seed = 1; !s.short_one; seed++) {
		struct pair p;

		assert_true(seed < 5000);
		pair_init(&p);
		p.ca.group = p.cb.group = GROUP_MODP1024;
		p.ca.natt = p.cb.natt = IKE_OFF;
		pair_start(&p);
		p.w->rng = seed;
		s = (struct stripper){ .a = p.a };
		p.w->filter = strip;
		p.w->filter_arg = &s;
		kern_ping(p.a, 0);
		world_run(p.w, s.seen ? 1 : 2500);
		if (s.short_one) {
			assert_true(pair_works(&p));
			assert_int_equal(p.a->ph1_up, 1);
			assert_int_equal(p.a->ph1_down, 0);
		}
		pair_free(&p);
	}
}

/* An SPI that is reserved: refused, and the reason told. */
static void reserved_spi(struct proxy *x, struct proxy_msg *m)
{
	static uint8_t sa[1024];
	struct wbuf w;
	unsigned int at;

	if (m->hdr.xchg != XCHG_QUICK || m->index ||
	    !proxy_find(m, PLD_SA, 0, &at))
		return;
	wbuf_fixed(&w, sa, sizeof(sa));
	wbuf_put(&w, m->p[at].body.p, m->p[at].body.left);
	wbuf_set_u32(&w, 16, 0xff);
	m->p[at].body = wbuf_cur(&w);
	x->edited++;
}

static void reserved_spis(void **state)
{
	struct pair p;

	begin(&p, IKE_MODE_MAIN);
	run(&p, reserved_spi);
	assert_true(px.edited > 0);
	assert_int_equal(p.b->ph2_up, 0);
	assert_non_null(pair_logged(&p, xe_str(XE_RANGE)));
	pair_free(&p);
}

/*
 * A Fritz!Box offers with IPComp first, and then without; here with a
 * compression that is none of ours.
 */
static void comp_first(struct proxy *x, struct proxy_msg *m)
{
	static uint8_t sa[512];
	static struct hex h;
	struct cur own;
	unsigned int at;
	struct wbuf w;

	if (m->hdr.xchg != XCHG_QUICK || m->index ||
	    !proxy_find(m, PLD_SA, 0, &at))
		return;
	own = m->p[at].body;
	assert_int_equal(cur_skip(&own, 8), 0);
	wbuf_fixed(&w, sa, sizeof(sa));
	hex_cur(&h, "00000001 00000001"
		" 02000016 01 04 02 01 0c0d 0000000c 01 03 0000 80040001");
	wbuf_put(&w, h.p, h.n);
	/* the same ESP twice: with it, and alone */
	for (unsigned int i = 0; i < 2; i++) {
		size_t start = w.len;

		wbuf_put(&w, own.p, own.left);
		wbuf_set_u8(&w, start, i ? PLD_NONE : PLD_PROPOSAL);
		wbuf_set_u8(&w, start + 4, (uint8_t)(1 + i));
	}
	assert_int_equal(w.err, 0);
	m->p[at].body = wbuf_cur(&w);
	x->edited++;
}

static void generated_without_comp(void **state)
{
	struct pair p;

	begin(&p, IKE_MODE_MAIN);
	p.cb.peer = NULL;
	p.cb.genpol = IKE_GENPOL_REQUIRE;
	pair_start_client(&p, NULL);
	proxy_start(&px, &p, comp_first, NULL);
	kern_ping(p.a, 0);
	world_run(p.w, 5000);
	assert_int_equal(px.edited, 1);
	assert_true(kern_ping(p.a, 0));
	assert_int_equal(kern_count(&p.b->kern, true), 2);
	assert_string_equal(p.w->failure, "");
	pair_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),
		cmocka_unit_test(bytes_behind),
		cmocka_unit_test(short_public_values),
		cmocka_unit_test(reserved_spis),
		cmocka_unit_test(generated_without_comp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
