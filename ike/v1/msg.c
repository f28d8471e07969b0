/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "ike/crypto/cipher.h"
#include "ike/v1/ctx.h"
#include "ike/wire/show.h"
#include "libxfrm/base/err.h"

struct v1_sa *v1_sa(const struct ike_sa *sa)
{
	return sa->priv;
}

int v1_keep(struct wbuf *w, struct cur c)
{
	wbuf_free(w);
	wbuf_init(w, c.left ? c.left : 1);
	wbuf_put(w, c.p, c.left);
	return w->err;
}

int v1_in_init(struct v1_in *in)
{
	if (!in->raw.max)
		wbuf_init(&in->raw, IKE_MAX_MSG);
	wbuf_reset(&in->raw);
	arena_free(in->arena);
	in->msg = (struct ike_msg){ 0 };
	in->arena = arena_new(0);
	if (!in->arena)
		return XE_NOMEM;
	arena_set_limit(in->arena, V1_DECODE_MAX);
	return 0;
}

void v1_in_free(struct v1_in *in)
{
	arena_free(in->arena);
	in->arena = NULL;
	in->msg = (struct ike_msg){ 0 };
	wbuf_free(&in->raw);
}

static int v1_decrypt(struct ike *ike, const struct ike_sa *sa,
		      struct v1_in *in, const uint8_t *iv, struct v1_why *why)
{
	const struct ike_v1_keys *k = &v1_sa(sa)->keys;
	const struct ike_enc_alg *enc = ike_enc_alg(k->enc);
	int r;

	if (!enc || !in->raw.len || in->raw.len % enc->block) {
		snprintf(why->text, sizeof(why->text),
			 "its length does not fit the cipher");
		return XE_MALFORMED;
	}
	memcpy(in->iv, iv, sizeof(in->iv));
	r = ike_cbc_decrypt(v1_crypto(ike), k->enc, &k->key, in->iv,
			    in->raw.p, in->raw.len);
	if (r < 0)
		snprintf(why->text, sizeof(why->text), "%s", xe_str(r));
	return r;
}

static int v1_check(struct ike *ike, const struct ike_sa *sa,
		    struct v1_in *in, const struct v1_rules *rules,
		    struct v1_why *why)
{
	const struct ike_payload *bad = NULL;
	struct ike_reject rej;
	char name[IKE_NAME_BUF];
	int r;

	r = ike_msg_check(&in->msg, rules->rule, rules->n, &rej);
	if (r < 0) {
		ike_reject_text(&rej, why->text, sizeof(why->text));
		why->notify = N_INVALID_PAYLOAD_TYPE;
		return r;
	}
	r = ike_msg_decode(&in->msg, rules->phase, in->arena, &bad);
	if (r < 0) {
		snprintf(why->text, sizeof(why->text), "payload %s: %s",
			 bad ? ike_name_or_number(IKE_NAMES_pld, bad->type,
						  name, sizeof(name)) : "?",
			 xe_str(r));
		why->notify = N_PAYLOAD_MALFORMED;
		return r;
	}
	if (in->msg.encrypted &&
	    ike_conf_settings(sa->conf)->padding.strict_check) {
		r = ike_msg_check_padding(&in->msg,
			ike_conf_settings(sa->conf)->padding.exclusive_tail);
		if (r < 0)
			snprintf(why->text, sizeof(why->text),
				 "bad padding (strict_check is on)");
	}
	return r;
}

int v1_read(struct ike *ike, const struct ike_sa *sa, struct v1_in *in,
	    const struct ike_hdr *hdr, struct cur body, const uint8_t *iv,
	    const struct v1_rules *rules, struct v1_why *why)
{
	bool enc = hdr->flags & IKE_FLAG_ENC;
	int r;

	*why = (struct v1_why){ 0 };
	if (enc != (iv != NULL)) {
		snprintf(why->text, sizeof(why->text), enc
			 ? "it is encrypted before there are keys"
			 : "it is not encrypted");
		why->notify = N_INVALID_FLAGS;
		return XE_MALFORMED;
	}
	if ((r = v1_in_init(in)) < 0)
		return r;
	wbuf_put(&in->raw, body.p, body.left);
	if (in->raw.err)
		return in->raw.err;
	if (enc && (r = v1_decrypt(ike, sa, in, iv, why)) < 0)
		return r;
	r = ike_msg_walk(&in->msg, hdr, wbuf_cur(&in->raw), enc, in->arena);
	if (r < 0) {
		snprintf(why->text, sizeof(why->text), "%s", xe_str(r));
		why->notify = enc ? 0 : N_PAYLOAD_MALFORMED;
		return r;
	}
	r = v1_check(ike, sa, in, rules, why);
	if (r == 0)
		v1_log_payloads(ike, sa, &in->msg);
	return r;
}

void v1_log_payloads(struct ike *ike, const struct ike_sa *sa,
		     const struct ike_msg *m)
{
	char name[IKE_NAME_BUF], spi[SA_COOKIES_LEN];
	struct wbuf w;

	if (!ike_log_on(ike, LOG_LV_DEBUG))
		return;
	sa_cookies(sa, spi);
	ike_log(ike, LOG_LV_DEBUG, &sa->remote,
		"%s: received %s %08x%s, %zu payloads", spi,
		ike_name_or_number(IKE_NAMES_xchg, m->hdr.xchg, name,
				   sizeof(name)),
		m->hdr.msgid, m->encrypted ? " (encrypted)" : "", m->n);
	wbuf_init(&w, V1_DECODE_MAX);
	for (size_t i = 0; i < m->n; i++) {
		const char *line;

		wbuf_reset(&w);
		ike_payload_show(m, &m->p[i], &w);
		line = wbuf_str(&w);
		if (line)
			ike_log(ike, LOG_LV_DEBUG, &sa->remote, "%s:   %s",
				spi, line);
	}
	wbuf_free(&w);
}

void v1_out_start(struct v1_out *o, const struct ike_sa *sa,
		  const struct xchg *x, uint8_t flags)
{
	struct ike_hdr h = {
		.spi_i = sa->spi_i, .spi_r = sa->spi_r, .major = 1,
		.xchg = x->type, .flags = flags, .msgid = x->msgid,
	};

	wbuf_init(&o->w, IKE_MAX_MSG);
	ike_build_start(&o->b, &o->w, &h);
}

int v1_out_clear(struct v1_out *o)
{
	return ike_build_finish(&o->b);
}

struct sealer {
	struct ike *ike;
	const struct ike_v1_keys *k;
	uint8_t *iv;
};

static int seal_cbc(void *arg, uint8_t *data, size_t len)
{
	struct sealer *s = arg;

	return ike_cbc_encrypt(v1_crypto(s->ike), s->k->enc, &s->k->key,
			       s->iv, data, len);
}

static int seal_random(void *arg, void *p, size_t len)
{
	struct sealer *s = arg;

	ike_rng(s->ike, p, len);
	return 0;
}

int v1_out_seal(struct ike *ike, struct v1_out *o, const struct ike_sa *sa,
		uint8_t *iv)
{
	const struct ike_conf_padding *pad;
	struct sealer arg = { .ike = ike, .k = &v1_sa(sa)->keys, .iv = iv };
	struct ike_seal s = { .seal = seal_cbc, .random = seal_random,
			      .arg = &arg };

	pad = &ike_conf_settings(sa->conf)->padding;
	s.block = ike_enc_alg(arg.k->enc)->block;
	s.padding.randomize = pad->randomize;
	s.padding.randomize_length = pad->randomize_length;
	s.padding.exclusive_tail = pad->exclusive_tail;
	s.padding.maximum_length = (uint8_t)pad->maximum_length;
	return ike_build_seal(&o->b, &s);
}

void v1_out_free(struct v1_out *o)
{
	wbuf_free(&o->w);
}

int v1_iv(struct ike *ike, const struct ike_sa *sa, uint32_t msgid,
	  uint8_t *iv)
{
	const struct v1_sa *v = v1_sa(sa);

	return ike_v1_iv_phase2(v1_crypto(ike), v->keys.md, v->keys.enc,
				v->iv, msgid, iv);
}

/*
 * Message ids are a count in a random order: Feistel rounds, which can be gone
 * backwards.
 */
#define MSGID_ROUNDS 4

static uint16_t msgid_round(const struct v1_sa *v, unsigned int i,
			    uint16_t half)
{
	return (uint16_t)(hash_mix(hash_mix(v->msgid_key, i), half) >> 32);
}

static uint32_t msgid_of(const struct v1_sa *v, uint32_t count)
{
	uint16_t l = (uint16_t)(count >> 16), r = (uint16_t)count, t;

	for (unsigned int i = 0; i < MSGID_ROUNDS; i++) {
		t = l ^ msgid_round(v, i, r);
		l = r;
		r = t;
	}
	return (uint32_t)l << 16 | r;
}

static uint32_t msgid_count(const struct v1_sa *v, uint32_t id)
{
	uint16_t l = (uint16_t)(id >> 16), r = (uint16_t)id, t;

	for (unsigned int i = MSGID_ROUNDS; i-- > 0;) {
		t = r ^ msgid_round(v, i, l);
		r = l;
		l = t;
	}
	return (uint32_t)l << 16 | r;
}

uint32_t v1_new_msgid(struct ike *ike, const struct ike_sa *sa)
{
	struct v1_sa *v = v1_sa(sa);
	uint32_t id;

	do
		id = msgid_of(v, ++v->msgid_count);
	while (!id || xchg_by_msgid(ike, sa, id));
	return id;
}

bool v1_msgid_ours(const struct ike_sa *sa, uint32_t msgid)
{
	const struct v1_sa *v = v1_sa(sa);
	uint32_t count = msgid_count(v, msgid);

	return count && count <= v->msgid_count;
}
