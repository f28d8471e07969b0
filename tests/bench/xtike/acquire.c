/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/xtike/acquire.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "libxfrm/base/err.h"
#include "libxfrm/sock.h"
#include "tests/bench/xtike/load.h"

#define WAIT_MS 20000	/* for one tunnel */
#define PORT 9		/* discard */

/* One tunnel on its way: times in milliseconds, 0 = not yet. */
struct flight {
	double acquired, in, out;
	struct xaddr src, dst;	/* of the SA that was asked for */
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int on_event(void *arg, const struct xfrm_event *ev)
{
	struct flight *f = arg;

	if (ev->type == XEV_ACQUIRE && !f->acquired) {
		f->acquired = now_ms();
		f->src = ev->acq.src;
		f->dst = ev->acq.dst;
	}
	if (!f->acquired ||
	    (ev->type != XEV_SA_NEW && ev->type != XEV_SA_UPDATE))
		return 0;
	if (xaddr_equal(&ev->sa.src, &f->src) &&
	    xaddr_equal(&ev->sa.dst, &f->dst))
		f->out = now_ms();
	else if (xaddr_equal(&ev->sa.src, &f->dst) &&
		 xaddr_equal(&ev->sa.dst, &f->src))
		f->in = now_ms();
	return 0;
}

static int send_one(int fd, const struct xaddr *to)
{
	struct sockaddr_storage ss;
	socklen_t len = xaddr_to_sockaddr(to, PORT, &ss);

	/* A packet that has to wait for its SA may be refused: no matter. */
	if (sendto(fd, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&ss, len) < 0 &&
	    errno == EBADF)
		return -errno;
	return 0;
}

/* Milliseconds that one tunnel took, negative when it did not come up. */
static double one(struct xfrm_sock *s, int fd, const struct xaddr *to)
{
	struct pollfd pfd = { .fd = xfrm_sock_fd(s), .events = POLLIN };
	struct flight f = { 0 };
	double end = now_ms() + WAIT_MS, left;

	if (send_one(fd, to) < 0)
		return -1;
	while ((!f.in || !f.out) && (left = end - now_ms()) > 0) {
		if (poll(&pfd, 1, (int)left + 1) < 0 && errno != EINTR)
			return -1;
		if (xfrm_sock_events(s, on_event, &f) < 0)
			return -1;
	}
	if (!f.in || !f.out)
		return -1;
	return (f.in > f.out ? f.in : f.out) - f.acquired;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void print(double *ms, unsigned int n, unsigned int failed)
{
	qsort(ms, n, sizeof(*ms), by_value);
	printf("tunnels %u failed %u p50 %.2f p99 %.2f max %.2f\n", n, failed,
	       n ? ms[n / 2] : 0, n ? ms[n * 99 / 100] : 0,
	       n ? ms[n - 1] : 0);
}

static int bound_socket(const struct xaddr *local)
{
	struct sockaddr_storage ss;
	socklen_t len = xaddr_to_sockaddr(local, 0, &ss);
	int fd = socket(local->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&ss, len) < 0) {
		close(fd);
		return -errno;
	}
	return fd < 0 ? -errno : fd;
}

int acquire_run(const struct xaddr *local, const struct xaddr *first,
		unsigned int count)
{
	unsigned int n = 0, failed = 0;
	double *ms = calloc(count, sizeof(*ms));
	struct xfrm_sock *s = NULL;
	int fd = bound_socket(local);
	int r = ms ? fd < 0 ? fd : 0 : XE_NOMEM;

	if (!r)
		r = xfrm_sock_open(XGRP(XFRMNLGRP_ACQUIRE) |
				   XGRP(XFRMNLGRP_SA), &s);
	for (unsigned int i = 0; !r && i < count; i++) {
		struct xaddr to = nth_addr(first, i);
		double t = one(s, fd, &to);

		if (t < 0)
			failed++;
		else
			ms[n++] = t;
	}
	if (r < 0)
		fprintf(stderr, "xtike: %s\n", xe_str(r));
	else
		print(ms, n, failed);
	xfrm_sock_close(s);
	if (fd >= 0)
		close(fd);
	free(ms);
	return r;
}
