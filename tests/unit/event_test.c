/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "libxfrm/base/err.h"
#include "libxfrm/event.h"
#include "tests/lib/xfrm_abi.h"

static uint8_t memory[XMSG_MAX];
static struct xfrm_event ev;

static struct xaddr addr(const char *s)
{
	struct xaddr a;

	assert_int_equal(xaddr_parse(s, &a), 0);
	return a;
}

static struct xmsg_view view(const struct xmsg *m)
{
	struct cur c = wbuf_cur(&m->w);
	struct xmsg_view v;

	assert_int_equal(xmsg_next(&c, &v), 1);
	return v;
}

static int parse(const struct xmsg *m)
{
	struct xmsg_view v = view(m);

	return xfrm_event_parse(&v, &ev);
}

static struct xfrm_sa an_sa(void)
{
	struct xfrm_sa sa = { .proto = IPPROTO_ESP, .spi = 0x100 };

	sa.src = addr("192.0.2.1");
	sa.dst = addr("192.0.2.2");
	return sa;
}

static struct xfrm_policy a_policy(void)
{
	struct xfrm_policy p = { .dir = XFRM_POLICY_OUT };
	struct xaddr a = addr("10.0.0.0");

	xsel_init(&p.sel, &a, 8, &a, 8);
	return p;
}

/* Every truncation of the message is an error or something smaller. */
static void cut(struct xmsg *m, size_t least)
{
	struct xmsg_view v = view(m);
	size_t n, full = v.body.left;

	for (n = 0; n < full; n++) {
		v.body.left = n;
		if (n < least)
			assert_true(xfrm_event_parse(&v, &ev) < 0);
		else
			xfrm_event_parse(&v, &ev);
	}
}

static void acquire(void **state)
{
	struct xfrm_user_acquire k = { .seq = 99, .aalgos = 1 };
	struct xfrm_user_tmpl t = { .family = AF_INET6, .reqid = 4,
				    .mode = XFRM_MODE_TUNNEL };
	struct xsel sel;
	struct xaddr a = addr("10.1.1.1");
	struct xmsg m;

	xsel_init(&sel, &a, 32, &a, 32);
	xsel_to_kernel(&sel, &k.sel);
	xsel_to_kernel(&sel, &k.policy.sel);
	k.policy.index = 17;
	k.policy.dir = XFRM_POLICY_OUT;
	k.id.proto = t.id.proto = IPPROTO_ESP;
	a = addr("2001:db8::1");
	xaddr_to_kernel(&a, &k.id.daddr);
	xmsg_init(&m, memory, sizeof(memory));
	xmsg_begin(&m, XFRM_MSG_ACQUIRE, 0);
	xmsg_fixed(&m, &k, sizeof(k));
	xmsg_put(&m, XFRMA_TMPL, &t, sizeof(t));
	xmsg_put_u32(&m, XFRMA_IF_ID, 3);
	xmsg_end(&m);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(ev.type, XEV_ACQUIRE);
	/* a tunnel over IPv6 for IPv4 packets */
	assert_true(xaddr_equal(&ev.acq.dst, &a));
	assert_true(xsel_equal(&ev.acq.sel, &sel));
	assert_int_equal(ev.acq.seq, 99);
	assert_int_equal(ev.acq.aalgos, 1);
	assert_int_equal(ev.acq.proto, IPPROTO_ESP);
	assert_int_equal(ev.pol.index, 17);
	assert_int_equal(ev.pol.ntmpl, 1);
	assert_int_equal(ev.pol.tmpl[0].reqid, 4);
	assert_int_equal(ev.pol.if_id, 3);
	cut(&m, sizeof(k));
}

static void sa_events(void **state)
{
	static const struct {
		uint16_t msg;
		enum xfrm_event_type type;
	} t[] = {
		{ XFRM_MSG_NEWSA, XEV_SA_NEW }, { XFRM_MSG_UPDSA,
						  XEV_SA_UPDATE },
	};
	struct xfrm_user_expire k = { .hard = 1 };
	struct xfrm_sa sa = an_sa();
	struct xmsg_view v;
	struct xmsg m, n;
	uint8_t second[512];
	size_t i;

	xmsg_init(&m, memory, sizeof(memory));
	xfrm_sa_build_new(&m, &sa);
	v = view(&m);
	v.port = 1234;
	v.seq = 5;
	for (i = 0; i < 2; i++) {
		v.type = t[i].msg;
		assert_int_equal(xfrm_event_parse(&v, &ev), 0);
		assert_int_equal(ev.type, t[i].type);
		assert_int_equal(ev.sa.spi, 0x100);
		assert_int_equal(ev.port, 1234);
		assert_int_equal(ev.seq, 5);
	}
	assert_int_equal(cur_copy(&v.body, &k.state, sizeof(k.state)), 0);
	xmsg_init(&n, second, sizeof(second));
	xmsg_begin(&n, XFRM_MSG_EXPIRE, 0);
	xmsg_fixed(&n, &k, sizeof(k));
	xmsg_end(&n);
	assert_int_equal(parse(&n), 0);
	assert_int_equal(ev.type, XEV_SA_EXPIRE);
	assert_true(ev.hard);
	assert_int_equal(ev.sa.spi, 0x100);
	cut(&n, sizeof(k));
	xmsg_init(&m, memory, sizeof(memory));
	xfrm_sa_build_delete(&m, &sa);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(ev.type, XEV_SA_DELETE);
	xmsg_init(&m, memory, sizeof(memory));
	xfrm_sa_build_flush(&m, IPPROTO_ESP);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(ev.type, XEV_SA_FLUSH);
	assert_int_equal(ev.proto, IPPROTO_ESP);
}

static void policy_events(void **state)
{
	struct xfrm_policy p = a_policy();
	struct xfrm_user_polexpire k = { .hard = 1 };
	struct xmsg m;

	xmsg_init(&m, memory, sizeof(memory));
	xfrm_policy_build_new(&m, &p);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(ev.type, XEV_POL_NEW);
	xmsg_init(&m, memory, sizeof(memory));
	xfrm_policy_build_update(&m, &p);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(ev.type, XEV_POL_UPDATE);
	assert_true(xfrm_policy_same_id(&p, &ev.pol));
	xmsg_init(&m, memory, sizeof(memory));
	xfrm_policy_build_delete(&m, &p);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(ev.type, XEV_POL_DELETE);
	xmsg_init(&m, memory, sizeof(memory));
	xfrm_policy_build_flush(&m, XFRM_POLICY_TYPE_SUB);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(ev.type, XEV_POL_FLUSH);
	assert_int_equal(ev.pol.ptype, XFRM_POLICY_TYPE_SUB);
	xmsg_init(&m, memory, sizeof(memory));
	xmsg_begin(&m, XFRM_MSG_POLEXPIRE, 0);
	xfrm_policy_to_kernel(&p, &k.pol);
	xmsg_fixed(&m, &k, sizeof(k));
	xmsg_end(&m);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(ev.type, XEV_POL_EXPIRE);
	assert_true(ev.hard);
	cut(&m, sizeof(k));
}

static void migrate(void **state)
{
	struct xevent_migrate list[2] = {
		{ .proto = IPPROTO_ESP, .mode = 1, .reqid = 8 },
		{ .proto = IPPROTO_AH, .mode = 1 },
	};
	struct xfrm_user_migrate one = { .proto = IPPROTO_COMP,
					 .old_family = AF_INET,
					 .new_family = AF_INET };
	struct xsa_encap encap = { .type = XU_ENCAP_UDP, .sport = 1,
				   .dport = 2 };
	struct xfrm_policy p = a_policy();
	struct xaddr l = addr("192.0.2.1"), r = addr("192.0.2.9");
	struct xmsg m;

	list[0].old_src = list[0].new_src = l;
	list[0].old_dst = l;
	list[0].new_dst = r;
	list[1] = list[0];
	list[1].proto = IPPROTO_AH;
	p.if_id = 4;
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_build_migrate(&m, &p, list, 2, &l, &r, &encap),
			 0);
	/* the kernel's own message repeats the attribute */
	xmsg_put(&m, XFRMA_MIGRATE, &one, sizeof(one));
	xmsg_end(&m);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(ev.type, XEV_MIGRATE);
	assert_int_equal(ev.nmig, 3);
	assert_true(xaddr_equal(&ev.mig[0].new_dst, &r));
	assert_int_equal(ev.mig[0].reqid, 8);
	assert_int_equal(ev.mig[1].proto, IPPROTO_AH);
	assert_int_equal(ev.mig[2].proto, IPPROTO_COMP);
	assert_true(ev.has_km);
	assert_true(xaddr_equal(&ev.km_remote, &r));
	assert_int_equal(ev.pol.if_id, 4);
	assert_int_equal(ev.pol.dir, XFRM_POLICY_OUT);
	cut(&m, 64);
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_build_migrate(&m, &p, list, 7, NULL, NULL,
					    NULL), XE_LIMIT);
}

static void mapping_report_aevent(void **state)
{
	struct xfrm_user_mapping map = { .reqid = 3,
		.old_sport = htons(4500), .new_sport = htons(4501) };
	struct xfrm_user_report rep = { .proto = IPPROTO_DSTOPTS };
	struct xfrm_sa sa = an_sa();
	struct xmsg m;

	map.id.family = AF_INET;
	map.id.spi = htonl(0x100);
	map.new_saddr.a4 = htonl(0xc0000207);
	xmsg_init(&m, memory, sizeof(memory));
	xmsg_begin(&m, XFRM_MSG_MAPPING, 0);
	xmsg_fixed(&m, &map, sizeof(map));
	xmsg_end(&m);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(ev.type, XEV_MAPPING);
	assert_int_equal(ev.map.new_sport, 4501);
	assert_int_equal(ev.map.new_src.b[3], 7);
	assert_int_equal(ev.sa.spi, 0x100);
	assert_int_equal(ev.sa.reqid, 3);
	cut(&m, sizeof(map));

	rep.sel.family = AF_INET6;
	xmsg_init(&m, memory, sizeof(memory));
	xmsg_begin(&m, XFRM_MSG_REPORT, 0);
	xmsg_fixed(&m, &rep, sizeof(rep));
	xmsg_end(&m);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(ev.type, XEV_REPORT);
	assert_int_equal(ev.proto, IPPROTO_DSTOPTS);

	sa.replay = (struct xreplay){ .window = 64, .oseq = 5, .seq = 6,
				      .oseq_hi = 1 };
	sa.has = XSA_HAS_REPLAY;
	sa.cur.bytes = 1000;
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_sa_build_newae(&m, &sa), 0);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(ev.type, XEV_AEVENT);
	assert_int_equal(ev.sa.replay.oseq, 5);
	assert_int_equal(ev.sa.replay.oseq_hi, 1);
	assert_int_equal(ev.sa.cur.bytes, 1000);
	cut(&m, sizeof(struct xfrm_aevent_id));
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_sa_build_getae(&m, &sa), 0);
	assert_int_equal(abi_type(memory), XFRM_MSG_GETAE);
	assert_int_equal(m.w.len, 16 + 48);
}

static void tables(void **state)
{
	struct xfrmu_spdinfo s = { 1, 2, 3, 4, 5, 6 };
	struct xfrmu_spdhinfo h = { 8, 1048576 };
	struct xfrmu_sadhinfo sh = { 16, 1048576 };
	struct xfrm_defpol d = { XFRM_USERPOLICY_BLOCK,
				 XFRM_USERPOLICY_ACCEPT,
				 XFRM_USERPOLICY_UNSPEC };
	struct xmsg m;

	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_build_setspdinfo(&m, 24, 16, -1, -1), 0);
	assert_int_equal(m.w.len, 16 + 4 + 8);
	xmsg_put(&m, XFRMA_SPD_INFO, &s, sizeof(s));
	xmsg_put(&m, XFRMA_SPD_HINFO, &h, sizeof(h));
	xmsg_end(&m);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(ev.type, XEV_SPDINFO);
	assert_true(ev.spdinfo.has_thresh);
	assert_int_equal(ev.spdinfo.v4_local, 24);
	assert_int_equal(ev.spdinfo.v4_remote, 16);
	assert_int_equal(ev.spdinfo.fwd, 3);
	assert_int_equal(ev.spdinfo.sock_in, 4);
	assert_int_equal(ev.spdinfo.hash_max, 1048576);
	cut(&m, 4);
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_build_setspdinfo(&m, 33, 0, -1, -1), XE_RANGE);

	xmsg_init(&m, memory, sizeof(memory));
	xmsg_begin(&m, XFRM_MSG_NEWSADINFO, 0);
	xmsg_fixed(&m, "\0\0\0", 4);
	xmsg_put_u32(&m, XFRMA_SAD_CNT, 55);
	xmsg_put(&m, XFRMA_SAD_HINFO, &sh, sizeof(sh));
	xmsg_end(&m);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(ev.sadinfo.count, 55);
	assert_int_equal(ev.sadinfo.hash, 16);

	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_build_setdefault(&m, &d), 0);
	assert_int_equal(parse(&m), 0);
	assert_int_equal(ev.type, XEV_DEFAULT);
	assert_memory_equal(&ev.defpol, &d, sizeof(d));
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_build_getdefault(&m), 0);
	assert_int_equal(abi_type(memory), XFRM_MSG_GETDEFAULT);
	xmsg_init(&m, memory, sizeof(memory));
	assert_int_equal(xfrm_build_getsadinfo(&m), 0);
	assert_int_equal(abi_type(memory), XFRM_MSG_GETSADINFO);
	assert_int_equal(xfrm_build_getspdinfo(&m), 0);
}

static void not_ours(void **state)
{
	struct xmsg_view v = { .type = NLMSG_DONE };
	unsigned int i;

	assert_int_equal(xfrm_event_parse(&v, &ev), XE_UNSUPPORTED);
	v.type = 0x7fff;
	assert_int_equal(xfrm_event_parse(&v, &ev), XE_UNSUPPORTED);
	for (i = 0; i < XEV_COUNT; i++)
		assert_string_not_equal(xfrm_event_name(i), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(acquire),
		cmocka_unit_test(sa_events),
		cmocka_unit_test(policy_events),
		cmocka_unit_test(migrate),
		cmocka_unit_test(mapping_report_aevent),
		cmocka_unit_test(tables),
		cmocka_unit_test(not_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
