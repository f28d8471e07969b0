/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/alg.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum alg_id {
#define XALG(id, ...) id,
#include "libxfrm/alg.def"
	ALG_COUNT
};

static const struct xalg algs[ALG_COUNT] = {
#define ICV(...) { __VA_ARGS__ }
#define XALG(id, name_, kernel_, old, show_, kind_, flags_, kmin, kmax, kstep, \
	     kdef, salt_, icv_, full, block_, iv_, sadb_, attr) \
	[id] = { \
		.name = name_, .kernel = kernel_, .kernel_old = old, \
		.show = show_, .kind = kind_, .flags = flags_, \
		.key_min = kmin, .key_max = kmax, .key_step = kstep, \
		.key_def = kdef, .salt = salt_, .icv = icv_, \
		.icv_full = full, .block = block_, .iv = iv_, \
		.sadb = sadb_, .keylen_attr = attr, \
	},
#include "libxfrm/alg.def"
};

static const struct alg_word {
	struct xalg_word w;
	char opt;
} words[] = {
#define XALG_WORD(word_, opt_, id, icv_, langs_, obs, note_) \
	{ .opt = opt_, .w = { .word = word_, .alg = &algs[id], .icv = icv_, \
			      .langs = langs_, .obsolete = obs, \
			      .note = note_ } },
#include "libxfrm/alg.def"
};
#define NWORD (sizeof(words) / sizeof(words[0]))

static const struct kernel_name {
	const char *name;
	const struct xalg *alg;
} kernel_names[] = {
#define XALG_KERNEL(name_, id) { name_, &algs[id] },
#include "libxfrm/alg.def"
};
#define NKERNEL (sizeof(kernel_names) / sizeof(kernel_names[0]))

static const struct alg_code {
	enum xalg_codes space;
	uint8_t code;
	uint16_t icv;
	const struct xalg *alg;
} codes[] = {
#define XALG_CODE(space_, code_, id, icv_) \
	{ space_, code_, icv_, &algs[id] },
#include "libxfrm/alg.def"
};
#define NCODE (sizeof(codes) / sizeof(codes[0]))

const struct xalg *xalg_at(size_t i)
{
	return i < ALG_COUNT ? &algs[i] : NULL;
}

const struct xalg_word *xalg_word_at(size_t i)
{
	return i < NWORD ? &words[i].w : NULL;
}

const struct xalg_word *xalg_find(char opt, const char *word,
				  unsigned int langs)
{
	size_t lo = 0, hi = NWORD, mid;

	while (lo < hi) { /* the first row that is not before word */
		mid = lo + (hi - lo) / 2;
		if (strcmp(words[mid].w.word, word) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < NWORD && strcmp(words[lo].w.word, word) == 0; lo++)
		if (words[lo].opt == opt && (words[lo].w.langs & langs))
			return &words[lo].w;
	return NULL;
}

#define EDIT_MAX 32 /* longest word that is compared */

/* Case and the two dashes are what people mix up most. */
static int fold(char c)
{
	return c == '_' ? '-' : tolower((unsigned char)c);
}

/* Levenshtein distance of two words of at most EDIT_MAX bytes. */
static size_t edit_distance(const char *a, size_t alen, const char *b,
			    size_t blen)
{
	size_t row[EDIT_MAX + 1], i, j, diag, up, best;

	for (j = 0; j <= blen; j++)
		row[j] = j;
	for (i = 1; i <= alen; i++) {
		diag = row[0];
		row[0] = i;
		for (j = 1; j <= blen; j++) {
			up = row[j];
			best = diag + (fold(a[i - 1]) != fold(b[j - 1]));
			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diag = up;
		}
	}
	return row[blen];
}

const char *xalg_suggest(char opt, const char *word, unsigned int langs)
{
	size_t len = strlen(word), wlen, d, best = len / 3 + 1, i;
	const char *found = NULL;

	if (len > EDIT_MAX)
		return NULL;
	for (i = 0; i < NWORD; i++) {
		wlen = strlen(words[i].w.word);
		if (words[i].opt != opt || !(words[i].w.langs & langs) ||
		    words[i].w.obsolete || wlen > EDIT_MAX)
			continue;
		d = edit_distance(word, len, words[i].w.word, wlen);
		if (d < best) {
			best = d;
			found = words[i].w.word;
		}
	}
	return found;
}

const struct xalg *xalg_by_kernel(enum xalg_kind kind, const char *name)
{
	size_t lo = 0, hi = NKERNEL, mid;
	int r;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		r = strcmp(kernel_names[mid].name, name);
		if (r == 0)
			return kernel_names[mid].alg->kind == kind ?
				kernel_names[mid].alg : NULL;
		if (r < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static char alg_opt(const struct xalg *alg)
{
	switch (alg->kind) {
	case XALG_AUTH:
		return 'A';
	case XALG_ENC:
	case XALG_AEAD:
		return 'E';
	case XALG_COMP:
		break;
	}
	return 'C';
}

const char *xalg_setkey_word(const struct xalg *alg, unsigned int icv)
{
	const struct xalg_word *w = xalg_find(alg_opt(alg), alg->name,
					      XALG_SETKEY_ANY);
	const char *found = NULL;
	size_t i;

	if (w && w->icv == icv)
		return w->word;
	for (i = 0; i < NWORD; i++) {
		w = &words[i].w;
		if (w->alg != alg || w->icv != icv || w->obsolete ||
		    !(w->langs & XALG_SETKEY_ANY))
			continue;
		/* hmac-sha256-128 rather than hmac-sha2-256-128 */
		if (!found || strlen(w->word) < strlen(found))
			found = w->word;
	}
	return found;
}

bool xalg_key_ok(const struct xalg *alg, unsigned int bits)
{
	if (bits == alg->key_min || bits == alg->key_max)
		return true;
	return alg->key_step && bits > alg->key_min && bits < alg->key_max &&
		(bits - alg->key_min) % alg->key_step == 0;
}

bool xalg_icv_ok(const struct xalg *alg, unsigned int icv)
{
	size_t i;

	if (alg->kind == XALG_AUTH && !(alg->flags & XALG_NULL))
		return icv >= 32 && icv <= alg->icv_full && icv % 8 == 0;
	for (i = 0; i < XALG_ICV_MAX && alg->icv[i]; i++)
		if (alg->icv[i] == icv)
			return true;
	return icv == 0 && alg->icv[0] == 0;
}

const char *xalg_keys_str(const struct xalg *alg, char *buf, size_t len)
{
	unsigned int min = alg->key_min, max = alg->key_max;
	unsigned int step = alg->key_step;

	if (max == 0)
		snprintf(buf, len, "no key");
	else if (min == max)
		snprintf(buf, len, "%u", min);
	else if (step && max - min == 2 * step)
		snprintf(buf, len, "%u, %u or %u", min, min + step, max);
	else if (step)
		snprintf(buf, len, "%u to %u in steps of %u", min, max, step);
	else
		snprintf(buf, len, "%u or %u", min, max);
	return buf;
}

unsigned int xalg_code(enum xalg_codes space, const struct xalg *alg,
		       unsigned int icv)
{
	bool any_icv = space == XCODE_V1_AH || space == XCODE_V1_AUTH;
	size_t i;

	for (i = 0; i < NCODE; i++)
		if (codes[i].space == space && codes[i].alg == alg &&
		    (any_icv || codes[i].icv == icv))
			return codes[i].code;
	return 0;
}

const struct xalg *xalg_by_code(enum xalg_codes space, unsigned int code,
				unsigned int *icv)
{
	size_t lo = 0, hi = NCODE, mid;

	if (icv)
		*icv = 0;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (codes[mid].space == space && codes[mid].code == code) {
			if (icv)
				*icv = codes[mid].icv;
			return codes[mid].alg;
		}
		if (codes[mid].space < space ||
		    (codes[mid].space == space && codes[mid].code < code))
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}
