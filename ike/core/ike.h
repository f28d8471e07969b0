/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_H
#define XT_IKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/core/job.h"
#include "ike/core/kreq.h"
#include "libxfrm/addr.h"
#include "libxfrm/base/log.h"

/*
 * The IKE engine: no socket, clock, file, thread or random source of its own.
 *
 *	ike_feed(ike, now, event)	tell it what happened
 *	ike_next(ike, &action)		until false: do what it asks for
 *	ike_deadline(ike)		then wait; when passed, feed a tick
 *
 * The same configuration, random bytes and events give the same actions.
 * A new engine knows no version of IKE: ike_v1_attach() of ike/v1/v1.h adds
 * IKEv1.  `now` is milliseconds on any monotonic clock.  Not thread-safe; jobs and
 * key requests may be worked on elsewhere.
 */
struct ike;
struct ike_conf;

/* One end of an IKE conversation. */
struct ike_ep {
	struct xaddr addr;
	uint16_t port;		/* host byte order */
};

struct ike_ops {
	void *arg;		/* passed to every call */
	/* len unpredictable bytes; must not fail */
	void (*rng)(void *arg, void *p, size_t len);
	/* one line; peer is NULL where none is known */
	void (*log)(void *arg, enum log_level level, const struct ike_ep *peer,
		    const char *line);
	/* seconds since 1970, for certificates and displayed dates only */
	int64_t (*wall)(void *arg);
	/* for the short computations on the engine's own thread; borrowed */
	struct ike_crypto *crypto;
	/*
	 * CAs and CRLs that a peer of this remote is checked against: good as
	 * long as conf.  NULL (also the function): none, so none verifies.
	 */
	const struct ike_store *(*trust)(void *arg, struct ike_conf *conf,
					 const struct ike_remote *remote);
};

/*
 * New engine; takes a reference on conf.  *ike is NULL on failure (-ENOMEM).
 * Lines above the level of conf (or of ike_set_log()) are not formatted.
 */
int ike_new(struct ike_conf *conf, const struct ike_ops *ops, uint64_t now,
	    struct ike **ike);

/* Frees everything, telling nobody (see ADM_SHUTDOWN); NULL is fine. */
void ike_free(struct ike *ike);

void ike_set_log(struct ike *ike, enum log_level level);

/* Our ports where the configuration lists none: 500 and 4500 unless told. */
void ike_set_ports(struct ike *ike, uint16_t port, uint16_t port_natt);

/* ---- events ----------------------------------------------------------- */

enum ike_ev_kind {
	IKE_EV_TICK,		/* the deadline passed */
	IKE_EV_PACKET,
	IKE_EV_KERNEL,		/* the kernel told something unasked */
	IKE_EV_KANS,		/* the kernel answered a request */
	IKE_EV_JOB,		/* a job is done */
	IKE_EV_KEY,		/* the key process answered */
	IKE_EV_ADMIN,		/* an administrator asks */
	IKE_EV_CONF,		/* a new configuration */
	IKE_EV_ADDRS,		/* the local addresses changed */
	IKE_EV_SENDERR,		/* a packet could not be sent */
};

/* Longest UDP payload the engine looks at. */
#define IKE_PACKET_MAX 65535

struct ike_packet {
	struct ike_ep local, remote;
	/*
	 * It came through, or goes out of, the port-4500 socket.  Feed what
	 * follows the non-ESP marker; on sending put the marker in front,
	 * unless keepalive: that is the one byte 0xff as it stands.
	 */
	bool natt;
	bool keepalive;
	const uint8_t *p;	/* borrowed until the call returns */
	size_t len;
};

/* Administrator's requests. */
enum adm_kind {
	ADM_SHOW_ISAKMP,	/* rows of phase 1 SAs */
	ADM_SHOW_CHILD,		/* rows of phase 2 SAs */
	ADM_STATUS,		/* both, and tunnels that are down */
	ADM_SHOW_SCHED,		/* the timers */
	ADM_FLUSH_ISAKMP,	/* delete all phase 1 SAs, telling peers */
	ADM_FLUSH_CHILD,	/* all phase 2 SAs of a protocol, likewise */
	ADM_DELETE_ISAKMP,	/* those between local and remote */
	ADM_DELETE_PEER,	/* everything with remote */
	ADM_ESTABLISH_ISAKMP,	/* bring phase 1 up */
	ADM_ESTABLISH_CHILD,	/* bring the SAs of an outbound policy up */
	ADM_GET_CERT,		/* the peer's certificate */
	ADM_LOGOUT_USER,	/* delete the SAs of an XAUTH user */
	ADM_SUBSCRIBE,		/* from now on send ACT_EVENT actions to us */
	ADM_UNSUBSCRIBE,
	ADM_SHUTDOWN,		/* delete all, telling peers */
};

struct ike_admin {
	uint32_t id;		/* the daemon's: its connection */
	enum adm_kind kind;
	struct ike_ep local, remote;	/* AF_UNSPEC address = any */
	const char *remote_name;	/* establish: named remote, or NULL */
	const char *user;		/* ADM_LOGOUT_USER */
	struct xsel sel;		/* ADM_ESTABLISH_CHILD */
	uint8_t proto;		/* ADM_FLUSH_CHILD: IPPROTO_ESP …; 0 = all */
};

struct ike_event {
	enum ike_ev_kind kind;
	union {
		struct ike_packet packet;
		const struct kevent *kernel;	/* borrowed */
		const struct kans *kans;	/* borrowed */
		struct ike_job *job;		/* the engine takes it back */
		struct ike_keyans *key;		/* out is moved away */
		struct ike_admin admin;
		struct ike_conf *conf;		/* takes a reference */
		struct {
			const struct xaddr *v;	/* borrowed */
			size_t n;
		} addrs;
		struct {
			struct ike_ep local, remote;
			int err;
		} senderr;
	};
};

/*
 * Tells the engine that something happened.  Returns 0, or a negative number
 * for information: what a packet did is never the driver's problem.
 */
int ike_feed(struct ike *ike, uint64_t now, const struct ike_event *ev);

/* ---- actions ---------------------------------------------------------- */

enum ike_act_kind {
	ACT_PACKET,	/* send it */
	ACT_KREQ,	/* ask the kernel; answer with IKE_EV_KANS */
	ACT_JOB,	/* run it; answer with IKE_EV_JOB.  Yours meanwhile */
	ACT_KEY,	/* ask the key process; answer with IKE_EV_KEY */
	ACT_HOOK,	/* run a script */
	ACT_ADMIN,	/* part of an answer to an administrator */
	ACT_EVENT,	/* for subscribers and waiting administrators */
};

#define HOOK_ENV_MAX 32

/*
 * A script to run.  Values are made harmless: no control characters, names
 * are ours.
 */
struct ike_hook {
	const char *event;	/* "phase1_up", "phase1_down", "phase1_dead" */
	const char *script;	/* as configured, relative to path script */
	unsigned int nenv;
	const char *env[HOOK_ENV_MAX];	/* "NAME=value" */
};

/* Event codes of racoonctl show-event (compat: racoon-programs 3.3). */
enum ike_evt {
	EVT_QUIT = 0x001,	/* the daemon's own */
	EVT_PH1_UP = 0x100,
	EVT_PH1_DOWN = 0x101,
	EVT_PH1_NO_RESPONSE = 0x102,
	EVT_PH1_NO_PROPOSAL = 0x103,
	EVT_PH1_AUTH_FAILED = 0x104,
	EVT_PH1_DPD = 0x105,
	EVT_PH1_PEER_DELETED = 0x106,
	EVT_PH1_MODE_CFG = 0x107,
	EVT_PH1_XAUTH_OK = 0x108,
	EVT_PH1_XAUTH_FAILED = 0x109,
	EVT_PH2_NO_PH1 = 0x200,
	EVT_PH2_UP = 0x201,
	EVT_PH2_DOWN = 0x202,
	EVT_PH2_NO_RESPONSE = 0x203,
	EVT_PH2_FAILED = 0x204,	/* for another reason */
};

struct ike_evt_row {
	enum ike_evt code;
	struct ike_ep local, remote;
	uint32_t msgid;		/* phase 2, else 0 */
	uint32_t admin;		/* id of the request that began it, or 0 */
};

/* Phase 1 states, with the numbers racoonctl shows. */
#define SA_STATE_LIST(X) \
	X(SPAWN, 0, "spawn") \
	X(START, 1, "start") \
	X(MSG1RECEIVED, 2, "msg1received") \
	X(MSG1SENT, 3, "msg1sent") \
	X(MSG2RECEIVED, 4, "msg2received") \
	X(MSG2SENT, 5, "msg2sent") \
	X(MSG3RECEIVED, 6, "msg3received") \
	X(MSG3SENT, 7, "msg3sent") \
	X(MSG4RECEIVED, 8, "msg4received") \
	X(ESTABLISHED, 9, "established") \
	X(DYING, 10, "dying") \
	X(EXPIRED, 11, "expired")
enum sa_state {
#define SA_STATE_ENUM(name, num, text) SA_##name = num,
	SA_STATE_LIST(SA_STATE_ENUM)
#undef SA_STATE_ENUM
};

/* Phase 2 states. */
#define CHILD_STATE_LIST(X) \
	X(SPAWN, "spawn") \
	X(WAIT_SA, "start") \
	X(GETSPI, "getspisent") \
	X(GOTSPI, "getspidone") \
	X(MSG1SENT, "msg1sent") \
	X(MSG2SENT, "status6") \
	X(COMMIT, "commit") \
	X(ADDSA, "addsa") \
	X(ESTABLISHED, "established") \
	X(REKEYED, "dying") \
	X(EXPIRED, "expired")
enum child_state {
#define CHILD_STATE_ENUM(name, text) CHILD_##name,
	CHILD_STATE_LIST(CHILD_STATE_ENUM)
#undef CHILD_STATE_ENUM
};

#define IKE_TEXT_MAX 256

/* A phase 1 SA as shown.  Times are milliseconds on the engine's clock. */
struct ike_sa_row {
	uint64_t spi_i, spi_r;
	enum sa_state state;
	bool initiator;
	uint8_t version;	/* as on the wire: 0x10 */
	uint8_t exchange;	/* IKE exchange type, as on the wire */
	struct ike_ep local, remote;
	const char *local_id, *remote_id;	/* text, or NULL */
	const char *remote_name;		/* section of racoon.conf */
	uint64_t created;	/* established at, or 0 */
	uint32_t nchild;
	/* negotiated; 0 while unknown */
	uint16_t enc, enc_keylen, hash, auth, group;
	uint32_t lifetime;	/* seconds */
	bool natt;		/* negotiated */
	bool nat_local, nat_remote;	/* NAT found in front of … */
	bool dpd;		/* peer supports it */
	unsigned int dpd_fails;
	bool anonymous, passive;
	uint8_t generate_policy;	/* 0 none, 1 require, 2 unique */
};

/* A phase 2 SA (pair or bundle) as shown. */
struct ike_child_row {
	uint32_t msgid;
	uint64_t spi_i, spi_r;	/* its phase 1, zero when unbound */
	enum child_state state;
	uint8_t proto;		/* outermost: IPPROTO_ESP, … */
	enum kmode mode;
	uint32_t spi_in, spi_out;
	struct xsel sel;	/* outbound */
	struct ike_ep local, remote;
	const struct xalg *enc, *auth, *comp;
	unsigned int enc_keylen;
	uint16_t pfs_group;
	uint32_t life_sec;
	uint64_t life_bytes;
	uint32_t reqid_in, reqid_out;
	uint64_t created;	/* established at, or 0 */
	uint64_t up;		/* the first SA of the tunnel was, or 0 */
	uint32_t policy;	/* index of the outbound one, or 0 */
	const char *remote_name;	/* section of racoon.conf, or NULL */
	struct kcount in, out;	/* of the outermost protocol */
};

/* A tunnel that should be up and is not, and why. */
struct ike_down_row {
	struct ike_ep local, remote;
	const char *remote_name;
	uint32_t policy;	/* index of the outbound one, 0 = phase 1 */
	struct xsel sel;	/* of that policy */
	uint64_t since;		/* last failure, 0 = never tried */
	const char *reason;	/* words, with the side to change; or NULL */
	bool refused;		/* a peer in phase 1, for whom there may be no
				 * tunnel at all */
};

struct ike_timer_row {
	const char *what;
	uint64_t at, created;
};

enum ike_ans_kind {
	ANS_SA, ANS_CHILD, ANS_DOWN, ANS_TIMER, ANS_CERT,
	ANS_END,		/* the last one: err */
};

struct ike_answer {
	uint32_t id;		/* of the request */
	enum ike_ans_kind kind;
	int err;		/* ANS_END: 0, -ENOENT, -EEXIST, … */
	const char *text;	/* ANS_END: why, or NULL */
	union {
		struct ike_sa_row sa;
		struct ike_child_row child;
		struct ike_down_row down;
		struct ike_timer_row timer;
		struct {
			const uint8_t *der;
			size_t len;
		} cert;
	};
};

struct ike_action {
	enum ike_act_kind kind;
	union {
		struct ike_packet packet;
		const struct kreq *kreq;
		struct ike_job *job;
		const struct ike_keyreq *key;
		const struct ike_hook *hook;
		const struct ike_answer *answer;
		const struct ike_evt_row *event;
	};
};

/*
 * The next thing to do; false when there is none.  What *act points at is
 * the engine's and valid until the next call of any ike_ function; only a job
 * is handed over.
 */
bool ike_next(struct ike *ike, struct ike_action *act);

/* When to feed a tick at the latest; UINT64_MAX = no need. */
uint64_t ike_deadline(const struct ike *ike);

/* Bytes and objects held, for limits and benchmarks. */
struct ike_stats {
	size_t nsa, nhalf_open, nchild, nxchg, ntimer, npolicy;
	uint64_t packets_in, packets_out, dropped;
	uint64_t retransmits, duplicates;
};
void ike_stats(const struct ike *ike, struct ike_stats *st);

#endif
