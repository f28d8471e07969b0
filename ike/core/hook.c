/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/core/hook.h"

#include "libxfrm/base/arena.h"

static const char *hook_script(const struct ike_remote *rc, enum hook_event ev)
{
	switch (ev) {
	case HOOK_UP:
		return rc->script.up;
	case HOOK_DOWN:
		return rc->script.down;
	case HOOK_DEAD:
		return rc->script.dead;
	}
	return NULL;
}

static const char *hook_word(enum hook_event ev)
{
	switch (ev) {
	case HOOK_UP:
		return "phase1_up";
	case HOOK_DOWN:
		return "phase1_down";
	case HOOK_DEAD:
		return "phase1_dead";
	}
	return "";
}

/* Set by mode-config, which this build does not negotiate: always empty. */
static const char *const hook_empty[] = {
	"INTERNAL_ADDR4=", "INTERNAL_MASK4=", "INTERNAL_NETMASK4=",
	"INTERNAL_CIDR4=0", "INTERNAL_DNS4=", "INTERNAL_DNS4_LIST=",
	"INTERNAL_WINS4=", "INTERNAL_WINS4_LIST=", "DEFAULT_DOMAIN=",
	"SPLIT_INCLUDE=", "SPLIT_INCLUDE_CIDR=", "SPLIT_LOCAL=",
	"SPLIT_LOCAL_CIDR=", "INTERNAL_SPLITDNS_DOMAINS=",
};

void hook_run(struct ike *ike, const struct ike_sa *sa, enum hook_event ev)
{
	const char *script = sa->rc ? hook_script(sa->rc, ev) : NULL;
	char la[XADDR_STRLEN], ra[XADDR_STRLEN], spi[SA_COOKIES_LEN];
	const char *env[HOOK_ENV_MAX];
	unsigned int n = 0;
	struct arena *a;
	struct wbuf id;

	if (!script)
		return;
	a = arena_new(0);
	wbuf_init(&id, IKE_ID_TEXT_MAX);
	if (!a)
		goto out;
	env[n++] = arena_printf(a, "LOCAL_ADDR=%s",
				xaddr_str(&sa->local.addr, la));
	env[n++] = arena_printf(a, "LOCAL_PORT=%u", sa->local.port);
	env[n++] = arena_printf(a, "REMOTE_ADDR=%s",
				xaddr_str(&sa->remote.addr, ra));
	env[n++] = arena_printf(a, "REMOTE_PORT=%u", sa->remote.port);
	env[n++] = arena_printf(a, "IKE_COOKIE=%s", sa_cookies(sa, spi));
	if (sa->remote_id.own) {
		ike_id_print(&sa->remote_id.id, &id);
		env[n++] = arena_printf(a, "REMOTE_ID=%s", wbuf_str(&id));
	}
	for (unsigned int i = 0; i < n; i++)
		if (!env[i])
			goto out;
	for (size_t i = 0; i < sizeof(hook_empty) / sizeof(*hook_empty); i++)
		env[n++] = hook_empty[i];
	ike_act_hook(ike, hook_word(ev), script, n, env);
out:
	wbuf_free(&id);
	arena_free(a);
}
