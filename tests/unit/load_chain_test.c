/* SPDX-License-Identifier: BSD-2-Clause */
/* Which certificates of CAs go out with our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "ike/crypto/alg.h"
#include "ike/crypto/cert.h"
#include "ike/daemon/load.h"
#include "ike/daemon/source.h"
#include "tests/lib/pki.h"

#define DAY 86400

static char dir[] = "/tmp/load-chain-XXXXXX";
static struct ike_crypto *cr;

/* root signed one, one signed two, two signed leaf; other is nobody's */
enum who { ROOT, ONE, TWO, LEAF, OTHER, WHO };
static EVP_PKEY *key[WHO];
static X509 *cert[WHO];

static void make(enum who w, const char *cn, int issuer)
{
	int64_t now = (int64_t)time(NULL);
	struct pki_spec s = { .cn = cn, .key = key[w], .ca = w != LEAF,
			      .serial = 1 + (long)w, .from = now - DAY,
			      .until = now + 99 * DAY };

	if (issuer >= 0) {
		s.issuer = cert[issuer];
		s.issuer_key = key[issuer];
	}
	cert[w] = pki_cert(&s);
}

static void put_file(const char *name, const struct wbuf *w)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(w->p, 1, w->len, f), w->len);
	fclose(f);
}

/* A file with these certificates, ended by WHO. */
static void put_certs(const char *name, const enum who *who)
{
	struct wbuf w;

	wbuf_init(&w, 100000);
	for (; *who != WHO; who++)
		pki_put_cert(&w, cert[*who], true);
	put_file(name, &w);
	wbuf_free(&w);
}

static const char *hashed(enum who w, unsigned int n, char *buf, size_t size)
{
	snprintf(buf, size, "%08lx.%u", X509_subject_name_hash(cert[w]), n);
	return buf;
}

static int setup(void **state)
{
	struct wbuf w;

	if (!mkdtemp(dir) || ike_crypto_new(&cr, NULL))
		return -1;
	for (unsigned int i = 0; i < WHO; i++)
		key[i] = i == LEAF ? pki_rsa(2048, 65537) : pki_ec();
	make(ROOT, "root", -1);
	make(ONE, "one", ROOT);
	make(TWO, "two", ONE);
	make(LEAF, "leaf", TWO);
	make(OTHER, "two", -1);	/* the name of another, not its key */
	wbuf_init(&w, 20000);
	pki_put_key(&w, key[LEAF], NULL);
	put_file("key.pem", &w);
	wbuf_free(&w);
	return 0;
}

static int teardown(void **state)
{
	char path[600];
	struct dirent *e;
	DIR *d = opendir(dir);

	for (unsigned int i = 0; i < WHO; i++) {
		X509_free(cert[i]);
		EVP_PKEY_free(key[i]);
	}
	ike_crypto_free(cr);
	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		unlink(path);
	}
	closedir(d);
	return rmdir(dir);
}

static char *conf_text(const char *file)
{
	char *text;

	assert_true(asprintf(&text,
		"path certificate \"%s\";\n"
		"remote 192.0.2.7 { exchange_mode main; my_identifier asn1dn;"
		" certificate_type x509 \"%s\" \"key.pem\";\n"
		" proposal { encryption_algorithm aes; hash_algorithm sha256;"
		" authentication_method rsasig; dh_group 14; } }\n",
		dir, file) > 0);
	return text;
}

static bool is(const struct ike_blob *b, enum who w)
{
	struct wbuf der;
	bool same;

	wbuf_init(&der, 20000);
	pki_put_cert(&der, cert[w], false);
	same = b->len == der.len && !memcmp(b->p, der.p, der.len);
	wbuf_free(&der);
	return same;
}

static void expect_from(const char *file, const struct source *src,
			const enum who *want)
{
	struct diag *d = diag_new();
	char *text = conf_text(file);
	const struct ike_cred *c;
	struct load l;
	unsigned int n;

	assert_int_equal(load_mem("conf", text, strlen(text), 0, src, cr, d,
				  &l), 0);
	c = ike_conf_cred(l.conf, l.remote[0]->my_cred);
	assert_non_null(c);
	for (n = 0; want[n] != WHO; n++) {
		assert_true(n < c->nchain);
		assert_true(is(&c->chain[n], want[n]));
	}
	assert_int_equal(c->nchain, n);
	load_free(&l);
	diag_free(d);
	free(text);
}

/* From the files themselves, and by the process that is sent copies. */
static void expect(const char *file, const enum who *want)
{
	struct source src = { .read = source_record, .files = files_new() };

	expect_from(file, NULL, want);
	expect_from(file, &src, want);
	src.read = source_recorded;
	expect_from(file, &src, want);
	files_free(src.files);
}

static void alone(void **state)
{
	put_certs("leaf.pem", (enum who[]){ LEAF, WHO });
	expect("leaf.pem", (enum who[]){ WHO });
}

static void from_the_file(void **state)
{
	put_certs("chain.pem", (enum who[]){ LEAF, TWO, ONE, WHO });
	expect("chain.pem", (enum who[]){ TWO, ONE, WHO });
	/* the root is not sent; order and strangers do not matter */
	put_certs("mixed.pem",
		  (enum who[]){ LEAF, OTHER, ROOT, ONE, TWO, WHO });
	expect("mixed.pem", (enum who[]){ TWO, ONE, WHO });
	/* a gap ends it */
	put_certs("gap.pem", (enum who[]){ LEAF, ONE, WHO });
	expect("gap.pem", (enum who[]){ WHO });
}

static void from_the_directory(void **state)
{
	char name[40];

	put_certs("leaf.pem", (enum who[]){ LEAF, WHO });
	put_certs(hashed(OTHER, 0, name, sizeof(name)),
		  (enum who[]){ OTHER, WHO });
	put_certs(hashed(TWO, 1, name, sizeof(name)),
		  (enum who[]){ TWO, WHO });
	expect("leaf.pem", (enum who[]){ TWO, WHO });
	put_certs(hashed(ONE, 0, name, sizeof(name)),
		  (enum who[]){ ONE, WHO });
	put_certs(hashed(ROOT, 0, name, sizeof(name)),
		  (enum who[]){ ROOT, WHO });
	expect("leaf.pem", (enum who[]){ TWO, ONE, WHO });
	/* one part here, one there */
	put_certs("half.pem", (enum who[]){ LEAF, TWO, WHO });
	expect("half.pem", (enum who[]){ TWO, ONE, WHO });
}

/* Two CAs that signed each other make no endless chain. */
static void circle(void **state)
{
	int64_t now = (int64_t)time(NULL);
	struct pki_spec s = { .cn = "one", .key = key[ONE], .ca = true,
			      .serial = 9, .issuer = cert[TWO],
			      .issuer_key = key[TWO], .from = now - DAY,
			      .until = now + DAY };
	X509 *was = cert[ONE];
	static const enum who all[] = { LEAF, TWO, ONE, WHO };

	cert[ONE] = pki_cert(&s);
	put_certs("circle.pem", all);
	expect("circle.pem", (enum who[]){ TWO, ONE, WHO });
	X509_free(cert[ONE]);
	cert[ONE] = was;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alone),
		cmocka_unit_test(from_the_file),
		cmocka_unit_test(from_the_directory),
		cmocka_unit_test(circle),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
