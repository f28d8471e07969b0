/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_CODEC_H
#define XT_DAEMON_CODEC_H

#include "ike/core/ike.h"
#include "libxfrm/base/buf.h"

/*
 * What the two processes of racoon tell each other: types of messages, and
 * their bodies to bytes and back.  Decoders check every length and every
 * value that is used as an index or a kernel constant; they return 0 or XE_*.
 */
enum ipc_type {
	/* engine to monitor */
	IPC_LOG = 1,	/* level, text */
	IPC_KREQ,	/* struct kreq */
	IPC_KEYREQ,	/* struct ike_keyreq */
	IPC_HOOK,	/* struct ike_hook, id: order key */
	IPC_CONF_DONE,	/* the configuration is in force, or an error number */
	IPC_RELOAD,	/* an administrator asks for a reload; id answers */
	IPC_BYE,	/* all is told to the peers: stop */
	/* monitor to engine */
	IPC_SETUP,	/* struct setup_req, first of all */
	IPC_KANS,	/* struct kans */
	IPC_KEVENT,	/* struct kevent */
	IPC_KEYANS,	/* struct ike_keyans */
	/* id of the next two: the generation of the configuration */
	IPC_FILE,	/* a file that the configuration names: name, part */
	IPC_CONF,	/* all files were sent: the log level */
	IPC_BOUND,	/* struct bind_req; the socket beside it, if new */
	IPC_PRUNE,	/* sockets not named since the last one are to be
			 * closed; is answered by IPC_CONF_DONE if there was
			 * an IPC_CONF since */
	IPC_ADMIN,	/* the listening socket beside it, if any */
	IPC_RELOADED,	/* answer to IPC_RELOAD: error number */
	IPC_STOP,	/* say good-bye to the peers, then IPC_BYE */
	IPC_TYPE_COUNT
};

/* The name of the configuration itself among the files. */
#define CONF_NAME "racoon.conf"

/* What the engine's process shall become. */
struct setup_req {
	uint32_t uid, gid;
	const char *chroot;	/* or NULL */
	uint16_t threads;	/* crypto workers */
};
void codec_put_setup(struct wbuf *w, const struct setup_req *s);
int codec_get_setup(struct cur *c, struct setup_req *s);

/* A UDP socket for IKE. */
struct bind_req {
	struct xaddr addr;	/* 0.0.0.0 and :: for all */
	uint16_t port;
	bool natt;		/* takes ESP in UDP too (RFC 3948) */
	bool strict;		/* the address must exist now */
};

void codec_put_addr(struct wbuf *w, const struct xaddr *a);
int codec_get_addr(struct cur *c, struct xaddr *a);

void codec_put_bind(struct wbuf *w, const struct bind_req *b);
int codec_get_bind(struct cur *c, struct bind_req *b);

/* Decoded requests own their keys: kreq_clear(). */
void codec_put_kreq(struct wbuf *w, const struct kreq *r);
int codec_get_kreq(struct cur *c, struct kreq *r);

void codec_put_kans(struct wbuf *w, const struct kans *a);
int codec_get_kans(struct cur *c, struct kans *a);

void codec_put_kevent(struct wbuf *w, const struct kevent *e);
int codec_get_kevent(struct cur *c, struct kevent *e);

/*
 * A request for the holder of the keys, with the key named by its file: that
 * stays true while a reload is under way, when handles may not.  Decoded, the
 * file name points into the message.
 */
struct key_question {
	struct ike_keyreq req;	/* cred and conf unused */
	const char *file;	/* KEY_SIGN */
};
void codec_put_keyreq(struct wbuf *w, const struct key_question *q);
int codec_get_keyreq(struct cur *c, struct key_question *q);

/* Decoded answers own their secret. */
void codec_put_keyans(struct wbuf *w, const struct ike_keyans *k);
int codec_get_keyans(struct cur *c, struct ike_keyans *k);

/* The strings of a decoded hook point into the message. */
void codec_put_hook(struct wbuf *w, const struct ike_hook *h);
int codec_get_hook(struct cur *c, struct ike_hook *h);

/* A string with its length in front; decoded in place, ended with NUL. */
void codec_put_str(struct wbuf *w, const char *s);
int codec_get_str(struct cur *c, const char **s);

#endif
