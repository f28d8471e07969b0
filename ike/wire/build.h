/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_WIRE_BUILD_H
#define XT_IKE_WIRE_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/wire/body.h"
#include "ike/wire/hdr.h"
#include "libxfrm/base/buf.h"

/*
 * Writes a message: header, payloads chained by their next-payload fields,
 * lengths patched at the end.  All errors stick in the wbuf and come out of
 * ike_build_finish() or ike_build_seal().  Payload functions may be called
 * only one after the other, between start and finish.
 */
struct ike_build {
	struct wbuf *w;
	size_t start;		/* of the message in w */
	size_t next_at;		/* the next-payload byte to patch */
	size_t pld_at;		/* the open payload, 0 = none */
	uint8_t flags;		/* of the header */
};

/* Starts a message at the end of w; h->next and h->len are filled in later. */
void ike_build_start(struct ike_build *b, struct wbuf *w,
		     const struct ike_hdr *h);

/* Opens a payload: the body then goes to b->w; closes it. */
void ike_build_open(struct ike_build *b, uint8_t type);
void ike_build_close(struct ike_build *b);

/* A payload with these bytes as its body. */
void ike_build_raw(struct ike_build *b, uint8_t type, struct cur body);

/* A payload with len zero bytes, returning the offset of its body in b->w:
 * for HASH payloads, which are computed once the rest is written. */
size_t ike_build_hole(struct ike_build *b, uint8_t type, size_t len);

/* Payloads of v1 */
void ike_build_id(struct ike_build *b, const struct ike_idpld *id);
void ike_build_cert(struct ike_build *b, uint8_t type /* CERT or CR */,
		    uint8_t encoding, struct cur data);
void ike_build_notify(struct ike_build *b, const struct ike_notify *n);
void ike_build_delete(struct ike_build *b, const struct ike_delete *d);
void ike_build_natoa(struct ike_build *b, uint8_t type, struct cur addr,
		     bool draft);

/* Payloads of v2 */
void ike_build_id2(struct ike_build *b, uint8_t type,
		   const struct ike_idpld *id);
void ike_build_ke2(struct ike_build *b, const struct ike_ke *ke);
void ike_build_auth2(struct ike_build *b, const struct ike_auth2 *auth);
void ike_build_notify2(struct ike_build *b, const struct ike_notify *n);
void ike_build_delete2(struct ike_build *b, const struct ike_delete *d);

/* The payloads written so far from offset at on; good until the next write. */
struct cur ike_build_from(const struct ike_build *b, size_t at);

/* Ends a message in clear: patches the length.  0 or the first error. */
int ike_build_finish(struct ike_build *b);

/*
 * How the payloads of an IKEv1 message are padded before encryption: the
 * padding {} section of racoon.conf.  There is always padding; its last byte
 * is the number of pad bytes.
 */
struct ike_pad {
	bool randomize;		/* pad bytes random instead of 0 */
	bool randomize_length;	/* random number of extra blocks … */
	uint8_t maximum_length;	/* … up to that many bytes */
	bool exclusive_tail;	/* that number does not count the last byte */
};

/*
 * Ends an IKEv1 message encrypted: pads to a multiple of block, patches the
 * length, sets the encryption flag and calls seal on all that follows the
 * header, in place.  random fills bytes and may be NULL when the padding
 * needs none.  Returns 0 or the first error.
 */
struct ike_seal {
	size_t block;
	int (*seal)(void *arg, uint8_t *data, size_t len);
	int (*random)(void *arg, void *p, size_t len);
	void *arg;
	struct ike_pad padding;
};
int ike_build_seal(struct ike_build *b, const struct ike_seal *s);

#endif
