/* SPDX-License-Identifier: BSD-2-Clause */
#include "parser/racoon_value.h"

#include <string.h>

#include "libxfrm/base/err.h"

#define KEYLEN_MIN 40	/* bits; fewer digits are part of a name */
#define KEYLEN_MAX 65535

/*
 * A name with its key length behind it, as in aes256 and aes_256: the longest
 * name that leaves digits, with at most one _ or - between.  Gives the length
 * of the name, 0 when the word is not like that.
 */
static size_t unglue(const struct rc_tok *t, unsigned int *alg,
		     uint64_t *keylen)
{
	size_t n, from;

	for (n = t->len - 1; n > 0; n--) {
		from = n;
		if (t->p[from] == '_' || t->p[from] == '-')
			from++;
		if (from == t->len ||
		    rc_digits(t->p + from, t->len - from, keylen) !=
		    t->len - from)
			continue;
		if (*keylen < KEYLEN_MIN || *keylen > KEYLEN_MAX)
			continue;
		*alg = rc_list_find(RC_LIST_ENC, t->p, n);
		if (*alg)
			return n;
	}
	return 0;
}

static int glued_alg(struct rc_in *in, struct rc_alg *out)
{
	struct rc_tok *t = in->t;
	struct sloc junk = t->loc;
	uint64_t keylen = 0;
	size_t n;

	n = unglue(t, &out->alg, &keylen);
	if (!n)
		return rc_in_bad_word(in, RC_LIST_ENC);
	if (t->p[n] == '_' || t->p[n] == '-') {
		junk.at += (uint32_t)n;
		junk.len = 1;
		rc_warn(in->p, junk, "skipped `%c' between the algorithm and "
			"its key length", t->p[n]);
	}
	out->keylen = (unsigned int)keylen;
	rc_in_next(in);
	return 0;
}

int rc_in_alg(struct rc_in *in, enum rc_list list, struct rc_alg *out)
{
	struct rc_tok *t = in->t;
	struct rc_num keylen;
	uint64_t v;
	int r;

	*out = (struct rc_alg){ 0 };
	if (!t || t->kind != RC_TOK_WORD)
		return rc_in_bad_word(in, list);
	out->loc = t->loc;
	out->alg = rc_list_find(list, t->p, t->len);
	if (out->alg)
		rc_in_next(in);
	else if (list == RC_LIST_ENC)
		return glued_alg(in, out);
	else
		return rc_in_bad_word(in, list);
	t = in->t;
	if (!t || t->kind != RC_TOK_WORD ||
	    rc_digits(t->p, t->len, &v) != t->len)
		return 0;
	r = rc_in_num(in, 1, KEYLEN_MAX, &keylen);
	if (r) {
		out->alg = 0;
		return r;
	}
	out->loc = src_join(out->loc, keylen.loc);
	out->keylen = (unsigned int)keylen.v;
	return 0;
}

int rc_in_group(struct rc_in *in, struct rc_alg *out)
{
	struct rc_tok *t = in->t;
	struct rc_num num;
	uint64_t v;
	int r;

	*out = (struct rc_alg){ 0 };
	if (!t || t->kind != RC_TOK_WORD)
		return rc_in_expected(in, "a Diffie-Hellman group");
	out->loc = t->loc;
	if (rc_digits(t->p, t->len, &v) == t->len) {
		r = rc_in_num(in, 1, UINT16_MAX, &num);
		if (!r)
			out->alg = (unsigned int)num.v;
		return r;
	}
	out->alg = rc_list_find(RC_LIST_GROUP, t->p, t->len);
	if (!out->alg)
		return rc_in_bad_word(in, RC_LIST_GROUP);
	rc_in_next(in);
	return 0;
}
