/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_EVENT_H
#define XT_SETKEY_EVENT_H

#include "libxfrm/event.h"
#include "libxfrm/msg.h"
#include "setkey/show.h"

/*
 * Messages as -x and -v show them: a line that says what it is, then the SA
 * or policy in the form of the dumps.
 */
void show_event(struct out *o, const struct show *s,
		const struct xfrm_event *ev);

/* What cannot be decoded, or is no object: acknowledgements, requests. */
void show_message(struct out *o, const struct show *s,
		  const struct xmsg_view *v);

/* -v: the message with a word before it that tells its way. */
void show_trace(struct out *o, const struct show *s, bool sent, bool hex,
		const struct xmsg_view *v);

/* -H: "%08x: " and 16 bytes a line. */
void show_hex(struct out *o, const struct xmsg_view *v);

#endif
