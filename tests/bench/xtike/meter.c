/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/xtike/meter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SETTLE_ROUNDS 600	/* times ms: no daemon works on for so long */

static FILE *open_proc(pid_t pid, const char *what)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
	return fopen(path, "re");
}

/* utime and stime are fields 14 and 15; the name before may hold anything */
static int read_cpu(pid_t pid, struct meter *m)
{
	double tick = (double)sysconf(_SC_CLK_TCK);
	unsigned long user, sys;
	char line[1024], *p;
	FILE *f = open_proc(pid, "stat");
	int n = 0;

	if (!f)
		return -errno;
	if (fgets(line, sizeof(line), f) && (p = strrchr(line, ')')))
		n = sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u "
			   "%*u %lu %lu", &user, &sys);
	fclose(f);
	if (n != 2)
		return -ESRCH;
	m->user += (double)user / tick;
	m->sys += (double)sys / tick;
	return 0;
}

/*
 * Private pages, and what is shared (after a fork) divided by the number of
 * processes that share it; zswap and such do not count.
 */
static int read_mem(pid_t pid, double *kib)
{
	FILE *f = open_proc(pid, "smaps_rollup");
	unsigned long v;
	char line[256];

	*kib = 0;
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Pss_Anon: %lu kB", &v) == 1)
			*kib = (double)v;
	fclose(f);
	return 0;
}

static unsigned int children(pid_t pid, pid_t *out, unsigned int max)
{
	char path[32];
	unsigned int n = 0;
	FILE *f;
	int c;

	snprintf(path, sizeof(path), "task/%d/children", (int)pid);
	f = open_proc(pid, path);
	if (!f)
		return 0;
	while (n < max && fscanf(f, "%d", &c) == 1)
		out[n++] = (pid_t)c;
	fclose(f);
	return n;
}

int meter_read(pid_t pid, struct meter *m)
{
	pid_t list[METER_PROCS_MAX] = { pid };
	double kib = 0;
	int r;

	*m = (struct meter){ .nproc = 1 };
	for (unsigned int i = 0; i < m->nproc; i++) {
		r = read_cpu(list[i], m);
		if (!r)
			r = read_mem(list[i], &kib);
		if (r < 0)
			return r;
		m->mem += kib;
		if (i)
			m->child_mem += kib;
		m->nproc += children(list[i], list + m->nproc,
				     METER_PROCS_MAX - m->nproc);
	}
	return 0;
}

int meter_settle(pid_t pid, unsigned int ms)
{
	const struct timespec wait = { ms / 1000, ms % 1000 * 1000000L };
	struct meter before, now;
	int r = meter_read(pid, &before);

	for (int i = 0; !r && i < SETTLE_ROUNDS; i++) {
		nanosleep(&wait, NULL);
		r = meter_read(pid, &now);
		if (!r && now.user == before.user && now.sys == before.sys)
			return 0;
		before = now;
	}
	return r ? r : -ETIMEDOUT;
}
