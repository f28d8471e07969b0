/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "setkey/dump.h"
#include "setkey/json.h"

void dump_kernel_filter(const struct setkey_filter *f, struct xfrm_sa_filter *k)
{
	*k = (struct xfrm_sa_filter){ 0 };
	if (!f)
		return;
	k->proto = f->proto;
	/* The kernel compares both addresses, or none. */
	if (f->has & SKF_SRC && f->has & SKF_DST) {
		k->src = f->src;
		k->splen = f->splen;
		k->dst = f->dst;
		k->dplen = f->dplen;
	}
}

static int sad_entry(void *arg, const struct xfrm_sa *sa)
{
	struct dump *d = arg;

	if (d->filter && !setkey_filter_sa(d->filter, sa))
		return 0;
	if (!d->all && sa_state(sa, d->show.now) == SA_DEAD)
		return 0;
	switch (d->format) {
	case DUMP_TEXT:
		/* The last entry carries 0, the others count from 1. */
		if (d->shown)
			show_sa_end(d->o, &d->show, d->shown);
		show_sa(d->o, &d->show, sa);
		break;
	case DUMP_JSON:
		jw_break(&d->jw);
		json_sa(&d->jw, NULL, sa, d->show.now);
		break;
	case DUMP_LINES:
		show_sa_line(d->o, &d->show, sa);
		break;
	}
	d->shown++;
	return d->o->err;
}

/* {"schema_version":1,"command":"dump-sad","time":NOW,"sad":[ */
static void json_open(struct dump *d, const char *command, const char *list)
{
	if (d->format != DUMP_JSON)
		return;
	jw_init(&d->jw, d->o);
	json_begin(&d->jw, command);
	jw_int(&d->jw, "time", d->show.now);
	jw_arr(&d->jw, list);
}

static void json_close(struct dump *d, int err)
{
	if (d->format != DUMP_JSON)
		return;
	if (d->shown)
		jw_line(&d->jw);
	jw_arr_end(&d->jw);
	/* A reader must be able to tell a short list from a cut one. */
	jw_bool(&d->jw, "complete", !err);
	jw_obj_end(&d->jw);
	jw_line(&d->jw);
}

int dump_sad(struct dump *d, struct xfrm_sock *s, struct xmsg_error *e)
{
	struct xfrm_sa_filter k;
	int r;

	d->shown = d->hidden = 0;
	dump_kernel_filter(d->filter, &k);
	json_open(d, "dump-sad", "sad");
	r = xfrm_sock_dump_sa(s, &k, sad_entry, d, e);
	if (d->format == DUMP_TEXT && d->shown)
		show_sa_end(d->o, &d->show, 0);
	json_close(d, r);
	return r;
}

static int spd_entry(void *arg, const struct xfrm_policy *p)
{
	struct dump *d = arg;

	if (d->filter && !setkey_filter_policy(d->filter, p))
		return 0;
	if (d->hide_socket && xfrm_policy_is_socket(p)) {
		d->hidden++;
		return 0;
	}
	if (d->format == DUMP_JSON) {
		jw_break(&d->jw);
		json_policy(&d->jw, NULL, p);
	} else {
		if (d->shown)
			show_policy_end(d->o, &d->show, d->shown);
		show_policy(d->o, &d->show, p);
	}
	d->shown++;
	return d->o->err;
}

int dump_spd(struct dump *d, struct xfrm_sock *s, struct xmsg_error *e)
{
	int r;

	d->shown = d->hidden = 0;
	json_open(d, "dump-spd", "spd");
	r = xfrm_sock_dump_policy(s, spd_entry, d, e);
	if (d->format != DUMP_JSON && d->shown)
		show_policy_end(d->o, &d->show, 0);
	json_close(d, r);
	if (d->hidden && d->format != DUMP_JSON)
		out_printf(d->o,
			   "%u per-socket polic%s not shown (filtered by -N)\n",
			   d->hidden, d->hidden == 1 ? "y" : "ies");
	return r;
}

void dump_one_sa(struct dump *d, const struct xfrm_sa *sa)
{
	struct jw j;

	if (d->format != DUMP_JSON) {
		show_sa(d->o, &d->show, sa);
		show_sa_end(d->o, &d->show, 0);
		return;
	}
	jw_init(&j, d->o);
	json_begin(&j, "get");
	jw_int(&j, "time", d->show.now);
	json_sa(&j, "sa", sa, d->show.now);
	jw_obj_end(&j);
	jw_line(&j);
}
