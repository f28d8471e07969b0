/* SPDX-License-Identifier: BSD-2-Clause */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "libxfrm/base/err.h"
#include "setkey/chat.h"
#include "setkey/json.h"
#include "setkey/monitor.h"
#include "setkey/opts.h"
#include "setkey/pfkey.h"
#include "setkey/refuse.h"
#include "setkey/run.h"
#include "setkey/sync.h"
#include "setkey/saveall.h"

/*
 * Standard descriptors that are closed would be given to our socket and
 * files, and messages written into them.  Opened the wrong way round, so that
 * using them still fails.
 */
static void hold_descriptors(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", fd ? O_RDONLY : O_WRONLY) < 0)
			_exit(1);
}

static void setup_run(struct run *r, const struct opts *o, struct report *rep)
{
	*r = (struct run){
		.rep = rep,
		.atomic = o->atomic,
		.strict = o->strict,
		.json = o->json,
		.verbose = o->verbose && !o->json,
		.hex = o->hex,
		.dump = {
			.o = rep->out,
			.format = o->json ? DUMP_JSON :
				  o->loop && !o->spd ? DUMP_LINES : DUMP_TEXT,
			.all = o->all,
			.hide_socket = o->hide_socket,
			.show = {
				.ports = o->ports,
				.now = time(NULL),
				.pid = (unsigned int)getpid(),
			},
		},
	};
}

static struct setkey_check_opts check_opts(const struct opts *o)
{
	return (struct setkey_check_opts){
		.no_twin = o->kernel_mode,
		/* As quiet as ever unless someone asks for advice. */
		.quiet = !o->check_only && !o->verbose && !o->strict,
		.strict = o->strict,
	};
}

/* The last line of -f --json and -c --json. */
static void json_result(struct run *r, uint64_t errors, int status)
{
	struct jw j;

	if (!r->json)
		return;
	jw_init(&j, r->rep->out);
	json_begin(&j, "run");
	jw_str(&j, "event", "end");
	jw_u64(&j, "errors", errors);
	jw_u64(&j, "statements", r->statements);
	jw_u64(&j, "refused", r->refused);
	jw_bool(&j, "undone", r->undone);
	jw_int(&j, "status", status);
	jw_obj_end(&j);
	jw_line(&j);
}

static int run_status(const struct opts *o, const struct run *r, int err,
		      uint64_t errors)
{
	if (err)
		return 1;
	if ((o->strict || o->atomic) && (r->refused || errors))
		return 1;
	return 0;
}

static int sync_file(const struct opts *o, struct run *r,
		     struct setkey_prog *p)
{
	struct sync_opts how = {
		.plan = o->plan,
		.purge = o->purge,
		.dir = SYNC_DIR,
	};

	return setkey_sync(r, p, &how);
}

static int load_file(const struct opts *o, struct src_table *t,
		     struct diag *d, struct setkey_prog **p)
{
	struct setkey_check_opts check = check_opts(o);
	struct src *s;
	int err = src_read(t, o->fd, o->file, (struct sloc){ 0 }, d, &s);

	return err ? err : setkey_load(t, s, &check, d, p);
}

/* All the files of --sync and --plan; else the last one counts, as ever. */
static int load_files(const struct opts *o, struct report *rep,
		      struct src_table *t, struct diag *d,
		      struct setkey_prog **p)
{
	struct opts each = *o;
	struct setkey_prog *more;
	int i, r, err = 0;

	if (o->nfiles == 1 || !(o->sync || o->plan))
		return load_file(o, t, d, p);
	if (o->nfiles > OPTS_FILES_MAX) {
		report_line(rep, NULL, "more than %d files", OPTS_FILES_MAX);
		return XE_LIMIT;
	}
	each.fd = -1;
	/* Beyond a file that is wrong, too: to tell of all errors at once. */
	for (i = 0; i < o->nfiles; i++) {
		r = opts_open(&each, o->files[i], rep);
		if (!r)
			r = load_file(&each, t, d, &more);
		if (!r && *p)
			r = setkey_prog_append(*p, more);
		else if (!r)
			*p = more;
		err = err ? err : r;
	}
	if (each.fd > STDERR_FILENO)
		close(each.fd);
	return err;
}

/* -f: everything is read and checked before the kernel hears of it. */
static int do_file(const struct opts *o, struct run *r)
{
	struct src_table *t = src_table_new();
	struct diag *d = diag_new();
	struct setkey_prog *p = NULL;
	int err = -ENOMEM, status;

	if (t && d)
		err = load_files(o, r->rep, t, d, &p);
	if (err == -ENOMEM)
		report_line(r->rep, NULL, "%s", strerror(ENOMEM));
	if (d) {
		report_diag(r->rep, d);
		refuse_json(r, d);
	}
	r->src = t;
	if (!err && !o->check_only)
		err = o->sync || o->plan ? sync_file(o, r, p) : run_prog(r, p);
	status = run_status(o, r, err, 0);
	json_result(r, d ? diag_count(d, DIAG_ERROR) : 1, status);
	setkey_prog_free(p);
	diag_free(d);
	src_table_free(t);
	return status;
}

static int do_chat(const struct opts *o, struct run *r)
{
	struct chat c = {
		.run = r,
		.check = check_opts(o),
		.check_only = o->check_only,
	};
	int err, status;

	c.check.interactive = true;
	err = chat_run(&c);
	status = run_status(o, r, err, c.errors);
	json_result(r, c.errors, status);
	return status;
}

/* The words after -D, as the dump statement they stand for. */
static int parse_filter(const struct opts *o, struct run *r,
			struct src_table *t, struct setkey_prog **p)
{
	struct setkey_check_opts check = { .quiet = true };
	struct report plain = { r->rep->out, r->rep->err, false };
	struct diag *d = diag_new();
	struct wbuf w;
	struct src *s;
	int i, err;

	wbuf_init(&w, 65536);
	wbuf_printf(&w, "%s", o->spd ? "spddump" : "dump");
	for (i = 0; i < o->nwords; i++)
		wbuf_printf(&w, " %s", o->words[i]);
	wbuf_printf(&w, ";");
	err = !d ? -ENOMEM : w.err;
	if (!err)
		err = src_add(t, "command line", w.p, w.len, d, &s);
	if (!err)
		err = setkey_load(t, s, &check, d, p);
	if (!err && ((*p)->nop != 1 ||
		     ((*p)->op[0].kind != SKOP_DUMP &&
		      (*p)->op[0].kind != SKOP_SPDDUMP))) {
		report_line(&plain, NULL, "not a filter");
		err = XE_PARSE;
	}
	if (d)
		report_diag(&plain, d);
	report_flush(&plain);
	wbuf_free(&w);
	diag_free(d);
	return err;
}

static int dump_once(const struct opts *o, struct run *r)
{
	struct xmsg_error e = { 0 };
	int err;

	r->dump.show.now = time(NULL);
	err = o->spd ? dump_spd(&r->dump, r->sock, &e) :
		       dump_sad(&r->dump, r->sock, &e);
	if (err == XE_INTR) {
		report_more(r->rep, "setkey: the table changed meanwhile; "
				    "entries may be missing");
		err = 0;
	}
	if (err && !r->rep->out->err)
		run_failed(r, err, &e);
	else if (!r->dump.shown && !r->dump.hidden &&
		 r->dump.format == DUMP_TEXT)
		out_str(r->rep->out, o->spd ? "No SPD entries.\n" :
					      "No SAD entries.\n");
	return err;
}

static int dump_loop(const struct opts *o, struct run *r)
{
	int err;

	if (r->dump.format == DUMP_LINES)
		out_lit(r->rep->out, SHOW_LOOP_HEADER);
	do {
		err = dump_once(o, r);
		if (!err)
			err = out_flush(r->rep->out);
	} while (!err && !sleep(1));
	return err;
}

/* Kernel errors do not fail a dump, as ever; no permission at all does. */
static int do_dump(const struct opts *o, struct run *r)
{
	struct src_table *t = NULL;
	struct setkey_prog *p = NULL;
	int err = 0;

	if (o->nwords) {
		t = src_table_new();
		err = t ? parse_filter(o, r, t, &p) : -ENOMEM;
		if (!err)
			r->dump.filter = p->op[0].filter;
	}
	if (!err)
		err = run_open(r);
	if (!err) {
		err = o->loop ? dump_loop(o, r) : dump_once(o, r);
		if (err && !r->fatal && !o->strict)
			err = 0;
	}
	setkey_prog_free(p);
	src_table_free(t);
	return err ? 1 : 0;
}

static int do_flush(const struct opts *o, struct run *r)
{
	int err = run_flush(r, o->spd);

	if (err && r->sock && !r->fatal && !o->strict)
		err = 0;
	json_result(r, 0, err ? 1 : 0);
	return err ? 1 : 0;
}

static int do_save(const struct opts *o, struct run *r)
{
	struct save sad = { .o = r->rep->out }, spd = { .o = r->rep->out };
	struct xmsg_error e = { 0 };
	uint32_t failed;
	int err = run_open(r);

	if (err)
		return 1;
	out_lit(r->rep->out, "#!/usr/sbin/setkey -f\n");
	if (!o->spd)
		err = save_sad(&sad, r->sock, &e);
	if (!err && (o->spd || !o->sad_only))
		err = save_spd(&spd, r->sock, &e);
	if (err && !r->rep->out->err)
		run_failed(r, err, &e);
	failed = sad.failed + spd.failed;
	if (!err && failed) {
		report_line(r->rep, NULL, "%u entr%s could not be saved",
			    failed, failed == 1 ? "y" : "ies");
		report_more(r->rep, "A comment in the output tells which and "
				    "why.");
	}
	return err || failed ? 1 : 0;
}

static int do_monitor(const struct opts *o, struct run *r)
{
	struct monitor m = {
		.rep = r->rep,
		.show = r->dump.show,
		.json = o->json,
		.epoch = o->epoch,
		.hex = o->hex,
	};
	int err = run_open_events(r);

	if (!err) {
		err = monitor_run(&m, r->sock);
		/* A reader that has enough is no failure to tell. */
		if (!r->rep->out->err && err != -EPIPE)
			run_failed(r, err, NULL);
	}
	return err ? 1 : 0;
}

/* Files of PF_KEY messages; no kernel is asked. */
#define PFKEY_FILE_MAX (256u << 20)

static int read_file(const char *name, struct wbuf *w)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY), r = 0;
	uint8_t buf[16384];
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (!r && n) {
		n = read(fd, buf, sizeof(buf));
		if (n < 0 && errno != EINTR)
			r = -errno;
		else if (n > 0)
			wbuf_put(w, buf, (size_t)n);
		r = r ? r : w->err;
	}
	close(fd);
	explicit_bzero(buf, sizeof(buf));
	return r;
}

static int binary_file(struct run *r, const char *name)
{
	struct report plain = { r->rep->out, r->rep->err, false };
	struct pfkey_msg m;
	struct wbuf w;
	struct cur c;
	int err;

	wbuf_init(&w, PFKEY_FILE_MAX);
	err = read_file(name, &w);
	if (err) {
		report_line(&plain, NULL, "%s: %s", name,
			    err > XE_BASE ? strerror(-err) : xe_str(err));
		goto out;
	}
	c = wbuf_cur(&w);
	while (!err && (err = pfkey_next(&c, &m)) > 0) {
		pfkey_show(r->rep->out, &r->dump.show, &m);
		err = r->rep->out->err;
	}
	if (err <= XE_BASE) {
		report_line(&plain, NULL, "%s: not a file of PF_KEY messages",
			    name);
		report_more(&plain, "setkey FILE prints what programs of the "
				    "PF_KEY age saved; setkey -f FILE loads "
				    "statements");
	}
out:
	report_flush(&plain);
	wbuf_free(&w);
	return err;
}

static int do_binary(const struct opts *o, struct run *r)
{
	int i, status = 0;

	for (i = 0; i < o->nwords; i++)
		if (binary_file(r, o->words[i]))
			status = 1;
	return status;
}

static int do_mode(const struct opts *o, struct report *rep)
{
	struct run r;
	int status = 1;

	setup_run(&r, o, rep);
	switch (o->mode) {
	case MODE_CHAT:
		status = do_chat(o, &r);
		break;
	case MODE_FILE:
		status = do_file(o, &r);
		break;
	case MODE_DUMP:
		status = do_dump(o, &r);
		break;
	case MODE_FLUSH:
		status = do_flush(o, &r);
		break;
	case MODE_MONITOR:
		status = do_monitor(o, &r);
		break;
	case MODE_SAVE:
		status = do_save(o, &r);
		break;
	case MODE_BINARY:
		status = do_binary(o, &r);
		break;
	case MODE_NONE:
		break;
	}
	xfrm_sock_close(r.sock);
	return status;
}

int main(int argc, char **argv)
{
	struct out out, err;
	struct report rep = { .out = &out, .err = &err };
	struct opts o;
	int status = 1, r;

	hold_descriptors();
	out_init(&out, STDOUT_FILENO);
	out_init(&err, STDERR_FILENO);
	switch (opts_parse(&o, argc, argv, &rep)) {
	case OPTS_RUN:
		rep.chat = o.mode != MODE_FILE && o.mode != MODE_SAVE &&
			   o.mode != MODE_MONITOR;
		status = do_mode(&o, &rep);
		break;
	case OPTS_HELP:
		opts_usage(&out);
		status = 0;
		break;
	case OPTS_USAGE:
		opts_usage(&out);
		break;
	case OPTS_LONG_VERSION:
		status = 0;
		/* fall through */
	case OPTS_VERSION:
		opts_version(&out);
		break;
	case OPTS_FAILED:
		break;
	}
	r = out_close(&out);
	if (r) {
		out_printf(&err, "setkey: standard output: %s\n", strerror(-r));
		status = 1;
	}
	out_close(&err);
	return status;
}
