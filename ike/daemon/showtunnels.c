/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/showtunnels.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/daemon/jvalue.h"
#include "ike/daemon/showtext.h"
#include "libxfrm/base/err.h"

/*
 * by_policy: index of a policy to its tunnel, which may be in up, down or
 * pending; by_peer: addresses that have a tunnel which is down.
 */
struct showtunnels {
	json_t *up, *down, *idle, *pending, *phase1, *refused;
	json_t *by_policy, *by_peer;
	bool merged;
};

struct showtunnels *showtunnels_new(void)
{
	struct showtunnels *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->up = json_array();
	t->down = json_array();
	t->idle = json_array();
	t->pending = json_array();
	t->phase1 = json_array();
	t->refused = json_array();
	t->by_policy = json_object();
	t->by_peer = json_object();
	if (t->up && t->down && t->idle && t->pending && t->phase1 &&
	    t->refused && t->by_policy && t->by_peer)
		return t;
	showtunnels_free(t);
	return NULL;
}

void showtunnels_free(struct showtunnels *t)
{
	if (!t)
		return;
	json_decref(t->up);
	json_decref(t->down);
	json_decref(t->idle);
	json_decref(t->pending);
	json_decref(t->phase1);
	json_decref(t->refused);
	json_decref(t->by_policy);
	json_decref(t->by_peer);
	free(t);
}

/* ---- collecting ------------------------------------------------------- */

struct key {
	char text[16];
};

static const char *key(uint32_t policy, struct key *k)
{
	snprintf(k->text, sizeof(k->text), "%" PRIu32, policy);
	return k->text;
}

static json_t *tunnel(const char *state, const struct xsel *sel,
		      const struct ike_ep *local, const struct ike_ep *remote,
		      const char *name)
{
	json_t *o = json_object();

	jset(o, "state", json_string(state));
	jset(o, "selectors", jsel(sel));
	jset(o, "local_address", jaddr(&local->addr));
	jset(o, "remote_address", jaddr(&remote->addr));
	jset(o, "remote_config", jstr(name));
	return o;
}

static json_t *keylen(const struct ike_child_row *c)
{
	return c->enc_keylen ? json_integer(c->enc_keylen) : json_null();
}

static void set_algorithms(json_t *o, const struct ike_child_row *c)
{
	jset(o, "protocol",
	     json_string(c->proto == IPPROTO_ESP  ? "ESP"
			 : c->proto == IPPROTO_AH ? "AH"
						  : "IPCOMP"));
	jset(o, "encmode",
	     json_string(c->mode == KMODE_TUNNEL ? "Tunnel" : "Transport"));
	jset(o, "encryption_algorithm", jstr(c->enc ? c->enc->name : NULL));
	jset(o, "key_length", keylen(c));
	jset(o, "authentication_algorithm",
	     jstr(c->auth ? c->auth->name : NULL));
	jset(o, "pfs_group",
	     c->pfs_group ? json_integer(c->pfs_group) : json_null());
}

/* Appends o, taking it over; the tunnel of policy (0: none) is that one. */
static int add(struct showtunnels *t, json_t *to, json_t *o, uint32_t policy)
{
	struct key k;
	int r = o ? json_array_append(to, o) : -1;

	if (!r && policy)
		r = json_object_set(t->by_policy, key(policy, &k), o);
	json_decref(o);
	return r ? XE_NOMEM : 0;
}

static int add_up(struct showtunnels *t, const struct ike_child_row *c,
		  uint64_t now, int64_t wall)
{
	json_t *o = tunnel("up", &c->sel, &c->local, &c->remote,
			   c->remote_name),
	       *x;

	jset(o, "since", jtime(jwall(c->up, now, wall)));
	jset(o, "seconds", json_integer((json_int_t)((now - c->up) / 1000)));
	set_algorithms(o, c);
	jset(o, "lifetime_left", jleft(c->created, c->life_sec, now));
	x = json_object();
	jset(x, "in", jcount(&c->in));
	jset(x, "out", jcount(&c->out));
	jset(o, "traffic", x);
	return add(t, t->up, o, c->policy);
}

int showtunnels_child(struct showtunnels *t, const struct ike_child_row *c,
		      uint64_t now, int64_t wall)
{
	json_t *o;

	switch (c->state) {
	case CHILD_ESTABLISHED:
		return add_up(t, c, now, wall);
	case CHILD_SPAWN:
	case CHILD_WAIT_SA:
	case CHILD_GETSPI:
	case CHILD_GOTSPI:
	case CHILD_MSG1SENT:
	case CHILD_MSG2SENT:
	case CHILD_COMMIT:
	case CHILD_ADDSA:
		break;
	case CHILD_REKEYED:
	case CHILD_EXPIRED:
		return 0;
	}
	o = tunnel("negotiating", &c->sel, &c->local, &c->remote,
		   c->remote_name);
	jset(o, "step", json_string(jchild_state(c->state)));
	jset(o, "policy", json_integer(c->policy));
	return json_array_append_new(t->pending, o) ? XE_NOMEM : 0;
}

/* What failed last: of a tunnel that is up, its renewal. */
static void set_failure(json_t *o, const struct ike_down_row *d, uint64_t now,
			int64_t wall)
{
	json_t *at = jtime(jwall(d->since, now, wall));
	bool up = !strcmp(json_string_value(json_object_get(o, "state")), "up");

	jset(o, up ? "failed" : "since", at);
	if (!up)
		jset(o, "seconds",
		     d->since ? json_integer(
					(json_int_t)((now - d->since) / 1000))
			      : json_null());
	jset(o, "reason", jstr(d->reason));
}

int showtunnels_down(struct showtunnels *t, const struct ike_down_row *d,
		     uint64_t now, int64_t wall)
{
	char peer[XADDR_STRLEN];
	struct key k;
	json_t *o;

	o = json_object_get(t->by_policy, key(d->policy, &k));
	if (d->policy && o) {
		set_failure(o, d, now, wall);
		return 0;
	}
	o = tunnel(d->refused ? "refused" : d->reason ? "down" : "idle",
		   &d->sel, &d->local, &d->remote, d->remote_name);
	set_failure(o, d, now, wall);
	if (!d->reason)
		return add(t, t->idle, o, d->policy);
	if (d->refused)
		return add(t, t->refused, o, 0);
	if (!d->policy && !d->sel.family)
		return add(t, t->phase1, o, 0);
	jset(t->by_peer, xaddr_str(&d->remote.addr, peer), json_true());
	return add(t, t->down, o, d->policy);
}

/*
 * Being negotiated: of a tunnel that is up its renewal, of one that is down
 * the next attempt; the others are on their way for the first time.  A failed
 * phase 1 counts where no tunnel of the peer says the same.
 */
static void merge(struct showtunnels *t)
{
	size_t i;
	json_t *o, *of;
	struct key k;

	if (t->merged)
		return;
	t->merged = true;
	json_array_foreach(t->pending, i, o)
	{
		uint32_t policy = (uint32_t)json_integer_value(
			json_object_get(o, "policy"));

		of = policy ? json_object_get(t->by_policy, key(policy, &k))
			    : NULL;
		if (of)
			json_object_set(of, "step", json_object_get(o, "step"));
		json_object_del(o, "policy");
		json_object_set_new(o, "shown", json_boolean(!of));
	}
	for (i = json_array_size(t->pending); i-- > 0;) {
		o = json_array_get(t->pending, i);
		if (json_is_false(json_object_get(o, "shown")))
			json_array_remove(t->pending, i);
		else
			json_object_del(o, "shown");
	}
	json_array_foreach(t->phase1, i, o)
	{
		const char *peer =
			json_string_value(json_object_get(o, "remote_address"));

		if (!peer || !json_object_get(t->by_peer, peer))
			json_array_append(t->down, o);
	}
}

json_t *showtunnels_json(struct showtunnels *t)
{
	json_t *all = json_array();

	merge(t);
	if (json_array_extend(all, t->down) ||
	    json_array_extend(all, t->pending) ||
	    json_array_extend(all, t->up) || json_array_extend(all, t->idle)) {
		json_decref(all);
		return NULL;
	}
	return all;
}

json_t *showtunnels_refused(struct showtunnels *t)
{
	return json_incref(t->refused);
}

/* ---- printing --------------------------------------------------------- */

static void print_head(const char *word, const json_t *o, struct wbuf *w)
{
	const json_t *sel = json_object_get(o, "selectors");
	const char *src = json_string_value(json_object_get(sel, "src"));

	wbuf_printf(w, "  %-5s ", word);
	if (src)
		showtext_sel(sel, w);
	else
		wbuf_printf(w, "phase 1");
	wbuf_printf(w, "  by %s -> %s\n", showtext_str(o, "local_address", "-"),
		    showtext_str(o, "remote_address", "-"));
}

static void print_traffic(const json_t *o, const char *key, struct wbuf *w)
{
	const json_t *c = json_object_get(json_object_get(o, "traffic"), key);

	wbuf_printf(w, " %s ", key);
	showtext_bytes(showtext_num(c, "bytes"), w);
}

static void print_up(const json_t *o, struct wbuf *w)
{
	const char *auth = showtext_str(o, "authentication_algorithm", NULL);
	json_int_t bits = showtext_num(o, "key_length");

	print_head("up", o, w);
	wbuf_printf(w, "        since %s (", showtext_str(o, "since", "-"));
	showtext_age(showtext_num(o, "seconds"), w);
	wbuf_printf(w, "), %s %s", showtext_str(o, "protocol", ""),
		    showtext_str(o, "encryption_algorithm", ""));
	if (bits)
		wbuf_printf(w, " %" JSON_INTEGER_FORMAT, bits);
	if (auth)
		wbuf_printf(w, " %s", auth);
	if (showtext_num(o, "pfs_group"))
		wbuf_printf(w, " group %" JSON_INTEGER_FORMAT,
			    showtext_num(o, "pfs_group"));
	wbuf_printf(w, ",");
	print_traffic(o, "in", w);
	print_traffic(o, "out", w);
	wbuf_printf(w, ", keys end in ");
	showtext_age(showtext_num(o, "lifetime_left"), w);
	wbuf_printf(w, "\n");
	if (json_is_string(json_object_get(o, "reason")))
		wbuf_printf(w, "        its renewal failed at %s: %s\n",
			    showtext_str(o, "failed", "-"),
			    showtext_str(o, "reason", ""));
}

static void print_why(const json_t *o, struct wbuf *w)
{
	wbuf_printf(w, "        %s (", showtext_str(o, "since", "-"));
	showtext_age(showtext_num(o, "seconds"), w);
	wbuf_printf(w, " ago): %s\n", showtext_str(o, "reason", ""));
}

static void print_down(const json_t *o, struct wbuf *w)
{
	print_head("DOWN", o, w);
	print_why(o, w);
	if (json_object_get(o, "step"))
		wbuf_printf(w, "        it is being tried again\n");
}

static void print_count(const json_t *a, const char *word, bool *first,
			struct wbuf *w)
{
	if (!json_array_size(a))
		return;
	wbuf_printf(w, "%s %zu %s", *first ? "" : ",", json_array_size(a),
		    word);
	*first = false;
}

void showtunnels_print(struct showtunnels *t, struct wbuf *w)
{
	bool first = true;
	json_t *o;
	size_t i;

	merge(t);
	wbuf_printf(w, "Tunnels:");
	print_count(t->up, "up", &first, w);
	print_count(t->down, "down", &first, w);
	print_count(t->pending, "being negotiated", &first, w);
	print_count(t->idle, "not asked for", &first, w);
	wbuf_printf(w, "%s\n",
		    first ? " none: the kernel has no policy that "
			    "asks for one (setkey -DP)"
			  : "");
	json_array_foreach(t->down, i, o) print_down(o, w);
	json_array_foreach(t->pending, i, o) print_head("...", o, w);
	json_array_foreach(t->up, i, o) print_up(o, w);
	json_array_foreach(t->idle, i, o) print_head("idle", o, w);
	wbuf_printf(w, "\n");
	if (!json_array_size(t->refused))
		return;
	wbuf_printf(w, "Refused in the last hour:\n");
	json_array_foreach(t->refused, i, o)
	{
		wbuf_printf(w, "  %s\n",
			    showtext_str(o, "remote_address", "-"));
		print_why(o, w);
	}
	wbuf_printf(w, "\n");
}
