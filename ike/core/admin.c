/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/admin.h"

#include <errno.h>

#include "ike/core/child.h"
#include "ike/core/natt.h"
#include "ike/core/removal.h"
#include "ike/core/sa.h"
#include "ike/core/status.h"
#include "ike/core/survey.h"
#include "libxfrm/base/err.h"

/* There is more to do, and an answer when that is done. */
#define ADMIN_LATER 1

/* An address of AF_UNSPEC and a port of 0 fit all. */
static bool ep_fits(const struct ike_ep *want, const struct ike_ep *ep)
{
	return (!want->addr.family || xaddr_equal(&want->addr, &ep->addr)) &&
	       (!want->port || want->port == ep->port);
}

static bool sa_fits(const struct ike_admin *req, const struct ike_sa *sa)
{
	return ep_fits(&req->local, &sa->local) &&
	       ep_fits(&req->remote, &sa->remote);
}

static int show_sas(struct ike *ike, const struct ike_admin *req)
{
	struct hnode *cursor = NULL;
	struct wbuf lid, rid;
	struct ike_sa *sa;
	size_t pos = 0;
	int r = 0;

	wbuf_init(&lid, IKE_ID_TEXT_MAX);
	wbuf_init(&rid, IKE_ID_TEXT_MAX);
	while (!r && (sa = sa_walk(ike, &pos, &cursor)) != NULL) {
		struct ike_answer a = { .id = req->id, .kind = ANS_SA };

		wbuf_reset(&lid);
		wbuf_reset(&rid);
		if (!sa_fits(req, sa))
			continue;
		status_sa_row(sa, &a.sa, &lid, &rid);
		r = ike_act_answer(ike, &a);
	}
	wbuf_free(&lid);
	wbuf_free(&rid);
	return r;
}

static void show_children(struct ike *ike, const struct ike_admin *req)
{
	struct hnode *cursor = NULL;
	struct ike_child *c;
	size_t pos = 0;

	while ((c = child_walk(ike, &pos, &cursor)) != NULL) {
		struct ike_answer a = { .id = req->id, .kind = ANS_CHILD };

		status_child_row(c, &a.child);
		ike_act_answer(ike, &a);
	}
}

static void show_timers(struct ike *ike, const struct ike_admin *req)
{
	for (size_t i = 0; i < ike->timers.n; i++) {
		const struct timer *t = ike->timers.heap[i];
		struct ike_answer a = { .id = req->id, .kind = ANS_TIMER };

		a.timer.what = t->kind->what;
		a.timer.at = t->at;
		a.timer.created = t->set_at;
		ike_act_answer(ike, &a);
	}
}

static void admin_end(struct ike *ike, const struct ike_admin *req, int err)
{
	struct ike_answer end = { .id = req->id, .kind = ANS_END };

	end.err = err == XE_EXISTS ? -EEXIST : err;
	if (end.err)
		end.text = xe_str(end.err);
	ike_act_answer(ike, &end);
}

static bool is_delete(const struct ike_admin *req)
{
	return req->kind == ADM_DELETE_ISAKMP || req->kind == ADM_DELETE_PEER;
}

static void sas_deleted(struct ike *ike, const struct ike_admin *req, size_t n)
{
	admin_end(ike, req, n || !is_delete(req) ? 0 : -ENOENT);
}

static int delete_sas(struct ike *ike, const struct ike_admin *req)
{
	struct removal *r = removal_new(ike->sa_id.count);
	struct hnode *cursor = NULL;
	struct ike_sa *sa;
	size_t pos = 0;

	if (!r)
		return XE_NOMEM;
	while ((sa = sa_walk(ike, &pos, &cursor)) != NULL)
		if (!is_delete(req) || sa_fits(req, sa))
			removal_add(r, sa->id);
	removal_sas(ike, r, req, sas_deleted);
	return 0;
}

static void flushed(struct ike *ike, const struct ike_admin *req, size_t n)
{
	ike_log(ike, LOG_LV_INFO, NULL, "flush: %zu tunnels deleted", n);
	admin_end(ike, req, 0);
}

static int establish_isakmp(struct ike *ike, const struct ike_admin *req)
{
	struct ike_ep local = req->local, remote = req->remote;
	struct ike_remote_query q = { .peer = remote.addr, .initiate = true };
	const struct ike_remote *rc;
	struct ike_sa *sa;
	int r;

	if (sa_peer_best(ike, &local.addr, &remote) ||
	    sa_peer_pending(ike, &local.addr, &remote))
		return -EEXIST;
	if (req->remote_name) {
		rc = ike_conf_remote_named(ike->conf, req->remote_name);
		r = rc ? 0 : XE_NOTFOUND;
	} else {
		r = ike_conf_find_remote(ike->conf, &q, &rc);
	}
	if (r < 0 && r != XE_AGAIN)
		return -ENOENT;
	if (!remote.port)
		remote.port = rc->port;
	if (!local.port)
		local.port = natt_local_port(ike, ike->conf, &local.addr,
					     remote.port == IKE_NATT_PORT);
	r = sa_initiate(ike, rc, &local, &remote, &sa);
	if (r == 0)
		sa->admin = req->id;
	return r;
}

static int establish_child(struct ike *ike, const struct ike_admin *req)
{
	struct child_want w = {
		.pol = spd_by_sel(&ike->spd, KDIR_OUT, &req->sel),
		.local = req->local.addr, .remote = req->remote.addr,
		.admin = req->id,
	};
	const struct ktmpl *t;

	if (!w.pol || !w.pol->ntmpl)
		return -ENOENT;
	t = spd_tunnel(w.pol);
	if (t) {
		w.local = t->src;
		w.remote = t->dst;
	} else if (!w.local.family || !w.remote.family) {
		w.local = w.pol->sel.src;
		w.remote = w.pol->sel.dst;
	}
	if (child_up(ike, w.pol->index, &w.remote))
		return -EEXIST;
	return child_want(ike, &w);
}

static int get_cert(struct ike *ike, const struct ike_admin *req)
{
	struct ike_answer a = { .id = req->id, .kind = ANS_CERT };
	struct ike_sa *sa;

	sa = sa_peer_best(ike, &req->local.addr, &req->remote);
	if (!sa || !sa->peer_cert)
		return -ENOENT;
	a.cert.der = sa->peer_cert;
	a.cert.len = sa->peer_cert_len;
	return ike_act_answer(ike, &a);
}

static int subscribe(struct ike *ike, uint32_t id, bool on)
{
	for (unsigned int i = 0; i < ike->nsub; i++) {
		if (ike->sub[i] != id)
			continue;
		if (!on)
			ike->sub[i] = ike->sub[--ike->nsub];
		return 0;
	}
	if (!on)
		return -ENOENT;
	if (ike->nsub == IKE_SUB_MAX)
		return -EBUSY;
	ike->sub[ike->nsub++] = id;
	return 0;
}

/* Users are told apart by XAUTH; nobody has logged in by that yet. */
static void logout_user(struct ike *ike, const struct ike_admin *req)
{
	ike_log(ike, LOG_LV_INFO, NULL, "deleted 0 SA for user \"%s\"",
		req->user ? req->user : "");
}

static int admin_do(struct ike *ike, const struct ike_admin *req)
{
	int r;

	switch (req->kind) {
	case ADM_SHOW_ISAKMP:
		return show_sas(ike, req);
	case ADM_SHOW_CHILD:
		show_children(ike, req);
		return 0;
	case ADM_STATUS:
		show_sas(ike, req);
		show_children(ike, req);
		status_answer_down(ike, req->id);
		return 0;
	case ADM_SHOW_SCHED:
		show_timers(ike, req);
		return 0;
	case ADM_FLUSH_CHILD:
		r = child_flush(ike, req->proto, req, flushed);
		return r ? r : ADMIN_LATER;
	case ADM_FLUSH_ISAKMP:
	case ADM_SHUTDOWN:
	case ADM_DELETE_ISAKMP:
	case ADM_DELETE_PEER:
		r = delete_sas(ike, req);
		return r ? r : ADMIN_LATER;
	case ADM_LOGOUT_USER:
		logout_user(ike, req);
		return 0;
	case ADM_ESTABLISH_ISAKMP:
		return establish_isakmp(ike, req);
	case ADM_ESTABLISH_CHILD:
		return establish_child(ike, req);
	case ADM_GET_CERT:
		return get_cert(ike, req);
	case ADM_SUBSCRIBE:
		return subscribe(ike, req->id, true);
	case ADM_UNSUBSCRIBE:
		return subscribe(ike, req->id, false);
	}
	return XE_INVAL;
}

static void admin_carry_out(struct ike *ike, const struct ike_admin *req)
{
	int r = admin_do(ike, req);

	if (r != ADMIN_LATER)
		admin_end(ike, req, r);
}

int admin_request(struct ike *ike, const struct ike_admin *req)
{
	bool counts = req->kind == ADM_STATUS || req->kind == ADM_SHOW_CHILD;
	int r = counts ? survey_begin(ike, req, admin_carry_out) : 0;

	/* without new counters the old ones have to do */
	if (r != XE_AGAIN)
		admin_carry_out(ike, req);
	return 0;
}
