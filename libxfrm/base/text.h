/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_TEXT_H
#define XT_TEXT_H

#include <stdbool.h>

#include "libxfrm/base/buf.h"

/*
 * Text that others chose, before it goes to a log, a terminal, JSON or an
 * environment: UTF-8 (RFC 3629) without the control characters of ASCII and
 * of ISO 8859 (U+0080 to U+009F), which terminals obey.
 */
bool text_is_clean(struct cur text);

/* Each byte that is not part of such text becomes a question mark. */
void text_clean(char *s);

#endif
