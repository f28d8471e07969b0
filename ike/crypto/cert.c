/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/crypto/cert.h"

#include <ctype.h>
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "ike/crypto/ossl.h"
#include "ike/crypto/x509.h"
#include "libxfrm/base/err.h"

int x509_parse(struct ike_fetched *f, struct cur der, struct ike_cert **out)
{
	const unsigned char *p = der.p;
	struct ike_cert *c;
	EVP_PKEY *pkey;

	*out = NULL;
	if (!der.left || der.left > IKE_CERT_MAX_LEN)
		return XE_RANGE;
	c = calloc(1, sizeof(*c));
	if (!c)
		return XE_NOMEM;
	atomic_init(&c->refs, 1);
	c->f = ossl_ref(f);
	c->x = X509_new_ex(f->lib, NULL);
	c->der = malloc(der.left);
	if (!c->x || !c->der) {
		ike_cert_free(c);
		return XE_NOMEM;
	}
	c->len = der.left;
	memcpy(c->der, der.p, der.left);
	if (!d2i_X509(&c->x, &p, (long)der.left) ||
	    i2d_X509(c->x, NULL) != (int)der.left) {
		ERR_clear_error();
		ike_cert_free(c);
		return XE_MALFORMED;
	}
	/* Fills what OpenSSL caches, so that nothing writes later. */
	(void)X509_check_purpose(c->x, -1, 0);
	pkey = X509_get_pubkey(c->x);
	ERR_clear_error();
	/* A key that we cannot use is the verdict's matter, not ours. */
	if (pkey && ossl_pub_new(f, pkey, &c->key) == XE_NOMEM) {
		ike_cert_free(c);
		return XE_NOMEM;
	}
	*out = c;
	return 0;
}

int ike_cert_parse(struct ike_crypto *cr, struct cur der,
		   struct ike_cert **out)
{
	return x509_parse(cr->f, der, out);
}

struct ike_cert *ike_cert_ref(struct ike_cert *c)
{
	if (c)
		atomic_fetch_add(&c->refs, 1);
	return c;
}

void ike_cert_free(struct ike_cert *c)
{
	if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	ike_sig_pub_free(c->key);
	X509_free(c->x);
	free(c->der);
	ossl_unref(c->f);
	free(c);
}

struct cur ike_cert_der(const struct ike_cert *c)
{
	return cur_init(c->der, c->len);
}

/* The bytes of x as a certificate of ours, as those of a peer always are. */
static int unwrap_one(struct ike_fetched *f, X509 *x, struct ike_cert **out)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der), r = XE_MALFORMED;

	*out = NULL;
	if (len > 0)
		r = x509_parse(f, cur_init(der, (size_t)len), out);
	OPENSSL_free(der);
	return r;
}

static PKCS7 *pkcs7_parse(struct ike_fetched *f, struct cur der)
{
	PKCS7 *p7 = PKCS7_new_ex(f->lib, NULL);
	const unsigned char *p = der.p;

	if (p7 && d2i_PKCS7(&p7, &p, (long)der.left) &&
	    PKCS7_type_is_signed(p7) && p7->d.sign)
		return p7;
	PKCS7_free(p7);
	return NULL;
}

int ike_certs_unwrap(struct ike_crypto *cr, struct cur der, size_t max,
		     struct ike_cert **out, size_t *n)
{
	STACK_OF(X509) *all;
	PKCS7 *p7;
	int r = 0;

	*n = 0;
	if (!der.left || der.left > IKE_CERT_MAX_LEN)
		return XE_RANGE;
	p7 = pkcs7_parse(cr->f, der);
	if (!p7) {
		ERR_clear_error();
		return XE_MALFORMED;
	}
	all = p7->d.sign->cert;
	for (int i = 0; r != XE_NOMEM && *n < max && i < sk_X509_num(all);
	     i++) {
		r = unwrap_one(cr->f, sk_X509_value(all, i), &out[*n]);
		*n += r == 0;
	}
	PKCS7_free(p7);
	ERR_clear_error();
	while (r == XE_NOMEM && *n)
		ike_cert_free(out[--*n]);
	if (r == XE_NOMEM)
		return r;
	return *n ? 0 : XE_MALFORMED;
}

static struct cur name_der(const X509_NAME *name)
{
	const unsigned char *p;
	size_t len;

	if (!name || X509_NAME_get0_der(name, &p, &len) != 1)
		return cur_init(NULL, 0);
	return cur_init(p, len);
}

struct cur ike_cert_subject(const struct ike_cert *c)
{
	return name_der(X509_get_subject_name(c->x));
}

struct cur ike_cert_issuer(const struct ike_cert *c)
{
	return name_der(X509_get_issuer_name(c->x));
}

bool ike_cert_issued(const struct ike_cert *issuer, const struct ike_cert *c)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer->x);
	bool ok = X509_check_issued(issuer->x, c->x) == X509_V_OK && key &&
		  X509_verify(c->x, key) == 1;

	ERR_clear_error();
	return ok;
}

bool ike_cert_self_signed(const struct ike_cert *c)
{
	return X509_get_extension_flags(c->x) & EXFLAG_SS;
}

bool ike_cert_is_ca(const struct ike_cert *c)
{
	return X509_check_ca(c->x);
}

uint32_t ike_cert_issuer_hash(const struct ike_cert *c)
{
	return (uint32_t)X509_issuer_name_hash(c->x);
}

struct ike_sig_pub *ike_cert_key(const struct ike_cert *c)
{
	return c->key;
}

static int64_t to_unix(const ASN1_TIME *t, int64_t otherwise)
{
	struct tm tm;

	if (!t || ASN1_TIME_to_tm(t, &tm) != 1)
		return otherwise;
	return timegm(&tm);
}

int64_t ike_cert_not_before(const struct ike_cert *c)
{
	return to_unix(X509_get0_notBefore(c->x), INT64_MAX);
}

int64_t ike_cert_not_after(const struct ike_cert *c)
{
	return to_unix(X509_get0_notAfter(c->x), INT64_MIN);
}

int ike_cert_serial(const struct ike_cert *c, struct wbuf *out)
{
	const ASN1_INTEGER *n = X509_get0_serialNumber(c->x);
	struct cur bytes = cur_init(ASN1_STRING_get0_data(n),
				    (size_t)ASN1_STRING_length(n));
	uint8_t b;

	while (!cur_u8(&bytes, &b))
		wbuf_printf(out, "%02x", b);
	return out->err;
}

static struct cur string_bytes(const ASN1_STRING *s)
{
	return cur_init(ASN1_STRING_get0_data(s),
			(size_t)ASN1_STRING_length(s));
}

static bool same_bytes(struct cur a, struct cur b)
{
	return a.left == b.left && (!a.left || !memcmp(a.p, b.p, a.left));
}

/* Names of hosts in any case.  A NUL inside is just a byte that differs. */
static bool same_name(struct cur a, struct cur b)
{
	uint8_t x, y;

	if (a.left != b.left || !a.left)
		return false;
	while (!cur_u8(&a, &x) && !cur_u8(&b, &y))
		if (tolower(x) != tolower(y))
			return false;
	return true;
}

/* Mailboxes: the part before @ exactly, the host in any case (RFC 5280 7.5) */
static bool same_mailbox(struct cur a, struct cur b)
{
	bool host = false;
	uint8_t x, y;

	if (a.left != b.left || !a.left)
		return false;
	while (!cur_u8(&a, &x) && !cur_u8(&b, &y)) {
		if (host ? tolower(x) != tolower(y) : x != y)
			return false;
		host = host || x == '@';
	}
	return host;
}

static bool san_fits(const GENERAL_NAME *gn, uint8_t id_type, struct cur data)
{
	if (id_type == ID_FQDN && gn->type == GEN_DNS)
		return same_name(string_bytes(gn->d.dNSName), data);
	if (id_type == ID_USER_FQDN && gn->type == GEN_EMAIL)
		return same_mailbox(string_bytes(gn->d.rfc822Name), data);
	if (gn->type != GEN_IPADD)
		return false;
	if ((id_type == ID_IPV4 && data.left == 4) ||
	    (id_type == ID_IPV6 && data.left == 16))
		return same_bytes(string_bytes(gn->d.iPAddress), data);
	return false;
}

static GENERAL_NAMES *get_sans(const struct ike_cert *c)
{
	GENERAL_NAMES *sans = X509_get_ext_d2i(c->x, NID_subject_alt_name,
					       NULL, NULL);

	ERR_clear_error();
	return sans;
}

static bool subject_is(const struct ike_cert *c, struct cur data)
{
	const unsigned char *p = data.p;
	X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)data.left);
	bool same = name && i2d_X509_NAME(name, NULL) == (int)data.left &&
		    !X509_NAME_cmp(name, X509_get_subject_name(c->x));

	X509_NAME_free(name);
	ERR_clear_error();
	return same;
}

int ike_cert_has_id(const struct ike_cert *c, uint8_t id_type,
		    struct cur data)
{
	GENERAL_NAMES *sans;
	bool found = false;

	switch (id_type) {
	case ID_DER_ASN1_DN:
		return data.left && data.left <= IKE_CERT_MAX_LEN &&
		       subject_is(c, data) ? 0 : XE_AUTH;
	case ID_FQDN:
	case ID_USER_FQDN:
	case ID_IPV4:
	case ID_IPV6:
		break;
	default: /* a number of the wire */
		return XE_UNSUPPORTED;
	}
	sans = get_sans(c);
	for (int i = 0; !found && i < sk_GENERAL_NAME_num(sans); i++)
		found = san_fits(sk_GENERAL_NAME_value(sans, i), id_type,
				 data);
	GENERAL_NAMES_free(sans);
	return found ? 0 : XE_AUTH;
}

static void put_clean(struct wbuf *out, struct cur text)
{
	uint8_t ch;

	while (!cur_u8(&text, &ch))
		wbuf_u8(out, ch >= 0x20 && ch < 0x7f ? ch : '?');
}

static void put_ip(struct wbuf *out, struct cur addr)
{
	bool v4 = addr.left == 4;
	uint16_t word;
	uint8_t b;

	for (int i = 0; addr.left; i++) {
		if (i)
			wbuf_u8(out, v4 ? '.' : ':');
		if (v4 && !cur_u8(&addr, &b))
			wbuf_printf(out, "%u", b);
		else if (!v4 && !cur_u16(&addr, &word))
			wbuf_printf(out, "%x", word);
		else
			return;
	}
}

static void put_san(struct wbuf *out, const GENERAL_NAME *gn)
{
	switch (gn->type) {
	case GEN_DNS:
		wbuf_put(out, "DNS:", 4);
		put_clean(out, string_bytes(gn->d.dNSName));
		break;
	case GEN_EMAIL:
		wbuf_put(out, "email:", 6);
		put_clean(out, string_bytes(gn->d.rfc822Name));
		break;
	case GEN_IPADD:
		wbuf_put(out, "IP:", 3);
		put_ip(out, string_bytes(gn->d.iPAddress));
		break;
	default: /* a number of OpenSSL's */
		wbuf_put(out, "other", 5);
	}
}

int ike_cert_san_text(const struct ike_cert *c, struct wbuf *out)
{
	GENERAL_NAMES *sans = get_sans(c);

	for (int i = 0; i < sk_GENERAL_NAME_num(sans); i++) {
		if (i)
			wbuf_put(out, ", ", 2);
		put_san(out, sk_GENERAL_NAME_value(sans, i));
	}
	GENERAL_NAMES_free(sans);
	return out->err;
}
