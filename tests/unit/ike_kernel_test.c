/* SPDX-License-Identifier: BSD-2-Clause */
/* What others do to the kernel, and what it does not take or does not tell. */
#include <limits.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ike/core/child.h"
#include "tests/sim/pair.h"

static void kernel_tells(struct host *h, const struct kevent *ev)
{
	struct ike_event e = { .kind = IKE_EV_KERNEL, .kernel = ev };

	host_feed(h, &e);
}

/* ---- SAs that somebody deletes while they are negotiated ---- */

/* At the n-th message of quick mode somebody flushes the SAs of who. */
struct flusher {
	struct pair *p;
	struct host *who;
	bool one;		/* they are deleted one by one */
	unsigned int at, n;
};

static void flush_all(struct world *w, struct item *it)
{
	struct kevent ev = { .kind = KEV_SA_FLUSH };

	kern_flush(&it->host->kern);
	kernel_tells(it->host, &ev);
}

static void delete_each(struct world *w, struct item *it)
{
	struct host *h = it->host;
	struct kevent ev[4] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < h->kern.nbucket; i++)
		for (const struct kern_sa *s = h->kern.bucket[i]; s;
		     s = s->next) {
			assert_true(n < 4);
			ev[n].kind = KEV_SA_DEL;
			ev[n].sa.proto = s->sa.proto;
			ev[n].sa.src = s->sa.src;
			ev[n].sa.dst = s->sa.dst;
			ev[n++].sa.spi = s->sa.spi;
		}
	kern_flush(&h->kern);
	for (size_t i = 0; i < n; i++)
		kernel_tells(h, &ev[i]);
}

static bool flushes(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct flusher *f = arg;

	if (pkt->p[18] == XCHG_QUICK && ++f->n == f->at)
		world_at(w, 0, sizeof(struct item),
			 f->one ? delete_each : flush_all, f->who);
	return true;
}

/* No side may keep an SA that the other side's kernel has lost. */
static void flushed_while_negotiated(void **state)
{
	for (unsigned int i = 0; i < 8; i++) {
		struct flusher f = { .at = 2 + i / 4, .one = i % 4 / 2 };
		struct pair p;

		pair_init(&p);
		p.ca.no_dpd = p.cb.no_dpd = true;
		p.w->link.delay_min = p.w->link.delay_max = 20;
		p.w->filter = flushes;
		p.w->filter_arg = &f;
		pair_start(&p);
		f.p = &p;
		f.who = i % 2 ? p.b : p.a;
		kern_ping(p.a, 0);
		world_run(p.w, 10000);
		assert_true(f.n >= f.at);
		p.w->filter = NULL;
		if (kern_unmatched(p.a) || kern_unmatched(p.b))
			fail_msg("story %u: SAs without twin", i);
		assert_true(pair_up(&p));
		pair_free(&p);
	}
}

/* ---- SPIs that another peer has ---- */

static uint32_t spi_in(const struct host *h)
{
	for (size_t i = 0; i < h->kern.nbucket; i++)
		for (const struct kern_sa *s = h->kern.bucket[i]; s;
		     s = s->next)
			if (s->sa.dir == KDIR_IN)
				return s->sa.spi;
	return 0;
}

/* Before a's last message, b's kernel gets an SA of the SPI that a chose. */
static bool takes_spi(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct flusher *f = arg;
	struct kreq r = { .kind = KREQ_SA_ADD };
	struct kans ans;

	if (pkt->p[18] != XCHG_QUICK || ++f->n != 3)
		return true;
	r.sa.proto = IPPROTO_ESP;
	r.sa.mode = KMODE_TUNNEL;
	r.sa.src = f->p->b->addr;
	r.sa.dst = f->p->a->addr;
	r.sa.spi = spi_in(f->p->a);
	r.sa.dir = KDIR_OUT;
	kern_request(f->p->b, &r, &ans);
	assert_int_equal(ans.err, 0);
	return true;
}

/* As two peers behind one NAT may choose the same. */
static void spi_of_another(void **state)
{
	struct flusher f = { 0 };
	struct pair p;

	pair_init(&p);
	p.w->filter = takes_spi;
	p.w->filter_arg = &f;
	f.p = &p;
	pair_start(&p);
	kern_ping(p.a, 0);
	world_run(p.w, 5000);
	assert_int_equal(p.b->ph2_up, 0);
	assert_int_equal(kern_count(&p.b->kern, true), 1);
	assert_true(pair_up(&p));
	pair_free(&p);
}

/* ---- packets that are faster than messages ---- */

/* The last message of a's quick mode is lost so many times. */
struct slow {
	struct host *to;
	uint8_t msgid[4];
	bool seen;
	unsigned int lost;
};

static bool slows(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct slow *s = arg;

	if (pkt->p[18] != XCHG_QUICK ||
	    !xaddr_equal(&pkt->remote.addr, &s->to->addr))
		return true;
	if (!s->seen) {
		s->seen = true;
		memcpy(s->msgid, pkt->p + 20, sizeof(s->msgid));
		return true;
	}
	return memcmp(s->msgid, pkt->p + 20, sizeof(s->msgid)) != 0 ||
	       s->lost == 0 || s->lost-- == 0;
}

/* b answers a first packet when a's last message is not there yet. */
static void packet_before_message(struct pair *p, unsigned int lost)
{
	struct slow s = { .lost = lost };

	pair_init(p);
	p->ca.interval = p->cb.interval = 2;
	pair_start(p);
	s.to = p->b;
	p->w->filter = slows;
	p->w->filter_arg = &s;
	kern_ping(p->a, 0);
	world_run(p->w, 500);
	assert_int_equal(p->a->ph2_up, 1);
	assert_int_equal(p->b->ph2_up, 0);
	assert_false(kern_ping(p->b, 0));
	world_run(p->w, 1000);
	assert_int_equal(p->b->ph2_up, 0);
	world_run(p->w, 60000);
	p->w->filter = NULL;
	assert_int_equal(p->b->ph2_up, 1);
	assert_true(pair_works(p));
}

/* One tunnel is enough for both. */
static void one_for_both(void **state)
{
	struct pair p;

	packet_before_message(&p, 1);
	assert_int_equal(p.a->ph2_up, 1);
	assert_int_equal(kern_count(&p.b->kern, true), 2);
	pair_free(&p);
}

/* The peer never says its last word: then b begins. */
static void begun_instead(void **state)
{
	struct pair p;

	packet_before_message(&p, UINT_MAX);
	assert_int_equal(p.b->ph2_down + p.b->gave_up, 1);
	pair_free(&p);
}

/* ---- events that got lost ---- */

/* As the daemon does when it reads the kernel's policies again. */
static void resync(struct host *h)
{
	struct kevent ev = { .kind = KEV_RESYNC_BEGIN };

	kernel_tells(h, &ev);
	ev.kind = KEV_POL_NEW;
	for (size_t i = 0; i < h->kern.npol; i++) {
		ev.pol = h->kern.pol[i];
		kernel_tells(h, &ev);
	}
	ev = (struct kevent){ .kind = KEV_RESYNC_END };
	kernel_tells(h, &ev);
	world_run(h->world, 1000);
}

/* Nobody heard that the SAs were flushed: b would send into nothing. */
static void flush_that_got_lost(void **state)
{
	struct pair p;

	for (unsigned int asked = 0; asked < 2; asked++) {
		pair_init(&p);
		p.ca.no_dpd = p.cb.no_dpd = true;
		pair_start(&p);
		assert_true(pair_up(&p));
		resync(p.a);
		assert_true(pair_works(&p));
		if (asked) {
			struct ike_event e = { .kind = IKE_EV_ADMIN };

			e.admin.id = 1;
			e.admin.kind = ADM_STATUS;
			host_feed(p.a, &e);
		}
		kern_flush(&p.a->kern);
		resync(p.a);
		assert_int_equal(p.a->ph2_down, 1);
		assert_int_equal(kern_count(&p.b->kern, true), 0);
		assert_true(pair_up(&p));
		pair_free(&p);
	}
}

/* Nobody heard that the policies were made anew: the tunnel is theirs. */
static void policies_that_got_lost(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	assert_true(pair_up(&p));
	for (size_t i = 0; i < p.a->kern.npol; i++)
		p.a->kern.pol[i].index = p.a->kern.next_index += 8;
	resync(p.a);
	assert_non_null(child_up(p.a->ike, p.a->kern.pol[0].index,
				 &p.b->addr));
	pair_free(&p);
}

static void age(struct host *h)
{
	for (size_t i = 0; i < h->kern.nbucket; i++)
		for (struct kern_sa *s = h->kern.bucket[i]; s; s = s->next)
			s->dying = true;
}

/* Nobody heard that the SAs are near their end. */
static void soft_expiry_that_got_lost(void **state)
{
	struct pair p;

	pair_init(&p);
	p.ca.life2 = p.cb.life2 = 100;
	pair_start(&p);
	assert_true(pair_up(&p));
	age(p.a);
	age(p.b);
	resync(p.a);
	world_run(p.w, 85000);
	assert_int_equal(p.a->ph2_up, 1);
	resync(p.a);
	assert_int_equal(p.a->ph2_up, 2);
	assert_int_equal(pair_lost(&p, 60), 0);
	pair_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flushed_while_negotiated),
		cmocka_unit_test(spi_of_another),
		cmocka_unit_test(one_for_both),
		cmocka_unit_test(begun_instead),
		cmocka_unit_test(flush_that_got_lost),
		cmocka_unit_test(policies_that_got_lost),
		cmocka_unit_test(soft_expiry_that_got_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
