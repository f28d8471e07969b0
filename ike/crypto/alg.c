/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/crypto/alg.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct ike_enc_alg encs[] = {
	{ IKE_ENC_DES, "des", NULL, V1_ENC_DES, V2_ENCR_DES,
	  64, 64, 0, 64, true, false, true, 8, 8 },
	{ IKE_ENC_3DES, "3des", NULL, V1_ENC_3DES, V2_ENCR_3DES,
	  192, 192, 0, 192, true, false, true, 8, 8 },
	{ IKE_ENC_BLOWFISH, "blowfish", NULL, V1_ENC_BLOWFISH, 0,
	  40, 448, 8, 128, false, false, true, 8, 8 },
	{ IKE_ENC_CAST, "cast128", NULL, V1_ENC_CAST, 0,
	  40, 128, 8, 128, false, false, true, 8, 8 },
	{ IKE_ENC_IDEA, "idea", NULL, V1_ENC_IDEA, 0,
	  128, 128, 0, 128, true, false, true, 8, 8 },
	{ IKE_ENC_AES, "aes", "rijndael", V1_ENC_AES, V2_ENCR_AES_CBC,
	  128, 256, 64, 128, false, false, false, 16, 16 },
	{ IKE_ENC_CAMELLIA, "camellia", NULL, V1_ENC_CAMELLIA,
	  V2_ENCR_CAMELLIA_CBC, 128, 256, 64, 128, false, false, false,
	  16, 16 },
	{ IKE_ENC_AES_GCM16, "aes_gcm_16", "aes-gcm-16", 0, V2_ENCR_AES_GCM16,
	  128, 256, 64, 128, false, true, false, 1, 8 },
	{ IKE_ENC_CHACHA20_POLY1305, "chacha20_poly1305",
	  "chacha20-poly1305", 0, V2_ENCR_CHACHA20_POLY1305,
	  256, 256, 0, 256, true, true, false, 1, 8 },
};

static const struct ike_md_alg mds[] = {
	{ IKE_MD_MD5, "md5", NULL, V1_HASH_MD5, V2_PRF_HMAC_MD5,
	  V2_INTEG_HMAC_MD5_96, 16, 12, true },
	{ IKE_MD_SHA1, "sha1", NULL, V1_HASH_SHA1, V2_PRF_HMAC_SHA1,
	  V2_INTEG_HMAC_SHA1_96, 20, 12, false },
	{ IKE_MD_SHA256, "sha256", "sha2_256", V1_HASH_SHA256,
	  V2_PRF_HMAC_SHA256, V2_INTEG_HMAC_SHA256_128, 32, 16, false },
	{ IKE_MD_SHA384, "sha384", "sha2_384", V1_HASH_SHA384,
	  V2_PRF_HMAC_SHA384, V2_INTEG_HMAC_SHA384_192, 48, 24, false },
	{ IKE_MD_SHA512, "sha512", "sha2_512", V1_HASH_SHA512,
	  V2_PRF_HMAC_SHA512, V2_INTEG_HMAC_SHA512_256, 64, 32, false },
};

/*
 * Strength as SP 800-57 rates it.  Seeds: an exponent of twice the strength
 * in whole 64-bit words for safe primes; 8 bytes more than the order where it
 * has to be reduced without bias (FIPS 186-5 A.2.1); the key itself for X.
 */
#define MODP(id, word, bits, strength, seed, weak) \
	{ id, word, IKE_GROUP_MODP, bits, strength, (bits) / 8, (bits) / 8, \
	  seed, weak }
#define SUBG(id, word, bits, strength, seed) \
	{ id, word, IKE_GROUP_MODP_SUB, bits, strength, (bits) / 8, \
	  (bits) / 8, seed, true }
#define ECP(id, word, bits, strength, weak) \
	{ id, word, IKE_GROUP_ECP, bits, strength, 2 * (((bits) + 7) / 8), \
	  ((bits) + 7) / 8, ((bits) + 7) / 8 + 8, weak }
#define XDH(id, word, bits, strength, len) \
	{ id, word, IKE_GROUP_X, bits, strength, len, len, len, false }

static const struct ike_group_alg groups[] = {
	MODP(GROUP_MODP768, "modp768", 768, 64, 24, true),
	MODP(GROUP_MODP1024, "modp1024", 1024, 80, 24, true),
	MODP(GROUP_MODP1536, "modp1536", 1536, 96, 32, true),
	MODP(GROUP_MODP2048, "modp2048", 2048, 112, 32, false),
	MODP(GROUP_MODP3072, "modp3072", 3072, 128, 32, false),
	MODP(GROUP_MODP4096, "modp4096", 4096, 152, 40, false),
	MODP(GROUP_MODP6144, "modp6144", 6144, 176, 48, false),
	MODP(GROUP_MODP8192, "modp8192", 8192, 200, 56, false),
	ECP(GROUP_ECP256, "ecp256", 256, 128, false),
	ECP(GROUP_ECP384, "ecp384", 384, 192, false),
	ECP(GROUP_ECP521, "ecp521", 521, 256, false),
	SUBG(GROUP_MODP1024S160, "modp1024s160", 1024, 80, 28),
	SUBG(GROUP_MODP2048S224, "modp2048s224", 2048, 112, 36),
	SUBG(GROUP_MODP2048S256, "modp2048s256", 2048, 112, 40),
	ECP(GROUP_ECP192, "ecp192", 192, 96, true),
	ECP(GROUP_ECP224, "ecp224", 224, 112, false),
	ECP(GROUP_BP224, "ecp224bp", 224, 112, false),
	ECP(GROUP_BP256, "ecp256bp", 256, 128, false),
	ECP(GROUP_BP384, "ecp384bp", 384, 192, false),
	ECP(GROUP_BP512, "ecp512bp", 512, 256, false),
	XDH(GROUP_X25519, "x25519", 255, 128, 32),
	XDH(GROUP_X448, "x448", 448, 224, 56),
};

static bool is_word(const char *word, const char *a, const char *b)
{
	return !strcmp(word, a) || (b && !strcmp(word, b));
}

const struct ike_enc_alg *ike_enc_alg(enum ike_enc id)
{
	for (size_t i = 0; i < COUNT(encs); i++)
		if (encs[i].id == id)
			return &encs[i];
	return NULL;
}

const struct ike_md_alg *ike_md_alg(enum ike_md id)
{
	for (size_t i = 0; i < COUNT(mds); i++)
		if (mds[i].id == id)
			return &mds[i];
	return NULL;
}

const struct ike_group_alg *ike_group_alg(uint16_t group)
{
	for (size_t i = 0; i < COUNT(groups); i++)
		if (groups[i].id == group)
			return &groups[i];
	return NULL;
}

enum ike_enc ike_enc_from_v1(uint16_t v1enc)
{
	for (size_t i = 0; v1enc && i < COUNT(encs); i++)
		if (encs[i].v1 == v1enc)
			return encs[i].id;
	return IKE_ENC_NONE;
}

enum ike_enc ike_enc_from_v2(uint16_t v2encr)
{
	for (size_t i = 0; v2encr && i < COUNT(encs); i++)
		if (encs[i].v2 == v2encr)
			return encs[i].id;
	return IKE_ENC_NONE;
}

enum ike_enc ike_enc_from_word(const char *word)
{
	for (size_t i = 0; i < COUNT(encs); i++)
		if (is_word(word, encs[i].word, encs[i].word2))
			return encs[i].id;
	return IKE_ENC_NONE;
}

enum ike_md ike_md_from_v1(uint16_t v1hash)
{
	for (size_t i = 0; v1hash && i < COUNT(mds); i++)
		if (mds[i].v1 == v1hash)
			return mds[i].id;
	return IKE_MD_NONE;
}

enum ike_md ike_md_from_v2prf(uint16_t v2prf)
{
	for (size_t i = 0; v2prf && i < COUNT(mds); i++)
		if (mds[i].v2prf == v2prf)
			return mds[i].id;
	return IKE_MD_NONE;
}

enum ike_md ike_md_from_word(const char *word)
{
	for (size_t i = 0; i < COUNT(mds); i++)
		if (is_word(word, mds[i].word, mds[i].word2))
			return mds[i].id;
	return IKE_MD_NONE;
}

const struct ike_group_alg *ike_group_from_word(const char *word)
{
	for (size_t i = 0; i < COUNT(groups); i++)
		if (is_word(word, groups[i].word, NULL))
			return &groups[i];
	return NULL;
}

const struct ike_enc_alg *ike_enc_at(size_t i)
{
	return i < COUNT(encs) ? &encs[i] : NULL;
}

const struct ike_md_alg *ike_md_at(size_t i)
{
	return i < COUNT(mds) ? &mds[i] : NULL;
}

const struct ike_group_alg *ike_group_at(size_t i)
{
	return i < COUNT(groups) ? &groups[i] : NULL;
}

bool ike_enc_keylen_ok(enum ike_enc enc, unsigned int bits)
{
	const struct ike_enc_alg *a = ike_enc_alg(enc);

	if (!a)
		return false;
	if (!bits)
		return true;
	if (a->fixed)
		return bits == a->def;
	return bits >= a->min && bits <= a->max && !((bits - a->min) % a->step);
}

size_t ike_enc_key_bytes(enum ike_enc enc, unsigned int bits)
{
	const struct ike_enc_alg *a = ike_enc_alg(enc);

	if (!a || !ike_enc_keylen_ok(enc, bits))
		return 0;
	return (bits ? bits : a->def) / 8u;
}
