/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/keyproc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ike/crypto/prf.h"
#include "ike/crypto/rsakey.h"
#include "ike/crypto/sig.h"
#include "ike/daemon/files.h"
#include "ike/daemon/psktab.h"
#include "ike/daemon/source.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"
#include "parser/plainrsa.h"

/* Which version of a file was read. */
struct stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec ctime;	/* its mode counts, too */
};

/* A private key, and between whom it is used (AF_UNSPEC: any). */
struct own_key {
	struct own_key *next;
	struct xaddr src, dst;
	unsigned int src_plen, dst_plen;
	struct ike_sig_priv *key;
};

/* A file of private keys that the configuration names. */
struct key {
	struct hnode node;
	const char *file;	/* in conf's arena */
	bool plain;		/* plain RSA, else PEM */
	struct stamp stamp;
	struct own_key *own;	/* NULL: not read, or err says why */
	int err;
};

struct keyproc {
	struct logger log;
	struct ike_crypto *crypto;
	struct ike_conf *conf;
	struct htab keys;	/* by file */
	struct psktab *psk;	/* NULL: psk_err says why */
	struct stamp psk_stamp;
	bool psk_current;	/* as of this round */
	int psk_err;
	char psk_why[64];
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

static void own_free(struct own_key *o)
{
	struct own_key *next;

	for (; o; o = next) {
		next = o->next;
		ike_sig_priv_free(o->key);
		free(o);
	}
}

static void drop_keys(struct keyproc *kp)
{
	struct hnode *n, *cursor;
	size_t pos = 0;

	while ((n = htab_walk(&kp->keys, &pos, &cursor))) {
		struct key *k = hnode_entry(n, struct key, node);

		htab_del(&kp->keys, n);
		own_free(k->own);
		free(k);
	}
	psktab_free(kp->psk);
	kp->psk = NULL;
	kp->psk_err = 0;
	kp->psk_current = false;
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

static int key_permit(struct keyproc *kp, const char *file, bool plain)
{
	struct key *k;
	int r;

	if (key_find(kp, file))
		return 0;
	k = calloc(1, sizeof(*k));
	if (!k)
		return XE_NOMEM;
	k->file = file;
	k->plain = plain;
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
			r = key_permit(kp, c->key_file,
				       c->kind == IKE_CRED_PLAIN_RSA);
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
				      st.st_ctim };
	differs = now.dev != old->dev || now.ino != old->ino ||
		  now.size != old->size ||
		  now.ctime.tv_sec != old->ctime.tv_sec ||
		  now.ctime.tv_nsec != old->ctime.tv_nsec;
	*old = now;
	return differs;
}

/*
 * What is wrong with a file stays so until the file changes: strangers cannot
 * have it said again.
 */
static bool lasts(int err)
{
	return err == -EACCES || err == -EINVAL || err == -ENOENT;
}

/* The i-th name of a question, as an address. */
static int name_addr(const struct ike_keyreq *q, unsigned int i,
		     struct xaddr *a)
{
	size_t len = q->name[i].len;

	*a = (struct xaddr){ .family = len == 4 ? AF_INET : AF_INET6 };
	if (!q->name[i].addr || len != xaddr_bits(a->family) / 8)
		return XE_MALFORMED;
	memcpy(a->b, q->name[i].p, len);
	return 0;
}

/* ---- pre-shared keys -------------------------------------------------- */

static int psk_lookup(const struct keyproc *kp, const struct ike_keyreq *q,
		      const struct secret **key)
{
	struct xaddr a;

	*key = NULL;
	for (unsigned int i = 0; i < q->nname && !*key; i++) {
		if (!q->name[i].addr)
			*key = psktab_id(kp->psk, q->name[i].p,
					 q->name[i].len);
		else if (!name_addr(q, i, &a))
			*key = psktab_addr(kp->psk, &a);
	}
	return *key ? 0 : XE_NOTFOUND;
}

static int psk_fresh(struct keyproc *kp, const char *path,
		     struct ike_keyans *a)
{
	bool same = kp->psk_current || !changed(path, &kp->psk_stamp);

	kp->psk_current = true;
	if (same && kp->psk)
		return 0;
	if (!same || !lasts(kp->psk_err)) {
		/* What the file does not say any more counts no more. */
		psktab_free(kp->psk);
		kp->psk = NULL;
		kp->psk_err = psktab_read(&kp->psk, path, &kp->log,
					  kp->psk_why, sizeof(kp->psk_why));
	}
	if (kp->psk_err)
		snprintf(a->text, sizeof(a->text),
			 "failed to open pre_share_key file %.100s: %s", path,
			 kp->psk_why);
	return kp->psk_err;
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

static int read_pem(struct keyproc *kp, const char *path, struct own_key **out)
{
	struct wbuf w;
	int r;

	*out = calloc(1, sizeof(**out));
	if (!*out)
		return XE_NOMEM;
	wbuf_init(&w, KEY_FILE_MAX);
	r = source_file(path, KEY_FILE_MAX, &w);
	if (!r)
		r = ike_sig_priv_load(kp->crypto, wbuf_cur(&w), &(*out)->key,
				      NULL);
	wbuf_free(&w);
	return r;
}

static struct xaddr end_addr(const struct plainrsa_addr *p)
{
	struct xaddr a = { .family = (uint16_t)p->family };

	memcpy(a.b, p->ip, sizeof(p->ip));
	return a;
}

/* One entry of a plain RSA file, whose numbers are taken away. */
static int take_plain(struct keyproc *kp, struct plainrsa_key *k,
		      struct own_key **out)
{
	struct ike_rsa_numbers n = { .private = true };
	int r;

	*out = calloc(1, sizeof(**out));
	if (!*out)
		return XE_NOMEM;
	(*out)->src = end_addr(&k->src);
	(*out)->dst = end_addr(&k->dst);
	(*out)->src_plen = k->src.prefix;
	(*out)->dst_plen = k->dst.prefix;
	for (int i = 0; i < IKE_RSA_PARTS; i++)
		secret_move(&n.part[i], &k->part[i]);
	r = ike_rsa_private(kp->crypto, &n, &(*out)->key);
	ike_rsa_numbers_free(&n);
	return r;
}

static int open_plain(struct keyproc *kp, const char *path, int *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int r = 0;

	*out = -1;
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		r = -EINVAL;
	} else if (st.st_mode & 077) {
		log_line(&kp->log, LOG_LV_ERROR, "Too slack permissions on "
			 "private key '%s' (mode %04o): chmod 600 it", path,
			 st.st_mode & 07777);
		r = -EACCES;
	}
	if (r < 0)
		close(fd);
	else
		*out = fd;
	return r;
}

static int read_plain(struct keyproc *kp, const char *path,
		      struct own_key **out)
{
	struct plainrsa *file = NULL;
	int fd, r = open_plain(kp, path, &fd);

	if (r < 0)
		return r;
	r = plainrsa_read_fd(fd, path, NULL, &file);
	close(fd);
	for (struct plainrsa_key *k = file ? file->key : NULL; k && !r;
	     k = k->next) {
		if (!k->private)
			continue;
		r = take_plain(kp, k, out);
		out = &(*out)->next;
	}
	plainrsa_free(file);
	return r;
}

static int key_read(struct keyproc *kp, struct key *k)
{
	int r = k->plain ? read_plain(kp, k->file, &k->own)
			 : read_pem(kp, k->file, &k->own);

	if (!r && !k->own)
		r = XE_NOTFOUND;
	if (!r)
		return 0;
	own_free(k->own);
	k->own = NULL;
	return r;
}

static int key_fresh(struct keyproc *kp, struct key *k, struct ike_keyans *a)
{
	bool same = !changed(k->file, &k->stamp);

	if (same && k->own)
		return 0;
	if (!same || !lasts(k->err)) {
		own_free(k->own);
		k->own = NULL;
		k->err = key_read(kp, k);
	}
	if (k->err)
		snprintf(a->text, sizeof(a->text),
			 "cannot use the private key %.100s: %s", k->file,
			 xe_str(k->err));
	return k->err;
}

static bool end_fits(const struct xaddr *a, unsigned int plen,
		     const struct xaddr *end)
{
	return !a->family || xaddr_match(a, end, plen);
}

/*
 * The first key for these two ends: files name ours first or theirs first.
 * Keys in PEM are for all.
 */
static const struct own_key *own_find(const struct key *k,
				      const struct ike_keyreq *q)
{
	struct xaddr a = xaddr_any(AF_UNSPEC), b = a;

	if (q->nname != 2 || name_addr(q, 0, &a) < 0 || name_addr(q, 1, &b) < 0)
		a = b = xaddr_any(AF_UNSPEC);
	for (const struct own_key *o = k->own; o; o = o->next)
		if ((end_fits(&o->src, o->src_plen, &a) &&
		     end_fits(&o->dst, o->dst_plen, &b)) ||
		    (end_fits(&o->src, o->src_plen, &b) &&
		     end_fits(&o->dst, o->dst_plen, &a)))
			return o;
	return NULL;
}

/*
 * IKEv1 signs hashes as they are.  Nothing of another length is signed: an
 * engine that was taken over could ask for a hash with the prefix that makes
 * it a signature of TLS or of a certificate (RFC 8017 9.2, DigestInfo).
 */
static bool is_hash(size_t len)
{
	static const enum ike_md mds[] = {
		IKE_MD_MD5, IKE_MD_SHA1, IKE_MD_SHA256, IKE_MD_SHA384,
		IKE_MD_SHA512,
	};

	for (size_t i = 0; i < sizeof(mds) / sizeof(mds[0]); i++)
		if (ike_md_alg(mds[i])->len == len)
			return true;
	return false;
}

static void answer_sign(struct keyproc *kp, const struct key_question *q,
			struct ike_keyans *a)
{
	struct key *k = key_find(kp, q->file);
	const struct own_key *own;
	struct wbuf sig;

	if (!k) {
		a->err = XE_NOTFOUND;
		snprintf(a->text, sizeof(a->text), "the configuration names "
			 "no such private key");
		return;
	}
	if (!is_hash(q->req.data_len)) {
		a->err = XE_RANGE;
		return;
	}
	a->err = key_fresh(kp, k, a);
	if (a->err)
		return;
	own = own_find(k, &q->req);
	if (!own) {
		a->err = XE_NOTFOUND;
		snprintf(a->text, sizeof(a->text), "%.100s has no key for "
			 "this peer", k->file);
		return;
	}
	wbuf_init(&sig, KEY_SIG_MAX);
	a->err = ike_rsa_v1_sign(kp->crypto, own->key,
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

void keyproc_round(struct keyproc *kp)
{
	kp->psk_current = false;
}
