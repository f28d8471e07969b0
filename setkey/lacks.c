/* SPDX-License-Identifier: BSD-2-Clause */
#include "setkey/lacks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libxfrm/base/err.h"
#include "libxfrm/uapi.h"
#include "setkey/refuse.h"

/* The smallest window that is worth its name, as parser/setkey_exts.c has. */
#define ESN_WINDOW 32

static const struct late {
	uint32_t field;		/* enum xsa_field */
	uint16_t attr;		/* 0: not told by one */
	const char *word, *since;
} late[] = {
	{ XSA_F_MTIMER, XA_MTIMER_THRESH, "-mtimer", "5.17" },
	{ XSA_F_DIR, XA_SA_DIR, "-dir", "6.10" },
	{ XSA_F_NATKA, XA_NAT_KEEPALIVE, "-keepalive", "6.11" },
	{ XSA_F_PCPU, XA_SA_PCPU, "-cpu", "6.13" },
	{ XSA_F_SEC, 0, "-ctx", NULL },
};
#define NLATE (sizeof(late) / sizeof(late[0]))

static bool about_policy(const struct setkey_op *op)
{
	return op->kind == SKOP_SPDADD || op->kind == SKOP_SPDUPDATE ||
	       op->kind == SKOP_SPDDELETE;
}

static uint32_t used(const struct setkey_op *op)
{
	const struct xfrm_sa *sa = op->sa;

	if (about_policy(op))
		return op->pol->sec.len ? XSA_F_SEC : 0;
	if (op->kind != SKOP_ADD && op->kind != SKOP_UPDATE)
		return 0;
	return (sa->sec.len ? XSA_F_SEC : 0u) |
	       (sa->mtimer ? XSA_F_MTIMER : 0u) |
	       (sa->dir ? XSA_F_DIR : 0u) |
	       (sa->nat_keepalive ? XSA_F_NATKA : 0u) |
	       (sa->has & XSA_HAS_PCPU ? XSA_F_PCPU : 0u);
}

/*
 * SELinux alone looks at the labels of IPsec; without it the kernel takes
 * them and keeps none.  It has its file system when it is on.  XE_UNSUPPORTED:
 * cannot tell.
 */
static int labels_count(void)
{
	FILE *f = fopen("/proc/filesystems", "re");
	char *line = NULL;
	size_t cap = 0;
	int found = 0;

	if (!f)
		return XE_UNSUPPORTED;
	while (!found && getline(&line, &cap, f) > 0)
		found = strstr(line, "selinuxfs") != NULL;
	free(line);
	fclose(f);
	return found;
}

/* Those of the fields that the kernel has no notion of. */
static uint32_t lacking(struct run *r, uint32_t fields)
{
	size_t i;

	for (i = 0; i < NLATE; i++) {
		if (!(fields & late[i].field & ~r->asked))
			continue;
		r->asked |= late[i].field;
		/* what cannot be asked is told by the request itself */
		if ((late[i].attr ? xfrm_sock_knows(r->sock, late[i].attr) :
				    labels_count()) == 0)
			r->lacking |= late[i].field;
	}
	return fields & r->lacking;
}

static struct diag_entry *message(const struct run *r, const struct late *l,
				  const struct span *span, struct diag *d)
{
	enum diag_level level = r->strict ? DIAG_ERROR : DIAG_WARNING;
	const char *then = r->strict ? "" : ": left out";

	if (!l->since)
		return diag_add(d, level, span, "without SELinux nothing looks "
				"at the label of %s%s", l->word, then);
	return diag_add(d, level, span, "this kernel does not know %s, which "
			"came with Linux %s%s", l->word, l->since, then);
}

static void warn(struct run *r, const struct setkey_op *op, uint32_t fields,
		 struct diag *d)
{
	struct span span = src_span(r->src, op->loc);
	struct diag_entry *e;
	struct wbuf w;
	size_t i;

	for (i = 0; i < NLATE; i++) {
		if (!(fields & late[i].field))
			continue;
		e = message(r, &late[i], &span, d);
		wbuf_init(&w, 4096);
		src_excerpt(r->src, op->loc, &w);
		diag_excerpt(d, e, wbuf_str(&w));
		wbuf_free(&w);
	}
}

static int leave_out_label(struct setkey_prog *p, struct setkey_op *op)
{
	struct xfrm_policy *pol = arena_memdup(p->arena, op->pol,
					       sizeof(*pol));

	if (!pol)
		return -ENOMEM;
	pol->sec = (struct xsecctx){ 0 };
	op->pol = pol;
	return 0;
}

/* What such a kernel would make of it, or refuse for no reason. */
static int leave_out(struct setkey_prog *p, struct setkey_op *op,
		     uint32_t fields)
{
	struct xfrm_sa *sa;

	if (about_policy(op))
		return leave_out_label(p, op);
	sa = arena_memdup(p->arena, op->sa, sizeof(*sa));
	if (!sa)
		return -ENOMEM;
	if (fields & XSA_F_SEC)
		sa->sec = (struct xsecctx){ 0 };
	if (fields & XSA_F_MTIMER)
		sa->mtimer = 0;
	if (fields & XSA_F_NATKA)
		sa->nat_keepalive = 0;
	if (fields & XSA_F_PCPU)
		sa->has &= (uint8_t)~XSA_HAS_PCPU;
	if (fields & XSA_F_DIR)
		sa->dir = XSA_DIR_NONE;
	/* Only an SA known to be outbound needs no window for ESN. */
	if (!sa->dir && sa->esn && !sa->replay.window)
		sa->replay.window = ESN_WINDOW;
	op->sa = sa;
	return 0;
}

static void tell(struct run *r, const struct diag *d)
{
	const struct diag_entry *e;

	for (e = diag_first(d); e; e = e->next) {
		report_entry(r->rep, e);
		if (e->level == DIAG_ERROR)
			r->refused++;
	}
	refuse_json(r, d);
	report_flush(r->rep);
}

int lacks_adapt(struct run *r, struct setkey_prog *p)
{
	struct diag *d = NULL;
	uint32_t fields, told = 0;
	size_t i;
	int err = 0;

	for (i = 0; i < p->nop && !err; i++) {
		fields = used(&p->op[i]);
		if (!fields || !(fields = lacking(r, fields)))
			continue;
		if (!d && !(d = diag_new()))
			return -ENOMEM;
		/* Once for each word: the rest of a file has more of them. */
		warn(r, &p->op[i], fields & ~told, d);
		told |= fields;
		err = leave_out(p, &p->op[i], fields);
	}
	if (d)
		tell(r, d);
	diag_free(d);
	return err ? err : told && r->strict ? XE_REFUSED : 0;
}
