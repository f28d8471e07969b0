/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XFRM_EVENT_H
#define XFRM_EVENT_H

#include "libxfrm/policy.h"
#include "libxfrm/sa.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the kernel tells listeners (XFRMNLGRP_*), as values. */
enum xfrm_event_type {
	XEV_ACQUIRE,	/* a policy wants an SA: acq, pol, tmpl */
	XEV_SA_EXPIRE,	/* sa, hard */
	XEV_POL_EXPIRE,	/* pol, hard */
	XEV_SA_NEW,	/* sa */
	XEV_SA_UPDATE,	/* sa */
	XEV_SA_DELETE,	/* sa */
	XEV_SA_FLUSH,	/* proto (0: all) */
	XEV_POL_NEW,	/* pol */
	XEV_POL_UPDATE,	/* pol */
	XEV_POL_DELETE,	/* pol */
	XEV_POL_FLUSH,	/* pol.ptype */
	XEV_MIGRATE,	/* pol.sel, pol.dir, mig */
	XEV_REPORT,	/* proto, pol.sel */
	XEV_MAPPING,	/* sa (id, reqid), map */
	XEV_AEVENT,	/* sa (id, counters), ae_flags */
	XEV_SADINFO,	/* sadinfo (answer, no event) */
	XEV_SPDINFO,	/* spdinfo (answer, no event) */
	XEV_DEFAULT,	/* defpol: changed or asked for */
	XEV_COUNT
};

/* "acquire", "expire", "sa-new" …: stable, used in JSON. */
const char *xfrm_event_name(enum xfrm_event_type type);

struct xevent_acquire {
	struct xaddr src, dst;	/* of the SA wanted */
	uint8_t proto;
	uint32_t seq;		/* to be put into the SA that answers it */
	uint32_t aalgos, ealgos, calgos;
	struct xsel sel;	/* of the packet */
};

struct xevent_migrate {
	struct xaddr old_src, old_dst, new_src, new_dst;
	uint32_t reqid;
	uint8_t proto, mode;
};
#define XEVENT_MIGRATE_MAX XPOL_TMPL_MAX

struct xevent_mapping {
	struct xaddr old_src, new_src;
	uint16_t old_sport, new_sport;
};

struct xfrm_sadinfo {
	uint32_t count;		/* SAs */
	uint32_t hash, hash_max; /* buckets now, and at most */
};

struct xfrm_spdinfo {
	uint32_t in, out, fwd;	/* policies */
	uint32_t sock_in, sock_out, sock_fwd;
	uint32_t hash, hash_max;
	bool has_thresh;	/* the four below are known */
	uint8_t v4_local, v4_remote, v6_local, v6_remote; /* prefix bits */
};

/* XFRM_USERPOLICY_UNSPEC (leave), _BLOCK, _ACCEPT for each direction. */
struct xfrm_defpol {
	uint8_t in, fwd, out;
};

struct xfrm_event {
	enum xfrm_event_type type;
	uint32_t seq, port;	/* netlink: of the request that caused it */
	bool hard;
	uint8_t proto;
	uint32_t ae_flags;	/* XFRM_AE_* */
	struct xfrm_sa sa;
	struct xfrm_policy pol;
	struct xfrm_tmpl tmpl[XPOL_TMPL_MAX];
	struct xevent_acquire acq;
	struct xevent_mapping map;
	struct xevent_migrate mig[XEVENT_MIGRATE_MAX];
	unsigned int nmig;
	bool has_km;		/* IKE's own endpoints moved, too */
	struct xaddr km_local, km_remote;
	struct xfrm_sadinfo sadinfo;
	struct xfrm_spdinfo spdinfo;
	struct xfrm_defpol defpol;
};

/*
 * Decodes any XFRM message.  Pointers in ev borrow from the message and from
 * ev itself: do not copy the struct.  XE_UNSUPPORTED for a type that is no
 * XFRM message; XE_TRUNC, XE_MALFORMED, XE_RANGE.
 */
int xfrm_event_parse(const struct xmsg_view *v, struct xfrm_event *ev);

/*
 * Builders of the requests that are neither SA nor policy; as in sa.h they
 * return the result of xmsg_end().
 */

/* Moves endpoints of the policy with pol's selector, dir and ptype. */
int xfrm_build_migrate(struct xmsg *m, const struct xfrm_policy *pol,
		       const struct xevent_migrate *mig, unsigned int nmig,
		       const struct xaddr *km_local,
		       const struct xaddr *km_remote,
		       const struct xsa_encap *encap);
int xfrm_build_getsadinfo(struct xmsg *m);
int xfrm_build_getspdinfo(struct xmsg *m);

/* Prefix lengths from which policies are hashed; -1 leaves a family alone. */
int xfrm_build_setspdinfo(struct xmsg *m, int v4_local, int v4_remote,
			  int v6_local, int v6_remote);
int xfrm_build_getdefault(struct xmsg *m);
int xfrm_build_setdefault(struct xmsg *m, const struct xfrm_defpol *d);

#ifdef __cplusplus
}
#endif

#endif
