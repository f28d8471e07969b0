/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_CTL_SHOW_H
#define XT_CTL_SHOW_H

#include "ike/ctl/conn.h"

/*
 * Printing of what racoon answers, on standard output.  Each returns 0, or
 * XE_TRUNC / XE_TRAILING when the answer has not the size it should.
 */

/* Rows of phase 1 SAs; detail 0, 1 (-l) or 2 (-ll). */
int show_isakmp(struct cur rows, unsigned int detail);

/* Rows of the timer table. */
int show_schedule(struct cur rows);

/* One event as a line; *type gets its number. */
int show_event(struct cur body, unsigned int *type);

/* "Phase 1 established", or NULL for a number without text. */
const char *show_event_text(unsigned int type);

#endif
