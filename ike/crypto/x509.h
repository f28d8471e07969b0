/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_CRYPTO_X509_H
#define XT_IKE_CRYPTO_X509_H

/* What cert.c and store.c share; nobody else includes this. */

#include <openssl/x509.h>
#include <stdatomic.h>

#include "ike/crypto/cert.h"
#include "ike/crypto/ossl.h"

struct ike_cert {
	atomic_uint refs;
	struct ike_fetched *f;
	X509 *x;
	uint8_t *der;
	size_t len;
	struct ike_sig_pub *key;
};

int x509_parse(struct ike_fetched *f, struct cur der, struct ike_cert **out);

#endif
