/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_SYNC_OWN_H
#define XT_SETKEY_SYNC_OWN_H

#include <stdbool.h>
#include <stdint.h>
#include "libxfrm/policy.h"
#include "libxfrm/sa.h"

/*
 * The record of what setkey --sync has put into one network namespace: names
 * of SAs and policies, no keys.  A file of lines below /run/setkey, replaced
 * as a whole; good until the next boot.
 *
 *	setkey-sync 1 BOOT-ID
 *	sa PROTO FAMILY DST SPI MARK MASK [IFINDEX FLAGS]
 *	policy DIR PTYPE IFID MARK MASK FAMILY SRC PLEN DST PLEN PROTO
 *	       SPORT MASK DPORT MASK IFINDEX USER INDEX PLACE
 */
struct sync_own;

/*
 * Reads the record of the namespace that sock is in (any socket).  With lock,
 * the directory is made if need be and the record is locked until _close():
 * it can be replaced.  A record that does not exist or belongs to another
 * boot is empty; one that cannot be understood is XE_MALFORMED.
 */
int sync_own_open(const char *dir, int sock, bool lock,
		  struct sync_own **out);
void sync_own_close(struct sync_own *o);	/* NULL is fine */

bool sync_own_has_sa(const struct sync_own *o, const struct xfrm_sa *sa);

/*
 * Has the kernel taken this SA without the offload that it asks for?  It does
 * so with mode crypto and an interface that cannot encrypt.
 */
bool sync_own_declined(const struct sync_own *o, const struct xfrm_sa *sa);
bool sync_own_has_policy(const struct sync_own *o,
			 const struct xfrm_policy *p);

/*
 * Where the policy stands among those of its priority: smaller comes first.
 * From the record, if it is still the policy of that index, else as its index
 * tells.
 */
uint64_t sync_own_place(const struct sync_own *o,
			const struct xfrm_policy *p);

/* The place that an index tells; there is room for 2^20 more behind it. */
uint64_t sync_own_index_place(uint32_t index);

/* Replaces the record: _begin, entries, _commit.  Errors stick until then. */
int sync_own_begin(struct sync_own *o);
void sync_own_put_sa(struct sync_own *o, const struct xfrm_sa *sa,
		     bool declined);
/* place 0: as its index tells */
void sync_own_put_policy(struct sync_own *o, const struct xfrm_policy *p,
			 uint64_t place);
int sync_own_commit(struct sync_own *o);

/* The file, for messages. */
const char *sync_own_path(const struct sync_own *o);

#endif
