/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_KEYPROC_H
#define XT_DAEMON_KEYPROC_H

#include "ike/core/conf.h"
#include "ike/crypto/alg.h"
#include "ike/daemon/codec.h"
#include "libxfrm/base/log.h"

/*
 * The holder of the long-term secrets, in the privileged process: it computes
 * with pre-shared and private keys what the other process asks for, and never
 * gives a key away.  Keys are read when they are first needed, and again when
 * their file has changed.
 */
struct keyproc;

int keyproc_new(struct keyproc **kp, const struct logger *log);
void keyproc_free(struct keyproc *kp);	/* wipes; NULL is fine */

/*
 * From now on the keys of conf (a reference is taken) can be used, and no
 * others: this is the permit table for signatures.
 */
int keyproc_conf(struct keyproc *kp, struct ike_conf *conf);

/*
 * Answers a question; the caller frees a->out.  Whether psk.txt has changed is
 * looked up for the first question after keyproc_round().
 */
void keyproc_answer(struct keyproc *kp, const struct key_question *q,
		    struct ike_keyans *a);

/* The questions that came together are answered. */
void keyproc_round(struct keyproc *kp);

#endif
