/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_KREQ_H
#define XT_IKE_KREQ_H

#include <stdbool.h>
#include <stdint.h>

#include "libxfrm/addr.h"
#include "libxfrm/alg.h"
#include "libxfrm/base/secret.h"

/*
 * What the engine asks of the kernel and what the kernel tells it, as plain
 * values: no netlink here.  The daemon turns them into libxfrm calls, the
 * simulator into a model of the kernel.
 *
 * SPIs and reqids are in host byte order.  Addresses of another family than
 * AF_INET and AF_INET6 never occur, except AF_UNSPEC where a field is unused.
 */

/* Most templates one policy has (the kernel's XFRM_MAX_DEPTH). */
#define KPOL_TMPL_MAX 6

enum kdir { KDIR_IN = 0, KDIR_OUT = 1, KDIR_FWD = 2 };	/* XFRM_POLICY_* */
enum kmode { KMODE_TRANSPORT = 0, KMODE_TUNNEL = 1 };	/* XFRM_MODE_* */

/* One template of a policy: an SA that its traffic has to go through. */
struct ktmpl {
	uint8_t proto;		/* IPPROTO_ESP, _AH or _COMP */
	enum kmode mode : 8;
	bool optional;		/* level "use": traffic passes without it */
	uint32_t reqid;		/* 0: any SA between the addresses */
	struct xaddr src, dst;	/* endpoints; AF_UNSPEC in transport mode */
};

/* Priority of the policies that IKE makes itself: after all others. */
#define KPOL_PRIO_GENERATED 0x80000000u

/* A policy as the kernel has it, or is to have it; each tunnel keeps two. */
struct kpol {
	uint32_t index;		/* the kernel's; 0 when it shall choose */
	uint32_t prio;		/* as the kernel orders: low comes first */
	struct xsel sel;
	uint32_t lifetime;	/* hard, in seconds; 0 = for ever */
	enum kdir dir : 8;
	bool block;		/* discard policy: no templates count */
	uint8_t ntmpl;		/* 0: bypass (unless block) */
	struct ktmpl tmpl[KPOL_TMPL_MAX];	/* innermost first */
};

/* Lifetimes; 0 = no limit. */
struct klife {
	uint64_t soft_sec, hard_sec;	/* counted from the installation */
	uint64_t soft_bytes, hard_bytes;
};

/* An SA to be installed.  Keys are wiped when the request is freed. */
struct ksa {
	uint8_t proto;		/* IPPROTO_ESP, _AH or _COMP */
	enum kmode mode;
	struct xaddr src, dst;
	uint32_t spi;		/* CPI for IPComp */
	uint32_t reqid;
	enum kdir dir;		/* in or out, as we see it */
	struct xsel sel;	/* transport mode: what it may carry */
	bool has_sel;
	/* Algorithms by libxfrm's table; NULL where the protocol has none. */
	const struct xalg *enc;		/* cipher or AEAD */
	const struct xalg *auth;	/* not with AEAD */
	const struct xalg *comp;
	unsigned int icv_bits;		/* of auth or the AEAD */
	struct secret enc_key;		/* with salt where the AEAD has one */
	struct secret auth_key;
	unsigned int replay;	/* window in packets; 0 = off */
	bool esn;
	struct klife life;
	/* UDP encapsulation: encap_sport 0 = none */
	uint16_t encap_sport, encap_dport;	/* source, destination port */
	struct xaddr encap_oa;	/* the peer's own address behind its NAT */
	uint32_t seq;		/* of the acquire it answers, else 0 */
};

enum kreq_kind {
	KREQ_GETSPI,	/* sa.{proto,mode,src,dst,reqid,seq}; spi range */
	KREQ_SA_ADD,	/* install sa; replaces a larval SA of the same SPI */
	KREQ_SA_UPDATE,	/* new endpoints: sa as before, old_* tell the old */
	KREQ_SA_DEL,	/* sa.{proto,dst,src,spi} */
	KREQ_SA_GET,	/* likewise; the answer carries counters */
	KREQ_POL_ADD,	/* install pol, or update ours with its selector */
	KREQ_POL_DEL,	/* pol.{dir,sel,index} */
};

/*
 * A request.  Every request is answered by exactly one struct kans with its
 * id, in any order.
 */
struct kreq {
	uint32_t id;
	enum kreq_kind kind;
	uint32_t spi_min, spi_max;	/* KREQ_GETSPI */
	struct ksa sa;			/* KREQ_GETSPI, KREQ_SA_* */
	struct xaddr old_src, old_dst;	/* KREQ_SA_UPDATE */
	uint16_t old_encap_sport, old_encap_dport;
	struct kpol pol;		/* KREQ_POL_* */
};

/* Traffic counters of one SA. */
struct kcount {
	uint64_t bytes, packets;
	uint64_t use_age;	/* seconds since last use; UINT64_MAX: never */
};

/* The answer to one request. */
struct kans {
	uint32_t id;
	int err;		/* 0, -errno, XE_* */
	char text[128];		/* what to tell the administrator, or "" */
	uint32_t spi;		/* KREQ_GETSPI */
	struct kcount count;	/* KREQ_SA_GET */
};

enum kev_kind {
	KEV_ACQUIRE,	/* traffic needs an SA */
	KEV_EXPIRE,	/* an SA reached its soft or hard lifetime */
	KEV_MAPPING,	/* a NATed peer's ESP comes from another port */
	KEV_POL_NEW,	/* a policy exists: at start (dump) and on changes */
	KEV_POL_DEL,	/* a policy went away */
	KEV_POL_FLUSH,	/* all did */
	KEV_SA_DEL,	/* somebody deleted an SA (ours or not) */
	KEV_SA_FLUSH,	/* somebody flushed; sa.proto 0 = all protocols */
	KEV_RESYNC_BEGIN, /* events were lost: a dump of policies follows, */
	KEV_RESYNC_END,	/* and ends here; what it did not show is gone */
};

/* Something the kernel tells unasked. */
struct kevent {
	enum kev_kind kind;
	struct kpol pol;	/* KEV_POL_*; KEV_ACQUIRE: index and selector */
	struct {
		uint8_t proto;
		struct xaddr src, dst;
		uint32_t spi, reqid;
	} sa;			/* EXPIRE, MAPPING, SA_*; ACQUIRE without spi */
	struct xsel flow;	/* KEV_ACQUIRE: the packet that asked */
	uint32_t seq;		/* KEV_ACQUIRE */
	bool hard;		/* KEV_EXPIRE */
	struct xaddr new_addr;	/* KEV_MAPPING */
	uint16_t new_port;
};

/* Wipes the keys of a request; the struct itself is the caller's. */
void kreq_clear(struct kreq *r);

#endif
