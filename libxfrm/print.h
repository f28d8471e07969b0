/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XFRM_PRINT_H
#define XFRM_PRINT_H

#include <stddef.h>

#include "libxfrm/event.h"
#include "libxfrm/policy.h"
#include "libxfrm/sa.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Names of the kernel's numbers, in setkey's words.  Unknown numbers come out
 * in decimal; the text is in buf, or static.
 */
#define XNAME_STRLEN 24

const char *xname_proto(unsigned int proto, char *buf);	/* esp ah ipcomp … */
const char *xname_mode(unsigned int mode, char *buf);	/* transport … */
const char *xname_dir(unsigned int dir, char *buf);	/* in out fwd */
const char *xname_action(const struct xfrm_policy *p);	/* discard none ipsec */
const char *xname_upper(unsigned int proto, char *buf);	/* tcp … any */
const char *xname_msg(unsigned int type, char *buf);	/* XFRM_MSG_NEWSA … */
const char *xname_encap(unsigned int type, char *buf);	/* espinudp … */

/* "esp 192.0.2.1 -> 192.0.2.2 spi 0x00001000", for messages; returns buf. */
#define XSA_STRLEN 192
const char *xfrm_sa_str(const struct xfrm_sa *sa, char *buf, size_t len);

/* "out 10.0.0.0/24[any] 10.1.0.0/16[any] any", for messages; returns buf. */
#define XPOL_STRLEN 224
const char *xfrm_policy_str(const struct xfrm_policy *p, char *buf,
			    size_t len);

#ifdef __cplusplus
}
#endif

#endif
