/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <sys/stat.h>

#include "ike/daemon/load_priv.h"
#include "ike/daemon/load_x509.h"
#include "libxfrm/base/err.h"
#include "parser/racoon_inherit.h"

static const struct {
	enum rc_value word;
	enum ike_mode mode;
	bool able;	/* the engine implements it */
} modes[] = {
	{ RC_EXCHANGE_MAIN, IKE_MODE_MAIN, true },
	{ RC_EXCHANGE_AGGRESSIVE, IKE_MODE_AGGRESSIVE, true },
	{ RC_EXCHANGE_BASE, IKE_MODE_BASE, false },
	{ RC_EXCHANGE_IKEV2, IKE_MODE_V2, false },
};

#define N(a) (sizeof(a) / sizeof((a)[0]))

static void load_modes(struct loader *l, const struct rc_remote *eff,
		       struct ike_remote *r)
{
	const struct rc_exchange *x;
	struct diag_entry *e;
	unsigned int able = 0, i, k;

	for (x = eff->exchange_mode; x; x = x->next) {
		for (i = 0; i < N(modes) && modes[i].word != x->mode; i++)
			;
		if (i == N(modes))
			continue;
		for (k = 0; k < r->nmode && r->mode[k] != modes[i].mode; k++)
			;
		if (k < r->nmode || r->nmode == IKE_MODES_MAX)
			continue;
		r->mode[r->nmode++] = (uint8_t)modes[i].mode;
		able += modes[i].able;
		if (modes[i].able)
			continue;
		e = LOAD_WARN(l, x->loc, "%s mode is not implemented in this "
			      "version: it is neither used nor answered",
			      rc_word(RC_LIST_EXCHANGE, x->mode));
		LOAD_HINT(l, e, "use main mode");
	}
	if (eff->exchange_mode && !able)
		LOAD_WARN(l, eff->loc, "no exchange mode of this remote can "
			  "be used: it never gets a tunnel");
}

/* Transforms that IKEv1 has no number for. */
static void only_v2(struct loader *l, const struct rc_proposal *p,
		    struct ike_prop *prop)
{
	const char *word = prop->encr_v1 ? prop->hash_word : prop->encr_word;
	struct diag_entry *e;

	if (!prop->usable || (prop->encr_v1 && prop->hash_v1))
		return;
	prop->usable = false;
	if (!word)	/* left out, or none: that was said already */
		return;
	e = LOAD_WARN(l, prop->encr_v1 ? p->hash.loc : p->enc.loc, "%s is for "
		      "IKEv2: this proposal is never used", word);
	LOAD_HINT(l, e, "IKEv1 has aes with sha256, sha384 or sha512");
}

static int load_props(struct loader *l, const struct rc_remote *own,
		      const struct rc_remote *eff, struct ike_remote *r)
{
	const struct rc_proposal *p;
	struct ike_prop *all;
	unsigned int n = 0, inherited = 0, usable = 0;
	struct diag *d = l->d;
	int err = 0;

	for (p = eff->proposal; p; p = p->next)
		n++;
	inherited = n;
	for (p = own->proposal; p; p = p->next)
		inherited--;
	if (n > IKE_REMOTE_PROPS_MAX) {
		LOAD_ERROR(l, eff->loc, "more than %d proposals",
			   IKE_REMOTE_PROPS_MAX);
		return 0;
	}
	all = arena_calloc(l->arena, n, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (p = eff->proposal, n = 0; p && !err; p = p->next, n++) {
		/* what the parent's say was said there */
		l->d = n < inherited && own != eff ? NULL : d;
		err = load_prop(l, p, eff, &all[n]);
		if (!err)
			only_v2(l, p, &all[n]);
		usable += all[n].usable;
	}
	l->d = d;
	r->prop = all;
	r->nprop = n;
	if (!err && n && !usable)
		LOAD_WARN(l, own->loc, "no proposal of this remote can be "
			  "used: it never gets a tunnel");
	return err;
}

/* Where the peer is; false: nowhere, and the section is left out. */
static int load_peer(struct loader *l, const struct rc_remote *own,
		     const struct rc_remote *eff, struct xaddr *addr,
		     bool *found)
{
	const struct rc_peer *p = &eff->peer;
	const struct rc_addr *a = &eff->remote_address;
	int r;

	*addr = (struct xaddr){ 0 };
	*found = true;
	if (p->kind == RC_PEER_ADDR && own->remote_address.text)
		LOAD_WARN(l, own->remote_address.loc, "the address of this "
			  "remote is %s, as its header says",
			  rc_peer_text(p));
	if (p->kind == RC_PEER_ADDR || (p->kind == RC_PEER_BARE && !a->text))
		a = &p->addr;
	else if (p->kind == RC_PEER_ANONYMOUS || !a->text)
		return 0;
	if ((r = load_addr(l, a, addr, found)) || *found)
		return r;
	LOAD_WARN(l, own->loc, "remote %s is left out", rc_peer_text(p));
	return 0;
}

static int load_peer_ids(struct loader *l, const struct rc_remote *eff,
			 struct ike_remote *r, bool *good)
{
	const struct rc_ident *id;
	struct ike_id *all;
	unsigned int n = 0;
	int err;

	for (id = eff->peers_identifier; id; id = id->next)
		n++;
	if (n > IKE_REMOTE_PEERIDS_MAX) {
		LOAD_ERROR(l, eff->peers_identifier->loc, "more than %d "
			   "identifiers", IKE_REMOTE_PEERIDS_MAX);
		return 0;
	}
	all = arena_calloc(l->arena, n, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (id = eff->peers_identifier; id; id = id->next) {
		if ((err = load_ident(l, id, false, &all[r->npeer_id])))
			return err;
		if (all[r->npeer_id].type == IKE_ID_NONE) {
			/* without it, anybody might pass for this peer */
			LOAD_WARN(l, eff->loc, "remote %s is left out",
				  rc_peer_text(&eff->peer));
			*good = false;
			return 0;
		}
		r->npeer_id++;
	}
	r->peer_id = all;
	return 0;
}

static int load_creds(struct loader *l, const struct rc_remote *eff,
		      struct ike_remote *r)
{
	const struct rc_cert *c;
	unsigned int n = 0;
	int *all, err;

	if ((err = load_cred(l, &eff->certificate, IKE_CRED_X509, true,
			     &r->my_cred)) ||
	    (err = load_cred(l, &eff->ca, IKE_CRED_CA, false, &r->ca_cred)))
		return err;
	for (c = eff->peers_certfile; c; c = c->next)
		n++;
	all = arena_calloc(l->arena, n, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (c = eff->peers_certfile; c; c = c->next)
		if ((err = load_cred(l, c, IKE_CRED_X509, false,
				     &all[r->npeer_cred++])))
			return err;
	r->peer_cred = all;
	return 0;
}

/* A hook that cannot be run, or that somebody else can make his. */
static void script_check(struct loader *l, struct sloc loc, const char *path)
{
	struct diag_entry *e;
	struct stat st;

	if (!(l->flags & LOAD_FILES) || path[0] != '/')
		return;
	if (stat(path, &st) < 0) {
		if (!load_denied(-errno))
			LOAD_WARN(l, loc, "the script %s cannot be run: %s",
				  path, xe_str(-errno));
		return;
	}
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111)) {
		e = LOAD_WARN(l, loc, "the script %s cannot be run: it is no "
			      "executable file", path);
		LOAD_HINT(l, e, "chmod 700 %s", path);
	} else if (st.st_mode & 022) {
		e = LOAD_WARN(l, loc, "others may write the script %s (mode "
			      "%04o), and root runs it", path,
			      st.st_mode & 07777);
		LOAD_HINT(l, e, "chmod go-w %s", path);
	} else if (st.st_uid != 0) {
		e = LOAD_WARN(l, loc, "the user with uid %u owns the script "
			      "%s, and root runs it", st.st_uid, path);
		LOAD_HINT(l, e, "chown root %s", path);
	}
}

static int load_scripts(struct loader *l, const struct rc_remote *eff,
			struct ike_remote *r)
{
	const struct rc_script *s;
	const char *path;
	int err;

	for (s = eff->script; s; s = s->next) {
		if ((err = load_path(l, &s->file, &path)))
			return err;
		script_check(l, s->file.loc, path);
		if (s->event == RC_HOOK_PHASE1_UP)
			r->script.up = path;
		else if (s->event == RC_HOOK_PHASE1_DOWN)
			r->script.down = path;
		else
			r->script.dead = path;
	}
	return 0;
}

#define SET_BOOL(member) \
	do { \
		if (eff->member.given) \
			r->member = eff->member.v != 0; \
	} while (0)
#define SET_NUM(member) \
	do { \
		if (eff->member.given) \
			r->member = (uint32_t)eff->member.v; \
	} while (0)
/* RC_OFF, RC_ON, RC_FORCE count from 1 */
#define SET_TRI(member) \
	do { \
		if (eff->member.given) \
			r->member = (enum ike_tri)(eff->member.v - RC_OFF); \
	} while (0)

static void load_scalars(const struct rc_remote *eff, struct ike_remote *r)
{
	static const enum ike_check checks[] = {
		[RC_PCHECK_OBEY] = IKE_CHECK_OBEY,
		[RC_PCHECK_STRICT] = IKE_CHECK_STRICT,
		[RC_PCHECK_CLAIM] = IKE_CHECK_CLAIM,
		[RC_PCHECK_EXACT] = IKE_CHECK_EXACT,
	};
	static const enum ike_genpol genpols[] = {
		[RC_GENPOL_OFF] = IKE_GENPOL_OFF,
		[RC_GENPOL_REQUIRE] = IKE_GENPOL_REQUIRE,
		[RC_GENPOL_UNIQUE] = IKE_GENPOL_UNIQUE,
	};

	SET_BOOL(verify_identifier);
	SET_BOOL(verify_cert);
	SET_BOOL(send_cert);
	SET_BOOL(send_cr);
	SET_BOOL(match_empty_cr);
	SET_BOOL(passive);
	SET_BOOL(mode_cfg);
	SET_BOOL(weak_phase1_check);
	SET_BOOL(support_proxy);
	SET_BOOL(initial_contact);
	SET_BOOL(dpd);
	SET_NUM(nonce_size);
	SET_NUM(esp_frag);
	SET_NUM(dpd_delay);
	SET_NUM(dpd_retry);
	SET_NUM(dpd_maxfail);
	SET_NUM(ph1id);
	SET_TRI(ike_frag);
	SET_TRI(nat_traversal);
	SET_TRI(rekey);
	if (r->nonce_size < 8)
		r->nonce_size = 8;
	if (r->nonce_size > 256)
		r->nonce_size = 256;
	if (eff->generate_policy.given && eff->generate_policy.v < N(genpols))
		r->generate_policy = genpols[eff->generate_policy.v];
	if (eff->proposal_check.given && eff->proposal_check.v < N(checks))
		r->check = checks[eff->proposal_check.v];
	if (eff->lifetime.time.given)
		r->lifetime = (uint32_t)eff->lifetime.time.v;
	r->lifebytes = eff->lifetime.byte.v;
}

static int load_text(struct loader *l, const struct rc_remote *own,
		     const struct rc_remote *eff, struct ike_remote *r)
{
	if (own->inherit.kind != RC_PEER_NONE) {
		r->inherits = arena_strdup(l->arena,
					   rc_peer_text(&own->inherit));
		if (!r->inherits)
			return -ENOMEM;
	}
	if (eff->xauth_login.s) {
		r->xauth_login = arena_strdup(l->arena, eff->xauth_login.s);
		if (!r->xauth_login)
			return -ENOMEM;
	}
	return 0;
}

/* A plain RSA key is no certificate: nothing to send, nothing to verify. */
static void plain_rsa(const struct rc_remote *eff, struct ike_remote *r)
{
	if (eff->certificate.kind != RC_CERT_PLAIN_RSA)
		return;
	r->send_cert = false;
	r->send_cr = false;
	r->verify_cert = false;
}

/* What racoon.conf knows and the engine does not do yet. */
static void unable(struct loader *l, const struct rc_remote *own)
{
	static const char text[] = "is not implemented in this version: it "
		"does nothing";

	if (own->mode_cfg.given && own->mode_cfg.v)
		LOAD_WARN(l, own->mode_cfg.loc, "mode configuration %s", text);
	if (own->ike_frag.given && own->ike_frag.v != RC_OFF)
		LOAD_WARN(l, own->ike_frag.loc, "IKE fragmentation %s", text);
	if (own->xauth_login.s)
		LOAD_WARN(l, own->xauth_login.loc, "XAUTH %s", text);
}

/* Our identity and our certificate. */
static int load_identity(struct loader *l, const struct rc_remote *eff,
			 struct ike_remote *r)
{
	const struct rc_ident *id = eff->my_identifier;
	int err;

	if (!id)
		return 0;
	if ((err = load_ident(l, id, true, &r->my_id)))
		return err;
	if (id->type == RC_ID_ASN1DN && !id->value.s &&
	    eff->certificate.kind != RC_CERT_X509)
		LOAD_ERROR(l, id->loc, "ASN1 ID not specified and no CERT "
			   "defined!");
	return load_x509_identity(l, eff, r);
}

int load_remote(struct loader *l, const struct rc_remote *own,
		const struct rc_remote *eff, const struct ike_remote **out)
{
	bool named = eff->peer.kind == RC_PEER_NAME ||
		     (eff->peer.kind == RC_PEER_BARE &&
		      eff->remote_address.text);
	const struct rc_num *port;
	struct ike_remote *r, tmp = { 0 };
	struct xaddr addr;
	bool good;
	int err;

	*out = NULL;
	err = load_peer(l, own, eff, &addr, &good);
	if (!err && good)
		err = load_peer_ids(l, eff, &tmp, &good);
	if (err)
		return err;
	if (!good)	/* children inherit its proposals all the same */
		return load_props(l, own, eff, &tmp);
	r = ike_conf_add_remote(l->conf, named ? eff->peer.name : NULL);
	if (!r)
		return -ENOMEM;
	*out = r;
	r->addr = addr;
	r->peer_id = tmp.peer_id;
	r->npeer_id = tmp.npeer_id;
	port = eff->peer.port.given ? &eff->peer.port : &eff->remote_port;
	if (port->given) {
		r->port = (uint16_t)port->v;
		r->has_port = true;
	}
	unable(l, own);
	load_modes(l, eff, r);
	load_scalars(eff, r);
	plain_rsa(eff, r);
	if ((err = load_props(l, own, eff, r)) ||
	    (err = load_creds(l, eff, r)) ||
	    (err = load_scripts(l, eff, r)) ||
	    (err = load_text(l, own, eff, r)))
		return err;
	if ((err = load_x509_peers(l, eff, r)))
		return err;
	return load_identity(l, eff, r);
}
