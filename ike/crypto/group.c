/* SPDX-License-Identifier: BSD-2-Clause */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <openssl/params.h>

#include "ike/crypto/ossl.h"

/*
 * The numbers of all Diffie-Hellman groups, made once.  A group that the
 * linked OpenSSL does not know stays unavailable.
 */
static void group_clear(struct group_math *m)
{
	BN_free(m->p);
	BN_free(m->p1);
	BN_free(m->q);
	BN_free(m->g);
	BN_free(m->n1);
	BN_MONT_CTX_free(m->mont);
	EC_GROUP_free(m->ec);
	*m = (struct group_math){ 0 };
}

static BIGNUM *safe_prime(uint16_t group)
{
	switch (group) {
	case GROUP_MODP768:
		return BN_get_rfc2409_prime_768(NULL);
	case GROUP_MODP1024:
		return BN_get_rfc2409_prime_1024(NULL);
	case GROUP_MODP1536:
		return BN_get_rfc3526_prime_1536(NULL);
	case GROUP_MODP2048:
		return BN_get_rfc3526_prime_2048(NULL);
	case GROUP_MODP3072:
		return BN_get_rfc3526_prime_3072(NULL);
	case GROUP_MODP4096:
		return BN_get_rfc3526_prime_4096(NULL);
	case GROUP_MODP6144:
		return BN_get_rfc3526_prime_6144(NULL);
	case GROUP_MODP8192:
		return BN_get_rfc3526_prime_8192(NULL);
	default: /* numbers of the wire */
		return NULL;
	}
}

/* p, q and g of RFC 5114, as OpenSSL has them */
static void load_subgroup(struct ike_fetched *f, const char *name,
			  struct group_math *m)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
						 (char *)(uintptr_t)name, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(f->lib, "DHX", NULL);
	EVP_PKEY *pkey = NULL;

	if (ctx && EVP_PKEY_paramgen_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_params(ctx, params) == 1 &&
	    EVP_PKEY_generate(ctx, &pkey) == 1 &&
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_FFC_P, &m->p) == 1 &&
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_FFC_Q, &m->q) == 1)
		(void)EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_FFC_G,
					    &m->g);
	EVP_PKEY_free(pkey);
	EVP_PKEY_CTX_free(ctx);
}

static const char *subgroup_name(uint16_t group)
{
	switch (group) {
	case GROUP_MODP1024S160:
		return "dh_1024_160";
	case GROUP_MODP2048S224:
		return "dh_2048_224";
	case GROUP_MODP2048S256:
		return "dh_2048_256";
	default: /* numbers of the wire */
		return NULL;
	}
}

static int curve_nid(uint16_t group)
{
	switch (group) {
	case GROUP_ECP192:
		return NID_X9_62_prime192v1;
	case GROUP_ECP224:
		return NID_secp224r1;
	case GROUP_ECP256:
		return NID_X9_62_prime256v1;
	case GROUP_ECP384:
		return NID_secp384r1;
	case GROUP_ECP521:
		return NID_secp521r1;
	case GROUP_BP224:
		return NID_brainpoolP224r1;
	case GROUP_BP256:
		return NID_brainpoolP256r1;
	case GROUP_BP384:
		return NID_brainpoolP384r1;
	case GROUP_BP512:
		return NID_brainpoolP512r1;
	default: /* numbers of the wire */
		return NID_undef;
	}
}

static bool modp_init(struct ike_fetched *f, const struct ike_group_alg *alg,
		      struct group_math *m)
{
	BN_CTX *bn = BN_CTX_new_ex(f->lib);
	bool ok;

	if (alg->kind == IKE_GROUP_MODP) {
		m->p = safe_prime(alg->id);
		m->g = BN_new();
		if (m->g && !BN_set_word(m->g, 2))
			BN_free(m->g), m->g = NULL;
	} else {
		load_subgroup(f, subgroup_name(alg->id), m);
	}
	m->mont = BN_MONT_CTX_new();
	ok = bn && m->p && m->g && m->mont &&
	     (m->q || alg->kind == IKE_GROUP_MODP) &&
	     (m->p1 = BN_dup(m->p)) && BN_sub_word(m->p1, 1) &&
	     BN_MONT_CTX_set(m->mont, m->p, bn) == 1;
	BN_CTX_free(bn);
	return ok;
}

static bool curve_init(struct ike_fetched *f, const struct ike_group_alg *alg,
		       struct group_math *m)
{
	const BIGNUM *order;

	m->ec = EC_GROUP_new_by_curve_name_ex(f->lib, NULL,
					      curve_nid(alg->id));
	order = m->ec ? EC_GROUP_get0_order(m->ec) : NULL;
	m->n1 = order ? BN_dup(order) : NULL;
	return m->n1 && BN_sub_word(m->n1, 1);
}

static bool x_init(struct ike_fetched *f, const struct ike_group_alg *alg,
		   struct group_math *m)
{
	EVP_KEYEXCH *kex;

	m->xname = alg->id == GROUP_X25519 ? "X25519" : "X448";
	kex = EVP_KEYEXCH_fetch(f->lib, m->xname, NULL);
	EVP_KEYEXCH_free(kex);
	return kex != NULL;
}

void ossl_groups_init(struct ike_fetched *f)
{
	const struct ike_group_alg *alg;

	for (size_t i = 0; i < GROUP_ROWS && (alg = ike_group_at(i)); i++) {
		struct group_math *m = &f->group[i];

		switch (alg->kind) {
		case IKE_GROUP_MODP:
		case IKE_GROUP_MODP_SUB:
			m->ready = modp_init(f, alg, m);
			break;
		case IKE_GROUP_ECP:
			m->ready = curve_init(f, alg, m);
			break;
		case IKE_GROUP_X:
			m->ready = x_init(f, alg, m);
			break;
		}
		if (!m->ready)
			group_clear(m);
	}
}

void ossl_groups_free(struct ike_fetched *f)
{
	for (size_t i = 0; i < GROUP_ROWS; i++)
		group_clear(&f->group[i]);
}

const struct group_math *ossl_group(const struct ike_crypto *cr,
				    const struct ike_group_alg *alg)
{
	const struct ike_group_alg *first = ike_group_at(0);
	size_t i = (size_t)(alg - first);

	if (i >= GROUP_ROWS || !cr->f->group[i].ready)
		return NULL;
	return &cr->f->group[i];
}
