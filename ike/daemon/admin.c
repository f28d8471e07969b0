/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/admin.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ike/ctl/proto.h"
#include "ike/daemon/showstatus.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"

#define UL_PROTO_ANY 255

struct conn {
	struct hnode node;
	struct admin *adm;
	uint32_t id;
	int fd;
	bool asked;		/* its one request has come */
	bool busy;		/* it is with the engine */
	bool subscribed;	/* to all events */
	bool waits;		/* for events about what it asked for */
	bool close_after;	/* nothing more comes once all is written */
	bool deaf;		/* the client will say nothing more */
	uint16_t cmd, proto;	/* of the request being answered */
	struct wbuf in, out, body;
	size_t sent;		/* bytes of out already written */
	struct showstatus *status;
};

struct admin {
	struct loop *loop;
	struct admin_ops ops;
	int fd;
	int spare;		/* descriptor to refuse with when there is none */
	uint32_t last_id;
	struct htab conns;
};

static void conn_ready(void *arg, int fd, unsigned int events);

int admin_new(struct admin **out, struct loop *loop,
	      const struct admin_ops *ops)
{
	struct admin *adm = calloc(1, sizeof(*adm));

	*out = adm;
	if (!adm)
		return XE_NOMEM;
	adm->loop = loop;
	adm->ops = *ops;
	adm->fd = adm->spare = -1;
	htab_init(&adm->conns, ADMIN_CONNS_MAX);
	return 0;
}

static void conn_free(struct conn *c)
{
	struct admin *adm = c->adm;

	loop_fd_del(adm->loop, c->fd);
	close(c->fd);
	htab_del(&adm->conns, &c->node);
	showstatus_free(c->status);
	wbuf_free(&c->in);
	wbuf_free(&c->out);
	wbuf_free(&c->body);
	free(c);
}

void admin_free(struct admin *adm)
{
	struct hnode *n, *cursor;
	size_t pos = 0;

	if (!adm)
		return;
	while ((n = htab_walk(&adm->conns, &pos, &cursor)))
		conn_free(hnode_entry(n, struct conn, node));
	htab_free(&adm->conns);
	admin_listen(adm, -1);
	free(adm);
}

/* ---- writing ---------------------------------------------------------- */

/* One that has asked and closed its side waits for its answer still. */
static int conn_watch(struct conn *c)
{
	unsigned int what = c->deaf ? 0 : LOOP_READ;

	if (c->sent < c->out.len)
		what |= LOOP_WRITE;
	return loop_fd(c->adm->loop, c->fd, what, conn_ready, c);
}

/* Writes what is there; false when the connection is gone with it. */
static bool conn_flush(struct conn *c)
{
	struct cur left = wbuf_cur(&c->out);
	ssize_t n;

	while (!cur_skip(&left, c->sent) && left.left) {
		n = send(c->fd, left.p, left.left, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			n = 0;
		if (n < 0 && errno != EAGAIN) {
			conn_free(c);
			return false;
		}
		if (n < 0)
			break;
		c->sent += (size_t)n;
		left = wbuf_cur(&c->out);
	}
	if (c->sent < c->out.len) {
		conn_watch(c);
		return true;
	}
	wbuf_reset(&c->out);
	c->sent = 0;
	if (c->close_after) {
		conn_free(c);
		return false;
	}
	conn_watch(c);
	return true;
}

/* Puts a message into the out buffer: header, then len bytes of body. */
static void conn_put(struct conn *c, uint16_t cmd, int err, const void *body,
		     size_t len)
{
	size_t total = sizeof(struct ctl_hdr) + len;
	struct ctl_hdr h = { .len = (uint16_t)total, .cmd = cmd,
			     .aux = (uint16_t)err, .proto = c->proto };

	if (total > UINT16_MAX) {
		h.cmd |= CTL_FLAG;
		h.aux = (uint16_t)(total >> 16);
	}
	wbuf_put(&c->out, &h, sizeof(h));
	wbuf_put(&c->out, body, len);
}

/* errno for the protocol, of one of our errors. */
static int wire_errno(int err)
{
	if (err > XE_BASE)
		return -err;
	switch ((enum xe)err) {
	case XE_NOTFOUND:
		return ENOENT;
	case XE_EXISTS:
		return EEXIST;
	case XE_UNSUPPORTED:
		return EOPNOTSUPP;
	case XE_LIMIT:
		return ENOSPC;
	case XE_AUTH:
		return EACCES;
	case XE_CLOSED:
		return EPIPE;
	case XE_AGAIN:
	case XE_INTR:
		return EAGAIN;
	case XE_TRUNC:
	case XE_TRAILING:
	case XE_MALFORMED:
	case XE_RANGE:
	case XE_NOSPACE:
	case XE_PARSE:
	case XE_CHECK:
	case XE_FAMILY:
	case XE_KEYLEN:
	case XE_CRYPTO:
	case XE_STATE:
	case XE_REFUSED:
		return EINVAL;
	}
	return EINVAL;
}

/* The end of an answer: true while the connection lives. */
static bool conn_finish(struct conn *c, int err)
{
	bool stays = (c->subscribed || c->waits) && !err;

	c->busy = false;
	if (err && err != -EEXIST)
		wbuf_reset(&c->body);
	conn_put(c, c->cmd, err ? wire_errno(err) : 0, c->body.p, c->body.len);
	wbuf_reset(&c->body);
	if (c->out.err) {
		conn_free(c);
		return false;
	}
	c->close_after = !stays;
	return conn_flush(c);
}

/* ---- requests --------------------------------------------------------- */

static int ep_from(const struct sockaddr_storage *ss, struct ike_ep *ep)
{
	*ep = (struct ike_ep){ 0 };
	if (ss->ss_family == AF_UNSPEC)
		return 0;
	return xaddr_from_sockaddr((const struct sockaddr *)ss, sizeof(*ss),
				   &ep->addr, &ep->port);
}

static int take_index(struct cur *body, struct ike_admin *req)
{
	struct ctl_index idx;
	int r = cur_copy(body, &idx, sizeof(idx));

	if (!r)
		r = ep_from(&idx.src, &req->local);
	if (!r)
		r = ep_from(&idx.dst, &req->remote);
	if (r)
		return r;
	if (req->local.addr.family != req->remote.addr.family &&
	    req->local.addr.family && req->remote.addr.family)
		return XE_FAMILY;
	if (idx.src_prefix > xaddr_bits(req->local.addr.family) ||
	    idx.dst_prefix > xaddr_bits(req->remote.addr.family))
		return XE_RANGE;
	xsel_init(&req->sel, &req->local.addr, idx.src_prefix,
		  &req->remote.addr, idx.dst_prefix);
	req->sel.proto = idx.ul_proto == UL_PROTO_ANY ? XSEL_PROTO_ANY
						      : idx.ul_proto;
	req->sel.sport = req->local.port;
	req->sel.sport_mask = req->local.port ? 0xffff : 0;
	req->sel.dport = req->remote.port;
	req->sel.dport_mask = req->remote.port ? 0xffff : 0;
	return 0;
}

/* All that is left, as a string with its final NUL. */
static int take_string(struct cur *body, const char **s)
{
	const uint8_t *p;
	size_t len = body->left;

	*s = NULL;
	if (!len)
		return XE_TRUNC;
	cur_bytes(body, len, &p);
	if (memchr(p, '\0', len) != p + len - 1)
		return XE_MALFORMED;
	*s = (const char *)p;
	return 0;
}

/* What racoon has installed, of one protocol or all; nothing else. */
static int take_flush(const struct conn *c, struct ike_admin *req)
{
	req->kind = ADM_FLUSH_CHILD;
	switch (c->proto) {
	case CTL_PROTO_ISAKMP:
		req->kind = ADM_FLUSH_ISAKMP;
		return 0;
	case CTL_PROTO_ESP:
		req->proto = IPPROTO_ESP;
		return 0;
	case CTL_PROTO_AH:
		req->proto = IPPROTO_AH;
		return 0;
	case CTL_PROTO_IPSEC:
		return 0;
	}
	return XE_UNSUPPORTED;
}

static int take_establish(struct conn *c, struct cur *body,
			  struct ike_admin *req)
{
	int r = take_index(body, req);

	/* the name of a remote section, or nothing */
	if (!r && body->left)
		r = take_string(body, &req->remote_name);
	if (r)
		return r;
	req->kind = c->proto == CTL_PROTO_ISAKMP ? ADM_ESTABLISH_ISAKMP
						 : ADM_ESTABLISH_CHILD;
	if (req->kind == ADM_ESTABLISH_CHILD) {
		req->local.port = 0;
		req->remote.port = 0;
	}
	return 0;
}

static int want_status(struct conn *c, bool verbose, struct ike_admin *req)
{
	req->kind = ADM_STATUS;
	return showstatus_new(&c->status, verbose, c->proto == CTL_FORMAT_JSON);
}

/* One request to what the engine is asked; XE_UNSUPPORTED for others. */
static int take_request(struct conn *c, struct cur *body,
			struct ike_admin *req)
{
	switch ((enum ctl_cmd)c->cmd) {
	case CTL_SHOW_SCHED:
		req->kind = ADM_SHOW_SCHED;
		return 0;
	case CTL_SHOW_SA:
		req->kind = ADM_SHOW_ISAKMP;
		return c->proto == CTL_PROTO_ISAKMP ? 0 : XE_UNSUPPORTED;
	case CTL_FLUSH_SA:
		return take_flush(c, req);
	case CTL_STATUS:
		return want_status(c, false, req);
	case CTL_STATUS_VERBOSE:
		return want_status(c, true, req);
	case CTL_DELETE_SA:
		req->kind = ADM_DELETE_ISAKMP;
		return take_index(body, req);
	case CTL_DELETE_ALL_SA_DST:
		req->kind = ADM_DELETE_PEER;
		return take_index(body, req);
	case CTL_ESTABLISH_SA:
		c->waits = true;
		return take_establish(c, body, req);
	case CTL_GET_SA_CERT:
		req->kind = ADM_GET_CERT;
		return take_index(body, req);
	case CTL_LOGOUT_USER:
		req->kind = ADM_LOGOUT_USER;
		return take_string(body, &req->user);
	case CTL_RELOAD_CONF:
	case CTL_SHOW_EVT:
	case CTL_ESTABLISH_SA_PSK:
		break;
	}
	return XE_UNSUPPORTED;
}

static void conn_request(struct conn *c, const struct ctl_hdr *h,
			 struct cur body)
{
	struct ike_admin req = { .id = c->id };
	struct admin *adm = c->adm;
	int r;

	c->cmd = h->cmd & (uint16_t)~CTL_FLAG;
	c->proto = h->proto;
	c->busy = true;
	if (c->cmd == CTL_RELOAD_CONF) {
		adm->ops.reload(adm->ops.arg, c->id);
		return;
	}
	if (c->cmd == CTL_SHOW_EVT) {
		c->subscribed = true;
		conn_finish(c, 0);
		return;
	}
	r = take_request(c, &body, &req);
	if (r) {
		c->waits = false;
		conn_finish(c, r);
		return;
	}
	adm->ops.request(adm->ops.arg, &req);
}

/* Takes the request out of the input buffer, once it is whole. */
static void conn_parse(struct conn *c)
{
	struct cur in = wbuf_cur(&c->in);
	struct ctl_hdr h;
	struct cur body;

	if (cur_copy(&in, &h, sizeof(h)))
		return;
	if (h.len < sizeof(h) || h.len > CTL_REQUEST_MAX) {
		conn_free(c);
		return;
	}
	if (cur_sub(&in, h.len - sizeof(h), &body))
		return;
	/* One request a connection, as racoonctl has always done. */
	c->asked = true;
	conn_request(c, &h, body);
}

static void conn_ready(void *arg, int fd, unsigned int events)
{
	struct conn *c = arg;
	uint8_t chunk[CTL_REQUEST_MAX];
	ssize_t n;

	if ((events & LOOP_WRITE) && !conn_flush(c))
		return;
	if (!(events & LOOP_READ))
		return;
	n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0 && c->asked)
		return;
	/* The end of what it says, then the end of the connection. */
	if (n == 0 && c->asked && !c->deaf) {
		c->deaf = true;
		conn_watch(c);
		return;
	}
	if (n > 0)
		wbuf_put(&c->in, chunk, (size_t)n);
	if (n <= 0 || c->in.err) {
		conn_free(c);
		return;
	}
	conn_parse(c);
}

static struct conn *conn_find(struct admin *adm, uint32_t id)
{
	struct hnode *n = htab_first(&adm->conns, id);

	return n ? hnode_entry(n, struct conn, node) : NULL;
}

/* Those who say nothing make room for others: the first to come goes first. */
static void drop_silent(struct admin *adm)
{
	struct hnode *n, *cursor;
	struct conn *first = NULL;
	size_t pos = 0;

	while ((n = htab_walk(&adm->conns, &pos, &cursor))) {
		struct conn *c = hnode_entry(n, struct conn, node);

		if (!c->asked && (!first || c->id < first->id))
			first = c;
	}
	if (first)
		conn_free(first);
}

/*
 * There is no descriptor for who wants to connect, and the loop would come
 * back for it without end: it is refused.
 */
static void refuse(struct admin *adm, int lfd)
{
	int fd;

	close(adm->spare);
	fd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	adm->spare = fcntl(lfd, F_DUPFD_CLOEXEC, 0);
}

static void admin_accept(void *arg, int lfd, unsigned int events)
{
	struct admin *adm = arg;
	struct conn *c;
	int fd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0 && (errno == EMFILE || errno == ENFILE))
		refuse(adm, lfd);
	if (fd < 0)
		return;
	if (adm->conns.count >= ADMIN_CONNS_MAX)
		drop_silent(adm);
	c = calloc(1, sizeof(*c));
	if (!c) {
		close(fd);
		return;
	}
	do
		c->id = ++adm->last_id;
	while (!c->id || conn_find(adm, c->id));
	c->adm = adm;
	c->fd = fd;
	wbuf_init(&c->in, CTL_REQUEST_MAX);
	wbuf_init(&c->out, CTL_REPLY_MAX + ADMIN_QUEUE_MAX);
	wbuf_init(&c->body, CTL_REPLY_MAX - sizeof(struct ctl_hdr));
	if (htab_add(&adm->conns, &c->node, c->id) < 0) {
		close(fd);
		free(c);
		return;
	}
	if (conn_watch(c) < 0)
		conn_free(c);
}

int admin_listen(struct admin *adm, int fd)
{
	if (adm->fd >= 0) {
		loop_fd_del(adm->loop, adm->fd);
		close(adm->fd);
		close(adm->spare);
	}
	adm->fd = fd;
	adm->spare = -1;
	if (fd < 0)
		return 0;
	adm->spare = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return loop_fd(adm->loop, fd, LOOP_READ, admin_accept, adm);
}

/* ---- answers and events ----------------------------------------------- */

static void put_cookie(uint8_t out[8], uint64_t v)
{
	struct wbuf w;

	wbuf_fixed(&w, out, 8);
	wbuf_u64(&w, v);
}

static void add_isakmp(struct conn *c, const struct ike_sa_row *s,
		       uint64_t now, int64_t wall)
{
	struct ctl_isakmp row;

	memset(&row, 0, sizeof(row));	/* the padding too */
	put_cookie(row.icookie, s->spi_i);
	put_cookie(row.rcookie, s->spi_r);
	row.state = (int)s->state;
	row.side = s->initiator ? 0 : 1;
	xaddr_to_sockaddr(&s->remote.addr, s->remote.port, &row.remote);
	xaddr_to_sockaddr(&s->local.addr, s->local.port, &row.local);
	row.version = s->version;
	row.exchange = s->exchange;
	row.created = s->created ? wall - (time_t)((now - s->created) / 1000)
				 : 0;
	row.children = (int)s->nchild;
	wbuf_put(&c->body, &row, sizeof(row));
}

static void add_timer(struct conn *c, const struct ike_timer_row *t,
		      uint64_t now, int64_t wall)
{
	struct ctl_sched row = {
		.id = c->body.len / sizeof(row) + 1,
		.tick = ((int64_t)t->at - (int64_t)now) / 1000,
		.due = wall + ((int64_t)t->at - (int64_t)now) / 1000,
		.created = wall - (int64_t)((now - t->created) / 1000),
	};

	wbuf_put(&c->body, &row, sizeof(row));
}

void admin_answer(struct admin *adm, const struct ike_answer *a, uint64_t now,
		  int64_t wall)
{
	struct conn *c = conn_find(adm, a->id);
	int r = a->err;

	if (!c || !c->busy)
		return;
	if (c->status)
		showstatus_add(c->status, a, now, wall);
	switch (a->kind) {
	case ANS_SA:
		if (!c->status)
			add_isakmp(c, &a->sa, now, wall);
		return;
	case ANS_TIMER:
		add_timer(c, &a->timer, now, wall);
		return;
	case ANS_CERT:
		wbuf_put(&c->body, a->cert.der, a->cert.len);
		return;
	case ANS_CHILD:
	case ANS_DOWN:
		return;
	case ANS_END:
		break;
	}
	if (c->status && !r)
		r = showstatus_print(c->status, wall, &c->body);
	showstatus_free(c->status);
	c->status = NULL;
	/* Scripts delete what may not be there: it has never been an error. */
	if (c->cmd == CTL_DELETE_SA && r == -ENOENT)
		r = 0;
	conn_finish(c, r ? r : c->body.err);
}

static bool concerns(const struct conn *c, const struct ike_evt_row *ev)
{
	return c->subscribed ||
	       (c->waits && (ev->admin == c->id || ev->code == EVT_QUIT));
}

void admin_event(struct admin *adm, const struct ike_evt_row *ev,
		 int64_t wall)
{
	struct hnode *n, *cursor;
	struct ctl_event e;
	size_t pos = 0;

	memset(&e, 0, sizeof(e));
	e.type = ev->code;
	e.when = (time_t)wall;
	xaddr_to_sockaddr(&ev->local.addr, ev->local.port, &e.src);
	xaddr_to_sockaddr(&ev->remote.addr, ev->remote.port, &e.dst);
	e.msgid = ev->msgid;
	while ((n = htab_walk(&adm->conns, &pos, &cursor))) {
		struct conn *c = hnode_entry(n, struct conn, node);

		if (!concerns(c, ev))
			continue;
		if (c->out.len - c->sent > ADMIN_QUEUE_MAX) {
			conn_free(c);	/* it does not read */
			continue;
		}
		conn_put(c, CTL_SHOW_EVT, 0, &e, sizeof(e));
		if (!c->busy)
			conn_flush(c);
	}
}

void admin_reloaded(struct admin *adm, uint32_t conn, int err)
{
	struct conn *c = conn_find(adm, conn);

	if (c && c->busy)
		conn_finish(c, err);
}
