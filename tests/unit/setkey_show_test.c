/* SPDX-License-Identifier: BSD-2-Clause */
/* The output of setkey: text, JSON, setkey files; byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <arpa/inet.h>
#include <cmocka.h>
#include <jansson.h>

#include "libxfrm/base/err.h"
#include "setkey/event.h"
#include "setkey/json.h"
#include "setkey/save.h"
#include "setkey/show.h"

#define NOW 1795187543 /* Nov 20 15:12:23 2026 UTC */

static const uint8_t key[64] = {
	0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a,
	0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15,
	0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x20,
	0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x2b,
	0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36,
	0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f,
};

static struct xaddr addr(const char *s)
{
	struct xaddr a;

	assert_int_equal(xaddr_parse(s, &a), 0);
	return a;
}

static void algorithm(struct xsa_alg *slot, char opt, const char *word,
		      unsigned int bits)
{
	const struct xalg_word *w = xalg_find(opt, word, XALG_SETKEY_ANY);

	assert_non_null(w);
	xsa_alg_set(slot, w->alg, key, bits, w->icv);
}

static struct xfrm_sa sample(void)
{
	struct xfrm_sa sa = {
		.src = addr("10.1.0.1"), .dst = addr("10.1.0.2"),
		.family = AF_INET, .proto = IPPROTO_ESP, .spi = 0x322,
		.mode = XFRM_MODE_TUNNEL, .reqid = 77,
		.replay.window = 32,
		.life = { .hard_add = 3600, .soft_add = 3000,
			  .hard_bytes = 1000000, .soft_bytes = 900000 },
		.cur = { .add_time = NOW - 1 },
	};

	algorithm(&sa.enc, 'E', "aes-cbc", 128);
	algorithm(&sa.auth, 'A', "hmac-sha256", 256);
	return sa;
}

static const struct show plain = { .now = NOW, .pid = 4711 };

/* The text that is in o, which is emptied. */
static const char *text(struct out *o)
{
	static char buf[16384];

	assert_true(o->w.len < sizeof(buf));
	assert_int_equal(o->w.err, 0);
	if (o->w.len)
		memcpy(buf, o->w.p, o->w.len);
	buf[o->w.len] = '\0';
	out_close(o);
	return buf;
}

static const char *sa_text(const struct xfrm_sa *sa)
{
	struct out o;

	out_init(&o, -1);
	show_sa(&o, &plain, sa);
	show_sa_end(&o, &plain, 0);
	return text(&o);
}

static const char *policy_text(const struct xfrm_policy *p)
{
	struct out o;

	out_init(&o, -1);
	show_policy(&o, &plain, p);
	show_policy_end(&o, &plain, 3);
	return text(&o);
}

static void sa_old_form(void **state)
{
	struct xfrm_sa sa = sample();

	assert_string_equal(sa_text(&sa),
		"10.1.0.1 10.1.0.2 \n"
		"\tesp mode=tunnel spi=802(0x00000322) "
		"reqid=77(0x0000004d)\n"
		"\tE: aes-cbc  00010203 04050607 08090a0b 0c0d0e0f\n"
		"\tA: hmac-sha256  00010203 04050607 08090a0b 0c0d0e0f "
		"10111213 14151617 18191a1b 1c1d1e1f\n"
		"\tseq=0x00000000 replay=32 flags=0x00000000 state=mature \n"
		"\tcreated: Nov 20 15:12:22 2026\tcurrent: "
		"Nov 20 15:12:23 2026\n"
		"\tdiff: 1(s)\thard: 3600(s)\tsoft: 3000(s)\n"
		"\tlast:                     \thard: 0(s)\tsoft: 0(s)\n"
		"\tcurrent: 0(bytes)\thard: 1000000(bytes)\t"
		"soft: 900000(bytes)\n"
		"\tallocated: 0\thard: 0\tsoft: 0\n"
		"\tsadb_seq=0 pid=4711 refcnt=0\n");
}

static void sa_long_key(void **state)
{
	struct xfrm_sa sa = sample();

	algorithm(&sa.auth, 'A', "hmac-sha512", 512);
	assert_non_null(strstr(sa_text(&sa),
		"\tA: hmac-sha512  00010203 04050607 08090a0b 0c0d0e0f "
		"10111213 14151617 18191a1b 1c1d1e1f\n"
		" 20212223 24252627 28292a2b 2c2d2e2f 30313233 34353637 "
		"38393a3b 3c3d3e3f\n"
		"\tseq="));
}

static void sa_without_keys(void **state)
{
	struct xfrm_sa sa = sample();
	const char *t;

	algorithm(&sa.enc, 'E', "null", 0);
	t = sa_text(&sa);
	assert_null(strstr(t, "\tE:"));
	assert_non_null(strstr(t, "\tA: hmac-sha256"));
	assert_non_null(strstr(t, "state=mature"));
	/* No algorithm at all: an SPI that was asked for. */
	sa.enc = sa.auth = (struct xsa_alg){ 0 };
	assert_non_null(strstr(sa_text(&sa), " state=larval \n"));
}

static void sa_ipcomp(void **state)
{
	struct xfrm_sa sa = sample();

	sa.enc = sa.auth = (struct xsa_alg){ 0 };
	sa.proto = IPPROTO_COMP;
	algorithm(&sa.comp, 'C', "deflate", 0);
	assert_non_null(strstr(sa_text(&sa),
			       "(0x0000004d)\n\tC: deflate \tseq=0x00000000"));
}

static void sa_natt(void **state)
{
	struct xfrm_sa sa = sample();

	sa.encap.type = XU_ENCAP_UDP;
	sa.encap.sport = 4500;
	sa.encap.dport = 4501;
	sa.encap.oa = addr("192.168.1.1");
	assert_ptr_equal(strstr(sa_text(&sa),
				"10.1.0.1[4500] 10.1.0.2[4501] \n"
				"\tesp-udp mode=tunnel"),
			 strstr(sa_text(&sa), "10.1.0.1"));
	assert_non_null(strstr(sa_text(&sa),
			       ")\n\tNAT OA=192.168.1.1\n\tE:"));
	sa.encap.type = 7;
	assert_non_null(strstr(sa_text(&sa), "\tnatt+7 mode="));
}

static void sa_states(void **state)
{
	struct xfrm_sa sa = sample();

	assert_int_equal(sa_state(&sa, NOW), SA_MATURE);
	sa.cur.add_time = NOW - 3000;
	assert_int_equal(sa_state(&sa, NOW), SA_DYING);
	sa.cur.add_time = NOW - 3700;
	assert_int_equal(sa_state(&sa, NOW), SA_DEAD);
	sa.cur.add_time = NOW;
	sa.cur.bytes = 900000;
	assert_int_equal(sa_state(&sa, NOW), SA_DYING);
	sa.cur.bytes = 1000000;
	assert_int_equal(sa_state(&sa, NOW), SA_DEAD);
	sa.life = (struct xlife){ 0 };
	assert_int_equal(sa_state(&sa, NOW), SA_MATURE);
}

/* What PF_KEY could not say stands before the last line, nowhere else. */
static void sa_new_things(void **state)
{
	struct xfrm_sa sa = sample();

	algorithm(&sa.enc, 'E', "aes-gcm-16", 160);
	sa.auth = (struct xsa_alg){ 0 };
	sa.mark = (struct xmark){ 5, 0xff };
	sa.if_id = 9;
	sa.dir = XSA_DIR_OUT;
	sa.esn = true;
	sa.replay.oseq_hi = 1;
	sa.extra_flags = 2;
	sa.flags = XFRM_STATE_NOECN | XFRM_STATE_AF_UNSPEC;
	assert_non_null(strstr(sa_text(&sa), "\tE: aes-gcm-16  00010203"));
	assert_non_null(strstr(sa_text(&sa), " flags=0x80000000 "));
	assert_non_null(strstr(sa_text(&sa),
		"\tallocated: 0\thard: 0\tsoft: 0\n"
		"\tdir: out\n"
		"\tesn: seq=0x0000000000000000 oseq=0x0000000100000000\n"
		"\tmark: 0x5/0xff\n"
		"\tif_id: 0x9\n"
		"\tflags: af-unspec\n"
		"\textra flags: oseq-may-wrap\n"
		"\tsadb_seq=0 pid="));
}

static void sa_icv_names(void **state)
{
	struct xfrm_sa sa = sample();

	sa.auth.icv_bits = 128;
	assert_non_null(strstr(sa_text(&sa), "\tA: hmac-sha256-128  "));
	sa.auth.icv_bits = 96;
	assert_non_null(strstr(sa_text(&sa), "\tA: hmac-sha256  "));
}

static void sa_loop_line(void **state)
{
	struct xfrm_sa sa = sample();
	struct out o;

	sa.spi = 0x101;
	sa.src = addr("192.0.2.1");
	sa.dst = addr("192.0.2.2");
	sa.cur.add_time = NOW - 71;
	sa.life = (struct xlife){ 0 };
	out_init(&o, -1);
	show_sa_line(&o, &plain, &sa);
	assert_string_equal(text(&o), "1223 esp M 00000101  71/0   "
				      "192.0.2.1 -> 192.0.2.2\n");
	sa.cur.add_time = 0;
	sa.life.hard_add = 1000;
	out_init(&o, -1);
	show_sa_line(&o, &plain, &sa);
	assert_string_equal(text(&o), "1223 esp M 00000101 ?\?\?/big "
				      "192.0.2.1 -> 192.0.2.2\n");
}

static struct xfrm_tmpl tunnel(void)
{
	return (struct xfrm_tmpl){
		.src = addr("192.0.2.1"), .dst = addr("192.0.2.2"),
		.family = AF_INET, .proto = IPPROTO_ESP,
		.mode = XFRM_MODE_TUNNEL,
	};
}

static struct xfrm_policy policy(const struct xfrm_tmpl *t)
{
	struct xaddr a = addr("10.5.2.0"), b = addr("10.6.0.7");
	struct xfrm_policy p = {
		.dir = XFRM_POLICY_OUT, .priority = XPOL_PRIO_DEFAULT,
		.tmpl = t, .ntmpl = t ? 1 : 0, .index = 9,
		.cur.add_time = NOW,
	};

	xsel_init(&p.sel, &a, 24, &b, 32);
	return p;
}

static void policy_old_form(void **state)
{
	struct xfrm_tmpl t = tunnel();
	struct xfrm_policy p = policy(&t);

	assert_string_equal(policy_text(&p),
		"10.5.2.0/24[any] 10.6.0.7[any] 255\n"
		"\tout prio def ipsec\n"
		"\tesp/tunnel/192.0.2.1-192.0.2.2/require\n"
		"\tcreated: Nov 20 15:12:23 2026  lastused:"
		"                     \n"
		"\tlifetime: 0(s) validtime: 0(s)\n"
		"\tspid=9 seq=3 pid=4711\n"
		"\trefcnt=1\n");
}

static void policy_priorities(void **state)
{
	static const struct {
		uint32_t prio;
		const char *line;
	} rows[] = {
		{ 0, "\tout none\n" },
		{ 2147483548u, "\tout prio def + 100 none\n" },
		{ 1073741824u, "\tout prio high none\n" },
		{ 3221225477u, "\tout prio low - 5 none\n" },
		{ 2147483657u, "\tout prio def - 9 none\n" },
		{ 0x5fffffffu, "\tout prio high - 536870911 none\n" },
		{ 0x60000000u, "\tout prio def + 536870912 none\n" },
		{ 0xa0000000u, "\tout prio low + 536870912 none\n" },
		{ 1, "\tout prio high + 1073741823 none\n" },
	};
	struct xfrm_policy p = policy(NULL);
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		p.priority = rows[i].prio;
		assert_non_null(strstr(policy_text(&p), rows[i].line));
	}
}

static void policy_levels(void **state)
{
	struct xfrm_tmpl t = { .proto = IPPROTO_AH };
	struct xfrm_policy p = policy(&t);

	assert_non_null(strstr(policy_text(&p), "\tah/transport//require\n"));
	t.reqid = 16383;
	assert_non_null(strstr(policy_text(&p),
			       "\tah/transport//unique:16383\n"));
	t.reqid = 16384;
	assert_non_null(strstr(policy_text(&p),
			       "\tah/transport//unique#16384\n"));
	t.optional = true;
	assert_non_null(strstr(policy_text(&p), "\tah/transport//use\n"));
}

static void policy_selectors(void **state)
{
	struct xfrm_policy p = policy(NULL);

	p.sel.proto = IPPROTO_TCP;
	p.sel.dport = 80;
	p.sel.dport_mask = 0xffff;
	assert_non_null(strstr(policy_text(&p),
			       "10.5.2.0/24[any] 10.6.0.7[80] tcp\n"));
	p.sel.proto = IPPROTO_ICMP;
	p.sel.sport = 8;
	p.sel.sport_mask = 0xffff;
	p.sel.dport = 0;
	assert_non_null(strstr(policy_text(&p),
			       "10.5.2.0/24 10.6.0.7 icmp 8,0\n"));
	p.sel.proto = IPPROTO_GRE;
	p.sel.sport = 1;
	p.sel.dport = 2;
	assert_non_null(strstr(policy_text(&p),
			       "10.5.2.0/24 10.6.0.7 gre 65538\n"));
	p.dir = XFRM_POLICY_MAX + XFRM_POLICY_IN;
	p.index = 3;
	assert_ptr_equal(strstr(policy_text(&p),
				"(per-socket policy) \n\tin(socket) prio def "),
			 strstr(policy_text(&p), "(per-socket"));
}

static json_t *sa_json(const struct xfrm_sa *sa)
{
	struct out o;
	json_error_t e;
	struct jw j;
	json_t *t;

	out_init(&o, -1);
	jw_init(&j, &o);
	json_sa(&j, NULL, sa, NOW);
	t = json_loads(text(&o), JSON_REJECT_DUPLICATES, &e);
	assert_non_null(t);
	return t;
}

static void sa_as_json(void **state)
{
	struct xfrm_sa sa = sample();
	json_t *t;
	const char *enc, *k, *src;
	int spi, bits, hard, esn;

	sa.esn = true;
	t = sa_json(&sa);
	assert_int_equal(json_unpack(t, "{s:s, s:i, s:{s:s, s:i, s:s},"
					" s:{s:{s:i}}, s:{s:b}}",
				     "src", &src, "spi", &spi, "encryption",
				     "name", &enc, "key_bits", &bits, "key",
				     &k, "lifetime", "hard", "seconds", &hard,
				     "replay", "esn", &esn), 0);
	assert_string_equal(src, "10.1.0.1");
	assert_int_equal(spi, 802);
	assert_string_equal(enc, "aes-cbc");
	assert_int_equal(bits, 128);
	assert_string_equal(k, "000102030405060708090a0b0c0d0e0f");
	assert_int_equal(hard, 3600);
	assert_true(esn);
	json_decref(t);
}

/* Events name the defaults as statements do. */
static void defaults(void **state)
{
	static const struct show how = { .now = NOW };
	struct xfrm_event ev = {
		.type = XEV_DEFAULT,
		.defpol = { XFRM_USERPOLICY_BLOCK, XFRM_USERPOLICY_ACCEPT,
			    XFRM_USERPOLICY_UNSPEC },
	};
	struct out o;
	struct jw j;

	out_init(&o, -1);
	jw_init(&j, &o);
	jw_obj(&j, NULL);
	json_event(&j, &ev, NOW);
	jw_obj_end(&j);
	assert_string_equal(text(&o), "{\"event\":\"default-policy\","
		"\"seq\":0,\"port\":0,\"default\":{\"in\":\"discard\","
		"\"fwd\":\"none\",\"out\":\"unchanged\"}}");
	out_init(&o, -1);
	show_event(&o, &how, &ev);
	assert_string_equal(text(&o), "default-policy seq=0 pid=0\n"
			    "\tin discard fwd none out unchanged\n");
}

static void json_strings(void **state)
{
	static const char bad[] = "a\"\\\n\x01\xff\xc3\xa9\xed\xa0\x80z";
	struct out o;
	struct jw j;
	json_t *t;

	out_init(&o, -1);
	jw_init(&j, &o);
	jw_arr(&j, NULL);
	jw_str(&j, NULL, bad);
	jw_u64(&j, NULL, UINT64_MAX);
	jw_int(&j, NULL, -5);
	jw_arr_end(&j);
	t = json_loads(text(&o), 0, NULL);
	assert_non_null(t);
	assert_string_equal(json_string_value(json_array_get(t, 0)),
			    "a\"\\\n\x01\xef\xbf\xbd\xc3\xa9"
			    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz");
	assert_int_equal(json_integer_value(json_array_get(t, 1)), INT64_MAX);
	assert_int_equal(json_integer_value(json_array_get(t, 2)), -5);
	json_decref(t);
}

static void saved_sa(void **state)
{
	struct xfrm_sa sa = sample();
	const char *why;
	struct out o;

	sa.auth.icv_bits = 128;
	sa.mark = (struct xmark){ 5, 0xff };
	sa.replay.oseq = 17;
	out_init(&o, -1);
	assert_int_equal(save_sa(&o, &sa, &why), 0);
	assert_string_equal(text(&o),
		"add 10.1.0.1 10.1.0.2 esp 0x322 -m tunnel -u 77 -r 32"
		" -lh 3600 -ls 3000 -bh 1000000 -bs 900000 -mark 0x5/0xff"
		" -oseq 17 -E aes-cbc 0x000102030405060708090a0b0c0d0e0f"
		" -A hmac-sha256-128 0x000102030405060708090a0b0c0d0e0f"
		"101112131415161718191a1b1c1d1e1f;\n");
}

/* No word for it: nothing is written rather than something else. */
static void not_saved(const struct xfrm_sa *sa, const char *expected)
{
	const char *why = NULL;
	struct out o;

	out_init(&o, -1);
	assert_int_equal(save_sa(&o, sa, &why), XE_UNSUPPORTED);
	assert_int_equal(o.w.len, 0);
	assert_string_equal(why, expected);
	out_close(&o);
}

static void unsaved_sa(void **state)
{
	struct xfrm_sa sa = sample();

	sa.enc.alg = NULL;
	sa.enc.name = "cbc(rot13)";
	not_saved(&sa, "setkey has no word for its algorithm");
	sa = sample();
	sa.encap.type = XU_ENCAP_UDP;
	sa.encap.dport = 4500;
	not_saved(&sa, "one of its UDP or TCP ports is 0");
	sa = sample();
	sa.mark = (struct xmark){ 0x100, 0xff };
	not_saved(&sa, "its mark has bits outside the mask");
	sa = sample();
	sa.out_mark = (struct xmark){ 0x100, 0xff };
	not_saved(&sa, "its mark has bits outside the mask");
	sa = sample();
	sa.extra_flags = 1u << 7;
	not_saved(&sa, "setkey has no word for one of its flags");
	sa = sample();
	sa.auth.key_bits = 128;	/* HMAC takes any, a file does not */
	not_saved(&sa, "wrong key length");
	sa = sample();
	sa.auth.icv_bits = 16;
	not_saved(&sa, "the algorithm has no ICV of that length");
}

/* A selector of everything counts where it names a family. */
static void saved_selector(void **state)
{
	struct xaddr none = xaddr_any(AF_INET), none6 = xaddr_any(AF_INET6);
	struct xfrm_sa sa = sample();
	const char *why;
	struct out o;

	xsel_init(&sa.sel, &none, 0, &none, 0);
	out_init(&o, -1);
	assert_int_equal(save_sa(&o, &sa, &why), 0);
	assert_null(strstr(text(&o), "-sel"));
	sa.flags = XFRM_STATE_AF_UNSPEC;
	out_init(&o, -1);
	assert_int_equal(save_sa(&o, &sa, &why), 0);
	assert_non_null(strstr(text(&o), " -sel 0.0.0.0/0 0.0.0.0/0 any "));
	sa.flags = 0;
	xsel_init(&sa.sel, &none6, 0, &none6, 0);
	out_init(&o, -1);
	assert_int_equal(save_sa(&o, &sa, &why), 0);
	assert_non_null(strstr(text(&o), " -sel ::/0 ::/0 any "));
}

static int policy_parts(const struct xfrm_policy *p, const char **name,
			const char **rest)
{
	static char kept[512];
	struct out n, e, r;
	const char *why;
	int err;

	out_init(&n, -1);
	out_init(&e, -1);
	out_init(&r, -1);
	err = save_policy_parts(&n, &e, &r, p, &why);
	snprintf(kept, sizeof(kept), "%s", text(&n));
	*name = kept;
	assert_string_equal(text(&e), "");
	*rest = text(&r);
	return err;
}

static void saved_policy(void **state)
{
	struct xfrm_tmpl t = tunnel();
	struct xfrm_policy p = policy(&t);
	const char *name, *rest;

	p.priority = 0;
	t.reqid = 20000;
	assert_int_equal(policy_parts(&p, &name, &rest), 0);
	assert_string_equal(name, "10.5.2.0/24 10.6.0.7/32 any");
	assert_string_equal(rest, " prio high + 1073741824 ipsec\n"
		"\tesp/tunnel/192.0.2.1-192.0.2.2/require:20000;\n");
	p.sel.sport_mask = 0xff00;
	assert_int_equal(policy_parts(&p, &name, &rest), XE_UNSUPPORTED);
}

/* What a file would read as something else. */
static void unsaved_policy(void **state)
{
	struct xfrm_tmpl t = tunnel();
	struct xfrm_policy p = policy(&t);
	const char *name, *rest;

	p.sel.proto = IPPROTO_ICMP;
	p.sel.sport_mask = 0xffff;	/* echo reply, not any type */
	assert_int_equal(policy_parts(&p, &name, &rest), XE_UNSUPPORTED);
	p.sel.sport = 3;
	assert_int_equal(policy_parts(&p, &name, &rest), 0);
	assert_string_equal(name, "10.5.2.0/24 10.6.0.7/32 1 3,0");
	p.sel.proto = IPPROTO_GRE;
	assert_int_equal(policy_parts(&p, &name, &rest), XE_UNSUPPORTED);
	p.sel.dport_mask = 0xffff;
	assert_int_equal(policy_parts(&p, &name, &rest), 0);
	assert_string_equal(name, "10.5.2.0/24 10.6.0.7/32 47 196608");
	p = policy(&t);
	p.sel.proto = IPPROTO_TCP;
	p.sel.dport_mask = 0xffff;
	assert_int_equal(policy_parts(&p, &name, &rest), XE_UNSUPPORTED);
	p = policy(&t);
	p.sel.user = 1000;
	assert_int_equal(policy_parts(&p, &name, &rest), XE_UNSUPPORTED);
	p = policy(&t);
	p.sel.proto = 255;	/* means any in a file */
	assert_int_equal(policy_parts(&p, &name, &rest), XE_UNSUPPORTED);
	p = policy(&t);
	p.flags = 1u << 5;
	assert_int_equal(policy_parts(&p, &name, &rest), XE_UNSUPPORTED);
	p = policy(&t);
	t.aalgos = 4;
	assert_int_equal(policy_parts(&p, &name, &rest), XE_UNSUPPORTED);
}

static void out_numbers(void **state)
{
	struct out o;

	out_init(&o, -1);
	out_u64(&o, 0);
	out_char(&o, ' ');
	out_u64(&o, UINT64_MAX);
	out_char(&o, ' ');
	out_hex32(&o, 0xdeadbeef);
	out_char(&o, ' ');
	out_addr(&o, AF_INET, "\x00\x0a\x64\xff");
	out_char(&o, ' ');
	out_time(&o, 1794700805); /* a day of one digit: none of 2026-11-15 */
	out_char(&o, '|');
	out_time(&o, 0);
	out_char(&o, '|');
	assert_string_equal(text(&o),
			    "0 18446744073709551615 deadbeef 0.10.100.255 "
			    "Nov 15 00:00:05 2026|                    |");
}

/* More than the buffer holds, through a pipe that is read meanwhile. */
static void out_large(void **state)
{
	static char big[3 * OUT_SIZE + 17];
	char path[] = "/tmp/setkey-out-XXXXXX", back[64];
	int fd = mkstemp(path);
	struct out o;
	off_t len;

	assert_true(fd >= 0);
	unlink(path);
	memset(big, 'x', sizeof(big));
	out_init(&o, fd);
	out_lit(&o, "begin ");
	out_mem(&o, big, sizeof(big));
	out_lit(&o, " end");
	assert_int_equal(out_close(&o), 0);
	len = lseek(fd, 0, SEEK_END);
	assert_int_equal(len, (off_t)sizeof(big) + 10);
	assert_int_equal(pread(fd, back, 5, len - 5), 5);
	assert_memory_equal(back, "x end", 5);
	close(fd);
}

static void out_fails(void **state)
{
	int fd = open("/dev/full", O_WRONLY);
	struct out o;

	assert_true(fd >= 0);
	out_init(&o, fd);
	out_lit(&o, "lost");
	assert_int_equal(out_flush(&o), -ENOSPC);
	out_lit(&o, "more");
	assert_int_equal(out_close(&o), -ENOSPC);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sa_old_form),
		cmocka_unit_test(sa_long_key),
		cmocka_unit_test(sa_without_keys),
		cmocka_unit_test(sa_ipcomp),
		cmocka_unit_test(sa_natt),
		cmocka_unit_test(sa_states),
		cmocka_unit_test(sa_new_things),
		cmocka_unit_test(sa_icv_names),
		cmocka_unit_test(sa_loop_line),
		cmocka_unit_test(policy_old_form),
		cmocka_unit_test(policy_priorities),
		cmocka_unit_test(policy_levels),
		cmocka_unit_test(policy_selectors),
		cmocka_unit_test(sa_as_json),
		cmocka_unit_test(defaults),
		cmocka_unit_test(json_strings),
		cmocka_unit_test(saved_sa),
		cmocka_unit_test(unsaved_sa),
		cmocka_unit_test(saved_selector),
		cmocka_unit_test(saved_policy),
		cmocka_unit_test(unsaved_policy),
		cmocka_unit_test(out_numbers),
		cmocka_unit_test(out_large),
		cmocka_unit_test(out_fails),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
