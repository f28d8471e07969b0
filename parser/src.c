/* SPDX-License-Identifier: BSD-2-Clause */
#include "parser/src.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libxfrm/base/arena.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/secret.h"

#define READ_CHUNK 65536u
#define TABLE_MAX 0x7fffffffu
#define TAIL 2u	/* NULs after each text */

struct src_table {
	struct arena *arena;	/* struct src, names, line tables */
	struct src *first, **last;
	struct src *recent;	/* where the last position was found */
	uint32_t next_base;
	size_t max, held;
	struct sloc *hidden;	/* ascending, as scanners mark them */
	size_t nhidden, cap_hidden;
	bool hidden_sorted;
};

struct src_table *src_table_new(void)
{
	struct src_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->arena = arena_new(0);
	if (!t->arena) {
		free(t);
		return NULL;
	}
	t->last = &t->first;
	t->next_base = 1;
	t->max = SRC_MAX_DEFAULT;
	t->hidden_sorted = true;
	return t;
}

static void text_free(char *text, size_t len)
{
	if (!text)
		return;
	secret_wipe(text, len);
	free(text);
}

void src_table_free(struct src_table *t)
{
	struct src *s;

	if (!t)
		return;
	for (s = t->first; s; s = s->next) {
		text_free(s->text, s->len);
		free(s->line);
	}
	free(t->hidden);
	arena_free(t->arena);
	free(t);
}

void src_table_set_max(struct src_table *t, size_t bytes)
{
	t->max = bytes < TABLE_MAX ? bytes : TABLE_MAX;
}

/* An error about the file itself, at the statement that includes it. */
static int file_error(struct src_table *t, struct diag *d, struct sloc from,
		      const char *name, int err)
{
	struct span span = src_span(t, from);

	diag_add(d, DIAG_ERROR, &span, "Can't open `%s': %s", name,
		 xe_str(err));
	return err;
}

/* The reader's buffer: grows by copying, so that no key stays behind. */
struct slurp {
	char *p;
	size_t len, cap;
};

static int slurp_grow(struct slurp *b, size_t cap)
{
	char *p = malloc(cap + TAIL);

	if (!p)
		return XE_NOMEM;
	if (b->p) {
		memcpy(p, b->p, b->len);
		text_free(b->p, b->len);
	}
	b->p = p;
	b->cap = cap;
	return 0;
}

/* Reads fd to its end, or until it holds a NUL byte or more than max. */
static int slurp_fd(struct slurp *b, int fd, size_t hint, size_t max)
{
	ssize_t n;
	int r;

	r = slurp_grow(b, hint < max ? hint + 1 : READ_CHUNK);
	if (r)
		return r;
	for (;;) {
		if (b->len > max)
			return XE_LIMIT;
		if (b->len == b->cap) {
			r = slurp_grow(b, b->cap * 2);
			if (r)
				return r;
		}
		n = read(fd, b->p + b->len, b->cap - b->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return 0;
		b->len += (size_t)n;
		if (memchr(b->p + b->len - n, '\0', (size_t)n))
			return 0;	/* reported with its place */
	}
}

/* Builds the table of line starts: most texts never need it. */
static bool index_lines(struct src *s)
{
	size_t n = 1, i;
	const char *p, *end = s->text + s->len;

	if (s->line)
		return true;
	for (p = s->text; (p = memchr(p, '\n', (size_t)(end - p))); p++)
		n++;
	s->line = calloc(n, sizeof(*s->line));
	if (!s->line)
		return false;
	i = 1;
	for (p = s->text; (p = memchr(p, '\n', (size_t)(end - p))); p++)
		s->line[i++] = (uint32_t)(p + 1 - s->text);
	s->nline = n;
	return true;
}

/* Puts text (malloced, cap >= len + TAIL) under a new struct src. */
static int src_enter(struct src_table *t, const char *name, char *text,
		     size_t len, struct sloc from, struct src **out)
{
	struct src *s = arena_alloc(t->arena, sizeof(*s));

	if (s)
		s->name = arena_strdup(t->arena, name);
	if (!s || !s->name) {
		text_free(text, len);
		return XE_NOMEM;
	}
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		memmove(text, text + 3, len - 3);
		secret_wipe(text + len - 3, 3);
		len -= 3;
	}
	memset(text + len, 0, TAIL);
	s->text = text;
	s->len = len;
	s->from = from;
	s->base = t->next_base;
	if (from.at)
		s->depth = src_at(t, from)->depth + 1;
	t->next_base += (uint32_t)(len + TAIL);
	t->held += len + TAIL;
	*t->last = s;
	t->last = &s->next;
	t->recent = s;
	*out = s;
	return 0;
}

/* A NUL byte can only be a mistake or an attack: say where it is. */
static int refuse_nul(struct src_table *t, struct src *s, struct diag *d)
{
	const char *nul = memchr(s->text, '\0', s->len);
	struct sloc loc;

	if (!nul)
		return 0;
	loc.at = s->base + (uint32_t)(nul - s->text);
	loc.len = 1;
	src_diag(t, d, DIAG_ERROR, loc, "NUL byte in the text");
	return XE_PARSE;
}

/* Does a file that is open already, on the way to this one, include it? */
static bool is_loop(struct src_table *t, struct sloc from,
		    const struct stat *st)
{
	const struct src *s;

	for (s = src_at(t, from); s; s = src_at(t, s->from)) {
		if (s->ino == st->st_ino && s->dev == st->st_dev)
			return true;
	}
	return false;
}

static int check_kind(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return -EISDIR;
	if (S_ISBLK(st->st_mode))
		return -ENOTSUP;
	return 0;
}

int src_read(struct src_table *t, int fd, const char *name, struct sloc from,
	     struct diag *d, struct src **out)
{
	const struct src *up = src_at(t, from);
	struct slurp b = { 0 };
	struct stat st;
	size_t room;
	int r;

	*out = NULL;
	if (fstat(fd, &st) < 0)
		return file_error(t, d, from, name, -errno);
	r = check_kind(&st);
	if (!r && S_ISREG(st.st_mode) && is_loop(t, from, &st))
		r = -ELOOP;
	if (!r && up && up->depth + 1 >= SRC_DEPTH_MAX)
		r = XE_LIMIT;
	if (r)
		return file_error(t, d, from, name, r);
	room = t->max > t->held + TAIL ? t->max - t->held - TAIL : 0;
	r = slurp_fd(&b, fd, S_ISREG(st.st_mode) && st.st_size > 0 ?
		     (size_t)st.st_size : READ_CHUNK, room);
	if (r) {
		text_free(b.p, b.len);
		if (r != XE_LIMIT)
			return file_error(t, d, from, name, r);
		src_diag(t, d, DIAG_ERROR, from,
			 "`%s' is larger than %zu bytes", name, room);
		return r;
	}
	r = src_enter(t, name, b.p, b.len, from, out);
	if (r)
		return r;
	(*out)->dev = S_ISREG(st.st_mode) ? st.st_dev : 0;
	(*out)->ino = S_ISREG(st.st_mode) ? st.st_ino : 0;
	r = refuse_nul(t, *out, d);
	if (r)
		*out = NULL;
	return r;
}

int src_open(struct src_table *t, const char *path, struct sloc from,
	     struct diag *d, struct src **out)
{
	int fd, r;

	*out = NULL;
	do {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return file_error(t, d, from, path, -errno);
	r = src_read(t, fd, path, from, d, out);
	close(fd);
	return r;
}

int src_add(struct src_table *t, const char *name, const void *p, size_t len,
	    struct diag *d, struct src **out)
{
	struct sloc nowhere = { 0 };
	char *text;
	int r;

	*out = NULL;
	if (len > TABLE_MAX || t->held + TAIL + len > t->max) {
		diag_add(d, DIAG_ERROR, NULL, "text is larger than %zu bytes",
			 t->max);
		return XE_LIMIT;
	}
	text = malloc(len + TAIL);
	if (!text)
		return XE_NOMEM;
	if (len)
		memcpy(text, p, len);
	r = src_enter(t, name, text, len, nowhere, out);
	if (!r)
		r = refuse_nul(t, *out, d);
	if (r)
		*out = NULL;
	return r;
}

static bool holds(const struct src *s, uint32_t at)
{
	return at >= s->base && at - s->base <= s->len;
}

static struct src *find(const struct src_table *t, struct sloc loc)
{
	struct src *s;

	if (!loc.at)
		return NULL;
	if (t->recent && holds(t->recent, loc.at))
		return t->recent;
	for (s = t->first; s; s = s->next) {
		if (holds(s, loc.at))
			return s;
	}
	return NULL;
}

const struct src *src_at(const struct src_table *t, struct sloc loc)
{
	return find(t, loc);
}

const char *src_bytes(const struct src_table *t, struct sloc loc)
{
	const struct src *s = src_at(t, loc);

	return s ? s->text + (loc.at - s->base) : "";
}

struct sloc src_join(struct sloc a, struct sloc b)
{
	if (!a.at)
		return b;
	if (b.at + b.len > a.at + a.len)
		a.len = b.at + b.len - a.at;
	return a;
}

int src_hide(struct src_table *t, struct sloc loc)
{
	struct sloc *h;
	size_t cap;

	if (!loc.at || !loc.len)
		return 0;
	if (t->nhidden == t->cap_hidden) {
		cap = t->cap_hidden ? t->cap_hidden * 2 : 64;
		h = reallocarray(t->hidden, cap, sizeof(*h));
		if (!h)
			return XE_NOMEM;
		t->hidden = h;
		t->cap_hidden = cap;
	}
	if (t->nhidden && t->hidden[t->nhidden - 1].at > loc.at)
		t->hidden_sorted = false;
	t->hidden[t->nhidden++] = loc;
	return 0;
}

static int cmp_sloc(const void *a, const void *b)
{
	const struct sloc *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/* Blots out the keys in buf, a copy of the len bytes at position at. */
static void blot(struct src_table *t, uint32_t at, char *buf, size_t len)
{
	size_t lo = 0, hi = t->nhidden, mid, i;
	uint32_t from, to;

	if (!t->hidden_sorted) {
		qsort(t->hidden, t->nhidden, sizeof(*t->hidden), cmp_sloc);
		t->hidden_sorted = true;
	}
	/* The first mark behind; those before may reach into the range. */
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (t->hidden[mid].at < at + len)
			lo = mid + 1;
		else
			hi = mid;
	}
	while (lo-- > 0) {
		from = t->hidden[lo].at;
		to = from + t->hidden[lo].len;
		if (to <= at)
			break;
		from = from > at ? from - at : 0;
		to = to - at < len ? to - at : (uint32_t)len;
		for (i = from; i < to; i++) {
			if (buf[i] != '\n' && buf[i] != '\r')
				buf[i] = '*';
		}
	}
}

/* Length of the UTF-8 sequence at p, 0 when it is none or not complete. */
static size_t utf8_len(const unsigned char *p, size_t left)
{
	size_t n, i;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] < 0xe0)
		n = 2;
	else if ((p[0] & 0xf0) == 0xe0)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] < 0xf5)
		n = 4;
	else
		return 0;
	for (i = 1; i < n; i++) {
		if (i >= left || (p[i] & 0xc0) != 0x80)
			return 0;
	}
	/* overlong forms, surrogates, beyond Unicode */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

void src_tame(char *p, size_t len)
{
	size_t i, n;

	for (i = 0; i < len; i += n ? n : 1) {
		n = utf8_len((const unsigned char *)p + i, len - i);
		if (!n || ((unsigned char)p[i] < 0x20 && p[i] != '\t') ||
		    p[i] == 0x7f)
			p[i] = '?';
	}
}

/* Line (from 0) of an offset. */
static size_t line_of(const struct src *s, uint32_t off)
{
	size_t lo = 0, hi = s->nline, mid;

	while (hi - lo > 1) {
		mid = lo + (hi - lo) / 2;
		if (s->line[mid] <= off)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

struct span src_span(struct src_table *t, struct sloc loc)
{
	struct src *s = find(t, loc);
	struct span span = { 0 };
	uint32_t off, end;
	size_t l;

	if (!s)
		return span;
	span.file = s->name;
	if (!index_lines(s))
		return span;
	off = loc.at - s->base;
	end = loc.len ? off + loc.len - 1 : off;
	l = line_of(s, off);
	span.line = (unsigned int)l + 1;
	span.col = off - s->line[l] + 1;
	l = line_of(s, end);
	span.end_line = (unsigned int)l + 1;
	span.end_col = end - s->line[l] + 1;
	return span;
}

unsigned int src_line(struct src_table *t, struct sloc loc)
{
	struct src *s = find(t, loc);

	return s && index_lines(s) ?
		(unsigned int)line_of(s, loc.at - s->base) + 1 : 0;
}

/* The line of a position: its offset in the text and its length. */
static size_t line_bounds(const struct src *s, uint32_t off, size_t *len)
{
	const char *end = memchr(s->text + off, '\n', s->len - off);
	size_t from = off, to = end ? (size_t)(end - s->text) : s->len;

	while (from && s->text[from - 1] != '\n')
		from--;
	if (to > from && s->text[to - 1] == '\r')
		to--;
	*len = to - from;
	return from;
}

/* A caret and tildes under loc, below the len bytes at line (text at from). */
static void put_caret(struct wbuf *w, const char *line, size_t len,
		      size_t col, size_t width)
{
	size_t i;

	for (i = 0; i < col && i < len; i++) {
		if (line[i] == '\t')
			wbuf_u8(w, '\t');
		else if (((unsigned char)line[i] & 0xc0) != 0x80)
			wbuf_u8(w, ' ');	/* UTF-8 tails have no column */
	}
	wbuf_u8(w, '^');
	for (i = col + 1; i < col + width && i < len; i++) {
		if (((unsigned char)line[i] & 0xc0) != 0x80)
			wbuf_u8(w, '~');
	}
}

void src_excerpt(struct src_table *t, struct sloc loc, struct wbuf *w)
{
	const struct src *s = src_at(t, loc);
	char line[SRC_EXCERPT_MAX];
	size_t from, len, col, cut = 0;

	if (!s)
		return;
	from = line_bounds(s, loc.at - s->base, &len);
	col = loc.at - s->base - from;
	if (col > len)
		col = len;
	if (len > sizeof(line)) {
		if (col > sizeof(line) / 2)
			cut = col - sizeof(line) / 2;
		if (cut > len - sizeof(line))
			cut = len - sizeof(line);
		len = sizeof(line);
	}
	memcpy(line, s->text + from + cut, len);
	blot(t, s->base + (uint32_t)(from + cut), line, len);
	src_tame(line, len);
	wbuf_put(w, line, len);
	wbuf_u8(w, '\n');
	put_caret(w, line, len, col - cut, loc.len);
}

struct diag_entry *src_diag(struct src_table *t, struct diag *d,
			    enum diag_level level, struct sloc loc,
			    const char *fmt, ...)
{
	struct span span = src_span(t, loc);
	struct diag_entry *e;
	va_list ap;

	va_start(ap, fmt);
	e = diag_vadd(d, level, &span, fmt, ap);
	va_end(ap);
	return e;
}

void src_token(struct src_table *t, struct diag *d, struct diag_entry *e,
	       struct sloc loc)
{
	char tok[SRC_TOKEN_MAX + sizeof("...")];
	const char *p = src_bytes(t, loc);
	size_t n = loc.len < SRC_TOKEN_MAX ? loc.len : SRC_TOKEN_MAX;

	memcpy(tok, p, loc.at ? n : 0);
	tok[loc.at ? n : 0] = '\0';
	if (loc.at) {
		blot(t, loc.at, tok, n);
		src_tame(tok, n);
		if (n && tok[0] == '*') {
			diag_token(d, e, *p == '0' ? "0x****" : "****");
			return;
		}
		if (n < loc.len)
			memcpy(tok + n, "...", sizeof("..."));
	}
	diag_token(d, e, tok);
}

/* The position of a span that src_span() made; nowhere when it is not ours. */
static struct sloc span_loc(struct src_table *t, const struct span *span)
{
	struct sloc loc = { 0 };
	const struct src *s;
	size_t first, last;

	for (s = t->first; s; s = s->next) {
		if (span->file && span->line && !strcmp(s->name, span->file))
			break;
	}
	if (!s || !s->line)
		return loc;
	if (span->line > s->nline || span->end_line > s->nline)
		return loc;
	first = s->line[span->line - 1] + span->col - 1;
	last = s->line[span->end_line - 1] + span->end_col - 1;
	if (first > s->len || last < first)
		return loc;
	loc.at = s->base + (uint32_t)first;
	loc.len = (uint32_t)(last - first + 1);
	return loc;
}

void src_explain(struct src_table *t, struct diag *d)
{
	struct diag_entry *e;
	struct wbuf w;
	struct sloc loc;

	wbuf_init(&w, 4 * SRC_EXCERPT_MAX + 16);
	for (e = diag_entries(d); e; e = e->next) {
		if (e->excerpt)
			continue;
		loc = span_loc(t, &e->span);
		if (!loc.at)
			continue;
		wbuf_reset(&w);
		src_excerpt(t, loc, &w);
		if (w.len && w.p[0] != '\n')	/* a blank line tells nothing */
			diag_excerpt(d, e, wbuf_str(&w));
	}
	wbuf_free(&w);
}
