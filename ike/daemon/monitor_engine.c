/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/monitor_priv.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ike/daemon/background.h"
#include "ike/daemon/engine.h"
#include "libxfrm/base/err.h"

#define ENGINE_MS 1000	/* for the engine to end once it has nobody to serve */
#define ENGINE_FD 3	/* the engine's end of the socket, its only descriptor */

/* ---- what it is told --------------------------------------------------- */

void monitor_told(struct monitor *m, int r)
{
	if (r < 0 && r != XE_CLOSED)
		log_line(&m->log, LOG_LV_ERROR,
			 "cannot tell the unprivileged process: %s",
			 xe_str(r));
}

struct wbuf *monitor_tell(struct monitor *m, enum ipc_type type, uint32_t id)
{
	return ipc_begin(m->ipc, (uint16_t)type, id);
}

void monitor_tell_end(struct monitor *m)
{
	monitor_told(m, ipc_end(m->ipc));
}

void monitor_tell_that(struct monitor *m, enum ipc_type type, int fd)
{
	monitor_told(m, ipc_send(m->ipc, (uint16_t)type, 0, NULL, 0, fd));
}

void monitor_tell_err(struct monitor *m, enum ipc_type type, uint32_t id,
		      int err)
{
	wbuf_u32(monitor_tell(m, type, id), (uint32_t)err);
	monitor_tell_end(m);
}

void monitor_give_socket(void *arg, const struct bind_req *b, int fd)
{
	struct monitor *m = arg;
	uint8_t buf[64];
	struct wbuf w;

	wbuf_fixed(&w, buf, sizeof(buf));
	codec_put_bind(&w, b);
	monitor_told(m, w.err ? w.err
			      : ipc_send(m->ipc, IPC_BOUND, 0, w.p, w.len, fd));
}

void monitor_kevent(void *arg, const struct kevent *ev)
{
	struct monitor *m = arg;

	codec_put_kevent(monitor_tell(m, IPC_KEVENT, 0), ev);
	monitor_tell_end(m);
}

void monitor_kans(void *arg, const struct kans *a)
{
	struct monitor *m = arg;

	/* At the end, what was on its way is carried out and then removed. */
	if (!m->ipc)
		return;
	codec_put_kans(monitor_tell(m, IPC_KANS, a->id), a);
	monitor_tell_end(m);
}

/* ---- its process ------------------------------------------------------- */

void monitor_log_end(struct monitor *m, int status)
{
	m->engine = 0;
	if (WIFSIGNALED(status))
		log_line(&m->log, LOG_LV_ERROR, "the unprivileged process "
			 "was ended by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status))
		log_line(&m->log, LOG_LV_ERROR, "the unprivileged process "
			 "ended with status %d", WEXITSTATUS(status));
}

void monitor_end_engine(struct monitor *m)
{
	uint64_t end = loop_now() + ENGINE_MS;
	int status;
	pid_t pid;

	while (m->engine > 0) {
		pid = waitpid(m->engine, &status, WNOHANG);
		if (pid == m->engine)
			monitor_log_end(m, status);
		else if (pid < 0 && errno != EINTR)
			m->engine = 0;
		else if (loop_now() < end)
			poll(NULL, 0, 10);
		else
			kill(m->engine, SIGKILL);
	}
}

static void on_closed(void *arg, int err)
{
	struct monitor *m = arg;

	if (m->phase == PHASE_OVER)
		return;
	log_line(&m->log, LOG_LV_ERROR,
		 "the unprivileged process is gone%s%s: stopping",
		 err ? ": " : "", err ? xe_str(err) : "");
	monitor_end_engine(m);
	monitor_over(m, m->phase == PHASE_STOP ? 0 : 1);
}

int monitor_start_engine(struct monitor *m)
{
	struct sigaction ign = { .sa_handler = SIG_IGN };
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	m->engine = fork();
	if (m->engine < 0) {
		int r = -errno;

		close(sv[0]);
		close(sv[1]);
		return r;
	}
	if (m->engine == 0) {
		/* Signals of a terminal or a service manager are for us. */
		sigaction(SIGINT, &ign, NULL);
		sigaction(SIGTERM, &ign, NULL);
		sigaction(SIGHUP, &ign, NULL);
		if (!m->opts->foreground)
			background_stdio();
		if (dup2(sv[1], ENGINE_FD) < 0 ||
		    close_range(ENGINE_FD + 1, ~0u, 0) < 0)
			_exit(1);
		_exit(engine_run(ENGINE_FD));
	}
	close(sv[1]);
	return ipc_new(&m->ipc, m->loop, sv[0], monitor_message, on_closed, m);
}
