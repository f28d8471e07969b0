/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "ike/daemon/monitor.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ike/crypto/alg.h"
#include "ike/daemon/background.h"
#include "ike/daemon/monitor_priv.h"
#include "ike/daemon/notify.h"
#include "ike/daemon/sandbox.h"
#include "libxfrm/base/err.h"

#define STOP_MS 5000	/* for good-byes to all peers */
#define HOOKS_MS 3000	/* for hooks that still run */
#define STATE_DIR RUNSTATEDIR "/racoon"

/* ---- stopping --------------------------------------------------------- */

void monitor_over(struct monitor *m, int code)
{
	m->phase = PHASE_OVER;
	loop_stop(m->loop, code);
}

static void stop(struct monitor *m)
{
	if (m->phase >= PHASE_STOP)
		return;
	if (m->phase == PHASE_START) {
		monitor_over(m, 1);
		return;
	}
	notify_service("STOPPING=1");
	m->phase = PHASE_STOP;
	m->stop_at = loop_now() + STOP_MS;
	monitor_tell_that(m, IPC_STOP, -1);
}

static uint64_t deadline(struct monitor *m, uint64_t now)
{
	uint64_t until = monitor_look_up_until(m, now);
	uint64_t hooks = script_until(m->scripts, now);

	if (hooks < until)
		until = hooks;
	if (m->phase != PHASE_STOP)
		return until;
	if (now >= m->stop_at) {
		log_line(&m->log, LOG_LV_WARNING,
			 "not all peers could be told that we stop");
		monitor_over(m, 0);
	}
	return m->stop_at;
}

static uint64_t on_idle(void *arg, uint64_t now)
{
	struct monitor *m = arg;
	uint64_t until = deadline(m, now), again;

	again = kern_until(m->kern, now);
	kern_flush(m->kern);
	keyproc_round(m->keys);
	monitor_told(m, ipc_push(m->ipc));
	logsink_flush(m->sink);
	return again < until ? again : until;
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
		monitor_log_end(m, status);
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
		monitor_reload(m, 0);
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

	codec_put_setup(monitor_tell(m, IPC_SETUP, 0), &s);
	monitor_tell_end(m);
}

/* Open to all: the admin socket in there has a mode of its own. */
static int make_state_dir(struct monitor *m)
{
	int r = 0;

	if (mkdir(STATE_DIR, 0755) == 0 ? chmod(STATE_DIR, 0755) < 0
					: errno != EEXIST)
		r = -errno;
	if (r < 0)
		log_line(&m->log, LOG_LV_ERROR, "cannot make %s: %s", STATE_DIR,
			 xe_str(r));
	return r;
}

static int open_kernel(struct monitor *m, const struct ike_conf *conf)
{
	unsigned int kib = ike_conf_settings(conf)->pfkey_buffer;
	const struct kern_ops ops = { m, monitor_kevent, monitor_kans };
	char journal[PATH_MAX], text[512];
	struct stat st;
	int r;

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
		if (ps->gid)
			sb.gid = ps->gid;
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
	const char *pidfile = ike_conf_settings(conf)->path.pidfile;
	char path[PATH_MAX];
	int r;

	/* It is removed from another directory than it was made in. */
	pidfile = background_path(pidfile, path, sizeof(path));
	r = pidfile_take(&m->pidfile, pidfile, &m->log);
	if (!r)
		r = engine_account(m, conf);
	if (!r)
		r = make_state_dir(m);
	if (!r)
		r = open_kernel(m, conf);
	if (!r)
		r = monitor_apply(m, p);
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
	r = monitor_load(m, &p);
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
		r = monitor_start_engine(m);
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
	background_files();	/* not for hooks: after script_new() */
	if (!r)
		loop_idle(m->loop, on_idle, m);
	return r;
}

static void monitor_free(struct monitor *m)
{
	monitor_look_up_end(m);
	names_free(&m->names);
	ipc_free(m->ipc);	/* the engine sees it and ends */
	m->ipc = NULL;
	if (m->scripts)
		script_wait(m->scripts, HOOKS_MS);
	monitor_end_engine(m);
	if (m->kern)
		kern_purge(m->kern);
	monitor_admin_end(m);
	pidfile_drop(m->pidfile);
	kern_free(m->kern);
	addrs_close(m->addrs);
	listen_free(m->listen);
	script_free(m->scripts);
	keyproc_free(m->keys);
	ike_conf_unref(m->conf);
	ike_crypto_free(m->crypto);
	free(m->home);
	loop_free(m->loop);
	if (m->sink)
		log_line(&m->log, LOG_LV_INFO, "racoon process %d shutdown",
			 (int)getpid());
	logsink_free(m->sink);
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
	background_closed_stdio();
	opts.conf_file = background_path(given->conf_file, conf_file,
					 sizeof(conf_file));
	opts.log_file = background_path(given->log_file, log_file,
					sizeof(log_file));
	if (!opts.foreground)
		r = background_start(&m.ready_fd, &parent);
	if (parent && r)
		fprintf(stderr, "racoon: not started: the log says why\n");
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
		background_stdio();
		m.home = getcwd(NULL, 0);
		r = chdir("/") < 0 ? -errno : 0;
	}
	if (!r) {
		logsink_hold(m.sink);
		code = loop_run(m.loop);
	}
	monitor_free(&m);
	background_ready(&m.ready_fd, 1);
	return code;
}
