/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/loop.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "ike/daemon/spare.h"
#include "libxfrm/base/err.h"

#define LOOP_BATCH 64	/* events taken from the kernel at once */

struct watch {
	loop_fd_fn *fn;
	void *arg;
};

struct loop {
	int epfd, timerfd, sigfd;
	struct watch *watch;	/* by file descriptor */
	int nwatch;
	loop_signal_fn *signal_fn;
	void *signal_arg;
	loop_idle_fn *idle_fn;
	void *idle_arg;
	uint64_t armed;		/* deadline the timer is set to */
	struct spare spare;
	bool stopped;
	int code;
};

uint64_t loop_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void loop_on_timer(void *arg, int fd, unsigned int events)
{
	struct loop *loop = arg;
	uint64_t n;

	if (read(fd, &n, sizeof(n)) > 0)
		loop->armed = UINT64_MAX;
}

static void loop_on_signal(void *arg, int fd, unsigned int events)
{
	struct loop *loop = arg;
	struct signalfd_siginfo si;

	while (read(fd, &si, sizeof(si)) == (ssize_t)sizeof(si))
		loop->signal_fn(loop->signal_arg, (int)si.ssi_signo);
}

int loop_new(struct loop **out)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	int r;

	*out = NULL;
	if (!loop)
		return XE_NOMEM;
	loop->armed = UINT64_MAX;
	loop->sigfd = -1;
	loop->epfd = epoll_create1(EPOLL_CLOEXEC);
	loop->timerfd = timerfd_create(CLOCK_BOOTTIME,
				       TFD_CLOEXEC | TFD_NONBLOCK);
	r = loop->epfd < 0 || loop->timerfd < 0 ? -errno : 0;
	if (!r)
		r = loop_fd(loop, loop->timerfd, LOOP_READ, loop_on_timer,
			    loop);
	if (r < 0) {
		loop_free(loop);
		return r;
	}
	*out = loop;
	return 0;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	if (loop->epfd >= 0)
		close(loop->epfd);
	if (loop->timerfd >= 0)
		close(loop->timerfd);
	if (loop->sigfd >= 0)
		close(loop->sigfd);
	free(loop->watch);
	free(loop);
}

/* Makes room for the watch of fd. */
static int loop_room(struct loop *loop, int fd)
{
	struct watch *w;
	int n = loop->nwatch ? loop->nwatch : 16;

	if (fd < loop->nwatch)
		return 0;
	while (n <= fd)
		n *= 2;
	w = reallocarray(loop->watch, (size_t)n, sizeof(*w));
	if (!w)
		return XE_NOMEM;
	for (int i = loop->nwatch; i < n; i++)
		w[i] = (struct watch){ 0 };
	loop->watch = w;
	loop->nwatch = n;
	return 0;
}

int loop_fd(struct loop *loop, int fd, unsigned int events, loop_fd_fn *fn,
	    void *arg)
{
	struct epoll_event ev = { .data.fd = fd };
	int op, r;

	if (fd < 0)
		return XE_INVAL;
	r = loop_room(loop, fd);
	if (r < 0)
		return r;
	if (events & LOOP_READ)
		ev.events |= EPOLLIN;
	if (events & LOOP_WRITE)
		ev.events |= EPOLLOUT;
	op = loop->watch[fd].fn ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
	if (epoll_ctl(loop->epfd, op, fd, &ev) < 0)
		return -errno;
	loop->watch[fd] = (struct watch){ fn, arg };
	return 0;
}

void loop_fd_del(struct loop *loop, int fd)
{
	if (fd < 0 || fd >= loop->nwatch || !loop->watch[fd].fn)
		return;
	epoll_ctl(loop->epfd, EPOLL_CTL_DEL, fd, NULL);
	loop->watch[fd] = (struct watch){ 0 };
}

int loop_signals(struct loop *loop, const sigset_t *set, loop_signal_fn *fn,
		 void *arg)
{
	if (sigprocmask(SIG_BLOCK, set, NULL) < 0)
		return -errno;
	loop->sigfd = signalfd(loop->sigfd, set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (loop->sigfd < 0)
		return -errno;
	loop->signal_fn = fn;
	loop->signal_arg = arg;
	return loop_fd(loop, loop->sigfd, LOOP_READ, loop_on_signal, loop);
}

void loop_idle(struct loop *loop, loop_idle_fn *fn, void *arg)
{
	loop->idle_fn = fn;
	loop->idle_arg = arg;
}

void loop_stop(struct loop *loop, int code)
{
	loop->stopped = true;
	loop->code = code;
}

/* Sets the timer to the deadline; returns the timeout for epoll_wait(). */
static int loop_arm(struct loop *loop, uint64_t deadline, uint64_t now)
{
	struct itimerspec its = { 0 };

	if (deadline <= now)
		return 0;
	if (deadline == loop->armed)
		return -1;
	loop->armed = deadline;
	if (deadline != UINT64_MAX) {
		its.it_value.tv_sec = (time_t)(deadline / 1000);
		its.it_value.tv_nsec = (long)(deadline % 1000) * 1000000;
	}
	timerfd_settime(loop->timerfd, TFD_TIMER_ABSTIME, &its, NULL);
	return -1;
}

/* What is to be done before it sleeps; until when. */
static uint64_t loop_idle_until(struct loop *loop, uint64_t now)
{
	uint64_t spare = spare_until(&loop->spare, now);
	uint64_t deadline = UINT64_MAX;

	if (loop->idle_fn)
		deadline = loop->idle_fn(loop->idle_arg, now);
	return spare < deadline ? spare : deadline;
}

int loop_run(struct loop *loop)
{
	struct epoll_event ev[LOOP_BATCH];

	loop->stopped = false;
	while (!loop->stopped) {
		uint64_t now = loop_now();
		uint64_t deadline = loop_idle_until(loop, now);
		int n;

		if (loop->stopped)
			break;
		n = epoll_wait(loop->epfd, ev, LOOP_BATCH,
			       loop_arm(loop, deadline, now));
		if (n < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < n && !loop->stopped; i++) {
			int fd = ev[i].data.fd;
			/* An earlier callback may have dropped this one. */
			struct watch w = loop->watch[fd];
			unsigned int what = 0;

			if (ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
				what |= LOOP_READ;
			if (ev[i].events & EPOLLOUT)
				what |= LOOP_WRITE;
			if (w.fn)
				w.fn(w.arg, fd, what);
		}
	}
	return loop->code;
}
