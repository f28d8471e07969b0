/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_SHOWTEXT_H
#define XT_DAEMON_SHOWTEXT_H

#include <jansson.h>

#include "libxfrm/base/buf.h"

/* Status as text, from the JSON objects of showstatus.c. */
void showtext_top(const char *when, struct wbuf *w);	/* NULL: unknown */

/* IKE SAs and, unless that is NULL, pairs of IPsec SAs: arrays of objects. */
void showtext_sas(const json_t *phase1, const json_t *phase2, struct wbuf *w);

/* Members of an object; none stands for null and for what is not there. */
const char *showtext_str(const json_t *o, const char *key, const char *none);
json_int_t showtext_num(const json_t *o, const char *key);	/* or 0 */

/* "10.1.0.0/16 -> 10.2.0.0/16 tcp 80" */
void showtext_sel(const json_t *sel, struct wbuf *w);

/* "1.2 MB"; "3d 4h", "12m 30s" */
void showtext_bytes(json_int_t n, struct wbuf *w);
void showtext_age(json_int_t seconds, struct wbuf *w);

#endif
