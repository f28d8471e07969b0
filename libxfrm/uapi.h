/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XFRM_UAPI_H
#define XFRM_UAPI_H

#include <netinet/in.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>

/*
 * The kernel's XFRM interface, plus what headers older than the running
 * kernel lack.  Our own names: the kernel's are enumerators, which the
 * preprocessor cannot test for.  Whether the kernel knows them is found out
 * at run time, never by the header.  Source: include/uapi/linux/xfrm.h and
 * include/uapi/linux/udp.h of Linux 6.14.
 */
enum xa_attr {
	XA_MTIMER_THRESH = 32,		/* u32 seconds, 5.17 */
	XA_SA_DIR = 33,			/* u8, 6.10 */
	XA_NAT_KEEPALIVE = 34,		/* u32 seconds, 6.11 */
	XA_SA_PCPU = 35,		/* u32 CPU number, 6.13 */
	XA_IPTFS_DROP_TIME = 36,	/* u32 µs, 6.14 (as all IPTFS) */
	XA_IPTFS_REORDER_WINDOW = 37,	/* u16 packets */
	XA_IPTFS_DONT_FRAG = 38,	/* flag */
	XA_IPTFS_INIT_DELAY = 39,	/* u32 µs */
	XA_IPTFS_MAX_QSIZE = 40,	/* u32 bytes */
	XA_IPTFS_PKT_SIZE = 41,		/* u32 bytes, 0 = path MTU */
	XA_MAX = 41,
};

#define XU_SA_DIR_IN 1
#define XU_SA_DIR_OUT 2
#define XU_MODE_IPTFS 5
#define XU_POLICY_CPU_ACQUIRE 4	/* xfrm_userpolicy_info.flags, 6.13 */

/* xfrm_encap_tmpl.encap_type (UDP_ENCAP_* and TCP_ENCAP_ESPINTCP) */
#define XU_ENCAP_UDP_NONIKE 1
#define XU_ENCAP_UDP 2
#define XU_ENCAP_TCP 7

#define XU_OFFLOAD_PACKET 4	/* xfrm_user_offload.flags, 6.2 */

/* A policy index with these low bits belongs to a socket. */
#define XU_INDEX_DIR_MASK 7u

#endif
