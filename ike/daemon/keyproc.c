/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/keyproc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ike/crypto/prf.h"
#include "ike/crypto/sig.h"
#include "ike/daemon/files.h"
#include "ike/daemon/psktab.h"
#include "ike/daemon/source.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"

/* Which version of a file was read. */
struct stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
};

/* A private key that the configuration names. */
struct key {
	struct hnode node;
	const char *file;	/* in conf's arena */
	struct stamp stamp;
	struct ike_sig_priv *key;	/* NULL: not read */
};

struct keyproc {
	struct logger log;
	struct ike_crypto *crypto;
	struct ike_conf *conf;
	struct htab keys;	/* by file */
	struct psktab *psk;
	struct stamp psk_stamp;
};

int keyproc_new(struct keyproc **out, const struct logger *log)
{
	struct keyproc *kp = calloc(1, sizeof(*kp));
	int r;

	*out = NULL;
	if (!kp)
		return XE_NOMEM;
	kp->log = *log;
	htab_init(&kp->keys, 0);
	r = ike_crypto_new(&kp->crypto, NULL);
	if (r < 0) {
		free(kp);
		return r;
	}
	*out = kp;
	return 0;
}

static void drop_keys(struct keyproc *kp)
{
	struct hnode *n, *cursor;
	size_t pos = 0;

	while ((n = htab_walk(&kp->keys, &pos, &cursor))) {
		struct key *k = hnode_entry(n, struct key, node);

		htab_del(&kp->keys, n);
		ike_sig_priv_free(k->key);
		free(k);
	}
	psktab_free(kp->psk);
	kp->psk = NULL;
}

void keyproc_free(struct keyproc *kp)
{
	if (!kp)
		return;
	drop_keys(kp);
	htab_free(&kp->keys);
	ike_conf_unref(kp->conf);
	ike_crypto_free(kp->crypto);
	free(kp);
}

static struct key *key_find(const struct keyproc *kp, const char *file)
{
	struct hnode *n;

	for (n = htab_first(&kp->keys, hash_mem(0, file, strlen(file))); n;
	     n = htab_next(n)) {
		struct key *k = hnode_entry(n, struct key, node);

		if (!strcmp(k->file, file))
			return k;
	}
	return NULL;
}

static int key_permit(struct keyproc *kp, const char *file)
{
	struct key *k;
	int r;

	if (key_find(kp, file))
		return 0;
	k = calloc(1, sizeof(*k));
	if (!k)
		return XE_NOMEM;
	k->file = file;
	r = htab_add(&kp->keys, &k->node, hash_mem(0, file, strlen(file)));
	if (r < 0)
		free(k);
	return r;
}

int keyproc_conf(struct keyproc *kp, struct ike_conf *conf)
{
	int r = 0;

	drop_keys(kp);
	ike_conf_ref(conf);
	ike_conf_unref(kp->conf);
	kp->conf = conf;
	for (unsigned int i = 0; !r && i < ike_conf_ncred(conf); i++) {
		const struct ike_cred *c = ike_conf_cred(conf, (int)i);

		if (c->key_file)
			r = key_permit(kp, c->key_file);
	}
	return r;
}

/* Has the file changed since it was stamped?  Stamps it anew. */
static bool changed(const char *path, struct stamp *old)
{
	struct stamp now = { 0 };
	struct stat st;
	bool differs;

	if (stat(path, &st) == 0)
		now = (struct stamp){ st.st_dev, st.st_ino, st.st_size,
				      st.st_mtim };
	differs = now.dev != old->dev || now.ino != old->ino ||
		  now.size != old->size ||
		  now.mtime.tv_sec != old->mtime.tv_sec ||
		  now.mtime.tv_nsec != old->mtime.tv_nsec;
	*old = now;
	return differs;
}

/* ---- pre-shared keys -------------------------------------------------- */

static int psk_lookup(const struct keyproc *kp, const struct ike_keyreq *q,
		      const struct secret **key)
{
	*key = NULL;
	for (unsigned int i = 0; i < q->nname && !*key; i++) {
		size_t len = q->name[i].len;
		struct xaddr a = { .scope = q->name[i].scope,
				   .family = len == 4 ? AF_INET : AF_INET6 };

		if (!q->name[i].addr) {
			*key = psktab_id(kp->psk, q->name[i].p, len);
		} else if (len == xaddr_bits(a.family) / 8) {
			memcpy(a.b, q->name[i].p, len);
			*key = psktab_addr(kp->psk, &a);
		}
	}
	return *key ? 0 : XE_NOTFOUND;
}

static int psk_fresh(struct keyproc *kp, const char *path,
		     struct ike_keyans *a)
{
	struct psktab *psk;
	int r;

	if (!changed(path, &kp->psk_stamp) && kp->psk)
		return 0;
	r = psktab_read(&psk, path, &kp->log);
	if (r < 0) {
		snprintf(a->text, sizeof(a->text),
			 "failed to open pre_share_key file %.100s: %s", path,
			 xe_str(r));
		return r;
	}
	psktab_free(kp->psk);
	kp->psk = psk;
	return 0;
}

static void answer_psk(struct keyproc *kp, const struct ike_keyreq *q,
		       struct ike_keyans *a)
{
	const char *path = ike_conf_settings(kp->conf)->path.pre_shared_key;
	struct cur data = cur_init(q->data, q->data_len);
	enum ike_md md = ike_md_from_v1(q->prf);
	const struct secret *key;

	a->err = XE_NOTFOUND;
	if (!path) {
		snprintf(a->text, sizeof(a->text), "the configuration has no "
			 "path pre_shared_key");
		return;
	}
	a->err = md ? psk_fresh(kp, path, a) : XE_UNSUPPORTED;
	if (!a->err)
		a->err = psk_lookup(kp, q, &key);
	if (!a->err)
		a->err = secret_alloc(&a->out, ike_md_alg(md)->len);
	if (!a->err)
		a->err = ike_prf(kp->crypto, md, key, &data, 1, a->out.p);
}

/* ---- signatures ------------------------------------------------------- */

#define KEY_FILE_MAX (64 * 1024)

static int read_key(struct keyproc *kp, const char *path, bool plain_rsa,
		    struct ike_sig_priv **key)
{
	struct wbuf w;
	int r;

	*key = NULL;
	/* FreeS/WAN style keys come with their authentication method. */
	if (plain_rsa)
		return XE_UNSUPPORTED;
	wbuf_init(&w, KEY_FILE_MAX);
	r = source_file(path, KEY_FILE_MAX, &w);
	if (!r)
		r = ike_sig_priv_load(kp->crypto, wbuf_cur(&w), key, NULL);
	wbuf_free(&w);
	return r;
}

static int key_fresh(struct keyproc *kp, struct key *k, bool plain_rsa,
		     struct ike_keyans *a)
{
	struct ike_sig_priv *key;
	int r;

	if (!changed(k->file, &k->stamp) && k->key)
		return 0;
	r = read_key(kp, k->file, plain_rsa, &key);
	if (r < 0) {
		snprintf(a->text, sizeof(a->text),
			 "cannot use the private key %.100s: %s", k->file,
			 xe_str(r));
		return r;
	}
	ike_sig_priv_free(k->key);
	k->key = key;
	return 0;
}

static void answer_sign(struct keyproc *kp, const struct key_question *q,
			struct ike_keyans *a)
{
	struct key *k = key_find(kp, q->file);
	struct wbuf sig;

	if (!k) {
		a->err = XE_NOTFOUND;
		snprintf(a->text, sizeof(a->text), "the configuration names "
			 "no such private key");
		return;
	}
	a->err = key_fresh(kp, k, q->plain_rsa, a);
	if (a->err)
		return;
	wbuf_init(&sig, KEY_SIG_MAX);
	a->err = ike_rsa_v1_sign(kp->crypto, k->key,
				 cur_init(q->req.data, q->req.data_len), &sig);
	if (!a->err)
		a->err = secret_set(&a->out, sig.p, sig.len);
	wbuf_free(&sig);
}

void keyproc_answer(struct keyproc *kp, const struct key_question *q,
		    struct ike_keyans *a)
{
	*a = (struct ike_keyans){ .id = q->req.id };
	if (!kp->conf) {
		a->err = XE_STATE;
		return;
	}
	switch (q->req.kind) {
	case KEY_PSK_PRF:
		answer_psk(kp, &q->req, a);
		break;
	case KEY_SIGN:
		answer_sign(kp, q, a);
		break;
	}
	if (a->err)
		secret_free(&a->out);
}
