/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_WIRE_CFG_H
#define XT_IKE_WIRE_CFG_H

#include "ike/wire/build.h"
#include "libxfrm/base/arena.h"

#define IKE_MAX_CFG_ATTRS 128

/*
 * The attribute payload of mode-config and XAUTH (v1), and the configuration
 * payload of IKEv2, which has no id and knows no short attributes.
 */
struct ike_cfg {
	uint8_t type;		/* enum ike_cp_cfgtype */
	uint16_t id;		/* v1 */
	size_t n;
	struct ike_attr *attr;	/* type: enum ike_cp_cfgattr */
};

/* Decode a body; *out lives in a, its views in body. */
int ike_cfg_get(struct cur body, struct arena *a, struct ike_cfg **out);
int ike_cfg2_get(struct cur body, struct arena *a, struct ike_cfg **out);

/* Add an ATTR or CP payload. */
void ike_cfg_put(struct ike_build *b, const struct ike_cfg *cfg);
void ike_cfg2_put(struct ike_build *b, const struct ike_cfg *cfg);

#endif
