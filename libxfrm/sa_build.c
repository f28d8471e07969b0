/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/sa.h"

#include <arpa/inet.h>
#include <string.h>

#include "libxfrm/base/err.h"
#include "libxfrm/base/secret.h"
#include "libxfrm/kernel.h"

/* The kernel's names are at most 63 bytes; ours come from the table. */
static bool put_name(char *dst, size_t size, const char *name)
{
	size_t len = strlen(name);

	if (len >= size)
		return false;
	memcpy(dst, name, len);
	return true;
}

static void put_alg(struct xmsg *m, uint16_t type, const struct xsa_alg *alg)
{
	struct xfrm_algo k = { .alg_key_len = alg->key_bits };

	if (!put_name(k.alg_name, sizeof(k.alg_name), alg->name))
		m->w.err = XE_RANGE;
	xmsg_put2(m, type, &k, sizeof(k), alg->key, (alg->key_bits + 7u) / 8);
}

/* struct xfrm_algo_auth and xfrm_algo_aead are laid out alike. */
static void put_alg_icv(struct xmsg *m, uint16_t type,
			const struct xsa_alg *alg)
{
	struct xfrm_algo_auth k = { .alg_key_len = alg->key_bits,
				    .alg_trunc_len = alg->icv_bits };

	_Static_assert(sizeof(struct xfrm_algo_auth) ==
		       sizeof(struct xfrm_algo_aead), "layouts differ");
	if (!k.alg_trunc_len && alg->alg)
		k.alg_trunc_len = alg->alg->icv[0];
	if (!put_name(k.alg_name, sizeof(k.alg_name), alg->name))
		m->w.err = XE_RANGE;
	xmsg_put2(m, type, &k, sizeof(k), alg->key, (alg->key_bits + 7u) / 8);
}

static void put_iptfs(struct xmsg *m, const struct xsa_iptfs *t)
{
	if (t->has_drop)
		xmsg_put_u32(m, XA_IPTFS_DROP_TIME, t->drop_time);
	if (t->has_reorder)
		xmsg_put_u16(m, XA_IPTFS_REORDER_WINDOW, t->reorder_window);
	if (t->dont_frag)
		xmsg_put(m, XA_IPTFS_DONT_FRAG, NULL, 0);
	if (t->has_init)
		xmsg_put_u32(m, XA_IPTFS_INIT_DELAY, t->init_delay);
	if (t->has_qsize)
		xmsg_put_u32(m, XA_IPTFS_MAX_QSIZE, t->max_qsize);
	if (t->pkt_size)
		xmsg_put_u32(m, XA_IPTFS_PKT_SIZE, t->pkt_size);
}

static void put_u32_if(struct xmsg *m, uint16_t type, uint32_t v)
{
	if (v)
		xmsg_put_u32(m, type, v);
}

static void sa_to_kernel(const struct xfrm_sa *sa, struct xfrm_usersa_info *k)
{
	memset(k, 0, sizeof(*k));
	xsel_to_kernel(&sa->sel, &k->sel);
	xaddr_to_kernel(&sa->dst, &k->id.daddr);
	xaddr_to_kernel(&sa->src, &k->saddr);
	k->id.spi = htonl(sa->spi);
	k->id.proto = sa->proto;
	xlife_to_kernel(&sa->life, &k->lft);
	k->seq = sa->has & XSA_HAS_SEQ ? sa->seq : 0;
	k->reqid = sa->reqid;
	k->family = sa->family ? sa->family : sa->dst.family;
	k->mode = sa->mode;
	if (!xsa_wide_replay(sa))
		k->replay_window = (uint8_t)sa->replay.window;
	k->flags = sa->flags & (uint8_t)~XFRM_STATE_ESN;
	if (sa->esn)
		k->flags |= XFRM_STATE_ESN;
}

static void put_cur(struct xmsg *m, const struct xlife_cur *c)
{
	struct xfrm_lifetime_cur k = {
		.bytes = c->bytes, .packets = c->packets,
		.add_time = c->add_time, .use_time = c->use_time,
	};

	xmsg_put(m, XFRMA_LTIME_VAL, &k, sizeof(k));
}

static void put_sa_attrs(struct xmsg *m, const struct xfrm_sa *sa)
{
	xfrm_address_t co;

	if (sa->enc.name && sa->enc.aead)
		put_alg_icv(m, XFRMA_ALG_AEAD, &sa->enc);
	else if (sa->enc.name)
		put_alg(m, XFRMA_ALG_CRYPT, &sa->enc);
	if (sa->auth.name)
		put_alg_icv(m, XFRMA_ALG_AUTH_TRUNC, &sa->auth);
	if (sa->comp.name)
		put_alg(m, XFRMA_ALG_COMP, &sa->comp);
	xput_encap(m, &sa->encap);
	xput_secctx(m, &sa->sec);
	xput_mark(m, &sa->mark);
	xput_replay(m, sa);
	if (sa->coaddr.family) {
		xaddr_to_kernel(&sa->coaddr, &co);
		xmsg_put(m, XFRMA_COADDR, &co, sizeof(co));
	}
	put_u32_if(m, XFRMA_TFCPAD, sa->tfcpad);
	put_u32_if(m, XFRMA_SA_EXTRA_FLAGS, sa->extra_flags);
	put_u32_if(m, XFRMA_REPLAY_THRESH, sa->replay_thresh);
	put_u32_if(m, XFRMA_ETIMER_THRESH, sa->etimer_thresh);
	if (sa->has & XSA_HAS_CUR)
		put_cur(m, &sa->cur);
	xput_offload(m, &sa->offload);
	if (sa->out_mark.value || sa->out_mark.mask) {
		xmsg_put_u32(m, XFRMA_SET_MARK, sa->out_mark.value);
		xmsg_put_u32(m, XFRMA_SET_MARK_MASK, sa->out_mark.mask);
	}
	xput_if_id(m, sa->if_id);
	put_u32_if(m, XA_MTIMER_THRESH, sa->mtimer);
	if (sa->dir)
		xmsg_put_u8(m, XA_SA_DIR, sa->dir == XSA_DIR_IN ?
			    XU_SA_DIR_IN : XU_SA_DIR_OUT);
	put_u32_if(m, XA_NAT_KEEPALIVE, sa->nat_keepalive);
	if (sa->has & XSA_HAS_PCPU)
		xmsg_put_u32(m, XA_SA_PCPU, sa->pcpu);
	if (sa->mode == XU_MODE_IPTFS)
		put_iptfs(m, &sa->iptfs);
}

static int build_sa(struct xmsg *m, uint16_t type, uint16_t flags,
		    const struct xfrm_sa *sa)
{
	struct xfrm_usersa_info k;

	xmsg_begin(m, type, flags);
	sa_to_kernel(sa, &k);
	xmsg_fixed(m, &k, sizeof(k));
	put_sa_attrs(m, sa);
	return xmsg_end(m);
}

int xfrm_sa_build_new(struct xmsg *m, const struct xfrm_sa *sa)
{
	return build_sa(m, XFRM_MSG_NEWSA, NLM_F_CREATE | NLM_F_EXCL, sa);
}

int xfrm_sa_build_update(struct xmsg *m, const struct xfrm_sa *sa)
{
	return build_sa(m, XFRM_MSG_UPDSA, NLM_F_REPLACE, sa);
}

static void sa_to_id(const struct xfrm_sa *sa, struct xfrm_usersa_id *k)
{
	memset(k, 0, sizeof(*k));
	xaddr_to_kernel(&sa->dst, &k->daddr);
	k->spi = htonl(sa->spi);
	k->family = sa->family ? sa->family : sa->dst.family;
	k->proto = sa->proto;
}

static int build_id(struct xmsg *m, uint16_t type, const struct xfrm_sa *sa)
{
	struct xfrm_usersa_id k;

	xmsg_begin(m, type, 0);
	sa_to_id(sa, &k);
	xmsg_fixed(m, &k, sizeof(k));
	xput_mark(m, &sa->mark);
	return xmsg_end(m);
}

int xfrm_sa_build_delete(struct xmsg *m, const struct xfrm_sa *sa)
{
	return build_id(m, XFRM_MSG_DELSA, sa);
}

int xfrm_sa_build_get(struct xmsg *m, const struct xfrm_sa *sa)
{
	return build_id(m, XFRM_MSG_GETSA, sa);
}

int xfrm_sa_build_allocspi(struct xmsg *m, const struct xfrm_sa *sa,
			   uint32_t min, uint32_t max)
{
	struct xfrm_userspi_info k;

	memset(&k, 0, sizeof(k));
	xmsg_begin(m, XFRM_MSG_ALLOCSPI, 0);
	sa_to_kernel(sa, &k.info);
	k.min = min;
	k.max = max;
	xmsg_fixed(m, &k, sizeof(k));
	xput_mark(m, &sa->mark);
	xput_if_id(m, sa->if_id);
	if (sa->dir)
		xmsg_put_u8(m, XA_SA_DIR, sa->dir == XSA_DIR_IN ?
			    XU_SA_DIR_IN : XU_SA_DIR_OUT);
	if (sa->has & XSA_HAS_PCPU)
		xmsg_put_u32(m, XA_SA_PCPU, sa->pcpu);
	return xmsg_end(m);
}

int xfrm_sa_build_flush(struct xmsg *m, uint8_t proto)
{
	struct xfrm_usersa_flush k = { .proto = proto };

	xmsg_begin(m, XFRM_MSG_FLUSHSA, 0);
	xmsg_fixed(m, &k, sizeof(k));
	return xmsg_end(m);
}

int xfrm_sa_build_dump(struct xmsg *m, const struct xfrm_sa_filter *f)
{
	struct xfrm_address_filter k;

	/* The kernel reads a dump's attributes right after the header. */
	xmsg_begin(m, XFRM_MSG_GETSA, NLM_F_DUMP);
	if (f && f->proto)
		xmsg_put_u8(m, XFRMA_PROTO, f->proto);
	if (f && (f->src.family || f->dst.family)) {
		if (f->src.family && f->dst.family &&
		    f->src.family != f->dst.family)
			m->w.err = XE_FAMILY;
		memset(&k, 0, sizeof(k));
		xaddr_to_kernel(&f->src, &k.saddr);
		xaddr_to_kernel(&f->dst, &k.daddr);
		k.family = f->src.family ? f->src.family : f->dst.family;
		k.splen = f->splen;
		k.dplen = f->dplen;
		xmsg_put(m, XFRMA_ADDRESS_FILTER, &k, sizeof(k));
	}
	return xmsg_end(m);
}

static void put_aevent_id(struct xmsg *m, const struct xfrm_sa *sa,
			  uint32_t flags)
{
	struct xfrm_aevent_id k;

	memset(&k, 0, sizeof(k));
	sa_to_id(sa, &k.sa_id);
	xaddr_to_kernel(&sa->src, &k.saddr);
	k.reqid = sa->reqid;
	k.flags = flags;
	xmsg_fixed(m, &k, sizeof(k));
	xput_mark(m, &sa->mark);
}

int xfrm_sa_build_getae(struct xmsg *m, const struct xfrm_sa *sa)
{
	xmsg_begin(m, XFRM_MSG_GETAE, 0);
	put_aevent_id(m, sa, XFRM_AE_RVAL | XFRM_AE_LVAL | XFRM_AE_RTHR |
		      XFRM_AE_ETHR);
	return xmsg_end(m);
}

int xfrm_sa_build_newae(struct xmsg *m, const struct xfrm_sa *sa)
{
	xmsg_begin(m, XFRM_MSG_NEWAE, NLM_F_REPLACE);
	put_aevent_id(m, sa, 0);
	xput_replay(m, sa);
	if (sa->cur.add_time || sa->cur.bytes || sa->cur.packets)
		put_cur(m, &sa->cur);
	put_u32_if(m, XFRMA_REPLAY_THRESH, sa->replay_thresh);
	put_u32_if(m, XFRMA_ETIMER_THRESH, sa->etimer_thresh);
	return xmsg_end(m);
}
