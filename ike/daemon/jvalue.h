/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_JVALUE_H
#define XT_DAEMON_JVALUE_H

#include <jansson.h>

#include "ike/core/ike.h"

/*
 * Values of the engine as JSON, for status.  All are new references; what
 * there is no memory for is NULL, and jset() then fails.
 */
json_t *jaddr(const struct xaddr *a);		/* null for AF_UNSPEC */
json_t *jstr(const char *s);			/* null for NULL */
json_t *jtime(int64_t t);			/* seconds since 1970; 0: null */
json_t *jsel(const struct xsel *s);
json_t *jcount(const struct kcount *c);

/*
 * Seconds left of life seconds, for what began at created on the engine's
 * clock; null where either is 0.
 */
json_t *jleft(uint64_t created, uint64_t life, uint64_t now);

/* Engine's clock to time of day; 0 stays 0. */
int64_t jwall(uint64_t t, uint64_t now, int64_t wall);

/* Sets a member, taking v over. */
int jset(json_t *o, const char *key, json_t *v);

const char *jchild_state(enum child_state s);

#endif
