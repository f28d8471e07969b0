/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_PARSER_SETKEY_CHECK_H
#define XT_PARSER_SETKEY_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxfrm/event.h"
#include "libxfrm/policy.h"
#include "libxfrm/sa.h"
#include "parser/setkey_ast.h"

/*
 * What setkey text means: a list of operations in terms of libxfrm's values,
 * ready to be built into messages.  Nothing here touches the kernel.
 */

enum setkey_op_kind {
	SKOP_ADD,	/* sa */
	SKOP_UPDATE,	/* sa */
	SKOP_GET,	/* sa: id only */
	SKOP_DELETE,	/* sa: id only */
	SKOP_GETSPI,	/* sa; spi 0: any, else min = max = spi */
	SKOP_DELETEALL,	/* sa: src, dst, proto (and mark, if_id) */
	SKOP_FLUSH,	/* filter->proto, 0: all */
	SKOP_DUMP,	/* filter */
	SKOP_SPDADD,	/* pol */
	SKOP_SPDUPDATE,	/* pol */
	SKOP_SPDDELETE,	/* pol: id only */
	SKOP_SPDDUMP,	/* filter */
	SKOP_SPDFLUSH,	/* filter->ptype when SKF_PTYPE, else main */
	SKOP_MIGRATE,	/* migrate */
	SKOP_SPDHASH,	/* hash */
	SKOP_SPDDEFAULT, /* defpol */
	SKOP_EXIT,	/* the rest of the text was not read */
};

/* "add" …: the statement's word. */
const char *setkey_op_name(enum setkey_op_kind kind);

/* Which fields of a filter count. */
enum setkey_filter_has {
	SKF_SRC = 1 << 0, SKF_DST = 1 << 1, SKF_SPI = 1 << 2,
	SKF_REQID = 1 << 3, SKF_MARK = 1 << 4, SKF_IFID = 1 << 5,
	SKF_MODE = 1 << 6, SKF_DIR = 1 << 7, SKF_UPPER = 1 << 8,
	SKF_PTYPE = 1 << 9, SKF_INDEX = 1 << 10,
};

struct setkey_filter {
	unsigned int has;	/* enum setkey_filter_has */
	uint8_t proto;		/* IPPROTO_*, 0: every one */
	struct xaddr src, dst;	/* an entry matches when it lies within */
	uint8_t splen, dplen;
	uint32_t spi, reqid, if_id, index;
	struct xmark mark;
	uint8_t mode, dir, upper, ptype;
};

bool setkey_filter_sa(const struct setkey_filter *f, const struct xfrm_sa *sa);
bool setkey_filter_policy(const struct setkey_filter *f,
			  const struct xfrm_policy *p);

struct setkey_migrate {
	struct xfrm_policy pol;	/* sel, dir, ptype, mark, if_id */
	struct xevent_migrate mig[XEVENT_MIGRATE_MAX];
	unsigned int nmig;
	bool has_km;
	struct xaddr km_local, km_remote;
	struct xsa_encap encap;
};

struct setkey_hash {
	int v4_local, v4_remote, v6_local, v6_remote;	/* -1: leave */
};

enum setkey_op_flag {
	SKOP_TWIN = 1 << 0,	/* the fwd twin of the in policy before it */
};

struct setkey_op {
	uint8_t kind;		/* enum setkey_op_kind */
	uint8_t flags;		/* enum setkey_op_flag */
	struct sloc loc;	/* the statement */
	union {
		const struct xfrm_sa *sa;
		const struct xfrm_policy *pol;
		const struct setkey_filter *filter;
		const struct setkey_migrate *migrate;
		const struct setkey_hash *hash;
		const struct xfrm_defpol *defpol;
	};
};

struct setkey_check_opts {
	bool numeric;		/* never ask DNS: a host name is an error */
	bool no_twin;		/* -k: an in policy has no fwd twin */
	bool quiet;		/* no warnings about weak or risky choices */
	bool strict;		/* warnings of that kind are errors */
	bool interactive;	/* -c: statements come one by one; no advice */
};

/* Operations and the memory behind them; keys are wiped when it is freed. */
struct setkey_prog {
	struct setkey_op *op;
	size_t nop;
	struct arena *arena;		/* everything but */
	struct arena *keys;
	struct xfrm_tmpl **uniq;	/* templates with a reqid of ours */
	size_t nuniq;
	size_t cap_op, cap_uniq;
	bool own_fwd;			/* adds a fwd policy of its own */
};

/*
 * First reqid given to a plain `unique`; the kernel's PF_KEY did the same.
 */
#define SETKEY_UNIQUE_FIRST 16384u

/*
 * Parses and checks a text.  An entry of d has the reason in the words of the
 * reference as its text, which scripts look for, the token it is about, and
 * in its hint what to do; they are in the order of the text.  *out holds what is good; with errors (in d,
 * with excerpts) it is there too but must not be executed.
 * Returns 0, XE_PARSE or XE_CHECK (errors in d), -ENOMEM (*out is NULL).
 */
int setkey_load(struct src_table *t, const struct src *s,
		const struct setkey_check_opts *o, struct diag *d,
		struct setkey_prog **out);
void setkey_prog_free(struct setkey_prog *p);

/*
 * Gives the templates of plain `unique` rules the reqids first, first + 1 …
 * instead: when the SPD already has some from SETKEY_UNIQUE_FIRST on.
 */
void setkey_renumber(struct setkey_prog *p, uint32_t first);

/*
 * Puts the operations of more behind those of p, which owns it from then on.
 * What `exit` ends is its own file.  -ENOMEM: more is freed.
 */
int setkey_prog_append(struct setkey_prog *p, struct setkey_prog *more);

#endif
