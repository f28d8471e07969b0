/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/core/action.h"
#include "ike/core/admin.h"
#include "ike/core/child.h"
#include "ike/core/contact.h"
#include "ike/core/fsm.h"
#include "ike/core/natt.h"
#include "ike/core/sa.h"
#include "ike/core/status.h"
#include "ike/core/removal.h"
#include "ike/core/survey.h"
#include "libxfrm/base/err.h"

/* Lines strangers cause: a hundred at once, then ten a second. */
#define STRANGER_BURST 100
#define STRANGER_INTERVAL 100

static enum log_level conf_level(const struct ike_conf *conf)
{
	return (enum log_level)ike_conf_settings(conf)->log;
}

int ike_new(struct ike_conf *conf, const struct ike_ops *ops, uint64_t now,
	    struct ike **out)
{
	struct ike *ike = calloc(1, sizeof(*ike));

	*out = NULL;
	if (!ike)
		return XE_NOMEM;
	ike->ops = *ops;
	ike->conf = ike_conf_ref(conf);
	ike->level = conf_level(conf);
	ike_set_ports(ike, IKE_PORT, IKE_NATT_PORT);
	ike->now = now;
	ike_rng(ike, &ike->seed, sizeof(ike->seed));
	htab_init(&ike->sa_id, IKE_SA_MAX);
	htab_init(&ike->sa_spi, 0);
	htab_init(&ike->sa_init, 0);
	htab_init(&ike->sa_peer, 0);
	htab_init(&ike->xchg_id, IKE_XCHG_MAX);
	htab_init(&ike->xchg_msgid, 0);
	htab_init(&ike->child_id, IKE_CHILD_MAX);
	htab_init(&ike->child_spi, 0);
	htab_init(&ike->child_pol, 0);
	htab_init(&ike->child_sel, 0);
	htab_init(&ike->kwait, IKE_KWAIT_MAX);
	htab_init(&ike->contacted, IKE_CONTACTED_MAX);
	htab_init(&ike->down, IKE_DOWN_MAX);
	htab_init(&ike->genpol, IKE_CHILD_MAX);
	spd_init(&ike->spd, ike->seed);
	guard_init(&ike->guard, ike->seed, IKE_HALF_OPEN_MAX, now);
	log_limit_init(&ike->limit, STRANGER_BURST, STRANGER_INTERVAL);
	ike_act_init(ike);
	*out = ike;
	return 0;
}

/* Frees what was deleted while the event was dealt with. */
static void ike_reap(struct ike *ike)
{
	struct ike_child *c;
	struct ike_sa *sa;
	struct xchg *x;

	while ((x = ike->dead_xchg) != NULL) {
		ike->dead_xchg = x->dead_next;
		xchg_free(x);
	}
	while ((c = ike->dead_child) != NULL) {
		ike->dead_child = c->dead_next;
		child_free(c);
	}
	while ((sa = ike->dead_sa) != NULL) {
		ike->dead_sa = sa->dead_next;
		sa_free(ike, sa);
	}
}

void ike_free(struct ike *ike)
{
	if (!ike)
		return;
	timers_free(&ike->timers);
	child_forget_all(ike);
	sa_forget_all(ike);
	ike_reap(ike);
	ike_act_free(ike);
	ike_kwait_free(ike);
	status_free(ike);
	survey_free(ike);
	removal_free(ike);
	spd_free(&ike->spd);
	guard_free(&ike->guard);
	htab_free(&ike->sa_id);
	htab_free(&ike->sa_spi);
	htab_free(&ike->sa_init);
	htab_free(&ike->sa_peer);
	htab_free(&ike->xchg_id);
	htab_free(&ike->xchg_msgid);
	htab_free(&ike->child_id);
	htab_free(&ike->child_spi);
	htab_free(&ike->child_pol);
	htab_free(&ike->child_sel);
	htab_free(&ike->genpol);
	contact_free(ike);
	ike_conf_unref(ike->conf);
	free(ike->addrs);
	free(ike);
}

void ike_set_log(struct ike *ike, enum log_level level)
{
	ike->level = level;
}

void ike_set_ports(struct ike *ike, uint16_t port, uint16_t port_natt)
{
	ike->port = port;
	ike->port_natt = port_natt;
}

int ike_add_version(struct ike *ike, const struct ike_version *v)
{
	if (ike->nversion == IKE_VERSIONS_MAX)
		return XE_LIMIT;
	ike->version[ike->nversion++] = v;
	return 0;
}

const struct ike_version *ike_version(const struct ike *ike,
				      unsigned int major)
{
	for (unsigned int i = 0; i < ike->nversion; i++)
		if (ike->version[i]->major == major)
			return ike->version[i];
	return NULL;
}

uint32_t ike_new_id(struct ike *ike)
{
	/*
	 * 2^32 ids last for years at thousands of tunnels per second; after
	 * that the ones still in use are skipped by nobody, so 0 is.
	 */
	if (++ike->last_id == 0)
		++ike->last_id;
	return ike->last_id;
}

static void ike_vlog(struct ike *ike, enum log_level level,
		     const struct ike_ep *ep, const char *fmt, va_list ap)
	__attribute__((format(printf, 4, 0)));

static void ike_vlog(struct ike *ike, enum log_level level,
		     const struct ike_ep *ep, const char *fmt, va_list ap)
{
	char line[LOG_LINE_MAX];

	vsnprintf(line, sizeof(line), fmt, ap);
	ike->ops.log(ike->ops.arg, level, ep, line);
}

void ike_log(struct ike *ike, enum log_level level, const struct ike_ep *ep,
	     const char *fmt, ...)
{
	va_list ap;

	if (!ike_log_on(ike, level))
		return;
	va_start(ap, fmt);
	ike_vlog(ike, level, ep, fmt, ap);
	va_end(ap);
}

void ike_log_stranger(struct ike *ike, enum log_level level,
		      const struct ike_ep *ep, const char *fmt, ...)
{
	uint64_t dropped;
	va_list ap;

	if (!ike_log_on(ike, level))
		return;
	if (level <= LOG_LV_INFO) {
		if (!log_limit_pass(&ike->limit, ike->now, &dropped))
			return;
		if (dropped)
			ike_log(ike, level, NULL,
				"%llu lines about strangers were left out",
				(unsigned long long)dropped);
	}
	va_start(ap, fmt);
	ike_vlog(ike, level, ep, fmt, ap);
	va_end(ap);
}

const char *ike_ep_str(const struct ike_ep *ep, char *buf)
{
	char addr[XADDR_STRLEN];

	snprintf(buf, IKE_EP_STRLEN, "%s[%u]", xaddr_str(&ep->addr, addr),
		 ep->port);
	return buf;
}

bool ike_ep_equal(const struct ike_ep *a, const struct ike_ep *b)
{
	return a->port == b->port && xaddr_equal(&a->addr, &b->addr);
}

void ike_timer(struct ike *ike, struct timer *t, uint64_t at)
{
	if (timers_set(&ike->timers, t, ike->now, at) < 0)
		ike_log(ike, LOG_LV_ERROR, NULL,
			"out of memory: no timer for %s", t->kind->what);
}

/* ---- packets ---- */

static bool multicast(const struct xaddr *a)
{
	return a->family == AF_INET6 ? a->b[0] == 0xff
				     : (a->b[0] & 0xf0) == 0xe0;
}

static int feed_packet(struct ike *ike, const struct ike_packet *pkt)
{
	const struct ike_version *v;
	struct ike_sa *sa = NULL;
	struct ike_hdr hdr;
	struct cur body;
	int r;

	ike->stats.packets_in++;
	if (multicast(&pkt->remote.addr) || !pkt->remote.port)
		return XE_MALFORMED;
	r = ike_hdr_parse(cur_init(pkt->p, pkt->len), &hdr, &body);
	if (r < 0) {
		ike_log_stranger(ike, LOG_LV_DEBUG, &pkt->remote,
				 "ignore a packet: %s", xe_str(r));
		return r;
	}
	v = ike_version(ike, hdr.major);
	if (!v) {
		ike_log_stranger(ike, LOG_LV_ERROR, &pkt->remote,
				 "invalid major version %u%s", hdr.major,
				 hdr.major == 2 ? " (the peer speaks IKEv2; "
				 "set it to IKEv1)" : "");
		return XE_UNSUPPORTED;
	}
	if (!hdr.spi_i)
		return XE_MALFORMED;
	if (hdr.spi_r)
		sa = sa_by_spi(ike, hdr.spi_i, hdr.spi_r);
	if (!sa)
		sa = sa_by_spi(ike, hdr.spi_i, 0);
	if (!sa && !hdr.spi_r)
		sa = sa_by_init(ike, hdr.spi_i, &pkt->remote);
	if (sa && sa->ver != v)
		return XE_MALFORMED;
	return v->input(ike, sa, pkt, &hdr, body);
}

/* ---- everything else ---- */

static int feed_job(struct ike *ike, struct ike_job *job)
{
	struct xchg *x = xchg_by_id(ike, job->owner);
	int r = XE_NOTFOUND;

	if (x && x->busy && x->wait == job->id) {
		x->job = job;
		x->wait = 0;
		r = fsm_resume(ike, x);
		x->job = NULL;
	}
	ike_job_free(job);
	return r;
}

static int feed_key(struct ike *ike, struct ike_keyans *key)
{
	struct xchg *x = xchg_by_id(ike, key->id);
	int r = XE_NOTFOUND;

	if (x && x->busy && x->wait == key->id) {
		x->key = key;
		x->wait = 0;
		r = fsm_resume(ike, x);
		x->key = NULL;
	}
	secret_free(&key->out);
	return r;
}

static int feed_addrs(struct ike *ike, const struct xaddr *v, size_t n)
{
	struct xaddr *copy = NULL;

	if (n) {
		copy = reallocarray(NULL, n, sizeof(*copy));
		if (!copy)
			return XE_NOMEM;
		memcpy(copy, v, n * sizeof(*copy));
	}
	free(ike->addrs);
	ike->addrs = copy;
	ike->naddrs = n;
	sa_check_addrs(ike);
	return 0;
}

static int feed_conf(struct ike *ike, struct ike_conf *conf)
{
	struct ike_conf *old = ike->conf;

	ike->conf = ike_conf_ref(conf);
	ike->level = conf_level(conf);
	sa_check_conf(ike);
	ike_conf_unref(old);
	return 0;
}

static void feed_timers(struct ike *ike)
{
	struct timer *t;

	while ((t = timers_due(&ike->timers, ike->now)) != NULL)
		t->kind->fn(ike, t);
}

static int feed_one(struct ike *ike, const struct ike_event *ev)
{
	switch (ev->kind) {
	case IKE_EV_TICK:
		return 0;
	case IKE_EV_PACKET:
		return feed_packet(ike, &ev->packet);
	case IKE_EV_KERNEL:
		return child_kernel(ike, ev->kernel);
	case IKE_EV_KANS:
		ike_kans(ike, ev->kans);
		return 0;
	case IKE_EV_JOB:
		return feed_job(ike, ev->job);
	case IKE_EV_KEY:
		return feed_key(ike, ev->key);
	case IKE_EV_ADMIN:
		return admin_request(ike, &ev->admin);
	case IKE_EV_CONF:
		return feed_conf(ike, ev->conf);
	case IKE_EV_ADDRS:
		return feed_addrs(ike, ev->addrs.v, ev->addrs.n);
	case IKE_EV_SENDERR:
		sa_send_error(ike, &ev->senderr.local, &ev->senderr.remote,
			      ev->senderr.err);
		return 0;
	}
	return XE_INVAL;
}

int ike_feed(struct ike *ike, uint64_t now, const struct ike_event *ev)
{
	int r;

	if (now > ike->now)
		ike->now = now;
	r = feed_one(ike, ev);
	feed_timers(ike);
	ike_reap(ike);
	return r;
}

uint64_t ike_deadline(const struct ike *ike)
{
	return timers_next(&ike->timers);
}

void ike_stats(const struct ike *ike, struct ike_stats *st)
{
	*st = ike->stats;
	st->nsa = ike->sa_id.count;
	st->nhalf_open = ike->guard.half_open;
	st->nchild = ike->child_id.count;
	st->nxchg = ike->xchg_id.count;
	st->ntimer = ike->timers.n;
	st->npolicy = ike->spd.index.count;
}
