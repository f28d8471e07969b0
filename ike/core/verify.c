/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/verify.h"

#include <stdarg.h>
#include <stdio.h>

#include "ike/core/conf.h"
#include "ike/crypto/cert.h"
#include "libxfrm/base/err.h"

static int verify_why(struct ike_job *job, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int verify_why(struct ike_job *job, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(job->text, sizeof(job->text), fmt, ap);
	va_end(ap);
	return XE_AUTH;
}

struct chain {
	struct ike_cert *cert[JOB_CERT_MAX + 1];
	size_t n;
};

static void chain_free(struct chain *ch)
{
	while (ch->n)
		ike_cert_free(ch->cert[--ch->n]);
}

static bool sent_certs(const struct ike_job *job)
{
	return job->ncert || job->wrapped.len;
}

/* PKCS #7 knows no order: the peer's own is the one that is no CA's. */
static int chain_unwrap(struct ike_crypto *cr, struct ike_job *job,
			struct chain *ch)
{
	size_t first = ch->n, more;
	int r;

	if (!job->wrapped.len)
		return 0;
	r = ike_certs_unwrap(cr, wbuf_cur(&job->wrapped), JOB_CERT_MAX - first,
			     &ch->cert[first], &more);
	ch->n += more;
	if (first || r == XE_NOMEM)
		return r == XE_NOMEM ? r : 0;
	if (r < 0)
		return verify_why(job, "the peer's PKCS #7 certificates cannot "
				  "be read: %s", xe_str(r));
	for (size_t i = 0; i < ch->n; i++) {
		struct ike_cert *c = ch->cert[i];

		if (ike_cert_is_ca(c))
			continue;
		ch->cert[i] = ch->cert[0];
		ch->cert[0] = c;
		break;
	}
	return 0;
}

/* The peer's certificates; of extra ones those that can be read. */
static int chain_parse(struct ike_crypto *cr, struct ike_job *job,
		       struct chain *ch)
{
	for (unsigned int i = 0; i < job->ncert; i++) {
		int r = ike_cert_parse(cr, wbuf_cur(&job->cert[i]),
				       &ch->cert[ch->n]);

		if (r == 0)
			ch->n++;
		else if (i == 0)
			return verify_why(job, "the peer's certificate cannot "
					  "be read: %s", xe_str(r));
	}
	return chain_unwrap(cr, job, ch);
}

/* Without CERT payload: the certificate the configuration names. */
static int chain_pinned(struct ike_crypto *cr, struct ike_job *job,
			struct chain *ch)
{
	const struct ike_remote *rc = job->remote;

	for (unsigned int i = 0; i < rc->npeer_cred; i++) {
		const struct ike_cred *c = ike_conf_cred(job->conf,
							 rc->peer_cred[i]);

		if (!c || c->kind != IKE_CRED_X509 || !c->cert)
			continue;
		if (ike_cert_parse(cr, cur_init(c->cert, c->cert_len),
				   &ch->cert[0]) == 0) {
			ch->n = 1;
			return 0;
		}
	}
	return 0;
}

/*
 * Is the peer's certificate the one peers_certfile names, if it names any?
 * What it names and nobody could read, or look up, is no leave for others.
 */
static int check_pin(struct ike_job *job, const struct ike_cert *leaf)
{
	const struct ike_remote *rc = job->remote;
	struct cur der = ike_cert_der(leaf);
	bool known = false;

	for (unsigned int i = 0; i < rc->npeer_cred; i++) {
		const struct ike_cred *c = ike_conf_cred(job->conf,
							 rc->peer_cred[i]);

		if (!c || c->kind != IKE_CRED_X509 || !c->cert)
			continue;
		known = true;
		if (c->cert_len == der.left &&
		    secret_memeq(c->cert, der.p, der.left))
			return 1;
	}
	if (rc->npeer_cred)
		return verify_why(job, known ? "the peer's certificate is not "
				  "the one peers_certfile names" :
				  "what peers_certfile names cannot be had: no "
				  "certificate of the peer is taken");
	return 0;
}

static int check_chain(struct ike_crypto *cr, struct ike_job *job,
		       const struct chain *ch, bool pinned)
{
	struct ike_cert_verdict v;
	int r;

	if (!job->trust)
		return verify_why(job, "there is no CA to check the peer's "
				  "certificate with: set ca_type, or put it "
				  "into path certificate");
	r = ike_cert_verify(cr, job->trust, ch->cert[0], &ch->cert[1],
			    ch->n - 1, job->wall,
			    pinned ? IKE_VERIFY_PINNED : 0, &v);
	if (r == 0)
		return 0;
	return verify_why(job, "the peer's certificate does not verify: %s",
			  ike_cert_result_text(v.result));
}

static int check_id(struct ike_job *job, const struct ike_cert *leaf)
{
	struct ike_id id = { .type = job->id_type, .len = job->id_data.len,
			     .data = job->id_data.p };
	struct wbuf text;
	int r;

	if (!job->id_type)
		return 0;
	r = ike_cert_has_id(leaf, job->id_type, wbuf_cur(&job->id_data));
	if (r == 0)
		return 0;
	/* a subject that differs is fatal only when asked for */
	if (job->id_type == IKE_ID_DN && !job->remote->verify_identifier)
		return 0;
	wbuf_init(&text, IKE_ID_TEXT_MAX);
	ike_id_print(&id, &text);
	verify_why(job, "the peer's certificate does not carry its identifier "
		   "%s \"%.96s\"", ike_id_type_name(id.type),
		   wbuf_str(&text));
	wbuf_free(&text);
	return XE_AUTH;
}

/*
 * An entry of a plain RSA file is for two ends.  Files name ours first or
 * theirs first; either way the peer is one of the two.
 */
static bool pub_is_for(const struct ike_conf_pubkey *k, const struct xaddr *a,
		       const struct xaddr *b)
{
	return (!k->src.family || xaddr_match(&k->src, a, k->src_plen)) &&
	       (!k->dst.family || xaddr_match(&k->dst, b, k->dst_plen));
}

/* Peers on plain RSA: any of the keys the file lists for them. */
static int verify_plain(struct ike_crypto *cr, struct ike_job *job)
{
	const struct ike_remote *rc = job->remote;

	for (unsigned int i = 0; i < rc->npeer_cred; i++) {
		const struct ike_cred *c = ike_conf_cred(job->conf,
							 rc->peer_cred[i]);

		if (!c || c->kind != IKE_CRED_PLAIN_RSA)
			continue;
		for (unsigned int k = 0; k < c->npub; k++) {
			struct ike_sig_pub *pub;
			int r;

			if (!pub_is_for(&c->pub[k], &job->our_addr,
					&job->peer_addr) &&
			    !pub_is_for(&c->pub[k], &job->peer_addr,
					&job->our_addr))
				continue;
			if (ike_sig_pub_rsa(cr, cur_init(c->pub[k].n,
							 c->pub[k].n_len),
					    cur_init(c->pub[k].e,
						     c->pub[k].e_len),
					    &pub, NULL) < 0)
				continue;
			r = ike_rsa_v1_verify(cr, pub, wbuf_cur(&job->data),
					      wbuf_cur(&job->sig), true);
			ike_sig_pub_free(pub);
			if (r == 0)
				return 0;
		}
	}
	return verify_why(job, "no public key that peers_certfile has for "
			  "the peer fits its signature");
}

/* Does peers_certfile name anything of that kind? */
static bool names(const struct ike_job *job, enum ike_cred_kind kind)
{
	for (unsigned int i = 0; i < job->remote->npeer_cred; i++) {
		const struct ike_cred *c;

		c = ike_conf_cred(job->conf, job->remote->peer_cred[i]);
		if (c && c->kind == kind)
			return true;
	}
	return false;
}

/*
 * Keys without certificates on either side: whatever certificate a peer may
 * send proves nothing, as nobody has said whose signature on it counts.
 */
static bool plain_only(const struct ike_job *job)
{
	const struct ike_cred *own = ike_conf_cred(job->conf,
						   job->remote->my_cred);

	return !names(job, IKE_CRED_X509) &&
	       (names(job, IKE_CRED_PLAIN_RSA) ||
		(own && own->kind == IKE_CRED_PLAIN_RSA));
}

static int verify_cert(struct ike_crypto *cr, struct ike_job *job,
		       struct chain *ch)
{
	const struct ike_sig_pub *key;
	struct cur der;
	int r, pinned;

	r = sent_certs(job) ? chain_parse(cr, job, ch)
			    : chain_pinned(cr, job, ch);
	if (r < 0)
		return r;
	if (!ch->n)
		return verify_why(job, "the peer sent no certificate, and "
				  "peers_certfile names none");
	pinned = check_pin(job, ch->cert[0]);
	if (pinned < 0)
		return pinned;
	if (job->remote->verify_cert) {
		/* a pinned certificate needs no CA */
		if (!(pinned && !job->trust))
			r = check_chain(cr, job, ch, pinned);
		if (r == 0)
			r = check_id(job, ch->cert[0]);
		if (r < 0)
			return r;
	}
	key = ike_cert_key(ch->cert[0]);
	if (!key || ike_sig_pub_type(key) != IKE_KEY_RSA)
		return verify_why(job, "the key of the peer's certificate is of "
				  "a kind or size that cannot be used");
	r = ike_rsa_v1_verify(cr, key, wbuf_cur(&job->data),
			      wbuf_cur(&job->sig), false);
	if (r < 0)
		return verify_why(job, "the peer's signature does not fit its "
				  "certificate");
	der = ike_cert_der(ch->cert[0]);
	wbuf_put(&job->leaf, der.p, der.left);
	return job->leaf.err;
}

int verify_run(struct ike_crypto *cr, struct ike_job *job)
{
	struct chain ch = { .n = 0 };
	int r;

	if (plain_only(job) ||
	    (!sent_certs(job) && names(job, IKE_CRED_PLAIN_RSA)))
		return verify_plain(cr, job);
	r = verify_cert(cr, job, &ch);
	chain_free(&ch);
	return r;
}
