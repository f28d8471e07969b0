/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "ike/daemon/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ike/crypto/alg.h"
#include "ike/daemon/codec.h"
#include "ike/daemon/engine.h"
#include "ike/daemon/ipc.h"
#include "ike/daemon/kern.h"
#include "ike/daemon/keyproc.h"
#include "ike/daemon/listen.h"
#include "ike/daemon/logsink.h"
#include "ike/daemon/notify.h"
#include "ike/daemon/pidfile.h"
#include "ike/daemon/names.h"
#include "ike/daemon/pushed.h"
#include "ike/daemon/resolver.h"
#include "ike/daemon/script.h"
#include "libxfrm/base/err.h"

#define STOP_MS 5000	/* for good-byes to all peers */
#define HOOKS_MS 3000	/* for hooks that still run */
#define ENGINE_MS 1000	/* for the engine to end once it has nobody to serve */
#define ENGINE_FD 3	/* the engine's end of the socket, its only descriptor */
#define STATE_DIR RUNSTATEDIR "/racoon"

enum phase {
	PHASE_START,	/* the engine has no configuration yet */
	PHASE_RUN,
	PHASE_STOP,	/* peers are being told */
	PHASE_OVER,
};

struct monitor {
	const struct daemon_opts *opts;
	enum phase phase;
	struct loop *loop;
	struct ipc *ipc;
	struct logsink *sink;
	struct logger log;
	struct kern *kern;
	struct keyproc *keys;
	struct script_runner *scripts;
	struct listen_set *listen;
	struct ike_crypto *crypto;
	struct ike_conf *conf;
	struct pidfile *pidfile;
	char admin_path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	pid_t engine;
	int ready_fd;		/* tells the process that was started */
	uint64_t stop_at;
	uint32_t reload_conn;	/* who asked for the reload, 0 nobody */
	struct names names;	/* host names of the file being loaded */
	struct resolver resolver;	/* looks them up; idle: fd < 0 */
	bool reload_again;	/* asked for while they were looked up */
	uint32_t generation;	/* of the configuration sent last */
};

/* ---- to the engine ---------------------------------------------------- */

static void told(struct monitor *m, int r)
{
	if (r < 0 && r != XE_CLOSED)
		log_line(&m->log, LOG_LV_ERROR,
			 "cannot tell the unprivileged process: %s",
			 xe_str(r));
}

static struct wbuf *tell(struct monitor *m, enum ipc_type type, uint32_t id)
{
	return ipc_begin(m->ipc, (uint16_t)type, id);
}

static void tell_end(struct monitor *m)
{
	told(m, ipc_end(m->ipc));
}

/* A message without a body, and perhaps a descriptor. */
static void tell_that(struct monitor *m, enum ipc_type type, int fd)
{
	told(m, ipc_send(m->ipc, (uint16_t)type, 0, NULL, 0, fd));
}

static void tell_err(struct monitor *m, enum ipc_type type, uint32_t id,
		     int err)
{
	wbuf_u32(tell(m, type, id), (uint32_t)err);
	tell_end(m);
}

static void give_socket(void *arg, const struct bind_req *b, int fd)
{
	struct monitor *m = arg;
	uint8_t buf[64];
	struct wbuf w;

	wbuf_fixed(&w, buf, sizeof(buf));
	codec_put_bind(&w, b);
	told(m, w.err ? w.err : ipc_send(m->ipc, IPC_BOUND, 0, w.p, w.len,
					 fd));
}

static uint16_t workers(const struct ike_conf *conf)
{
	uint32_t n = ike_conf_settings(conf)->crypto_workers;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (n == IKE_WORKERS_CPUS)
		n = cpus > 0 ? (uint32_t)cpus : 1;
	return (uint16_t)(n < UINT16_MAX ? n : UINT16_MAX);
}

static void give_setup(struct monitor *m, const struct sandbox *sb,
		       const struct ike_conf *conf)
{
	struct setup_req s = { .uid = sb->uid, .gid = sb->gid,
			       .chroot = sb->chroot,
			       .threads = workers(conf) };

	codec_put_setup(tell(m, IPC_SETUP, 0), &s);
	tell_end(m);
}

static void on_kevent(void *arg, const struct kevent *ev)
{
	struct monitor *m = arg;

	codec_put_kevent(tell(m, IPC_KEVENT, 0), ev);
	tell_end(m);
}

static void on_kans(void *arg, const struct kans *a)
{
	struct monitor *m = arg;

	/* At the end, what was on its way is carried out and then removed. */
	if (!m->ipc)
		return;
	codec_put_kans(tell(m, IPC_KANS, a->id), a);
	tell_end(m);
}

/* ---- configuration ---------------------------------------------------- */

/* Which admin socket is to be there; the one of before goes. */
static int apply_admin(struct monitor *m)
{
	int fd, r;

	if (m->admin_path[0])
		unlink(m->admin_path);
	r = listen_admin(m->conf, &m->log, m->admin_path,
			 sizeof(m->admin_path), &fd);
	if (r < 0)
		return r;
	tell_that(m, IPC_ADMIN, fd);
	if (fd >= 0)
		close(fd);
	return 0;
}

static bool same_admin(const struct ike_conf *a, const struct ike_conf *b)
{
	const struct ike_adminsock *x = &ike_conf_settings(a)->adminsock;
	const struct ike_adminsock *y = &ike_conf_settings(b)->adminsock;
	const char *p = x->path ? x->path : "", *q = y->path ? y->path : "";

	return x->disabled == y->disabled && x->uid == y->uid &&
	       x->gid == y->gid && x->mode == y->mode && !strcmp(p, q);
}

/* Only scripts that the configuration names are run. */
static int permit_scripts(struct monitor *m, const struct ike_conf *conf)
{
	int r = 0;

	script_forbid(m->scripts);
	for (unsigned int i = 0; !r && i < ike_conf_nremote(conf); i++) {
		const struct ike_script *s = &ike_conf_remote(conf, i)->script;

		if (s->up)
			r = script_permit(m->scripts, s->up);
		if (!r && s->down)
			r = script_permit(m->scripts, s->down);
		if (!r && s->dead)
			r = script_permit(m->scripts, s->dead);
	}
	return r;
}

/*
 * Hands a loaded configuration to the engine, with the sockets it wants.  An
 * error leaves everything as it was; a running racoon goes on with those of
 * the sockets that can be had.
 */
static int apply_conf(struct monitor *m, const struct pushed *p)
{
	struct ike_conf *conf = pushed_conf(p), *old = m->conf;
	enum log_level level = pushed_level(p, m->opts->debug);
	int r;

	r = pushed_send(p, m->ipc, ++m->generation, level);
	if (!r)
		r = keyproc_conf(m->keys, conf);
	if (!r)
		r = permit_scripts(m, conf);
	if (r < 0)
		return r;
	m->log.level = level;
	m->conf = ike_conf_ref(conf);
	r = listen_apply(m->listen, conf, m->opts, give_socket, m);
	if (r < 0 && old) {
		log_line(&m->log, LOG_LV_ERROR, "the new configuration is in "
			 "force, but not all of its addresses are listened "
			 "on: %s", xe_str(r));
		r = 0;
	}
	tell_that(m, IPC_PRUNE, -1);
	if (!old || !same_admin(old, conf))
		apply_admin(m);	/* racoon works without: it is logged */
	ike_conf_unref(old);
	return r;
}

static void reload(struct monitor *m, uint32_t conn);
static void reload_load(struct monitor *m);

static void look_up_end(struct monitor *m)
{
	if (m->resolver.fd < 0)
		return;
	loop_fd_del(m->loop, m->resolver.fd);
	resolver_end(&m->resolver);
}

static void names_ready(void *arg, int fd, unsigned int events)
{
	struct monitor *m = arg;

	if (!resolver_read(&m->resolver, loop_now()))
		return;
	look_up_end(m);
	if (m->phase == PHASE_RUN)
		reload_load(m);
}

/* The names of the file, while everything else goes on. */
static int look_up(struct monitor *m)
{
	int r = resolver_start(&m->resolver, &m->names);

	log_line(&m->log, LOG_LV_INFO, "looking up %zu host names",
		 names_wanted(&m->names));
	if (!r)
		r = loop_fd(m->loop, m->resolver.fd, LOOP_READ, names_ready, m);
	if (r < 0)
		resolver_end(&m->resolver);
	return r;
}

/* Loads the file; comes again when its host names are looked up. */
static void reload_load(struct monitor *m)
{
	uint32_t conn = m->reload_conn;
	struct pushed *p;
	int r = pushed_load(&p, m->opts, m->crypto, &m->log, &m->names);

	if (r == XE_AGAIN) {
		r = look_up(m);
		if (!r)
			return;
	}
	names_free(&m->names);
	if (!r)
		r = apply_conf(m, p);
	pushed_free(p);
	if (r < 0) {
		log_line(&m->log, LOG_LV_ERROR,
			 "reload failed, the former configuration stays: %s",
			 xe_str(r));
		m->reload_conn = 0;
		tell_err(m, IPC_RELOADED, conn, r);
		notify_service("READY=1");
	}
	if (m->reload_again)
		reload(m, 0);
}

static void reload(struct monitor *m, uint32_t conn)
{
	bool looking = m->resolver.fd >= 0;

	if (looking && !conn)
		m->reload_again = true;
	if (m->phase != PHASE_RUN || m->reload_conn || looking) {
		tell_err(m, IPC_RELOADED, conn, XE_AGAIN);
		return;
	}
	m->reload_again = false;
	notify_reloading();
	logsink_reopen(m->sink);
	log_line(&m->log, LOG_LV_INFO, "Reading configuration from \"%s\"",
		 m->opts->conf_file);
	m->reload_conn = conn;
	reload_load(m);
}

/* ---- stopping --------------------------------------------------------- */

static void over(struct monitor *m, int code)
{
	m->phase = PHASE_OVER;
	loop_stop(m->loop, code);
}

static void stop(struct monitor *m)
{

	if (m->phase >= PHASE_STOP)
		return;
	if (m->phase == PHASE_START) {
		over(m, 1);
		return;
	}
	notify_service("STOPPING=1");
	m->phase = PHASE_STOP;
	m->stop_at = loop_now() + STOP_MS;
	tell_that(m, IPC_STOP, -1);
}

static uint64_t deadline(struct monitor *m, uint64_t now)
{
	if (m->resolver.fd >= 0 && now >= m->resolver.until)
		names_ready(m, m->resolver.fd, 0);
	if (m->phase != PHASE_STOP)
		return m->resolver.fd >= 0 ? m->resolver.until : UINT64_MAX;
	if (now >= m->stop_at) {
		log_line(&m->log, LOG_LV_WARNING,
			 "not all peers could be told that we stop");
		over(m, 0);
	}
	return m->stop_at;
}

static uint64_t on_idle(void *arg, uint64_t now)
{
	struct monitor *m = arg;
	uint64_t until = deadline(m, now);

	if (m->kern)
		kern_flush(m->kern);
	told(m, ipc_push(m->ipc));
	logsink_flush(m->sink);
	return until;
}

/* ---- from the engine -------------------------------------------------- */

/*
 * The permit table: what the unprivileged process may ask, and from when on.
 * Everything else ends it: it is not what we started any more.
 */
static const struct {
	enum ipc_type type;
	enum phase from, to;
} permit[] = {
	{ IPC_LOG, PHASE_START, PHASE_STOP },
	{ IPC_CONF_DONE, PHASE_START, PHASE_STOP },
	{ IPC_KREQ, PHASE_RUN, PHASE_STOP },
	{ IPC_KEYREQ, PHASE_RUN, PHASE_STOP },
	{ IPC_HOOK, PHASE_RUN, PHASE_STOP },
	{ IPC_RELOAD, PHASE_RUN, PHASE_RUN },
	{ IPC_BYE, PHASE_STOP, PHASE_STOP },
};

static bool permitted(const struct monitor *m, uint16_t type)
{
	for (size_t i = 0; i < sizeof(permit) / sizeof(permit[0]); i++)
		if (permit[i].type == type)
			return m->phase >= permit[i].from &&
			       m->phase <= permit[i].to;
	return false;
}

static int take_log(struct monitor *m, struct cur body)
{
	const char *peer, *text;
	uint8_t level;
	int r;

	if ((r = cur_u8(&body, &level)) || (r = codec_get_str(&body, &peer)) ||
	    (r = codec_get_str(&body, &text)) || (r = cur_end(&body)))
		return r;
	if (level > LOG_LV_DEBUG2 || !text)
		return XE_RANGE;
	if (level <= m->log.level)
		logsink_line(m->sink, (enum log_level)level, peer, text);
	return 0;
}

static int take_kreq(struct monitor *m, struct cur body)
{
	struct kreq q;
	int r = codec_get_kreq(&body, &q);

	if (!r)
		kern_put(m->kern, &q);
	return r;
}

static int take_keyreq(struct monitor *m, struct cur body)
{
	struct key_question q;
	struct ike_keyans a;
	int r = codec_get_keyreq(&body, &q);

	if (r < 0)
		return r;
	keyproc_answer(m->keys, &q, &a);
	codec_put_keyans(tell(m, IPC_KEYANS, a.id), &a);
	tell_end(m);
	secret_free(&a.out);
	return 0;
}

static int take_hook(struct monitor *m, const struct ipc_msg *msg)
{
	const char *env[HOOK_ENV_MAX + 1] = { 0 };
	struct cur body = msg->body;
	struct ike_hook h;
	int r = codec_get_hook(&body, &h);

	if (r < 0)
		return r;
	memcpy(env, h.env, h.nenv * sizeof(env[0]));
	r = script_run(m->scripts, h.script, h.event, msg->id, env);
	if (r < 0)
		log_line(&m->log, LOG_LV_ERROR, "script %s %s is not run: %s",
			 h.script, h.event, xe_str(r));
	return 0;
}

/* The process that was started in the foreground may go. */
static void tell_ready(struct monitor *m, char status)
{
	if (m->ready_fd < 0)
		return;
	if (write(m->ready_fd, &status, 1) < 0)
		log_line(&m->log, LOG_LV_DEBUG, "nobody waits for us");
	close(m->ready_fd);
	m->ready_fd = -1;
}

static int take_conf_done(struct monitor *m, const struct ipc_msg *msg)
{
	struct cur body = msg->body;
	uint32_t conn = m->reload_conn, err;
	int r = cur_u32(&body, &err);

	if (r < 0)
		return r;
	if (msg->id != m->generation)
		return 0;	/* a newer one is on its way */
	if (m->phase == PHASE_START && (int)err < 0) {
		log_line(&m->log, LOG_LV_ERROR, "cannot start: %s",
			 xe_str((int)err));
		over(m, 1);
		return 0;
	}
	if (m->phase == PHASE_START) {
		m->phase = PHASE_RUN;
		kern_resync(m->kern);
		tell_ready(m, 0);
	}
	m->reload_conn = 0;
	if (conn)
		tell_err(m, IPC_RELOADED, conn, (int)err);
	notify_service("READY=1");
	return 0;
}

static void on_message(void *arg, struct ipc_msg *msg)
{
	struct monitor *m = arg;
	int r = permitted(m, msg->type) ? 0 : XE_STATE;

	if (r == XE_STATE && m->phase == PHASE_OVER)
		return;
	switch (r ? IPC_TYPE_COUNT : (enum ipc_type)msg->type) {
	case IPC_LOG:
		r = take_log(m, msg->body);
		break;
	case IPC_KREQ:
		r = take_kreq(m, msg->body);
		break;
	case IPC_KEYREQ:
		r = take_keyreq(m, msg->body);
		break;
	case IPC_HOOK:
		r = take_hook(m, msg);
		break;
	case IPC_CONF_DONE:
		r = take_conf_done(m, msg);
		break;
	case IPC_RELOAD:
		reload(m, msg->id);
		break;
	case IPC_BYE:
		over(m, 0);
		break;
	case IPC_SETUP:
	case IPC_KANS:
	case IPC_KEVENT:
	case IPC_KEYANS:
	case IPC_FILE:
	case IPC_CONF:
	case IPC_BOUND:
	case IPC_PRUNE:
	case IPC_ADMIN:
	case IPC_RELOADED:
	case IPC_STOP:
	case IPC_TYPE_COUNT:
		r = r ? r : XE_STATE;
		break;
	}
	if (r < 0) {
		log_line(&m->log, LOG_LV_ERROR, "the unprivileged process "
			 "broke its protocol (message %u: %s): stopping",
			 msg->type, xe_str(r));
		over(m, 1);
	}
}

/* How the engine's process ended, for the log. */
static void log_end(struct monitor *m, int status)
{
	m->engine = 0;
	if (WIFSIGNALED(status))
		log_line(&m->log, LOG_LV_ERROR, "the unprivileged process "
			 "was ended by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status))
		log_line(&m->log, LOG_LV_ERROR, "the unprivileged process "
			 "ended with status %d", WEXITSTATUS(status));
}

/*
 * Waits for the engine's process, whose socket is closed: it ends by itself,
 * unless strangers have taken it over.  Nothing may wait for that one.
 */
static void end_engine(struct monitor *m)
{
	uint64_t end = loop_now() + ENGINE_MS;
	int status;
	pid_t pid;

	while (m->engine > 0) {
		pid = waitpid(m->engine, &status, WNOHANG);
		if (pid == m->engine)
			log_end(m, status);
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
	end_engine(m);
	over(m, m->phase == PHASE_STOP ? 0 : 1);
}

/* ---- signals ---------------------------------------------------------- */

static void reap(struct monitor *m)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == m->resolver.pid) {
			m->resolver.pid = 0;
			continue;
		}
		if (pid != m->engine) {
			script_reaped(m->scripts, pid, status);
			continue;
		}
		log_end(m, status);
	}
}

static void on_signal(void *arg, int signo)
{
	struct monitor *m = arg;

	switch (signo) {
	case SIGCHLD:
		reap(m);
		break;
	case SIGHUP:
		reload(m, 0);
		break;
	case SIGINT:
	case SIGTERM:
		log_line(&m->log, LOG_LV_INFO, "caught signal %d", signo);
		stop(m);
		break;
	default:
		log_line(&m->log, LOG_LV_INFO, "caught signal %d", signo);
		break;
	}
}

static int watch_signals(struct monitor *m)
{
	static const int signals[] = { SIGCHLD, SIGHUP, SIGINT, SIGTERM,
				       SIGUSR1, SIGUSR2 };
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	return loop_signals(m->loop, &set, on_signal, m);
}

/* ---- life ------------------------------------------------------------- */

static void drop_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
}

/*
 * Forks the engine, before a secret was read.  Of the descriptors there are
 * (the log, what the starter left open) it gets its socket only.
 */
static int start_engine(struct monitor *m)
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
			drop_stdio();
		if (dup2(sv[1], ENGINE_FD) < 0 ||
		    close_range(ENGINE_FD + 1, ~0u, 0) < 0)
			_exit(1);
		_exit(engine_run(ENGINE_FD));
	}
	close(sv[1]);
	return ipc_new(&m->ipc, m->loop, sv[0], on_message, on_closed, m);
}

static int open_kernel(struct monitor *m, const struct ike_conf *conf)
{
	unsigned int kib = ike_conf_settings(conf)->pfkey_buffer;
	const struct kern_ops ops = { m, on_kevent, on_kans };
	char journal[PATH_MAX], text[512];
	struct stat st;
	int r;

	/* Open to all: the admin socket in there has a mode of its own. */
	if (mkdir(STATE_DIR, 0755) == 0 ? chmod(STATE_DIR, 0755) < 0
					: errno != EEXIST)
		return -errno;
	/* One journal for each network namespace: SAs live in one. */
	r = stat("/proc/self/ns/net", &st) < 0 ? -errno : 0;
	if (!r)
		snprintf(journal, sizeof(journal), "%s/installed.%llu",
			 STATE_DIR, (unsigned long long)st.st_ino);
	r = kern_open(&m->kern, m->loop, &m->log, kib * 1024,
		      r ? NULL : journal, &ops, text, sizeof(text));
	if (r < 0)
		log_line(&m->log, LOG_LV_ERROR, "cannot use the kernel's "
			 "IPsec: %s", text);
	return r;
}

static int engine_account(struct monitor *m, const struct ike_conf *conf)
{
	const struct ike_privsep *ps = &ike_conf_settings(conf)->privsep;
	struct sandbox sb = { 0 };
	int r = 0;

	if (ps->on) {
		sb.uid = ps->uid;
		sb.gid = ps->gid;
	} else {
		r = sandbox_account(&sb);
	}
	if (r < 0 || !sb.uid) {
		log_line(&m->log, LOG_LV_ERROR, "no account for the "
			 "unprivileged process: add privsep { user \"…\"; } "
			 "to the configuration, or a user racoon");
		return r ? r : XE_INVAL;
	}
	sb.chroot = ps->chroot;
	give_setup(m, &sb, conf);
	return 0;
}

static int start_loaded(struct monitor *m, const struct pushed *p)
{
	const struct ike_conf *conf = pushed_conf(p);
	int r = pidfile_take(&m->pidfile,
			     ike_conf_settings(conf)->path.pidfile, &m->log);

	if (!r)
		r = engine_account(m, conf);
	if (!r)
		r = open_kernel(m, conf);
	if (!r)
		r = apply_conf(m, p);
	if (!r)
		log_line(&m->log, LOG_LV_INFO, "racoon privileged process "
			 "running with PID %d", (int)getpid());
	return r;
}

static int start(struct monitor *m)
{
	struct pushed *p;
	int r;

	log_line(&m->log, LOG_LV_INFO, "@(#)xfrm-tools %s "
		 "(ipsec-tools compatible)", PACKAGE_VERSION);
	log_line(&m->log, LOG_LV_INFO, "@(#)This product linked %s",
		 ike_crypto_version());
	if (m->opts->load_backup)
		log_line(&m->log, LOG_LV_WARNING, "-B: keys are never written "
			 "to a file, so there are no SAs to load: peers "
			 "negotiate new ones");
	log_line(&m->log, LOG_LV_INFO, "Reading configuration from \"%s\"",
		 m->opts->conf_file);
	r = pushed_load(&p, m->opts, m->crypto, &m->log, &m->names);
	if (r == XE_AGAIN) {
		log_line(&m->log, LOG_LV_INFO, "looking up %zu host names",
			 names_wanted(&m->names));
		r = resolver_run(&m->names);
		if (!r)
			r = pushed_load(&p, m->opts, m->crypto, &m->log,
					&m->names);
	}
	names_free(&m->names);
	if (r < 0)
		fprintf(stderr,
			"racoon: failed to parse configuration file.\n");
	else
		r = start_loaded(m, p);
	pushed_free(p);
	return r;
}

static int monitor_init(struct monitor *m)
{
	int r = logsink_new(&m->sink, m->opts->ident, m->opts->log_file,
			    m->opts->foreground);

	if (r < 0) {
		fprintf(stderr, "racoon: cannot open the log file %s: %s\n",
			m->opts->log_file ? m->opts->log_file : "(syslog)",
			xe_str(r));
		return r;
	}
	m->log = (struct logger){ LOG_LV_INFO, logsink_sink, m->sink };
	r = loop_new(&m->loop);
	if (!r)
		r = start_engine(m);
	if (!r)
		r = watch_signals(m);
	if (!r)
		r = ike_crypto_new(&m->crypto, NULL);
	if (!r)
		r = keyproc_new(&m->keys, &m->log);
	if (!r)
		r = script_new(&m->scripts, &m->log);
	if (!r)
		r = listen_new(&m->listen, &m->log);
	if (!r)
		loop_idle(m->loop, on_idle, m);
	return r;
}

static void monitor_free(struct monitor *m)
{
	look_up_end(m);
	names_free(&m->names);
	ipc_free(m->ipc);	/* the engine sees it and ends */
	m->ipc = NULL;
	if (m->scripts)
		script_wait(m->scripts, HOOKS_MS);
	end_engine(m);
	if (m->kern)
		kern_purge(m->kern);
	if (m->admin_path[0])
		unlink(m->admin_path);
	pidfile_drop(m->pidfile);
	kern_free(m->kern);
	listen_free(m->listen);
	script_free(m->scripts);
	keyproc_free(m->keys);
	ike_conf_unref(m->conf);
	ike_crypto_free(m->crypto);
	loop_free(m->loop);
	if (m->sink)
		log_line(&m->log, LOG_LV_INFO, "racoon process %d shutdown",
			 (int)getpid());
	logsink_free(m->sink);
}

/*
 * Into the background: the process that was started waits until the daemon
 * works and returns its status; the daemon goes on with *ready_fd.
 */
static int background(int *ready_fd, bool *parent)
{
	int fd[2], r;
	char status = 1;
	pid_t pid;

	*parent = false;
	if (pipe2(fd, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		close(fd[0]);
		*ready_fd = fd[1];
		return setsid() < 0 ? -errno : 0;
	}
	*parent = true;
	close(fd[1]);
	do
		r = (int)read(fd[0], &status, 1);
	while (r < 0 && errno == EINTR);
	close(fd[0]);
	return r == 1 ? status : 1;
}

/*
 * The files of the command line are opened again when the daemon has left the
 * directory that it was started in.
 */
static const char *absolute(const char *path, char *buf, size_t size)
{
	char *cwd = path && path[0] != '/' ? getcwd(NULL, 0) : NULL;
	int n = cwd ? snprintf(buf, size, "%s/%s", cwd, path) : -1;

	free(cwd);
	return n > 0 && (size_t)n < size ? buf : path;
}

int monitor_run(const struct daemon_opts *given)
{
	char conf_file[PATH_MAX], log_file[PATH_MAX];
	struct daemon_opts opts = *given;
	struct monitor m = { .opts = &opts, .ready_fd = -1,
			     .resolver = { .fd = -1 } };
	bool parent = false;
	int r = 0, code = 1;

	if (geteuid() != 0) {
		fprintf(stderr, "must be root to invoke this program.\n");
		return 1;
	}
	opts.conf_file = absolute(given->conf_file, conf_file,
				  sizeof(conf_file));
	opts.log_file = absolute(given->log_file, log_file, sizeof(log_file));
	if (!opts.foreground)
		r = background(&m.ready_fd, &parent);
	if (parent)
		return r;
	umask(077);
	/* Here are keys: not for a core file, nor for a debugger to read. */
	if (!r && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		r = -errno;
	if (!r)
		r = monitor_init(&m);
	if (!r)
		r = start(&m);
	if (!r && !opts.foreground) {
		drop_stdio();
		r = chdir("/") < 0 ? -errno : 0;
	}
	if (!r) {
		logsink_hold(m.sink);
		code = loop_run(m.loop);
	}
	monitor_free(&m);
	tell_ready(&m, 1);
	return code;
}
