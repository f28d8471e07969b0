/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>

#include "parser/setkey_chk.h"

/*
 * Files from when nothing did it for them have fwd policies of their own
 * beside the in policies: such a one stands for the twin.
 */

struct fwd {
	struct hnode node;
	const struct xfrm_policy *pol;
	struct fwd *before;	/* another twin of that name */
	bool twin, dropped;
};

static struct fwd *find(const struct htab *t, const struct xfrm_policy *p)
{
	struct hnode *n = htab_first(t, xfrm_policy_hash_id(0, p));
	struct fwd *f;

	for (; n; n = htab_next(n)) {
		f = hnode_entry(n, struct fwd, node);
		if (xfrm_policy_same_id(f->pol, p))
			return f;
	}
	return NULL;
}

/*
 * f is what is added or updated: drops it, or the twins it stands for.  What
 * updates a twin has its place in the kernel, and keeps that.
 */
static int note_add(struct htab *t, struct fwd *f, bool update)
{
	struct fwd *old = find(t, f->pol);

	if (old && !old->twin) {
		f->dropped = f->twin;
		return 0;
	}
	if (old)
		htab_del(t, &old->node);
	f->before = old;
	for (; !f->twin && !update && old; old = old->before)
		old->dropped = true;
	return htab_add(t, &f->node, xfrm_policy_hash_id(0, f->pol));
}

static int note(struct htab *t, const struct setkey_op *op, struct fwd *f)
{
	if (op->kind == SKOP_SPDFLUSH) {
		htab_free(t);
		return 0;
	}
	if ((op->kind != SKOP_SPDADD && op->kind != SKOP_SPDUPDATE &&
	     op->kind != SKOP_SPDDELETE) || op->pol->dir != XFRM_POLICY_FWD)
		return 0;
	f->pol = op->pol;
	f->twin = op->flags & SKOP_TWIN;
	if (op->kind != SKOP_SPDDELETE)
		return note_add(t, f, op->kind == SKOP_SPDUPDATE);
	f = find(t, op->pol);
	if (f)
		htab_del(t, &f->node);
	return 0;
}

int ck_own_fwd(struct setkey_prog *p)
{
	struct fwd *list;
	struct htab t;
	size_t i, n;
	int r = 0;

	if (!p->own_fwd)
		return 0;
	list = calloc(p->nop + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	htab_init(&t, 0);
	for (i = 0; !r && i < p->nop; i++)
		r = note(&t, &p->op[i], &list[i]);
	for (i = n = 0; !r && i < p->nop; i++)
		if (!list[i].dropped)
			p->op[n++] = p->op[i];
	if (!r)
		p->nop = n;
	htab_free(&t);
	free(list);
	return r;
}
