/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/setup.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "tests/sim/story.h"

/* What a policy may ask for: innermost first. */
static const struct bundle {
	const char *words;
	unsigned int n;
	uint8_t proto[3];
	enum kmode mode;	/* of the innermost; the others are transport */
} bundles[] = {
	{ "ESP transport", 1, { IPPROTO_ESP }, KMODE_TRANSPORT },
	{ "ESP tunnel", 1, { IPPROTO_ESP }, KMODE_TUNNEL },
	{ "AH transport", 1, { IPPROTO_AH }, KMODE_TRANSPORT },
	{ "AH tunnel", 1, { IPPROTO_AH }, KMODE_TUNNEL },
	{ "ESP and AH transport", 2, { IPPROTO_ESP, IPPROTO_AH },
	  KMODE_TRANSPORT },
	{ "IPComp and ESP transport", 2, { IPPROTO_COMP, IPPROTO_ESP },
	  KMODE_TRANSPORT },
	{ "IPComp, ESP and AH transport", 3,
	  { IPPROTO_COMP, IPPROTO_ESP, IPPROTO_AH }, KMODE_TRANSPORT },
	{ "ESP tunnel in AH", 2, { IPPROTO_ESP, IPPROTO_AH }, KMODE_TUNNEL },
	{ "IPComp tunnel in ESP", 2, { IPPROTO_COMP, IPPROTO_ESP },
	  KMODE_TUNNEL },
};
#define NBUNDLE (sizeof(bundles) / sizeof(bundles[0]))

/* In each list both have the first; what else there is may differ. */
static const char *const enc_lists[][4] = {
	{ "aes", "aes,3des", "3des,aes", "null_enc,aes_gcm_16,aes" },
	{ "3des", "3des,aes", "aes_gcm_16,3des", "null_enc,3des" },
	{ "null_enc", "null_enc,aes", "aes,null_enc", "3des,null_enc" },
	{ "aes_gcm_16", "aes_gcm_16,aes", "aes,aes_gcm_16",
	  "3des,aes_gcm_16" },
};
static const char *const auth_lists[][4] = {
	{ "hmac_sha1", "hmac_sha1,hmac_sha512", "hmac_sha512,hmac_sha1",
	  "hmac_sha256,hmac_sha1" },
	{ "hmac_sha256", "hmac_sha256,hmac_sha1", "hmac_sha1,hmac_sha256",
	  "hmac_sha512,hmac_sha256" },
	{ "hmac_sha512", "hmac_sha512,hmac_sha1", "hmac_sha1,hmac_sha512",
	  "hmac_sha256,hmac_sha512" },
};

static const char *pick(struct world *w, const char *const list[4])
{
	return list[world_chance(w, 50) ? 0 : world_below(w, 4)];
}

/* What both sides have alike. */
static struct sim_conf common(struct world *w)
{
	static const uint16_t hash[] = { V1_HASH_SHA1, V1_HASH_SHA256,
					 V1_HASH_SHA512 };
	struct sim_conf c = sim_conf_default(NULL);

	c.mode = world_chance(w, 30) ? IKE_MODE_AGGRESSIVE : IKE_MODE_MAIN;
	c.hash = hash[world_below(w, 3)];
	c.auth = world_chance(w, 20) ? IKE_AUTH_RSA : IKE_AUTH_PSK;
	c.pfs = world_chance(w, 40) ? GROUP_X25519 : 0;
	c.life1 = 100 + (uint32_t)world_below(w, 400);
	c.life2 = 100 + (uint32_t)world_below(w, 200);
	c.bytes2 = world_chance(w, 20) ? 12000 : 0;
	c.natt = world_chance(w, 30) ? IKE_ON : IKE_OFF;
	c.check = (enum ike_check)world_below(w, 4);
	c.simple_bundle = world_chance(w, 30);
	c.dpd_delay = 20;
	c.no_dpd = world_chance(w, 20);
	c.interval = 2 + (uint32_t)world_below(w, 4);
	return c;
}

/* Where the two may differ and still agree. */
static void differ(struct world *w, struct sim_conf *c, size_t enc,
		   size_t auth, bool both_modes)
{
	static const struct sim_p1 more[] = {
		{ V1_ENC_AES, 256, V1_HASH_SHA256, GROUP_X25519 },
		{ V1_ENC_3DES, 0, V1_HASH_SHA1, GROUP_X25519 },
		{ V1_ENC_AES, 192, V1_HASH_SHA512, GROUP_X25519 },
	};

	c->p2enc = pick(w, enc_lists[enc]);
	c->p2auth = pick(w, auth_lists[auth]);
	if (world_chance(w, 30)) {
		c->nmore = 1 + (unsigned int)world_below(w, 3);
		c->more_first = world_chance(w, 50);
		for (unsigned int i = 0; i < c->nmore; i++)
			c->more[i] = more[world_below(w, 3)];
	}
	if (both_modes) {
		c->mode = world_chance(w, 50) ? IKE_MODE_MAIN
					      : IKE_MODE_AGGRESSIVE;
		c->mode2 = c->mode == IKE_MODE_MAIN ? IKE_MODE_AGGRESSIVE
						    : IKE_MODE_MAIN;
	}
	c->esn = world_chance(w, 30) ? IKE_ON : IKE_OFF;
	/* who obeys takes any lifetime: each side renews by its own or this */
	if (c->check == IKE_CHECK_OBEY && world_chance(w, 30)) {
		c->life1 *= 1 + (uint32_t)world_below(w, 4);
		c->life2 *= 1 + (uint32_t)world_below(w, 4);
	}
	/* to the letter, "exact" wants the same limit */
	if (c->check != IKE_CHECK_EXACT && world_chance(w, 15))
		c->bytes1 = 10000 + world_below(w, 20000);
}

struct sim_setup sim_setup_random(struct world *w, struct sim_conf conf[2])
{
	size_t enc = world_below(w, 4), auth = world_below(w, 3);
	bool both = world_chance(w, 20);
	struct sim_setup set = {
		.nat = world_chance(w, 20),
		.reqid = world_chance(w, 50) ? 7 : 0,
	};

	/* AH and IPComp do not go through a NAT */
	set.kind = (unsigned int)world_below(w, set.nat ? 2 : NBUNDLE);
	set.bundle = bundles[set.kind].words;
	set.mode = bundles[set.kind].mode;
	conf[0] = conf[1] = common(w);
	for (unsigned int i = 0; i < 2; i++) {
		differ(w, &conf[i], enc, auth, both);
		conf[i].cert = (int)i;
	}
	/* a limit that only one side has is not what the other allows */
	if (conf[0].check == IKE_CHECK_STRICT ||
	    conf[0].check == IKE_CHECK_CLAIM)
		conf[1].bytes1 = conf[0].bytes1;
	if (set.nat) {
		conf[0].natt = conf[1].natt = IKE_ON;
		/* nobody can call somebody behind a NAT, but may try */
		conf[1].passive = world_chance(w, 50);
	}
	return set;
}

static void put(struct host *h, const struct sim_setup *set, struct kpol *k)
{
	const struct bundle *b = &bundles[set->kind];

	k->ntmpl = b->n;
	k->tmpl[0].proto = b->proto[0];
	for (unsigned int i = 1; i < b->n; i++)
		k->tmpl[i] = (struct ktmpl){ .proto = b->proto[i],
					     .mode = KMODE_TRANSPORT,
					     .reqid = set->reqid };
	host_new_policy(h, k);
}

void sim_setup_policies(struct host *h, const struct sim_setup *set,
			const char *local, const char *peer, const char *lnet,
			const char *rnet)
{
	struct kpol out = sim_policy(KDIR_OUT, set->mode, lnet, rnet, local,
				     peer, set->reqid);
	struct kpol in = sim_policy(KDIR_IN, set->mode, lnet, rnet, local,
				    peer, set->reqid);

	put(h, set, &out);
	put(h, set, &in);
}

void sim_link_random(struct world *w)
{
	w->link.loss = (unsigned int)world_below(w, 41);
	w->link.dup = (unsigned int)world_below(w, 21);
	w->link.corrupt = (unsigned int)world_below(w, 6);
	w->link.delay_max = 20 + (unsigned int)world_below(w, 1500);
}
