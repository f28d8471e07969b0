/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ike/core/ike.h"
#include "ike/crypto/alg.h"
#include "ike/daemon/addrs.h"
#include "ike/daemon/admin.h"
#include "ike/daemon/codec.h"
#include "ike/daemon/files.h"
#include "ike/daemon/ipc.h"
#include "ike/daemon/load.h"
#include "ike/daemon/net.h"
#include "ike/daemon/source.h"
#include "ike/daemon/trust.h"
#include "ike/daemon/work.h"
#include "ike/v1/v1.h"
#include "libxfrm/base/err.h"

#define STOP_ID UINT32_MAX	/* the shutdown request of this process */
#define ACTIONS_MAX 4096	/* before the loop looks at its sockets again */

/* What trust was built for a configuration that is in use. */
struct conf_trust {
	struct conf_trust *next;
	const struct ike_conf *conf;
	struct trust *trust;
	struct engine *engine;
};

struct engine {
	struct loop *loop;
	struct ipc *ipc;
	struct logger log;
	struct ike_crypto *crypto;
	struct ike_crypto *worker_crypto[WORK_THREADS_MAX];
	struct work *work;
	struct net *net;
	struct admin *admin;
	struct addrs *addrs;
	struct files *files;	/* of the configuration being received */
	uint32_t generation;	/* that it has */
	struct conf_trust *trusts;
	struct ike *ike;	/* NULL before the first configuration */
	uint16_t port[2];	/* without and with NAT-T: -p, -P; or 0 */
	bool stopping, bye;
};

/* ---- to the other process --------------------------------------------- */

/* The two processes live and die together. */
static void told(struct engine *e, int r)
{
	if (r >= 0)
		return;
	if (r != XE_CLOSED)
		fprintf(stderr, "racoon: no message reaches the privileged "
			"process: %s\n", xe_str(r));
	loop_stop(e->loop, 1);
}

static struct wbuf *tell(struct engine *e, enum ipc_type type, uint32_t id)
{
	return ipc_begin(e->ipc, (uint16_t)type, id);
}

static void tell_end(struct engine *e)
{
	told(e, ipc_end(e->ipc));
}

/* A message without a body. */
static void tell_that(struct engine *e, enum ipc_type type, uint32_t id)
{
	tell(e, type, id);
	tell_end(e);
}

static void send_log(struct engine *e, enum log_level level,
		     const struct ike_ep *peer, const char *line)
{
	struct wbuf *w = tell(e, IPC_LOG, 0);
	char text[XADDR_STRLEN];

	wbuf_u8(w, (uint8_t)level);
	codec_put_str(w, peer ? xaddr_str(&peer->addr, text) : NULL);
	codec_put_str(w, line);
	tell_end(e);
	/* The last words of somebody who is about to fall must be heard. */
	if (level == LOG_LV_ERROR)
		told(e, ipc_push(e->ipc));
}

static void sink(void *arg, enum log_level level, const char *line)
{
	send_log(arg, level, NULL, line);
}

static void op_log(void *arg, enum log_level level, const struct ike_ep *peer,
		   const char *line)
{
	send_log(arg, level, peer, line);
}

static void op_rng(void *arg, void *p, size_t len)
{
	struct engine *e = arg;

	/* Without random numbers there is no IKE. */
	if (ike_crypto_random(e->crypto, p, len) < 0)
		abort();
}

static int64_t op_wall(void *arg)
{
	return (int64_t)time(NULL);
}

static const struct ike_store *op_trust(void *arg, struct ike_conf *conf,
					const struct ike_remote *remote)
{
	const struct engine *e = arg;

	for (const struct conf_trust *t = e->trusts; t; t = t->next)
		if (t->conf == conf)
			return trust_store(t->trust, remote);
	return NULL;
}

/* ---- actions of the engine -------------------------------------------- */

static void feed(struct engine *e, const struct ike_event *ev)
{
	if (e->ike)
		ike_feed(e->ike, loop_now(), ev);
}

static void do_packet(struct engine *e, const struct ike_packet *p)
{
	struct ike_event ev = { .kind = IKE_EV_SENDERR };
	int r;

	ev.senderr.local = p->local;
	ev.senderr.remote = p->remote;
	r = net_send(e->net, p);
	if (!r)
		return;
	ev.senderr.err = r;
	feed(e, &ev);
}

static void do_kreq(struct engine *e, const struct kreq *q)
{
	codec_put_kreq(tell(e, IPC_KREQ, q->id), q);
	tell_end(e);
}

static void do_key(struct engine *e, const struct ike_keyreq *k)
{
	struct key_question q = { .req = *k };
	const struct ike_cred *c;

	if (k->kind == KEY_SIGN) {
		c = ike_conf_cred(k->conf, k->cred);
		q.file = c ? c->key_file : NULL;
	}
	codec_put_keyreq(tell(e, IPC_KEYREQ, k->id), &q);
	tell_end(e);
}

/* Hooks of one IKE SA keep their order: its cookies are the key. */
static uint32_t hook_key(const struct ike_hook *h)
{
	static const char var[] = "IKE_COOKIE=";

	for (unsigned int i = 0; i < h->nenv; i++)
		if (!strncmp(h->env[i], var, sizeof(var) - 1)) {
			uint32_t key = 5381;

			for (const char *c = h->env[i]; *c; c++)
				key = key * 33 + (unsigned char)*c;
			return key;
		}
	return 0;
}

static void do_hook(struct engine *e, const struct ike_hook *h)
{
	int r;

	codec_put_hook(tell(e, IPC_HOOK, hook_key(h)), h);
	r = ipc_end(e->ipc);
	if (r == XE_RANGE)
		log_line(&e->log, LOG_LV_ERROR,
			 "script %s: its environment is too long", h->script);
	else
		told(e, r);
}

static void job_done(void *arg, void *job)
{
	struct ike_event ev = { .kind = IKE_EV_JOB, .job = job };
	struct engine *e = arg;

	feed(e, &ev);
}

static void job_run(void *ctx, void *job)
{
	ike_job_run(ctx, job);
}

static void job_drop(void *job)
{
	ike_job_free(job);
}

static void do_admin(struct engine *e, const struct ike_answer *a)
{
	if (a->id != STOP_ID)
		admin_answer(e->admin, a, loop_now(), op_wall(e));
	else if (a->kind == ANS_END)
		e->bye = true;
}

static void do_action(struct engine *e, const struct ike_action *act)
{
	switch (act->kind) {
	case ACT_PACKET:
		do_packet(e, &act->packet);
		break;
	case ACT_KREQ:
		do_kreq(e, act->kreq);
		break;
	case ACT_JOB:
		if (work_add(e->work, act->job) < 0) {
			ike_job_run(e->crypto, act->job);
			job_done(e, act->job);
		}
		break;
	case ACT_KEY:
		do_key(e, act->key);
		break;
	case ACT_HOOK:
		do_hook(e, act->hook);
		break;
	case ACT_ADMIN:
		do_admin(e, act->answer);
		break;
	case ACT_EVENT:
		admin_event(e->admin, act->event, op_wall(e));
		break;
	}
}

/* What the engine wants done; until when there is time. */
static uint64_t do_actions(struct engine *e, uint64_t now)
{
	struct ike_event tick = { .kind = IKE_EV_TICK };
	struct ike_action act;

	if (!e->ike)
		return UINT64_MAX;
	if (ike_deadline(e->ike) <= now)
		feed(e, &tick);
	for (int i = 0; i < ACTIONS_MAX; i++) {
		if (!ike_next(e->ike, &act)) {
			if (e->bye && e->stopping) {
				e->stopping = false;
				tell_that(e, IPC_BYE, 0);
			}
			return ike_deadline(e->ike);
		}
		do_action(e, &act);
	}
	return now;	/* more to do, but sockets get their turn */
}

static uint64_t on_idle(void *arg, uint64_t now)
{
	struct engine *e = arg;
	uint64_t until = do_actions(e, now);

	told(e, ipc_push(e->ipc));
	return until;
}

/* ---- events from outside ---------------------------------------------- */

static void on_packet(void *arg, const struct ike_packet *p)
{
	struct ike_event ev = { .kind = IKE_EV_PACKET, .packet = *p };

	feed(arg, &ev);
}

static void on_addrs(void *arg, const struct xaddr *v, size_t n)
{
	struct ike_event ev = { .kind = IKE_EV_ADDRS };

	ev.addrs.v = v;
	ev.addrs.n = n;
	feed(arg, &ev);
}

static void on_admin(void *arg, const struct ike_admin *req)
{
	struct ike_event ev = { .kind = IKE_EV_ADMIN, .admin = *req };

	feed(arg, &ev);
}

static void on_reload(void *arg, uint32_t conn)
{
	tell_that(arg, IPC_RELOAD, conn);
}

/* ---- configuration ---------------------------------------------------- */

static void trust_gone(void *arg)
{
	struct conf_trust *t = arg, **pp = &t->engine->trusts;

	while (*pp != t)
		pp = &(*pp)->next;
	*pp = t->next;
}

/* Makes the trust of conf known for as long as conf lives. */
static int add_trust(struct engine *e, struct ike_conf *conf)
{
	struct arena *a = ike_conf_arena(conf);
	struct conf_trust *t = arena_alloc(a, sizeof(*t));
	int r;

	if (!t)
		return XE_NOMEM;
	t->conf = conf;
	t->engine = e;
	r = trust_build(&t->trust, conf, e->files, e->crypto, &e->log);
	if (r < 0)
		return r;
	t->next = e->trusts;
	e->trusts = t;
	r = arena_cleanup(a, trust_gone, t);
	if (r < 0)
		e->trusts = t->next;
	return r;
}

/* Where it listens on all addresses: what is sent leaves from there, too. */
static void set_ports(struct engine *e)
{
	if (e->ike && e->port[0] && e->port[1])
		ike_set_ports(e->ike, e->port[0], e->port[1]);
}

static int start_ike(struct engine *e, struct ike_conf *conf)
{
	struct ike_event sub = { .kind = IKE_EV_ADMIN };
	const struct ike_ops ops = {
		.arg = e, .rng = op_rng, .log = op_log, .wall = op_wall,
		.crypto = e->crypto, .trust = op_trust,
	};
	int r = ike_new(conf, &ops, loop_now(), &e->ike);

	if (!r)
		r = ike_v1_attach(e->ike);
	if (r < 0)
		return r;
	set_ports(e);
	sub.admin.kind = ADM_SUBSCRIBE;
	feed(e, &sub);
	return addrs_read(e->addrs);
}

static int take_conf(struct engine *e, struct cur body)
{
	struct ike_event ev = { .kind = IKE_EV_CONF };
	struct source src = { e->files, source_recorded };
	struct diag *d = diag_new();
	struct load l = { 0 };
	struct cur text;
	uint8_t level;
	int r = d ? cur_u8(&body, &level) : XE_NOMEM;

	if (!r && level > LOG_LV_DEBUG2)
		r = XE_RANGE;
	if (!r)
		r = files_get(e->files, CONF_NAME, &text);
	if (!r)
		r = load_mem(CONF_NAME, text.p, text.left, LOAD_PRELOADED,
			     &src, e->crypto, d, &l);
	for (const struct diag_entry *de = diag_first(d); r && de; de = de->next)
		if (de->level == DIAG_ERROR)
			log_line(&e->log, LOG_LV_ERROR, "configuration: %s",
				 de->text);
	if (!r)
		r = add_trust(e, l.conf);
	if (!r && !e->ike) {
		r = start_ike(e, l.conf);
	} else if (!r) {
		ev.conf = l.conf;
		feed(e, &ev);
	}
	if (!r) {
		e->log.level = (enum log_level)level;
		ike_set_log(e->ike, e->log.level);
	}
	load_free(&l);
	diag_free(d);
	files_free(e->files);
	e->files = files_new();
	return e->files ? r : XE_NOMEM;
}

static int take_file(struct engine *e, const struct ipc_msg *m)
{
	struct cur body = m->body;
	const char *name;
	int r = codec_get_str(&body, &name);

	if (!r && !name)
		r = XE_MALFORMED;
	/* Files of a configuration that never came are not mixed in. */
	if (!r && m->id != e->generation) {
		files_free(e->files);
		e->files = files_new();
		e->generation = m->id;
	}
	if (!r && !e->files)
		r = XE_NOMEM;
	return r ? r : files_add(e->files, name, body.p, body.left);
}

/* ---- from the other process ------------------------------------------- */

static int start_workers(struct engine *e, unsigned int threads)
{
	void *ctx[WORK_THREADS_MAX];
	int r = 0;

	if (threads > WORK_THREADS_MAX)
		threads = WORK_THREADS_MAX;
	ctx[0] = e->crypto;
	for (unsigned int i = 0; !r && i < threads; i++) {
		r = ike_crypto_clone(e->crypto, &e->worker_crypto[i]);
		ctx[i] = e->worker_crypto[i];
	}
	return r ? r : work_new(&e->work, e->loop, threads, ctx, job_run,
				job_done, e);
}

static int take_setup(struct engine *e, struct cur body)
{
	struct sandbox sb = { 0 };
	struct setup_req s;
	const char *step = NULL;
	bool filtered;
	int r;

	if (e->work)
		return XE_STATE;
	r = codec_get_setup(&body, &s);
	if (r < 0)
		return r;
	sb.uid = s.uid;
	sb.gid = s.gid;
	sb.chroot = s.chroot;
	tzset();
	r = sandbox_enter(&sb, &step);
	if (!r)
		r = start_workers(e, s.threads);
	if (!r) {
		step = "system call filter";
		r = sandbox_filter(&filtered);
	}
	if (r < 0)
		log_line(&e->log, LOG_LV_ERROR,
			 "cannot give up privileges (%s): %s",
			 step ? step : "workers", xe_str(r));
	else
		log_line(&e->log, LOG_LV_INFO,
			 "racoon unprivileged process running with PID %d%s",
			 (int)getpid(),
			 filtered ? "" : ", without system call filter");
	return r;
}

static int take_kans(struct engine *e, struct cur body)
{
	struct ike_event ev = { .kind = IKE_EV_KANS };
	struct kans a;
	int r = codec_get_kans(&body, &a);

	ev.kans = &a;
	if (!r)
		feed(e, &ev);
	return r;
}

static int take_kevent(struct engine *e, struct cur body)
{
	struct ike_event ev = { .kind = IKE_EV_KERNEL };
	struct kevent k;
	int r = codec_get_kevent(&body, &k);

	ev.kernel = &k;
	if (!r)
		feed(e, &ev);
	return r;
}

static int take_keyans(struct engine *e, struct cur body)
{
	struct ike_event ev = { .kind = IKE_EV_KEY };
	struct ike_keyans k;
	int r = codec_get_keyans(&body, &k);

	ev.key = &k;
	if (!r)
		feed(e, &ev);
	secret_free(&k.out);
	return r;
}

static int take_bound(struct engine *e, struct ipc_msg *m)
{
	struct bind_req b;
	int r = codec_get_bind(&m->body, &b);

	if (r < 0)
		return r;
	if (xaddr_is_any(&b.addr))
		e->port[b.natt] = b.port;
	set_ports(e);
	if (!m->nfd)
		return net_keep(e->net, &b) ? 0 : XE_STATE;
	r = net_add(e->net, &b, m->fd[0]);
	if (!r)
		m->fd[0] = -1;
	return r;
}

static int take_admin(struct engine *e, struct ipc_msg *m)
{
	int r = admin_listen(e->admin, m->nfd ? m->fd[0] : -1);

	if (!r && m->nfd)
		m->fd[0] = -1;
	return r;
}

static int take_reloaded(struct engine *e, const struct ipc_msg *m)
{
	struct cur body = m->body;
	uint32_t err;
	int r = cur_u32(&body, &err);

	if (!r)
		admin_reloaded(e->admin, m->id, (int)err);
	return r;
}

static void take_stop(struct engine *e)
{
	struct ike_event ev = { .kind = IKE_EV_ADMIN };
	static const struct ike_evt_row quit = { .code = EVT_QUIT };

	admin_event(e->admin, &quit, op_wall(e));
	e->stopping = true;
	e->bye = !e->ike;
	ev.admin.kind = ADM_SHUTDOWN;
	ev.admin.id = STOP_ID;
	feed(e, &ev);
	if (!e->ike)
		loop_stop(e->loop, 0);
}

static void answer_conf(struct engine *e, uint32_t id, int err)
{
	wbuf_u32(tell(e, IPC_CONF_DONE, id), (uint32_t)err);
	tell_end(e);
}

static void on_message(void *arg, struct ipc_msg *m)
{
	struct engine *e = arg;
	int r = 0;

	switch ((enum ipc_type)m->type) {
	case IPC_SETUP:
		r = take_setup(e, m->body);
		break;
	case IPC_FILE:
		r = take_file(e, m);
		break;
	case IPC_CONF:
		answer_conf(e, m->id, take_conf(e, m->body));
		break;
	case IPC_BOUND:
		r = take_bound(e, m);
		break;
	case IPC_PRUNE:
		net_prune(e->net);
		break;
	case IPC_ADMIN:
		r = take_admin(e, m);
		break;
	case IPC_KANS:
		r = take_kans(e, m->body);
		break;
	case IPC_KEVENT:
		r = take_kevent(e, m->body);
		break;
	case IPC_KEYANS:
		r = take_keyans(e, m->body);
		break;
	case IPC_RELOADED:
		r = take_reloaded(e, m);
		break;
	case IPC_STOP:
		take_stop(e);
		break;
	case IPC_LOG:
	case IPC_KREQ:
	case IPC_KEYREQ:
	case IPC_HOOK:
	case IPC_CONF_DONE:
	case IPC_RELOAD:
	case IPC_BYE:
	case IPC_TYPE_COUNT:
		r = XE_STATE;
		break;
	}
	if (r == XE_NOMEM || (r < 0 && m->type == IPC_SETUP))
		loop_stop(e->loop, 1);
	else if (r < 0)
		log_line(&e->log, LOG_LV_ERROR,
			 "message %u between the processes: %s", m->type,
			 xe_str(r));
}

static void on_closed(void *arg, int err)
{
	struct engine *e = arg;

	loop_stop(e->loop, err ? 1 : 0);
}

/* ---- life ------------------------------------------------------------- */

static int engine_init(struct engine *e, int fd)
{
	const struct admin_ops ops = { e, on_admin, on_reload };
	int r = loop_new(&e->loop);

	e->log = (struct logger){ LOG_LV_INFO, sink, e };
	if (!r)
		r = ipc_new(&e->ipc, e->loop, fd, on_message, on_closed, e);
	if (!r)
		r = ike_crypto_new(&e->crypto, NULL);
	if (!r)
		r = net_new(&e->net, e->loop, on_packet, e);
	if (!r)
		r = admin_new(&e->admin, e->loop, &ops);
	if (!r)
		r = addrs_open(&e->addrs, e->loop, on_addrs, e);
	e->files = files_new();
	if (!r && !e->files)
		r = XE_NOMEM;
	if (!r)
		loop_idle(e->loop, on_idle, e);
	return r;
}

static void engine_free(struct engine *e)
{
	work_free(e->work, job_drop);
	ike_free(e->ike);
	admin_free(e->admin);
	net_free(e->net);
	addrs_close(e->addrs);
	files_free(e->files);
	for (unsigned int i = 0; i < WORK_THREADS_MAX; i++)
		ike_crypto_free(e->worker_crypto[i]);
	ike_crypto_free(e->crypto);
	ipc_free(e->ipc);
	loop_free(e->loop);
}

int engine_run(int fd)
{
	struct engine e = { 0 };
	int r = engine_init(&e, fd);

	if (!r)
		r = loop_run(e.loop);
	if (e.ipc)
		ipc_flush(e.ipc);
	engine_free(&e);
	return r ? 1 : 0;
}
