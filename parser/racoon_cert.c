/* SPDX-License-Identifier: BSD-2-Clause */
/* Kinds of directives of remote that name files. */
#include "parser/racoon_kind.h"

#include <string.h>

#include "libxfrm/base/err.h"

bool rc_file_equal(const struct rc_file *a, const struct rc_file *b)
{
	return rc_text_equal(a->name, b->name) && rc_text_equal(a->dir, b->dir);
}

/* ---- certificate_type, ca_type, peers_certfile ---- */

static int bad_cert(struct rc_in *in)
{
	struct diag_entry *e;
	struct rc_show buf;

	if (!in->t || in->t->kind != RC_TOK_WORD)
		return rc_in_expected(in, "x509 or plain_rsa");
	e = rc_err(in->p, in->t->loc, "%s is not a type of certificate",
		   rc_show(in->t, &buf));
	rc_hint(in->p, e, "the types are x509 and plain_rsa");
	return XE_PARSE;
}

/* x509 FILE [FILE] or plain_rsa FILE; c is where it will stay. */
static int take_cert(struct rc_in *in, bool with_key, struct rc_cert *c)
{
	struct diag_entry *e;
	int r;

	if (rc_in_skip(in, "x509"))
		c->kind = RC_CERT_X509;
	else if (rc_in_skip(in, "plain_rsa"))
		c->kind = RC_CERT_PLAIN_RSA;
	else
		return bad_cert(in);
	if (rc_tok_is(in->t, "in_keychain")) {
		e = rc_err(in->p, in->t->loc, "there is no keychain here");
		rc_hint(in->p, e, "name the file: x509 \"CERT.pem\"");
		return XE_PARSE;
	}
	r = rc_in_file(in, false, &c->cert);
	if (!r && c->kind == RC_CERT_X509 && with_key)
		r = rc_in_file(in, false, &c->key);
	return r;
}

static int read_cert(struct rc_in *in, void *m)
{
	struct rc_cert *c = m;
	bool with_key = in->dir->arg;
	int r;

	if (c->kind != RC_CERT_NONE)
		rc_in_again(in, c->loc);
	*c = (struct rc_cert){ .loc = in->word };
	if (!with_key && rc_tok_is(in->t, "plain_rsa"))
		return rc_in_expected(in, "x509");
	r = take_cert(in, with_key, c);
	if (r) {
		*c = (struct rc_cert){ 0 };
		return r;
	}
	c->loc = src_join(c->loc, in->prev);
	return 0;
}

static void add_file(struct rc_printer *pr, const struct rc_file *f)
{
	if (f->name)
		rc_add(pr, " \"%s\"", f->name);
}

static void print_one(struct rc_printer *pr, const struct rc_dir *dir,
		      const struct rc_cert *c)
{
	rc_put(pr, "%s", dir->word);
	switch (c->kind) {
	case RC_CERT_NONE:
		break;
	case RC_CERT_X509:
		rc_add(pr, "%s", c->untyped ? "" : " x509");
		break;
	case RC_CERT_PLAIN_RSA:
		rc_add(pr, " plain_rsa");
		break;
	case RC_CERT_DNSSEC:
		rc_add(pr, " dnssec");
		break;
	}
	add_file(pr, &c->cert);
	add_file(pr, &c->key);
	rc_add(pr, ";\n");
}

static void print_cert(struct rc_printer *pr, const struct rc_dir *dir,
		       const void *m)
{
	const struct rc_cert *c = m;

	if (c->kind != RC_CERT_NONE)
		print_one(pr, dir, c);
}

static bool same_cert(const struct rc_cert *x, const struct rc_cert *y)
{
	return x->kind == y->kind && x->untyped == y->untyped &&
	       rc_file_equal(&x->cert, &y->cert) &&
	       rc_file_equal(&x->key, &y->key);
}

static bool equal_cert(const struct rc_dir *dir, const void *a, const void *b,
		       struct rc_diff *diff)
{
	return same_cert(a, b);
}

const struct rc_kind_ops rc_kind_cert = { read_cert, print_cert, equal_cert };

static int read_certs(struct rc_in *in, void *m)
{
	struct rc_cert **l = m, *c = rc_node(in->p, sizeof(*c));
	struct diag_entry *e;
	int r = 0;

	if (!c)
		return XE_PARSE;
	c->loc = in->word;
	if (rc_in_skip(in, "dnssec")) {
		c->kind = RC_CERT_DNSSEC;
	} else if (in->t && in->t->kind == RC_TOK_STRING) {
		c->kind = RC_CERT_X509;
		c->untyped = true;
		e = rc_warn(in->p, in->t->loc,
			    "peers_certfile without a type is outdated");
		rc_hint(in->p, e, "write x509 before the file name");
		r = rc_in_file(in, false, &c->cert);
	} else {
		r = take_cert(in, false, c);
	}
	if (r)
		return r;
	c->loc = src_join(c->loc, in->prev);
	RC_LAST(in, l);
	*l = c;
	return 0;
}

static void print_certs(struct rc_printer *pr, const struct rc_dir *dir,
			const void *m)
{
	const struct rc_cert *const *head = m, *c;

	for (c = *head; c; c = c->next)
		print_one(pr, dir, c);
}

static bool equal_certs(const struct rc_dir *dir, const void *a,
			const void *b, struct rc_diff *diff)
{
	const struct rc_cert *const *ha = a, *const *hb = b, *x, *y;

	for (x = *ha, y = *hb; x && y; x = x->next, y = y->next) {
		if (!same_cert(x, y))
			return false;
	}
	return !x && !y;
}

const struct rc_kind_ops rc_kind_certs = {
	read_certs, print_certs, equal_certs
};

/* ---- script "FILE" EVENT ---- */

static int read_script(struct rc_in *in, void *m)
{
	struct rc_script **l = m, *s = rc_node(in->p, sizeof(*s));
	struct rc_num event;
	int r;

	if (!s)
		return XE_PARSE;
	s->loc = in->word;
	r = rc_in_file(in, true, &s->file);
	if (!r)
		r = rc_in_word(in, RC_LIST_HOOK, &event);
	if (r)
		return r;
	s->event = (enum rc_value)event.v;
	s->loc = src_join(s->loc, in->prev);
	RC_LAST(in, l);
	*l = s;
	return 0;
}

static void print_script(struct rc_printer *pr, const struct rc_dir *dir,
			 const void *m)
{
	const struct rc_script *const *head = m, *s;

	for (s = *head; s; s = s->next)
		rc_put(pr, "%s \"%s\" %s;\n", dir->word, s->file.name,
		       rc_word(RC_LIST_HOOK, s->event));
}

static bool equal_script(const struct rc_dir *dir, const void *a,
			 const void *b, struct rc_diff *diff)
{
	const struct rc_script *const *ha = a, *const *hb = b, *x, *y;

	for (x = *ha, y = *hb; x && y; x = x->next, y = y->next) {
		if (x->event != y->event ||
		    !rc_file_equal(&x->file, &y->file))
			return false;
	}
	return !x && !y;
}

const struct rc_kind_ops rc_kind_script = {
	read_script, print_script, equal_script
};
