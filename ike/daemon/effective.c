/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/effective.h"

#include <errno.h>
#include <string.h>

static void set(struct rc_num *to, uint64_t v)
{
	to->v = v;
	to->given = true;
}

/* enum ike_tri counts from 0, the file's words from RC_OFF */
static void set_tri(struct rc_num *to, enum ike_tri v)
{
	set(to, (uint64_t)v + RC_OFF);
}

static void settings(struct rc_conf *to, const struct ike_settings *s)
{
	set(&to->log, (uint64_t)s->log + RC_LOG_ERROR);
	set(&to->complex_bundle, s->complex_bundle);
	set(&to->gss_id_enc, s->gss_latin1 ? RC_GSS_LATIN1 : RC_GSS_UTF16LE);
	to->timer.head.given = true;
	set(&to->timer.counter, s->timer.counter);
	set(&to->timer.interval, s->timer.interval);
	set(&to->timer.persend, s->timer.persend);
	set(&to->timer.phase1, s->timer.phase1);
	set(&to->timer.phase2, s->timer.phase2);
	set(&to->timer.natt_keepalive, s->timer.natt_keepalive);
	to->padding.head.given = true;
	set(&to->padding.randomize, s->padding.randomize);
	set(&to->padding.randomize_length, s->padding.randomize_length);
	set(&to->padding.exclusive_tail, s->padding.exclusive_tail);
	set(&to->padding.strict_check, s->padding.strict_check);
	set(&to->padding.maximum_length, s->padding.maximum_length);
	if (!s->modecfg.present)
		return;
	set(&to->modecfg.pool_size, s->modecfg.pool_size);
	set(&to->modecfg.pfs_group, s->modecfg.pfs_group);
	set(&to->modecfg.auth_throttle, s->modecfg.auth_throttle);
	set(&to->modecfg.save_passwd, s->modecfg.save_passwd);
	if (!to->modecfg.banner.s)
		to->modecfg.banner.s = s->modecfg.banner;
}

static void switches(struct rc_remote *to, const struct ike_remote *r)
{
	static const uint64_t checks[] = {
		[IKE_CHECK_STRICT] = RC_PCHECK_STRICT,
		[IKE_CHECK_OBEY] = RC_PCHECK_OBEY,
		[IKE_CHECK_CLAIM] = RC_PCHECK_CLAIM,
		[IKE_CHECK_EXACT] = RC_PCHECK_EXACT,
	};

	set(&to->verify_identifier, r->verify_identifier);
	set(&to->verify_cert, r->verify_cert);
	set(&to->send_cert, r->send_cert);
	set(&to->send_cr, r->send_cr);
	set(&to->match_empty_cr, r->match_empty_cr);
	set(&to->nonce_size, r->nonce_size);
	set(&to->passive, r->passive);
	set(&to->mode_cfg, r->mode_cfg);
	set(&to->weak_phase1_check, r->weak_phase1_check);
	set(&to->support_proxy, r->support_proxy);
	set(&to->initial_contact, r->initial_contact);
	set(&to->dpd, r->dpd);
	set(&to->dpd_delay, r->dpd_delay);
	set(&to->dpd_retry, r->dpd_retry);
	set(&to->dpd_maxfail, r->dpd_maxfail);
	set(&to->ph1id, r->ph1id);
	set(&to->lifetime.time, r->lifetime);
	set_tri(&to->ike_frag, r->ike_frag);
	set_tri(&to->nat_traversal, r->nat_traversal);
	set_tri(&to->rekey, r->rekey);
	set(&to->proposal_check, checks[r->check]);
	set(&to->generate_policy, (uint64_t)r->generate_policy +
	    RC_GENPOL_OFF);
	/* read, and without effect: not worth a warning of its own */
	to->esp_frag.given = to->doi.given = to->situation.given = false;
}

static int proposals(struct arena *a, struct rc_remote *to,
		     const struct ike_remote *r)
{
	struct rc_proposal **tail = &to->proposal, *p;
	const struct rc_proposal *from = to->proposal;
	unsigned int i;

	for (i = 0; from && i < r->nprop; from = from->next, i++) {
		p = arena_memdup(a, from, sizeof(*p));
		if (!p)
			return -ENOMEM;
		set(&p->lifetime.time, r->prop[i].lifetime);
		if (r->prop[i].lifebytes)
			set(&p->lifetime.byte, r->prop[i].lifebytes);
		p->enc.keylen = r->prop[i].keylen;
		p->next = NULL;
		*tail = p;
		tail = &p->next;
	}
	return 0;
}

/*
 * A name that was looked up becomes the address that was found, so that
 * nobody has to look again.
 */
static int resolved(struct arena *a, struct rc_addr *to,
		    const struct xaddr *addr)
{
	char text[XADDR_STRLEN];

	if (!to->text || to->family || !addr->family)
		return 0;
	to->text = arena_strdup(a, xaddr_str(addr, text));
	if (!to->text)
		return -ENOMEM;
	to->family = addr->family;
	memcpy(to->ip, addr->b, sizeof(to->ip));
	return 0;
}

static int resolved_id(struct arena *a, struct rc_ident *to,
		       const struct ike_id *id)
{
	struct xaddr addr = { 0 };

	if (id->type == IKE_ID_IPV4 && id->len == 4)
		addr.family = AF_INET;
	else if (id->type == IKE_ID_IPV6 && id->len == 16)
		addr.family = AF_INET6;
	else
		return 0;
	memcpy(addr.b, id->data, id->len);
	return resolved(a, &to->addr, &addr);
}

static int addresses(struct arena *a, struct rc_remote *to,
		     const struct ike_remote *r)
{
	struct rc_ident **tail = &to->peers_identifier, *copy;
	const struct rc_ident *id = to->peers_identifier;
	unsigned int i;
	int err;

	if ((err = resolved(a, &to->remote_address, &r->addr)))
		return err;
	if (to->peer.kind == RC_PEER_BARE && !to->remote_address.text) {
		if ((err = resolved(a, &to->peer.addr, &r->addr)))
			return err;
		to->peer.kind = RC_PEER_ADDR;
	}
	for (i = 0; id && i < r->npeer_id; id = id->next, i++) {
		copy = arena_memdup(a, id, sizeof(*copy));
		if (!copy)
			return -ENOMEM;
		if ((err = resolved_id(a, copy, &r->peer_id[i])))
			return err;
		copy->next = NULL;
		*tail = copy;
		tail = &copy->next;
	}
	return 0;
}

/* A section that was left out stays as it was written. */
static int remotes(const struct load *l, struct arena *a, struct rc_conf *to)
{
	struct rc_remote **tail = &to->remote, *r;
	size_t i;
	int err;

	to->remote = NULL;
	for (i = 0; i < l->ast->remotes; i++) {
		r = arena_memdup(a, l->eff[i], sizeof(*r));
		if (!r)
			return -ENOMEM;
		r->next = NULL;
		*tail = r;
		tail = &r->next;
		if (!l->remote[i])
			continue;
		switches(r, l->remote[i]);
		if ((err = proposals(a, r, l->remote[i])) ||
		    (err = addresses(a, r, l->remote[i])))
			return err;
	}
	return 0;
}

static int ciphers(struct arena *a, struct rc_sainfo *to,
		   const struct ike_sainfo *s)
{
	const struct rc_alg *from = to->enc;
	struct rc_alg **tail = &to->enc, *alg;
	unsigned int i;

	for (i = 0; from && i < s->nencr; from = from->next, i++) {
		alg = arena_memdup(a, from, sizeof(*alg));
		if (!alg)
			return -ENOMEM;
		if (s->encr[i].keylen)
			alg->keylen = s->encr[i].keylen;
		alg->next = NULL;
		*tail = alg;
		tail = &alg->next;
	}
	return 0;
}

static int sainfos(const struct load *l, struct arena *a, struct rc_conf *to)
{
	struct rc_sainfo **tail = &to->sainfo, *s;
	const struct rc_sainfo *from;
	size_t i = 0;
	int err;

	to->sainfo = NULL;
	for (from = l->ast->sainfo; from; from = from->next, i++) {
		s = arena_memdup(a, from, sizeof(*s));
		if (!s)
			return -ENOMEM;
		s->next = NULL;
		*tail = s;
		tail = &s->next;
		if (!l->sainfo[i])
			continue;
		if (s->from) {
			s->from = arena_memdup(a, s->from, sizeof(*s->from));
			if (!s->from)
				return -ENOMEM;
			err = resolved_id(a, s->from, &l->sainfo[i]->from);
			if (err)
				return err;
		}
		set(&s->lifetime.time, l->sainfo[i]->lifetime);
		if (l->sainfo[i]->remoteid)
			set(&s->remoteid, l->sainfo[i]->remoteid);
		if (s->esn.given)
			set_tri(&s->esn, l->sainfo[i]->esn);
		if (s->replay_window.given)
			set(&s->replay_window, l->sainfo[i]->replay_window);
		if ((err = ciphers(a, s, l->sainfo[i])))
			return err;
	}
	return 0;
}

int conf_effective(const struct load *l, struct wbuf *w)
{
	struct rc_conf to = *l->ast;
	struct arena *a = arena_new(ARENA_WIPE);
	int r;

	if (!a)
		return -ENOMEM;
	settings(&to, ike_conf_settings(l->conf));
	r = remotes(l, a, &to);
	if (!r)
		r = sainfos(l, a, &to);
	if (!r) {
		rc_print(&to, false, w);
		r = w->err;
	}
	arena_free(a);
	return r;
}
