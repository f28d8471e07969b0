/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For kernels that have XFRM but no ESP: preloaded into a daemon, it turns the
 * kernel's refusal of an SA's protocol into success, so that everything but
 * the SAs themselves can be measured without a virtual machine.
 */
/* glibc's checked variants of these calls are for callers only. */
#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

typedef ssize_t recvfrom_fn(int fd, void *buf, size_t len, int flags,
			    struct sockaddr *from, socklen_t *fromlen);

static int is_netlink(int fd)
{
	socklen_t len = sizeof(int);
	int domain = 0;

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
	       domain == AF_NETLINK;
}

/* The errors among the messages of one datagram, if it is one of netlink. */
static void forgive(int fd, unsigned char *p, size_t left)
{
	struct nlmsghdr h;
	int err;

	while (left >= sizeof(h)) {
		memcpy(&h, p, sizeof(h));
		if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > left)
			return;
		if (h.nlmsg_type == NLMSG_ERROR &&
		    h.nlmsg_len >= NLMSG_LENGTH(sizeof(err))) {
			memcpy(&err, p + NLMSG_HDRLEN, sizeof(err));
			if (err == -EPROTONOSUPPORT && is_netlink(fd))
				memset(p + NLMSG_HDRLEN, 0, sizeof(err));
		}
		if (NLMSG_ALIGN(h.nlmsg_len) > left)
			return;
		left -= NLMSG_ALIGN(h.nlmsg_len);
		p += NLMSG_ALIGN(h.nlmsg_len);
	}
}

ssize_t recvfrom(int fd, void *buf, size_t len, int flags,
		 struct sockaddr *from, socklen_t *fromlen)
{
	static recvfrom_fn *real;
	ssize_t n;

	if (!real) {
		void *sym = dlsym(RTLD_NEXT, "recvfrom");

		memcpy(&real, &sym, sizeof(real));
	}
	n = real(fd, buf, len, flags, from, fromlen);
	if (n > 0)
		forgive(fd, buf, (size_t)n < len ? (size_t)n : len);
	return n;
}

ssize_t recv(int fd, void *buf, size_t len, int flags)
{
	return recvfrom(fd, buf, len, flags, NULL, NULL);
}
