/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_PARSER_RACOON_CHECK_H
#define XT_PARSER_RACOON_CHECK_H

#include "libxfrm/base/diag.h"
#include "parser/racoon_ast.h"

/*
 * What is wrong, dangerous or odd in a racoon.conf, as far as its text alone
 * tells: no file, name or library is consulted.  eff is what rc_inherit()
 * made of conf.  Errors are what makes a section unusable; everything that
 * the reference accepts is at most a warning.
 *
 * Returns 0; XE_CHECK when there was an error; -ENOMEM.
 */
int rc_check(struct rc_conf *conf, struct rc_remote *const *eff,
	     struct diag *d);

/* Lifetimes of racoon when a file gives none, in seconds. */
#define RC_PHASE1_LIFETIME 28800
#define RC_PHASE2_LIFETIME 28800

#endif
