/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/addr.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"
#include "libxfrm/print.h"

unsigned int xaddr_bits(unsigned int family)
{
	switch (family) {
	case AF_INET:
		return 32;
	case AF_INET6:
		return 128;
	}
	return 0;
}

struct xaddr xaddr_any(unsigned int family)
{
	return (struct xaddr){ .family = (uint16_t)family };
}

bool xaddr_is_any(const struct xaddr *a)
{
	static const uint8_t zero[16];

	return memcmp(a->b, zero, sizeof(zero)) == 0;
}

/* The interface of "%eth0" or "%2". */
static int parse_scope(const char *s, size_t len, uint32_t *scope)
{
	char name[IF_NAMESIZE], *end;
	unsigned long v;

	if (len >= sizeof(name))
		return XE_NOTFOUND;
	memcpy(name, s, len);
	name[len] = '\0';
	*scope = if_nametoindex(name);
	if (*scope)
		return 0;
	if (*name < '0' || *name > '9')
		return XE_NOTFOUND;
	v = strtoul(name, &end, 10);
	if (*end || v == 0 || v > INT32_MAX)
		return XE_NOTFOUND;
	*scope = (uint32_t)v;
	return 0;
}

/*
 * Dotted quad, as inet_pton(3) takes it: by far the commonest address, and
 * files with many thousands of them are loaded.
 */
static bool parse_quad(const char *s, size_t len, uint8_t b[static 4])
{
	unsigned int v, digit, i = 0;
	size_t at = 0;

	for (;;) {
		if (at == len || (v = (unsigned int)s[at++] - '0') > 9)
			return false;
		/* A leading zero stands alone. */
		while (v && at < len &&
		       (digit = (unsigned int)s[at] - '0') <= 9) {
			v = v * 10 + digit;
			if (v > 255)
				return false;
			at++;
		}
		b[i++] = (uint8_t)v;
		if (i == 4)
			return at == len;
		if (at == len || s[at++] != '.')
			return false;
	}
}

/* Not a part of its caller, which would save registers for it each time. */
static __attribute__((noinline)) int parse_in6(const char *s, size_t len,
					       struct xaddr *a)
{
	const char *pct = memchr(s, '%', len);
	size_t n = pct ? (size_t)(pct - s) : len;
	char buf[INET6_ADDRSTRLEN];

	if (n >= sizeof(buf))
		return XE_PARSE;
	memcpy(buf, s, n);
	buf[n] = '\0';
	if (inet_pton(AF_INET6, buf, a->b) != 1)
		return XE_PARSE;
	a->family = AF_INET6;
	return pct ? parse_scope(pct + 1, len - n - 1, &a->scope) : 0;
}

int xaddr_parse_n(const char *s, size_t len, struct xaddr *a)
{
	int r;

	*a = (struct xaddr){ 0 };
	if (parse_quad(s, len, a->b)) {
		a->family = AF_INET;
		return 0;
	}
	r = parse_in6(s, len, a);
	if (r < 0)
		*a = (struct xaddr){ 0 };
	return r;
}

int xaddr_parse(const char *s, struct xaddr *a)
{
	return xaddr_parse_n(s, strlen(s), a);
}

/* "10" or "192.168": leading bytes of an IPv4 network. */
static int parse_short(const char *s, struct xaddr *a)
{
	unsigned long v;
	char *end;
	int n;

	for (n = 0; n < 4; n++) {
		if (*s < '0' || *s > '9')
			return XE_PARSE;
		v = strtoul(s, &end, 10);
		if (v > 255 || end - s > 3)
			return XE_PARSE;
		a->b[n] = (uint8_t)v;
		s = end;
		if (!*s) {
			a->family = AF_INET;
			return 0;
		}
		if (*s++ != '.')
			return XE_PARSE;
	}
	return XE_PARSE;
}

int xaddr_parse_prefix(const char *s, struct xaddr *a, uint8_t *plen)
{
	const char *slash = strchr(s, '/');
	char buf[XADDR_STRLEN], *end;
	unsigned long v;
	size_t len;
	int r;

	*plen = 0;
	if (!slash) {
		r = xaddr_parse(s, a);
		*plen = (uint8_t)xaddr_bits(a->family);
		return r;
	}
	*a = (struct xaddr){ 0 };
	len = (size_t)(slash - s);
	if (len >= sizeof(buf))
		return XE_PARSE;
	memcpy(buf, s, len);
	buf[len] = '\0';
	r = xaddr_parse(buf, a);
	if (r == XE_PARSE)
		r = parse_short(buf, a);
	if (r == 0 && (slash[1] < '0' || slash[1] > '9'))
		r = XE_PARSE;
	if (r == 0) {
		v = strtoul(slash + 1, &end, 10);
		if (*end)
			r = XE_PARSE;
		else if (v > xaddr_bits(a->family))
			r = XE_RANGE;
		else
			*plen = (uint8_t)v;
	}
	if (r < 0)
		*a = (struct xaddr){ 0 };
	return r;
}

/* As inet_ntop() writes it, which goes through printf(). */
static void ipv4_str(const uint8_t *b, char *buf)
{
	size_t n = 0;

	for (int i = 0; i < 4; i++) {
		if (i)
			buf[n++] = '.';
		if (b[i] >= 100)
			buf[n++] = (char)('0' + b[i] / 100);
		if (b[i] >= 10)
			buf[n++] = (char)('0' + b[i] / 10 % 10);
		buf[n++] = (char)('0' + b[i] % 10);
	}
	buf[n] = '\0';
}

const char *xaddr_str(const struct xaddr *a, char *buf)
{
	char name[IF_NAMESIZE];
	size_t len;

	if (a->family == AF_INET) {
		ipv4_str(a->b, buf);
	} else if (a->family != AF_INET6 ||
		   !inet_ntop(AF_INET6, a->b, buf, XADDR_STRLEN)) {
		snprintf(buf, XADDR_STRLEN, "-");
		return buf;
	}
	if (a->scope) {
		len = strlen(buf);
		if (if_indextoname(a->scope, name))
			snprintf(buf + len, XADDR_STRLEN - len, "%%%s", name);
		else
			snprintf(buf + len, XADDR_STRLEN - len, "%%%u",
				 a->scope);
	}
	return buf;
}

bool xaddr_equal(const struct xaddr *a, const struct xaddr *b)
{
	return a->family == b->family && a->scope == b->scope &&
		memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

int xaddr_cmp(const struct xaddr *a, const struct xaddr *b)
{
	int r;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	r = memcmp(a->b, b->b, sizeof(a->b));
	if (r)
		return r < 0 ? -1 : 1;
	if (a->scope != b->scope)
		return a->scope < b->scope ? -1 : 1;
	return 0;
}

uint64_t xaddr_hash(uint64_t seed, const struct xaddr *a)
{
	return hash_mix(hash_mem(seed, a->b, sizeof(a->b)),
			(uint64_t)a->family << 32 | a->scope);
}

bool xaddr_match(const struct xaddr *a, const struct xaddr *b,
		 unsigned int plen)
{
	unsigned int bytes = plen / 8, bits = plen % 8;
	uint8_t mask = (uint8_t)(0xff00 >> bits);

	if (a->family != b->family || plen > xaddr_bits(a->family))
		return false;
	if (memcmp(a->b, b->b, bytes) != 0)
		return false;
	return !bits || ((a->b[bytes] ^ b->b[bytes]) & mask) == 0;
}

void xaddr_mask(struct xaddr *a, unsigned int plen)
{
	unsigned int bytes = plen / 8, i;

	if (plen >= 128)
		return;
	a->b[bytes] &= (uint8_t)(0xff00 >> plen % 8);
	for (i = bytes + 1; i < sizeof(a->b); i++)
		a->b[i] = 0;
}

void xaddr_to_kernel(const struct xaddr *a, xfrm_address_t *k)
{
	memcpy(k, a->b, sizeof(*k));
}

struct xaddr xaddr_from_kernel(const xfrm_address_t *k, unsigned int family)
{
	struct xaddr a = { .family = (uint16_t)family };
	unsigned int bits = xaddr_bits(family);

	if (!bits)
		a.family = 0;
	memcpy(a.b, k, bits / 8);
	return a;
}

socklen_t xaddr_to_sockaddr(const struct xaddr *a, uint16_t port,
			    struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *s6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *s4 = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	switch (a->family) {
	case AF_INET:
		s4->sin_family = AF_INET;
		s4->sin_port = htons(port);
		memcpy(&s4->sin_addr, a->b, sizeof(s4->sin_addr));
		return sizeof(*s4);
	case AF_INET6:
		s6->sin6_family = AF_INET6;
		s6->sin6_port = htons(port);
		s6->sin6_scope_id = a->scope;
		memcpy(&s6->sin6_addr, a->b, sizeof(s6->sin6_addr));
		return sizeof(*s6);
	}
	return 0;
}

int xaddr_from_sockaddr(const struct sockaddr *sa, socklen_t len,
			struct xaddr *a, uint16_t *port)
{
	struct sockaddr_in6 s6;
	struct sockaddr_in s4;

	*a = (struct xaddr){ 0 };
	if (port)
		*port = 0;
	if (len >= sizeof(s4) && sa->sa_family == AF_INET) {
		memcpy(&s4, sa, sizeof(s4));
		a->family = AF_INET;
		memcpy(a->b, &s4.sin_addr, sizeof(s4.sin_addr));
		if (port)
			*port = ntohs(s4.sin_port);
		return 0;
	}
	if (len >= sizeof(s6) && sa->sa_family == AF_INET6) {
		memcpy(&s6, sa, sizeof(s6));
		a->family = AF_INET6;
		a->scope = s6.sin6_scope_id;
		memcpy(a->b, &s6.sin6_addr, sizeof(s6.sin6_addr));
		if (port)
			*port = ntohs(s6.sin6_port);
		return 0;
	}
	return XE_FAMILY;
}

void xsel_init(struct xsel *s, const struct xaddr *src, unsigned int splen,
	       const struct xaddr *dst, unsigned int dplen)
{
	*s = (struct xsel){ .src = *src, .dst = *dst, .family = src->family,
			    .splen = (uint8_t)splen, .dplen = (uint8_t)dplen };
}

int xsel_cmp(const struct xsel *a, const struct xsel *b)
{
	int r;

#define CMP(field) \
	do { \
		if (a->field != b->field) \
			return a->field < b->field ? -1 : 1; \
	} while (0)
	CMP(family);
	r = xaddr_cmp(&a->src, &b->src);
	if (r)
		return r;
	CMP(splen);
	r = xaddr_cmp(&a->dst, &b->dst);
	if (r)
		return r;
	CMP(dplen);
	CMP(proto);
	CMP(sport);
	CMP(sport_mask);
	CMP(dport);
	CMP(dport_mask);
	CMP(ifindex);
	CMP(user);
#undef CMP
	return 0;
}

bool xsel_equal(const struct xsel *a, const struct xsel *b)
{
	return xsel_cmp(a, b) == 0;
}

uint64_t xsel_hash(uint64_t seed, const struct xsel *s)
{
	uint64_t h = xaddr_hash(seed, &s->src);

	h = hash_mix(h, xaddr_hash(seed, &s->dst));
	h = hash_mix(h, (uint64_t)s->splen << 8 | s->dplen |
			(uint64_t)s->proto << 16 | (uint64_t)s->family << 32);
	h = hash_mix(h, (uint64_t)s->sport << 48 | (uint64_t)s->dport << 32 |
			(uint64_t)s->sport_mask << 16 | s->dport_mask);
	return hash_mix(h, (uint64_t)(uint32_t)s->ifindex << 32 | s->user);
}

int xsel_check(const struct xsel *s)
{
	unsigned int bits = xaddr_bits(s->family);

	if (s->src.family != s->dst.family || s->src.family != s->family)
		return XE_FAMILY;
	if (s->family && !bits)
		return XE_FAMILY;
	if (s->splen > bits || s->dplen > bits)
		return XE_RANGE;
	return 0;
}

void xsel_to_kernel(const struct xsel *s, struct xfrm_selector *k)
{
	memset(k, 0, sizeof(*k));
	xaddr_to_kernel(&s->src, &k->saddr);
	xaddr_to_kernel(&s->dst, &k->daddr);
	k->sport = htons(s->sport);
	k->sport_mask = htons(s->sport_mask);
	k->dport = htons(s->dport);
	k->dport_mask = htons(s->dport_mask);
	k->family = s->family;
	k->prefixlen_s = s->splen;
	k->prefixlen_d = s->dplen;
	k->proto = s->proto;
	k->ifindex = s->ifindex;
	k->user = s->user;
}

int xsel_from_kernel(const struct xfrm_selector *k, struct xsel *s)
{
	unsigned int bits = xaddr_bits(k->family);

	*s = (struct xsel){ 0 };
	if (bits && (k->prefixlen_s > bits || k->prefixlen_d > bits))
		return XE_RANGE;
	s->family = bits ? k->family : 0;
	s->src = xaddr_from_kernel(&k->saddr, s->family);
	s->dst = xaddr_from_kernel(&k->daddr, s->family);
	if (bits) {
		s->splen = k->prefixlen_s;
		s->dplen = k->prefixlen_d;
	}
	s->sport = ntohs(k->sport);
	s->sport_mask = ntohs(k->sport_mask);
	s->dport = ntohs(k->dport);
	s->dport_mask = ntohs(k->dport_mask);
	s->proto = k->proto;
	s->ifindex = k->ifindex;
	s->user = k->user;
	return 0;
}

bool xsel_proto_typed(unsigned int proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6 ||
		proto == IPPROTO_MH || proto == IPPROTO_GRE;
}

/* "[80]", "[any]", or nothing where ports are something else. */
static const char *port_str(const struct xsel *s, uint16_t port, uint16_t mask,
			    char *buf, size_t len)
{
	buf[0] = '\0';
	if (xsel_proto_typed(s->proto))
		return buf;
	if (!mask)
		snprintf(buf, len, "[any]");
	else if (mask == 0xffff)
		snprintf(buf, len, "[%u]", port);
	else
		snprintf(buf, len, "[%u/0x%04x]", port, mask);
	return buf;
}

const char *xsel_str(const struct xsel *s, char *buf, size_t len)
{
	char src[XADDR_STRLEN], dst[XADDR_STRLEN], sp[20], dp[20];
	char spre[6] = "", dpre[6] = "", extra[20] = "", upper[XNAME_STRLEN];
	unsigned int bits = xaddr_bits(s->family);

	if (s->splen != bits)
		snprintf(spre, sizeof(spre), "/%u", s->splen);
	if (s->dplen != bits)
		snprintf(dpre, sizeof(dpre), "/%u", s->dplen);
	if (s->proto == IPPROTO_GRE && (s->sport || s->dport))
		snprintf(extra, sizeof(extra), " %u",
			 (uint32_t)s->sport << 16 | s->dport);
	else if (xsel_proto_typed(s->proto) && (s->sport || s->dport))
		snprintf(extra, sizeof(extra), " %u,%u", s->sport, s->dport);
	snprintf(buf, len, "%s%s%s %s%s%s %s%s", xaddr_str(&s->src, src), spre,
		 port_str(s, s->sport, s->sport_mask, sp, sizeof(sp)),
		 xaddr_str(&s->dst, dst), dpre,
		 port_str(s, s->dport, s->dport_mask, dp, sizeof(dp)),
		 xname_upper(s->proto, upper), extra);
	return buf;
}
