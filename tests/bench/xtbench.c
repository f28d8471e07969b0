/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xtbench: what tests/bench/setkey measures with.
 *
 *	xtbench setkey|ip KIND COUNT
 *		print COUNT statements of setkey(8), or lines for ip -batch
 *	xtbench messages KIND COUNT
 *		write the same as netlink messages
 *	xtbench send FILE
 *		send such messages as fast as the kernel takes them
 *	xtbench time COMMAND [ARG ...]
 *		run it with its output thrown away; print seconds of wall
 *		clock and the peak of its memory in KiB
 *
 * KIND: sa (ESP, AES-CBC and HMAC-SHA-1, one peer each), policy (host to host,
 * out, tunnel), subnet (likewise, /24 to /24).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_COUNT	1000000
#define BURST		16384	/* bytes a send; more is not faster */
#define KEY_ENC		"0x000102030405060708090a0b0c0d0e0f"
#define KEY_AUTH	"0x000102030405060708090a0b0c0d0e0f10111213"

enum kind { SA, POLICY, SUBNET };

static int failed(const char *what)
{
	fprintf(stderr, "xtbench: %s: %s\n", what, strerror(errno));
	return 1;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* ---- what entry i is, once for text and messages ------------------------- */

/* Addresses in host order. */
#define GATE_A	0xc0000201u	/* 192.0.2.1 */
#define GATE_B	0xc6336401u	/* 198.51.100.1 */

static uint32_t entry_src(enum kind kind, uint32_t i)
{
	switch (kind) {
	case SA:
		return GATE_A;
	case POLICY:
		return 0xac100000u;			/* 172.16.0.0 */
	case SUBNET:
		return 0xac100000u + ((i >> 16) << 8);	/* 172.16.N.0/24 */
	}
	return 0;
}

static uint32_t entry_dst(enum kind kind, uint32_t i)
{
	/* 10.x.y.z, and 10.x.y.0/24 */
	return 0x0a000000u + (kind == SUBNET ? (i & 0xffff) << 8 : i + 1);
}

static const char *dotted(uint32_t a)
{
	static char text[4][INET_ADDRSTRLEN];
	static unsigned turn;
	char *out = text[turn++ % 4];
	struct in_addr in = { .s_addr = htonl(a) };

	inet_ntop(AF_INET, &in, out, INET_ADDRSTRLEN);
	return out;
}

static void print_setkey(enum kind kind, uint32_t i)
{
	const char *src = dotted(entry_src(kind, i));
	const char *dst = dotted(entry_dst(kind, i));
	const char *len = kind == SUBNET ? "/24" : "";

	if (kind == SA)
		printf("add %s %s esp 0x%x -u %u -E aes-cbc %s "
		       "-A hmac-sha1 %s;\n", src, dst, 0x1000 + i, i + 1,
		       KEY_ENC, KEY_AUTH);
	else
		printf("spdadd %s%s %s%s any -P out ipsec "
		       "esp/tunnel/%s-%s/require;\n", src, len, dst, len,
		       dotted(GATE_A), dotted(GATE_B));
}

static void print_ip(enum kind kind, uint32_t i)
{
	const char *src = dotted(entry_src(kind, i));
	const char *dst = dotted(entry_dst(kind, i));
	const char *len = kind == SUBNET ? "/24" : "";

	if (kind == SA)
		printf("xfrm state add src %s dst %s proto esp spi 0x%x "
		       "reqid %u mode transport enc cbc(aes) %s "
		       "auth-trunc hmac(sha1) %s 96\n", src, dst, 0x1000 + i,
		       i + 1, KEY_ENC, KEY_AUTH);
	else
		printf("xfrm policy add src %s%s dst %s%s dir out "
		       "priority 2147483648 tmpl src %s dst %s proto esp "
		       "mode tunnel\n", src, len, dst, len, dotted(GATE_A),
		       dotted(GATE_B));
}

/* ---- messages ------------------------------------------------------------ */

struct messages {
	char *buf;
	size_t len, cap;
};

/* Room for len bytes, zeroed; the messages are at most 1 KiB each. */
static void *msg_room(struct messages *m, size_t len)
{
	void *p;

	if (m->len + NLMSG_ALIGN(len) > m->cap) {
		m->cap = m->cap ? m->cap * 2 : 1 << 20;
		m->buf = realloc(m->buf, m->cap);
		if (m->buf == NULL) {
			failed("memory");
			exit(1);
		}
	}
	p = m->buf + m->len;
	memset(p, 0, NLMSG_ALIGN(len));
	m->len += NLMSG_ALIGN(len);
	return p;
}

static void msg_attr(struct messages *m, uint16_t type, const void *data,
		     size_t len)
{
	char *p = msg_room(m, NLA_HDRLEN + len);
	struct nlattr nla = { .nla_type = type, .nla_len = NLA_HDRLEN + len };

	memcpy(p, &nla, sizeof(nla));
	memcpy(p + NLA_HDRLEN, data, len);
}

static void build_sa(struct messages *m, uint32_t i)
{
	struct xfrm_usersa_info sa = {
		.saddr.a4 = htonl(entry_src(SA, i)),
		.id.daddr.a4 = htonl(entry_dst(SA, i)),
		.id.spi = htonl(0x1000 + i),
		.id.proto = IPPROTO_ESP,
		.reqid = i + 1,
		.family = AF_INET,
		.mode = XFRM_MODE_TRANSPORT,
		.sel.family = AF_INET,
		.lft.soft_byte_limit = XFRM_INF,
		.lft.hard_byte_limit = XFRM_INF,
		.lft.soft_packet_limit = XFRM_INF,
		.lft.hard_packet_limit = XFRM_INF,
	};
	char enc[sizeof(struct xfrm_algo) + 16] = "cbc(aes)";
	char auth[sizeof(struct xfrm_algo_auth) + 20] = "hmac(sha1)";
	unsigned k;

	memcpy(msg_room(m, sizeof(sa)), &sa, sizeof(sa));
	for (k = 0; k < 20; k++) {
		auth[sizeof(struct xfrm_algo_auth) + k] = k;
		if (k < 16)
			enc[sizeof(struct xfrm_algo) + k] = k;
	}
	((struct xfrm_algo *)enc)->alg_key_len = 128;
	((struct xfrm_algo_auth *)auth)->alg_key_len = 160;
	((struct xfrm_algo_auth *)auth)->alg_trunc_len = 96;
	msg_attr(m, XFRMA_ALG_AUTH_TRUNC, auth, sizeof(auth));
	msg_attr(m, XFRMA_ALG_CRYPT, enc, sizeof(enc));
}

static void build_policy(struct messages *m, enum kind kind, uint32_t i)
{
	unsigned len = kind == SUBNET ? 24 : 32;
	struct xfrm_userpolicy_info p = {
		.sel = {
			.family = AF_INET,
			.saddr.a4 = htonl(entry_src(kind, i)),
			.daddr.a4 = htonl(entry_dst(kind, i)),
			.prefixlen_s = len,
			.prefixlen_d = len,
		},
		.priority = 0x80000000u,
		.dir = XFRM_POLICY_OUT,
		.action = XFRM_POLICY_ALLOW,
		.share = XFRM_SHARE_ANY,
		.lft.soft_byte_limit = XFRM_INF,
		.lft.hard_byte_limit = XFRM_INF,
		.lft.soft_packet_limit = XFRM_INF,
		.lft.hard_packet_limit = XFRM_INF,
	};
	struct xfrm_user_tmpl t = {
		.id = { .proto = IPPROTO_ESP, .daddr.a4 = htonl(GATE_B) },
		.saddr.a4 = htonl(GATE_A),
		.family = AF_INET,
		.mode = XFRM_MODE_TUNNEL,
		.aalgos = ~0u, .ealgos = ~0u, .calgos = ~0u,
	};

	memcpy(msg_room(m, sizeof(p)), &p, sizeof(p));
	msg_attr(m, XFRMA_TMPL, &t, sizeof(t));
}

static void build(struct messages *m, enum kind kind, uint32_t i)
{
	struct nlmsghdr h = {
		.nlmsg_type = kind == SA ? XFRM_MSG_NEWSA : XFRM_MSG_NEWPOLICY,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL,
		.nlmsg_seq = i + 1,
	};
	size_t start = m->len;

	msg_room(m, sizeof(h));
	if (kind == SA)
		build_sa(m, i);
	else
		build_policy(m, kind, i);
	h.nlmsg_len = m->len - start;
	memcpy(m->buf + start, &h, sizeof(h));
}

/* ---- replay -------------------------------------------------------------- */

/* Wait for the answer to the last message of a burst; 0 if all went well. */
static int await_ack(int fd, uint32_t seq)
{
	char buf[32768];
	struct nlmsghdr *h;
	struct nlmsgerr *e;
	ssize_t n;

	for (;;) {
		n = recv(fd, buf, sizeof(buf), 0);
		if (n < 0)
			return failed("recv");
		for (h = (void *)buf; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_type != NLMSG_ERROR)
				continue;
			e = NLMSG_DATA(h);
			if (e->error) {
				errno = -e->error;
				return failed("the kernel");
			}
			if (h->nlmsg_seq == seq)
				return 0;
		}
	}
}

/*
 * Bursts of whole messages, an acknowledgement for the last one of each only:
 * errors come in any case.
 */
static int replay(int fd, struct messages *m)
{
	struct nlmsghdr h, *last;
	size_t at = 0, end;

	while (at < m->len) {
		last = NULL;
		for (end = at; end < m->len; end += NLMSG_ALIGN(h.nlmsg_len)) {
			memcpy(&h, m->buf + end, sizeof(h));
			if (last && end + h.nlmsg_len - at > BURST)
				break;
			last = (void *)(m->buf + end);
		}
		last->nlmsg_flags |= NLM_F_ACK;
		if (send(fd, m->buf + at, end - at, 0) < 0)
			return failed("send");
		if (await_ack(fd, last->nlmsg_seq))
			return 1;
		at = end;
	}
	return 0;
}

/* The thresholds that put /24 policies into hash tables. */
static void build_thresholds(struct messages *m)
{
	struct xfrmu_spdhthresh t = { .lbits = 24, .rbits = 24 };
	struct nlmsghdr h = {
		.nlmsg_type = XFRM_MSG_NEWSPDINFO,
		.nlmsg_flags = NLM_F_REQUEST,
	};
	size_t start = m->len;

	msg_room(m, sizeof(h));
	msg_room(m, sizeof(uint32_t));
	msg_attr(m, XFRMA_SPD_IPV4_HTHRESH, &t, sizeof(t));
	h.nlmsg_len = m->len - start;
	memcpy(m->buf + start, &h, sizeof(h));
}

static int run_messages(enum kind kind, uint32_t count)
{
	struct messages m = { 0 };
	uint32_t i;
	size_t n;

	if (kind == SUBNET)
		build_thresholds(&m);
	for (i = 0; i < count; i++)
		build(&m, kind, i);
	n = fwrite(m.buf, 1, m.len, stdout);
	free(m.buf);
	return n != m.len || fflush(stdout) ? failed("stdout") : 0;
}

static int read_messages(const char *path, struct messages *m)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	ssize_t n = 1;

	if (fd < 0 || fstat(fd, &st) < 0)
		return failed(path);
	m->cap = (size_t)st.st_size;
	m->buf = malloc(m->cap ? m->cap : 1);
	if (m->buf == NULL)
		return failed("memory");
	for (; m->len < m->cap && n > 0; m->len += n > 0 ? (size_t)n : 0)
		n = read(fd, m->buf + m->len, m->cap - m->len);
	close(fd);
	return n < 0 ? failed(path) : 0;
}

static int run_send(const char *path)
{
	struct messages m = { 0 };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_XFRM), one = 1, r;
	int size = 4 << 20;

	if (fd < 0)
		return failed("netlink");
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	r = read_messages(path, &m);
	if (r == 0)
		r = replay(fd, &m);
	free(m.buf);
	close(fd);
	return r;
}

/* ---- time ---------------------------------------------------------------- */

static int run_time(char **argv)
{
	struct rusage use;
	double start = now();
	int status, fd;
	pid_t pid = fork();

	if (pid < 0)
		return failed("fork");
	if (pid == 0) {
		fd = open("/dev/null", O_WRONLY);
		if (fd >= 0)
			dup2(fd, STDOUT_FILENO);
		execvp(argv[0], argv);
		failed(argv[0]);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &use) < 0)
		return failed("wait4");
	printf("%.4f %ld\n", now() - start, use.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int usage(void)
{
	fputs("usage: xtbench setkey|ip|messages sa|policy|subnet COUNT\n"
	      "       xtbench send FILE\n"
	      "       xtbench time COMMAND [ARG ...]\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static const char *const kinds[] = { "sa", "policy", "subnet" };
	unsigned long count, i;
	unsigned kind;

	if (argc > 2 && !strcmp(argv[1], "time"))
		return run_time(argv + 2);
	if (argc == 3 && !strcmp(argv[1], "send"))
		return run_send(argv[2]);
	if (argc != 4)
		return usage();
	for (kind = 0; kind < 3 && strcmp(argv[2], kinds[kind]); kind++)
		;
	count = strtoul(argv[3], NULL, 10);
	if (kind == 3 || count == 0 || count > MAX_COUNT)
		return usage();
	if (!strcmp(argv[1], "messages"))
		return run_messages(kind, count);
	if (strcmp(argv[1], "setkey") && strcmp(argv[1], "ip"))
		return usage();
	for (i = 0; i < count; i++) {
		if (!strcmp(argv[1], "ip"))
			print_ip(kind, i);
		else
			print_setkey(kind, i);
	}
	return fflush(stdout) ? failed("stdout") : 0;
}
