/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the cryptography of a handshake costs at least: each operation with
 * OpenSSL alone, as a program would that fetches once, and with ike/crypto.
 *	crypto_floor [-m MILLISECONDS]	per figure, default 200
 * Exits with status 1 when ours takes more than twice as long (the budget).
 */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ike/crypto/cipher.h"
#include "ike/crypto/dh.h"
#include "ike/crypto/keymat.h"
#include "ike/crypto/prf.h"
#include "ike/crypto/sig.h"

#define BUDGET 2.0

static struct ike_crypto *cr;
static double seconds = 0.2;
static int over;

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "crypto_floor: %s failed\n", what);
	exit(2);
}

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Microseconds of one call: the best of three runs, after one to warm up */
static double cost(void (*fn)(void *arg), void *arg)
{
	double best = 1e9;

	fn(arg);
	for (int run = 0; run < 3; run++) {
		double start = cpu(), t;
		unsigned long n = 0;

		do {
			fn(arg);
			n++;
			t = cpu() - start;
		} while (t < seconds / 3);
		if (t / (double)n < best)
			best = t / (double)n;
	}
	return best * 1e6;
}

/* What something takes with OpenSSL alone and with ike/crypto. */
struct pair {
	double bare, ours;
};

static struct pair row(const char *name, double bare, double ours)
{
	printf("%-26s %10.2f %10.2f %7.2f%s\n", name, bare, ours, ours / bare,
	       ours > BUDGET * bare ? "  over the budget" : "");
	over += ours > BUDGET * bare;
	return (struct pair){ bare, ours };
}

/* a + n times b */
static struct pair plus(struct pair a, double n, struct pair b)
{
	return (struct pair){ a.bare + n * b.bare, a.ours + n * b.ours };
}

/* ---------------------------------------------------- Diffie-Hellman --- */

struct dh {
	const struct ike_group_alg *alg;
	const char *type, *name;	/* OpenSSL's */
	EVP_PKEY *own, *peer;
	struct secret seed, priv, out;
	uint8_t pub[IKE_DH_MAX_PUBLIC], other[IKE_DH_MAX_PUBLIC];
};

static EVP_PKEY *bare_key(const struct dh *d)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, d->type, NULL);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
						 (char *)(uintptr_t)d->name,
						 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY *key = NULL;

	must(ctx && EVP_PKEY_keygen_init(ctx) == 1 &&
	     (!d->name || EVP_PKEY_CTX_set_params(ctx, params) == 1) &&
	     EVP_PKEY_generate(ctx, &key) == 1, "bare key generation");
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static void bare_keygen(void *arg)
{
	EVP_PKEY_free(bare_key(arg));
}

static void bare_derive(void *arg)
{
	struct dh *d = arg;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, d->own, NULL);
	uint8_t out[IKE_DH_MAX_PUBLIC];
	size_t n = sizeof(out);

	must(ctx && EVP_PKEY_derive_init(ctx) == 1 &&
	     EVP_PKEY_derive_set_peer_ex(ctx, d->peer, 0) == 1 &&
	     EVP_PKEY_derive(ctx, out, &n) == 1, "bare derivation");
	EVP_PKEY_CTX_free(ctx);
}

static void our_keygen(void *arg)
{
	struct dh *d = arg;

	must(!ike_dh_keygen(cr, d->alg->id, &d->seed, &d->priv, d->pub),
	     "key generation");
}

static void our_derive(void *arg)
{
	struct dh *d = arg;

	must(!ike_dh_derive(cr, d->alg->id, &d->priv,
			    cur_init(d->other, d->alg->public_len), &d->out),
	     "derivation");
}

static void our_both(void *arg)
{
	struct dh *d = arg;

	must(!ike_dh_both(cr, d->alg->id, &d->seed,
			  cur_init(d->other, d->alg->public_len), d->pub,
			  &d->out), "both");
}

/* Both operations of one side */
static struct pair bench_dh(uint16_t group, const char *type, const char *name)
{
	struct dh d = { .alg = ike_group_alg(group), .type = type,
			.name = name };
	double bare[2], ours[2];
	char text[40];

	must(!secret_alloc(&d.seed, d.alg->seed_len) &&
	     !ike_crypto_random(cr, d.seed.p, d.seed.len), "seed");
	our_keygen(&d);
	memcpy(d.other, d.pub, sizeof(d.other));
	must(!ike_crypto_random(cr, d.seed.p, d.seed.len), "seed");
	d.own = bare_key(&d);
	d.peer = bare_key(&d);
	bare[0] = cost(bare_keygen, &d);
	bare[1] = cost(bare_derive, &d);
	ours[0] = cost(our_keygen, &d);
	ours[1] = cost(our_derive, &d);
	snprintf(text, sizeof(text), "%s key pair", d.alg->word);
	row(text, bare[0], ours[0]);
	snprintf(text, sizeof(text), "%s secret", d.alg->word);
	row(text, bare[1], ours[1]);
	snprintf(text, sizeof(text), "%s, both", d.alg->word);
	ours[0] = cost(our_both, &d);
	row(text, bare[0] + bare[1], ours[0]);
	EVP_PKEY_free(d.own);
	EVP_PKEY_free(d.peer);
	secret_free(&d.seed);
	secret_free(&d.priv);
	secret_free(&d.out);
	return (struct pair){ bare[0] + bare[1], ours[0] };
}

/* ------------------------------------------------------ PRF, ciphers --- */

struct sym {
	EVP_MAC_CTX *mac;
	EVP_MD_CTX *mdctx;
	EVP_MD *md;
	EVP_CIPHER_CTX *ctx;
	EVP_CIPHER *cipher;
	struct secret key;
	uint8_t data[256], iv[16], out[64];
};

static void bare_prf(void *arg)
{
	struct sym *s = arg;
	size_t n;

	must(EVP_MAC_init(s->mac, s->key.p, s->key.len, NULL) == 1 &&
	     EVP_MAC_update(s->mac, s->data, 128) == 1 &&
	     EVP_MAC_final(s->mac, s->out, &n, sizeof(s->out)) == 1, "HMAC");
}

static void our_prf(void *arg)
{
	struct sym *s = arg;
	struct cur c = cur_init(s->data, 128);

	must(!ike_prf(cr, IKE_MD_SHA256, &s->key, &c, 1, s->out), "prf");
}

static void bare_cbc(void *arg)
{
	struct sym *s = arg;
	int n;

	must(EVP_CipherInit_ex2(s->ctx, s->cipher, s->key.p, s->iv, 1,
				NULL) == 1 &&
	     EVP_CIPHER_CTX_set_padding(s->ctx, 0) == 1 &&
	     EVP_CipherUpdate(s->ctx, s->data, &n, s->data, 128) == 1, "AES");
}

static void our_cbc(void *arg)
{
	struct sym *s = arg;

	must(!ike_cbc_encrypt(cr, IKE_ENC_AES, &s->key, s->iv, s->data, 128),
	     "cbc");
}

static void bare_hash(void *arg)
{
	struct sym *s = arg;
	unsigned int n;

	must(EVP_DigestInit_ex2(s->mdctx, s->md, NULL) == 1 &&
	     EVP_DigestUpdate(s->mdctx, s->data, 64) == 1 &&
	     EVP_DigestFinal_ex(s->mdctx, s->out, &n) == 1, "hash");
}

static void our_hash(void *arg)
{
	struct sym *s = arg;
	struct cur c = cur_init(s->data, 64);

	must(!ike_hash(cr, IKE_MD_SHA256, &c, 1, s->out), "hash");
}

static void bare_random(void *arg)
{
	struct sym *s = arg;

	must(RAND_priv_bytes(s->out, 16) == 1, "random");
}

static void our_random(void *arg)
{
	struct sym *s = arg;

	must(!ike_crypto_random(cr, s->out, 16), "random");
}

static struct pair bench_sym(void)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
						 (char[]){ "SHA256" }, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	struct sym s = { .mac = EVP_MAC_CTX_new(mac),
			 .ctx = EVP_CIPHER_CTX_new(),
			 .cipher = EVP_CIPHER_fetch(NULL, "AES-128-CBC",
						    NULL),
			 .mdctx = EVP_MD_CTX_new(),
			 .md = EVP_MD_fetch(NULL, "SHA256", NULL) };
	struct pair prf, cbc, hash, rnd, none = { 0 };
	double b;

	must(s.mac && s.ctx && s.cipher && s.mdctx && s.md && !secret_alloc(&s.key, 16) &&
	     EVP_MAC_CTX_set_params(s.mac, params) == 1, "contexts");
	b = cost(bare_prf, &s);
	prf = row("HMAC-SHA-256, 128 bytes", b, cost(our_prf, &s));
	b = cost(bare_cbc, &s);
	cbc = row("AES-128-CBC, 128 bytes", b, cost(our_cbc, &s));
	b = cost(bare_hash, &s);
	hash = row("SHA-256, 64 bytes", b, cost(our_hash, &s));
	b = cost(bare_random, &s);
	rnd = row("16 random bytes", b, cost(our_random, &s));
	secret_free(&s.key);
	EVP_MD_CTX_free(s.mdctx);
	EVP_MD_free(s.md);
	EVP_MAC_CTX_free(s.mac);
	EVP_MAC_free(mac);
	EVP_CIPHER_CTX_free(s.ctx);
	EVP_CIPHER_free(s.cipher);
	/*
	 * Main and quick mode of one side: SKEYID, its three children, two
	 * authentication hashes, three of quick mode, two keys of 64 bytes in
	 * two steps each; five messages encrypted or decrypted; an IV hashed
	 * in either phase; a cookie and two nonces drawn.
	 */
	return plus(plus(plus(plus(none, 13, prf), 5, cbc), 2, hash), 3, rnd);
}

/* --------------------------------------------------------------- RSA --- */

struct rsa {
	EVP_PKEY *key;
	struct ike_sig_priv *priv;
	struct ike_sig_pub *pub;
	uint8_t hash[32], sig[256];
};

static void bare_sign(void *arg)
{
	struct rsa *r = arg;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, r->key, NULL);
	size_t n = sizeof(r->sig);

	must(ctx && EVP_PKEY_sign_init(ctx) == 1 &&
	     EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	     EVP_PKEY_sign(ctx, r->sig, &n, r->hash, 32) == 1, "sign");
	EVP_PKEY_CTX_free(ctx);
}

static void bare_verify(void *arg)
{
	struct rsa *r = arg;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, r->key, NULL);

	must(ctx && EVP_PKEY_verify_init(ctx) == 1 &&
	     EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	     EVP_PKEY_verify(ctx, r->sig, 256, r->hash, 32) == 1, "verify");
	EVP_PKEY_CTX_free(ctx);
}

static void our_sign(void *arg)
{
	struct rsa *r = arg;
	struct wbuf w;

	wbuf_fixed(&w, r->sig, sizeof(r->sig));
	must(!ike_rsa_v1_sign(cr, r->priv, cur_init(r->hash, 32), &w),
	     "signature");
}

static void our_verify(void *arg)
{
	struct rsa *r = arg;

	must(!ike_rsa_v1_verify(cr, r->pub, cur_init(r->hash, 32),
				cur_init(r->sig, 256), false),
	     "verification");
}

/* A signature, and two to check: the peer's and its CA's on its certificate */
static struct pair bench_rsa(void)
{
	struct rsa r = { .key = EVP_RSA_gen(2048) };
	unsigned char *der = NULL;
	struct pair sign, verify;
	double b;
	int n;

	must(r.key != NULL, "RSA key");
	n = i2d_PrivateKey(r.key, &der);
	must(n > 0 && !ike_sig_priv_load(cr, cur_init(der, (size_t)n), &r.priv,
					 NULL) &&
	     !ike_sig_priv_public(r.priv, &r.pub), "RSA key");
	OPENSSL_clear_free(der, (size_t)n);
	b = cost(bare_sign, &r);
	sign = row("RSA-2048 signature", b, cost(our_sign, &r));
	b = cost(bare_verify, &r);
	verify = row("RSA-2048 verification", b, cost(our_verify, &r));
	ike_sig_priv_free(r.priv);
	ike_sig_pub_free(r.pub);
	EVP_PKEY_free(r.key);
	return plus(sign, 2, verify);
}

/* For people, and a line for scripts */
static void total(const char *name, const char *word, struct pair us)
{
	printf("%-34s %8.1f %8.1f us %8.0f per CPU-second\n"
	       "floor %s %.1f\n", name, us.bare, us.ours, 1e6 / us.bare, word,
	       us.bare);
}

int main(int argc, char **argv)
{
	struct pair modp2048, x25519, ecp256, sym, rsa;
	int c;

	while ((c = getopt(argc, argv, "m:")) != -1) {
		if (c != 'm' || atoi(optarg) <= 0)
			return 2;
		seconds = atoi(optarg) / 1000.0;
	}
	must(!ike_crypto_new(&cr, NULL), "OpenSSL");
	printf("%s; CPU microseconds per operation\n", ike_crypto_version());
	printf("%-26s %10s %10s %7s\n", "", "OpenSSL", "ours", "ratio");
	modp2048 = bench_dh(GROUP_MODP2048, "DH", "modp_2048");
	bench_dh(GROUP_MODP3072, "DH", "modp_3072");
	bench_dh(GROUP_MODP4096, "DH", "modp_4096");
	ecp256 = bench_dh(GROUP_ECP256, "EC", "P-256");
	bench_dh(GROUP_ECP384, "EC", "P-384");
	bench_dh(GROUP_ECP521, "EC", "P-521");
	x25519 = bench_dh(GROUP_X25519, "X25519", NULL);
	sym = bench_sym();
	rsa = bench_rsa();
	printf("\none side of main and quick mode without PFS: %s\n",
	       "OpenSSL alone, ours");
	total("pre-shared key, modp2048", "psk-modp2048",
	      plus(modp2048, 1, sym));
	total("pre-shared key, ecp256", "psk-ecp256", plus(ecp256, 1, sym));
	total("pre-shared key, x25519", "psk-x25519", plus(x25519, 1, sym));
	total("RSA-2048 signatures, modp2048", "rsa-modp2048",
	      plus(plus(modp2048, 1, sym), 1, rsa));
	ike_crypto_free(cr);
	return over ? 1 : 0;
}
