/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "libxfrm/explain.h"
#include "setkey/json.h"
#include "setkey/refuse.h"

/* The request that an operation makes. */
static uint16_t op_message(const struct setkey_op *op)
{
	switch ((enum setkey_op_kind)op->kind) {
	case SKOP_ADD:
		return XFRM_MSG_NEWSA;
	case SKOP_UPDATE:
		return XFRM_MSG_UPDSA;
	case SKOP_GET:
	case SKOP_DUMP:
		return XFRM_MSG_GETSA;
	case SKOP_DELETE:
	case SKOP_DELETEALL:
		return XFRM_MSG_DELSA;
	case SKOP_GETSPI:
		return XFRM_MSG_ALLOCSPI;
	case SKOP_FLUSH:
		return XFRM_MSG_FLUSHSA;
	case SKOP_SPDADD:
		return XFRM_MSG_NEWPOLICY;
	case SKOP_SPDUPDATE:
		return XFRM_MSG_UPDPOLICY;
	case SKOP_SPDDELETE:
		return XFRM_MSG_DELPOLICY;
	case SKOP_SPDDUMP:
		return XFRM_MSG_GETPOLICY;
	case SKOP_SPDFLUSH:
		return XFRM_MSG_FLUSHPOLICY;
	case SKOP_MIGRATE:
		return XFRM_MSG_MIGRATE;
	case SKOP_SPDHASH:
		return XFRM_MSG_NEWSPDINFO;
	case SKOP_SPDDEFAULT:
		return XFRM_MSG_SETDEFAULT;
	case SKOP_EXIT:
		return 0;
	}
	return 0;
}

static const struct xfrm_sa *op_sa(const struct setkey_op *op)
{
	return op->kind <= SKOP_DELETEALL ? op->sa : NULL;
}

static const struct xfrm_policy *op_policy(const struct setkey_op *op)
{
	return op->kind == SKOP_SPDADD || op->kind == SKOP_SPDUPDATE ||
			       op->kind == SKOP_SPDDELETE ?
		       op->pol :
		       NULL;
}

void refuse_permission(struct run *r)
{
	struct report plain = { r->rep->out, r->rep->err, false };
	struct xmsg_error e = { .err = -EPERM };
	struct xfrm_why why = { 0 };

	r->fatal = -EPERM;
	xfrm_explain(&e, 0, NULL, NULL, &why);
	report_line(&plain, NULL, "pfkey_open: %s", strerror(EPERM));
	if (why.text[0])
		report_more(r->rep, "%s", why.text);
	if (why.hint[0])
		report_more(r->rep, "hint: %s", why.hint);
	report_flush(r->rep);
}

/* Is it about the whole socket, not about the label of one entry? */
static bool is_permission(const struct setkey_op *op, int err)
{
	const struct xfrm_sa *sa = op_sa(op);
	const struct xfrm_policy *p = op_policy(op);

	return err == -EPERM && !(sa && sa->sec.len) && !(p && p->sec.len);
}

/* One line of -f --json and -c --json. */
static void json_refusal(struct run *r, const struct setkey_op *op,
			 const struct xmsg_error *e, const struct xfrm_why *why)
{
	struct span span = src_span(r->src, op->loc);
	struct jw j;

	if (!r->json)
		return;
	jw_init(&j, r->rep->out);
	json_begin(&j, "run");
	jw_str(&j, "event", "refused");
	jw_str(&j, "statement", setkey_op_name(op->kind));
	jw_bool(&j, "fwd_twin", op->flags & SKOP_TWIN);
	jw_str(&j, "file", span.file);
	jw_u64(&j, "line", span.line);
	jw_u64(&j, "column", span.col);
	jw_int(&j, "errno", -e->err);
	jw_str(&j, "error", run_strerror(e->err));
	if (e->text[0])
		jw_str(&j, "kernel", e->text);
	if (why->text[0])
		jw_str(&j, "cause", why->text);
	if (why->hint[0])
		jw_str(&j, "hint", why->hint);
	jw_obj_end(&j);
	jw_line(&j);
}

static void source(struct run *r, const struct setkey_op *op,
		   const struct span *span, const char *text)
{
	struct wbuf w;

	wbuf_init(&w, 4096);
	src_excerpt(r->src, op->loc, &w);
	report_detail(r->rep, span, text[0] ? text : NULL, wbuf_str(&w));
	wbuf_free(&w);
}

/* Place, cause, statement, the kernel's words, what to do. */
static void details(struct run *r, const struct setkey_op *op,
		    const struct span *span, const struct xmsg_error *e,
		    const struct xfrm_why *why)
{
	if (r->detailed++ >= RUN_DETAILS_MAX) {
		if (r->detailed == RUN_DETAILS_MAX + 1)
			report_more(r->rep, "(no more explanations from here "
					    "on)");
		return;
	}
	source(r, op, span, why->text);
	if (op->flags & SKOP_TWIN)
		report_more(r->rep, "this is about the fwd policy that goes "
				    "with the in policy (see -k)");
	else if (op->kind == SKOP_SPDADD && e->err == -EEXIST &&
		 op->pol->dir == XFRM_POLICY_FWD)
		report_more(r->rep, "an in policy brings its fwd policy along "
				    "(see -k)");
	if (e->text[0])
		report_more(r->rep, "kernel: %s", e->text);
	if (why->hint[0])
		report_more(r->rep, "hint: %s", why->hint);
}

/* The kernel's explanations read files: only for those that are printed. */
static void explain(const struct run *r, const struct setkey_op *op,
		    const struct xmsg_error *e, struct xfrm_why *why)
{
	if (r->json || r->detailed < RUN_DETAILS_MAX)
		xfrm_explain(e, op_message(op), op_sa(op), op_policy(op), why);
}

/* The kernel refused operation at: say so, once for a policy and its twin. */
static void tell(struct run *r, size_t at, const struct xmsg_error *e,
		 const struct xfrm_why *known)
{
	const struct setkey_op *op = &r->prog->op[at];
	struct xfrm_why why = { 0 };
	struct span span;

	if (r->undo)
		undo_refused(r->undo, at);
	if (r->fatal)
		return;
	if (is_permission(op, e->err)) {
		refuse_permission(r);
		return;
	}
	r->refused++;
	if (op->flags & SKOP_TWIN && r->last_refused == at &&
	    r->last_err == e->err)
		return;
	r->last_refused = at + 1;
	r->last_err = e->err;
	span = src_span(r->src, op->loc);
	report_line(r->rep, &span, "%s", run_strerror(e->err));
	if (!known)
		explain(r, op, e, &why);
	details(r, op, &span, e, known ? known : &why);
	json_refusal(r, op, e, known ? known : &why);
}

void refuse(struct run *r, size_t at, const struct xmsg_error *e)
{
	tell(r, at, e, NULL);
}

void refuse_why(struct run *r, size_t at, int err, const struct xfrm_why *why)
{
	struct xmsg_error e = { .err = err };

	tell(r, at, &e, why);
}

/* A failure that is not the kernel's: told like one. */
void refuse_own(struct run *r, size_t at, int err)
{
	struct xmsg_error e = { .err = err };

	refuse(r, at, &e);
}

void refuse_json(struct run *r, const struct diag *d)
{
	static const char *const levels[] = { "note", "warning", "error" };
	const struct diag_entry *e;
	struct jw j;

	if (!r->json)
		return;
	for (e = diag_first(d); e; e = e->next) {
		jw_init(&j, r->rep->out);
		json_begin(&j, "run");
		jw_str(&j, "event", levels[e->level]);
		jw_str(&j, "file", e->span.file);
		jw_u64(&j, "line", e->span.line);
		jw_u64(&j, "column", e->span.col);
		jw_str(&j, "error", e->text);
		if (e->token)
			jw_str(&j, "token", e->token);
		if (e->hint)
			jw_str(&j, "hint", e->hint);
		jw_obj_end(&j);
		jw_line(&j);
	}
}
