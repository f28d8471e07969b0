/* SPDX-License-Identifier: BSD-2-Clause */
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include "libxfrm/base/err.h"
#include "libxfrm/print.h"
#include "setkey/save.h"
#include "setkey/show.h"

/* `unique:N` up to here; above, the old word means the kernel's own choice. */
#define UNIQUE_MAX 16383

static void addr(struct out *o, const struct xaddr *a)
{
	out_addr(o, a->family, a->b);
}

static void option(struct out *o, const char *word, uint64_t v)
{
	if (!v)
		return;
	out_char(o, ' ');
	out_str(o, word);
	out_char(o, ' ');
	out_u64(o, v);
}

static int no_word(const char **why, const char *what)
{
	*why = what;
	return XE_UNSUPPORTED;
}

static int mark(struct out *o, const char *word, const struct xmark *m,
		const char **why)
{
	if (m->value & ~m->mask)
		return no_word(why, "its mark has bits outside the mask");
	if (m->mask)
		out_printf(o, " %s 0x%x/0x%x", word, m->value, m->mask);
	return 0;
}

static int device(struct out *o, const char *word, int ifindex,
		  const char **why)
{
	char dev[IF_NAMESIZE];

	if (!if_indextoname((unsigned int)ifindex, dev))
		return no_word(why, "its network interface is gone");
	out_printf(o, " %s %s", word, dev);
	return 0;
}

static void range(struct out *o, const struct xsel *s, const struct xaddr *a,
		  unsigned int plen, unsigned int port, unsigned int mask)
{
	addr(o, a);
	out_char(o, '/');
	out_u64(o, plen);
	if (!xsel_proto_typed(s->proto) && mask)
		out_printf(o, "[%u]", port);
}

static void upper(struct out *o, const struct xsel *s)
{
	if (s->proto == XSEL_PROTO_ANY)
		out_lit(o, " any");
	else if (s->proto == IPPROTO_ICMPV6)
		out_lit(o, " icmp6");
	else
		out_printf(o, " %u", s->proto);
	if (!xsel_proto_typed(s->proto) || !(s->sport_mask | s->dport_mask))
		return;
	if (s->proto == IPPROTO_GRE)
		out_printf(o, " %u", (uint32_t)s->sport << 16 | s->dport);
	else
		out_printf(o, " %u,%u", s->sport, s->dport);
}

/* All ports, or one that is not 0, which means all of them in a file. */
static bool port_plain(uint16_t port, uint16_t mask)
{
	return !mask || (mask == 0xffff && port);
}

static int selector(struct out *o, const struct xsel *s, const char **why)
{
	if (s->proto == IPPROTO_GRE) {
		if (s->sport_mask != s->dport_mask ||
		    (s->sport_mask && s->sport_mask != 0xffff))
			return no_word(why, "only a part of its GRE key "
					    "counts");
	} else if (!port_plain(s->sport, s->sport_mask) ||
		   !port_plain(s->dport, s->dport_mask)) {
		return no_word(why, xsel_proto_typed(s->proto) ?
			       "its ICMP type or code is 0, or in part any" :
			       "its port is 0, or in part any");
	}
	if (s->user)
		return no_word(why, "it is for the packets of one user");
	if (s->proto == IPPROTO_RAW)
		return no_word(why, "its upper protocol is 255, which means "
				    "any in a file");
	range(o, s, &s->src, s->splen, s->sport, s->sport_mask);
	out_char(o, ' ');
	range(o, s, &s->dst, s->dplen, s->dport, s->dport_mask);
	upper(o, s);
	return 0;
}

static int secctx(struct out *o, const struct xsecctx *c, const char **why)
{
	if (!c->len)
		return 0;
	if (memchr(c->str, '"', c->len))
		return no_word(why, "its security label contains a quote");
	out_printf(o, " -ctx %u %u \"", c->doi, c->alg);
	out_mem(o, c->str, strnlen(c->str, c->len));
	out_char(o, '"');
	return 0;
}

static int offload(struct out *o, const struct xoffload *f, const char **why)
{
	int r;

	if (f->mode == XOFFLOAD_NONE)
		return 0;
	r = device(o, f->mode == XOFFLOAD_PACKET ? "-offload packet" :
						   "-offload crypto",
		   f->ifindex, why);
	if (!r && f->flags & XFRM_OFFLOAD_INBOUND)
		out_lit(o, " in");
	return r;
}

static int flag_words(struct out *o, uint32_t bits, const char *const *words,
		      size_t n, const char **why)
{
	size_t i;

	if (bits >> n)
		return no_word(why, "setkey has no word for one of its flags");
	for (i = 0; i < n; i++)
		if (bits & 1u << i) {
			out_lit(o, " -f ");
			out_str(o, words[i]);
		}
	return 0;
}

static void lifetimes(struct out *o, const struct xlife *l)
{
	option(o, "-lh", l->hard_add);
	option(o, "-ls", l->soft_add);
	option(o, "-bh", l->hard_bytes);
	option(o, "-bs", l->soft_bytes);
	option(o, "-ph", l->hard_packets);
	option(o, "-ps", l->soft_packets);
	option(o, "-uh", l->hard_use);
	option(o, "-us", l->soft_use);
}

static void iptfs(struct out *o, const struct xsa_iptfs *t)
{
	if (!t->dont_frag && !t->pkt_size && !t->has_qsize && !t->has_drop &&
	    !t->has_reorder && !t->has_init)
		return;
	out_lit(o, " -iptfs");
	if (t->dont_frag)
		out_lit(o, " dont-frag");
	option(o, "packet-size", t->pkt_size);
	if (t->has_qsize)
		out_printf(o, " max-queue %u", t->max_qsize);
	if (t->has_drop)
		out_printf(o, " drop-time %u", t->drop_time);
	if (t->has_reorder)
		out_printf(o, " reorder-window %u", t->reorder_window);
	if (t->has_init)
		out_printf(o, " init-delay %u", t->init_delay);
}

/* -E and -A: the word, its ICV where no word says it, the key. */
static int algorithm(struct out *o, char opt, const struct xsa_alg *a,
		     const char **why)
{
	const char *word;

	if (!a->name)
		return 0;
	if (!a->alg || a->alg->flags & XALG_ABSENT)
		return no_word(why, "setkey has no word for its algorithm");
	word = xalg_setkey_word(a->alg,
				a->icv_bits ? a->icv_bits : a->alg->icv[0]);
	if (!word)
		out_printf(o, " -icv %u", a->icv_bits);
	out_printf(o, " -%c %s", opt, word ? word : a->alg->name);
	if (!a->key_bits)
		return 0;
	out_lit(o, " 0x");
	out_hexstr(o, a->key, (a->key_bits + 7u) / 8);
	return 0;
}

static void endpoints(struct out *o, const struct xfrm_sa *sa)
{
	bool ports = sa->encap.type != 0;

	addr(o, &sa->src);
	if (ports)
		out_printf(o, "[%u]", sa->encap.sport);
	out_char(o, ' ');
	addr(o, &sa->dst);
	if (ports)
		out_printf(o, "[%u]", sa->encap.dport);
}

static int protocol(struct out *o, const struct xfrm_sa *sa, const char **why)
{
	char buf[XNAME_STRLEN];

	if (sa->encap.type && (!sa->encap.sport || !sa->encap.dport))
		return no_word(why, "one of its UDP or TCP ports is 0");
	if (sa->encap.type == XU_ENCAP_UDP && sa->proto == IPPROTO_ESP) {
		out_lit(o, " esp-udp");
		if (sa->encap.oa.family && !xaddr_is_any(&sa->encap.oa)) {
			out_char(o, ' ');
			addr(o, &sa->encap.oa);
		}
	} else if (sa->encap.type == XU_ENCAP_TCP && sa->proto == IPPROTO_ESP) {
		out_lit(o, " esp-tcp");
	} else if (sa->encap.type || (sa->proto != IPPROTO_ESP &&
				      sa->proto != IPPROTO_AH &&
				      sa->proto != IPPROTO_COMP)) {
		return no_word(why, "setkey has no word for its protocol");
	} else {
		out_char(o, ' ');
		out_str(o, xname_proto(sa->proto, buf));
	}
	out_printf(o, " 0x%x", sa->spi);
	return 0;
}

/*
 * A selector that says nothing is what the kernel makes of none, unless it
 * says of which family the packets are.
 */
static int sa_selector(struct out *o, const struct xfrm_sa *sa,
		       const char **why)
{
	const struct xsel *s = &sa->sel;
	int r = 0;

	if (!s->family)
		return 0;
	if (s->splen || s->dplen || s->proto != XSEL_PROTO_ANY ||
	    s->sport_mask || s->dport_mask ||
	    sa->flags & XFRM_STATE_AF_UNSPEC || s->family != sa->family) {
		out_lit(o, " -sel ");
		r = selector(o, s, why);
	}
	if (!r && s->ifindex)
		r = device(o, "-dev", s->ifindex, why);
	return r;
}

static void sa_counters(struct out *o, const struct xfrm_sa *sa)
{
	option(o, "-oseq",
	       (uint64_t)sa->replay.oseq_hi << 32 | sa->replay.oseq);
	option(o, "-iseq", (uint64_t)sa->replay.seq_hi << 32 | sa->replay.seq);
}

static int sa_flags(struct out *o, const struct xfrm_sa *sa, const char **why)
{
	static const char *const flags[] = {
		"noecn", "decap-dscp", "nopmtudisc", "wildrecv",
		"icmp",	 "af-unspec",  "align4",
	};
	static const char *const xflags[] = { "dont-encap-dscp",
					      "oseq-may-wrap" };
	int r = flag_words(o, sa->flags & 0x7fu, flags, 7, why);

	return r ? r : flag_words(o, sa->extra_flags, xflags, 2, why);
}

/* Mode, flags and the like: what may have no word. */
static int sa_head(struct out *o, const struct xfrm_sa *sa, const char **why)
{
	char buf[XNAME_STRLEN];
	int r;

	if (sa->mode != XFRM_MODE_TRANSPORT && sa->mode != XFRM_MODE_TUNNEL &&
	    sa->mode != XFRM_MODE_BEET && sa->mode != XU_MODE_IPTFS)
		return no_word(why, "setkey has no word for its mode");
	out_printf(o, " -m %s", xname_mode(sa->mode, buf));
	option(o, "-u", sa->reqid);
	option(o, "-r", sa->replay.window);
	if (sa->esn)
		out_lit(o, " -esn");
	r = sa_flags(o, sa, why);
	lifetimes(o, &sa->life);
	if (sa->dir)
		out_str(o, sa->dir == XSA_DIR_IN ? " -dir in" : " -dir out");
	if (!r)
		r = mark(o, "-mark", &sa->mark, why);
	return r ? r : mark(o, "-omark", &sa->out_mark, why);
}

static int sa_exts(struct out *o, const struct xfrm_sa *sa, const char **why)
{
	int r = sa_head(o, sa, why);

	if (r)
		return r;
	option(o, "-ifid", sa->if_id);
	option(o, "-tfc", sa->tfcpad);
	option(o, "-keepalive", sa->nat_keepalive);
	if (sa->has & XSA_HAS_PCPU)
		out_printf(o, " -cpu %u", sa->pcpu);
	option(o, "-mtimer", sa->mtimer);
	if (sa->mode == XU_MODE_IPTFS)
		iptfs(o, &sa->iptfs);
	if (sa->coaddr.family && !xaddr_is_any(&sa->coaddr)) {
		out_lit(o, " -coa ");
		addr(o, &sa->coaddr);
	}
	sa_counters(o, sa);
	r = offload(o, &sa->offload, why);
	if (!r)
		r = sa_selector(o, sa, why);
	return r ? r : secctx(o, &sa->sec, why);
}

/* Unlike save_sa() this may leave half a statement behind. */
static int write_sa(struct out *o, const struct xfrm_sa *sa, const char **why)
{
	int r;

	out_lit(o, "add ");
	endpoints(o, sa);
	r = protocol(o, sa, why);
	if (!r)
		r = sa_exts(o, sa, why);
	if (!r)
		r = algorithm(o, 'E', &sa->enc, why);
	if (!r)
		r = algorithm(o, 'A', &sa->auth, why);
	if (!r)
		r = algorithm(o, 'C', &sa->comp, why);
	/* Linux has HMAC with any key: a file with one would not load. */
	if (!r && xfrm_sa_check(sa, why))
		r = XE_UNSUPPORTED;
	if (!r)
		out_lit(o, ";\n");
	return r;
}

static int rule(struct out *o, const struct xfrm_tmpl *t, const char **why)
{
	char buf[XNAME_STRLEN];

	if ((t->proto != IPPROTO_ESP && t->proto != IPPROTO_AH &&
	     t->proto != IPPROTO_COMP) || t->mode == XFRM_MODE_ROUTEOPTIMIZATION ||
	    t->mode == XFRM_MODE_IN_TRIGGER)
		return no_word(why, "setkey has no word for its "
				    "transformation");
	if (t->share || t->aalgos || t->ealgos || t->calgos)
		return no_word(why, "one of its rules is for some SAs only");
	out_printf(o, "\n\t%s/", xname_proto(t->proto, buf));
	out_printf(o, "%s/", xname_mode(t->mode, buf));
	if (t->mode != XFRM_MODE_TRANSPORT ||
	    (t->dst.family && !xaddr_is_any(&t->dst))) {
		addr(o, &t->src);
		out_char(o, '-');
		addr(o, &t->dst);
	}
	if (t->optional)
		out_lit(o, "/use");
	else if (t->reqid && t->reqid <= UNIQUE_MAX)
		out_lit(o, "/unique");
	else
		out_lit(o, "/require");
	if (t->reqid)
		out_printf(o, ":%u", t->reqid);
	if (t->spi)
		out_printf(o, "/0x%x", t->spi);
	return 0;
}

/* What names a policy, beside its selector and direction. */
static int policy_name(struct out *o, const struct xfrm_policy *p,
		       const char **why)
{
	int r = selector(o, &p->sel, why);

	if (!r && p->sel.ifindex)
		r = device(o, "-dev", p->sel.ifindex, why);
	if (!r)
		r = mark(o, "-mark", &p->mark, why);
	option(o, "-ifid", p->if_id);
	if (p->ptype == XFRM_POLICY_TYPE_SUB)
		out_lit(o, " -ptype sub");
	return r ? r : secctx(o, &p->sec, why);
}

static int policy_exts(struct out *o, const struct xfrm_policy *p,
		       const char **why)
{
	static const char *const flags[] = { "localok", "icmp",
					     "cpu-acquire" };
	int r = flag_words(o, p->flags, flags, 3, why);

	lifetimes(o, &p->life);
	return r ? r : offload(o, &p->offload, why);
}

/* Relative to the nearest base, as the dump has it: always within range. */
static void priority(struct out *o, uint32_t prio)
{
	static const struct {
		const char *word;
		uint32_t base;
	} bases[] = {
		{ "high", 0x40000000u },
		{ "def", XPOL_PRIO_DEFAULT },
		{ "low", 0xc0000000u },
	};
	size_t i = prio < 0x60000000u ? 0 : prio < 0xa0000000u ? 1 : 2;
	uint32_t base = bases[i].base;

	if (prio == XPOL_PRIO_DEFAULT)
		return;
	out_printf(o, " prio %s", bases[i].word);
	if (prio < base)
		out_printf(o, " + %u", base - prio);
	else if (prio > base)
		out_printf(o, " - %u", prio - base);
}

/* Everything behind the name, but for the direction. */
static int policy_rest(struct out *o, const struct xfrm_policy *p,
		       const char **why)
{
	unsigned int i;
	int r = 0;

	priority(o, p->priority);
	out_char(o, ' ');
	out_str(o, xname_action(p));
	for (i = 0; !r && i < p->ntmpl; i++)
		r = rule(o, &p->tmpl[i], why);
	if (!r)
		out_lit(o, ";\n");
	return r;
}

int save_policy_parts(struct out *name, struct out *exts, struct out *rest,
		      const struct xfrm_policy *p, const char **why)
{
	int r = policy_name(name, p, why);

	if (!r)
		r = policy_exts(exts, p, why);
	if (!r)
		r = policy_rest(rest, p, why);
	return r;
}

/* Statements are written whole or not at all. */
int save_sa(struct out *o, const struct xfrm_sa *sa, const char **why)
{
	const char *none;
	struct out t;
	int r;

	out_init(&t, -1);
	r = write_sa(&t, sa, why ? why : &none);
	if (!r)
		r = t.w.err;
	if (!r)
		out_mem(o, t.w.p, t.w.len);
	out_close(&t);
	return r;
}
