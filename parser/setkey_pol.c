/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "parser/setkey_chk.h"

/* Statements about policies. */

#define PRIO_LOW 0xc0000000u
#define PRIO_DEF 0x80000000u
#define PRIO_HIGH 0x40000000u
#define PRIO_PLUS_MAX 0x40000000u	/* largest offset upwards */
#define PRIO_MINUS_MAX 0x3fffffffu
#define PRIO_PLAIN_MAX 0x7fffffffu

static bool pol_dir(struct ck *c, const struct setkey_policy *p, uint8_t *dir)
{
	struct sloc at;

	*dir = XFRM_POLICY_IN;
	if (!p || !p->dir.loc.at) {
		at = p ? p->loc : c->st->loc;
		ck_error(c, at, "Invalid direction", p ? "a policy starts "
			 "with in, out or fwd, as in `-P out ipsec "
			 "esp/transport//require'" : "-P and the direction are "
			 "missing: -P in, -P out or -P fwd");
		return false;
	}
	if (p->dir.id == SKW_P_OUT)
		*dir = XFRM_POLICY_OUT;
	else if (p->dir.id == SKW_P_FWD)
		*dir = XFRM_POLICY_FWD;
	return true;
}

/* The kernel's value: small is strong, so offsets count downwards. */
static bool pol_prio(struct ck *c, const struct setkey_policy *p,
		     uint32_t *prio)
{
	uint32_t base = PRIO_DEF, max;
	uint64_t off = 0;

	*prio = PRIO_DEF;
	if (!p->prio.at)
		return true;
	if (p->prio_base.id == SKW_P_LOW)
		base = PRIO_LOW;
	else if (p->prio_base.id == SKW_P_HIGH)
		base = PRIO_HIGH;
	if (p->prio_num.at && !ck_number(c, p->prio_num, UINT32_MAX, &off))
		return false;
	max = !p->prio_base.id ? PRIO_PLAIN_MAX :
		p->prio_minus ? PRIO_MINUS_MAX : PRIO_PLUS_MAX;
	if (off > max) {
		ck_error(c, p->prio_num, "Invalid priority offset",
			 "Priority offset from base not in valid range "
			 "[0, 1073741823] for negative offsets and "
			 "[0, 1073741824] for positive offsets");
		return false;
	}
	*prio = p->prio_minus ? base + (uint32_t)off : base - (uint32_t)off;
	return true;
}

static uint8_t rule_proto(const struct setkey_rule *r)
{
	if (r->proto.id == SKW_P_ESP)
		return IPPROTO_ESP;
	return r->proto.id == SKW_P_AH ? IPPROTO_AH : IPPROTO_COMP;
}

static uint8_t rule_mode(const struct setkey_rule *r)
{
	if (r->mode.id == SKW_P_TUNNEL)
		return XFRM_MODE_TUNNEL;
	if (r->mode.id == SKW_P_BEET)
		return XFRM_MODE_BEET;
	return r->mode.id == SKW_P_IPTFS ? XU_MODE_IPTFS : XFRM_MODE_TRANSPORT;
}

static bool end_addr(struct ck *c, struct sloc loc, struct xaddr *a)
{
	if (!xaddr_parse_n(ck_bytes(c, loc), loc.len, a))
		return true;
	ck_error(c, loc, "Invalid address specification",
		 "the endpoints of a rule are numeric addresses");
	return false;
}

static bool rule_ends(struct ck *c, const struct setkey_rule *r, uint8_t dir,
		      struct xfrm_tmpl *t)
{
	uint16_t port, mask;

	if ((r->me_any && dir != XFRM_POLICY_OUT) ||
	    (r->any_me && dir == XFRM_POLICY_OUT)) {
		ck_error(c, r->loc, "Invalid direction", "me-any is for out, "
			 "any-me for in");
		return false;
	}
	if (!r->src.at) {
		if (t->mode == XFRM_MODE_TRANSPORT)
			return true;
		ck_error(c, r->loc, "Invalid address specification", "this "
			 "mode needs both endpoints: esp/tunnel/A-B/require");
		return false;
	}
	if (!end_addr(c, r->src, &t->src) || !end_addr(c, r->dst, &t->dst) ||
	    !ck_port(c, r->sport, IPPROTO_UDP, &port, &mask) ||
	    !ck_port(c, r->dport, IPPROTO_UDP, &port, &mask))
		return false;
	if (t->src.family != t->dst.family) {
		ck_error(c, r->dst, "Address family mismatch",
			 "one endpoint is IPv4, the other IPv6");
		return false;
	}
	t->family = t->src.family;
	if (t->mode == XFRM_MODE_TRANSPORT) {
		/* Transport mode has the packet's own addresses. */
		memset(&t->src, 0, sizeof(t->src));
		memset(&t->dst, 0, sizeof(t->dst));
		t->family = 0;
	}
	return true;
}

/* A plain `unique`: a reqid of its own, which may be renumbered later. */
static bool unique_reqid(struct ck *c, struct xfrm_tmpl *t)
{
	struct setkey_prog *p = c->p;
	struct xfrm_tmpl **u;
	size_t cap;

	if (p->nuniq == p->cap_uniq) {
		cap = p->cap_uniq ? p->cap_uniq * 2 : 16;
		u = reallocarray(p->uniq, cap, sizeof(struct xfrm_tmpl *));
		if (!u) {
			c->nomem = true;
			return false;
		}
		p->uniq = u;
		p->cap_uniq = cap;
	}
	p->uniq[p->nuniq++] = t;
	t->reqid = c->next_uniq++;
	return true;
}

static bool rule_level(struct ck *c, const struct setkey_rule *r,
		       struct xfrm_tmpl *t)
{
	t->optional = r->level.id == SKW_P_USE;
	if (r->spi.at && !ck_spi(c, r->spi, &t->spi))
		return false;
	if (r->reqid.at) {
		if (!ck_u32(c, r->reqid, &t->reqid))
			return false;
		if (t->reqid)
			return true;
		ck_error(c, r->reqid, "Invalid argument",
			 "the number behind a level starts from 1");
		return false;
	}
	if (r->level.id == SKW_P_UNIQUE)
		return unique_reqid(c, t);
	return true;
}

/*
 * Large files repeat a few rules, so policies whose rules read the same share
 * their templates: those of the last policy of the direction, none at first.
 */
static bool rules_known(const struct ck *c, struct sloc text,
			struct xfrm_policy *pol)
{
	const struct ck_rules *last = &c->rules[pol->dir];

	if (text.len != last->text.len ||
	    memcmp(ck_bytes(c, text), ck_bytes(c, last->text), text.len) != 0)
		return false;
	pol->tmpl = last->tmpl;
	pol->ntmpl = last->ntmpl;
	return true;
}

/* Reqids of ours are different each time, and so is the place of a warning. */
static bool says_the_same(const struct setkey_rule *r)
{
	return !r->spi.at && (r->level.id != SKW_P_UNIQUE || r->reqid.at);
}

/* The rules of a policy to templates; false: reported. */
static bool pol_rules(struct ck *c, const struct setkey_policy *p,
		      struct xfrm_policy *pol)
{
	struct sloc text = p->rules ? src_join(p->rules->loc, p->loc) :
		(struct sloc){ 0 };
	const struct setkey_rule *r;
	struct xfrm_tmpl *t;
	unsigned int n = 0;
	bool ok = true, share = true;

	if (rules_known(c, text, pol))
		return true;
	for (r = p->rules; r; r = r->next) {
		if (++n > XPOL_TMPL_MAX) {
			ck_error(c, r->loc, "Too many levels of symbolic links",
				 "a policy has at most %d rules",
				 XPOL_TMPL_MAX);
			return false;
		}
	}
	t = ck_alloc(c, n * sizeof(*t));
	if (!t)
		return false;
	pol->tmpl = t;
	pol->ntmpl = (uint8_t)n;
	for (r = p->rules; r; r = r->next, t++) {
		t->proto = rule_proto(r);
		t->mode = rule_mode(r);
		ok &= rule_ends(c, r, pol->dir, t) && rule_level(c, r, t);
		share &= says_the_same(r);
	}
	if (ok && share)
		c->rules[pol->dir] = (struct ck_rules){
			.text = text, .tmpl = pol->tmpl, .ntmpl = pol->ntmpl,
		};
	return ok;
}

static bool pol_action(struct ck *c, const struct setkey_policy *p,
		       struct xfrm_policy *pol)
{
	if (!p->action.id) {
		ck_error(c, p->dir.loc, "no action in the policy", "write discard, "
			 "none or ipsec behind the direction; other setkeys "
			 "take this for discard");
		return false;
	}
	if (p->action.id == SKW_P_ENTRUST || p->action.id == SKW_P_BYPASS) {
		ck_error(c, p->action.loc, "Not supported", "`entrust' and "
			 "`bypass' are for sockets; write none or ipsec");
		return false;
	}
	pol->action = p->action.id == SKW_P_DISCARD ? XFRM_POLICY_BLOCK :
		XFRM_POLICY_ALLOW;
	if (p->action.id == SKW_P_IPSEC) {
		if (!p->rules)
			ck_warn(c, p->action.loc, "`ipsec' without a rule lets "
				"packets pass in clear, like `none'");
		return pol_rules(c, p, pol);
	}
	if (p->rules) {
		ck_error(c, p->rules->loc, "Invalid argument",
			 "only `ipsec' has rules");
		return false;
	}
	return true;
}

static void pol_op(struct ck *c, enum setkey_op_kind kind,
		   const struct xfrm_policy *pol, unsigned int flags)
{
	struct setkey_op *op = ck_op(c, kind);

	if (!op)
		return;
	op->pol = pol;
	op->flags = (uint8_t)flags;
}

/* Linux asks another policy for what it forwards: each `in` gets a twin. */
static void pol_twin(struct ck *c, enum setkey_op_kind kind,
		     const struct xfrm_policy *pol)
{
	struct xfrm_policy *twin;

	if (c->o->no_twin || pol->dir != XFRM_POLICY_IN)
		return;
	twin = ck_alloc(c, sizeof(*twin));
	if (!twin)
		return;
	*twin = *pol;
	twin->dir = XFRM_POLICY_FWD;
	pol_op(c, kind, twin, SKOP_TWIN);
}

static enum setkey_op_kind pol_kind(const struct setkey_stmt *st)
{
	if (st->kind == SKW_SPDADD)
		return SKOP_SPDADD;
	return st->kind == SKW_SPDUPDATE ? SKOP_SPDUPDATE : SKOP_SPDDELETE;
}

void ck_policy_stmt(struct ck *c)
{
	const struct setkey_stmt *st = c->st;
	enum setkey_op_kind kind = pol_kind(st);
	struct xfrm_policy *pol;
	const char *why = NULL;
	bool ok;

	if (st->tag.at) {
		ck_error(c, st->tag, "Not supported", "tags of pf are a BSD "
			 "feature; on Linux mark packets with nftables and "
			 "select them with -mark");
		return;
	}
	pol = ck_alloc(c, sizeof(*pol));
	if (!pol)
		return;
	ok = ck_selector(c, &st->src, &st->dst, st->aflags, st->upper,
			 st->uarg, &pol->sel);
	ok &= ck_policy_exts(c, pol);
	if (!pol_dir(c, st->policy, &pol->dir) || c->nomem)
		return;
	ok &= pol_prio(c, st->policy, &pol->priority);
	if (kind != SKOP_SPDDELETE)
		ok &= pol_action(c, st->policy, pol);
	if (!ok || c->nomem)
		return;
	if (kind != SKOP_SPDDELETE && xfrm_policy_check(pol, &why)) {
		ck_error(c, st->loc, "Invalid argument", "%s",
			 why ? why : "the kernel would refuse this policy");
		return;
	}
	if (kind != SKOP_SPDDELETE && pol->dir == XFRM_POLICY_FWD)
		c->p->own_fwd = true;
	pol_op(c, kind, pol, 0);
	pol_twin(c, kind, pol);
}

static bool migrate_rules(struct ck *c, const struct setkey_policy *p,
			  struct setkey_migrate *m)
{
	struct xfrm_policy rules = { .dir = m->pol.dir };
	const struct xfrm_tmpl *t;
	unsigned int i;

	if (!pol_rules(c, p, &rules))
		return false;
	if (p->action.id || !rules.ntmpl || rules.ntmpl % 2) {
		ck_error(c, p->loc, "Invalid argument", "write pairs of rules: "
			 "the endpoints as they are, then the new ones, as in "
			 "`-P out esp/tunnel/A-B esp/tunnel/C-B'");
		return false;
	}
	for (i = 0, t = rules.tmpl; i < rules.ntmpl; i += 2, t += 2) {
		if (t[0].proto != t[1].proto || t[0].mode != t[1].mode) {
			ck_error(c, p->loc, "Invalid argument", "protocol and "
				 "mode of a pair of rules must be the same");
			return false;
		}
		m->mig[i / 2] = (struct xevent_migrate){
			.old_src = t[0].src, .old_dst = t[0].dst,
			.new_src = t[1].src, .new_dst = t[1].dst,
			.reqid = t[0].reqid, .proto = t[0].proto,
			.mode = t[0].mode,
		};
	}
	m->nmig = rules.ntmpl / 2u;
	return true;
}

void ck_migrate_stmt(struct ck *c)
{
	const struct setkey_stmt *st = c->st;
	struct setkey_migrate *m = ck_alloc(c, sizeof(*m));
	struct setkey_op *op;
	bool ok;

	if (!m)
		return;
	ok = ck_selector(c, &st->src, &st->dst, st->aflags, st->upper,
			 st->uarg, &m->pol.sel);
	ok &= ck_migrate_exts(c, m);
	ok = ok && pol_dir(c, st->policy, &m->pol.dir) &&
		migrate_rules(c, st->policy, m);
	if (!ok || c->nomem)
		return;
	op = ck_op(c, SKOP_MIGRATE);
	if (op)
		op->migrate = m;
}
