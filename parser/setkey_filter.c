/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "parser/setkey_chk.h"

/* Statements about whole tables: flush, dump and their filters, defaults. */

static bool within(const struct xaddr *net, unsigned int bits,
		   const struct xaddr *a, unsigned int plen)
{
	return plen >= bits && xaddr_match(net, a, bits);
}

static bool mark_is(const struct xmark *want, const struct xmark *m)
{
	return want->value == m->value && want->mask == m->mask;
}

bool setkey_filter_sa(const struct setkey_filter *f, const struct xfrm_sa *sa)
{
	unsigned int full = xaddr_bits(sa->family);

	if (f->proto && f->proto != sa->proto)
		return false;
	if (f->has & SKF_SRC && !within(&f->src, f->splen, &sa->src, full))
		return false;
	if (f->has & SKF_DST && !within(&f->dst, f->dplen, &sa->dst, full))
		return false;
	if (f->has & SKF_SPI && f->spi != sa->spi)
		return false;
	if (f->has & SKF_REQID && f->reqid != sa->reqid)
		return false;
	if (f->has & SKF_MARK && !mark_is(&f->mark, &sa->mark))
		return false;
	if (f->has & SKF_IFID && f->if_id != sa->if_id)
		return false;
	if (f->has & SKF_DIR &&
	    sa->dir != (f->dir == XFRM_POLICY_OUT ? XSA_DIR_OUT : XSA_DIR_IN))
		return false;
	return !(f->has & SKF_MODE) || f->mode == sa->mode;
}

static bool has_tmpl(const struct setkey_filter *f,
		     const struct xfrm_policy *p)
{
	unsigned int i;

	if (!(f->has & (SKF_REQID | SKF_MODE | SKF_SPI)) && !f->proto)
		return true;
	for (i = 0; i < p->ntmpl; i++) {
		if ((!(f->has & SKF_REQID) || p->tmpl[i].reqid == f->reqid) &&
		    (!(f->has & SKF_MODE) || p->tmpl[i].mode == f->mode) &&
		    (!(f->has & SKF_SPI) || p->tmpl[i].spi == f->spi) &&
		    (!f->proto || p->tmpl[i].proto == f->proto))
			return true;
	}
	return false;
}

bool setkey_filter_policy(const struct setkey_filter *f,
			  const struct xfrm_policy *p)
{
	if (f->has & SKF_SRC &&
	    !within(&f->src, f->splen, &p->sel.src, p->sel.splen))
		return false;
	if (f->has & SKF_DST &&
	    !within(&f->dst, f->dplen, &p->sel.dst, p->sel.dplen))
		return false;
	if (f->has & SKF_DIR && f->dir != (xfrm_policy_is_socket(p) ?
	    xfrm_policy_socket_dir(p) : p->dir))
		return false;
	if (f->has & SKF_MARK && !mark_is(&f->mark, &p->mark))
		return false;
	if (f->has & SKF_IFID && f->if_id != p->if_id)
		return false;
	if (f->has & SKF_UPPER && f->upper != p->sel.proto)
		return false;
	if (f->has & SKF_PTYPE && f->ptype != p->ptype)
		return false;
	if (f->has & SKF_INDEX && f->index != p->index)
		return false;
	return has_tmpl(f, p);
}

/* Filters that each table has. */
#define SAD_FILTERS (SKF_SRC | SKF_DST | SKF_SPI | SKF_REQID | SKF_MARK | \
		     SKF_IFID | SKF_MODE | SKF_DIR)
#define SPD_FILTERS (SKF_SRC | SKF_DST | SKF_SPI | SKF_REQID | SKF_MARK | \
		     SKF_IFID | SKF_MODE | SKF_DIR | SKF_UPPER | SKF_PTYPE | \
		     SKF_INDEX)

static unsigned int filter_bit(enum setkey_word_id id)
{
	static const uint16_t bit[SKW_COUNT] = {
		[SKW_F_SRC] = SKF_SRC, [SKW_F_DST] = SKF_DST,
		[SKW_F_SPI] = SKF_SPI, [SKW_F_REQID] = SKF_REQID,
		[SKW_F_MARK] = SKF_MARK, [SKW_F_IFID] = SKF_IFID,
		[SKW_F_MODE] = SKF_MODE, [SKW_F_DIR] = SKF_DIR,
		[SKW_F_UPPER] = SKF_UPPER, [SKW_F_PTYPE] = SKF_PTYPE,
		[SKW_F_INDEX] = SKF_INDEX, [SKW_X_PTYPE] = SKF_PTYPE,
	};

	return bit[id];
}

static bool set_filter(struct ck *c, const struct setkey_ext *e,
		       struct setkey_filter *f)
{
	struct sloc arg = e->arg[0].host;

	switch (filter_bit(e->word->id)) {
	case SKF_SRC:
		return ck_range(c, &e->arg[0], 0, &f->src, &f->splen);
	case SKF_DST:
		return ck_range(c, &e->arg[0], 0, &f->dst, &f->dplen);
	case SKF_SPI:
		return ck_spi(c, arg, &f->spi);
	case SKF_REQID:
		return ck_u32(c, arg, &f->reqid);
	case SKF_MARK:
		return ck_mark(c, &e->arg[0], &f->mark);
	case SKF_IFID:
		return ck_u32(c, arg, &f->if_id);
	case SKF_MODE:
		return ck_mode(c, arg, &f->mode);
	case SKF_DIR:
		return ck_dir(c, arg, &f->dir);
	case SKF_UPPER:
		return ck_upper(c, arg, &f->upper);
	case SKF_PTYPE:
		return ck_ptype(c, arg, &f->ptype);
	default:
		return ck_u32(c, arg, &f->index);
	}
}

static bool set_filters(struct ck *c, unsigned int takes,
			struct setkey_filter *f)
{
	const struct setkey_ext *e;
	unsigned int bit;
	bool ok = true;

	for (e = c->st->exts; e && !c->nomem; e = e->next) {
		bit = filter_bit(e->word->id);
		if (!(bit & takes)) {
			ck_error(c, e->name, "syntax error",
				 "%s has no meaning for `%s'", e->word->text,
				 setkey_word(c->st->kind)->text);
			ok = false;
			continue;
		}
		f->has |= bit;
		ok &= set_filter(c, e, f);
	}
	return ok;
}

void ck_table_stmt(struct ck *c)
{
	const struct setkey_stmt *st = c->st;
	struct setkey_filter *f = ck_alloc(c, sizeof(*f));
	enum setkey_op_kind kind = SKOP_SPDDUMP;
	unsigned int takes = SPD_FILTERS;
	struct setkey_op *op;

	if (!f)
		return;
	if (st->kind == SKW_FLUSH) {
		kind = SKOP_FLUSH;
		takes = 0;
	} else if (st->kind == SKW_DUMP) {
		kind = SKOP_DUMP;
		takes = SAD_FILTERS;
	} else if (st->kind == SKW_SPDFLUSH) {
		kind = SKOP_SPDFLUSH;
		takes = SKF_PTYPE;
	}
	if (st->proto.loc.at && !ck_proto(c, &st->proto, &f->proto))
		return;
	if (!set_filters(c, takes, f))
		return;
	op = ck_op(c, kind);
	if (op)
		op->filter = f;
}

void ck_spdhash_stmt(struct ck *c)
{
	struct setkey_hash *h = ck_alloc(c, sizeof(*h));
	const struct setkey_ext *e;
	uint64_t local, remote, max;
	struct setkey_op *op;

	if (!h)
		return;
	*h = (struct setkey_hash){ -1, -1, -1, -1 };
	for (e = c->st->exts; e; e = e->next) {
		max = e->word->id == SKW_X_4 ? 32 : 128;
		if (!ck_number(c, e->arg[0].host, max, &local) ||
		    !ck_number(c, e->arg[1].host, max, &remote))
			return;
		if (e->word->id == SKW_X_4) {
			h->v4_local = (int)local;
			h->v4_remote = (int)remote;
		} else {
			h->v6_local = (int)local;
			h->v6_remote = (int)remote;
		}
	}
	if (!c->st->exts) {
		ck_error(c, c->st->loc, "syntax error", "write the prefix "
			 "lengths, as in `spdhash -4 24 24 -6 64 64'");
		return;
	}
	op = ck_op(c, SKOP_SPDHASH);
	if (op)
		op->hash = h;
}

void ck_spddefault_stmt(struct ck *c)
{
	struct xfrm_defpol *d = ck_alloc(c, sizeof(*d));
	const struct setkey_ext *e;
	enum setkey_word_id id;
	struct setkey_op *op;
	uint8_t action;

	if (!d)
		return;
	for (e = c->st->exts; e; e = e->next) {
		id = ck_value(c, e->arg[0].host, "spddefault");
		if (id != SKW_V_NONE && id != SKW_V_DISCARD)
			return;
		action = id == SKW_V_DISCARD ? XFRM_USERPOLICY_BLOCK :
			XFRM_USERPOLICY_ACCEPT;
		if (e->word->id == SKW_F_IN) {
			d->in = action;
		} else if (e->word->id == SKW_F_OUT) {
			d->out = action;
		} else if (e->word->id == SKW_F_FWD) {
			d->fwd = action;
		} else {
			ck_error(c, e->name, "syntax error", "spddefault takes "
				 "in, out and fwd, each with none or discard");
			return;
		}
	}
	if (!c->st->exts) {
		ck_error(c, c->st->loc, "syntax error", "write directions and "
			 "actions, as in `spddefault in discard out none'");
		return;
	}
	op = ck_op(c, SKOP_SPDDEFAULT);
	if (op)
		op->defpol = d;
}
