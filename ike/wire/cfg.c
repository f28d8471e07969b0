/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/wire/cfg.h"

#include "libxfrm/base/err.h"

/* The attributes up to the end of c */
static int get_attrs(struct cur c, bool v1, struct arena *a,
		     struct ike_cfg *cfg)
{
	struct ike_attr attr[IKE_MAX_CFG_ATTRS];
	int rc = 0;

	while (c.left) {
		if (cfg->n == IKE_MAX_CFG_ATTRS)
			return XE_LIMIT;
		rc = ike_attr_get(&c, &attr[cfg->n]);
		if (rc)
			return rc;
		/* The bit of short forms is reserved in v2: nobody sets it. */
		if (!v1 && attr[cfg->n].tv)
			return XE_MALFORMED;
		cfg->n++;
	}
	cfg->attr = arena_memdup(a, attr, cfg->n * sizeof(*attr));
	return cfg->attr ? 0 : XE_NOMEM;
}

/*
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     type      |   reserved    | identifier (v1), reserved (v2)|
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                          attributes                           ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
static int get_cfg(struct cur body, bool v1, struct arena *a,
		   struct ike_cfg **out)
{
	struct ike_cfg *cfg;
	int rc;

	*out = NULL;
	cfg = arena_alloc(a, sizeof(*cfg));
	if (!cfg)
		return XE_NOMEM;
	if ((rc = cur_u8(&body, &cfg->type)) || (rc = cur_skip(&body, 1)) ||
	    (rc = cur_u16(&body, &cfg->id)))
		return rc;
	if (!v1)
		cfg->id = 0;
	rc = get_attrs(body, v1, a, cfg);
	if (!rc)
		*out = cfg;
	return rc;
}

int ike_cfg_get(struct cur body, struct arena *a, struct ike_cfg **out)
{
	return get_cfg(body, true, a, out);
}

int ike_cfg2_get(struct cur body, struct arena *a, struct ike_cfg **out)
{
	return get_cfg(body, false, a, out);
}

static void put_cfg(struct ike_build *b, uint8_t pld, uint16_t id,
		    const struct ike_cfg *cfg)
{
	uint64_t v;

	ike_build_open(b, pld);
	wbuf_u8(b->w, cfg->type);
	wbuf_u8(b->w, 0);
	wbuf_u16(b->w, id);
	for (size_t i = 0; i < cfg->n; i++) {
		const struct ike_attr *attr = &cfg->attr[i];

		if (attr->tv && pld == PLD_ATTR && attr->data.left == 2 &&
		    !ike_attr_num(attr, &v))
			ike_attr_put_tv(b->w, attr->type, (uint16_t)v);
		else
			ike_attr_put_tlv(b->w, attr->type, attr->data);
	}
	ike_build_close(b);
}

void ike_cfg_put(struct ike_build *b, const struct ike_cfg *cfg)
{
	put_cfg(b, PLD_ATTR, cfg->id, cfg);
}

void ike_cfg2_put(struct ike_build *b, const struct ike_cfg *cfg)
{
	put_cfg(b, PLD2_CP, 0, cfg);
}
