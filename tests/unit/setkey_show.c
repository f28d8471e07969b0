/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/setkey_show.h"

#include <inttypes.h>

#include "libxfrm/print.h"

static void num(struct wbuf *w, const char *name, uint64_t v)
{
	if (v)
		wbuf_printf(w, " %s %" PRIu64, name, v);
}

static void addr(struct wbuf *w, const char *name, const struct xaddr *a)
{
	char buf[XADDR_STRLEN];

	if (a->family)
		wbuf_printf(w, " %s %s", name, xaddr_str(a, buf));
}

static void alg(struct wbuf *w, const char *name, const struct xsa_alg *a)
{
	unsigned int i;

	if (!a->name)
		return;
	wbuf_printf(w, "\n\t%s %s icv %u key ", name, a->name, a->icv_bits);
	for (i = 0; i < a->key_bits / 8u; i++)
		wbuf_printf(w, "%02x", a->key[i]);
}

static void life(struct wbuf *w, const struct xlife *l)
{
	num(w, "lh", l->hard_add);
	num(w, "ls", l->soft_add);
	num(w, "bh", l->hard_bytes);
	num(w, "bs", l->soft_bytes);
	num(w, "ph", l->hard_packets);
	num(w, "ps", l->soft_packets);
	num(w, "uh", l->hard_use);
	num(w, "us", l->soft_use);
}

static void mark(struct wbuf *w, const char *name, const struct xmark *m)
{
	if (m->mask)
		wbuf_printf(w, " %s 0x%x/0x%x", name, m->value, m->mask);
}

static void sel(struct wbuf *w, const struct xsel *s)
{
	char buf[XADDR_STRLEN];

	if (!s->family)
		return;
	wbuf_printf(w, " sel %s/%u", xaddr_str(&s->src, buf), s->splen);
	if (s->sport_mask)
		wbuf_printf(w, "[%u]", s->sport);
	wbuf_printf(w, " %s/%u", xaddr_str(&s->dst, buf), s->dplen);
	if (s->dport_mask)
		wbuf_printf(w, "[%u]", s->dport);
	wbuf_printf(w, " proto %u", s->proto);
	num(w, "ifindex", (uint64_t)s->ifindex);
}

static void sec(struct wbuf *w, const struct xsecctx *s)
{
	if (s->len)
		wbuf_printf(w, " ctx %u %u \"%s\"", s->doi, s->alg, s->str);
}

static void show_sa(struct wbuf *w, const struct xfrm_sa *sa)
{
	addr(w, "src", &sa->src);
	addr(w, "dst", &sa->dst);
	wbuf_printf(w, " proto %u spi 0x%x mode %u", sa->proto, sa->spi,
		    sa->mode);
	num(w, "reqid", sa->reqid);
	num(w, "replay", sa->replay.window);
	num(w, "esn", sa->esn);
	num(w, "dir", sa->dir);
	num(w, "flags", sa->flags);
	num(w, "xflags", sa->extra_flags);
	num(w, "encap", sa->encap.type);
	num(w, "sport", sa->encap.sport);
	num(w, "dport", sa->encap.dport);
	addr(w, "oa", &sa->encap.oa);
	num(w, "offload", sa->offload.mode);
	num(w, "ifindex", (uint64_t)sa->offload.ifindex);
	num(w, "offload-flags", sa->offload.flags);
	mark(w, "mark", &sa->mark);
	mark(w, "omark", &sa->out_mark);
	num(w, "ifid", sa->if_id);
	num(w, "tfc", sa->tfcpad);
	num(w, "keepalive", sa->nat_keepalive);
	num(w, "cpu", sa->pcpu);
	num(w, "has", sa->has);
	num(w, "mtimer", sa->mtimer);
	num(w, "seq", sa->seq);
	num(w, "oseq", sa->replay.oseq | (uint64_t)sa->replay.oseq_hi << 32);
	num(w, "iseq", sa->replay.seq | (uint64_t)sa->replay.seq_hi << 32);
	num(w, "drop-time", sa->iptfs.drop_time);
	num(w, "reorder-window", sa->iptfs.reorder_window);
	num(w, "init-delay", sa->iptfs.init_delay);
	num(w, "max-queue", sa->iptfs.max_qsize);
	num(w, "packet-size", sa->iptfs.pkt_size);
	num(w, "dont-frag", sa->iptfs.dont_frag);
	addr(w, "coa", &sa->coaddr);
	life(w, &sa->life);
	sec(w, &sa->sec);
	sel(w, &sa->sel);
	alg(w, "enc", &sa->enc);
	alg(w, "auth", &sa->auth);
	alg(w, "comp", &sa->comp);
}

static void show_policy(struct wbuf *w, const struct xfrm_policy *p)
{
	const struct xfrm_tmpl *t;
	unsigned int i;

	sel(w, &p->sel);
	wbuf_printf(w, " dir %u action %u prio 0x%x", p->dir, p->action,
		    p->priority);
	num(w, "flags", p->flags);
	num(w, "ptype", p->ptype);
	num(w, "ifid", p->if_id);
	num(w, "offload", p->offload.mode);
	mark(w, "mark", &p->mark);
	life(w, &p->life);
	sec(w, &p->sec);
	for (i = 0; i < p->ntmpl; i++) {
		t = &p->tmpl[i];
		wbuf_printf(w, "\n\ttmpl proto %u mode %u", t->proto, t->mode);
		addr(w, "src", &t->src);
		addr(w, "dst", &t->dst);
		num(w, "reqid", t->reqid);
		num(w, "spi", t->spi);
		num(w, "optional", t->optional);
	}
}

static void show_filter(struct wbuf *w, const struct setkey_filter *f)
{
	num(w, "proto", f->proto);
	if (f->has & SKF_SRC)
		addr(w, "src", &f->src);
	num(w, "splen", f->splen);
	if (f->has & SKF_DST)
		addr(w, "dst", &f->dst);
	num(w, "dplen", f->dplen);
	num(w, "spi", f->spi);
	num(w, "reqid", f->reqid);
	num(w, "ifid", f->if_id);
	num(w, "index", f->index);
	mark(w, "mark", &f->mark);
	wbuf_printf(w, " has 0x%x mode %u dir %u upper %u ptype %u", f->has,
		    f->mode, f->dir, f->upper, f->ptype);
}

static void show_migrate(struct wbuf *w, const struct setkey_migrate *m)
{
	unsigned int i;

	show_policy(w, &m->pol);
	addr(w, "km-local", &m->km_local);
	addr(w, "km-remote", &m->km_remote);
	for (i = 0; i < m->nmig; i++) {
		wbuf_printf(w, "\n\tmigrate proto %u mode %u",
			    m->mig[i].proto, m->mig[i].mode);
		num(w, "reqid", m->mig[i].reqid);
		addr(w, "from", &m->mig[i].old_src);
		addr(w, "", &m->mig[i].old_dst);
		addr(w, "to", &m->mig[i].new_src);
		addr(w, "", &m->mig[i].new_dst);
	}
}

void show_op(struct wbuf *w, const struct setkey_op *op)
{
	wbuf_printf(w, "%s%s", setkey_op_name(op->kind),
		    op->flags & SKOP_TWIN ? " twin" : "");
	switch ((enum setkey_op_kind)op->kind) {
	case SKOP_ADD:
	case SKOP_UPDATE:
	case SKOP_GET:
	case SKOP_DELETE:
	case SKOP_GETSPI:
	case SKOP_DELETEALL:
		show_sa(w, op->sa);
		break;
	case SKOP_SPDADD:
	case SKOP_SPDUPDATE:
	case SKOP_SPDDELETE:
		show_policy(w, op->pol);
		break;
	case SKOP_FLUSH:
	case SKOP_DUMP:
	case SKOP_SPDDUMP:
	case SKOP_SPDFLUSH:
		show_filter(w, op->filter);
		break;
	case SKOP_MIGRATE:
		show_migrate(w, op->migrate);
		break;
	case SKOP_SPDHASH:
		wbuf_printf(w, " v4 %d %d v6 %d %d", op->hash->v4_local,
			    op->hash->v4_remote, op->hash->v6_local,
			    op->hash->v6_remote);
		break;
	case SKOP_SPDDEFAULT:
		wbuf_printf(w, " in %u fwd %u out %u", op->defpol->in,
			    op->defpol->fwd, op->defpol->out);
		break;
	case SKOP_EXIT:
		break;
	}
	wbuf_printf(w, "\n");
}

void show_prog(struct wbuf *w, const struct setkey_prog *p)
{
	size_t i;

	for (i = 0; i < p->nop; i++)
		show_op(w, &p->op[i]);
}

void show_diag(struct wbuf *w, const struct diag *d)
{
	static const char *const level[] = { "note", "warning", "error" };
	const struct diag_entry *e;

	for (e = diag_first(d); e; e = e->next) {
		wbuf_printf(w, "%s:%u:%u: %s: %s", e->span.file, e->span.line,
			    e->span.col, level[e->level], e->text);
		if (e->token)
			wbuf_printf(w, " at `%s'", e->token);
		if (e->hint)
			wbuf_printf(w, "\n%s", e->hint);
		if (e->excerpt)
			wbuf_printf(w, "\n%s", e->excerpt);
		wbuf_printf(w, "\n");
	}
}
