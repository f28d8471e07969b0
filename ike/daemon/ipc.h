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
 * through cursors and types go through its permit table (monitor_msg.c).
 *
 *      0                   1                   2                   3
 *     +-------------------------------+-------------------------------+
 *     |             type              |            reserved           |
 *     +-------------------------------+-------------------------------+
 *     |                              id                               |
 *     +---------------------------------------------------------------+
 *     |                     length of the body                        |
 *     +---------------------------------------------------------------+
 *     |  body, and file descriptors beside it (SCM_RIGHTS)            |
 *
 * Messages are collected while a round of the loop lasts and cross in one
 * packet, several in a row; one with a descriptor crosses alone.
 */
#define IPC_HDR_LEN 12
#define IPC_BODY_MAX (64 * 1024)	/* bytes of body in one message */
#define IPC_BATCH (32 * 1024)		/* collected bytes that are sent */
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
 * Begins a message: its body is appended to what is returned, then ipc_end()
 * is called; nothing else in between.
 */
struct wbuf *ipc_begin(struct ipc *ipc, uint16_t type, uint32_t id);

/*
 * 0; or the message is dropped: XE_RANGE when the body is over IPC_BODY_MAX,
 * XE_LIMIT when too much waits for the other side, XE_CLOSED, -ENOMEM.
 */
int ipc_end(struct ipc *ipc);

/*
 * A message whose body is there already, with the descriptor fd (or -1) beside
 * it, which is duplicated.  Errors as of ipc_end().
 */
int ipc_send(struct ipc *ipc, uint16_t type, uint32_t id, const void *body,
	     size_t len, int fd);

/*
 * Hands over what was collected; before the loop sleeps, and whenever it must
 * not get lost.  What the other side cannot take yet is queued.  0 or a
 * negative error.
 */
int ipc_push(struct ipc *ipc);

/* Writes what waits, waiting for the other side; for the last words. */
int ipc_flush(struct ipc *ipc);

#endif
