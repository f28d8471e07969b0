/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_CORE_ID_H
#define XT_IKE_CORE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxfrm/base/buf.h"

/*
 * Identities: type and body exactly as in an ID payload (RFC 2407, 4.6.2.1),
 * so that configured and received ones are the same kind of value.  IKEv2
 * shares the numbers for the types it has (RFC 7296, 3.5).
 */
enum ike_id_type {
	IKE_ID_NONE = 0,
	IKE_ID_IPV4 = 1,
	IKE_ID_FQDN = 2,
	IKE_ID_USER_FQDN = 3,
	IKE_ID_IPV4_SUBNET = 4,	/* address, mask */
	IKE_ID_IPV6 = 5,
	IKE_ID_IPV6_SUBNET = 6,
	IKE_ID_IPV4_RANGE = 7,	/* first, last */
	IKE_ID_IPV6_RANGE = 8,
	IKE_ID_DN = 9,		/* DER, see dn.h */
	IKE_ID_GN = 10,
	IKE_ID_KEY_ID = 11,
};

/* Longest body we keep. */
#define IKE_ID_MAX 4096
/* Most that ike_id_print() writes: numbers of an OID, four for each byte */
#define IKE_ID_TEXT_MAX (4 * IKE_ID_MAX)

/*
 * One identity.  data is borrowed: from the config's arena, from a message.
 * proto and port are 0 when they do not matter.
 */
struct ike_id {
	uint8_t type;	/* enum ike_id_type; what peers send may be others */
	uint8_t proto;
	uint16_t port;	/* host byte order */
	uint32_t len;
	const uint8_t *data;
};

/* Body lengths fit the type, masks are contiguous, ranges ordered, DN well. */
bool ike_id_valid(const struct ike_id *id);

/* Same type and same body; protocol and port are not looked at. */
bool ike_id_equal(const struct ike_id *a, const struct ike_id *b);

/*
 * Does the peer's identity fit the configured one?  Equal types; names with
 * wildcards (dn.h); host names without regard to case; all else exactly.
 */
bool ike_id_match(const struct ike_id *conf, const struct ike_id *peer);

/*
 * Hash under which all identities that ike_id_match() a given one without
 * wildcards fall; *exact is false when id has wildcards and cannot be looked
 * up that way.
 */
uint64_t ike_id_hash(uint64_t seed, const struct ike_id *id, bool *exact);

/*
 * Appends text for logs and messages: address, ADDR/LEN, ADDR-ADDR, name, DN;
 * for a KEY_ID text when printable, else hexadecimal.  Safe on any bytes.
 */
void ike_id_print(const struct ike_id *id, struct wbuf *w);

/* "address", "fqdn", "user_fqdn", "subnet", "asn1dn", "keyid", … */
const char *ike_id_type_name(unsigned int type);

#endif
