/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_JSON_H
#define XT_SETKEY_JSON_H

#include "libxfrm/event.h"
#include "setkey/jwriter.h"

/*
 * SAs, policies and events as JSON objects.  The schema is described in
 * setkey(8); members are only ever added while this stays the same.
 */
#define JSON_SCHEMA_VERSION 1

/* Starts a document: {"schema_version": 1, "command": COMMAND, … */
void json_begin(struct jw *j, const char *command);

void json_sa(struct jw *j, const char *name, const struct xfrm_sa *sa,
	     time_t now);
void json_policy(struct jw *j, const char *name, const struct xfrm_policy *p);

/* Members of an event, into the object that is open. */
void json_event(struct jw *j, const struct xfrm_event *ev, time_t now);

#endif
