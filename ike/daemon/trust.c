/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/trust.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libxfrm/base/err.h"

#define TRUST_HASHED_MAX 10000	/* files of the hashed directory */

/* HASH.N (certificate) or HASH.rN (CRL), as c_rehash makes them. */
static bool hashed_name(const char *name, bool *crl)
{
	size_t n = strspn(name, "0123456789abcdef");
	const char *p = name + n;

	*crl = false;
	if (n != 8 || *p++ != '.')
		return false;
	if (*p == 'r') {
		*crl = true;
		p++;
	}
	return *p && strspn(p, "0123456789") == strlen(p);
}

int trust_collect(const struct ike_conf *conf, const struct logger *log,
		  struct files *f)
{
	const char *dir = ike_conf_settings(conf)->path.certificate;
	const struct dirent *e;
	char path[PATH_MAX];
	unsigned int count = 0;
	int r = 0;
	bool crl;
	DIR *d;

	d = dir ? opendir(dir) : NULL;
	if (!d)
		return 0;
	while (!r && (e = readdir(d)) && count < TRUST_HASHED_MAX) {
		if (!hashed_name(e->d_name, &crl))
			continue;
		count++;
		if (snprintf(path, sizeof(path), "%s/%s", dir, e->d_name) >=
		    (int)sizeof(path))
			continue;
		r = files_read(f, path);
		if (r == XE_NOMEM || r == XE_LIMIT)
			break;
		if (r < 0)
			log_line(log, LOG_LV_WARNING, "cannot read %s: %s",
				 path, xe_str(r));
		r = 0;
	}
	closedir(d);
	return r;
}

/* One store for each ca_type file; the last is for remotes without. */
struct trust {
	unsigned int n;
	struct ike_store **store;	/* by credential handle; [n]: none */
};

static void trust_drop(void *arg)
{
	struct trust *t = arg;

	for (unsigned int i = 0; i <= t->n; i++)
		ike_store_free(t->store[i]);
}

struct build {
	struct ike_store *store;
	const char *dir;
	const struct logger *log;
};

static void report(const struct logger *log, const struct diag *d,
		   const char *name)
{
	for (const struct diag_entry *e = diag_first(d); e; e = e->next)
		log_line(log, LOG_LV_WARNING, "%s: %s", name, e->text);
}

static int add(const struct build *b, const char *name, struct cur content,
	       bool crl)
{
	struct diag *d = diag_new();
	int r = crl ? ike_store_add_crls(b->store, content, d)
		    : ike_store_add_certs(b->store, content, true, d);

	report(b->log, d, name);
	diag_free(d);
	return r == XE_NOMEM ? r : 0;
}

static int add_hashed(void *arg, const char *name, struct cur content)
{
	const struct build *b = arg;
	size_t len = strlen(b->dir);
	bool crl;

	if (strncmp(name, b->dir, len) || name[len] != '/' ||
	    !hashed_name(name + len + 1, &crl))
		return 0;
	return add(b, name, content, crl);
}

/* The store of one ca_type file (NULL: none), and the hashed directory. */
static int build_store(struct trust *t, unsigned int i,
		       const struct ike_conf *conf, const char *ca,
		       const struct files *f, struct ike_crypto *cr,
		       const struct logger *log)
{
	struct build b = { .log = log,
			   .dir = ike_conf_settings(conf)->path.certificate };
	struct cur content;
	int r = ike_store_new(cr, &t->store[i]);

	b.store = t->store[i];
	if (!r && ca && !files_get(f, ca, &content)) {
		r = add(&b, ca, content, false);
		/* A CRL may stand in the same file. */
		if (!r)
			ike_store_add_crls(b.store, content, NULL);
	}
	if (!r && b.dir)
		r = files_walk(f, add_hashed, &b);
	return r;
}

int trust_build(struct trust **out, struct ike_conf *conf,
		const struct files *f, struct ike_crypto *cr,
		const struct logger *log)
{
	struct arena *a = ike_conf_arena(conf);
	struct trust *t = arena_alloc(a, sizeof(*t));
	int r;

	*out = NULL;
	if (!t)
		return XE_NOMEM;
	t->n = ike_conf_ncred(conf);
	t->store = arena_calloc(a, (size_t)t->n + 1, sizeof(*t->store));
	r = t->store ? arena_cleanup(a, trust_drop, t) : XE_NOMEM;
	for (unsigned int i = 0; !r && i < t->n; i++) {
		const struct ike_cred *c = ike_conf_cred(conf, (int)i);

		if (c->kind == IKE_CRED_CA)
			r = build_store(t, i, conf, c->cert_file, f, cr, log);
	}
	if (!r)
		r = build_store(t, t->n, conf, NULL, f, cr, log);
	if (!r)
		*out = t;
	return r;
}

const struct ike_store *trust_store(const struct trust *t,
				    const struct ike_remote *remote)
{
	unsigned int i = remote->ca_cred == IKE_CRED_NONE
				 ? t->n
				 : (unsigned int)remote->ca_cred;

	return i <= t->n ? t->store[i] : NULL;
}
