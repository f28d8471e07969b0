/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/net.h"

#include <errno.h>
#include <linux/udp.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"

#define NET_BATCH 16		/* packets taken with one system call */
#define NET_QUEUE 32		/* packets sent with one */
#define NET_QUEUE_BYTES 65536	/* of theirs, or one packet that is larger */
#define NET_ROUNDS 8		/* batches before other work gets its turn */
#define NET_RCVBUF (4 << 20)	/* bytes; bursts of several thousand peers */
#define MARKER_LEN 4		/* non-ESP marker, RFC 3948 2.2 */

/* ---- the privileged side ---------------------------------------------- */

static int set_int(int fd, int level, int opt, int v)
{
	return setsockopt(fd, level, opt, &v, sizeof(v)) < 0 ? -errno : 0;
}

/* IKE itself must never wait for the SAs it negotiates. */
static int bypass(int fd, int family)
{
	static const int dirs[] = { XFRM_POLICY_IN, XFRM_POLICY_OUT };
	int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	int opt = family == AF_INET ? IP_XFRM_POLICY : IPV6_XFRM_POLICY;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		struct xfrm_userpolicy_info pol = {
			.action = XFRM_POLICY_ALLOW,
			.dir = (uint8_t)dirs[i],
			.sel.family = (uint16_t)family,
			.lft = { XFRM_INF, XFRM_INF, XFRM_INF, XFRM_INF },
		};

		if (setsockopt(fd, level, opt, &pol, sizeof(pol)) < 0)
			return -errno;
	}
	return 0;
}

static int bind_options(int fd, const struct bind_req *b)
{
	bool v4 = b->addr.family == AF_INET;
	int r;

	/* Without CAP_NET_ADMIN the smaller buffer has to do. */
	if (set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, NET_RCVBUF) < 0)
		set_int(fd, SOL_SOCKET, SO_RCVBUF, NET_RCVBUF);
	set_int(fd, SOL_SOCKET, SO_SNDBUF, NET_RCVBUF);
	if (v4) {
		r = set_int(fd, IPPROTO_IP, IP_PKTINFO, 1);
		if (!r)
			r = set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER,
				    IP_PMTUDISC_DONT);
		if (!r && !b->strict)
			r = set_int(fd, IPPROTO_IP, IP_FREEBIND, 1);
	} else {
		r = set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
		if (!r)
			r = set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
		if (!r)
			r = set_int(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER,
				    IPV6_PMTUDISC_DONT);
		if (!r && !b->strict)
			r = set_int(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
	}
	if (!r)
		r = bypass(fd, b->addr.family);
	if (!r && b->natt)
		r = set_int(fd, IPPROTO_UDP, UDP_ENCAP, UDP_ENCAP_ESPINUDP);
	return r;
}

int net_bind(const struct bind_req *b, int *out)
{
	struct sockaddr_storage ss;
	socklen_t len = xaddr_to_sockaddr(&b->addr, b->port, &ss);
	int fd, r;

	*out = -1;
	if (!len)
		return XE_FAMILY;
	fd = socket(b->addr.family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    0);
	if (fd < 0)
		return -errno;
	r = bind_options(fd, b);
	if (!r && bind(fd, (const struct sockaddr *)&ss, len) < 0)
		r = -errno;
	if (r < 0) {
		close(fd);
		return r;
	}
	*out = fd;
	return 0;
}

/* ---- the side that talks to strangers --------------------------------- */

union pktinfo {
	struct cmsghdr align;
	char buf[CMSG_SPACE(sizeof(struct in6_pktinfo)) +
		 CMSG_SPACE(sizeof(struct in_pktinfo))];
};

struct sock {
	struct hnode node;
	struct net *net;
	struct bind_req b;
	int fd;
	bool kept;
};

/*
 * A link-local address of ours and its interface.  The kernel's policies and
 * SAs name such addresses without one, and so does all of the engine.
 */
struct link {
	struct hnode node;
	struct xaddr addr;
	uint32_t ifindex;
};

/* A packet that waits to be sent. */
struct queued {
	struct ike_ep local, remote;
	struct sockaddr_storage to;
	struct iovec iov;	/* in net->bytes */
};

struct net {
	struct loop *loop;
	net_packet_fn *fn;
	net_failed_fn *failed;
	void *arg;
	struct htab socks;	/* by address and port */
	struct htab links;
	/* what recvmmsg() fills in */
	struct mmsghdr msg[NET_BATCH];
	struct iovec iov[NET_BATCH];
	struct sockaddr_storage from[NET_BATCH];
	union pktinfo ctl[NET_BATCH];
	uint8_t buf[NET_BATCH][IKE_PACKET_MAX];
	/* what sendmmsg() takes: packets of one socket */
	int out_fd;
	unsigned int nqueued, nfailed;
	struct queued queue[NET_QUEUE];
	struct mmsghdr out[NET_QUEUE];
	union pktinfo out_ctl[NET_QUEUE];
	struct wbuf bytes;
	uint8_t room[NET_QUEUE_BYTES + MARKER_LEN + IKE_PACKET_MAX];
};

int net_new(struct net **out, struct loop *loop, net_packet_fn *fn,
	    net_failed_fn *failed, void *arg)
{
	struct net *net = calloc(1, sizeof(*net));

	*out = net;
	if (!net)
		return XE_NOMEM;
	net->loop = loop;
	net->fn = fn;
	net->failed = failed;
	net->arg = arg;
	wbuf_fixed(&net->bytes, net->room, sizeof(net->room));
	htab_init(&net->socks, NET_SOCKETS_MAX);
	htab_init(&net->links, NET_LINKS_MAX);
	return 0;
}

static void sock_free(struct sock *s)
{
	loop_fd_del(s->net->loop, s->fd);
	close(s->fd);
	htab_del(&s->net->socks, &s->node);
	free(s);
}

void net_prune(struct net *net)
{
	struct hnode *n, *cursor;
	size_t pos = 0;

	while ((n = htab_walk(&net->socks, &pos, &cursor))) {
		struct sock *s = hnode_entry(n, struct sock, node);

		if (!s->kept)
			sock_free(s);
		else
			s->kept = false;
	}
}

/* ---- link-local addresses ---- */

static struct link *link_find(const struct net *net, const struct xaddr *a)
{
	struct hnode *n;

	for (n = htab_first(&net->links, xaddr_hash(0, a)); n;
	     n = htab_next(n)) {
		struct link *l = hnode_entry(n, struct link, node);

		if (xaddr_equal(&l->addr, a))
			return l;
	}
	return NULL;
}

/* The address loses its interface, which is noted. */
static void link_take(struct net *net, struct xaddr *a)
{
	uint32_t ifindex = a->scope;
	struct link *l;

	a->scope = 0;
	if (!ifindex)
		return;
	l = link_find(net, a);
	if (!l) {
		l = calloc(1, sizeof(*l));
		if (!l)
			return;
		l->addr = *a;
		if (htab_add(&net->links, &l->node, xaddr_hash(0, a)) < 0) {
			free(l);
			return;
		}
	}
	l->ifindex = ifindex;
}

static void links_forget(struct net *net)
{
	struct hnode *n, *cursor;
	size_t pos = 0;

	while ((n = htab_walk(&net->links, &pos, &cursor))) {
		htab_del(&net->links, n);
		free(hnode_entry(n, struct link, node));
	}
}

void net_links(struct net *net, struct xaddr *v, size_t n)
{
	links_forget(net);
	for (size_t i = 0; i < n; i++)
		link_take(net, &v[i]);
}

void net_free(struct net *net)
{
	if (!net)
		return;
	links_forget(net);
	htab_free(&net->links);
	net_prune(net);	/* the first call clears the marks */
	net_prune(net);
	htab_free(&net->socks);
	free(net);
}

static uint64_t sock_hash(const struct xaddr *a, uint16_t port)
{
	return hash_mix(xaddr_hash(0, a), port);
}

static struct sock *sock_find(const struct net *net, const struct xaddr *a,
			      uint16_t port)
{
	struct hnode *n;

	for (n = htab_first(&net->socks, sock_hash(a, port)); n;
	     n = htab_next(n)) {
		struct sock *s = hnode_entry(n, struct sock, node);

		if (s->b.port == port && xaddr_equal(&s->b.addr, a))
			return s;
	}
	return NULL;
}

bool net_keep(struct net *net, const struct bind_req *b)
{
	struct sock *s = sock_find(net, &b->addr, b->port);

	if (!s || s->b.natt != b->natt)
		return false;
	s->kept = true;
	return true;
}

/* The local address a packet came to. */
static struct xaddr packet_dst(struct msghdr *mh)
{
	struct xaddr a = { 0 };

	for (struct cmsghdr *cm = CMSG_FIRSTHDR(mh); cm;
	     cm = CMSG_NXTHDR(mh, cm)) {
		if (cm->cmsg_level == IPPROTO_IP &&
		    cm->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo pi;

			memcpy(&pi, CMSG_DATA(cm), sizeof(pi));
			a.family = AF_INET;
			memcpy(a.b, &pi.ipi_addr, sizeof(pi.ipi_addr));
		} else if (cm->cmsg_level == IPPROTO_IPV6 &&
			   cm->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo pi;

			memcpy(&pi, CMSG_DATA(cm), sizeof(pi));
			a.family = AF_INET6;
			memcpy(a.b, &pi.ipi6_addr, sizeof(pi.ipi6_addr));
			if (IN6_IS_ADDR_LINKLOCAL(&pi.ipi6_addr))
				a.scope = (uint32_t)pi.ipi6_ifindex;
		}
	}
	return a;
}

static bool is_multicast(const struct xaddr *a)
{
	return a->family == AF_INET ? (a->b[0] & 0xf0) == 0xe0
				    : a->b[0] == 0xff;
}

/* One datagram: what is IKE goes to the callback. */
static void take_packet(struct net *net, const struct sock *s, int i)
{
	static const uint8_t marker[MARKER_LEN];
	struct msghdr *mh = &net->msg[i].msg_hdr;
	struct cur c = cur_init(net->buf[i], net->msg[i].msg_len);
	struct ike_packet p = { .natt = s->b.natt };
	uint8_t lead[MARKER_LEN];

	if (mh->msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return;
	if (xaddr_from_sockaddr((struct sockaddr *)&net->from[i],
				mh->msg_namelen, &p.remote.addr,
				&p.remote.port) < 0)
		return;
	p.local.addr = packet_dst(mh);
	link_take(net, &p.local.addr);
	p.remote.addr.scope = 0;
	p.local.port = s->b.port;
	if (!p.remote.port || is_multicast(&p.remote.addr) ||
	    p.local.addr.family != p.remote.addr.family)
		return;
	/* The kernel took ESP and keepalives out already. */
	if (s->b.natt && (cur_copy(&c, lead, sizeof(lead)) < 0 ||
			  memcmp(lead, marker, sizeof(marker))))
		return;
	p.p = c.p;
	p.len = c.left;
	net->fn(net->arg, &p);
}

static void sock_ready(void *arg, int fd, unsigned int events)
{
	struct sock *s = arg;
	struct net *net = s->net;
	int n = NET_BATCH;

	for (int round = 0; round < NET_ROUNDS && n == NET_BATCH; round++) {
		for (int i = 0; i < NET_BATCH; i++) {
			net->iov[i] = (struct iovec){ net->buf[i],
						      IKE_PACKET_MAX };
			net->msg[i].msg_hdr = (struct msghdr){
				.msg_name = &net->from[i],
				.msg_namelen = sizeof(net->from[i]),
				.msg_iov = &net->iov[i],
				.msg_iovlen = 1,
				.msg_control = net->ctl[i].buf,
				.msg_controllen = sizeof(net->ctl[i].buf),
			};
		}
		n = recvmmsg(fd, net->msg, NET_BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < n; i++)
			take_packet(net, s, i);
	}
}

int net_add(struct net *net, const struct bind_req *b, int fd)
{
	struct sock *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return XE_NOMEM;
	s->net = net;
	s->b = *b;
	s->fd = fd;
	s->kept = true;
	r = htab_add(&net->socks, &s->node, sock_hash(&b->addr, b->port));
	if (r < 0) {
		free(s);
		return r;
	}
	r = loop_fd(net->loop, fd, LOOP_READ, sock_ready, s);
	if (r < 0) {
		htab_del(&net->socks, &s->node);
		free(s);
	}
	return r;
}

/* Sends from the packet's own local address, whatever the socket's is. */
static void put_source(struct msghdr *mh, union pktinfo *ctl,
		       const struct xaddr *a)
{
	struct cmsghdr *cm = &ctl->align;

	mh->msg_control = ctl->buf;
	if (a->family == AF_INET) {
		struct in_pktinfo pi = { 0 };

		memcpy(&pi.ipi_spec_dst, a->b, sizeof(pi.ipi_spec_dst));
		cm->cmsg_level = IPPROTO_IP;
		cm->cmsg_type = IP_PKTINFO;
		cm->cmsg_len = CMSG_LEN(sizeof(pi));
		memcpy(CMSG_DATA(cm), &pi, sizeof(pi));
		mh->msg_controllen = CMSG_SPACE(sizeof(pi));
	} else {
		struct in6_pktinfo pi = { .ipi6_ifindex = a->scope };

		memcpy(&pi.ipi6_addr, a->b, sizeof(pi.ipi6_addr));
		cm->cmsg_level = IPPROTO_IPV6;
		cm->cmsg_type = IPV6_PKTINFO;
		cm->cmsg_len = CMSG_LEN(sizeof(pi));
		memcpy(CMSG_DATA(cm), &pi, sizeof(pi));
		mh->msg_controllen = CMSG_SPACE(sizeof(pi));
	}
}

static void fail(struct net *net, const struct ike_ep *local,
		 const struct ike_ep *remote, int err)
{
	net->nfailed++;
	net->failed(net->arg, local, remote, err);
}

static void send_queue(struct net *net)
{
	int err[NET_QUEUE] = { 0 };
	unsigned int done = 0;

	while (done < net->nqueued) {
		int r = sendmmsg(net->out_fd, &net->out[done],
				 net->nqueued - done,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (r > 0) {
			done += (unsigned int)r;
			continue;
		}
		/* The first of them failed; the others get their turn. */
		if (errno != EAGAIN && errno != EWOULDBLOCK &&
		    errno != ENOBUFS)
			err[done] = -errno;
		done++;
	}
	net->nqueued = 0;
	wbuf_reset(&net->bytes);
	for (unsigned int i = 0; i < done; i++)
		if (err[i])
			fail(net, &net->queue[i].local, &net->queue[i].remote,
			     err[i]);
}

static const struct sock *sock_for(const struct net *net,
				   const struct ike_ep *local)
{
	const struct sock *s = sock_find(net, &local->addr, local->port);
	struct xaddr any = xaddr_any(local->addr.family);

	return s ? s : sock_find(net, &any, local->port);
}

/* The packet as it goes out. */
static struct iovec put_bytes(struct wbuf *w, const struct sock *s,
			      const struct ike_packet *p)
{
	static const uint8_t alive = 0xff;	/* RFC 3948 2.3 */
	size_t at = w->len;

	if (s->b.natt && !p->keepalive)
		wbuf_zero(w, MARKER_LEN);
	if (p->keepalive)
		wbuf_u8(w, alive);
	else
		wbuf_put(w, p->p, p->len);
	return (struct iovec){ wbuf_at(w, at, w->len - at), w->len - at };
}

/* Our end, and the peer's behind it, with their interface. */
static void put_links(const struct net *net, struct ike_ep *local,
		      struct ike_ep *remote)
{
	const struct link *l = local->addr.family == AF_INET6
				       ? link_find(net, &local->addr)
				       : NULL;

	if (l)
		local->addr.scope = remote->addr.scope = l->ifindex;
}

void net_send(struct net *net, const struct ike_packet *p)
{
	struct ike_ep local = p->local, remote = p->remote;
	const struct sock *s;
	struct queued *q;
	struct msghdr *mh;

	put_links(net, &local, &remote);
	s = sock_for(net, &local);
	if (!s || p->len > IKE_PACKET_MAX) {
		fail(net, &p->local, &p->remote,
		     s ? -EMSGSIZE : -EADDRNOTAVAIL);
		return;
	}
	if (net->nqueued && (net->out_fd != s->fd ||
			     net->nqueued == NET_QUEUE ||
			     net->bytes.len >= NET_QUEUE_BYTES))
		send_queue(net);
	q = &net->queue[net->nqueued];
	mh = &net->out[net->nqueued].msg_hdr;
	q->local = p->local;
	q->remote = p->remote;
	q->iov = put_bytes(&net->bytes, s, p);
	*mh = (struct msghdr){ .msg_name = &q->to, .msg_iov = &q->iov,
			       .msg_iovlen = 1 };
	mh->msg_namelen = xaddr_to_sockaddr(&remote.addr, remote.port, &q->to);
	if (!xaddr_is_any(&local.addr))
		put_source(mh, &net->out_ctl[net->nqueued], &local.addr);
	net->out_fd = s->fd;
	net->nqueued++;
}

unsigned int net_flush(struct net *net)
{
	unsigned int failed;

	if (net->nqueued)
		send_queue(net);
	failed = net->nfailed;
	net->nfailed = 0;
	return failed;
}
