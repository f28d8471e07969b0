/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XFRM_SA_H
#define XFRM_SA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxfrm/addr.h"
#include "libxfrm/alg.h"
#include "libxfrm/base/arena.h"
#include "libxfrm/msg.h"
#include "libxfrm/uapi.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A security association as a value.  A zeroed struct is valid input to fill
 * in: zero means absent, off or any throughout.  Pointers are borrowed: from
 * the received message after xfrm_sa_parse(), else from whoever filled in the
 * struct; xfrm_sa_dup() makes a copy that lasts.
 */

/* An algorithm and its key.  In use when name is set. */
struct xsa_alg {
	const char *name;	/* kernel name, NUL-terminated */
	const struct xalg *alg;	/* NULL: not in our table (parsed SAs only) */
	const uint8_t *key;	/* key_bits / 8 bytes, rounded up */
	uint16_t key_bits;	/* with salt */
	uint16_t icv_bits;	/* 0: the kernel's default */
	bool aead;
};

/* Limits; 0 = none.  Times in seconds. */
struct xlife {
	uint64_t soft_bytes, hard_bytes;
	uint64_t soft_packets, hard_packets;
	uint64_t soft_add, hard_add;	/* since it was added */
	uint64_t soft_use, hard_use;	/* since first use */
};

/* What was used up.  Times in seconds since 1970, 0 = never. */
struct xlife_cur {
	uint64_t bytes, packets, add_time, use_time;
};

struct xmark {
	uint32_t value, mask;
};

/* Replay protection: window in packets (up to 4096) and counters. */
struct xreplay {
	uint32_t window;
	uint32_t oseq, oseq_hi;	/* last sent */
	uint32_t seq, seq_hi;	/* last received */
	const uint8_t *bitmap;	/* bitmap_len host-order u32 words, or NULL */
	uint32_t bitmap_len;	/* in words */
};

struct xsa_encap {
	uint16_t type;		/* XU_ENCAP_*, 0: none */
	uint16_t sport, dport;	/* host order */
	struct xaddr oa;	/* original address, family 0: none */
};

enum xoffload_mode { XOFFLOAD_NONE, XOFFLOAD_CRYPTO, XOFFLOAD_PACKET };

struct xoffload {
	enum xoffload_mode mode;
	int32_t ifindex;
	uint8_t flags;		/* other XFRM_OFFLOAD_* bits (INBOUND) */
};

/* LSM label; str is len bytes with its final NUL, as the kernel has it. */
struct xsecctx {
	uint8_t doi, alg;
	uint16_t len;		/* 0: none */
	const char *str;
};

enum xsa_dir { XSA_DIR_NONE, XSA_DIR_IN, XSA_DIR_OUT };

/* IP-TFS (RFC 9347) parameters; used when mode is XU_MODE_IPTFS. */
struct xsa_iptfs {
	uint32_t drop_time;	/* µs */
	uint32_t init_delay;	/* µs */
	uint32_t max_qsize, pkt_size; /* bytes */
	uint16_t reorder_window; /* packets */
	bool dont_frag;
	bool has_reorder, has_drop, has_init, has_qsize; /* else defaults */
};

/* xfrm_sa.has: what zero cannot express. */
enum xsa_has {
	XSA_HAS_PCPU = 1 << 0,		/* pcpu counts, also 0 */
	XSA_HAS_LASTUSED = 1 << 1,	/* last_used is from the kernel */
	XSA_HAS_REPLAY = 1 << 2,	/* send the counters of replay */
	XSA_HAS_SEQ = 1 << 3,		/* answers the acquire of that seq */
	XSA_HAS_CUR = 1 << 4,		/* send cur: it goes on from there */
};

struct xfrm_sa {
	struct xaddr src, dst;
	uint32_t spi;		/* host order; IPComp: the CPI */
	uint32_t reqid;
	uint32_t seq;		/* of the acquire it answers */
	uint16_t family;	/* of src and dst */
	uint8_t proto;		/* IPPROTO_ESP, IPPROTO_AH, IPPROTO_COMP */
	uint8_t mode;		/* XFRM_MODE_* */
	uint8_t flags;		/* XFRM_STATE_* but _ESN, which is esn below */
	uint8_t has;		/* enum xsa_has */
	uint8_t dir;		/* enum xsa_dir */
	bool esn;		/* 64-bit sequence numbers */
	uint32_t extra_flags;	/* XFRM_SA_XFLAG_* */
	struct xsa_alg auth, enc, comp;	/* enc: cipher or AEAD */
	struct xsel sel;	/* of inner traffic; family 0: none */
	struct xlife life;
	struct xreplay replay;
	struct xsa_encap encap;
	struct xoffload offload;
	struct xmark mark;	/* lookup; {0, 0}: none */
	struct xmark out_mark;	/* set on the outer packet */
	struct xsecctx sec;
	struct xaddr coaddr;	/* Mobile IPv6 care-of address */
	uint32_t if_id;
	uint32_t tfcpad;
	uint32_t nat_keepalive;	/* seconds */
	uint32_t pcpu;		/* XSA_HAS_PCPU */
	uint32_t mtimer;	/* mapping change threshold, seconds */
	uint32_t replay_thresh, etimer_thresh; /* async events */
	struct xsa_iptfs iptfs;
	struct xlife_cur cur;	/* from the kernel; sent with XSA_HAS_CUR */
	/* From the kernel only: */
	uint64_t last_used;	/* seconds since 1970, XSA_HAS_LASTUSED */
	uint32_t stat_replay_window, stat_replay, stat_integrity;
};

/*
 * Is it complete and free of contradictions, before the kernel is asked?
 * XE_FAMILY, XE_KEYLEN, XE_RANGE, XE_UNSUPPORTED, XE_CHECK; *why (may be NULL)
 * points to a static text.
 */
int xfrm_sa_check(const struct xfrm_sa *sa, const char **why);

/*
 * Builders: append one request to m; xmsg_end() has been called, its result
 * is returned.  _new refuses an existing SA (EEXIST), _update needs one.
 */
int xfrm_sa_build_new(struct xmsg *m, const struct xfrm_sa *sa);
int xfrm_sa_build_update(struct xmsg *m, const struct xfrm_sa *sa);

/* By dst, spi, proto and mark, as the kernel looks SAs up. */
int xfrm_sa_build_delete(struct xmsg *m, const struct xfrm_sa *sa);
int xfrm_sa_build_get(struct xmsg *m, const struct xfrm_sa *sa);

/* Reserve an SPI between min and max; answered by an XFRM_MSG_NEWSA. */
int xfrm_sa_build_allocspi(struct xmsg *m, const struct xfrm_sa *sa,
			   uint32_t min, uint32_t max);

/* proto: IPPROTO_*, or 0 for all. */
int xfrm_sa_build_flush(struct xmsg *m, uint8_t proto);

/* What a dump shall be limited to, in the kernel; zero fields: no limit. */
struct xfrm_sa_filter {
	uint8_t proto;
	struct xaddr src, dst;
	uint8_t splen, dplen;
};
int xfrm_sa_build_dump(struct xmsg *m, const struct xfrm_sa_filter *f);

/* Counters of one SA: replay and lifetime (XFRM_MSG_GETAE, _NEWAE). */
int xfrm_sa_build_getae(struct xmsg *m, const struct xfrm_sa *sa);
int xfrm_sa_build_newae(struct xmsg *m, const struct xfrm_sa *sa);

/*
 * Decodes XFRM_MSG_NEWSA, _UPDSA, _DELSA and _EXPIRE.  After a _DELSA only what
 * the kernel sent is set.  XE_TRUNC, XE_MALFORMED, XE_RANGE.
 */
int xfrm_sa_parse(const struct xmsg_view *v, struct xfrm_sa *sa);

/* Decodes the body of a struct xfrm_usersa_info and attributes after it. */
int xfrm_sa_parse_body(struct cur c, struct xfrm_sa *sa);

/* Deep copy into an arena (one with ARENA_WIPE: it gets keys). */
struct xfrm_sa *xfrm_sa_dup(struct arena *a, const struct xfrm_sa *sa);

/* Fills slot from an algorithm, a key and an ICV (bits; 0 default). */
void xsa_alg_set(struct xsa_alg *slot, const struct xalg *alg,
		 const void *key, unsigned int key_bits, unsigned int icv_bits);

/* Same (dst, spi, proto, mark): the kernel's key.  And its hash. */
bool xfrm_sa_same_id(const struct xfrm_sa *a, const struct xfrm_sa *b);
uint64_t xfrm_sa_hash_id(uint64_t seed, const struct xfrm_sa *sa);

/*
 * Fields in which the configuration of two SAs differs; counters and clocks
 * do not count.  A set of enum xsa_field bits, 0 = equal.  Keys are compared
 * in constant time.
 */
enum xsa_field {
	XSA_F_SRC = 1 << 0, XSA_F_ID = 1 << 1, XSA_F_MODE = 1 << 2,
	XSA_F_REQID = 1 << 3, XSA_F_AUTH = 1 << 4, XSA_F_ENC = 1 << 5,
	XSA_F_COMP = 1 << 6, XSA_F_SEL = 1 << 7, XSA_F_LIFE = 1 << 8,
	XSA_F_REPLAY = 1 << 9, XSA_F_ENCAP = 1 << 10, XSA_F_OFFLOAD = 1 << 11,
	XSA_F_MARK = 1 << 12, XSA_F_OUTMARK = 1 << 13, XSA_F_SEC = 1 << 14,
	XSA_F_COADDR = 1 << 15, XSA_F_IFID = 1 << 16, XSA_F_TFCPAD = 1 << 17,
	XSA_F_NATKA = 1 << 18, XSA_F_PCPU = 1 << 19, XSA_F_FLAGS = 1 << 20,
	XSA_F_DIR = 1 << 21, XSA_F_IPTFS = 1 << 22, XSA_F_MTIMER = 1 << 23,
};
uint32_t xfrm_sa_diff(const struct xfrm_sa *a, const struct xfrm_sa *b);

/* "authentication", "lifetimes" …: the name of one enum xsa_field bit. */
const char *xsa_field_name(uint32_t bit);

#ifdef __cplusplus
}
#endif

#endif
