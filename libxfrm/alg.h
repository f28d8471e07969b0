/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XFRM_ALG_H
#define XFRM_ALG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The one table of algorithms (alg.def): every other part of the project asks
 * here for words, kernel names, key and ICV sizes, and code points.
 */
enum xalg_kind {
	XALG_AUTH,	/* integrity: -A, XFRMA_ALG_AUTH_TRUNC */
	XALG_ENC,	/* encryption: -E, XFRMA_ALG_CRYPT */
	XALG_AEAD,	/* both: -E, XFRMA_ALG_AEAD */
	XALG_COMP,	/* compression: -C, XFRMA_ALG_COMP */
};

enum xalg_flag {
	XALG_WEAK = 1 << 0,	/* MUST NOT or SHOULD NOT of RFC 8221 */
	XALG_COUNTER = 1 << 1,	/* a reused key and counter is fatal */
	XALG_ABSENT = 1 << 2,	/* Linux never had it: no kernel name */
	XALG_NULL = 1 << 3,	/* does nothing, takes no key */
	XALG_NOAH = 1 << 4,	/* integrity that AH cannot use */
};

#define XALG_ICV_MAX 4

struct xalg {
	const char *name;	/* our name for it: the plain setkey word */
	const char *kernel;	/* crypto API name, "" if XALG_ABSENT */
	const char *kernel_old;	/* older name that dumps may show, or "" */
	const char *show;	/* what `setkey -D` prints */
	enum xalg_kind kind;
	unsigned int flags;	/* enum xalg_flag */
	/*
	 * Key sizes in bits, as written in setkey and handed to the kernel:
	 * with the salt.  key_step 0: only key_min or key_max.  key_def: what
	 * racoon takes when a file names no length.
	 */
	uint16_t key_min, key_max, key_step, key_def;
	uint16_t salt;		/* bits of the key that are salt or nonce */
	/* Integrity check values in bits; icv[0] is the kernel's default. */
	uint16_t icv[XALG_ICV_MAX]; /* 0 ends the list */
	uint16_t icv_full;	/* untruncated digest */
	uint16_t block, iv;	/* bits */
	uint8_t sadb;		/* PF_KEY number, 0: none */
	bool keylen_attr;	/* IKE names the key length in an attribute */
};

/* Who speaks a word; bits, since many words belong to several. */
enum xalg_lang {
	XALG_SETKEY = 1 << 0,	/* ipsec-tools setkey */
	XALG_BSD = 1 << 1,	/* FreeBSD or NetBSD setkey only */
	XALG_OURS = 1 << 2,	/* new in xfrm-tools' setkey */
	XALG_RACOON = 1 << 3,	/* racoon.conf, sainfo */
	XALG_SETKEY_ANY = XALG_SETKEY | XALG_BSD | XALG_OURS,
};

/*
 * One spelling of an algorithm.  icv is the ICV this word means, in bits: it
 * differs between words for one algorithm (hmac-sha256 is 96, hmac_sha256 of
 * racoon 128); 0 for what has no ICV.
 */
struct xalg_word {
	const char *word;
	const struct xalg *alg;
	uint16_t icv;
	uint8_t langs;		/* enum xalg_lang */
	bool obsolete;		/* accepted, warn */
	const char *note;	/* what to tell the user, or NULL */
};

/*
 * The option letter a word stands after: 'E' finds XALG_ENC and XALG_AEAD,
 * 'A' XALG_AUTH, 'C' XALG_COMP.  langs: which languages to look in.
 * NULL when there is none.  Words are case-sensitive.
 */
const struct xalg_word *xalg_find(char opt, const char *word,
				  unsigned int langs);

/*
 * The word of those languages that is nearest to what was written, for "did
 * you mean"; NULL when nothing is near (edit distance over a third).
 */
const char *xalg_suggest(char opt, const char *word, unsigned int langs);

/* By the kernel's name, old or new; NULL when unknown. */
const struct xalg *xalg_by_kernel(enum xalg_kind kind, const char *name);

/*
 * The setkey word that gives this algorithm with this ICV, for output that is
 * read back (hmac-sha256-128 …); NULL when no word says it.
 */
const char *xalg_setkey_word(const struct xalg *alg, unsigned int icv);

/* All algorithms and all words, for listings: i counts from 0; NULL ends. */
const struct xalg *xalg_at(size_t i);
const struct xalg_word *xalg_word_at(size_t i);

/* Is that a key length (bits, with salt), an ICV length, this takes? */
bool xalg_key_ok(const struct xalg *alg, unsigned int bits);
bool xalg_icv_ok(const struct xalg *alg, unsigned int icv);

/* "128, 192 or 256" / "40 to 448": the key bits it takes; returns buf. */
#define XALG_KEYS_STRLEN 64
const char *xalg_keys_str(const struct xalg *alg, char *buf, size_t len);

/* The registries an algorithm can have a number in. */
enum xalg_codes {
	XCODE_V2_ENCR,	/* IKEv2 transform type 1 (RFC 7296 3.3.2) */
	XCODE_V2_INTEG,	/* IKEv2 transform type 3 */
	XCODE_V1_ESP,	/* IKEv1 ESP transform (RFC 2407 4.4.4) */
	XCODE_V1_AH,	/* IKEv1 AH transform (RFC 2407 4.4.3) */
	XCODE_V1_AUTH,	/* IKEv1 authentication attribute (RFC 2407 4.5) */
	XCODE_V1_COMP,	/* IKEv1 IPComp transform (RFC 2407 4.4.5) */
};

/*
 * Number of an algorithm with an ICV (bits) there; 0: none.  IKEv1 numbers
 * of integrity algorithms say nothing about the ICV, so any will do there.
 */
unsigned int xalg_code(enum xalg_codes space, const struct xalg *alg,
		       unsigned int icv);

/*
 * And back; *icv (may be NULL) is the ICV the number stands for, in IKEv1
 * that of RFC 2403, 2404 and 4868; 0 for plain ciphers.  NULL if unknown.
 */
const struct xalg *xalg_by_code(enum xalg_codes space, unsigned int code,
				unsigned int *icv);

#ifdef __cplusplus
}
#endif

#endif
