/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ike/daemon/load_priv.h"
#include "ike/daemon/load_x509.h"
#include "libxfrm/base/err.h"
#include "parser/plainrsa.h"

/* Files that several remotes name are read once. */
struct cred_node {
	struct hnode node;
	struct ike_cred *cred;
};

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static uint64_t cred_hash(const char *cert, const char *key)
{
	uint64_t h = 0;

	if (cert)
		h = hash_mem(h, cert, strlen(cert));
	if (key)
		h = hash_mix(h, hash_mem(1, key, strlen(key)));
	return h;
}

int load_path(struct loader *l, const struct rc_file *f, const char **out)
{
	struct diag_entry *e;

	*out = NULL;
	if (!f->name)
		return 0;
	if (f->name[0] == '/' || !f->dir) {
		if (f->name[0] != '/') {
			e = LOAD_WARN(l, f->loc, "a relative name, and no "
				      "`path' to look for it in");
			LOAD_HINT(l, e, "write the whole path");
		}
		*out = arena_strdup(l->arena, f->name);
	} else {
		*out = arena_printf(l->arena, "%s/%s", f->dir, f->name);
	}
	return *out ? 0 : -ENOMEM;
}

static struct ike_cred *known(const struct loader *l, enum ike_cred_kind kind,
			      const char *cert, const char *key)
{
	const struct hnode *at = htab_first(&l->creds, cred_hash(cert, key));
	struct ike_cred *c;

	for (; at; at = htab_next(at)) {
		c = hnode_entry(at, const struct cred_node, node)->cred;
		if (c->kind == kind && same(c->cert_file, cert) &&
		    same(c->key_file, key))
			return c;
	}
	return NULL;
}

static int remember(struct loader *l, struct ike_cred *c)
{
	struct cred_node *n = arena_alloc(l->arena, sizeof(*n));

	if (!n)
		return -ENOMEM;
	n->cred = c;
	return htab_add(&l->creds, &n->node,
			cred_hash(c->cert_file, c->key_file));
}

void load_key_mode(struct loader *l, struct sloc loc, const char *path)
{
	struct diag_entry *e;
	struct stat st;

	if (!(l->flags & LOAD_FILES) || stat(path, &st) < 0 ||
	    !(st.st_mode & 077))
		return;
	e = LOAD_WARN(l, loc, "%s is open to others (mode %04o): whoever "
		      "reads it has the key", path, st.st_mode & 07777);
	LOAD_HINT(l, e, "chmod 600 %s", path);
}

/* ---------------------------------------------------------- plain RSA --- */

static int pub_add(struct loader *l, const struct plainrsa_key *k,
		   struct ike_conf_pubkey *to)
{
	const struct secret *n = &k->part[PLAINRSA_MODULUS];
	const struct secret *e = &k->part[PLAINRSA_PUBLIC_EXPONENT];

	to->src.family = (uint16_t)k->src.family;
	to->dst.family = (uint16_t)k->dst.family;
	memcpy(to->src.b, k->src.ip, sizeof(to->src.b));
	memcpy(to->dst.b, k->dst.ip, sizeof(to->dst.b));
	to->src_plen = (uint8_t)k->src.prefix;
	to->dst_plen = (uint8_t)k->dst.prefix;
	to->line = k->span.line;
	to->n = arena_memdup(l->arena, n->p, n->len);
	to->e = arena_memdup(l->arena, e->p, e->len);
	to->n_len = n->len;
	to->e_len = e->len;
	return to->n && to->e ? 0 : -ENOMEM;
}

/*
 * The keys of a file; *rsa is NULL when there are none to be had, which was
 * reported: a file that is not there as a warning, one that is wrong as error.
 */
static int rsa_read(struct loader *l, struct sloc loc, const char *path,
		    struct plainrsa **rsa)
{
	struct wbuf w;
	int r;

	*rsa = NULL;
	wbuf_init(&w, PLAINRSA_MAX_FILE);
	r = load_read(l, path, PLAINRSA_MAX_FILE, &w);
	if (load_denied(r))
		LOAD_NOTE(l, loc, "%s cannot be read by this user: not "
			  "checked", path);
	else if (r && r != -ENOMEM)
		LOAD_WARN(l, loc, "no keys from %s: %s", path, xe_str(r));
	else if (!r)
		r = plainrsa_read_mem(path, w.p, w.len, l->d, rsa);
	wbuf_free(&w);
	return r == -ENOMEM ? r : 0;
}

/* The peer's keys. */
static int plain_read(struct loader *l, const struct rc_cert *c,
		      struct ike_cred *cred)
{
	struct ike_conf_pubkey *all;
	const struct plainrsa_key *k;
	struct plainrsa *rsa;
	int r;

	r = rsa_read(l, c->cert.loc, cred->cert_file, &rsa);
	if (r || !rsa)
		return r;
	all = arena_calloc(l->arena, rsa->count, sizeof(*all));
	r = all ? 0 : -ENOMEM;
	for (k = rsa->key; k && !r; k = k->next) {
		if (k->private)
			LOAD_WARN(l, c->cert.loc, "%s:%u: Using private key "
				  "for public key purpose", cred->cert_file,
				  k->span.line);
		r = pub_add(l, k, &all[cred->npub]);
		if (!r)
			cred->npub++;
	}
	cred->pub = all;
	plainrsa_free(rsa);
	return r;
}

/* Our own file holds private keys: it is looked at, and forgotten. */
static int plain_own(struct loader *l, const struct rc_cert *c,
		     const char *path)
{
	struct plainrsa *rsa;
	int r;

	if (!(l->flags & LOAD_FILES))
		return 0;
	load_key_mode(l, c->cert.loc, path);
	r = rsa_read(l, c->cert.loc, path, &rsa);
	if (rsa && (!rsa->key || !rsa->key->private))
		LOAD_ERROR(l, c->cert.loc, "%s holds no private key", path);
	plainrsa_free(rsa);
	return r;
}

static int cred_fill(struct loader *l, const struct rc_cert *c,
		     struct ike_cred *cred)
{
	switch (cred->kind) {
	case IKE_CRED_X509:
	case IKE_CRED_CA:
		return load_x509(l, c, cred);
	case IKE_CRED_PLAIN_RSA:
		return cred->cert_file ? plain_read(l, c, cred) :
					 plain_own(l, c, cred->key_file);
	case IKE_CRED_DNSSEC:
		LOAD_WARN(l, c->loc, "keys from the DNS are not implemented "
			  "in this version");
		return 0;
	}
	return 0;
}

int load_cred(struct loader *l, const struct rc_cert *c,
	      enum ike_cred_kind x509_kind, bool own, int *handle)
{
	const char *cert, *key;
	enum ike_cred_kind kind = x509_kind;
	struct ike_cred *cred;
	int r;

	*handle = IKE_CRED_NONE;
	if (c->kind == RC_CERT_NONE)
		return 0;
	if (c->kind == RC_CERT_PLAIN_RSA)
		kind = IKE_CRED_PLAIN_RSA;
	else if (c->kind == RC_CERT_DNSSEC)
		kind = IKE_CRED_DNSSEC;
	if ((r = load_path(l, &c->cert, &cert)) ||
	    (r = load_path(l, &c->key, &key)))
		return r;
	if (own && kind == IKE_CRED_PLAIN_RSA) {
		key = cert;
		cert = NULL;
	}
	cred = known(l, kind, cert, key);
	if (!cred) {
		cred = ike_conf_add_cred(l->conf);
		if (!cred)
			return -ENOMEM;
		cred->kind = kind;
		cred->cert_file = cert;
		cred->key_file = key;
		if ((r = remember(l, cred)) || (r = cred_fill(l, c, cred)))
			return r;
	}
	*handle = cred->handle;
	return 0;
}

void load_cred_done(struct loader *l)
{
	htab_free(&l->creds);
}
