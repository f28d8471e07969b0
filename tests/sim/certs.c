/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/certs.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/crypto/cert.h"
#include "ike/crypto/sig.h"
#include "tests/lib/pki.h"

/*
 * Keys that are good for nothing else: fixed, so that the same seed gives the
 * same bytes, and short, to be quick.
 */
static const char *const pem[SIM_CERTS + 1] = {
	"-----BEGIN RSA PRIVATE KEY-----\n"
	"MIICXAIBAAKBgQC8JCYg88yDGRg3c+/ZKjq4nOLrMnsiRAmKj57XXbp6RsBjRjaW\n"
	"TUAifKNx2OVUNr+mvOF7PIL37tZfLvbAaTDcecyOxTwLcWlBNZqRBCWuQh7U8UFc\n"
	"64omqPFFKHgQDiQ3uYuChTEiM68Vyq+X94wDp30bMBZofSFmld4/oZR+nQIDAQAB\n"
	"AoGBALPOsIoJtskMMLK+oNmhnGFXvx8dLcU/1QaR4DLgJxo5iCDYt87JoaPUDrj9\n"
	"m57yfBO0rKKE4H5nyoVJcxXM8p4AHFJnTpMgfi8uYlWSngOikXwTqRYctFXD0orR\n"
	"LszT1kRm4RFcNG7lKrEEAtcq51pEJB6go7nqh1XvouVLJA6ZAkEA46VCyLSyov8c\n"
	"aZ88q7HyMd7PBcJdf4uvA56xVhWg9LtpNITCROHaI/MoLfiyj7iI5UlilCZrmCuH\n"
	"Ge9haYjYKwJBANOTPy/NnOdK2FKAvLBUUa/JZpQQuZrCI0jaBp34qheCKbexpUMX\n"
	"AQCc7gjMRH36DuoyupepJ14uyjn8d3DtGFcCQAifD6JuRX2qz7aoUzHlcVi2KXz8\n"
	"WXIlJiGq9uhdtVTPbDKS/JCDRTGrWdAz5P9Qa87TMqqNsfF3ZIx05mmKxzUCQBjP\n"
	"SniLjtucbjN2fynaKV4Iquuv7mPUYhjX4DDECQYKsGOnBC8S0n5E6LDFaz6uhPM3\n"
	"kaPZJRGpQPN9xG/Mja8CQEsrRViLHHqQd+6IbaeONSOk3ioXMmi26H1cyKGO6MPO\n"
	"r02fSksbN7KW/8qVH3w1A/WEuM8qdGg23vjwS0ddlV8=\n"
	"-----END RSA PRIVATE KEY-----\n",
	"-----BEGIN RSA PRIVATE KEY-----\n"
	"MIICXQIBAAKBgQDXdiMhN38gRs9EZ3eM6q/tImJHpk4CwL+OXIA7heckfYbwkEfU\n"
	"FqECZidNlmW+8RdUjk0kw+BxGXz3RcaajF8S4Hc/Pz/TwlW4rh6+Gjrcha5F5jbI\n"
	"yFBOo8W9PJ6Vtktvc6j2LXGGYynAoXar4wDK1Cn3S3k+TtjJRSou2ofvMwIDAQAB\n"
	"AoGBAMqOucAEmHMTns/EJdRI3lOlO5f4dOaJpoyD0dojrIXVrQKD4cM18vB6cQC0\n"
	"H7s+lJxdm5CwxVQOjjk5U9j/lnBC0QpWDc0H+G/0FPvFOmdr+jCqSjECpinCs5ZM\n"
	"VVW9n5NQ9rdOSJFn3lpoL/8AeU+/KG9vhAhl/itWn5RLhBWhAkEA80VJeVWVOH2w\n"
	"ErNkKhw7YPuI0ROwQnfQeDsZJgim/YUi+Q20BYzQ6B5uVLpJsf+vhH0ntKQlPZ+C\n"
	"Ww0Li0viNQJBAOK8VaRO+5XN5UmC61afph6Xh11BskWyA/mor594fVfwsVxmNLB6\n"
	"bKY9sAscDW1AQyXTJI0x57azJZ7+y0bBuMcCQDje9MtJx6W6NGRazcrOaM9GXnjK\n"
	"SoVvbyv8XOe4VBmme0OQAYrenaP2IULrffj/1i959sNTMGWUmavhg9ZfuhUCQQCI\n"
	"F7VsB0B5XXmX0y5A81i5mghVEH7Z2I0MSJUJqj/KDh3XMT3FA+a9Ld/B+1eP0Pe8\n"
	"92xEF8VWY1dchOEsmlC3AkAp4a0ah0UyZpJ0WsB8h2NEsIzMLbzjNhqFBhCCm2BF\n"
	"69n4yYOrwRPo2bB+ZMfpb4tSng2lhoeFIuAISieaUMlU\n"
	"-----END RSA PRIVATE KEY-----\n",
	"-----BEGIN RSA PRIVATE KEY-----\n"
	"MIICXgIBAAKBgQCm1qHXyK25HOuAK57bEz+qcmJWxwhr/u4U6gEdWr8PcRFpUbk4\n"
	"YHvuP//Vh0yI2cndSEzgWLyWe2KbV722D4E2T4SDoEUCcVgKWOGYO9dsoMFztiAq\n"
	"us/8UmNb/oloVgM5WvfZjyQvgm2yAAG9Kp/g4+NZSpGEUcszf2LWOVN/gQIDAQAB\n"
	"AoGBAIeeJtb6SMUVzhVU3/+jCPirnGZ/ycfH5Y5YnWlYL8EEnyumg9JhE7yah4Ly\n"
	"RXNk3eOjduJTH5GPYJt32j2ZIuVL1H1F/BcgMvHqn4SzCvWVwaBEUIGXul9ZxEnS\n"
	"GLs5vLA3cTkG0K25lXgllhDN2RYNFkEWZ+mhgDKOA5ZPLVtlAkEA1d1iYgwa3Owy\n"
	"NUNFb1Fx/8uQJb3B4Zbb9A/h+LAQGpgRGhwAG+DhdSXGZBUnaAgoWtRtCG2jzlWl\n"
	"aI7jrjAC3wJBAMe1ZY4LK7W4/EOAHC/vX6ZmNM4T46GP3AA32O2pHGb0zLCgVi4S\n"
	"I0vxYWs8BZQHTHrBfzIg4NQkryAip3R0KZ8CQQDC19uWcGjY9egYVp2f+Zfe8Fr3\n"
	"x5YoLQVfqki6Bc3mLL0ICJKg05UU4cGJ1Sv9v9DkT7y2fQ1MIwN76xLL07oJAkAh\n"
	"zzTlKkD5H9sdNlgPSXAhBJaV+MoFtQwiwVGpUoLrbzAkCtDsNcfh+HhsphmvqNiq\n"
	"w41cGDLX12oKf7NnxK6zAkEAv0IoAELLX/Y9S6mVZ8XmHKV5d6rC8Q1B9E8IHDCS\n"
	"gQFW6AsvVNGYeOtQJmBlSjDXnqDGGQX6k//Kfn7pXxql7A==\n"
	"-----END RSA PRIVATE KEY-----\n",
};

#define FROM 1790000000
#define UNTIL 1890000000

struct end {
	struct ike_sig_priv *priv;
	struct wbuf der;
};

static struct end ends[SIM_CERTS];
static struct wbuf sub_der;
static struct ike_store *root;

static EVP_PKEY *read_key(const char *text)
{
	BIO *b = BIO_new_mem_buf(text, -1);
	EVP_PKEY *k = b ? PEM_read_bio_PrivateKey(b, NULL, NULL, NULL) : NULL;

	BIO_free(b);
	if (!k)
		abort();
	return k;
}

static void make_end(struct ike_crypto *cr, struct end *e, const char *text,
		     EVP_PKEY *key, const struct pki_spec *ca, X509 *issuer,
		     const char *addr)
{
	struct pki_spec s = *ca;
	char san[64];
	X509 *x;

	snprintf(san, sizeof(san), "IP:%s", addr);
	s.cn = addr;
	s.ca = false;
	s.key = key;
	s.issuer = issuer;
	s.issuer_key = ca->key;
	s.usage = "digitalSignature";
	s.san = san;
	s.serial++;
	x = pki_cert(&s);
	wbuf_init(&e->der, IKE_CERT_MAX_LEN);
	pki_put_cert(&e->der, x, false);
	X509_free(x);
	if (ike_sig_priv_load(cr, cur_init((const uint8_t *)text,
					   strlen(text)), &e->priv, NULL) < 0)
		abort();
}

/* A root, one CA below it, and the ends that this one signed. */
static void make_all(struct ike_crypto *cr, const char *const addr[SIM_CERTS])
{
	EVP_PKEY *key = read_key(pem[SIM_CERTS]);
	struct pki_spec s = { .cn = "root", .key = key, .ca = true,
			      .serial = 1, .usage = "keyCertSign,cRLSign",
			      .from = FROM, .until = UNTIL };
	X509 *top = pki_cert(&s), *sub;
	struct wbuf w;

	s.cn = "sub";
	s.serial = 2;
	s.issuer = top;
	s.issuer_key = key;
	sub = pki_cert(&s);
	wbuf_init(&sub_der, IKE_CERT_MAX_LEN);
	pki_put_cert(&sub_der, sub, false);
	for (unsigned int i = 0; i < SIM_CERTS; i++) {
		EVP_PKEY *k = read_key(pem[i]);

		make_end(cr, &ends[i], pem[i], k, &s, sub, addr[i]);
		EVP_PKEY_free(k);
	}
	wbuf_init(&w, IKE_CERT_MAX_LEN);
	pki_put_cert(&w, top, false);
	if (ike_store_new(cr, &root) < 0 ||
	    ike_store_add_certs(root, wbuf_cur(&w), true, NULL) != 1)
		abort();
	wbuf_free(&w);
	X509_free(top);
	X509_free(sub);
	EVP_PKEY_free(key);
}

static struct ike_blob blob(struct arena *a, const struct wbuf *w)
{
	struct ike_blob b = { arena_memdup(a, w->p, w->len), w->len };

	if (!b.p)
		abort();
	return b;
}

void sim_certs_make(struct ike_crypto *cr, const char *a, const char *b)
{
	const char *const addr[SIM_CERTS] = { a, b };

	if (!root)
		make_all(cr, addr);
}

int sim_certs_add(struct ike_conf *conf, unsigned int end)
{
	struct ike_cred *c = ike_conf_add_cred(conf);
	struct arena *a = ike_conf_arena(conf);
	struct ike_blob der;

	if (!c)
		abort();
	der = blob(a, &ends[end].der);
	c->kind = IKE_CRED_X509;
	c->cert_file = "sim.crt";
	c->key_file = "sim.key";
	c->cert = der.p;
	c->cert_len = der.len;
	c->chain[0] = blob(a, &sub_der);
	c->nchain = 1;
	return c->handle;
}

void sim_certs_use(struct host *h, unsigned int end)
{
	h->key = ends[end].priv;
	h->trust = root;
}
