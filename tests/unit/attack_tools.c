/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/attack_tools.h"

/* The only SA of a host, or NULL. */
struct ike_sa *only_sa(struct host *h)
{
	struct hnode *cursor = NULL;
	size_t pos = 0;

	return sa_walk(h->ike, &pos, &cursor);
}

void inject(struct pair *p, const char *from, struct host *to,
		   const struct wbuf *w)
{
	struct ike_packet pkt = { .p = w->p, .len = w->len };

	assert_int_equal(xaddr_parse(from, &pkt.local.addr), 0);
	pkt.local.port = pkt.remote.port = 500;
	pkt.remote.addr = to->addr;
	link_inject(p->w, &pkt);
}

/* A message in clear with one delete of the SA with these cookies. */
void clear_delete(struct wbuf *w, uint64_t spi_i, uint64_t spi_r)
{
	struct ike_hdr h = { .spi_i = spi_i, .spi_r = spi_r, .major = 1,
			     .xchg = XCHG_INFO, .msgid = 0x1234 };
	struct ike_delete d = { .doi = IKE_DOI_IPSEC,
				.proto = IKE_PROTO_ISAKMP, .spi_size = 16,
				.nspi = 1 };
	struct ike_build b;
	uint8_t spi[16];
	struct wbuf s;

	wbuf_fixed(&s, spi, sizeof(spi));
	wbuf_u64(&s, spi_i);
	wbuf_u64(&s, spi_r);
	d.spis = wbuf_cur(&s);
	ike_build_start(&b, w, &h);
	ike_build_delete(&b, &d);
	assert_int_equal(ike_build_finish(&b), 0);
}

void clear_notify(struct wbuf *w, const struct ike_hdr *of,
			 uint16_t type)
{
	struct ike_hdr h = { .spi_i = of->spi_i, .spi_r = of->spi_r,
			     .major = 1, .xchg = XCHG_INFO, .msgid = 0x4321 };
	struct ike_notify n = { .doi = IKE_DOI_IPSEC,
				.proto = IKE_PROTO_ISAKMP, .type = type };
	struct ike_build b;

	ike_build_start(&b, w, &h);
	ike_build_notify(&b, &n);
	assert_int_equal(ike_build_finish(&b), 0);
}

/*
 * An informational message as the peer itself could send it: fill() adds
 * payloads, then it is authenticated and encrypted with the keys of from.
 */
static void send_inner(struct pair *p, struct host *from, struct host *to,
		       uint8_t xchg, void (*fill)(struct v1_out *o, void *arg),
		       void *arg)
{
	struct ike_sa *sa = only_sa(from);
	const struct ike_v1_keys *k = &v1_sa(sa)->keys;
	size_t len = ike_md_alg(k->md)->len, at;
	struct xchg x = { .type = xchg, .msgid = 0xabcdef };
	uint8_t h[IKE_MD_MAX], iv[IKE_BLOCK_MAX] = { 0 };
	char addr[XADDR_STRLEN];
	struct v1_out o;

	v1_out_start(&o, sa, &x, 0);
	at = ike_build_hole(&o.b, PLD_HASH, len);
	fill(&o, arg);
	assert_int_equal(ike_v1_hash1(p->w->crypto, k, x.msgid,
				      ike_build_from(&o.b, at + len), h), 0);
	for (size_t i = 0; i < len; i++)
		wbuf_set_u8(&o.w, at + i, h[i]);
	assert_int_equal(v1_iv(from->ike, sa, x.msgid, iv), 0);
	assert_int_equal(v1_out_seal(from->ike, &o, sa, iv), 0);
	inject(p, xaddr_str(&from->addr, addr), to, &o.w);
	v1_out_free(&o);
}

void send_protected(struct pair *p, struct host *from, struct host *to,
			   void (*fill)(struct v1_out *o, void *arg),
			   void *arg)
{
	send_inner(p, from, to, XCHG_INFO, fill, arg);
}

void send_quick(struct pair *p, struct host *from, struct host *to,
		void (*fill)(struct v1_out *o, void *arg), void *arg)
{
	send_inner(p, from, to, XCHG_QUICK, fill, arg);
}

static void copy_payload(struct ike_build *b, struct spoiler *s,
			 const struct ike_payload *p, bool hit)
{
	struct cur body = p->body;
	uint8_t grown[2048] = { 0 };

	if (!hit) {
		ike_build_raw(b, p->type, body);
		return;
	}
	s->type = p->type;
	switch (s->change) {
	case DROP:
		return;
	case REPEAT:
		ike_build_raw(b, p->type, body);
		break;
	case SHORTER:
		if (body.left)
			body.left--;
		break;
	case LONGER:
		assert_true(body.left < sizeof(grown));
		memcpy(grown, body.p, body.left);
		body = cur_init(grown, body.left + 1);
		break;
	case PATCH:
		body = cur_init(s->patch, s->patch_len);
		break;
	}
	ike_build_raw(b, p->type, body);
}

bool spoil(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct arena *a = arena_new(0);
	struct spoiler *s = arg;
	struct ike_msg m;
	struct ike_build b;
	struct ike_hdr h;
	struct cur body;
	struct wbuf out;

	assert_non_null(a);
	if (s->seen++ != s->message || s->done)
		goto out;
	if (ike_hdr_parse(cur_init(pkt->p, pkt->len), &h, &body) < 0 ||
	    (h.flags & IKE_FLAG_ENC) ||
	    ike_msg_walk(&m, &h, body, false, a) < 0)
		goto out;
	wbuf_fixed(&out, s->bytes, sizeof(s->bytes));
	ike_build_start(&b, &out, &h);
	for (size_t i = 0; i < m.n; i++) {
		bool hit = s->change == PATCH ? m.p[i].type == PLD_KE
					      : i == s->payload;

		s->done |= hit;
		copy_payload(&b, s, &m.p[i], hit);
	}
	if (!s->done || ike_build_finish(&b) < 0)
		goto out;
	pkt->p = out.p;
	pkt->len = out.len;
out:
	arena_free(a);
	return true;
}

static bool record(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct tape *t = arg;

	if (t->n < 40 && pkt->len <= sizeof(t->p[0])) {
		memcpy(t->p[t->n], pkt->p, pkt->len);
		t->len[t->n] = pkt->len;
		t->to_b[t->n++] = xaddr_equal(&pkt->remote.addr,
					      &w->host[1]->addr);
	}
	return true;
}

struct tape *make_tape(uint8_t mode)
{
	struct tape *t = calloc(1, sizeof(*t));
	struct pair p;

	assert_non_null(t);
	pair_init(&p);
	p.ca.mode = p.cb.mode = mode;
	p.w->link.delay_min = p.w->link.delay_max = 20;
	pair_start(&p);
	p.w->filter = record;
	p.w->filter_arg = t;
	assert_true(pair_up(&p));
	pair_free(&p);
	return t;
}

