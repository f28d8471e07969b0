/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * racoon.conf to the engine's config: whatever loads is printed as it takes
 * effect, loads again, and prints the same; lookups stay within bounds.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ike/daemon/effective.h"
#include "ike/daemon/load.h"
#include "ike/daemon/report.h"
#include "ike/daemon/source.h"
#include "libxfrm/base/err.h"

#define OUT_MAX (8u << 20)

/* No file is there. */
static int no_file(const struct source *s, const char *path, size_t max,
		   struct wbuf *w)
{
	return -ENOENT;
}

static const struct source nowhere = { .read = no_file };

static void look_up(const struct ike_conf *c)
{
	struct ike_remote_query q = { 0 };
	struct ike_sainfo_query sq = { 0 };
	const struct ike_remote *r, *found;
	const struct ike_sainfo *s;
	unsigned int i;

	for (i = 0; (r = ike_conf_remote(c, i)); i++) {
		q.peer = r->addr;
		q.port = r->port;
		q.id = r->npeer_id ? &r->peer_id[0] : NULL;
		if (ike_conf_find_remote(c, &q, &found) == XE_NOTFOUND &&
		    ike_remote_score(c, r, &q) >= 0)
			abort();
		if (!ike_conf_remote_named(c, r->name))
			abort();
	}
	for (i = 0; (s = ike_conf_sainfo(c, i)); i++) {
		if (s->local.kind != IKE_END_ID ||
		    s->remote.kind != IKE_END_ID || s->group)
			continue;
		sq.local = s->local.id;
		sq.remote = s->remote.id;
		sq.peer = s->from.len ? &s->from : NULL;
		sq.ph1id = s->remoteid;
		if (ike_sainfo_fits(s, &sq) &&
		    ike_conf_find_sainfo(c, &sq, &s))
			abort();
		s = ike_conf_sainfo(c, i);
	}
}

static int load_once(const void *p, size_t len, struct wbuf *out)
{
	struct diag *d = diag_new();
	struct wbuf text;
	struct load l = { 0 };
	int r;

	if (!d)
		return -ENOMEM;
	r = load_mem("fuzz", p, len, 0, &nowhere, NULL, d, &l);
	if ((r != 0) != (diag_count(d, DIAG_ERROR) != 0) && r != -ENOMEM)
		abort();
	wbuf_init(&text, OUT_MAX);
	report_text(d, "fuzz", &text);
	wbuf_reset(&text);
	(void)report_json(d, "fuzz", r != 0, &text);
	wbuf_free(&text);
	if (!r) {
		look_up(l.conf);
		r = conf_effective(&l, out);
	}
	load_free(&l);
	diag_free(d);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wbuf one, two;

	wbuf_init(&one, OUT_MAX);
	wbuf_init(&two, OUT_MAX);
	if (!load_once(data, size, &one)) {
		if (load_once(one.p, one.len, &two))
			abort();
		if (one.len != two.len || memcmp(one.p, two.p, one.len))
			abort();
	}
	wbuf_free(&one);
	wbuf_free(&two);
	return 0;
}
