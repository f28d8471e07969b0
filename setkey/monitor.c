/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/time.h>
#include "libxfrm/print.h"
#include "setkey/event.h"
#include "setkey/json.h"
#include "setkey/monitor.h"

static void stamp(struct monitor *m, struct out *o, const struct timeval *tv)
{
	struct tm tm = { 0 };

	if (m->epoch) {
		out_printf(o, "%lld.%06ld \n", (long long)tv->tv_sec,
			   (long)tv->tv_usec);
		return;
	}
	localtime_r(&tv->tv_sec, &tm);
	out_printf(o, "%02d:%02d:%02d.%06ld \n", tm.tm_hour, tm.tm_min,
		   tm.tm_sec, (long)tv->tv_usec);
}

static void json_line(struct monitor *m, const struct xmsg_view *v,
		      const struct timeval *tv)
{
	struct out *o = m->rep->out;
	char buf[XNAME_STRLEN];
	struct xfrm_event ev;
	struct jw j;

	jw_init(&j, o);
	json_begin(&j, "monitor");
	jw_int(&j, "time", tv->tv_sec);
	jw_int(&j, "microseconds", tv->tv_usec);
	if (!xfrm_event_parse(v, &ev)) {
		json_event(&j, &ev, tv->tv_sec);
	} else {
		jw_str(&j, "event", "unknown");
		jw_str(&j, "message", xname_msg(v->type, buf));
	}
	jw_obj_end(&j);
	jw_line(&j);
}

static int message(void *arg, const struct xmsg_view *v)
{
	struct monitor *m = arg;
	struct out *o = m->rep->out;
	struct timeval tv;

	gettimeofday(&tv, NULL);
	m->show.now = tv.tv_sec;
	m->events++;
	if (m->json) {
		json_line(m, v, &tv);
		return out_flush(o);
	}
	stamp(m, o, &tv);
	if (m->hex)
		show_hex(o, v);
	show_message(o, &m->show, v);
	out_char(o, '\n');
	return out_flush(o);
}

static int lost(struct monitor *m)
{
	struct out *o = m->rep->out;
	struct timeval tv;
	struct jw j;

	report_line(m->rep, NULL, "WARNING: events were lost");
	report_more(m->rep, "The kernel had no room left in the queue of "
			    "events; some are missing here.");
	report_flush(m->rep);
	if (!m->json)
		return 0;
	gettimeofday(&tv, NULL);
	jw_init(&j, o);
	json_begin(&j, "monitor");
	jw_int(&j, "time", tv.tv_sec);
	jw_int(&j, "microseconds", tv.tv_usec);
	jw_str(&j, "event", "lost");
	jw_obj_end(&j);
	jw_line(&j);
	return out_flush(o);
}

/*
 * Waits for events.  A reader that went away (closed pipe) is noticed at
 * once, not at the next event.
 */
static int wait_event(struct monitor *m, struct xfrm_sock *s)
{
	struct pollfd p[2] = {
		{ .fd = xfrm_sock_fd(s), .events = POLLIN },
		{ .fd = m->rep->out->fd, .events = 0 },
	};

	if (poll(p, 2, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	if (p[1].revents & POLLNVAL)
		return -EBADF;
	if (p[1].revents & POLLERR && !(p[0].revents & POLLIN))
		return -EPIPE;
	return 0;
}

int monitor_run(struct monitor *m, struct xfrm_sock *s)
{
	int r;

	for (;;) {
		r = xfrm_sock_recv(s, message, m);
		if (r == -ENOBUFS)
			r = lost(m);
		else if (!r)
			r = wait_event(m, s);
		if (r < 0)
			return r;
	}
}
