/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_CORE_CONF_H
#define XT_IKE_CORE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/core/id.h"
#include "libxfrm/addr.h"
#include "libxfrm/alg.h"
#include "libxfrm/base/arena.h"
#include "libxfrm/base/secret.h"

/*
 * The configuration as the engine sees it: checked, complete, immutable.
 * Whoever has one (the loader, a test, the simulator) builds it with the
 * calls at the end of this file; from ike_conf_finish() on it is read-only
 * and shared by reference counts (not thread-safe: the engine's thread).
 *
 * All text and all arrays live in the config's arena and are borrowed from
 * it.  Text pointers are NULL where nothing was configured.  Times are in
 * seconds.  Defaults are those of racoon's code, not of its manual; they are
 * set by ike_conf_new(), ike_conf_add_remote() and so on.
 */
struct ike_conf;

/* Limits: what a file may hold. */
#define IKE_CONF_REMOTES_MAX 1000000
#define IKE_CONF_SAINFOS_MAX 1000000
#define IKE_REMOTE_PROPS_MAX 64	  /* proposals of one remote */
#define IKE_REMOTE_PEERIDS_MAX 256
#define IKE_SAINFO_ALGS_MAX 32	  /* per class */

/* ------------------------------------------------------------ settings --- */

/* on, off, and something between or beyond. */
enum ike_tri { IKE_OFF, IKE_ON, IKE_FORCE };

enum ike_log_word {
	IKE_LOG_ERROR,
	IKE_LOG_WARNING,
	IKE_LOG_NOTIFY,
	IKE_LOG_INFO,
	IKE_LOG_DEBUG,
	IKE_LOG_DEBUG2,
};

struct ike_listen {
	struct xaddr addr;
	const char *zone;	/* interface of a link-local one, or NULL */
	uint16_t port;
	bool natt;	/* UDP encapsulation on this socket */
};

struct ike_timers {
	uint32_t counter;	/* retransmissions, 5 */
	uint32_t interval;	/* between them, 10 s */
	uint32_t persend;	/* copies of each packet, 1 */
	uint32_t phase1;	/* a phase 2 waits for its phase 1, 30 s */
	uint32_t phase2;	/* to finish a phase 2, 30 s */
	uint32_t natt_keepalive; /* 20 s, 0 = off */
};

struct ike_conf_padding {
	bool randomize;		/* on */
	bool randomize_length;	/* off */
	bool exclusive_tail;	/* on */
	bool strict_check;	/* off */
	uint32_t maximum_length; /* 20 */
};

struct ike_paths {
	const char *include, *pre_shared_key, *certificate, *script;
	const char *backupsa, *pidfile;
};

struct ike_privsep {
	bool on;		/* the resulting uid is not 0 */
	uint32_t uid, gid;
	const char *user, *group;	/* as written */
	const char *chroot;
};

struct ike_adminsock {
	bool disabled;
	const char *path;		/* NULL: the built-in one */
	const char *owner, *group;	/* as written; NULL: root */
	uint32_t uid, gid, mode;	/* mode 0600 */
};

enum ike_auth_source { IKE_SRC_SYSTEM, IKE_SRC_RADIUS, IKE_SRC_PAM,
		       IKE_SRC_LDAP, IKE_SRC_LOCAL, IKE_SRC_NONE };

struct ike_net4 { struct xaddr addr; uint8_t plen; };

#define IKE_MODECFG_DNS_MAX 3
#define IKE_MODECFG_WINS_MAX 4
#define IKE_MODECFG_LIST_MAX 1024 /* networks, domains, groups */

struct ike_modecfg {
	bool present;		/* there is a mode_cfg block */
	struct xaddr network4, netmask4;	/* AF_UNSPEC: none */
	uint32_t pool_size;	/* 255 when network4 is set and it is not */
	unsigned int ndns, nwins, nsplit, nsplit_dns, nauth_groups;
	struct xaddr dns[IKE_MODECFG_DNS_MAX], wins[IKE_MODECFG_WINS_MAX];
	const char *default_domain;
	bool split_local;	/* local_lan instead of include */
	const struct ike_net4 *split;
	const char *const *split_dns;
	const char *banner;	/* "/etc/motd" */
	uint32_t pfs_group;	/* the plain number sent as UNITY_PFS */
	bool save_passwd;
	enum ike_auth_source auth_source, group_source, conf_source;
	enum ike_auth_source accounting;	/* IKE_SRC_NONE */
	const char *const *auth_groups;
	uint32_t auth_throttle;	/* 1 s, at most 10 */
};

struct ike_ldap {
	bool present;
	uint32_t version, port, debug;
	int32_t timeout;	/* -1: the library's */
	bool subtree;
	const char *uri, *host, *base, *bind_dn, *attr_user, *attr_addr;
	const char *attr_mask, *attr_group, *attr_member;
	const struct secret *bind_pw;
};

struct ike_radius_server {
	const char *host;
	uint16_t port;		/* 0: the service's */
	bool acct;		/* accounting, not authentication */
	const struct secret *secret;
};

struct ike_radius {
	bool present;
	uint32_t timeout, retries;	/* 3, 3 */
	unsigned int nserver;
	const struct ike_radius_server *server;
};

/* Everything that is said once. */
struct ike_settings {
	enum ike_log_word log;	/* info */
	struct ike_timers timer;
	struct ike_conf_padding padding;
	struct ike_paths path;
	struct ike_privsep privsep;
	struct ike_adminsock adminsock;
	/* nlisten 0: every local address, ports 500 and 4500 */
	unsigned int nlisten;
	const struct ike_listen *listen;
	bool strict_address;
	bool complex_bundle;	/* on */
	bool gss_latin1;	/* gss_id_enc latin1 instead of utf-16le */
	uint32_t pfkey_buffer;	/* KiB of kernel event buffer, 0 = default */
	uint32_t crypto_workers; /* threads; 0: no thread of their own */
#define IKE_WORKERS_CPUS UINT32_MAX	/* as many as there are processors */
	struct ike_modecfg modecfg;
	struct ike_ldap ldap;
	struct ike_radius radius;
};

/* --------------------------------------------------------- credentials --- */

enum ike_cred_kind {
	IKE_CRED_X509,		/* certificate, and key when it is our own */
	IKE_CRED_CA,		/* trust anchor(s) */
	IKE_CRED_PLAIN_RSA,	/* public keys (peer), private ones (own) */
	IKE_CRED_DNSSEC,	/* the peer's key is in the DNS: no file */
};

/* A public key of a plain RSA key file. */
struct ike_conf_pubkey {
	struct xaddr src, dst;	/* AF_UNSPEC: any */
	uint8_t src_plen, dst_plen;
	const uint8_t *n, *e;	/* modulus, exponent: big endian */
	size_t n_len, e_len;
	unsigned int line;
};

/* Most CA certificates that are sent along with our own. */
#define IKE_CRED_CHAIN_MAX 7

struct ike_blob { const uint8_t *p; size_t len; };

/*
 * A file with certificates or keys.  Private keys never get in here: their
 * holder is asked by handle, and finds the file by key_file.  Handles are
 * positions in the config, ike_conf_cred(); equal files share one.
 */
struct ike_cred {
	int handle;
	enum ike_cred_kind kind;
	const char *cert_file;	/* path with `path certificate` in front */
	const char *key_file;	/* own credentials only */
	/* X.509, the first certificate of the file; NULL when not readable */
	const uint8_t *cert;	/* DER */
	size_t cert_len;
	const uint8_t *subject, *issuer;	/* DER names */
	size_t subject_len, issuer_len;
	/* own credentials: who signed it, and who signed that; DER, no roots */
	unsigned int nchain;
	struct ike_blob chain[IKE_CRED_CHAIN_MAX];
	unsigned int npub;	/* IKE_CRED_PLAIN_RSA */
	const struct ike_conf_pubkey *pub;
};

#define IKE_CRED_NONE (-1)

/* -------------------------------------------------------------- remote --- */

/* Exchange types, ISAKMP's and IKEv2's numbers (RFC 2408 3.1, 7296 3.1). */
enum ike_mode {
	IKE_MODE_NONE = 0,
	IKE_MODE_BASE = 1,
	IKE_MODE_MAIN = 2,
	IKE_MODE_AGGRESSIVE = 4,
	IKE_MODE_V2 = 34,	/* IKE_SA_INIT */
};
#define IKE_MODES_MAX 4

enum ike_check { IKE_CHECK_STRICT, IKE_CHECK_OBEY, IKE_CHECK_CLAIM,
		 IKE_CHECK_EXACT };

enum ike_genpol { IKE_GENPOL_OFF, IKE_GENPOL_REQUIRE, IKE_GENPOL_UNIQUE };

/* Authentication methods: IKEv1's numbers (RFC 2409 app. A and IANA). */
enum ike_auth {
	IKE_AUTH_PSK = 1,
	IKE_AUTH_DSS = 2,
	IKE_AUTH_RSA = 3,
	IKE_AUTH_RSAENC = 4,
	IKE_AUTH_RSAREV = 5,
	IKE_AUTH_ECDSA_256 = 9,		/* RFC 4754 */
	IKE_AUTH_ECDSA_384 = 10,
	IKE_AUTH_ECDSA_521 = 11,
	IKE_AUTH_HYBRID_RSA_CLIENT = 64221,
	IKE_AUTH_HYBRID_RSA_SERVER = 64222,
	IKE_AUTH_HYBRID_DSS_CLIENT = 64223,
	IKE_AUTH_HYBRID_DSS_SERVER = 64224,
	IKE_AUTH_XAUTH_PSK_CLIENT = 65001,
	IKE_AUTH_XAUTH_PSK_SERVER = 65002,
	IKE_AUTH_XAUTH_RSA_CLIENT = 65005,
	IKE_AUTH_XAUTH_RSA_SERVER = 65006,
	IKE_AUTH_GSSAPI = 0x10000 + 65001, /* on the wire as XAUTH_PSK_CLIENT */
};
#define IKE_AUTH_WIRE(a) ((uint16_t)((a) & 0xffff))

/*
 * One phase 1 transform as configured.  Numbers are those of the wire; 0
 * where that version of IKE has none, so that such a transform is neither
 * offered nor accepted there.
 */
struct ike_prop {
	uint16_t encr_v1;	/* OAKLEY encryption algorithm */
	uint16_t encr_v2;	/* ENCR transform */
	uint16_t keylen;	/* bits; 0: the algorithm has but one length */
	uint16_t hash_v1;	/* OAKLEY hash; its HMAC is the PRF */
	uint16_t prf_v2, integ_v2;	/* integ_v2 0 with AEAD */
	uint16_t group;		/* Diffie-Hellman group, IANA's number */
	uint32_t auth;		/* enum ike_auth */
	uint32_t lifetime;	/* seconds, the remote's filled in */
	uint64_t lifebytes;	/* 0: no limit */
	const char *gss_id;	/* with IKE_AUTH_GSSAPI, or NULL */
	/*
	 * False when this build can not do it (rsaenc, DES without OpenSSL's
	 * legacy provider, …): it stands in the file, and is never used.
	 */
	bool usable;
	const char *encr_word, *hash_word; /* as racoon.conf says it */
};

struct ike_script { const char *up, *down, *dead; };

struct ike_remote {
	unsigned int index;	/* position, ike_conf_remote() */
	const char *name;	/* of unnamed ones: the address as text, or
				   "anonymous" */
	bool named;		/* remote "NAME" */
	const char *inherits;	/* name of its parent, or NULL */
	struct xaddr addr;	/* AF_UNSPEC: any peer */
	uint16_t port;		/* 500 unless given */
	bool has_port;		/* the file gives a port */

	unsigned int nmode;
	uint8_t mode[IKE_MODES_MAX];	/* enum ike_mode; first = ours */
	unsigned int nprop;
	const struct ike_prop *prop;	/* in order of preference */

	/*
	 * Who we say we are: type IKE_ID_NONE = our address; IKE_ID_DN
	 * without data = subject of our certificate.
	 */
	struct ike_id my_id;
	/* Whom we take: none = anybody; an IPV4/IPV6 without data = the
	   peer's address; a DN without data = whatever certificate it has */
	unsigned int npeer_id;
	const struct ike_id *peer_id;
	bool verify_identifier;	/* off */

	int my_cred;		/* X509 or PLAIN_RSA; handle or IKE_CRED_NONE */
	int ca_cred;
	unsigned int npeer_cred; /* pinned certificate or keys of the peer */
	const int *peer_cred;
	bool verify_cert, send_cert, send_cr;	/* on */
	bool match_empty_cr;			/* off */

	const char *xauth_login;
	uint32_t nonce_size;	/* 16; within 8 … 256 */
	bool passive;		/* off */
	bool mode_cfg;		/* off */
	bool weak_phase1_check;	/* off */
	bool support_proxy;	/* off */
	bool initial_contact;	/* on */
	bool dpd;		/* on */
	uint32_t dpd_delay;	/* 0: never probe */
	uint32_t dpd_retry;	/* 5 s */
	uint32_t dpd_maxfail;	/* 5 */
	enum ike_tri ike_frag;	/* off */
	enum ike_tri nat_traversal; /* off */
	enum ike_tri rekey;	/* on */
	enum ike_genpol generate_policy; /* off */
	enum ike_check check;	/* proposal_check: strict */
	uint32_t esp_frag;	/* 65535; read, without effect on Linux */
	uint32_t ph1id;		/* 0 */
	uint32_t lifetime;	/* 28800 s; already in each proposal */
	uint64_t lifebytes;
	struct ike_script script;	/* full paths */
};

/* -------------------------------------------------------------- sainfo --- */

enum ike_end {
	IKE_END_ANY,		/* anonymous */
	IKE_END_CLIENT,		/* clientaddr */
	IKE_END_ID,		/* id */
};

/* Most bytes of a subnet or range identity. */
#define IKE_ID_ADDR_MAX 32

/* One side of a sainfo. */
struct ike_sainfo_end {
	enum ike_end kind;
	struct ike_id id;	/* networks are masked, full length = address */
	bool any_port;		/* no port, or [any] */
};

/*
 * A phase 2 algorithm.  Numbers are those of the wire, 0 where it has none.
 * With AEAD the authentication list of the sainfo does not count.
 */
struct ike_p2alg {
	const char *word;	/* as racoon.conf says it */
	const struct xalg *alg;	/* NULL: unknown to Linux, not usable */
	uint16_t trans_v1;	/* ESP, AH (authentication), IPComp transform */
	uint16_t auth_v1;	/* "authentication algorithm" attribute */
	uint16_t trans_v2;	/* ENCR or INTEG transform */
	uint16_t keylen;	/* bits of a cipher's key, without salt; 0: the
				   algorithm has but one length */
	uint16_t icv;		/* bits: authentication, AEAD */
	bool usable;		/* see struct ike_prop */
};

struct ike_sainfo {
	unsigned int index;	/* position, ike_conf_sainfo() */
	struct ike_sainfo_end local, remote;
	struct ike_id from;	/* type IKE_ID_NONE: any peer; DN without data:
				   any DN */
	const char *group;	/* XAUTH group, or NULL */
	uint32_t remoteid;	/* a remote's ph1id */
	uint16_t pfs_group;	/* 0: none */
	uint32_t lifetime;	/* 28800 s */
	uint64_t lifebytes;	/* 0: no limit */
	/* extended sequence numbers: on = offered first, force = only they */
	enum ike_tri esn;	/* off */
	uint32_t replay_window;	/* 64 packets; 0: no check */
	unsigned int nencr, nauth, ncomp;
	const struct ike_p2alg *encr, *auth, *comp; /* order = offer order */
};

/* ------------------------------------------------------------- reading --- */

struct ike_conf *ike_conf_ref(struct ike_conf *c);

/* Frees with the last reference; NULL is fine. */
void ike_conf_unref(struct ike_conf *c);

const struct ike_settings *ike_conf_settings(const struct ike_conf *c);

/* By position, in the order of the file; NULL when out of range. */
unsigned int ike_conf_nremote(const struct ike_conf *c);
const struct ike_remote *ike_conf_remote(const struct ike_conf *c,
					 unsigned int i);
unsigned int ike_conf_nsainfo(const struct ike_conf *c);
const struct ike_sainfo *ike_conf_sainfo(const struct ike_conf *c,
					 unsigned int i);
unsigned int ike_conf_ncred(const struct ike_conf *c);
const struct ike_cred *ike_conf_cred(const struct ike_conf *c, int handle);

/* The remote of that name (also "192.0.2.7", "anonymous"), or NULL. */
const struct ike_remote *ike_conf_remote_named(const struct ike_conf *c,
					       const char *name);

/*
 * Which remote a peer gets.  Facts not known yet stay zero and do not count.
 * Filters: a remote's address has to be the peer's; passive ones do not
 * initiate; the exchange has to be listed; sa_ok and identity (this only of
 * remotes with verify_identifier on) have to fit.  Of those left the highest
 * sum wins: certificate request for an issuer we have 32, identity 16, SA 8,
 * address 4, the peer's port 2 (500 when we initiate), no port given 1.
 */
struct ike_remote_query {
	struct xaddr peer;	/* AF_UNSPEC: unknown */
	uint16_t port;
	bool initiate;
	enum ike_mode mode;	/* IKE_MODE_NONE: not known */
	/* Is the peer's SA payload acceptable?  NULL: not known. */
	bool (*sa_ok)(void *arg, const struct ike_remote *r);
	void *arg;
	const struct ike_id *id;	/* the peer's, or NULL */
	bool has_cr;		/* a certificate request came, X.509 */
	const uint8_t *cr;	/* its issuer name, DER; len 0: empty */
	size_t cr_len;
};

/*
 * 0 and *out; XE_NOTFOUND; or XE_AGAIN when several fit equally well: *out is
 * then one of them, as a guess until more is known.  Constant cost, but for
 * remotes without address, where the search ends at two that fit as well as
 * any could.
 */
int ike_conf_find_remote(const struct ike_conf *c,
			 const struct ike_remote_query *q,
			 const struct ike_remote **out);

/* The sum of r under q, or -1 when it does not pass the filters. */
int ike_remote_score(const struct ike_conf *c, const struct ike_remote *r,
		     const struct ike_remote_query *q);

/*
 * Which sainfo a phase 2 gets.  Filters: both ends equal in type, address,
 * mask and protocol (or anonymous; clientaddr: the address is client);
 * `remoteid` equals ph1id; `from` fits the peer's identity; `group` is one of
 * the user's.  Of those left the highest sum wins: remoteid 3, from 3, local
 * 1, remote 1; then ports (equal, not given, different); then the file's
 * order.
 */
struct ike_sainfo_query {
	struct ike_id local, remote;	/* as in the ID payloads, our view */
	const struct ike_id *peer;	/* phase 1 identity, or NULL */
	struct xaddr client;	/* from mode-config, else the peer's */
	uint32_t ph1id;
	/* Is the peer's XAUTH user in that group?  NULL: in none. */
	bool (*in_group)(void *arg, const char *group);
	void *arg;
};

/* 0 and *out, or XE_NOTFOUND.  Constant cost. */
int ike_conf_find_sainfo(const struct ike_conf *c,
			 const struct ike_sainfo_query *q,
			 const struct ike_sainfo **out);

/* Would s be among those that fit q? */
bool ike_sainfo_fits(const struct ike_sainfo *s,
		     const struct ike_sainfo_query *q);

/*
 * An identity in the form that sainfos are kept in: a network's host bits
 * cleared, a network of one address as that address.  buf holds the body of
 * *out; other identities are *in itself.
 */
void ike_id_canon(const struct ike_id *in, uint8_t buf[IKE_ID_ADDR_MAX],
		  struct ike_id *out);

/* ------------------------------------------------------------ building --- */

/* Defaults only, one reference; seed goes to the hash tables.  NULL: memory. */
struct ike_conf *ike_conf_new(uint64_t seed);

/* Before ike_conf_finish() only: what the settings shall be. */
struct ike_settings *ike_conf_edit(struct ike_conf *c);

/* Where to put text and arrays; wiped when freed. */
struct arena *ike_conf_arena(struct ike_conf *c);

/*
 * New entries, defaults filled in, to be completed by the caller; they keep
 * their place in memory.  A remote's name is copied; NULL = unnamed, then
 * ike_conf_finish() names it.  NULL when out of memory or over the limit.
 */
struct ike_remote *ike_conf_add_remote(struct ike_conf *c, const char *name);
struct ike_sainfo *ike_conf_add_sainfo(struct ike_conf *c);

/* New credential; its handle is set.  The loader looks for equal ones. */
struct ike_cred *ike_conf_add_cred(struct ike_conf *c);

/*
 * Completes and indexes.  Returns 0, -ENOMEM, XE_EXISTS when two named
 * remotes share a name, XE_CHECK when a remote has no exchange mode or no
 * proposal, or XE_RANGE when a handle points nowhere.
 */
int ike_conf_finish(struct ike_conf *c);

#endif
