/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/showstatus.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ike/core/conf.h"
#include "ike/crypto/alg.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/text.h"

#define STATUS_SCHEMA "2.0"	/* the reference's; ours only adds members */

/*
 * Everything is collected as JSON objects, which the text form then prints:
 * one source for both, so that they cannot tell different stories.
 */
struct showstatus {
	bool verbose, json;
	json_t *phase1, *phase2, *down;
};

int showstatus_new(struct showstatus **out, bool verbose, bool json)
{
	struct showstatus *st = calloc(1, sizeof(*st));

	*out = NULL;
	if (!st)
		return XE_NOMEM;
	st->verbose = verbose;
	st->json = json;
	st->phase1 = json_array();
	st->phase2 = json_array();
	st->down = json_array();
	if (!st->phase1 || !st->phase2 || !st->down) {
		showstatus_free(st);
		return XE_NOMEM;
	}
	*out = st;
	return 0;
}

void showstatus_free(struct showstatus *st)
{
	if (!st)
		return;
	json_decref(st->phase1);
	json_decref(st->phase2);
	json_decref(st->down);
	free(st);
}

/* ---- names ------------------------------------------------------------ */

static const char *sa_state_text(enum sa_state s)
{
	switch (s) {
#define SA_STATE_CASE(name, num, text) case SA_##name: return text;
	SA_STATE_LIST(SA_STATE_CASE)
#undef SA_STATE_CASE
	}
	return "unknown";
}

static const char *child_state_text(enum child_state s)
{
	switch (s) {
#define CHILD_STATE_CASE(name, text) case CHILD_##name: return text;
	CHILD_STATE_LIST(CHILD_STATE_CASE)
#undef CHILD_STATE_CASE
	}
	return "unknown";
}

static const char *exchange_text(uint8_t exchange)
{
	switch (exchange) {
	case IKE_MODE_BASE:
		return "BASE";
	case IKE_MODE_MAIN:
		return "MAIN";
	case IKE_MODE_AGGRESSIVE:
		return "AGGRESSIVE";
	case IKE_MODE_V2:
		return "IKE_SA_INIT";
	}
	return "other";
}

/* The reference's display names; numbers for what it did not name. */
static json_t *enc_text(uint16_t v1)
{
	switch (v1) {
	case 1: return json_string("DES-CBC");
	case 2: return json_string("IDEA-CBC");
	case 3: return json_string("Blowfish-CBC");
	case 4: return json_string("RC5-R16-B64-CBC");
	case 5: return json_string("3DES-CBC");
	case 6: return json_string("CAST-CBC");
	case 7: return json_string("AES-CBC");
	case 8: return json_string("Camellia-CBC");
	}
	return json_sprintf("%u", v1);
}

static json_t *hash_text(uint16_t v1)
{
	switch (v1) {
	case 1: return json_string("MD5");
	case 2: return json_string("SHA");
	case 4: return json_string("SHA256");
	case 5: return json_string("SHA384");
	case 6: return json_string("SHA512");
	}
	return json_sprintf("%u", v1);
}

static json_t *auth_text(uint16_t v1)
{
	switch (v1) {
	case IKE_AUTH_PSK: return json_string("pre-shared key");
	case IKE_AUTH_DSS: return json_string("DSS signatures");
	case IKE_AUTH_RSA: return json_string("RSA signatures");
	case IKE_AUTH_RSAENC: return json_string("Encryption with RSA");
	case IKE_AUTH_HYBRID_RSA_CLIENT: return json_string("Hybrid RSA client");
	case IKE_AUTH_HYBRID_RSA_SERVER: return json_string("Hybrid RSA server");
	case IKE_AUTH_XAUTH_PSK_CLIENT: return json_string("XAuth pskey client");
	case IKE_AUTH_XAUTH_PSK_SERVER: return json_string("XAuth pskey server");
	case IKE_AUTH_XAUTH_RSA_CLIENT: return json_string("XAuth RSASIG client");
	case IKE_AUTH_XAUTH_RSA_SERVER: return json_string("XAuth RSASIG server");
	}
	return json_sprintf("%u", v1);
}

static json_t *addr_json(const struct xaddr *a)
{
	char buf[XADDR_STRLEN];

	return a->family ? json_string(xaddr_str(a, buf)) : json_null();
}

/* Names that peers chose, reasons with such in them, perhaps cut short. */
static json_t *or_null(const char *s)
{
	json_t *v = s ? json_string(s) : json_null();
	char *copy = v ? NULL : strdup(s);

	if (!copy)
		return v;
	text_clean(copy);
	v = json_string(copy);
	free(copy);
	return v;
}

static json_t *time_json(int64_t t)
{
	time_t tt = (time_t)t;
	char buf[32];
	struct tm tm;

	if (!t || !gmtime_r(&tt, &tm) ||
	    !strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return json_null();
	return json_string(buf);
}

/* Engine's clock to time of day; 0 stays 0. */
static int64_t to_wall(uint64_t t, uint64_t now, int64_t wall)
{
	return t ? wall - (int64_t)((now - t) / 1000) : 0;
}

/* ---- collecting ------------------------------------------------------- */

static json_t *sa_index(uint64_t i, uint64_t r)
{
	return json_sprintf("0x%016" PRIx64 "%016" PRIx64, i, r);
}

static int set(json_t *o, const char *key, json_t *v)
{
	return json_object_set_new(o, key, v);
}

static json_t *proposal_json(const struct ike_sa_row *s)
{
	json_t *p = json_object();

	set(p, "encryption_algorithm", enc_text(s->enc));
	set(p, "hash_algorithm", hash_text(s->hash));
	set(p, "authentication_method", auth_text(s->auth));
	set(p, "dh_group", json_sprintf("%u", s->group));
	set(p, "lifetime_time", json_integer(s->lifetime));
	set(p, "key_length", json_integer(s->enc_keylen));
	return p;
}

static json_t *sa_json(const struct ike_sa_row *s, uint64_t now, int64_t wall)
{
	static const char *const genpol[] = { "none", "require", "unique" };
	json_t *o = json_object(), *x;

	set(o, "index", sa_index(s->spi_i, s->spi_r));
	set(o, "state", json_string(sa_state_text(s->state)));
	set(o, "remote_id", or_null(s->remote_id));
	set(o, "local_id", or_null(s->local_id));
	set(o, "version",
	    json_sprintf("%u.%u", s->version >> 4, s->version & 15));
	set(o, "exchange_mode", json_string(exchange_text(s->exchange)));
	if (s->enc || s->hash)
		set(o, "proposal", proposal_json(s));
	x = json_object();
	set(x, "supported", json_boolean(s->dpd));
	set(x, "fails", json_integer(s->dpd_fails));
	set(o, "dpd", x);
	x = json_object();
	set(x, "enabled", json_boolean(s->natt));
	set(x, "nat_local", json_boolean(s->nat_local));
	set(x, "nat_remote", json_boolean(s->nat_remote));
	set(o, "natt", x);
	x = json_object();
	set(x, "anonymous", json_boolean(s->anonymous));
	set(x, "passive", json_boolean(s->passive));
	set(x, "generate_policy", json_string(genpol[s->generate_policy % 3]));
	set(x, "name", or_null(s->remote_name));
	set(o, "remote_config", x);
	set(o, "remote_address", addr_json(&s->remote.addr));
	set(o, "remote_port", json_integer(s->remote.port));
	set(o, "local_address", addr_json(&s->local.addr));
	set(o, "local_port", json_integer(s->local.port));
	set(o, "initiator", json_boolean(s->initiator));
	set(o, "established", time_json(to_wall(s->created, now, wall)));
	set(o, "phase2_count", json_integer(s->nchild));
	return o;
}

static json_t *cidr(const struct xaddr *a, unsigned int plen)
{
	char buf[XADDR_STRLEN];

	return a->family ? json_sprintf("%s/%u", xaddr_str(a, buf), plen)
			 : json_null();
}

static json_t *port_json(uint16_t port, uint16_t mask)
{
	return mask ? json_integer(port) : json_string("any");
}

static json_t *sel_json(const struct xsel *s)
{
	json_t *o = json_object();

	set(o, "src", cidr(&s->src, s->splen));
	set(o, "dst", cidr(&s->dst, s->dplen));
	set(o, "protocol", s->proto ? json_sprintf("%u", s->proto)
				    : json_string("any"));
	set(o, "src_port", port_json(s->sport, s->sport_mask));
	set(o, "dst_port", port_json(s->dport, s->dport_mask));
	return o;
}

/* SPIs are shown by half: enough to tell them apart, no help in forging. */
static json_t *spi_json(uint32_t spi)
{
	return spi ? json_sprintf("0x%04x****", spi >> 16) : json_null();
}

static json_t *count_json(const struct kcount *c)
{
	json_t *o = json_object();

	set(o, "bytes", json_integer((json_int_t)c->bytes));
	set(o, "packets", json_integer((json_int_t)c->packets));
	set(o, "idle_seconds", c->use_age == UINT64_MAX
				       ? json_null()
				       : json_integer((json_int_t)c->use_age));
	return o;
}

static json_t *child_proposal(const struct ike_child_row *c)
{
	json_t *p = json_object();
	char group[16];

	snprintf(group, sizeof(group), "%u", c->pfs_group);
	set(p, "encryption_algorithm", or_null(c->enc ? c->enc->name : NULL));
	set(p, "authentication_algorithm",
	    or_null(c->auth ? c->auth->name : NULL));
	if (c->comp)
		set(p, "compression_algorithm", json_string(c->comp->name));
	set(p, "pfs_group", c->pfs_group ? json_string(group) : json_null());
	set(p, "effective_group",
	    c->pfs_group ? json_string(group) : json_null());
	set(p, "lifetime_time", json_integer(c->life_sec));
	set(p, "lifetime_bytes", json_integer((json_int_t)c->life_bytes));
	set(p, "key_length", json_integer(c->enc_keylen));
	return p;
}

static json_t *child_json(const struct ike_child_row *c, uint64_t now,
			  int64_t wall)
{
	json_t *o = json_object(), *x;
	const char *proto = c->proto == IPPROTO_ESP  ? "ESP"
			    : c->proto == IPPROTO_AH ? "AH"
			    : c->proto == IPPROTO_COMP
				    ? "IPCOMP"
				    : "unknown";

	set(o, "index", json_sprintf("0x%08x", c->msgid));
	set(o, "phase1_index",
	    c->spi_i ? sa_index(c->spi_i, c->spi_r) : json_null());
	set(o, "state", json_string(child_state_text(c->state)));
	set(o, "spi_in", spi_json(c->spi_in));
	set(o, "spi_out", spi_json(c->spi_out));
	set(o, "protocol", json_string(proto));
	set(o, "encmode", json_string(c->mode == KMODE_TUNNEL ? "Tunnel"
							      : "Transport"));
	set(o, "selectors", sel_json(&c->sel));
	set(o, "proposal", child_proposal(c));
	set(o, "reqid_in", json_integer(c->reqid_in));
	set(o, "reqid_out", json_integer(c->reqid_out));
	set(o, "ok", json_boolean(c->state == CHILD_ESTABLISHED));
	set(o, "remote_address", addr_json(&c->remote.addr));
	set(o, "local_address", addr_json(&c->local.addr));
	set(o, "established", time_json(to_wall(c->created, now, wall)));
	x = json_object();
	set(x, "in", count_json(&c->in));
	set(x, "out", count_json(&c->out));
	set(o, "traffic", x);
	return o;
}

static json_t *down_json(const struct ike_down_row *d, uint64_t now,
			 int64_t wall)
{
	json_t *o = json_object();

	set(o, "remote_address", addr_json(&d->remote.addr));
	set(o, "local_address", addr_json(&d->local.addr));
	set(o, "remote_config", or_null(d->remote_name));
	set(o, "selectors", sel_json(&d->sel));
	set(o, "since", time_json(to_wall(d->since, now, wall)));
	set(o, "reason", or_null(d->reason));
	return o;
}

int showstatus_add(struct showstatus *st, const struct ike_answer *a, uint64_t now,
	       int64_t wall)
{
	int r = 0;

	switch (a->kind) {
	case ANS_SA:
		r = json_array_append_new(st->phase1, sa_json(&a->sa, now,
							      wall));
		break;
	case ANS_CHILD:
		r = json_array_append_new(st->phase2, child_json(&a->child,
								 now, wall));
		break;
	case ANS_DOWN:
		r = json_array_append_new(st->down, down_json(&a->down, now,
							      wall));
		break;
	case ANS_TIMER:
	case ANS_CERT:
	case ANS_END:
		break;
	}
	return r ? XE_NOMEM : 0;
}

/* ---- printing --------------------------------------------------------- */

static const char *str(const json_t *o, const char *key, const char *none)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : none;
}

static const char *yesno(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key)) ? "yes" : "no";
}

static json_int_t num(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static void print_sa(const json_t *o, struct wbuf *w)
{
	const json_t *p = json_object_get(o, "proposal");
	const json_t *c = json_object_get(o, "remote_config");
	const json_t *n = json_object_get(o, "natt");
	const json_t *d = json_object_get(o, "dpd");

	wbuf_printf(w, "Phase 1: %s\n", str(o, "index", ""));
	wbuf_printf(w, "  state:          %s\n", str(o, "state", ""));
	wbuf_printf(w, "  remote:         %s\n", str(o, "remote_id", "(none)"));
	wbuf_printf(w, "  local:          %s\n", str(o, "local_id", "(none)"));
	wbuf_printf(w, "  version:        %s  exchange_mode: %s\n",
		    str(o, "version", ""), str(o, "exchange_mode", ""));
	if (p) {
		wbuf_printf(w, "  encryption:     %s  hash: %s  auth: %s  "
			    "dh: %s\n", str(p, "encryption_algorithm", ""),
			    str(p, "hash_algorithm", ""),
			    str(p, "authentication_method", ""),
			    str(p, "dh_group", ""));
		wbuf_printf(w, "  lifetime:       %" JSON_INTEGER_FORMAT "s\n",
			    num(p, "lifetime_time"));
	}
	wbuf_printf(w, "  dpd:            supported=%s fails=%"
		    JSON_INTEGER_FORMAT "\n", yesno(d, "supported"),
		    num(d, "fails"));
	wbuf_printf(w, "  natt:           enabled=%s\n", yesno(n, "enabled"));
	wbuf_printf(w, "  remote_config:  anonymous=%s passive=%s "
		    "generate_policy=%s\n", yesno(c, "anonymous"),
		    yesno(c, "passive"), str(c, "generate_policy", "none"));
	wbuf_printf(w, "  address:        %s[%" JSON_INTEGER_FORMAT "] -> %s[%"
		    JSON_INTEGER_FORMAT "]\n", str(o, "local_address", "-"),
		    num(o, "local_port"), str(o, "remote_address", "-"),
		    num(o, "remote_port"));
	wbuf_printf(w, "  established:    %s  phase2: %" JSON_INTEGER_FORMAT
		    "\n\n", str(o, "established", "(pending)"),
		    num(o, "phase2_count"));
}

static void print_port(const json_t *sel, const char *key, struct wbuf *w)
{
	const json_t *v = json_object_get(sel, key);

	if (json_is_integer(v))
		wbuf_printf(w, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else
		wbuf_printf(w, "any");
}

static void print_sel(const json_t *sel, struct wbuf *w)
{
	wbuf_printf(w, "  selector:       %s -> %s  proto=%s sport=",
		    str(sel, "src", "-"), str(sel, "dst", "-"),
		    str(sel, "protocol", "any"));
	print_port(sel, "src_port", w);
	wbuf_printf(w, " dport=");
	print_port(sel, "dst_port", w);
	wbuf_printf(w, "\n");
}

static void print_child(const json_t *o, struct wbuf *w)
{
	const json_t *p = json_object_get(o, "proposal");
	const json_t *t = json_object_get(o, "traffic");
	const json_t *in = json_object_get(t, "in");
	const json_t *out = json_object_get(t, "out");

	wbuf_printf(w, "Phase 2: %s\n", str(o, "index", ""));
	wbuf_printf(w, "  phase1:         %s\n",
		    str(o, "phase1_index", "(unbound)"));
	wbuf_printf(w, "  state:          %s  protocol: %s  mode: %s\n",
		    str(o, "state", ""), str(o, "protocol", ""),
		    str(o, "encmode", ""));
	wbuf_printf(w, "  spi:            in=%s out=%s\n",
		    str(o, "spi_in", "(pending)"),
		    str(o, "spi_out", "(pending)"));
	print_sel(json_object_get(o, "selectors"), w);
	wbuf_printf(w, "  encryption:     %s  auth: %s\n",
		    str(p, "encryption_algorithm", "(none)"),
		    str(p, "authentication_algorithm", "(none)"));
	wbuf_printf(w, "  pfs_group:      %s\n", str(p, "pfs_group", "(none)"));
	wbuf_printf(w, "  effective_group: %s\n",
		    str(p, "effective_group", "(none)"));
	wbuf_printf(w, "  lifetime:       %" JSON_INTEGER_FORMAT "s / %"
		    JSON_INTEGER_FORMAT " bytes\n", num(p, "lifetime_time"),
		    num(p, "lifetime_bytes"));
	wbuf_printf(w, "  reqid:          in=%" JSON_INTEGER_FORMAT " out=%"
		    JSON_INTEGER_FORMAT "  ok=%s\n", num(o, "reqid_in"),
		    num(o, "reqid_out"), yesno(o, "ok"));
	wbuf_printf(w, "  traffic:        in=%" JSON_INTEGER_FORMAT
		    " bytes/%" JSON_INTEGER_FORMAT " packets out=%"
		    JSON_INTEGER_FORMAT " bytes/%" JSON_INTEGER_FORMAT
		    " packets\n", num(in, "bytes"), num(in, "packets"),
		    num(out, "bytes"), num(out, "packets"));
	wbuf_printf(w, "  established:    %s\n\n",
		    str(o, "established", "(pending)"));
}

static void print_down(const json_t *o, struct wbuf *w)
{
	wbuf_printf(w, "Down: %s -> %s\n", str(o, "local_address", "-"),
		    str(o, "remote_address", "-"));
	print_sel(json_object_get(o, "selectors"), w);
	wbuf_printf(w, "  since:          %s\n",
		    str(o, "since", "(never tried)"));
	wbuf_printf(w, "  reason:         %s\n\n",
		    str(o, "reason", "no traffic asked for it"));
}

static void print_text(const struct showstatus *st, const char *when,
		       struct wbuf *w)
{
	const json_t *o;
	size_t i;

	wbuf_printf(w, "racoon status at %s\n\n", when ? when : "?");
	json_array_foreach(st->phase1, i, o)
		print_sa(o, w);
	if (!json_array_size(st->phase1))
		wbuf_printf(w, "(no phase 1 SAs)\n");
	if (st->verbose) {
		json_array_foreach(st->phase2, i, o)
			print_child(o, w);
		if (!json_array_size(st->phase2))
			wbuf_printf(w, "(no phase 2 SAs)\n");
	}
	json_array_foreach(st->down, i, o)
		print_down(o, w);
}

int showstatus_print(struct showstatus *st, int64_t wall, struct wbuf *w)
{
	json_t *when = time_json(wall), *top;
	char *text;
	int r = 0;

	if (!st->json) {
		print_text(st, json_string_value(when), w);
		json_decref(when);
		return w->err;
	}
	top = json_object();
	r |= set(top, "schema_version", json_string(STATUS_SCHEMA));
	r |= set(top, "timestamp", when);
	r |= json_object_set(top, "phase1", st->phase1);
	if (st->verbose)
		r |= json_object_set(top, "phase2", st->phase2);
	r |= json_object_set(top, "down", st->down);
	text = r ? NULL : json_dumps(top, JSON_COMPACT);
	if (text)
		wbuf_printf(w, "%s", text);
	free(text);
	json_decref(top);
	return text ? w->err : XE_NOMEM;
}
