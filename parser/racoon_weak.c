/* SPDX-License-Identifier: BSD-2-Clause */
#include "parser/racoon_weak.h"

#define WARN(loc, ...) \
	src_diag(conf->src, d, DIAG_WARNING, (loc), __VA_ARGS__)
#define HINT(entry, ...) diag_hint(d, (entry), __VA_ARGS__)

void rc_weak_group(struct rc_conf *conf, struct diag *d,
		   const struct rc_alg *g)
{
	struct diag_entry *e;

	switch (g->alg) {
	case RC_DH_MODP768:
	case RC_DH_MODP1024:
	case RC_DH_MODP1536:
	case RC_DH_MODP1024S160:
	case RC_DH_ECP192:
		e = WARN(g->loc, "%s is too small a group today",
			 rc_word(RC_LIST_GROUP, g->alg));
		HINT(e, "use modp2048 (14) or ecp256 (19) on both sides");
		break;
	case RC_DH_MODP2048S224:
	case RC_DH_MODP2048S256:
		e = WARN(g->loc, "%s has primes of unknown origin "
			 "(RFC 8247)", rc_word(RC_LIST_GROUP, g->alg));
		HINT(e, "use modp2048 (14) on both sides");
		break;
	}
}

void rc_weak_cipher(struct rc_conf *conf, struct diag *d,
		    const struct rc_alg *a)
{
	struct diag_entry *e;

	switch (a->alg) {
	case RC_ENC_DES:
	case RC_ENC_DES_IV32:
	case RC_ENC_DES_IV64:
		e = WARN(a->loc, "DES is broken: its key can be searched");
		break;
	case RC_ENC_RC4:
		e = WARN(a->loc, "RC4 is broken");
		break;
	case RC_ENC_3DES:
	case RC_ENC_BLOWFISH:
	case RC_ENC_CAST128:
	case RC_ENC_IDEA:
	case RC_ENC_3IDEA:
	case RC_ENC_RC5:
		e = WARN(a->loc, "%s has blocks of 64 bits, which leak "
			 "after some gigabytes (Sweet32)",
			 rc_word(RC_LIST_ENC, a->alg));
		break;
	default:
		return;
	}
	HINT(e, "use aes 128 or aes 256 on both sides");
}

void rc_weak_hash(struct rc_conf *conf, struct diag *d,
		  const struct rc_alg *a)
{
	struct diag_entry *e;

	if (a->alg != RC_HASH_MD5)
		return;
	e = WARN(a->loc, "MD5 is broken");
	HINT(e, "use sha256 on both sides");
}

void rc_odd_lifetime(struct rc_conf *conf, struct diag *d,
		     const struct rc_life *l)
{
	struct diag_entry *e;

	if (l->time.given && l->time.v < 60) {
		e = WARN(l->time.loc, "a lifetime of %llu seconds makes "
			 "little but new keys",
			 (unsigned long long)l->time.v);
		HINT(e, "common are 8 hours for phase 1, 1 hour for "
		     "phase 2");
	} else if (l->time.given && l->time.v > 7 * 86400) {
		WARN(l->time.loc, "keys are used for more than a week");
	}
	if (l->byte.given && l->byte.v && l->byte.v < 1024 * 1024)
		WARN(l->byte.loc, "keys are replaced every %llu bytes",
		     (unsigned long long)l->byte.v);
}
