/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XFRM_SOCK_H
#define XFRM_SOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxfrm/event.h"
#include "libxfrm/msg.h"
#include "libxfrm/policy.h"
#include "libxfrm/sa.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The only I/O of the library: a NETLINK_XFRM socket.  Not thread-safe; one
 * socket either makes requests or listens to events.
 */
struct xfrm_sock;

/* Event groups, as bits: XGRP(XFRMNLGRP_ACQUIRE) | … */
#define XGRP(group) (1u << ((group) - 1))
#define XGRP_ALL 0xffu

/*
 * Opens a socket; groups 0 for requests only.  An event socket gets a receive
 * buffer of 8 MiB if it may have that.  -EPROTONOSUPPORT: a kernel without
 * XFRM netlink.
 */
int xfrm_sock_open(unsigned int groups, struct xfrm_sock **out);
void xfrm_sock_close(struct xfrm_sock *s);	/* NULL is fine */
int xfrm_sock_fd(const struct xfrm_sock *s);

/* Our netlink port, to tell our own changes from others' in events. */
uint32_t xfrm_sock_port(const struct xfrm_sock *s);

/*
 * Calls fn for every message sent and received, for tools that show them;
 * NULL stops that.  Messages hold keys.
 */
typedef void (*xfrm_trace_fn)(void *arg, bool sent, const struct xmsg_view *v);
void xfrm_sock_trace(struct xfrm_sock *s, xfrm_trace_fn fn, void *arg);

/* A builder for one request, with room for XMSG_MAX bytes; wiped on close. */
struct xmsg *xfrm_sock_msg(struct xfrm_sock *s);

/*
 * Sends the one message in m and waits for its acknowledgement.  0, or the
 * kernel's errno negated; *e (may be NULL) then holds the details.
 */
int xfrm_sock_do(struct xfrm_sock *s, struct xmsg *m, struct xmsg_error *e);

/*
 * The same for requests that are answered by one message (get, allocspi,
 * sadinfo …): it is handed to fn before the call returns.  fn's result, when
 * negative, becomes the result.
 */
typedef int (*xfrm_msg_fn)(void *arg, const struct xmsg_view *v);
int xfrm_sock_ask(struct xfrm_sock *s, struct xmsg *m, xfrm_msg_fn fn,
		  void *arg, struct xmsg_error *e);

/*
 * Does the running kernel know this attribute (enum xfrm_attr_type_t, enum
 * xa_attr)?  Kernels ignore attributes that are newer than themselves without
 * a word.  Asks with a request that can change nothing.  1, 0, or negative
 * (-EPERM …).
 */
int xfrm_sock_knows(struct xfrm_sock *s, uint16_t attr);

/*
 * Dumps, streamed: memory does not grow with their length, and the objects
 * are good until fn returns.  A negative result of fn ends the dump and is
 * returned (the rest is read and dropped).  XE_INTR: the tables changed
 * meanwhile, the dump may be incomplete; everything was delivered, start
 * over if it matters.
 */
typedef int (*xfrm_sa_fn)(void *arg, const struct xfrm_sa *sa);
typedef int (*xfrm_policy_fn)(void *arg, const struct xfrm_policy *p);
int xfrm_sock_dump_sa(struct xfrm_sock *s, const struct xfrm_sa_filter *f,
		      xfrm_sa_fn fn, void *arg, struct xmsg_error *e);
int xfrm_sock_dump_policy(struct xfrm_sock *s, xfrm_policy_fn fn, void *arg,
			  struct xmsg_error *e);
int xfrm_sock_dump(struct xfrm_sock *s, struct xmsg *m, xfrm_msg_fn fn,
		   void *arg, struct xmsg_error *e);

/*
 * Batches: requests are collected and sent many at a time.  For each request
 * that the kernel refused fn is called, in order, with the cookie given when
 * it was added; the others succeeded.  fn is called during _add and _flush.
 */
typedef void (*xfrm_refused_fn)(void *arg, uint64_t cookie,
				const struct xmsg_error *e);
struct xfrm_batch;
int xfrm_batch_new(struct xfrm_sock *s, xfrm_refused_fn fn, void *arg,
		   struct xfrm_batch **out);
void xfrm_batch_free(struct xfrm_batch *b);	/* drops what is not flushed */

/*
 * The builder for the next request (may send what is there to make room);
 * build exactly one message, then xfrm_batch_add() it.  NULL when sending
 * failed: xfrm_batch_flush() tells why.
 */
struct xmsg *xfrm_batch_msg(struct xfrm_batch *b);

/* Queues the message built.  A builder's error is returned, and undone. */
int xfrm_batch_add(struct xfrm_batch *b, uint64_t cookie);

/*
 * Requests that are answered by one message (allocspi, get): fn gets the
 * answers to those queued with xfrm_batch_add_ask(), during _add and _flush.
 */
typedef void (*xfrm_answered_fn)(void *arg, uint64_t cookie,
				 const struct xmsg_view *v);
void xfrm_batch_answers(struct xfrm_batch *b, xfrm_answered_fn fn);
int xfrm_batch_add_ask(struct xfrm_batch *b, uint64_t cookie);

/*
 * Sends what is queued and reads all answers.  0 also when requests were
 * refused; negative only when the socket failed.
 */
int xfrm_batch_flush(struct xfrm_batch *b);

/* Requests sent, and refused, since _new. */
uint64_t xfrm_batch_sent(const struct xfrm_batch *b);
uint64_t xfrm_batch_refused(const struct xfrm_batch *b);

/*
 * Event sockets: reads what is there (one datagram) and hands each event to
 * fn.  Returns the number of events, 0 when nothing is there (never blocks),
 * -ENOBUFS when the kernel had to drop events: it may drop more, without a
 * word, until all that is there has been read; re-read what you need with a
 * dump then.  Undecodable messages are counted and skipped.
 */
typedef int (*xfrm_event_fn)(void *arg, const struct xfrm_event *ev);
int xfrm_sock_events(struct xfrm_sock *s, xfrm_event_fn fn, void *arg);

/* The same, messages undecoded, for tools that show them. */
int xfrm_sock_recv(struct xfrm_sock *s, xfrm_msg_fn fn, void *arg);

/*
 * From now on the kernel keeps messages of these types (XFRM_MSG_*, at most
 * XFRM_SOCK_MUTE_MAX) from an event socket.
 */
#define XFRM_SOCK_MUTE_MAX 16
int xfrm_sock_mute(struct xfrm_sock *s, const uint16_t *types, unsigned int n);

struct xfrm_sock_stats {
	uint64_t overruns;	/* ENOBUFS seen */
	uint64_t malformed;	/* messages skipped */
	uint64_t sent, received; /* messages */
};
void xfrm_sock_stats(const struct xfrm_sock *s, struct xfrm_sock_stats *st);

#ifdef __cplusplus
}
#endif

#endif
