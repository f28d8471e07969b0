/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "parser/setkey_chk.h"

/* Algorithms and keys of an SA. */

#define KEY_BYTES_MAX 512u	/* more than any algorithm takes */

/* Names that other systems use, and ours for them. */
static const struct {
	char opt;
	const char *theirs, *ours;
} foreign[] = {
	{ 'E', "des-ede3-cbc", "3des-cbc" },	/* 3GPP TS 33.203 */
	{ 'E', "aes", "aes-cbc" }, { 'E', "3des", "3des-cbc" },
	{ 'E', "des", "des-cbc" }, { 'E', "aes-gcm", "aes-gcm-16" },
	{ 'E', "aes128", "aes-cbc" }, { 'E', "aes256", "aes-cbc" },
	{ 'E', "aes-128-cbc", "aes-cbc" }, { 'E', "aes-256-cbc", "aes-cbc" },
	{ 'E', "cbc(aes)", "aes-cbc" },
	{ 'E', "rfc4106(gcm(aes))", "aes-gcm-16" },
	{ 'A', "sha256", "hmac-sha256" }, { 'A', "md5", "hmac-md5" },
	{ 'A', "sha1", "hmac-sha1" }, { 'A', "hmac(sha1)", "hmac-sha1" },
	{ 'A', "hmac(sha256)", "hmac-sha256" },
};

static void unknown_alg(struct ck *c, char opt, struct sloc loc,
			const char *word)
{
	const char *near = NULL;
	const char *what = opt == 'E' ? "encryption" :
		opt == 'A' ? "authentication" : "compression";
	char other = opt == 'E' ? 'A' : 'E';
	size_t i;

	for (i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		if (foreign[i].opt == opt && !strcmp(foreign[i].theirs, word))
			near = foreign[i].ours;
	}
	if (!near)
		near = xalg_suggest(opt, word, XALG_SETKEY_ANY);
	if (xalg_find(other, word, XALG_SETKEY_ANY))
		ck_error(c, loc, "syntax error",
			 "this algorithm stands after -%c", other);
	else if (near)
		ck_error(c, loc, "syntax error",
			 "no such %s algorithm; is `%s' meant?", what, near);
	else
		ck_error(c, loc, "syntax error",
			 "no such %s algorithm; setkey(8) lists them", what);
}

/* Each weak algorithm is named once per text. */
static bool first_time(struct ck *c, const struct xalg *alg)
{
	unsigned int i;

	for (i = 0; i < c->nweak; i++) {
		if (c->weak[i] == alg)
			return false;
	}
	if (c->nweak < CK_WEAK_MAX)
		c->weak[c->nweak++] = alg;
	return true;
}

/* The algorithm of -E, -A or -C; NULL: reported. */
static const struct xalg_word *find_alg(struct ck *c,
					const struct setkey_ext *e, char opt)
{
	const struct xalg_word *w;
	char word[CK_TEXT_MAX];
	struct sloc loc = e->arg[0].host;

	if (!ck_text(c, loc, word) || word[0] == '"') {
		ck_error(c, loc, "syntax error",
			 "the name of the algorithm is missing");
		return NULL;
	}
	w = xalg_find(opt, word, XALG_SETKEY_ANY);
	if (!w) {
		unknown_alg(c, opt, loc, word);
		return NULL;
	}
	if (w->alg->flags & XALG_ABSENT) {
		ck_error(c, loc, "Not supported", "Linux does not have %s; "
			 "use %s", w->alg->name, opt == 'E' ? "aes-cbc or "
			 "aes-gcm-16" : opt == 'A' ? "hmac-sha256-128" :
			 "deflate");
		return NULL;
	}
	if (w->obsolete)
		ck_warn(c, loc, "%s: %s", word,
			w->note ? w->note : "obsolete");
	if (w->alg->flags & XALG_WEAK && first_time(c, w->alg)) {
		ck_advise(c, loc, "%s is weak: RFC 8221 says not to use it",
			  w->alg->name);
	}
	return w;
}

/* With an odd number of digits the first one is a byte of its own. */
static bool unhex(const char *p, size_t n, uint8_t *out)
{
	size_t i = 0, o = 0;
	int hi, lo;

	if (n & 1) {
		hi = ck_hex_digit(p[i++]);
		if (hi < 0)
			return false;
		out[o++] = (uint8_t)hi;
	}
	for (; i < n; i += 2) {
		hi = ck_hex_digit(p[i]);
		lo = ck_hex_digit(p[i + 1]);
		if (hi < 0 || lo < 0)
			return false;
		out[o++] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

static void wrong_length(struct ck *c, struct sloc loc, const struct xalg *alg,
			 size_t bits)
{
	char keys[XALG_KEYS_STRLEN];
	const char *salt = alg->salt ? ", salt included" : "";

	xalg_keys_str(alg, keys, sizeof(keys));
	ck_error(c, loc, "Invalid key length", "key has %zu bits; %s wants "
		 "%s%s", bits, alg->name, keys, salt);
}

/* The bytes of a key, in the program's arena; false: reported. */
static bool read_key(struct ck *c, struct sloc loc, const struct xalg *alg,
		     const uint8_t **key, unsigned int *bits)
{
	const char *p = ck_bytes(c, loc);
	size_t n = loc.len, bytes;
	bool quoted = *p == '"', prefix = n > 1 && p[0] == '0' &&
		(p[1] == 'x' || p[1] == 'X');
	uint8_t *buf;

	if (quoted || prefix) {
		p += quoted ? 1 : 2;
		n -= 2;
	}
	bytes = quoted ? n : (n + 1) / 2;
	if (bytes > KEY_BYTES_MAX) {
		wrong_length(c, loc, alg, bytes * 8);
		return false;
	}
	buf = arena_alloc(c->p->keys, bytes);
	if (!buf) {
		c->nomem = true;
		return false;
	}
	if (quoted) {
		memcpy(buf, p, bytes);
	} else if (!unhex(p, n, buf)) {
		ck_error(c, loc, "syntax error", "a key is \"text\" or 0x and "
			 "hexadecimal digits");
		return false;
	} else if (!prefix && !xalg_key_ok(alg, (unsigned int)(n * 4))) {
		ck_error(c, loc, "syntax error", "a key is \"text\" or 0x and "
			 "hexadecimal digits; this one has neither");
		return false;
	} else if (!prefix) {
		ck_warn(c, loc, "key without 0x: taken as hexadecimal digits, "
			"since their number is right");
	}
	*key = buf;
	*bits = (unsigned int)(bytes * 8);
	return true;
}

/* Fills a slot of the SA from -E or -A. */
static bool set_alg(struct ck *c, const struct setkey_ext *e, char opt,
		    unsigned int icv, struct xsa_alg *slot)
{
	const struct xalg_word *w = find_alg(c, e, opt);
	struct sloc loc = e->narg > 1 ? e->arg[1].host : e->arg[0].host;
	const uint8_t *key = NULL;
	unsigned int bits = 0;

	if (!w)
		return false;
	if (e->narg > 1 && !read_key(c, loc, w->alg, &key, &bits))
		return false;
	if (w->alg->flags & XALG_NULL && bits) {
		ck_warn(c, loc, "`null' takes no key: it is left out");
		bits = 0;
	}
	if (!xalg_key_ok(w->alg, bits)) {
		if (e->narg > 1)
			wrong_length(c, loc, w->alg, bits);
		else
			ck_error(c, loc, "Invalid key length",
				 "the key is missing");
		return false;
	}
	if (icv && !xalg_icv_ok(w->alg, icv)) {
		ck_error(c, e->arg[0].host, "Invalid argument",
			 "%s cannot have an ICV of %u bits", w->alg->name, icv);
		return false;
	}
	xsa_alg_set(slot, w->alg, key, bits, icv ? icv : w->icv);
	return true;
}

static bool find_once(struct ck *c, enum setkey_word_id id,
		      const struct setkey_ext **found)
{
	const struct setkey_ext *e;

	*found = NULL;
	for (e = c->st->exts; e; e = e->next) {
		if (e->word->id != id)
			continue;
		if (*found) {
			ck_error(c, e->name, "syntax error",
				 "%s stands here twice", e->word->text);
			return false;
		}
		*found = e;
	}
	return true;
}

static bool esp_rules(struct ck *c, struct xfrm_sa *sa,
		      const struct setkey_ext *enc,
		      const struct setkey_ext *auth)
{
	struct sloc at = c->st->proto.loc;

	if (!enc) {
		ck_error(c, at, "Invalid argument", "ESP needs -E; write -E "
			 "null -A ... for integrity alone");
		return false;
	}
	if (sa->enc.aead && auth) {
		if (!(sa->auth.alg->flags & XALG_NULL)) {
			ck_error(c, auth->name, "Invalid argument",
				 "%s protects integrity itself: leave out -A",
				 sa->enc.alg->name);
			return false;
		}
		memset(&sa->auth, 0, sizeof(sa->auth));
	}
	if (!sa->enc.aead && (!auth || sa->auth.alg->flags & XALG_NULL) &&
	    ck_once(c, CK_ONCE_NOINTEG))
		ck_advise(c, at, "ESP without integrity can be forged and "
			  "often decrypted: add -A (RFC 8221 section 4)");
	if (sa->enc.alg->flags & XALG_COUNTER && ck_once(c, CK_ONCE_COUNTER))
		ck_advise(c, enc->arg[0].host, "a counter mode must never use "
			  "a key twice: with a manual key, change it before "
			  "each restart and set -lh (RFC 8221 section 3)");
	return true;
}

static bool ah_rules(struct ck *c, struct xfrm_sa *sa,
		     const struct setkey_ext *enc,
		     const struct setkey_ext *auth)
{
	if (enc) {
		ck_error(c, enc->name, "Invalid argument",
			 "AH does not encrypt: use esp, or leave out -E");
		return false;
	}
	if (!auth) {
		ck_error(c, c->st->proto.loc, "Invalid argument", "AH needs -A");
		return false;
	}
	if (sa->auth.alg->flags & (XALG_NULL | XALG_NOAH)) {
		ck_error(c, auth->arg[0].host, "Invalid argument",
			 "AH cannot use %s", sa->auth.alg->name);
		return false;
	}
	return true;
}

static bool ipcomp_rules(struct ck *c, struct xfrm_sa *sa,
			 const struct setkey_ext *comp,
			 const struct setkey_ext *other)
{
	const struct xalg_word *w;

	if (other) {
		ck_error(c, other->name, "Invalid argument",
			 "IPComp has no keys: it takes -C only");
		return false;
	}
	if (!comp) {
		ck_error(c, c->st->proto.loc, "Invalid argument",
			 "IPComp needs -C deflate");
		return false;
	}
	w = find_alg(c, comp, 'C');
	if (w)
		xsa_alg_set(&sa->comp, w->alg, NULL, 0, 0);
	return w;
}

bool ck_algs(struct ck *c, struct xfrm_sa *sa)
{
	const struct setkey_ext *enc, *auth, *comp, *icv;
	uint64_t bits = 0;
	bool aead;

	if (!find_once(c, SKW_X_E, &enc) || !find_once(c, SKW_X_A, &auth) ||
	    !find_once(c, SKW_X_C, &comp) || !find_once(c, SKW_X_ICV, &icv))
		return false;
	if (sa->proto == IPPROTO_COMP)
		return ipcomp_rules(c, sa, comp, enc ? enc : auth);
	if (comp) {
		ck_error(c, comp->name, "Invalid argument",
			 "-C goes with ipcomp only");
		return false;
	}
	if (icv && !ck_number(c, icv->arg[0].host, 1024, &bits))
		return false;
	if (enc && !set_alg(c, enc, 'E', 0, &sa->enc))
		return false;
	aead = sa->enc.aead;
	if (aead && bits) {
		if (!set_alg(c, enc, 'E', (unsigned int)bits, &sa->enc))
			return false;
		bits = 0;
	}
	if (auth && !set_alg(c, auth, 'A', (unsigned int)bits, &sa->auth))
		return false;
	if (sa->proto == IPPROTO_AH)
		return ah_rules(c, sa, enc, auth);
	return esp_rules(c, sa, enc, auth);
}
