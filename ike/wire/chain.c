/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/wire/chain.h"

#include <stdio.h>

#include "ike/wire/sa_v1.h"
#include "ike/wire/sa_v2.h"
#include "libxfrm/base/err.h"

#define PLD_HDR_LEN 4

/*
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | next payload  |C|  reserved   |        payload length         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * C is the critical bit of v2.  The length counts these four bytes.
 */
static int get_payload(struct cur *c, struct ike_payload *p, uint8_t *reserved)
{
	uint16_t len;
	int rc;

	if ((rc = cur_u8(c, &p->next)) || (rc = cur_u8(c, reserved)) ||
	    (rc = cur_u16(c, &len)))
		return rc;
	if (len < PLD_HDR_LEN)
		return XE_MALFORMED;
	return cur_sub(c, len - PLD_HDR_LEN, &p->body);
}

/* The drafts of NAT-T took private numbers for what RFC 3947 numbered. */
static uint8_t undraft(uint8_t type)
{
	if (type == PLD_NATD_DRAFT)
		return PLD_NATD;
	if (type == PLD_NATOA_DRAFT)
		return PLD_NATOA;
	return type;
}

/*
 * "All ISAKMP messages MUST be aligned at 4-octet multiples" (RFC 2408 3): few
 * do, libreswan among them, with up to three bytes behind the last payload.
 */
static bool aligned(size_t all, size_t left)
{
	return left < 4 && all % 4 == 0;
}

/* How many payloads the chain has, as far as it can be followed. */
static size_t chain_length(uint8_t type, struct cur c)
{
	struct ike_payload p;
	uint8_t reserved;
	size_t n = 0;

	while (type != PLD_NONE && n < IKE_MAX_PAYLOADS &&
	       !get_payload(&c, &p, &reserved)) {
		type = p.next;
		n++;
	}
	return n;
}

int ike_msg_walk(struct ike_msg *m, const struct ike_hdr *hdr, struct cur body,
		 bool encrypted, struct arena *a)
{
	bool v2 = hdr->major == 2;
	struct cur c = body;
	size_t all = body.left;
	uint8_t type = hdr->next, reserved;
	int rc;

	m->hdr = *hdr;
	m->encrypted = encrypted;
	m->chain = m->padding = cur_init(NULL, 0);
	m->n = 0;
	m->p = arena_calloc(a, chain_length(type, body), sizeof(*m->p));
	if (!m->p)
		return XE_NOMEM;
	while (type != PLD_NONE) {
		struct ike_payload p = { .at = body.left - c.left };

		if (m->n == IKE_MAX_PAYLOADS)
			return XE_LIMIT;
		p.type = v2 ? type : undraft(type);
		rc = get_payload(&c, &p, &reserved);
		if (rc)
			return rc;
		if (v2)
			p.critical = reserved & 0x80;
		else if (encrypted && reserved)
			return XE_MALFORMED;
		m->p[m->n++] = p;
		type = p.next;
		if (v2 && (p.type == PLD2_SK || p.type == PLD2_SKF))
			type = PLD_NONE;
	}
	m->padding = c;
	rc = cur_sub(&body, all - c.left, &m->chain);
	if (rc)
		return rc;
	if (!v2 && (encrypted || aligned(all, c.left)))
		return 0;
	return cur_end(&c);
}

static int reject(struct ike_reject *why, enum ike_reject_why reason,
		  uint8_t type, unsigned int count)
{
	why->why = reason;
	why->type = type;
	why->count = count;
	return XE_MALFORMED;
}

static bool type_known(uint8_t type, bool v2)
{
	bool is_v2 = type >= PLD2_SA && type <= PLD2_SKF;

	return ike_name(IKE_NAMES_pld, type) && is_v2 == v2;
}

static const struct ike_rule *find_rule(const struct ike_rule *rules, size_t n,
					uint8_t type)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i].type == type)
			return &rules[i];
	return NULL;
}

/* Payloads that have no row. */
static int check_types(const struct ike_msg *m, const struct ike_rule *rules,
		       size_t n, struct ike_reject *why)
{
	bool v2 = m->hdr.major == 2;

	for (size_t i = 0; i < m->n; i++) {
		const struct ike_payload *p = &m->p[i];
		bool known = type_known(p->type, v2);

		if (find_rule(rules, n, p->type) ||
		    (v2 && !known && !p->critical))
			continue;
		return reject(why,
			      known ? IKE_REJECT_UNEXPECTED :
				      IKE_REJECT_UNKNOWN,
			      p->type, ike_msg_count(m, p->type));
	}
	return 0;
}

static int check_rule(const struct ike_msg *m, const struct ike_rule *r,
		      struct ike_reject *why)
{
	unsigned int count = ike_msg_count(m, r->type);
	size_t want = r->pos == IKE_POS_SECOND;

	if (count && r->protect && !m->encrypted)
		return reject(why, IKE_REJECT_CLEAR, r->type, count);
	if (count < r->min)
		return reject(why, IKE_REJECT_MISSING, r->type, count);
	if (count > r->max)
		return reject(why, IKE_REJECT_REPEATED, r->type, count);
	if (count && r->pos != IKE_POS_ANY &&
	    (m->n <= want || m->p[want].type != r->type))
		return reject(why, IKE_REJECT_POSITION, r->type, count);
	return 0;
}

int ike_msg_check(const struct ike_msg *m, const struct ike_rule *rules,
		  size_t n, struct ike_reject *why)
{
	int rc;

	*why = (struct ike_reject){ .why = IKE_OK };
	rc = check_types(m, rules, n, why);
	for (size_t i = 0; !rc && i < n; i++)
		rc = check_rule(m, &rules[i], why);
	return rc;
}

const char *ike_reject_text(const struct ike_reject *why, char *buf,
			    size_t size)
{
	char num[IKE_NAME_BUF];
	const char *name = ike_name_or_number(IKE_NAMES_pld, why->type, num,
					      sizeof(num));
	const char *text = "is fine";

	if (!size)
		return "";
	switch (why->why) {
	case IKE_OK:
		break;
	case IKE_REJECT_MISSING:
		text = "is missing";
		break;
	case IKE_REJECT_REPEATED:
		text = "occurs too often";
		break;
	case IKE_REJECT_UNEXPECTED:
		text = "does not belong into this message";
		break;
	case IKE_REJECT_UNKNOWN:
		text = "is of an unknown type";
		break;
	case IKE_REJECT_CLEAR:
		text = "is not encrypted";
		break;
	case IKE_REJECT_POSITION:
		text = "is out of order";
		break;
	}
	snprintf(buf, size, "payload %s %s", name, text);
	return buf;
}

static int decode_v1(struct ike_payload *p, int phase, struct arena *a)
{
	switch (p->type) {
	case PLD_SA:
		return ike_sa_v1_get(p->body, phase, a, &p->u.sa);
	case PLD_KE:
		return ike_ke_get(p->body, &p->u.ke);
	case PLD_ID:
		return ike_id_get(p->body, &p->u.id);
	case PLD_CERT:
		return ike_cert_get(p->body, &p->u.cert);
	case PLD_CR:
		return ike_cr_get(p->body, &p->u.cert);
	case PLD_HASH:
		return ike_hash_get(p->body, &p->u.bytes);
	case PLD_SIG:
		return ike_sig_get(p->body, &p->u.bytes);
	case PLD_NONCE:
		return ike_nonce_get(p->body, &p->u.bytes);
	case PLD_NOTIFY:
		return ike_notify_get(p->body, &p->u.notify);
	case PLD_DELETE:
		return ike_delete_get(p->body, &p->u.del);
	case PLD_VID:
		return ike_vid_get(p->body, &p->u.bytes);
	case PLD_ATTR:
		return ike_cfg_get(p->body, a, &p->u.cfg);
	case PLD_NATD:
		return ike_natd_get(p->body, &p->u.bytes);
	case PLD_NATOA:
		return ike_natoa_get(p->body, &p->u.natoa);
	default: /* a number of the wire that we do not decode */
		p->u.bytes = p->body;
		return 0;
	}
}

static int decode_v2(struct ike_payload *p, struct arena *a)
{
	switch (p->type) {
	case PLD2_SA:
		return ike_sa_v2_get(p->body, a, &p->u.sa);
	case PLD2_KE:
		return ike_ke2_get(p->body, &p->u.ke);
	case PLD2_IDI:
	case PLD2_IDR:
		return ike_id2_get(p->body, &p->u.id);
	case PLD2_CERT:
		return ike_cert_get(p->body, &p->u.cert);
	case PLD2_CERTREQ:
		return ike_cr_get(p->body, &p->u.cert);
	case PLD2_AUTH:
		return ike_auth2_get(p->body, &p->u.auth);
	case PLD2_NONCE:
		return ike_nonce_get(p->body, &p->u.bytes);
	case PLD2_NOTIFY:
		return ike_notify2_get(p->body, &p->u.notify);
	case PLD2_DELETE:
		return ike_delete2_get(p->body, &p->u.del);
	case PLD2_VID:
		return ike_vid_get(p->body, &p->u.bytes);
	case PLD2_TSI:
	case PLD2_TSR:
		return ike_ts_get(p->body, a, &p->u.ts);
	case PLD2_CP:
		return ike_cfg2_get(p->body, a, &p->u.cfg);
	default: /* SK, SKF, EAP and what we do not know */
		p->u.bytes = p->body;
		return 0;
	}
}

int ike_msg_decode(struct ike_msg *m, int phase, struct arena *a,
		   const struct ike_payload **bad)
{
	int rc;

	*bad = NULL;
	for (size_t i = 0; i < m->n; i++) {
		struct ike_payload *p = &m->p[i];

		rc = m->hdr.major == 2 ? decode_v2(p, a) :
					 decode_v1(p, phase, a);
		if (rc) {
			*bad = p;
			return rc;
		}
	}
	return 0;
}

const struct ike_payload *ike_msg_find(const struct ike_msg *m, uint8_t type,
				       unsigned int i)
{
	for (size_t k = 0; k < m->n; k++)
		if (m->p[k].type == type && !i--)
			return &m->p[k];
	return NULL;
}

unsigned int ike_msg_count(const struct ike_msg *m, uint8_t type)
{
	unsigned int count = 0;

	for (size_t i = 0; i < m->n; i++)
		count += m->p[i].type == type;
	return count;
}

struct cur ike_msg_after(const struct ike_msg *m, const struct ike_payload *p)
{
	struct cur c = m->chain;

	if (cur_skip(&c, p->at + PLD_HDR_LEN + p->body.left))
		return cur_init(NULL, 0);
	return c;
}

int ike_msg_check_padding(const struct ike_msg *m, bool exclusive_tail)
{
	struct cur c = m->padding;
	size_t left = c.left;
	uint8_t tail;

	if (!left || cur_skip(&c, left - 1) || cur_u8(&c, &tail))
		return XE_TRUNC;
	return tail + (size_t)exclusive_tail == left ? 0 : XE_MALFORMED;
}
