/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_LOAD_PRIV_H
#define XT_DAEMON_LOAD_PRIV_H

#include "ike/crypto/alg.h"
#include "ike/daemon/load.h"
#include "ike/daemon/source.h"
#include "libxfrm/base/htab.h"

/* What the parts of the loader share. */
struct loader {
	struct rc_conf *ast;
	struct ike_conf *conf;
	struct arena *arena;	/* of conf */
	struct ike_crypto *cr;	/* may be NULL */
	struct diag *d;
	const struct source *source;	/* NULL: the file system */
	unsigned int flags;	/* enum load_flag */
	struct htab creds;	/* struct cred_node, by file names */
	bool psk_asked;		/* some proposal authenticates with a PSK */
};

#define LOAD_ERROR(l, loc, ...) \
	src_diag((l)->ast->src, (l)->d, DIAG_ERROR, (loc), __VA_ARGS__)
#define LOAD_WARN(l, loc, ...) \
	src_diag((l)->ast->src, (l)->d, DIAG_WARNING, (loc), __VA_ARGS__)
#define LOAD_NOTE(l, loc, ...) \
	src_diag((l)->ast->src, (l)->d, DIAG_NOTE, (loc), __VA_ARGS__)
#define LOAD_HINT(l, entry, ...) diag_hint((l)->d, (entry), __VA_ARGS__)

/*
 * All of these return 0, or -ENOMEM; what else is wrong is reported, and ends
 * the load when it was an error.
 */

/* load_addr.c */

/* Numeric, or looked up; *found tells whether *out is an address. */
int load_addr(struct loader *l, const struct rc_addr *a, struct xaddr *out,
	      bool *found);
/* An identity; mine: my_identifier, else a peer's. */
int load_ident(struct loader *l, const struct rc_ident *id, bool mine,
	       struct ike_id *out);
int load_said(struct loader *l, const struct rc_said *id,
	      struct ike_sainfo_end *out);

/* load_alg.c */
int load_prop(struct loader *l, const struct rc_proposal *p,
	      const struct rc_remote *eff, struct ike_prop *out);
/* *out is NULL when the section is left out */
int load_sainfo(struct loader *l, const struct rc_sainfo *s,
		const struct ike_sainfo **out);

/* load_remote.c; *out is NULL when the section is left out */
int load_remote(struct loader *l, const struct rc_remote *own,
		const struct rc_remote *eff, const struct ike_remote **out);

/* load_set.c: everything but remotes and sainfos */
int load_settings(struct loader *l);

/* load_cred.c */

/* "DIR/NAME", or NAME when it starts with a slash. */
int load_path(struct loader *l, const struct rc_file *f, const char **out);
/* A certificate_type (own), ca_type or peers_certfile. */
int load_cred(struct loader *l, const struct rc_cert *c,
	      enum ike_cred_kind x509_kind, bool own, int *handle);
void load_cred_done(struct loader *l);

/* load_psk.c: psk.txt, and whether the remotes find their keys in it */
int load_psk_check(struct loader *l, struct rc_remote *const *eff,
		   const struct ike_remote *const *remote);

/*
 * The content of a small file, at most max bytes, in w.  0 or -errno; XE_LIMIT
 * when it is longer.
 */
int load_read(const struct loader *l, const char *path, size_t max,
	      struct wbuf *w);

/* True when that failure means: not as this user. */
bool load_denied(int err);

#endif
