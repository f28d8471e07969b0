/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/kern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libxfrm/base/err.h"
#include "tests/sim/world.h"

#define LARVAL_MS 30000

int kern_init(struct kern *k)
{
	*k = (struct kern){ .next_index = 8, .next_spi = 0x1000,
			    .nbucket = KERN_BUCKETS };
	k->bucket = calloc(k->nbucket, sizeof(*k->bucket));
	return k->bucket ? 0 : XE_NOMEM;
}

static void sa_free(struct kern_sa *s)
{
	secret_free(&s->sa.enc_key);
	secret_free(&s->sa.auth_key);
	free(s);
}

void kern_flush(struct kern *k)
{
	for (size_t i = 0; i < k->nbucket; i++) {
		struct kern_sa *s;

		while ((s = k->bucket[i]) != NULL) {
			k->bucket[i] = s->next;
			sa_free(s);
		}
	}
	k->nsa = 0;
}

void kern_free(struct kern *k)
{
	if (!k->bucket)
		return;
	kern_flush(k);
	free(k->bucket);
	free(k->pol);
	*k = (struct kern){ 0 };
}

static struct kern_sa **sa_slot(struct kern *k, uint8_t proto, uint32_t spi,
				const struct xaddr *dst)
{
	struct kern_sa **pp;

	for (pp = &k->bucket[spi % k->nbucket]; *pp; pp = &(*pp)->next)
		if ((*pp)->sa.spi == spi && (*pp)->sa.proto == proto &&
		    xaddr_equal(&(*pp)->sa.dst, dst))
			break;
	return pp;
}

static void sa_unlink(struct kern *k, struct kern_sa **pp)
{
	struct kern_sa *s = *pp;

	*pp = s->next;
	k->nsa--;
	sa_free(s);
}

static struct kern_sa *sa_add(struct kern *k, const struct ksa *in)
{
	struct kern_sa **pp = &k->bucket[in->spi % k->nbucket];
	struct kern_sa *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->sa = *in;
	s->sa.enc_key = s->sa.auth_key = (struct secret){ 0 };
	if (secret_set(&s->sa.enc_key, in->enc_key.p, in->enc_key.len) < 0 ||
	    secret_set(&s->sa.auth_key, in->auth_key.p, in->auth_key.len) < 0) {
		sa_free(s);
		return NULL;
	}
	s->order = ++k->order;
	s->next = *pp;
	*pp = s;
	k->nsa++;
	return s;
}

static void get_spi(struct host *h, const struct kreq *r, struct kans *ans)
{
	struct kern *k = &h->kern;
	struct ksa sa = r->sa;
	struct kern_sa *s;
	uint32_t span = r->spi_max - r->spi_min;

	do {
		k->next_spi += 1 + (uint32_t)world_below(h->world, 1000);
		sa.spi = r->spi_min + k->next_spi % span;
	} while (*sa_slot(k, sa.proto, sa.spi, &sa.dst));
	s = sa_add(k, &sa);
	if (!s) {
		ans->err = XE_NOMEM;
		return;
	}
	s->larval = true;
	s->added = h->world->now;
	ans->spi = sa.spi;
}

static void add_sa(struct host *h, const struct kreq *r, struct kans *ans)
{
	struct kern *k = &h->kern;
	struct kern_sa **pp, *s;

	if (k->refuse) {
		ans->err = k->refuse;
		k->refuse = 0;
		return;
	}
	pp = sa_slot(k, r->sa.proto, r->sa.spi, &r->sa.dst);
	if (*pp && !(*pp)->larval) {
		ans->err = -EEXIST;
		return;
	}
	if (*pp)
		sa_unlink(k, pp);
	s = sa_add(k, &r->sa);
	if (s)
		s->added = h->world->now;
	else
		ans->err = XE_NOMEM;
}

static void update_sa(struct host *h, const struct kreq *r, struct kans *ans)
{
	struct kern_sa **pp;

	pp = sa_slot(&h->kern, r->sa.proto, r->sa.spi, &r->old_dst);
	if (!*pp) {
		ans->err = -ESRCH;
		return;
	}
	(*pp)->sa.src = r->sa.src;
	(*pp)->sa.dst = r->sa.dst;
	(*pp)->sa.encap_sport = r->sa.encap_sport;
	(*pp)->sa.encap_dport = r->sa.encap_dport;
}

static void get_sa(struct host *h, const struct kreq *r, struct kans *ans)
{
	struct kern_sa *s = *sa_slot(&h->kern, r->sa.proto, r->sa.spi,
				     &r->sa.dst);

	if (!s) {
		ans->err = -ESRCH;
		return;
	}
	ans->count.packets = s->packets;
	ans->count.bytes = s->bytes;
	ans->count.use_age = s->packets ? (h->world->now - s->used) / 1000
					: UINT64_MAX;
}

int kern_resize(struct kern *k, size_t nbucket)
{
	struct kern_sa **bucket = calloc(nbucket, sizeof(*bucket));

	if (!bucket)
		return XE_NOMEM;
	kern_flush(k);
	free(k->bucket);
	k->bucket = bucket;
	k->nbucket = nbucket;
	return 0;
}

void kern_append_policy(struct kern *k, const struct kpol *pol,
			uint32_t *index)
{
	if (k->npol == k->maxpol) {
		k->maxpol = k->maxpol ? 2 * k->maxpol : 4;
		k->pol = reallocarray(k->pol, k->maxpol, sizeof(*k->pol));
		if (!k->pol)
			abort();
	}
	k->pol[k->npol] = *pol;
	k->pol[k->npol].index = k->next_index += 8;
	*index = k->pol[k->npol++].index;
}

void kern_add_policy(struct kern *k, const struct kpol *pol, uint32_t *index)
{
	for (size_t i = 0; i < k->npol; i++) {
		if (k->pol[i].dir == pol->dir &&
		    xsel_equal(&k->pol[i].sel, &pol->sel)) {
			*index = k->pol[i].index;
			k->pol[i] = *pol;
			k->pol[i].index = *index;
			return;
		}
	}
	kern_append_policy(k, pol, index);
}

static void add_pol(struct host *h, const struct kreq *r)
{
	struct kevent ev = { .kind = KEV_POL_NEW, .pol = r->pol };
	struct ike_event e = { .kind = IKE_EV_KERNEL, .kernel = &ev };

	kern_add_policy(&h->kern, &r->pol, &ev.pol.index);
	host_feed(h, &e);
}

static void del_pol(struct host *h, const struct kreq *r, struct kans *ans)
{
	struct kevent ev = { .kind = KEV_POL_DEL, .pol = r->pol };
	struct ike_event e = { .kind = IKE_EV_KERNEL, .kernel = &ev };
	struct kern *k = &h->kern;

	for (size_t i = 0; i < k->npol; i++) {
		if (k->pol[i].dir != r->pol.dir ||
		    !xsel_equal(&k->pol[i].sel, &r->pol.sel))
			continue;
		ev.pol.index = k->pol[i].index;
		k->pol[i] = k->pol[--k->npol];
		host_feed(h, &e);
		return;
	}
	ans->err = -ENOENT;
}

void kern_request(struct host *h, const struct kreq *r, struct kans *ans)
{
	struct kern_sa **pp;

	*ans = (struct kans){ .id = r->id };
	switch (r->kind) {
	case KREQ_GETSPI:
		get_spi(h, r, ans);
		return;
	case KREQ_SA_ADD:
		add_sa(h, r, ans);
		return;
	case KREQ_SA_UPDATE:
		update_sa(h, r, ans);
		return;
	case KREQ_SA_DEL:
		pp = sa_slot(&h->kern, r->sa.proto, r->sa.spi, &r->sa.dst);
		if (*pp)
			sa_unlink(&h->kern, pp);
		else
			ans->err = -ESRCH;
		return;
	case KREQ_SA_GET:
		get_sa(h, r, ans);
		return;
	case KREQ_POL_ADD:
		add_pol(h, r);
		return;
	case KREQ_POL_DEL:
		del_pol(h, r, ans);
		return;
	}
}

static void tell_expire(struct host *h, const struct ksa *sa, bool hard)
{
	struct kevent ev = { .kind = KEV_EXPIRE, .hard = hard };
	struct ike_event e = { .kind = IKE_EV_KERNEL, .kernel = &ev };

	ev.sa.proto = sa->proto;
	ev.sa.src = sa->src;
	ev.sa.dst = sa->dst;
	ev.sa.spi = sa->spi;
	ev.sa.reqid = sa->reqid;
	host_feed(h, &e);
}

static bool over(uint64_t limit, uint64_t value)
{
	return limit && value >= limit;
}

/* One SA that is due; false when there is none. */
static bool expire_one(struct host *h)
{
	for (size_t i = 0; i < h->kern.nbucket; i++) {
		for (struct kern_sa **pp = &h->kern.bucket[i]; *pp;
		     pp = &(*pp)->next) {
			struct kern_sa *s = *pp;
			uint64_t age = h->world->now - s->added;
			struct ksa copy = s->sa;

			copy.enc_key = copy.auth_key = (struct secret){ 0 };
			if (s->larval && age >= LARVAL_MS) {
				sa_unlink(&h->kern, pp);
				return true;
			}
			if (s->larval)
				continue;
			if (over(s->sa.life.hard_sec * 1000, age) ||
			    over(s->sa.life.hard_bytes, s->bytes)) {
				sa_unlink(&h->kern, pp);
				tell_expire(h, &copy, true);
				return true;
			}
			if (!s->dying &&
			    (over(s->sa.life.soft_sec * 1000, age) ||
			     over(s->sa.life.soft_bytes, s->bytes))) {
				s->dying = true;
				tell_expire(h, &copy, false);
				return true;
			}
		}
	}
	return false;
}

void kern_tick(struct host *h)
{
	while (h->up && h->kern.nsa && expire_one(h))
		;
}

/* What the kernel would take for a template: newest that is not dying. */
static struct kern_sa *find_out(struct kern *k, const struct ktmpl *t,
				const struct xaddr *src,
				const struct xaddr *dst)
{
	struct kern_sa *best = NULL;

	for (size_t i = 0; i < k->nbucket; i++) {
		for (struct kern_sa *s = k->bucket[i]; s; s = s->next) {
			if (s->larval || s->sa.proto != t->proto ||
			    s->sa.mode != t->mode ||
			    s->sa.dir != KDIR_OUT ||
			    s->sa.reqid != t->reqid ||
			    !xaddr_equal(&s->sa.src, src) ||
			    !xaddr_equal(&s->sa.dst, dst))
				continue;
			if (!best || (best->dying && !s->dying) ||
			    (best->dying == s->dying &&
			     best->order < s->order))
				best = s;
		}
	}
	return best;
}

static void acquire(struct host *h, const struct kpol *p,
		    const struct ktmpl *t, const struct xaddr *src,
		    const struct xaddr *dst)
{
	struct kevent ev = { .kind = KEV_ACQUIRE, .pol = *p, .flow = p->sel,
			     .seq = (uint32_t)++h->kern.acquires };
	struct ike_event e = { .kind = IKE_EV_KERNEL, .kernel = &ev };

	ev.sa.proto = t->proto;
	ev.sa.src = *src;
	ev.sa.dst = *dst;
	ev.sa.reqid = t->reqid;
	host_feed(h, &e);
}

/* The SA that a peer would read the packet with; NULL: it cannot. */
static struct kern_sa *receive(struct world *w, const struct kern_sa *out,
			       struct host **peer)
{
	struct kern_sa *in;
	struct ike_ep ep;

	*peer = world_find(w, &out->sa.dst);
	if (!*peer)
		*peer = nat_find(w, &out->sa.dst, out->sa.encap_dport, &ep);
	if (!*peer || !(*peer)->up)
		return NULL;
	in = *sa_slot(&(*peer)->kern, out->sa.proto, out->sa.spi,
		      &(*peer)->addr);
	if (!in || in->larval || in->sa.dir != KDIR_IN ||
	    in->sa.mode != out->sa.mode || in->sa.enc != out->sa.enc ||
	    in->sa.auth != out->sa.auth ||
	    in->sa.icv_bits != out->sa.icv_bits ||
	    !secret_equal(&in->sa.enc_key, &out->sa.enc_key) ||
	    !secret_equal(&in->sa.auth_key, &out->sa.auth_key))
		return NULL;
	return in;
}

/* ESP in UDP from a port that the SA does not know: the kernel tells. */
static void check_mapping(struct host *from, struct host *to,
			  const struct kern_sa *in)
{
	struct ike_ep ep = { .addr = from->addr, .port = 4500 };
	struct kevent ev = { .kind = KEV_MAPPING };
	struct ike_event e = { .kind = IKE_EV_KERNEL, .kernel = &ev };

	if (!from->nat || !in->sa.encap_sport)
		return;
	ev.new_addr = from->nat->pub;
	ev.new_port = nat_map(from->nat, &ep);
	if (ev.new_port == in->sa.encap_sport)
		return;
	ev.sa.proto = in->sa.proto;
	ev.sa.src = in->sa.src;
	ev.sa.dst = in->sa.dst;
	ev.sa.spi = in->sa.spi;
	host_feed(to, &e);
}

#define PING_BYTES 100

bool kern_ping(struct host *h, size_t pol)
{
	const struct kpol *p = &h->kern.pol[pol];
	const struct xaddr *src = &p->sel.src, *dst = &p->sel.dst;
	struct host *peer = NULL;
	bool all = true;

	if (!h->up || h->world->cut)
		return false;
	for (unsigned int i = 0; i < p->ntmpl; i++) {
		const struct ktmpl *t = &p->tmpl[i];
		bool tun = t->mode == KMODE_TUNNEL;
		struct kern_sa *out, *in;

		/* what comes after a tunnel protects its outer header */
		src = tun ? &t->src : src;
		dst = tun ? &t->dst : dst;
		out = find_out(&h->kern, t, src, dst);
		if (!out) {
			h->kern.unsent++;
			acquire(h, p, t, src, dst);
			return false;
		}
		out->packets++;
		out->bytes += PING_BYTES;
		out->used = h->world->now;
		in = receive(h->world, out, &peer);
		if (!in) {
			all = false;
			continue;
		}
		in->packets++;
		in->bytes += PING_BYTES;
		in->used = h->world->now;
		check_mapping(h, peer, in);
	}
	h->kern.sent++;
	if (!all)
		h->kern.undecryptable++;
	else if (peer)
		peer->kern.got++;
	return all;
}

size_t kern_count(const struct kern *k, bool larval_too)
{
	size_t n = 0;

	for (size_t i = 0; i < k->nbucket; i++)
		for (const struct kern_sa *s = k->bucket[i]; s; s = s->next)
			n += larval_too || !s->larval;
	return n;
}

size_t kern_unmatched(struct host *h)
{
	struct host *peer;
	size_t n = 0;

	for (size_t i = 0; i < h->kern.nbucket; i++)
		for (const struct kern_sa *s = h->kern.bucket[i]; s;
		     s = s->next)
			n += !s->larval && s->sa.dir == KDIR_OUT &&
			     !receive(h->world, s, &peer);
	return n;
}
