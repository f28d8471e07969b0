/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_PARSER_SETKEY_CHK_H
#define XT_PARSER_SETKEY_CHK_H

#include "libxfrm/base/htab.h"
#include "parser/setkey_check.h"

/* Shared by the files of the checker. */

/* Advice that is given once per text. */
enum ck_once {
	CK_ONCE_COUNTER = 1 << 0,	/* counter mode with a manual key */
	CK_ONCE_NOINTEG = 1 << 1,	/* ESP without integrity */
};

#define CK_WEAK_MAX 32u

/* Rules of a policy, and what they came to; no text: none. */
struct ck_rules {
	struct sloc text;
	const struct xfrm_tmpl *tmpl;
	uint8_t ntmpl;
};

struct ck {
	struct src_table *t;
	const char *text;	/* what is being checked, one text of t */
	uint32_t base;		/* position of text[0] */
	struct diag *d;
	const struct setkey_check_opts *o;
	struct setkey_prog *p;
	struct arena *a;	/* p->arena */
	const struct setkey_stmt *st;
	unsigned int errors;
	unsigned int once;	/* enum ck_once */
	const struct xalg *weak[CK_WEAK_MAX];	/* warned about */
	unsigned int nweak;
	struct ck_rules rules[XFRM_POLICY_MAX];	/* the last, by dir */
	bool nomem;
	uint32_t next_uniq;
	struct htab names;	/* resolved hosts, services, protocols */
	struct arena *scratch;	/* for names */
};

/* The loc.len bytes at loc, not terminated; "" for nowhere. */
static inline const char *ck_bytes(const struct ck *c, struct sloc loc)
{
	return loc.at ? c->text + (loc.at - c->base) : "";
}

/* ---- reports: setkey_check.c ---- */

/*
 * An error at loc.  text is the reason in the reference's words, with the
 * token at loc; the details go into the hint.
 */
struct diag_entry *ck_error(struct ck *c, struct sloc loc, const char *text,
			    const char *hint, ...)
	__attribute__((format(printf, 4, 5)));
void ck_warn(struct ck *c, struct sloc loc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Security advice: nothing when quiet, an error when strict. */
void ck_advise(struct ck *c, struct sloc loc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* True the first time. */
bool ck_once(struct ck *c, enum ck_once what);

/* Zeroed memory of the program; NULL sets c->nomem. */
void *ck_alloc(struct ck *c, size_t size);

/* Appends an operation on what the statement says. */
struct setkey_op *ck_op(struct ck *c, enum setkey_op_kind kind);

/* ---- words and numbers: setkey_values.c; false: reported ---- */

#define CK_TEXT_MAX 256u

/* Copies the text at loc, with NUL; false when it is longer. */
bool ck_text(struct ck *c, struct sloc loc, char buf[static CK_TEXT_MAX]);

/* Is the text at loc that word? */
bool ck_is(struct ck *c, struct sloc loc, const char *word);

/* -1: none. */
static inline int ck_hex_digit(char ch)
{
	unsigned int digit = (unsigned int)ch - '0';

	if (digit <= 9)
		return (int)digit;
	digit = ((unsigned int)ch | 0x20) - 'a';
	return digit <= 5 ? (int)digit + 10 : -1;
}

/* Decimal or 0x number up to max. */
bool ck_number(struct ck *c, struct sloc loc, uint64_t max, uint64_t *v);
bool ck_u32(struct ck *c, struct sloc loc, uint32_t *v);

/* SPI: like the reference, too long ones lose their high bits. */
bool ck_spi(struct ck *c, struct sloc loc, uint32_t *spi);

/* VALUE[/MASK]; without a mask all bits count. */
bool ck_mark(struct ck *c, const struct setkey_arg *a, struct xmark *m);

/* Existing network interface. */
bool ck_iface(struct ck *c, struct sloc loc, int32_t *ifindex);

/* Words that an extension takes; SKW_NONE: reported. */
enum setkey_word_id ck_value(struct ck *c, struct sloc loc, const char *of);

/* XFRM_MODE_*, XFRM_POLICY_IN …, XFRM_POLICY_TYPE_* of such words. */
bool ck_mode(struct ck *c, struct sloc loc, uint8_t *mode);
bool ck_dir(struct ck *c, struct sloc loc, uint8_t *dir);
bool ck_ptype(struct ck *c, struct sloc loc, uint8_t *ptype);

/* ---- names: setkey_names.c; false: reported ---- */

/*
 * The addresses of a host, at least one and at most CK_ADDR_MAX when true;
 * *addr points to them: to *one for a numeric address, else to memory of the
 * checker.
 */
#define CK_ADDR_MAX 16u
bool ck_host(struct ck *c, struct sloc loc, unsigned int aflags,
	     struct xaddr *one, const struct xaddr **addr, unsigned int *n);

/* Exactly one address. */
bool ck_addr(struct ck *c, struct sloc loc, unsigned int aflags,
	     struct xaddr *addr);

/* ADDRESS[/N]; 10/8 and the like too. */
bool ck_range(struct ck *c, const struct setkey_arg *a, unsigned int aflags,
	      struct xaddr *addr, uint8_t *plen);

#define CK_NATT_PORT 4500u

/* Port in [ ]: *mask 0 for any.  proto: IPPROTO_* to look services up for. */
bool ck_port(struct ck *c, struct sloc loc, unsigned int proto,
	     uint16_t *port, uint16_t *mask);

/* Upper-layer protocol: number, any, or name. */
bool ck_upper(struct ck *c, struct sloc loc, uint8_t *proto);

/* src, dst, upper protocol and what follows it, to a selector. */
bool ck_selector(struct ck *c, const struct setkey_arg *src,
		 const struct setkey_arg *dst, unsigned int aflags,
		 struct sloc upper, struct sloc uarg, struct xsel *sel);

void ck_names_free(struct ck *c);

/* ---- extensions: setkey_exts.c ---- */

bool ck_sa_exts(struct ck *c, struct xfrm_sa *sa);
bool ck_policy_exts(struct ck *c, struct xfrm_policy *pol);
bool ck_migrate_exts(struct ck *c, struct setkey_migrate *m);

/* Algorithms and keys: setkey_keys.c */
bool ck_algs(struct ck *c, struct xfrm_sa *sa);

/* ---- statements; out of memory is in c->nomem ---- */

void ck_sa_stmt(struct ck *c);			/* setkey_sa.c */
void ck_policy_stmt(struct ck *c);		/* setkey_pol.c */
void ck_migrate_stmt(struct ck *c);
void ck_table_stmt(struct ck *c);		/* setkey_filter.c */
void ck_spdhash_stmt(struct ck *c);
void ck_spddefault_stmt(struct ck *c);

/*
 * Takes the fwd twins out that a statement of the program adds itself.
 * Returns 0 or -ENOMEM: setkey_twins.c
 */
int ck_own_fwd(struct setkey_prog *p);

/* IPPROTO_* of a protocol word; false: reported. */
bool ck_proto(struct ck *c, const struct setkey_name *name, uint8_t *proto);

#endif
