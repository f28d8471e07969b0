/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_SHOW_H
#define XT_SETKEY_SHOW_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include "libxfrm/policy.h"
#include "libxfrm/sa.h"
#include "setkey/out.h"

/*
 * SAs and policies as `setkey -D` and `setkey -DP` print them, which scripts
 * parse: compat form byte for byte.  What PF_KEY could not say stands in
 * lines of its own before the last line (SA) or the spid line (policy), only
 * where there is something to say.
 */
struct show {
	bool ports;	/* -p: ports of endpoints, too */
	time_t now;
	unsigned int pid;
	const char *state;	/* of the SA, if it is known; else derived */
};

/*
 * States, as far as the kernel's answer lets them be told: it does not say
 * them.  An SA without algorithms is larval; limits reached make it dying
 * (soft) or dead (hard).
 */
enum sa_state { SA_LARVAL, SA_MATURE, SA_DYING, SA_DEAD };
enum sa_state sa_state(const struct xfrm_sa *sa, time_t now);
const char *sa_state_name(enum sa_state st);

/* "esp", "esp-udp", "natt+7", "ah", "ipcomp" …; buf: XNAME_STRLEN bytes. */
const char *sa_type_name(const struct xfrm_sa *sa, char *buf);

/* What `-E`, `-A`, `-C` would say, or the kernel's name for unknown ones. */
const char *sa_alg_name(const struct xsa_alg *a);

/*
 * Name of an upper-layer protocol as the protocols database has it, without
 * asking the database twice; "255" for any, else a number.
 */
const char *upper_name(unsigned int proto);

/*
 * All but the number in the last line(s), which depends on whether another
 * entry follows; show_sa_end() and show_policy_end() add that.
 */
void show_sa(struct out *o, const struct show *s, const struct xfrm_sa *sa);
void show_sa_end(struct out *o, const struct show *s, uint32_t seq);
void show_policy(struct out *o, const struct show *s,
		 const struct xfrm_policy *p);
void show_policy_end(struct out *o, const struct show *s, uint32_t seq);

/* "10.0.0.0/24[any] 10.0.1.0/24[any] 255", as in the SPD dump. */
void show_selector(struct out *o, const struct xsel *sel);

/* One line of `-Dl`. */
void show_sa_line(struct out *o, const struct show *s,
		  const struct xfrm_sa *sa);
#define SHOW_LOOP_HEADER "time p   s spi      ltime   src -> dst\n"

#endif
