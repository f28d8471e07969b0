/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/ctl/args.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IDTYPE_LOGIN 255	/* XAUTH login, as the reference numbers it */

static int fail(struct args *a, const char *why, const char *word)
{
	a->why = why;
	a->word = word;
	return -1;
}

static const char *next(struct args *a)
{
	if (!a->argc)
		return NULL;
	a->argc--;
	return *a->argv++;
}

int args_proto(struct args *a, uint16_t *proto)
{
	static const struct {
		const char *word;
		uint16_t proto;
	} table[] = {
		{ "isakmp", CTL_PROTO_ISAKMP }, { "esp", CTL_PROTO_ESP },
		{ "ah", CTL_PROTO_AH }, { "ipsec", CTL_PROTO_IPSEC },
		{ "internal", CTL_PROTO_INTERNAL },
	};
	const char *word = next(a);

	*proto = 0;
	if (!word)
		return fail(a, "insufficient arguments", NULL);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (!strcmp(word, table[i].word)) {
			*proto = table[i].proto;
			return 0;
		}
	}
	return fail(a, "unknown protocol", word);
}

int args_sa_proto(struct args *a, uint16_t *proto)
{
	const char *word = a->argc ? a->argv[0] : NULL;

	if (args_proto(a, proto) < 0)
		return -1;
	if (*proto == CTL_PROTO_ISAKMP || *proto == CTL_PROTO_ESP ||
	    *proto == CTL_PROTO_AH)
		return 0;
	return fail(a, "the protocol is isakmp, esp or ah here, not", word);
}

static int family(struct args *a, int *af)
{
	const char *word = next(a);

	*af = AF_UNSPEC;
	if (!word)
		return fail(a, "insufficient arguments", NULL);
	if (!strcmp(word, "inet"))
		*af = AF_INET;
	else if (!strcmp(word, "inet6"))
		*af = AF_INET6;
	else
		return fail(a, "address family is inet or inet6, not", word);
	return 0;
}

static int resolve(struct args *a, const char *host, const char *port, int af,
		   struct sockaddr_storage *ss)
{
	struct addrinfo hints = { .ai_family = af, .ai_socktype = SOCK_DGRAM };
	struct addrinfo *ai;
	int r;

	memset(ss, 0, sizeof(*ss));
	r = getaddrinfo(host, port, &hints, &ai);
	if (r)
		return fail(a, gai_strerror(r), host);
	memcpy(ss, ai->ai_addr, ai->ai_addrlen);
	freeaddrinfo(ai);
	return 0;
}

/* FAMILY SRC DST, the beginning of both forms. */
static int two_ends(struct args *a, struct ctl_index *idx, int *af,
		    const char **src, const char **dst)
{
	*idx = (struct ctl_index){ .ul_proto = 255 };
	if (family(a, af) < 0)
		return -1;
	*src = next(a);
	*dst = next(a);
	return *dst ? 0 : fail(a, "insufficient arguments", NULL);
}

int args_hosts(struct args *a, struct ctl_index *idx)
{
	const char *src, *dst;
	int af;

	if (two_ends(a, idx, &af, &src, &dst) < 0)
		return -1;
	if (resolve(a, src, NULL, af, &idx->src) < 0 ||
	    resolve(a, dst, NULL, af, &idx->dst) < 0)
		return -1;
	idx->src_prefix = idx->dst_prefix = af == AF_INET ? 32 : 128;
	return 0;
}

/* Cuts s at the first c; the rest, or NULL if there is no c. */
static char *cut(char *s, char c)
{
	char *p = strchr(s, c);

	if (!p)
		return NULL;
	*p = '\0';
	return p + 1;
}

static int number(const char *s, unsigned long max, unsigned long *v)
{
	char *end;

	*v = 0;
	if (!*s || strspn(s, "0123456789") != strlen(s))
		return -1;
	*v = strtoul(s, &end, 10);
	return *v > max ? -1 : 0;
}

/* ADDR[/LEN][[PORT]] */
static int endpoint(struct args *a, const char *word, int af,
		    struct sockaddr_storage *ss, uint8_t *prefix)
{
	unsigned long len = af == AF_INET ? 32 : 128, max = len;
	char text[NI_MAXHOST + 32];
	char *port, *mask, *end;

	if (strlen(word) >= sizeof(text))
		return fail(a, "address too long", NULL);
	snprintf(text, sizeof(text), "%s", word);
	port = cut(text, '[');
	mask = cut(text, '/');
	if (port) {
		end = cut(port, ']');
		if (!end || *end)
			return fail(a, "port is written [PORT], in", word);
		if (!strcmp(port, "any"))
			port = NULL;
	}
	if (mask && number(mask, max, &len) < 0)
		return fail(a, "bad prefix length in", word);
	*prefix = (uint8_t)len;
	if (resolve(a, text, port, af, ss) < 0) {
		a->word = word;
		return -1;
	}
	return 0;
}

static int ul_proto(struct args *a, const char *word, uint8_t *proto)
{
	const struct protoent *pe;
	unsigned long v;

	*proto = 255;
	if (!word || !strcmp(word, "any"))
		return 0;
	if (!number(word, 255, &v)) {
		*proto = (uint8_t)v;
		return 0;
	}
	pe = getprotobyname(word);
	if (!pe)
		return fail(a, "unknown protocol", word);
	*proto = (uint8_t)pe->p_proto;
	return 0;
}

int args_traffic(struct args *a, struct ctl_index *idx)
{
	const char *src, *dst;
	int af;

	if (two_ends(a, idx, &af, &src, &dst) < 0)
		return -1;
	if (endpoint(a, src, af, &idx->src, &idx->src_prefix) < 0 ||
	    endpoint(a, dst, af, &idx->dst, &idx->dst_prefix) < 0)
		return -1;
	return ul_proto(a, next(a), &idx->ul_proto);
}

static void clear_port(struct sockaddr_storage *ss)
{
	if (ss->ss_family == AF_INET)
		((struct sockaddr_in *)ss)->sin_port = 0;
	else
		((struct sockaddr_in6 *)ss)->sin6_port = 0;
}

int args_gateway(struct args *a, struct ctl_index *idx)
{
	const char *host = next(a);
	socklen_t len = sizeof(idx->src);
	int fd, r;

	*idx = (struct ctl_index){ .ul_proto = 255 };
	if (!host)
		return fail(a, "VPN gateway required", NULL);
	/* A name that has both is IPv4, as it has always been. */
	if (resolve(a, host, "500", AF_INET, &idx->dst) < 0 &&
	    resolve(a, host, "500", AF_INET6, &idx->dst) < 0)
		return -1;
	idx->src_prefix = idx->dst_prefix =
		idx->dst.ss_family == AF_INET ? 32 : 128;
	/* No packet leaves: connect() on UDP only asks the routing table. */
	fd = socket(idx->dst.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(a, "no socket of the gateway's family", host);
	r = connect(fd, (const struct sockaddr *)&idx->dst, sizeof(idx->dst));
	if (!r)
		r = getsockname(fd, (struct sockaddr *)&idx->src, &len);
	close(fd);
	if (r < 0)
		return fail(a, "no route to", host);
	/*
	 * The port was only for the look-up: any will do for an SA, which may
	 * be on the port of NAT traversal.
	 */
	clear_port(&idx->src);
	clear_port(&idx->dst);
	return 0;
}

void args_login(struct wbuf *w, const char *user, const char *password)
{
	struct ctl_login login = {
		.id_type = IDTYPE_LOGIN,
		.id_len = strlen(user) + 1,
		.key_len = strlen(password) + 1,
	};

	wbuf_put(w, &login, sizeof(login));
	wbuf_put(w, user, login.id_len);
	wbuf_put(w, password, login.key_len);
}
