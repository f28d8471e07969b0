/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_BASE_ERR_H
#define XT_BASE_ERR_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One error space for the whole project: a function returns 0 (or a count)
 * on success and a negative number on failure.  -1 … -4095 are negated errno
 * values, as the kernel and system calls give them; everything below XE_BASE
 * is one of ours.  xe_str() knows both.
 */
#define XE_BASE (-5000)

#define XE_LIST(X) \
	X(XE_TRUNC, "message shorter than its lengths say") \
	X(XE_TRAILING, "trailing bytes after the last field") \
	X(XE_MALFORMED, "malformed message") \
	X(XE_RANGE, "value out of range") \
	X(XE_NOSPACE, "message does not fit its buffer") \
	X(XE_LIMIT, "limit reached") \
	X(XE_UNSUPPORTED, "not supported") \
	X(XE_NOTFOUND, "not found") \
	X(XE_EXISTS, "exists already") \
	X(XE_PARSE, "syntax error") \
	X(XE_CHECK, "configuration error") \
	X(XE_FAMILY, "address families differ") \
	X(XE_KEYLEN, "wrong key length") \
	X(XE_CRYPTO, "cryptographic operation failed") \
	X(XE_AUTH, "authentication failed") \
	X(XE_STATE, "not allowed in this state") \
	X(XE_AGAIN, "result comes later") \
	X(XE_CLOSED, "connection closed") \
	X(XE_INTR, "dump interrupted by a change; try again") \
	X(XE_REFUSED, "refused by the kernel")

#define XE_ENUM(name, text) name##_N,
enum xe_number { XE_LIST(XE_ENUM) XE_COUNT };
#undef XE_ENUM

enum xe {
#define XE_VALUE(name, text) name = XE_BASE - name##_N,
	XE_LIST(XE_VALUE)
#undef XE_VALUE
};

#define XE_NOMEM (-12) /* -ENOMEM */
#define XE_INVAL (-22) /* -EINVAL */

/* Text of an error number, ours or a negated errno; never NULL, static. */
const char *xe_str(int err);

#ifdef __cplusplus
}
#endif

#endif
