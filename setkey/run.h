/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_RUN_H
#define XT_SETKEY_RUN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include "libxfrm/sock.h"
#include "parser/setkey_check.h"
#include "parser/src.h"
#include "setkey/dump.h"
#include "setkey/report.h"
#include "setkey/undo.h"

/*
 * Carries out checked programs.  What changes tables is sent in batches; get,
 * getspi, dump, spddump and deleteall need an answer and wait for what stands
 * before them.
 */
struct run {
	struct report *rep;
	struct src_table *src;	/* texts of the programs' statements */
	struct dump dump;	/* how dumps are printed */
	bool atomic;		/* take everything back after a refusal */
	bool strict;		/* nothing the kernel lacks is left out */
	bool json;		/* tell what happened in JSON lines, too */
	bool verbose;		/* -v: show every message */
	bool hex;		/* -H: as bytes, too */
	struct xfrm_sock *sock;	/* NULL: run_open() opens it */
	/* Results, over all programs: */
	uint64_t statements;	/* sent or carried out */
	uint64_t refused;
	bool undone;
	/* Private: the program that runs */
	const struct setkey_prog *prog;
	struct xfrm_batch *batch;
	struct undo *undo;
	size_t at;		/* operation being done */
	int fatal;		/* nothing more can work */
	uint64_t detailed;	/* refusals explained so far */
	size_t last_refused;	/* operation + 1 */
	int last_err;
	uint32_t asked, lacking; /* by the kernel: see lacks.h */
	bool info_known;
	struct xfrm_spdinfo info;
};

/*
 * Opens the socket unless it is open.  A failure is reported and returned;
 * its first line is the one that scripts know from PF_KEY.
 */
int run_open(struct run *r);

/* The same for a socket that listens to events. */
int run_open_events(struct run *r);

/*
 * Runs a program.  Refusals are reported and counted, and 0 returned; a
 * negative result means that nothing more can work (reported, too).
 */
int run_prog(struct run *r, struct setkey_prog *p);

/*
 * From hold to release no signal ends setkey for good (INT, TERM, HUP; PIPE
 * when nobody reads on): what must not stay half done is done or taken back
 * first.
 */
void run_hold(sigset_t *before);
void run_release(const sigset_t *before);

/* For ask.c: sends what is queued, reads all answers. */
int run_flush_batch(struct run *r);

/* -F, -FP. */
int run_flush(struct run *r, bool spd);

/* A failure of a dump or flush that no statement asked for. */
void run_failed(struct run *r, int err, const struct xmsg_error *e);

/* The text of an error number as the reference prints it. */
const char *run_strerror(int err);

/*
 * Prefix lengths from which the kernel shall hash the policies of p, so that
 * few are left to its lists; false: what the kernel has will do.  now is what
 * it has.
 */
bool run_pick_hash(const struct setkey_prog *p, const struct xfrm_spdinfo *now,
		   struct setkey_hash *pick);

/* Programs with fewer policies than this never touch the thresholds. */
#define RUN_HASH_MIN 500

/* Refusals beyond this many get one line each, without explanation. */
#define RUN_DETAILS_MAX 20

#endif
