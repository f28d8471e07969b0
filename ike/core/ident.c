/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/ident.h"

#include <string.h>

#include "ike/core/child.h"
#include "libxfrm/base/err.h"

/* Network mask of plen bits, len bytes. */
static void put_mask(uint8_t *m, size_t len, unsigned int plen)
{
	for (size_t i = 0; i < len; i++) {
		unsigned int bits = plen > 8 ? 8 : plen;

		m[i] = (uint8_t)(0xff00u >> bits);
		plen -= bits;
	}
}

void child_id_from_sel(struct child_id *to, const struct xaddr *addr,
		       unsigned int plen, uint8_t proto, uint16_t port)
{
	unsigned int bits = xaddr_bits(addr->family);
	bool v4 = addr->family == AF_INET, whole = plen == bits;
	size_t len = bits / 8;

	*to = (struct child_id){ .id = { .proto = proto, .port = port } };
	memcpy(to->b, addr->b, len);
	if (whole) {
		to->id.type = v4 ? IKE_ID_IPV4 : IKE_ID_IPV6;
		to->id.len = len;
	} else {
		to->id.type = v4 ? IKE_ID_IPV4_SUBNET : IKE_ID_IPV6_SUBNET;
		put_mask(to->b + len, len, plen);
		to->id.len = 2 * len;
	}
	to->id.data = to->b;
}

static unsigned int mask_plen(const uint8_t *m, size_t len)
{
	unsigned int plen = 0;

	for (size_t i = 0; i < len * 8; i++) {
		if (!(m[i / 8] & (0x80u >> i % 8)))
			break;
		plen++;
	}
	return plen;
}

/* A range that is a network has a prefix length, others have none. */
static int range_plen(const uint8_t *lo, const uint8_t *hi, size_t len,
		      uint8_t *plen)
{
	unsigned int same = 0;

	while (same < len * 8 && !((lo[same / 8] ^ hi[same / 8]) &
				   (0x80u >> same % 8)))
		same++;
	for (unsigned int i = same; i < len * 8; i++) {
		unsigned int bit = 0x80u >> i % 8;

		if ((lo[i / 8] & bit) || !(hi[i / 8] & bit))
			return XE_UNSUPPORTED;
	}
	*plen = (uint8_t)same;
	return 0;
}

int child_id_to_prefix(const struct ike_id *id, struct xaddr *addr,
		       uint8_t *plen)
{
	bool v6 = id->type == IKE_ID_IPV6 || id->type == IKE_ID_IPV6_SUBNET ||
		  id->type == IKE_ID_IPV6_RANGE;
	size_t len = v6 ? 16 : 4;

	*addr = xaddr_any(v6 ? AF_INET6 : AF_INET);
	*plen = 0;
	if (!ike_id_valid(id))
		return XE_MALFORMED;
	switch (id->type) {
	case IKE_ID_IPV4:
	case IKE_ID_IPV6:
		*plen = (uint8_t)(len * 8);
		break;
	case IKE_ID_IPV4_SUBNET:
	case IKE_ID_IPV6_SUBNET:
		*plen = (uint8_t)mask_plen(id->data + len, len);
		break;
	case IKE_ID_IPV4_RANGE:
	case IKE_ID_IPV6_RANGE:
		if (range_plen(id->data, id->data + len, len, plen) < 0)
			return XE_UNSUPPORTED;
		break;
	default:
		return XE_UNSUPPORTED;
	}
	memcpy(addr->b, id->data, len);
	xaddr_mask(addr, *plen);
	return 0;
}

/* ---- phase 1 ---- */

static void addr_id(struct ike_id *id, const struct xaddr *addr)
{
	*id = (struct ike_id){
		.type = addr->family == AF_INET6 ? IKE_ID_IPV6 : IKE_ID_IPV4,
		.len = xaddr_bits(addr->family) / 8,
		.data = addr->b,
	};
}

int ident_local(struct ike *ike, struct ike_sa *sa)
{
	const struct ike_remote *rc = sa->rc;
	const struct ike_cred *cred;
	struct ike_id id = rc->my_id;

	if (id.type == IKE_ID_NONE || ((id.type == IKE_ID_IPV4 ||
	    id.type == IKE_ID_IPV6) && !id.data))
		addr_id(&id, &sa->local.addr);
	if (id.type == IKE_ID_DN && !id.data) {
		cred = ike_conf_cred(sa->conf, rc->my_cred);
		if (!cred || !cred->subject) {
			sa_why(ike, sa, "our certificate has no subject to be "
			       "our identifier: check certificate_type");
			return XE_CHECK;
		}
		id.data = cred->subject;
		id.len = cred->subject_len;
	}
	return sa_id_set(&sa->local_id, &id);
}

static bool ident_fits(const struct ike_sa *sa, const struct ike_id *want,
		       const struct ike_id *id)
{
	struct ike_id any;

	if (want->type == IKE_ID_DN && !want->data)
		return id->type == IKE_ID_DN;
	if ((want->type == IKE_ID_IPV4 || want->type == IKE_ID_IPV6) &&
	    !want->data) {
		addr_id(&any, &sa->remote.addr);
		return ike_id_match(&any, id);
	}
	return ike_id_match(want, id);
}

int ident_check(struct ike *ike, struct ike_sa *sa, const struct ike_id *id)
{
	const struct ike_remote *rc = sa->rc;
	struct wbuf text;
	int r = 0;

	if (!rc->npeer_id)
		return 0;
	for (unsigned int i = 0; i < rc->npeer_id; i++)
		if (ident_fits(sa, &rc->peer_id[i], id))
			return 0;
	wbuf_init(&text, IKE_ID_TEXT_MAX);
	ike_id_print(id, &text);
	if (rc->verify_identifier) {
		sa_why(ike, sa, "the peer says it is %s \"%.96s\", which fits "
		       "no peers_identifier of remote \"%s\"",
		       ike_id_type_name(id->type), wbuf_str(&text), rc->name);
		r = XE_AUTH;
	} else {
		/* it has proved nothing yet, and may say so again and again */
		ike_log_stranger(ike, LOG_LV_WARNING, &sa->remote,
				 "No ID match: the peer is %s \"%s\"",
				 ike_id_type_name(id->type), wbuf_str(&text));
	}
	wbuf_free(&text);
	return r;
}
