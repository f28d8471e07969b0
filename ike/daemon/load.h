/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_LOAD_H
#define XT_DAEMON_LOAD_H

#include "ike/core/conf.h"
#include "libxfrm/base/diag.h"
#include "parser/racoon_ast.h"

struct ike_crypto;
struct source;

enum load_flag {
	/*
	 * Look up host names, in the names of the source, or else in the DNS,
	 * which may take its time; without this flag, a section that needs
	 * one is left out with a warning.
	 */
	LOAD_RESOLVE = 1 << 0,
	/* Look into psk.txt and private keys: do they fit, who can read them? */
	LOAD_FILES = 1 << 1,
	/*
	 * Another process has loaded the same before: accounts, which only
	 * that one needs, are not looked up.
	 */
	LOAD_PRELOADED = 1 << 2,
};

/* A racoon.conf, read and checked. */
struct load {
	struct rc_conf *ast;	/* NULL when nothing could be read */
	struct rc_remote **eff;	/* ast's remotes with what they inherit */
	/* the remote of conf that each of them became; NULL: left out */
	const struct ike_remote **remote;
	const struct ike_sainfo **sainfo;	/* likewise */
	struct ike_conf *conf;	/* NULL when there are errors */
};

/*
 * Reads, checks and loads path.  All that is to be said goes to d (not NULL)
 * with file, line, column and excerpt, keys blotted out.  cr tells what
 * OpenSSL can do, and parses certificates; NULL leaves both out.  Certificates
 * are read, private keys only looked at with LOAD_FILES; none is kept.  The
 * files it names come from source, NULL for the file system.
 *
 * Returns 0; XE_PARSE or XE_CHECK when d has errors; another XE_* or -errno
 * when the file could not be read at all or memory ran out.  Free *l with
 * load_free() in any case; take l->conf with ike_conf_ref() to keep it.
 */
int load_file(const char *path, unsigned int flags,
	      const struct source *source, struct ike_crypto *cr,
	      struct diag *d, struct load *l);

/* The same from memory; name stands for the file.  Includes are not read. */
int load_mem(const char *name, const void *text, size_t len,
	     unsigned int flags, const struct source *source,
	     struct ike_crypto *cr, struct diag *d, struct load *l);

void load_free(struct load *l);

/* The index of an interface, by its name or as a number; 0: there is none. */
uint32_t load_zone(const char *zone);

#endif
