/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_PARSER_RACOON_AST_H
#define XT_PARSER_RACOON_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxfrm/base/arena.h"
#include "libxfrm/base/buf.h"
#include "libxfrm/base/diag.h"
#include "parser/src.h"

/*
 * racoon.conf as written: what the file says, not what it means.  Nothing is
 * inherited, defaulted, resolved or looked up here, and no file named in it is
 * opened, save for `include`.  All nodes live in the arena of their rc_conf,
 * which is wiped when freed (it holds the secrets of radiuscfg and ldapcfg).
 *
 * Lists are singly linked and in file order.  A directive that was not given
 * is `given == false`, or a NULL pointer or string.  A directive that holds
 * one value and is given again replaces the earlier one; lists that may be
 * repeated grow, except exchange_mode, which is replaced.
 */

/* Limits of one configuration, its included files together. */
#define RC_MAX_FILES 10000		/* files read through include */
#define RC_MAX_INCLUDE_DEPTH 10
#define RC_MAX_BLOCK_DEPTH 8
#define RC_MAX_TOKEN 4096		/* bytes of one word or string */
#define RC_MAX_WORDS 4096		/* words of one statement */
#define RC_MAX_LIST 10000		/* elements of a list in a block */
#define RC_MAX_TEXT (64u << 20)		/* bytes of all files */
#define RC_MAX_ARENA (1u << 30)		/* bytes of all nodes */

/* Value words: enum of every list of racoon_words.def. */
enum rc_value {
#define RC_VALUE(list, name, number, word) name = number,
#include "parser/racoon_words.def"
#undef RC_VALUE
};

/* The lists of racoon_words.def. */
enum rc_list {
	RC_LIST_NONE,
	RC_LIST_LOG,
	RC_LIST_GSS_ENC,
	RC_LIST_EXCHANGE,
	RC_LIST_DOI,
	RC_LIST_SITUATION,
	RC_LIST_FORCE,
	RC_LIST_GENPOL,
	RC_LIST_PCHECK,
	RC_LIST_HOOK,
	RC_LIST_IDTYPE,
	RC_LIST_IDQUAL,
	RC_LIST_AUTH_SOURCE,
	RC_LIST_GROUP_SOURCE,
	RC_LIST_CONF_SOURCE,
	RC_LIST_ACCOUNTING,
	RC_LIST_SPLIT,
	RC_LIST_ENC,
	RC_LIST_HASH,
	RC_LIST_METHOD,
	RC_LIST_AUTH,
	RC_LIST_COMP,
	RC_LIST_GROUP,
};

/*
 * One scalar: a number, a time in seconds, a switch (0 or 1), or an
 * enumerator of racoon_words.def; the member's comment says which.
 */
struct rc_num {
	struct sloc loc;	/* of the value */
	uint64_t v;
	bool given;
};

/* lifetime time …; lifetime byte …; */
struct rc_life {
	struct rc_num time;	/* seconds */
	struct rc_num byte;	/* bytes */
};

/* A string; s == NULL: not given.  May be empty ("") where the file says so. */
struct rc_str {
	struct sloc loc;
	const char *s;
};

/*
 * A file name of a certificate, key or script, with the directory of the
 * `path certificate` or `path script` that was in force where it stands (the
 * last one of the file when none was yet; NULL when there is none at all).
 */
struct rc_file {
	struct sloc loc;
	const char *name;	/* NULL: not given */
	const char *dir;
};

/* An IP address or, where the language takes one, a name to be resolved. */
struct rc_addr {
	struct sloc loc;
	const char *text;	/* as written, zone included; NULL: not given */
	int family;		/* AF_INET, AF_INET6; 0: text is a host name */
	uint8_t ip[16];		/* network order, 4 or 16 bytes used */
	const char *zone;	/* after the %, or NULL */
};

/* An algorithm with its key length as written. */
struct rc_alg {
	struct rc_alg *next;	/* sainfo lists */
	struct sloc loc;
	unsigned int alg;	/* RC_ENC_, RC_HASH_, RC_METHOD_, RC_AUTHALG_,
				   RC_COMP_, RC_DH_ (a number); 0: not given */
	unsigned int keylen;	/* bits; 0: none written */
};

/* my_identifier, peers_identifier */
struct rc_ident {
	struct rc_ident *next;
	struct sloc loc;
	enum rc_value type;	/* RC_ID_* */
	unsigned int qual;	/* RC_IDQUAL_*; 0: none written (keyid: file) */
	struct rc_str value;	/* NULL: none; quoted or bare alike */
	struct rc_addr addr;	/* address: the value, when it is one */
};

/* ---- remote ---- */

enum rc_peer_kind {
	RC_PEER_NONE,		/* no `inherit` */
	RC_PEER_ANONYMOUS,
	RC_PEER_ADDR,		/* a numeric address */
	RC_PEER_NAME,		/* "quoted": the name of a section */
	RC_PEER_BARE,		/* a bare word: a section's name if it has a
				   remote_address, else a host name */
};

/* What stands after `remote` or `inherit`. */
struct rc_peer {
	struct sloc loc;
	enum rc_peer_kind kind;
	struct rc_addr addr;	/* ADDR; BARE: text only */
	const char *name;	/* NAME, BARE */
	struct rc_num port;
};

struct rc_exchange {
	struct rc_exchange *next;
	struct sloc loc;
	enum rc_value mode;	/* RC_EXCHANGE_* */
};

/* The kinds of certificate_type, ca_type, peers_certfile. */
enum rc_cert_kind {
	RC_CERT_NONE,		/* not given */
	RC_CERT_X509,
	RC_CERT_PLAIN_RSA,
	RC_CERT_DNSSEC,		/* peers_certfile only, no file */
};

struct rc_cert {
	struct rc_cert *next;	/* peers_certfile */
	struct sloc loc;
	enum rc_cert_kind kind;
	struct rc_file cert;	/* x509: certificate; plain_rsa: key file */
	struct rc_file key;	/* certificate_type x509 */
	bool untyped;		/* old form: peers_certfile "file" */
};

struct rc_script {
	struct rc_script *next;
	struct sloc loc;
	struct rc_file file;
	enum rc_value event;	/* RC_HOOK_* */
};

struct rc_proposal {
	struct rc_proposal *next;
	struct sloc loc;	/* the word `proposal` */
	struct rc_alg enc, hash, method, group;
	struct rc_life lifetime;
	struct rc_str gss_id;	/* gss_id, gssapi_id */
};

struct rc_remote {
	struct rc_remote *next;
	struct sloc loc;	/* `remote` to the end of the header */
	struct rc_peer peer;
	struct rc_peer inherit;	/* kind RC_PEER_NONE: none */

	struct rc_addr remote_address;
	struct rc_num remote_port;
	struct rc_exchange *exchange_mode;
	struct rc_num doi;		/* RC_DOI_* */
	struct rc_num situation;	/* RC_SITUATION_* */
	struct rc_ident *my_identifier;	/* the last one given */
	struct rc_ident *peers_identifier;
	struct rc_num verify_identifier;
	struct rc_str xauth_login;
	struct rc_cert certificate;	/* certificate_type */
	struct rc_cert ca;		/* ca_type */
	struct rc_cert *peers_certfile;
	struct rc_num verify_cert, send_cert, send_cr, match_empty_cr;
	struct rc_num nonce_size;	/* bytes */
	struct rc_num passive;
	struct rc_num ike_frag;		/* RC_OFF, RC_ON, RC_FORCE */
	struct rc_num esp_frag;		/* bytes */
	struct rc_script *script;
	struct rc_num mode_cfg;
	struct rc_num weak_phase1_check;
	struct rc_num generate_policy;	/* RC_GENPOL_* */
	struct rc_num support_proxy;
	struct rc_num initial_contact;
	struct rc_num nat_traversal;	/* RC_OFF, RC_ON, RC_FORCE */
	struct rc_num dpd, dpd_delay, dpd_retry, dpd_maxfail;
	struct rc_num rekey;		/* RC_OFF, RC_ON, RC_FORCE */
	struct rc_num ph1id;
	struct rc_life lifetime;
	struct rc_num proposal_check;	/* RC_PCHECK_* */
	struct rc_proposal *proposal;
};

/* ---- sainfo ---- */

enum rc_said_kind {
	RC_SAID_NONE,		/* left out, after a lone `anonymous` */
	RC_SAID_ANONYMOUS,
	RC_SAID_CLIENTADDR,
	RC_SAID_ADDR,		/* addr, prefix */
	RC_SAID_RANGE,		/* addr to last */
	RC_SAID_STRING,		/* idtype "string" */
};

#define RC_PORT_ANY 0
#define RC_PROTO_ANY 0

/* One of the two identities in the header of a sainfo. */
struct rc_said {
	struct sloc loc;
	enum rc_said_kind kind;
	enum rc_value type;	/* RC_ID_* */
	struct rc_addr addr, last;
	struct rc_num prefix;	/* not given: full length */
	struct rc_num port;	/* RC_PORT_ANY also for [any] */
	struct rc_num proto;	/* IP protocol; RC_PROTO_ANY for any */
	const char *string;
};

struct rc_sainfo {
	struct rc_sainfo *next;
	struct sloc loc;	/* `sainfo` to the end of the header */
	struct rc_said local, remote;
	struct rc_ident *from;	/* NULL: none */
	struct rc_str group;	/* XAUTH group */

	struct rc_alg pfs_group;	/* .alg: RC_DH_* or any number */
	struct rc_life lifetime;
	struct rc_num remoteid;
	struct rc_num esn;		/* RC_OFF, RC_ON, RC_FORCE */
	struct rc_num replay_window;	/* packets */
	struct rc_alg *enc, *auth, *comp;
};

/* ---- the other sections ---- */

/* Whether the block stands in the file, and where (the last one). */
struct rc_head {
	struct sloc loc;
	bool given;
};

struct rc_privsep {
	struct rc_head head;
	struct rc_str user, group;	/* a name or a number */
	struct rc_str chroot;
};

struct rc_padding {
	struct rc_head head;
	struct rc_num randomize, randomize_length, maximum_length;
	struct rc_num exclusive_tail, strict_check;
};

struct rc_timer {
	struct rc_head head;
	struct rc_num counter, persend;
	struct rc_num interval, phase1, phase2, natt_keepalive;	/* seconds */
};

struct rc_listen_addr {
	struct rc_listen_addr *next;
	struct sloc loc;
	bool natt;			/* isakmp_natt */
	struct rc_addr addr;
	struct rc_num port;
};

struct rc_listen {
	struct rc_head head;
	struct rc_listen_addr *addr;
	struct rc_num strict_address;
	struct rc_num admin_disabled;	/* adminsock disabled */
	struct rc_str admin_path, admin_owner, admin_group;
	struct rc_num admin_mode;	/* mode bits */
};

struct rc_ldap {
	struct rc_head head;
	struct rc_num version, port, timeout, debug, subtree;
	struct rc_str uri, host, base, bind_dn, bind_pw;
	struct rc_str attr_user, attr_addr, attr_mask;
	struct rc_str attr_group, attr_member;
};

struct rc_radius_server {
	struct rc_radius_server *next;
	struct sloc loc;
	bool acct;			/* acct, else auth */
	struct rc_str host;
	struct rc_num port;
	struct rc_str secret;
};

struct rc_radius {
	struct rc_head head;
	struct rc_radius_server *server;
	struct rc_num timeout, retries;
};

struct rc_addr_list {
	struct rc_addr_list *next;
	struct rc_addr addr;
};

struct rc_str_list {
	struct rc_str_list *next;
	struct rc_str str;
};

struct rc_net_list {
	struct rc_net_list *next;
	struct rc_addr addr;
	struct rc_num prefix;
};

struct rc_modecfg {
	struct rc_head head;
	struct rc_addr network4, netmask4;
	struct rc_num pool_size;
	struct rc_addr_list *dns4, *wins4;	/* wins4: nbns4 too */
	struct rc_str default_domain;
	struct rc_num split_type;		/* RC_SPLIT_*; the last wins */
	struct rc_net_list *split_network;
	struct rc_str_list *split_dns;
	struct rc_str banner;
	struct rc_num pfs_group;
	struct rc_num save_passwd;
	struct rc_num auth_source;		/* RC_AUTH_* */
	struct rc_str_list *auth_groups;
	struct rc_num group_source;		/* RC_GROUP_* */
	struct rc_num conf_source;		/* RC_CONF_* */
	struct rc_num accounting;		/* RC_ACCT_* */
	struct rc_num auth_throttle;		/* seconds */
};

struct rc_path {
	struct rc_str include, pre_shared_key, certificate, script;
	struct rc_str backupsa, pidfile;
};



struct rc_conf {
	struct arena *arena;
	struct src_table *src;	/* the texts that every loc is a place in */

	struct rc_path path;
	struct rc_privsep privsep;
	struct rc_num log;		/* RC_LOG_* */
	struct rc_num pfkey_buffer;	/* KiB */
	struct rc_num crypto_workers;
	struct rc_num complex_bundle;
	struct rc_num gss_id_enc;	/* RC_GSS_* */
	struct rc_padding padding;
	struct rc_timer timer;
	struct rc_listen listen;
	struct rc_ldap ldap;
	struct rc_radius radius;
	struct rc_modecfg modecfg;
	struct rc_remote *remote;
	struct rc_sainfo *sainfo;

	size_t remotes, sainfos, files;	/* how many */
};

/*
 * Reads the file at path, with what it includes.  Errors and warnings go to d
 * (may be NULL) with their places and excerpts.  Returns 0 and *out, also when
 * there were warnings; XE_PARSE when the text has errors, with *out holding
 * what could be understood, so that a caller can check that too and report
 * everything in one run; another XE_* or -errno with *out NULL when nothing
 * could be read (reported in d as well).  The caller owns *out: rc_free().
 */
int rc_parse_file(const char *path, struct diag *d, struct rc_conf **out);

/*
 * The same from memory; name stands for the file in messages.  Includes are
 * followed only with include set (fuzzers and tests do without the disk).
 */
int rc_parse_mem(const char *name, const void *text, size_t len, bool include,
		 struct diag *d, struct rc_conf **out);

/* Wipes and frees; NULL is fine. */
void rc_free(struct rc_conf *conf);

/*
 * Writes the configuration as a file that parses to an equal AST, included
 * statements in place.  show_secrets: with the passwords of radiuscfg and
 * ldapcfg, which are "..." otherwise.  Errors stick in w.
 */
void rc_print(const struct rc_conf *conf, bool show_secrets, struct wbuf *w);

/*
 * Equal but for places?  When not, *where (may be NULL) names the first
 * difference, e.g. "remote 3: dpd_delay"; static or in a's arena.
 */
bool rc_equal(struct rc_conf *a, const struct rc_conf *b, const char **where);

/* The word that value v of a list prints as; NULL when there is none. */
const char *rc_word(enum rc_list list, unsigned int v);

#endif
