/* SPDX-License-Identifier: BSD-2-Clause */
/* The value words of racoon.conf, and which of them a misspelt one is near. */
#include "parser/racoon_value.h"

#include <stdio.h>
#include <string.h>

#define WORD_CMP_MAX 32	/* longer words are near to nothing */

struct value_word {
	enum rc_list list;
	unsigned int v;
	const char *word;
};

static const struct value_word value_words[] = {
#define RC_VALUE(list, name, number, word) { RC_LIST_##list, number, word },
#include "parser/racoon_words.def"
#undef RC_VALUE
};

#define NWORDS (sizeof(value_words) / sizeof(value_words[0]))

const char *rc_word(enum rc_list list, unsigned int v)
{
	size_t i;

	for (i = 0; i < NWORDS; i++) {
		if (value_words[i].list == list && value_words[i].v == v)
			return value_words[i].word;
	}
	return NULL;
}

unsigned int rc_list_find(enum rc_list list, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < NWORDS; i++) {
		const struct value_word *w = &value_words[i];

		if (w->list == list && !strncmp(w->word, s, n) && !w->word[n])
			return w->v;
	}
	return 0;
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Words are in lower case; to those of another, it is case that is wrong. */
static char small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Optimal string alignment: neighbours that changed places count once. */
unsigned int rc_distance(const char *s, size_t n, const char *w)
{
	unsigned int rows[3][WORD_CMP_MAX + 1], *old = rows[0], *prev = rows[1],
		     *row = rows[2], *spare;
	size_t m = strlen(w), i, j;

	if (n > WORD_CMP_MAX || m > WORD_CMP_MAX)
		return RC_NEAR_MAX + 1;
	for (j = 0; j <= m; j++)
		row[j] = (unsigned int)j;
	for (i = 1; i <= n; i++) {
		spare = old;
		old = prev;
		prev = row;
		row = spare;
		row[0] = (unsigned int)i;
		for (j = 1; j <= m; j++) {
			row[j] = prev[j - 1] +
				 (small(s[i - 1]) != w[j - 1]);
			row[j] = least(row[j], prev[j] + 1);
			row[j] = least(row[j], row[j - 1] + 1);
			if (i > 1 && j > 1 && s[i - 1] == w[j - 2] &&
			    s[i - 2] == w[j - 1])
				row[j] = least(row[j], old[j - 2] + 1);
		}
	}
	return least(row[m], RC_NEAR_MAX + 1);
}

bool rc_near(const char *s, size_t n, const char *w, unsigned int *best)
{
	unsigned int d = rc_distance(s, n, w);

	if (d >= *best || d > RC_NEAR_MAX || d * 2 >= n)
		return false;
	*best = d;
	return true;
}

const char *rc_list_near(enum rc_list list, const char *s, size_t n)
{
	unsigned int best = RC_NEAR_MAX + 1;
	const char *word = NULL;
	size_t i;

	for (i = 0; i < NWORDS; i++) {
		if (value_words[i].list == list &&
		    rc_near(s, n, value_words[i].word, &best))
			word = value_words[i].word;
	}
	return word;
}

void rc_list_text(enum rc_list list, char *buf, size_t len)
{
	size_t at = 0, i;

	*buf = '\0';
	for (i = 0; i < NWORDS && at < len; i++) {
		const struct value_word *w = &value_words[i];

		/* aliases stand behind the word they are for */
		if (w->list != list ||
		    (i && w[-1].list == list && w[-1].v == w->v))
			continue;
		at += (size_t)snprintf(buf + at, len - at, "%s%s",
				       at ? ", " : "", w->word);
	}
	if (at >= len && len > 3)
		memcpy(buf + len - 4, "...", 4);
}
