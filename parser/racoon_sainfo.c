/* SPDX-License-Identifier: BSD-2-Clause */
/* sainfo: its header and block. */
#include "parser/racoon_kind.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "libxfrm/base/err.h"

/* ---- protocols ---- */

struct proto {
	const char *word;
	unsigned int number;
};

static const struct proto protos[] = {
	{ "any", RC_PROTO_ANY }, { "icmp", IPPROTO_ICMP },
	{ "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP },
	{ "gre", IPPROTO_GRE }, { "esp", IPPROTO_ESP }, { "ah", IPPROTO_AH },
	{ "icmp6", IPPROTO_ICMPV6 }, { "ipcomp", IPPROTO_COMP },
};

#define NPROTOS (sizeof(protos) / sizeof(protos[0]))

static int read_proto(struct rc_in *in, struct rc_num *out)
{
	struct rc_tok *t = in->t;
	struct diag_entry *e;
	struct rc_show buf;
	uint64_t v;
	size_t i;

	if (t && t->kind == RC_TOK_WORD &&
	    rc_digits(t->p, t->len, &v) == t->len)
		return rc_in_num(in, 0, 255, out);
	for (i = 0; i < NPROTOS; i++) {
		if (!rc_in_skip(in, protos[i].word))
			continue;
		return rc_in_set(in, t->loc, protos[i].number, 0, 255, out);
	}
	if (t && t->kind == RC_TOK_WORD &&
	    !rc_list_find(RC_LIST_IDTYPE, t->p, t->len) &&
	    !rc_tok_is(t, "anonymous") && !rc_tok_is(t, "clientaddr"))
		e = rc_err(in->p, t->loc, "%s is not a protocol",
			   rc_show(t, &buf));
	else
		e = rc_err(in->p, in->prev,
			   "a protocol must follow the address");
	rc_hint(in->p, e, "any, tcp, udp, icmp, icmp6, gre, esp, ah, ipcomp, "
		"or a number");
	return XE_PARSE;
}

/* ADDR, ADDR/LEN, ADDR-ADDR, from the n bytes at s. */
static bool parse_net(struct rc_in *in, const char *s, size_t n,
		      struct sloc loc, struct rc_said *id)
{
	const char *dash;

	if (rc_split_prefix(s, &n, &id->prefix))
		return false;
	id->prefix.loc = loc;
	dash = memchr(s, '-', n);
	if (!dash) {
		id->kind = RC_SAID_ADDR;
		return rc_addr_parse(in->p, s, n, loc, &id->addr);
	}
	id->kind = RC_SAID_RANGE;
	return rc_addr_parse(in->p, s, (size_t)(dash - s), loc, &id->addr) &&
	       rc_addr_parse(in->p, dash + 1, n - (size_t)(dash - s) - 1, loc,
			     &id->last);
}

static int check_net(struct rc_in *in, const struct rc_said *id)
{
	unsigned int bits = id->addr.family == AF_INET ? 32 : 128;

	if (id->prefix.given && id->prefix.v > bits)
		rc_err(in->p, id->prefix.loc,
		       "the prefix is longer than the address: %u bits",
		       bits);
	else if (id->kind == RC_SAID_RANGE &&
		 (id->addr.family != id->last.family ||
		  memcmp(id->addr.ip, id->last.ip, bits / 8) > 0))
		rc_err(in->p, id->addr.loc, "the range ends before it starts");
	else
		return 0;
	return XE_PARSE;
}

static int read_net(struct rc_in *in, struct rc_said *id)
{
	struct rc_tok *t = in->t;
	struct diag_entry *e;
	struct rc_num more;
	struct rc_show buf;
	size_t len;
	int r;

	if (!parse_net(in, t->p, t->len, t->loc, id)) {
		e = rc_err(in->p, t->loc, "%s is not an address, a network or "
			   "a range", rc_show(t, &buf));
		rc_hint(in->p, e, "such as 192.0.2.1, 10.0.0.0/8, "
			"10.0.0.1-10.0.0.9");
		return XE_PARSE;
	}
	rc_in_next(in);
	t = in->t;
	len = t ? t->len : 0;
	if (!id->prefix.given && t && t->kind == RC_TOK_WORD &&
	    t->p[0] == '/' && !rc_split_prefix(t->p, &len, &more) && !len) {
		id->prefix = more;
		id->prefix.loc = rc_in_next(in)->loc;
	}
	r = check_net(in, id);
	if (!r)
		r = rc_in_port(in, true, &id->port);
	return r ? r : read_proto(in, &id->proto);
}

static int read_typed(struct rc_in *in, struct rc_said *id)
{
	struct rc_tok *t = in->t;
	bool quoted = t && t->kind == RC_TOK_STRING;
	struct rc_str str;
	int r;

	if (id->type == RC_ID_ASN1DN) {
		rc_err(in->p, in->prev, "asn1dn cannot be an identity of "
		       "phase 2");
		return XE_PARSE;
	}
	if (id->type == RC_ID_ADDRESS || id->type == RC_ID_SUBNET) {
		if (!t || (!quoted && t->kind != RC_TOK_WORD))
			return rc_in_expected(in, "an address");
		return read_net(in, id);
	}
	id->kind = RC_SAID_STRING;
	r = rc_in_str(in, "an identity", &str);
	if (r)
		return r;
	if (!*str.s) {
		rc_err(in->p, str.loc, "empty identity");
		return XE_PARSE;
	}
	id->string = str.s;
	return 0;
}

static int read_said(struct rc_in *in, bool local, struct rc_said *id)
{
	struct rc_tok *t = in->t;
	struct diag_entry *e;
	struct rc_show buf;
	unsigned int type;
	int r;

	id->loc = t ? t->loc : in->prev;
	if (rc_in_skip(in, "anonymous")) {
		id->kind = RC_SAID_ANONYMOUS;
		return 0;
	}
	if (!local && rc_in_skip(in, "clientaddr")) {
		id->kind = RC_SAID_CLIENTADDR;
		return 0;
	}
	type = t && t->kind == RC_TOK_WORD ?
	       rc_list_find(RC_LIST_IDTYPE, t->p, t->len) : 0;
	if (!type) {
		e = rc_err(in->p, id->loc, "expected the %s identity, found %s",
			   local ? "local" : "remote", rc_show(t, &buf));
		rc_hint(in->p, e, "anonymous%s, address, subnet, fqdn, "
			"user_fqdn, keyid", local ? "" : ", clientaddr");
		return XE_PARSE;
	}
	id->type = (enum rc_value)type;
	rc_in_next(in);
	r = read_typed(in, id);
	id->loc = src_join(id->loc, in->prev);
	return r;
}

/* from IDTYPE [STRING], group "NAME" */
static int read_sainfo_tail(struct rc_in *in, struct rc_sainfo *sa)
{
	if (rc_in_skip(in, "from"))
		return rc_in_ident(in, &sa->from);
	if (rc_in_skip(in, "group"))
		return rc_in_str(in, "a group's name", &sa->group);
	return 0;
}

static int read_sainfo(struct rc_in *in, void *m)
{
	struct rc_parser *p = in->p;
	struct rc_sainfo *sa = rc_node(p, sizeof(*sa));
	int r;

	if (!sa)
		return XE_PARSE;
	r = read_said(in, true, &sa->local);
	if (!r && (sa->local.kind != RC_SAID_ANONYMOUS ||
		   (in->t && !rc_tok_is(in->t, "from") &&
		    !rc_tok_is(in->t, "group"))))
		r = read_said(in, false, &sa->remote);
	if (!r)
		r = read_sainfo_tail(in, sa);
	sa->loc = src_join(in->word, in->prev);
	if (!r)
		r = rc_in_need_block(in);
	if (r)
		return rc_in_bad_header(in, RC_TABLE_SAINFO, sa);
	*p->sainfo_tail = sa;
	p->sainfo_tail = &sa->next;
	p->conf->sainfos++;
	return rc_in_block(in, RC_TABLE_SAINFO, sa);
}

static void add_proto(struct rc_printer *pr, uint64_t number)
{
	size_t i;

	for (i = 0; i < NPROTOS; i++) {
		if (protos[i].number == number) {
			rc_add(pr, " %s", protos[i].word);
			return;
		}
	}
	rc_add(pr, " %u", (unsigned int)number);
}

static void add_net(struct rc_printer *pr, const struct rc_said *id)
{
	rc_add(pr, " %s", id->addr.text);
	if (id->kind == RC_SAID_RANGE)
		rc_add(pr, "-%s", id->last.text);
	if (id->prefix.given)
		rc_add(pr, "/%u", (unsigned int)id->prefix.v);
	if (id->port.given && id->port.v == RC_PORT_ANY)
		rc_add(pr, " [any]");
	else if (id->port.given)
		rc_add(pr, " [%u]", (unsigned int)id->port.v);
	add_proto(pr, id->proto.v);
}

static void add_said(struct rc_printer *pr, const struct rc_said *id)
{
	const char *type = rc_word(RC_LIST_IDTYPE, id->type);

	switch (id->kind) {
	case RC_SAID_NONE:
		break;
	case RC_SAID_ANONYMOUS:
		rc_add(pr, " anonymous");
		break;
	case RC_SAID_CLIENTADDR:
		rc_add(pr, " clientaddr");
		break;
	case RC_SAID_ADDR:
	case RC_SAID_RANGE:
		rc_add(pr, " %s", type);
		add_net(pr, id);
		break;
	case RC_SAID_STRING:
		rc_add(pr, " %s \"%s\"", type, id->string);
		break;
	}
}

static void print_sainfo(struct rc_printer *pr, const struct rc_dir *dir,
			 const void *m)
{
	const struct rc_sainfo *const *head = m, *sa;

	for (sa = *head; sa; sa = sa->next) {
		rc_gap(pr);
		rc_put(pr, "%s", dir->word);
		add_said(pr, &sa->local);
		add_said(pr, &sa->remote);
		if (sa->from) {
			rc_add(pr, " from ");
			rc_add_ident(pr, sa->from);
		}
		if (sa->group.s)
			rc_add(pr, " group \"%s\"", sa->group.s);
		rc_print_block(pr, RC_TABLE_SAINFO, sa);
	}
}

static bool same_said(const struct rc_said *a, const struct rc_said *b)
{
	return a->kind == b->kind && a->type == b->type &&
	       rc_addr_equal(&a->addr, &b->addr) &&
	       rc_addr_equal(&a->last, &b->last) &&
	       rc_num_equal(&a->prefix, &b->prefix) &&
	       rc_num_equal(&a->port, &b->port) &&
	       rc_num_equal(&a->proto, &b->proto) &&
	       rc_text_equal(a->string, b->string);
}

static bool equal_sainfo(const struct rc_dir *dir, const void *a,
			 const void *b, struct rc_diff *diff)
{
	const struct rc_sainfo *const *ha = a, *const *hb = b, *x, *y;
	size_t n = 1;

	for (x = *ha, y = *hb; x && y; x = x->next, y = y->next, n++) {
		if (!same_said(&x->local, &y->local) ||
		    !same_said(&x->remote, &y->remote) ||
		    !rc_ident_equal(x->from, y->from) ||
		    !rc_text_equal(x->group.s, y->group.s) ||
		    !rc_equal_table(RC_TABLE_SAINFO, x, y, diff)) {
			rc_diff_add(diff, "number", n);
			return false;
		}
	}
	return !x && !y;
}

const struct rc_kind_ops rc_kind_sainfo = {
	read_sainfo, print_sainfo, equal_sainfo
};
