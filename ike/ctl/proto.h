/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_CTL_PROTO_H
#define XT_CTL_PROTO_H

#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

/*
 * The protocol of racoon's admin socket, a local stream socket: as in
 * ipsec-tools, so that programs which speak it themselves go on working.
 * Numbers are in host byte order, structs in the C layout of the machine.
 *
 * A request is a header and its body.  The answer is a header and its body;
 * after show-event, and after establish-sa that succeeded, events follow on
 * the same connection, each with a header of its own.
 */

/* Common header of requests, answers and events. */
struct ctl_hdr {
	uint16_t len;	/* of the whole message; low 16 bits if CTL_LONG */
	uint16_t cmd;	/* enum ctl_cmd, with CTL_FLAG */
	uint16_t aux;	/* request: version; answer: errno, or with CTL_FLAG
			 * the high 16 bits of len */
	uint16_t proto;	/* enum ctl_proto; for status enum ctl_format */
};

/*
 * In a request: version 1 of the protocol is spoken (version 0 lacks the
 * flag: such clients poll for events).  In an answer: a long one.
 */
#define CTL_FLAG 0x8000u
#define CTL_VERSION 1
#define CTL_REQUEST_MAX 4096	/* bytes of a request */
#define CTL_REPLY_MAX (64u << 20)	/* bytes of an answer we accept */

enum ctl_cmd {
	CTL_RELOAD_CONF = 0x0001,
	CTL_SHOW_SCHED = 0x0002,
	CTL_SHOW_EVT = 0x0003,
	CTL_SHOW_SA = 0x0101,
	CTL_FLUSH_SA = 0x0102,
	CTL_STATUS = 0x0103,
	CTL_STATUS_VERBOSE = 0x0104,
	CTL_DELETE_SA = 0x0201,
	CTL_ESTABLISH_SA = 0x0202,
	CTL_ESTABLISH_SA_PSK = 0x0203,
	CTL_DELETE_ALL_SA_DST = 0x0204,
	CTL_LOGOUT_USER = 0x0205,
	CTL_GET_SA_CERT = 0x0206,
};

enum ctl_proto {
	CTL_PROTO_ISAKMP = 0x01ff,
	CTL_PROTO_IPSEC = 0x02ff,
	CTL_PROTO_AH = 0x0201,
	CTL_PROTO_ESP = 0x0202,
	CTL_PROTO_INTERNAL = 0x0301,
};

enum ctl_format { CTL_FORMAT_TEXT, CTL_FORMAT_JSON };

/* Which SA: body of delete, establish, get-cert. */
struct ctl_index {
	uint8_t src_prefix, dst_prefix;
	uint8_t ul_proto;	/* 255 = any */
	uint8_t reserved;
	struct sockaddr_storage src, dst;
};

/*
 * After the index of CTL_ESTABLISH_SA_PSK: then id_len and key_len bytes,
 * each with its final NUL; a length of 0 leaves the text out.
 */
struct ctl_login {
	int id_type;
	size_t id_len, key_len;
};

/*
 * After the index of CTL_ESTABLISH_SA, or after the login: the name of the
 * remote section to use, with its final NUL; may be left out.
 */

/* One row of show-sa isakmp. */
struct ctl_isakmp {
	uint8_t icookie[8], rcookie[8];
	int state;		/* 0 spawn … 9 established, 10 dying, … */
	int side;		/* 0 initiator, 1 responder */
	struct sockaddr_storage remote, local;
	uint8_t version;	/* major << 4 | minor */
	uint8_t exchange;	/* exchange type number */
	time_t created;		/* 0: not established */
	int children;		/* phase 2 handles */
};

/* One row of show-schedule. */
struct ctl_sched {
	uint64_t id;		/* a running number */
	int64_t tick;		/* seconds until it is due */
	time_t due, created;	/* wall clock */
};

/* Body of an event. */
struct ctl_event {
	uint32_t type;		/* enum ctl_event_type */
	time_t when;
	struct sockaddr_storage src, dst;
	uint32_t msgid;		/* of the phase 2, else 0 */
};

/* Number and text of every event, as show-event prints them. */
#define CTL_EVENT_LIST(X) \
	X(0x001, RACOON_QUIT, "Racoon terminated") \
	X(0x100, PH1_UP, "Phase 1 established") \
	X(0x101, PH1_DOWN, "Phase 1 deleted") \
	X(0x102, PH1_NO_RESPONSE, "Phase 1 error: peer not responding") \
	X(0x103, PH1_NO_PROPOSAL, "Phase 1 error: no proposal chosen") \
	X(0x104, PH1_AUTH_FAILED, \
	  "Phase 1 error: authentication failed (bad certificate?)") \
	X(0x105, PH1_DPD_DEAD, "Phase 1 error: dead peer detected") \
	X(0x106, PH1_PEER_DELETED, "Phase 1 deleted by peer") \
	X(0x107, PH1_MODE_CFG, "Phase 1 mode configuration done") \
	X(0x108, PH1_XAUTH_OK, "Phase 1 Xauth succeeded") \
	X(0x109, PH1_XAUTH_FAILED, "Phase 1 Xauth failed") \
	X(0x200, PH2_NO_PHASE1, "Phase 2 error: no suitable phase 1") \
	X(0x201, PH2_UP, "Phase 2 established") \
	X(0x202, PH2_DOWN, "Phase 2 deleted") \
	X(0x203, PH2_NO_RESPONSE, "Phase 2 error: no response") \
	X(0x204, PH2_FAILED, "Phase 2 error: negotiation failed")

enum ctl_event_type {
#define CTL_EVENT_ENUM(number, name, text) CTL_EVT_##name = number,
	CTL_EVENT_LIST(CTL_EVENT_ENUM)
#undef CTL_EVENT_ENUM
};

#endif
