/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/wire/names.h"

#include <stdio.h>
#include <strings.h>

#include "libxfrm/base/err.h"

struct name_row {
	uint32_t value;
	const char *text;
};

#define IKE_SET(set) static const struct name_row set##_rows[] = {
#define IKE_VAL(set, symbol, value, text) { value, text },
#define IKE_END(set) };
#include "ike/wire/names.def"
#undef IKE_SET
#undef IKE_VAL
#undef IKE_END

static const struct {
	const struct name_row *row;
	size_t n;
} sets[] = {
#define IKE_SET(set) \
	[IKE_NAMES_##set] = { set##_rows, \
			      sizeof(set##_rows) / sizeof(set##_rows[0]) },
#define IKE_VAL(set, symbol, value, text)
#define IKE_END(set)
#include "ike/wire/names.def"
#undef IKE_SET
#undef IKE_VAL
#undef IKE_END
};

const char *ike_name(enum ike_names set, uint32_t value)
{
	if ((size_t)set >= IKE_NAMES_COUNT)
		return NULL;
	for (size_t i = 0; i < sets[set].n; i++)
		if (sets[set].row[i].value == value)
			return sets[set].row[i].text;
	return NULL;
}

const char *ike_name_or_number(enum ike_names set, uint32_t value, char *buf,
			       size_t size)
{
	const char *s = ike_name(set, value);

	if (s)
		return s;
	if (!size)
		return "";
	snprintf(buf, size, "%u", value);
	return buf;
}

int ike_name_parse(enum ike_names set, const char *name, uint32_t *value)
{
	*value = 0;
	if ((size_t)set >= IKE_NAMES_COUNT)
		return XE_NOTFOUND;
	for (size_t i = 0; i < sets[set].n; i++) {
		if (!strcasecmp(sets[set].row[i].text, name)) {
			*value = sets[set].row[i].value;
			return 0;
		}
	}
	return XE_NOTFOUND;
}

int ike_name_at(enum ike_names set, size_t i, uint32_t *value,
		const char **name)
{
	*value = 0;
	*name = NULL;
	if ((size_t)set >= IKE_NAMES_COUNT || i >= sets[set].n)
		return XE_NOTFOUND;
	*value = sets[set].row[i].value;
	*name = sets[set].row[i].text;
	return 0;
}
