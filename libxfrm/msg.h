/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XFRM_MSG_H
#define XFRM_MSG_H

#include <stddef.h>
#include <stdint.h>

#include "libxfrm/base/buf.h"
#include "libxfrm/uapi.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Netlink messages.  The builder owns its bound; the first overflow sticks
 * and later puts do nothing, so that callers test once, at the end.
 */
struct xmsg {
	struct wbuf w;
	size_t start;	/* offset of the message being built */
};

/* Enough for any single request of this library (ESN window of 4096). */
#define XMSG_MAX 8192

/* A builder over the caller's memory (aligned for any type). */
void xmsg_init(struct xmsg *m, void *buf, size_t cap);

/* A builder that allocates, up to cap bytes; xmsg_free() wipes it. */
void xmsg_init_alloc(struct xmsg *m, size_t cap);
void xmsg_free(struct xmsg *m);

/*
 * Starts a message after what the buffer holds: type XFRM_MSG_*, flags
 * NLM_F_* (NLM_F_REQUEST is added).  Sequence and port are 0 until sock.c
 * sets them.
 */
void xmsg_begin(struct xmsg *m, uint16_t type, uint16_t flags);

/* The fixed part that follows the header: a kernel struct, copied. */
void xmsg_fixed(struct xmsg *m, const void *p, size_t len);

/* Attributes; numbers in host order, as netlink has them. */
void xmsg_put(struct xmsg *m, uint16_t type, const void *p, size_t len);
void xmsg_put_u8(struct xmsg *m, uint16_t type, uint8_t v);
void xmsg_put_u16(struct xmsg *m, uint16_t type, uint16_t v);
void xmsg_put_u32(struct xmsg *m, uint16_t type, uint32_t v);
void xmsg_put_u64(struct xmsg *m, uint16_t type, uint64_t v);

/* The header of an attribute of len bytes; xmsg_fixed() adds these. */
void xmsg_attr(struct xmsg *m, uint16_t type, size_t len);

/* Two parts as one attribute: a struct and the bytes that follow it. */
void xmsg_put2(struct xmsg *m, uint16_t type, const void *p, size_t len,
	       const void *q, size_t qlen);

/* Fills in the length.  0, or what went wrong (XE_NOSPACE, -ENOMEM). */
int xmsg_end(struct xmsg *m);

/* Takes the message being built, or the last one, out again. */
void xmsg_cancel(struct xmsg *m);

/* Header fields of the last message, set by whoever sends it. */
void xmsg_set_seq(struct xmsg *m, uint32_t seq);
/* The kernel repeats it in the notifications of what the message does. */
void xmsg_set_port(struct xmsg *m, uint32_t port);
void xmsg_add_flags(struct xmsg *m, uint16_t flags);

/* One received message: its header and a cursor over what follows. */
struct xmsg_view {
	uint16_t type, flags;
	uint32_t seq, port;
	struct cur body;
};

/*
 * Cuts the next message off c.  1: there is one; 0: end; XE_TRUNC when a
 * length is impossible (c is then empty).
 */
int xmsg_next(struct cur *c, struct xmsg_view *v);

/* Acknowledgement or error (NLMSG_ERROR, NLMSG_DONE with a code). */
#define XMSG_EXTACK_MAX 200
struct xmsg_error {
	int err;		/* 0 or a negated errno */
	uint32_t seq;		/* of the request */
	uint16_t type;		/* of the request, 0 unknown */
	uint32_t offset;	/* of the offending attribute, 0 unknown */
	char text[XMSG_EXTACK_MAX]; /* the kernel's own words, or "" */
};

/* Decodes such a message; XE_TRUNC, XE_MALFORMED. */
int xmsg_parse_error(const struct xmsg_view *v, struct xmsg_error *e);

#ifdef __cplusplus
}
#endif

#endif
