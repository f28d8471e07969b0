/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/status.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "ike/core/natt.h"

/* A tunnel that is down. */
struct down {
	struct hnode node;
	struct ike_ep local, remote;
	uint32_t pol;		/* outbound policy, 0 = phase 1 */
	struct xsel sel;
	uint64_t since;
	char remote_name[64];
	char why[IKE_TEXT_MAX];
};

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

static void down_set(struct ike *ike, const struct down *in, const char *name,
		     const char *why)
{
	struct down *d = down_find(ike, in->pol, &in->remote.addr);

	if (!d) {
		d = malloc(sizeof(*d));
		if (!d)
			return;
		*d = *in;
		if (htab_add(&ike->down, &d->node,
			     down_hash(ike, d->pol, &d->remote.addr)) < 0) {
			free(d);
			return;
		}
	}
	d->local = in->local;
	d->remote = in->remote;
	d->since = ike->now;
	snprintf(d->remote_name, sizeof(d->remote_name), "%s",
		 name ? name : "");
	snprintf(d->why, sizeof(d->why), "%s", why);
}

static void down_clear(struct ike *ike, uint32_t pol,
		       const struct xaddr *remote)
{
	struct down *d = down_find(ike, pol, remote);

	if (!d)
		return;
	htab_del(&ike->down, &d->node);
	free(d);
}

void status_sa_down(struct ike *ike, const struct ike_sa *sa)
{
	struct down d = { .local = sa->local, .remote = sa->remote };

	/* Strangers leave nothing behind: we or the file named the peer. */
	if (!sa->initiator && !sa->established &&
	    (!sa->rc || !sa->rc->addr.family))
		return;
	if (sa->why)
		down_set(ike, &d, sa->rc ? sa->rc->name : NULL, sa->why);
}

void status_child_down(struct ike *ike, const struct ike_child *c,
		       const char *why)
{
	struct down d = { .local = c->local, .remote = c->remote,
			  .pol = c->pol_out, .sel = c->sel };

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
}

void status_child_up(struct ike *ike, const struct ike_child *c)
{
	down_clear(ike, c->pol_out, &c->remote.addr);
}

void status_answer_down(struct ike *ike, uint32_t admin)
{
	struct hnode *cursor = NULL, *n;
	size_t pos = 0;

	while ((n = htab_walk(&ike->down, &pos, &cursor)) != NULL) {
		const struct down *d = hnode_entry(n, struct down, node);
		struct ike_answer a = { .id = admin, .kind = ANS_DOWN };
		/* what is wrong with phase 1 is what is wrong with all */
		const struct down *ph1 = down_find(ike, 0, &d->remote.addr);

		a.down.local = d->local;
		a.down.remote = d->remote;
		a.down.remote_name = d->remote_name;
		a.down.sel = d->sel;
		a.down.since = d->since;
		a.down.reason = ph1 ? ph1->why : d->why;
		ike_act_answer(ike, &a);
	}
}

void status_free(struct ike *ike)
{
	struct hnode *cursor = NULL, *n;
	size_t pos = 0;

	while ((n = htab_walk(&ike->down, &pos, &cursor)) != NULL) {
		htab_del(&ike->down, n);
		free(hnode_entry(n, struct down, node));
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
