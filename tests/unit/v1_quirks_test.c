/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the RFCs allow, or peers of the field do all the same: each test makes
 * one side of a tunnel such a peer, and the tunnel has to come up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ike/v1/ctx.h"
#include "tests/sim/proxy.h"
#include "tests/sim/story.h"
#include "tests/unit/ike_test.h"

static struct proxy px;

typedef void edit_fn(struct proxy *x, struct proxy_msg *m);

static void begin(struct pair *p, uint8_t mode)
{
	pair_init(p);
	p->ca.mode = p->cb.mode = mode;
	p->ca.natt = p->cb.natt = IKE_ON;
}

static void run(struct pair *p, edit_fn *edit, void *arg)
{
	pair_start(p);
	proxy_start(&px, p, edit, arg);
	kern_ping(p->a, 0);
	world_run(p->w, 5000);
}

/* With such a peer the tunnel comes up at once, in both modes. */
static void comes_up(edit_fn *edit)
{
	for (uint8_t mode = IKE_MODE_MAIN; mode <= IKE_MODE_AGGRESSIVE;
	     mode += IKE_MODE_AGGRESSIVE - IKE_MODE_MAIN) {
		struct pair p;

		begin(&p, mode);
		run(&p, edit, NULL);
		assert_true(px.edited);
		assert_string_equal(p.w->failure, "");
		assert_true(pair_works(&p));
		assert_int_equal(p.a->ph2_up, 1);
		assert_int_equal(p.b->ph2_up, 1);
		pair_free(&p);
	}
}

/* ---- order and number of payloads ---- */

/* All but SA, and HASH where it comes first, stand in reverse order. */
static void reverse(struct proxy *x, struct proxy_msg *m)
{
	struct proxy_msg old = *m;
	unsigned int fixed = 0, ids[2], k;
	bool two = m->hdr.msgid && proxy_find(m, PLD_ID, 1, &ids[1]) &&
		   proxy_find(m, PLD_ID, 0, &ids[0]);

	if (m->hdr.msgid)
		fixed = m->n > 1 && m->p[1].type == PLD_SA ? 2 : 1;
	else if (m->p[0].type == PLD_SA)
		fixed = 1;
	for (k = fixed; k < m->n; k++)
		m->p[k] = old.p[m->n - 1 - (k - fixed)];
	/* IDci and IDcr are told apart by their order, as are NAT-Ds */
	if (two && proxy_find(m, PLD_ID, 0, &ids[0]) &&
	    proxy_find(m, PLD_ID, 1, &ids[1])) {
		struct cur c = m->p[ids[0]].body;

		m->p[ids[0]].body = m->p[ids[1]].body;
		m->p[ids[1]].body = c;
	}
	if (proxy_find(m, PLD_NATD, 0, &ids[0]) &&
	    proxy_find(m, PLD_NATD, 1, &ids[1])) {
		struct cur c = m->p[ids[0]].body;

		m->p[ids[0]].body = m->p[ids[1]].body;
		m->p[ids[1]].body = c;
	}
	x->edited += m->n > fixed + 1;
}

static void any_order(void **state)
{
	comes_up(reverse);
}

/* Certificates and requests may come with each message of phase 1. */
static void certs_everywhere(struct proxy *x, struct proxy_msg *m)
{
	static const uint8_t empty_cr[] = { 4 }, odd_cr[] = { 1, 'x' };
	static const uint8_t cert[] = { 7, 0x30, 0 };

	if (m->hdr.msgid)
		return;
	proxy_insert(m, 1, PLD_CR, empty_cr, sizeof(empty_cr));
	proxy_insert(m, m->n, PLD_CR, odd_cr, sizeof(odd_cr));
	proxy_insert(m, m->n, PLD_CERT, cert, sizeof(cert));
	x->edited++;
}

static void certificates_at_any_point(void **state)
{
	comes_up(certs_everywhere);
}

/* Windows and telephones send more than a dozen Vendor IDs. */
static void many_vendors(struct proxy *x, struct proxy_msg *m)
{
	static const uint8_t vid[15][20] = { { 1 }, { 2 }, { 3 }, { 4 } };

	for (size_t i = 0; i < 15; i++)
		proxy_insert(m, m->n, PLD_VID, vid[i], 1 + i);
	x->edited++;
}

static void vendor_ids(void **state)
{
	comes_up(many_vendors);
}

/* Cisco's routers say that they know DPD in the third and fourth message. */
struct later {
	unsigned int message;	/* of a; and the answer to it, of b */
	unsigned int answers;
};

static void dpd_later(struct proxy *x, struct proxy_msg *m)
{
	static uint8_t vid[16];
	struct cur dpd = ike_vendor_bytes(VID_DPD);
	struct later *l = x->arg;
	unsigned int at;

	assert_int_equal(dpd.left, sizeof(vid));
	memcpy(vid, dpd.p, sizeof(vid));
	for (unsigned int i = 0; proxy_find(m, PLD_VID, i, &at); i++) {
		if (m->p[at].body.left != sizeof(vid) ||
		    memcmp(m->p[at].body.p, vid, sizeof(vid)))
			continue;
		if (m->from_a)
			proxy_remove(m, at);
		else
			l->answers += m->index == l->message + 1;
		break;
	}
	if (m->hdr.msgid || m->index != l->message)
		return;
	proxy_insert(m, m->n, PLD_VID, vid, sizeof(vid));
	x->edited++;
}

static void dpd_announced_later(void **state)
{
	for (unsigned int k = 2; k <= 4; k += 2) {
		struct later l = { .message = k };
		struct pair p;

		begin(&p, IKE_MODE_MAIN);
		p.ca.dpd_delay = p.cb.dpd_delay = 10;
		run(&p, dpd_later, &l);
		assert_int_equal(px.edited, 1);
		assert_int_equal(l.answers, 1);
		assert_true(pair_works(&p));
		p.w->cut = true;
		world_run(p.w, 60000);
		assert_int_equal(p.a->gave_up, 1);
		assert_int_equal(p.b->gave_up, 1);
		pair_free(&p);
	}
}

/* INITIAL-CONTACT and others, with SPIs of every size that is seen. */
static void notifies(struct proxy *x, struct proxy_msg *m)
{
	static const uint8_t contact[] = { 0, 0, 0, 1, 1, 0, 0x60, 2 };
	static const uint8_t spi16[24] = { 0, 0, 0, 1, 1, 16, 0x60, 2 };
	static const uint8_t odd[] = { 0, 0, 0, 1, 3, 4, 0xa0, 0, 1, 2, 3, 4,
				       'x' };

	if (!m->encrypted)
		return;
	proxy_insert(m, m->n, PLD_NOTIFY, contact, sizeof(contact));
	proxy_insert(m, m->n, PLD_NOTIFY, spi16, sizeof(spi16));
	proxy_insert(m, m->n, PLD_NOTIFY, odd, sizeof(odd));
	x->edited++;
}

static void notifications(void **state)
{
	comes_up(notifies);
}

/* The reference sends the last message of aggressive mode in clear. */
static void last_in_clear(struct proxy *x, struct proxy_msg *m)
{
	if (m->hdr.xchg != XCHG_AGGRESSIVE || !m->encrypted)
		return;
	m->in_clear = true;
	x->edited++;
}

static void aggressive_in_clear(void **state)
{
	struct pair p;

	begin(&p, IKE_MODE_AGGRESSIVE);
	run(&p, last_in_clear, NULL);
	assert_int_equal(px.edited, 1);
	assert_true(pair_works(&p));
	pair_free(&p);
}

/* ---- transforms of phase 1 ---- */

/* RFC 2409 appendix A; ours: AES-128, SHA-256, X25519, PSK, 28800 s. */
#define A_ENC "80010007"
#define A_KEY "800e0080"
#define A_HASH "80020004"
#define A_AUTH "80030001"
#define A_GROUP "8004001f"
#define A_SEC "800b0001"
#define A_KB "800b0002"

static void try_phase1(const char *sa, enum ike_check check, bool good,
		       unsigned int life)
{
	struct sim_conf sc = sim_conf_default(PAIR_A);
	struct arena *arena = arena_new(0);
	struct ike_proposal_set *set;
	const struct ike_remote *rc = NULL;
	struct ike_remote_query q = { .mode = IKE_MODE_MAIN };
	struct ike_choice c;
	struct sa_prop prop;
	struct ike_conf *conf;
	struct hex h;

	sc.check = check;
	conf = sim_conf_make(&sc);
	assert_int_equal(xaddr_parse(PAIR_A, &q.peer), 0);
	assert_int_equal(ike_conf_find_remote(conf, &q, &rc), 0);
	assert_int_equal(ike_sa_v1_get(hex_cur(&h, sa), 1, arena, &set), 0);
	if (v1_prop_choose(rc, set, &c, &prop) < 0) {
		if (good)
			fail_msg("refused: %s", sa);
	} else {
		if (!good)
			fail_msg("taken: %s", sa);
		assert_int_equal(prop.lifetime, life);
		assert_int_equal(prop.keylen, 128);
	}
	ike_conf_unref(conf);
	arena_free(arena);
}

/* One transform with these attributes, in one proposal. */
static void try_attrs(const char *attrs, bool good, unsigned int life)
{
	char text[512];
	size_t n = strlen(attrs) / 2;

	snprintf(text, sizeof(text), "00000001 00000001 0000%04zx 01 01 00 01"
		 " 0000%04zx 01 01 0000 %s", n + 16, n + 8, attrs);
	try_phase1(text, IKE_CHECK_OBEY, good, life);
}

static void phase1_attributes(void **state)
{
	static const char all[] = A_ENC A_KEY A_HASH A_AUTH A_GROUP;
	char text[256];
	static const struct {
		const char *more;
		bool good;
		unsigned int life;
	} life[] = {
		{ "", true, 28800 },	/* RFC 2407 4.5.4 */
		{ A_SEC "800c7080", true, 28800 },
		{ A_SEC "000c000400015180", true, 86400 },
		{ A_SEC "000c00080000000000015180", true, 86400 },
		{ A_SEC "000c0003015180", true, 86400 },
		{ A_KB "000c000400001000", true, 28800 },
		{ A_KB "000c000400001000" A_SEC "800c0e10", true, 3600 },
		{ A_SEC "800c0e10" A_KB "000c000400001000", true, 3600 },
		/* more than anybody lives */
		{ A_SEC "000c0004ffffffff", true, UINT32_MAX / 2 },
		{ A_SEC "000c0008ffffffffffffffff", true, UINT32_MAX / 2 },
		{ A_SEC "800c0000", false, 0 },
		{ "800c0e10", false, 0 },	/* of what? */
		{ "80630001", false, 0 },	/* not an attribute */
	};

	for (size_t i = 0; i < sizeof(life) / sizeof(life[0]); i++) {
		snprintf(text, sizeof(text), "%s%s", all, life[i].more);
		try_attrs(text, life[i].good, life[i].life);
		snprintf(text, sizeof(text), "%s%s", life[i].more, all);
		try_attrs(text, life[i].good, life[i].life);
	}
	/* in any order; basic ones in the long form, too */
	try_attrs(A_GROUP A_AUTH A_HASH A_KEY A_ENC, true, 28800);
	try_attrs(A_KEY A_ENC A_SEC "800c0e10" A_GROUP A_HASH A_AUTH, true,
		  3600);
	try_attrs("000100020007" "000e00020080" A_HASH A_AUTH A_GROUP, true,
		  28800);
	try_attrs("000100020007" "000e000400000080" A_HASH A_AUTH A_GROUP,
		  true, 28800);
	try_attrs(A_ENC A_ENC A_KEY A_HASH A_AUTH A_GROUP, false, 0);
}

/* Numbers of transforms mean nothing; the second one fits here. */
static void phase1_transforms(void **state)
{
#define DES "80010001" A_HASH A_AUTH A_GROUP
#define GOOD A_ENC A_KEY A_HASH A_AUTH A_GROUP
	try_phase1("00000001 00000001 0000003c 00 01 00 02"
		   " 03000018 05 01 0000" DES
		   " 0000001c 02 01 0000" GOOD, IKE_CHECK_OBEY, true, 28800);
	/* a cookie as SPI, which means nothing either */
	try_phase1("00000001 00000001 0000002c 01 01 08 01 1122334455667788"
		   " 0000001c 01 01 0000" GOOD, IKE_CHECK_OBEY, true, 28800);
	/* in a proposal of its own, which should not be */
	try_phase1("00000001 00000001"
		   " 02000020 01 01 00 01 00000018 01 01 0000" DES
		   " 00000024 02 01 00 01 0000001c 01 01 0000" GOOD,
		   IKE_CHECK_OBEY, true, 28800);
}

/* ---- quick mode ---- */

static struct ike_child *only_child(struct host *h)
{
	struct hnode *cursor = NULL;
	size_t pos = 0;
	struct ike_sa *sa = sa_walk(h->ike, &pos, &cursor);

	assert_non_null(sa);
	assert_non_null(sa->child);
	return sa->child;
}

/* One ESP transform, numbers as few would choose them, with these attributes. */
struct p2_try {
	const char *attrs;	/* after encapsulation, key length and HMAC */
	uint32_t sec;
	uint64_t bytes;
};

static void p2_attrs(struct proxy *x, struct proxy_msg *m)
{
	static struct hex h;
	const struct p2_try *t = x->arg;
	struct cur spi;
	struct wbuf w;
	uint8_t copy[4];
	unsigned int at;
	char text[512];
	size_t n = strlen(t->attrs) / 2 + 12;

	if (m->hdr.xchg != XCHG_QUICK || m->index ||
	    !proxy_find(m, PLD_SA, 0, &at))
		return;
	spi = m->p[at].body;
	assert_int_equal(cur_skip(&spi, 16), 0);
	assert_int_equal(cur_copy(&spi, copy, 4), 0);
	snprintf(text, sizeof(text), "00000001 00000001"
		 " 0000%04zx 05 03 04 03 00000000"
		 " 0300000c ff 02 0000 80040001"		/* DES */
		 " 0300%04zx 09 0c 0000 80050005 %s 80040001 80060080"
		 " 0000000c 01 03 0000 80040001", 12 + 12 + 8 + n + 12, 8 + n,
		 t->attrs);
	hex_cur(&h, text);
	wbuf_fixed(&w, h.p, h.n);
	w.len = h.n;
	for (size_t i = 0; i < 4; i++)
		wbuf_set_u8(&w, 16 + i, copy[i]);
	m->p[at].body = cur_init(h.p, h.n);
	x->edited++;
}

static void quick_attributes(void **state)
{
	static const struct p2_try tries[] = {
		{ "", 28800, 0 },
		{ "80010001" "80020e10", 3600, 0 },
		{ "80010001" "0002000400000e10", 3600, 0 },
		{ "80010001" "000200080000000000000e10", 3600, 0 },
		{ "00010002" "0001" "000200020e10", 3600, 0 },
		{ "80010002" "0002000400465000", 28800, 4608000ull * 1024 },
		{ "80010001" "80020e10" "80010002" "0002000400465000", 3600,
		  4608000ull * 1024 },
		{ "80010002" "0002000400465000" "80010001" "80020e10", 3600,
		  4608000ull * 1024 },
	};

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		struct p2_try t = tries[i];
		struct ike_child *c;
		struct pair p;

		begin(&p, IKE_MODE_MAIN);
		p.cb.check = IKE_CHECK_OBEY;
		run(&p, p2_attrs, &t);
		assert_int_equal(px.edited, 1);
		if (!pair_works(&p))
			fail_msg("refused: %s", t.attrs);
		c = only_child(p.b);
		assert_int_equal(c->life_sec, t.sec);
		assert_true(c->life_bytes == t.bytes);
		pair_free(&p);
	}
}

/* RESPONDER-LIFETIME as Cisco and others send it, beside the answer. */
struct lifetime {
	const char *notify;
	uint32_t sec;
	uint64_t kb;
};

static void responder_lifetime(struct proxy *x, struct proxy_msg *m)
{
	static struct hex h;
	const struct lifetime *l = x->arg;

	if (m->hdr.xchg != XCHG_QUICK || m->index != 1)
		return;
	hex_cur(&h, l->notify);
	proxy_insert(m, m->n, PLD_NOTIFY, h.p, h.n);
	x->edited++;
}

static void lifetime_taken(enum ike_check check, const struct lifetime *want,
			   bool taken)
{
	struct lifetime l = *want;
	struct pair p;

	if (!taken)
		l.sec = l.kb = 0;

	begin(&p, IKE_MODE_MAIN);
	p.ca.check = check;
	run(&p, responder_lifetime, &l);
	assert_int_equal(px.edited, 1);
	assert_true(pair_works(&p));
	if (!l.sec)
		l.sec = p.ca.life2;
	if (only_child(p.a)->life_sec != l.sec)
		fail_msg("%u, %s: %u, not %u seconds", check, l.notify,
			 only_child(p.a)->life_sec, l.sec);
	assert_true(only_child(p.a)->life_bytes == l.kb * 1024);
	pair_free(&p);
}

static void responder_lifetimes(void **state)
{
#define RL "00000001 03 04 6000 11223344"
	static const struct lifetime tries[] = {
		{ RL "80010001 80020258", 600, 0 },
		{ RL "80010001 0002000400000258", 600, 0 },
		{ RL "80010001 000200080000000000000258", 600, 0 },
		{ RL "80010002 0002000400465000 80010001 80020258", 600,
		  4608000 },
		{ RL "80010001 80020258 80010002 0002000400465000", 600,
		  4608000 },
		{ "00000001 03 00 6000 80010001 80020258", 600, 0 },
		{ RL "80010001 000200040002a300", 172800, 0 },	/* longer */
		{ RL "80010002 80021000", 0, 4096 },
		{ RL "80010002 80020000", 0, 0 },
		{ RL "80010002 00020008ffffffffffffffff", 0, 0 },
		{ RL "80010003 80020258", 0, 0 },
		/* of phase 1, as FortiGates say it here */
		{ "00000001 01 10 6000 11223344556677881122334455667788"
		  "80010001 80020258", 0, 0 },
		{ RL, 0, 0 },
		{ RL "80010001", 0, 0 },
		{ RL "80020258", 0, 0 },
		{ RL "80010001 80020000", 0, 0 },
		{ RL "80010001 8002", 0, 0 },
	};

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
		lifetime_taken(IKE_CHECK_OBEY, &tries[i], true);
	/* strict and claim take a shorter one only, exact takes none */
	lifetime_taken(IKE_CHECK_STRICT, &tries[0], true);
	lifetime_taken(IKE_CHECK_CLAIM, &tries[0], true);
	lifetime_taken(IKE_CHECK_EXACT, &tries[0], false);
	lifetime_taken(IKE_CHECK_STRICT, &tries[6], false);
	lifetime_taken(IKE_CHECK_CLAIM, &tries[6], false);
	lifetime_taken(IKE_CHECK_EXACT, &tries[6], false);
	lifetime_taken(IKE_CHECK_CLAIM, &tries[4], true);
	lifetime_taken(IKE_CHECK_EXACT, &tries[4], false);
}

/* The same networks in other words: as ranges. */
static void ranges(struct proxy *x, struct proxy_msg *m)
{
	static const uint8_t a[] = { 7, 0, 0, 0, 10, 1, 0, 0, 10, 1, 0, 255 };
	static const uint8_t b[] = { 7, 0, 0, 0, 10, 2, 0, 0, 10, 2, 0, 255 };
	unsigned int at;

	if (m->hdr.xchg != XCHG_QUICK || !proxy_find(m, PLD_ID, 1, &at))
		return;
	m->p[at].body = cur_init(b, sizeof(b));
	proxy_find(m, PLD_ID, 0, &at);
	m->p[at].body = cur_init(a, sizeof(a));
	x->edited++;
}

static void ids_as_ranges(void **state)
{
	comes_up(ranges);
}

/* Host to host: IDs where we send none, and none where some were sent. */
static void more_ids(struct proxy *x, struct proxy_msg *m)
{
	static const uint8_t a[] = { 1, 0, 0, 0, 192, 0, 2, 1 };
	static const uint8_t b[] = { 1, 0, 0, 0, 192, 0, 2, 2 };
	unsigned int at;

	if (m->hdr.xchg != XCHG_QUICK || m->index > 1)
		return;
	assert_false(proxy_find(m, PLD_ID, m->index * 2, &at));
	if (m->index == 0 || x->arg) {
		while (proxy_find(m, PLD_ID, 0, &at))
			proxy_remove(m, at);
		proxy_insert(m, m->n, PLD_ID, a, sizeof(a));
		proxy_insert(m, m->n, PLD_ID, b, sizeof(b));
	}
	x->edited++;
}

static void ids_of_hosts(void **state)
{
	struct pair p;

	for (int both = 0; both < 2; both++) {
		begin(&p, IKE_MODE_MAIN);
		p.mode = KMODE_TRANSPORT;
		run(&p, more_ids, both ? &p : NULL);
		assert_int_equal(px.edited, 2);
		assert_true(pair_works(&p));
		pair_free(&p);
	}
}

/* But not other IDs than were sent. */
static void wrong_ids(struct proxy *x, struct proxy_msg *m)
{
	static const uint8_t id[] = { 4, 0, 0, 0, 10, 2, 0, 0,
				      255, 255, 0, 0 };
	unsigned int at;

	if (m->hdr.xchg != XCHG_QUICK || m->index != 1 ||
	    !proxy_find(m, PLD_ID, 1, &at))
		return;
	m->p[at].body = cur_init(id, sizeof(id));
	x->edited++;
}

static void ids_that_differ(void **state)
{
	struct pair p;

	begin(&p, IKE_MODE_MAIN);
	run(&p, wrong_ids, NULL);
	assert_true(px.edited);
	assert_int_equal(p.a->ph2_up, 0);
	assert_non_null(pair_logged(&p, "other IDs"));
	pair_free(&p);
}

/* Clients that know no address of their own that would mean anything. */
static void name_as_id(struct proxy *x, struct proxy_msg *m)
{
	static const uint8_t id[] = { 2, 0, 0, 0, 'p', 'c', '.', 'l', 'a',
				      'n' };
	unsigned int at;

	if (m->hdr.xchg != XCHG_QUICK || m->index ||
	    !proxy_find(m, PLD_ID, 0, &at))
		return;
	m->p[at].body = cur_init(id, sizeof(id));
	x->edited++;
}

#define INSIDE "10.77.0.5"

static bool named_client(enum kmode mode)
{
	struct nat nat = { .next_port = 20000 };
	struct pair p;
	bool up;

	begin(&p, IKE_MODE_MAIN);
	p.cb.peer = NULL;
	p.cb.genpol = IKE_GENPOL_UNIQUE;
	p.a = world_host(p.w, "a", INSIDE, sim_conf_make(&p.ca));
	p.b = world_host(p.w, "b", PAIR_B, sim_conf_make(&p.cb));
	assert_int_equal(xaddr_parse("198.51.100.9", &nat.pub), 0);
	p.a->nat = &nat;
	p.w->nats = true;
	host_start(p.a);
	host_start(p.b);
	story_policies(p.a, INSIDE, PAIR_B, mode, INSIDE, PAIR_B, 0);
	proxy_start(&px, &p, name_as_id, NULL);
	kern_ping(p.a, 0);
	world_run(p.w, 5000);
	assert_int_equal(px.edited, 1);
	up = kern_ping(p.a, 0);
	assert_int_equal(p.b->ph2_up, up);
	assert_string_equal(p.w->failure, "");
	pair_free(&p);
	return up;
}

static void name_behind_nat(void **state)
{
	assert_true(named_client(KMODE_TRANSPORT));
	/* a tunnel needs to know what to send through it */
	assert_false(named_client(KMODE_TUNNEL));
}

/* ---- informational ---- */

/* Cookies of DPD that are none, or the wrong way round. */
static void odd_cookies(struct proxy *x, struct proxy_msg *m)
{
	static uint8_t body[64];
	uint8_t type[2];
	struct wbuf w;
	struct cur c;
	unsigned int at;

	if (m->hdr.xchg != XCHG_INFO || !proxy_find(m, PLD_NOTIFY, 0, &at) ||
	    m->p[at].body.left != 28)
		return;
	c = m->p[at].body;
	assert_int_equal(cur_skip(&c, 6), 0);
	assert_int_equal(cur_copy(&c, type, 2), 0);
	wbuf_fixed(&w, body, sizeof(body));
	wbuf_u32(&w, IKE_DOI_IPSEC);
	wbuf_u8(&w, IKE_PROTO_ISAKMP);
	wbuf_u8(&w, x->arg ? 16 : 0);
	wbuf_put(&w, type, 2);
	if (x->arg) {
		wbuf_u64(&w, m->hdr.spi_r);
		wbuf_u64(&w, m->hdr.spi_i);
	}
	assert_int_equal(cur_skip(&c, 16), 0);
	wbuf_put(&w, c.p, c.left);
	m->p[at].body = cur_init(body, w.len);
	x->edited++;
}

static void dpd_cookies(void **state)
{
	struct pair p;

	for (int swapped = 0; swapped < 2; swapped++) {
		begin(&p, IKE_MODE_MAIN);
		p.ca.dpd_delay = p.cb.dpd_delay = 5;
		run(&p, odd_cookies, swapped ? &p : NULL);
		world_run(p.w, 60000);
		assert_true(px.edited >= 10);
		assert_int_equal(p.a->gave_up + p.b->gave_up, 0);
		assert_true(pair_works(&p));
		pair_free(&p);
	}
}

/* A delete of several SPIs, of which we know one. */
static void several_spis(struct proxy *x, struct proxy_msg *m)
{
	static uint8_t body[64];
	struct wbuf w;
	struct cur c;
	unsigned int at;

	if (m->hdr.xchg != XCHG_INFO || !proxy_find(m, PLD_DELETE, 0, &at) ||
	    m->p[at].body.left != 12)
		return;
	c = m->p[at].body;
	assert_int_equal(cur_skip(&c, 8), 0);
	wbuf_fixed(&w, body, sizeof(body));
	wbuf_u32(&w, IKE_DOI_IPSEC);
	wbuf_u8(&w, IKE_PROTO_ESP);
	wbuf_u8(&w, 4);
	wbuf_u16(&w, 3);
	wbuf_u32(&w, 0x11111111);
	wbuf_put(&w, c.p, c.left);
	wbuf_u32(&w, 0x22222222);
	m->p[at].body = cur_init(body, w.len);
	x->edited++;
}

static void delete_of_several(void **state)
{
	struct pair p;

	begin(&p, IKE_MODE_MAIN);
	p.ca.life2 = p.cb.life2 = 60;
	run(&p, several_spis, NULL);
	assert_int_equal(pair_lost(&p, 130), 0);
	assert_true(px.edited >= 1);
	assert_string_equal(p.w->failure, "");
	/* what was deleted is gone on both sides: two SAs are in use */
	assert_int_equal(kern_count(&p.a->kern, true), 2);
	assert_int_equal(kern_count(&p.b->kern, true), 2);
	pair_free(&p);
}

/* INITIAL-CONTACT in a quick mode: what the old phase 1 left goes. */
static void contact_in_quick(struct proxy *x, struct proxy_msg *m)
{
	static const uint8_t contact[] = { 0, 0, 0, 1, 3, 0, 0x60, 2 };

	if (m->hdr.xchg != XCHG_QUICK || m->index)
		return;
	proxy_insert(m, m->n, PLD_NOTIFY, contact, sizeof(contact));
	x->edited++;
}

static void initial_contact_in_quick_mode(void **state)
{
	comes_up(contact_in_quick);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order),
		cmocka_unit_test(certificates_at_any_point),
		cmocka_unit_test(vendor_ids),
		cmocka_unit_test(dpd_announced_later),
		cmocka_unit_test(notifications),
		cmocka_unit_test(aggressive_in_clear),
		cmocka_unit_test(phase1_attributes),
		cmocka_unit_test(phase1_transforms),
		cmocka_unit_test(quick_attributes),
		cmocka_unit_test(responder_lifetimes),
		cmocka_unit_test(ids_as_ranges),
		cmocka_unit_test(ids_of_hosts),
		cmocka_unit_test(ids_that_differ),
		cmocka_unit_test(name_behind_nat),
		cmocka_unit_test(dpd_cookies),
		cmocka_unit_test(delete_of_several),
		cmocka_unit_test(initial_contact_in_quick_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
