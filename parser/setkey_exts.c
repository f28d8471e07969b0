/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "parser/setkey_chk.h"

/* Extensions: the words with a dash. */

/* Statements by what extensions they take. */
enum where {
	W_SA = 1 << 0,		/* add, update */
	W_ID = 1 << 1,		/* get, delete, getspi, deleteall */
	W_POL = 1 << 2,		/* spdadd, spdupdate */
	W_DEL = 1 << 3,		/* spddelete */
	W_MIG = 1 << 4,		/* migrate */
};
#define W_SAS (W_SA | W_ID)
#define W_POLS (W_POL | W_DEL | W_MIG)

/* What an extension changes: an SA or a policy, and what both have. */
struct target {
	struct xfrm_sa *sa;		/* NULL: a policy */
	struct xfrm_policy *pol;	/* NULL: an SA */
	struct setkey_migrate *mig;	/* of migrate, else NULL */
	struct xlife *life;
	struct xsecctx *sec;
	struct xmark *mark;
	struct xoffload *offload;
	struct xsa_encap *encap;	/* NULL: none */
	uint32_t *if_id;
	int32_t *ifindex;
};

/* Carries out one extension; false: reported. */
typedef bool ext_fn(struct ck *c, const struct setkey_ext *e,
		    struct target *t);

/* ---- what SAs and policies share ---- */

static bool ext_life(struct ck *c, const struct setkey_ext *e,
		     struct target *t)
{
	struct xlife *l = t->life;
	const struct {
		enum setkey_word_id id;
		uint64_t *field;
	} fields[] = {
		{ SKW_X_LH, &l->hard_add }, { SKW_X_LS, &l->soft_add },
		{ SKW_X_BH, &l->hard_bytes }, { SKW_X_BS, &l->soft_bytes },
		{ SKW_X_PH, &l->hard_packets }, { SKW_X_PS, &l->soft_packets },
		{ SKW_X_UH, &l->hard_use }, { SKW_X_US, &l->soft_use },
	};
	size_t i = 0;

	while (fields[i].id != e->word->id)
		i++;
	return ck_number(c, e->arg[0].host, UINT64_MAX, fields[i].field);
}

static bool ext_ctx(struct ck *c, const struct setkey_ext *e,
		    struct target *t)
{
	const char *p = ck_bytes(c, e->arg[2].host);
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
	t->sec->doi = (uint8_t)doi;
	t->sec->alg = (uint8_t)alg;
	t->sec->str = str;
	t->sec->len = (uint16_t)(n - 1);
	return true;
}

static bool ext_mark(struct ck *c, const struct setkey_ext *e,
		     struct target *t)
{
	return ck_mark(c, &e->arg[0], t->mark);
}

static bool ext_ifid(struct ck *c, const struct setkey_ext *e,
		     struct target *t)
{
	return ck_u32(c, e->arg[0].host, t->if_id);
}

static bool ext_dev(struct ck *c, const struct setkey_ext *e,
		    struct target *t)
{
	return ck_iface(c, e->arg[0].host, t->ifindex);
}

/* A direction that SAs have. */
static bool in_or_out(struct ck *c, struct sloc loc, uint8_t *dir)
{
	if (!ck_dir(c, loc, dir))
		return false;
	if (*dir != XFRM_POLICY_FWD)
		return true;
	ck_error(c, loc, "syntax error", "the direction is in or out here");
	return false;
}

static bool ext_offload(struct ck *c, const struct setkey_ext *e,
			struct target *t)
{
	enum setkey_word_id how = ck_value(c, e->arg[0].host, "-offload");
	uint8_t dir = XFRM_POLICY_OUT;

	if (how != SKW_V_CRYPTO && how != SKW_V_PACKET)
		return false;
	if (e->narg > 2 && !in_or_out(c, e->arg[2].host, &dir))
		return false;
	if (dir == XFRM_POLICY_IN)
		t->offload->flags = XFRM_OFFLOAD_INBOUND;
	t->offload->mode = how == SKW_V_CRYPTO ? XOFFLOAD_CRYPTO :
		XOFFLOAD_PACKET;
	return ck_iface(c, e->arg[1].host, &t->offload->ifindex);
}

static bool ext_hwif(struct ck *c, const struct setkey_ext *e,
		     struct target *t)
{
	t->offload->mode = XOFFLOAD_PACKET;
	return ck_iface(c, e->arg[0].host, &t->offload->ifindex);
}

static bool ext_natt(struct ck *c, const struct setkey_ext *e,
		     struct target *t)
{
	struct xaddr a, b;
	uint16_t mask;

	if (!ck_addr(c, e->arg[0].host, c->st->aflags, &a) ||
	    !ck_addr(c, e->arg[1].host, c->st->aflags, &b) ||
	    !ck_port(c, e->arg[0].port, IPPROTO_UDP, &t->encap->sport, &mask) ||
	    !ck_port(c, e->arg[1].port, IPPROTO_UDP, &t->encap->dport, &mask))
		return false;
	t->encap->type = XU_ENCAP_UDP;
	if (!t->encap->sport)
		t->encap->sport = CK_NATT_PORT;
	if (!t->encap->dport)
		t->encap->dport = CK_NATT_PORT;
	t->encap->oa = a;
	return true;
}

static bool ext_flag(struct ck *c, const struct setkey_ext *e,
		     struct target *t)
{
	static const struct {
		enum setkey_word_id id;
		uint8_t where;		/* W_SA, W_POL */
		uint8_t sa, extra, pol;	/* bits to set */
	} flags[] = {
		/* Linux never wraps unasked, and pads as RFC 4303 says. */
		{ SKW_V_NOCYCLIC, W_SA, 0, 0, 0 },
		{ SKW_V_RANDOM_PAD, W_SA, 0, 0, 0 },
		{ SKW_V_SEQ_PAD, W_SA, 0, 0, 0 },
		{ SKW_V_ZERO_PAD, W_SA, 0, 0, 0 },
		{ SKW_V_NOECN, W_SA, XFRM_STATE_NOECN, 0, 0 },
		{ SKW_V_DECAP_DSCP, W_SA, XFRM_STATE_DECAP_DSCP, 0, 0 },
		{ SKW_V_NOPMTUDISC, W_SA, XFRM_STATE_NOPMTUDISC, 0, 0 },
		{ SKW_V_WILDRECV, W_SA, XFRM_STATE_WILDRECV, 0, 0 },
		{ SKW_V_ICMP, W_SA | W_POL, XFRM_STATE_ICMP, 0,
		  XFRM_POLICY_ICMP },
		{ SKW_V_AF_UNSPEC, W_SA, XFRM_STATE_AF_UNSPEC, 0, 0 },
		{ SKW_V_ALIGN4, W_SA, XFRM_STATE_ALIGN4, 0, 0 },
		{ SKW_V_NO_ENCAP_DSCP, W_SA, 0,
		  XFRM_SA_XFLAG_DONT_ENCAP_DSCP, 0 },
		{ SKW_V_OSEQ_MAY_WRAP, W_SA, 0, XFRM_SA_XFLAG_OSEQ_MAY_WRAP,
		  0 },
		{ SKW_V_LOCALOK, W_POL, 0, 0, XFRM_POLICY_LOCALOK },
		{ SKW_V_CPU_ACQUIRE, W_POL, 0, 0, XU_POLICY_CPU_ACQUIRE },
	};
	enum setkey_word_id id = ck_value(c, e->arg[0].host, "-f");
	size_t i = 0;

	if (id == SKW_NONE)
		return false;
	while (flags[i].id != id)
		i++;
	if (!(flags[i].where & (t->sa ? W_SA : W_POL))) {
		ck_error(c, e->arg[0].host, "syntax error", t->sa ?
			 "this is a flag of policies" : "this is a flag of "
			 "SAs; policies have localok, icmp and cpu-acquire");
		return false;
	}
	if (t->sa) {
		t->sa->flags |= flags[i].sa;
		t->sa->extra_flags |= flags[i].extra;
	} else {
		t->pol->flags |= flags[i].pol;
	}
	return true;
}

/* ---- SAs ---- */

static bool ext_mode(struct ck *c, const struct setkey_ext *e,
		     struct target *t)
{
	if (c->st->kind == SKW_DELETE)
		ck_warn(c, e->name, "mode is obsolete");
	return ck_mode(c, e->arg[0].host, &t->sa->mode);
}

static bool ext_reqid(struct ck *c, const struct setkey_ext *e,
		      struct target *t)
{
	return ck_u32(c, e->arg[0].host, &t->sa->reqid);
}

static bool ext_replay(struct ck *c, const struct setkey_ext *e,
		       struct target *t)
{
	struct sloc loc = e->arg[0].host;
	uint32_t *window = &t->sa->replay.window;

	if (c->st->proto.id == SKW_ESP_OLD || c->st->proto.id == SKW_AH_OLD) {
		ck_error(c, loc, "replay prevention cannot be used with "
			 "ah/esp-old", NULL);
		return false;
	}
	if (!ck_u32(c, loc, window))
		return false;
	if (*window <= XFRMA_REPLAY_ESN_MAX)
		return true;
	ck_error(c, loc, "Invalid argument", "the largest replay window is %d "
		 "packets", XFRMA_REPLAY_ESN_MAX);
	return false;
}

static bool ext_esn(struct ck *c, const struct setkey_ext *e,
		    struct target *t)
{
	if (t->sa->proto == IPPROTO_COMP) {
		ck_error(c, e->name, "Invalid argument",
			 "IPComp has no sequence numbers");
		return false;
	}
	t->sa->esn = true;
	return true;
}

static bool ext_dir(struct ck *c, const struct setkey_ext *e,
		    struct target *t)
{
	uint8_t dir;

	if (!in_or_out(c, e->arg[0].host, &dir))
		return false;
	t->sa->dir = dir == XFRM_POLICY_IN ? XSA_DIR_IN : XSA_DIR_OUT;
	return true;
}

static bool ext_omark(struct ck *c, const struct setkey_ext *e,
		      struct target *t)
{
	return ck_mark(c, &e->arg[0], &t->sa->out_mark);
}

static bool ext_tfc(struct ck *c, const struct setkey_ext *e,
		    struct target *t)
{
	return ck_u32(c, e->arg[0].host, &t->sa->tfcpad);
}

static bool ext_keepalive(struct ck *c, const struct setkey_ext *e,
			  struct target *t)
{
	return ck_u32(c, e->arg[0].host, &t->sa->nat_keepalive);
}

static bool ext_cpu(struct ck *c, const struct setkey_ext *e,
		    struct target *t)
{
	t->sa->has |= XSA_HAS_PCPU;
	return ck_u32(c, e->arg[0].host, &t->sa->pcpu);
}

static bool ext_mtimer(struct ck *c, const struct setkey_ext *e,
		       struct target *t)
{
	return ck_u32(c, e->arg[0].host, &t->sa->mtimer);
}

static bool ext_sel(struct ck *c, const struct setkey_ext *e,
		    struct target *t)
{
	struct sloc none = { 0 };
	int32_t ifindex = t->sa->sel.ifindex;	/* of -dev, which may be first */
	bool ok;

	ok = ck_selector(c, &e->arg[0], &e->arg[1], c->st->aflags,
			 e->arg[2].host, e->narg > 3 ? e->arg[3].host : none,
			 &t->sa->sel);
	t->sa->sel.ifindex = ifindex;
	return ok;
}

static bool ext_coa(struct ck *c, const struct setkey_ext *e,
		    struct target *t)
{
	return ck_addr(c, e->arg[0].host, c->st->aflags, &t->sa->coaddr);
}

static bool ext_seq(struct ck *c, const struct setkey_ext *e,
		    struct target *t)
{
	t->sa->has |= XSA_HAS_SEQ;
	return ck_u32(c, e->arg[0].host, &t->sa->seq);
}

/* -oseq, -iseq: 64-bit counters in two halves. */
static bool ext_counter(struct ck *c, const struct setkey_ext *e,
			struct target *t)
{
	struct xreplay *r = &t->sa->replay;
	uint64_t v;

	if (!ck_number(c, e->arg[0].host, UINT64_MAX, &v))
		return false;
	t->sa->has |= XSA_HAS_REPLAY;
	if (e->word->id == SKW_X_OSEQ) {
		r->oseq = (uint32_t)v;
		r->oseq_hi = (uint32_t)(v >> 32);
	} else {
		r->seq = (uint32_t)v;
		r->seq_hi = (uint32_t)(v >> 32);
	}
	return true;
}

/* One parameter of -iptfs, with its number. */
static void iptfs_set(struct xsa_iptfs *t, enum setkey_word_id id, uint32_t v)
{
	if (id == SKW_V_DROP_TIME) {
		t->drop_time = v;
		t->has_drop = true;
	} else if (id == SKW_V_REORDER) {
		t->reorder_window = (uint16_t)v;
		t->has_reorder = true;
	} else if (id == SKW_V_INIT_DELAY) {
		t->init_delay = v;
		t->has_init = true;
	} else if (id == SKW_V_QUEUE) {
		t->max_qsize = v;
		t->has_qsize = true;
	} else if (id == SKW_V_PKT_SIZE) {
		t->pkt_size = v;
	}
}

static bool ext_iptfs(struct ck *c, const struct setkey_ext *e,
		      struct target *t)
{
	enum setkey_word_id id;
	unsigned int i;
	uint64_t v;

	for (i = 0; i < e->narg; i++) {
		id = ck_value(c, e->arg[i].host, "-iptfs");
		if (id == SKW_NONE)
			return false;
		if (id == SKW_V_DONT_FRAG) {
			t->sa->iptfs.dont_frag = true;
			continue;
		}
		if (++i == e->narg) {
			ck_error(c, e->arg[i - 1].host, "syntax error",
				 "a number is missing behind it");
			return false;
		}
		if (!ck_number(c, e->arg[i].host, id == SKW_V_REORDER ?
			       UINT16_MAX : UINT32_MAX, &v))
			return false;
		iptfs_set(&t->sa->iptfs, id, (uint32_t)v);
	}
	return true;
}

static bool ext_old(struct ck *c, const struct setkey_ext *e,
		    struct target *t)
{
	ck_error(c, e->name, "syntax error", "-p is from before 2000: write "
		 "the protocol before the SPI");
	return false;
}

/* -E, -A, -C, -R, -icv: ck_algs() reads them all at once. */
static bool ext_alg(struct ck *c, const struct setkey_ext *e,
		    struct target *t)
{
	return true;
}

/* ---- policies ---- */

static bool ext_ptype(struct ck *c, const struct setkey_ext *e,
		      struct target *t)
{
	return ck_ptype(c, e->arg[0].host, &t->pol->ptype);
}

static bool ext_km(struct ck *c, const struct setkey_ext *e,
		   struct target *t)
{
	t->mig->has_km = true;
	return ck_addr(c, e->arg[0].host, c->st->aflags, &t->mig->km_local) &&
		ck_addr(c, e->arg[1].host, c->st->aflags, &t->mig->km_remote);
}

static const struct {
	uint8_t where;	/* enum where */
	ext_fn *fn;
} exts[SKW_COUNT] = {
	[SKW_X_E] = { W_SA, ext_alg },
	[SKW_X_A] = { W_SA, ext_alg },
	[SKW_X_C] = { W_SA, ext_alg },
	[SKW_X_R] = { W_SA, ext_alg },
	[SKW_X_ICV] = { W_SA, ext_alg },
	[SKW_X_MODE] = { W_SAS, ext_mode },
	[SKW_X_REQID] = { W_SAS, ext_reqid },
	[SKW_X_REPLAY] = { W_SAS, ext_replay },
	[SKW_X_FLAG] = { W_SAS | W_POL, ext_flag },
	[SKW_X_LH] = { W_SAS | W_POL, ext_life },
	[SKW_X_LS] = { W_SAS | W_POL, ext_life },
	[SKW_X_BH] = { W_SAS | W_POL, ext_life },
	[SKW_X_BS] = { W_SAS | W_POL, ext_life },
	[SKW_X_PH] = { W_SAS | W_POL, ext_life },
	[SKW_X_PS] = { W_SAS | W_POL, ext_life },
	[SKW_X_UH] = { W_SAS | W_POL, ext_life },
	[SKW_X_US] = { W_SAS | W_POL, ext_life },
	[SKW_X_CTX] = { W_SAS | W_POL | W_DEL, ext_ctx },
	[SKW_X_ESN] = { W_SA, ext_esn },
	[SKW_X_NATT] = { W_SA | W_MIG, ext_natt },
	[SKW_X_HWIF] = { W_SA | W_POL, ext_hwif },
	[SKW_X_OFFLOAD] = { W_SA | W_POL, ext_offload },
	[SKW_X_DIR] = { W_SA, ext_dir },
	[SKW_X_MARK] = { W_SAS | W_POLS, ext_mark },
	[SKW_X_OMARK] = { W_SA, ext_omark },
	[SKW_X_IFID] = { W_SAS | W_POLS, ext_ifid },
	[SKW_X_TFC] = { W_SA, ext_tfc },
	[SKW_X_NATKA] = { W_SA, ext_keepalive },
	[SKW_X_CPU] = { W_SA, ext_cpu },
	[SKW_X_MTIMER] = { W_SA, ext_mtimer },
	[SKW_X_SEL] = { W_SA, ext_sel },
	[SKW_X_SELDEV] = { W_SA | W_POL | W_DEL, ext_dev },
	[SKW_X_COA] = { W_SA, ext_coa },
	[SKW_X_SEQ] = { W_SA, ext_seq },
	[SKW_X_OSEQ] = { W_SA, ext_counter },
	[SKW_X_ISEQ] = { W_SA, ext_counter },
	[SKW_X_IPTFS] = { W_SA, ext_iptfs },
	[SKW_X_PTYPE] = { W_POLS, ext_ptype },
	[SKW_X_KM] = { W_MIG, ext_km },
	[SKW_X_PROTO] = { W_SAS, ext_old },
};

static const uint8_t stmt_where[SKW_COUNT] = {
	[SKW_ADD] = W_SA, [SKW_UPDATE] = W_SA,
	[SKW_GET] = W_ID, [SKW_DELETE] = W_ID, [SKW_GETSPI] = W_ID,
	[SKW_DELETEALL] = W_ID,
	[SKW_SPDADD] = W_POL, [SKW_SPDUPDATE] = W_POL,
	[SKW_SPDDELETE] = W_DEL, [SKW_MIGRATE] = W_MIG,
};

static bool run_exts(struct ck *c, struct target *t)
{
	const struct setkey_ext *e;
	bool ok = true;

	for (e = c->st->exts; e && !c->nomem; e = e->next) {
		if (exts[e->word->id].where & stmt_where[c->st->kind]) {
			ok &= exts[e->word->id].fn(c, e, t);
			continue;
		}
		ck_error(c, e->name, "syntax error", "%s has no meaning for "
			 "`%s'", e->word->text,
			 setkey_word(c->st->kind)->text);
		ok = false;
	}
	return ok;
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

/*
 * Behind -iseq all numbers up to it count as received: else the packets of the
 * last window would be taken a second time.
 */
static bool seen_before(struct ck *c, struct xfrm_sa *sa)
{
	struct xreplay *r = &sa->replay;
	bool wide = sa->esn || r->window > 32;
	uint8_t *seen;
	size_t size;

	if (!r->window || !(r->seq | r->seq_hi))
		return true;
	r->bitmap_len = wide ? (r->window + 31) / 32 : 1;
	size = r->bitmap_len * sizeof(uint32_t);
	seen = ck_alloc(c, size);
	if (!seen)
		return false;
	memset(seen, 0xff, size);
	r->bitmap = seen;
	return true;
}

static bool check_counters(struct ck *c, const struct xfrm_sa *sa)
{
	if (sa->esn || !(sa->replay.oseq_hi | sa->replay.seq_hi))
		return true;
	ck_error(c, c->st->loc, "Numerical result out of range", "without -esn "
		 "a sequence number has 32 bits");
	return false;
}

bool ck_sa_exts(struct ck *c, struct xfrm_sa *sa)
{
	struct target t = {
		.sa = sa, .life = &sa->life, .sec = &sa->sec,
		.mark = &sa->mark, .offload = &sa->offload,
		.encap = &sa->encap, .if_id = &sa->if_id,
		.ifindex = &sa->sel.ifindex,
	};

	if (!run_exts(c, &t))
		return false;
	check_life(c, &sa->life);
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
	return check_counters(c, sa) && seen_before(c, sa);
}

static bool policy_exts(struct ck *c, struct xfrm_policy *pol,
			struct setkey_migrate *m)
{
	struct target t = {
		.pol = pol, .mig = m, .life = &pol->life, .sec = &pol->sec,
		.mark = &pol->mark, .offload = &pol->offload,
		.encap = m ? &m->encap : NULL, .if_id = &pol->if_id,
		.ifindex = &pol->sel.ifindex,
	};
	bool ok = run_exts(c, &t);

	check_life(c, &pol->life);
	return ok;
}

bool ck_policy_exts(struct ck *c, struct xfrm_policy *pol)
{
	return !c->st->exts || policy_exts(c, pol, NULL);
}

bool ck_migrate_exts(struct ck *c, struct setkey_migrate *m)
{
	return policy_exts(c, &m->pol, m);
}
