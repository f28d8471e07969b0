/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ike/daemon/loop.h"
#include "ike/daemon/sandbox.h"
#include "libxfrm/base/err.h"

#define THREADS_MAX 16	/* look-ups at a time */

/* One result; written and read whole, being shorter than PIPE_BUF. */
struct result {
	uint32_t index;
	int32_t gai;
	struct xaddr addr;
};

/* ---- in the process of its own ---------------------------------------- */

struct work {
	const struct names *names;
	atomic_size_t next;
	int fd;
};

static struct result lookup(const struct names *names, size_t i)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *ai = NULL;
	struct result res = { .index = (uint32_t)i };
	uint16_t port;

	res.gai = getaddrinfo(names->v[i].text, NULL, &hints, &ai);
	if (!res.gai && xaddr_from_sockaddr(ai->ai_addr, ai->ai_addrlen,
					    &res.addr, &port) < 0)
		res.gai = EAI_NONAME;
	if (ai)
		freeaddrinfo(ai);
	return res;
}

static void *look_up_some(void *arg)
{
	struct work *w = arg;
	size_t i;

	while ((i = atomic_fetch_add(&w->next, 1)) < w->names->n) {
		struct result res;

		if (w->names->v[i].state != NAME_WANTED)
			continue;
		res = lookup(w->names, i);
		if (write(w->fd, &res, sizeof(res)) < 0)
			break;	/* nobody waits any more */
	}
	return NULL;
}

/* Name servers' answers are parsed by nobody who has rights to lose. */
static void lose_rights(void)
{
	struct sandbox sb;

	prctl(PR_SET_DUMPABLE, 0);
	if (geteuid() != 0 || sandbox_account(&sb) < 0)
		return;
	if (setgroups(0, NULL) < 0 || setgid(sb.gid) < 0 ||
	    setuid(sb.uid) < 0)
		_exit(1);
}

static _Noreturn void child(const struct names *names, int fd)
{
	struct work w = { .names = names, .fd = fd };
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	pthread_t thread[THREADS_MAX];
	size_t n = names_wanted(names);
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(fd, 3) < 0)
		_exit(1);
	close_range(4, ~0u, 0);
	w.fd = 3;
	lose_rights();
	alarm(RESOLVER_MS / 1000 + 1);
	if (n > THREADS_MAX)
		n = THREADS_MAX;
	for (size_t i = 1; i < n; i++)
		if (pthread_create(&thread[i], NULL, look_up_some, &w))
			n = i;
	look_up_some(&w);
	for (size_t i = 1; i < n; i++)
		pthread_join(thread[i], NULL);
	_exit(0);
}

/* ---- here ------------------------------------------------------------- */

int resolver_start(struct resolver *r, struct names *names)
{
	int fd[2];

	*r = (struct resolver){ .names = names, .fd = -1 };
	if (pipe2(fd, O_CLOEXEC) < 0)
		return -errno;
	r->pid = fork();
	if (r->pid == 0)
		child(names, fd[1]);
	close(fd[1]);
	if (r->pid < 0) {
		int err = -errno;

		r->pid = 0;
		close(fd[0]);
		return err;
	}
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	r->fd = fd[0];
	r->until = loop_now() + RESOLVER_MS;
	return 0;
}

static void take(struct resolver *r, const struct result *res)
{
	struct name *n;

	if (res->index >= r->names->n)
		return;
	n = &r->names->v[res->index];
	n->state = res->gai ? NAME_FAILED : NAME_FOUND;
	n->gai = res->gai;
	n->addr = res->addr;
}

bool resolver_read(struct resolver *r, uint64_t now)
{
	struct result res;
	ssize_t n;

	while ((n = read(r->fd, &res, sizeof(res))) == sizeof(res))
		take(r, &res);
	return !names_wanted(r->names) || now >= r->until ||
	       (n < 0 ? errno != EAGAIN && errno != EINTR : true);
}

void resolver_end(struct resolver *r)
{
	if (r->fd < 0 || !r->names)
		return;
	close(r->fd);
	r->fd = -1;
	/*
	 * Killed, it is gone at once.  Where we may not (no CAP_KILL), it ends
	 * by its alarm, and who reaps children finds it.
	 */
	if (r->pid > 0 && kill(r->pid, SIGKILL) == 0)
		while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
			;
	r->pid = 0;
	for (size_t i = 0; i < r->names->n; i++)
		if (r->names->v[i].state == NAME_WANTED)
			r->names->v[i].state = NAME_FAILED;
	r->names = NULL;
}

int resolver_run(struct names *names)
{
	struct resolver r;
	uint64_t now;
	int err = resolver_start(&r, names);

	if (err < 0)
		return err;
	while (!resolver_read(&r, now = loop_now())) {
		struct pollfd p = { .fd = r.fd, .events = POLLIN };

		poll(&p, 1, (int)(r.until - now) + 1);
	}
	resolver_end(&r);
	return 0;
}
