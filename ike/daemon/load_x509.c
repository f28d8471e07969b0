/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/load_x509.h"

#include <errno.h>
#include <time.h>

#include "ike/crypto/cert.h"
#include "ike/crypto/sig.h"
#include "libxfrm/base/err.h"

#define FILE_MAX (256u * 1024)	/* bytes of a certificate or key file */
#define LOAD_CERTS_MAX 64	/* certificates of one file that are looked at */
#define SOON (14 * 86400)	/* seconds before an end that are worth a word */

/* What OpenSSL had to say goes below our own message. */
static void retell(struct loader *l, struct sloc loc, const struct diag *from)
{
	const struct diag_entry *e;

	for (e = diag_first(from); e; e = e->next)
		LOAD_NOTE(l, loc, "%s", e->text);
}

static void day(int64_t t, char *buf, size_t len)
{
	time_t at = (time_t)t;
	struct tm tm;

	if (!gmtime_r(&at, &tm) || !strftime(buf, len, "%Y-%m-%d", &tm))
		(void)!strftime(buf, len, "?", &(struct tm){ 0 });
}

static void dates(struct loader *l, struct sloc loc, const char *path,
		  const struct ike_cert *cert)
{
	int64_t now = (int64_t)time(NULL), end = ike_cert_not_after(cert);
	int64_t start = ike_cert_not_before(cert);
	char text[32];

	day(now > end || now + SOON > end ? end : start, text, sizeof(text));
	if (now > end)
		LOAD_WARN(l, loc, "%s expired on %s: peers refuse it", path,
			  text);
	else if (now < start)
		LOAD_WARN(l, loc, "%s is valid from %s only", path, text);
	else if (now + SOON > end)
		LOAD_WARN(l, loc, "%s expires on %s", path, text);
}

static void key_size(struct loader *l, struct sloc loc, const char *path,
		     const struct ike_sig_pub *pub, bool own)
{
	unsigned int bits;

	if (!pub) {
		LOAD_WARN(l, loc, "%s has a key of a kind or size that cannot "
			  "be used: its signatures are refused", path);
		return;
	}
	if (ike_sig_pub_type(pub) != IKE_KEY_RSA) {
		if (own)
			LOAD_WARN(l, loc, "%s has no RSA key: rsasig cannot "
				  "use it", path);
		return;
	}
	bits = ike_sig_pub_bits(pub);
	if (bits < IKE_RSA_WEAK_BITS)
		LOAD_WARN(l, loc, "%s: an RSA key of %u bits is too small "
			  "today", path, bits);
}

static void key_fits(struct loader *l, const struct rc_cert *c,
		     const struct ike_cred *cred, const struct ike_cert *cert,
		     const struct ike_sig_priv *key)
{
	const struct ike_sig_pub *theirs = ike_cert_key(cert);
	struct ike_sig_pub *pub;

	if (ike_sig_priv_public(key, &pub))
		return;
	if (!theirs || !ike_sig_pub_equal(pub, theirs))
		LOAD_ERROR(l, c->key.loc, "%s is not the key of %s",
			   cred->key_file, cred->cert_file);
	ike_sig_pub_free(pub);
}

/* The key is parsed to be compared, and forgotten at once. */
static int check_key(struct loader *l, const struct rc_cert *c,
		     const struct ike_cred *cred, const struct ike_cert *cert)
{
	struct ike_sig_priv *key = NULL;
	struct diag *d;
	struct wbuf w;
	int r;

	if (!(l->flags & LOAD_FILES) || !cred->key_file)
		return 0;
	load_key_mode(l, c->key.loc, cred->key_file);
	d = diag_new();
	if (!d)
		return -ENOMEM;
	wbuf_init(&w, FILE_MAX);
	r = load_read(l, cred->key_file, FILE_MAX, &w);
	if (load_denied(r)) {
		LOAD_NOTE(l, c->key.loc, "%s cannot be read by this user: not "
			  "checked", cred->key_file);
	} else if (r && r != -ENOMEM) {
		LOAD_WARN(l, c->key.loc, "failed to load private key \"%s\": "
			  "%s", cred->key_file, xe_str(r));
	} else if (!r) {
		r = ike_sig_priv_load(l->cr, wbuf_cur(&w), &key, d);
		if (r && r != -ENOMEM) {
			LOAD_ERROR(l, c->key.loc, "failed to load private key "
				   "\"%s\": %s", cred->key_file,
				   r == XE_AUTH ? "it is encrypted" :
				   xe_str(r));
			retell(l, c->key.loc, d);
		} else if (!r && cert) {
			key_fits(l, c, cred, cert, key);
		}
	}
	ike_sig_priv_free(key);
	wbuf_free(&w);
	diag_free(d);
	return r == -ENOMEM ? r : 0;
}

static int keep(struct loader *l, struct cur from, const uint8_t **p,
		size_t *len)
{
	*p = arena_memdup(l->arena, from.p, from.left);
	*len = *p ? from.left : 0;
	return *p ? 0 : -ENOMEM;
}

static int keep_cert(struct loader *l, struct ike_cred *cred,
		     const struct ike_cert *cert)
{
	int r;

	if ((r = keep(l, ike_cert_der(cert), &cred->cert, &cred->cert_len)) ||
	    (r = keep(l, ike_cert_subject(cert), &cred->subject,
		      &cred->subject_len)))
		return r;
	return keep(l, ike_cert_issuer(cert), &cred->issuer,
		    &cred->issuer_len);
}

/* All certificates of the file; the first is the one it is about. */
struct certs {
	struct ike_cert *v[LOAD_CERTS_MAX];
	size_t n;
};

static void certs_free(struct certs *cs)
{
	while (cs->n)
		ike_cert_free(cs->v[--cs->n]);
}

static int read_certs(struct loader *l, const struct rc_cert *c,
		      const struct ike_cred *cred, struct certs *cs)
{
	struct diag *d = diag_new();
	struct wbuf w;
	int r;

	cs->n = 0;
	if (!d)
		return -ENOMEM;
	wbuf_init(&w, FILE_MAX);
	r = load_read(l, cred->cert_file, FILE_MAX, &w);
	if (load_denied(r)) {
		LOAD_NOTE(l, c->cert.loc, "%s cannot be read by this user: "
			  "not checked", cred->cert_file);
	} else if (r && r != -ENOMEM) {
		LOAD_WARN(l, c->cert.loc, "failed to load certificate \"%s\": "
			  "%s", cred->cert_file, xe_str(r));
	} else if (!r) {
		r = ike_certs_load(l->cr, wbuf_cur(&w), LOAD_CERTS_MAX,
				   cs->v, &cs->n, d);
		if (r && r != -ENOMEM) {
			LOAD_ERROR(l, c->cert.loc, "failed to load "
				   "certificate \"%s\": %s", cred->cert_file,
				   xe_str(r));
			retell(l, c->cert.loc, d);
		}
	}
	wbuf_free(&w);
	diag_free(d);
	return r == -ENOMEM ? r : 0;
}

/* What stands under ca_type has to be able to sign certificates. */
static int check_ca(struct loader *l, const struct rc_cert *c,
		    const struct ike_cred *cred, const struct ike_cert *cert)
{
	struct diag *d = diag_new();
	struct ike_store *store;
	struct diag_entry *e;
	int r;

	if (!d)
		return -ENOMEM;
	r = ike_store_new(l->cr, &store);
	if (!r) {
		r = ike_store_add_certs(store, ike_cert_der(cert), true, d);
		if (r <= 0 && r != -ENOMEM) {
			e = LOAD_WARN(l, c->cert.loc, "%s is no CA "
				      "certificate: nothing it signed is "
				      "trusted", cred->cert_file);
			LOAD_HINT(l, e, "to trust this one peer, name it with "
				  "`peers_certfile x509 \"FILE\";'");
			retell(l, c->cert.loc, d);
		}
		ike_store_free(store);
	}
	diag_free(d);
	return r == -ENOMEM ? r : 0;
}

/* What the certificate of cred says of itself. */
static int take_certs(struct loader *l, const struct rc_cert *c,
		      struct ike_cred *cred, const struct certs *cs)
{
	bool own = cred->kind == IKE_CRED_X509 && cred->key_file;
	int r;

	dates(l, c->cert.loc, cred->cert_file, cs->v[0]);
	key_size(l, c->cert.loc, cred->cert_file, ike_cert_key(cs->v[0]),
		 cred->key_file != NULL);
	r = keep_cert(l, cred, cs->v[0]);
	if (!r && cred->kind == IKE_CRED_CA)
		r = check_ca(l, c, cred, cs->v[0]);
	if (!r && own)
		r = load_chain(l, cred, cs->v, cs->n);
	return r;
}

int load_x509(struct loader *l, const struct rc_cert *c,
	      struct ike_cred *cred)
{
	struct certs cs;
	int r;

	if (!l->cr || !cred->cert_file)
		return 0;
	if ((r = read_certs(l, c, cred, &cs)))
		return r;
	if (cs.n)
		r = take_certs(l, c, cred, &cs);
	if (!r)
		r = check_key(l, c, cred, cs.n ? cs.v[0] : NULL);
	certs_free(&cs);
	return r;
}

int load_x509_identity(struct loader *l, const struct rc_remote *eff,
		       const struct ike_remote *r)
{
	const struct ike_cred *cred = ike_conf_cred(l->conf, r->my_cred);
	struct ike_cert *cert;
	struct diag_entry *e;
	struct wbuf w;
	int err;

	if (!l->cr || !cred || !cred->cert || !r->my_id.len)
		return 0;
	err = ike_cert_parse(l->cr, cur_init(cred->cert, cred->cert_len),
			     &cert);
	if (err)
		return err == -ENOMEM ? err : 0;
	err = ike_cert_has_id(cert, r->my_id.type,
			      cur_init(r->my_id.data, r->my_id.len));
	if (err == XE_AUTH) {
		wbuf_init(&w, 4096);
		e = LOAD_WARN(l, eff->my_identifier->loc, "%s does not carry "
			      "this identifier: peers that verify it refuse "
			      "us", cred->cert_file);
		if (!ike_cert_san_text(cert, &w) && w.len)
			LOAD_HINT(l, e, "it carries %s", wbuf_str(&w));
		else
			LOAD_HINT(l, e, "use `my_identifier asn1dn;', or a "
				  "certificate with this subjectAltName");
		wbuf_free(&w);
	}
	ike_cert_free(cert);
	return err == -ENOMEM ? err : 0;
}

/* Is one of the identifiers that the peer may have in its certificate? */
static bool carries_any(const struct ike_cred *cred,
			const struct ike_cert *cert,
			const struct ike_remote *r)
{
	const struct ike_id subject = {
		.type = IKE_ID_DN,
		.len = cred->subject_len,
		.data = cred->subject,
	};
	const struct ike_id *id;
	unsigned int i;

	for (i = 0; i < r->npeer_id; i++) {
		id = &r->peer_id[i];
		/* without a value it is compared when the peer is there */
		if (!id->len || ike_id_match(id, &subject) ||
		    ike_cert_has_id(cert, id->type,
				    cur_init(id->data, id->len)) != XE_AUTH)
			return true;
	}
	return false;
}

int load_x509_peers(struct loader *l, const struct rc_remote *eff,
		    const struct ike_remote *r)
{
	const struct ike_cred *cred;
	struct ike_cert *cert;
	unsigned int i;
	int err;

	if (!l->cr || !r->verify_identifier || !r->npeer_id)
		return 0;
	for (i = 0; i < r->npeer_cred; i++) {
		cred = ike_conf_cred(l->conf, r->peer_cred[i]);
		if (!cred || !cred->cert)
			continue;
		err = ike_cert_parse(l->cr, cur_init(cred->cert,
						     cred->cert_len), &cert);
		if (err == -ENOMEM)
			return err;
		if (err)
			continue;
		if (!carries_any(cred, cert, r))
			LOAD_WARN(l, eff->peers_identifier->loc, "%s carries "
				  "no peers_identifier: this peer is refused",
				  cred->cert_file);
		ike_cert_free(cert);
	}
	return 0;
}
