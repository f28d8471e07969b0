/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/psktab.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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
static int open_private(const char *path, const struct logger *log,
			char *why, size_t size, int *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int r = 0;

	*out = -1;
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		r = -EINVAL;
		snprintf(why, size, "it is no regular file");
	} else if (st.st_mode & 077) {
		r = -EACCES;
		snprintf(why, size, "weak file permission (mode %04o): chmod "
			 "600 it", st.st_mode & 07777);
	} else if (st.st_uid != 0 && st.st_uid != geteuid()) {
		r = -EACCES;
		snprintf(why, size, "invalid owner uid %u", st.st_uid);
	}
	if (r == -EACCES)
		log_line(log, LOG_LV_ERROR, "%s has %s", path, why);
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
		l->addr.scope = 0;
		l->line = i;
		if (htab_add(&t->addrs, &l->node, xaddr_hash(0, &l->addr)) < 0)
			return XE_NOMEM;
	}
	return 0;
}

int psktab_read(struct psktab **out, const char *path,
		const struct logger *log, char *why, size_t size)
{
	struct psktab *t = calloc(1, sizeof(*t));
	struct diag *d = diag_new();
	int fd = -1, r = t && d ? 0 : XE_NOMEM;

	*out = NULL;
	why[0] = '\0';
	if (!r)
		r = open_private(path, log, why, size, &fd);
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
		if (!why[0])
			snprintf(why, size, "%s", xe_str(r));
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
