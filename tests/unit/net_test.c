/* SPDX-License-Identifier: BSD-2-Clause */
/* racoon's UDP sockets: what is queued arrives, what cannot be sent is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "ike/daemon/net.h"

#define LOOPBACK "127.0.0.1"

struct ends {
	struct loop *loop;
	struct net *net;
	struct bind_req plain, natt;	/* of the two sockets of net */
	struct ike_ep peer;
	int fd;				/* the peer's */
	unsigned int failed, taken;
	int err;
	struct ike_ep failed_remote;
};

static int udp(struct ike_ep *ep)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	assert_true(fd >= 0);
	assert_int_equal(xaddr_parse(LOOPBACK, &ep->addr), 0);
	len = xaddr_to_sockaddr(&ep->addr, 0, &ss);
	assert_int_equal(bind(fd, (struct sockaddr *)&ss, len), 0);
	assert_int_equal(setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on,
				    sizeof(on)), 0);
	len = sizeof(ss);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	assert_int_equal(xaddr_from_sockaddr((struct sockaddr *)&ss, len,
					     &ep->addr, &ep->port), 0);
	return fd;
}

static void on_packet(void *arg, const struct ike_packet *p)
{
	struct ends *e = arg;

	e->taken++;
	assert_int_equal(p->len, 3);
	assert_memory_equal(p->p, "abc", 3);
	loop_stop(e->loop, 0);
}

static void on_failed(void *arg, const struct ike_ep *local,
		      const struct ike_ep *remote, int err)
{
	struct ends *e = arg;

	e->failed++;
	e->err = err;
	e->failed_remote = *remote;
}

static void add(struct ends *e, struct bind_req *b, bool natt)
{
	struct ike_ep ep = { 0 };
	int fd = udp(&ep);

	*b = (struct bind_req){ .addr = ep.addr, .port = ep.port,
				.natt = natt };
	assert_int_equal(net_add(e->net, b, fd), 0);
}

static int setup(void **state)
{
	static struct ends e;

	e = (struct ends){ 0 };
	assert_int_equal(loop_new(&e.loop), 0);
	assert_int_equal(net_new(&e.net, e.loop, on_packet, on_failed, &e), 0);
	add(&e, &e.plain, false);
	add(&e, &e.natt, true);
	e.fd = udp(&e.peer);
	*state = &e;
	return 0;
}

static int teardown(void **state)
{
	struct ends *e = *state;

	close(e->fd);
	net_free(e->net);
	loop_free(e->loop);
	return 0;
}

static struct ike_packet packet(const struct ends *e,
				const struct bind_req *from, const void *p,
				size_t len)
{
	return (struct ike_packet){
		.local = { .addr = from->addr, .port = from->port },
		.remote = e->peer, .natt = from->natt, .p = p, .len = len,
	};
}

/* The next packet that reaches the peer, from that socket. */
static void expect(const struct ends *e, const struct bind_req *from,
		   const void *p, size_t len)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof(ss);
	static uint8_t buf[65536];
	struct xaddr a;
	uint16_t port;

	assert_int_equal(recvfrom(e->fd, buf, sizeof(buf), 0,
				  (struct sockaddr *)&ss, &n), len);
	assert_memory_equal(buf, p, len);
	assert_int_equal(xaddr_from_sockaddr((struct sockaddr *)&ss, n, &a,
					     &port), 0);
	assert_int_equal(port, from->port);
}

static void expect_none(const struct ends *e)
{
	uint8_t b;

	assert_int_equal(recv(e->fd, &b, 1, 0), -1);
	assert_int_equal(errno, EAGAIN);
}

/* More than one system call takes, and their order; the bytes are copied. */
static void many(void **state)
{
	struct ends *e = *state;
	uint8_t n;

	for (n = 0; n < 100; n++) {
		struct ike_packet p = packet(e, &e->plain, &n, 1);

		net_send(e->net, &p);
	}
	assert_int_equal(net_flush(e->net), 0);
	for (n = 0; n < 100; n++)
		expect(e, &e->plain, &n, 1);
	expect_none(e);
	assert_int_equal(net_flush(e->net), 0);
	expect_none(e);
}

/* Two sockets in turn: marker and keepalive on the one for NAT-T. */
static void sockets(void **state)
{
	struct ends *e = *state;
	struct ike_packet plain = packet(e, &e->plain, "ike", 3),
			  natt = packet(e, &e->natt, "ike", 3),
			  alive = packet(e, &e->natt, "?", 1);

	alive.keepalive = true;
	net_send(e->net, &plain);
	net_send(e->net, &natt);
	net_send(e->net, &alive);
	net_send(e->net, &plain);
	assert_int_equal(net_flush(e->net), 0);
	expect(e, &e->plain, "ike", 3);
	expect(e, &e->natt, "\0\0\0\0ike", 7);
	expect(e, &e->natt, "\xff", 1);
	expect(e, &e->plain, "ike", 3);
	expect_none(e);
}

/* One that fails does not take the others along. */
static void failure(void **state)
{
	struct ends *e = *state;
	static const uint8_t large[IKE_PACKET_MAX];
	struct ike_packet ok = packet(e, &e->plain, "ok", 2), bad = ok;

	bad.p = large;
	bad.len = sizeof(large);	/* no UDP packet holds so much */
	bad.remote.port = 9;
	net_send(e->net, &ok);
	net_send(e->net, &bad);
	net_send(e->net, &ok);
	assert_int_equal(net_flush(e->net), 1);
	assert_int_equal(e->failed, 1);
	assert_int_equal(e->err, -EMSGSIZE);
	assert_int_equal(e->failed_remote.port, 9);
	expect(e, &e->plain, "ok", 2);
	expect(e, &e->plain, "ok", 2);
	expect_none(e);
	assert_int_equal(net_flush(e->net), 0);
}

static void no_socket(void **state)
{
	struct ends *e = *state;
	struct ike_packet p = packet(e, &e->plain, "?", 1);

	p.local.port = 1;
	net_send(e->net, &p);
	assert_int_equal(e->failed, 1);
	assert_int_equal(e->err, -EADDRNOTAVAIL);
	assert_int_equal(net_flush(e->net), 1);
	expect_none(e);
}

/* What comes to the socket for NAT-T without its marker is not IKE. */
static void receive(void **state)
{
	struct ends *e = *state;
	struct sockaddr_storage to;
	socklen_t len = xaddr_to_sockaddr(&e->natt.addr, e->natt.port, &to);

	assert_int_equal(sendto(e->fd, "abc", 3, 0, (struct sockaddr *)&to,
				len), 3);
	assert_int_equal(sendto(e->fd, "\0\0\0\0abc", 7, 0,
				(struct sockaddr *)&to, len), 7);
	assert_int_equal(loop_run(e->loop), 0);
	assert_int_equal(e->taken, 1);
}

/* A namespace that builds packages may have none that is up. */
static bool have_loopback(void)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up = ioctl(fd, SIOCGIFFLAGS, &ifr) == 0 &&
		  ifr.ifr_flags & IFF_UP;

	close(fd);
	return up;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(many, setup, teardown),
		cmocka_unit_test_setup_teardown(sockets, setup, teardown),
		cmocka_unit_test_setup_teardown(failure, setup, teardown),
		cmocka_unit_test_setup_teardown(no_socket, setup, teardown),
		cmocka_unit_test_setup_teardown(receive, setup, teardown),
	};

	if (!have_loopback()) {
		puts("skipped: no loopback interface");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
