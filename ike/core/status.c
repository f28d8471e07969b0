/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/status.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "ike/core/natt.h"
#include "libxfrm/base/err.h"

/* A tunnel that is down, or a peer that was refused. */
struct down {
	struct hnode node;
	struct down *newer, *older;	/* of those refused; */
	bool shown;			/* one with its policy, just now */
	struct ike_ep local, remote;
	uint32_t pol;		/* outbound policy, 0 = phase 1; or: */
	struct xsel sel;
	uint64_t since;
	char remote_name[64];
	char why[IKE_TEXT_MAX];
};

/*
 * No policy of ours: what the peer asks for, and who was refused in phase 1
 * that no file of ours gives an address.  For a while, and of the latter the
 * last ones only: they may be anybody.
 */
#define DOWN_ASKED UINT32_MAX
#define DOWN_REFUSED (UINT32_MAX - 1)
#define DOWN_THEIRS_MS (3600 * 1000)

static bool down_theirs(const struct down *d)
{
	return d->pol == DOWN_ASKED || d->pol == DOWN_REFUSED;
}

static uint64_t down_hash(const struct ike *ike, uint32_t pol,
			  const struct xaddr *remote)
{
	return hash_mix(xaddr_hash(ike->seed, remote), pol);
}

static struct down *down_find(const struct ike *ike, uint32_t pol,
			      const struct xaddr *remote)
{
	struct hnode *n;

	for (n = htab_first(&ike->down, down_hash(ike, pol, remote)); n;
	     n = htab_next(n)) {
		struct down *d = hnode_entry(n, struct down, node);

		if (d->pol == pol && xaddr_equal(&d->remote.addr, remote))
			return d;
	}
	return NULL;
}

static void refused_unlink(struct ike *ike, struct down *d)
{
	if (d->newer)
		d->newer->older = d->older;
	else
		ike->refused.newest = d->older;
	if (d->older)
		d->older->newer = d->newer;
	else
		ike->refused.oldest = d->newer;
	ike->refused.n--;
}

static void refused_link(struct ike *ike, struct down *d)
{
	d->newer = NULL;
	d->older = ike->refused.newest;
	if (d->older)
		d->older->newer = d;
	else
		ike->refused.oldest = d;
	ike->refused.newest = d;
	ike->refused.n++;
}

static void down_free(struct ike *ike, struct down *d)
{
	if (d->pol == DOWN_REFUSED)
		refused_unlink(ike, d);
	htab_del(&ike->down, &d->node);
	free(d);
}

static struct down *down_new(struct ike *ike, const struct down *in)
{
	struct down *d = malloc(sizeof(*d));

	if (!d)
		return NULL;
	*d = *in;
	if (htab_add(&ike->down, &d->node,
		     down_hash(ike, d->pol, &d->remote.addr)) < 0) {
		free(d);
		return NULL;
	}
	if (d->pol == DOWN_REFUSED)
		refused_link(ike, d);
	return d;
}

static void down_set(struct ike *ike, const struct down *in, const char *name,
		     const char *why)
{
	struct down *d = down_find(ike, in->pol, &in->remote.addr);

	if (!d)
		d = down_new(ike, in);
	if (!d)
		return;
	d->local = in->local;
	d->remote = in->remote;
	d->since = ike->now;
	snprintf(d->remote_name, sizeof(d->remote_name), "%s",
		 name ? name : "");
	snprintf(d->why, sizeof(d->why), "%s", why);
	if (d->pol != DOWN_REFUSED)
		return;
	refused_unlink(ike, d);
	refused_link(ike, d);
	if (ike->refused.n > IKE_REFUSED_MAX)
		down_free(ike, ike->refused.oldest);
}

static void down_clear(struct ike *ike, uint32_t pol,
		       const struct xaddr *remote)
{
	struct down *d = down_find(ike, pol, remote);

	if (d)
		down_free(ike, d);
}

void status_sa_down(struct ike *ike, const struct ike_sa *sa)
{
	struct down d = { .local = sa->local, .remote = sa->remote };

	if (!sa->initiator && !sa->established &&
	    (!sa->rc || !sa->rc->addr.family))
		d.pol = DOWN_REFUSED;
	if (sa->why)
		down_set(ike, &d, sa->rc ? sa->rc->name : NULL, sa->why);
}

void status_child_down(struct ike *ike, const struct ike_child *c,
		       const char *why)
{
	struct down d = { .local = c->local, .remote = c->remote,
			  .pol = c->pol_out, .sel = c->sel };

	if (!d.pol && !c->initiator && c->sel.family)
		d.pol = DOWN_ASKED;
	if (c->sa->rc)
		down_set(ike, &d, c->sa->rc->name, why);
}

void status_policy_down(struct ike *ike, const struct child_want *w,
			const char *why)
{
	struct down d = { .local.addr = w->local, .remote.addr = w->remote,
			  .pol = w->pol->index, .sel = w->pol->sel };

	ike_log(ike, LOG_LV_ERROR, &d.remote, "%s", why);
	down_set(ike, &d, NULL, why);
}

void status_sa_up(struct ike *ike, const struct ike_sa *sa)
{
	down_clear(ike, 0, &sa->remote.addr);
	down_clear(ike, DOWN_REFUSED, &sa->remote.addr);
}

void status_child_up(struct ike *ike, const struct ike_child *c)
{
	const struct down *asked = down_find(ike, DOWN_ASKED, &c->remote.addr);

	down_clear(ike, c->pol_out, &c->remote.addr);
	if (asked && xsel_equal(&asked->sel, &c->sel))
		down_clear(ike, DOWN_ASKED, &c->remote.addr);
}

/* Indices of policies that have something to show. */
struct shown {
	struct htab set;
	struct hnode *node;
	size_t n, max;
};

static int shown_init(struct ike *ike, struct shown *sh)
{
	*sh = (struct shown){ .max = ike->child_id.count + ike->down.count };
	htab_init(&sh->set, 0);
	sh->node = calloc(sh->max + 1, sizeof(*sh->node));
	return sh->node ? 0 : XE_NOMEM;
}

static void shown_add(struct ike *ike, struct shown *sh, uint32_t pol)
{
	if (sh->n < sh->max)
		htab_add(&sh->set, &sh->node[sh->n++],
			 hash_mix(ike->seed, pol));
}

static void shown_free(struct shown *sh)
{
	for (size_t i = 0; i < sh->n; i++)
		htab_del(&sh->set, &sh->node[i]);
	htab_free(&sh->set);
	free(sh->node);
}

/* Does what failed still exist, in the kernel or in the file, or is it new? */
static bool down_counts(struct ike *ike, const struct down *d)
{
	struct ike_remote_query q = { .peer = d->remote.addr };
	const struct kpol *pol;
	const struct ike_remote *rc;
	int r;

	if (down_theirs(d) && ike->now - d->since > DOWN_THEIRS_MS)
		return false;
	if (d->pol == DOWN_REFUSED)
		return true;
	if (d->pol && d->pol != DOWN_ASKED) {
		pol = spd_by_index(&ike->spd, d->pol);
		return pol && pol->ntmpl;
	}
	r = ike_conf_find_remote(ike->conf, &q, &rc);
	return !r || r == XE_AGAIN;
}

/* It failed, perhaps as a renewal, and there is another one that works. */
static bool is_up(struct ike *ike, const struct down *d)
{
	const struct ike_ep remote = { .addr = d->remote.addr };

	if (down_theirs(d))
		return false;
	return d->pol ? child_up(ike, d->pol, &d->remote.addr) != NULL
		      : sa_peer_best(ike, &d->local.addr, &remote) != NULL;
}

/* With whom, when and why. */
static void down_row(const struct down *d, struct ike_down_row *row)
{
	row->local = d->local;
	row->remote = d->remote;
	row->remote_name = d->remote_name;
	row->since = d->since;
	row->reason = d->why;
}

static void answer_failed(struct ike *ike, uint32_t admin, struct shown *sh)
{
	struct hnode *cursor = NULL, *n;
	size_t pos = 0;

	while ((n = htab_walk(&ike->down, &pos, &cursor)) != NULL) {
		struct down *d = hnode_entry(n, struct down, node);
		struct ike_answer a = { .id = admin, .kind = ANS_DOWN };
		/* what is wrong with phase 1 is what is wrong with all */
		const struct down *ph1 = down_find(ike, 0, &d->remote.addr);

		if (!down_counts(ike, d)) {
			down_free(ike, d);
			continue;
		}
		if (d->pol == DOWN_REFUSED || is_up(ike, d))
			continue;
		if (ph1 && is_up(ike, ph1))
			ph1 = NULL;
		down_row(d, &a.down);
		a.down.policy = d->pol == DOWN_ASKED ? 0 : d->pol;
		a.down.sel = d->sel;
		if (ph1)
			a.down.reason = ph1->why;
		ike_act_answer(ike, &a);
		shown_add(ike, sh, d->pol);
	}
}

/*
 * Peers that were refused last, and whom no policy waits for: those whose
 * policy does were its reason.
 */
static void answer_refused(struct ike *ike, uint32_t admin)
{
	for (struct down *d = ike->refused.newest; d; d = d->older) {
		struct ike_answer a = { .id = admin, .kind = ANS_DOWN };

		if (d->shown) {
			d->shown = false;
			continue;
		}
		a.down.refused = true;
		down_row(d, &a.down);
		ike_act_answer(ike, &a);
	}
}

/* Policies that no traffic has asked for, or whose peer asked in vain. */
static void answer_idle(struct ike *ike, uint32_t admin, struct shown *sh)
{
	struct hnode *cursor = NULL;
	const struct xaddr *peer;
	const struct kpol *p;
	struct down *d;
	size_t pos = 0;

	while ((p = spd_walk(&ike->spd, &pos, &cursor)) != NULL) {
		struct ike_answer a = { .id = admin, .kind = ANS_DOWN };
		const struct ktmpl *t = p->ntmpl ? &p->tmpl[p->ntmpl - 1]
						 : NULL;

		if (p->dir != KDIR_OUT || !t || p->block ||
		    htab_first(&sh->set, hash_mix(ike->seed, p->index)))
			continue;
		a.down.policy = p->index;
		a.down.sel = p->sel;
		if (t->mode == KMODE_TUNNEL) {
			a.down.local.addr = t->src;
			a.down.remote.addr = t->dst;
		}
		peer = t->mode == KMODE_TUNNEL ? &t->dst : &p->sel.dst;
		d = down_find(ike, DOWN_REFUSED, peer);
		if (d) {
			d->shown = true;
			down_row(d, &a.down);
		}
		ike_act_answer(ike, &a);
	}
}

void status_answer_down(struct ike *ike, uint32_t admin)
{
	struct hnode *cursor = NULL;
	struct ike_child *c;
	struct shown sh;
	size_t pos = 0;

	if (shown_init(ike, &sh) < 0)
		return;
	answer_failed(ike, admin, &sh);
	while ((c = child_walk(ike, &pos, &cursor)) != NULL)
		shown_add(ike, &sh, c->pol_out);
	answer_idle(ike, admin, &sh);
	answer_refused(ike, admin);
	shown_free(&sh);
}

void status_free(struct ike *ike)
{
	struct hnode *cursor = NULL, *n;
	size_t pos = 0;

	while ((n = htab_walk(&ike->down, &pos, &cursor)) != NULL) {
		down_free(ike, hnode_entry(n, struct down, node));
	}
	htab_free(&ike->down);
}

static const char *id_text(const struct sa_id *id, struct wbuf *w)
{
	if (!id->own)
		return NULL;
	ike_id_print(&id->id, w);
	return wbuf_str(w);
}

void status_sa_row(const struct ike_sa *sa, struct ike_sa_row *row,
		   struct wbuf *local_id, struct wbuf *remote_id)
{
	*row = (struct ike_sa_row){
		.spi_i = sa->spi_i, .spi_r = sa->spi_r,
		.state = sa->state, .initiator = sa->initiator,
		.version = (uint8_t)(sa->ver->major << 4),
		.exchange = sa->exchange,
		.local = sa->local, .remote = sa->remote,
		.local_id = id_text(&sa->local_id, local_id),
		.remote_id = id_text(&sa->remote_id, remote_id),
		.created = sa->established, .nchild = sa->nchild,
		.enc = sa->prop.enc, .enc_keylen = sa->prop.keylen,
		.hash = sa->prop.hash, .auth = (uint16_t)sa->prop.auth,
		.group = sa->prop.group, .lifetime = sa->prop.lifetime,
		.natt = sa->natt.version != NATT_NONE,
		.nat_local = sa->natt.local_nat,
		.nat_remote = sa->natt.remote_nat,
		.dpd = sa->dpd.peer, .dpd_fails = sa->dpd.fails,
	};
	if (!sa->rc)
		return;
	row->remote_name = sa->rc->name;
	row->anonymous = !sa->rc->addr.family;
	row->passive = sa->rc->passive;
	row->generate_policy = (uint8_t)sa->rc->generate_policy;
}

void status_child_row(const struct ike_child *c, struct ike_child_row *row)
{
	const struct child_sa *p;

	*row = (struct ike_child_row){
		.msgid = c->msgid, .spi_i = c->sa->spi_i,
		.spi_r = c->sa->spi_r, .state = c->state, .sel = c->sel,
		.local = c->local, .remote = c->remote,
		.pfs_group = c->pfs_group, .life_sec = c->life_sec,
		.life_bytes = c->life_bytes, .created = c->created,
		.up = c->up, .policy = c->pol_out,
		.remote_name = c->sa->rc ? c->sa->rc->name : NULL,
	};
	if (!c->n)
		return;
	p = &c->p[c->n - 1];
	row->proto = p->proto;
	row->mode = p->mode;
	row->spi_in = p->spi_in;
	row->spi_out = p->spi_out;
	row->reqid_in = p->reqid_in;
	row->reqid_out = p->reqid_out;
	row->in = p->in;
	row->out = p->out;
	for (unsigned int i = 0; i < c->n; i++) {
		p = &c->p[i];
		if (p->enc) {
			row->enc = p->enc;
			row->enc_keylen = p->keylen;
		}
		if (p->auth)
			row->auth = p->auth;
		if (p->comp)
			row->comp = p->comp;
	}
}
