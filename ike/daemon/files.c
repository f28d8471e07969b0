/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"

struct file {
	struct hnode node;
	struct file *next;	/* in order of addition */
	struct wbuf data;
	char name[];
};

struct files {
	struct htab table;
	struct file *first, **last;
	size_t size;
};

struct files *files_new(void)
{
	struct files *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->last = &f->first;
	htab_init(&f->table, FILES_MAX);
	return f;
}

void files_free(struct files *f)
{
	struct file *file, *next;

	if (!f)
		return;
	for (file = f->first; file; file = next) {
		next = file->next;
		wbuf_free(&file->data);
		free(file);
	}
	htab_free(&f->table);
	free(f);
}

static uint64_t name_hash(const char *name)
{
	return hash_mem(0, name, strlen(name));
}

static struct file *file_find(const struct files *f, const char *name)
{
	struct hnode *n;

	for (n = htab_first(&f->table, name_hash(name)); n; n = htab_next(n)) {
		struct file *file = hnode_entry(n, struct file, node);

		if (!strcmp(file->name, name))
			return file;
	}
	return NULL;
}

static int file_make(struct files *f, const char *name, struct file **out)
{
	size_t len = strlen(name) + 1;
	struct file *file = calloc(1, sizeof(*file) + len);
	int r;

	*out = NULL;
	if (!file)
		return XE_NOMEM;
	memcpy(file->name, name, len);
	wbuf_init(&file->data, FILES_SIZE_MAX);
	r = htab_add(&f->table, &file->node, name_hash(name));
	if (r < 0) {
		free(file);
		return r;
	}
	*f->last = file;
	f->last = &file->next;
	*out = file;
	return 0;
}

int files_add(struct files *f, const char *name, const void *p, size_t len)
{
	struct file *file = file_find(f, name);
	int r = 0;

	if (len > FILES_SIZE_MAX - f->size)
		return XE_LIMIT;
	if (!file)
		r = file_make(f, name, &file);
	if (r < 0)
		return r;
	wbuf_put(&file->data, p, len);
	if (!file->data.err)
		f->size += len;
	return file->data.err;
}

int files_read(struct files *f, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	uint8_t chunk[16384];
	struct stat st;
	ssize_t n = 1;
	int r;

	if (fd < 0)
		return -errno;
	r = fstat(fd, &st) < 0 ? -errno : S_ISREG(st.st_mode) ? 0 : -EINVAL;
	if (!r && file_find(f, path))
		r = XE_EXISTS;
	while (!r && (n = read(fd, chunk, sizeof(chunk))) > 0)
		r = files_add(f, path, chunk, (size_t)n);
	if (!r && n < 0)
		r = -errno;
	if (!r && !file_find(f, path))
		r = files_add(f, path, NULL, 0);	/* an empty one */
	close(fd);
	return r == XE_EXISTS ? 0 : r;
}

int files_get(const struct files *f, const char *name, struct cur *content)
{
	const struct file *file = file_find(f, name);

	*content = cur_init(NULL, 0);
	if (!file)
		return -ENOENT;
	*content = wbuf_cur(&file->data);
	return 0;
}

int files_walk(const struct files *f,
	       int (*fn)(void *arg, const char *name, struct cur content),
	       void *arg)
{
	const struct file *file;
	int r = 0;

	for (file = f->first; file && !r; file = file->next)
		r = fn(arg, file->name, wbuf_cur(&file->data));
	return r;
}
