/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"

#define JOURNAL_LINE_MAX 256
#define JOURNAL_SLACK 1024	/* lines of history before it is rewritten */
#define JOURNAL_MEND 64		/* every so often a broken one is rewritten */

struct entry {
	struct hnode node;
	struct journal_entry e;
};

struct journal {
	struct htab table;
	char *path;
	FILE *file;		/* NULL: memory only */
	size_t lines;		/* in the file */
	bool unwritten;		/* some are only in its buffer */
	bool broken;		/* some could not be written, and are lost */
	unsigned int tries;	/* to mend that */
};

static uint64_t entry_hash(const struct journal_entry *e)
{
	uint64_t h = e->policy ? hash_mix(xsel_hash(1, &e->sel), e->dir)
			       : xaddr_hash(e->proto, &e->dst);

	return e->policy ? h : hash_mix(h, e->spi);
}

static bool entry_equal(const struct journal_entry *a,
			const struct journal_entry *b)
{
	if (a->policy != b->policy)
		return false;
	if (a->policy)
		return a->dir == b->dir && xsel_equal(&a->sel, &b->sel);
	return a->proto == b->proto && a->spi == b->spi &&
	       xaddr_equal(&a->dst, &b->dst);
}

static struct entry *entry_find(struct journal *j,
				const struct journal_entry *e)
{
	struct hnode *n;

	for (n = htab_first(&j->table, entry_hash(e)); n; n = htab_next(n))
		if (entry_equal(&hnode_entry(n, struct entry, node)->e, e))
			return hnode_entry(n, struct entry, node);
	return NULL;
}

static void put_line(struct journal *j, char sign,
		     const struct journal_entry *e)
{
	char src[XADDR_STRLEN], dst[XADDR_STRLEN];

	if (e->policy)
		fprintf(j->file, "%c policy %d %s/%u %s/%u %u %u/%u %u/%u\n",
			sign, (int)e->dir, xaddr_str(&e->sel.src, src),
			e->sel.splen, xaddr_str(&e->sel.dst, dst),
			e->sel.dplen, e->sel.proto, e->sel.sport,
			e->sel.sport_mask, e->sel.dport, e->sel.dport_mask);
	else
		fprintf(j->file, "%c sa %u %s %s %u\n", sign, e->proto,
			/* a deletion needs no source */
			xaddr_str(e->src.family ? &e->src : &e->dst, src),
			xaddr_str(&e->dst, dst), e->spi);
	j->lines++;
}

static void write_line(struct journal *j, char sign,
		       const struct journal_entry *e)
{
	if (!j->file)
		return;
	put_line(j, sign, e);
	j->unwritten = true;
}

static int parse_policy(const char *s, struct journal_entry *e)
{
	unsigned int dir, proto, sp, sm, dp, dm;
	char src[XADDR_STRLEN + 4], dst[XADDR_STRLEN + 4];
	uint8_t splen, dplen;
	struct xaddr a, b;

	if (sscanf(s, "%u %67s %67s %u %u/%u %u/%u", &dir, src, dst, &proto,
		   &sp, &sm, &dp, &dm) != 8 || dir > KDIR_FWD || proto > 255 ||
	    (sp | sm | dp | dm) > 0xffff)
		return XE_PARSE;
	if (xaddr_parse_prefix(src, &a, &splen) ||
	    xaddr_parse_prefix(dst, &b, &dplen))
		return XE_PARSE;
	e->policy = true;
	e->dir = (enum kdir)dir;
	xsel_init(&e->sel, &a, splen, &b, dplen);
	e->sel.proto = (uint8_t)proto;
	e->sel.sport = (uint16_t)sp;
	e->sel.sport_mask = (uint16_t)sm;
	e->sel.dport = (uint16_t)dp;
	e->sel.dport_mask = (uint16_t)dm;
	return xsel_check(&e->sel);
}

static int parse_sa(const char *s, struct journal_entry *e)
{
	char src[XADDR_STRLEN], dst[XADDR_STRLEN];
	unsigned int proto;

	if (sscanf(s, "%u %63s %63s %u", &proto, src, dst, &e->spi) != 4 ||
	    proto > 255)
		return XE_PARSE;
	e->proto = (uint8_t)proto;
	return xaddr_parse(src, &e->src) || xaddr_parse(dst, &e->dst)
		       ? XE_PARSE
		       : 0;
}

/* False when it is known already. */
static bool remember(struct journal *j, const struct journal_entry *e)
{
	struct entry *ent = entry_find(j, e);

	if (ent)
		return false;
	ent = calloc(1, sizeof(*ent));
	if (!ent)
		return true;
	ent->e = *e;
	if (htab_add(&j->table, &ent->node, entry_hash(e)) < 0)
		free(ent);
	return true;
}

static bool forget(struct journal *j, const struct journal_entry *e)
{
	struct entry *ent = entry_find(j, e);

	if (!ent)
		return false;
	htab_del(&j->table, &ent->node);
	free(ent);
	return true;
}

static void read_left(struct journal *j, FILE *f)
{
	char line[JOURNAL_LINE_MAX];

	while (fgets(line, sizeof(line), f)) {
		struct journal_entry e = { 0 };
		int r = XE_PARSE;

		/* Cut short, by a full disk: its numbers are others. */
		if (!strchr(line, '\n'))
			continue;
		if (!strncmp(line + 1, " sa ", 4))
			r = parse_sa(line + 5, &e);
		else if (!strncmp(line + 1, " policy ", 8))
			r = parse_policy(line + 9, &e);
		if (!r && line[0] == '+')
			remember(j, &e);
		else if (!r && line[0] == '-')
			forget(j, &e);
	}
}

/*
 * Opens and locks path, made if need be.  -EWOULDBLOCK: another process has
 * it.
 */
static int open_locked(const char *path, int flags, FILE **out)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags,
		      0600);
	struct stat is, named;
	int r = 0;

	*out = NULL;
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &is) < 0)
		r = -errno;
	/* Its owner may have put another in its place before we had the lock. */
	else if (stat(path, &named) < 0 || named.st_dev != is.st_dev ||
		 named.st_ino != is.st_ino)
		r = -EWOULDBLOCK;
	if (!r) {
		*out = fdopen(fd, "r+");
		r = *out ? 0 : XE_NOMEM;
	}
	if (r)
		close(fd);
	return r;
}

/*
 * Writes the file anew, from what is in memory: aside, since whenever racoon
 * is killed one of the two must be whole.  When that fails, the old one stays
 * in use; it starts a line then, as its last may have been cut short.
 */
static bool rewrite(struct journal *j)
{
	char aside[PATH_MAX];
	struct hnode *n, *cursor;
	FILE *old = j->file;
	size_t pos = 0;
	bool done;

	if (!old || snprintf(aside, sizeof(aside), "%s.new", j->path) >=
		    (int)sizeof(aside))
		return false;
	unlink(aside);
	j->lines = 0;	/* also when it fails: not to be tried each time */
	done = open_locked(aside, O_EXCL, &j->file) == 0;
	while (done && (n = htab_walk(&j->table, &pos, &cursor))) {
		put_line(j, '+', &hnode_entry(n, struct entry, node)->e);
		done = !ferror(j->file);
	}
	done = done && fflush(j->file) == 0 && rename(aside, j->path) == 0;
	if (done) {
		fclose(old);
		return true;
	}
	if (j->file)
		fclose(j->file);
	unlink(aside);
	j->file = old;
	fputc('\n', old);
	return false;
}

int journal_flush(struct journal *j)
{
	int r = 0;

	if (!j->unwritten || !j->file)
		return 0;
	if (fflush(j->file) != 0)
		r = -errno;
	if (ferror(j->file))
		j->broken = true;
	clearerr(j->file);
	if (j->broken && j->tries++ % JOURNAL_MEND == 0)
		j->broken = !rewrite(j);
	if (j->broken)
		return r ? r : -ENOSPC;
	j->tries = 0;
	j->unwritten = false;
	return 0;
}

static int open_file(struct journal *j, const char *path)
{
	FILE *f;
	int r = open_locked(path, 0, &f);

	/* Somebody else's, alive: what it lists is not ours to delete. */
	if (r < 0)
		return r == -EWOULDBLOCK ? 0 : r;
	j->path = strdup(path);
	if (!j->path) {
		fclose(f);
		return XE_NOMEM;
	}
	read_left(j, f);
	/* Reading and writing take turns only with a seek between them. */
	if (fseek(f, 0, SEEK_END) < 0) {
		fclose(f);
		return -errno;
	}
	j->file = f;
	rewrite(j);
	return 0;
}

int journal_open(struct journal **out, const char *path)
{
	struct journal *j = calloc(1, sizeof(*j));
	int r;

	*out = NULL;
	if (!j)
		return XE_NOMEM;
	htab_init(&j->table, 0);
	r = path ? open_file(j, path) : 0;
	if (r < 0) {
		journal_close(j);
		return r;
	}
	*out = j;
	return 0;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	if (j->path && !j->table.count)
		unlink(j->path);	/* locked still, so nobody else's */
	if (j->file)
		fclose(j->file);
	j->file = NULL;
	free(j->path);
	journal_drain(j, NULL, NULL);
	htab_free(&j->table);
	free(j);
}

static void note(struct journal *j, char sign, const struct journal_entry *e)
{
	if (sign == '+' ? !remember(j, e) : !forget(j, e))
		return;
	if (j->lines <= 2 * j->table.count + JOURNAL_SLACK || !rewrite(j))
		write_line(j, sign, e);
}

void journal_add_sa(struct journal *j, uint8_t proto, const struct xaddr *src,
		    const struct xaddr *dst, uint32_t spi)
{
	struct journal_entry e = {
		.proto = proto, .src = *src, .dst = *dst, .spi = spi,
	};

	note(j, '+', &e);
}

void journal_del_sa(struct journal *j, uint8_t proto, const struct xaddr *dst,
		    uint32_t spi)
{
	struct journal_entry e = { .proto = proto, .dst = *dst, .spi = spi };

	note(j, '-', &e);
}

void journal_add_policy(struct journal *j, enum kdir dir,
			const struct xsel *sel)
{
	struct journal_entry e = { .policy = true, .dir = dir, .sel = *sel };

	note(j, '+', &e);
}

void journal_del_policy(struct journal *j, enum kdir dir,
			const struct xsel *sel)
{
	struct journal_entry e = { .policy = true, .dir = dir, .sel = *sel };

	note(j, '-', &e);
}

bool journal_has_sa(struct journal *j, uint8_t proto, const struct xaddr *dst,
		    uint32_t spi)
{
	struct journal_entry e = { .proto = proto, .dst = *dst, .spi = spi };

	return entry_find(j, &e);
}

bool journal_has_policy(struct journal *j, enum kdir dir,
			const struct xsel *sel)
{
	struct journal_entry e = { .policy = true, .dir = dir, .sel = *sel };

	return entry_find(j, &e);
}

void journal_sift(struct journal *j,
		  bool (*fn)(void *arg, const struct journal_entry *e),
		  void *arg)
{
	struct hnode *n, *cursor;
	size_t pos = 0;

	while ((n = htab_walk(&j->table, &pos, &cursor))) {
		struct journal_entry e = hnode_entry(n, struct entry, node)->e;

		if (!fn(arg, &e))
			note(j, '-', &e);
	}
	journal_flush(j);
}

void journal_drain(struct journal *j,
		   void (*fn)(void *arg, const struct journal_entry *e),
		   void *arg)
{
	struct hnode *n, *cursor;
	size_t pos = 0;

	while ((n = htab_walk(&j->table, &pos, &cursor))) {
		struct entry *ent = hnode_entry(n, struct entry, node);

		if (fn)
			fn(arg, &ent->e);
		htab_del(&j->table, n);
		free(ent);
	}
	rewrite(j);
}
