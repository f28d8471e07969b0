/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XFRM_ADDR_H
#define XFRM_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "libxfrm/uapi.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * An address as a value.  family is AF_INET (b[0..3] used, the rest zero),
 * AF_INET6, or 0: no address.  scope is the interface index of a link-local
 * IPv6 address, 0 for none; the kernel's XFRM tables do not keep it.
 */
struct xaddr {
	uint8_t b[16];
	uint32_t scope;
	uint16_t family;
};

/* Room for the longest text of an address, with scope and final NUL. */
#define XADDR_STRLEN 64

/* Bits of an address of that family: 32, 128, or 0 for anything else. */
unsigned int xaddr_bits(unsigned int family);

/* 0.0.0.0 or ::. */
struct xaddr xaddr_any(unsigned int family);
bool xaddr_is_any(const struct xaddr *a);

/*
 * Numeric text ("192.0.2.1", "fe80::1%eth0", "fe80::1%2") to address.  No DNS.
 * XE_PARSE when it is not an address; XE_NOTFOUND for an unknown interface.
 */
int xaddr_parse(const char *s, struct xaddr *a);

/* The same for len bytes inside a text; they hold no NUL. */
int xaddr_parse_n(const char *s, size_t len, struct xaddr *a);

/*
 * "ADDRESS" or "ADDRESS/PREFIX"; *plen is the full length without a prefix.
 * The short forms of old files ("10/8", "192.168/16") are taken for IPv4 when
 * there is a prefix.  XE_PARSE, XE_RANGE (prefix too long).
 */
int xaddr_parse_prefix(const char *s, struct xaddr *a, uint8_t *plen);

/* Text of a in buf (XADDR_STRLEN bytes); returns buf.  "-" for family 0. */
const char *xaddr_str(const struct xaddr *a, char *buf);

/* Same family, bytes and scope?  _cmp orders by family, bytes, scope. */
bool xaddr_equal(const struct xaddr *a, const struct xaddr *b);
int xaddr_cmp(const struct xaddr *a, const struct xaddr *b);
uint64_t xaddr_hash(uint64_t seed, const struct xaddr *a);

/* Do the first plen bits of a and b agree (and the families)? */
bool xaddr_match(const struct xaddr *a, const struct xaddr *b,
		 unsigned int plen);

/* Clears the bits after plen. */
void xaddr_mask(struct xaddr *a, unsigned int plen);

/* Kernel form and back; any other family gives no address. */
void xaddr_to_kernel(const struct xaddr *a, xfrm_address_t *k);
struct xaddr xaddr_from_kernel(const xfrm_address_t *k, unsigned int family);

/*
 * Socket address and back.  _to_sockaddr returns the length, 0 for no
 * address; port in host order.  _from_sockaddr gives XE_FAMILY for others.
 */
socklen_t xaddr_to_sockaddr(const struct xaddr *a, uint16_t port,
			    struct sockaddr_storage *ss);
int xaddr_from_sockaddr(const struct sockaddr *sa, socklen_t len,
			struct xaddr *a, uint16_t *port);

/* Upper-layer protocol of a selector that matches every one. */
#define XSEL_PROTO_ANY 0

/*
 * Traffic selector.  Ports are in host order; mask 0 means any, 0xffff one
 * port.  For ICMP and MH the source port is the type and the destination port
 * the code; for GRE they are the high and low half of the key, as the kernel
 * has it.  family is that of both addresses; 0 (with unset addresses) in an
 * SA that has no selector.
 */
struct xsel {
	struct xaddr src, dst;
	uint16_t sport, sport_mask;
	uint16_t dport, dport_mask;
	uint16_t family;
	uint8_t splen, dplen;
	uint8_t proto;		/* XSEL_PROTO_ANY or a protocol number */
	int32_t ifindex;	/* 0 = any interface */
	uint32_t user;
};

/* src/splen to dst/dplen, everything else any; sets family from src. */
void xsel_init(struct xsel *s, const struct xaddr *src, unsigned int splen,
	       const struct xaddr *dst, unsigned int dplen);

bool xsel_equal(const struct xsel *a, const struct xsel *b);
int xsel_cmp(const struct xsel *a, const struct xsel *b);
uint64_t xsel_hash(uint64_t seed, const struct xsel *s);

/* 0, XE_FAMILY (addresses differ) or XE_RANGE (prefix too long). */
int xsel_check(const struct xsel *s);

void xsel_to_kernel(const struct xsel *s, struct xfrm_selector *k);
/* XE_RANGE when the kernel's prefix lengths are impossible. */
int xsel_from_kernel(const struct xfrm_selector *k, struct xsel *s);

/* "10.0.0.0/24[any] 10.1.0.0/16[80] tcp", for messages; returns buf. */
#define XSEL_STRLEN 192
const char *xsel_str(const struct xsel *s, char *buf, size_t len);

/*
 * Do the port fields of this protocol hold something else than ports: ICMP
 * type and code, MH type, GRE key?
 */
bool xsel_proto_typed(unsigned int proto);

#ifdef __cplusplus
}
#endif

#endif
