/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_ENGINE_H
#define XT_IKE_ENGINE_H

#include "ike/core/conf.h"
#include "ike/core/guard.h"
#include "ike/core/ike.h"
#include "ike/core/spd.h"
#include "ike/core/timer.h"
#include "ike/wire/hdr.h"
#include "libxfrm/base/htab.h"

/*
 * The engine as its parts see it.  Objects (IKE SAs, exchanges, child SAs)
 * are named by ids that are never used twice; whatever waits for an answer
 * holds an id.  A deleted object leaves all tables at once, but its memory
 * stays until the event has been dealt with, so pointers on the stack of a
 * handler remain good.
 */
struct ike_sa;
struct xchg;
struct ike_child;
struct act;

/* Limits: how many of each there may be at once. */
#define IKE_SA_MAX 400000
#define IKE_HALF_OPEN_MAX 20000
#define IKE_XCHG_MAX 400000
#define IKE_CHILD_MAX 800000
#define IKE_KWAIT_MAX 1000000
#define IKE_SA_CHILD_MAX 16384	/* child SAs of one IKE SA */
#define IKE_CONTACTED_MAX 200000
#define IKE_DOWN_MAX 200000
#define IKE_REFUSED_MAX 32	/* of these, peers that may be anybody */
#define IKE_SUB_MAX 64		/* administrators that follow events */

/*
 * What a version of IKE brings.  Everything returns 0 or a negative number;
 * failures of peers are dealt with inside.
 */
struct ike_version {
	uint8_t major;
	const char *name;
	/* A packet with a valid header; sa is NULL when it names none. */
	int (*input)(struct ike *ike, struct ike_sa *sa,
		     const struct ike_packet *pkt, const struct ike_hdr *hdr,
		     struct cur body);
	/* Negotiate sa, which is new, as initiator. */
	int (*start)(struct ike *ike, struct ike_sa *sa);
	/* Negotiate child under the established sa, as initiator. */
	int (*child_start)(struct ike *ike, struct ike_sa *sa,
			   struct ike_child *child);
	/* Tell the peer that these inbound SAs, or that sa itself, is gone. */
	int (*delete_child)(struct ike *ike, struct ike_sa *sa,
			    const struct ike_child *child);
	int (*delete_sa)(struct ike *ike, struct ike_sa *sa);
	/* Ask whether the peer is alive. */
	int (*probe)(struct ike *ike, struct ike_sa *sa);
	/* Free what the version keeps in priv. */
	void (*sa_free)(struct ike_sa *sa);
	void (*xchg_free)(struct xchg *x);
};

#define IKE_VERSIONS_MAX 2

/* Somebody waits for the kernel's answer to a request. */
struct kwait;
typedef void (*kwait_fn)(struct ike *ike, const struct kwait *w,
			 const struct kans *ans);
struct kwait {
	struct hnode by_id;
	uint32_t id;
	kwait_fn fn;
	uint32_t child, xchg;	/* ids, 0 = none */
	unsigned int tag;	/* for fn: which of several */
	/* of the SA asked about: to undo what nobody wants any more */
	uint8_t proto;
	struct xaddr src, dst;
};

struct ike {
	struct ike_ops ops;
	struct ike_conf *conf;
	const struct ike_version *version[IKE_VERSIONS_MAX];
	unsigned int nversion;
	enum log_level level;
	uint16_t port, port_natt;	/* ours, where the file gives none */
	uint64_t now;		/* of the event being dealt with */
	uint64_t seed;		/* of hash tables */
	uint32_t last_id;
	struct timers timers;

	/* IKE SAs: by id; by both SPIs; by first packet; by peer address */
	struct htab sa_id, sa_spi, sa_init, sa_peer;
	struct htab xchg_id, xchg_msgid;
	/*
	 * child SAs: by id; by SPI and destination; by outbound policy and
	 * peer; by selector
	 */
	struct htab child_id, child_spi, child_pol, child_sel;
	struct htab kwait;
	struct spd spd;
	struct htab genpol;	/* policies that we made: genpol.h */
	struct guard guard;
	struct htab contacted;	/* who needs no INITIAL-CONTACT: contact.h */
	struct htab down;	/* tunnels that failed, and why; of them: */
	struct {
		struct down *newest, *oldest;
		size_t n;
	} refused;		/* peers that the file does not name */
	struct survey *survey;	/* counters being asked for, or NULL */
	struct removal *removals;	/* SAs being deleted, many */
	size_t asked;		/* kernel requests without an answer yet */

	/* deleted in this event, freed at its end */
	struct ike_sa *dead_sa;
	struct xchg *dead_xchg;
	struct ike_child *dead_child;

	/* actions: queue, and the one the driver is looking at */
	struct act *act_head, **act_tail, *act_cur;

	uint32_t sub[IKE_SUB_MAX];	/* administrators following events */
	unsigned int nsub;
	struct xaddr *addrs;		/* local addresses, if we were told */
	size_t naddrs;
	struct log_limit limit;		/* lines that strangers cause */
	struct ike_stats stats;
};

/* Adds a version (ike_v1_attach() calls it).  XE_LIMIT when full. */
int ike_add_version(struct ike *ike, const struct ike_version *v);
const struct ike_version *ike_version(const struct ike *ike,
				      unsigned int major);

/* A new id: never 0, never used before. */
uint32_t ike_new_id(struct ike *ike);

static inline void ike_rng(struct ike *ike, void *p, size_t len)
{
	ike->ops.rng(ike->ops.arg, p, len);
}

/* Log lines; ep is the peer they are about, or NULL. */
static inline bool ike_log_on(const struct ike *ike, enum log_level level)
{
	return level <= ike->level && ike->ops.log;
}
void ike_log(struct ike *ike, enum log_level level, const struct ike_ep *ep,
	     const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The same for what any stranger can cause: rate-limited. */
void ike_log_stranger(struct ike *ike, enum log_level level,
		      const struct ike_ep *ep, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* "192.0.2.7[500]" in buf of IKE_EP_STRLEN bytes; returns buf. */
#define IKE_EP_STRLEN (XADDR_STRLEN + 8)
const char *ike_ep_str(const struct ike_ep *ep, char *buf);
bool ike_ep_equal(const struct ike_ep *a, const struct ike_ep *b);

/* Sets t; when memory is out the line is logged and the timer stays off. */
void ike_timer(struct ike *ike, struct timer *t, uint64_t at);

/* Milliseconds from seconds. */
static inline uint64_t ike_sec(uint64_t s)
{
	return s * 1000;
}

/* ---- actions: all of these only queue ---- */

/* A packet; its bytes are copied. */
int ike_act_packet(struct ike *ike, const struct ike_ep *local,
		   const struct ike_ep *remote, bool natt, const void *p,
		   size_t len);
int ike_act_keepalive(struct ike *ike, const struct ike_ep *local,
		      const struct ike_ep *remote);
/*
 * A kernel request: its content, keys included, moves away from r; r->id is
 * set.  fn (may be NULL) is called with the answer.
 */
int ike_act_kreq(struct ike *ike, struct kreq *r, kwait_fn fn, uint32_t child,
		 uint32_t xchg, unsigned int tag);
/* A job for exchange x: taken over, also on failure. */
int ike_act_job(struct ike *ike, struct xchg *x, struct ike_job *job);
/* A question to the key process, for exchange x; copied. */
int ike_act_key(struct ike *ike, struct xchg *x, struct ike_keyreq *key);
/* A line of an answer; strings in it are copied. */
int ike_act_answer(struct ike *ike, const struct ike_answer *ans);
/* An event for those who follow them: see sa_event() and child_event(). */
void ike_act_event(struct ike *ike, const struct ike_evt_row *row);
/*
 * A hook: env is an array of n strings "NAME=value", made harmless and
 * copied.
 */
int ike_act_hook(struct ike *ike, const char *event, const char *script,
		 unsigned int n, const char *const env[]);

#endif
