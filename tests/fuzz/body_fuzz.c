/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every decoder of a payload body by itself, on the same bytes: what each
 * gives must lie within them and keep the limits.
 */
#include <assert.h>
#include <stdlib.h>

#include "ike/wire/body.h"
#include "ike/wire/cfg.h"
#include "ike/wire/hdr.h"
#include "ike/wire/sa_v1.h"
#include "ike/wire/sa_v2.h"
#include "ike/wire/ts.h"
#include "ike/wire/vendor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct cur all;

static void inside(struct cur c, size_t max)
{
	assert(c.left <= max);
	assert(!c.left || (c.p >= all.p && c.p + c.left <= all.p + all.left));
}

static void simple(void)
{
	struct ike_idpld id;
	struct ike_ke ke;
	struct cur c;

	(void)ike_id_get(all, &id);
	inside(id.data, IKE_MAX_ID);
	(void)ike_id2_get(all, &id);
	inside(id.data, IKE_MAX_ID);
	(void)ike_ke_get(all, &ke);
	inside(ke.data, IKE_MAX_KE);
	(void)ike_ke2_get(all, &ke);
	inside(ke.data, IKE_MAX_KE);
	(void)ike_nonce_get(all, &c);
	inside(c, IKE_NONCE_MAX);
	(void)ike_hash_get(all, &c);
	inside(c, IKE_MAX_HASH);
	(void)ike_sig_get(all, &c);
	inside(c, IKE_MAX_SIG);
	(void)ike_vid_get(all, &c);
	inside(c, IKE_MAX_VID);
	(void)ike_natd_get(all, &c);
	inside(c, IKE_MAX_HASH);
	assert(ike_vendor_find(all, &c) < VID_COUNT);
	inside(c, all.left);
}

static void structured(void)
{
	struct ike_natoa oa;
	struct ike_certpld cert;
	struct ike_auth2 auth;
	struct ike_notify n;
	struct ike_delete d;
	struct cur spi;

	(void)ike_natoa_get(all, &oa);
	inside(oa.addr, 16);
	(void)ike_cert_get(all, &cert);
	inside(cert.data, IKE_MAX_CERT);
	(void)ike_cr_get(all, &cert);
	inside(cert.data, IKE_MAX_CERT);
	(void)ike_auth2_get(all, &auth);
	inside(auth.data, IKE_MAX_SIG);
	(void)ike_notify_get(all, &n);
	inside(n.spi, IKE_MAX_SPI);
	inside(n.data, all.left);
	(void)ike_notify2_get(all, &n);
	inside(n.spi, IKE_MAX_SPI);
	for (int v = 0; v < 2; v++) {
		if (v ? ike_delete_get(all, &d) : ike_delete2_get(all, &d))
			assert(!d.nspi);
		assert(d.nspi <= IKE_MAX_DELETE_SPIS);
		for (unsigned int i = 0; i < d.nspi; i++) {
			assert(!ike_delete_spi(&d, i, &spi));
			inside(spi, IKE_MAX_SPI);
		}
	}
}

static void proposals(const struct ike_proposal_set *set)
{
	struct ike_suite s = { 0 };
	struct ike_choice c;
	size_t n = 0;

	if (!set)
		return;
	assert(set->n <= IKE_MAX_PROPOSALS);
	for (size_t i = 0; i < set->n; i++) {
		inside(set->p[i].spi, IKE_MAX_SPI);
		assert(set->p[i].n && set->p[i].n <= IKE_MAX_TRANSFORMS);
		for (size_t k = 0; k < set->p[i].n; k++)
			inside(set->p[i].t[k].attrs, all.left);
	}
	while (ike_suite_next(set, &s))
		n += s.n;
	assert(n == set->n);
	(void)ike_sa_v1_find(set, set, &c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct ike_proposal_set *set;
	struct ike_ts_set *ts;
	struct ike_cfg *cfg;
	struct ike_attr attr;
	struct cur c;
	uint64_t v;

	if (!a)
		return 0;
	all = c = cur_init(data, size);
	while (!ike_attr_get(&c, &attr)) {
		inside(attr.data, 65535);
		(void)ike_attr_num(&attr, &v);
	}
	simple();
	structured();
	for (int phase = 1; phase <= 2; phase++) {
		(void)ike_sa_v1_get(all, phase, a, &set);
		proposals(set);
	}
	(void)ike_sa_v2_get(all, a, &set);
	proposals(set);
	if (!ike_ts_get(all, a, &ts))
		assert(ts->n <= IKE_MAX_TS);
	if (!ike_cfg_get(all, a, &cfg))
		assert(cfg->n <= IKE_MAX_CFG_ATTRS);
	if (!ike_cfg2_get(all, a, &cfg))
		assert(cfg->n <= IKE_MAX_CFG_ATTRS);
	arena_free(a);
	return 0;
}
