/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_CTL_CONN_H
#define XT_CTL_CONN_H

#include <stdint.h>

#include "ike/ctl/proto.h"
#include "libxfrm/base/buf.h"

/* Connection to racoon's admin socket, used by one command. */

/*
 * Connected socket, or a negative error.  patience: seconds that each step on
 * it may take, else -EAGAIN; 0: for ever.
 */
int conn_open(const char *path, unsigned int patience, int *fd);
int conn_patience(int fd, unsigned int seconds);

/*
 * Sends a request: the header (cmd without flag, proto) and a body of len
 * bytes.  0 or a negative error.
 */
int conn_request(int fd, uint16_t cmd, uint16_t proto, const void *body,
		 size_t len);

struct conn_reply {
	uint16_t cmd;		/* without CTL_FLAG */
	int error;		/* errno of the daemon, 0 = success */
	uint16_t proto;
	struct wbuf body;	/* the caller frees it */
};

/*
 * Waits for an answer or an event.  0, XE_CLOSED when the daemon closed
 * before its first byte, another negative error; r is empty then.
 */
int conn_reply(int fd, struct conn_reply *r);

#endif
