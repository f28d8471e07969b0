/* SPDX-License-Identifier: BSD-2-Clause */
#include "parser/setkey_ast.h"

#include <string.h>

#include "parser/setkey_int.h"

/* The words of the setkey language (keywords.def), and how they are found. */

static const struct setkey_word words[] = {
	[SKW_NONE] = { "", 0, SKW_NONE, SKC_VALUE, "", "" },
#define SK_WORD(id, text, cls, args, ref) \
	[SKW_##id] = { text, sizeof(text) - 1, SKW_##id, cls, args, ref },
#include "parser/keywords.def"
#undef SK_WORD
};

/* keywords.def has the words of a class in one run: first and last. */
static const struct {
	enum setkey_word_id first, last;
} range[] = {
	[SKC_STMT] = { SKW_ADD, SKW_BYE },
	[SKC_PROTO] = { SKW_ESP, SKW_TCP },
	[SKC_EXT] = { SKW_X_E, SKW_X_6 },
	[SKC_POL] = { SKW_P_IN, SKW_P_ANY },
	[SKC_FILTER] = { SKW_F_SRC, SKW_F_FWD },
	[SKC_VALUE] = { SKW_V_ANY, SKW_V_DONT_FRAG },
};

const struct setkey_word *setkey_word(enum setkey_word_id id)
{
	return &words[id];
}

static bool is_word(const struct setkey_word *w, const char *text, size_t len)
{
	size_t i = 0;

	if (w->len != len)
		return false;
	while (i < len && w->text[i] == text[i])
		i++;
	return i == len;
}

const struct setkey_word *setkey_word_find(enum setkey_class cls,
					   const char *p, size_t len)
{
	const struct setkey_word *w = &words[range[cls].first];
	const struct setkey_word *end = &words[range[cls].last];

	for (; len && w <= end; w++) {
		if (is_word(w, p, len))
			return w;
	}
	return NULL;
}

/* The factors scatter the words well; collisions go to the next free slot. */
static unsigned int hash(const char *text, size_t len)
{
	return ((unsigned char)text[0] * 191u +
		(unsigned char)text[len - 1] * 27u + (unsigned int)len * 3u) %
		SK_SLOTS;
}

void sk_words_init(struct sk_words *table)
{
	const struct setkey_word *w;
	unsigned int at;

	memset(table, 0, sizeof(*table));
	/* Words of SKC_VALUE, the last, are the checker's. */
	for (w = words + 1; w < words + SKW_V_ANY; w++) {
		at = hash(w->text, w->len);
		while (table->slot[at])
			at = (at + 1) % SK_SLOTS;
		table->slot[at] = (uint8_t)w->id;
	}
}

enum setkey_word_id sk_word_find(const struct sk_words *table,
				 unsigned int classes, const char *text,
				 size_t len)
{
	const struct setkey_word *w;
	unsigned int at;

	for (at = hash(text, len); table->slot[at]; at = (at + 1) % SK_SLOTS) {
		w = &words[table->slot[at]];
		if (classes & SK_CLASS(w->cls) && is_word(w, text, len))
			return w->id;
	}
	return SKW_NONE;
}

#define NEAR_MAX 24u	/* longest word that is compared */

/* Words of the language are in small letters. */
static char small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Edit distance of a and b, both at most NEAR_MAX bytes. */
static unsigned int distance(const char *a, size_t na, const char *b,
			     size_t nb)
{
	unsigned int row[NEAR_MAX + 1], diag, up, best;
	size_t i, j;

	for (j = 0; j <= nb; j++)
		row[j] = (unsigned int)j;
	for (i = 1; i <= na; i++) {
		diag = row[0];
		row[0] = (unsigned int)i;
		for (j = 1; j <= nb; j++) {
			up = row[j];
			best = diag + (small(a[i - 1]) != b[j - 1]);
			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diag = up;
		}
	}
	return row[nb];
}

const char *setkey_word_near(enum setkey_class cls, const char *p, size_t len)
{
	const struct setkey_word *w = &words[range[cls].first];
	const struct setkey_word *end = &words[range[cls].last];
	const char *best = NULL;
	unsigned int dist, least = 3;

	if (!len || len > NEAR_MAX)
		return NULL;
	for (; w <= end; w++) {
		dist = distance(p, len, w->text, strlen(w->text));
		if (dist < least && dist <= 1 + len / 5) {
			least = dist;
			best = w->text;
		}
	}
	return best;
}
