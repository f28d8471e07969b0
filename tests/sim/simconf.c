/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/simconf.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "libxfrm/alg.h"
#include "tests/sim/certs.h"

struct sim_conf sim_conf_default(const char *peer)
{
	return (struct sim_conf){
		.peer = peer, .mode = IKE_MODE_MAIN, .auth = IKE_AUTH_PSK,
		.enc = V1_ENC_AES, .keylen = 128, .hash = V1_HASH_SHA256,
		.group = GROUP_X25519, .life1 = 3600, .life2 = 1200,
		.p2enc = "aes", .p2auth = "hmac_sha256",
		.check = IKE_CHECK_STRICT, .interval = 10, .counter = 5,
		.cert = -1,
	};
}

static void p2alg_one(struct ike_p2alg *p, char opt, const char *word)
{
	const struct xalg_word *w = xalg_find(opt, word, XALG_RACOON);

	if (!w)
		abort();
	p->word = w->word;
	p->alg = w->alg;
	p->icv = w->icv;
	p->usable = true;
	p->trans_v1 = (uint16_t)xalg_code(opt == 'E' ? XCODE_V1_ESP
					  : opt == 'A' ? XCODE_V1_AH
						       : XCODE_V1_COMP,
					  w->alg, w->icv);
	if (opt == 'A')
		p->auth_v1 = (uint16_t)xalg_code(XCODE_V1_AUTH, w->alg,
						 w->icv);
	if (opt == 'E' && w->alg->keylen_attr)
		p->keylen = (uint16_t)(w->alg->key_def - w->alg->salt);
}

static void p2alg(struct arena *a, const struct ike_p2alg **out,
		  unsigned int *n, char opt, const char *words)
{
	struct ike_p2alg *p = arena_calloc(a, IKE_SAINFO_ALGS_MAX, sizeof(*p));
	char *copy = arena_strdup(a, words), *rest = copy, *word;

	if (!p || !copy)
		abort();
	for (*n = 0; (word = strsep(&rest, ",")) != NULL; ++*n)
		p2alg_one(&p[*n], opt, word);
	*out = p;
}

/* All transforms of phase 1, the main one first or last. */
static void p1props(struct arena *a, const struct sim_conf *c,
		    struct ike_remote *rc)
{
	struct ike_prop *p = arena_calloc(a, c->nmore + 1, sizeof(*p));
	unsigned int main = c->more_first ? c->nmore : 0;

	if (!p)
		abort();
	for (unsigned int i = 0; i <= c->nmore; i++) {
		struct sim_p1 one = { c->enc, c->keylen, c->hash, c->group };

		if (i != main)
			one = c->more[i - (i > main)];
		p[i] = (struct ike_prop){
			.encr_v1 = one.enc, .keylen = one.keylen,
			.hash_v1 = one.hash, .group = one.group,
			.auth = c->auth, .lifetime = c->life1,
			.lifebytes = c->bytes1, .usable = true,
			.encr_word = "aes", .hash_word = "sha256",
		};
	}
	rc->prop = p;
	rc->nprop = c->nmore + 1;
}

struct ike_conf *sim_conf_begin(const struct sim_conf *c,
				struct ike_remote **rcp,
				struct ike_sainfo **sip)
{
	struct ike_conf *conf = ike_conf_new(1);
	struct ike_remote *rc = ike_conf_add_remote(conf, NULL);
	struct ike_sainfo *si = ike_conf_add_sainfo(conf);
	struct arena *a = ike_conf_arena(conf);

	if (!conf || !rc || !si)
		abort();
	ike_conf_edit(conf)->complex_bundle = !c->simple_bundle;
	ike_conf_edit(conf)->timer.interval = c->interval;
	ike_conf_edit(conf)->timer.counter = c->counter;
	if (c->peer && xaddr_parse(c->peer, &rc->addr) < 0)
		abort();
	p1props(a, c, rc);
	rc->nmode = 1;
	rc->mode[0] = c->mode;
	if (c->mode2)
		rc->mode[rc->nmode++] = c->mode2;
	if (c->auth == IKE_AUTH_RSA && c->cert >= 0)
		rc->my_cred = sim_certs_add(conf, (unsigned int)c->cert);
	rc->check = c->check;
	rc->nat_traversal = c->natt;
	rc->generate_policy = c->genpol;
	rc->passive = c->passive;
	rc->dpd = !c->no_dpd;
	if (c->rekey_off)
		rc->rekey = IKE_OFF;
	rc->dpd_delay = c->dpd_delay;
	si->pfs_group = c->pfs;
	si->lifetime = c->life2;
	si->lifebytes = c->bytes2;
	si->esn = c->esn;
	if (c->window)
		si->replay_window = c->window;
	p2alg(a, &si->encr, &si->nencr, 'E', c->p2enc);
	p2alg(a, &si->auth, &si->nauth, 'A', c->p2auth);
	p2alg(a, &si->comp, &si->ncomp, 'C', "deflate");
	*rcp = rc;
	*sip = si;
	return conf;
}

struct ike_conf *sim_conf_end(struct ike_conf *conf)
{
	if (ike_conf_finish(conf) < 0)
		abort();
	return conf;
}

struct ike_conf *sim_conf_make(const struct sim_conf *c)
{
	struct ike_remote *rc;
	struct ike_sainfo *si;

	return sim_conf_end(sim_conf_begin(c, &rc, &si));
}

struct kpol sim_policy(enum kdir dir, enum kmode mode, const char *local_net,
		       const char *remote_net, const char *local,
		       const char *remote, uint32_t reqid)
{
	struct kpol k = { .dir = dir, .prio = 0x80000000u, .ntmpl = 1 };
	struct xaddr ln, rn, la, ra;
	uint8_t ll, rl;

	if (xaddr_parse_prefix(local_net, &ln, &ll) < 0 ||
	    xaddr_parse_prefix(remote_net, &rn, &rl) < 0 ||
	    xaddr_parse(local, &la) < 0 || xaddr_parse(remote, &ra) < 0)
		abort();
	if (dir == KDIR_OUT)
		xsel_init(&k.sel, &ln, ll, &rn, rl);
	else
		xsel_init(&k.sel, &rn, rl, &ln, ll);
	k.tmpl[0] = (struct ktmpl){ .proto = IPPROTO_ESP, .mode = mode,
				    .reqid = reqid };
	if (mode == KMODE_TUNNEL) {
		k.tmpl[0].src = dir == KDIR_OUT ? la : ra;
		k.tmpl[0].dst = dir == KDIR_OUT ? ra : la;
	}
	return k;
}
