/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_JOB_H
#define XT_IKE_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxfrm/addr.h"
#include "libxfrm/base/buf.h"
#include "libxfrm/base/secret.h"

struct ike_conf;
struct ike_remote;
struct ike_crypto;
struct ike_store;

/*
 * Costly cryptography as values.  The engine hands out a job, the driver runs
 * ike_job_run() on any thread (or inline) and feeds the job back.  A job owns
 * all of its inputs and outputs and points at nothing that can change.
 */
enum ike_job_kind {
	JOB_DH_KEYGEN,	/* seed -> priv, pub */
	JOB_DH_DERIVE,	/* priv, peer -> shared */
	JOB_DH_BOTH,	/* seed, peer -> pub, shared */
	JOB_VERIFY,	/* a signature, with its certificate chain */
};

#define JOB_CERT_MAX 8		/* certificates a peer may send */
#define JOB_TEXT_MAX 256

struct ike_job {
	uint32_t id;		/* the engine's; not for the driver */
	uint32_t owner;		/* exchange it belongs to; likewise */
	enum ike_job_kind kind;
	int err;		/* result: 0, XE_* */
	char text[JOB_TEXT_MAX]; /* why it failed, in words, or "" */

	/* Diffie-Hellman; group numbers are IKE's, the same in both versions */
	uint16_t group;
	struct secret seed;	/* random bytes that the key is made from */
	struct secret priv;	/* our private half */
	struct wbuf pub;	/* our public value, padded to the group */
	struct wbuf peer;	/* the peer's public value */
	struct secret shared;

	/* Signature over data (IKEv1: HASH_I or HASH_R, signed raw) */
	struct wbuf data, sig;
	struct ike_conf *conf;	/* a reference: pins, and what trust needs */
	const struct ike_remote *remote;	/* lives as long as conf */
	const struct ike_store *trust;	/* likewise; of ops.trust(), or NULL */
	unsigned int ncert;
	struct wbuf cert[JOB_CERT_MAX];	/* DER, the peer's own first */
	struct wbuf wrapped;	/* all, or more, of them in PKCS #7; or empty */
	int64_t wall;		/* seconds since 1970: certificate validity */
	struct xaddr our_addr, peer_addr;	/* whose plain RSA key it is */
	/* The peer's identity, to be found in the certificate */
	uint8_t id_type;	/* IKE ID type, 0 = do not compare */
	struct wbuf id_data;
	/* result: DER of the certificate that verified */
	struct wbuf leaf;
};

/* New empty job, or NULL when out of memory. */
struct ike_job *ike_job_new(enum ike_job_kind kind);

/* Wipes and frees a job; NULL is fine. */
void ike_job_free(struct ike_job *job);

/*
 * Does the work and leaves the result in job->err, which it returns too.
 * Touches nothing but the job and cr, the crypto context of the thread it
 * runs on: callable on any.
 */
int ike_job_run(struct ike_crypto *cr, struct ike_job *job);

/*
 * Questions to whoever holds the long-term secrets (the key process of the
 * daemon, a table in the simulator): the engine never sees a pre-shared key
 * or a private key, only what is computed with it.
 */
enum ike_key_kind {
	KEY_PSK_PRF,	/* prf(psk, data): IKEv1's SKEYID */
	KEY_SIGN,	/* RSA signature over data with our private key */
};

#define KEY_ID_MAX 2
#define KEY_DATA_MAX 1024
#define KEY_SIG_MAX 1024	/* RSA-8192 */

struct ike_keyreq {
	uint32_t id;
	enum ike_key_kind kind;
	/*
	 * KEY_PSK_PRF: names to look up in psk.txt, in this order; the first
	 * that has a line counts.  Addresses (addr) in network order, else the
	 * bytes of the ID.  KEY_SIGN: our address and the peer's.
	 */
	unsigned int nname;
	struct {
		uint8_t p[256];
		size_t len;
		bool addr;
	} name[KEY_ID_MAX];
	uint16_t prf;		/* IKEv1 hash number of the HMAC */
	int cred;		/* KEY_SIGN: handle in conf (ike_conf_cred()) */
	struct ike_conf *conf;	/* that the handle belongs to; a reference */
	uint8_t data[KEY_DATA_MAX];
	size_t data_len;
};

struct ike_keyans {
	uint32_t id;
	int err;		/* XE_NOTFOUND: no such key */
	char text[JOB_TEXT_MAX]; /* why it failed, or "" */
	struct secret out;	/* moved into the engine */
};

#endif
