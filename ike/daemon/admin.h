/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_ADMIN_H
#define XT_DAEMON_ADMIN_H

#include "ike/core/ike.h"
#include "ike/daemon/loop.h"

/*
 * The admin socket: connections of racoonctl to requests for the engine, its
 * answers and events to the protocol of ike/ctl/proto.h.  Who may connect is
 * decided by the file mode of the socket.
 */
struct admin;

#define ADMIN_CONNS_MAX 64	/* one that has not asked yet gives way */
#define ADMIN_QUEUE_MAX (4u << 20)	/* bytes a slow reader may leave unread
				 * beside its answer; then it is dropped */

struct admin_ops {
	void *arg;
	/* hands a request to the engine */
	void (*request)(void *arg, const struct ike_admin *req);
	/* asks for a reload; admin_reloaded() answers */
	void (*reload)(void *arg, uint32_t conn);
};

int admin_new(struct admin **adm, struct loop *loop,
	      const struct admin_ops *ops);
void admin_free(struct admin *adm);	/* NULL is fine */

/* Serves the listening socket fd; -1 stops, closing the former one. */
int admin_listen(struct admin *adm, int fd);

/* Part of an answer of the engine; now is the engine's clock. */
void admin_answer(struct admin *adm, const struct ike_answer *a, uint64_t now,
		  int64_t wall);

/*
 * An event: goes to all who watch (the daemon subscribed once, for all), and
 * to those who wait for what they asked for, if it is about that.
 */
void admin_event(struct admin *adm, const struct ike_evt_row *ev,
		 int64_t wall);

/* A reload that conn asked for ended with err (0 or negative). */
void admin_reloaded(struct admin *adm, uint32_t conn, int err);

#endif
