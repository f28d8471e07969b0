/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of PF_KEY messages: good ones, and every way to cut them short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/pfkeyv2.h>
#include <netinet/in.h>
#include <cmocka.h>

#include "libxfrm/base/err.h"
#include "setkey/pfkey.h"

static uint8_t key[16] = { 0x61, 0x62, 0x63, 0x64 };

static void put_address(struct wbuf *w, uint16_t type, const char *a)
{
	struct sadb_address h = { .sadb_address_len = 3,
				  .sadb_address_exttype = type,
				  .sadb_address_proto = 255,
				  .sadb_address_prefixlen = 32 };
	struct sockaddr_in sin = { .sin_family = AF_INET };

	inet_pton(AF_INET, a, &sin.sin_addr);
	wbuf_put(w, &h, sizeof(h));
	wbuf_put(w, &sin, sizeof(sin));
}

static void put_head(struct wbuf *w, uint8_t type, size_t body)
{
	struct sadb_msg h = { .sadb_msg_version = PF_KEY_V2,
			      .sadb_msg_type = type,
			      .sadb_msg_satype = SADB_SATYPE_ESP,
			      .sadb_msg_len = (uint16_t)(2 + body / 8),
			      .sadb_msg_seq = 3, .sadb_msg_pid = 21255 };

	wbuf_put(w, &h, sizeof(h));
}

/* An SA as SADB_DUMP gives it. */
static void sa_message(struct wbuf *w)
{
	struct sadb_sa sa = { .sadb_sa_len = 2, .sadb_sa_exttype = SADB_EXT_SA,
			      .sadb_sa_spi = htonl(4097),
			      .sadb_sa_replay = 8,
			      .sadb_sa_state = SADB_SASTATE_DYING,
			      .sadb_sa_encrypt = SADB_X_EALG_AESCBC };
	struct sadb_x_sa2 sa2 = { .sadb_x_sa2_len = 2,
				  .sadb_x_sa2_exttype = SADB_X_EXT_SA2,
				  .sadb_x_sa2_mode = 2,
				  .sadb_x_sa2_reqid = 5 };
	struct sadb_key k = { .sadb_key_len = 3,
			      .sadb_key_exttype = SADB_EXT_KEY_ENCRYPT,
			      .sadb_key_bits = 128 };

	put_head(w, SADB_DUMP, sizeof(sa) + sizeof(sa2) + 24 + 2 * 24);
	wbuf_put(w, &sa, sizeof(sa));
	put_address(w, SADB_EXT_ADDRESS_SRC, "192.0.2.1");
	put_address(w, SADB_EXT_ADDRESS_DST, "192.0.2.2");
	wbuf_put(w, &k, sizeof(k));
	wbuf_put(w, key, sizeof(key));
	wbuf_put(w, &sa2, sizeof(sa2));
}

static void shows_sa(void **state)
{
	static const struct show show = { .now = 1, .pid = 1 };
	struct pfkey_msg m;
	struct wbuf w;
	struct out o;
	struct cur c;

	wbuf_init(&w, 4096);
	sa_message(&w);
	c = wbuf_cur(&w);
	assert_int_equal(pfkey_next(&c, &m), 1);
	out_init(&o, -1);
	pfkey_show(&o, &show, &m);
	assert_non_null(strstr(wbuf_str(&o.w),
		"192.0.2.1 192.0.2.2 \n"
		"\tesp mode=tunnel spi=4097(0x00001001) "
		"reqid=5(0x00000005)\n"
		"\tE: aes-cbc  61626364 00000000 00000000 00000000\n"
		"\tseq=0x00000000 replay=8 flags=0x00000000 state=dying \n"));
	assert_non_null(strstr(wbuf_str(&o.w),
			       "\tsadb_seq=3 pid=21255 refcnt=0\n"));
	assert_int_equal(pfkey_next(&c, &m), 0);
	out_close(&o);
	wbuf_free(&w);
}

static void shows_policy(void **state)
{
	struct sadb_x_policy p = {
		.sadb_x_policy_len = 8,
		.sadb_x_policy_exttype = SADB_X_EXT_POLICY,
		.sadb_x_policy_type = 2, .sadb_x_policy_dir = 2,
		.sadb_x_policy_id = 9, .sadb_x_policy_priority = 0x80000000,
	};
	struct sadb_x_ipsecrequest q = {
		.sadb_x_ipsecrequest_len = sizeof(q) + 32,
		.sadb_x_ipsecrequest_proto = IPPROTO_ESP,
		.sadb_x_ipsecrequest_mode = 2,
		.sadb_x_ipsecrequest_level = 3,
		.sadb_x_ipsecrequest_reqid = 7,
	};
	static const struct show show = { .now = 1, .pid = 1 };
	struct sockaddr_in end = { .sin_family = AF_INET };
	struct pfkey_msg m;
	struct wbuf w;
	struct out o;
	struct cur c;

	wbuf_init(&w, 4096);
	put_head(&w, SADB_X_SPDDUMP, 64 + 48);
	put_address(&w, SADB_EXT_ADDRESS_SRC, "10.0.0.1");
	put_address(&w, SADB_EXT_ADDRESS_DST, "10.0.1.0");
	wbuf_put(&w, &p, sizeof(p));
	wbuf_put(&w, &q, sizeof(q));
	end.sin_addr.s_addr = htonl(0xc0000201);
	wbuf_put(&w, &end, sizeof(end));
	end.sin_addr.s_addr = htonl(0xc0000202);
	wbuf_put(&w, &end, sizeof(end));
	c = wbuf_cur(&w);
	assert_int_equal(pfkey_next(&c, &m), 1);
	out_init(&o, -1);
	pfkey_show(&o, &show, &m);
	assert_non_null(strstr(wbuf_str(&o.w),
		"10.0.0.1[any] 10.0.1.0[any] 255\n"
		"\tout prio def ipsec\n"
		"\tesp/tunnel/192.0.2.1-192.0.2.2/unique:7\n"));
	out_close(&o);
	wbuf_free(&w);
}

/* Cut anywhere, or with any byte changed, it is refused or understood. */
static void broken(void **state)
{
	static const struct show show = { .now = 1, .pid = 1 };
	struct pfkey_msg m;
	struct wbuf w;
	struct out o;
	struct cur c;
	uint8_t *copy;
	size_t i;
	int r, bit;

	wbuf_init(&w, 4096);
	sa_message(&w);
	for (i = 1; i < w.len; i++) {
		copy = malloc(i); /* exact size: overruns are seen by ASan */
		assert_non_null(copy);
		memcpy(copy, w.p, i);
		c = cur_init(copy, i);
		assert_in_set(pfkey_next(&c, &m),
			      ((const uintmax_t[]){ (uintmax_t)XE_TRUNC }), 1);
		free(copy);
	}
	for (i = 0; i < w.len; i++) {
		for (bit = 0; bit < 8; bit++) {
			copy = malloc(w.len);
			assert_non_null(copy);
			memcpy(copy, w.p, w.len);
			copy[i] ^= (uint8_t)(1 << bit);
			c = cur_init(copy, w.len);
			out_init(&o, -1);
			while ((r = pfkey_next(&c, &m)) > 0)
				pfkey_show(&o, &show, &m);
			assert_true(r == 0 || r <= XE_BASE);
			out_close(&o);
			free(copy);
		}
	}
	wbuf_free(&w);
}

static void not_pfkey(void **state)
{
	static const char text[] = "spdadd 10.0.0.1 10.0.0.2 any -P out none;";
	struct cur c = cur_init(text, sizeof(text));
	struct pfkey_msg m;

	assert_int_equal(pfkey_next(&c, &m), XE_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_sa),
		cmocka_unit_test(shows_policy),
		cmocka_unit_test(broken),
		cmocka_unit_test(not_pfkey),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
