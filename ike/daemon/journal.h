/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_JOURNAL_H
#define XT_DAEMON_JOURNAL_H

#include <stdbool.h>

#include "ike/core/kreq.h"

/*
 * What racoon has put into the kernel: a table in memory, and a file that
 * survives a kill.  The file holds no keys; one line per change, rewritten
 * when most of it is history.  Entries are found in constant time.
 */
struct journal;

struct journal_entry {
	bool policy;
	union {
		struct {	/* an SA */
			uint8_t proto;
			uint32_t spi;
			struct xaddr src, dst;
		};
		struct {	/* a policy */
			enum kdir dir;
			struct xsel sel;
		};
	};
};

/*
 * Reads what an earlier process left at path and goes on writing there; NULL:
 * memory only, as when another process holds the file.  Lines that cannot be
 * understood are skipped.  0 or a negative error (the file cannot be written).
 */
int journal_open(struct journal **j, const char *path);

/*
 * Writes what was noted since the last time: before the process waits, so
 * that its kernel state is never ahead for long.  0, or why it could not: the
 * disk is full.  It is tried again with every call.
 */
int journal_flush(struct journal *j);

/* Closes; the file stays.  Removed when nothing is left.  NULL is fine. */
void journal_close(struct journal *j);

/*
 * An SA or a policy was installed, deleted.  Adding what is there, deleting
 * what is not there, is no error; when memory or disk is short the entry is
 * lost, never the SA.
 */
void journal_add_sa(struct journal *j, uint8_t proto, const struct xaddr *src,
		    const struct xaddr *dst, uint32_t spi);
void journal_del_sa(struct journal *j, uint8_t proto, const struct xaddr *dst,
		    uint32_t spi);
void journal_add_policy(struct journal *j, enum kdir dir,
			const struct xsel *sel);
void journal_del_policy(struct journal *j, enum kdir dir,
			const struct xsel *sel);

/* Is it there: did racoon install it? */
bool journal_has_sa(struct journal *j, uint8_t proto, const struct xaddr *dst,
		    uint32_t spi);
bool journal_has_policy(struct journal *j, enum kdir dir,
			const struct xsel *sel);

/* Forgets the entries that fn says no to. */
void journal_sift(struct journal *j,
		  bool (*fn)(void *arg, const struct journal_entry *e),
		  void *arg);

/* Hands every entry to fn (NULL: to nobody) and forgets it. */
void journal_drain(struct journal *j,
		   void (*fn)(void *arg, const struct journal_entry *e),
		   void *arg);

#endif
