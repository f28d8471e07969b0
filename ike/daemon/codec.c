/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/codec.h"

#include <netinet/in.h>
#include <string.h>

#include "libxfrm/base/err.h"

#define STR_NONE 0xffffu	/* length that stands for NULL */

void codec_put_str(struct wbuf *w, const char *s)
{
	size_t len = s ? strlen(s) : 0;

	if (len >= STR_NONE - 1) {
		w->err = w->err ? w->err : XE_RANGE;
		return;
	}
	wbuf_u16(w, s ? (uint16_t)len : STR_NONE);
	if (s)
		wbuf_put(w, s, len + 1);
}

int codec_get_str(struct cur *c, const char **s)
{
	const uint8_t *p;
	uint16_t len;
	int r = cur_u16(c, &len);

	*s = NULL;
	if (r || len == STR_NONE)
		return r;
	r = cur_bytes(c, (size_t)len + 1, &p);
	if (r)
		return r;
	if (memchr(p, '\0', (size_t)len + 1) != p + len)
		return XE_MALFORMED;
	*s = (const char *)p;
	return 0;
}

static int get_bool(struct cur *c, bool *v)
{
	uint8_t u;
	int r = cur_u8(c, &u);

	*v = u == 1;
	return r ? r : u > 1 ? XE_RANGE : 0;
}

void codec_put_addr(struct wbuf *w, const struct xaddr *a)
{
	wbuf_u16(w, a->family);
	wbuf_u32(w, a->scope);
	wbuf_put(w, a->b, sizeof(a->b));
}

int codec_get_addr(struct cur *c, struct xaddr *a)
{
	int r;

	memset(a, 0, sizeof(*a));
	if ((r = cur_u16(c, &a->family)) || (r = cur_u32(c, &a->scope)) ||
	    (r = cur_copy(c, a->b, sizeof(a->b))))
		return r;
	if (a->family != AF_UNSPEC && a->family != AF_INET &&
	    a->family != AF_INET6)
		return XE_FAMILY;
	return 0;
}

static void put_sel(struct wbuf *w, const struct xsel *s)
{
	codec_put_addr(w, &s->src);
	codec_put_addr(w, &s->dst);
	wbuf_u16(w, s->sport);
	wbuf_u16(w, s->sport_mask);
	wbuf_u16(w, s->dport);
	wbuf_u16(w, s->dport_mask);
	wbuf_u16(w, s->family);
	wbuf_u8(w, s->splen);
	wbuf_u8(w, s->dplen);
	wbuf_u8(w, s->proto);
	wbuf_u32(w, (uint32_t)s->ifindex);
	wbuf_u32(w, s->user);
}

static int get_sel(struct cur *c, struct xsel *s)
{
	uint32_t ifindex = 0;
	int r;

	memset(s, 0, sizeof(*s));
	if ((r = codec_get_addr(c, &s->src)) ||
	    (r = codec_get_addr(c, &s->dst)) ||
	    (r = cur_u16(c, &s->sport)) || (r = cur_u16(c, &s->sport_mask)) ||
	    (r = cur_u16(c, &s->dport)) || (r = cur_u16(c, &s->dport_mask)) ||
	    (r = cur_u16(c, &s->family)) || (r = cur_u8(c, &s->splen)) ||
	    (r = cur_u8(c, &s->dplen)) || (r = cur_u8(c, &s->proto)) ||
	    (r = cur_u32(c, &ifindex)) || (r = cur_u32(c, &s->user)))
		return r;
	s->ifindex = (int32_t)ifindex;
	return s->family ? xsel_check(s) : 0;
}

void codec_put_setup(struct wbuf *w, const struct setup_req *s)
{
	wbuf_u32(w, s->uid);
	wbuf_u32(w, s->gid);
	codec_put_str(w, s->chroot);
	wbuf_u16(w, s->threads);
}

int codec_get_setup(struct cur *c, struct setup_req *s)
{
	int r;

	memset(s, 0, sizeof(*s));
	if ((r = cur_u32(c, &s->uid)) || (r = cur_u32(c, &s->gid)) ||
	    (r = codec_get_str(c, &s->chroot)) ||
	    (r = cur_u16(c, &s->threads)))
		return r;
	return cur_end(c);
}

void codec_put_bind(struct wbuf *w, const struct bind_req *b)
{
	codec_put_addr(w, &b->addr);
	wbuf_u16(w, b->port);
	wbuf_u8(w, b->natt);
	wbuf_u8(w, b->strict);
}

int codec_get_bind(struct cur *c, struct bind_req *b)
{
	int r;

	memset(b, 0, sizeof(*b));
	if ((r = codec_get_addr(c, &b->addr)) || (r = cur_u16(c, &b->port)) ||
	    (r = get_bool(c, &b->natt)) || (r = get_bool(c, &b->strict)))
		return r;
	return b->addr.family ? cur_end(c) : XE_FAMILY;
}

static void put_secret(struct wbuf *w, const struct secret *s)
{
	wbuf_u16(w, (uint16_t)s->len);
	wbuf_put(w, s->p, s->len);
}

#define SECRET_MAX 8192
static int get_secret(struct cur *c, struct secret *s)
{
	const uint8_t *p;
	uint16_t len;
	int r;

	if ((r = cur_u16(c, &len)) || (r = cur_bytes(c, len, &p)))
		return r;
	if (len > SECRET_MAX)
		return XE_RANGE;
	return len ? secret_set(s, p, len) : 0;
}

/* An algorithm travels as its kind and kernel name. */
static void put_alg(struct wbuf *w, const struct xalg *alg)
{
	wbuf_u8(w, alg ? (uint8_t)alg->kind : 0xff);
	codec_put_str(w, alg ? alg->kernel : NULL);
}

static int get_alg(struct cur *c, const struct xalg **alg)
{
	const char *name;
	uint8_t kind;
	int r;

	*alg = NULL;
	if ((r = cur_u8(c, &kind)) || (r = codec_get_str(c, &name)))
		return r;
	if (!name)
		return 0;
	if (kind > XALG_COMP)
		return XE_RANGE;
	*alg = xalg_by_kernel((enum xalg_kind)kind, name);
	return *alg ? 0 : XE_NOTFOUND;
}

static int get_mode(struct cur *c, enum kmode *mode)
{
	uint8_t v;
	int r = cur_u8(c, &v);

	*mode = v == KMODE_TUNNEL ? KMODE_TUNNEL : KMODE_TRANSPORT;
	return r ? r : v > KMODE_TUNNEL ? XE_RANGE : 0;
}

static int get_dir(struct cur *c, enum kdir *dir)
{
	uint8_t v;
	int r = cur_u8(c, &v);

	*dir = v <= KDIR_FWD ? (enum kdir)v : KDIR_IN;
	return r ? r : v > KDIR_FWD ? XE_RANGE : 0;
}

static int get_ipsec_proto(struct cur *c, uint8_t *proto, bool may_be_0)
{
	int r = cur_u8(c, proto);

	if (r)
		return r;
	if (*proto == IPPROTO_ESP || *proto == IPPROTO_AH ||
	    *proto == IPPROTO_COMP || (may_be_0 && !*proto))
		return 0;
	return XE_RANGE;
}

static void put_sa(struct wbuf *w, const struct ksa *sa)
{
	wbuf_u8(w, sa->proto);
	wbuf_u8(w, sa->mode);
	wbuf_u8(w, sa->dir);
	codec_put_addr(w, &sa->src);
	codec_put_addr(w, &sa->dst);
	wbuf_u32(w, sa->spi);
	wbuf_u32(w, sa->reqid);
	wbuf_u8(w, sa->has_sel);
	put_sel(w, &sa->sel);
	put_alg(w, sa->enc);
	put_alg(w, sa->auth);
	put_alg(w, sa->comp);
	wbuf_u32(w, sa->icv_bits);
	put_secret(w, &sa->enc_key);
	put_secret(w, &sa->auth_key);
	wbuf_u32(w, sa->replay);
	wbuf_u8(w, sa->esn);
	wbuf_u64(w, sa->life.soft_sec);
	wbuf_u64(w, sa->life.hard_sec);
	wbuf_u64(w, sa->life.soft_bytes);
	wbuf_u64(w, sa->life.hard_bytes);
	wbuf_u16(w, sa->encap_sport);
	wbuf_u16(w, sa->encap_dport);
	codec_put_addr(w, &sa->encap_oa);
	wbuf_u32(w, sa->seq);
}

static int get_sa(struct cur *c, struct ksa *sa)
{
	int r;

	if ((r = get_ipsec_proto(c, &sa->proto, true)) ||
	    (r = get_mode(c, &sa->mode)) || (r = get_dir(c, &sa->dir)) ||
	    (r = codec_get_addr(c, &sa->src)) ||
	    (r = codec_get_addr(c, &sa->dst)) || (r = cur_u32(c, &sa->spi)) ||
	    (r = cur_u32(c, &sa->reqid)) || (r = get_bool(c, &sa->has_sel)) ||
	    (r = get_sel(c, &sa->sel)) || (r = get_alg(c, &sa->enc)) ||
	    (r = get_alg(c, &sa->auth)) || (r = get_alg(c, &sa->comp)) ||
	    (r = cur_u32(c, &sa->icv_bits)) ||
	    (r = get_secret(c, &sa->enc_key)) ||
	    (r = get_secret(c, &sa->auth_key)) ||
	    (r = cur_u32(c, &sa->replay)) || (r = get_bool(c, &sa->esn)) ||
	    (r = cur_u64(c, &sa->life.soft_sec)) ||
	    (r = cur_u64(c, &sa->life.hard_sec)) ||
	    (r = cur_u64(c, &sa->life.soft_bytes)) ||
	    (r = cur_u64(c, &sa->life.hard_bytes)) ||
	    (r = cur_u16(c, &sa->encap_sport)) ||
	    (r = cur_u16(c, &sa->encap_dport)) ||
	    (r = codec_get_addr(c, &sa->encap_oa)) ||
	    (r = cur_u32(c, &sa->seq)))
		return r;
	return 0;
}

static void put_pol(struct wbuf *w, const struct kpol *p)
{
	wbuf_u32(w, p->index);
	wbuf_u8(w, p->dir);
	wbuf_u32(w, p->prio);
	wbuf_u8(w, p->block);
	put_sel(w, &p->sel);
	wbuf_u32(w, p->lifetime);
	wbuf_u8(w, p->ntmpl);
	for (unsigned int i = 0; i < p->ntmpl; i++) {
		const struct ktmpl *t = &p->tmpl[i];

		wbuf_u8(w, t->proto);
		wbuf_u8(w, t->mode);
		wbuf_u8(w, t->optional);
		wbuf_u32(w, t->reqid);
		codec_put_addr(w, &t->src);
		codec_put_addr(w, &t->dst);
	}
}

static int get_pol(struct cur *c, struct kpol *p)
{
	enum kdir dir;
	int r;

	if ((r = cur_u32(c, &p->index)) || (r = get_dir(c, &dir)) ||
	    (r = cur_u32(c, &p->prio)) || (r = get_bool(c, &p->block)) ||
	    (r = get_sel(c, &p->sel)) || (r = cur_u32(c, &p->lifetime)) ||
	    (r = cur_u8(c, &p->ntmpl)))
		return r;
	if (p->ntmpl > KPOL_TMPL_MAX)
		return XE_RANGE;
	p->dir = dir;
	for (unsigned int i = 0; i < p->ntmpl; i++) {
		struct ktmpl *t = &p->tmpl[i];
		enum kmode mode;

		if ((r = get_ipsec_proto(c, &t->proto, false)) ||
		    (r = get_mode(c, &mode)) ||
		    (r = get_bool(c, &t->optional)) ||
		    (r = cur_u32(c, &t->reqid)) ||
		    (r = codec_get_addr(c, &t->src)) ||
		    (r = codec_get_addr(c, &t->dst)))
			return r;
		t->mode = mode;
	}
	return 0;
}

static bool about_policy(enum kreq_kind kind)
{
	return kind == KREQ_POL_ADD || kind == KREQ_POL_DEL;
}

void codec_put_kreq(struct wbuf *w, const struct kreq *q)
{
	wbuf_u32(w, q->id);
	wbuf_u8(w, q->kind);
	if (about_policy(q->kind)) {
		put_pol(w, &q->pol);
		return;
	}
	wbuf_u32(w, q->spi_min);
	wbuf_u32(w, q->spi_max);
	put_sa(w, &q->sa);
	codec_put_addr(w, &q->old_src);
	codec_put_addr(w, &q->old_dst);
	wbuf_u16(w, q->old_encap_sport);
	wbuf_u16(w, q->old_encap_dport);
}

static int get_sa_kreq(struct cur *c, struct kreq *q)
{
	int r;

	if ((r = cur_u32(c, &q->spi_min)) || (r = cur_u32(c, &q->spi_max)) ||
	    (r = get_sa(c, &q->sa)) || (r = codec_get_addr(c, &q->old_src)) ||
	    (r = codec_get_addr(c, &q->old_dst)) ||
	    (r = cur_u16(c, &q->old_encap_sport)) ||
	    (r = cur_u16(c, &q->old_encap_dport)))
		return r;
	return 0;
}

int codec_get_kreq(struct cur *c, struct kreq *q)
{
	uint8_t kind;
	int r;

	memset(q, 0, sizeof(*q));
	if ((r = cur_u32(c, &q->id)) || (r = cur_u8(c, &kind)))
		return r;
	if (kind > KREQ_POL_DEL)
		return XE_RANGE;
	q->kind = (enum kreq_kind)kind;
	r = about_policy(q->kind) ? get_pol(c, &q->pol) : get_sa_kreq(c, q);
	if (!r)
		r = cur_end(c);
	if (r)
		kreq_clear(q);
	return r;
}

void codec_put_kans(struct wbuf *w, const struct kans *a)
{
	wbuf_u32(w, a->id);
	wbuf_u32(w, (uint32_t)a->err);
	codec_put_str(w, a->text);
	wbuf_u32(w, a->spi);
	wbuf_u64(w, a->count.bytes);
	wbuf_u64(w, a->count.packets);
	wbuf_u64(w, a->count.use_age);
}

/* A text into an array of its own. */
static int get_text(struct cur *c, char *buf, size_t size)
{
	const char *s;
	int r = codec_get_str(c, &s);

	buf[0] = '\0';
	if (r || !s)
		return r;
	if (strlen(s) >= size)
		return XE_RANGE;
	memcpy(buf, s, strlen(s) + 1);
	return 0;
}

static int get_err(struct cur *c, int *err)
{
	uint32_t v = 0;
	int r = cur_u32(c, &v);

	*err = (int)v;
	return r ? r : *err > 0 ? XE_RANGE : 0;
}

int codec_get_kans(struct cur *c, struct kans *a)
{
	int r;

	memset(a, 0, sizeof(*a));
	if ((r = cur_u32(c, &a->id)) || (r = get_err(c, &a->err)) ||
	    (r = get_text(c, a->text, sizeof(a->text))) ||
	    (r = cur_u32(c, &a->spi)) ||
	    (r = cur_u64(c, &a->count.bytes)) ||
	    (r = cur_u64(c, &a->count.packets)) ||
	    (r = cur_u64(c, &a->count.use_age)))
		return r;
	return cur_end(c);
}

void codec_put_kevent(struct wbuf *w, const struct kevent *e)
{
	wbuf_u8(w, e->kind);
	put_pol(w, &e->pol);
	wbuf_u8(w, e->sa.proto);
	codec_put_addr(w, &e->sa.src);
	codec_put_addr(w, &e->sa.dst);
	wbuf_u32(w, e->sa.spi);
	wbuf_u32(w, e->sa.reqid);
	put_sel(w, &e->flow);
	wbuf_u32(w, e->seq);
	wbuf_u8(w, e->hard);
	codec_put_addr(w, &e->new_addr);
	wbuf_u16(w, e->new_port);
}

int codec_get_kevent(struct cur *c, struct kevent *e)
{
	uint8_t kind;
	int r;

	memset(e, 0, sizeof(*e));
	if ((r = cur_u8(c, &kind)) || (r = get_pol(c, &e->pol)) ||
	    (r = get_ipsec_proto(c, &e->sa.proto, true)) ||
	    (r = codec_get_addr(c, &e->sa.src)) ||
	    (r = codec_get_addr(c, &e->sa.dst)) ||
	    (r = cur_u32(c, &e->sa.spi)) || (r = cur_u32(c, &e->sa.reqid)) ||
	    (r = get_sel(c, &e->flow)) || (r = cur_u32(c, &e->seq)) ||
	    (r = get_bool(c, &e->hard)) ||
	    (r = codec_get_addr(c, &e->new_addr)) ||
	    (r = cur_u16(c, &e->new_port)) || (r = cur_end(c)))
		return r;
	if (kind > KEV_RESYNC_END)
		return XE_RANGE;
	e->kind = (enum kev_kind)kind;
	return 0;
}

void codec_put_keyreq(struct wbuf *w, const struct key_question *q)
{
	const struct ike_keyreq *k = &q->req;

	wbuf_u32(w, k->id);
	wbuf_u8(w, k->kind);
	wbuf_u8(w, (uint8_t)k->nname);
	for (unsigned int i = 0; i < k->nname; i++) {
		wbuf_u8(w, k->name[i].addr);
		wbuf_u16(w, (uint16_t)k->name[i].len);
		wbuf_put(w, k->name[i].p, k->name[i].len);
	}
	wbuf_u16(w, k->prf);
	codec_put_str(w, q->file);
	wbuf_u16(w, (uint16_t)k->data_len);
	wbuf_put(w, k->data, k->data_len);
}

static int get_names(struct cur *c, struct ike_keyreq *k)
{
	uint8_t n;
	int r = cur_u8(c, &n);

	if (r)
		return r;
	if (n > KEY_ID_MAX)
		return XE_RANGE;
	k->nname = n;
	for (unsigned int i = 0; i < n; i++) {
		uint16_t len;

		r = get_bool(c, &k->name[i].addr);
		if (!r)
			r = cur_u16(c, &len);
		if (!r && len > sizeof(k->name[i].p))
			r = XE_RANGE;
		if (!r)
			r = cur_copy(c, k->name[i].p, len);
		if (r)
			return r;
		k->name[i].len = len;
	}
	return 0;
}

int codec_get_keyreq(struct cur *c, struct key_question *q)
{
	struct ike_keyreq *k = &q->req;
	uint16_t len = 0;
	uint8_t kind = 0;
	int r;

	memset(q, 0, sizeof(*q));
	if ((r = cur_u32(c, &k->id)) || (r = cur_u8(c, &kind)) ||
	    (r = get_names(c, k)) || (r = cur_u16(c, &k->prf)) ||
	    (r = codec_get_str(c, &q->file)) || (r = cur_u16(c, &len)))
		return r;
	if (kind > KEY_SIGN || len > sizeof(k->data) ||
	    (kind == KEY_SIGN && !q->file))
		return XE_RANGE;
	k->kind = (enum ike_key_kind)kind;
	k->data_len = len;
	r = cur_copy(c, k->data, len);
	return r ? r : cur_end(c);
}

void codec_put_keyans(struct wbuf *w, const struct ike_keyans *k)
{
	wbuf_u32(w, k->id);
	wbuf_u32(w, (uint32_t)k->err);
	codec_put_str(w, k->text);
	put_secret(w, &k->out);
}

int codec_get_keyans(struct cur *c, struct ike_keyans *k)
{
	int r;

	memset(k, 0, sizeof(*k));
	if ((r = cur_u32(c, &k->id)) || (r = get_err(c, &k->err)) ||
	    (r = get_text(c, k->text, sizeof(k->text))) ||
	    (r = get_secret(c, &k->out)) || (r = cur_end(c)))
		secret_free(&k->out);
	return r;
}

void codec_put_hook(struct wbuf *w, const struct ike_hook *h)
{
	codec_put_str(w, h->event);
	codec_put_str(w, h->script);
	wbuf_u8(w, (uint8_t)h->nenv);
	for (unsigned int i = 0; i < h->nenv; i++)
		codec_put_str(w, h->env[i]);
}

int codec_get_hook(struct cur *c, struct ike_hook *h)
{
	uint8_t n;
	int r;

	memset(h, 0, sizeof(*h));
	if ((r = codec_get_str(c, &h->event)) ||
	    (r = codec_get_str(c, &h->script)) || (r = cur_u8(c, &n)))
		return r;
	if (!h->event || !h->script || n > HOOK_ENV_MAX)
		return XE_RANGE;
	h->nenv = n;
	for (unsigned int i = 0; i < n; i++) {
		r = codec_get_str(c, &h->env[i]);
		if (!r && !h->env[i])
			r = XE_RANGE;
		if (r)
			return r;
	}
	return cur_end(c);
}
