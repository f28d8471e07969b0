/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_SIM_PROXY_H
#define XT_SIM_PROXY_H

#include "ike/crypto/cipher.h"
#include "ike/wire/chain.h"
#include "tests/sim/pair.h"

/*
 * Makes of one host a peer with habits of its own: all that the two hosts of a
 * pair say is decrypted with their keys, handed to edit(), authenticated and
 * encrypted anew, and goes on.  Hashes of phase 1 stay as they are, so what
 * they cover must not be changed.  For links that lose nothing.
 */
#define PROXY_XCHGS 64
#define PROXY_BYTES 65535

struct proxy_msg {
	struct ike_hdr hdr;
	bool from_a, encrypted;
	unsigned int index;	/* of its exchange's messages, from 0 */
	unsigned int n;
	struct {
		uint8_t type;
		struct cur body;
	} p[IKE_MAX_PAYLOADS];
	bool in_clear;		/* set: to be sent without encryption */
};

struct proxy;
typedef void proxy_edit(struct proxy *x, struct proxy_msg *m);

struct proxy {
	struct pair *pair;
	proxy_edit *edit;
	void *arg;
	unsigned int edited;	/* for edit(): how often it did something */
	/* where the ciphers of each exchange stand: as a and as b see it */
	struct {
		uint32_t msgid;
		uint8_t iv[2][IKE_BLOCK_MAX];
		bool ivs;
		unsigned int messages;
		uint8_t ni[256], nr[256];
		size_t ni_len, nr_len;
	} x[PROXY_XCHGS];
	unsigned int nx;
	uint8_t bytes[PROXY_BYTES];	/* what goes on */
};

/* Puts x between the hosts of p, which were started. */
void proxy_start(struct proxy *x, struct pair *p, proxy_edit *edit, void *arg);

/* Payload i of that type, or NULL; the number of the i-th is put into *at. */
bool proxy_find(const struct proxy_msg *m, uint8_t type, unsigned int i,
		unsigned int *at);
/* Puts a payload before number at (at the end if at >= n), takes one out. */
void proxy_insert(struct proxy_msg *m, unsigned int at, uint8_t type,
		  const void *body, size_t len);
void proxy_remove(struct proxy_msg *m, unsigned int at);

#endif
