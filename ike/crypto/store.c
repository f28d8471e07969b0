/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/crypto/cert.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "ike/crypto/ossl.h"
#include "ike/crypto/x509.h"
#include "libxfrm/base/err.h"

struct ike_store {
	struct ike_fetched *f;
	X509_STORE *xs;		/* anchors and CRLs */
	STACK_OF(X509) *links;	/* certificates for chains, not trusted */
	bool has_crl;
};

int ike_store_new(struct ike_crypto *cr, struct ike_store **out)
{
	struct ike_store *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (!s)
		return XE_NOMEM;
	s->f = ossl_ref(cr->f);
	s->xs = X509_STORE_new();
	s->links = sk_X509_new_null();
	if (!s->xs || !s->links) {
		ike_store_free(s);
		return XE_NOMEM;
	}
	*out = s;
	return 0;
}

void ike_store_free(struct ike_store *s)
{
	if (!s)
		return;
	X509_STORE_free(s->xs);
	sk_X509_pop_free(s->links, X509_free);
	ossl_unref(s->f);
	free(s);
}

/*
 * The objects of a file: each PEM block of a wanted name, or the whole file
 * when it is DER.
 */
struct objects {
	BIO *bio;		/* NULL: DER */
	struct cur der;
	unsigned char *mem;
};

static int objects_open(struct objects *o, struct cur data, size_t max)
{
	static const char begin[] = "-----BEGIN";

	*o = (struct objects){ 0 };
	if (!data.left || data.left > max)
		return XE_RANGE;
	if (!memmem(data.p, data.left, begin, sizeof(begin) - 1)) {
		o->der = data;
		return 0;
	}
	o->bio = BIO_new_mem_buf(data.p, (int)data.left);
	return o->bio ? 0 : XE_NOMEM;
}

static bool objects_next(struct objects *o, const char *const *names,
			 struct cur *der)
{
	char *name, *header;
	bool wanted;
	long len;

	*der = o->der;
	o->der = cur_init(NULL, 0);
	OPENSSL_free(o->mem);
	o->mem = NULL;
	while (o->bio && !der->left) {
		if (PEM_read_bio(o->bio, &name, &header, &o->mem, &len) != 1)
			break;
		wanted = false;
		for (size_t i = 0; names[i]; i++)
			wanted |= !strcmp(name, names[i]);
		OPENSSL_free(name);
		OPENSSL_free(header);
		if (wanted && len > 0) {
			*der = cur_init(o->mem, (size_t)len);
			break;
		}
		OPENSSL_clear_free(o->mem, (size_t)len);
		o->mem = NULL;
	}
	ERR_clear_error();
	return der->left > 0;
}

static void objects_close(struct objects *o)
{
	OPENSSL_free(o->mem);
	BIO_free(o->bio);
}

static const char *const cert_names[] = { "CERTIFICATE", "X509 CERTIFICATE",
					  NULL };
static const char *const crl_names[] = { "X509 CRL", NULL };

int ike_certs_load(struct ike_crypto *cr, struct cur data, size_t max,
		   struct ike_cert **out, size_t *n, struct diag *d)
{
	struct objects o;
	struct cur der;
	int rc;

	*n = 0;
	rc = objects_open(&o, data, 16 * IKE_CERT_MAX_LEN);
	if (!rc && !objects_next(&o, cert_names, &der))
		rc = XE_MALFORMED;
	if (!rc)
		rc = ike_cert_parse(cr, der, &out[0]);
	if (!rc)
		*n = 1;
	while (!rc && *n < max && objects_next(&o, cert_names, &der)) {
		int r = ike_cert_parse(cr, der, &out[*n]);

		if (!r)
			++*n;
		else if (r == XE_NOMEM)
			rc = r;
	}
	objects_close(&o);
	while (rc && *n)
		ike_cert_free(out[--*n]);
	if (rc == XE_MALFORMED || rc == XE_RANGE)
		diag_add(d, DIAG_ERROR, NULL,
			 "this is no X.509 certificate in PEM or DER");
	return rc;
}

int ike_cert_load(struct ike_crypto *cr, struct cur data,
		  struct ike_cert **out, struct diag *d)
{
	size_t n;

	*out = NULL;
	return ike_certs_load(cr, data, 1, out, &n, d);
}

static bool may_anchor(X509 *x)
{
	return X509_check_ca(x) || X509_get_extension_flags(x) & EXFLAG_SS;
}

static int add_cert(struct ike_store *s, struct cur der, bool anchor,
		    struct diag *d)
{
	struct ike_cert *c;
	int rc;

	rc = x509_parse(s->f, der, &c);
	if (rc) {
		diag_add(d, DIAG_ERROR, NULL,
			 "a certificate of the file cannot be read");
		return rc;
	}
	if (!anchor) {
		rc = X509_up_ref(c->x) && sk_X509_push(s->links, c->x) > 0 ?
		     1 : XE_NOMEM;
	} else if (!may_anchor(c->x)) {
		diag_add(d, DIAG_WARNING, NULL,
			 "a certificate that is not a CA's cannot be trusted "
			 "as one; it is left out");
	} else {
		rc = X509_STORE_add_cert(s->xs, c->x) == 1 ? 1 : XE_NOMEM;
	}
	ike_cert_free(c);
	return rc;
}

int ike_store_add_certs(struct ike_store *s, struct cur data, bool anchor,
			struct diag *d)
{
	struct objects o;
	struct cur der;
	int rc, count = 0;

	rc = objects_open(&o, data, IKE_CRL_MAX_LEN);
	while (!rc && objects_next(&o, cert_names, &der)) {
		int n = add_cert(s, der, anchor, d);

		if (n < 0)
			rc = n;
		else
			count += n;
	}
	objects_close(&o);
	return rc ? rc : count;
}

static int add_crl(struct ike_store *s, struct cur der, struct diag *d)
{
	X509_CRL *crl = X509_CRL_new_ex(s->f->lib, NULL);
	const unsigned char *p = der.p;
	int rc = 0;

	if (!crl)
		return XE_NOMEM;
	if (!d2i_X509_CRL(&crl, &p, (long)der.left) ||
	    i2d_X509_CRL(crl, NULL) != (int)der.left) {
		diag_add(d, DIAG_ERROR, NULL, "a CRL of the file cannot be "
			 "read");
		rc = XE_MALFORMED;
	} else if (X509_STORE_add_crl(s->xs, crl) != 1) {
		rc = XE_NOMEM;
	} else {
		s->has_crl = true;
	}
	X509_CRL_free(crl);
	ERR_clear_error();
	return rc;
}

int ike_store_add_crls(struct ike_store *s, struct cur data, struct diag *d)
{
	struct objects o;
	struct cur der;
	int rc, count = 0;

	rc = objects_open(&o, data, IKE_CRL_MAX_LEN);
	while (!rc && objects_next(&o, crl_names, &der)) {
		rc = add_crl(s, der, d);
		count += !rc;
	}
	objects_close(&o);
	return rc ? rc : count;
}

/* What a verification in progress knows */
struct verify {
	unsigned int flags;
	struct ike_cert_verdict *v;
};

static enum ike_cert_result classify(int err)
{
	switch (err) {
	case X509_V_OK:
		return IKE_CERT_OK;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return IKE_CERT_EXPIRED;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return IKE_CERT_NOT_YET;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_UNTRUSTED:
		return IKE_CERT_UNKNOWN_CA;
	case X509_V_ERR_CERT_REVOKED:
		return IKE_CERT_REVOKED;
	case X509_V_ERR_UNABLE_TO_GET_CRL:
		return IKE_CERT_CRL_MISSING;
	case X509_V_ERR_CRL_HAS_EXPIRED:
	case X509_V_ERR_CRL_NOT_YET_VALID:
		return IKE_CERT_CRL_EXPIRED;
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_CRL_SIGNATURE_FAILURE:
		return IKE_CERT_BAD_SIGNATURE;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return IKE_CERT_WEAK;
	case X509_V_ERR_INVALID_CA:
	case X509_V_ERR_INVALID_PURPOSE:
	case X509_V_ERR_PATH_LENGTH_EXCEEDED:
	case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
	case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
	case X509_V_ERR_KEYUSAGE_NO_DIGITAL_SIGNATURE:
		return IKE_CERT_BAD_USAGE;
	default: /* OpenSSL's numbers */
		return IKE_CERT_BAD;
	}
}

static int refuse(struct ike_cert_verdict *v, enum ike_cert_result result,
		  unsigned int depth, const char *reason)
{
	v->result = result;
	v->depth = depth;
	v->reason = reason;
	return XE_AUTH;
}

/*
 * OpenSSL asks about each thing it dislikes.  Missing CRLs may pass, and so
 * does a certificate that is trusted for itself.
 */
static int on_check(int ok, X509_STORE_CTX *ctx)
{
	struct verify *vf = X509_STORE_CTX_get_app_data(ctx);
	int err = X509_STORE_CTX_get_error(ctx);

	if (ok)
		return ok;
	if (err == X509_V_ERR_UNABLE_TO_GET_CRL) {
		if (!X509_STORE_CTX_get_error_depth(ctx))
			vf->v->crl_checked = false;
		ok = !(vf->flags & IKE_VERIFY_CRL_REQUIRED);
	} else if (vf->flags & IKE_VERIFY_PINNED) {
		ok = classify(err) == IKE_CERT_UNKNOWN_CA;
	}
	if (ok)
		X509_STORE_CTX_set_error(ctx, X509_V_OK);
	return ok;
}

/*
 * What OpenSSL lets pass: signatures by broken digests (on the anchor its own
 * one proves nothing), keys too short, and a peer's key not meant to sign.
 */
static int check_policy(X509_STORE_CTX *ctx, X509 *leaf,
			struct ike_cert_verdict *v)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	int n = sk_X509_num(chain);

	if (!(X509_get_key_usage(leaf) & (KU_DIGITAL_SIGNATURE |
					  KU_NON_REPUDIATION)))
		return refuse(v, IKE_CERT_BAD_USAGE, 0,
			      "key usage does not allow signatures");
	for (int i = 0; i < n; i++) {
		X509 *x = sk_X509_value(chain, i);
		EVP_PKEY *key = X509_get0_pubkey(x);
		int md = NID_undef;

		if (key && EVP_PKEY_is_a(key, "RSA") &&
		    EVP_PKEY_get_bits(key) < IKE_RSA_MIN_BITS)
			return refuse(v, IKE_CERT_WEAK, (unsigned int)i,
				      "RSA key is too short");
		(void)X509_get_signature_info(x, &md, NULL, NULL, NULL);
		if (i + 1 < n && (md == NID_md5 || md == NID_md4 ||
				  md == NID_md2))
			return refuse(v, IKE_CERT_WEAK, (unsigned int)i,
				      "signed with MD5 or older");
	}
	return 0;
}

static STACK_OF(X509) *all_links(const struct ike_store *s,
				 struct ike_cert *const *links, size_t n)
{
	STACK_OF(X509) *sk = sk_X509_dup(s->links);

	for (size_t i = 0; sk && i < n; i++) {
		if (sk_X509_push(sk, links[i]->x) <= 0) {
			sk_X509_free(sk);
			return NULL;
		}
	}
	return sk;
}

static int run_verify(X509_STORE_CTX *ctx, const struct ike_cert *leaf,
		      struct ike_cert_verdict *v)
{
	int err;

	if (X509_verify_cert(ctx) == 1)
		return check_policy(ctx, leaf->x, v);
	err = X509_STORE_CTX_get_error(ctx);
	if (err == X509_V_ERR_OUT_OF_MEM)
		return XE_NOMEM;
	return refuse(v, err == X509_V_OK ? IKE_CERT_BAD : classify(err),
		      (unsigned int)X509_STORE_CTX_get_error_depth(ctx),
		      X509_verify_cert_error_string(err));
}

int ike_cert_verify(struct ike_crypto *cr, const struct ike_store *s,
		    const struct ike_cert *leaf,
		    struct ike_cert *const *links, size_t n, int64_t now,
		    unsigned int flags, struct ike_cert_verdict *v)
{
	struct verify vf = { .flags = flags, .v = v };
	STACK_OF(X509) *sk;
	X509_STORE_CTX *ctx;
	X509_VERIFY_PARAM *param;
	unsigned long xflags = X509_V_FLAG_PARTIAL_CHAIN;
	bool crl = s->has_crl || flags & IKE_VERIFY_CRL_REQUIRED;
	int rc = XE_NOMEM;

	*v = (struct ike_cert_verdict){ .crl_checked = crl };
	if (n > IKE_CHAIN_MAX)
		return XE_LIMIT;
	if (crl)
		xflags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
	sk = all_links(s, links, n);
	ctx = X509_STORE_CTX_new_ex(cr->f->lib, NULL);
	if (sk && ctx && X509_STORE_CTX_init(ctx, s->xs, leaf->x, sk) == 1) {
		param = X509_STORE_CTX_get0_param(ctx);
		X509_VERIFY_PARAM_set_time(param, (time_t)now);
		X509_VERIFY_PARAM_set_depth(param, IKE_CHAIN_MAX);
		(void)X509_VERIFY_PARAM_set_flags(param, xflags);
		X509_STORE_CTX_set_app_data(ctx, &vf);
		X509_STORE_CTX_set_verify_cb(ctx, on_check);
		rc = run_verify(ctx, leaf, v);
	}
	if (rc)
		v->crl_checked = false;
	ERR_clear_error();
	X509_STORE_CTX_free(ctx);
	sk_X509_free(sk);
	return rc;
}

const char *ike_cert_result_text(enum ike_cert_result r)
{
	switch (r) {
	case IKE_CERT_OK:
		return "the certificate is valid";
	case IKE_CERT_EXPIRED:
		return "the certificate has expired: its owner must renew it";
	case IKE_CERT_NOT_YET:
		return "the certificate is not valid yet: check the clocks";
	case IKE_CERT_UNKNOWN_CA:
		return "no trusted CA signed the certificate: "
		       "check ca_type and path certificate";
	case IKE_CERT_REVOKED:
		return "the certificate was revoked by its CA";
	case IKE_CERT_CRL_MISSING:
		return "there is no CRL of the certificate's CA";
	case IKE_CERT_CRL_EXPIRED:
		return "the CRL is out of date: fetch a new one from the CA";
	case IKE_CERT_BAD_SIGNATURE:
		return "a signature in the chain is wrong";
	case IKE_CERT_WEAK:
		return "a key or digest of the chain is too weak";
	case IKE_CERT_BAD_USAGE:
		return "a certificate of the chain is not meant for this use";
	case IKE_CERT_BAD:
		return "the certificate is not acceptable";
	}
	return "";
}
