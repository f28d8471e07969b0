/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XFRM_ATTR_H
#define XFRM_ATTR_H

#include <stdint.h>

#include "libxfrm/base/buf.h"
#include "libxfrm/uapi.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Attributes of one message, checked against the size table before anybody
 * reads them.  Unknown types are skipped; of duplicates the last one counts,
 * as in the kernel.
 */
struct xattrs {
	struct cur at[XA_MAX + 1];
	uint64_t present;	/* bit n: attribute n was there */
};

/* Which numbering the attributes of a message follow. */
enum xattr_space {
	XATTR_XFRM,	/* enum xfrm_attr_type_t and enum xa_attr */
	XATTR_SPDINFO,	/* enum xfrm_spdattr_type_t */
	XATTR_SADINFO,	/* enum xfrm_sadattr_type_t */
};

/*
 * Splits the rest of a message into attributes.  XE_TRUNC (a length runs out
 * of the message), XE_MALFORMED (an attribute shorter than its type).
 */
int xattrs_parse(struct cur c, enum xattr_space space, struct xattrs *a);

static inline int xattrs_has(const struct xattrs *a, unsigned int type)
{
	return type <= XA_MAX && (a->present >> type & 1);
}

/* Copies the value (of at least len bytes); zeroes and XE_NOTFOUND if absent. */
int xattrs_get(const struct xattrs *a, unsigned int type, void *p, size_t len);

/* Numbers, 0 when absent. */
uint8_t xattrs_u8(const struct xattrs *a, unsigned int type);
uint16_t xattrs_u16(const struct xattrs *a, unsigned int type);
uint32_t xattrs_u32(const struct xattrs *a, unsigned int type);
uint64_t xattrs_u64(const struct xattrs *a, unsigned int type);

/* "XFRMA_ALG_AUTH" …, for messages; NULL when unknown. */
const char *xattr_name(unsigned int type);

#ifdef __cplusplus
}
#endif

#endif
