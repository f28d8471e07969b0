/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_PARSER_RACOON_WEAK_H
#define XT_PARSER_RACOON_WEAK_H

#include "libxfrm/base/diag.h"
#include "parser/racoon_ast.h"

/* Warnings about algorithms and lifetimes, for both phases. */
void rc_weak_group(struct rc_conf *conf, struct diag *d,
		   const struct rc_alg *g);
void rc_weak_cipher(struct rc_conf *conf, struct diag *d,
		    const struct rc_alg *a);
void rc_weak_hash(struct rc_conf *conf, struct diag *d,
		  const struct rc_alg *a);
void rc_odd_lifetime(struct rc_conf *conf, struct diag *d,
		     const struct rc_life *l);

#endif
