/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "parser/setkey_chk.h"

/* Statements about SAs. */

#define SPI_RESERVED 256u	/* RFC 4303 2.1: below is IANA's */

static void unknown_proto(struct ck *c, struct sloc loc)
{
	const char *near;

	if (ck_is(c, loc, "any")) {
		ck_error(c, loc, "syntax error", "this is the syntax from "
			 "before 2000: write SRC DST PROTOCOL SPI, as in `add "
			 "10.0.0.1 10.0.0.2 ah 1000 -A ...'");
		return;
	}
	near = setkey_word_near(SKC_PROTO, ck_bytes(c, loc), loc.len);
	ck_error(c, loc, "syntax error", "the protocol is esp, ah, ipcomp, "
		 "esp-udp, esp-tcp, esp-old or ah-old%s%s%s",
		 near ? "; is `" : "", near ? near : "",
		 near ? "' meant?" : "");
}

bool ck_proto(struct ck *c, const struct setkey_name *name, uint8_t *proto)
{
	static const uint8_t number[SKW_COUNT] = {
		[SKW_ESP] = IPPROTO_ESP, [SKW_ESP_OLD] = IPPROTO_ESP,
		[SKW_ESP_UDP] = IPPROTO_ESP, [SKW_ESP_TCP] = IPPROTO_ESP,
		[SKW_AH] = IPPROTO_AH, [SKW_AH_OLD] = IPPROTO_AH,
		[SKW_IPCOMP] = IPPROTO_COMP,
	};

	*proto = number[name->id];
	if (*proto)
		return true;
	if (name->id == SKW_TCP)
		ck_error(c, name->loc, "Not supported", "TCP-MD5 is no SA on Linux "
			 "but a socket option (TCP_MD5SIG): give the password "
			 "to the program that owns the connection, such as "
			 "the BGP daemon");
	else
		unknown_proto(c, name->loc);
	return false;
}

static bool stmt_spi(struct ck *c, struct xfrm_sa *sa)
{
	const struct setkey_stmt *st = c->st;

	if (!ck_spi(c, st->spi, &sa->spi))
		return false;
	if (sa->proto == IPPROTO_COMP) {
		if (sa->spi > UINT16_MAX)
			ck_warn(c, st->spi, "an IPComp CPI has 16 bits: 0x%04x "
				"is taken", sa->spi & UINT16_MAX);
		sa->spi &= UINT16_MAX;
	}
	if (!sa->spi && st->kind != SKW_GETSPI) {
		ck_error(c, st->spi, "Invalid argument",
			 "an SA cannot have the SPI 0");
		return false;
	}
	if (sa->proto != IPPROTO_COMP && sa->spi && sa->spi < SPI_RESERVED &&
	    (st->kind == SKW_ADD || st->kind == SKW_UPDATE))
		ck_warn(c, st->spi, "SPIs below 256 are reserved (RFC 4303 "
			"section 2.1): another system may refuse this one");
	return true;
}

/* Encapsulation of esp-udp and esp-tcp, with the ports of the addresses. */
static bool stmt_encap(struct ck *c, struct xfrm_sa *sa)
{
	const struct setkey_stmt *st = c->st;
	enum setkey_word_id proto = st->proto.id;
	uint16_t sport, dport, mask;

	if (!ck_port(c, st->src.port, IPPROTO_UDP, &sport, &mask) ||
	    !ck_port(c, st->dst.port, IPPROTO_UDP, &dport, &mask))
		return false;
	if (proto != SKW_ESP_UDP && proto != SKW_ESP_TCP) {
		if (!st->natoa.host.at)
			return true;
		ck_error(c, st->natoa.host, "syntax error", "only esp-udp "
			 "takes an original address; an SPI is a number");
		return false;
	}
	sa->encap.type = proto == SKW_ESP_TCP ? XU_ENCAP_TCP : XU_ENCAP_UDP;
	sa->encap.sport = sport ? sport : CK_NATT_PORT;
	sa->encap.dport = dport ? dport : CK_NATT_PORT;
	return !st->natoa.host.at ||
		ck_addr(c, st->natoa.host, st->aflags, &sa->encap.oa);
}

static const uint8_t op_kind[SKW_COUNT] = {
	[SKW_ADD] = SKOP_ADD, [SKW_UPDATE] = SKOP_UPDATE,
	[SKW_GET] = SKOP_GET, [SKW_DELETE] = SKOP_DELETE,
	[SKW_GETSPI] = SKOP_GETSPI, [SKW_DELETEALL] = SKOP_DELETEALL,
};

/* One operation, on sa with a pair of addresses. */
static void sa_op(struct ck *c, struct xfrm_sa *sa, const struct xaddr *src,
		  const struct xaddr *dst)
{
	enum setkey_op_kind kind = op_kind[c->st->kind];
	const char *why = NULL;
	struct setkey_op *op;

	sa->src = *src;
	sa->dst = *dst;
	sa->family = src->family;
	if (xaddr_equal(&sa->encap.oa, &sa->src))
		memset(&sa->encap.oa, 0, sizeof(sa->encap.oa));
	if ((kind == SKOP_ADD || kind == SKOP_UPDATE) &&
	    xfrm_sa_check(sa, &why)) {
		ck_error(c, c->st->loc, "Invalid argument", "%s",
			 why ? why : "the kernel would refuse this SA");
		return;
	}
	op = ck_op(c, kind);
	if (op)
		op->sa = sa;
}

/* For each pair of one family its SA: the last one is the model itself. */
static void each_pair(struct ck *c, struct xfrm_sa *model, unsigned int left,
		      const struct xaddr *src, unsigned int ns,
		      const struct xaddr *dst, unsigned int nd)
{
	struct xfrm_sa *sa;
	unsigned int i, j;

	for (i = 0; i < ns; i++) {
		for (j = 0; j < nd; j++) {
			if (src[i].family != dst[j].family)
				continue;
			sa = model;
			if (--left) {
				sa = ck_alloc(c, sizeof(*sa));
				if (!sa)
					return;
				*sa = *model;
			}
			sa_op(c, sa, &src[i], &dst[j]);
		}
	}
}

/* Only add and update take several pairs of addresses. */
static void sa_pairs(struct ck *c, struct xfrm_sa *sa)
{
	const struct xaddr *src, *dst;
	struct xaddr one_src, one_dst;
	const struct setkey_stmt *st = c->st;
	unsigned int ns, nd, i, j, pairs = 0;

	if (!ck_host(c, st->src.host, st->aflags, &one_src, &src,
		     &ns) ||
	    !ck_host(c, st->dst.host, st->aflags, &one_dst, &dst, &nd))
		return;
	for (i = 0; i < ns; i++) {
		for (j = 0; j < nd; j++)
			pairs += src[i].family == dst[j].family;
	}
	if (!pairs) {
		ck_error(c, st->dst.host, "Address family mismatch",
			 "the source is %s, the destination %s",
			 src[0].family == AF_INET ? "IPv4" : "IPv6",
			 dst[0].family == AF_INET ? "IPv4" : "IPv6");
		return;
	}
	if (pairs > 1 && st->kind != SKW_ADD && st->kind != SKW_UPDATE) {
		ck_error(c, st->src.loc, "multiple address specified",
			 "`%s' takes one pair of addresses, the names have %u",
			 setkey_word(st->kind)->text, pairs);
		return;
	}
	each_pair(c, sa, pairs, src, ns, dst, nd);
}

void ck_sa_stmt(struct ck *c)
{
	const struct setkey_stmt *st = c->st;
	struct xfrm_sa *sa = ck_alloc(c, sizeof(*sa));
	bool ok;

	if (!sa || !ck_proto(c, &st->proto, &sa->proto))
		return;
	ok = stmt_encap(c, sa);
	if (st->kind != SKW_DELETEALL)
		ok &= stmt_spi(c, sa);
	ok &= ck_sa_exts(c, sa);
	if (st->kind == SKW_ADD || st->kind == SKW_UPDATE)
		ok &= ck_algs(c, sa);
	if (ok && !c->nomem)
		sa_pairs(c, sa);
}
