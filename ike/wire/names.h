/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_IKE_WIRE_NAMES_H
#define XT_IKE_WIRE_NAMES_H

#include <stddef.h>
#include <stdint.h>

/*
 * The codepoints of names.def: an enum per set (ike_cp_xchg, ike_cp_pld, …)
 * with the values of the wire, and an index of the sets for the functions
 * below.
 */
#define IKE_SET(set) enum ike_cp_##set {
#define IKE_VAL(set, symbol, value, text) symbol = value,
#define IKE_END(set) };
#include "ike/wire/names.def"
#undef IKE_SET
#undef IKE_VAL
#undef IKE_END

#define IKE_SET(set) IKE_NAMES_##set,
#define IKE_VAL(set, symbol, value, text)
#define IKE_END(set)
enum ike_names {
#include "ike/wire/names.def"
	IKE_NAMES_COUNT
};
#undef IKE_SET
#undef IKE_VAL
#undef IKE_END

/* The DOI of IPsec and the only situation that is used (RFC 2407 4.2) */
#define IKE_DOI_IPSEC 1
#define IKE_SIT_IDENTITY_ONLY 1
#define IKE_V1_TRANSFORM_KEY_IKE 1

/* The name of a value as logs show it, or NULL when it is unknown; static. */
const char *ike_name(enum ike_names set, uint32_t value);

/*
 * The same, never NULL: unknown values are written as numbers into buf.
 * IKE_NAME_BUF bytes are enough for any number.
 */
#define IKE_NAME_BUF 16
const char *ike_name_or_number(enum ike_names set, uint32_t value, char *buf,
			       size_t size);

/* The value of a name, ignoring case.  0, or XE_NOTFOUND with *value 0. */
int ike_name_parse(enum ike_names set, const char *name, uint32_t *value);

/* Walks a set: the i-th value and its name; XE_NOTFOUND after the last. */
int ike_name_at(enum ike_names set, size_t i, uint32_t *value,
		const char **name);

#endif
