/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/ike_test.h"

#include "ike/wire/body.h"
#include "ike/wire/hdr.h"
#include "ike/wire/vendor.h"

/* ------------------------------------------------------------- names --- */

static void names(void **state)
{
	char buf[IKE_NAME_BUF], tiny[3];
	uint32_t v;

	assert_string_equal(ike_name(IKE_NAMES_notify, 14),
			    "NO-PROPOSAL-CHOSEN");
	assert_string_equal(ike_name(IKE_NAMES_xchg, XCHG_QUICK), "Quick");
	assert_null(ike_name(IKE_NAMES_notify, 12345));
	assert_null(ike_name(IKE_NAMES_COUNT, 1));
	assert_string_equal(ike_name_or_number(IKE_NAMES_id, 99, buf,
					       sizeof(buf)), "99");
	assert_string_equal(ike_name_or_number(IKE_NAMES_id, 1, buf,
					       sizeof(buf)), "IPV4_ADDR");
	assert_string_equal(ike_name_or_number(IKE_NAMES_id, 12345, tiny,
					       sizeof(tiny)), "12");
	assert_string_equal(ike_name_or_number(IKE_NAMES_id, 99, NULL, 0), "");
	assert_int_equal(ike_name_parse(IKE_NAMES_group, "MODP2048", &v), 0);
	assert_int_equal(v, 14);
	assert_int_equal(ike_name_parse(IKE_NAMES_group, "modp", &v),
			 XE_NOTFOUND);
	assert_int_equal(v, 0);
}

/* No set has a value or a name twice. */
static void names_unique(void **state)
{
	for (int set = 0; set < IKE_NAMES_COUNT; set++) {
		uint32_t v, v2, parsed;
		const char *s, *s2;
		size_t i, k;

		for (i = 0; !ike_name_at(set, i, &v, &s); i++) {
			for (k = 0; k < i; k++) {
				assert_int_equal(ike_name_at(set, k, &v2, &s2),
						 0);
				assert_int_not_equal(v, v2);
			}
			assert_int_equal(ike_name_parse(set, s, &parsed), 0);
			/* Both versions have an SA, and INFORMATIONAL. */
			if (set != IKE_NAMES_pld && set != IKE_NAMES_xchg)
				assert_int_equal(parsed, v);
		}
		assert_true(i > 0);
		assert_null(s);
	}
	assert_int_equal(ike_name_at(IKE_NAMES_COUNT, 0, &(uint32_t){ 0 },
				     &(const char *){ NULL }), XE_NOTFOUND);
}

static void vendors(void **state)
{
	struct cur rest;
	struct hex h;

	for (int v = VID_UNKNOWN + 1; v < VID_COUNT; v++) {
		struct cur b = ike_vendor_bytes(v);

		assert_non_null(ike_vendor_text(v));
		assert_int_equal(ike_vendor_find(b, &rest), v);
		assert_int_equal(rest.left, 0);
		b.left = 7;
		assert_int_equal(ike_vendor_find(b, &rest), VID_UNKNOWN);
	}
	assert_null(ike_vendor_text(VID_UNKNOWN));
	assert_int_equal(ike_vendor_bytes(VID_COUNT).left, 0);
	/* FRAGMENTATION with its capabilities; DPD of another version */
	hex_cur(&h, "4048b7d56ebce88525e7de7f00d6c2d3 80000000");
	assert_int_equal(ike_vendor_find(cur_init(h.p, h.n), &rest), VID_FRAG);
	assert_hex(rest.p, rest.left, "80000000");
	hex_cur(&h, "afcad71368a1f1c96b8696fc77570102");
	assert_int_equal(ike_vendor_find(cur_init(h.p, h.n), &rest), VID_DPD);
	assert_int_equal(ike_vendor_find(cur_init(h.p, 14), &rest), VID_DPD);
	assert_int_equal(rest.left, 0);
}

/* ------------------------------------------------------------ header --- */

static const char hdr_hex[] =
	"0102030405060708 1112131415161718 01 10 02 01 a1a2a3a4 0000001c";

static void header(void **state)
{
	struct ike_hdr h;
	struct cur body;
	struct wbuf w;
	struct hex b;

	hex_cur(&b, hdr_hex);
	assert_int_equal(ike_hdr_parse(cur_init(b.p, b.n), &h, &body), 0);
	assert_true(h.spi_i == 0x0102030405060708);
	assert_true(h.spi_r == 0x1112131415161718);
	assert_int_equal(h.next, PLD_SA);
	assert_int_equal(h.major, 1);
	assert_int_equal(h.minor, 0);
	assert_int_equal(h.xchg, XCHG_MAIN);
	assert_int_equal(h.flags, IKE_FLAG_ENC);
	assert_int_equal(h.msgid, 0xa1a2a3a4);
	assert_int_equal(h.len, 28);
	assert_int_equal(body.left, 0);
	wbuf_init(&w, 100);
	ike_hdr_put(&w, &h);
	assert_hex(w.p, w.len, hdr_hex);
	wbuf_free(&w);
}

/* The length field at n - 1, n, n + 1 and at the limits */
static void header_length(void **state)
{
	static uint8_t big[IKE_MAX_MSG + 1];
	struct ike_hdr h;
	struct cur body;
	struct hex b;

	hex_cur(&b, hdr_hex);
	memcpy(big, b.p, 28);
	for (size_t n = 0; n < 28; n++) {
		assert_int_equal(ike_hdr_parse(cur_init(big, n), &h, &body),
				 XE_TRUNC);
		assert_true(h.spi_i == 0);
	}
	/* more behind it: left alone in v1, refused in v2 */
	assert_int_equal(ike_hdr_parse(cur_init(big, 44), &h, &body), 0);
	assert_int_equal(body.left, 0);
	big[17] = 0x20;
	assert_int_equal(ike_hdr_parse(cur_init(big, 29), &h, &body),
			 XE_TRAILING);
	assert_true(h.spi_i != 0);
	big[17] = 0x10;
	big[27] = 29;
	assert_int_equal(ike_hdr_parse(cur_init(big, 28), &h, &body),
			 XE_TRUNC);
	assert_int_equal(ike_hdr_parse(cur_init(big, 29), &h, &body), 0);
	assert_int_equal(body.left, 1);
	big[27] = 27;
	assert_int_equal(ike_hdr_parse(cur_init(big, 28), &h, &body),
			 XE_MALFORMED);
	big[27] = 0;
	assert_int_equal(ike_hdr_parse(cur_init(big, 28), &h, &body),
			 XE_MALFORMED);
	big[26] = big[27] = 0xff;
	assert_int_equal(ike_hdr_parse(cur_init(big, 65535), &h, &body), 0);
	big[25] = 1, big[26] = big[27] = 0;
	assert_int_equal(ike_hdr_parse(cur_init(big, 65536), &h, &body),
			 XE_LIMIT);
	memset(big + 24, 0xff, 4);
	assert_int_equal(ike_hdr_parse(cur_init(big, 28), &h, &body),
			 XE_LIMIT);
}

/* ------------------------------------------------------------ bodies --- */

/* Payloads that are bytes: the limits at n - 1, n, n + 1 */
static void plain_limits(void **state)
{
	static const struct {
		int (*get)(struct cur body, struct cur *out);
		size_t min, max;
	} v[] = {
		{ ike_nonce_get, IKE_NONCE_MIN, IKE_NONCE_MAX },
		{ ike_hash_get, 1, IKE_MAX_HASH },
		{ ike_sig_get, 1, IKE_MAX_SIG },
		{ ike_vid_get, 0, IKE_MAX_VID },
		{ ike_natd_get, 1, IKE_MAX_HASH },
	};
	static uint8_t b[4096];
	struct cur out;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		if (v[i].min)
			assert_int_equal(v[i].get(cur_init(b, v[i].min - 1),
						  &out), XE_RANGE);
		assert_int_equal(v[i].get(cur_init(b, v[i].min), &out), 0);
		assert_int_equal(out.left, v[i].min);
		assert_int_equal(v[i].get(cur_init(b, v[i].max), &out), 0);
		assert_int_equal(out.left, v[i].max);
		assert_int_equal(v[i].get(cur_init(b, v[i].max + 1), &out),
				 XE_RANGE);
		assert_int_equal(out.left, 0);
	}
}

/* Each type of ID at every length: only the right ones pass. */
static void id_lengths(void **state)
{
	static const struct {
		uint8_t type;
		size_t len;
	} fixed[] = {
		{ ID_IPV4, 4 }, { ID_IPV4_SUBNET, 8 }, { ID_IPV4_RANGE, 8 },
		{ ID_IPV6, 16 }, { ID_IPV6_SUBNET, 32 },
		{ ID_IPV6_RANGE, 32 },
	};
	static uint8_t b[70000];
	struct ike_idpld id;

	memset(b, 'a', sizeof(b));
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		b[0] = fixed[i].type;
		for (size_t n = 0; n < 100; n++)
			assert_int_equal(ike_id_get(cur_init(b, n), &id),
					 n < 4 ? XE_TRUNC :
					 n == fixed[i].len + 4 ? 0 : XE_RANGE);
	}
	for (uint8_t type = 0; type < 20; type++) {
		b[0] = type;
		assert_int_equal(ike_id_get(cur_init(b, 65535), &id),
				 XE_RANGE);
		assert_int_equal(ike_id_get(cur_init(b, 4), &id),
				 type == ID_NULL ? 0 : XE_RANGE);
	}
	b[0] = ID_KEY_ID;
	assert_int_equal(ike_id_get(cur_init(b, 4 + IKE_MAX_ID), &id), 0);
	assert_int_equal(ike_id_get(cur_init(b, 5 + IKE_MAX_ID), &id),
			 XE_RANGE);
}

static void id_fields(void **state)
{
	struct ike_idpld id;
	struct hex h;

	hex_cur(&h, "02 11 01f4 6777");
	assert_int_equal(ike_id_get(cur_init(h.p, h.n), &id), 0);
	assert_int_equal(id.type, ID_FQDN);
	assert_int_equal(id.proto, 17);
	assert_int_equal(id.port, 500);
	assert_hex(id.data.p, id.data.left, "6777");
	assert_int_equal(ike_id2_get(cur_init(h.p, h.n), &id), 0);
	assert_int_equal(id.proto, 0);
	assert_int_equal(id.port, 0);
	/* A name with a NUL or a line feed is none. */
	hex_cur(&h, "02 00 0000 670077");
	assert_int_equal(ike_id_get(cur_init(h.p, h.n), &id), XE_MALFORMED);
	assert_int_equal(id.type, 0);
	hex_cur(&h, "03 00 0000 67400a77");
	assert_int_equal(ike_id_get(cur_init(h.p, h.n), &id), XE_MALFORMED);
}

static void ke(void **state)
{
	static uint8_t b[IKE_MAX_KE + 10];
	struct ike_ke k;

	assert_int_equal(ike_ke_get(cur_init(b, 0), &k), XE_RANGE);
	assert_int_equal(ike_ke_get(cur_init(b, IKE_MAX_KE), &k), 0);
	assert_int_equal(ike_ke_get(cur_init(b, IKE_MAX_KE + 1), &k),
			 XE_RANGE);
	b[1] = 31;
	for (size_t n = 0; n < 4; n++)
		assert_int_equal(ike_ke2_get(cur_init(b, n), &k), XE_TRUNC);
	assert_int_equal(ike_ke2_get(cur_init(b, 4), &k), XE_RANGE);
	assert_int_equal(ike_ke2_get(cur_init(b, 36), &k), 0);
	assert_int_equal(k.group, GROUP_X25519);
	assert_int_equal(k.data.left, 32);
	assert_int_equal(ike_ke2_get(cur_init(b, IKE_MAX_KE + 5), &k),
			 XE_RANGE);
	assert_int_equal(k.group, 0);
}

static void natoa(void **state)
{
	struct ike_natoa oa;
	struct hex h;

	hex_cur(&h, "01 000000 c0000201");
	for (size_t n = 0; n < 8; n++)
		assert_int_not_equal(ike_natoa_get(cur_init(h.p, n), &oa), 0);
	assert_int_equal(ike_natoa_get(cur_init(h.p, 8), &oa), 0);
	assert_int_equal(oa.addr.left, 4);
	hex_cur(&h, "01 000000 c000020100");
	assert_int_equal(ike_natoa_get(cur_init(h.p, h.n), &oa), XE_RANGE);
	hex_cur(&h, "02 000000 c0000201");
	assert_int_equal(ike_natoa_get(cur_init(h.p, h.n), &oa), XE_MALFORMED);
	hex_cur(&h, "05 000000 20010db8000000000000000000000001");
	assert_int_equal(ike_natoa_get(cur_init(h.p, h.n), &oa), 0);
	assert_int_equal(oa.type, ID_IPV6);
}

static void certs(void **state)
{
	static uint8_t b[IKE_MAX_CERT + 2] = { CERT_X509_SIGN };
	struct ike_certpld c;
	struct ike_auth2 a;

	assert_int_equal(ike_cert_get(cur_init(b, 0), &c), XE_TRUNC);
	assert_int_equal(ike_cert_get(cur_init(b, 1), &c), XE_RANGE);
	assert_int_equal(ike_cr_get(cur_init(b, 1), &c), 0);
	assert_int_equal(c.encoding, CERT_X509_SIGN);
	assert_int_equal(ike_cert_get(cur_init(b, IKE_MAX_CERT + 1), &c), 0);
	assert_int_equal(ike_cert_get(cur_init(b, IKE_MAX_CERT + 2), &c),
			 XE_RANGE);
	assert_int_equal(ike_cr_get(cur_init(b, IKE_MAX_CERT + 2), &c),
			 XE_RANGE);
	assert_int_equal(ike_auth2_get(cur_init(b, 3), &a), XE_TRUNC);
	assert_int_equal(ike_auth2_get(cur_init(b, 4), &a), XE_RANGE);
	assert_int_equal(ike_auth2_get(cur_init(b, 5), &a), 0);
	assert_int_equal(a.method, CERT_X509_SIGN);
	assert_int_equal(a.data.left, 1);
}

static void notify(void **state)
{
	struct ike_notify n;
	struct hex h;

	hex_cur(&h, "00000001 01 10 8d28 "
		    "00112233445566778899aabbccddeeff 00000007");
	for (size_t len = 0; len < 24; len++) {
		assert_int_equal(ike_notify_get(cur_init(h.p, len), &n),
				 XE_TRUNC);
		assert_int_equal(n.type, 0);
	}
	assert_int_equal(ike_notify_get(cur_init(h.p, h.n), &n), 0);
	assert_int_equal(n.doi, IKE_DOI_IPSEC);
	assert_int_equal(n.type, N_R_U_THERE);
	assert_int_equal(n.spi.left, 16);
	assert_hex(n.data.p, n.data.left, "00000007");
	h.p[5] = 17; /* SPI over its limit */
	assert_int_equal(ike_notify_get(cur_init(h.p, h.n), &n), XE_RANGE);
	h.p[5] = 0xff;
	assert_int_equal(ike_notify_get(cur_init(h.p, h.n), &n), XE_RANGE);
	hex_cur(&h, "00 00 4004 aabb");
	assert_int_equal(ike_notify2_get(cur_init(h.p, h.n), &n), 0);
	assert_int_equal(n.type, N2_NAT_SOURCE_IP);
	assert_int_equal(n.data.left, 2);
	assert_int_equal(ike_notify2_get(cur_init(h.p, 3), &n), XE_TRUNC);
}

static void deletes(void **state)
{
	struct ike_delete d;
	struct cur spi;
	struct hex h;

	hex_cur(&h, "00000001 03 04 0002 c0ffee01 c0ffee02");
	for (size_t len = 0; len < h.n; len++)
		assert_int_equal(ike_delete_get(cur_init(h.p, len), &d),
				 XE_TRUNC);
	assert_int_equal(ike_delete_get(cur_init(h.p, h.n), &d), 0);
	assert_int_equal(ike_delete_spi(&d, 1, &spi), 0);
	assert_hex(spi.p, spi.left, "c0ffee02");
	assert_int_equal(ike_delete_spi(&d, 2, &spi), XE_NOTFOUND);
	assert_int_equal(ike_delete_get(cur_init(h.p, h.n + 1), &d),
			 XE_TRAILING);
	assert_int_equal(d.nspi, 0);
	h.p[7] = 1; /* one SPI, then bytes of no use */
	assert_int_equal(ike_delete_get(cur_init(h.p, h.n), &d), XE_TRAILING);
	h.p[7] = 0;
	assert_int_equal(ike_delete_get(cur_init(h.p, 8), &d), XE_MALFORMED);
	h.p[7] = 2;
	h.p[4] = IKE_PROTO_ISAKMP; /* cookies have 16 bytes */
	assert_int_equal(ike_delete_get(cur_init(h.p, h.n), &d), XE_MALFORMED);
	h.p[4] = 77;
	assert_int_equal(ike_delete_get(cur_init(h.p, h.n), &d), XE_MALFORMED);
	hex_cur(&h, "01 00 0000");
	assert_int_equal(ike_delete2_get(cur_init(h.p, h.n), &d), 0);
	assert_int_equal(d.nspi, 0);
	hex_cur(&h, "01 00 ffff");
	assert_int_equal(ike_delete2_get(cur_init(h.p, h.n), &d), XE_LIMIT);
}

/* As many SPIs as fit the limit, and one more */
static void delete_limit(void **state)
{
	uint8_t b[8 + 4 * (IKE_MAX_DELETE_SPIS + 1)] = { 0, 0, 0, 1, 3, 4 };
	struct ike_delete d;

	b[7] = IKE_MAX_DELETE_SPIS;
	assert_int_equal(ike_delete_get(cur_init(b, sizeof(b) - 4), &d), 0);
	assert_int_equal(d.nspi, IKE_MAX_DELETE_SPIS);
	b[7]++;
	assert_int_equal(ike_delete_get(cur_init(b, sizeof(b)), &d), XE_LIMIT);
}

static void attributes(void **state)
{
	struct ike_attr a;
	struct cur c;
	struct hex h;
	uint64_t v;

	hex_cur(&h, "80010007 000c0004 00015180 40020000");
	c = cur_init(h.p, h.n);
	assert_int_equal(ike_attr_get(&c, &a), 0);
	assert_int_equal(a.type, 1);
	assert_true(a.tv);
	assert_int_equal(ike_attr_num(&a, &v), 0);
	assert_int_equal(v, 7);
	assert_int_equal(ike_attr_get(&c, &a), 0);
	assert_false(a.tv);
	assert_int_equal(ike_attr_num(&a, &v), 0);
	assert_int_equal(v, 86400);
	assert_int_equal(ike_attr_get(&c, &a), 0);
	assert_int_equal(a.type, 0x4002);
	assert_int_equal(ike_attr_num(&a, &v), XE_RANGE);
	assert_int_equal(ike_attr_get(&c, &a), XE_NOTFOUND);
	for (size_t n = 1; n < 12; n++) {
		c = cur_init(h.p, n);
		while (!ike_attr_get(&c, &a))
			;
		/* What is cut stays unread. */
		assert_int_equal(c.left, n < 4 ? n : n - 4);
		assert_int_equal(ike_attr_get(&c, &a),
				 n == 4 ? XE_NOTFOUND : XE_TRUNC);
	}
	a.data = cur_init(h.p, 8);
	assert_int_equal(ike_attr_num(&a, &v), 0);
	a.data = cur_init(h.p, 9);
	assert_int_equal(ike_attr_num(&a, &v), XE_RANGE);
}

static void attributes_written(void **state)
{
	static uint8_t big[65536];
	struct wbuf w;

	wbuf_init(&w, 200);
	ike_attr_put_num(&w, 12, 65535);
	ike_attr_put_num(&w, 12, 65536);
	ike_attr_put_tv(&w, 1, 7);
	ike_attr_put_tlv(&w, 5, cur_init("xyz", 3));
	assert_int_equal(w.err, 0);
	assert_hex(w.p, w.len, "800cffff 000c000400010000 80010007 "
			       "0005000378797a");
	ike_attr_put_tlv(&w, 5, cur_init(big, sizeof(big)));
	assert_int_equal(w.err, XE_RANGE);
	wbuf_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(names_unique),
		cmocka_unit_test(vendors),
		cmocka_unit_test(header),
		cmocka_unit_test(header_length),
		cmocka_unit_test(plain_limits),
		cmocka_unit_test(id_lengths),
		cmocka_unit_test(id_fields),
		cmocka_unit_test(ke),
		cmocka_unit_test(natoa),
		cmocka_unit_test(certs),
		cmocka_unit_test(notify),
		cmocka_unit_test(deletes),
		cmocka_unit_test(delete_limit),
		cmocka_unit_test(attributes),
		cmocka_unit_test(attributes_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
