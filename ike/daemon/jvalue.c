/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/jvalue.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libxfrm/base/text.h"

json_t *jaddr(const struct xaddr *a)
{
	char buf[XADDR_STRLEN];

	return a->family ? json_string(xaddr_str(a, buf)) : json_null();
}

/* Names that peers chose, reasons with such in them, perhaps cut short. */
json_t *jstr(const char *s)
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

json_t *jtime(int64_t t)
{
	time_t tt = (time_t)t;
	char buf[32];
	struct tm tm;

	if (!t || !gmtime_r(&tt, &tm) ||
	    !strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return json_null();
	return json_string(buf);
}

json_t *jleft(uint64_t created, uint64_t life, uint64_t now)
{
	uint64_t age = created && now > created ? (now - created) / 1000 : 0;

	if (!created || !life)
		return json_null();
	return json_integer(age < life ? (json_int_t)(life - age) : 0);
}

int64_t jwall(uint64_t t, uint64_t now, int64_t wall)
{
	return t ? wall - (int64_t)((now - t) / 1000) : 0;
}

int jset(json_t *o, const char *key, json_t *v)
{
	return json_object_set_new(o, key, v);
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

json_t *jsel(const struct xsel *s)
{
	json_t *o = json_object();

	jset(o, "src", cidr(&s->src, s->splen));
	jset(o, "dst", cidr(&s->dst, s->dplen));
	jset(o, "protocol",
	     s->proto ? json_sprintf("%u", s->proto) : json_string("any"));
	jset(o, "src_port", port_json(s->sport, s->sport_mask));
	jset(o, "dst_port", port_json(s->dport, s->dport_mask));
	return o;
}

json_t *jcount(const struct kcount *c)
{
	json_t *o = json_object();

	jset(o, "bytes", json_integer((json_int_t)c->bytes));
	jset(o, "packets", json_integer((json_int_t)c->packets));
	jset(o, "idle_seconds",
	     c->use_age == UINT64_MAX ? json_null()
				      : json_integer((json_int_t)c->use_age));
	return o;
}

const char *jchild_state(enum child_state s)
{
	switch (s) {
#define CHILD_STATE_CASE(name, text) \
	case CHILD_##name:           \
		return text;
		CHILD_STATE_LIST(CHILD_STATE_CASE)
#undef CHILD_STATE_CASE
	}
	return "unknown";
}
