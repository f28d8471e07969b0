/* SPDX-License-Identifier: BSD-2-Clause */
#include "setkey/sync_show.h"

#include <string.h>
#include "libxfrm/print.h"
#include "setkey/json.h"

static bool looser_action(uint8_t want, uint8_t have)
{
	return want == XFRM_USERPOLICY_ACCEPT && have != want;
}

/* One direction; UNSPEC leaves it as it is. */
static void set_direction(struct sync_settings *s, uint8_t want, uint8_t have,
			  uint8_t *strict, uint8_t *final)
{
	*strict = *final = have;
	if (want == XFRM_USERPOLICY_UNSPEC || want == have)
		return;
	*final = want;
	if (looser_action(want, have)) {
		s->looser = true;
		return;
	}
	*strict = want;
	s->stricter = true;
}

void sync_settings_default(struct sync_settings *s,
			   const struct xfrm_defpol *want,
			   const struct xfrm_defpol *have)
{
	set_direction(s, want->in, have->in, &s->strict.in, &s->final.in);
	set_direction(s, want->fwd, have->fwd, &s->strict.fwd, &s->final.fwd);
	set_direction(s, want->out, have->out, &s->strict.out, &s->final.out);
}

void sync_settings_hash(struct sync_settings *s,
			const struct setkey_hash *want,
			const struct xfrm_spdinfo *have)
{
	s->hash = *want;
	s->rehash = (want->v4_local >= 0 &&
		     (want->v4_local != have->v4_local ||
		      want->v4_remote != have->v4_remote)) ||
		(want->v6_local >= 0 &&
		 (want->v6_local != have->v6_local ||
		  want->v6_remote != have->v6_remote));
}

size_t sync_count(const struct sync_plan *p, enum sync_kind kind)
{
	size_t i, n = 0;

	for (i = 0; i < p->nstep; i++)
		n += p->step[i].kind == kind;
	return n;
}

static const char *kind_word(enum sync_kind kind)
{
	switch (kind) {
	case SYNC_SA_ADD:
	case SYNC_POL_ADD:
		return "add";
	case SYNC_SA_UPDATE:
	case SYNC_POL_UPDATE:
		return "update";
	case SYNC_SA_REPLACE:
		return "replace";
	case SYNC_SA_DELETE:
	case SYNC_POL_DELETE:
		return "delete";
	}
	return "?";
}

/* "add", "esp 192.0.2.1 -> …", and which fields change. */
static const char *step_name(const struct sync_step *st, char *buf,
			     size_t len)
{
	const struct xfrm_sa *sa = st->sa ? st->sa : st->old_sa;

	if (sa)
		return xfrm_sa_str(sa, buf, len);
	return xfrm_policy_str(st->pol ? st->pol : st->old_pol, buf, len);
}

static const char *field_name(const struct sync_step *st, uint32_t bit)
{
	return st->sa ? xsa_field_name(bit) : xpol_field_name(bit);
}

static void text_step(struct out *o, const struct sync_step *st)
{
	char buf[XPOL_STRLEN];
	const char *sep = ": ";
	uint32_t bit;

	out_printf(o, "%-7s %s %s", kind_word(st->kind),
		   st->sa || st->old_sa ? "sa" : "policy",
		   step_name(st, buf, sizeof(buf)));
	for (bit = 1; bit && st->diff; bit <<= 1) {
		if (!(st->diff & bit))
			continue;
		out_printf(o, "%s%s", sep, field_name(st, bit));
		sep = ", ";
	}
	out_str(o, st->temporary ? " (for the time being)\n" : "\n");
}

static const char *action_word(uint8_t action)
{
	return action == XFRM_USERPOLICY_BLOCK ? "discard" :
		action == XFRM_USERPOLICY_ACCEPT ? "none" : "unknown";
}

static void text_defaults(struct out *o, const struct xfrm_defpol *d)
{
	out_printf(o, "set     spddefault in %s fwd %s out %s\n",
		   action_word(d->in), action_word(d->fwd),
		   action_word(d->out));
}

static void text_hash(struct out *o, const struct setkey_hash *h)
{
	out_lit(o, "set     spdhash");
	if (h->v4_local >= 0)
		out_printf(o, " -4 %d %d", h->v4_local, h->v4_remote);
	if (h->v6_local >= 0)
		out_printf(o, " -6 %d %d", h->v6_local, h->v6_remote);
	out_char(o, '\n');
}

static void text_plan(struct out *o, const struct sync_plan *p,
		      const struct sync_settings *s)
{
	size_t i;

	if (s->rehash)
		text_hash(o, &s->hash);
	if (s->stricter)
		text_defaults(o, &s->strict);
	for (i = 0; i < p->nstep; i++)
		text_step(o, &p->step[i]);
	if (s->looser)
		text_defaults(o, &s->final);
	out_printf(o, "%zu %s, %zu as it should be, %zu of others\n", p->nstep,
		   p->nstep == 1 ? "change" : "changes", p->same, p->others);
}

static void json_ids(struct jw *j, const struct sync_step *st)
{
	const struct xfrm_sa *sa = st->sa ? st->sa : st->old_sa;
	const struct xfrm_policy *p = st->pol ? st->pol : st->old_pol;
	char buf[XSEL_STRLEN], name[XNAME_STRLEN];

	if (sa) {
		jw_addr(j, "src", &sa->src);
		jw_addr(j, "dst", &sa->dst);
		jw_str(j, "proto", xname_proto(sa->proto, name));
		jw_u64(j, "spi", sa->spi);
		jw_u64(j, "reqid", sa->reqid);
		return;
	}
	jw_str(j, "dir", xname_dir(p->dir, name));
	jw_str(j, "selector", xsel_str(&p->sel, buf, sizeof(buf)));
	jw_str(j, "action", xname_action(p));
	jw_u64(j, "priority", p->priority);
}

static void json_step(struct jw *j, const struct run *r,
		      const struct sync_step *st)
{
	struct span span;
	uint32_t bit;

	jw_break(j);
	jw_obj(j, NULL);
	jw_str(j, "change", kind_word(st->kind));
	jw_str(j, "object", st->sa || st->old_sa ? "sa" : "policy");
	jw_bool(j, "temporary", st->temporary);
	json_ids(j, st);
	jw_arr(j, "fields");
	for (bit = 1; bit && st->diff; bit <<= 1)
		if (st->diff & bit)
			jw_str(j, NULL, field_name(st, bit));
	jw_arr_end(j);
	if (st->op != SYNC_NO_OP && r->src) {
		span = src_span(r->src, r->prog->op[st->op].loc);
		jw_str(j, "file", span.file);
		jw_u64(j, "line", span.line);
	}
	jw_obj_end(j);
}

static void json_defaults(struct jw *j, const struct xfrm_defpol *d)
{
	jw_obj(j, "spddefault");
	jw_str(j, "in", action_word(d->in));
	jw_str(j, "fwd", action_word(d->fwd));
	jw_str(j, "out", action_word(d->out));
	jw_obj_end(j);
}

static void json_plan(struct run *r, const struct sync_plan *p,
		      const struct sync_settings *s, bool plan)
{
	struct jw j;
	size_t i;

	jw_init(&j, r->rep->out);
	json_begin(&j, plan ? "plan" : "sync");
	if (s->rehash) {
		jw_obj(&j, "spdhash");
		jw_int(&j, "v4_local", s->hash.v4_local);
		jw_int(&j, "v4_remote", s->hash.v4_remote);
		jw_int(&j, "v6_local", s->hash.v6_local);
		jw_int(&j, "v6_remote", s->hash.v6_remote);
		jw_obj_end(&j);
	}
	if (s->stricter || s->looser)
		json_defaults(&j, &s->final);
	jw_arr(&j, "changes");
	for (i = 0; i < p->nstep; i++)
		json_step(&j, r, &p->step[i]);
	jw_arr_end(&j);
	jw_u64(&j, "unchanged", p->same);
	jw_u64(&j, "others", p->others);
	jw_obj_end(&j);
	jw_line(&j);
}

void sync_show_plan(struct run *r, const struct sync_plan *p,
		    const struct sync_settings *s, bool plan)
{
	if (r->json)
		json_plan(r, p, s, plan);
	else
		text_plan(r->rep->out, p, s);
}

void sync_show_refusal(struct report *rep, const struct sync_step *st,
		       const struct xmsg_error *e,
		       const struct xfrm_why *why)
{
	char buf[XPOL_STRLEN];

	report_line(rep, NULL, "%s %s: %s", kind_word(st->kind),
		    step_name(st, buf, sizeof(buf)), run_strerror(e->err));
	if (why->text[0])
		report_more(rep, "%s", why->text);
	if (e->text[0])
		report_more(rep, "kernel: %s", e->text);
	if (why->hint[0])
		report_more(rep, "hint: %s", why->hint);
}
