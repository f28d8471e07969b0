/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/attr.h"

#include <string.h>

#include "libxfrm/base/err.h"

static const struct attr_rule {
	const char *name;
	uint16_t min;	/* smallest legal payload */
} xfrm_rules[XA_MAX + 1] = {
#define RULE(attr, size) [attr] = { #attr, size }
	RULE(XFRMA_ALG_AUTH, sizeof(struct xfrm_algo)),
	RULE(XFRMA_ALG_CRYPT, sizeof(struct xfrm_algo)),
	RULE(XFRMA_ALG_COMP, sizeof(struct xfrm_algo)),
	RULE(XFRMA_ENCAP, sizeof(struct xfrm_encap_tmpl)),
	RULE(XFRMA_TMPL, 0),
	RULE(XFRMA_SA, sizeof(struct xfrm_usersa_info)),
	RULE(XFRMA_POLICY, sizeof(struct xfrm_userpolicy_info)),
	RULE(XFRMA_SEC_CTX, sizeof(struct xfrm_user_sec_ctx)),
	RULE(XFRMA_LTIME_VAL, sizeof(struct xfrm_lifetime_cur)),
	RULE(XFRMA_REPLAY_VAL, sizeof(struct xfrm_replay_state)),
	RULE(XFRMA_REPLAY_THRESH, 4),
	RULE(XFRMA_ETIMER_THRESH, 4),
	RULE(XFRMA_SRCADDR, sizeof(xfrm_address_t)),
	RULE(XFRMA_COADDR, sizeof(xfrm_address_t)),
	RULE(XFRMA_LASTUSED, 8),
	RULE(XFRMA_POLICY_TYPE, sizeof(struct xfrm_userpolicy_type)),
	RULE(XFRMA_MIGRATE, sizeof(struct xfrm_user_migrate)),
	RULE(XFRMA_ALG_AEAD, sizeof(struct xfrm_algo_aead)),
	RULE(XFRMA_KMADDRESS, sizeof(struct xfrm_user_kmaddress)),
	RULE(XFRMA_ALG_AUTH_TRUNC, sizeof(struct xfrm_algo_auth)),
	RULE(XFRMA_MARK, sizeof(struct xfrm_mark)),
	RULE(XFRMA_TFCPAD, 4),
	RULE(XFRMA_REPLAY_ESN_VAL, sizeof(struct xfrm_replay_state_esn)),
	RULE(XFRMA_SA_EXTRA_FLAGS, 4),
	RULE(XFRMA_PROTO, 1),
	RULE(XFRMA_ADDRESS_FILTER, sizeof(struct xfrm_address_filter)),
	RULE(XFRMA_PAD, 0),
	RULE(XFRMA_OFFLOAD_DEV, sizeof(struct xfrm_user_offload)),
	RULE(XFRMA_SET_MARK, 4),
	RULE(XFRMA_SET_MARK_MASK, 4),
	RULE(XFRMA_IF_ID, 4),
#undef RULE
#define RULE(attr, size) [XA_##attr] = { "XFRMA_" #attr, size }
	RULE(MTIMER_THRESH, 4),
	RULE(SA_DIR, 1),
	[XA_NAT_KEEPALIVE] = { "XFRMA_NAT_KEEPALIVE_INTERVAL", 4 },
	RULE(SA_PCPU, 4),
	RULE(IPTFS_DROP_TIME, 4),
	RULE(IPTFS_REORDER_WINDOW, 2),
	RULE(IPTFS_DONT_FRAG, 0),
	RULE(IPTFS_INIT_DELAY, 4),
	RULE(IPTFS_MAX_QSIZE, 4),
	RULE(IPTFS_PKT_SIZE, 4),
#undef RULE
};

static const struct attr_rule spd_rules[XFRMA_SPD_MAX + 1] = {
	[XFRMA_SPD_INFO] = { "XFRMA_SPD_INFO", sizeof(struct xfrmu_spdinfo) },
	[XFRMA_SPD_HINFO] = { "XFRMA_SPD_HINFO",
			      sizeof(struct xfrmu_spdhinfo) },
	[XFRMA_SPD_IPV4_HTHRESH] = { "XFRMA_SPD_IPV4_HTHRESH",
				     sizeof(struct xfrmu_spdhthresh) },
	[XFRMA_SPD_IPV6_HTHRESH] = { "XFRMA_SPD_IPV6_HTHRESH",
				     sizeof(struct xfrmu_spdhthresh) },
};

static const struct attr_rule sad_rules[XFRMA_SAD_MAX + 1] = {
	[XFRMA_SAD_CNT] = { "XFRMA_SAD_CNT", 4 },
	[XFRMA_SAD_HINFO] = { "XFRMA_SAD_HINFO",
			      sizeof(struct xfrmu_sadhinfo) },
};

static unsigned int space_rules(enum xattr_space space,
				const struct attr_rule **rules)
{
	switch (space) {
	case XATTR_XFRM:
		*rules = xfrm_rules;
		return XA_MAX;
	case XATTR_SPDINFO:
		*rules = spd_rules;
		return XFRMA_SPD_MAX;
	case XATTR_SADINFO:
		*rules = sad_rules;
		return XFRMA_SAD_MAX;
	}
	*rules = NULL;
	return 0;
}

int xattrs_parse(struct cur c, enum xattr_space space, struct xattrs *a)
{
	const struct attr_rule *rules;
	unsigned int max = space_rules(space, &rules), type;
	struct nlattr h;
	struct cur val;
	size_t pad;

	a->present = 0; /* at[] means something only where present has a bit */
	while (c.left) {
		if (cur_copy(&c, &h, sizeof(h)) < 0 ||
		    h.nla_len < sizeof(h) ||
		    cur_sub(&c, h.nla_len - sizeof(h), &val) < 0)
			return XE_TRUNC;
		pad = NLA_ALIGN(h.nla_len) - h.nla_len;
		cur_skip(&c, pad < c.left ? pad : c.left);
		type = h.nla_type & NLA_TYPE_MASK;
		if (type > max || !rules[type].name)
			continue;
		if (val.left < rules[type].min)
			return XE_MALFORMED;
		a->at[type] = val;
		a->present |= UINT64_C(1) << type;
	}
	return 0;
}

int xattrs_get(const struct xattrs *a, unsigned int type, void *p, size_t len)
{
	struct cur c;

	if (!xattrs_has(a, type)) {
		memset(p, 0, len);
		return XE_NOTFOUND;
	}
	c = a->at[type];
	return cur_copy(&c, p, len);
}

uint8_t xattrs_u8(const struct xattrs *a, unsigned int type)
{
	uint8_t v;

	xattrs_get(a, type, &v, sizeof(v));
	return v;
}

uint16_t xattrs_u16(const struct xattrs *a, unsigned int type)
{
	uint16_t v;

	xattrs_get(a, type, &v, sizeof(v));
	return v;
}

uint32_t xattrs_u32(const struct xattrs *a, unsigned int type)
{
	uint32_t v;

	xattrs_get(a, type, &v, sizeof(v));
	return v;
}

uint64_t xattrs_u64(const struct xattrs *a, unsigned int type)
{
	uint64_t v;

	xattrs_get(a, type, &v, sizeof(v));
	return v;
}

const char *xattr_name(unsigned int type)
{
	return type <= XA_MAX ? xfrm_rules[type].name : NULL;
}
