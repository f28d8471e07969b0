/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/ctl/establish.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "ike/ctl/proto.h"
#include "ike/ctl/show.h"
#include "libxfrm/addr.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/secret.h"

#define PASSWORD_MAX 256

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
		return ctl_fail("no password given");
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

		if (rep.cmd == CTL_SHOW_EVT &&
		    !cur_copy(&body, &e, sizeof(e)) &&
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
	return ctl_fail("racoon closed the connection: %s", xe_str(r));
}

struct establish {
	const char *user, *remote;
	bool wait;
};

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
		r = w.err ? ctl_fail("arguments too long")
			  : ctl_ask(c, cmd, proto, w.p, w.len);
	wbuf_free(&w);
	if (!r)
		r = ctl_answer(c, cmd, &rep);
	if (r && e->user && rep.error == EOPNOTSUPP)
		ctl_fail("-u is for XAUTH, which this racoon does not have");
	if (r)
		return r;
	wbuf_free(&rep.body);
	if (rep.error == EEXIST || !e->wait)
		return 0;
	/* What comes now is about this SA and no other. */
	r = wait_event(c, NULL, isakmp ? CTL_EVT_PH1_UP : CTL_EVT_PH2_UP);
	return r ? ctl_fail("it did not come up: racoonctl status says why") : 0;
}

int cmd_establish(struct ctl *c, struct args *a)
{
	struct establish e = { 0 };
	struct ctl_index idx;
	uint16_t proto;
	bool isakmp;

	/* In any order: the reference insisted on this one. */
	for (bool more = true; more;) {
		more = ctl_option(a, "-u", &e.user) ||
		       ctl_option(a, "-n", &e.remote);
		if (!more && ctl_option(a, "-w", NULL))
			more = e.wait = true;
	}
	if (args_sa_proto(a, &proto) < 0)
		return ctl_fail_args(a);
	isakmp = proto == CTL_PROTO_ISAKMP;
	if ((isakmp ? args_hosts(a, &idx) : args_traffic(a, &idx)) < 0 ||
	    ctl_no_more(a) < 0)
		return ctl_fail_args(a);
	return establish(c, &e, isakmp, proto, &idx);
}

int cmd_vpn_connect(struct ctl *c, struct args *a)
{
	struct establish e = { .wait = true };
	struct ctl_index idx;

	ctl_option(a, "-u", &e.user);
	if (args_gateway(a, &idx) < 0)
		return ctl_fail_args(a);
	if (a->argc)
		return ctl_fail("Extra arguments");
	return establish(c, &e, true, CTL_PROTO_ISAKMP, &idx);
}

int cmd_vpn_disconnect(struct ctl *c, struct args *a)
{
	struct ctl watch = *c;
	struct ctl_index idx;
	struct conn_reply rep;
	int r;

	if (args_gateway(a, &idx) < 0)
		return ctl_fail_args(a);
	if (a->argc)
		return ctl_fail("Extra arguments");
	/* Watch first, so that the end cannot be missed. */
	r = ctl_ask(&watch, CTL_SHOW_EVT, 0, NULL, 0);
	if (!r)
		r = ctl_answer(&watch, CTL_SHOW_EVT, &rep);
	if (r)
		return r;
	wbuf_free(&rep.body);
	r = ctl_order(c, CTL_DELETE_ALL_SA_DST, CTL_PROTO_ISAKMP, &idx,
		  sizeof(idx));
	return r ? r : wait_event(&watch, &idx, CTL_EVT_PH1_DOWN);
}
