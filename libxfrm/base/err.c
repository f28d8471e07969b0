/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/base/err.h"

#include <errno.h>
#include <string.h>

_Static_assert(XE_NOMEM == -ENOMEM, "XE_NOMEM is -ENOMEM");
_Static_assert(XE_INVAL == -EINVAL, "XE_INVAL is -EINVAL");

const char *xe_str(int err)
{
	static const char *const text[] = {
#define XE_TEXT(name, str) [name##_N] = str,
		XE_LIST(XE_TEXT)
#undef XE_TEXT
	};
	const char *s;

	if (err >= 0)
		return "success";
	if (err <= XE_BASE && err > XE_BASE - XE_COUNT)
		return text[XE_BASE - err];
	/* strerrordesc_np: no locale, no buffer, so safe in threads. */
	s = err > XE_BASE ? strerrordesc_np(-err) : NULL;
	return s ? s : "unknown error";
}
