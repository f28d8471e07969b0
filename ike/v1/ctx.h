/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_V1_CTX_H
#define XT_IKE_V1_CTX_H

#include "ike/core/child.h"
#include "ike/core/fsm.h"
#include "ike/core/sa.h"
#include "ike/crypto/keymat.h"
#include "ike/wire/build.h"
#include "ike/wire/chain.h"
#include "ike/wire/sa_v1.h"
#include "ike/wire/vendor.h"

/* What the exchanges of IKEv1 share. */

/* Bytes of a stranger's first message; long ones: see first_fits() */
#define V1_FIRST_SHORT 2048
#define V1_FIRST_MAX 16384

#define V1_USED_MAX 64
#define V1_INFO_MAX 16

/* The last message ids, at most so many, with memory as they come. */
struct v1_ids {
	uint32_t *id;
	unsigned int n, room;	/* n counts those that were forgotten, too */
};
bool v1_ids_has(const struct v1_ids *s, uint32_t id);
int v1_ids_add(struct v1_ids *s, uint32_t id, unsigned int max);

/* A message that waits, and where it came from. */
struct v1_held {
	struct v1_held *next;
	struct ike_ep local, remote;
	bool natt;
	struct wbuf msg;
};

/* What an IKE SA keeps: ike_sa.priv. */
struct v1_sa {
	struct ike_v1_keys keys;
	bool have_keys;
	uint8_t iv[IKE_BLOCK_MAX];	/* last cipher text of phase 1 */
	bool natt_ours;		/* we announce NAT-T in phase 1 */
	bool initial_contact;	/* the peer has no other SA with us */
	uint64_t msgid_key;	/* of v1_new_msgid() */
	uint32_t msgid_count;
	/* message ids of the last quick modes the peer began: no replays */
	struct v1_ids used;
	struct v1_ids info;	/* likewise, informational messages */
	/*
	 * What came while phase 1 was being finished here: the peer was done
	 * sooner, or a message overtook another.  Dealt with as soon as we are.
	 */
	struct v1_held *held;
};

/* How long a renewed SA waits for its peer before it is sent with, ms. */
#define V1_SWITCH_MS 300

#define V1_HELD_MAX 2048	/* bytes of one */
#define V1_HELD_COUNT 3

/* Most memory the decoded form of one message takes. */
#define V1_DECODE_MAX (1 << 20)

/* A message that came in: decrypted copy, decoded. */
struct v1_in {
	struct arena *arena;
	struct wbuf raw;	/* body, decrypted */
	struct ike_msg msg;
	uint8_t iv[IKE_BLOCK_MAX];	/* to go on with, once it is taken */
};

/* What phase 1 keeps between its messages: xchg.priv. */
struct v1_ph1 {
	struct v1_in in;
	struct arena *arena;		/* of offer */
	struct ike_proposal_set *offer;	/* ours, as initiator */
	struct ike_choice choice;	/* as responder, in in.msg */
	struct wbuf sai_b, ni, nr, gxi, gxr, id_i, id_r;
	struct secret priv, gxy, skeyid;
	struct wbuf auth;		/* our HASH or SIG */
	struct wbuf cr;			/* CA that the peer asked for */
	bool cr_seen, vid_dpd;
	bool sent_dpd;			/* as responder: its vendor ID */
	enum ike_vendor natt_vid;	/* best one both know, or 0 */
	struct wbuf reply_sa;		/* as responder: our SA payload */
	unsigned int nhash;		/* NAT-D payloads that came */
	struct {			/* to undo a message */
		uint8_t iv[IKE_BLOCK_MAX];
		struct ike_ep local, remote;
		bool natt_socket;
		struct sa_natt natt;
		bool vid_dpd;
	} before;
};

/* What a quick mode keeps: xchg.priv. */
struct v1_quick {
	struct v1_in in;
	struct arena *arena;
	struct ike_proposal_set *offer;	/* ours, or the peer's */
	struct ike_choice choice;
	struct wbuf ni, nr;
	struct wbuf peer_ke;
	struct secret priv, gxy;
	struct wbuf pub;
	uint16_t group;		/* PFS, 0 = none */
	bool responder_lifetime; /* tell the initiator ours */
	bool commit;		/* the peer wants us to wait for CONNECTED */
	uint8_t iv[IKE_BLOCK_MAX];	/* of this exchange */
};

struct v1_sa *v1_sa(const struct ike_sa *sa);
static inline struct v1_ph1 *v1_ph1(const struct xchg *x)
{
	return x->priv;
}
static inline struct v1_quick *v1_quick(const struct xchg *x)
{
	return x->priv;
}
static inline struct ike_crypto *v1_crypto(const struct ike *ike)
{
	return ike->ops.crypto;
}

/* ---- msg.c: messages in and out ---- */

/* A message's payload rules; see ike/wire/chain.h. */
struct v1_rules {
	const struct ike_rule *rule;
	size_t n;
	int phase;		/* SA payloads are those of phase 1 or 2 */
};

int v1_in_init(struct v1_in *in);
void v1_in_free(struct v1_in *in);

/*
 * Copies, decrypts (iv: of the message; NULL: it must come in clear), walks,
 * checks and decodes a message.  Nothing but *in changes.  why gets the reason
 * in words.
 */
struct v1_why {
	char text[192];
	uint16_t notify;	/* what to tell the peer, if anything */
};
int v1_read(struct ike *ike, const struct ike_sa *sa, struct v1_in *in,
	    const struct ike_hdr *hdr, struct cur body, const uint8_t *iv,
	    const struct v1_rules *rules, struct v1_why *why);

/* A message being written. */
struct v1_out {
	struct wbuf w;
	struct ike_build b;
};
void v1_out_start(struct v1_out *o, const struct ike_sa *sa,
		  const struct xchg *x, uint8_t first_flags);
/* Ends it in clear or encrypted from *iv on, which moves on. */
int v1_out_clear(struct v1_out *o);
int v1_out_seal(struct ike *ike, struct v1_out *o, const struct ike_sa *sa,
		uint8_t *iv);
void v1_out_free(struct v1_out *o);

void v1_log_payloads(struct ike *ike, const struct ike_sa *sa,
		     const struct ike_msg *m);

/* Sets *w to a copy of c, with memory for no more. */
int v1_keep(struct wbuf *w, struct cur c);

/* Lifetimes in bytes: the wire counts 1024 of them; 0 = no limit. */
static inline uint64_t v1_bytes(const struct ike_transform *t)
{
	return t->has_kbytes && t->kbytes <= UINT64_MAX / 1024
	       ? t->kbytes * 1024 : 0;
}

static inline uint64_t v1_kbytes(uint64_t bytes)
{
	return bytes / 1024 + (bytes % 1024 != 0);
}

/* The lower of two limits. */
static inline uint64_t v1_lower(uint64_t a, uint64_t b)
{
	return !a || (b && b < a) ? b : a;
}

/* ---- phase 1 ---- */

extern const struct fsm_table v1_ph1_table;
int v1_ph1_input(struct ike *ike, struct ike_sa *sa,
		 const struct ike_packet *pkt, const struct ike_hdr *hdr,
		 struct cur body);
int v1_start(struct ike *ike, struct ike_sa *sa);
int v1_ph1_new(struct ike *ike, struct ike_sa *sa, struct xchg **x);
void v1_ph1_free(struct xchg *x);
/* A responder repeats nothing; it waits as long as a peer would repeat. */
void v1_ph1_patience(struct ike *ike, struct xchg *x);
void v1_sa_free(struct ike_sa *sa);

/* pick.c: responder: remote section and proposal; again with the identity */
int v1_ph1_choose_r(struct ike *ike, struct xchg *x);
int v1_ph1_refine(struct ike *ike, struct xchg *x);

/* ph1.c: steps that main and aggressive mode share */
int v1_ph1_choose_i(struct ike *ike, struct xchg *x); /* initiator: SA */
int v1_ph1_vendors(struct ike *ike, struct xchg *x);
/* Those of later messages; the answer to DPD's, once it came. */
void v1_ph1_take_vendors(struct ike *ike, struct xchg *x);
void v1_ph1_put_dpd(struct v1_out *o, struct xchg *x);
int v1_ph1_take_ke(struct ike *ike, struct xchg *x); /* KE, nonce, CR */
int v1_ph1_take_cr(struct v1_ph1 *ph); /* certificate request */
int v1_ph1_job(struct ike *ike, struct xchg *x, enum ike_job_kind kind);
int v1_ph1_job_done(struct ike *ike, struct xchg *x);
int v1_ph1_ask_key(struct ike *ike, struct xchg *x);
int v1_ph1_keys(struct ike *ike, struct xchg *x);
int v1_ph1_take_id(struct ike *ike, struct xchg *x);
int v1_ph1_prove(struct ike *ike, struct xchg *x);
int v1_ph1_proved(struct ike *ike, struct xchg *x);
int v1_ph1_check(struct ike *ike, struct xchg *x);
int v1_ph1_checked(struct ike *ike, struct xchg *x);
int v1_ph1_finish(struct ike *ike, struct xchg *x);

int v1_ph1_make_nonce(struct ike *ike, struct xchg *x);
int v1_ph1_make_id(struct ike *ike, struct xchg *x);
void v1_ph1_put_id(struct v1_out *o, const struct xchg *x);
void v1_ph1_put_auth(struct v1_out *o, struct ike *ike, const struct xchg *x);
void v1_ph1_put_cr(struct v1_out *o, const struct xchg *x);
void v1_ph1_put_cr_for(struct v1_out *o, const struct xchg *x, uint32_t auth);
void v1_ph1_put_vendors(struct v1_out *o, struct ike *ike, struct xchg *x);
/* Fails the negotiation with words, and perhaps a notification. */
int v1_ph1_refuse(struct ike *ike, struct xchg *x, uint16_t notify,
		  const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* natd.c */
void v1_natd_put(struct v1_out *o, struct ike *ike, const struct xchg *x);
int v1_natd_check(struct ike *ike, struct xchg *x);

/*
 * natoa.c: the addresses that both sides have themselves, in quick mode of
 * UDP-encapsulated transport mode (RFC 3947 5.2).
 */
void v1_natoa_put(struct v1_out *o, const struct xchg *x,
		  const struct ike_child *c);
void v1_natoa_take(struct ike *ike, const struct xchg *x,
		   struct ike_child *c);

/* prop.c: phase 1 proposals */
int v1_prop_offer(struct v1_ph1 *ph, const struct ike_remote *rc);
/* Which transform of set, with which of rc's proposals; XE_NOTFOUND. */
int v1_prop_choose(const struct ike_remote *rc,
		   const struct ike_proposal_set *set,
		   struct ike_choice *choice, struct sa_prop *prop);
/* What proposal_check alone forbids, in brackets with a blank; or "". */
void v1_prop_strict_text(const struct ike_remote *rc,
			 const struct ike_proposal_set *set, char *buf,
			 size_t size);
int v1_prop_answer(const struct ike_remote *rc, const struct v1_ph1 *ph,
		   const struct ike_proposal_set *answer,
		   struct sa_prop *prop);
void v1_prop_text(const struct ike_proposal_set *set, char *buf, size_t size);
void v1_prop_conf_text(const struct ike_remote *rc, char *buf, size_t size);

/* ---- the rest ---- */

extern const struct fsm_table v1_quick_table;
int v1_quick_input(struct ike *ike, struct ike_sa *sa,
		   const struct ike_packet *pkt, const struct ike_hdr *hdr,
		   struct cur body);
/*
 * held.c: keeps a packet if sa is being established, for v1_unhold().  True: it
 * was too early for it.
 */
bool v1_hold(struct ike *ike, struct ike_sa *sa, const struct ike_packet *pkt,
	     const struct ike_hdr *hdr);
void v1_unhold(struct ike *ike, struct ike_sa *sa);
void v1_held_free(struct v1_held *h);	/* and those behind it */
int v1_child_start(struct ike *ike, struct ike_sa *sa,
		   struct ike_child *child);
void v1_quick_free(struct xchg *x);
/* CONNECTED came in an exchange of its own, for the quick mode x. */
void v1_quick_connected(struct ike *ike, struct xchg *x);
/* The peer deletes old: its successor's outbound SA is needed now. */
void v1_quick_hurry(struct ike *ike, const struct ike_child *old);

int v1_info_input(struct ike *ike, struct ike_sa *sa,
		  const struct ike_packet *pkt, const struct ike_hdr *hdr,
		  struct cur body);
/* Sends a notification; protected when the SA has keys and is established. */
int v1_info_notify(struct ike *ike, struct ike_sa *sa, uint8_t proto,
		   uint16_t type, struct cur spi, struct cur data);
int v1_delete_child(struct ike *ike, struct ike_sa *sa,
		    const struct ike_child *child);
int v1_delete_sa(struct ike *ike, struct ike_sa *sa);
int v1_probe(struct ike *ike, struct ike_sa *sa);
/*
 * INITIAL-CONTACT for peers that got none from us yet: in the message that
 * proves our identity, so that it is repeated with it.
 */
void v1_put_initial_contact(struct v1_out *o, struct ike *ike,
			    const struct ike_sa *sa);
/* In a message of its own: after aggressive mode, which has no room for it. */
void v1_send_initial_contact(struct ike *ike, struct ike_sa *sa);
/* One that came in an authenticated quick mode, as some peers send it. */
void v1_take_contact(struct ike *ike, struct ike_sa *sa,
		     const struct ike_msg *m);

/* IV of an exchange after phase 1. */
int v1_iv(struct ike *ike, const struct ike_sa *sa, uint32_t msgid,
	  uint8_t *iv);
/*
 * A message id that no exchange of sa has, or had from us.  v1_msgid_ours(): is
 * it one that we gave?  Then a message that would begin an exchange with it is
 * our own, sent back by somebody: both sides have the same keys, and nothing
 * else in it tells who made it.
 */
uint32_t v1_new_msgid(struct ike *ike, const struct ike_sa *sa);
bool v1_msgid_ours(const struct ike_sa *sa, uint32_t msgid);

/* RFC 4304 2: the only value of that attribute */
#define V1_P2_ESN 1

/* p2offer.c: quick mode proposals of ours */
int v1_p2_offer(struct v1_quick *q, struct ike *ike, struct ike_child *c);
/* The mode that a protocol of the child has in proposals. */
enum kmode v1_p2_wire_mode(const struct ike_child *c, enum kmode mode);
uint8_t v1_proto(uint8_t ipproto);	/* IPPROTO_* to IKE_PROTO_* */
uint8_t v1_ipproto(uint8_t proto);

/* p2prop.c: and of the peer's */
int v1_p2_choose(struct v1_quick *q, struct ike *ike, struct ike_child *c,
		 enum ike_check check, char *why, size_t size);
int v1_p2_answer(struct v1_quick *q, struct ike *ike, struct ike_child *c,
		 enum ike_check check,
		 const struct ike_proposal_set *answer, char *why,
		 size_t size);
/* Has each protocol of the suite a transform of algorithms that si lists? */
bool v1_p2_suite_known(const struct ike_proposal_set *set,
		       const struct ike_suite *s, const struct ike_sainfo *si,
		       enum ike_check check);
/* p2text.c: the algorithms of proto (IKE_PROTO_*) that both sides want … */
void v1_p2_algs_text(const struct ike_proposal_set *set,
		     const struct ike_sainfo *si, uint8_t proto, char *buf,
		     size_t size);
/* … and the protocols, where the peer wants others than our policy. */
void v1_p2_protos_text(const struct ike_proposal_set *set,
		       const struct ike_suite *s, const struct ike_child *c,
		       char *buf, size_t size);

#endif
