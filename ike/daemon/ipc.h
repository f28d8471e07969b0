/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_IPC_H
#define XT_DAEMON_IPC_H

#include <stddef.h>
#include <stdint.h>

#include "ike/daemon/loop.h"
#include "libxfrm/base/buf.h"

/*
 * Typed messages between the processes of racoon, over a SOCK_SEQPACKET pair.
 * The privileged side takes nothing the other says on trust: bodies are read
 * through cursors and types go through its permit table (monitor.c).
 *
 *      0                   1                   2                   3
 *     +-------------------------------+-------------------------------+
 *     |             type              |            reserved           |
 *     +-------------------------------+-------------------------------+
 *     |                              id                               |
 *     +---------------------------------------------------------------+
 *     |  body, and file descriptors beside it (SCM_RIGHTS)            |
 */
#define IPC_HDR_LEN 8
#define IPC_BODY_MAX (64 * 1024)	/* bytes of body in one message */
#define IPC_FDS_MAX 8			/* descriptors beside one message */
#define IPC_QUEUE_MAX (64u << 20)	/* bytes waiting for the other side */

struct ipc_msg {
	uint16_t type;
	uint32_t id;		/* an answer repeats its request's id */
	struct cur body;	/* good until the callback returns */
	int fd[IPC_FDS_MAX];	/* the callback takes them, setting to -1 */
	int nfd;
};

struct ipc;

/* One message came; descriptors left in m->fd are closed afterwards. */
typedef void ipc_msg_fn(void *arg, struct ipc_msg *m);

/* The other side is gone, or broke the protocol (err < 0); called once. */
typedef void ipc_closed_fn(void *arg, int err);

/*
 * Takes over the socket fd and serves it from loop.  Callbacks run from the
 * loop only, never from within ipc_send().
 */
int ipc_new(struct ipc **ipc, struct loop *loop, int fd, ipc_msg_fn *msg,
	    ipc_closed_fn *closed, void *arg);

/* Closes the socket and drops what waits; NULL is fine. */
void ipc_free(struct ipc *ipc);

/*
 * Sends at once, or queues when the other side is slow.  The body is copied,
 * fd (or -1) is duplicated.  XE_LIMIT when the queue is full, XE_RANGE when
 * the body is over IPC_BODY_MAX, XE_CLOSED, -ENOMEM.
 */
int ipc_send(struct ipc *ipc, uint16_t type, uint32_t id, const void *body,
	     size_t len, int fd);

/* Writes what waits, waiting for the other side; for the last words. */
int ipc_flush(struct ipc *ipc);

#endif
