/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/ike_test.h"

#include "ike/wire/build.h"
#include "ike/wire/show.h"

/* The line about the only payload of a message of that version */
static void shows(uint8_t major, uint8_t type, int phase, const char *body,
		  const char *want)
{
	struct ike_hdr hdr = { .major = major };
	struct arena *a = arena_new(0);
	const struct ike_payload *bad;
	static struct ike_msg m;
	struct ike_build b;
	struct wbuf w, text;
	struct hex h;

	wbuf_init(&w, 10000);
	wbuf_init(&text, 10000);
	ike_build_start(&b, &w, &hdr);
	ike_build_raw(&b, type, hex_cur(&h, body));
	assert_int_equal(ike_build_finish(&b), 0);
	hdr.next = type;
	assert_int_equal(ike_msg_walk(&m, &hdr, ike_build_from(&b, 28), false,
				      a), 0);
	assert_int_equal(ike_msg_decode(&m, phase, a, &bad), 0);
	ike_payload_show(&m, &m.p[0], &text);
	assert_string_equal(wbuf_str(&text), want);
	wbuf_free(&w);
	wbuf_free(&text);
	arena_free(a);
}

static void version1(void **state)
{
	shows(1, PLD_SA, 1,
	      "0000000100000001 00000028 01010001 00000020 01010000"
	      "800b0001 800c7080 80010007 800e0100 80030001 80020004",
	      "SA: #1 ISAKMP: AES-CBC-256 SHA256 pre-shared key 28800 s");
	shows(1, PLD_SA, 2,
	      "0000000100000001 00000028 01030402 c0ffee01"
	      "0300000c 010c0000 80060080 00000010 02140000 80040001 80630001",
	      "SA: #1 ESP c0ffee01: AES-CBC-128, "
	      "AES-GCM-16 Tunnel (odd attribute 99)");
	shows(1, PLD_ID, 1, "01 11 01f4 c0000201",
	      "ID: IPV4_ADDR 192.0.2.1 proto 17 port 500");
	shows(1, PLD_ID, 2, "04 00 0000 0a000000 ff000000",
	      "ID: IPV4_ADDR_SUBNET 10.0.0.0/255.0.0.0");
	shows(1, PLD_ID, 2, "05000000 20010db8000000000000000000000001",
	      "ID: IPV6_ADDR 2001:db8:0:0:0:0:0:1");
	shows(1, PLD_ID, 1, "02000000 67772e226578", "ID: FQDN \"gw.?ex\"");
	shows(1, PLD_NOTIFY, 1, "00000001 03 04 000e c0ffee01 aa",
	      "N: NO-PROPOSAL-CHOSEN ESP c0ffee01 (1 bytes)");
	shows(1, PLD_DELETE, 1, "00000001 03 04 0002 c0ffee01 c0ffee02",
	      "D: ESP c0ffee01 c0ffee02");
	shows(1, PLD_VID, 1, "afcad71368a1f1c96b8696fc77570100", "VID: DPD");
	shows(1, PLD_VID, 1, "0102", "VID: 0102");
	shows(1, PLD_CR, 1, "04", "CR: X.509 signature, 0 bytes");
	shows(1, PLD_NATOA, 1, "01000000 c0000201", "NAT-OA: 192.0.2.1");
	shows(1, 200, 1, "0102", "200: 2 bytes");
	shows(1, PLD2_SA, 1, "0102", "SA: 2 bytes");
}

/* Secrets do not show: values of nonces, passwords. */
static void no_secrets(void **state)
{
	shows(1, PLD_NONCE, 1, "0102030405060708", "NONCE: 8 bytes");
	shows(1, PLD_HASH, 1, "01020304", "HASH: 4 bytes");
	shows(1, PLD_ATTR, 1, "02000001 408a0006 736563726574",
	      "ATTR: REPLY XAUTH_USER_PASSWORD");
}

static void version2(void **state)
{
	shows(2, PLD2_SA, 1, "0000001c 01010002 0300000c 0100000c 800e0100"
			     "00000008 0400001f",
	      "SA: #1 ISAKMP: ENCR=AES_CBC-256, KE=x25519");
	shows(2, PLD2_NOTIFY, 1, "0000400401",
	      "N: NAT_DETECTION_SOURCE_IP (1 bytes)");
	shows(2, PLD2_TSI, 1, "01000000 07060010 00500050 c0000200 c00002ff",
	      "TSi: 192.0.2.0-192.0.2.255 proto 6 ports 80-80");
	shows(2, PLD2_IDI, 1, "02000000 6777", "IDi: FQDN \"gw\"");
	shows(2, PLD2_DELETE, 1, "01000000", "D: ISAKMP");
	shows(2, PLD2_CP, 1, "01000000 00010000",
	      "CP: REQUEST INTERNAL_IP4_ADDRESS");
	shows(2, PLD2_VID, 1, "4a131c81070358455c5728f20e95452f",
	      "V: RFC 3947");
}

/* However much the peer sends, a line stays a line. */
static void long_ones(void **state)
{
	static char body[4096], want[2048];
	size_t n;

	n = (size_t)snprintf(body, sizeof(body), "0b000000");
	memset(body + n, 'a', 2000);
	n = (size_t)snprintf(want, sizeof(want), "ID: KEY_ID ");
	memset(want + n, 'a', 200);
	snprintf(want + n + 200, 4, "...");
	shows(1, PLD_ID, 1, body, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version1),
		cmocka_unit_test(no_secrets),
		cmocka_unit_test(version2),
		cmocka_unit_test(long_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
