/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

const char options_usage[] =
"usage: racoon [-46dFLv] [-f FILE] [-l FILE] [-p PORT] [-P PORT]\n"
"       racoon -t [--json] [--strict] [-f FILE]\n"
"       racoon -C [-f FILE]\n"
"       racoon -V\n"
"   -C: print the configuration with inheritance and defaults filled in\n"
"   -d: log one level more; may be repeated\n"
"   -f: configuration file (default " RACOON_CONF ")\n"
"   -F: stay in the foreground\n"
"   -l: log file instead of syslog\n"
"   -p: IKE port, when the file lists no addresses (default 500)\n"
"   -P: NAT-T port, likewise (default 4500)\n"
"   -t: check the configuration, and exit\n"
"       --json: in JSON; --strict: warnings fail it too\n"
"   -V: print version and build options\n"
"   -4, -6: listen on that family only, when the file lists no addresses\n"
"   -B, -L, -v, -Z: taken for compatibility\n";

enum long_option { OPT_JSON = 256, OPT_STRICT };

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

static int port(const char *s, uint16_t *out)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(s, &end, 10);
	if (!*s || *end || errno || !v || v > 65535 || *s == '-') {
		fprintf(stderr, "racoon: `%s' is not a port\n", s);
		return -1;
	}
	*out = (uint16_t)v;
	return 0;
}

static int option(struct options *o, int c)
{
	switch (c) {
	case '4':
		o->family = AF_INET;
		return 0;
	case '6':
		o->family = AF_INET6;
		return 0;
	case 'B':
		o->load_backup = true;
		return 0;
	case 'C':
		o->mode = MODE_DUMP;
		return 0;
	case 'd':
		o->debug++;
		return 0;
	case 'f':
		o->file = optarg;
		return 0;
	case 'F':
		o->foreground = true;
		return 0;
	case 'l':
		o->log_file = optarg;
		return 0;
	case 'L':
		o->function_names = true;
		return 0;
	case 'p':
		return port(optarg, &o->port);
	case 'P':
		return port(optarg, &o->natt_port);
	case 't':
		o->mode = MODE_TEST;
		return 0;
	case 'v':
		o->verbose++;
		return 0;
	case 'V':
		o->mode = MODE_VERSION;
		return 0;
	case 'Z':
		o->local_test = true;
		return 0;
	case OPT_JSON:
		o->json = true;
		return 0;
	case OPT_STRICT:
		o->strict = true;
		return 0;
	}
	return -1;
}

int options_parse(struct options *o, int argc, char *const *argv)
{
	int c;

	*o = (struct options){
		.mode = MODE_DAEMON,
		.file = RACOON_CONF,
		.port = 500,
		.natt_port = 4500,
	};
	optind = 1;
	while ((c = getopt_long(argc, argv, "46BCdf:FhLl:p:P:tvVZ",
				long_options, NULL)) != -1)
		if (option(o, c)) {
			o->mode = MODE_USAGE;
			return c == 'h' ? 0 : -1;
		}
	if (optind < argc) {
		fprintf(stderr, "racoon: unexpected argument `%s'\n",
			argv[optind]);
		o->mode = MODE_USAGE;
		return -1;
	}
	if ((o->json || o->strict) && o->mode != MODE_TEST) {
		fprintf(stderr, "racoon: --%s goes with -t\n",
			o->json ? "json" : "strict");
		o->mode = MODE_USAGE;
		return -1;
	}
	return 0;
}
