/* SPDX-License-Identifier: BSD-2-Clause */
/* What `racoon -t' says about certificates: made here, with OpenSSL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ike/crypto/alg.h"
#include "ike/daemon/load.h"
#include "ike/daemon/report.h"

#define DAY 86400L

static char dir[] = "/tmp/load-x509-XXXXXX";
static EVP_PKEY *key, *other, *small;
static struct ike_crypto *cr;

static char *path(const char *name)
{
	char *p;

	assert_true(asprintf(&p, "%s/%s", dir, name) > 0);
	return p;
}

static void extend(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(e);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

static void write_cert(const char *name, EVP_PKEY *k, long from, long to,
		       const char *san, EVP_PKEY *issuer)
{
	X509 *x = X509_new();
	X509_NAME *n = X509_get_subject_name(x);
	char *p = path(name);
	FILE *f = fopen(p, "w");

	assert_non_null(x);
	assert_non_null(f);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), from);
	X509_gmtime_adj(X509_getm_notAfter(x), to);
	X509_set_pubkey(x, k);
	X509_NAME_add_entry_by_txt(n, "C", MBSTRING_ASC,
				   (const unsigned char *)"DE", -1, -1, 0);
	X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC,
				   (const unsigned char *)"gw", -1, -1, 0);
	X509_set_issuer_name(x, n);
	if (issuer) {
		n = X509_NAME_dup(n);
		X509_NAME_add_entry_by_txt(n, "OU", MBSTRING_ASC,
					   (const unsigned char *)"CA", -1, -1,
					   0);
		X509_set_issuer_name(x, n);
		X509_NAME_free(n);
	}
	if (san && !strcmp(san, "CA"))
		extend(x, NID_basic_constraints, "critical,CA:TRUE");
	else if (san)
		extend(x, NID_subject_alt_name, san);
	assert_true(X509_sign(x, issuer ? issuer : k, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_X509(f, x), 1);
	fclose(f);
	X509_free(x);
	free(p);
}

static void write_key(const char *name, EVP_PKEY *k, unsigned int mode,
		      const char *pass)
{
	char *p = path(name);
	FILE *f = fopen(p, "w");

	assert_non_null(f);
	assert_int_equal(PEM_write_PrivateKey(f, k,
					      pass ? EVP_aes_128_cbc() : NULL,
					      (const unsigned char *)pass,
					      pass ? (int)strlen(pass) : 0,
					      NULL, NULL), 1);
	fclose(f);
	assert_int_equal(chmod(p, mode), 0);
	free(p);
}

static int setup(void **state)
{
	EVP_PKEY *tiny = EVP_RSA_gen(512);

	if (!mkdtemp(dir) || ike_crypto_new(&cr, NULL))
		return -1;
	key = EVP_RSA_gen(2048);
	other = EVP_RSA_gen(2048);
	small = EVP_RSA_gen(1024);
	if (!key || !other || !small || !tiny)
		return -1;
	write_cert("good.pem", key, -DAY, 400 * DAY,
		   "DNS:gw.example,IP:192.0.2.1", NULL);
	write_cert("ca.pem", other, -DAY, 400 * DAY, "CA", NULL);
	write_cert("leaf.pem", key, -DAY, 400 * DAY, NULL, other);
	write_cert("old.pem", key, -10 * DAY, -DAY, NULL, NULL);
	write_cert("new.pem", key, DAY, 10 * DAY, NULL, NULL);
	write_cert("soon.pem", key, -DAY, 3 * DAY, NULL, NULL);
	write_cert("small.pem", small, -DAY, 400 * DAY, NULL, NULL);
	write_cert("tiny.pem", tiny, -DAY, 400 * DAY, NULL, NULL);
	EVP_PKEY_free(tiny);
	write_key("key.pem", key, 0600, NULL);
	write_key("open.pem", key, 0644, NULL);
	write_key("other.pem", other, 0600, NULL);
	write_key("small-key.pem", small, 0600, NULL);
	write_key("locked.pem", key, 0600, "secret");
	return 0;
}

static int teardown(void **state)
{
	static const char *const files[] = {
		"ca.pem", "leaf.pem", "good.pem", "old.pem", "new.pem",
		"soon.pem", "small.pem", "tiny.pem",
		"key.pem", "open.pem", "other.pem", "small-key.pem",
		"locked.pem",
	};
	size_t i;
	char *p;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		p = path(files[i]);
		unlink(p);
		free(p);
	}
	rmdir(dir);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	EVP_PKEY_free(small);
	ike_crypto_free(cr);
	return 0;
}

/*
 * Loads a remote with that certificate, key and identifier.  want is what has
 * to be said, NULL for nothing at all; fatal: as an error.
 */
static void check_count(const char *cert, const char *keyfile,
			const char *ident, const char *want, bool fatal,
			unsigned int warnings)
{
	static const char conf[] =
		"path certificate \"%s\";\n"
		"remote 192.0.2.7 {\n"
		"	exchange_mode main;\n"
		"	certificate_type x509 \"%s\" \"%s\";\n"
		"	ca_type x509 \"ca.pem\";\n"
		"	my_identifier %s;\n"
		"	proposal {\n"
		"		encryption_algorithm aes 128;\n"
		"		hash_algorithm sha256;\n"
		"		authentication_method rsasig;\n"
		"		dh_group 14;\n"
		"	}\n"
		"}\n"
		"sainfo anonymous {\n"
		"	encryption_algorithm aes;\n"
		"	authentication_algorithm hmac_sha256;\n"
		"	compression_algorithm deflate;\n"
		"}\n";
	struct diag *d = diag_new();
	unsigned int count;
	struct load l;
	struct wbuf w;
	char *text;
	int r;

	assert_true(asprintf(&text, conf, dir, cert, keyfile, ident) > 0);
	r = load_mem("conf", text, strlen(text), LOAD_FILES, NULL, cr, d,
		     &l);
	wbuf_init(&w, 1 << 20);
	report_text(d, "conf", &w);
	count = diag_count(d, fatal ? DIAG_ERROR : DIAG_WARNING);
	if ((r != 0) != fatal || count != warnings ||
	    (want && !strstr(wbuf_str(&w), want)))
		fail_msg("%s %s %s: wanted \"%s\", got %d:\n%s", cert, keyfile,
			 ident, want ? want : "", r, wbuf_str(&w));
	/* our own certificate is what the engine will send */
	if (!r) {
		const struct ike_cred *c =
			ike_conf_cred(l.conf, l.remote[0]->my_cred);

		assert_non_null(c);
		assert_true(c->cert_len > 300);
		assert_true(c->subject_len > 10);
	}
	wbuf_free(&w);
	load_free(&l);
	diag_free(d);
	free(text);
}

static void check(const char *cert, const char *keyfile, const char *ident,
		  const char *want, bool fatal)
{
	check_count(cert, keyfile, ident, want, fatal, want != NULL);
}

static void fine(void **state)
{
	check("good.pem", "key.pem", "asn1dn", NULL, false);
	check("good.pem", "key.pem", "asn1dn \"C=DE, CN=gw\"", NULL, false);
	check("good.pem", "key.pem", "fqdn \"gw.example\"", NULL, false);
	check("good.pem", "key.pem", "address 192.0.2.1", NULL, false);
}

static void dates(void **state)
{
	check("old.pem", "key.pem", "asn1dn", "expired on", false);
	check("new.pem", "key.pem", "asn1dn", "is valid from", false);
	check("soon.pem", "key.pem", "asn1dn", "expires on", false);
}

static void keys(void **state)
{
	check("good.pem", "other.pem", "asn1dn", "is not the key of", true);
	check("good.pem", "open.pem", "asn1dn", "open to others", false);
	check("good.pem", "locked.pem", "asn1dn", "it is encrypted", true);
	check("good.pem", "good.pem", "asn1dn", "failed to load private key",
	      true);
	check("good.pem", "none.pem", "asn1dn", "failed to load private key",
	      false);
	check("small.pem", "small-key.pem", "asn1dn", "1024 bits is too small",
	      false);
}

/* A certificate is read, whatever the key in it. */
static void unusable_key(void **state)
{
	check("good.pem", "key.pem",
	      "asn1dn; peers_certfile x509 \"tiny.pem\"",
	      "tiny.pem has a key of a kind or size that cannot be used",
	      false);
	check("tiny.pem", "key.pem", "asn1dn", "is not the key of", true);
}

static void files(void **state)
{
	check("key.pem", "key.pem", "asn1dn", "failed to load certificate",
	      true);
}

static void identity(void **state)
{
	check("good.pem", "key.pem", "fqdn \"other.example\"",
	      "does not carry this identifier", false);
	check("good.pem", "key.pem", "fqdn \"other.example\"",
	      "it carries DNS:gw.example", false);
	check("good.pem", "key.pem", "address 192.0.2.2",
	      "does not carry this identifier", false);
	check("good.pem", "key.pem", "asn1dn \"C=DE, CN=other\"",
	      "does not carry this identifier", false);
}

static void not_a_ca(void **state)
{
	/* saying ca_type twice is the other warning */
	check_count("leaf.pem", "key.pem",
		    "asn1dn; ca_type x509 \"leaf.pem\"",
		    "is no CA certificate", false, 2);
}

static void pinned(void **state)
{
	static const char peer[] = "asn1dn; peers_certfile x509 \"good.pem\"; "
		"verify_identifier on; peers_identifier ";
	static const struct {
		const char *id;
		bool carried;
	} row[] = {
		{ "fqdn \"gw.example\"", true },
		{ "fqdn \"GW.Example\"", true },
		{ "address 192.0.2.1", true },
		{ "address", true },
		{ "asn1dn", true },
		{ "asn1dn \"C=DE, CN=*\"", true },
		{ "asn1dn \"C=FR, CN=*\"", false },
		{ "fqdn \"gw2.example\"", false },
	};
	char *ident;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_true(asprintf(&ident, "%s%s", peer, row[i].id) > 0);
		check("good.pem", "key.pem", ident, row[i].carried ? NULL :
		      "carries no peers_identifier", false);
		free(ident);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(fine),
		cmocka_unit_test(dates),
		cmocka_unit_test(keys),
		cmocka_unit_test(unusable_key),
		cmocka_unit_test(files),
		cmocka_unit_test(identity),
		cmocka_unit_test(not_a_ca),
		cmocka_unit_test(pinned),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
