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
#include "ike/daemon/jvalue.h"
#include "ike/daemon/showtext.h"
#include "ike/daemon/showtunnels.h"
#include "libxfrm/base/err.h"

#define STATUS_SCHEMA "2.0"	/* the reference's; ours only adds members */

/*
 * Everything is collected as JSON objects, which the text form then prints:
 * one source for both, so that they cannot tell different stories.
 */
struct showstatus {
	bool verbose, json;
	json_t *phase1, *phase2, *down;
	struct showtunnels *tunnels;
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
	st->tunnels = showtunnels_new();
	if (!st->phase1 || !st->phase2 || !st->down || !st->tunnels) {
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
	showtunnels_free(st->tunnels);
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

/* ---- collecting ------------------------------------------------------- */

static json_t *sa_index(uint64_t i, uint64_t r)
{
	return json_sprintf("0x%016" PRIx64 "%016" PRIx64, i, r);
}

static json_t *proposal_json(const struct ike_sa_row *s)
{
	json_t *p = json_object();

	jset(p, "encryption_algorithm", enc_text(s->enc));
	jset(p, "hash_algorithm", hash_text(s->hash));
	jset(p, "authentication_method", auth_text(s->auth));
	jset(p, "dh_group", json_sprintf("%u", s->group));
	jset(p, "lifetime_time", json_integer(s->lifetime));
	jset(p, "key_length", json_integer(s->enc_keylen));
	return p;
}

static json_t *sa_json(const struct ike_sa_row *s, uint64_t now, int64_t wall)
{
	static const char *const genpol[] = {"none", "require", "unique"};
	json_t *o = json_object(), *x;

	jset(o, "index", sa_index(s->spi_i, s->spi_r));
	jset(o, "state", json_string(sa_state_text(s->state)));
	jset(o, "remote_id", jstr(s->remote_id));
	jset(o, "local_id", jstr(s->local_id));
	jset(o, "version",
	     json_sprintf("%u.%u", s->version >> 4, s->version & 15));
	jset(o, "exchange_mode", json_string(exchange_text(s->exchange)));
	if (s->enc || s->hash)
		jset(o, "proposal", proposal_json(s));
	x = json_object();
	jset(x, "supported", json_boolean(s->dpd));
	jset(x, "fails", json_integer(s->dpd_fails));
	jset(o, "dpd", x);
	x = json_object();
	jset(x, "enabled", json_boolean(s->natt));
	jset(x, "nat_local", json_boolean(s->nat_local));
	jset(x, "nat_remote", json_boolean(s->nat_remote));
	jset(o, "natt", x);
	x = json_object();
	jset(x, "anonymous", json_boolean(s->anonymous));
	jset(x, "passive", json_boolean(s->passive));
	jset(x, "generate_policy", json_string(genpol[s->generate_policy % 3]));
	jset(x, "name", jstr(s->remote_name));
	jset(o, "remote_config", x);
	jset(o, "remote_address", jaddr(&s->remote.addr));
	jset(o, "remote_port", json_integer(s->remote.port));
	jset(o, "local_address", jaddr(&s->local.addr));
	jset(o, "local_port", json_integer(s->local.port));
	jset(o, "initiator", json_boolean(s->initiator));
	jset(o, "established", jtime(jwall(s->created, now, wall)));
	jset(o, "lifetime_left", jleft(s->created, s->lifetime, now));
	jset(o, "phase2_count", json_integer(s->nchild));
	return o;
}

/* SPIs are shown by half: enough to tell them apart, no help in forging. */
static json_t *spi_json(uint32_t spi)
{
	return spi ? json_sprintf("0x%04x****", spi >> 16) : json_null();
}

static json_t *child_proposal(const struct ike_child_row *c)
{
	json_t *p = json_object();
	char group[16];

	snprintf(group, sizeof(group), "%u", c->pfs_group);
	jset(p, "encryption_algorithm", jstr(c->enc ? c->enc->name : NULL));
	jset(p, "authentication_algorithm",
	     jstr(c->auth ? c->auth->name : NULL));
	if (c->comp)
		jset(p, "compression_algorithm", json_string(c->comp->name));
	jset(p, "pfs_group", c->pfs_group ? json_string(group) : json_null());
	jset(p, "effective_group",
	     c->pfs_group ? json_string(group) : json_null());
	jset(p, "lifetime_time", json_integer(c->life_sec));
	jset(p, "lifetime_bytes", json_integer((json_int_t)c->life_bytes));
	jset(p, "key_length", json_integer(c->enc_keylen));
	return p;
}

/* Of the limit in bytes, by the direction that has used more of it. */
static json_t *bytes_left(const struct ike_child_row *c)
{
	uint64_t used = c->in.bytes > c->out.bytes ? c->in.bytes : c->out.bytes;

	if (!c->life_bytes)
		return json_null();
	return json_integer(
		used < c->life_bytes ? (json_int_t)(c->life_bytes - used) : 0);
}

static json_t *child_json(const struct ike_child_row *c, uint64_t now,
			  int64_t wall)
{
	json_t *o = json_object(), *x;
	const char *proto = c->proto == IPPROTO_ESP    ? "ESP"
			    : c->proto == IPPROTO_AH   ? "AH"
			    : c->proto == IPPROTO_COMP ? "IPCOMP"
						       : "unknown";

	jset(o, "index", json_sprintf("0x%08x", c->msgid));
	jset(o, "phase1_index",
	     c->spi_i ? sa_index(c->spi_i, c->spi_r) : json_null());
	jset(o, "state", json_string(jchild_state(c->state)));
	jset(o, "spi_in", spi_json(c->spi_in));
	jset(o, "spi_out", spi_json(c->spi_out));
	jset(o, "protocol", json_string(proto));
	jset(o, "encmode",
	     json_string(c->mode == KMODE_TUNNEL ? "Tunnel" : "Transport"));
	jset(o, "selectors", jsel(&c->sel));
	jset(o, "proposal", child_proposal(c));
	jset(o, "reqid_in", json_integer(c->reqid_in));
	jset(o, "reqid_out", json_integer(c->reqid_out));
	jset(o, "ok", json_boolean(c->state == CHILD_ESTABLISHED));
	jset(o, "remote_address", jaddr(&c->remote.addr));
	jset(o, "local_address", jaddr(&c->local.addr));
	jset(o, "established", jtime(jwall(c->created, now, wall)));
	jset(o, "lifetime_left", jleft(c->created, c->life_sec, now));
	jset(o, "lifetime_bytes_left", bytes_left(c));
	x = json_object();
	jset(x, "in", jcount(&c->in));
	jset(x, "out", jcount(&c->out));
	jset(o, "traffic", x);
	return o;
}

static json_t *down_json(const struct ike_down_row *d, uint64_t now,
			 int64_t wall)
{
	json_t *o = json_object();

	jset(o, "remote_address", jaddr(&d->remote.addr));
	jset(o, "local_address", jaddr(&d->local.addr));
	jset(o, "remote_config", jstr(d->remote_name));
	jset(o, "selectors", jsel(&d->sel));
	jset(o, "since", jtime(jwall(d->since, now, wall)));
	jset(o, "reason", jstr(d->reason));
	return o;
}

int showstatus_add(struct showstatus *st, const struct ike_answer *a,
		   uint64_t now, int64_t wall)
{
	int r = 0;

	switch (a->kind) {
	case ANS_SA:
		r = json_array_append_new(st->phase1,
					  sa_json(&a->sa, now, wall));
		break;
	case ANS_CHILD:
		r = json_array_append_new(st->phase2,
					  child_json(&a->child, now, wall));
		if (!r)
			r = showtunnels_child(st->tunnels, &a->child, now,
					      wall);
		break;
	case ANS_DOWN:
		/* neither what was never tried nor who may be anybody */
		if (a->down.reason && !a->down.refused)
			r = json_array_append_new(
				st->down, down_json(&a->down, now, wall));
		if (!r)
			r = showtunnels_down(st->tunnels, &a->down, now, wall);
		break;
	case ANS_TIMER:
	case ANS_CERT:
	case ANS_END:
		break;
	}
	return r ? XE_NOMEM : 0;
}

int showstatus_print(struct showstatus *st, int64_t wall, struct wbuf *w)
{
	json_t *when = jtime(wall), *top;
	char *text;
	int r = 0;

	if (!st->json) {
		showtext_top(json_string_value(when), w);
		showtunnels_print(st->tunnels, w);
		showtext_sas(st->phase1, st->verbose ? st->phase2 : NULL, w);
		json_decref(when);
		return w->err;
	}
	top = json_object();
	r |= jset(top, "schema_version", json_string(STATUS_SCHEMA));
	r |= jset(top, "timestamp", when);
	r |= json_object_set(top, "phase1", st->phase1);
	if (st->verbose)
		r |= json_object_set(top, "phase2", st->phase2);
	r |= json_object_set(top, "down", st->down);
	r |= jset(top, "tunnels", showtunnels_json(st->tunnels));
	r |= jset(top, "refused", showtunnels_refused(st->tunnels));
	text = r ? NULL : json_dumps(top, JSON_COMPACT);
	if (text)
		wbuf_printf(w, "%s", text);
	free(text);
	json_decref(top);
	return text ? w->err : XE_NOMEM;
}
