/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/monitor_priv.h"

#include <string.h>

#include "ike/daemon/background.h"
#include "ike/daemon/notify.h"
#include "libxfrm/base/err.h"

/*
 * The permit table: what the unprivileged process may ask, and from when on.
 * Everything else ends it: it is not what we started any more.
 */
static const struct {
	enum ipc_type type;
	enum monitor_phase from, to;
} permit[] = {
	{ IPC_LOG, PHASE_START, PHASE_STOP },
	{ IPC_CONF_DONE, PHASE_START, PHASE_STOP },
	{ IPC_KREQ, PHASE_RUN, PHASE_STOP },
	{ IPC_KEYREQ, PHASE_RUN, PHASE_STOP },
	{ IPC_HOOK, PHASE_RUN, PHASE_STOP },
	{ IPC_RELOAD, PHASE_RUN, PHASE_RUN },
	{ IPC_BYE, PHASE_STOP, PHASE_STOP },
};

static bool permitted(const struct monitor *m, uint16_t type)
{
	for (size_t i = 0; i < sizeof(permit) / sizeof(permit[0]); i++)
		if (permit[i].type == type)
			return m->phase >= permit[i].from &&
			       m->phase <= permit[i].to;
	return false;
}

static int take_log(struct monitor *m, struct cur body)
{
	const char *peer, *text;
	uint8_t level;
	int r;

	if ((r = cur_u8(&body, &level)) || (r = codec_get_str(&body, &peer)) ||
	    (r = codec_get_str(&body, &text)) || (r = cur_end(&body)))
		return r;
	if (level > LOG_LV_DEBUG2 || !text)
		return XE_RANGE;
	if (level <= m->log.level)
		logsink_line(m->sink, (enum log_level)level, peer, text);
	return 0;
}

static int take_kreq(struct monitor *m, struct cur body)
{
	struct kreq q;
	int r = codec_get_kreq(&body, &q);

	if (!r)
		kern_put(m->kern, &q);
	return r;
}

static int take_keyreq(struct monitor *m, struct cur body)
{
	struct key_question q;
	struct ike_keyans a;
	int r = codec_get_keyreq(&body, &q);

	if (r < 0)
		return r;
	keyproc_answer(m->keys, &q, &a);
	codec_put_keyans(monitor_tell(m, IPC_KEYANS, a.id), &a);
	monitor_tell_end(m);
	secret_free(&a.out);
	return 0;
}

static int take_hook(struct monitor *m, const struct ipc_msg *msg)
{
	const char *env[HOOK_ENV_MAX + 1] = { 0 };
	struct cur body = msg->body;
	struct ike_hook h;
	int r = codec_get_hook(&body, &h);

	if (r < 0)
		return r;
	memcpy(env, h.env, h.nenv * sizeof(env[0]));
	r = script_run(m->scripts, h.script, h.event, msg->id, env);
	if (r < 0)
		log_line(&m->log, LOG_LV_ERROR, "script %s %s is not run: %s",
			 h.script, h.event, xe_str(r));
	return 0;
}

static int take_conf_done(struct monitor *m, const struct ipc_msg *msg)
{
	struct cur body = msg->body;
	uint32_t conn = m->reload_conn, err;
	int r = cur_u32(&body, &err);

	if (r < 0)
		return r;
	if (msg->id != m->generation)
		return 0;	/* of one that could not be sent whole */
	m->applying = false;
	if (m->phase == PHASE_START && (int)err < 0) {
		log_line(&m->log, LOG_LV_ERROR, "cannot start: %s",
			 xe_str((int)err));
		monitor_over(m, 1);
		return 0;
	}
	if (m->phase == PHASE_START) {
		m->phase = PHASE_RUN;
		kern_resync(m->kern);
		background_ready(&m->ready_fd, 0);
	}
	monitor_listen_late(m);
	m->reload_conn = 0;
	if (conn)
		monitor_tell_err(m, IPC_RELOADED, conn, (int)err);
	notify_service("READY=1");
	monitor_reload_again(m);
	return 0;
}

void monitor_message(void *arg, struct ipc_msg *msg)
{
	struct monitor *m = arg;
	int r = permitted(m, msg->type) ? 0 : XE_STATE;

	if (r == XE_STATE && m->phase == PHASE_OVER)
		return;
	switch (r ? IPC_TYPE_COUNT : (enum ipc_type)msg->type) {
	case IPC_LOG:
		r = take_log(m, msg->body);
		break;
	case IPC_KREQ:
		r = take_kreq(m, msg->body);
		break;
	case IPC_KEYREQ:
		r = take_keyreq(m, msg->body);
		break;
	case IPC_HOOK:
		r = take_hook(m, msg);
		break;
	case IPC_CONF_DONE:
		r = take_conf_done(m, msg);
		break;
	case IPC_RELOAD:
		monitor_reload(m, msg->id);
		break;
	case IPC_BYE:
		monitor_over(m, 0);
		break;
	case IPC_SETUP:
	case IPC_KANS:
	case IPC_KEVENT:
	case IPC_KEYANS:
	case IPC_FILE:
	case IPC_CONF:
	case IPC_BOUND:
	case IPC_PRUNE:
	case IPC_ADMIN:
	case IPC_RELOADED:
	case IPC_STOP:
	case IPC_TYPE_COUNT:
		r = r ? r : XE_STATE;
		break;
	}
	if (r < 0) {
		log_line(&m->log, LOG_LV_ERROR, "the unprivileged process "
			 "broke its protocol (message %u: %s): stopping",
			 msg->type, xe_str(r));
		monitor_over(m, 1);
	}
}
