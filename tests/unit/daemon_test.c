/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of racoon that surround the engine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "ike/daemon/codec.h"
#include "ike/daemon/files.h"
#include "ike/daemon/ipc.h"
#include "ike/daemon/journal.h"
#include "ike/daemon/sandbox.h"
#include "ike/daemon/work.h"
#include "libxfrm/base/err.h"

static struct xaddr addr(const char *text)
{
	struct xaddr a;

	assert_int_equal(xaddr_parse(text, &a), 0);
	return a;
}

/* ---- codec ------------------------------------------------------------ */

static void fill_kreq(struct kreq *q)
{
	struct xaddr src = addr("192.0.2.1"), dst = addr("192.0.2.2");

	memset(q, 0, sizeof(*q));
	q->id = 77;
	q->kind = KREQ_SA_ADD;
	q->spi_min = 256;
	q->spi_max = 0xffff;
	q->sa.proto = IPPROTO_ESP;
	q->sa.mode = KMODE_TUNNEL;
	q->sa.dir = KDIR_OUT;
	q->sa.src = src;
	q->sa.dst = dst;
	q->sa.spi = 0xdeadbeef;
	q->sa.reqid = 16390;
	q->sa.has_sel = true;
	xsel_init(&q->sa.sel, &src, 24, &dst, 32);
	q->sa.enc = xalg_by_kernel(XALG_ENC, "cbc(aes)");
	q->sa.auth = xalg_by_kernel(XALG_AUTH, "hmac(sha256)");
	q->sa.icv_bits = 128;
	assert_int_equal(secret_set(&q->sa.enc_key, "0123456789abcdef", 16),
			 0);
	assert_int_equal(secret_set(&q->sa.auth_key, "k", 1), 0);
	q->sa.replay = 64;
	q->sa.esn = true;
	q->sa.life = (struct klife){ 10, 20, 30, UINT64_MAX };
	q->sa.encap_sport = 4500;
	q->sa.encap_dport = 61234;
	q->sa.encap_oa = src;
	q->sa.seq = 9;
	q->old_src = dst;
	q->pol.index = 8;
	q->pol.dir = KDIR_FWD;
	q->pol.prio = 0x80000000u;
	q->pol.sel = q->sa.sel;
	q->pol.ntmpl = 2;
	q->pol.tmpl[0] = (struct ktmpl){ IPPROTO_COMP, KMODE_TUNNEL, true, 1,
					 src, dst };
	q->pol.tmpl[1] = (struct ktmpl){ .proto = IPPROTO_AH };
}

static void codec_kreq(void **state)
{
	struct kreq q, got;
	struct wbuf w;
	struct cur c;

	fill_kreq(&q);
	wbuf_init(&w, IPC_BODY_MAX);
	codec_put_kreq(&w, &q);
	assert_int_equal(w.err, 0);
	c = wbuf_cur(&w);
	assert_int_equal(codec_get_kreq(&c, &got), 0);
	assert_true(secret_equal(&q.sa.enc_key, &got.sa.enc_key));
	assert_true(secret_equal(&q.sa.auth_key, &got.sa.auth_key));
	assert_ptr_equal(got.sa.enc, q.sa.enc);
	assert_ptr_equal(got.sa.auth, q.sa.auth);
	assert_null(got.sa.comp);
	assert_int_equal(got.sa.life.hard_bytes, UINT64_MAX);
	assert_int_equal(got.sa.encap_dport, 61234);
	assert_true(xaddr_equal(&got.sa.encap_oa, &q.sa.src));
	kreq_clear(&got);
	/* Every shorter message is refused, and leaks nothing. */
	for (size_t n = 0; n < w.len; n++) {
		c = cur_init(w.p, n);
		assert_true(codec_get_kreq(&c, &got) < 0);
		assert_null(got.sa.enc_key.p);
	}
	wbuf_u8(&w, 0);
	c = wbuf_cur(&w);
	assert_int_equal(codec_get_kreq(&c, &got), XE_TRAILING);
	kreq_clear(&q);
	wbuf_free(&w);
}

/* Requests about policies carry the policy and nothing of an SA. */
static void codec_kreq_policy(void **state)
{
	struct kreq q, got;
	struct wbuf w;
	struct cur c;

	fill_kreq(&q);
	q.kind = KREQ_POL_ADD;
	wbuf_init(&w, IPC_BODY_MAX);
	codec_put_kreq(&w, &q);
	c = wbuf_cur(&w);
	assert_int_equal(codec_get_kreq(&c, &got), 0);
	assert_int_equal(got.kind, KREQ_POL_ADD);
	assert_true(xsel_equal(&got.pol.sel, &q.pol.sel));
	assert_int_equal(got.pol.tmpl[0].reqid, 1);
	assert_true(got.pol.tmpl[0].optional);
	assert_int_equal(got.pol.tmpl[1].proto, IPPROTO_AH);
	assert_null(got.sa.enc_key.p);
	for (size_t n = 0; n < w.len; n++) {
		c = cur_init(w.p, n);
		assert_true(codec_get_kreq(&c, &got) < 0);
	}
	kreq_clear(&q);
	wbuf_free(&w);
}

/* One value out of its range, at offset at. */
static void codec_bad_values(void **state)
{
	static const struct {
		size_t at;
		uint8_t v;
	} bad[] = { { 4, KREQ_POL_DEL + 1 }, /* kind */
		    { 13, IPPROTO_UDP },     /* protocol of the SA */
		    { 14, 2 },		     /* mode */
		    { 15, 3 },		     /* direction */
		    { 17, 99 } };	     /* family of src */
	struct kreq q, got;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct wbuf w;
		struct cur c;

		fill_kreq(&q);
		wbuf_init(&w, IPC_BODY_MAX);
		codec_put_kreq(&w, &q);
		wbuf_set_u8(&w, bad[i].at, bad[i].v);
		c = wbuf_cur(&w);
		assert_true(codec_get_kreq(&c, &got) < 0);
		wbuf_free(&w);
		kreq_clear(&q);
	}
}

static void codec_key(void **state)
{
	struct key_question q = { 0 }, got;
	struct wbuf w;
	struct cur c;

	q.req.kind = KEY_SIGN;
	q.req.id = 3;
	q.req.nname = 1;
	q.req.name[0].addr = true;
	q.req.name[0].len = 4;
	memcpy(q.req.name[0].p, "\xc0\x00\x02\x07", 4);
	q.req.data_len = 20;
	q.file = "/etc/racoon/certs/gw.key";
	wbuf_init(&w, IPC_BODY_MAX);
	codec_put_keyreq(&w, &q);
	c = wbuf_cur(&w);
	assert_int_equal(codec_get_keyreq(&c, &got), 0);
	assert_string_equal(got.file, q.file);
	assert_int_equal(got.req.name[0].len, 4);
	for (size_t n = 0; n < w.len; n++) {
		c = cur_init(w.p, n);
		assert_true(codec_get_keyreq(&c, &got) < 0);
	}
	/* A signature without the name of a key */
	wbuf_reset(&w);
	q.file = NULL;
	codec_put_keyreq(&w, &q);
	c = wbuf_cur(&w);
	assert_int_equal(codec_get_keyreq(&c, &got), XE_RANGE);
	wbuf_free(&w);
}

static void codec_text(void **state)
{
	const char *s;
	struct wbuf w;
	struct cur c;

	wbuf_init(&w, 100);
	codec_put_str(&w, "abc");
	codec_put_str(&w, NULL);
	c = wbuf_cur(&w);
	assert_int_equal(codec_get_str(&c, &s), 0);
	assert_string_equal(s, "abc");
	assert_int_equal(codec_get_str(&c, &s), 0);
	assert_null(s);
	/* No NUL where the length says, or one too early */
	c = cur_init("\0\2abc", 5);
	assert_int_equal(codec_get_str(&c, &s), XE_MALFORMED);
	c = cur_init("\0\2a\0", 5);
	assert_int_equal(codec_get_str(&c, &s), XE_MALFORMED);
	wbuf_free(&w);
}

/* ---- journal, files --------------------------------------------------- */

struct count {
	unsigned int sa, policy;
};

static void count_entry(void *arg, const struct journal_entry *e)
{
	struct count *n = arg;

	if (e->policy) {
		assert_int_equal(e->dir, KDIR_IN);
		assert_int_equal(e->sel.dport, 1701);
		n->policy++;
	} else {
		assert_int_equal(e->spi % 2, 1);
		n->sa++;
	}
}

static void journal_survives(void **state)
{
	char path[] = "/tmp/racoon-journal-XXXXXX";
	struct xaddr src = addr("192.0.2.1"), dst = addr("2001:db8::7");
	struct xaddr net = addr("10.0.0.0");
	struct journal *j, *second;
	struct count n = { 0 };
	struct xsel sel;

	assert_true(mkstemp(path) >= 0);
	assert_int_equal(journal_open(&j, path), 0);
	xsel_init(&sel, &net, 8, &net, 24);
	sel.proto = IPPROTO_UDP;
	sel.dport = 1701;
	sel.dport_mask = 0xffff;
	journal_add_policy(j, KDIR_IN, &sel);
	/* Enough history for the file to be rewritten on the way */
	for (uint32_t i = 0; i < 5000; i++)
		journal_add_sa(j, IPPROTO_ESP, &src, &dst, i);
	for (uint32_t i = 0; i < 5000; i++)
		if (i % 2 == 0 || i > 100)
			journal_del_sa(j, IPPROTO_ESP, &dst, i);
	/* While it is held, nobody else sees the entries. */
	assert_int_equal(journal_open(&second, path), 0);
	journal_drain(second, count_entry, &n);
	assert_int_equal(n.sa + n.policy, 0);
	journal_close(second);
	journal_close(j);
	assert_int_equal(journal_open(&j, path), 0);
	journal_drain(j, count_entry, &n);
	assert_int_equal(n.sa, 50);
	assert_int_equal(n.policy, 1);
	journal_close(j);
	assert_int_equal(access(path, F_OK), -1);
}

static void journal_garbage(void **state)
{
	static const char text[] = "+ sa 50 192.0.2.1 192.0.2.2 7\n"
				   "+ sa x\n\n+ policy 9 a b\nrubbish\n"
				   "- sa 50 192.0.2.1 192.0.2.9 7\n"
				   "+ sa 999 192.0.2.1 192.0.2.2 7\n"
				   "+ sa 50 192.0.2.1 192.0.2.2";
	char path[] = "/tmp/racoon-journal-XXXXXX";
	int fd = mkstemp(path);
	struct count n = { 0 };
	struct journal *j;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	assert_int_equal(journal_open(&j, path), 0);
	journal_drain(j, count_entry, &n);
	assert_int_equal(n.sa, 1);
	journal_close(j);
}

/* The disk was full: the last number of the file is not what was meant. */
static void journal_cut_short(void **state)
{
	static const char text[] = "+ sa 50 192.0.2.1 192.0.2.2 7\n"
				   "+ sa 50 192.0.2.1 192.0.2.2 123";
	char path[] = "/tmp/racoon-journal-XXXXXX";
	int fd = mkstemp(path);
	struct count n = { 0 };
	struct journal *j;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	assert_int_equal(journal_open(&j, path), 0);
	journal_drain(j, count_entry, &n);
	assert_int_equal(n.sa, 1);
	journal_close(j);
}

static void count_any(void *arg, const struct journal_entry *e)
{
	++*(unsigned int *)arg;
}

/*
 * Killed at any moment, also while the file is written anew: what the file
 * says is never less than what there is.
 */
static void journal_killed(void **state)
{
	struct xaddr src = addr("192.0.2.1"), dst = addr("192.0.2.2");
	char path[] = "/tmp/racoon-journal-XXXXXX", go;
	struct journal *j;
	int ready[2];
	pid_t pid;

	assert_true(mkstemp(path) >= 0);
	assert_int_equal(pipe(ready), 0);
	for (unsigned int round = 0; round < 20; round++) {
		unsigned int n = 0;

		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			if (journal_open(&j, path) < 0)
				_exit(1);
			for (uint32_t i = 0; i < 500; i++)
				journal_add_sa(j, IPPROTO_ESP, &src, &dst, i);
			journal_flush(j);
			if (write(ready[1], "", 1) != 1)
				_exit(1);
			for (uint32_t i = 1000;; i++) {
				journal_add_sa(j, IPPROTO_ESP, &src, &dst, i);
				journal_flush(j);
				journal_del_sa(j, IPPROTO_ESP, &dst, i);
				journal_flush(j);
			}
		}
		assert_int_equal(read(ready[0], &go, 1), 1);
		usleep(1000 * round);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		assert_int_equal(journal_open(&j, path), 0);
		journal_drain(j, count_any, &n);
		assert_in_range(n, 500, 501);
		journal_close(j);
	}
	close(ready[0]);
	close(ready[1]);
}

/* While the disk is full something is missing; afterwards nothing is. */
static void journal_disk_full(void **state)
{
	struct xaddr src = addr("192.0.2.1"), dst = addr("192.0.2.2");
	char path[] = "/tmp/racoon-journal-XXXXXX";
	struct rlimit full, old;
	struct count n = { 0 };
	unsigned int i;
	struct journal *j;
	int r = 0;

	assert_true(mkstemp(path) >= 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_IGN);
	full = (struct rlimit){ 1000, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	assert_int_equal(journal_open(&j, path), 0);
	for (i = 1; i < 600; i += 2) {
		journal_add_sa(j, IPPROTO_ESP, &src, &dst, i);
		r = journal_flush(j);
	}
	assert_true(r < 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	for (i = 0; i < 64 && (r = journal_flush(j)) < 0; i++)
		;
	assert_int_equal(r, 0);
	journal_close(j);
	assert_int_equal(journal_open(&j, path), 0);
	journal_drain(j, count_entry, &n);
	assert_int_equal(n.sa, 300);
	journal_close(j);
}

static void files_parts(void **state)
{
	struct files *f = files_new();
	struct cur c;

	assert_int_equal(files_add(f, "a", "12", 2), 0);
	assert_int_equal(files_add(f, "b", "x", 1), 0);
	assert_int_equal(files_add(f, "a", "34", 2), 0);
	assert_int_equal(files_get(f, "a", &c), 0);
	assert_int_equal(c.left, 4);
	assert_memory_equal(c.p, "1234", 4);
	assert_int_equal(files_get(f, "c", &c), -ENOENT);
	assert_int_equal(files_read(f, "/nonexistent"), -ENOENT);
	assert_int_equal(files_read(f, "/tmp"), -EINVAL);
	assert_int_equal(files_add(f, "d", "", SIZE_MAX), XE_LIMIT);
	files_free(f);
}

/* ---- loop, ipc, workers ----------------------------------------------- */

struct peer {
	struct loop *loop;
	struct ipc *ipc;
	unsigned int got, wanted;
	int fd, err;
	bool closed;
};

static void peer_msg(void *arg, struct ipc_msg *m)
{
	struct peer *p = arg;

	assert_int_equal(m->id, p->got);
	assert_int_equal(m->body.left, IPC_BODY_MAX);
	p->got++;
	if (m->nfd) {
		p->fd = m->fd[0];
		m->fd[0] = -1;
	}
	if (p->got == p->wanted)
		loop_stop(p->loop, 42);
}

static void peer_closed(void *arg, int err)
{
	struct peer *p = arg;

	p->closed = true;
	p->err = err;
	loop_stop(p->loop, 0);
}

static void peers_new(struct peer *a, struct peer *b)
{
	int sv[2];

	*a = *b = (struct peer){ .fd = -1 };
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv), 0);
	assert_int_equal(loop_new(&a->loop), 0);
	b->loop = a->loop;
	assert_int_equal(ipc_new(&a->ipc, a->loop, sv[0], peer_msg,
				 peer_closed, a), 0);
	assert_int_equal(ipc_new(&b->ipc, b->loop, sv[1], peer_msg,
				 peer_closed, b), 0);
}

/* More than the socket holds, in order, with a descriptor on the way. */
static void ipc_queues(void **state)
{
	static uint8_t body[IPC_BODY_MAX + 1];
	struct peer a, b;
	int fd[2];
	char c = 0;

	peers_new(&a, &b);
	b.wanted = 50;
	assert_int_equal(pipe(fd), 0);
	for (uint32_t i = 0; i < 50; i++)
		assert_int_equal(ipc_send(a.ipc, 1, i, body, IPC_BODY_MAX,
					  i == 40 ? fd[1] : -1), 0);
	assert_int_equal(ipc_send(a.ipc, 1, 50, body, IPC_BODY_MAX + 1, -1),
			 XE_RANGE);
	close(fd[1]);
	assert_int_equal(loop_run(a.loop), 42);
	assert_true(b.fd >= 0);
	assert_int_equal(write(b.fd, "x", 1), 1);
	assert_int_equal(read(fd[0], &c, 1), 1);
	assert_int_equal(c, 'x');
	close(b.fd);
	close(fd[0]);
	/* The end of one side is told to the other, once, without error. */
	ipc_free(a.ipc);
	assert_int_equal(loop_run(b.loop), 0);
	assert_true(b.closed);
	assert_int_equal(b.err, 0);
	assert_int_equal(ipc_send(b.ipc, 1, 0, body, 1, -1), XE_CLOSED);
	assert_int_equal(ipc_push(b.ipc), XE_CLOSED);
	ipc_free(b.ipc);
	loop_free(b.loop);
}

/* Small messages go together; the first that is too long goes alone. */
static void count_msg(void *arg, struct ipc_msg *m)
{
	struct peer *p = arg;

	assert_int_equal(m->id, p->got);
	assert_int_equal(m->body.left, m->id % 7);
	if (++p->got == p->wanted)
		loop_stop(p->loop, 42);
}

static void ipc_collects(void **state)
{
	static const uint8_t body[IPC_BODY_MAX + 1];
	struct peer a = { .fd = -1 };
	uint8_t packet[IPC_BATCH + IPC_HDR_LEN];
	int sv[2];
	ssize_t n;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
				    sv), 0);
	assert_int_equal(loop_new(&a.loop), 0);
	assert_int_equal(ipc_new(&a.ipc, a.loop, sv[0], count_msg, peer_closed,
				 &a), 0);
	for (uint32_t i = 0; i < 20; i++) {
		wbuf_put(ipc_begin(a.ipc, 1, i), body, i % 7);
		assert_int_equal(ipc_end(a.ipc), 0);
		wbuf_put(ipc_begin(a.ipc, 1, i), body, sizeof(body));
		assert_int_equal(ipc_end(a.ipc), XE_RANGE);
	}
	assert_int_equal(recv(sv[1], packet, sizeof(packet), 0), -1);
	assert_int_equal(ipc_push(a.ipc), 0);
	n = recv(sv[1], packet, sizeof(packet), 0);
	assert_true(n > 20 * IPC_HDR_LEN);
	assert_int_equal(recv(sv[1], packet, sizeof(packet), 0), -1);
	/* the same packet back: all of them arrive */
	a.wanted = 20;
	assert_int_equal(send(sv[1], packet, (size_t)n, 0), n);
	assert_int_equal(loop_run(a.loop), 42);
	/* cut short, it is no packet of ours */
	a.got = 0;
	assert_int_equal(send(sv[1], packet, (size_t)n - 1, 0), n - 1);
	assert_int_equal(loop_run(a.loop), 0);
	assert_true(a.closed);
	assert_int_equal(a.err, XE_TRUNC);
	ipc_free(a.ipc);
	close(sv[1]);
	loop_free(a.loop);
}

static void ipc_short_message(void **state)
{
	struct peer a = { .fd = -1 };
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv), 0);
	assert_int_equal(loop_new(&a.loop), 0);
	assert_int_equal(ipc_new(&a.ipc, a.loop, sv[0], peer_msg, peer_closed,
				 &a), 0);
	assert_int_equal(write(sv[1], "1234567", 7), 7);
	assert_int_equal(loop_run(a.loop), 0);
	assert_true(a.closed);
	assert_int_equal(a.err, XE_TRUNC);
	ipc_free(a.ipc);
	close(sv[1]);
	loop_free(a.loop);
}

struct jobs {
	struct loop *loop;
	unsigned int want, done, sum;
};

static void job_square(void *ctx, void *job)
{
	unsigned int *v = job;

	*v = *v * *v + *(unsigned int *)ctx;
}

static void job_back(void *arg, void *job)
{
	struct jobs *j = arg;

	j->sum += *(unsigned int *)job;
	if (++j->done == j->want)
		loop_stop(j->loop, 0);
}

static void run_jobs(unsigned int threads, unsigned int n)
{
	static unsigned int zero;
	void *ctx[4] = { &zero, &zero, &zero, &zero };
	unsigned int v[100], sum = 0;
	struct jobs j = { .want = n };
	struct work *w;

	assert_int_equal(loop_new(&j.loop), 0);
	assert_int_equal(work_new(&w, j.loop, threads, ctx, job_square,
				  job_back, &j), 0);
	for (unsigned int i = 0; i < n; i++) {
		v[i] = i;
		sum += i * i;
		assert_int_equal(work_add(w, &v[i]), 0);
	}
	assert_int_equal(loop_run(j.loop), 0);
	assert_int_equal(j.sum, sum);
	work_free(w, NULL);
	loop_free(j.loop);
}

static void work_inline(void **state)
{
	run_jobs(0, 100);
}

/* However few there are, the loop hears of the last. */
static void work_threads(void **state)
{
	run_jobs(4, 100);
	for (unsigned int n = 1; n < 10; n++) {
		run_jobs(1, n);
		run_jobs(2, n);
	}
}

/* In the child: 0, 77 without filter, or the number of what went wrong. */
static int confined(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *const argv[] = { "/bin/true", NULL };
	bool active;
	void *p;

	if (sandbox_filter(&active) < 0)
		return 1;
	if (!active)
		return 77;
	if (open("/dev/null", O_RDONLY) >= 0 || errno != EPERM)
		return 2;
	if (socket(AF_INET, SOCK_DGRAM, 0) >= 0 || errno != EPERM)
		return 3;
	if (execv(argv[0], argv) == 0 || errno != EPERM)
		return 4;
	if (kill(getppid(), 0) == 0 || errno != EPERM)
		return 5;
	p = mmap(NULL, page, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED || mprotect(p, page, PROT_READ) < 0)
		return 6;
	if (mprotect(p, page, PROT_READ | PROT_EXEC) == 0 || errno != EPERM)
		return 7;
	if (mmap(NULL, page, PROT_READ | PROT_EXEC,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		return 8;
	if (syscall(SYS_tgkill, getppid(), getppid(), 0) == 0 ||
	    errno != EPERM)
		return 9;
	return syscall(SYS_tgkill, getpid(), gettid(), 0) == 0 ? 0 : 10;
}

static void sandbox_confines(void **state)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		_exit(confined());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static uint64_t stop_at_second(void *arg, uint64_t now)
{
	uint64_t *deadline = arg;

	if (!*deadline)
		*deadline = now + 30;
	return *deadline;
}

static struct loop *timed;

static uint64_t stop_when_due(void *arg, uint64_t now)
{
	uint64_t at = stop_at_second(arg, now);

	if (now >= at)
		loop_stop(timed, 7);
	return at;
}

static void loop_deadline(void **state)
{
	uint64_t at = 0, start = loop_now();

	assert_int_equal(loop_new(&timed), 0);
	loop_idle(timed, stop_when_due, &at);
	assert_int_equal(loop_run(timed), 7);
	assert_true(loop_now() - start >= 30);
	loop_free(timed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codec_kreq),
		cmocka_unit_test(codec_kreq_policy),
		cmocka_unit_test(codec_bad_values),
		cmocka_unit_test(codec_key),
		cmocka_unit_test(codec_text),
		cmocka_unit_test(journal_survives),
		cmocka_unit_test(journal_garbage),
		cmocka_unit_test(journal_cut_short),
		cmocka_unit_test(journal_killed),
		cmocka_unit_test(journal_disk_full),
		cmocka_unit_test(files_parts),
		cmocka_unit_test(ipc_queues),
		cmocka_unit_test(ipc_collects),
		cmocka_unit_test(ipc_short_message),
		cmocka_unit_test(work_inline),
		cmocka_unit_test(work_threads),
		cmocka_unit_test(sandbox_confines),
		cmocka_unit_test(loop_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
