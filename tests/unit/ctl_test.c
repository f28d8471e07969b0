/* SPDX-License-Identifier: BSD-2-Clause */
/* How racoonctl talks to the admin socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "ike/ctl/args.h"
#include "ike/ctl/conn.h"
#include "libxfrm/base/err.h"

static char dir[] = "/tmp/racoon-ctl-XXXXXX", path[64];
static int lfd = -1;

/* A daemon that is stopped: its socket takes a few connections, no more. */
static int begin(void **state)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/sock", dir);
	memcpy(sun.sun_path, path, strlen(path));
	lfd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return bind(lfd, (const struct sockaddr *)&sun, sizeof(sun)) ||
	       listen(lfd, 1);
}

static int end(void **state)
{
	close(lfd);
	unlink(path);
	return rmdir(dir);
}

/* Nobody answers: that is said in the end, by whatever step it was. */
static void patience_ends(void **state)
{
	struct conn_reply rep;
	int fd, more[8], n = 0, r = 0;

	assert_int_equal(conn_open(path, 1, &fd), 0);
	assert_int_equal(conn_request(fd, CTL_STATUS, 0, NULL, 0), 0);
	assert_int_equal(conn_reply(fd, &rep), -EAGAIN);
	while (n < 8 && (r = conn_open(path, 1, &more[n])) == 0)
		n++;
	assert_int_equal(r, -EAGAIN);
	while (n > 0)
		close(more[--n]);
	close(fd);
}

/* A daemon that has too many connections closes one more, at any time. */
static void closed_at_once(void **state)
{
	struct conn_reply rep;
	int fd, peer;

	assert_int_equal(conn_open(path, 1, &fd), 0);
	peer = accept(lfd, NULL, NULL);
	assert_true(peer >= 0);
	close(peer);
	assert_int_equal(conn_request(fd, CTL_STATUS, 0, NULL, 0), XE_CLOSED);
	close(fd);
	assert_int_equal(conn_open(path, 1, &fd), 0);
	peer = accept(lfd, NULL, NULL);
	assert_true(peer >= 0);
	assert_int_equal(conn_request(fd, CTL_STATUS, 0, NULL, 0), 0);
	close(peer);	/* unread: the client sees a reset */
	assert_int_equal(conn_reply(fd, &rep), XE_CLOSED);
	close(fd);
}

static void path_too_long(void **state)
{
	char name[300];
	int fd;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(conn_open(name, 1, &fd), -ENAMETOOLONG);
	assert_int_equal(fd, -1);
}

/* An SA is of one protocol: "ipsec" must not delete an IKE SA. */
static void sa_protocols(void **state)
{
	static char *const good[] = { "isakmp", "esp", "ah" };
	static char *const bad[] = { "ipsec", "internal", "ipcomp", "" };
	struct args a;
	uint16_t proto;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		a = (struct args){ .argc = 1, .argv = &good[i] };
		assert_int_equal(args_sa_proto(&a, &proto), 0);
		assert_int_equal(a.argc, 0);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		a = (struct args){ .argc = 1, .argv = &bad[i] };
		assert_int_equal(args_sa_proto(&a, &proto), -1);
		assert_string_equal(a.word, bad[i]);
	}
	a = (struct args){ 0 };
	assert_int_equal(args_sa_proto(&a, &proto), -1);
}

/* A gateway whose name has addresses of both families is IPv4. */
static void gateway_family(void **state)
{
	char *v4[] = { (char *)"localhost" }, *v6[] = { (char *)"::1" };
	struct args a = { .argc = 1, .argv = v4 };
	struct ctl_index idx;

	if (args_gateway(&a, &idx) == 0) {
		assert_int_equal(idx.dst.ss_family, AF_INET);
		assert_int_equal(idx.dst_prefix, 32);
	}
	a = (struct args){ .argc = 1, .argv = v6 };
	if (args_gateway(&a, &idx) == 0)
		assert_int_equal(idx.dst.ss_family, AF_INET6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closed_at_once),
		cmocka_unit_test(patience_ends),
		cmocka_unit_test(path_too_long),
		cmocka_unit_test(sa_protocols),
		cmocka_unit_test(gateway_family),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
