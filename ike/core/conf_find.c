/* SPDX-License-Identifier: BSD-2-Clause */
#include <limits.h>
#include <string.h>

#include "ike/core/conf_priv.h"
#include "ike/core/dn.h"
#include "ike/core/natt.h"
#include "libxfrm/base/err.h"

/* ------------------------------------------------------------ remotes --- */

/* What the parts of a remote's sum are worth. */
enum remote_points {
	POINTS_NO_PORT = 1,
	POINTS_PORT = 2,
	POINTS_ADDR = 4,
	POINTS_SA = 8,
	POINTS_ID = 16,
	POINTS_CR = 32,
};

const struct ike_remote *ike_conf_remote_named(const struct ike_conf *c,
					       const char *name)
{
	uint64_t h = hash_mem(c->seed, name, strlen(name));
	const struct ike_remote *found = NULL, *r;
	const struct hnode *at;

	for (at = htab_first(&c->by_name, h); at; at = htab_next(at)) {
		r = &hnode_entry(at, const struct remote_node, by_name)->r;
		if (strcmp(r->name, name))
			continue;
		if (!found || (r->named && !found->named) ||
		    (r->named == found->named && r->index < found->index))
			found = r;
	}
	return found;
}

/* The configured address may leave the scope open. */
static bool addr_fits(const struct xaddr *conf, const struct xaddr *peer)
{
	return conf->family == peer->family &&
	       !memcmp(conf->b, peer->b, sizeof(conf->b)) &&
	       (!conf->scope || !peer->scope || conf->scope == peer->scope);
}

static bool has_mode(const struct ike_remote *r, enum ike_mode mode)
{
	unsigned int i;

	for (i = 0; i < r->nmode; i++)
		if (r->mode[i] == mode)
			return true;
	return false;
}

static unsigned int addr_bytes(const struct xaddr *a)
{
	return xaddr_bits(a->family) / 8;
}

/* Is id the address a, as an identity of its family's type? */
static bool id_is_addr(const struct ike_id *id, const struct xaddr *a)
{
	unsigned int n = addr_bytes(a);

	return n && id->type == (n == 4 ? IKE_ID_IPV4 : IKE_ID_IPV6) &&
	       id->len == n && !memcmp(id->data, a->b, n);
}

static bool peer_id_fits(const struct ike_remote *r,
			 const struct ike_remote_query *q)
{
	const struct ike_id *want;
	unsigned int i;

	for (i = 0; i < r->npeer_id; i++) {
		want = &r->peer_id[i];
		if (want->len ? ike_id_match(want, q->id) :
		    want->type == IKE_ID_DN ? q->id->type == IKE_ID_DN :
		    id_is_addr(q->id, &q->peer))
			return true;
	}
	return false;
}

/* Does the certificate request ask for the certificate that r has? */
static bool cr_fits(const struct ike_conf *c, const struct ike_remote *r,
		    const struct ike_remote_query *q)
{
	const struct ike_cred *mine = ike_conf_cred(c, r->my_cred);

	if (!mine || mine->kind != IKE_CRED_X509)
		return false;
	if (!q->cr_len)
		return r->match_empty_cr;
	return ike_dn_match(mine->issuer, mine->issuer_len, q->cr, q->cr_len);
}

/* Where we begin, the peer's port is 500 unless only others are given. */
static int port_points(const struct ike_remote_query *q, bool has_port,
		       uint16_t port)
{
	uint16_t peer = q->port ? q->port : q->initiate ? IKE_PORT : 0;

	if (!peer)
		return 0;
	return !has_port ? POINTS_NO_PORT : port == peer ? POINTS_PORT : 0;
}

int ike_remote_score(const struct ike_conf *c, const struct ike_remote *r,
		     const struct ike_remote_query *q)
{
	int score = 0;

	if (q->initiate && r->passive)
		return -1;
	if (q->mode != IKE_MODE_NONE && !has_mode(r, q->mode))
		return -1;
	if (r->addr.family && q->peer.family) {
		if (!addr_fits(&r->addr, &q->peer))
			return -1;
		score += POINTS_ADDR;
	}
	score += port_points(q, r->has_port, r->port);
	if (q->id && r->verify_identifier && r->npeer_id) {
		if (!peer_id_fits(r, q))
			return -1;
		score += POINTS_ID;
	}
	if (q->has_cr && cr_fits(c, r, q))
		score += POINTS_CR;
	if (q->sa_ok) {
		if (!q->sa_ok(q->arg, r))
			return -1;
		score += POINTS_SA;
	}
	return score;
}

struct remote_best {
	const struct ike_remote *r;
	int score;
	unsigned int equal;	/* how many have that score */
};

static void consider(const struct ike_conf *c, const struct ike_remote *r,
		     const struct ike_remote_query *q, struct remote_best *b)
{
	int score = ike_remote_score(c, r, q);

	if (score < 0 || score < b->score)
		return;
	if (score > b->score) {
		*b = (struct remote_best){ r, score, 1 };
		return;
	}
	b->equal++;
	if (r->index > b->r->index)
		b->r = r;
}

/* The highest sum that a remote without address and port can get. */
static int any_most(const struct ike_remote_query *q)
{
	return port_points(q, false, 0) + (q->sa_ok ? POINTS_SA : 0) +
	       (q->id ? POINTS_ID : 0) + (q->has_cr ? POINTS_CR : 0);
}

static void find_any(const struct ike_conf *c,
		     const struct ike_remote_query *q, struct remote_best *b)
{
	unsigned int i, n = c->nany;
	int most = any_most(q);
	const struct peer_id_node *p;
	const struct hnode *at;
	bool exact;

	if (b->score > most + POINTS_PORT - POINTS_NO_PORT)
		return;
	if (q->id) {
		n = c->nany_listed;
		at = htab_first(&c->by_peer_id,
				ike_id_hash(c->seed, q->id, &exact));
		for (; at; at = htab_next(at)) {
			p = hnode_entry(at, const struct peer_id_node, node);
			if (ike_id_match(p->id, q->id))
				consider(c, p->r, q, b);
		}
	}
	/* those that give a port stand first */
	for (i = 0; i < n; i++) {
		if (!c->any[i]->has_port && b->equal >= 2 && b->score >= most)
			break;
		consider(c, c->any[i], q, b);
	}
}

int ike_conf_find_remote(const struct ike_conf *c,
			 const struct ike_remote_query *q,
			 const struct ike_remote **out)
{
	struct remote_best b = { NULL, -1, 0 };
	const struct hnode *at;

	*out = NULL;
	if (q->peer.family) {
		at = htab_first(&c->by_addr,
				conf_addr_hash(c->seed, &q->peer));
		for (; at; at = htab_next(at))
			consider(c, &hnode_entry(at, const struct remote_node,
						 by_addr)->r, q, &b);
	}
	find_any(c, q, &b);
	if (!b.r)
		return XE_NOTFOUND;
	*out = b.r;
	return b.equal == 1 ? 0 : XE_AGAIN;
}

/* ------------------------------------------------------------ sainfos --- */

void ike_id_canon(const struct ike_id *in, uint8_t buf[IKE_ID_ADDR_MAX],
		  struct ike_id *out)
{
	bool v4 = in->type == IKE_ID_IPV4_SUBNET;
	size_t n = v4 ? 4 : 16, i, full = 0;

	*out = *in;
	if ((!v4 && in->type != IKE_ID_IPV6_SUBNET) || in->len != 2 * n)
		return;
	memcpy(buf, in->data, 2 * n);
	for (i = 0; i < n; i++) {
		buf[i] &= buf[n + i];
		full += buf[n + i] == 0xff;
	}
	out->data = buf;
	if (full == n) {
		out->type = v4 ? IKE_ID_IPV4 : IKE_ID_IPV6;
		out->len = n;
	}
}

static bool end_fits(const struct ike_sainfo_end *e, const struct ike_id *id,
		     const struct xaddr *client)
{
	switch (e->kind) {
	case IKE_END_ANY:
		return true;
	case IKE_END_CLIENT:
		return id_is_addr(id, client);
	case IKE_END_ID:
		return e->id.proto == id->proto && ike_id_match(&e->id, id);
	}
	return false;
}

static bool from_fits(const struct ike_id *from, const struct ike_id *peer)
{
	if (from->type == IKE_ID_NONE)
		return true;
	if (!peer)
		return false;
	return from->len ? ike_id_match(from, peer) : from->type == peer->type;
}

/* q with its identities in canonical form. */
struct canon_query {
	const struct ike_sainfo_query *q;
	struct ike_id local, remote;
	uint8_t lbuf[IKE_ID_ADDR_MAX], rbuf[IKE_ID_ADDR_MAX];
};

static void canon_init(struct canon_query *cq, const struct ike_sainfo_query *q)
{
	cq->q = q;
	ike_id_canon(&q->local, cq->lbuf, &cq->local);
	ike_id_canon(&q->remote, cq->rbuf, &cq->remote);
}

static bool sainfo_fits(const struct ike_sainfo *s,
			const struct canon_query *cq)
{
	const struct ike_sainfo_query *q = cq->q;

	return s->remoteid == q->ph1id &&
	       end_fits(&s->local, &cq->local, &q->client) &&
	       end_fits(&s->remote, &cq->remote, &q->client) &&
	       from_fits(&s->from, q->peer) &&
	       (!s->group || (q->in_group && q->in_group(q->arg, s->group)));
}

bool ike_sainfo_fits(const struct ike_sainfo *s,
		     const struct ike_sainfo_query *q)
{
	struct canon_query cq;

	canon_init(&cq, q);
	return sainfo_fits(s, &cq);
}

static unsigned int port_rank(const struct ike_sainfo_end *e,
			      const struct ike_id *id)
{
	if (e->kind != IKE_END_ID)
		return 1;
	if (e->any_port)
		return id->port ? 1 : 2;
	return e->id.port == id->port ? 2 : 0;
}

/* Is a better than b, both fitting? */
static bool better(const struct ike_sainfo *a, const struct ike_sainfo *b,
		   const struct canon_query *cq)
{
	const struct ike_sainfo *s[2] = { a, b };
	unsigned int rank[2], i;

	for (i = 0; i < 2; i++)
		rank[i] = 16 * ((s[i]->remoteid ? 3 : 0) +
				(s[i]->from.type != IKE_ID_NONE ? 3 : 0) +
				(s[i]->local.kind != IKE_END_ANY) +
				(s[i]->remote.kind != IKE_END_ANY)) +
			  port_rank(&s[i]->local, &cq->local) +
			  port_rank(&s[i]->remote, &cq->remote);
	return rank[0] != rank[1] ? rank[0] > rank[1] : a->index < b->index;
}

int ike_conf_find_sainfo(const struct ike_conf *c,
			 const struct ike_sainfo_query *q,
			 const struct ike_sainfo **out)
{
	struct canon_query cq;
	const struct ike_sainfo *s;
	const struct hnode *at;
	uint64_t local[2], remote[3], from[3];
	unsigned int i, nfrom = q->peer ? 3 : 1;

	*out = NULL;
	canon_init(&cq, q);
	local[0] = conf_end_hash(c->seed, IKE_END_ID, &cq.local);
	local[1] = conf_end_hash(c->seed, IKE_END_ANY, NULL);
	remote[0] = conf_end_hash(c->seed, IKE_END_ID, &cq.remote);
	remote[1] = conf_end_hash(c->seed, IKE_END_ANY, NULL);
	remote[2] = conf_end_hash(c->seed, IKE_END_CLIENT, NULL);
	from[0] = 0;
	from[1] = conf_from_hash(c->seed, q->peer, false);
	from[2] = conf_from_hash(c->seed, q->peer, true);
	for (i = 0; i < 2 * 3 * nfrom; i++) {
		at = htab_first(&c->by_ends,
				conf_sainfo_hash(local[i % 2],
						 remote[i / 2 % 3],
						 from[i / 6], q->ph1id));
		for (; at; at = htab_next(at)) {
			s = &hnode_entry(at, const struct sainfo_node,
					 node)->s;
			if (sainfo_fits(s, &cq) &&
			    (!*out || better(s, *out, &cq)))
				*out = s;
		}
	}
	return *out ? 0 : XE_NOTFOUND;
}
