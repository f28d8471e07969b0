/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/sa.h"

#include <netinet/in.h>
#include <string.h>

#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"
#include "libxfrm/base/secret.h"
#include "libxfrm/kernel.h"

void xsa_alg_set(struct xsa_alg *slot, const struct xalg *alg,
		 const void *key, unsigned int key_bits, unsigned int icv_bits)
{
	*slot = (struct xsa_alg){
		.name = alg->kernel, .alg = alg, .key = key,
		.key_bits = (uint16_t)key_bits, .icv_bits = (uint16_t)icv_bits,
		.aead = alg->kind == XALG_AEAD,
	};
}

/* One algorithm slot: known, of the right kind, with the right sizes. */
static int check_alg(const struct xsa_alg *a, const char **why)
{
	if (!a->name)
		return 0;
	if (a->alg && (a->alg->flags & XALG_ABSENT)) {
		*why = "Linux does not have this algorithm";
		return XE_UNSUPPORTED;
	}
	if (a->alg && !xalg_key_ok(a->alg, a->key_bits)) {
		*why = "wrong key length";
		return XE_KEYLEN;
	}
	if (a->alg && a->icv_bits && !xalg_icv_ok(a->alg, a->icv_bits)) {
		*why = "the algorithm has no ICV of that length";
		return XE_RANGE;
	}
	return 0;
}

static int check_esp(const struct xfrm_sa *sa, const char **why)
{
	if (sa->comp.name) {
		*why = "ESP does not compress";
		return XE_CHECK;
	}
	if (!sa->enc.name) {
		*why = "ESP needs an encryption algorithm (null will do)";
		return XE_CHECK;
	}
	if (sa->enc.aead && sa->auth.name) {
		*why = "the cipher authenticates by itself, "
			"it takes no second algorithm";
		return XE_CHECK;
	}
	if (sa->tfcpad && sa->mode != XFRM_MODE_TUNNEL) {
		*why = "TFC padding needs tunnel mode";
		return XE_CHECK;
	}
	return 0;
}

static int check_proto(const struct xfrm_sa *sa, const char **why)
{
	switch (sa->proto) {
	case IPPROTO_ESP:
		return check_esp(sa, why);
	case IPPROTO_AH:
		if (!sa->auth.name) {
			*why = "AH needs an authentication algorithm";
			return XE_CHECK;
		}
		if (sa->enc.name || sa->comp.name) {
			*why = "AH neither encrypts nor compresses";
			return XE_CHECK;
		}
		if (sa->auth.alg && (sa->auth.alg->flags & XALG_NOAH)) {
			*why = "AH cannot use this algorithm";
			return XE_UNSUPPORTED;
		}
		break;
	case IPPROTO_COMP:
		if (!sa->comp.name) {
			*why = "IPComp needs a compression algorithm";
			return XE_CHECK;
		}
		if (sa->enc.name || sa->auth.name) {
			*why = "IPComp neither encrypts nor authenticates";
			return XE_CHECK;
		}
		if (sa->spi > UINT16_MAX) {
			*why = "the CPI of IPComp has 16 bits";
			return XE_RANGE;
		}
		break;
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		return 0;
	default:
		*why = "neither ESP, AH nor IPComp";
		return XE_UNSUPPORTED;
	}
	if (sa->encap.type) {
		*why = "only ESP can be encapsulated in UDP or TCP";
		return XE_CHECK;
	}
	return 0;
}

static int check_replay(const struct xfrm_sa *sa, const char **why)
{
	if (sa->replay.window > XFRMA_REPLAY_ESN_MAX) {
		*why = "replay window over 4096";
		return XE_RANGE;
	}
	if (!xsa_wide_replay(sa))
		return 0;
	if (sa->proto == IPPROTO_COMP) {
		*why = "IPComp has no sequence numbers";
		return XE_CHECK;
	}
	if (sa->esn && !sa->replay.window && sa->dir != XSA_DIR_OUT) {
		*why = "extended sequence numbers need a replay window";
		return XE_CHECK;
	}
	return 0;
}

int xfrm_sa_check(const struct xfrm_sa *sa, const char **why)
{
	const char *dummy;
	int r;

	if (!why)
		why = &dummy;
	*why = NULL;
	if (!xaddr_bits(sa->dst.family) || sa->src.family != sa->dst.family ||
	    (sa->family && sa->family != sa->dst.family)) {
		*why = "source and destination are of different families";
		return XE_FAMILY;
	}
	r = xsel_check(&sa->sel);
	if (r < 0) {
		*why = "impossible selector";
		return r;
	}
	if (!sa->spi && sa->proto != IPPROTO_ROUTING &&
	    sa->proto != IPPROTO_DSTOPTS) {
		*why = "SPI 0 is reserved";
		return XE_RANGE;
	}
	if (sa->offload.mode != XOFFLOAD_NONE && sa->offload.ifindex <= 0) {
		*why = "offload needs an interface";
		return XE_CHECK;
	}
	if ((r = check_proto(sa, why)) < 0 ||
	    (r = check_alg(&sa->enc, why)) < 0 ||
	    (r = check_alg(&sa->auth, why)) < 0 ||
	    (r = check_alg(&sa->comp, why)) < 0)
		return r;
	return check_replay(sa, why);
}

static int dup_alg(struct arena *a, struct xsa_alg *alg)
{
	if (!alg->name)
		return 0;
	if (!alg->alg) {
		alg->name = arena_strdup(a, alg->name);
		if (!alg->name)
			return XE_NOMEM;
	}
	if (!alg->key_bits) {
		alg->key = NULL;
		return 0;
	}
	alg->key = arena_memdup(a, alg->key, (alg->key_bits + 7u) / 8);
	return alg->key ? 0 : XE_NOMEM;
}

struct xfrm_sa *xfrm_sa_dup(struct arena *a, const struct xfrm_sa *sa)
{
	struct xfrm_sa *d = arena_memdup(a, sa, sizeof(*sa));

	if (!d || dup_alg(a, &d->auth) < 0 || dup_alg(a, &d->enc) < 0 ||
	    dup_alg(a, &d->comp) < 0 || xsecctx_dup(a, &d->sec) < 0)
		return NULL;
	if (d->replay.bitmap_len) {
		d->replay.bitmap = arena_memdup(a, d->replay.bitmap,
						d->replay.bitmap_len *
						sizeof(uint32_t));
		if (!d->replay.bitmap)
			return NULL;
	}
	return d;
}

bool xfrm_sa_same_id(const struct xfrm_sa *a, const struct xfrm_sa *b)
{
	return a->spi == b->spi && a->proto == b->proto &&
		xmark_equal(&a->mark, &b->mark) &&
		a->dst.family == b->dst.family &&
		memcmp(a->dst.b, b->dst.b, sizeof(a->dst.b)) == 0;
}

uint64_t xfrm_sa_hash_id(uint64_t seed, const struct xfrm_sa *sa)
{
	uint64_t h = hash_mem(seed, sa->dst.b, sizeof(sa->dst.b));

	h = hash_mix(h, (uint64_t)sa->spi << 32 |
			(uint64_t)sa->dst.family << 8 | sa->proto);
	return hash_mix(h, (uint64_t)sa->mark.value << 32 | sa->mark.mask);
}

static unsigned int alg_icv(const struct xsa_alg *a)
{
	return a->icv_bits || !a->alg ? a->icv_bits : a->alg->icv[0];
}

static bool alg_equal(const struct xsa_alg *a, const struct xsa_alg *b)
{
	if (!a->name || !b->name)
		return !a->name && !b->name;
	return strcmp(a->name, b->name) == 0 && a->aead == b->aead &&
		a->key_bits == b->key_bits && alg_icv(a) == alg_icv(b) &&
		secret_memeq(a->key, b->key, (a->key_bits + 7u) / 8);
}

static bool addr_equal(const struct xaddr *a, const struct xaddr *b)
{
	/* the kernel keeps no scope */
	return a->family == b->family &&
		memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

static bool encap_equal(const struct xsa_encap *a, const struct xsa_encap *b)
{
	return a->type == b->type && (!a->type ||
		(a->sport == b->sport && a->dport == b->dport &&
		 (a->oa.family == 0 || b->oa.family == 0 ?
		  a->oa.family == b->oa.family : addr_equal(&a->oa, &b->oa))));
}

static bool iptfs_equal(const struct xfrm_sa *a, const struct xfrm_sa *b)
{
	const struct xsa_iptfs *x = &a->iptfs, *y = &b->iptfs;

	if (a->mode != XU_MODE_IPTFS || b->mode != XU_MODE_IPTFS)
		return true; /* a difference in mode is told as such */
	/* what one side left open is as the other has it */
	return x->dont_frag == y->dont_frag && x->pkt_size == y->pkt_size &&
		(!x->has_drop || !y->has_drop ||
		 x->drop_time == y->drop_time) &&
		(!x->has_reorder || !y->has_reorder ||
		 x->reorder_window == y->reorder_window) &&
		(!x->has_init || !y->has_init ||
		 x->init_delay == y->init_delay) &&
		(!x->has_qsize || !y->has_qsize ||
		 x->max_qsize == y->max_qsize);
}

/* As the kernel has it: without scopes; none is everything of the family. */
static struct xsel kernel_sel(const struct xfrm_sa *sa)
{
	struct xsel s = sa->sel;

	s.src.scope = s.dst.scope = 0;
	if (!s.family && !(sa->flags & XFRM_STATE_AF_UNSPEC)) {
		s.family = sa->family ? sa->family : sa->dst.family;
		s.src = s.dst = xaddr_any(s.family);
	}
	return s;
}

static bool sel_equal(const struct xfrm_sa *a, const struct xfrm_sa *b)
{
	struct xsel x = kernel_sel(a), y = kernel_sel(b);

	return xsel_equal(&x, &y);
}

uint32_t xfrm_sa_diff(const struct xfrm_sa *a, const struct xfrm_sa *b)
{
	uint32_t d = 0;

	d |= addr_equal(&a->src, &b->src) ? 0 : XSA_F_SRC;
	d |= xfrm_sa_same_id(a, b) ? 0 : XSA_F_ID;
	d |= a->mode == b->mode ? 0 : XSA_F_MODE;
	d |= a->reqid == b->reqid ? 0 : XSA_F_REQID;
	d |= alg_equal(&a->auth, &b->auth) ? 0 : XSA_F_AUTH;
	d |= alg_equal(&a->enc, &b->enc) ? 0 : XSA_F_ENC;
	d |= alg_equal(&a->comp, &b->comp) ? 0 : XSA_F_COMP;
	d |= sel_equal(a, b) ? 0 : XSA_F_SEL;
	d |= xlife_equal(&a->life, &b->life) ? 0 : XSA_F_LIFE;
	d |= a->replay.window == b->replay.window && a->esn == b->esn ? 0 :
		XSA_F_REPLAY;
	d |= encap_equal(&a->encap, &b->encap) ? 0 : XSA_F_ENCAP;
	d |= xoffload_equal(&a->offload, &b->offload) ? 0 : XSA_F_OFFLOAD;
	d |= xmark_equal(&a->mark, &b->mark) ? 0 : XSA_F_MARK;
	d |= xmark_equal(&a->out_mark, &b->out_mark) ? 0 : XSA_F_OUTMARK;
	d |= xsecctx_equal(&a->sec, &b->sec) ? 0 : XSA_F_SEC;
	d |= addr_equal(&a->coaddr, &b->coaddr) ? 0 : XSA_F_COADDR;
	d |= a->if_id == b->if_id ? 0 : XSA_F_IFID;
	d |= a->tfcpad == b->tfcpad ? 0 : XSA_F_TFCPAD;
	d |= a->nat_keepalive == b->nat_keepalive ? 0 : XSA_F_NATKA;
	d |= (a->has & XSA_HAS_PCPU) == (b->has & XSA_HAS_PCPU) &&
		(!(a->has & XSA_HAS_PCPU) || a->pcpu == b->pcpu) ? 0 :
		XSA_F_PCPU;
	d |= a->flags == b->flags && a->extra_flags == b->extra_flags ? 0 :
		XSA_F_FLAGS;
	d |= a->dir == b->dir ? 0 : XSA_F_DIR;
	d |= iptfs_equal(a, b) ? 0 : XSA_F_IPTFS;
	d |= a->mtimer == b->mtimer ? 0 : XSA_F_MTIMER;
	return d;
}

const char *xsa_field_name(uint32_t bit)
{
	switch ((enum xsa_field)bit) {
	case XSA_F_SRC:
		return "source address";
	case XSA_F_ID:
		return "identity";
	case XSA_F_MODE:
		return "mode";
	case XSA_F_REQID:
		return "reqid";
	case XSA_F_AUTH:
		return "authentication";
	case XSA_F_ENC:
		return "encryption";
	case XSA_F_COMP:
		return "compression";
	case XSA_F_SEL:
		return "selector";
	case XSA_F_LIFE:
		return "lifetimes";
	case XSA_F_REPLAY:
		return "replay window";
	case XSA_F_ENCAP:
		return "encapsulation";
	case XSA_F_OFFLOAD:
		return "offload";
	case XSA_F_MARK:
		return "mark";
	case XSA_F_OUTMARK:
		return "output mark";
	case XSA_F_SEC:
		return "security context";
	case XSA_F_COADDR:
		return "care-of address";
	case XSA_F_IFID:
		return "if_id";
	case XSA_F_TFCPAD:
		return "TFC padding";
	case XSA_F_NATKA:
		return "NAT keepalive";
	case XSA_F_PCPU:
		return "CPU";
	case XSA_F_FLAGS:
		return "flags";
	case XSA_F_DIR:
		return "direction";
	case XSA_F_IPTFS:
		return "IP-TFS";
	case XSA_F_MTIMER:
		return "mapping timer";
	}
	return "unknown";
}
