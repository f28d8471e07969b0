/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SIM_CERTS_H
#define XT_SIM_CERTS_H

#include "tests/sim/world.h"

/*
 * Keys and certificates of two ends, always the same.  A CA between them and
 * the root is known to nobody: they send its certificate along.
 */
#define SIM_CERTS 2

/* Makes them, once: the certificates carry these addresses. */
void sim_certs_make(struct ike_crypto *cr, const char *a, const char *b);

/* An end's credential for a configuration; its handle. */
int sim_certs_add(struct ike_conf *conf, unsigned int end);

/* The host has that end's key, and trusts the root. */
void sim_certs_use(struct host *h, unsigned int end);

#endif
