/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>

#include "ike/daemon/load_priv.h"
#include "libxfrm/alg.h"
#include "libxfrm/base/err.h"
#include "parser/racoon_check.h"

/* ------------------------------------------------------------ phase 1 --- */

/* racoon.conf's words to the transforms of IKE; what is not here is for ESP. */
static const struct {
	unsigned int word;
	enum ike_enc enc;
	uint16_t v1, v2;	/* where this build has no such cipher */
} p1_ciphers[] = {
	{ RC_ENC_AES, IKE_ENC_AES, V1_ENC_AES, V2_ENCR_AES_CBC },
	{ RC_ENC_3DES, IKE_ENC_3DES, V1_ENC_3DES, V2_ENCR_3DES },
	{ RC_ENC_DES, IKE_ENC_DES, V1_ENC_DES, V2_ENCR_DES },
	{ RC_ENC_BLOWFISH, IKE_ENC_BLOWFISH, V1_ENC_BLOWFISH,
	  V2_ENCR_BLOWFISH },
	{ RC_ENC_CAST128, IKE_ENC_CAST, V1_ENC_CAST, V2_ENCR_CAST },
	{ RC_ENC_IDEA, IKE_ENC_IDEA, V1_ENC_IDEA, 0 },
	{ RC_ENC_CAMELLIA, IKE_ENC_CAMELLIA, V1_ENC_CAMELLIA,
	  V2_ENCR_CAMELLIA_CBC },
	{ RC_ENC_RC5, IKE_ENC_NONE, V1_ENC_RC5, 0 },
	{ RC_ENC_AES_CTR, IKE_ENC_NONE, 0, V2_ENCR_AES_CTR },
	{ RC_ENC_AES_GCM_16, IKE_ENC_AES_GCM16, 0, V2_ENCR_AES_GCM16 },
	{ RC_ENC_AES_GCM_12, IKE_ENC_NONE, 0, V2_ENCR_AES_GCM12 },
	{ RC_ENC_AES_GCM_8, IKE_ENC_NONE, 0, V2_ENCR_AES_GCM8 },
	{ RC_ENC_CHACHA20_POLY1305, IKE_ENC_CHACHA20_POLY1305, 0,
	  V2_ENCR_CHACHA20_POLY1305 },
};

static const struct {
	unsigned int word;
	enum ike_md md;
	uint16_t v1, prf, integ;
} p1_hashes[] = {
	{ RC_HASH_MD5, IKE_MD_MD5, V1_HASH_MD5, V2_PRF_HMAC_MD5,
	  V2_INTEG_HMAC_MD5_96 },
	{ RC_HASH_SHA1, IKE_MD_SHA1, V1_HASH_SHA1, V2_PRF_HMAC_SHA1,
	  V2_INTEG_HMAC_SHA1_96 },
	{ RC_HASH_SHA256, IKE_MD_SHA256, V1_HASH_SHA256, V2_PRF_HMAC_SHA256,
	  V2_INTEG_HMAC_SHA256_128 },
	{ RC_HASH_SHA384, IKE_MD_SHA384, V1_HASH_SHA384, V2_PRF_HMAC_SHA384,
	  V2_INTEG_HMAC_SHA384_192 },
	{ RC_HASH_SHA512, IKE_MD_SHA512, V1_HASH_SHA512, V2_PRF_HMAC_SHA512,
	  V2_INTEG_HMAC_SHA512_256 },
	{ RC_HASH_AES_XCBC, IKE_MD_NONE, 0, V2_PRF_AES128_XCBC,
	  V2_INTEG_AES_XCBC_96 },
	{ RC_HASH_AES_CMAC, IKE_MD_NONE, 0, V2_PRF_AES128_CMAC,
	  V2_INTEG_AES_CMAC_96 },
};

/* able: the engine implements it. */
static const struct {
	unsigned int word;
	uint32_t auth;
	bool able;
} p1_methods[] = {
	{ RC_METHOD_PSK, IKE_AUTH_PSK, true },
	{ RC_METHOD_RSASIG, IKE_AUTH_RSA, true },
	{ RC_METHOD_DSSSIG, IKE_AUTH_DSS, false },
	{ RC_METHOD_RSAENC, IKE_AUTH_RSAENC, false },
	{ RC_METHOD_RSAREV, IKE_AUTH_RSAREV, false },
	{ RC_METHOD_GSSAPI_KRB, IKE_AUTH_GSSAPI, false },
	{ RC_METHOD_HYBRID_RSA_SERVER, IKE_AUTH_HYBRID_RSA_SERVER, false },
	{ RC_METHOD_HYBRID_RSA_CLIENT, IKE_AUTH_HYBRID_RSA_CLIENT, false },
	{ RC_METHOD_HYBRID_DSS_SERVER, IKE_AUTH_HYBRID_DSS_SERVER, false },
	{ RC_METHOD_HYBRID_DSS_CLIENT, IKE_AUTH_HYBRID_DSS_CLIENT, false },
	{ RC_METHOD_XAUTH_PSK_SERVER, IKE_AUTH_XAUTH_PSK_SERVER, false },
	{ RC_METHOD_XAUTH_PSK_CLIENT, IKE_AUTH_XAUTH_PSK_CLIENT, false },
	{ RC_METHOD_XAUTH_RSA_SERVER, IKE_AUTH_XAUTH_RSA_SERVER, false },
	{ RC_METHOD_XAUTH_RSA_CLIENT, IKE_AUTH_XAUTH_RSA_CLIENT, false },
};

#define N(a) (sizeof(a) / sizeof((a)[0]))

static void unusable(struct loader *l, const struct rc_alg *a,
		     enum rc_list list, const char *why, struct ike_prop *out)
{
	struct diag_entry *e;

	out->usable = false;
	e = LOAD_WARN(l, a->loc, "%s %s: this proposal is never used",
		      rc_word(list, a->alg), why);
	src_token(l->ast->src, l->d, e, a->loc);
}

static void p1_keylen(struct loader *l, const struct rc_alg *a,
		      const struct ike_enc_alg *alg, struct ike_prop *out)
{
	struct diag_entry *e;

	if (alg->fixed) {
		if (a->keylen)
			LOAD_ERROR(l, a->loc, "keylen not allowed");
		return;
	}
	out->keylen = (uint16_t)(a->keylen ? a->keylen : alg->def);
	if (!a->keylen || ike_enc_keylen_ok(alg->id, a->keylen))
		return;
	e = LOAD_ERROR(l, a->loc, "invalid keylen %u", a->keylen);
	if (alg->step == 64)
		LOAD_HINT(l, e, "%s takes %u, %u or %u bits",
			  rc_word(RC_LIST_ENC, a->alg), alg->min,
			  alg->min + 64, alg->max);
	else if (alg->step)
		LOAD_HINT(l, e, "%s takes %u to %u bits in steps of %u",
			  rc_word(RC_LIST_ENC, a->alg), alg->min, alg->max,
			  alg->step);
}

static void p1_cipher(struct loader *l, const struct rc_alg *a,
		      struct ike_prop *out)
{
	const struct ike_enc_alg *alg;
	size_t i;

	for (i = 0; i < N(p1_ciphers) && p1_ciphers[i].word != a->alg; i++)
		;
	if (i == N(p1_ciphers)) {
		LOAD_HINT(l, LOAD_ERROR(l, a->loc, "algorithm mismatched: %s "
					"is not for phase 1",
					rc_word(RC_LIST_ENC, a->alg)),
			  "use aes 256 or aes 128");
		return;
	}
	out->encr_word = rc_word(RC_LIST_ENC, a->alg);
	out->encr_v1 = p1_ciphers[i].v1;
	out->encr_v2 = p1_ciphers[i].v2;
	out->keylen = (uint16_t)a->keylen;
	alg = ike_enc_alg(p1_ciphers[i].enc);
	if (!alg) {
		unusable(l, a, RC_LIST_ENC, "is not implemented", out);
		return;
	}
	p1_keylen(l, a, alg, out);
	if (l->cr && !ike_enc_available(l->cr, alg->id))
		unusable(l, a, RC_LIST_ENC, "is not in the linked OpenSSL "
			 "(legacy provider missing?)", out);
	if (alg->aead)
		out->integ_v2 = 0;
}

static void p1_hash(struct loader *l, const struct rc_alg *a,
		    struct ike_prop *out)
{
	size_t i;

	for (i = 0; i < N(p1_hashes) && p1_hashes[i].word != a->alg; i++)
		;
	if (i == N(p1_hashes)) {
		LOAD_HINT(l, LOAD_ERROR(l, a->loc, "algorithm mismatched: %s "
					"was never implemented",
					rc_word(RC_LIST_HASH, a->alg)),
			  "use sha256");
		return;
	}
	out->hash_word = rc_word(RC_LIST_HASH, a->alg);
	out->hash_v1 = p1_hashes[i].v1;
	out->prf_v2 = p1_hashes[i].prf;
	out->integ_v2 = p1_hashes[i].integ;
	if (p1_hashes[i].md == IKE_MD_NONE)
		unusable(l, a, RC_LIST_HASH, "is not implemented", out);
	else if (l->cr && !ike_md_available(l->cr, p1_hashes[i].md))
		unusable(l, a, RC_LIST_HASH, "is not in the linked OpenSSL",
			 out);
}

/* For both phases; false when the group cannot be used. */
static bool group_ok(struct loader *l, const struct rc_alg *a, bool phase1)
{
	const char *word = rc_word(RC_LIST_GROUP, a->alg);
	struct diag_entry *e;

	if (!word) {
		e = LOAD_ERROR(l, a->loc, "%u must be DH group", a->alg);
		LOAD_HINT(l, e, phase1 ? "common are modp2048 (14) and "
			  "ecp256 (19)" : "to go without, leave pfs_group "
			  "out");
		return false;
	}
	if (ike_group_alg((uint16_t)a->alg) &&
	    (!l->cr || ike_group_available(l->cr, (uint16_t)a->alg)))
		return true;
	e = LOAD_WARN(l, a->loc, "group %s (%u) %s", word, a->alg,
		      ike_group_alg((uint16_t)a->alg) ?
		      "is not in the linked OpenSSL" : "is not implemented");
	LOAD_HINT(l, e, "use modp2048 (14) or ecp256 (19) on both sides");
	return false;
}

static void p1_method(struct loader *l, const struct rc_alg *a,
		      struct ike_prop *out)
{
	size_t i;

	for (i = 0; i < N(p1_methods) && p1_methods[i].word != a->alg; i++)
		;
	if (i == N(p1_methods))
		return;
	out->auth = p1_methods[i].auth;
	if (out->auth == IKE_AUTH_PSK ||
	    out->auth == IKE_AUTH_XAUTH_PSK_CLIENT ||
	    out->auth == IKE_AUTH_XAUTH_PSK_SERVER)
		l->psk_asked = true;
	if (!p1_methods[i].able)
		unusable(l, a, RC_LIST_METHOD, "is not implemented in this "
			 "version", out);
}

int load_prop(struct loader *l, const struct rc_proposal *p,
	      const struct rc_remote *eff, struct ike_prop *out)
{
	const struct rc_life *life = &p->lifetime, *up = &eff->lifetime;

	*out = (struct ike_prop){ .usable = true };
	if (p->hash.alg)
		p1_hash(l, &p->hash, out);
	if (p->enc.alg)
		p1_cipher(l, &p->enc, out);
	if (p->method.alg)
		p1_method(l, &p->method, out);
	if (p->group.alg && !group_ok(l, &p->group, true))
		out->usable = false;
	out->group = (uint16_t)p->group.alg;
	out->lifetime = RC_PHASE1_LIFETIME;
	if (up->time.given)
		out->lifetime = (uint32_t)up->time.v;
	if (life->time.given)
		out->lifetime = (uint32_t)life->time.v;
	out->lifebytes = life->byte.given ? life->byte.v : up->byte.v;
	if (p->gss_id.s) {
		out->gss_id = arena_strdup(l->arena, p->gss_id.s);
		if (!out->gss_id)
			return -ENOMEM;
	}
	return 0;
}

/* ------------------------------------------------------------ phase 2 --- */

/* The lengths as racoon.conf writes them: without the salt. */
static void p2_keylen_hint(struct loader *l, struct diag_entry *e,
			   const struct xalg *alg, const char *word)
{
	unsigned int min = alg->key_min - alg->salt;
	unsigned int max = alg->key_max - alg->salt;

	if (alg->key_step == 64 && max - min == 128)
		LOAD_HINT(l, e, "%s takes %u, %u or %u bits", word, min,
			  min + 64, max);
	else
		LOAD_HINT(l, e, "%s takes %u to %u bits", word, min, max);
}

static void p2_keylen(struct loader *l, const struct rc_alg *a,
		      const struct xalg *alg, struct ike_p2alg *out)
{
	if (!alg->keylen_attr) {
		if (a->keylen)
			LOAD_ERROR(l, a->loc, "keylen not allowed");
		return;
	}
	if (a->keylen && !xalg_key_ok(alg, a->keylen + alg->salt)) {
		p2_keylen_hint(l, LOAD_ERROR(l, a->loc, "invalid keylen %u",
					     a->keylen), alg, out->word);
		return;
	}
	out->keylen = (uint16_t)a->keylen;
	if (!a->keylen)
		out->keylen = (uint16_t)(alg->key_def - alg->salt);
}

static const struct {
	enum rc_list list;
	char option;		/* of setkey, for xalg_find() */
} p2_class[] = {
	[XALG_ENC] = { RC_LIST_ENC, 'E' },
	[XALG_AUTH] = { RC_LIST_AUTH, 'A' },
	[XALG_COMP] = { RC_LIST_COMP, 'C' },
};

static uint16_t code(enum xalg_codes space, const struct xalg_word *w)
{
	return (uint16_t)xalg_code(space, w->alg, w->icv);
}

/* IKEv1's registries are closed: what came later has no number there. */
static void p2_numbered(struct loader *l, const struct rc_alg *a,
			const struct ike_p2alg *p)
{
	struct diag_entry *e;

	if (p->trans_v1 || p->auth_v1 || (p->alg->flags & XALG_NULL))
		return;
	e = LOAD_WARN(l, a->loc, "%s has no number in IKEv1: it is never "
		      "offered", p->word);
	if (p->alg->kind == XALG_AEAD)
		LOAD_HINT(l, e, "aes_gcm_16 has one");
	else
		LOAD_HINT(l, e, "hmac_sha256 has one");
}

static void p2_alg(struct loader *l, const struct rc_alg *a,
		   enum xalg_kind class, struct ike_p2alg *out)
{
	const char *word = rc_word(p2_class[class].list, a->alg);
	const struct xalg_word *w;

	*out = (struct ike_p2alg){ .word = word, .usable = true };
	w = xalg_find(p2_class[class].option, word, XALG_RACOON);
	if (!w || (w->alg->flags & XALG_ABSENT)) {
		out->usable = false;
		LOAD_WARN(l, a->loc, "algorithm %s not supported by the "
			  "kernel: it is never offered", word);
		return;
	}
	out->alg = w->alg;
	out->icv = w->icv;
	switch (w->alg->kind) {
	case XALG_ENC:
	case XALG_AEAD:
		out->trans_v1 = code(XCODE_V1_ESP, w);
		out->trans_v2 = code(XCODE_V2_ENCR, w);
		p2_keylen(l, a, w->alg, out);
		break;
	case XALG_AUTH:
		out->trans_v1 = code(XCODE_V1_AH, w);
		out->auth_v1 = code(XCODE_V1_AUTH, w);
		out->trans_v2 = code(XCODE_V2_INTEG, w);
		break;
	case XALG_COMP:
		out->trans_v1 = code(XCODE_V1_COMP, w);
		break;
	}
	p2_numbered(l, a, out);
}

static int p2_list(struct loader *l, const struct rc_alg *list,
		   enum xalg_kind class, const struct ike_p2alg **out,
		   unsigned int *n)
{
	const struct rc_alg *a;
	struct ike_p2alg *all;
	unsigned int count = 0, usable = 0;

	for (a = list; a; a = a->next)
		count++;
	if (count > IKE_SAINFO_ALGS_MAX) {
		LOAD_ERROR(l, list->loc, "more than %d algorithms",
			   IKE_SAINFO_ALGS_MAX);
		return 0;
	}
	all = arena_calloc(l->arena, count, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (a = list; a; a = a->next) {
		p2_alg(l, a, class, &all[*n]);
		usable += all[*n].usable;
		(*n)++;
	}
	*out = all;
	if (count && !usable && class != XALG_COMP)
		LOAD_WARN(l, list->loc, "none of these algorithms can be "
			  "used: this sainfo never gives an SA");
	return 0;
}

int load_sainfo(struct loader *l, const struct rc_sainfo *s,
		const struct ike_sainfo **done)
{
	struct ike_sainfo_end local, remote;
	struct ike_id from = { 0 };
	struct ike_sainfo *out;
	int r;

	*done = NULL;
	if ((r = load_said(l, &s->local, &local)) ||
	    (r = load_said(l, &s->remote, &remote)) ||
	    (s->from && (r = load_ident(l, s->from, false, &from))))
		return r;
	if ((local.kind == IKE_END_ID && !local.id.type) ||
	    (remote.kind == IKE_END_ID && !remote.id.type) ||
	    (s->from && !from.type)) {
		LOAD_WARN(l, s->loc, "this sainfo is left out");
		return 0;
	}
	out = ike_conf_add_sainfo(l->conf);
	if (!out)
		return -ENOMEM;
	*done = out;
	out->local = local;
	out->remote = remote;
	out->from = from;
	if (s->group.s && !(out->group = arena_strdup(l->arena, s->group.s)))
		return -ENOMEM;
	out->remoteid = (uint32_t)s->remoteid.v;
	if (s->lifetime.time.given)
		out->lifetime = (uint32_t)s->lifetime.time.v;
	out->lifebytes = s->lifetime.byte.v;
	if (s->esn.given)
		out->esn = (enum ike_tri)(s->esn.v - RC_OFF);
	if (s->replay_window.given)
		out->replay_window = (uint32_t)s->replay_window.v;
	/* without a group that works the SA may not be made less secure */
	out->pfs_group = (uint16_t)s->pfs_group.alg;
	if (s->pfs_group.loc.at && !group_ok(l, &s->pfs_group, false))
		LOAD_NOTE(l, s->pfs_group.loc, "phase 2 fails with it");
	if ((r = p2_list(l, s->enc, XALG_ENC, &out->encr, &out->nencr)) ||
	    (r = p2_list(l, s->auth, XALG_AUTH, &out->auth, &out->nauth)))
		return r;
	return p2_list(l, s->comp, XALG_COMP, &out->comp, &out->ncomp);
}
