/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_LACKS_H
#define XT_SETKEY_LACKS_H

#include "setkey/run.h"

/*
 * Kernels ignore what is newer than themselves without a word, and labels
 * where there is no SELinux.  Asks the running one about such extensions, if
 * the program uses any; those that it does not know are warned about and taken
 * out of the program, so that it says what the kernel will do.  r->sock is
 * open.
 *
 * Returns 0; XE_REFUSED with r->strict (reported and counted, too: nothing
 * shall be sent); -ENOMEM.
 */
int lacks_adapt(struct run *r, struct setkey_prog *p);

#endif
