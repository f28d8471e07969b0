/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/engine.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ike/daemon/background.h"
#include "ike/daemon/engine_priv.h"
#include "libxfrm/base/err.h"

#define ACTIONS_MAX 4096	/* before the loop looks at its sockets again */
#define RANDOM_POOL 1024u	/* bytes drawn at once */

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

struct wbuf *engine_tell(struct engine *e, enum ipc_type type, uint32_t id)
{
	return ipc_begin(e->ipc, (uint16_t)type, id);
}

void engine_tell_end(struct engine *e)
{
	told(e, ipc_end(e->ipc));
}

void engine_tell_that(struct engine *e, enum ipc_type type, uint32_t id)
{
	engine_tell(e, type, id);
	engine_tell_end(e);
}

void engine_log(struct engine *e, enum log_level level,
		const struct ike_ep *peer, const char *line)
{
	struct wbuf *w = engine_tell(e, IPC_LOG, 0);
	char text[XADDR_STRLEN];

	wbuf_u8(w, (uint8_t)level);
	codec_put_str(w, peer ? xaddr_str(&peer->addr, text) : NULL);
	codec_put_str(w, line);
	engine_tell_end(e);
	/* The last words of somebody who is about to fall must be heard. */
	if (level == LOG_LV_ERROR)
		told(e, ipc_push(e->ipc));
}

static void sink(void *arg, enum log_level level, const char *line)
{
	engine_log(arg, level, NULL, line);
}

/* ---- actions of the engine -------------------------------------------- */

void engine_feed(struct engine *e, const struct ike_event *ev)
{
	if (e->ike)
		ike_feed(e->ike, loop_now(), ev);
}

static void on_failed(void *arg, const struct ike_ep *local,
		      const struct ike_ep *remote, int err)
{
	struct ike_event ev = { .kind = IKE_EV_SENDERR };

	ev.senderr.local = *local;
	ev.senderr.remote = *remote;
	ev.senderr.err = err;
	engine_feed(arg, &ev);
}

static void do_kreq(struct engine *e, const struct kreq *q)
{
	codec_put_kreq(engine_tell(e, IPC_KREQ, q->id), q);
	engine_tell_end(e);
}

static void do_key(struct engine *e, const struct ike_keyreq *k)
{
	struct key_question q = { .req = *k };
	const struct ike_cred *c;

	if (k->kind == KEY_SIGN) {
		c = ike_conf_cred(k->conf, k->cred);
		q.file = c ? c->key_file : NULL;
	}
	codec_put_keyreq(engine_tell(e, IPC_KEYREQ, k->id), &q);
	engine_tell_end(e);
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

	codec_put_hook(engine_tell(e, IPC_HOOK, hook_key(h)), h);
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

	engine_feed(e, &ev);
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
		admin_answer(e->admin, a, loop_now(), time(NULL));
	else if (a->kind == ANS_END)
		e->bye = true;
}

static void do_action(struct engine *e, const struct ike_action *act)
{
	switch (act->kind) {
	case ACT_PACKET:
		net_send(e->net, &act->packet);
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
		admin_event(e->admin, act->event, time(NULL));
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
		engine_feed(e, &tick);
	for (int i = 0; i < ACTIONS_MAX; i++) {
		if (!ike_next(e->ike, &act)) {
			if (e->bye && e->stopping) {
				e->stopping = false;
				engine_tell_that(e, IPC_BYE, 0);
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

	if (net_flush(e->net))
		until = now;	/* the failures have consequences */
	told(e, ipc_push(e->ipc));
	return until;
}
int engine_start_workers(struct engine *e, unsigned int threads)
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

/* ---- events from outside ---------------------------------------------- */

static void on_packet(void *arg, const struct ike_packet *p)
{
	struct ike_event ev = { .kind = IKE_EV_PACKET, .packet = *p };

	engine_feed(arg, &ev);
}

static void on_addrs(void *arg, struct xaddr *v, size_t n)
{
	struct ike_event ev = { .kind = IKE_EV_ADDRS };
	struct engine *e = arg;

	net_links(e->net, v, n);
	ev.addrs.v = v;
	ev.addrs.n = n;
	engine_feed(e, &ev);
}

static void on_admin(void *arg, const struct ike_admin *req)
{
	struct ike_event ev = { .kind = IKE_EV_ADMIN, .admin = *req };

	ev.admin.local.addr.scope = ev.admin.remote.addr.scope = 0;
	engine_feed(arg, &ev);
}

static void on_reload(void *arg, uint32_t conn)
{
	engine_tell_that(arg, IPC_RELOAD, conn);
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
	int r;

	background_files();
	r = loop_new(&e->loop);
	e->log = (struct logger){ LOG_LV_INFO, sink, e };
	if (!r)
		r = ipc_new(&e->ipc, e->loop, fd, engine_message, on_closed, e);
	if (!r)
		r = ike_crypto_new(&e->crypto, NULL);
	if (!r)
		r = secret_alloc(&e->pool, RANDOM_POOL);
	if (!r)
		r = net_new(&e->net, e->loop, on_packet, on_failed, e);
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
	secret_free(&e->pool);
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
