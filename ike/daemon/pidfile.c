/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libxfrm/base/err.h"

struct pidfile {
	int fd;
	char path[];
};

int pidfile_take(struct pidfile **out, const char *path,
		 const struct logger *log)
{
	const char *name = path ? path : PIDFILE_DEFAULT;
	struct pidfile *pf;
	int r = 0;

	*out = NULL;
	pf = calloc(1, sizeof(*pf) + strlen(name) + 1);
	if (!pf)
		return XE_NOMEM;
	memcpy(pf->path, name, strlen(name) + 1);
	pf->fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (pf->fd < 0 || flock(pf->fd, LOCK_EX | LOCK_NB) < 0)
		r = -errno;
	if (!r && (fchmod(pf->fd, 0644) < 0 || ftruncate(pf->fd, 0) < 0 ||
		   dprintf(pf->fd, "%d\n", (int)getpid()) < 0))
		r = -errno;
	if (r == -EWOULDBLOCK)
		log_line(log, LOG_LV_ERROR, "another racoon holds the pid "
			 "file %s (path pidfile)", name);
	else if (r < 0)
		log_line(log, LOG_LV_ERROR, "cannot write the pid file %s: %s",
			 name, xe_str(r));
	if (r < 0) {
		if (pf->fd >= 0)
			close(pf->fd);
		free(pf);
		return r;
	}
	*out = pf;
	return 0;
}

void pidfile_drop(struct pidfile *pf)
{
	if (!pf)
		return;
	unlink(pf->path);
	close(pf->fd);
	free(pf);
}
