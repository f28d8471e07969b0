/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/psktab.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libxfrm/base/diag.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"
#include "parser/psk.h"

/* A line whose identity is an address. */
struct addr_line {
	struct hnode node;
	struct xaddr addr;
	size_t line;		/* number of the entry */
};

struct psktab {
	struct psk *psk;
	struct htab addrs;
	struct addr_line *lines;
	size_t star;		/* first `*`, or the number of entries */
};

/* The descriptor of a file that may hold keys. */
static int open_private(const char *path, const struct logger *log, int *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int r = 0;

	*out = -1;
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		r = -EINVAL;
	} else if (st.st_mode & 077) {
		log_line(log, LOG_LV_ERROR, "%s has weak file permission "
			 "(mode %04o): chmod 600 it", path,
			 st.st_mode & 07777);
		r = -EACCES;
	} else if (st.st_uid != 0 && st.st_uid != geteuid()) {
		log_line(log, LOG_LV_ERROR, "%s has invalid owner uid %u",
			 path, st.st_uid);
		r = -EACCES;
	}
	if (r < 0) {
		close(fd);
		return r;
	}
	*out = fd;
	return 0;
}

static int index_lines(struct psktab *t)
{
	size_t n = psk_count(t->psk);

	t->star = n;
	t->lines = calloc(n ? n : 1, sizeof(*t->lines));
	if (!t->lines)
		return XE_NOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct psk_entry *e = psk_entry(t->psk, i);
		struct addr_line *l = &t->lines[i];

		if (e->id_len == 1 && e->id[0] == '*') {
			t->star = i;
			break;	/* nothing below it counts */
		}
		if (xaddr_parse(e->id, &l->addr) < 0)
			continue;
		l->line = i;
		if (htab_add(&t->addrs, &l->node, xaddr_hash(0, &l->addr)) < 0)
			return XE_NOMEM;
	}
	return 0;
}

int psktab_read(struct psktab **out, const char *path,
		const struct logger *log)
{
	struct psktab *t = calloc(1, sizeof(*t));
	struct diag *d = diag_new();
	int fd = -1, r = t && d ? open_private(path, log, &fd) : XE_NOMEM;

	*out = NULL;
	if (!r)
		r = psk_read_fd(fd, path, d, &t->psk);
	for (const struct diag_entry *e = diag_first(d); e; e = e->next)
		log_line(log, LOG_LV_WARNING, "%s:%u: %s", path, e->span.line,
			 e->text);
	if (fd >= 0)
		close(fd);
	diag_free(d);
	/* Lines that are wrong were named; the good ones count. */
	if (r == XE_PARSE && t->psk)
		r = 0;
	if (!r)
		r = index_lines(t);
	if (r < 0) {
		psktab_free(t);
		return r;
	}
	*out = t;
	return 0;
}

void psktab_free(struct psktab *t)
{
	if (!t)
		return;
	psk_free(t->psk);
	htab_free(&t->addrs);
	free(t->lines);
	free(t);
}

const struct secret *psktab_id(const struct psktab *t, const void *id,
			       size_t len)
{
	return psk_find(t->psk, id, len);
}

const struct secret *psktab_addr(const struct psktab *t,
				 const struct xaddr *a)
{
	size_t best = t->star;
	struct hnode *n;

	for (n = htab_first(&t->addrs, xaddr_hash(0, a)); n;
	     n = htab_next(n)) {
		const struct addr_line *l =
			hnode_entry(n, struct addr_line, node);

		if (l->line < best && xaddr_equal(&l->addr, a))
			best = l->line;
	}
	return best < psk_count(t->psk) ? psk_entry(t->psk, best)->key : NULL;
}
