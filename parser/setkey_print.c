/* SPDX-License-Identifier: BSD-2-Clause */
#include "parser/setkey_ast.h"

/* Statements back to text, word for word, in a fixed order and layout. */

static void put(struct src_table *t, struct wbuf *w, const char *before,
		struct sloc loc)
{
	if (!loc.at)
		return;
	wbuf_printf(w, "%s", before);
	wbuf_put(w, src_bytes(t, loc), loc.len);
}

static void put_arg(struct src_table *t, struct wbuf *w,
		    const struct setkey_arg *a)
{
	put(t, w, " ", a->host);
	put(t, w, "/", a->plen);
	if (a->port.at) {
		put(t, w, "[", a->port);
		wbuf_printf(w, "]");
	}
}

static void put_exts(struct src_table *t, struct wbuf *w,
		     const struct setkey_ext *e)
{
	unsigned int i;

	for (; e; e = e->next) {
		put(t, w, " ", e->name);
		for (i = 0; i < e->narg; i++)
			put_arg(t, w, &e->arg[i]);
	}
}

static void put_end(struct src_table *t, struct wbuf *w, const char *before,
		    struct sloc addr, struct sloc port)
{
	put(t, w, before, addr);
	if (port.at) {
		put(t, w, "[", port);
		wbuf_printf(w, "]");
	}
}

static void put_rule(struct src_table *t, struct wbuf *w,
		     const struct setkey_rule *r)
{
	put(t, w, "\n\t", r->proto.loc);
	put(t, w, "/", r->mode.loc);
	wbuf_printf(w, "/");
	if (r->me_any)
		wbuf_printf(w, "me-any");
	if (r->any_me)
		wbuf_printf(w, "any-me");
	put_end(t, w, "", r->src, r->sport);
	put_end(t, w, "-", r->dst, r->dport);
	put(t, w, "/", r->level.loc);
	put(t, w, ":", r->reqid);
	put(t, w, "/", r->spi);
}

static void put_policy(struct src_table *t, struct wbuf *w,
		       const struct setkey_policy *p)
{
	const struct setkey_rule *r;

	wbuf_printf(w, " -P");
	put(t, w, " ", p->dir.loc);
	if (p->prio.at) {
		wbuf_printf(w, " prio");
		put(t, w, " ", p->prio_base.loc);
		if (p->prio_base.loc.at)
			put(t, w, p->prio_minus ? " - " : " + ", p->prio_num);
		else
			put(t, w, p->prio_minus ? " -" : " ", p->prio_num);
	}
	put(t, w, " ", p->action.loc);
	for (r = p->rules; r; r = r->next)
		put_rule(t, w, r);
}

void setkey_print(struct src_table *t, const struct setkey_stmt *st,
		  struct wbuf *w)
{
	wbuf_printf(w, "%s", setkey_word(st->kind)->text);
	if (st->aflags)
		wbuf_printf(w, " -%s%s%s",
			    st->aflags & SK_AF_NUMERIC ? "n" : "",
			    st->aflags & SK_AF_4 ? "4" : "",
			    st->aflags & SK_AF_6 ? "6" : "");
	put(t, w, " tagged ", st->tag);
	put_arg(t, w, &st->src);
	put_arg(t, w, &st->dst);
	put(t, w, " ", st->proto.loc);
	put_arg(t, w, &st->natoa);
	put(t, w, " ", st->spi);
	put(t, w, " ", st->upper);
	put(t, w, " ", st->uarg);
	put_exts(t, w, st->exts);
	if (st->policy)
		put_policy(t, w, st->policy);
	wbuf_printf(w, ";\n");
}
