/* SPDX-License-Identifier: BSD-2-Clause */
/* What administrators ask of the engine: counters, flushing, waiting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/attack_tools.h"

static void up(struct pair *p)
{
	assert_true(pair_up(p));
	assert_true(pair_works(p));
}

static void status_has_counters(void **state)
{
	struct pair p;
	struct kcount in;

	pair_init(&p);
	pair_start(&p);
	up(&p);
	for (int i = 0; i < 5; i++)
		assert_true(kern_ping(p.a, 0));
	host_admin(p.a, ADM_STATUS, NULL);
	assert_int_equal(p.a->admin_err, 0);
	assert_true(p.a->child.out.packets >= 5);
	assert_true(p.a->child.out.bytes > p.a->child.out.packets);
	in = p.a->child.in;
	assert_true(kern_ping(p.b, 0));
	host_admin(p.a, ADM_STATUS, NULL);
	assert_int_equal(p.a->child.in.packets, in.packets + 1);
	pair_free(&p);
}

/* Several ask at once: each gets all rows, and the kernel is asked once. */
static void asked_together(void **state)
{
	struct ike_event e = { .kind = IKE_EV_ADMIN,
			       .admin = { .id = 1, .kind = ADM_STATUS } };
	struct pair p;
	size_t one;

	pair_init(&p);
	pair_start(&p);
	up(&p);
	p.a->answers = 0;
	host_admin(p.a, ADM_STATUS, NULL);
	one = p.a->answers;
	p.a->answers = 0;
	for (e.admin.id = 1; e.admin.id <= 100; e.admin.id++)
		host_feed(p.a, &e);
	world_run(p.w, 1000);
	assert_int_equal(p.a->answers, 100 * one);
	pair_free(&p);
}

/* The SA goes while the kernel is asked about it; so does the engine. */
static void gone_meanwhile(void **state)
{
	struct ike_event e = { .kind = IKE_EV_ADMIN,
			       .admin = { .id = 1, .kind = ADM_STATUS } };
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	up(&p);
	p.a->admin_err = 1;
	host_feed(p.a, &e);
	assert_int_equal(p.a->admin_err, 1);
	host_admin(p.a, ADM_FLUSH_ISAKMP, NULL);
	p.a->admin_err = 1;
	world_run(p.w, 1000);
	assert_int_equal(p.a->admin_err, 0);
	up(&p);
	host_feed(p.a, &e);
	pair_free(&p);
}

/* A tunnel is up since its first SA, whoever renewed it. */
static void up_since_the_first(void **state)
{
	struct pair p;
	uint64_t since;

	pair_init(&p);
	p.ca.life2 = p.cb.life2 = 100;
	pair_start(&p);
	up(&p);
	host_admin(p.a, ADM_STATUS, NULL);
	since = p.a->child.up;
	assert_true(since > 0);
	assert_int_equal(pair_lost(&p, 300), 0);
	assert_true(p.a->ph2_up >= 3);
	host_admin(p.a, ADM_STATUS, NULL);
	assert_int_equal(p.a->child.up, since);
	assert_true(p.a->child.created > since + 100000);
	host_admin(p.b, ADM_STATUS, NULL);
	assert_true(p.b->child.up < p.b->child.created);
	pair_free(&p);
}

static void flush(struct host *h, uint8_t proto)
{
	struct ike_event e = { .kind = IKE_EV_ADMIN,
			       .admin = { .id = 1, .kind = ADM_FLUSH_CHILD,
					  .proto = proto } };

	h->admin_err = 1;
	host_feed(h, &e);
	assert_int_equal(h->admin_err, 0);
}

/* The IPsec SAs of a protocol go on both sides, phase 1 stays. */
static void flush_by_protocol(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	up(&p);
	flush(p.a, IPPROTO_AH);
	world_run(p.w, 2000);
	assert_int_equal(kern_count(&p.a->kern, true), 2);
	flush(p.a, IPPROTO_ESP);
	world_run(p.w, 2000);
	assert_int_equal(kern_count(&p.a->kern, true), 0);
	assert_int_equal(kern_count(&p.b->kern, true), 0);
	assert_int_equal(p.a->ph1_down, 0);
	up(&p);
	flush(p.b, 0);
	world_run(p.w, 2000);
	assert_int_equal(kern_count(&p.a->kern, true), 0);
	assert_int_equal(p.b->ph1_down, 0);
	pair_free(&p);
}

static void establish(struct pair *p, uint32_t id)
{
	struct ike_event e = { .kind = IKE_EV_ADMIN,
			       .admin = { .id = id,
					  .kind = ADM_ESTABLISH_CHILD } };

	e.admin.sel = p->a->kern.pol[0].sel;
	p->a->admin_err = 1;
	host_feed(p->a, &e);
}

/* Who asked for a tunnel is told what became of it, under its own id. */
static void establish_tells_who_asked(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	establish(&p, 7);
	assert_int_equal(p.a->admin_err, 0);
	world_run(p.w, 3000);
	assert_int_equal(p.a->last_own.code, EVT_PH2_UP);
	assert_int_equal(p.a->last_own.admin, 7);
	establish(&p, 8);
	assert_int_equal(p.a->admin_err, -EEXIST);
	pair_free(&p);
}

static void establish_tells_of_failure(void **state)
{
	struct pair p;

	pair_init(&p);
	p.ca.p2enc = "3des";
	pair_start(&p);
	establish(&p, 7);
	world_run(p.w, 20000);
	assert_int_equal(p.a->ph1_up, 1);
	assert_int_equal(p.a->ph2_up, 0);
	assert_int_equal(p.a->last_own.code, EVT_PH2_FAILED);
	assert_int_equal(p.a->last_own.admin, 7);
	pair_free(&p);
	/* phase 1 does not come up: that ends the wait, too */
	pair_init(&p);
	pair_start(&p);
	p.w->cut = true;
	establish(&p, 9);
	world_run(p.w, 200000);
	assert_int_equal(p.a->last_own.code, EVT_PH2_NO_PH1);
	assert_int_equal(p.a->last_own.admin, 9);
	pair_free(&p);
}

/* A policy that nothing has asked for is shown, and so is what failed. */
static void idle_and_failed(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	host_admin(p.a, ADM_STATUS, NULL);
	assert_int_equal(p.a->idle, 1);
	up(&p);
	host_admin(p.a, ADM_STATUS, NULL);
	assert_int_equal(p.a->idle, 0);
	pair_free(&p);
	pair_init(&p);
	p.ca.p2enc = "3des";
	pair_start(&p);
	kern_ping(p.a, 0);
	world_run(p.w, 20000);
	assert_string_not_equal(pair_reason(p.a), "");
	assert_int_equal(p.a->idle, 0);
	pair_free(&p);
}

/* A peer that the file does not name was refused, and our policy is for it. */
static void refused_with_a_policy(void **state)
{
	struct pair p;

	pair_init(&p);
	p.cb.peer = NULL;
	pair_start(&p);
	p.a->psk = "not the key of b";
	kern_ping(p.a, 0);
	world_run(p.w, 70000);
	assert_non_null(strstr(pair_reason(p.b), "pre-shared keys differ"));
	assert_int_equal(p.b->idle, 0);
	assert_int_equal(p.b->refused, 0);
	p.a->psk = p.b->psk;
	up(&p);
	assert_string_equal(pair_reason(p.b), "");
	assert_int_equal(p.b->refused, 0);
	pair_free(&p);
}

/* The reason of a tunnel whose policy went away goes with it. */
static void forgotten_with_its_policy(void **state)
{
	struct kevent k = { .kind = KEV_POL_FLUSH };
	struct ike_event e = { .kind = IKE_EV_KERNEL, .kernel = &k };
	struct pair p;

	pair_init(&p);
	p.ca.p2enc = "3des";
	pair_start(&p);
	kern_ping(p.a, 0);
	world_run(p.w, 20000);
	assert_string_not_equal(pair_reason(p.a), "");
	host_feed(p.a, &e);
	assert_string_equal(pair_reason(p.a), "");
	pair_free(&p);
}

/* Refuses a's identity, and says so in clear to what comes next. */
static bool refuse(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct pair *p = arg;
	struct ike_hdr h;
	struct cur body;
	uint8_t buf[256];
	struct wbuf wb;

	if (!xaddr_equal(&pkt->local.addr, &p->a->addr) ||
	    ike_hdr_parse(cur_init(pkt->p, pkt->len), &h, &body) < 0 ||
	    !(h.flags & IKE_FLAG_ENC))
		return true;
	wbuf_fixed(&wb, buf, sizeof(buf));
	clear_notify(&wb, &h, N_INVALID_KEY_INFORMATION);
	inject(p, PAIR_B, p->a, &wb);
	return false;
}

/* In aggressive mode the initiator's last message has no answer. */
static void refused_after_all(void **state)
{
	struct pair p;

	pair_init(&p);
	p.ca.mode = p.cb.mode = IKE_MODE_AGGRESSIVE;
	pair_start(&p);
	p.w->filter = refuse;
	p.w->filter_arg = &p;
	kern_ping(p.a, 0);
	world_run(p.w, 70000);
	assert_int_equal(p.a->ph1_up, 1);
	assert_non_null(pair_logged(&p, "no answer to quick mode from the peer "
				    "(somebody at the peer's address says "
				    "INVALID-KEY-INFORMATION"));
	assert_non_null(strstr(pair_reason(p.a), "INVALID-KEY-INFORMATION"));
	p.w->filter = NULL;
	assert_true(pair_up(&p));
	assert_string_equal(pair_reason(p.a), "");
	pair_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_has_counters),
		cmocka_unit_test(asked_together),
		cmocka_unit_test(gone_meanwhile),
		cmocka_unit_test(up_since_the_first),
		cmocka_unit_test(flush_by_protocol),
		cmocka_unit_test(establish_tells_who_asked),
		cmocka_unit_test(establish_tells_of_failure),
		cmocka_unit_test(idle_and_failed),
		cmocka_unit_test(refused_with_a_policy),
		cmocka_unit_test(forgotten_with_its_policy),
		cmocka_unit_test(refused_after_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
