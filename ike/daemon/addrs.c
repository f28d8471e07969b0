/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/addrs.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libxfrm/base/err.h"
#include "libxfrm/msg.h"

#define ADDRS_MAX 65536
#define ADDRS_BUF 32768

/*
 * Every change leads to a new dump of all: addresses change rarely, and a
 * dump cannot miss anything, also not after a lost event.
 */
struct addrs {
	struct loop *loop;
	int fd;
	addrs_fn *fn;
	void *arg;
	uint32_t seq;
	bool dumping, again;
	struct xaddr *v;
	size_t n, cap;
	uint8_t buf[ADDRS_BUF];
};

static int addrs_put(struct addrs *a, const struct xaddr *addr)
{
	if (a->n == a->cap) {
		size_t cap = a->cap ? a->cap * 2 : 64;
		struct xaddr *v;

		if (cap > ADDRS_MAX)
			return XE_LIMIT;
		v = reallocarray(a->v, cap, sizeof(*v));
		if (!v)
			return XE_NOMEM;
		a->v = v;
		a->cap = cap;
	}
	a->v[a->n++] = *addr;
	return 0;
}

int addrs_read(struct addrs *a)
{
	const struct ifaddrmsg ifa = { .ifa_family = AF_UNSPEC };
	uint32_t buf[32];
	struct xmsg m;
	int r;

	if (a->dumping) {
		a->again = true;
		return 0;
	}
	xmsg_init(&m, buf, sizeof(buf));
	xmsg_begin(&m, RTM_GETADDR, NLM_F_DUMP);
	xmsg_fixed(&m, &ifa, sizeof(ifa));
	r = xmsg_end(&m);
	if (r < 0)
		return r;
	xmsg_set_seq(&m, ++a->seq);
	if (send(a->fd, m.w.p, m.w.len, 0) < 0)
		return -errno;
	a->dumping = true;
	a->n = 0;
	return 0;
}

/* The attributes after the fixed part: the address that is ours. */
static struct xaddr own_address(struct cur attrs, unsigned int family)
{
	struct xaddr local = { 0 }, addr = { 0 };
	struct rtattr ra;
	struct cur value;

	while (!cur_copy(&attrs, &ra, sizeof(ra)) &&
	       ra.rta_len >= sizeof(ra) &&
	       !cur_sub(&attrs, ra.rta_len - sizeof(ra), &value)) {
		struct xaddr *to = ra.rta_type == IFA_LOCAL	? &local
				   : ra.rta_type == IFA_ADDRESS ? &addr
								: NULL;

		if (to && value.left == xaddr_bits(family) / 8) {
			to->family = (uint16_t)family;
			cur_copy(&value, to->b, xaddr_bits(family) / 8);
		}
		cur_skip(&attrs, RTA_ALIGN(ra.rta_len) - ra.rta_len);
	}
	return local.family ? local : addr;
}

/* One address of a dump. */
static int take_addr(struct addrs *a, struct cur body)
{
	struct ifaddrmsg ifa;
	struct xaddr addr;
	int r = cur_copy(&body, &ifa, sizeof(ifa));

	if (r < 0)
		return r;
	addr = own_address(body, ifa.ifa_family);
	if (!addr.family)
		return 0;
	if (addr.family == AF_INET6 && addr.b[0] == 0xfe &&
	    (addr.b[1] & 0xc0) == 0x80)
		addr.scope = ifa.ifa_index;
	return addrs_put(a, &addr);
}

static void dump_done(struct addrs *a)
{
	a->dumping = false;
	if (a->again) {
		a->again = false;
		addrs_read(a);
		return;
	}
	a->fn(a->arg, a->v, a->n);
}

static void take_message(struct addrs *a, const struct xmsg_view *v)
{
	bool ours = a->dumping && v->seq == a->seq;

	switch (v->type) {
	case NLMSG_DONE:
	case NLMSG_ERROR:
		if (ours)
			dump_done(a);
		break;
	case RTM_NEWADDR:
		if (ours)
			take_addr(a, v->body);
		else
			addrs_read(a);
		break;
	case RTM_DELADDR:
		addrs_read(a);
		break;
	}
}

static void addrs_ready(void *arg, int fd, unsigned int events)
{
	struct addrs *a = arg;
	ssize_t n = recv(fd, a->buf, sizeof(a->buf), MSG_DONTWAIT);
	struct xmsg_view v;
	struct cur c;

	if (n < 0) {
		if (errno == ENOBUFS) {
			a->dumping = false;
			addrs_read(a);
		}
		return;
	}
	c = cur_init(a->buf, (size_t)n);
	while (xmsg_next(&c, &v) > 0)
		take_message(a, &v);
}

int addrs_open(struct addrs **out, struct loop *loop, addrs_fn *fn, void *arg)
{
	const struct sockaddr_nl nl = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
	};
	struct addrs *a = calloc(1, sizeof(*a));
	int r = 0;

	*out = NULL;
	if (!a)
		return XE_NOMEM;
	a->loop = loop;
	a->fn = fn;
	a->arg = arg;
	a->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (a->fd < 0 ||
	    bind(a->fd, (const struct sockaddr *)&nl, sizeof(nl)) < 0)
		r = -errno;
	if (!r)
		r = loop_fd(loop, a->fd, LOOP_READ, addrs_ready, a);
	if (r < 0) {
		addrs_close(a);
		return r;
	}
	*out = a;
	return 0;
}

void addrs_close(struct addrs *a)
{
	if (!a)
		return;
	if (a->fd >= 0) {
		loop_fd_del(a->loop, a->fd);
		close(a->fd);
	}
	free(a->v);
	free(a);
}
