/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/print.h"

#include <netinet/in.h>
#include <stdio.h>

struct name {
	unsigned int number;
	const char *name;
};

static const char *find_name(const struct name *n, size_t count,
			     unsigned int number, char *buf)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (n[i].number == number)
			return n[i].name;
	snprintf(buf, XNAME_STRLEN, "%u", number);
	return buf;
}
#define FIND(list, number, buf) \
	find_name(list, sizeof(list) / sizeof(list[0]), number, buf)

const char *xname_proto(unsigned int proto, char *buf)
{
	static const struct name protos[] = {
		{ IPPROTO_ESP, "esp" }, { IPPROTO_AH, "ah" },
		{ IPPROTO_COMP, "ipcomp" }, { IPPROTO_ROUTING, "route2" },
		{ IPPROTO_DSTOPTS, "hao" }, { 0, "any" }, { 255, "any" },
	};

	return FIND(protos, proto, buf);
}

const char *xname_mode(unsigned int mode, char *buf)
{
	static const struct name modes[] = {
		{ XFRM_MODE_TRANSPORT, "transport" },
		{ XFRM_MODE_TUNNEL, "tunnel" },
		{ XFRM_MODE_ROUTEOPTIMIZATION, "ro" },
		{ XFRM_MODE_IN_TRIGGER, "in_trigger" },
		{ XFRM_MODE_BEET, "beet" },
		{ XU_MODE_IPTFS, "iptfs" },
	};

	return FIND(modes, mode, buf);
}

const char *xname_dir(unsigned int dir, char *buf)
{
	static const struct name dirs[] = {
		{ XFRM_POLICY_IN, "in" }, { XFRM_POLICY_OUT, "out" },
		{ XFRM_POLICY_FWD, "fwd" },
		{ XFRM_POLICY_MAX + XFRM_POLICY_IN, "in(socket)" },
		{ XFRM_POLICY_MAX + XFRM_POLICY_OUT, "out(socket)" },
		{ XFRM_POLICY_MAX + XFRM_POLICY_FWD, "fwd(socket)" },
	};

	return FIND(dirs, dir, buf);
}

const char *xname_action(const struct xfrm_policy *p)
{
	if (p->action == XFRM_POLICY_BLOCK)
		return "discard";
	return p->ntmpl ? "ipsec" : "none";
}

const char *xname_upper(unsigned int proto, char *buf)
{
	/* names of the protocols database */
	static const struct name uppers[] = {
		{ 0, "any" }, { 255, "any" }, { IPPROTO_TCP, "tcp" },
		{ IPPROTO_UDP, "udp" }, { IPPROTO_ICMP, "icmp" },
		{ IPPROTO_ICMPV6, "ipv6-icmp" }, { IPPROTO_GRE, "gre" },
		{ IPPROTO_SCTP, "sctp" }, { IPPROTO_IGMP, "igmp" },
		{ 4, "ipencap" }, { IPPROTO_IPV6, "ipv6" },
		{ IPPROTO_DCCP, "dccp" }, { IPPROTO_ESP, "esp" },
		{ IPPROTO_AH, "ah" }, { IPPROTO_COMP, "ipcomp" },
		{ IPPROTO_MH, "mobility-header" }, { 89, "ospf" },
		{ 103, "pim" }, { 112, "vrrp" }, { 115, "l2tp" },
		{ IPPROTO_UDPLITE, "udplite" },
	};

	return FIND(uppers, proto, buf);
}

const char *xname_msg(unsigned int type, char *buf)
{
	static const struct name msgs[] = {
#define MSG(t) { XFRM_MSG_##t, "XFRM_MSG_" #t }
		MSG(NEWSA), MSG(DELSA), MSG(GETSA), MSG(NEWPOLICY),
		MSG(DELPOLICY), MSG(GETPOLICY), MSG(ALLOCSPI), MSG(ACQUIRE),
		MSG(EXPIRE), MSG(UPDPOLICY), MSG(UPDSA), MSG(POLEXPIRE),
		MSG(FLUSHSA), MSG(FLUSHPOLICY), MSG(NEWAE), MSG(GETAE),
		MSG(REPORT), MSG(MIGRATE), MSG(NEWSADINFO), MSG(GETSADINFO),
		MSG(NEWSPDINFO), MSG(GETSPDINFO), MSG(MAPPING),
		MSG(SETDEFAULT), MSG(GETDEFAULT),
#undef MSG
	};

	return FIND(msgs, type, buf);
}

const char *xname_encap(unsigned int type, char *buf)
{
	static const struct name encaps[] = {
		{ XU_ENCAP_UDP_NONIKE, "espinudp-nonike" },
		{ XU_ENCAP_UDP, "espinudp" }, { XU_ENCAP_TCP, "espintcp" },
		{ 0, "none" },
	};

	return FIND(encaps, type, buf);
}

const char *xfrm_sa_str(const struct xfrm_sa *sa, char *buf, size_t len)
{
	char src[XADDR_STRLEN], dst[XADDR_STRLEN], proto[XNAME_STRLEN];

	snprintf(buf, len, "%s %s -> %s spi 0x%08x",
		 xname_proto(sa->proto, proto), xaddr_str(&sa->src, src),
		 xaddr_str(&sa->dst, dst), sa->spi);
	return buf;
}

const char *xfrm_policy_str(const struct xfrm_policy *p, char *buf,
			    size_t len)
{
	char dir[XNAME_STRLEN], sel[XSEL_STRLEN];

	snprintf(buf, len, "%s %s", xname_dir(p->dir, dir),
		 xsel_str(&p->sel, sel, sizeof(sel)));
	return buf;
}
