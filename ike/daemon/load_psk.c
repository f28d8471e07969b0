/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ike/daemon/load_priv.h"
#include "libxfrm/base/err.h"
#include "parser/psk.h"

/* Bytes; of random letters and digits, 16 are 95 bits. */
#define KEY_SHORT 16

static bool uses_psk(const struct ike_remote *r)
{
	unsigned int i;

	for (i = 0; i < r->nprop; i++)
		if (r->prop[i].auth == IKE_AUTH_PSK ||
		    r->prop[i].auth == IKE_AUTH_XAUTH_PSK_CLIENT ||
		    r->prop[i].auth == IKE_AUTH_XAUTH_PSK_SERVER)
			return true;
	return false;
}

/* Is there a key under an identity that the peer may have? */
static bool has_key(const struct psk *psk, const struct ike_remote *r)
{
	char addr[XADDR_STRLEN];
	unsigned int i;
	struct wbuf w;
	bool found;

	if (!r->addr.family)
		return true;	/* whoever comes */
	xaddr_str(&r->addr, addr);
	found = psk_find(psk, addr, strlen(addr)) != NULL;
	for (i = 0; i < r->npeer_id && !found; i++) {
		wbuf_init(&w, IKE_ID_TEXT_MAX);
		ike_id_print(&r->peer_id[i], &w);
		found = !w.err && psk_find(psk, w.p, w.len) != NULL;
		wbuf_free(&w);
	}
	return found;
}

static void psk_mode(struct loader *l, struct sloc loc, const char *path,
		     const struct stat *st)
{
	struct diag_entry *e;

	if (st->st_mode & 077) {
		e = LOAD_WARN(l, loc, "%s has weak file permission (mode "
			      "%04o): its keys are not used", path,
			      st->st_mode & 07777);
		LOAD_HINT(l, e, "chmod 600 %s", path);
	}
	if (st->st_uid != geteuid() && st->st_uid != 0) {
		e = LOAD_WARN(l, loc, "%s has invalid owner uid %u", path,
			      st->st_uid);
		LOAD_HINT(l, e, "chown root %s", path);
	}
}

/* Keys that a program finds in no time once it has seen a handshake. */
static void psk_short(struct loader *l, const struct psk *psk)
{
	const struct psk_entry *e;
	size_t i;

	for (i = 0; i < psk_count(psk); i++) {
		e = psk_entry(psk, i);
		if (e->key->len < KEY_SHORT)
			diag_hint(l->d, diag_add(l->d, DIAG_WARNING, &e->span,
						 "the key of %.*s is short "
						 "enough to be guessed",
						 (int)e->id_len, e->id),
				  "take 20 random characters or more");
	}
}

/* Opens psk.txt; *fd is -1 when that failed, and was reported. */
static void psk_open(struct loader *l, struct sloc loc, const char *path,
		     int *fd)
{
	struct diag_entry *e;
	struct stat st;

	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0 && load_denied(-errno)) {
		e = LOAD_NOTE(l, loc, "%s cannot be read by this user: its "
			      "keys are not checked", path);
		LOAD_HINT(l, e, "run racoon -t as root to check them too");
		return;
	}
	if (*fd < 0) {
		LOAD_WARN(l, loc, "failed to open pre_share_key file %s: %s",
			  path, xe_str(-errno));
		return;
	}
	if (!fstat(*fd, &st))
		psk_mode(l, loc, path, &st);
}

int load_psk_check(struct loader *l, struct rc_remote *const *eff,
		   const struct ike_remote *const *remote)
{
	const struct rc_str *path = &l->ast->path.pre_shared_key;
	struct diag_entry *e;
	struct psk *psk;
	size_t i;
	int fd, r;

	if (!(l->flags & LOAD_FILES) || !path->s || !l->psk_asked)
		return 0;
	psk_open(l, path->loc, path->s, &fd);
	if (fd < 0)
		return 0;
	r = psk_read_fd(fd, path->s, l->d, &psk);
	close(fd);
	if (r == -ENOMEM)
		return r;
	if (psk)
		psk_short(l, psk);
	for (i = 0; psk && i < l->ast->remotes; i++) {
		if (!remote[i] || !uses_psk(remote[i]) ||
		    has_key(psk, remote[i]))
			continue;
		e = LOAD_WARN(l, eff[i]->loc, "couldn't find the pskey for "
			      "%s: no line of %s fits", remote[i]->name ?
			      remote[i]->name : eff[i]->peer.addr.text,
			      path->s);
		LOAD_HINT(l, e, "the key goes by the peer's address, or in "
			  "aggressive mode by its identifier");
	}
	psk_free(psk);
	return 0;
}
