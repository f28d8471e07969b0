/* SPDX-License-Identifier: BSD-2-Clause */
#include <netdb.h>
#include <string.h>

#include "libxfrm/base/err.h"
#include "parser/setkey_chk.h"

/* Addresses, services and protocols of the setkey language. */

/* ---- names that need a look-up, remembered ---- */

enum name_kind {
	NAME_HOST4 = 1, NAME_HOST6, NAME_HOST,
	NAME_TCP,	/* a port, sought for TCP first */
	NAME_UDP,
	NAME_UPPER,
};

struct name {
	struct hnode node;
	enum name_kind kind;
	const char *text;
	int result;		/* gai error, or number; -1: none */
	unsigned int n;
	struct xaddr *addr;
};

static uint64_t name_hash(enum name_kind kind, const char *text)
{
	return hash_mem(kind, text, strlen(text));
}

static struct name *name_known(struct ck *c, enum name_kind kind,
			       const char *text)
{
	struct hnode *h;
	struct name *n;

	for (h = htab_first(&c->names, name_hash(kind, text)); h;
	     h = htab_next(h)) {
		n = hnode_entry(h, struct name, node);
		if (n->kind == kind && !strcmp(n->text, text))
			return n;
	}
	return NULL;
}

static struct name *name_new(struct ck *c, enum name_kind kind,
			     const char *text)
{
	struct name *n = arena_alloc(c->scratch, sizeof(*n));

	if (n)
		n->text = arena_strdup(c->scratch, text);
	if (!n || !n->text ||
	    htab_add(&c->names, &n->node, name_hash(kind, text))) {
		c->nomem = true;
		return NULL;
	}
	n->kind = kind;
	n->result = -1;
	return n;
}

void ck_names_free(struct ck *c)
{
	htab_free(&c->names);
	arena_free(c->scratch);
	c->scratch = NULL;
}

/* getaddrinfo() to the addresses of n. */
static void look_up(struct ck *c, struct name *n, int family)
{
	struct addrinfo hints = {
		.ai_family = family, .ai_socktype = SOCK_DGRAM,
	}, *res = NULL, *ai;
	uint16_t port;

	n->result = getaddrinfo(n->text, NULL, &hints, &res);
	if (n->result)
		return;
	n->addr = arena_calloc(c->scratch, CK_ADDR_MAX, sizeof(*n->addr));
	if (!n->addr)
		c->nomem = true;
	for (ai = res; n->addr && ai && n->n < CK_ADDR_MAX; ai = ai->ai_next) {
		if (!xaddr_from_sockaddr(ai->ai_addr, ai->ai_addrlen,
					 &n->addr[n->n], &port))
			n->n++;
	}
	freeaddrinfo(res);
	if (!n->n)
		n->result = EAI_NONAME;
}

static struct name *host_entry(struct ck *c, const char *text,
			       unsigned int aflags)
{
	enum name_kind kind = NAME_HOST;
	int family = AF_UNSPEC;
	struct name *n;

	if ((aflags & (SK_AF_4 | SK_AF_6)) == SK_AF_4) {
		family = AF_INET;
		kind = NAME_HOST4;
	} else if ((aflags & (SK_AF_4 | SK_AF_6)) == SK_AF_6) {
		family = AF_INET6;
		kind = NAME_HOST6;
	}
	n = name_known(c, kind, text);
	if (n)
		return n;
	n = name_new(c, kind, text);
	if (n)
		look_up(c, n, family);
	return n;
}

static bool family_ok(struct ck *c, struct sloc loc, unsigned int aflags,
		      const struct xaddr *a)
{
	unsigned int want = a->family == AF_INET6 ? SK_AF_6 : SK_AF_4;

	if (!(aflags & (SK_AF_4 | SK_AF_6)) || aflags & want)
		return true;
	ck_error(c, loc, "Address family for hostname not supported",
		 "this is an %s address, the statement says -%s",
		 a->family == AF_INET6 ? "IPv6" : "IPv4",
		 want == SK_AF_6 ? "4" : "6");
	return false;
}

/* The addresses of what is no numeric address: r is what xaddr_parse() says. */
static bool host_name(struct ck *c, struct sloc loc, unsigned int aflags,
		      int r, struct name **name)
{
	char text[CK_TEXT_MAX];
	struct name *n;

	if (!ck_text(c, loc, text)) {
		ck_error(c, loc, gai_strerror(EAI_NONAME),
			 "the name is too long");
		return false;
	}
	if (r == XE_NOTFOUND) {
		ck_error(c, loc, gai_strerror(EAI_NONAME),
			 "the interface after %% does not exist");
		return false;
	}
	if (c->o->numeric || aflags & SK_AF_NUMERIC) {
		ck_error(c, loc, gai_strerror(EAI_NONAME),
			 ck_is(c, loc, "any") ?
			 "write 0.0.0.0/0 or ::/0 for any address" :
			 "with -n only numeric addresses are allowed");
		return false;
	}
	n = host_entry(c, text, aflags);
	if (!n || c->nomem)
		return false;
	if (n->result) {
		ck_error(c, loc, gai_strerror(n->result),
			 ck_is(c, loc, "any") ?
			 "write 0.0.0.0/0 or ::/0 for any address" :
			 "this name does not resolve");
		return false;
	}
	*name = n;
	return true;
}

bool ck_host(struct ck *c, struct sloc loc, unsigned int aflags,
	     struct xaddr *one, const struct xaddr **addr, unsigned int *count)
{
	int r = xaddr_parse_n(ck_bytes(c, loc), loc.len, one);
	struct name *n;

	*addr = one;
	*count = 1;
	if (!r)
		return family_ok(c, loc, aflags, one);
	*count = 0;
	if (!host_name(c, loc, aflags, r, &n))
		return false;
	*addr = n->addr;
	*count = n->n;
	return true;
}

bool ck_addr(struct ck *c, struct sloc loc, unsigned int aflags,
	     struct xaddr *addr)
{
	const struct xaddr *all;
	unsigned int n;

	if (!ck_host(c, loc, aflags, addr, &all, &n))
		return false;
	if (n > 1) {
		ck_error(c, loc, "multiple address specified",
			 "the name has %u addresses; choose one", n);
		return false;
	}
	if (all != addr)
		*addr = *all;
	return true;
}

/* The short forms of old files: 10/8, 192.168/16. */
static bool short_range(struct ck *c, const struct setkey_arg *a,
			struct xaddr *addr, uint8_t *plen)
{
	char text[CK_TEXT_MAX];

	return ck_text(c, src_join(a->host, a->plen), text) &&
		strspn(text, "0123456789./") == strlen(text) &&
		!xaddr_parse_prefix(text, addr, plen);
}

bool ck_range(struct ck *c, const struct setkey_arg *a, unsigned int aflags,
	      struct xaddr *addr, uint8_t *plen)
{
	unsigned int bits;
	uint64_t v = 0;

	*plen = 0;
	if (a->plen.at && !ck_number(c, a->plen, 255, &v))
		return false;
	if (xaddr_parse_n(ck_bytes(c, a->host), a->host.len, addr)) {
		if (a->plen.at && short_range(c, a, addr, plen))
			return family_ok(c, a->host, aflags, addr);
		if (!ck_addr(c, a->host, aflags, addr))
			return false;
	} else if (!family_ok(c, a->host, aflags, addr)) {
		return false;
	}
	bits = xaddr_bits(addr->family);
	if (v > bits) {
		ck_error(c, a->plen, "Invalid argument", "a prefix of an %s "
			 "address has at most %u bits",
			 bits == 32 ? "IPv4" : "IPv6", bits);
		return false;
	}
	*plen = a->plen.at ? (uint8_t)v : (uint8_t)bits;
	return true;
}

/* ---- services and protocols ---- */

/* What files of setkey name most, for systems without /etc/services. */
static const struct {
	const char *name;
	uint16_t port;
} services[] = {
	{ "bgp", 179 }, { "domain", 53 }, { "http", 80 }, { "https", 443 },
	{ "imap", 143 }, { "ipsec-nat-t", 4500 }, { "isakmp", 500 },
	{ "l2f", 1701 }, { "l2tp", 1701 }, { "ldap", 389 }, { "nfs", 2049 },
	{ "ntp", 123 }, { "pop3", 110 }, { "pptp", 1723 }, { "radius", 1812 },
	{ "radius-acct", 1813 }, { "smtp", 25 }, { "snmp", 161 },
	{ "ssh", 22 }, { "sunrpc", 111 }, { "syslog", 514 },
	{ "telnet", 23 },
};

static int service_port(const char *name, const char *proto)
{
	struct servent se, *found = NULL;
	char buf[1024];
	size_t i;

	if (!getservbyname_r(name, proto, &se, buf, sizeof(buf), &found) &&
	    found)
		return ntohs((uint16_t)found->s_port);
	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		if (!strcmp(services[i].name, name))
			return services[i].port;
	}
	return -1;
}

static int find_service(struct ck *c, const char *text, unsigned int proto)
{
	enum name_kind kind = proto == IPPROTO_TCP ? NAME_TCP : NAME_UDP;
	struct name *n = name_known(c, kind, text);

	if (n)
		return n->result;
	n = name_new(c, kind, text);
	if (!n)
		return -1;
	n->result = service_port(text, kind == NAME_TCP ? "tcp" : "udp");
	if (n->result < 0)
		n->result = service_port(text, kind == NAME_TCP ? "udp" :
					 "tcp");
	return n->result;
}

static bool read_port(struct ck *c, struct sloc loc, unsigned int proto,
		      uint16_t *port, uint16_t *mask)
{
	char text[CK_TEXT_MAX];
	uint64_t v;
	int found;

	*mask = 0xffff;
	if (*ck_bytes(c, loc) >= '0' && *ck_bytes(c, loc) <= '9') {
		if (!ck_number(c, loc, 65535, &v))
			return false;
		*port = (uint16_t)v;
		*mask = v ? 0xffff : 0;	/* [0] is any, as with PF_KEY */
		return true;
	}
	found = ck_text(c, loc, text) ? find_service(c, text, proto) : -1;
	if (found < 0 && !c->nomem)
		ck_error(c, loc, gai_strerror(EAI_SERVICE), "no service of "
			 "this name for TCP or UDP; write the number");
	*port = (uint16_t)found;
	return found >= 0;
}

bool ck_port(struct ck *c, struct sloc loc, unsigned int proto,
	     uint16_t *port, uint16_t *mask)
{
	*port = 0;
	*mask = 0;
	return !loc.at || ck_is(c, loc, "any") ||
		read_port(c, loc, proto, port, mask);
}

static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {
	{ "any", XSEL_PROTO_ANY }, { "tcp", IPPROTO_TCP },
	{ "udp", IPPROTO_UDP }, { "icmp", IPPROTO_ICMP },
	{ "ICMP", IPPROTO_ICMP }, { "icmp6", IPPROTO_ICMPV6 },
	{ "icmpv6", IPPROTO_ICMPV6 }, { "ipv6-icmp", IPPROTO_ICMPV6 },
	{ "gre", IPPROTO_GRE }, { "ip4", IPPROTO_IPIP },
	{ "ipencap", IPPROTO_IPIP }, { "ipip", 94 }, { "ipv6", IPPROTO_IPV6 },
	{ "esp", IPPROTO_ESP }, { "ah", IPPROTO_AH },
	{ "ipcomp", IPPROTO_COMP }, { "sctp", IPPROTO_SCTP },
	{ "ospf", 89 }, { "mobility-header", 135 }, { "igmp", IPPROTO_IGMP },
	{ "vrrp", 112 }, { "pim", IPPROTO_PIM }, { "dccp", IPPROTO_DCCP },
	{ "l2tp", 115 }, { "udplite", IPPROTO_UDPLITE },
};

/* A protocol that is not in our list, by the system's. */
static int find_upper(struct ck *c, struct sloc loc)
{
	struct protoent pe, *found = NULL;
	char text[CK_TEXT_MAX], buf[1024];
	struct name *n;

	if (!ck_text(c, loc, text))
		return -1;
	n = name_known(c, NAME_UPPER, text);
	if (n)
		return n->result;
	n = name_new(c, NAME_UPPER, text);
	if (!n)
		return -1;
	if (!getprotobyname_r(text, &pe, buf, sizeof(buf), &found) && found)
		n->result = found->p_proto;
	return n->result;
}

bool ck_upper(struct ck *c, struct sloc loc, uint8_t *proto)
{
	const char *p = ck_bytes(c, loc);
	uint64_t v;
	size_t i;
	int found;

	*proto = XSEL_PROTO_ANY;
	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (ck_is(c, loc, protocols[i].name)) {
			*proto = protocols[i].number;
			return true;
		}
	}
	if (*p >= '0' && *p <= '9' && !memchr(p, '-', loc.len)) {
		if (!ck_number(c, loc, 255, &v))
			return false;
		*proto = v == 255 ? XSEL_PROTO_ANY : (uint8_t)v;
		return true;
	}
	found = find_upper(c, loc);
	if (found < 0 && !c->nomem)
		ck_error(c, loc, "Invalid upper layer protocol", "no protocol "
			 "of this name; `any' or a number goes always");
	*proto = (uint8_t)found;
	return found >= 0;
}

/*
 * "T,C" or "T" of ICMP, ICMPv6 and MH.  A zero matches everything: so it has
 * always been with PF_KEY, and files rely on it ("135,0").
 */
static bool icmp_arg(struct ck *c, struct sloc loc, struct xsel *sel)
{
	const char *p = ck_bytes(c, loc);
	const char *comma = memchr(p, ',', loc.len);
	struct sloc type = loc, code;
	uint64_t v;

	if (comma)
		type.len = (uint32_t)(comma - p);
	if (!ck_number(c, type, 255, &v))
		return false;
	sel->sport = (uint16_t)v;
	sel->sport_mask = v ? 0xffff : 0;
	if (!comma)
		return true;
	code.at = type.at + type.len + 1;
	code.len = loc.len - type.len - 1;
	if (!ck_number(c, code, 255, &v))
		return false;
	sel->dport = (uint16_t)v;
	sel->dport_mask = v ? 0xffff : 0;
	return true;
}

/* GRE key: dotted quad or number; high half to sport, low half to dport. */
static bool gre_arg(struct ck *c, struct sloc loc, struct xsel *sel)
{
	char text[CK_TEXT_MAX];
	struct xaddr a;
	uint32_t key;

	if (ck_text(c, loc, text) && strchr(text, '.') &&
	    !xaddr_parse(text, &a) && a.family == AF_INET)
		key = (uint32_t)a.b[0] << 24 | (uint32_t)a.b[1] << 16 |
			(uint32_t)a.b[2] << 8 | a.b[3];
	else if (!ck_u32(c, loc, &key))
		return false;
	sel->sport = (uint16_t)(key >> 16);
	sel->dport = (uint16_t)key;
	sel->sport_mask = sel->dport_mask = 0xffff;
	return true;
}

static bool upper_arg(struct ck *c, struct sloc uarg, struct xsel *sel)
{
	if (sel->proto == IPPROTO_GRE)
		return gre_arg(c, uarg, sel);
	if (xsel_proto_typed(sel->proto))
		return icmp_arg(c, uarg, sel);
	ck_error(c, uarg, "syntax error", "only icmp, icmp6 (type,code), "
		 "mobility-header (type) and gre (key) take an argument; "
		 "ports stand in [ ] after the addresses");
	return false;
}

bool ck_selector(struct ck *c, const struct setkey_arg *src,
		 const struct setkey_arg *dst, unsigned int aflags,
		 struct sloc upper, struct sloc uarg, struct xsel *sel)
{
	struct xaddr s, d;
	uint8_t slen, dlen, proto;

	if (!ck_range(c, src, aflags, &s, &slen) ||
	    !ck_range(c, dst, aflags, &d, &dlen) ||
	    !ck_upper(c, upper, &proto))
		return false;
	if (s.family != d.family) {
		ck_error(c, dst->host, "Address family mismatch",
			 "the source is %s, the destination %s",
			 s.family == AF_INET ? "IPv4" : "IPv6",
			 d.family == AF_INET ? "IPv4" : "IPv6");
		return false;
	}
	xsel_init(sel, &s, slen, &d, dlen);
	sel->proto = proto;
	if (!ck_port(c, src->port, proto, &sel->sport, &sel->sport_mask) ||
	    !ck_port(c, dst->port, proto, &sel->dport, &sel->dport_mask))
		return false;
	return !uarg.at || upper_arg(c, uarg, sel);
}
