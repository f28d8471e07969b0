/* SPDX-License-Identifier: BSD-2-Clause */
#include "setkey/sync_own.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "libxfrm/base/arena.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

#define PLACE_BITS 20
#define BOOT_LEN 64

/* Only what makes up the name of an entry: there may be many. */
struct own_sa {
	struct hnode node;
	struct xaddr dst;
	struct xmark mark;
	uint32_t spi;
	uint8_t proto, flags;
	int32_t ifindex;	/* of an offload that was declined, or 0 */
};

struct own_pol {
	struct hnode node;
	struct xsel sel;
	struct xmark mark;
	uint32_t if_id, index;
	uint8_t dir, ptype;
	uint64_t place;
};

struct sync_own {
	struct arena *arena;
	struct htab sas, pols;
	bool declined;		/* there are SAs with an offload declined */
	int lock;
	char boot[BOOT_LEN];
	char *path, *tmp;
	FILE *out;
};

static void read_boot_id(char *buf, size_t len)
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!f || !fgets(buf, (int)len, f))
		snprintf(buf, len, "unknown");
	buf[strcspn(buf, "\n")] = '\0';
	if (f)
		fclose(f);
}

/* A number that no other namespace of this boot has had, if possible. */
static uint64_t netns_number(int sock)
{
	uint64_t cookie;
	socklen_t len = sizeof(cookie);
	struct stat st;

	if (getsockopt(sock, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) == 0)
		return cookie;
	return stat("/proc/self/ns/net", &st) < 0 ? 0 : (uint64_t)st.st_ino;
}

static int lock_record(struct sync_own *o, const char *dir)
{
	char *path = arena_printf(o->arena, "%s.lock", o->path);
	struct stat st;

	if (!path)
		return XE_NOMEM;
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return -errno;
	/* nobody else may be able to put files there */
	if (lstat(dir, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode) || (st.st_uid != geteuid() && st.st_uid) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)))
		return -EPERM;
	o->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (o->lock < 0)
		return -errno;
	while (flock(o->lock, LOCK_EX) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static struct xfrm_sa sa_named(const struct own_sa *e)
{
	return (struct xfrm_sa){ .dst = e->dst, .mark = e->mark,
				 .spi = e->spi, .proto = e->proto };
}

static struct xfrm_policy policy_named(const struct own_pol *e)
{
	return (struct xfrm_policy){ .sel = e->sel, .mark = e->mark,
				     .if_id = e->if_id, .index = e->index,
				     .dir = e->dir, .ptype = e->ptype };
}

static int add_sa(struct sync_own *o, const char *line)
{
	struct own_sa *e = arena_alloc(o->arena, sizeof(*e));
	char dst[XADDR_STRLEN];
	struct xfrm_sa sa;
	uint16_t family;
	int n;

	if (!e)
		return XE_NOMEM;
	n = sscanf(line, "sa %hhu %hu %63s %" SCNu32 " %" SCNu32 " %" SCNu32
		   " %" SCNd32 " %hhu", &e->proto, &family, dst, &e->spi,
		   &e->mark.value, &e->mark.mask, &e->ifindex, &e->flags);
	if ((n != 6 && n != 8) || xaddr_parse(dst, &e->dst) < 0 ||
	    e->dst.family != family)
		return XE_MALFORMED;
	o->declined |= e->ifindex != 0;
	sa = sa_named(e);
	return htab_add(&o->sas, &e->node, xfrm_sa_hash_id(0, &sa));
}

static int add_policy(struct sync_own *o, const char *line)
{
	struct own_pol *e = arena_alloc(o->arena, sizeof(*e));
	char src[XADDR_STRLEN], dst[XADDR_STRLEN];
	struct xfrm_policy p;
	struct xsel *s;

	if (!e)
		return XE_NOMEM;
	s = &e->sel;
	if (sscanf(line, "policy %hhu %hhu %" SCNu32 " %" SCNu32 " %" SCNu32
		   " %hu %63s %hhu %63s %hhu %hhu %hu %hu %hu %hu %" SCNd32
		   " %" SCNu32 " %" SCNu32 " %" SCNu64, &e->dir, &e->ptype,
		   &e->if_id, &e->mark.value, &e->mark.mask, &s->family, src,
		   &s->splen, dst, &s->dplen, &s->proto, &s->sport,
		   &s->sport_mask, &s->dport, &s->dport_mask, &s->ifindex,
		   &s->user, &e->index, &e->place) != 19 ||
	    xaddr_parse(src, &s->src) < 0 || xaddr_parse(dst, &s->dst) < 0 ||
	    xsel_check(s) < 0)
		return XE_MALFORMED;
	p = policy_named(e);
	return htab_add(&o->pols, &e->node, xfrm_policy_hash_id(0, &p));
}

static int add_line(struct sync_own *o, const char *line)
{
	if (strncmp(line, "sa ", 3) == 0)
		return add_sa(o, line);
	if (strncmp(line, "policy ", 7) == 0)
		return add_policy(o, line);
	return XE_MALFORMED;
}

static int read_record(struct sync_own *o)
{
	char *line = NULL, boot[BOOT_LEN];
	FILE *f = fopen(o->path, "re");
	size_t cap = 0;
	ssize_t n;
	int r = 0;

	if (!f)
		return errno == ENOENT ? 0 : -errno;
	n = getline(&line, &cap, f);
	if (n <= 0 || sscanf(line, "setkey-sync 1 %63s", boot) != 1)
		r = XE_MALFORMED;
	else if (strcmp(boot, o->boot) == 0)
		while (r == 0 && (n = getline(&line, &cap, f)) > 0)
			r = add_line(o, line);
	free(line);
	fclose(f);
	return r;
}

int sync_own_open(const char *dir, int sock, bool lock, struct sync_own **out)
{
	struct sync_own *o = calloc(1, sizeof(*o));
	int r = XE_NOMEM;

	*out = NULL;
	if (!o)
		return r;
	o->lock = -1;
	htab_init(&o->sas, 0);
	htab_init(&o->pols, 0);
	o->arena = arena_new(0);
	if (!o->arena)
		goto out;
	o->path = arena_printf(o->arena, "%s/sync-%" PRIx64, dir,
			       netns_number(sock));
	o->tmp = o->path ? arena_printf(o->arena, "%s.new", o->path) : NULL;
	if (!o->tmp)
		goto out;
	read_boot_id(o->boot, sizeof(o->boot));
	r = lock ? lock_record(o, dir) : 0;
	if (r == 0)
		r = read_record(o);
out:
	if (r < 0 && r != XE_MALFORMED) {
		sync_own_close(o);
		return r;
	}
	*out = o;
	return r;
}

void sync_own_close(struct sync_own *o)
{
	if (!o)
		return;
	if (o->out) {
		fclose(o->out);
		unlink(o->tmp);
	}
	if (o->lock >= 0)
		close(o->lock);
	htab_free(&o->sas);
	htab_free(&o->pols);
	arena_free(o->arena);
	free(o);
}

const char *sync_own_path(const struct sync_own *o)
{
	return o->path;
}

static const struct own_sa *find_sa(const struct sync_own *o,
				    const struct xfrm_sa *sa)
{
	struct hnode *n = htab_first(&o->sas, xfrm_sa_hash_id(0, sa));
	const struct own_sa *e;
	struct xfrm_sa ours;

	for (; n; n = htab_next(n)) {
		e = hnode_entry(n, struct own_sa, node);
		ours = sa_named(e);
		if (xfrm_sa_same_id(&ours, sa))
			return e;
	}
	return NULL;
}

bool sync_own_has_sa(const struct sync_own *o, const struct xfrm_sa *sa)
{
	return find_sa(o, sa) != NULL;
}

bool sync_own_declined(const struct sync_own *o, const struct xfrm_sa *sa)
{
	const struct xoffload *f = &sa->offload;
	const struct own_sa *e;

	if (!o->declined || f->mode != XOFFLOAD_CRYPTO)
		return false;
	e = find_sa(o, sa);
	return e && e->ifindex == f->ifindex && e->flags == f->flags;
}

/* Labels are not recorded: what has one is found without it. */
static const struct own_pol *find_policy(const struct sync_own *o,
					 const struct xfrm_policy *p)
{
	struct xfrm_policy key = *p, ours;
	const struct own_pol *e;
	struct hnode *n;

	key.sec = (struct xsecctx){ 0 };
	n = htab_first(&o->pols, xfrm_policy_hash_id(0, &key));
	for (; n; n = htab_next(n)) {
		e = hnode_entry(n, struct own_pol, node);
		ours = policy_named(e);
		if (xfrm_policy_same_id(&ours, &key))
			return e;
	}
	return NULL;
}

bool sync_own_has_policy(const struct sync_own *o,
			 const struct xfrm_policy *p)
{
	return find_policy(o, p) != NULL;
}

uint64_t sync_own_index_place(uint32_t index)
{
	return (uint64_t)index << PLACE_BITS;
}

uint64_t sync_own_place(const struct sync_own *o, const struct xfrm_policy *p)
{
	const struct own_pol *e = find_policy(o, p);

	if (e && e->place && e->index == p->index)
		return e->place;
	return sync_own_index_place(p->index);
}

int sync_own_begin(struct sync_own *o)
{
	int fd;

	unlink(o->tmp); /* of a run that was killed; we hold the lock */
	fd = open(o->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
		  O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	o->out = fdopen(fd, "w");
	if (!o->out) {
		close(fd);
		return XE_NOMEM;
	}
	fprintf(o->out, "setkey-sync 1 %s\n", o->boot);
	return 0;
}

void sync_own_put_sa(struct sync_own *o, const struct xfrm_sa *sa,
		     bool declined)
{
	char dst[XADDR_STRLEN];
	struct xaddr a = sa->dst;

	a.scope = 0;
	fprintf(o->out, "sa %u %u %s %u %u %u", sa->proto, a.family,
		xaddr_str(&a, dst), sa->spi, sa->mark.value, sa->mark.mask);
	if (declined)
		fprintf(o->out, " %d %u", sa->offload.ifindex,
			sa->offload.flags);
	fputc('\n', o->out);
}

void sync_own_put_policy(struct sync_own *o, const struct xfrm_policy *p,
			 uint64_t place)
{
	char src[XADDR_STRLEN], dst[XADDR_STRLEN];
	struct xaddr a = p->sel.src, b = p->sel.dst;
	const struct xsel *s = &p->sel;

	a.scope = b.scope = 0;
	fprintf(o->out, "policy %u %u %u %u %u %u %s %u %s %u %u %u %u %u %u "
		"%d %u %u %" PRIu64 "\n", p->dir, p->ptype, p->if_id,
		p->mark.value, p->mark.mask, s->family, xaddr_str(&a, src),
		s->splen, xaddr_str(&b, dst), s->dplen, s->proto, s->sport,
		s->sport_mask, s->dport, s->dport_mask, s->ifindex, s->user,
		p->index, place);
}

int sync_own_commit(struct sync_own *o)
{
	FILE *f = o->out;
	int r = 0;

	o->out = NULL;
	if (fflush(f) != 0 || ferror(f) || fdatasync(fileno(f)) < 0)
		r = errno ? -errno : -EIO;
	if (fclose(f) != 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(o->tmp, o->path) < 0)
		r = -errno;
	if (r < 0)
		unlink(o->tmp);
	return r;
}
