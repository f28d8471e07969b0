/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_CHAT_H
#define XT_SETKEY_CHAT_H

#include "setkey/run.h"

/*
 * -c: statements from standard input, each carried out as soon as its `;` is
 * there.  On a terminal with line editing and a prompt.
 */
struct chat {
	struct run *run;
	struct setkey_check_opts check;
	bool check_only;	/* -n */
	uint64_t errors;	/* statements that were not understood */
	bool ended;		/* exit, quit or bye */
};

/* Until the end of input or `exit`; negative when nothing more can work. */
int chat_run(struct chat *c);

#endif
