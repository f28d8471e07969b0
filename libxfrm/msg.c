/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/msg.h"

#include <assert.h>
#include <string.h>

#include "libxfrm/base/err.h"

void xmsg_init(struct xmsg *m, void *buf, size_t cap)
{
	wbuf_fixed(&m->w, buf, cap);
	m->start = 0;
}

void xmsg_init_alloc(struct xmsg *m, size_t cap)
{
	wbuf_init(&m->w, cap);
	m->start = 0;
}

void xmsg_free(struct xmsg *m)
{
	if (m)
		wbuf_free(&m->w);
}

/* Netlink aligns everything to 4 bytes. */
static void put_padded(struct xmsg *m, const void *p, size_t len)
{
	wbuf_put(&m->w, p, len);
	wbuf_zero(&m->w, NLA_ALIGN(len) - len);
}

void xmsg_begin(struct xmsg *m, uint16_t type, uint16_t flags)
{
	struct nlmsghdr h = {
		.nlmsg_type = type,
		.nlmsg_flags = (uint16_t)(flags | NLM_F_REQUEST),
	};

	m->start = m->w.len;
	wbuf_put(&m->w, &h, sizeof(h));
}

void xmsg_fixed(struct xmsg *m, const void *p, size_t len)
{
	put_padded(m, p, len);
}

void xmsg_attr(struct xmsg *m, uint16_t type, size_t len)
{
	struct nlattr a = { .nla_type = type };

	if (len > UINT16_MAX - sizeof(a)) {
		if (!m->w.err)
			m->w.err = XE_NOSPACE;
		return;
	}
	a.nla_len = (uint16_t)(sizeof(a) + len);
	wbuf_put(&m->w, &a, sizeof(a));
}

void xmsg_put2(struct xmsg *m, uint16_t type, const void *p, size_t len,
	       const void *q, size_t qlen)
{
	xmsg_attr(m, type, len + qlen < len ? SIZE_MAX : len + qlen);
	wbuf_put(&m->w, p, len);
	wbuf_put(&m->w, q, qlen);
	wbuf_zero(&m->w, NLA_ALIGN(len + qlen) - (len + qlen));
}

void xmsg_put(struct xmsg *m, uint16_t type, const void *p, size_t len)
{
	xmsg_put2(m, type, p, len, NULL, 0);
}

void xmsg_put_u8(struct xmsg *m, uint16_t type, uint8_t v)
{
	xmsg_put(m, type, &v, sizeof(v));
}

void xmsg_put_u16(struct xmsg *m, uint16_t type, uint16_t v)
{
	xmsg_put(m, type, &v, sizeof(v));
}

void xmsg_put_u32(struct xmsg *m, uint16_t type, uint32_t v)
{
	xmsg_put(m, type, &v, sizeof(v));
}

void xmsg_put_u64(struct xmsg *m, uint16_t type, uint64_t v)
{
	xmsg_put(m, type, &v, sizeof(v));
}

int xmsg_end(struct xmsg *m)
{
	uint32_t len = (uint32_t)(m->w.len - m->start);

	wbuf_set(&m->w, m->start + offsetof(struct nlmsghdr, nlmsg_len), &len,
		 sizeof(len));
	return m->w.err;
}

void xmsg_cancel(struct xmsg *m)
{
	if (m->w.len > m->start)
		wbuf_truncate(&m->w, m->start);
	m->w.err = 0;
}

void xmsg_set_seq(struct xmsg *m, uint32_t seq)
{
	wbuf_set(&m->w, m->start + offsetof(struct nlmsghdr, nlmsg_seq), &seq,
		 sizeof(seq));
}

void xmsg_set_port(struct xmsg *m, uint32_t port)
{
	wbuf_set(&m->w, m->start + offsetof(struct nlmsghdr, nlmsg_pid), &port,
		 sizeof(port));
}

void xmsg_add_flags(struct xmsg *m, uint16_t flags)
{
	size_t at = m->start + offsetof(struct nlmsghdr, nlmsg_flags);
	struct cur c = wbuf_cur(&m->w);
	uint16_t v;

	if (cur_skip(&c, at) < 0 || cur_copy(&c, &v, sizeof(v)) < 0)
		return;
	v |= flags;
	wbuf_set(&m->w, at, &v, sizeof(v));
}

int xmsg_next(struct cur *c, struct xmsg_view *v)
{
	struct nlmsghdr h;
	size_t pad;

	*v = (struct xmsg_view){ 0 };
	if (!c->left)
		return 0;
	if (cur_copy(c, &h, sizeof(h)) < 0 || h.nlmsg_len < sizeof(h) ||
	    cur_sub(c, h.nlmsg_len - sizeof(h), &v->body) < 0) {
		*v = (struct xmsg_view){ 0 };
		*c = cur_init(NULL, 0);
		return XE_TRUNC;
	}
	v->type = h.nlmsg_type;
	v->flags = h.nlmsg_flags;
	v->seq = h.nlmsg_seq;
	v->port = h.nlmsg_pid;
	pad = NLMSG_ALIGN(h.nlmsg_len) - h.nlmsg_len;
	/* the last message may come without its padding */
	cur_skip(c, pad < c->left ? pad : c->left);
	return 1;
}

/* The kernel's words: attributes after the code and the echoed request. */
static int parse_extack(struct cur c, struct xmsg_error *e)
{
	struct nlattr a;
	struct cur val;
	size_t len;

	while (c.left >= sizeof(a)) {
		if (cur_copy(&c, &a, sizeof(a)) < 0 || a.nla_len < sizeof(a) ||
		    cur_sub(&c, a.nla_len - sizeof(a), &val) < 0)
			return XE_MALFORMED;
		len = NLA_ALIGN(a.nla_len) - a.nla_len;
		cur_skip(&c, len < c.left ? len : c.left);
		switch (a.nla_type & NLA_TYPE_MASK) {
		case NLMSGERR_ATTR_MSG:
			len = val.left < sizeof(e->text) - 1 ?
				val.left : sizeof(e->text) - 1;
			if (cur_copy(&val, e->text, len) < 0)
				return XE_MALFORMED;
			e->text[len] = '\0';
			break;
		case NLMSGERR_ATTR_OFFS:
			cur_copy(&val, &e->offset, sizeof(e->offset));
			break;
		}
	}
	return 0;
}

int xmsg_parse_error(const struct xmsg_view *v, struct xmsg_error *e)
{
	struct cur c = v->body;
	struct nlmsghdr h;
	int32_t code;
	int r;

	*e = (struct xmsg_error){ .seq = v->seq };
	/* a dump may end without a code */
	if (v->type == NLMSG_DONE && !c.left)
		return 0;
	r = cur_copy(&c, &code, sizeof(code));
	if (r < 0)
		return r;
	if (code > 0 || code < -4095)
		return XE_MALFORMED;
	e->err = code;
	if (v->type == NLMSG_ERROR) {
		r = cur_copy(&c, &h, sizeof(h));
		if (r < 0)
			return r;
		e->type = h.nlmsg_type;
		/* without NETLINK_CAP_ACK all of the request comes back */
		if (!(v->flags & NLM_F_CAPPED)) {
			if (h.nlmsg_len < sizeof(h))
				return XE_MALFORMED;
			r = cur_skip(&c, NLMSG_ALIGN(h.nlmsg_len) - sizeof(h));
			if (r < 0)
				return code ? 0 : r;
		}
	}
	if (!(v->flags & NLM_F_ACK_TLVS))
		return 0;
	return parse_extack(c, e);
}
