/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements into typed nodes, by the rows of racoon_dirs.def. */
#include "parser/racoon_kind.h"

#include <glob.h>
#include <string.h>

#include "libxfrm/base/err.h"

/* ---- the tables ---- */

#define RC_BEGIN(table) static const struct rc_dir dirs_##table[] = {
#define RC_END(table) };
#define RC_DIR(word, kind, type, member, arg, min, max, flags, advice) \
	{ word, RC_KIND_##kind, offsetof(struct type, member), arg, min, max, \
	  flags, advice },
#include "parser/racoon_dirs.def"
#undef RC_BEGIN
#undef RC_END
#undef RC_DIR

#define TABLE(table, name) \
	[RC_TABLE_##table] = { \
		name, dirs_##table, sizeof(dirs_##table) / \
		sizeof(dirs_##table[0]) \
	}

const struct rc_words rc_tables[RC_TABLES] = {
	TABLE(CONF, "top level"), TABLE(PATH, "path"),
	TABLE(PRIVSEP, "privsep"), TABLE(PADDING, "padding"),
	TABLE(TIMER, "timer"), TABLE(LISTEN, "listen"),
	TABLE(LDAP, "ldapcfg"), TABLE(RADIUS, "radiuscfg"),
	TABLE(MODECFG, "mode_cfg"), TABLE(REMOTE, "remote"),
	TABLE(PROPOSAL, "proposal"), TABLE(SAINFO, "sainfo"),
};

#define RC_BEGIN(table)
#define RC_END(table)
#define RC_DIR(word, kind, type, member, arg, min, max, flags, advice)
#define RC_FOREIGN(table, word, refuse, text, hint) \
	{ RC_TABLE_##table, word, refuse, text, hint },
static const struct rc_foreign foreigns[] = {
#include "parser/racoon_dirs.def"
};
#undef RC_BEGIN
#undef RC_END
#undef RC_DIR
#undef RC_FOREIGN

#define NFOREIGN (sizeof(foreigns) / sizeof(foreigns[0]))

static const struct rc_dir *find(enum rc_table table, const struct rc_tok *t)
{
	const struct rc_words *w = &rc_tables[table];
	size_t i;

	for (i = 0; i < w->n; i++) {
		if (w->dir[i].word[0] == t->p[0] &&
		    rc_tok_is(t, w->dir[i].word))
			return &w->dir[i];
	}
	return NULL;
}

/* ---- words that are not directives here ---- */

/* Strings of a statement that nobody understands may be keys. */
static void hide_strings(struct rc_in *in, const struct rc_tok *t, bool words)
{
	for (; t; t = t->next) {
		if ((words || t->kind == RC_TOK_STRING) &&
		    src_hide(in->p->src, t->loc))
			rc_fail(in->p);
	}
}

static bool foreign(struct rc_in *in)
{
	struct rc_parser *p = in->p;
	const struct rc_foreign *f;
	struct diag_entry *e;

	for (f = foreigns; f < foreigns + NFOREIGN; f++) {
		if (f->table != in->table || !rc_tok_is(in->t, f->word))
			continue;
		if (f->refuse)
			e = rc_err(p, in->t->loc, "%s: %s", f->word, f->text);
		else
			e = rc_warn(p, in->t->loc, "%s: %s", f->word, f->text);
		rc_hint(p, e, "%s", f->hint);
		return true;
	}
	return false;
}

/* The directive of a block that is near to the word, or NULL. */
static const char *nearest(enum rc_table table, const struct rc_tok *t)
{
	const struct rc_words *w = &rc_tables[table];
	unsigned int best = RC_NEAR_MAX + 1;
	const char *near = NULL;
	size_t i;

	for (i = 0; i < w->n; i++) {
		if (rc_near(t->p, t->len, w->dir[i].word, &best))
			near = w->dir[i].word;
	}
	return near;
}

/* A hint for an unknown word: one that is near, or another block's. */
static void suggest(struct rc_in *in, struct diag_entry *e)
{
	const char *near = nearest(in->table, in->t);
	enum rc_table table;

	if (near) {
		rc_hint(in->p, e, "did you mean %s?", near);
		return;
	}
	for (table = RC_TABLE_PRIVSEP; table < RC_TABLES; table++) {
		if (find(table, in->t)) {
			rc_hint(in->p, e, "it belongs into a %s block",
				rc_tables[table].name);
			return;
		}
	}
}

static void unknown(struct rc_in *in)
{
	struct rc_parser *p = in->p;
	struct diag_entry *e;
	struct rc_show buf;

	hide_strings(in, in->t->next, false);
	if (foreign(in))
		return;
	if (in->table == RC_TABLE_CONF || !find(RC_TABLE_CONF, in->t)) {
		e = rc_err(p, in->t->loc, "unknown directive %s%s%s",
			   rc_show(in->t, &buf),
			   in->table == RC_TABLE_CONF ? "" : " in ",
			   in->table == RC_TABLE_CONF ? "" :
			   rc_tables[in->table].name);
		suggest(in, e);
		return;
	}
	e = rc_err(p, in->t->loc, "%s cannot stand inside a %s block",
		   rc_show(in->t, &buf), rc_tables[in->table].name);
	if (in->t != in->stmt->first || !in->stmt->block)
		return;
	rc_hint(p, e, "is the } of the %s before it missing?",
		rc_tables[in->table].name);
	rc_read_top(p, in->stmt);
}

/* ---- statements ---- */

static void advise(struct rc_in *in)
{
	struct rc_parser *p = in->p;
	struct diag_entry *e;

	if (in->dir->flags & RC_IDLE) {
		e = rc_warn(p, in->word, "%s has no effect", in->dir->word);
		rc_hint(p, e, "%s", in->dir->advice);
	} else if (in->dir->flags & RC_OLD) {
		e = rc_warn(p, in->word, "%s is an outdated word",
			    in->dir->word);
		rc_hint(p, e, "write %s", in->dir->advice);
	}
}

/* Reads the directive at in->t; false after an error. */
static bool read_one(struct rc_in *in, void *obj)
{
	struct rc_tok *t = in->t;

	if (t->kind != RC_TOK_WORD) {
		hide_strings(in, t, false);
		rc_in_expected(in, "a directive");
		return false;
	}
	in->dir = find(in->table, t);
	if (!in->dir) {
		unknown(in);
		return false;
	}
	in->word = t->loc;
	in->hide = false;
	rc_in_next(in);
	if (in->dir->kind == RC_KIND_SECRET)
		hide_strings(in, in->t, true);
	else if (in->dir->kind == RC_KIND_RADIUS && in->t)
		hide_strings(in, in->t->next, true);
	advise(in);
	return !rc_kind_ops(in->dir->kind)->read(in,
						 (char *)obj + in->dir->off);
}

static void no_semicolon(struct rc_in *in)
{
	const char *prev = src_bytes(in->p->src, in->prev);
	struct sloc after = in->prev;

	/* a string without its end has been reported, and took the ; */
	if (*prev == '"' && (after.len < 2 || prev[after.len - 1] != '"'))
		return;
	after.at += after.len - 1;
	after.len = 1;
	if (in->dir->flags & RC_LAX)
		rc_warn(in->p, after, "a ; is missing after %s",
			in->dir->word);
	else
		rc_err(in->p, after, "a ; is missing after %s",
		       in->dir->word);
}

/* What follows a directive that was read; true: another one does. */
static bool finish(struct rc_in *in)
{
	struct rc_stmt *stmt = in->stmt;
	struct diag_entry *e;

	if (in->t && rc_in_newline(in) && find(in->table, in->t)) {
		no_semicolon(in);
		return true;
	}
	if (in->t && in->dir->kind == RC_KIND_NUM && rc_is_unit(in->t)) {
		e = rc_err(in->p, in->t->loc, "%s is a number without a unit",
			   in->dir->word);
		rc_hint(in->p, e, "times of this kind are in seconds");
		return false;
	}
	if (in->t) {
		rc_in_expected(in, ";");
		return false;
	}
	if (stmt->block && !in->took_block)
		rc_err(in->p, stmt->block->open, "%s takes no block",
		       in->dir->word);
	if (stmt->unended)
		no_semicolon(in);
	return false;
}

/* After an error: on to the next line that starts with a directive. */
static void resync(struct rc_in *in)
{
	while (in->t) {
		if (in->t != in->stmt->first && rc_in_newline(in) &&
		    find(in->table, in->t))
			return;
		rc_in_next(in);
	}
}

static void read_stmt(struct rc_parser *p, enum rc_table table, void *obj,
		      struct rc_stmt *stmt)
{
	struct rc_in in = {
		.p = p, .stmt = stmt, .table = table, .t = stmt->first,
	};

	while (in.t && !p->err) {
		if (!read_one(&in, obj) || !finish(&in))
			resync(&in);
	}
}

void rc_read_block(struct rc_parser *p, enum rc_table table, void *obj,
		   struct rc_block *b)
{
	struct rc_stmt *stmt;

	for (stmt = b->first; stmt && !p->err; stmt = stmt->next)
		read_stmt(p, table, obj, stmt);
}

void rc_read_top(struct rc_parser *p, struct rc_stmt *stmt)
{
	read_stmt(p, RC_TABLE_CONF, p->conf, stmt);
}

/* ---- path ---- */

/* Skips, or refuses, a type of path that is not ours. */
static int unknown_path(struct rc_in *in)
{
	struct diag_entry *e;
	struct rc_show buf;
	const char *near;
	bool known;

	in->table = RC_TABLE_PATH;
	known = foreign(in);
	in->table = RC_TABLE_CONF;
	if (known) {
		in->t = NULL;
		return 0;
	}
	e = rc_err(in->p, in->t->loc, "%s is not a type of path",
		   rc_show(in->t, &buf));
	near = nearest(RC_TABLE_PATH, in->t);
	if (near)
		rc_hint(in->p, e, "did you mean %s?", near);
	else
		rc_hint(in->p, e, "the types are include, pre_shared_key, "
			"certificate, script, backupsa, pidfile");
	return XE_PARSE;
}

static int read_path(struct rc_in *in, void *m)
{
	const struct rc_dir *dir;
	int r;

	if (!in->t || in->t->kind != RC_TOK_WORD)
		return rc_in_expected(in, "a type of path");
	dir = find(RC_TABLE_PATH, in->t);
	if (!dir)
		return unknown_path(in);
	rc_in_next(in);
	in->table = RC_TABLE_PATH;
	r = rc_kind_ops(dir->kind)->read(in, (char *)m + dir->off);
	in->table = RC_TABLE_CONF;
	return r;
}

static void print_path(struct rc_printer *pr, const struct rc_dir *dir,
		       const void *m)
{
	const struct rc_words *w = &rc_tables[RC_TABLE_PATH];
	const struct rc_str *str;
	size_t i;

	for (i = 0; i < w->n; i++) {
		str = (const struct rc_str *)((const char *)m +
					      w->dir[i].off);
		if (str->s)
			rc_put(pr, "%s %s \"%s\";\n", dir->word,
			       w->dir[i].word, str->s);
	}
}

static bool equal_path(const struct rc_dir *dir, const void *a, const void *b,
		       struct rc_diff *diff)
{
	return rc_equal_table(RC_TABLE_PATH, a, b, diff);
}

const struct rc_kind_ops rc_kind_path = { read_path, print_path, equal_path };

/* ---- include ---- */

void rc_read_text(struct rc_parser *p, struct src *s)
{
	struct rc_scan scan = {
		.p = p, .up = p->scan, .src = s, .at = s->base,
		.scratch = arena_new(0),
	};
	struct sloc start = { s->base, 0 };
	int r;

	if (!scan.scratch) {
		rc_fail(p);
		return;
	}
	/* The scanner puts NULs into the text: count its lines before. */
	src_line(p->src, start);
	p->scan = &scan;
	r = rc_scan_run(&scan, s->text, s->len);
	if (r)
		rc_fail(p);
	p->scan = scan.up;
	arena_free(scan.scratch);
}

static void include_file(struct rc_in *in, const char *path)
{
	struct rc_parser *p = in->p;
	struct src *s;

	if (p->conf->files >= RC_MAX_FILES) {
		rc_err(p, in->word, "more than %d files", RC_MAX_FILES);
		p->err = XE_LIMIT;
		return;
	}
	if (src_open(p->src, path, in->word, p->d, &s)) {
		p->errors++;
		return;
	}
	p->conf->files++;
	rc_read_text(p, s);
}

/* The pattern with the directory of `path include` before it. */
static const char *include_path(struct rc_parser *p, const char *pattern)
{
	const char *dir = p->conf->path.include.s;
	char *path;

	if (!dir || *pattern == '/' || *pattern == '~')
		return pattern;
	path = arena_printf(p->arena, "%s/%s", dir, pattern);
	return path ? path : rc_fail(p);
}

static int read_include(struct rc_in *in, void *m)
{
	struct rc_parser *p = in->p;
	struct rc_tok t = { .kind = RC_TOK_WORD };
	struct rc_str pattern;
	struct diag_entry *e;
	struct rc_show buf;
	const char *path;
	glob_t g = { 0 };
	size_t i;
	int r;

	r = rc_in_str(in, "a file name", &pattern);
	if (r || !p->include)
		return r;
	if (p->scan->src->depth >= RC_MAX_INCLUDE_DEPTH) {
		rc_err(p, in->word, "includes nest deeper than %d",
		       RC_MAX_INCLUDE_DEPTH);
		return XE_PARSE;
	}
	path = include_path(p, pattern.s);
	if (!path)
		return XE_PARSE;
	r = glob(path, GLOB_TILDE, NULL, &g);
	for (i = 0; !r && i < g.gl_pathc && !p->err; i++)
		include_file(in, g.gl_pathv[i]);
	globfree(&g);
	t.p = path;
	t.len = (uint32_t)strlen(path);
	if (r == GLOB_NOMATCH) {
		e = rc_warn(p, pattern.loc, "no file matches %s",
			    rc_show(&t, &buf));
		rc_hint(p, e, "nothing is included here");
	} else if (r == GLOB_NOSPACE) {
		rc_fail(p);
	} else if (r) {
		rc_err(p, pattern.loc, "cannot search for %s",
		       rc_show(&t, &buf));
	}
	return p->err ? XE_PARSE : 0;
}

static void print_include(struct rc_printer *pr, const struct rc_dir *dir,
			  const void *m)
{
	/* what was included is printed in its place */
}

static bool equal_include(const struct rc_dir *dir, const void *a,
			  const void *b, struct rc_diff *diff)
{
	return true;
}

const struct rc_kind_ops rc_kind_include = {
	read_include, print_include, equal_include
};
