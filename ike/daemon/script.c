/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/script.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ike/daemon/loop.h"
#include "libxfrm/base/arena.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"
#include "libxfrm/base/text.h"

#define SCRIPT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:" \
		    "/sbin:/bin"

/*
 * Hooks of one key: the first one runs, or is to run as soon as there is
 * room; the others wait for it.
 */
struct chain {
	struct hnode by_key;
	struct script *first, **last;
	struct chain *next_ready;
};

struct script {
	struct script *next;	/* in its chain */
	struct arena *arena;	/* owns the script itself */
	const char *path, *event;
	char **env;
	struct chain *chain;
	struct hnode by_pid;	/* while it runs */
	pid_t pid;		/* 0 while it waits */
	uint64_t started;
	struct script *later, **place;	/* among those that are not slow yet */
};

/* A script that the configuration names, or the one before did. */
struct permit {
	struct hnode node;
	bool old;
	char path[];
};

struct script_runner {
	struct logger log;
	struct htab permits;
	struct htab chains, pids;
	struct chain *ready, **ready_last;	/* in the order they came */
	unsigned int running, waiting;
	bool full;		/* more than may run: that was logged */
	struct script *young, **young_last;	/* by their start */
	struct rlimit files;	/* what racoon was started with */
};

int script_new(struct script_runner **out, const struct logger *log)
{
	struct script_runner *sr = calloc(1, sizeof(*sr));

	*out = sr;
	if (!sr)
		return XE_NOMEM;
	sr->log = *log;
	sr->ready_last = &sr->ready;
	sr->young_last = &sr->young;
	if (getrlimit(RLIMIT_NOFILE, &sr->files) < 0)
		sr->files = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	htab_init(&sr->permits, 0);
	htab_init(&sr->chains, SCRIPT_RUNNING_MAX + SCRIPT_WAITING_MAX);
	htab_init(&sr->pids, SCRIPT_RUNNING_MAX);
	return 0;
}

static uint64_t path_hash(const char *path)
{
	return hash_mem(0, path, strlen(path));
}

static struct permit *permit_find(const struct script_runner *sr,
				  const char *path)
{
	struct hnode *n;

	for (n = htab_first(&sr->permits, path_hash(path)); n;
	     n = htab_next(n)) {
		struct permit *p = hnode_entry(n, struct permit, node);

		if (!strcmp(p->path, path))
			return p;
	}
	return NULL;
}

int script_permit(struct script_runner *sr, const char *path)
{
	struct permit *p = permit_find(sr, path);
	size_t len = strlen(path) + 1;
	int r;

	if (p) {
		p->old = false;
		return 0;
	}
	p = calloc(1, sizeof(*p) + len);
	if (!p)
		return XE_NOMEM;
	memcpy(p->path, path, len);
	r = htab_add(&sr->permits, &p->node, path_hash(path));
	if (r < 0)
		free(p);
	return r;
}

static void permit_drop(struct script_runner *sr, bool all)
{
	struct hnode *n, *cursor;
	size_t pos = 0;

	while ((n = htab_walk(&sr->permits, &pos, &cursor))) {
		struct permit *p = hnode_entry(n, struct permit, node);

		if (!all && !p->old) {
			p->old = true;
			continue;
		}
		htab_del(&sr->permits, n);
		free(p);
	}
}

void script_forbid(struct script_runner *sr)
{
	permit_drop(sr, true);
}

void script_renew(struct script_runner *sr)
{
	permit_drop(sr, false);
}

static void chain_free(struct script_runner *sr, struct chain *c)
{
	struct script *s, *next;

	for (s = c->first; s; s = next) {
		next = s->next;
		if (s->pid)
			htab_del(&sr->pids, &s->by_pid);
		arena_free(s->arena);
	}
	htab_del(&sr->chains, &c->by_key);
	free(c);
}

void script_free(struct script_runner *sr)
{
	struct hnode *n, *cursor;
	size_t pos = 0;

	if (!sr)
		return;
	while ((n = htab_walk(&sr->chains, &pos, &cursor)))
		chain_free(sr, hnode_entry(n, struct chain, by_key));
	script_forbid(sr);
	htab_free(&sr->permits);
	htab_free(&sr->chains);
	htab_free(&sr->pids);
	free(sr);
}

/* racoon.conf(5) promises these to hooks, and no others. */
static bool env_known(const char *var, size_t len)
{
	static const char *const names[] = {
		"LOCAL_ADDR", "LOCAL_PORT", "REMOTE_ADDR", "REMOTE_PORT",
		"REMOTE_ID", "IKE_COOKIE", "INTERNAL_ADDR4", "INTERNAL_MASK4",
		"INTERNAL_NETMASK4", "INTERNAL_CIDR4", "INTERNAL_DNS4",
		"INTERNAL_DNS4_LIST", "INTERNAL_WINS4", "INTERNAL_WINS4_LIST",
		"DEFAULT_DOMAIN", "SPLIT_INCLUDE", "SPLIT_INCLUDE_CIDR",
		"SPLIT_LOCAL", "SPLIT_LOCAL_CIDR",
		"INTERNAL_SPLITDNS_DOMAINS", "XAUTH_USER",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == len && !memcmp(names[i], var, len))
			return true;
	return false;
}

static bool event_known(const char *event)
{
	return !strcmp(event, "phase1_up") || !strcmp(event, "phase1_down") ||
	       !strcmp(event, "phase1_dead");
}

static int script_env(struct script *s, const char *const *env)
{
	size_t n = 0;

	while (env[n])
		if (++n > SCRIPT_ENV_MAX)
			return XE_LIMIT;
	s->env = arena_calloc(s->arena, n + 2, sizeof(*s->env));
	if (!s->env)
		return XE_NOMEM;
	for (size_t i = 0; i < n; i++) {
		const char *eq = strchr(env[i], '=');

		if (!eq || !env_known(env[i], (size_t)(eq - env[i])))
			return XE_INVAL;
		s->env[i] = arena_strdup(s->arena, env[i]);
		if (!s->env[i])
			return XE_NOMEM;
		text_clean(s->env[i]);
	}
	s->env[n] = arena_strdup(s->arena, SCRIPT_PATH);
	return s->env[n] ? 0 : XE_NOMEM;
}

/* In the child: the descriptors and signals of a fresh program, then it. */
static _Noreturn void script_exec(const struct script_runner *sr,
				  const struct script *s)
{
	char *argv[] = { (char *)s->path, (char *)s->event, NULL };
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;
	int null;

	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	null = open("/dev/null", O_RDWR);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
	    dup2(null, 2) < 0 || chdir("/") < 0)
		_exit(126);
	close_range(3, ~0u, 0);
	(void)!setrlimit(RLIMIT_NOFILE, &sr->files);
	execve(s->path, argv, s->env);
	_exit(127);
}

/* ---- how long they take ------------------------------------------------ */

static void young_add(struct script_runner *sr, struct script *s)
{
	s->started = loop_now();
	s->later = NULL;
	s->place = sr->young_last;
	*s->place = s;
	sr->young_last = &s->later;
}

static void young_del(struct script_runner *sr, struct script *s)
{
	if (!s->place)
		return;
	*s->place = s->later;
	if (s->later)
		s->later->place = s->place;
	else
		sr->young_last = s->place;
	s->place = NULL;
}

uint64_t script_until(struct script_runner *sr, uint64_t now)
{
	struct script *s;

	while ((s = sr->young) && now - s->started >= SCRIPT_SLOW_MS) {
		log_line(&sr->log, LOG_LV_WARNING, "script %s %s, process %d, "
			 "has not ended after %u s: %s", s->path, s->event,
			 (int)s->pid, SCRIPT_SLOW_MS / 1000,
			 s->next ? "the next one of this IKE SA waits for it" :
				   "does it hang?");
		young_del(sr, s);
	}
	return s ? s->started + SCRIPT_SLOW_MS : UINT64_MAX;
}

/* ---- order ------------------------------------------------------------ */

/* The chain of a key, a new one where there is none; NULL: no memory. */
static struct chain *chain_get(struct script_runner *sr, uint64_t key)
{
	struct hnode *n = htab_first(&sr->chains, key);
	struct chain *c;

	if (n)
		return hnode_entry(n, struct chain, by_key);
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->last = &c->first;
	if (htab_add(&sr->chains, &c->by_key, key) < 0) {
		free(c);
		return NULL;
	}
	return c;
}

static void chain_ready(struct script_runner *sr, struct chain *c)
{
	c->next_ready = NULL;
	*sr->ready_last = c;
	sr->ready_last = &c->next_ready;
}

static struct chain *ready_pop(struct script_runner *sr)
{
	struct chain *c = sr->ready;

	sr->ready = c->next_ready;
	if (!sr->ready)
		sr->ready_last = &sr->ready;
	return c;
}

/* The first of a chain is done with: the next one may start. */
static void chain_step(struct script_runner *sr, struct chain *c)
{
	struct script *s = c->first;

	c->first = s->next;
	if (!c->first)
		c->last = &c->first;
	arena_free(s->arena);
	if (c->first)
		chain_ready(sr, c);
	else
		chain_free(sr, c);
}

/* Starts one; 0 or -errno. */
static int script_fork(struct script_runner *sr, struct script *s)
{
	int r;

	s->pid = fork();
	if (s->pid == 0)
		script_exec(sr, s);
	if (s->pid < 0) {
		s->pid = 0;
		return -errno;
	}
	r = htab_add(&sr->pids, &s->by_pid, (uint64_t)s->pid);
	if (r < 0) {
		/* its end would not be noticed: it must not be there */
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
		s->pid = 0;
		return r;
	}
	log_line(&sr->log, LOG_LV_DEBUG, "script %s %s started as %d", s->path,
		 s->event, (int)s->pid);
	young_add(sr, s);
	sr->running++;
	return 0;
}

/* Starts what may start, while there is room. */
static void script_start(struct script_runner *sr)
{
	while (sr->ready && sr->running < SCRIPT_RUNNING_MAX) {
		struct chain *c = ready_pop(sr);
		int r = script_fork(sr, c->first);

		sr->waiting--;
		if (!r)
			continue;
		log_line(&sr->log, LOG_LV_ERROR, "cannot run script %s: %s",
			 c->first->path, xe_str(r));
		chain_step(sr, c);
	}
	if (sr->ready && !sr->full)
		log_line(&sr->log, LOG_LV_WARNING, "%u scripts run at once, "
			 "others wait for them: do they end?", sr->running);
	sr->full = sr->ready != NULL;
}

static int script_queue(struct script_runner *sr, struct script *s,
			uint64_t key)
{
	struct chain *c = chain_get(sr, key);

	if (!c)
		return XE_NOMEM;
	s->chain = c;
	*c->last = s;
	c->last = &s->next;
	sr->waiting++;
	if (c->first == s)
		chain_ready(sr, c);
	return 0;
}

int script_run(struct script_runner *sr, const char *path, const char *event,
	       uint64_t key, const char *const *env)
{
	struct arena *a;
	struct script *s;
	int r;

	if (sr->waiting >= SCRIPT_WAITING_MAX)
		return XE_LIMIT;
	if (path[0] != '/' || !event_known(event))
		return XE_INVAL;
	if (!permit_find(sr, path))
		return XE_NOTFOUND;
	a = arena_new(0);
	s = a ? arena_alloc(a, sizeof(*s)) : NULL;
	if (!s) {
		arena_free(a);
		return XE_NOMEM;
	}
	s->arena = a;
	s->path = arena_strdup(a, path);
	s->event = arena_strdup(a, event);
	r = s->path && s->event ? script_env(s, env) : XE_NOMEM;
	if (!r)
		r = script_queue(sr, s, key);
	if (r < 0) {
		arena_free(a);
		return r;
	}
	script_start(sr);
	return 0;
}

bool script_reaped(struct script_runner *sr, pid_t pid, int status)
{
	struct hnode *n = htab_first(&sr->pids, (uint64_t)pid);
	struct script *s;

	if (!n)
		return false;
	s = hnode_entry(n, struct script, by_pid);
	if (WIFSIGNALED(status))
		log_line(&sr->log, LOG_LV_WARNING,
			 "script %s %s was ended by signal %d", s->path,
			 s->event, WTERMSIG(status));
	else if (WEXITSTATUS(status) == 127)
		log_line(&sr->log, LOG_LV_WARNING,
			 "script %s cannot be executed", s->path);
	else if (WEXITSTATUS(status))
		log_line(&sr->log, LOG_LV_WARNING,
			 "script %s %s ended with status %d", s->path, s->event,
			 WEXITSTATUS(status));
	htab_del(&sr->pids, n);
	young_del(sr, s);
	s->pid = 0;
	sr->running--;
	chain_step(sr, s->chain);
	script_start(sr);
	return true;
}

void script_wait(struct script_runner *sr, unsigned int ms)
{
	uint64_t end = loop_now() + ms;
	int status;
	pid_t pid;

	while (sr->chains.count && loop_now() < end) {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid > 0)
			script_reaped(sr, pid, status);
		else if (pid == 0)
			poll(NULL, 0, 10);
		else
			return;
	}
}
