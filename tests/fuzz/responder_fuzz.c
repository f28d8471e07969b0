/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole responder.  The input is a row of records: one byte of what, two of
 * length, and bytes:
 *	0  a datagram as it is
 *	1  a datagram whose cookies and length are made right for the SA that
 *	   is being negotiated, or is up
 *	2  payloads, which are authenticated and encrypted as an informational
 *	   message of the peer (length: of the first payload type and the rest)
 *	3  the same as the first message of a quick mode
 *	4  time passes, as many seconds as the length says
 *	5  an unasked message of the kernel: soft or hard expiry of everything
 * The peer's engine answers in between, so that states follow each other.
 */
#include <stdlib.h>
#include <string.h>

#include "ike/core/dn.h"
#include "ike/v1/ctx.h"
#include "tests/sim/certs.h"
#include "tests/sim/pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RECORDS_MAX 32

static struct ike_sa *newest_sa(struct host *h)
{
	struct hnode *cursor = NULL;
	struct ike_sa *sa, *best = NULL;
	size_t pos = 0;

	while ((sa = sa_walk(h->ike, &pos, &cursor)) != NULL)
		if (!best || sa->id > best->id)
			best = sa;
	return best;
}

static void send_to_b(struct pair *p, const uint8_t *bytes, size_t len)
{
	struct ike_packet pkt = { .local = { p->a->addr, 500 },
				  .remote = { p->b->addr, 500 },
				  .p = bytes, .len = len };
	struct ike_event e = { .kind = IKE_EV_PACKET };

	e.packet = pkt;
	e.packet.local = pkt.remote;
	e.packet.remote = pkt.local;
	host_feed(p->b, &e);
}

/* Cookies of the live SA, and the length. */
static void send_fixed(struct pair *p, struct cur c)
{
	struct ike_sa *sa = newest_sa(p->b);
	struct wbuf w;

	wbuf_init(&w, IKE_MAX_MSG);
	wbuf_put(&w, c.p, c.left);
	if (w.len >= IKE_HDR_LEN && sa) {
		wbuf_set_u32(&w, 0, (uint32_t)(sa->spi_i >> 32));
		wbuf_set_u32(&w, 4, (uint32_t)sa->spi_i);
		wbuf_set_u32(&w, 8, (uint32_t)(sa->spi_r >> 32));
		wbuf_set_u32(&w, 12, (uint32_t)sa->spi_r);
	}
	if (w.len >= IKE_HDR_LEN)
		wbuf_set_u32(&w, 24, (uint32_t)w.len);
	send_to_b(p, w.p, w.len);
	wbuf_free(&w);
}

/* Behind the encryption: what an authenticated but hostile peer can say. */
static void send_inner(struct pair *p, uint8_t xchg, struct cur c)
{
	struct ike_sa *sa = newest_sa(p->b);
	struct xchg x = { .type = xchg };
	uint8_t h[IKE_MD_MAX], iv[IKE_BLOCK_MAX] = { 0 }, first;
	const struct ike_v1_keys *k;
	size_t len, at;
	struct v1_out o;

	if (!sa || !sa->established || cur_u32(&c, &x.msgid) < 0 ||
	    !x.msgid || cur_u8(&c, &first) < 0)
		return;
	k = &v1_sa(sa)->keys;
	len = ike_md_alg(k->md)->len;
	v1_out_start(&o, sa, &x, 0);
	at = ike_build_hole(&o.b, PLD_HASH, len);
	/* the chain goes on with the fuzzer's bytes, headers included */
	wbuf_set_u8(&o.w, at - 4, first);
	wbuf_put(&o.w, c.p, c.left);
	if (ike_v1_hash1(p->w->crypto, k, x.msgid,
			 ike_build_from(&o.b, at + len), h) < 0)
		abort();
	for (size_t i = 0; i < len; i++)
		wbuf_set_u8(&o.w, at + i, h[i]);
	if (v1_iv(p->b->ike, sa, x.msgid, iv) == 0 &&
	    v1_out_seal(p->b->ike, &o, sa, iv) == 0)
		send_to_b(p, o.w.p, o.w.len);
	v1_out_free(&o);
}

static void expire_all(struct pair *p, bool hard)
{
	for (size_t i = 0; i < 128; i++) {
		struct kern_sa *s = p->b->kern.bucket[i];
		struct kevent ev = { .kind = KEV_EXPIRE, .hard = hard };
		struct ike_event e = { .kind = IKE_EV_KERNEL, .kernel = &ev };

		if (!s)
			continue;
		ev.sa.proto = s->sa.proto;
		ev.sa.src = s->sa.src;
		ev.sa.dst = s->sa.dst;
		ev.sa.spi = s->sa.spi;
		host_feed(p->b, &e);
	}
}

static void record(struct pair *p, uint8_t what, struct cur c)
{
	switch (what % 6) {
	case 0:
		send_to_b(p, c.p, c.left);
		break;
	case 1:
		send_fixed(p, c);
		break;
	case 2:
		send_inner(p, XCHG_INFO, c);
		break;
	case 3:
		send_inner(p, XCHG_QUICK, c);
		break;
	case 4:
		world_run(p->w, c.left * 1000);
		break;
	case 5:
		expire_all(p, c.left & 1);
		break;
	}
	world_run(p->w, 200);
}

#define FLAG_AGGRESSIVE 1
#define FLAG_NATT 2
#define FLAG_ANONYMOUS 4
#define FLAG_GENERATE 8
#define FLAG_OBEY 16
#define FLAG_UP 32	/* the tunnel is up before the first record */
#define FLAG_RSA 64	/* and when anonymous, of these names only */
#define FLAG_TRANSPORT 128

/* The responder's configuration. */
static struct ike_conf *conf_b(const struct sim_conf *sc, uint8_t flags)
{
	static const char name[] = "C=DE, O=*, CN=a+OU=b";
	struct ike_remote *rc;
	struct ike_sainfo *si;
	struct ike_conf *conf = sim_conf_begin(sc, &rc, &si);
	struct ike_id *id = arena_alloc(ike_conf_arena(conf), sizeof(*id));
	struct wbuf w;
	size_t where;

	if (!(flags & FLAG_RSA) || !(flags & FLAG_ANONYMOUS))
		return sim_conf_end(conf);
	wbuf_init(&w, IKE_DN_MAX);
	if (!id || ike_dn_parse(name, &w, &where) < 0)
		abort();
	*id = (struct ike_id){
		.type = IKE_ID_DN, .len = w.len,
		.data = arena_memdup(ike_conf_arena(conf), w.p, w.len),
	};
	wbuf_free(&w);
	rc->peer_id = id;
	rc->npeer_id = 1;
	rc->verify_identifier = !(flags & FLAG_OBEY);
	return sim_conf_end(conf);
}

static void set_up(struct pair *p, uint8_t flags)
{
	pair_init(p);
	p->w->link.delay_min = p->w->link.delay_max = 10;
	p->ca.mode = p->cb.mode = flags & FLAG_AGGRESSIVE ? IKE_MODE_AGGRESSIVE
							  : IKE_MODE_MAIN;
	p->ca.natt = p->cb.natt = !(flags & FLAG_NATT) ? IKE_OFF :
				  flags & FLAG_TRANSPORT ? IKE_FORCE : IKE_ON;
	p->mode = flags & FLAG_TRANSPORT ? KMODE_TRANSPORT : KMODE_TUNNEL;
	p->cb.peer = flags & FLAG_ANONYMOUS ? NULL : PAIR_A;
	p->cb.genpol = flags & FLAG_GENERATE ? IKE_GENPOL_UNIQUE
					     : IKE_GENPOL_OFF;
	p->cb.check = flags & FLAG_OBEY ? IKE_CHECK_OBEY : IKE_CHECK_STRICT;
	if (flags & FLAG_RSA) {
		sim_certs_make(p->w->crypto, PAIR_A, PAIR_B);
		p->ca.auth = p->cb.auth = IKE_AUTH_RSA;
		p->ca.cert = 0;
		p->cb.cert = 1;
	}
	pair_start_with(p, sim_conf_make(&p->ca), conf_b(&p->cb, flags));
	if (flags & FLAG_RSA) {
		sim_certs_use(p->a, 0);
		sim_certs_use(p->b, 1);
	}
	if (flags & FLAG_UP)
		pair_up(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cur in = cur_init(data, size), c;
	struct pair p;
	uint8_t flags, what;
	uint16_t len;

	if (cur_u8(&in, &flags) < 0)
		return 0;
	set_up(&p, flags);
	for (unsigned int i = 0; i < RECORDS_MAX; i++) {
		if (cur_u8(&in, &what) < 0 || cur_u16(&in, &len) < 0)
			break;
		if (len > in.left)
			len = (uint16_t)in.left;
		if (cur_sub(&in, len, &c) < 0)
			break;
		record(&p, what, c);
	}
	world_run(p.w, 3000);
	/* what it says of itself has names in it that came from outside */
	host_admin(p.b, ADM_STATUS, NULL);
	host_admin(p.b, ADM_SHOW_ISAKMP, NULL);
	if (p.w->failure[0])
		abort();
	pair_free(&p);
	return 0;
}
