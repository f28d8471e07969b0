/* SPDX-License-Identifier: BSD-2-Clause */
/* Host names: the table, and the process that looks them up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "ike/daemon/load.h"
#include "ike/daemon/loop.h"
#include "ike/daemon/resolver.h"
#include "ike/daemon/source.h"

static void table(void **state)
{
	struct names ns = { 0 };
	char text[32];

	assert_ptr_equal(names_get(&ns, "a.example"), names_get(&ns,
								"a.example"));
	assert_int_equal(ns.n, 1);
	assert_int_equal(names_wanted(&ns), 1);
	for (int i = 0; i < NAMES_MAX - 1; i++) {
		snprintf(text, sizeof(text), "n%d.example", i);
		assert_non_null(names_get(&ns, text));
	}
	assert_null(names_get(&ns, "one.too.many"));
	assert_string_equal(names_get(&ns, "n4000.example")->text,
			    "n4000.example");
	names_free(&ns);
	assert_int_equal(ns.n, 0);
}

static void looked_up(void **state)
{
	struct names ns = { 0 };

	names_get(&ns, "192.0.2.7");
	names_get(&ns, "2001:db8::7");
	assert_int_equal(resolver_run(&ns), 0);
	assert_int_equal(names_wanted(&ns), 0);
	assert_int_equal(names_get(&ns, "192.0.2.7")->state, NAME_FOUND);
	assert_int_equal(names_get(&ns, "192.0.2.7")->addr.family, AF_INET);
	assert_int_equal(names_get(&ns, "2001:db8::7")->addr.b[15], 7);
	names_free(&ns);
}

/* Who is asked too late has failed; and nothing of the process is left. */
static void given_up(void **state)
{
	struct names ns = { 0 };
	struct resolver r;

	names_get(&ns, "name.invalid");
	assert_int_equal(resolver_start(&r, &ns), 0);
	assert_true(r.fd >= 0);
	assert_true(resolver_read(&r, r.until));
	resolver_end(&r);
	assert_int_equal(r.fd, -1);
	assert_int_equal(names_wanted(&ns), 0);
	assert_int_equal(names_get(&ns, "name.invalid")->state, NAME_FAILED);
	assert_true(waitpid(-1, NULL, WNOHANG) < 0);
	resolver_end(&r);
	names_free(&ns);
}

static const char conf[] =
	"remote gw.example { exchange_mode main; proposal { "
	"encryption_algorithm aes; hash_algorithm sha256; "
	"authentication_method pre_shared_key; dh_group 14; } }\n";

static unsigned int remotes(struct names *ns, unsigned int *warnings)
{
	struct source src = { .read = source_recorded, .names = ns };
	struct diag *d = diag_new();
	struct load l;
	unsigned int n = 0;

	assert_non_null(d);
	assert_int_equal(load_mem("c", conf, sizeof(conf) - 1,
				  LOAD_RESOLVE | LOAD_PRELOADED, &src, NULL, d,
				  &l), 0);
	for (const struct diag_entry *e = diag_first(d); e; e = e->next)
		if (strstr(e->text, "getaddrinfo(gw.example)"))
			++*warnings;
	n = ike_conf_nremote(l.conf);
	load_free(&l);
	diag_free(d);
	return n;
}

/* The loader never waits: it notes the name, and takes what was found. */
static void loader_asks(void **state)
{
	struct names ns = { 0 };
	unsigned int warnings = 0;

	assert_int_equal(remotes(&ns, &warnings), 0);
	assert_int_equal(warnings, 0);
	assert_int_equal(names_wanted(&ns), 1);
	names_get(&ns, "gw.example")->state = NAME_FAILED;
	assert_int_equal(remotes(&ns, &warnings), 0);
	assert_int_equal(warnings, 1);
	names_get(&ns, "gw.example")->state = NAME_FOUND;
	xaddr_parse("192.0.2.7", &names_get(&ns, "gw.example")->addr);
	assert_int_equal(remotes(&ns, &warnings), 1);
	assert_int_equal(warnings, 1);
	names_free(&ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(looked_up),
		cmocka_unit_test(given_up),
		cmocka_unit_test(loader_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
