/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "libxfrm/base/err.h"
#include "libxfrm/explain.h"
#include "libxfrm/print.h"
#include "setkey/ask.h"
#include "setkey/event.h"
#include "setkey/json.h"
#include "setkey/lacks.h"
#include "setkey/refuse.h"
#include "setkey/run.h"

const char *run_strerror(int err)
{
	if (err == -ENOENT)
		return "No entry";
	return err < 0 && err > XE_BASE ? strerror(-err) : xe_str(err);
}

static void trace(void *arg, bool sent, const struct xmsg_view *v)
{
	struct run *r = arg;

	/* A dump prints what it gets itself, and is in the middle of that. */
	if (!sent && v->flags & NLM_F_MULTI)
		return;
	r->dump.show.now = time(NULL);
	show_trace(r->rep->out, &r->dump.show, sent, r->hex, v);
}

static int open_groups(struct run *r, unsigned int groups)
{
	struct xfrm_why why = { 0 };
	int err;

	if (r->sock)
		return 0;
	err = xfrm_sock_open(groups, &r->sock);
	if (!err) {
		if (r->verbose && !groups)
			xfrm_sock_trace(r->sock, trace, r);
		return 0;
	}
	/* Known to scripts in this wording, from a kernel without PF_KEY. */
	if (err == -EPROTONOSUPPORT)
		err = -EAFNOSUPPORT;
	xfrm_explain_open(err, &why);
	report_line(&(struct report){ r->rep->out, r->rep->err, false }, NULL,
		    "pfkey_open: %s", strerror(-err));
	if (why.text[0])
		report_more(r->rep, "%s", why.text);
	if (why.hint[0])
		report_more(r->rep, "hint: %s", why.hint);
	report_flush(r->rep);
	return err;
}

int run_open(struct run *r)
{
	return open_groups(r, 0);
}

int run_open_events(struct run *r)
{
	return open_groups(r, XGRP_ALL);
}

static void batch_refused(void *arg, uint64_t cookie,
			  const struct xmsg_error *e)
{
	struct run *r = arg;

	/* An SA of deleteall that went away by itself is as good as deleted. */
	if (r->prog->op[cookie].kind == SKOP_DELETEALL && e->err == -ESRCH)
		return;
	refuse(r, (size_t)cookie, e);
}

static int lost_socket(struct run *r, int err)
{
	if (!r->fatal) {
		r->fatal = err;
		report_line(r->rep, NULL, "netlink: %s", run_strerror(err));
		report_flush(r->rep);
	}
	return err;
}

int run_flush_batch(struct run *r)
{
	int err = xfrm_batch_flush(r->batch);

	report_flush(r->rep);
	if (err)
		return lost_socket(r, err);
	return r->fatal;
}

static int op_build(struct xmsg *m, const struct setkey_op *op)
{
	const struct setkey_migrate *g;
	const struct setkey_hash *h;

	switch ((enum setkey_op_kind)op->kind) {
	case SKOP_ADD:
		return xfrm_sa_build_new(m, op->sa);
	case SKOP_UPDATE:
		return xfrm_sa_build_update(m, op->sa);
	case SKOP_DELETE:
		return xfrm_sa_build_delete(m, op->sa);
	case SKOP_FLUSH:
		return xfrm_sa_build_flush(m, op->filter ? op->filter->proto :
							   0);
	case SKOP_SPDADD:
		return xfrm_policy_build_new(m, op->pol);
	case SKOP_SPDUPDATE:
		return xfrm_policy_build_update(m, op->pol);
	case SKOP_SPDDELETE:
		return xfrm_policy_build_delete(m, op->pol);
	case SKOP_SPDFLUSH:
		return xfrm_policy_build_flush(
			m, op->filter && op->filter->has & SKF_PTYPE ?
				   op->filter->ptype :
				   XFRM_POLICY_TYPE_MAIN);
	case SKOP_MIGRATE:
		g = op->migrate;
		return xfrm_build_migrate(
			m, &g->pol, g->mig, g->nmig,
			g->has_km ? &g->km_local : NULL,
			g->has_km ? &g->km_remote : NULL,
			g->encap.type ? &g->encap : NULL);
	case SKOP_SPDHASH:
		h = op->hash;
		return xfrm_build_setspdinfo(m, h->v4_local, h->v4_remote,
					     h->v6_local, h->v6_remote);
	case SKOP_SPDDEFAULT:
		return xfrm_build_setdefault(m, op->defpol);
	case SKOP_GET:
	case SKOP_GETSPI:
	case SKOP_DELETEALL:
	case SKOP_DUMP:
	case SKOP_SPDDUMP:
	case SKOP_EXIT:
		break;
	}
	return XE_UNSUPPORTED;
}

static int op_send(struct run *r, size_t at, const struct setkey_op *op)
{
	struct xmsg *m = xfrm_batch_msg(r->batch);
	int err;

	if (!m)
		return run_flush_batch(r);
	err = op_build(m, op);
	if (!err)
		err = xfrm_batch_add(r->batch, at);
	if (err)
		refuse_own(r, at, err);
	return r->fatal;
}

static bool waits(const struct setkey_op *op)
{
	return op->kind == SKOP_GET || op->kind == SKOP_GETSPI ||
	       op->kind == SKOP_DUMP || op->kind == SKOP_SPDDUMP ||
	       op->kind == SKOP_DELETEALL || op->kind == SKOP_UPDATE;
}

static int op_update(struct run *r, size_t at, const struct setkey_op *op)
{
	bool send;
	int err = ask_update(r, at, op, &send);

	return err || !send ? err : op_send(r, at, op);
}

static int op_run(struct run *r, size_t at)
{
	const struct setkey_op *op = &r->prog->op[at];
	int err;

	if (waits(op)) {
		err = run_flush_batch(r);
		if (err)
			return err;
	}
	r->statements++;
	switch ((enum setkey_op_kind)op->kind) {
	case SKOP_GET:
		return ask_get(r, at, op);
	case SKOP_GETSPI:
		return ask_getspi(r, at, op);
	case SKOP_DUMP:
		return ask_dump(r, at, op, false);
	case SKOP_SPDDUMP:
		return ask_dump(r, at, op, true);
	case SKOP_DELETEALL:
		return ask_deleteall(r, at, op);
	case SKOP_UPDATE:
		return op_update(r, at, op);
	case SKOP_ADD:
	case SKOP_DELETE:
	case SKOP_FLUSH:
	case SKOP_SPDADD:
	case SKOP_SPDUPDATE:
	case SKOP_SPDDELETE:
	case SKOP_SPDFLUSH:
	case SKOP_MIGRATE:
	case SKOP_SPDHASH:
	case SKOP_SPDDEFAULT:
		return op_send(r, at, op);
	case SKOP_EXIT:
		break;
	}
	return 0;
}

/* Takes the first n operations back and says so. */
static void take_back(struct run *r, size_t n)
{
	size_t failed = 0;
	int err = undo_apply(r->undo, n, &failed);

	r->undone = true;
	if (err)
		report_line(r->rep, NULL, "undoing failed: %s",
			    run_strerror(err));
	else if (failed)
		report_line(r->rep, NULL,
			    "undone, but %zu entries could not be put back",
			    failed);
	else
		report_line(r->rep, NULL, "nothing applied");
	if (!err && !failed)
		report_more(r->rep, "All that this run had changed was put "
				    "back (--atomic).");
}

static int start_undo(struct run *r, const struct setkey_prog *p)
{
	struct span span;
	size_t bad = 0;
	int err;

	err = undo_new(r->sock, p, &bad, &r->undo);
	if (err == -EPERM) {
		refuse_permission(r);
	} else if (err == XE_UNSUPPORTED) {
		span = src_span(r->src, p->op[bad].loc);
		report_line(r->rep, &span, "%s cannot be undone",
			    setkey_op_name(p->op[bad].kind));
		report_more(r->rep, "--atomic wants a file that can be taken "
				    "back; nothing was sent to the kernel.");
	} else if (err) {
		report_line(r->rep, NULL, "copying the tables: %s",
			    run_strerror(err));
	}
	report_flush(r->rep);
	return err;
}

/* The highest reqid in use of those that plain `unique` gives. */
static int used_reqid(void *arg, const struct xfrm_policy *p)
{
	uint32_t *next = arg;
	unsigned int i;

	for (i = 0; i < p->ntmpl; i++)
		if (p->tmpl[i].reqid >= *next && p->tmpl[i].reqid < INT32_MAX)
			*next = p->tmpl[i].reqid + 1;
	return 0;
}

static int set_reqids(struct run *r, struct setkey_prog *p)
{
	uint32_t next = SETKEY_UNIQUE_FIRST;
	struct xmsg_error e = { 0 };
	size_t i;
	int err;

	if (!p->nuniq)
		return 0;
	/* A file that begins by emptying the SPD starts over. */
	for (i = 0; i < p->nop; i++) {
		if (p->op[i].kind == SKOP_SPDFLUSH)
			return 0;
		if (p->op[i].kind == SKOP_SPDADD ||
		    p->op[i].kind == SKOP_SPDUPDATE)
			break;
	}
	err = xfrm_sock_dump_policy(r->sock, used_reqid, &next, &e);
	if (err && err != XE_INTR) {
		run_failed(r, err, &e);
		return err;
	}
	setkey_renumber(p, next);
	return 0;
}

static int got_spdinfo(void *arg, const struct xmsg_view *v)
{
	struct run *r = arg;
	struct xfrm_event ev;
	int err = xfrm_event_parse(v, &ev);

	if (!err && ev.type == XEV_SPDINFO) {
		r->info = ev.spdinfo;
		r->info_known = ev.spdinfo.has_thresh;
	}
	return err;
}

/*
 * Large files of subnet policies: let the kernel hash them.  It is only about
 * speed, so failures are left alone.
 */
static void set_hash(struct run *r, const struct setkey_prog *p)
{
	struct setkey_hash h;
	struct xmsg *m;

	if (p->nop < RUN_HASH_MIN)
		return;
	r->info_known = false;
	m = xfrm_sock_msg(r->sock);
	if (xfrm_build_getspdinfo(m) ||
	    xfrm_sock_ask(r->sock, m, got_spdinfo, r, NULL) || !r->info_known)
		return;
	if (!run_pick_hash(p, &r->info, &h))
		return;
	m = xfrm_sock_msg(r->sock);
	if (!xfrm_build_setspdinfo(m, h.v4_local, h.v4_remote, h.v6_local,
				   h.v6_remote))
		xfrm_sock_do(r->sock, m, NULL);
}

static int run_ops(struct run *r, const struct setkey_prog *p)
{
	uint64_t before = r->refused;
	size_t i;
	int err = 0;

	for (i = 0; i < p->nop && !err; i++) {
		if (r->undo && r->refused != before)
			break;
		err = op_run(r, i);
	}
	if (!err)
		err = run_flush_batch(r);
	if (r->undo && (r->refused != before || err))
		take_back(r, i);
	report_flush(r->rep);
	return err;
}

void run_hold(sigset_t *before)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, before);
}

void run_release(const sigset_t *before)
{
	sigprocmask(SIG_SETMASK, before, NULL);
}

static int carry_out(struct run *r, struct setkey_prog *p)
{
	int err = set_reqids(r, p);

	if (!err)
		set_hash(r, p);
	if (!err)
		err = xfrm_batch_new(r->sock, batch_refused, r, &r->batch);
	if (!err)
		err = run_ops(r, p);
	xfrm_batch_free(r->batch);
	r->batch = NULL;
	return err;
}

/* All of it, or nothing. */
static int carry_out_whole(struct run *r, struct setkey_prog *p)
{
	sigset_t before;
	int err = start_undo(r, p);

	if (err)
		return err;
	run_hold(&before);
	err = carry_out(r, p);
	run_release(&before);
	undo_free(r->undo);
	r->undo = NULL;
	return err;
}

int run_prog(struct run *r, struct setkey_prog *p)
{
	int err;

	if (!p->nop)
		return 0;
	err = run_open(r);
	if (err)
		return err;
	r->prog = p;
	r->fatal = 0;
	r->last_refused = 0;
	err = lacks_adapt(r, p);
	if (err == XE_REFUSED)
		return 0;
	if (err) {
		run_failed(r, err, NULL);
		return err;
	}
	err = r->atomic ? carry_out_whole(r, p) : carry_out(r, p);
	r->prog = NULL;
	return err;
}

void run_failed(struct run *r, int err, const struct xmsg_error *e)
{
	if (err == -EPERM) {
		refuse_permission(r);
		return;
	}
	report_line(r->rep, NULL, "%s", run_strerror(err));
	if (e && e->text[0])
		report_more(r->rep, "kernel: %s", e->text);
	report_flush(r->rep);
}

int run_flush(struct run *r, bool spd)
{
	struct xmsg_error e = { 0 };
	struct xmsg *m;
	int err = run_open(r);

	if (err)
		return err;
	m = xfrm_sock_msg(r->sock);
	err = spd ? xfrm_policy_build_flush(m, XFRM_POLICY_TYPE_MAIN) :
		    xfrm_sa_build_flush(m, 0);
	if (!err)
		err = xfrm_sock_do(r->sock, m, &e);
	if (err)
		run_failed(r, err, &e);
	return err;
}
