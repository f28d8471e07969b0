/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/conf.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike/core/conf_priv.h"
#include "libxfrm/base/err.h"

static const struct ike_settings defaults = {
	.log = IKE_LOG_INFO,
	.timer = {
		.counter = 5,
		.interval = 10,
		.persend = 1,
		.phase1 = 30,
		.phase2 = 30,
		.natt_keepalive = 20,
	},
	.padding = {
		.randomize = true,
		.exclusive_tail = true,
		.maximum_length = 20,
	},
	.adminsock = { .mode = 0600 },
	.complex_bundle = true,
	.crypto_workers = IKE_WORKERS_CPUS,
	.modecfg = {
		.banner = "/etc/motd",
		.auth_source = IKE_SRC_SYSTEM,
		.group_source = IKE_SRC_SYSTEM,
		.conf_source = IKE_SRC_LOCAL,
		.accounting = IKE_SRC_NONE,
		.auth_throttle = 1,
	},
	.ldap = {
		.version = 3,
		.host = "localhost",
		.port = 389,
		.timeout = -1,
		.attr_user = "cn",
		.attr_addr = "racoon-address",
		.attr_mask = "racoon-netmask",
		.attr_group = "cn",
		.attr_member = "member",
	},
	.radius = { .timeout = 3, .retries = 3 },
};

static const struct ike_remote remote_defaults = {
	.port = 500,
	.my_cred = IKE_CRED_NONE,
	.ca_cred = IKE_CRED_NONE,
	.verify_cert = true,
	.send_cert = true,
	.send_cr = true,
	.nonce_size = 16,
	.initial_contact = true,
	.dpd = true,
	.dpd_retry = 5,
	.dpd_maxfail = 5,
	.ike_frag = IKE_OFF,
	.nat_traversal = IKE_OFF,
	.rekey = IKE_ON,
	.generate_policy = IKE_GENPOL_OFF,
	.check = IKE_CHECK_STRICT,
	.esp_frag = 65535,
	.lifetime = 28800,
};

static const struct ike_sainfo sainfo_defaults = {
	.local = { .kind = IKE_END_ANY, .any_port = true },
	.remote = { .kind = IKE_END_ANY, .any_port = true },
	.lifetime = 28800,
	.esn = IKE_OFF,
	.replay_window = 64,
};

struct ike_conf *ike_conf_new(uint64_t seed)
{
	struct ike_conf *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->arena = arena_new(ARENA_WIPE);
	if (!c->arena) {
		free(c);
		return NULL;
	}
	c->refs = 1;
	c->seed = seed;
	c->set = defaults;
	htab_init(&c->by_addr, 0);
	htab_init(&c->by_name, 0);
	htab_init(&c->by_peer_id, 0);
	htab_init(&c->by_ends, 0);
	return c;
}

struct ike_conf *ike_conf_ref(struct ike_conf *c)
{
	assert(c->refs);
	c->refs++;
	return c;
}

void ike_conf_unref(struct ike_conf *c)
{
	if (!c || --c->refs)
		return;
	htab_free(&c->by_addr);
	htab_free(&c->by_name);
	htab_free(&c->by_peer_id);
	htab_free(&c->by_ends);
	arena_free(c->arena);
	free(c);
}

struct ike_settings *ike_conf_edit(struct ike_conf *c)
{
	assert(!c->finished);
	return &c->set;
}

struct arena *ike_conf_arena(struct ike_conf *c)
{
	return c->arena;
}

/*
 * The array with room for one more than n pointers: it doubles when n is a
 * power of two, and the arena keeps the halves.
 */
static void *grow(struct ike_conf *c, void *old, unsigned int n)
{
	void **bigger;

	if (n && (n & (n - 1)))
		return old;
	bigger = arena_calloc(c->arena, n ? n * 2 : 1, sizeof(*bigger));
	if (bigger && n)
		memcpy(bigger, old, n * sizeof(*bigger));
	return bigger;
}

struct ike_remote *ike_conf_add_remote(struct ike_conf *c, const char *name)
{
	struct remote_node *n;
	void *all;

	assert(!c->finished);
	if (c->nremote >= IKE_CONF_REMOTES_MAX)
		return NULL;
	all = grow(c, c->remote, c->nremote);
	n = arena_alloc(c->arena, sizeof(*n));
	if (!all || !n)
		return NULL;
	c->remote = all;
	n->r = remote_defaults;
	n->r.index = c->nremote;
	if (name) {
		n->r.name = arena_strdup(c->arena, name);
		if (!n->r.name)
			return NULL;
		n->r.named = true;
	}
	c->remote[c->nremote++] = n;
	return &n->r;
}

struct ike_sainfo *ike_conf_add_sainfo(struct ike_conf *c)
{
	struct sainfo_node *n;
	void *all;

	assert(!c->finished);
	if (c->nsainfo >= IKE_CONF_SAINFOS_MAX)
		return NULL;
	all = grow(c, c->sainfo, c->nsainfo);
	n = arena_alloc(c->arena, sizeof(*n));
	if (!all || !n)
		return NULL;
	c->sainfo = all;
	n->s = sainfo_defaults;
	n->s.index = c->nsainfo;
	c->sainfo[c->nsainfo++] = n;
	return &n->s;
}

struct ike_cred *ike_conf_add_cred(struct ike_conf *c)
{
	struct ike_cred *n;
	void *all;

	assert(!c->finished);
	all = grow(c, c->cred, c->ncred);
	n = arena_alloc(c->arena, sizeof(*n));
	if (!all || !n)
		return NULL;
	c->cred = all;
	n->handle = (int)c->ncred;
	c->cred[c->ncred++] = n;
	return n;
}

/* ---------------------------------------------------------- finishing --- */

static bool cred_ok(const struct ike_conf *c, int handle)
{
	return handle == IKE_CRED_NONE ||
	       (handle >= 0 && (unsigned int)handle < c->ncred);
}

static int remote_check(const struct ike_conf *c, const struct ike_remote *r)
{
	unsigned int i;

	if (!r->nmode || r->nmode > IKE_MODES_MAX || !r->nprop)
		return XE_CHECK;
	if (!cred_ok(c, r->my_cred) || !cred_ok(c, r->ca_cred))
		return XE_RANGE;
	for (i = 0; i < r->npeer_cred; i++)
		if (!cred_ok(c, r->peer_cred[i]))
			return XE_RANGE;
	return 0;
}

static int remote_name(struct ike_conf *c, struct remote_node *n)
{
	char text[XADDR_STRLEN];
	uint64_t h;
	const struct hnode *at;
	const struct remote_node *other;

	if (!n->r.name)
		n->r.name = !n->r.addr.family ? "anonymous" :
			arena_strdup(c->arena, xaddr_str(&n->r.addr, text));
	if (!n->r.name)
		return -ENOMEM;
	h = hash_mem(c->seed, n->r.name, strlen(n->r.name));
	for (at = htab_first(&c->by_name, h); at; at = htab_next(at)) {
		other = hnode_entry(at, const struct remote_node, by_name);
		if (n->r.named && other->r.named &&
		    !strcmp(n->r.name, other->r.name))
			return XE_EXISTS;
	}
	return htab_add(&c->by_name, &n->by_name, h);
}

/* Can a peer's identity be looked up to find this remote? */
static bool id_decides(const struct ike_remote *r)
{
	unsigned int i;
	bool exact;

	if (!r->verify_identifier || !r->npeer_id)
		return false;
	for (i = 0; i < r->npeer_id; i++) {
		if (!r->peer_id[i].len)
			return false;
		ike_id_hash(0, &r->peer_id[i], &exact);
		if (!exact)
			return false;
	}
	return true;
}

static int remote_index_ids(struct ike_conf *c, const struct ike_remote *r)
{
	struct peer_id_node *n;
	unsigned int i, k;
	bool exact;
	int err;

	for (i = 0; i < r->npeer_id; i++) {
		for (k = 0; k < i; k++)
			if (ike_id_match(&r->peer_id[k], &r->peer_id[i]))
				break;
		if (k < i)
			continue;
		n = arena_alloc(c->arena, sizeof(*n));
		if (!n)
			return -ENOMEM;
		n->r = r;
		n->id = &r->peer_id[i];
		err = htab_add(&c->by_peer_id, &n->node,
			       ike_id_hash(c->seed, n->id, &exact));
		if (err)
			return err;
	}
	return 0;
}

/* The order of remotes without address in c->any. */
enum any_class {
	ANY_PORT,	/* a port is given */
	ANY_PLAIN,
	ANY_BY_ID,	/* its identity decides: found through by_peer_id */
	ANY_CLASSES,
};

static enum any_class any_class(const struct ike_remote *r)
{
	if (id_decides(r))
		return ANY_BY_ID;
	return r->has_port ? ANY_PORT : ANY_PLAIN;
}

static int index_any(struct ike_conf *c)
{
	unsigned int i, class;
	struct ike_remote *r;
	int err;

	c->any = arena_calloc(c->arena, c->nremote, sizeof(*c->any));
	if (!c->any)
		return -ENOMEM;
	for (class = 0; class < ANY_CLASSES; class++) {
		for (i = c->nremote; i-- > 0;) {
			r = &c->remote[i]->r;
			if (r->addr.family || any_class(r) != class)
				continue;
			c->any[c->nany++] = r;
			if (class == ANY_BY_ID &&
			    (err = remote_index_ids(c, r)))
				return err;
		}
		if (class != ANY_BY_ID)
			c->nany_listed = c->nany;
	}
	return 0;
}

uint64_t conf_addr_hash(uint64_t seed, const struct xaddr *a)
{
	return hash_mix(a->family, hash_mem(seed, a->b, sizeof(a->b)));
}

static int remotes_finish(struct ike_conf *c)
{
	struct remote_node *n;
	unsigned int i;
	int r;

	for (i = 0; i < c->nremote; i++) {
		n = c->remote[i];
		if ((r = remote_check(c, &n->r)) || (r = remote_name(c, n)))
			return r;
		if (n->r.addr.family &&
		    (r = htab_add(&c->by_addr, &n->by_addr,
				  conf_addr_hash(c->seed, &n->r.addr))))
			return r;
	}
	return index_any(c);
}

uint64_t conf_end_hash(uint64_t seed, enum ike_end kind,
		       const struct ike_id *id)
{
	bool exact;

	if (kind != IKE_END_ID)
		return hash_mix(seed, kind);
	return hash_mix(id->proto, ike_id_hash(seed, id, &exact));
}

uint64_t conf_from_hash(uint64_t seed, const struct ike_id *from, bool typed)
{
	bool exact;

	if (!from || from->type == IKE_ID_NONE)
		return 0;
	if (typed)
		return hash_mix(~seed, from->type);
	return ike_id_hash(seed, from, &exact);
}

uint64_t conf_sainfo_hash(uint64_t local, uint64_t remote, uint64_t from,
			  uint32_t remoteid)
{
	return hash_mix(hash_mix(local, remote), hash_mix(from, remoteid));
}

bool conf_end_equal(const struct ike_sainfo_end *a,
		    const struct ike_sainfo_end *b)
{
	if (a->kind != b->kind)
		return false;
	return a->kind != IKE_END_ID ||
	       (a->id.proto == b->id.proto && ike_id_match(&a->id, &b->id));
}

/* Can b never be chosen, because a comes before it? */
static bool shadows(const struct ike_sainfo *a, const struct ike_sainfo *b)
{
	return !a->group && a->remoteid == b->remoteid &&
	       ike_id_equal(&a->from, &b->from) &&
	       conf_end_equal(&a->local, &b->local) &&
	       conf_end_equal(&a->remote, &b->remote) &&
	       a->local.any_port == b->local.any_port &&
	       a->remote.any_port == b->remote.any_port &&
	       a->local.id.port == b->local.id.port &&
	       a->remote.id.port == b->remote.id.port;
}

static int end_canon(struct ike_conf *c, struct ike_sainfo_end *e)
{
	uint8_t buf[IKE_ID_ADDR_MAX];
	struct ike_id id;

	if (e->kind != IKE_END_ID)
		return 0;
	ike_id_canon(&e->id, buf, &id);
	if (id.data == buf) {
		id.data = arena_memdup(c->arena, buf, id.len);
		if (!id.data)
			return -ENOMEM;
	}
	e->id = id;
	return 0;
}

static int sainfos_finish(struct ike_conf *c)
{
	struct sainfo_node *n;
	struct ike_sainfo *s;
	struct hnode *at;
	unsigned int i;
	uint64_t h;
	int r;

	for (i = 0; i < c->nsainfo; i++) {
		n = c->sainfo[i];
		s = &n->s;
		if ((r = end_canon(c, &s->local)) ||
		    (r = end_canon(c, &s->remote)))
			return r;
		h = conf_sainfo_hash(
			conf_end_hash(c->seed, s->local.kind, &s->local.id),
			conf_end_hash(c->seed, s->remote.kind, &s->remote.id),
			conf_from_hash(c->seed, &s->from, !s->from.len),
			s->remoteid);
		for (at = htab_first(&c->by_ends, h); at; at = htab_next(at))
			if (shadows(&hnode_entry(at, struct sainfo_node,
						 node)->s, s))
				break;
		if (!at && (r = htab_add(&c->by_ends, &n->node, h)))
			return r;
	}
	return 0;
}

int ike_conf_finish(struct ike_conf *c)
{
	int r;

	assert(!c->finished);
	if (!c->set.modecfg.pool_size && c->set.modecfg.network4.family)
		c->set.modecfg.pool_size = 255;
	if ((r = remotes_finish(c)) || (r = sainfos_finish(c)))
		return r;
	c->finished = true;
	return 0;
}

/* ------------------------------------------------------------ reading --- */

const struct ike_settings *ike_conf_settings(const struct ike_conf *c)
{
	return &c->set;
}

unsigned int ike_conf_nremote(const struct ike_conf *c)
{
	return c->nremote;
}

const struct ike_remote *ike_conf_remote(const struct ike_conf *c,
					 unsigned int i)
{
	return i < c->nremote ? &c->remote[i]->r : NULL;
}

unsigned int ike_conf_nsainfo(const struct ike_conf *c)
{
	return c->nsainfo;
}

const struct ike_sainfo *ike_conf_sainfo(const struct ike_conf *c,
					 unsigned int i)
{
	return i < c->nsainfo ? &c->sainfo[i]->s : NULL;
}

unsigned int ike_conf_ncred(const struct ike_conf *c)
{
	return c->ncred;
}

const struct ike_cred *ike_conf_cred(const struct ike_conf *c, int handle)
{
	return handle >= 0 && (unsigned int)handle < c->ncred ?
		c->cred[handle] : NULL;
}
