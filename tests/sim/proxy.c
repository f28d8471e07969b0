/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/proxy.h"

#include <stdlib.h>
#include <string.h>

#include "ike/crypto/cipher.h"
#include "ike/v1/ctx.h"

/* The SA of h that a message belongs to, once it has keys. */
static struct ike_sa *sa_of(struct host *h, const struct ike_hdr *hdr)
{
	struct ike_sa *sa = sa_by_spi(h->ike, hdr->spi_i, hdr->spi_r);

	return sa && v1_sa(sa) && v1_sa(sa)->have_keys ? sa : NULL;
}

static unsigned int slot(struct proxy *x, uint32_t msgid)
{
	for (unsigned int i = 0; i < x->nx; i++)
		if (x->x[i].msgid == msgid)
			return i;
	if (x->nx == PROXY_XCHGS)
		abort();
	memset(&x->x[x->nx], 0, sizeof(x->x[0]));
	x->x[x->nx].msgid = msgid;
	return x->nx++;
}

/*
 * The first encrypted message: of phase 1 its receiver still has the first IV;
 * later exchanges derive it from where phase 1 ended.
 */
static void first_ivs(struct proxy *x, unsigned int at,
		      const struct ike_sa *to)
{
	const struct v1_sa *v = v1_sa(to);
	unsigned int ph1 = slot(x, 0);

	for (unsigned int i = 0; i < 2; i++)
		if (!x->x[at].msgid)
			memcpy(x->x[at].iv[i], v->iv, IKE_BLOCK_MAX);
		else if (ike_v1_iv_phase2(x->pair->w->crypto, v->keys.md,
					  v->keys.enc, x->x[ph1].iv[i],
					  x->x[at].msgid, x->x[at].iv[i]) < 0)
			abort();
	x->x[at].ivs = true;
}

static bool decrypt(struct proxy *x, unsigned int at, struct ike_sa *from,
		    bool from_a, struct wbuf *body)
{
	const struct ike_v1_keys *k = &v1_sa(from)->keys;

	return ike_cbc_decrypt(x->pair->w->crypto, k->enc, &k->key,
			       x->x[at].iv[!from_a], body->p, body->len) == 0;
}

/* HASH(1) to (3) over what the message has become. */
static void rehash(struct proxy *x, unsigned int at, struct v1_out *o,
		   const struct proxy_msg *m, const struct ike_sa *sa)
{
	const struct ike_v1_keys *k = &v1_sa(sa)->keys;
	struct ike_crypto *cr = x->pair->w->crypto;
	size_t len = ike_md_alg(k->md)->len, hole = IKE_HDR_LEN + 4;
	struct cur rest = ike_build_from(&o->b, hole + len);
	struct cur ni = cur_init(x->x[at].ni, x->x[at].ni_len);
	struct cur nr = cur_init(x->x[at].nr, x->x[at].nr_len);
	uint8_t h[IKE_MD_MAX];
	int r;

	if (m->hdr.xchg == XCHG_INFO || m->index == 0)
		r = ike_v1_hash1(cr, k, m->hdr.msgid, rest, h);
	else if (m->index == 1)
		r = ike_v1_hash2(cr, k, m->hdr.msgid, ni, rest, h);
	else
		r = ike_v1_hash3(cr, k, m->hdr.msgid, ni, nr, h);
	if (r < 0)
		abort();
	for (size_t i = 0; i < len; i++)
		wbuf_set_u8(&o->w, hole + i, h[i]);
}

static void keep_nonce(struct proxy *x, unsigned int at,
		       const struct proxy_msg *m)
{
	unsigned int n;

	if (!proxy_find(m, PLD_NONCE, 0, &n) || m->p[n].body.left > 256)
		return;
	if (m->index == 0) {
		memcpy(x->x[at].ni, m->p[n].body.p, m->p[n].body.left);
		x->x[at].ni_len = m->p[n].body.left;
	} else {
		memcpy(x->x[at].nr, m->p[n].body.p, m->p[n].body.left);
		x->x[at].nr_len = m->p[n].body.left;
	}
}

static void send_on(struct proxy *x, unsigned int at, struct proxy_msg *m,
		    struct ike_sa *to, struct ike_packet *pkt)
{
	struct host *t = m->from_a ? x->pair->b : x->pair->a;
	struct wbuf w;
	struct v1_out o;
	int r;

	wbuf_init(&o.w, IKE_MAX_MSG);
	m->hdr.flags &= (uint8_t)~IKE_FLAG_ENC;
	ike_build_start(&o.b, &o.w, &m->hdr);
	for (unsigned int i = 0; i < m->n; i++)
		ike_build_raw(&o.b, m->p[i].type, m->p[i].body);
	if (m->encrypted && m->hdr.msgid) {
		keep_nonce(x, at, m);
		rehash(x, at, &o, m, to);
	}
	r = m->encrypted && !m->in_clear
	    ? v1_out_seal(t->ike, &o, to, x->x[at].iv[m->from_a])
	    : v1_out_clear(&o);
	wbuf_fixed(&w, x->bytes, sizeof(x->bytes));
	wbuf_put(&w, o.w.p, o.w.len);
	if (r < 0 || w.err)
		abort();
	pkt->p = x->bytes;
	pkt->len = w.len;
	v1_out_free(&o);
}

static bool pass(struct world *w, struct ike_packet *pkt, void *arg)
{
	struct arena *a = arena_new(0);
	struct proxy *x = arg;
	struct ike_msg in;
	struct proxy_msg m = { 0 };
	struct ike_sa *from = NULL, *to = NULL;
	struct wbuf raw;
	struct cur body;
	unsigned int at;

	if (!a)
		abort();
	wbuf_init(&raw, IKE_MAX_MSG);
	m.from_a = !xaddr_equal(&pkt->local.addr, &x->pair->b->addr);
	if (ike_hdr_parse(cur_init(pkt->p, pkt->len), &m.hdr, &body) < 0)
		goto out;
	m.encrypted = m.hdr.flags & IKE_FLAG_ENC;
	at = slot(x, m.hdr.msgid);
	wbuf_put(&raw, body.p, body.left);
	if (m.encrypted) {
		from = sa_of(m.from_a ? x->pair->a : x->pair->b, &m.hdr);
		to = sa_of(m.from_a ? x->pair->b : x->pair->a, &m.hdr);
		if (!from || !to)
			goto out;
		if (!x->x[at].ivs)
			first_ivs(x, at, to);
		if (!decrypt(x, at, from, m.from_a, &raw))
			goto out;
	}
	if (ike_msg_walk(&in, &m.hdr, wbuf_cur(&raw), m.encrypted, a) < 0)
		goto out;
	for (m.n = 0; m.n < in.n; m.n++) {
		m.p[m.n].type = in.p[m.n].type;
		m.p[m.n].body = in.p[m.n].body;
	}
	m.index = x->x[at].messages++;
	x->edit(x, &m);
	send_on(x, at, &m, to, pkt);
out:
	wbuf_free(&raw);
	arena_free(a);
	return true;
}

void proxy_start(struct proxy *x, struct pair *p,
		 void (*edit)(struct proxy *x, struct proxy_msg *m), void *arg)
{
	*x = (struct proxy){ .pair = p, .edit = edit, .arg = arg };
	p->w->filter = pass;
	p->w->filter_arg = x;
}

bool proxy_find(const struct proxy_msg *m, uint8_t type, unsigned int i,
		unsigned int *at)
{
	for (*at = 0; *at < m->n; ++*at)
		if (m->p[*at].type == type && !i--)
			return true;
	return false;
}

void proxy_insert(struct proxy_msg *m, unsigned int at, uint8_t type,
		  const void *body, size_t len)
{
	if (m->n == IKE_MAX_PAYLOADS)
		abort();
	if (at > m->n)
		at = m->n;
	memmove(&m->p[at + 1], &m->p[at], (m->n - at) * sizeof(m->p[0]));
	m->p[at].type = type;
	m->p[at].body = cur_init(body, len);
	m->n++;
}

void proxy_remove(struct proxy_msg *m, unsigned int at)
{
	memmove(&m->p[at], &m->p[at + 1], (m->n - at - 1) * sizeof(m->p[0]));
	m->n--;
}
