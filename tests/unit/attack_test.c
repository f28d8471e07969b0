/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What went wrong in other IKE daemons, done to ours: each test is a class of
 * published attacks.  Nothing here may crash (run it with sanitizers), bring
 * up an SA without proof, or change one that is up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ike/crypto/dh.h"
#include "tests/unit/attack_tools.h"

/* ---- deletes ---- */

struct meddler {
	struct pair *p;
	unsigned int seen;
	uint16_t notify;	/* 0: a delete */
};

/* At each message of phase 1, somebody speaks in the peer's name. */
static bool meddle(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct meddler *m = arg;
	struct ike_hdr h;
	struct cur body;
	struct wbuf wb;
	char a[XADDR_STRLEN];

	if (ike_hdr_parse(cur_init(pkt->p, pkt->len), &h, &body) < 0)
		return true;
	m->seen++;
	wbuf_init(&wb, 1000);
	if (m->notify)
		clear_notify(&wb, &h, m->notify);
	else
		clear_delete(&wb, h.spi_i, h.spi_r);
	inject(m->p, xaddr_str(&pkt->remote.addr, a),
	       world_find(w, &pkt->local.addr), &wb);
	inject(m->p, xaddr_str(&pkt->local.addr, a),
	       world_find(w, &pkt->remote.addr), &wb);
	wbuf_free(&wb);
	return true;
}

static void meddled(uint8_t mode, uint16_t notify)
{
	struct meddler m = { .notify = notify };
	struct pair p;

	pair_init(&p);
	p.ca.mode = p.cb.mode = mode;
	pair_start(&p);
	m.p = &p;
	p.w->filter = meddle;
	p.w->filter_arg = &m;
	kern_ping(p.a, 0);
	world_run(p.w, 15000);
	assert_true(m.seen >= 6);
	assert_true(pair_works(&p));
	assert_int_equal(p.a->ph1_down + p.b->ph1_down, 0);
	assert_int_equal(p.a->ph2_down + p.b->ph2_down, 0);
	pair_free(&p);
}

static void unencrypted_delete_mid_main_mode(void **state)
{
	meddled(IKE_MODE_MAIN, 0);
}

static void unencrypted_delete_mid_aggressive_mode(void **state)
{
	meddled(IKE_MODE_AGGRESSIVE, 0);
}

static void informational_before_authentication(void **state)
{
	meddled(IKE_MODE_MAIN, N_AUTHENTICATION_FAILED);
	meddled(IKE_MODE_MAIN, N_INITIAL_CONTACT);
	meddled(IKE_MODE_AGGRESSIVE, N_NO_PROPOSAL_CHOSEN);
}

static void unencrypted_delete_of_established(void **state)
{
	struct pair p;
	struct ike_sa *sa;
	struct wbuf w;

	pair_init(&p);
	pair_start(&p);
	assert_true(pair_up(&p));
	sa = only_sa(p.b);
	wbuf_init(&w, 1000);
	clear_delete(&w, sa->spi_i, sa->spi_r);
	inject(&p, PAIR_A, p.b, &w);
	world_run(p.w, 2000);
	assert_int_equal(p.b->ph1_down, 0);
	assert_true(pair_works(&p));
	wbuf_free(&w);
	pair_free(&p);
}

static void fill_two_deletes(struct v1_out *o, void *arg)
{
	struct pair *p = arg;
	struct ike_sa *sa = only_sa(p->a);
	uint8_t b[4], c[16];
	struct wbuf w, v;
	struct ike_delete d = { .doi = IKE_DOI_IPSEC, .proto = IKE_PROTO_ESP,
				.spi_size = 4, .nspi = 1 };
	struct ike_delete e = { .doi = IKE_DOI_IPSEC,
				.proto = IKE_PROTO_ISAKMP, .spi_size = 16,
				.nspi = 1 };

	wbuf_fixed(&w, b, sizeof(b));
	wbuf_u32(&w, sa->child->p[0].spi_in);
	d.spis = wbuf_cur(&w);
	wbuf_fixed(&v, c, sizeof(c));
	wbuf_u64(&v, sa->spi_i);
	wbuf_u64(&v, sa->spi_r);
	e.spis = wbuf_cur(&v);
	ike_build_delete(&o->b, &d);
	ike_build_delete(&o->b, &d);
	ike_build_delete(&o->b, &e);
	ike_build_delete(&o->b, &e);
	ike_build_delete(&o->b, &d);
}

/* Of a type that means nothing to us. */
static void fill_notify(struct v1_out *o, void *arg)
{
	struct ike_notify n = { .doi = IKE_DOI_IPSEC, .type = 40001,
				.proto = IKE_PROTO_ISAKMP };

	ike_build_notify(&o->b, &n);
}

static void two_deletes_in_one_packet(void **state)
{
	struct pair p;

	pair_init(&p);
	pair_start(&p);
	assert_true(pair_up(&p));
	send_protected(&p, p.a, p.b, fill_two_deletes, &p);
	world_run(p.w, 1000);
	assert_int_equal(p.b->ph1_down, 1);
	assert_int_equal(p.b->ph2_down, 1);
	assert_int_equal(kern_count(&p.b->kern, true), 0);
	pair_free(&p);
}

/* The proof of a protected message is checked before anything is obeyed. */
static void forged_delete(void **state)
{
	struct pair p;
	struct ike_sa *sa;

	pair_init(&p);
	pair_start(&p);
	assert_true(pair_up(&p));
	sa = only_sa(p.a);
	v1_sa(sa)->keys.skeyid_a.p[0] ^= 1;	/* no key, no HASH */
	send_protected(&p, p.a, p.b, fill_two_deletes, &p);
	world_run(p.w, 1000);
	assert_int_equal(p.b->ph1_down + p.b->ph2_down, 0);
	assert_true(pair_works(&p));
	pair_free(&p);
}

/* Likewise quick modes, of which either side tries one. */
static void forged_quick_mode(void **state)
{
	struct pair p;

	pair_init(&p);
	p.ca.life2 = p.cb.life2 = 100;
	pair_start(&p);
	assert_true(pair_up(&p));
	v1_sa(only_sa(p.a))->keys.skeyid_a.p[0] ^= 1;
	world_run(p.w, 94000);
	assert_non_null(pair_logged(&p, "HASH of a quick mode message does "
				    "not fit"));
	assert_int_equal(p.a->ph2_up, 1);
	assert_int_equal(p.b->ph2_up, 1);
	assert_int_equal(kern_count(&p.b->kern, false), 2);
	pair_free(&p);
}

/* ---- payloads of phase 1 ---- */

static bool optional(uint8_t type)
{
	return type == PLD_VID || type == PLD_NATD || type == PLD_CR ||
	       type == PLD_NOTIFY;
}

/*
 * Only the spoiled message goes wrong; repetitions are good again.  Whatever
 * happens, both ends either have working SAs or none.
 */
static bool spoiled(uint8_t mode, enum ike_tri natt, struct spoiler *s)
{
	struct pair p;
	bool works;

	pair_init(&p);
	p.ca.mode = p.cb.mode = mode;
	p.ca.natt = p.cb.natt = natt;
	p.ca.interval = p.cb.interval = 2;
	pair_start(&p);
	p.w->filter = spoil;
	p.w->filter_arg = s;
	kern_ping(p.a, 0);
	world_run(p.w, 40000);
	p.w->filter = NULL;
	kern_ping(p.a, 0);
	world_run(p.w, 40000);
	works = pair_works(&p);
	assert_string_equal(p.w->failure, "");
	pair_free(&p);
	return works;
}

static void every_payload(uint8_t mode, unsigned int messages)
{
	static const enum change changes[] = { DROP, REPEAT, SHORTER, LONGER };
	unsigned int tried = 0;

	for (unsigned int k = 0; k < messages; k++)
		for (unsigned int i = 0; i < 12; i++)
			for (size_t c = 0; c < 4; c++) {
				struct spoiler s = { .message = k,
						     .payload = i,
						     .change = changes[c] };

				/* after it, a tunnel must come up again */
				if (!spoiled(mode, IKE_ON, &s))
					fail_msg("payload %u of message %u, "
						 "change %u", i, k,
						 changes[c]);
				tried += s.done;
			}
	assert_true(tried > 40);
}

static void missing_or_repeated_payloads_main(void **state)
{
	every_payload(IKE_MODE_MAIN, 4);
}

static void missing_or_repeated_payloads_aggressive(void **state)
{
	every_payload(IKE_MODE_AGGRESSIVE, 3);
}

/* A message without a mandatory payload is never enough for an SA. */
struct dropper {
	uint8_t type;
	struct spoiler s;
};

static bool drop_always(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct arena *a = arena_new(0);
	struct dropper *d = arg;
	struct ike_msg m = { 0 };
	struct ike_hdr h;
	struct cur body;
	bool through = true;

	assert_non_null(a);
	if (ike_hdr_parse(cur_init(pkt->p, pkt->len), &h, &body) < 0 ||
	    (h.flags & IKE_FLAG_ENC) || h.xchg == XCHG_INFO ||
	    ike_msg_walk(&m, &h, body, false, a) < 0)
		m.n = 0;
	for (unsigned int i = 0; i < m.n; i++) {
		if (m.p[i].type != d->type)
			continue;
		d->s = (struct spoiler){ .payload = i, .change = DROP };
		through = spoil(w, pkt, &d->s);
		break;
	}
	arena_free(a);
	return through;
}

static void mandatory_payloads(void **state)
{
	static const uint8_t types[] = { PLD_SA, PLD_KE, PLD_NONCE, PLD_ID,
					 PLD_HASH };

	for (size_t i = 0; i < sizeof(types); i++)
		for (unsigned int mode = 2; mode <= 4; mode += 2) {
			struct dropper d = { .type = types[i] };
			struct pair p;

			/* in main mode ID and HASH are encrypted */
			if (mode == IKE_MODE_MAIN && i > 2)
				continue;
			pair_init(&p);
			p.ca.mode = p.cb.mode = (uint8_t)mode;
			pair_start(&p);
			p.w->filter = drop_always;
			p.w->filter_arg = &d;
			kern_ping(p.a, 0);
			world_run(p.w, 100000);
			assert_int_equal(p.b->ph1_up, 0);
			assert_int_equal(p.b->ph2_up, 0);
			assert_int_equal(kern_count(&p.b->kern, true), 0);
			assert_false(optional(types[i]));
			pair_free(&p);
		}
}

/* ---- Diffie-Hellman ---- */

static void bad_value(uint16_t group, const uint8_t *v, size_t len)
{
	for (unsigned int side = 0; side < 2; side++) {
		struct spoiler s = { .message = 2 + side, .change = PATCH,
				     .patch = v, .patch_len = len };
		struct pair p;

		pair_init(&p);
		p.ca.group = p.cb.group = group;
		pair_start(&p);
		p.w->filter = spoil;
		p.w->filter_arg = &s;
		kern_ping(p.a, 0);
		world_run(p.w, 8000);
		assert_true(s.done);
		assert_int_equal(p.a->ph1_up + p.b->ph1_up, 0);
		assert_non_null(pair_logged(&p, "Diffie-Hellman value is "
					    "not"));
		pair_free(&p);
	}
}

static void public_values(void **state)
{
	static const uint16_t groups[] = { GROUP_MODP2048, GROUP_ECP256,
					   GROUP_X25519 };
	uint8_t v[512];

	for (size_t g = 0; g < 3; g++) {
		size_t len = ike_group_alg(groups[g])->public_len;

		memset(v, 0, sizeof(v));
		if (groups[g] != GROUP_X25519) {
			bad_value(groups[g], v, len);		/* 0 */
			v[len - 1] = 1;
			bad_value(groups[g], v, len);		/* 1 */
			memset(v, 0xff, sizeof(v));
			bad_value(groups[g], v, len);		/* over p */
		}
		memset(v, 2, sizeof(v));
		/* of modp some leading zeros may be missing, no more */
		bad_value(groups[g], v, len - (g ? 1 : 5));
		bad_value(groups[g], v, len + 1);
		bad_value(groups[g], v, 1);
		bad_value(groups[g], v, len / 2);
		bad_value(groups[g], v, len * 2);
	}
}

static void from_hex(const char *hex, uint8_t *v, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned int b;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &b), 1);
		v[i] = (uint8_t)b;
	}
}

/* With a point of small order anybody knows the secret, which is 0. */
static void public_values_of_small_order(void **state)
{
	static const char *const points[] = {
		"00000000000000000000000000000000"
		"00000000000000000000000000000000",
		"01000000000000000000000000000000"
		"00000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46a"
		"da098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b"
		"04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffff7f",
	};
	uint8_t v[32];

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		from_hex(points[i], v, sizeof(v));
		bad_value(GROUP_X25519, v, sizeof(v));
		v[31] |= 0x80;	/* a bit that does not count */
		bad_value(GROUP_X25519, v, sizeof(v));
	}
}

/* p - 1 has order 2: with it anybody knows the secret. */
static void public_value_p_minus_1(void **state)
{
	uint8_t v[256] = { 0 };
	static const char hex[] =
		"FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E08"
		"8A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B"
		"302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9"
		"A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6"
		"49286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8"
		"FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D"
		"670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C"
		"180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
		"3995497CEA956AE515D2261898FA051015728E5A8AACAA68FFFFFFFF"
		"FFFFFFFE";

	from_hex(hex, v, sizeof(v));
	bad_value(GROUP_MODP2048, v, sizeof(v));
}

/* ---- messages that were recorded ---- */

/* Before the last message of aggressive mode, somebody sends his own. */
struct forger {
	struct pair *p;
	bool done;
};

static bool forge(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct forger *f = arg;
	struct ike_build b;
	struct ike_hdr h;
	struct cur body;
	struct wbuf wb;
	uint8_t *hash;

	if (f->done ||
	    ike_hdr_parse(cur_init(pkt->p, pkt->len), &h, &body) < 0 ||
	    !(h.flags & IKE_FLAG_ENC))
		return true;
	f->done = true;
	h = (struct ike_hdr){ .spi_i = h.spi_i, .spi_r = h.spi_r, .major = 1,
			      .xchg = XCHG_AGGRESSIVE };
	wbuf_init(&wb, 1000);
	ike_build_start(&b, &wb, &h);
	hash = wbuf_at(&wb, ike_build_hole(&b, PLD_HASH, 32), 32);
	assert_non_null(hash);
	assert_int_equal(ike_build_finish(&b), 0);
	inject(f->p, MALLORY, f->p->b, &wb);
	wbuf_free(&wb);
	return false;	/* the true one is lost, and comes again */
}

/* It comes first, in clear, and from elsewhere: nothing of it stays. */
static void forged_last_message(void **state)
{
	struct forger f = { 0 };
	struct pair p;

	pair_init(&p);
	p.ca.mode = p.cb.mode = IKE_MODE_AGGRESSIVE;
	p.ca.natt = p.cb.natt = IKE_FORCE;
	pair_start(&p);
	f.p = &p;
	p.w->filter = forge;
	p.w->filter_arg = &f;
	kern_ping(p.a, 0);
	world_run(p.w, 20000);
	assert_true(f.done);
	assert_non_null(pair_logged(&p, "HASH mismatched"));
	assert_true(xaddr_equal(&only_sa(p.b)->remote.addr, &p.a->addr));
	assert_int_equal(only_sa(p.b)->natt.version, NATT_RFC);
	assert_true(pair_works(&p));
	pair_free(&p);
}

/* What A sends to B once the tunnel is up. */
struct recorder {
	struct host *from;
	unsigned int n;
	struct ike_packet pkt[64];
	uint8_t bytes[64][512];
};

static bool record_from(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct recorder *r = arg;

	if (!xaddr_equal(&pkt->local.addr, &r->from->addr) || r->n == 64 ||
	    pkt->keepalive || pkt->len > sizeof(r->bytes[0]))
		return true;
	memcpy(r->bytes[r->n], pkt->p, pkt->len);
	r->pkt[r->n] = *pkt;
	r->pkt[r->n].p = r->bytes[r->n];
	r->n++;
	return true;
}

/*
 * Recorded messages are authentic, and behind a NAT peers move: none of them,
 * sent again from elsewhere, may take the tunnel there.
 */
static void replayed_from_elsewhere(void **state)
{
	struct recorder r = { 0 };
	struct ike_sa *sa;
	struct pair p;

	pair_init(&p);
	p.ca.natt = p.cb.natt = IKE_FORCE;
	p.ca.dpd_delay = p.cb.dpd_delay = 20;
	p.ca.life2 = 300;
	pair_start(&p);
	r.from = p.a;
	assert_true(pair_up(&p));
	p.w->filter = record_from;
	p.w->filter_arg = &r;
	send_protected(&p, p.a, p.b, fill_notify, &p);
	/* the NAT is silent long enough for probes and a renewal */
	world_run(p.w, 290000);
	p.w->filter = NULL;
	assert_true(r.n >= 5);
	sa = only_sa(p.b);
	for (unsigned int i = 0; i < r.n; i++) {
		assert_int_equal(xaddr_parse(MALLORY, &r.pkt[i].local.addr),
				 0);
		link_inject(p.w, &r.pkt[i]);
		world_run(p.w, 100);
		assert_true(xaddr_equal(&sa->remote.addr, &p.a->addr));
		assert_true(!sa->child || xaddr_equal(&sa->child->remote.addr,
						      &p.a->addr));
	}
	assert_true(pair_works(&p));
	pair_free(&p);
}

/* What only phase 1 needs is not there to be stolen afterwards. */
static void established_keeps_no_skeyid(void **state)
{
	for (unsigned int mode = 2; mode <= 4; mode += 2) {
		struct pair p;

		pair_init(&p);
		p.ca.mode = p.cb.mode = (uint8_t)mode;
		pair_start(&p);
		assert_true(pair_up(&p));
		for (unsigned int i = 0; i < 2; i++) {
			const struct ike_v1_keys *k =
				&v1_sa(only_sa(i ? p.a : p.b))->keys;

			assert_null(k->skeyid.p);
			assert_null(k->skeyid_e.p);
			assert_non_null(k->skeyid_a.p);
			assert_non_null(k->skeyid_d.p);
			assert_non_null(k->key.p);
		}
		pair_free(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unencrypted_delete_mid_main_mode),
		cmocka_unit_test(unencrypted_delete_mid_aggressive_mode),
		cmocka_unit_test(informational_before_authentication),
		cmocka_unit_test(unencrypted_delete_of_established),
		cmocka_unit_test(two_deletes_in_one_packet),
		cmocka_unit_test(forged_delete),
		cmocka_unit_test(forged_quick_mode),
		cmocka_unit_test(missing_or_repeated_payloads_main),
		cmocka_unit_test(missing_or_repeated_payloads_aggressive),
		cmocka_unit_test(mandatory_payloads),
		cmocka_unit_test(public_values),
		cmocka_unit_test(public_values_of_small_order),
		cmocka_unit_test(public_value_p_minus_1),
		cmocka_unit_test(replayed_from_elsewhere),
		cmocka_unit_test(forged_last_message),
		cmocka_unit_test(established_keeps_no_skeyid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
