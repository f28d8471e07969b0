/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/ipsec_policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libxfrm/base/err.h"
#include "libxfrm/kernel.h"
#include "libxfrm/policy_str.h"

#define TEXT_MAX 4096

static __thread char last_error[160] = "no error";

const char *ipsec_strerror(void)
{
	return last_error;
}

static void set_error(const char *text)
{
	snprintf(last_error, sizeof(last_error), "%s", text);
}

/*
 * The kernel learns the number of rules from the length given to setsockopt()
 * and does not look at curlft, which is its own to report: there we keep the
 * length.
 */
static int read_info(const char *buf, struct xfrm_userpolicy_info *k)
{
	const size_t one = sizeof(struct xfrm_user_tmpl);
	size_t len;

	if (!buf) {
		set_error("no policy");
		return -1;
	}
	memcpy(k, buf, sizeof(*k));
	len = (size_t)k->curlft.bytes;
	if (len < sizeof(*k) || (len - sizeof(*k)) % one ||
	    (len - sizeof(*k)) / one > XPOL_TMPL_MAX) {
		set_error("not a policy of ipsec_set_policy()");
		return -1;
	}
	return (int)len;
}

int ipsec_get_policylen(const char *buf)
{
	struct xfrm_userpolicy_info k;

	return read_info(buf, &k);
}

static ipsec_policy_t to_binary(const struct xfrm_policy *p)
{
	struct xfrm_userpolicy_info k;
	struct xfrm_user_tmpl t;
	struct wbuf w;
	unsigned int i;
	size_t len = sizeof(k) + p->ntmpl * sizeof(t);
	char *buf = malloc(len);

	if (!buf) {
		set_error(xe_str(XE_NOMEM));
		return NULL;
	}
	wbuf_fixed(&w, buf, len);
	xfrm_policy_to_kernel(p, &k);
	k.curlft.bytes = len;
	wbuf_put(&w, &k, sizeof(k));
	for (i = 0; i < p->ntmpl; i++) {
		xfrm_tmpl_to_kernel(&p->tmpl[i], p->sel.family, &t);
		wbuf_put(&w, &t, sizeof(t));
	}
	return buf;
}

ipsec_policy_t ipsec_set_policy(const char *policy, int len)
{
	struct xfrm_tmpl tmpl[XPOL_TMPL_MAX];
	struct xfrm_policy p;
	const char *why;
	size_t at, n;

	if (!policy) {
		set_error("no policy");
		return NULL;
	}
	n = len > 0 ? strnlen(policy, (size_t)len) : strlen(policy);
	if (xpolicy_from_text(policy, n, &p, tmpl, &why, &at) < 0) {
		snprintf(last_error, sizeof(last_error), "%s (at byte %zu)",
			 why, at);
		return NULL;
	}
	if (p.dir == XFRM_POLICY_FWD) {
		set_error("a socket has no forwarding policy");
		return NULL;
	}
	if (!p.sel.family)
		p.sel.family = AF_INET;
	return to_binary(&p);
}

int ipsec_set_policy_family(ipsec_policy_t buf, int family)
{
	const size_t one = sizeof(struct xfrm_user_tmpl);
	struct xfrm_userpolicy_info k;
	struct xfrm_user_tmpl t;
	static const xfrm_address_t none;
	struct wbuf w;
	struct cur c;
	size_t at;
	int len = read_info(buf, &k);

	if (len < 0)
		return -1;
	if (family != AF_INET && family != AF_INET6) {
		set_error(xe_str(XE_FAMILY));
		return -1;
	}
	wbuf_fixed(&w, buf, (size_t)len);
	wbuf_reserve(&w, (size_t)len);
	c = cur_init(buf, (size_t)len);
	cur_skip(&c, sizeof(k));
	k.sel.family = (uint16_t)family;
	wbuf_set(&w, 0, &k, sizeof(k));
	for (at = sizeof(k); cur_copy(&c, &t, sizeof(t)) == 0; at += one) {
		/* a tunnel keeps the family of its ends */
		if (memcmp(&t.id.daddr, &none, sizeof(none)) != 0)
			continue;
		t.family = (uint16_t)family;
		wbuf_set(&w, at, &t, sizeof(t));
	}
	return 0;
}

char *ipsec_dump_policy(const char *buf, const char *delimiter)
{
	struct xfrm_tmpl tmpl[XPOL_TMPL_MAX];
	struct xfrm_userpolicy_info k;
	struct xfrm_policy p;
	struct xmsg m;
	struct wbuf w;
	struct cur c;
	char *out = NULL;
	int len = read_info(buf, &k), r;

	if (len < 0)
		return NULL;
	/* a policy as a message has it: the struct, then one attribute */
	xmsg_init_alloc(&m, XMSG_MAX);
	wbuf_init(&w, TEXT_MAX);
	c = cur_init(buf, (size_t)len);
	cur_skip(&c, sizeof(k));
	wbuf_put(&m.w, &k, sizeof(k));
	xmsg_put(&m, XFRMA_TMPL, c.p, c.left);
	r = m.w.err;
	if (r == 0)
		r = xfrm_policy_parse_body(wbuf_cur(&m.w), &p, tmpl);
	if (r == 0) {
		xpolicy_to_text(&p, delimiter ? delimiter : " ", &w);
		r = w.err;
	}
	if (r == 0) {
		out = strndup((const char *)w.p, w.len);
		r = out ? 0 : XE_NOMEM;
	}
	if (r < 0)
		set_error(xe_str(r));
	xmsg_free(&m);
	wbuf_free(&w);
	return out;
}
