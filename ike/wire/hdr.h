/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_WIRE_HDR_H
#define XT_IKE_WIRE_HDR_H

#include <stdbool.h>
#include <stdint.h>

#include "libxfrm/base/buf.h"

#define IKE_HDR_LEN 28

/* Messages longer than this are neither read nor written. */
#define IKE_MAX_MSG 65535

/* Flags; the two versions use different bits. */
#define IKE_FLAG_ENC 0x01	/* v1: payloads are encrypted */
#define IKE_FLAG_COMMIT 0x02	/* v1: wait for CONNECTED */
#define IKE_FLAG_AUTHONLY 0x04	/* v1: authenticated, not encrypted */
#define IKE_FLAG2_INITIATOR 0x08 /* v2: from the initiator of the IKE SA */
#define IKE_FLAG2_VERSION 0x10	/* v2: sender can speak a higher version */
#define IKE_FLAG2_RESPONSE 0x20	/* v2: this answers a request */

/* The header both versions share (RFC 2408 3.1, RFC 7296 3.1). */
struct ike_hdr {
	uint64_t spi_i, spi_r;	/* cookies of v1, SPIs of v2 */
	uint8_t next;		/* enum ike_cp_pld: the first payload */
	uint8_t major, minor;
	uint8_t xchg;		/* enum ike_cp_xchg */
	uint8_t flags;
	uint32_t msgid;
	uint32_t len;		/* whole message, header included */
};

/*
 * Reads a header and advances c behind it.  Only fields are read: whether the
 * version, exchange or flags are acceptable is the caller's to judge, so that
 * it can answer.  XE_TRUNC when there are less than IKE_HDR_LEN bytes.
 */
int ike_hdr_get(struct cur *c, struct ike_hdr *h);

/*
 * Reads the header of a whole datagram: the length field must be the length
 * of msg (XE_TRUNC or XE_TRAILING otherwise, XE_MALFORMED when it is below the
 * header's, XE_LIMIT over IKE_MAX_MSG); *body is what follows the header.
 * Behind a message of v1 more may come, which does not count: Cisco's client
 * adds 16 bytes, and the reference does not notice.
 * h is filled whenever the header itself could be read.
 */
int ike_hdr_parse(struct cur msg, struct ike_hdr *h, struct cur *body);

/* Writes h as it is. */
void ike_hdr_put(struct wbuf *w, const struct ike_hdr *h);

#endif
