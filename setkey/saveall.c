/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "libxfrm/base/arena.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"
#include "libxfrm/print.h"
#include "setkey/save.h"
#include "setkey/saveall.h"
#include "setkey/show.h"

/* A dump that the kernel says is torn is taken again this often. */
#define SAVE_TRIES 5

/* A piece of text in the arena. */
struct text {
	const char *p;
	size_t len;
};

/* One entry; the list has the last one of the dump first. */
struct record {
	struct record *next;
	struct hnode node;	/* fwd policies, by name */
	struct text name;	/* an SA or a comment has no more than this */
	struct text exts, rest;	/* of a policy */
	bool policy, twin;	/* twin: an in policy brings it along */
	bool update;		/* ... but it has to be changed then */
	uint8_t dir;
};

struct collect {
	struct save *v;
	struct arena *arena;
	struct record *head;
	struct htab fwd;
	struct out name, exts, rest;	/* one entry */
	bool sub;		/* there are sub-policies */
	struct xfrm_spdinfo info;
	struct xfrm_defpol defpol;
};

static int collect_begin(struct collect *c, struct save *v)
{
	*c = (struct collect){ .v = v, .arena = arena_new(ARENA_WIPE) };
	out_init(&c->name, -1);
	out_init(&c->exts, -1);
	out_init(&c->rest, -1);
	htab_init(&c->fwd, 0);
	v->saved = v->skipped = v->failed = 0;
	return c->arena ? 0 : -ENOMEM;
}

static void collect_free(struct collect *c)
{
	out_close(&c->name);
	out_close(&c->exts);
	out_close(&c->rest);
	htab_free(&c->fwd);
	arena_free(c->arena);
}

/* Moves what o holds into the arena. */
static int keep(struct collect *c, struct out *o, struct text *t)
{
	int r = o->w.err;

	t->len = o->w.len;
	t->p = r ? NULL : arena_memdup(c->arena, o->w.p, o->w.len);
	wbuf_reset(&o->w);
	return r ? r : t->p ? 0 : -ENOMEM;
}

/*
 * Makes a record of what was written, with result r.  XE_UNSUPPORTED leaves a
 * comment, which tells what is missing.
 */
static int collect_add(struct collect *c, int r, const char *what,
		       const char *why, struct record **out)
{
	struct record *rec = arena_alloc(c->arena, sizeof(*rec));

	*out = NULL;
	if (!rec)
		return -ENOMEM;
	if (r == XE_UNSUPPORTED) {
		c->v->failed++;
		wbuf_reset(&c->name.w);
		wbuf_reset(&c->exts.w);
		wbuf_reset(&c->rest.w);
		out_printf(&c->name, "# not saved: %s: %s\n", what, why);
	} else if (r) {
		return r;
	} else {
		c->v->saved++;
		*out = rec;
	}
	r = keep(c, &c->name, &rec->name);
	rec->next = c->head;
	c->head = rec;
	return r;
}

/* The tunnel that the kernel makes beside an SA of IPComp, of its own. */
static bool kernels_own(const struct xfrm_sa *sa)
{
	return sa->proto == IPPROTO_IPIP || sa->proto == IPPROTO_IPV6;
}

static int collect_sa(void *arg, const struct xfrm_sa *sa)
{
	struct collect *c = arg;
	struct record *rec;
	char name[XSA_STRLEN];
	const char *why = "";
	int r;

	/* What is half made would come back as something it is not. */
	if (sa_state(sa, 0) == SA_LARVAL || kernels_own(sa)) {
		c->v->skipped++;
		return 0;
	}
	r = save_sa(&c->name, sa, &why);
	return collect_add(c, r, xfrm_sa_str(sa, name, sizeof(name)), why,
			   &rec);
}

static int collect_policy(void *arg, const struct xfrm_policy *p)
{
	struct collect *c = arg;
	struct record *rec;
	char name[XPOL_STRLEN];
	const char *why = "";
	int r;

	if (xfrm_policy_is_socket(p)) {
		c->v->skipped++;
		return 0;
	}
	r = save_policy_parts(&c->name, &c->exts, &c->rest, p, &why);
	r = collect_add(c, r, xfrm_policy_str(p, name, sizeof(name)), why,
			&rec);
	if (r || !rec)
		return r;
	rec->policy = true;
	rec->dir = p->dir;
	c->sub |= p->ptype == XFRM_POLICY_TYPE_SUB;
	r = keep(c, &c->exts, &rec->exts);
	if (!r)
		r = keep(c, &c->rest, &rec->rest);
	if (!r && p->dir == XFRM_POLICY_FWD)
		r = htab_add(&c->fwd, &rec->node,
			     hash_mem(0, rec->name.p, rec->name.len));
	return r;
}

static bool same(const struct text *a, const struct text *b)
{
	return a->len == b->len && !memcmp(a->p, b->p, a->len);
}

/* The fwd policy of that name, or NULL. */
static struct record *find_fwd(const struct collect *c,
			       const struct text *name)
{
	struct hnode *n;

	for (n = htab_first(&c->fwd, hash_mem(0, name->p, name->len)); n;
	     n = htab_next(n)) {
		struct record *rec = hnode_entry(n, struct record, node);

		if (same(&rec->name, name))
			return rec;
	}
	return NULL;
}

static void write_policy(struct out *o, const struct record *rec)
{
	char buf[XNAME_STRLEN];

	out_str(o, rec->update ? "spdupdate " : "spdadd ");
	out_mem(o, rec->name.p, rec->name.len);
	out_mem(o, rec->exts.p, rec->exts.len);
	out_lit(o, " -P ");
	out_str(o, xname_dir(rec->dir, buf));
	out_mem(o, rec->rest.p, rec->rest.len);
}

/* An in policy: what has to happen to the twin that comes with it. */
static void write_twin(struct collect *c, const struct record *rec)
{
	struct record *fwd = find_fwd(c, &rec->name);
	struct out *o = c->v->o;

	if (!fwd) {
		out_lit(o, "spddelete ");
		out_mem(o, rec->name.p, rec->name.len);
		out_lit(o, " -P fwd;\n");
	} else if (same(&fwd->exts, &rec->exts) &&
		   same(&fwd->rest, &rec->rest)) {
		fwd->twin = true;
	} else {
		fwd->update = true;
	}
}

static int got_setting(void *arg, const struct xmsg_view *v)
{
	struct collect *c = arg;
	struct xfrm_event ev;
	int r = xfrm_event_parse(v, &ev);

	if (!r && ev.type == XEV_SPDINFO)
		c->info = ev.spdinfo;
	else if (!r && ev.type == XEV_DEFAULT)
		c->defpol = ev.defpol;
	return r;
}

/* Kernels that have no such settings have the usual ones. */
static void collect_settings(struct collect *c, struct xfrm_sock *s)
{
	struct xmsg *m = xfrm_sock_msg(s);

	if (!xfrm_build_getspdinfo(m))
		xfrm_sock_ask(s, m, got_setting, c, NULL);
	m = xfrm_sock_msg(s);
	if (!xfrm_build_getdefault(m))
		xfrm_sock_ask(s, m, got_setting, c, NULL);
}

static const char *default_word(uint8_t action)
{
	return action == XFRM_USERPOLICY_BLOCK ? "discard" : "none";
}

/* Only what a fresh kernel has otherwise. */
static void write_settings(const struct collect *c)
{
	const struct xfrm_defpol *d = &c->defpol;
	const struct xfrm_spdinfo *i = &c->info;
	struct out *o = c->v->o;

	if (i->has_thresh && (i->v4_local != 32 || i->v4_remote != 32 ||
			      i->v6_local != 128 || i->v6_remote != 128))
		out_printf(o, "spdhash -4 %u %u -6 %u %u;\n", i->v4_local,
			   i->v4_remote, i->v6_local, i->v6_remote);
	if (d->in == XFRM_USERPOLICY_BLOCK ||
	    d->fwd == XFRM_USERPOLICY_BLOCK ||
	    d->out == XFRM_USERPOLICY_BLOCK)
		out_printf(o, "spddefault in %s fwd %s out %s;\n",
			   default_word(d->in), default_word(d->fwd),
			   default_word(d->out));
}

/*
 * A fwd policy that stands before its in policy would be in the way of the
 * twin: those come last.
 */
static int collect_write(struct collect *c, const char *first)
{
	struct record *rec;
	struct out *o = c->v->o;

	out_str(o, first);
	if (c->sub)	/* a kernel that has none would refuse to */
		out_lit(o, "spdflush -ptype sub;\n");
	write_settings(c);
	for (rec = c->head; rec && !o->err; rec = rec->next) {
		if (!rec->policy) {
			out_mem(o, rec->name.p, rec->name.len);
		} else if (rec->dir != XFRM_POLICY_FWD) {
			write_policy(o, rec);
			if (rec->dir == XFRM_POLICY_IN)
				write_twin(c, rec);
		}
	}
	for (rec = c->head; rec && !o->err; rec = rec->next)
		if (rec->policy && rec->dir == XFRM_POLICY_FWD && !rec->twin)
			write_policy(o, rec);
	return o->err;
}

int save_sad(struct save *v, struct xfrm_sock *s, struct xmsg_error *e)
{
	struct xfrm_sa_filter all = { 0 };
	struct collect c;
	int r, tries = SAVE_TRIES;

	do {
		r = collect_begin(&c, v);
		if (!r)
			r = xfrm_sock_dump_sa(s, &all, collect_sa, &c, e);
		if (!r)
			r = collect_write(&c, "flush;\n");
		collect_free(&c);
	} while (r == XE_INTR && --tries);
	return r;
}

int save_spd(struct save *v, struct xfrm_sock *s, struct xmsg_error *e)
{
	struct collect c;
	int r, tries = SAVE_TRIES;

	do {
		r = collect_begin(&c, v);
		if (!r)
			r = xfrm_sock_dump_policy(s, collect_policy, &c, e);
		if (!r)
			collect_settings(&c, s);
		if (!r)
			r = collect_write(&c, "spdflush;\n");
		collect_free(&c);
	} while (r == XE_INTR && --tries);
	return r;
}
