/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "ike/core/dn.h"
#include "ike/daemon/load_priv.h"
#include "ike/daemon/names.h"
#include "libxfrm/base/err.h"

#define KEYID_MAX 1024	/* bytes of a keyid file */

uint32_t load_zone(const char *zone)
{
	uint32_t index = if_nametoindex(zone);
	char *end;
	unsigned long n;

	if (index)
		return index;
	n = strtoul(zone, &end, 10);
	return !*end && n <= UINT32_MAX ? (uint32_t)n : 0;
}

static void zone_set(struct loader *l, const struct rc_addr *a,
		     struct xaddr *out)
{
	out->scope = load_zone(a->zone);
	if (!out->scope)
		LOAD_WARN(l, a->loc, "there is no interface `%s' now: any is "
			  "taken", a->zone);
}

static void not_found(struct loader *l, const struct rc_addr *a,
		      const char *why)
{
	struct diag_entry *e = LOAD_WARN(l, a->loc, "getaddrinfo(%s): %s",
					 a->text, why);

	LOAD_HINT(l, e, "what names it is left out until the configuration is "
		  "read again (racoonctl reload-config)");
}

/* One that was looked up before, or is to be now. */
static int known_name(struct loader *l, const struct rc_addr *a,
		      struct xaddr *out, bool *found)
{
	const struct name *n = names_get(l->source->names, a->text);

	if (!n && l->source->names->n < NAMES_MAX)
		return -ENOMEM;
	if (!n) {
		not_found(l, a, "too many host names");
		return 0;
	}
	switch (n->state) {
	case NAME_WANTED:
		return 0;
	case NAME_FOUND:
		*out = n->addr;
		*found = true;
		return 0;
	case NAME_FAILED:
		not_found(l, a, names_why(n));
		return 0;
	}
	return 0;
}

static int resolve(struct loader *l, const struct rc_addr *a,
		   struct xaddr *out, bool *found)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *ai = NULL;
	struct diag_entry *e;
	int r;

	if (!(l->flags & LOAD_RESOLVE)) {
		e = LOAD_WARN(l, a->loc, "`%s' is not an address; racoon looks "
			      "the name up when it starts", a->text);
		LOAD_HINT(l, e, "write the address: what names cannot be "
			  "looked up for is left out");
		return 0;
	}
	if (l->source && l->source->names)
		return known_name(l, a, out, found);
	r = getaddrinfo(a->text, NULL, &hints, &ai);
	if (!r && !xaddr_from_sockaddr(ai->ai_addr, ai->ai_addrlen, out,
				       &(uint16_t){ 0 }))
		*found = true;
	else
		not_found(l, a, r ? gai_strerror(r) : "no IP address");
	if (!r)
		freeaddrinfo(ai);
	return r == EAI_MEMORY ? -ENOMEM : 0;
}

int load_addr(struct loader *l, const struct rc_addr *a, struct xaddr *out,
	      bool *found)
{
	*out = (struct xaddr){ 0 };
	*found = false;
	if (!a->text)
		return 0;
	if (!a->family)
		return resolve(l, a, out, found);
	out->family = (uint16_t)a->family;
	memcpy(out->b, a->ip, a->family == AF_INET ? 4 : 16);
	if (a->zone)
		zone_set(l, a, out);
	*found = true;
	return 0;
}

/* --------------------------------------------------------- identities --- */

static int id_bytes(struct loader *l, struct ike_id *out, unsigned int type,
		    const void *p, size_t len)
{
	out->data = arena_memdup(l->arena, p, len);
	if (!out->data)
		return -ENOMEM;
	out->type = (uint8_t)type;
	out->len = len;
	return 0;
}

static int id_addr(struct loader *l, const struct rc_ident *id, bool mine,
		   struct ike_id *out)
{
	struct xaddr a;
	bool found;
	int r;

	if (!id->addr.text) {
		/* our own address is no identity at all in the config */
		out->type = mine ? IKE_ID_NONE : IKE_ID_IPV4;
		return 0;
	}
	if ((r = load_addr(l, &id->addr, &a, &found)) || !found)
		return r;
	return id_bytes(l, out, a.family == AF_INET ? IKE_ID_IPV4 :
			IKE_ID_IPV6, a.b, xaddr_bits(a.family) / 8);
}

static int id_keyfile(struct loader *l, const struct rc_str *name,
		      struct ike_id *out)
{
	struct diag_entry *e;
	struct wbuf w;
	int r;

	wbuf_init(&w, KEYID_MAX);
	r = load_read(l, name->s, KEYID_MAX, &w);
	if (!r && w.len) {
		r = id_bytes(l, out, IKE_ID_KEY_ID, w.p, w.len);
	} else if (r != -ENOMEM) {
		e = load_denied(r) ?
			LOAD_WARN(l, name->loc, "can not open %s: %s",
				  name->s, xe_str(r)) :
			LOAD_ERROR(l, name->loc, "can not open %s: %s",
				   name->s, r ? xe_str(r) : "it is empty");
		LOAD_HINT(l, e, "for a literal key id write keyid tag \"%s\"",
			  name->s);
		r = 0;
	}
	wbuf_free(&w);
	return r;
}

static int id_dn(struct loader *l, const struct rc_ident *id, bool mine,
		 struct ike_id *out)
{
	struct diag_entry *e;
	struct wbuf w;
	size_t where;
	int r;

	if (!id->value.s) {
		out->type = IKE_ID_DN;
		return 0;
	}
	wbuf_init(&w, IKE_DN_MAX);
	r = ike_dn_parse(id->value.s, &w, &where);
	if (!r) {
		if (mine && ike_dn_wild(w.p, w.len))
			LOAD_WARN(l, id->value.loc, "peers compare this name "
				  "literally: a wildcard fits nothing");
		r = id_bytes(l, out, IKE_ID_DN, w.p, w.len);
	} else if (r != -ENOMEM) {
		e = LOAD_ERROR(l, id->value.loc, "not a distinguished name: "
			       "wrong at `%.20s'", &id->value.s[where]);
		LOAD_HINT(l, e, "write C=DE, O=Example, CN=gateway; a "
			  "backslash goes before , / = and +");
		r = 0;
	}
	wbuf_free(&w);
	return r;
}

static int id_name(struct loader *l, const struct rc_ident *id,
		   unsigned int type, struct ike_id *out)
{
	if (!id->value.s || !*id->value.s) {
		LOAD_ERROR(l, id->loc, "this identifier needs a value");
		return 0;
	}
	return id_bytes(l, out, type, id->value.s, strlen(id->value.s));
}

int load_ident(struct loader *l, const struct rc_ident *id, bool mine,
	       struct ike_id *out)
{
	*out = (struct ike_id){ 0 };
	if (id->type == RC_ID_ADDRESS)
		return id_addr(l, id, mine, out);
	if (id->type == RC_ID_FQDN)
		return id_name(l, id, IKE_ID_FQDN, out);
	if (id->type == RC_ID_USER_FQDN)
		return id_name(l, id, IKE_ID_USER_FQDN, out);
	if (id->type == RC_ID_ASN1DN)
		return id_dn(l, id, mine, out);
	if (id->type == RC_ID_KEYID) {
		if (id->qual == RC_IDQUAL_TAG || !id->value.s)
			return id_name(l, id, IKE_ID_KEY_ID, out);
		return id_keyfile(l, &id->value, out);
	}
	LOAD_WARN(l, id->loc, "a subnet identifies nobody");
	return 0;
}

/* A network or range as the body of an ID payload. */
static int said_addr(struct loader *l, const struct rc_said *id,
		     struct ike_id *out)
{
	bool v4 = id->addr.family == AF_INET, range;
	unsigned int n = v4 ? 4 : 16, i, bits;
	uint8_t body[IKE_ID_ADDR_MAX] = { 0 };

	range = id->kind == RC_SAID_RANGE;
	bits = id->prefix.given && id->prefix.v < n * 8 ?
		(unsigned int)id->prefix.v : n * 8;
	memcpy(body, id->addr.ip, n);
	if (range)
		memcpy(&body[n], id->last.ip, n);
	for (i = 0; !range && i < bits; i++)
		body[n + i / 8] |= (uint8_t)(0x80 >> i % 8);
	if (range)
		return id_bytes(l, out, v4 ? IKE_ID_IPV4_RANGE :
				IKE_ID_IPV6_RANGE, body, 2 * n);
	if (bits == n * 8)
		return id_bytes(l, out, v4 ? IKE_ID_IPV4 : IKE_ID_IPV6,
				body, n);
	return id_bytes(l, out, v4 ? IKE_ID_IPV4_SUBNET : IKE_ID_IPV6_SUBNET,
			body, 2 * n);
}

static int said_string(struct loader *l, const struct rc_said *id,
		       struct ike_id *out)
{
	struct rc_ident as = {
		.loc = id->loc,
		.type = id->type,
		.value = { .loc = id->loc, .s = id->string },
		.addr = { .loc = id->loc, .text = id->string },
	};
	struct xaddr a;

	if (id->type == RC_ID_ADDRESS && !xaddr_parse(id->string, &a)) {
		as.addr.family = a.family;
		memcpy(as.addr.ip, a.b, sizeof(a.b));
	}
	return load_ident(l, &as, false, out);
}

int load_said(struct loader *l, const struct rc_said *id,
	      struct ike_sainfo_end *out)
{
	int r = 0;

	*out = (struct ike_sainfo_end){ .kind = IKE_END_ID, .any_port = true };
	switch (id->kind) {
	case RC_SAID_NONE:
	case RC_SAID_ANONYMOUS:
		out->kind = IKE_END_ANY;
		return 0;
	case RC_SAID_CLIENTADDR:
		out->kind = IKE_END_CLIENT;
		return 0;
	case RC_SAID_ADDR:
	case RC_SAID_RANGE:
		if (id->addr.family)
			r = said_addr(l, id, &out->id);
		break;
	case RC_SAID_STRING:
		r = said_string(l, id, &out->id);
		break;
	}
	out->id.proto = (uint8_t)id->proto.v;
	out->id.port = (uint16_t)id->port.v;
	out->any_port = !id->port.given || id->port.v == RC_PORT_ANY;
	return r;
}
