/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xtike: the other end of an IKE daemon that is being measured; see usage().
 * tests/bench/ike is the benchmark that uses it.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/xtike/acquire.h"
#include "tests/bench/xtike/load.h"

static void usage(FILE *to)
{
	fprintf(to, "usage: xtike load -f CONF [-v] [-a FIRST] [-t TARGET] "
		"[-i INNER] [-n COUNT[,COUNT ...]]\n"
		"             [-w WINDOW] [-W WARM] [-p PID]\n"
		"       xtike serve -f CONF [-v]\n"
		"       xtike acquire [-a FIRST] [-i INNER] [-n COUNT]\n"
		"\n"
		"load     COUNT initiators (default 1000), addresses FIRST and "
		"following (10.64.0.1),\n"
		"         WINDOW of them at a time (64), bring up a tunnel each "
		"to TARGET (10.1.0.1)\n"
		"         and INNER behind it (192.168.0.1); prints what PID and "
		"its children used\n"
		"         since the first WARM (10) of them were up\n"
		"serve    responds on all addresses\n"
		"acquire  sends packets from INNER to COUNT addresses, FIRST "
		"and following, and\n"
		"         measures the time from each acquire to its SAs\n"
		"\n"
		"CONF is a racoon.conf.  One line of names and figures comes "
		"out per measurement.\n");
}

static int counts(struct load_opts *o, char *s)
{
	char *save, *p;

	o->ncount = 0;
	for (p = strtok_r(s, ",", &save); p; p = strtok_r(NULL, ",", &save)) {
		unsigned int n = (unsigned int)strtoul(p, NULL, 10);

		if (!n || o->ncount == LOAD_COUNTS_MAX ||
		    (o->ncount && n <= o->count[o->ncount - 1]))
			return -1;
		o->count[o->ncount++] = n;
	}
	return o->ncount ? 0 : -1;
}

static int option(struct load_opts *o, int c, char *arg)
{
	switch (c) {
	case 'f':
		o->conf_file = arg;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case 'a':
		return xaddr_parse(arg, &o->first);
	case 't':
		return xaddr_parse(arg, &o->target);
	case 'i':
		return xaddr_parse(arg, &o->inner);
	case 'n':
		return counts(o, arg);
	case 'w':
		o->window = (unsigned int)strtoul(arg, NULL, 10);
		return o->window ? 0 : -1;
	case 'W':
		o->warm = (unsigned int)strtoul(arg, NULL, 10);
		return 0;
	case 'p':
		o->pid = (pid_t)strtol(arg, NULL, 10);
		return o->pid > 0 ? 0 : -1;
	default: /* getopt has said what is wrong */
		return -1;
	}
}

int main(int argc, char **argv)
{
	struct load_opts o = { .window = 64, .warm = 10, .ncount = 1,
			       .count = { 1000 } };
	const char *what = argc > 1 ? argv[1] : "";
	int c, r = -1;

	xaddr_parse("10.64.0.1", &o.first);
	xaddr_parse("10.1.0.1", &o.target);
	xaddr_parse("192.168.0.1", &o.inner);
	if (!strcmp(what, "-h")) {
		usage(stdout);
		return 0;
	}
	while ((c = getopt(argc - 1, argv + 1, "f:va:t:i:n:w:W:p:")) != -1)
		if (option(&o, c, optarg) < 0)
			what = "";
	if (!strcmp(what, "acquire"))
		r = acquire_run(&o.inner, &o.first, o.count[o.ncount - 1]);
	else if (o.conf_file && !strcmp(what, "load"))
		r = load_run(&o);
	else if (o.conf_file && !strcmp(what, "serve"))
		r = serve_run(&o);
	else
		usage(stderr);
	return r < 0 ? 1 : 0;
}
