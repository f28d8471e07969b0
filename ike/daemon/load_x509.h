/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_LOAD_X509_H
#define XT_DAEMON_LOAD_X509_H

#include "ike/crypto/cert.h"
#include "ike/daemon/load_priv.h"

/*
 * Reads the certificate of cred, and looks at its private key.  What is wrong
 * with them is reported: expired, not yet valid, a key that is another's, too
 * small, encrypted or open to others.  Returns 0 or -ENOMEM.
 */
int load_x509(struct loader *l, const struct rc_cert *c,
	      struct ike_cred *cred);

/*
 * load_chain.c: the certificates that lead from cert[0], our own, to a root,
 * without that: from the rest of its file, else from the hashed directory.
 * 0 or -ENOMEM; a chain that ends early is as long as it is.
 */
int load_chain(struct loader *l, struct ike_cred *cred,
	       struct ike_cert *const *cert, size_t n);

/* Does our certificate carry the identity that we send?  0 or -ENOMEM. */
int load_x509_identity(struct loader *l, const struct rc_remote *eff,
		       const struct ike_remote *r);

/* Do the pinned certificates of a peer carry its identity?  Likewise. */
int load_x509_peers(struct loader *l, const struct rc_remote *eff,
		    const struct ike_remote *r);

/* Warns when a file with a private key is open to others. */
void load_key_mode(struct loader *l, struct sloc loc, const char *path);

#endif
