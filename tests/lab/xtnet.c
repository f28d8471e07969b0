/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xtnet: the traffic that the lab tests need and no common tool gives.
 *
 *	xtnet serve tcp|udp ADDRESS PORT
 *		echo what comes; prints "ready" once bound
 *	xtnet talk tcp|udp ADDRESS PORT BYTES [COUNT [FROM]]
 *		send COUNT times BYTES of text, check the echo
 *	xtnet encap 4|6 PORT
 *		hold a UDP port that decapsulates ESP (RFC 3948); "ready" as above
 *	xtnet mark INTERFACE TEXT
 *		send one Ethernet frame of the local experimental type with TEXT
 *
 * Exit status: 0 done, 1 it did not work, 2 wrong arguments.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/xfrm.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS	10000	/* for one read; the VM is slow */
#define MAX_BYTES	65536
#define ETHERTYPE_LOCAL	0x88b5	/* IEEE 802 local experimental */

#ifndef UDP_ENCAP
#define UDP_ENCAP		100
#endif
#ifndef UDP_ENCAP_ESPINUDP
#define UDP_ENCAP_ESPINUDP	2
#endif

static int usage(void)
{
	fputs("usage: xtnet serve tcp|udp ADDRESS PORT\n"
	      "       xtnet talk tcp|udp ADDRESS PORT BYTES [COUNT [FROM]]\n"
	      "       xtnet encap 4|6 PORT\n"
	      "       xtnet mark INTERFACE TEXT\n", stderr);
	return 2;
}

static int failed(const char *what)
{
	fprintf(stderr, "xtnet: %s: %s\n", what, strerror(errno));
	return 1;
}

static void ready(void)
{
	puts("ready");
	fflush(stdout);
}

static struct addrinfo *resolve(const char *proto, const char *host,
				const char *port)
{
	struct addrinfo hints = {
		.ai_socktype = strcmp(proto, "tcp") ? SOCK_DGRAM : SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	};
	struct addrinfo *ai = NULL;
	int r = getaddrinfo(host, port, &hints, &ai);

	if (r != 0)
		fprintf(stderr, "xtnet: %s: %s\n", host, gai_strerror(r));
	return r ? NULL : ai;
}

/* A socket bound to from and connected with to, either may be NULL; or -1. */
static int sock_open(const struct addrinfo *from, const struct addrinfo *to)
{
	const struct addrinfo *any = from ? from : to;
	int fd = socket(any->ai_family, any->ai_socktype, 0), one = 1;

	if (fd < 0) {
		failed("socket");
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (any->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if ((from && bind(fd, from->ai_addr, from->ai_addrlen)) ||
	    (to && connect(fd, to->ai_addr, to->ai_addrlen))) {
		failed(to ? "connect" : "bind");
		close(fd);
		return -1;
	}
	return fd;
}

static int write_all(int fd, const char *buf, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, buf, len, MSG_NOSIGNAL);

		if (n < 0)
			return failed("send");
		buf += n;
		len -= n;
	}
	return 0;
}

static void echo_stream(int fd)
{
	static char buf[MAX_BYTES];
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		if (write_all(fd, buf, n))
			break;
	close(fd);
}

static int serve_tcp(int fd)
{
	int peer;

	if (listen(fd, 16))
		return failed("listen");
	ready();
	for (;;) {
		peer = accept(fd, NULL, NULL);
		if (peer < 0)
			return failed("accept");
		echo_stream(peer);
	}
}

static int serve_udp(int fd)
{
	static char buf[MAX_BYTES];
	struct sockaddr_storage from;
	socklen_t len;
	ssize_t n;

	ready();
	for (;;) {
		len = sizeof(from);
		n = recvfrom(fd, buf, sizeof(buf), 0, (void *)&from, &len);
		if (n < 0 && errno != ECONNREFUSED)
			return failed("recvfrom");
		/* lost answers are the asker's finding, not ours */
		if (n >= 0)
			(void)!sendto(fd, buf, n, 0, (void *)&from, len);
	}
}

/* Read exactly len bytes (one datagram on UDP) before patience ends. */
static int read_back(int fd, char *buf, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t have = 0;
	ssize_t n;

	while (have < len) {
		n = poll(&p, 1, PATIENCE_MS);
		if (n == 0) {
			errno = ETIMEDOUT;
			return failed("no echo");
		}
		n = recv(fd, buf + have, len - have, 0);
		if (n <= 0)
			return failed("recv");
		have += n;
	}
	return 0;
}

static int talk(int fd, size_t bytes, unsigned count)
{
	static char out[MAX_BYTES], in[MAX_BYTES];
	static const char text[] = "in clear text: ";
	unsigned i;
	size_t k;

	for (i = 0; i < count; i++) {
		/* readable, so that a capture shows what was not encrypted */
		for (k = 0; k < bytes; k++)
			out[k] = k % 64 < sizeof(text) - 1 ? text[k % 64] :
				 (char)('a' + (k / 64 + i) % 26);
		if (write_all(fd, out, bytes) || read_back(fd, in, bytes))
			return 1;
		if (memcmp(in, out, bytes)) {
			fputs("xtnet: the echo differs\n", stderr);
			return 1;
		}
	}
	return 0;
}

/*
 * The socket's own traffic passes in clear whatever the policies say; else a
 * policy for all packets of a peer would drop the UDP packets before anything
 * is taken out of them. IKE daemons do the same.
 */
static int bypass(int fd, int family)
{
	struct xfrm_userpolicy_info p = {
		.action = XFRM_POLICY_ALLOW,
		.sel.family = family,
	};
	int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	int option = family == AF_INET ? IP_XFRM_POLICY : IPV6_XFRM_POLICY;
	int dir;

	for (dir = XFRM_POLICY_IN; dir <= XFRM_POLICY_OUT; dir++) {
		p.dir = dir;
		if (setsockopt(fd, level, option, &p, sizeof(p)))
			return failed("policy of the socket");
	}
	return 0;
}

static int encap(int family, unsigned port)
{
	struct sockaddr_in6 a6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(port),
	};
	struct sockaddr_in a4 = {
		.sin_family = AF_INET, .sin_port = htons(port),
	};
	int fd = socket(family, SOCK_DGRAM, 0);
	int type = UDP_ENCAP_ESPINUDP, one = 1, r;

	if (fd < 0)
		return failed("socket");
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	r = family == AF_INET ? bind(fd, (void *)&a4, sizeof(a4)) :
				bind(fd, (void *)&a6, sizeof(a6));
	if (r || setsockopt(fd, IPPROTO_UDP, UDP_ENCAP, &type, sizeof(type)))
		return failed("UDP encapsulation");
	if (bypass(fd, family))
		return 1;
	ready();
	for (;;)
		pause();
}

static int mark(const char *interface, const char *text)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETHERTYPE_LOCAL),
		.sll_ifindex = if_nametoindex(interface),
		.sll_halen = 6,
		.sll_addr = { 0x02, 0, 0, 0, 0, 0x01 },
	};
	int fd = socket(AF_PACKET, SOCK_DGRAM, 0);
	int r = 0;

	if (fd < 0 || to.sll_ifindex == 0 ||
	    sendto(fd, text, strlen(text), 0, (void *)&to, sizeof(to)) < 0)
		r = failed(interface);
	if (fd >= 0)
		close(fd);
	return r;
}

static int run_serve(char **argv)
{
	struct addrinfo *from = resolve(argv[2], argv[3], argv[4]);
	int fd = from ? sock_open(from, NULL) : -1;

	if (from)
		freeaddrinfo(from);
	if (fd < 0)
		return 1;
	return strcmp(argv[2], "tcp") ? serve_udp(fd) : serve_tcp(fd);
}

static int run_talk(int argc, char **argv)
{
	unsigned long bytes = strtoul(argv[5], NULL, 10);
	unsigned long count = argc > 6 ? strtoul(argv[6], NULL, 10) : 1;
	struct addrinfo *to = resolve(argv[2], argv[3], argv[4]), *from = NULL;
	int fd = -1, r = 1;

	if (bytes == 0 || bytes > MAX_BYTES) {
		r = usage();
		goto out;
	}
	if (argc > 7)
		from = resolve(argv[2], argv[7], "0");
	if (to == NULL || (argc > 7 && from == NULL))
		goto out;
	fd = sock_open(from, to);
	if (fd >= 0)
		r = talk(fd, bytes, count);
out:
	if (fd >= 0)
		close(fd);
	if (from)
		freeaddrinfo(from);
	if (to)
		freeaddrinfo(to);
	return r;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage();
	if (argc > 2 && strcmp(argv[2], "tcp") && strcmp(argv[2], "udp") &&
	    (!strcmp(argv[1], "serve") || !strcmp(argv[1], "talk")))
		return usage();
	if (!strcmp(argv[1], "serve") && argc == 5)
		return run_serve(argv);
	if (!strcmp(argv[1], "talk") && argc >= 6 && argc <= 8)
		return run_talk(argc, argv);
	if (!strcmp(argv[1], "encap") && argc == 4)
		return encap(strcmp(argv[2], "6") ? AF_INET : AF_INET6,
			     strtoul(argv[3], NULL, 10));
	if (!strcmp(argv[1], "mark") && argc == 4)
		return mark(argv[2], argv[3]);
	return usage();
}
