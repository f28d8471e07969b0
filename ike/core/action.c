/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/action.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "ike/core/xchg.h"
#include "libxfrm/base/err.h"

/* A queued action and what it points at. */
struct act {
	struct act *next;
	struct ike_action a;
	struct kreq *kreq;	/* these two point into body, if there */
	struct ike_keyreq *key;
	char *text;		/* strings of hook and answer; certificate */
	_Alignas(max_align_t) uint8_t body[];
};

/* With a copy of len bytes at p, which go out through body. */
static struct act *act_new(enum ike_act_kind kind, const void *p, size_t len)
{
	struct act *act = malloc(sizeof(*act) + len);

	if (!act)
		return NULL;
	*act = (struct act){ .a.kind = kind };
	if (len)
		memcpy(act->body, p, len);
	return act;
}

static void act_push(struct ike *ike, struct act *act)
{
	*ike->act_tail = act;
	ike->act_tail = &act->next;
}

static void act_free(struct act *act)
{
	if (!act)
		return;
	if (act->kreq)
		kreq_clear(act->kreq);
	if (act->key) {
		ike_conf_unref(act->key->conf);
		secret_wipe(act->key, sizeof(*act->key));
	}
	free(act->text);
	free(act);
}

void ike_act_init(struct ike *ike)
{
	ike->act_head = ike->act_cur = NULL;
	ike->act_tail = &ike->act_head;
}

void ike_act_free(struct ike *ike)
{
	struct act *act;

	act_free(ike->act_cur);
	while ((act = ike->act_head) != NULL) {
		ike->act_head = act->next;
		if (act->a.kind == ACT_JOB)
			ike_job_free(act->a.job);
		act_free(act);
	}
	ike_act_init(ike);
}

bool ike_next(struct ike *ike, struct ike_action *out)
{
	struct act *act = ike->act_head;

	act_free(ike->act_cur);
	ike->act_cur = NULL;
	*out = (struct ike_action){ 0 };
	if (!act)
		return false;
	ike->act_head = act->next;
	if (!ike->act_head)
		ike->act_tail = &ike->act_head;
	ike->act_cur = act;
	*out = act->a;
	return true;
}

int ike_act_packet(struct ike *ike, const struct ike_ep *local,
		   const struct ike_ep *remote, bool natt, const void *p,
		   size_t len)
{
	struct act *act = act_new(ACT_PACKET, p, len);

	if (!act)
		return XE_NOMEM;
	act->a.packet = (struct ike_packet){
		.local = *local, .remote = *remote, .natt = natt,
		.p = act->body, .len = len,
	};
	ike->stats.packets_out++;
	act_push(ike, act);
	return 0;
}

int ike_act_keepalive(struct ike *ike, const struct ike_ep *local,
		      const struct ike_ep *remote)
{
	static const uint8_t one = 0xff;	/* RFC 3948 section 4 */
	struct act *act = act_new(ACT_PACKET, &one, sizeof(one));

	if (!act)
		return XE_NOMEM;
	act->a.packet = (struct ike_packet){
		.local = *local, .remote = *remote, .natt = true,
		.keepalive = true, .p = act->body, .len = sizeof(one),
	};
	act_push(ike, act);
	return 0;
}

static int kwait_add(struct ike *ike, const struct kwait *in)
{
	struct kwait *w = malloc(sizeof(*w));
	int r;

	if (!w)
		return XE_NOMEM;
	*w = *in;
	r = htab_add(&ike->kwait, &w->by_id, hash_mix(ike->seed, w->id));
	if (r < 0)
		free(w);
	return r;
}

int ike_act_kreq(struct ike *ike, struct kreq *r, kwait_fn fn, uint32_t child,
		 uint32_t xchg, unsigned int tag)
{
	struct act *act;
	int err;

	r->id = ike_new_id(ike);
	act = act_new(ACT_KREQ, r, sizeof(*r));
	err = act ? 0 : XE_NOMEM;
	if (!err && fn) {
		struct kwait w = { .id = r->id, .fn = fn, .child = child,
				   .xchg = xchg, .tag = tag,
				   .proto = r->sa.proto, .src = r->sa.src,
				   .dst = r->sa.dst };

		err = kwait_add(ike, &w);
	}
	if (err) {
		kreq_clear(r);
		free(act);
		return err;
	}
	/* the keys move along */
	r->sa.enc_key = r->sa.auth_key = (struct secret){ 0 };
	act->a.kreq = act->kreq = (struct kreq *)(void *)act->body;
	act_push(ike, act);
	ike->asked++;
	return 0;
}

void ike_kans(struct ike *ike, const struct kans *ans)
{
	struct hnode *n;

	if (ike->asked)
		ike->asked--;
	for (n = htab_first(&ike->kwait, hash_mix(ike->seed, ans->id)); n;
	     n = htab_next(n)) {
		struct kwait *w = hnode_entry(n, struct kwait, by_id);

		if (w->id != ans->id)
			continue;
		htab_del(&ike->kwait, n);
		w->fn(ike, w, ans);
		free(w);
		return;
	}
}

void ike_kwait_free(struct ike *ike)
{
	struct hnode *cursor = NULL, *n;
	size_t pos = 0;

	while ((n = htab_walk(&ike->kwait, &pos, &cursor)) != NULL) {
		htab_del(&ike->kwait, n);
		free(hnode_entry(n, struct kwait, by_id));
	}
	htab_free(&ike->kwait);
}

int ike_act_job(struct ike *ike, struct xchg *x, struct ike_job *job)
{
	struct act *act = act_new(ACT_JOB, NULL, 0);

	if (!act) {
		ike_job_free(job);
		return XE_NOMEM;
	}
	job->id = x->wait = ike_new_id(ike);
	job->owner = x->id;
	act->a.job = job;
	act_push(ike, act);
	return 0;
}

int ike_act_key(struct ike *ike, struct xchg *x, struct ike_keyreq *key)
{
	struct act *act;

	key->id = x->wait = x->id;
	act = act_new(ACT_KEY, key, sizeof(*key));
	if (!act)
		return XE_NOMEM;
	act->a.key = act->key = (struct ike_keyreq *)(void *)act->body;
	act->key->conf = ike_conf_ref(key->conf);
	act_push(ike, act);
	return 0;
}

/* A copy of s at *at in text, which has room; NULL stays NULL. */
static const char *text_put(struct wbuf *w, const char *s)
{
	const uint8_t *at;

	if (!s)
		return NULL;
	at = wbuf_reserve(w, strlen(s) + 1);
	if (!at)
		return NULL;
	memcpy((void *)at, s, strlen(s) + 1);
	return (const char *)at;
}

static size_t text_len(const char *s)
{
	return s ? strlen(s) + 1 : 0;
}

/* Copies what an answer points at to memory of act. */
static int answer_copy(struct act *act, struct ike_answer *a)
{
	const char **str[4] = { &a->text };
	unsigned int n = 1;
	struct wbuf w;
	size_t len = 0;

	switch (a->kind) {
	case ANS_SA:
		str[n++] = &a->sa.local_id;
		str[n++] = &a->sa.remote_id;
		str[n++] = &a->sa.remote_name;
		break;
	case ANS_DOWN:
		str[n++] = &a->down.remote_name;
		str[n++] = &a->down.reason;
		break;
	case ANS_CHILD:
		str[n++] = &a->child.remote_name;
		break;
	case ANS_TIMER:
	case ANS_END:
		break;
	case ANS_CERT:
		len = a->cert.len;
		break;
	}
	for (unsigned int i = 0; i < n; i++)
		len += text_len(*str[i]);
	if (!len)
		return 0;
	act->text = malloc(len);
	if (!act->text)
		return XE_NOMEM;
	wbuf_fixed(&w, act->text, len);
	if (a->kind == ANS_CERT) {
		wbuf_put(&w, a->cert.der, a->cert.len);
		a->cert.der = (const uint8_t *)act->text;
	}
	for (unsigned int i = 0; i < n; i++)
		*str[i] = text_put(&w, *str[i]);
	return 0;
}

int ike_act_answer(struct ike *ike, const struct ike_answer *ans)
{
	struct act *act = act_new(ACT_ADMIN, ans, sizeof(*ans));
	struct ike_answer *a;

	if (!act)
		return XE_NOMEM;
	a = (struct ike_answer *)(void *)act->body;
	if (answer_copy(act, a) < 0) {
		free(act);
		return XE_NOMEM;
	}
	act->a.answer = a;
	act_push(ike, act);
	return 0;
}

void ike_act_event(struct ike *ike, const struct ike_evt_row *row)
{
	struct act *act = act_new(ACT_EVENT, row, sizeof(*row));

	if (!act)
		return;	/* nobody can be told */
	act->a.event = (const struct ike_evt_row *)(void *)act->body;
	act_push(ike, act);
}

/* Peers' text goes into the environment of a script: printable ASCII only. */
static void harmless(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e)
			*s = '_';
}

int ike_act_hook(struct ike *ike, const char *event, const char *script,
		 unsigned int n, const char *const env[])
{
	const struct ike_hook none = { 0 };
	struct act *act = act_new(ACT_HOOK, &none, sizeof(none));
	struct ike_hook *h;
	struct wbuf w;
	size_t len = text_len(event) + text_len(script);

	if (!act)
		return XE_NOMEM;
	for (unsigned int i = 0; i < n; i++)
		len += text_len(env[i]);
	act->text = malloc(len);
	if (!act->text || n > HOOK_ENV_MAX) {
		act_free(act);
		return XE_NOMEM;
	}
	h = (struct ike_hook *)(void *)act->body;
	wbuf_fixed(&w, act->text, len);
	h->event = text_put(&w, event);
	h->script = text_put(&w, script);
	h->nenv = n;
	for (unsigned int i = 0; i < n; i++) {
		h->env[i] = text_put(&w, env[i]);
		harmless((char *)h->env[i]);
	}
	act->a.hook = h;
	act_push(ike, act);
	return 0;
}

void kreq_clear(struct kreq *r)
{
	secret_free(&r->sa.enc_key);
	secret_free(&r->sa.auth_key);
}
