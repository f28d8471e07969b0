/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/wire/show.h"

#include <string.h>

#include "ike/wire/vendor.h"

#define TEXT_MAX 200	/* bytes of a name, of hexadecimal */

static void put_name(struct wbuf *w, enum ike_names set, uint32_t value)
{
	char num[IKE_NAME_BUF];

	wbuf_printf(w, "%s", ike_name_or_number(set, value, num, sizeof(num)));
}

static void put_hex(struct wbuf *w, struct cur c)
{
	uint8_t b;

	for (int i = 0; i < TEXT_MAX / 2 && !cur_u8(&c, &b); i++)
		wbuf_printf(w, "%02x", b);
	if (c.left)
		wbuf_printf(w, "...");
}

static void put_text(struct wbuf *w, struct cur c)
{
	uint8_t b;

	wbuf_u8(w, '"');
	for (int i = 0; i < TEXT_MAX && !cur_u8(&c, &b); i++)
		wbuf_u8(w, b >= 0x20 && b < 0x7f && b != '"' ? b : '?');
	wbuf_printf(w, c.left ? "...\"" : "\"");
}

/* An address of 4 bytes, or of 16 in the long form */
static void put_addr(struct wbuf *w, struct cur *c, size_t len)
{
	uint16_t word;
	uint8_t b;

	for (size_t i = 0; len == 4 && i < 4 && !cur_u8(c, &b); i++)
		wbuf_printf(w, i ? ".%u" : "%u", b);
	for (size_t i = 0; len == 16 && i < 8 && !cur_u16(c, &word); i++)
		wbuf_printf(w, i ? ":%x" : "%x", word);
}

static void put_id(struct wbuf *w, const struct ike_idpld *id)
{
	struct cur c = id->data;

	put_name(w, IKE_NAMES_id, id->type);
	wbuf_u8(w, ' ');
	switch (id->type) {
	case ID_IPV4:
	case ID_IPV6:
		put_addr(w, &c, c.left);
		break;
	case ID_IPV4_SUBNET:
	case ID_IPV6_SUBNET:
	case ID_IPV4_RANGE:
	case ID_IPV6_RANGE:
		put_addr(w, &c, id->data.left / 2);
		wbuf_u8(w, id->type == ID_IPV4_SUBNET ||
			   id->type == ID_IPV6_SUBNET ? '/' : '-');
		put_addr(w, &c, id->data.left / 2);
		break;
	case ID_FQDN:
	case ID_USER_FQDN:
		put_text(w, c);
		break;
	default: /* DN, key ID, and numbers of the wire */
		put_hex(w, c);
	}
	if (id->proto || id->port)
		wbuf_printf(w, " proto %u port %u", id->proto, id->port);
}

/* A word with a blank in front, when there is something to say */
static void put_if(struct wbuf *w, enum ike_names set, uint16_t value)
{
	if (!value)
		return;
	wbuf_u8(w, ' ');
	put_name(w, set, value);
}

static void show_phase1(const struct ike_transform *t, struct wbuf *w)
{
	put_name(w, IKE_NAMES_v1enc, t->enc);
	if (t->keylen)
		wbuf_printf(w, "-%u", t->keylen);
	put_if(w, IKE_NAMES_v1hash, t->hash);
	put_if(w, IKE_NAMES_group, t->group);
	put_if(w, IKE_NAMES_v1auth, t->auth);
}

static void show_phase2(uint8_t proto, const struct ike_transform *t,
			struct wbuf *w)
{
	enum ike_names set = proto == IKE_PROTO_AH ? IKE_NAMES_ah :
			     proto == IKE_PROTO_IPCOMP ? IKE_NAMES_ipcomp :
			     IKE_NAMES_esp;

	put_name(w, set, t->id);
	if (t->keylen)
		wbuf_printf(w, "-%u", t->keylen);
	put_if(w, IKE_NAMES_p2auth, t->auth);
	put_if(w, IKE_NAMES_encap, t->encap);
	put_if(w, IKE_NAMES_group, t->group);
	if (t->esn)
		wbuf_printf(w, " esn %u", t->esn);
}

static void show_v2(const struct ike_transform *t, struct wbuf *w)
{
	static const enum ike_names set[] = {
		[TTYPE_ENCR] = IKE_NAMES_v2encr, [TTYPE_PRF] = IKE_NAMES_v2prf,
		[TTYPE_INTEG] = IKE_NAMES_v2integ,
		[TTYPE_KE] = IKE_NAMES_group,
	};

	put_name(w, IKE_NAMES_ttype, t->type);
	wbuf_u8(w, '=');
	if (t->type < TTYPE_ESN)
		put_name(w, set[t->type], t->id);
	else
		wbuf_printf(w, "%u", t->id);
	if (t->keylen)
		wbuf_printf(w, "-%u", t->keylen);
}

void ike_transform_show(uint8_t proto, const struct ike_transform *t,
			struct wbuf *w)
{
	if (t->type)
		show_v2(t, w);
	else if (proto == IKE_PROTO_ISAKMP)
		show_phase1(t, w);
	else
		show_phase2(proto, t, w);
	if (t->has_seconds)
		wbuf_printf(w, " %llu s", (unsigned long long)t->seconds);
	if (t->has_kbytes)
		wbuf_printf(w, " %llu kB", (unsigned long long)t->kbytes);
	if (t->flags)
		wbuf_printf(w, " (odd attribute %u)", t->bad_attr);
}

static void put_sa(struct wbuf *w, const struct ike_proposal_set *set)
{
	for (size_t i = 0; i < set->n && w->len < IKE_SHOW_MAX; i++) {
		const struct ike_proposal *p = &set->p[i];

		wbuf_printf(w, i ? "; #%u " : "#%u ", p->num);
		put_name(w, IKE_NAMES_proto, p->proto);
		if (p->spi.left) {
			wbuf_u8(w, ' ');
			put_hex(w, p->spi);
		}
		for (size_t k = 0; k < p->n && w->len < IKE_SHOW_MAX; k++) {
			wbuf_printf(w, k ? ", " : ": ");
			ike_transform_show(p->proto, &p->t[k], w);
		}
	}
}

static void put_notify(struct wbuf *w, enum ike_names set,
		       const struct ike_notify *n)
{
	put_name(w, set, n->type);
	if (n->proto || n->spi.left) {
		wbuf_u8(w, ' ');
		put_name(w, IKE_NAMES_proto, n->proto);
		wbuf_u8(w, ' ');
		put_hex(w, n->spi);
	}
	if (n->data.left)
		wbuf_printf(w, " (%zu bytes)", n->data.left);
}

static void put_delete(struct wbuf *w, const struct ike_delete *d)
{
	struct cur spi;

	put_name(w, IKE_NAMES_proto, d->proto);
	for (unsigned int i = 0; !ike_delete_spi(d, i, &spi); i++) {
		wbuf_u8(w, ' ');
		put_hex(w, spi);
	}
}

static void put_cfg(struct wbuf *w, const struct ike_cfg *cfg)
{
	put_name(w, IKE_NAMES_cfgtype, cfg->type);
	for (size_t i = 0; i < cfg->n; i++) {
		wbuf_u8(w, ' ');
		put_name(w, IKE_NAMES_cfgattr, cfg->attr[i].type);
	}
}

static void put_ts(struct wbuf *w, const struct ike_ts_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct ike_ts *ts = &set->ts[i];
		size_t len = ts->type == TS_IPV4_RANGE ? 4 : 16;
		struct cur lo = cur_init(ts->lo, len);
		struct cur hi = cur_init(ts->hi, len);

		if (i)
			wbuf_printf(w, ", ");
		put_addr(w, &lo, len);
		wbuf_u8(w, '-');
		put_addr(w, &hi, len);
		wbuf_printf(w, " proto %u ports %u-%u", ts->proto,
			    ts->port_lo, ts->port_hi);
	}
}

static void put_vid(struct wbuf *w, struct cur body)
{
	enum ike_vendor v;
	struct cur rest;

	v = ike_vendor_find(body, &rest);
	if (v == VID_UNKNOWN)
		put_hex(w, body);
	else
		wbuf_printf(w, "%s", ike_vendor_text(v));
}

static void put_body(const struct ike_msg *m, const struct ike_payload *p,
		     struct wbuf *w)
{
	struct cur addr;

	switch (p->type) {
	case PLD_SA:
	case PLD2_SA:
		put_sa(w, p->u.sa);
		break;
	case PLD_ID:
	case PLD2_IDI:
	case PLD2_IDR:
		put_id(w, &p->u.id);
		break;
	case PLD_NOTIFY:
		put_notify(w, IKE_NAMES_notify, &p->u.notify);
		break;
	case PLD2_NOTIFY:
		put_notify(w, IKE_NAMES_notify2, &p->u.notify);
		break;
	case PLD_DELETE:
	case PLD2_DELETE:
		put_delete(w, &p->u.del);
		break;
	case PLD_CERT:
	case PLD_CR:
	case PLD2_CERT:
	case PLD2_CERTREQ:
		put_name(w, IKE_NAMES_certenc, p->u.cert.encoding);
		wbuf_printf(w, ", %zu bytes", p->u.cert.data.left);
		break;
	case PLD_NATOA:
		addr = p->u.natoa.addr;
		put_addr(w, &addr, addr.left);
		break;
	case PLD_VID:
	case PLD2_VID:
		put_vid(w, p->u.bytes);
		break;
	case PLD_ATTR:
	case PLD2_CP:
		put_cfg(w, p->u.cfg);
		break;
	case PLD2_TSI:
	case PLD2_TSR:
		put_ts(w, p->u.ts);
		break;
	default: /* what would be noise, and numbers of the wire */
		wbuf_printf(w, "%zu bytes", p->body.left);
	}
}

/* A type that this version does not have was not decoded. */
static bool foreign(const struct ike_msg *m, uint8_t type)
{
	bool v2 = type >= PLD2_SA && type <= PLD2_SKF;

	return v2 != (m->hdr.major == 2);
}

void ike_payload_show(const struct ike_msg *m, const struct ike_payload *p,
		      struct wbuf *w)
{
	size_t start = w->len;

	put_name(w, IKE_NAMES_pld, p->type);
	wbuf_printf(w, ": ");
	if (foreign(m, p->type))
		wbuf_printf(w, "%zu bytes", p->body.left);
	else
		put_body(m, p, w);
	if (!w->err && w->len - start > IKE_SHOW_MAX) {
		wbuf_truncate(w, start + IKE_SHOW_MAX - 3);
		wbuf_printf(w, "...");
	}
}
