/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels whose ends prove themselves with certificates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ike/core/dn.h"
#include "ike/crypto/cert.h"
#include "ike/crypto/sig.h"
#include "tests/lib/pki.h"
#include "tests/sim/proxy.h"

#define NOW 1800000000	/* when the simulator's world begins */
#define DAY 86400

/* One end's certificate. */
struct end {
	EVP_PKEY *key;
	X509 *cert;
	struct wbuf der;
	struct ike_sig_priv *priv;
};

static struct ike_crypto *cr;
static EVP_PKEY *ca_key, *other_key;
static X509 *ca, *other_ca;
static EVP_PKEY *rsa[2];	/* made once: they take long */
static struct proxy px;

static X509 *make_ca(EVP_PKEY *key, const char *cn)
{
	struct pki_spec s = { .cn = cn, .key = key, .ca = true, .serial = 1,
			      .usage = "keyCertSign,cRLSign",
			      .from = NOW - 9 * DAY, .until = NOW + 9 * DAY };

	return pki_cert(&s);
}

static int setup(void **state)
{
	assert_int_equal(ike_crypto_new(&cr, NULL), 0);
	ca_key = pki_ec();
	other_key = pki_ec();
	ca = make_ca(ca_key, "root");
	other_ca = make_ca(other_key, "elsewhere");
	rsa[0] = pki_rsa(2048, 65537);
	rsa[1] = pki_rsa(2048, 65537);
	return 0;
}

static int teardown(void **state)
{
	X509_free(ca);
	X509_free(other_ca);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(other_key);
	EVP_PKEY_free(rsa[0]);
	EVP_PKEY_free(rsa[1]);
	ike_crypto_free(cr);
	return 0;
}

static struct pki_spec leaf(unsigned int i, const char *san)
{
	return (struct pki_spec){
		.cn = i ? "b" : "a", .key = rsa[i], .issuer = ca,
		.issuer_key = ca_key, .usage = "digitalSignature",
		.san = san, .from = NOW - DAY, .until = NOW + DAY,
		.serial = 10 + (long)i,
	};
}

static void end_make(struct end *e, const struct pki_spec *s)
{
	struct wbuf pem;

	e->key = s->key;
	e->cert = pki_cert(s);
	wbuf_init(&e->der, 20000);
	pki_put_cert(&e->der, e->cert, false);
	wbuf_init(&pem, 20000);
	pki_put_key(&pem, e->key, NULL);
	assert_int_equal(ike_sig_priv_load(cr, wbuf_cur(&pem), &e->priv, NULL),
			 0);
	wbuf_free(&pem);
}

static void end_free(struct end *e)
{
	ike_sig_priv_free(e->priv);
	wbuf_free(&e->der);
	X509_free(e->cert);
}

/* Adds a certificate to a config; returns its handle. */
static int add_cred(struct ike_conf *conf, const struct wbuf *der,
		    enum ike_cred_kind kind)
{
	struct ike_cred *c = ike_conf_add_cred(conf);
	struct arena *a = ike_conf_arena(conf);
	struct ike_cert *x;
	struct cur s;

	assert_int_equal(ike_cert_parse(cr, wbuf_cur(der), &x), 0);
	c->kind = kind;
	c->cert_file = "test.crt";
	c->key_file = "test.key";
	c->cert = arena_memdup(a, der->p, der->len);
	c->cert_len = der->len;
	s = ike_cert_subject(x);
	c->subject = arena_memdup(a, s.p, s.left);
	c->subject_len = s.left;
	s = ike_cert_issuer(x);
	c->issuer = arena_memdup(a, s.p, s.left);
	c->issuer_len = s.left;
	ike_cert_free(x);
	return c->handle;
}

static void add_link(struct ike_conf *conf, int handle, X509 *x)
{
	struct ike_cred *c = (void *)(uintptr_t)ike_conf_cred(conf, handle);
	struct wbuf w;

	wbuf_init(&w, 20000);
	pki_put_cert(&w, x, false);
	c->chain[c->nchain++] = (struct ike_blob){
		arena_memdup(ike_conf_arena(conf), w.p, w.len), w.len,
	};
	wbuf_free(&w);
}

struct x509_case {
	uint8_t mode;
	struct pki_spec spec[2];
	X509 *anchor[2];	/* whom each side trusts */
	const char *dn;		/* b wants this subject of a, with DN IDs */
	bool no_cert;		/* a sends none, b has it pinned */
	X509 *chain[2];		/* what both send along */
	bool verify_cert;
	struct nat *nat;
	proxy_edit *edit;
};

static struct x509_case good(void)
{
	return (struct x509_case){
		.mode = IKE_MODE_MAIN,
		.spec = { leaf(0, "IP:" PAIR_A), leaf(1, "IP:" PAIR_B) },
		.anchor = { ca, ca }, .verify_cert = true,
	};
}

static struct ike_conf *make_conf(const struct x509_case *c, unsigned int i,
				  struct end *end)
{
	struct sim_conf sc = sim_conf_default(i ? PAIR_A : PAIR_B);
	struct ike_remote *rc;
	struct ike_sainfo *si;
	struct ike_conf *conf;
	struct arena *a;

	sc.mode = c->mode;
	sc.auth = IKE_AUTH_RSA;
	conf = sim_conf_begin(&sc, &rc, &si);
	a = ike_conf_arena(conf);
	rc->my_cred = add_cred(conf, &end[i].der, IKE_CRED_X509);
	for (unsigned int k = 0; k < 2 && c->chain[k]; k++)
		add_link(conf, rc->my_cred, c->chain[k]);
	rc->verify_cert = c->verify_cert;
	if (c->dn)
		rc->my_id = (struct ike_id){ .type = IKE_ID_DN };
	if (c->dn && i == 1) {
		struct ike_id *id = arena_alloc(a, sizeof(*id));
		struct wbuf w;
		size_t where;

		wbuf_init(&w, IKE_DN_MAX);
		assert_int_equal(ike_dn_parse(c->dn, &w, &where), 0);
		id->type = IKE_ID_DN;
		id->data = arena_memdup(a, w.p, w.len);
		id->len = w.len;
		wbuf_free(&w);
		rc->peer_id = id;
		rc->npeer_id = 1;
		rc->verify_identifier = true;
	}
	if (c->no_cert && i == 0)
		rc->send_cert = false;
	if (c->no_cert && i == 1) {
		int *pin = arena_alloc(a, sizeof(*pin));

		*pin = add_cred(conf, &end[0].der, IKE_CRED_X509);
		rc->peer_cred = pin;
		rc->npeer_cred = 1;
	}
	return sim_conf_end(conf);
}

/* How Windows sends a chain: in one payload, here with its own one last. */
static void wrap(struct proxy *x, struct proxy_msg *m)
{
	static struct wbuf w;
	X509 *all[4];
	unsigned int at, n = 4;

	while (proxy_find(m, PLD_CERT, 0, &at)) {
		const unsigned char *p = m->p[at].body.p + 1;

		all[--n] = d2i_X509(NULL, &p, (long)m->p[at].body.left - 1);
		assert_non_null(all[n]);
		proxy_remove(m, at);
	}
	if (n == 4)
		return;
	wbuf_free(&w);
	wbuf_init(&w, 20000);
	wbuf_u8(&w, CERT_PKCS7);
	pki_put_pkcs7(&w, &all[n], 4 - n);
	while (n < 4)
		X509_free(all[n++]);
	proxy_insert(m, at, PLD_CERT, w.p, w.len);
	x->edited++;
}

/* Plays a case; true when the tunnel came up, else *why is b's or a's. */
static bool play(const struct x509_case *c, char *why, size_t size)
{
	struct end end[2];
	struct ike_store *trust[2];
	struct pair p;
	bool up;

	for (unsigned int i = 0; i < 2; i++) {
		end_make(&end[i], &c->spec[i]);
		trust[i] = c->anchor[i] ? pki_store(cr, c->anchor[i]) : NULL;
	}
	pair_init(&p);
	p.w->link.delay_min = p.w->link.delay_max = 20;
	pair_start_with(&p, make_conf(c, 0, end), make_conf(c, 1, end));
	p.a->key = end[0].priv;
	p.b->key = end[1].priv;
	p.a->trust = trust[0];
	p.b->trust = trust[1];
	if (c->edit)
		proxy_start(&px, &p, c->edit, NULL);
	up = pair_up(&p);
	if (!up)
		world_run(p.w, 120000);
	snprintf(why, size, "%s|%s", pair_reason(p.b), pair_reason(p.a));
	assert_string_equal(p.w->failure, "");
	assert_true(px.edited || !c->edit || !up);
	if (!up) {
		assert_int_equal(kern_count(&p.a->kern, true), 0);
		assert_int_equal(kern_count(&p.b->kern, true), 0);
	}
	pair_free(&p);
	for (unsigned int i = 0; i < 2; i++) {
		end_free(&end[i]);
		ike_store_free(trust[i]);
	}
	return up;
}

static void works(const struct x509_case *c)
{
	char why[512];

	assert_true(play(c, why, sizeof(why)));
}

static void fails(const struct x509_case *c, const char *because)
{
	char why[512];

	assert_false(play(c, why, sizeof(why)));
	if (!strstr(why, because))
		assert_string_equal(why, because);
}

static void good_certificates(void **state)
{
	struct x509_case c = good();

	works(&c);
	c.mode = IKE_MODE_AGGRESSIVE;
	works(&c);
}

static void expired(void **state)
{
	struct x509_case c = good();

	c.spec[0].from = NOW - 5 * DAY;
	c.spec[0].until = NOW - DAY;
	fails(&c, "does not verify: ");
	c.mode = IKE_MODE_AGGRESSIVE;
	fails(&c, "does not verify: ");
}

static void unknown_ca(void **state)
{
	struct x509_case c = good();

	c.anchor[1] = other_ca;
	fails(&c, "does not verify: ");
	c.anchor[1] = NULL;
	fails(&c, "there is no CA to check");
	/* unless nobody wants to check */
	c.verify_cert = false;
	works(&c);
}

static void identifier_not_in_certificate(void **state)
{
	struct x509_case c = good();

	c.spec[0] = leaf(0, "IP:192.0.2.77");
	fails(&c, "does not carry its identifier address \"192.0.2.1\"");
	c.spec[0] = leaf(0, NULL);
	fails(&c, "does not carry its identifier");
	c.verify_cert = false;
	works(&c);
}

static void asn1dn(void **state)
{
	struct x509_case c = good();

	c.dn = "C=DE, O=Test, CN=a";
	works(&c);
	c.dn = "C=DE, O=*, CN=a";
	works(&c);
	c.mode = IKE_MODE_AGGRESSIVE;
	works(&c);
}

static void asn1dn_differs(void **state)
{
	struct x509_case c = good();

	c.dn = "C=DE, O=Test, CN=somebody else";
	fails(&c, "fits no peers_identifier");
}

/* A certificate of another key: the signature cannot fit. */
static void stolen_certificate(void **state)
{
	struct x509_case c = good();
	struct end end[2];
	struct ike_store *trust = pki_store(cr, ca);
	struct pair p;

	for (unsigned int i = 0; i < 2; i++)
		end_make(&end[i], &c.spec[i]);
	pair_init(&p);
	pair_start_with(&p, make_conf(&c, 0, end), make_conf(&c, 1, end));
	p.a->key = end[1].priv;	/* not that of a's certificate */
	p.b->key = end[1].priv;
	p.a->trust = p.b->trust = trust;
	assert_false(pair_up(&p));
	assert_non_null(strstr(pair_reason(p.b),
			       "signature does not fit its certificate"));
	assert_int_equal(p.b->ph1_up, 0);
	pair_free(&p);
	end_free(&end[0]);
	end_free(&end[1]);
	ike_store_free(trust);
}

static void pinned_certificate(void **state)
{
	struct x509_case c = good();

	c.no_cert = true;
	works(&c);
	/* a pin is trust enough, whoever has signed it */
	c.anchor[1] = NULL;
	works(&c);
	c.anchor[1] = other_ca;
	works(&c);
	c.spec[0].issuer = NULL;
	c.spec[0].issuer_key = NULL;
	works(&c);
	/* but it lets nothing else pass */
	c.spec[0].from = NOW - 5 * DAY;
	c.spec[0].until = NOW - DAY;
	fails(&c, "the certificate has expired");
	c.spec[0] = leaf(0, "IP:192.0.2.77");
	fails(&c, "does not carry its identifier");
	c.spec[0] = leaf(0, "IP:" PAIR_A);
	c.spec[0].usage = "keyEncipherment";
	fails(&c, "not meant for this use");
}

/* Each side trusts the root alone: the certificates between come along. */
static void intermediate_cas(void **state)
{
	EVP_PKEY *k1 = pki_ec(), *k2 = pki_ec();
	struct pki_spec s = { .cn = "one", .key = k1, .ca = true, .serial = 2,
			      .issuer = ca, .issuer_key = ca_key,
			      .usage = "keyCertSign,cRLSign",
			      .from = NOW - DAY, .until = NOW + DAY };
	X509 *one = pki_cert(&s), *two;
	struct x509_case c = good();

	s.cn = "two";
	s.key = k2;
	s.serial = 3;
	s.issuer = one;
	s.issuer_key = k1;
	two = pki_cert(&s);
	for (unsigned int i = 0; i < 2; i++) {
		c.spec[i].issuer = two;
		c.spec[i].issuer_key = k2;
	}
	fails(&c, "no trusted CA signed");
	c.chain[0] = two;
	fails(&c, "no trusted CA signed");
	c.chain[1] = one;
	works(&c);
	c.mode = IKE_MODE_AGGRESSIVE;
	works(&c);
	/* in any order */
	c.chain[0] = one;
	c.chain[1] = two;
	works(&c);
	c.edit = wrap;
	works(&c);
	c.mode = IKE_MODE_MAIN;
	works(&c);
	/* and what comes along is not trusted for that */
	c.anchor[0] = c.anchor[1] = other_ca;
	fails(&c, "no trusted CA signed");
	X509_free(one);
	X509_free(two);
	EVP_PKEY_free(k1);
	EVP_PKEY_free(k2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_certificates),
		cmocka_unit_test(expired),
		cmocka_unit_test(unknown_ca),
		cmocka_unit_test(identifier_not_in_certificate),
		cmocka_unit_test(asn1dn),
		cmocka_unit_test(asn1dn_differs),
		cmocka_unit_test(stolen_certificate),
		cmocka_unit_test(pinned_certificate),
		cmocka_unit_test(intermediate_cas),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
