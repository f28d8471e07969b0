/* SPDX-License-Identifier: BSD-2-Clause */
#include "parser/racoon_inherit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"

/* A section that others may inherit from. */
struct parent {
	struct hnode node;
	struct rc_remote *eff;	/* with what it inherits itself */
	const struct rc_remote *own;
};

const char *rc_peer_text(const struct rc_peer *peer)
{
	switch (peer->kind) {
	case RC_PEER_NONE:
		return "";
	case RC_PEER_ANONYMOUS:
		return "anonymous";
	case RC_PEER_ADDR:
		return peer->addr.text;
	case RC_PEER_NAME:
	case RC_PEER_BARE:
		return peer->name;
	}
	return "";
}

static bool by_name(const struct rc_peer *p)
{
	return p->kind == RC_PEER_NAME || p->kind == RC_PEER_BARE;
}

static uint64_t peer_hash(const struct rc_peer *p)
{
	if (by_name(p))
		return hash_mem(1, p->name, strlen(p->name));
	if (p->kind == RC_PEER_ADDR)
		return hash_mem(2, p->addr.ip, sizeof(p->addr.ip));
	return 3;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool peer_equal(const struct rc_peer *a, const struct rc_peer *b)
{
	if (by_name(a) || by_name(b))
		return by_name(a) && by_name(b) && !strcmp(a->name, b->name);
	if (a->kind != b->kind)
		return false;
	return a->kind != RC_PEER_ADDR ||
	       (a->addr.family == b->addr.family &&
		!memcmp(a->addr.ip, b->addr.ip, sizeof(a->addr.ip)) &&
		same_text(a->addr.zone, b->addr.zone));
}

/* The best parent: with the port that `inherit` gives, then the latest. */
static const struct parent *find(const struct htab *t,
				 const struct rc_peer *want)
{
	const struct parent *best = NULL, *p;
	const struct hnode *at;
	bool port, best_port = false;

	at = htab_first(t, peer_hash(want));
	for (; at; at = htab_next(at)) {
		p = hnode_entry(at, const struct parent, node);
		if (!peer_equal(&p->own->peer, want))
			continue;
		port = want->port.given && p->own->peer.port.given &&
		       want->port.v == p->own->peer.port.v;
		if (!best || port > best_port ||
		    (port == best_port && p > best)) {
			best = p;
			best_port = port;
		}
	}
	return best;
}

/* ------------------------------------------------------------ merging --- */

#define TAKE_NUM(member) \
	do { \
		if (!to->member.given) \
			to->member = from->member; \
	} while (0)

static void take_switches(struct rc_remote *to, const struct rc_remote *from)
{
	TAKE_NUM(doi);
	TAKE_NUM(situation);
	TAKE_NUM(verify_identifier);
	TAKE_NUM(verify_cert);
	TAKE_NUM(send_cert);
	TAKE_NUM(send_cr);
	TAKE_NUM(match_empty_cr);
	TAKE_NUM(nonce_size);
	TAKE_NUM(passive);
	TAKE_NUM(ike_frag);
	TAKE_NUM(esp_frag);
	TAKE_NUM(mode_cfg);
	TAKE_NUM(weak_phase1_check);
	TAKE_NUM(generate_policy);
	TAKE_NUM(support_proxy);
	TAKE_NUM(initial_contact);
	TAKE_NUM(nat_traversal);
	TAKE_NUM(dpd);
	TAKE_NUM(dpd_delay);
	TAKE_NUM(dpd_retry);
	TAKE_NUM(dpd_maxfail);
	TAKE_NUM(rekey);
	TAKE_NUM(ph1id);
	TAKE_NUM(lifetime.time);
	TAKE_NUM(lifetime.byte);
	TAKE_NUM(proposal_check);
}

/*
 * Copies of a parent's list in front of the child's own: the nodes are shared
 * with nobody, since they are linked anew.
 */
#define PREPEND(type, member) \
	static int prepend_##member(struct arena *a, struct rc_remote *to, \
				    const struct rc_remote *from) \
	{ \
		struct type *own = to->member, **tail = &to->member; \
		const struct type *n; \
		for (n = from->member; n; n = n->next) { \
			*tail = arena_memdup(a, n, sizeof(*n)); \
			if (!*tail) \
				return -ENOMEM; \
			tail = &(*tail)->next; \
		} \
		*tail = own; \
		return 0; \
	}
PREPEND(rc_proposal, proposal)
PREPEND(rc_ident, peers_identifier)

static int take_scripts(struct arena *a, struct rc_remote *to,
			const struct rc_remote *from)
{
	struct rc_script *own = to->script, **tail = &to->script;
	const struct rc_script *n, *twin;

	for (n = from->script; n; n = n->next) {
		for (twin = own; twin; twin = twin->next)
			if (twin->event == n->event)
				break;
		if (twin)
			continue;
		*tail = arena_memdup(a, n, sizeof(*n));
		if (!*tail)
			return -ENOMEM;
		tail = &(*tail)->next;
	}
	*tail = own;
	return 0;
}

static int merge(struct arena *a, struct rc_remote *to,
		 const struct rc_remote *from)
{
	int r;

	/* all others say in their header where the peer is */
	if (to->peer.kind == RC_PEER_NAME && !to->remote_address.text) {
		to->remote_address = from->remote_address;
		TAKE_NUM(remote_port);
	}
	if (!to->exchange_mode)
		to->exchange_mode = from->exchange_mode;
	if (!to->my_identifier)
		to->my_identifier = from->my_identifier;
	if (!to->xauth_login.s)
		to->xauth_login = from->xauth_login;
	if (to->certificate.kind == RC_CERT_NONE)
		to->certificate = from->certificate;
	if (to->ca.kind == RC_CERT_NONE)
		to->ca = from->ca;
	if (!to->peers_certfile)
		to->peers_certfile = from->peers_certfile;
	take_switches(to, from);
	if ((r = prepend_proposal(a, to, from)) ||
	    (r = prepend_peers_identifier(a, to, from)))
		return r;
	return take_scripts(a, to, from);
}

/* A parent that cannot be had: is it there at all? */
static void complain(struct rc_conf *conf, struct diag *d,
		     const struct rc_remote *child)
{
	const struct rc_remote *r;
	struct diag_entry *e;

	e = src_diag(conf->src, d, DIAG_ERROR, child->inherit.loc,
		     "failed to get remoteconf for %s",
		     rc_peer_text(&child->inherit));
	for (r = child; r; r = r->next)
		if (peer_equal(&r->peer, &child->inherit))
			break;
	if (r == child)
		diag_hint(d, e, "a section cannot inherit from itself");
	else if (r)
		diag_hint(d, e, "it stands in line %u: move it above this one",
			  src_line(conf->src, r->loc));
	else
		diag_hint(d, e, "no remote section has that address or name");
}

static int inherit_one(struct rc_conf *conf, struct diag *d,
		       const struct htab *t, struct rc_remote *own,
		       struct rc_remote **out)
{
	const struct parent *p;
	struct rc_remote *eff;

	*out = own;
	if (own->inherit.kind == RC_PEER_NONE)
		return 0;
	p = find(t, &own->inherit);
	if (!p) {
		complain(conf, d, own);
		return XE_CHECK;
	}
	eff = arena_memdup(conf->arena, own, sizeof(*own));
	if (!eff)
		return -ENOMEM;
	eff->inherit = (struct rc_peer){ .kind = RC_PEER_NONE };
	*out = eff;
	return merge(conf->arena, eff, p->eff);
}

int rc_inherit(struct rc_conf *conf, struct diag *d, struct rc_remote ***out)
{
	struct rc_remote **all, *r;
	struct parent *parents;
	struct htab t;
	size_t i = 0;
	int err = 0, bad = 0;

	*out = NULL;
	htab_init(&t, 0);
	all = arena_calloc(conf->arena, conf->remotes, sizeof(*all));
	parents = arena_calloc(conf->arena, conf->remotes, sizeof(*parents));
	if (!all || !parents)
		return -ENOMEM;
	for (r = conf->remote; r && i < conf->remotes; r = r->next, i++) {
		err = inherit_one(conf, d, &t, r, &all[i]);
		if (err == XE_CHECK)
			bad = err;
		else if (err)
			break;
		parents[i].eff = all[i];
		parents[i].own = r;
		err = htab_add(&t, &parents[i].node, peer_hash(&r->peer));
		if (err)
			break;
	}
	htab_free(&t);
	if (err)
		return err;
	*out = all;
	return bad;
}
