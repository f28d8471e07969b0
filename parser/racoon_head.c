/* SPDX-License-Identifier: BSD-2-Clause */
/* Kinds of directives that open a block: sections, proposal, remote. */
#include "parser/racoon_kind.h"

#include <string.h>

#include "libxfrm/base/err.h"

int rc_in_need_block(struct rc_in *in)
{
	struct diag_entry *e;
	uint64_t v;

	if (in->stmt->block && !in->t)
		return 0;
	if (in->t && rc_digits(in->t->p, in->t->len, &v) == in->t->len) {
		e = rc_err(in->p, in->t->loc, "expected {, found a number");
		rc_hint(in->p, e, "a port is written in brackets: [%llu]",
			(unsigned long long)v);
		return XE_PARSE;
	}
	if (in->t)
		return rc_in_expected(in, "{");
	e = rc_err(in->p, in->prev, "a block must follow here");
	rc_hint(in->p, e, "is there a { missing, or a ; too many?");
	return XE_PARSE;
}

int rc_in_block(struct rc_in *in, enum rc_table table, void *obj)
{
	int r = rc_in_need_block(in);

	if (r)
		return r;
	in->took_block = true;
	rc_read_block(in->p, table, obj, in->stmt->block);
	return 0;
}

int rc_in_bad_header(struct rc_in *in, enum rc_table table, void *spare)
{
	if (in->stmt->block && !in->took_block) {
		in->took_block = true;
		in->t = NULL;
		rc_read_block(in->p, table, spare, in->stmt->block);
	}
	return XE_PARSE;
}

void rc_print_block(struct rc_printer *pr, enum rc_table table,
			const void *obj)
{
	rc_add(pr, " {\n");
	pr->indent++;
	rc_print_table(pr, table, obj);
	pr->indent--;
	rc_put(pr, "}\n");
}

/* ---- sections that stand once: they start with a struct rc_head ---- */

static int read_section(struct rc_in *in, void *m)
{
	struct rc_head *head = m;

	if (!in->t && in->stmt->block) {
		head->given = true;
		head->loc = in->word;
	}
	return rc_in_block(in, (enum rc_table)in->dir->arg, m);
}

static void print_section(struct rc_printer *pr, const struct rc_dir *dir,
			  const void *m)
{
	const struct rc_head *head = m;

	if (!head->given)
		return;
	rc_gap(pr);
	rc_put(pr, "%s", dir->word);
	rc_print_block(pr, (enum rc_table)dir->arg, m);
}

static bool equal_section(const struct rc_dir *dir, const void *a,
			  const void *b, struct rc_diff *diff)
{
	const struct rc_head *x = a, *y = b;

	return x->given == y->given &&
	       rc_equal_table((enum rc_table)dir->arg, a, b, diff);
}

const struct rc_kind_ops rc_kind_section = {
	read_section, print_section, equal_section
};

/* ---- proposal ---- */

static int read_proposal(struct rc_in *in, void *m)
{
	struct rc_proposal **l = m, *n;
	int r = rc_in_need_block(in);

	if (r)
		return r;
	RC_LAST(in, l);
	n = rc_node(in->p, sizeof(*n));
	if (!n)
		return XE_PARSE;
	n->loc = in->word;
	*l = n;
	return rc_in_block(in, RC_TABLE_PROPOSAL, n);
}

static void print_proposal(struct rc_printer *pr, const struct rc_dir *dir,
			   const void *m)
{
	const struct rc_proposal *const *head = m, *l;

	for (l = *head; l; l = l->next) {
		rc_put(pr, "%s", dir->word);
		rc_print_block(pr, RC_TABLE_PROPOSAL, l);
	}
}

static bool equal_proposal(const struct rc_dir *dir, const void *a,
			   const void *b, struct rc_diff *diff)
{
	const struct rc_proposal *const *ha = a, *const *hb = b, *x, *y;
	size_t n = 1;

	for (x = *ha, y = *hb; x && y; x = x->next, y = y->next, n++) {
		if (!rc_equal_table(RC_TABLE_PROPOSAL, x, y, diff)) {
			rc_diff_add(diff, "number", n);
			return false;
		}
	}
	return !x && !y;
}

const struct rc_kind_ops rc_kind_proposal = {
	read_proposal, print_proposal, equal_proposal
};

/* ---- remote ---- */

static int read_peer(struct rc_in *in, struct rc_peer *peer)
{
	struct rc_tok *t = in->t;
	int r;

	peer->loc = t ? t->loc : in->prev;
	if (t && t->kind == RC_TOK_STRING) {
		if (!t->len)
			return rc_in_expected(in, "a name, not an empty one");
		peer->kind = RC_PEER_NAME;
		peer->name = rc_dup(in->p, t->p, t->len);
		rc_in_next(in);
	} else if (rc_in_skip(in, "anonymous")) {
		peer->kind = RC_PEER_ANONYMOUS;
	} else {
		r = rc_in_addr(in, true, &peer->addr);
		if (r)
			return r;
		peer->kind = peer->addr.family ? RC_PEER_ADDR : RC_PEER_BARE;
		if (!peer->addr.family)
			peer->name = peer->addr.text;
	}
	r = rc_in_port(in, false, &peer->port);
	peer->loc = src_join(peer->loc, in->prev);
	return r;
}

static int read_remote(struct rc_in *in, void *m)
{
	struct rc_parser *p = in->p;
	struct rc_remote *rm = rc_node(p, sizeof(*rm));
	int r;

	if (!rm)
		return XE_PARSE;
	r = read_peer(in, &rm->peer);
	if (!r && rc_in_skip(in, "inherit"))
		r = read_peer(in, &rm->inherit);
	rm->loc = src_join(in->word, in->prev);
	if (!r && (rm->inherit.kind == RC_PEER_NONE || in->t ||
		   in->stmt->block))
		r = rc_in_need_block(in);
	if (r)
		return rc_in_bad_header(in, RC_TABLE_REMOTE, rm);
	*p->remote_tail = rm;
	p->remote_tail = &rm->next;
	p->conf->remotes++;
	return in->stmt->block ? rc_in_block(in, RC_TABLE_REMOTE, rm) : 0;
}

static void add_peer(struct rc_printer *pr, const struct rc_peer *peer)
{
	switch (peer->kind) {
	case RC_PEER_NONE:
		break;
	case RC_PEER_ANONYMOUS:
		rc_add(pr, " anonymous");
		break;
	case RC_PEER_ADDR:
		rc_add(pr, " %s", peer->addr.text);
		break;
	case RC_PEER_NAME:
		rc_add(pr, " \"%s\"", peer->name);
		break;
	case RC_PEER_BARE:
		rc_add(pr, " %s", peer->name);
		break;
	}
	if (peer->port.given)
		rc_add(pr, " [%u]", (unsigned int)peer->port.v);
}

/* The files of a remote stand under one directory: a path cannot change
 * inside a block. */
static void print_dirs(struct rc_printer *pr, const struct rc_remote *rm)
{
	const char *dir = NULL;

	if (rm->certificate.cert.name)
		dir = rm->certificate.cert.dir;
	else if (rm->ca.cert.name)
		dir = rm->ca.cert.dir;
	else if (rm->peers_certfile && rm->peers_certfile->cert.name)
		dir = rm->peers_certfile->cert.dir;
	if (dir && !rc_text_equal(dir, pr->certificate)) {
		rc_put(pr, "path certificate \"%s\";\n", dir);
		pr->certificate = dir;
	}
	dir = rm->script ? rm->script->file.dir : NULL;
	if (dir && !rc_text_equal(dir, pr->script)) {
		rc_put(pr, "path script \"%s\";\n", dir);
		pr->script = dir;
	}
}

static void print_remote(struct rc_printer *pr, const struct rc_dir *dir,
			 const void *m)
{
	const struct rc_remote *const *head = m, *rm;
	const struct rc_path *path = &pr->conf->path;

	for (rm = *head; rm; rm = rm->next) {
		rc_gap(pr);
		print_dirs(pr, rm);
		rc_put(pr, "%s", dir->word);
		add_peer(pr, &rm->peer);
		if (rm->inherit.kind != RC_PEER_NONE) {
			rc_add(pr, " inherit");
			add_peer(pr, &rm->inherit);
		}
		rc_print_block(pr, RC_TABLE_REMOTE, rm);
	}
	if (path->certificate.s &&
	    !rc_text_equal(path->certificate.s, pr->certificate))
		rc_put(pr, "path certificate \"%s\";\n", path->certificate.s);
	if (path->script.s && !rc_text_equal(path->script.s, pr->script))
		rc_put(pr, "path script \"%s\";\n", path->script.s);
}

static bool same_peer(const struct rc_peer *a, const struct rc_peer *b)
{
	return a->kind == b->kind && rc_addr_equal(&a->addr, &b->addr) &&
	       rc_text_equal(a->name, b->name) &&
	       rc_num_equal(&a->port, &b->port);
}

static bool equal_remote(const struct rc_dir *dir, const void *a,
			 const void *b, struct rc_diff *diff)
{
	const struct rc_remote *const *ha = a, *const *hb = b, *x, *y;
	size_t n = 1;

	for (x = *ha, y = *hb; x && y; x = x->next, y = y->next, n++) {
		if (!same_peer(&x->peer, &y->peer) ||
		    !same_peer(&x->inherit, &y->inherit) ||
		    !rc_equal_table(RC_TABLE_REMOTE, x, y, diff)) {
			rc_diff_add(diff, "number", n);
			return false;
		}
	}
	return !x && !y;
}

const struct rc_kind_ops rc_kind_remote = {
	read_remote, print_remote, equal_remote
};
