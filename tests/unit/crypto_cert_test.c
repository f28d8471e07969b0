/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/ike_test.h"

#include "ike/crypto/cert.h"
#include "tests/lib/pki.h"

#define NOW 1800000000
#define DAY 86400

static struct ike_crypto *cr;
static EVP_PKEY *ca_key, *sub_key, *key;
static X509 *ca, *sub, *leaf;

static const char san[] = "DNS:gw.example.net,email:Road.Warrior@Example.org,"
			  "IP:192.0.2.1,IP:2001:db8::1";

/* What differs from a good certificate of the intermediate CA */
static struct pki_spec good_leaf(void)
{
	return (struct pki_spec){
		.cn = "gw", .key = key, .issuer = sub, .issuer_key = sub_key,
		.usage = "digitalSignature,keyEncipherment", .san = san,
		.from = NOW - DAY, .until = NOW + DAY, .serial = 0x1234,
	};
}

static int setup(void **state)
{
	struct pki_spec s = { .cn = "root", .ca = true, .serial = 1,
			      .usage = "keyCertSign,cRLSign",
			      .from = NOW - 9 * DAY, .until = NOW + 9 * DAY };

	assert_int_equal(ike_crypto_new(&cr, NULL), 0);
	s.key = ca_key = pki_ec();
	ca = pki_cert(&s);
	s.cn = "intermediate";
	s.serial = 2;
	s.key = sub_key = pki_ec();
	s.issuer = ca;
	s.issuer_key = ca_key;
	sub = pki_cert(&s);
	key = pki_rsa(1024, 65537);
	s = good_leaf();
	leaf = pki_cert(&s);
	return 0;
}

static int teardown(void **state)
{
	X509_free(ca);
	X509_free(sub);
	X509_free(leaf);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(sub_key);
	EVP_PKEY_free(key);
	ike_crypto_free(cr);
	return 0;
}

static struct ike_cert *load(X509 *x)
{
	struct ike_cert *c;
	struct wbuf w;

	wbuf_init(&w, 20000);
	pki_put_cert(&w, x, false);
	assert_int_equal(ike_cert_parse(cr, wbuf_cur(&w), &c), 0);
	wbuf_free(&w);
	return c;
}

static void add_crl(struct ike_store *s, X509 *of, EVP_PKEY *by, long serial,
		    int64_t from, int64_t until, bool pem)
{
	X509_CRL *crl = pki_crl(of, by, serial, from, until);
	struct wbuf w;

	wbuf_init(&w, 20000);
	pki_put_crl(&w, crl, pem);
	assert_int_equal(ike_store_add_crls(s, wbuf_cur(&w), NULL), 1);
	wbuf_free(&w);
	X509_CRL_free(crl);
}

/* Verifies x over the intermediate (if any) with what s trusts */
static void verdict(struct ike_store *s, X509 *x, X509 *link, int64_t now,
		    unsigned int flags, enum ike_cert_result want)
{
	struct ike_cert *c = load(x), *l = link ? load(link) : NULL;
	struct ike_cert_verdict v;
	int rc = ike_cert_verify(cr, s, c, &l, l ? 1 : 0, now, flags, &v);

	assert_int_equal(v.result, want);
	assert_int_equal(rc, want == IKE_CERT_OK ? 0 : XE_AUTH);
	if (rc)
		assert_non_null(v.reason);
	assert_true(strlen(ike_cert_result_text(want)) > 10);
	ike_cert_free(c);
	ike_cert_free(l);
}

/* The same for a leaf that differs from the good one */
static void verdict_of(const struct pki_spec *spec, enum ike_cert_result want)
{
	struct ike_store *s = pki_store(cr, ca);
	X509 *x = pki_cert(spec);

	verdict(s, x, sub, NOW, 0, want);
	X509_free(x);
	ike_store_free(s);
}

static void chains(void **state)
{
	struct ike_store *s = pki_store(cr, ca), *t = pki_store(cr, sub);
	EVP_PKEY *other = pki_ec();
	struct pki_spec spec = { .cn = "root", .key = other, .ca = true,
				 .from = NOW - DAY, .until = NOW + DAY };
	X509 *alien = pki_cert(&spec);
	struct wbuf w;

	verdict(s, leaf, sub, NOW, 0, IKE_CERT_OK);
	verdict(s, sub, NULL, NOW, 0, IKE_CERT_BAD_USAGE); /* no signer */
	verdict(s, leaf, NULL, NOW, 0, IKE_CERT_UNKNOWN_CA);
	/* trust in an intermediate CA is enough */
	verdict(t, leaf, NULL, NOW, 0, IKE_CERT_OK);
	/* the same name is not the same CA */
	verdict(s, alien, NULL, NOW, 0, IKE_CERT_UNKNOWN_CA);
	/* links of the store itself */
	wbuf_init(&w, 20000);
	pki_put_cert(&w, sub, true);
	assert_int_equal(ike_store_add_certs(s, wbuf_cur(&w), false, NULL), 1);
	verdict(s, leaf, NULL, NOW, 0, IKE_CERT_OK);
	wbuf_free(&w);
	ike_store_free(s);
	ike_store_free(t);
	X509_free(alien);
	EVP_PKEY_free(other);
}

static void validity(void **state)
{
	struct ike_store *s = pki_store(cr, ca);

	verdict(s, leaf, sub, NOW - DAY, 0, IKE_CERT_OK);
	verdict(s, leaf, sub, NOW - DAY - 1, 0, IKE_CERT_NOT_YET);
	verdict(s, leaf, sub, NOW + DAY - 1, 0, IKE_CERT_OK);
	verdict(s, leaf, sub, NOW + DAY + 1, 0, IKE_CERT_EXPIRED);
	ike_store_free(s);
}

static void crls(void **state)
{
	struct ike_store *s = pki_store(cr, ca);

	verdict(s, leaf, sub, NOW, IKE_VERIFY_CRL_REQUIRED,
		IKE_CERT_CRL_MISSING);
	/* the root's is there, the intermediate's is missing */
	add_crl(s, ca, ca_key, 0, NOW - DAY, NOW + DAY, true);
	verdict(s, leaf, sub, NOW, 0, IKE_CERT_OK);
	verdict(s, leaf, sub, NOW, IKE_VERIFY_CRL_REQUIRED,
		IKE_CERT_CRL_MISSING);
	add_crl(s, sub, sub_key, 77, NOW - DAY, NOW + DAY, false);
	verdict(s, leaf, sub, NOW, IKE_VERIFY_CRL_REQUIRED, IKE_CERT_OK);
	verdict(s, leaf, sub, NOW + DAY - 1, 0, IKE_CERT_OK);
	ike_store_free(s);
	s = pki_store(cr, ca);
	add_crl(s, sub, sub_key, 0x1234, NOW - DAY, NOW + DAY, true);
	verdict(s, leaf, sub, NOW, 0, IKE_CERT_REVOKED);
	ike_store_free(s);
	/* the intermediate CA is revoked */
	s = pki_store(cr, ca);
	add_crl(s, ca, ca_key, 2, NOW - DAY, NOW + DAY, true);
	verdict(s, leaf, sub, NOW, 0, IKE_CERT_REVOKED);
	ike_store_free(s);
	s = pki_store(cr, ca);
	add_crl(s, sub, sub_key, 0, NOW - 3 * DAY, NOW - DAY, true);
	verdict(s, leaf, sub, NOW, 0, IKE_CERT_CRL_EXPIRED);
	ike_store_free(s);
	/* somebody else's signature under the CRL */
	s = pki_store(cr, ca);
	add_crl(s, sub, ca_key, 0, NOW - DAY, NOW + DAY, true);
	verdict(s, leaf, sub, NOW, 0, IKE_CERT_BAD_SIGNATURE);
	ike_store_free(s);
}

static void refused(void **state)
{
	EVP_PKEY *small = pki_rsa(512, 65537);
	struct pki_spec s = good_leaf();

	verdict_of(&s, IKE_CERT_OK);
	s.usage = NULL; /* says nothing about usage: fine */
	verdict_of(&s, IKE_CERT_OK);
	s.usage = "keyEncipherment";
	verdict_of(&s, IKE_CERT_BAD_USAGE);
	s = good_leaf();
	s.md = "SHA1";
	verdict_of(&s, IKE_CERT_OK);
	s = good_leaf();
	s.key = small;
	verdict_of(&s, IKE_CERT_WEAK);
	s = good_leaf();
	s.issuer_key = ca_key; /* names sub, but sub did not sign */
	verdict_of(&s, IKE_CERT_BAD_SIGNATURE);
	EVP_PKEY_free(small);
}

/* MD5 proves nothing, except on the anchor, where it has nothing to prove. */
static void md5(void **state)
{
	struct pki_spec s = { .cn = "old", .key = key, .ca = true,
			      .from = NOW - DAY, .until = NOW + DAY,
			      .md = "MD5" };
	X509 *old = pki_cert(&s), *x;
	struct ike_store *st = pki_store(cr, old);

	s = good_leaf();
	s.key = ca_key;
	s.issuer = old;
	s.issuer_key = key;
	x = pki_cert(&s);
	verdict(st, x, NULL, NOW, 0, IKE_CERT_OK);
	X509_free(x);
	s.md = "MD5";
	x = pki_cert(&s);
	verdict(st, x, NULL, NOW, 0, IKE_CERT_WEAK);
	X509_free(x);
	X509_free(old);
	ike_store_free(st);
}

/* A certificate that is no CA's signs another one. */
static void not_a_ca(void **state)
{
	struct pki_spec s = good_leaf();
	struct ike_store *st = pki_store(cr, ca);
	struct diag *d = diag_new();
	X509 *second;
	struct wbuf w;

	s.issuer = leaf;
	s.issuer_key = key;
	s.cn = "forged";
	second = pki_cert(&s);
	verdict(st, second, leaf, NOW, 0, IKE_CERT_UNKNOWN_CA);
	wbuf_init(&w, 20000);
	pki_put_cert(&w, sub, true);
	assert_int_equal(ike_store_add_certs(st, wbuf_cur(&w), false, NULL),
			 1);
	verdict(st, second, leaf, NOW, 0, IKE_CERT_BAD_USAGE);
	/* nor does it become an anchor */
	wbuf_reset(&w);
	pki_put_cert(&w, leaf, true);
	assert_int_equal(ike_store_add_certs(st, wbuf_cur(&w), true, d), 0);
	assert_int_equal(diag_count(d, DIAG_WARNING), 1);
	wbuf_free(&w);
	X509_free(second);
	ike_store_free(st);
	diag_free(d);
}

static void path_length(void **state)
{
	struct pki_spec s = { .cn = "short", .ca = true, .key = sub_key,
			      .issuer = ca, .issuer_key = ca_key,
			      .constraints = "critical,CA:TRUE,pathlen:0",
			      .from = NOW - DAY, .until = NOW + DAY,
			      .serial = 3 };
	X509 *shortca = pki_cert(&s), *below, *end;
	struct ike_cert *link[2], *c;
	struct ike_cert_verdict v;
	struct ike_store *st = pki_store(cr, ca);

	s.cn = "below";
	s.constraints = NULL;
	s.issuer = shortca;
	s.issuer_key = sub_key;
	s.key = ca_key;
	below = pki_cert(&s);
	s = good_leaf();
	s.issuer = below;
	s.issuer_key = ca_key;
	end = pki_cert(&s);
	link[0] = load(shortca);
	link[1] = load(below);
	c = load(end);
	assert_int_equal(ike_cert_verify(cr, st, c, link, 2, NOW, 0, &v),
			 XE_AUTH);
	assert_int_equal(v.result, IKE_CERT_BAD_USAGE);
	assert_int_equal(ike_cert_verify(cr, st, c, link, IKE_CHAIN_MAX + 1,
					 NOW, 0, &v), XE_LIMIT);
	ike_cert_free(link[0]);
	ike_cert_free(link[1]);
	ike_cert_free(c);
	X509_free(shortca);
	X509_free(below);
	X509_free(end);
	ike_store_free(st);
}

/* Is the good leaf taken when it comes over a CA like that? */
static void through(struct pki_spec s, const char *names,
		    enum ike_cert_result want)
{
	struct pki_spec end = good_leaf();
	struct ike_store *st = pki_store(cr, ca);
	X509 *link, *x;

	s.cn = "between";
	s.key = sub_key;
	s.issuer = ca;
	s.issuer_key = ca_key;
	s.from = NOW - DAY;
	s.until = NOW + DAY;
	s.serial = 5;
	link = pki_cert(&s);
	end.issuer = link;
	end.san = names;
	x = pki_cert(&end);
	verdict(st, x, link, NOW, 0, want);
	X509_free(x);
	X509_free(link);
	ike_store_free(st);
}

/* What a CA between may not do, by its own certificate. */
static void limits_of_cas(void **state)
{
	struct pki_spec s = { .ca = true, .usage = "keyCertSign,cRLSign" };

	through(s, san, IKE_CERT_OK);
	s.names = "critical,permitted;DNS:example.net";
	through(s, "DNS:gw.example.net", IKE_CERT_OK);
	through(s, "DNS:gw.example.org", IKE_CERT_BAD);
	through(s, "DNS:gw.example.net,DNS:gw.example.org", IKE_CERT_BAD);
	s.names = "critical,permitted;IP:192.0.2.0/255.255.255.0";
	through(s, "IP:192.0.2.1", IKE_CERT_OK);
	through(s, "IP:198.51.100.1", IKE_CERT_BAD);
	s.names = "critical,excluded;email:example.org";
	through(s, "email:a@example.net", IKE_CERT_OK);
	through(s, "email:a@example.org", IKE_CERT_BAD);
	s.names = NULL;
	s.unknown = "1.3.6.1.4.1.99999.1";
	through(s, san, IKE_CERT_BAD);
	s.unknown = NULL;
	s.usage = "cRLSign,digitalSignature";
	through(s, san, IKE_CERT_BAD_USAGE);
	s.usage = "keyCertSign";
	s.constraints = "critical,CA:FALSE";
	through(s, san, IKE_CERT_BAD_USAGE);
	/* of version 1, it cannot say that it is one */
	s.v1 = true;
	through(s, san, IKE_CERT_BAD_USAGE);
}

/* Extensions that must be understood, and are not. */
static void unknown_extensions(void **state)
{
	struct pki_spec s = good_leaf();

	s.unknown = "1.3.6.1.4.1.99999.1";
	verdict_of(&s, IKE_CERT_BAD);
}

static void has(const struct ike_cert *c, uint8_t type, const char *data,
		size_t len, int want)
{
	assert_int_equal(ike_cert_has_id(c, type, cur_init(data, len)), want);
}

static void identities(void **state)
{
	struct ike_cert *c = load(leaf), *root = load(ca);
	struct cur subject = ike_cert_subject(c);

	has(c, ID_FQDN, "gw.example.net", 14, 0);
	has(c, ID_FQDN, "GW.Example.NET", 14, 0);
	has(c, ID_FQDN, "gw.example.ne", 13, XE_AUTH);
	has(c, ID_FQDN, "gw.example.net\0x", 16, XE_AUTH);
	has(c, ID_FQDN, "", 0, XE_AUTH);
	has(c, ID_FQDN, "gw", 2, XE_AUTH); /* the CN is no host name */
	has(c, ID_USER_FQDN, "Road.Warrior@example.ORG", 24, 0);
	has(c, ID_USER_FQDN, "road.warrior@example.org", 24, XE_AUTH);
	has(c, ID_USER_FQDN, "gw.example.net", 14, XE_AUTH);
	has(c, ID_FQDN, "Road.Warrior@Example.org", 24, XE_AUTH);
	has(c, ID_IPV4, "\300\0\2\1", 4, 0);
	has(c, ID_IPV4, "\300\0\2\2", 4, XE_AUTH);
	has(c, ID_IPV4, "\300\0\2\1", 3, XE_AUTH);
	has(c, ID_IPV6, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16, 0);
	has(c, ID_IPV6, "\300\0\2\1", 4, XE_AUTH);
	has(c, ID_KEY_ID, "gw", 2, XE_UNSUPPORTED);
	assert_int_equal(ike_cert_has_id(c, ID_DER_ASN1_DN, subject), 0);
	assert_int_equal(ike_cert_has_id(root, ID_DER_ASN1_DN, subject),
			 XE_AUTH);
	for (size_t n = 0; n < subject.left; n++)
		assert_int_equal(ike_cert_has_id(c, ID_DER_ASN1_DN,
						 cur_init(subject.p, n)),
				 XE_AUTH);
	has(root, ID_FQDN, "root", 4, XE_AUTH);
	ike_cert_free(c);
	ike_cert_free(root);
}

/* Names with a NUL inside: no other program's end of a string is ours. */
static void names_with_nul(void **state)
{
	struct pki_spec s = good_leaf();
	struct ike_cert *c;
	struct wbuf text;
	X509 *x;

	/* DNS:gw<NUL>.evil, email:a@gw<NUL>.evil */
	s.san = "DER:3016" "8208" "6777002e6576696c"
		"810a" "61406777002e6576696c";
	x = pki_cert(&s);
	c = load(x);
	has(c, ID_FQDN, "gw", 2, XE_AUTH);
	has(c, ID_FQDN, "gw\0.evil", 8, 0);
	has(c, ID_USER_FQDN, "a@gw", 4, XE_AUTH);
	wbuf_init(&text, 1000);
	assert_int_equal(ike_cert_san_text(c, &text), 0);
	assert_string_equal(wbuf_str(&text), "DNS:gw?.evil, email:a@gw?.evil");
	wbuf_free(&text);
	ike_cert_free(c);
	X509_free(x);
}

static void fields(void **state)
{
	struct ike_cert *c = load(leaf), *s = load(sub), *again;
	struct ike_sig_pub *k = ike_cert_key(c);
	struct wbuf w;

	assert_int_equal(ike_cert_not_before(c), NOW - DAY);
	assert_int_equal(ike_cert_not_after(c), NOW + DAY);
	assert_int_equal(ike_cert_issuer(c).left, ike_cert_subject(s).left);
	assert_memory_equal(ike_cert_issuer(c).p, ike_cert_subject(s).p,
			    ike_cert_issuer(c).left);
	assert_int_equal(ike_sig_pub_type(k), IKE_KEY_RSA);
	assert_int_equal(ike_sig_pub_type(ike_cert_key(s)), IKE_KEY_ECDSA);
	wbuf_init(&w, 1000);
	assert_int_equal(ike_cert_serial(c, &w), 0);
	assert_string_equal(wbuf_str(&w), "1234");
	wbuf_reset(&w);
	assert_int_equal(ike_cert_san_text(c, &w), 0);
	assert_string_equal(wbuf_str(&w),
			    "DNS:gw.example.net, "
			    "email:Road.Warrior@Example.org, IP:192.0.2.1, "
			    "IP:2001:db8:0:0:0:0:0:1");
	wbuf_free(&w);
	again = ike_cert_ref(c);
	ike_cert_free(c);
	assert_true(ike_cert_der(again).left > 100);
	ike_cert_free(again);
	ike_cert_free(s);
	ike_cert_free(NULL);
}

/* Cut anywhere, one byte more, and too large: no certificate */
static void parsing(void **state)
{
	static uint8_t big[IKE_CERT_MAX_LEN + 1];
	struct ike_cert *c;
	struct wbuf w;

	wbuf_init(&w, 20000);
	pki_put_cert(&w, leaf, false);
	for (size_t n = 0; n < w.len; n++) {
		assert_int_equal(ike_cert_parse(cr, cur_init(w.p, n), &c),
				 n ? XE_MALFORMED : XE_RANGE);
		assert_null(c);
	}
	wbuf_u8(&w, 0);
	assert_int_equal(ike_cert_parse(cr, wbuf_cur(&w), &c), XE_MALFORMED);
	assert_int_equal(ike_cert_parse(cr, cur_init(big, sizeof(big)), &c),
			 XE_RANGE);
	wbuf_free(&w);
}

static void files(void **state)
{
	struct diag *d = diag_new();
	struct ike_store *s;
	struct ike_cert *c;
	struct wbuf w;

	wbuf_init(&w, 50000);
	wbuf_printf(&w, "subject=whatever openssl printed before it\n");
	pki_put_key(&w, key, NULL);
	pki_put_cert(&w, ca, true);
	pki_put_cert(&w, sub, true);
	assert_int_equal(ike_cert_load(cr, wbuf_cur(&w), &c, d), 0);
	assert_int_equal(ike_cert_not_after(c), NOW + 9 * DAY);
	ike_cert_free(c);
	assert_int_equal(ike_store_new(cr, &s), 0);
	assert_int_equal(ike_store_add_certs(s, wbuf_cur(&w), true, d), 2);
	assert_int_equal(ike_store_add_crls(s, wbuf_cur(&w), d), 0);
	assert_int_equal(diag_count(d, DIAG_ERROR), 0);
	wbuf_reset(&w);
	wbuf_printf(&w, "nothing of the kind");
	assert_int_equal(ike_cert_load(cr, wbuf_cur(&w), &c, d), XE_MALFORMED);
	assert_null(c);
	assert_int_equal(ike_store_add_certs(s, wbuf_cur(&w), true, d),
			 XE_MALFORMED);
	assert_int_equal(ike_store_add_crls(s, wbuf_cur(&w), d),
			 XE_MALFORMED);
	wbuf_reset(&w);
	wbuf_printf(&w, "-----BEGIN CERTIFICATE-----\nAAAA\n"
			"-----END CERTIFICATE-----\n");
	assert_int_equal(ike_cert_load(cr, wbuf_cur(&w), &c, d), XE_MALFORMED);
	wbuf_reset(&w);
	wbuf_printf(&w, "-----BEGIN CERTIFICATE-----\nAAAA");
	assert_int_equal(ike_cert_load(cr, wbuf_cur(&w), &c, d), XE_MALFORMED);
	assert_int_equal(ike_cert_load(cr, cur_init(NULL, 0), &c, d),
			 XE_RANGE);
	assert_int_equal(diag_count(d, DIAG_ERROR), 6);
	wbuf_free(&w);
	ike_store_free(s);
	diag_free(d);
}

static void wrapped(void **state)
{
	X509 *const all[] = { ca, leaf, sub };
	struct ike_cert *c[3];
	struct wbuf w;
	size_t n;

	wbuf_init(&w, 20000);
	pki_put_pkcs7(&w, all, 3);
	assert_int_equal(ike_certs_unwrap(cr, wbuf_cur(&w), 3, c, &n), 0);
	assert_int_equal(n, 3);
	assert_true(ike_cert_is_ca(c[0]));
	assert_false(ike_cert_is_ca(c[1]));
	assert_true(ike_cert_is_ca(c[2]));
	assert_true(ike_cert_issued(c[2], c[1]));
	assert_non_null(ike_cert_key(c[1]));
	while (n)
		ike_cert_free(c[--n]);
	/* no more than there is room for */
	assert_int_equal(ike_certs_unwrap(cr, wbuf_cur(&w), 1, c, &n), 0);
	assert_int_equal(n, 1);
	ike_cert_free(c[0]);
	for (size_t cut = 0; cut < w.len; cut++) {
		assert_true(ike_certs_unwrap(cr, cur_init(w.p, cut), 3, c,
					     &n) < 0);
		assert_int_equal(n, 0);
	}
	wbuf_reset(&w);
	pki_put_pkcs7(&w, all, 0);
	assert_int_equal(ike_certs_unwrap(cr, wbuf_cur(&w), 3, c, &n),
			 XE_MALFORMED);
	/* a certificate as such is no wrapper */
	wbuf_reset(&w);
	pki_put_cert(&w, leaf, false);
	assert_int_equal(ike_certs_unwrap(cr, wbuf_cur(&w), 3, c, &n),
			 XE_MALFORMED);
	wbuf_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains),
		cmocka_unit_test(validity),
		cmocka_unit_test(crls),
		cmocka_unit_test(refused),
		cmocka_unit_test(md5),
		cmocka_unit_test(not_a_ca),
		cmocka_unit_test(path_length),
		cmocka_unit_test(limits_of_cas),
		cmocka_unit_test(unknown_extensions),
		cmocka_unit_test(identities),
		cmocka_unit_test(names_with_nul),
		cmocka_unit_test(fields),
		cmocka_unit_test(parsing),
		cmocka_unit_test(files),
		cmocka_unit_test(wrapped),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
