/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_WIRE_BODY_H
#define XT_IKE_WIRE_BODY_H

#include <stdbool.h>
#include <stdint.h>

#include "ike/wire/names.h"
#include "libxfrm/base/buf.h"

/*
 * Bodies of the payloads that need no memory of their own.  A decoder takes
 * the bytes behind the generic payload header and must use all of them; views
 * (struct cur) point into the caller's message.  Each returns 0, XE_TRUNC,
 * XE_TRAILING, XE_RANGE (a length outside its limits) or XE_MALFORMED, with
 * *out cleared.  They know the form of a payload, not whether it makes sense
 * in the exchange.
 */

#define IKE_NONCE_MIN 8		/* RFC 2409 5 */
#define IKE_NONCE_MAX 256
#define IKE_MAX_ID 4096		/* identification data, DNs included */
#define IKE_MAX_KE 1024		/* modp8192 */
#define IKE_MAX_HASH 64		/* SHA-512; HASH and NAT-D */
#define IKE_MAX_SIG 2048	/* RSA-16384 */
#define IKE_MAX_CERT 16384	/* one certificate or CRL */
#define IKE_MAX_VID 1024
#define IKE_MAX_SPI 16		/* both cookies */
#define IKE_MAX_DELETE_SPIS 64	/* in one payload */

/*
 * ID of either version; v2 has no protocol and port, they read as 0.  The
 * core's own struct ike_id is made from it.
 */
struct ike_idpld {
	uint8_t type;		/* enum ike_cp_id */
	uint8_t proto;
	uint16_t port;
	struct cur data;	/* address, name or DER, checked for its type */
};
int ike_id_get(struct cur body, struct ike_idpld *out);
int ike_id2_get(struct cur body, struct ike_idpld *out);

/* Checks data against its type: lengths of addresses, no NUL in names. */
int ike_id_check(uint8_t type, struct cur data);

/* KE; v1 names no group in it, group reads as 0. */
struct ike_ke {
	uint16_t group;		/* enum ike_cp_group */
	struct cur data;	/* the public value, as sent */
};
int ike_ke_get(struct cur body, struct ike_ke *out);
int ike_ke2_get(struct cur body, struct ike_ke *out);

/* Payloads that are nothing but bytes, within the limits above. */
int ike_nonce_get(struct cur body, struct cur *out);
int ike_hash_get(struct cur body, struct cur *out);
int ike_sig_get(struct cur body, struct cur *out);
int ike_vid_get(struct cur body, struct cur *out);
int ike_natd_get(struct cur body, struct cur *out);

/* NAT-OA (RFC 3947 5.2): an ID_IPV4 or ID_IPV6 and its address */
struct ike_natoa {
	uint8_t type;
	struct cur addr;	/* 4 or 16 bytes */
};
int ike_natoa_get(struct cur body, struct ike_natoa *out);

/* CERT, CERTREQ; an empty request (any authority) is legal. */
struct ike_certpld {
	uint8_t encoding;	/* enum ike_cp_certenc */
	struct cur data;
};
int ike_cert_get(struct cur body, struct ike_certpld *out);
int ike_cr_get(struct cur body, struct ike_certpld *out);

/* AUTH of IKEv2 (RFC 7296 3.8) */
struct ike_auth2 {
	uint8_t method;		/* enum ike_cp_v2auth */
	struct cur data;
};
int ike_auth2_get(struct cur body, struct ike_auth2 *out);

/* Notification; v2 has no DOI, it reads as 0. */
struct ike_notify {
	uint32_t doi;
	uint8_t proto;		/* enum ike_cp_proto, unchecked */
	uint16_t type;		/* enum ike_cp_notify or ike_cp_notify2 */
	struct cur spi;		/* 0 to IKE_MAX_SPI bytes */
	struct cur data;
};
int ike_notify_get(struct cur body, struct ike_notify *out);
int ike_notify2_get(struct cur body, struct ike_notify *out);

/*
 * Delete; spis holds nspi SPIs of spi_size bytes.  The size fits the protocol
 * (16 for ISAKMP in v1, 0 in v2, 4 for AH and ESP, 2 or 4 for IPComp).
 */
struct ike_delete {
	uint32_t doi;
	uint8_t proto;		/* enum ike_cp_proto */
	uint8_t spi_size;
	uint16_t nspi;
	struct cur spis;
};
int ike_delete_get(struct cur body, struct ike_delete *out);
int ike_delete2_get(struct cur body, struct ike_delete *out);

/* The i-th SPI; XE_NOTFOUND past the last. */
int ike_delete_spi(const struct ike_delete *d, unsigned int i,
		   struct cur *spi);

/* Data attribute (RFC 2408 3.3): 2-byte value (TV), or length and bytes */
struct ike_attr {
	uint16_t type;		/* without the AF bit */
	bool tv;		/* the basic, short form */
	struct cur data;	/* the value in either form */
};

/* Reads the next attribute; XE_NOTFOUND at the end of c. */
int ike_attr_get(struct cur *c, struct ike_attr *out);

/* The value as a number: 1 to 8 bytes, else XE_RANGE. */
int ike_attr_num(const struct ike_attr *a, uint64_t *value);

/* Writes the short form (value up to 65535), 4 bytes otherwise, or bytes. */
void ike_attr_put_num(struct wbuf *w, uint16_t type, uint32_t value);
void ike_attr_put_tv(struct wbuf *w, uint16_t type, uint16_t value);
void ike_attr_put_tlv(struct wbuf *w, uint16_t type, struct cur data);

#endif
