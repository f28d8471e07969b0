/* SPDX-License-Identifier: BSD-2-Clause */
/* Two engines and a model of the kernel each: tunnels come up and stay up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <netinet/in.h>
#include <cmocka.h>

#include "ike/wire/hdr.h"
#include "tests/sim/pair.h"
#include "tests/sim/story.h"

static void assert_up(struct pair *p)
{
	assert_true(pair_up(p));
	assert_string_equal(p->w->failure, "");
	assert_int_equal(p->a->ph1_up, 1);
	assert_int_equal(p->b->ph1_up, 1);
	assert_int_equal(kern_count(&p->a->kern, true), 2);
	assert_int_equal(kern_count(&p->b->kern, true), 2);
	assert_int_equal(kern_unmatched(p->a), 0);
	assert_int_equal(kern_unmatched(p->b), 0);
}

/* The tunnel of a pair with some settings comes up. */
#define COMES_UP(name, ...) \
	static void name(void **state) \
	{ \
		struct pair p; \
		pair_init(&p); \
		__VA_ARGS__; \
		pair_start(&p); \
		assert_up(&p); \
		pair_free(&p); \
	}

COMES_UP(main_psk_tunnel, (void)0)
COMES_UP(main_psk_transport, p.mode = KMODE_TRANSPORT)
COMES_UP(aggressive_psk, p.ca.mode = p.cb.mode = IKE_MODE_AGGRESSIVE;
	 p.w->link.delay_min = p.w->link.delay_max = 20)
COMES_UP(pfs_x25519, p.ca.pfs = p.cb.pfs = GROUP_X25519)
COMES_UP(pfs_ecp256, p.ca.pfs = p.cb.pfs = GROUP_ECP256)
COMES_UP(modp2048, p.ca.group = p.cb.group = GROUP_MODP2048)
COMES_UP(aes256_sha512, p.ca.keylen = p.cb.keylen = 256;
	 p.ca.hash = p.cb.hash = V1_HASH_SHA512)
COMES_UP(esp_3des, p.ca.p2enc = p.cb.p2enc = "3des")
COMES_UP(esp_null, p.ca.p2enc = p.cb.p2enc = "null_enc")
COMES_UP(natt_without_nat, p.ca.natt = p.cb.natt = IKE_ON)
COMES_UP(natt_forced, p.ca.natt = p.cb.natt = IKE_FORCE)

/* ---- what does not come up, and why ---- */

static void wrong_psk(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	p.b->psk = "another key";
	assert_false(pair_up(&p));
	world_run(p.w, 80000);
	assert_non_null(strstr(pair_reason(p.a), "pre-shared keys differ"));
	assert_non_null(strstr(pair_reason(p.b), "pre-shared keys differ"));
	assert_int_equal(p.a->ph1_up + p.b->ph1_up, 0);
	assert_int_equal(kern_count(&p.a->kern, true), 0);
	pair_free(&p);
}

static void no_psk(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	p.b->psk = NULL;
	assert_false(pair_up(&p));
	assert_non_null(pair_logged(&p, "couldn't find the pskey for "
				    "192.0.2.1."));
	assert_non_null(strstr(pair_reason(p.b),
			       "no line of psk.txt fits 192.0.2.1"));
	pair_free(&p);
}

static void no_common_proposal(void **state)
{
	struct pair p;

	pair_init(&p);
	p.ca.group = GROUP_ECP256;
	pair_start(&p);
	assert_false(pair_up(&p));
	assert_string_equal(pair_reason(p.b), "no common proposal: peer "
			    "offers aes128-sha256-ecp256; we allow "
			    "aes128-sha256-x25519");
	assert_non_null(pair_logged(&p, "no suitable proposal found."));
	world_run(p.w, 80000);
	assert_non_null(strstr(pair_reason(p.a), "NO-PROPOSAL-CHOSEN to our "
			       "offer of aes128-sha256-ecp256"));
	pair_free(&p);
}

/* The message id of what is said in clear becomes zero, as libreswan's is. */
static bool zero_msgid(struct world *w, struct ike_packet *pkt, void *arg)
{
	static uint8_t bytes[512];
	struct ike_hdr h;
	struct cur body;

	if (ike_hdr_parse(cur_init(pkt->p, pkt->len), &h, &body) < 0 ||
	    h.xchg != XCHG_INFO || h.flags & IKE_FLAG_ENC)
		return true;
	assert_true(pkt->len <= sizeof(bytes));
	memcpy(bytes, pkt->p, pkt->len);
	memset(bytes + IKE_HDR_LEN - 8, 0, 4);
	pkt->p = bytes;
	return true;
}

static void notify_without_msgid(void **state)
{
	struct pair p;

	pair_init(&p);
	p.ca.group = GROUP_ECP256;
	pair_start(&p);
	p.w->filter = zero_msgid;
	assert_false(pair_up(&p));
	world_run(p.w, 80000);
	assert_non_null(strstr(pair_reason(p.a), "NO-PROPOSAL-CHOSEN"));
	pair_free(&p);
}

/* b's policies are for everybody: what a asks for is a part of that. */
static void wide_policies(void **state)
{
	struct pair p;

	pair_init(&p);
	p.a = world_host(p.w, "a", PAIR_A, sim_conf_make(&p.ca));
	p.b = world_host(p.w, "b", PAIR_B, sim_conf_make(&p.cb));
	story_policies(p.a, PAIR_A, PAIR_B, KMODE_TRANSPORT, PAIR_A, PAIR_B,
		       0);
	story_policies(p.b, PAIR_B, PAIR_A, KMODE_TRANSPORT, "0.0.0.0/0",
		       "0.0.0.0/0", 7);
	host_start(p.a);
	host_start(p.b);
	kern_ping(p.a, 0);
	world_run(p.w, 5000);
	assert_true(kern_ping(p.a, 0));
	assert_int_equal(p.b->ph2_up, 1);
	for (size_t i = 0; i < KERN_BUCKETS; i++)
		for (struct kern_sa *s = p.b->kern.bucket[i]; s; s = s->next)
			assert_int_equal(s->sa.reqid, 7);
	pair_free(&p);
}

static void other_mode(void **state)
{
	struct pair p;

	pair_init(&p);
	p.ca.mode = IKE_MODE_AGGRESSIVE;
	p.cb.mode = IKE_MODE_MAIN;
	pair_start(&p);
	assert_false(pair_up(&p));
	assert_non_null(strstr(pair_reason(p.b), "the peer begins Aggressive "
			       "mode, which is not in exchange_mode"));
	pair_free(&p);
}

static void no_answer(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	host_stop(p.b, true);
	assert_false(pair_up(&p));
	world_run(p.w, 80000);
	assert_non_null(pair_logged(&p, "phase1 negotiation failed due to "
				    "time up."));
	assert_non_null(strstr(pair_reason(p.a), "no answer from 192.0.2.2"));
	assert_int_equal(p.a->gave_up, 1);
	pair_free(&p);
}

static void no_common_phase2(void **state)
{
	struct pair p;

	pair_init(&p);
	p.ca.p2enc = "3des,aes_gcm_16";
	p.ca.p2auth = "hmac_sha1,hmac_sha256";
	p.cb.p2enc = "aes,camellia";
	p.cb.p2auth = "hmac_sha512";
	pair_start(&p);
	assert_false(pair_up(&p));
	assert_non_null(strstr(pair_reason(p.b), "no common phase 2 proposal: "
			       "ESP: peer offers 3des/hmac_sha1, "
			       "3des/hmac_sha256, aes_gcm_16 128; our sainfo "
			       "allows aes 128, camellia 128 with hmac_sha512"));
	assert_non_null(strstr(pair_reason(p.a), "NO-PROPOSAL-CHOSEN"));
	assert_int_equal(p.a->ph1_up, 1);
	world_run(p.w, 40000);
	assert_int_equal(kern_count(&p.a->kern, true), 0);
	pair_free(&p);
}

static void no_policy(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	story_policies(p.a, PAIR_A, PAIR_B, KMODE_TUNNEL, "10.9.0.0/24",
		       PAIR_B_NET, 0);
	kern_ping(p.a, 2);
	world_run(p.w, 5000);
	assert_non_null(pair_logged(&p, "no policy found: "));
	assert_non_null(strstr(pair_reason(p.a), "INVALID-ID-INFORMATION"));
	/* it is the other side that has to be changed */
	assert_non_null(strstr(pair_reason(p.b), "no policy of ours protects "
			       "10.9.0.0/24[any] 10.2.0.0/24[any] any"));
	story_policies(p.b, PAIR_B, PAIR_A, KMODE_TUNNEL, PAIR_B_NET,
		       "10.9.0.0/24", 0);
	kern_ping(p.a, 2);
	world_run(p.w, 5000);
	assert_string_equal(pair_reason(p.b), "");
	pair_free(&p);
}

static void kernel_refuses(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	p.b->kern.refuse = -ENOSYS;
	assert_false(pair_up(&p));
	assert_non_null(strstr(pair_reason(p.b), "our kernel refused"));
	/* the next packet tries again, and the kernel has the module now */
	assert_true(pair_up(&p));
	assert_string_equal(pair_reason(p.b), "");
	pair_free(&p);
}

/* ---- proposal_check ---- */

static bool lifetimes(enum ike_check check, uint32_t mine, uint32_t peers)
{
	struct pair p;
	bool up;

	pair_init(&p);
	p.ca.life2 = peers;
	p.cb.life2 = mine;
	p.cb.check = check;
	pair_start(&p);
	up = pair_up(&p);
	if (up) {
		/* whatever was agreed, it is the same on both sides */
		uint32_t want = check == IKE_CHECK_CLAIM && peers > mine
				? mine : peers;

		for (size_t i = 0; i < 128; i++) {
			const struct kern_sa *s = p.a->kern.bucket[i];
			const struct kern_sa *t = p.b->kern.bucket[i];

			if (s)
				assert_int_equal(s->sa.life.hard_sec, want);
			if (t)
				assert_int_equal(t->sa.life.hard_sec, want);
		}
	}
	pair_free(&p);
	return up;
}

static void proposal_check_phase2(void **state)
{
	assert_true(lifetimes(IKE_CHECK_OBEY, 600, 1200));
	assert_true(lifetimes(IKE_CHECK_OBEY, 1200, 600));
	assert_false(lifetimes(IKE_CHECK_STRICT, 600, 1200));
	assert_true(lifetimes(IKE_CHECK_STRICT, 1200, 600));
	assert_true(lifetimes(IKE_CHECK_CLAIM, 600, 1200));
	assert_true(lifetimes(IKE_CHECK_CLAIM, 1200, 600));
	assert_false(lifetimes(IKE_CHECK_EXACT, 1200, 600));
	assert_true(lifetimes(IKE_CHECK_EXACT, 600, 600));
}

static bool phase1_life(enum ike_check check, uint32_t mine, uint32_t peers,
			uint16_t peer_keylen)
{
	struct pair p;
	bool up;

	pair_init(&p);
	p.ca.life1 = peers;
	p.ca.keylen = peer_keylen;
	p.cb.life1 = mine;
	p.cb.check = check;
	pair_start(&p);
	pair_up(&p);
	up = p.a->ph1_up && p.b->ph1_up;
	pair_free(&p);
	return up;
}

static void proposal_check_phase1(void **state)
{
	assert_true(phase1_life(IKE_CHECK_OBEY, 600, 1200, 128));
	assert_false(phase1_life(IKE_CHECK_STRICT, 600, 1200, 128));
	assert_true(phase1_life(IKE_CHECK_STRICT, 1200, 600, 128));
	assert_true(phase1_life(IKE_CHECK_STRICT, 1200, 600, 256));
	assert_false(phase1_life(IKE_CHECK_CLAIM, 600, 1200, 128));
	assert_false(phase1_life(IKE_CHECK_EXACT, 600, 600, 256));
	assert_false(phase1_life(IKE_CHECK_EXACT, 1200, 600, 128));
	assert_true(phase1_life(IKE_CHECK_EXACT, 600, 600, 128));
}

static bool pfs_pair(enum ike_check check, uint16_t mine, uint16_t peers)
{
	struct pair p;
	bool up;

	pair_init(&p);
	p.ca.pfs = peers;
	p.cb.pfs = mine;
	p.cb.check = check;
	pair_start(&p);
	up = pair_up(&p);
	pair_free(&p);
	return up;
}

static void proposal_check_pfs(void **state)
{
	assert_true(pfs_pair(IKE_CHECK_OBEY, GROUP_X25519, 0));
	assert_true(pfs_pair(IKE_CHECK_OBEY, 0, GROUP_X25519));
	assert_false(pfs_pair(IKE_CHECK_STRICT, GROUP_X25519, 0));
	assert_true(pfs_pair(IKE_CHECK_STRICT, 0, GROUP_X25519));
	assert_false(pfs_pair(IKE_CHECK_EXACT, 0, GROUP_X25519));
	assert_false(pfs_pair(IKE_CHECK_CLAIM, GROUP_ECP256, GROUP_X25519));
}

/* ---- staying up ---- */

static void rekeys_without_loss(void **state)
{
	struct pair p;

	pair_init(&p);
	p.ca.life1 = p.cb.life1 = 400;
	p.ca.life2 = p.cb.life2 = 100;
	pair_start(&p);
	assert_up(&p);
	assert_int_equal(pair_lost(&p, 2000), 0);
	assert_true(p.a->ph1_up >= 5);
	assert_true(p.a->ph2_up >= 19);
	/* and old ones did not pile up */
	assert_true(kern_count(&p.a->kern, true) <= 4);
	pair_free(&p);
}

static void rekeys_by_bytes(void **state)
{
	struct pair p;

	pair_init(&p);
	p.ca.bytes2 = p.cb.bytes2 = 20 * 1024;
	pair_start(&p);
	assert_up(&p);
	assert_int_equal(pair_lost(&p, 1000), 0);
	assert_true(p.a->ph2_up >= 4);
	pair_free(&p);
}

/* Phase 1 counts its own messages, which are few and short. */
static void phase1_rekeys_by_bytes(void **state)
{
	for (unsigned int side = 0; side < 2; side++) {
		struct pair p;

		pair_init(&p);
		(side ? &p.cb : &p.ca)->bytes1 = 10 * 1024;
		p.cb.check = side ? IKE_CHECK_STRICT : IKE_CHECK_OBEY;
		p.ca.life2 = p.cb.life2 = 100;
		p.ca.dpd_delay = p.cb.dpd_delay = 5;
		pair_start(&p);
		assert_up(&p);
		assert_int_equal(pair_lost(&p, 1000), 0);
		assert_true(p.a->ph1_up >= 4);
		assert_true(p.a->ph1_down >= 3);
		/* the last one, and one that is being renewed */
		assert_true(p.a->ph1_up - p.a->ph1_down <= 2);
		pair_free(&p);
	}
}

/* Without renewal it ends, and takes along what hangs on it. */
static void phase1_ends_by_bytes(void **state)
{
	struct pair p;

	pair_init(&p);
	p.ca.bytes1 = p.cb.bytes1 = 1;	/* 8192 at least */
	p.ca.dpd_delay = 5;
	p.ca.rekey_off = p.cb.rekey_off = true;
	pair_start(&p);
	assert_up(&p);
	world_run(p.w, 60000);
	assert_int_equal(p.a->ph1_down, 0);
	world_run(p.w, 200000);
	assert_int_equal(p.a->ph1_down, 1);
	assert_int_equal(p.b->ph1_down, 1);
	pair_free(&p);
}

static void proposal_check_phase1_bytes(void **state)
{
	static const struct {
		enum ike_check check;
		uint64_t mine, peer;
		bool up;
	} row[] = {
		{ IKE_CHECK_OBEY, 9216, 99999, true },
		{ IKE_CHECK_STRICT, 9216, 99999, false },
		{ IKE_CHECK_STRICT, 9216, 9215, true },
		{ IKE_CHECK_STRICT, 9216, 0, true },
		{ IKE_CHECK_STRICT, 0, 9216, true },
		{ IKE_CHECK_CLAIM, 9216, 9217, false },
		{ IKE_CHECK_EXACT, 9216, 8192, false },
		{ IKE_CHECK_EXACT, 9216, 9216, true },
		{ IKE_CHECK_EXACT, 9216, 0, false },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct pair p;

		pair_init(&p);
		p.ca.bytes1 = row[i].peer;
		p.cb.bytes1 = row[i].mine;
		p.cb.check = row[i].check;
		pair_start(&p);
		assert_int_equal(pair_up(&p), row[i].up);
		pair_free(&p);
	}
}

static void cable_cut_is_noticed(void **state)
{
	struct pair p;

	pair_init(&p);
	p.ca.dpd_delay = p.cb.dpd_delay = 10;
	pair_start(&p);
	assert_up(&p);
	p.w->cut = true;
	world_run(p.w, 60000);
	assert_non_null(pair_logged(&p, "seems to be dead."));
	assert_int_equal(kern_count(&p.a->kern, true), 0);
	assert_int_equal(kern_count(&p.b->kern, true), 0);
	p.w->cut = false;
	kern_ping(p.a, 0);
	world_run(p.w, 5000);
	assert_true(pair_works(&p));
	pair_free(&p);
}

/* The peer restarts and remembers nothing: INITIAL-CONTACT clears the way. */
static void peer_restarts(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	assert_up(&p);
	host_stop(p.b, true);
	world_run(p.w, 1000);
	host_start(p.b);
	kern_ping(p.b, 0);
	world_run(p.w, 5000);
	assert_true(pair_works(&p));
	assert_non_null(pair_logged(&p, "received INITIAL-CONTACT"));
	assert_int_equal(kern_count(&p.a->kern, true), 2);
	pair_free(&p);
}

static void delete_reaches_peer(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	assert_up(&p);
	host_admin(p.a, ADM_DELETE_ISAKMP, &p.b->addr);
	assert_int_equal(p.a->admin_err, 0);
	world_run(p.w, 120000);
	story_check_empty(p.a);
	story_check_empty(p.b);
	assert_string_equal(p.w->failure, "");
	assert_int_equal(p.b->ph1_down, 1);
	assert_int_equal(p.b->ph2_down, 1);
	pair_free(&p);
}

static void admin_establishes(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	host_admin(p.a, ADM_ESTABLISH_ISAKMP, &p.b->addr);
	assert_int_equal(p.a->admin_err, 0);
	host_admin(p.a, ADM_ESTABLISH_ISAKMP, &p.b->addr);
	assert_int_equal(p.a->admin_err, -EEXIST);
	world_run(p.w, 3000);
	assert_int_equal(p.a->ph1_up, 1);
	assert_int_equal(p.a->ph2_up, 0);
	pair_free(&p);
}

static void passive_waits(void **state)
{
	struct pair p;

	pair_init(&p);
	p.ca.passive = true;
	pair_start(&p);
	kern_ping(p.a, 0);
	world_run(p.w, 5000);
	assert_int_equal(p.a->ph1_up, 0);
	assert_non_null(strstr(pair_reason(p.a), "may initiate"));
	kern_ping(p.b, 0);
	world_run(p.w, 5000);
	assert_true(pair_works(&p));
	pair_free(&p);
}

static void reload(struct host *h, const struct sim_conf *c)
{
	struct ike_event e = { .kind = IKE_EV_CONF };
	struct ike_conf *conf = sim_conf_make(c);

	e.conf = conf;
	host_feed(h, &e);
	ike_conf_unref(h->conf);
	h->conf = conf;
}

static void reload_keeps_what_fits(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	assert_up(&p);
	reload(p.a, &p.ca);
	world_run(p.w, 2000);
	assert_true(pair_works(&p));
	assert_int_equal(p.a->ph1_down, 0);
	/* a group that was not negotiated: the SA has to go */
	p.ca.group = GROUP_ECP256;
	reload(p.a, &p.ca);
	world_run(p.w, 2000);
	assert_int_equal(p.a->ph1_down, 1);
	assert_int_equal(kern_count(&p.a->kern, true), 0);
	assert_int_equal(kern_count(&p.b->kern, true), 0);
	pair_free(&p);
}

/* ---- bundles ---- */

static void bundle_of_three(void **state)
{
	struct pair p;

	pair_init(&p);
	p.mode = KMODE_TRANSPORT;
	pair_start(&p);
	for (size_t i = 0; i < 4; i++) {
		struct host *h = i < 2 ? p.a : p.b;
		struct kpol *k = &h->kern.pol[i % 2];
		struct kevent ev = { .kind = KEV_POL_NEW };
		struct ike_event e = { .kind = IKE_EV_KERNEL, .kernel = &ev };

		k->ntmpl = 3;
		k->tmpl[0].proto = IPPROTO_COMP;
		k->tmpl[1].proto = IPPROTO_ESP;
		k->tmpl[2].proto = IPPROTO_AH;
		ev.pol = *k;
		host_feed(h, &e);
	}
	assert_true(pair_up(&p));
	assert_int_equal(kern_count(&p.a->kern, true), 6);
	assert_int_equal(kern_unmatched(p.a), 0);
	assert_int_equal(kern_unmatched(p.b), 0);
	host_admin(p.a, ADM_FLUSH_ISAKMP, NULL);
	world_run(p.w, 2000);
	assert_int_equal(kern_count(&p.b->kern, true), 0);
	pair_free(&p);
}

/* ---- roadwarriors ---- */

static void generated_policies(enum ike_genpol gen)
{
	struct pair p;
	struct kpol out, in;

	pair_init(&p);
	p.cb.peer = NULL;
	p.cb.genpol = gen;
	p.cb.passive = true;
	p.a = world_host(p.w, "a", PAIR_A, sim_conf_make(&p.ca));
	p.b = world_host(p.w, "b", PAIR_B, sim_conf_make(&p.cb));
	out = sim_policy(KDIR_OUT, KMODE_TUNNEL, PAIR_A_NET, PAIR_B_NET,
			 PAIR_A, PAIR_B, 0);
	in = sim_policy(KDIR_IN, KMODE_TUNNEL, PAIR_A_NET, PAIR_B_NET, PAIR_A,
			PAIR_B, 0);
	host_start(p.a);
	host_start(p.b);
	host_policy(p.a, &out);
	host_policy(p.a, &in);
	kern_ping(p.a, 0);
	world_run(p.w, 5000);
	assert_true(kern_ping(p.a, 0));
	assert_int_equal(p.b->kern.npol, 3);	/* in, out, fwd */
	for (size_t i = 0; i < 3; i++) {
		if (gen == IKE_GENPOL_UNIQUE)
			assert_int_not_equal(p.b->kern.pol[i].tmpl[0].reqid,
					     0);
		else
			assert_int_equal(p.b->kern.pol[i].tmpl[0].reqid, 0);
		if (p.b->kern.pol[i].dir == KDIR_OUT)
			assert_true(kern_ping(p.b, i));
	}
	/* they go with the tunnel, and only then */
	host_admin(p.a, ADM_FLUSH_ISAKMP, NULL);
	world_run(p.w, 2000);
	assert_int_equal(p.b->kern.npol, 0);
	pair_free(&p);
}

static void generate_policy_on(void **state)
{
	generated_policies(IKE_GENPOL_REQUIRE);
}

static void generate_policy_unique(void **state)
{
	generated_policies(IKE_GENPOL_UNIQUE);
}

/* ---- IPv6 ---- */

#define A6 "2001:db8::a"
#define B6 "2001:db8::b"

static void ipv6(enum kmode mode, const char *an, const char *bn)
{
	struct pair p;

	pair_init(&p);
	p.ca.peer = B6;
	p.cb.peer = A6;
	p.ca.pfs = p.cb.pfs = GROUP_X25519;
	p.ca.life2 = p.cb.life2 = 200;
	p.a = world_host(p.w, "a", A6, sim_conf_make(&p.ca));
	p.b = world_host(p.w, "b", B6, sim_conf_make(&p.cb));
	story_policies(p.a, A6, B6, mode, an, bn, 3);
	story_policies(p.b, B6, A6, mode, bn, an, 3);
	host_start(p.a);
	host_start(p.b);
	assert_up(&p);
	assert_int_equal(pair_lost(&p, 500), 0);
	pair_free(&p);
}

static void ipv6_tunnel(void **state)
{
	ipv6(KMODE_TUNNEL, "2001:db8:1::/48", "2001:db8:2::/64");
	/* one family inside another */
	ipv6(KMODE_TUNNEL, "10.1.0.0/16", "10.2.0.0/16");
}

static void ipv6_transport(void **state)
{
	ipv6(KMODE_TRANSPORT, A6, B6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(main_psk_tunnel),
		cmocka_unit_test(main_psk_transport),
		cmocka_unit_test(aggressive_psk),
		cmocka_unit_test(pfs_x25519),
		cmocka_unit_test(pfs_ecp256),
		cmocka_unit_test(modp2048),
		cmocka_unit_test(aes256_sha512),
		cmocka_unit_test(esp_3des),
		cmocka_unit_test(esp_null),
		cmocka_unit_test(natt_without_nat),
		cmocka_unit_test(natt_forced),
		cmocka_unit_test(wrong_psk),
		cmocka_unit_test(no_psk),
		cmocka_unit_test(no_common_proposal),
		cmocka_unit_test(notify_without_msgid),
		cmocka_unit_test(wide_policies),
		cmocka_unit_test(other_mode),
		cmocka_unit_test(no_answer),
		cmocka_unit_test(no_common_phase2),
		cmocka_unit_test(no_policy),
		cmocka_unit_test(kernel_refuses),
		cmocka_unit_test(proposal_check_phase1),
		cmocka_unit_test(proposal_check_phase2),
		cmocka_unit_test(proposal_check_pfs),
		cmocka_unit_test(rekeys_without_loss),
		cmocka_unit_test(rekeys_by_bytes),
		cmocka_unit_test(phase1_rekeys_by_bytes),
		cmocka_unit_test(phase1_ends_by_bytes),
		cmocka_unit_test(proposal_check_phase1_bytes),
		cmocka_unit_test(cable_cut_is_noticed),
		cmocka_unit_test(peer_restarts),
		cmocka_unit_test(delete_reaches_peer),
		cmocka_unit_test(admin_establishes),
		cmocka_unit_test(passive_waits),
		cmocka_unit_test(reload_keeps_what_fits),
		cmocka_unit_test(bundle_of_three),
		cmocka_unit_test(generate_policy_on),
		cmocka_unit_test(generate_policy_unique),
		cmocka_unit_test(ipv6_tunnel),
		cmocka_unit_test(ipv6_transport),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
