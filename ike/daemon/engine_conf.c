/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/engine_priv.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ike/daemon/load.h"
#include "ike/daemon/source.h"
#include "ike/daemon/trust.h"
#include "ike/v1/v1.h"
#include "libxfrm/base/err.h"

/* What trust was built for a configuration that is in use. */
struct conf_trust {
	struct conf_trust *next;
	const struct ike_conf *conf;
	struct trust *trust;
	struct engine *engine;
};

/* ---- what the core gets from us ----------------------------------------- */

static void op_log(void *arg, enum log_level level, const struct ike_ep *peer,
		   const char *line)
{
	engine_log(arg, level, peer, line);
}

/* Without random numbers there is no IKE. */
static void random_bytes(struct engine *e, void *p, size_t len)
{
	if (ike_crypto_random(e->crypto, p, len) < 0)
		abort();
}

/*
 * A tunnel draws nine times a few bytes, and OpenSSL's cost is by the call.
 * This process never forks: nobody else has the pool.
 */
static void op_rng(void *arg, void *p, size_t len)
{
	struct engine *e = arg;
	uint8_t *from;

	if (len > e->pool.len) {
		random_bytes(e, p, len);
		return;
	}
	if (len > e->pool_left) {
		random_bytes(e, e->pool.p, e->pool.len);
		e->pool_left = e->pool.len;
	}
	from = &e->pool.p[e->pool.len - e->pool_left];
	memcpy(p, from, len);
	secret_wipe(from, len);
	e->pool_left -= len;
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

/* ---- configuration ------------------------------------------------------ */

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

void engine_set_ports(struct engine *e)
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
	engine_set_ports(e);
	sub.admin.kind = ADM_SUBSCRIBE;
	engine_feed(e, &sub);
	return addrs_read(e->addrs);
}

int engine_take_conf(struct engine *e, struct cur body)
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
		engine_feed(e, &ev);
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

int engine_take_file(struct engine *e, const struct ipc_msg *m)
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
