/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/names.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

void names_free(struct names *ns)
{
	for (size_t i = 0; i < ns->n; i++)
		free(ns->v[i].text);
	free(ns->v);
	*ns = (struct names){ 0 };
}

static int names_grow(struct names *ns)
{
	size_t max = ns->max ? ns->max * 2 : 16;
	struct name *v = reallocarray(ns->v, max, sizeof(*v));

	if (!v)
		return -1;
	ns->v = v;
	ns->max = max;
	return 0;
}

/* Few files have more than a handful: no table is needed. */
struct name *names_get(struct names *ns, const char *text)
{
	char *copy;

	for (size_t i = 0; i < ns->n; i++)
		if (!strcmp(ns->v[i].text, text))
			return &ns->v[i];
	if (ns->n == NAMES_MAX || (ns->n == ns->max && names_grow(ns) < 0))
		return NULL;
	copy = strdup(text);
	if (!copy)
		return NULL;
	ns->v[ns->n] = (struct name){ .text = copy, .state = NAME_WANTED };
	return &ns->v[ns->n++];
}

size_t names_wanted(const struct names *ns)
{
	size_t wanted = 0;

	for (size_t i = 0; i < ns->n; i++)
		wanted += ns->v[i].state == NAME_WANTED;
	return wanted;
}

const char *names_why(const struct name *n)
{
	return n->gai ? gai_strerror(n->gai) : "no answer in time";
}
