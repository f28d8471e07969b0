/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/explain.h"

#include <errno.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "libxfrm/base/err.h"
#include "libxfrm/print.h"

bool xfrm_have_admin(void)
{
	struct __user_cap_header_struct h = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { 0 };

	if (syscall(SYS_capget, &h, d) < 0)
		return geteuid() == 0;
	return d[CAP_NET_ADMIN / 32].effective >> CAP_NET_ADMIN % 32 & 1;
}

/* Is there a line (ended by sep) that equals want? */
static int file_has(const char *path, int sep, const char *prefix,
		    const char *want)
{
	char *line = NULL;
	size_t cap = 0, plen = strlen(prefix);
	int found = 0;
	ssize_t n;
	FILE *f = fopen(path, "re");

	if (!f)
		return XE_UNSUPPORTED;
	while (!found && (n = getdelim(&line, &cap, sep, f)) > 0) {
		if (line[n - 1] == sep)
			line[n - 1] = '\0';
		found = strncmp(line, prefix, plen) == 0 &&
			strcmp(line + plen, want) == 0;
	}
	free(line);
	fclose(f);
	return found;
}

/* "alias crypto-NAME module" in modules.alias, for a module not loaded. */
static int alias_has(const char *path, const char *name, const char *start,
		     int sep, int end)
{
	char *line = NULL, *p, *q;
	size_t cap = 0, len = strlen(name);
	int found = 0;
	ssize_t n;
	FILE *f = fopen(path, "re");

	if (!f)
		return XE_UNSUPPORTED;
	while (!found && (n = getdelim(&line, &cap, sep, f)) > 0) {
		p = strstr(line, start);
		if (!p)
			continue;
		p += strlen(start);
		q = strchr(p, end);
		if (!q)
			q = p + strcspn(p, "\n");
		found = (size_t)(q - p) == len && strncmp(p, name, len) == 0;
	}
	free(line);
	fclose(f);
	return found;
}

/* One building block ("gcm", "aes"): as a module, or built in? */
static int have_part(const char *name)
{
	char path[sizeof(struct utsname) + 64];
	struct utsname u;
	int r;

	if (file_has("/proc/crypto", '\n', "name         : ", name) == 1)
		return 1;
	if (uname(&u) < 0)
		return XE_UNSUPPORTED;
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.alias",
		 u.release);
	r = alias_has(path, name, "alias crypto-", '\n', ' ');
	if (r != 0)
		return r;
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.builtin.modinfo",
		 u.release);
	return alias_has(path, name, ".alias=crypto-", '\0', '\0');
}

int xfrm_have_crypto(const char *kernel_name)
{
	char part[64];
	const char *p = kernel_name;
	size_t len;
	int r;

	r = file_has("/proc/crypto", '\n', "name         : ", kernel_name);
	if (r == 1 || strcmp(kernel_name, "digest_null") == 0 ||
	    strcmp(kernel_name, "ecb(cipher_null)") == 0)
		return 1;
	/* every template and cipher it is made of */
	while (*p) {
		len = strcspn(p, "(),");
		if (len >= sizeof(part))
			return XE_RANGE;
		if (len) {
			memcpy(part, p, len);
			part[len] = '\0';
			r = have_part(part);
			if (r != 1)
				return r;
		}
		p += len;
		p += strspn(p, "(),");
	}
	return 1;
}

static void set(struct xfrm_why *why, const char *text, const char *hint)
{
	snprintf(why->text, sizeof(why->text), "%s", text);
	snprintf(why->hint, sizeof(why->hint), "%s", hint ? hint : "");
}

static void hint(struct xfrm_why *why, const char *text)
{
	snprintf(why->hint, sizeof(why->hint), "%s", text);
}

/* "esp4" for ESP over IPv4. */
static const char *proto_module(const struct xfrm_sa *sa)
{
	bool v6 = sa->dst.family == AF_INET6;

	switch (sa->proto) {
	case IPPROTO_ESP:
		return v6 ? "esp6" : "esp4";
	case IPPROTO_AH:
		return v6 ? "ah6" : "ah4";
	case IPPROTO_COMP:
		return v6 ? "ipcomp6" : "ipcomp";
	}
	return "mip6";
}

/* The first algorithm of an SA that this kernel seems not to have. */
static const char *missing_alg(const struct xfrm_sa *sa)
{
	const struct xsa_alg *list[] = { &sa->enc, &sa->auth, &sa->comp };
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (list[i]->name && xfrm_have_crypto(list[i]->name) == 0)
			return list[i]->name;
	return NULL;
}

static void explain_alg(const struct xfrm_sa *sa, struct xfrm_why *why)
{
	const char *name = missing_alg(sa);

	if (name) {
		snprintf(why->text, sizeof(why->text),
			 "this kernel does not have the algorithm %s", name);
		hint(why, "choose another algorithm, or a kernel "
		    "that was built with this one");
		return;
	}
	snprintf(why->text, sizeof(why->text), "the kernel could not set up "
		 "%s%s%s%s%s", sa->enc.name ? sa->enc.name : "",
		 sa->enc.name && sa->auth.name ? " with " : "",
		 sa->auth.name ? sa->auth.name : "",
		 sa->comp.name ? sa->comp.name : "",
		 ": an algorithm or its module is missing");
	hint(why, sa->auth.name && sa->enc.name ?
	    "is the module authenc available?" :
	    "are the modules of the algorithm available (see /proc/crypto)?");
}

static void explain_proto(const struct xfrm_sa *sa, struct xfrm_why *why)
{
	char proto[XNAME_STRLEN], mode[XNAME_STRLEN];
	const char *module = proto_module(sa);

	snprintf(why->text, sizeof(why->text),
		 "this kernel has no %s for IPv%d (module %s), or no %s mode "
		 "for it", xname_proto(sa->proto, proto),
		 sa->dst.family == AF_INET6 ? 6 : 4, module,
		 xname_mode(sa->mode, mode));
	snprintf(why->hint, sizeof(why->hint), "try: modprobe %s", module);
}

static void explain_sa_inval(const struct xfrm_sa *sa, uint16_t op,
			     struct xfrm_why *why)
{
	const char *text;

	if (xfrm_sa_check(sa, &text) < 0 && text)
		set(why, text, NULL);
	else if (op == XFRM_MSG_UPDSA || op == XFRM_MSG_DELSA)
		set(why, "the SA is not in a state that allows this", NULL);
	else if (sa->mode == XU_MODE_IPTFS)
		set(why, "this kernel may lack IP-TFS", "Linux 6.14 has it");
	else if (sa->encap.type == XU_ENCAP_TCP)
		set(why, "this kernel may lack ESP in TCP",
		    "it needs CONFIG_INET_ESPINTCP");
	else if (sa->offload.mode != XOFFLOAD_NONE)
		set(why, "the interface cannot offload this SA", NULL);
}

static void explain_unsupported(enum xoffload_mode offload, const char *what,
				struct xfrm_why *why)
{
	if (offload != XOFFLOAD_NONE)
		snprintf(why->text, sizeof(why->text),
			 "the interface cannot offload this %s", what);
	else if (sizeof(void *) == 4)	/* xfrm_user_rcv_msg() */
		set(why, "this kernel may take no IPsec requests from 32-bit "
		    "programs", "it needs CONFIG_XFRM_USER_COMPAT");
	else
		snprintf(why->text, sizeof(why->text),
			 "this kernel lacks a feature that the %s needs",
			 what);
}

static void explain_sa(int err, uint16_t op, const struct xfrm_sa *sa,
		       struct xfrm_why *why)
{
	char buf[XSA_STRLEN];

	switch (err) {
	case -EEXIST:
		snprintf(why->text, sizeof(why->text), "SPI in use: there is "
			 "an SA %s already", xfrm_sa_str(sa, buf, sizeof(buf)));
		hint(why, "delete it first, update it, or choose "
		    "another SPI");
		break;
	case -ESRCH:
		snprintf(why->text, sizeof(why->text), "there is no SA %s",
			 xfrm_sa_str(sa, buf, sizeof(buf)));
		hint(why, "destination, protocol, SPI and mark must "
		    "be those of the SA");
		break;
	case -ENOSYS:
	case -ENOENT:
		if (op == XFRM_MSG_ALLOCSPI)
			set(why, "no free SPI in that range", NULL);
		else
			explain_alg(sa, why);
		break;
	case -EPROTONOSUPPORT:
		explain_proto(sa, why);
		break;
	case -EAFNOSUPPORT:
		set(why, "this kernel has no IPsec for that address family",
		    NULL);
		break;
	case -EINVAL:
		explain_sa_inval(sa, op, why);
		break;
	case -ENODEV:
		set(why, "there is no interface of that number", NULL);
		break;
	case -EOPNOTSUPP:
		explain_unsupported(sa->offload.mode, "SA", why);
		break;
	}
}

static void explain_policy_inval(const struct xfrm_policy *p,
				 struct xfrm_why *why)
{
	const char *text;

	if (xfrm_policy_check(p, &text) < 0 && text)
		set(why, text, NULL);
	else if (p->ptype == XFRM_POLICY_TYPE_SUB)
		set(why, "this kernel may have no sub-policies",
		    "it needs CONFIG_XFRM_SUB_POLICY");
	else if (p->sec.len)
		set(why, "this kernel may have no security labels for IPsec",
		    "it needs CONFIG_SECURITY_NETWORK_XFRM and an LSM");
}

static void explain_policy(int err, const struct xfrm_policy *p,
			   struct xfrm_why *why)
{
	char buf[XPOL_STRLEN];

	switch (err) {
	case -EEXIST:
		snprintf(why->text, sizeof(why->text), "there is a policy %s "
			 "already", xfrm_policy_str(p, buf, sizeof(buf)));
		hint(why, "spdupdate replaces it");
		break;
	case -ENOENT:
	case -ESRCH:
		snprintf(why->text, sizeof(why->text), "there is no policy %s",
			 xfrm_policy_str(p, buf, sizeof(buf)));
		hint(why, "addresses, prefixes, ports, protocol and "
		    "direction must be those of the policy");
		break;
	case -EINVAL:
		explain_policy_inval(p, why);
		break;
	case -EAFNOSUPPORT:
		set(why, "this kernel has no IPsec for that address family",
		    NULL);
		break;
	case -EOPNOTSUPP:
		explain_unsupported(p->offload.mode, "policy", why);
		break;
	}
}

void xfrm_explain(const struct xmsg_error *e, uint16_t op,
		  const struct xfrm_sa *sa, const struct xfrm_policy *p,
		  struct xfrm_why *why)
{
	memset(why, 0, sizeof(*why));
	switch (e->err) {
	case 0:
		return;
	case -EPERM:
		set(why, xfrm_have_admin() ?
		    "not allowed in this network namespace" :
		    "IPsec can be changed and read with CAP_NET_ADMIN only",
		    "run this as root");
		return;
	case -ENOMEM:
	case -ENOBUFS:
		set(why, "the kernel is out of memory", NULL);
		return;
	}
	if (sa)
		explain_sa(e->err, op, sa, why);
	else if (p)
		explain_policy(e->err, p, why);
	else if (op == XFRM_MSG_SETDEFAULT && e->err == -EINVAL)
		set(why, "this kernel may have no such defaults",
		    "Linux 5.15 has them");
}

void xfrm_explain_open(int err, struct xfrm_why *why)
{
	memset(why, 0, sizeof(*why));
	switch (err) {
	case -EPROTONOSUPPORT:
	case -EAFNOSUPPORT:
		set(why, "this kernel has no XFRM netlink interface",
		    "try: modprobe xfrm_user");
		break;
	case -EPERM:
	case -EACCES:
		set(why, "not allowed to open a netlink socket",
		    "run this as root");
		break;
	case -EMFILE:
	case -ENFILE:
		set(why, "too many open files", NULL);
		break;
	}
}
