/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/ctl/ctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ike/ctl/proto.h"
#include "libxfrm/base/err.h"

#define PATIENCE 60	/* seconds; a reload may look up names for ten */

int ctl_fail(const char *fmt, ...)
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

int ctl_fail_args(const struct args *a)
{
	return a->word ? ctl_fail("%s %s", a->why, a->word)
		       : ctl_fail("%s", a->why);
}

int ctl_no_more(struct args *a)
{
	if (!a->argc)
		return 0;
	a->why = "too many arguments";
	a->word = NULL;
	return -1;
}

bool ctl_option(struct args *a, const char *word, const char **value)
{
	if (a->argc < (value ? 2 : 1) || strcmp(a->argv[0], word))
		return false;
	if (value)
		*value = a->argv[1];
	a->argv += value ? 2 : 1;
	a->argc -= value ? 2 : 1;
	return true;
}

/* ---- talking to the daemon -------------------------------------------- */

static int no_answer(void)
{
	return ctl_fail("no answer from racoon within %d seconds (is it "
			"stopped?)", PATIENCE);
}

static int closed(void)
{
	return ctl_fail("racoon closed the admin connection before sending a "
			"reply header (EOF)");
}

int ctl_ask(struct ctl *c, uint16_t cmd, uint16_t proto, const void *body,
	    size_t len)
{
	int r = conn_open(c->socket, PATIENCE, &c->fd);

	if (r == -EAGAIN)
		return no_answer();
	if (r < 0)
		return ctl_fail("cannot connect to racoon admin socket %s: %s "
				"(is racoon running?)", c->socket, xe_str(r));
	if (c->debug)
		fprintf(stderr, "racoonctl: command 0x%04x, protocol 0x%04x, "
			"%zu bytes\n", cmd, proto, len);
	r = conn_request(c->fd, cmd, proto, body, len);
	if (r == XE_CLOSED)
		return closed();
	return r < 0 ? ctl_fail("cannot send the request: %s", xe_str(r)) : 0;
}

static const char *reload_refusal(int error)
{
	switch (error) {
	case EINVAL:
		return "the configuration has errors, the former one stays: "
		       "see the log, or racoon -t";
	case EAGAIN:
		return "racoon is reading its configuration already";
	default:
		return strerror(error);
	}
}

/* What the daemon's error number means for this tool. */
static const char *refusal(uint16_t cmd, int error)
{
	if (cmd == CTL_RELOAD_CONF)
		return reload_refusal(error);
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

int ctl_answer(struct ctl *c, uint16_t cmd, struct conn_reply *rep)
{
	for (;;) {
		int r = conn_reply(c->fd, rep);

		if (r == XE_CLOSED)
			return closed();
		if (r == -EAGAIN)
			return no_answer();
		if (r < 0)
			return ctl_fail("cannot read the reply: %s", xe_str(r));
		if (rep->cmd == cmd)
			break;
		wbuf_free(&rep->body);	/* an event that came first */
	}
	if (!rep->error || rep->error == EEXIST) {
		/* What comes now are events, which take the time they take. */
		conn_patience(c->fd, 0);
		return 0;
	}
	wbuf_free(&rep->body);
	return ctl_fail("%s", refusal(cmd, rep->error));
}

int ctl_order(struct ctl *c, uint16_t cmd, uint16_t proto, const void *body,
	      size_t len)
{
	struct conn_reply rep;
	int r = ctl_ask(c, cmd, proto, body, len);

	if (!r)
		r = ctl_answer(c, cmd, &rep);
	if (!r)
		wbuf_free(&rep.body);
	return r;
}
