/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/sa.h"

#include <arpa/inet.h>
#include <string.h>

#include "libxfrm/attr.h"
#include "libxfrm/base/err.h"
#include "libxfrm/kernel.h"

#define ALG_NAME_LEN 64

/* Name, key length, for two of the three structs an ICV length, the key. */
static int get_alg(const struct xattrs *a, unsigned int type,
		   enum xalg_kind kind, bool with_icv, struct xsa_alg *alg)
{
	uint32_t bits, icv = 0;
	const uint8_t *name;
	struct cur c;
	int r;

	*alg = (struct xsa_alg){ 0 };
	if (!xattrs_has(a, type))
		return 0;
	c = a->at[type];
	if ((r = cur_bytes(&c, ALG_NAME_LEN, &name)) < 0 ||
	    (r = cur_copy(&c, &bits, sizeof(bits))) < 0)
		return r;
	if (with_icv && (r = cur_copy(&c, &icv, sizeof(icv))) < 0)
		return r;
	if (!memchr(name, '\0', ALG_NAME_LEN) || name[0] == '\0')
		return XE_MALFORMED;
	if (bits > UINT16_MAX || icv > UINT16_MAX)
		return XE_RANGE;
	r = cur_bytes(&c, (bits + 7) / 8, &alg->key);
	if (r < 0)
		return r;
	alg->key_bits = (uint16_t)bits;
	alg->icv_bits = (uint16_t)icv;
	alg->aead = kind == XALG_AEAD;
	alg->alg = xalg_by_kernel(kind, (const char *)name);
	alg->name = alg->alg ? alg->alg->kernel : (const char *)name;
	return 0;
}

static int get_algs(const struct xattrs *a, struct xfrm_sa *sa)
{
	bool trunc = xattrs_has(a, XFRMA_ALG_AUTH_TRUNC);
	bool aead = xattrs_has(a, XFRMA_ALG_AEAD);
	int r;

	/* The kernel tells authentication twice, for old readers. */
	r = get_alg(a, trunc ? XFRMA_ALG_AUTH_TRUNC : XFRMA_ALG_AUTH, XALG_AUTH,
		    trunc, &sa->auth);
	if (r < 0)
		return r;
	r = get_alg(a, aead ? XFRMA_ALG_AEAD : XFRMA_ALG_CRYPT,
		    aead ? XALG_AEAD : XALG_ENC, aead, &sa->enc);
	if (r < 0)
		return r;
	return get_alg(a, XFRMA_ALG_COMP, XALG_COMP, false, &sa->comp);
}

static void get_iptfs(const struct xattrs *a, struct xsa_iptfs *t)
{
	t->has_drop = xattrs_has(a, XA_IPTFS_DROP_TIME);
	t->drop_time = xattrs_u32(a, XA_IPTFS_DROP_TIME);
	t->has_reorder = xattrs_has(a, XA_IPTFS_REORDER_WINDOW);
	t->reorder_window = xattrs_u16(a, XA_IPTFS_REORDER_WINDOW);
	t->dont_frag = xattrs_has(a, XA_IPTFS_DONT_FRAG);
	t->has_init = xattrs_has(a, XA_IPTFS_INIT_DELAY);
	t->init_delay = xattrs_u32(a, XA_IPTFS_INIT_DELAY);
	t->has_qsize = xattrs_has(a, XA_IPTFS_MAX_QSIZE);
	t->max_qsize = xattrs_u32(a, XA_IPTFS_MAX_QSIZE);
	t->pkt_size = xattrs_u32(a, XA_IPTFS_PKT_SIZE);
}

static void get_out_mark(const struct xattrs *a, struct xmark *mark)
{
	if (!xattrs_has(a, XFRMA_SET_MARK))
		return;
	mark->value = xattrs_u32(a, XFRMA_SET_MARK);
	mark->mask = UINT32_MAX;
	if (xattrs_has(a, XFRMA_SET_MARK_MASK))
		mark->mask = xattrs_u32(a, XFRMA_SET_MARK_MASK);
}

static int get_dir(const struct xattrs *a, uint8_t *dir)
{
	*dir = XSA_DIR_NONE;
	switch (xattrs_u8(a, XA_SA_DIR)) {
	case XU_SA_DIR_IN:
		*dir = XSA_DIR_IN;
		return 0;
	case XU_SA_DIR_OUT:
		*dir = XSA_DIR_OUT;
		return 0;
	case 0:
		return 0;
	}
	return XE_RANGE;
}

int xsa_parse_attrs(const struct xattrs *a, struct xfrm_sa *sa)
{
	struct xfrm_lifetime_cur cur;
	xfrm_address_t addr;
	int r;

	if ((r = get_algs(a, sa)) < 0 ||
	    (r = xget_secctx(a, &sa->sec)) < 0 ||
	    (r = xget_replay(a, &sa->replay)) < 0 ||
	    (r = get_dir(a, &sa->dir)) < 0)
		return r;
	xget_mark(a, &sa->mark);
	get_out_mark(a, &sa->out_mark);
	xget_offload(a, &sa->offload);
	xget_encap(a, sa->family, &sa->encap);
	if (xattrs_get(a, XFRMA_COADDR, &addr, sizeof(addr)) == 0)
		sa->coaddr = xaddr_from_kernel(&addr, sa->family);
	if (xattrs_get(a, XFRMA_SRCADDR, &addr, sizeof(addr)) == 0)
		sa->src = xaddr_from_kernel(&addr, sa->family);
	if (xattrs_get(a, XFRMA_LTIME_VAL, &cur, sizeof(cur)) == 0)
		xlife_cur_from_kernel(&cur, &sa->cur);
	if (xattrs_has(a, XFRMA_LASTUSED)) {
		sa->last_used = xattrs_u64(a, XFRMA_LASTUSED);
		sa->has |= XSA_HAS_LASTUSED;
	}
	if (xattrs_has(a, XA_SA_PCPU)) {
		sa->pcpu = xattrs_u32(a, XA_SA_PCPU);
		sa->has |= XSA_HAS_PCPU;
	}
	if (xattrs_has(a, XFRMA_REPLAY_VAL) ||
	    xattrs_has(a, XFRMA_REPLAY_ESN_VAL))
		sa->has |= XSA_HAS_REPLAY;
	sa->if_id = xattrs_u32(a, XFRMA_IF_ID);
	sa->tfcpad = xattrs_u32(a, XFRMA_TFCPAD);
	sa->extra_flags = xattrs_u32(a, XFRMA_SA_EXTRA_FLAGS);
	sa->replay_thresh = xattrs_u32(a, XFRMA_REPLAY_THRESH);
	sa->etimer_thresh = xattrs_u32(a, XFRMA_ETIMER_THRESH);
	sa->mtimer = xattrs_u32(a, XA_MTIMER_THRESH);
	sa->nat_keepalive = xattrs_u32(a, XA_NAT_KEEPALIVE);
	get_iptfs(a, &sa->iptfs);
	return 0;
}

/*
 * An SA added without a selector comes back with one of its own family that
 * matches everything, unless it carries both families.
 */
static void drop_empty_selector(struct xfrm_sa *sa)
{
	struct xsel any = { .src = xaddr_any(sa->family),
			    .dst = xaddr_any(sa->family),
			    .family = sa->family };
	struct xsel none = { 0 };

	if (!(sa->flags & XFRM_STATE_AF_UNSPEC) && xsel_equal(&sa->sel, &any))
		sa->sel = none;
}

int xsa_from_kernel(const struct xfrm_usersa_info *k, struct xfrm_sa *sa)
{
	int r;

	*sa = (struct xfrm_sa){ 0 };
	if (!xaddr_bits(k->family))
		return XE_FAMILY;
	r = xsel_from_kernel(&k->sel, &sa->sel);
	if (r < 0)
		return r;
	sa->family = k->family;
	sa->dst = xaddr_from_kernel(&k->id.daddr, k->family);
	sa->src = xaddr_from_kernel(&k->saddr, k->family);
	sa->spi = ntohl(k->id.spi);
	sa->proto = k->id.proto;
	xlife_from_kernel(&k->lft, &sa->life);
	xlife_cur_from_kernel(&k->curlft, &sa->cur);
	sa->stat_replay_window = k->stats.replay_window;
	sa->stat_replay = k->stats.replay;
	sa->stat_integrity = k->stats.integrity_failed;
	sa->seq = k->seq;
	if (k->seq)
		sa->has |= XSA_HAS_SEQ;
	sa->reqid = k->reqid;
	sa->mode = k->mode;
	sa->replay.window = k->replay_window;
	sa->flags = k->flags & (uint8_t)~XFRM_STATE_ESN;
	sa->esn = k->flags & XFRM_STATE_ESN;
	drop_empty_selector(sa);
	return 0;
}

int xfrm_sa_parse_body(struct cur c, struct xfrm_sa *sa)
{
	struct xfrm_usersa_info k;
	struct xattrs a;
	int r;

	if ((r = cur_copy(&c, &k, sizeof(k))) < 0 ||
	    (r = xattrs_parse(c, XATTR_XFRM, &a)) < 0 ||
	    (r = xsa_from_kernel(&k, sa)) < 0 ||
	    (r = xsa_parse_attrs(&a, sa)) < 0)
		*sa = (struct xfrm_sa){ 0 };
	return r;
}

/* A deletion: the id, usually with the whole SA in an attribute. */
static int parse_delete(struct cur c, struct xfrm_sa *sa)
{
	struct xfrm_usersa_info k;
	struct xfrm_usersa_id id;
	struct xattrs a;
	int r;

	if ((r = cur_copy(&c, &id, sizeof(id))) < 0 ||
	    (r = xattrs_parse(c, XATTR_XFRM, &a)) < 0)
		return r;
	if (xattrs_get(&a, XFRMA_SA, &k, sizeof(k)) == 0) {
		r = xsa_from_kernel(&k, sa);
		if (r < 0)
			return r;
	}
	if (!xaddr_bits(id.family))
		return XE_FAMILY;
	sa->family = id.family;
	sa->dst = xaddr_from_kernel(&id.daddr, id.family);
	sa->spi = ntohl(id.spi);
	sa->proto = id.proto;
	return xsa_parse_attrs(&a, sa);
}

static int parse_expire(struct cur c, struct xfrm_sa *sa)
{
	struct xfrm_user_expire k;
	struct xattrs a;
	int r;

	if ((r = cur_copy(&c, &k, sizeof(k))) < 0 ||
	    (r = xattrs_parse(c, XATTR_XFRM, &a)) < 0 ||
	    (r = xsa_from_kernel(&k.state, sa)) < 0)
		return r;
	return xsa_parse_attrs(&a, sa);
}

int xfrm_sa_parse(const struct xmsg_view *v, struct xfrm_sa *sa)
{
	int r;

	*sa = (struct xfrm_sa){ 0 };
	switch (v->type) {
	case XFRM_MSG_NEWSA:
	case XFRM_MSG_UPDSA:
		return xfrm_sa_parse_body(v->body, sa);
	case XFRM_MSG_DELSA:
		r = parse_delete(v->body, sa);
		break;
	case XFRM_MSG_EXPIRE:
		r = parse_expire(v->body, sa);
		break;
	default:
		r = XE_UNSUPPORTED;
	}
	if (r < 0)
		*sa = (struct xfrm_sa){ 0 };
	return r;
}
