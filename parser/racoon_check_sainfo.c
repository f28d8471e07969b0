/* SPDX-License-Identifier: BSD-2-Clause */
#include "parser/racoon_check_sainfo.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "libxfrm/base/htab.h"
#include "parser/racoon_weak.h"

#define ERROR(k, loc, ...) \
	src_diag((k)->conf->src, (k)->d, DIAG_ERROR, (loc), __VA_ARGS__)
#define WARN(k, loc, ...) \
	src_diag((k)->conf->src, (k)->d, DIAG_WARNING, (loc), __VA_ARGS__)
#define NOTE(k, loc, ...) \
	src_diag((k)->conf->src, (k)->d, DIAG_NOTE, (loc), __VA_ARGS__)
#define HINT(k, entry, ...) diag_hint((k)->d, (entry), __VA_ARGS__)

/* What remotes say for one ph1id. */
struct phase1 {
	uint32_t ph1id;
	uint64_t longest;	/* lifetime in seconds */
	struct sloc loc;	/* of the ph1id */
	bool used;		/* a sainfo has it as remoteid */
};

struct check {
	struct rc_conf *conf;
	struct diag *d;
	struct phase1 *p1;	/* by ph1id */
	size_t np1;
	bool xauth;		/* somebody logs in here */
};

/* ------------------------------------------------------------ phase 1 --- */

static int by_ph1id(const void *a, const void *b)
{
	const struct phase1 *x = a, *y = b;

	return x->ph1id < y->ph1id ? -1 : x->ph1id > y->ph1id;
}

static uint64_t longest_lifetime(const struct rc_remote *r)
{
	uint64_t by_default = RC_PHASE1_LIFETIME, most = 0, v;
	const struct rc_proposal *p;

	if (r->lifetime.time.given)
		by_default = r->lifetime.time.v;
	for (p = r->proposal; p; p = p->next) {
		v = p->lifetime.time.given ? p->lifetime.time.v : by_default;
		most = v > most ? v : most;
	}
	return most;
}

static bool is_xauth_server(unsigned int method)
{
	return method == RC_METHOD_XAUTH_PSK_SERVER ||
	       method == RC_METHOD_XAUTH_RSA_SERVER ||
	       method == RC_METHOD_HYBRID_RSA_SERVER ||
	       method == RC_METHOD_HYBRID_DSS_SERVER;
}

static int collect_phase1(struct check *k, struct rc_remote *const *eff)
{
	const struct rc_proposal *p;
	struct phase1 *to;
	size_t i, n = k->conf->remotes;

	k->p1 = calloc(n ? n : 1, sizeof(*k->p1));
	if (!k->p1)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		k->p1[i].ph1id = (uint32_t)eff[i]->ph1id.v;
		k->p1[i].loc = eff[i]->ph1id.loc;
		k->p1[i].longest = longest_lifetime(eff[i]);
		for (p = eff[i]->proposal; p; p = p->next)
			k->xauth = k->xauth || is_xauth_server(p->method.alg);
	}
	qsort(k->p1, n, sizeof(*k->p1), by_ph1id);
	for (i = 0; i < n; i++) {
		to = k->np1 ? &k->p1[k->np1 - 1] : NULL;
		if (!to || to->ph1id != k->p1[i].ph1id) {
			k->p1[k->np1++] = k->p1[i];
			continue;
		}
		if (k->p1[i].longest > to->longest)
			to->longest = k->p1[i].longest;
	}
	return 0;
}

static struct phase1 *phase1_of(struct check *k, uint32_t ph1id)
{
	struct phase1 key = { .ph1id = ph1id };

	return bsearch(&key, k->p1, k->np1, sizeof(*k->p1), by_ph1id);
}

static void phase1_check(struct check *k, const struct rc_sainfo *s)
{
	struct phase1 *p = phase1_of(k, (uint32_t)s->remoteid.v);
	uint64_t life = RC_PHASE2_LIFETIME;
	struct diag_entry *e;

	if (!p) {
		if (s->remoteid.given && s->remoteid.v)
			WARN(k, s->remoteid.loc, "no remote has `ph1id %llu;': "
			     "this sainfo is never used",
			     (unsigned long long)s->remoteid.v);
		else if (k->conf->remotes)
			WARN(k, s->loc, "every remote has a ph1id: this "
			     "sainfo, without remoteid, is never used");
		return;
	}
	p->used = true;
	if (s->lifetime.time.given)
		life = s->lifetime.time.v;
	if (life <= p->longest)
		return;
	e = WARN(k, s->lifetime.time.given ? s->lifetime.time.loc : s->loc,
		 "phase 2 lives longer (%llu s) than the phase 1 it comes "
		 "from (%llu s)", (unsigned long long)life,
		 (unsigned long long)p->longest);
	HINT(k, e, "some peers delete phase 2 with its phase 1; give phase 1 "
	     "the longer lifetime");
}

/* --------------------------------------------------------- algorithms --- */

static struct rc_alg *alg_new(struct check *k, struct rc_alg ***tail,
			      unsigned int alg, unsigned int keylen)
{
	struct rc_alg *a = arena_alloc(k->conf->arena, sizeof(*a));

	if (!a)
		return NULL;
	a->alg = alg;
	a->keylen = keylen;
	**tail = a;
	*tail = &a->next;
	return a;
}

static int fill_missing(struct check *k, struct rc_sainfo *s)
{
	struct rc_alg **tail;
	struct diag_entry *e;

	if (!s->enc) {
		tail = &s->enc;
		if (!alg_new(k, &tail, RC_ENC_AES, 256) ||
		    !alg_new(k, &tail, RC_ENC_AES, 128))
			return -ENOMEM;
		e = WARN(k, s->loc, "no encryption algorithm here: aes 256, "
			 "aes 128 are offered");
		HINT(k, e, "add `encryption_algorithm aes 256, aes 128;'");
	}
	if (!s->auth) {
		tail = &s->auth;
		if (!alg_new(k, &tail, RC_AUTHALG_HMAC_SHA256, 0) ||
		    !alg_new(k, &tail, RC_AUTHALG_HMAC_SHA1, 0))
			return -ENOMEM;
		e = WARN(k, s->loc, "no authentication algorithm here: "
			 "hmac_sha256, hmac_sha1 are offered");
		HINT(k, e, "add `authentication_algorithm hmac_sha256, "
		     "hmac_sha1;'");
	}
	if (!s->comp) {
		tail = &s->comp;
		if (!alg_new(k, &tail, RC_COMP_DEFLATE, 0))
			return -ENOMEM;
		e = NOTE(k, s->loc, "no compression algorithm here: deflate "
			 "is used where a policy asks for IPComp");
		HINT(k, e, "add `compression_algorithm deflate;'");
	}
	return 0;
}

static bool is_aead(unsigned int enc)
{
	return enc == RC_ENC_AES_GCM_8 || enc == RC_ENC_AES_GCM_12 ||
	       enc == RC_ENC_AES_GCM_16 || enc == RC_ENC_CHACHA20_POLY1305;
}

static void algs_check(struct check *k, const struct rc_sainfo *s)
{
	bool encrypts = false, authenticates = false, plain = false;
	const struct rc_alg *a;

	for (a = s->enc; a; a = a->next) {
		rc_weak_cipher(k->conf, k->d, a);
		encrypts = encrypts || a->alg != RC_ENC_NULL;
		plain = plain || !is_aead(a->alg);
	}
	for (a = s->auth; a; a = a->next) {
		if (a->alg == RC_AUTHALG_HMAC_MD5)
			HINT(k, WARN(k, a->loc, "MD5 is broken"),
			     "use hmac_sha256 on both sides");
		authenticates = authenticates || a->alg != RC_AUTHALG_NONE;
	}
	rc_weak_group(k->conf, k->d, &s->pfs_group);
	if (!plain)
		return;
	if (!authenticates && !encrypts)
		WARN(k, s->loc, "traffic is neither encrypted nor "
		     "authenticated");
	else if (!authenticates)
		WARN(k, s->auth->loc, "encryption without authentication "
		     "lets others change the traffic");
}

/* --------------------------------------------------------- identities --- */

static unsigned int bits_of(int family)
{
	return family == AF_INET ? 32 : 128;
}

static void host_bits(struct check *k, const struct rc_said *id)
{
	unsigned int bits = bits_of(id->addr.family), i;
	struct diag_entry *e;

	if (id->kind != RC_SAID_ADDR || !id->prefix.given)
		return;
	if (id->prefix.v > bits) {
		ERROR(k, id->prefix.loc, "invalid prefix length %llu: an "
		      "address has %u bits", (unsigned long long)id->prefix.v,
		      bits);
		return;
	}
	for (i = (unsigned int)id->prefix.v; i < bits; i++)
		if (id->addr.ip[i / 8] & (0x80 >> i % 8)) {
			e = NOTE(k, id->loc, "%s/%llu has bits after the "
				 "prefix: the network is meant",
				 id->addr.text,
				 (unsigned long long)id->prefix.v);
			HINT(k, e, "the peer's identity has to be that "
			     "network");
			return;
		}
}

static void end_check(struct check *k, const struct rc_said *id)
{
	bool icmp = id->proto.v == IPPROTO_ICMP ||
		    id->proto.v == IPPROTO_ICMPV6;
	struct diag_entry *e;

	if (id->kind != RC_SAID_ADDR && id->kind != RC_SAID_RANGE)
		return;
	host_bits(k, id);
	if (icmp && id->port.given && id->port.v != RC_PORT_ANY)
		ERROR(k, id->port.loc, "port number must be \"any\" for ICMP");
	if ((id->proto.v == IPPROTO_ICMP && id->addr.family == AF_INET6) ||
	    (id->proto.v == IPPROTO_ICMPV6 && id->addr.family == AF_INET)) {
		e = ERROR(k, id->proto.loc, "address family mismatched");
		HINT(k, e, "icmp goes with IPv4, icmp6 with IPv6");
	}
	if (id->kind == RC_SAID_RANGE &&
	    (id->last.family != id->addr.family ||
	     memcmp(id->addr.ip, id->last.ip, 16) > 0))
		ERROR(k, id->last.loc, "the range ends before it begins");
}

static void ends_check(struct check *k, const struct rc_sainfo *s)
{
	bool addrs = (s->local.kind == RC_SAID_ADDR ||
		      s->local.kind == RC_SAID_RANGE) &&
		     (s->remote.kind == RC_SAID_ADDR ||
		      s->remote.kind == RC_SAID_RANGE);

	end_check(k, &s->local);
	end_check(k, &s->remote);
	if (addrs && s->local.addr.family != s->remote.addr.family)
		ERROR(k, s->remote.loc, "address families differ: %s and %s",
		      s->local.addr.text, s->remote.addr.text);
	if (addrs && s->local.proto.v != s->remote.proto.v)
		WARN(k, s->remote.proto.given ? s->remote.proto.loc :
		     s->remote.loc, "the two sides name different protocols: "
		     "no policy does");
	if (s->group.s && !k->xauth)
		WARN(k, s->group.loc, "nobody logs in with XAUTH here: this "
		     "sainfo is never used");
}

/* The kernel takes extended sequence numbers with a window only. */
static void replay_check(struct check *k, const struct rc_sainfo *s)
{
	const struct rc_num *w = &s->replay_window;

	if (s->esn.given && s->esn.v != RC_OFF && w->given && !w->v)
		ERROR(k, w->loc, "extended sequence numbers (esn) need a replay "
		    "window");
	else if (w->given && !w->v)
		WARN(k, w->loc, "without a replay window whoever records a "
		     "packet can send it again");
}

/* -------------------------------------------------------------- twins --- */

struct seen {
	struct hnode node;
	const struct rc_sainfo *s;
};

static bool same_str(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool is_anonymous(const struct rc_said *id)
{
	return id->kind == RC_SAID_NONE || id->kind == RC_SAID_ANONYMOUS;
}

/* Length of the prefix that counts. */
static uint64_t plen(const struct rc_said *id)
{
	return id->prefix.given ? id->prefix.v : bits_of(id->addr.family);
}

static bool same_end(const struct rc_said *a, const struct rc_said *b)
{
	if (is_anonymous(a) || is_anonymous(b))
		return is_anonymous(a) && is_anonymous(b);
	if (a->kind != b->kind)
		return false;
	if (a->kind == RC_SAID_CLIENTADDR)
		return true;
	if (a->kind == RC_SAID_STRING)
		return a->type == b->type && same_str(a->string, b->string);
	return a->addr.family == b->addr.family && plen(a) == plen(b) &&
	       !memcmp(a->addr.ip, b->addr.ip, 16) &&
	       !memcmp(a->last.ip, b->last.ip, 16) &&
	       a->proto.v == b->proto.v && a->port.v == b->port.v;
}

static bool same_from(const struct rc_sainfo *a, const struct rc_sainfo *b)
{
	if (!a->from || !b->from)
		return a->from == b->from;
	return a->from->type == b->from->type &&
	       same_str(a->from->value.s, b->from->value.s) &&
	       same_str(a->from->addr.text, b->from->addr.text);
}

static bool same_sainfo(const struct rc_sainfo *a, const struct rc_sainfo *b)
{
	return a->remoteid.v == b->remoteid.v &&
	       same_str(a->group.s, b->group.s) && same_from(a, b) &&
	       same_end(&a->local, &b->local) &&
	       same_end(&a->remote, &b->remote);
}

static uint64_t end_hash(const struct rc_said *id)
{
	uint64_t h;

	if (is_anonymous(id))
		return 0;
	h = id->kind;
	if (id->string)
		return hash_mix(h, hash_mem(0, id->string,
					    strlen(id->string)));
	return hash_mix(h, hash_mem(0, id->addr.ip, sizeof(id->addr.ip)));
}

static void twin(struct check *k, const struct rc_sainfo *first,
		 const struct rc_sainfo *s)
{
	unsigned int line = src_line(k->conf->src, first->loc);

	if (!is_anonymous(&s->local))
		ERROR(k, s->loc, "duplicated sainfo: the same as in line %u",
		      line);
	else
		WARN(k, s->loc, "this sainfo is never used: the one in line "
		     "%u is for the same traffic", line);
}

static int twins_check(struct check *k)
{
	struct rc_sainfo *s;
	struct seen *seen;
	struct hnode *at;
	struct htab t;
	size_t n = 0;
	uint64_t h;
	int err = 0;

	seen = calloc(k->conf->sainfos ? k->conf->sainfos : 1, sizeof(*seen));
	if (!seen)
		return -ENOMEM;
	htab_init(&t, 0);
	for (s = k->conf->sainfo; s && !err; s = s->next, n++) {
		h = hash_mix(hash_mix(end_hash(&s->local),
				      end_hash(&s->remote)), s->remoteid.v);
		for (at = htab_first(&t, h); at; at = htab_next(at))
			if (same_sainfo(hnode_entry(at, struct seen, node)->s,
					s))
				break;
		if (at) {
			twin(k, hnode_entry(at, struct seen, node)->s, s);
			continue;
		}
		seen[n].s = s;
		err = htab_add(&t, &seen[n].node, h);
	}
	htab_free(&t);
	free(seen);
	return err;
}

int rc_check_sainfos(struct rc_conf *conf, struct rc_remote *const *eff,
		     struct diag *d)
{
	struct check k = { .conf = conf, .d = d };
	struct rc_sainfo *s;
	size_t i;
	int err;

	if ((err = collect_phase1(&k, eff)))
		return err;
	for (s = conf->sainfo; s && !err; s = s->next) {
		err = fill_missing(&k, s);
		if (err)
			break;
		algs_check(&k, s);
		ends_check(&k, s);
		replay_check(&k, s);
		rc_odd_lifetime(conf, d, &s->lifetime);
		phase1_check(&k, s);
	}
	for (i = 0; i < k.np1 && !err && conf->sainfo; i++)
		if (k.p1[i].ph1id && !k.p1[i].used)
			WARN(&k, k.p1[i].loc, "no sainfo has `remoteid %u;': "
			     "no traffic of this remote is ever allowed",
			     k.p1[i].ph1id);
	if (!err)
		err = twins_check(&k);
	if (!err && conf->remote && !conf->sainfo)
		diag_add(d, DIAG_WARNING, NULL, "there is no sainfo: phase 1 "
			 "comes up, and no phase 2 ever does");
	free(k.p1);
	return err;
}
