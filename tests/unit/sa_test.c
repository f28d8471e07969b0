/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "libxfrm/base/arena.h"
#include "libxfrm/base/err.h"
#include "libxfrm/sa.h"
#include "tests/lib/xfrm_abi.h"

static uint8_t memory[XMSG_MAX];
static const uint8_t key[64] = "0123456789abcdef0123456789abcdef"
	"0123456789abcdef0123456789abcde";

static struct xaddr addr(const char *s)
{
	struct xaddr a;

	assert_int_equal(xaddr_parse(s, &a), 0);
	return a;
}

static const struct xalg *alg(enum xalg_kind kind, const char *name)
{
	const struct xalg *a = xalg_by_kernel(kind, name);

	assert_non_null(a);
	return a;
}

static struct xfrm_sa esp_sa(void)
{
	struct xfrm_sa sa = { .proto = IPPROTO_ESP, .spi = 0x1001,
			      .reqid = 5, .mode = XFRM_MODE_TUNNEL };

	sa.src = addr("192.0.2.1");
	sa.dst = addr("192.0.2.2");
	xsa_alg_set(&sa.enc, alg(XALG_ENC, "cbc(aes)"), key, 128, 0);
	xsa_alg_set(&sa.auth, alg(XALG_AUTH, "hmac(sha256)"), key, 256, 128);
	return sa;
}

static struct xmsg_view view(const struct xmsg *m)
{
	struct cur c = wbuf_cur(&m->w);
	struct xmsg_view v;

	assert_int_equal(xmsg_next(&c, &v), 1);
	return v;
}

/* Bytes put together by offset, without the kernel's structs. */
struct bytes {
	uint8_t b[1024];
	size_t len;
};

static void b8(struct bytes *e, size_t at, uint8_t v)
{
	if (at >= sizeof(e->b))
		abort();
	e->b[at] = v;
	if (e->len < at + 1)
		e->len = at + 1;
}

static void b16(struct bytes *e, size_t at, uint16_t v)
{
	uint8_t raw[2];

	memcpy(raw, &v, 2);
	b8(e, at, raw[0]);
	b8(e, at + 1, raw[1]);
}

static void b32(struct bytes *e, size_t at, uint32_t v)
{
	memcpy(e->b + at, &v, 4);
	if (e->len < at + 4)
		e->len = at + 4;
}

static void b64(struct bytes *e, size_t at, uint64_t v)
{
	memcpy(e->b + at, &v, 8);
	if (e->len < at + 8)
		e->len = at + 8;
}

static void bbytes(struct bytes *e, size_t at, const void *p, size_t len)
{
	memcpy(e->b + at, p, len);
	if (e->len < at + len)
		e->len = at + len;
}

static void battr(struct bytes *e, uint16_t len, uint16_t type)
{
	size_t at = e->len;

	memcpy(e->b + at, &len, 2);
	memcpy(e->b + at + 2, &type, 2);
	e->len = at + 4;
}

static void bfinish(struct bytes *e)
{
	e->len = (e->len + 3) & ~(size_t)3;
	b32(e, 0, (uint32_t)e->len);
}

/*
 * struct xfrm_usersa_info: selector 0 (56 bytes), id 56, source 80,
 * limits 96, used 160, statistics 192, seq 204, reqid 208, family 212,
 * mode 214, window 215, flags 216; ABI_SA bytes, after 16 of header.
 */
static void new_bytes(void **state)
{
	struct bytes e = { .len = 0 };
	struct xfrm_sa sa = esp_sa();
	const size_t at = 16;
	struct xmsg m;
	size_t i;

	sa.life.hard_bytes = 1000000;
	sa.life.soft_add = 3600;
	sa.replay.window = 32;
	sa.flags = XFRM_STATE_NOECN;
	sa.mark = (struct xmark){ 0x11, 0xff };
	sa.if_id = 42;
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_sa_build_new(&m, &sa), 0);

	b32(&e, 4, abi_pair(0x10, 0x0601)); /* NEWSA, REQUEST | CREATE | EXCL */
	b32(&e, at + 56, htonl(0xc0000202));
	b32(&e, at + 72, htonl(0x1001));
	b8(&e, at + 76, 50);
	b32(&e, at + 80, htonl(0xc0000201));
	for (i = 0; i < 4; i++)
		b64(&e, at + 96 + i * 8, UINT64_MAX);
	b64(&e, at + 104, 1000000);
	b64(&e, at + 128, 3600);
	b32(&e, at + 208, 5);
	b16(&e, at + 212, 2);
	b8(&e, at + 214, 1);
	b8(&e, at + 215, 32);
	b8(&e, at + 216, 1);
	b8(&e, at + ABI_SA - 1, 0);
	battr(&e, 4 + 68 + 16, 2); /* ALG_CRYPT */
	i = e.len;
	bbytes(&e, i, "cbc(aes)", 8);
	b32(&e, i + 64, 128);
	bbytes(&e, i + 68, key, 16);
	battr(&e, 4 + 72 + 32, 20); /* ALG_AUTH_TRUNC */
	i = e.len;
	bbytes(&e, i, "hmac(sha256)", 12);
	b32(&e, i + 64, 256);
	b32(&e, i + 68, 128);
	bbytes(&e, i + 72, key, 32);
	battr(&e, 12, 21); /* MARK */
	b32(&e, e.len, 0x11);
	b32(&e, e.len, 0xff);
	battr(&e, 8, 31); /* IF_ID */
	b32(&e, e.len, 42);
	bfinish(&e);
	assert_int_equal(m.w.len, e.len);
	assert_memory_equal(m.w.p, e.b, e.len);
}

static void wide_replay_bytes(void **state)
{
	struct bytes e = { .len = 0 };
	struct xfrm_sa sa = esp_sa();
	struct xmsg_view v;
	struct xmsg m;
	const uint8_t *tail;

	sa.esn = true;
	sa.replay.window = 100;
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_sa_build_new(&m, &sa), 0);
	v = view(&m);
	assert_int_equal(memory[16 + 215], 0); /* not in the old field */
	assert_int_equal(memory[16 + 216], 128); /* XFRM_STATE_ESN */
	battr(&e, 4 + 24 + 16, 23);
	b32(&e, 4, 4); /* words: 100 bits and the rest of the fourth */
	b32(&e, 4 + 20, 100);
	b32(&e, 4 + 24 + 12, 0);
	assert_int_equal(cur_skip(&v.body, v.body.left - e.len), 0);
	assert_int_equal(cur_bytes(&v.body, e.len, &tail), 0);
	assert_memory_equal(tail, e.b, e.len);
}

static void id_requests(void **state)
{
	static int (*const build[])(struct xmsg *, const struct xfrm_sa *) = {
		xfrm_sa_build_delete, xfrm_sa_build_get,
	};
	static const uint16_t type[] = { XFRM_MSG_DELSA, XFRM_MSG_GETSA };
	struct xfrm_sa sa = esp_sa();
	struct bytes e;
	struct xmsg m;
	size_t i;

	sa.dst = addr("2001:db8::2");
	sa.mark = (struct xmark){ 1, 1 };
	for (i = 0; i < 2; i++) {
		e = (struct bytes){ .len = 0 };
		xmsg_init(&m, memory, sizeof(memory));
		assert_int_equal(build[i](&m, &sa), 0);
		b32(&e, 4, abi_pair(type[i], 1));
		bbytes(&e, 16, sa.dst.b, 16);
		b32(&e, 32, htonl(0x1001));
		b16(&e, 36, 10);
		b8(&e, 38, 50);
		b8(&e, 39, 0);
		battr(&e, 12, 21);
		b32(&e, e.len, 1);
		b32(&e, e.len, 1);
		bfinish(&e);
		assert_int_equal(m.w.len, e.len);
		assert_memory_equal(m.w.p, e.b, e.len);
	}
}

static void small_requests(void **state)
{
	struct xfrm_sa_filter f = { .proto = IPPROTO_ESP, .splen = 24 };
	struct xfrm_sa sa = { .proto = IPPROTO_ESP, .reqid = 3 };
	struct bytes e = { .len = 0 };
	struct xmsg m;

	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_sa_build_flush(&m, IPPROTO_AH), 0);
	b32(&e, 4, abi_pair(0x1c, 0x0001));
	b8(&e, 16, 51);
	bfinish(&e);
	assert_int_equal(m.w.len, e.len);
	assert_memory_equal(m.w.p, e.b, e.len);

	e = (struct bytes){ .len = 0 };
	f.src = addr("192.0.2.0");
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_sa_build_dump(&m, &f), 0);
	b32(&e, 4, abi_pair(0x12, 0x0301));
	b32(&e, 12, 0);
	battr(&e, 5, 25);
	b8(&e, e.len, 50);
	e.len += 3;
	battr(&e, 4 + 36, 26);
	b32(&e, e.len, htonl(0xc0000200));
	e.len += 28;
	b16(&e, e.len, 2);
	b8(&e, e.len, 24);
	b8(&e, e.len, 0);
	bfinish(&e);
	assert_int_equal(m.w.len, e.len);
	assert_memory_equal(m.w.p, e.b, e.len);

	f.dst = addr("::1");
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_sa_build_dump(&m, &f), XE_FAMILY);

	sa.src = addr("192.0.2.1");
	sa.dst = addr("192.0.2.2");
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_sa_build_allocspi(&m, &sa, 0x100, 0x0fffffff),
			 0);
	assert_int_equal(m.w.len, 16 + ABI_SA + ABI_RANGE);
	assert_int_equal(abi_type(memory), XFRM_MSG_ALLOCSPI);
	e = (struct bytes){ .len = 0 };
	b32(&e, 0, 0x100);
	b32(&e, 4, 0x0fffffff);
	assert_memory_equal(memory + 16 + ABI_SA, e.b, 8);
}

/* Everything an SA can have. */
static struct xfrm_sa full_sa(void)
{
	static const uint8_t bitmap[512] = { 1, 2, 3 };
	struct xaddr a = addr("10.0.0.0"), b = addr("10.1.0.0");
	struct xfrm_sa sa = esp_sa();

	xsel_init(&sa.sel, &a, 8, &b, 16);
	sa.sel.proto = IPPROTO_UDP;
	sa.sel.dport = 53;
	sa.sel.dport_mask = 0xffff;
	sa.seq = 77;
	sa.has = XSA_HAS_PCPU | XSA_HAS_REPLAY | XSA_HAS_SEQ;
	sa.pcpu = 0;
	sa.flags = XFRM_STATE_DECAP_DSCP | XFRM_STATE_AF_UNSPEC;
	sa.extra_flags = XFRM_SA_XFLAG_DONT_ENCAP_DSCP;
	sa.esn = true;
	sa.dir = XSA_DIR_IN;
	sa.replay = (struct xreplay){ .window = 4096, .oseq = 1, .oseq_hi = 2,
		.seq = 3, .seq_hi = 4, .bitmap = bitmap, .bitmap_len = 128 };
	sa.life = (struct xlife){ 1, 2, 3, 4, 5, 6, 7, 8 };
	sa.encap = (struct xsa_encap){ .type = XU_ENCAP_UDP, .sport = 4500,
				       .dport = 4501 };
	sa.encap.oa = addr("203.0.113.9");
	sa.offload = (struct xoffload){ XOFFLOAD_PACKET, 3,
					XFRM_OFFLOAD_INBOUND };
	sa.mark = (struct xmark){ 1, 0xf };
	sa.out_mark = (struct xmark){ 2, 0xff };
	sa.sec = (struct xsecctx){ .doi = 1, .alg = 1, .len = 6,
				   .str = "label" };
	sa.coaddr = addr("203.0.113.1");
	sa.if_id = 9;
	sa.tfcpad = 1000;
	sa.nat_keepalive = 20;
	sa.mtimer = 30;
	sa.replay_thresh = 8;
	sa.etimer_thresh = 9;
	return sa;
}

static void round_trip(void **state)
{
	struct xfrm_sa sa = full_sa(), got;
	struct xmsg_view v;
	struct xmsg m;

	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_sa_check(&sa, NULL), 0);
	assert_int_equal(xfrm_sa_build_update(&m, &sa), 0);
	v = view(&m);
	assert_int_equal(v.type, XFRM_MSG_UPDSA);
	assert_int_equal(v.flags, NLM_F_REQUEST | NLM_F_REPLACE);
	assert_int_equal(xfrm_sa_parse(&v, &got), 0);
	assert_int_equal(xfrm_sa_diff(&sa, &got), 0);
	assert_int_equal(got.seq, 77);
	assert_int_equal(got.has, sa.has);
	assert_int_equal(got.replay.oseq_hi, 2);
	assert_int_equal(got.replay.seq_hi, 4);
	assert_int_equal(got.replay.bitmap_len, 128);
	assert_memory_equal(got.replay.bitmap, sa.replay.bitmap, 512);
	assert_int_equal(got.replay_thresh, 8);
	assert_int_equal(got.etimer_thresh, 9);
	assert_ptr_equal(got.enc.alg, sa.enc.alg);
}

static void other_kinds(void **state)
{
	struct xfrm_sa sa = esp_sa(), got;
	struct xmsg_view v;
	struct xmsg m;

	memset(&sa.auth, 0, sizeof(sa.auth));
	xsa_alg_set(&sa.enc, alg(XALG_AEAD, "rfc4106(gcm(aes))"), key, 160,
		    96);
	sa.mode = XU_MODE_IPTFS;
	sa.iptfs = (struct xsa_iptfs){ .has_drop = true, .drop_time = 0,
		.has_reorder = true, .reorder_window = 3, .dont_frag = true,
		.has_init = true, .init_delay = 5, .has_qsize = true,
		.max_qsize = 6, .pkt_size = 7 };
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_sa_build_new(&m, &sa), 0);
	v = view(&m);
	assert_int_equal(xfrm_sa_parse(&v, &got), 0);
	assert_int_equal(xfrm_sa_diff(&sa, &got), 0);
	assert_true(got.enc.aead);
	assert_int_equal(got.enc.icv_bits, 96);
	assert_int_equal(got.iptfs.init_delay, 5);
	assert_true(got.iptfs.has_drop);

	sa = (struct xfrm_sa){ .proto = IPPROTO_COMP, .spi = 7 };
	sa.src = addr("2001:db8::1");
	sa.dst = addr("2001:db8::2");
	xsa_alg_set(&sa.comp, alg(XALG_COMP, "deflate"), NULL, 0, 0);
	sa.replay.window = 8;
	sa.has = XSA_HAS_REPLAY;
	sa.replay.seq = 12;
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_sa_check(&sa, NULL), 0);
	assert_int_equal(xfrm_sa_build_new(&m, &sa), 0);
	v = view(&m);
	assert_int_equal(xfrm_sa_parse(&v, &got), 0);
	assert_int_equal(xfrm_sa_diff(&sa, &got), 0);
	assert_string_equal(got.comp.name, "deflate");
	assert_int_equal(got.replay.seq, 12);
	assert_int_equal(got.replay.bitmap_len, 1);
}

/* The kernel puts a selector of its own in where there was none. */
static void empty_selector(void **state)
{
	struct xfrm_sa sa = esp_sa(), got;
	struct xmsg_view v;
	struct xmsg m;

	sa.sel.family = AF_INET;
	sa.sel.src = sa.sel.dst = xaddr_any(AF_INET);
	xmsg_init(&m, memory, sizeof(memory));
	xfrm_sa_build_new(&m, &sa);
	v = view(&m);
	assert_int_equal(xfrm_sa_parse(&v, &got), 0);
	assert_int_equal(got.sel.family, 0);
	sa.sel.proto = IPPROTO_TCP;
	xmsg_init(&m, memory, sizeof(memory));
	xfrm_sa_build_new(&m, &sa);
	v = view(&m);
	assert_int_equal(xfrm_sa_parse(&v, &got), 0);
	assert_int_equal(got.sel.family, AF_INET);
	assert_int_equal(got.sel.proto, IPPROTO_TCP);
}

static void deletion_and_expiry(void **state)
{
	struct xfrm_sa sa = full_sa(), got;
	struct xfrm_usersa_id id = { .family = AF_INET, .proto = 50 };
	struct xmsg_view v, inner;
	struct xmsg m, n;
	const uint8_t *p;
	uint8_t second[XMSG_MAX];

	xmsg_init(&m, memory, sizeof(memory));
	xfrm_sa_build_new(&m, &sa);
	inner = view(&m);
	id.daddr.a4 = htonl(0xc0000202);
	id.spi = htonl(0x1001);
	xmsg_init(&n, second, sizeof(second));
	xmsg_begin(&n, XFRM_MSG_DELSA, 0);
	xmsg_fixed(&n, &id, sizeof(id));
	assert_int_equal(cur_bytes(&inner.body, ABI_SA, &p), 0);
	xmsg_put(&n, XFRMA_SA, p, ABI_SA);
	wbuf_put(&n.w, inner.body.p, inner.body.left);
	xmsg_end(&n);
	v = view(&n);
	assert_int_equal(xfrm_sa_parse(&v, &got), 0);
	assert_int_equal(xfrm_sa_diff(&sa, &got), 0);

	/* a bare id will do */
	xmsg_init(&n, second, sizeof(second));
	xmsg_begin(&n, XFRM_MSG_DELSA, 0);
	xmsg_fixed(&n, &id, sizeof(id));
	xmsg_end(&n);
	v = view(&n);
	assert_int_equal(xfrm_sa_parse(&v, &got), 0);
	assert_int_equal(got.spi, 0x1001);
	assert_int_equal(got.src.family, 0);

	xmsg_init(&n, second, sizeof(second));
	xmsg_begin(&n, XFRM_MSG_EXPIRE, 0);
	wbuf_put(&n.w, p, ABI_SA);
	wbuf_put(&n.w, "\1\0\0\0\0\0\0", ABI_HARD);
	wbuf_put(&n.w, inner.body.p, inner.body.left);
	xmsg_end(&n);
	v = view(&n);
	assert_int_equal(xfrm_sa_parse(&v, &got), 0);
	assert_int_equal(xfrm_sa_diff(&sa, &got), 0);
	v.type = XFRM_MSG_NEWPOLICY;
	assert_int_equal(xfrm_sa_parse(&v, &got), XE_UNSUPPORTED);
}

/* Cut anywhere, and every byte changed: no crash, no half-filled result. */
static void hostile(void **state)
{
	static const struct xfrm_sa none;
	struct xfrm_sa sa = full_sa(), got;
	struct xmsg_view v;
	struct xmsg m;
	size_t n, full;
	unsigned int bit;
	int r;

	xmsg_init(&m, memory, sizeof(memory));
	xfrm_sa_build_new(&m, &sa);
	v = view(&m);
	full = v.body.left;
	for (n = 0; n < full; n++) {
		v.body.left = n;
		r = xfrm_sa_parse(&v, &got);
		if (n < ABI_SA)
			assert_int_equal(r, XE_TRUNC);
		if (r < 0)
			assert_memory_equal(&got, &none, sizeof(got));
	}
	v.body.left = full;
	for (n = 16; n < full; n++) {
		for (bit = 1; bit < 256; bit <<= 1) {
			memory[n] ^= (uint8_t)bit;
			r = xfrm_sa_parse(&v, &got);
			if (r < 0)
				assert_memory_equal(&got, &none, sizeof(got));
			else
				xfrm_sa_diff(&sa, &got);
			memory[n] ^= (uint8_t)bit;
		}
	}
}

static void bad_algorithms(void **state)
{
	struct xfrm_algo_auth a = { .alg_key_len = 128 };
	struct xfrm_sa sa = esp_sa(), got;
	struct xmsg_view v;
	struct xmsg m;
	size_t base;

	sa.enc = sa.auth = (struct xsa_alg){ 0 };
	xmsg_init(&m, memory, sizeof(memory));
	xfrm_sa_build_new(&m, &sa);
	base = m.w.len;
	/* unknown but well-formed: kept by name */
	memcpy(a.alg_name, "hmac(whirlpool)", 15);
	xmsg_put2(&m, XFRMA_ALG_AUTH_TRUNC, &a, sizeof(a), key, 16);
	xmsg_end(&m);
	v = view(&m);
	assert_int_equal(xfrm_sa_parse(&v, &got), 0);
	assert_string_equal(got.auth.name, "hmac(whirlpool)");
	assert_null(got.auth.alg);
	/* key longer than the attribute */
	wbuf_truncate(&m.w, base);
	xmsg_put2(&m, XFRMA_ALG_AUTH_TRUNC, &a, sizeof(a), key, 15);
	xmsg_end(&m);
	v = view(&m);
	assert_int_equal(xfrm_sa_parse(&v, &got), XE_TRUNC);
	/* name without end */
	wbuf_truncate(&m.w, base);
	memset(a.alg_name, 'x', sizeof(a.alg_name));
	xmsg_put2(&m, XFRMA_ALG_AUTH_TRUNC, &a, sizeof(a), key, 16);
	xmsg_end(&m);
	v = view(&m);
	assert_int_equal(xfrm_sa_parse(&v, &got), XE_MALFORMED);
	/* a key of half a gigabyte */
	wbuf_truncate(&m.w, base);
	a.alg_name[63] = '\0';
	a.alg_key_len = 0xffffffff;
	xmsg_put2(&m, XFRMA_ALG_AUTH_TRUNC, &a, sizeof(a), key, 16);
	xmsg_end(&m);
	v = view(&m);
	assert_int_equal(xfrm_sa_parse(&v, &got), XE_RANGE);
}

static void checks(void **state)
{
	const char *why;
	struct xfrm_sa sa;

#define REFUSED(change, code) \
	do { \
		sa = esp_sa(); \
		change; \
		assert_int_equal(xfrm_sa_check(&sa, &why), code); \
		assert_non_null(why); \
	} while (0)
	sa = esp_sa();
	assert_int_equal(xfrm_sa_check(&sa, &why), 0);
	assert_null(why);
	REFUSED(sa.dst = addr("::1"), XE_FAMILY);
	REFUSED(sa.family = AF_INET6, XE_FAMILY);
	REFUSED(sa.spi = 0, XE_RANGE);
	REFUSED(sa.proto = IPPROTO_TCP, XE_UNSUPPORTED);
	REFUSED(sa.enc = (struct xsa_alg){ 0 }, XE_CHECK);
	REFUSED(sa.enc.key_bits = 120, XE_KEYLEN);
	REFUSED(sa.auth.key_bits = 128, XE_KEYLEN);
	REFUSED(sa.auth.icv_bits = 512, XE_RANGE);
	REFUSED(sa.replay.window = 4097, XE_RANGE);
	REFUSED(sa.esn = true, XE_CHECK);
	REFUSED((sa.tfcpad = 1, sa.mode = 0), XE_CHECK);
	REFUSED(sa.proto = IPPROTO_AH, XE_CHECK);
	REFUSED((sa.proto = IPPROTO_AH, sa.enc.name = NULL,
		 sa.encap.type = XU_ENCAP_UDP), XE_CHECK);
	REFUSED((sa.proto = IPPROTO_AH, sa.enc.name = NULL,
		 xsa_alg_set(&sa.auth, alg(XALG_AUTH, "digest_null"), NULL, 0,
			     0)), XE_UNSUPPORTED);
	REFUSED(sa.proto = IPPROTO_COMP, XE_CHECK);
	REFUSED(xsa_alg_set(&sa.enc, alg(XALG_AEAD, "rfc4106(gcm(aes))"), key,
			    160, 128), XE_CHECK);
	REFUSED(sa.offload.mode = XOFFLOAD_CRYPTO, XE_CHECK);
	REFUSED(sa.sel.splen = 1, XE_RANGE);
	REFUSED(xsa_alg_set(&sa.auth, xalg_find('A', "keyed-md5",
			    XALG_SETKEY)->alg, key, 128, 96), XE_UNSUPPORTED);
	sa = esp_sa();
	sa.esn = true;
	sa.dir = XSA_DIR_OUT;
	assert_int_equal(xfrm_sa_check(&sa, &why), 0);
#undef REFUSED
}

static void differences(void **state)
{
	const struct xfrm_sa full = full_sa();
	static const uint8_t other[64] = "another key";
	uint32_t seen = 0, bit;
	struct xfrm_sa sa;

#define DIFF(change, field) \
	do { \
		sa = full; \
		change; \
		assert_int_equal(xfrm_sa_diff(&full, &sa), field); \
		assert_int_equal(xfrm_sa_diff(&sa, &full), field); \
		seen |= field; \
	} while (0)
	DIFF(sa.src.b[3] = 9, XSA_F_SRC);
	DIFF(sa.spi = 9, XSA_F_ID);
	DIFF(sa.dst.b[3] = 9, XSA_F_ID);
	DIFF(sa.mode = 0, XSA_F_MODE);
	DIFF(sa.reqid = 9, XSA_F_REQID);
	DIFF(sa.auth.key = other, XSA_F_AUTH);
	DIFF(sa.auth.icv_bits = 96, XSA_F_AUTH);
	DIFF(sa.enc.key = other, XSA_F_ENC);
	DIFF(sa.enc.name = NULL, XSA_F_ENC);
	DIFF(sa.comp.name = "deflate", XSA_F_COMP);
	DIFF(sa.sel.dport = 54, XSA_F_SEL);
	DIFF(sa.life.hard_use = 9, XSA_F_LIFE);
	DIFF(sa.replay.window = 64, XSA_F_REPLAY);
	DIFF(sa.esn = false, XSA_F_REPLAY);
	DIFF(sa.encap.dport = 9, XSA_F_ENCAP);
	DIFF(sa.encap.oa.family = 0, XSA_F_ENCAP);
	DIFF(sa.offload.ifindex = 9, XSA_F_OFFLOAD);
	DIFF(sa.mark.value = 9, XSA_F_MARK | XSA_F_ID);
	DIFF(sa.out_mark.mask = 9, XSA_F_OUTMARK);
	DIFF(sa.sec.str = "lab_l", XSA_F_SEC);
	DIFF(sa.coaddr.b[0] = 9, XSA_F_COADDR);
	DIFF(sa.if_id = 1, XSA_F_IFID);
	DIFF(sa.tfcpad = 1, XSA_F_TFCPAD);
	DIFF(sa.nat_keepalive = 1, XSA_F_NATKA);
	DIFF(sa.has &= (uint8_t)~XSA_HAS_PCPU, XSA_F_PCPU);
	DIFF(sa.pcpu = 1, XSA_F_PCPU);
	DIFF(sa.flags = 0, XSA_F_FLAGS);
	DIFF(sa.extra_flags = 0, XSA_F_FLAGS);
	DIFF(sa.dir = XSA_DIR_NONE, XSA_F_DIR);
	DIFF(sa.mtimer = 1, XSA_F_MTIMER);
	/* what does not count */
	DIFF(sa.cur.bytes = 9, 0);
	DIFF(sa.replay.seq = 9, 0);
	DIFF(sa.last_used = 9, 0);
#undef DIFF
	for (bit = 1; bit <= XSA_F_MTIMER; bit <<= 1) {
		assert_true(bit == XSA_F_IPTFS || (seen & bit));
		assert_string_not_equal(xsa_field_name(bit), "unknown");
	}
	assert_string_equal(xsa_field_name(1u << 31), "unknown");
	/* 0 is the kernel's default ICV */
	sa = full;
	sa.auth.icv_bits = 96;
	sa.auth.icv_bits = 0;
	seen = xfrm_sa_diff(&full, &sa);
	assert_int_equal(seen, XSA_F_AUTH);
}

static void identity(void **state)
{
	struct xfrm_sa a = esp_sa(), b = full_sa();

	b.mark = a.mark;
	assert_true(xfrm_sa_same_id(&a, &b));
	assert_int_equal(xfrm_sa_hash_id(1, &a), xfrm_sa_hash_id(1, &b));
	b.proto = IPPROTO_AH;
	assert_false(xfrm_sa_same_id(&a, &b));
	assert_true(xfrm_sa_hash_id(1, &a) != xfrm_sa_hash_id(1, &b));
}

static void copies(void **state)
{
	struct arena *a = arena_new(ARENA_WIPE);
	struct xfrm_sa sa = full_sa(), *d;
	struct xmsg_view v;
	struct xmsg m;

	assert_non_null(a);
	xmsg_init(&m, memory, sizeof(memory));
	xfrm_sa_build_new(&m, &sa);
	v = view(&m);
	assert_int_equal(xfrm_sa_parse(&v, &sa), 0);
	d = xfrm_sa_dup(a, &sa);
	assert_non_null(d);
	memset(memory, 0xee, sizeof(memory)); /* nothing points there */
	sa = full_sa();
	assert_int_equal(xfrm_sa_diff(&sa, d), 0);
	assert_memory_equal(d->replay.bitmap, sa.replay.bitmap, 512);
	arena_free(a);
	a = arena_new(ARENA_WIPE);
	arena_set_limit(a, 1);
	assert_null(xfrm_sa_dup(a, &sa));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_bytes),
		cmocka_unit_test(wide_replay_bytes),
		cmocka_unit_test(id_requests),
		cmocka_unit_test(small_requests),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(other_kinds),
		cmocka_unit_test(empty_selector),
		cmocka_unit_test(deletion_and_expiry),
		cmocka_unit_test(hostile),
		cmocka_unit_test(bad_algorithms),
		cmocka_unit_test(checks),
		cmocka_unit_test(differences),
		cmocka_unit_test(identity),
		cmocka_unit_test(copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
