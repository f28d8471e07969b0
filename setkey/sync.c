/* SPDX-License-Identifier: BSD-2-Clause */
#include "setkey/sync.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"
#include "libxfrm/explain.h"
#include "libxfrm/print.h"
#include "setkey/lacks.h"
#include "setkey/refuse.h"
#include "setkey/renew.h"
#include "setkey/sync_show.h"
#include "setkey/sync_state.h"

struct sync {
	struct run *r;
	struct setkey_prog *p;
	const struct sync_opts *o;
	struct arena *arena;
	struct sync_own *own;
	struct sync_want want;
	struct sync_have have;
	struct sync_plan *plan;
	struct sync_settings set;
	uint64_t refused;	/* by the kernel, in this run */
};

static int fail(struct sync *s, int err, const char *what)
{
	report_line(s->r->rep, NULL, "%s: %s", what, run_strerror(err));
	report_flush(s->r->rep);
	return err;
}

/* ---- reading ---------------------------------------------------------------- */

static int open_record(struct sync *s)
{
	int err = sync_own_open(s->o->dir, xfrm_sock_fd(s->r->sock),
				!s->o->plan, &s->own);

	if (err == XE_MALFORMED) {
		fail(s, err, sync_own_path(s->own));
		report_more(s->r->rep, "hint: delete this file; then --sync "
			    "knows nothing of earlier runs");
		report_flush(s->r->rep);
	} else if (err) {
		fail(s, err, s->o->dir);
		if (err == -EPERM)
			report_more(s->r->rep, "hint: this has to be a folder "
				    "that root owns and nobody else can "
				    "write to");
		report_flush(s->r->rep);
	}
	return err;
}

static int got_info(void *arg, const struct xmsg_view *v)
{
	return xfrm_event_parse(v, arg);
}

/* A kernel without defaults must not seem to have taken those of the file. */
static int read_default(struct sync *s)
{
	struct xfrm_event ev;
	struct xmsg_error e = { 0 };
	struct xmsg *m = xfrm_sock_msg(s->r->sock);
	int err = xfrm_build_getdefault(m);

	if (!s->want.defpol)
		return 0;
	if (!err)
		err = xfrm_sock_ask(s->r->sock, m, got_info, &ev, &e);
	if (err) {
		e.err = err;
		refuse(s->r, s->want.defpol_op, &e);
		report_flush(s->r->rep);
		return XE_REFUSED;
	}
	sync_settings_default(&s->set, s->want.defpol, &ev.defpol);
	return 0;
}

/* Hash thresholds, if the file or the plan is about them. */
static void read_hash(struct sync *s)
{
	struct sync_settings *set = &s->set;
	struct xmsg *m = xfrm_sock_msg(s->r->sock);
	struct setkey_hash pick;
	struct xfrm_event ev;

	if (xfrm_build_getspdinfo(m) ||
	    xfrm_sock_ask(s->r->sock, m, got_info, &ev, NULL) ||
	    !ev.spdinfo.has_thresh)
		return;
	if (s->want.hash)
		sync_settings_hash(set, s->want.hash, &ev.spdinfo);
	else if (sync_count(s->plan, SYNC_POL_ADD) >= RUN_HASH_MIN &&
		 run_pick_hash(s->p, &ev.spdinfo, &pick))
		sync_settings_hash(set, &pick, &ev.spdinfo);
}

static int make_plan(struct sync *s)
{
	struct sync_input in = {
		.want_sa = s->want.sa, .nwant_sa = s->want.nsa,
		.want_pol = s->want.pol, .nwant_pol = s->want.npol,
		.have_sa = s->have.sa, .nhave_sa = s->have.nsa,
		.have_pol = s->have.pol, .nhave_pol = s->have.npol,
	};
	size_t twice;
	int err = sync_plan_make(s->arena, &in, &s->plan, &twice);

	if (err == XE_EXISTS)
		refuse_own(s->r, twice, -EEXIST);
	else if (err)
		fail(s, err, "--sync");
	report_flush(s->r->rep);
	return err;
}

static int read_want(struct sync *s)
{
	size_t bad, i;
	int err;

	err = run_open(s->r);
	if (!err)
		err = lacks_adapt(s->r, s->p);
	if (err)
		return err == -ENOMEM ? fail(s, err, "--sync") : err;
	err = sync_want_read(s->arena, s->p, &s->want, &bad);
	if (err == XE_UNSUPPORTED)
		refuse_own(s->r, bad, err);
	else if (err)
		fail(s, err, "--sync");
	/* As with -f, that is told and no more. */
	for (i = 0; !err && i < s->want.ntwice; i++)
		refuse_own(s->r, s->want.twice[i], -EEXIST);
	report_flush(s->r->rep);
	return err;
}

static int read_all(struct sync *s)
{
	struct xmsg_error e = { 0 };
	int err = read_want(s);

	if (err || (err = open_record(s)))
		return err;
	s->have.arena = s->arena;
	s->have.own = s->own;
	s->have.purge = s->o->purge;
	err = sync_have_read(&s->have, &s->want, s->r->sock, &e);
	if (err) {
		run_failed(s->r, err, &e);
		return err;
	}
	err = sync_adopt_reqids(s->arena, s->p, &s->want, &s->have);
	if (err)
		return fail(s, err, "--sync");
	err = make_plan(s);
	if (!err)
		err = read_default(s);
	if (!err)
		read_hash(s);
	return err;
}

/* ---- the record ---------------------------------------------------------------- */

/* A policy of the file, and where it came to stand. */
struct pol_ref {
	struct hnode node;
	const struct xfrm_policy *p;
	uint64_t place;
	uint32_t index;
};

/* An SA of the file that a network device shall encrypt. */
struct sa_ref {
	struct hnode node;
	const struct xfrm_sa *sa;
	bool declined;		/* the kernel does it itself */
};

struct record {
	struct sync *s;
	struct htab t, sas;
	struct pol_ref *ref;
	struct sa_ref *sa;
	uint32_t max;		/* greatest index there is */
};

static struct pol_ref *find_ref(struct record *rec,
				const struct xfrm_policy *p)
{
	struct hnode *n = htab_first(&rec->t, xfrm_policy_hash_id(0, p));
	struct pol_ref *ref;

	for (; n; n = htab_next(n)) {
		ref = hnode_entry(n, struct pol_ref, node);
		if (xfrm_policy_same_id(ref->p, p))
			return ref;
	}
	return NULL;
}

static int note_index(void *arg, const struct xfrm_policy *p)
{
	struct record *rec = arg;
	struct pol_ref *ref = find_ref(rec, p);

	if (ref)
		ref->index = p->index;
	if (p->index > rec->max)
		rec->max = p->index;
	return 0;
}

/* Places that indices do not tell: what this run made, what earlier ones. */
static int find_places(struct record *rec)
{
	struct sync *s = rec->s;
	const struct sync_have_pol *h;
	struct pol_ref *ref;
	size_t i;
	int err;

	err = xfrm_sock_dump_policy(s->r->sock, note_index, rec, NULL);
	if (err && err != XE_INTR)
		return err;
	for (i = 0; i < s->have.npol; i++) {
		h = &s->have.pol[i];
		ref = find_ref(rec, h->pol);
		if (ref && h->pos != sync_own_index_place(h->index))
			ref->place = h->pos;
	}
	for (i = 0; i < s->plan->nplaced; i++) {
		ref = find_ref(rec, s->plan->placed[i]);
		if (ref)
			ref->place = sync_own_index_place(rec->max) + 1 + i;
	}
	return 0;
}

static bool has_places(const struct sync *s)
{
	size_t i;

	for (i = 0; i < s->have.npol; i++)
		if (s->have.pol[i].pos !=
		    sync_own_index_place(s->have.pol[i].index))
			return true;
	return s->plan->nplaced;
}

static int note_declined(void *arg, const struct xfrm_sa *sa)
{
	struct record *rec = arg;
	struct hnode *n = htab_first(&rec->sas, xfrm_sa_hash_id(0, sa));
	struct sa_ref *ref;

	for (; n; n = htab_next(n)) {
		ref = hnode_entry(n, struct sa_ref, node);
		if (xfrm_sa_same_id(ref->sa, sa))
			ref->declined = sa->offload.mode == XOFFLOAD_NONE;
	}
	return 0;
}

static int find_declined(struct record *rec)
{
	struct sync *s = rec->s;
	const struct xfrm_sa *sa;
	bool any = false;
	size_t i;
	int err = 0;

	for (i = 0; !err && i < s->want.nsa; i++) {
		sa = s->want.sa[i].sa;
		rec->sa[i].sa = sa;
		if (sa->offload.mode != XOFFLOAD_CRYPTO)
			continue;
		any = true;
		err = htab_add(&rec->sas, &rec->sa[i].node,
			       xfrm_sa_hash_id(0, sa));
	}
	if (!err && any)
		err = xfrm_sock_dump_sa(s->r->sock, NULL, note_declined, rec,
					NULL);
	return err == XE_INTR ? 0 : err;
}

static int record_init(struct record *rec)
{
	struct sync *s = rec->s;
	size_t i;
	int err = 0;

	htab_init(&rec->t, 0);
	htab_init(&rec->sas, 0);
	rec->ref = calloc(s->want.npol + 1, sizeof(*rec->ref));
	rec->sa = calloc(s->want.nsa + 1, sizeof(*rec->sa));
	if (!rec->ref || !rec->sa)
		return XE_NOMEM;
	for (i = 0; !err && i < s->want.npol; i++) {
		rec->ref[i].p = s->want.pol[i].pol;
		err = htab_add(&rec->t, &rec->ref[i].node,
			       xfrm_policy_hash_id(0, rec->ref[i].p));
	}
	return err;
}

/*
 * Before the changes: all that may be ours during them.  After them: what the
 * file has.
 */
static int write_record(struct sync *s, bool after)
{
	struct record rec = { .s = s };
	struct xfrm_policy p;
	size_t i;
	int err = record_init(&rec);

	if (!err && after && has_places(s))
		err = find_places(&rec);
	if (!err && after)
		err = find_declined(&rec);
	if (!err)
		err = sync_own_begin(s->own);
	if (err)
		goto out;
	for (i = 0; i < s->want.nsa; i++)
		sync_own_put_sa(s->own, s->want.sa[i].sa, rec.sa[i].declined);
	for (i = 0; i < s->want.npol; i++) {
		p = *rec.ref[i].p;
		p.index = rec.ref[i].index;
		sync_own_put_policy(s->own, &p, rec.ref[i].place);
	}
	for (i = 0; !after && i < s->have.nsa; i++)
		if (sync_own_has_sa(s->own, s->have.sa[i].sa))
			sync_own_put_sa(s->own, s->have.sa[i].sa, false);
	for (i = 0; !after && i < s->have.npol; i++)
		if (sync_own_has_policy(s->own, s->have.pol[i].pol))
			sync_own_put_policy(s->own, s->have.pol[i].pol, 0);
	err = sync_own_commit(s->own);
out:
	htab_free(&rec.t);
	htab_free(&rec.sas);
	free(rec.ref);
	free(rec.sa);
	return err ? fail(s, err, sync_own_path(s->own)) : 0;
}

/* ---- carrying out ----------------------------------------------------------------- */

/* A batch's cookie: the step, and whether it is the deleting half. */
static uint64_t cookie(size_t step, bool deletes)
{
	return (uint64_t)step * 2 + deletes;
}

static void step_refused(void *arg, uint64_t c, const struct xmsg_error *e)
{
	struct sync *s = arg;
	struct sync_step *st = &s->plan->step[c / 2];
	struct xfrm_why why;

	st->gone |= c % 2;
	/* What is gone needs no deleting. */
	if (c % 2 && (e->err == -ESRCH || e->err == -ENOENT))
		return;
	st->lost = st->kind == SYNC_SA_REPLACE && !st->gone;
	s->refused++;
	if (st->op != SYNC_NO_OP) {
		refuse(s->r, st->op, e);
		return;
	}
	s->r->refused++;
	xfrm_explain(e, st->old_sa ? XFRM_MSG_DELSA : XFRM_MSG_DELPOLICY,
		     st->old_sa, st->old_pol, &why);
	sync_show_refusal(s->r->rep, st, e, &why);
}

static int add_message(struct sync *s, struct xfrm_batch *b, size_t i,
		       bool deletes)
{
	const struct sync_step *st = &s->plan->step[i];
	struct xmsg *m = xfrm_batch_msg(b);
	int err = XE_STATE;

	if (!m)
		return xfrm_batch_flush(b);
	switch (st->kind) {
	case SYNC_SA_ADD:
		err = xfrm_sa_build_new(m, st->sa);
		break;
	case SYNC_SA_UPDATE:
		err = xfrm_sa_build_update(m, st->sa);
		break;
	case SYNC_SA_REPLACE:
		err = deletes ? xfrm_sa_build_delete(m, st->old_sa) :
			xfrm_sa_build_new(m, st->sa);
		break;
	case SYNC_SA_DELETE:
		err = xfrm_sa_build_delete(m, st->old_sa);
		break;
	case SYNC_POL_ADD:
		err = xfrm_policy_build_new(m, st->pol);
		break;
	case SYNC_POL_UPDATE:
		err = xfrm_policy_build_update(m, st->pol);
		break;
	case SYNC_POL_DELETE:
		err = xfrm_policy_build_delete(m, st->old_pol);
		break;
	}
	return err ? err : xfrm_batch_add(b, cookie(i, deletes));
}

/* A policy is deleted by its selector: its index may be another's by now. */
static int add_step(struct sync *s, struct xfrm_batch *b, size_t i)
{
	const struct sync_step *st = &s->plan->step[i];
	bool del = st->kind == SYNC_SA_DELETE || st->kind == SYNC_POL_DELETE;
	int err;

	if (st->kind == SYNC_SA_REPLACE) {
		err = add_message(s, b, i, true);
		if (err)
			return err;
	}
	return add_message(s, b, i, del);
}

static void back_refused(void *arg, uint64_t c, const struct xmsg_error *e)
{
	struct sync *s = arg;
	const struct sync_step *st = &s->plan->step[c];
	char buf[XSA_STRLEN];

	report_line(s->r->rep, NULL, "%s could not be put back: %s",
		    xfrm_sa_str(st->old_sa, buf, sizeof(buf)),
		    run_strerror(e->err));
}

static int put_back_one(struct sync *s, struct xfrm_batch *b, size_t i)
{
	struct xfrm_sa old = *s->plan->step[i].old_sa;
	struct xmsg *m = xfrm_batch_msg(b);
	int err;

	if (!m)
		return xfrm_batch_flush(b);
	old.has |= XSA_HAS_REPLAY | XSA_HAS_CUR;
	renew_skip(&old.replay, old.esn);
	err = xfrm_sa_build_new(m, &old);
	return err ? err : xfrm_batch_add(b, i);
}

/* The SAs that went for others that the kernel refused then. */
static int put_back(struct sync *s)
{
	struct xfrm_batch *b;
	size_t i;
	int err = xfrm_batch_new(s->r->sock, back_refused, s, &b);

	for (i = 0; !err && i < s->plan->nstep; i++)
		if (s->plan->step[i].lost)
			err = put_back_one(s, b, i);
	if (!err)
		err = xfrm_batch_flush(b);
	xfrm_batch_free(b);
	return err;
}

/* Phase by phase; not beyond one in which something was refused. */
static int run_steps(struct sync *s)
{
	const struct sync_plan *pl = s->plan;
	struct xfrm_batch *b;
	size_t i;
	int err;

	err = xfrm_batch_new(s->r->sock, step_refused, s, &b);
	for (i = 0; !err && i < pl->nstep; i++) {
		if (i && pl->step[i].phase != pl->step[i - 1].phase) {
			err = xfrm_batch_flush(b);
			if (err || s->refused)
				break;
		}
		err = add_step(s, b, i);
		s->r->statements++;
	}
	if (!err)
		err = xfrm_batch_flush(b);
	xfrm_batch_free(b);
	if (!err && s->refused)
		err = put_back(s);
	report_flush(s->r->rep);
	if (err)
		return s->r->fatal ? s->r->fatal : fail(s, err, "netlink");
	return s->refused ? XE_REFUSED : 0;
}

static int set_defaults(struct sync *s, const struct xfrm_defpol *d)
{
	struct xmsg *m = xfrm_sock_msg(s->r->sock);
	struct xmsg_error e = { 0 };
	int err = xfrm_build_setdefault(m, d);

	if (!err)
		err = xfrm_sock_do(s->r->sock, m, &e);
	if (err)
		refuse(s->r, s->want.defpol_op, &e);
	report_flush(s->r->rep);
	return err;
}

static int set_hash(struct sync *s)
{
	const struct setkey_hash *h = &s->set.hash;
	struct xmsg *m = xfrm_sock_msg(s->r->sock);
	struct xmsg_error e = { 0 };
	int err = xfrm_build_setspdinfo(m, h->v4_local, h->v4_remote,
					h->v6_local, h->v6_remote);

	if (!err)
		err = xfrm_sock_do(s->r->sock, m, &e);
	/* that we thought of it ourselves is nobody's error */
	if (err && s->want.hash)
		refuse(s->r, s->want.hash_op, &e);
	report_flush(s->r->rep);
	return s->want.hash ? err : 0;
}

static int carry_out(struct sync *s)
{
	const struct sync_settings *set = &s->set;
	int err = 0;

	if (!s->plan->nstep && !set->stricter && !set->looser && !set->rehash)
		return write_record(s, true);
	err = write_record(s, false);
	if (!err && set->rehash)
		err = set_hash(s);
	/* what gets blocked first, what gets let through last */
	if (!err && set->stricter)
		err = set_defaults(s, &set->strict);
	if (!err)
		err = run_steps(s);
	if (!err && set->looser)
		err = set_defaults(s, &set->final);
	if (err == XE_REFUSED) {
		report_more(s->r->rep, "stopped there: nothing was removed "
			    "that may still be needed");
		report_flush(s->r->rep);
	}
	return err ? err : write_record(s, true);
}

int setkey_sync(struct run *r, struct setkey_prog *p,
		const struct sync_opts *o)
{
	struct sync s = { .r = r, .p = p, .o = o };
	sigset_t before;
	int err;

	r->prog = p;
	s.arena = arena_new(ARENA_WIPE);
	if (!s.arena)
		return fail(&s, XE_NOMEM, "--sync");
	err = read_all(&s);
	if (!err && (o->plan || r->json))
		sync_show_plan(r, s.plan, &s.set, o->plan);
	if (!err && !o->plan) {
		run_hold(&before);
		err = carry_out(&s);
		run_release(&before);
	}
	sync_have_free(&s.have);
	sync_own_close(s.own);
	arena_free(s.arena);
	r->prog = NULL;
	return err;
}
