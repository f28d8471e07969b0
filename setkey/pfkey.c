/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <linux/ipsec.h>
#include <linux/pfkeyv2.h>
#include <string.h>
#include "libxfrm/base/err.h"
#include "setkey/pfkey.h"

/* Lengths in PF_KEY messages count words of 8 bytes. */
#define WORD 8

/* One extension: what follows its length and type, with them in front. */
struct ext {
	struct cur c;
	uint16_t type;
};

/* Copies the fixed part of an extension, which begins with its header. */
static int fixed(struct ext *e, void *p, size_t len)
{
	return cur_copy(&e->c, p, len);
}

static int address(struct ext *e, struct xaddr *a, struct sadb_address *h,
		   uint16_t *port)
{
	int r = fixed(e, h, sizeof(*h));
	struct sockaddr_storage ss = { 0 };
	size_t len = e->c.left < sizeof(ss) ? e->c.left : sizeof(ss);

	if (!r)
		r = cur_copy(&e->c, &ss, len);
	if (!r)
		r = xaddr_from_sockaddr((struct sockaddr *)&ss,
					(socklen_t)len, a, port);
	return r;
}

/* SA and policy share the extensions; which it is comes out at the end. */
static int source(struct ext *e, struct pfkey_msg *m)
{
	struct xsel *sel = &m->pol.sel;
	struct sadb_address h;
	int r = address(e, &m->sa.src, &h, &sel->sport);

	if (r)
		return r;
	m->sa.family = m->sa.src.family;
	sel->src = m->sa.src;
	sel->family = sel->src.family;
	sel->splen = h.sadb_address_prefixlen;
	sel->proto = h.sadb_address_proto == 255 ? XSEL_PROTO_ANY :
						   h.sadb_address_proto;
	sel->sport_mask = sel->sport ? 0xffff : 0;
	return 0;
}

static int destination(struct ext *e, struct pfkey_msg *m)
{
	struct xsel *sel = &m->pol.sel;
	struct sadb_address h;
	int r = address(e, &m->sa.dst, &h, &sel->dport);

	if (r)
		return r;
	sel->dst = m->sa.dst;
	sel->dplen = h.sadb_address_prefixlen;
	sel->dport_mask = sel->dport ? 0xffff : 0;
	return 0;
}

static const struct xalg *by_sadb(enum xalg_kind kind, uint8_t id)
{
	const struct xalg *a;
	size_t i;

	for (i = 0; id && (a = xalg_at(i)); i++)
		if (a->kind == kind && a->sadb == id &&
		    !(a->flags & XALG_ABSENT))
			return a;
	return NULL;
}

static void algorithm(struct xsa_alg *slot, enum xalg_kind kind, uint8_t id)
{
	slot->alg = by_sadb(kind, id);
	slot->name = slot->alg ? slot->alg->kernel : id ? "unknown" : NULL;
}

static int association(struct ext *e, struct pfkey_msg *m)
{
	struct sadb_sa h;
	int r = fixed(e, &h, sizeof(h));

	if (r)
		return r;
	m->has_sa = true;
	m->state = h.sadb_sa_state;
	m->sa.spi = ntohl(h.sadb_sa_spi);
	m->sa.replay.window = h.sadb_sa_replay;
	if (h.sadb_sa_flags & SADB_SAFLAGS_NOECN)
		m->sa.flags |= XFRM_STATE_NOECN;
	if (h.sadb_sa_flags & SADB_SAFLAGS_DECAP_DSCP)
		m->sa.flags |= XFRM_STATE_DECAP_DSCP;
	if (h.sadb_sa_flags & SADB_SAFLAGS_NOPMTUDISC)
		m->sa.flags |= XFRM_STATE_NOPMTUDISC;
	algorithm(&m->sa.auth, XALG_AUTH, h.sadb_sa_auth);
	if (m->satype == SADB_X_SATYPE_IPCOMP)
		algorithm(&m->sa.comp, XALG_COMP, h.sadb_sa_encrypt);
	else
		algorithm(&m->sa.enc, XALG_ENC, h.sadb_sa_encrypt);
	return 0;
}

static int key(struct ext *e, struct xsa_alg *slot)
{
	struct sadb_key h;
	int r = fixed(e, &h, sizeof(h));

	if (!r)
		r = cur_bytes(&e->c, (h.sadb_key_bits + 7u) / 8, &slot->key);
	if (!r)
		slot->key_bits = h.sadb_key_bits;
	return r;
}

static int lifetime(struct ext *e, struct pfkey_msg *m)
{
	struct sadb_lifetime h;
	struct xlife *l = &m->sa.life;
	int r = fixed(e, &h, sizeof(h));

	if (r)
		return r;
	if (e->type == SADB_EXT_LIFETIME_CURRENT) {
		m->sa.cur = (struct xlife_cur){
			.bytes = h.sadb_lifetime_bytes,
			.packets = h.sadb_lifetime_allocations,
			.add_time = h.sadb_lifetime_addtime,
			.use_time = h.sadb_lifetime_usetime,
		};
	} else if (e->type == SADB_EXT_LIFETIME_HARD) {
		l->hard_bytes = h.sadb_lifetime_bytes;
		l->hard_packets = h.sadb_lifetime_allocations;
		l->hard_add = h.sadb_lifetime_addtime;
		l->hard_use = h.sadb_lifetime_usetime;
	} else {
		l->soft_bytes = h.sadb_lifetime_bytes;
		l->soft_packets = h.sadb_lifetime_allocations;
		l->soft_add = h.sadb_lifetime_addtime;
		l->soft_use = h.sadb_lifetime_usetime;
	}
	return 0;
}

/* PF_KEY counts modes from 1, 0 being any; the kernel takes that as 1. */
static uint8_t mode(uint8_t m)
{
	return m <= IPSEC_MODE_TRANSPORT ? XFRM_MODE_TRANSPORT :
	       m == IPSEC_MODE_BEET	 ? XFRM_MODE_BEET :
					   m - 1;
}

static int sa2(struct ext *e, struct pfkey_msg *m)
{
	struct sadb_x_sa2 h;
	int r = fixed(e, &h, sizeof(h));

	if (!r) {
		m->sa.mode = mode(h.sadb_x_sa2_mode);
		m->sa.reqid = h.sadb_x_sa2_reqid;
	}
	return r;
}

/* Two socket addresses, one behind the other. */
static int ends(struct cur *c, struct xfrm_tmpl *t)
{
	struct sockaddr_storage ss[2] = { 0 };
	uint16_t family, port;
	size_t len;
	struct cur peek = *c;
	int r = cur_copy(&peek, &family, sizeof(family));

	len = family == AF_INET6 ? sizeof(struct sockaddr_in6) :
				   sizeof(struct sockaddr_in);
	if (!r)
		r = cur_copy(c, &ss[0], len);
	if (!r)
		r = cur_copy(c, &ss[1], len);
	if (!r)
		r = xaddr_from_sockaddr((struct sockaddr *)&ss[0],
					(socklen_t)len, &t->src, &port);
	if (!r)
		r = xaddr_from_sockaddr((struct sockaddr *)&ss[1],
					(socklen_t)len, &t->dst, &port);
	t->family = t->dst.family;
	return r;
}

static int request(struct cur *c, struct xfrm_tmpl *t)
{
	struct sadb_x_ipsecrequest h;
	struct cur sub, peek = *c;
	int r = cur_copy(&peek, &h, sizeof(h));

	if (!r && h.sadb_x_ipsecrequest_len < sizeof(h))
		r = XE_MALFORMED;
	if (!r)
		r = cur_sub(c, h.sadb_x_ipsecrequest_len, &sub);
	if (!r)
		r = cur_skip(&sub, sizeof(h));
	if (r)
		return r;
	t->proto = (uint8_t)h.sadb_x_ipsecrequest_proto;
	t->mode = mode(h.sadb_x_ipsecrequest_mode);
	t->optional = h.sadb_x_ipsecrequest_level == IPSEC_LEVEL_USE;
	t->reqid = h.sadb_x_ipsecrequest_reqid;
	return sub.left ? ends(&sub, t) : 0;
}

static int policy(struct ext *e, struct pfkey_msg *m)
{
	struct sadb_x_policy h;
	int r = fixed(e, &h, sizeof(h));

	if (r)
		return r;
	m->has_policy = true;
	m->pol.index = h.sadb_x_policy_id;
	m->pol.priority = h.sadb_x_policy_priority;
	m->pol.dir = (uint8_t)(h.sadb_x_policy_dir - 1);
	m->pol.action = h.sadb_x_policy_type == IPSEC_POLICY_DISCARD ?
				XFRM_POLICY_BLOCK :
				XFRM_POLICY_ALLOW;
	while (!r && e->c.left) {
		if (m->pol.ntmpl == XPOL_TMPL_MAX)
			return XE_MALFORMED;
		r = request(&e->c, &m->tmpl[m->pol.ntmpl++]);
	}
	m->pol.tmpl = m->tmpl;
	return r;
}

static int natt(struct ext *e, struct pfkey_msg *m)
{
	struct sadb_x_nat_t_type t;
	struct sadb_x_nat_t_port p;
	struct sadb_address h;
	uint16_t port;
	int r;

	if (e->type == SADB_X_EXT_NAT_T_OA)
		return address(e, &m->sa.encap.oa, &h, &port);
	if (e->type == SADB_X_EXT_NAT_T_TYPE) {
		r = fixed(e, &t, sizeof(t));
		m->sa.encap.type = r ? 0 : t.sadb_x_nat_t_type_type;
		return r;
	}
	r = fixed(e, &p, sizeof(p));
	if (r)
		return r;
	if (e->type == SADB_X_EXT_NAT_T_SPORT)
		m->sa.encap.sport = ntohs(p.sadb_x_nat_t_port_port);
	else
		m->sa.encap.dport = ntohs(p.sadb_x_nat_t_port_port);
	return 0;
}

static int extension(struct ext *e, struct pfkey_msg *m)
{
	switch (e->type) {
	case SADB_EXT_SA:
		return association(e, m);
	case SADB_EXT_LIFETIME_CURRENT:
	case SADB_EXT_LIFETIME_HARD:
	case SADB_EXT_LIFETIME_SOFT:
		return lifetime(e, m);
	case SADB_EXT_ADDRESS_SRC:
		return source(e, m);
	case SADB_EXT_ADDRESS_DST:
		return destination(e, m);
	case SADB_EXT_KEY_AUTH:
		return key(e, &m->sa.auth);
	case SADB_EXT_KEY_ENCRYPT:
		return key(e, &m->sa.enc);
	case SADB_X_EXT_POLICY:
		return policy(e, m);
	case SADB_X_EXT_SA2:
		return sa2(e, m);
	case SADB_X_EXT_NAT_T_TYPE:
	case SADB_X_EXT_NAT_T_SPORT:
	case SADB_X_EXT_NAT_T_DPORT:
	case SADB_X_EXT_NAT_T_OA:
		return natt(e, m);
	}
	return 0;
}

static int extensions(struct cur *c, struct pfkey_msg *m)
{
	struct sadb_ext h;
	struct ext e;
	int r = 0;

	while (!r && c->left) {
		struct cur peek = *c;

		r = cur_copy(&peek, &h, sizeof(h));
		if (!r && !h.sadb_ext_len)
			r = XE_MALFORMED;
		if (!r)
			r = cur_sub(c, h.sadb_ext_len * (size_t)WORD, &e.c);
		e.type = h.sadb_ext_type;
		if (!r)
			r = extension(&e, m);
	}
	return r;
}

static uint8_t protocol(uint8_t satype)
{
	switch (satype) {
	case SADB_SATYPE_AH:
		return IPPROTO_AH;
	case SADB_SATYPE_ESP:
		return IPPROTO_ESP;
	case SADB_X_SATYPE_IPCOMP:
		return IPPROTO_COMP;
	}
	return 0;
}

int pfkey_next(struct cur *c, struct pfkey_msg *m)
{
	struct sadb_msg h;
	struct cur peek = *c, body;
	int r;

	*m = (struct pfkey_msg){ 0 };
	if (!c->left)
		return 0;
	r = cur_copy(&peek, &h, sizeof(h));
	if (r)
		return r;
	if (h.sadb_msg_version != PF_KEY_V2 || h.sadb_msg_type > SADB_MAX ||
	    h.sadb_msg_len * (size_t)WORD < sizeof(h))
		return XE_MALFORMED;
	r = cur_sub(c, h.sadb_msg_len * (size_t)WORD, &body);
	if (!r)
		r = cur_skip(&body, sizeof(h));
	if (r)
		return r;
	m->type = h.sadb_msg_type;
	m->err = h.sadb_msg_errno;
	m->satype = h.sadb_msg_satype;
	m->seq = h.sadb_msg_seq;
	m->pid = h.sadb_msg_pid;
	m->sa.proto = protocol(m->satype);
	r = extensions(&body, m);
	return r ? r : 1;
}

void pfkey_show(struct out *o, const struct show *s, const struct pfkey_msg *m)
{
	static const char *const names[] = {
		"reserved", "getspi", "update", "add", "delete", "get",
		"acquire", "register", "expire", "flush", "dump", "promisc",
		"pchange", "spdupdate", "spdadd", "spddelete", "spdget",
		"spdacquire", "spddump", "spdflush", "spdsetidx", "spdexpire",
		"spddelete2", "mapping", "migrate",
	};
	static const char *const states[] = { "larval", "mature", "dying",
					      "dead" };
	struct show own = *s;

	own.pid = m->pid;
	if (m->err) {
		out_str(o, strerror(m->err));
		out_lit(o, ".\n");
	} else if (m->has_policy && m->pol.sel.family) {
		show_policy(o, &own, &m->pol);
		show_policy_end(o, &own, m->seq);
	} else if (m->has_sa && m->sa.family) {
		own.state = m->state < 4 ? states[m->state] : "?";
		show_sa(o, &own, &m->sa);
		show_sa_end(o, &own, m->seq);
	} else {
		out_printf(o, "%s seq=%u pid=%u\n", names[m->type], m->seq,
			   m->pid);
	}
}
