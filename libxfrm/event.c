/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/event.h"

#include <arpa/inet.h>
#include <string.h>

#include "libxfrm/attr.h"
#include "libxfrm/base/err.h"
#include "libxfrm/kernel.h"

const char *xfrm_event_name(enum xfrm_event_type type)
{
	switch (type) {
	case XEV_ACQUIRE:
		return "acquire";
	case XEV_SA_EXPIRE:
		return "sa-expire";
	case XEV_POL_EXPIRE:
		return "policy-expire";
	case XEV_SA_NEW:
		return "sa-new";
	case XEV_SA_UPDATE:
		return "sa-update";
	case XEV_SA_DELETE:
		return "sa-delete";
	case XEV_SA_FLUSH:
		return "sa-flush";
	case XEV_POL_NEW:
		return "policy-new";
	case XEV_POL_UPDATE:
		return "policy-update";
	case XEV_POL_DELETE:
		return "policy-delete";
	case XEV_POL_FLUSH:
		return "policy-flush";
	case XEV_MIGRATE:
		return "migrate";
	case XEV_REPORT:
		return "report";
	case XEV_MAPPING:
		return "mapping";
	case XEV_AEVENT:
		return "aevent";
	case XEV_SADINFO:
		return "sad-info";
	case XEV_SPDINFO:
		return "spd-info";
	case XEV_DEFAULT:
		return "default-policy";
	case XEV_COUNT:
		break;
	}
	return "unknown";
}

static int parse_acquire(struct cur c, struct xfrm_event *ev)
{
	struct xevent_acquire *acq = &ev->acq;
	struct xfrm_user_acquire k;
	unsigned int family, i;
	struct xattrs a;
	int r;

	if ((r = cur_copy(&c, &k, sizeof(k))) < 0 ||
	    (r = xattrs_parse(c, XATTR_XFRM, &a)) < 0 ||
	    (r = xsel_from_kernel(&k.sel, &acq->sel)) < 0 ||
	    (r = xpol_from_kernel(&k.policy, &ev->pol)) < 0 ||
	    (r = xpol_parse_attrs(&a, &ev->pol, ev->tmpl)) < 0)
		return r;
	/* the SA's family is nowhere but in the template it is for */
	family = acq->sel.family;
	for (i = 0; i < ev->pol.ntmpl; i++)
		if (ev->tmpl[i].proto == k.id.proto)
			family = ev->tmpl[i].family;
	acq->src = xaddr_from_kernel(&k.saddr, family);
	acq->dst = xaddr_from_kernel(&k.id.daddr, family);
	acq->proto = k.id.proto;
	acq->seq = k.seq;
	acq->aalgos = k.aalgos;
	acq->ealgos = k.ealgos;
	acq->calgos = k.calgos;
	ev->type = XEV_ACQUIRE;
	return 0;
}

static int parse_one_migrate(struct cur c, struct xfrm_event *ev)
{
	struct xfrm_user_migrate k;
	struct xevent_migrate *m;
	int r;

	while (c.left) {
		if (ev->nmig == XEVENT_MIGRATE_MAX)
			return XE_LIMIT;
		r = cur_copy(&c, &k, sizeof(k));
		if (r < 0)
			return r;
		m = &ev->mig[ev->nmig++];
		m->old_src = xaddr_from_kernel(&k.old_saddr, k.old_family);
		m->old_dst = xaddr_from_kernel(&k.old_daddr, k.old_family);
		m->new_src = xaddr_from_kernel(&k.new_saddr, k.new_family);
		m->new_dst = xaddr_from_kernel(&k.new_daddr, k.new_family);
		m->reqid = k.reqid;
		m->proto = k.proto;
		m->mode = k.mode;
	}
	return 0;
}

/* The kernel repeats XFRMA_MIGRATE, once for each; requests have an array. */
static int parse_migrates(struct cur c, struct xfrm_event *ev)
{
	struct nlattr h;
	struct cur val;
	size_t pad;
	int r;

	while (c.left) {
		if (cur_copy(&c, &h, sizeof(h)) < 0 ||
		    h.nla_len < sizeof(h) ||
		    cur_sub(&c, h.nla_len - sizeof(h), &val) < 0)
			return XE_TRUNC;
		pad = NLA_ALIGN(h.nla_len) - h.nla_len;
		cur_skip(&c, pad < c.left ? pad : c.left);
		if ((h.nla_type & NLA_TYPE_MASK) != XFRMA_MIGRATE)
			continue;
		r = parse_one_migrate(val, ev);
		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_migrate(struct cur c, struct xfrm_event *ev)
{
	struct xfrm_user_kmaddress km;
	struct xfrm_userpolicy_id k;
	struct xattrs a;
	int r;

	if ((r = cur_copy(&c, &k, sizeof(k))) < 0 ||
	    (r = xattrs_parse(c, XATTR_XFRM, &a)) < 0 ||
	    (r = xsel_from_kernel(&k.sel, &ev->pol.sel)) < 0 ||
	    (r = xpol_parse_attrs(&a, &ev->pol, ev->tmpl)) < 0 ||
	    (r = parse_migrates(c, ev)) < 0)
		return r;
	ev->pol.dir = k.dir;
	ev->pol.index = k.index;
	if (xattrs_get(&a, XFRMA_KMADDRESS, &km, sizeof(km)) == 0) {
		ev->has_km = true;
		ev->km_local = xaddr_from_kernel(&km.local, km.family);
		ev->km_remote = xaddr_from_kernel(&km.remote, km.family);
	}
	ev->type = XEV_MIGRATE;
	return 0;
}

static int parse_report(struct cur c, struct xfrm_event *ev)
{
	struct xfrm_user_report k;
	int r = cur_copy(&c, &k, sizeof(k));

	if (r < 0)
		return r;
	ev->proto = k.proto;
	ev->type = XEV_REPORT;
	return xsel_from_kernel(&k.sel, &ev->pol.sel);
}

static int parse_mapping(struct cur c, struct xfrm_event *ev)
{
	struct xfrm_user_mapping k;
	int r = cur_copy(&c, &k, sizeof(k));

	if (r < 0)
		return r;
	if (!xaddr_bits(k.id.family))
		return XE_FAMILY;
	ev->sa.family = k.id.family;
	ev->sa.dst = xaddr_from_kernel(&k.id.daddr, k.id.family);
	ev->sa.src = xaddr_from_kernel(&k.old_saddr, k.id.family);
	ev->sa.spi = ntohl(k.id.spi);
	ev->sa.proto = k.id.proto;
	ev->sa.reqid = k.reqid;
	ev->map.old_src = ev->sa.src;
	ev->map.new_src = xaddr_from_kernel(&k.new_saddr, k.id.family);
	ev->map.old_sport = ntohs(k.old_sport);
	ev->map.new_sport = ntohs(k.new_sport);
	ev->type = XEV_MAPPING;
	return 0;
}

static int parse_aevent(struct cur c, struct xfrm_event *ev)
{
	struct xfrm_aevent_id k;
	struct xattrs a;
	int r;

	if ((r = cur_copy(&c, &k, sizeof(k))) < 0 ||
	    (r = xattrs_parse(c, XATTR_XFRM, &a)) < 0)
		return r;
	if (!xaddr_bits(k.sa_id.family))
		return XE_FAMILY;
	ev->sa.family = k.sa_id.family;
	ev->sa.dst = xaddr_from_kernel(&k.sa_id.daddr, k.sa_id.family);
	ev->sa.src = xaddr_from_kernel(&k.saddr, k.sa_id.family);
	ev->sa.spi = ntohl(k.sa_id.spi);
	ev->sa.proto = k.sa_id.proto;
	ev->sa.reqid = k.reqid;
	ev->ae_flags = k.flags;
	ev->type = XEV_AEVENT;
	return xsa_parse_attrs(&a, &ev->sa);
}

static int parse_sadinfo(struct cur c, struct xfrm_event *ev)
{
	struct xfrmu_sadhinfo h;
	struct xattrs a;
	uint32_t flags;
	int r;

	if ((r = cur_copy(&c, &flags, sizeof(flags))) < 0 ||
	    (r = xattrs_parse(c, XATTR_SADINFO, &a)) < 0)
		return r;
	xattrs_get(&a, XFRMA_SAD_HINFO, &h, sizeof(h));
	ev->sadinfo = (struct xfrm_sadinfo){
		.count = xattrs_u32(&a, XFRMA_SAD_CNT),
		.hash = h.sadhcnt, .hash_max = h.sadhmcnt };
	ev->type = XEV_SADINFO;
	return 0;
}

static int parse_spdinfo(struct cur c, struct xfrm_event *ev)
{
	struct xfrmu_spdhthresh v4, v6;
	struct xfrmu_spdhinfo h;
	struct xfrmu_spdinfo s;
	struct xattrs a;
	uint32_t flags;
	int r;

	if ((r = cur_copy(&c, &flags, sizeof(flags))) < 0 ||
	    (r = xattrs_parse(c, XATTR_SPDINFO, &a)) < 0)
		return r;
	xattrs_get(&a, XFRMA_SPD_INFO, &s, sizeof(s));
	xattrs_get(&a, XFRMA_SPD_HINFO, &h, sizeof(h));
	r = xattrs_get(&a, XFRMA_SPD_IPV4_HTHRESH, &v4, sizeof(v4));
	xattrs_get(&a, XFRMA_SPD_IPV6_HTHRESH, &v6, sizeof(v6));
	ev->spdinfo = (struct xfrm_spdinfo){
		.in = s.incnt, .out = s.outcnt, .fwd = s.fwdcnt,
		.sock_in = s.inscnt, .sock_out = s.outscnt,
		.sock_fwd = s.fwdscnt,
		.hash = h.spdhcnt, .hash_max = h.spdhmcnt,
		.has_thresh = r == 0,
		.v4_local = v4.lbits, .v4_remote = v4.rbits,
		.v6_local = v6.lbits, .v6_remote = v6.rbits };
	ev->type = XEV_SPDINFO;
	return 0;
}

static int parse_default(struct cur c, struct xfrm_event *ev)
{
	struct xfrm_userpolicy_default k;
	int r = cur_copy(&c, &k, sizeof(k));

	if (r < 0)
		return r;
	ev->defpol = (struct xfrm_defpol){ k.in, k.fwd, k.out };
	ev->type = XEV_DEFAULT;
	return 0;
}

static int parse_flush_sa(struct cur c, struct xfrm_event *ev)
{
	struct xfrm_usersa_flush k;
	int r = cur_copy(&c, &k, sizeof(k));

	ev->proto = k.proto;
	ev->type = XEV_SA_FLUSH;
	return r;
}

static int parse_flush_policy(struct cur c, struct xfrm_event *ev)
{
	struct xattrs a;
	int r = xattrs_parse(c, XATTR_XFRM, &a);

	if (r < 0)
		return r;
	ev->type = XEV_POL_FLUSH;
	return xpol_parse_attrs(&a, &ev->pol, ev->tmpl);
}

static int parse_sa(const struct xmsg_view *v, enum xfrm_event_type type,
		    struct xfrm_event *ev)
{
	ev->type = type;
	return xfrm_sa_parse(v, &ev->sa);
}

static int parse_policy(const struct xmsg_view *v, enum xfrm_event_type type,
			struct xfrm_event *ev)
{
	ev->type = type;
	return xfrm_policy_parse(v, &ev->pol, ev->tmpl);
}

/* The byte after the SA or the policy that has expired. */
static bool parse_hard(struct cur c, size_t at)
{
	uint8_t hard = 0;

	if (cur_skip(&c, at) == 0)
		cur_u8(&c, &hard);
	return hard != 0;
}

static int parse_any(const struct xmsg_view *v, struct xfrm_event *ev)
{
	switch (v->type) {
	case XFRM_MSG_NEWSA:
		return parse_sa(v, XEV_SA_NEW, ev);
	case XFRM_MSG_UPDSA:
		return parse_sa(v, XEV_SA_UPDATE, ev);
	case XFRM_MSG_DELSA:
		return parse_sa(v, XEV_SA_DELETE, ev);
	case XFRM_MSG_EXPIRE:
		ev->hard = parse_hard(v->body,
				      offsetof(struct xfrm_user_expire, hard));
		return parse_sa(v, XEV_SA_EXPIRE, ev);
	case XFRM_MSG_NEWPOLICY:
		return parse_policy(v, XEV_POL_NEW, ev);
	case XFRM_MSG_UPDPOLICY:
		return parse_policy(v, XEV_POL_UPDATE, ev);
	case XFRM_MSG_DELPOLICY:
		return parse_policy(v, XEV_POL_DELETE, ev);
	case XFRM_MSG_POLEXPIRE:
		ev->hard = parse_hard(v->body, offsetof(
				      struct xfrm_user_polexpire, hard));
		return parse_policy(v, XEV_POL_EXPIRE, ev);
	case XFRM_MSG_ACQUIRE:
		return parse_acquire(v->body, ev);
	case XFRM_MSG_FLUSHSA:
		return parse_flush_sa(v->body, ev);
	case XFRM_MSG_FLUSHPOLICY:
		return parse_flush_policy(v->body, ev);
	case XFRM_MSG_MIGRATE:
		return parse_migrate(v->body, ev);
	case XFRM_MSG_REPORT:
		return parse_report(v->body, ev);
	case XFRM_MSG_MAPPING:
		return parse_mapping(v->body, ev);
	case XFRM_MSG_NEWAE:
		return parse_aevent(v->body, ev);
	case XFRM_MSG_NEWSADINFO:
		return parse_sadinfo(v->body, ev);
	case XFRM_MSG_NEWSPDINFO:
		return parse_spdinfo(v->body, ev);
	case XFRM_MSG_GETDEFAULT:
	case XFRM_MSG_SETDEFAULT:
		return parse_default(v->body, ev);
	}
	return XE_UNSUPPORTED;
}

int xfrm_event_parse(const struct xmsg_view *v, struct xfrm_event *ev)
{
	int r;

	memset(ev, 0, sizeof(*ev));
	ev->seq = v->seq;
	ev->port = v->port;
	r = parse_any(v, ev);
	if (r < 0)
		memset(ev, 0, sizeof(*ev));
	return r;
}

static void migrate_to_kernel(const struct xevent_migrate *m,
			      struct xfrm_user_migrate *k)
{
	memset(k, 0, sizeof(*k));
	xaddr_to_kernel(&m->old_src, &k->old_saddr);
	xaddr_to_kernel(&m->old_dst, &k->old_daddr);
	xaddr_to_kernel(&m->new_src, &k->new_saddr);
	xaddr_to_kernel(&m->new_dst, &k->new_daddr);
	k->proto = m->proto;
	k->mode = m->mode;
	k->reqid = m->reqid;
	k->old_family = m->old_dst.family;
	k->new_family = m->new_dst.family;
}

int xfrm_build_migrate(struct xmsg *m, const struct xfrm_policy *pol,
		       const struct xevent_migrate *mig, unsigned int nmig,
		       const struct xaddr *km_local,
		       const struct xaddr *km_remote,
		       const struct xsa_encap *encap)
{
	struct xfrm_user_migrate list[XEVENT_MIGRATE_MAX];
	struct xfrm_userpolicy_type type = { .type = pol->ptype };
	struct xfrm_user_kmaddress km = { 0 };
	struct xfrm_userpolicy_id k;
	unsigned int i;

	memset(&k, 0, sizeof(k));
	xmsg_begin(m, XFRM_MSG_MIGRATE, 0);
	if (nmig > XEVENT_MIGRATE_MAX) {
		m->w.err = XE_LIMIT;
		nmig = 0;
	}
	xsel_to_kernel(&pol->sel, &k.sel);
	k.dir = pol->dir;
	xmsg_fixed(m, &k, sizeof(k));
	if (pol->ptype != XFRM_POLICY_TYPE_MAIN)
		xmsg_put(m, XFRMA_POLICY_TYPE, &type, sizeof(type));
	if (km_local && km_remote) {
		xaddr_to_kernel(km_local, &km.local);
		xaddr_to_kernel(km_remote, &km.remote);
		km.family = km_local->family;
		xmsg_put(m, XFRMA_KMADDRESS, &km, sizeof(km));
	}
	if (encap)
		xput_encap(m, encap);
	for (i = 0; i < nmig; i++)
		migrate_to_kernel(&mig[i], &list[i]);
	xmsg_put(m, XFRMA_MIGRATE, list, i * sizeof(list[0]));
	xput_if_id(m, pol->if_id);
	return xmsg_end(m);
}

static int build_u32(struct xmsg *m, uint16_t type)
{
	uint32_t flags = UINT32_MAX;

	xmsg_begin(m, type, 0);
	xmsg_fixed(m, &flags, sizeof(flags));
	return xmsg_end(m);
}

int xfrm_build_getsadinfo(struct xmsg *m)
{
	return build_u32(m, XFRM_MSG_GETSADINFO);
}

int xfrm_build_getspdinfo(struct xmsg *m)
{
	return build_u32(m, XFRM_MSG_GETSPDINFO);
}

static void put_thresh(struct xmsg *m, uint16_t type, int local, int remote,
		       int bits)
{
	struct xfrmu_spdhthresh t = { .lbits = (uint8_t)local,
				      .rbits = (uint8_t)remote };

	if (local < 0 || remote < 0)
		return;
	if (local > bits || remote > bits)
		m->w.err = XE_RANGE;
	xmsg_put(m, type, &t, sizeof(t));
}

int xfrm_build_setspdinfo(struct xmsg *m, int v4_local, int v4_remote,
			  int v6_local, int v6_remote)
{
	uint32_t flags = 0;

	xmsg_begin(m, XFRM_MSG_NEWSPDINFO, 0);
	xmsg_fixed(m, &flags, sizeof(flags));
	put_thresh(m, XFRMA_SPD_IPV4_HTHRESH, v4_local, v4_remote, 32);
	put_thresh(m, XFRMA_SPD_IPV6_HTHRESH, v6_local, v6_remote, 128);
	return xmsg_end(m);
}

int xfrm_build_getdefault(struct xmsg *m)
{
	struct xfrm_userpolicy_default k = { 0 };

	xmsg_begin(m, XFRM_MSG_GETDEFAULT, 0);
	xmsg_fixed(m, &k, sizeof(k));
	return xmsg_end(m);
}

int xfrm_build_setdefault(struct xmsg *m, const struct xfrm_defpol *d)
{
	struct xfrm_userpolicy_default k = { .in = d->in, .fwd = d->fwd,
					     .out = d->out };

	xmsg_begin(m, XFRM_MSG_SETDEFAULT, 0);
	xmsg_fixed(m, &k, sizeof(k));
	return xmsg_end(m);
}
