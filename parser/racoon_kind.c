/* SPDX-License-Identifier: BSD-2-Clause */
#include "parser/racoon_kind.h"

#include <string.h>

#include "libxfrm/base/err.h"

void rc_in_again(struct rc_in *in, struct sloc before)
{
	struct span span = src_span(in->p->src, before);
	bool here = src_at(in->p->src, before) == in->p->scan->src;

	rc_warn(in->p, in->word, "%s was given before, in line %u%s%s; "
		"this one counts", in->dir->word, span.line,
		here ? "" : " of ", here || !span.file ? "" : span.file);
}

static void again(struct rc_in *in, bool given, struct sloc before)
{
	if (given && in->table != RC_TABLE_PATH)
		rc_in_again(in, before);
}

int rc_in_full(struct rc_in *in)
{
	rc_err(in->p, in->word, "more than %d values of %s in one block",
	       RC_MAX_LIST, in->dir->word);
	return XE_PARSE;
}

bool rc_num_equal(const struct rc_num *a, const struct rc_num *b)
{
	return a->given == b->given && a->v == b->v;
}

bool rc_text_equal(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* ---- numbers, switches, times, words: struct rc_num ---- */

static int scalar(struct rc_in *in, struct rc_num *num,
		  int (*take)(struct rc_in *in, struct rc_num *out))
{
	struct rc_num v;
	int r = take(in, &v);

	if (r)
		return r;
	again(in, num->given, num->loc);
	*num = v;
	return 0;
}

static int take_num(struct rc_in *in, struct rc_num *out)
{
	return rc_in_num(in, in->dir->min, in->dir->max, out);
}

static int take_time(struct rc_in *in, struct rc_num *out)
{
	return rc_in_time(in, in->dir->min, in->dir->max, out);
}

static int take_word(struct rc_in *in, struct rc_num *out)
{
	return rc_in_word(in, (enum rc_list)in->dir->arg, out);
}

static int take_flag(struct rc_in *in, struct rc_num *out)
{
	return rc_in_set(in, in->word, 1, 1, 1, out);
}

static int read_num(struct rc_in *in, void *m)
{
	return scalar(in, m, take_num);
}

static int read_switch(struct rc_in *in, void *m)
{
	return scalar(in, m, rc_in_switch);
}

static int read_time(struct rc_in *in, void *m)
{
	return scalar(in, m, take_time);
}

static int read_word(struct rc_in *in, void *m)
{
	return scalar(in, m, take_word);
}

static int read_flag(struct rc_in *in, void *m)
{
	return take_flag(in, m);
}

static void print_num(struct rc_printer *pr, const struct rc_dir *dir,
		      const void *m)
{
	const struct rc_num *num = m;

	if (num->given)
		rc_put(pr, "%s %llu;\n", dir->word,
		       (unsigned long long)num->v);
}

static void print_switch(struct rc_printer *pr, const struct rc_dir *dir,
			 const void *m)
{
	const struct rc_num *num = m;

	if (num->given)
		rc_put(pr, "%s %s;\n", dir->word, num->v ? "on" : "off");
}

static void print_time(struct rc_printer *pr, const struct rc_dir *dir,
		       const void *m)
{
	const struct rc_num *num = m;

	if (num->given)
		rc_put(pr, "%s %llu sec;\n", dir->word,
		       (unsigned long long)num->v);
}

static void print_word(struct rc_printer *pr, const struct rc_dir *dir,
		       const void *m)
{
	const struct rc_num *num = m;

	if (num->given)
		rc_put(pr, "%s %s;\n", dir->word,
		       rc_word((enum rc_list)dir->arg, (unsigned int)num->v));
}

static void print_flag(struct rc_printer *pr, const struct rc_dir *dir,
		       const void *m)
{
	const struct rc_num *num = m;

	if (num->given)
		rc_put(pr, "%s;\n", dir->word);
}

static bool equal_num(const struct rc_dir *dir, const void *a, const void *b,
		      struct rc_diff *diff)
{
	return rc_num_equal(a, b);
}

/* ---- strings: struct rc_str ---- */

static int read_str(struct rc_in *in, void *m)
{
	struct rc_str *str = m, v;
	int r = rc_in_str(in, "a string", &v);

	if (r)
		return r;
	again(in, str->s, str->loc);
	*str = v;
	return 0;
}

static int read_secret(struct rc_in *in, void *m)
{
	in->hide = true;
	return read_str(in, m);
}

/* A user or group: "NAME", or a number. */
static int read_user(struct rc_in *in, void *m)
{
	struct rc_tok *t = in->t;
	struct rc_str *str = m;
	uint64_t id;

	if (!t || t->kind != RC_TOK_WORD ||
	    rc_digits(t->p, t->len, &id) != t->len)
		return read_str(in, m);
	rc_in_next(in);
	again(in, str->s, str->loc);
	str->loc = t->loc;
	str->s = rc_dup(in->p, t->p, t->len);
	return str->s ? 0 : XE_PARSE;
}

static void print_str(struct rc_printer *pr, const struct rc_dir *dir,
		      const void *m)
{
	const struct rc_str *str = m;

	if (str->s)
		rc_put(pr, "%s \"%s\";\n", dir->word, str->s);
}

static void print_user(struct rc_printer *pr, const struct rc_dir *dir,
		       const void *m)
{
	const struct rc_str *str = m;

	if (str->s && *str->s && !str->s[strspn(str->s, "0123456789")])
		rc_put(pr, "%s %s;\n", dir->word, str->s);
	else
		print_str(pr, dir, m);
}

static void print_secret(struct rc_printer *pr, const struct rc_dir *dir,
			 const void *m)
{
	const struct rc_str *str = m;

	if (str->s)
		rc_put(pr, "%s \"%s\";\n", dir->word,
		       pr->secrets ? str->s : "...");
}

static bool equal_str(const struct rc_dir *dir, const void *a, const void *b,
		      struct rc_diff *diff)
{
	const struct rc_str *x = a, *y = b;

	return rc_text_equal(x->s, y->s);
}

/* ---- the table ---- */

static const struct rc_kind_ops kind_num = { read_num, print_num, equal_num };
static const struct rc_kind_ops kind_switch = {
	read_switch, print_switch, equal_num
};
static const struct rc_kind_ops kind_time = {
	read_time, print_time, equal_num
};
static const struct rc_kind_ops kind_word = {
	read_word, print_word, equal_num
};
static const struct rc_kind_ops kind_flag = {
	read_flag, print_flag, equal_num
};
static const struct rc_kind_ops kind_str = { read_str, print_str, equal_str };
static const struct rc_kind_ops kind_secret = {
	read_secret, print_secret, equal_str
};
static const struct rc_kind_ops kind_user = {
	read_user, print_user, equal_str
};

const struct rc_kind_ops *rc_kind_ops(enum rc_kind kind)
{
	switch (kind) {
	case RC_KIND_NUM: return &kind_num;
	case RC_KIND_SWITCH: return &kind_switch;
	case RC_KIND_TIME: return &kind_time;
	case RC_KIND_WORD: return &kind_word;
	case RC_KIND_STR: return &kind_str;
	case RC_KIND_SECRET: return &kind_secret;
	case RC_KIND_STRS: return &rc_kind_strs;
	case RC_KIND_USER: return &kind_user;
	case RC_KIND_ADDR4: return &rc_kind_addr4;
	case RC_KIND_ADDRS: return &rc_kind_addrs;
	case RC_KIND_NETS: return &rc_kind_nets;
	case RC_KIND_FLAG: return &kind_flag;
	case RC_KIND_LISTEN: return &rc_kind_listen;
	case RC_KIND_ADMINSOCK: return &rc_kind_adminsock;
	case RC_KIND_RADIUS: return &rc_kind_radius;
	case RC_KIND_ALG: return &rc_kind_alg;
	case RC_KIND_ALGS: return &rc_kind_algs;
	case RC_KIND_GROUP: return &rc_kind_group;
	case RC_KIND_LIFETIME: return &rc_kind_lifetime;
	case RC_KIND_EXCHANGE: return &rc_kind_exchange;
	case RC_KIND_PEERADDR: return &rc_kind_peeraddr;
	case RC_KIND_IDENT: return &rc_kind_ident;
	case RC_KIND_IDENTS: return &rc_kind_idents;
	case RC_KIND_CERT: return &rc_kind_cert;
	case RC_KIND_CERTS: return &rc_kind_certs;
	case RC_KIND_SCRIPT: return &rc_kind_script;
	case RC_KIND_PROPOSAL: return &rc_kind_proposal;
	case RC_KIND_SECTION: return &rc_kind_section;
	case RC_KIND_PATH: return &rc_kind_path;
	case RC_KIND_INCLUDE: return &rc_kind_include;
	case RC_KIND_REMOTE: return &rc_kind_remote;
	case RC_KIND_SAINFO: return &rc_kind_sainfo;
	}
	return NULL;
}
