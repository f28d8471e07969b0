/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_WIRE_CHAIN_H
#define XT_IKE_WIRE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/wire/body.h"
#include "ike/wire/cfg.h"
#include "ike/wire/hdr.h"
#include "ike/wire/sa.h"
#include "ike/wire/ts.h"
#include "libxfrm/base/arena.h"

/*
 * A message as a plain struct.  Reading one takes three steps, none of which
 * knows a state or touches an SA:
 *   ike_msg_walk()    follows the chain of generic payload headers;
 *   ike_msg_check()   compares what is there with a table of rules;
 *   ike_msg_decode()  decodes every body.
 * Views point into the bytes walked, which must outlive the message.
 */

#define IKE_MAX_PAYLOADS 128

struct ike_payload {
	uint8_t type;		/* enum ike_cp_pld */
	uint8_t next;		/* as sent; of SK: the first one inside */
	bool critical;		/* v2 */
	size_t at;		/* of the generic header, in ike_msg.chain */
	struct cur body;	/* behind the generic header: the _b of RFC 2409 */
	union {			/* valid after ike_msg_decode(), by type: */
		struct ike_proposal_set *sa; /* SA */
		struct ike_ke ke;	/* KE */
		struct ike_idpld id;	/* ID */
		struct ike_certpld cert; /* CERT, CR */
		struct cur bytes;	/* HASH, SIG, NONCE, VID, NAT-D, EAP */
		struct ike_notify notify; /* N */
		struct ike_delete del;	/* D */
		struct ike_natoa natoa;	/* NAT-OA */
		struct ike_cfg *cfg;	/* ATTR, CP */
		struct ike_auth2 auth;	/* AUTH */
		struct ike_ts_set *ts;	/* TSi, TSr */
	} u;
};

struct ike_msg {
	struct ike_hdr hdr;
	bool encrypted;		/* the payloads came encrypted */
	struct cur chain;	/* all payloads, padding not included */
	struct cur padding;	/* behind the last payload (v1, decrypted) */
	size_t n;
	struct ike_payload *p;	/* n of them */
};

/*
 * Walks the payloads in body, which are in clear or have been decrypted
 * (encrypted).  Only then bytes may follow the last payload, as padding, but
 * for those that make a message of v1 a multiple of four bytes long.  The draft
 * numbers of NAT-D and NAT-OA become those of RFC 3947.  A v2 walk ends
 * with an SK or SKF payload, whose body is left alone.  m->p is memory of a.
 *
 * XE_TRUNC, XE_TRAILING; XE_MALFORMED: a length below 4, or a reserved byte of
 * v1 that is not 0 after decryption (the sign of a wrong key); XE_LIMIT: more
 * than IKE_MAX_PAYLOADS; -ENOMEM.  m is filled up to where it failed.
 */
int ike_msg_walk(struct ike_msg *m, const struct ike_hdr *hdr, struct cur body,
		 bool encrypted, struct arena *a);

/* Where a payload has to stand. */
enum ike_pos {
	IKE_POS_ANY,
	IKE_POS_FIRST,
	IKE_POS_SECOND,
};

/*
 * One row per payload type of a message; types without a row must not occur.
 * min and max count; protected rows must arrive encrypted.
 */
struct ike_rule {
	uint8_t type;		/* enum ike_cp_pld */
	uint8_t min, max;
	bool protect;
	enum ike_pos pos;
};

/* Why a message broke the rules. */
enum ike_reject_why {
	IKE_OK,
	IKE_REJECT_MISSING,	/* fewer than min */
	IKE_REJECT_REPEATED,	/* more than max */
	IKE_REJECT_UNEXPECTED,	/* a known type that has no row */
	IKE_REJECT_UNKNOWN,	/* a type nobody knows (v2: critical) */
	IKE_REJECT_CLEAR,	/* must be encrypted, is not */
	IKE_REJECT_POSITION,	/* not where it must stand */
};

struct ike_reject {
	enum ike_reject_why why;
	uint8_t type;		/* the payload in question */
	unsigned int count;	/* how many there are */
};

/*
 * Checks m against the n rows at rules.  0, or XE_MALFORMED with *why telling
 * the first row that fails.  Unknown payloads of v2 that are not critical
 * pass.
 */
int ike_msg_check(const struct ike_msg *m, const struct ike_rule *rules,
		  size_t n, struct ike_reject *why);

/* "payload KE is missing", … written to buf, which is returned. */
const char *ike_reject_text(const struct ike_reject *why, char *buf,
			    size_t size);

/*
 * Decodes every body; phase tells SA payloads of v1 apart (1 or 2).  What
 * needs memory goes to a.  On error *bad is the payload that failed, if any.
 * Payloads that ike_msg_check() let pass unknown stay undecoded.
 */
int ike_msg_decode(struct ike_msg *m, int phase, struct arena *a,
		   const struct ike_payload **bad);

/* The i-th payload (from 0) of that type, or NULL. */
const struct ike_payload *ike_msg_find(const struct ike_msg *m, uint8_t type,
				       unsigned int i);

/* How many there are of that type. */
unsigned int ike_msg_count(const struct ike_msg *m, uint8_t type);

/*
 * All payloads behind p, generic headers included, padding not: what the HASH
 * payloads of quick mode and informational exchanges cover (RFC 2409 5.5).
 */
struct cur ike_msg_after(const struct ike_msg *m, const struct ike_payload *p);

/*
 * Checks the padding of a decrypted v1 message the way "strict_check on" of
 * racoon.conf asks: at least one byte, the last one counting the others.
 */
int ike_msg_check_padding(const struct ike_msg *m, bool exclusive_tail);

#endif
