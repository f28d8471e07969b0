/* SPDX-License-Identifier: BSD-2-Clause */
/* Kinds of directives of mode_cfg, listen and radiuscfg. */
#include "parser/racoon_kind.h"

#include <string.h>
#include <sys/socket.h>

#include "libxfrm/base/err.h"

/* ---- one IPv4 address ---- */

static int take_addr4(struct rc_in *in, struct rc_addr *out)
{
	const struct rc_tok *t = in->t;
	int r = rc_in_addr(in, false, out);

	if (r || out->family == AF_INET)
		return r;
	rc_err(in->p, t->loc, "%s takes IPv4 addresses only", in->dir->word);
	*out = (struct rc_addr){ 0 };
	return XE_PARSE;
}

static int read_addr4(struct rc_in *in, void *m)
{
	struct rc_addr *addr = m, v;
	int r = take_addr4(in, &v);

	if (r)
		return r;
	if (addr->text)
		rc_in_again(in, addr->loc);
	*addr = v;
	return 0;
}

static void print_addr4(struct rc_printer *pr, const struct rc_dir *dir,
			const void *m)
{
	const struct rc_addr *addr = m;

	if (addr->text)
		rc_put(pr, "%s %s;\n", dir->word, addr->text);
}

static bool equal_addr4(const struct rc_dir *dir, const void *a,
			const void *b, struct rc_diff *diff)
{
	return rc_addr_equal(a, b);
}

const struct rc_kind_ops rc_kind_addr4 = {
	read_addr4, print_addr4, equal_addr4
};

/* ---- lists with commas ---- */

/* Calls take for each element; 0 or XE_PARSE. */
static int comma_list(struct rc_in *in, void *m,
		      int (*take)(struct rc_in *in, void *m))
{
	int r;

	do {
		r = take(in, m);
		if (r)
			return r;
	} while (rc_in_skip_kind(in, RC_TOK_COMMA));
	return 0;
}

static int take_addrs(struct rc_in *in, void *m)
{
	struct rc_addr_list **l = m, *n = rc_node(in->p, sizeof(*n));
	int r;

	if (!n)
		return XE_PARSE;
	r = take_addr4(in, &n->addr);
	if (r)
		return r;
	RC_LAST(in, l);
	*l = n;
	return 0;
}

static int read_addrs(struct rc_in *in, void *m)
{
	return comma_list(in, m, take_addrs);
}

static void print_addrs(struct rc_printer *pr, const struct rc_dir *dir,
			const void *m)
{
	const struct rc_addr_list *const *head = m, *l;

	if (!*head)
		return;
	rc_put(pr, "%s ", dir->word);
	for (l = *head; l; l = l->next)
		rc_add(pr, "%s%s", l->addr.text, l->next ? ", " : ";\n");
}

static bool equal_addrs(const struct rc_dir *dir, const void *a,
			const void *b, struct rc_diff *diff)
{
	const struct rc_addr_list *const *ha = a, *const *hb = b;
	const struct rc_addr_list *x, *y;

	for (x = *ha, y = *hb; x && y; x = x->next, y = y->next) {
		if (!rc_addr_equal(&x->addr, &y->addr))
			return false;
	}
	return !x && !y;
}

const struct rc_kind_ops rc_kind_addrs = {
	read_addrs, print_addrs, equal_addrs
};

static int take_strs(struct rc_in *in, void *m)
{
	struct rc_str_list **l = m, *n = rc_node(in->p, sizeof(*n));
	int r;

	if (!n)
		return XE_PARSE;
	r = rc_in_str(in, "a string", &n->str);
	if (r)
		return r;
	RC_LAST(in, l);
	*l = n;
	return 0;
}

static int read_strs(struct rc_in *in, void *m)
{
	return comma_list(in, m, take_strs);
}

static void print_strs(struct rc_printer *pr, const struct rc_dir *dir,
		       const void *m)
{
	const struct rc_str_list *const *head = m, *l;

	if (!*head)
		return;
	rc_put(pr, "%s ", dir->word);
	for (l = *head; l; l = l->next)
		rc_add(pr, "\"%s\"%s", l->str.s, l->next ? ", " : ";\n");
}

static bool equal_strs(const struct rc_dir *dir, const void *a,
		       const void *b, struct rc_diff *diff)
{
	const struct rc_str_list *const *ha = a, *const *hb = b;
	const struct rc_str_list *x, *y;

	for (x = *ha, y = *hb; x && y; x = x->next, y = y->next) {
		if (!rc_text_equal(x->str.s, y->str.s))
			return false;
	}
	return !x && !y;
}

const struct rc_kind_ops rc_kind_strs = { read_strs, print_strs, equal_strs };

/* ---- split_network TYPE NET/LEN, …: in struct rc_modecfg ---- */

static int take_net(struct rc_in *in, void *m)
{
	struct rc_net_list **l = m, *n = rc_node(in->p, sizeof(*n));
	const struct rc_tok *t = in->t;
	struct rc_num more;
	size_t len;

	if (!n)
		return XE_PARSE;
	if (!t || t->kind != RC_TOK_WORD)
		return rc_in_expected(in, "a network, such as 10.0.0.0/8");
	len = t->len;
	if (rc_split_prefix(t->p, &len, &n->prefix) ||
	    !rc_addr_parse(in->p, t->p, len, t->loc, &n->addr) ||
	    n->addr.family != AF_INET || n->prefix.v > 32)
		return rc_in_expected(in, "a network, such as 10.0.0.0/8");
	rc_in_next(in);
	/* a blank before the slash */
	t = in->t;
	len = t ? t->len : 0;
	if (!n->prefix.given && t && t->p[0] == '/' &&
	    !rc_split_prefix(t->p, &len, &more) && !len && more.v <= 32) {
		n->prefix = more;
		rc_in_next(in);
	}
	if (!n->prefix.given)
		return rc_in_expected(in, "a prefix length, such as /24");
	n->prefix.loc = in->prev;
	RC_LAST(in, l);
	*l = n;
	return 0;
}

static int read_nets(struct rc_in *in, void *m)
{
	struct rc_modecfg *mc = m;
	struct rc_num type;
	int r;

	r = rc_in_word(in, RC_LIST_SPLIT, &type);
	if (r)
		return r;
	if (mc->split_type.given && mc->split_type.v != type.v) {
		struct diag_entry *e;

		e = rc_warn(in->p, type.loc, "there is one list of networks: "
			    "all of them become %s",
			    rc_word(RC_LIST_SPLIT, (unsigned int)type.v));
		rc_hint(in->p, e, "use either include or local_lan");
	}
	mc->split_type = type;
	return comma_list(in, &mc->split_network, take_net);
}

static void print_nets(struct rc_printer *pr, const struct rc_dir *dir,
		       const void *m)
{
	const struct rc_modecfg *mc = m;
	const struct rc_net_list *l;

	if (!mc->split_network)
		return;
	rc_put(pr, "%s %s ", dir->word,
	       rc_word(RC_LIST_SPLIT, (unsigned int)mc->split_type.v));
	for (l = mc->split_network; l; l = l->next)
		rc_add(pr, "%s/%u%s", l->addr.text, (unsigned int)l->prefix.v,
		       l->next ? ", " : ";\n");
}

static bool equal_nets(const struct rc_dir *dir, const void *a,
		       const void *b, struct rc_diff *diff)
{
	const struct rc_modecfg *ma = a, *mb = b;
	const struct rc_net_list *x, *y;

	for (x = ma->split_network, y = mb->split_network; x && y;
	     x = x->next, y = y->next) {
		if (!rc_addr_equal(&x->addr, &y->addr) ||
		    !rc_num_equal(&x->prefix, &y->prefix))
			return false;
	}
	return !x && !y && (!ma->split_network ||
			    rc_num_equal(&ma->split_type, &mb->split_type));
}

const struct rc_kind_ops rc_kind_nets = { read_nets, print_nets, equal_nets };

/* ---- isakmp, isakmp_natt ---- */

static int read_listen(struct rc_in *in, void *m)
{
	struct rc_listen_addr **l = m, *n = rc_node(in->p, sizeof(*n));
	int r;

	if (!n)
		return XE_PARSE;
	n->natt = in->dir->arg;
	n->loc = in->word;
	r = rc_in_addr(in, true, &n->addr);
	if (!r)
		r = rc_in_port(in, false, &n->port);
	if (r)
		return r;
	n->loc = src_join(n->loc, in->prev);
	RC_LAST(in, l);
	*l = n;
	return 0;
}

/* Both directives share a list: the first one prints it. */
static void print_listen(struct rc_printer *pr, const struct rc_dir *dir,
			 const void *m)
{
	const struct rc_listen_addr *const *head = m, *l;

	for (l = dir->arg ? NULL : *head; l; l = l->next) {
		rc_put(pr, "%s %s", l->natt ? "isakmp_natt" : "isakmp",
		       l->addr.text);
		if (l->port.given)
			rc_add(pr, " [%u]", (unsigned int)l->port.v);
		rc_add(pr, ";\n");
	}
}

static bool equal_listen(const struct rc_dir *dir, const void *a,
			 const void *b, struct rc_diff *diff)
{
	const struct rc_listen_addr *const *ha = a, *const *hb = b;
	const struct rc_listen_addr *x, *y;

	for (x = *ha, y = *hb; x && y; x = x->next, y = y->next) {
		if (x->natt != y->natt || !rc_addr_equal(&x->addr, &y->addr) ||
		    !rc_num_equal(&x->port, &y->port))
			return false;
	}
	return !x && !y;
}

const struct rc_kind_ops rc_kind_listen = {
	read_listen, print_listen, equal_listen
};

/* ---- adminsock: in struct rc_listen ---- */

static int read_adminsock(struct rc_in *in, void *m)
{
	struct rc_listen *li = m, v = { 0 };
	int r;

	if (rc_in_skip(in, "disabled")) {
		v.admin_disabled.given = true;
		v.admin_disabled.v = 1;
		v.admin_disabled.loc = in->prev;
		r = 0;
	} else {
		r = rc_in_str(in, "a path or the word disabled",
			      &v.admin_path);
	}
	if (!r && v.admin_path.s && in->t) {
		r = rc_in_str(in, "the socket's owner", &v.admin_owner);
		if (!r)
			r = rc_in_str(in, "the socket's group",
				      &v.admin_group);
		if (!r)
			r = rc_in_mode(in, &v.admin_mode);
	}
	if (r)
		return r;
	if (li->admin_path.s)
		rc_in_again(in, li->admin_path.loc);
	else if (li->admin_disabled.given)
		rc_in_again(in, li->admin_disabled.loc);
	li->admin_disabled = v.admin_disabled;
	li->admin_path = v.admin_path;
	li->admin_owner = v.admin_owner;
	li->admin_group = v.admin_group;
	li->admin_mode = v.admin_mode;
	return 0;
}

static void print_adminsock(struct rc_printer *pr, const struct rc_dir *dir,
			    const void *m)
{
	const struct rc_listen *li = m;

	if (li->admin_disabled.given) {
		rc_put(pr, "%s disabled;\n", dir->word);
	} else if (li->admin_path.s) {
		rc_put(pr, "%s \"%s\"", dir->word, li->admin_path.s);
		if (li->admin_owner.s)
			rc_add(pr, " \"%s\" \"%s\" %04o", li->admin_owner.s,
			       li->admin_group.s,
			       (unsigned int)li->admin_mode.v);
		rc_add(pr, ";\n");
	}
}

static bool equal_adminsock(const struct rc_dir *dir, const void *a,
			    const void *b, struct rc_diff *diff)
{
	const struct rc_listen *x = a, *y = b;

	return rc_num_equal(&x->admin_disabled, &y->admin_disabled) &&
	       rc_text_equal(x->admin_path.s, y->admin_path.s) &&
	       rc_text_equal(x->admin_owner.s, y->admin_owner.s) &&
	       rc_text_equal(x->admin_group.s, y->admin_group.s) &&
	       rc_num_equal(&x->admin_mode, &y->admin_mode);
}

const struct rc_kind_ops rc_kind_adminsock = {
	read_adminsock, print_adminsock, equal_adminsock
};

/* ---- auth, acct "HOST" [PORT] "SECRET" ---- */

static int read_radius(struct rc_in *in, void *m)
{
	struct rc_radius_server **l = m, *n = rc_node(in->p, sizeof(*n));
	const struct rc_tok *t;
	uint64_t v;
	int r;

	if (!n)
		return XE_PARSE;
	n->acct = in->dir->arg;
	n->loc = in->word;
	in->hide = true;
	r = rc_in_str(in, "a host name", &n->host);
	t = in->t;
	if (!r && t && t->kind == RC_TOK_OPEN)
		r = rc_in_port(in, false, &n->port);
	else if (!r && t && t->next && t->kind == RC_TOK_WORD &&
		 rc_digits(t->p, t->len, &v) == t->len)
		r = rc_in_num(in, 0, UINT16_MAX, &n->port);
	if (!r)
		r = rc_in_str(in, "a shared secret", &n->secret);
	if (r)
		return r;
	RC_LAST(in, l);
	*l = n;
	return 0;
}

static void print_radius(struct rc_printer *pr, const struct rc_dir *dir,
			 const void *m)
{
	const struct rc_radius_server *const *head = m, *l;

	for (l = dir->arg ? NULL : *head; l; l = l->next) {
		rc_put(pr, "%s \"%s\"", l->acct ? "acct" : "auth", l->host.s);
		if (l->port.given)
			rc_add(pr, " %u", (unsigned int)l->port.v);
		rc_add(pr, " \"%s\";\n", pr->secrets ? l->secret.s : "...");
	}
}

static bool equal_radius(const struct rc_dir *dir, const void *a,
			 const void *b, struct rc_diff *diff)
{
	const struct rc_radius_server *const *ha = a, *const *hb = b;
	const struct rc_radius_server *x, *y;

	for (x = *ha, y = *hb; x && y; x = x->next, y = y->next) {
		if (x->acct != y->acct ||
		    !rc_text_equal(x->host.s, y->host.s) ||
		    !rc_num_equal(&x->port, &y->port) ||
		    !rc_text_equal(x->secret.s, y->secret.s))
			return false;
	}
	return !x && !y;
}

const struct rc_kind_ops rc_kind_radius = {
	read_radius, print_radius, equal_radius
};
