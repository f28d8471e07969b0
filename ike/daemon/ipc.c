/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/ipc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libxfrm/base/err.h"
#include "libxfrm/base/secret.h"

#define IPC_ROUNDS 16	/* packets taken before other work gets its turn */
#define IPC_PACKET_MAX (IPC_BATCH + IPC_HDR_LEN + IPC_BODY_MAX)

/* A packet that the other side could not take yet. */
struct ipc_out {
	struct ipc_out *next;
	int fd;
	size_t len;
	uint8_t data[];
};

struct ipc {
	struct loop *loop;
	int fd;
	ipc_msg_fn *msg_fn;
	ipc_closed_fn *closed_fn;
	void *arg;
	struct wbuf out;	/* messages of this round */
	size_t begun;		/* where the last one starts in it */
	struct ipc_out *first, **last;
	size_t queued;
	bool closed;
	bool *freed;	/* tells who reads that a callback freed us */
	uint8_t in[IPC_PACKET_MAX];
};

static void ipc_ready(void *arg, int fd, unsigned int events);

int ipc_new(struct ipc **out, struct loop *loop, int fd, ipc_msg_fn *msg,
	    ipc_closed_fn *closed, void *arg)
{
	struct ipc *ipc = calloc(1, sizeof(*ipc));
	int r, flags;

	*out = NULL;
	if (!ipc)
		return XE_NOMEM;
	ipc->loop = loop;
	ipc->fd = fd;
	ipc->msg_fn = msg;
	ipc->closed_fn = closed;
	ipc->arg = arg;
	ipc->last = &ipc->first;
	wbuf_init(&ipc->out, IPC_PACKET_MAX);
	flags = fcntl(fd, F_GETFL);
	r = flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno
								    : 0;
	if (!r)
		r = loop_fd(loop, fd, LOOP_READ, ipc_ready, ipc);
	if (r < 0) {
		free(ipc);
		return r;
	}
	*out = ipc;
	return 0;
}

static void ipc_out_free(struct ipc_out *o)
{
	if (o->fd >= 0)
		close(o->fd);
	secret_wipe(o->data, o->len);
	free(o);
}

void ipc_free(struct ipc *ipc)
{
	struct ipc_out *o, *next;

	if (!ipc)
		return;
	if (ipc->freed)
		*ipc->freed = true;
	for (o = ipc->first; o; o = next) {
		next = o->next;
		ipc_out_free(o);
	}
	loop_fd_del(ipc->loop, ipc->fd);
	close(ipc->fd);
	wbuf_free(&ipc->out);
	secret_wipe(ipc->in, sizeof(ipc->in));
	free(ipc);
}

/* One message onto the wire: 0, -EAGAIN or a final error. */
static int ipc_write(struct ipc *ipc, const void *data, size_t len, int fd)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} ctl = { 0 };
	struct iovec iov = { (void *)data, len };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (fd >= 0) {
		struct cmsghdr *cm;

		mh.msg_control = ctl.buf;
		mh.msg_controllen = sizeof(ctl.buf);
		cm = CMSG_FIRSTHDR(&mh);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cm), &fd, sizeof(fd));
	}
	do
		n = sendmsg(ipc->fd, &mh, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return 0;
	return errno == ENOBUFS ? -EAGAIN : -errno;
}

static int ipc_drain(struct ipc *ipc)
{
	struct ipc_out *o;
	int r;

	while ((o = ipc->first)) {
		r = ipc_write(ipc, o->data, o->len, o->fd);
		if (r < 0)
			return r;
		ipc->first = o->next;
		if (!ipc->first)
			ipc->last = &ipc->first;
		ipc->queued -= o->len;
		ipc_out_free(o);
	}
	return 0;
}

/* Queues a packet of which nothing could be written. */
static int ipc_queue(struct ipc *ipc, const void *data, size_t len, int fd)
{
	struct ipc_out *o;
	struct wbuf w;

	if (ipc->queued + len > IPC_QUEUE_MAX)
		return XE_LIMIT;
	o = malloc(sizeof(*o) + len);
	if (!o)
		return XE_NOMEM;
	o->next = NULL;
	o->fd = -1;
	o->len = len;
	wbuf_fixed(&w, o->data, len);
	wbuf_put(&w, data, len);
	if (fd >= 0) {
		o->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (o->fd < 0) {
			int r = -errno;

			ipc_out_free(o);
			return r;
		}
	}
	*ipc->last = o;
	ipc->last = &o->next;
	ipc->queued += len;
	return loop_fd(ipc->loop, ipc->fd, LOOP_READ | LOOP_WRITE, ipc_ready,
		       ipc);
}

/* One packet: onto the wire, or behind those that wait. */
static int ipc_packet(struct ipc *ipc, int fd)
{
	struct wbuf *w = &ipc->out;
	int r = -EAGAIN;

	if (!ipc->first)
		r = ipc_write(ipc, w->p, w->len, fd);
	if (r == -EAGAIN)
		r = ipc_queue(ipc, w->p, w->len, fd);
	secret_wipe(w->p, w->len);
	wbuf_reset(w);
	return r == -EPIPE || r == -ECONNRESET ? XE_CLOSED : r;
}

int ipc_push(struct ipc *ipc)
{
	if (ipc->closed)
		return XE_CLOSED;
	return ipc->out.len ? ipc_packet(ipc, -1) : 0;
}

struct wbuf *ipc_begin(struct ipc *ipc, uint16_t type, uint32_t id)
{
	struct wbuf *w = &ipc->out;

	ipc->begun = w->len;
	wbuf_u16(w, type);
	wbuf_u16(w, 0);
	wbuf_u32(w, id);
	wbuf_u32(w, 0);
	return w;
}

/* Completes the message that was begun, or takes it back. */
static int ipc_complete(struct ipc *ipc)
{
	struct wbuf *w = &ipc->out;
	size_t len = w->len - ipc->begun;
	int r = w->err;

	if (ipc->closed)
		r = XE_CLOSED;
	else if (r == XE_NOSPACE ||
		 (!r && len > IPC_HDR_LEN + IPC_BODY_MAX))
		r = XE_RANGE;
	if (r) {
		w->err = 0;
		wbuf_truncate(w, ipc->begun);
		return r;
	}
	wbuf_set_u32(w, ipc->begun + 8, (uint32_t)(len - IPC_HDR_LEN));
	return 0;
}

int ipc_end(struct ipc *ipc)
{
	int r = ipc_complete(ipc);

	return r || ipc->out.len < IPC_BATCH ? r : ipc_packet(ipc, -1);
}

int ipc_send(struct ipc *ipc, uint16_t type, uint32_t id, const void *body,
	     size_t len, int fd)
{
	int r = fd >= 0 ? ipc_push(ipc) : 0;

	if (r)
		return r;
	if (len > IPC_BODY_MAX)
		return XE_RANGE;
	wbuf_put(ipc_begin(ipc, type, id), body, len);
	if (fd < 0)
		return ipc_end(ipc);
	r = ipc_complete(ipc);
	return r ? r : ipc_packet(ipc, fd);
}

int ipc_flush(struct ipc *ipc)
{
	struct pollfd pfd = { .fd = ipc->fd, .events = POLLOUT };
	int r = ipc_push(ipc);

	while (!r && (r = ipc_drain(ipc)) == -EAGAIN) {
		if (poll(&pfd, 1, 1000) <= 0)
			return -ETIMEDOUT;
		r = 0;
	}
	return r;
}

static void ipc_close(struct ipc *ipc, int err)
{
	if (ipc->closed)
		return;
	ipc->closed = true;
	loop_fd_del(ipc->loop, ipc->fd);
	ipc->closed_fn(ipc->arg, err);
}

/* Moves the descriptors beside a message into m. */
static void ipc_take_fds(struct msghdr *mh, struct ipc_msg *m)
{
	for (struct cmsghdr *cm = CMSG_FIRSTHDR(mh); cm;
	     cm = CMSG_NXTHDR(mh, cm)) {
		size_t n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (cm->cmsg_level != SOL_SOCKET ||
		    cm->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n && m->nfd < IPC_FDS_MAX; i++)
			memcpy(&m->fd[m->nfd++],
			       CMSG_DATA(cm) + i * sizeof(int), sizeof(int));
	}
}

/* The next message of a packet: 0, or it is none. */
static int ipc_parse(struct cur *c, struct ipc_msg *m)
{
	uint16_t reserved;
	uint32_t len;
	int r;

	if ((r = cur_u16(c, &m->type)) || (r = cur_u16(c, &reserved)) ||
	    (r = cur_u32(c, &m->id)) || (r = cur_u32(c, &len)))
		return r;
	return len > IPC_BODY_MAX ? XE_RANGE : cur_sub(c, len, &m->body);
}

/* The messages of one packet to the callback, as long as we live. */
static int ipc_take(struct ipc *ipc, struct cur c, struct ipc_msg *m)
{
	const bool *freed = ipc->freed;
	int r;

	do {
		r = ipc_parse(&c, m);
		if (!r)
			ipc->msg_fn(ipc->arg, m);
	} while (!r && !*freed && !ipc->closed && c.left);
	return r;
}

/* One packet: 0, or why there is none. */
static int ipc_read(struct ipc *ipc)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(IPC_FDS_MAX * sizeof(int))];
	} ctl;
	struct iovec iov = { ipc->in, sizeof(ipc->in) };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1,
			     .msg_control = ctl.buf,
			     .msg_controllen = sizeof(ctl.buf) };
	struct ipc_msg m = { 0 };
	ssize_t n;
	int r;

	n = recvmsg(ipc->fd, &mh, MSG_CMSG_CLOEXEC);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	ipc_take_fds(&mh, &m);
	if (n == 0)
		return XE_CLOSED;
	r = mh.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ? XE_TRUNC : 0;
	if (!r)
		r = ipc_take(ipc, cur_init(ipc->in, (size_t)n), &m);
	for (int i = 0; i < m.nfd; i++)
		if (m.fd[i] >= 0)
			close(m.fd[i]);
	return r;
}

static void ipc_ready(void *arg, int fd, unsigned int events)
{
	struct ipc *ipc = arg;
	bool freed = false;
	int r = 0;

	if (events & LOOP_WRITE) {
		r = ipc_drain(ipc);
		if (!r)
			loop_fd(ipc->loop, ipc->fd, LOOP_READ, ipc_ready, ipc);
		else if (r != -EAGAIN)
			ipc_close(ipc, r);
		r = 0;
	}
	if (!(events & LOOP_READ) || ipc->closed)
		return;
	ipc->freed = &freed;
	for (int i = 0; i < IPC_ROUNDS && !r; i++) {
		r = ipc_read(ipc);
		if (freed)
			return;
	}
	ipc->freed = NULL;
	if (r && r != -EAGAIN)
		ipc_close(ipc, r == XE_CLOSED ? 0 : r);
}
