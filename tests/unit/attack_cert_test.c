/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificates of those who are not the peer.  Mallory negotiates as anybody
 * can, and signs with a key that is her own; none of what she shows may count
 * where the configuration names somebody else, and nothing in it may crash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/core_names.h>

#include "ike/crypto/cert.h"
#include "ike/crypto/sig.h"
#include "tests/lib/pki.h"
#include "tests/sim/pair.h"

#define NOW 1800000000	/* when the simulator's world begins */
#define DAY 86400

/* What peers_certfile of the one who is attacked names. */
enum {
	NAMES_PLAIN = 1,	/* the public key of somebody else */
	NAMES_OTHER = 2,	/* the certificate of somebody else */
	NAMES_LOST = 4,		/* a file that cannot be read */
	NAMES_DNS = 8,
	NAMES_MALLORY = 16,
};

struct attack {
	EVP_PKEY *key;		/* in Mallory's certificate */
	EVP_PKEY *issuer_key;	/* NULL: self-signed */
	bool own_plain;		/* the one attacked has a plain RSA key */
	unsigned int names;
	bool verify_cert;
};

static struct ike_crypto *cr;
static EVP_PKEY *ca_key, *mallory, *other;
static X509 *ca, *other_cert;

static X509 *make_cert(EVP_PKEY *key, EVP_PKEY *issuer_key)
{
	struct pki_spec s = {
		.cn = "a", .key = key, .usage = "digitalSignature",
		.issuer = issuer_key ? ca : NULL, .issuer_key = issuer_key,
		.san = "IP:" PAIR_A, .from = NOW - DAY, .until = NOW + DAY,
		.serial = 7,
	};

	/* nobody can sign with a key without private half */
	if (!issuer_key)
		s.issuer_key = mallory;
	return pki_cert(&s);
}

static int setup(void **state)
{
	struct pki_spec s = { .cn = "root", .ca = true, .serial = 1,
			      .usage = "keyCertSign,cRLSign",
			      .from = NOW - 9 * DAY, .until = NOW + 9 * DAY };

	assert_int_equal(ike_crypto_new(&cr, NULL), 0);
	s.key = ca_key = pki_ec();
	ca = pki_cert(&s);
	mallory = pki_rsa(2048, 65537);
	other = pki_rsa(2048, 65537);
	other_cert = make_cert(other, ca_key);
	return 0;
}

static int teardown(void **state)
{
	X509_free(ca);
	X509_free(other_cert);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(mallory);
	EVP_PKEY_free(other);
	ike_crypto_free(cr);
	return 0;
}

/* A credential of that kind, perhaps with a certificate; its handle. */
static int add_cred(struct ike_conf *conf, enum ike_cred_kind kind, X509 *x)
{
	struct ike_cred *c = ike_conf_add_cred(conf);
	struct wbuf w;

	assert_non_null(c);
	c->kind = kind;
	c->cert_file = c->key_file = "test";
	if (!x)
		return c->handle;
	wbuf_init(&w, 20000);
	pki_put_cert(&w, x, false);
	c->cert = arena_memdup(ike_conf_arena(conf), w.p, w.len);
	c->cert_len = w.len;
	wbuf_free(&w);
	return c->handle;
}

static const uint8_t *number(struct arena *a, EVP_PKEY *key, const char *name,
			     size_t *len)
{
	BIGNUM *n = NULL;
	uint8_t *p;

	assert_int_equal(EVP_PKEY_get_bn_param(key, name, &n), 1);
	*len = (size_t)BN_num_bytes(n);
	p = arena_alloc(a, *len);
	assert_non_null(p);
	BN_bn2bin(n, p);
	BN_free(n);
	return p;
}

static int add_plain(struct ike_conf *conf, EVP_PKEY *key)
{
	int handle = add_cred(conf, IKE_CRED_PLAIN_RSA, NULL);
	struct ike_cred *c = (void *)(uintptr_t)ike_conf_cred(conf, handle);
	struct arena *a = ike_conf_arena(conf);
	struct ike_conf_pubkey *k = arena_alloc(a, sizeof(*k));

	assert_non_null(k);
	k->n = number(a, key, OSSL_PKEY_PARAM_RSA_N, &k->n_len);
	k->e = number(a, key, OSSL_PKEY_PARAM_RSA_E, &k->e_len);
	c->pub = k;
	c->npub = 1;
	return handle;
}

static struct ike_conf *begin(const char *peer, uint32_t interval,
			      struct ike_remote **rc)
{
	struct sim_conf sc = sim_conf_default(peer);
	struct ike_sainfo *si;

	sc.auth = IKE_AUTH_RSA;
	sc.interval = interval;
	return sim_conf_begin(&sc, rc, &si);
}

static struct ike_conf *mallorys(X509 *x)
{
	struct ike_remote *rc;
	struct ike_conf *conf = begin(PAIR_B, 3, &rc);

	ike_conf_edit(conf)->timer.counter = 1000;
	rc->my_cred = add_cred(conf, IKE_CRED_X509, x);
	return sim_conf_end(conf);
}

static struct ike_conf *victims(const struct attack *at, X509 *x)
{
	struct ike_remote *rc;
	struct ike_conf *conf = begin(PAIR_A, 10, &rc);
	int *all = arena_calloc(ike_conf_arena(conf), 8, sizeof(*all));

	assert_non_null(all);
	rc->peer_cred = all;
	rc->my_cred = at->own_plain
		      ? add_cred(conf, IKE_CRED_PLAIN_RSA, NULL)
		      : add_cred(conf, IKE_CRED_X509, other_cert);
	rc->verify_cert = at->verify_cert;
	if (at->names & NAMES_PLAIN)
		all[rc->npeer_cred++] = add_plain(conf, other);
	if (at->names & NAMES_OTHER)
		all[rc->npeer_cred++] = add_cred(conf, IKE_CRED_X509,
						 other_cert);
	if (at->names & NAMES_LOST)
		all[rc->npeer_cred++] = add_cred(conf, IKE_CRED_X509, NULL);
	if (at->names & NAMES_DNS)
		all[rc->npeer_cred++] = add_cred(conf, IKE_CRED_DNSSEC, NULL);
	if (at->names & NAMES_MALLORY)
		all[rc->npeer_cred++] = add_cred(conf, IKE_CRED_X509, x);
	return sim_conf_end(conf);
}

static struct ike_sig_priv *priv_of(EVP_PKEY *key)
{
	struct ike_sig_priv *k;
	struct wbuf w;

	wbuf_init(&w, 20000);
	pki_put_key(&w, key, NULL);
	assert_int_equal(ike_sig_priv_load(cr, wbuf_cur(&w), &k, NULL), 0);
	wbuf_free(&w);
	return k;
}

/* Is Mallory taken for the peer?  If not, log says why. */
static bool taken(const struct attack *at, const char *log)
{
	struct ike_sig_priv *sign = priv_of(mallory);
	X509 *x = make_cert(at->key, at->issuer_key);
	struct ike_store *trust = pki_store(cr, ca);
	struct pair p;
	bool up;

	pair_init(&p);
	pair_start_with(&p, mallorys(x), victims(at, x));
	p.a->key = p.b->key = sign;
	p.b->trust = trust;
	kern_ping(p.a, 0);
	world_run(p.w, 5000);
	up = p.b->ph1_up > 0;
	if (log)
		assert_non_null(pair_logged(&p, log));
	assert_string_equal(p.w->failure, "");
	pair_free(&p);
	ike_store_free(trust);
	ike_sig_priv_free(sign);
	X509_free(x);
	return up;
}

/* Keys without certificates: a certificate does not do instead. */
static void certificate_for_plain_rsa(void **state)
{
	struct attack at = { .key = mallory };

	for (unsigned int i = 0; i < 16; i++) {
		at.issuer_key = i & 1 ? ca_key : NULL;
		at.verify_cert = i & 2;
		at.own_plain = i & 4;
		at.names = i & 8 ? NAMES_PLAIN : 0;
		if (at.own_plain || at.names)
			assert_false(taken(&at, "no public key that "
					   "peers_certfile has"));
	}
}

/* What peers_certfile names counts, and nothing else does. */
static void certificate_that_is_not_named(void **state)
{
	static const unsigned int names[] = {
		NAMES_OTHER, NAMES_LOST, NAMES_DNS, NAMES_OTHER | NAMES_LOST,
		NAMES_OTHER | NAMES_PLAIN, NAMES_LOST | NAMES_PLAIN,
	};
	struct attack at = { .key = mallory };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (unsigned int k = 0; k < 4; k++) {
			at.names = names[i];
			at.issuer_key = k & 1 ? ca_key : NULL;
			at.verify_cert = k & 2;
			assert_false(taken(&at, "peers_certfile names"));
		}
	/* the one that is named, so that the above can fail */
	at = (struct attack){ .key = mallory,
			      .names = NAMES_MALLORY | NAMES_LOST };
	assert_true(taken(&at, NULL));
	at.verify_cert = true;
	assert_true(taken(&at, NULL));
}

/* Keys that we cannot work with, in certificates that nobody looked at. */
static void unusable_keys(void **state)
{
	EVP_PKEY *keys[] = { pki_rsa_public(512), pki_rsa_public(1023),
			     pki_rsa_public(16392), pki_ec(),
			     EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"),
			     EVP_PKEY_Q_keygen(NULL, NULL, "X25519") };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct attack at = { .key = keys[i] };

		assert_false(taken(&at, "kind or size that cannot be used"));
		at.names = NAMES_MALLORY;
		assert_false(taken(&at, "kind or size that cannot be used"));
		/* a CA may have been as careless */
		at.names = 0;
		at.issuer_key = ca_key;
		at.verify_cert = true;
		assert_false(taken(&at, i < 2 ? "too weak" :
				   "kind or size that cannot be used"));
		EVP_PKEY_free(keys[i]);
	}
}

/* Who proves nothing may try as often as she likes, but no longer for that. */
static void proofs_without_end(void **state)
{
	struct attack at = { .key = mallory, .verify_cert = true };
	struct ike_sig_priv *sign = priv_of(mallory);
	X509 *x = make_cert(mallory, NULL);
	struct ike_stats st;
	struct pair p;

	pair_init(&p);
	pair_start_with(&p, mallorys(x), victims(&at, x));
	p.a->key = p.b->key = sign;
	kern_ping(p.a, 0);
	/* ours is the patience of the configuration: 10 s, six times */
	world_run(p.w, 50000);
	ike_stats(p.b->ike, &st);
	assert_int_equal(st.nhalf_open, 1);
	assert_true(p.b->bytes_out <= p.b->bytes_in);
	world_run(p.w, 15000);
	ike_stats(p.b->ike, &st);
	assert_int_equal(st.nhalf_open, 0);
	assert_int_equal(st.nsa, 0);
	assert_int_equal(p.b->ph1_up, 0);
	pair_free(&p);
	ike_sig_priv_free(sign);
	X509_free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificate_for_plain_rsa),
		cmocka_unit_test(certificate_that_is_not_named),
		cmocka_unit_test(unusable_keys),
		cmocka_unit_test(proofs_without_end),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
