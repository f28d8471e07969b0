/* SPDX-License-Identifier: BSD-2-Clause */
/* ike/wire and ike/crypto when memory runs out, at every allocation. */
#include "tests/unit/ike_test.h"

#include "ike/crypto/cert.h"
#include "ike/crypto/cipher.h"
#include "ike/crypto/dh.h"
#include "ike/crypto/keymat.h"
#include "ike/crypto/prf.h"
#include "ike/crypto/rsakey.h"
#include "ike/wire/chain.h"
#include "ike/wire/sa_v1.h"
#include "tests/lib/pki.h"
#include "tests/torture/failmalloc.h"
#include "tests/vectors/ikev1.h"

/*
 * Runs fn until it makes no allocation that could fail: each time it has to
 * succeed, or to say that there is no memory.  OpenSSL allocates by itself,
 * out of our reach, and reports what fails there as XE_CRYPTO.
 */
static void sweep(int (*fn)(void))
{
	unsigned long n = 1;
	bool failed;

	do {
		int rc;

		fail_nth(n++);
		rc = fn();
		failed = fail_done();
		if (failed)
			assert_true(rc == XE_NOMEM || rc == XE_CRYPTO);
		else
			assert_int_equal(rc, 0);
		assert_true(n < 10000);
	} while (failed);
	assert_true(n > 2); /* it did allocate */
}

static struct hex packet;

static int read_message(void)
{
	struct arena *a = arena_new(0);
	const struct ike_payload *bad;
	static struct ike_msg m;
	struct ike_hdr hdr;
	struct cur body;
	int rc;

	if (!a)
		return XE_NOMEM;
	rc = ike_hdr_parse(cur_init(packet.p, packet.n), &hdr, &body);
	if (!rc)
		rc = ike_msg_walk(&m, &hdr, body, false, a);
	if (!rc)
		rc = ike_msg_decode(&m, 1, a, &bad);
	arena_free(a);
	return rc;
}

static int write_message(void)
{
	struct ike_hdr hdr = { .major = 1 };
	struct ike_transform t[40] = { 0 };
	struct ike_proposal p = { .num = 1, .proto = IKE_PROTO_ISAKMP,
				  .n = 40, .t = t };
	struct ike_proposal_set set = { .n = 1, .p = &p };
	struct ike_build b;
	struct wbuf w;
	int rc;

	wbuf_init(&w, 10000);
	ike_build_start(&b, &w, &hdr);
	ike_sa_v1_put(&b, 1, &set);
	rc = ike_build_finish(&b);
	wbuf_free(&w);
	return rc;
}

static int contexts(void)
{
	struct ike_crypto *cr, *clone = NULL;
	int rc = ike_crypto_new(&cr, NULL);

	if (rc)
		return rc;
	rc = ike_crypto_clone(cr, &clone);
	ike_crypto_free(cr);
	ike_crypto_free(clone);
	return rc;
}

static struct ike_crypto *cr;

static int exchange_keys(void)
{
	struct secret seed = { 0 }, priv = { 0 }, z = { 0 };
	static const uint16_t groups[] = { GROUP_MODP1024, GROUP_ECP256,
					   GROUP_X25519 };
	uint8_t pub[IKE_DH_MAX_PUBLIC];
	int rc = 0;

	for (int i = 0; !rc && i < 3; i++) {
		const struct ike_group_alg *g = ike_group_alg(groups[i]);

		rc = secret_alloc(&seed, g->seed_len);
		if (!rc)
			rc = ike_dh_keygen(cr, g->id, &seed, &priv, pub);
		if (!rc)
			rc = ike_dh_derive(cr, g->id, &priv,
					   cur_init(pub, g->public_len), &z);
	}
	secret_free(&seed);
	secret_free(&priv);
	secret_free(&z);
	return rc;
}

static int derive_keys(void)
{
	struct secret skeyid = { 0 }, gxy = { 0 }, out = { 0 };
	struct ike_v1_keys k = { 0 };
	struct ike_v1_keys_in in = { .md = IKE_MD_SHA1, .enc = IKE_ENC_AES,
				     .keylen = 256, .skeyid = &skeyid,
				     .gxy = &gxy };
	struct cur n = cur_init("a nonce that is", 15);
	struct ike_v1_keymat_in kin = { .proto = 3, .spi = n, .ni = n,
					.nr = n, .gxy = &gxy };
	int rc = secret_set(&gxy, "secret", 6);

	if (!rc)
		rc = ike_v1_skeyid_sig(cr, in.md, n, n, &gxy, &skeyid);
	if (!rc)
		rc = ike_v1_keys_derive(cr, &in, &k);
	if (!rc)
		rc = ike_v1_keymat(cr, &k, &kin, 100, &out);
	if (!rc)
		rc = ike_prf_plus(cr, IKE_MD_SHA256, &gxy, &n, 1, 100, &out);
	ike_v1_keys_free(&k);
	secret_free(&skeyid);
	secret_free(&gxy);
	secret_free(&out);
	return rc;
}

static struct wbuf ca_pem, key_pem;

static int certificates(void)
{
	struct ike_cert_verdict v;
	struct ike_store *s = NULL;
	struct ike_cert *c = NULL;
	int rc = ike_store_new(cr, &s);

	if (!rc)
		rc = ike_store_add_certs(s, wbuf_cur(&ca_pem), true, NULL);
	if (rc >= 0)
		rc = ike_cert_load(cr, wbuf_cur(&ca_pem), &c, NULL);
	if (!rc)
		rc = ike_cert_verify(cr, s, c, NULL, 0, 1800000000, 0, &v);
	ike_cert_free(c);
	ike_store_free(s);
	return rc;
}

static int signatures(void)
{
	struct ike_rsa_numbers numbers = { 0 };
	struct ike_sig_priv *priv = NULL;
	struct ike_sig_pub *pub = NULL;
	struct cur h = cur_init("0123456789abcdef", 16);
	struct wbuf w;
	int rc;

	wbuf_init(&w, 1000);
	rc = ike_sig_priv_load(cr, wbuf_cur(&key_pem), &priv, NULL);
	if (!rc)
		rc = ike_sig_priv_public(priv, &pub);
	if (!rc)
		rc = ike_rsa_v1_sign(cr, priv, h, &w);
	if (!rc)
		rc = ike_rsa_v1_verify(cr, pub, h, wbuf_cur(&w), false);
	if (!rc)
		rc = ike_rsa_read(cr, wbuf_cur(&key_pem), &numbers);
	ike_rsa_numbers_free(&numbers);
	ike_sig_priv_free(priv);
	ike_sig_pub_free(pub);
	wbuf_free(&w);
	return rc;
}

static void wire(void **state)
{
	hex_cur(&packet, v1_exchange.mm1);
	sweep(read_message);
	sweep(write_message);
}

static void crypto(void **state)
{
	EVP_PKEY *key = pki_rsa(1024, 65537);
	struct pki_spec s = { .cn = "root", .key = key, .ca = true,
			      .from = 1700000000, .until = 1900000000 };
	X509 *ca = pki_cert(&s);

	wbuf_init(&ca_pem, 10000);
	wbuf_init(&key_pem, 10000);
	pki_put_cert(&ca_pem, ca, true);
	pki_put_key(&key_pem, key, NULL);
	sweep(contexts);
	assert_int_equal(ike_crypto_new(&cr, NULL), 0);
	sweep(exchange_keys);
	sweep(derive_keys);
	sweep(certificates);
	sweep(signatures);
	ike_crypto_free(cr);
	wbuf_free(&ca_pem);
	wbuf_free(&key_pem);
	X509_free(ca);
	EVP_PKEY_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wire),
		cmocka_unit_test(crypto),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
