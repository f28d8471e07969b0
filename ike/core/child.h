/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_CHILD_H
#define XT_IKE_CHILD_H

#include "ike/core/engine.h"
#include "ike/core/removal.h"

struct genpol;
struct ike_sa;
struct xchg;

/* Protocols of one bundle: AH, ESP, IPComp and one to spare. */
#define CHILD_SA_MAX 4

/* Children made within so many milliseconds count as made at once. */
#define CHILD_AT_ONCE_MS 30000

struct ike_child;

/* Entry of the table of SPIs. */
struct child_spi {
	struct hnode node;
	struct ike_child *child;
	uint8_t index;		/* of the protocol */
	bool in, hashed;
};

/* One protocol of a child: an SA in each direction. */
struct child_sa {
	uint8_t proto;		/* IPPROTO_ESP, _AH, _COMP */
	enum kmode mode;
	uint32_t spi_in, spi_out;
	uint32_t reqid_in, reqid_out;
	const struct xalg *enc, *auth, *comp;
	uint16_t keylen;	/* bits of enc's key, without salt; 0: fixed */
	uint16_t icv;		/* bits */
	bool esn;
	bool larval;		/* spi_in is reserved in the kernel */
	bool in_on, out_on;	/* installed, or about to be */
	struct child_spi by_in, by_out;
	/* encryption key (with salt), then authentication key */
	struct secret keymat_in, keymat_out;
	struct kcount in, out;	/* when the kernel was last asked */
};

/*
 * A child SA: what protects the traffic of one policy, in both directions.
 * It belongs to an IKE SA, and moves to the next one when that is renewed.
 */
struct ike_child {
	struct hnode by_id, by_pol, by_sel;
	uint32_t id;
	bool in_pol, in_sel;
	bool dead;
	bool initiator;
	bool wanted;			/* the peer began, and we need it, too */
	bool encap;
	struct ike_child *dead_next;
	struct ike_sa *sa;		/* never NULL while alive */
	struct ike_child *next, **prevp;
	enum child_state state;	/* only child_set_state() writes it */
	uint32_t msgid;
	struct ike_ep local, remote;	/* ends of the SAs; ports: UDP encap */
	struct xaddr peer_oa;		/* NAT-OA: its own address, if another */
	struct xsel sel;		/* outbound traffic */
	uint32_t pol_out, pol_in;	/* indices, 0 = none */
	/* policies that we made for it and others, or NULL */
	struct genpol *gen;
	struct ike_child *gen_next, **gen_prevp;
	struct ike_conf *conf;		/* reference: si lives in it */
	const struct ike_sainfo *si;
	struct child_sa *p;	/* n of them, innermost first; owned */
	unsigned int n;
	uint16_t pfs_group;
	uint32_t life_sec;
	uint32_t seq;			/* of the acquire */
	uint64_t life_bytes;
	uint32_t xchg;			/* that negotiates it, 0 = none */
	uint32_t admin;
	uint32_t replaces, replaced_by;	/* ids of children */
	uint64_t created;		/* established at, or 0 */
	uint64_t up;			/* the first of those it followed was */
	struct timer timer;		/* waiting for its SA; retirement */
	uint64_t seen;			/* retirement: packets seen so far */
	unsigned int idle;		/* retirement: looks without traffic */
};

/* New child of sa in state SPAWN. */
int child_new(struct ike *ike, struct ike_sa *sa, bool initiator,
	      struct ike_child **c);
struct ike_child *child_by_id(struct ike *ike, uint32_t id);

/*
 * By one of its SAs: our inbound one, or the peer's.  *i (may be NULL) is the
 * protocol, *in the direction.
 */
struct ike_child *child_by_spi(struct ike *ike, uint8_t proto,
			       const struct xaddr *dst, uint32_t spi,
			       unsigned int *i, bool *in);
/* Of the same policy and peer, other than c: established and not replaced. */
struct ike_child *child_sibling(struct ike *ike, const struct ike_child *c);
/* Being negotiated for a policy with a peer, or NULL. */
struct ike_child *child_pending(struct ike *ike, uint32_t pol_out,
				const struct xaddr *remote);
/* The same, that the peer began. */
struct ike_child *child_answered(struct ike *ike, uint32_t pol_out,
				 const struct xaddr *remote);
/* Established for a policy with a peer, and not replaced; or NULL. */
struct ike_child *child_up(struct ike *ike, uint32_t pol_out,
			   const struct xaddr *remote);
/* Enters it by its selector and, when that is known, its outbound policy. */
int child_hash_pol(struct ike *ike, struct ike_child *c);
void child_unhash_pol(struct ike *ike, struct ike_child *c);

/* Enters it by SPI, once that is known; direction in or out. */
int child_hash_spi(struct ike *ike, struct ike_child *c, unsigned int i,
		   enum kdir dir);

/* Room for n (at most CHILD_SA_MAX) SAs, zeroed; once for each child. */
int child_set_count(struct ike_child *c, unsigned int n);

/* What policy pol (outbound) asks for; the inbound one adds its reqids. */
int child_from_policy(struct ike *ike, struct ike_child *c,
		      const struct kpol *out, const struct kpol *in);

/* The one gate between states. */
void child_set_state(struct ike *ike, struct ike_child *c,
		     enum child_state state);
const char *child_state_name(enum child_state state);

/* Tells those who follow events, and who asked for the child. */
void child_event(struct ike *ike, const struct ike_child *c,
		 enum ike_evt code);

/* Both SAs of all protocols are in the kernel. */
void child_establish(struct ike *ike, struct ike_child *c);

/* It did not come up: logs why, remembers it for status, deletes it. */
void child_fail(struct ike *ike, struct ike_child *c, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Out of everything, the kernel included; tell: notify the peer. */
void child_delete(struct ike *ike, struct ike_child *c, bool tell);

/* ---- several ---- */

void child_move(struct ike *ike, struct ike_child *c, struct ike_sa *to);
void child_move_all(struct ike *ike, struct ike_sa *from, struct ike_sa *to);
/* sa is established: begins with the children that waited for it. */
void child_start_waiting(struct ike *ike, struct ike_sa *sa);
/* sa ended: its children move, or end too. */
void child_sa_gone(struct ike *ike, struct ike_sa *sa, int end, bool tell);
/* The peer is somewhere else: its SAs follow. */
void child_peer_moved(struct ike *ike, struct ike_sa *sa,
		      const struct ike_ep *old);
/* The peer refused something: what, if only one thing can be meant. */
void child_peer_error(struct ike *ike, struct ike_sa *sa, const char *name);
void child_check_conf(struct ike *ike);
/* Finds the sainfo for c (again); false when there is none that fits. */
bool child_still_allowed(struct ike *ike, struct ike_child *c);
void child_forget_all(struct ike *ike);
void child_free(struct ike_child *c);

/*
 * Deletes those of one protocol (0: all) that are up, telling the peers, as
 * removal_children() does.  0 or -ENOMEM.
 */
int child_flush(struct ike *ike, uint8_t proto, const struct ike_admin *req,
		removal_fn *fn);

/* Walks all: *pos = 0 first; NULL at the end. */
struct ike_child *child_walk(struct ike *ike, size_t *pos,
			     struct hnode **cursor);

/* ---- acquire.c: what starts and ends them ---- */

/* An unasked message of the kernel. */
int child_kernel(struct ike *ike, const struct kevent *ev);

/* Brings up what an outbound policy asks for. */
struct child_want {
	const struct kpol *pol;
	struct xaddr local, remote;	/* ends of the SA */
	struct xsel flow;		/* the packet; family 0 = none */
	uint32_t seq, admin;
};
int child_want(struct ike *ike, const struct child_want *w);
/* c, which the peer began, has failed: what waited for it is ours to begin. */
void child_want_instead(struct ike *ike, const struct ike_child *c);

/* Sets c->si from the current configuration; XE_NOTFOUND. */
int child_find_sainfo(struct ike *ike, struct ike_child *c);

/* Begins to negotiate c under its SA, which is established. */
void child_begin(struct ike *ike, struct ike_child *c);

/* Negotiates a successor, if c still needs one. */
void child_rekey(struct ike *ike, struct ike_child *c);

/* What the kernel says of one of its SAs, when it lost events about them. */
void child_checked(struct ike *ike, struct ike_child *c,
		   const struct kans *ans);

/* ---- childkern.c: kernel requests ---- */

/*
 * Steps of a transition: ask the kernel, and go on when x has all answers.
 * Return XE_AGAIN, or why not.  child_kernel_result() then tells how it went.
 */
int child_getspi(struct ike *ike, struct ike_child *c, struct xchg *x);
int child_install(struct ike *ike, struct ike_child *c, struct xchg *x,
		  enum kdir dir);
/* Makes or prolongs the policies that c asked for (generate_policy). */
int child_add_policies(struct ike *ike, struct ike_child *c, struct xchg *x);
int child_kernel_result(struct ike *ike, struct ike_child *c, struct xchg *x);

/* Has one of its SAs, with these counters, reached its soft lifetime? */
bool child_worn(const struct ike *ike, const struct ike_child *c,
		const struct kcount *count);

/* Bytes of key material one SA of p needs. */
size_t child_keymat_len(const struct child_sa *p);

/* Removes from the kernel what c has in it. */
void child_uninstall(struct ike *ike, struct ike_child *c);
/* Asks for counters; fn is called with them, its tag is dir. */
int child_ask_counters(struct ike *ike, struct ike_child *c, unsigned int i,
		       enum kdir dir, kwait_fn fn);

/* The selectors of IDs in quick mode, and back. */
#define CHILD_ID_BYTES 32
struct child_id {
	struct ike_id id;	/* data points to b */
	uint8_t b[CHILD_ID_BYTES];
};
void child_ids(const struct xsel *sel, struct child_id *src,
	       struct child_id *dst);
void child_id_from_sel(struct child_id *to, const struct xaddr *addr,
		       unsigned int plen, uint8_t proto, uint16_t port);
int child_id_to_prefix(const struct ike_id *id, struct xaddr *addr,
		       uint8_t *plen);

#endif
