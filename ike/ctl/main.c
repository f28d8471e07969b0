/* SPDX-License-Identifier: BSD-2-Clause */
/* racoonctl: asks a running racoon, and tells it what to do. */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ike/ctl/ctl.h"
#include "ike/ctl/establish.h"
#include "ike/ctl/ipsec.h"
#include "ike/ctl/proto.h"
#include "ike/ctl/show.h"
#include "libxfrm/base/err.h"

#ifndef CTL_SOCKET
#define CTL_SOCKET RUNSTATEDIR "/racoon/racoon.sock"
#endif

struct command {
	const char *name, *alias;
	int (*run)(struct ctl *c, struct args *a);
	const char *synopsis;
};

/* ---- commands --------------------------------------------------------- */

static int cmd_reload(struct ctl *c, struct args *a)
{
	if (ctl_no_more(a) < 0)
		return ctl_fail_args(a);
	return ctl_order(c, CTL_RELOAD_CONF, 0, NULL, 0);
}

static int cmd_schedule(struct ctl *c, struct args *a)
{
	struct conn_reply rep;
	int r;

	if (ctl_no_more(a) < 0)
		return ctl_fail_args(a);
	r = ctl_ask(c, CTL_SHOW_SCHED, 0, NULL, 0);
	if (!r)
		r = ctl_answer(c, CTL_SHOW_SCHED, &rep);
	if (r)
		return r;
	r = show_schedule(wbuf_cur(&rep.body));
	wbuf_free(&rep.body);
	return r ? ctl_fail("malformed reply: %s", xe_str(r)) : 0;
}

static int cmd_show_sa(struct ctl *c, struct args *a)
{
	struct conn_reply rep;
	uint16_t proto;
	int r;

	if (args_proto(a, &proto) < 0 || ctl_no_more(a) < 0)
		return ctl_fail_args(a);
	if (proto == CTL_PROTO_INTERNAL)
		return ctl_fail("protocol internal is not supported");
	if (proto != CTL_PROTO_ISAKMP)
		return ipsec_show(proto);
	r = ctl_ask(c, CTL_SHOW_SA, proto, NULL, 0);
	if (!r)
		r = ctl_answer(c, CTL_SHOW_SA, &rep);
	if (r)
		return r;
	r = show_isakmp(wbuf_cur(&rep.body), c->detail);
	wbuf_free(&rep.body);
	return r ? ctl_fail("malformed reply: %s", xe_str(r)) : 0;
}

static int cmd_flush_sa(struct ctl *c, struct args *a)
{
	uint16_t proto;

	if (args_proto(a, &proto) < 0 || ctl_no_more(a) < 0)
		return ctl_fail_args(a);
	if (proto == CTL_PROTO_INTERNAL)
		return ctl_fail("protocol internal is not supported");
	return ctl_order(c, CTL_FLUSH_SA, proto, NULL, 0);
}

static int cmd_delete_sa(struct ctl *c, struct args *a)
{
	struct ctl_index idx;
	uint16_t proto;

	if (args_sa_proto(a, &proto) < 0 || args_hosts(a, &idx) < 0)
		return ctl_fail_args(a);
	/* The upper-layer protocol of esp and ah never mattered here. */
	if (proto != CTL_PROTO_ISAKMP && a->argc)
		a->argc--;
	if (ctl_no_more(a) < 0)
		return ctl_fail_args(a);
	return ctl_order(c, CTL_DELETE_SA, CTL_PROTO_ISAKMP, &idx, sizeof(idx));
}

static int cmd_event(struct ctl *c, struct args *a)
{
	struct conn_reply rep;
	unsigned int type;
	int r;

	if (ctl_no_more(a) < 0)
		return ctl_fail_args(a);
	r = ctl_ask(c, CTL_SHOW_EVT, 0, NULL, 0);
	while (!r && (r = conn_reply(c->fd, &rep)) == 0) {
		if (rep.cmd == CTL_SHOW_EVT && rep.body.len) {
			r = show_event(wbuf_cur(&rep.body), &type);
			fflush(stdout);
		}
		wbuf_free(&rep.body);
	}
	if (r > 0 || r == XE_CLOSED)
		return 1;
	return ctl_fail("cannot read events: %s", xe_str(r));
}

static int cmd_logout(struct ctl *c, struct args *a)
{
	if (!a->argc)
		return ctl_fail("insufficient arguments");
	if (a->argc > 1)
		return ctl_fail("too many arguments");
	return ctl_order(c, CTL_LOGOUT_USER, 0, a->argv[0],
		     strlen(a->argv[0]) + 1);
}

static int cmd_cert(struct ctl *c, struct args *a)
{
	struct ctl_index idx;
	struct conn_reply rep;
	int r;

	if (args_hosts(a, &idx) < 0 || ctl_no_more(a) < 0)
		return ctl_fail_args(a);
	r = ctl_ask(c, CTL_GET_SA_CERT, CTL_PROTO_ISAKMP, &idx, sizeof(idx));
	if (!r)
		r = ctl_answer(c, CTL_GET_SA_CERT, &rep);
	if (r)
		return r;
	fwrite(rep.body.p, 1, rep.body.len, stdout);
	wbuf_free(&rep.body);
	return 0;
}

/* -v, -f FORMAT and --format=FORMAT of status, in any order. */
static int status_options(struct ctl *c, struct args *a, uint16_t *cmd)
{
	const char *format = c->json ? "json" : "text";

	*cmd = CTL_STATUS;
	while (a->argc) {
		if (ctl_option(a, "-v", NULL)) {
			*cmd = CTL_STATUS_VERBOSE;
		} else if (ctl_option(a, "-f", &format)) {
			continue;
		} else if (!strcmp(a->argv[0], "-f")) {
			a->why = "insufficient arguments";
			return -1;
		} else if (!strncmp(a->argv[0], "--format=", 9)) {
			format = a->argv[0] + 9;
			ctl_option(a, a->argv[0], NULL);
		} else {
			return ctl_no_more(a);
		}
	}
	c->json = !strcmp(format, "json");
	a->why = "format is text or json, not";
	a->word = format;
	return c->json || !strcmp(format, "text") ? 0 : -1;
}

static int cmd_status(struct ctl *c, struct args *a)
{
	struct conn_reply rep;
	uint16_t cmd;
	int r;

	if (status_options(c, a, &cmd) < 0)
		return ctl_fail_args(a);
	r = ctl_ask(c, cmd, c->json ? CTL_FORMAT_JSON : CTL_FORMAT_TEXT, NULL, 0);
	if (!r)
		r = ctl_answer(c, cmd, &rep);
	if (r)
		return r;
	fwrite(rep.body.p, 1, rep.body.len, stdout);
	putchar('\n');
	wbuf_free(&rep.body);
	return 0;
}

static const struct command commands[] = {
	{ "reload-config", "rc", cmd_reload, "" },
	{ "show-schedule", "sc", cmd_schedule, "" },
	{ "show-sa", "ss", cmd_show_sa, "isakmp|esp|ah|ipsec" },
	{ "get-cert", "gc", cmd_cert, "inet|inet6 SRC DST" },
	{ "flush-sa", "fs", cmd_flush_sa, "isakmp|esp|ah|ipsec" },
	{ "delete-sa", "ds", cmd_delete_sa,
	  "isakmp|esp|ah inet|inet6 SRC DST [PROTO]" },
	{ "establish-sa", "es", cmd_establish,
	  "[-u USER] [-n REMOTE] [-w]\n"
	  "                   isakmp inet|inet6 SRC DST\n"
	  "                   esp|ah inet|inet6 SRC[/LEN[[PORT]]] "
	  "DST[/LEN[[PORT]]] [PROTO]" },
	{ "vpn-connect", "vc", cmd_vpn_connect, "[-u USER] GATEWAY" },
	{ "vpn-disconnect", "vd", cmd_vpn_disconnect, "GATEWAY" },
	{ "show-event", "se", cmd_event, "" },
	{ "logout-user", "lu", cmd_logout, "LOGIN" },
	{ "status", "st", cmd_status, "[-v] [-f text|json]" },
};
#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(void)
{
	printf("usage: racoonctl [-dhjlV] [-s SOCKET] COMMAND [ARGUMENTS]\n\n"
	       "  -l         longer rows; twice: full addresses\n"
	       "  -j         JSON where the command has it (status)\n"
	       "  -s SOCKET  admin socket (default %s)\n"
	       "  -d         show what is sent\n\ncommands:\n", CTL_SOCKET);
	for (size_t i = 0; i < NCOMMANDS; i++)
		printf("  %s (%s) %s\n", commands[i].name, commands[i].alias,
		       commands[i].synopsis);
}

int main(int argc, char **argv)
{
	struct ctl c = { .socket = CTL_SOCKET, .fd = -1 };
	struct args a = { 0 };
	int opt, r;

	/* "+": options after the command are the command's. */
	while ((opt = getopt(argc, argv, "+dhjls:V")) != -1) {
		switch (opt) {
		case 'd':
			c.debug = true;
			break;
		case 'j':
			c.json = true;
			break;
		case 'l':
			c.detail++;
			break;
		case 's':
			c.socket = optarg;
			break;
		case 'V':
			printf("racoonctl @(#) %s (ipsec-tools compatible)\n",
			       PACKAGE_STRING);
			return 0;
		default:
			usage();
			return 0;
		}
	}
	if (optind == argc) {
		usage();
		return 0;
	}
	a.argc = argc - optind - 1;
	a.argv = argv + optind + 1;
	for (size_t i = 0; i < NCOMMANDS; i++) {
		if (strcmp(argv[optind], commands[i].name) &&
		    strcmp(argv[optind], commands[i].alias))
			continue;
		r = commands[i].run(&c, &a);
		if (fflush(stdout) != 0 || ferror(stdout))
			r = ctl_fail("cannot write: %s", strerror(errno));
		return r;
	}
	printf("Invalid command [%s]\n", argv[optind]);
	fflush(stdout);
	return ctl_fail("kmpstat: %s", strerror(EINVAL));
}
