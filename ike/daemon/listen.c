/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/listen.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ike/daemon/background.h"
#include "ike/daemon/load.h"
#include "ike/daemon/net.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"

#define PLAN_ALL 4		/* sockets without a listen section */
#define ADMIN_BACKLOG 16
#ifndef ADMIN_SOCKET
#define ADMIN_SOCKET RUNSTATEDIR "/racoon/racoon.sock"
#endif

typedef void bind_give_fn(void *arg, const struct bind_req *b, int fd);

struct bound {
	struct hnode node;
	struct bind_req b;
	bool wanted;
};

struct listen_set {
	struct logger log;
	struct htab bound;
	size_t leaving;		/* of them, those that conf does not want */
	uint64_t zones;		/* the interfaces that the plan found */
	bind_give_fn *give;
	void *arg;
};

int listen_new(struct listen_set **out, const struct logger *log)
{
	struct listen_set *ls = calloc(1, sizeof(*ls));

	*out = ls;
	if (!ls)
		return XE_NOMEM;
	ls->log = *log;
	htab_init(&ls->bound, NET_SOCKETS_MAX);
	return 0;
}

static void forget(struct listen_set *ls, bool all)
{
	struct hnode *n, *cursor;
	size_t pos = 0;

	while ((n = htab_walk(&ls->bound, &pos, &cursor))) {
		struct bound *o = hnode_entry(n, struct bound, node);

		if (!all && o->wanted)
			continue;
		htab_del(&ls->bound, n);
		free(o);
	}
}

void listen_free(struct listen_set *ls)
{
	if (!ls)
		return;
	forget(ls, true);
	htab_free(&ls->bound);
	free(ls);
}

static uint64_t bind_hash(const struct bind_req *b)
{
	return hash_mix(xaddr_hash(0, &b->addr), b->port);
}

static struct bound *bound_find(const struct listen_set *ls,
				const struct bind_req *b)
{
	struct hnode *n;

	for (n = htab_first(&ls->bound, bind_hash(b)); n; n = htab_next(n)) {
		struct bound *o = hnode_entry(n, struct bound, node);

		if (o->b.port == b->port && o->b.natt == b->natt &&
		    xaddr_equal(&o->b.addr, &b->addr))
			return o;
	}
	return NULL;
}

static int bound_add(struct listen_set *ls, const struct bind_req *b)
{
	struct bound *o = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return XE_NOMEM;
	o->b = *b;
	o->wanted = true;
	r = htab_add(&ls->bound, &o->node, bind_hash(b));
	if (r < 0)
		free(o);
	return r;
}

static int make(struct listen_set *ls, const struct bind_req *b)
{
	char text[XADDR_STRLEN];
	int fd, r = net_bind(b, &fd);

	if (r == -EADDRINUSE && ls->leaving)
		return XE_AGAIN;
	if (r < 0) {
		/* A machine without IPv6 is as it is. */
		log_line(&ls->log, r == -EAFNOSUPPORT ? LOG_LV_NOTIFY
						      : LOG_LV_ERROR,
			 "failed to bind to address %s[%u]: %s",
			 xaddr_str(&b->addr, text), b->port, xe_str(r));
		return r;
	}
	r = bound_add(ls, b);
	if (!r && b->natt)
		log_line(&ls->log, LOG_LV_INFO, "%s[%u] used for NAT-T",
			 xaddr_str(&b->addr, text), b->port);
	if (!r) {
		log_line(&ls->log, LOG_LV_INFO,
			 "%s[%u] used as isakmp port (fd=%d)",
			 xaddr_str(&b->addr, text), b->port, fd);
		ls->give(ls->arg, b, fd);
	}
	close(fd);
	return r;
}

/* One socket of the plan: made, unless it is there already. */
static int want(struct listen_set *ls, const struct bind_req *b)
{
	if (!bound_find(ls, b))
		return make(ls, b);
	ls->give(ls->arg, b, -1);
	return 0;
}

/* ---- the plan ---- */

struct plan {
	struct bind_req *v;
	unsigned int n;
	bool waits;	/* an interface is not there */
};

/* Without a listen section: both ports, both families, all addresses. */
static void plan_all(struct plan *p, const struct daemon_opts *opts)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < PLAN_ALL; i++) {
		if (opts->family && opts->family != families[i / 2])
			continue;
		p->v[p->n++] = (struct bind_req){
			.addr = xaddr_any((unsigned int)families[i / 2]),
			.port = i % 2 ? opts->port_natt : opts->port,
			.natt = i % 2,
		};
	}
}

static int plan_make(struct plan *p, const struct ike_settings *s,
		     const struct daemon_opts *opts)
{
	*p = (struct plan){ 0 };
	p->v = calloc(s->nlisten ? s->nlisten : PLAN_ALL, sizeof(*p->v));
	if (!p->v)
		return XE_NOMEM;
	if (!s->nlisten)
		plan_all(p, opts);
	for (unsigned int i = 0; i < s->nlisten; i++) {
		struct bind_req b = {
			.addr = s->listen[i].addr, .port = s->listen[i].port,
			.natt = s->listen[i].natt, .strict = s->strict_address,
		};

		if (s->listen[i].zone)
			b.addr.scope = load_zone(s->listen[i].zone);
		if (b.addr.scope || !s->listen[i].zone || b.strict)
			p->v[p->n++] = b;
		else
			p->waits = true;
	}
	return 0;
}

/* Which interfaces its addresses name, as one number; 0: none. */
static uint64_t zones(const struct ike_settings *s)
{
	uint64_t all = 0;

	for (unsigned int i = 0; i < s->nlisten && !s->strict_address; i++)
		if (s->listen[i].zone)
			all = hash_mix(all + 1,
				       load_zone(s->listen[i].zone));
	return all;
}

bool listen_follows(const struct listen_set *ls)
{
	return ls->zones != 0;
}

bool listen_moved(const struct listen_set *ls, const struct ike_conf *conf)
{
	return ls->zones != zones(ike_conf_settings(conf));
}

/* Marks what there is and the plan wants; the rest is leaving. */
static void plan_mark(struct listen_set *ls, const struct plan *p)
{
	struct hnode *n, *cursor;
	size_t pos = 0;

	ls->leaving = 0;
	while ((n = htab_walk(&ls->bound, &pos, &cursor))) {
		hnode_entry(n, struct bound, node)->wanted = false;
		ls->leaving++;
	}
	for (unsigned int i = 0; i < p->n; i++) {
		struct bound *o = bound_find(ls, &p->v[i]);

		if (!o || o->wanted)
			continue;
		o->wanted = true;
		ls->leaving--;
	}
}

/*
 * Each socket of the plan, whatever becomes of the others.  While one has to
 * wait, nothing is decided.
 */
static int plan_bind(struct listen_set *ls, const struct plan *p)
{
	int strict = 0, err = 0;
	bool good = false, late = false;

	for (unsigned int i = 0; i < p->n; i++) {
		int r = want(ls, &p->v[i]);

		good = good || !r;
		late = late || r == XE_AGAIN;
		if (!r || r == XE_AGAIN)
			continue;
		err = r;
		if (p->v[i].strict && !strict)
			strict = r;
	}
	if (late)
		return XE_AGAIN;
	return strict ? strict : good || p->waits ? 0 : err;
}

int listen_apply(struct listen_set *ls, const struct ike_conf *conf,
		 const struct daemon_opts *opts,
		 void (*give)(void *arg, const struct bind_req *b, int fd),
		 void *arg)
{
	struct plan p;
	int r = plan_make(&p, ike_conf_settings(conf), opts);

	if (r < 0)
		return r;
	ls->give = give;
	ls->arg = arg;
	ls->zones = zones(ike_conf_settings(conf));
	plan_mark(ls, &p);
	r = plan_bind(ls, &p);
	forget(ls, false);
	free(p.v);
	return r;
}

/* ---- the admin socket ------------------------------------------------- */

/* One directory; one that exists is left as it is, whoever owns it. */
static int make_dir(const char *dir, gid_t gid)
{
	if (mkdir(dir, 0750) < 0)
		return errno == EEXIST ? 0 : -errno;
	/* The umask took the group's rights away. */
	return chown(dir, 0, gid) < 0 || chmod(dir, 0750) < 0 ? -errno : 0;
}

/* The directories above path that are missing are made. */
static int make_parents(const char *path, gid_t gid)
{
	char dir[PATH_MAX];
	int r = 0;

	if (snprintf(dir, sizeof(dir), "%s", path) >= (int)sizeof(dir))
		return -ENAMETOOLONG;
	for (size_t i = 1; !r && dir[i - 1] && dir[i]; i++) {
		if (dir[i] != '/')
			continue;
		dir[i] = '\0';
		r = make_dir(dir, gid);
		dir[i] = '/';
	}
	return r;
}

static int remove_stale(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	return unlink(path) < 0 ? -errno : 0;
}

static int bind_unix(int fd, const char *path, const struct ike_adminsock *as)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	mode_t old;
	int r;

	memcpy(sun.sun_path, path, strlen(path));
	/*
	 * Nobody gets in before listen().  The directory may be somebody's
	 * who puts a link in its place: nothing here follows one.
	 */
	old = umask((mode_t)~as->mode & 0777);
	r = bind(fd, (const struct sockaddr *)&sun, sizeof(sun)) < 0 ? -errno
								     : 0;
	umask(old);
	if (!r && (lchown(path, as->uid, as->gid) < 0 ||
		   listen(fd, ADMIN_BACKLOG) < 0))
		r = -errno;
	return r;
}

int listen_admin(const struct ike_conf *conf, const struct logger *log,
		 char *path, size_t size, int *out)
{
	const struct ike_adminsock *as = &ike_conf_settings(conf)->adminsock;
	const char *name = as->path ? as->path : ADMIN_SOCKET;
	char whole[PATH_MAX];
	struct sockaddr_un sun;
	int fd, r;

	*out = -1;
	path[0] = '\0';
	if (as->disabled)
		return 0;
	/* It is removed from another directory than it was made in. */
	name = background_path(name, whole, sizeof(whole));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	r = fd < 0 ? -errno : 0;
	if (!r && strlen(name) >= sizeof(sun.sun_path))
		r = -ENAMETOOLONG;
	if (!r)
		r = make_parents(name, as->gid);
	if (!r)
		r = remove_stale(name);
	if (!r)
		r = bind_unix(fd, name, as);
	if (r < 0) {
		log_line(log, LOG_LV_ERROR, "cannot make the admin socket %s: %s",
			 name, xe_str(r));
		if (fd >= 0)
			close(fd);
		return r;
	}
	snprintf(path, size, "%s", name);
	*out = fd;
	return 0;
}
