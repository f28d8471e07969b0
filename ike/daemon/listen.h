/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_LISTEN_H
#define XT_DAEMON_LISTEN_H

#include "ike/core/conf.h"
#include "ike/daemon/codec.h"
#include "ike/daemon/monitor.h"
#include "libxfrm/base/log.h"

/*
 * The sockets racoon listens on, made in the privileged process and kept
 * over reloads as far as the configuration still wants them.
 */
struct listen_set;

int listen_new(struct listen_set **ls, const struct logger *log);
void listen_free(struct listen_set *ls);	/* closes its copies */

/*
 * Brings the set in line with conf.  For every socket wanted, give(arg, b,
 * fd) is called: fd is borrowed, or -1 when the socket was given before.  An
 * address that cannot be bound is logged; with strict_address, or when not
 * one socket is left, that is the error returned.  XE_AGAIN: one that is not
 * wanted any more may be in the way; call it again when that is closed.
 */
int listen_apply(struct listen_set *ls, const struct ike_conf *conf,
		 const struct daemon_opts *opts,
		 void (*give)(void *arg, const struct bind_req *b, int fd),
		 void *arg);

/*
 * A link-local address stands on the interface of that name, which may come
 * later, go, and come again as another one.  Does the set follow any, and has
 * one changed since listen_apply()?
 */
bool listen_follows(const struct listen_set *ls);
bool listen_moved(const struct listen_set *ls, const struct ike_conf *conf);

/*
 * The admin socket of conf: *fd is a new listening socket, or -1 when it is
 * disabled.  path: room for its name, for unlink() at the end, "" if none.
 */
int listen_admin(const struct ike_conf *conf, const struct logger *log,
		 char *path, size_t size, int *fd);

#endif
