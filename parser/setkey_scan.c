/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>

#include "parser/setkey_int.h"

/*
 * Scanner of the setkey language.  It reads the text where it lies, so that a
 * token is a position and a length, nothing is copied.  The text ends with a
 * NUL, which belongs to no class of characters: that ends every loop.
 */

enum {
	C_BLANK = 1 << 0,
	C_DIGIT = 1 << 1,
	C_HEX = 1 << 2,
	C_FIRST = 1 << 3,	/* starts a word or number */
	C_WORD = 1 << 4,	/* goes on in a word */
	C_POL = 1 << 5,		/* word of a policy */
	C_BARE = 1 << 6,	/* algorithm or key without quotes */
	C_OPT = 1 << 7,		/* behind the dash of an option */
	C_MARK = 1 << 8,	/* what no word starts with, in any mode */
};

#define C_NAME (C_FIRST | C_WORD | C_POL | C_BARE | C_OPT)
#define C_NUMBER (C_NAME | C_DIGIT | C_HEX)

static const uint16_t class[256] = {
	['\t' ... '\r'] = C_BLANK, [' '] = C_BLANK,
	['!'] = C_BARE, ['$'] = C_BARE, ['&' ... ','] = C_BARE,
	['%'] = C_BARE | C_WORD, ['-'] = C_BARE | C_WORD | C_OPT,
	['.'] = C_BARE | C_WORD | C_POL, ['/'] = C_BARE,
	['0' ... '9'] = C_NUMBER,
	[':'] = C_BARE | C_FIRST | C_WORD, ['<' ... '@'] = C_BARE,
	['A' ... 'F'] = C_NAME | C_HEX, ['G' ... 'Z'] = C_NAME,
	['['] = C_BARE, [']' ... '^'] = C_BARE,
	['_'] = C_BARE | C_FIRST | C_WORD | C_POL, ['`'] = C_BARE,
	['a' ... 'f'] = C_NAME | C_HEX, ['g' ... 'z'] = C_NAME,
	['{' ... '~'] = C_BARE, [1 ... 8] = C_BARE, [14 ... 31] = C_BARE,
	[127 ... 255] = C_BARE,
	['\0'] = C_MARK, ['#'] = C_MARK, [';'] = C_MARK, ['\\'] = C_MARK,
};

/* What a word is to the grammar. */
static const uint8_t word_token[SKW_COUNT] = {
	[SKW_ADD] = SK_SA, [SKW_UPDATE] = SK_SA, [SKW_GET] = SK_SA,
	[SKW_DELETE] = SK_SA, [SKW_GETSPI] = SK_SA,
	[SKW_DELETEALL] = SK_DELETEALL,
	[SKW_FLUSH] = SK_TABLE, [SKW_DUMP] = SK_TABLE,
	[SKW_SPDADD] = SK_SPD, [SKW_SPDUPDATE] = SK_SPD,
	[SKW_SPDDELETE] = SK_SPD, [SKW_MIGRATE] = SK_SPD,
	[SKW_SPDDUMP] = SK_SPDDUMP, [SKW_SPDFLUSH] = SK_SPDFLUSH,
	[SKW_SPDHASH] = SK_SPDHASH, [SKW_SPDDEFAULT] = SK_SPDDEFAULT,
	[SKW_EXIT] = SK_EXIT, [SKW_QUIT] = SK_EXIT, [SKW_BYE] = SK_EXIT,
	[SKW_ESP] = SK_PROTO, [SKW_ESP_OLD] = SK_PROTO,
	[SKW_ESP_UDP] = SK_PROTO, [SKW_ESP_TCP] = SK_PROTO,
	[SKW_AH] = SK_PROTO, [SKW_AH_OLD] = SK_PROTO,
	[SKW_IPCOMP] = SK_PROTO, [SKW_TCP] = SK_PROTO,
	[SKW_P_IN] = SK_PDIR, [SKW_P_OUT] = SK_PDIR, [SKW_P_FWD] = SK_PDIR,
	[SKW_P_PRIO] = SK_PPRIO, [SKW_P_PRIORITY] = SK_PPRIO,
	[SKW_P_LOW] = SK_PBASE, [SKW_P_DEF] = SK_PBASE,
	[SKW_P_HIGH] = SK_PBASE,
	[SKW_P_DISCARD] = SK_PACTION, [SKW_P_NONE] = SK_PACTION,
	[SKW_P_IPSEC] = SK_PACTION, [SKW_P_ENTRUST] = SK_PACTION,
	[SKW_P_BYPASS] = SK_PACTION,
	[SKW_P_ESP] = SK_PPROTO, [SKW_P_AH] = SK_PPROTO,
	[SKW_P_IPCOMP] = SK_PPROTO,
	[SKW_P_TRANSPORT] = SK_PMODE, [SKW_P_TUNNEL] = SK_PMODE,
	[SKW_P_BEET] = SK_PMODE, [SKW_P_IPTFS] = SK_PMODE,
	[SKW_P_DEFAULT] = SK_PLEVEL, [SKW_P_USE] = SK_PLEVEL,
	[SKW_P_REQUIRE] = SK_PLEVEL, [SKW_P_UNIQUE] = SK_PLEVEL,
	[SKW_P_ME] = SK_PME, [SKW_P_ANY] = SK_PANY,
};

/* The class of the character at offset i. */
static unsigned int at(const struct sk_parse *p, size_t i)
{
	return class[(unsigned char)p->text[i]];
}

/* The first offset from i on whose character is not of the class. */
static size_t span(const struct sk_parse *p, size_t i, unsigned int cls)
{
	while (at(p, i) & cls)
		i++;
	return i;
}

/* The offset of ch from i on, or the end of the text. */
static size_t find(const struct sk_parse *p, size_t i, char ch)
{
	const char *hit = memchr(p->text + i, ch, p->len - i);

	return hit ? (size_t)(hit - p->text) : p->len;
}

static struct sloc place(const struct sk_parse *p, size_t from, size_t to)
{
	return (struct sloc){ .at = p->base + (uint32_t)from,
			      .len = (uint32_t)(to - from) };
}

static void hide(struct sk_parse *p, size_t from, size_t to)
{
	if (src_hide(p->t, place(p, from, to)))
		p->err = -ENOMEM;
}

/* ---- tokens: each function sets p->tok and returns where it ends ---- */

/* Quoted text, a key unless that is known better. */
static size_t quoted(struct sk_parse *p, size_t start, enum sk_token tok,
		     bool key)
{
	size_t end = find(p, start + 1, '"');

	if (end == p->len) {
		hide(p, start, end);
		p->tok = SK_OPENQUOTE;
		return end;
	}
	if (key && !p->hide_rest)
		hide(p, start, end + 1);
	p->tok = tok;
	return end + 1;
}

/* A character, of UTF-8 too, that has no meaning. */
static size_t bad_char(struct sk_parse *p, size_t start)
{
	size_t i = start + 1;

	if ((unsigned char)p->text[start] >= 0xc0)
		while (((unsigned char)p->text[i] & 0xc0) == 0x80)
			i++;
	p->tok = SK_BADCHAR;
	return i;
}

#define KEY_DIGITS 16u	/* that many hexadecimal digits may be a key */

static bool is_hex(const struct sk_parse *p, size_t start, size_t end)
{
	return p->text[start] == '0' && (p->text[start + 1] | 0x20) == 'x' &&
		end - start > 2 && span(p, start + 2, C_HEX) >= end;
}

/* Behind its digits: "500", or "8,0". */
static size_t number(struct sk_parse *p, size_t end)
{
	p->tok = SK_NUM;
	if (p->text[end] != ',' || !(at(p, end + 1) & C_DIGIT))
		return end;
	p->tok = SK_PAIR;
	return span(p, end + 1, C_DIGIT);
}

static size_t number_or_word(struct sk_parse *p, size_t start)
{
	size_t digits = span(p, start, C_DIGIT), end = span(p, digits, C_WORD);
	const char *text = p->text + start;
	size_t len = end - start;
	bool key = (len >= KEY_DIGITS || p->hide_hex) &&
		span(p, start, C_HEX) >= end;

	p->tok = SK_WORD;
	if (*text >= 'a') {
		p->word = sk_word_find(&p->words, SK_CLASS(SKC_STMT) |
				       SK_CLASS(SKC_PROTO), text, len);
		if (p->word) {
			p->tok = word_token[p->word];
			p->hide_hex = key = false;
		} else if (len == 6 && !memcmp(text, "tagged", 6)) {
			p->tok = SK_TAGGED;
			p->open_text = true;
		}
	} else if (digits == end) {
		end = number(p, end);
		key = key && p->tok == SK_NUM;
	} else if (is_hex(p, start, end)) {
		p->tok = SK_HEX;
		key = len > 10 || p->hide_hex;
	}
	if (key && !p->hide_rest)
		hide(p, start, end);
	return end;
}

/* -P, -n46, and extensions; behind some of these stands an algorithm. */
static size_t option(struct sk_parse *p, size_t start)
{
	size_t end = start + 1, flags = end;

	if (at(p, end) & C_OPT && p->text[end] != '-')
		end = span(p, end, C_OPT);
	if (end == start + 1)
		return bad_char(p, start);
	if (end == start + 2 && p->text[start + 1] == 'P') {
		p->in_policy = true;
		p->mode = SK_MODE_POLICY;
		p->tok = SK_POLICY;
		return end;
	}
	while (p->text[flags] == 'n' || p->text[flags] == '4' ||
	       p->text[flags] == '6')
		flags++;
	if (flags == end) {
		p->tok = SK_AFLAGS;
		return end;
	}
	p->tok = SK_OPT;
	p->word = sk_word_find(&p->words, SK_CLASS(SKC_EXT), p->text + start,
			       end - start);
	p->hide_rest = p->hide_rest && !p->word;
	p->hide_hex = p->hide_hex && !p->word;
	p->open_text = p->word == SKW_X_CTX;
	if (p->word == SKW_X_E || p->word == SKW_X_A || p->word == SKW_X_C) {
		p->want_key = p->word != SKW_X_C;
		p->mode = SK_MODE_ALG;
	}
	return end;
}

static const uint8_t sign[256] = {
	['/'] = SK_SLASH, ['['] = SK_OPEN, [']'] = SK_CLOSE,
};

static size_t plain(struct sk_parse *p, size_t start)
{
	unsigned char ch = (unsigned char)p->text[start];

	if (class[ch] & C_FIRST)
		return number_or_word(p, start);
	if (ch == '-')
		return option(p, start);
	if (ch == '"')
		return quoted(p, start, SK_QUOTED, !p->open_text);
	if (!sign[ch])
		return bad_char(p, start);
	p->tok = sign[ch];
	return start + 1;
}

/* ---- policies ---- */

/* The end of "%eth0" at offset i, if there is one. */
static size_t scope(const struct sk_parse *p, size_t i)
{
	if (p->text[i] == '%' && at(p, i + 1) & C_POL)
		return span(p, i + 1, C_POL);
	return i;
}

/* The end of an IPv6 address: two colons make one; else end. */
static size_t address6(const struct sk_parse *p, size_t start, size_t end)
{
	size_t i = span(p, start, C_HEX);

	if (p->text[i] != ':')
		return end;
	i = span(p, i + 1, C_HEX);
	if (p->text[i] != ':')
		return end;
	while (at(p, i) & C_HEX || p->text[i] == ':' || p->text[i] == '.')
		i++;
	return scope(p, i);
}

/* The end of a word, number or address; start: that is a colon alone. */
static size_t policy_word(struct sk_parse *p, size_t start)
{
	size_t digits = span(p, start, C_DIGIT), end = span(p, digits, C_POL);

	if (p->text[end] == ':')
		end = address6(p, start, end);
	else if (p->text[end] == '%')
		end = scope(p, end);
	p->tok = SK_WORD;
	if (p->text[start] >= 'a') {
		p->word = sk_word_find(&p->words, SK_CLASS(SKC_POL) |
				       SK_CLASS(SKC_STMT), p->text + start,
				       end - start);
		if (p->word)
			p->tok = word_token[p->word];
		if (p->word && p->word <= SKW_BYE)	/* `;' was forgotten */
			p->mode = SK_MODE_PLAIN;
	} else if (digits == end) {
		p->tok = SK_NUM;
	} else if (is_hex(p, start, end)) {
		p->tok = SK_HEX;
	}
	return end;
}

static const uint8_t policy_sign[256] = {
	['/'] = SK_SLASH, ['-'] = SK_MINUS, ['+'] = SK_PLUS, [':'] = SK_COLON,
	['['] = SK_OPEN, [']'] = SK_CLOSE,
};

static size_t policy(struct sk_parse *p, size_t start)
{
	unsigned char ch = (unsigned char)p->text[start];
	size_t end = start;

	if (class[ch] & C_POL || ch == ':')
		end = policy_word(p, start);
	if (end > start)
		return end;
	if (ch == '"')
		return quoted(p, start, SK_QUOTED, false);
	if (!policy_sign[ch])
		return bad_char(p, start);
	p->tok = policy_sign[ch];
	return start + 1;
}

/* ---- algorithms and keys ---- */

static size_t algorithm(struct sk_parse *p, size_t start)
{
	p->mode = p->want_key ? SK_MODE_KEY : SK_MODE_PLAIN;
	p->tok = SK_ALG;
	return span(p, start, C_BARE);
}

/* A key that is neither quoted nor digits may go on behind the blank. */
static size_t bare_key(struct sk_parse *p, size_t start)
{
	size_t end = span(p, start, C_BARE), i = start;

	p->mode = SK_MODE_PLAIN;
	p->word = sk_word_find(&p->words, SK_CLASS(SKC_STMT), p->text + start,
			       end - start);
	if (p->word) {	/* `-E null' without its `;' */
		p->tok = word_token[p->word];
		return end;
	}
	hide(p, start, end);
	p->tok = SK_KEY;
	if (p->text[i] == '0' && (p->text[i + 1] | 0x20) == 'x')
		i += 2;
	p->hide_rest = span(p, i, C_HEX) < end;
	p->hide_hex = true;
	return end;
}

/* Behind -E, -A and -C; an option ends that. */
static size_t algorithm_or_key(struct sk_parse *p, size_t start)
{
	char ch = p->text[start];

	if (ch == '-') {
		p->mode = SK_MODE_PLAIN;
		return option(p, start);
	}
	if (ch == '"') {
		p->mode = SK_MODE_PLAIN;
		return quoted(p, start, SK_KEY, true);
	}
	if (!(at(p, start) & C_BARE))
		return bad_char(p, start);
	return p->mode == SK_MODE_ALG ? algorithm(p, start) :
		bare_key(p, start);
}

/* ---- all of it ---- */

/* Comments, and backslashes at the end of a line. */
static __attribute__((noinline)) size_t skip(struct sk_parse *p, size_t i)
{
	size_t end;

	for (;;) {
		if (p->text[i] == '#') {
			i = span(p, find(p, i, '\n'), C_BLANK);
			continue;
		}
		if (p->text[i] != '\\')
			return i;
		for (end = i + 1; p->text[end] == ' ' ||
		     p->text[end] == '\t' || p->text[end] == '\r'; end++)
			;
		if (p->text[end] != '\n')
			return i;
		sk_sloppy(p, place(p, i, end + 1), SK_ONCE_BACKSLASH);
		i = span(p, end, C_BLANK);
	}
}

static void semicolon(struct sk_parse *p, size_t start)
{
	p->mode = SK_MODE_PLAIN;
	p->open_text = false;
	p->in_policy = false;
	p->hide_rest = false;
	p->hide_hex = false;
	p->tok = SK_SEMICOLON;
	p->loc = place(p, start, start + 1);
	p->next = start + 1;
}

static void end_of_text(struct sk_parse *p)
{
	p->tok = SK_END;
	p->loc = place(p, p->len, p->len);
	p->next = p->len;
}

/* The token that starts there: where it ends. */
static size_t scan_token(struct sk_parse *p, size_t start)
{
	switch (p->mode) {
	case SK_MODE_PLAIN:
		return plain(p, start);
	case SK_MODE_POLICY:
		return policy(p, start);
	case SK_MODE_ALG:
	case SK_MODE_KEY:
		break;
	}
	return algorithm_or_key(p, start);
}

void sk_scan(struct sk_parse *p)
{
	size_t start = span(p, p->next, C_BLANK);

	p->end = p->loc.at + p->loc.len;
	p->word = SKW_NONE;
	if (at(p, start) & C_MARK || p->err) {
		if (p->text[start] != ';')
			start = skip(p, start);
		if (p->text[start] == ';') {
			semicolon(p, start);
			return;
		}
		if (start == p->len || p->err) {
			end_of_text(p);
			return;
		}
	}
	p->next = scan_token(p, start);
	p->loc = place(p, start, p->next);
	p->ntoken++;
	/*
	 * A piece of a key perhaps: behind one without quotes, or right behind
	 * a quote that should have opened one.
	 */
	if (p->hide_rest || (start && p->text[start - 1] == '"'))
		hide(p, start, p->next);
}

void sk_scan_begin(struct sk_parse *p, const struct src *s)
{
	p->text = s->text;
	p->len = s->len;
	p->base = s->base;
	p->loc.at = s->base;
	p->mode = SK_MODE_PLAIN;
	sk_words_init(&p->words);
}
