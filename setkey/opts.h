/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SETKEY_OPTS_H
#define XT_SETKEY_OPTS_H

#include <stdbool.h>
#include "setkey/report.h"

/* What the command line asks for. */
enum mode {
	MODE_NONE,
	MODE_CHAT,	/* -c */
	MODE_FILE,	/* -f */
	MODE_DUMP,	/* -D */
	MODE_FLUSH,	/* -F */
	MODE_MONITOR,	/* -x */
	MODE_SAVE,	/* --save */
	MODE_BINARY,	/* words: files of PF_KEY messages */
};

/* --sync and --plan take so many of them. */
#define OPTS_FILES_MAX 256

struct opts {
	enum mode mode;		/* the last one given counts */
	const char *file;	/* of the last -f, as given */
	const char *files[OPTS_FILES_MAX]; /* of each of them */
	int nfiles;
	int fd;			/* it is open; -1: no -f */
	bool spd;		/* -P */
	bool sad_only;		/* -D was given before --save */
	bool all;		/* -a */
	bool loop;		/* -l */
	bool ports;		/* -p */
	bool hide_socket;	/* -N */
	bool check_only;	/* -n */
	bool verbose;		/* -v */
	bool hex;		/* -H */
	bool kernel_mode;	/* -k */
	bool epoch;		/* -xx */
	bool json, strict, atomic;
	bool sync, plan, purge;	/* with -f */
	char **words;		/* what is left, NULL-terminated */
	int nwords;
};

enum opts_result {
	OPTS_RUN,	/* go on */
	OPTS_HELP,	/* --help: print it, exit 0 */
	OPTS_USAGE,	/* as it was asked for in vain: print it, exit 1 */
	OPTS_VERSION,	/* -V: print it, exit 1 as ever */
	OPTS_LONG_VERSION, /* --version: print it, exit 0 */
	OPTS_FAILED,	/* reported, exit 1 */
};

/* Opens one of the files, reports if that fails: file and fd. */
int opts_open(struct opts *o, const char *name, struct report *rep);

/* Reads the command line; opens the last file of -f. */
enum opts_result opts_parse(struct opts *o, int argc, char **argv,
			    struct report *rep);

void opts_version(struct out *o);
void opts_usage(struct out *o);

#endif
