/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_TRUST_H
#define XT_DAEMON_TRUST_H

#include "ike/core/conf.h"
#include "ike/crypto/cert.h"
#include "ike/daemon/files.h"
#include "libxfrm/base/log.h"

/*
 * The trust anchors and CRLs of a configuration: the certificates of each
 * `ca_type`, and of the hashed directory `path certificate` (HASH.0, CRLs
 * HASH.r0) for all remotes.
 */

/*
 * Collects, in the privileged process, the files of the hashed directory into
 * f.  One that cannot be read is logged and left out.
 */
int trust_collect(const struct ike_conf *conf, const struct logger *log,
		  struct files *f);

struct trust;

/*
 * Builds the stores of conf from files.  It lives as long as conf: no free.
 * Certificates that cannot be used are logged and left out.
 */
int trust_build(struct trust **t, struct ike_conf *conf,
		const struct files *f, struct ike_crypto *cr,
		const struct logger *log);

/* The store for a remote, or NULL: none of conf, so nobody verifies. */
const struct ike_store *trust_store(const struct trust *t,
				    const struct ike_remote *remote);

#endif
