/* SPDX-License-Identifier: BSD-2-Clause */
#include "parser/racoon_ast.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libxfrm/base/err.h"
#include "parser/racoon_kind.h"

/* ---- printing ---- */

static void put(struct wbuf *w, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void put(struct wbuf *w, const char *fmt, va_list ap)
{
	va_list again;
	uint8_t *to;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	to = n < 0 ? NULL : wbuf_reserve(w, (size_t)n + 1);
	if (!to)
		return;
	vsnprintf((char *)to, (size_t)n + 1, fmt, ap);
	wbuf_truncate(w, w->len - 1);
}

void rc_put(struct rc_printer *pr, const char *fmt, ...)
{
	unsigned int i;
	va_list ap;

	for (i = 0; i < pr->indent; i++)
		wbuf_u8(pr->w, '\t');
	va_start(ap, fmt);
	put(pr->w, fmt, ap);
	va_end(ap);
}

void rc_add(struct rc_printer *pr, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(pr->w, fmt, ap);
	va_end(ap);
}

void rc_gap(struct rc_printer *pr)
{
	if (pr->w->len)
		wbuf_u8(pr->w, '\n');
}

void rc_print_table(struct rc_printer *pr, enum rc_table table,
		    const void *obj)
{
	const struct rc_words *w = &rc_tables[table];
	const struct rc_dir *dir;

	for (dir = w->dir; dir < w->dir + w->n; dir++) {
		if (!(dir->flags & RC_ALIAS))
			rc_kind_ops(dir->kind)->print(pr, dir,
						      (const char *)obj +
						      dir->off);
	}
}

void rc_print(const struct rc_conf *conf, bool show_secrets, struct wbuf *w)
{
	struct rc_printer pr = {
		.w = w, .conf = conf, .secrets = show_secrets,
		.certificate = conf->path.certificate.s,
		.script = conf->path.script.s,
	};

	rc_print_table(&pr, RC_TABLE_CONF, conf);
}

/* ---- comparing ---- */

bool rc_addr_equal(const struct rc_addr *a, const struct rc_addr *b)
{
	return rc_text_equal(a->text, b->text) && a->family == b->family &&
	       !memcmp(a->ip, b->ip, sizeof(a->ip)) &&
	       rc_text_equal(a->zone, b->zone);
}

void rc_diff_add(struct rc_diff *diff, const char *word, size_t nth)
{
	struct rc_diff old = *diff;

	if (nth)
		snprintf(diff->path, sizeof(diff->path), "%zu%s%.128s", nth,
			 *old.path ? " " : "", old.path);
	else
		snprintf(diff->path, sizeof(diff->path), "%.24s%s%.128s", word,
			 *old.path ? " " : "", old.path);
}

bool rc_equal_table(enum rc_table table, const void *a, const void *b,
		    struct rc_diff *diff)
{
	const struct rc_words *w = &rc_tables[table];
	const struct rc_dir *dir;

	for (dir = w->dir; dir < w->dir + w->n; dir++) {
		if (dir->flags & RC_ALIAS ||
		    rc_kind_ops(dir->kind)->equal(dir,
						  (const char *)a + dir->off,
						  (const char *)b + dir->off,
						  diff))
			continue;
		rc_diff_add(diff, dir->word, 0);
		return false;
	}
	return true;
}

bool rc_equal(struct rc_conf *a, const struct rc_conf *b, const char **where)
{
	struct rc_diff diff = { "" };

	if (where)
		*where = NULL;
	if (rc_equal_table(RC_TABLE_CONF, a, b, &diff))
		return true;
	if (where) {
		*where = arena_strdup(a->arena, diff.path);
		if (!*where)
			*where = "somewhere";
	}
	return false;
}

/* ---- a whole run ---- */

void rc_free(struct rc_conf *conf)
{
	struct arena *arena;

	if (!conf)
		return;
	arena = conf->arena;
	src_table_free(conf->src);
	arena_free(arena);
}

static struct rc_conf *conf_new(void)
{
	struct arena *arena = arena_new(ARENA_WIPE);
	struct rc_conf *conf;

	if (!arena)
		return NULL;
	arena_set_limit(arena, RC_MAX_ARENA);
	conf = arena_alloc(arena, sizeof(*conf));
	if (!conf) {
		arena_free(arena);
		return NULL;
	}
	conf->arena = arena;
	conf->src = src_table_new();
	if (!conf->src) {
		arena_free(arena);
		return NULL;
	}
	src_table_set_max(conf->src, RC_MAX_TEXT);
	return conf;
}

static void init(struct rc_parser *p, struct rc_conf *conf, bool include,
		 struct diag *d)
{
	*p = (struct rc_parser){
		.conf = conf, .arena = conf->arena, .src = conf->src,
		.d = d, .include = include,
		.remote_tail = &conf->remote, .sainfo_tail = &conf->sainfo,
	};
}

/* Parses the text; gives conf to *out, or frees it. */
static int run(struct rc_parser *p, struct src *s, struct rc_conf **out)
{
	const struct rc_path *path = &p->conf->path;
	struct rc_late_file *late;

	rc_read_text(p, s);
	for (late = p->late; late; late = late->next)
		late->file->dir = late->script ? path->script.s :
				  path->certificate.s;
	if (p->d)
		src_explain(p->src, p->d);
	if (p->err) {
		rc_free(p->conf);
		return p->err;
	}
	*out = p->conf;
	return p->errors ? XE_PARSE : 0;
}

int rc_parse_file(const char *path, struct diag *d, struct rc_conf **out)
{
	struct sloc nowhere = { 0 };
	struct rc_parser p;
	struct rc_conf *conf;
	struct src *s;
	int r;

	*out = NULL;
	conf = conf_new();
	if (!conf)
		return XE_NOMEM;
	init(&p, conf, true, d);
	r = src_open(conf->src, path, nowhere, d, &s);
	if (r) {
		if (d)
			src_explain(conf->src, d);
		rc_free(conf);
		return r;
	}
	return run(&p, s, out);
}

int rc_parse_mem(const char *name, const void *text, size_t len, bool include,
		 struct diag *d, struct rc_conf **out)
{
	struct rc_parser p;
	struct rc_conf *conf;
	struct src *s;
	int r;

	*out = NULL;
	conf = conf_new();
	if (!conf)
		return XE_NOMEM;
	init(&p, conf, include, d);
	r = src_add(conf->src, name, text, len, d, &s);
	if (r) {
		if (d)
			src_explain(conf->src, d);
		rc_free(conf);
		return r;
	}
	return run(&p, s, out);
}
