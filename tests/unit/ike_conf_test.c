/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine's config: names, identities, and who is found for whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/core/conf.h"
#include "ike/core/dn.h"
#include "libxfrm/base/err.h"

#define BYTES(s) (const uint8_t *)(s), sizeof(s) - 1

/* ------------------------------------------------- distinguished names --- */

static struct wbuf dn(const char *text)
{
	struct wbuf w;
	size_t where;

	wbuf_init(&w, IKE_DN_MAX);
	assert_int_equal(ike_dn_parse(text, &w, &where), 0);
	return w;
}

static bool matches(const char *pattern, const char *name)
{
	struct wbuf p = dn(pattern), n = dn(name);
	bool r = ike_dn_match(p.p, p.len, n.p, n.len);

	wbuf_free(&p);
	wbuf_free(&n);
	return r;
}

static void dn_encodes(void **state)
{
	/* C=DE, CN=gw by hand: 31 0b 30 09 .. 13 02 "DE", .. 0c 02 "gw" */
	static const uint8_t want[] = {
		0x30, 0x1a,
		0x31, 0x0b, 0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x06,
		0x13, 0x02, 'D', 'E',
		0x31, 0x0b, 0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x03,
		0x0c, 0x02, 'g', 'w',
	};
	static const char *const same[] = {
		"C=DE, CN=gw", "C=DE,CN=gw", "/C=DE/CN=gw", "c=DE,   cn=gw",
		"2.5.4.6=DE, 2.5.4.3=gw",
	};
	struct wbuf w;
	size_t i, n;

	for (i = 0; i < sizeof(same) / sizeof(same[0]) - 1; i++) {
		w = dn(same[i]);
		assert_int_equal(w.len, sizeof(want));
		assert_memory_equal(w.p, want, sizeof(want));
		wbuf_free(&w);
	}
	/* a numeric type does not know that countries are PrintableString */
	assert_true(matches(same[0], same[4]));
	w = dn("~301a310b3009060355040613024445310b300906035504030c026777");
	assert_memory_equal(w.p, want, sizeof(want));
	wbuf_free(&w);
	for (n = 0; n < sizeof(want); n++)
		assert_false(ike_dn_valid(want, n));
	assert_true(ike_dn_valid(want, sizeof(want)));
}

static void dn_refuses(void **state)
{
	static const struct {
		const char *text;
		size_t where;
	} bad[] = {
		{ "", 0 },
		{ "C", 0 },
		{ "C=DE, gateway", 6 },
		{ "C=DE,,O=x", 5 },
		{ "XYZZY=1", 0 },
		{ "CN=a\\zb", 4 },
		{ "9.9.9=x", 0 },
		{ "~3001", 0 },
		{ "~300", 3 },
	};
	struct wbuf w;
	size_t i, where;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		wbuf_init(&w, IKE_DN_MAX);
		assert_int_equal(ike_dn_parse(bad[i].text, &w, &where),
				 XE_PARSE);
		assert_int_equal(where, bad[i].where);
		wbuf_free(&w);
	}
}

static void dn_prints(void **state)
{
	static const char *const texts[] = {
		"C=DE, O=Example GmbH, CN=gw.example",
		"CN=a\\,b\\/c\\=d\\+e\\\\f\\<g\\>h\\#i\\;j",
		"OU=x+CN=y, O=z",
		"1.3.6.1.4.1.311.20.2.3=upn",
		"emailAddress=a@example.org",
		"CN=*",
		"CN=\\*",
		"CN=tab\\09end",
	};
	struct wbuf w, out;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		w = dn(texts[i]);
		wbuf_init(&out, 4096);
		ike_dn_print(w.p, w.len, &out);
		assert_string_equal(wbuf_str(&out), texts[i]);
		wbuf_free(&out);
		wbuf_free(&w);
	}
	wbuf_init(&out, 4096);
	ike_dn_print("\x30\x01", 2, &out);
	assert_string_equal(wbuf_str(&out), "~3001");
	wbuf_free(&out);
}

static void dn_matches(void **state)
{
	assert_true(matches("C=DE, CN=gw", "C=DE, CN=gw"));
	assert_true(matches("C=DE, CN=Gate Way", "C=de, CN=  gate   way "));
	assert_true(matches("C=DE, CN=*", "C=DE, CN=anything"));
	assert_true(matches("C=*, CN=gw", "C=FR, CN=gw"));
	assert_false(matches("C=DE, CN=gw", "C=DE, CN=gw2"));
	assert_false(matches("C=DE, CN=*", "C=DE"));
	assert_false(matches("C=DE", "C=DE, CN=gw"));
	assert_false(matches("C=DE, CN=*", "C=DE, OU=gw"));
	assert_false(matches("CN=gw, C=DE", "C=DE, CN=gw"));
	assert_false(matches("OU=x+CN=*", "OU=x, CN=y"));
	/* a peer's name is no pattern */
	assert_false(matches("C=DE, CN=gw", "C=DE, CN=*"));
	assert_false(matches("CN=\\*", "CN=x"));
}

/* Strings of other types: the same letters only where they are ASCII. */
static void dn_string_types(void **state)
{
	struct wbuf p = dn("CN=\\c3\\a9");	/* e with acute, as UTF-8 */
	uint8_t *tag = wbuf_at(&p, p.len - 4, 1);
	struct wbuf other = dn("CN=gw"), n;

	assert_non_null(tag);
	assert_int_equal(*tag, 0x0c);
	for (unsigned int i = 0; i < 2; i++) {
		n = dn(i ? "CN=gw" : "CN=\\c3\\a9");
		/* T61, printable, IA5: here these bytes are two letters */
		for (const char *t = "\x14\x13\x16\x0c"; *t; t++) {
			*(uint8_t *)wbuf_at(&n, n.len - 4, 1) = (uint8_t)*t;
			assert_int_equal(ike_dn_match(i ? other.p : p.p,
						      i ? other.len : p.len,
						      n.p, n.len),
					 i || *t == 0x0c);
		}
		wbuf_free(&n);
	}
	wbuf_free(&p);
	wbuf_free(&other);
	/* whatever type of string an attribute has otherwise */
	assert_true(matches("DC=\\c3\\a9, C=DE", "0.9.2342.19200300.100.1.25="
			    "\\c3\\a9, C=DE"));
}

/* Whatever bytes a peer sends: no crash, and nothing fits but names. */
static void dn_survives(void **state)
{
	struct wbuf p = dn("C=DE, O=Example, CN=*"), out;
	uint8_t copy[128];
	size_t i, bit;

	assert_true(p.len <= sizeof(copy));
	for (i = 0; i < p.len; i++)
		for (bit = 0; bit < 8; bit++) {
			memcpy(copy, p.p, p.len);
			copy[i] ^= (uint8_t)(1 << bit);
			if (!ike_dn_valid(copy, p.len))
				assert_false(ike_dn_match(p.p, p.len, copy,
							  p.len));
			wbuf_init(&out, 4096);
			ike_dn_print(copy, p.len, &out);
			assert_int_equal(out.err, 0);
			wbuf_free(&out);
		}
	wbuf_free(&p);
}

/* ---------------------------------------------------------- identities --- */

static struct ike_id id(unsigned int type, const uint8_t *p, size_t len)
{
	return (struct ike_id){ .type = (uint8_t)type, .data = p, .len = len };
}

static void id_validity(void **state)
{
	struct ike_id v[] = {
		id(IKE_ID_IPV4, BYTES("\xc0\0\2\1")),
		id(IKE_ID_IPV4_SUBNET, BYTES("\x0a\0\0\0\xff\0\0\0")),
		id(IKE_ID_IPV4_SUBNET, BYTES("\0\0\0\0\0\0\0\0")),
		id(IKE_ID_IPV4_SUBNET, BYTES("\x0a\0\0\0\xff\xfe\0\0")),
		id(IKE_ID_IPV4_RANGE, BYTES("\x0a\0\0\1\x0a\0\0\5")),
		id(IKE_ID_FQDN, BYTES("gw")),
	};
	struct ike_id bad[] = {
		id(IKE_ID_NONE, BYTES("x")),
		id(IKE_ID_IPV4, BYTES("\xc0\0\2")),
		id(IKE_ID_IPV4, BYTES("\xc0\0\2\1\1")),
		id(IKE_ID_FQDN, NULL, 0),
		id(IKE_ID_IPV4_SUBNET, BYTES("\x0a\0\0\0\xff\0\0")),
		id(IKE_ID_IPV4_SUBNET, BYTES("\x0a\0\0\0\xff\0\xff\0")),
		id(IKE_ID_IPV4_SUBNET, BYTES("\x0a\0\0\0\xfd\0\0\0")),
		id(IKE_ID_IPV4_RANGE, BYTES("\x0a\0\0\5\x0a\0\0\1")),
		id(IKE_ID_DN, BYTES("\x30\x05")),
	};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		assert_true(ike_id_valid(&v[i]));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(ike_id_valid(&bad[i]));
}

static void id_texts(void **state)
{
	static const struct {
		unsigned int type;
		const uint8_t *p;
		size_t len;
		const char *text;
	} row[] = {
		{ IKE_ID_IPV4, BYTES("\xc0\0\2\1"), "192.0.2.1" },
		{ IKE_ID_IPV4_SUBNET, BYTES("\x0a\1\0\0\xff\xff\0\0"),
		  "10.1.0.0/16" },
		{ IKE_ID_IPV4_SUBNET, BYTES("\x0a\1\0\0\xff\0\xff\0"),
		  "10.1.0.0/255.0.255.0" },
		{ IKE_ID_IPV4_RANGE, BYTES("\x0a\0\0\1\x0a\0\0\5"),
		  "10.0.0.1-10.0.0.5" },
		{ IKE_ID_FQDN, BYTES("gw.example"), "gw.example" },
		{ IKE_ID_FQDN, BYTES("a\nb"), "0x610a62" },
		{ IKE_ID_KEY_ID, BYTES("\x01\x02"), "0x0102" },
		{ IKE_ID_IPV4, BYTES("\x01\x02"), "0x0102" },
		{ IKE_ID_NONE, NULL, 0, "any" },
	};
	struct wbuf w;
	struct ike_id v;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		v = id(row[i].type, row[i].p, row[i].len);
		wbuf_init(&w, 256);
		ike_id_print(&v, &w);
		assert_string_equal(wbuf_str(&w), row[i].text);
		wbuf_free(&w);
	}
}

static void id_matching(void **state)
{
	struct ike_id a = id(IKE_ID_FQDN, BYTES("gw.example"));
	struct ike_id b = id(IKE_ID_FQDN, BYTES("GW.Example"));
	struct ike_id c = id(IKE_ID_FQDN, BYTES("gw.example.org"));
	struct ike_id k = id(IKE_ID_KEY_ID, BYTES("gw.example"));
	struct ike_id K = id(IKE_ID_KEY_ID, BYTES("GW.example"));
	bool exact;

	assert_true(ike_id_match(&a, &b));
	/* the reference takes a longer name for a match */
	assert_false(ike_id_match(&a, &c));
	assert_false(ike_id_match(&a, &k));
	assert_false(ike_id_match(&k, &K));
	assert_true(ike_id_hash(7, &a, &exact) == ike_id_hash(7, &b, &exact));
	assert_true(exact);
	assert_true(ike_id_hash(7, &k, &exact) != ike_id_hash(7, &K, &exact));
}

/* -------------------------------------------------------------- lookup --- */

static const struct ike_prop one_prop = { .group = 14, .usable = true };

static struct ike_remote *add(struct ike_conf *c, const char *name,
			      const char *addr)
{
	struct ike_remote *r = ike_conf_add_remote(c, name);

	assert_non_null(r);
	if (addr)
		assert_int_equal(xaddr_parse(addr, &r->addr), 0);
	r->nmode = 1;
	r->mode[0] = IKE_MODE_MAIN;
	r->prop = &one_prop;
	r->nprop = 1;
	return r;
}

static struct ike_remote_query query(const char *addr)
{
	struct ike_remote_query q = { .port = 500 };

	if (addr)
		assert_int_equal(xaddr_parse(addr, &q.peer), 0);
	return q;
}

static void finds_remotes(void **state)
{
	struct ike_conf *c = ike_conf_new(1);
	struct ike_remote *gw, *any, *agg, *six;
	const struct ike_remote *r;
	struct ike_remote_query q;

	any = add(c, NULL, NULL);
	gw = add(c, NULL, "192.0.2.7");
	agg = add(c, "agg", "192.0.2.8");
	agg->mode[0] = IKE_MODE_AGGRESSIVE;
	agg->passive = true;
	six = add(c, NULL, "fe80::1");
	assert_int_equal(ike_conf_finish(c), 0);

	q = query("192.0.2.7");
	assert_int_equal(ike_conf_find_remote(c, &q, &r), 0);
	assert_ptr_equal(r, gw);
	q = query("192.0.2.9");
	assert_int_equal(ike_conf_find_remote(c, &q, &r), 0);
	assert_ptr_equal(r, any);
	/* exchange and direction filter; anonymous steps in */
	q = query("192.0.2.8");
	q.mode = IKE_MODE_AGGRESSIVE;
	assert_int_equal(ike_conf_find_remote(c, &q, &r), 0);
	assert_ptr_equal(r, agg);
	q.mode = IKE_MODE_MAIN;
	assert_int_equal(ike_conf_find_remote(c, &q, &r), 0);
	assert_ptr_equal(r, any);
	q.mode = IKE_MODE_NONE;
	q.initiate = true;
	assert_int_equal(ike_conf_find_remote(c, &q, &r), 0);
	assert_ptr_equal(r, any);
	q.mode = IKE_MODE_BASE;
	assert_int_equal(ike_conf_find_remote(c, &q, &r), XE_NOTFOUND);
	assert_null(r);
	/* a scope that the file leaves open */
	q = query("fe80::1");
	q.peer.scope = 3;
	assert_int_equal(ike_conf_find_remote(c, &q, &r), 0);
	assert_ptr_equal(r, six);

	assert_ptr_equal(ike_conf_remote_named(c, "192.0.2.7"), gw);
	assert_ptr_equal(ike_conf_remote_named(c, "anonymous"), any);
	assert_ptr_equal(ike_conf_remote_named(c, "agg"), agg);
	assert_null(ike_conf_remote_named(c, "nobody"));
	ike_conf_unref(c);
}

static bool only(void *arg, const struct ike_remote *r)
{
	return r == arg;
}

/* The order of preference, point by point. */
static void prefers(void **state)
{
	struct wbuf ca = dn("C=DE, CN=CA"), other = dn("C=DE, CN=Other");
	struct ike_id who = id(IKE_ID_FQDN, BYTES("Alice.example"));
	struct ike_id mine = id(IKE_ID_FQDN, BYTES("alice.example"));
	struct ike_conf *c = ike_conf_new(1);
	struct ike_remote *addr, *ported, *byid, *bycr;
	const struct ike_remote *r;
	struct ike_remote_query q;
	struct ike_cred *cred = ike_conf_add_cred(c);

	cred->kind = IKE_CRED_X509;
	cred->issuer = ca.p;
	cred->issuer_len = ca.len;
	addr = add(c, NULL, "192.0.2.7");
	ported = add(c, NULL, "192.0.2.7");
	ported->port = 8000;
	ported->has_port = true;
	byid = add(c, "byid", NULL);
	byid->peer_id = &mine;
	byid->npeer_id = 1;
	byid->verify_identifier = true;
	bycr = add(c, "bycr", NULL);
	bycr->my_cred = cred->handle;
	assert_int_equal(ike_conf_finish(c), 0);

	q = query("192.0.2.7");	/* another port than the peer's is least */
	assert_int_equal(ike_conf_find_remote(c, &q, &r), 0);
	assert_ptr_equal(r, addr);
	q.port = 0;
	assert_int_equal(ike_conf_find_remote(c, &q, &r), XE_AGAIN);
	q.initiate = true;
	assert_int_equal(ike_conf_find_remote(c, &q, &r), 0);
	assert_ptr_equal(r, addr);
	q.initiate = false;
	q.port = 8000;
	assert_int_equal(ike_conf_find_remote(c, &q, &r), 0);
	assert_ptr_equal(r, ported);
	q.id = &who;	/* 8 over 2 */
	assert_int_equal(ike_conf_find_remote(c, &q, &r), 0);
	assert_ptr_equal(r, byid);
	q.has_cr = true;	/* 16 over 8 */
	q.cr = ca.p;
	q.cr_len = ca.len;
	assert_int_equal(ike_conf_find_remote(c, &q, &r), 0);
	assert_ptr_equal(r, bycr);
	q.cr = other.p;	/* another CA gives nothing */
	q.cr_len = other.len;
	assert_int_equal(ike_conf_find_remote(c, &q, &r), 0);
	assert_ptr_equal(r, byid);
	q.cr_len = 0;	/* nor does an empty one without match_empty_cr */
	assert_int_equal(ike_conf_find_remote(c, &q, &r), 0);
	assert_ptr_equal(r, byid);
	q.sa_ok = only;	/* a filter */
	q.arg = addr;
	assert_int_equal(ike_conf_find_remote(c, &q, &r), 0);
	assert_ptr_equal(r, addr);
	/* a wrong identity filters only with verify_identifier */
	q = query("198.51.100.1");
	q.id = &(struct ike_id){ .type = IKE_ID_FQDN, .len = 3,
				 .data = (const uint8_t *)"bob" };
	assert_int_equal(ike_conf_find_remote(c, &q, &r), 0);
	assert_ptr_equal(r, bycr);
	assert_int_equal(ike_remote_score(c, byid, &q), -1);
	ike_conf_unref(c);
	wbuf_free(&ca);
	wbuf_free(&other);
}

static void implicit_peer_id(void **state)
{
	static const struct ike_id implicit = { .type = IKE_ID_IPV4 };
	struct ike_conf *c = ike_conf_new(1);
	struct ike_remote *r = add(c, NULL, "192.0.2.7");
	struct ike_id is = id(IKE_ID_IPV4, BYTES("\xc0\0\2\7"));
	struct ike_id isnt = id(IKE_ID_IPV4, BYTES("\xc0\0\2\x08"));
	struct ike_remote_query q = query("192.0.2.7");

	r->peer_id = &implicit;
	r->npeer_id = 1;
	r->verify_identifier = true;
	assert_int_equal(ike_conf_finish(c), 0);
	q.id = &is;
	assert_true(ike_remote_score(c, r, &q) > 0);
	q.id = &isnt;
	assert_int_equal(ike_remote_score(c, r, &q), -1);
	ike_conf_unref(c);
}

static void refuses_nonsense(void **state)
{
	struct ike_conf *c = ike_conf_new(1);
	struct ike_remote *r;

	add(c, "a", NULL);
	add(c, "a", NULL);
	assert_int_equal(ike_conf_finish(c), XE_EXISTS);
	ike_conf_unref(c);
	c = ike_conf_new(1);
	r = add(c, "a", NULL);
	r->nprop = 0;
	assert_int_equal(ike_conf_finish(c), XE_CHECK);
	ike_conf_unref(c);
	c = ike_conf_new(1);
	r = add(c, "a", NULL);
	r->my_cred = 0;
	assert_int_equal(ike_conf_finish(c), XE_RANGE);
	ike_conf_unref(c);
	ike_conf_unref(NULL);
}

/* --------------------------------------------------------------- sainfo --- */

static struct ike_sainfo *sainfo(struct ike_conf *c, const struct ike_id *l,
				 const struct ike_id *r)
{
	struct ike_sainfo *s = ike_conf_add_sainfo(c);

	assert_non_null(s);
	if (l) {
		s->local.kind = IKE_END_ID;
		s->local.id = *l;
	}
	if (r) {
		s->remote.kind = IKE_END_ID;
		s->remote.id = *r;
	}
	return s;
}

static const struct ike_sainfo *find(const struct ike_conf *c,
				     const struct ike_sainfo_query *q)
{
	const struct ike_sainfo *s;
	int r = ike_conf_find_sainfo(c, q, &s);

	assert_int_equal(r, s ? 0 : XE_NOTFOUND);
	if (s)
		assert_true(ike_sainfo_fits(s, q));
	return s;
}

static void finds_sainfos(void **state)
{
	/* 10.0.0.5/8 in the file is the network; /32 is an address */
	struct ike_id net = id(IKE_ID_IPV4_SUBNET,
			       BYTES("\x0a\0\0\5\xff\0\0\0"));
	struct ike_id host = id(IKE_ID_IPV4_SUBNET,
				BYTES("\xc0\0\2\1\xff\xff\xff\xff"));
	struct ike_sainfo_query q = {
		.local = id(IKE_ID_IPV4_SUBNET,
			    BYTES("\x0a\0\0\0\xff\0\0\0")),
		.remote = id(IKE_ID_IPV4, BYTES("\xc0\0\2\1")),
	};
	struct ike_conf *c = ike_conf_new(1);
	struct ike_sainfo *any, *left, *right, *both, *again, *tcp;

	any = sainfo(c, NULL, NULL);
	left = sainfo(c, &net, NULL);
	right = sainfo(c, NULL, &host);
	both = sainfo(c, &net, &host);
	again = sainfo(c, &net, &host);
	tcp = sainfo(c, &net, &host);
	tcp->local.id.proto = tcp->remote.id.proto = 6;
	assert_int_equal(ike_conf_finish(c), 0);

	assert_ptr_equal(find(c, &q), both);	/* not again: file order */
	assert_ptr_not_equal(find(c, &q), again);
	q.local.proto = q.remote.proto = 6;
	assert_ptr_equal(find(c, &q), tcp);
	q.local.proto = q.remote.proto = 17;	/* protocols are exact */
	assert_ptr_equal(find(c, &q), any);
	q.local.proto = q.remote.proto = 0;
	q.remote = id(IKE_ID_IPV4, BYTES("\xc0\0\2\2"));
	assert_ptr_equal(find(c, &q), left);
	q.remote = id(IKE_ID_IPV4, BYTES("\xc0\0\2\1"));
	q.local = id(IKE_ID_IPV4, BYTES("\xc0\0\2\2"));
	assert_ptr_equal(find(c, &q), right);
	q.ph1id = 1;	/* remoteid is exact too, 0 included */
	assert_null(find(c, &q));
	ike_conf_unref(c);
}

static bool in_admins(void *arg, const char *group)
{
	return !strcmp(group, "admins");
}

static void sainfo_order(void **state)
{
	struct ike_id net = id(IKE_ID_IPV4_SUBNET,
			       BYTES("\x0a\0\0\0\xff\0\0\0"));
	struct ike_id alice = id(IKE_ID_USER_FQDN, BYTES("alice@x"));
	struct ike_id bob = id(IKE_ID_USER_FQDN, BYTES("bob@x"));
	struct wbuf wild = dn("C=DE, CN=*"), carol = dn("C=DE, CN=carol");
	struct ike_id dnid = id(IKE_ID_DN, carol.p, carol.len);
	struct ike_sainfo_query q = { .local = net, .remote = net };
	struct ike_conf *c = ike_conf_new(1);
	struct ike_sainfo *ends, *from, *client, *group, *wildfrom, *tagged;

	ends = sainfo(c, &net, &net);
	from = sainfo(c, NULL, NULL);
	from->from = alice;
	wildfrom = sainfo(c, NULL, NULL);
	wildfrom->from = id(IKE_ID_DN, wild.p, wild.len);
	client = sainfo(c, &net, NULL);
	client->remote.kind = IKE_END_CLIENT;
	tagged = sainfo(c, NULL, NULL);
	tagged->remoteid = 7;
	group = sainfo(c, NULL, NULL);
	group->group = "admins";
	assert_int_equal(ike_conf_finish(c), 0);

	assert_ptr_equal(find(c, &q), ends);
	q.peer = &alice;	/* 3 over 1 + 1 */
	assert_ptr_equal(find(c, &q), from);
	q.peer = &bob;
	assert_ptr_equal(find(c, &q), ends);
	q.peer = &dnid;
	assert_ptr_equal(find(c, &q), wildfrom);
	q.ph1id = 7;
	assert_ptr_equal(find(c, &q), tagged);
	q.ph1id = 0;
	q.peer = NULL;
	q.remote = id(IKE_ID_IPV4, BYTES("\x0a\1\1\1"));
	assert_null(find(c, &q));
	assert_int_equal(xaddr_parse("10.1.1.1", &q.client), 0);
	assert_ptr_equal(find(c, &q), client);
	q.client.b[3] = 9;
	assert_null(find(c, &q));
	q.in_group = in_admins;
	assert_ptr_equal(find(c, &q), group);
	ike_conf_unref(c);
	wbuf_free(&wild);
	wbuf_free(&carol);
}

/* Ports are a preference: the reference does not compare them at all. */
static void sainfo_ports(void **state)
{
	struct ike_id host = id(IKE_ID_IPV4, BYTES("\x0a\0\0\1"));
	struct ike_sainfo_query q = { .local = host, .remote = host };
	struct ike_conf *c = ike_conf_new(1);
	struct ike_sainfo *any, *l2tp;

	l2tp = sainfo(c, &host, &host);
	l2tp->local.id.proto = l2tp->remote.id.proto = 17;
	l2tp->local.id.port = l2tp->remote.id.port = 1701;
	l2tp->local.any_port = l2tp->remote.any_port = false;
	any = sainfo(c, &host, &host);
	any->local.id.proto = any->remote.id.proto = 17;
	assert_int_equal(ike_conf_finish(c), 0);
	q.local.proto = q.remote.proto = 17;
	assert_ptr_equal(find(c, &q), any);
	q.local.port = q.remote.port = 1701;
	assert_ptr_equal(find(c, &q), l2tp);
	q.local.port = q.remote.port = 53;
	assert_ptr_equal(find(c, &q), any);
	ike_conf_unref(c);
}

/* ----------------------------------------------------------------- size --- */

#define MANY 10000

/* The hashed lookups agree with the plain definition, one by one. */
static void agrees_with_scan(void **state)
{
	struct ike_conf *c = ike_conf_new(99);
	struct ike_id ids[MANY];
	uint8_t (*body)[4] = calloc(MANY, sizeof(*body));
	const struct ike_remote *r;
	const struct ike_sainfo *s;
	struct ike_remote_query q = { .port = 500 };
	struct ike_sainfo_query sq = { 0 };
	struct ike_remote *to;
	unsigned int i;

	assert_non_null(body);
	for (i = 0; i < MANY; i++) {
		body[i][0] = 10;
		body[i][2] = (uint8_t)(i >> 8);
		body[i][3] = (uint8_t)i;
		ids[i] = id(IKE_ID_IPV4, body[i], 4);
	}
	for (i = 0; i < MANY; i++) {
		to = add(c, NULL, NULL);
		to->addr.family = 2;
		memcpy(to->addr.b, body[i], 4);
		sainfo(c, &ids[i], &ids[MANY - 1 - i]);
	}
	assert_int_equal(ike_conf_finish(c), 0);
	for (i = 0; i < MANY; i += 7) {
		q.peer.family = 2;
		memcpy(q.peer.b, body[i], 4);
		assert_int_equal(ike_conf_find_remote(c, &q, &r), 0);
		assert_int_equal(r->index, i);
		sq.local = ids[i];
		sq.remote = ids[MANY - 1 - i];
		assert_int_equal(ike_conf_find_sainfo(c, &sq, &s), 0);
		assert_int_equal(s->index, i);
	}
	ike_conf_unref(c);
	free(body);
}

/* Many roadwarriors, told apart by identity alone. */
static void many_identities(void **state)
{
	struct ike_conf *c = ike_conf_new(5);
	struct ike_id *ids = calloc(MANY, sizeof(*ids));
	char (*name)[16] = calloc(MANY, sizeof(*name));
	const struct ike_remote *r;
	struct ike_remote_query q = query("192.0.2.1");
	struct ike_remote *to;
	unsigned int i;

	assert_non_null(ids);
	assert_non_null(name);
	for (i = 0; i < MANY; i++) {
		snprintf(name[i], sizeof(name[i]), "user%u", i);
		ids[i] = id(IKE_ID_FQDN, (const uint8_t *)name[i],
			    strlen(name[i]));
		to = add(c, name[i], NULL);
		to->peer_id = &ids[i];
		to->npeer_id = 1;
		to->verify_identifier = true;
	}
	assert_int_equal(ike_conf_finish(c), 0);
	assert_int_equal(ike_conf_find_remote(c, &q, &r), XE_AGAIN);
	for (i = 0; i < MANY; i += 7) {
		q.id = &ids[i];
		assert_int_equal(ike_conf_find_remote(c, &q, &r), 0);
		assert_int_equal(r->index, i);
		assert_ptr_equal(ike_conf_remote_named(c, name[i]), r);
	}
	ike_conf_unref(c);
	free(ids);
	free(name);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(dn_encodes),
		cmocka_unit_test(dn_refuses),
		cmocka_unit_test(dn_prints),
		cmocka_unit_test(dn_matches),
		cmocka_unit_test(dn_string_types),
		cmocka_unit_test(dn_survives),
		cmocka_unit_test(id_validity),
		cmocka_unit_test(id_texts),
		cmocka_unit_test(id_matching),
		cmocka_unit_test(finds_remotes),
		cmocka_unit_test(prefers),
		cmocka_unit_test(implicit_peer_id),
		cmocka_unit_test(refuses_nonsense),
		cmocka_unit_test(finds_sainfos),
		cmocka_unit_test(sainfo_order),
		cmocka_unit_test(sainfo_ports),
		cmocka_unit_test(agrees_with_scan),
		cmocka_unit_test(many_identities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
