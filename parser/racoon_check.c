/* SPDX-License-Identifier: BSD-2-Clause */
#include "parser/racoon_check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"
#include "parser/racoon_check_sainfo.h"
#include "parser/racoon_inherit.h"
#include "parser/racoon_weak.h"

#define ERROR(k, loc, ...) \
	src_diag((k)->conf->src, (k)->d, DIAG_ERROR, (loc), __VA_ARGS__)
#define WARN(k, loc, ...) \
	src_diag((k)->conf->src, (k)->d, DIAG_WARNING, (loc), __VA_ARGS__)
#define NOTE(k, loc, ...) \
	src_diag((k)->conf->src, (k)->d, DIAG_NOTE, (loc), __VA_ARGS__)
#define HINT(k, entry, ...) diag_hint((k)->d, (entry), __VA_ARGS__)

struct check {
	struct rc_conf *conf;
	struct diag *d;
};

static bool num_is(const struct rc_num *n, uint64_t v, uint64_t by_default)
{
	return (n->given ? n->v : by_default) == v;
}

/* ---------------------------------------------------------- proposals --- */

static void proposal_check(struct check *k, const struct rc_proposal *p)
{
	if (!p->enc.alg)
		ERROR(k, p->loc, "encryption algorithm required");
	if (!p->hash.alg)
		ERROR(k, p->loc, "hash algorithm required");
	if (!p->method.alg)
		ERROR(k, p->loc, "authentication method required");
	if (!p->group.alg)
		ERROR(k, p->loc, "DH group required");
	rc_weak_cipher(k->conf, k->d, &p->enc);
	rc_weak_hash(k->conf, k->d, &p->hash);
	rc_weak_group(k->conf, k->d, &p->group);
	rc_odd_lifetime(k->conf, k->d, &p->lifetime);
	if (p->gss_id.s && p->method.alg != RC_METHOD_GSSAPI_KRB)
		WARN(k, p->gss_id.loc, "gss_id counts only with "
		     "authentication_method gssapi_krb");
}

/* ------------------------------------------------------------ remotes --- */

static bool has_exchange(const struct rc_remote *r, enum rc_value mode)
{
	const struct rc_exchange *x;

	for (x = r->exchange_mode; x; x = x->next)
		if (x->mode == mode)
			return true;
	return false;
}

static const struct rc_proposal *with_method(const struct rc_remote *r,
					     unsigned int method)
{
	const struct rc_proposal *p;

	for (p = r->proposal; p; p = p->next)
		if (p->method.alg == method)
			return p;
	return NULL;
}

static void remote_required(struct check *k, const struct rc_remote *r)
{
	const struct rc_proposal *p;
	struct diag_entry *e;

	if (!r->exchange_mode) {
		e = ERROR(k, r->loc, "no exchange mode specified");
		HINT(k, e, "add `exchange_mode main;' to this remote");
	}
	if (!r->proposal) {
		e = ERROR(k, r->loc, "no remote specification found: %s",
			  rc_peer_text(&r->peer));
		HINT(k, e, "add a proposal block to this remote");
		return;
	}
	if (!has_exchange(r, RC_EXCHANGE_AGGRESSIVE))
		return;
	for (p = r->proposal->next; p; p = p->next)
		if (p->group.alg && r->proposal->group.alg &&
		    p->group.alg != r->proposal->group.alg) {
			ERROR(k, p->group.loc, "DH group must be equal in "
			      "all proposals when aggressive mode is used");
			break;
		}
}

static bool anonymous(const struct rc_remote *r)
{
	return r->peer.kind == RC_PEER_ANONYMOUS ||
	       (r->peer.kind == RC_PEER_NAME && !r->remote_address.text);
}

/* What a remote with a pre-shared key has to hear. */
static void remote_psk(struct check *k, const struct rc_remote *r)
{
	const struct rc_exchange *x;
	struct diag_entry *e;

	if (!with_method(r, RC_METHOD_PSK) &&
	    !with_method(r, RC_METHOD_XAUTH_PSK_SERVER) &&
	    !with_method(r, RC_METHOD_XAUTH_PSK_CLIENT))
		return;
	for (x = r->exchange_mode; x; x = x->next)
		if (x->mode == RC_EXCHANGE_AGGRESSIVE) {
			e = WARN(k, x->loc, "aggressive mode with a "
				 "pre-shared key lets anyone guess the key "
				 "offline");
			HINT(k, e, "use main mode, certificates, or a key of "
			     "20 random characters or more");
		}
	if (r->my_identifier && r->my_identifier->type != RC_ID_ADDRESS &&
	    has_exchange(r, RC_EXCHANGE_MAIN) &&
	    !has_exchange(r, RC_EXCHANGE_AGGRESSIVE) &&
	    !has_exchange(r, RC_EXCHANGE_BASE) &&
	    !has_exchange(r, RC_EXCHANGE_IKEV2)) {
		e = NOTE(k, r->my_identifier->loc, "in main mode the "
			 "pre-shared key goes by the peer's address, not by "
			 "this identifier");
		HINT(k, e, "psk.txt of the peer needs our address");
	}
	if (!k->conf->path.pre_shared_key.s) {
		e = WARN(k, r->loc, "a pre-shared key is asked for, and no "
			 "file to find it in");
		HINT(k, e, "add `path pre_shared_key "
		     "\"/etc/racoon/psk.txt\";' before this section");
	}
}

static bool needs_own_cert(unsigned int method)
{
	switch (method) {
	case RC_METHOD_RSASIG:
	case RC_METHOD_HYBRID_RSA_SERVER:
	case RC_METHOD_XAUTH_RSA_SERVER:
	case RC_METHOD_XAUTH_RSA_CLIENT:
		return true;
	}
	return false;
}

static bool sees_peer_cert(unsigned int method)
{
	return method == RC_METHOD_HYBRID_RSA_CLIENT ||
	       (needs_own_cert(method) &&
		method != RC_METHOD_HYBRID_RSA_SERVER);
}

static void remote_cert(struct check *k, const struct rc_remote *r)
{
	const struct rc_proposal *p, *own = NULL, *peer = NULL;
	bool plain = r->certificate.kind == RC_CERT_PLAIN_RSA;
	struct diag_entry *e;

	for (p = r->proposal; p; p = p->next) {
		if (!own && needs_own_cert(p->method.alg))
			own = p;
		if (!peer && sees_peer_cert(p->method.alg))
			peer = p;
	}
	if (own && r->certificate.kind == RC_CERT_NONE) {
		e = WARN(k, own->method.loc, "%s needs a certificate of our "
			 "own, and %s has none",
			 rc_word(RC_LIST_METHOD, own->method.alg),
			 rc_peer_text(&r->peer));
		HINT(k, e, "add `certificate_type x509 \"CERT\" \"KEY\";'");
	}
	if (!peer || plain)
		return;
	if (num_is(&r->verify_cert, 0, 1)) {
		e = WARN(k, r->verify_cert.loc, "the peer's certificate is "
			 "not verified: anybody can be this peer");
		HINT(k, e, "remove `verify_cert off;' and name the CA with "
		     "`ca_type x509 \"FILE\";'");
		return;
	}
	if (r->ca.kind == RC_CERT_NONE && !r->peers_certfile) {
		e = NOTE(k, peer->method.loc, "without ca_type every CA in "
			 "`path certificate' is trusted");
		HINT(k, e, "add `ca_type x509 \"FILE\";'");
	}
	if (r->peers_identifier && num_is(&r->verify_identifier, 0, 0)) {
		e = WARN(k, r->peers_identifier->loc, "peers_identifier "
			 "is only logged, not enforced");
		HINT(k, e, "add `verify_identifier on;'");
	}
}

static void remote_choices(struct check *k, const struct rc_remote *r)
{
	struct diag_entry *e;

	if (r->generate_policy.given &&
	    r->generate_policy.v != RC_GENPOL_OFF && anonymous(r)) {
		e = WARN(k, r->generate_policy.loc, "any peer that can "
			 "authenticate may choose the traffic it gets: "
			 "generate_policy for anonymous peers");
		HINT(k, e, "narrow it with a sainfo for the addresses that "
		     "peers may ask for");
	}
	if (r->weak_phase1_check.given && r->weak_phase1_check.v)
		WARN(k, r->weak_phase1_check.loc, "anybody can delete SAs: "
		     "unencrypted Delete messages are obeyed");
	if (r->nonce_size.given &&
	    (r->nonce_size.v < 8 || r->nonce_size.v > 256)) {
		e = WARN(k, r->nonce_size.loc, "a nonce has 8 to 256 bytes "
			 "(RFC 2409): %u is used",
			 r->nonce_size.v < 8 ? 8u : 256u);
		HINT(k, e, "the default is 16");
	}
	if (r->dpd.given && !r->dpd.v && r->dpd_delay.given && r->dpd_delay.v)
		WARN(k, r->dpd_delay.loc, "dpd_delay does nothing with "
		     "`dpd off;'");
	if (r->situation.given && r->situation.v != RC_SITUATION_IDENTITY_ONLY)
		WARN(k, r->situation.loc, "only identity_only is offered");
	if (anonymous(r) && !r->passive.given &&
	    r->peer.kind == RC_PEER_NAME && !r->remote_address.text)
		NOTE(k, r->loc, "this section has no remote_address: it is "
		     "for any peer, as anonymous is");
	if (r->mode_cfg.given && r->mode_cfg.v && r->xauth_login.s &&
	    !with_method(r, RC_METHOD_XAUTH_PSK_CLIENT) &&
	    !with_method(r, RC_METHOD_XAUTH_RSA_CLIENT) &&
	    !with_method(r, RC_METHOD_HYBRID_RSA_CLIENT) &&
	    !with_method(r, RC_METHOD_HYBRID_DSS_CLIENT))
		WARN(k, r->xauth_login.loc, "xauth_login does nothing: no "
		     "proposal has an XAUTH client method");
}

/* own: as it stands in the file; eff: with what it inherits. */
static void remote_check(struct check *k, const struct rc_remote *own,
			 const struct rc_remote *eff)
{
	const struct rc_proposal *p;

	for (p = own->proposal; p; p = p->next)
		proposal_check(k, p);
	rc_odd_lifetime(k->conf, k->d, &own->lifetime);
	remote_required(k, eff);
	remote_psk(k, eff);
	remote_cert(k, eff);
	remote_choices(k, eff);
}

/* -------------------------------------------------------------- twins --- */

struct seen {
	struct hnode node;
	const struct rc_remote *r;
};

/* A section with a name of its own, not that of a host. */
static bool is_named(const struct rc_remote *r)
{
	return r->peer.kind == RC_PEER_NAME ||
	       (r->peer.kind == RC_PEER_BARE && r->remote_address.text);
}

static bool same_peer(const struct rc_remote *a, const struct rc_remote *b)
{
	if (is_named(a) || is_named(b))
		return is_named(a) && is_named(b) &&
		       !strcmp(a->peer.name, b->peer.name);
	if (a->peer.kind != b->peer.kind ||
	    a->peer.port.given != b->peer.port.given ||
	    a->peer.port.v != b->peer.port.v)
		return false;
	if (a->peer.kind == RC_PEER_BARE)
		return !strcmp(a->peer.name, b->peer.name);
	return a->peer.kind == RC_PEER_ADDR &&
	       a->peer.addr.family == b->peer.addr.family &&
	       !memcmp(a->peer.addr.ip, b->peer.addr.ip, 16);
}

static void twin(struct check *k, const struct rc_remote *first,
		 const struct rc_remote *r)
{
	struct diag_entry *e;

	if (is_named(r)) {
		e = ERROR(k, r->loc, "Named remoteconf \"%s\" already exists",
			  r->peer.name);
		HINT(k, e, "it is defined in line %u",
		     src_line(k->conf->src, first->loc));
		return;
	}
	e = WARN(k, r->loc, "there are two sections for %s: which one a peer "
		 "gets depends on what it offers", rc_peer_text(&r->peer));
	HINT(k, e, "the other stands in line %u",
	     src_line(k->conf->src, first->loc));
}

static int twins_check(struct check *k)
{
	struct seen *seen;
	const struct rc_remote *r;
	struct hnode *at;
	struct htab t;
	const char *text;
	size_t n = 0;
	uint64_t h;
	int err = 0;

	seen = calloc(k->conf->remotes ? k->conf->remotes : 1, sizeof(*seen));
	if (!seen)
		return -ENOMEM;
	htab_init(&t, 0);
	for (r = k->conf->remote; r && !err; r = r->next, n++) {
		text = rc_peer_text(&r->peer);
		h = hash_mem(is_named(r) ? RC_PEER_NAME : r->peer.kind, text,
			     strlen(text));
		for (at = htab_first(&t, h); at; at = htab_next(at))
			if (same_peer(hnode_entry(at, struct seen, node)->r, r))
				break;
		if (at) {
			twin(k, hnode_entry(at, struct seen, node)->r, r);
			continue;
		}
		seen[n].r = r;
		err = htab_add(&t, &seen[n].node, h);
	}
	htab_free(&t);
	free(seen);
	return err;
}

/* ----------------------------------------------------------- settings --- */

static bool is_link_local(const struct rc_addr *a)
{
	return a->family == AF_INET6 && a->ip[0] == 0xfe &&
	       (a->ip[1] & 0xc0) == 0x80;
}

static void listen_check(struct check *k)
{
	const struct rc_listen *l = &k->conf->listen;
	const struct rc_listen_addr *a;
	const char *path = l->admin_path.s;
	const struct rc_remote *r;
	struct diag_entry *e;
	size_t len = path ? strlen(path) : 0;
	bool natt = false;

	for (a = l->addr; a; a = a->next) {
		natt = natt || a->natt;
		if (is_link_local(&a->addr) && !a->addr.zone) {
			e = WARN(k, a->loc, "a link-local address belongs to "
				 "an interface, which is not named");
			HINT(k, e, "write %s%%eth0, say", a->addr.text);
		}
		if (!a->natt || a->port.given)
			continue;
		e = WARN(k, a->loc, "isakmp_natt without a port listens on "
			 "500, where no peer sends encapsulated packets");
		HINT(k, e, "write %s [4500]", a->addr.text);
	}
	for (r = k->conf->remote; r && l->addr && !natt; r = r->next)
		if (r->nat_traversal.given && r->nat_traversal.v != RC_OFF) {
			e = WARN(k, r->nat_traversal.loc, "NAT traversal "
				 "needs a socket on port 4500, and the listen "
				 "block has none");
			HINT(k, e, "add `isakmp_natt %s [4500];' to it",
			     l->addr->addr.text);
			break;
		}
	if (!path)
		return;
	if (!(len > 5 && !strcmp(&path[len - 5], ".sock")) &&
	    !(len > 7 && !strcmp(&path[len - 7], ".socket"))) {
		e = ERROR(k, l->admin_path.loc, "the admin socket has to be "
			  "named racoon.sock, or to end in .sock or .socket");
		HINT(k, e, "so that no other file is replaced by mistake");
	}
	if (strstr(path, "/../") || !strncmp(path, "../", 3))
		ERROR(k, l->admin_path.loc, "the path of the admin socket "
		      "must not hold `..'");
	if (l->admin_mode.given && (l->admin_mode.v & 0006))
		WARN(k, l->admin_mode.loc, "every user may control racoon "
		     "through this socket");
}

static void timer_check(struct check *k)
{
	const struct rc_timer *t = &k->conf->timer;

	if (t->counter.given && !t->counter.v)
		WARN(k, t->counter.loc, "nothing is ever sent again: one "
		     "lost packet ends a negotiation");
	if (t->interval.given && !t->interval.v)
		WARN(k, t->interval.loc, "an interval of 0 is taken as 1 "
		     "second");
	if (t->persend.given && t->persend.v != 1)
		WARN(k, t->persend.loc, "persend other than 1 does not help "
		     "against loss; retransmissions do");
}

static void modecfg_check(struct check *k)
{
	const struct rc_modecfg *m = &k->conf->modecfg;
	const struct rc_remote *r;
	const struct rc_proposal *p;
	struct diag_entry *e;

	if ((m->auth_source.given && m->auth_source.v == RC_AUTH_LDAP) ||
	    (m->conf_source.given && m->conf_source.v == RC_CONF_LDAP) ||
	    (m->group_source.given && m->group_source.v == RC_GROUP_LDAP))
		if (!k->conf->ldap.head.given)
			WARN(k, m->head.loc, "LDAP is asked, and there is no "
			     "ldapcfg block");
	if ((m->auth_source.given && m->auth_source.v == RC_AUTH_RADIUS) ||
	    (m->conf_source.given && m->conf_source.v == RC_CONF_RADIUS) ||
	    (m->accounting.given && m->accounting.v == RC_ACCT_RADIUS))
		if (!k->conf->radius.head.given)
			NOTE(k, m->head.loc, "RADIUS is asked, and there is "
			     "no radiuscfg block");
	if (m->conf_source.given && m->conf_source.v == RC_CONF_LDAP &&
	    num_is(&m->auth_source, RC_AUTH_SYSTEM, RC_AUTH_SYSTEM))
		WARN(k, m->conf_source.loc, "conf_source ldap needs "
		     "auth_source ldap; the local pool is used");
	if (m->auth_throttle.given && !m->auth_throttle.v)
		WARN(k, m->auth_throttle.loc, "logins can be guessed without "
		     "delay");
	if (m->head.given)
		return;
	for (r = k->conf->remote; r; r = r->next) {
		p = with_method(r, RC_METHOD_XAUTH_PSK_SERVER);
		if (!p)
			p = with_method(r, RC_METHOD_XAUTH_RSA_SERVER);
		if (!p)
			p = with_method(r, RC_METHOD_HYBRID_RSA_SERVER);
		if (!p)
			continue;
		e = WARN(k, p->method.loc, "an XAUTH server needs a mode_cfg "
			 "block: without it the pool of ports is empty");
		HINT(k, e, "add `mode_cfg { pool_size 255; }'");
		break;
	}
}

static void privsep_check(struct check *k)
{
	const struct rc_privsep *p = &k->conf->privsep;
	struct diag_entry *e;

	if (!p->user.s || !strcmp(p->user.s, "root") ||
	    !strcmp(p->user.s, "0"))
		return;
	if (k->conf->path.certificate.s && k->conf->path.script.s)
		return;
	e = NOTE(k, p->user.loc, "privilege separation require path cert and "
		 "path script in the config file");
	HINT(k, e, "ipsec-tools does not start without them; this racoon does");
}

int rc_check(struct rc_conf *conf, struct rc_remote *const *eff,
	     struct diag *d)
{
	struct check k = { .conf = conf, .d = d };
	unsigned int before = diag_count(d, DIAG_ERROR);
	const struct rc_remote *r;
	size_t i = 0;
	int err;

	for (r = conf->remote; r; r = r->next, i++)
		remote_check(&k, r, eff[i]);
	err = twins_check(&k);
	if (!err)
		err = rc_check_sainfos(conf, eff, d);
	if (err)
		return err;
	listen_check(&k);
	timer_check(&k);
	modecfg_check(&k);
	privsep_check(&k);
	return diag_count(d, DIAG_ERROR) > before ? XE_CHECK : 0;
}
