/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/kernel.h"

#include <arpa/inet.h>
#include <string.h>

#include "libxfrm/base/err.h"

/* Bytes and packets: the kernel writes "no limit" as all ones. */
static uint64_t inf_if_zero(uint64_t v)
{
	return v ? v : XFRM_INF;
}

static uint64_t zero_if_inf(uint64_t v)
{
	return v == XFRM_INF ? 0 : v;
}

void xlife_to_kernel(const struct xlife *l, struct xfrm_lifetime_cfg *k)
{
	*k = (struct xfrm_lifetime_cfg){
		.soft_byte_limit = inf_if_zero(l->soft_bytes),
		.hard_byte_limit = inf_if_zero(l->hard_bytes),
		.soft_packet_limit = inf_if_zero(l->soft_packets),
		.hard_packet_limit = inf_if_zero(l->hard_packets),
		.soft_add_expires_seconds = l->soft_add,
		.hard_add_expires_seconds = l->hard_add,
		.soft_use_expires_seconds = l->soft_use,
		.hard_use_expires_seconds = l->hard_use,
	};
}

void xlife_from_kernel(const struct xfrm_lifetime_cfg *k, struct xlife *l)
{
	*l = (struct xlife){
		.soft_bytes = zero_if_inf(k->soft_byte_limit),
		.hard_bytes = zero_if_inf(k->hard_byte_limit),
		.soft_packets = zero_if_inf(k->soft_packet_limit),
		.hard_packets = zero_if_inf(k->hard_packet_limit),
		.soft_add = zero_if_inf(k->soft_add_expires_seconds),
		.hard_add = zero_if_inf(k->hard_add_expires_seconds),
		.soft_use = zero_if_inf(k->soft_use_expires_seconds),
		.hard_use = zero_if_inf(k->hard_use_expires_seconds),
	};
}

void xlife_cur_from_kernel(const struct xfrm_lifetime_cur *k,
			   struct xlife_cur *c)
{
	c->bytes = k->bytes;
	c->packets = k->packets;
	c->add_time = k->add_time;
	c->use_time = k->use_time;
}

bool xlife_equal(const struct xlife *a, const struct xlife *b)
{
	return a->soft_bytes == b->soft_bytes &&
		a->hard_bytes == b->hard_bytes &&
		a->soft_packets == b->soft_packets &&
		a->hard_packets == b->hard_packets &&
		a->soft_add == b->soft_add && a->hard_add == b->hard_add &&
		a->soft_use == b->soft_use && a->hard_use == b->hard_use;
}

void xput_mark(struct xmsg *m, const struct xmark *mark)
{
	struct xfrm_mark k = { .v = mark->value, .m = mark->mask };

	if (mark->value || mark->mask)
		xmsg_put(m, XFRMA_MARK, &k, sizeof(k));
}

void xget_mark(const struct xattrs *a, struct xmark *mark)
{
	struct xfrm_mark k;

	if (xattrs_get(a, XFRMA_MARK, &k, sizeof(k)) == 0)
		*mark = (struct xmark){ .value = k.v, .mask = k.m };
}

void xput_if_id(struct xmsg *m, uint32_t if_id)
{
	if (if_id)
		xmsg_put_u32(m, XFRMA_IF_ID, if_id);
}

void xput_secctx(struct xmsg *m, const struct xsecctx *sec)
{
	struct xfrm_user_sec_ctx k = {
		.len = (uint16_t)(sizeof(k) + sec->len),
		.exttype = XFRMA_SEC_CTX,
		.ctx_alg = sec->alg,
		.ctx_doi = sec->doi,
		.ctx_len = sec->len,
	};

	if (sec->len)
		xmsg_put2(m, XFRMA_SEC_CTX, &k, sizeof(k), sec->str, sec->len);
}

int xget_secctx(const struct xattrs *a, struct xsecctx *sec)
{
	struct xfrm_user_sec_ctx k;
	const uint8_t *p;
	struct cur c;
	int r;

	if (!xattrs_has(a, XFRMA_SEC_CTX))
		return 0;
	c = a->at[XFRMA_SEC_CTX];
	if ((r = cur_copy(&c, &k, sizeof(k))) < 0 ||
	    (r = cur_bytes(&c, k.ctx_len, &p)) < 0)
		return r;
	if (k.ctx_len && p[k.ctx_len - 1] != '\0')
		return XE_MALFORMED;
	*sec = (struct xsecctx){ .doi = k.ctx_doi, .alg = k.ctx_alg,
				 .len = k.ctx_len, .str = (const char *)p };
	return 0;
}

int xsecctx_dup(struct arena *a, struct xsecctx *sec)
{
	if (!sec->len)
		return 0;
	sec->str = arena_memdup(a, sec->str, sec->len);
	return sec->str ? 0 : XE_NOMEM;
}

bool xsecctx_equal(const struct xsecctx *a, const struct xsecctx *b)
{
	return a->len == b->len && (a->len == 0 ||
		(a->doi == b->doi && a->alg == b->alg &&
		 memcmp(a->str, b->str, a->len) == 0));
}

void xput_offload(struct xmsg *m, const struct xoffload *o)
{
	struct xfrm_user_offload k = { .ifindex = o->ifindex,
				       .flags = o->flags };

	if (o->mode == XOFFLOAD_NONE)
		return;
	if (o->mode == XOFFLOAD_PACKET)
		k.flags |= XU_OFFLOAD_PACKET;
	xmsg_put(m, XFRMA_OFFLOAD_DEV, &k, sizeof(k));
}

void xget_offload(const struct xattrs *a, struct xoffload *o)
{
	struct xfrm_user_offload k;

	if (xattrs_get(a, XFRMA_OFFLOAD_DEV, &k, sizeof(k)) < 0)
		return;
	o->mode = k.flags & XU_OFFLOAD_PACKET ? XOFFLOAD_PACKET :
		XOFFLOAD_CRYPTO;
	o->ifindex = k.ifindex;
	o->flags = k.flags & (uint8_t)~XU_OFFLOAD_PACKET;
}

bool xoffload_equal(const struct xoffload *a, const struct xoffload *b)
{
	return a->mode == b->mode && (a->mode == XOFFLOAD_NONE ||
		(a->ifindex == b->ifindex && a->flags == b->flags));
}

void xput_encap(struct xmsg *m, const struct xsa_encap *e)
{
	struct xfrm_encap_tmpl k = {
		.encap_type = e->type,
		.encap_sport = htons(e->sport),
		.encap_dport = htons(e->dport),
	};

	if (!e->type)
		return;
	xaddr_to_kernel(&e->oa, &k.encap_oa);
	xmsg_put(m, XFRMA_ENCAP, &k, sizeof(k));
}

void xget_encap(const struct xattrs *a, unsigned int family,
		struct xsa_encap *e)
{
	struct xfrm_encap_tmpl k;

	if (xattrs_get(a, XFRMA_ENCAP, &k, sizeof(k)) < 0)
		return;
	e->type = k.encap_type;
	e->sport = ntohs(k.encap_sport);
	e->dport = ntohs(k.encap_dport);
	e->oa = xaddr_from_kernel(&k.encap_oa, family);
	if (xaddr_is_any(&e->oa))
		e->oa = (struct xaddr){ 0 };
}

bool xsa_wide_replay(const struct xfrm_sa *sa)
{
	return sa->esn || sa->replay.window > 32;
}

/* Window, and counters when there are some to be set. */
void xput_replay(struct xmsg *m, const struct xfrm_sa *sa)
{
	static const uint32_t zero[XFRMA_REPLAY_ESN_MAX / 32];
	const struct xreplay *r = &sa->replay;
	struct xfrm_replay_state_esn e = { .replay_window = r->window };
	struct xfrm_replay_state s = { .oseq = r->oseq, .seq = r->seq };
	bool counters = sa->has & XSA_HAS_REPLAY;
	const void *bitmap = zero;

	if (!xsa_wide_replay(sa)) {
		if (!counters)
			return;
		if (r->bitmap && r->bitmap_len)
			memcpy(&s.bitmap, r->bitmap, sizeof(s.bitmap));
		xmsg_put(m, XFRMA_REPLAY_VAL, &s, sizeof(s));
		return;
	}
	e.bmp_len = (r->window + 31) / 32;
	if (e.bmp_len > sizeof(zero) / sizeof(zero[0]))
		e.bmp_len = sizeof(zero) / sizeof(zero[0]);
	if (counters) {
		e.oseq = r->oseq;
		e.oseq_hi = r->oseq_hi;
		e.seq = r->seq;
		e.seq_hi = r->seq_hi;
		if (r->bitmap && r->bitmap_len == e.bmp_len)
			bitmap = r->bitmap;
	}
	xmsg_put2(m, XFRMA_REPLAY_ESN_VAL, &e, sizeof(e), bitmap,
		  e.bmp_len * sizeof(uint32_t));
}

int xget_replay(const struct xattrs *a, struct xreplay *r)
{
	struct xfrm_replay_state_esn e;
	struct xfrm_replay_state s;
	struct cur c;
	int err;

	if (xattrs_has(a, XFRMA_REPLAY_ESN_VAL)) {
		c = a->at[XFRMA_REPLAY_ESN_VAL];
		err = cur_copy(&c, &e, sizeof(e));
		if (err < 0)
			return err;
		if (e.bmp_len > XFRMA_REPLAY_ESN_MAX / 32 ||
		    e.replay_window > e.bmp_len * 32)
			return XE_RANGE;
		*r = (struct xreplay){ .window = e.replay_window,
			.oseq = e.oseq, .oseq_hi = e.oseq_hi,
			.seq = e.seq, .seq_hi = e.seq_hi,
			.bitmap_len = e.bmp_len };
		return cur_bytes(&c, e.bmp_len * sizeof(uint32_t), &r->bitmap);
	}
	if (xattrs_get(a, XFRMA_REPLAY_VAL, &s, sizeof(s)) == 0) {
		r->oseq = s.oseq;
		r->seq = s.seq;
		c = a->at[XFRMA_REPLAY_VAL];
		if ((err = cur_skip(&c, offsetof(struct xfrm_replay_state,
						 bitmap))) < 0 ||
		    (err = cur_bytes(&c, sizeof(s.bitmap), &r->bitmap)) < 0)
			return err;
		r->bitmap_len = 1;
	}
	return 0;
}
