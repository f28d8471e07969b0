/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/policy_str.h"

#include <ctype.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "libxfrm/base/err.h"
#include "libxfrm/print.h"

#define PRIO_LOW 0xc0000000u
#define PRIO_HIGH 0x40000000u
#define PRIO_PLUS_MAX 1073741824u	/* stronger than its base by … */
#define PRIO_MINUS_MAX 1073741823u
#define REQID_MANUAL_MAX 0x3fff		/* above: given by the kernel or us */

struct text {
	const char *s;
	size_t len, at;
	const char *why;
};

static int fail(struct text *t, int err, const char *why)
{
	t->why = why;
	return err;
}

static char peek(const struct text *t)
{
	return t->at < t->len ? t->s[t->at] : '\0';
}

static void skip_blanks(struct text *t)
{
	while (isspace((unsigned char)peek(t)))
		t->at++;
}

/* Takes c if it is next. */
static bool take(struct text *t, char c)
{
	if (peek(t) != c || !c)
		return false;
	t->at++;
	return true;
}

/* Takes a word of letters, if it is exactly this one. */
static bool take_word(struct text *t, const char *word)
{
	size_t n = strlen(word);

	if (t->len - t->at < n || memcmp(t->s + t->at, word, n) != 0)
		return false;
	if (t->len - t->at > n && isalnum((unsigned char)t->s[t->at + n]))
		return false;
	t->at += n;
	return true;
}

static int take_number(struct text *t, uint64_t max, uint64_t *v)
{
	bool any = false;

	*v = 0;
	for (; isdigit((unsigned char)peek(t)); t->at++) {
		*v = *v * 10 + (uint64_t)(peek(t) - '0');
		if (*v > max)
			return fail(t, XE_RANGE, "number too large");
		any = true;
	}
	return any ? 0 : fail(t, XE_PARSE, "a number is missing");
}

static int parse_dir(struct text *t, struct xfrm_policy *p)
{
	skip_blanks(t);
	if (take_word(t, "in"))
		p->dir = XFRM_POLICY_IN;
	else if (take_word(t, "out"))
		p->dir = XFRM_POLICY_OUT;
	else if (take_word(t, "fwd"))
		p->dir = XFRM_POLICY_FWD;
	else
		return fail(t, XE_PARSE, "a policy begins with in, out or fwd");
	return 0;
}

/* base [+ n | - n], where + is stronger: a smaller number. */
static int parse_offset(struct text *t, uint32_t base, uint32_t *prio)
{
	uint64_t n;
	bool plus;
	int r;

	*prio = base;
	skip_blanks(t);
	plus = take(t, '+');
	if (!plus && !take(t, '-'))
		return 0;
	skip_blanks(t);
	r = take_number(t, plus ? PRIO_PLUS_MAX : PRIO_MINUS_MAX, &n);
	if (r < 0)
		return r;
	*prio = plus ? base - (uint32_t)n : base + (uint32_t)n;
	return 0;
}

static int parse_prio(struct text *t, struct xfrm_policy *p)
{
	uint64_t n;
	bool minus;
	int r;

	p->priority = XPOL_PRIO_DEFAULT;
	skip_blanks(t);
	if (!take_word(t, "prio") && !take_word(t, "priority"))
		return 0;
	skip_blanks(t);
	if (take_word(t, "low"))
		return parse_offset(t, PRIO_LOW, &p->priority);
	if (take_word(t, "def"))
		return parse_offset(t, XPOL_PRIO_DEFAULT, &p->priority);
	if (take_word(t, "high"))
		return parse_offset(t, PRIO_HIGH, &p->priority);
	minus = take(t, '-');
	r = take_number(t, INT32_MAX, &n);
	if (r < 0)
		return r;
	p->priority = minus ? XPOL_PRIO_DEFAULT + (uint32_t)n :
		XPOL_PRIO_DEFAULT - (uint32_t)n;
	return 0;
}

/* Returns 1 when rules may follow. */
static int parse_action(struct text *t, struct xfrm_policy *p)
{
	skip_blanks(t);
	p->action = XFRM_POLICY_ALLOW;
	if (take_word(t, "ipsec"))
		return 1;
	if (take_word(t, "none") || take_word(t, "bypass"))
		return 0;
	if (take_word(t, "discard")) {
		p->action = XFRM_POLICY_BLOCK;
		return 0;
	}
	if (take_word(t, "entrust"))
		return fail(t, XE_UNSUPPORTED, "entrust is what a socket "
			    "without a policy of its own does");
	return fail(t, XE_PARSE, "no action: discard, none, bypass or ipsec");
}

/* An address with an optional port, which templates do not keep. */
static int parse_end(struct text *t, struct xaddr *a)
{
	char buf[XADDR_STRLEN];
	uint64_t port;
	size_t n = 0;
	int r;

	while (peek(t) && !strchr("-/[] \t\r\n", peek(t))) {
		if (n + 1 >= sizeof(buf))
			return fail(t, XE_PARSE, "not an address");
		buf[n++] = t->s[t->at++];
	}
	buf[n] = '\0';
	if (xaddr_parse(buf, a) < 0)
		return fail(t, XE_PARSE, "not a numeric address");
	if (!take(t, '['))
		return 0;
	r = take_number(t, UINT16_MAX, &port);
	if (r == 0 && !take(t, ']'))
		r = fail(t, XE_PARSE, "] is missing");
	return r;
}

static int parse_ends(struct text *t, const struct xfrm_policy *p,
		      struct xfrm_tmpl *tm)
{
	bool me_any = take_word(t, "me-any");
	int r;

	if (me_any || take_word(t, "any-me")) {
		if (p->dir != (me_any ? XFRM_POLICY_OUT : XFRM_POLICY_IN))
			return fail(t, XE_PARSE, "me-any is for out, "
				    "any-me for in");
		if (tm->mode == XFRM_MODE_TUNNEL)
			return fail(t, XE_PARSE, "a tunnel needs addresses");
		return 0;
	}
	r = parse_end(t, &tm->src);
	if (r < 0)
		return r;
	if (!take(t, '-'))
		return fail(t, XE_PARSE, "- is missing between the ends");
	r = parse_end(t, &tm->dst);
	if (r < 0)
		return r;
	if (tm->src.family != tm->dst.family)
		return fail(t, XE_FAMILY, "ends of different families");
	tm->family = tm->src.family;
	return 0;
}

static int unique_reqid(uint32_t *reqid)
{
	uint32_t r;

	if (getrandom(&r, sizeof(r), 0) != sizeof(r))
		return XE_AGAIN;
	*reqid = REQID_MANUAL_MAX + 1 + r % 0x3fff0000u;
	return 0;
}

static int parse_level(struct text *t, struct xfrm_tmpl *tm)
{
	uint64_t n;
	int r;

	if (take_word(t, "default") || take_word(t, "require"))
		return 0;
	if (take_word(t, "use")) {
		tm->optional = true;
		return 0;
	}
	if (!take_word(t, "unique"))
		return fail(t, XE_PARSE, "no such level");
	if (!take(t, ':')) {
		r = unique_reqid(&tm->reqid);
		return r < 0 ? fail(t, r, "no random numbers") : 0;
	}
	r = take_number(t, UINT32_MAX, &n);
	tm->reqid = (uint32_t)n;
	return r;
}

/* proto/mode[/[ends][/[level]]] */
static int parse_rule(struct text *t, const struct xfrm_policy *p,
		      struct xfrm_tmpl *tm)
{
	int r = 0;

	*tm = (struct xfrm_tmpl){ 0 };
	if (take_word(t, "esp"))
		tm->proto = IPPROTO_ESP;
	else if (take_word(t, "ah"))
		tm->proto = IPPROTO_AH;
	else if (take_word(t, "ipcomp"))
		tm->proto = IPPROTO_COMP;
	else
		return fail(t, XE_PARSE, "a rule begins with esp, ah or "
			    "ipcomp");
	if (!take(t, '/'))
		return fail(t, XE_PARSE, "/ is missing before the mode");
	if (take_word(t, "tunnel"))
		tm->mode = XFRM_MODE_TUNNEL;
	else if (!take_word(t, "transport"))
		return fail(t, XE_PARSE, "the mode is transport or tunnel");
	if (take(t, '/')) {
		if (peek(t) && peek(t) != '/' &&
		    !isspace((unsigned char)peek(t)))
			r = parse_ends(t, p, tm);
		if (r == 0 && take(t, '/') && isalpha((unsigned char)peek(t)))
			r = parse_level(t, tm);
	}
	if (r == 0 && tm->mode == XFRM_MODE_TUNNEL && !tm->dst.family)
		r = fail(t, XE_PARSE, "a tunnel needs addresses");
	if (r == 0 && t->at < t->len && !isspace((unsigned char)peek(t)))
		r = fail(t, XE_PARSE, "a rule has ended here");
	return r;
}

static int parse_policy(struct text *t, struct xfrm_policy *p,
			struct xfrm_tmpl *tmpl)
{
	struct xfrm_tmpl *tm;
	int r, rules;

	if ((r = parse_dir(t, p)) < 0 || (r = parse_prio(t, p)) < 0)
		return r;
	rules = parse_action(t, p);
	if (rules < 0)
		return rules;
	for (skip_blanks(t); t->at < t->len; skip_blanks(t)) {
		if (!rules)
			return fail(t, XE_PARSE, "only ipsec has rules");
		if (p->ntmpl == XPOL_TMPL_MAX)
			return fail(t, XE_LIMIT, "more than 6 rules");
		tm = &tmpl[p->ntmpl];
		r = parse_rule(t, p, tm);
		if (r < 0)
			return r;
		p->ntmpl++;
		if (tm->family && !p->sel.family)
			p->sel.family = tm->family;
	}
	return 0;
}

int xpolicy_from_text(const char *text, size_t len, struct xfrm_policy *p,
		      struct xfrm_tmpl tmpl[static XPOL_TMPL_MAX],
		      const char **why, size_t *at)
{
	struct text t = { .s = text, .len = len };
	int r;

	*p = (struct xfrm_policy){ .tmpl = tmpl };
	r = parse_policy(&t, p, tmpl);
	*why = t.why;
	*at = t.at;
	if (r < 0)
		*p = (struct xfrm_policy){ 0 };
	return r;
}

static void put_prio(uint32_t prio, struct wbuf *w)
{
	uint32_t base = XPOL_PRIO_DEFAULT;
	const char *name = "def";

	if (prio >= 0xa0000000u) {
		base = PRIO_LOW;
		name = "low";
	} else if (prio < 0x60000000u) {
		base = PRIO_HIGH;
		name = "high";
	}
	if (prio == base && prio == XPOL_PRIO_DEFAULT)
		return;
	wbuf_printf(w, " prio %s", name);
	if (prio < base)
		wbuf_printf(w, " + %u", base - prio);
	else if (prio > base)
		wbuf_printf(w, " - %u", prio - base);
}

static void put_level(const struct xfrm_tmpl *t, struct wbuf *w)
{
	if (t->optional)
		wbuf_printf(w, "/use");
	else if (t->reqid)
		wbuf_printf(w, "/unique:%u", t->reqid);
	else
		wbuf_printf(w, "/require");
}

void xpolicy_to_text(const struct xfrm_policy *p, const char *delim,
		     struct wbuf *w)
{
	char a[XADDR_STRLEN], b[XADDR_STRLEN];
	char proto[XNAME_STRLEN], mode[XNAME_STRLEN], dir[XNAME_STRLEN];
	const struct xfrm_tmpl *t;
	unsigned int i;

	wbuf_printf(w, "%s", xname_dir(p->dir, dir));
	put_prio(p->priority, w);
	wbuf_printf(w, " %s", xname_action(p));
	for (i = 0; i < p->ntmpl; i++) {
		t = &p->tmpl[i];
		wbuf_printf(w, "%s%s/%s/", delim, xname_proto(t->proto, proto),
			    xname_mode(t->mode, mode));
		if (t->dst.family)
			wbuf_printf(w, "%s-%s", xaddr_str(&t->src, a),
				    xaddr_str(&t->dst, b));
		put_level(t, w);
	}
}
