/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/child.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/core/genpol.h"
#include "ike/core/retire.h"
#include "ike/core/sa.h"
#include "ike/core/salife.h"
#include "ike/core/status.h"
#include "ike/core/xchg.h"
#include "libxfrm/base/err.h"

/* ---- tables ---- */

static uint64_t spi_hash(const struct ike *ike, uint8_t proto, uint32_t spi)
{
	return hash_mix(hash_mix(ike->seed, spi), proto);
}

/* One policy can have a child with each peer (transport mode). */
static uint64_t pol_hash(const struct ike *ike, uint32_t pol,
			 const struct xaddr *peer)
{
	return hash_mix(xaddr_hash(ike->seed, peer), pol);
}

static void sa_link(struct ike_child *c, struct ike_sa *sa)
{
	c->sa = sa;
	c->next = sa->child;
	if (c->next)
		c->next->prevp = &c->next;
	c->prevp = &sa->child;
	sa->child = c;
	sa->nchild++;
}

static void sa_unlink(struct ike_child *c)
{
	*c->prevp = c->next;
	if (c->next)
		c->next->prevp = c->prevp;
	c->sa->nchild--;
}

int child_new(struct ike *ike, struct ike_sa *sa, bool initiator,
	      struct ike_child **out)
{
	struct ike_child *c;
	int r;

	*out = NULL;
	if (sa->nchild >= IKE_SA_CHILD_MAX)
		return XE_LIMIT;
	c = calloc(1, sizeof(*c));
	if (!c)
		return XE_NOMEM;
	c->id = ike_new_id(ike);
	c->initiator = initiator;
	c->local = sa->local;
	c->remote = sa->remote;
	retire_init(c);
	r = htab_add(&ike->child_id, &c->by_id, hash_mix(ike->seed, c->id));
	if (r < 0) {
		free(c);
		return r;
	}
	c->conf = ike_conf_ref(sa->conf);
	sa_link(c, sa);
	*out = c;
	return 0;
}

struct ike_child *child_by_id(struct ike *ike, uint32_t id)
{
	struct hnode *n;

	for (n = htab_first(&ike->child_id, hash_mix(ike->seed, id)); n;
	     n = htab_next(n)) {
		struct ike_child *c = hnode_entry(n, struct ike_child, by_id);

		if (c->id == id)
			return c;
	}
	return NULL;
}

int child_hash_spi(struct ike *ike, struct ike_child *c, unsigned int i,
		   enum kdir dir)
{
	struct child_sa *p = &c->p[i];
	bool in = dir == KDIR_IN;
	struct child_spi *e = in ? &p->by_in : &p->by_out;
	int r;

	if (e->hashed)
		htab_del(&ike->child_spi, &e->node);
	e->child = c;
	e->index = (uint8_t)i;
	e->in = in;
	r = htab_add(&ike->child_spi, &e->node,
		     spi_hash(ike, p->proto, in ? p->spi_in : p->spi_out));
	e->hashed = r == 0;
	return r;
}

struct ike_child *child_by_spi(struct ike *ike, uint8_t proto,
			       const struct xaddr *dst, uint32_t spi,
			       unsigned int *i, bool *in)
{
	struct hnode *n;

	for (n = htab_first(&ike->child_spi, spi_hash(ike, proto, spi)); n;
	     n = htab_next(n)) {
		struct child_spi *e = hnode_entry(n, struct child_spi, node);
		const struct ike_child *c = e->child;
		const struct child_sa *p = &c->p[e->index];

		if (p->proto != proto ||
		    (e->in ? p->spi_in : p->spi_out) != spi ||
		    !xaddr_equal(e->in ? &c->local.addr : &c->remote.addr,
				 dst))
			continue;
		if (i)
			*i = e->index;
		if (in)
			*in = e->in;
		return e->child;
	}
	return NULL;
}

int child_hash_pol(struct ike *ike, struct ike_child *c)
{
	int r;

	if (!c->in_sel) {
		r = htab_add(&ike->child_sel, &c->by_sel,
			     xsel_hash(ike->seed, &c->sel));
		if (r < 0)
			return r;
		c->in_sel = true;
	}
	if (c->in_pol || !c->pol_out)
		return 0;
	r = htab_add(&ike->child_pol, &c->by_pol,
		     pol_hash(ike, c->pol_out, &c->remote.addr));
	c->in_pol = r == 0;
	return r;
}

void child_unhash_pol(struct ike *ike, struct ike_child *c)
{
	if (c->in_pol)
		htab_del(&ike->child_pol, &c->by_pol);
	c->in_pol = false;
}

/* Next child of a policy and peer; walks all for prev = NULL first. */
static struct ike_child *pol_next(struct ike *ike, uint32_t pol,
				  const struct xaddr *remote,
				  const struct ike_child *prev)
{
	struct hnode *n;

	if (!pol)
		return NULL;
	n = prev ? htab_next(&prev->by_pol)
		 : htab_first(&ike->child_pol, pol_hash(ike, pol, remote));
	for (; n; n = htab_next(n)) {
		struct ike_child *c = hnode_entry(n, struct ike_child, by_pol);

		if (c->pol_out == pol &&
		    xaddr_equal(&c->remote.addr, remote))
			return c;
	}
	return NULL;
}

struct ike_child *child_sibling(struct ike *ike, const struct ike_child *c)
{
	struct ike_child *s = NULL;

	while ((s = pol_next(ike, c->pol_out, &c->remote.addr, s)) != NULL)
		if (s != c && s->state == CHILD_ESTABLISHED &&
		    xsel_equal(&s->sel, &c->sel))
			return s;
	return NULL;
}

static struct ike_child *on_its_way(struct ike *ike, uint32_t pol_out,
				    const struct xaddr *remote, bool initiator)
{
	struct ike_child *c = NULL;

	while ((c = pol_next(ike, pol_out, remote, c)) != NULL)
		if (c->initiator == initiator && c->state < CHILD_ESTABLISHED)
			return c;
	return NULL;
}

struct ike_child *child_pending(struct ike *ike, uint32_t pol_out,
				const struct xaddr *remote)
{
	return on_its_way(ike, pol_out, remote, true);
}

struct ike_child *child_answered(struct ike *ike, uint32_t pol_out,
				 const struct xaddr *remote)
{
	return on_its_way(ike, pol_out, remote, false);
}

struct ike_child *child_up(struct ike *ike, uint32_t pol_out,
			   const struct xaddr *remote)
{
	struct ike_child *c = NULL;

	while ((c = pol_next(ike, pol_out, remote, c)) != NULL)
		if (c->state == CHILD_ESTABLISHED)
			return c;
	return NULL;
}

static void child_unhash(struct ike *ike, struct ike_child *c)
{
	for (unsigned int i = 0; i < c->n; i++) {
		struct child_sa *p = &c->p[i];

		if (p->by_in.hashed)
			htab_del(&ike->child_spi, &p->by_in.node);
		if (p->by_out.hashed)
			htab_del(&ike->child_spi, &p->by_out.node);
		p->by_in.hashed = p->by_out.hashed = false;
	}
	child_unhash_pol(ike, c);
	if (c->in_sel)
		htab_del(&ike->child_sel, &c->by_sel);
	c->in_sel = false;
	htab_del(&ike->child_id, &c->by_id);
}

struct ike_child *child_walk(struct ike *ike, size_t *pos,
			     struct hnode **cursor)
{
	struct hnode *n = htab_walk(&ike->child_id, pos, cursor);

	return n ? hnode_entry(n, struct ike_child, by_id) : NULL;
}

/* ---- changes ---- */

const char *child_state_name(enum child_state state)
{
	switch (state) {
#define CHILD_STATE_NAME(name, text) \
	case CHILD_##name: \
		return text;
		CHILD_STATE_LIST(CHILD_STATE_NAME)
#undef CHILD_STATE_NAME
	}
	return "?";
}

void child_set_state(struct ike *ike, struct ike_child *c,
		     enum child_state state)
{
	if (c->state == state)
		return;
	if (ike_log_on(ike, LOG_LV_DEBUG))
		ike_log(ike, LOG_LV_DEBUG, &c->remote,
			"phase 2 %08x: %s -> %s", c->msgid,
			child_state_name(c->state), child_state_name(state));
	c->state = state;
}

int child_set_count(struct ike_child *c, unsigned int n)
{
	assert(!c->p && n && n <= CHILD_SA_MAX);
	c->p = calloc(n, sizeof(*c->p));
	if (!c->p)
		return XE_NOMEM;
	c->n = n;
	return 0;
}

int child_from_policy(struct ike *ike, struct ike_child *c,
		      const struct kpol *out, const struct kpol *in)
{
	int r;

	if (!out->ntmpl || out->block || out->ntmpl > CHILD_SA_MAX)
		return XE_UNSUPPORTED;
	r = child_set_count(c, out->ntmpl);
	if (r < 0)
		return r;
	for (unsigned int i = 0; i < out->ntmpl; i++) {
		const struct ktmpl *t = &out->tmpl[i];
		struct child_sa *p = &c->p[i];

		p->proto = t->proto;
		p->mode = t->mode;
		p->reqid_out = p->reqid_in = t->reqid;
		if (in && in->ntmpl == out->ntmpl &&
		    in->tmpl[i].proto == t->proto)
			p->reqid_in = in->tmpl[i].reqid;
	}
	c->pol_out = out->index;
	c->pol_in = in ? in->index : 0;
	return child_hash_pol(ike, c);
}

static const char *proto_name(uint8_t proto)
{
	return proto == IPPROTO_AH ? "AH"
	     : proto == IPPROTO_COMP ? "IPCOMP" : "ESP";
}

static void child_log(struct ike *ike, const struct ike_child *c,
		      const char *what)
{
	char l[IKE_EP_STRLEN], r[IKE_EP_STRLEN];

	ike_ep_str(&c->local, l);
	ike_ep_str(&c->remote, r);
	for (unsigned int i = 0; i < c->n; i++) {
		const struct child_sa *p = &c->p[i];
		const char *mode = p->mode == KMODE_TUNNEL ? "Tunnel"
							   : "Transport";

		ike_log(ike, LOG_LV_INFO, NULL,
			"IPsec-SA %s: %s/%s %s->%s spi=%u(0x%x)", what,
			proto_name(p->proto), mode, r, l, p->spi_in,
			p->spi_in);
		ike_log(ike, LOG_LV_INFO, NULL,
			"IPsec-SA %s: %s/%s %s->%s spi=%u(0x%x)", what,
			proto_name(p->proto), mode, l, r, p->spi_out,
			p->spi_out);
	}
}

/*
 * Both sides may have begun at once and made two; a delete may have got lost.
 * Whatever is left of earlier ones goes when a younger one is there: the
 * kernel would fall back to it, and the peer may not have it any more.
 */
static void supersede_older(struct ike *ike, struct ike_child *c)
{
	struct ike_child *s = NULL;

	while ((s = pol_next(ike, c->pol_out, &c->remote.addr, s)) != NULL)
		if (s != c && s->state == CHILD_ESTABLISHED &&
		    s->created + CHILD_AT_ONCE_MS < c->created &&
		    xsel_equal(&s->sel, &c->sel))
			retire_begin(ike, s, c);
}

void child_event(struct ike *ike, const struct ike_child *c,
		 enum ike_evt code)
{
	struct ike_evt_row row = {
		.code = code, .local = c->local, .remote = c->remote,
		.msgid = c->msgid, .admin = c->admin,
	};

	ike_act_event(ike, &row);
}

void child_establish(struct ike *ike, struct ike_child *c)
{
	struct ike_child *old = c->replaces ? child_by_id(ike, c->replaces)
					    : NULL;
	const struct ike_child *before = old ? old : child_sibling(ike, c);

	c->created = ike->now;
	c->up = before ? before->up : ike->now;
	timers_stop(&ike->timers, &c->timer);
	child_set_state(ike, c, CHILD_ESTABLISHED);
	child_log(ike, c, "established");
	child_event(ike, c, EVT_PH2_UP);
	status_child_up(ike, c);
	if (old)
		retire_begin(ike, old, c);
	supersede_older(ike, c);
	salife_needed(ike, c->sa);
	/* negotiated by a configuration that was replaced meanwhile */
	if (c->conf != ike->conf && !child_still_allowed(ike, c))
		child_delete(ike, c, true);
}

void child_fail(struct ike *ike, struct ike_child *c, const char *fmt, ...)
{
	char why[IKE_TEXT_MAX];
	struct ike_child *old;
	va_list ap;
	bool late;

	if (c->dead)
		return;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	late = !strncmp(why, "time up", 7);
	ike_log(ike, LOG_LV_ERROR, &c->remote,
		"phase2 negotiation failed %s%s",
		late ? "due to " : "because ", why);
	child_event(ike, c, c->state == CHILD_WAIT_SA ? EVT_PH2_NO_PH1
			    : late ? EVT_PH2_NO_RESPONSE : EVT_PH2_FAILED);
	status_child_down(ike, c, why);
	old = c->replaces ? child_by_id(ike, c->replaces) : NULL;
	if (old)
		retire_retry(ike, old);
	child_delete(ike, c, false);
	if (c->wanted && !c->sa->dead)
		child_want_instead(ike, c);
}

void child_delete(struct ike *ike, struct ike_child *c, bool tell)
{
	if (c->dead)
		return;
	c->dead = true;
	if (tell && c->created && c->sa->state != SA_SPAWN &&
	    c->sa->established && c->sa->ver->delete_child)
		c->sa->ver->delete_child(ike, c->sa, c);
	if (c->created)
		child_event(ike, c, EVT_PH2_DOWN);
	child_unhash(ike, c);
	child_uninstall(ike, c);
	child_set_state(ike, c, CHILD_EXPIRED);
	sa_unlink(c);
	timers_stop(&ike->timers, &c->timer);
	if (c->xchg) {
		struct xchg *x = xchg_by_id(ike, c->xchg);

		if (x && !x->done)
			xchg_delete(ike, x);
	}
	c->dead_next = ike->dead_child;
	ike->dead_child = c;
}

void child_free(struct ike_child *c)
{
	for (unsigned int i = 0; i < c->n; i++) {
		secret_free(&c->p[i].keymat_in);
		secret_free(&c->p[i].keymat_out);
	}
	free(c->p);
	ike_conf_unref(c->conf);
	free(c);
}

/* ---- several ---- */

void child_move(struct ike *ike, struct ike_child *c, struct ike_sa *to)
{
	sa_unlink(c);
	sa_link(c, to);
}

void child_move_all(struct ike *ike, struct ike_sa *from, struct ike_sa *to)
{
	struct ike_child *c, *next;

	for (c = from->child; c; c = next) {
		next = c->next;
		/* one that is being negotiated stays with its keys */
		if (c->state >= CHILD_ESTABLISHED ||
		    c->state <= CHILD_WAIT_SA)
			child_move(ike, c, to);
	}
}

void child_start_waiting(struct ike *ike, struct ike_sa *sa)
{
	struct ike_child *c;
	bool again = true;

	/* child_begin() may end any of them: look from the start each time */
	while (again && !sa->dead) {
		again = false;
		for (c = sa->child; c; c = c->next) {
			if (c->state == CHILD_WAIT_SA) {
				child_begin(ike, c);
				again = true;
				break;
			}
		}
	}
}

/*
 * A younger SA with one of the same name at another port of that address: the
 * same peer, for whom its NAT has a new mapping, or another.  It is told of
 * what ends: to the one that is news, and to the other nothing.
 */
static struct ike_sa *namesake(struct ike *ike, const struct ike_sa *sa)
{
	struct ike_sa *s = NULL, *best = NULL;

	while ((s = sa_peer_next(ike, &sa->remote.addr, s)) != NULL)
		if (sa_usable(s) && s->established > sa->established &&
		    (!best || s->established > best->established) &&
		    xaddr_equal(&s->local.addr, &sa->local.addr) &&
		    ike_id_equal(&s->remote_id.id, &sa->remote_id.id))
			best = s;
	return best;
}

static void child_orphan(struct ike *ike, struct ike_child *c,
			 struct ike_sa *sa, struct ike_sa *to, bool tell)
{
	bool idle = c->state >= CHILD_ESTABLISHED ||
		    c->state <= CHILD_WAIT_SA;

	if (to && idle) {
		child_move(ike, c, to);
		return;
	}
	/* the peer may have it already, and our message was the last word */
	if (to && sa_usable(to) &&
	    c->state == (c->initiator ? CHILD_COMMIT : CHILD_MSG2SENT))
		to->ver->delete_child(ike, to, c);
	if (c->created)
		child_delete(ike, c, tell);
	else
		child_fail(ike, c, "%s", sa->why ? sa->why :
			   "its phase 1 ended");
}

void child_sa_gone(struct ike *ike, struct ike_sa *sa, int end, bool tell)
{
	struct ike_sa *to = NULL, *like = NULL;
	bool moved = false;

	if (end == SA_END_EXPIRED || end == SA_END_PEER ||
	    end == SA_END_FAILED) {
		to = sa_peer_best(ike, &sa->local.addr, &sa->remote);
		if (!to)
			to = sa_peer_pending(ike, &sa->local.addr,
					     &sa->remote);
	}
	/* another SA with that peer may well be alive */
	if (end == SA_END_DEAD) {
		to = sa_peer_best(ike, &sa->local.addr, &sa->remote);
		if (to && to->dpd.last_in <= sa->dpd.last_in)
			to = NULL;
	}
	if (!to && (end == SA_END_EXPIRED || end == SA_END_PEER ||
		    end == SA_END_DEAD))
		like = namesake(ike, sa);
	while (sa->child) {
		moved |= to != NULL;
		if (like && sa->child->created)
			like->ver->delete_child(ike, like, sa->child);
		child_orphan(ike, sa->child, sa, to, tell && !like);
	}
	if (moved && sa_usable(to))
		child_start_waiting(ike, to);
}

void child_peer_error(struct ike *ike, struct ike_sa *sa, const char *name)
{
	struct ike_child *c, *one = NULL;

	for (c = sa->child; c; c = c->next) {
		if (!c->initiator || c->state != CHILD_MSG1SENT)
			continue;
		if (one)
			return;
		one = c;
	}
	if (one)
		child_fail(ike, one, "the peer says %s: its policy or sainfo "
			   "does not allow what ours asks for", name);
}

void child_check_conf(struct ike *ike)
{
	struct hnode *cursor = NULL;
	struct ike_child *c;
	size_t pos = 0;

	while ((c = child_walk(ike, &pos, &cursor)) != NULL)
		if (c->created && !child_still_allowed(ike, c))
			child_delete(ike, c, true);
}

void child_forget_all(struct ike *ike)
{
	struct hnode *cursor = NULL;
	struct ike_child *c;
	size_t pos = 0;

	while ((c = child_walk(ike, &pos, &cursor)) != NULL) {
		c->dead = true;
		child_unhash(ike, c);
		genpol_leave(ike, c);
		sa_unlink(c);
		c->dead_next = ike->dead_child;
		ike->dead_child = c;
	}
}
