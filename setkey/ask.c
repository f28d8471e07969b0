/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "libxfrm/base/err.h"
#include "setkey/ask.h"
#include "setkey/json.h"
#include "setkey/refuse.h"
#include "setkey/renew.h"

static int got_sa(void *arg, const struct xmsg_view *v)
{
	struct run *r = arg;
	struct xfrm_sa sa;
	int err = xfrm_sa_parse(v, &sa);

	if (err)
		return err;
	r->dump.show.now = time(NULL);
	dump_one_sa(&r->dump, &sa);
	return 0;
}

int ask_get(struct run *r, size_t at, const struct setkey_op *op)
{
	struct xmsg_error e = { 0 };
	struct xmsg *m = xfrm_sock_msg(r->sock);
	int err = xfrm_sa_build_get(m, op->sa);

	if (!err)
		err = xfrm_sock_ask(r->sock, m, got_sa, r, &e);
	if (err) {
		e.err = err;
		refuse(r, at, &e);
	}
	return r->fatal;
}

/* The SA that is there; its configuration lives in the arena. */
struct there {
	struct arena *arena;
	struct xfrm_sa *sa;
};

static int got_old(void *arg, const struct xmsg_view *v)
{
	struct there *t = arg;
	struct xfrm_sa sa;
	int err = xfrm_sa_parse(v, &sa);

	if (err)
		return err;
	t->sa = xfrm_sa_dup(t->arena, &sa);
	return t->sa ? 0 : -ENOMEM;
}

static void update_refused(struct run *r, size_t at, uint32_t fixed)
{
	struct xfrm_why why = { 0 };
	const char *sep = "";
	uint32_t bit;
	size_t n;

	n = (size_t)snprintf(why.text, sizeof(why.text), "the kernel does not "
			     "change this of an SA in use: ");
	for (bit = 1; bit && n < sizeof(why.text); bit <<= 1) {
		if (!(fixed & bit))
			continue;
		n += (size_t)snprintf(&why.text[n], sizeof(why.text) - n,
				      "%s%s", sep, xsa_field_name(bit));
		sep = ", ";
	}
	snprintf(why.hint, sizeof(why.hint), "delete it and add it again, or "
		 "load the file with --sync");
	refuse_why(r, at, -EOPNOTSUPP, &why);
}

/* What the kernel would silently leave as it is, it must not seem to take. */
int ask_update(struct run *r, size_t at, const struct setkey_op *op,
	       bool *send)
{
	struct there t = { .arena = arena_new(ARENA_WIPE) };
	struct xmsg *m = xfrm_sock_msg(r->sock);
	uint32_t fixed = 0;
	int err = xfrm_sa_build_get(m, op->sa);

	*send = true;
	if (!err && t.arena)
		err = xfrm_sock_ask(r->sock, m, got_old, &t, NULL);
	/* One that is reserved only takes everything; no answer is an answer. */
	if (!err && t.sa &&
	    (t.sa->enc.name || t.sa->auth.name || t.sa->comp.name))
		fixed = renew_fixed(op->sa, t.sa);
	if (fixed) {
		*send = false;
		update_refused(r, at, fixed);
	}
	arena_free(t.arena);
	return r->fatal;
}

/* The SPI that was given is only told to those who ask for more. */
static int got_spi(void *arg, const struct xmsg_view *v)
{
	struct run *r = arg;
	struct xfrm_sa sa;
	struct jw j;
	int err = xfrm_sa_parse(v, &sa);

	if (err)
		return err;
	if (r->json) {
		jw_init(&j, r->rep->out);
		json_begin(&j, "run");
		jw_str(&j, "event", "spi");
		json_sa(&j, "sa", &sa, time(NULL));
		jw_obj_end(&j);
		jw_line(&j);
	}
	return r->undo ? undo_touch(r->undo, &sa) : 0;
}

/* What the kernel uses for PF_KEY when a file asks for SPI 0. */
#define SPI_MIN 0x100u
#define SPI_MAX 0x0fffffffu
/* IPComp has 16 bits; up to 255 is for well-known compression. */
#define CPI_MAX 0xffffu

int ask_getspi(struct run *r, size_t at, const struct setkey_op *op)
{
	uint32_t min = SPI_MIN, max = SPI_MAX;
	struct xmsg_error e = { 0 };
	struct xmsg *m = xfrm_sock_msg(r->sock);
	int err;

	if (op->sa->proto == IPPROTO_COMP)
		max = CPI_MAX;
	if (op->sa->spi)
		min = max = op->sa->spi;
	err = xfrm_sa_build_allocspi(m, op->sa, min, max);
	if (!err)
		err = xfrm_sock_ask(r->sock, m, got_spi, r, &e);
	if (err) {
		e.err = err;
		refuse(r, at, &e);
	}
	return r->fatal;
}

/* SAs found by deleteall: their names are enough to delete them. */
struct found {
	const struct xfrm_sa *like;
	struct xfrm_sa *sa;
	size_t n, cap;
};

/* As the kernel compares: it keeps no scope. */
static bool same_addr(const struct xaddr *a, const struct xaddr *b)
{
	return xaddr_match(a, b, xaddr_bits(a->family));
}

bool ask_deleteall_takes(const struct xfrm_sa *like, const struct xfrm_sa *sa)
{
	if (sa->proto != like->proto || !same_addr(&sa->src, &like->src) ||
	    !same_addr(&sa->dst, &like->dst))
		return false;
	if ((like->mark.mask || like->mark.value) &&
	    (sa->mark.value != like->mark.value ||
	     sa->mark.mask != like->mark.mask))
		return false;
	return !like->if_id || sa->if_id == like->if_id;
}

static int found_sa(void *arg, const struct xfrm_sa *sa)
{
	struct found *f = arg;
	struct xfrm_sa *more;
	size_t cap;

	if (!ask_deleteall_takes(f->like, sa))
		return 0;
	if (f->n == f->cap) {
		cap = f->cap ? f->cap * 2 : 64;
		more = reallocarray(f->sa, cap, sizeof(*more));
		if (!more)
			return -ENOMEM;
		f->sa = more;
		f->cap = cap;
	}
	f->sa[f->n++] = (struct xfrm_sa){
		.src = sa->src, .dst = sa->dst, .spi = sa->spi,
		.family = sa->family, .proto = sa->proto, .mark = sa->mark,
		.if_id = sa->if_id, .mode = sa->mode, .reqid = sa->reqid,
	};
	return 0;
}

/* While others change the table, a dump may miss some. */
#define FIND_TRIES 5

static int delete_found(struct run *r, size_t at, const struct found *f)
{
	struct xmsg *m;
	size_t i;
	int err;

	for (i = 0; i < f->n && !r->fatal; i++) {
		if (r->undo && undo_touch(r->undo, &f->sa[i])) {
			refuse_own(r, at, -ENOMEM);
			break;
		}
		m = xfrm_batch_msg(r->batch);
		if (!m)
			return run_flush_batch(r);
		err = xfrm_sa_build_delete(m, &f->sa[i]);
		if (!err)
			err = xfrm_batch_add(r->batch, at);
		if (err)
			refuse_own(r, at, err);
	}
	return r->fatal;
}

int ask_deleteall(struct run *r, size_t at, const struct setkey_op *op)
{
	struct xfrm_sa_filter k = {
		.proto = op->sa->proto,
		.src = op->sa->src,
		.dst = op->sa->dst,
		.splen = (uint8_t)xaddr_bits(op->sa->src.family),
		.dplen = (uint8_t)xaddr_bits(op->sa->dst.family),
	};
	struct found f = { .like = op->sa };
	struct xmsg_error e = { 0 };
	int err, tries = FIND_TRIES;

	do {
		f.n = 0;
		err = xfrm_sock_dump_sa(r->sock, &k, found_sa, &f, &e);
	} while (err == XE_INTR && --tries);
	if (err && err != XE_INTR) {
		e.err = err;
		refuse(r, at, &e);
	} else {
		delete_found(r, at, &f);
	}
	free(f.sa);
	return r->fatal;
}

int ask_dump(struct run *r, size_t at, const struct setkey_op *op, bool spd)
{
	struct span span = src_span(r->src, op->loc);
	struct xmsg_error e = { 0 };
	int err;

	r->dump.filter = op->filter;
	r->dump.show.now = time(NULL);
	err = spd ? dump_spd(&r->dump, r->sock, &e) :
		    dump_sad(&r->dump, r->sock, &e);
	r->dump.filter = NULL;
	if (r->rep->out->err)
		return r->fatal = r->rep->out->err;
	if (err && err != XE_INTR) {
		e.err = err;
		refuse(r, at, &e);
	} else if (!r->dump.shown && r->dump.format != DUMP_JSON) {
		report_line(r->rep, &span, "No %s entries",
			    spd ? "SPD" : "SAD");
	}
	return r->fatal;
}
