/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_DAEMON_NOTIFY_H
#define XT_DAEMON_NOTIFY_H

/*
 * Tells the service manager how we are (sd_notify(3), the protocol: one
 * datagram to the socket named in NOTIFY_SOCKET).  Does nothing when nobody
 * listens.  state: "READY=1", "STOPPING=1", "STATUS=…", several separated by
 * newlines.
 */
void notify_service(const char *state);

/* "RELOADING=1" with the time stamp that Type=notify-reload wants. */
void notify_reloading(void);

#endif
