/* SPDX-License-Identifier: BSD-2-Clause */
/* Kinds of directives of remote, proposal and sainfo. */
#include "parser/racoon_kind.h"

#include <string.h>
#include <sys/socket.h>

#include "libxfrm/base/err.h"

/* ---- algorithms ---- */

bool rc_alg_equal(const struct rc_alg *a, const struct rc_alg *b)
{
	return a->alg == b->alg && a->keylen == b->keylen;
}

static void add_alg(struct rc_printer *pr, enum rc_list list,
		    const struct rc_alg *a)
{
	rc_add(pr, "%s", rc_word(list, a->alg));
	if (a->keylen)
		rc_add(pr, " %u", a->keylen);
}

static int read_alg(struct rc_in *in, void *m)
{
	struct rc_alg *alg = m, v;
	struct diag_entry *e;
	int r;

	r = rc_in_alg(in, (enum rc_list)in->dir->arg, &v);
	if (r)
		return r;
	if (in->t && in->t->kind == RC_TOK_COMMA) {
		e = rc_err(in->p, in->t->loc, "a proposal has one %s",
			   in->dir->word);
		rc_hint(in->p, e, "write a proposal block for each");
		return XE_PARSE;
	}
	if (alg->alg)
		rc_in_again(in, alg->loc);
	*alg = v;
	return 0;
}

static void print_alg(struct rc_printer *pr, const struct rc_dir *dir,
		      const void *m)
{
	const struct rc_alg *alg = m;

	if (!alg->alg)
		return;
	rc_put(pr, "%s ", dir->word);
	add_alg(pr, (enum rc_list)dir->arg, alg);
	rc_add(pr, ";\n");
}

static bool equal_alg(const struct rc_dir *dir, const void *a, const void *b,
		      struct rc_diff *diff)
{
	return rc_alg_equal(a, b);
}

const struct rc_kind_ops rc_kind_alg = { read_alg, print_alg, equal_alg };

static int read_algs(struct rc_in *in, void *m)
{
	struct rc_alg **l = m, *n;
	int r;

	RC_LAST(in, l);
	do {
		n = rc_node(in->p, sizeof(*n));
		if (!n)
			return XE_PARSE;
		r = rc_in_alg(in, (enum rc_list)in->dir->arg, n);
		if (r)
			return r;
		*l = n;
		l = &n->next;
	} while (rc_in_skip_kind(in, RC_TOK_COMMA));
	return 0;
}

static void print_algs(struct rc_printer *pr, const struct rc_dir *dir,
		       const void *m)
{
	const struct rc_alg *const *head = m, *l;

	if (!*head)
		return;
	rc_put(pr, "%s ", dir->word);
	for (l = *head; l; l = l->next) {
		add_alg(pr, (enum rc_list)dir->arg, l);
		rc_add(pr, "%s", l->next ? ", " : ";\n");
	}
}

static bool equal_algs(const struct rc_dir *dir, const void *a,
		       const void *b, struct rc_diff *diff)
{
	const struct rc_alg *const *ha = a, *const *hb = b, *x, *y;

	for (x = *ha, y = *hb; x && y; x = x->next, y = y->next) {
		if (!rc_alg_equal(x, y))
			return false;
	}
	return !x && !y;
}

const struct rc_kind_ops rc_kind_algs = { read_algs, print_algs, equal_algs };

static int read_group(struct rc_in *in, void *m)
{
	struct rc_alg *alg = m, v;
	int r = rc_in_group(in, &v);

	if (r)
		return r;
	if (alg->alg)
		rc_in_again(in, alg->loc);
	*alg = v;
	return 0;
}

void rc_add_group(struct rc_printer *pr, const struct rc_alg *g)
{
	const char *word = rc_word(RC_LIST_GROUP, g->alg);

	if (word)
		rc_add(pr, "%s", word);
	else
		rc_add(pr, "%u", g->alg);
}

static void print_group(struct rc_printer *pr, const struct rc_dir *dir,
			const void *m)
{
	const struct rc_alg *g = m;

	if (!g->alg)
		return;
	rc_put(pr, "%s ", dir->word);
	rc_add_group(pr, g);
	rc_add(pr, ";\n");
}

const struct rc_kind_ops rc_kind_group = {
	read_group, print_group, equal_alg
};

/* ---- lifetime time N UNIT, lifetime byte N UNIT ---- */

static int read_lifetime(struct rc_in *in, void *m)
{
	struct rc_life *life = m;
	struct rc_num v, *to;
	int r;

	if (rc_in_skip(in, "byte")) {
		to = &life->byte;
		r = rc_in_bytes(in, &v);
	} else if (rc_in_skip(in, "time")) {
		to = &life->time;
		r = rc_in_time(in, 0, UINT32_MAX, &v);
	} else {
		struct diag_entry *e;

		e = rc_err(in->p, in->t ? in->t->loc : in->prev,
			   "lifetime takes the word time or byte first");
		rc_hint(in->p, e, "write: lifetime time 24 hour;");
		return XE_PARSE;
	}
	if (r)
		return r;
	if (to->given)
		rc_in_again(in, to->loc);
	*to = v;
	return 0;
}

static void print_lifetime(struct rc_printer *pr, const struct rc_dir *dir,
			   const void *m)
{
	const struct rc_life *life = m;

	if (life->time.given)
		rc_put(pr, "%s time %llu sec;\n", dir->word,
		       (unsigned long long)life->time.v);
	if (life->byte.given)
		rc_put(pr, "%s byte %llu B;\n", dir->word,
		       (unsigned long long)life->byte.v);
}

static bool equal_lifetime(const struct rc_dir *dir, const void *a,
			   const void *b, struct rc_diff *diff)
{
	const struct rc_life *x = a, *y = b;

	return rc_num_equal(&x->time, &y->time) &&
	       rc_num_equal(&x->byte, &y->byte);
}

const struct rc_kind_ops rc_kind_lifetime = {
	read_lifetime, print_lifetime, equal_lifetime
};

/* ---- exchange_mode ---- */

static int read_exchange(struct rc_in *in, void *m)
{
	struct rc_exchange **head = m, *list = NULL, **l = &list, *n;
	struct rc_num mode;
	int r;

	do {
		r = rc_in_word(in, RC_LIST_EXCHANGE, &mode);
		n = r ? NULL : rc_node(in->p, sizeof(*n));
		if (!n)
			return XE_PARSE;
		n->loc = mode.loc;
		n->mode = (enum rc_value)mode.v;
		*l = n;
		l = &n->next;
		/* old files put no commas here */
	} while (rc_in_skip_kind(in, RC_TOK_COMMA) ||
		 (in->t && in->t->kind == RC_TOK_WORD &&
		  rc_list_find(RC_LIST_EXCHANGE, in->t->p, in->t->len)));
	if (*head)
		rc_in_again(in, (*head)->loc);
	*head = list;
	return 0;
}

static void print_exchange(struct rc_printer *pr, const struct rc_dir *dir,
			   const void *m)
{
	const struct rc_exchange *const *head = m, *l;

	if (!*head)
		return;
	rc_put(pr, "%s ", dir->word);
	for (l = *head; l; l = l->next)
		rc_add(pr, "%s%s", rc_word(RC_LIST_EXCHANGE, l->mode),
		       l->next ? ", " : ";\n");
}

static bool equal_exchange(const struct rc_dir *dir, const void *a,
			   const void *b, struct rc_diff *diff)
{
	const struct rc_exchange *const *ha = a, *const *hb = b, *x, *y;

	for (x = *ha, y = *hb; x && y; x = x->next, y = y->next) {
		if (x->mode != y->mode)
			return false;
	}
	return !x && !y;
}

const struct rc_kind_ops rc_kind_exchange = {
	read_exchange, print_exchange, equal_exchange
};

/* ---- remote_address: in struct rc_remote ---- */

static int read_peeraddr(struct rc_in *in, void *m)
{
	struct rc_remote *rm = m;
	struct rc_addr addr;
	struct rc_num port;
	int r;

	r = rc_in_addr(in, true, &addr);
	if (!r)
		r = rc_in_port(in, false, &port);
	if (r)
		return r;
	if (rm->remote_address.text)
		rc_in_again(in, rm->remote_address.loc);
	rm->remote_address = addr;
	rm->remote_port = port;
	return 0;
}

static void print_peeraddr(struct rc_printer *pr, const struct rc_dir *dir,
			   const void *m)
{
	const struct rc_remote *rm = m;

	if (!rm->remote_address.text)
		return;
	rc_put(pr, "%s %s", dir->word, rm->remote_address.text);
	if (rm->remote_port.given)
		rc_add(pr, " [%u]", (unsigned int)rm->remote_port.v);
	rc_add(pr, ";\n");
}

static bool equal_peeraddr(const struct rc_dir *dir, const void *a,
			   const void *b, struct rc_diff *diff)
{
	const struct rc_remote *x = a, *y = b;

	return rc_addr_equal(&x->remote_address, &y->remote_address) &&
	       rc_num_equal(&x->remote_port, &y->remote_port);
}

const struct rc_kind_ops rc_kind_peeraddr = {
	read_peeraddr, print_peeraddr, equal_peeraddr
};

/* ---- my_identifier, peers_identifier ---- */

/* Words for which other racoons have identifiers. */
static void foreign_ident(struct rc_in *in, struct diag_entry *e)
{
	if (rc_tok_is(in->t, "keyid_use"))
		rc_hint(in->p, e, "a word of Apple's racoon: write keyid tag");
	else if (rc_tok_is(in->t, "login"))
		rc_hint(in->p, e, "use user_fqdn, or xauth_login for XAUTH");
	else
		rc_hint(in->p, e, "the types are address, fqdn, user_fqdn, "
			"keyid, asn1dn, subnet");
}

static int ident_type(struct rc_in *in, struct rc_ident *id)
{
	const struct rc_tok *t = in->t;
	unsigned int type = 0;
	struct diag_entry *e;
	struct rc_show buf;

	if (!t || t->kind != RC_TOK_WORD)
		return rc_in_expected(in, "a type of identity, such as fqdn");
	type = rc_list_find(RC_LIST_IDTYPE, t->p, t->len);
	if (!type) {
		e = rc_err(in->p, t->loc, "%s is not a type of identity",
			   rc_show(t, &buf));
		foreign_ident(in, e);
		return XE_PARSE;
	}
	id->type = (enum rc_value)type;
	rc_in_next(in);
	if (rc_in_skip(in, "tag"))
		id->qual = RC_IDQUAL_TAG;
	else if (rc_in_skip(in, "file"))
		id->qual = RC_IDQUAL_FILE;
	return 0;
}

/* A network, which needs no quotes: taken as text. */
static int ident_subnet(struct rc_in *in, struct rc_ident *id)
{
	const struct rc_tok *t = in->t;

	if (t->kind != RC_TOK_WORD && t->kind != RC_TOK_STRING)
		return rc_in_expected(in, "a network");
	rc_in_next(in);
	id->value.s = rc_dup(in->p, t->p, t->len);
	id->value.loc = t->loc;
	return id->value.s ? 0 : XE_PARSE;
}

/* The value of an address: numeric or a name, quoted or not. */
static int ident_addr(struct rc_in *in, struct rc_ident *id)
{
	int r;

	r = rc_in_addr(in, true, &id->addr);
	if (r)
		return r;
	id->value.s = id->addr.text;
	id->value.loc = id->addr.loc;
	return 0;
}

int rc_in_ident(struct rc_in *in, struct rc_ident **out)
{
	struct rc_ident *id = rc_node(in->p, sizeof(*id));
	int r;

	*out = NULL;
	if (!id)
		return XE_PARSE;
	id->loc = in->t ? in->t->loc : in->prev;
	r = ident_type(in, id);
	if (r)
		return r;
	if (in->t && !rc_in_newline(in)) {
		if (id->type == RC_ID_ADDRESS)
			r = ident_addr(in, id);
		else if (id->type == RC_ID_SUBNET)
			r = ident_subnet(in, id);
		else
			r = rc_in_str(in, "an identity", &id->value);
	} else if (id->type != RC_ID_ADDRESS && id->type != RC_ID_ASN1DN) {
		r = rc_in_expected(in, "an identity");
	}
	if (r)
		return r;
	if (id->value.s && !*id->value.s) {
		rc_err(in->p, id->value.loc, "empty identity");
		return XE_PARSE;
	}
	id->loc = src_join(id->loc, in->prev);
	*out = id;
	return 0;
}

void rc_add_ident(struct rc_printer *pr, const struct rc_ident *id)
{
	rc_add(pr, "%s", rc_word(RC_LIST_IDTYPE, id->type));
	if (id->qual)
		rc_add(pr, " %s", rc_word(RC_LIST_IDQUAL, id->qual));
	if (id->addr.text)
		rc_add(pr, " %s", id->addr.text);
	else if (id->value.s)
		rc_add(pr, " \"%s\"", id->value.s);
}

bool rc_ident_equal(const struct rc_ident *a, const struct rc_ident *b)
{
	if (!a || !b)
		return a == b;
	return a->type == b->type && a->qual == b->qual &&
	       rc_text_equal(a->value.s, b->value.s) &&
	       rc_addr_equal(&a->addr, &b->addr);
}

static int read_ident(struct rc_in *in, void *m)
{
	struct rc_ident **head = m, *id;
	int r = rc_in_ident(in, &id);

	if (r)
		return r;
	if (*head)
		rc_in_again(in, (*head)->loc);
	*head = id;
	return 0;
}

static int read_idents(struct rc_in *in, void *m)
{
	struct rc_ident **l = m, *id;
	int r = rc_in_ident(in, &id);

	if (r)
		return r;
	RC_LAST(in, l);
	*l = id;
	return 0;
}

static void print_idents(struct rc_printer *pr, const struct rc_dir *dir,
			 const void *m)
{
	const struct rc_ident *const *head = m, *l;

	for (l = *head; l; l = l->next) {
		rc_put(pr, "%s ", dir->word);
		rc_add_ident(pr, l);
		rc_add(pr, ";\n");
	}
}

static bool equal_idents(const struct rc_dir *dir, const void *a,
			 const void *b, struct rc_diff *diff)
{
	const struct rc_ident *const *ha = a, *const *hb = b, *x, *y;

	for (x = *ha, y = *hb; x && y; x = x->next, y = y->next) {
		if (!rc_ident_equal(x, y))
			return false;
	}
	return !x && !y;
}

const struct rc_kind_ops rc_kind_ident = {
	read_ident, print_idents, equal_idents
};
const struct rc_kind_ops rc_kind_idents = {
	read_idents, print_idents, equal_idents
};
