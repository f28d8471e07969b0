/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SIM_SIMCONF_H
#define XT_SIM_SIMCONF_H

#include "ike/core/conf.h"
#include "ike/core/kreq.h"
#include "ike/wire/names.h"

/* Configurations for tests, without a parser. */
struct sim_conf {
	const char *peer;	/* NULL: anonymous */
	uint8_t mode;		/* IKE_MODE_MAIN … */
	uint8_t mode2;		/* accepted as well; 0: none */
	uint32_t auth;		/* IKE_AUTH_PSK … */
	uint16_t enc, keylen, hash, group;
	uint32_t life1, life2;	/* seconds */
	uint64_t bytes1, bytes2;
	uint16_t pfs;
	const char *p2enc, *p2auth;	/* words of racoon.conf, "a,b" */
	/* further transforms of phase 1, behind the one above or before */
	unsigned int nmore;
	bool more_first;
	struct sim_p1 { uint16_t enc, keylen, hash, group; } more[3];
	int cert;		/* IKE_AUTH_RSA: end of certs.h */
	enum ike_check check;
	enum ike_tri natt, esn;
	uint32_t window;	/* 0: the default */
	enum ike_genpol genpol;
	bool no_dpd, passive, rekey_off, simple_bundle;
	uint32_t dpd_delay;
	uint32_t interval, counter;	/* retransmission */
};

/* Defaults: main mode, PSK, AES-128, SHA-256, X25519; strict; no PFS. */
struct sim_conf sim_conf_default(const char *peer);

/* The config with one remote and an anonymous sainfo; aborts without memory */
struct ike_conf *sim_conf_make(const struct sim_conf *c);

/* Changes one that sim_conf_begin() made before sim_conf_end(). */
struct ike_conf *sim_conf_begin(const struct sim_conf *c,
				struct ike_remote **rc,
				struct ike_sainfo **si);
struct ike_conf *sim_conf_end(struct ike_conf *conf);

/* A policy between networks (tunnel) or hosts; reqid 0 = none. */
struct kpol sim_policy(enum kdir dir, enum kmode mode, const char *local_net,
		       const char *remote_net, const char *local,
		       const char *remote, uint32_t reqid);

#endif
