/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "parser/setkey_chk.h"

/* Extensions: the words with a dash. */

enum where {
	W_SA = 1 << 0,		/* add, update */
	W_ID = 1 << 1,		/* get, delete, getspi, deleteall */
	W_POL = 1 << 2,		/* spdadd, spdupdate */
	W_DEL = 1 << 3,		/* spddelete */
	W_MIG = 1 << 4,		/* migrate */
};
#define W_SAS (W_SA | W_ID)
#define W_POLS (W_POL | W_DEL | W_MIG)

static const uint8_t where[SKW_COUNT] = {
	[SKW_X_E] = W_SA, [SKW_X_A] = W_SA, [SKW_X_C] = W_SA,
	[SKW_X_R] = W_SA, [SKW_X_ICV] = W_SA,
	[SKW_X_MODE] = W_SAS, [SKW_X_REQID] = W_SAS, [SKW_X_REPLAY] = W_SAS,
	[SKW_X_FLAG] = W_SAS | W_POL,
	[SKW_X_LH] = W_SAS | W_POL, [SKW_X_LS] = W_SAS | W_POL,
	[SKW_X_BH] = W_SAS | W_POL, [SKW_X_BS] = W_SAS | W_POL,
	[SKW_X_PH] = W_SAS | W_POL, [SKW_X_PS] = W_SAS | W_POL,
	[SKW_X_UH] = W_SAS | W_POL, [SKW_X_US] = W_SAS | W_POL,
	[SKW_X_CTX] = W_SAS | W_POL | W_DEL,
	[SKW_X_ESN] = W_SA, [SKW_X_NATT] = W_SA | W_MIG,
	[SKW_X_HWIF] = W_SA | W_POL, [SKW_X_OFFLOAD] = W_SA | W_POL,
	[SKW_X_DIR] = W_SA,
	[SKW_X_MARK] = W_SAS | W_POLS, [SKW_X_OMARK] = W_SA,
	[SKW_X_IFID] = W_SAS | W_POLS,
	[SKW_X_TFC] = W_SA, [SKW_X_NATKA] = W_SA, [SKW_X_CPU] = W_SA,
	[SKW_X_MTIMER] = W_SA, [SKW_X_SEL] = W_SA,
	[SKW_X_SELDEV] = W_SA | W_POL | W_DEL,
	[SKW_X_COA] = W_SA, [SKW_X_SEQ] = W_SA, [SKW_X_OSEQ] = W_SA,
	[SKW_X_ISEQ] = W_SA, [SKW_X_IPTFS] = W_SA,
	[SKW_X_PTYPE] = W_POLS, [SKW_X_KM] = W_MIG,
	[SKW_X_PROTO] = W_SAS,
};

static enum where stmt_where(const struct setkey_stmt *st)
{
	switch ((int)st->kind) {
	case SKW_ADD:
	case SKW_UPDATE:
		return W_SA;
	case SKW_SPDADD:
	case SKW_SPDUPDATE:
		return W_POL;
	case SKW_SPDDELETE:
		return W_DEL;
	case SKW_MIGRATE:
		return W_MIG;
	default:
		return W_ID;
	}
}

static bool allowed(struct ck *c, const struct setkey_ext *e)
{
	if (where[e->word->id] & stmt_where(c->st))
		return true;
	ck_error(c, e->name, "syntax error", "%s has no meaning for `%s'",
		 e->word->text, setkey_word(c->st->kind)->text);
	return false;
}

/* The limit that an extension sets, or NULL. */
static uint64_t *life_field(struct xlife *l, enum setkey_word_id id)
{
	switch ((int)id) {
	case SKW_X_LH:
		return &l->hard_add;
	case SKW_X_LS:
		return &l->soft_add;
	case SKW_X_BH:
		return &l->hard_bytes;
	case SKW_X_BS:
		return &l->soft_bytes;
	case SKW_X_PH:
		return &l->hard_packets;
	case SKW_X_PS:
		return &l->soft_packets;
	case SKW_X_UH:
		return &l->hard_use;
	case SKW_X_US:
		return &l->soft_use;
	default:
		return NULL;
	}
}

static void check_life(struct ck *c, const struct xlife *l)
{
	const char *what = NULL;

	if (l->hard_add && l->soft_add > l->hard_add)
		what = "-ls";
	else if (l->hard_bytes && l->soft_bytes > l->hard_bytes)
		what = "-bs";
	else if (l->hard_packets && l->soft_packets > l->hard_packets)
		what = "-ps";
	else if (l->hard_use && l->soft_use > l->hard_use)
		what = "-us";
	if (what)
		ck_warn(c, c->st->loc, "the soft limit %s is beyond the hard "
			"one: it will never be reached", what);
}

static bool set_ctx(struct ck *c, const struct setkey_ext *e,
		    struct xsecctx *sec)
{
	const char *p = src_bytes(c->t, e->arg[2].host);
	uint64_t doi, alg;
	size_t n = e->arg[2].host.len;
	char *str;

	if (!ck_number(c, e->arg[0].host, 255, &doi) ||
	    !ck_number(c, e->arg[1].host, 255, &alg))
		return false;
	if (*p != '"' || n < 3 || n > 4096) {
		ck_error(c, e->arg[2].host, "syntax error",
			 "a security label stands in quotes");
		return false;
	}
	str = ck_alloc(c, n - 1);
	if (!str)
		return false;
	memcpy(str, p + 1, n - 2);
	sec->doi = (uint8_t)doi;
	sec->alg = (uint8_t)alg;
	sec->str = str;
	sec->len = (uint16_t)(n - 1);
	return true;
}

static bool set_offload(struct ck *c, const struct setkey_ext *e,
			struct xoffload *off)
{
	enum setkey_word_id id = SKW_V_PACKET;
	const struct setkey_arg *dev = &e->arg[0];

	off->flags = 0;
	if (e->word->id == SKW_X_OFFLOAD) {
		id = ck_value(c, e->arg[0].host, "-offload");
		if (id == SKW_NONE)
			return false;
		dev = &e->arg[1];
	}
	if (e->narg > 2) {
		if (ck_is(c, e->arg[2].host, "in")) {
			off->flags = XFRM_OFFLOAD_INBOUND;
		} else if (!ck_is(c, e->arg[2].host, "out")) {
			ck_error(c, e->arg[2].host, "syntax error",
				 "the direction is in or out");
			return false;
		}
	}
	off->mode = id == SKW_V_CRYPTO ? XOFFLOAD_CRYPTO : XOFFLOAD_PACKET;
	return ck_iface(c, dev->host, &off->ifindex);
}

static bool set_natt(struct ck *c, const struct setkey_ext *e,
		     struct xsa_encap *encap)
{
	struct xaddr a, b;
	uint16_t mask;

	if (!ck_addr(c, e->arg[0].host, c->st->aflags, &a) ||
	    !ck_addr(c, e->arg[1].host, c->st->aflags, &b) ||
	    !ck_port(c, e->arg[0].port, IPPROTO_UDP, &encap->sport, &mask) ||
	    !ck_port(c, e->arg[1].port, IPPROTO_UDP, &encap->dport, &mask))
		return false;
	encap->type = XU_ENCAP_UDP;
	if (!encap->sport)
		encap->sport = 4500;
	if (!encap->dport)
		encap->dport = 4500;
	encap->oa = a;
	return true;
}

static bool set_sa_flag(struct ck *c, struct sloc loc, struct xfrm_sa *sa)
{
	switch ((int)ck_value(c, loc, "-f")) {
	case SKW_V_NOCYCLIC:	/* the default, unless oseq-may-wrap */
	case SKW_V_RANDOM_PAD:	/* Linux pads as RFC 4303 says */
	case SKW_V_SEQ_PAD:
	case SKW_V_ZERO_PAD:
		return true;
	case SKW_V_NOECN:
		sa->flags |= XFRM_STATE_NOECN;
		return true;
	case SKW_V_DECAP_DSCP:
		sa->flags |= XFRM_STATE_DECAP_DSCP;
		return true;
	case SKW_V_NOPMTUDISC:
		sa->flags |= XFRM_STATE_NOPMTUDISC;
		return true;
	case SKW_V_WILDRECV:
		sa->flags |= XFRM_STATE_WILDRECV;
		return true;
	case SKW_V_ICMP:
		sa->flags |= XFRM_STATE_ICMP;
		return true;
	case SKW_V_AF_UNSPEC:
		sa->flags |= XFRM_STATE_AF_UNSPEC;
		return true;
	case SKW_V_ALIGN4:
		sa->flags |= XFRM_STATE_ALIGN4;
		return true;
	case SKW_V_NO_ENCAP_DSCP:
		sa->extra_flags |= XFRM_SA_XFLAG_DONT_ENCAP_DSCP;
		return true;
	case SKW_V_OSEQ_MAY_WRAP:
		sa->extra_flags |= XFRM_SA_XFLAG_OSEQ_MAY_WRAP;
		return true;
	case SKW_NONE:
		return false;
	default:
		ck_error(c, loc, "syntax error", "this is a flag of policies");
		return false;
	}
}

static bool set_mode(struct ck *c, struct sloc loc, struct xfrm_sa *sa)
{
	switch ((int)ck_value(c, loc, "-m")) {
	case SKW_V_TUNNEL:
		sa->mode = XFRM_MODE_TUNNEL;
		return true;
	case SKW_V_BEET:
		sa->mode = XFRM_MODE_BEET;
		return true;
	case SKW_V_IPTFS:
		sa->mode = XU_MODE_IPTFS;
		return true;
	case SKW_V_TRANSPORT:
	case SKW_V_ANY:		/* the same, as with PF_KEY */
		sa->mode = XFRM_MODE_TRANSPORT;
		return true;
	default:
		return false;
	}
}

static bool set_sa_dir(struct ck *c, struct sloc loc, struct xfrm_sa *sa)
{
	switch ((int)ck_value(c, loc, "-dir")) {
	case SKW_V_IN:
		sa->dir = XSA_DIR_IN;
		return true;
	case SKW_V_OUT:
		sa->dir = XSA_DIR_OUT;
		return true;
	case SKW_NONE:
		return false;
	default:
		ck_error(c, loc, "syntax error", "an SA is for in or out");
		return false;
	}
}

static bool set_iptfs(struct ck *c, const struct setkey_ext *e,
		      struct xsa_iptfs *t)
{
	enum setkey_word_id id;
	unsigned int i;
	uint64_t v;

	for (i = 0; i < e->narg; i++) {
		id = ck_value(c, e->arg[i].host, "-iptfs");
		if (id == SKW_NONE)
			return false;
		if (id == SKW_V_DONT_FRAG) {
			t->dont_frag = true;
			continue;
		}
		if (++i >= e->narg) {
			ck_error(c, e->arg[i - 1].host, "syntax error",
				 "a number is missing behind it");
			return false;
		}
		if (!ck_number(c, e->arg[i].host, id == SKW_V_REORDER ?
			       UINT16_MAX : UINT32_MAX, &v))
			return false;
		if (id == SKW_V_DROP_TIME) {
			t->drop_time = (uint32_t)v;
			t->has_drop = true;
		} else if (id == SKW_V_REORDER) {
			t->reorder_window = (uint16_t)v;
			t->has_reorder = true;
		} else if (id == SKW_V_INIT_DELAY) {
			t->init_delay = (uint32_t)v;
			t->has_init = true;
		} else if (id == SKW_V_QUEUE) {
			t->max_qsize = (uint32_t)v;
			t->has_qsize = true;
		} else if (id == SKW_V_PKT_SIZE) {
			t->pkt_size = (uint32_t)v;
		}
	}
	return true;
}

static bool set_replay(struct ck *c, struct sloc loc, struct xfrm_sa *sa)
{
	if (ck_is(c, c->st->proto, "esp-old") ||
	    ck_is(c, c->st->proto, "ah-old")) {
		ck_error(c, loc, "replay prevention cannot be used with "
			 "ah/esp-old", NULL);
		return false;
	}
	if (!ck_u32(c, loc, &sa->replay.window))
		return false;
	if (sa->replay.window > XFRMA_REPLAY_ESN_MAX) {
		ck_error(c, loc, "Invalid argument", "the largest replay "
			 "window is %d packets", XFRMA_REPLAY_ESN_MAX);
		return false;
	}
	return true;
}

static bool set_counter(struct ck *c, struct sloc loc, uint32_t *lo,
			uint32_t *hi)
{
	uint64_t v;

	if (!ck_number(c, loc, UINT64_MAX, &v))
		return false;
	*lo = (uint32_t)v;
	*hi = (uint32_t)(v >> 32);
	return true;
}

static bool set_coa(struct ck *c, const struct setkey_arg *a,
		    struct xfrm_sa *sa)
{
	return ck_addr(c, a->host, c->st->aflags, &sa->coaddr);
}

/* The extensions that only an SA has. */
static bool sa_ext(struct ck *c, const struct setkey_ext *e,
		   struct xfrm_sa *sa)
{
	struct sloc arg = e->narg ? e->arg[0].host : e->name, none = { 0 };

	switch ((int)e->word->id) {
	case SKW_X_MODE:
		if (c->st->kind == SKW_DELETE)
			ck_warn(c, e->name, "mode is obsolete");
		return set_mode(c, arg, sa);
	case SKW_X_REQID:
		return ck_u32(c, arg, &sa->reqid);
	case SKW_X_REPLAY:
		return set_replay(c, arg, sa);
	case SKW_X_FLAG:
		return set_sa_flag(c, arg, sa);
	case SKW_X_ESN:
		sa->esn = true;
		return true;
	case SKW_X_NATT:
		return set_natt(c, e, &sa->encap);
	case SKW_X_DIR:
		return set_sa_dir(c, arg, sa);
	case SKW_X_OMARK:
		return ck_mark(c, &e->arg[0], &sa->out_mark);
	case SKW_X_TFC:
		return ck_u32(c, arg, &sa->tfcpad);
	case SKW_X_NATKA:
		return ck_u32(c, arg, &sa->nat_keepalive);
	case SKW_X_CPU:
		sa->has |= XSA_HAS_PCPU;
		return ck_u32(c, arg, &sa->pcpu);
	case SKW_X_MTIMER:
		return ck_u32(c, arg, &sa->mtimer);
	case SKW_X_SEL:
		return ck_selector(c, &e->arg[0], &e->arg[1], c->st->aflags,
				   e->arg[2].host, e->narg > 3 ?
				   e->arg[3].host : none, &sa->sel);
	case SKW_X_SELDEV:
		return ck_iface(c, arg, &sa->sel.ifindex);
	case SKW_X_COA:
		return set_coa(c, &e->arg[0], sa);
	case SKW_X_SEQ:
		sa->has |= XSA_HAS_SEQ;
		return ck_u32(c, arg, &sa->seq);
	case SKW_X_OSEQ:
		sa->has |= XSA_HAS_REPLAY;
		return set_counter(c, arg, &sa->replay.oseq,
				   &sa->replay.oseq_hi);
	case SKW_X_ISEQ:
		sa->has |= XSA_HAS_REPLAY;
		return set_counter(c, arg, &sa->replay.seq,
				   &sa->replay.seq_hi);
	case SKW_X_IPTFS:
		return set_iptfs(c, e, &sa->iptfs);
	case SKW_X_PROTO:
		ck_error(c, e->name, "syntax error", "-p is from before 2000: "
			 "write the protocol before the SPI");
		return false;
	default:		/* -E -A -C -R -icv: ck_algs() */
		return true;
	}
}

/* What extensions mean together. */
static bool sa_exts_end(struct ck *c, struct xfrm_sa *sa)
{
	check_life(c, &sa->life);
	if (sa->esn && sa->proto == IPPROTO_COMP) {
		ck_error(c, c->st->loc, "Invalid argument",
			 "IPComp has no sequence numbers: leave out -esn");
		return false;
	}
	/* The kernel wants a window for extended sequence numbers. */
	if (sa->esn && !sa->replay.window && sa->dir != XSA_DIR_OUT)
		sa->replay.window = 32;
	if (sa->dir == XSA_DIR_OUT && sa->replay.window) {
		ck_warn(c, c->st->loc, "an outbound SA has no replay window: "
			"-r is left out");
		sa->replay.window = 0;
	}
	if (sa->dir == XSA_DIR_IN && sa->offload.mode)
		sa->offload.flags |= XFRM_OFFLOAD_INBOUND;
	return true;
}

bool ck_sa_exts(struct ck *c, struct xfrm_sa *sa)
{
	const struct setkey_ext *e;
	uint64_t *life;
	bool ok = true;

	for (e = c->st->exts; e && !c->nomem; e = e->next) {
		if (!allowed(c, e)) {
			ok = false;
			continue;
		}
		life = life_field(&sa->life, e->word->id);
		if (life)
			ok &= ck_number(c, e->arg[0].host, UINT64_MAX, life);
		else if (e->word->id == SKW_X_CTX)
			ok &= set_ctx(c, e, &sa->sec);
		else if (e->word->id == SKW_X_MARK)
			ok &= ck_mark(c, &e->arg[0], &sa->mark);
		else if (e->word->id == SKW_X_IFID)
			ok &= ck_u32(c, e->arg[0].host, &sa->if_id);
		else if (e->word->id == SKW_X_OFFLOAD ||
			 e->word->id == SKW_X_HWIF)
			ok &= set_offload(c, e, &sa->offload);
		else
			ok &= sa_ext(c, e, sa);
	}
	return ok && sa_exts_end(c, sa);
}

static bool set_policy_flag(struct ck *c, struct sloc loc,
			    struct xfrm_policy *pol)
{
	switch ((int)ck_value(c, loc, "-f")) {
	case SKW_V_LOCALOK:
		pol->flags |= XFRM_POLICY_LOCALOK;
		return true;
	case SKW_V_ICMP:
		pol->flags |= XFRM_POLICY_ICMP;
		return true;
	case SKW_V_CPU_ACQUIRE:
		pol->flags |= XU_POLICY_CPU_ACQUIRE;
		return true;
	case SKW_NONE:
		return false;
	default:
		ck_error(c, loc, "syntax error", "this is a flag of SAs; policies "
			 "have localok, icmp and cpu-acquire");
		return false;
	}
}

static bool set_ptype(struct ck *c, struct sloc loc, uint8_t *ptype)
{
	enum setkey_word_id id = ck_value(c, loc, "-ptype");

	*ptype = id == SKW_V_SUB ? XFRM_POLICY_TYPE_SUB :
		XFRM_POLICY_TYPE_MAIN;
	return id == SKW_V_MAIN || id == SKW_V_SUB;
}

static bool policy_ext(struct ck *c, const struct setkey_ext *e,
		       struct xfrm_policy *pol)
{
	uint64_t *life = life_field(&pol->life, e->word->id);

	if (life)
		return ck_number(c, e->arg[0].host, UINT64_MAX, life);
	switch ((int)e->word->id) {
	case SKW_X_CTX:
		return set_ctx(c, e, &pol->sec);
	case SKW_X_MARK:
		return ck_mark(c, &e->arg[0], &pol->mark);
	case SKW_X_IFID:
		return ck_u32(c, e->arg[0].host, &pol->if_id);
	case SKW_X_PTYPE:
		return set_ptype(c, e->arg[0].host, &pol->ptype);
	case SKW_X_FLAG:
		return set_policy_flag(c, e->arg[0].host, pol);
	case SKW_X_SELDEV:
		return ck_iface(c, e->arg[0].host, &pol->sel.ifindex);
	case SKW_X_OFFLOAD:
	case SKW_X_HWIF:
		return set_offload(c, e, &pol->offload);
	default:
		return true;
	}
}

bool ck_policy_exts(struct ck *c, struct xfrm_policy *pol)
{
	const struct setkey_ext *e;
	bool ok = true;

	for (e = c->st->exts; e && !c->nomem; e = e->next)
		ok &= allowed(c, e) && policy_ext(c, e, pol);
	check_life(c, &pol->life);
	return ok;
}

bool ck_migrate_exts(struct ck *c, struct setkey_migrate *m)
{
	const struct setkey_ext *e;
	bool ok = true;

	for (e = c->st->exts; e && !c->nomem; e = e->next) {
		if (!allowed(c, e)) {
			ok = false;
		} else if (e->word->id == SKW_X_KM) {
			m->has_km = true;
			ok &= ck_addr(c, e->arg[0].host, c->st->aflags,
				      &m->km_local) &&
				ck_addr(c, e->arg[1].host, c->st->aflags,
					&m->km_remote);
		} else if (e->word->id == SKW_X_NATT) {
			ok &= set_natt(c, e, &m->encap);
		} else {
			ok &= policy_ext(c, e, &m->pol);
		}
	}
	return ok;
}
