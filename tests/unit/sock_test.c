/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "libxfrm/base/err.h"
#include "libxfrm/explain.h"
#include "libxfrm/sock.h"

/*
 * The system calls of sock.c end here (ld --wrap): a kernel that refuses
 * what it is told to, and answers with the datagrams it is given.
 */
int __wrap_socket(int domain, int type, int protocol);
int __wrap_bind(int fd, const struct sockaddr *sa, socklen_t len);
int __wrap_setsockopt(int fd, int level, int opt, const void *v, socklen_t n);
int __wrap_getsockname(int fd, struct sockaddr *sa, socklen_t *len);
int __wrap_close(int fd);
ssize_t __wrap_sendto(int fd, const void *p, size_t len, int flags,
		      const struct sockaddr *sa, socklen_t salen);
ssize_t __wrap_recvfrom(int fd, void *p, size_t len, int flags,
			struct sockaddr *sa, socklen_t *salen);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);

#define FAKE_FD 77
#define QUEUE_MAX 512

static struct {
	int fail_after;		/* allocations that still succeed, -1 all */
	int socket_errno, bind_errno, send_errno;
	struct {
		uint8_t *p;
		size_t len;
		int err;	/* instead of data */
		uint32_t from;	/* netlink port of the sender */
	} queue[QUEUE_MAX];
	unsigned int head, tail;
	unsigned int sends, requests, acks_asked, open;
	uint32_t last_seq;
	int (*verdict)(uint32_t number);
	void (*answer)(uint32_t seq);
} k;

void *__wrap_malloc(size_t size)
{
	if (k.fail_after == 0)
		return NULL;
	if (k.fail_after > 0)
		k.fail_after--;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	if (k.fail_after == 0)
		return NULL;
	if (k.fail_after > 0)
		k.fail_after--;
	return __real_calloc(n, size);
}

int __wrap_socket(int domain, int type, int protocol)
{
	assert_int_equal(domain, AF_NETLINK);
	assert_int_equal(protocol, NETLINK_XFRM);
	assert_true(type & SOCK_CLOEXEC);
	if (k.socket_errno) {
		errno = k.socket_errno;
		return -1;
	}
	k.open++;
	return FAKE_FD;
}

int __wrap_bind(int fd, const struct sockaddr *sa, socklen_t len)
{
	errno = k.bind_errno;
	return k.bind_errno ? -1 : 0;
}

int __wrap_setsockopt(int fd, int level, int opt, const void *v, socklen_t n)
{
	errno = EPERM;
	return -1; /* none of them is needed */
}

int __wrap_getsockname(int fd, struct sockaddr *sa, socklen_t *len)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK, .nl_pid = 4242 };

	memcpy(sa, &nl, sizeof(nl));
	*len = sizeof(nl);
	return 0;
}

int __wrap_close(int fd)
{
	assert_int_equal(fd, FAKE_FD);
	k.open--;
	return 0;
}

static void push(const void *p, size_t len, int err, uint32_t from)
{
	assert_true(k.tail < QUEUE_MAX);
	k.queue[k.tail].p = NULL;
	if (len) {
		k.queue[k.tail].p = __real_malloc(len);
		memcpy(k.queue[k.tail].p, p, len);
	}
	k.queue[k.tail].len = len;
	k.queue[k.tail].err = err;
	k.queue[k.tail++].from = from;
}

static void push_error(uint32_t seq, int err, const char *text)
{
	struct nlmsghdr req = { .nlmsg_len = sizeof(req),
				.nlmsg_type = XFRM_MSG_NEWSA,
				.nlmsg_seq = seq };
	uint8_t buf[512];
	struct xmsg m;

	xmsg_init(&m, buf, sizeof(buf));
	xmsg_begin(&m, NLMSG_ERROR, NLM_F_CAPPED |
		   (text ? NLM_F_ACK_TLVS : 0));
	wbuf_put(&m.w, &err, sizeof(err));
	wbuf_put(&m.w, &req, sizeof(req));
	if (text)
		xmsg_put(&m, NLMSGERR_ATTR_MSG, text, strlen(text) + 1);
	xmsg_end(&m);
	xmsg_set_seq(&m, seq);
	push(m.w.p, m.w.len, 0, 0);
}

ssize_t __wrap_sendto(int fd, const void *p, size_t len, int flags,
		      const struct sockaddr *sa, socklen_t salen)
{
	struct cur c = cur_init(p, len);
	struct xmsg_view v;
	int r, err;

	if (k.send_errno == EINTR) {
		k.send_errno = 0;
		errno = EINTR;
		return -1;
	}
	if (k.send_errno) {
		errno = k.send_errno;
		return -1;
	}
	k.sends++;
	while ((r = xmsg_next(&c, &v)) > 0) {
		assert_true(v.flags & NLM_F_REQUEST);
		/* comes back in notifications: how to tell our own doing */
		assert_int_equal(v.port, 4242);
		err = k.verdict ? k.verdict(k.requests) : 0;
		k.requests++;
		k.last_seq = v.seq;
		if (v.flags & NLM_F_ACK)
			k.acks_asked++;
		if (k.answer && !err)
			k.answer(v.seq);
		if ((v.flags & NLM_F_ACK && (v.flags & NLM_F_DUMP) !=
		     NLM_F_DUMP) || err)
			push_error(v.seq, err, err ? "the words" : NULL);
	}
	assert_int_equal(r, 0);
	return (ssize_t)len;
}

ssize_t __wrap_recvfrom(int fd, void *p, size_t len, int flags,
			struct sockaddr *sa, socklen_t *salen)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK };
	size_t n;

	if (k.head == k.tail) {
		assert_true(flags & MSG_DONTWAIT); /* else it hangs */
		errno = EAGAIN;
		return -1;
	}
	if (k.queue[k.head].err) {
		errno = k.queue[k.head++].err;
		return -1;
	}
	nl.nl_pid = k.queue[k.head].from;
	memcpy(sa, &nl, sizeof(nl));
	*salen = sizeof(nl);
	n = k.queue[k.head].len;
	memcpy(p, k.queue[k.head].p, n < len ? n : len);
	free(k.queue[k.head].p);
	k.queue[k.head].p = NULL;
	k.head++;
	if (k.head == k.tail)
		k.head = k.tail = 0;
	return (ssize_t)n;
}

static int reset(void **state)
{
	while (k.head < k.tail)
		free(k.queue[k.head++].p);
	memset(&k, 0, sizeof(k));
	k.fail_after = -1;
	return 0;
}

static int all_closed(void **state)
{
	int open = (int)k.open;

	reset(state);
	return open;
}

static struct xfrm_sock *sock(void)
{
	struct xfrm_sock *s;

	assert_int_equal(xfrm_sock_open(0, &s), 0);
	assert_int_equal(xfrm_sock_port(s), 4242);
	assert_int_equal(xfrm_sock_fd(s), FAKE_FD);
	return s;
}

static struct xfrm_sa an_sa(uint32_t spi)
{
	struct xfrm_sa sa = { .proto = IPPROTO_ESP, .spi = spi };

	xaddr_parse("192.0.2.1", &sa.src);
	xaddr_parse("192.0.2.2", &sa.dst);
	return sa;
}

static void open_failures(void **state)
{
	struct xfrm_sock *s;
	struct xfrm_batch *b;
	struct xfrm_why why;
	int i;

	k.socket_errno = EPROTONOSUPPORT;
	assert_int_equal(xfrm_sock_open(0, &s), -EPROTONOSUPPORT);
	assert_null(s);
	xfrm_explain_open(-EPROTONOSUPPORT, &why);
	assert_non_null(strstr(why.hint, "xfrm_user"));
	k.socket_errno = 0;
	k.bind_errno = EPERM;
	assert_int_equal(xfrm_sock_open(XGRP_ALL, &s), -EPERM);
	assert_null(s);
	k.bind_errno = 0;
	/* each allocation in turn */
	for (i = 0; i < 2; i++) {
		k.fail_after = i;
		assert_int_equal(xfrm_sock_open(0, &s), -ENOMEM);
		assert_null(s);
	}
	k.fail_after = -1;
	s = sock();
	for (i = 0; i < 2; i++) {
		k.fail_after = i;
		assert_int_equal(xfrm_batch_new(s, NULL, NULL, &b), -ENOMEM);
		assert_null(b);
	}
	k.fail_after = 0; /* the builder's memory */
	assert_int_equal(xfrm_sock_dump_sa(s, NULL, NULL, NULL, NULL),
			 -ENOMEM);
	k.fail_after = -1;
	xfrm_batch_free(NULL);
	xfrm_sock_close(NULL);
	xfrm_sock_close(s);
}

static int refuse_all(uint32_t number)
{
	return -EEXIST;
}

static void single_request(void **state)
{
	struct xfrm_sock *s = sock();
	struct xfrm_sa sa = an_sa(1);
	struct xmsg_error e;
	struct xmsg *m;

	m = xfrm_sock_msg(s);
	xfrm_sa_build_delete(m, &sa);
	k.send_errno = EINTR; /* once */
	push_error(12345, -EINVAL, NULL); /* a stray answer */
	assert_int_equal(xfrm_sock_do(s, m, &e), 0);
	k.verdict = refuse_all;
	m = xfrm_sock_msg(s);
	xfrm_sa_build_delete(m, &sa);
	assert_int_equal(xfrm_sock_do(s, m, &e), -EEXIST);
	assert_int_equal(e.err, -EEXIST);
	assert_string_equal(e.text, "the words");
	k.send_errno = ENOBUFS;
	m = xfrm_sock_msg(s);
	xfrm_sa_build_delete(m, &sa);
	assert_int_equal(xfrm_sock_do(s, m, &e), -ENOBUFS);
	assert_int_equal(e.err, -ENOBUFS);
	/* a builder's error stays at home */
	k.send_errno = 0;
	k.sends = 0;
	m = xfrm_sock_msg(s);
	sa.enc.name = "a name longer than sixty-three bytes, which the kernel "
		"has no room for";
	xfrm_sa_build_new(m, &sa);
	assert_int_equal(xfrm_sock_do(s, m, &e), XE_RANGE);
	assert_int_equal(k.sends, 0);
	xfrm_sock_close(s);
}

static int refuse_some(uint32_t number)
{
	return number % 7 == 3 ? -EEXIST : 0;
}

static uint64_t cookies[2000];
static unsigned int ncookie;

static void note_refusal(void *arg, uint64_t cookie,
			 const struct xmsg_error *e)
{
	assert_ptr_equal(arg, &ncookie);
	assert_int_equal(e->err, -EEXIST);
	assert_string_equal(e->text, "the words");
	cookies[ncookie++] = cookie;
}

static void batch(void **state)
{
	enum { COUNT = 1000 };
	struct xfrm_sock *s = sock();
	struct xfrm_batch *b;
	struct xfrm_sa sa;
	struct xmsg *m;
	unsigned int i;

	ncookie = 0;
	k.verdict = refuse_some;
	assert_int_equal(xfrm_batch_new(s, note_refusal, &ncookie, &b), 0);
	assert_int_equal(xfrm_batch_flush(b), 0); /* nothing to do */
	for (i = 0; i < COUNT; i++) {
		m = xfrm_batch_msg(b);
		assert_non_null(m);
		sa = an_sa(i + 1);
		xfrm_sa_build_delete(m, &sa);
		assert_int_equal(xfrm_batch_add(b, 5000 + i), 0);
		if (i == 500) { /* one that cannot be built */
			m = xfrm_batch_msg(b);
			sa.enc.name = "0123456789012345678901234567890123456"
				"7890123456789012345678901234567890";
			xfrm_sa_build_new(m, &sa);
			assert_int_equal(xfrm_batch_add(b, 1), XE_RANGE);
		}
	}
	assert_int_equal(xfrm_batch_flush(b), 0);
	assert_int_equal(k.requests, COUNT);
	/* far fewer sends than requests, one acknowledgement each */
	assert_in_range(k.sends, 1, COUNT / 100);
	assert_int_equal(k.acks_asked, k.sends);
	assert_int_equal(xfrm_batch_sent(b), COUNT);
	assert_int_equal(xfrm_batch_refused(b), ncookie);
	assert_int_equal(ncookie, COUNT / 7 + 1);
	for (i = 0; i < ncookie; i++)
		assert_int_equal(cookies[i], 5003 + 7 * i);
	xfrm_batch_free(b);
	xfrm_sock_close(s);
}

static void batch_breaks(void **state)
{
	struct xfrm_sock *s = sock();
	struct xfrm_sa sa = an_sa(1);
	struct xfrm_batch *b;

	assert_int_equal(xfrm_batch_new(s, note_refusal, NULL, &b), 0);
	xfrm_sa_build_delete(xfrm_batch_msg(b), &sa);
	assert_int_equal(xfrm_batch_add(b, 1), 0);
	push(NULL, 0, ENOBUFS, 0); /* answers were lost */
	assert_int_equal(xfrm_batch_flush(b), -ENOBUFS);
	assert_null(xfrm_batch_msg(b));
	assert_int_equal(xfrm_batch_add(b, 2), -ENOBUFS);
	assert_int_equal(xfrm_batch_flush(b), -ENOBUFS);
	xfrm_batch_free(b);
	xfrm_sock_close(s);
}

/* What a dump brings: datagrams of SAs, told by these. */
static unsigned int dump_sas;
static uint16_t dump_flags;
static int dump_code, dump_apart;

static void answer_dump(uint32_t seq)
{
	uint8_t buf[4096];
	struct xfrm_sa sa;
	unsigned int i;
	struct xmsg m;

	xmsg_init(&m, buf, sizeof(buf));
	for (i = 0; i < dump_sas; i++) {
		sa = an_sa(i + 1);
		xfrm_sa_build_new(&m, &sa);
		xmsg_set_seq(&m, seq);
		xmsg_add_flags(&m, NLM_F_MULTI | dump_flags);
		if (i % 3 == 2) {
			push(buf, m.w.len, 0, 0);
			wbuf_reset(&m.w);
		}
	}
	if (dump_apart && m.w.len) {
		push(buf, m.w.len, 0, 0);
		wbuf_reset(&m.w);
	}
	xmsg_begin(&m, NLMSG_DONE, NLM_F_MULTI);
	wbuf_put(&m.w, &dump_code, sizeof(dump_code));
	xmsg_end(&m);
	xmsg_set_seq(&m, seq);
	push(buf, m.w.len, 0, 0);
}

static int count_sa(void *arg, const struct xfrm_sa *sa)
{
	unsigned int *n = arg;

	assert_int_equal(sa->spi, *n + 1);
	return ++*n == 5 && dump_sas == 6 ? -ECANCELED : 0;
}

static void dumps(void **state)
{
	struct xfrm_sock *s = sock();
	struct xmsg_error e;
	unsigned int n;

	k.answer = answer_dump;
	for (dump_apart = 0; dump_apart < 2; dump_apart++) {
		for (dump_sas = 0; dump_sas < 6; dump_sas++) {
			n = 0;
			/* someone else cannot speak for the kernel */
			push("garbage", 7, 0, 999);
			assert_int_equal(xfrm_sock_dump_sa(s, NULL, count_sa,
							   &n, &e), 0);
			assert_int_equal(n, dump_sas);
		}
	}
	dump_sas = 4;
	dump_flags = NLM_F_DUMP_INTR;
	n = 0;
	assert_int_equal(xfrm_sock_dump_sa(s, NULL, count_sa, &n, &e),
			 XE_INTR);
	dump_flags = 0;
	dump_code = -ENOENT;
	n = 0;
	assert_int_equal(xfrm_sock_dump_sa(s, NULL, count_sa, &n, &e),
			 -ENOENT);
	assert_int_equal(e.err, -ENOENT);
	dump_code = 0;
	/* the reader stops: the rest is drained, the socket stays usable */
	dump_sas = 6;
	n = 0;
	assert_int_equal(xfrm_sock_dump_sa(s, NULL, count_sa, &n, &e),
			 -ECANCELED);
	assert_int_equal(k.head, k.tail);
	dump_sas = 3;
	n = 0;
	assert_int_equal(xfrm_sock_dump_sa(s, NULL, count_sa, &n, NULL), 0);
	assert_int_equal(n, 3);
	xfrm_sock_close(s);
}

static void dump_refused_or_cut(void **state)
{
	static uint8_t big[70000];
	struct xfrm_sock *s = sock();
	struct xmsg_error e;
	unsigned int n = 0;

	k.verdict = refuse_all;
	assert_int_equal(xfrm_sock_dump_sa(s, NULL, count_sa, &n, &e),
			 -EEXIST);
	k.verdict = NULL;
	push(big, sizeof(big), 0, 0);
	assert_int_equal(xfrm_sock_dump_sa(s, NULL, count_sa, &n, &e),
			 XE_TRUNC);
	push(big, 20, 0, 0);
	assert_int_equal(xfrm_sock_dump_sa(s, NULL, count_sa, &n, &e),
			 XE_TRUNC);
	xfrm_sock_close(s);
}

static int know_less;

static int judge_probe(uint32_t number)
{
	return know_less ? -ESRCH : -ERANGE;
}

static void probes(void **state)
{
	struct xfrm_sock *s = sock();

	k.verdict = judge_probe;
	assert_int_equal(xfrm_sock_knows(s, XA_SA_DIR), 1);
	know_less = 1;
	assert_int_equal(xfrm_sock_knows(s, XA_SA_DIR), 0);
	k.send_errno = EPERM;
	assert_int_equal(xfrm_sock_knows(s, XA_SA_DIR), -EPERM);
	xfrm_sock_close(s);
}

static int count_event(void *arg, const struct xfrm_event *ev)
{
	unsigned int *n = arg;

	assert_int_equal(ev->type, XEV_SA_NEW);
	++*n;
	return 0;
}

static void events(void **state)
{
	struct xfrm_sock_stats st;
	struct xfrm_sock *s;
	struct xfrm_sa sa = an_sa(1);
	unsigned int n = 0;
	uint8_t buf[2048];
	struct xmsg m;

	assert_int_equal(xfrm_sock_open(XGRP_ALL, &s), 0);
	assert_int_equal(xfrm_sock_events(s, count_event, &n), 0);
	xmsg_init(&m, buf, sizeof(buf));
	xfrm_sa_build_new(&m, &sa);
	xfrm_sa_build_new(&m, &sa);
	xmsg_begin(&m, XFRM_MSG_NEWSA, 0); /* too short */
	xmsg_end(&m);
	push(buf, m.w.len, 0, 0);
	push(NULL, 0, ENOBUFS, 0);
	push(buf, m.w.len, 0, 0);
	assert_int_equal(xfrm_sock_events(s, count_event, &n), 3);
	assert_int_equal(n, 2);
	assert_int_equal(xfrm_sock_events(s, count_event, &n), -ENOBUFS);
	assert_int_equal(xfrm_sock_events(s, count_event, &n), 3);
	assert_int_equal(n, 4);
	assert_int_equal(xfrm_sock_events(s, count_event, &n), 0);
	xfrm_sock_stats(s, &st);
	assert_int_equal(st.overruns, 1);
	assert_int_equal(st.malformed, 2);
	assert_int_equal(st.received, 6);
	xfrm_sock_close(s);
}

static void explanations(void **state)
{
	struct xfrm_sa sa = an_sa(0x100);
	struct xfrm_policy p = { .dir = XFRM_POLICY_OUT };
	struct xmsg_error e = { 0 };
	struct xfrm_why why;

	xsel_init(&p.sel, &sa.src, 32, &sa.dst, 32);
#define EXPLAINED(code, op, sap, pp, words) \
	do { \
		e.err = code; \
		xfrm_explain(&e, op, sap, pp, &why); \
		if (!strstr(why.text, words) && !strstr(why.hint, words)) \
			fail_msg("%s / %s", why.text, why.hint); \
	} while (0)
	EXPLAINED(-EEXIST, XFRM_MSG_NEWSA, &sa, NULL, "SPI in use");
	EXPLAINED(-ESRCH, XFRM_MSG_DELSA, &sa, NULL, "there is no SA");
	EXPLAINED(-EPROTONOSUPPORT, XFRM_MSG_NEWSA, &sa, NULL, "esp4");
	EXPLAINED(-EPERM, XFRM_MSG_NEWSA, &sa, NULL, "root");
	EXPLAINED(-ENOMEM, XFRM_MSG_NEWSA, &sa, NULL, "memory");
	EXPLAINED(-EINVAL, XFRM_MSG_NEWSA, &sa, NULL, "needs an encryption");
	EXPLAINED(-ENOENT, XFRM_MSG_ALLOCSPI, &sa, NULL, "no free SPI");
	sa.auth.name = "hmac(nonesuch)";
	EXPLAINED(-ENOSYS, XFRM_MSG_NEWSA, &sa, NULL, "hmac(nonesuch)");
	EXPLAINED(-EEXIST, XFRM_MSG_NEWPOLICY, NULL, &p, "spdupdate");
	EXPLAINED(-ENOENT, XFRM_MSG_DELPOLICY, NULL, &p, "no policy");
	/* a 64-bit kernel without CONFIG_XFRM_USER_COMPAT */
	EXPLAINED(-EOPNOTSUPP, XFRM_MSG_NEWPOLICY, NULL, &p,
		  sizeof(void *) == 4 ? "32-bit" : "lacks a feature");
	p.offload.mode = XOFFLOAD_PACKET;
	EXPLAINED(-EOPNOTSUPP, XFRM_MSG_NEWPOLICY, NULL, &p, "offload");
	p.offload.mode = XOFFLOAD_NONE;
	p.ptype = XFRM_POLICY_TYPE_SUB;
	EXPLAINED(-EINVAL, XFRM_MSG_NEWPOLICY, NULL, &p, "sub-policies");
	p.sel.splen = 40;
	EXPLAINED(-EINVAL, XFRM_MSG_NEWPOLICY, NULL, &p, "prefix too long");
#undef EXPLAINED
	e.err = 0;
	xfrm_explain(&e, XFRM_MSG_NEWSA, &sa, NULL, &why);
	assert_string_equal(why.text, "");
	assert_int_equal(xfrm_have_crypto("digest_null"), 1);
	assert_int_not_equal(xfrm_have_crypto("hmac(nonesuch)"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, reset, all_closed)
		TEST(open_failures),
		TEST(single_request),
		TEST(batch),
		TEST(batch_breaks),
		TEST(dumps),
		TEST(dump_refused_or_cut),
		TEST(probes),
		TEST(events),
		TEST(explanations),
	};

	k.fail_after = -1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
