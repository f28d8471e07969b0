/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole message of either version, from the header to the last payload.
 * The first byte says how to take it.  What was understood is written again;
 * reading and writing that must give the same bytes.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ike/wire/build.h"
#include "ike/wire/chain.h"
#include "ike/wire/sa_v1.h"
#include "ike/wire/sa_v2.h"
#include "ike/wire/show.h"
#include "libxfrm/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ike_rule rules[] = {
	{ PLD_HASH, 1, 1, true, IKE_POS_FIRST },
	{ PLD_SA, 0, 1, true, IKE_POS_SECOND },
	{ PLD_NOTIFY, 0, 8, false, IKE_POS_ANY },
	{ PLD2_SA, 0, 1, false, IKE_POS_ANY },
};

static void put_v1(struct ike_build *b, const struct ike_payload *p, int phase)
{
	switch (p->type) {
	case PLD_SA:
		ike_sa_v1_put(b, phase, p->u.sa);
		break;
	case PLD_ID:
		ike_build_id(b, &p->u.id);
		break;
	case PLD_NOTIFY:
		ike_build_notify(b, &p->u.notify);
		break;
	case PLD_DELETE:
		ike_build_delete(b, &p->u.del);
		break;
	case PLD_ATTR:
		ike_cfg_put(b, p->u.cfg);
		break;
	default:
		ike_build_raw(b, p->type, p->body);
	}
}

static void put_v2(struct ike_build *b, const struct ike_payload *p)
{
	switch (p->type) {
	case PLD2_SA:
		ike_sa_v2_put(b, p->u.sa);
		break;
	case PLD2_NOTIFY:
		ike_build_notify2(b, &p->u.notify);
		break;
	case PLD2_DELETE:
		ike_build_delete2(b, &p->u.del);
		break;
	case PLD2_KE:
		ike_build_ke2(b, &p->u.ke);
		break;
	case PLD2_CP:
		ike_cfg2_put(b, p->u.cfg);
		break;
	case PLD2_TSI:
	case PLD2_TSR:
		/* one that knew no selector cannot be written */
		if (p->u.ts->n) {
			ike_ts_put(b, p->type, p->u.ts);
			break;
		}
		/* fall through */
	default:
		ike_build_raw(b, p->type, p->body);
	}
}

/* The lines of a debug log are lines, and not too long. */
static void show(const struct ike_msg *m)
{
	struct wbuf w;

	wbuf_init(&w, 1 << 20);
	for (size_t i = 0; i < m->n; i++) {
		wbuf_reset(&w);
		ike_payload_show(m, &m->p[i], &w);
		assert(!w.err && w.len <= IKE_SHOW_MAX);
		for (size_t k = 0; k < w.len; k++)
			assert(w.p[k] >= 0x20 && w.p[k] < 0x7f);
	}
	wbuf_free(&w);
}

/* Reads msg; writes what was read to w.  The memory is that of a. */
static bool pass(struct cur msg, bool enc, int phase, struct arena *a,
		 struct wbuf *w)
{
	struct ike_msg *m = arena_alloc(a, sizeof(*m));
	const struct ike_payload *bad;
	struct ike_reject why;
	struct ike_build b;
	struct ike_hdr hdr;
	struct cur body;
	char text[80];

	if (!m || ike_hdr_parse(msg, &hdr, &body) ||
	    ike_msg_walk(m, &hdr, body, enc, a))
		return false;
	(void)ike_msg_check(m, rules, 4, &why);
	assert(strlen(ike_reject_text(&why, text, sizeof(text))) > 0);
	(void)ike_msg_check_padding(m, true);
	for (size_t i = 0; i < m->n; i++)
		assert(ike_msg_after(m, &m->p[i]).left <= m->chain.left);
	if (ike_msg_decode(m, phase, a, &bad)) {
		assert(!bad || (bad >= m->p && bad < m->p + m->n));
		return false;
	}
	show(m);
	ike_build_start(&b, w, &hdr);
	for (size_t i = 0; i < m->n; i++)
		if (hdr.major == 2)
			put_v2(&b, &m->p[i]);
		else
			put_v1(&b, &m->p[i], phase);
	return !ike_build_finish(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cur in = cur_init(data, size);
	struct arena *a = arena_new(0);
	struct wbuf w1, w2;
	uint8_t how;

	wbuf_init(&w1, IKE_MAX_MSG);
	wbuf_init(&w2, IKE_MAX_MSG);
	/* SK payloads end a chain before its end: they do not come again. */
	if (a && !cur_u8(&in, &how) &&
	    pass(in, how & 1, how & 2 ? 2 : 1, a, &w1) &&
	    pass(wbuf_cur(&w1), false, how & 2 ? 2 : 1, a, &w2)) {
		assert(w1.len == w2.len);
		assert(!memcmp(w1.p, w2.p, w1.len));
	}
	wbuf_free(&w1);
	wbuf_free(&w2);
	arena_free(a);
	return 0;
}
