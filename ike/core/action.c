/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/action.h"

#include <stdlib.h>
#include <string.h>

#include "ike/core/xchg.h"
#include "libxfrm/base/err.h"

/* A queued action and what it points at. */
struct act {
	struct act *next;
	struct ike_action a;
	struct kreq kreq;
	struct ike_keyreq *key;
	struct ike_hook hook;
	struct ike_answer answer;
	struct ike_evt_row event;
	char *text;		/* strings of hook and answer */
	size_t len;
	uint8_t bytes[];	/* of the packet or certificate */
};

static struct act *act_new(enum ike_act_kind kind, const void *p, size_t len)
{
	struct act *act = calloc(1, sizeof(*act) + len);

	if (!act)
		return NULL;
	act->a.kind = kind;
	act->len = len;
	if (len)
		memcpy(act->bytes, p, len);
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
	kreq_clear(&act->kreq);
	if (act->key) {
		ike_conf_unref(act->key->conf);
		secret_wipe(act->key, sizeof(*act->key));
		free(act->key);
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
		.p = act->bytes, .len = len,
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
		.keepalive = true, .p = act->bytes, .len = sizeof(one),
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
	struct act *act = act_new(ACT_KREQ, NULL, 0);
	int err = act ? 0 : XE_NOMEM;

	r->id = ike_new_id(ike);
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
	act->kreq = *r;	/* the keys move along */
	r->sa.enc_key = r->sa.auth_key = (struct secret){ 0 };
	act->a.kreq = &act->kreq;
	act_push(ike, act);
	return 0;
}

void ike_kans(struct ike *ike, const struct kans *ans)
{
	struct hnode *n;

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
	struct act *act = act_new(ACT_KEY, NULL, 0);

	if (act)
		act->key = malloc(sizeof(*act->key));
	if (!act || !act->key) {
		free(act);
		return XE_NOMEM;
	}
	key->id = x->wait = x->id;
	*act->key = *key;
	act->key->conf = ike_conf_ref(key->conf);
	act->a.key = act->key;
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

/* Copies the strings of an answer to memory of act. */
static int answer_copy(struct act *act, const struct ike_answer *ans)
{
	struct ike_answer *a = &act->answer;
	const char **str[4] = { &a->text };
	unsigned int n = 1;
	struct wbuf w;
	size_t len = 0;

	*a = *ans;
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
	case ANS_TIMER:
	case ANS_CHILD:
	case ANS_END:
		break;
	case ANS_CERT:
		a->cert.der = act->bytes;
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
	for (unsigned int i = 0; i < n; i++)
		*str[i] = text_put(&w, *str[i]);
	return 0;
}

int ike_act_answer(struct ike *ike, const struct ike_answer *ans)
{
	bool cert = ans->kind == ANS_CERT;
	struct act *act = act_new(ACT_ADMIN, cert ? ans->cert.der : NULL,
				  cert ? ans->cert.len : 0);

	if (!act || answer_copy(act, ans) < 0) {
		free(act);
		return XE_NOMEM;
	}
	act->a.answer = &act->answer;
	act_push(ike, act);
	return 0;
}

void ike_act_event(struct ike *ike, enum ike_evt code,
		   const struct ike_ep *local, const struct ike_ep *remote,
		   uint32_t msgid)
{
	struct act *act = act_new(ACT_EVENT, NULL, 0);

	if (!act)
		return;	/* nobody can be told */
	act->event = (struct ike_evt_row){ .code = code, .local = *local,
					   .remote = *remote, .msgid = msgid };
	act->a.event = &act->event;
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
	struct act *act = act_new(ACT_HOOK, NULL, 0);
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
	h = &act->hook;
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
