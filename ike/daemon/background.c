/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/background.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

int background_start(int *ready_fd, bool *parent)
{
	int fd[2], r;
	char status = 1;
	pid_t pid;

	*parent = false;
	if (pipe2(fd, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		close(fd[0]);
		*ready_fd = fd[1];
		return setsid() < 0 ? -errno : 0;
	}
	*parent = true;
	close(fd[1]);
	do
		r = (int)read(fd[0], &status, 1);
	while (r < 0 && errno == EINTR);
	close(fd[0]);
	return r == 1 ? status : 1;
}

void background_ready(int *ready_fd, int status)
{
	char c = (char)status;

	if (*ready_fd < 0)
		return;
	/* That nobody waits any more is no news to anybody. */
	if (write(*ready_fd, &c, 1) < 0)
		c = 0;
	close(*ready_fd);
	*ready_fd = -1;
}

void background_files(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0)
		return;
	lim.rlim_cur = lim.rlim_max;
	/* The fewer have to do then. */
	(void)!setrlimit(RLIMIT_NOFILE, &lim);
}

void background_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
}

void background_closed_stdio(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd < 3);
	if (fd > 2)
		close(fd);
}

const char *background_path(const char *path, char *buf, size_t size)
{
	char *cwd = path && path[0] != '/' ? getcwd(NULL, 0) : NULL;
	int n = cwd ? snprintf(buf, size, "%s/%s", cwd, path) : -1;

	free(cwd);
	return n > 0 && (size_t)n < size ? buf : path;
}
