/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XFRM_IPSEC_POLICY_H
#define XFRM_IPSEC_POLICY_H

/*
 * The calls of KAME's libipsec that give a socket its own IPsec policy
 * (ipsec_set_policy(3)), for Linux XFRM.  What they return goes to
 *
 *	setsockopt(fd, IPPROTO_IP, IP_XFRM_POLICY, buf, len)
 *	setsockopt(fd, IPPROTO_IPV6, IPV6_XFRM_POLICY, buf, len)
 *
 * and not to IP_IPSEC_POLICY, which wants PF_KEY.  Thread-safe.
 */
#ifdef __cplusplus
extern "C" {
#endif

typedef char *ipsec_policy_t;

/*
 * Policy text (of len bytes, or of strlen() when len is 0 or less) to binary.
 * The result is to be freed with free(3).  NULL on error: ipsec_strerror().
 * Without an address in the text the policy is for IPv4.
 */
ipsec_policy_t ipsec_set_policy(const char *policy, int len);

/* Makes a policy without addresses one for AF_INET or AF_INET6; 0 or -1. */
int ipsec_set_policy_family(ipsec_policy_t buf, int family);

/* Bytes of a policy made by ipsec_set_policy(), or -1. */
int ipsec_get_policylen(const char *buf);

/*
 * Such a policy as text, with delimiter (a blank when NULL) before each rule;
 * to be freed with free(3).  NULL on error.
 */
char *ipsec_dump_policy(const char *buf, const char *delimiter);

/* What was wrong in this thread's last failed call of the above. */
const char *ipsec_strerror(void);

#ifdef __cplusplus
}
#endif

#endif
