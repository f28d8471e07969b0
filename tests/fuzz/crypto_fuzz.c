/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What peers send to the cryptography: certificates, identities in them,
 * public values, signatures.  The first byte says which.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ike/crypto/cert.h"
#include "ike/crypto/dh.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ike_crypto *cr;

static void cert(struct cur in)
{
	struct ike_cert *c, *link;
	struct ike_cert_verdict v;
	struct ike_store *s;
	struct wbuf w;

	wbuf_init(&w, 1 << 20);
	if (ike_store_new(cr, &s))
		return;
	if (!ike_cert_load(cr, in, &c, NULL)) {
		link = c;
		(void)ike_cert_has_id(c, ID_FQDN, cur_init("a.b", 3));
		(void)ike_cert_has_id(c, ID_USER_FQDN, cur_init("a@b", 3));
		(void)ike_cert_has_id(c, ID_IPV4, cur_init("1234", 4));
		assert(!ike_cert_has_id(c, ID_DER_ASN1_DN,
					ike_cert_subject(c)));
		(void)ike_cert_san_text(c, &w);
		(void)ike_cert_serial(c, &w);
		assert(!memchr(w.p ? (void *)w.p : "", '\n', w.len));
		(void)ike_cert_not_before(c);
		(void)ike_cert_not_after(c);
		(void)ike_store_add_certs(s, in, true, NULL);
		(void)ike_cert_verify(cr, s, c, &link, 1, 1800000000, 0, &v);
		if (ike_cert_key(c))
			(void)ike_rsa_v1_verify(cr, ike_cert_key(c),
						cur_init("0123456789", 10),
						in, true);
		ike_cert_free(c);
	}
	(void)ike_store_add_crls(s, in, NULL);
	ike_store_free(s);
	wbuf_free(&w);
}

static void wrapped(struct cur in)
{
	struct ike_cert *c[4];
	size_t n;

	assert(!ike_certs_unwrap(cr, in, 4, c, &n) == (n > 0));
	assert(n <= 4);
	while (n) {
		(void)ike_cert_is_ca(c[--n]);
		ike_cert_free(c[n]);
	}
}

static void keys(struct cur in)
{
	struct ike_sig_priv *priv;
	struct ike_sig_pub *pub;

	if (!ike_sig_priv_load(cr, in, &priv, NULL))
		ike_sig_priv_free(priv);
	if (!ike_sig_pub_load(cr, in, &pub, NULL))
		ike_sig_pub_free(pub);
}

static void dh(uint16_t group, struct cur peer)
{
	const struct ike_group_alg *g = ike_group_alg(group);
	struct secret seed = { 0 }, priv = { 0 }, z = { 0 };
	uint8_t pub[IKE_DH_MAX_PUBLIC];
	int rc = ike_dh_check(cr, group, peer);

	assert(g || rc);
	/* Large groups are slow, and no different. */
	if (!g || g->bits > 2048)
		return;
	assert(rc || (peer.left <= g->public_len &&
		      g->public_len - peer.left <= 4));
	if (rc || secret_alloc(&seed, g->seed_len))
		return;
	memset(seed.p, 0x5a, seed.len);
	if (!ike_dh_keygen(cr, group, &seed, &priv, pub) &&
	    !ike_dh_derive(cr, group, &priv, peer, &z))
		assert(z.len == g->secret_len);
	secret_free(&seed);
	secret_free(&priv);
	secret_free(&z);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cur in = cur_init(data, size);
	uint8_t how;

	if (!cr && ike_crypto_new(&cr, NULL))
		abort();
	if (cur_u8(&in, &how))
		return 0;
	if (how == 'k')
		keys(in);
	else if (how == 'p')
		wrapped(in);
	else if (how < 40)
		dh(how, in);
	else
		cert(in);
	return 0;
}
