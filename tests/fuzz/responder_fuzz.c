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

#include "ike/v1/ctx.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cur in = cur_init(data, size), c;
	struct pair p;
	uint8_t flags, what;
	uint16_t len;

	if (cur_u8(&in, &flags) < 0)
		return 0;
	pair_init(&p);
	p.w->link.delay_min = p.w->link.delay_max = 10;
	p.ca.mode = p.cb.mode = flags & 1 ? IKE_MODE_AGGRESSIVE
					  : IKE_MODE_MAIN;
	p.ca.natt = p.cb.natt = flags & 2 ? IKE_ON : IKE_OFF;
	p.cb.peer = flags & 4 ? NULL : PAIR_A;
	p.cb.genpol = flags & 8 ? IKE_GENPOL_UNIQUE : IKE_GENPOL_OFF;
	p.cb.check = flags & 16 ? IKE_CHECK_OBEY : IKE_CHECK_STRICT;
	pair_start(&p);
	if (flags & 32)
		pair_up(&p);
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
	if (p.w->failure[0])
		abort();
	pair_free(&p);
	return 0;
}
