/* SPDX-License-Identifier: BSD-2-Clause */
/* racoonctl: asks a running racoon, and tells it what to do. */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "ike/ctl/args.h"
#include "ike/ctl/conn.h"
#include "ike/ctl/ipsec.h"
#include "ike/ctl/show.h"
#include "libxfrm/addr.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/secret.h"

#ifndef CTL_SOCKET
#define CTL_SOCKET RUNSTATEDIR "/racoon/racoon.sock"
#endif
#define PASSWORD_MAX 256

struct ctl {
	const char *socket;
	unsigned int detail;	/* -l */
	bool debug, json;
	int fd;
};

struct command {
	const char *name, *alias;
	int (*run)(struct ctl *c, struct args *a);
	const char *synopsis;
};

__attribute__((format(printf, 1, 2))) static int fail(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "racoonctl: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return 1;
}

static int fail_args(const struct args *a)
{
	return a->word ? fail("%s %s", a->why, a->word) : fail("%s", a->why);
}

static int no_more(struct args *a)
{
	if (!a->argc)
		return 0;
	a->why = "too many arguments";
	a->word = NULL;
	return -1;
}

/* ---- talking to the daemon -------------------------------------------- */

static int ask(struct ctl *c, uint16_t cmd, uint16_t proto, const void *body,
	       size_t len)
{
	int r = conn_open(c->socket, &c->fd);

	if (r < 0)
		return fail("cannot connect to racoon admin socket %s: %s "
			    "(is racoon running?)", c->socket, xe_str(r));
	if (c->debug)
		fprintf(stderr, "racoonctl: command 0x%04x, protocol 0x%04x, "
			"%zu bytes\n", cmd, proto, len);
	r = conn_request(c->fd, cmd, proto, body, len);
	return r < 0 ? fail("cannot send the request: %s", xe_str(r)) : 0;
}

/* What the daemon's error number means for this tool. */
static const char *refusal(int error)
{
	switch (error) {
	case ENOENT:
		return "racoon knows no such SA, peer or policy";
	case EOPNOTSUPP:
		return "this racoon cannot do that";
	case EINVAL:
		return "racoon did not accept the request";
	default:
		return strerror(error);
	}
}

/*
 * Waits for the answer to cmd; rep is the caller's to free.  0, or the exit
 * status after a message: an SA that exists already is a success.
 */
static int answer(struct ctl *c, uint16_t cmd, struct conn_reply *rep)
{
	for (;;) {
		int r = conn_reply(c->fd, rep);

		if (r == XE_CLOSED)
			return fail("racoon closed the admin connection "
				    "before sending a reply header (EOF)");
		if (r < 0)
			return fail("cannot read the reply: %s", xe_str(r));
		if (rep->cmd == cmd)
			break;
		wbuf_free(&rep->body);	/* an event that came first */
	}
	if (!rep->error || rep->error == EEXIST)
		return 0;
	wbuf_free(&rep->body);
	return fail("%s", refusal(rep->error));
}

/* Request and answer without a body to show. */
static int order(struct ctl *c, uint16_t cmd, uint16_t proto,
		 const void *body, size_t len)
{
	struct conn_reply rep;
	int r = ask(c, cmd, proto, body, len);

	if (!r)
		r = answer(c, cmd, &rep);
	if (!r)
		wbuf_free(&rep.body);
	return r;
}

/* ---- commands --------------------------------------------------------- */

static int cmd_reload(struct ctl *c, struct args *a)
{
	if (no_more(a) < 0)
		return fail_args(a);
	return order(c, CTL_RELOAD_CONF, 0, NULL, 0);
}

static int cmd_schedule(struct ctl *c, struct args *a)
{
	struct conn_reply rep;
	int r;

	if (no_more(a) < 0)
		return fail_args(a);
	r = ask(c, CTL_SHOW_SCHED, 0, NULL, 0);
	if (!r)
		r = answer(c, CTL_SHOW_SCHED, &rep);
	if (r)
		return r;
	r = show_schedule(wbuf_cur(&rep.body));
	wbuf_free(&rep.body);
	return r ? fail("malformed reply: %s", xe_str(r)) : 0;
}

static int cmd_show_sa(struct ctl *c, struct args *a)
{
	struct conn_reply rep;
	uint16_t proto;
	int r;

	if (args_proto(a, &proto) < 0 || no_more(a) < 0)
		return fail_args(a);
	if (proto == CTL_PROTO_INTERNAL)
		return fail("protocol internal is not supported");
	if (proto != CTL_PROTO_ISAKMP)
		return ipsec_show(proto);
	r = ask(c, CTL_SHOW_SA, proto, NULL, 0);
	if (!r)
		r = answer(c, CTL_SHOW_SA, &rep);
	if (r)
		return r;
	r = show_isakmp(wbuf_cur(&rep.body), c->detail);
	wbuf_free(&rep.body);
	return r ? fail("malformed reply: %s", xe_str(r)) : 0;
}

static int cmd_flush_sa(struct ctl *c, struct args *a)
{
	uint16_t proto;

	if (args_proto(a, &proto) < 0 || no_more(a) < 0)
		return fail_args(a);
	if (proto == CTL_PROTO_INTERNAL)
		return fail("protocol internal is not supported");
	return order(c, CTL_FLUSH_SA, proto, NULL, 0);
}

static int cmd_delete_sa(struct ctl *c, struct args *a)
{
	struct ctl_index idx;
	uint16_t proto;

	if (args_proto(a, &proto) < 0)
		return fail_args(a);
	/* The upper-layer protocol of esp and ah never mattered here. */
	if (args_hosts(a, &idx) < 0)
		return fail_args(a);
	if (proto == CTL_PROTO_ISAKMP && no_more(a) < 0)
		return fail_args(a);
	return order(c, CTL_DELETE_SA, CTL_PROTO_ISAKMP, &idx, sizeof(idx));
}

/* Reads a password without echo, from the terminal or standard input. */
static int read_password(char *buf, size_t size)
{
	struct termios old, quiet;
	bool tty = tcgetattr(STDIN_FILENO, &old) == 0;
	char *line;

	if (tty) {
		fputs("Password: ", stderr);
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	line = fgets(buf, (int)size, stdin);
	if (tty) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
		fputc('\n', stderr);
	}
	if (!line)
		return fail("no password given");
	buf[strcspn(buf, "\r\n")] = '\0';
	return 0;
}

static void print_rule(void)
{
	struct winsize ws;
	int width = 80;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col)
		width = ws.ws_col;
	for (int i = 0; i < width; i++)
		putchar('=');
	putchar('\n');
}

/* The event that ends a wait, and whether it is a success. */
static bool ends_wait(unsigned int type, unsigned int wanted, int *status)
{
	if (type == wanted) {
		*status = 0;
		return true;
	}
	switch (type) {
	case CTL_EVT_PH1_NO_RESPONSE:
	case CTL_EVT_PH1_NO_PROPOSAL:
	case CTL_EVT_PH1_AUTH_FAILED:
	case CTL_EVT_PH1_DPD_DEAD:
	case CTL_EVT_PH1_XAUTH_FAILED:
	case CTL_EVT_PH2_NO_PHASE1:
	case CTL_EVT_PH2_NO_RESPONSE:
	case CTL_EVT_PH2_FAILED:
	case CTL_EVT_RACOON_QUIT:
		*status = 1;
		return true;
	case CTL_EVT_PH1_DOWN:
	case CTL_EVT_PH2_DOWN:
		*status = 1;
		return wanted != CTL_EVT_PH1_DOWN;
	}
	return false;
}

static bool same_peer(const struct ctl_event *e, const struct ctl_index *idx)
{
	struct xaddr a, b;
	uint16_t port;

	if (xaddr_from_sockaddr((const struct sockaddr *)&e->dst,
				sizeof(e->dst), &a, &port) < 0 ||
	    xaddr_from_sockaddr((const struct sockaddr *)&idx->dst,
				sizeof(idx->dst), &b, &port) < 0)
		return true;	/* cannot tell: take it */
	return xaddr_equal(&a, &b);
}

/*
 * Reads events until wanted or a failure comes; only those of the peer of idx
 * count, unless that is NULL.
 */
static int wait_event(struct ctl *c, const struct ctl_index *idx,
		      unsigned int wanted)
{
	struct conn_reply rep;
	int r, status = 1;

	while ((r = conn_reply(c->fd, &rep)) == 0) {
		struct cur body = wbuf_cur(&rep.body);
		struct ctl_event e;
		unsigned int type;
		bool end = false;

		if (rep.cmd == CTL_SHOW_EVT && !cur_copy(&body, &e, sizeof(e)) &&
		    (!idx || same_peer(&e, idx)))
			end = ends_wait(e.type, wanted, &status);
		if (end && !status && e.type == CTL_EVT_PH1_UP) {
			printf("VPN connexion established\n");
			if (body.left) {
				print_rule();
				fwrite(body.p, 1, body.left, stdout);
				print_rule();
			}
		} else if (end) {
			show_event(wbuf_cur(&rep.body), &type);
		}
		wbuf_free(&rep.body);
		if (end)
			return status;
	}
	return fail("racoon closed the connection: %s", xe_str(r));
}

struct establish {
	const char *user, *remote;
	bool wait;
};

static bool option(struct args *a, const char *word, const char **value)
{
	if (a->argc < (value ? 2 : 1) || strcmp(a->argv[0], word))
		return false;
	if (value)
		*value = a->argv[1];
	a->argv += value ? 2 : 1;
	a->argc -= value ? 2 : 1;
	return true;
}

/* Sends establish-sa; waits where asked.  Phase 2 unless isakmp. */
static int establish(struct ctl *c, const struct establish *e, bool isakmp,
		     uint16_t proto, const struct ctl_index *idx)
{
	uint16_t cmd = e->user ? CTL_ESTABLISH_SA_PSK : CTL_ESTABLISH_SA;
	char password[PASSWORD_MAX] = "";
	struct conn_reply rep = { 0 };
	struct wbuf w;
	int r = 0;

	wbuf_init(&w, CTL_REQUEST_MAX);
	wbuf_put(&w, idx, sizeof(*idx));
	if (e->user) {
		r = read_password(password, sizeof(password));
		args_login(&w, e->user, password);
		secret_wipe(password, sizeof(password));
	}
	if (e->remote)
		wbuf_put(&w, e->remote, strlen(e->remote) + 1);
	if (!r)
		r = w.err ? fail("arguments too long")
			  : ask(c, cmd, proto, w.p, w.len);
	wbuf_free(&w);
	if (!r)
		r = answer(c, cmd, &rep);
	if (r && e->user && rep.error == EOPNOTSUPP)
		fail("-u is for XAUTH, which this racoon does not have");
	if (r)
		return r;
	wbuf_free(&rep.body);
	if (rep.error == EEXIST || !e->wait)
		return 0;
	/* What comes now is about this SA and no other. */
	r = wait_event(c, NULL, isakmp ? CTL_EVT_PH1_UP : CTL_EVT_PH2_UP);
	return r ? fail("it did not come up: racoonctl status says why") : 0;
}

static int cmd_establish(struct ctl *c, struct args *a)
{
	struct establish e = { 0 };
	struct ctl_index idx;
	uint16_t proto;
	bool isakmp;

	/* In any order: the reference insisted on this one. */
	for (bool more = true; more;) {
		more = option(a, "-u", &e.user) || option(a, "-n", &e.remote);
		if (!more && option(a, "-w", NULL))
			more = e.wait = true;
	}
	if (args_proto(a, &proto) < 0)
		return fail_args(a);
	isakmp = proto == CTL_PROTO_ISAKMP;
	if ((isakmp ? args_hosts(a, &idx) : args_traffic(a, &idx)) < 0 ||
	    no_more(a) < 0)
		return fail_args(a);
	return establish(c, &e, isakmp, proto, &idx);
}

static int cmd_vpn_connect(struct ctl *c, struct args *a)
{
	struct establish e = { .wait = true };
	struct ctl_index idx;

	option(a, "-u", &e.user);
	if (args_gateway(a, &idx) < 0)
		return fail_args(a);
	if (a->argc)
		return fail("Extra arguments");
	return establish(c, &e, true, CTL_PROTO_ISAKMP, &idx);
}

static int cmd_vpn_disconnect(struct ctl *c, struct args *a)
{
	struct ctl watch = *c;
	struct ctl_index idx;
	struct conn_reply rep;
	int r;

	if (args_gateway(a, &idx) < 0)
		return fail_args(a);
	if (a->argc)
		return fail("Extra arguments");
	/* Watch first, so that the end cannot be missed. */
	r = ask(&watch, CTL_SHOW_EVT, 0, NULL, 0);
	if (!r)
		r = answer(&watch, CTL_SHOW_EVT, &rep);
	if (r)
		return r;
	wbuf_free(&rep.body);
	r = order(c, CTL_DELETE_ALL_SA_DST, CTL_PROTO_ISAKMP, &idx,
		  sizeof(idx));
	return r ? r : wait_event(&watch, &idx, CTL_EVT_PH1_DOWN);
}

static int cmd_event(struct ctl *c, struct args *a)
{
	struct conn_reply rep;
	unsigned int type;
	int r;

	if (no_more(a) < 0)
		return fail_args(a);
	r = ask(c, CTL_SHOW_EVT, 0, NULL, 0);
	while (!r && (r = conn_reply(c->fd, &rep)) == 0) {
		if (rep.cmd == CTL_SHOW_EVT && rep.body.len) {
			r = show_event(wbuf_cur(&rep.body), &type);
			fflush(stdout);
		}
		wbuf_free(&rep.body);
	}
	if (r > 0 || r == XE_CLOSED)
		return 1;
	return fail("cannot read events: %s", xe_str(r));
}

static int cmd_logout(struct ctl *c, struct args *a)
{
	if (!a->argc)
		return fail("insufficient arguments");
	if (a->argc > 1)
		return fail("too many arguments");
	return order(c, CTL_LOGOUT_USER, 0, a->argv[0],
		     strlen(a->argv[0]) + 1);
}

static int cmd_cert(struct ctl *c, struct args *a)
{
	struct ctl_index idx;
	struct conn_reply rep;
	int r;

	if (args_hosts(a, &idx) < 0 || no_more(a) < 0)
		return fail_args(a);
	r = ask(c, CTL_GET_SA_CERT, CTL_PROTO_ISAKMP, &idx, sizeof(idx));
	if (!r)
		r = answer(c, CTL_GET_SA_CERT, &rep);
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
		if (option(a, "-v", NULL)) {
			*cmd = CTL_STATUS_VERBOSE;
		} else if (option(a, "-f", &format)) {
			continue;
		} else if (!strncmp(a->argv[0], "--format=", 9)) {
			format = a->argv[0] + 9;
			option(a, a->argv[0], NULL);
		} else {
			return no_more(a);
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
		return fail_args(a);
	r = ask(c, cmd, c->json ? CTL_FORMAT_JSON : CTL_FORMAT_TEXT, NULL, 0);
	if (!r)
		r = answer(c, cmd, &rep);
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
			r = fail("cannot write: %s", strerror(errno));
		return r;
	}
	printf("Invalid command [%s]\n", argv[optind]);
	fflush(stdout);
	return fail("kmpstat: %s", strerror(EINVAL));
}
