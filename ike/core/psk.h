/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_CORE_PSK_H
#define XT_IKE_CORE_PSK_H

#include <stddef.h>
#include <stdint.h>

#include "libxfrm/base/secret.h"

/*
 * The pre-shared keys of psk.txt, by identity.  The process that holds them
 * looks them up; the first line of the file that fits wins, and "*" fits
 * every identity.
 */
struct ike_psk;

#define IKE_PSK_MAX 1000000	/* lines */

/* Empty table with one reference; NULL when out of memory. */
struct ike_psk *ike_psk_new(uint64_t seed);

struct ike_psk *ike_psk_ref(struct ike_psk *p);

/* Wipes and frees with the last reference; NULL is fine. */
void ike_psk_unref(struct ike_psk *p);

/*
 * Adds a line: identity as written (address text, host name, user@host, key
 * id, XAUTH login), and key bytes, which are copied.  Address text is taken
 * in any spelling.  line is for messages.  Returns 0, -ENOMEM, XE_LIMIT, or
 * XE_INVAL for an empty identity.
 */
int ike_psk_add(struct ike_psk *p, const char *id, const void *key,
		size_t len, unsigned int line);

/*
 * The key for an identity: bytes of a FQDN, USER_FQDN or KEY_ID body, or a
 * login.  *key is borrowed, good as long as the table; *line tells where it
 * stands (may be NULL).  Returns 0 or XE_NOTFOUND.
 */
int ike_psk_find(const struct ike_psk *p, const void *id, size_t len,
		 const struct secret **key, unsigned int *line);

/* By address: 4 or 16 bytes.  scope is the zone of a link-local one or 0. */
int ike_psk_find_addr(const struct ike_psk *p, const void *addr, size_t len,
		      uint32_t scope, const struct secret **key,
		      unsigned int *line);

size_t ike_psk_count(const struct ike_psk *p);

#endif
