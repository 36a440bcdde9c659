/* SPDX-License-Identifier: MIT */
/*
 * notify - tells the service manager how far the process is: READY=1,
 * RELOADING=1, STOPPING=1, STATUS=text.
 * Source: sd_notify(3), whose protocol (one datagram to the socket named in
 * NOTIFY_SOCKET) is documented as stable.
 */
#ifndef CORE_BASE_NOTIFY_H
#define CORE_BASE_NOTIFY_H

/*
 * notify_manager - one message.
 * @state  lines of NAME=value, without a newline at the end.
 * Does nothing without NOTIFY_SOCKET; errors are ignored: a manager that does
 * not listen is no reason to stop.  Main thread only; does not block.
 */
void notify_manager(const char *state);
/* RELOADING=1 with the monotonic time that goes with it; READY=1 must follow. */
void notify_reloading(void);

#endif
