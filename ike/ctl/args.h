/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_CTL_ARGS_H
#define XT_CTL_ARGS_H

#include <stdbool.h>

#include "ike/ctl/proto.h"
#include "libxfrm/base/buf.h"

/*
 * Command line words to the bodies of requests.  Each returns 0, or -1 after
 * it has put a text without newline into why.
 */

struct args {
	int argc;		/* words left */
	char *const *argv;
	const char *why;	/* what is wrong, static */
	const char *word;	/* the word it is about, or NULL */
};

/* "isakmp", "esp", "ah", "ipsec", "internal" -> enum ctl_proto. */
int args_proto(struct args *a, uint16_t *proto);

/* Only "isakmp", "esp" and "ah", which one SA may be of. */
int args_sa_proto(struct args *a, uint16_t *proto);

/* FAMILY SRC DST with addresses or names; nothing may follow. */
int args_hosts(struct args *a, struct ctl_index *idx);

/*
 * FAMILY SRC[/LEN[[PORT]]] DST[/LEN[[PORT]]] [ULPROTO]: traffic, for
 * establish-sa esp and ah.
 */
int args_traffic(struct args *a, struct ctl_index *idx);

/* GATEWAY: its address, and ours by the route that leads there. */
int args_gateway(struct args *a, struct ctl_index *idx);

/* The login block: user and password, both ended with NUL. */
void args_login(struct wbuf *w, const char *user, const char *password);

#endif
