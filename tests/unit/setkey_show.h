/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_UNIT_SETKEY_SHOW_H
#define XT_UNIT_SETKEY_SHOW_H

#include "parser/setkey_check.h"

/* Operations as text, every field that is not zero: for tests to compare. */
void show_op(struct wbuf *w, const struct setkey_op *op);
void show_prog(struct wbuf *w, const struct setkey_prog *p);

/* Messages as text, everything there is to an entry. */
void show_diag(struct wbuf *w, const struct diag *d);

#endif
