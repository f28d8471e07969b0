/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/engine_priv.h"

#include <time.h>
#include <unistd.h>

#include "ike/daemon/sandbox.h"
#include "libxfrm/base/err.h"

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
		r = engine_start_workers(e, s.threads);
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
		engine_feed(e, &ev);
	return r;
}

static int take_kevent(struct engine *e, struct cur body)
{
	struct ike_event ev = { .kind = IKE_EV_KERNEL };
	struct kevent k;
	int r = codec_get_kevent(&body, &k);

	ev.kernel = &k;
	if (!r)
		engine_feed(e, &ev);
	return r;
}

static int take_keyans(struct engine *e, struct cur body)
{
	struct ike_event ev = { .kind = IKE_EV_KEY };
	struct ike_keyans k;
	int r = codec_get_keyans(&body, &k);

	ev.key = &k;
	if (!r)
		engine_feed(e, &ev);
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
	engine_set_ports(e);
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

	admin_event(e->admin, &quit, time(NULL));
	e->stopping = true;
	e->bye = !e->ike;
	ev.admin.kind = ADM_SHUTDOWN;
	ev.admin.id = STOP_ID;
	engine_feed(e, &ev);
	if (!e->ike)
		loop_stop(e->loop, 0);
}

static void take_conf(struct engine *e, const struct ipc_msg *m)
{
	e->conf_err = engine_take_conf(e, m->body);
	e->conf_id = m->id;
	e->conf_taken = true;
}

/* The answer means, too, that sockets that were in the way are closed. */
static void take_prune(struct engine *e)
{
	net_prune(e->net);
	if (!e->conf_taken)
		return;
	e->conf_taken = false;
	wbuf_u32(engine_tell(e, IPC_CONF_DONE, e->conf_id),
		 (uint32_t)e->conf_err);
	engine_tell_end(e);
}

void engine_message(void *arg, struct ipc_msg *m)
{
	struct engine *e = arg;
	int r = 0;

	switch ((enum ipc_type)m->type) {
	case IPC_SETUP:
		r = take_setup(e, m->body);
		break;
	case IPC_FILE:
		r = engine_take_file(e, m);
		break;
	case IPC_CONF:
		take_conf(e, m);
		break;
	case IPC_BOUND:
		r = take_bound(e, m);
		break;
	case IPC_PRUNE:
		take_prune(e);
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
