/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "ike/core/child.h"
#include "ike/core/fsm.h"
#include "ike/core/genpol.h"
#include "ike/core/sa.h"
#include "libxfrm/base/err.h"

/* SPIs below 256 are reserved (RFC 4303 2.1); CPIs have 16 bits. */
#define SPI_MIN 0x100
#define SPI_MAX 0xffffffffu
#define CPI_MIN 0x100
#define CPI_MAX 0xefff

/* Part of the lifetime after which the two sides renew, in percent. */
#define SOFT_INITIATOR 80
#define SOFT_RESPONDER 90

static const struct child_sa *child_sa_const(const struct ike_child *c,
					     unsigned int i)
{
	return &c->p[i];
}

/* Ends, direction and names of one SA of c. */
static void ksa_fill(struct ksa *k, const struct ike_child *c, unsigned int i,
		     enum kdir dir)
{
	const struct child_sa *p = child_sa_const(c, i);
	bool in = dir == KDIR_IN;

	*k = (struct ksa){
		.proto = p->proto,
		.mode = p->mode,
		.src = in ? c->remote.addr : c->local.addr,
		.dst = in ? c->local.addr : c->remote.addr,
		.spi = in ? p->spi_in : p->spi_out,
		.reqid = in ? p->reqid_in : p->reqid_out,
		.dir = dir,
	};
}

static uint64_t soft(uint64_t hard, bool initiator)
{
	return hard / 100 * (initiator ? SOFT_INITIATOR : SOFT_RESPONDER) +
	       hard % 100 * (initiator ? SOFT_INITIATOR : SOFT_RESPONDER) / 100;
}

bool child_worn(const struct ike *ike, const struct ike_child *c,
		const struct kcount *count)
{
	uint64_t sec = soft(c->life_sec, c->initiator);
	uint64_t bytes = soft(c->life_bytes, c->initiator);

	return (sec && ike->now >= c->created + ike_sec(sec)) ||
	       (bytes && count->bytes >= bytes);
}

static size_t enc_len(const struct child_sa *p)
{
	unsigned int bits;

	if (!p->enc || p->enc->flags & XALG_NULL)
		return 0;
	bits = p->keylen ? p->keylen
			 : (unsigned int)(p->enc->key_def ? p->enc->key_def
						: p->enc->key_max) -
			   p->enc->salt;
	return (bits + p->enc->salt) / 8;
}

static size_t auth_len(const struct child_sa *p)
{
	return p->auth && !(p->auth->flags & XALG_NULL) ? p->auth->key_max / 8
							: 0;
}

size_t child_keymat_len(const struct child_sa *p)
{
	return enc_len(p) + auth_len(p);
}

/* Splits the key material: encryption first (RFC 2407 4.5 by way of 2409). */
static int ksa_keys(struct ksa *k, const struct child_sa *p, enum kdir dir)
{
	const struct secret *m = dir == KDIR_IN ? &p->keymat_in
						: &p->keymat_out;
	struct cur c = cur_init(m->p, m->len);
	const uint8_t *b;
	int r;

	k->enc = p->enc;
	k->auth = p->auth;
	k->comp = p->comp;
	k->icv_bits = p->icv;
	k->esn = p->esn;
	if (enc_len(p)) {
		if ((r = cur_bytes(&c, enc_len(p), &b)) < 0 ||
		    (r = secret_set(&k->enc_key, b, enc_len(p))) < 0)
			return r;
	}
	if (auth_len(p)) {
		if ((r = cur_bytes(&c, auth_len(p), &b)) < 0 ||
		    (r = secret_set(&k->auth_key, b, auth_len(p))) < 0)
			return r;
	}
	return 0;
}

/* ---- answers ---- */

static void xchg_kernel_done(struct ike *ike, uint32_t id,
			     const struct kans *ans)
{
	struct xchg *x = id ? xchg_by_id(ike, id) : NULL;

	if (!x || !x->nkreq)
		return;
	if (ans->err && !x->kerr)
		x->kerr = ans->err;
	if (--x->nkreq == 0)
		fsm_resume(ike, x);
}

/* Nobody wants the SPI any more: give it back. */
static void spi_give_back(struct ike *ike, const struct kwait *w,
			  uint32_t spi)
{
	struct kreq r = {
		.kind = KREQ_SA_DEL,
		.sa = { .proto = w->proto, .src = w->src, .dst = w->dst,
			.spi = spi },
	};

	ike_act_kreq(ike, &r, NULL, 0, 0, 0);
}

static void got_spi(struct ike *ike, const struct kwait *w,
		    const struct kans *ans)
{
	struct ike_child *c = child_by_id(ike, w->child);
	struct child_sa *p;

	if (!c) {
		if (!ans->err)
			spi_give_back(ike, w, ans->spi);
		return;
	}
	p = &c->p[w->tag];
	if (!ans->err) {
		p->spi_in = ans->spi;
		p->larval = true;
		child_hash_spi(ike, c, w->tag, KDIR_IN);
	} else {
		ike_log(ike, LOG_LV_ERROR, &c->remote,
			"the kernel gave no SPI: %s",
			ans->text[0] ? ans->text : xe_str(ans->err));
	}
	xchg_kernel_done(ike, w->xchg, ans);
}

/*
 * What was refused is not ours to delete: peers behind one NAT may have chosen
 * the same SPI, and then the kernel has the other's SA.
 */
static void refused(struct ike *ike, struct ike_child *c,
		    const struct kwait *w, const struct kans *ans)
{
	struct child_sa *p = &c->p[w->tag / 2];

	*(w->tag % 2 == KDIR_IN ? &p->in_on : &p->out_on) = false;
	ike_log(ike, LOG_LV_ERROR, &c->remote, "the kernel refused an SA: %s",
		ans->text[0] ? ans->text : xe_str(ans->err));
}

static void installed(struct ike *ike, const struct kwait *w,
		      const struct kans *ans)
{
	struct ike_child *c = child_by_id(ike, w->child);

	if (c && ans->err)
		refused(ike, c, w, ans);
	xchg_kernel_done(ike, w->xchg, ans);
}

static void policy_added(struct ike *ike, const struct kwait *w,
			 const struct kans *ans)
{
	struct ike_child *c = child_by_id(ike, w->child);

	if (c && ans->err)
		ike_log(ike, LOG_LV_ERROR, &c->remote,
			"the kernel refused a policy: %s",
			ans->text[0] ? ans->text : xe_str(ans->err));
	xchg_kernel_done(ike, w->xchg, ans);
}

/* ---- requests ---- */

int child_getspi(struct ike *ike, struct ike_child *c, struct xchg *x)
{
	x->kerr = 0;
	x->nkreq = 0;
	for (unsigned int i = 0; i < c->n; i++) {
		bool comp = c->p[i].proto == IPPROTO_COMP;
		struct kreq r = { .kind = KREQ_GETSPI };
		int err;

		ksa_fill(&r.sa, c, i, KDIR_IN);
		r.sa.seq = c->seq;
		r.spi_min = comp ? CPI_MIN : SPI_MIN;
		r.spi_max = comp ? CPI_MAX : SPI_MAX;
		err = ike_act_kreq(ike, &r, got_spi, c->id, x->id, i);
		if (err < 0)
			return err;
		x->nkreq++;
	}
	return XE_AGAIN;
}

static int install_one(struct ike *ike, struct ike_child *c, unsigned int i,
		       struct xchg *x, enum kdir dir)
{
	struct child_sa *p = &c->p[i];
	struct kreq r = { .kind = KREQ_SA_ADD };
	struct ksa *k = &r.sa;
	int err;

	ksa_fill(k, c, i, dir);
	err = ksa_keys(k, p, dir);
	if (err < 0) {
		kreq_clear(&r);
		return err;
	}
	k->replay = p->proto == IPPROTO_COMP ? 0 : c->si->replay_window;
	k->life.hard_sec = c->life_sec;
	k->life.soft_sec = soft(c->life_sec, c->initiator);
	k->life.hard_bytes = c->life_bytes;
	k->life.soft_bytes = soft(c->life_bytes, c->initiator);
	if (p->mode == KMODE_TRANSPORT && i == 0) {
		k->has_sel = true;
		k->sel = dir == KDIR_IN ? spd_reverse(&c->sel) : c->sel;
	}
	if (c->encap && p->proto == IPPROTO_ESP) {
		bool in = dir == KDIR_IN;

		k->encap_sport = in ? c->remote.port : c->local.port;
		k->encap_dport = in ? c->local.port : c->remote.port;
		k->encap_oa = c->peer_oa;
	}
	if (dir == KDIR_OUT)
		k->seq = c->seq;
	err = ike_act_kreq(ike, &r, installed, c->id, x->id, 2 * i + dir);
	if (err < 0)
		return err;
	if (dir == KDIR_IN)
		p->in_on = true;
	else
		p->out_on = true;
	secret_free(dir == KDIR_IN ? &p->keymat_in : &p->keymat_out);
	x->nkreq++;
	return 0;
}

int child_install(struct ike *ike, struct ike_child *c, struct xchg *x,
		  enum kdir dir)
{
	int err;

	x->kerr = 0;
	x->nkreq = 0;
	for (unsigned int i = 0; i < c->n; i++) {
		err = install_one(ike, c, i, x, dir);
		if (err < 0)
			return err;
	}
	return XE_AGAIN;
}

static void policy_fill(struct kpol *k, const struct ike_child *c,
			enum kdir dir)
{
	*k = (struct kpol){
		.dir = dir,
		.prio = KPOL_PRIO_GENERATED,
		.sel = dir == KDIR_OUT ? c->sel : spd_reverse(&c->sel),
		.ntmpl = c->n,
		.lifetime = c->life_sec,
	};
	for (unsigned int i = 0; i < c->n; i++) {
		struct ktmpl *t = &k->tmpl[i];

		t->proto = c->p[i].proto;
		t->mode = c->p[i].mode;
		/* what would not get smaller comes as it is (RFC 3173 2.2) */
		t->optional = dir != KDIR_OUT && t->proto == IPPROTO_COMP &&
			      c->n > 1;
		t->reqid = dir == KDIR_OUT ? c->p[i].reqid_out
					   : c->p[i].reqid_in;
		if (t->mode == KMODE_TUNNEL) {
			t->src = dir == KDIR_OUT ? c->local.addr
						 : c->remote.addr;
			t->dst = dir == KDIR_OUT ? c->remote.addr
						 : c->local.addr;
		}
	}
}

static bool child_tunnel(const struct ike_child *c)
{
	for (unsigned int i = 0; i < c->n; i++)
		if (c->p[i].mode == KMODE_TUNNEL)
			return true;
	return false;
}

static const enum kdir policy_dirs[] = { KDIR_IN, KDIR_OUT, KDIR_FWD };

/* Installs them, or puts what changed into those that are there. */
static int policies_put(struct ike *ike, const struct ike_child *c,
			uint32_t xchg, unsigned int *sent)
{
	size_t n = child_tunnel(c) ? 3 : 2;

	for (*sent = 0; *sent < n; ++*sent) {
		struct kreq r = { .kind = KREQ_POL_ADD };
		int err;

		policy_fill(&r.pol, c, policy_dirs[*sent]);
		err = ike_act_kreq(ike, &r, policy_added, c->id, xchg, 0);
		if (err < 0)
			return err;
	}
	return 0;
}

int child_add_policies(struct ike *ike, struct ike_child *c, struct xchg *x)
{
	int r;

	x->kerr = 0;
	r = policies_put(ike, c, x->id, &x->nkreq);
	return r < 0 ? r : XE_AGAIN;
}

int child_kernel_result(struct ike *ike, struct ike_child *c, struct xchg *x)
{
	return x->kerr;
}

static void sa_del(struct ike *ike, const struct ike_child *c, unsigned int i,
		   enum kdir dir)
{
	struct kreq r = { .kind = KREQ_SA_DEL };

	ksa_fill(&r.sa, c, i, dir);
	ike_act_kreq(ike, &r, NULL, 0, 0, 0);
}

void child_uninstall(struct ike *ike, struct ike_child *c)
{
	for (unsigned int i = 0; i < c->n; i++) {
		struct child_sa *p = &c->p[i];

		/* outbound first: what still leaves can still be read */
		if (p->out_on)
			sa_del(ike, c, i, KDIR_OUT);
		if (p->in_on || p->larval)
			sa_del(ike, c, i, KDIR_IN);
		p->out_on = p->in_on = p->larval = false;
	}
	if (!genpol_leave(ike, c))
		return;
	for (size_t i = 0; i < (child_tunnel(c) ? 3u : 2u); i++) {
		struct kreq r = { .kind = KREQ_POL_DEL };

		policy_fill(&r.pol, c, policy_dirs[i]);
		ike_act_kreq(ike, &r, NULL, 0, 0, 0);
	}
}

int child_ask_counters(struct ike *ike, struct ike_child *c, unsigned int i,
		       enum kdir dir, kwait_fn fn)
{
	struct kreq r = { .kind = KREQ_SA_GET };

	ksa_fill(&r.sa, c, i, dir);
	return ike_act_kreq(ike, &r, fn, c->id, 0, dir);
}

/* One SA follows its peer to where that is now. */
static void sa_move(struct ike *ike, const struct ike_child *c, unsigned int i,
		    enum kdir dir, const struct ike_sa *sa)
{
	struct kreq r = { .kind = KREQ_SA_UPDATE };
	bool in = dir == KDIR_IN;

	ksa_fill(&r.sa, c, i, dir);
	r.old_src = r.sa.src;
	r.old_dst = r.sa.dst;
	r.old_encap_sport = in ? c->remote.port : c->local.port;
	r.old_encap_dport = in ? c->local.port : c->remote.port;
	*(in ? &r.sa.src : &r.sa.dst) = sa->remote.addr;
	r.sa.encap_sport = in ? sa->remote.port : sa->local.port;
	r.sa.encap_dport = in ? sa->local.port : sa->remote.port;
	ike_act_kreq(ike, &r, NULL, 0, 0, 0);
}

static void child_peer_move(struct ike *ike, struct ike_child *c,
			    const struct ike_sa *sa)
{
	bool elsewhere = !xaddr_equal(&c->remote.addr, &sa->remote.addr);
	unsigned int sent;

	/* transport mode protects an address that the peer has no more */
	if (elsewhere && !child_tunnel(c)) {
		child_delete(ike, c, true);
		return;
	}
	for (unsigned int i = 0; i < c->n; i++) {
		if (c->p[i].out_on)
			sa_move(ike, c, i, KDIR_OUT, sa);
		if (c->p[i].in_on)
			sa_move(ike, c, i, KDIR_IN, sa);
	}
	child_unhash_pol(ike, c);
	c->local = sa->local;
	c->remote = sa->remote;
	child_hash_pol(ike, c);
	if (elsewhere && c->gen)
		policies_put(ike, c, 0, &sent);
}

/* Asked for, and not agreed on: its SAs will lead to where the peer is then. */
static bool undecided(const struct ike_child *c)
{
	return c->state >= CHILD_GETSPI && c->state <= CHILD_MSG1SENT;
}

void child_peer_moved(struct ike *ike, struct ike_sa *sa,
		      const struct ike_ep *old)
{
	struct ike_child *c, *next;

	for (c = sa->child; c; c = next) {
		next = c->next;
		if ((c->encap || undecided(c)) &&
		    ike_ep_equal(&c->remote, old))
			child_peer_move(ike, c, sa);
	}
}
