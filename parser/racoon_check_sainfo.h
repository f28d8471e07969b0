/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_PARSER_RACOON_CHECK_SAINFO_H
#define XT_PARSER_RACOON_CHECK_SAINFO_H

#include "parser/racoon_check.h"

/* The part of rc_check() that looks at sainfo; 0 or -ENOMEM. */
int rc_check_sainfos(struct rc_conf *conf, struct rc_remote *const *eff,
		     struct diag *d);

#endif
