/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_MONITOR_PRIV_H
#define XT_DAEMON_MONITOR_PRIV_H

/*
 * What the files of the privileged process share: its life (monitor.c), the
 * configuration (monitor_conf.c), the engine's process and what it is told
 * (monitor_engine.c), and what that one asks (monitor_msg.c).
 */

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "ike/daemon/addrs.h"
#include "ike/daemon/codec.h"
#include "ike/daemon/ipc.h"
#include "ike/daemon/kern.h"
#include "ike/daemon/keyproc.h"
#include "ike/daemon/listen.h"
#include "ike/daemon/logsink.h"
#include "ike/daemon/monitor.h"
#include "ike/daemon/names.h"
#include "ike/daemon/pidfile.h"
#include "ike/daemon/pushed.h"
#include "ike/daemon/resolver.h"
#include "ike/daemon/script.h"

enum monitor_phase {
	PHASE_START,	/* the engine has no configuration yet */
	PHASE_RUN,
	PHASE_STOP,	/* peers are being told */
	PHASE_OVER,
};

struct monitor {
	const struct daemon_opts *opts;
	char *home;		/* where it was started; NULL: it is there */
	enum monitor_phase phase;
	struct loop *loop;
	struct ipc *ipc;
	struct logsink *sink;
	struct logger log;
	struct kern *kern;
	struct keyproc *keys;
	struct script_runner *scripts;
	struct listen_set *listen;
	struct addrs *addrs;	/* NULL: it listens on no link-local one */
	bool listen_late;	/* the engine has to close sockets first */
	struct ike_crypto *crypto;
	struct ike_conf *conf;
	struct pidfile *pidfile;
	char admin_path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	ino_t admin_ino;	/* another racoon may have put its own there */
	bool admin_failed;	/* the one that is wanted could not be made */
	pid_t engine;
	int ready_fd;		/* tells the process that was started */
	uint64_t stop_at;
	uint32_t reload_conn;	/* who asked for the reload, 0 nobody */
	struct names names;	/* host names of the file being loaded */
	struct resolver resolver;	/* looks them up; idle: fd < 0 */
	bool reload_again;	/* asked for while one was under way */
	uint32_t generation;	/* of the configuration sent last */
	bool applying;		/* the engine has not answered to it */
};

/* The end of the loop, with that exit status. */
void monitor_over(struct monitor *m, int code);

/* ---- monitor_engine.c ---- */

/*
 * Forks the engine, before a secret was read.  Of the descriptors there are
 * (the log, what the starter left open) it gets its socket only.
 */
int monitor_start_engine(struct monitor *m);

/*
 * Waits for the engine's process, whose socket is closed: it ends by itself,
 * unless strangers have taken it over.  Nothing may wait for that one.
 */
void monitor_end_engine(struct monitor *m);

/* How the engine's process ended, for the log. */
void monitor_log_end(struct monitor *m, int status);

/* A message: its body is appended in between.  Errors are logged. */
struct wbuf *monitor_tell(struct monitor *m, enum ipc_type type, uint32_t id);
void monitor_tell_end(struct monitor *m);

/* One without a body, and perhaps a descriptor. */
void monitor_tell_that(struct monitor *m, enum ipc_type type, int fd);

/* One whose body is an error number. */
void monitor_tell_err(struct monitor *m, enum ipc_type type, uint32_t id,
		      int err);

/* What came of telling. */
void monitor_told(struct monitor *m, int r);

/* A socket of arg, a struct monitor: for listen_apply(). */
void monitor_give_socket(void *arg, const struct bind_req *b, int fd);

/* Events and answers of the kernel, for arg, a struct monitor. */
void monitor_kevent(void *arg, const struct kevent *ev);
void monitor_kans(void *arg, const struct kans *a);

/* ---- monitor_conf.c ---- */

/* Loads the configuration for the start, waiting for its host names. */
int monitor_load(struct monitor *m, struct pushed **p);

/*
 * Hands a loaded configuration to the engine, with the sockets it wants.  An
 * error leaves everything as it was; a running racoon goes on with those of
 * the sockets that can be had.
 */
int monitor_apply(struct monitor *m, const struct pushed *p);

/* The engine has closed the sockets that were in the way of others. */
void monitor_listen_late(struct monitor *m);

/* Removes the admin socket, unless somebody else's stands in its place. */
void monitor_admin_end(struct monitor *m);

/* Reads the configuration again; conn asked for it, or nobody (0). */
void monitor_reload(struct monitor *m, uint32_t conn);

/* A reload is over: what was asked for meanwhile comes now. */
void monitor_reload_again(struct monitor *m);

/* Host names that are looked up: until when; and the end of that. */
uint64_t monitor_look_up_until(struct monitor *m, uint64_t now);
void monitor_look_up_end(struct monitor *m);

/* ---- monitor_msg.c ---- */

/* A message of the engine's process, for arg, a struct monitor. */
void monitor_message(void *arg, struct ipc_msg *msg);

#endif
