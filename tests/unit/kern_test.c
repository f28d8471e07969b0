/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine's requests to the kernel: what is done, and what is not ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "ike/daemon/kern_priv.h"
#include "libxfrm/base/err.h"
#include "libxfrm/policy.h"
#include "libxfrm/sa.h"
#include "libxfrm/sock.h"

/* Somebody else who talks to the kernel, and racoon. */
struct stage {
	struct xfrm_sock *other;
	struct loop *loop;
	struct kern *kern;
};

static bool have_kernel;	/* a network namespace of our own, and XFRM */

static void no_sink(void *arg, enum log_level level, const char *line)
{
}

static unsigned int nbegin, nend;	/* of resyncs */
static unsigned int npolicy[3];		/* told, by direction */
static unsigned int nsince;		/* since the last resync began */

static void count_event(void *arg, const struct kevent *ev)
{
	nbegin += ev->kind == KEV_RESYNC_BEGIN;
	nend += ev->kind == KEV_RESYNC_END;
	if (ev->kind == KEV_RESYNC_BEGIN)
		nsince = 0;
	if (ev->kind == KEV_POL_NEW) {
		npolicy[ev->pol.dir]++;
		nsince++;
	}
}

static struct kans last;	/* the latest answer, and how many came */
static unsigned int nanswer, nrefused;
static int err_of[128];			/* of the answers, by id */

static void keep_answer(void *arg, const struct kans *a)
{
	last = *a;
	nanswer++;
	assert_in_range(a->id, 0, 127);
	err_of[a->id] = a->err;
	nrefused += a->err != 0;
	/* a reserved SPI is told, and of the range that was asked for */
	if (!a->err && a->spi)
		assert_in_range(a->spi, 0x1000, 0x2fff);
}

static int begin(void **state)
{
	static const struct logger log = { LOG_LV_ERROR, no_sink, NULL };
	static const struct kern_ops ops = { NULL, count_event, keep_answer };
	static struct stage s;
	char text[256];

	memset(&s, 0, sizeof(s));
	*state = &s;
	if (!have_kernel)
		return 0;
	if (xfrm_sock_open(0, &s.other) || loop_new(&s.loop) ||
	    kern_open(&s.kern, s.loop, &log, 0, NULL, &ops, text,
		      sizeof(text)))
		return -1;
	kern_generate(s.kern, true);
	return 0;
}

static int end(void **state)
{
	struct stage *s = *state;

	kern_free(s->kern);
	loop_free(s->loop);
	xfrm_sock_close(s->other);
	return 0;
}

static uint64_t stop_soon(void *arg, uint64_t now)
{
	static uint64_t at;

	if (!at)
		at = now + 50;
	if (now >= at) {
		at = 0;
		loop_stop(arg, 0);
		return UINT64_MAX;
	}
	return at;
}

/* Lets racoon hear of what happened in the kernel. */
static void hear(struct stage *s)
{
	loop_idle(s->loop, stop_soon, s->loop);
	assert_int_equal(loop_run(s->loop), 0);
}

static struct kpol generated(const char *src, const char *dst)
{
	struct kpol p = { .dir = KDIR_OUT, .prio = KPOL_PRIO_GENERATED,
			  .ntmpl = 1 };
	struct xaddr a, b;

	assert_int_equal(xaddr_parse(src, &a), 0);
	assert_int_equal(xaddr_parse(dst, &b), 0);
	xsel_init(&p.sel, &a, 32, &b, 32);
	p.tmpl[0] = (struct ktmpl){ .proto = IPPROTO_ESP,
				    .mode = KMODE_TUNNEL, .src = a, .dst = b };
	return p;
}

static int ask(struct stage *s, const struct kreq *q)
{
	struct kreq copy = *q;

	nanswer = 0;
	kern_put(s->kern, &copy);
	kern_flush(s->kern);
	assert_int_equal(nanswer, 1);
	assert_int_equal(last.id, q->id);
	return last.err;
}

static int ask_policy(struct stage *s, enum kreq_kind kind,
		      const struct kpol *p)
{
	struct kreq q = { .kind = kind, .pol = *p };

	return ask(s, &q);
}

/* A policy without templates, as somebody else would make it. */
static void put_foreign_to(struct stage *s, const struct xsel *sel,
			   uint8_t dir)
{
	struct xfrm_policy p = { .sel = *sel, .dir = dir,
				 .action = XFRM_POLICY_ALLOW };
	struct xmsg *m = xfrm_sock_msg(s->other);

	assert_int_equal(xfrm_policy_build_new(m, &p), 0);
	assert_int_equal(xfrm_sock_do(s->other, m, NULL), 0);
}

static void put_foreign(struct stage *s, const struct xsel *sel)
{
	put_foreign_to(s, sel, XFRM_POLICY_OUT);
}

static void delete_policy_to(struct stage *s, const struct xsel *sel,
			     uint8_t dir)
{
	struct xfrm_policy p = { .sel = *sel, .dir = dir };
	struct xmsg *m = xfrm_sock_msg(s->other);

	assert_int_equal(xfrm_policy_build_delete(m, &p), 0);
	assert_int_equal(xfrm_sock_do(s->other, m, NULL), 0);
}

static void delete_policy(struct stage *s, const struct xsel *sel)
{
	delete_policy_to(s, sel, XFRM_POLICY_OUT);
}

static int take_policy(void *arg, const struct xmsg_view *v)
{
	struct xfrm_tmpl tmpl[XPOL_TMPL_MAX];

	return xfrm_policy_parse(v, arg, tmpl);
}

/* The number of templates of the policy there is, or an error. */
static int there(struct stage *s, const struct xsel *sel, uint32_t *index)
{
	struct xfrm_policy p = { .sel = *sel, .dir = XFRM_POLICY_OUT };
	struct xmsg *m = xfrm_sock_msg(s->other);
	int r = xfrm_policy_build_get(m, &p);

	if (!r)
		r = xfrm_sock_ask(s->other, m, take_policy, &p, NULL);
	if (!r && index)
		*index = p.index;
	return r ? r : p.ntmpl;
}

static void policy_of_ours(void **state)
{
	struct stage *s = *state;
	struct kpol p = generated("192.0.2.1", "192.0.2.2");

	if (!have_kernel)
		skip();
	assert_int_equal(ask_policy(s, KREQ_POL_ADD, &p), 0);
	assert_int_equal(there(s, &p.sel, NULL), 1);
	p.lifetime = 3600;
	assert_int_equal(ask_policy(s, KREQ_POL_ADD, &p), 0);
	assert_int_equal(ask_policy(s, KREQ_POL_DEL, &p), 0);
	assert_int_equal(there(s, &p.sel, NULL), -ENOENT);
	assert_int_equal(ask_policy(s, KREQ_POL_ADD, &p), 0);
	kern_purge(s->kern);
	assert_int_equal(there(s, &p.sel, NULL), -ENOENT);
}

/* Neither replaced nor deleted, by selector or by index. */
static void policy_of_others(void **state)
{
	struct stage *s = *state;
	struct kpol p = generated("192.0.2.3", "192.0.2.4"), mine;
	uint32_t index;

	if (!have_kernel)
		skip();
	put_foreign(s, &p.sel);
	assert_int_equal(ask_policy(s, KREQ_POL_ADD, &p), -EEXIST);
	assert_int_equal(ask_policy(s, KREQ_POL_DEL, &p), 0);
	assert_int_equal(there(s, &p.sel, &index), 0);

	mine = generated("192.0.2.5", "192.0.2.6");
	assert_int_equal(ask_policy(s, KREQ_POL_ADD, &mine), 0);
	mine.index = index;
	assert_int_equal(ask_policy(s, KREQ_POL_DEL, &mine), 0);
	assert_int_equal(there(s, &mine.sel, NULL), -ENOENT);
	assert_int_equal(there(s, &p.sel, NULL), 0);
	kern_purge(s->kern);
	assert_int_equal(there(s, &p.sel, NULL), 0);
	delete_policy(s, &p.sel);
}

/* Ours was deleted, and another stands in its place. */
static void policy_taken_over(void **state)
{
	struct stage *s = *state;
	struct kpol p = generated("192.0.2.7", "192.0.2.8");
	struct xmsg *m;

	if (!have_kernel)
		skip();
	assert_int_equal(ask_policy(s, KREQ_POL_ADD, &p), 0);
	delete_policy(s, &p.sel);
	hear(s);
	put_foreign(s, &p.sel);
	kern_purge(s->kern);
	assert_int_equal(there(s, &p.sel, NULL), 0);
	delete_policy(s, &p.sel);

	assert_int_equal(ask_policy(s, KREQ_POL_ADD, &p), 0);
	m = xfrm_sock_msg(s->other);
	assert_int_equal(xfrm_policy_build_flush(m, XFRM_POLICY_TYPE_MAIN), 0);
	assert_int_equal(xfrm_sock_do(s->other, m, NULL), 0);
	hear(s);
	put_foreign(s, &p.sel);
	kern_purge(s->kern);
	assert_int_equal(there(s, &p.sel, NULL), 0);
	delete_policy(s, &p.sel);
}

/* Deleted by others and made again by us before we heard of it. */
static void policy_made_again(void **state)
{
	struct stage *s = *state;
	struct kpol p = generated("192.0.2.9", "192.0.2.10");

	if (!have_kernel)
		skip();
	assert_int_equal(ask_policy(s, KREQ_POL_ADD, &p), 0);
	delete_policy(s, &p.sel);
	assert_int_equal(ask_policy(s, KREQ_POL_ADD, &p), 0);
	hear(s);
	kern_purge(s->kern);
	assert_int_equal(there(s, &p.sel, NULL), -ENOENT);
}

/* What would open a hole, or stand before policies of others. */
static void policy_not_of_ike(void **state)
{
	struct stage *s = *state;
	struct kpol p = generated("192.0.2.11", "192.0.2.12");

	if (!have_kernel)
		skip();
	p.ntmpl = 0;
	assert_int_equal(ask_policy(s, KREQ_POL_ADD, &p), XE_REFUSED);
	p.ntmpl = 1;
	p.tmpl[0].optional = true;
	assert_int_equal(ask_policy(s, KREQ_POL_ADD, &p), XE_REFUSED);
	p.tmpl[0].proto = IPPROTO_COMP;	/* with nothing else */
	assert_int_equal(ask_policy(s, KREQ_POL_ADD, &p), XE_REFUSED);
	p.tmpl[0].proto = IPPROTO_ESP;
	p.tmpl[0].optional = false;
	p.block = true;
	assert_int_equal(ask_policy(s, KREQ_POL_ADD, &p), XE_REFUSED);
	p.block = false;
	p.prio = 0;
	assert_int_equal(ask_policy(s, KREQ_POL_ADD, &p), XE_REFUSED);
	assert_int_equal(there(s, &p.sel, NULL), -ENOENT);
}

/* Without generate_policy there is none to add; ours are still changed. */
static void policy_not_wanted(void **state)
{
	struct stage *s = *state;
	struct kpol p = generated("192.0.2.13", "192.0.2.14");
	struct kpol q = generated("192.0.2.15", "192.0.2.16");

	if (!have_kernel)
		skip();
	assert_int_equal(ask_policy(s, KREQ_POL_ADD, &p), 0);
	kern_generate(s->kern, false);
	assert_int_equal(ask_policy(s, KREQ_POL_ADD, &q), XE_REFUSED);
	assert_int_equal(there(s, &q.sel, NULL), -ENOENT);
	assert_int_equal(ask_policy(s, KREQ_POL_ADD, &p), 0);
	assert_int_equal(ask_policy(s, KREQ_POL_DEL, &p), 0);
	assert_int_equal(there(s, &p.sel, NULL), -ENOENT);
}

/* As an event and in a dump; the twin for forwarding is not IKE's business. */
static void policies_told(void **state)
{
	static const uint8_t dirs[] = { XFRM_POLICY_IN, XFRM_POLICY_FWD,
					XFRM_POLICY_OUT };
	struct kpol p = generated("192.0.2.17", "192.0.2.18");
	struct stage *s = *state;

	if (!have_kernel)
		skip();
	hear(s);
	memset(npolicy, 0, sizeof(npolicy));
	for (size_t i = 0; i < 3; i++)
		put_foreign_to(s, &p.sel, dirs[i]);
	hear(s);
	assert_int_equal(npolicy[KDIR_IN], 1);
	assert_int_equal(npolicy[KDIR_OUT], 1);
	kern_resync(s->kern);
	assert_int_equal(npolicy[KDIR_IN], 2);
	assert_int_equal(npolicy[KDIR_OUT], 2);
	assert_int_equal(npolicy[KDIR_FWD], 0);
	for (size_t i = 0; i < 3; i++)
		delete_policy_to(s, &p.sel, dirs[i]);
}

/* The kernel's policies cannot be read: they are, a little later. */
static void resync_again(void **state)
{
	struct stage *s = *state;
	int fd, kept, null;

	if (!have_kernel)
		skip();
	nbegin = nend = 0;
	fd = xfrm_sock_fd(s->kern->req);
	kept = dup(fd);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_true(kept >= 0 && null >= 0 && dup2(null, fd) == fd);
	kern_resync(s->kern);
	assert_int_equal(nbegin, 1);
	assert_int_equal(nend, 0);
	assert_int_equal(dup2(kept, fd), fd);
	close(kept);
	close(null);
	assert_true(kern_until(s->kern, loop_now()) != UINT64_MAX);
	assert_int_equal(nend, 0);
	assert_true(kern_until(s->kern, loop_now() + 10000) == UINT64_MAX);
	assert_int_equal(nbegin, 2);
	assert_int_equal(nend, 1);
}

/*
 * The kernel had to drop events, also behind those that racoon has not read:
 * what these told is over when policies have been read again.
 */
static void events_lost(void **state)
{
	struct kpol p = generated("192.0.2.17", "192.0.2.18");
	struct stage *s = *state;
	int few = 4096;

	if (!have_kernel)
		skip();
	hear(s);
	assert_int_equal(setsockopt(xfrm_sock_fd(s->kern->ev), SOL_SOCKET,
				    SO_RCVBUF, &few, sizeof(few)), 0);
	nbegin = nend = 0;
	for (unsigned int i = 0; i < 200; i++) {
		put_foreign(s, &p.sel);
		delete_policy(s, &p.sel);
	}
	hear(s);
	assert_int_equal(nbegin, 1);
	assert_int_equal(nend, 1);
	assert_int_equal(nsince, 0);
	/* and is told again */
	put_foreign(s, &p.sel);
	hear(s);
	assert_int_equal(nbegin, 1);
	assert_int_equal(nsince, 1);
	delete_policy(s, &p.sel);
}

static int take_sa(void *arg, const struct xmsg_view *v)
{
	return xfrm_sa_parse(v, arg);
}

/* An SA of somebody else: no counters, no move, no end. */
static void sa_of_others(void **state)
{
	struct stage *s = *state;
	struct kreq q = { .kind = KREQ_SA_DEL };
	struct xfrm_sa sa = { .proto = IPPROTO_ESP, .family = AF_INET,
			      .mode = XFRM_MODE_TRANSPORT };
	struct xmsg *m;

	if (!have_kernel)
		skip();
	assert_int_equal(xaddr_parse("192.0.2.13", &sa.src), 0);
	assert_int_equal(xaddr_parse("192.0.2.14", &sa.dst), 0);
	m = xfrm_sock_msg(s->other);
	assert_int_equal(xfrm_sa_build_allocspi(m, &sa, 0x1234, 0x1234), 0);
	assert_int_equal(xfrm_sock_ask(s->other, m, take_sa, &sa, NULL), 0);

	q.sa.proto = IPPROTO_ESP;
	q.sa.src = sa.src;
	q.sa.dst = sa.dst;
	q.sa.spi = 0x1234;
	q.old_src = sa.src;
	q.old_dst = sa.dst;
	assert_int_equal(ask(s, &q), 0);
	q.kind = KREQ_SA_GET;
	assert_int_equal(ask(s, &q), -ESRCH);
	q.kind = KREQ_SA_UPDATE;
	assert_int_equal(ask(s, &q), -ESRCH);
	kern_purge(s->kern);
	m = xfrm_sock_msg(s->other);
	assert_int_equal(xfrm_sa_build_get(m, &sa), 0);
	assert_int_equal(xfrm_sock_ask(s->other, m, take_sa, &sa, NULL), 0);

	/* One of ours, for comparison. */
	q.kind = KREQ_GETSPI;
	q.spi_min = q.spi_max = sa.spi = 0x1235;
	assert_int_equal(ask(s, &q), 0);
	q.sa.spi = 0x1235;
	q.kind = KREQ_SA_GET;
	assert_int_equal(ask(s, &q), 0);
	q.kind = KREQ_SA_DEL;
	assert_int_equal(ask(s, &q), 0);
	m = xfrm_sock_msg(s->other);
	assert_int_equal(xfrm_sa_build_get(m, &sa), 0);
	assert_int_equal(xfrm_sock_ask(s->other, m, take_sa, &sa, NULL),
			 -ESRCH);
}

/* More than fit one message, twice the same among them, one refused. */
static void many_at_once(void **state)
{
	struct stage *s = *state;
	struct kpol p, foreign = generated("192.0.2.40", "192.0.2.41");
	unsigned int good = 0;
	char dst[32];

	if (!have_kernel)
		skip();
	put_foreign(s, &foreign.sel);
	nanswer = nrefused = 0;
	for (unsigned int i = 0; i < 100; i++) {
		struct kreq q = { .id = i + 1, .kind = KREQ_GETSPI,
				  .spi_min = 0x2000, .spi_max = 0x2fff };

		snprintf(dst, sizeof(dst), "198.51.100.%u", i - i % 2);
		p = generated("192.0.2.50", dst);
		if (i % 10 == 9)
			p = foreign;
		q.pol = p;
		q.sa.proto = IPPROTO_ESP;
		q.sa.src = p.tmpl[0].src;
		q.sa.dst = p.tmpl[0].dst;
		if (i % 3)
			q.kind = KREQ_POL_ADD;
		good += i % 3 == 0 || i % 10 != 9;
		kern_put(s->kern, &q);
	}
	kern_flush(s->kern);
	assert_int_equal(nanswer, 100);
	assert_int_equal(nrefused, 100 - good);
	/* all of racoon's goes with it, what others have stays */
	kern_purge(s->kern);
	assert_int_equal(there(s, &foreign.sel, NULL), 0);
	p = generated("192.0.2.50", "198.51.100.2");
	assert_int_equal(there(s, &p.sel, NULL), -ENOENT);
}

static void put_policy(struct stage *s, uint32_t id, enum kreq_kind kind,
		       const struct kpol *p)
{
	struct kreq q = { .id = id, .kind = kind, .pol = *p };

	kern_put(s->kern, &q);
}

static struct kpol nth(unsigned int i)
{
	char dst[32];

	snprintf(dst, sizeof(dst), "198.51.100.%u", i);
	return generated("192.0.2.60", dst);
}

static bool noted(struct stage *s, const struct kpol *p)
{
	return journal_has_policy(s->kern->journal, p->dir, &p->sel);
}

/* Deletions wait for each other; what comes of one is not another's. */
static void many_deleted_at_once(void **state)
{
	struct kpol foreign = generated("192.0.2.61", "192.0.2.62"), p;
	struct stage *s = *state;

	if (!have_kernel)
		skip();
	put_foreign(s, &foreign.sel);
	for (unsigned int i = 0; i < 20; i++) {
		p = nth(i);
		assert_int_equal(ask_policy(s, KREQ_POL_ADD, &p), 0);
	}
	p = nth(7);
	delete_policy(s, &p.sel);	/* and racoon has not heard of it */
	nanswer = nrefused = 0;
	for (unsigned int i = 0; i < 20; i++) {
		p = nth(i);
		put_policy(s, 2 * i, KREQ_POL_DEL, &p);
		if (i % 5 == 0)
			put_policy(s, 2 * i + 1, KREQ_POL_ADD, &foreign);
	}
	/* about the same policy only one is on its way at a time */
	assert_int_equal(nanswer, 3 + 16);
	kern_flush(s->kern);
	assert_int_equal(nanswer, 24);
	assert_int_equal(nrefused, 4);
	for (unsigned int i = 0; i < 20; i++) {
		p = nth(i);
		assert_int_equal(err_of[2 * i], 0);
		if (i % 5 == 0)
			assert_int_equal(err_of[2 * i + 1], -EEXIST);
		assert_int_equal(there(s, &p.sel, NULL), -ENOENT);
		assert_false(noted(s, &p));
	}
	assert_int_equal(there(s, &foreign.sel, NULL), 0);
	assert_false(noted(s, &foreign));
	delete_policy(s, &foreign.sel);
}

/* Of what is about the same policy each sees what came of the one before. */
static void added_and_deleted(void **state)
{
	static const enum kreq_kind kind[] = { KREQ_POL_ADD, KREQ_POL_DEL };
	struct stage *s = *state;
	struct kpol p = nth(100);

	if (!have_kernel)
		skip();
	for (unsigned int n = 1; n <= 6; n++) {
		nanswer = nrefused = 0;
		for (unsigned int i = 0; i < n; i++)
			put_policy(s, i, kind[i % 2], &p);
		kern_flush(s->kern);
		assert_int_equal(nanswer, n);
		assert_int_equal(nrefused, 0);
		assert_int_equal(there(s, &p.sel, NULL), n % 2 ? 1 : -ENOENT);
		assert_int_equal(noted(s, &p), n % 2);
		assert_int_equal(ask_policy(s, KREQ_POL_DEL, &p), 0);
	}
}

static int sa_there(struct stage *s, const struct ksa *id)
{
	struct xmsg *m = xfrm_sock_msg(s->other);
	struct xfrm_sa sa;

	kern_sa_id(id, &sa);
	assert_int_equal(xfrm_sa_build_get(m, &sa), 0);
	return xfrm_sock_ask(s->other, m, take_sa, &sa, NULL);
}

/* Likewise SAs, one of which has ended by itself. */
static void sas_deleted_at_once(void **state)
{
	struct kreq q = { .kind = KREQ_GETSPI };
	struct stage *s = *state;
	struct xfrm_sa sa;
	struct xmsg *m;

	if (!have_kernel)
		skip();
	q.sa.proto = IPPROTO_ESP;
	assert_int_equal(xaddr_parse("192.0.2.70", &q.sa.src), 0);
	assert_int_equal(xaddr_parse("192.0.2.71", &q.sa.dst), 0);
	for (q.spi_min = 0x1000; q.spi_min < 0x1010; q.spi_min++) {
		q.spi_max = q.spi_min;
		assert_int_equal(ask(s, &q), 0);
	}
	q.sa.spi = 0x1003;
	kern_sa_id(&q.sa, &sa);
	m = xfrm_sock_msg(s->other);
	assert_int_equal(xfrm_sa_build_delete(m, &sa), 0);
	assert_int_equal(xfrm_sock_do(s->other, m, NULL), 0);
	nanswer = nrefused = 0;
	q.kind = KREQ_SA_DEL;
	for (q.sa.spi = 0x1000; q.sa.spi < 0x1010; q.sa.spi++)
		kern_put(s->kern, &q);
	assert_int_equal(nanswer, 0);
	/* who asks about one sees that it is gone */
	q.kind = KREQ_SA_GET;
	q.sa.spi = 0x1001;
	assert_int_equal((kern_put(s->kern, &q), last.err), -ESRCH);
	assert_int_equal(nanswer, 17);
	assert_int_equal(nrefused, 1);
	for (q.sa.spi = 0x1000; q.sa.spi < 0x1010; q.sa.spi++) {
		assert_int_equal(sa_there(s, &q.sa), -ESRCH);
		assert_false(journal_has_sa(s->kern->journal, IPPROTO_ESP,
					    &q.sa.dst, q.sa.spi));
	}
}

/* At the end all goes together; what could not be asked stays noted. */
static void purged(void **state)
{
	struct stage *s = *state;
	int fd, kept, null;
	struct kpol p;

	if (!have_kernel)
		skip();
	for (unsigned int i = 0; i < 100; i++) {
		p = nth(i);
		put_policy(s, i, KREQ_POL_ADD, &p);
	}
	kern_flush(s->kern);
	p = nth(50);
	delete_policy(s, &p.sel);
	fd = xfrm_sock_fd(s->kern->req);
	kept = dup(fd);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_true(kept >= 0 && null >= 0 && dup2(null, fd) == fd);
	kern_purge(s->kern);
	assert_int_equal(dup2(kept, fd), fd);
	close(kept);
	close(null);
	p = nth(99);
	assert_true(noted(s, &p));
	assert_int_equal(there(s, &p.sel, NULL), 1);
	kern_purge(s->kern);
	for (unsigned int i = 0; i < 100; i++) {
		p = nth(i);
		assert_false(noted(s, &p));
		assert_int_equal(there(s, &p.sel, NULL), -ENOENT);
	}
}

/* A 64-bit kernel may refuse 32-bit programs. */
static bool kernel_answers(void)
{
	struct xfrm_sock *s = NULL;
	int r = xfrm_sock_open(XGRP(XFRMNLGRP_POLICY), &s);

	if (!r) {
		struct xmsg *m = xfrm_sock_msg(s);

		xfrm_policy_build_flush(m, XFRM_POLICY_TYPE_MAIN);
		r = xfrm_sock_do(s, m, NULL);
	}
	xfrm_sock_close(s);
	return !r || r == -ESRCH;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(policy_of_ours, begin, end),
		cmocka_unit_test_setup_teardown(policy_of_others, begin, end),
		cmocka_unit_test_setup_teardown(policy_taken_over, begin, end),
		cmocka_unit_test_setup_teardown(policy_made_again, begin, end),
		cmocka_unit_test_setup_teardown(policy_not_of_ike, begin, end),
		cmocka_unit_test_setup_teardown(policy_not_wanted, begin, end),
		cmocka_unit_test_setup_teardown(policies_told, begin, end),
		cmocka_unit_test_setup_teardown(resync_again, begin, end),
		cmocka_unit_test_setup_teardown(events_lost, begin, end),
		cmocka_unit_test_setup_teardown(sa_of_others, begin, end),
		cmocka_unit_test_setup_teardown(many_at_once, begin, end),
		cmocka_unit_test_setup_teardown(many_deleted_at_once, begin,
						end),
		cmocka_unit_test_setup_teardown(added_and_deleted, begin, end),
		cmocka_unit_test_setup_teardown(sas_deleted_at_once, begin,
						end),
		cmocka_unit_test_setup_teardown(purged, begin, end),
	};
	/* Neither root nor the machine's own network is needed. */
	have_kernel = (unshare(CLONE_NEWNET) == 0 ||
		       unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) &&
		      kernel_answers();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
