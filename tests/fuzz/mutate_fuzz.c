/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages changed behind the encryption.  Two real engines talk; where one
 * of them computes the hash that proves a message, or encrypts one, the input
 * may change bytes first, so that what arrives is authentic nonsense: what a
 * peer that has our key, and means ill, can send in any message of phase 1,
 * quick mode and informational exchanges.
 *
 * The input: a byte of settings; then, each time bytes pass, a byte that says
 * how many of them change (0 to 3), and for each of these two bytes of offset
 * and one of value.  When it is used up nothing changes any more.  In between
 * time passes as the input says.  In the end the peer starts afresh, and then
 * the tunnel has to come up.
 *
 * Linked with --wrap for the functions of ike/crypto below.
 */
#include <stdlib.h>

#include "ike/crypto/cipher.h"
#include "ike/crypto/keymat.h"
#include "tests/sim/certs.h"
#include "tests/sim/pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct cur input;

/* Changes len bytes at p, which are somewhere in a message being made. */
static void mutate(const void *p, size_t len)
{
	uint8_t *b = (uint8_t *)(uintptr_t)p, n, value;
	uint16_t at;

	if (!len || cur_u8(&input, &n) < 0)
		return;
	for (n %= 4; n; n--) {
		if (cur_u16(&input, &at) < 0 || cur_u8(&input, &value) < 0)
			return;
		b[at % len] = value;
	}
}

int __real_ike_v1_hash1(struct ike_crypto *cr, const struct ike_v1_keys *k,
			uint32_t msgid, struct cur rest, uint8_t *out);
int __wrap_ike_v1_hash1(struct ike_crypto *cr, const struct ike_v1_keys *k,
			uint32_t msgid, struct cur rest, uint8_t *out);
int __real_ike_v1_hash2(struct ike_crypto *cr, const struct ike_v1_keys *k,
			uint32_t msgid, struct cur ni, struct cur rest,
			uint8_t *out);
int __wrap_ike_v1_hash2(struct ike_crypto *cr, const struct ike_v1_keys *k,
			uint32_t msgid, struct cur ni, struct cur rest,
			uint8_t *out);
int __real_ike_v1_auth_hash(struct ike_crypto *cr, const struct ike_v1_keys *k,
			    bool initiator, const struct ike_v1_auth_in *in,
			    uint8_t *out);
int __wrap_ike_v1_auth_hash(struct ike_crypto *cr, const struct ike_v1_keys *k,
			    bool initiator, const struct ike_v1_auth_in *in,
			    uint8_t *out);
int __real_ike_cbc_encrypt(struct ike_crypto *cr, enum ike_enc enc,
			   const struct secret *key, uint8_t *iv,
			   uint8_t *data, size_t len);
int __wrap_ike_cbc_encrypt(struct ike_crypto *cr, enum ike_enc enc,
			   const struct secret *key, uint8_t *iv,
			   uint8_t *data, size_t len);

int __wrap_ike_v1_hash1(struct ike_crypto *cr, const struct ike_v1_keys *k,
			uint32_t msgid, struct cur rest, uint8_t *out)
{
	mutate(rest.p, rest.left);
	return __real_ike_v1_hash1(cr, k, msgid, rest, out);
}

int __wrap_ike_v1_hash2(struct ike_crypto *cr, const struct ike_v1_keys *k,
			uint32_t msgid, struct cur ni, struct cur rest,
			uint8_t *out)
{
	mutate(rest.p, rest.left);
	return __real_ike_v1_hash2(cr, k, msgid, ni, rest, out);
}

int __wrap_ike_v1_auth_hash(struct ike_crypto *cr, const struct ike_v1_keys *k,
			    bool initiator, const struct ike_v1_auth_in *in,
			    uint8_t *out)
{
	mutate(in->id_b.p, in->id_b.left);
	return __real_ike_v1_auth_hash(cr, k, initiator, in, out);
}

int __wrap_ike_cbc_encrypt(struct ike_crypto *cr, enum ike_enc enc,
			   const struct secret *key, uint8_t *iv,
			   uint8_t *data, size_t len)
{
	mutate(data, len);
	return __real_ike_cbc_encrypt(cr, enc, key, iv, data, len);
}

/* The two talk for as long as there is input. */
static void talk(struct pair *p)
{
	uint8_t what;

	for (unsigned int i = 0; i < 40 && cur_u8(&input, &what) == 0; i++) {
		switch (what % 6) {
		case 0:
			kern_ping(p->a, 0);
			break;
		case 1:
			if (p->b->kern.npol)
				kern_ping(p->b, 0);
			break;
		case 2:
			host_admin(p->a, ADM_FLUSH_ISAKMP, NULL);
			break;
		case 3:
			host_admin(p->b, ADM_DELETE_PEER, &p->a->addr);
			break;
		case 4:
		case 5:
			world_run(p->w, 20000);
			break;
		}
		world_run(p->w, 1000);
	}
}

static void set_up(struct pair *p, uint8_t flags)
{
	pair_init(p);
	p->w->link.delay_min = p->w->link.delay_max = 10;
	p->ca.mode = p->cb.mode = flags & 1 ? IKE_MODE_AGGRESSIVE
					    : IKE_MODE_MAIN;
	p->ca.natt = p->cb.natt = flags & 2 ? IKE_FORCE : IKE_OFF;
	p->ca.pfs = p->cb.pfs = flags & 4 ? GROUP_X25519 : 0;
	p->mode = flags & 8 ? KMODE_TRANSPORT : KMODE_TUNNEL;
	p->cb.check = flags & 16 ? IKE_CHECK_OBEY : IKE_CHECK_CLAIM;
	p->cb.genpol = flags & 32 ? IKE_GENPOL_UNIQUE : IKE_GENPOL_OFF;
	p->ca.esn = p->cb.esn = flags & 64 ? IKE_ON : IKE_OFF;
	if (flags & 128) {
		sim_certs_make(p->w->crypto, PAIR_A, PAIR_B);
		p->ca.auth = p->cb.auth = IKE_AUTH_RSA;
		p->ca.cert = 0;
		p->cb.cert = 1;
	}
	p->ca.life2 = p->cb.life2 = 100;
	p->ca.life1 = p->cb.life1 = 250;
	p->ca.dpd_delay = p->cb.dpd_delay = 10;
	p->ca.interval = p->cb.interval = 2;
	pair_start(p);
	if (flags & 128) {
		sim_certs_use(p->a, 0);
		sim_certs_use(p->b, 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pair p;
	uint8_t flags;

	input = cur_init(data, size);
	if (cur_u8(&input, &flags) < 0)
		return 0;
	set_up(&p, flags);
	kern_ping(p.a, 0);
	world_run(p.w, 3000);
	talk(&p);
	/* an honest peer in its place */
	input = cur_init(NULL, 0);
	host_stop(p.a, true);
	host_start(p.a);
	world_run(p.w, 1000);
	for (unsigned int i = 0; i < 60 && !pair_works(&p); i++)
		world_run(p.w, 1000);
	if (!pair_works(&p) || p.w->failure[0])
		abort();
	pair_free(&p);
	return 0;
}
