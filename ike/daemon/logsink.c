/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/logsink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "libxfrm/base/buf.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/text.h"

#define LOGSINK_BUF (16 * 1024)	/* bytes of lines that are held back */

struct logsink {
	char *ident, *path;
	int fd;			/* of the file, or -1: syslog */
	bool foreground;
	time_t second;		/* that date is the text of */
	char date[32];
	bool held;		/* until logsink_flush() */
	struct wbuf out;	/* lines for file and terminal */
};

static int open_file(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY,
		    0600);
}

int logsink_new(struct logsink **out, const char *ident, const char *file,
		bool foreground)
{
	struct logsink *ls = calloc(1, sizeof(*ls));
	int r = 0;

	*out = NULL;
	if (!ls)
		return XE_NOMEM;
	ls->fd = -1;
	wbuf_init(&ls->out, LOGSINK_BUF);
	ls->foreground = foreground;
	ls->ident = strdup(ident);
	if (file) {
		ls->path = strdup(file);
		ls->fd = open_file(file);
		r = ls->fd < 0 ? -errno : ls->path ? 0 : XE_NOMEM;
	}
	if (!ls->ident)
		r = XE_NOMEM;
	if (r < 0) {
		logsink_free(ls);
		return r;
	}
	if (!file)
		openlog(ls->ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	*out = ls;
	return 0;
}

void logsink_free(struct logsink *ls)
{
	if (!ls)
		return;
	logsink_flush(ls);
	wbuf_free(&ls->out);
	if (ls->fd >= 0)
		close(ls->fd);
	else
		closelog();
	free(ls->ident);
	free(ls->path);
	free(ls);
}

int logsink_reopen(struct logsink *ls)
{
	int fd;

	if (!ls->path)
		return 0;
	fd = open_file(ls->path);
	if (fd < 0)
		return -errno;
	logsink_flush(ls);
	close(ls->fd);
	ls->fd = fd;
	return 0;
}

static int syslog_priority(enum log_level level)
{
	switch (level) {
	case LOG_LV_ERROR:
		return LOG_ERR;
	case LOG_LV_WARNING:
		return LOG_WARNING;
	case LOG_LV_NOTIFY:
		return LOG_NOTICE;
	case LOG_LV_INFO:
		return LOG_INFO;
	case LOG_LV_DEBUG:
	case LOG_LV_DEBUG2:
		break;
	}
	return LOG_DEBUG;
}

static void put_line(int fd, const char *line, size_t len)
{
	/* A full disk must not stop IKE; there is nobody left to tell. */
	if (write(fd, line, len) < 0)
		return;
}

void logsink_hold(struct logsink *ls)
{
	ls->held = true;
}

void logsink_flush(struct logsink *ls)
{
	if (!ls->out.len)
		return;
	if (ls->fd >= 0)
		put_line(ls->fd, (const char *)ls->out.p, ls->out.len);
	if (ls->foreground)
		put_line(STDOUT_FILENO, (const char *)ls->out.p, ls->out.len);
	wbuf_reset(&ls->out);
}

/* The date of now, made once a second. */
static const char *date(struct logsink *ls)
{
	time_t now = time(NULL);
	struct tm tm;

	if (now == ls->second)
		return ls->date;
	ls->second = now;
	ls->date[0] = '\0';
	if (localtime_r(&now, &tm))
		strftime(ls->date, sizeof(ls->date), "%Y-%m-%d %H:%M:%S", &tm);
	return ls->date;
}

void logsink_line(struct logsink *ls, enum log_level level, const char *peer,
		  const char *text)
{
	char line[LOG_LINE_MAX + 128];
	const char *stamp = date(ls);
	size_t len;

	snprintf(line, sizeof(line), "%s: %s%.64s%s%s: %s", stamp,
		 peer ? "[" : "", peer ? peer : "", peer ? "] " : "",
		 log_level_name(level), text);
	text_clean(line);
	if (ls->fd < 0)
		syslog(syslog_priority(level), "%s",
		       &line[strlen(stamp) + strlen(": ")]);
	if (ls->fd < 0 && !ls->foreground)
		return;
	len = strlen(line);
	if (ls->out.len + len + 1 > LOGSINK_BUF)
		logsink_flush(ls);
	wbuf_put(&ls->out, line, len);
	wbuf_put(&ls->out, "\n", 1);
	/* What went wrong may be the last that is said. */
	if (level == LOG_LV_ERROR || !ls->held)
		logsink_flush(ls);
}

void logsink_sink(void *arg, enum log_level level, const char *line)
{
	logsink_line(arg, level, NULL, line);
}
