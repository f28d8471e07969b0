/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A datagram from the kernel: messages, each decoded in every way.  What was
 * understood is built again and has to mean the same.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libxfrm/base/arena.h"
#include "libxfrm/event.h"
#include "libxfrm/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t memory[65536];

static void again_sa(const struct xfrm_sa *sa)
{
	struct arena *a = arena_new(ARENA_WIPE);
	char buf[XSA_STRLEN];
	struct xfrm_sa got, *d;
	struct xmsg_view v;
	struct xmsg m;
	struct cur c;

	if (!a)
		return;
	xfrm_sa_str(sa, buf, sizeof(buf));
	d = xfrm_sa_dup(a, sa);
	xmsg_init(&m, memory, sizeof(memory));
	if (d && xfrm_sa_build_new(&m, d) == 0) {
		c = wbuf_cur(&m.w);
		assert(xmsg_next(&c, &v) == 1);
		assert(xfrm_sa_parse(&v, &got) == 0);
		/* what the kernel leaves to defaults comes back filled in */
		assert((xfrm_sa_diff(d, &got) & ~(uint32_t)(XSA_F_AUTH |
			XSA_F_ENC | XSA_F_REPLAY | XSA_F_COADDR)) == 0);
	}
	arena_free(a);
}

static void again_policy(const struct xfrm_policy *p)
{
	struct xfrm_tmpl tmpl[XPOL_TMPL_MAX];
	char buf[XPOL_STRLEN];
	struct xfrm_policy got;
	struct xmsg_view v;
	struct xmsg m;
	struct cur c;

	xfrm_policy_str(p, buf, sizeof(buf));
	xmsg_init(&m, memory, sizeof(memory));
	if (xfrm_policy_build_new(&m, p) == 0) {
		c = wbuf_cur(&m.w);
		assert(xmsg_next(&c, &v) == 1);
		assert(xfrm_policy_parse(&v, &got, tmpl) == 0);
		assert((xfrm_policy_diff(p, &got) &
			~(uint32_t)XPOL_F_TMPL) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* an exact copy, so that reading past the end is seen */
	uint8_t *copy = malloc(size ? size : 1);
	struct cur c = cur_init(copy, size);
	static struct xfrm_event ev;
	struct xmsg_error e;
	struct xmsg_view v;

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	while (xmsg_next(&c, &v) > 0) {
		if (v.type < NLMSG_MIN_TYPE) {
			xmsg_parse_error(&v, &e);
			continue;
		}
		if (xfrm_event_parse(&v, &ev) < 0)
			continue;
		if (ev.type == XEV_SA_NEW)
			again_sa(&ev.sa);
		if (ev.type == XEV_POL_NEW)
			again_policy(&ev.pol);
	}
	free(copy);
	return 0;
}
