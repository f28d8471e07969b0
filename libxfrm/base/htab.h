/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_BASE_HTAB_H
#define XT_BASE_HTAB_H

#include <stddef.h>
#include <stdint.h>

/*
 * Intrusive hash table: objects embed a struct hnode, the table owns only its
 * bucket array.  Hash values come from hash_mem() with a random seed where
 * peers choose the keys.
 */
struct hnode {
	struct hnode *next;
	uint64_t hash;
};

struct htab {
	struct hnode **bucket;
	size_t nbucket;	/* a power of two, 0 before the first insertion */
	size_t count;
	size_t limit;	/* most nodes it takes, 0 = any number */
};

/* The object of type type that embeds node as its member. */
#define hnode_entry(node, type, member) \
	((type *)((char *)(node) - offsetof(type, member)))

/* Empty table that refuses more than limit nodes (0 = no limit). */
void htab_init(struct htab *t, size_t limit);

/* Frees the buckets; the nodes' objects are the caller's. */
void htab_free(struct htab *t);

/* Adds node under hash; XE_LIMIT when full, -ENOMEM.  Duplicates are legal. */
int htab_add(struct htab *t, struct hnode *node, uint64_t hash);

/* Takes node out; it must be in the table. */
void htab_del(struct htab *t, struct hnode *node);

/*
 * Walks the nodes of one hash value: first node, or NULL; then the next one
 * of the same value.  The caller compares keys.
 */
struct hnode *htab_first(const struct htab *t, uint64_t hash);
struct hnode *htab_next(const struct hnode *node);

/*
 * Walks all nodes: pass *pos = 0 first; NULL at the end.  The node returned
 * may be deleted before the next call; additions may be missed or, when the
 * table grows, seen twice.
 */
struct hnode *htab_walk(const struct htab *t, size_t *pos,
			struct hnode **cursor);

/* Seeded hash of len bytes; not a MAC. */
uint64_t hash_mem(uint64_t seed, const void *p, size_t len);

/* Mixes two hash values, or a value and a number. */
uint64_t hash_mix(uint64_t a, uint64_t b);

#endif
