/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ike/crypto/keymat.h"
#include "ike/crypto/sig.h"
#include "ike/v1/v1.h"
#include "libxfrm/base/err.h"

/* Answers of the kernel, of jobs and of the key process come after this. */
#define KERNEL_DELAY_MAX 4
#define JOB_DELAY_MAX 20
#define STEPS_MAX 20000000

uint64_t world_rand(struct world *w)
{
	uint64_t z = w->rng += 0x9e3779b97f4a7c15u;	/* splitmix64 */

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t world_below(struct world *w, uint64_t n)
{
	return n ? world_rand(w) % n : 0;
}

bool world_chance(struct world *w, unsigned int percent)
{
	return world_below(w, 100) < percent;
}

void world_log(struct world *w, const char *fmt, ...)
{
	char line[640];
	char **slot = &w->log[w->nlog++ % WORLD_LOG_LINES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (w->verbose)
		printf("%10.3f %s\n", (double)w->now / 1000, line);
	free(*slot);
	*slot = NULL;
	if (asprintf(slot, "%10.3f %s", (double)w->now / 1000, line) < 0)
		*slot = NULL;
}

void world_fail(struct world *w, const char *fmt, ...)
{
	va_list ap;

	if (w->failure[0])
		return;
	va_start(ap, fmt);
	vsnprintf(w->failure, sizeof(w->failure), fmt, ap);
	va_end(ap);
	world_log(w, "FAILURE: %s", w->failure);
}

struct world *world_new(uint64_t seed)
{
	/* made once for all worlds: OpenSSL takes its time to fetch */
	static struct ike_crypto *crypto;
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->seed = seed;
	w->rng = seed * 0x2545f4914f6cdd1du + 1;
	w->now = 1000;
	w->link = (struct link_opts){ .delay_min = 1, .delay_max = 20 };
	if (!crypto && ike_crypto_new(&crypto, NULL) < 0) {
		free(w);
		return NULL;
	}
	w->crypto = crypto;
	return w;
}

void world_free(struct world *w)
{
	struct timer *t;

	if (!w)
		return;
	for (size_t i = 0; i < w->nhost; i++)
		host_stop(w->host[i], true);
	while ((t = timers_due(&w->timers, UINT64_MAX)) != NULL) {
		struct item *it = timer_entry(t, struct item, t);

		if (it->fn)	/* ticks belong to their hosts */
			it->fn(w, it), free(it);
	}
	timers_free(&w->timers);
	htab_free(&w->by_addr);
	for (size_t i = 0; i < w->nhost; i++) {
		kern_free(&w->host[i]->kern);
		ike_conf_unref(w->host[i]->conf);
		free(w->host[i]);
	}
	for (size_t i = 0; i < WORLD_LOG_LINES; i++)
		free(w->log[i]);
	free(w->host);
	free(w);
}

static void item_fire(void *ctx, struct timer *t)
{
}

static const struct timer_kind item_kind = { item_fire, "item" };

struct item *world_at(struct world *w, uint64_t delay, size_t size,
		      void (*fn)(struct world *w, struct item *it),
		      struct host *h)
{
	struct item *it = calloc(1, size);

	if (!it)
		abort();
	timer_init(&it->t, &item_kind);
	it->fn = fn;
	it->host = h;
	it->life = h ? h->life : 0;
	it->world = w;
	if (timers_set(&w->timers, &it->t, w->now, w->now + delay) < 0)
		abort();
	return it;
}

struct host *world_host(struct world *w, const char *name, const char *addr,
			struct ike_conf *conf)
{
	struct host *h = calloc(1, sizeof(*h));

	w->host = reallocarray(w->host, w->nhost + 1, sizeof(*w->host));
	if (!h || !w->host || kern_init(&h->kern) < 0)
		abort();
	h->world = w;
	snprintf(h->name, sizeof(h->name), "%s", name);
	if (xaddr_parse(addr, &h->addr) < 0)
		abort();
	h->conf = conf;
	h->psk = "the key that two gateways share";
	timer_init(&h->tick.t, &item_kind);
	w->host[w->nhost++] = h;
	if (htab_add(&w->by_addr, &h->by_addr, xaddr_hash(1, &h->addr)) < 0)
		abort();
	return h;
}

struct host *world_find(struct world *w, const struct xaddr *addr)
{
	struct hnode *n;

	for (n = htab_first(&w->by_addr, xaddr_hash(1, addr)); n;
	     n = htab_next(n))
		if (xaddr_equal(&hnode_entry(n, struct host, by_addr)->addr,
				addr))
			return hnode_entry(n, struct host, by_addr);
	return NULL;
}

/* ---- operations of the engine ---- */

static void host_rng(void *arg, void *p, size_t len)
{
	struct host *h = arg;
	uint8_t *b = p;

	while (len) {
		uint64_t v = world_rand(h->world);
		size_t n = len < sizeof(v) ? len : sizeof(v);

		memcpy(b, &v, n);
		b += n;
		len -= n;
	}
}

static void host_log(void *arg, enum log_level level, const struct ike_ep *ep,
		     const char *line)
{
	struct host *h = arg;
	char addr[XADDR_STRLEN];

	world_log(h->world, "%s: %s%s%s%s: %s", h->name, ep ? "[" : "",
		  ep ? xaddr_str(&ep->addr, addr) : "", ep ? "] " : "",
		  log_level_name(level), line);
}

#define SIM_EPOCH 1800000000	/* certificates of the tests are valid then */

static int64_t host_wall(void *arg)
{
	struct host *h = arg;

	return SIM_EPOCH + (int64_t)(h->world->now / 1000);
}

static const struct ike_store *host_trust(void *arg, struct ike_conf *conf,
					  const struct ike_remote *rc)
{
	struct host *h = arg;

	return h->trust;
}

/* ---- actions ---- */

struct kans_item {
	struct item it;
	struct kans ans;
};

static void kans_arrive(struct world *w, struct item *it)
{
	struct kans_item *k = (struct kans_item *)it;
	struct ike_event e = { .kind = IKE_EV_KANS, .kans = &k->ans };

	if (it->host->up && it->life == it->host->life)
		host_feed(it->host, &e);
}

struct job_item {
	struct item it;
	struct ike_job *job;
};

static void job_arrive(struct world *w, struct item *it)
{
	struct job_item *j = (struct job_item *)it;
	struct ike_event e = { .kind = IKE_EV_JOB, .job = j->job };

	if (it->host->up && it->life == it->host->life)
		host_feed(it->host, &e);
	else
		ike_job_free(j->job);
}

struct key_item {
	struct item it;
	struct ike_keyans ans;
};

static void key_arrive(struct world *w, struct item *it)
{
	struct key_item *k = (struct key_item *)it;
	struct ike_event e = { .kind = IKE_EV_KEY, .key = &k->ans };

	if (it->host->up && it->life == it->host->life)
		host_feed(it->host, &e);
	secret_free(&k->ans.out);
}

/* The key process: never lets a key out. */
static void key_answer(struct host *h, const struct ike_keyreq *q,
		       struct ike_keyans *ans)
{
	struct cur data = cur_init(q->data, q->data_len);
	struct secret psk = { 0 };
	struct wbuf sig;

	ans->id = q->id;
	switch (q->kind) {
	case KEY_PSK_PRF:
		if (!h->psk) {
			ans->err = XE_NOTFOUND;
			return;
		}
		ans->err = secret_set(&psk, h->psk, strlen(h->psk));
		if (!ans->err)
			ans->err = ike_v1_skeyid_psk(h->world->crypto,
						     ike_md_from_v1(q->prf),
						     &psk, data, &ans->out);
		secret_free(&psk);
		return;
	case KEY_SIGN:
		if (!h->key) {
			ans->err = XE_NOTFOUND;
			return;
		}
		wbuf_init(&sig, KEY_SIG_MAX);
		ans->err = ike_rsa_v1_sign(h->world->crypto, h->key, data,
					   &sig);
		if (!ans->err)
			ans->err = secret_set(&ans->out, sig.p, sig.len);
		wbuf_free(&sig);
		return;
	}
}

static void host_event(struct host *h, const struct ike_evt_row *e)
{
	if (e->admin)
		h->last_own = *e;
	switch ((int)e->code) {
	case EVT_PH1_UP:
		h->ph1_up++;
		break;
	case EVT_PH1_DOWN:
		h->ph1_down++;
		break;
	case EVT_PH2_UP:
		h->ph2_up++;
		break;
	case EVT_PH2_DOWN:
		h->ph2_down++;
		break;
	case EVT_PH1_MODE_CFG:
		h->mode_cfg++;
		break;
	case EVT_PH1_DPD:
	case EVT_PH1_NO_RESPONSE:
	case EVT_PH2_NO_RESPONSE:
		h->gave_up++;
		break;
	}
}

static void host_answer(struct host *h, const struct ike_answer *a)
{
	h->answers++;
	if (a->kind == ANS_END)
		h->admin_err = a->err;
	if (a->kind == ANS_CHILD) {
		h->child = a->child;
		h->child.remote_name = NULL;	/* goes with the answer */
	}
	if (a->kind == ANS_DOWN && !a->down.reason)
		h->idle++;
	if (a->kind == ANS_DOWN && a->down.refused) {
		h->refused++;
		h->refused_peer = a->down.remote.addr;
	} else if (a->kind == ANS_DOWN && a->down.reason)
		snprintf(h->reason, sizeof(h->reason), "%s", a->down.reason);
}

static void host_act(struct host *h, const struct ike_action *a)
{
	struct world *w = h->world;
	struct kans_item *k;
	struct job_item *j;
	struct key_item *q;

	switch (a->kind) {
	case ACT_PACKET:
		link_send(h, &a->packet);
		break;
	case ACT_KREQ:
		k = (struct kans_item *)world_at(w,
			world_below(w, KERNEL_DELAY_MAX), sizeof(*k),
			kans_arrive, h);
		kern_request(h, a->kreq, &k->ans);
		break;
	case ACT_JOB:
		ike_job_run(w->crypto, a->job);
		j = (struct job_item *)world_at(w,
			1 + world_below(w, JOB_DELAY_MAX), sizeof(*j),
			job_arrive, h);
		j->job = a->job;
		break;
	case ACT_KEY:
		q = (struct key_item *)world_at(w,
			world_below(w, KERNEL_DELAY_MAX), sizeof(*q),
			key_arrive, h);
		key_answer(h, a->key, &q->ans);
		break;
	case ACT_HOOK:
		h->hooks++;
		break;
	case ACT_ADMIN:
		host_answer(h, a->answer);
		break;
	case ACT_EVENT:
		host_event(h, a->event);
		break;
	}
}

/* Kernel requests can feed events back at once: one pump at a time. */
static void host_pump(struct host *h)
{
	struct ike_action a;
	uint64_t at;

	if (h->ticking)
		return;
	h->ticking = true;
	while (h->up && ike_next(h->ike, &a))
		host_act(h, &a);
	h->ticking = false;
	if (!h->up)
		return;
	at = ike_deadline(h->ike);
	if (at == UINT64_MAX)
		timers_stop(&h->world->timers, &h->tick.t);
	else if (timers_set(&h->world->timers, &h->tick.t, h->world->now,
			    at > h->world->now ? at : h->world->now) < 0)
		abort();
}

static uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void host_feed(struct host *h, const struct ike_event *ev)
{
	uint64_t start = 0, ns;

	if (!h->up)
		return;
	h->world->steps++;
	if (h->timed)
		start = clock_ns();
	ike_feed(h->ike, h->world->now, ev);
	ns = h->timed ? clock_ns() - start : 0;
	if (ev->kind == IKE_EV_PACKET) {
		h->packets.n++;
		h->packets.ns += ns;
	} else if (ev->kind == IKE_EV_TICK) {
		h->ticks.n++;
		h->ticks.ns += ns;
	}
	host_pump(h);
}

void host_admin(struct host *h, enum adm_kind kind, const struct xaddr *peer)
{
	struct ike_event e = { .kind = IKE_EV_ADMIN,
			       .admin = { .id = 1, .kind = kind } };

	if (peer) {
		e.admin.remote.addr = *peer;
		e.admin.local.addr = h->addr;
	}
	h->admin_err = 1;
	h->idle = h->refused = 0;
	host_feed(h, &e);
	/* the kernel is asked for counters first */
	for (int i = 0; i < 100 && kind == ADM_STATUS && h->admin_err == 1; i++)
		world_run(h->world, 10);
}

static void tell_policy(struct host *h, const struct kpol *pol, uint32_t index)
{
	struct kevent ev = { .kind = KEV_POL_NEW, .pol = *pol };
	struct ike_event e = { .kind = IKE_EV_KERNEL, .kernel = &ev };

	ev.pol.index = index;
	host_feed(h, &e);
}

void host_policy(struct host *h, const struct kpol *pol)
{
	uint32_t index;

	kern_add_policy(&h->kern, pol, &index);
	tell_policy(h, pol, index);
}

void host_new_policy(struct host *h, const struct kpol *pol)
{
	uint32_t index;

	kern_append_policy(&h->kern, pol, &index);
	tell_policy(h, pol, index);
}

void host_start(struct host *h)
{
	struct ike_ops ops = {
		.arg = h, .rng = host_rng, .log = host_log, .wall = host_wall,
		.crypto = h->world->crypto, .trust = host_trust,
	};

	if (h->up)
		return;
	if (ike_new(h->conf, &ops, h->world->now, &h->ike) < 0 ||
	    ike_v1_attach(h->ike) < 0)
		abort();
	ike_set_log(h->ike, LOG_LV_DEBUG);
	h->up = true;
	h->life++;
	for (size_t i = 0; i < h->kern.npol; i++) {
		struct kevent ev = { .kind = KEV_POL_NEW,
				     .pol = h->kern.pol[i] };
		struct ike_event e = { .kind = IKE_EV_KERNEL, .kernel = &ev };

		host_feed(h, &e);
	}
	world_log(h->world, "%s: started", h->name);
}

void host_stop(struct host *h, bool wipe)
{
	if (h->up) {
		h->up = false;
		timers_stop(&h->world->timers, &h->tick.t);
		ike_free(h->ike);
		h->ike = NULL;
		world_log(h->world, "%s: stopped", h->name);
	}
	if (wipe && h->kern.bucket)
		kern_flush(&h->kern);
}

/* ---- time ---- */

static struct host *tick_host(struct world *w, struct timer *t)
{
	return (struct host *)((char *)t - offsetof(struct host, tick.t));
}

static void world_step(struct world *w, struct timer *t)
{
	struct item *it = timer_entry(t, struct item, t);

	if (it->fn) {
		it->fn(w, it);
		free(it);
	} else {
		struct ike_event e = { .kind = IKE_EV_TICK };

		host_feed(tick_host(w, t), &e);
	}
}

static void world_second(struct world *w)
{
	for (size_t i = 0; i < w->nhost; i++)
		if (w->host[i]->up)
			kern_tick(w->host[i]);
}

void world_run(struct world *w, uint64_t ms)
{
	uint64_t end = w->now + ms;

	while (!w->failure[0]) {
		uint64_t next = timers_next(&w->timers);
		uint64_t second = w->now - w->now % 1000 + 1000;
		struct timer *t;

		if (next > second)
			next = second;
		if (next > end)
			break;
		if (next > w->now)
			w->now = next;
		if (w->now % 1000 == 0 && next == second)
			world_second(w);
		while ((t = timers_due(&w->timers, w->now)) != NULL) {
			world_step(w, t);
			if (w->steps > STEPS_MAX) {
				world_fail(w, "the world never rests");
				return;
			}
		}
	}
	if (!w->failure[0])
		w->now = end;
}
