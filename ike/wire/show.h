/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_WIRE_SHOW_H
#define XT_IKE_WIRE_SHOW_H

#include "ike/wire/chain.h"

/*
 * One line about payload p of a decoded message, for debug logs, appended to
 * w: what the peer says, in words.  Of nonces, hashes, signatures and public
 * values only the length is told, of configuration attributes only the name.
 * All bytes are printable, whatever came; long payloads are cut short.
 */
#define IKE_SHOW_MAX 1024
void ike_payload_show(const struct ike_msg *m, const struct ike_payload *p,
		      struct wbuf *w);

/* One transform in words: "AES-CBC-256 SHA256 modp2048 pre-shared key" */
void ike_transform_show(uint8_t proto, const struct ike_transform *t,
			struct wbuf *w);

#endif
