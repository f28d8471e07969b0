/* SPDX-License-Identifier: BSD-2-Clause */
#include <netinet/in.h>
#include <string.h>

#include "ike/core/genpol.h"
#include "ike/core/natt.h"
#include "ike/v1/quick.h"
#include "libxfrm/base/err.h"

static struct ike_id pld_id(const struct ike_payload *p)
{
	return (struct ike_id){
		.type = p->u.id.type, .proto = p->u.id.proto,
		.port = p->u.id.port, .len = p->u.id.data.left,
		.data = p->u.id.data.p,
	};
}

/* Does the first transform of a proposal ask for transport mode? */
static bool prop_transport(const struct ike_proposal *p)
{
	uint16_t e = p->n ? p->t[0].encap : ENCAP_TUNNEL;

	return e == ENCAP_TRANSPORT || e == ENCAP_UDP_TRANSPORT ||
	       e == ENCAP_DRAFT_TRANSPORT || e == 0;
}

/*
 * What a client ID means.  In transport mode an address behind a NAT means
 * nothing here (RFC 3948 3.1.2), nor does a name, which some clients that have
 * a private address send instead: it is the end of the SA that counts.
 */
static int client(const struct ike_id *id, const struct ike_ep *end,
		  bool natted, struct xaddr *addr, uint8_t *plen)
{
	if (!natted)
		return child_id_to_prefix(id, addr, plen);
	*addr = end->addr;
	*plen = (uint8_t)xaddr_bits(addr->family);
	return 0;
}

/* Does the first suite ask for nothing else? */
static bool wants_transport(const struct v1_quick *q)
{
	struct ike_suite s = { 0, 0 };

	if (!ike_suite_next(q->offer, &s))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!prop_transport(&q->offer->p[s.first + i]))
			return false;
	return true;
}

/* IDci is the peer's side, IDcr ours (RFC 2409 5.5). */
int v1_quick_selector(struct ike *ike, struct xchg *x, struct ike_child *c)
{
	struct v1_quick *q = v1_quick(x);
	const struct ike_payload *i = ike_msg_find(&q->in.msg, PLD_ID, 0);
	const struct ike_payload *r = ike_msg_find(&q->in.msg, PLD_ID, 1);
	struct ike_sa *sa = x->sa;
	struct ike_id idi, idr;
	struct xaddr a, b;
	uint8_t alen, blen;
	bool nat;

	xsel_init(&c->sel, &sa->local.addr, xaddr_bits(sa->local.addr.family),
		  &sa->remote.addr, xaddr_bits(sa->remote.addr.family));
	if (!i && !r)
		return 0;
	if (!i || !r)
		return v1_quick_refuse(ike, x, N_INVALID_ID_INFORMATION,
				       "the peer sent only one ID");
	idi = pld_id(i);
	idr = pld_id(r);
	nat = wants_transport(q) && natt_found(sa);
	if (client(&idi, &sa->remote, nat && sa->natt.remote_nat, &b,
		   &blen) < 0 ||
	    client(&idr, &sa->local, nat && sa->natt.local_nat, &a,
		   &alen) < 0 ||
	    a.family != b.family || idi.proto != idr.proto)
		return v1_quick_refuse(ike, x, N_INVALID_ID_INFORMATION,
				       "the peer's client IDs are not a pair "
				       "of networks");
	if (nat)
		alen = blen = (uint8_t)xaddr_bits(a.family);
	xsel_init(&c->sel, &a, alen, &b, blen);
	c->sel.proto = idi.proto;
	c->sel.sport = idr.port;
	c->sel.dport = idi.port;
	if (xsel_proto_typed(idi.proto)) {
		/* type and code, which are the same both ways */
		c->sel.sport = idi.port;
		c->sel.dport = idr.port;
	}
	c->sel.sport_mask = c->sel.sport ? 0xffff : 0;
	c->sel.dport_mask = c->sel.dport ? 0xffff : 0;
	return 0;
}

/* Is p the end that was sent as id?  Left out, it is the address of the SA. */
static bool same_end(const struct ike_payload *p, const struct ike_id *sent,
		     const struct ike_ep *end)
{
	struct xaddr a, b = end->addr;
	uint8_t alen, blen = (uint8_t)xaddr_bits(b.family);
	struct ike_id id;

	if (p) {
		id = pld_id(p);
		if (child_id_to_prefix(&id, &b, &blen) < 0)
			return false;
	}
	return child_id_to_prefix(sent, &a, &alen) == 0 && alen == blen &&
	       a.family == b.family && !memcmp(a.b, b.b, sizeof(a.b));
}

bool v1_quick_same_ids(const struct xchg *x, const struct ike_child *c)
{
	const struct v1_quick *q = v1_quick(x);
	const struct ike_payload *i = ike_msg_find(&q->in.msg, PLD_ID, 0);
	const struct ike_payload *r = ike_msg_find(&q->in.msg, PLD_ID, 1);
	struct child_id local, remote;

	if ((i != NULL) != (r != NULL))
		return false;
	/* the peer may say how it sees an address that a NAT changes */
	if (wants_transport(q) && natt_found(x->sa))
		return true;
	child_ids(&c->sel, &local, &remote);
	return same_end(i, &local.id, &x->sa->local) &&
	       same_end(r, &remote.id, &x->sa->remote);
}

/* Reqids of generated policies; those that some policy has are left out. */
static uint32_t new_reqid(struct ike *ike)
{
	return 0x10000u + ike_new_id(ike) % 0x3fff0000u;
}

/* Compressed first, then encrypted, then authenticated. */
static unsigned int layer(uint8_t proto)
{
	return proto == IKE_PROTO_IPCOMP ? 0 : proto == IKE_PROTO_ESP ? 1 : 2;
}

/*
 * Of the i-th protocol; with IPComp or without complex_bundle only the
 * innermost tunnels.
 */
static enum kmode generated_mode(const struct ike_child *c,
				 const struct ike_proposal *p, size_t i)
{
	if (prop_transport(p) ||
	    (i && (!ike_conf_settings(c->conf)->complex_bundle ||
		   c->p[0].proto == IPPROTO_COMP)))
		return KMODE_TRANSPORT;
	return KMODE_TUNNEL;
}

/* The protocols of the suite, from the innermost outwards. */
static int generate_suite(const struct v1_quick *q, struct ike_child *c,
			  const struct ike_suite *s, uint32_t reqid)
{
	int r = child_set_count(c, (unsigned int)s->n);
	size_t n = 0;

	for (unsigned int l = 0; r == 0 && l <= layer(IKE_PROTO_AH); l++)
		for (size_t i = 0; i < s->n; i++) {
			const struct ike_proposal *o;
			struct child_sa *p;

			o = &q->offer->p[s->first + i];
			if (layer(o->proto) != l)
				continue;
			p = &c->p[n];
			p->proto = v1_ipproto(o->proto);
			p->mode = generated_mode(c, o, n++);
			p->reqid_in = p->reqid_out = reqid;
		}
	return r;
}

/*
 * The suite that becomes our policy: the first that we can take, as the ones
 * before it may have a compression, say, that we lack; else the first, which
 * is then refused with a reason.
 */
static bool suite_to_take(struct ike *ike, const struct xchg *x,
			  struct ike_child *c, struct ike_suite *s)
{
	const struct ike_proposal_set *set = v1_quick(x)->offer;
	struct ike_suite first = { 0, 0 };

	*s = first;
	if (child_find_sainfo(ike, c) == 0)
		while (ike_suite_next(set, s))
			if (s->n <= CHILD_SA_MAX &&
			    v1_p2_suite_known(set, s, c->si, x->sa->rc->check))
				return true;
	*s = first;
	return ike_suite_next(set, s) && s->n <= CHILD_SA_MAX;
}

/* What the peer proposes becomes our policy (generate_policy). */
static int generate(struct ike *ike, struct xchg *x, struct ike_child *c)
{
	const struct genpol *g = genpol_find(ike, &c->sel);
	struct ike_suite s;
	uint32_t reqid = 0;
	int r;

	if (!suite_to_take(ike, x, c, &s))
		return XE_NOTFOUND;
	/* the kernel tells clients behind one NAT apart by nothing else */
	if (g)
		reqid = g->reqid;
	else if (x->sa->rc->generate_policy == IKE_GENPOL_UNIQUE ||
		 x->sa->natt.remote_nat)
		reqid = new_reqid(ike);
	r = generate_suite(v1_quick(x), c, &s, reqid);
	if (r < 0)
		return r;
	return genpol_join(ike, c, reqid);
}

/*
 * The outbound policy of what the peer asks for.  In transport mode it may be
 * a wider one: of the two hosts' net, or of a service for everybody.
 */
static const struct kpol *find_policy(struct ike *ike, const struct xchg *x,
				      const struct ike_child *c)
{
	const struct kpol *out = spd_by_sel(&ike->spd, KDIR_OUT, &c->sel);
	unsigned int bits = xaddr_bits(c->sel.family);

	if (out || !wants_transport(v1_quick(x)) ||
	    c->sel.splen != bits || c->sel.dplen != bits ||
	    !xaddr_equal(&c->sel.src, &x->sa->local.addr) ||
	    !xaddr_equal(&c->sel.dst, &x->sa->remote.addr))
		return out;
	return spd_cover(&ike->spd, &c->sel);
}

/* Identities that stay when their owners move, and are not the same. */
static bool other_identity(const struct ike_id *a, const struct ike_id *b)
{
	return a->type != IKE_ID_IPV4 && a->type != IKE_ID_IPV6 &&
	       b->type != IKE_ID_IPV4 && b->type != IKE_ID_IPV6 &&
	       !ike_id_equal(a, b);
}

/*
 * A client that moved makes the policies it had lead to where it is now.  To
 * another one, who has the same private address, they are not given.
 */
static const struct ike_child *other_user(const struct genpol *g,
					  const struct ike_sa *sa)
{
	struct ike_child *u = g ? g->users : NULL;

	for (; u; u = u->gen_next)
		if (u->state == CHILD_ESTABLISHED &&
		    u->p[0].mode == KMODE_TUNNEL &&
		    !xaddr_equal(&u->remote.addr, &sa->remote.addr) &&
		    other_identity(&u->sa->remote_id.id, &sa->remote_id.id))
			break;
	return u;
}

static bool end_is(const struct xaddr *tmpl, const struct xaddr *a)
{
	return xaddr_is_any(tmpl) || (tmpl->family == a->family &&
				      !memcmp(tmpl->b, a->b, sizeof(a->b)));
}

/* Its traffic passes only through SAs between the ends that it names. */
static const struct ktmpl *other_tunnel(const struct kpol *pol,
					const struct ike_sa *sa)
{
	for (unsigned int i = 0; i < pol->ntmpl; i++)
		if (pol->tmpl[i].mode == KMODE_TUNNEL &&
		    (!end_is(&pol->tmpl[i].src, &sa->local.addr) ||
		     !end_is(&pol->tmpl[i].dst, &sa->remote.addr)))
			return &pol->tmpl[i];
	return NULL;
}

/* A policy that somebody made protects what the peer asks for. */
static int with_policy(struct ike *ike, struct xchg *x, struct ike_child *c,
		       const struct kpol *out)
{
	const struct ktmpl *t = other_tunnel(out, x->sa);
	struct xsel back = spd_reverse(&out->sel);
	char src[XADDR_STRLEN], dst[XADDR_STRLEN];

	if (t)
		return v1_quick_refuse(ike, x, N_INVALID_ID_INFORMATION,
				       "our policy for what the peer asks for "
				       "is a tunnel from %s to %s",
				       xaddr_str(&t->src, src),
				       xaddr_str(&t->dst, dst));
	if (child_from_policy(ike, c, out,
			      spd_by_sel(&ike->spd, KDIR_IN, &back)) < 0)
		return v1_quick_refuse(ike, x, N_NO_PROPOSAL_CHOSEN,
				       "our policy has too many templates");
	return 0;
}

int v1_quick_policy(struct ike *ike, struct xchg *x, struct ike_child *c)
{
	const struct genpol *g = genpol_find(ike, &c->sel);
	const struct kpol *out = g ? NULL : find_policy(ike, x, c);
	const struct ike_child *other = other_user(g, x->sa);
	struct xsel rev = spd_reverse(&c->sel);
	char sel[XSEL_STRLEN], who[IKE_EP_STRLEN];
	int r;

	if (other)
		return v1_quick_refuse(ike, x, N_INVALID_ID_INFORMATION,
				       "%s is in use by another peer, %s",
				       xsel_str(&c->sel, sel, sizeof(sel)),
				       ike_ep_str(&other->remote, who));
	if (out && out->ntmpl && !out->block) {
		r = with_policy(ike, x, c, out);
		if (r < 0)
			return r;
	} else if (x->sa->rc->generate_policy == IKE_GENPOL_OFF ||
		   generate(ike, x, c) < 0) {
		ike_log(ike, LOG_LV_ERROR, &x->sa->remote,
			"no policy found: %s",
			xsel_str(&rev, sel, sizeof(sel)));
		return v1_quick_refuse(ike, x, N_INVALID_ID_INFORMATION,
				       "no policy of ours protects %s, which "
				       "the peer asks for", sel);
	}
	if (child_find_sainfo(ike, c) == 0)
		return 0;
	ike_log(ike, LOG_LV_ERROR, &x->sa->remote, "failed to get sainfo.");
	return v1_quick_refuse(ike, x, N_INVALID_ID_INFORMATION,
			       "no sainfo of racoon.conf fits %s",
			       xsel_str(&c->sel, sel, sizeof(sel)));
}
