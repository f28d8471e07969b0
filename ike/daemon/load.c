/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/load.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "ike/daemon/load_priv.h"
#include "libxfrm/base/err.h"
#include "parser/racoon_check.h"
#include "parser/racoon_inherit.h"

bool load_denied(int err)
{
	return err == -EACCES || err == -EPERM;
}

int load_read(const struct loader *l, const char *path, size_t max,
	      struct wbuf *w)
{
	return l->source ? l->source->read(l->source, path, max, w)
			 : source_file(path, max, w);
}

/* Sections of the file into the config; 0 or -ENOMEM. */
static int build(struct loader *l, struct load *out)
{
	const struct rc_remote *own;
	const struct rc_sainfo *s;
	size_t i = 0;
	int r;

	if ((r = load_settings(l)))
		return r;
	for (own = l->ast->remote; own; own = own->next, i++)
		if ((r = load_remote(l, own, out->eff[i], &out->remote[i])))
			return r;
	for (s = l->ast->sainfo, i = 0; s; s = s->next, i++)
		if ((r = load_sainfo(l, s, &out->sainfo[i])))
			return r;
	return load_psk_check(l, out->eff, out->remote);
}

/* From the AST on: inherit, check, build, finish. */
static int evaluate(struct loader *l, struct load *out)
{
	int r, bad;

	bad = rc_inherit(l->ast, l->d, &out->eff);
	if (bad && bad != XE_CHECK)
		return bad;
	if ((r = rc_check(l->ast, out->eff, l->d)) && r != XE_CHECK)
		return r;
	out->remote = calloc(l->ast->remotes + 1, sizeof(*out->remote));
	out->sainfo = calloc(l->ast->sainfos + 1, sizeof(*out->sainfo));
	if (!out->remote || !out->sainfo)
		return -ENOMEM;
	if ((r = build(l, out)))
		return r;
	if (diag_count(l->d, DIAG_ERROR))
		return XE_CHECK;
	r = ike_conf_finish(l->conf);
	if (r == XE_EXISTS || r == XE_CHECK || r == XE_RANGE)
		diag_add(l->d, DIAG_ERROR, NULL, "the configuration is not "
			 "consistent: %s", xe_str(r));
	return r;
}

static int load_ast(unsigned int flags, const struct source *source,
		    struct ike_crypto *cr, struct diag *d, struct load *out)
{
	struct loader l = {
		.ast = out->ast,
		.source = source,
		.cr = cr,
		.d = d,
		.flags = flags,
	};
	uint64_t seed = 0;
	int r;

	/* a weak seed is better than no configuration */
	(void)!getrandom(&seed, sizeof(seed), GRND_NONBLOCK);
	l.conf = ike_conf_new(seed);
	if (!l.conf)
		return -ENOMEM;
	l.arena = ike_conf_arena(l.conf);
	htab_init(&l.creds, 0);
	r = evaluate(&l, out);
	load_cred_done(&l);
	src_explain(out->ast->src, d);
	if (!r && diag_failed(d))
		r = -ENOMEM;
	if (r) {
		ike_conf_unref(l.conf);
		free(out->remote);
		free(out->sainfo);
		out->remote = NULL;
		out->sainfo = NULL;
	} else {
		out->conf = l.conf;
	}
	return r;
}

int load_file(const char *path, unsigned int flags,
	      const struct source *source, struct ike_crypto *cr,
	      struct diag *d, struct load *l)
{
	int parsed, r;

	*l = (struct load){ 0 };
	parsed = rc_parse_file(path, d, &l->ast);
	if (!l->ast)
		return parsed;
	r = load_ast(flags, source, cr, d, l);
	return parsed ? parsed : r;
}

int load_mem(const char *name, const void *text, size_t len,
	     unsigned int flags, const struct source *source,
	     struct ike_crypto *cr, struct diag *d, struct load *l)
{
	int parsed, r;

	*l = (struct load){ 0 };
	parsed = rc_parse_mem(name, text, len, false, d, &l->ast);
	if (!l->ast)
		return parsed;
	r = load_ast(flags, source, cr, d, l);
	return parsed ? parsed : r;
}

void load_free(struct load *l)
{
	ike_conf_unref(l->conf);
	free(l->remote);
	free(l->sainfo);
	rc_free(l->ast);
	*l = (struct load){ 0 };
}
