/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_WIRE_VENDOR_H
#define XT_IKE_WIRE_VENDOR_H

#include "libxfrm/base/buf.h"

/* The vendor IDs of vendor.def; VID_UNKNOWN is none of them. */
enum ike_vendor {
	VID_UNKNOWN,
#define IKE_VENDOR(symbol, text, bytes, len, cmp) symbol,
#include "ike/wire/vendor.def"
#undef IKE_VENDOR
	VID_COUNT
};

/*
 * Which vendor ID the body of a VID payload starts with.  *rest is what
 * follows it, such as the 4 capability bytes of FRAGMENTATION.
 */
enum ike_vendor ike_vendor_find(struct cur body, struct cur *rest);

/* The bytes to send, and the text for logs (NULL for VID_UNKNOWN). */
struct cur ike_vendor_bytes(enum ike_vendor v);
const char *ike_vendor_text(enum ike_vendor v);

#endif
