/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/id.h"

#include <ctype.h>
#include <string.h>
#include <sys/socket.h>

#include "ike/core/dn.h"
#include "libxfrm/addr.h"
#include "libxfrm/base/htab.h"
#include "libxfrm/base/text.h"

static unsigned int addr_len(unsigned int type)
{
	switch (type) {
	case IKE_ID_IPV4:
	case IKE_ID_IPV4_SUBNET:
	case IKE_ID_IPV4_RANGE:
		return 4;
	case IKE_ID_IPV6:
	case IKE_ID_IPV6_SUBNET:
	case IKE_ID_IPV6_RANGE:
		return 16;
	}
	return 0;
}

static bool is_subnet(unsigned int type)
{
	return type == IKE_ID_IPV4_SUBNET || type == IKE_ID_IPV6_SUBNET;
}

static bool is_range(unsigned int type)
{
	return type == IKE_ID_IPV4_RANGE || type == IKE_ID_IPV6_RANGE;
}

/* Ones, then zeros: the number of ones, or -1. */
static int mask_bits(struct cur c)
{
	int bits = 0;
	bool end = false;
	uint8_t b;

	while (!cur_u8(&c, &b)) {
		if (end && b)
			return -1;
		end = b != 0xff;
		for (; b & 0x80; b = (uint8_t)(b << 1))
			bits++;
		if (b)
			return -1;
	}
	return bits;
}

/* Splits the body of a subnet or range into its halves. */
static int halves(const struct ike_id *id, struct cur *a, struct cur *b)
{
	struct cur c = cur_init(id->data, id->len);
	unsigned int n = addr_len(id->type);

	if (cur_sub(&c, n, a) || cur_sub(&c, n, b) || cur_end(&c))
		return -1;
	return 0;
}

bool ike_id_valid(const struct ike_id *id)
{
	unsigned int n = addr_len(id->type);
	struct cur a, b;

	if (id->type == IKE_ID_NONE || id->len > IKE_ID_MAX || !id->len)
		return false;
	if (id->type == IKE_ID_DN)
		return ike_dn_valid(id->data, id->len);
	if (!n)
		return true;
	if (!is_subnet(id->type) && !is_range(id->type))
		return id->len == n;
	if (halves(id, &a, &b))
		return false;
	return is_subnet(id->type) ? mask_bits(b) >= 0 :
				     memcmp(a.p, b.p, n) <= 0;
}

bool ike_id_equal(const struct ike_id *a, const struct ike_id *b)
{
	return a->type == b->type && a->len == b->len &&
	       (!a->len || !memcmp(a->data, b->data, a->len));
}

static bool is_hostname(unsigned int type)
{
	return type == IKE_ID_FQDN || type == IKE_ID_USER_FQDN;
}

static bool same_name(struct cur a, struct cur b)
{
	uint8_t x, y;

	if (a.left != b.left)
		return false;
	while (!cur_u8(&a, &x) && !cur_u8(&b, &y))
		if (x != y && (x >= 0x80 || tolower(x) != tolower(y)))
			return false;
	return true;
}

bool ike_id_match(const struct ike_id *conf, const struct ike_id *peer)
{
	if (conf->type != peer->type)
		return false;
	if (conf->type == IKE_ID_DN)
		return ike_dn_match(conf->data, conf->len, peer->data,
				    peer->len);
	if (is_hostname(conf->type))
		return same_name(cur_init(conf->data, conf->len),
				 cur_init(peer->data, peer->len));
	return ike_id_equal(conf, peer);
}

uint64_t ike_id_hash(uint64_t seed, const struct ike_id *id, bool *exact)
{
	struct cur c = cur_init(id->data, id->len);
	uint64_t h = hash_mix(seed, id->type);
	uint8_t chunk[64], b;
	size_t n = 0;

	*exact = true;
	if (id->type == IKE_ID_DN) {
		/* spellings differ in more than case: one bucket for all */
		*exact = false;
		return h;
	}
	if (!is_hostname(id->type))
		return hash_mix(h, hash_mem(seed, id->data, id->len));
	while (!cur_u8(&c, &b)) {
		chunk[n++] = b < 0x80 ? (uint8_t)tolower(b) : b;
		if (n == sizeof(chunk) || !c.left) {
			h = hash_mix(h, hash_mem(seed, chunk, n));
			n = 0;
		}
	}
	return h;
}

static void addr_print(struct cur c, struct wbuf *w)
{
	char text[XADDR_STRLEN];
	struct xaddr a = { .family = c.left == 4 ? AF_INET : AF_INET6 };

	if (cur_copy(&c, a.b, c.left == 4 ? 4 : 16)) {
		wbuf_printf(w, "?");
		return;
	}
	wbuf_printf(w, "%s", xaddr_str(&a, text));
}

static void hex_print(struct cur c, struct wbuf *w)
{
	uint8_t b;

	wbuf_printf(w, "0x");
	while (!cur_u8(&c, &b))
		wbuf_printf(w, "%02x", b);
}

static void text_print(struct cur c, struct wbuf *w)
{
	if (text_is_clean(c))
		wbuf_put(w, c.p, c.left);
	else
		hex_print(c, w);
}

void ike_id_print(const struct ike_id *id, struct wbuf *w)
{
	struct cur c = cur_init(id->data, id->len), a, b;
	unsigned int n = addr_len(id->type);
	int bits;

	if (id->type == IKE_ID_NONE) {
		wbuf_printf(w, "any");
	} else if (id->type == IKE_ID_DN) {
		ike_dn_print(id->data, id->len, w);
	} else if (!n) {
		text_print(c, w);
	} else if (!is_subnet(id->type) && !is_range(id->type)) {
		if (c.left == n)
			addr_print(c, w);
		else
			hex_print(c, w);
	} else if (halves(id, &a, &b)) {
		hex_print(c, w);
	} else {
		addr_print(a, w);
		bits = mask_bits(b);
		if (is_subnet(id->type) && bits >= 0) {
			wbuf_printf(w, "/%d", bits);
			return;
		}
		wbuf_printf(w, is_subnet(id->type) ? "/" : "-");
		addr_print(b, w);
	}
}

const char *ike_id_type_name(unsigned int type)
{
	switch (type) {
	case IKE_ID_NONE: return "any";
	case IKE_ID_IPV4:
	case IKE_ID_IPV6: return "address";
	case IKE_ID_FQDN: return "fqdn";
	case IKE_ID_USER_FQDN: return "user_fqdn";
	case IKE_ID_IPV4_SUBNET:
	case IKE_ID_IPV6_SUBNET: return "subnet";
	case IKE_ID_IPV4_RANGE:
	case IKE_ID_IPV6_RANGE: return "range";
	case IKE_ID_DN: return "asn1dn";
	case IKE_ID_GN: return "asn1gn";
	case IKE_ID_KEY_ID: return "keyid";
	}
	return "unknown";
}
