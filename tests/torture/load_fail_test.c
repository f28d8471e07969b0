/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every allocation of loading and printing a racoon.conf is made to fail
 * once: the answer is -ENOMEM, or a load that is as good as the whole one, and
 * nothing leaks or crashes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike/daemon/effective.h"
#include "ike/daemon/load.h"
#include "libxfrm/base/err.h"
#include "tests/torture/failmalloc.h"

static const char conf[] =
	"path pre_shared_key \"/nonexistent/psk.txt\";\n"
	"path certificate \"/nonexistent\";\n"
	"listen { isakmp 192.0.2.1; adminsock \"/run/r.sock\" \"0\" \"0\" 0600; }\n"
	"mode_cfg { network4 10.9.0.1; dns4 10.0.0.1; banner \"/etc/motd\";\n"
	"split_network include 10.0.0.0/8; split_dns \"x.example\";\n"
	"auth_groups \"a\", \"b\"; }\n"
	"ldapcfg { host \"h\"; bind_pw \"pw\"; }\n"
	"radiuscfg { auth \"h\" \"s\"; }\n"
	"remote anonymous { exchange_mode main; my_identifier fqdn \"a\";\n"
	"peers_identifier asn1dn \"C=DE, CN=*\"; verify_identifier on;\n"
	"peers_identifier keyid tag \"k\"; xauth_login \"u\";\n"
	"script \"/x\" phase1_up; lifetime time 1 hour;\n"
	"proposal { encryption_algorithm aes 256; hash_algorithm sha256;\n"
	"authentication_method pre_shared_key; dh_group 14; }\n"
	"proposal { encryption_algorithm 3des; hash_algorithm md5;\n"
	"authentication_method rsasig; dh_group 2; } }\n"
	"remote 192.0.2.7 inherit anonymous { passive on;\n"
	"certificate_type x509 \"a.pem\" \"a.key\"; ca_type x509 \"c.pem\"; }\n"
	"remote \"n\" inherit anonymous { remote_address 2001:db8::1;\n"
	"certificate_type plain_rsa \"own\";\n"
	"peers_certfile plain_rsa \"p\"; }\n"
	"sainfo address 10.0.0.0/8 any address 10.1.0.0-10.1.0.9 any\n"
	"from user_fqdn \"u@x\" { remoteid 1; pfs_group 14;\n"
	"encryption_algorithm aes 256, aes_gcm; }\n"
	"sainfo anonymous group \"g\" { encryption_algorithm aes;\n"
	"authentication_algorithm hmac_sha256;\n"
	"compression_algorithm deflate; }\n";

/* Loads and prints; 0 and *out, or the error. */
static int once(struct wbuf *out)
{
	struct diag *d = diag_new();
	struct load l = { 0 };
	int r = -ENOMEM;

	wbuf_init(out, 1 << 20);
	if (d)
		r = load_mem("conf", conf, sizeof(conf) - 1, LOAD_FILES, NULL, NULL,
			     d, &l);
	if (!r)
		r = conf_effective(&l, out);
	load_free(&l);
	diag_free(d);
	return r;
}

static void every_allocation(void **state)
{
	struct wbuf whole, w;
	unsigned long n;
	bool failed;
	int r;

	assert_int_equal(once(&whole), 0);
	for (n = 1;; n++) {
		fail_nth(n);
		r = once(&w);
		failed = fail_done();
		if (!r) {
			assert_int_equal(w.len, whole.len);
			assert_memory_equal(w.p, whole.p, w.len);
		} else if (r != -ENOMEM) {
			fail_msg("allocation %lu: %s", n, xe_str(r));
		}
		wbuf_free(&w);
		if (!failed)
			break;
	}
	assert_true(n > 40);
	wbuf_free(&whole);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
