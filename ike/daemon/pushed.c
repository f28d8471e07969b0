/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/pushed.h"

#include <stdlib.h>
#include <string.h>

#include "ike/daemon/codec.h"
#include "ike/daemon/effective.h"
#include "ike/daemon/load.h"
#include "ike/daemon/names.h"
#include "ike/daemon/source.h"
#include "ike/daemon/trust.h"
#include "libxfrm/base/err.h"

#define PART_MAX 32768	/* bytes of a file in one message */

struct pushed {
	struct ike_conf *conf;
	struct files *files;
};

void pushed_free(struct pushed *p)
{
	if (!p)
		return;
	ike_conf_unref(p->conf);
	files_free(p->files);
	free(p);
}

/* "PATH:LINE: "TOKEN" MESSAGE", as racoon has always logged them. */
static void log_diag(const struct logger *log, const struct diag *d)
{
	for (const struct diag_entry *e = diag_first(d); e; e = e->next) {
		enum log_level level = e->level == DIAG_ERROR ? LOG_LV_ERROR
				       : e->level == DIAG_WARNING
					       ? LOG_LV_WARNING
					       : LOG_LV_NOTIFY;
		const char *hint = e->hint ? e->hint : "";

		if (e->span.file)
			log_line(log, level, "%s:%u: %s%s%s%s%s%s",
				 e->span.file, e->span.line,
				 e->token ? "\"" : "", e->token ? e->token : "",
				 e->token ? "\" " : "", e->text,
				 *hint ? "; " : "", hint);
		else
			log_line(log, level, "%s%s%s", e->text,
				 *hint ? "; " : "", hint);
	}
}

/* The text that the other process is to load, and the files it needs. */
static int collect(struct pushed *p, const struct load *l,
		   const struct logger *log)
{
	struct wbuf w;
	int r;

	wbuf_init(&w, FILES_SIZE_MAX);
	r = conf_effective(l, &w);
	if (!r)
		r = files_add(p->files, CONF_NAME, w.p, w.len);
	wbuf_free(&w);
	return r ? r : trust_collect(p->conf, log, p->files);
}

int pushed_load(struct pushed **out, const struct daemon_opts *opts,
		struct ike_crypto *cr, const struct logger *log,
		struct names *names)
{
	struct pushed *p = calloc(1, sizeof(*p));
	struct source src = { .read = source_record, .names = names };
	struct diag *d = diag_new();
	struct load l = { 0 };
	int r = XE_NOMEM;

	*out = NULL;
	if (p && d)
		p->files = src.files = files_new();
	if (src.files)
		r = load_file(opts->conf_file, LOAD_RESOLVE, &src, cr, d, &l);
	if (!r && names_wanted(names))
		r = XE_AGAIN;
	if (d && r != XE_AGAIN)
		log_diag(log, d);
	if (!r) {
		p->conf = ike_conf_ref(l.conf);
		r = collect(p, &l, log);
	}
	load_free(&l);
	diag_free(d);
	if (r < 0) {
		pushed_free(p);
		return r;
	}
	*out = p;
	return 0;
}

struct ike_conf *pushed_conf(const struct pushed *p)
{
	return p->conf;
}

enum log_level pushed_level(const struct pushed *p, unsigned int debug)
{
	unsigned int level = (unsigned int)ike_conf_settings(p->conf)->log;

	if (debug > LOG_LV_DEBUG2 - level)
		return LOG_LV_DEBUG2;
	return (enum log_level)(level + debug);
}

struct sending {
	struct ipc *ipc;
	uint32_t generation;
};

static int send_file(void *arg, const char *name, struct cur content)
{
	const struct sending *s = arg;
	int r = 0;

	do {
		size_t n = content.left < PART_MAX ? content.left : PART_MAX;
		const uint8_t *part;
		struct wbuf w;

		wbuf_init(&w, IPC_BODY_MAX);
		codec_put_str(&w, name);
		if (!cur_bytes(&content, n, &part))
			wbuf_put(&w, part, n);
		r = w.err ? w.err : ipc_send(s->ipc, IPC_FILE, s->generation,
					     w.p, w.len, -1);
		/* More than waits in memory: at the other side's pace. */
		if (r == XE_LIMIT && !(r = ipc_flush(s->ipc)))
			r = ipc_send(s->ipc, IPC_FILE, s->generation, w.p,
				     w.len, -1);
		wbuf_free(&w);
	} while (!r && content.left);
	return r;
}

int pushed_send(const struct pushed *p, struct ipc *ipc, uint32_t generation,
		enum log_level level)
{
	struct sending s = { ipc, generation };
	uint8_t body = (uint8_t)level;
	int r = files_walk(p->files, send_file, &s);

	return r ? r : ipc_send(ipc, IPC_CONF, generation, &body, 1, -1);
}
