/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_SA_H
#define XT_IKE_SA_H

#include "ike/core/engine.h"

/* An identity that we own. */
struct sa_id {
	struct ike_id id;	/* data points to own, or is NULL */
	uint8_t *own;
};

int sa_id_set(struct sa_id *to, const struct ike_id *from);
void sa_id_free(struct sa_id *id);

/* What both sides agreed on for the IKE SA. */
struct sa_prop {
	uint16_t enc, keylen;	/* bits; 0: the cipher has but one length */
	uint16_t hash;		/* v1: hash, v2: PRF */
	uint16_t group;
	uint32_t auth;		/* enum ike_auth */
	uint32_t lifetime;	/* seconds */
	uint64_t lifebytes;
	const struct ike_prop *conf;	/* the transform of racoon.conf */
};

/* NAT traversal, as found out. */
enum natt_version { NATT_NONE, NATT_DRAFT02, NATT_DRAFT03, NATT_RFC };
struct sa_natt {
	enum natt_version version;
	bool local_nat, remote_nat;	/* a NAT in front of … */
	bool forced;			/* nat_traversal force */
};

/* Dead peer detection. */
struct sa_dpd {
	bool peer;		/* the peer announced it */
	bool waiting;		/* for an answer to seq */
	bool peer_seq_seen;
	uint32_t seq;		/* of our last question */
	uint32_t peer_seq;	/* of the peer's last one */
	unsigned int fails;
	uint64_t last_in;	/* authenticated packet */
	struct timer timer;
};

/*
 * An IKE SA, from its first packet to its end.  Lives in the tables of the
 * engine; sa_free() is the engine's alone.
 */
struct ike_sa {
	struct hnode by_id, by_spi, by_init, by_peer;
	uint32_t id;
	bool in_init, counted;	/* in that table; as half-open */
	bool dead;		/* deleted: out of all tables */
	bool initiator;
	struct ike_sa *dead_next;

	const struct ike_version *ver;
	uint64_t spi_i, spi_r;
	enum sa_state state;	/* only sa_set_state() writes it */
	struct ike_ep local, remote;
	struct ike_ep init_remote;	/* where the first packet came from */
	uint8_t exchange;	/* type of the one that negotiates it */
	bool natt_socket;	/* packets go through port 4500's socket */
	bool reached;		/* somebody at that address reads our packets */
	struct sa_natt natt;

	struct ike_conf *conf;	/* reference: rc and prop live in it */
	const struct ike_remote *rc;
	struct sa_prop prop;
	struct sa_dpd dpd;
	struct sa_id local_id, remote_id;
	uint8_t *peer_cert;	/* DER, or NULL */
	size_t peer_cert_len;
	uint64_t created, established;
	uint64_t life_from;	/* its lifetime counts from there */
	uint64_t grace_end;	/* its life is over, but for this; 0: not yet */
	uint64_t bytes;		/* of messages under its keys since then */
	uint32_t replaced_by;	/* id of the SA that took over */
	uint32_t replaces;	/* id of the one it was made to replace */
	struct xchg *xchg;	/* all exchanges, and the one of phase 1 */
	struct xchg *ph1;
	struct ike_child *child;	/* list of child SAs */
	uint32_t nchild;
	uint32_t admin;		/* asked for by this administrator */
	struct timer life, keepalive;
	void *priv;		/* the version's: keys */
	char *why;		/* what went wrong last, or NULL; owned */
};

/*
 * New SA in state SPAWN, in the tables; conf is referenced.  spi_r is 0 as
 * initiator.  Returns 0, XE_LIMIT, -ENOMEM.
 */
struct sa_init {
	const struct ike_version *ver;
	bool initiator;
	uint64_t spi_i, spi_r;
	struct ike_ep local, remote;
	bool natt_socket;
	uint8_t exchange;
};
int sa_new(struct ike *ike, const struct sa_init *in, struct ike_sa **sa);

/* Looks one up; NULL when there is none (any more). */
struct ike_sa *sa_by_id(struct ike *ike, uint32_t id);
struct ike_sa *sa_by_spi(struct ike *ike, uint64_t spi_i, uint64_t spi_r);
/* As responder: by the initiator's SPI and address, before it knows ours. */
struct ike_sa *sa_by_init(struct ike *ike, uint64_t spi_i,
			  const struct ike_ep *remote);
/* Negotiated, and not at its end. */
static inline bool sa_usable(const struct ike_sa *sa)
{
	return sa->state == SA_ESTABLISHED || sa->state == SA_DYING;
}

/*
 * Walks the SAs with a peer address: pass NULL first.  sa_peer_best() gives
 * the usable one that was made last and fits (ports count when the SA found a
 * NAT; dying ones come last), or NULL.
 */
struct ike_sa *sa_peer_next(struct ike *ike, const struct xaddr *peer,
			    struct ike_sa *prev);
struct ike_sa *sa_peer_best(struct ike *ike, const struct xaddr *local,
			    const struct ike_ep *remote);
/* One that is being negotiated as initiator, or NULL. */
struct ike_sa *sa_peer_pending(struct ike *ike, const struct xaddr *local,
			       const struct ike_ep *remote);

/* The one gate between states: logs, times, counts, tells. */
void sa_set_state(struct ike *ike, struct ike_sa *sa, enum sa_state state);

/* The initiator learns the responder's SPI. */
int sa_set_spi_r(struct ike *ike, struct ike_sa *sa, uint64_t spi_r);
/* The peer is reached elsewhere (NAT-T); moves in the tables. */
int sa_set_peer(struct ike *ike, struct ike_sa *sa, const struct ike_ep *local,
		const struct ike_ep *remote, bool natt_socket);

/* Remembers why it fails (the last reason wins), and logs it as an error. */
void sa_why(struct ike *ike, struct ike_sa *sa, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* How an SA ends. */
enum sa_end {
	SA_END_FAILED,		/* negotiation failed; why says it */
	SA_END_EXPIRED,		/* lifetime over */
	SA_END_PEER,		/* the peer deleted it */
	SA_END_ADMIN,		/* we do, on request or at shutdown */
	SA_END_DEAD,		/* dead peer detection */
	SA_END_REPLACED,	/* by INITIAL-CONTACT or a newer one */
};

/* Tells those who follow events, and who asked for the SA. */
void sa_event(struct ike *ike, const struct ike_sa *sa, enum ike_evt code);

/*
 * Takes an SA out of everything.  Child SAs move to another SA with the same
 * peer when there is one, else they go too.  tell: send a delete.
 */
void sa_delete(struct ike *ike, struct ike_sa *sa, enum sa_end end, bool tell);

/* Starts a negotiation with a peer.  Returns 0 and *sa, or why not. */
int sa_initiate(struct ike *ike, const struct ike_remote *rc,
		const struct ike_ep *local, const struct ike_ep *remote,
		struct ike_sa **sa);

/* Text of the cookies, "%016x:%016x", in buf[SA_COOKIES_LEN]. */
#define SA_COOKIES_LEN 40
const char *sa_cookies(const struct ike_sa *sa, char *buf);

const char *sa_state_name(enum sa_state state);

/* Another message of the established SA was authenticated: it lives. */
void sa_alive(struct ike *ike, struct ike_sa *sa);

/* Has one come since?  Until then the peer may not have our last one. */
bool sa_heard(const struct ike_sa *sa);

/*
 * So many bytes more went under its keys, either way: a lifetime in bytes
 * may be over, which its timer deals with.
 */
void sa_count(struct ike *ike, struct ike_sa *sa, size_t bytes);

/*
 * Authenticated: timers, hooks, waiting children; takes over the children of
 * older SAs with the same peer.  Calls sa_set_state(SA_ESTABLISHED).
 */
void sa_establish(struct ike *ike, struct ike_sa *sa);

/*
 * The peer has not heard yet that it is established, and will count its life
 * from when it has: so do we.  For as long as phase 1 answers duplicates.
 */
void sa_late(struct ike *ike, struct ike_sa *sa);

/* The same peer, as far as its address, port behind NAT and identity tell? */
bool sa_same_peer(const struct ike_sa *a, const struct ike_sa *b);

/*
 * The peer remembers nothing of us (INITIAL-CONTACT): other SAs with it, and
 * child SAs older than sa, are gone.
 */
void sa_initial_contact(struct ike *ike, struct ike_sa *sa);

/* Local addresses changed: SAs whose address is gone end. */
void sa_check_addrs(struct ike *ike);
/* The configuration changed: SAs it does not allow any more end. */
void sa_check_conf(struct ike *ike);
/* A packet could not be sent. */
void sa_send_error(struct ike *ike, const struct ike_ep *local,
		   const struct ike_ep *remote, int err);

/* Walks all: *pos = 0 first; NULL at the end. */
struct ike_sa *sa_walk(struct ike *ike, size_t *pos, struct hnode **cursor);

/* At the end of the engine: deletes all, telling nobody. */
void sa_forget_all(struct ike *ike);

/* Frees the memory of a deleted SA. */
void sa_free(struct ike *ike, struct ike_sa *sa);

#endif
