/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_TESTS_XFRM_ABI_H
#define XT_TESTS_XFRM_ABI_H

#include <stdint.h>

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

#endif
