/* SPDX-License-Identifier: BSD-2-Clause */
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include "libxfrm/print.h"
#include "setkey/show.h"

/* PF_KEY's flags, the only ones that the old format shows. */
#define SADB_SAFLAGS_NOPMTUDISC 0x20000000u
#define SADB_SAFLAGS_DECAP_DSCP 0x40000000u
#define SADB_SAFLAGS_NOECN 0x80000000u

/* Priorities between these are shown relative to def. */
#define PRIO_HIGH 0x40000000u
#define PRIO_DEF 0x80000000u
#define PRIO_LOW 0xc0000000u
#define PRIO_HIGH_END 0x60000000u
#define PRIO_DEF_END 0xa0000000u

/* reqids above are the kernel's choice and shown as unique#N. */
#define UNIQUE_MAX 16383

static bool reached(uint64_t used, uint64_t limit)
{
	return limit && used >= limit;
}

static uint64_t age(uint64_t since, time_t now)
{
	return since && (uint64_t)now > since ? (uint64_t)now - since : 0;
}

enum sa_state sa_state(const struct xfrm_sa *sa, time_t now)
{
	const struct xlife *l = &sa->life;
	const struct xlife_cur *c = &sa->cur;

	if (!sa->auth.name && !sa->enc.name && !sa->comp.name &&
	    (sa->proto == IPPROTO_ESP || sa->proto == IPPROTO_AH ||
	     sa->proto == IPPROTO_COMP))
		return SA_LARVAL;
	/* The kernel's timer may be a second behind our clock. */
	if (reached(c->bytes, l->hard_bytes) ||
	    reached(c->packets, l->hard_packets) ||
	    (l->hard_add && age(c->add_time, now) > l->hard_add + 1) ||
	    (l->hard_use && age(c->use_time, now) > l->hard_use + 1))
		return SA_DEAD;
	if (reached(c->bytes, l->soft_bytes) ||
	    reached(c->packets, l->soft_packets) ||
	    reached(age(c->add_time, now), l->soft_add) ||
	    reached(age(c->use_time, now), l->soft_use))
		return SA_DYING;
	return SA_MATURE;
}

const char *sa_state_name(enum sa_state st)
{
	switch (st) {
	case SA_LARVAL:
		return "larval";
	case SA_MATURE:
		return "mature";
	case SA_DYING:
		return "dying";
	case SA_DEAD:
		return "dead";
	}
	return "?";
}

const char *sa_type_name(const struct xfrm_sa *sa, char *buf)
{
	if (sa->proto == IPPROTO_ESP && sa->encap.type == XU_ENCAP_UDP)
		return "esp-udp";
	if (sa->encap.type) {
		snprintf(buf, XNAME_STRLEN, "natt+%u", sa->encap.type);
		return buf;
	}
	return xname_proto(sa->proto, buf);
}

/*
 * The plain word says the plain length: what the old word means.  Any other
 * length has a word of its own.
 */
const char *sa_alg_name(const struct xsa_alg *a)
{
	const char *word;

	if (!a->alg)
		return a->name;
	if (a->alg->kind == XALG_COMP || a->alg->kind == XALG_ENC)
		return a->alg->show;
	if (!a->icv_bits || a->icv_bits == a->alg->icv[0])
		return a->alg->show;
	word = xalg_setkey_word(a->alg, a->icv_bits);
	return word ? word : a->alg->show;
}

/* Names that are there without a protocols database, too. */
static const char *upper_builtin(unsigned int proto)
{
	static const struct {
		uint8_t proto;
		const char *name;
	} names[] = {
		{ IPPROTO_ICMP, "icmp" },     { IPPROTO_IPIP, "ipencap" },
		{ IPPROTO_TCP, "tcp" },	      { IPPROTO_UDP, "udp" },
		{ IPPROTO_IPV6, "ipv6" },     { IPPROTO_GRE, "gre" },
		{ IPPROTO_ESP, "esp" },	      { IPPROTO_AH, "ah" },
		{ IPPROTO_ICMPV6, "ipv6-icmp" }, { IPPROTO_SCTP, "sctp" },
		{ 89, "ospf" },		      { 112, "vrrp" },
		{ 115, "l2tp" },	      { IPPROTO_MH, "mobility-header" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].proto == proto)
			return names[i].name;
	return NULL;
}

const char *upper_name(unsigned int proto)
{
	static char cache[256][32];
	const struct protoent *pe;
	const char *name;

	if (proto == XSEL_PROTO_ANY || proto > 255)
		proto = 255;
	if (cache[proto][0])
		return cache[proto];
	pe = proto == 255 ? NULL : getprotobynumber((int)proto);
	name = pe ? pe->p_name : upper_builtin(proto);
	if (name)
		snprintf(cache[proto], sizeof(cache[proto]), "%s", name);
	else
		snprintf(cache[proto], sizeof(cache[proto]), "%u", proto);
	return cache[proto];
}

static void show_addr(struct out *o, const struct xaddr *a)
{
	out_addr(o, a->family, a->b);
}

static void show_port(struct out *o, unsigned int port)
{
	out_char(o, '[');
	out_u64(o, port);
	out_char(o, ']');
}

static void show_alg(struct out *o, const char *letter, const struct xsa_alg *a)
{
	if (!a->name || !a->key_bits)
		return;
	out_char(o, '\t');
	out_str(o, letter);
	out_lit(o, ": ");
	out_str(o, sa_alg_name(a));
	out_char(o, ' ');
	out_hexdump(o, a->key, (a->key_bits + 7u) / 8);
	out_char(o, '\n');
}

static uint32_t show_flags(const struct xfrm_sa *sa)
{
	uint32_t f = 0;

	if (sa->flags & XFRM_STATE_NOECN)
		f |= SADB_SAFLAGS_NOECN;
	if (sa->flags & XFRM_STATE_DECAP_DSCP)
		f |= SADB_SAFLAGS_DECAP_DSCP;
	if (sa->flags & XFRM_STATE_NOPMTUDISC)
		f |= SADB_SAFLAGS_NOPMTUDISC;
	return f;
}

static void show_sa_head(struct out *o, const struct show *s,
			 const struct xfrm_sa *sa)
{
	char buf[XNAME_STRLEN];

	show_addr(o, &sa->src);
	if (sa->encap.type || s->ports)
		show_port(o, sa->encap.sport);
	out_char(o, ' ');
	show_addr(o, &sa->dst);
	if (sa->encap.type || s->ports)
		show_port(o, sa->encap.dport);
	out_lit(o, " \n\t");
	out_str(o, sa_type_name(sa, buf));
	out_lit(o, " mode=");
	out_str(o, xname_mode(sa->mode, buf));
	out_lit(o, " spi=");
	out_u64(o, sa->spi);
	out_lit(o, "(0x");
	out_hex32(o, sa->spi);
	out_lit(o, ") reqid=");
	out_u64(o, sa->reqid);
	out_lit(o, "(0x");
	out_hex32(o, sa->reqid);
	out_lit(o, ")\n");
	if (sa->encap.oa.family && !xaddr_is_any(&sa->encap.oa)) {
		out_lit(o, "\tNAT OA=");
		show_addr(o, &sa->encap.oa);
		out_char(o, '\n');
	}
	if (sa->proto == IPPROTO_ESP)
		show_alg(o, "E", &sa->enc);
	if (sa->comp.name) {
		out_lit(o, "\tC: ");
		out_str(o, sa_alg_name(&sa->comp));
		out_char(o, ' ');
	}
	show_alg(o, "A", &sa->auth);
}

/* NUMBER(unit) TAB hard: NUMBER(unit) TAB soft: NUMBER(unit) */
static void show_limits(struct out *o, const char *unit, uint64_t hard,
			uint64_t soft)
{
	out_lit(o, "\thard: ");
	out_u64(o, hard);
	out_str(o, unit);
	out_lit(o, "\tsoft: ");
	out_u64(o, soft);
	out_str(o, unit);
	out_char(o, '\n');
}

static void show_sa_life(struct out *o, const struct show *s,
			 const struct xfrm_sa *sa)
{
	const struct xlife *l = &sa->life;
	const struct xlife_cur *c = &sa->cur;
	uint64_t last = sa->has & XSA_HAS_LASTUSED ? sa->last_used :
						     c->use_time;

	out_lit(o, "\tcreated: ");
	out_time(o, (time_t)c->add_time);
	out_lit(o, "\tcurrent: ");
	out_time(o, s->now);
	out_lit(o, "\n\tdiff: ");
	out_u64(o, age(c->add_time, s->now));
	out_lit(o, "(s)");
	show_limits(o, "(s)", l->hard_add, l->soft_add);
	out_lit(o, "\tlast: ");
	out_time(o, (time_t)last);
	show_limits(o, "(s)", l->hard_use, l->soft_use);
	out_lit(o, "\tcurrent: ");
	out_u64(o, c->bytes);
	out_lit(o, "(bytes)");
	show_limits(o, "(bytes)", l->hard_bytes, l->soft_bytes);
	out_lit(o, "\tallocated: ");
	out_u64(o, c->packets);
	show_limits(o, "", l->hard_packets, l->soft_packets);
}

static void show_secctx(struct out *o, const struct xsecctx *c)
{
	if (!c->len)
		return;
	out_printf(o, "\tsecurity context doi: %u\n", c->doi);
	out_printf(o, "\tsecurity context algorithm: %u\n", c->alg);
	out_printf(o, "\tsecurity context length: %u\n", c->len);
	out_printf(o, "\tsecurity context: %.*s\n", (int)c->len, c->str);
}

static void show_mark(struct out *o, const char *name, const struct xmark *m)
{
	if (m->value || m->mask)
		out_printf(o, "\t%s: 0x%x/0x%x\n", name, m->value, m->mask);
}

static void show_offload(struct out *o, const struct xoffload *f)
{
	char dev[IF_NAMESIZE];

	if (f->mode == XOFFLOAD_NONE)
		return;
	if (!if_indextoname((unsigned int)f->ifindex, dev))
		snprintf(dev, sizeof(dev), "%d", f->ifindex);
	out_printf(o, "\toffload: %s %s%s\n",
		   f->mode == XOFFLOAD_PACKET ? "packet" : "crypto", dev,
		   f->flags & XFRM_OFFLOAD_INBOUND ? " in" : "");
}

static void show_words(struct out *o, const char *name, uint32_t bits,
		       const char *const *words, size_t n)
{
	size_t i;

	if (!bits)
		return;
	out_printf(o, "\t%s:", name);
	for (i = 0; i < n; i++)
		if (bits & 1u << i && words[i]) {
			out_printf(o, " %s", words[i]);
			bits &= ~(1u << i);
		}
	if (bits)
		out_printf(o, " 0x%x", bits);
	out_char(o, '\n');
}

static bool sel_is_trivial(const struct xsel *s)
{
	return !s->family ||
	       (!s->splen && !s->dplen && s->proto == XSEL_PROTO_ANY &&
		!s->sport_mask && !s->dport_mask && !s->ifindex);
}

static void show_iptfs(struct out *o, const struct xsa_iptfs *t)
{
	out_lit(o, "\tiptfs:");
	if (t->dont_frag)
		out_lit(o, " dont-frag");
	if (t->pkt_size)
		out_printf(o, " pkt-size=%u", t->pkt_size);
	if (t->has_qsize)
		out_printf(o, " max-queue=%u", t->max_qsize);
	if (t->has_drop)
		out_printf(o, " drop-time=%u", t->drop_time);
	if (t->has_reorder)
		out_printf(o, " reorder-window=%u", t->reorder_window);
	if (t->has_init)
		out_printf(o, " init-delay=%u", t->init_delay);
	out_char(o, '\n');
}

/* What PF_KEY had no words for, in lines of its own. */
static void show_sa_more(struct out *o, const struct xfrm_sa *sa)
{
	static const char *const flags[] = {
		[3] = "wildrecv", [4] = "icmp", [5] = "af-unspec",
		[6] = "align4",
	};
	static const char *const xflags[] = { "dont-encap-dscp",
					      "oseq-may-wrap" };
	/* The first three stand in flags=, ESN has its own line. */
	uint32_t bits = sa->flags & 0x78u;

	if (sa->dir)
		out_printf(o, "\tdir: %s\n",
			   sa->dir == XSA_DIR_IN ? "in" : "out");
	if (!sel_is_trivial(&sa->sel) && (sa->enc.name || sa->auth.name ||
					  sa->comp.name)) {
		out_lit(o, "\tselector: ");
		show_selector(o, &sa->sel);
		out_char(o, '\n');
	}
	if (sa->esn)
		out_printf(o, "\tesn: seq=0x%08x%08x oseq=0x%08x%08x\n",
			   sa->replay.seq_hi, sa->replay.seq,
			   sa->replay.oseq_hi, sa->replay.oseq);
	show_mark(o, "mark", &sa->mark);
	show_mark(o, "output mark", &sa->out_mark);
	if (sa->if_id)
		out_printf(o, "\tif_id: 0x%x\n", sa->if_id);
	if (sa->has & XSA_HAS_PCPU)
		out_printf(o, "\tcpu: %u\n", sa->pcpu);
	show_offload(o, &sa->offload);
	show_words(o, "flags", bits, flags, 7);
	show_words(o, "extra flags", sa->extra_flags, xflags, 2);
	if (sa->tfcpad)
		out_printf(o, "\ttfc padding: %u\n", sa->tfcpad);
	if (sa->nat_keepalive)
		out_printf(o, "\tnat keepalive: %u(s)\n", sa->nat_keepalive);
	if (sa->mtimer)
		out_printf(o, "\tmapping timer: %u(s)\n", sa->mtimer);
	if (sa->mode == XU_MODE_IPTFS)
		show_iptfs(o, &sa->iptfs);
	if (sa->coaddr.family && !xaddr_is_any(&sa->coaddr)) {
		out_lit(o, "\tcare-of address: ");
		show_addr(o, &sa->coaddr);
		out_char(o, '\n');
	}
}

void show_sa(struct out *o, const struct show *s, const struct xfrm_sa *sa)
{
	show_sa_head(o, s, sa);
	out_lit(o, "\tseq=0x00000000 replay=");
	out_u64(o, sa->replay.window);
	out_lit(o, " flags=0x");
	out_hex32(o, show_flags(sa));
	out_lit(o, " state=");
	out_str(o, s->state ? s->state :
				 sa_state_name(sa_state(sa, s->now)));
	out_lit(o, " \n");
	show_sa_life(o, s, sa);
	show_secctx(o, &sa->sec);
	show_sa_more(o, sa);
}

void show_sa_end(struct out *o, const struct show *s, uint32_t seq)
{
	out_lit(o, "\tsadb_seq=");
	out_u64(o, seq);
	out_lit(o, " pid=");
	out_u64(o, s->pid);
	out_lit(o, " refcnt=0\n");
}

static void show_prefix(struct out *o, const struct xsel *sel,
			const struct xaddr *a, unsigned int plen, uint16_t port,
			uint16_t mask)
{
	show_addr(o, a);
	if (plen != xaddr_bits(a->family)) {
		out_char(o, '/');
		out_u64(o, plen);
	}
	if (xsel_proto_typed(sel->proto))
		return;
	if (mask)
		show_port(o, port);
	else
		out_lit(o, "[any]");
}

void show_selector(struct out *o, const struct xsel *sel)
{
	show_prefix(o, sel, &sel->src, sel->splen, sel->sport, sel->sport_mask);
	out_char(o, ' ');
	show_prefix(o, sel, &sel->dst, sel->dplen, sel->dport, sel->dport_mask);
	out_char(o, ' ');
	out_str(o, upper_name(sel->proto));
	if (!xsel_proto_typed(sel->proto) ||
	    (!sel->sport_mask && !sel->dport_mask))
		return;
	out_char(o, ' ');
	if (sel->proto == IPPROTO_GRE) {
		out_u64(o, (uint32_t)sel->sport << 16 | sel->dport);
	} else {
		out_u64(o, sel->sport);
		out_char(o, ',');
		out_u64(o, sel->dport);
	}
}

static void show_priority(struct out *o, uint32_t prio)
{
	uint32_t base;

	if (!prio)
		return;
	if (prio < PRIO_HIGH_END) {
		out_lit(o, " prio high");
		base = PRIO_HIGH;
	} else if (prio < PRIO_DEF_END) {
		out_lit(o, " prio def");
		base = PRIO_DEF;
	} else {
		out_lit(o, " prio low");
		base = PRIO_LOW;
	}
	/* The smaller the kernel's number, the stronger. */
	if (prio == base)
		return;
	out_str(o, prio < base ? " + " : " - ");
	out_u64(o, prio < base ? base - prio : prio - base);
}

static void show_tmpl(struct out *o, const struct show *s,
		      const struct xfrm_tmpl *t)
{
	char buf[XNAME_STRLEN];

	out_char(o, '\t');
	out_str(o, xname_proto(t->proto, buf));
	out_char(o, '/');
	out_str(o, xname_mode(t->mode, buf));
	out_char(o, '/');
	if (t->mode != XFRM_MODE_TRANSPORT ||
	    (t->dst.family && !xaddr_is_any(&t->dst))) {
		show_addr(o, &t->src);
		if (s->ports)
			show_port(o, 0);
		out_char(o, '-');
		show_addr(o, &t->dst);
		if (s->ports)
			show_port(o, 0);
	}
	if (t->optional) {
		out_lit(o, "/use\n");
	} else if (t->reqid) {
		out_str(o, t->reqid > UNIQUE_MAX ? "/unique#" : "/unique:");
		out_u64(o, t->reqid);
		out_char(o, '\n');
	} else {
		out_lit(o, "/require\n");
	}
}

static void show_policy_more(struct out *o, const struct xfrm_policy *p)
{
	static const char *const flags[] = { "localok", "icmp",
					     "cpu-acquire" };

	if (p->ptype == XFRM_POLICY_TYPE_SUB)
		out_lit(o, "\ttype: sub\n");
	if (p->sel.ifindex) {
		char dev[IF_NAMESIZE];

		if (!if_indextoname((unsigned int)p->sel.ifindex, dev))
			snprintf(dev, sizeof(dev), "%d", p->sel.ifindex);
		out_printf(o, "\tinterface: %s\n", dev);
	}
	show_mark(o, "mark", &p->mark);
	if (p->if_id)
		out_printf(o, "\tif_id: 0x%x\n", p->if_id);
	show_offload(o, &p->offload);
	show_words(o, "flags", p->flags, flags, 3);
}

void show_policy(struct out *o, const struct show *s,
		 const struct xfrm_policy *p)
{
	char buf[XNAME_STRLEN];
	unsigned int i;

	if (xfrm_policy_is_socket(p)) {
		out_lit(o, "(per-socket policy) \n\t");
		out_str(o, xname_dir(xfrm_policy_socket_dir(p), buf));
		out_lit(o, "(socket)");
	} else {
		show_selector(o, &p->sel);
		out_lit(o, "\n\t");
		out_str(o, xname_dir(p->dir, buf));
	}
	show_priority(o, p->priority);
	out_char(o, ' ');
	out_str(o, xname_action(p));
	out_char(o, '\n');
	for (i = 0; i < p->ntmpl; i++)
		show_tmpl(o, s, &p->tmpl[i]);
	out_lit(o, "\tcreated: ");
	out_time(o, (time_t)p->cur.add_time);
	out_lit(o, "  lastused: ");
	out_time(o, (time_t)p->cur.use_time);
	out_lit(o, "\n\tlifetime: ");
	out_u64(o, p->life.hard_add);
	out_lit(o, "(s) validtime: ");
	out_u64(o, p->life.hard_use);
	out_lit(o, "(s)\n");
	show_secctx(o, &p->sec);
	show_policy_more(o, p);
	out_lit(o, "\tspid=");
	out_u64(o, p->index);
}

void show_policy_end(struct out *o, const struct show *s, uint32_t seq)
{
	out_lit(o, " seq=");
	out_u64(o, seq);
	out_lit(o, " pid=");
	out_u64(o, s->pid);
	out_lit(o, "\n\trefcnt=1\n");
}

static void loop_time(char buf[8], bool known, uint64_t v)
{
	if (!known)
		snprintf(buf, 8, "???");
	else if (v >= 1000)
		snprintf(buf, 8, "big");
	else
		snprintf(buf, 8, "%u", (unsigned int)v);
}

void show_sa_line(struct out *o, const struct show *s,
		  const struct xfrm_sa *sa)
{
	static const char letters[] = "LMDd";
	char name[XNAME_STRLEN], used[8], hard[8];
	struct tm tm = { 0 };

	localtime_r(&s->now, &tm);
	loop_time(used, sa->cur.add_time != 0, age(sa->cur.add_time, s->now));
	loop_time(hard, true, sa->life.hard_add);
	out_printf(o, "%02d%02d %-3s %c ", tm.tm_min, tm.tm_sec,
		   sa_type_name(sa, name), letters[sa_state(sa, s->now)]);
	out_hex32(o, sa->spi);
	out_printf(o, " %3s/%-3s ", used, hard);
	show_addr(o, &sa->src);
	out_lit(o, " -> ");
	show_addr(o, &sa->dst);
	out_char(o, '\n');
}
