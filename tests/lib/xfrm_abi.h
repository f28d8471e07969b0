/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_TESTS_XFRM_ABI_H
#define XT_TESTS_XFRM_ABI_H

#include <stdint.h>
#include <string.h>

/*
 * Bytes of the kernel's structures: they end with padding where 64-bit numbers
 * are aligned to 8 bytes, which they are not on i386.
 */
struct abi_probe {
	uint64_t v;
};

enum {
	ABI_PAD = _Alignof(struct abi_probe) == 8 ? 4 : 0,
	ABI_SA = 220 + ABI_PAD,		/* struct xfrm_usersa_info */
	ABI_POLICY = 164 + ABI_PAD,	/* struct xfrm_userpolicy_info */
	ABI_HARD = 4 + ABI_PAD,		/* the flag of an expiry, and padding */
	ABI_RANGE = 8,			/* two SPIs */
};

/*
 * Two numbers of 16 bits as they stand in memory, whatever the byte order: type
 * and flags of a message, length and type of an attribute.
 */
static inline uint32_t abi_pair(uint16_t first, uint16_t second)
{
	uint16_t pair[] = { first, second };
	uint32_t v;

	memcpy(&v, pair, sizeof(v));
	return v;
}

/* The type of a message. */
static inline uint16_t abi_type(const uint8_t *message)
{
	uint16_t v;

	memcpy(&v, &message[4], sizeof(v));
	return v;
}

#endif
