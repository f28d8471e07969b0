/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_OPTIONS_H
#define XT_DAEMON_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* Which job racoon was called for. */
enum racoon_mode {
	MODE_DAEMON,
	MODE_TEST,		/* -t */
	MODE_DUMP,		/* -C */
	MODE_VERSION,		/* -V */
	MODE_USAGE,		/* -h, or what could not be understood */
};

/* The command line. */
struct options {
	enum racoon_mode mode;
	const char *file;	/* -f, or the built-in path */
	const char *log_file;	/* -l, or NULL */
	int family;		/* -4, -6: AF_INET, AF_INET6; 0: not given */
	unsigned int debug;	/* how many -d */
	unsigned int verbose;	/* how many -v */
	uint16_t port;		/* -p, 500 */
	uint16_t natt_port;	/* -P, 4500 */
	bool foreground;	/* -F */
	bool function_names;	/* -L */
	bool load_backup;	/* -B */
	bool local_test;	/* -Z */
	bool json;		/* --json, with -t */
	bool strict;		/* --strict, with -t */
};

#define RACOON_CONF SYSCONFDIR "/racoon/racoon.conf"

/*
 * Fills *o; strings point into argv.  Returns 0; -1 when the line is wrong
 * (getopt has said so on stderr, and o->mode is MODE_USAGE).
 */
int options_parse(struct options *o, int argc, char *const *argv);

/* The text of usage and version. */
extern const char options_usage[];

#endif
