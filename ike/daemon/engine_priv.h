/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_ENGINE_PRIV_H
#define XT_DAEMON_ENGINE_PRIV_H

/*
 * What the files of the process that talks IKE share: its life and its actions
 * (engine.c), the configuration (engine_conf.c), and what the privileged
 * process says (engine_msg.c).
 */

#include "ike/core/conf.h"
#include "ike/core/ike.h"
#include "ike/crypto/alg.h"
#include "ike/daemon/addrs.h"
#include "ike/daemon/admin.h"
#include "ike/daemon/codec.h"
#include "ike/daemon/files.h"
#include "ike/daemon/ipc.h"
#include "ike/daemon/net.h"
#include "ike/daemon/work.h"
#include "libxfrm/base/secret.h"

#define STOP_ID UINT32_MAX	/* the shutdown request of this process */

struct conf_trust;

struct engine {
	struct loop *loop;
	struct ipc *ipc;
	struct logger log;
	struct ike_crypto *crypto;
	struct ike_crypto *worker_crypto[WORK_THREADS_MAX];
	struct secret pool;	/* random bytes; the last pool_left are unused */
	size_t pool_left;
	struct work *work;
	struct net *net;
	struct admin *admin;
	struct addrs *addrs;
	struct files *files;	/* of the configuration being received */
	uint32_t generation;	/* that it has */
	bool conf_taken;	/* not told yet */
	uint32_t conf_id;	/* of that one, and what came of it */
	int conf_err;
	struct conf_trust *trusts;	/* of configurations in use */
	struct ike *ike;	/* NULL before the first configuration */
	uint16_t port[2];	/* without and with NAT-T: -p, -P; or 0 */
	bool stopping, bye;
};

/* A message to the privileged process: its body is appended in between. */
struct wbuf *engine_tell(struct engine *e, enum ipc_type type, uint32_t id);
void engine_tell_end(struct engine *e);

/* One without a body. */
void engine_tell_that(struct engine *e, enum ipc_type type, uint32_t id);

/* A line of the log, about that peer or none. */
void engine_log(struct engine *e, enum log_level level,
		const struct ike_ep *peer, const char *line);

/* An event for the core, where there is one yet. */
void engine_feed(struct engine *e, const struct ike_event *ev);

int engine_start_workers(struct engine *e, unsigned int threads);

/* ---- engine_conf.c ---- */

/* Part of a file of the configuration that is on its way. */
int engine_take_file(struct engine *e, const struct ipc_msg *m);

/* All of them have come: it is put in force.  0 or why not. */
int engine_take_conf(struct engine *e, struct cur body);

/* Where it listens on all addresses: what is sent leaves from there, too. */
void engine_set_ports(struct engine *e);

/* ---- engine_msg.c ---- */

/* A message of the privileged process, for arg, a struct engine. */
void engine_message(void *arg, struct ipc_msg *m);

#endif
