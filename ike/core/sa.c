/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/sa.h"

#include <errno.h>
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/core/child.h"
#include "ike/core/contact.h"
#include "ike/core/dpd.h"
#include "ike/core/hook.h"
#include "ike/core/natt.h"
#include "ike/core/salife.h"
#include "ike/core/status.h"
#include "ike/core/xchg.h"
#include "libxfrm/base/err.h"

/* ---- identities ---- */

int sa_id_set(struct sa_id *to, const struct ike_id *from)
{
	uint8_t *own = malloc(from->len ? from->len : 1);

	if (!own)
		return XE_NOMEM;
	if (from->len)
		memcpy(own, from->data, from->len);
	free(to->own);
	to->own = own;
	to->id = *from;
	to->id.data = own;
	return 0;
}

void sa_id_free(struct sa_id *id)
{
	free(id->own);
	*id = (struct sa_id){ 0 };
}

/* ---- tables ---- */

static uint64_t spi_hash(const struct ike *ike, uint64_t i, uint64_t r)
{
	return hash_mix(hash_mix(ike->seed, i), r);
}

static uint64_t init_hash(const struct ike *ike, uint64_t i,
			  const struct ike_ep *from)
{
	return hash_mix(xaddr_hash(hash_mix(ike->seed, i), &from->addr),
			from->port);
}

static int sa_insert(struct ike *ike, struct ike_sa *sa)
{
	int r;

	r = htab_add(&ike->sa_id, &sa->by_id, hash_mix(ike->seed, sa->id));
	if (r < 0)
		return r;
	r = htab_add(&ike->sa_spi, &sa->by_spi,
		     spi_hash(ike, sa->spi_i, sa->spi_r));
	if (r < 0)
		goto undo_id;
	r = htab_add(&ike->sa_peer, &sa->by_peer,
		     xaddr_hash(ike->seed, &sa->remote.addr));
	if (r < 0)
		goto undo_spi;
	if (sa->initiator)
		return 0;
	r = htab_add(&ike->sa_init, &sa->by_init,
		     init_hash(ike, sa->spi_i, &sa->init_remote));
	if (r < 0)
		goto undo_peer;
	sa->in_init = true;
	return 0;
undo_peer:
	htab_del(&ike->sa_peer, &sa->by_peer);
undo_spi:
	htab_del(&ike->sa_spi, &sa->by_spi);
undo_id:
	htab_del(&ike->sa_id, &sa->by_id);
	return r;
}

static void sa_remove(struct ike *ike, struct ike_sa *sa)
{
	if (sa->in_init)
		htab_del(&ike->sa_init, &sa->by_init);
	sa->in_init = false;
	htab_del(&ike->sa_peer, &sa->by_peer);
	htab_del(&ike->sa_spi, &sa->by_spi);
	htab_del(&ike->sa_id, &sa->by_id);
}

int sa_new(struct ike *ike, const struct sa_init *in, struct ike_sa **out)
{
	struct ike_sa *sa = calloc(1, sizeof(*sa));
	int r;

	*out = NULL;
	if (!sa)
		return XE_NOMEM;
	sa->id = ike_new_id(ike);
	sa->ver = in->ver;
	sa->initiator = in->initiator;
	sa->spi_i = in->spi_i;
	sa->spi_r = in->spi_r;
	sa->local = in->local;
	sa->remote = sa->init_remote = in->remote;
	sa->natt_socket = in->natt_socket;
	sa->exchange = in->exchange;
	sa->created = ike->now;
	salife_init(sa);
	natt_init(sa);
	dpd_init(sa);
	r = sa_insert(ike, sa);
	if (r < 0) {
		free(sa);
		return r;
	}
	sa->conf = ike_conf_ref(ike->conf);
	*out = sa;
	return 0;
}

void sa_free(struct ike *ike, struct ike_sa *sa)
{
	if (sa->priv && sa->ver->sa_free)
		sa->ver->sa_free(sa);
	sa_id_free(&sa->local_id);
	sa_id_free(&sa->remote_id);
	free(sa->why);
	free(sa->peer_cert);
	ike_conf_unref(sa->conf);
	free(sa);
}

struct ike_sa *sa_by_id(struct ike *ike, uint32_t id)
{
	struct hnode *n;

	for (n = htab_first(&ike->sa_id, hash_mix(ike->seed, id)); n;
	     n = htab_next(n)) {
		struct ike_sa *sa = hnode_entry(n, struct ike_sa, by_id);

		if (sa->id == id)
			return sa;
	}
	return NULL;
}

struct ike_sa *sa_by_spi(struct ike *ike, uint64_t spi_i, uint64_t spi_r)
{
	struct hnode *n;

	for (n = htab_first(&ike->sa_spi, spi_hash(ike, spi_i, spi_r)); n;
	     n = htab_next(n)) {
		struct ike_sa *sa = hnode_entry(n, struct ike_sa, by_spi);

		if (sa->spi_i == spi_i && sa->spi_r == spi_r)
			return sa;
	}
	return NULL;
}

struct ike_sa *sa_by_init(struct ike *ike, uint64_t spi_i,
			  const struct ike_ep *remote)
{
	struct hnode *n;

	for (n = htab_first(&ike->sa_init, init_hash(ike, spi_i, remote)); n;
	     n = htab_next(n)) {
		struct ike_sa *sa = hnode_entry(n, struct ike_sa, by_init);

		if (sa->spi_i == spi_i &&
		    ike_ep_equal(&sa->init_remote, remote))
			return sa;
	}
	return NULL;
}

struct ike_sa *sa_peer_next(struct ike *ike, const struct xaddr *peer,
			    struct ike_sa *prev)
{
	struct hnode *n;

	n = prev ? htab_next(&prev->by_peer)
		 : htab_first(&ike->sa_peer, xaddr_hash(ike->seed, peer));
	for (; n; n = htab_next(n)) {
		struct ike_sa *sa = hnode_entry(n, struct ike_sa, by_peer);

		if (xaddr_equal(&sa->remote.addr, peer))
			return sa;
	}
	return NULL;
}

/* Behind one NAT, peers differ only by their ports. */
static bool sa_with(const struct ike_sa *sa, const struct xaddr *local,
		    const struct ike_ep *remote)
{
	if (local->family && !xaddr_equal(&sa->local.addr, local))
		return false;
	return !remote->port || !sa->natt.remote_nat ||
	       sa->remote.port == remote->port;
}

/* Dying ones only when there is nothing else; then the latest. */
static bool sa_better(const struct ike_sa *a, const struct ike_sa *b)
{
	if (a->state != b->state)
		return a->state < b->state;
	if (a->established != b->established)
		return a->established > b->established;
	return a->id > b->id;
}

struct ike_sa *sa_peer_best(struct ike *ike, const struct xaddr *local,
			    const struct ike_ep *remote)
{
	struct ike_sa *sa = NULL, *best = NULL;

	while ((sa = sa_peer_next(ike, &remote->addr, sa)) != NULL) {
		if (sa_usable(sa) && sa_with(sa, local, remote) &&
		    (!best || sa_better(sa, best)))
			best = sa;
	}
	return best;
}

struct ike_sa *sa_peer_pending(struct ike *ike, const struct xaddr *local,
			       const struct ike_ep *remote)
{
	struct ike_sa *sa = NULL;

	while ((sa = sa_peer_next(ike, &remote->addr, sa)) != NULL)
		if (sa->initiator && sa->state < SA_ESTABLISHED &&
		    sa_with(sa, local, remote))
			return sa;
	return NULL;
}

struct ike_sa *sa_walk(struct ike *ike, size_t *pos, struct hnode **cursor)
{
	struct hnode *n = htab_walk(&ike->sa_id, pos, cursor);

	return n ? hnode_entry(n, struct ike_sa, by_id) : NULL;
}

/* ---- changes ---- */

const char *sa_state_name(enum sa_state state)
{
	switch (state) {
#define SA_STATE_NAME(name, num, text) \
	case SA_##name: \
		return text;
		SA_STATE_LIST(SA_STATE_NAME)
#undef SA_STATE_NAME
	}
	return "?";
}

const char *sa_cookies(const struct ike_sa *sa, char *buf)
{
	snprintf(buf, SA_COOKIES_LEN, "%016llx:%016llx",
		 (unsigned long long)sa->spi_i, (unsigned long long)sa->spi_r);
	return buf;
}

void sa_set_state(struct ike *ike, struct ike_sa *sa, enum sa_state state)
{
	char spi[SA_COOKIES_LEN];

	if (sa->state == state)
		return;
	if (ike_log_on(ike, LOG_LV_DEBUG))
		ike_log(ike, LOG_LV_DEBUG, &sa->remote, "%s: %s -> %s",
			sa_cookies(sa, spi), sa_state_name(sa->state),
			sa_state_name(state));
	sa->state = state;
	if (sa->counted && state >= SA_ESTABLISHED) {
		guard_close(&ike->guard, &sa->init_remote.addr);
		sa->counted = false;
	}
}

int sa_set_spi_r(struct ike *ike, struct ike_sa *sa, uint64_t spi_r)
{
	int r;

	htab_del(&ike->sa_spi, &sa->by_spi);
	sa->spi_r = spi_r;
	r = htab_add(&ike->sa_spi, &sa->by_spi,
		     spi_hash(ike, sa->spi_i, sa->spi_r));
	/* Its buckets exist, and it has no limit: adding cannot fail. */
	return r;
}

int sa_set_peer(struct ike *ike, struct ike_sa *sa, const struct ike_ep *local,
		const struct ike_ep *remote, bool natt_socket)
{
	const struct xaddr old = sa->remote.addr;
	bool moved = !xaddr_equal(&old, &remote->addr);
	int r;

	if (moved)
		htab_del(&ike->sa_peer, &sa->by_peer);
	sa->local = *local;
	sa->remote = *remote;
	sa->natt_socket = natt_socket;
	if (!moved)
		return 0;
	r = htab_add(&ike->sa_peer, &sa->by_peer,
		     xaddr_hash(ike->seed, &sa->remote.addr));
	contact_moved(ike, &old, &sa->remote.addr);
	return r;
}

void sa_why(struct ike *ike, struct ike_sa *sa, const char *fmt, ...)
{
	char text[IKE_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	free(sa->why);
	sa->why = strdup(text);
	if (sa->initiator || sa->state >= SA_ESTABLISHED)
		ike_log(ike, LOG_LV_ERROR, &sa->remote, "%s", text);
	else
		ike_log_stranger(ike, LOG_LV_ERROR, &sa->remote, "%s", text);
}

/* The first that this build implements, or IKE_MODE_NONE. */
static uint8_t first_mode(const struct ike *ike, const struct ike_remote *rc)
{
	for (unsigned int i = 0; i < rc->nmode; i++) {
		uint8_t mode = rc->mode[i];

		if (mode != IKE_MODE_BASE &&
		    ike_version(ike, mode == IKE_MODE_V2 ? 2 : 1))
			return mode;
	}
	return IKE_MODE_NONE;
}

int sa_initiate(struct ike *ike, const struct ike_remote *rc,
		const struct ike_ep *local, const struct ike_ep *remote,
		struct ike_sa **out)
{
	char l[IKE_EP_STRLEN], r[IKE_EP_STRLEN];
	struct sa_init in = { .initiator = true, .local = *local,
			      .remote = *remote,
			      .exchange = first_mode(ike, rc) };
	struct ike_sa *sa;
	int err;

	*out = NULL;
	assert(rc == ike_conf_remote(ike->conf, rc->index));
	in.ver = ike_version(ike, in.exchange == IKE_MODE_V2 ? 2 : 1);
	if (!in.ver || in.exchange == IKE_MODE_NONE)
		return XE_UNSUPPORTED;
	/* a renewal begins where its predecessor ended (RFC 3947 4) */
	in.natt_socket = natt_port_is(ike, local);
	while (!in.spi_i)
		ike_rng(ike, &in.spi_i, sizeof(in.spi_i));
	err = sa_new(ike, &in, &sa);
	if (err < 0)
		return err;
	sa->rc = rc;
	ike_log(ike, LOG_LV_INFO, NULL,
		"initiate new phase 1 negotiation: %s<=>%s",
		ike_ep_str(local, l), ike_ep_str(remote, r));
	err = sa->ver->start(ike, sa);
	if (err < 0 && err != XE_AGAIN) {
		if (!sa->dead)
			sa_delete(ike, sa, SA_END_FAILED, false);
		return err;
	}
	*out = sa;
	return 0;
}

/* ---- the end ---- */

static void sa_end_log(struct ike *ike, const struct ike_sa *sa,
		       enum sa_end end)
{
	char l[IKE_EP_STRLEN], r[IKE_EP_STRLEN], spi[SA_COOKIES_LEN];

	if (!sa->established)
		return;
	ike_log(ike, LOG_LV_INFO, NULL, "ISAKMP-SA %s %s-%s spi:%s",
		end == SA_END_EXPIRED ? "expired" : "deleted",
		ike_ep_str(&sa->local, l), ike_ep_str(&sa->remote, r),
		sa_cookies(sa, spi));
}

void sa_event(struct ike *ike, const struct ike_sa *sa, enum ike_evt code)
{
	struct ike_evt_row row = {
		.code = code, .local = sa->local, .remote = sa->remote,
		.admin = sa->admin,
	};

	ike_act_event(ike, &row);
}

/* Scripts and followers; strangers that never proved anything cause none. */
static void sa_end_tell(struct ike *ike, struct ike_sa *sa, enum sa_end end)
{
	bool dead = end == SA_END_DEAD || end == SA_END_FAILED ||
		    (end == SA_END_EXPIRED && !sa->replaced_by);

	if (!sa->established && !sa->initiator)
		return;
	if (end == SA_END_DEAD)
		sa_event(ike, sa, EVT_PH1_DPD);
	if (end == SA_END_PEER)
		sa_event(ike, sa, EVT_PH1_PEER_DELETED);
	sa_event(ike, sa, EVT_PH1_DOWN);
	if (dead)
		hook_run(ike, sa, HOOK_DEAD);
	hook_run(ike, sa, HOOK_DOWN);
}

void sa_delete(struct ike *ike, struct ike_sa *sa, enum sa_end end, bool tell)
{
	struct ike_sa *old;

	if (sa->dead)
		return;
	sa->dead = true;
	sa_remove(ike, sa);
	sa_set_state(ike, sa, SA_EXPIRED);
	child_sa_gone(ike, sa, end, tell && sa->established);
	if (tell && sa->established && sa->ver->delete_sa)
		sa->ver->delete_sa(ike, sa);
	sa_end_log(ike, sa, end);
	sa_end_tell(ike, sa, end);
	if (end == SA_END_FAILED || end == SA_END_DEAD)
		status_sa_down(ike, sa);
	contact_left(ike, &sa->remote.addr);
	old = sa->replaces ? sa_by_id(ike, sa->replaces) : NULL;
	if (old && end == SA_END_FAILED)
		salife_retry(ike, old);
	while (sa->xchg)
		xchg_delete(ike, sa->xchg);
	timers_stop(&ike->timers, &sa->life);
	timers_stop(&ike->timers, &sa->keepalive);
	timers_stop(&ike->timers, &sa->dpd.timer);
	sa->dead_next = ike->dead_sa;
	ike->dead_sa = sa;
}

void sa_forget_all(struct ike *ike)
{
	struct hnode *cursor = NULL;
	struct ike_sa *sa;
	size_t pos = 0;

	while ((sa = sa_walk(ike, &pos, &cursor)) != NULL) {
		sa->dead = true;
		while (sa->xchg)
			xchg_delete(ike, sa->xchg);
		sa_remove(ike, sa);
		sa->dead_next = ike->dead_sa;
		ike->dead_sa = sa;
	}
}
