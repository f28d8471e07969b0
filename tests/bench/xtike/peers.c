/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/xtike/peers.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ike/core/job.h"
#include "ike/crypto/alg.h"
#include "ike/daemon/keyproc.h"
#include "ike/daemon/load.h"
#include "ike/daemon/net.h"
#include "ike/daemon/source.h"
#include "ike/daemon/trust.h"
#include "ike/v1/v1.h"
#include "libxfrm/base/err.h"

struct peers {
	struct loop *loop;
	struct net *net;
	struct ike *ike;
	struct ike_crypto *crypto;
	struct ike_conf *conf;
	struct trust *trust;
	struct keyproc *keys;
	struct logger log;
	peers_event_fn *fn;
	void *arg;
	uint32_t spi, policy;	/* the last ones given out */
	uint64_t end;		/* of peers_run(), on the loop's clock */
};

/* ---- what the engine needs -------------------------------------------- */

static void log_sink(void *arg, enum log_level level, const char *line)
{
	fprintf(stderr, "xtike: %s: %s\n", log_level_name(level), line);
}

static void op_rng(void *arg, void *p, size_t len)
{
	struct peers *pp = arg;

	if (ike_crypto_random(pp->crypto, p, len) < 0)
		abort();
}

static void op_log(void *arg, enum log_level level, const struct ike_ep *peer,
		   const char *line)
{
	const struct peers *p = arg;
	char addr[XADDR_STRLEN];

	log_line(&p->log, level, "%s: %s",
		 peer ? xaddr_str(&peer->addr, addr) : "-", line);
}

static int64_t op_wall(void *arg)
{
	return (int64_t)time(NULL);
}

static const struct ike_store *op_trust(void *arg, struct ike_conf *conf,
					const struct ike_remote *remote)
{
	const struct peers *p = arg;

	return trust_store(p->trust, remote);
}

/* ---- actions ---------------------------------------------------------- */

/* No kernel: everything is granted at once. */
static void do_kreq(struct peers *p, const struct kreq *q)
{
	struct kans a = { .id = q->id, .count.use_age = UINT64_MAX };
	struct ike_event ev = { .kind = IKE_EV_KANS, .kans = &a };

	if (q->kind == KREQ_GETSPI)
		a.spi = q->spi_min + p->spi++;
	ike_feed(p->ike, loop_now(), &ev);
}

static void do_key(struct peers *p, const struct ike_keyreq *k)
{
	struct key_question q = { .req = *k };
	struct ike_keyans a;
	struct ike_event ev = { .kind = IKE_EV_KEY, .key = &a };
	const struct ike_cred *c;

	if (k->kind == KEY_SIGN) {
		c = ike_conf_cred(k->conf, k->cred);
		q.file = c ? c->key_file : NULL;
	}
	keyproc_answer(p->keys, &q, &a);
	if (a.err)
		log_line(&p->log, LOG_LV_ERROR, "no key: %s",
			 a.text[0] ? a.text : xe_str(a.err));
	ike_feed(p->ike, loop_now(), &ev);
	secret_free(&a.out);
}

static void do_job(struct peers *p, struct ike_job *job)
{
	struct ike_event ev = { .kind = IKE_EV_JOB, .job = job };

	ike_job_run(p->crypto, job);
	ike_feed(p->ike, loop_now(), &ev);
}

static void do_action(struct peers *p, const struct ike_action *act)
{
	switch (act->kind) {
	case ACT_PACKET:
		net_send(p->net, &act->packet);
		break;
	case ACT_KREQ:
		do_kreq(p, act->kreq);
		break;
	case ACT_JOB:
		do_job(p, act->job);
		break;
	case ACT_KEY:
		do_key(p, act->key);
		break;
	case ACT_EVENT:
		p->fn(p->arg, act->event->code, &act->event->local.addr,
		      &act->event->remote.addr);
		break;
	case ACT_HOOK:
	case ACT_ADMIN:
		break;
	}
}

static uint64_t on_idle(void *arg, uint64_t now)
{
	struct ike_event tick = { .kind = IKE_EV_TICK };
	struct peers *p = arg;
	struct ike_action act;
	uint64_t at;

	if (now >= p->end)
		loop_stop(p->loop, 0);
	if (ike_deadline(p->ike) <= now)
		ike_feed(p->ike, now, &tick);
	while (ike_next(p->ike, &act))
		do_action(p, &act);
	if (net_flush(p->net))
		return now;
	at = ike_deadline(p->ike);
	return at < p->end ? at : p->end;
}

static void on_packet(void *arg, const struct ike_packet *pkt)
{
	struct ike_event ev = { .kind = IKE_EV_PACKET, .packet = *pkt };
	struct peers *p = arg;

	ike_feed(p->ike, loop_now(), &ev);
}

/* Lost on the way: the engine repeats it. */
static void on_failed(void *arg, const struct ike_ep *local,
		      const struct ike_ep *remote, int err)
{
}

/* ---- life ------------------------------------------------------------- */

static int load_conf(struct peers *p, const char *path)
{
	struct source src = { files_new(), source_record };
	struct diag *d = diag_new();
	struct load l = { 0 };
	int r = d && src.files ? 0 : XE_NOMEM;

	if (!r)
		r = load_file(path, 0, &src, p->crypto, d, &l);
	for (const struct diag_entry *e = d ? diag_first(d) : NULL; r && e;
	     e = e->next)
		log_line(&p->log, LOG_LV_ERROR, "%s:%u: %s", path,
			 e->span.line, e->text);
	if (!r)
		r = trust_collect(l.conf, &p->log, src.files);
	if (!r)
		r = trust_build(&p->trust, l.conf, src.files, p->crypto,
				&p->log);
	if (!r)
		p->conf = ike_conf_ref(l.conf);
	load_free(&l);
	diag_free(d);
	files_free(src.files);
	return r;
}

static int open_socket(struct peers *p)
{
	struct bind_req b = { .addr = xaddr_any(AF_INET), .port = 500 };
	int fd, r = net_bind(&b, &fd);

	if (!r)
		r = net_add(p->net, &b, fd);
	if (r < 0)
		log_line(&p->log, LOG_LV_ERROR, "port 500: %s", xe_str(r));
	return r;
}

static int start_engine(struct peers *p)
{
	struct ike_event sub = { .kind = IKE_EV_ADMIN };
	const struct ike_ops ops = {
		.arg = p, .rng = op_rng, .log = op_log, .wall = op_wall,
		.crypto = p->crypto, .trust = op_trust,
	};
	int r = ike_new(p->conf, &ops, loop_now(), &p->ike);

	if (!r)
		r = ike_v1_attach(p->ike);
	if (r < 0)
		return r;
	ike_set_log(p->ike, p->log.level);
	sub.admin.kind = ADM_SUBSCRIBE;
	return ike_feed(p->ike, loop_now(), &sub);
}

int peers_new(struct peers **out, const char *conf_file, bool verbose,
	      peers_event_fn *fn, void *arg)
{
	struct peers *p = calloc(1, sizeof(*p));
	int r;

	*out = NULL;
	if (!p)
		return XE_NOMEM;
	p->fn = fn;
	p->arg = arg;
	p->log = (struct logger){ verbose ? LOG_LV_DEBUG : LOG_LV_ERROR,
				  log_sink, p };
	r = ike_crypto_new(&p->crypto, NULL);
	if (!r)
		r = loop_new(&p->loop);
	if (!r)
		r = net_new(&p->net, p->loop, on_packet, on_failed, p);
	if (!r)
		r = keyproc_new(&p->keys, &p->log);
	if (!r)
		r = load_conf(p, conf_file);
	if (!r)
		r = keyproc_conf(p->keys, p->conf);
	if (!r)
		r = open_socket(p);
	if (!r)
		r = start_engine(p);
	if (r < 0) {
		peers_free(p);
		return r;
	}
	loop_idle(p->loop, on_idle, p);
	*out = p;
	return 0;
}

void peers_free(struct peers *p)
{
	if (!p)
		return;
	ike_free(p->ike);
	net_free(p->net);
	keyproc_free(p->keys);
	ike_conf_unref(p->conf);
	ike_crypto_free(p->crypto);
	loop_free(p->loop);
	free(p);
}

static struct kpol policy(enum kdir dir, const struct xaddr *local,
			  const struct xaddr *remote,
			  const struct xaddr *inner,
			  const struct xaddr *target)
{
	unsigned int bits = xaddr_bits(inner->family);
	bool out = dir == KDIR_OUT;
	struct kpol k = { .dir = dir, .ntmpl = 1 };

	xsel_init(&k.sel, out ? inner : target, bits, out ? target : inner,
		  bits);
	k.tmpl[0] = (struct ktmpl){
		.proto = IPPROTO_ESP, .mode = KMODE_TUNNEL,
		.src = out ? *local : *remote, .dst = out ? *remote : *local,
	};
	return k;
}

int peers_want(struct peers *p, const struct xaddr *local,
	       const struct xaddr *remote, const struct xaddr *inner,
	       const struct xaddr *target)
{
	struct kevent ev = { .kind = KEV_POL_NEW };
	struct ike_event e = { .kind = IKE_EV_KERNEL, .kernel = &ev };
	int r;

	ev.pol = policy(KDIR_IN, local, remote, inner, target);
	ev.pol.index = ++p->policy;
	r = ike_feed(p->ike, loop_now(), &e);
	ev.pol = policy(KDIR_OUT, local, remote, inner, target);
	ev.pol.index = ++p->policy;
	if (!r)
		r = ike_feed(p->ike, loop_now(), &e);
	ev.kind = KEV_ACQUIRE;
	ev.sa.proto = IPPROTO_ESP;
	ev.sa.src = *local;
	ev.sa.dst = *remote;
	ev.flow = ev.pol.sel;
	ev.seq = p->policy;
	return r ? r : ike_feed(p->ike, loop_now(), &e);
}

int peers_run(struct peers *p, unsigned int ms)
{
	p->end = ms ? loop_now() + ms : UINT64_MAX;
	return loop_run(p->loop);
}

void peers_stop(struct peers *p)
{
	loop_stop(p->loop, 0);
}
