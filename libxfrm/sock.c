/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libxfrm/base/err.h"
#include "libxfrm/base/secret.h"

#define RECV_SIZE 65536		/* the kernel fills at most 32 KiB */
#define EVENT_RCVBUF (8 << 20)

/*
 * A batch's answers must fit the receive buffer even if every request is
 * refused: such an answer takes up to 1.3 kB of the default 208 KiB.
 */
#define BATCH_MSGS 128
#define BATCH_BYTES 32768

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

struct xfrm_sock {
	int fd;
	uint32_t port, seq;
	struct xmsg msg;
	uint8_t *rbuf;
	size_t rused;		/* the most that was in it */
	struct xfrm_sock_stats stats;
	xfrm_trace_fn trace;
	void *trace_arg;
};

struct xfrm_batch {
	struct xfrm_sock *sock;
	struct xmsg msg;
	uint8_t *buf;
	size_t used;		/* the most that was in it */
	uint64_t cookie[BATCH_MSGS];
	bool ask[BATCH_MSGS];	/* answered by a message */
	unsigned int count;	/* messages in buf */
	uint32_t first;		/* sequence number of the first of them */
	int err;		/* the socket failed */
	xfrm_refused_fn fn;
	xfrm_answered_fn answered;
	void *arg;
	uint64_t sent, refused;
};

static int sock_setup(struct xfrm_sock *s, unsigned int groups)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK,
				  .nl_groups = groups };
	socklen_t len = sizeof(nl);
	int on = 1, size = EVENT_RCVBUF;

	s->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_XFRM);
	if (s->fd < 0)
		return -errno;
	/* Old kernels lack these two; errors are then only numbers. */
	setsockopt(s->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(s->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	if (groups && setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
				 sizeof(size)) < 0)
		setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(s->fd, (struct sockaddr *)&nl, sizeof(nl)) < 0 ||
	    getsockname(s->fd, (struct sockaddr *)&nl, &len) < 0)
		return -errno;
	s->port = nl.nl_pid;
	return 0;
}

int xfrm_sock_open(unsigned int groups, struct xfrm_sock **out)
{
	struct xfrm_sock *s;
	int r = XE_NOMEM;

	*out = NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return r;
	s->fd = -1;
	xmsg_init_alloc(&s->msg, XMSG_MAX);
	s->rbuf = malloc(RECV_SIZE);
	if (s->rbuf)
		r = sock_setup(s, groups);
	if (r < 0) {
		xfrm_sock_close(s);
		return r;
	}
	*out = s;
	return 0;
}

void xfrm_sock_close(struct xfrm_sock *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	xmsg_free(&s->msg);
	if (s->rbuf)
		secret_wipe(s->rbuf, s->rused); /* dumps hold keys */
	free(s->rbuf);
	free(s);
}

int xfrm_sock_fd(const struct xfrm_sock *s)
{
	return s->fd;
}

uint32_t xfrm_sock_port(const struct xfrm_sock *s)
{
	return s->port;
}

void xfrm_sock_stats(const struct xfrm_sock *s, struct xfrm_sock_stats *st)
{
	*st = s->stats;
}

struct xmsg *xfrm_sock_msg(struct xfrm_sock *s)
{
	wbuf_reset(&s->msg.w);
	s->msg.start = 0;
	return &s->msg;
}

void xfrm_sock_trace(struct xfrm_sock *s, xfrm_trace_fn fn, void *arg)
{
	s->trace = fn;
	s->trace_arg = arg;
}

static void trace(struct xfrm_sock *s, bool sent, struct cur c)
{
	struct xmsg_view v;

	while (s->trace && xmsg_next(&c, &v) == 1)
		s->trace(s->trace_arg, sent, &v);
}

static int sock_send(struct xfrm_sock *s, const struct xmsg *m)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK };
	ssize_t n;

	trace(s, true, wbuf_cur(&m->w));
	do {
		n = sendto(s->fd, m->w.p, m->w.len, 0, (struct sockaddr *)&nl,
			   sizeof(nl));
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* One datagram from the kernel.  -EAGAIN only with MSG_DONTWAIT. */
static int sock_recv(struct xfrm_sock *s, int flags, struct cur *c)
{
	struct sockaddr_nl nl;
	socklen_t len;
	ssize_t n;

	*c = cur_init(NULL, 0);
	do {
		len = sizeof(nl);
		n = recvfrom(s->fd, s->rbuf, RECV_SIZE, flags | MSG_TRUNC,
			     (struct sockaddr *)&nl, &len);
	} while ((n < 0 && errno == EINTR) ||
		 (n >= 0 && (len != sizeof(nl) || nl.nl_pid != 0)));
	if (n < 0) {
		if (errno == ENOBUFS)
			s->stats.overruns++;
		return -errno;
	}
	if ((size_t)n > RECV_SIZE) {
		s->rused = RECV_SIZE;
		s->stats.malformed++;
		return XE_TRUNC;
	}
	if ((size_t)n > s->rused)
		s->rused = (size_t)n;
	*c = cur_init(s->rbuf, (size_t)n);
	trace(s, false, *c);
	return 0;
}

/* What a request waits for, and what has come of it. */
struct wait {
	uint32_t seq;
	bool dump;
	xfrm_msg_fn fn;
	void *arg;
	struct xmsg_error *e;
	bool done, interrupted;
	int result;
};

static void wait_end(const struct xmsg_view *v, struct wait *w)
{
	struct xmsg_error e;
	int r = xmsg_parse_error(v, &e);

	w->done = true;
	if (r < 0)
		e.err = r;
	if (w->e)
		*w->e = e;
	if (!w->result)
		w->result = e.err;
}

/* One datagram's messages; other requests' leftovers are skipped. */
static int wait_feed(struct xfrm_sock *s, struct cur c, struct wait *w)
{
	struct xmsg_view v;
	int r;

	while (!w->done && (r = xmsg_next(&c, &v)) != 0) {
		if (r < 0)
			return r;
		s->stats.received++;
		if (v.seq != w->seq)
			continue;
		if (v.flags & NLM_F_DUMP_INTR)
			w->interrupted = true;
		if (v.type == NLMSG_ERROR || v.type == NLMSG_DONE)
			wait_end(&v, w);
		else if (v.type >= NLMSG_MIN_TYPE && w->fn && w->result >= 0) {
			r = w->fn(w->arg, &v);
			if (r < 0)
				w->result = r;
		}
	}
	return 0;
}

static int sock_request(struct xfrm_sock *s, struct xmsg *m, struct wait *w)
{
	struct cur c;
	int r;

	if (w->e)
		*w->e = (struct xmsg_error){ 0 };
	if (m->w.err)
		return m->w.err;
	w->seq = ++s->seq;
	xmsg_set_seq(m, w->seq);
	xmsg_set_port(m, s->port);
	if (!w->dump)
		xmsg_add_flags(m, NLM_F_ACK);
	r = sock_send(s, m);
	if (r < 0)
		goto out;
	s->stats.sent++;
	while (!w->done) {
		if ((r = sock_recv(s, 0, &c)) < 0 ||
		    (r = wait_feed(s, c, w)) < 0)
			goto out;
	}
	if (!w->result && w->interrupted)
		return XE_INTR;
	return w->result;
out:
	if (w->e)
		w->e->err = r;
	return r;
}

int xfrm_sock_do(struct xfrm_sock *s, struct xmsg *m, struct xmsg_error *e)
{
	struct wait w = { .e = e };

	return sock_request(s, m, &w);
}

int xfrm_sock_ask(struct xfrm_sock *s, struct xmsg *m, xfrm_msg_fn fn,
		  void *arg, struct xmsg_error *e)
{
	struct wait w = { .fn = fn, .arg = arg, .e = e };

	return sock_request(s, m, &w);
}

int xfrm_sock_dump(struct xfrm_sock *s, struct xmsg *m, xfrm_msg_fn fn,
		   void *arg, struct xmsg_error *e)
{
	struct wait w = { .fn = fn, .arg = arg, .e = e, .dump = true };

	return sock_request(s, m, &w);
}

struct dump_sa {
	xfrm_sa_fn fn;
	void *arg;
};

static int dump_one_sa(void *arg, const struct xmsg_view *v)
{
	const struct dump_sa *d = arg;
	struct xfrm_sa sa;
	int r;

	if (v->type != XFRM_MSG_NEWSA)
		return 0;
	r = xfrm_sa_parse(v, &sa);
	return r < 0 ? r : d->fn(d->arg, &sa);
}

int xfrm_sock_dump_sa(struct xfrm_sock *s, const struct xfrm_sa_filter *f,
		      xfrm_sa_fn fn, void *arg, struct xmsg_error *e)
{
	struct dump_sa d = { fn, arg };
	struct xmsg *m = xfrm_sock_msg(s);

	xfrm_sa_build_dump(m, f);
	return xfrm_sock_dump(s, m, dump_one_sa, &d, e);
}

struct dump_policy {
	xfrm_policy_fn fn;
	void *arg;
};

static int dump_one_policy(void *arg, const struct xmsg_view *v)
{
	const struct dump_policy *d = arg;
	struct xfrm_tmpl tmpl[XPOL_TMPL_MAX];
	struct xfrm_policy p;
	int r;

	if (v->type != XFRM_MSG_NEWPOLICY)
		return 0;
	r = xfrm_policy_parse(v, &p, tmpl);
	return r < 0 ? r : d->fn(d->arg, &p);
}

int xfrm_sock_dump_policy(struct xfrm_sock *s, xfrm_policy_fn fn, void *arg,
			  struct xmsg_error *e)
{
	struct dump_policy d = { fn, arg };
	struct xmsg *m = xfrm_sock_msg(s);

	xfrm_policy_build_dump(m);
	return xfrm_sock_dump(s, m, dump_one_policy, &d, e);
}

int xfrm_sock_knows(struct xfrm_sock *s, uint16_t attr)
{
	static const uint8_t wrong[1];
	struct xfrm_sa nobody = { .family = AF_INET, .proto = IPPROTO_ESP,
				  .dst = xaddr_any(AF_INET), .spi = 1 };
	struct xmsg *m = xfrm_sock_msg(s);
	bool flag = attr == XA_IPTFS_DONT_FRAG;
	int r;

	/*
	 * Look up an SA that cannot be, with the attribute at a size it never
	 * has: a kernel that knows it objects, another finds no such SA.
	 */
	xfrm_sa_build_get(m, &nobody);
	xmsg_put(m, attr, wrong, flag ? sizeof(wrong) : 0);
	xmsg_end(m);
	r = xfrm_sock_do(s, m, NULL);
	if (r == -ESRCH)
		return 0;
	return r == -ERANGE || r == -EINVAL ? 1 : r < 0 ? r : 0;
}

int xfrm_batch_new(struct xfrm_sock *s, xfrm_refused_fn fn, void *arg,
		   struct xfrm_batch **out)
{
	struct xfrm_batch *b;

	*out = NULL;
	b = calloc(1, sizeof(*b));
	if (!b)
		return XE_NOMEM;
	b->buf = malloc(BATCH_BYTES);
	if (!b->buf) {
		free(b);
		return XE_NOMEM;
	}
	xmsg_init(&b->msg, b->buf, BATCH_BYTES);
	b->sock = s;
	b->fn = fn;
	b->arg = arg;
	*out = b;
	return 0;
}

/* Before the buffer is emptied or cut: that much of it has to be wiped. */
static void batch_note_used(struct xfrm_batch *b)
{
	if (b->msg.w.len > b->used)
		b->used = b->msg.w.len;
}

void xfrm_batch_free(struct xfrm_batch *b)
{
	if (!b)
		return;
	batch_note_used(b);
	secret_wipe(b->buf, b->used);
	free(b->buf);
	free(b);
}

uint64_t xfrm_batch_sent(const struct xfrm_batch *b)
{
	return b->sent;
}

uint64_t xfrm_batch_refused(const struct xfrm_batch *b)
{
	return b->refused;
}

static int batch_error(struct xfrm_batch *b, unsigned int i,
		       const struct xmsg_view *v)
{
	struct xmsg_error e;
	int r = xmsg_parse_error(v, &e);

	if (r < 0)
		return r;
	if (e.err) {
		b->refused++;
		if (b->fn)
			b->fn(b->arg, b->cookie[i], &e);
	}
	return 0;
}

/*
 * The answers in one datagram: errors of any request, messages for those that
 * asked, and one of either to the last.  1 when that has come.
 */
static int batch_answers(struct xfrm_batch *b, struct cur c)
{
	struct xmsg_view v;
	uint32_t i;
	int r, last = 0;

	while ((r = xmsg_next(&c, &v)) != 0) {
		if (r < 0)
			return r;
		b->sock->stats.received++;
		i = v.seq - b->first;
		if (i >= b->count)
			continue;
		if (v.type == NLMSG_ERROR)
			r = batch_error(b, i, &v);
		else if (b->ask[i])
			b->answered(b->arg, b->cookie[i], &v);
		else
			continue;
		if (r < 0)
			return r;
		if (i == b->count - 1)
			last = 1;
	}
	return last;
}

int xfrm_batch_flush(struct xfrm_batch *b)
{
	struct cur c;
	int r;

	if (b->err || !b->count)
		return b->err;
	/* Refusals are always answered: one acknowledgement is enough. */
	if (!b->ask[b->count - 1])
		xmsg_add_flags(&b->msg, NLM_F_ACK);
	r = sock_send(b->sock, &b->msg);
	if (r < 0)
		goto out;
	b->sent += b->count;
	b->sock->stats.sent += b->count;
	do {
		r = sock_recv(b->sock, 0, &c);
		if (r == 0)
			r = batch_answers(b, c);
	} while (r == 0);
out:
	if (r < 0)
		b->err = r;
	b->count = 0;
	batch_note_used(b);
	wbuf_reset(&b->msg.w);
	b->msg.start = 0;
	return b->err;
}

struct xmsg *xfrm_batch_msg(struct xfrm_batch *b)
{
	if (b->count == BATCH_MSGS ||
	    BATCH_BYTES - b->msg.w.len < XMSG_MAX)
		xfrm_batch_flush(b);
	return b->err ? NULL : &b->msg;
}

static int batch_add(struct xfrm_batch *b, uint64_t cookie, bool ask)
{
	int r = b->msg.w.err;

	if (b->err)
		return b->err;
	if (r < 0) {
		batch_note_used(b);
		xmsg_cancel(&b->msg);
		return r;
	}
	b->sock->seq++;
	if (!b->count)
		b->first = b->sock->seq;
	xmsg_set_seq(&b->msg, b->sock->seq);
	xmsg_set_port(&b->msg, b->sock->port);
	b->ask[b->count] = ask;
	b->cookie[b->count++] = cookie;
	return 0;
}

int xfrm_batch_add(struct xfrm_batch *b, uint64_t cookie)
{
	return batch_add(b, cookie, false);
}

void xfrm_batch_answers(struct xfrm_batch *b, xfrm_answered_fn fn)
{
	b->answered = fn;
}

int xfrm_batch_add_ask(struct xfrm_batch *b, uint64_t cookie)
{
	return batch_add(b, cookie, b->answered != NULL);
}

int xfrm_sock_recv(struct xfrm_sock *s, xfrm_msg_fn fn, void *arg)
{
	struct xmsg_view v;
	struct cur c;
	int r, n = 0;

	r = sock_recv(s, MSG_DONTWAIT, &c);
	if (r == -EAGAIN || r == -EWOULDBLOCK)
		return 0;
	if (r == XE_TRUNC)
		return 0; /* counted */
	if (r < 0)
		return r;
	while ((r = xmsg_next(&c, &v)) != 0) {
		if (r < 0) {
			s->stats.malformed++;
			break;
		}
		s->stats.received++;
		r = fn(arg, &v);
		if (r < 0)
			return r;
		n++;
	}
	return n;
}

struct event_sink {
	struct xfrm_sock *s;
	xfrm_event_fn fn;
	void *arg;
};

static int give_event(void *arg, const struct xmsg_view *v)
{
	struct event_sink *sink = arg;
	struct xfrm_event ev;
	int r = xfrm_event_parse(v, &ev);

	if (r < 0) {
		if (r != XE_UNSUPPORTED)
			sink->s->stats.malformed++;
		return 0;
	}
	return sink->fn(sink->arg, &ev);
}

int xfrm_sock_events(struct xfrm_sock *s, xfrm_event_fn fn, void *arg)
{
	struct event_sink sink = { s, fn, arg };

	return xfrm_sock_recv(s, give_event, &sink);
}

int xfrm_sock_mute(struct xfrm_sock *s, const uint16_t *types, unsigned int n)
{
	/* jump to "drop" from the i-th comparison: n - i instructions on */
	struct sock_filter code[XFRM_SOCK_MUTE_MAX + 3];
	struct sock_fprog prog = { .filter = code };

	if (n > XFRM_SOCK_MUTE_MAX)
		return XE_RANGE;
	code[0] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_H | BPF_ABS,
		(uint32_t)offsetof(struct nlmsghdr, nlmsg_type));
	for (unsigned int i = 0; i < n; i++)
		/* loads are in network byte order, the field is in ours */
		code[1 + i] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, htons(types[i]),
			(uint8_t)(n - i), 0);
	code[1 + n] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
	code[2 + n] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	prog.len = (unsigned short)(n + 3);
	return setsockopt(s->fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog)) < 0 ? -errno : 0;
}
