/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/policy.h"

#include <arpa/inet.h>
#include <string.h>

#include "libxfrm/attr.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"
#include "libxfrm/kernel.h"

bool xfrm_policy_is_socket(const struct xfrm_policy *p)
{
	return p->dir >= XFRM_POLICY_MAX;
}

unsigned int xfrm_policy_socket_dir(const struct xfrm_policy *p)
{
	return p->dir % XFRM_POLICY_MAX;
}

static int check_tmpl(const struct xfrm_tmpl *t, const char **why)
{
	if (t->proto != IPPROTO_ESP && t->proto != IPPROTO_AH &&
	    t->proto != IPPROTO_COMP && t->proto != IPPROTO_ROUTING &&
	    t->proto != IPPROTO_DSTOPTS) {
		*why = "a rule is neither ESP, AH nor IPComp";
		return XE_CHECK;
	}
	if (t->src.family != t->dst.family) {
		*why = "the end points of a rule are of different families";
		return XE_FAMILY;
	}
	if ((t->mode == XFRM_MODE_TUNNEL || t->mode == XU_MODE_IPTFS ||
	     t->mode == XFRM_MODE_BEET) && !t->dst.family) {
		*why = "a tunnel needs its end points";
		return XE_CHECK;
	}
	return 0;
}

int xfrm_policy_check(const struct xfrm_policy *p, const char **why)
{
	const char *dummy;
	unsigned int i;
	int r;

	if (!why)
		why = &dummy;
	*why = NULL;
	r = xsel_check(&p->sel);
	if (r < 0 || !p->sel.family) {
		*why = r == XE_RANGE ? "prefix too long" :
			"source and destination are of different families";
		return r < 0 ? r : XE_FAMILY;
	}
	if (p->dir >= XFRM_POLICY_MAX) {
		*why = "no such direction";
		return XE_RANGE;
	}
	if (p->ntmpl > XPOL_TMPL_MAX) {
		*why = "more than 6 rules";
		return XE_LIMIT;
	}
	for (i = 0; i < p->ntmpl; i++) {
		r = check_tmpl(&p->tmpl[i], why);
		if (r < 0)
			return r;
	}
	if (p->offload.mode != XOFFLOAD_NONE && p->offload.ifindex <= 0) {
		*why = "offload needs an interface";
		return XE_CHECK;
	}
	return 0;
}

void xfrm_policy_to_kernel(const struct xfrm_policy *p,
			   struct xfrm_userpolicy_info *k)
{
	memset(k, 0, sizeof(*k));
	xsel_to_kernel(&p->sel, &k->sel);
	xlife_to_kernel(&p->life, &k->lft);
	k->priority = p->priority;
	k->index = p->index;
	k->dir = p->dir;
	k->action = p->action;
	k->flags = p->flags;
	k->share = p->share;
}

void xfrm_tmpl_to_kernel(const struct xfrm_tmpl *t, unsigned int family,
			 struct xfrm_user_tmpl *k)
{
	memset(k, 0, sizeof(*k));
	xaddr_to_kernel(&t->dst, &k->id.daddr);
	xaddr_to_kernel(&t->src, &k->saddr);
	k->id.spi = htonl(t->spi);
	k->id.proto = t->proto;
	k->family = t->family ? t->family :
		t->dst.family ? t->dst.family : (uint16_t)family;
	k->reqid = t->reqid;
	k->mode = t->mode;
	k->share = t->share;
	k->optional = t->optional;
	k->aalgos = t->aalgos ? t->aalgos : UINT32_MAX;
	k->ealgos = t->ealgos ? t->ealgos : UINT32_MAX;
	k->calgos = t->calgos ? t->calgos : UINT32_MAX;
}

static void put_type(struct xmsg *m, uint8_t ptype)
{
	struct xfrm_userpolicy_type k = { .type = ptype };

	/* Kernels without sub-policies do not know the attribute. */
	if (ptype != XFRM_POLICY_TYPE_MAIN)
		xmsg_put(m, XFRMA_POLICY_TYPE, &k, sizeof(k));
}

static void put_id_attrs(struct xmsg *m, const struct xfrm_policy *p)
{
	put_type(m, p->ptype);
	xput_secctx(m, &p->sec);
	xput_mark(m, &p->mark);
	xput_if_id(m, p->if_id);
}

static void put_tmpls(struct xmsg *m, const struct xfrm_policy *p)
{
	struct xfrm_user_tmpl k;
	unsigned int i;

	if (p->ntmpl > XPOL_TMPL_MAX) {
		m->w.err = XE_LIMIT;
		return;
	}
	if (p->ntmpl)
		xmsg_attr(m, XFRMA_TMPL, p->ntmpl * sizeof(k));
	for (i = 0; i < p->ntmpl; i++) {
		xfrm_tmpl_to_kernel(&p->tmpl[i], p->sel.family, &k);
		xmsg_fixed(m, &k, sizeof(k));
	}
}

static int build_policy(struct xmsg *m, uint16_t type, uint16_t flags,
			const struct xfrm_policy *p)
{
	struct xfrm_userpolicy_info k;

	xmsg_begin(m, type, flags);
	xfrm_policy_to_kernel(p, &k);
	xmsg_fixed(m, &k, sizeof(k));
	put_tmpls(m, p);
	put_id_attrs(m, p);
	xput_offload(m, &p->offload);
	return xmsg_end(m);
}

int xfrm_policy_build_new(struct xmsg *m, const struct xfrm_policy *p)
{
	return build_policy(m, XFRM_MSG_NEWPOLICY, NLM_F_CREATE | NLM_F_EXCL,
			    p);
}

int xfrm_policy_build_update(struct xmsg *m, const struct xfrm_policy *p)
{
	return build_policy(m, XFRM_MSG_UPDPOLICY,
			    NLM_F_CREATE | NLM_F_REPLACE, p);
}

static int build_id(struct xmsg *m, uint16_t type, const struct xfrm_policy *p)
{
	struct xfrm_userpolicy_id k;

	memset(&k, 0, sizeof(k));
	xmsg_begin(m, type, 0);
	xsel_to_kernel(&p->sel, &k.sel);
	k.index = p->index;
	k.dir = p->dir;
	xmsg_fixed(m, &k, sizeof(k));
	put_id_attrs(m, p);
	return xmsg_end(m);
}

int xfrm_policy_build_delete(struct xmsg *m, const struct xfrm_policy *p)
{
	return build_id(m, XFRM_MSG_DELPOLICY, p);
}

int xfrm_policy_build_get(struct xmsg *m, const struct xfrm_policy *p)
{
	return build_id(m, XFRM_MSG_GETPOLICY, p);
}

int xfrm_policy_build_flush(struct xmsg *m, uint8_t ptype)
{
	xmsg_begin(m, XFRM_MSG_FLUSHPOLICY, 0);
	put_type(m, ptype);
	return xmsg_end(m);
}

int xfrm_policy_build_dump(struct xmsg *m)
{
	xmsg_begin(m, XFRM_MSG_GETPOLICY, NLM_F_DUMP);
	return xmsg_end(m);
}

static uint32_t zero_if_all(uint32_t algos)
{
	return algos == UINT32_MAX ? 0 : algos;
}

static void tmpl_from_kernel(const struct xfrm_user_tmpl *k,
			     unsigned int family, struct xfrm_tmpl *t)
{
	*t = (struct xfrm_tmpl){
		.spi = ntohl(k->id.spi), .reqid = k->reqid,
		.proto = k->id.proto, .mode = k->mode, .share = k->share,
		.optional = k->optional, .aalgos = zero_if_all(k->aalgos),
		.ealgos = zero_if_all(k->ealgos),
		.calgos = zero_if_all(k->calgos),
		.family = k->family ? k->family : (uint16_t)family,
	};
	t->src = xaddr_from_kernel(&k->saddr, t->family);
	t->dst = xaddr_from_kernel(&k->id.daddr, t->family);
	if (t->mode == XFRM_MODE_TRANSPORT && xaddr_is_any(&t->src) &&
	    xaddr_is_any(&t->dst))
		t->src = t->dst = (struct xaddr){ 0 };
}

static int get_tmpls(const struct xattrs *a, struct xfrm_policy *p,
		     struct xfrm_tmpl tmpl[static XPOL_TMPL_MAX])
{
	struct xfrm_user_tmpl k;
	struct cur c;
	int r;

	p->tmpl = tmpl;
	p->ntmpl = 0;
	if (!xattrs_has(a, XFRMA_TMPL))
		return 0;
	c = a->at[XFRMA_TMPL];
	while (c.left) {
		if (p->ntmpl == XPOL_TMPL_MAX)
			return XE_LIMIT;
		r = cur_copy(&c, &k, sizeof(k));
		if (r < 0)
			return r;
		tmpl_from_kernel(&k, p->sel.family, &tmpl[p->ntmpl++]);
	}
	return 0;
}

int xpol_from_kernel(const struct xfrm_userpolicy_info *k,
		     struct xfrm_policy *p)
{
	int r = xsel_from_kernel(&k->sel, &p->sel);

	if (r < 0)
		return r;
	xlife_from_kernel(&k->lft, &p->life);
	xlife_cur_from_kernel(&k->curlft, &p->cur);
	p->priority = k->priority;
	p->index = k->index;
	p->dir = k->dir;
	p->action = k->action;
	p->flags = k->flags;
	p->share = k->share;
	return 0;
}

int xpol_parse_attrs(const struct xattrs *a, struct xfrm_policy *p,
		     struct xfrm_tmpl tmpl[static XPOL_TMPL_MAX])
{
	struct xfrm_userpolicy_type type;
	int r;

	if ((r = get_tmpls(a, p, tmpl)) < 0 ||
	    (r = xget_secctx(a, &p->sec)) < 0)
		return r;
	xget_mark(a, &p->mark);
	xget_offload(a, &p->offload);
	p->if_id = xattrs_u32(a, XFRMA_IF_ID);
	xattrs_get(a, XFRMA_POLICY_TYPE, &type, sizeof(type));
	p->ptype = type.type;
	return 0;
}

int xfrm_policy_parse_body(struct cur c, struct xfrm_policy *p,
			   struct xfrm_tmpl tmpl[XPOL_TMPL_MAX])
{
	struct xfrm_userpolicy_info k;
	struct xattrs a;
	int r;

	*p = (struct xfrm_policy){ 0 };
	if ((r = cur_copy(&c, &k, sizeof(k))) < 0 ||
	    (r = xattrs_parse(c, XATTR_XFRM, &a)) < 0 ||
	    (r = xpol_from_kernel(&k, p)) < 0 ||
	    (r = xpol_parse_attrs(&a, p, tmpl)) < 0)
		*p = (struct xfrm_policy){ 0 };
	return r;
}

/* A deletion: the id, with the whole policy in an attribute. */
static int parse_delete(struct cur c, struct xfrm_policy *p,
			struct xfrm_tmpl tmpl[static XPOL_TMPL_MAX])
{
	struct xfrm_userpolicy_info k;
	struct xfrm_userpolicy_id id;
	struct xattrs a;
	int r;

	if ((r = cur_copy(&c, &id, sizeof(id))) < 0 ||
	    (r = xattrs_parse(c, XATTR_XFRM, &a)) < 0 ||
	    (r = xsel_from_kernel(&id.sel, &p->sel)) < 0)
		return r;
	p->dir = id.dir;
	p->index = id.index;
	if (xattrs_get(&a, XFRMA_POLICY, &k, sizeof(k)) == 0) {
		r = xpol_from_kernel(&k, p);
		if (r < 0)
			return r;
	}
	return xpol_parse_attrs(&a, p, tmpl);
}

static int parse_expire(struct cur c, struct xfrm_policy *p,
			struct xfrm_tmpl tmpl[static XPOL_TMPL_MAX])
{
	struct xfrm_user_polexpire k;
	struct xattrs a;
	int r;

	if ((r = cur_copy(&c, &k, sizeof(k))) < 0 ||
	    (r = xattrs_parse(c, XATTR_XFRM, &a)) < 0 ||
	    (r = xpol_from_kernel(&k.pol, p)) < 0)
		return r;
	return xpol_parse_attrs(&a, p, tmpl);
}

int xfrm_policy_parse(const struct xmsg_view *v, struct xfrm_policy *p,
		      struct xfrm_tmpl tmpl[XPOL_TMPL_MAX])
{
	int r;

	*p = (struct xfrm_policy){ 0 };
	switch (v->type) {
	case XFRM_MSG_NEWPOLICY:
	case XFRM_MSG_UPDPOLICY:
		return xfrm_policy_parse_body(v->body, p, tmpl);
	case XFRM_MSG_DELPOLICY:
		r = parse_delete(v->body, p, tmpl);
		break;
	case XFRM_MSG_POLEXPIRE:
		r = parse_expire(v->body, p, tmpl);
		break;
	default:
		r = XE_UNSUPPORTED;
	}
	if (r < 0)
		*p = (struct xfrm_policy){ 0 };
	return r;
}

struct xfrm_policy *xfrm_policy_dup(struct arena *a,
				    const struct xfrm_policy *p)
{
	struct xfrm_policy *d = arena_memdup(a, p, sizeof(*p));

	if (!d || xsecctx_dup(a, &d->sec) < 0)
		return NULL;
	d->tmpl = NULL;
	if (!d->ntmpl)
		return d;
	d->tmpl = arena_memdup(a, p->tmpl, p->ntmpl * sizeof(*p->tmpl));
	return d->tmpl ? d : NULL;
}

/* The selector as the kernel has it: without scopes. */
static struct xsel kernel_sel(const struct xsel *s)
{
	struct xsel k = *s;

	k.src.scope = k.dst.scope = 0;
	return k;
}

bool xfrm_policy_same_id(const struct xfrm_policy *a,
			 const struct xfrm_policy *b)
{
	struct xsel x = kernel_sel(&a->sel), y = kernel_sel(&b->sel);

	return xsel_equal(&x, &y) && a->dir == b->dir &&
		a->ptype == b->ptype && a->if_id == b->if_id &&
		xmark_equal(&a->mark, &b->mark) &&
		xsecctx_equal(&a->sec, &b->sec);
}

uint64_t xfrm_policy_hash_id(uint64_t seed, const struct xfrm_policy *p)
{
	struct xsel s = kernel_sel(&p->sel);
	uint64_t h = xsel_hash(seed, &s);

	h = hash_mix(h, (uint64_t)p->if_id << 32 |
			(uint64_t)p->ptype << 8 | p->dir);
	return hash_mix(h, (uint64_t)p->mark.value << 32 | p->mark.mask);
}

static bool tmpl_addr_equal(const struct xaddr *a, const struct xaddr *b)
{
	bool no_a = !a->family || xaddr_is_any(a);
	bool no_b = !b->family || xaddr_is_any(b);

	if (no_a || no_b)
		return no_a && no_b;
	return a->family == b->family &&
		memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

bool xfrm_tmpl_equal(const struct xfrm_tmpl *a, const struct xfrm_tmpl *b)
{
	return tmpl_addr_equal(&a->src, &b->src) &&
		tmpl_addr_equal(&a->dst, &b->dst) && a->spi == b->spi &&
		a->reqid == b->reqid && a->proto == b->proto &&
		a->mode == b->mode && a->share == b->share &&
		a->optional == b->optional && a->aalgos == b->aalgos &&
		a->ealgos == b->ealgos && a->calgos == b->calgos;
}

static bool tmpls_equal(const struct xfrm_policy *a,
			const struct xfrm_policy *b)
{
	unsigned int i;

	if (a->ntmpl != b->ntmpl)
		return false;
	for (i = 0; i < a->ntmpl; i++)
		if (!xfrm_tmpl_equal(&a->tmpl[i], &b->tmpl[i]))
			return false;
	return true;
}

uint32_t xfrm_policy_diff(const struct xfrm_policy *a,
			  const struct xfrm_policy *b)
{
	uint32_t d = 0;

	d |= xfrm_policy_same_id(a, b) ? 0 : XPOL_F_ID;
	d |= a->action == b->action ? 0 : XPOL_F_ACTION;
	d |= a->priority == b->priority ? 0 : XPOL_F_PRIO;
	d |= a->flags == b->flags ? 0 : XPOL_F_FLAGS;
	d |= a->share == b->share ? 0 : XPOL_F_SHARE;
	d |= tmpls_equal(a, b) ? 0 : XPOL_F_TMPL;
	d |= xlife_equal(&a->life, &b->life) ? 0 : XPOL_F_LIFE;
	d |= xoffload_equal(&a->offload, &b->offload) ? 0 : XPOL_F_OFFLOAD;
	return d;
}

const char *xpol_field_name(uint32_t bit)
{
	switch ((enum xpol_field)bit) {
	case XPOL_F_ID:
		return "identity";
	case XPOL_F_ACTION:
		return "action";
	case XPOL_F_PRIO:
		return "priority";
	case XPOL_F_FLAGS:
		return "flags";
	case XPOL_F_SHARE:
		return "share";
	case XPOL_F_TMPL:
		return "rules";
	case XPOL_F_LIFE:
		return "lifetimes";
	case XPOL_F_OFFLOAD:
		return "offload";
	}
	return "unknown";
}
