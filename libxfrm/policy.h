/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XFRM_POLICY_H
#define XFRM_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "libxfrm/sa.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A policy as a value; the rules of sa.h on zero and pointers hold. */

#define XPOL_TMPL_MAX 6	/* XFRM_MAX_DEPTH of the kernel */

/* One transformation of a policy ("esp/tunnel/A-B/require"). */
struct xfrm_tmpl {
	struct xaddr src, dst;	/* family 0: the packet's own (transport) */
	uint32_t spi;		/* host order, 0: any */
	uint32_t reqid;		/* that of the SAs it uses, also 0 */
	uint32_t aalgos, ealgos, calgos; /* allowed, bit masks; 0 means all */
	uint16_t family;	/* of src and dst; 0: of the selector */
	uint8_t proto, mode, share;
	bool optional;		/* level `use` */
};

struct xfrm_policy {
	struct xsel sel;
	uint8_t dir;		/* XFRM_POLICY_IN, _OUT, _FWD */
	uint8_t action;		/* XFRM_POLICY_ALLOW or _BLOCK */
	uint8_t flags;		/* XFRM_POLICY_LOCALOK, _ICMP, … */
	uint8_t share;
	uint8_t ptype;		/* XFRM_POLICY_TYPE_MAIN or _SUB */
	uint8_t ntmpl;
	const struct xfrm_tmpl *tmpl; /* ntmpl of them, outermost last */
	uint32_t priority;	/* smaller is stronger */
	uint32_t index;
	uint32_t if_id;
	struct xmark mark;
	struct xoffload offload;
	struct xsecctx sec;
	struct xlife life;
	/* From the kernel only: */
	struct xlife_cur cur;	/* use_time: last use */
};

/* The text a policy's priority gets by default: 0x80000000. */
#define XPOL_PRIO_DEFAULT 0x80000000u

/*
 * A policy that belongs to a socket, as some kernels show in dumps: dir is
 * XFRM_POLICY_MAX + in/out.  xfrm_policy_socket_dir() gives that in/out.
 */
bool xfrm_policy_is_socket(const struct xfrm_policy *p);
unsigned int xfrm_policy_socket_dir(const struct xfrm_policy *p);

/* XE_FAMILY, XE_RANGE, XE_LIMIT, XE_CHECK; *why as xfrm_sa_check(). */
int xfrm_policy_check(const struct xfrm_policy *p, const char **why);

/* _new refuses an existing policy (EEXIST); _update replaces or creates. */
int xfrm_policy_build_new(struct xmsg *m, const struct xfrm_policy *p);
int xfrm_policy_build_update(struct xmsg *m, const struct xfrm_policy *p);

/* By index if it is not 0, else selector + dir; mark, if_id, ptype, label. */
int xfrm_policy_build_delete(struct xmsg *m, const struct xfrm_policy *p);
int xfrm_policy_build_get(struct xmsg *m, const struct xfrm_policy *p);

int xfrm_policy_build_flush(struct xmsg *m, uint8_t ptype);
int xfrm_policy_build_dump(struct xmsg *m);

/*
 * Decodes XFRM_MSG_NEWPOLICY, _UPDPOLICY, _DELPOLICY and _POLEXPIRE.  The
 * templates go to tmpl, which p points to afterwards.
 */
int xfrm_policy_parse(const struct xmsg_view *v, struct xfrm_policy *p,
		      struct xfrm_tmpl tmpl[XPOL_TMPL_MAX]);

/* Decodes a struct xfrm_userpolicy_info and the attributes after it. */
int xfrm_policy_parse_body(struct cur c, struct xfrm_policy *p,
			   struct xfrm_tmpl tmpl[XPOL_TMPL_MAX]);

/* Kernel structs, for setsockopt(IP_XFRM_POLICY) and messages. */
void xfrm_policy_to_kernel(const struct xfrm_policy *p,
			   struct xfrm_userpolicy_info *k);
void xfrm_tmpl_to_kernel(const struct xfrm_tmpl *t, unsigned int family,
			 struct xfrm_user_tmpl *k);

struct xfrm_policy *xfrm_policy_dup(struct arena *a,
				    const struct xfrm_policy *p);

/*
 * Same place in the SPD: selector, dir, ptype, mark, if_id, label.  (The
 * kernel has priority beside that only to order them.)
 */
bool xfrm_policy_same_id(const struct xfrm_policy *a,
			 const struct xfrm_policy *b);
uint64_t xfrm_policy_hash_id(uint64_t seed, const struct xfrm_policy *p);

/* Fields that differ, index and counters aside; bits, 0 = equal. */
enum xpol_field {
	XPOL_F_ID = 1 << 0, XPOL_F_ACTION = 1 << 1, XPOL_F_PRIO = 1 << 2,
	XPOL_F_FLAGS = 1 << 3, XPOL_F_SHARE = 1 << 4, XPOL_F_TMPL = 1 << 5,
	XPOL_F_LIFE = 1 << 6, XPOL_F_OFFLOAD = 1 << 7,
};
uint32_t xfrm_policy_diff(const struct xfrm_policy *a,
			  const struct xfrm_policy *b);
const char *xpol_field_name(uint32_t bit);
bool xfrm_tmpl_equal(const struct xfrm_tmpl *a, const struct xfrm_tmpl *b);

#ifdef __cplusplus
}
#endif

#endif
