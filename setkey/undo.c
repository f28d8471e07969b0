/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include "libxfrm/base/arena.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"
#include "setkey/renew.h"
#include "setkey/undo.h"

/* One SA or policy: as it was before the run, or just its name. */
struct item {
	struct hnode node;
	struct item *next;	/* newest first, as the kernel lists them */
	const struct xfrm_sa *sa;
	const struct xfrm_policy *pol;
	bool old;		/* it was there before */
	bool touched;		/* the run changed it */
};

struct undo {
	struct xfrm_sock *s;
	const struct setkey_prog *prog;
	struct arena *arena;
	struct htab sas, pols;
	struct item *sa_list, *pol_list;
	struct item **sa_end, **pol_end;
	uint8_t *refused;	/* one for each operation */
	bool has_spdinfo, has_defpol;
	struct xfrm_spdinfo spdinfo;
	struct xfrm_defpol defpol;
};

/* What a program needs a copy of. */
struct needs {
	bool sad, spd, spdinfo, defpol;
};

static int op_needs(const struct setkey_op *op, struct needs *n)
{
	switch ((enum setkey_op_kind)op->kind) {
	case SKOP_UPDATE:
	case SKOP_DELETE:
	case SKOP_DELETEALL:
	case SKOP_FLUSH:
		n->sad = true;
		return 0;
	case SKOP_SPDUPDATE:
	case SKOP_SPDDELETE:
	case SKOP_SPDFLUSH:
		n->spd = true;
		return 0;
	case SKOP_SPDHASH:
		n->spdinfo = true;
		return 0;
	case SKOP_SPDDEFAULT:
		n->defpol = true;
		return 0;
	case SKOP_MIGRATE:
		return XE_UNSUPPORTED;
	case SKOP_ADD:
	case SKOP_GET:
	case SKOP_GETSPI:
	case SKOP_DUMP:
	case SKOP_SPDADD:
	case SKOP_SPDDUMP:
	case SKOP_EXIT:
		return 0;
	}
	return 0;
}

static struct item *find_sa(struct undo *u, const struct xfrm_sa *sa)
{
	struct hnode *n;

	for (n = htab_first(&u->sas, xfrm_sa_hash_id(0, sa)); n;
	     n = htab_next(n)) {
		struct item *it = hnode_entry(n, struct item, node);

		if (xfrm_sa_same_id(it->sa, sa))
			return it;
	}
	return NULL;
}

static struct item *find_policy(struct undo *u, const struct xfrm_policy *p)
{
	struct hnode *n;

	for (n = htab_first(&u->pols, xfrm_policy_hash_id(0, p)); n;
	     n = htab_next(n)) {
		struct item *it = hnode_entry(n, struct item, node);

		if (xfrm_policy_same_id(it->pol, p))
			return it;
	}
	return NULL;
}

static int add_sa(struct undo *u, const struct xfrm_sa *sa, bool old)
{
	struct item *it = arena_alloc(u->arena, sizeof(*it));
	struct xfrm_sa *copy = xfrm_sa_dup(u->arena, sa);

	if (!it || !copy)
		return -ENOMEM;
	/*
	 * It has to go on where it was, not send old numbers again, also not
	 * those of packets until it goes, nor more than its limits allow.
	 */
	if (old) {
		copy->has |= XSA_HAS_REPLAY | XSA_HAS_CUR;
		renew_skip(&copy->replay, copy->esn);
	}
	it->sa = copy;
	it->old = old;
	it->touched = !old;
	*u->sa_end = it;
	u->sa_end = &it->next;
	return htab_add(&u->sas, &it->node, xfrm_sa_hash_id(0, copy));
}

static int add_policy(struct undo *u, const struct xfrm_policy *p, bool old)
{
	struct item *it = arena_alloc(u->arena, sizeof(*it));
	struct xfrm_policy *copy = xfrm_policy_dup(u->arena, p);

	if (!it || !copy)
		return -ENOMEM;
	it->pol = copy;
	it->old = old;
	it->touched = !old;
	*u->pol_end = it;
	u->pol_end = &it->next;
	return htab_add(&u->pols, &it->node, xfrm_policy_hash_id(0, copy));
}

static int old_sa(void *arg, const struct xfrm_sa *sa)
{
	/* A larval SA is a negotiation's, and about to go anyway. */
	if (!sa->enc.name && !sa->auth.name && !sa->comp.name)
		return 0;
	return add_sa(arg, sa, true);
}

static int old_policy(void *arg, const struct xfrm_policy *p)
{
	return xfrm_policy_is_socket(p) ? 0 : add_policy(arg, p, true);
}

static int old_info(void *arg, const struct xmsg_view *v)
{
	struct undo *u = arg;
	struct xfrm_event ev;
	int r = xfrm_event_parse(v, &ev);

	if (r)
		return r;
	if (ev.type == XEV_SPDINFO) {
		u->spdinfo = ev.spdinfo;
		u->has_spdinfo = ev.spdinfo.has_thresh;
	} else if (ev.type == XEV_DEFAULT) {
		u->defpol = ev.defpol;
		u->has_defpol = true;
	}
	return 0;
}

/* A copy that the kernel says is torn is taken again this often. */
#define COPY_TRIES 5

static int copy_sad(struct undo *u)
{
	int r, tries = COPY_TRIES;

	do {
		htab_free(&u->sas);
		u->sa_list = NULL;
		u->sa_end = &u->sa_list;
		r = xfrm_sock_dump_sa(u->s, NULL, old_sa, u, NULL);
	} while (r == XE_INTR && --tries);
	return r;
}

static int copy_spd(struct undo *u)
{
	int r, tries = COPY_TRIES;

	do {
		htab_free(&u->pols);
		u->pol_list = NULL;
		u->pol_end = &u->pol_list;
		r = xfrm_sock_dump_policy(u->s, old_policy, u, NULL);
	} while (r == XE_INTR && --tries);
	return r;
}

static int snapshot(struct undo *u, const struct needs *n)
{
	struct xmsg *m;
	int r = 0;

	if (n->sad)
		r = copy_sad(u);
	if (!r && n->spd)
		r = copy_spd(u);
	if (!r && n->spdinfo) {
		m = xfrm_sock_msg(u->s);
		r = xfrm_build_getspdinfo(m);
		if (!r)
			r = xfrm_sock_ask(u->s, m, old_info, u, NULL);
	}
	if (!r && n->defpol) {
		m = xfrm_sock_msg(u->s);
		r = xfrm_build_getdefault(m);
		if (!r)
			r = xfrm_sock_ask(u->s, m, old_info, u, NULL);
	}
	return r;
}

int undo_new(struct xfrm_sock *s, const struct setkey_prog *p, size_t *bad,
	     struct undo **out)
{
	struct needs n = { 0 };
	struct undo *u;
	size_t i;
	int r;

	*out = NULL;
	for (i = 0; i < p->nop; i++) {
		r = op_needs(&p->op[i], &n);
		if (r) {
			*bad = i;
			return r;
		}
	}
	u = calloc(1, sizeof(*u));
	if (!u)
		return -ENOMEM;
	u->s = s;
	u->prog = p;
	u->sa_end = &u->sa_list;
	u->pol_end = &u->pol_list;
	htab_init(&u->sas, 0);
	htab_init(&u->pols, 0);
	u->arena = arena_new(ARENA_WIPE);
	u->refused = calloc(p->nop ? p->nop : 1, 1);
	r = u->arena && u->refused ? snapshot(u, &n) : -ENOMEM;
	if (r)
		undo_free(u);
	else
		*out = u;
	return r;
}

void undo_free(struct undo *u)
{
	if (!u)
		return;
	htab_free(&u->sas);
	htab_free(&u->pols);
	arena_free(u->arena);
	free(u->refused);
	free(u);
}

void undo_refused(struct undo *u, size_t i)
{
	if (i < u->prog->nop)
		u->refused[i] = 1;
}

int undo_touch(struct undo *u, const struct xfrm_sa *sa)
{
	struct item *it = find_sa(u, sa);

	if (!it)
		return add_sa(u, sa, false);
	it->touched = true;
	return 0;
}

static int touch_policy(struct undo *u, const struct xfrm_policy *p)
{
	struct item *it = find_policy(u, p);

	if (!it)
		return add_policy(u, p, false);
	it->touched = true;
	return 0;
}

static void touch_flushed(struct undo *u, uint8_t proto)
{
	struct item *it;

	for (it = u->sa_list; it; it = it->next)
		if (!proto || it->sa->proto == proto)
			it->touched = true;
}

static void touch_spdflushed(struct undo *u, const struct setkey_filter *f)
{
	uint8_t ptype = f && f->has & SKF_PTYPE ? f->ptype :
						  XFRM_POLICY_TYPE_MAIN;
	struct item *it;

	for (it = u->pol_list; it; it = it->next)
		if (it->pol->ptype == ptype)
			it->touched = true;
}

/* Marks what operation op changed. */
static int touch_op(struct undo *u, const struct setkey_op *op)
{
	switch ((enum setkey_op_kind)op->kind) {
	case SKOP_ADD:
	case SKOP_UPDATE:
	case SKOP_DELETE:
		return undo_touch(u, op->sa);
	case SKOP_SPDADD:
	case SKOP_SPDUPDATE:
	case SKOP_SPDDELETE:
		return touch_policy(u, op->pol);
	case SKOP_FLUSH:
		touch_flushed(u, op->filter ? op->filter->proto : 0);
		return 0;
	case SKOP_SPDFLUSH:
		touch_spdflushed(u, op->filter);
		return 0;
	case SKOP_GETSPI:	/* these call undo_touch() themselves */
	case SKOP_DELETEALL:
	case SKOP_GET:
	case SKOP_DUMP:
	case SKOP_SPDDUMP:
	case SKOP_MIGRATE:
	case SKOP_SPDHASH:
	case SKOP_SPDDEFAULT:
	case SKOP_EXIT:
		return 0;
	}
	return 0;
}

static struct item *reversed(struct item *list)
{
	struct item *out = NULL, *next;

	for (; list; list = next) {
		next = list->next;
		list->next = out;
		out = list;
	}
	return out;
}

/* Cookies of the messages that take back, for restore_refused(). */
enum { TAKE_AWAY, PUT_BACK };

struct restore {
	struct xfrm_batch *b;
	size_t failed;
};

static void restore_refused(void *arg, uint64_t cookie,
			    const struct xmsg_error *e)
{
	struct restore *rs = arg;

	/* Something that is gone already needs no removal. */
	if (cookie == TAKE_AWAY && (e->err == -ESRCH || e->err == -ENOENT))
		return;
	rs->failed++;
}

/* Queues the message built with result r; a builder's failure counts, too. */
static void queue(struct restore *rs, int r, uint64_t cookie)
{
	if (!r)
		r = xfrm_batch_add(rs->b, cookie);
	if (r)
		rs->failed++;
}

static int restore_policies(struct undo *u, struct restore *rs)
{
	struct item *it;
	struct xmsg *m;

	for (it = u->pol_list; it; it = it->next) {
		if (!it->touched)
			continue;
		m = xfrm_batch_msg(rs->b);
		if (!m)
			return -EIO;
		if (it->old)
			queue(rs, xfrm_policy_build_update(m, it->pol),
			      PUT_BACK);
		else
			queue(rs, xfrm_policy_build_delete(m, it->pol),
			      TAKE_AWAY);
	}
	return 0;
}

static int restore_sas(struct undo *u, struct restore *rs)
{
	struct item *it;
	struct xmsg *m;

	for (it = u->sa_list; it; it = it->next) {
		if (!it->touched)
			continue;
		m = xfrm_batch_msg(rs->b);
		if (!m)
			return -EIO;
		queue(rs, xfrm_sa_build_delete(m, it->sa), TAKE_AWAY);
		if (!it->old)
			continue;
		m = xfrm_batch_msg(rs->b);
		if (!m)
			return -EIO;
		queue(rs, xfrm_sa_build_new(m, it->sa), PUT_BACK);
	}
	return 0;
}

static int restore_info(struct undo *u, struct restore *rs)
{
	const struct xfrm_spdinfo *i = &u->spdinfo;
	struct xmsg *m;

	if (u->has_spdinfo) {
		m = xfrm_batch_msg(rs->b);
		if (!m)
			return -EIO;
		queue(rs, xfrm_build_setspdinfo(m, i->v4_local, i->v4_remote,
						i->v6_local, i->v6_remote),
		      PUT_BACK);
	}
	if (u->has_defpol) {
		m = xfrm_batch_msg(rs->b);
		if (!m)
			return -EIO;
		queue(rs, xfrm_build_setdefault(m, &u->defpol), PUT_BACK);
	}
	return 0;
}

int undo_apply(struct undo *u, size_t n, size_t *failed)
{
	struct restore rs = { 0 };
	size_t i;
	int r = 0, flush;

	*failed = 0;
	for (i = 0; i < n && i < u->prog->nop && !r; i++)
		if (!u->refused[i])
			r = touch_op(u, &u->prog->op[i]);
	if (r)
		return r;
	/* The kernel lists the newest first: put the oldest back first. */
	u->sa_list = reversed(u->sa_list);
	u->pol_list = reversed(u->pol_list);
	r = xfrm_batch_new(u->s, restore_refused, &rs, &rs.b);
	if (r)
		return r;
	/* Policies first: better no traffic than traffic in clear. */
	r = restore_policies(u, &rs);
	if (!r)
		r = restore_sas(u, &rs);
	if (!r)
		r = restore_info(u, &rs);
	flush = xfrm_batch_flush(rs.b);
	xfrm_batch_free(rs.b);
	*failed = rs.failed;
	return flush ? flush : r;
}
