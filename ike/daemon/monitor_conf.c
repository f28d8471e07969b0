/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/monitor_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ike/daemon/notify.h"
#include "libxfrm/base/err.h"

static ino_t inode(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 ? 0 : st.st_ino;
}

static bool admin_is_ours(const struct monitor *m)
{
	return m->admin_path[0] && inode(m->admin_path) == m->admin_ino;
}

void monitor_admin_end(struct monitor *m)
{
	if (admin_is_ours(m))
		unlink(m->admin_path);
}

/*
 * The admin socket that the configuration wants.  The one of before goes when
 * there is another: it may be what sets right what is wrong with that one.
 */
static void apply_admin(struct monitor *m)
{
	char path[sizeof(m->admin_path)];
	int fd, r;

	r = listen_admin(m->conf, &m->log, path, sizeof(path), &fd);
	m->admin_failed = r < 0;
	if (r < 0)
		return;
	if (strcmp(m->admin_path, path))
		monitor_admin_end(m);
	memcpy(m->admin_path, path, sizeof(path));
	m->admin_ino = inode(path);
	monitor_tell_that(m, IPC_ADMIN, fd);
	if (fd >= 0)
		close(fd);
}

static bool same_admin(const struct ike_conf *a, const struct ike_conf *b)
{
	const struct ike_adminsock *x = &ike_conf_settings(a)->adminsock;
	const struct ike_adminsock *y = &ike_conf_settings(b)->adminsock;
	const char *p = x->path ? x->path : "", *q = y->path ? y->path : "";

	return x->disabled == y->disabled && x->uid == y->uid &&
	       x->gid == y->gid && x->mode == y->mode && !strcmp(p, q);
}

/* Does the admin socket stand, as the configuration has it? */
static bool admin_stands(const struct monitor *m, const struct ike_conf *old)
{
	return old && !m->admin_failed && same_admin(old, m->conf) &&
	       (!m->admin_path[0] || admin_is_ours(m));
}

/* Only scripts that this configuration or the last one names are run. */
static int permit_scripts(struct monitor *m, const struct ike_conf *conf)
{
	int r = 0;

	script_renew(m->scripts);
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

/* Does any remote section make policies?  NULL is fine. */
static bool generates(const struct ike_conf *conf)
{
	for (unsigned int i = 0; conf && i < ike_conf_nremote(conf); i++)
		if (ike_conf_remote(conf, i)->generate_policy != IKE_GENPOL_OFF)
			return true;
	return false;
}

/*
 * The sockets of the configuration.  A running racoon goes on with those that
 * can be had.
 */
static int listening(struct monitor *m, bool start)
{
	int r = listen_apply(m->listen, m->conf, m->opts, monitor_give_socket,
			     m);

	monitor_tell_that(m, IPC_PRUNE, -1);
	m->listen_late = r == XE_AGAIN;
	if (m->listen_late || start)
		return m->listen_late ? 0 : r;
	if (r < 0)
		log_line(&m->log, LOG_LV_ERROR, "the configuration is in "
			 "force, but not all of its addresses are listened "
			 "on: %s", xe_str(r));
	return 0;
}

void monitor_listen_late(struct monitor *m)
{
	if (m->listen_late)
		listening(m, false);
}

/* Addresses have come or gone: one that is listened on may be among them. */
static void on_addrs(void *arg, struct xaddr *v, size_t n)
{
	struct monitor *m = arg;

	if (m->phase < PHASE_STOP && listen_moved(m->listen, m->conf))
		listening(m, false);
}

/* Global ones are bound to before they are there; link-local ones cannot. */
static int follow_interfaces(struct monitor *m)
{
	if (m->addrs || !listen_follows(m->listen))
		return 0;
	return addrs_open(&m->addrs, m->loop, on_addrs, m);
}

int monitor_apply(struct monitor *m, const struct pushed *p)
{
	struct ike_conf *conf = pushed_conf(p), *old = m->conf;
	enum log_level level = pushed_level(p, m->opts->debug);
	int r;

	r = pushed_send(p, m->ipc, ++m->generation, level);
	if (r < 0)
		log_line(&m->log, LOG_LV_ERROR, "cannot hand the configuration "
			 "to the unprivileged process: %s", xe_str(r));
	if (!r)
		r = keyproc_conf(m->keys, conf);
	if (!r)
		r = permit_scripts(m, conf);
	if (r < 0)
		return r;
	m->applying = true;
	m->log.level = level;
	m->conf = ike_conf_ref(conf);
	/* What was begun by the old one ends by the old one. */
	kern_generate(m->kern, generates(conf) || generates(old));
	r = listening(m, !old);
	if (!r)
		r = follow_interfaces(m);
	if (!admin_stands(m, old))
		apply_admin(m);	/* racoon works without: it is logged */
	ike_conf_unref(old);
	return r;
}

int monitor_load(struct monitor *m, struct pushed **p)
{
	int r = pushed_load(p, m->opts, m->crypto, &m->log, &m->names);

	if (r == XE_AGAIN) {
		log_line(&m->log, LOG_LV_INFO, "looking up %zu host names",
			 names_wanted(&m->names));
		r = resolver_run(&m->names);
		if (!r)
			r = pushed_load(p, m->opts, m->crypto, &m->log,
					&m->names);
	}
	names_free(&m->names);
	return r;
}

/* ---- reading it again --------------------------------------------------- */

static void reload_load(struct monitor *m);

void monitor_look_up_end(struct monitor *m)
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
	monitor_look_up_end(m);
	if (m->phase == PHASE_RUN)
		reload_load(m);
}

uint64_t monitor_look_up_until(struct monitor *m, uint64_t now)
{
	if (m->resolver.fd >= 0 && now >= m->resolver.until)
		names_ready(m, m->resolver.fd, 0);
	return m->resolver.fd >= 0 ? m->resolver.until : UINT64_MAX;
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
static void load_again(struct monitor *m)
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
		r = monitor_apply(m, p);
	pushed_free(p);
	if (r < 0) {
		log_line(&m->log, LOG_LV_ERROR,
			 "reload failed, the former configuration stays: %s",
			 xe_str(r));
		m->reload_conn = 0;
		monitor_tell_err(m, IPC_RELOADED, conn, r);
		notify_service("READY=1");
	}
}

/* Relative names mean what they meant at the start. */
static void reload_load(struct monitor *m)
{
	bool moved = m->home && chdir(m->home) == 0;

	load_again(m);
	if (moved && chdir("/") < 0)
		log_line(&m->log, LOG_LV_WARNING, "cannot leave %s: %s",
			 m->home, xe_str(-errno));
	monitor_reload_again(m);
}

void monitor_reload_again(struct monitor *m)
{
	if (m->reload_again)
		monitor_reload(m, 0);
}

static void reopen_log(struct monitor *m)
{
	int r = logsink_reopen(m->sink);

	if (r < 0)
		log_line(&m->log, LOG_LV_ERROR, "cannot open the log file %s "
			 "again, the one that was open is written on: %s",
			 m->opts->log_file, xe_str(r));
}

void monitor_reload(struct monitor *m, uint32_t conn)
{
	bool busy = m->applying || m->reload_conn || m->resolver.fd >= 0;

	/* A signal waits for nobody, and must not be lost. */
	if (busy && !conn)
		m->reload_again = true;
	if (busy || m->phase != PHASE_RUN) {
		monitor_tell_err(m, IPC_RELOADED, conn, XE_AGAIN);
		return;
	}
	m->reload_again = false;
	notify_reloading();
	reopen_log(m);
	log_line(&m->log, LOG_LV_INFO, "Reading configuration from \"%s\"",
		 m->opts->conf_file);
	m->reload_conn = conn;
	reload_load(m);
}
