/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_CORE_CONF_PRIV_H
#define XT_IKE_CORE_CONF_PRIV_H

#include "ike/core/conf.h"
#include "libxfrm/base/htab.h"

/* What conf.c builds and conf_find.c searches. */

struct remote_node {
	struct hnode by_addr, by_name;
	struct ike_remote r;
};

/* One peers_identifier of a remote that has no address. */
struct peer_id_node {
	struct hnode node;
	const struct ike_remote *r;
	const struct ike_id *id;
};

struct sainfo_node {
	struct hnode node;
	struct ike_sainfo s;
};

struct ike_conf {
	unsigned int refs;
	bool finished;
	uint64_t seed;
	struct arena *arena;
	struct ike_settings set;

	struct remote_node **remote;
	struct sainfo_node **sainfo;
	struct ike_cred **cred;
	unsigned int nremote, nsainfo, ncred;

	struct htab by_addr, by_name;	/* remotes */
	/* remotes without address: those that one of a few exact identities
	   must name are found by it, all others stand in the list */
	struct htab by_peer_id;
	const struct ike_remote **any;
	unsigned int nany;	/* all without address, the listed first */
	unsigned int nany_listed;
	struct htab by_ends;	/* sainfos */
};

uint64_t conf_addr_hash(uint64_t seed, const struct xaddr *a);

/* Hash of all that has to be equal; from: what it gives, or NULL. */
uint64_t conf_end_hash(uint64_t seed, enum ike_end kind,
		       const struct ike_id *id);
uint64_t conf_from_hash(uint64_t seed, const struct ike_id *from, bool typed);
uint64_t conf_sainfo_hash(uint64_t local, uint64_t remote, uint64_t from,
			  uint32_t remoteid);

bool conf_end_equal(const struct ike_sainfo_end *a,
		    const struct ike_sainfo_end *b);

#endif
