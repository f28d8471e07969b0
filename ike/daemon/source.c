/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libxfrm/base/err.h"
#include "libxfrm/base/secret.h"

int source_file(const char *path, size_t max, struct wbuf *w)
{
	uint8_t chunk[4096];
	struct stat st;
	ssize_t n = 0;
	int fd, r = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = S_ISDIR(st.st_mode) ? -EISDIR : XE_UNSUPPORTED;
	while (!r && (n = read(fd, chunk, sizeof(chunk))) > 0) {
		wbuf_put(w, chunk, (size_t)n);
		r = w->err == XE_NOSPACE || w->len > max ? XE_LIMIT : w->err;
	}
	if (n < 0)
		r = -errno;
	secret_wipe(chunk, sizeof(chunk));
	close(fd);
	return r;
}

int source_record(const struct source *s, const char *path, size_t max,
		  struct wbuf *w)
{
	size_t start = w->len;
	struct cur old, all;
	int r = source_file(path, max, w);

	/* Two sections may name one file: it is sent once. */
	if (r || !files_get(s->files, path, &old))
		return r;
	all = wbuf_cur(w);
	cur_skip(&all, start);
	return files_add(s->files, path, all.p, all.left);
}

int source_recorded(const struct source *s, const char *path, size_t max,
		    struct wbuf *w)
{
	struct cur content;
	int r = files_get(s->files, path, &content);

	if (r)
		return r;
	if (content.left > max)
		return XE_LIMIT;
	wbuf_put(w, content.p, content.left);
	return w->err;
}
