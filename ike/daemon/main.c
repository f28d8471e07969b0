/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdio.h>

#include "ike/crypto/alg.h"
#include "ike/daemon/monitor.h"
#include "ike/daemon/options.h"
#include "ike/daemon/testconf.h"

static int version(void)
{
	printf("@(#)" PACKAGE_NAME " " PACKAGE_VERSION
	       " (ipsec-tools compatible)\n\n"
	       "Compiled with:\n"
	       "- %s (https://www.openssl.org/)\n"
	       "- IPv6 support\n"
	       "- Dead Peer Detection\n"
	       "- NAT Traversal\n"
	       "- Admin port\n"
	       "- Monotonic clock\n"
	       "- XFRM netlink\n\n", ike_crypto_version());
	return fflush(stdout) ? 1 : 0;
}

static int run_daemon(const struct options *o)
{
	const struct daemon_opts d = {
		.conf_file = o->file,
		.log_file = o->log_file,
		.ident = "racoon",
		.foreground = o->foreground,
		.load_backup = o->load_backup,
		.debug = o->debug,
		.port = o->port,
		.port_natt = o->natt_port,
		.family = o->family,
	};

	if (o->foreground)
		printf("Foreground mode.\n");
	if (o->local_test)
		printf("Local test mode.\n");
	fflush(stdout);
	return monitor_run(&d);
}

int main(int argc, char **argv)
{
	struct options o;

	(void)options_parse(&o, argc, argv);
	switch (o.mode) {
	case MODE_TEST:
		return testconf_run(&o);
	case MODE_DUMP:
		return testconf_dump(&o);
	case MODE_VERSION:
		return version();
	case MODE_USAGE:
		fputs(options_usage, stdout);
		return 1;
	case MODE_DAEMON:
		return run_daemon(&o);
	}
	return 1;
}
