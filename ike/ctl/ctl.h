/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_CTL_CTL_H
#define XT_CTL_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/ctl/args.h"
#include "ike/ctl/conn.h"

/* What the commands of racoonctl share: their state, and how they ask. */
struct ctl {
	const char *socket;
	unsigned int detail;	/* -l */
	bool debug, json;
	int fd;
};

/* Says what is wrong on standard error; 1, the exit status. */
__attribute__((format(printf, 1, 2))) int ctl_fail(const char *fmt, ...);

/* The same of what args.c found. */
int ctl_fail_args(const struct args *a);

/* -1 when there are arguments left: then a says so. */
int ctl_no_more(struct args *a);

/* Takes an option, with its value unless that is NULL, if it comes next. */
bool ctl_option(struct args *a, const char *word, const char **value);

/* Connects and sends a request: 0, or the exit status after a message. */
int ctl_ask(struct ctl *c, uint16_t cmd, uint16_t proto, const void *body,
	    size_t len);

/*
 * Waits for the answer to cmd; rep is the caller's to free.  0, or the exit
 * status after a message: an SA that exists already is a success.
 */
int ctl_answer(struct ctl *c, uint16_t cmd, struct conn_reply *rep);

/* Request and answer without a body to show. */
int ctl_order(struct ctl *c, uint16_t cmd, uint16_t proto, const void *body,
	      size_t len);

#endif
