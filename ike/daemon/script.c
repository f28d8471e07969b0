/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/script.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ike/daemon/loop.h"
#include "libxfrm/base/arena.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"
#include "libxfrm/base/text.h"

#define SCRIPT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:" \
		    "/sbin:/bin"

struct script {
	struct script *next;
	struct arena *arena;	/* owns the script itself */
	const char *path, *event;
	char **env;
	uint64_t key;
	pid_t pid;		/* 0 while it waits */
};

/* A script that the configuration names. */
struct permit {
	struct hnode node;
	char path[];
};

struct script_runner {
	struct logger log;
	struct htab permits;
	struct script *first, **last;	/* running and waiting, in order */
	unsigned int running, waiting;
};

int script_new(struct script_runner **out, const struct logger *log)
{
	struct script_runner *sr = calloc(1, sizeof(*sr));

	*out = sr;
	if (!sr)
		return XE_NOMEM;
	sr->log = *log;
	sr->last = &sr->first;
	htab_init(&sr->permits, 0);
	return 0;
}

static uint64_t path_hash(const char *path)
{
	return hash_mem(0, path, strlen(path));
}

static bool permitted(const struct script_runner *sr, const char *path)
{
	struct hnode *n;

	for (n = htab_first(&sr->permits, path_hash(path)); n;
	     n = htab_next(n))
		if (!strcmp(hnode_entry(n, struct permit, node)->path, path))
			return true;
	return false;
}

int script_permit(struct script_runner *sr, const char *path)
{
	size_t len = strlen(path) + 1;
	struct permit *p;
	int r;

	if (permitted(sr, path))
		return 0;
	p = calloc(1, sizeof(*p) + len);
	if (!p)
		return XE_NOMEM;
	memcpy(p->path, path, len);
	r = htab_add(&sr->permits, &p->node, path_hash(path));
	if (r < 0)
		free(p);
	return r;
}

void script_forbid(struct script_runner *sr)
{
	struct hnode *n, *cursor;
	size_t pos = 0;

	while ((n = htab_walk(&sr->permits, &pos, &cursor))) {
		htab_del(&sr->permits, n);
		free(hnode_entry(n, struct permit, node));
	}
}

void script_free(struct script_runner *sr)
{
	struct script *s, *next;

	if (!sr)
		return;
	for (s = sr->first; s; s = next) {
		next = s->next;
		arena_free(s->arena);
	}
	script_forbid(sr);
	htab_free(&sr->permits);
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
static _Noreturn void script_exec(const struct script *s)
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
	execve(s->path, argv, s->env);
	_exit(127);
}

static void script_unlink(struct script_runner *sr, struct script **pp)
{
	struct script *s = *pp;

	*pp = s->next;
	if (sr->last == &s->next)
		sr->last = pp;
	if (s->pid)
		sr->running--;
	else
		sr->waiting--;
	arena_free(s->arena);
}

/* Starts what may start: nothing of the same key before it, and room. */
static void script_start(struct script_runner *sr)
{
	struct script **pp = &sr->first, *s, *t;

	while ((s = *pp) && sr->running < SCRIPT_RUNNING_MAX) {
		for (t = sr->first; t != s && t->key != s->key; t = t->next)
			;
		if (s->pid || t != s) {
			pp = &s->next;
			continue;
		}
		s->pid = fork();
		if (s->pid == 0)
			script_exec(s);
		if (s->pid < 0) {
			log_line(&sr->log, LOG_LV_ERROR,
				 "cannot run script %s: %s", s->path,
				 xe_str(-errno));
			s->pid = 0;
			script_unlink(sr, pp);
			continue;
		}
		log_line(&sr->log, LOG_LV_DEBUG, "script %s %s started as %d",
			 s->path, s->event, (int)s->pid);
		sr->waiting--;
		sr->running++;
		pp = &s->next;
	}
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
	if (!permitted(sr, path))
		return XE_NOTFOUND;
	a = arena_new(0);
	s = a ? arena_alloc(a, sizeof(*s)) : NULL;
	if (!s) {
		arena_free(a);
		return XE_NOMEM;
	}
	s->arena = a;
	s->key = key;
	s->path = arena_strdup(a, path);
	s->event = arena_strdup(a, event);
	r = s->path && s->event ? script_env(s, env) : XE_NOMEM;
	if (r < 0) {
		arena_free(a);
		return r;
	}
	*sr->last = s;
	sr->last = &s->next;
	sr->waiting++;
	script_start(sr);
	return 0;
}

bool script_reaped(struct script_runner *sr, pid_t pid, int status)
{
	struct script **pp = &sr->first;

	while (*pp && (*pp)->pid != pid)
		pp = &(*pp)->next;
	if (!*pp)
		return false;
	if (WIFSIGNALED(status))
		log_line(&sr->log, LOG_LV_WARNING,
			 "script %s %s was ended by signal %d", (*pp)->path,
			 (*pp)->event, WTERMSIG(status));
	else if (WEXITSTATUS(status) == 127)
		log_line(&sr->log, LOG_LV_WARNING,
			 "script %s cannot be executed", (*pp)->path);
	else if (WEXITSTATUS(status))
		log_line(&sr->log, LOG_LV_WARNING,
			 "script %s %s ended with status %d", (*pp)->path,
			 (*pp)->event, WEXITSTATUS(status));
	script_unlink(sr, pp);
	script_start(sr);
	return true;
}

void script_wait(struct script_runner *sr, unsigned int ms)
{
	uint64_t end = loop_now() + ms;
	int status;
	pid_t pid;

	while (sr->first && loop_now() < end) {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid > 0)
			script_reaped(sr, pid, status);
		else if (pid == 0)
			poll(NULL, 0, 10);
		else
			return;
	}
}
