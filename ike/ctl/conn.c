/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/ctl/conn.h"

#include <errno.h>
#include <string.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "libxfrm/base/err.h"

int conn_patience(int fd, unsigned int seconds)
{
	struct timeval tv = { .tv_sec = (time_t)seconds };

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) < 0)
		return -errno;
	return 0;
}

int conn_open(const char *path, unsigned int patience, int *out)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd, r;

	*out = -1;
	if (len >= sizeof(sun.sun_path))
		return -ENAMETOOLONG;
	memcpy(sun.sun_path, path, len);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	r = conn_patience(fd, patience);
	if (!r && connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) < 0)
		r = -errno;
	if (r < 0) {
		close(fd);
		return r;
	}
	*out = fd;
	return 0;
}

/* The other side's end shows by what we were about when it came. */
static int conn_lost(int err)
{
	return err == EPIPE || err == ECONNRESET ? XE_CLOSED : -err;
}

static int conn_write(int fd, const void *p, size_t len)
{
	struct cur c = cur_init(p, len);
	const uint8_t *chunk;

	while (c.left) {
		ssize_t n = send(fd, c.p, c.left, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return conn_lost(errno);
		cur_bytes(&c, (size_t)n, &chunk);
	}
	return 0;
}

int conn_request(int fd, uint16_t cmd, uint16_t proto, const void *body,
		 size_t len)
{
	struct ctl_hdr h = {
		.len = (uint16_t)(sizeof(h) + len),
		.cmd = cmd | CTL_FLAG,
		.aux = CTL_VERSION,
		.proto = proto,
	};
	int r;

	if (len > CTL_REQUEST_MAX - sizeof(h))
		return XE_RANGE;
	r = conn_write(fd, &h, sizeof(h));
	return r ? r : conn_write(fd, body, len);
}

/* Reads exactly len bytes; XE_CLOSED at an end before the first of them. */
static int conn_read(int fd, struct wbuf *w, size_t len)
{
	uint8_t chunk[16384];
	size_t got = 0;

	while (got < len) {
		size_t want = len - got;
		ssize_t n;

		if (want > sizeof(chunk))
			want = sizeof(chunk);
		n = recv(fd, chunk, want, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return conn_lost(errno);
		if (n == 0)
			return got ? XE_TRUNC : XE_CLOSED;
		wbuf_put(w, chunk, (size_t)n);
		got += (size_t)n;
	}
	return w->err;
}

int conn_reply(int fd, struct conn_reply *rep)
{
	struct ctl_hdr h;
	struct wbuf w;
	size_t len;
	int r;

	*rep = (struct conn_reply){ 0 };
	wbuf_fixed(&w, &h, sizeof(h));
	r = conn_read(fd, &w, sizeof(h));
	if (r < 0)
		return r;
	len = h.len;
	rep->cmd = h.cmd & (uint16_t)~CTL_FLAG;
	rep->proto = h.proto;
	if (h.cmd & CTL_FLAG)
		len |= (size_t)h.aux << 16;
	else
		rep->error = h.aux;
	if (len < sizeof(h) || len > CTL_REPLY_MAX)
		return XE_MALFORMED;
	wbuf_init(&rep->body, CTL_REPLY_MAX);
	r = conn_read(fd, &rep->body, len - sizeof(h));
	if (r < 0) {
		wbuf_free(&rep->body);
		return r == XE_CLOSED && len > sizeof(h) ? XE_TRUNC : r;
	}
	return 0;
}
