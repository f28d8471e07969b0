/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_PARSER_RACOON_KIND_H
#define XT_PARSER_RACOON_KIND_H

#include <stdbool.h>

#include "libxfrm/base/buf.h"
#include "parser/racoon_value.h"

/*
 * The kinds of directives: how each is read, printed and compared.  The
 * scalars are in racoon_kind.c, those of remote and sainfo in racoon_peer.c,
 * those of the other sections in racoon_sect.c, what opens a block in
 * racoon_head.c.
 */

/* State of printing an AST. */
struct rc_printer {
	struct wbuf *w;
	const struct rc_conf *conf;
	unsigned int indent;
	bool secrets;		/* show them */
	const char *certificate, *script;	/* paths in force */
};

/* The words that lead to a difference, innermost last. */
#define RC_DIFF_MAX 160
struct rc_diff {
	char path[RC_DIFF_MAX];
};

struct rc_kind_ops {
	/*
	 * Reads into member m of the block's struct; 0, or XE_PARSE after an
	 * error in the diag (or with p->err set).
	 */
	int (*read)(struct rc_in *in, void *m);
	/* Prints the directive's statements; nothing when not given. */
	void (*print)(struct rc_printer *pr, const struct rc_dir *dir,
		      const void *m);
	bool (*equal)(const struct rc_dir *dir, const void *a, const void *b,
		      struct rc_diff *diff);
};

const struct rc_kind_ops *rc_kind_ops(enum rc_kind kind);

/* Kinds that have their own files. */
extern const struct rc_kind_ops rc_kind_strs, rc_kind_addr4, rc_kind_addrs,
	rc_kind_nets, rc_kind_listen, rc_kind_adminsock, rc_kind_radius;
extern const struct rc_kind_ops rc_kind_alg, rc_kind_algs, rc_kind_group,
	rc_kind_lifetime, rc_kind_exchange, rc_kind_peeraddr, rc_kind_ident,
	rc_kind_idents, rc_kind_cert, rc_kind_certs, rc_kind_script;
extern const struct rc_kind_ops rc_kind_section, rc_kind_path,
	rc_kind_include, rc_kind_proposal, rc_kind_remote, rc_kind_sainfo;

/* Starts a line: indentation and a formatted text. */
void rc_put(struct rc_printer *pr, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Goes on in the line. */
void rc_add(struct rc_printer *pr, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Is there a block next?  XE_PARSE after saying that there is none. */
int rc_in_need_block(struct rc_in *in);

/* Reads the block into obj. */
int rc_in_block(struct rc_in *in, enum rc_table table, void *obj);

/*
 * The header before a block is wrong already: looks for what is wrong in the
 * block too, with spare to read it into.  Returns XE_PARSE.
 */
int rc_in_bad_header(struct rc_in *in, enum rc_table table, void *spare);

/* " {", the directives of obj, "}". */
void rc_print_block(struct rc_printer *pr, enum rc_table table,
		    const void *obj);

/* An empty line before a section, save at the top. */
void rc_gap(struct rc_printer *pr);

/* Prints every directive of the block at obj. */
void rc_print_table(struct rc_printer *pr, enum rc_table table,
		    const void *obj);

/* Compares two blocks; where they differ goes to the front of diff. */
bool rc_equal_table(enum rc_table table, const void *a, const void *b,
		    struct rc_diff *diff);
void rc_diff_add(struct rc_diff *diff, const char *word, size_t nth);

/* Equality of the parts; places do not count. */
bool rc_num_equal(const struct rc_num *a, const struct rc_num *b);
bool rc_text_equal(const char *a, const char *b);	/* NULLs are equal */
bool rc_addr_equal(const struct rc_addr *a, const struct rc_addr *b);
bool rc_alg_equal(const struct rc_alg *a, const struct rc_alg *b);
bool rc_ident_equal(const struct rc_ident *a, const struct rc_ident *b);
bool rc_file_equal(const struct rc_file *a, const struct rc_file *b);

/* The identity after my_identifier or `from`, in a new node. */
int rc_in_ident(struct rc_in *in, struct rc_ident **out);
void rc_add_ident(struct rc_printer *pr, const struct rc_ident *id);

/* Group number as its name, or the number. */
void rc_add_group(struct rc_printer *pr, const struct rc_alg *g);

/*
 * Moves l to the end of its list.  A list that is too long is an error; the
 * function then returns.
 */
#define RC_LAST(in, l) \
	do { \
		unsigned int n_ = 0; \
		while (*(l)) { \
			(l) = &(*(l))->next; \
			if (++n_ == RC_MAX_LIST) \
				return rc_in_full(in); \
		} \
	} while (0)
int rc_in_full(struct rc_in *in);

/* Warns that the directive stood there before. */
void rc_in_again(struct rc_in *in, struct sloc before);

#endif
