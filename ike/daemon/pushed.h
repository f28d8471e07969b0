/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_PUSHED_H
#define XT_DAEMON_PUSHED_H

#include "ike/core/conf.h"
#include "ike/crypto/alg.h"
#include "ike/daemon/ipc.h"
#include "ike/daemon/monitor.h"
#include "libxfrm/base/log.h"

/*
 * A configuration on its way to the process that may open no file.  The
 * privileged one loads racoon.conf, then hands over the effective text, with
 * includes, inheritance and host names resolved, and every file it names,
 * keys excepted; the other one loads that.
 */
struct pushed;

struct names;

/*
 * Loads and checks the file of opts; what there is to say is logged.  *out is
 * NULL on failure: XE_PARSE, XE_CHECK, -errno …  XE_AGAIN, and nothing is
 * logged yet: names has some that are to be looked up first.
 */
int pushed_load(struct pushed **out, const struct daemon_opts *opts,
		struct ike_crypto *cr, const struct logger *log,
		struct names *names);
void pushed_free(struct pushed *p);	/* NULL is fine */

/* Borrowed; ike_conf_ref() to keep it. */
struct ike_conf *pushed_conf(const struct pushed *p);

/* The level to log at: that of the file, and debug steps more. */
enum log_level pushed_level(const struct pushed *p, unsigned int debug);

/* Sends IPC_FILE messages, and IPC_CONF with generation as its id. */
int pushed_send(const struct pushed *p, struct ipc *ipc, uint32_t generation,
		enum log_level level);

#endif
