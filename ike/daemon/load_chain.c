/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ike/daemon/load_x509.h"

/* The certificates of CAs that are sent along with our own. */

#define CHAIN_FILE_MAX (64u * 1024)	/* of the hashed directory */
#define CHAIN_SAME_HASH 16	/* files HASH.0, HASH.1, … looked at */

/* Who signed `of`, among the others of its file. */
static struct ike_cert *in_file(const struct ike_cert *of,
				struct ike_cert *const *cert, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (ike_cert_issued(cert[i], of))
			return ike_cert_ref(cert[i]);
	return NULL;
}

static int read_one(struct loader *l, const char *path, struct ike_cert **out)
{
	struct wbuf w;
	int r;

	*out = NULL;
	wbuf_init(&w, CHAIN_FILE_MAX);
	r = load_read(l, path, CHAIN_FILE_MAX, &w);
	if (!r)
		r = ike_cert_load(l->cr, wbuf_cur(&w), out, NULL);
	wbuf_free(&w);
	return r;
}

/* The same in `path certificate`, as c_rehash names its files. */
static int in_directory(struct loader *l, const struct ike_cert *of,
			struct ike_cert **out)
{
	const char *dir = ike_conf_settings(l->conf)->path.certificate;
	uint32_t hash = ike_cert_issuer_hash(of);
	struct ike_cert *c;
	char path[4096];
	int r = 0;

	*out = NULL;
	for (unsigned int i = 0; dir && i < CHAIN_SAME_HASH; i++) {
		if (snprintf(path, sizeof(path), "%s/%08x.%u", dir, hash, i) >=
		    (int)sizeof(path))
			return 0;
		r = read_one(l, path, &c);
		if (r == -ENOENT || r == -ENOMEM)
			break;
		if (!r && ike_cert_issued(c, of)) {
			*out = c;
			return 0;
		}
		ike_cert_free(c);
	}
	return r == -ENOMEM ? r : 0;
}

static int next_link(struct loader *l, const struct ike_cert *of,
		     struct ike_cert *const *cert, size_t n,
		     struct ike_cert **out)
{
	*out = in_file(of, cert, n);
	return *out ? 0 : in_directory(l, of, out);
}

/* CAs may have signed each other. */
static bool taken(const struct ike_cred *cred, const struct ike_cert *cert)
{
	struct cur der = ike_cert_der(cert);

	for (unsigned int i = 0; i < cred->nchain; i++)
		if (cred->chain[i].len == der.left &&
		    !memcmp(cred->chain[i].p, der.p, der.left))
			return true;
	return false;
}

static int keep_link(struct loader *l, struct ike_cred *cred,
		     const struct ike_cert *cert)
{
	struct ike_blob *b = &cred->chain[cred->nchain];
	struct cur der = ike_cert_der(cert);

	b->p = arena_memdup(l->arena, der.p, der.left);
	if (!b->p)
		return -ENOMEM;
	b->len = der.left;
	cred->nchain++;
	return 0;
}

int load_chain(struct loader *l, struct ike_cred *cred,
	       struct ike_cert *const *cert, size_t n)
{
	struct ike_cert *at = ike_cert_ref(cert[0]), *up;
	int r = 0;

	while (!r && cred->nchain < IKE_CRED_CHAIN_MAX &&
	       !ike_cert_self_signed(at)) {
		r = next_link(l, at, cert, n, &up);
		if (r || !up)
			break;
		ike_cert_free(at);
		at = up;
		if (taken(cred, at))
			break;
		if (!ike_cert_self_signed(at))
			r = keep_link(l, cred, at);
	}
	ike_cert_free(at);
	return r;
}
