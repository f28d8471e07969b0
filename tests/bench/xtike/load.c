/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/xtike/load.h"

#include <stdio.h>
#include <string.h>

#include "ike/daemon/loop.h"
#include "libxfrm/base/buf.h"
#include "libxfrm/base/err.h"
#include "tests/bench/xtike/meter.h"
#include "tests/bench/xtike/peers.h"

#define SETTLE_MS 300

struct load_state {
	const struct load_opts *o;
	struct peers *peers;
	unsigned int next;	/* peer to be started */
	unsigned int goal;	/* how many to start */
	unsigned int flying, up, failed;
};

struct xaddr nth_addr(const struct xaddr *first, unsigned int n)
{
	struct cur c = cur_init(first->b, 4);
	struct xaddr a = *first;
	uint32_t v = 0;
	struct wbuf w;

	(void)cur_u32(&c, &v);
	wbuf_fixed(&w, a.b, 4);
	wbuf_u32(&w, v + n);
	return a;
}

/* Starts peers as long as there is room in the window. */
static void start_some(struct load_state *s)
{
	while (s->next < s->goal && s->flying < s->o->window) {
		struct xaddr a = nth_addr(&s->o->first, s->next++);

		s->flying++;
		if (peers_want(s->peers, &a, &s->o->target, &a,
			       &s->o->inner) < 0) {
			s->flying--;
			s->failed++;
		}
	}
}

static void on_event(void *arg, enum ike_evt code, const struct xaddr *local,
		     const struct xaddr *remote)
{
	struct load_state *s = arg;

	switch (code) {
	case EVT_PH2_UP:
		s->up++;
		break;
	case EVT_PH2_NO_PH1:
	case EVT_PH2_NO_RESPONSE:
	case EVT_PH2_FAILED:
		s->failed++;
		break;
	case EVT_QUIT:
	case EVT_PH1_NO_RESPONSE:
	case EVT_PH1_NO_PROPOSAL:
	case EVT_PH1_AUTH_FAILED:
	case EVT_PH1_UP:
	case EVT_PH1_DOWN:
	case EVT_PH1_DPD:
	case EVT_PH1_PEER_DELETED:
	case EVT_PH1_MODE_CFG:
	case EVT_PH1_XAUTH_OK:
	case EVT_PH1_XAUTH_FAILED:
	case EVT_PH2_DOWN:
		return;
	}
	s->flying--;
	start_some(s);
	if (!s->flying)
		peers_stop(s->peers);
}

/* Goes on until goal peers are done with. */
static int fly(struct load_state *s, unsigned int goal)
{
	s->goal = goal;
	start_some(s);
	return s->flying ? peers_run(s->peers, 0) : 0;
}

static void print(const struct load_state *s, unsigned int warm,
		  uint64_t since, const struct meter *a, const struct meter *b)
{
	printf("tunnels %u failed %u seconds %.3f user %.2f sys %.2f mem %.0f "
	       "child %.0f\n", s->up - warm, s->failed,
	       (double)(loop_now() - since) / 1000, b->user - a->user,
	       b->sys - a->sys, b->mem - a->mem,
	       b->child_mem - a->child_mem);
	fflush(stdout);
}

static int measure(struct load_state *s)
{
	const struct load_opts *o = s->o;
	struct meter before = { 0 }, after = { 0 };
	unsigned int warm;
	uint64_t since;
	int r = fly(s, o->warm);

	if (!r && o->pid)
		r = meter_settle(o->pid, SETTLE_MS);
	if (!r && o->pid)
		r = meter_read(o->pid, &before);
	warm = s->up;
	since = loop_now();
	for (unsigned int i = 0; !r && i < o->ncount; i++) {
		uint64_t done;

		r = fly(s, o->warm + o->count[i]);
		done = loop_now();
		if (!r && o->pid)
			r = meter_settle(o->pid, SETTLE_MS);
		if (!r && o->pid)
			r = meter_read(o->pid, &after);
		since += loop_now() - done;	/* waiting does not count */
		if (!r)
			print(s, warm, since, &before, &after);
	}
	return r;
}

int load_run(const struct load_opts *o)
{
	struct load_state s = { .o = o };
	int r = peers_new(&s.peers, o->conf_file, o->verbose, on_event, &s);

	if (!r)
		r = measure(&s);
	if (r < 0)
		fprintf(stderr, "xtike: %s\n", xe_str(r));
	peers_free(s.peers);
	return r;
}

static void ignore(void *arg, enum ike_evt code, const struct xaddr *local,
		   const struct xaddr *remote)
{
}

int serve_run(const struct load_opts *o)
{
	struct peers *p;
	int r = peers_new(&p, o->conf_file, o->verbose, ignore, NULL);

	if (!r) {
		puts("ready");
		fflush(stdout);
		r = peers_run(p, 0);
	}
	peers_free(p);
	return r;
}
