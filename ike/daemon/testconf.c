/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/testconf.h"

#include <stdio.h>

#include "ike/crypto/alg.h"
#include "ike/daemon/effective.h"
#include "ike/daemon/load.h"
#include "ike/daemon/report.h"
#include "ike/daemon/sandbox.h"
#include "libxfrm/base/err.h"

#define OUTPUT_MAX (256u << 20)	/* bytes; a large configuration, printed */

static int put(const struct wbuf *w, FILE *to)
{
	struct cur c = wbuf_cur(w);

	if (w->err || fwrite(c.p, 1, c.left, to) != c.left || fflush(to)) {
		fprintf(stderr, "racoon: cannot write: %s\n",
			w->err ? xe_str(w->err) : "output error");
		return -1;
	}
	return 0;
}

/* Loads o->file.  Returns 0 or negative; *d may hold errors either way. */
static int load(const struct options *o, struct load *l, struct diag **d)
{
	struct ike_crypto *cr = NULL;
	int r;

	*l = (struct load){ 0 };
	*d = diag_new();
	if (!*d)
		return XE_NOMEM;
	r = ike_crypto_new(&cr, *d);
	if (r)
		diag_add(*d, DIAG_WARNING, NULL, "OpenSSL does not work (%s): "
			 "certificates and algorithms are not checked",
			 xe_str(r));
	r = load_file(o->file, LOAD_FILES, NULL, cr, *d, l);
	ike_crypto_free(cr);
	if (r && !diag_count(*d, DIAG_ERROR))
		diag_add(*d, DIAG_ERROR, NULL, "%s", xe_str(r));
	return r;
}

/* The daemon does not start without an account for what talks to peers. */
static void check_account(const struct load *l, struct diag *d)
{
	struct diag_entry *e;
	struct sandbox sb;

	if (ike_conf_settings(l->conf)->privsep.on || !sandbox_account(&sb))
		return;
	e = diag_add(d, DIAG_NOTE, NULL, "this host has no account for the "
		     "process that talks to peers: racoon does not start");
	diag_hint(d, e, "create a system user racoon, or name one with "
		  "`privsep { user \"NAME\"; }'");
}

int testconf_run(const struct options *o)
{
	struct load l;
	struct diag *d;
	struct wbuf w;
	int failed, r;

	failed = load(o, &l, &d) != 0;
	if (!d) {
		fprintf(stderr, "racoon: %s\n", xe_str(XE_NOMEM));
		return 1;
	}
	if (!failed)
		check_account(&l, d);
	diag_sort(d);
	if (o->strict && diag_count(d, DIAG_WARNING))
		failed = 1;
	wbuf_init(&w, OUTPUT_MAX);
	if (o->json) {
		r = report_json(d, o->file, failed, &w);
		if (r)
			w.err = r;
	} else {
		report_text(d, o->file, &w);
		if (!failed)
			wbuf_printf(&w, "racoon: configuration file \"%s\" "
				    "syntax is ok\nracoon: configuration file "
				    "\"%s\" test is successful\n", o->file,
				    o->file);
	}
	if (put(&w, stdout))
		failed = 1;
	if (failed && !o->json)
		fprintf(stderr, "racoon: configuration file \"%s\" test "
			"failed\n", o->file);
	wbuf_free(&w);
	load_free(&l);
	diag_free(d);
	return failed;
}

int testconf_dump(const struct options *o)
{
	struct load l;
	struct diag *d;
	struct wbuf w;
	int r;

	r = load(o, &l, &d);
	wbuf_init(&w, OUTPUT_MAX);
	if (d)
		report_text(d, o->file, &w);
	if (w.len)
		(void)put(&w, stderr);
	wbuf_reset(&w);
	if (!r)
		r = conf_effective(&l, &w);
	if (!r)
		r = put(&w, stdout);
	else
		fprintf(stderr, "racoon: failed to parse configuration "
			"file.\n");
	wbuf_free(&w);
	load_free(&l);
	diag_free(d);
	return r ? 1 : 0;
}
