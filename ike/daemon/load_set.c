/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ike/daemon/load_priv.h"
#include "libxfrm/base/err.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

#define SET(to, from) \
	do { \
		if ((from).given) \
			(to) = (from).v; \
	} while (0)
#define SET_BOOL(to, from) \
	do { \
		if ((from).given) \
			(to) = (from).v != 0; \
	} while (0)
#define SET32(to, from) \
	do { \
		if ((from).given) \
			(to) = (uint32_t)(from).v; \
	} while (0)

/* A copy of from in *to; what was not given stays as it is. */
static int text(struct loader *l, const char **to, const struct rc_str *from)
{
	if (!from->s)
		return 0;
	*to = arena_strdup(l->arena, from->s);
	return *to ? 0 : -ENOMEM;
}

static void secret_cleanup(void *arg)
{
	secret_free(arg);
}

static int secret(struct loader *l, const struct secret **to,
		  const struct rc_str *from)
{
	struct secret *s;
	int r;

	if (!from->s)
		return 0;
	s = arena_alloc(l->arena, sizeof(*s));
	if (!s || (r = arena_cleanup(l->arena, secret_cleanup, s)) ||
	    (r = secret_set(s, from->s, strlen(from->s))))
		return -ENOMEM;
	*to = s;
	return 0;
}

/* What is read again when racoon has left the directory it started in. */
static void path_check(struct loader *l, const struct rc_str *path)
{
	struct diag_entry *e;

	if (!path->s || path->s[0] == '/' || (l->flags & LOAD_PRELOADED))
		return;
	e = LOAD_WARN(l, path->loc, "racoon looks for `%s' in / once it runs "
		      "in the background", path->s);
	LOAD_HINT(l, e, "write the whole path");
}

static int paths(struct loader *l, struct ike_paths *p)
{
	const struct rc_path *from = &l->ast->path;
	int r;

	path_check(l, &from->pre_shared_key);
	path_check(l, &from->certificate);
	path_check(l, &from->script);
	if ((r = text(l, &p->include, &from->include)) ||
	    (r = text(l, &p->pre_shared_key, &from->pre_shared_key)) ||
	    (r = text(l, &p->certificate, &from->certificate)) ||
	    (r = text(l, &p->script, &from->script)) ||
	    (r = text(l, &p->backupsa, &from->backupsa)))
		return r;
	return text(l, &p->pidfile, &from->pidfile);
}

/* A name or number of a user or group; false when there is none. */
static bool number(const char *s, uint32_t *id)
{
	char *end;
	unsigned long v;

	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	v = strtoul(s, &end, 10);
	if (*end || errno || v >= UINT32_MAX)
		return false;
	*id = (uint32_t)v;
	return true;
}

static void user(struct loader *l, const struct rc_str *s, uint32_t *uid,
		 uint32_t *gid)
{
	const struct passwd *pw;
	bool given;

	if (!s->s)
		return;
	given = number(s->s, uid);
	if (l->flags & LOAD_PRELOADED)
		return;
	pw = given ? getpwuid(*uid) : getpwnam(s->s);
	if (!pw && given) {
		/* Nobody's number has the group of that number, not root's. */
		if (gid)
			*gid = *uid;
		return;
	}
	if (!pw) {
		LOAD_ERROR(l, s->loc, "unknown user \"%s\"", s->s);
		return;
	}
	*uid = pw->pw_uid;
	if (gid)
		*gid = pw->pw_gid;
}

static void group(struct loader *l, const struct rc_str *s, uint32_t *gid)
{
	const struct group *gr;

	if (!s->s || number(s->s, gid) || (l->flags & LOAD_PRELOADED))
		return;
	gr = getgrnam(s->s);
	if (gr)
		*gid = gr->gr_gid;
	else
		LOAD_ERROR(l, s->loc, "unknown group \"%s\"", s->s);
}

static void chroot_check(struct loader *l, const struct rc_str *dir)
{
	struct stat st;
	int r = stat(dir->s, &st) < 0 ? -errno : 0;

	if (load_denied(r) || (!r && S_ISDIR(st.st_mode)))
		return;
	LOAD_WARN(l, dir->loc, "%s: %s: racoon does not start", dir->s,
		  xe_str(r ? r : -ENOTDIR));
}

static int privsep(struct loader *l, struct ike_privsep *p)
{
	const struct rc_privsep *from = &l->ast->privsep;
	int r;

	user(l, &from->user, &p->uid, &p->gid);
	group(l, &from->group, &p->gid);
	p->on = p->uid != 0;
	if ((r = text(l, &p->user, &from->user)) ||
	    (r = text(l, &p->group, &from->group)))
		return r;
	if (from->chroot.s && (l->flags & LOAD_FILES))
		chroot_check(l, &from->chroot);
	return text(l, &p->chroot, &from->chroot);
}

static int adminsock(struct loader *l, struct ike_adminsock *a)
{
	const struct rc_listen *from = &l->ast->listen;
	int r;

	SET_BOOL(a->disabled, from->admin_disabled);
	SET32(a->mode, from->admin_mode);
	user(l, &from->admin_owner, &a->uid, NULL);
	group(l, &from->admin_group, &a->gid);
	if ((r = text(l, &a->path, &from->admin_path)) ||
	    (r = text(l, &a->owner, &from->admin_owner)))
		return r;
	return text(l, &a->group, &from->admin_group);
}

/* One whose interface comes later, or comes and goes, is followed by name. */
static int listen_addr(struct loader *l, const struct rc_addr *a,
		       struct ike_listen *out, bool *found)
{
	struct rc_addr bare = *a;
	int r;

	bare.zone = NULL;
	r = load_addr(l, &bare, &out->addr, found);
	if (r < 0 || !a->zone)
		return r;
	out->zone = arena_strdup(l->arena, a->zone);
	if (!out->zone)
		return -ENOMEM;
	if (!load_zone(a->zone))
		LOAD_WARN(l, a->loc, "there is no interface `%s' now: racoon "
			  "listens there when it comes", a->zone);
	return 0;
}

static int listening(struct loader *l, struct ike_settings *set)
{
	const struct rc_listen_addr *a;
	struct ike_listen *all;
	unsigned int n = 0;
	bool found;
	int r;

	SET_BOOL(set->strict_address, l->ast->listen.strict_address);
	for (a = l->ast->listen.addr; a; a = a->next)
		n++;
	if (!n)
		return 0;
	all = arena_calloc(l->arena, n, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (a = l->ast->listen.addr; a; a = a->next) {
		r = listen_addr(l, &a->addr, &all[set->nlisten], &found);
		if (r)
			return r;
		if (!found)
			continue;
		all[set->nlisten].port = 500;
		if (a->port.given)
			all[set->nlisten].port = (uint16_t)a->port.v;
		all[set->nlisten++].natt = a->natt;
	}
	set->listen = all;
	if (!set->nlisten)
		LOAD_WARN(l, l->ast->listen.head.loc, "none of these "
			  "addresses is known: racoon listens on all");
	return 0;
}

/* -------------------------------------------------------- mode config --- */

static int addrs4(struct loader *l, const struct rc_addr_list *from,
		  struct xaddr *to, unsigned int max, unsigned int *n)
{
	bool found;
	int r;

	for (; from; from = from->next) {
		if (*n == max) {
			LOAD_WARN(l, from->addr.loc, "only %u are sent: the "
				  "others are left out", max);
			return 0;
		}
		if ((r = load_addr(l, &from->addr, &to[*n], &found)))
			return r;
		*n += found;
	}
	return 0;
}

static int strings(struct loader *l, const struct rc_str_list *from,
		   const char *const **to, unsigned int *n)
{
	const struct rc_str_list *s;
	const char **all;
	unsigned int count = 0;
	int r;

	for (s = from; s; s = s->next)
		count++;
	if (count > IKE_MODECFG_LIST_MAX) {
		LOAD_ERROR(l, from->str.loc, "more than %d entries",
			   IKE_MODECFG_LIST_MAX);
		return 0;
	}
	all = arena_calloc(l->arena, count, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (s = from; s; s = s->next)
		if ((r = text(l, &all[(*n)++], &s->str)))
			return r;
	*to = all;
	return 0;
}

static int split(struct loader *l, struct ike_modecfg *m)
{
	const struct rc_net_list *s;
	struct ike_net4 *all;
	unsigned int n = 0;
	bool found;
	int r;

	for (s = l->ast->modecfg.split_network; s; s = s->next)
		n++;
	if (n > IKE_MODECFG_LIST_MAX) {
		LOAD_ERROR(l, l->ast->modecfg.head.loc, "more than %d split "
			   "networks", IKE_MODECFG_LIST_MAX);
		return 0;
	}
	all = arena_calloc(l->arena, n, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (s = l->ast->modecfg.split_network; s; s = s->next) {
		r = load_addr(l, &s->addr, &all[m->nsplit].addr, &found);
		if (r)
			return r;
		if (!found)
			continue;
		all[m->nsplit].plen = s->prefix.given && s->prefix.v < 32 ?
			(uint8_t)s->prefix.v : 32;
		xaddr_mask(&all[m->nsplit].addr, all[m->nsplit].plen);
		m->nsplit++;
	}
	m->split = all;
	m->split_local = l->ast->modecfg.split_type.v == RC_SPLIT_LOCAL_LAN;
	return 0;
}

static void modecfg_sources(const struct rc_modecfg *from,
			    struct ike_modecfg *m)
{
	static const enum ike_auth_source auth[] = {
		[RC_AUTH_SYSTEM] = IKE_SRC_SYSTEM,
		[RC_AUTH_RADIUS] = IKE_SRC_RADIUS,
		[RC_AUTH_PAM] = IKE_SRC_PAM,
		[RC_AUTH_LDAP] = IKE_SRC_LDAP,
	};
	static const enum ike_auth_source conf[] = {
		[RC_CONF_LOCAL] = IKE_SRC_LOCAL,
		[RC_CONF_RADIUS] = IKE_SRC_RADIUS,
		[RC_CONF_LDAP] = IKE_SRC_LDAP,
	};
	static const enum ike_auth_source acct[] = {
		[RC_ACCT_NONE] = IKE_SRC_NONE,
		[RC_ACCT_SYSTEM] = IKE_SRC_SYSTEM,
		[RC_ACCT_RADIUS] = IKE_SRC_RADIUS,
		[RC_ACCT_PAM] = IKE_SRC_PAM,
	};

	if (from->auth_source.given && from->auth_source.v < N(auth))
		m->auth_source = auth[from->auth_source.v];
	if (from->conf_source.given && from->conf_source.v < N(conf))
		m->conf_source = conf[from->conf_source.v];
	if (from->accounting.given && from->accounting.v < N(acct))
		m->accounting = acct[from->accounting.v];
	if (from->group_source.given && from->group_source.v == RC_GROUP_LDAP)
		m->group_source = IKE_SRC_LDAP;
}

static int modecfg(struct loader *l, struct ike_modecfg *m)
{
	const struct rc_modecfg *from = &l->ast->modecfg;
	bool found;
	int r;

	m->present = from->head.given;
	if ((r = load_addr(l, &from->network4, &m->network4, &found)) ||
	    (r = load_addr(l, &from->netmask4, &m->netmask4, &found)) ||
	    (r = addrs4(l, from->dns4, m->dns, IKE_MODECFG_DNS_MAX,
			&m->ndns)) ||
	    (r = addrs4(l, from->wins4, m->wins, IKE_MODECFG_WINS_MAX,
			&m->nwins)) ||
	    (r = split(l, m)) ||
	    (r = strings(l, from->split_dns, &m->split_dns,
			 &m->nsplit_dns)) ||
	    (r = strings(l, from->auth_groups, &m->auth_groups,
			 &m->nauth_groups)) ||
	    (r = text(l, &m->default_domain, &from->default_domain)) ||
	    (r = text(l, &m->banner, &from->banner)))
		return r;
	SET32(m->pool_size, from->pool_size);
	SET32(m->pfs_group, from->pfs_group);
	SET32(m->auth_throttle, from->auth_throttle);
	if (m->auth_throttle > 10)
		m->auth_throttle = 10;
	SET_BOOL(m->save_passwd, from->save_passwd);
	modecfg_sources(from, m);
	return 0;
}

/* ----------------------------------------------------- LDAP and RADIUS --- */

static int ldap(struct loader *l, struct ike_ldap *to)
{
	const struct rc_ldap *from = &l->ast->ldap;
	int r;

	to->present = from->head.given;
	SET32(to->version, from->version);
	SET32(to->port, from->port);
	SET32(to->debug, from->debug);
	if (from->timeout.given)
		to->timeout = (int32_t)from->timeout.v;
	SET_BOOL(to->subtree, from->subtree);
	if ((r = text(l, &to->uri, &from->uri)) ||
	    (r = text(l, &to->host, &from->host)) ||
	    (r = text(l, &to->base, &from->base)) ||
	    (r = text(l, &to->bind_dn, &from->bind_dn)) ||
	    (r = text(l, &to->attr_user, &from->attr_user)) ||
	    (r = text(l, &to->attr_addr, &from->attr_addr)) ||
	    (r = text(l, &to->attr_mask, &from->attr_mask)) ||
	    (r = text(l, &to->attr_group, &from->attr_group)) ||
	    (r = text(l, &to->attr_member, &from->attr_member)))
		return r;
	return secret(l, &to->bind_pw, &from->bind_pw);
}

static int radius(struct loader *l, struct ike_radius *to)
{
	const struct rc_radius_server *s;
	struct ike_radius_server *all;
	unsigned int n = 0;
	int r;

	to->present = l->ast->radius.head.given;
	SET32(to->timeout, l->ast->radius.timeout);
	SET32(to->retries, l->ast->radius.retries);
	for (s = l->ast->radius.server; s; s = s->next)
		n++;
	all = arena_calloc(l->arena, n, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (s = l->ast->radius.server; s; s = s->next) {
		all[to->nserver].acct = s->acct;
		all[to->nserver].port = (uint16_t)s->port.v;
		if ((r = text(l, &all[to->nserver].host, &s->host)) ||
		    (r = secret(l, &all[to->nserver].secret, &s->secret)))
			return r;
		to->nserver++;
	}
	to->server = all;
	return 0;
}

static void numbers(const struct rc_conf *ast, struct ike_settings *set)
{
	if (ast->log.given)
		set->log = (enum ike_log_word)(ast->log.v - RC_LOG_ERROR);
	SET32(set->timer.counter, ast->timer.counter);
	SET32(set->timer.interval, ast->timer.interval);
	SET32(set->timer.persend, ast->timer.persend);
	SET32(set->timer.phase1, ast->timer.phase1);
	SET32(set->timer.phase2, ast->timer.phase2);
	SET32(set->timer.natt_keepalive, ast->timer.natt_keepalive);
	if (!set->timer.interval)
		set->timer.interval = 1;
	SET_BOOL(set->padding.randomize, ast->padding.randomize);
	SET_BOOL(set->padding.randomize_length,
		 ast->padding.randomize_length);
	SET_BOOL(set->padding.exclusive_tail, ast->padding.exclusive_tail);
	SET_BOOL(set->padding.strict_check, ast->padding.strict_check);
	SET32(set->padding.maximum_length, ast->padding.maximum_length);
	SET_BOOL(set->complex_bundle, ast->complex_bundle);
	SET32(set->pfkey_buffer, ast->pfkey_buffer);
	SET32(set->crypto_workers, ast->crypto_workers);
	set->gss_latin1 = ast->gss_id_enc.v == RC_GSS_LATIN1;
}

/* What racoon.conf knows and this version does not do yet. */
static void unable(struct loader *l)
{
	const struct {
		bool given;
		struct sloc loc;
		const char *what;
	} list[] = {
		{ l->ast->modecfg.head.given, l->ast->modecfg.head.loc,
		  "mode configuration" },
		{ l->ast->ldap.head.given, l->ast->ldap.head.loc, "LDAP" },
		{ l->ast->radius.head.given, l->ast->radius.head.loc,
		  "RADIUS" },
		{ l->ast->path.backupsa.s != NULL, l->ast->path.backupsa.loc,
		  "the backup of SAs" },
	};
	size_t i;

	for (i = 0; i < N(list); i++)
		if (list[i].given)
			LOAD_WARN(l, list[i].loc, "%s is not implemented in "
				  "this version: it does nothing",
				  list[i].what);
}

int load_settings(struct loader *l)
{
	struct ike_settings *set = ike_conf_edit(l->conf);
	int r;

	numbers(l->ast, set);
	unable(l);
	if ((r = paths(l, &set->path)) ||
	    (r = privsep(l, &set->privsep)) ||
	    (r = adminsock(l, &set->adminsock)) ||
	    (r = listening(l, set)) ||
	    (r = modecfg(l, &set->modecfg)) ||
	    (r = ldap(l, &set->ldap)))
		return r;
	return radius(l, &set->radius);
}
